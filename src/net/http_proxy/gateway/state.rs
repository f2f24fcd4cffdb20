//! What the pods of Gateways go by: the model of the cluster, and endpoints of the Services that were asked for.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::api::NamespacedName;
use crate::api::types::core::Service;
use crate::api::types::discovery::EndpointSlice;
use crate::cluster::Snapshot;
use crate::cluster::gateways::Model;
use crate::net::packet::port_number;

/// What proxies of Gateways remember: all of it follows from the cluster, and is read anew when that changes.
#[derive(Clone, Debug, Default)]
pub struct GatewayState {
    version: Option<u64>,
    model: Arc<Model>,
    endpoints: BTreeMap<(NamespacedName, u16), Arc<Vec<SocketAddr>>>,
}

impl GatewayState {
    /// The Gateways of a cluster.
    pub fn model(&mut self, snapshot: &Snapshot) -> Arc<Model> {
        if self.version != Some(snapshot.version()) {
            self.version = Some(snapshot.version());
            self.model = Arc::new(Model::read(snapshot));
            self.endpoints.clear();
        }
        Arc::clone(&self.model)
    }

    /// The ready addresses behind a port of a Service.
    pub fn endpoints(&mut self, snapshot: &Snapshot, service: &NamespacedName, port: u16) -> Arc<Vec<SocketAddr>> {
        let key = (service.clone(), port);
        if let Some(found) = self.endpoints.get(&key) {
            return Arc::clone(found);
        }
        let found = Arc::new(ready(snapshot, service, port));
        self.endpoints.insert(key, Arc::clone(&found));
        found
    }
}

/// Proxies go past kube-proxy: they read EndpointSlices themselves, of any Service, headless ones among them.
fn ready(snapshot: &Snapshot, key: &NamespacedName, number: u16) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    let Some(service) = snapshot.typed::<Service>(key) else {
        return found;
    };
    let Some(port) = service.spec.ports.iter().find(|it| it.port == i32::from(number)) else {
        return found;
    };
    let slices = snapshot
        .list::<EndpointSlice>()
        .filter(|it| it.metadata.namespace == key.namespace && it.service_name() == Some(key.name.as_str()));
    for slice in slices {
        let ports: Vec<u16> = slice
            .ports
            .iter()
            .filter(|it| it.protocol.as_deref().unwrap_or("TCP") == port.protocol)
            .filter(|it| it.name.as_deref().unwrap_or_default() == port.name)
            .filter_map(|it| port_number(it.port?))
            .collect();
        let ready = slice.endpoints.iter().filter(|it| it.conditions.is_ready());
        for address in ready.filter_map(|it| it.addresses.first()?.parse::<IpAddr>().ok()) {
            for port in &ports {
                let address = SocketAddr::new(address, *port);
                if !found.contains(&address) {
                    found.push(address);
                }
            }
        }
    }
    found
}
