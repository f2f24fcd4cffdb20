//! What kubelets do with pods bound to their nodes: addresses, phases, readiness, ending.
//!
//! Programs are not run. A pod runs as soon as it is bound; it is ready when its probes could succeed
//! ([`listens`](super::listens)) and their initial delays have passed; told to end, it does so after its
//! `preStop` sleep, at once or with its grace period ([`ends_promptly`]). A `status` that came with the document
//! is kept. A kubelet that is stopped, or that cannot reach the API server, does nothing that shows. Not here:
//! containers that crash, hang and restart (`faults`), which node (`scheduler`), who makes pods (`controllers`).

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use serde_json::{Map, Value, json};

use super::dispatch::Timer;
use super::envvars::{EnvError, ServiceKnowledge, container_environment};
use super::faults::Health;
use super::faults::program::{ContainerPhase, ContainerState, ends_promptly};
use super::listening::listens;
use super::pod_overrides::PodOverrides;
use super::pod_start::PodStart;
use super::system_namespaces::is_system_namespace;
use super::{Cluster, tree};
use crate::api::types::core::{Container, Node, Pod, PodIp, Probe};
use crate::api::types::meta::{Condition, IntOrString};
use crate::api::types::pod_phase::PodPhase;
use crate::api::{IpFamily, Kind, NamespacedName, Object, ObjectRef, Typed};
use crate::sim::{Duration, Instant};

/// How many blocks are looked through for an address to borrow.
const BLOCKS: usize = 4096;
/// After how long the kubelet tries again to make containers that lack a ConfigMap or Secret.
const CONFIG_RETRY: Duration = Duration::from_secs(10);
/// How long a pod stays after its node is gone.
const ORPHAN_GRACE: Duration = Duration::from_secs(40);

/// The state a kubelet wants to report.
struct Report {
    phase: PodPhase,
    reason: &'static str,
    ready: bool,
    started: bool,
    addresses: Vec<String>,
    host: String,
    message: &'static str,
    programs: Vec<ContainerState>,
    /// Something has happened to the containers since they were started with their pod.
    eventful: bool,
}

impl Report {
    /// Whether one container is ready although not all are.
    fn may_be_ready(&self, idx: usize) -> bool {
        self.eventful && self.phase == PodPhase::Running && self.programs.get(idx).is_some_and(|it| it.ready)
    }
}

impl Cluster {
    /// Runs a pod that is bound to a node, or looks again at one that runs.
    pub(super) fn run_pod(&mut self, key: &NamespacedName) {
        let Some(pod) = self.store.typed::<Pod>(key) else {
            return;
        };
        let ending = pod.metadata.deletion_timestamp.is_some();
        if pod.is_terminal() {
            return;
        }
        let eventful = self.faults.programs(key).is_some();
        if ending && !eventful {
            return;
        }
        let node_name = pod.spec.node_name.clone();
        if self.store.typed::<Node>(&("", node_name.as_str())).is_none() {
            self.collect_orphan(key);
            return;
        }
        if !ending {
            self.tend_eviction(key);
        }
        let Some(pod) = self.store.typed::<Pod>(key) else {
            return;
        };
        if !self.kubelet_heard(&node_name) || pod.metadata.deletion_timestamp.is_some() != ending {
            return;
        }
        let Some(node) = self.store.typed::<Node>(&("", node_name.as_str())) else {
            return;
        };
        let host = node.first_internal_ip().unwrap_or_default().to_owned();
        let networks = pod_networks(node);
        let steering = PodOverrides::of(&pod.metadata.annotations);
        let failing = failing_probe(pod);
        if self.given_status.contains(key) {
            self.note_start(key);
            self.keep_given_status(key, &networks);
            return;
        }
        let addresses = if !pod.status.pod_ip.is_empty() {
            owned(pod.ips())
        } else if steering.no_address {
            Vec::new()
        } else if pod.spec.host_network {
            first_of_each_family(node)
        } else {
            Vec::new()
        };
        let host_network = pod.spec.host_network;
        let now = self.now;
        let mut programs = self.programs_of(key, pod);
        let restarts: i64 = programs.iter().map(|it| it.restarts).sum();
        let mut told = Vec::new();
        let mut due: Option<Instant> = None;
        for (idx, program) in programs.iter_mut().enumerate() {
            let next = program.follow(pod, idx, now, ending, &mut told);
            due = [due, next].into_iter().flatten().min();
        }
        let restarted = programs.iter().map(|it| it.restarts).sum::<i64>() > restarts;
        let ready =
            !steering.not_ready && steering.phase.is_none() && programs.iter().all(|it| it.ready) && gates_open(pod);
        let fresh = addresses.is_empty() && !steering.no_address && !host_network;
        let addresses = if fresh {
            self.allocate_addresses(&networks, key)
        } else {
            for address in &addresses {
                self.pod_addresses.occupy(address, key);
            }
            addresses
        };
        let eventful = eventful || programs.iter().any(ContainerState::is_eventful);
        if eventful {
            self.keep_programs(key, programs.clone());
        }
        let unset = self.config_error(key);
        let report = if unset.is_some() && !addresses.is_empty() {
            self.wake_at(now + CONFIG_RETRY, Timer::Pod(key.clone()));
            Report {
                phase: PodPhase::Pending,
                reason: "ContainersNotReady",
                ready: false,
                started: false,
                addresses,
                host,
                message: "CreateContainerConfigError",
                programs,
                eventful: false,
            }
        } else if addresses.is_empty() {
            Report {
                phase: PodPhase::Pending,
                reason: "",
                ready: false,
                started: false,
                addresses,
                host,
                message: "ContainerCreating",
                programs,
                eventful: false,
            }
        } else {
            let phase = steering.phase.unwrap_or_else(|| phase_of(&programs));
            Report {
                phase,
                reason: match phase {
                    PodPhase::Succeeded => "PodCompleted",
                    PodPhase::Failed => "PodFailed",
                    _ => "ContainersNotReady",
                },
                ready,
                started: true,
                addresses,
                host,
                message: "",
                programs,
                eventful,
            }
        };
        if restarted {
            // A container that is started again finds the Services of now.
            Arc::make_mut(&mut self.started).remove(key);
        }
        if report.started {
            self.note_start(key);
        }
        if let Some(due) = due.filter(|due| report.started && *due > now) {
            self.wake_at(due, Timer::Pod(key.clone()));
        }
        let stamp = now.to_string();
        let written = self
            .store
            .edit(Kind::Pod, key, |object| write_status(object, &report, &stamp));
        self.copy_topology_labels(key, &node_name);
        if let Some(error) = unset.filter(|_| written) {
            let about = ObjectRef::of(Kind::Pod, key);
            self.record_event(&about, true, "Failed", "kubelet", &format!("Error: {error}"));
        }
        if let Some(message) = failing.filter(|_| written && report.phase == PodPhase::Running) {
            let about = ObjectRef::new(Kind::Pod, key.namespace.clone(), key.name.clone());
            self.record_event(&about, true, "Unhealthy", "kubelet", &message);
        }
        self.record_container_events(key, told);
    }

    /// Why the containers of a pod that has not started cannot be made: a variable whose source is missing.
    fn config_error(&self, key: &NamespacedName) -> Option<EnvError> {
        let pod = self.store.typed::<Pod>(key)?;
        let sourced = |it: &Container| it.env_from.is_some() || it.env.iter().any(|it| it.value_from.is_some());
        if self.started.contains_key(key) || !pod.spec.containers.iter().any(sourced) {
            return None;
        }
        let snapshot = self.snapshot();
        pod.spec.containers.iter().find_map(|container| {
            let made = container_environment(&snapshot, pod, container, ServiceKnowledge::Synced);
            made.err().filter(|error| !matches!(error, EnvError::NotSimulated(_)))
        })
    }

    /// A pod whose node is gone goes after a while (`kubernetes pkg/controller/podgc`).
    fn collect_orphan(&mut self, key: &NamespacedName) {
        let due = *self.orphans.entry(key.clone()).or_insert(self.now + ORPHAN_GRACE);
        if self.now >= due {
            self.orphans.remove(key);
            self.delete_pod(key, Some(0));
        } else {
            self.wake_at(due, Timer::Pod(key.clone()));
        }
    }

    /// Keeps what a pod's containers find when they start.
    fn note_start(&mut self, key: &NamespacedName) {
        if !self.started.contains_key(key) {
            let start = PodStart::of(self.store.kinds());
            Arc::make_mut(&mut self.started).insert(key.clone(), start);
        }
    }

    /// A status that came with the document stands; what it lacks is an address at most.
    fn keep_given_status(&mut self, key: &NamespacedName, networks: &[IpNet]) {
        let Some(pod) = self.store.typed::<Pod>(key) else {
            return;
        };
        let given = owned(pod.ips());
        let runs = pod.status.phase.is_empty() || pod.phase() == Some(PodPhase::Running);
        if !given.is_empty() || !runs || pod.spec.host_network {
            for address in given {
                self.pod_addresses.occupy(&address, key);
            }
            return;
        }
        let addresses = self.allocate_addresses(networks, key);
        self.store.edit(Kind::Pod, key, |object| {
            write_addresses(object, &addresses);
            !addresses.is_empty()
        });
    }

    /// Gives a pod whose network is made anew other addresses.
    pub(super) fn new_sandbox(&mut self, key: &NamespacedName, pod: &Pod) {
        let node = self.store.typed::<Node>(&("", pod.spec.node_name.as_str()));
        let Some(networks) = node.map(pod_networks) else { return };
        // The old ones are given back afterwards, so that they are not the new ones.
        let addresses = self.allocate_addresses(&networks, key);
        if addresses.is_empty() {
            return;
        }
        for old in pod.ips() {
            self.pod_addresses.release(old, key);
        }
        self.store.edit(Kind::Pod, key, |object| {
            write_addresses(object, &addresses);
            true
        });
    }

    /// One address of each of the node's networks.
    fn allocate_addresses(&mut self, networks: &[IpNet], key: &NamespacedName) -> Vec<String> {
        let mut addresses = Vec::with_capacity(networks.len());
        for network in networks {
            let own = self
                .pod_addresses
                .allocate(*network, is_system_namespace(&key.namespace), key);
            addresses.extend(
                own.or_else(|| self.borrow_address(*network, key))
                    .map(|it| it.to_string()),
            );
        }
        addresses
    }

    /// A node whose network is full borrows from blocks that no node has, as Calico's address management does.
    fn borrow_address(&mut self, full: IpNet, key: &NamespacedName) -> Option<IpAddr> {
        let config = std::sync::Arc::clone(&self.config);
        let pods = config.pod_subnets.iter().find(|net| net.contains(&full))?;
        let owned: Vec<IpNet> = self.store.list::<Node>().flat_map(pod_networks).collect();
        let free = pods
            .subnets(full.prefix_len())
            .ok()?
            .take(BLOCKS)
            .filter(|block| !owned.iter().any(|net| net.contains(block) || block.contains(net)));
        free.into_iter()
            .find_map(|block| self.pod_addresses.allocate(block, false, key))
    }

    /// Ends a pod that was told to, once its hooks are through.
    pub(super) fn stop_pod(&mut self, key: &NamespacedName) {
        let Some(object) = self.store.get(Kind::Pod, key) else {
            return;
        };
        let Typed::Pod(pod) = &object.typed else {
            return;
        };
        let Some(deadline) = pod
            .metadata
            .deletion_timestamp
            .as_deref()
            .and_then(Instant::parse_rfc3339)
        else {
            return;
        };
        if !pod.metadata.finalizers.is_empty()
            || PodOverrides::of(&pod.metadata.annotations).hold
            || !self.kubelet_heard(&pod.spec.node_name)
        {
            return;
        }
        let grace = Duration::from_secs(pod.metadata.deletion_grace_period_seconds.unwrap_or(0));
        let told = Instant(deadline.0 - grace.0);
        let term = (told + pre_stop_sleep(&object.value)).min(deadline);
        let programs = self.faults.programs(key).unwrap_or_default();
        let prompt = pod.spec.containers.iter().enumerate().all(|(idx, container)| {
            programs.get(idx).map_or_else(
                || ends_promptly(container),
                |it| !it.runs() || it.health != Health::Hung && ends_promptly(container),
            )
        });
        let end = if prompt { term } else { deadline };
        let over = !programs.is_empty() && !programs.iter().any(ContainerState::runs);
        let runs = !pod.status.pod_ip.is_empty() && pod.phase() == Some(PodPhase::Running) && !over;
        if runs && end > self.now {
            self.wake_at(end, Timer::Pod(key.clone()));
            return;
        }
        self.remove(Kind::Pod, key);
    }
}

/// The node's addresses as a hostNetwork pod reports them: the first of each family.
fn first_of_each_family(node: &Node) -> Vec<String> {
    let first = node.first_internal_ip();
    let second = first.and_then(|it| node.internal_ip(IpFamily::of_text(it).other()));
    owned(first.into_iter().chain(second))
}

fn owned<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.map(str::to_owned).collect()
}

fn pod_networks(node: &Node) -> Vec<IpNet> {
    let texts: &[String] = if node.spec.pod_cidrs.is_empty() {
        std::slice::from_ref(&node.spec.pod_cidr)
    } else {
        &node.spec.pod_cidrs
    };
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// The phase of a pod whose containers have been started.
fn phase_of(programs: &[ContainerState]) -> PodPhase {
    if programs.is_empty() || programs.iter().any(|it| it.state != ContainerPhase::Terminated) {
        PodPhase::Running
    } else if programs.iter().any(|it| it.last.is_some_and(|last| last.code != 0)) {
        PodPhase::Failed
    } else {
        PodPhase::Succeeded
    }
}

/// What the kubelet says about the first probe that nothing answers; `None` where all can succeed.
fn failing_probe(pod: &Pod) -> Option<String> {
    pod.spec.containers.iter().find_map(|container| {
        let probes = [
            ("Startup", container.startup_probe.as_ref()),
            ("Readiness", container.readiness_probe.as_ref()),
        ];
        probes.into_iter().find_map(|(name, probe)| {
            let why = unanswered(pod, container, probe?)?;
            Some(format!("{name} probe failed: {why}"))
        })
    })
}

/// Why a probe fails; `None` where something answers.
pub(super) fn unanswered(pod: &Pod, container: &Container, probe: &Probe) -> Option<String> {
    let (port, http) = if let Some(http) = &probe.http_get {
        (http.port.clone(), Some(http))
    } else if let Some(tcp) = &probe.tcp_socket {
        (tcp.port.clone(), None)
    } else {
        let grpc = probe.grpc.as_ref().and_then(|it| it.get("port")?.as_i64());
        // A command's outcome is a matter of the program; it is taken to succeed.
        (IntOrString::Int(i32::try_from(grpc?).ok()?), None)
    };
    let Some(number) = container.resolve_port(&port).and_then(|it| u16::try_from(it).ok()) else {
        return Some(format!("couldn't find port {port}"));
    };
    if listens(pod, number, "TCP").unwrap_or(true) {
        return None;
    }
    let address = &pod.status.pod_ip;
    let refused = format!("dial tcp {address}:{number}: connect: connection refused");
    Some(match http {
        Some(http) => {
            let scheme = if http.scheme == "HTTPS" { "https" } else { "http" };
            format!("Get \"{scheme}://{address}:{number}{}\": {refused}", http.path)
        }
        None => refused,
    })
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
fn gates_open(pod: &Pod) -> bool {
    pod.spec.readiness_gates.iter().all(|gate| {
        pod.status
            .conditions
            .iter()
            .any(|it| it.kind == gate.condition_type && it.status == "True")
    })
}

/// The longest `preStop` sleep, by `sleep:` or by a `sleep N` command.
fn pre_stop_sleep(pod: &Value) -> Duration {
    let containers = tree::get(pod, &["spec", "containers"]).and_then(Value::as_array);
    let longest = containers
        .into_iter()
        .flatten()
        .filter_map(|container| tree::get(container, &["lifecycle", "preStop"]))
        .filter_map(|hook| {
            if let Some(seconds) = tree::get(hook, &["sleep", "seconds"]) {
                return seconds.as_i64();
            }
            let command = tree::get(hook, &["exec", "command"])?.as_array()?;
            let words: Vec<&str> = command
                .iter()
                .filter_map(Value::as_str)
                .flat_map(str::split_whitespace)
                .collect();
            let at = words
                .iter()
                .position(|word| *word == "sleep" || word.ends_with("/sleep"))?;
            words.get(at + 1)?.trim_end_matches('s').parse().ok()
        })
        .max();
    Duration::from_secs(longest.unwrap_or(0).clamp(0, i64::from(i32::MAX)))
}

/// Writes the status into tree and view; whether anything changed.
fn write_status(object: &mut Object, report: &Report, now: &str) -> bool {
    let Typed::Pod(pod) = &mut object.typed else {
        return false;
    };
    let truth = |on: bool| if on { "True" } else { "False" };
    let not_ready = if report.ready { "" } else { report.reason };
    let containers_ready = report.ready || (report.started && gates_only(pod, report));
    let wanted = [
        ("PodReadyToStartContainers", report.started, ""),
        ("Initialized", true, ""),
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
    let unready: Vec<&str> = pod
        .spec
        .containers
        .iter()
        .enumerate()
        .filter(|(idx, _)| !containers_ready && !report.may_be_ready(*idx))
        .map(|(_, container)| container.name.as_str())
        .collect();
    let gates = closed_gates(pod);
    let old = std::mem::take(&mut pod.status.conditions);
    let mut conditions: Vec<Condition> = Vec::with_capacity(wanted.len());
    for (kind, on, reason) in wanted {
        let status = truth(on);
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
                "ContainersNotReady" => format!("containers with unready status: [{}]", unready.join(" ")),
                "ReadinessGatesNotReady" => gates.clone(),
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
    let same = old == conditions
        && pod.phase() == Some(report.phase)
        && pod.ips().eq(&report.addresses)
        && pod.status.host_ip == report.host;
    pod.status.conditions = conditions;
    let container_statuses = |pod: &Pod, start: &str| -> Value {
        let each = pod.spec.containers.iter().enumerate().map(|(idx, container)| {
            let ready = containers_ready || report.may_be_ready(idx);
            container_tree(container, idx, report, ready, start)
        });
        Value::Array(each.collect())
    };
    if same {
        let start = pod.status.start_time.clone().unwrap_or_default();
        let statuses = report.eventful.then(|| container_statuses(pod, &start));
        let Some(statuses) = statuses else { return false };
        if tree::get(&object.value, &["status", "containerStatuses"]) == Some(&statuses) {
            return false;
        }
    }
    report.phase.name().clone_into(&mut pod.status.phase);
    pod.status.host_ip.clone_from(&report.host);
    let start = pod.status.start_time.get_or_insert_with(|| now.to_owned()).clone();
    let mut status = Map::new();
    if let Some(Value::Object(existing)) = object.value.get_mut("status") {
        status = std::mem::take(existing);
    }
    let conditions: Vec<Value> = pod.status.conditions.iter().map(condition_tree).collect();
    status.insert("conditions".to_owned(), Value::Array(conditions));
    status.insert("containerStatuses".to_owned(), container_statuses(pod, &start));
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

/// Writes a pod's addresses into tree and view.
fn write_addresses(object: &mut Object, addresses: &[String]) {
    let (Typed::Pod(pod), Some(first)) = (&mut object.typed, addresses.first()) else {
        return;
    };
    pod.status.pod_ip.clone_from(first);
    pod.status.pod_ips = addresses.iter().map(|ip| PodIp { ip: ip.clone() }).collect();
    let all: Vec<Value> = addresses.iter().map(|ip| json!({"ip": ip})).collect();
    tree::set(&mut object.value, &["status", "podIP"], first.as_str().into());
    tree::set(&mut object.value, &["status", "podIPs"], Value::Array(all));
}

/// Whether only a readiness gate keeps the pod from being ready.
fn gates_only(pod: &Pod, report: &Report) -> bool {
    !report.ready
        && !pod.spec.readiness_gates.is_empty()
        && !PodOverrides::of(&pod.metadata.annotations).not_ready
        && report.programs.iter().all(|it| it.ready)
        && !gates_open(pod)
}

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

fn container_tree(container: &Container, idx: usize, report: &Report, ready: bool, start: &str) -> Value {
    if let Some(program) = report.programs.get(idx).filter(|_| report.eventful) {
        return program_tree(container, idx, program, ready, report.phase == PodPhase::Running);
    }
    let state = match report.phase {
        PodPhase::Pending => json!({"waiting": {"reason": report.message}}),
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

/// The status of a container that something has happened to.
fn program_tree(container: &Container, idx: usize, program: &ContainerState, ready: bool, running: bool) -> Value {
    let id = format!("containerd://c{idx}-{}", program.restarts);
    let ended = |restarts: i64| {
        let last = program.last.as_ref()?;
        Some(json!({"terminated": {
            "containerID": format!("containerd://c{idx}-{restarts}"), "exitCode": last.code, "reason": last.reason(),
            "startedAt": last.started.to_string(), "finishedAt": last.at.to_string(),
        }}))
    };
    let none = || json!({});
    let (state, last) = match program.state {
        ContainerPhase::Running(since) | ContainerPhase::Stopping(since, _) => (
            json!({"running": {"startedAt": since.to_string()}}),
            ended(program.restarts - 1).unwrap_or_else(none),
        ),
        ContainerPhase::BackingOff(until) => {
            let since = program.last.map_or(until, |it| it.at);
            let message = format!(
                "back-off {}s restarting failed container={}",
                (until - since).as_secs(),
                container.name
            );
            (
                json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}}),
                ended(program.restarts).unwrap_or_else(none),
            )
        }
        ContainerPhase::Ended(_) | ContainerPhase::Terminated => (ended(program.restarts).unwrap_or_else(none), none()),
    };
    json!({
        "containerID": id, "image": container.image, "imageID": "", "lastState": last, "name": container.name,
        "ready": ready && program.runs(), "restartCount": program.restarts,
        "started": running && program.runs(), "state": state,
    })
}
