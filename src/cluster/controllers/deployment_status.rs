//! What a Deployment reports: counts and conditions (`kubernetes pkg/controller/deployment/{sync,progress}.go`).

use serde_json::{Map, Value, json};

use super::super::reconcile::Reconcile;
use super::super::timers::Timer;
use super::super::tree;
use super::deployment::Rollout;
use super::pods;
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

/// Writes counts and conditions.
pub(super) fn write(ctx: &mut Reconcile<'_>, rollout: &Rollout) {
    let now = ctx.now().to_string();
    let sum =
        |of: fn(&WorkloadStatus) -> i32| -> i64 { rollout.sets().map(|set| i64::from(of(&set.view.status))).sum() };
    let replicas = sum(|it| it.replicas);
    let ready = sum(|it| it.ready_replicas);
    let available = sum(|it| it.available_replicas);
    let updated = rollout
        .new
        .as_ref()
        .map_or(0, |new| i64::from(new.view.status.replicas));
    let unavailable = (rollout.sets().map(|set| set.size()).sum::<i64>() - available).max(0);
    let terminating = rollout
        .sets()
        .flat_map(|set| pods::owned(&ctx.api.store, &set.view.metadata.uid))
        .filter(|pod| pod.metadata().deletion_timestamp.is_some())
        .count();
    let (_, max_unavailable) = rollout.fenceposts();
    let size = rollout.size();
    let name = rollout.new.as_ref().map(|new| new.key.name.clone()).unwrap_or_default();
    let late = is_late(ctx, rollout);
    ctx.api.store.edit(Kind::Deployment, &rollout.key, |object| {
        let Typed::Deployment(deployment) = &mut object.typed else {
            return false;
        };
        let before = deployment.status.clone();
        let mut conditions = conditions_of(&object.value);
        if available >= size - max_unavailable {
            let message = "Deployment has minimum availability.";
            set_condition(
                &mut conditions,
                "Available",
                "True",
                "MinimumReplicasAvailable",
                message,
                &now,
            );
        } else {
            let message = "Deployment does not have minimum availability.";
            set_condition(
                &mut conditions,
                "Available",
                "False",
                "MinimumReplicasUnavailable",
                message,
                &now,
            );
        }
        let finished_before = replicas == updated
            && conditions
                .iter()
                .any(|it| tree::text(it, &["reason"]) == "NewReplicaSetAvailable");
        let complete = updated == size && replicas == size && available == size;
        let progressed = updated > i64::from(before.updated_replicas)
            || ready > i64::from(before.ready_replicas)
            || available > i64::from(before.available_replicas)
            || replicas - updated < i64::from(before.replicas - before.updated_replicas);
        if !finished_before && complete {
            let message = format!("ReplicaSet \"{name}\" has successfully progressed.");
            set_condition(
                &mut conditions,
                "Progressing",
                "True",
                "NewReplicaSetAvailable",
                &message,
                &now,
            );
        } else if !finished_before && progressed {
            let message = format!("ReplicaSet \"{name}\" is progressing.");
            let again: Vec<Value> = conditions
                .iter()
                .filter(|it| {
                    tree::text(it, &["type"]) != "Progressing" || tree::text(it, &["reason"]) == "ReplicaSetUpdated"
                })
                .cloned()
                .collect();
            conditions = again;
            set_condition(
                &mut conditions,
                "Progressing",
                "True",
                "ReplicaSetUpdated",
                &message,
                &now,
            );
        } else if !finished_before && late {
            let message = format!("ReplicaSet \"{name}\" has timed out progressing.");
            let reason = "ProgressDeadlineExceeded";
            set_condition(&mut conditions, "Progressing", "False", reason, &message, &now);
        }
        let mut status = Map::new();
        for (field, count) in [
            ("replicas", replicas),
            ("updatedReplicas", updated),
            ("readyReplicas", ready),
            ("availableReplicas", available),
            ("unavailableReplicas", unavailable),
            ("observedGeneration", deployment.metadata.generation),
        ] {
            if count != 0 {
                status.insert(field.to_owned(), count.into());
            }
        }
        status.insert("terminatingReplicas".to_owned(), terminating.into());
        status.insert("conditions".to_owned(), Value::Array(conditions));
        let status = Value::Object(status);
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
