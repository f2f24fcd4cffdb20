//! What the cluster holds at one moment: immutable, cheap to clone, read by `net` and everything after it.

use std::collections::BTreeMap;
use std::sync::Arc;

pub use super::cluster_config::{ClusterConfig, LoadBalancerProvider};
use super::faults::Faults;
pub use super::object_map::ObjectMap;
use super::pod_start::PodStart;
use super::shared::Sharded;
use crate::api::{Kind, NamespacedName, Object, ObjectKey, ObjectRef, Resource};
use crate::manifest::Document;
use crate::sim::Instant;
use crate::steps;
use crate::text::Span;

/// Everything there is at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) config: Arc<ClusterConfig>,
    pub(super) kinds: BTreeMap<Kind, Arc<ObjectMap>>,
    pub(super) origins: Sharded<ObjectRef, Arc<Document>>,
    /// What pods found when they started.
    pub(super) started: Arc<BTreeMap<NamespacedName, PodStart>>,
    pub(super) faults: Arc<Faults>,
    pub(super) version: u64,
    pub(super) now: Instant,
}

impl Snapshot {
    /// A cluster with nothing in it yet.
    #[must_use]
    pub fn empty(config: ClusterConfig, now: Instant) -> Self {
        Self {
            config: Arc::new(config),
            kinds: BTreeMap::new(),
            origins: Sharded::default(),
            started: Arc::default(),
            faults: Arc::default(),
            version: 0,
            now,
        }
    }

    /// The same with these objects in it, as they are: nothing is defaulted, allocated or reconciled.
    #[must_use]
    pub fn with(mut self, objects: impl IntoIterator<Item = Object>) -> Self {
        for object in objects {
            let reference = object.reference();
            let map = self.kinds.entry(reference.kind).or_default();
            Arc::make_mut(map).insert(reference.into(), Arc::new(object));
            self.version += 1;
        }
        self
    }

    /// Settings of the cluster.
    #[must_use]
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }

    /// The same, to be kept: the same allocation as long as nothing in it changes.
    #[must_use]
    pub fn shared_config(&self) -> &Arc<ClusterConfig> {
        &self.config
    }

    /// The cluster's resource version: equal versions hold equal objects.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// What is broken, beside what objects say.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What the containers of a pod found when it started; `None` for one that has not.
    #[must_use]
    pub fn pod_start(&self, pod: &dyn ObjectKey) -> Option<&PodStart> {
        self.started.get(pod)
    }

    /// What a container that starts now would find.
    #[must_use]
    pub(super) fn start_now(&self) -> PodStart {
        PodStart::of(&self.kinds)
    }

    /// When it was taken.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.now
    }

    /// All objects of a kind, by namespace and name.
    pub fn objects(&self, kind: Kind) -> impl Iterator<Item = &Arc<Object>> {
        self.kinds
            .get(&kind)
            .into_iter()
            .flat_map(|map| map.values())
            .inspect(|_| steps::count(1))
    }

    /// The map of a kind itself. Unchanged kinds keep the same allocation from one snapshot to the next, so
    /// `Arc::ptr_eq` tells readers whether to look again.
    #[must_use]
    pub fn kind_map(&self, kind: Kind) -> Option<&Arc<ObjectMap>> {
        self.kinds.get(&kind)
    }

    /// All objects of a typed kind, by namespace and name.
    pub fn list<T: Resource + 'static>(&self) -> impl Iterator<Item = &T> {
        self.objects(T::KIND).filter_map(|object| T::of(&object.typed))
    }

    /// One object by reference.
    #[must_use]
    pub fn object(&self, reference: &ObjectRef) -> Option<&Arc<Object>> {
        self.find(reference.kind, reference)
    }

    /// One typed object; `namespace` is empty for cluster-wide kinds.
    #[must_use]
    pub fn get<T: Resource>(&self, namespace: &str, name: &str) -> Option<&T> {
        self.typed(&(namespace, name))
    }

    /// One typed object by what names it among those of its kind.
    #[must_use]
    pub fn typed<T: Resource>(&self, key: &dyn ObjectKey) -> Option<&T> {
        T::of(&self.find(T::KIND, key)?.typed)
    }

    fn find(&self, kind: Kind, key: &dyn ObjectKey) -> Option<&Arc<Object>> {
        self.kinds.get(&kind)?.get(key)
    }

    /// The document an object was written in, if a learner's text or a preset holds it.
    #[must_use]
    pub fn origin(&self, reference: &ObjectRef) -> Option<&Arc<Document>> {
        self.origins.get(reference)
    }

    /// Where a field of an object stands in the text; the nearest enclosing field where it is not written.
    /// Objects made by controllers lead to their owner's document.
    #[must_use]
    pub fn span(&self, reference: &ObjectRef, field: &str) -> Option<Span> {
        if let Some(document) = self.origin(reference) {
            return Some(document.locate(field));
        }
        let owner = self.object(reference)?.metadata().owner_references.first()?;
        let kind = crate::api::kind::KINDS
            .iter()
            .find(|info| info.name == owner.kind)?
            .kind;
        self.span(
            &ObjectRef::new(kind, reference.namespace.clone(), owner.name.clone()),
            "metadata.name",
        )
    }

    /// The first of some fields that is written in an object's text, else the last of them; for pointing at
    /// the line that tells most where the field that decides may have been left to its default.
    #[must_use]
    pub fn first_written<'a>(&self, reference: &ObjectRef, fields: &[&'a str]) -> &'a str {
        let written = |field: &&&str| self.origin(reference).is_some_and(|it| it.writes(field));
        let found = fields.iter().find(written).or(fields.last());
        found.copied().unwrap_or_default()
    }
}
