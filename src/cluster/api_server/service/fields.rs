//! Which of the fields that the server fills in a Service has, and how they are written back into its tree.

use serde_json::{Value, json};

use super::super::super::tree;
use crate::api::types::core::Service;
use crate::api::types::service_type::ServiceType;

/// Whether its type has node ports.
pub fn takes_node_ports(service: &Service) -> bool {
    service.service_type().is_some_and(ServiceType::has_node_ports)
}

/// Whether ports without a number get one.
pub fn allocates_node_ports(service: &Service) -> bool {
    match service.service_type() {
        Some(ServiceType::NodePort) => true,
        Some(ServiceType::LoadBalancer) => service.spec.allocate_load_balancer_node_ports != Some(false),
        Some(ServiceType::ClusterIp | ServiceType::ExternalName) | None => false,
    }
}

/// Whether it has a port for health checks of load balancers.
pub fn needs_health_check(service: &Service) -> bool {
    service.service_type() == Some(ServiceType::LoadBalancer) && service.spec.external_traffic_policy == "Local"
}

/// Whether it has addresses of the cluster, or says `None`.
pub fn needs_cluster_ip(service: &Service) -> bool {
    // A type that there is not is refused later, and must not cost the Service its addresses before.
    service.service_type() != Some(ServiceType::ExternalName)
}

/// Writes the fields that allocation owns into the tree.
pub fn write_back(service: &Service, value: &mut Value) {
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
pub fn put(value: &mut Value, field: &str, content: Option<Value>) {
    match content {
        Some(content) => tree::set(value, &["spec", field], content),
        None => {
            tree::remove(value, &["spec", field]);
        }
    }
}
