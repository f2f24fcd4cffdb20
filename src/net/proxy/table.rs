//! All Service ports of the cluster, found by address: what makes the cost of a packet independent of how
//! many Services there are.
//!
//! Kept up to date by comparing snapshots object by object: unchanged objects are the same allocation.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::service::{ServicePort, service_ports};
use crate::api::types::core::Service;
use crate::api::types::discovery::EndpointSlice;
use crate::api::types::discovery::SERVICE_NAME_LABEL;
use crate::api::{IpFamily, Kind, NamespacedName, Object, ObjectKey, Resource};
use crate::cluster::Snapshot;
use crate::cluster::snapshot::ObjectMap;
use crate::net::hash::Map;
use crate::net::packet::Protocol;
use crate::net::route::{differences, same};

/// Where a packet goes: address, protocol, port.
pub type Target = (IpAddr, Protocol, u16);

/// Service ports by every address that leads to them.
#[derive(Clone, Debug, Default)]
pub struct ServiceTable {
    services: BTreeMap<NamespacedName, Vec<Arc<ServicePort>>>,
    slices: BTreeMap<NamespacedName, BTreeMap<String, Arc<Object>>>,
    vips: Map<Target, Vec<Arc<ServicePort>>>,
    node_ports: Map<(IpFamily, Protocol, u16), Vec<Arc<ServicePort>>>,
    health_ports: Map<u16, Vec<Arc<ServicePort>>>,
    cluster_ips: Map<IpAddr, u32>,
    virtual_ips: Map<IpAddr, u32>,
    /// What any endpoint says of an address, and what only those say that name no pod.
    endpoints_at: Map<Target, u32>,
    manual_at: Map<Target, u32>,
    machines: Map<IpAddr, u32>,
    /// Services by the addresses of their load balancers, captured by kube-proxy or not.
    balanced: Map<IpAddr, Arc<NamespacedName>>,
    balanced_ips: BTreeMap<NamespacedName, Vec<IpAddr>>,
    /// Service and pod networks: addresses in them are no machines' outside.
    virtual_nets: Vec<IpNet>,
    endpoints: usize,
    next_id: u64,
    seen_services: Option<Arc<ObjectMap>>,
    seen_slices: Option<Arc<ObjectMap>>,
}

/// What [`ServiceTable::update`] found changed.
#[derive(Debug, Default)]
pub struct Changes {
    /// Ports that are gone or made anew.
    pub stale: Vec<Arc<ServicePort>>,
    /// Whether a UDP port is among the changed ones, so that conntrack must be cleaned.
    pub udp: bool,
}

impl ServiceTable {
    /// Whether Services or EndpointSlices changed since [`Self::update`].
    #[must_use]
    pub fn is_stale(&self, snapshot: &Snapshot) -> bool {
        !same(self.seen_services.as_ref(), snapshot.kind_map(Kind::Service))
            || !same(self.seen_slices.as_ref(), snapshot.kind_map(Kind::EndpointSlice))
    }

    /// Takes in what changed.
    pub fn update(&mut self, snapshot: &Snapshot) -> Changes {
        let config = snapshot.config();
        self.virtual_nets = config
            .service_subnets
            .iter()
            .chain(&config.pod_subnets)
            .copied()
            .collect();
        let (services, slices) = (snapshot.kind_map(Kind::Service), snapshot.kind_map(Kind::EndpointSlice));
        let mut changes = Changes::default();
        let mut dirty: BTreeSet<NamespacedName> = BTreeSet::new();
        differences(self.seen_services.as_ref(), services, |key, _, _| {
            dirty.insert(key.clone());
        });
        let mut moved = Vec::new();
        differences(self.seen_slices.as_ref(), slices, |key, was, is| {
            moved.push((key.clone(), was.cloned(), is.cloned()));
        });
        for (key, was, is) in moved {
            for object in was.iter() {
                if let Some(service) = service_of(object) {
                    if let Some(list) = self.slices.get_mut(&service) {
                        list.remove(&key.name);
                    }
                    dirty.insert(service);
                }
                self.count_listeners(object, false);
            }
            for object in is.iter() {
                if let Some(service) = service_of(object) {
                    self.slices
                        .entry(service.clone())
                        .or_default()
                        .insert(key.name.clone(), Arc::clone(object));
                    dirty.insert(service);
                }
                self.count_listeners(object, true);
            }
        }
        self.seen_services = services.cloned();
        self.seen_slices = slices.cloned();
        for key in dirty {
            for port in self.services.remove(&key).unwrap_or_default() {
                changes.udp |= port.protocol == Protocol::Udp;
                self.unlink(&port);
                changes.stale.push(port);
            }
            self.balanced_by(&key, false);
            let service = services.and_then(|map| Service::of(&map.get(&key)?.typed));
            let Some(service) = service else { continue };
            let behind: Vec<&EndpointSlice> = self
                .slices
                .get(&key)
                .into_iter()
                .flat_map(BTreeMap::values)
                .filter_map(|object| EndpointSlice::of(&object.typed))
                .collect();
            let ports: Vec<_> = service_ports(service, &behind, &mut self.next_id)
                .into_iter()
                .map(Arc::new)
                .collect();
            for port in &ports {
                changes.udp |= port.protocol == Protocol::Udp;
                self.link(port);
            }
            self.services.insert(key.clone(), ports);
            self.balanced_by(&key, true);
        }
        self.slices.retain(|_, list| !list.is_empty());
        changes
    }

    /// All Service ports, by Service.
    pub fn ports(&self) -> impl Iterator<Item = &Arc<ServicePort>> {
        self.services.values().flatten()
    }

    /// The ports of one Service.
    #[must_use]
    pub fn of_service(&self, namespace: &str, name: &str) -> &[Arc<ServicePort>] {
        self.services
            .get(&(namespace, name) as &dyn ObjectKey)
            .map_or(&[], Vec::as_slice)
    }

    /// Ports that a virtual address leads to; more than one where Services share it.
    #[must_use]
    pub fn by_vip(&self, target: Target) -> &[Arc<ServicePort>] {
        self.vips.get(&target).map_or(&[], Vec::as_slice)
    }

    /// Ports that a node port leads to.
    #[must_use]
    pub fn by_node_port(&self, family: IpFamily, protocol: Protocol, port: u16) -> &[Arc<ServicePort>] {
        self.node_ports
            .get(&(family, protocol, port))
            .map_or(&[], Vec::as_slice)
    }

    /// Ports whose health check node port this is.
    #[must_use]
    pub fn by_health_port(&self, port: u16) -> &[Arc<ServicePort>] {
        self.health_ports.get(&port).map_or(&[], Vec::as_slice)
    }

    /// Whether an address is the ClusterIP of a Service.
    #[must_use]
    pub fn is_cluster_ip(&self, ip: IpAddr) -> bool {
        self.cluster_ips.contains_key(&ip)
    }

    /// Whether an address leads to a Service on any node: a ClusterIP, an external or a load balancer's address.
    #[must_use]
    pub fn is_virtual_ip(&self, ip: IpAddr) -> bool {
        self.virtual_ips.contains_key(&ip)
    }

    /// Whether an EndpointSlice names this address and port.
    #[must_use]
    pub fn is_endpoint(&self, target: Target) -> bool {
        self.endpoints_at.contains_key(&target)
    }

    /// Whether an EndpointSlice names this address and port without naming a pod: somebody wrote it by hand, so
    /// a server is taken to listen there.
    #[must_use]
    pub fn is_manual_endpoint(&self, target: Target) -> bool {
        self.manual_at.contains_key(&target)
    }

    /// Whether an address is that of a machine outside the cluster which an EndpointSlice names.
    #[must_use]
    pub fn is_machine(&self, ip: IpAddr) -> bool {
        self.machines.contains_key(&ip) && !self.is_virtual(ip)
    }

    fn is_virtual(&self, ip: IpAddr) -> bool {
        self.is_cluster_ip(ip) || self.virtual_nets.iter().any(|net| net.contains(&ip))
    }

    /// The Service whose load balancer has an address.
    #[must_use]
    pub fn balanced(&self, ip: IpAddr) -> Option<&Arc<NamespacedName>> {
        self.balanced.get(&ip)
    }

    /// How many endpoints kube-proxy counts in the whole cluster.
    #[must_use]
    pub fn endpoint_count(&self) -> usize {
        self.endpoints
    }

    fn link(&mut self, port: &Arc<ServicePort>) {
        self.endpoints += port.endpoints.len();
        for ip in port.virtual_ips() {
            insert(self.vips.entry((ip, port.protocol, port.port)).or_default(), port);
        }
        if let Some(number) = port.node_port {
            let key = (port.family(), port.protocol, number);
            insert(self.node_ports.entry(key).or_default(), port);
        }
        if let Some(number) = port.health_check_node_port {
            insert(self.health_ports.entry(number).or_default(), port);
        }
        count(&mut self.cluster_ips, port.cluster_ip, true);
        for ip in port.virtual_ips() {
            count(&mut self.virtual_ips, ip, true);
        }
    }

    fn unlink(&mut self, port: &Arc<ServicePort>) {
        self.endpoints -= port.endpoints.len();
        for ip in port.virtual_ips() {
            remove(&mut self.vips, &(ip, port.protocol, port.port), port);
        }
        if let Some(number) = port.node_port {
            remove(&mut self.node_ports, &(port.family(), port.protocol, number), port);
        }
        if let Some(number) = port.health_check_node_port {
            remove(&mut self.health_ports, &number, port);
        }
        count(&mut self.cluster_ips, port.cluster_ip, false);
        for ip in port.virtual_ips() {
            count(&mut self.virtual_ips, ip, false);
        }
    }

    /// Notes or forgets the load balancer addresses of a Service.
    fn balanced_by(&mut self, key: &NamespacedName, add: bool) {
        if !add {
            for ip in self.balanced_ips.remove(key).unwrap_or_default() {
                self.balanced.remove(&ip);
            }
            return;
        }
        let service = self
            .seen_services
            .as_ref()
            .and_then(|map| Service::of(&map.get(key)?.typed));
        let Some(service) = service else { return };
        let given = service.status.load_balancer.ingress.iter();
        let ips: Vec<IpAddr> = given
            .filter_map(|it| it.ip.parse().ok())
            .filter(|ip| !self.balanced.contains_key(ip))
            .collect();
        if ips.is_empty() {
            return;
        }
        let owner = Arc::new(key.clone());
        self.balanced.extend(ips.iter().map(|ip| (*ip, Arc::clone(&owner))));
        self.balanced_ips.insert(key.clone(), ips);
    }

    fn count_listeners(&mut self, object: &Object, add: bool) {
        let Some(slice) = EndpointSlice::of(&object.typed) else {
            return;
        };
        for port in &slice.ports {
            let protocol = port.protocol.as_deref().map_or(Some(Protocol::Tcp), Protocol::parse);
            let (Some(protocol), Some(number)) = (protocol, port.port.and_then(crate::net::packet::port_number)) else {
                continue;
            };
            for endpoint in &slice.endpoints {
                let Some(address) = endpoint.addresses.first().and_then(|text| text.parse().ok()) else {
                    continue;
                };
                count(&mut self.endpoints_at, (address, protocol, number), add);
                if endpoint.target_ref.as_ref().is_none_or(|target| target.kind != "Pod") {
                    count(&mut self.manual_at, (address, protocol, number), add);
                    count(&mut self.machines, address, add);
                }
            }
        }
    }
}

/// Counts a key up or down; a count of zero is no entry.
fn count<K: std::hash::Hash + Eq>(map: &mut Map<K, u32>, key: K, add: bool) {
    if add {
        *map.entry(key).or_default() += 1;
    } else if let Some(number) = map.get_mut(&key) {
        *number -= 1;
        if *number == 0 {
            map.remove(&key);
        }
    }
}

fn service_of(object: &Object) -> Option<NamespacedName> {
    let meta = object.metadata();
    let name = meta.labels.get(SERVICE_NAME_LABEL).filter(|name| !name.is_empty())?;
    Some(NamespacedName::new(&meta.namespace, name))
}

/// Keeps lists in the order in which `KUBE-SERVICES` is printed: by Service, then port.
fn insert(list: &mut Vec<Arc<ServicePort>>, port: &Arc<ServicePort>) {
    fn rank(port: &ServicePort) -> (&NamespacedName, usize) {
        (&port.name.service, port.index)
    }
    if list.iter().any(|it| it.id == port.id) {
        return;
    }
    let at = list.partition_point(|it| rank(it) < rank(port));
    list.insert(at, Arc::clone(port));
}

fn remove<K: std::hash::Hash + Eq>(map: &mut Map<K, Vec<Arc<ServicePort>>>, key: &K, port: &Arc<ServicePort>) {
    if let Some(list) = map.get_mut(key) {
        list.retain(|it| it.id != port.id);
        if list.is_empty() {
            map.remove(key);
        }
    }
}
