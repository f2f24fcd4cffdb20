//! Rules for DaemonSets, ReplicationControllers, Jobs and CronJobs
//! (`kubernetes pkg/apis/{apps,core,batch}/validation/validation.go`).
//!
//! Not here: policies of failure and success of Jobs, which have no effect here.

use serde_json::Value;

use super::apps::is_match;
use super::pod::{self, not_negative};
use super::text::Messages;
use super::{meta, text};
use crate::api::codes::{GeneralCode, NameCode, PodCode, Supported, WorkloadCode};
use crate::api::cron::Schedule;
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::kind::Kind;
use crate::api::tree::{at, get, has, int, text as text_of};
use crate::api::types::meta::{Labels, labels_match};
use crate::api::types::view;

pub(super) fn create(kind: Kind, value: &Value, errors: &mut Vec<FieldError>) {
    let name_rule = if kind == Kind::CronJob {
        cron_job_name
    } else {
        text::dns_subdomain
    };
    meta::object_meta(value, true, name_rule, errors);
    spec(kind, value, errors);
}

pub(super) fn update(kind: Kind, new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    spec(kind, new, errors);
    match kind {
        Kind::DaemonSet => meta::immutable(new, old, &["spec", "selector"], WorkloadCode::SelectorFixed, errors),
        Kind::Job => {
            if text_of(get(new, "spec"), "completionMode") != "Indexed" {
                meta::immutable(new, old, &["spec", "completions"], GeneralCode::Immutable, errors);
            }
            meta::immutable(new, old, &["spec", "selector"], GeneralCode::Immutable, errors);
            // What a suspended Job that never started may change is not told apart here.
            meta::immutable(new, old, &["spec", "template"], WorkloadCode::JobTemplateFixed, errors);
            meta::immutable(new, old, &["spec", "completionMode"], GeneralCode::Immutable, errors);
        }
        _ => {}
    }
}

/// Names of a CronJob's Jobs are eleven characters longer.
fn cron_job_name(name: &str) -> Messages {
    let mut found = text::dns_subdomain(name);
    if name.len() > 52 {
        found.push(NameCode::CronJobTooLong.into());
    }
    found
}

fn spec(kind: Kind, value: &Value, errors: &mut Vec<FieldError>) {
    let spec = get(value, "spec");
    let root = Path::ROOT;
    let path = root.field("spec");
    match kind {
        Kind::DaemonSet => daemon_set(spec, &path, errors),
        Kind::ReplicationController => replication_controller(spec, &path, errors),
        Kind::Job => job(spec, &path, errors),
        _ => cron_job(spec, &path, errors),
    }
}

fn daemon_set(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let selector = get(spec, "selector");
    let below = path.field("selector");
    if !selector.is_null() {
        meta::label_selector(selector, &below, errors);
    }
    let template = get(spec, "template");
    pod::template(template, &path.field("template"), errors);
    let labels = at(template, &["metadata", "labels"]);
    if !is_match(selector, labels) {
        selector_differs(labels, path, errors);
    }
    let nothing = get(selector, "matchLabels")
        .as_object()
        .is_none_or(serde_json::Map::is_empty)
        && crate::api::tree::items(selector, "matchExpressions").is_empty();
    if !selector.is_null() && nothing {
        let code = WorkloadCode::SelectorEmpty { of: "daemonset" };
        errors.push(FieldError::new(&below, BadValue::from(selector), code));
    }
    kept_running(template, "DaemonSet", path, errors);
    not_negative(spec, "minReadySeconds", path, errors);
    let below = path.field("updateStrategy");
    let strategy = get(spec, "updateStrategy");
    if !["RollingUpdate", "OnDelete"].contains(&text_of(strategy, "type")) {
        const SUPPORTED: &[&str] = &["RollingUpdate", "OnDelete"];
        let field = below.field("type");
        errors.push(FieldError::not_supported(&field, text_of(strategy, "type"), SUPPORTED));
    }
    not_negative(spec, "revisionHistoryLimit", path, errors);
}

fn selector_differs(labels: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let template = path.field("template");
    let metadata = template.field("metadata");
    errors.push(FieldError::new(
        &metadata.field("labels"),
        BadValue::from(labels),
        WorkloadCode::SelectorDiffers,
    ));
}

/// Pods that are kept running start again whatever happens, and have no deadline.
fn kept_running(template: &Value, of: &'static str, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let path = path.field("template");
    let below = path.field("spec");
    let spec = get(template, "spec");
    let policy = text_of(spec, "restartPolicy");
    if policy != "Always" && !policy.is_empty() {
        let supported = Supported(&["Always"]);
        let code = PodCode::TemplateRestartPolicy { supported };
        errors.push(FieldError::new(&below.field("restartPolicy"), policy, code));
    }
    if has(spec, "activeDeadlineSeconds") {
        let code = WorkloadCode::ActiveDeadline { of };
        errors.push(FieldError::without_value(&below.field("activeDeadlineSeconds"), code));
    }
}

fn replication_controller(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    not_negative(spec, "minReadySeconds", path, errors);
    let selector = view::read::<Labels>(get(spec, "selector")).unwrap_or_default();
    if selector.is_empty() {
        errors.push(FieldError::required(&path.field("selector")));
    }
    not_negative(spec, "replicas", path, errors);
    let template = get(spec, "template");
    let labels = at(template, &["metadata", "labels"]);
    if !labels_match(&selector, &view::read::<Labels>(labels).unwrap_or_default()) {
        selector_differs(labels, path, errors);
    }
    pod::template(template, &path.field("template"), errors);
    kept_running(template, "ReplicationController", path, errors);
}

fn job(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    for field in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
    ] {
        not_negative(spec, field, path, errors);
    }
    if text_of(spec, "completionMode") == "Indexed" && !has(spec, "completions") {
        let code = WorkloadCode::IndexedWithoutCompletions;
        errors.push(FieldError::without_value(&path.field("completions"), code));
    }
    let template = get(spec, "template");
    let below = path.field("template");
    pod::template(template, &below, errors);
    let below = below.field("spec");
    let policy = text_of(get(template, "spec"), "restartPolicy");
    if matches!(policy, "" | "Always") {
        let code = WorkloadCode::JobRestartPolicy;
        errors.push(FieldError::without_value(&below.field("restartPolicy"), code));
    }
}

fn cron_job(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let schedule = text_of(spec, "schedule");
    if schedule.is_empty() {
        errors.push(FieldError::required(&path.field("schedule")));
    } else if let Err(why) = Schedule::parse(schedule) {
        errors.push(FieldError::new(
            &path.field("schedule"),
            schedule,
            WorkloadCode::Schedule { why },
        ));
    }
    if has(spec, "startingDeadlineSeconds") {
        not_negative(spec, "startingDeadlineSeconds", path, errors);
    }
    let policy = text_of(spec, "concurrencyPolicy");
    if !["Allow", "Forbid", "Replace"].contains(&policy) {
        const SUPPORTED: &[&str] = &["Allow", "Forbid", "Replace"];
        errors.push(FieldError::not_supported(
            &path.field("concurrencyPolicy"),
            policy,
            SUPPORTED,
        ));
    }
    let below = path.field("jobTemplate");
    job(at(spec, &["jobTemplate", "spec"]), &below.field("spec"), errors);
    for field in ["successfulJobsHistoryLimit", "failedJobsHistoryLimit"] {
        if int(spec, field) < 0 {
            not_negative(spec, field, path, errors);
        }
    }
}
