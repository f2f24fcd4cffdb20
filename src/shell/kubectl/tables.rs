//! The tables of `kubectl get`: columns and cells of every kind, as the API server makes them
//! (`kubernetes pkg/printers/internalversion/printers.go`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::resources::Resource;
use super::tree::{at, flag, joined_or, labels, list, map, number, phase, scalar, selector, text, text_or};
use crate::api::Kind;
use crate::api::ip_family::host_port;
use crate::api::types::core::NodeAddress;
use crate::api::types::pod_phase::PodPhase;
use crate::api::types::service_type::ServiceType;
use crate::go;
use crate::shell::print::age;
use crate::sim::Instant;

/// Most entries of a cell that lists several.
const MOST: usize = 3;

/// Headers of a kind's columns, and of those that `-o wide` adds.
#[must_use]
pub fn headers(resource: Resource) -> (&'static [&'static str], &'static [&'static str]) {
    match (resource.kind, resource.name) {
        (Kind::Service, _) => (
            &["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"],
            &["SELECTOR"],
        ),
        (Kind::Endpoints, _) => (&["NAME", "ENDPOINTS", "AGE"], &[]),
        (Kind::EndpointSlice, _) => (&["NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"], &[]),
        (Kind::Ingress, _) => (&["NAME", "CLASS", "HOSTS", "ADDRESS", "PORTS", "AGE"], &[]),
        (Kind::IngressClass, _) => (&["NAME", "CONTROLLER", "PARAMETERS", "AGE"], &[]),
        (Kind::Pod, _) => (
            &["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
            &["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
        ),
        (Kind::Node, _) => (
            &["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
            &[
                "INTERNAL-IP",
                "EXTERNAL-IP",
                "OS-IMAGE",
                "KERNEL-VERSION",
                "CONTAINER-RUNTIME",
            ],
        ),
        (Kind::Deployment, _) => (
            &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
            &["CONTAINERS", "IMAGES", "SELECTOR"],
        ),
        (Kind::ReplicaSet | Kind::ReplicationController, _) => (
            &["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
            &["CONTAINERS", "IMAGES", "SELECTOR"],
        ),
        (Kind::StatefulSet, _) => (&["NAME", "READY", "AGE"], &["CONTAINERS", "IMAGES"]),
        (Kind::Namespace, _) => (&["NAME", "STATUS", "AGE"], &[]),
        (Kind::NetworkPolicy, _) => (&["NAME", "POD-SELECTOR", "AGE"], &[]),
        (Kind::Secret, _) => (&["NAME", "TYPE", "DATA", "AGE"], &[]),
        (Kind::ConfigMap, _) => (&["NAME", "DATA", "AGE"], &[]),
        (Kind::ComputeFirewall, _) => (&["NAME", "AGE", "READY", "STATUS", "STATUS AGE"], &[]),
        (Kind::IpAddressPool, _) => (&["NAME", "AUTO ASSIGN", "AVOID BUGGY IPS", "ADDRESSES"], &[]),
        (Kind::GatewayClass, _) => (&["NAME", "CONTROLLER", "ACCEPTED", "AGE"], &["DESCRIPTION"]),
        (Kind::Gateway, _) => (&["NAME", "CLASS", "ADDRESS", "PROGRAMMED", "AGE"], &[]),
        (Kind::ListenerSet, _) => (&["NAME", "ACCEPTED", "PROGRAMMED", "AGE"], &[]),
        (Kind::HttpRoute | Kind::GrpcRoute, _) => (&["NAME", "HOSTNAMES", "AGE"], &[]),
        (Kind::DaemonSet, _) => (
            &[
                "NAME",
                "DESIRED",
                "CURRENT",
                "READY",
                "UP-TO-DATE",
                "AVAILABLE",
                "NODE SELECTOR",
                "AGE",
            ],
            &["CONTAINERS", "IMAGES", "SELECTOR"],
        ),
        (Kind::Job, _) => (
            &["NAME", "STATUS", "COMPLETIONS", "DURATION", "AGE"],
            &["CONTAINERS", "IMAGES", "SELECTOR"],
        ),
        (Kind::CronJob, _) => (
            &[
                "NAME",
                "SCHEDULE",
                "TIMEZONE",
                "SUSPEND",
                "ACTIVE",
                "LAST SCHEDULE",
                "AGE",
            ],
            &["CONTAINERS", "IMAGES", "SELECTOR"],
        ),
        (_, "PersistentVolumeClaim") => (
            &[
                "NAME",
                "STATUS",
                "VOLUME",
                "CAPACITY",
                "ACCESS MODES",
                "STORAGECLASS",
                "VOLUMEATTRIBUTESCLASS",
                "AGE",
            ],
            &["VOLUMEMODE"],
        ),
        (_, "PersistentVolume") => (
            &[
                "NAME",
                "CAPACITY",
                "ACCESS MODES",
                "RECLAIM POLICY",
                "STATUS",
                "CLAIM",
                "STORAGECLASS",
                "VOLUMEATTRIBUTESCLASS",
                "REASON",
                "AGE",
            ],
            &["VOLUMEMODE"],
        ),
        (_, "StorageClass") => (
            &[
                "NAME",
                "PROVISIONER",
                "RECLAIMPOLICY",
                "VOLUMEBINDINGMODE",
                "ALLOWVOLUMEEXPANSION",
                "AGE",
            ],
            &[],
        ),
        (_, "ControllerRevision") => (&["NAME", "CONTROLLER", "REVISION", "AGE"], &[]),
        (_, "ResourceQuota") => (&["NAME", "REQUEST", "LIMIT", "AGE"], &[]),
        (_, "LimitRange") => (&["NAME", "CREATED AT"], &[]),
        (_, "Lease") => (&["NAME", "HOLDER", "AGE"], &[]),
        (_, "Event") => (&["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"], &[]),
        _ => (&["NAME", "AGE"], &[]),
    }
}

/// The status of a condition as a column of a custom resource prints it: nothing where it is not there.
fn condition_cell(object: &Value, kind: &str) -> String {
    condition(object, kind).unwrap_or_default().to_owned()
}

/// The cells of one object in the order of [`headers`], those of `-o wide` included.
#[must_use]
pub fn row(resource: Resource, object: &Value, now: Instant) -> Vec<String> {
    let name = text(object, &["metadata", "name"]).to_owned();
    let age = age::since(
        at(object, &["metadata", "creationTimestamp"]).and_then(Value::as_str),
        now,
    );
    match (resource.kind, resource.name) {
        (Kind::Service, _) => service(name, age, object),
        (Kind::Endpoints, _) => vec![name, endpoints(object), age],
        (Kind::EndpointSlice, _) => endpoint_slice(name, age, object),
        (Kind::Ingress, _) => ingress(name, age, object),
        (Kind::IngressClass, _) => ingress_class(name, age, object),
        (Kind::Pod, _) => pod(name, age, object, now),
        (Kind::Node, _) => node(name, age, object),
        (Kind::Deployment, _) => {
            let ready = format!("{}/{}", number(object, &["status", "readyReplicas"]), replicas(object));
            let count = |field| number(object, &["status", field]).to_string();
            let mut cells = vec![name, ready, count("updatedReplicas"), count("availableReplicas"), age];
            cells.extend(template(object));
            cells.push(selector(object, &["spec", "selector"]));
            cells
        }
        (Kind::ReplicaSet, _) => replica_set(name, age, object, selector(object, &["spec", "selector"])),
        (Kind::ReplicationController, _) => replica_set(name, age, object, labels(object, &["spec", "selector"])),
        (Kind::StatefulSet, _) => {
            let ready = format!("{}/{}", number(object, &["status", "readyReplicas"]), replicas(object));
            let mut cells = vec![name, ready, age];
            cells.extend(template(object));
            cells
        }
        (Kind::Namespace, _) => vec![name, text(object, &["status", "phase"]).to_owned(), age],
        (Kind::NetworkPolicy, _) => vec![name, selector(object, &["spec", "podSelector"]), age],
        (Kind::Secret, _) => {
            let count = map(object, &["data"]).map_or(0, serde_json::Map::len);
            vec![name, text(object, &["type"]).to_owned(), count.to_string(), age]
        }
        (Kind::ConfigMap, _) => {
            let count = |field| map(object, &[field]).map_or(0, serde_json::Map::len);
            vec![name, (count("data") + count("binaryData")).to_string(), age]
        }
        // As Config Connector reports a rule that is in force in the cloud: at once, here.
        (Kind::ComputeFirewall, _) => vec![name, age.clone(), "True".to_owned(), "UpToDate".to_owned(), age],
        (Kind::GatewayClass, _) => {
            let controller = text(object, &["spec", "controllerName"]).to_owned();
            let description = text(object, &["spec", "description"]).to_owned();
            vec![name, controller, condition_cell(object, "Accepted"), age, description]
        }
        (Kind::Gateway, _) => {
            let addresses = list(object, &["status", "addresses"]);
            let address = addresses.first().map_or("", |it| text(it, &["value"]));
            let class = text(object, &["spec", "gatewayClassName"]).to_owned();
            vec![
                name,
                class,
                address.to_owned(),
                condition_cell(object, "Programmed"),
                age,
            ]
        }
        (Kind::ListenerSet, _) => {
            vec![
                name,
                condition_cell(object, "Accepted"),
                condition_cell(object, "Programmed"),
                age,
            ]
        }
        (Kind::HttpRoute | Kind::GrpcRoute, _) => {
            let hostnames = at(object, &["spec", "hostnames"]).map_or_else(String::new, go::json::compact);
            vec![name, hostnames, age]
        }
        (Kind::IpAddressPool, _) => {
            let addresses: Vec<String> = list(object, &["spec", "addresses"])
                .iter()
                .map(go::json::compact)
                .collect();
            vec![
                name,
                at(object, &["spec", "autoAssign"]).map_or_else(|| "true".to_owned(), scalar),
                flag(object, &["spec", "avoidBuggyIPs"]).to_string(),
                format!("[{}]", addresses.join(",")),
            ]
        }
        (Kind::DaemonSet, _) => {
            let count = |field| number(object, &["status", field]).to_string();
            let mut cells = vec![
                name,
                count("desiredNumberScheduled"),
                count("currentNumberScheduled"),
                count("numberReady"),
                count("updatedNumberScheduled"),
                count("numberAvailable"),
                labels(object, &["spec", "template", "spec", "nodeSelector"]),
                age,
            ];
            cells.extend(template(object));
            cells.push(selector(object, &["spec", "selector"]));
            cells
        }
        (Kind::Job, _) => job(name, age, object, now),
        (Kind::CronJob, _) => cron_job(name, age, object, now),
        (_, "PersistentVolumeClaim") => claim(name, age, object),
        (_, "PersistentVolume") => volume(name, age, object),
        (_, "StorageClass") => {
            let is_default = text(
                object,
                &["metadata", "annotations", "storageclass.kubernetes.io/is-default-class"],
            ) == "true";
            vec![
                if is_default { format!("{name} (default)") } else { name },
                text(object, &["provisioner"]).to_owned(),
                text_or(object, &["reclaimPolicy"], "Delete").to_owned(),
                text_or(object, &["volumeBindingMode"], "Immediate").to_owned(),
                flag(object, &["allowVolumeExpansion"]).to_string(),
                age,
            ]
        }
        (_, "ControllerRevision") => {
            let owner = list(object, &["metadata", "ownerReferences"])
                .iter()
                .find(|it| flag(it, &["controller"]));
            let owner = owner.map_or_else(
                || "<none>".to_owned(),
                |it| {
                    let group = text(it, &["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
                    format!("{}.{group}/{}", text(it, &["kind"]).to_lowercase(), text(it, &["name"]))
                },
            );
            vec![name, owner, number(object, &["revision"]).to_string(), age]
        }
        (_, "ResourceQuota") => quota(name, age, object),
        (_, "LimitRange") => vec![name, text(object, &["metadata", "creationTimestamp"]).to_owned()],
        (_, "Lease") => vec![name, text(object, &["spec", "holderIdentity"]).to_owned(), age],
        (_, "Event") => {
            let seen = ["lastTimestamp", "firstTimestamp", "eventTime"]
                .iter()
                .find_map(|field| at(object, &[field]).and_then(Value::as_str));
            vec![
                age::since(seen, now),
                text(object, &["type"]).to_owned(),
                text(object, &["reason"]).to_owned(),
                format!(
                    "{}/{}",
                    text(object, &["involvedObject", "kind"]).to_lowercase(),
                    text(object, &["involvedObject", "name"])
                ),
                text(object, &["message"]).trim().to_owned(),
            ]
        }
        _ => vec![name, age],
    }
}

fn replica_set(name: String, age: String, object: &Value, selector: String) -> Vec<String> {
    let count = |field| number(object, &["status", field]).to_string();
    let desired = replicas(object).to_string();
    let mut cells = vec![name, desired, count("replicas"), count("readyReplicas"), age];
    cells.extend(template(object));
    cells.push(selector);
    cells
}

/// Desired replicas; 1 where the field is not written.
fn replicas(object: &Value) -> i64 {
    at(object, &["spec", "replicas"]).and_then(Value::as_i64).unwrap_or(1)
}

/// Names and images of the containers of a pod template.
fn template(object: &Value) -> [String; 2] {
    let containers = list(object, &["spec", "template", "spec", "containers"]);
    let all = |field: &str| {
        let texts: Vec<&str> = containers.iter().map(|it| text(it, &[field])).collect();
        texts.join(",")
    };
    [all("name"), all("image")]
}

fn job(name: String, age: String, object: &Value, now: Instant) -> Vec<String> {
    let has = |kind: &str| condition(object, kind) == Some("True");
    let status = match ["Complete", "Failed"].into_iter().find(|kind| has(kind)) {
        Some(ended) => ended,
        None if at(object, &["metadata", "deletionTimestamp"]).is_some() => "Terminating",
        None => ["Suspended", "FailureTarget", "SuccessCriteriaMet"]
            .into_iter()
            .find(|kind| has(kind))
            .unwrap_or("Running"),
    };
    let succeeded = number(object, &["status", "succeeded"]);
    let completions = match at(object, &["spec", "completions"]).and_then(Value::as_i64) {
        Some(completions) => format!("{succeeded}/{completions}"),
        None => match number(object, &["spec", "parallelism"]) {
            parallelism if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
            _ => format!("{succeeded}/1"),
        },
    };
    let time = |field| Instant::parse_rfc3339(text(object, &["status", field]));
    let duration = time("startTime").map_or_else(String::new, |start| {
        age::human(time("completionTime").unwrap_or(now) - start)
    });
    let mut cells = vec![name, status.to_owned(), completions, duration, age];
    cells.extend(template(object));
    cells.push(selector(object, &["spec", "selector"]));
    cells
}

fn cron_job(name: String, age: String, object: &Value, now: Instant) -> Vec<String> {
    let last = at(object, &["status", "lastScheduleTime"]).and_then(Value::as_str);
    let suspend = match at(object, &["spec", "suspend"]) {
        None => "<unset>",
        Some(it) if *it == Value::Bool(true) => "True",
        Some(_) => "False",
    };
    let job = at(object, &["spec", "jobTemplate"]).unwrap_or(&Value::Null);
    let mut cells = vec![
        name,
        text(object, &["spec", "schedule"]).to_owned(),
        text_or(object, &["spec", "timeZone"], "<none>").to_owned(),
        suspend.to_owned(),
        list(object, &["status", "active"]).len().to_string(),
        last.map_or_else(|| "<none>".to_owned(), |last| age::since(Some(last), now)),
        age,
    ];
    cells.extend(template(job));
    cells.push(match at(job, &["spec", "selector"]) {
        None => "<none>".to_owned(),
        Some(_) => selector(job, &["spec", "selector"]),
    });
    cells
}

/// `RWO,RWX`: access modes as `kubectl` shortens them.
fn access_modes(object: &Value, path: &[&str]) -> String {
    let modes = list(object, path);
    let known = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let short: Vec<&str> = known
        .into_iter()
        .filter(|(mode, _)| modes.iter().any(|it| it == mode))
        .map(|it| it.1)
        .collect();
    short.join(",")
}

fn claim(name: String, age: String, object: &Value) -> Vec<String> {
    let volume = text(object, &["spec", "volumeName"]);
    let bound = !volume.is_empty();
    let status = match at(object, &["metadata", "deletionTimestamp"]) {
        Some(_) => "Terminating",
        None => text(object, &["status", "phase"]),
    };
    vec![
        name,
        status.to_owned(),
        volume.to_owned(),
        if bound {
            at(object, &["status", "capacity", "storage"]).map_or_else(String::new, scalar)
        } else {
            String::new()
        },
        if bound {
            access_modes(object, &["status", "accessModes"])
        } else {
            String::new()
        },
        text(object, &["spec", "storageClassName"]).to_owned(),
        text_or(object, &["spec", "volumeAttributesClassName"], "<unset>").to_owned(),
        age,
        text_or(object, &["spec", "volumeMode"], "<unset>").to_owned(),
    ]
}

fn volume(name: String, age: String, object: &Value) -> Vec<String> {
    let claim = match text(object, &["spec", "claimRef", "name"]) {
        "" => String::new(),
        claim => format!("{}/{claim}", text(object, &["spec", "claimRef", "namespace"])),
    };
    vec![
        name,
        at(object, &["spec", "capacity", "storage"]).map_or_else(String::new, scalar),
        access_modes(object, &["spec", "accessModes"]),
        text_or(object, &["spec", "persistentVolumeReclaimPolicy"], "Retain").to_owned(),
        text_or(object, &["status", "phase"], "Available").to_owned(),
        claim,
        text(object, &["spec", "storageClassName"]).to_owned(),
        text_or(object, &["spec", "volumeAttributesClassName"], "<unset>").to_owned(),
        text(object, &["status", "reason"]).to_owned(),
        age,
        text_or(object, &["spec", "volumeMode"], "<unset>").to_owned(),
    ]
}

/// What of a quota is used, limits of containers apart (`printResourceQuota`).
fn quota(name: String, age: String, object: &Value) -> Vec<String> {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    for (resource, hard) in map(object, &["status", "hard"]).into_iter().flatten() {
        let used = at(object, &["status", "used", resource]).map_or_else(|| "0".to_owned(), scalar);
        let line = format!("{resource}: {used}/{}", scalar(hard));
        if resource.starts_with("limits") {
            limits.push(line);
        } else {
            requests.push(line);
        }
    }
    vec![name, requests.join(", "), limits.join(", "), age]
}

fn service(name: String, age: String, object: &Value) -> Vec<String> {
    let spec = |field| text(object, &["spec", field]);
    let cluster_ip = match (list(object, &["spec", "clusterIPs"]).first(), spec("clusterIP")) {
        (Some(first), _) => scalar(first),
        (None, "") => "<none>".to_owned(),
        (None, address) => address.to_owned(),
    };
    let ports: Vec<String> = list(object, &["spec", "ports"])
        .iter()
        .map(|port| {
            let protocol = text_or(port, &["protocol"], "TCP");
            match number(port, &["nodePort"]) {
                0 => format!("{}/{protocol}", number(port, &["port"])),
                node_port => format!("{}:{node_port}/{protocol}", number(port, &["port"])),
            }
        })
        .collect();
    vec![
        name,
        service_type(object).to_owned(),
        cluster_ip,
        external_ip(object),
        joined_or(&ports, "<none>"),
        age,
        labels(object, &["spec", "selector"]),
    ]
}

/// The TYPE of a Service as stored, whatever it holds.
fn service_type(object: &Value) -> &str {
    text_or(object, &["spec", "type"], ServiceType::ClusterIp.name())
}

/// The EXTERNAL-IP of a Service.
#[must_use]
pub fn external_ip(object: &Value) -> String {
    let external: Vec<String> = list(object, &["spec", "externalIPs"]).iter().map(scalar).collect();
    match ServiceType::parse(service_type(object)) {
        Some(ServiceType::ClusterIp | ServiceType::NodePort) => joined_or(&external, "<none>"),
        Some(ServiceType::LoadBalancer) => {
            let mut all: Vec<String> = ingress_points(object).into_iter().collect();
            all.extend(external);
            joined_or(&all, "<pending>")
        }
        Some(ServiceType::ExternalName) => text(object, &["spec", "externalName"]).to_owned(),
        None => "<unknown>".to_owned(),
    }
}

/// Addresses and names of `status.loadBalancer`, sorted.
fn ingress_points(object: &Value) -> BTreeSet<String> {
    list(object, &["status", "loadBalancer", "ingress"])
        .iter()
        .map(|it| match text(it, &["ip"]) {
            "" => text(it, &["hostname"]),
            ip => ip,
        })
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Addresses of an Endpoints object: `<none>` without subsets, at most three.
#[must_use]
pub fn endpoints(object: &Value) -> String {
    let subsets = list(object, &["subsets"]);
    if subsets.is_empty() {
        return "<none>".to_owned();
    }
    let mut all = Vec::new();
    for subset in subsets {
        let addresses = list(subset, &["addresses"]);
        let ports = list(subset, &["ports"]);
        if ports.is_empty() {
            all.extend(addresses.iter().map(|it| text(it, &["ip"]).to_owned()));
        }
        for port in ports {
            all.extend(
                addresses
                    .iter()
                    .map(|it| host_port(text(it, &["ip"]), number(port, &["port"]))),
            );
        }
    }
    with_more(all, "")
}

/// At most three entries and how many more there are; another text where there are none.
fn with_more(all: Vec<String>, otherwise: &str) -> String {
    let shown = joined_or(&all[..all.len().min(MOST)], otherwise);
    match all.len().checked_sub(MOST) {
        None | Some(0) => shown,
        Some(n_more) => format!("{shown} + {n_more} more..."),
    }
}

fn endpoint_slice(name: String, age: String, object: &Value) -> Vec<String> {
    let ports = list(object, &["ports"])
        .iter()
        .map(|port| match at(port, &["port"]) {
            Some(number) => scalar(number),
            None => at(port, &["name"]).map_or_else(|| "*".to_owned(), scalar),
        })
        .collect();
    let addresses = list(object, &["endpoints"])
        .iter()
        .flat_map(|it| list(it, &["addresses"]))
        .map(scalar)
        .collect();
    vec![
        name,
        text(object, &["addressType"]).to_owned(),
        with_more(ports, "<unset>"),
        with_more(addresses, "<unset>"),
        age,
    ]
}

fn ingress(name: String, age: String, object: &Value) -> Vec<String> {
    let rules = list(object, &["spec", "rules"]);
    let mut hosts: Vec<String> = Vec::new();
    // Whether rules follow the one that has the third host.
    let mut more = false;
    for rule in rules {
        more |= hosts.len() == MOST;
        let host = text(rule, &["host"]);
        if !more && !host.is_empty() {
            hosts.push(host.to_owned());
        }
    }
    let hosts = if more {
        format!("{} + {} more...", hosts.join(","), rules.len() - MOST)
    } else {
        joined_or(&hosts, "*")
    };
    let address: Vec<String> = ingress_points(object).into_iter().collect();
    let ports = if list(object, &["spec", "tls"]).is_empty() {
        "80"
    } else {
        "80, 443"
    };
    let class = at(object, &["spec", "ingressClassName"]).map_or_else(|| "<none>".to_owned(), scalar);
    vec![name, class, hosts, address.join(","), ports.to_owned(), age]
}

fn ingress_class(name: String, age: String, object: &Value) -> Vec<String> {
    let is_default = text(
        object,
        &["metadata", "annotations", "ingressclass.kubernetes.io/is-default-class"],
    ) == "true";
    let parameters = match at(object, &["spec", "parameters"]) {
        None => "<none>".to_owned(),
        Some(it) => {
            let group = at(it, &["apiGroup"]).map_or_else(String::new, |group| format!(".{}", scalar(group)));
            format!("{}{group}/{}", text(it, &["kind"]), text(it, &["name"]))
        }
    };
    vec![
        if is_default { format!("{name} (default)") } else { name },
        text(object, &["spec", "controller"]).to_owned(),
        parameters,
        age,
    ]
}

fn node(name: String, age: String, object: &Value) -> Vec<String> {
    let mut status = match list(object, &["status", "conditions"])
        .iter()
        .find(|it| text(it, &["type"]) == "Ready")
    {
        Some(it) if text(it, &["status"]) == "True" => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => "Unknown".to_owned(),
    };
    if flag(object, &["spec", "unschedulable"]) {
        status.push_str(",SchedulingDisabled");
    }
    let address = |kind: &str| {
        list(object, &["status", "addresses"])
            .iter()
            .find(|it| text(it, &["type"]) == kind)
            .map_or("<none>", |it| text(it, &["address"]))
            .to_owned()
    };
    let info = |field| text(object, &["status", "nodeInfo", field]);
    let kernel = match (info("kernelVersion"), info("architecture")) {
        ("", _) => "<unknown>".to_owned(),
        (kernel, "") => kernel.to_owned(),
        (kernel, architecture) => format!("{kernel} ({architecture})"),
    };
    let or_unknown = |text: &str| if text.is_empty() { "<unknown>" } else { text }.to_owned();
    vec![
        name,
        status,
        roles(object),
        age,
        info("kubeletVersion").to_owned(),
        address(NodeAddress::INTERNAL_IP),
        address(NodeAddress::EXTERNAL_IP),
        or_unknown(info("osImage")),
        kernel,
        or_unknown(info("containerRuntimeVersion")),
    ]
}

/// The ROLES of a Node, which its labels name; `<none>` without (`findNodeRoles`).
#[must_use]
pub fn roles(object: &Value) -> String {
    let roles: BTreeSet<String> = map(object, &["metadata", "labels"])
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role.to_owned()),
            None if key == "kubernetes.io/role" => Some(scalar(value)),
            None => None,
        })
        .filter(|it| !it.is_empty())
        .collect();
    joined_or(&roles.into_iter().collect::<Vec<_>>(), "<none>")
}

fn pod(name: String, age: String, object: &Value, now: Instant) -> Vec<String> {
    let summary = PodSummary::of(object);
    let restarts = match &summary.last_restart {
        Some(at) if summary.restarts > 0 => format!("{} ({} ago)", summary.restarts, age::since(Some(at), now)),
        _ => summary.restarts.to_string(),
    };
    let or_none = |text: &str| if text.is_empty() { "<none>" } else { text }.to_owned();
    let ip = match list(object, &["status", "podIPs"]).first() {
        Some(first) => text(first, &["ip"]),
        None => text(object, &["status", "podIP"]),
    };
    let gates = list(object, &["spec", "readinessGates"]);
    let gates = if gates.is_empty() {
        "<none>".to_owned()
    } else {
        let n_true = gates
            .iter()
            .filter(|gate| condition(object, text(gate, &["conditionType"])) == Some("True"))
            .count();
        format!("{n_true}/{}", gates.len())
    };
    vec![
        name,
        format!("{}/{}", summary.ready, summary.total),
        summary.status,
        restarts,
        age,
        or_none(ip),
        or_none(text(object, &["spec", "nodeName"])),
        or_none(text(object, &["status", "nominatedNodeName"])),
        gates,
    ]
}

/// Status of a condition.
fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a str> {
    list(object, &["status", "conditions"])
        .iter()
        .find(|it| text(it, &["type"]) == kind)
        .map(|it| text(it, &["status"]))
}

/// What READY, STATUS and RESTARTS of a pod come from.
struct PodSummary {
    ready: usize,
    total: usize,
    status: String,
    restarts: i64,
    last_restart: Option<String>,
}

impl PodSummary {
    /// `printPod`, step by step.
    fn of(object: &Value) -> Self {
        let is_sidecar = |container: &Value| text(container, &["restartPolicy"]) == "Always";
        let init_specs = list(object, &["spec", "initContainers"]);
        let n_sidecars = init_specs.iter().filter(|it| is_sidecar(it)).count();
        let total = list(object, &["spec", "containers"]).len() + n_sidecars;
        let mut it = Self {
            ready: 0,
            total,
            status: text(object, &["status", "phase"]).to_owned(),
            restarts: 0,
            last_restart: None,
        };
        if let Some(reason) = at(object, &["status", "reason"]).and_then(Value::as_str) {
            it.status = reason.to_owned();
        }
        let gated = list(object, &["status", "conditions"])
            .iter()
            .any(|it| text(it, &["type"]) == "PodScheduled" && text(it, &["reason"]) == "SchedulingGated");
        if gated {
            it.status = "SchedulingGated".to_owned();
        }
        let mut initializing = false;
        let (mut sidecar_restarts, mut sidecar_last) = (0, None);
        for (idx, container) in list(object, &["status", "initContainerStatuses"]).iter().enumerate() {
            it.count_restarts(container);
            let spec = init_specs
                .iter()
                .find(|spec| text(spec, &["name"]) == text(container, &["name"]));
            let sidecar = spec.is_some_and(is_sidecar);
            if sidecar {
                sidecar_restarts += number(container, &["restartCount"]);
                sidecar_last = sidecar_last.max(finished_at(container));
            }
            let terminated = at(container, &["state", "terminated"]);
            let waiting = text(container, &["state", "waiting", "reason"]);
            if terminated.is_some_and(|it| number(it, &["exitCode"]) == 0) {
                continue;
            }
            if sidecar && flag(container, &["started"]) {
                it.ready += usize::from(flag(container, &["ready"]));
                continue;
            }
            it.status = match terminated {
                Some(state) => format!("Init:{}", exit_reason(state)),
                None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
                None => format!("Init:{idx}/{}", init_specs.len()),
            };
            initializing = true;
            break;
        }
        if !initializing || condition(object, "Initialized") == Some("True") {
            it.restarts = sidecar_restarts;
            it.last_restart = sidecar_last;
            it.containers(object);
        }
        if at(object, &["metadata", "deletionTimestamp"]).is_some() {
            if text(object, &["status", "reason"]) == "NodeLost" {
                it.status = "Unknown".to_owned();
            } else if !phase(object).is_some_and(PodPhase::is_terminal) {
                it.status = "Terminating".to_owned();
            }
        }
        it
    }

    fn containers(&mut self, object: &Value) {
        let mut has_running = false;
        for container in list(object, &["status", "containerStatuses"]).iter().rev() {
            self.count_restarts(container);
            let waiting = text(container, &["state", "waiting", "reason"]);
            if !waiting.is_empty() {
                self.status = waiting.to_owned();
            } else if let Some(state) = at(container, &["state", "terminated"]) {
                self.status = exit_reason(state);
            } else if flag(container, &["ready"]) && at(container, &["state", "running"]).is_some() {
                has_running = true;
                self.ready += 1;
            }
        }
        if self.status == "Completed" && has_running {
            let ready = condition(object, "Ready") == Some("True");
            self.status = if ready { "Running" } else { "NotReady" }.to_owned();
        }
    }

    fn count_restarts(&mut self, container: &Value) {
        self.restarts += number(container, &["restartCount"]);
        self.last_restart = self.last_restart.take().max(finished_at(container));
    }
}

/// When a container last ended. RFC 3339 in UTC sorts by time.
fn finished_at(container: &Value) -> Option<String> {
    at(container, &["lastState", "terminated", "finishedAt"])
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// Why a container ended: its reason, else its signal or exit code.
fn exit_reason(state: &Value) -> String {
    match (text(state, &["reason"]), number(state, &["signal"])) {
        ("", 0) => format!("ExitCode:{}", number(state, &["exitCode"])),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hosts_are_counted_behind_the_third() {
        let hosts = |all: &[&str]| {
            let rules: Vec<Value> = all.iter().map(|it| json!({"host": it})).collect();
            ingress(String::new(), String::new(), &json!({"spec": {"rules": rules}}))[2].clone()
        };
        assert_eq!(hosts(&["a", "b", "c"]), "a,b,c");
        assert_eq!(hosts(&["a", "b", "c", ""]), "a,b,c + 1 more...");
        assert_eq!(hosts(&["", "a", "b", "c"]), "a,b,c");
        assert_eq!(hosts(&["", ""]), "*");
    }

    #[test]
    fn more_than_three_are_counted() {
        let addresses: Vec<Value> = (1..=5).map(|it| json!({"ip": format!("10.0.0.{it}")})).collect();
        let object = json!({"subsets": [{"addresses": addresses, "ports": [{"port": 80}]}]});
        assert_eq!(endpoints(&object), "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...");
        assert_eq!(endpoints(&json!({})), "<none>");
        assert_eq!(
            endpoints(&json!({"subsets": [{"notReadyAddresses": [{"ip": "10.0.0.1"}]}]})),
            ""
        );
    }

    #[test]
    fn a_pods_status_comes_from_its_containers() {
        let summary = |status: Value| {
            let pod = json!({"spec": {"containers": [{}, {}], "initContainers": [{"name": "i"}]}, "status": status});
            let it = PodSummary::of(&pod);
            (it.status, it.ready)
        };
        assert_eq!(summary(json!({"phase": "Pending"})), ("Pending".to_owned(), 0));
        assert_eq!(
            summary(json!({"phase": "Running", "containerStatuses": [
                {"ready": true, "state": {"running": {}}},
                {"ready": false, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
            ]})),
            ("CrashLoopBackOff".to_owned(), 1)
        );
        assert_eq!(
            summary(json!({"phase": "Pending", "initContainerStatuses": [{"name": "i", "state": {"running": {}}}]})),
            ("Init:0/1".to_owned(), 0)
        );
        assert_eq!(
            summary(json!({"phase": "Failed", "containerStatuses": [{"state": {"terminated": {"exitCode": 3}}}]})),
            ("ExitCode:3".to_owned(), 0)
        );
    }
}
