//! What the API server keeps: one map per kind, resource versions, and the indexes controllers look things up by.
//!
//! Maps are shared with snapshots and copied only when a write follows a snapshot. Every write reports what
//! changed ([`Change`]) so that controllers wake for the keys concerned and for nothing else. Not here:
//! rules about what may be written (`write`), and who reacts (`controllers`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::super::ingress_controllers::containers::runs_controller;
use super::super::object_map::ObjectMap;
use super::super::shared::Shared;
use super::super::system_namespaces::is_system_namespace;
use crate::api::types::discovery::SERVICE_NAME_LABEL;
use crate::api::types::meta::Labels;
use crate::api::types::networking::Ingress;
use crate::api::types::service_type::ServiceType;
use crate::api::{Kind, NamespacedName, Object, ObjectKey, ObjectRef, Resource, Typed};
use crate::steps;

/// Who writes: nobody need be woken by what they wrote themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Writer {
    /// A person, or a controller that wants to be woken by its own writes.
    #[default]
    Anyone,
    /// The scheduler.
    Scheduler,
    /// A kubelet.
    Kubelet,
    /// The Endpoints controller.
    Endpoints,
    /// The EndpointSlice controller.
    Slices,
    /// The controller that mirrors Endpoints.
    Mirror,
}

/// What a write did to one object, with what readers need of the state before it.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which object.
    pub kind: Kind,
    /// Its namespace and name.
    pub key: NamespacedName,
    /// Who wrote.
    pub writer: Writer,
    /// Before; `None` if it is new.
    pub before: Option<IndexedFields>,
    /// After; `None` if it is gone.
    pub after: Option<IndexedFields>,
}

/// The parts of an object that decide who is concerned by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexedFields {
    /// Labels.
    pub labels: Labels,
    /// Uids of its owners.
    pub owners: Vec<String>,
    /// Kinds and names of the workloads it belongs to.
    pub owner_keys: Vec<(Kind, String)>,
    /// Its uid.
    pub uid: String,
    /// A Service's selector.
    pub selector: Labels,
    /// A pod's node.
    pub node: String,
    /// A pod's first address.
    pub address: String,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// A pod's phase is `Succeeded` or `Failed`.
    pub terminal: bool,
    /// A pod may be an Ingress controller, a Service may announce one.
    pub announces_ingress: bool,
    /// Hosts and paths of an Ingress.
    pub host_paths: BTreeSet<(String, String)>,
}

impl IndexedFields {
    fn of(object: &Object) -> Self {
        let meta = object.metadata();
        let mut fields = Self {
            labels: meta.labels.clone(),
            owners: meta.owner_references.iter().map(|owner| owner.uid.clone()).collect(),
            owner_keys: meta
                .owner_references
                .iter()
                .filter_map(|owner| match owner.kind.as_str() {
                    "Deployment" => Some((Kind::Deployment, owner.name.clone())),
                    "ReplicaSet" => Some((Kind::ReplicaSet, owner.name.clone())),
                    "StatefulSet" => Some((Kind::StatefulSet, owner.name.clone())),
                    "DaemonSet" => Some((Kind::DaemonSet, owner.name.clone())),
                    "ReplicationController" => Some((Kind::ReplicationController, owner.name.clone())),
                    "Job" => Some((Kind::Job, owner.name.clone())),
                    "CronJob" => Some((Kind::CronJob, owner.name.clone())),
                    _ => None,
                })
                .collect(),
            uid: meta.uid.clone(),
            terminating: meta.deletion_timestamp.is_some(),
            ..Self::default()
        };
        match &object.typed {
            Typed::Pod(pod) => {
                fields.node.clone_from(&pod.spec.node_name);
                fields.address.clone_from(&pod.status.pod_ip);
                fields.terminal = pod.is_terminal();
                fields.announces_ingress = runs_controller(pod);
            }
            Typed::Service(service) => {
                fields.selector.clone_from(&service.spec.selector);
                fields.announces_ingress =
                    service.service_type() != Some(ServiceType::ClusterIp) || !service.spec.external_ips.is_empty();
            }
            Typed::Ingress(ingress) => {
                fields.host_paths = ingress
                    .host_paths()
                    .map(|(host, path)| (host.to_owned(), path.to_owned()))
                    .collect();
            }
            _ => {}
        }
        fields
    }
}

/// `namespace`, label key, label value.
type LabelKey = (String, String, String);

/// All objects and their indexes.
#[derive(Clone, Debug, Default)]
pub struct Store {
    kinds: BTreeMap<Kind, Arc<ObjectMap>>,
    version: u64,
    changes: Vec<Change>,
    /// Who writes now.
    pub writer: Writer,
    /// Pods by each of their labels.
    pods_by_label: Shared<BTreeMap<LabelKey, BTreeSet<String>>>,
    /// Services by the first pair of their selector.
    services_by_selector: Shared<BTreeMap<LabelKey, BTreeSet<String>>>,
    /// Ingresses by each host and path.
    ingresses_by_path: Shared<BTreeMap<(String, String), BTreeSet<NamespacedName>>>,
    /// EndpointSlices by namespace and Service.
    slices_by_service: Shared<BTreeMap<NamespacedName, BTreeSet<String>>>,
    /// Objects by the uid of an owner.
    dependents: Shared<BTreeMap<String, BTreeSet<(Kind, NamespacedName)>>>,
    /// Pods by node; those without a node stand under the empty name.
    pods_by_node: Shared<BTreeMap<String, BTreeSet<NamespacedName>>>,
    /// The order in which pods came.
    pod_births: Shared<BTreeMap<NamespacedName, u64>>,
    /// How many pods of the system and of the learner a node holds.
    pod_counts: Shared<BTreeMap<String, [usize; 2]>>,
}

impl Store {
    /// The resource version of the last write.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The maps, for a snapshot.
    #[must_use]
    pub fn kinds(&self) -> &BTreeMap<Kind, Arc<ObjectMap>> {
        &self.kinds
    }

    /// One object.
    #[must_use]
    pub fn get(&self, kind: Kind, key: &dyn ObjectKey) -> Option<&Arc<Object>> {
        self.kinds.get(&kind)?.get(key)
    }

    /// One object by reference.
    #[must_use]
    pub fn object(&self, reference: &ObjectRef) -> Option<&Arc<Object>> {
        self.get(reference.kind, reference)
    }

    /// One typed object.
    #[must_use]
    pub fn typed<T: Resource>(&self, key: &dyn ObjectKey) -> Option<&T> {
        T::of(&self.get(T::KIND, key)?.typed)
    }

    /// All objects of a kind with their keys.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&NamespacedName, &Arc<Object>)> {
        self.kinds
            .get(&kind)
            .into_iter()
            .flat_map(|map| map.iter())
            .inspect(|_| steps::count(1))
    }

    /// How many objects of a kind there are.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.kinds.get(&kind).map_or(0, |map| map.len())
    }

    /// All typed objects of a kind.
    pub fn list<T: Resource + 'static>(&self) -> impl Iterator<Item = &T> {
        self.all(T::KIND).filter_map(|(_, object)| T::of(&object.typed))
    }

    /// Names of the pods of a namespace whose labels hold every pair of `selector`; none for an empty one.
    #[must_use]
    pub fn pods_matching(&self, namespace: &str, selector: &Labels) -> Vec<NamespacedName> {
        let mut smallest: Option<&BTreeSet<String>> = None;
        for (label, value) in selector {
            let index = (namespace.to_owned(), label.clone(), value.clone());
            let Some(names) = self.pods_by_label.get(&index) else {
                return Vec::new();
            };
            if smallest.is_none_or(|other| names.len() < other.len()) {
                smallest = Some(names);
            }
        }
        smallest
            .into_iter()
            .flatten()
            .map(|name| NamespacedName::new(namespace, name))
            .filter(|key| {
                self.get(Kind::Pod, key)
                    .is_some_and(|pod| crate::api::types::meta::labels_match(selector, &pod.metadata().labels))
            })
            .collect()
    }

    /// Services of a namespace whose selector these pod labels satisfy.
    #[must_use]
    pub fn services_selecting(&self, namespace: &str, labels: &Labels) -> Vec<NamespacedName> {
        let mut found = Vec::new();
        for (label, value) in labels {
            let index = (namespace.to_owned(), label.clone(), value.clone());
            for name in self.services_by_selector.get(&index).into_iter().flatten() {
                let key = NamespacedName::new(namespace, name);
                let selects = self
                    .typed::<crate::api::types::core::Service>(&key)
                    .is_some_and(|service| crate::api::types::meta::labels_match(&service.spec.selector, labels));
                if selects {
                    found.push(key);
                }
            }
        }
        found
    }

    /// Stored Ingresses that share a host and path with this one, in order of their names.
    #[must_use]
    pub fn ingresses_beside(&self, ingress: &Ingress) -> Vec<&Ingress> {
        let paths = ingress
            .host_paths()
            .map(|(host, path)| (host.to_owned(), path.to_owned()));
        let found: BTreeSet<&NamespacedName> = paths
            .flat_map(|it| self.ingresses_by_path.get(&it).into_iter().flatten())
            .collect();
        found.into_iter().filter_map(|key| self.typed(key)).collect()
    }

    /// EndpointSlices that name a Service, in order of their names.
    #[must_use]
    pub fn slices_of(&self, service: &NamespacedName) -> Vec<NamespacedName> {
        self.slices_by_service
            .get(service)
            .into_iter()
            .flatten()
            .map(|name| NamespacedName::new(&service.namespace, name))
            .collect()
    }

    /// Objects that an owner's uid stands in.
    #[must_use]
    pub fn dependents(&self, uid: &str) -> Vec<(Kind, NamespacedName)> {
        self.dependents.get(uid).into_iter().flatten().cloned().collect()
    }

    /// Keys of a kind in one namespace.
    pub fn keys_in(&self, kind: Kind, namespace: &str) -> impl Iterator<Item = &NamespacedName> {
        let start = NamespacedName::new(namespace, "");
        let namespace = start.namespace.clone();
        self.kinds
            .get(&kind)
            .into_iter()
            .flat_map(move |map| map.range(start.clone()..))
            .take_while(move |(key, _)| key.namespace == namespace)
            .map(|(key, _)| key)
    }

    /// Pods bound to a node; those of the empty name wait for one.
    pub fn pods_on(&self, node: &str) -> impl Iterator<Item = &NamespacedName> {
        self.pods_by_node.get(node).into_iter().flatten()
    }

    /// How many pods are bound to a node: those of the system, or all others.
    #[must_use]
    pub fn pod_count(&self, node: &str, system: bool) -> usize {
        self.pod_counts
            .get(node)
            .map_or(0, |counts| counts[usize::from(!system)])
    }

    /// When a pod came, as a number that grows; for controllers that take pods as they come.
    #[must_use]
    pub fn pod_birth(&self, key: &NamespacedName) -> u64 {
        self.pod_births.get(key).copied().unwrap_or(u64::MAX)
    }

    /// Stores an object, new or not, under a new resource version.
    pub fn put(&mut self, mut object: Object) -> ObjectRef {
        self.version += 1;
        stamp(&mut object, self.version);
        let reference = object.reference();
        let key = reference.key();
        let after = IndexedFields::of(&object);
        let map = Arc::make_mut(self.kinds.entry(reference.kind).or_default());
        let before = map
            .insert(key.clone(), Arc::new(object))
            .map(|old| IndexedFields::of(&old));
        self.report(reference.kind, key, before, Some(after));
        reference
    }

    /// Changes a stored object where it stands: `change` edits tree and view alike and says whether it did
    /// anything. Returns whether there was such an object and it changed.
    pub fn edit(&mut self, kind: Kind, key: &NamespacedName, change: impl FnOnce(&mut Object) -> bool) -> bool {
        let Some(map) = self.kinds.get_mut(&kind) else {
            return false;
        };
        let Some(slot) = Arc::make_mut(map).get_mut(key) else {
            return false;
        };
        let before = IndexedFields::of(slot);
        let object = Arc::make_mut(slot);
        if !change(object) {
            return false;
        }
        self.version += 1;
        stamp(object, self.version);
        let after = IndexedFields::of(object);
        self.report(kind, key.clone(), Some(before), Some(after));
        true
    }

    /// Removes an object for good.
    pub fn remove(&mut self, kind: Kind, key: &NamespacedName) -> Option<Arc<Object>> {
        let map = self.kinds.get_mut(&kind)?;
        if !map.contains_key(key) {
            return None;
        }
        let object = Arc::make_mut(map).remove(key)?;
        self.version += 1;
        self.report(kind, key.clone(), Some(IndexedFields::of(&object)), None);
        Some(object)
    }

    /// Counts a change that is in no object.
    pub fn touch(&mut self) {
        self.version += 1;
    }

    /// What changed since the last call.
    pub fn take_changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    fn report(&mut self, kind: Kind, key: NamespacedName, before: Option<IndexedFields>, after: Option<IndexedFields>) {
        let same = match (&before, &after) {
            (Some(before), Some(after)) => before == after,
            _ => false,
        };
        if kind == Kind::Pod && before.is_none() {
            self.pod_births.insert(key.clone(), self.version);
        } else if kind == Kind::Pod && after.is_none() {
            self.pod_births.remove(&key);
        }
        if !same {
            if let Some(fields) = &before {
                self.index(kind, &key, fields, false);
            }
            if let Some(fields) = &after {
                self.index(kind, &key, fields, true);
            }
        }
        self.changes.push(Change {
            kind,
            key,
            writer: self.writer,
            before,
            after,
        });
    }

    fn index(&mut self, kind: Kind, key: &NamespacedName, fields: &IndexedFields, present: bool) {
        let NamespacedName { namespace, name } = key;
        match kind {
            Kind::Pod => {
                for (label, value) in &fields.labels {
                    let at = (namespace.clone(), label.clone(), value.clone());
                    toggle(&mut self.pods_by_label, at, name.clone(), present);
                }
                if !fields.terminal {
                    toggle(&mut self.pods_by_node, fields.node.clone(), key.clone(), present);
                    let counts = self.pod_counts.entry(fields.node.clone()).or_default();
                    let count = &mut counts[usize::from(!is_system_namespace(namespace))];
                    *count = if present { *count + 1 } else { count.saturating_sub(1) };
                }
            }
            Kind::Service => {
                if let Some((label, value)) = fields.selector.first_key_value() {
                    let at = (namespace.clone(), label.clone(), value.clone());
                    toggle(&mut self.services_by_selector, at, name.clone(), present);
                }
            }
            Kind::Ingress => {
                for at in &fields.host_paths {
                    toggle(&mut self.ingresses_by_path, at.clone(), key.clone(), present);
                }
            }
            Kind::EndpointSlice => {
                if let Some(service) = fields.labels.get(SERVICE_NAME_LABEL) {
                    let at = NamespacedName::new(namespace, service);
                    toggle(&mut self.slices_by_service, at, name.clone(), present);
                }
            }
            _ => {}
        }
        for owner in &fields.owners {
            toggle(&mut self.dependents, owner.clone(), (kind, key.clone()), present);
        }
    }
}

/// Adds or removes one member of an index; empty sets go.
fn toggle<K: Ord, V: Ord>(index: &mut BTreeMap<K, BTreeSet<V>>, at: K, member: V, present: bool) {
    if present {
        index.entry(at).or_default().insert(member);
    } else if let Some(set) = index.get_mut(&at) {
        set.remove(&member);
        if set.is_empty() {
            index.remove(&at);
        }
    }
}

/// Writes the resource version into tree and view.
fn stamp(object: &mut Object, version: u64) {
    let text = version.to_string();
    super::super::tree::set(
        &mut object.value,
        &["metadata", "resourceVersion"],
        Value::String(text.clone()),
    );
    object.typed.metadata_mut().resource_version = text;
}
