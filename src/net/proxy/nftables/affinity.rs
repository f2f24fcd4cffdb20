//! The memory of session affinity: sets whose elements time out (`affinity-…`).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::net::hash::Map;
use crate::net::proxy::service::ServicePort;
use crate::net::service_port_name::ServicePortName;
use crate::sim::{Duration, Instant};
use crate::small_sort::SmallSort as _;

/// How many clients a set has room for (the kernel's default for a set that the packet path fills).
pub(super) const SIZE: usize = 65_535;

/// A set for each endpoint of a Service port: clients, and when each is forgotten.
#[derive(Clone, Debug, Default)]
pub(super) struct Affinity(Map<SetName, Vec<(IpAddr, Instant)>>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct SetName {
    port: Arc<ServicePortName>,
    endpoint: SocketAddr,
}

impl Affinity {
    fn name(port: &ServicePort, endpoint: u16) -> SetName {
        SetName {
            port: Arc::clone(&port.name),
            endpoint: port.endpoints[usize::from(endpoint)].address,
        }
    }

    /// Whether `client` used the endpoint, and is not forgotten.
    pub(super) fn holds(&self, port: &ServicePort, endpoint: u16, client: IpAddr, now: Instant) -> bool {
        let clients = self.0.get(&Self::name(port, endpoint));
        clients.is_some_and(|list| list.iter().any(|(ip, until)| *ip == client && now < *until))
    }

    /// Notes that `client` uses the endpoint now. A full set takes nobody new.
    pub(super) fn note(&mut self, port: &ServicePort, endpoint: u16, client: IpAddr, now: Instant) {
        let until = now + Duration::from_secs(i64::from(port.affinity.unwrap_or_default()));
        let list = self.0.entry(Self::name(port, endpoint)).or_default();
        if let Some(known) = list.iter_mut().find(|(ip, _)| *ip == client) {
            known.1 = until;
            return;
        }
        list.retain(|(_, until)| now < *until);
        if list.len() < SIZE {
            list.push((client, until));
        }
    }

    /// Who used the endpoint, by address, and how long each is still remembered.
    pub(super) fn clients(&self, port: &ServicePort, endpoint: u16, now: Instant) -> Vec<(IpAddr, Duration)> {
        let list = self.0.get(&Self::name(port, endpoint)).into_iter().flatten();
        let mut clients: Vec<(IpAddr, Duration)> = list
            .filter(|(_, until)| now < *until)
            .map(|(ip, until)| (*ip, *until - now))
            .collect();
        clients.small_sort_by_key(|(ip, _)| *ip);
        clients
    }

    /// Deletes the sets of a Service port's endpoints but of those that are still written.
    pub(super) fn keep(&mut self, old: &ServicePort, written: &[SocketAddr]) {
        for endpoint in old.endpoints.iter().filter(|it| !written.contains(&it.address)) {
            self.0.remove(&SetName {
                port: Arc::clone(&old.name),
                endpoint: endpoint.address,
            });
        }
    }
}
