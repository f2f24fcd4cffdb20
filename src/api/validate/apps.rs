//! Rules for Deployments, ReplicaSets and StatefulSets (`kubernetes pkg/apis/apps/validation/validation.go`).

use serde_json::{Value, json};

use super::pod::{self, not_negative};
use super::{meta, text};
use crate::api::codes::{GeneralCode, PodCode, Supported, WorkloadCode};
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::kind::Kind;
use crate::api::tree::{at, get, has, int, items, text as text_of};
use crate::api::types::meta::{LabelSelector, Labels};
use crate::api::types::view;

pub(super) fn create(kind: Kind, value: &Value, errors: &mut Vec<FieldError>) {
    let name_rule = match kind {
        // It becomes the name of its pods' hosts.
        Kind::StatefulSet => text::dns_label,
        _ => text::dns_subdomain,
    };
    meta::object_meta(value, true, name_rule, errors);
    spec(kind, value, errors);
}

pub(super) fn update(kind: Kind, new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    spec(kind, new, errors);
    if kind == Kind::StatefulSet {
        if fixed_part(get(new, "spec")) != fixed_part(get(old, "spec")) {
            let root = Path::ROOT;
            errors.push(FieldError::without_value(
                &root.field("spec"),
                WorkloadCode::StatefulSetFixed,
            ));
        }
    } else {
        meta::immutable(new, old, &["spec", "selector"], WorkloadCode::SelectorFixed, errors);
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
        errors.push(FieldError::without_value(&selector_path, WorkloadCode::NoSelector));
    } else {
        meta::label_selector(selector, &selector_path, errors);
        let nothing = get(selector, "matchLabels")
            .as_object()
            .is_none_or(serde_json::Map::is_empty)
            && items(selector, "matchExpressions").is_empty();
        if nothing {
            // ReplicaSets say "deployment" too.
            let of = if kind == Kind::StatefulSet {
                "statefulset"
            } else {
                "deployment"
            };
            errors.push(FieldError::new(
                &selector_path,
                BadValue::from(selector),
                WorkloadCode::SelectorEmpty { of },
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
                errors.push(FieldError::new(
                    &path.field("progressDeadlineSeconds"),
                    deadline,
                    WorkloadCode::ProgressDeadline,
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
        errors.push(FieldError::new(
            &metadata.field("labels"),
            BadValue::from(labels),
            WorkloadCode::SelectorDiffers,
        ));
    }
    if kind == Kind::StatefulSet {
        // What stands in its pods is looked at when they are made: mounts may name templates of claims
        // (ValidatePodTemplateSpecForStatefulSet).
        pod::template_metadata(template, &path, errors);
    } else {
        pod::template(template, &path, errors);
    }
    let below = path.field("spec");
    let template_spec = get(template, "spec");
    let policy = text_of(template_spec, "restartPolicy");
    if policy != "Always" && !policy.is_empty() {
        let supported = Supported(&["Always"]);
        errors.push(FieldError::new(
            &below.field("restartPolicy"),
            policy,
            PodCode::TemplateRestartPolicy { supported },
        ));
    }
    if has(template_spec, "activeDeadlineSeconds") {
        let of = if kind == Kind::StatefulSet {
            "StatefulSet"
        } else {
            "ReplicaSet"
        };
        errors.push(FieldError::without_value(
            &below.field("activeDeadlineSeconds"),
            WorkloadCode::ActiveDeadline { of },
        ));
    }
}

/// Whether the selector takes the labels. No selector takes nothing; an empty one is not asked.
pub(super) fn is_match(selector: &Value, labels: &Value) -> bool {
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
                errors.push(FieldError::without_value(
                    &path.field("rollingUpdate"),
                    WorkloadCode::RecreateInSteps,
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
            let supported = Supported(&["Recreate", "RollingUpdate"]);
            let code = WorkloadCode::Strategy { supported };
            errors.push(FieldError::new(path, BadValue::raw(printed), code));
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
                    None => errors.push(FieldError::new(&path, text, WorkloadCode::Percent)),
                }
            }
            value => {
                amounts[slot] = value.as_i64().unwrap_or_default();
                if amounts[slot] < 0 {
                    errors.push(FieldError::new(&path, amounts[slot], GeneralCode::Negative));
                }
            }
        }
    }
    let unavailable = get(rolling, "maxUnavailable");
    let path = path.field("maxUnavailable");
    if amounts == [0, 0] {
        errors.push(FieldError::new(&path, unavailable, WorkloadCode::NoRoomToUpdate));
    }
    if unavailable.is_string() && amounts[0] > 100 {
        errors.push(FieldError::new(&path, unavailable, WorkloadCode::PercentOver100));
    }
}

fn stateful_set(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let management = text_of(spec, "podManagementPolicy");
    if !["OrderedReady", "Parallel"].contains(&management) {
        errors.push(FieldError::new(
            &path.field("podManagementPolicy"),
            management,
            WorkloadCode::PodManagement,
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
        "" => errors.push(FieldError::required(&path_of)),
        "OnDelete" if !rolling.is_null() => errors.push(FieldError::new(
            &path_of.field("rollingUpdate"),
            BadValue::raw(printed),
            WorkloadCode::OnDeleteInSteps,
        )),
        "OnDelete" => {}
        "RollingUpdate" => not_negative(rolling, "partition", &path_of.field("rollingUpdate"), errors),
        other => errors.push(FieldError::new(
            &path_of,
            BadValue::raw(format!("{{\"Type\":{},\"RollingUpdate\":{printed}}}", json!(other))),
            WorkloadCode::UpdateStrategy,
        )),
    }
}
