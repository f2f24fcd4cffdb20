//! Defaults of what makes pods (`kubernetes pkg/apis/{apps,batch,core}/v1/defaults.go`).

use serde_json::{Value, json};

use super::pod;
use crate::api::tree::{at, get, has, items_mut, object, set_default, set_if_zero, text};

/// What all three share; hands back the spec.
fn common(value: &mut Value) -> &mut Value {
    object(value, "status");
    let spec = object(value, "spec");
    pod::default_template(object(spec, "template"));
    set_default(spec, "replicas", 1);
    spec
}

pub(super) fn deployment(value: &mut Value) {
    let spec = common(value);
    let strategy = object(spec, "strategy");
    set_if_zero(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = object(strategy, "rollingUpdate");
        set_default(rolling, "maxUnavailable", "25%");
        set_default(rolling, "maxSurge", "25%");
    }
    set_default(spec, "revisionHistoryLimit", 10);
    set_default(spec, "progressDeadlineSeconds", 600);
}

pub(super) fn replica_set(value: &mut Value) {
    common(value);
}

/// How often its template changed stands in an annotation, as the API server writes it.
pub(super) fn daemon_set(value: &mut Value) {
    let annotations = object(object(value, "metadata"), "annotations");
    set_if_zero(annotations, GENERATION, "1");
    object(value, "status");
    let spec = object(value, "spec");
    pod::default_template(object(spec, "template"));
    let strategy = object(spec, "updateStrategy");
    set_if_zero(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = object(strategy, "rollingUpdate");
        set_default(rolling, "maxUnavailable", 1);
        set_default(rolling, "maxSurge", 0);
    }
    set_default(spec, "revisionHistoryLimit", 10);
}

/// Counts how often the template of a DaemonSet changed.
pub const GENERATION: &str = "deprecated.daemonset.template.generation";

pub(super) fn replication_controller(value: &mut Value) {
    labels_of_template(value);
    let spec = common(value);
    let labels = at(spec, &["template", "metadata", "labels"]).clone();
    if labels.is_object() {
        set_if_zero(spec, "selector", labels);
    }
}

/// Labels of an object that has none are those of its template.
fn labels_of_template(value: &mut Value) {
    let labels = at(value, &["spec", "template", "metadata", "labels"]).clone();
    if labels.is_object() {
        set_if_zero(object(value, "metadata"), "labels", labels);
    }
}

pub(super) fn job(value: &mut Value) {
    labels_of_template(value);
    object(value, "status");
    job_spec(object(value, "spec"));
}

fn job_spec(spec: &mut Value) {
    pod::default_template(object(spec, "template"));
    if !has(spec, "completions") && !has(spec, "parallelism") {
        set_default(spec, "completions", 1);
    }
    set_default(spec, "parallelism", 1);
    let limit = if has(spec, "backoffLimitPerIndex") {
        i64::from(i32::MAX)
    } else {
        6
    };
    set_default(spec, "backoffLimit", limit);
    set_if_zero(spec, "completionMode", "NonIndexed");
    set_default(spec, "suspend", false);
    let replaced = if has(spec, "podFailurePolicy") {
        "Failed"
    } else {
        "TerminatingOrFailed"
    };
    set_if_zero(spec, "podReplacementPolicy", replaced);
}

pub(super) fn cron_job(value: &mut Value) {
    object(value, "status");
    let spec = object(value, "spec");
    set_if_zero(spec, "concurrencyPolicy", "Allow");
    set_default(spec, "suspend", false);
    set_default(spec, "successfulJobsHistoryLimit", 3);
    set_default(spec, "failedJobsHistoryLimit", 1);
    // Its Jobs are defaulted when they are made; only their pods are now.
    let job = object(spec, "jobTemplate");
    pod::default_template(object(object(job, "spec"), "template"));
    object(job, "metadata");
}

pub(super) fn stateful_set(value: &mut Value) {
    let spec = common(value);
    set_if_zero(spec, "podManagementPolicy", "OrderedReady");
    let strategy = object(spec, "updateStrategy");
    set_if_zero(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = object(strategy, "rollingUpdate");
        set_default(rolling, "partition", 0);
    }
    let retention = object(spec, "persistentVolumeClaimRetentionPolicy");
    set_if_zero(retention, "whenDeleted", "Retain");
    set_if_zero(retention, "whenScaled", "Retain");
    set_default(spec, "revisionHistoryLimit", 10);
    for claim in items_mut(spec, "volumeClaimTemplates") {
        set_if_zero(claim, "apiVersion", "v1");
        set_if_zero(claim, "kind", "PersistentVolumeClaim");
        if get(claim, "spec").is_object() {
            set_default(&mut claim["spec"], "volumeMode", "Filesystem");
        }
        set_default(claim, "status", json!({}));
        set_if_zero(&mut claim["status"], "phase", "Pending");
    }
}
