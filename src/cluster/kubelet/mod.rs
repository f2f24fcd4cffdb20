//! What kubelets do with pods bound to their nodes: addresses, phases, readiness, ending.
//!
//! Processes are not run. A pod runs as soon as it is bound; it is ready when its probes could succeed
//! ([`listens`](super::listens)) and their initial delays have passed; told to end, it does so after its
//! `preStop` sleep, at once or with its grace period ([`ends_promptly`]). A `status` that came with the document
//! is kept. A kubelet that is stopped, or that cannot reach the API server, does nothing that shows.
//!
//! - `node_runtime`: what runs on the nodes; `node_status`: what is reported of them
//! - `addresses`, `pod_addresses`: which addresses pods get, and who holds which
//! - `containers`, `probes`: what becomes of containers, and when
//! - `status`: what is reported
//! - `termination`: how pods end
//!
//! Not here: what is broken (`faults`), power and links (`machines`), which node (`scheduler`), who makes pods
//! (`controllers`).

mod addresses;
pub(super) mod containers;
pub(super) mod node_runtime;
pub(super) mod node_status;
mod pod_addresses;
mod probes;
mod status;
mod termination;

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
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::sim::{Duration, Instant};
use containers::ContainerEvent;
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
    /// What it says about a probe that nothing answers.
    failing_probe: Option<String>,
    /// What happened to containers.
    events: Vec<ContainerEvent>,
    /// When the next thing falls due in its containers, if anything does.
    due: Option<Instant>,
    /// Whether a container was started again.
    restarted: bool,
}

/// Does what has fallen due in a pod's containers, and sees to its addresses.
fn sync_pod(api: &ApiServer, nodes: &mut NodeRuntime, key: &NamespacedName, pod: &Pod, node: &Node) -> Found {
    let overrides = PodOverrides::of(&pod.metadata.annotations);
    let host = node.first_internal_ip().unwrap_or_default().to_owned();
    let was_eventful = nodes.faults().containers(key).is_some();
    let Followed {
        containers,
        events,
        due,
        restarted,
    } = follow(nodes.containers(key, pod, api.now()), pod, api.now());
    let ready = !overrides.not_ready
        && overrides.phase.is_none()
        && containers.iter().all(|it| it.ready)
        && status::gates_open(pod);
    let addresses = addresses::of_pod(api, &mut nodes.addresses, key, pod, node, &overrides);
    let eventful = was_eventful || containers.iter().any(ContainerState::is_eventful);
    if eventful {
        nodes.keep_containers(key, containers.clone());
    }
    let config_error = config_error(api, nodes, key, pod);
    let report = if addresses.is_empty() {
        Report::waiting("ContainerCreating", addresses, host, containers)
    } else if config_error.is_some() {
        Report::waiting("CreateContainerConfigError", addresses, host, containers)
    } else {
        let phase = overrides.phase.unwrap_or_else(|| status::phase_of(&containers));
        Report {
            ready,
            eventful,
            ..Report::started(phase, addresses, host, containers)
        }
    };
    Found {
        report,
        config_error,
        failing_probe: probes::failing_probe(pod),
        events,
        due,
        restarted,
    }
}

/// Reports what was found, and asks to look again when the next thing falls due.
fn report(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, key: &NamespacedName, found: Found) {
    let (report, now) = (found.report, ctx.now());
    if found.restarted {
        // A container that is started again finds the Services of now.
        nodes.forget_start(key);
    }
    let due = if report.started {
        nodes.note_start(key, ctx.api.store.kinds());
        found.due.filter(|due| *due > now)
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
    if written {
        let about = ObjectRef::of(Kind::Pod, key);
        if let Some(error) = found.config_error {
            ctx.record_event(
                &about,
                EventType::Warning,
                "Failed",
                "kubelet",
                &format!("Error: {error}"),
            );
        }
        if let Some(message) = found.failing_probe.filter(|_| report.phase == PodPhase::Running) {
            ctx.record_event(&about, EventType::Warning, "Unhealthy", "kubelet", &message);
        }
    }
    containers::record_events(ctx, key, found.events);
}

/// The containers of a pod after everything that has fallen due.
struct Followed {
    containers: Vec<ContainerState>,
    events: Vec<ContainerEvent>,
    /// When the next thing falls due, if anything does.
    due: Option<Instant>,
    /// Whether one of them was started again.
    restarted: bool,
}

/// Does what has fallen due in the containers of a pod.
fn follow(mut containers: Vec<ContainerState>, pod: &Pod, now: Instant) -> Followed {
    let restarts = |containers: &[ContainerState]| containers.iter().map(|it| it.restarts).sum::<i64>();
    let before = restarts(&containers);
    let ending = pod.metadata.deletion_timestamp.is_some();
    let mut events = Vec::new();
    let mut due: Option<Instant> = None;
    for (idx, container) in containers.iter_mut().enumerate() {
        let next = container.follow(pod, idx, now, ending, &mut events);
        due = [due, next].into_iter().flatten().min();
    }
    Followed {
        restarted: restarts(&containers) > before,
        containers,
        events,
        due,
    }
}

/// Why the containers of a pod that has not started cannot be made: a variable whose source is missing.
fn config_error(api: &ApiServer, nodes: &NodeRuntime, key: &NamespacedName, pod: &Pod) -> Option<EnvError> {
    let sourced = |it: &Container| it.env_from.is_some() || it.env.iter().any(|it| it.value_from.is_some());
    if nodes.has_started(key) || !pod.spec.containers.iter().any(sourced) {
        return None;
    }
    let snapshot = api.snapshot();
    pod.spec.containers.iter().find_map(|container| {
        let made = container_environment(&snapshot, pod, container, ServiceKnowledge::Synced);
        made.err().filter(|error| !matches!(error, EnvError::NotSimulated(_)))
    })
}
