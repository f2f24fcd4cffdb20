//! One Service as the stage shows it: what its chip says, the rows it has in every node's rules, its endpoints.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use crate::api::NamespacedName;
use crate::api::ip_family::host_port;
use crate::api::types::core::Service;
use crate::api::types::discovery::EndpointSlice;
use crate::cluster::Snapshot;

use super::focus::ServiceKey;

/// Match of a row of a node's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// The virtual address.
    ClusterIp,
    /// A port of the node itself.
    NodePort,
    /// The load balancer's address, or an external IP.
    External,
}

/// A row of a node's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRow {
    /// Its match.
    pub kind: RowKind,
    /// As written where there is room: `10.96.114.7:80`, `:30080`.
    pub text: String,
    /// As written on a phone.
    pub short: String,
}

/// The note beside a Service's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceNote {
    /// Its address is on no machine.
    Virtual,
    /// Its selector finds no pod.
    SelectsNothing(String),
    /// It has neither a selector nor endpoints.
    NoSelector,
    /// It has pods, none of them usable.
    NoneReady,
    /// It has no virtual address: DNS answers with the pods'.
    Headless,
    /// It is an alias in DNS for another name.
    Alias(String),
}

/// The state of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointState {
    /// kube-proxy may send to it: ready, or the last resort of serving while terminating.
    pub usable: bool,
    /// Its port.
    pub port: Option<u16>,
}

/// A Service as the stage shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceFacts {
    /// The Service.
    pub key: ServiceKey,
    /// Its virtual address and port, `None` where it has none.
    pub chip: Option<String>,
    /// The note beside its address.
    pub note: ServiceNote,
    /// Its rows in every node's rules, at most two: the virtual address, and how it is reached from outside.
    pub rows: Vec<RuleRow>,
    /// Whether each node's rules for traffic from outside know only its own pods.
    pub local: bool,
    /// Its endpoints by pod.
    pub pods: BTreeMap<NamespacedName, EndpointState>,
    /// Whether any endpoint is usable, pods or not.
    pub has_endpoints: bool,
}

impl ServiceFacts {
    /// Reads a Service; `None` where there is no such one.
    #[must_use]
    pub fn read(snapshot: &Snapshot, key: &ServiceKey) -> Option<Self> {
        let service = snapshot.typed::<Service>(&key.service)?;
        let spec = &service.spec;
        let port = spec
            .ports
            .iter()
            .find(|it| key.port.as_deref() == Some(it.name.as_str()))
            .or_else(|| spec.ports.first());
        let number = port.map_or(0, |it| it.port);
        let has_address = !spec.cluster_ip.is_empty() && !spec.is_headless() && !spec.is_external_name();
        let chip = has_address.then(|| host_port(&spec.cluster_ip, number));
        let mut rows = Vec::new();
        if let Some(chip) = &chip {
            rows.push(RuleRow {
                kind: RowKind::ClusterIp,
                text: chip.clone(),
                short: spec.cluster_ip.clone(),
            });
            let balancer = service.status.load_balancer.ingress.iter().find(|it| !it.ip.is_empty());
            let outside = balancer.map(|it| &it.ip).or_else(|| spec.external_ips.first());
            let node_port = port.map_or(0, |it| it.node_port);
            if let Some(address) = outside {
                let name = if balancer.is_some() { "LB" } else { "IP" };
                rows.push(RuleRow {
                    kind: RowKind::External,
                    text: host_port(address, number),
                    short: format!("{name} :{number}"),
                });
            } else if node_port != 0 {
                rows.push(RuleRow {
                    kind: RowKind::NodePort,
                    text: format!(":{node_port}"),
                    short: format!(":{node_port}"),
                });
            }
        }
        let (pods, has_endpoints) = endpoints(snapshot, key, port.map(|it| it.name.as_str()));
        let note = if spec.is_external_name() {
            ServiceNote::Alias(spec.external_name.clone())
        } else if has_endpoints {
            if spec.is_headless() {
                ServiceNote::Headless
            } else {
                ServiceNote::Virtual
            }
        } else if !pods.is_empty() {
            ServiceNote::NoneReady
        } else if spec.selector.is_empty() {
            ServiceNote::NoSelector
        } else {
            let pairs: Vec<_> = spec
                .selector
                .iter()
                .map(|(key, value)| format!("{key}={value}"))
                .collect();
            ServiceNote::SelectsNothing(pairs.join(","))
        };
        Some(Self {
            key: key.clone(),
            chip,
            note,
            rows,
            local: spec.external_traffic_policy == "Local",
            pods,
            has_endpoints,
        })
    }

    /// The row that a packet to `dst` matches.
    #[must_use]
    pub fn row_of(&self, dst: SocketAddr) -> Option<usize> {
        let (whole, port) = (dst.to_string(), format!(":{}", dst.port()));
        let at = |text: &str| self.rows.iter().position(|it| it.text == text);
        at(&whole).or_else(|| at(&port))
    }

    /// Makes the second row the one that a packet to `port` of a node uses.
    pub fn show_node_port(&mut self, snapshot: &Snapshot, node_port: u16) {
        let Some(service) = snapshot.typed::<Service>(&self.key.service) else {
            return;
        };
        if self.rows.is_empty() || !service.spec.ports.iter().any(|it| it.node_port == i32::from(node_port)) {
            return;
        }
        self.rows.truncate(1);
        self.rows.push(RuleRow {
            kind: RowKind::NodePort,
            text: format!(":{node_port}"),
            short: format!(":{node_port}"),
        });
    }
}

/// Endpoints by pod, and whether any is usable. Terminating ones serve only while no ready one is left
/// (`kubernetes pkg/proxy/topology.go`).
fn endpoints(
    snapshot: &Snapshot,
    key: &ServiceKey,
    port_name: Option<&str>,
) -> (BTreeMap<NamespacedName, EndpointState>, bool) {
    let slices: Vec<&EndpointSlice> = snapshot
        .list::<EndpointSlice>()
        .filter(|it| it.metadata.namespace == key.service.namespace)
        .filter(|it| it.service_name() == Some(&key.service.name))
        .collect();
    let all = || {
        slices
            .iter()
            .flat_map(|slice| slice.endpoints.iter().map(move |it| (*slice, it)))
    };
    let any_ready = all().any(|(_, it)| it.conditions.is_ready());
    let mut pods: BTreeMap<NamespacedName, EndpointState> = BTreeMap::new();
    let mut any_usable = false;
    for (slice, endpoint) in all() {
        let conditions = &endpoint.conditions;
        // A named port that the pods lack leaves a slice without ports: ready, but of no use.
        let port = slice
            .ports
            .iter()
            .find(|it| it.name.as_deref().unwrap_or_default() == port_name.unwrap_or_default())
            .map(|it| it.port.and_then(|port| u16::try_from(port).ok()));
        // A headless Service may have no ports at all; then its addresses are all there is.
        let usable = (port.is_some() || port_name.is_none())
            && (conditions.is_ready() || (!any_ready && conditions.is_serving() && conditions.is_terminating()));
        any_usable |= usable;
        if let Some(target) = endpoint.target_ref.as_ref().filter(|it| it.kind == "Pod") {
            let entry = pods
                .entry(NamespacedName::new(&target.namespace, &target.name))
                .or_insert(EndpointState {
                    usable: false,
                    port: None,
                });
            entry.usable |= usable;
            entry.port = entry.port.or(port.flatten());
        }
    }
    (pods, any_usable)
}
