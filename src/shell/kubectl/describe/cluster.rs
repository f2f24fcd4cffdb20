//! Nodes, namespaces, secrets, configuration, and every kind without a description of its own.

use serde_json::Value;

use super::super::tables::roles;
use super::super::tree::{at, flag, list, map, phase, scalar, text, text_or};
use super::text::Text;
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, ObjectRef};
use crate::cluster::Snapshot;
use crate::shell::print::age;
use crate::small_sort::SmallSort as _;

pub(super) fn namespace(out: &mut Text, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    out.field(0, "Status", text(object, &["status", "phase"]));
    let conditions = list(object, &["status", "conditions"]);
    if !conditions.is_empty() {
        out.line("Conditions:");
        out.line("  Type\tStatus\tLastTransitionTime\tReason\tMessage");
        out.line("  ----\t------\t------------------\t------\t-------");
    }
    for condition in conditions {
        let part = |field| text(condition, &[field]);
        out.line(format_args!(
            "  {}\t{}\t{}\t{}\t{}",
            part("type"),
            part("status"),
            age::rfc1123(part("lastTransitionTime")),
            part("reason"),
            part("message")
        ));
    }
    out.line("\nNo resource quota.\n\nNo LimitRange resource.");
}

pub(super) fn secret(out: &mut Text, object: &Value) {
    out.head(object);
    out.line(format_args!("\nType:\t{}", text(object, &["type"])));
    out.line("\nData\n====");
    for (key, value) in map(object, &["data"]).into_iter().flatten() {
        out.field(0, key, format_args!("{} bytes", base64_length(&scalar(value))));
    }
}

/// How many bytes a base64 text stands for.
fn base64_length(text: &str) -> usize {
    let digits = text
        .bytes()
        .filter(|it| !it.is_ascii_whitespace() && *it != b'=')
        .count();
    digits * 3 / 4
}

pub(super) fn config_map(out: &mut Text, object: &Value) {
    out.head(object);
    out.line("\nData\n====");
    for (key, value) in map(object, &["data"]).into_iter().flatten() {
        out.line(format_args!("{key}:\n----\n{}\n", scalar(value)));
    }
    out.line("\nBinaryData\n====");
    for (key, value) in map(object, &["binaryData"]).into_iter().flatten() {
        out.line(format_args!("{key}: {} bytes", base64_length(&scalar(value))));
    }
    out.line("");
}

/// Any kind without a description of its own: its whole tree (`printUnstructuredContent`).
pub(super) fn generic(out: &mut Text, object: &Value) {
    out.head(object);
    tree(out, object, 0, "");
}

fn tree(out: &mut Text, value: &Value, level: usize, path: &str) {
    const SKIPPED: [&str; 5] = [
        ".metadata.managedFields",
        ".metadata.name",
        ".metadata.namespace",
        ".metadata.labels",
        ".metadata.annotations",
    ];
    let indent = "  ".repeat(level);
    for (key, value) in value.as_object().into_iter().flatten() {
        let here = format!("{path}.{key}");
        if SKIPPED.contains(&here.as_str()) {
            continue;
        }
        let label = label(key);
        match value {
            Value::Object(_) => {
                out.line(format_args!("{indent}{label}:"));
                tree(out, value, level + 1, &here);
            }
            Value::Array(items) => {
                out.line(format_args!("{indent}{label}:"));
                for item in items {
                    match item {
                        Value::Object(_) => tree(out, item, level + 1, &here),
                        _ => out.line(format_args!("{indent}  {}", scalar(item))),
                    }
                }
            }
            _ => out.line(format_args!("{indent}{label}:\t{}", scalar(value))),
        }
    }
}

/// `podCIDR` as `Pod CIDR` (`smartLabelFor`): words of a camel-case name, capitalized.
fn label(key: &str) -> String {
    if !key.chars().all(|it| it.is_alphabetic() || it == '-') {
        return key.to_owned();
    }
    let letters: Vec<char> = key.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (idx, &letter) in letters.iter().enumerate() {
        let before = idx.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(idx + 1);
        let starts = letter.is_uppercase()
            && (before.is_some_and(char::is_lowercase)
                || before.is_some_and(char::is_uppercase) && after.is_some_and(|it| it.is_lowercase()));
        match words.last_mut() {
            Some(word) if !starts => word.push(letter),
            _ => words.push(letter.to_string()),
        }
    }
    for word in &mut words {
        let upper = word.to_uppercase();
        if ["API", "URL", "UID", "OSB", "GUID"].contains(&upper.as_str()) {
            *word = upper;
        } else if let Some(first) = word.chars().next() {
            *word = first.to_uppercase().chain(word.chars().skip(1)).collect();
        }
    }
    words.join(" ")
}

pub(super) fn node(out: &mut Text, snapshot: &Snapshot, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.field(0, "Roles", roles(object));
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    out.field(
        0,
        "CreationTimestamp",
        age::rfc1123(text(object, &["metadata", "creationTimestamp"])),
    );
    let mut taints: Vec<(String, String)> = list(object, &["spec", "taints"])
        .iter()
        .map(|it| {
            let (key, value, effect) = (text(it, &["key"]), text(it, &["value"]), text(it, &["effect"]));
            let shown = match (value, effect) {
                ("", "") => key.to_owned(),
                ("", effect) => format!("{key}:{effect}"),
                (value, "") => format!("{key}={value}:"),
                (value, effect) => format!("{key}={value}:{effect}"),
            };
            (format!("{effect},{key}"), shown)
        })
        .collect();
    taints.small_sort();
    let taints: Vec<String> = taints.into_iter().map(|(_, shown)| shown).collect();
    out.stacked("Taints", &taints);
    out.field(0, "Unschedulable", flag(object, &["spec", "unschedulable"]));
    let name = text(object, &["metadata", "name"]);
    lease(out, snapshot, name);
    let conditions = list(object, &["status", "conditions"]);
    if !conditions.is_empty() {
        out.line("Conditions:");
        out.line("  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
        out.line("  ----\t------\t-----------------\t------------------\t------\t-------");
        for it in conditions {
            // A time that is not known prints as Go's zero time.
            let time = |field| match text(it, &[field]) {
                "" => "Mon, 01 Jan 0001 00:00:00 +0000".to_owned(),
                time => age::rfc1123(time),
            };
            out.line(format_args!(
                "  {} \t{} \t{} \t{} \t{} \t{}",
                text(it, &["type"]),
                text(it, &["status"]),
                time("lastHeartbeatTime"),
                time("lastTransitionTime"),
                text(it, &["reason"]),
                text(it, &["message"])
            ));
        }
    }
    out.line("Addresses:");
    for address in list(object, &["status", "addresses"]) {
        out.field(1, text(address, &["type"]), text(address, &["address"]));
    }
    for (label, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        let entries = map(object, &["status", field]);
        if entries.is_some_and(|it| !it.is_empty()) {
            out.line(format_args!("{label}:"));
        }
        for (name, quantity) in entries.into_iter().flatten() {
            out.field(1, name, scalar(quantity));
        }
    }
    out.line("System Info:");
    for (label, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        out.field(1, label, text(object, &["status", "nodeInfo", field]));
    }
    if !text(object, &["spec", "podCIDR"]).is_empty() {
        out.field(0, "PodCIDR", text(object, &["spec", "podCIDR"]));
    }
    let cidrs: Vec<String> = list(object, &["spec", "podCIDRs"]).iter().map(scalar).collect();
    if !cidrs.is_empty() {
        out.field(0, "PodCIDRs", cidrs.join(","));
    }
    if !text(object, &["spec", "providerID"]).is_empty() {
        out.field(0, "ProviderID", text(object, &["spec", "providerID"]));
    }
    resources(out, snapshot, object);
}

/// The lease that a node's kubelet renews.
fn lease(out: &mut Text, snapshot: &Snapshot, node: &str) {
    let reference = ObjectRef::new(
        Kind::Other,
        "kube-node-lease",
        format!("Lease.coordination.k8s.io/{node}"),
    );
    let Some(lease) = snapshot.object(&reference) else {
        out.field(
            0,
            "Lease",
            format_args!("Failed to get lease: leases.coordination.k8s.io {node:?} not found"),
        );
        return;
    };
    let spec = |field| text_or(&lease.value, &["spec", field], "<unset>");
    let time = |field| match spec(field) {
        "<unset>" => "<unset>".to_owned(),
        time => age::rfc1123(time),
    };
    out.line("Lease:");
    out.field(1, "HolderIdentity", spec("holderIdentity"));
    out.field(1, "AcquireTime", time("acquireTime"));
    out.field(1, "RenewTime", time("renewTime"));
}

/// Pods of a node with what they request, and the sums (`describeNodeResource`).
fn resources(out: &mut Text, snapshot: &Snapshot, node: &Value) {
    let name = text(node, &["metadata", "name"]);
    let pods: Vec<&Value> = snapshot
        .objects(Kind::Pod)
        .map(|it| &it.value)
        .filter(|it| text(it, &["spec", "nodeName"]) == name)
        .filter(|it| !phase(it).is_some_and(PodPhase::is_terminal))
        .collect();
    out.field(0, "Non-terminated Pods", format_args!("({} in total)", pods.len()));
    out.line("  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    out.line("  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let allocatable = |resource: &str| {
        ["allocatable", "capacity"]
            .iter()
            .find_map(|field| at(node, &["status", field, resource]))
            .map_or(0, |it| milli(&scalar(it)))
    };
    let share = |value: i64, resource: &str| match allocatable(resource) {
        0 => 0,
        all => (value as f64 / all as f64 * 100.0) as i64,
    };
    let mut sums = [0_i64; 6];
    for pod in &pods {
        let of = |field: &str, resource: &str| -> i64 {
            list(pod, &["spec", "containers"])
                .iter()
                .filter_map(|it| at(it, &["resources", field, resource]))
                .map(|it| milli(&scalar(it)))
                .sum()
        };
        let cells = [
            of("requests", "cpu"),
            of("limits", "cpu"),
            of("requests", "memory"),
            of("limits", "memory"),
            of("requests", "ephemeral-storage"),
            of("limits", "ephemeral-storage"),
        ];
        sums.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += cell);
        let age = age::since(
            at(pod, &["metadata", "creationTimestamp"]).and_then(Value::as_str),
            out.now,
        );
        out.line(format_args!(
            "  {}\t{}\t\t{} ({}%)\t{} ({}%)\t{} ({}%)\t{} ({}%)\t{age}",
            text(pod, &["metadata", "namespace"]),
            text(pod, &["metadata", "name"]),
            cpu(cells[0]),
            share(cells[0], "cpu"),
            cpu(cells[1]),
            share(cells[1], "cpu"),
            bytes(cells[2]),
            share(cells[2], "memory"),
            bytes(cells[3]),
            share(cells[3], "memory"),
        ));
    }
    out.line("Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)");
    out.line("  Resource\tRequests\tLimits");
    out.line("  --------\t--------\t------");
    let mut total = |resource: &str, requests: String, limits: String, idx: usize| {
        out.line(format_args!(
            "  {resource}\t{requests} ({}%)\t{limits} ({}%)",
            share(sums[idx], resource),
            share(sums[idx + 1], resource)
        ));
    };
    total("cpu", cpu(sums[0]), cpu(sums[1]), 0);
    total("memory", bytes(sums[2]), bytes(sums[3]), 2);
    total("ephemeral-storage", bytes(sums[4]), bytes(sums[5]), 4);
    let more: Vec<&String> = map(node, &["status", "allocatable"])
        .into_iter()
        .flatten()
        .map(|(resource, _)| resource)
        .filter(|it| it.contains('/') || it.starts_with("hugepages-"))
        .collect();
    for resource in more {
        let (requests, limits) = if resource.contains('/') {
            ("0", "0")
        } else {
            ("0 (0%)", "0 (0%)")
        };
        out.line(format_args!("  {resource}\t{requests}\t{limits}"));
    }
}

/// A quantity in thousandths: `100m`, `2`, `64Mi`; 0 for what cannot be read.
fn milli(quantity: &str) -> i64 {
    let at = quantity
        .find(|it: char| !it.is_ascii_digit() && it != '.' && it != '-')
        .unwrap_or(quantity.len());
    let (number, unit) = quantity.split_at(at);
    let number: f64 = number.parse().unwrap_or_default();
    let factor: f64 = match unit {
        "m" => 0.001,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => 1.0,
    };
    (number * factor * 1000.0) as i64
}

fn cpu(milli: i64) -> String {
    if milli % 1000 == 0 {
        (milli / 1000).to_string()
    } else {
        format!("{milli}m")
    }
}

fn bytes(milli: i64) -> String {
    let value = milli / 1000;
    for (unit, size) in [("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)] {
        if value != 0 && value % size == 0 {
            return format!("{}{unit}", value / size);
        }
    }
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_unknown_fields_are_words() {
        for (key, expected) in [
            ("podCIDR", "Pod CIDR"),
            ("apiVersion", "API Version"),
            ("creationTimestamp", "Creation Timestamp"),
            ("uid", "UID"),
            ("a.b", "a.b"),
        ] {
            assert_eq!(label(key), expected);
        }
    }

    #[test]
    fn quantities_are_read_and_written() {
        assert_eq!(cpu(milli("100m")), "100m");
        assert_eq!(cpu(milli("2")), "2");
        assert_eq!(bytes(milli("64Mi")), "64Mi");
        assert_eq!(bytes(milli("1Gi") + milli("64Mi")), "1088Mi");
    }
}
