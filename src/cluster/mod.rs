//! The in-memory API server and its controllers.
//!
//! One writer ([`Cluster`]), many readers ([`Snapshot`], immutable and cheap to take). Writes wake the
//! controllers concerned through work queues ([`Cluster::settle`] runs them until nothing waits); what takes
//! time waits on the virtual clock ([`Cluster::advance`]).
//!
//! From the ground up:
//!
//! - `tree`, `listening`, `pod_overrides`, `cluster_config`, `options`, `faults`: facts and small rules
//! - `snapshot`, `envvars`, `ingress_controllers`: what readers get, and what can be read from it
//! - `api_server`, with the store; `patch`: what the server does with a patch
//! - `work_queues`, `timers`, `event_recorder`: what controllers share, and `reconcile`: what one of them gets
//! - `scheduler`, `kubelet`, `controllers`, `machines`: who acts
//! - `enqueue`, `dispatch`: who is concerned, and whose turn it is
//!
//! Not here: packets (`net`), connections and the clock's owner (`world`).

mod api_server;
pub mod certificate;
mod cluster_config;
mod controllers;
mod dispatch;
mod enqueue;
pub mod envvars;
mod event_recorder;
pub mod faults;
pub mod gateways;
pub mod hostname;
mod images;
pub mod ingress_controllers;
mod kube_proxy;
mod kubelet;
pub mod limits;
pub mod listening;
mod machines;
mod object_map;
mod options;
pub mod patch;
mod pod_overrides;
mod pod_start;
mod preset;
pub mod programs;
mod reconcile;
mod scheduler;
mod shared;
pub mod snapshot;
mod system_namespaces;
mod timers;
mod topology_labels;
pub(crate) mod tree;
mod work_queues;

use std::sync::Arc;

pub use api_server::service::Allocations;
pub use api_server::write::{Written, named, resource_name};
pub use cluster_config::{ClusterConfig, LoadBalancerProvider};
pub use kubelet::ends_promptly;
pub use listening::listens;
pub use options::Options;
pub use pod_overrides::PodOverrides;
pub use preset::{Preset, known_manifest};

pub use snapshot::Snapshot;
pub use system_namespaces::is_system_namespace;

use crate::api::custom::Definitions;
use crate::api::kind::KindInfo;
use crate::api::types::core::Pod;
use crate::api::{Kind, NamespacedName, Object, ObjectRef, Refusal, Sent, Warning};
use crate::manifest::Document;
use crate::sim::{Duration, Instant};
use crate::text::FileId;
use api_server::ApiServer;
use api_server::preset_objects::{KUBERNETES_SERVICE_PERIOD, is_kubernetes};
use controllers::memory::ControllerMemory;
use dispatch::Dispatcher;
use event_recorder::EventRecorder;
use faults::{Faults, Health};
use kubelet::containers;
use kubelet::node_runtime::NodeRuntime;
use serde_json::Value;
use timers::{Timer, Timers};
use work_queues::WorkQueues;

/// The API server, its store, and the controllers beside it.
#[derive(Clone, Debug)]
pub struct Cluster {
    api: ApiServer,
    nodes: NodeRuntime,
    queues: WorkQueues,
    timers: Timers,
    limits: limits::Limits,
    events: EventRecorder,
    memory: ControllerMemory,
}

impl Cluster {
    /// A cluster as the preset leaves it, with everything running.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let mut cluster = Self {
            api: ApiServer::new(options),
            nodes: NodeRuntime::default(),
            queues: WorkQueues::default(),
            timers: Timers::default(),
            limits: limits::Limits::default(),
            events: EventRecorder::default(),
            memory: ControllerMemory::default(),
        };
        cluster.settle();
        cluster
    }

    /// What the cluster holds now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.api
            .snapshot_with(self.nodes.shared_started(), self.nodes.shared_faults())
    }

    /// Whether the controllers did not come to rest within [`limits::WORK`] items and were stopped since this was
    /// asked last.
    pub fn take_gave_up(&mut self) -> bool {
        std::mem::take(&mut self.limits.gave_up)
    }

    /// Lets the controllers take fewer items in one go.
    #[cfg(test)]
    pub(crate) fn limit_work(&mut self, work: usize) {
        self.limits.work = work;
    }

    /// The limit that an object has met: a workload itself, or a Deployment by one of its ReplicaSets.
    #[must_use]
    pub fn limit_met(&self, reference: &ObjectRef) -> Option<limits::Limit> {
        self.limits.met(&self.api.store, reference)
    }

    /// Runs the controllers until nothing waits; takes no virtual time. Should they not come to rest they are
    /// stopped, and [`Cluster::take_gave_up`] says so.
    pub fn settle(&mut self) {
        self.dispatcher().settle();
    }

    /// Lets virtual time pass; what falls due on the way happens in order.
    pub fn advance(&mut self, by: Duration) {
        let end = self.now() + by;
        self.settle();
        while let Some((at, timer)) = self.timers.take_due(end) {
            self.api.set_now(at);
            self.dispatcher().fire(timer);
            self.settle();
        }
        self.api.set_now(end);
        self.settle();
        self.dispatcher().note_time();
    }

    /// When the next thing falls due, if anything waits on the clock.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.timers.next_due()
    }

    /// Wakes every controller for every object, as informers do now and then. A cluster at rest stays as it is.
    pub fn resync(&mut self) {
        self.dispatcher().resync();
    }

    fn dispatcher(&mut self) -> Dispatcher<'_> {
        Dispatcher::new(
            &mut self.api,
            &mut self.queues,
            &mut self.timers,
            &mut self.limits,
            &mut self.events,
            &mut self.nodes,
            &mut self.memory,
        )
    }
}

/// What the API server offers.
impl Cluster {
    /// Settings of the cluster.
    #[must_use]
    pub fn config(&self) -> &ClusterConfig {
        self.api.config()
    }

    /// Which addresses and ports Services hold.
    #[must_use]
    pub fn allocations(&self) -> &Allocations {
        self.api.allocations()
    }

    /// The virtual time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.api.now()
    }

    /// What it held at first.
    #[must_use]
    pub fn preset(&self) -> Preset {
        self.api.preset()
    }

    /// Whether documents are taken as a server would hold them.
    #[must_use]
    pub fn as_stored(&self) -> bool {
        self.api.as_stored()
    }

    /// One object.
    #[must_use]
    pub fn object(&self, reference: &ObjectRef) -> Option<&Arc<Object>> {
        self.api.store.object(reference)
    }

    /// The document an object was written in.
    #[must_use]
    pub fn origin(&self, reference: &ObjectRef) -> Option<&Arc<Document>> {
        self.api.origin(reference)
    }

    /// Remembers which document an object was written in.
    pub fn set_origin(&mut self, reference: &ObjectRef, document: Arc<Document>) {
        self.api.set_origin(reference, document);
    }

    /// Objects whose document stands in one file.
    pub fn written_in(&self, file: FileId) -> impl Iterator<Item = &ObjectRef> {
        self.api.written_in(file)
    }

    /// Whether an object came with the preset.
    #[must_use]
    pub fn is_preset(&self, reference: &ObjectRef) -> bool {
        self.api.is_preset(reference)
    }

    /// Creates an object as `POST` does. A `status` that comes along is kept: learners paste what
    /// `kubectl get -o yaml` printed.
    ///
    /// # Errors
    /// In the API server's words, when it would refuse.
    pub fn create(&mut self, info: &KindInfo, sent: &Value) -> Result<Written, Refusal> {
        self.api.create(info, sent)
    }

    /// The reference under which a document's object is or would be stored.
    #[must_use]
    pub fn reference_of(sent: &Sent) -> ObjectRef {
        ApiServer::reference_of(sent)
    }

    /// The kinds that CustomResourceDefinitions in this cluster add.
    #[must_use]
    pub fn definitions(&self) -> Definitions {
        self.api.definitions()
    }

    /// Replaces a stored object as `PUT` does; kinds whose strategy allows it are created where they are not there.
    ///
    /// # Errors
    /// In the API server's words, when it would refuse.
    pub fn put(&mut self, info: &KindInfo, reference: &ObjectRef, new: Value) -> Result<Written, Refusal> {
        self.api.put(info, reference, new)
    }

    /// Replaces a stored object by a new version, as `PUT` and `PATCH` do once the new version is known.
    ///
    /// # Errors
    /// In the API server's words, when it would refuse.
    pub fn update(&mut self, info: &KindInfo, reference: &ObjectRef, new: Value) -> Result<Written, Refusal> {
        self.api.update(info, reference, new)
    }

    /// Merges a strategic merge patch into a stored object, as `PATCH` does.
    ///
    /// # Errors
    /// In the API server's words, when it would refuse the patch or what comes of it.
    pub fn patch(&mut self, info: &KindInfo, reference: &ObjectRef, patch: &Value) -> Result<Written, Refusal> {
        self.api.patch(info, reference, patch)
    }

    /// Replaces the status of a stored object, as a write to its subresource `status` does; controllers
    /// leave the new status of a pod or an Ingress alone from then on.
    ///
    /// # Errors
    /// When there is no such object, or the status does not have the types of its kind.
    pub fn update_status(&mut self, info: &KindInfo, reference: &ObjectRef, new: &Value) -> Result<Written, Refusal> {
        self.api.update_status(info, reference, new)
    }

    /// Stores a document as a server would hold it: what it gives is kept, what it lacks is not made up.
    ///
    /// # Errors
    /// When the tree does not have the types of its kind.
    pub fn store_document(&mut self, info: &KindInfo, value: Value) -> Result<Written, Refusal> {
        self.api.store_document(info, value)
    }

    /// The server's warnings about an object as it stands.
    #[must_use]
    pub fn warnings_of(&self, kind: Kind, value: &Value) -> Vec<Warning> {
        self.api.warnings_of(kind, value)
    }

    /// Whether the API server lets an object be deleted.
    ///
    /// # Errors
    /// For namespaces that every cluster needs.
    pub fn may_delete(&self, reference: &ObjectRef) -> Result<(), Refusal> {
        self.api.may_delete(reference)
    }

    /// Deletes an object with what depends on it; pods within `grace` seconds or their own period.
    pub fn delete(&mut self, reference: &ObjectRef, grace: Option<i64>) {
        self.api.delete(reference, grace);
        if is_kubernetes(reference) && !self.as_stored() {
            self.timers
                .set(self.now() + KUBERNETES_SERVICE_PERIOD, Timer::KubernetesService);
        }
    }

    /// Evicts a pod as the subresource `eviction` does, within `grace` seconds or its own grace period.
    ///
    /// # Errors
    /// In the API server's words, where a PodDisruptionBudget does not allow it now.
    pub fn evict(&mut self, key: &NamespacedName, grace: Option<i64>) -> Result<(), &'static str> {
        self.api.evict(key, grace)
    }

    /// Brings an object of the preset back where a document had written over it and is gone.
    pub fn restore(&mut self, gone: &ObjectRef) {
        self.api.restore(gone);
    }

    /// Brings the preset's nodes back where the last pasted one is gone.
    pub fn restore_nodes(&mut self) {
        self.api.restore_nodes();
    }
}

/// What is broken, and who breaks and mends it.
impl Cluster {
    /// What is broken.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        self.nodes.faults()
    }

    /// Whether the API server and a node's kubelet can talk.
    #[must_use]
    pub fn kubelet_heard(&self, node: &str) -> bool {
        self.nodes.faults().kubelet_heard(node)
    }

    /// Takes the power from a node. Its containers are gone, and nobody hears of it.
    pub fn power_off(&mut self, node: &str) {
        self.dispatcher().machines().power_off(node);
    }

    /// Gives a node its power back: it boots, then its kubelet starts its pods anew.
    pub fn power_on(&mut self, node: &str) {
        self.dispatcher().machines().power_on(node);
    }

    /// Stops a node's kubelet: containers run on, and nobody looks after them.
    pub fn stop_kubelet(&mut self, node: &str) {
        self.dispatcher().machines().stop_kubelet(node);
    }

    /// Starts a node's kubelet again.
    pub fn start_kubelet(&mut self, node: &str) {
        self.dispatcher().machines().start_kubelet(node);
    }

    /// Cuts or mends the link between two nodes, or a node and [`ROUTER`](faults::ROUTER).
    pub fn set_link(&mut self, a: &str, b: &str, whole: bool) {
        self.dispatcher().machines().set_link(a, b, whole);
    }

    /// Mends everything that is broken: power, kubelets, links, containers. What followed from it heals as on a
    /// real cluster; cordons and taints are wishes, not faults, and stay.
    pub fn mend_all(&mut self) {
        self.dispatcher().machines().mend_all();
    }

    /// Whether there is a process in a pod that something could happen to.
    #[must_use]
    pub fn has_process(&self, key: &NamespacedName) -> bool {
        let pod = self.api.store.typed::<Pod>(key);
        pod.is_some_and(|pod| containers::has_process(pod, key, &self.nodes, self.now()))
    }

    /// Ends the processes of a pod with an exit code: of one container, or all of them.
    pub fn crash(&mut self, key: &NamespacedName, container: Option<usize>, code: i32) {
        let Dispatcher { mut ctx, nodes, .. } = self.dispatcher();
        containers::crash(&mut ctx, nodes, key, container, code);
    }

    /// Changes what the processes of a pod do.
    pub fn set_health(&mut self, key: &NamespacedName, health: Health) {
        let Dispatcher { mut ctx, nodes, .. } = self.dispatcher();
        containers::set_health(&mut ctx, nodes, key, health);
    }
}
