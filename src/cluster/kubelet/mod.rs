//! What kubelets do with pods bound to their nodes: addresses, phases, readiness, ending.
//!
//! Processes are not run; what they do is read from their command lines ([`programs`](super::programs)). A pod runs as
//! soon as it is bound; it is ready when its probes could succeed ([`listens`](super::listens)) and their initial delays
//! have passed; told to end, it does so after its
//! `preStop` sleep, at once or with its grace period ([`ends_promptly`]). A `status` that came with the document
//! is kept. A kubelet that is stopped, or that cannot reach the API server, does nothing that shows.
//!
//! - `node_runtime`: what runs on the nodes; `node_status`: what is reported of them
//! - `addresses`, `pod_addresses`: which addresses pods get, and who holds which
//! - `containers`, `probes`, `waits`: what becomes of containers, and when
//! - `complaints`: what failing probes say again and again
//! - `status`: what is reported
//! - `termination`: how pods end
//!
//! Not here: what is broken (`faults`), power and links (`machines`), which node (`scheduler`), who makes pods
//! (`controllers`).

mod addresses;
pub(super) mod complaints;
pub(super) mod containers;
pub(super) mod node_runtime;
pub(super) mod node_status;
mod pod_addresses;
mod probes;
mod status;
mod termination;
mod waits;

pub(super) use addresses::new_sandbox;
pub use termination::ends_promptly;
pub(super) use termination::stop_pod;

use super::api_server::ApiServer;
use super::envvars::{EnvError, ServiceKnowledge, container_environment};
use super::event_recorder::EventType;
use super::faults::ContainerState;
use super::pod_overrides::PodOverrides;
use super::reconcile::Reconcile;
use super::timers::Timer;
use super::topology_labels;
use crate::api::types::core::{Container, Node, Pod};
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::sim::Duration;
use containers::Followed;
use node_runtime::NodeRuntime;
use status::Report;

/// After how long the kubelet tries again to make containers that lack a ConfigMap or Secret.
const CONFIG_RETRY: Duration = Duration::from_secs(10);

/// Runs a pod that is bound to a node, or looks again at one that runs.
pub(super) fn run_pod(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, key: &NamespacedName) {
    let Some(pod) = ctx.api.store.typed::<Pod>(key) else {
        return;
    };
    let Some(node) = ctx.api.node(&pod.spec.node_name) else {
        return;
    };
    if !nodes.faults().kubelet_heard(&pod.spec.node_name) {
        return;
    }
    if ctx.api.given.pod_status.contains(key) {
        nodes.note_start(key, ctx.api.store.kinds());
        addresses::complete_given(ctx, nodes, key);
        return;
    }
    let found = sync_pod(ctx.api, nodes, key, pod, node);
    report(ctx, nodes, key, found);
}

/// What a kubelet found when it looked at a pod.
struct Found {
    report: Report,
    /// Why its containers cannot be made.
    config_error: Option<EnvError>,
    /// What happened to containers; nothing is said of pods whose kubelet is a stand-in.
    followed: Option<Followed>,
    /// Its node.
    host: String,
}

/// Does what has fallen due in a pod's containers, and sees to its addresses.
fn sync_pod(api: &ApiServer, nodes: &mut NodeRuntime, key: &NamespacedName, pod: &Pod, node: &Node) -> Found {
    let overrides = PodOverrides::of(&pod.metadata.annotations);
    let host = node.first_internal_ip().unwrap_or_default().to_owned();
    let now = api.now();
    let addresses = addresses::of_pod(api, &mut nodes.addresses, key, pod, node, &overrides);
    let waiting = |waits, addresses, host, config_error| Found {
        report: Report::waiting(waits, addresses, host),
        config_error,
        followed: None,
        host: pod.spec.node_name.clone(),
    };
    if addresses.is_empty() {
        return waiting("ContainerCreating", addresses, host, None);
    }
    if let Some(error) = config_error(api, nodes, key, pod) {
        return waiting("CreateContainerConfigError", addresses, host, Some(error));
    }
    let known = containers::known(pod, addresses.first().map_or("", String::as_str));
    let was_eventful = nodes.faults().containers(key).is_some();
    let is_first = !was_eventful && !nodes.has_started(key);
    let mut states = nodes.containers(key, pod, now);
    let fresh = if is_first {
        containers::at_first(pod, &known, now)
    } else {
        None
    };
    let is_fresh = fresh.is_some();
    if let Some(fresh) = fresh {
        states = fresh;
    }
    let mut followed = containers::follow(nodes, key, &mut states, &known, now, &|wait| {
        waits::hold(api, pod, wait)
    });
    if is_first && !is_fresh {
        let mut on_node = containers::OnNode {
            nodes,
            events: Vec::new(),
        };
        known.iter().for_each(|it| on_node.started(it, now));
        on_node.events.append(&mut followed.events);
        followed.events = on_node.events;
    }
    let eventful = was_eventful || is_fresh || states.iter().any(ContainerState::is_eventful);
    if eventful {
        nodes.keep_containers(key, states.clone(), pod.spec.containers.len());
    }
    if followed.waits {
        nodes.waiting.insert(key.clone());
    } else {
        nodes.waiting.remove(key);
    }
    let n_containers = pod.spec.containers.len();
    let counts = |idx: usize| {
        idx < n_containers
            || pod
                .spec
                .init_containers
                .get(idx - n_containers)
                .is_some_and(Container::is_sidecar)
    };
    let ready = !overrides.not_ready
        && overrides.phase.is_none()
        && states.iter().enumerate().all(|(idx, it)| !counts(idx) || it.ready)
        && status::gates_open(pod);
    let phase = overrides.phase.unwrap_or_else(|| status::phase_of(pod, &states));
    let report = Report {
        ready,
        eventful,
        ..Report::started(phase, addresses, host, states)
    };
    Found {
        report,
        config_error: None,
        followed: Some(followed),
        host: pod.spec.node_name.clone(),
    }
}

/// Reports what was found, and asks to look again when the next thing falls due.
fn report(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, key: &NamespacedName, found: Found) {
    let (report, now) = (found.report, ctx.now());
    if found.followed.as_ref().is_some_and(|it| it.restarted) {
        // A container that is started again finds the Services of now.
        nodes.forget_start(key);
    }
    let due = if report.started {
        nodes.note_start(key, ctx.api.store.kinds());
        found.followed.as_ref().and_then(|it| it.due).filter(|due| *due > now)
    } else {
        (!report.addresses.is_empty()).then_some(now + CONFIG_RETRY)
    };
    if let Some(due) = due {
        ctx.wake_at(due, Timer::Pod(key.clone()));
    }
    let written = ctx.api.store.edit(Kind::Pod, key, |object| {
        status::write_status(object, &report, &now.to_string())
    });
    topology_labels::copy(&mut ctx.api.store, key);
    if written && let Some(error) = found.config_error {
        let about = ObjectRef::of(Kind::Pod, key);
        let message = format!("Error: {error}");
        ctx.record_event(&about, EventType::Warning, "Failed", "kubelet", &message);
    }
    let Some(followed) = found.followed else { return };
    let stand_in = ctx
        .api
        .store
        .typed::<Pod>(key)
        .is_some_and(|it| PodOverrides::of(&it.metadata.annotations).stand_in);
    if stand_in {
        nodes.take_complaints(key);
        return;
    }
    containers::record_events(ctx, key, &found.host, followed.events);
    complaints::tell(ctx, nodes, key, followed.over);
}

/// Why the containers of a pod that has not started cannot be made: a variable whose source is missing.
fn config_error(api: &ApiServer, nodes: &NodeRuntime, key: &NamespacedName, pod: &Pod) -> Option<EnvError> {
    let sourced = |it: &Container| it.env_from.is_some() || it.env.iter().any(|it| it.value_from.is_some());
    if nodes.has_started(key) || nodes.faults().containers(key).is_some() || !pod.spec.containers.iter().any(sourced) {
        return None;
    }
    let snapshot = api.snapshot();
    pod.spec.containers.iter().find_map(|container| {
        let made = container_environment(&snapshot, pod, container, ServiceKnowledge::Synced);
        made.err().filter(|error| !matches!(error, EnvError::NotSimulated(_)))
    })
}
