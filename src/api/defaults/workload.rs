//! Defaults of Deployment, ReplicaSet and StatefulSet (`kubernetes pkg/apis/apps/v1/defaults.go`).

use serde_json::{Value, json};

use super::pod;
use crate::api::tree::{get, items_mut, object, set_default, set_if_zero, text};

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
