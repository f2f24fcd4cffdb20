//! The last step before an object is stored: what Go's `omitempty` leaves out goes, what Go always writes comes.

use serde_json::{Value, json};

use super::kind::{Kind, KindInfo};
use super::schema::{self, Definition, Type};
use super::tree::{is_zero, items_mut, set_default};

/// Gives a decoded and defaulted object the form in which `kubectl get -o yaml` shows it.
pub fn finish(info: &KindInfo, value: &mut Value) {
    // Refused, and the server says whether `rules: []` or nothing was written.
    let empty_rules = info.kind == Kind::Ingress
        && value.pointer("/spec/rules").is_some_and(is_zero)
        && value.pointer("/spec/defaultBackend").is_none();
    // Custom resources are maps: what was written stays.
    if let Some(kind) = schema::kind(info.group, info.version, info.name).filter(|_| !info.kind.is_gateway_api()) {
        tidy(kind.definition(), value);
    }
    if empty_rules {
        value["spec"]["rules"] = json!([]);
    }
    match info.kind {
        Kind::EndpointSlice => {
            // Never left out, even when nothing was written.
            for field in ["endpoints", "ports"] {
                if value.get(field).is_none()
                    && let Value::Object(map) = value
                {
                    map.insert(field.to_owned(), Value::Null);
                }
            }
        }
        Kind::NetworkPolicy if value["spec"].is_object() => set_default(&mut value["spec"], "podSelector", json!({})),
        Kind::Ingress => ingress_ports(value),
        _ => {}
    }
}

/// The port of a backend is a struct in Go: it is written even when empty.
fn ingress_ports(value: &mut Value) {
    let fill = |backend: Option<&mut Value>| {
        if let Some(service) = backend.and_then(|it| it.get_mut("service")) {
            set_default(service, "port", json!({}));
        }
    };
    fill(value.pointer_mut("/spec/defaultBackend"));
    if let Some(spec) = value.get_mut("spec") {
        for rule in items_mut(spec, "rules") {
            if let Some(http) = rule.get_mut("http") {
                for path in items_mut(http, "paths") {
                    fill(path.get_mut("backend"));
                }
            }
        }
    }
}

fn tidy(definition: &Definition, value: &mut Value) {
    let Value::Object(map) = value else { return };
    map.retain(|name, value| {
        let Some(field) = definition.field(name) else {
            return true;
        };
        tidy_type(&field.ty, value);
        let is_struct = matches!(field.ty, Type::Object(_) | Type::Any | Type::IntOrString);
        field.required || field.is_pointer() || is_struct || !is_zero(value)
    });
}

fn tidy_type(ty: &Type, value: &mut Value) {
    match (ty, value) {
        (Type::Object(id), value) => tidy(id.get(), value),
        (Type::List(inner), Value::Array(items)) => items.iter_mut().for_each(|item| tidy_type(inner, item)),
        (Type::Map(inner), Value::Object(map)) => map.values_mut().for_each(|value| tidy_type(inner, value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::read::lookup;

    #[test]
    fn zero_values_go_unless_go_holds_a_pointer() {
        let info = lookup("v1", "Service").expect("known");
        let mut value = json!({"metadata": {"name": "web", "labels": {}}, "spec": {
            "selector": {}, "externalIPs": [], "clusterIP": "", "publishNotReadyAddresses": false,
            "allocateLoadBalancerNodePorts": false, "ports": [{"name": "", "port": 0, "nodePort": 0, "targetPort": 0}]},
            "status": {"loadBalancer": {}}});
        finish(&info, &mut value);
        assert_eq!(
            value,
            json!({"metadata": {"name": "web"}, "spec": {"allocateLoadBalancerNodePorts": false,
                "ports": [{"port": 0, "targetPort": 0}]}, "status": {"loadBalancer": {}}})
        );
        let info = lookup("apps/v1", "Deployment").expect("known");
        let mut value = json!({"spec": {"replicas": 0, "minReadySeconds": 0, "paused": false}});
        finish(&info, &mut value);
        assert_eq!(value, json!({"spec": {"replicas": 0}}));
    }

    #[test]
    fn an_empty_list_of_rules_is_still_there_when_it_is_refused() {
        let info = lookup("networking.k8s.io/v1", "Ingress").expect("known");
        let mut value = json!({"spec": {"rules": []}});
        finish(&info, &mut value);
        assert_eq!(value, json!({"spec": {"rules": []}}));
        let mut value = json!({"spec": {"rules": [], "defaultBackend": {}}});
        finish(&info, &mut value);
        assert_eq!(value, json!({"spec": {"defaultBackend": {}}}));
    }

    #[test]
    fn slices_always_list_endpoints_and_ports() {
        let info = lookup("discovery.k8s.io/v1", "EndpointSlice").expect("known");
        let mut value = json!({"addressType": "IPv4"});
        finish(&info, &mut value);
        assert_eq!(value, json!({"addressType": "IPv4", "endpoints": null, "ports": null}));
        let mut value =
            json!({"ports": [{"name": "", "protocol": "TCP"}], "endpoints": [{"addresses": ["a"], "conditions": {}}]});
        let before = value.clone();
        finish(&info, &mut value);
        assert_eq!(value, before);
    }
}
