//! Addresses of Services of type LoadBalancer: from the cloud, from MetalLB's pools, or from nobody.
//!
//! A Service with a `loadBalancerClass` waits for a controller of that class, and there is none here.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use serde_json::{Value, json};

use super::super::snapshot::{Key, LoadBalancerProvider};
use super::super::{Cluster, tree};
use crate::api::types::config::IpAddressPool;
use crate::api::types::core::{LoadBalancerIngress, Service};
use crate::api::{Kind, Typed};

/// Where the cloud's addresses begin; TEST-NET-2.
const CLOUD_FIRST: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 10);
/// Where they end.
const CLOUD_LAST: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 254);
/// Addresses that MetalLB is asked for.
const METALLB_ADDRESSES: &str = "metallb.io/loadBalancerIPs";
/// The pool that MetalLB is asked to draw from.
const METALLB_POOL: &str = "metallb.io/address-pool";

/// Gives one Service its address, or takes it back.
pub fn reconcile(cluster: &mut Cluster, key: &Key) {
    let Some(service) = cluster.service(key) else {
        return;
    };
    let provided = cluster.provided_addresses.get(key).cloned();
    let current = &service.status.load_balancer.ingress;
    let wants = service.spec.kind == "LoadBalancer" && service.spec.load_balancer_class.is_none();
    if !wants {
        if provided.is_some() || (service.spec.kind != "LoadBalancer" && !current.is_empty() && !cluster.as_stored) {
            cluster.provided_addresses.remove(key);
            write(cluster, key, None);
        }
        return;
    }
    if !current.is_empty() {
        // Given by the document or by an earlier turn: it stands.
        return;
    }
    let chosen = match cluster.config.load_balancer {
        LoadBalancerProvider::Cloud => cloud_address(cluster, service),
        LoadBalancerProvider::MetalLb => pool_address(cluster, service),
        LoadBalancerProvider::None => None,
    };
    if let Some(address) = chosen {
        cluster.provided_addresses.insert(key.clone(), address);
        write(cluster, key, Some(address));
    }
}

/// Addresses that Services hold already.
fn taken(cluster: &Cluster) -> BTreeSet<IpAddr> {
    cluster
        .store
        .list::<Service>()
        .flat_map(|service| &service.status.load_balancer.ingress)
        .filter_map(|ingress| ingress.ip.parse().ok())
        .collect()
}

/// The wished address if it is free, else the lowest free one.
fn cloud_address(cluster: &Cluster, service: &Service) -> Option<IpAddr> {
    let taken = taken(cluster);
    let range = u32::from(CLOUD_FIRST)..=u32::from(CLOUD_LAST);
    let wished = service.spec.load_balancer_ip.parse::<Ipv4Addr>().ok();
    if let Some(wish) = wished.filter(|wish| u32::from(*wish) >> 8 == u32::from(CLOUD_FIRST) >> 8) {
        let wish = IpAddr::V4(wish);
        return (!taken.contains(&wish)).then_some(wish);
    }
    range
        .map(|number| IpAddr::V4(number.into()))
        .find(|address| !taken.contains(address))
}

/// The lowest free address of MetalLB's pools, or the one asked for.
fn pool_address(cluster: &Cluster, service: &Service) -> Option<IpAddr> {
    let taken = taken(cluster);
    let annotations = &service.metadata.annotations;
    let wish = annotations
        .get(METALLB_ADDRESSES)
        .map(String::as_str)
        .into_iter()
        .chain([service.spec.load_balancer_ip.as_str()])
        .find_map(|text| text.split(',').next()?.trim().parse::<IpAddr>().ok());
    let pool = annotations.get(METALLB_POOL);
    cluster
        .store
        .list::<IpAddressPool>()
        .filter(|it| match pool {
            Some(name) => it.metadata.name == *name,
            None => wish.is_some() || it.spec.auto_assign != Some(false),
        })
        .flat_map(|it| &it.spec.addresses)
        .filter_map(|text| range(text))
        .find_map(|(first, last)| match wish {
            Some(IpAddr::V4(wish)) => {
                let inside = (first..=last).contains(&u32::from(wish));
                let wish = IpAddr::V4(wish);
                (inside && !taken.contains(&wish)).then_some(wish)
            }
            Some(IpAddr::V6(_)) => None,
            None => (first..=last)
                .map(|number| IpAddr::V4(number.into()))
                .find(|address| !taken.contains(address)),
        })
}

/// `a-b` or a network, as numbers; of the fourth version only.
fn range(text: &str) -> Option<(u32, u32)> {
    if let Some((first, last)) = text.split_once('-') {
        let first: Ipv4Addr = first.trim().parse().ok()?;
        let last: Ipv4Addr = last.trim().parse().ok()?;
        return Some((first.into(), last.into()));
    }
    match text.trim().parse::<IpNet>().ok()? {
        IpNet::V4(net) => Some((net.network().into(), net.broadcast().into())),
        IpNet::V6(_) => None,
    }
}

fn write(cluster: &mut Cluster, key: &Key, address: Option<IpAddr>) {
    cluster.store.edit(Kind::Service, key, |object| {
        let Typed::Service(service) = &mut object.typed else {
            return false;
        };
        let (tree_value, list) = match address {
            Some(address) => {
                let ip = address.to_string();
                (
                    json!({"ingress": [{"ip": ip, "ipMode": "VIP"}]}),
                    vec![LoadBalancerIngress {
                        ip,
                        ip_mode: Some("VIP".to_owned()),
                        hostname: String::new(),
                    }],
                )
            }
            None => (Value::Object(serde_json::Map::new()), Vec::new()),
        };
        service.status.load_balancer.ingress = list;
        tree::set(&mut object.value, &["status", "loadBalancer"], tree_value);
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_ranges_or_networks() {
        let number = |text: &str| u32::from(text.parse::<Ipv4Addr>().expect("address"));
        assert_eq!(
            range("10.0.0.5 - 10.0.0.9"),
            Some((number("10.0.0.5"), number("10.0.0.9")))
        );
        assert_eq!(range("10.0.0.0/30"), Some((number("10.0.0.0"), number("10.0.0.3"))));
        assert_eq!(range("fd00::/64"), None);
    }
}
