//! The simulated world: cluster, connections, clock and chance together. The one place where things change.
//!
//! Everything else reads: a [`Snapshot`] of a world, its connection state and its seed give the same traces
//! every time, and a clone is a fork that goes its own way.

pub mod actions;
pub mod event_log;
pub mod examples;
mod notes;
mod sync;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::api::ObjectRef;
use crate::apply::{ApplyOptions, Client, Outcome, Verb};
use crate::cluster::{Cluster, Preset, Snapshot};
use crate::manifest;
use crate::net::dns::RecordType;
use crate::net::send::names::{self, Resolution};
use crate::net::send::{self, Detail};
use crate::net::state::NetState;
use crate::net::{Request, Source, Trace};
use crate::sim::{Duration, Instant, Rng};
use crate::text::FileId;

pub use crate::apply::{Applied, Verdict};

/// How a world begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What the cluster holds at first.
    pub preset: Preset,
    /// Where chance begins.
    pub seed: u64,
    /// Where the clock begins.
    pub now: Instant,
    /// Documents are taken as an API server would hold them.
    pub as_stored: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            preset: Preset::default(),
            seed: 1,
            now: Instant::DEFAULT_START,
            as_stored: false,
        }
    }
}

/// A cluster, its connections, its clock and its chance.
#[derive(Clone, Debug)]
pub struct World {
    cluster: Cluster,
    net: NetState,
    rng: Rng,
}

impl World {
    /// A world as its preset leaves it.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            cluster: Cluster::new(options.preset, options.seed, options.now, options.as_stored),
            net: NetState::default(),
            // The network's chance is its own, so that what the cluster draws does not change paths.
            rng: Rng::new(options.seed ^ 0x6b75_6265_686f_7021),
        }
    }

    /// What the cluster holds now; cheap.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(self.cluster.snapshot())
    }

    /// The cluster, for commands that write.
    pub fn cluster_mut(&mut self) -> &mut Cluster {
        &mut self.cluster
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
        self.take(
            file,
            text,
            ApplyOptions {
                verb: Verb::Apply,
                file: "STDIN",
                namespace: "default",
                lenient: false,
            },
        )
    }

    /// `kubectl apply`, `create`, `replace` or `delete` of a text; then the controllers run.
    pub fn take(&mut self, file: FileId, text: &str, manner: ApplyOptions<'_>) -> Outcome {
        let mut outcome = Client::new(&mut self.cluster).apply_documents(manifest::parse(file, text), manner);
        self.settle();
        notes::add(&self.cluster.snapshot(), &mut outcome);
        outcome
    }

    /// Runs the controllers until nothing waits; takes no time.
    pub fn settle(&mut self) {
        self.cluster.settle();
    }

    /// Lets time pass.
    pub fn advance(&mut self, by: Duration) {
        self.cluster.advance(by);
    }

    /// Lets time pass until an object is gone, as `kubectl delete` waits; at most `limit`. Whether it is gone.
    pub fn wait_gone(&mut self, reference: &ObjectRef, limit: Duration) -> bool {
        let end = self.now() + limit;
        self.settle();
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
        let snapshot = self.cluster.snapshot();
        let now = self.now();
        send::send_with(&snapshot, &mut self.net, &mut self.rng, now, request, detail)
    }

    /// Looks up a name as a sender's resolver does.
    pub fn resolve(&mut self, from: &Source, name: &str, kind: RecordType) -> Resolution {
        let snapshot = self.cluster.snapshot();
        let now = self.now();
        names::resolve(&snapshot, &mut self.net, &mut self.rng, now, from, name, kind)
    }

    /// Connection state and chance, for whoever sends packets.
    pub fn net_parts(&mut self) -> (&mut NetState, &mut Rng) {
        (&mut self.net, &mut self.rng)
    }
}
