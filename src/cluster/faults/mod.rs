//! What is broken, beside what objects say: machines without power, kubelets that are stopped, links that are
//! cut, programs that crash, hang or fail their readiness.
//!
//! Faults are facts about machines and programs; the API server learns of them only as a real one does: by
//! kubelets that report, and by those that fall silent. [`machine`] follows a node and what the control plane
//! makes of its silence, [`program`] the containers of a pod, [`eviction`] taints of effect `NoExecute`.
//! Faults stay when manifests change, as they would, and go with their pod or node.
//!
//! Not here: what packets meet (`net` reads [`Faults`] from the snapshot).

mod eviction;
pub mod machine;
pub mod program;

use std::sync::Arc;

use super::cluster_config::LoadBalancerProvider;
use super::{Cluster, listening};
use crate::api::types::core::{Node, Pod};
use crate::api::{Kind, NamespacedName, ObjectKey, ObjectRef};
use crate::sim::Instant;
use crate::small_sort::SmallSort as _;

pub use machine::Machine;
pub use program::{ContainerPhase, ContainerState, Health};

/// Stands for the router (and the API server behind it) as an end of a link.
pub const ROUTER: &str = "";

/// Everything that is broken now, or was and still shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults {
    /// Machines that something has happened to, by name.
    pub(super) machines: Vec<Machine>,
    /// Links that are cut, in order.
    pub(super) cut: Vec<Link>,
    /// Pods that something has happened to, in the order of their names.
    pub(super) programs: Vec<PodPrograms>,
}

/// A link between two nodes, or between a node and [`ROUTER`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The end whose name comes first.
    pub low: String,
    /// The other end.
    pub high: String,
}

impl Link {
    fn new(a: &str, b: &str) -> Self {
        let (low, high) = if a < b { (a, b) } else { (b, a) };
        Self {
            low: low.to_owned(),
            high: high.to_owned(),
        }
    }

    /// Whether these are its ends, in either order.
    #[must_use]
    pub fn joins(&self, a: &str, b: &str) -> bool {
        (self.low == a && self.high == b) || (self.low == b && self.high == a)
    }
}

/// The containers of one pod that something has happened to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PodPrograms {
    /// The pod.
    pub(super) pod: NamespacedName,
    /// Its containers, in the order of `spec.containers`.
    pub(super) programs: Vec<ContainerState>,
}

/// What a pod does with a packet for one of its ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortHealth {
    /// Whatever its objects say.
    Ok,
    /// The program that would take it is not running: refused.
    Closed,
    /// The program that would take it hangs: no answer.
    Hung,
}

impl Faults {
    /// Whether nothing is broken and nothing ever was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.machines.is_empty() && self.cut.is_empty() && self.programs.is_empty()
    }

    /// A machine that something has happened to.
    #[must_use]
    pub fn machine(&self, node: &str) -> Option<&Machine> {
        self.machines.iter().find(|it| it.name == node)
    }

    /// Whether a node has no power, or is only just starting.
    #[must_use]
    pub fn is_off(&self, node: &str) -> bool {
        self.machine(node).is_some_and(|it| it.power != machine::Power::On)
    }

    /// Whether a node's kubelet is stopped while the machine runs.
    #[must_use]
    pub fn kubelet_stopped(&self, node: &str) -> bool {
        self.machine(node).is_some_and(|it| !it.kubelet)
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
    pub fn programs(&self, pod: &dyn ObjectKey) -> Option<&[ContainerState]> {
        let at = self
            .programs
            .binary_search_by(|it| it.pod.parts().cmp(&pod.parts()))
            .ok()?;
        Some(&self.programs[at].programs)
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
        let Some(programs) = self.programs(&pod.metadata) else {
            return PortHealth::Ok;
        };
        let well = |idx: usize| {
            programs
                .get(idx)
                .is_none_or(|it| it.runs() && it.health != Health::Hung)
        };
        if programs.iter().enumerate().all(|(idx, _)| well(idx))
            || listening::listens_where(pod, port, protocol, &well) == Some(true)
        {
            return PortHealth::Ok;
        }
        let there = |idx: usize| programs.get(idx).is_none_or(ContainerState::runs);
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
        let programs = self.programs.iter().flat_map(|it| &it.programs);
        machines + self.cut.len() + programs.filter(|it| it.health != Health::Healthy).count()
    }
}

impl Cluster {
    /// What is broken.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    fn faults_mut(&mut self) -> &mut Faults {
        // A fault is news although no object changed.
        self.store.touch();
        Arc::make_mut(&mut self.faults)
    }

    /// Mends everything that is broken: power, kubelets, links, programs. What followed from it heals as on a
    /// real cluster; cordons and taints are wishes, not faults, and stay.
    pub fn mend_all(&mut self) {
        let links = std::mem::take(&mut self.faults_mut().cut);
        for link in links {
            self.link_changed(&link.low, &link.high);
        }
        let machines: Vec<String> = self.faults.machines.iter().map(|it| it.name.clone()).collect();
        for node in machines {
            self.power_on(&node);
            self.start_kubelet(&node);
        }
        let pods: Vec<NamespacedName> = self.faults.programs.iter().map(|it| it.pod.clone()).collect();
        for pod in pods {
            self.set_health(&pod, Health::Healthy);
        }
    }

    /// Cuts or mends the link between two nodes, or a node and [`ROUTER`].
    pub fn set_link(&mut self, a: &str, b: &str, whole: bool) {
        if self.faults.is_cut(a, b) != whole {
            return;
        }
        let faults = self.faults_mut();
        if whole {
            faults.cut.retain(|it| !it.joins(a, b));
        } else {
            faults.cut.push(Link::new(a, b));
            faults.cut.small_sort();
        }
        self.link_changed(a, b);
    }

    fn link_changed(&mut self, a: &str, b: &str) {
        for (end, other) in [(a, b), (b, a)] {
            if end == ROUTER {
                self.contact_changed(other);
            }
        }
    }

    /// Forgets what happened to an object that is gone.
    pub(super) fn forget_faults(&mut self, kind: Kind, key: &NamespacedName) {
        if self.faults.is_empty() {
            return;
        }
        let faults = Arc::make_mut(&mut self.faults);
        match kind {
            Kind::Pod => faults.programs.retain(|it| it.pod != *key),
            _ => {
                faults.machines.retain(|it| it.name != key.name);
                faults.cut.retain(|it| it.low != key.name && it.high != key.name);
            }
        }
    }

    fn node_exists(&self, node: &str) -> bool {
        self.store.typed::<Node>(&("", node)).is_some()
    }
}

fn node_key(node: &str) -> NamespacedName {
    NamespacedName::cluster_wide(node)
}

fn node_ref(node: &str) -> ObjectRef {
    ObjectRef::new(Kind::Node, "", node)
}

fn pod_ref(key: &NamespacedName) -> ObjectRef {
    ObjectRef::of(Kind::Pod, key)
}
