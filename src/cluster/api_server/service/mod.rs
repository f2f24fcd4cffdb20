//! What the API server fills into a Service: families, addresses, node ports
//! (`kubernetes pkg/registry/core/service/storage/{storage,alloc}.go`, `strategy.go`).
//!
//! - `allocations`: what is held; `ranges`: what is chosen
//! - `allocator`: takes addresses and ports for one Service
//! - `families`, `fields`, `update`: what follows from what is written, and from what was
//!
//! Works on the typed view and writes the few fields it owns back into the tree. Not here: what may be
//! written (`api::validate`).

mod allocations;
mod allocator;
mod families;
mod fields;
mod ranges;
mod update;

use std::collections::BTreeMap;

use serde_json::Value;

pub use allocations::Allocations;
pub use allocator::Allocator;

use crate::api::Refusal;
use crate::api::codes::Internal;
use crate::api::types::core::{Service, ServicePort};
use allocator::{allocate_addresses, bad_port, no_port, take_any_port, take_port};
use fields::{allocates_node_ports, needs_health_check, takes_node_ports, write_back};

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

/// The port for health checks of load balancers: the one asked for, else any.
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
