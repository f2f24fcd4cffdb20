//! What runs on the nodes: machines and containers as they are, addresses that pods hold, what pods found when they
//! started.
//!
//! Kubelets and whoever handles machines write here; the API server knows nothing of it but what kubelets report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::api_server::store::Store;
use super::super::faults::{ContainerState, Faults, Machine, PodContainers};
use super::super::object_map::ObjectMap;
use super::super::pod_start::PodStart;
use super::complaints::Complaint;
use super::pod_addresses::PodAddresses;
use crate::api::types::core::Pod;
use crate::api::{Kind, NamespacedName};
use crate::cluster::shared::Shared;
use crate::sim::Instant;

/// The nodes of a cluster, beside what their objects say.
#[derive(Clone, Debug, Default)]
pub struct NodeRuntime {
    /// Which addresses pods hold.
    pub addresses: PodAddresses,
    /// Pods in which a program waits for a name or a port.
    pub waiting: Shared<BTreeSet<NamespacedName>>,
    images: Shared<BTreeMap<String, BTreeSet<String>>>,
    complaints: Shared<BTreeMap<NamespacedName, Vec<Complaint>>>,
    faults: Arc<Faults>,
    started: Arc<BTreeMap<NamespacedName, PodStart>>,
}

impl NodeRuntime {
    /// What is broken.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The same, to be kept.
    #[must_use]
    pub fn shared_faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults)
    }

    /// What is broken, to be changed: news although no object changes, so the store counts it.
    pub fn faults_mut(&mut self, store: &mut Store) -> &mut Faults {
        store.touch();
        Arc::make_mut(&mut self.faults)
    }

    /// A machine, to be changed; one to which nothing had happened is remembered from now on.
    pub fn machine_mut(&mut self, store: &mut Store, node: &str) -> &mut Machine {
        let faults = self.faults_mut(store);
        let at = match faults.machines.iter().position(|it| it.name == node) {
            Some(at) => at,
            None => {
                faults.machines.push(Machine::new(node));
                faults.machines.len() - 1
            }
        };
        &mut faults.machines[at]
    }

    /// The containers of a pod as they are now, the init containers behind the others. One of which nobody has kept
    /// anything has been running since its pod's start.
    #[must_use]
    pub fn containers(&self, key: &NamespacedName, pod: &Pod, now: Instant) -> Vec<ContainerState> {
        if let (Some(known), Some(init)) = (self.faults.containers(key), self.faults.init_containers(key)) {
            return known.iter().chain(init).copied().collect();
        }
        let start = pod.status.start_time.as_deref().and_then(Instant::parse_rfc3339);
        vec![ContainerState::new(start.unwrap_or(now)); pod.spec.containers.len()]
    }

    /// Remembers the containers of a pod as its kubelet found them: so many, and behind them the init containers.
    pub fn keep_containers(&mut self, key: &NamespacedName, mut containers: Vec<ContainerState>, n_containers: usize) {
        let init = containers.split_off(n_containers.min(containers.len()));
        let kept = kept(Arc::make_mut(&mut self.faults), key);
        kept.containers = containers;
        kept.init = init;
    }

    /// The containers of a pod that are remembered, to be changed; none are where nobody has kept any.
    pub fn containers_mut(&mut self, store: &mut Store, key: &NamespacedName) -> &mut Vec<ContainerState> {
        &mut kept(self.faults_mut(store), key).containers
    }

    /// Notes that an image is on a node; whether it was not there before.
    pub fn note_image(&mut self, node: &str, image: &str) -> bool {
        if self.images.get(node).is_some_and(|it| it.contains(image)) {
            return false;
        }
        self.images.entry(node.to_owned()).or_default().insert(image.to_owned())
    }

    /// Takes what a pod's probes complain of.
    pub fn take_complaints(&mut self, key: &NamespacedName) -> Vec<Complaint> {
        self.complaints.remove(key).unwrap_or_default()
    }

    /// Keeps what a pod's probes complain of.
    pub fn keep_complaints(&mut self, key: &NamespacedName, complaints: Vec<Complaint>) {
        if !complaints.is_empty() {
            self.complaints.insert(key.clone(), complaints);
        }
    }

    /// Pods whose probes complain of something.
    pub fn complaining(&self) -> impl Iterator<Item = &NamespacedName> {
        self.complaints.keys()
    }

    /// What pods found when they started, to be kept.
    #[must_use]
    pub fn shared_started(&self) -> Arc<BTreeMap<NamespacedName, PodStart>> {
        Arc::clone(&self.started)
    }

    /// Whether the containers of a pod have been started.
    #[must_use]
    pub fn has_started(&self, key: &NamespacedName) -> bool {
        self.started.contains_key(key)
    }

    /// Keeps what a pod's containers find when they start; what an earlier start found stands.
    pub fn note_start(&mut self, key: &NamespacedName, kinds: &BTreeMap<Kind, Arc<ObjectMap>>) {
        if !self.started.contains_key(key) {
            Arc::make_mut(&mut self.started).insert(key.clone(), PodStart::of(kinds));
        }
    }

    /// Forgets what a pod's containers found, for they start again.
    pub fn forget_start(&mut self, key: &NamespacedName) {
        if self.started.contains_key(key) {
            Arc::make_mut(&mut self.started).remove(key);
        }
    }

    /// Forgets what happened to a pod that is gone.
    pub fn forget_pod(&mut self, key: &NamespacedName) {
        self.forget_start(key);
        self.waiting.remove(key);
        self.complaints.remove(key);
        if self.faults.containers(key).is_some() {
            Arc::make_mut(&mut self.faults).containers.retain(|it| it.pod != *key);
        }
    }

    /// Forgets what happened to a node that is gone, and to its links.
    pub fn forget_node(&mut self, name: &str) {
        self.images.remove(name);
        if !self.faults.is_empty() {
            let faults = Arc::make_mut(&mut self.faults);
            faults.machines.retain(|it| it.name != name);
            faults.cut.retain(|it| it.low != name && it.high != name);
        }
    }
}

/// The place of a pod's containers among those that something has happened to.
fn kept<'a>(faults: &'a mut Faults, key: &NamespacedName) -> &'a mut PodContainers {
    let at = match faults.containers.binary_search_by(|it| it.pod.cmp(key)) {
        Ok(at) => at,
        Err(at) => {
            let made = PodContainers {
                pod: key.clone(),
                containers: Vec::new(),
                init: Vec::new(),
            };
            faults.containers.insert(at, made);
            at
        }
    };
    &mut faults.containers[at]
}
