//! Pods whose node is gone go after a while (`kubernetes pkg/controller/podgc`).

use std::collections::BTreeMap;

use super::super::reconcile::Reconcile;
use super::super::timers::Timer;
use crate::api::NamespacedName;
use crate::sim::{Duration, Instant};

/// How long a pod stays after its node is gone.
const ORPHAN_GRACE: Duration = Duration::from_secs(40);

/// Removes a pod without a node once its time is over; `orphans` are those who wait, and until when.
pub fn collect(ctx: &mut Reconcile<'_>, orphans: &mut BTreeMap<NamespacedName, Instant>, key: &NamespacedName) {
    let due = *orphans.entry(key.clone()).or_insert(ctx.now() + ORPHAN_GRACE);
    if ctx.now() >= due {
        orphans.remove(key);
        ctx.api.delete_pod(key, Some(0));
    } else {
        ctx.wake_at(due, Timer::Pod(key.clone()));
    }
}
