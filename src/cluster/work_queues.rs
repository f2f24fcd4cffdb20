//! The queues of the controllers: keys wait in the order they came, each at most once.
//!
//! Not here: who is put in (`enqueue`), and whose turn it is (`dispatch`).

use std::collections::{BTreeSet, VecDeque};

use crate::api::{Kind, NamespacedName};

/// Keys that wait for a controller.
#[derive(Clone, Debug)]
pub struct Queue<K> {
    order: VecDeque<K>,
    members: BTreeSet<K>,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self {
            order: VecDeque::new(),
            members: BTreeSet::new(),
        }
    }
}

impl<K: Ord + Clone> Queue<K> {
    /// Lets a key wait, unless it does already.
    pub fn push(&mut self, key: K) {
        if self.members.insert(key.clone()) {
            self.order.push_back(key);
        }
    }

    /// Takes all keys, in the order they came.
    pub fn take(&mut self) -> VecDeque<K> {
        self.members.clear();
        std::mem::take(&mut self.order)
    }

    /// Whether nothing waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

/// Keys that wait, per controller.
#[derive(Clone, Debug, Default)]
pub struct WorkQueues {
    /// The settings of the cluster are to be read anew.
    pub config: bool,
    /// Room may have appeared for pods that found no node.
    pub retry: bool,
    /// Uids that are gone, for the garbage collector.
    pub garbage: Queue<String>,
    /// For the namespace controller.
    pub namespaces: Queue<NamespacedName>,
    /// Nodes, for their kubelets and the node lifecycle controller.
    pub nodes: Queue<NamespacedName>,
    /// For the Deployment controller.
    pub deployments: Queue<NamespacedName>,
    /// For the ReplicaSet controller.
    pub replica_sets: Queue<NamespacedName>,
    /// For the StatefulSet controller.
    pub stateful_sets: Queue<NamespacedName>,
    /// For the DaemonSet controller.
    pub daemon_sets: Queue<NamespacedName>,
    /// For the ReplicationController controller.
    pub replication_controllers: Queue<NamespacedName>,
    /// For the Job controller.
    pub jobs: Queue<NamespacedName>,
    /// For the CronJob controller.
    pub cron_jobs: Queue<NamespacedName>,
    /// Claims of volumes, for the controller that binds them.
    pub claims: Queue<NamespacedName>,
    /// Pods for the scheduler.
    pub schedule: Queue<NamespacedName>,
    /// Pods that a kubelet ends.
    pub stop: Queue<NamespacedName>,
    /// Pods that a kubelet runs.
    pub run: Queue<NamespacedName>,
    /// Services, for the Endpoints controller.
    pub endpoints: Queue<NamespacedName>,
    /// Services, for the EndpointSlice controller.
    pub slices: Queue<NamespacedName>,
    /// Endpoints, for the controller that mirrors them.
    pub mirror: Queue<NamespacedName>,
    /// Services, for the load-balancer controller.
    pub load_balancers: Queue<NamespacedName>,
    /// For the Ingress controllers.
    pub ingresses: Queue<NamespacedName>,
    /// The Gateways are to be looked at, all together: each object may concern many of them.
    pub gateways: bool,
}

/// Kinds whose controllers make pods or what makes them.
pub const WORKLOADS: [Kind; 7] = [
    Kind::Deployment,
    Kind::ReplicaSet,
    Kind::StatefulSet,
    Kind::DaemonSet,
    Kind::ReplicationController,
    Kind::Job,
    Kind::CronJob,
];

impl WorkQueues {
    /// Lets the controller of a workload look at it; nothing for other kinds.
    pub fn look_at_workload(&mut self, kind: Kind, key: NamespacedName) {
        let queue = match kind {
            Kind::Deployment => &mut self.deployments,
            Kind::ReplicaSet => &mut self.replica_sets,
            Kind::StatefulSet => &mut self.stateful_sets,
            Kind::DaemonSet => &mut self.daemon_sets,
            Kind::ReplicationController => &mut self.replication_controllers,
            Kind::Job => &mut self.jobs,
            Kind::CronJob => &mut self.cron_jobs,
            _ => return,
        };
        queue.push(key);
    }

    /// Lets the kubelet of a pod look at it.
    pub fn look_at_pod(&mut self, pod: NamespacedName) {
        self.stop.push(pod.clone());
        self.run.push(pod);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_out_once_in_order() {
        let mut queue = Queue::default();
        for key in [3, 1, 3, 2, 1] {
            queue.push(key);
        }
        assert_eq!(queue.take(), [3, 1, 2]);
        assert!(queue.is_empty());
        queue.push(3);
        assert_eq!(queue.take(), [3]);
    }
}
