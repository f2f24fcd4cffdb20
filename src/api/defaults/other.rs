//! Defaults of kinds that have no part in traffic (`kubernetes pkg/apis/{rbac,autoscaling,scheduling,core}/v*/defaults.go`).

use serde_json::{Value, json};

use crate::api::tree::{get, is_zero, items, items_mut, object, set_default, set_if_zero, text};

const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) fn default(value: &mut Value) {
    match text(value, "kind") {
        "RoleBinding" | "ClusterRoleBinding" => binding(value),
        "HorizontalPodAutoscaler" => {
            let newer = text(value, "apiVersion") == "autoscaling/v2";
            let spec = object(value, "spec");
            set_default(spec, "minReplicas", 1);
            if newer && items(spec, "metrics").is_empty() {
                let target = json!({"type": "Utilization", "averageUtilization": 80});
                spec["metrics"] = json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
            }
        }
        "CustomResourceDefinition" => definition(value),
        "PriorityClass" => set_default(value, "preemptionPolicy", "PreemptLowerPriority"),
        "PersistentVolumeClaim" => {
            set_default(object(value, "spec"), "volumeMode", "Filesystem");
            set_if_zero(object(value, "status"), "phase", "Pending");
        }
        "LimitRange" => {
            for limit in items_mut(object(value, "spec"), "limits") {
                limits(limit);
            }
        }
        _ => {}
    }
}

/// A definition, accepted and established as soon as it is there.
fn definition(value: &mut Value) {
    let spec = object(value, "spec");
    set_if_zero(spec, "conversion", json!({"strategy": "None"}));
    let names = object(spec, "names");
    let kind = text(names, "kind").to_owned();
    set_if_zero(names, "listKind", format!("{kind}List"));
    set_if_zero(names, "singular", kind.to_lowercase());
    let names = names.clone();
    let versions = items(spec, "versions").iter();
    let stored: Vec<Value> = versions
        .filter(|it| get(it, "storage").as_bool() == Some(true))
        .map(|it| get(it, "name").clone())
        .collect();
    let status = object(value, "status");
    set_if_zero(status, "acceptedNames", names);
    set_if_zero(status, "storedVersions", stored);
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "reason": reason, "message": message});
    let conditions = json!([
        condition("NamesAccepted", "NoConflicts", "no conflicts found"),
        condition(
            "Established",
            "InitialNamesAccepted",
            "the initial names have been accepted"
        ),
    ]);
    set_if_zero(status, "conditions", conditions);
}

fn binding(value: &mut Value) {
    set_if_zero(object(value, "roleRef"), "apiGroup", RBAC);
    for subject in items_mut(value, "subjects") {
        if matches!(text(subject, "kind"), "User" | "Group") {
            set_if_zero(subject, "apiGroup", RBAC);
        }
    }
}

/// What a container gets follows from what it may have (`SetDefaults_LimitRangeItem`).
fn limits(limit: &mut Value) {
    if text(limit, "type") != "Container" {
        return;
    }
    for (from, to) in [
        ("max", "default"),
        ("default", "defaultRequest"),
        ("min", "defaultRequest"),
    ] {
        let known = get(limit, from).as_object().cloned().unwrap_or_default();
        if known.is_empty() {
            continue;
        }
        let into = object(limit, to);
        for (name, amount) in known {
            if is_zero(get(into, &name)) {
                into[name] = amount;
            }
        }
    }
}
