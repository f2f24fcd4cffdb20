//! Rules for pods and pod templates as far as networking and common mistakes reach
//! (`kubernetes pkg/apis/core/validation/validation.go`, ValidatePodSpec).
//!
//! `pod_spec` has what stands inside. Not here: device claims, Windows, and what else has no part in traffic.

use std::collections::BTreeSet;

use serde_json::Value;

use super::meta;
use super::pod_diff;
use super::pod_spec as parts;
use super::service::port_number_or_name;
use super::text::{self, report};
use crate::api::codes::{GeneralCode, PodCode, Supported};
use crate::api::defaults::canonical_quantity;
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::tree::{at, get, has, int, items, text as text_of, texts};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

pub(super) fn create(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, true, text::dns_subdomain, errors);
    let root = Path::ROOT;
    let path = root.field("spec");
    spec(get(value, "spec"), PodOf::Itself, &path, errors);
    if !items(get(value, "spec"), "ephemeralContainers").is_empty() {
        errors.push(FieldError::without_value(
            &path.field("ephemeralContainers"),
            PodCode::EphemeralOnCreate,
        ));
    }
}

pub(super) fn update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    let root = Path::ROOT;
    let path = root.field("spec");
    let (now, then) = (get(new, "spec"), get(old, "spec"));
    spec(now, PodOf::Itself, &path, errors);
    let n_containers = |spec: &Value, list: &str| items(spec, list).len();
    for list in ["containers", "initContainers"] {
        if n_containers(now, list) != n_containers(then, list) {
            errors.push(FieldError::without_value(&path.field(list), PodCode::ContainersFixed));
            return;
        }
    }
    deadline(now, then, &path, errors);
    let kept = |old: &Value| {
        let same = |it: &Value| without_seconds(it) == without_seconds(old);
        items(now, "tolerations").iter().any(same)
    };
    if !items(then, "tolerations").iter().all(kept) {
        let path = path.field("tolerations");
        errors.push(FieldError::without_value(&path, PodCode::TolerationsFixed));
    }
    let munged = with_what_may_change(now, then);
    if munged != *then {
        let diff = pod_diff::diff(&munged, then);
        errors.push(FieldError::without_value(&path, PodCode::Fixed { diff }));
    }
}

/// A deadline may only come nearer.
fn deadline(now: &Value, then: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    const FIELD: &str = "activeDeadlineSeconds";
    let path = path.field(FIELD);
    let (now, then) = (get(now, FIELD), get(then, FIELD));
    if now.is_null() && !then.is_null() {
        errors.push(FieldError::new(&path, now, PodCode::DeadlineGone));
    } else if now.as_i64() > then.as_i64() && !then.is_null() {
        errors.push(FieldError::new(&path, now, PodCode::DeadlineLater));
    }
}

fn without_seconds(toleration: &Value) -> Value {
    let mut toleration = toleration.clone();
    crate::api::tree::remove(&mut toleration, "tolerationSeconds");
    toleration
}

/// A spec with the old values of what may change (`ValidatePodUpdate`, mungedPodSpec).
fn with_what_may_change(now: &Value, then: &Value) -> Value {
    let mut spec = now.clone();
    let keep = |into: &mut Value, from: &Value, field: &str| match get(from, field) {
        Value::Null => crate::api::tree::remove(into, field),
        value => into[field] = value.clone(),
    };
    for list in ["containers", "initContainers"] {
        for (container, old) in crate::api::tree::items_mut(&mut spec, list).zip(items(then, list)) {
            keep(container, old, "image");
        }
    }
    for field in ["activeDeadlineSeconds", "tolerations"] {
        keep(&mut spec, then, field);
    }
    const GRACE: &str = "terminationGracePeriodSeconds";
    if int(then, GRACE) < 0 && int(now, GRACE) == 1 {
        keep(&mut spec, then, GRACE);
    }
    spec
}

/// `spec.template` of a workload.
pub(super) fn template(template: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    template_metadata(template, &path.field("metadata"), errors);
    let path = path.field("spec");
    spec(get(template, "spec"), PodOf::Template, &path, errors);
    if !items(get(template, "spec"), "ephemeralContainers").is_empty() {
        errors.push(FieldError::without_value(
            &path.field("ephemeralContainers"),
            PodCode::EphemeralInTemplate,
        ));
    }
}

/// Labels and annotations of a template; `path` is what they are printed under.
pub(super) fn template_metadata(template: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let metadata = get(template, "metadata");
    meta::labels(get(metadata, "labels"), &path.field("labels"), errors);
    let keys = get(metadata, "annotations").as_object().into_iter();
    for key in keys.flat_map(serde_json::Map::keys) {
        let rule = text::qualified_name(&key.to_ascii_lowercase());
        report(errors, &path.field("annotations"), key, rule);
    }
}

/// Whose spec it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PodOf {
    /// A pod's own.
    Itself,
    /// A workload's template.
    Template,
}

fn spec(spec: &Value, of: PodOf, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let volumes = volumes(spec, path, errors);
    let list = path.field("containers");
    let all = items(spec, "containers");
    if all.is_empty() {
        errors.push(FieldError::without_value(&list, PodCode::NoContainers));
    }
    let mut names = BTreeSet::new();
    for (index, container) in all.iter().enumerate() {
        let path = list.index(index);
        container_common(container, spec, &volumes, &path, errors);
        let name = text_of(container, "name");
        if !names.insert(name) {
            errors.push(FieldError::duplicate(&path.field("name"), name));
        }
        container_restarts(container, &path, errors);
        parts::lifecycle(container, &path, errors, handler);
        for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
            if has(container, name) {
                probe(
                    get(container, name),
                    name != "readinessProbe",
                    &path.field(name),
                    errors,
                );
            }
        }
    }
    host_port_conflicts(all, &list, errors);
    let list = path.field("initContainers");
    for (index, container) in items(spec, "initContainers").iter().enumerate() {
        let path = list.index(index);
        container_common(container, spec, &volumes, &path, errors);
        container_restarts(container, &path, errors);
        let name = text_of(container, "name");
        if !names.insert(name) {
            errors.push(FieldError::duplicate(&path.field("name"), name));
        }
        if text_of(container, "restartPolicy") == "Always" {
            parts::lifecycle(container, &path, errors, handler);
        } else {
            for name in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
                if has(container, name) {
                    errors.push(FieldError::without_value(
                        &path.field(name),
                        PodCode::NotForInitContainers,
                    ));
                }
            }
        }
    }
    restart_policy(spec, of, path, errors);
    one_of(
        spec,
        "dnsPolicy",
        &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
        path,
        errors,
    );
    meta::labels(get(spec, "nodeSelector"), &path.field("nodeSelector"), errors);
    parts::placement(spec, path, errors);
    dns_config(spec, path, errors);
    parts::gates(spec, path, errors);
    for (field, rule) in [
        ("serviceAccountName", text::dns_subdomain as fn(&str) -> text::Messages),
        ("nodeName", text::dns_subdomain),
        ("hostname", text::dns_label),
        ("subdomain", text::dns_label),
    ] {
        if field == "hostname" {
            parts::deadline(spec, path, errors);
        }
        let value = text_of(spec, field);
        if !value.is_empty() {
            report(errors, &path.field(field), value, rule(value));
        }
    }
    tolerations(spec, path, errors);
    parts::host_aliases(spec, path, errors);
}

/// `restartPolicy` of a container of its own.
fn container_restarts(container: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    if has(container, "restartPolicy") {
        one_of(
            container,
            "restartPolicy",
            &["Always", "Never", "OnFailure"],
            path,
            errors,
        );
    }
}

/// When the pod's containers start again.
fn restart_policy(spec: &Value, of: PodOf, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    const POLICIES: &[&str] = &["Always", "OnFailure", "Never"];
    let written = text_of(spec, "restartPolicy");
    if of == PodOf::Itself || written.is_empty() {
        one_of(spec, "restartPolicy", POLICIES, path, errors);
    } else if !POLICIES.contains(&written) {
        let supported = Supported(POLICIES);
        let code = PodCode::TemplateRestartPolicy { supported };
        errors.push(FieldError::new(&path.field("restartPolicy"), written, code));
    }
}

/// A field that must hold one of a few values.
fn one_of(value: &Value, field: &str, allowed: &'static [&'static str], path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let written = text_of(value, field);
    if written.is_empty() {
        errors.push(FieldError::required(&path.field(field)));
    } else if !allowed.contains(&written) {
        errors.push(FieldError::not_supported(&path.field(field), written, allowed));
    }
}

/// Checks volumes and hands back their names.
fn volumes<'a>(spec: &'a Value, path: &Path<'_>, errors: &mut Vec<FieldError>) -> BTreeSet<&'a str> {
    let list = path.field("volumes");
    let mut names = BTreeSet::new();
    for (index, volume) in items(spec, "volumes").iter().enumerate() {
        let item = list.index(index);
        let n_errors = errors.len();
        parts::volume_source(volume, &item, errors);
        let path = item.field("name");
        let name = text_of(volume, "name");
        if name.is_empty() {
            errors.push(FieldError::required(&path));
        } else {
            report(errors, &path, name, text::dns_label(name));
        }
        if names.contains(name) {
            errors.push(FieldError::duplicate(&path, name));
        }
        // A volume with a mistake is none that could be mounted.
        if errors.len() == n_errors {
            names.insert(name);
        }
    }
    names
}

fn container_common(
    container: &Value,
    spec: &Value,
    volumes: &BTreeSet<&str>,
    path: &Path<'_>,
    errors: &mut Vec<FieldError>,
) {
    let name = text_of(container, "name");
    if name.is_empty() {
        errors.push(FieldError::required(&path.field("name")));
    } else {
        report(errors, &path.field("name"), name, text::dns_label(name));
    }
    let image = text_of(container, "image");
    if image.is_empty() {
        errors.push(FieldError::without_value(&path.field("image"), PodCode::NoImage));
    } else if image.trim() != image {
        errors.push(FieldError::new(&path.field("image"), image, PodCode::ImageBlanks));
    }
    one_of(
        container,
        "terminationMessagePolicy",
        &["File", "FallbackToLogsOnError"],
        path,
        errors,
    );
    container_ports(
        container,
        get(spec, "hostNetwork").as_bool() == Some(true),
        path,
        errors,
    );
    environment(container, path, errors);
    parts::env_from(container, path, errors);
    let list = path.field("volumeMounts");
    let mut mounted = BTreeSet::new();
    for (index, mount) in items(container, "volumeMounts").iter().enumerate() {
        let path = list.index(index);
        let name = text_of(mount, "name");
        if name.is_empty() {
            errors.push(FieldError::required(&path.field("name")));
        }
        let place = text_of(mount, "mountPath");
        if !volumes.contains(name) {
            errors.push(FieldError::new(&path.field("name"), name, PodCode::NoVolume));
        }
        if place.is_empty() {
            errors.push(FieldError::required(&path.field("mountPath")));
        }
        if !mounted.insert(place) {
            errors.push(FieldError::new(
                &path.field("mountPath"),
                place,
                PodCode::MountPathTwice,
            ));
        }
    }
    one_of(
        container,
        "imagePullPolicy",
        &["Always", "IfNotPresent", "Never"],
        path,
        errors,
    );
    resources(container, path, errors);
    parts::container_security(container, path, errors);
}

fn container_ports(container: &Value, host_network: bool, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let list = path.field("ports");
    let mut names = BTreeSet::new();
    for (index, port) in items(container, "ports").iter().enumerate() {
        let path = list.index(index);
        let name = text_of(port, "name");
        if !name.is_empty() {
            let messages = text::port_name(name);
            if !messages.is_empty() {
                report(errors, &path.field("name"), name, messages);
            } else if !names.insert(name) {
                errors.push(FieldError::duplicate(&path.field("name"), name));
            }
        }
        let (number, host) = (int(port, "containerPort"), int(port, "hostPort"));
        if number == 0 {
            errors.push(FieldError::required(&path.field("containerPort")));
        } else {
            for message in text::port_number(number) {
                errors.push(FieldError::new(&path.field("containerPort"), number, message));
            }
        }
        if host != 0 {
            for message in text::port_number(host) {
                errors.push(FieldError::new(&path.field("hostPort"), host, message));
            }
            if host_network && host != number {
                errors.push(FieldError::new(&path.field("hostPort"), host, PodCode::HostPortDiffers));
            }
        }
        one_of(port, "protocol", &PROTOCOLS, &path, errors);
    }
}

fn host_port_conflicts(containers: &[Value], list: &Path<'_>, errors: &mut Vec<FieldError>) {
    let mut taken = BTreeSet::new();
    for (index, container) in containers.iter().enumerate() {
        let path = list.index(index);
        let ports = path.field("ports");
        for (index, port) in items(container, "ports").iter().enumerate() {
            let host = int(port, "hostPort");
            if host == 0 {
                continue;
            }
            let key = format!("{}/{}/{host}", text_of(port, "protocol"), text_of(port, "hostIP"));
            if taken.contains(&key) {
                let path = ports.index(index);
                errors.push(FieldError::duplicate(&path.field("hostPort"), &*key));
            }
            taken.insert(key);
        }
    }
}

fn environment(container: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let list = path.field("env");
    for (index, variable) in items(container, "env").iter().enumerate() {
        let path = list.index(index);
        let name = text_of(variable, "name");
        if name.is_empty() {
            errors.push(FieldError::required(&path.field("name")));
        } else {
            parts::env_name(name, &path.field("name"), errors);
        }
        if let Value::Object(source) = get(variable, "valueFrom") {
            let from = path.field("valueFrom");
            parts::value_from(get(variable, "valueFrom"), &from, errors);
            if !text_of(variable, "value").is_empty() {
                errors.push(FieldError::new(&from, "", PodCode::ValueAndSource));
            } else if source.is_empty() {
                errors.push(FieldError::new(&from, "", PodCode::NoSource));
            } else if source.len() > 1 {
                errors.push(FieldError::new(&from, "", PodCode::SeveralSources));
            }
        }
    }
}

fn resources(container: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let below = path.field("resources");
    parts::quantities(container, "limits", &below, errors);
    parts::quantities(container, "requests", &below, errors);
    let list = below.field("requests");
    for (name, request) in at(container, &["resources", "requests"])
        .as_object()
        .into_iter()
        .flatten()
    {
        let limit = at(container, &["resources", "limits", name]);
        let (Some(asked), Some(most)) = (amount(request), amount(limit)) else {
            continue;
        };
        if asked > most {
            errors.push(FieldError::new(
                &list,
                request,
                PodCode::RequestOverLimit {
                    resource: name.clone(),
                    limit: limit.as_str().unwrap_or_default().to_owned(),
                },
            ));
        }
    }
}

/// A quantity as a number, to compare.
fn amount(quantity: &Value) -> Option<f64> {
    let text = canonical_quantity(quantity)?;
    let end = text
        .find(|it: char| !it.is_ascii_digit() && it != '-' && it != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let factor = match suffix {
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "" => 1.0,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        exponent => 10.0_f64.powi(exponent.strip_prefix('e')?.parse().ok()?),
    };
    Some(number.parse::<f64>().ok()? * factor)
}

/// One thing to do: of a probe, or of a lifecycle hook.
fn handler(probe: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let mut n_handlers = 0;
    for handler in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        if !has(probe, handler) {
            continue;
        }
        let below = path.field(handler);
        n_handlers += 1;
        if n_handlers > 1 {
            errors.push(FieldError::without_value(&below, PodCode::SeveralHandlers));
            continue;
        }
        let action = get(probe, handler);
        match handler {
            "exec" if items(action, "command").is_empty() => {
                errors.push(FieldError::required(&below.field("command")));
            }
            "httpGet" => {
                port_number_or_name(get(action, "port"), &below.field("port"), errors);
                one_of(action, "scheme", &["HTTP", "HTTPS"], &below, errors);
            }
            "tcpSocket" => port_number_or_name(get(action, "port"), &below.field("port"), errors),
            "grpc" => {
                let number = int(action, "port");
                for message in text::port_number(number) {
                    errors.push(FieldError::new(&below.field("port"), number, message));
                }
            }
            _ => {}
        }
    }
    if n_handlers == 0 {
        errors.push(FieldError::without_value(path, PodCode::NoHandler));
    }
}

fn probe(probe: &Value, once: bool, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    handler(probe, path, errors);
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        not_negative(probe, field, path, errors);
    }
    if once && int(probe, "successThreshold") != 1 {
        errors.push(FieldError::new(
            &path.field("successThreshold"),
            int(probe, "successThreshold"),
            PodCode::SuccessThreshold,
        ));
    }
}

/// A number that may not be below zero.
pub(super) fn not_negative(value: &Value, field: &str, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let number = int(value, field);
    if number < 0 {
        errors.push(FieldError::new(&path.field(field), number, GeneralCode::Negative));
    }
}

fn dns_config(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let config = get(spec, "dnsConfig");
    let path = path.field("dnsConfig");
    let none = text_of(spec, "dnsPolicy") == "None";
    if config.is_null() {
        if none {
            errors.push(FieldError::without_value(&path, PodCode::NoDnsConfig));
        }
        return;
    }
    let servers = texts(config, "nameservers");
    let list = path.field("nameservers");
    if none && servers.is_empty() {
        errors.push(FieldError::without_value(&list, PodCode::NoNameserver));
    }
    if servers.len() > 3 {
        errors.push(FieldError::new(
            &list,
            BadValue::from(get(config, "nameservers")),
            PodCode::TooManyNameservers,
        ));
    }
    for (index, server) in servers.into_iter().enumerate() {
        report(errors, &list.index(index), server, super::ip::address(server));
    }
    let list = path.field("searches");
    for (index, search) in texts(config, "searches").into_iter().enumerate() {
        let name = search.strip_suffix('.').unwrap_or(search);
        if !name.is_empty() {
            report(errors, &list.index(index), name, text::dns_subdomain(name));
        }
    }
    let list = path.field("options");
    for (index, option) in items(config, "options").iter().enumerate() {
        if text_of(option, "name").is_empty() {
            let path = list.index(index);
            errors.push(FieldError::without_value(&path, PodCode::NoDnsOption));
        }
    }
}

fn tolerations(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let list = path.field("tolerations");
    for (index, toleration) in items(spec, "tolerations").iter().enumerate() {
        let path = list.index(index);
        let (key, operator) = (text_of(toleration, "key"), text_of(toleration, "operator"));
        if !key.is_empty() {
            report(errors, &path.field("key"), key, text::qualified_name(key));
        }
        if key.is_empty() && operator != "Exists" {
            errors.push(FieldError::new(
                &path.field("operator"),
                operator,
                PodCode::TolerationOfAll,
            ));
        }
        if has(toleration, "tolerationSeconds") && text_of(toleration, "effect") != "NoExecute" {
            errors.push(FieldError::new(
                &path.field("effect"),
                text_of(toleration, "effect"),
                PodCode::TolerationSeconds,
            ));
        }
        let value = text_of(toleration, "value");
        match operator {
            "" | "Equal" => report(errors, &path.field("operator"), value, text::label_value(value)),
            "Exists" if !value.is_empty() => {
                errors.push(FieldError::new(
                    &path.field("operator"),
                    // The server's own struct, whose fields have no names for JSON.
                    BadValue::raw(format!(
                        "{{\"Key\":{},\"Operator\":{},\"Value\":{},\"Effect\":{},\"TolerationSeconds\":{}}}",
                        serde_json::json!(key),
                        serde_json::json!(operator),
                        serde_json::json!(value),
                        serde_json::json!(text_of(toleration, "effect")),
                        get(toleration, "tolerationSeconds")
                    )),
                    PodCode::TolerationValue,
                ));
            }
            "Exists" => {}
            other => errors.push(FieldError::not_supported(
                &path.field("operator"),
                other,
                &["Equal", "Exists"],
            )),
        }
        let effect = text_of(toleration, "effect");
        if !effect.is_empty() && !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&effect) {
            errors.push(FieldError::not_supported(
                &path.field("effect"),
                effect,
                &["NoSchedule", "PreferNoSchedule", "NoExecute"],
            ));
        }
    }
}
