//! Rules for Deployments, ReplicaSets and StatefulSets (`kubernetes pkg/apis/apps/validation/validation.go`).

use serde_json::{Value, json};

use super::pod::{self, not_negative};
use super::{meta, text};
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::kind::Kind;
use crate::api::tree::{at, get, has, int, items, text as text_of};
use crate::api::types::meta::{LabelSelector, Labels};
use crate::api::types::view;

pub(super) fn create(kind: Kind, value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, true, text::dns_subdomain, errors);
    spec(kind, value, errors);
}

pub(super) fn update(kind: Kind, new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    spec(kind, new, errors);
    if kind == Kind::StatefulSet {
        if fixed_part(get(new, "spec")) != fixed_part(get(old, "spec")) {
            let root = Path::ROOT;
            errors.push(FieldError::forbidden(
                &root.field("spec"),
                "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
            ));
        }
    } else {
        meta::immutable(new, old, &["spec", "selector"], "field is immutable", errors);
    }
}

/// What of a StatefulSet may not change.
fn fixed_part(spec: &Value) -> Value {
    let mut spec = spec.clone();
    for field in [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ] {
        crate::api::tree::remove(&mut spec, field);
    }
    spec
}

fn spec(kind: Kind, value: &Value, errors: &mut Vec<FieldError>) {
    let spec = get(value, "spec");
    let root = Path::ROOT;
    let path = root.field("spec");
    if kind == Kind::StatefulSet {
        stateful_set(spec, &path, errors);
    }
    not_negative(spec, "replicas", &path, errors);
    if kind != Kind::Deployment {
        not_negative(spec, "minReadySeconds", &path, errors);
    }
    let selector = get(spec, "selector");
    let selector_path = path.field("selector");
    if selector.is_null() {
        errors.push(FieldError::required(&selector_path, ""));
    } else {
        meta::label_selector(selector, &selector_path, errors);
        let nothing = get(selector, "matchLabels")
            .as_object()
            .is_none_or(serde_json::Map::is_empty)
            && items(selector, "matchExpressions").is_empty();
        if nothing {
            // ReplicaSets say "deployment" too.
            let noun = if kind == Kind::StatefulSet {
                "statefulset"
            } else {
                "deployment"
            };
            errors.push(FieldError::invalid(
                &selector_path,
                BadValue::from(selector),
                format!("empty selector is invalid for {noun}"),
            ));
        }
    }
    template(kind, spec, selector, &path, errors);
    if kind == Kind::Deployment {
        strategy(get(spec, "strategy"), &path.field("strategy"), errors);
        not_negative(spec, "minReadySeconds", &path, errors);
        not_negative(spec, "revisionHistoryLimit", &path, errors);
        if has(spec, "progressDeadlineSeconds") {
            not_negative(spec, "progressDeadlineSeconds", &path, errors);
            let deadline = int(spec, "progressDeadlineSeconds");
            if deadline <= int(spec, "minReadySeconds") {
                errors.push(FieldError::invalid(
                    &path.field("progressDeadlineSeconds"),
                    deadline,
                    "must be greater than minReadySeconds",
                ));
            }
        }
    }
}

fn template(kind: Kind, spec: &Value, selector: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let template = get(spec, "template");
    let path = path.field("template");
    let labels = at(template, &["metadata", "labels"]);
    if !is_match(selector, labels) {
        let metadata = path.field("metadata");
        errors.push(FieldError::invalid(
            &metadata.field("labels"),
            BadValue::from(labels),
            "`selector` does not match template `labels`",
        ));
    }
    pod::template(template, &path, errors);
    let below = path.field("spec");
    let template_spec = get(template, "spec");
    let policy = text_of(template_spec, "restartPolicy");
    if policy != "Always" && !policy.is_empty() {
        errors.push(FieldError::not_supported(
            &below.field("restartPolicy"),
            policy,
            &["Always"],
        ));
    }
    if has(template_spec, "activeDeadlineSeconds") {
        let noun = if kind == Kind::StatefulSet {
            "StatefulSet"
        } else {
            "ReplicaSet"
        };
        errors.push(FieldError::forbidden(
            &below.field("activeDeadlineSeconds"),
            format!("activeDeadlineSeconds in {noun} is not Supported"),
        ));
    }
}

/// Whether the selector takes the labels. No selector takes nothing; an empty one is not asked.
fn is_match(selector: &Value, labels: &Value) -> bool {
    if selector.is_null() {
        return false;
    }
    let selector = view::read::<LabelSelector>(selector).unwrap_or_default();
    let labels = view::read::<Labels>(labels).unwrap_or_default();
    selector.matches(&labels)
}

fn strategy(strategy: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let rolling = get(strategy, "rollingUpdate");
    match text_of(strategy, "type") {
        "Recreate" => {
            if !rolling.is_null() {
                errors.push(FieldError::forbidden(
                    &path.field("rollingUpdate"),
                    "may not be specified when strategy `type` is 'Recreate'",
                ));
            }
        }
        "RollingUpdate" => rolling_update(rolling, &path.field("rollingUpdate"), errors),
        other => {
            let rolling = match rolling {
                Value::Null => Value::Null,
                some => {
                    json!({"MaxSurge": get(some, "maxSurge"), "MaxUnavailable": get(some, "maxUnavailable")})
                }
            };
            // Go prints its own struct, in the order of its fields.
            let printed = format!("{{\"Type\":{},\"RollingUpdate\":{rolling}}}", json!(other));
            errors.push(FieldError::not_supported(
                path,
                BadValue::raw(printed),
                &["Recreate", "RollingUpdate"],
            ));
        }
    }
}

fn rolling_update(rolling: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let mut amounts = [0, 0];
    for (slot, field) in ["maxUnavailable", "maxSurge"].into_iter().enumerate() {
        let value = get(rolling, field);
        let path = path.field(field);
        match value {
            Value::String(text) => {
                let digits = text
                    .strip_suffix('%')
                    .filter(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()));
                match digits {
                    Some(digits) => amounts[slot] = digits.parse().unwrap_or(i64::MAX),
                    None => errors.push(FieldError::invalid(
                        &path,
                        text,
                        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
                    )),
                }
            }
            value => {
                amounts[slot] = value.as_i64().unwrap_or_default();
                if amounts[slot] < 0 {
                    errors.push(FieldError::invalid(
                        &path,
                        amounts[slot],
                        "must be greater than or equal to 0",
                    ));
                }
            }
        }
    }
    let unavailable = get(rolling, "maxUnavailable");
    let path = path.field("maxUnavailable");
    if amounts == [0, 0] {
        errors.push(FieldError::invalid(
            &path,
            unavailable,
            "may not be 0 when `maxSurge` is 0",
        ));
    }
    if unavailable.is_string() && amounts[0] > 100 {
        errors.push(FieldError::invalid(&path, unavailable, "must not be greater than 100%"));
    }
}

fn stateful_set(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let management = text_of(spec, "podManagementPolicy");
    if !["OrderedReady", "Parallel"].contains(&management) {
        errors.push(FieldError::invalid(
            &path.field("podManagementPolicy"),
            management,
            "must be 'OrderedReady' or 'Parallel'",
        ));
    }
    let path_of = path.field("updateStrategy");
    let strategy = get(spec, "updateStrategy");
    let rolling = get(strategy, "rollingUpdate");
    // Go prints its own structs, in the order of their fields.
    let printed = match rolling {
        Value::Null => Value::Null.to_string(),
        some => format!(
            "{{\"Partition\":{},\"MaxUnavailable\":{}}}",
            int(some, "partition"),
            get(some, "maxUnavailable")
        ),
    };
    match text_of(strategy, "type") {
        "" => errors.push(FieldError::required(&path_of, "")),
        "OnDelete" if !rolling.is_null() => errors.push(FieldError::invalid(
            &path_of.field("rollingUpdate"),
            BadValue::raw(printed),
            "only allowed for updateStrategy 'RollingUpdate'",
        )),
        "OnDelete" => {}
        "RollingUpdate" => not_negative(rolling, "partition", &path_of.field("rollingUpdate"), errors),
        other => errors.push(FieldError::invalid(
            &path_of,
            BadValue::raw(format!("{{\"Type\":{},\"RollingUpdate\":{printed}}}", json!(other))),
            "must be 'RollingUpdate' or 'OnDelete'",
        )),
    }
}
