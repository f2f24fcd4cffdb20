//! What failing probes complain of, again and again: events of reason `Unhealthy` with their counts.
//!
//! Nothing polls: since when and how often a probe fails tells how often it was said until now
//! (`client-go/tools/record/events_cache.go` lets through 25 at first, then one in five minutes).

use super::super::event_recorder::{EventType, Saying};
use super::super::reconcile::Reconcile;
use super::node_runtime::NodeRuntime;
use crate::api::types::core::Pod;
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::sim::{Duration, Instant};

/// How many events of an object are let through at once …
const BURST: i64 = 25;
/// … and how often one more.
const REFILL: Duration = Duration::from_secs(300);

/// A probe that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The part of the pod, such as `spec.containers{web}`.
    pub field: String,
    /// The words.
    pub message: String,
    /// Its first failure.
    pub first: Instant,
    /// The time between two.
    pub period: Duration,
    /// How often it has been said.
    pub said: i64,
}

impl Complaint {
    /// How often it was to be said until then, that moment included.
    fn wanted(&self, until: Instant) -> i64 {
        if until < self.first {
            return 0;
        }
        let passed = (until - self.first).0;
        let tries = 1 + passed.div_euclid(self.period.0.max(1));
        tries.min(BURST + passed.div_euclid(REFILL.0))
    }

    fn is_same(&self, other: &Self) -> bool {
        self.field == other.field && self.message == other.message && self.first == other.first
    }
}

/// Complaints that are over, with how long they lasted.
pub type Over = Vec<(Complaint, Instant)>;

/// Puts what fails now in the place of what failed before; what no longer fails is over at that moment.
pub fn replace(known: &mut Vec<Complaint>, now_failing: Vec<Complaint>, at: Instant, over: &mut Over) {
    let mut next = Vec::with_capacity(now_failing.len());
    for complaint in now_failing {
        let said = known.iter().find(|it| it.is_same(&complaint)).map_or(0, |it| it.said);
        next.push(Complaint { said, ..complaint });
    }
    for gone in std::mem::take(known) {
        if !next.iter().any(|it| it.is_same(&gone)) {
            over.push((gone, at));
        }
    }
    *known = next;
}

/// Says what is to be said by now: of complaints that are over, and of those that go on.
pub fn tell(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, key: &NamespacedName, over: Over) {
    let now = ctx.now();
    let Some(pod) = ctx.api.store.typed::<Pod>(key) else {
        return;
    };
    let host = pod.spec.node_name.clone();
    for (mut complaint, until) in over {
        say(ctx, key, &host, &mut complaint, until);
    }
    let mut going_on = nodes.take_complaints(key);
    for complaint in &mut going_on {
        say(ctx, key, &host, complaint, now);
    }
    nodes.keep_complaints(key, going_on);
}

fn say(ctx: &mut Reconcile<'_>, key: &NamespacedName, host: &str, complaint: &mut Complaint, until: Instant) {
    let times = complaint.wanted(until) - complaint.said;
    if times <= 0 {
        return;
    }
    let saying = Saying {
        about: &ObjectRef::of(Kind::Pod, key),
        event_type: EventType::Warning,
        reason: "Unhealthy",
        component: "kubelet",
        host,
        field: &complaint.field,
        message: &complaint.message,
    };
    let last = complaint.first
        + Duration((until - complaint.first).0.div_euclid(complaint.period.0.max(1)) * complaint.period.0);
    ctx.say_times(saying, complaint.first, last, times);
    complaint.said += times;
}

/// Says of all pods what probes complained of while time passed.
pub fn tell_all(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime) {
    let pods: Vec<NamespacedName> = nodes.complaining().cloned().collect();
    for pod in pods {
        tell(ctx, nodes, &pod, Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_until_the_recorder_holds_them_back() {
        let complaint = Complaint {
            field: String::new(),
            message: String::new(),
            first: Instant(5_000),
            period: Duration::from_secs(5),
            said: 0,
        };
        let wanted = |secs: i64| complaint.wanted(Instant(secs * 1000));
        assert_eq!((wanted(4), wanted(5), wanted(60), wanted(600)), (0, 1, 12, 26));
    }
}
