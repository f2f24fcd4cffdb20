//! Pods, and the pod templates of workloads.

use serde_json::Value;

use super::super::tree::{at, flag, list, map, number, phase, scalar, text};
use super::text::{Text, controller};
use crate::api::types::pod_phase::PodPhase;
use crate::shell::print::age;
use crate::small_sort::SmallSort as _;

pub(super) fn pod(out: &mut Text, object: &Value) {
    let spec = |field| text(object, &["spec", field]);
    let status = |field| text(object, &["status", field]);
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.field(0, "Namespace", text(object, &["metadata", "namespace"]));
    if let Some(priority) = at(object, &["spec", "priority"]) {
        out.field(0, "Priority", scalar(priority));
    }
    for (label, field) in [
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        if !spec(field).is_empty() {
            out.field(0, label, spec(field));
        }
    }
    match spec("nodeName") {
        "" => out.field(0, "Node", "<none>"),
        node => out.field(0, "Node", format_args!("{node}/{}", status("hostIP"))),
    }
    if !status("startTime").is_empty() {
        out.field(0, "Start Time", age::rfc1123(status("startTime")));
    }
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    let deleted = at(object, &["metadata", "deletionTimestamp"]).and_then(Value::as_str);
    match deleted.filter(|_| !phase(object).is_some_and(PodPhase::is_terminal)) {
        Some(since) => {
            let lasts = age::since(Some(since), out.now);
            out.field(0, "Status", format_args!("Terminating (lasts {lasts})"));
            let grace = number(object, &["metadata", "deletionGracePeriodSeconds"]);
            out.field(0, "Termination Grace Period", format_args!("{grace}s"));
        }
        None => out.field(0, "Status", status("phase")),
    }
    for (label, field) in [("Reason", "reason"), ("Message", "message")] {
        if !status(field).is_empty() {
            out.field(0, label, status(field));
        }
    }
    seccomp(out, 0, at(object, &["spec", "securityContext"]));
    out.field(0, "IP", status("podIP"));
    let ips = list(object, &["status", "podIPs"]);
    if ips.is_empty() {
        out.field(0, "IPs", "<none>");
    } else {
        out.line("IPs:");
        ips.iter().for_each(|it| out.field(1, "IP", text(it, &["ip"])));
    }
    if let Some(owner) = controller(object) {
        out.field(0, "Controlled By", owner);
    }
    if !status("nominatedNodeName").is_empty() {
        out.field(0, "NominatedNodeName", status("nominatedNodeName"));
    }
    let init = list(object, &["spec", "initContainers"]);
    if !init.is_empty() {
        let statuses = list(object, &["status", "initContainerStatuses"]);
        containers(out, "Init Containers", init, statuses, Some(object), "");
    }
    let statuses = list(object, &["status", "containerStatuses"]);
    containers(
        out,
        "Containers",
        list(object, &["spec", "containers"]),
        statuses,
        Some(object),
        "",
    );
    let conditions = list(object, &["status", "conditions"]);
    let gates = list(object, &["spec", "readinessGates"]);
    if !gates.is_empty() {
        out.line("Readiness Gates:");
        out.line("  Type\tStatus");
        for gate in gates {
            let kind = text(gate, &["conditionType"]);
            let status = conditions
                .iter()
                .find(|it| text(it, &["type"]) == kind)
                .map_or("<none>", |it| text(it, &["status"]));
            out.line(format_args!("  {kind} \t{status} "));
        }
    }
    if !conditions.is_empty() {
        out.line("Conditions:");
        out.line("  Type\tStatus");
        for condition in conditions {
            out.line(format_args!(
                "  {} \t{} ",
                text(condition, &["type"]),
                text(condition, &["status"])
            ));
        }
    }
    volumes(out, list(object, &["spec", "volumes"]), "");
    out.field(0, "QoS Class", qos(object));
    out.labels("Node-Selectors", object, &["spec", "nodeSelector"]);
    tolerations(out, "Tolerations", list(object, &["spec", "tolerations"]));
    spread(out, list(object, &["spec", "topologySpreadConstraints"]), "");
}

/// `Pod Template:` of a workload.
pub(super) fn template(out: &mut Text, object: &Value) {
    out.line("Pod Template:");
    let Some(template) = at(object, &["spec", "template"]) else {
        out.line("  <unset>");
        return;
    };
    out.labels("  Labels", template, &["metadata", "labels"]);
    if map(template, &["metadata", "annotations"]).is_some_and(|it| !it.is_empty()) {
        out.annotations("  Annotations", template, &["metadata", "annotations"]);
    }
    let spec = |field| text(template, &["spec", field]);
    if !spec("serviceAccountName").is_empty() {
        out.field(1, "Service Account", spec("serviceAccountName"));
    }
    let init = list(template, &["spec", "initContainers"]);
    if !init.is_empty() {
        containers(out, "Init Containers", init, &[], None, "  ");
    }
    containers(
        out,
        "Containers",
        list(template, &["spec", "containers"]),
        &[],
        None,
        "  ",
    );
    volumes(out, list(template, &["spec", "volumes"]), "  ");
    spread(out, list(template, &["spec", "topologySpreadConstraints"]), "  ");
    if !spec("priorityClassName").is_empty() {
        out.field(1, "Priority Class Name", spec("priorityClassName"));
    }
    out.labels("  Node-Selectors", template, &["spec", "nodeSelector"]);
    tolerations(out, "  Tolerations", list(template, &["spec", "tolerations"]));
}

fn seccomp(out: &mut Text, level: usize, security: Option<&Value>) {
    let kind = security.map_or("", |it| text(it, &["seccompProfile", "type"]));
    if !kind.is_empty() {
        out.field(level, "SeccompProfile", kind);
    }
}

fn containers(out: &mut Text, label: &str, containers: &[Value], statuses: &[Value], pod: Option<&Value>, space: &str) {
    let none = if containers.is_empty() { " <none>" } else { "" };
    out.line(format_args!("{space}{label}:{none}"));
    let name_indent = if space.is_empty() { "" } else { " " };
    for container in containers {
        let name = text(container, &["name"]);
        let status = statuses.iter().find(|it| text(it, &["name"]) == name);
        out.line(format_args!("  {name_indent}{name}:"));
        if let Some(status) = status {
            out.field(2, "Container ID", text(status, &["containerID"]));
        }
        out.field(2, "Image", text(container, &["image"]));
        if let Some(status) = status {
            out.field(2, "Image ID", text(status, &["imageID"]));
        }
        ports(out, container, "containerPort", "Port");
        ports(out, container, "hostPort", "Host Port");
        seccomp(out, 2, at(container, &["securityContext"]));
        for (label, field) in [("Command", "command"), ("Args", "args")] {
            let words = list(container, &[field]);
            if !words.is_empty() {
                out.line(format_args!("    {label}:"));
            }
            for word in words {
                scalar(word)
                    .split('\n')
                    .for_each(|part| out.line(format_args!("      {part}")));
            }
        }
        if let Some(status) = status {
            state(out, "State", at(status, &["state"]));
            if at(status, &["lastState", "terminated"]).is_some() {
                state(out, "Last State", at(status, &["lastState"]));
            }
            let ready = if flag(status, &["ready"]) { "True" } else { "False" };
            out.field(2, "Ready", ready);
            out.field(2, "Restart Count", number(status, &["restartCount"]));
        }
        for (label, field) in [("Limits", "limits"), ("Requests", "requests")] {
            let entries = map(container, &["resources", field]);
            if entries.is_some_and(|it| !it.is_empty()) {
                out.line(format_args!("    {label}:"));
            }
            for (name, quantity) in entries.into_iter().flatten() {
                out.field(3, name, scalar(quantity));
            }
        }
        for (label, field) in [
            ("Liveness", "livenessProbe"),
            ("Readiness", "readinessProbe"),
            ("Startup", "startupProbe"),
        ] {
            if let Some(it) = at(container, &[field]) {
                out.field(2, label, probe(it));
            }
        }
        environment(out, container, pod);
        mounts(out, container);
    }
}

/// `fieldpath.ExtractFieldPathAsString`: kubectl resolves fields of the metadata only.
fn field_value(pod: &Value, path: &str) -> String {
    let Some(path) = path.strip_prefix("metadata.") else {
        return String::new();
    };
    let (field, key) = match path.split_once("['") {
        Some((field, rest)) => (field, rest.strip_suffix("']")),
        None => (path, None),
    };
    match (field, key) {
        ("labels" | "annotations", Some(key)) => text(pod, &["metadata", field, key]).to_owned(),
        ("labels" | "annotations", None) => map(pod, &["metadata", field])
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={:?}", scalar(value)))
            .collect::<Vec<_>>()
            .join("\n"),
        ("name" | "namespace" | "uid", None) => text(pod, &["metadata", field]).to_owned(),
        _ => String::new(),
    }
}

fn ports(out: &mut Text, container: &Value, field: &str, label: &str) {
    let all: Vec<String> = list(container, &["ports"])
        .iter()
        .map(|it| {
            let protocol = super::super::tree::text_or(it, &["protocol"], "TCP");
            let name = text(it, &["name"]);
            let named = if name.is_empty() {
                String::new()
            } else {
                format!(" ({name})")
            };
            format!("{}/{protocol}{named}", number(it, &[field]))
        })
        .collect();
    match all.len() {
        0 => out.field(2, label, "<none>"),
        1 => out.field(2, label, &all[0]),
        _ => out.field(2, &format!("{label}s"), all.join(", ")),
    }
}

fn state(out: &mut Text, label: &str, state: Option<&Value>) {
    let part = |field| state.and_then(|it| at(it, &[field]));
    if let Some(running) = part("running") {
        out.field(2, label, "Running");
        out.field(3, "Started", age::rfc1123(text(running, &["startedAt"])));
    } else if let Some(ended) = part("terminated") {
        out.field(2, label, "Terminated");
        for (label, field) in [("Reason", "reason"), ("Message", "message")] {
            if !text(ended, &[field]).is_empty() {
                out.field(3, label, text(ended, &[field]));
            }
        }
        out.field(3, "Exit Code", number(ended, &["exitCode"]));
        if number(ended, &["signal"]) > 0 {
            out.field(3, "Signal", number(ended, &["signal"]));
        }
        out.field(3, "Started", age::rfc1123(text(ended, &["startedAt"])));
        out.field(3, "Finished", age::rfc1123(text(ended, &["finishedAt"])));
    } else {
        out.field(2, label, "Waiting");
        let reason = part("waiting").map_or("", |it| text(it, &["reason"]));
        if !reason.is_empty() {
            out.field(3, "Reason", reason);
        }
    }
}

/// `http-get http://:8080/healthz delay=0s timeout=1s period=10s #success=1 #failure=3`
fn probe(probe: &Value) -> String {
    let n = |field| number(probe, &[field]);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        n("initialDelaySeconds"),
        n("timeoutSeconds"),
        n("periodSeconds"),
        n("successThreshold"),
        n("failureThreshold")
    );
    let port = |it: &Value| at(it, &["port"]).map_or_else(String::new, scalar);
    if let Some(it) = at(probe, &["exec"]) {
        let command = at(it, &["command"]).map_or_else(|| "[]".to_owned(), scalar);
        format!("exec {command} {attributes}")
    } else if let Some(it) = at(probe, &["httpGet"]) {
        let scheme = text(it, &["scheme"]).to_lowercase();
        let path = text(it, &["path"]);
        let slash = if path.is_empty() || path.starts_with('/') {
            ""
        } else {
            "/"
        };
        format!(
            "http-get {scheme}://{}:{}{slash}{path} {attributes}",
            text(it, &["host"]),
            port(it)
        )
    } else if let Some(it) = at(probe, &["tcpSocket"]) {
        format!("tcp-socket {}:{} {attributes}", text(it, &["host"]), port(it))
    } else if let Some(it) = at(probe, &["grpc"]) {
        format!("grpc <pod>:{} {} {attributes}", port(it), text(it, &["service"]))
    } else {
        format!("unknown {attributes}")
    }
}

fn environment(out: &mut Text, container: &Value, pod: Option<&Value>) {
    let from = list(container, &["envFrom"]);
    if !from.is_empty() {
        out.line("    Environment Variables from:");
    }
    for source in from {
        let (kind, field) = if at(source, &["configMapRef"]).is_some() {
            ("ConfigMap", "configMapRef")
        } else {
            ("Secret", "secretRef")
        };
        let prefix = match text(source, &["prefix"]) {
            "" => String::new(),
            prefix => format!(" with prefix '{prefix}'"),
        };
        out.line(format_args!(
            "      {}\t{kind}{prefix}\tOptional: {}",
            text(source, &[field, "name"]),
            flag(source, &[field, "optional"])
        ));
    }
    let variables = list(container, &["env"]);
    if variables.is_empty() {
        out.field(2, "Environment", "<none>");
    } else {
        out.line("    Environment:");
    }
    for variable in variables {
        let name = text(variable, &["name"]);
        let Some(source) = at(variable, &["valueFrom"]) else {
            for (idx, part) in text(variable, &["value"]).split('\n').enumerate() {
                if idx == 0 {
                    out.field(3, name, part);
                } else {
                    out.line(format_args!("      \t{part}"));
                }
            }
            continue;
        };
        if let Some(field) = at(source, &["fieldRef"]) {
            let path = text(field, &["fieldPath"]);
            let value = pod.map_or_else(String::new, |it| field_value(it, path));
            let version = super::super::tree::text_or(field, &["apiVersion"], "v1");
            out.field(3, name, format_args!("{value} ({version}:{path})"));
        } else if let Some(it) = at(source, &["secretKeyRef"]) {
            out.field(
                3,
                name,
                format_args!(
                    "<set to the key '{}' in secret '{}'>\tOptional: {}",
                    text(it, &["key"]),
                    text(it, &["name"]),
                    flag(it, &["optional"])
                ),
            );
        } else if let Some(it) = at(source, &["configMapKeyRef"]) {
            out.field(
                3,
                name,
                format_args!(
                    "<set to the key '{}' of config map '{}'>\tOptional: {}",
                    text(it, &["key"]),
                    text(it, &["name"]),
                    flag(it, &["optional"])
                ),
            );
        } else if let Some(it) = at(source, &["resourceFieldRef"]) {
            out.field(3, name, format_args!("0 ({})", text(it, &["resource"])));
        }
    }
}

fn mounts(out: &mut Text, container: &Value) {
    let mut all: Vec<&Value> = list(container, &["volumeMounts"]).iter().collect();
    if all.is_empty() {
        out.field(2, "Mounts", "<none>");
        return;
    }
    all.small_sort_by_key(|it| text(it, &["mountPath"]));
    out.line("    Mounts:");
    for mount in all {
        let mode = if flag(mount, &["readOnly"]) { "ro" } else { "rw" };
        let sub_path = match text(mount, &["subPath"]) {
            "" => String::new(),
            path => format!(",path={path:?}"),
        };
        out.line(format_args!(
            "      {} from {} ({mode}{sub_path})",
            text(mount, &["mountPath"]),
            text(mount, &["name"])
        ));
    }
}

fn volumes(out: &mut Text, volumes: &[Value], space: &str) {
    if volumes.is_empty() {
        out.line(format_args!("{space}Volumes:\t<none>"));
        return;
    }
    out.line(format_args!("{space}Volumes:"));
    let name_indent = if space.is_empty() { "" } else { " " };
    for volume in volumes {
        out.line(format_args!("  {name_indent}{}:", text(volume, &["name"])));
        let part = |field| at(volume, &[field]);
        if let Some(it) = part("configMap") {
            out.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
            out.field(2, "Name", text(it, &["name"]));
            out.field(2, "Optional", flag(it, &["optional"]));
        } else if let Some(it) = part("secret") {
            out.field(2, "Type", "Secret (a volume populated by a Secret)");
            out.field(2, "SecretName", text(it, &["secretName"]));
            out.field(2, "Optional", flag(it, &["optional"]));
        } else if let Some(it) = part("emptyDir") {
            out.field(
                2,
                "Type",
                "EmptyDir (a temporary directory that shares a pod's lifetime)",
            );
            out.field(2, "Medium", text(it, &["medium"]));
            let limit = at(it, &["sizeLimit"]).map_or_else(|| "<unset>".to_owned(), scalar);
            out.field(2, "SizeLimit", limit);
        } else if let Some(it) = part("hostPath") {
            out.field(2, "Type", "HostPath (bare host directory volume)");
            out.field(2, "Path", text(it, &["path"]));
            let kind = at(it, &["type"]).map_or_else(|| "<none>".to_owned(), scalar);
            out.field(2, "HostPathType", kind);
        } else if let Some(it) = part("persistentVolumeClaim") {
            out.field(
                2,
                "Type",
                "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
            );
            out.field(2, "ClaimName", text(it, &["claimName"]));
            out.field(2, "ReadOnly", flag(it, &["readOnly"]));
        } else if let Some(it) = part("projected") {
            projected(out, it);
        } else {
            out.line("  <unknown>");
        }
    }
}

fn projected(out: &mut Text, volume: &Value) {
    out.field(
        2,
        "Type",
        "Projected (a volume that contains injected data from multiple sources)",
    );
    for source in list(volume, &["sources"]) {
        if let Some(it) = at(source, &["secret"]) {
            out.field(2, "SecretName", text(it, &["name"]));
            out.field(2, "Optional", flag(it, &["optional"]));
        } else if at(source, &["downwardAPI"]).is_some() {
            out.field(2, "DownwardAPI", "true");
        } else if let Some(it) = at(source, &["configMap"]) {
            out.field(2, "ConfigMapName", text(it, &["name"]));
            out.field(2, "Optional", flag(it, &["optional"]));
        } else if let Some(it) = at(source, &["serviceAccountToken"]) {
            out.field(2, "TokenExpirationSeconds", number(it, &["expirationSeconds"]));
        }
    }
}

/// `status.qosClass`, else from requests and limits (`kubectl pkg/util/qos`).
fn qos(object: &Value) -> String {
    if let Some(class) = at(object, &["status", "qosClass"]) {
        return scalar(class);
    }
    let all: Vec<&Value> = list(object, &["spec", "containers"])
        .iter()
        .chain(list(object, &["spec", "initContainers"]))
        .collect();
    let of = |container: &Value, field: &str, name: &str| {
        map(container, &["resources", field])
            .and_then(|it| it.get(name))
            .map(scalar)
    };
    let any = all.iter().any(|it| {
        ["limits", "requests"]
            .iter()
            .any(|field| ["cpu", "memory"].iter().any(|name| of(it, field, name).is_some()))
    });
    let guaranteed = all.iter().all(|it| {
        ["cpu", "memory"].iter().all(|name| {
            let limit = of(it, "limits", name);
            limit.is_some() && of(it, "requests", name).is_none_or(|request| Some(request) == limit)
        })
    });
    if !any {
        "BestEffort"
    } else if guaranteed {
        "Guaranteed"
    } else {
        "Burstable"
    }
    .to_owned()
}

fn tolerations(out: &mut Text, title: &str, tolerations: &[Value]) {
    let mut all: Vec<&Value> = tolerations.iter().collect();
    all.small_sort_by_key(|it| text(it, &["key"]));
    let lines: Vec<String> = all
        .into_iter()
        .map(|it| {
            let (key, value, effect) = (text(it, &["key"]), text(it, &["value"]), text(it, &["effect"]));
            let mut line = key.to_owned();
            if !value.is_empty() {
                line.push_str(&format!("={value}"));
            }
            if !effect.is_empty() {
                line.push_str(&format!(":{effect}"));
            }
            if text(it, &["operator"]) == "Exists" && value.is_empty() {
                let space = if line.is_empty() { "" } else { " " };
                line.push_str(&format!("{space}op=Exists"));
            }
            if let Some(seconds) = at(it, &["tolerationSeconds"]) {
                line.push_str(&format!(" for {}s", scalar(seconds)));
            }
            line
        })
        .collect();
    out.stacked(title, &lines);
}

fn spread(out: &mut Text, constraints: &[Value], space: &str) {
    if constraints.is_empty() {
        return;
    }
    let mut all: Vec<&Value> = constraints.iter().collect();
    all.small_sort_by_key(|it| text(it, &["topologyKey"]));
    let lines: Vec<String> = all
        .into_iter()
        .map(|it| {
            let selector = match at(it, &["labelSelector"]) {
                None => String::new(),
                Some(_) => format!(" for selector {}", super::super::tree::selector(it, &["labelSelector"])),
            };
            format!(
                "{}:{} when max skew {} is exceeded{selector}",
                text(it, &["topologyKey"]),
                text(it, &["whenUnsatisfiable"]),
                number(it, &["maxSkew"])
            )
        })
        .collect();
    out.stacked(&format!("{space}Topology Spread Constraints"), &lines);
}
