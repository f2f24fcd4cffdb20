//! What the API server fills into a Service: families, addresses, node ports
//! (`kubernetes pkg/registry/core/service/storage/{storage,alloc}.go`, `strategy.go`).
//!
//! Works on the typed view and writes the few fields it owns back into the tree. Not here: what may be
//! written (`api::validate`).

mod families;
mod ranges;
mod update;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::cluster_config::ClusterConfig;
use super::tree;
use crate::api::codes::{Internal, ServiceCode};
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::types::core::{Service, ServicePort};
use crate::api::types::service_type::ServiceType;
use crate::api::{IpFamily, NamespacedName, Refusal};
use crate::sim::Rng;

/// Which addresses and ports Services hold.
#[derive(Clone, Debug, Default)]
pub struct Allocations {
    addresses: BTreeMap<IpAddr, NamespacedName>,
    ports: BTreeMap<u16, NamespacedName>,
}

impl Allocations {
    /// Notes what a stored Service holds.
    pub(super) fn hold(&mut self, service: &Service) {
        let key = service.metadata.key();
        for address in &service.spec.cluster_ips {
            if let Ok(address) = address.parse() {
                self.addresses.insert(address, key.clone());
            }
        }
        for port in ports_of(service) {
            self.ports.insert(port, key.clone());
        }
    }

    /// Gives back what a Service held.
    pub(super) fn release(&mut self, service: &Service) {
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

/// Everything that allocation needs beside the Service.
pub struct Allocator<'a> {
    /// Ranges.
    pub config: &'a ClusterConfig,
    /// What is held.
    pub held: &'a Allocations,
    /// Chance.
    pub rng: &'a mut Rng,
    /// Taken by this very request.
    pub taken_ports: Vec<u16>,
}

/// Fills in a new Service; `service` and `value` are the same object.
///
/// # Errors
/// The first allocation that fails, alone.
pub fn allocate_create(allocator: &mut Allocator<'_>, service: &mut Service, value: &mut Value) -> Result<(), Refusal> {
    normalize(service, None);
    families::init(allocator, service, value, None)?;
    allocate_addresses(allocator, service)?;
    if takes_node_ports(service) {
        init_node_ports(allocator, service)?;
    }
    if needs_health_check(service) {
        allocate_health_check(allocator, service)?;
    }
    write_back(service, value);
    Ok(())
}

/// Fills in an updated Service from the old one.
///
/// # Errors
/// The first allocation that fails, alone.
pub fn allocate_update(
    allocator: &mut Allocator<'_>,
    service: &mut Service,
    value: &mut Value,
    old: &Service,
) -> Result<(), Refusal> {
    update::inherit(service, old);
    normalize(service, Some(old));
    families::init(allocator, service, value, Some(old))?;
    update::addresses(allocator, service, old)?;
    if takes_node_ports(service) {
        update::node_ports(allocator, service, old)?;
    }
    if needs_health_check(service) && !needs_health_check(old) {
        allocate_health_check(allocator, service)?;
    }
    update::drop_type_dependent(service, old, value);
    write_back(service, value);
    Ok(())
}

fn invalid(field: &Path<'_>, value: impl Into<BadValue>, code: ServiceCode) -> Refusal {
    Refusal::Invalid(vec![FieldError::new(field, value, code)])
}

fn takes_node_ports(service: &Service) -> bool {
    service.service_type().is_some_and(ServiceType::has_node_ports)
}

fn allocates_node_ports(service: &Service) -> bool {
    match service.service_type() {
        Some(ServiceType::NodePort) => true,
        Some(ServiceType::LoadBalancer) => service.spec.allocate_load_balancer_node_ports != Some(false),
        Some(ServiceType::ClusterIp | ServiceType::ExternalName) | None => false,
    }
}

fn needs_health_check(service: &Service) -> bool {
    service.service_type() == Some(ServiceType::LoadBalancer) && service.spec.external_traffic_policy == "Local"
}

fn needs_cluster_ip(service: &Service) -> bool {
    // A type that there is not is refused later, and must not cost the Service its addresses before.
    service.service_type() != Some(ServiceType::ExternalName)
}

/// Brings `clusterIP` and `clusterIPs` in line where only one of them was written (`normalizeClusterIPs`).
fn normalize(service: &mut Service, old: Option<&Service>) {
    let spec = &mut service.spec;
    let Some(old) = old else {
        if !spec.cluster_ip.is_empty() && spec.cluster_ips.is_empty() {
            spec.cluster_ips = vec![spec.cluster_ip.clone()];
        }
        return;
    };
    let old = &old.spec;
    let same = old.cluster_ip == spec.cluster_ip;
    if !old.cluster_ips.is_empty() && spec.cluster_ips.is_empty() && same {
        spec.cluster_ips.clone_from(&old.cluster_ips);
    }
    if !same && old.cluster_ips == spec.cluster_ips {
        let cleared = !old.cluster_ip.is_empty() && spec.cluster_ip.is_empty();
        spec.cluster_ips = if cleared {
            Vec::new()
        } else {
            vec![spec.cluster_ip.clone()]
        };
    }
}

/// One address per family (`allocClusterIPs`).
fn allocate_addresses(allocator: &mut Allocator<'_>, service: &mut Service) -> Result<(), Refusal> {
    if service.spec.is_external_name() || service.spec.cluster_ips.first().is_some_and(|ip| ip == "None") {
        return Ok(());
    }
    while service.spec.cluster_ips.len() < service.spec.ip_families.len() {
        service.spec.cluster_ips.push(String::new());
    }
    for idx in 0..service.spec.ip_families.len() {
        allocate_address(allocator, service, idx)?;
    }
    service.spec.cluster_ip = service.spec.cluster_ips.first().cloned().unwrap_or_default();
    Ok(())
}

fn allocate_address(allocator: &mut Allocator<'_>, service: &mut Service, idx: usize) -> Result<(), Refusal> {
    let family = IpFamily::parse(&service.spec.ip_families[idx]).unwrap_or_default();
    let wish = service.spec.cluster_ips[idx].clone();
    let range = allocator
        .config
        .service_subnets
        .iter()
        .find(|net| IpFamily::of_net(**net) == family);
    let Some(range) = range.copied() else {
        return Err(Refusal::Internal(Internal::NoClusterIp));
    };
    if service.metadata.name.is_empty() {
        return Err(nameless(allocator, service, range, &wish));
    }
    if wish.is_empty() {
        let held = &allocator.held.addresses;
        let Some(address) = ranges::next_address(range, allocator.rng, |ip| held.contains_key(&ip)) else {
            return Err(Refusal::Internal(Internal::NoClusterIp));
        };
        service.spec.cluster_ips[idx] = address.to_string();
        return Ok(());
    }
    let parsed = wish.parse().ok();
    let inside = parsed.filter(|address| ranges::has_address(range, *address));
    let address = wish.clone();
    let code = match inside {
        None => ServiceCode::ClusterIpRange { address },
        Some(taken) if allocator.held.addresses.contains_key(&taken) => ServiceCode::ClusterIpTaken { address },
        Some(_) => return Ok(()),
    };
    Err(invalid(
        &Path::ROOT.field("spec").field("clusterIPs"),
        &json!(service.spec.cluster_ips),
        code,
    ))
}

/// The address object that belongs to an allocation needs its parent's name.
fn nameless(allocator: &mut Allocator<'_>, service: &Service, range: IpNet, wish: &str) -> Refusal {
    let held = &allocator.held.addresses;
    let code = if wish.is_empty() {
        let free = ranges::next_address(range, allocator.rng, |ip| held.contains_key(&ip));
        let address = free.map_or_else(String::new, |it| it.to_string());
        ServiceCode::AnyClusterIpNameless { address }
    } else {
        let address = wish.to_owned();
        ServiceCode::ClusterIpNameless { address }
    };
    invalid(
        &Path::ROOT.field("spec").field("clusterIPs"),
        &json!(service.spec.cluster_ips),
        code,
    )
}

/// Takes one node port by number.
fn take_port(allocator: &mut Allocator<'_>, port: i32) -> Result<(), ServiceCode> {
    let (first, last) = allocator.config.node_port_range;
    let number = u16::try_from(port).ok().filter(|port| (first..=last).contains(port));
    let Some(number) = number else {
        return Err(ServiceCode::NodePortRange { first, last });
    };
    if allocator.held.ports.contains_key(&number) || allocator.taken_ports.contains(&number) {
        return Err(ServiceCode::NodePortTaken);
    }
    allocator.taken_ports.push(number);
    Ok(())
}

/// Takes any free node port.
fn take_any_port(allocator: &mut Allocator<'_>) -> Option<i32> {
    let (held, taken) = (&allocator.held.ports, &allocator.taken_ports);
    let port = ranges::next_port(allocator.config.node_port_range, allocator.rng, |port| {
        held.contains_key(&port) || taken.contains(&port)
    })?;
    allocator.taken_ports.push(port);
    Some(i32::from(port))
}

fn no_port() -> Refusal {
    Refusal::Internal(Internal::NoNodePort)
}

/// Refuses the node port of one entry.
fn bad_port(idx: usize, port: i32, why: ServiceCode) -> Refusal {
    invalid(
        &Path::ROOT.field("spec").field("ports").index(idx).field("nodePort"),
        i64::from(port),
        why,
    )
}

/// Node ports of a new Service; entries of the same `port` share one (`initNodePorts`).
fn init_node_ports(allocator: &mut Allocator<'_>, service: &mut Service) -> Result<(), Refusal> {
    let allocates = allocates_node_ports(service);
    let mut by_port: BTreeMap<i32, i32> = BTreeMap::new();
    for idx in 0..service.spec.ports.len() {
        let ServicePort { port, node_port, .. } = service.spec.ports[idx];
        if node_port == 0 && !allocates {
            continue;
        }
        match by_port.get(&port).copied() {
            None => {
                let wished = service
                    .spec
                    .ports
                    .iter()
                    .find(|it| it.port == port && it.node_port != 0)
                    .map(|it| it.node_port);
                let number = match wished {
                    Some(number) => {
                        take_port(allocator, number).map_err(|why| bad_port(idx, number, why))?;
                        number
                    }
                    None => take_any_port(allocator).ok_or_else(no_port)?,
                };
                service.spec.ports[idx].node_port = number;
                by_port.insert(port, number);
            }
            Some(shared) if node_port == 0 => service.spec.ports[idx].node_port = shared,
            Some(shared) if node_port != shared => {
                take_port(allocator, node_port).map_err(|why| bad_port(idx, node_port, why))?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn allocate_health_check(allocator: &mut Allocator<'_>, service: &mut Service) -> Result<(), Refusal> {
    let wish = service.spec.health_check_node_port;
    if wish == 0 {
        let Some(port) = take_any_port(allocator) else {
            return Err(Refusal::Internal(Internal::NoHealthPort));
        };
        service.spec.health_check_node_port = port;
        return Ok(());
    }
    take_port(allocator, wish).map_err(|why| Refusal::Internal(Internal::HealthPort { port: wish, why }))
}

/// Writes the fields that allocation owns into the tree.
fn write_back(service: &Service, value: &mut Value) {
    let spec = &service.spec;
    let text = |text: &str| (!text.is_empty()).then(|| Value::from(text));
    let list = |list: &[String]| (!list.is_empty()).then(|| json!(list));
    put(value, "clusterIP", text(&spec.cluster_ip));
    put(value, "clusterIPs", list(&spec.cluster_ips));
    put(value, "ipFamilies", list(&spec.ip_families));
    put(value, "ipFamilyPolicy", spec.ip_family_policy.as_deref().and_then(text));
    let health = (spec.health_check_node_port != 0).then(|| spec.health_check_node_port.into());
    put(value, "healthCheckNodePort", health);
    let trees = value.pointer_mut("/spec/ports").and_then(Value::as_array_mut);
    for (port, tree) in spec.ports.iter().zip(trees.into_iter().flatten()) {
        if port.node_port == 0 {
            tree::remove(tree, &["nodePort"]);
        } else {
            tree::set(tree, &["nodePort"], port.node_port.into());
        }
    }
}

/// Sets or removes a field of `spec`.
fn put(value: &mut Value, field: &str, content: Option<Value>) {
    match content {
        Some(content) => tree::set(value, &["spec", field], content),
        None => {
            tree::remove(value, &["spec", field]);
        }
    }
}
