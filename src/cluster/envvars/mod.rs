//! The environment a container starts with: Service variables, the container's own, and `$(NAME)` expansion.
//!
//! Follows the kubelet (`kubernetes pkg/kubelet/kubelet_pods.go`, `makeEnvironmentVariables`). What counts is the
//! moment a container starts: a [`PodStart`](super::pod_start::PodStart) keeps the objects of that moment, so that later Services reach only pods
//! that start later. Not here: variables that the image or the runtime adds (`PATH`, `HOME`), and `fileKeyRef`.
//!
//! - [`services`]: the variables of Services, and why a Service has none
//! - `source`: ConfigMaps, Secrets, the downward API
//! - `expand`: `$(NAME)`
//! - `variable`: a variable and its origin

pub mod services;

mod expand;
mod source;
mod variable;

use std::collections::BTreeMap;

pub use variable::{EnvError, Origin, Variable};

use super::snapshot::Snapshot;
use crate::api::types::core::{Container, Pod};

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

/// Bytes that one variable may have (`MAX_ARG_STRLEN` of Linux, `include/uapi/linux/binfmts.h`).
const MOST_BYTES: usize = 128 << 10;
/// Bytes that all variables may have, a quarter of the stack (`fs/exec.c`, `bprm_stack_limits`).
const MOST_BYTES_IN_ALL: usize = 2 << 20;

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
    let start = match snapshot.pod_start(&pod.metadata) {
        Some(start) => start,
        None => {
            now = snapshot.start_now();
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
    let mut room = MOST_BYTES_IN_ALL;
    for variable in &container.env {
        let found = match (&variable.value, &variable.value_from) {
            (Some(text), _) if !text.is_empty() => {
                let value = expand::expand(text, MOST_BYTES, |name| all.get(name).map(|it| &it.value));
                Some(Variable {
                    value: value.ok_or_else(|| EnvError::TooLong(variable.name.clone()))?,
                    origin: Origin::Spec,
                })
            }
            (_, Some(source)) => reader.one(source)?,
            _ => Some(Variable {
                value: String::new(),
                origin: Origin::Spec,
            }),
        };
        if let Some(found) = found {
            room = room
                .checked_sub(variable.name.len() + found.value.len() + 2)
                .ok_or_else(|| EnvError::TooLong(variable.name.clone()))?;
            all.insert(variable.name.clone(), found);
        }
    }
    Ok(all)
}
