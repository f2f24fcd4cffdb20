//! Addresses of pods: the lowest free one of the node's network from `.2` up, as host-local address
//! management gives them; pods of the system from `.240` up, so that the learner's first pod is `.2`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use crate::api::NamespacedName;
use crate::cluster::shared::Shared;

/// Which addresses pods hold.
#[derive(Clone, Debug, Default)]
pub struct PodAddresses {
    /// By address, the pods that hold it: several only where documents say so.
    used: Shared<BTreeMap<IpAddr, BTreeSet<NamespacedName>>>,
    /// Per network, an offset below which nothing is free; kept for the learner's pods.
    hints: BTreeMap<IpNet, u128>,
}

/// First offset of the learner's pods; `.1` is the node's own.
const FIRST: u128 = 2;
/// First offset of the system's pods in networks that have it.
const FIRST_SYSTEM: u128 = 240;

impl PodAddresses {
    /// Takes the lowest free address of a network for a pod; `None` if it is full.
    pub fn allocate(&mut self, network: IpNet, system: bool, pod: &NamespacedName) -> Option<IpAddr> {
        let last = last_offset(network)?;
        if system
            && let Some(address) = (FIRST_SYSTEM..=last)
                .filter_map(|offset| at(network, offset))
                .find(|address| !self.used.contains_key(address))
        {
            self.hold(address, pod);
            return Some(address);
        }
        let mut offset = self.hints.get(&network).copied().unwrap_or(FIRST).max(FIRST);
        while offset <= last {
            let address = at(network, offset)?;
            offset += 1;
            if !self.used.contains_key(&address) {
                self.hold(address, pod);
                self.hints.insert(network, offset);
                return Some(address);
            }
        }
        self.hints.insert(network, offset);
        None
    }

    /// Marks an address that a document gave a pod.
    pub fn occupy(&mut self, address: &str, pod: &NamespacedName) {
        if let Ok(address) = address.parse() {
            self.hold(address, pod);
        }
    }

    fn hold(&mut self, address: IpAddr, pod: &NamespacedName) {
        self.used.entry(address).or_default().insert(pod.clone());
    }

    /// A pod gives an address back; it is free once nobody else holds it.
    pub fn release(&mut self, address: &str, pod: &NamespacedName) {
        let Ok(address) = address.parse::<IpAddr>() else {
            return;
        };
        let Some(holders) = self.used.get_mut(&address) else {
            return;
        };
        if holders.remove(pod) && holders.is_empty() {
            self.used.remove(&address);
            for (network, hint) in &mut self.hints {
                if network.contains(&address) {
                    *hint = (*hint).min(offset_of(*network, address));
                }
            }
        }
    }
}

/// The last offset a pod may take: not the broadcast address, and no more than the first 2^32.
fn last_offset(network: IpNet) -> Option<u128> {
    let bits = u32::from(network.max_prefix_len() - network.prefix_len()).min(32);
    ((1u128 << bits) - 1).checked_sub(1)
}

fn at(network: IpNet, offset: u128) -> Option<IpAddr> {
    match network.network() {
        IpAddr::V4(base) => {
            let offset = u32::try_from(offset).ok()?;
            u32::from(base).checked_add(offset).map(|it| IpAddr::V4(it.into()))
        }
        IpAddr::V6(base) => u128::from(base).checked_add(offset).map(|it| IpAddr::V6(it.into())),
    }
}

fn offset_of(network: IpNet, address: IpAddr) -> u128 {
    match (network.network(), address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => u128::from(u32::from(address).saturating_sub(u32::from(base))),
        (IpAddr::V6(base), IpAddr::V6(address)) => u128::from(address).saturating_sub(u128::from(base)),
        _ => u128::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(name: &str) -> NamespacedName {
        NamespacedName::new("default", name)
    }

    #[test]
    fn the_lowest_free_address_is_taken_and_given_back() {
        let mut addresses = PodAddresses::default();
        let network: IpNet = "10.244.1.0/24".parse().expect("network");
        let next =
            |addresses: &mut PodAddresses| addresses.allocate(network, false, &pod("a")).map(|it| it.to_string());
        assert_eq!(next(&mut addresses).as_deref(), Some("10.244.1.2"));
        assert_eq!(next(&mut addresses).as_deref(), Some("10.244.1.3"));
        addresses.release("10.244.1.2", &pod("b"));
        assert_eq!(
            next(&mut addresses).as_deref(),
            Some("10.244.1.4"),
            "another pod's to give"
        );
        addresses.release("10.244.1.4", &pod("a"));
        addresses.release("10.244.1.2", &pod("a"));
        assert_eq!(next(&mut addresses).as_deref(), Some("10.244.1.2"));
        assert_eq!(next(&mut addresses).as_deref(), Some("10.244.1.4"));
        assert_eq!(
            addresses
                .allocate(network, true, &pod("a"))
                .map(|it| it.to_string())
                .as_deref(),
            Some("10.244.1.240")
        );
    }

    #[test]
    fn a_full_network_gives_none() {
        let mut addresses = PodAddresses::default();
        let network: IpNet = "10.0.0.0/29".parse().expect("network");
        let taken: Vec<_> = std::iter::from_fn(|| addresses.allocate(network, false, &pod("a"))).collect();
        assert_eq!(taken.len(), 5);
        let host: IpNet = "10.0.0.0/32".parse().expect("network");
        assert_eq!(addresses.allocate(host, false, &pod("a")), None);
    }
}
