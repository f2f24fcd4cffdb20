//! Who has which address, and where a node sends a packet: the network under the cluster.
//!
//! Every pod hangs on its node by a wire of its own; the node's pod network has an address of the node's
//! (the first one, 10.244.1.1), which is what pods see of it. Nodes reach each other's pods directly, by
//! routes. Everything else goes to the router, which knows the nodes and the outside and drops the rest: it
//! has no route to pods or to ClusterIPs.
//!
//! Not here: which endpoint a Service leads to. That is [`super::proxy`].

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;

use super::hash::Map;
use super::packet::Protocol;
use crate::api::types::core::{ConfigMap, Node, Pod};
use crate::api::{IpFamily, Kind, NamespacedName, Object, Resource};
use crate::cluster::Snapshot;
use crate::cluster::snapshot::ObjectMap;

/// What routing and kube-proxy need to know of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInfo {
    /// `metadata.name`
    pub name: Arc<str>,
    /// Its zone (`topology.kubernetes.io/zone`); empty without the label.
    pub zone: String,
    /// Its internal addresses, then its external ones, of both families.
    pub addresses: Vec<IpAddr>,
    /// `spec.podCIDRs`; empty where none was given.
    pub pod_cidrs: Vec<IpNet>,
    /// Its own address in each of its pod networks.
    pub gateways: Vec<IpAddr>,
    /// Whether its `Ready` condition is true, or there is none.
    pub ready: bool,
    /// Whether load balancers may use it (`node.kubernetes.io/exclude-from-external-load-balancers`).
    pub balanced: bool,
    primary: [Option<IpAddr>; 2],
}

impl NodeInfo {
    fn new(node: &Node) -> Self {
        let labels = &node.metadata.labels;
        let texts = node.internal_ips().chain(node.external_ips());
        let mut addresses: Vec<IpAddr> = texts.filter_map(|text| text.parse().ok()).collect();
        addresses.dedup();
        let texts = if node.spec.pod_cidrs.is_empty() {
            std::slice::from_ref(&node.spec.pod_cidr)
        } else {
            &node.spec.pod_cidrs
        };
        let pod_cidrs: Vec<IpNet> = texts.iter().filter_map(|text| super::cidr::parse_net(text)).collect();
        // For IPv6, too, the first address is the node's own; the network's own is nobody's.
        let first = |net: &IpNet| match net {
            IpNet::V4(net) => net.hosts().next().map(IpAddr::V4),
            IpNet::V6(net) => net.hosts().nth(1).map(IpAddr::V6),
        };
        let gateways = pod_cidrs.iter().filter_map(first).collect();
        let primary = IpFamily::ALL.map(|family| addresses.iter().find(|it| IpFamily::of(**it) == family).copied());
        Self {
            name: node.metadata.name.as_str().into(),
            zone: labels.get("topology.kubernetes.io/zone").cloned().unwrap_or_default(),
            addresses,
            pod_cidrs,
            gateways,
            ready: !node.is_known_unready(),
            balanced: !labels.contains_key("node.kubernetes.io/exclude-from-external-load-balancers"),
            primary,
        }
    }

    /// Its first address of a family.
    #[must_use]
    pub fn primary(&self, family: IpFamily) -> Option<IpAddr> {
        self.primary[family.index()]
    }

    /// Its own address towards its pods.
    #[must_use]
    pub fn gateway(&self, family: IpFamily) -> Option<IpAddr> {
        self.gateways.iter().find(|it| IpFamily::of(**it) == family).copied()
    }

    /// Whether an address is one of this node's own (`addrtype LOCAL`).
    #[must_use]
    pub fn is_local(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.addresses.contains(&ip) || self.gateways.contains(&ip)
    }

    /// Whether an address lies in the network that its own address is in, so that no router is needed.
    #[must_use]
    pub fn is_neighbor(&self, ip: IpAddr) -> bool {
        let same_net = |a: IpAddr, b: IpAddr| match (a, b) {
            (IpAddr::V4(a), IpAddr::V4(b)) => a.octets()[..3] == b.octets()[..3],
            (IpAddr::V6(a), IpAddr::V6(b)) => a.octets()[..8] == b.octets()[..8],
            _ => false,
        };
        self.primary(IpFamily::of(ip)).is_some_and(|own| same_net(own, ip))
    }

    /// The addresses of its interfaces, loopback among them.
    pub fn interface_addresses(&self, family: IpFamily) -> impl Iterator<Item = IpAddr> + '_ {
        let loopback = match family {
            IpFamily::V4 => IpAddr::from(std::net::Ipv4Addr::LOCALHOST),
            IpFamily::V6 => IpAddr::from(std::net::Ipv6Addr::LOCALHOST),
        };
        self.addresses
            .iter()
            .chain(&self.gateways)
            .copied()
            .filter(move |it| IpFamily::of(*it) == family)
            .chain([loopback])
    }
}

/// A pod that has an address.
#[derive(Clone, Debug)]
pub struct PodInfo {
    /// `metadata.namespace`
    pub namespace: Arc<str>,
    /// `metadata.name`
    pub name: Arc<str>,
    /// Index of its node in [`Fabric::nodes`]; `None` where it has none, or one that does not exist.
    pub node: Option<usize>,
    /// `status.podIPs`, at most one of each family.
    pub ips: Vec<IpAddr>,
    /// Whether it uses its node's network.
    pub host_network: bool,
    object: Arc<Object>,
}

impl PodInfo {
    /// The pod itself.
    #[must_use]
    pub fn pod(&self) -> &Pod {
        Pod::of(&self.object.typed).expect("made from a pod")
    }

    /// Namespace and name.
    #[must_use]
    pub fn key(&self) -> NamespacedName {
        NamespacedName::new(&*self.namespace, &*self.name)
    }

    /// Its first address of a family.
    #[must_use]
    pub fn ip(&self, family: IpFamily) -> Option<IpAddr> {
        self.ips.iter().find(|it| IpFamily::of(**it) == family).copied()
    }
}

/// A port of a node that leads into a pod (`hostPort`).
#[derive(Clone, Debug, PartialEq)]
pub struct HostPort {
    /// The pod it leads into.
    pub pod: Arc<PodInfo>,
    /// The only address it is open on; `None` for all, and an unspecified one (`0.0.0.0`) means all of its family.
    pub on: Option<IpAddr>,
    /// Which port of which container, as a field of the pod.
    pub field: Arc<str>,
    /// The pod's port.
    pub port: u16,
}

impl PartialEq for PodInfo {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.object, &other.object) && self.node == other.node
    }
}

/// Who has an address.
#[derive(Clone, Debug, PartialEq)]
pub enum Owner {
    /// A node, by index.
    Node(usize),
    /// A pod.
    Pod(Arc<PodInfo>),
}

/// Addresses and wires of the cluster, kept up to date from one snapshot to the next.
#[derive(Clone, Debug, Default)]
pub struct Fabric {
    nodes: Vec<Arc<NodeInfo>>,
    owners: Map<IpAddr, Owner>,
    /// By namespace, then name.
    pods: Map<Arc<str>, Map<Arc<str>, Arc<PodInfo>>>,
    /// By node: pods that use its network.
    host_pods: BTreeMap<usize, Vec<Arc<PodInfo>>>,
    /// By node, protocol and number.
    host_ports: Map<(usize, Protocol, u16), Vec<HostPort>>,
    non_masquerade: Vec<IpNet>,
    seen_nodes: Option<Arc<ObjectMap>>,
    seen_pods: Option<Arc<ObjectMap>>,
    seen_configs: Option<Arc<ObjectMap>>,
}

/// Whether two optional maps are the very same.
pub(super) fn same(a: Option<&Arc<ObjectMap>>, b: Option<&Arc<ObjectMap>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Calls `changed(key, before, after)` for every object that differs between two maps.
pub(super) fn differences(
    before: Option<&Arc<ObjectMap>>,
    after: Option<&Arc<ObjectMap>>,
    mut changed: impl FnMut(&NamespacedName, Option<&Arc<Object>>, Option<&Arc<Object>>),
) {
    let mut old = before.map(|map| map.iter()).into_iter().flatten().peekable();
    let mut new = after.map(|map| map.iter()).into_iter().flatten().peekable();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let was = order.is_le().then(|| old.next()).flatten();
        let is = order.is_ge().then(|| new.next()).flatten();
        match (was, is) {
            (Some((key, a)), Some((_, b))) if !Arc::ptr_eq(a, b) => changed(key, Some(a), Some(b)),
            (Some((key, a)), None) => changed(key, Some(a), None),
            (None, Some((key, b))) => changed(key, None, Some(b)),
            _ => {}
        }
    }
}

impl Fabric {
    /// Whether nodes, pods or the network's settings changed since [`Self::update`].
    #[must_use]
    pub fn is_stale(&self, snapshot: &Snapshot) -> bool {
        !same(self.seen_nodes.as_ref(), snapshot.kind_map(Kind::Node))
            || !same(self.seen_pods.as_ref(), snapshot.kind_map(Kind::Pod))
            || !same(self.seen_configs.as_ref(), snapshot.kind_map(Kind::ConfigMap))
    }

    /// Takes in what changed; returns whether the nodes' fixed rules must be written anew.
    pub fn update(&mut self, snapshot: &Snapshot) -> bool {
        self.seen_configs = snapshot.kind_map(Kind::ConfigMap).cloned();
        let ranges = non_masquerade(snapshot);
        let ranges_changed = self.non_masquerade != ranges;
        self.non_masquerade = ranges;
        let nodes = snapshot.kind_map(Kind::Node);
        let nodes_changed = !same(self.seen_nodes.as_ref(), nodes);
        if nodes_changed {
            self.nodes = snapshot
                .list::<Node>()
                .map(|node| Arc::new(NodeInfo::new(node)))
                .collect();
            self.seen_nodes = nodes.cloned();
            self.seen_pods = None;
            self.owners = Map::default();
            self.pods = Map::default();
            self.host_pods = BTreeMap::new();
            self.host_ports = Map::default();
            for (idx, node) in self.nodes.iter().enumerate() {
                for ip in node.addresses.iter().chain(&node.gateways) {
                    self.owners.entry(*ip).or_insert(Owner::Node(idx));
                }
            }
        }
        let pods = snapshot.kind_map(Kind::Pod);
        if !same(self.seen_pods.as_ref(), pods) {
            let before = self.seen_pods.take();
            let mut removed = Vec::new();
            let mut added = Vec::new();
            differences(before.as_ref(), pods, |key, was, is| {
                if was.is_some() {
                    removed.push(key.clone());
                }
                added.extend(is.cloned());
            });
            // Removals first: an address may pass from one pod to another in the same step.
            for key in removed {
                self.remove_pod(&key);
            }
            for object in added {
                self.add_pod(&object);
            }
            self.seen_pods = pods.cloned();
        }
        nodes_changed || ranges_changed
    }

    fn remove_pod(&mut self, key: &NamespacedName) {
        let namespace = self.pods.get_mut(key.namespace.as_str());
        let Some(info) = namespace.and_then(|pods| pods.remove(key.name.as_str())) else {
            return;
        };
        for ip in &info.ips {
            if matches!(self.owners.get(ip), Some(Owner::Pod(owner)) if Arc::ptr_eq(owner, &info)) {
                self.owners.remove(ip);
            }
        }
        if let Some(list) = info.node.and_then(|node| self.host_pods.get_mut(&node)) {
            list.retain(|it| !Arc::ptr_eq(it, &info));
        }
        for (key, _) in host_ports(&info) {
            if let Some(list) = self.host_ports.get_mut(&key) {
                list.retain(|it| !Arc::ptr_eq(&it.pod, &info));
            }
        }
    }

    fn add_pod(&mut self, object: &Arc<Object>) {
        let Some(pod) = Pod::of(&object.typed) else { return };
        if pod.is_terminal() {
            return;
        }
        let meta = &pod.metadata;
        let mut ips: Vec<IpAddr> = pod.ips().filter_map(|text| text.parse().ok()).collect();
        ips.dedup();
        let node = self.node_by_name(&pod.spec.node_name);
        if pod.spec.host_network && ips.is_empty() {
            ips.extend(node.and_then(|idx| self.nodes[idx].primary(IpFamily::V4)));
        }
        if ips.is_empty() {
            return;
        }
        let info = Arc::new(PodInfo {
            namespace: meta.namespace.as_str().into(),
            name: meta.name.as_str().into(),
            node: node.or_else(|| self.node_of_cidr(ips[0])),
            ips,
            host_network: pod.spec.host_network,
            object: Arc::clone(object),
        });
        if info.host_network {
            if let Some(node) = info.node {
                self.host_pods.entry(node).or_default().push(Arc::clone(&info));
            }
        } else {
            for (key, port) in host_ports(&info) {
                self.host_ports.entry(key).or_default().push(port);
            }
            for ip in &info.ips {
                // A dump may give a node's address to a pod that does not say `hostNetwork`; the node keeps it.
                if !matches!(self.owners.get(ip), Some(Owner::Node(_))) {
                    self.owners.insert(*ip, Owner::Pod(Arc::clone(&info)));
                }
            }
        }
        let namespace = self.pods.entry(Arc::clone(&info.namespace)).or_default();
        namespace.insert(Arc::clone(&info.name), info);
    }

    /// All nodes, by name.
    #[must_use]
    pub fn nodes(&self) -> &[Arc<NodeInfo>] {
        &self.nodes
    }

    /// A node's index.
    #[must_use]
    pub fn node_by_name(&self, name: &str) -> Option<usize> {
        self.nodes.binary_search_by(|it| (*it.name).cmp(name)).ok()
    }

    /// The node in whose pod network an address lies.
    #[must_use]
    pub fn node_of_cidr(&self, ip: IpAddr) -> Option<usize> {
        self.nodes
            .iter()
            .position(|node| node.pod_cidrs.iter().any(|net| net.contains(&ip)))
    }

    /// Who has an address.
    #[must_use]
    pub fn owner(&self, ip: IpAddr) -> Option<&Owner> {
        self.owners.get(&ip)
    }

    /// A pod that has an address.
    #[must_use]
    pub fn pod(&self, namespace: &str, name: &str) -> Option<&Arc<PodInfo>> {
        self.pods.get(namespace)?.get(name)
    }

    /// Where a node's own port leads by `hostPort`: of several that claim it, the first.
    #[must_use]
    pub fn host_port(&self, node: usize, protocol: Protocol, at: SocketAddr) -> Option<&HostPort> {
        let list = self.host_ports.get(&(node, protocol, at.port()))?;
        list.iter().find(|it| {
            let open = it
                .on
                .is_none_or(|on| on == at.ip() || on.is_unspecified() && IpFamily::of(on) == IpFamily::of(at.ip()));
            open && it.pod.ip(IpFamily::of(at.ip())).is_some()
        })
    }

    /// The pods that use a node's network.
    #[must_use]
    pub fn host_pods(&self, node: usize) -> &[Arc<PodInfo>] {
        self.host_pods.get(&node).map_or(&[], Vec::as_slice)
    }

    /// Ranges that pods reach under their own address; what lies elsewhere sees their node's. The pod
    /// networks, unless `ip-masq-agent` says otherwise.
    #[must_use]
    pub fn non_masquerade(&self) -> &[IpNet] {
        &self.non_masquerade
    }
}

/// The ports of its node that a pod claims, in the order of its containers.
fn host_ports(pod: &Arc<PodInfo>) -> Vec<((usize, Protocol, u16), HostPort)> {
    let mut found = Vec::new();
    let Some(node) = pod.node.filter(|_| !pod.host_network) else {
        return found;
    };
    for (nth, container) in pod.pod().spec.containers.iter().enumerate() {
        for (idx, port) in container.ports.iter().enumerate() {
            let number = super::packet::port_number;
            let (Some(outer), Some(inner)) = (number(port.host_port), number(port.container_port)) else {
                continue;
            };
            let protocol = Protocol::parse(&port.protocol).unwrap_or_default();
            let made = HostPort {
                pod: Arc::clone(pod),
                on: port.host_ip.parse().ok(),
                field: format!("spec.containers[{nth}].ports[{idx}].hostPort").into(),
                port: inner,
            };
            found.push(((node, protocol, outer), made));
        }
    }
    found
}

/// `nonMasqueradeCIDRs` of the ConfigMap `kube-system/ip-masq-agent`, else the pod networks.
fn non_masquerade(snapshot: &Snapshot) -> Vec<IpNet> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Agent {
        #[serde(rename = "nonMasqueradeCIDRs")]
        ranges: Vec<String>,
    }
    snapshot
        .get::<ConfigMap>("kube-system", "ip-masq-agent")
        .and_then(|map| serde_yaml::from_str::<Agent>(map.data.get("config")?).ok())
        .map(|agent| {
            agent
                .ranges
                .iter()
                .filter_map(|text| super::cidr::parse_net(text))
                .collect()
        })
        .unwrap_or_else(|| snapshot.config().pod_subnets.clone())
}
