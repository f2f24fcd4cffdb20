//! Rules for kinds that have no part in traffic, where mistakes are common (`kubernetes pkg/apis/{rbac,autoscaling,
//! policy,scheduling,core}/validation/validation.go`, `apiextensions-apiserver pkg/apis/apiextensions/validation`).
//!
//! Told by `kind:`, since such objects are all [`Kind::Other`](crate::api::Kind::Other). Other such kinds have their
//! metadata checked only. Not here: shape of metrics beyond their kind, behavior of autoscalers, schemas of definitions
//! beyond their types.

use serde_json::{Value, json};

use super::meta;
use super::pod::not_negative;
use super::text::{self, Messages, report};
use crate::api::codes::{GeneralCode, OtherCode, WorkloadCode};
use crate::api::defaults::quantity;
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::tree::{at, get, has, int, items, text as text_of, texts};

const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) fn create(value: &Value, errors: &mut Vec<FieldError>) {
    let namespaced = value.pointer("/metadata/namespace").is_some();
    meta::object_meta(value, namespaced, name_rule(value), errors);
    rules(value, errors);
}

pub(super) fn update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    rules(new, errors);
    let root = Path::ROOT;
    match kind(new) {
        (RBAC, "RoleBinding" | "ClusterRoleBinding") if get(new, "roleRef") != get(old, "roleRef") => {
            let role = get(new, "roleRef");
            let printed = format!(
                "{{\"APIGroup\":{},\"Kind\":{},\"Name\":{}}}",
                json!(text_of(role, "apiGroup")),
                json!(text_of(role, "kind")),
                json!(text_of(role, "name"))
            );
            errors.push(FieldError::new(
                &root.field("roleRef"),
                BadValue::raw(printed),
                OtherCode::RoleRefFixed,
            ));
        }
        ("scheduling.k8s.io", "PriorityClass") => {
            if int(new, "value") != int(old, "value") {
                errors.push(FieldError::without_value(
                    &root.field("value"),
                    OtherCode::PriorityFixed,
                ));
            }
            meta::immutable(new, old, &["preemptionPolicy"], GeneralCode::Immutable, errors);
        }
        ("", "PersistentVolumeClaim") => {
            let fixed = |value: &Value| {
                let mut spec = get(value, "spec").clone();
                crate::api::tree::remove(&mut spec, "volumeAttributesClassName");
                crate::api::tree::remove(&mut spec, "resources");
                spec
            };
            if fixed(new) != fixed(old) {
                errors.push(FieldError::without_value(&root.field("spec"), OtherCode::ClaimFixed));
            }
        }
        _ => {}
    }
}

/// Group and kind of an object.
fn kind(value: &Value) -> (&str, &str) {
    let group = text_of(value, "apiVersion")
        .split_once('/')
        .map_or("", |(group, _)| group);
    (group, text_of(value, "kind"))
}

/// What an object of a kind may be called.
fn name_rule(value: &Value) -> fn(&str) -> Messages {
    match kind(value) {
        // Names of RBAC are parts of URLs, and `system:` stands before those of Kubernetes itself.
        (RBAC, _) | ("apiregistration.k8s.io", _) => text::path_segment,
        ("networking.k8s.io", "IPAddress") => address_name,
        ("certificates.k8s.io", _) => |_| Vec::new(),
        _ => text::dns_subdomain,
    }
}

fn address_name(name: &str) -> Messages {
    match name.parse::<std::net::IpAddr>() {
        Ok(address) if address.to_string() == name => Vec::new(),
        _ => vec![OtherCode::AddressName.into()],
    }
}

fn rules(value: &Value, errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let spec = get(value, "spec");
    let path = root.field("spec");
    match kind(value) {
        (RBAC, "Role") => policy_rules(value, true, errors),
        (RBAC, "ClusterRole") => {
            policy_rules(value, false, errors);
            let aggregation = get(value, "aggregationRule");
            if !aggregation.is_null() && items(aggregation, "clusterRoleSelectors").is_empty() {
                let path = root.field("aggregationRule");
                errors.push(FieldError::without_value(
                    &path.field("clusterRoleSelectors"),
                    OtherCode::NoRoleSelectors,
                ));
            }
        }
        (RBAC, "RoleBinding") => binding(value, true, errors),
        (RBAC, "ClusterRoleBinding") => binding(value, false, errors),
        ("autoscaling", "HorizontalPodAutoscaler") => autoscaler(spec, &path, errors),
        ("policy", "PodDisruptionBudget") => budget(spec, &path, errors),
        ("", "PersistentVolumeClaim") => claim(spec, &path, errors),
        ("", "ResourceQuota") => quota(spec, &path, errors),
        ("", "LimitRange") => limit_range(spec, &path, errors),
        ("scheduling.k8s.io", "PriorityClass") => priority(value, errors),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(value, errors),
        ("apiregistration.k8s.io", "APIService") => {
            let wanted = format!("{}.{}", text_of(spec, "version"), text_of(spec, "group"));
            let name = text_of(get(value, "metadata"), "name");
            if name != wanted {
                let path = root.field("metadata");
                let code = OtherCode::ServiceName { name: wanted };
                errors.push(FieldError::new(&path.field("name"), name, code));
            }
        }
        _ => {}
    }
}

/// Rules of a Role or ClusterRole (`ValidatePolicyRule`).
fn policy_rules(value: &Value, namespaced: bool, errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let list = root.field("rules");
    for (index, rule) in items(value, "rules").iter().enumerate() {
        let path = list.index(index);
        let none = |field: &str| items(rule, field).is_empty();
        let mut need = |field: &str, code: OtherCode| {
            if none(field) {
                errors.push(FieldError::without_value(&path.field(field), code));
            }
        };
        need("verbs", OtherCode::NoVerbs);
        if none("nonResourceURLs") {
            need("apiGroups", OtherCode::NoGroups);
            need("resources", OtherCode::NoResources);
            continue;
        }
        let urls = get(rule, "nonResourceURLs");
        let path = path.field("nonResourceURLs");
        if namespaced {
            errors.push(FieldError::new(&path, urls, OtherCode::UrlsInNamespace));
        }
        if !(none("apiGroups") && none("resources") && none("resourceNames")) {
            errors.push(FieldError::new(&path, urls, OtherCode::UrlsAndResources));
        }
    }
}

/// A RoleBinding or ClusterRoleBinding (`ValidateRoleBinding`).
fn binding(value: &Value, namespaced: bool, errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let role = get(value, "roleRef");
    let path = root.field("roleRef");
    let group = text_of(role, "apiGroup");
    if group != RBAC {
        errors.push(FieldError::not_supported(&path.field("apiGroup"), group, &[RBAC]));
    }
    let roles: &'static [&'static str] = if namespaced {
        &["Role", "ClusterRole"]
    } else {
        &["ClusterRole"]
    };
    let kind = text_of(role, "kind");
    if !roles.contains(&kind) {
        errors.push(FieldError::not_supported(&path.field("kind"), kind, roles));
    }
    named(role, text::path_segment, &path, errors);
    let list = root.field("subjects");
    for (index, subject) in items(value, "subjects").iter().enumerate() {
        let path = list.index(index);
        let name = text_of(subject, "name");
        if name.is_empty() {
            errors.push(FieldError::required(&path.field("name")));
        }
        let group = text_of(subject, "apiGroup");
        match text_of(subject, "kind") {
            "ServiceAccount" => {
                if !name.is_empty() {
                    report(errors, &path.field("name"), name, text::dns_subdomain(name));
                }
                if !group.is_empty() {
                    errors.push(FieldError::not_supported(&path.field("apiGroup"), group, &[""]));
                }
                if !namespaced && text_of(subject, "namespace").is_empty() {
                    errors.push(FieldError::required(&path.field("namespace")));
                }
            }
            "User" | "Group" => {
                if group != RBAC {
                    errors.push(FieldError::not_supported(&path.field("apiGroup"), group, &[RBAC]));
                }
            }
            other => errors.push(FieldError::not_supported(
                &path.field("kind"),
                other,
                &["ServiceAccount", "User", "Group"],
            )),
        }
    }
}

/// A name that must be there.
fn named(value: &Value, rule: fn(&str) -> Messages, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let name = text_of(value, "name");
    if name.is_empty() {
        errors.push(FieldError::required(&path.field("name")));
    } else {
        report(errors, &path.field("name"), name, rule(name));
    }
}

/// A HorizontalPodAutoscaler (`validateHorizontalPodAutoscalerSpec`).
fn autoscaler(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let (least, most) = (int(spec, "minReplicas"), int(spec, "maxReplicas"));
    if least < 1 {
        errors.push(FieldError::new(
            &path.field("minReplicas"),
            least,
            OtherCode::MinReplicas,
        ));
    }
    if most < 1 {
        errors.push(FieldError::new(&path.field("maxReplicas"), most, OtherCode::NoReplicas));
    }
    if most < least {
        errors.push(FieldError::new(
            &path.field("maxReplicas"),
            most,
            OtherCode::MaxBelowMin,
        ));
    }
    let target = get(spec, "scaleTargetRef");
    let below = path.field("scaleTargetRef");
    let kind = text_of(target, "kind");
    if kind.is_empty() {
        errors.push(FieldError::required(&below.field("kind")));
    } else {
        report(errors, &below.field("kind"), kind, text::path_segment(kind));
    }
    named(target, text::path_segment, &below, errors);
    let list = path.field("metrics");
    for (index, metric) in items(spec, "metrics").iter().enumerate() {
        self::metric(metric, &list.index(index), errors);
    }
}

const SOURCES: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

fn metric(metric: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let kind = text_of(metric, "type");
    if kind.is_empty() {
        errors.push(FieldError::without_value(&path.field("type"), OtherCode::NoMetricType));
    }
    let source = SOURCES.iter().find(|(name, _)| *name == kind);
    let Some((_, field)) = source else {
        if !kind.is_empty() {
            let all = &["ContainerResource", "External", "Object", "Pods", "Resource"];
            errors.push(FieldError::not_supported(&path.field("type"), kind, all));
        }
        return;
    };
    let source = get(metric, field);
    let path = path.field(field);
    if source.is_null() {
        errors.push(FieldError::without_value(&path, OtherCode::NoMetricSource));
        return;
    }
    if field.ends_with("esource") && text_of(source, "name").is_empty() {
        errors.push(FieldError::without_value(
            &path.field("name"),
            OtherCode::NoMetricResource,
        ));
    }
    let target = path.field("target");
    match text_of(get(source, "target"), "type") {
        "" => errors.push(FieldError::without_value(
            &target.field("type"),
            OtherCode::NoTargetType,
        )),
        "Utilization" | "Value" | "AverageValue" => {}
        other => errors.push(FieldError::not_supported(
            &target.field("type"),
            other,
            &["AverageValue", "Utilization", "Value"],
        )),
    }
}

/// A PodDisruptionBudget (`ValidatePodDisruptionBudgetSpec`).
fn budget(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    if has(spec, "minAvailable") && has(spec, "maxUnavailable") {
        let printed = format!(
            "{{\"MinAvailable\":{},\"Selector\":{},\"MaxUnavailable\":{},\"UnhealthyPodEvictionPolicy\":{}}}",
            get(spec, "minAvailable"),
            get(spec, "selector"),
            get(spec, "maxUnavailable"),
            get(spec, "unhealthyPodEvictionPolicy"),
        );
        errors.push(FieldError::new(path, BadValue::raw(printed), OtherCode::BudgetTwice));
    }
    for field in ["minAvailable", "maxUnavailable"] {
        let amount = get(spec, field);
        let place = path.field(field);
        match amount {
            Value::String(words) => {
                let digits = words.strip_suffix('%').filter(|it| !it.is_empty());
                match digits.filter(|it| it.bytes().all(|byte| byte.is_ascii_digit())) {
                    None => errors.push(FieldError::new(&place, words, WorkloadCode::Percent)),
                    Some(digits) if digits.parse().unwrap_or(u32::MAX) > 100 => {
                        errors.push(FieldError::new(&place, words, WorkloadCode::PercentOver100));
                    }
                    Some(_) => {}
                }
            }
            _ => not_negative(spec, field, path, errors),
        }
    }
    meta::label_selector(get(spec, "selector"), &path.field("selector"), errors);
    let policy = text_of(spec, "unhealthyPodEvictionPolicy");
    if has(spec, "unhealthyPodEvictionPolicy") && !["AlwaysAllow", "IfHealthyBudget"].contains(&policy) {
        errors.push(FieldError::not_supported(
            &path.field("unhealthyPodEvictionPolicy"),
            policy,
            &["AlwaysAllow", "IfHealthyBudget"],
        ));
    }
}

const ACCESS_MODES: &[&str] = &["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// A PersistentVolumeClaim (`ValidatePersistentVolumeClaimSpec`).
fn claim(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    meta::label_selector(get(spec, "selector"), &path.field("selector"), errors);
    let modes = texts(spec, "accessModes");
    let place = path.field("accessModes");
    if modes.is_empty() {
        errors.push(FieldError::without_value(&place, OtherCode::NoAccessMode));
    }
    for mode in modes.iter().copied().filter(|mode| !ACCESS_MODES.contains(mode)) {
        errors.push(FieldError::not_supported(&place, mode, ACCESS_MODES));
    }
    if modes.contains(&"ReadWriteOncePod") && modes.iter().any(|it| *it != "ReadWriteOncePod") {
        errors.push(FieldError::without_value(&place, OtherCode::OncePodAlone));
    }
    let resources = path.field("resources");
    let storage = at(spec, &["resources", "requests", "storage"]);
    let place = resources.key("storage");
    if storage.is_null() {
        errors.push(FieldError::required(&place));
    } else if quantity::milli(storage).is_none_or(|amount| amount <= 0) {
        let printed = quantity::canonical(storage).unwrap_or_default();
        errors.push(FieldError::new(&place, &printed, OtherCode::NotPositive));
    }
    let class = text_of(spec, "storageClassName");
    if !class.is_empty() {
        report(
            errors,
            &path.field("storageClassName"),
            class,
            text::dns_subdomain(class),
        );
    }
    if has(spec, "volumeMode") && !["Block", "Filesystem"].contains(&text_of(spec, "volumeMode")) {
        let mode = text_of(spec, "volumeMode");
        errors.push(FieldError::not_supported(
            &path.field("volumeMode"),
            mode,
            &["Block", "Filesystem"],
        ));
    }
}

/// What is counted by whole objects.
const COUNTS: [&str; 9] = [
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];
const AMOUNTS: [&str; 10] = [
    "cpu",
    "memory",
    "ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "requests.storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
];

/// A ResourceQuota (`ValidateResourceQuotaSpec`).
fn quota(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let list = path.field("hard");
    for (name, amount) in get(spec, "hard").as_object().into_iter().flatten() {
        let place = list.key(name);
        report(errors, &place, name, text::qualified_name(name));
        let whole = COUNTS.contains(&name.as_str());
        if !name.contains('/') && !whole && !AMOUNTS.contains(&name.as_str()) {
            let pages = name.starts_with("hugepages-") || name.starts_with("requests.hugepages-");
            if !pages {
                if name != "storage" {
                    errors.push(FieldError::new(&place, name, OtherCode::StandardResource));
                }
                errors.push(FieldError::new(&place, name, OtherCode::QuotaResource));
            }
        }
        let milli = quantity::milli(amount).unwrap_or_default();
        let printed = quantity::canonical(amount).unwrap_or_default();
        if milli < 0 {
            errors.push(FieldError::new(&place, &printed, GeneralCode::Negative));
        }
        if (whole || name.starts_with("count/")) && milli % 1000 != 0 {
            errors.push(FieldError::new(&place, &printed, OtherCode::NotWhole));
        }
    }
    let list = path.field("scopes");
    let scopes = &[
        "BestEffort",
        "CrossNamespacePodAffinity",
        "NotBestEffort",
        "NotTerminating",
        "PriorityClass",
        "Terminating",
        "VolumeAttributesClass",
    ];
    for scope in texts(spec, "scopes") {
        if !scopes.contains(&scope) {
            errors.push(FieldError::not_supported(&list, scope, scopes));
        }
    }
}

/// A LimitRange (`ValidateLimitRange`).
fn limit_range(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let list = path.field("limits");
    let mut kinds: Vec<&str> = Vec::new();
    for (index, limit) in items(spec, "limits").iter().enumerate() {
        let path = list.index(index);
        let kind = text_of(limit, "type");
        report(errors, &path.field("type"), kind, text::qualified_name(kind));
        if kinds.contains(&kind) {
            errors.push(FieldError::duplicate(&path.field("type"), kind));
        }
        kinds.push(kind);
        if kind == "Pod" {
            for field in ["default", "defaultRequest"] {
                if get(limit, field).as_object().is_some_and(|it| !it.is_empty()) {
                    errors.push(FieldError::without_value(&path.field(field), OtherCode::DefaultOfPod));
                }
            }
        }
        if kind == "PersistentVolumeClaim" && !["min", "max"].iter().any(|it| has(get(limit, it), "storage")) {
            errors.push(FieldError::without_value(&path, OtherCode::NoStorageLimit));
        }
        let mut names: Vec<&str> = Vec::new();
        for field in ["min", "defaultRequest", "default", "max"] {
            let keys = get(limit, field).as_object().into_iter().flatten();
            names.extend(
                keys.map(|(name, _)| name.as_str())
                    .filter(|name| !names.contains(name))
                    .collect::<Vec<_>>(),
            );
        }
        for name in names {
            limit_order(limit, name, &path, errors);
        }
    }
}

/// Pairs of amounts of which the first may not be larger: the fields, their names, and where the error stands.
const LIMIT_ORDER: [(&str, &str, &str, &str, &str, bool); 6] = [
    ("min", "max", "min", "max", "min", true),
    (
        "min",
        "defaultRequest",
        "min",
        "default request",
        "defaultRequest",
        false,
    ),
    (
        "defaultRequest",
        "max",
        "default request",
        "max",
        "defaultRequest",
        true,
    ),
    (
        "defaultRequest",
        "default",
        "default request",
        "default limit",
        "defaultRequest",
        true,
    ),
    ("min", "default", "min", "default", "default", true),
    ("default", "max", "default", "max", "default", false),
];

fn limit_order(limit: &Value, name: &str, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    for (lower, upper, less, more, at, prints_lower) in LIMIT_ORDER {
        let (low, high) = (get(get(limit, lower), name), get(get(limit, upper), name));
        let (Some(small), Some(large)) = (quantity::milli(low), quantity::milli(high)) else {
            continue;
        };
        if small > large {
            let (amount, than) = (
                quantity::canonical(low).unwrap_or_default(),
                quantity::canonical(high).unwrap_or_default(),
            );
            let printed = if prints_lower { amount.clone() } else { than.clone() };
            let code = OtherCode::LimitOrder {
                less,
                amount,
                more,
                than,
            };
            errors.push(FieldError::new(&path.field(at).key(name), &printed, code));
        }
    }
}

/// A PriorityClass (`ValidatePriorityClass`).
fn priority(value: &Value, errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let name = text_of(get(value, "metadata"), "name");
    let number = int(value, "value");
    if name.starts_with("system-") {
        let known = [
            ("system-node-critical", 2_000_001_000),
            ("system-cluster-critical", 2_000_000_000),
        ];
        let why = match known.iter().find(|(known, _)| *known == name) {
            None => Some(format!("{name} is not a known system priority class")),
            Some((_, right)) if *right != number => Some(format!("value of {name} PriorityClass must be {right}")),
            Some(_) if get(value, "globalDefault").as_bool() == Some(true) => {
                Some(format!("globalDefault of {name} PriorityClass must be false"))
            }
            Some(_) => None,
        };
        if let Some(why) = why {
            let path = root.field("metadata");
            errors.push(FieldError::without_value(
                &path.field("name"),
                OtherCode::SystemPriority { why },
            ));
        }
    } else if number > 1_000_000_000 {
        errors.push(FieldError::without_value(
            &root.field("value"),
            OtherCode::PriorityTooHigh,
        ));
    }
    let policy = text_of(value, "preemptionPolicy");
    if has(value, "preemptionPolicy") && !["Never", "PreemptLowerPriority"].contains(&policy) {
        errors.push(FieldError::not_supported(
            &root.field("preemptionPolicy"),
            policy,
            &["PreemptLowerPriority", "Never"],
        ));
    }
}

/// A CustomResourceDefinition (`ValidateCustomResourceDefinition`).
fn definition(value: &Value, errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let spec = get(value, "spec");
    let path = root.field("spec");
    let names = get(spec, "names");
    let below = path.field("names");
    let (group, plural) = (text_of(spec, "group"), text_of(names, "plural"));
    let name = text_of(get(value, "metadata"), "name");
    if name != format!("{plural}.{group}") {
        let metadata = root.field("metadata");
        errors.push(FieldError::new(
            &metadata.field("name"),
            name,
            OtherCode::DefinitionName,
        ));
    }
    if group.is_empty() {
        errors.push(FieldError::required(&path.field("group")));
    } else {
        report(errors, &path.field("group"), group, text::dns_subdomain(group));
    }
    let scope = text_of(spec, "scope");
    match scope {
        "" => errors.push(FieldError::required(&path.field("scope"))),
        "Cluster" | "Namespaced" => {}
        other => errors.push(FieldError::not_supported(
            &path.field("scope"),
            other,
            &["Cluster", "Namespaced"],
        )),
    }
    let list = path.field("versions");
    let versions = items(spec, "versions");
    let stored = |version: &&Value| get(version, "storage").as_bool() == Some(true);
    if versions.iter().filter(stored).count() != 1 {
        // Go prints its own structs here, as long as the whole definition.
        errors.push(FieldError::new(
            &list,
            BadValue::from(get(spec, "versions")),
            OtherCode::StorageVersion,
        ));
    }
    for (index, version) in versions.iter().enumerate() {
        let path = list.index(index);
        let name = text_of(version, "name");
        report(errors, &path.field("name"), name, text::dns_label(name));
        let schema = at(version, &["schema", "openAPIV3Schema"]);
        let below = path.field("schema");
        let below = below.field("openAPIV3Schema");
        if schema.is_null() {
            errors.push(FieldError::without_value(&below, OtherCode::NoSchema));
        } else if text_of(schema, "type").is_empty() {
            errors.push(FieldError::without_value(&below.field("type"), OtherCode::NoSchemaType));
        }
    }
    for field in ["plural", "kind"] {
        if text_of(names, field).is_empty() {
            errors.push(FieldError::required(&below.field(field)));
        }
    }
}
