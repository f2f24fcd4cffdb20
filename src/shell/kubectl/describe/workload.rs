//! Deployments, ReplicaSets, StatefulSets, DaemonSets, ReplicationControllers, Jobs and CronJobs.

use serde_json::Value;

use super::super::tree::{at, flag, labels, list, number, phase, scalar, selector, text, text_or};
use super::pod::template;
use super::text::{Text, controller};
use crate::api::Kind;
use crate::api::types::pod_phase::PodPhase;
use crate::cluster::Snapshot;
use crate::shell::print::age;
use crate::sim::Instant;

pub(super) fn deployment(out: &mut Text, snapshot: &Snapshot, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.field(0, "Namespace", text(object, &["metadata", "namespace"]));
    out.field(
        0,
        "CreationTimestamp",
        age::rfc1123(text(object, &["metadata", "creationTimestamp"])),
    );
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    out.field(0, "Selector", selector(object, &["spec", "selector"]));
    let count = |field| number(object, &["status", field]);
    out.field(
        0,
        "Replicas",
        format_args!(
            "{} desired | {} updated | {} total | {} available | {} unavailable",
            desired(object),
            count("updatedReplicas"),
            count("replicas"),
            count("availableReplicas"),
            count("unavailableReplicas")
        ),
    );
    out.field(0, "StrategyType", text(object, &["spec", "strategy", "type"]));
    out.field(0, "MinReadySeconds", number(object, &["spec", "minReadySeconds"]));
    if let Some(rolling) = at(object, &["spec", "strategy", "rollingUpdate"]) {
        let part = |field| at(rolling, &[field]).map_or_else(|| "<nil>".to_owned(), scalar);
        out.field(
            0,
            "RollingUpdateStrategy",
            format_args!(
                "{} max unavailable, {} max surge",
                part("maxUnavailable"),
                part("maxSurge")
            ),
        );
    }
    template(out, object);
    conditions(out, object);
    let (new, old) = replica_sets(snapshot, object);
    if new.is_some() || !old.is_empty() {
        out.field(0, "OldReplicaSets", created(&old));
        out.field(0, "NewReplicaSet", created(new.as_slice()));
    }
}

fn desired(object: &Value) -> i64 {
    at(object, &["spec", "replicas"]).and_then(Value::as_i64).unwrap_or(1)
}

fn conditions(out: &mut Text, object: &Value) {
    let conditions = list(object, &["status", "conditions"]);
    if conditions.is_empty() {
        return;
    }
    out.line("Conditions:");
    out.line("  Type\tStatus\tReason");
    out.line("  ----\t------\t------");
    for condition in conditions {
        out.line(format_args!(
            "  {} \t{}\t{}",
            text(condition, &["type"]),
            text(condition, &["status"]),
            text(condition, &["reason"])
        ));
    }
}

/// The ReplicaSet of a Deployment's present template, and older ones that still have pods.
fn replica_sets<'a>(snapshot: &'a Snapshot, object: &Value) -> (Option<&'a Value>, Vec<&'a Value>) {
    let owned: Vec<&Value> = snapshot
        .objects(Kind::ReplicaSet)
        .map(|it| &it.value)
        .filter(|it| owned_by(it, object))
        .collect();
    let is_new = |it: &&&Value| same_template(it, object);
    let new = owned.iter().find(is_new).copied();
    let old = owned
        .into_iter()
        // Told apart by uid, as kubectl does.
        .filter(|it| new.is_none_or(|new| text(new, &["metadata", "uid"]) != text(it, &["metadata", "uid"])))
        .collect();
    (new, old)
}

fn owned_by(object: &Value, owner: &Value) -> bool {
    let namespace = |it: &Value| text(it, &["metadata", "namespace"]).to_owned();
    namespace(object) == namespace(owner)
        && list(object, &["metadata", "ownerReferences"]).iter().any(|it| {
            let uid = text(owner, &["metadata", "uid"]);
            text(it, &["kind"]) == text(owner, &["kind"])
                && text(it, &["name"]) == text(owner, &["metadata", "name"])
                && (uid.is_empty() || text(it, &["uid"]).is_empty() || text(it, &["uid"]) == uid)
        })
}

/// Equal but for the label `pod-template-hash` (`EqualIgnoreHash`).
pub(in super::super) fn same_template(replica_set: &Value, deployment: &Value) -> bool {
    let bare = |it: &Value| {
        let mut template = at(it, &["spec", "template"]).cloned().unwrap_or_default();
        if let Some(labels) = template
            .get_mut("metadata")
            .and_then(|it| it.get_mut("labels"))
            .and_then(Value::as_object_mut)
        {
            labels.remove("pod-template-hash");
        }
        template
    };
    bare(replica_set) == bare(deployment)
}

fn created(all: &[&Value]) -> String {
    let texts: Vec<String> = all
        .iter()
        .map(|it| {
            format!(
                "{} ({}/{} replicas created)",
                text(it, &["metadata", "name"]),
                number(it, &["status", "replicas"]),
                desired(it)
            )
        })
        .collect();
    if texts.is_empty() {
        "<none>".to_owned()
    } else {
        texts.join(", ")
    }
}

pub(super) fn replica_set(out: &mut Text, snapshot: &Snapshot, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.field(0, "Namespace", text(object, &["metadata", "namespace"]));
    out.field(0, "Selector", selector(object, &["spec", "selector"]));
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    if let Some(owner) = controller(object) {
        out.field(0, "Controlled By", owner);
    }
    out.field(
        0,
        "Replicas",
        format_args!(
            "{} current / {} desired",
            number(object, &["status", "replicas"]),
            desired(object)
        ),
    );
    out.field(0, "Pods Status", phases(snapshot, object));
    template(out, object);
    conditions(out, object);
}

pub(super) fn stateful_set(out: &mut Text, snapshot: &Snapshot, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.field(0, "Namespace", text(object, &["metadata", "namespace"]));
    out.field(
        0,
        "CreationTimestamp",
        age::rfc1123(text(object, &["metadata", "creationTimestamp"])),
    );
    out.field(0, "Selector", selector(object, &["spec", "selector"]));
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    out.field(
        0,
        "Replicas",
        format_args!(
            "{} desired | {} total",
            desired(object),
            number(object, &["status", "replicas"])
        ),
    );
    let in_full = snapshot.config().release.describes_stateful_sets_in_full();
    if in_full {
        out.field(0, "Service Name", text(object, &["spec", "serviceName"]));
        out.field(
            0,
            "Pod Management Policy",
            text(object, &["spec", "podManagementPolicy"]),
        );
    }
    out.field(0, "Update Strategy", text(object, &["spec", "updateStrategy", "type"]));
    if let Some(partition) = at(object, &["spec", "updateStrategy", "rollingUpdate", "partition"]) {
        out.field(1, "Partition", scalar(partition));
    }
    if let Some(policy) = at(object, &["spec", "persistentVolumeClaimRetentionPolicy"]).filter(|_| in_full) {
        out.line("PersistentVolumeClaim Retention Policy:");
        out.field(1, "When Deleted", text(policy, &["whenDeleted"]));
        out.field(1, "When Scaled", text(policy, &["whenScaled"]));
    }
    out.field(0, "Pods Status", phases(snapshot, object));
    template(out, object);
    let claims = list(object, &["spec", "volumeClaimTemplates"]);
    if claims.is_empty() {
        out.field(0, "Volume Claims", "<none>");
        return;
    }
    out.line("Volume Claims:");
    for claim in claims {
        out.field(1, "Name", text(claim, &["metadata", "name"]));
        out.field(1, "StorageClass", text(claim, &["spec", "storageClassName"]));
        out.labels("  Labels", claim, &["metadata", "labels"]);
        out.labels("  Annotations", claim, &["metadata", "annotations"]);
        let capacity =
            at(claim, &["spec", "resources", "requests", "storage"]).map_or_else(|| "<default>".to_owned(), scalar);
        out.field(1, "Capacity", capacity);
        let modes = at(claim, &["spec", "accessModes"]).map_or_else(|| "[]".to_owned(), scalar);
        out.field(1, "Access Modes", modes);
    }
}

pub(super) fn daemon_set(out: &mut Text, snapshot: &Snapshot, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.field(0, "Namespace", text(object, &["metadata", "namespace"]));
    out.field(0, "Selector", selector(object, &["spec", "selector"]));
    let nodes = ["spec", "template", "spec", "nodeSelector"];
    out.field(0, "Node-Selector", labels(object, &nodes));
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    for (label, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        (
            "Number of Nodes Scheduled with Up-to-date Pods",
            "updatedNumberScheduled",
        ),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        out.line(format_args!("{label}: {}", number(object, &["status", field])));
    }
    out.field(0, "Pods Status", phases(snapshot, object));
    template(out, object);
}

pub(super) fn replication_controller(out: &mut Text, snapshot: &Snapshot, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.field(0, "Namespace", text(object, &["metadata", "namespace"]));
    out.field(0, "Selector", labels(object, &["spec", "selector"]));
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    let current = number(object, &["status", "replicas"]);
    out.field(
        0,
        "Replicas",
        format_args!("{current} current / {} desired", desired(object)),
    );
    out.field(0, "Pods Status", phases(snapshot, object));
    template(out, object);
    conditions(out, object);
}

pub(super) fn job(out: &mut Text, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.field(0, "Namespace", text(object, &["metadata", "namespace"]));
    out.field(0, "Selector", selector(object, &["spec", "selector"]));
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    if let Some(owner) = controller(object) {
        out.field(0, "Controlled By", owner);
    }
    let spec = |field| at(object, &["spec", field]);
    for (label, field) in [
        ("Parallelism", "parallelism"),
        ("Completions", "completions"),
        ("Completion Mode", "completionMode"),
        ("Suspend", "suspend"),
        ("Backoff Limit", "backoffLimit"),
        ("TTL Seconds After Finished", "ttlSecondsAfterFinished"),
    ] {
        match spec(field) {
            Some(value) => out.field(0, label, scalar(value)),
            None if field == "completions" => out.field(0, label, "<unset>"),
            None => {}
        }
    }
    let time = |field| at(object, &["status", field]).and_then(Value::as_str);
    let (start, end) = (time("startTime"), time("completionTime"));
    for (label, time) in [("Start Time", start), ("Completed At", end)] {
        if let Some(time) = time {
            out.field(0, label, age::rfc1123(time));
        }
    }
    if let (Some(start), Some(end)) = (
        start.and_then(Instant::parse_rfc3339),
        end.and_then(Instant::parse_rfc3339),
    ) {
        out.field(0, "Duration", age::human(end - start));
    }
    if let Some(seconds) = spec("activeDeadlineSeconds") {
        out.field(0, "Active Deadline Seconds", format_args!("{}s", scalar(seconds)));
    }
    let count = |field| number(object, &["status", field]);
    let ready = match at(object, &["status", "ready"]) {
        Some(ready) => format!(" ({} Ready)", scalar(ready)),
        None => String::new(),
    };
    out.field(
        0,
        "Pods Statuses",
        format_args!(
            "{} Active{ready} / {} Succeeded / {} Failed",
            count("active"),
            count("succeeded"),
            count("failed")
        ),
    );
    if text(object, &["spec", "completionMode"]) == "Indexed" {
        out.field(
            0,
            "Completed Indexes",
            text_or(object, &["status", "completedIndexes"], "<none>"),
        );
    }
    template(out, object);
}

pub(super) fn cron_job(out: &mut Text, object: &Value) {
    out.head(object);
    let spec = |field| at(object, &["spec", field]);
    let or_unset = |value: Option<&Value>| value.map_or_else(|| "<unset>".to_owned(), scalar);
    out.field(0, "Schedule", text(object, &["spec", "schedule"]));
    out.field(0, "Concurrency Policy", text(object, &["spec", "concurrencyPolicy"]));
    let suspend = match spec("suspend") {
        None => "<unset>",
        Some(_) if flag(object, &["spec", "suspend"]) => "True",
        Some(_) => "False",
    };
    out.field(0, "Suspend", suspend);
    for (label, field) in [
        ("Successful Job History Limit", "successfulJobsHistoryLimit"),
        ("Failed Job History Limit", "failedJobsHistoryLimit"),
    ] {
        out.field(0, label, or_unset(spec(field)));
    }
    let deadline = spec("startingDeadlineSeconds").map(|it| format!("{}s", scalar(it)));
    out.field(0, "Starting Deadline Seconds", deadline.as_deref().unwrap_or("<unset>"));
    let job = at(object, &["spec", "jobTemplate"]).unwrap_or(&Value::Null);
    match at(job, &["spec", "selector"]) {
        Some(_) => out.field(0, "Selector", selector(job, &["spec", "selector"])),
        None => out.field(0, "Selector", "<unset>"),
    }
    for (label, field) in [("Parallelism", "parallelism"), ("Completions", "completions")] {
        out.field(0, label, or_unset(at(job, &["spec", field])));
    }
    if let Some(seconds) = at(job, &["spec", "activeDeadlineSeconds"]) {
        out.field(0, "Active Deadline Seconds", format_args!("{}s", scalar(seconds)));
    }
    template(out, job);
    let last = at(object, &["status", "lastScheduleTime"]).and_then(Value::as_str);
    out.field(
        0,
        "Last Schedule Time",
        last.map_or_else(|| "<unset>".to_owned(), age::rfc1123),
    );
    let active: Vec<&str> = list(object, &["status", "active"])
        .iter()
        .map(|it| text(it, &["name"]))
        .collect();
    match active[..] {
        [] => out.line("Active Jobs:\t<none>"),
        _ => out.field(0, "Active Jobs", active.join(", ")),
    }
}

/// `3 Running / 0 Waiting / 0 Succeeded / 0 Failed` over the pods an object controls.
fn phases(snapshot: &Snapshot, object: &Value) -> String {
    let count = |wanted: PodPhase| {
        snapshot
            .objects(Kind::Pod)
            .filter(|it| owned_by(&it.value, object))
            .filter(|it| phase(&it.value) == Some(wanted))
            .count()
    };
    format!(
        "{} Running / {} Waiting / {} Succeeded / {} Failed",
        count(PodPhase::Running),
        count(PodPhase::Pending),
        count(PodPhase::Succeeded),
        count(PodPhase::Failed)
    )
}
