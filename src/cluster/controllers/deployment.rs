//! Deployments: ReplicaSets per template, replaced gradually (`kubernetes pkg/controller/deployment`).
//!
//! A rollout takes no virtual time by itself; it waits where pods do (probes' delays, `minReadySeconds`,
//! pods that are slow to end).

use serde_json::{Map, Value, json};

use super::super::event_recorder::EventType;
use super::super::limits;
use super::super::reconcile::Reconcile;
use super::super::tree;
use super::deployment_status;
use super::rollout::{HASH_LABEL, REVISION, Rollout, Set, read, revision};
use super::template_hash::template_hash;
use crate::api::{Kind, NamespacedName, ObjectRef, Typed};
use crate::small_sort::SmallSort as _;

/// Says to ReplicaSets how large their Deployment was when they were last scaled.
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// The same with the surge.
const MAX: &str = "deployment.kubernetes.io/max-replicas";

/// Brings one Deployment up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(mut rollout) = read(&ctx.api.store, key) else {
        return;
    };
    ctx.limits.forget(&ObjectRef::of(Kind::Deployment, key));
    if rollout.deployment.metadata.deletion_timestamp.is_some() {
        return;
    }
    let paused = tree::get(&rollout.tree, &["spec", "paused"]) == Some(&Value::Bool(true));
    if paused || is_scaling(&rollout) {
        scale(ctx, &rollout);
    } else {
        if rollout.new.is_none() && !(rollout.recreates() && old_pods_run(ctx, &mut rollout)) {
            create_new_set(ctx, &rollout);
        } else if rollout.new.is_some() {
            note_revision(ctx, &rollout);
        }
        let Some(current) = read(&ctx.api.store, key) else {
            return;
        };
        rollout = current;
        if rollout.recreates() {
            recreate(ctx, &mut rollout);
        } else if !grow_new(ctx, &rollout) {
            shrink_old(ctx, &rollout);
        }
    }
    if let Some(rollout) = read(&ctx.api.store, key) {
        deployment_status::write(ctx, &rollout);
        forget_history(ctx, &rollout);
    }
}

fn create_new_set(ctx: &mut Reconcile<'_>, rollout: &Rollout) {
    let about = ObjectRef::of(Kind::Deployment, &rollout.key);
    let counted = ctx.limits.count(&ctx.api.store, &about, limits::SETS_AT_ONCE, false);
    if counted.is_err() {
        let message = "Kubehop makes no further ReplicaSet: none of those made has the template of the Deployment";
        ctx.record_event(
            &about,
            EventType::Warning,
            "ReplicaSetCreateError",
            "deployment-controller",
            message,
        );
        return;
    }
    let mut template = tree::get(&rollout.tree, &["spec", "template"])
        .cloned()
        .unwrap_or(Value::Null);
    let hash = template_hash(&template);
    let NamespacedName { namespace, name } = &rollout.key;
    tree::set(&mut template, &["metadata", "labels", HASH_LABEL], hash.as_str().into());
    let mut selector = tree::get(&rollout.tree, &["spec", "selector"])
        .cloned()
        .unwrap_or(Value::Null);
    tree::set(&mut selector, &["matchLabels", HASH_LABEL], hash.as_str().into());
    let revision = rollout.old.iter().map(|set| revision(&set.object)).max().unwrap_or(0) + 1;
    let size = new_size(rollout, 0);
    let labels = tree::get(&template, &["metadata", "labels"])
        .cloned()
        .unwrap_or(Value::Null);
    let mut set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{name}-{hash}"), "namespace": namespace, "labels": labels,
            "annotations": annotations(rollout, revision),
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "Deployment", "name": name,
                "uid": rollout.deployment.metadata.uid, "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": {"replicas": size, "selector": selector, "template": template},
        "status": {"replicas": 0},
    });
    if rollout.deployment.spec.min_ready_seconds > 0 {
        tree::set(
            &mut set,
            &["spec", "minReadySeconds"],
            rollout.deployment.spec.min_ready_seconds.into(),
        );
    }
    if let Ok(reference) = ctx.api.insert(Kind::ReplicaSet, set) {
        if size > 0 {
            record_scaled(ctx, rollout, &reference.name, 0, size);
        }
        set_revision(ctx, &rollout.key, revision);
        let message = format!("Created new replica set \"{}\"", reference.name);
        deployment_status::set_progressing(ctx, &rollout.key, "NewReplicaSetCreated", &message);
    }
}

/// Records how a ReplicaSet was scaled.
fn record_scaled(ctx: &mut Reconcile<'_>, rollout: &Rollout, set: &str, from: i64, to: i64) {
    let way = if to > from { "up" } else { "down" };
    let about = ObjectRef::of(Kind::Deployment, &rollout.key);
    let message = format!("Scaled {way} replica set {set} from {from} to {to}");
    ctx.record_event(
        &about,
        EventType::Normal,
        "ScalingReplicaSet",
        "deployment-controller",
        &message,
    );
}

/// What of a Deployment's annotations its ReplicaSets carry too.
fn copied(rollout: &Rollout) -> impl Iterator<Item = (&str, &str)> {
    let all = rollout.deployment.metadata.annotations.iter();
    all.filter(|(name, _)| {
        *name != "kubectl.kubernetes.io/last-applied-configuration" && !name.starts_with("deployment.kubernetes.io/")
    })
    .map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Annotations of a ReplicaSet: the Deployment's own, its number, and how large the Deployment is.
fn annotations(rollout: &Rollout, revision: i64) -> Value {
    let mut map = Map::new();
    for (name, value) in copied(rollout) {
        map.insert(name.to_owned(), value.into());
    }
    let (surge, _) = rollout.fenceposts();
    map.insert(REVISION.to_owned(), revision.to_string().into());
    map.insert(DESIRED.to_owned(), rollout.size().to_string().into());
    map.insert(MAX.to_owned(), (rollout.size() + surge).to_string().into());
    Value::Object(map)
}

fn set_revision(ctx: &mut Reconcile<'_>, key: &NamespacedName, revision: i64) {
    let text = revision.to_string();
    ctx.api.store.edit(Kind::Deployment, key, |object| {
        let annotations = &mut object.typed.metadata_mut().annotations;
        if annotations.get(REVISION) == Some(&text) {
            return false;
        }
        annotations.insert(REVISION.to_owned(), text.clone());
        tree::set(&mut object.value, &["metadata", "annotations", REVISION], text.into());
        true
    });
}

/// A template that was used before becomes the newest again, under a new number.
fn note_revision(ctx: &mut Reconcile<'_>, rollout: &Rollout) {
    let Some(new) = &rollout.new else { return };
    let newest_old = rollout.old.iter().map(|set| revision(&set.object)).max().unwrap_or(0);
    let number = match revision(&new.object) {
        number if number <= newest_old => newest_old + 1,
        number => number,
    };
    // Annotations of the Deployment follow to its newest set; none is taken away there.
    let mut wanted: Vec<(&str, String)> = copied(rollout).map(|(name, value)| (name, value.to_owned())).collect();
    wanted.push((REVISION, number.to_string()));
    ctx.api.store.edit(Kind::ReplicaSet, &new.key, |object| {
        let mut has_changed = false;
        for (name, value) in &wanted {
            let annotations = &mut object.typed.metadata_mut().annotations;
            if annotations.get(*name) != Some(value) {
                annotations.insert((*name).to_owned(), value.clone());
                tree::set(
                    &mut object.value,
                    &["metadata", "annotations", name],
                    value.as_str().into(),
                );
                has_changed = true;
            }
        }
        has_changed
    });
    set_revision(ctx, &rollout.key, number);
    deployment_status::note_found(ctx, &rollout.key, &new.key.name);
}

/// How large the newest ReplicaSet may become now (`deploymentutil.NewRSNewReplicas`).
fn new_size(rollout: &Rollout, current: i64) -> i64 {
    if rollout.recreates() {
        return rollout.size();
    }
    let (surge, _) = rollout.fenceposts();
    let all: i64 = rollout.sets().map(Set::size).sum();
    let room = rollout.size() + surge - all;
    if room <= 0 {
        return current;
    }
    current + room.min(rollout.size() - current)
}

fn grow_new(ctx: &mut Reconcile<'_>, rollout: &Rollout) -> bool {
    let Some(new) = &rollout.new else { return false };
    let size = new.size();
    let wanted = match size.cmp(&rollout.size()) {
        std::cmp::Ordering::Equal => return false,
        std::cmp::Ordering::Greater => rollout.size(),
        std::cmp::Ordering::Less => new_size(rollout, size),
    };
    resize(ctx, rollout, new, wanted)
}

/// Scales down old ReplicaSets as far as availability allows, unhealthy pods first
/// (`rolling.go reconcileOldReplicaSets`).
fn shrink_old(ctx: &mut Reconcile<'_>, rollout: &Rollout) {
    let Some(new) = &rollout.new else { return };
    if rollout.old.iter().all(|set| set.size() == 0) {
        return;
    }
    let (_, unavailable) = rollout.fenceposts();
    let min_available = rollout.size() - unavailable;
    let all: i64 = rollout.sets().map(Set::size).sum();
    let most = all - min_available - (new.size() - new.available());
    if most <= 0 {
        return;
    }
    let mut sizes: Vec<i64> = rollout.old.iter().map(Set::size).collect();
    let mut down = 0;
    for (set, size) in rollout.old.iter().zip(&mut sizes) {
        let unhealthy = (*size - set.available()).max(0).min(most - down);
        *size -= unhealthy;
        down += unhealthy;
    }
    let available: i64 = rollout.sets().map(Set::available).sum();
    let mut spare = (available - min_available).max(0);
    for size in &mut sizes {
        let less = spare.min(*size);
        *size -= less;
        spare -= less;
    }
    for (set, size) in rollout.old.iter().zip(sizes) {
        resize(ctx, rollout, set, size);
    }
}

fn recreate(ctx: &mut Reconcile<'_>, rollout: &mut Rollout) {
    for set in &rollout.old {
        resize(ctx, rollout, set, 0);
    }
    if old_pods_run(ctx, rollout) {
        return;
    }
    if let Some(new) = &rollout.new {
        resize(ctx, rollout, new, rollout.size());
    }
}

/// Whether pods of old templates are still there; a recreating Deployment waits for them.
fn old_pods_run(ctx: &mut Reconcile<'_>, rollout: &mut Rollout) -> bool {
    let mut run = false;
    for set in &rollout.old {
        run |= !super::pods::owned(&ctx.api.store, &set.view.metadata.uid).is_empty();
        resize(ctx, rollout, set, 0);
    }
    run
}

/// Whether the Deployment's size changed since its ReplicaSets were last scaled.
fn is_scaling(rollout: &Rollout) -> bool {
    rollout.sets().filter(|set| set.size() > 0).any(|set| {
        let noted = set.view.metadata.annotations.get(DESIRED);
        noted
            .and_then(|it| it.parse::<i64>().ok())
            .is_some_and(|it| it != rollout.size())
    })
}

/// Scales without rolling: the one active ReplicaSet, or all in proportion (`sync.go scale`).
fn scale(ctx: &mut Reconcile<'_>, rollout: &Rollout) {
    let active: Vec<&Set> = rollout.sets().filter(|set| set.size() > 0).collect();
    if active.len() <= 1 {
        let only = active.first().copied().or(rollout.new.as_ref()).or(rollout.old.last());
        if let Some(only) = only {
            resize(ctx, rollout, only, rollout.size());
        }
        return;
    }
    let saturated = rollout
        .new
        .as_ref()
        .is_some_and(|new| new.size() == rollout.size() && new.available() == rollout.size());
    if saturated {
        for set in &rollout.old {
            resize(ctx, rollout, set, 0);
        }
        return;
    }
    let (surge, _) = rollout.fenceposts();
    let allowed = if rollout.size() > 0 { rollout.size() + surge } else { 0 };
    let all: i64 = rollout.sets().map(Set::size).sum();
    let mut change = allowed - all;
    let mut sets: Vec<&Set> = rollout.sets().collect();
    sets.small_sort_by_key(|set| std::cmp::Reverse(set.size()));
    let mut sizes: Vec<i64> = Vec::with_capacity(sets.len());
    for set in &sets {
        let noted = set
            .view
            .metadata
            .annotations
            .get(MAX)
            .and_then(|it| it.parse::<i64>().ok());
        let before = noted.unwrap_or(all).max(1);
        // Rounded to the nearest, as Go's math.Round does for positive shares.
        let wanted = (2 * set.size() * allowed + before) / (2 * before);
        let share = (wanted - set.size()).clamp(change.min(0), change.max(0));
        change -= share;
        sizes.push(set.size() + share);
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + change).max(0);
    }
    for (set, size) in sets.into_iter().zip(sizes) {
        resize(ctx, rollout, set, size);
    }
}

/// Writes a ReplicaSet's size and notes the Deployment's; whether the size changed.
fn resize(ctx: &mut Reconcile<'_>, rollout: &Rollout, set: &Set, size: i64) -> bool {
    let (surge, _) = rollout.fenceposts();
    let notes = [
        (DESIRED, rollout.size().to_string()),
        (MAX, (rollout.size() + surge).to_string()),
    ];
    let changed = size != set.size();
    ctx.api.store.edit(Kind::ReplicaSet, &set.key, |object| {
        let Typed::ReplicaSet(view) = &mut object.typed else {
            return false;
        };
        let noted = notes
            .iter()
            .all(|(name, value)| view.metadata.annotations.get(*name) == Some(value));
        if !changed && noted {
            return false;
        }
        if changed {
            view.spec.replicas = Some(i32::try_from(size).unwrap_or(i32::MAX));
            view.metadata.generation += 1;
            let generation = view.metadata.generation;
            tree::set(&mut object.value, &["spec", "replicas"], size.into());
            tree::set(&mut object.value, &["metadata", "generation"], generation.into());
        }
        for (name, value) in &notes {
            view.metadata.annotations.insert((*name).to_owned(), value.clone());
            tree::set(
                &mut object.value,
                &["metadata", "annotations", name],
                value.as_str().into(),
            );
        }
        true
    });
    if changed {
        record_scaled(ctx, rollout, &set.key.name, set.size(), size);
    }
    changed
}

/// Removes empty ReplicaSets beyond the history a finished Deployment keeps.
fn forget_history(ctx: &mut Reconcile<'_>, rollout: &Rollout) {
    let limit = tree::get(&rollout.tree, &["spec", "revisionHistoryLimit"])
        .and_then(Value::as_u64)
        .map_or(10, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    let complete = rollout.new.as_ref().is_some_and(|new| {
        new.size() == rollout.size() && new.available() == rollout.size() && rollout.old.iter().all(|it| it.size() == 0)
    });
    if !complete || rollout.old.len() <= limit {
        return;
    }
    let surplus = rollout.old.len() - limit;
    for set in rollout.old.iter().take(surplus) {
        if set.view.status.replicas == 0 {
            ctx.api.remove(Kind::ReplicaSet, &set.key);
        }
    }
}
