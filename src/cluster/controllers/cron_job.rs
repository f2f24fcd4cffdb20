//! CronJobs: Jobs by the clock (`kubernetes pkg/controller/cronjob`).
//!
//! Time zones: UTC, and those of the world that have no summer time.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::event_recorder::EventType;
use super::super::reconcile::Reconcile;
use super::super::timers::Timer;
use super::super::tree;
use super::job;
use super::pods::Owner;
use crate::api::cron::Schedule;
use crate::api::{Kind, NamespacedName, Object};
use crate::sim::{Duration, Instant};
use crate::small_sort::SmallSort as _;

/// When a Job was to be made.
const SCHEDULED: &str = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/// Zones without summer time, in minutes east of UTC.
const ZONES: &[(&str, i64)] = &[
    ("UTC", 0),
    ("Etc/UTC", 0),
    ("Etc/GMT", 0),
    ("GMT", 0),
    ("Asia/Seoul", 540),
    ("Asia/Tokyo", 540),
    ("Asia/Shanghai", 480),
    ("Asia/Hong_Kong", 480),
    ("Asia/Singapore", 480),
    ("Asia/Taipei", 480),
    ("Asia/Manila", 480),
    ("Australia/Perth", 480),
    ("Asia/Bangkok", 420),
    ("Asia/Ho_Chi_Minh", 420),
    ("Asia/Jakarta", 420),
    ("Asia/Kolkata", 330),
    ("Asia/Calcutta", 330),
    ("Asia/Dubai", 240),
    ("Europe/Moscow", 180),
    ("Europe/Istanbul", 180),
    ("Africa/Nairobi", 180),
    ("Africa/Johannesburg", 120),
    ("Africa/Lagos", 60),
    ("America/Sao_Paulo", -180),
    ("America/Argentina/Buenos_Aires", -180),
    ("America/Bogota", -300),
    ("America/Lima", -300),
    ("America/Mexico_City", -360),
    ("America/Phoenix", -420),
    ("Pacific/Honolulu", -600),
];

/// Brings one CronJob up to date: what has ended is forgotten, what is due is made.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(object) = ctx.api.store.get(Kind::CronJob, key).map(Arc::clone) else {
        return;
    };
    let meta = object.metadata();
    if meta.deletion_timestamp.is_some() {
        return;
    }
    let owner = Owner::of(Kind::CronJob, key, meta);
    forget(ctx, &owner, &object.value);
    note_ended(ctx, key, &owner, &object.value);
    schedule(ctx, key, &owner, &object);
}

/// The Jobs of a CronJob, oldest first.
fn jobs(ctx: &Reconcile<'_>, uid: &str) -> Vec<Arc<Object>> {
    let mut all: Vec<Arc<Object>> = ctx
        .api
        .store
        .dependents(uid)
        .iter()
        .filter(|(kind, _)| *kind == Kind::Job)
        .filter_map(|(kind, key)| ctx.api.store.get(*kind, key))
        .map(Arc::clone)
        .collect();
    let time = |it: &Arc<Object>| tree::text(&it.value, &["status", "startTime"]).to_owned();
    all.small_sort_by_key(|it| (time(it), it.metadata().name.clone()));
    all
}

fn record(ctx: &mut Reconcile<'_>, owner: &Owner<'_>, event_type: EventType, reason: &str, message: &str) {
    ctx.record_event(&owner.object(), event_type, reason, owner.component(), message);
}

/// Removes the oldest Jobs beyond the limits of history.
fn forget(ctx: &mut Reconcile<'_>, owner: &Owner<'_>, value: &Value) {
    for (condition, limit) in [
        ("Complete", "successfulJobsHistoryLimit"),
        ("Failed", "failedJobsHistoryLimit"),
    ] {
        let Some(limit) = tree::get(value, &["spec", limit]).and_then(Value::as_u64) else {
            continue;
        };
        let all = jobs(ctx, owner.uid);
        let ended: Vec<&Arc<Object>> = all.iter().filter(|it| job::condition(&it.value, condition)).collect();
        let surplus = ended.len().saturating_sub(usize::try_from(limit).unwrap_or(usize::MAX));
        for job in ended.into_iter().take(surplus) {
            ctx.api.remove(Kind::Job, &job.key());
            let message = format!("Deleted job {}", job.metadata().name);
            record(ctx, owner, EventType::Normal, "SuccessfulDelete", &message);
        }
    }
}

fn active(value: &Value) -> Vec<Value> {
    let list = tree::get(value, &["status", "active"]).and_then(Value::as_array);
    list.cloned().unwrap_or_default()
}

/// Takes Jobs that have ended, or are gone, from the list of those that run.
fn note_ended(ctx: &mut Reconcile<'_>, key: &NamespacedName, owner: &Owner<'_>, value: &Value) {
    let mut left = active(value);
    let (mut ended, mut last_success) = (Vec::new(), String::new());
    let before = left.len();
    left.retain(|it| {
        let name = tree::text(it, &["name"]);
        let Some(found) = ctx
            .api
            .store
            .get(Kind::Job, &NamespacedName::new(owner.namespace, name))
        else {
            ended.push((name.to_owned(), "missing"));
            return false;
        };
        if job::condition(&found.value, "Complete") {
            let time = tree::text(&found.value, &["status", "completionTime"]);
            if time > last_success.as_str() {
                time.clone_into(&mut last_success);
            }
            ended.push((name.to_owned(), "Complete"));
        } else if job::condition(&found.value, "Failed") {
            ended.push((name.to_owned(), "Failed"));
        }
        !job::is_over(&found.value)
    });
    for (name, condition) in ended {
        if condition == "missing" {
            let message = format!("Active job went missing: {name}");
            record(ctx, owner, EventType::Normal, "MissingJob", &message);
        } else {
            let message = format!("Saw completed job: {name}, condition: {condition}");
            record(ctx, owner, EventType::Normal, "SawCompletedJob", &message);
        }
    }
    if left.len() == before {
        return;
    }
    ctx.api.store.edit(Kind::CronJob, key, |object| {
        set_active(&mut object.value, left);
        if !last_success.is_empty() {
            tree::set(
                &mut object.value,
                &["status", "lastSuccessfulTime"],
                last_success.into(),
            );
        }
        true
    });
}

fn set_active(value: &mut Value, active: Vec<Value>) {
    if active.is_empty() {
        tree::remove(value, &["status", "active"]);
    } else {
        tree::set(value, &["status", "active"], Value::Array(active));
    }
}

/// Makes the Job that is due, and asks for a turn when the next one will be.
fn schedule(ctx: &mut Reconcile<'_>, key: &NamespacedName, owner: &Owner<'_>, object: &Object) {
    let value = &object.value;
    if tree::get(value, &["spec", "suspend"]) == Some(&Value::Bool(true)) {
        return;
    }
    let Ok(schedule) = Schedule::parse(tree::text(value, &["spec", "schedule"])) else {
        return;
    };
    let zone = tree::text(value, &["spec", "timeZone"]);
    let east = match ZONES.iter().find(|(name, _)| zone.is_empty() || *name == zone) {
        Some((_, minutes)) => Duration::from_secs(minutes * 60),
        None => {
            let message = format!("invalid timeZone: {zone:?}: Kubehop knows UTC and zones without summer time");
            record(ctx, owner, EventType::Warning, "UnknownTimeZone", &message);
            return;
        }
    };
    let now = ctx.now();
    let time = |path: &[&str]| Instant::parse_rfc3339(tree::text(value, path));
    let made = time(&["metadata", "creationTimestamp"]).unwrap_or(now);
    let mut since = time(&["status", "lastScheduleTime"]).unwrap_or(made).max(made);
    let deadline = tree::get(value, &["spec", "startingDeadlineSeconds"]).and_then(Value::as_i64);
    if let Some(deadline) = deadline {
        since = since.max(Instant(now.0 - deadline * 1000));
    }
    let mut due = None;
    let mut next = schedule.next(since, east);
    // The last of the times that were missed counts.
    for _ in 0..1000 {
        let Some(at) = next.filter(|at| *at <= now) else { break };
        due = Some(at);
        next = schedule.next(at, east);
    }
    if let Some(next) = next.filter(|it| *it > now) {
        ctx.wake_at(next, Timer::Workload(Kind::CronJob, key.clone()));
    }
    let Some(due) = due else { return };
    // Its status may have changed in this turn.
    let Some(current) = ctx.api.store.get(Kind::CronJob, key).map(Arc::clone) else {
        return;
    };
    let mut running = active(&current.value);
    match tree::text(value, &["spec", "concurrencyPolicy"]) {
        "Forbid" if !running.is_empty() => {
            let message = "Not starting job because prior execution is running and concurrency policy is Forbid";
            record(ctx, owner, EventType::Normal, "JobAlreadyActive", message);
            return;
        }
        "Replace" => {
            for old in std::mem::take(&mut running) {
                let name = tree::text(&old, &["name"]).to_owned();
                ctx.api.remove(Kind::Job, &NamespacedName::new(owner.namespace, &*name));
                record(
                    ctx,
                    owner,
                    EventType::Normal,
                    "SuccessfulDelete",
                    &format!("Deleted job {name}"),
                );
            }
        }
        _ => {}
    }
    make(ctx, key, owner, value, due, running);
}

/// Makes the Job of a time.
fn make(
    ctx: &mut Reconcile<'_>,
    key: &NamespacedName,
    owner: &Owner<'_>,
    value: &Value,
    due: Instant,
    mut running: Vec<Value>,
) {
    let template = tree::get(value, &["spec", "jobTemplate"]).unwrap_or(&Value::Null);
    let name = format!("{}-{}", owner.name, due.0.div_euclid(60_000));
    let mut metadata = json!({"name": name, "namespace": owner.namespace, "ownerReferences": [owner.reference()]});
    for field in ["labels", "annotations"] {
        if let Some(given) = tree::get(template, &["metadata", field]) {
            tree::set(&mut metadata, &[field], given.clone());
        }
    }
    tree::set(&mut metadata, &["annotations", SCHEDULED], due.to_string().into());
    let spec = template.get("spec").cloned().unwrap_or_else(|| json!({}));
    let job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec});
    let Some(info) = Kind::Job.info() else { return };
    match ctx.api.create(info, &job) {
        Ok(written) => {
            record(
                ctx,
                owner,
                EventType::Normal,
                "SuccessfulCreate",
                &format!("Created job {name}"),
            );
            let uid = ctx
                .api
                .store
                .object(&written.reference)
                .map(|it| it.metadata().uid.clone());
            running.push(json!({
                "apiVersion": "batch/v1", "kind": "Job", "name": name, "namespace": owner.namespace,
                "uid": uid.unwrap_or_default(),
            }));
        }
        // One of this name is there: this time has had its Job.
        Err(crate::api::Refusal::AlreadyExists(_)) => {}
        Err(refusal) => {
            let message = format!("Error creating job: {}", refusal.message("Job", "batch", &name));
            record(ctx, owner, EventType::Warning, "FailedCreate", &message);
        }
    }
    ctx.api.store.edit(Kind::CronJob, key, |object| {
        tree::set(
            &mut object.value,
            &["status", "lastScheduleTime"],
            due.to_string().into(),
        );
        set_active(&mut object.value, running);
        true
    });
}
