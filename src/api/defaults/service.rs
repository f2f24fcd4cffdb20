//! Defaults of a Service (`kubernetes pkg/apis/core/v1/defaults.go`, SetDefaults_Service).

use serde_json::{Value, json};

use crate::api::tree::{get, has, items, items_mut, object, remove, set_default, set_if_zero, text};
use crate::api::types::service_type::ServiceType;

pub(super) fn default(value: &mut Value) {
    let spec = object(value, "spec");
    set_if_zero(spec, "sessionAffinity", "None");
    match text(spec, "sessionAffinity") {
        "None" => remove(spec, "sessionAffinityConfig"),
        "ClientIP" => {
            let config = get(spec, "sessionAffinityConfig");
            if !has(get(config, "clientIP"), "timeoutSeconds") {
                spec["sessionAffinityConfig"] = json!({"clientIP": {"timeoutSeconds": 10800}});
            }
        }
        _ => {}
    }
    set_if_zero(spec, "type", ServiceType::ClusterIp.name());
    for port in items_mut(spec, "ports") {
        set_if_zero(port, "protocol", "TCP");
        let number = match get(port, "port") {
            Value::Null => json!(0),
            number => number.clone(),
        };
        set_if_zero(port, "targetPort", number);
    }
    let service_type = ServiceType::parse(text(spec, "type"));
    let balanced = service_type == Some(ServiceType::LoadBalancer);
    let outside = service_type.is_some_and(ServiceType::has_node_ports)
        || (service_type == Some(ServiceType::ClusterIp) && !items(spec, "externalIPs").is_empty());
    if outside {
        set_if_zero(spec, "externalTrafficPolicy", "Cluster");
    }
    if service_type.is_some_and(|it| it != ServiceType::ExternalName) {
        set_default(spec, "internalTrafficPolicy", "Cluster");
    }
    if balanced {
        set_default(spec, "allocateLoadBalancerNodePorts", true);
    }
    let balancer = object(object(value, "status"), "loadBalancer");
    if balanced {
        for ingress in items_mut(balancer, "ingress") {
            if !text(ingress, "ip").is_empty() {
                set_default(ingress, "ipMode", "VIP");
            }
        }
    }
}
