//! What is broken, beside what objects say: machines without power, kubelets that are stopped, links that are
//! cut, containers that crash, hang or fail their readiness.
//!
//! Faults are facts about machines and containers; the API server learns of them only as a real one does: by
//! kubelets that report, and by those that fall silent. They stay when manifests change, as they would, and go with
//! their pod or node.
//!
//! Not here: who breaks and mends (`machines`, `kubelet::containers`), what kubelets (`kubelet`) and the control
//! plane (`controllers::{node_lifecycle, taint_eviction}`) make of it, and what packets meet (`net` reads [`Faults`]
//! from the snapshot).

mod container;
mod link;
pub mod machine;

use super::cluster_config::LoadBalancerProvider;
use super::listening;
use crate::api::ObjectKey;
use crate::api::types::core::Pod;
use crate::sim::Instant;

pub use container::{ContainerPhase, ContainerState, Ended, Health, KILLED};
pub(super) use container::{FIRST_BACKOFF, PodContainers};
pub use link::{Link, ROUTER};
pub use machine::{Machine, Power};

/// Everything that is broken now, or was and still shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// Machines that something has happened to, by name.
    pub(super) machines: Vec<Machine>,
    /// Links that are cut, in order.
    pub(super) cut: Vec<Link>,
    /// Pods that something has happened to, in the order of their names.
    pub(super) containers: Vec<PodContainers>,
}

/// What a pod does with a packet for one of its ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortHealth {
    /// Whatever its objects say.
    Ok,
    /// The process that would take it is not running: refused.
    Closed,
    /// The process that would take it hangs: no answer.
    Hung,
}

impl Faults {
    /// Whether nothing is broken and nothing ever was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.machines.is_empty() && self.cut.is_empty() && self.containers.is_empty()
    }

    /// A machine that something has happened to.
    #[must_use]
    pub fn machine(&self, node: &str) -> Option<&Machine> {
        self.machines.iter().find(|it| it.name == node)
    }

    /// Whether a node has no power, or is only just starting.
    #[must_use]
    pub fn is_off(&self, node: &str) -> bool {
        self.machine(node).is_some_and(|it| it.power != Power::On)
    }

    /// Whether a node's kubelet is stopped while the machine runs.
    #[must_use]
    pub fn kubelet_stopped(&self, node: &str) -> bool {
        self.machine(node).is_some_and(|it| !it.kubelet)
    }

    /// Whether a node's kubelet runs, whether or not anybody hears of it.
    #[must_use]
    pub fn kubelet_runs(&self, node: &str) -> bool {
        self.machine(node).is_none_or(|it| it.power == Power::On && it.kubelet)
    }

    /// Whether the API server and a node's kubelet can talk.
    #[must_use]
    pub fn kubelet_heard(&self, node: &str) -> bool {
        self.machines.is_empty() && self.cut.is_empty() || self.kubelet_runs(node) && !self.is_cut(node, ROUTER)
    }

    /// Whether the link between two nodes, or a node and [`ROUTER`], is cut.
    #[must_use]
    pub fn is_cut(&self, a: &str, b: &str) -> bool {
        !self.cut.is_empty() && self.cut.iter().any(|it| it.joins(a, b))
    }

    /// The links that are cut.
    #[must_use]
    pub fn cuts(&self) -> &[Link] {
        &self.cut
    }

    /// The containers of a pod, if anything has happened to one of them.
    #[must_use]
    pub fn containers(&self, pod: &dyn ObjectKey) -> Option<&[ContainerState]> {
        self.pod(pod).map(|it| it.containers.as_slice())
    }

    /// The init containers of a pod, if anything has happened to one of its containers.
    #[must_use]
    pub fn init_containers(&self, pod: &dyn ObjectKey) -> Option<&[ContainerState]> {
        self.pod(pod).map(|it| it.init.as_slice())
    }

    fn pod(&self, pod: &dyn ObjectKey) -> Option<&PodContainers> {
        let at = self
            .containers
            .binary_search_by(|it| it.pod.parts().cmp(&pod.parts()))
            .ok()?;
        Some(&self.containers[at])
    }

    /// Whether health checks of a provider's load balancers still count a node in; `None` where nothing has
    /// happened to it.
    #[must_use]
    pub fn balancer_uses(&self, node: &str, now: Instant, provider: LoadBalancerProvider) -> Option<bool> {
        self.machine(node).map(|it| it.balanced(now, provider))
    }

    /// What a pod does with a packet for one of its ports.
    #[must_use]
    pub fn port_health(&self, pod: &Pod, port: u16, protocol: &str) -> PortHealth {
        let Some(known) = self.pod(&pod.metadata) else {
            return PortHealth::Ok;
        };
        let state = |idx: usize| match idx.checked_sub(pod.spec.containers.len()) {
            None => known.containers.get(idx),
            Some(idx) => known.init.get(idx),
        };
        let well = |idx: usize| state(idx).is_none_or(|it| it.runs() && it.health != Health::Hung);
        let sidecars = pod
            .spec
            .init_containers
            .iter()
            .enumerate()
            .filter(|(_, it)| it.is_sidecar());
        let mut indices = (0..known.containers.len()).chain(sidecars.map(|(idx, _)| pod.spec.containers.len() + idx));
        if indices.all(well) || listening::listens_where(pod, port, protocol, &well) == Some(true) {
            return PortHealth::Ok;
        }
        let there = |idx: usize| state(idx).is_none_or(ContainerState::runs);
        match listening::listens_where(pod, port, protocol, &there) {
            Some(false) => PortHealth::Closed,
            // A container of which nobody knows what it listens on stands in for the dead one.
            None if listening::listens_where(pod, port, protocol, &well).is_none() => PortHealth::Ok,
            _ => PortHealth::Hung,
        }
    }

    /// How many things are broken now: what a reset would mend.
    #[must_use]
    pub fn count(&self) -> usize {
        let machines = self.machines.iter().filter(|it| it.is_broken()).count();
        let containers = self.containers.iter().flat_map(|it| &it.containers);
        machines + self.cut.len() + containers.filter(|it| it.health != Health::Healthy).count()
    }
}
