//! From a Service's port to addresses: proxies go past kube-proxy and read EndpointSlices themselves.
//!
//! Not here: which of the addresses a request takes, which is each proxy's own affair.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::api::types::core::{Service, ServicePort};
use crate::api::types::discovery::EndpointSlice;
use crate::cluster::Snapshot;
use crate::net::dns::{RecordType, ServerOptions, server};
use crate::net::packet::port_number;

/// Where a request can be sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// An address, or the name of an ExternalName Service.
    pub host: String,
    /// Port, 1 to 65535.
    pub port: u16,
}

impl Endpoint {
    /// Its address and port; the name of an ExternalName Service is looked up in the cluster, as a proxy does in
    /// the background. `None` for a name without address.
    #[must_use]
    pub fn address(&self, snapshot: &Snapshot) -> Option<SocketAddr> {
        if let Ok(address) = self.host.parse() {
            return Some(SocketAddr::new(address, self.port));
        }
        let options = ServerOptions::of_cluster(snapshot);
        let answer = server::answer(snapshot, &options, &self.host, RecordType::A);
        let address = answer.addresses().next()?;
        Some(SocketAddr::new(address, self.port))
    }
}

/// The slices of a cluster by the namespace and name of their Service.
#[derive(Debug)]
pub struct Slices<'a>(BTreeMap<(&'a str, &'a str), Vec<&'a EndpointSlice>>);

impl<'a> Slices<'a> {
    /// Sorts all slices of a snapshot.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let mut slices: BTreeMap<(&str, &str), Vec<&EndpointSlice>> = BTreeMap::new();
        for slice in snapshot.list::<EndpointSlice>() {
            if let Some(service) = slice.service_name() {
                let namespace = slice.metadata.namespace.as_str();
                slices.entry((namespace, service)).or_default().push(slice);
            }
        }
        Self(slices)
    }

    /// The slices of a Service.
    #[must_use]
    pub fn of<'s>(&'s self, service: &'s Service) -> &'s [&'s EndpointSlice] {
        let meta = &service.metadata;
        self.0
            .get(&(meta.namespace.as_str(), meta.name.as_str()))
            .map_or(&[], Vec::as_slice)
    }

    /// The ready addresses behind a Service's TCP port, with the slices' own port of its name; each once, in the
    /// order of the slices. Of several addresses of one endpoint the first.
    #[must_use]
    pub fn ready(&self, service: &Service, port: &ServicePort) -> Vec<Endpoint> {
        let mut found: Vec<Endpoint> = Vec::new();
        for slice in self.of(service) {
            let ports: Vec<u16> = slice
                .ports
                .iter()
                .filter(|it| it.protocol.as_deref().unwrap_or("TCP") == "TCP")
                .filter(|it| port.name.is_empty() || it.name.as_deref() == Some(port.name.as_str()))
                .filter_map(|it| port_number(it.port?))
                .collect();
            let ready = slice.endpoints.iter().filter(|it| it.conditions.is_ready());
            for address in ready.filter_map(|it| it.addresses.first()) {
                for port in &ports {
                    let endpoint = Endpoint {
                        host: address.clone(),
                        port: *port,
                    };
                    if !found.contains(&endpoint) {
                        found.push(endpoint);
                    }
                }
            }
        }
        found
    }
}
