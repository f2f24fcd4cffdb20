//! ReplicaSets and ReplicationControllers: as many pods as asked for
//! (`kubernetes pkg/controller/{replicaset,replication}`).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::api_server::store::Store;
use super::super::reconcile::Reconcile;
use super::super::timers::Timer;
use super::super::tree;
use super::pods::{self, Owner, PodName};
use crate::api::types::core::Pod;
use crate::api::types::meta::{LabelSelector, Labels, ObjectMeta};
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, NamespacedName, Object, Typed};
use crate::sim::{Duration, Instant};
use crate::small_sort::SmallSort as _;

/// What ReplicaSets and ReplicationControllers say alike.
struct Wanted<'a> {
    owner: Owner<'a>,
    meta: &'a ObjectMeta,
    selector: LabelSelector,
    template: &'a Labels,
    replicas: i32,
    min_ready_seconds: i64,
}

/// Brings the pods and the status of one ReplicaSet or ReplicationController up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>, kind: Kind, key: &NamespacedName) {
    let Some(object) = ctx.api.store.get(kind, key).map(Arc::clone) else {
        return;
    };
    let meta = object.metadata();
    if meta.deletion_timestamp.is_some() {
        return;
    }
    let owner = Owner::of(kind, key, meta);
    let set = match &object.typed {
        Typed::ReplicaSet(set) => Wanted {
            owner,
            meta,
            selector: set.spec.selector.clone(),
            template: &set.spec.template.metadata.labels,
            replicas: set.spec.replicas.unwrap_or(1),
            min_ready_seconds: set.spec.min_ready_seconds,
        },
        Typed::ReplicationController(set) => Wanted {
            owner,
            meta,
            selector: LabelSelector {
                match_labels: set.spec.selector.clone(),
                ..LabelSelector::default()
            },
            template: &set.spec.template.metadata.labels,
            replicas: set.spec.replicas.unwrap_or(1),
            min_ready_seconds: set.spec.min_ready_seconds,
        },
        _ => return,
    };
    ctx.limits.forget(&set.owner.object());
    pods::claim(ctx, &set.owner, &set.selector);
    let mine = pods::owned(&ctx.api.store, set.owner.uid);
    let active: Vec<&Arc<Object>> = mine.iter().filter(|it| pods::is_active(pods::view(it))).collect();
    let wanted = usize::try_from(set.replicas).unwrap_or(0);
    if active.len() < wanted && pods::ends_at_once(ctx, kind, key, &mine) {
        // Woken again later.
    } else if active.len() < wanted {
        let template = tree::get(&object.value, &["spec", "template"])
            .cloned()
            .unwrap_or(Value::Null);
        for _ in active.len()..wanted {
            let name = PodName::Generated(format!("{}-", key.name));
            if !pods::create(ctx, &set.owner, &template, name, &Labels::new(), wanted) {
                break;
            }
        }
    } else if active.len() > wanted {
        for victim in victims(&ctx.api.store, set.meta, &active, active.len() - wanted) {
            pods::remove(ctx, &set.owner, &victim);
        }
    }
    write_status(ctx, kind, key, &set);
}

/// The pods to remove first: not running before running, not ready before ready, low deletion cost, on nodes
/// with more of the same workload's pods, ready for a shorter time, younger
/// (`kubernetes pkg/controller/controller_utils.go ActivePodsWithRanks`).
fn victims(store: &Store, set: &ObjectMeta, active: &[&Arc<Object>], count: usize) -> Vec<NamespacedName> {
    let related = related_per_node(store, set);
    let mut ranked: Vec<_> = active
        .iter()
        .map(|object| {
            let pod = pods::view(object);
            let phase = match pod.phase() {
                Some(PodPhase::Pending) => 0,
                None if pod.status.phase.is_empty() => 0,
                Some(PodPhase::Unknown) => 1,
                _ => 2,
            };
            let cost = pod
                .metadata
                .annotations
                .get("controller.kubernetes.io/pod-deletion-cost")
                .and_then(|text| text.parse::<i64>().ok())
                .unwrap_or(0);
            let crowd = related.get(&pod.spec.node_name).copied().unwrap_or(0);
            let rank = (
                !pod.spec.node_name.is_empty(),
                phase,
                pod.is_ready(),
                cost,
                Reverse(crowd),
                Reverse(pod.ready_condition().and_then(|it| it.last_transition_time.clone())),
                Reverse(pod.metadata.creation_timestamp.clone()),
                pod.metadata.uid.clone(),
            );
            (rank, object.key())
        })
        .collect();
    ranked.small_sort();
    ranked.into_iter().take(count).map(|(_, key)| key).collect()
}

/// Active pods per node of this set and of its siblings under the same Deployment.
fn related_per_node(store: &Store, set: &ObjectMeta) -> BTreeMap<String, usize> {
    let mut uids = vec![set.uid.clone()];
    if let Some(owner) = set.owner_references.first() {
        uids = store
            .dependents(&owner.uid)
            .iter()
            .filter(|(kind, _)| *kind == Kind::ReplicaSet)
            .filter_map(|(kind, key)| store.get(*kind, key))
            .map(|sibling| sibling.metadata().uid.clone())
            .collect();
    }
    let mut counts = BTreeMap::new();
    for uid in uids {
        for object in pods::owned(store, &uid) {
            let pod = pods::view(&object);
            if pods::is_active(pod) {
                *counts.entry(pod.spec.node_name.clone()).or_insert(0) += 1;
            }
        }
    }
    counts
}

/// Whether a pod has been ready for `min_ready_seconds`; else when it will be.
pub fn available(pod: &Pod, min_ready_seconds: i64, now: Instant) -> Result<(), Option<Instant>> {
    let Some(ready) = pod.ready_condition() else {
        return Err(None);
    };
    let since = ready.last_transition_time.as_deref();
    let since = since.and_then(Instant::parse_rfc3339).unwrap_or(now);
    let due = since + Duration::from_secs(min_ready_seconds);
    if min_ready_seconds <= 0 || now >= due {
        Ok(())
    } else {
        Err(Some(due))
    }
}

fn write_status(ctx: &mut Reconcile<'_>, kind: Kind, key: &NamespacedName, set: &Wanted<'_>) {
    let mine = pods::owned(&ctx.api.store, set.owner.uid);
    let (mut replicas, mut labeled, mut ready, mut available_count, mut terminating) = (0, 0, 0, 0, 0);
    let mut due: Option<Instant> = None;
    for object in &mine {
        let pod = pods::view(object);
        if pod.metadata.deletion_timestamp.is_some() {
            terminating += 1;
        }
        if !pods::is_active(pod) {
            continue;
        }
        replicas += 1;
        if crate::api::types::meta::labels_match(set.template, &pod.metadata.labels) {
            labeled += 1;
        }
        if pod.is_ready() {
            ready += 1;
        }
        match available(pod, set.min_ready_seconds, ctx.now()) {
            Ok(()) => available_count += 1,
            Err(Some(at)) => due = Some(due.map_or(at, |known| known.min(at))),
            Err(None) => {}
        }
    }
    if let Some(at) = due {
        ctx.wake_at(at, Timer::Workload(kind, key.clone()));
    }
    ctx.api.store.edit(kind, key, |object| {
        let generation = object.metadata().generation;
        let mut status = Map::new();
        let mut put = |name: &str, count: i64, always: bool| {
            if always || count != 0 {
                status.insert(name.to_owned(), count.into());
            }
        };
        put("replicas", replicas, true);
        put("fullyLabeledReplicas", labeled, false);
        put("readyReplicas", ready, false);
        put("availableReplicas", available_count, false);
        if kind == Kind::ReplicaSet {
            put("terminatingReplicas", terminating, true);
        }
        put("observedGeneration", generation, false);
        let status = Value::Object(status);
        if object.value.get("status") == Some(&status) {
            return false;
        }
        if let Typed::ReplicaSet(set) = &mut object.typed {
            set.status.replicas = count(replicas);
            set.status.ready_replicas = count(ready);
            set.status.available_replicas = count(available_count);
            set.status.observed_generation = generation;
        }
        tree::set(&mut object.value, &["status"], status);
        true
    });
}

fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
