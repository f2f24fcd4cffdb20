//! What the containers of a pod can read when it starts: the Services, ConfigMaps and Secrets of that moment.
//!
//! Not here: which variables are made of it (`envvars`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::object_map::ObjectMap;
use crate::api::types::core::Service;
use crate::api::{Kind, ObjectKey, Resource};

/// What a container could read when its pod started: the objects of that moment, shared and never copied.
#[derive(Clone, Debug)]
pub struct PodStart {
    pub(super) services: Option<Arc<ObjectMap>>,
    pub(super) config_maps: Option<Arc<ObjectMap>>,
    pub(super) secrets: Option<Arc<ObjectMap>>,
}

impl PodStart {
    /// The objects of this moment.
    #[must_use]
    pub(super) fn of(kinds: &BTreeMap<Kind, Arc<ObjectMap>>) -> Self {
        Self {
            services: kinds.get(&Kind::Service).cloned(),
            config_maps: kinds.get(&Kind::ConfigMap).cloned(),
            secrets: kinds.get(&Kind::Secret).cloned(),
        }
    }

    /// The Services of that moment.
    pub(super) fn services(&self) -> impl Iterator<Item = &Service> {
        let objects = self.services.iter().flat_map(|map| map.values());
        objects.filter_map(|object| Service::of(&object.typed))
    }

    /// One object of one of the maps.
    pub(super) fn get<'a, T: Resource>(map: Option<&'a Arc<ObjectMap>>, namespace: &str, name: &str) -> Option<&'a T> {
        T::of(&map?.get(&(namespace, name) as &dyn ObjectKey)?.typed)
    }
}
