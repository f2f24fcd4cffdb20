//! Takes addresses and ports for one Service: those it asks for, else any that is free.

use ipnet::IpNet;
use serde_json::json;

use super::super::super::cluster_config::ClusterConfig;
use super::allocations::Allocations;
use super::ranges;
use crate::api::codes::{Internal, ServiceCode};
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::types::core::Service;
use crate::api::{IpFamily, Refusal};
use crate::sim::Rng;

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

/// Refuses a field of a Service.
fn invalid(field: &Path<'_>, value: impl Into<BadValue>, code: ServiceCode) -> Refusal {
    Refusal::Invalid(vec![FieldError::new(field, value, code)])
}

/// One address per family (`allocClusterIPs`).
pub fn allocate_addresses(allocator: &mut Allocator<'_>, service: &mut Service) -> Result<(), Refusal> {
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

/// The address of one of its families.
pub fn allocate_address(allocator: &mut Allocator<'_>, service: &mut Service, idx: usize) -> Result<(), Refusal> {
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
pub fn take_port(allocator: &mut Allocator<'_>, port: i32) -> Result<(), ServiceCode> {
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
pub fn take_any_port(allocator: &mut Allocator<'_>) -> Option<i32> {
    let (held, taken) = (&allocator.held.ports, &allocator.taken_ports);
    let port = ranges::next_port(allocator.config.node_port_range, allocator.rng, |port| {
        held.contains_key(&port) || taken.contains(&port)
    })?;
    allocator.taken_ports.push(port);
    Some(i32::from(port))
}

/// No node port is left.
pub fn no_port() -> Refusal {
    Refusal::Internal(Internal::NoNodePort)
}

/// Refuses the node port of one entry.
pub fn bad_port(idx: usize, port: i32, why: ServiceCode) -> Refusal {
    invalid(
        &Path::ROOT.field("spec").field("ports").index(idx).field("nodePort"),
        i64::from(port),
        why,
    )
}
