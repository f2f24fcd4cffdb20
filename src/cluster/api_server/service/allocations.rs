//! Which addresses and ports Services hold, and what is free beside them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::fields::takes_node_ports;
use super::ranges;
use crate::api::NamespacedName;
use crate::api::types::core::Service;
use crate::cluster::shared::Sharded;

/// Which addresses and ports Services hold.
#[derive(Clone, Debug, Default)]
pub struct Allocations {
    pub(super) addresses: Sharded<IpAddr, NamespacedName>,
    pub(super) ports: Sharded<u16, NamespacedName>,
}

impl Allocations {
    /// Notes what a stored Service holds.
    pub(in crate::cluster) fn hold(&mut self, service: &Service) {
        let key = service.metadata.key();
        for address in &service.spec.cluster_ips {
            if let Ok(address) = address.parse() {
                self.addresses.insert(&address, key.clone());
            }
        }
        for port in ports_of(service) {
            self.ports.insert(&port, key.clone());
        }
    }

    /// Gives back what a Service held.
    pub(in crate::cluster) fn release(&mut self, service: &Service) {
        let key = service.metadata.key();
        for address in &service.spec.cluster_ips {
            if let Ok(address) = address.parse()
                && self.addresses.get(&address) == Some(&key)
            {
                self.addresses.remove(&address);
            }
        }
        for port in ports_of(service) {
            if self.ports.get(&port) == Some(&key) {
                self.ports.remove(&port);
            }
        }
    }

    /// Which Service holds a node port.
    #[must_use]
    pub fn holder_of_port(&self, port: i64) -> Option<&NamespacedName> {
        self.ports.get(&u16::try_from(port).ok()?)
    }

    /// Which Service holds an address.
    #[must_use]
    pub fn holder_of_address(&self, address: IpAddr) -> Option<&NamespacedName> {
        self.addresses.get(&address)
    }

    /// The node port nearest to a wish that no Service holds and `beside` leaves; of two, the higher one.
    #[must_use]
    pub fn nearest_port(&self, (first, last): (u16, u16), wish: i64, beside: &[i64]) -> Option<u16> {
        (first..=last)
            .filter(|port| !self.ports.contains_key(port) && !beside.contains(&i64::from(*port)))
            .min_by_key(|port| (i64::from(*port).saturating_sub(wish).unsigned_abs(), u16::MAX - port))
    }

    /// The first address at or behind a wish that Services may have and none holds; behind the start of the
    /// range where the wish lies outside.
    #[must_use]
    pub fn free_address(&self, range: IpNet, wish: IpAddr) -> Option<IpAddr> {
        ranges::address_from(range, wish, |it| self.addresses.contains_key(&it))
    }
}

/// Node ports and the health-check port of a Service.
fn ports_of(service: &Service) -> impl Iterator<Item = u16> {
    let spec = &service.spec;
    let used = takes_node_ports(service);
    spec.ports
        .iter()
        .map(|port| port.node_port)
        .chain([spec.health_check_node_port])
        .filter(move |port| used && *port != 0)
        .filter_map(|port| u16::try_from(port).ok())
}
