//! Virtual servers: where a Service is reached on a node, and the real servers behind.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::api::IpFamily;
use crate::net::hash::Map;
use crate::net::packet::Protocol;
use crate::net::proxy::decision::{TrafficKind, TrafficPolicy};
use crate::net::proxy::service::ServicePort;
use crate::net::proxy::table::{ServiceTable, Target};
use crate::net::proxy::topology::{Categories, categorize};
use crate::net::route::NodeInfo;

/// Which endpoints a node may use, by [`ServicePort::id`], as far as anybody asked.
pub(super) type Sorted = Map<u64, Arc<Categories>>;

/// A virtual server.
pub(super) struct VirtualServer {
    pub(super) port: Arc<ServicePort>,
    /// Its address, protocol and port.
    pub(super) at: Target,
    pub(super) kind: TrafficKind,
    /// Among which endpoints its real servers are.
    pub(super) policy: TrafficPolicy,
    /// Its real servers, by index of the port's endpoints.
    pub(super) endpoints: Vec<u16>,
}

impl VirtualServer {
    /// The addresses of its real servers.
    pub(super) fn servers(&self) -> Vec<SocketAddr> {
        let address = |idx: &u16| self.port.endpoints[usize::from(*idx)].address;
        self.endpoints.iter().map(address).collect()
    }

    /// How it is cited: `TCP  10.96.5.5:80 rr persistent 10800`.
    pub(super) fn line(&self, scheduler: &str) -> String {
        let (ip, protocol, port) = self.at;
        let address = SocketAddr::new(ip, port);
        let mut line = format!("{:<4} {address} {scheduler}", protocol.name());
        if let Some(seconds) = self.port.affinity {
            line.push_str(&format!(" persistent {seconds}"));
        }
        line
    }
}

fn server(
    port: &Arc<ServicePort>,
    (ip, number): (IpAddr, u16),
    kind: TrafficKind,
    node: &NodeInfo,
    sorted: &mut Sorted,
) -> VirtualServer {
    let categories = sorted
        .entry(port.id)
        .or_insert_with(|| Arc::new(categorize(port, &node.name, &node.zone)));
    let local = match kind {
        TrafficKind::Internal => port.internal_local,
        TrafficKind::External => port.external_local,
    };
    // Without local ones all are taken, so that at least pods and the node itself get on.
    let (policy, endpoints) = if local && !categories.local.is_empty() {
        (TrafficPolicy::Local, &categories.local)
    } else {
        (TrafficPolicy::Cluster, &categories.cluster)
    };
    VirtualServer {
        port: Arc::clone(port),
        at: (ip, port.protocol, number),
        kind,
        policy,
        endpoints: endpoints.clone(),
    }
}

/// The virtual servers of a Service port.
pub(super) fn of_port(
    port: &Arc<ServicePort>,
    node: &NodeInfo,
    node_ips: &[IpAddr],
    sorted: &mut Sorted,
) -> Vec<VirtualServer> {
    let external = port.external_ips.iter().chain(&port.load_balancer_ips);
    let mut found = vec![server(
        port,
        (port.cluster_ip, port.port),
        TrafficKind::Internal,
        node,
        sorted,
    )];
    found.extend(external.map(|ip| server(port, (*ip, port.port), TrafficKind::External, node, sorted)));
    if let Some(number) = port.node_port {
        let servers = node_ips
            .iter()
            .map(|ip| server(port, (*ip, number), TrafficKind::External, node, sorted));
        found.extend(servers);
    }
    found
}

/// The virtual server at an address: of several Services that claim it, that of the one written last.
pub(super) fn at(
    (ip, protocol, number): Target,
    services: &ServiceTable,
    node: &NodeInfo,
    node_ips: &[IpAddr],
    sorted: &mut Sorted,
) -> Option<VirtualServer> {
    if protocol == Protocol::Icmp {
        return None;
    }
    let last = |ports: &[Arc<ServicePort>]| ports.iter().max_by_key(|port| port.id).cloned();
    if let Some(port) = last(services.by_vip((ip, protocol, number))) {
        let kind = if port.cluster_ip == ip {
            TrafficKind::Internal
        } else {
            TrafficKind::External
        };
        return Some(server(&port, (ip, number), kind, node, sorted));
    }
    if !node_ips.contains(&ip) {
        return None;
    }
    let port = last(services.by_node_port(IpFamily::of(ip), protocol, number))?;
    Some(server(&port, (ip, number), TrafficKind::External, node, sorted))
}
