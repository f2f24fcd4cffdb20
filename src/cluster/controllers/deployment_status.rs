//! What a Deployment reports: counts and conditions (`kubernetes pkg/controller/deployment/{sync,progress}.go`).

use serde_json::{Map, Value, json};

use super::super::api_server::store::Store;
use super::super::reconcile::Reconcile;
use super::super::timers::Timer;
use super::super::tree;
use super::pods;
use super::rollout::{Rollout, Set};
use crate::api::types::apps::WorkloadStatus;
use crate::api::types::view;
use crate::api::{Kind, NamespacedName, Typed};
use crate::sim::{Duration, Instant};

/// Sets one condition; a changed reason or status moves it to the end (`SetDeploymentCondition`).
fn set_condition(conditions: &mut Vec<Value>, kind: &str, status: &str, reason: &str, message: &str, now: &str) {
    let at = conditions.iter().position(|it| tree::text(it, &["type"]) == kind);
    let mut since = now.to_owned();
    if let Some(at) = at {
        let old = &conditions[at];
        if tree::text(old, &["status"]) == status && tree::text(old, &["reason"]) == reason {
            return;
        }
        if tree::text(old, &["status"]) == status {
            tree::text(old, &["lastTransitionTime"]).clone_into(&mut since);
        }
        conditions.remove(at);
    }
    conditions.push(json!({
        "type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": since, "lastUpdateTime": now,
    }));
}

fn conditions_of(tree: &Value) -> Vec<Value> {
    let stored = tree::get(tree, &["status", "conditions"]).and_then(Value::as_array);
    stored.cloned().unwrap_or_default()
}

/// Notes how a rollout goes on, before the counts follow.
pub(super) fn set_progressing(ctx: &mut Reconcile<'_>, key: &NamespacedName, reason: &str, message: &str) {
    let now = ctx.now().to_string();
    ctx.api.store.edit(Kind::Deployment, key, |object| {
        let old = conditions_of(&object.value);
        let mut conditions = old.clone();
        set_condition(&mut conditions, "Progressing", "True", reason, message, &now);
        if conditions == old {
            return false;
        }
        tree::set(&mut object.value, &["status", "conditions"], Value::Array(conditions));
        true
    });
}

/// A template that was used before was found again.
pub(super) fn note_found(ctx: &mut Reconcile<'_>, key: &NamespacedName, set: &str) {
    let known = ctx.api.store.get(Kind::Deployment, key).is_some_and(|object| {
        conditions_of(&object.value)
            .iter()
            .any(|it| tree::text(it, &["type"]) == "Progressing")
    });
    if !known {
        let message = format!("Found new replica set \"{set}\"");
        set_progressing(ctx, key, "FoundNewReplicaSet", &message);
    }
}

/// Whether a rollout has made no progress for as long as its Deployment allows; else it is looked at again when
/// it will have (`deploymentutil.DeploymentTimedOut`).
fn is_late(ctx: &mut Reconcile<'_>, rollout: &Rollout) -> bool {
    let seconds = tree::get(&rollout.tree, &["spec", "progressDeadlineSeconds"]).and_then(Value::as_i64);
    let Some(seconds) = seconds.filter(|it| *it < i64::from(i32::MAX)) else {
        return false;
    };
    let conditions = conditions_of(&rollout.tree);
    let Some(progressing) = conditions.iter().find(|it| tree::text(it, &["type"]) == "Progressing") else {
        return false;
    };
    if tree::text(progressing, &["reason"]) == "NewReplicaSetAvailable" {
        return false;
    }
    let since = Instant::parse_rfc3339(tree::text(progressing, &["lastUpdateTime"])).unwrap_or(ctx.now());
    let due = since + Duration::from_secs(seconds);
    if ctx.now() < due {
        ctx.wake_at(due, Timer::Workload(Kind::Deployment, rollout.key.clone()));
    }
    ctx.now() >= due
}

/// The pods of a Deployment, counted.
struct Counts {
    /// Of all ReplicaSets.
    replicas: i64,
    ready: i64,
    available: i64,
    /// Of the ReplicaSet of the newest template.
    updated: i64,
    unavailable: i64,
    terminating: usize,
}

impl Counts {
    fn of(store: &Store, rollout: &Rollout) -> Self {
        let sum =
            |of: fn(&WorkloadStatus) -> i32| -> i64 { rollout.sets().map(|set| i64::from(of(&set.view.status))).sum() };
        let available = sum(|it| it.available_replicas);
        let newest = rollout.new.as_ref();
        Self {
            replicas: sum(|it| it.replicas),
            ready: sum(|it| it.ready_replicas),
            available,
            updated: newest.map_or(0, |new| i64::from(new.view.status.replicas)),
            unavailable: (rollout.sets().map(Set::size).sum::<i64>() - available).max(0),
            terminating: rollout
                .sets()
                .flat_map(|set| pods::owned(store, &set.view.metadata.uid))
                .filter(|pod| pod.metadata().deletion_timestamp.is_some())
                .count(),
        }
    }

    /// Whether all pods are of the newest template and available, as many as wanted.
    fn is_complete(&self, size: i64) -> bool {
        self.updated == size && self.replicas == size && self.available == size
    }

    /// Whether a rollout came further since this status.
    fn is_ahead_of(&self, before: &WorkloadStatus) -> bool {
        self.updated > i64::from(before.updated_replicas)
            || self.ready > i64::from(before.ready_replicas)
            || self.available > i64::from(before.available_replicas)
            || self.replicas - self.updated < i64::from(before.replicas - before.updated_replicas)
    }

    /// The status, with these conditions.
    fn status(&self, generation: i64, conditions: Vec<Value>) -> Value {
        let mut status = Map::new();
        for (field, count) in [
            ("replicas", self.replicas),
            ("updatedReplicas", self.updated),
            ("readyReplicas", self.ready),
            ("availableReplicas", self.available),
            ("unavailableReplicas", self.unavailable),
            ("observedGeneration", generation),
        ] {
            if count != 0 {
                status.insert(field.to_owned(), count.into());
            }
        }
        status.insert("terminatingReplicas".to_owned(), self.terminating.into());
        status.insert("conditions".to_owned(), Value::Array(conditions));
        Value::Object(status)
    }
}

/// Writes counts and conditions.
pub(super) fn write(ctx: &mut Reconcile<'_>, rollout: &Rollout) {
    let now = ctx.now().to_string();
    let counts = Counts::of(&ctx.api.store, rollout);
    let late = is_late(ctx, rollout);
    ctx.api.store.edit(Kind::Deployment, &rollout.key, |object| {
        let Typed::Deployment(deployment) = &mut object.typed else {
            return false;
        };
        let mut conditions = conditions_of(&object.value);
        note_availability(&mut conditions, rollout, &counts, &now);
        let progressed = counts.is_ahead_of(&deployment.status);
        note_progress(&mut conditions, rollout, &counts, progressed, late, &now);
        let status = counts.status(deployment.metadata.generation, conditions);
        if object.value.get("status") == Some(&status) {
            return false;
        }
        if let Ok(typed) = view::read(&status) {
            deployment.status = typed;
        }
        tree::set(&mut object.value, &["status"], status);
        true
    });
}

/// Whether enough pods are available.
fn note_availability(conditions: &mut Vec<Value>, rollout: &Rollout, counts: &Counts, now: &str) {
    let (_, max_unavailable) = rollout.fenceposts();
    let (status, reason, message) = if counts.available >= rollout.size() - max_unavailable {
        (
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
        )
    } else {
        (
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        )
    };
    set_condition(conditions, "Available", status, reason, message, now);
}

/// How the rollout goes on: finished, further than before, or late (`progress.go syncRolloutStatus`).
fn note_progress(
    conditions: &mut Vec<Value>,
    rollout: &Rollout,
    counts: &Counts,
    progressed: bool,
    late: bool,
    now: &str,
) {
    let finished_before = counts.replicas == counts.updated
        && conditions
            .iter()
            .any(|it| tree::text(it, &["reason"]) == "NewReplicaSetAvailable");
    if finished_before {
        return;
    }
    let name = rollout.new.as_ref().map_or("", |new| new.key.name.as_str());
    if counts.is_complete(rollout.size()) {
        let message = format!("ReplicaSet \"{name}\" has successfully progressed.");
        set_condition(
            conditions,
            "Progressing",
            "True",
            "NewReplicaSetAvailable",
            &message,
            now,
        );
    } else if progressed {
        let message = format!("ReplicaSet \"{name}\" is progressing.");
        conditions.retain(|it| {
            tree::text(it, &["type"]) != "Progressing" || tree::text(it, &["reason"]) == "ReplicaSetUpdated"
        });
        set_condition(conditions, "Progressing", "True", "ReplicaSetUpdated", &message, now);
    } else if late {
        let message = format!("ReplicaSet \"{name}\" has timed out progressing.");
        let reason = "ProgressDeadlineExceeded";
        set_condition(conditions, "Progressing", "False", reason, &message, now);
    }
}
