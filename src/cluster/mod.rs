//! The in-memory API server and its controllers.
//!
//! One writer ([`Cluster`]), many readers ([`Snapshot`], immutable and cheap to take). Writes wake the
//! controllers concerned through work queues ([`Cluster::settle`] runs them until nothing waits); what takes
//! time waits on the virtual clock ([`Cluster::advance`]). Not here: packets (`net`), connections and the
//! clock's owner (`world`).

mod admission;
mod cluster_config;
mod config;
mod controllers;
mod dispatch;
pub mod envvars;
mod events;
pub mod faults;
pub mod ingress_controllers;
mod kubelet;
pub mod listening;
mod object_map;
pub mod patch;
mod pod_addresses;
mod pod_overrides;
mod pod_start;
mod preset;
mod ranges;
mod scheduler;
mod service;
pub mod snapshot;
mod store;
mod system_namespaces;
pub(crate) mod tree;
mod work_queue;
mod write;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub use cluster_config::{ClusterConfig, LoadBalancerProvider};
pub use listening::listens;
pub use pod_overrides::PodOverrides;
pub use preset::{Preset, known_manifest};
pub use service::Allocations;
pub use snapshot::Snapshot;
pub use system_namespaces::is_system_namespace;
pub use write::{Written, named, resource_name};

use crate::api::{NamespacedName, Object, ObjectRef};
use crate::manifest::Document;
use crate::sim::{Duration, Instant, Rng};
use crate::text::FileId;
use dispatch::{Timer, WorkQueues};
use store::Store;

/// WorkQueues items after which [`Cluster::settle`] gives up; far above what the largest allowed cluster needs.
const SETTLE_LIMIT: usize = 2_000_000;

/// The API server, its store, and the controllers beside it.
#[derive(Clone, Debug)]
pub struct Cluster {
    store: Store,
    preset: Preset,
    base: ClusterConfig,
    config: Arc<ClusterConfig>,
    origins: Arc<BTreeMap<ObjectRef, Arc<Document>>>,
    now: Instant,
    rng: Rng,
    work: WorkQueues,
    timers: BTreeSet<(Instant, Timer)>,
    pod_addresses: pod_addresses::PodAddresses,
    /// What pods found when they started: their environment is made of it.
    started: Arc<BTreeMap<NamespacedName, pod_start::PodStart>>,
    /// Pods whose status came with their document.
    given_status: BTreeSet<NamespacedName>,
    /// Services whose Endpoints or slices came with the documents (`--as-stored`).
    given_endpoints: BTreeSet<NamespacedName>,
    /// Those of them whose slices did.
    given_slices: BTreeSet<NamespacedName>,
    /// Pods whose node is gone, and when they go too.
    orphans: BTreeMap<NamespacedName, Instant>,
    /// What is broken, beside what objects say.
    faults: Arc<faults::Faults>,
    /// Pods that taints drive away, and since when.
    evictions: Vec<(NamespacedName, Instant)>,
    /// When the next silent node of a zone may be emptied.
    zone_turns: Vec<(String, Instant)>,
    /// Keys of events with the uids they are about, oldest first.
    told: VecDeque<(NamespacedName, String)>,
    /// Namespaces on their way out that wait for pods.
    waiting_namespaces: BTreeSet<NamespacedName>,
    /// Ingresses whose address came with their document.
    given_ingress_status: BTreeSet<NamespacedName>,
    /// Services whose addresses the load-balancer controller gave.
    provided_addresses: BTreeSet<NamespacedName>,
    allocations: Allocations,
    as_stored: bool,
    /// The preset's own documents are being read.
    loading_preset: bool,
}

impl Cluster {
    /// A cluster as the preset leaves it, with everything running.
    ///
    /// `as_stored`: documents are taken as a server would hold them, without validation or allocation, and
    /// controllers leave given Endpoints and EndpointSlices alone.
    #[must_use]
    pub fn new(preset: Preset, seed: u64, now: Instant, as_stored: bool) -> Self {
        let base = preset.config();
        let mut cluster = Self {
            store: Store::default(),
            config: Arc::new(base.clone()),
            base,
            preset,
            origins: Arc::default(),
            now,
            rng: Rng::new(seed),
            work: WorkQueues::default(),
            timers: BTreeSet::new(),
            pod_addresses: pod_addresses::PodAddresses::default(),
            started: Arc::default(),
            given_status: BTreeSet::new(),
            given_endpoints: BTreeSet::new(),
            given_slices: BTreeSet::new(),
            orphans: BTreeMap::new(),
            faults: Arc::default(),
            evictions: Vec::new(),
            zone_turns: Vec::new(),
            told: VecDeque::new(),
            waiting_namespaces: BTreeSet::new(),
            given_ingress_status: BTreeSet::new(),
            provided_addresses: BTreeSet::new(),
            allocations: Allocations::default(),
            as_stored,
            loading_preset: false,
        };
        cluster.load_preset(preset);
        cluster.settle();
        cluster
    }

    /// What the cluster holds now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            config: Arc::clone(&self.config),
            kinds: self.store.kinds().clone(),
            origins: Arc::clone(&self.origins),
            started: Arc::clone(&self.started),
            faults: Arc::clone(&self.faults),
            version: self.store.version(),
            now: self.now,
        }
    }

    /// Settings of the cluster.
    #[must_use]
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }

    /// Which addresses and ports Services hold.
    #[must_use]
    pub fn allocations(&self) -> &Allocations {
        &self.allocations
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Whether documents are taken as a server would hold them.
    #[must_use]
    pub fn as_stored(&self) -> bool {
        self.as_stored
    }

    /// One object.
    #[must_use]
    pub fn object(&self, reference: &ObjectRef) -> Option<&Arc<Object>> {
        self.store.object(reference)
    }

    /// The document an object was written in.
    #[must_use]
    pub fn origin(&self, reference: &ObjectRef) -> Option<&Arc<Document>> {
        self.origins.get(reference)
    }

    /// Remembers which document an object was written in.
    pub fn set_origin(&mut self, reference: ObjectRef, document: Arc<Document>) {
        Arc::make_mut(&mut self.origins).insert(reference, document);
    }

    /// Forgets the document of an object.
    pub(super) fn forget_origin(&mut self, reference: &ObjectRef) {
        if self.origins.contains_key(reference) {
            Arc::make_mut(&mut self.origins).remove(reference);
        }
    }

    /// Objects whose document stands in one file.
    #[must_use]
    pub fn written_in(&self, file: FileId) -> Vec<ObjectRef> {
        self.origins
            .iter()
            .filter(|(_, document)| document.root.span.file == file)
            .map(|(reference, _)| reference.clone())
            .collect()
    }

    /// Whether an object came with the preset.
    #[must_use]
    pub fn is_preset(&self, reference: &ObjectRef) -> bool {
        self.origins
            .get(reference)
            .is_some_and(|document| document.root.span.file == FileId::PRESET)
    }

    /// Runs the controllers until nothing waits; takes no virtual time.
    pub fn settle(&mut self) {
        let mut left = SETTLE_LIMIT;
        loop {
            self.dispatch();
            let worked = self.step();
            if worked == 0 || worked >= left {
                return;
            }
            left -= worked;
        }
    }

    /// Lets virtual time pass; what falls due on the way happens in order.
    pub fn advance(&mut self, by: Duration) {
        let end = self.now + by;
        loop {
            self.settle();
            let Some((at, timer)) = self.timers.first().cloned().filter(|(at, _)| *at <= end) else {
                break;
            };
            self.timers.pop_first();
            self.now = self.now.max(at);
            self.fire(timer);
        }
        self.now = self.now.max(end);
        self.settle();
    }

    /// When the next thing falls due, if anything waits on the clock.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// A uid, random by the seed (`apimachinery/pkg/util/uuid`).
    fn new_uid(&mut self) -> String {
        let (high, low) = (self.rng.next_u64(), self.rng.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            0x8000 | (low >> 48) & 0x3fff,
            low & 0xffff_ffff_ffff
        )
    }
}
