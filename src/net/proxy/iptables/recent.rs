//! The memory of session affinity: which client used which endpoint when (the kernel's module `xt_recent`).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::net::hash::Map;
use crate::net::proxy::service::ServicePort;
use crate::net::service_port_name::ServicePortName;
use crate::sim::{Duration, Instant};

/// How many clients a list holds (`ip_list_tot` of the module).
const LONGEST: usize = 100;

/// A list for each endpoint of a Service port, the client that has been away longest first.
#[derive(Clone, Debug, Default)]
pub(super) struct Recent(Map<RecentList, Vec<(IpAddr, Instant)>>);

/// Names such a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RecentList {
    port: Arc<ServicePortName>,
    endpoint: SocketAddr,
}

impl Recent {
    fn key(port: &ServicePort, endpoint: u16) -> RecentList {
        RecentList {
            port: Arc::clone(&port.name),
            endpoint: port.endpoints[usize::from(endpoint)].address,
        }
    }

    /// Whether `client` used the endpoint within the last `seconds`.
    pub(super) fn check(&self, port: &ServicePort, endpoint: u16, client: IpAddr, seconds: u32, now: Instant) -> bool {
        let clients = self.0.get(&Self::key(port, endpoint));
        clients
            .and_then(|list| list.iter().find(|(ip, _)| *ip == client))
            .is_some_and(|(_, last)| now - *last <= Duration::from_secs(i64::from(seconds)))
    }

    /// Notes that `client` uses the endpoint now; a full list loses its oldest for it.
    pub(super) fn set(&mut self, port: &ServicePort, endpoint: u16, client: IpAddr, now: Instant) {
        let list = self.0.entry(Self::key(port, endpoint)).or_default();
        list.retain(|(ip, _)| *ip != client);
        if list.len() >= LONGEST {
            list.remove(0);
        }
        list.push((client, now));
    }

    /// Forgets the lists of a Service port's endpoints but of those that rules still name.
    pub(super) fn keep(&mut self, old: &ServicePort, named: &[SocketAddr]) {
        for endpoint in old.endpoints.iter().filter(|it| !named.contains(&it.address)) {
            self.0.remove(&RecentList {
                port: Arc::clone(&old.name),
                endpoint: endpoint.address,
            });
        }
    }
}
