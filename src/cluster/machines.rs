//! What happens to machines: power, kubelets and links that somebody takes away and gives back.
//!
//! Here is what follows at once; what the control plane makes of a kubelet that falls silent follows from the
//! timers that are set here (`controllers::node_lifecycle`), what becomes of containers from their kubelet
//! (`kubelet`).

use super::cluster_config::LoadBalancerProvider;
use super::controllers::node_lifecycle::{self, ZoneTurn};
use super::event_recorder::EventType;
use super::faults::machine::{BALANCER_PERIOD, BOOT, GRACE, HEARTBEAT, next_tick, notices};
use super::faults::{ContainerPhase, Health, Link, Machine, Power, ROUTER};
use super::kubelet::node_runtime::NodeRuntime;
use super::kubelet::{containers, new_sandbox};
use super::reconcile::Reconcile;
use super::timers::Timer;
use super::tree;
use crate::api::types::core::Pod;
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::sim::Instant;
use crate::small_sort::SmallSort as _;

/// The machines of a cluster, with what has to hear of what happens to them.
#[derive(Debug)]
pub struct Machines<'a, 'b> {
    /// The control plane.
    pub ctx: &'a mut Reconcile<'b>,
    /// What runs on the machines.
    pub nodes: &'a mut NodeRuntime,
    /// The memory of the controller that hears of kubelets again.
    pub zone_turns: &'a mut Vec<ZoneTurn>,
}

impl Machines<'_, '_> {
    /// Takes the power from a node. Its containers are gone, and nobody hears of it.
    pub fn power_off(&mut self, node: &str) {
        let off = self
            .nodes
            .faults()
            .machine(node)
            .is_some_and(|it| it.power == Power::Off);
        if self.ctx.api.node(node).is_none() || off {
            return;
        }
        let now = self.ctx.now();
        let machine = self.machine_mut(node);
        machine.power = Power::Off;
        machine.off_at.get_or_insert(now);
        self.contact_changed(node);
    }

    /// Gives a node its power back: it boots, then its kubelet starts its pods anew.
    pub fn power_on(&mut self, node: &str) {
        if self
            .nodes
            .faults()
            .machine(node)
            .is_none_or(|it| it.power != Power::Off)
        {
            return;
        }
        let up = self.ctx.now() + BOOT;
        let machine = self.machine_mut(node);
        machine.power = Power::Booting(up);
        machine.kubelet = true;
        self.ctx.wake_at(up, Timer::Node(node.to_owned()));
    }

    /// Stops a node's kubelet: containers run on, and nobody looks after them.
    pub fn stop_kubelet(&mut self, node: &str) {
        let faults = self.nodes.faults();
        if self.ctx.api.node(node).is_some() && !faults.is_off(node) && !faults.kubelet_stopped(node) {
            self.machine_mut(node).kubelet = false;
            self.contact_changed(node);
        }
    }

    /// Starts a node's kubelet again.
    pub fn start_kubelet(&mut self, node: &str) {
        if self.nodes.faults().kubelet_stopped(node) {
            self.machine_mut(node).kubelet = true;
            self.contact_changed(node);
            if self.nodes.faults().kubelet_heard(node) {
                node_lifecycle::find(self.ctx, self.nodes, self.zone_turns, node);
            }
            self.ctx.look_at_pods(node);
        }
    }

    /// Cuts or mends the link between two nodes, or a node and [`ROUTER`].
    pub fn set_link(&mut self, a: &str, b: &str, whole: bool) {
        if self.nodes.faults().is_cut(a, b) != whole {
            return;
        }
        let faults = self.nodes.faults_mut(&mut self.ctx.api.store);
        if whole {
            faults.cut.retain(|it| !it.joins(a, b));
        } else {
            faults.cut.push(Link::new(a, b));
            faults.cut.small_sort();
        }
        self.link_changed(a, b);
    }

    /// Mends everything that is broken: power, kubelets, links, containers. What followed from it heals as on a
    /// real cluster; cordons and taints are wishes, not faults, and stay.
    pub fn mend_all(&mut self) {
        let links = std::mem::take(&mut self.nodes.faults_mut(&mut self.ctx.api.store).cut);
        for link in links {
            self.link_changed(&link.low, &link.high);
        }
        let machines = self.nodes.faults().machines.iter();
        let machines: Vec<String> = machines.map(|it| it.name.clone()).collect();
        for node in machines {
            self.power_on(&node);
            self.start_kubelet(&node);
        }
        let pods = self.nodes.faults().containers.iter();
        let pods: Vec<NamespacedName> = pods.map(|it| it.pod.clone()).collect();
        for pod in pods {
            containers::set_health(self.ctx, self.nodes, &pod, Health::Healthy);
        }
    }

    /// Something fell due at a node: it has booted, or the control plane looks at it.
    pub fn reconcile(&mut self, node: &str) {
        match self.nodes.faults().machine(node).map(|it| it.power) {
            Some(Power::Booting(up)) if self.ctx.now() >= up => self.boot(node),
            Some(Power::Booting(_)) => {}
            _ => node_lifecycle::reconcile(self.ctx, self.nodes, self.zone_turns, node),
        }
    }

    fn machine_mut(&mut self, node: &str) -> &mut Machine {
        self.nodes.machine_mut(&mut self.ctx.api.store, node)
    }

    fn link_changed(&mut self, a: &str, b: &str) {
        for (end, other) in [(a, b), (b, a)] {
            if end == ROUTER {
                self.contact_changed(other);
            }
        }
    }

    /// Power, kubelet or the link to the router changed.
    fn contact_changed(&mut self, node: &str) {
        if self.ctx.api.node(node).is_none() {
            return;
        }
        self.note_dark(node);
        self.note_silence(node);
    }

    /// Notes whether packets from the router reach a machine: load balancers ask for it.
    fn note_dark(&mut self, node: &str) {
        let now = self.ctx.now();
        let dark = self.is_dark(node);
        let machine = self.machine_mut(node);
        match (dark, machine.dark) {
            (true, None) => {
                machine.dark = Some(now);
                machine.back_at = None;
                for provider in [LoadBalancerProvider::MetalLb, LoadBalancerProvider::Cloud] {
                    // Nothing is written then, but whoever watches wants to look again.
                    self.ctx.wake_at(now + notices(provider), Timer::Look);
                }
            }
            (false, Some(since)) => {
                machine.dark = None;
                machine.back_at =
                    (now >= since + notices(LoadBalancerProvider::Cloud)).then_some(now + BALANCER_PERIOD);
                self.ctx.wake_at(now + BALANCER_PERIOD, Timer::Look);
            }
            _ => {}
        }
    }

    /// Notes whether the API server hears of a kubelet, and when the control plane will take notice.
    fn note_silence(&mut self, node: &str) {
        let now = self.ctx.now();
        let heard = self.nodes.faults().kubelet_heard(node);
        let dark = self.is_dark(node);
        let machine = self.machine_mut(node);
        match (heard, machine.silent_since) {
            (false, None) => {
                let last = Instant(now.0.div_euclid(HEARTBEAT.0) * HEARTBEAT.0);
                machine.silent_since = Some(last);
                self.ctx.wake_at(last + GRACE, Timer::Node(node.to_owned()));
            }
            (true, Some(_)) => {
                machine.silent_since = None;
                // A kubelet that starts reports at once; one that ran all the while, with its next heartbeat.
                let at = if machine.unknown && machine.kubelet && !dark {
                    next_tick(now, HEARTBEAT)
                } else {
                    now
                };
                self.ctx.wake_at(at, Timer::Node(node.to_owned()));
            }
            _ => {}
        }
    }

    fn is_dark(&self, node: &str) -> bool {
        let faults = self.nodes.faults();
        faults.is_off(node) || faults.is_cut(node, ROUTER)
    }

    /// The machine runs again: every container on it is started anew.
    fn boot(&mut self, node: &str) {
        let machine = self.machine_mut(node);
        machine.power = Power::On;
        machine.kubelet = true;
        machine.boots += 1;
        let off_at = machine.off_at.take();
        self.contact_changed(node);
        let id = self.ctx.api.new_uid();
        let key = NamespacedName::cluster_wide(node);
        self.ctx.api.store.edit(Kind::Node, &key, |object| {
            if tree::get(&object.value, &["status", "nodeInfo", "bootID"]).is_some() {
                tree::set(&mut object.value, &["status", "nodeInfo", "bootID"], id.as_str().into());
            }
            true
        });
        let text = format!("Node {node} has been rebooted, boot id: {id}");
        let about = ObjectRef::of(Kind::Node, &key);
        self.ctx
            .record_event(&about, EventType::Warning, "Rebooted", "kubelet", &text);
        let pods: Vec<NamespacedName> = self.ctx.api.store.pods_on(node).cloned().collect();
        for pod in pods {
            self.restart_after_boot(&pod, off_at.unwrap_or(self.ctx.now()));
        }
        if self.nodes.faults().kubelet_heard(node) {
            node_lifecycle::find(self.ctx, self.nodes, self.zone_turns, node);
            self.ctx.look_at_pods(node);
        }
    }

    /// Containers of a pod after its machine lost power: ended with it, started anew with a new address.
    fn restart_after_boot(&mut self, key: &NamespacedName, off_at: Instant) {
        let Some(pod) = self.ctx.api.store.typed::<Pod>(key) else {
            return;
        };
        if pod.metadata.deletion_timestamp.is_some() || pod.is_terminal() || pod.status.start_time.is_none() {
            return;
        }
        let pod = pod.clone();
        self.ctx.api.given.pod_status.remove(key);
        let now = self.ctx.now();
        for container in containers::containers_mut(self.ctx, self.nodes, key).iter_mut() {
            if container.state == ContainerPhase::Terminated || !container.has_started() {
                continue;
            }
            if let ContainerPhase::Running(since) | ContainerPhase::Stopping(since, _) = container.state {
                container.note_end(since, off_at, 255);
            }
            container.start(now);
        }
        self.ctx.record_event(
            &ObjectRef::of(Kind::Pod, key),
            EventType::Normal,
            "SandboxChanged",
            "kubelet",
            "Pod sandbox changed, it will be killed and re-created.",
        );
        if !pod.spec.host_network {
            new_sandbox(self.ctx, self.nodes, key, &pod);
        }
    }
}
