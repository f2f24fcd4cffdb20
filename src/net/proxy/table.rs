//! All Service ports of the cluster, found by address: what makes the cost of a packet independent of how
//! many Services there are.
//!
//! Kept up to date by comparing snapshots object by object: unchanged objects are the same allocation.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::service::{ServicePort, service_ports};
use crate::api::types::core::Service;
use crate::api::types::discovery::EndpointSlice;
use crate::api::{Kind, Object, Resource};
use crate::cluster::Snapshot;
use crate::cluster::snapshot::{Key, ObjectMap};
use crate::net::hash::Map;
use crate::net::packet::Protocol;
use crate::net::route::{differences, same};

/// Where a packet goes: address, protocol, port.
pub type Target = (IpAddr, Protocol, u16);

/// Service ports by every address that leads to them.
#[derive(Clone, Debug, Default)]
pub struct ServiceTable {
    services: BTreeMap<Key, Vec<Arc<ServicePort>>>,
    slices: BTreeMap<Key, BTreeMap<String, Arc<Object>>>,
    vips: Map<Target, Vec<Arc<ServicePort>>>,
    node_ports: Map<(bool, Protocol, u16), Vec<Arc<ServicePort>>>,
    health_ports: Map<u16, Vec<Arc<ServicePort>>>,
    cluster_ips: Map<IpAddr, u32>,
    listeners: Map<Target, u32>,
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

const SERVICE_NAME: &str = "kubernetes.io/service-name";

impl ServiceTable {
    /// Whether Services or EndpointSlices changed since [`Self::update`].
    #[must_use]
    pub fn is_stale(&self, snapshot: &Snapshot) -> bool {
        !same(self.seen_services.as_ref(), snapshot.kind_map(Kind::Service))
            || !same(self.seen_slices.as_ref(), snapshot.kind_map(Kind::EndpointSlice))
    }

    /// Takes in what changed.
    pub fn update(&mut self, snapshot: &Snapshot) -> Changes {
        let (services, slices) = (snapshot.kind_map(Kind::Service), snapshot.kind_map(Kind::EndpointSlice));
        let mut changes = Changes::default();
        let mut dirty: BTreeSet<Key> = BTreeSet::new();
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
                        list.remove(&key.1);
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
                        .insert(key.1.clone(), Arc::clone(object));
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
            self.services.insert(key, ports);
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
            .get(&(namespace.to_owned(), name.to_owned()))
            .map_or(&[], Vec::as_slice)
    }

    /// Ports that a virtual address leads to; more than one where Services share it.
    #[must_use]
    pub fn by_vip(&self, target: Target) -> &[Arc<ServicePort>] {
        self.vips.get(&target).map_or(&[], Vec::as_slice)
    }

    /// Ports that a node port leads to.
    #[must_use]
    pub fn by_node_port(&self, v6: bool, protocol: Protocol, port: u16) -> &[Arc<ServicePort>] {
        self.node_ports.get(&(v6, protocol, port)).map_or(&[], Vec::as_slice)
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

    /// Whether an EndpointSlice says that something answers there.
    #[must_use]
    pub fn is_endpoint(&self, target: Target) -> bool {
        self.listeners.contains_key(&target)
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
            let key = (port.cluster_ip.is_ipv6(), port.protocol, number);
            insert(self.node_ports.entry(key).or_default(), port);
        }
        if let Some(number) = port.health_check_node_port {
            insert(self.health_ports.entry(number).or_default(), port);
        }
        *self.cluster_ips.entry(port.cluster_ip).or_default() += 1;
    }

    fn unlink(&mut self, port: &Arc<ServicePort>) {
        self.endpoints -= port.endpoints.len();
        for ip in port.virtual_ips() {
            remove(&mut self.vips, &(ip, port.protocol, port.port), port);
        }
        if let Some(number) = port.node_port {
            remove(
                &mut self.node_ports,
                &(port.cluster_ip.is_ipv6(), port.protocol, number),
                port,
            );
        }
        if let Some(number) = port.health_check_node_port {
            remove(&mut self.health_ports, &number, port);
        }
        if let Some(count) = self.cluster_ips.get_mut(&port.cluster_ip) {
            *count -= 1;
            if *count == 0 {
                self.cluster_ips.remove(&port.cluster_ip);
            }
        }
    }

    fn count_listeners(&mut self, object: &Object, add: bool) {
        let Some(slice) = EndpointSlice::of(&object.typed) else {
            return;
        };
        for port in &slice.ports {
            let protocol = port.protocol.as_deref().map_or(Some(Protocol::Tcp), Protocol::parse);
            let (Some(protocol), Some(number)) = (protocol, port.port.and_then(super::service::port_number)) else {
                continue;
            };
            for address in slice
                .endpoints
                .iter()
                .filter_map(|it| it.addresses.first()?.parse().ok())
            {
                let key = (address, protocol, number);
                if add {
                    *self.listeners.entry(key).or_default() += 1;
                } else if let Some(count) = self.listeners.get_mut(&key) {
                    *count -= 1;
                    if *count == 0 {
                        self.listeners.remove(&key);
                    }
                }
            }
        }
    }
}

fn service_of(object: &Object) -> Option<Key> {
    let meta = object.metadata();
    let name = meta.labels.get(SERVICE_NAME).filter(|name| !name.is_empty())?;
    Some((meta.namespace.clone(), name.clone()))
}

/// Keeps lists in the order in which `KUBE-SERVICES` is printed: by Service, then port.
fn insert(list: &mut Vec<Arc<ServicePort>>, port: &Arc<ServicePort>) {
    let rank = |it: &ServicePort| (Arc::clone(&it.namespace), Arc::clone(&it.service), it.index);
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
