//! Pods that taints of effect `NoExecute` drive away, at once or when their toleration ends
//! (`kubernetes pkg/controller/tainteviction`).
//!
//! Not here: evictions that somebody asks for (`eviction`), and who taints silent nodes (`node_lifecycle`).

use super::super::event_recorder::EventType;
use super::super::reconcile::Reconcile;
use super::super::scheduler::tolerates;
use super::super::timers::Timer;
use crate::api::types::core::{Pod, Taint};
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::sim::{Duration, Instant};

/// A pod that is to go when its toleration ends.
#[derive(Clone, Debug)]
pub struct PendingEviction {
    pod: NamespacedName,
    /// Since when its node drives it away.
    since: Instant,
}

/// What the taint eviction controller makes of a pod.
enum Fate {
    /// Nothing drives it away.
    Stays,
    /// It goes so many seconds after its node was tainted.
    Goes(i64),
}

/// How long a pod may stay on a node with these taints (`GetMinTolerationTime`).
fn fate(pod: &Pod, taints: &[Taint]) -> Fate {
    let mut shortest: Option<i64> = None;
    let mut tainted = false;
    for taint in taints.iter().filter(|it| it.effect == "NoExecute") {
        tainted = true;
        if !tolerates(&pod.spec.tolerations, taint) {
            return Fate::Goes(0);
        }
        let mut own = pod.spec.tolerations.iter();
        // The first toleration that bears the taint counts, as in `GetMatchingTolerations`.
        if let Some(seconds) = own
            .find(|it| tolerates(std::slice::from_ref(it), taint))
            .and_then(|it| it.toleration_seconds)
        {
            let seconds = seconds.clamp(0, i64::from(i32::MAX));
            shortest = Some(shortest.map_or(seconds, |known| known.min(seconds)));
        }
    }
    match shortest {
        Some(seconds) if tainted => Fate::Goes(seconds),
        _ => Fate::Stays,
    }
}

/// Looks whether a pod's node drives it away.
pub fn reconcile(ctx: &mut Reconcile<'_>, pending: &mut Vec<PendingEviction>, key: &NamespacedName) {
    let Some(pod) = ctx.api.store.typed::<Pod>(key) else {
        pending.retain(|it| it.pod != *key);
        return;
    };
    let node = ctx.api.node(&pod.spec.node_name);
    let taints: &[Taint] = node.map_or(&[], |it| &it.spec.taints);
    if taints.is_empty() && pending.is_empty() {
        return;
    }
    let fate = if pod.metadata.deletion_timestamp.is_some() {
        Fate::Stays
    } else {
        fate(pod, taints)
    };
    let known = pending.iter().find(|it| it.pod == *key).map(|it| it.since);
    let Fate::Goes(seconds) = fate else {
        if known.is_some() {
            pending.retain(|it| it.pod != *key);
            record(ctx, key, &format!("Cancelling deletion of Pod {key}"));
        }
        return;
    };
    let now = ctx.now();
    let since = known.unwrap_or(now);
    let due = since + Duration::from_secs(seconds);
    if now < due {
        if known.is_none() {
            pending.push(PendingEviction {
                pod: key.clone(),
                since,
            });
        }
        ctx.wake_at(due, Timer::Pod(key.clone()));
        return;
    }
    pending.retain(|it| it.pod != *key);
    record(ctx, key, &format!("Marking for deletion Pod {key}"));
    ctx.api.note_disruption(
        key,
        "DeletionByTaintManager",
        "Taint manager: deleting due to NoExecute taint",
    );
    ctx.api.delete_pod(key, None);
}

fn record(ctx: &mut Reconcile<'_>, key: &NamespacedName, message: &str) {
    let about = ObjectRef::of(Kind::Pod, key);
    ctx.record_event(
        &about,
        EventType::Normal,
        "TaintManagerEviction",
        "taint-eviction-controller",
        message,
    );
}
