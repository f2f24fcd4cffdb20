//! Nodes that fall silent and come back: `kubernetes pkg/controller/nodelifecycle`.
//!
//! A kubelet renews its lease every 10 s. Once nothing was heard for the grace period of 50 s, the node's
//! conditions become `Unknown`, its pods are marked not ready (so endpoints leave), and it is tainted; pods
//! that tolerate the taint for 300 s are evicted then. Renewals happen at whole tens of seconds here, so the
//! silence is noticed 40 to 50 s after it began. Not simulated: `NodeNetworkUnavailable`, pressures, eviction
//! at a lower rate in large zones.

use serde_json::{Value, json};

use super::super::cluster_config::LoadBalancerProvider;
use super::super::dispatch::Timer;
use super::super::{Cluster, tree};
use super::{ContainerPhase, ROUTER, node_key, node_ref, pod_ref};
use crate::api::types::core::{Node, Pod, Taint};
use crate::api::types::meta::Condition;
use crate::api::{Kind, NamespacedName, Object, Typed};
use crate::sim::{Duration, Instant};

/// How often kubelets renew their lease and report (a quarter of `nodeLeaseDurationSeconds`).
pub const HEARTBEAT: Duration = Duration::from_secs(10);
/// `--node-monitor-grace-period`; 50 s since Kubernetes 1.32.
pub const GRACE: Duration = Duration::from_secs(50);
/// `--node-monitor-period`.
const MONITOR: Duration = Duration::from_secs(5);
/// Seconds for which admission lets every pod tolerate a silent node.
pub const TOLERATED: i64 = 300;
/// One node of a zone after the other is emptied: `--node-eviction-rate` 0.1.
const BETWEEN_NODES: Duration = Duration::from_secs(10);
/// How long a machine takes from power to kubelet: no figure of Kubernetes, but of an ordinary machine.
pub const BOOT: Duration = Duration::from_secs(30);
/// A cloud's load balancer asks every node this often (`gceHcCheckIntervalSeconds`) …
pub const BALANCER_PERIOD: Duration = Duration::from_secs(8);
/// … and drops it after so many failures (`gceHcUnhealthyThreshold`); one success brings it back.
pub const BALANCER_FAILURES: i64 = 3;
/// How long MetalLB's speakers take to notice that one of them is gone (memberlist).
pub const METALLB_NOTICES: Duration = Duration::from_secs(10);

const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
/// Conditions that a kubelet reports.
const CONDITIONS: [(&str, &str); 4] = [
    ("MemoryPressure", "KubeletHasSufficientMemory"),
    ("DiskPressure", "KubeletHasNoDiskPressure"),
    ("PIDPressure", "KubeletHasSufficientPID"),
    ("Ready", "KubeletReady"),
];

/// Whether a machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// It runs.
    On,
    /// It does not.
    Off,
    /// It starts, and its kubelet will run from then on.
    Booting(Instant),
}

/// A machine that something has happened to.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Name of its node.
    pub name: String,
    /// Whether it runs.
    pub power: Power,
    /// Whether its kubelet runs while the machine does.
    pub kubelet: bool,
    /// How often it was started anew: its kernel remembers nothing from before.
    pub boots: u32,
    /// The API server last heard of its kubelet then; `None` while it hears of it.
    pub silent_since: Option<Instant>,
    /// The control plane has noticed the silence.
    pub unknown: bool,
    /// Since when no packet from the router reaches it.
    dark: Option<Instant>,
    /// A load balancer had dropped it, and counts it in again from then on.
    back_at: Option<Instant>,
    /// When it lost its power.
    off_at: Option<Instant>,
}

impl Machine {
    /// Whether something about it is to be mended.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.power == Power::Off || !self.kubelet
    }

    /// Whether health checks of a provider's load balancers count it in.
    pub(super) fn balanced(&self, now: Instant, provider: LoadBalancerProvider) -> bool {
        match (self.dark, self.back_at) {
            (Some(since), _) => now < since + notices(provider),
            // MetalLB's speakers know each other at once; a cloud asks again first.
            (None, Some(back)) => provider == LoadBalancerProvider::MetalLb || now >= back,
            (None, None) => true,
        }
    }

    /// When its silence is noticed, if it is silent and it has not been.
    #[must_use]
    pub fn noticed_at(&self) -> Option<Instant> {
        self.silent_since.filter(|_| !self.unknown).map(|since| since + GRACE)
    }
}

/// How long a provider's load balancers take to notice that a node is gone; where a document alone says that
/// there is one, it is taken to be a cloud's.
#[must_use]
pub fn notices(provider: LoadBalancerProvider) -> Duration {
    match provider {
        LoadBalancerProvider::MetalLb => METALLB_NOTICES,
        LoadBalancerProvider::Cloud | LoadBalancerProvider::None => Duration(BALANCER_PERIOD.0 * BALANCER_FAILURES),
    }
}

/// The first whole multiple of a period at or after a time.
fn next_tick(at: Instant, period: Duration) -> Instant {
    Instant(at.0.div_euclid(period.0) * period.0 + if at.0.rem_euclid(period.0) == 0 { 0 } else { period.0 })
}

impl Cluster {
    /// Takes the power from a node. Its containers are gone, and nobody is told.
    pub fn power_off(&mut self, node: &str) {
        if !self.node_exists(node) || self.faults.machine(node).is_some_and(|it| it.power == Power::Off) {
            return;
        }
        let now = self.now;
        let machine = self.machine_mut(node);
        machine.power = Power::Off;
        machine.off_at.get_or_insert(now);
        self.contact_changed(node);
    }

    /// Gives a node its power back: it boots, then its kubelet starts its pods anew.
    pub fn power_on(&mut self, node: &str) {
        if self.faults.machine(node).is_none_or(|it| it.power != Power::Off) {
            return;
        }
        let up = self.now + BOOT;
        let machine = self.machine_mut(node);
        machine.power = Power::Booting(up);
        machine.kubelet = true;
        self.wake_at(up, Timer::Node(node.to_owned()));
    }

    /// Stops a node's kubelet: containers run on, and nobody looks after them.
    pub fn stop_kubelet(&mut self, node: &str) {
        let off = self.faults.is_off(node);
        if self.node_exists(node) && !off && !self.faults.kubelet_stopped(node) {
            self.machine_mut(node).kubelet = false;
            self.contact_changed(node);
        }
    }

    /// Starts a node's kubelet again.
    pub fn start_kubelet(&mut self, node: &str) {
        if self.faults.kubelet_stopped(node) {
            self.machine_mut(node).kubelet = true;
            self.contact_changed(node);
            if self.kubelet_heard(node) {
                self.find(node);
            }
            self.kubelet_looks(node);
        }
    }

    fn machine_mut(&mut self, node: &str) -> &mut Machine {
        let faults = self.faults_mut();
        let at = match faults.machines.iter().position(|it| it.name == node) {
            Some(at) => at,
            None => {
                faults.machines.push(Machine {
                    name: node.to_owned(),
                    power: Power::On,
                    kubelet: true,
                    boots: 0,
                    silent_since: None,
                    unknown: false,
                    dark: None,
                    back_at: None,
                    off_at: None,
                });
                faults.machines.len() - 1
            }
        };
        &mut faults.machines[at]
    }

    /// Whether a node's kubelet runs, whether or not anybody hears of it.
    pub(in crate::cluster) fn kubelet_runs(&self, node: &str) -> bool {
        self.faults
            .machine(node)
            .is_none_or(|it| it.power == Power::On && it.kubelet)
    }

    /// Whether the API server and a node's kubelet can talk.
    #[must_use]
    pub fn kubelet_heard(&self, node: &str) -> bool {
        self.faults.machines.is_empty() && self.faults.cut.is_empty()
            || self.kubelet_runs(node) && !self.faults.is_cut(node, ROUTER)
    }

    /// Power, kubelet or the link to the router changed.
    pub(super) fn contact_changed(&mut self, node: &str) {
        if !self.node_exists(node) {
            return;
        }
        let now = self.now;
        let heard = self.kubelet_heard(node);
        let dark = self.faults.is_off(node) || self.faults.is_cut(node, ROUTER);
        let machine = self.machine_mut(node);
        match (dark, machine.dark) {
            (true, None) => {
                machine.dark = Some(now);
                machine.back_at = None;
                for provider in [LoadBalancerProvider::MetalLb, LoadBalancerProvider::Cloud] {
                    // Nothing is written then, but whoever watches wants to look again.
                    self.wake_at(now + notices(provider), Timer::Look);
                }
            }
            (false, Some(since)) => {
                machine.dark = None;
                machine.back_at =
                    (now >= since + notices(LoadBalancerProvider::Cloud)).then_some(now + BALANCER_PERIOD);
                self.wake_at(now + BALANCER_PERIOD, Timer::Look);
            }
            _ => {}
        }
        let machine = self.machine_mut(node);
        match (heard, machine.silent_since) {
            (false, None) => {
                let last = Instant(now.0.div_euclid(HEARTBEAT.0) * HEARTBEAT.0);
                machine.silent_since = Some(last);
                self.wake_at(last + GRACE, Timer::Node(node.to_owned()));
            }
            (true, Some(_)) => {
                machine.silent_since = None;
                // A kubelet that starts reports at once; one that ran all the while, with its next heartbeat.
                let at = if machine.unknown && machine.kubelet && !dark {
                    next_tick(now, HEARTBEAT)
                } else {
                    now
                };
                self.wake_at(at, Timer::Node(node.to_owned()));
            }
            _ => {}
        }
    }

    /// Something fell due at a node: it has booted, its silence is noticed, its voice is heard again.
    pub(in crate::cluster) fn tend_node(&mut self, node: &str) {
        let now = self.now;
        let Some(machine) = self.faults.machine(node) else {
            return;
        };
        if let Power::Booting(up) = machine.power {
            if now >= up {
                self.boot(node);
            }
            return;
        }
        let (silent, unknown) = (machine.silent_since, machine.unknown);
        match silent {
            Some(since) if !unknown && now >= since + GRACE => self.lose(node),
            None if unknown => {
                self.find(node);
            }
            None => self.untaint_if_ready(node),
            Some(_) => {}
        }
    }

    /// The machine runs again: every container on it is started anew.
    fn boot(&mut self, node: &str) {
        let machine = self.machine_mut(node);
        machine.power = Power::On;
        machine.kubelet = true;
        machine.boots += 1;
        let off_at = machine.off_at.take();
        self.contact_changed(node);
        let id = self.new_uid();
        self.store.edit(Kind::Node, &node_key(node), |object| {
            if tree::get(&object.value, &["status", "nodeInfo", "bootID"]).is_some() {
                tree::set(&mut object.value, &["status", "nodeInfo", "bootID"], id.as_str().into());
            }
            true
        });
        let text = format!("Node {node} has been rebooted, boot id: {id}");
        self.record_event(&node_ref(node), true, "Rebooted", "kubelet", &text);
        for pod in self.pods_of(node) {
            self.restart_after_boot(&pod, off_at.unwrap_or(self.now));
        }
        if self.kubelet_heard(node) {
            self.find(node);
            self.kubelet_looks(node);
        }
    }

    /// A kubelet looks at every pod of its node.
    fn kubelet_looks(&mut self, node: &str) {
        for pod in self.pods_of(node) {
            self.work.stop.push(pod.clone());
            self.work.run.push(pod);
        }
    }

    pub(super) fn pods_of(&self, node: &str) -> Vec<NamespacedName> {
        self.store.pods_on(node).cloned().collect()
    }

    /// The grace period is over: nobody knows how the node is.
    fn lose(&mut self, node: &str) {
        self.machine_mut(node).unknown = true;
        self.set_conditions(node, true);
        let text = format!("Node {node} status is now: NodeNotReady");
        self.record_event(&node_ref(node), false, "NodeNotReady", "node-controller", &text);
        for key in self.pods_of(node) {
            let now = self.now.to_string();
            self.given_status.remove(&key);
            let marked = self.store.edit(Kind::Pod, &key, |pod| mark_not_ready(pod, &now));
            if marked {
                self.record_event(
                    &pod_ref(&key),
                    true,
                    "NodeNotReady",
                    "node-controller",
                    "Node is not ready",
                );
            }
        }
        self.taint(node, "NoSchedule");
        self.taint_for_eviction();
    }

    /// The kubelet is heard again.
    fn find(&mut self, node: &str) {
        if !self.faults.machine(node).is_some_and(|it| it.unknown) {
            return;
        }
        self.machine_mut(node).unknown = false;
        self.set_conditions(node, false);
        let text = format!("Node {node} status is now: NodeReady");
        self.record_event(&node_ref(node), false, "NodeReady", "kubelet", &text);
        self.kubelet_looks(node);
        // The node controller sees it with its next look.
        self.wake_at(next_tick(self.now, MONITOR), Timer::Node(node.to_owned()));
        self.taint_for_eviction();
    }

    fn untaint_if_ready(&mut self, node: &str) {
        self.untaint(node, None);
    }

    /// Taints silent nodes so that their pods are evicted, one node of a zone after the other; not where no
    /// node at all is heard of, for then the fault is more likely to be with the control plane.
    pub(in crate::cluster) fn taint_for_eviction(&mut self) {
        let nodes: Vec<(String, String, bool)> = self
            .store
            .list::<Node>()
            .map(|node| {
                let name = node.metadata.name.clone();
                let zone = node.metadata.labels.get("topology.kubernetes.io/zone").cloned();
                let lost = self.faults.machine(&name).is_some_and(|it| it.unknown);
                (name, zone.unwrap_or_default(), lost)
            })
            .collect();
        let all_lost = nodes.iter().all(|(.., lost)| *lost);
        for (name, zone, _) in nodes.iter().filter(|(.., lost)| *lost) {
            if all_lost {
                self.untaint(name, Some("NoExecute"));
                continue;
            }
            if self.has_taint(name, "NoExecute") {
                continue;
            }
            let turn = self.zone_turns.iter().find(|(known, _)| known == zone).map(|it| it.1);
            if let Some(turn) = turn.filter(|turn| self.now < *turn) {
                self.wake_at(turn, Timer::Taints);
                continue;
            }
            self.zone_turns.retain(|(known, _)| known != zone);
            self.zone_turns.push((zone.clone(), self.now + BETWEEN_NODES));
            self.taint(name, "NoExecute");
        }
    }

    fn has_taint(&self, node: &str, effect: &str) -> bool {
        self.store.typed::<Node>(&node_key(node)).is_some_and(|it| {
            let mut taints = it.spec.taints.iter();
            taints.any(|taint| taint.key == UNREACHABLE && taint.effect == effect)
        })
    }

    fn taint(&mut self, node: &str, effect: &str) {
        if self.has_taint(node, effect) {
            return;
        }
        let now = self.now.to_string();
        self.store.edit(Kind::Node, &node_key(node), |object| {
            let Typed::Node(view) = &mut object.typed else {
                return false;
            };
            view.spec.taints.push(Taint {
                key: UNREACHABLE.to_owned(),
                value: String::new(),
                effect: effect.to_owned(),
            });
            let mut all = tree::get(&object.value, &["spec", "taints"])
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            all.push(json!({"effect": effect, "key": UNREACHABLE, "timeAdded": now}));
            tree::set(&mut object.value, &["spec", "taints"], Value::Array(all));
            true
        });
    }

    /// Takes the taints of silence away; of one effect, or all.
    fn untaint(&mut self, node: &str, effect: Option<&str>) {
        self.store.edit(Kind::Node, &node_key(node), |object| {
            let Typed::Node(view) = &mut object.typed else {
                return false;
            };
            let goes = |key: &str, its: &str| key == UNREACHABLE && effect.is_none_or(|it| it == its);
            if !view.spec.taints.iter().any(|it| goes(&it.key, &it.effect)) {
                return false;
            }
            view.spec.taints.retain(|it| !goes(&it.key, &it.effect));
            let spec = tree::entry(&mut object.value, "spec");
            if let Some(Value::Array(all)) = spec.get_mut("taints") {
                all.retain(|it| !goes(tree::text(it, &["key"]), tree::text(it, &["effect"])));
                if all.is_empty() {
                    tree::remove(spec, &["taints"]);
                }
            }
            true
        });
    }

    /// Writes the conditions of a node: all unknown, or as a healthy kubelet reports them.
    fn set_conditions(&mut self, node: &str, lost: bool) {
        let now = self.now.to_string();
        let made = self
            .store
            .get(Kind::Node, &node_key(node))
            .and_then(|it| it.metadata().creation_timestamp.clone());
        self.store.edit(Kind::Node, &node_key(node), |object| {
            let mut all = tree::get(&object.value, &["status", "conditions"])
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            for (kind, healthy) in CONDITIONS {
                let known = all.iter().position(|it| tree::text(it, &["type"]) == kind);
                let (status, reason, message) = match (lost, known) {
                    (true, Some(_)) => ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
                    (true, None) => ("Unknown", "NodeStatusNeverUpdated", "Kubelet never posted node status."),
                    (false, _) if kind == "Ready" => ("True", healthy, "kubelet is posting ready status"),
                    (false, _) => ("False", healthy, ""),
                };
                let at = known.unwrap_or_else(|| {
                    all.push(json!({"type": kind, "lastHeartbeatTime": made}));
                    all.len() - 1
                });
                let message = match (message, kind) {
                    ("", "MemoryPressure") => "kubelet has sufficient memory available",
                    ("", "DiskPressure") => "kubelet has no disk pressure",
                    ("", _) => "kubelet has sufficient PID available",
                    (message, _) => message,
                };
                let it = &mut all[at];
                if tree::text(it, &["status"]) != status {
                    tree::set(it, &["lastTransitionTime"], now.as_str().into());
                }
                if !lost {
                    tree::set(it, &["lastHeartbeatTime"], now.as_str().into());
                }
                tree::set(it, &["status"], status.into());
                tree::set(it, &["reason"], reason.into());
                tree::set(it, &["message"], message.into());
            }
            let Typed::Node(view) = &mut object.typed else {
                return false;
            };
            let own = |it: &Value, field: &str| tree::text(it, &[field]).to_owned();
            view.status.conditions = all
                .iter()
                .map(|it| Condition {
                    kind: own(it, "type"),
                    status: own(it, "status"),
                    reason: own(it, "reason"),
                    message: own(it, "message"),
                    last_transition_time: it["lastTransitionTime"].as_str().map(str::to_owned),
                })
                .collect();
            tree::set(&mut object.value, &["status", "conditions"], Value::Array(all));
            true
        });
    }

    /// Containers of a pod after its machine lost power: ended with it, started anew with a new address.
    fn restart_after_boot(&mut self, key: &NamespacedName, off_at: Instant) {
        let Some(pod) = self.store.typed::<Pod>(key) else {
            return;
        };
        if pod.metadata.deletion_timestamp.is_some() || pod.is_terminal() || pod.status.start_time.is_none() {
            return;
        }
        let pod = pod.clone();
        self.given_status.remove(key);
        let now = self.now;
        for program in self.programs_mut(key).iter_mut() {
            if program.state == ContainerPhase::Terminated {
                continue;
            }
            if let ContainerPhase::Running(since) | ContainerPhase::Stopping(since, _) = program.state {
                program.note_end(since, off_at, 255);
            }
            program.start(now);
        }
        self.record_event(
            &pod_ref(key),
            false,
            "SandboxChanged",
            "kubelet",
            "Pod sandbox changed, it will be killed and re-created.",
        );
        if !pod.spec.host_network {
            self.new_sandbox(key, &pod);
        }
    }
}

/// `controllerutil.MarkPodsNotReady`.
fn mark_not_ready(object: &mut Object, now: &str) -> bool {
    let Typed::Pod(pod) = &mut object.typed else {
        return false;
    };
    let mut marked = false;
    for it in &mut pod.status.conditions {
        if it.kind == "Ready" && it.status != "False" {
            "False".clone_into(&mut it.status);
            it.last_transition_time = Some(now.to_owned());
            marked = true;
        }
    }
    let conditions = tree::entry(tree::entry(&mut object.value, "status"), "conditions");
    for it in conditions.as_array_mut().into_iter().flatten().filter(|_| marked) {
        if tree::text(it, &["type"]) == "Ready" {
            tree::set(it, &["status"], "False".into());
            tree::set(it, &["lastTransitionTime"], now.into());
        }
    }
    marked
}
