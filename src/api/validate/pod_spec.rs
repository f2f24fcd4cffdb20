//! Rules for what stands inside pods beside containers' names, ports and probes: sources of variables, volumes,
//! lifecycle hooks, identities, placement (`kubernetes pkg/apis/core/validation/validation.go`).

use serde_json::Value;

use super::ip;
use super::meta;
use super::text::{self, report};
use crate::api::codes::{GeneralCode, PodCode};
use crate::api::defaults::canonical_quantity;
use crate::api::field::{FieldError, Path};
use crate::api::tree::{get, has, int, items, text as text_of, texts};

/// Fields of a pod that a variable may take its value from.
const ENV_FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// Further fields that have a name, but are not for variables.
const OTHER_FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "spec.restartPolicy",
    "spec.schedulerName",
    "status.phase",
];

/// Where a variable's value comes from.
pub(super) fn value_from(source: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    if has(source, "fieldRef") {
        field_ref(get(source, "fieldRef"), &path.field("fieldRef"), errors);
    }
    for field in ["configMapKeyRef", "secretKeyRef"] {
        if !has(source, field) {
            continue;
        }
        let path = path.field(field);
        let (name, key) = (text_of(get(source, field), "name"), text_of(get(source, field), "key"));
        report(errors, &path.field("name"), name, text::dns_subdomain(name));
        if key.is_empty() {
            errors.push(FieldError::required(&path.field("key")));
        } else {
            report(errors, &path.field("key"), key, text::config_key(key));
        }
    }
}

fn field_ref(reference: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let place = path.field("fieldPath");
    let wanted = text_of(reference, "fieldPath");
    if wanted.is_empty() {
        errors.push(FieldError::required(&place));
        return;
    }
    let (base, subscript) = match wanted.strip_suffix("']").and_then(|it| it.split_once("['")) {
        Some((base, key)) => (base, Some(key)),
        None => (wanted, None),
    };
    match subscript {
        Some(key) if matches!(base, "metadata.labels" | "metadata.annotations") => {
            report(errors, path, key, text::qualified_name(key));
        }
        None if ENV_FIELDS.contains(&wanted) => {}
        None if OTHER_FIELDS.contains(&wanted) => errors.push(FieldError::not_supported(&place, wanted, ENV_FIELDS)),
        _ => errors.push(FieldError::new(
            &place,
            wanted,
            PodCode::FieldPath {
                path: wanted.to_owned(),
            },
        )),
    }
}

/// What a variable's name must be.
pub(super) fn env_name(name: &str, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    if !name.bytes().all(|it| (b' '..=b'~').contains(&it) && it != b'=') {
        errors.push(FieldError::new(path, name, PodCode::VariableName));
    }
}

pub(super) fn env_from(container: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let list = path.field("envFrom");
    for (index, source) in items(container, "envFrom").iter().enumerate() {
        let path = list.index(index);
        env_name(text_of(source, "prefix"), &path.field("prefix"), errors);
        let mut n_sources = 0;
        for field in ["configMapRef", "secretRef"] {
            if !has(source, field) {
                continue;
            }
            n_sources += 1;
            let path = path.field(field);
            let name = text_of(get(source, field), "name");
            if name.is_empty() {
                errors.push(FieldError::required(&path.field("name")));
            } else {
                report(errors, &path.field("name"), name, text::dns_subdomain(name));
            }
        }
        if n_sources != 1 {
            let detail = match n_sources {
                0 => PodCode::NoSourceOfAll,
                _ => PodCode::SeveralSources,
            };
            errors.push(FieldError::new(&list, "", detail));
        }
    }
}

/// Kinds of volumes in the order they are looked at, with the field that each needs.
const VOLUMES: &[(&str, &str)] = &[
    ("emptyDir", ""),
    ("hostPath", "path"),
    ("gitRepo", "repository"),
    ("gcePersistentDisk", "pdName"),
    ("awsElasticBlockStore", "volumeID"),
    ("secret", "secretName"),
    ("nfs", "server"),
    ("iscsi", "targetPortal"),
    ("glusterfs", "endpoints"),
    ("flocker", ""),
    ("persistentVolumeClaim", "claimName"),
    ("rbd", "monitors"),
    ("cinder", "volumeID"),
    ("cephfs", "monitors"),
    ("downwardAPI", ""),
    ("fc", ""),
    ("flexVolume", "driver"),
    ("configMap", "name"),
    ("azureFile", "secretName"),
    ("vsphereVolume", "volumePath"),
    ("photonPersistentDisk", "pdID"),
    ("portworxVolume", "volumeID"),
    ("azureDisk", "diskName"),
    ("storageos", ""),
    ("projected", ""),
    ("scaleIO", "gateway"),
    ("csi", "driver"),
    ("ephemeral", ""),
    ("image", ""),
];

/// A volume has one source, and that the field it cannot do without.
pub(super) fn volume_source(volume: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let mut n_sources = 0;
    for (kind, needed) in VOLUMES {
        if !has(volume, kind) {
            continue;
        }
        n_sources += 1;
        let below = path.field(kind);
        let source = get(volume, kind);
        if n_sources > 1 {
            errors.push(FieldError::without_value(&below, PodCode::SeveralVolumeTypes));
        } else if !needed.is_empty() && text_of(source, needed).is_empty() && items(source, needed).is_empty() {
            errors.push(FieldError::required(&below.field(needed)));
        }
    }
}

pub(super) fn lifecycle(
    container: &Value,
    path: &Path<'_>,
    errors: &mut Vec<FieldError>,
    handler: fn(&Value, &Path<'_>, &mut Vec<FieldError>),
) {
    let path = path.field("lifecycle");
    for hook in ["postStart", "preStop"] {
        let action = get(get(container, "lifecycle"), hook);
        if !action.is_null() {
            handler(action, &path.field(hook), errors);
        }
    }
}

/// Users and groups are numbers from 0 to 2147483647.
fn identities(context: &Value, fields: &[&str], path: &Path<'_>, errors: &mut Vec<FieldError>) {
    for field in fields {
        let number = int(context, field);
        if !(0..=i64::from(i32::MAX)).contains(&number) {
            errors.push(FieldError::new(&path.field(field), number, PodCode::Identity));
        }
    }
}

pub(super) fn container_security(container: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let context = get(container, "securityContext");
    identities(
        context,
        &["runAsUser", "runAsGroup"],
        &path.field("securityContext"),
        errors,
    );
}

/// What may be asked of a node without a domain before it.
const RESOURCES: &[&str] = &["cpu", "memory", "ephemeral-storage"];

/// Resources of a container that plain clusters know other names of.
const STANDARD: &[&str] = &[
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
];

/// Names and signs of quantities; `field` is `limits` or `requests`.
pub(super) fn quantities(container: &Value, field: &str, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let path = path.field(field);
    let all = get(get(container, "resources"), field);
    for (name, quantity) in all.as_object().into_iter().flatten() {
        let path = path.key(name);
        report(errors, &path, name, text::qualified_name(name));
        let is_huge = name.starts_with("hugepages-");
        if !name.contains('/') && !is_huge && !RESOURCES.contains(&name.as_str()) {
            if !STANDARD.contains(&name.as_str()) {
                errors.push(FieldError::new(&path, name, PodCode::UnknownResource));
            }
            errors.push(FieldError::new(&path, name, PodCode::NotForContainers));
        }
        if let Some(text) = canonical_quantity(quantity).filter(|it| it.starts_with('-')) {
            errors.push(FieldError::new(&path, &text, GeneralCode::Negative));
        }
    }
}

/// Identities, secrets for images, and where the pod may run.
pub(super) fn placement(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    identities(
        get(spec, "securityContext"),
        &["fsGroup", "runAsUser", "runAsGroup"],
        &path.field("securityContext"),
        errors,
    );
    let list = path.field("imagePullSecrets");
    for (index, secret) in items(spec, "imagePullSecrets").iter().enumerate() {
        if text_of(secret, "name").is_empty() {
            errors.push(FieldError::required(&list.index(index).field("name")));
        }
    }
    affinity(get(spec, "affinity"), &path.field("affinity"), errors);
}

/// Terms that must hold, and terms that are wished for.
const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

fn affinity(affinity: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let nodes = path.field("nodeAffinity");
    let required = get(get(affinity, "nodeAffinity"), REQUIRED);
    if !required.is_null() && items(required, "nodeSelectorTerms").is_empty() {
        let below = nodes.field(REQUIRED);
        errors.push(FieldError::without_value(
            &below.field("nodeSelectorTerms"),
            PodCode::NoNodeTerms,
        ));
    }
    let preferred = items(get(affinity, "nodeAffinity"), PREFERRED);
    weights(preferred, &nodes.field(PREFERRED), errors);
    for kind in ["podAffinity", "podAntiAffinity"] {
        let below = path.field(kind);
        let list = below.field(REQUIRED);
        for (index, term) in items(get(affinity, kind), REQUIRED).iter().enumerate() {
            pod_term(term, &list.index(index), errors);
        }
        let list = below.field(PREFERRED);
        for (index, term) in items(get(affinity, kind), PREFERRED).iter().enumerate() {
            let path = list.index(index);
            weight(term, &path, errors);
            pod_term(get(term, "podAffinityTerm"), &path.field("podAffinityTerm"), errors);
        }
    }
}

fn weights(terms: &[Value], list: &Path<'_>, errors: &mut Vec<FieldError>) {
    for (index, term) in terms.iter().enumerate() {
        weight(term, &list.index(index), errors);
    }
}

fn weight(term: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let weight = int(term, "weight");
    if !(1..=100).contains(&weight) {
        errors.push(FieldError::new(&path.field("weight"), weight, PodCode::Weight));
    }
}

fn pod_term(term: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    for field in ["labelSelector", "namespaceSelector"] {
        if has(term, field) {
            meta::label_selector(get(term, field), &path.field(field), errors);
        }
    }
    let key = text_of(term, "topologyKey");
    if key.is_empty() {
        errors.push(FieldError::without_value(
            &path.field("topologyKey"),
            PodCode::NoTopologyKey,
        ));
    } else {
        report(errors, &path.field("topologyKey"), key, text::qualified_name(key));
    }
}

/// Readiness gates and spreading.
pub(super) fn gates(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let list = path.field("readinessGates");
    for (index, gate) in items(spec, "readinessGates").iter().enumerate() {
        let kind = text_of(gate, "conditionType");
        let path = list.index(index);
        report(errors, &path.field("conditionType"), kind, text::qualified_name(kind));
    }
    let list = path.field("topologySpreadConstraints");
    for (index, constraint) in items(spec, "topologySpreadConstraints").iter().enumerate() {
        let path = list.index(index);
        let skew = int(constraint, "maxSkew");
        if skew <= 0 {
            errors.push(FieldError::new(&path.field("maxSkew"), skew, PodCode::MaxSkew));
        }
        if text_of(constraint, "topologyKey").is_empty() {
            errors.push(FieldError::without_value(
                &path.field("topologyKey"),
                PodCode::NoTopologyKey,
            ));
        }
        let action = text_of(constraint, "whenUnsatisfiable");
        const ALLOWED: [&str; 2] = ["DoNotSchedule", "ScheduleAnyway"];
        if !ALLOWED.contains(&action) {
            errors.push(FieldError::not_supported(
                &path.field("whenUnsatisfiable"),
                action,
                &ALLOWED,
            ));
        }
    }
}

pub(super) fn host_aliases(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let list = path.field("hostAliases");
    for (index, alias) in items(spec, "hostAliases").iter().enumerate() {
        let path = list.index(index);
        let address = text_of(alias, "ip");
        report(errors, &path.field("ip"), address, ip::address(address));
        for name in texts(alias, "hostnames") {
            report(errors, &path.field("hostnames"), name, text::dns_subdomain(name));
        }
    }
}

/// How long a pod may run at all.
pub(super) fn deadline(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let seconds = int(spec, "activeDeadlineSeconds");
    if has(spec, "activeDeadlineSeconds") && !(1..=i64::from(i32::MAX)).contains(&seconds) {
        errors.push(FieldError::new(
            &path.field("activeDeadlineSeconds"),
            seconds,
            PodCode::Deadline,
        ));
    }
}
