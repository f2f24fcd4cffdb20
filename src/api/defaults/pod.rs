//! Defaults of pods and pod templates (`kubernetes pkg/apis/core/v1/defaults.go`).

use serde_json::{Value, json};

use super::quantity;
use crate::api::tree::{at, get, has, int, is_zero, items, items_mut, object, set_default, set_if_zero, text};
use crate::api::types::pod_phase::PodPhase;

/// A pod by itself: more than a template gets.
pub(super) fn default_pod(value: &mut Value) {
    object(value, "status");
    let spec = object(value, "spec");
    default_spec(spec);
    for list in ["initContainers", "containers"] {
        for container in items_mut(spec, list) {
            // What is limited but not requested is requested as limited.
            if let Value::Object(limits) = at(container, &["resources", "limits"]).clone() {
                let requests = object(object(container, "resources"), "requests");
                for (name, amount) in limits {
                    set_default(requests, &name, amount);
                }
            }
        }
    }
    set_default(spec, "enableServiceLinks", true);
    set_if_zero(object(value, "status"), "phase", PodPhase::Pending.name());
}

/// `spec.template` of a workload.
pub(super) fn default_template(template: &mut Value) {
    object(template, "metadata");
    default_spec(object(template, "spec"));
}

fn default_spec(spec: &mut Value) {
    set_if_zero(spec, "dnsPolicy", "ClusterFirst");
    set_if_zero(spec, "restartPolicy", "Always");
    set_default(spec, "securityContext", json!({}));
    set_default(spec, "terminationGracePeriodSeconds", 30);
    set_if_zero(spec, "schedulerName", "default-scheduler");
    let host_network = get(spec, "hostNetwork").as_bool() == Some(true);
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in items_mut(spec, list) {
            default_container(container, host_network);
        }
    }
    for volume in items_mut(spec, "volumes") {
        default_volume(volume);
    }
    let account = text(spec, "serviceAccountName").to_owned();
    if !account.is_empty() {
        // The old name of the field is kept equal.
        set_if_zero(spec, "serviceAccount", account);
    }
}

fn default_container(container: &mut Value, host_network: bool) {
    let policy = pull_policy(text(container, "image"));
    set_if_zero(container, "imagePullPolicy", policy);
    set_if_zero(container, "terminationMessagePath", "/dev/termination-log");
    set_if_zero(container, "terminationMessagePolicy", "File");
    let resources = object(container, "resources");
    for list in ["limits", "requests"] {
        if let Some(Value::Object(amounts)) = resources.get_mut(list) {
            for amount in amounts.values_mut() {
                if let Some(text) = quantity::canonical(amount) {
                    *amount = Value::String(text);
                }
            }
        }
    }
    for port in items_mut(container, "ports") {
        set_if_zero(port, "protocol", "TCP");
        let number = int(port, "containerPort");
        if host_network && number != 0 {
            set_if_zero(port, "hostPort", number);
        }
    }
    for variable in items_mut(container, "env") {
        if at(variable, &["valueFrom", "fieldRef"]).is_object() {
            set_if_zero(&mut variable["valueFrom"]["fieldRef"], "apiVersion", "v1");
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if has(container, probe) {
            default_probe(&mut container[probe]);
        }
    }
    for hook in ["postStart", "preStop"] {
        if at(container, &["lifecycle", hook, "httpGet"]).is_object() {
            default_http_get(&mut container["lifecycle"][hook]["httpGet"]);
        }
    }
}

fn default_probe(probe: &mut Value) {
    set_if_zero(probe, "timeoutSeconds", 1);
    set_if_zero(probe, "periodSeconds", 10);
    set_if_zero(probe, "successThreshold", 1);
    set_if_zero(probe, "failureThreshold", 3);
    if get(probe, "httpGet").is_object() {
        default_http_get(&mut probe["httpGet"]);
    }
    if get(probe, "grpc").is_object() {
        set_default(&mut probe["grpc"], "service", "");
    }
}

fn default_http_get(action: &mut Value) {
    set_if_zero(action, "path", "/");
    set_if_zero(action, "scheme", "HTTP");
}

fn default_volume(volume: &mut Value) {
    let sources = volume.as_object().map_or(0, |map| {
        map.iter().filter(|(key, it)| *key != "name" && !it.is_null()).count()
    });
    if sources == 0 {
        set_default(volume, "emptyDir", json!({}));
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if get(volume, source).is_object() {
            set_default(&mut volume[source], "defaultMode", 420);
        }
    }
    if get(volume, "hostPath").is_object() {
        set_default(&mut volume["hostPath"], "type", "");
    }
    if let Some(projected) = volume.get_mut("projected") {
        for source in items_mut(projected, "sources") {
            if get(source, "serviceAccountToken").is_object() {
                set_default(&mut source["serviceAccountToken"], "expirationSeconds", 3600);
            }
        }
    }
}

/// `Always` for images without a tag or tagged `latest`.
fn pull_policy(image: &str) -> &'static str {
    if image.contains('@') {
        return "IfNotPresent";
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    match name.rsplit_once(':') {
        Some((_, tag)) if tag != "latest" => "IfNotPresent",
        _ => "Always",
    }
}

/// `status.qosClass` of a pod (`kubernetes pkg/apis/core/helper/qos/qos.go`).
#[must_use]
pub fn qos_class(pod: &Value) -> &'static str {
    let spec = get(pod, "spec");
    let containers = || items(spec, "initContainers").iter().chain(items(spec, "containers"));
    let amount = |container: &Value, list: &str, name: &str| {
        let amount = at(container, &["resources", list, name]);
        quantity::canonical(amount).filter(|text| text != "0")
    };
    let mut any = false;
    let mut guaranteed = true;
    for container in containers() {
        for name in ["cpu", "memory"] {
            let (request, limit) = (amount(container, "requests", name), amount(container, "limits", name));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && (request.is_none() || request == limit);
        }
    }
    if !any {
        "BestEffort"
    } else if guaranteed && !is_zero(get(spec, "containers")) {
        "Guaranteed"
    } else {
        "Burstable"
    }
}
