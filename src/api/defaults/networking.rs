//! Defaults of Endpoints, EndpointSlice, IngressClass and NetworkPolicy
//! (`kubernetes pkg/apis/{core,discovery,networking}/v1/defaults.go`).

use serde_json::{Value, json};

use crate::api::tree::{has, items, items_mut, set_default, set_if_zero};

pub(super) fn endpoints(value: &mut Value) {
    for subset in items_mut(value, "subsets") {
        for port in items_mut(subset, "ports") {
            set_if_zero(port, "protocol", "TCP");
        }
    }
}

pub(super) fn endpoint_slice(value: &mut Value) {
    for port in items_mut(value, "ports") {
        set_default(port, "name", "");
        set_default(port, "protocol", "TCP");
    }
    for endpoint in items_mut(value, "endpoints") {
        // Never nil in Go: a struct, printed even when empty.
        set_default(endpoint, "conditions", json!({}));
        if let Value::Object(map) = endpoint {
            map.remove("deprecatedTopology");
        }
    }
}

pub(super) fn ingress_class(value: &mut Value) {
    let spec = &mut value["spec"];
    if has(spec, "parameters") {
        set_default(&mut spec["parameters"], "scope", "Cluster");
    }
}

pub(super) fn network_policy(value: &mut Value) {
    let spec = &mut value["spec"];
    if !spec.is_object() {
        return;
    }
    for direction in ["ingress", "egress"] {
        for rule in items_mut(spec, direction) {
            for port in items_mut(rule, "ports") {
                set_default(port, "protocol", "TCP");
            }
        }
    }
    if items(spec, "policyTypes").is_empty() {
        let types = if items(spec, "egress").is_empty() {
            json!(["Ingress"])
        } else {
            json!(["Ingress", "Egress"])
        };
        spec["policyTypes"] = types;
    }
}
