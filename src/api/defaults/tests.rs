//! Tests of this module: one behavior each.

use serde_json::json;

use super::*;

fn defaulted(kind: Kind, mut value: Value) -> Value {
    default_object(kind, &mut value);
    value
}

#[test]
fn a_service_gets_what_its_type_asks_for() {
    let got = defaulted(
        Kind::Service,
        json!({"spec": {"ports": [{"port": 80}, {"port": 81, "targetPort": "http", "protocol": "UDP"}]}}),
    );
    assert_eq!(
        got,
        json!({"spec": {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster", "ports": [
            {"port": 80, "targetPort": 80, "protocol": "TCP"}, {"port": 81, "targetPort": "http", "protocol": "UDP"}]},
            "status": {"loadBalancer": {}}})
    );
    let got = defaulted(
        Kind::Service,
        json!({"spec": {"type": "LoadBalancer", "sessionAffinity": "ClientIP"}}),
    );
    assert_eq!(
        got["spec"],
        json!({"type": "LoadBalancer", "sessionAffinity": "ClientIP", "internalTrafficPolicy": "Cluster",
            "externalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": true,
            "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 10800}}})
    );
    let got = defaulted(
        Kind::Service,
        json!({"spec": {"type": "ExternalName", "externalName": "a.example"}}),
    );
    assert_eq!(
        got["spec"],
        json!({"type": "ExternalName", "externalName": "a.example", "sessionAffinity": "None"})
    );
}

#[test]
fn pull_policy_follows_the_tag() {
    for (image, policy) in [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("reg.example:5000/nginx", "Always"),
        ("nginx@sha256:0", "IfNotPresent"),
    ] {
        let got = defaulted(Kind::Pod, json!({"spec": {"containers": [{"image": image}]}}));
        assert_eq!(got["spec"]["containers"][0]["imagePullPolicy"], policy, "{image}");
    }
}

#[test]
fn pods_get_links_and_requests_but_templates_do_not() {
    let spec = json!({"containers": [{"name": "c", "image": "nginx:1", "resources": {"limits": {"cpu": 1}}}]});
    let pod = defaulted(Kind::Pod, json!({"spec": spec}));
    assert_eq!(pod["spec"]["enableServiceLinks"], true);
    assert_eq!(
        pod["spec"]["containers"][0]["resources"],
        json!({"limits": {"cpu": "1"}, "requests": {"cpu": "1"}})
    );
    let deployment = defaulted(Kind::Deployment, json!({"spec": {"template": {"spec": spec}}}));
    let template = &deployment["spec"]["template"]["spec"];
    assert_eq!(template.get("enableServiceLinks"), None);
    assert_eq!(template["containers"][0]["resources"], json!({"limits": {"cpu": "1"}}));
    assert_eq!(
        deployment["spec"]["strategy"]["rollingUpdate"],
        json!({"maxSurge": "25%", "maxUnavailable": "25%"})
    );
}

#[test]
fn quality_of_service_follows_requests_and_limits() {
    let pod = |resources: Value| json!({"spec": {"containers": [{"resources": resources}]}});
    assert_eq!(qos_class(&pod(json!({}))), "BestEffort");
    assert_eq!(qos_class(&pod(json!({"requests": {"cpu": "1"}}))), "Burstable");
    let both = json!({"cpu": "1", "memory": "1Gi"});
    assert_eq!(qos_class(&pod(json!({"requests": both, "limits": both}))), "Guaranteed");
}

#[test]
fn secrets_hold_base64() {
    let got = defaulted(Kind::Secret, json!({"stringData": {"a": "hi"}}));
    assert_eq!(got, json!({"type": "Opaque", "data": {"a": "aGk="}}));
}

#[test]
fn policy_types_follow_the_rules_written() {
    let got = defaulted(
        Kind::NetworkPolicy,
        json!({"spec": {"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]}}),
    );
    assert_eq!(got["spec"]["policyTypes"], json!(["Ingress", "Egress"]));
    assert_eq!(got["spec"]["egress"][0]["ports"][0]["protocol"], "TCP");
}
