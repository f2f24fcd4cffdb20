//! The environment a container starts with: Service variables, the container's own, and `$(NAME)` expansion.
//!
//! Follows the kubelet (`kubernetes pkg/kubelet/kubelet_pods.go`, `makeEnvironmentVariables`). What counts is the
//! moment a container starts: a [`Start`] keeps the objects of that moment, so that later Services reach only pods
//! that start later. Not here: variables that the image or the runtime adds (`PATH`, `HOME`), and `fileKeyRef`.
//!
//! - [`services`]: the variables of Services, and why a Service has none
//! - `source`: ConfigMaps, Secrets, the downward API
//! - `expand`: `$(NAME)`

pub mod services;

mod expand;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::snapshot::{ObjectMap, Snapshot};
use crate::api::types::core::{Container, Pod, Service};
use crate::api::{Kind, ObjectKey, Resource};

/// What the kubelet knows about Services when it starts a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ServiceKnowledge {
    /// It has listed the Services.
    #[default]
    Synced,
    /// It has not listed them yet: pods from the API wait, static pods start without the variables.
    NotSynced,
    /// It runs without an API server and adds none.
    Standalone,
}

/// What a container could read when its pod started: the objects of that moment, shared and never copied.
#[derive(Clone, Debug)]
pub struct Start {
    services: Option<Arc<ObjectMap>>,
    config_maps: Option<Arc<ObjectMap>>,
    secrets: Option<Arc<ObjectMap>>,
}

impl Start {
    /// The objects of this moment.
    pub(super) fn of(kinds: &BTreeMap<Kind, Arc<ObjectMap>>) -> Self {
        Self {
            services: kinds.get(&Kind::Service).cloned(),
            config_maps: kinds.get(&Kind::ConfigMap).cloned(),
            secrets: kinds.get(&Kind::Secret).cloned(),
        }
    }

    fn services(&self) -> impl Iterator<Item = &Service> {
        let objects = self.services.iter().flat_map(|map| map.values());
        objects.filter_map(|object| Service::of(&object.typed))
    }

    fn get<'a, T: Resource>(map: Option<&'a Arc<ObjectMap>>, namespace: &str, name: &str) -> Option<&'a T> {
        T::of(&map?.get(&(namespace, name) as &dyn ObjectKey)?.typed)
    }
}

/// Why a container does not start (`CreateContainerConfigError`), in the kubelet's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvError {
    /// Services are not listed yet.
    #[error("services have not yet been read at least once, cannot construct envvars")]
    ServicesNotRead,
    /// A ConfigMap is not there.
    #[error("configmap \"{0}\" not found")]
    NoConfigMap(String),
    /// A Secret is not there.
    #[error("secret \"{0}\" not found")]
    NoSecret(String),
    /// A key is not in its ConfigMap or Secret.
    #[error("couldn't find key {key} in {kind} {namespace}/{name}")]
    NoKey {
        /// The key.
        key: String,
        /// `ConfigMap` or `Secret`.
        kind: &'static str,
        /// Namespace of it.
        namespace: String,
        /// Name of it.
        name: String,
    },
    /// A `fieldRef` names a field that pods do not offer.
    #[error("unsupported fieldPath: {0}")]
    Field(String),
    /// A `resourceFieldRef` names something that containers do not have.
    #[error("unsupported container resource : {0}")]
    Resource(String),
    /// A `resourceFieldRef` names a container that is not in the pod.
    #[error("container {0} not found")]
    NoContainer(String),
    /// A source that is not simulated.
    #[error("{0} is not simulated")]
    NotSimulated(&'static str),
}

/// Where a variable comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A Service.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The container's own `env`, written there.
    Spec,
    /// The downward API: a field of the pod.
    Field(String),
    /// The downward API: a request or limit of a container.
    Resource(String),
    /// A ConfigMap.
    ConfigMap(String),
    /// A Secret.
    Secret(String),
}

/// A variable of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its value.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Everything `container` of `pod` started with, by name: its own variables over those of `envFrom` over those of
/// Services. Read from the objects of the moment when the pod started; for one that has not started, from those of
/// now.
///
/// # Errors
/// When the kubelet would not start the container.
pub fn container_environment(
    snapshot: &Snapshot,
    pod: &Pod,
    container: &Container,
    knowledge: ServiceKnowledge,
) -> Result<BTreeMap<String, Variable>, EnvError> {
    // A static pod carries where it came from; one from the API does not
    // (`kubernetes pkg/kubelet/types/pod_update.go`).
    let is_static = pod
        .metadata
        .annotations
        .get("kubernetes.io/config.source")
        .is_some_and(|source| source != "api");
    let links = pod.spec.enable_service_links.unwrap_or(true);
    let now;
    let start = match start_of(snapshot, pod) {
        Some(start) => start,
        None => {
            now = Start::of(&snapshot.kinds);
            &now
        }
    };
    let mut all = match knowledge {
        ServiceKnowledge::Synced => services::variables(start.services(), &pod.metadata.namespace, links),
        ServiceKnowledge::NotSynced if !is_static => return Err(EnvError::ServicesNotRead),
        ServiceKnowledge::NotSynced | ServiceKnowledge::Standalone => BTreeMap::new(),
    };
    let reader = source::Reader {
        snapshot,
        start,
        pod,
        container,
    };
    // What stands in here is what `$(NAME)` may name: Services' variables, then those set so far.
    for source in container.env_from.iter().flatten() {
        all.extend(reader.all_of(source)?);
    }
    for variable in &container.env {
        let found = match (&variable.value, &variable.value_from) {
            (Some(text), _) if !text.is_empty() => Some(Variable {
                value: expand::expand(text, |name| all.get(name).map(|it| &it.value)),
                origin: Origin::Spec,
            }),
            (_, Some(source)) => reader.one(source)?,
            _ => Some(Variable {
                value: String::new(),
                origin: Origin::Spec,
            }),
        };
        if let Some(found) = found {
            all.insert(variable.name.clone(), found);
        }
    }
    Ok(all)
}

/// What a pod found when it started; `None` for one that has not.
fn start_of<'a>(snapshot: &'a Snapshot, pod: &Pod) -> Option<&'a Start> {
    let meta = &pod.metadata;
    snapshot.started.get(&meta.key())
}
