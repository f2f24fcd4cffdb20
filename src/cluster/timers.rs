//! What falls due on the virtual clock.

use std::collections::BTreeSet;

use super::shared::Shared;
use crate::api::{Kind, NamespacedName};
use crate::sim::Instant;

/// Something that falls due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    /// Look at a pod again: a probe begins, a hook ends.
    Pod(NamespacedName),
    /// Look at a workload again: a pod became available.
    Workload(Kind, NamespacedName),
    /// Look at a node again: it has booted, or was silent for too long.
    Node(String),
    /// Taint the next silent node of a zone.
    Taints,
    /// The API server looks after the Service `kubernetes` that leads to it.
    KubernetesService,
    /// Something outside the API changes: whoever watches wants to look.
    Look,
}

/// Everything that waits on the clock.
#[derive(Clone, Debug, Default)]
pub struct Timers {
    due: Shared<BTreeSet<(Instant, Timer)>>,
}

impl Timers {
    /// Lets something fall due; the same at the same time falls due once.
    pub fn set(&mut self, at: Instant, timer: Timer) {
        self.due.insert((at, timer));
    }

    /// When the next thing falls due.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Takes the next thing that falls due until then, that moment included.
    pub fn take_due(&mut self, until: Instant) -> Option<(Instant, Timer)> {
        if self.next_due()? > until {
            return None;
        }
        self.due.pop_first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_falls_due_comes_in_order_and_not_before() {
        let mut timers = Timers::default();
        timers.set(Instant(5), Timer::Look);
        timers.set(Instant(3), Timer::Taints);
        timers.set(Instant(3), Timer::Taints);
        assert_eq!(timers.next_due(), Some(Instant(3)));
        assert_eq!(timers.take_due(Instant(2)), None);
        assert_eq!(timers.take_due(Instant(9)), Some((Instant(3), Timer::Taints)));
        assert_eq!(timers.take_due(Instant(5)), Some((Instant(5), Timer::Look)));
        assert_eq!(timers.take_due(Instant(9)), None);
    }
}
