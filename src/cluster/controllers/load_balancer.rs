//! Addresses of Services of type LoadBalancer: from the cloud, from MetalLB's pools, or from nobody.
//!
//! A Service with a `loadBalancerClass` waits for a controller of that class, and there is none here.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde_json::{Value, json};

use super::super::api_server::ApiServer;
use super::super::api_server::store::Store;
use super::super::cluster_config::LoadBalancerProvider;
use super::super::event_recorder::{EventType, Saying};
use super::super::reconcile::Reconcile;
use super::super::tree;
use crate::api::types::config::IpAddressPool;
use crate::api::types::core::{LoadBalancerIngress, Service};
use crate::api::types::service_type::ServiceType;
use crate::api::{IpFamily, Kind, NamespacedName, ObjectKey, ObjectRef, Typed};

/// The cloud's addresses: TEST-NET-2, and a piece of IPv6's documentation range.
const CLOUD: [(IpAddr, IpAddr); 2] = [
    (
        IpAddr::V4(Ipv4Addr::new(198, 51, 100, 10)),
        IpAddr::V4(Ipv4Addr::new(198, 51, 100, 254)),
    ),
    (
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x198, 0x51, 0, 0, 0, 0x10)),
        IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x198, 0x51, 0, 0, 0, 0xfe)),
    ),
];
/// Addresses that MetalLB is asked for.
const METALLB_ADDRESSES: &str = "metallb.io/loadBalancerIPs";
/// The pool that MetalLB is asked to draw from.
const METALLB_POOL: &str = "metallb.io/address-pool";

/// Gives one Service its addresses, one of each of its IP families, or takes them back; `provided` are the Services that got theirs here.
pub fn reconcile(ctx: &mut Reconcile<'_>, provided: &mut BTreeSet<NamespacedName>, key: &NamespacedName) {
    let Some(service) = ctx.api.service(key) else {
        return;
    };
    let current = &service.status.load_balancer.ingress;
    let balanced = service.service_type() == Some(ServiceType::LoadBalancer);
    let wants = balanced && service.spec.load_balancer_class.is_none();
    if !wants {
        if provided.contains(key) || (!balanced && !current.is_empty() && !ctx.api.as_stored()) {
            provided.remove(key);
            write(ctx, key, &[]);
        }
        return;
    }
    let names = service.spec.ip_families.iter();
    let mut families: Vec<IpFamily> = names.map(|it| IpFamily::parse(it).unwrap_or_default()).collect();
    if families.is_empty() {
        families.push(IpFamily::default());
    }
    // Given by the document or by an earlier turn: it stands, unless the families changed since.
    if !current.is_empty() && !provided.contains(key) {
        return;
    }
    let given: Vec<IpAddr> = current.iter().filter_map(|it| it.ip.parse().ok()).collect();
    let chosen = choose(ctx.api, key, service, &families, &given);
    if ctx.api.config().load_balancer == LoadBalancerProvider::MetalLb && (chosen != given || chosen.is_empty()) {
        tell(ctx, key, &chosen);
    }
    if !chosen.is_empty() && chosen != given {
        provided.insert(key.clone());
        write(ctx, key, &chosen);
    }
}

/// What MetalLB's controller says of an allocation (`metallb controller/service.go`).
fn tell(ctx: &mut Reconcile<'_>, key: &NamespacedName, addresses: &[IpAddr]) {
    let (reason, event_type, message) = if addresses.is_empty() {
        let message = format!("Failed to allocate IP for \"{key}\": no available IPs");
        ("AllocationFailed", EventType::Warning, message)
    } else {
        let quoted: Vec<String> = addresses.iter().map(|it| format!("\"{it}\"")).collect();
        (
            "IPAllocated",
            EventType::Normal,
            format!("Assigned IP [{}]", quoted.join(" ")),
        )
    };
    let about = ObjectRef::of(Kind::Service, key);
    ctx.say(Saying {
        about: &about,
        event_type,
        reason,
        component: "metallb-controller",
        host: "",
        field: "",
        message: &message,
    });
}

fn choose(
    api: &ApiServer,
    key: &NamespacedName,
    service: &Service,
    families: &[IpFamily],
    given: &[IpAddr],
) -> Vec<IpAddr> {
    let taken = taken(&api.store, key);
    let mut found = Vec::new();
    for &family in families {
        let kept = given.iter().find(|it| IpFamily::of(**it) == family).copied();
        let address = kept.or_else(|| match api.config().load_balancer {
            LoadBalancerProvider::Cloud => cloud_address(service, &taken, family),
            LoadBalancerProvider::MetalLb => pool_address(&api.store, service, &taken, family),
            LoadBalancerProvider::None => None,
        });
        match address {
            Some(address) => found.push(address),
            // MetalLB gives both families or none, unless one is enough for the Service.
            None if service.spec.ip_family_policy.as_deref() == Some("RequireDualStack") => return Vec::new(),
            None => {}
        }
    }
    found
}

/// Addresses that other Services hold already.
fn taken(store: &Store, but: &NamespacedName) -> BTreeSet<IpAddr> {
    store
        .list::<Service>()
        .filter(|service| service.metadata.parts() != but.parts())
        .flat_map(|service| &service.status.load_balancer.ingress)
        .filter_map(|ingress| ingress.ip.parse().ok())
        .collect()
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(it) => u32::from(it).into(),
        IpAddr::V6(it) => it.into(),
    }
}

/// The lowest free address of a range.
fn lowest_free((first, last): (IpAddr, IpAddr), taken: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    (number(first)..=number(last))
        .map_while(|at| match first {
            IpAddr::V4(_) => u32::try_from(at).ok().map(|at| IpAddr::V4(at.into())),
            IpAddr::V6(_) => Some(IpAddr::V6(at.into())),
        })
        .find(|address| !taken.contains(address))
}

/// The wished address if it is free, else the lowest free one.
fn cloud_address(service: &Service, taken: &BTreeSet<IpAddr>, family: IpFamily) -> Option<IpAddr> {
    let range = CLOUD[family.index()];
    let near = |it: &IpAddr| IpFamily::of(*it) == family && number(*it) >> 8 == number(range.0) >> 8;
    match service.spec.load_balancer_ip.parse().ok().filter(near) {
        Some(wish) => (!taken.contains(&wish)).then_some(wish),
        None => lowest_free(range, taken),
    }
}

/// The lowest free address of a family in MetalLB's pools, or the one asked for.
fn pool_address(store: &Store, service: &Service, taken: &BTreeSet<IpAddr>, family: IpFamily) -> Option<IpAddr> {
    let annotations = &service.metadata.annotations;
    let wishes: Vec<IpAddr> = annotations
        .get(METALLB_ADDRESSES)
        .map_or(service.spec.load_balancer_ip.as_str(), String::as_str)
        .split(',')
        .filter_map(|text| text.trim().parse().ok())
        .collect();
    let wish = wishes.iter().find(|it| IpFamily::of(**it) == family);
    if wish.is_none() && !wishes.is_empty() {
        return None;
    }
    let pool = annotations.get(METALLB_POOL);
    store
        .list::<IpAddressPool>()
        .filter(|it| match pool {
            Some(name) => it.metadata.name == *name,
            None => wish.is_some() || it.spec.auto_assign != Some(false),
        })
        .flat_map(|it| &it.spec.addresses)
        .filter_map(|text| range(text))
        .filter(|(first, _)| IpFamily::of(*first) == family)
        .find_map(|(first, last)| match wish {
            Some(wish) => ((first..=last).contains(wish) && !taken.contains(wish)).then_some(*wish),
            None => lowest_free((first, last), taken),
        })
}

/// `a-b` or a network: first and last address, of one family.
fn range(text: &str) -> Option<(IpAddr, IpAddr)> {
    if let Some((first, last)) = text.split_once('-') {
        let (first, last): (IpAddr, IpAddr) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        return (IpFamily::of(first) == IpFamily::of(last)).then_some((first, last));
    }
    let net = text.trim().parse::<IpNet>().ok()?;
    Some((net.network(), net.broadcast()))
}

fn write(ctx: &mut Reconcile<'_>, key: &NamespacedName, addresses: &[IpAddr]) {
    ctx.api.store.edit(Kind::Service, key, |object| {
        let Typed::Service(service) = &mut object.typed else {
            return false;
        };
        let mut status = Value::Object(serde_json::Map::new());
        if !addresses.is_empty() {
            let list: Vec<Value> = addresses.iter().map(|ip| json!({"ip": ip, "ipMode": "VIP"})).collect();
            status["ingress"] = Value::Array(list);
        }
        service.status.load_balancer.ingress = addresses
            .iter()
            .map(|ip| LoadBalancerIngress {
                ip: ip.to_string(),
                ip_mode: Some("VIP".to_owned()),
                hostname: String::new(),
            })
            .collect();
        tree::set(&mut object.value, &["status", "loadBalancer"], status);
        true
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pools_are_ranges_or_networks_of_either_family() {
        let pair = |first: &str, last: &str| Some((first.parse().expect("address"), last.parse().expect("address")));
        assert_eq!(range("10.0.0.5 - 10.0.0.9"), pair("10.0.0.5", "10.0.0.9"));
        assert_eq!(range("10.0.0.0/30"), pair("10.0.0.0", "10.0.0.3"));
        assert_eq!(range("fd00::/126"), pair("fd00::", "fd00::3"));
        assert_eq!(range("fd00::1-10.0.0.1"), None);
    }
}
