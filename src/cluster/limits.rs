//! What one change may make the controllers do: a slip of the finger must be no hang.
//!
//! Work is bounded by what it makes. Whoever meets a limit says so: as an event of the object, and as a finding where
//! its document asks for it. Not here: limits of texts (`manifest::limits`) and of the shell.

use std::collections::BTreeMap;

use super::api_server::store::Store;
use crate::api::{Kind, ObjectRef};

/// Pods that a cluster may hold for workloads to make more.
pub const PODS: usize = 6000;
/// Pods that all workloads together may make before virtual time passes.
pub const PODS_AT_ONCE: usize = 2 * PODS;
/// ReplicaSets that a Deployment may make before virtual time passes.
pub const SETS_AT_ONCE: usize = 8;
/// Items that controllers may take from their queues in one go; far above what the largest allowed cluster needs.
pub const WORK: usize = 2_000_000;

/// A limit that an object has met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The cluster holds as many pods as it may.
    Pods,
    /// Its pods go as soon as they are there.
    Spins,
    /// None of the ReplicaSets it made is the one it wants.
    Sets,
}

/// Which limits were met.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Items that controllers may take from their queues in one go; [`WORK`].
    pub work: usize,
    met: BTreeMap<ObjectRef, Limit>,
    /// What each workload has made since controllers were set to work.
    made: BTreeMap<ObjectRef, usize>,
    /// Pods made by all of them.
    pods: usize,
    /// Whether the controllers did not come to rest within that many items and were stopped, at least once.
    pub gave_up: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            work: WORK,
            met: BTreeMap::new(),
            made: BTreeMap::new(),
            pods: 0,
            gave_up: false,
        }
    }
}

impl Limits {
    /// The limit that an object has met: a workload itself, or a Deployment by one of its ReplicaSets.
    #[must_use]
    pub fn met(&self, store: &Store, reference: &ObjectRef) -> Option<Limit> {
        let own = self.met.get(reference).copied();
        own.or_else(|| {
            let uid = &store.object(reference)?.metadata().uid;
            let mut all = self.met.iter();
            all.find_map(|(other, limit)| {
                let owners = &store.object(other)?.metadata().owner_references;
                owners.iter().any(|it| it.uid == *uid).then_some(*limit)
            })
        })
    }

    /// Controllers are set to work: what they make is counted from here.
    pub fn begin_work(&mut self) {
        self.made.clear();
        self.pods = 0;
    }

    /// A workload is looked at anew: the limit it met may have gone.
    pub fn forget(&mut self, reference: &ObjectRef) {
        if !self.met.is_empty() {
            self.met.remove(reference);
        }
    }

    /// Counts something that a workload is about to make. `most`: how many it may make in one go.
    ///
    /// # Errors
    /// The limit that keeps it from that.
    pub fn count(&mut self, store: &Store, owner: &ObjectRef, most: usize, is_pod: bool) -> Result<(), Limit> {
        let spins = self.made.get(owner).is_some_and(|made| *made >= most);
        let limit = if is_pod && store.count(Kind::Pod) >= PODS {
            Limit::Pods
        } else if spins && !is_pod {
            Limit::Sets
        } else if spins || (is_pod && self.pods >= PODS_AT_ONCE) {
            Limit::Spins
        } else {
            *self.made.entry(owner.clone()).or_default() += 1;
            self.pods += usize::from(is_pod);
            return Ok(());
        };
        self.met.insert(owner.clone(), limit);
        Err(limit)
    }

    /// Workloads that wait for room and may find it, now that a pod has gone.
    pub fn take_waiting(&mut self, store: &Store) -> Vec<ObjectRef> {
        if self.met.is_empty() || store.count(Kind::Pod) >= PODS {
            return Vec::new();
        }
        let waiting = self.met.iter().filter(|(_, limit)| **limit == Limit::Pods);
        let waiting: Vec<ObjectRef> = waiting.map(|(reference, _)| reference.clone()).collect();
        for reference in &waiting {
            self.met.remove(reference);
        }
        waiting
    }
}
