//! What an update of a Service keeps, takes and gives back.

use std::collections::BTreeMap;

use serde_json::Value;

use super::allocator::{Allocator, allocate_address, allocate_addresses, bad_port, no_port, take_any_port, take_port};
use super::families::keeps_preference;
use super::fields::{allocates_node_ports, needs_cluster_ip, needs_health_check, put};
use crate::api::Refusal;
use crate::api::codes::Internal;
use crate::api::types::core::Service;
use crate::api::types::service_type::ServiceType;

/// Fills values that the new version leaves out from the old one (`patchAllocatedValues`).
pub(super) fn inherit(service: &mut Service, old: &Service) {
    if needs_cluster_ip(old) && needs_cluster_ip(service) {
        if service.spec.cluster_ip.is_empty() {
            service.spec.cluster_ip.clone_from(&old.spec.cluster_ip);
        }
        if service.spec.cluster_ips.is_empty() && service.spec.cluster_ip == old.spec.cluster_ip {
            service.spec.cluster_ips.clone_from(&old.spec.cluster_ips);
        }
    }
    if allocates_node_ports(old) && allocates_node_ports(service) {
        let numbers = |service: &Service| -> Vec<i32> { service.spec.ports.iter().map(|it| it.node_port).collect() };
        let now = numbers(service);
        let used: Vec<i32> = numbers(old)
            .into_iter()
            .filter(|port| *port != 0 && now.contains(port))
            .collect();
        let by_name: BTreeMap<&str, i32> = old
            .spec
            .ports
            .iter()
            .map(|it| (it.name.as_str(), it.node_port))
            .collect();
        for port in service.spec.ports.iter_mut().filter(|port| port.node_port == 0) {
            let number = by_name.get(port.name.as_str()).copied().unwrap_or(0);
            if !used.contains(&number) {
                port.node_port = number;
            }
        }
    }
    if needs_health_check(old) && needs_health_check(service) && service.spec.health_check_node_port == 0 {
        service.spec.health_check_node_port = old.spec.health_check_node_port;
    }
}

/// Addresses after a change of type or families (`updateClusterIPs`).
pub(super) fn addresses(allocator: &mut Allocator<'_>, service: &mut Service, old: &Service) -> Result<(), Refusal> {
    if keeps_preference(service, old) {
        return Ok(());
    }
    if old.spec.is_external_name() && !service.spec.is_external_name() {
        return allocate_addresses(allocator, service);
    }
    if old.spec.is_headless() || service.spec.is_external_name() {
        return Ok(());
    }
    let upgraded = old.spec.ip_families.len() == 1 && service.spec.ip_families.len() == 2;
    if upgraded {
        if service.spec.cluster_ips.len() < 2 {
            service.spec.cluster_ips.push(String::new());
        }
        allocate_address(allocator, service, 1)?;
    }
    Ok(())
}

/// Node ports that are new in this version (`updateNodePorts`).
pub(super) fn node_ports(allocator: &mut Allocator<'_>, service: &mut Service, old: &Service) -> Result<(), Refusal> {
    let allocates = allocates_node_ports(service);
    let had: Vec<i32> = old
        .spec
        .ports
        .iter()
        .map(|it| it.node_port)
        .filter(|it| *it != 0)
        .collect();
    let mut allocated: Vec<i32> = Vec::new();
    let mut seen: Vec<(String, i32)> = Vec::new();
    for idx in 0..service.spec.ports.len() {
        let wish = service.spec.ports[idx].node_port;
        let protocol = service.spec.ports[idx].protocol.clone();
        if wish == 0 && !allocates {
            continue;
        }
        let number = if wish == 0 {
            let number = take_any_port(allocator).ok_or_else(no_port)?;
            service.spec.ports[idx].node_port = number;
            number
        } else {
            if !had.contains(&wish) && !allocated.contains(&wish) {
                take_port(allocator, wish).map_err(|why| bad_port(idx, wish, why))?;
                allocated.push(wish);
            }
            wish
        };
        if seen.contains(&(protocol.clone(), number)) {
            return Err(Refusal::Internal(Internal::NodePortTwice { protocol, port: number }));
        }
        seen.push((protocol, number));
    }
    Ok(())
}

/// Fields that a change of type leaves without meaning go, unless they were changed too
/// (`strategy.go dropTypeDependentFields`).
pub(super) fn drop_type_dependent(service: &mut Service, old: &Service, value: &mut Value) {
    if needs_cluster_ip(old) && !needs_cluster_ip(service) {
        if old.spec.cluster_ips == service.spec.cluster_ips {
            service.spec.cluster_ip.clear();
            service.spec.cluster_ips.clear();
        }
        if old.spec.ip_families == service.spec.ip_families {
            service.spec.ip_families.clear();
        }
        if old.spec.ip_family_policy == service.spec.ip_family_policy {
            service.spec.ip_family_policy = None;
        }
        if old.spec.internal_traffic_policy == service.spec.internal_traffic_policy {
            service.spec.internal_traffic_policy.clear();
            put(value, "internalTrafficPolicy", None);
        }
    }
    if allocates_node_ports(old) && !allocates_node_ports(service) {
        let had: Vec<i32> = old.spec.ports.iter().map(|it| it.node_port).collect();
        let nothing_new = service
            .spec
            .ports
            .iter()
            .all(|it| it.node_port == 0 || had.contains(&it.node_port));
        if nothing_new {
            for port in &mut service.spec.ports {
                port.node_port = 0;
            }
        }
    }
    if needs_health_check(old)
        && !needs_health_check(service)
        && old.spec.health_check_node_port == service.spec.health_check_node_port
    {
        service.spec.health_check_node_port = 0;
    }
    let balanced = |it: &Service| it.service_type() == Some(ServiceType::LoadBalancer);
    let was_balanced = balanced(old) && !balanced(service);
    if was_balanced && old.spec.allocate_load_balancer_node_ports == service.spec.allocate_load_balancer_node_ports {
        service.spec.allocate_load_balancer_node_ports = None;
        put(value, "allocateLoadBalancerNodePorts", None);
    }
    if was_balanced && old.spec.load_balancer_class == service.spec.load_balancer_class {
        service.spec.load_balancer_class = None;
        put(value, "loadBalancerClass", None);
    }
    if is_external(old)
        && !is_external(service)
        && old.spec.external_traffic_policy == service.spec.external_traffic_policy
    {
        service.spec.external_traffic_policy.clear();
        put(value, "externalTrafficPolicy", None);
    }
}

/// Whether a Service takes traffic from outside (`ExternallyAccessible`).
fn is_external(service: &Service) -> bool {
    match service.service_type() {
        Some(ServiceType::NodePort | ServiceType::LoadBalancer) => true,
        Some(ServiceType::ClusterIp) => !service.spec.external_ips.is_empty(),
        Some(ServiceType::ExternalName) | None => false,
    }
}
