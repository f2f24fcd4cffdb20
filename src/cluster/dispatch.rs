//! Who wakes when something changes: from what the store reports to the controllers' queues, and the order
//! in which the controllers take their turns.

use super::store::{Change, IndexedFields, Writer};
use super::work_queue::Queue;
use super::{Cluster, controllers};
use crate::api::types::core::Service;
use crate::api::types::discovery::SERVICE_NAME_LABEL;
use crate::api::{Kind, NamespacedName};
use crate::sim::Instant;

/// Something that falls due on the virtual clock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Look at a pod again: a probe begins, a hook ends.
    Pod(NamespacedName),
    /// Look at a workload again: a pod became available.
    Workload(Kind, NamespacedName),
    /// Look at a node again: it has booted, or was silent for too long.
    Node(String),
    /// Taint the next silent node of a zone.
    Taints,
    /// Something outside the API changes: whoever watches wants to look.
    Look,
}

/// Keys that wait, per controller.
#[derive(Clone, Debug, Default)]
pub(super) struct WorkQueues {
    pub config: bool,
    /// Room may have appeared for pods that found no node.
    pub retry: bool,
    pub garbage: Queue<String>,
    pub namespaces: Queue<NamespacedName>,
    pub deployments: Queue<NamespacedName>,
    pub replica_sets: Queue<NamespacedName>,
    pub stateful_sets: Queue<NamespacedName>,
    pub schedule: Queue<NamespacedName>,
    pub stop: Queue<NamespacedName>,
    pub run: Queue<NamespacedName>,
    pub endpoints: Queue<NamespacedName>,
    pub slices: Queue<NamespacedName>,
    pub mirror: Queue<NamespacedName>,
    pub load_balancers: Queue<NamespacedName>,
    pub ingresses: Queue<NamespacedName>,
}

impl Cluster {
    /// Puts the keys that recent writes concern into the queues.
    pub(super) fn dispatch(&mut self) {
        for change in self.store.take_changes() {
            self.enqueue_for(&change);
        }
        if std::mem::take(&mut self.work.retry) {
            self.wake_unschedulable();
        }
    }

    fn enqueue_for(&mut self, change: &Change) {
        let key = &change.key;
        if change.after.is_none()
            && let Some(before) = &change.before
        {
            self.work.garbage.push(before.uid.clone());
        }
        self.wake_owners(change);
        if change.before.iter().chain(&change.after).any(|it| it.announces_ingress) {
            self.wake_all_ingresses();
        }
        match change.kind {
            Kind::Pod => self.wake_for_pod(change),
            Kind::Service => {
                self.work.endpoints.push(key.clone());
                self.work.slices.push(key.clone());
                self.work.mirror.push(key.clone());
                self.work.load_balancers.push(key.clone());
            }
            Kind::Endpoints => {
                if change.writer != Writer::Endpoints {
                    self.work.mirror.push(key.clone());
                }
                if change.after.is_none() {
                    self.work.endpoints.push(key.clone());
                }
            }
            Kind::EndpointSlice => {
                for fields in change.before.iter().chain(&change.after) {
                    if let Some(service) = fields.labels.get(SERVICE_NAME_LABEL) {
                        let service = NamespacedName::new(&key.namespace, service);
                        if change.writer != Writer::Slices {
                            self.work.slices.push(service.clone());
                        }
                        if !matches!(change.writer, Writer::Slices | Writer::Mirror) {
                            self.work.mirror.push(service);
                        }
                    }
                }
            }
            Kind::Deployment => self.work.deployments.push(key.clone()),
            Kind::ReplicaSet => self.work.replica_sets.push(key.clone()),
            Kind::StatefulSet => self.work.stateful_sets.push(key.clone()),
            Kind::Node => self.wake_for_node(change),
            Kind::Namespace => self.work.namespaces.push(key.clone()),
            Kind::Ingress => self.work.ingresses.push(key.clone()),
            Kind::IngressClass => self.wake_all_ingresses(),
            Kind::ClusterConfiguration | Kind::KubeProxyConfiguration | Kind::KubeletConfiguration => {
                self.work.config = true
            }
            Kind::IpAddressPool => {
                self.work.config = true;
                let services: Vec<NamespacedName> = self.store.all(Kind::Service).map(|(key, _)| key.clone()).collect();
                for service in services {
                    self.work.load_balancers.push(service);
                }
            }
            _ => {}
        }
    }

    /// Wakes the workload that a pod or ReplicaSet belongs to.
    fn wake_owners(&mut self, change: &Change) {
        if !matches!(change.kind, Kind::Pod | Kind::ReplicaSet) {
            return;
        }
        let namespace = &change.key.namespace;
        let owners = change.before.iter().chain(&change.after).flat_map(|it| &it.owner_keys);
        for (kind, name) in owners {
            let key = NamespacedName::new(namespace, name);
            match kind {
                Kind::Deployment => self.work.deployments.push(key),
                Kind::ReplicaSet => self.work.replica_sets.push(key),
                Kind::StatefulSet => self.work.stateful_sets.push(key),
                _ => {}
            }
        }
    }

    fn wake_for_pod(&mut self, change: &Change) {
        let key = &change.key;
        let namespace = &key.namespace;
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        if let Some(address) = before
            .filter(|it| after.is_none_or(|after| after.address != it.address || after.terminal && !it.terminal))
            .map(|it| it.address.as_str())
        {
            self.pod_addresses.release(address, key);
        }
        match after {
            Some(pod) if pod.terminating => self.work.stop.push(key.clone()),
            Some(pod) if pod.node.is_empty() => self.work.schedule.push(key.clone()),
            Some(_) if change.writer == Writer::Kubelet => {}
            Some(_) => self.work.run.push(key.clone()),
            None => self.work.retry = true,
        }
        if !matches!(change.writer, Writer::Kubelet | Writer::Scheduler) {
            self.enqueue_for_labels(namespace, before, after);
        }
        // A pod with an address is what Services look at; a change of labels concerns those of before too.
        if [before, after].iter().flatten().all(|it| it.address.is_empty()) {
            return;
        }
        let mut services = Vec::new();
        if let Some(pod) = after {
            services.extend(self.store.services_selecting(namespace, &pod.labels));
        }
        if let Some(pod) = before.filter(|it| after.is_none_or(|after| after.labels != it.labels)) {
            services.extend(self.store.services_selecting(namespace, &pod.labels));
        }
        for service in services {
            self.work.endpoints.push(service.clone());
            self.work.slices.push(service);
        }
    }

    /// A standalone pod may be adopted, and a relabeled one released, by a selector.
    fn enqueue_for_labels(&mut self, namespace: &str, before: Option<&IndexedFields>, after: Option<&IndexedFields>) {
        let looks_new = |pod: &IndexedFields| match before {
            Some(before) => before.labels != pod.labels,
            None => pod.owner_keys.is_empty(),
        };
        if after.is_some_and(looks_new) {
            self.wake_selectors(namespace);
        }
    }

    /// ReplicaSets and StatefulSets look again where a pod's labels changed: they adopt and release.
    fn wake_selectors(&mut self, namespace: &str) {
        for kind in [Kind::ReplicaSet, Kind::StatefulSet] {
            let keys: Vec<NamespacedName> = self.store.keys_in(kind, namespace).cloned().collect();
            for key in keys {
                match kind {
                    Kind::ReplicaSet => self.work.replica_sets.push(key),
                    _ => self.work.stateful_sets.push(key),
                }
            }
        }
    }

    fn wake_for_node(&mut self, change: &Change) {
        self.work.retry = true;
        let pods: Vec<NamespacedName> = self.store.pods_on(&change.key.name).cloned().collect();
        for pod in pods {
            self.work.run.push(pod);
        }
        // Zones stand in endpoints, and CPUs decide about hints.
        let services: Vec<NamespacedName> = self.store.all(Kind::Service).map(|(key, _)| key.clone()).collect();
        for service in services {
            self.work.slices.push(service);
        }
    }

    /// Pods without a node are tried again when room may have appeared.
    fn wake_unschedulable(&mut self) {
        let pods: Vec<NamespacedName> = self.store.pods_on("").cloned().collect();
        for pod in pods {
            self.work.schedule.push(pod);
        }
    }

    /// An Ingress controller or the Service that announces it changed.
    fn wake_all_ingresses(&mut self) {
        let keys: Vec<NamespacedName> = self.store.all(Kind::Ingress).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.work.ingresses.push(key);
        }
    }

    /// Wakes every controller for every object, as informers do now and then. A cluster at rest stays as it is.
    pub fn resync(&mut self) {
        let keys = |kind: Kind| -> Vec<NamespacedName> { self.store.all(kind).map(|(key, _)| key.clone()).collect() };
        let (services, pods) = (keys(Kind::Service), keys(Kind::Pod));
        let (deployments, replica_sets, stateful_sets) =
            (keys(Kind::Deployment), keys(Kind::ReplicaSet), keys(Kind::StatefulSet));
        let endpoints = keys(Kind::Endpoints);
        deployments.into_iter().for_each(|key| self.work.deployments.push(key));
        replica_sets
            .into_iter()
            .for_each(|key| self.work.replica_sets.push(key));
        stateful_sets
            .into_iter()
            .for_each(|key| self.work.stateful_sets.push(key));
        for pod in pods {
            self.work.schedule.push(pod.clone());
            self.work.stop.push(pod.clone());
            self.work.run.push(pod);
        }
        for service in services {
            self.work.endpoints.push(service.clone());
            self.work.slices.push(service.clone());
            self.work.load_balancers.push(service);
        }
        endpoints.into_iter().for_each(|key| self.work.mirror.push(key));
        self.wake_all_ingresses();
    }

    /// Lets the first controller with work take its turn; how many keys it handled.
    ///
    /// Pods stop only after workloads and the scheduler have reacted, and start after that: this is the order
    /// in which a rolling update unfolds on a real cluster, where a pod's end takes longer than a watch event.
    pub(super) fn step(&mut self) -> usize {
        if std::mem::take(&mut self.work.config) {
            self.refresh_config();
            return 1;
        }
        macro_rules! turn {
            ($queue:ident, $run:expr) => {
                turn!($queue, Writer::Anyone, $run)
            };
            ($queue:ident, $writer:expr, $run:expr) => {
                if !self.work.$queue.is_empty() {
                    let keys = self.work.$queue.take();
                    let count = keys.len();
                    self.store.writer = $writer;
                    for key in keys {
                        $run(self, key);
                    }
                    self.store.writer = Writer::Anyone;
                    return count;
                }
            };
        }
        turn!(
            garbage,
            |cluster: &mut Self, uid: String| controllers::garbage::collect(cluster, &uid)
        );
        turn!(namespaces, |cluster: &mut Self, key: NamespacedName| {
            controllers::namespace::reconcile(cluster, &key);
        });
        turn!(deployments, |cluster: &mut Self, key: NamespacedName| {
            controllers::deployment::reconcile(cluster, &key);
        });
        turn!(replica_sets, |cluster: &mut Self, key: NamespacedName| {
            controllers::replica_set::reconcile(cluster, &key);
        });
        turn!(stateful_sets, |cluster: &mut Self, key: NamespacedName| {
            controllers::stateful_set::reconcile(cluster, &key);
        });
        turn!(
            schedule,
            Writer::Scheduler,
            |cluster: &mut Self, key: NamespacedName| cluster.schedule(&key)
        );
        turn!(stop, |cluster: &mut Self, key: NamespacedName| cluster.stop_pod(&key));
        turn!(run, Writer::Kubelet, |cluster: &mut Self, key: NamespacedName| cluster
            .run_pod(&key));
        turn!(
            endpoints,
            Writer::Endpoints,
            |cluster: &mut Self, key: NamespacedName| {
                controllers::endpoints::reconcile(cluster, &key);
            }
        );
        turn!(slices, Writer::Slices, |cluster: &mut Self, key: NamespacedName| {
            controllers::endpoint_slice::reconcile(cluster, &key);
        });
        turn!(mirror, Writer::Mirror, |cluster: &mut Self, key: NamespacedName| {
            controllers::mirroring::reconcile(cluster, &key);
        });
        turn!(load_balancers, |cluster: &mut Self, key: NamespacedName| {
            controllers::load_balancer::reconcile(cluster, &key);
        });
        turn!(ingresses, |cluster: &mut Self, key: NamespacedName| {
            controllers::ingress_status::reconcile(cluster, &key);
        });
        0
    }

    /// Asks to be woken.
    pub(super) fn wake_at(&mut self, at: Instant, timer: Timer) {
        self.timers.insert((at, timer));
    }

    /// What a timer was set for.
    pub(super) fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Pod(key) => {
                let terminating = self
                    .store
                    .get(Kind::Pod, &key)
                    .is_some_and(|pod| pod.metadata().deletion_timestamp.is_some());
                if terminating {
                    self.work.stop.push(key.clone());
                }
                self.work.run.push(key);
            }
            Timer::Node(node) => self.tend_node(&node),
            Timer::Taints => self.taint_for_eviction(),
            Timer::Look => self.store.touch(),
            Timer::Workload(Kind::Deployment, key) => self.work.deployments.push(key),
            Timer::Workload(Kind::StatefulSet, key) => self.work.stateful_sets.push(key),
            Timer::Workload(_, key) => self.work.replica_sets.push(key),
        }
    }

    /// The Service of a key, if there is one.
    pub(super) fn service(&self, key: &NamespacedName) -> Option<&Service> {
        self.store.typed::<Service>(key)
    }
}
