//! Which endpoints a node may use for a Service port (`kubernetes pkg/proxy/topology.go`, `CategorizeEndpoints`).

use super::service::{EndpointInfo, ServicePort};
use crate::small_sort::SmallSort as _;

/// Indices into the port's endpoints, sorted the way this node uses them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Categories {
    /// For policy Cluster: after hints and fallback.
    pub cluster: Vec<u16>,
    /// For policy Local.
    pub local: Vec<u16>,
    /// Everything this node may send to, in the order of the endpoints.
    pub reachable: Vec<u16>,
    /// Whether the Service has a usable endpoint on any node.
    pub any: bool,
}

/// Sorts the endpoints of `port` as seen from a node.
#[must_use]
pub fn categorize(port: &ServicePort, node: &str, zone: &str) -> Categories {
    let endpoints = &port.endpoints;
    let pick = |wanted: &dyn Fn(&EndpointInfo) -> bool| -> Vec<u16> {
        (0u16..)
            .zip(endpoints)
            .filter(|(_, it)| wanted(it))
            .map(|(idx, _)| idx)
            .collect()
    };
    let local = |it: &EndpointInfo| !node.is_empty() && it.node.as_deref() == Some(node);
    let last_resort = |it: &EndpointInfo| it.serving && it.terminating;
    let mut found = Categories::default();
    if port.uses_cluster_endpoints() {
        let mode = mode_from_hints(endpoints, node, zone);
        found.cluster = pick(&|it| {
            it.ready
                && match mode {
                    Mode::All => true,
                    Mode::SameNode => it.node_hints.iter().any(|name| name == node),
                    Mode::SameZone => it.zone_hints.iter().any(|name| name == zone),
                }
        });
        if found.cluster.is_empty() {
            found.cluster = pick(&last_resort);
        }
        found.any = !found.cluster.is_empty();
    }
    if port.uses_local_endpoints() {
        found.any |= endpoints.iter().any(|it| it.ready || last_resort(it));
        found.local = pick(&|it| local(it) && it.ready);
        if found.local.is_empty() {
            found.local = pick(&|it| local(it) && last_resort(it));
        }
    }
    found.reachable = found.cluster.iter().chain(&found.local).copied().collect();
    found.reachable.small_sort();
    found.reachable.dedup();
    found
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    All,
    SameNode,
    SameZone,
}

fn mode_from_hints(endpoints: &[EndpointInfo], node: &str, zone: &str) -> Mode {
    let mut ready = endpoints.iter().filter(|it| it.ready).peekable();
    if ready.peek().is_none() {
        return Mode::All;
    }
    let (mut all_node, mut here, mut all_zone, mut near) = (true, false, true, false);
    for it in ready {
        all_node &= !it.node_hints.is_empty();
        here |= it.node_hints.iter().any(|name| name == node);
        all_zone &= !it.zone_hints.is_empty();
        // An empty zone is nobody's hint, so a node without the label never gets here.
        near |= it.zone_hints.iter().any(|name| name == zone);
    }
    if all_node && here {
        Mode::SameNode
    } else if all_zone && near {
        Mode::SameZone
    } else {
        Mode::All
    }
}
