//! The API server: its store, what Services hold, the settings of the cluster, and the documents that objects
//! were written in.
//!
//! - `store`: objects, resource versions, indexes
//! - `write`, `admission`: what it takes and refuses, `service`: what it fills into Services; `eviction`
//! - `config`: settings of the cluster; `ranges`: what moves with them
//! - `preset_objects`: what a preset brings
//!
//! Not here: who reacts to a write (`enqueue`, `controllers`), and what runs on the nodes (`kubelet`).

mod admission;
mod config;
mod eviction;
pub(super) mod preset_objects;
mod ranges;
pub mod service;
pub mod store;
pub mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::cluster_config::ClusterConfig;
use super::faults::Faults;
use super::options::Options;
use super::pod_start::PodStart;
use super::preset::Preset;
use super::shared::{Sharded, Shared};
use super::snapshot::Snapshot;
use crate::api::types::core::{Node, Service};
use crate::api::{NamespacedName, ObjectRef};
use crate::manifest::Document;
use crate::sim::{Instant, Rng};
use crate::text::FileId;
use service::Allocations;
use store::Store;

/// What came with documents and is not for controllers to overwrite.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Pods whose status came with their document.
    pub pod_status: Shared<BTreeSet<NamespacedName>>,
    /// Ingresses whose address came with their document.
    pub ingress_status: Shared<BTreeSet<NamespacedName>>,
    /// Services whose Endpoints or slices came with the documents (`--as-stored`).
    pub endpoints: Shared<BTreeSet<NamespacedName>>,
    /// Those of them whose slices did.
    pub slices: Shared<BTreeSet<NamespacedName>>,
}

/// Objects and what decides about them.
#[derive(Clone, Debug)]
pub struct ApiServer {
    /// The objects. Controllers write status here; whatever a person writes goes through [`ApiServer::create`]
    /// and its like.
    pub store: Store,
    /// What controllers leave alone.
    pub given: Given,
    /// Chance: uids, generated names, free addresses and ports.
    pub rng: Rng,
    /// Chance of its own for uids of events and leases.
    event_rng: Rng,
    now: Instant,
    preset: Preset,
    base: ClusterConfig,
    config: Arc<ClusterConfig>,
    origins: Sharded<ObjectRef, Arc<Document>>,
    allocations: Allocations,
    as_stored: bool,
    /// The preset's own documents are being read.
    loading_preset: bool,
    /// Names of the nodes that came with the preset, whether they are still there or not.
    preset_nodes: BTreeSet<String>,
}

impl ApiServer {
    /// One with the objects of a preset, before any controller has looked.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let Options {
            preset,
            release,
            seed,
            now,
            as_stored,
        } = options;
        let base = ClusterConfig {
            release,
            ..preset.config()
        };
        let mut api = Self {
            store: Store::default(),
            given: Given::default(),
            rng: Rng::new(seed),
            event_rng: Rng::new(!seed),
            now,
            preset,
            config: Arc::new(base.clone()),
            base,
            origins: Sharded::default(),
            allocations: Allocations::default(),
            as_stored,
            loading_preset: false,
            preset_nodes: BTreeSet::new(),
        };
        api.load_preset();
        api
    }

    /// The objects of this moment, with nothing broken on any node and nothing known of when pods started.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.snapshot_with(Arc::default(), Arc::default())
    }

    /// The objects of this moment with what the nodes know.
    #[must_use]
    pub fn snapshot_with(&self, started: Arc<BTreeMap<NamespacedName, PodStart>>, faults: Arc<Faults>) -> Snapshot {
        Snapshot {
            config: Arc::clone(&self.config),
            kinds: self.store.kinds().clone(),
            origins: self.origins.clone(),
            started,
            faults,
            version: self.store.version(),
            now: self.now,
        }
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Sets the clock, which never goes back.
    pub fn set_now(&mut self, now: Instant) {
        self.now = self.now.max(now);
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

    /// What it held at first.
    #[must_use]
    pub fn preset(&self) -> Preset {
        self.preset
    }

    /// Whether documents are taken as a server would hold them.
    #[must_use]
    pub fn as_stored(&self) -> bool {
        self.as_stored
    }

    /// The Service of a key, if there is one.
    #[must_use]
    pub fn service(&self, key: &NamespacedName) -> Option<&Service> {
        self.store.typed::<Service>(key)
    }

    /// The Node of a name, if there is one.
    #[must_use]
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.store.typed::<Node>(&("", name))
    }

    /// The document an object was written in.
    #[must_use]
    pub fn origin(&self, reference: &ObjectRef) -> Option<&Arc<Document>> {
        self.origins.get(reference)
    }

    /// Remembers which document an object was written in.
    pub fn set_origin(&mut self, reference: &ObjectRef, document: Arc<Document>) {
        if self.origins.get(reference).is_some_and(|it| Arc::ptr_eq(it, &document)) {
            return;
        }
        self.origins.insert(reference, document);
    }

    /// Forgets the document of an object.
    fn forget_origin(&mut self, reference: &ObjectRef) {
        self.origins.remove(reference);
    }

    /// Objects whose document stands in one file, in no order that means anything.
    pub fn written_in(&self, file: FileId) -> impl Iterator<Item = &ObjectRef> {
        self.origins
            .iter()
            .filter(move |(_, document)| document.root.span.file == file)
            .map(|(reference, _)| reference)
    }

    /// Whether an object came with the preset.
    #[must_use]
    pub fn is_preset(&self, reference: &ObjectRef) -> bool {
        self.origins
            .get(reference)
            .is_some_and(|document| document.root.span.file == FileId::PRESET)
    }

    /// Whether the endpoints of a Service came with the documents, which controllers then leave alone
    /// (`--as-stored` only).
    #[must_use]
    pub fn holds_given_endpoints(&self, service: &NamespacedName) -> bool {
        self.as_stored && self.given.endpoints.contains(service)
    }

    /// Whether given Endpoints stand alone and are to be mirrored although the Service has a selector.
    #[must_use]
    pub fn mirrors_given_endpoints(&self, service: &NamespacedName) -> bool {
        self.holds_given_endpoints(service) && !self.given.slices.contains(service)
    }

    /// A uid for what no name or address depends on: events and leases shift no other choice.
    pub fn new_event_uid(&mut self) -> String {
        uid(&mut self.event_rng)
    }

    /// A uid, random by the seed (`apimachinery/pkg/util/uuid`).
    pub fn new_uid(&mut self) -> String {
        uid(&mut self.rng)
    }
}

fn uid(rng: &mut Rng) -> String {
    let (high, low) = (rng.next_u64(), rng.next_u64());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48) & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}
