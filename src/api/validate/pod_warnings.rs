//! What the API server takes of pods and pod templates, but warns of (`kubernetes pkg/api/pod/warnings.go`,
//! `pkg/api/node/util.go`).
//!
//! Not here: what names of pods are for (`warnings`), and claims of volumes.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::codes::Warning;
use crate::api::defaults::quantity;
use crate::api::tree::{at, get, has, int, items, text as text_of};

/// Labels of nodes by older names: the label, since when, and what took its place.
const OLD_LABELS: [(&str, &str, &str); 4] = [
    ("beta.kubernetes.io/arch", "v1.14", "kubernetes.io/arch"),
    ("beta.kubernetes.io/os", "v1.14", "kubernetes.io/os"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "v1.17",
        "topology.kubernetes.io/region",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "v1.17",
        "topology.kubernetes.io/zone",
    ),
];

/// Annotations without effect.
const OLD_ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];

/// Kinds of volumes that are on their way out, or gone.
const OLD_VOLUMES: [(&str, &str); 9] = [
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

const SECCOMP: &str = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
const APP_ARMOR: &str = "deprecated since v1.30; use the \"appArmorProfile\" field instead";

/// Warnings about a pod, or about the template at `path`.
pub(super) fn warnings(pod: &Value, path: Option<&str>, found: &mut Vec<Warning>) {
    let under = |name: &str| match path {
        Some(path) => format!("{path}.{name}"),
        None => name.to_owned(),
    };
    let spec = get(pod, "spec");
    let spec_path = under("spec");
    placement(spec, &spec_path, found);
    let annotations = at(pod, &["metadata", "annotations"]);
    let annotation = |key: &str, words: &'static str, found: &mut Vec<Warning>| {
        if has(annotations, key) {
            let field = format!("{}[{key}]", under("metadata.annotations"));
            found.push(Warning::Said { field, words });
        }
    };
    for (key, words) in OLD_ANNOTATIONS {
        annotation(key, words, found);
    }
    volumes(spec, &spec_path, found);
    aliases_and_secrets(spec, &spec_path, found);
    bytes(get(spec, "overhead"), &format!("{spec_path}.overhead"), found);
    let security = get(spec, "securityContext");
    if !has(security, "seccompProfile") {
        annotation("seccomp.security.alpha.kubernetes.io/pod", SECCOMP, found);
    }
    let all = containers(spec, &spec_path);
    for (place, container) in &all {
        let name = text_of(container, "name");
        let own = get(container, "securityContext");
        if !has(own, "seccompProfile") {
            let key = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
            annotation(&key, SECCOMP, found);
        }
        if path.is_some() && !has(security, "appArmorProfile") && !has(own, "appArmorProfile") {
            let key = format!("container.apparmor.security.beta.kubernetes.io/{name}");
            annotation(&key, APP_ARMOR, found);
        }
        resources(get(container, "resources"), place, found);
        variables(container, place, found);
    }
    ports(&all, found);
    port_names(&all, found);
    if int(spec, "terminationGracePeriodSeconds") < 0 {
        found.push(Warning::Said {
            field: format!("{spec_path}.terminationGracePeriodSeconds"),
            words: "must be >= 0; negative values are invalid and will be treated as 1",
        });
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let affinity = at(spec, &["affinity", kind]);
        for (list, inner) in [
            ("requiredDuringSchedulingIgnoredDuringExecution", ""),
            ("preferredDuringSchedulingIgnoredDuringExecution", "podAffinityTerm"),
        ] {
            for (index, term) in items(affinity, list).iter().enumerate() {
                let (term, dot) = if inner.is_empty() {
                    (term, "")
                } else {
                    (get(term, inner), ".")
                };
                if !has(term, "labelSelector") {
                    found.push(Warning::SelectorMissing {
                        field: format!("{spec_path}.affinity.{kind}.{list}[{index}]{dot}{inner}.labelSelector"),
                    });
                }
            }
        }
    }
}

/// All containers with their places, in the order in which they are visited.
fn containers<'a>(spec: &'a Value, path: &str) -> Vec<(String, &'a Value)> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    lists
        .into_iter()
        .flat_map(|list| {
            let all = items(spec, list).iter().enumerate();
            all.map(move |(index, container)| (format!("{path}.{list}[{index}]"), container))
        })
        .collect()
}

/// Labels of nodes by older names, and spreading that counts no pod.
fn placement(spec: &Value, path: &str, found: &mut Vec<Warning>) {
    for (label, since, instead) in OLD_LABELS {
        if has(get(spec, "nodeSelector"), label) {
            found.push(Warning::OldNodeLabel {
                list: format!("{path}.nodeSelector"),
                label,
                since,
                instead,
            });
        }
    }
    let old_key = |field: String, key: &str, found: &mut Vec<Warning>| {
        let old = OLD_LABELS.into_iter().find(|(label, ..)| *label == key);
        if let Some((label, since, instead)) = old {
            found.push(Warning::OldNodeLabelUsed {
                field,
                label,
                since,
                instead,
            });
        }
    };
    let affinity = at(spec, &["affinity", "nodeAffinity"]);
    let base = format!("{path}.affinity.nodeAffinity");
    let term = |term: &Value, place: String, found: &mut Vec<Warning>| {
        for (index, expression) in items(term, "matchExpressions").iter().enumerate() {
            let field = format!("{place}.matchExpressions[{index}].key");
            old_key(field, text_of(expression, "key"), found);
        }
    };
    let required = get(affinity, "requiredDuringSchedulingIgnoredDuringExecution");
    for (index, entry) in items(required, "nodeSelectorTerms").iter().enumerate() {
        let place = format!("{base}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[{index}]");
        term(entry, place, found);
    }
    let preferred = items(affinity, "preferredDuringSchedulingIgnoredDuringExecution");
    for (index, entry) in preferred.iter().enumerate() {
        let place = format!("{base}.preferredDuringSchedulingIgnoredDuringExecution[{index}].preference");
        term(get(entry, "preference"), place, found);
    }
    for (index, spread) in items(spec, "topologySpreadConstraints").iter().enumerate() {
        let place = format!("{path}.topologySpreadConstraints[{index}]");
        old_key(format!("{place}.topologyKey"), text_of(spread, "topologyKey"), found);
        if !has(spread, "labelSelector") {
            found.push(Warning::SelectorMissing {
                field: format!("{place}.labelSelector"),
            });
        }
    }
}

fn volumes(spec: &Value, path: &str, found: &mut Vec<Warning>) {
    let all = items(spec, "volumes");
    for (index, volume) in all.iter().enumerate() {
        for (name, words) in OLD_VOLUMES {
            if has(volume, name) {
                let field = format!("{path}.volumes[{index}].{name}");
                found.push(Warning::Said { field, words });
            }
        }
    }
    // What else is put where the token of a service account is.
    let sources = |volume| items(get(volume, "projected"), "sources").iter();
    let tokens: Vec<&str> = all
        .iter()
        .flat_map(sources)
        .filter(|source| has(source, "serviceAccountToken"))
        .map(|source| text_of(get(source, "serviceAccountToken"), "path"))
        .collect();
    for (index, volume) in all.iter().enumerate() {
        let place = format!("{path}.volumes[{index}].projected.sources");
        let mut same = |field: String, written: &str| {
            if tokens.contains(&written) {
                let path = written.to_owned();
                found.push(Warning::TokenHidden { field, path });
            }
        };
        for source in sources(volume) {
            for (kind, printed) in [
                ("configMap", "configMap"),
                ("secret", "secrets"),
                ("downwardAPI", "downwardAPI"),
            ] {
                for (item, entry) in items(get(source, kind), "items").iter().enumerate() {
                    same(format!("{place}.{printed}[{item}]"), text_of(entry, "path"));
                }
            }
            let bundle = get(source, "clusterTrustBundle");
            if !bundle.is_null() {
                same(format!("{place}.ClusterTrustBundle"), text_of(bundle, "path"));
            }
        }
    }
}

fn aliases_and_secrets(spec: &Value, path: &str, found: &mut Vec<Warning>) {
    for (list, what) in [("hostAliases", "ip"), ("imagePullSecrets", "name")] {
        let mut seen: Vec<&str> = Vec::new();
        for (index, entry) in items(spec, list).iter().enumerate() {
            let value = text_of(entry, what);
            if seen.contains(&value) {
                found.push(Warning::ListedTwice {
                    field: format!("{path}.{list}[{index}].{what}"),
                    what,
                    value: value.to_owned(),
                });
            }
            seen.push(value);
        }
    }
    for (index, entry) in items(spec, "imagePullSecrets").iter().enumerate() {
        if text_of(entry, "name").is_empty() {
            found.push(Warning::Said {
                field: format!("{path}.imagePullSecrets[{index}].name"),
                words: "invalid empty name \"\"",
            });
        }
    }
}

/// Memory and storage in parts of bytes.
fn bytes(amounts: &Value, path: &str, found: &mut Vec<Warning>) {
    for name in ["memory", "ephemeral-storage"] {
        part_of_byte(amounts, path, name, found);
    }
}

fn part_of_byte(amounts: &Value, path: &str, name: &str, found: &mut Vec<Warning>) {
    let amount = get(amounts, name);
    if quantity::milli(amount).is_some_and(|milli| milli % 1000 != 0) {
        found.push(Warning::PartOfByte {
            field: format!("{path}[{name}]"),
            value: quantity::canonical(amount).unwrap_or_default(),
        });
    }
}

fn resources(resources: &Value, place: &str, found: &mut Vec<Warning>) {
    for name in ["memory", "ephemeral-storage"] {
        for list in ["limits", "requests"] {
            part_of_byte(get(resources, list), &format!("{place}.resources.{list}"), name, found);
        }
    }
}

/// Variables that make an earlier one of their name disappear.
fn variables(container: &Value, place: &str, found: &mut Vec<Warning>) {
    let mut names: Vec<&str> = Vec::new();
    for (index, variable) in items(container, "env").iter().enumerate() {
        let name = text_of(variable, "name");
        let before = format!("$({name})");
        let value = text_of(variable, "value");
        let hides = has(variable, "valueFrom") || value == before || !value.contains(&before);
        if names.contains(&name) && hides {
            found.push(Warning::VariableHidden {
                field: format!("{place}.env[{index}]"),
                name: name.to_owned(),
            });
        }
        names.push(name);
    }
}

/// Ports that stand twice, or cannot be told apart.
fn ports(all: &[(String, &Value)], found: &mut Vec<Warning>) {
    let mut known: BTreeMap<(i64, &str), Vec<(String, i64, &str)>> = BTreeMap::new();
    for (place, container) in all {
        for (index, port) in items(container, "ports").iter().enumerate() {
            let field = format!("{place}.ports[{index}]");
            let (number, host) = (int(port, "containerPort"), int(port, "hostPort"));
            let host_ip = text_of(port, "hostIP");
            let protocol = match text_of(port, "protocol") {
                "" => "TCP",
                protocol => protocol,
            };
            if !host_ip.is_empty() && host == 0 {
                found.push(Warning::HostIpAlone {
                    field: field.clone(),
                    port: format!(
                        "{{Name:{} HostPort:0 ContainerPort:{number} Protocol:{protocol} HostIP:{host_ip}}}",
                        text_of(port, "name")
                    ),
                });
            }
            let others = known.entry((number, protocol)).or_default();
            for (first, other_host, other_ip) in &*others {
                let (field, first) = (field.clone(), first.clone());
                if host_ip == *other_ip && host == *other_host {
                    found.push(Warning::PortTwice { field, first });
                } else if host == 0 || *other_host == 0 {
                    found.push(Warning::PortOverlaps { field, first });
                } else if host == *other_host && host_ip.is_empty() != other_ip.is_empty() {
                    found.push(Warning::PortAmbiguous { field, first });
                }
            }
            others.push((field, host, host_ip));
        }
    }
}

/// Names of ports that only the first of a pod's containers has.
fn port_names(all: &[(String, &Value)], found: &mut Vec<Warning>) {
    let mut known: BTreeMap<&str, String> = BTreeMap::new();
    for (place, container) in all {
        for (index, port) in items(container, "ports").iter().enumerate() {
            let name = text_of(port, "name");
            if name.is_empty() {
                continue;
            }
            let field = format!("{place}.ports[{index}]");
            match known.get(name) {
                Some(first) => found.push(Warning::PortNameTwice {
                    field,
                    name: name.to_owned(),
                    first: first.clone(),
                }),
                None => {
                    known.insert(name, field);
                }
            }
        }
    }
}
