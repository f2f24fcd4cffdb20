//! What a kubelet reports of a pod: phase, conditions, containers (`kubernetes pkg/kubelet/status/generate.go`).

use serde_json::{Map, Value, json};

use super::super::faults::{ContainerPhase, ContainerState};
use super::super::images::{self, Missing};
use super::super::pod_overrides::PodOverrides;
use super::super::tree;
use super::addresses::write_addresses;
use crate::api::types::core::{Container, Pod};
use crate::api::types::meta::Condition;
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Object, Typed};

/// The state a kubelet wants to report.
pub struct Report {
    /// The phase of the pod.
    pub phase: PodPhase,
    /// Why it is not ready; empty where that is not said yet.
    pub reason: &'static str,
    /// Whether it counts as ready.
    pub ready: bool,
    /// Whether its containers have been started.
    pub started: bool,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// The address of its node; empty where that has none.
    pub host: String,
    /// What its containers wait for before they are started; empty for those that have been.
    pub waits: &'static str,
    /// Its containers, in the order of `spec.containers`, its init containers behind them; none where they wait.
    pub containers: Vec<ContainerState>,
    /// Something has happened to the containers since they were started with their pod.
    pub eventful: bool,
}

impl Report {
    /// Of a pod whose containers cannot be started yet.
    pub fn waiting(waits: &'static str, addresses: Vec<String>, host: String) -> Self {
        Self {
            phase: PodPhase::Pending,
            reason: if addresses.is_empty() { "" } else { "ContainersNotReady" },
            ready: false,
            started: false,
            addresses,
            host,
            waits,
            containers: Vec::new(),
            eventful: false,
        }
    }

    /// Of a pod whose containers have been started; neither ready nor eventful yet.
    pub fn started(phase: PodPhase, addresses: Vec<String>, host: String, containers: Vec<ContainerState>) -> Self {
        Self {
            phase,
            reason: match phase {
                PodPhase::Succeeded => "PodCompleted",
                PodPhase::Failed => "PodFailed",
                _ => "ContainersNotReady",
            },
            ready: false,
            started: true,
            addresses,
            host,
            waits: "",
            containers,
            eventful: false,
        }
    }

    /// Whether one container is ready although not all are.
    fn may_be_ready(&self, idx: usize) -> bool {
        self.eventful
            && matches!(self.phase, PodPhase::Running | PodPhase::Pending)
            && self.containers.get(idx).is_some_and(|it| it.ready)
    }
}

/// Writes the status into tree and view; whether anything changed.
pub fn write_status(object: &mut Object, report: &Report, now: &str) -> bool {
    let Typed::Pod(pod) = &mut object.typed else {
        return false;
    };
    let containers_ready = report.ready || (report.started && gates_only(pod, report));
    let conditions = conditions(pod, report, containers_ready, now);
    let same = pod.status.conditions == conditions
        && pod.phase() == Some(report.phase)
        && pod.ips().eq(&report.addresses)
        && pod.status.host_ip == report.host;
    if same {
        // What may have changed then is in the containers alone.
        if !report.eventful {
            return false;
        }
        let start = pod.status.start_time.as_deref().unwrap_or_default();
        let statuses = container_statuses(pod, report, containers_ready, start);
        let init = init_statuses(pod, report);
        if tree::get(&object.value, &["status", "containerStatuses"]) == Some(&statuses)
            && tree::get(&object.value, &["status", "initContainerStatuses"]) == init.as_ref()
        {
            return false;
        }
    }
    pod.status.conditions = conditions;
    report.phase.name().clone_into(&mut pod.status.phase);
    pod.status.host_ip.clone_from(&report.host);
    let start = pod.status.start_time.get_or_insert_with(|| now.to_owned()).clone();
    let mut status = Map::new();
    if let Some(Value::Object(existing)) = object.value.get_mut("status") {
        status = std::mem::take(existing);
    }
    let conditions: Vec<Value> = pod.status.conditions.iter().map(condition_tree).collect();
    status.insert("conditions".to_owned(), Value::Array(conditions));
    status.insert(
        "containerStatuses".to_owned(),
        container_statuses(pod, report, containers_ready, &start),
    );
    if let Some(init) = init_statuses(pod, report) {
        status.insert("initContainerStatuses".to_owned(), init);
    }
    status.insert("phase".to_owned(), report.phase.name().into());
    status.insert("startTime".to_owned(), start.into());
    if !report.host.is_empty() {
        status.insert("hostIP".to_owned(), report.host.as_str().into());
        status.insert("hostIPs".to_owned(), json!([{"ip": report.host}]));
    }
    tree::set(&mut object.value, &["status"], Value::Object(status));
    write_addresses(object, &report.addresses);
    true
}

/// The conditions of a pod: those that kubelets report, with the time of their last change, then all others as they
/// were.
fn conditions(pod: &Pod, report: &Report, containers_ready: bool, now: &str) -> Vec<Condition> {
    let not_ready = if report.ready { "" } else { report.reason };
    let incomplete = incomplete(pod, report);
    let initialized = incomplete.is_empty();
    let wanted = [
        ("PodReadyToStartContainers", report.started, ""),
        (
            "Initialized",
            initialized,
            if initialized { "" } else { "ContainersNotInitialized" },
        ),
        (
            "Ready",
            report.ready,
            if containers_ready && !report.ready {
                "ReadinessGatesNotReady"
            } else {
                not_ready
            },
        ),
        (
            "ContainersReady",
            containers_ready,
            if containers_ready { "" } else { not_ready },
        ),
        ("PodScheduled", true, ""),
    ];
    let old = &pod.status.conditions;
    let mut conditions: Vec<Condition> = Vec::with_capacity(wanted.len());
    for (kind, on, reason) in wanted {
        let status = if on { "True" } else { "False" };
        let since = old
            .iter()
            .find(|it| it.kind == kind && it.status == status)
            .and_then(|it| it.last_transition_time.clone())
            .unwrap_or_else(|| now.to_owned());
        conditions.push(Condition {
            kind: kind.to_owned(),
            status: status.to_owned(),
            reason: reason.to_owned(),
            message: match reason {
                "ContainersNotReady" => {
                    let unready = unready_containers(pod, report, containers_ready);
                    format!("containers with unready status: [{}]", unready.join(" "))
                }
                "ContainersNotInitialized" => {
                    format!("containers with incomplete status: [{}]", incomplete.join(" "))
                }
                "ReadinessGatesNotReady" => closed_gates(pod),
                _ => String::new(),
            },
            last_transition_time: Some(since),
        });
    }
    conditions.extend(
        old.iter()
            .filter(|it| wanted.iter().all(|(kind, ..)| *kind != it.kind))
            .cloned(),
    );
    conditions
}

/// Names of the containers that are not ready.
fn unready_containers<'a>(pod: &'a Pod, report: &Report, containers_ready: bool) -> Vec<&'a str> {
    pod.spec
        .containers
        .iter()
        .enumerate()
        .filter(|(idx, _)| !containers_ready && !report.may_be_ready(*idx))
        .map(|(_, container)| container.name.as_str())
        .collect()
}

/// Names of the init containers that are not through (`GeneratePodInitializedCondition`).
fn incomplete<'a>(pod: &'a Pod, report: &Report) -> Vec<&'a str> {
    let n_containers = pod.spec.containers.len();
    if !report.started
        || report
            .containers
            .iter()
            .take(n_containers)
            .any(ContainerState::has_started)
    {
        return Vec::new();
    }
    let init = pod
        .spec
        .init_containers
        .iter()
        .zip(report.containers.iter().skip(n_containers));
    init.filter(|(container, state)| {
        if container.is_sidecar() {
            !state.runs()
        } else {
            state.state != ContainerPhase::Terminated || state.last.is_none_or(|it| it.code != 0)
        }
    })
    .map(|(container, _)| container.name.as_str())
    .collect()
}

/// The statuses of init containers; `None` where there are none.
fn init_statuses(pod: &Pod, report: &Report) -> Option<Value> {
    let n_containers = pod.spec.containers.len();
    if pod.spec.init_containers.is_empty() {
        return None;
    }
    let each = pod.spec.init_containers.iter().enumerate().map(|(idx, container)| {
        match report.containers.get(n_containers + idx) {
            Some(state) => {
                let through = state.state == ContainerPhase::Terminated && state.last.is_some_and(|it| it.code == 0);
                let ready = if container.is_sidecar() { state.ready } else { through };
                eventful_tree(container, n_containers + idx, state, ready, true)
            }
            None => json!({
                "containerID": "", "image": container.image, "imageID": "", "lastState": {}, "name": container.name,
                "ready": false, "restartCount": 0, "started": false, "state": {"waiting": {"reason": "PodInitializing"}},
            }),
        }
    });
    Some(Value::Array(each.collect()))
}

/// The statuses of all containers.
fn container_statuses(pod: &Pod, report: &Report, containers_ready: bool, start: &str) -> Value {
    let each = pod.spec.containers.iter().enumerate().map(|(idx, container)| {
        let ready = containers_ready || report.may_be_ready(idx);
        container_tree(container, idx, report, ready, start)
    });
    Value::Array(each.collect())
}

/// The phase of a pod, by what its containers do (`getPhase` in `pkg/kubelet/kubelet_pods.go`).
pub fn phase_of(pod: &Pod, containers: &[ContainerState]) -> PodPhase {
    let (main, init) = containers.split_at(pod.spec.containers.len().min(containers.len()));
    let failed = |it: &ContainerState| it.last.is_some_and(|last| last.code != 0);
    let over = |it: &ContainerState| it.state == ContainerPhase::Terminated;
    let init = pod.spec.init_containers.iter().zip(init);
    if main.iter().all(|it| !it.has_started())
        && init
            .clone()
            .any(|(container, it)| !container.is_sidecar() && over(it) && failed(it))
    {
        return PodPhase::Failed;
    }
    if main.iter().any(|it| !it.has_started()) {
        return PodPhase::Pending;
    }
    if main.is_empty() || !main.iter().all(over) {
        PodPhase::Running
    } else if main.iter().any(failed) {
        PodPhase::Failed
    } else {
        PodPhase::Succeeded
    }
}

/// What the kubelet says of readiness gates whose condition is not true (`pkg/kubelet/status/generate.go`).
fn closed_gates(pod: &Pod) -> String {
    let mut said: Vec<String> = Vec::new();
    for gate in &pod.spec.readiness_gates {
        let name = &gate.condition_type;
        match pod.status.conditions.iter().find(|it| it.kind == *name) {
            None => said.push(format!(
                "corresponding condition of pod readiness gate \"{name}\" does not exist."
            )),
            Some(it) if it.status != "True" => said.push(format!(
                "the status of pod readiness gate \"{name}\" is not \"True\", but {}",
                it.status
            )),
            Some(_) => {}
        }
    }
    said.join(", ")
}

/// Whether every readiness gate's condition is true.
pub fn gates_open(pod: &Pod) -> bool {
    pod.spec.readiness_gates.iter().all(|gate| {
        pod.status
            .conditions
            .iter()
            .any(|it| it.kind == gate.condition_type && it.status == "True")
    })
}

/// Whether only a readiness gate keeps the pod from being ready.
fn gates_only(pod: &Pod, report: &Report) -> bool {
    !report.ready
        && !pod.spec.readiness_gates.is_empty()
        && !PodOverrides::of(&pod.metadata.annotations).not_ready
        && report
            .containers
            .iter()
            .take(pod.spec.containers.len())
            .all(|it| it.ready)
        && !gates_open(pod)
}

/// A condition as it is stored.
fn condition_tree(condition: &Condition) -> Value {
    let mut map = Map::new();
    map.insert("lastProbeTime".to_owned(), Value::Null);
    map.insert(
        "lastTransitionTime".to_owned(),
        condition.last_transition_time.clone().into(),
    );
    if !condition.reason.is_empty() {
        map.insert("reason".to_owned(), condition.reason.as_str().into());
    }
    if !condition.message.is_empty() {
        map.insert("message".to_owned(), condition.message.as_str().into());
    }
    map.insert("status".to_owned(), condition.status.as_str().into());
    map.insert("type".to_owned(), condition.kind.as_str().into());
    Value::Object(map)
}

/// The status of a container.
fn container_tree(container: &Container, idx: usize, report: &Report, ready: bool, start: &str) -> Value {
    if let Some(state) = report.containers.get(idx).filter(|_| report.eventful) {
        return eventful_tree(container, idx, state, ready, !report.phase.is_terminal());
    }
    let state = match report.phase {
        PodPhase::Pending => json!({"waiting": {"reason": report.waits}}),
        PodPhase::Running => json!({"running": {"startedAt": start}}),
        phase => {
            let failed = phase == PodPhase::Failed;
            json!({"terminated": {
                "exitCode": i32::from(failed), "reason": if failed { "Error" } else { "Completed" },
                "startedAt": start, "finishedAt": start,
            }})
        }
    };
    json!({
        "containerID": if report.started { format!("containerd://c{idx}") } else { String::new() },
        "image": container.image, "imageID": "", "lastState": {}, "name": container.name,
        "ready": ready, "restartCount": 0, "started": report.phase == PodPhase::Running, "state": state,
    })
}

/// Why the image of a container is not to be had.
fn why_missing(container: &Container) -> String {
    match images::missing(&container.image) {
        Some(Missing::Invalid { why } | Missing::NotFound { why }) => why,
        None => String::new(),
    }
}

/// The status of a container that something has happened to.
fn eventful_tree(container: &Container, idx: usize, now: &ContainerState, ready: bool, running: bool) -> Value {
    let id = format!("containerd://c{idx}-{}", now.restarts);
    let ended = |restarts: i64| {
        let last = now.last.as_ref()?;
        Some(json!({"terminated": {
            "containerID": format!("containerd://c{idx}-{restarts}"), "exitCode": last.code, "reason": last.reason(),
            "startedAt": last.started.to_string(), "finishedAt": last.at.to_string(),
        }}))
    };
    let none = || json!({});
    let waiting = |reason: &str, message: String| json!({"waiting": {"reason": reason, "message": message}});
    let (state, last) = match now.state {
        ContainerPhase::Running(since) | ContainerPhase::Stopping(since, _) => (
            json!({"running": {"startedAt": since.to_string()}}),
            ended(now.restarts - 1).unwrap_or_else(none),
        ),
        ContainerPhase::BackingOff(until) => {
            let since = now.last.map_or(until, |it| it.at);
            let message = format!(
                "back-off {}s restarting failed container={}",
                (until - since).as_secs(),
                container.name
            );
            (
                json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}}),
                ended(now.restarts).unwrap_or_else(none),
            )
        }
        ContainerPhase::Ended(_) | ContainerPhase::Terminated => (ended(now.restarts).unwrap_or_else(none), none()),
        ContainerPhase::Waiting => (json!({"waiting": {"reason": "PodInitializing"}}), none()),
        ContainerPhase::PullFailed(_) => (waiting("ErrImagePull", why_missing(container)), none()),
        ContainerPhase::PullBackOff(_) => {
            let message = format!(
                "Back-off pulling image {:?}: ErrImagePull: {}",
                container.image,
                why_missing(container)
            );
            (waiting("ImagePullBackOff", message), none())
        }
        ContainerPhase::BadImage => (waiting("InvalidImageName", why_missing(container)), none()),
    };
    let id = if now.has_started() { id } else { String::new() };
    json!({
        "containerID": id, "image": container.image, "imageID": "", "lastState": last, "name": container.name,
        "ready": ready && now.runs(), "restartCount": now.restarts,
        "started": running && now.runs(), "state": state,
    })
}
