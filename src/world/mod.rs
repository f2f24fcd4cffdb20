//! The simulated world: cluster, connections, clock and chance together. The one place where things change.
//!
//! Everything else reads: a [`Snapshot`] of a world, its connection state and its seed give the same traces
//! every time, and a clone is a fork that goes its own way.

pub mod actions;
pub mod cause;
pub mod event_log;
pub mod examples;
mod gateway_notes;
mod network;
mod notes;
mod sync;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::api::ObjectRef;
use crate::apply::{ApplyOptions, Client, Outcome, Verb};
use crate::cluster::{Cluster, Snapshot};
use crate::manifest;
use crate::net::dns::RecordType;
use crate::net::send::Detail;
use crate::net::send::names::Resolution;
use crate::net::{Request, Source, Trace};
use crate::sim::{Duration, Instant};
use crate::text::FileId;
use sync::FollowedFile;

pub use crate::apply::{Applied, Verdict};
pub use crate::cluster::Options;
pub use network::{Network, NetworkState};

/// A cluster, its connections, its clock and its chance.
#[derive(Clone, Debug)]
pub struct World {
    cluster: Cluster,
    network: NetworkState,
    /// Files whose text the cluster follows.
    followed: BTreeMap<FileId, Arc<FollowedFile>>,
    stopped: bool,
}

impl World {
    /// A world as its preset leaves it.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            cluster: Cluster::new(options),
            // The network's chance is its own, so that what the cluster draws does not change paths.
            network: NetworkState::new(options.seed ^ 0x6b75_6265_686f_7021),
            followed: BTreeMap::new(),
            stopped: false,
        }
    }

    /// What the cluster holds now; cheap.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(self.cluster.snapshot())
    }

    /// Changes the cluster and lets the controllers react; no virtual time passes. What the change returns. Should
    /// the controllers not come to rest, the cluster is as it was before, and [`World::take_stopped`] says so.
    pub fn edit<T>(&mut self, change: impl FnOnce(&mut Cluster) -> T) -> T {
        self.guarded(|world| {
            let value = change(&mut world.cluster);
            world.cluster.settle();
            value
        })
    }

    /// Does what may be too much; where it is, the cluster stays as it was.
    fn guarded<T>(&mut self, change: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.cluster.clone();
        let value = change(self);
        if self.cluster.take_gave_up() {
            self.cluster = before;
            self.stopped = true;
        }
        value
    }

    /// Whether the controllers did not come to rest and were stopped since this was asked last: what was to be
    /// changed was not, or, where only time passed, its work is half done.
    pub fn take_stopped(&mut self) -> bool {
        std::mem::take(&mut self.stopped)
    }

    /// The network as it is now.
    pub fn network(&mut self) -> Network<'_> {
        Network::new(self.cluster.snapshot(), &mut self.network)
    }

    /// The cluster.
    #[must_use]
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.cluster.now()
    }

    /// `kubectl apply -f -` of a text in namespace `default`.
    pub fn apply(&mut self, file: FileId, text: &str) -> Outcome {
        self.take(file, text, ApplyOptions::plain(Verb::Apply, "STDIN"))
    }

    /// `kubectl apply`, `create`, `replace` or `delete` of a text; then the controllers run.
    pub fn take(&mut self, file: FileId, text: &str, manner: ApplyOptions<'_>) -> Outcome {
        let parsed = manifest::parse(file, text);
        let before = self.take_stopped();
        let mut outcome = self.edit(|cluster| Client::new(cluster).apply_documents(parsed, manner));
        if std::mem::replace(&mut self.stopped, before) {
            notes::undone(&mut outcome);
        }
        notes::add(&self.cluster, &mut outcome);
        outcome
    }

    /// Lets time pass.
    pub fn advance(&mut self, by: Duration) {
        self.cluster.advance(by);
        self.stopped |= self.cluster.take_gave_up();
    }

    /// Lets time pass until an object is gone, as `kubectl delete` waits; at most `limit`. Whether it is gone.
    pub fn wait_gone(&mut self, reference: &ObjectRef, limit: Duration) -> bool {
        let end = self.now() + limit;
        while self.cluster.object(reference).is_some() {
            let Some(due) = self.cluster.next_due().filter(|due| *due <= end) else {
                return false;
            };
            self.advance(due - self.now());
        }
        true
    }

    /// Sends a request and tells its story. No virtual time passes.
    pub fn send(&mut self, request: &Request) -> Trace {
        self.send_with(request, Detail::Hops)
    }

    /// Sends a request; a burst asks for outcomes only.
    pub fn send_with(&mut self, request: &Request, detail: Detail) -> Trace {
        self.network().send_with(request, detail)
    }

    /// Looks up a name as a sender's resolver does.
    pub fn resolve(&mut self, from: &Source, name: &str, kind: RecordType) -> Resolution {
        self.network().resolve(from, name, kind)
    }
}
