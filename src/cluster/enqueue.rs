//! Who is concerned by a change: from what the store reports to the queues of the controllers.
//!
//! Not here: whose turn it is then (`dispatch`).

use super::api_server::store::{Change, IndexedFields, Store, Writer};
use super::work_queues::{WORKLOADS, WorkQueues};
use crate::api::types::discovery::SERVICE_NAME_LABEL;
use crate::api::{Kind, NamespacedName};

/// Reads the store and fills the queues.
#[derive(Debug)]
pub struct Enqueuer<'a> {
    /// The objects as they are after the change.
    pub store: &'a Store,
    /// Where keys are put.
    pub queues: &'a mut WorkQueues,
}

impl Enqueuer<'_> {
    /// Puts the keys that one write concerns into the queues.
    pub fn enqueue_for(&mut self, change: &Change) {
        let key = &change.key;
        if change.after.is_none()
            && let Some(before) = &change.before
        {
            self.queues.garbage.push(before.uid.clone());
        }
        self.enqueue_owners(change);
        if change.before.iter().chain(&change.after).any(|it| it.announces_ingress) {
            self.enqueue_all_ingresses();
        }
        match change.kind {
            Kind::Pod => self.enqueue_for_pod(change),
            Kind::Service => {
                self.queues.endpoints.push(key.clone());
                self.queues.slices.push(key.clone());
                self.queues.mirror.push(key.clone());
                self.queues.load_balancers.push(key.clone());
            }
            Kind::Endpoints => {
                if change.writer != Writer::Endpoints {
                    self.queues.mirror.push(key.clone());
                }
                if change.after.is_none() {
                    self.queues.endpoints.push(key.clone());
                }
            }
            Kind::EndpointSlice => {
                for fields in change.before.iter().chain(&change.after) {
                    if let Some(service) = fields.labels.get(SERVICE_NAME_LABEL) {
                        let service = NamespacedName::new(&key.namespace, service);
                        if change.writer != Writer::Slices {
                            self.queues.slices.push(service.clone());
                        }
                        if !matches!(change.writer, Writer::Slices | Writer::Mirror) {
                            self.queues.mirror.push(service);
                        }
                    }
                }
            }
            Kind::Other if key.name.starts_with("PersistentVolumeClaim./") => self.queues.claims.push(key.clone()),
            Kind::Node => self.enqueue_for_node(change),
            Kind::Namespace => self.queues.namespaces.push(key.clone()),
            Kind::Ingress => self.queues.ingresses.push(key.clone()),
            Kind::IngressClass => self.enqueue_all_ingresses(),
            Kind::ClusterConfiguration | Kind::KubeProxyConfiguration | Kind::KubeletConfiguration => {
                self.queues.config = true
            }
            Kind::IpAddressPool => {
                self.queues.config = true;
                let services: Vec<NamespacedName> = self.store.all(Kind::Service).map(|(key, _)| key.clone()).collect();
                for service in services {
                    self.queues.load_balancers.push(service);
                }
            }
            kind => self.queues.look_at_workload(kind, key.clone()),
        }
        let concerns_gateways = match change.kind {
            Kind::GatewayClass => true,
            Kind::Namespace | Kind::Service | Kind::Secret | Kind::ConfigMap => self.store.count(Kind::Gateway) > 0,
            // A proxy that somebody deletes is made anew.
            Kind::Deployment => change.after.is_none() && self.store.count(Kind::Gateway) > 0,
            kind => kind.is_gateway_api(),
        };
        self.queues.gateways |= concerns_gateways;
    }

    /// Enqueues the workload that a pod or ReplicaSet belongs to.
    fn enqueue_owners(&mut self, change: &Change) {
        if !matches!(change.kind, Kind::Pod | Kind::ReplicaSet | Kind::Job) {
            return;
        }
        let namespace = &change.key.namespace;
        let owners = change.before.iter().chain(&change.after).flat_map(|it| &it.owner_keys);
        for (kind, name) in owners {
            let key = NamespacedName::new(namespace, name);
            self.queues.look_at_workload(*kind, key);
        }
    }

    fn enqueue_for_pod(&mut self, change: &Change) {
        let key = &change.key;
        let namespace = &key.namespace;
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        match after {
            Some(pod) if pod.terminating => self.queues.stop.push(key.clone()),
            Some(pod) if pod.node.is_empty() => self.queues.schedule.push(key.clone()),
            Some(_) if change.writer == Writer::Kubelet => {}
            Some(_) => self.queues.run.push(key.clone()),
            None => self.queues.retry = true,
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
            self.queues.endpoints.push(service.clone());
            self.queues.slices.push(service);
        }
    }

    /// A standalone pod may be adopted, and a relabeled one released, by a selector.
    fn enqueue_for_labels(&mut self, namespace: &str, before: Option<&IndexedFields>, after: Option<&IndexedFields>) {
        let looks_new = |pod: &IndexedFields| match before {
            Some(before) => before.labels != pod.labels,
            None => pod.owner_keys.is_empty(),
        };
        if after.is_some_and(looks_new) {
            self.enqueue_selectors(namespace);
        }
    }

    /// Workloads look again where a pod's labels changed: they adopt and release.
    fn enqueue_selectors(&mut self, namespace: &str) {
        for kind in [
            Kind::ReplicaSet,
            Kind::StatefulSet,
            Kind::DaemonSet,
            Kind::ReplicationController,
            Kind::Job,
        ] {
            let keys: Vec<NamespacedName> = self.store.keys_in(kind, namespace).cloned().collect();
            for key in keys {
                self.queues.look_at_workload(kind, key);
            }
        }
    }

    fn enqueue_for_node(&mut self, change: &Change) {
        if change.writer == Writer::Kubelet {
            // Heartbeats.
            return;
        }
        if change.after.is_some() {
            self.queues.nodes.push(change.key.clone());
        }
        self.queues.retry = true;
        let pods: Vec<NamespacedName> = self.store.pods_on(&change.key.name).cloned().collect();
        for pod in pods {
            self.queues.run.push(pod);
        }
        let daemons: Vec<NamespacedName> = self.store.all(Kind::DaemonSet).map(|(key, _)| key.clone()).collect();
        for key in daemons {
            self.queues.daemon_sets.push(key);
        }
        // Zones stand in endpoints, and CPUs decide about hints.
        let services: Vec<NamespacedName> = self.store.all(Kind::Service).map(|(key, _)| key.clone()).collect();
        for service in services {
            self.queues.slices.push(service);
        }
    }

    /// Pods without a node are tried again when room may have appeared.
    pub fn enqueue_unschedulable(&mut self) {
        let pods: Vec<NamespacedName> = self.store.pods_on("").cloned().collect();
        for pod in pods {
            self.queues.schedule.push(pod);
        }
    }

    /// An Ingress controller or the Service that announces it changed.
    pub fn enqueue_all_ingresses(&mut self) {
        let keys: Vec<NamespacedName> = self.store.all(Kind::Ingress).map(|(key, _)| key.clone()).collect();
        for key in keys {
            self.queues.ingresses.push(key);
        }
    }

    /// Enqueues every object for every controller, as informers do now and then.
    pub fn enqueue_all(&mut self) {
        let keys = |kind: Kind| -> Vec<NamespacedName> { self.store.all(kind).map(|(key, _)| key.clone()).collect() };
        let (services, pods) = (keys(Kind::Service), keys(Kind::Pod));
        let endpoints = keys(Kind::Endpoints);
        let workloads: Vec<(Kind, NamespacedName)> = WORKLOADS
            .iter()
            .flat_map(|kind| keys(*kind).into_iter().map(|key| (*kind, key)))
            .collect();
        for (kind, key) in workloads {
            self.queues.look_at_workload(kind, key);
        }
        for pod in pods {
            self.queues.schedule.push(pod.clone());
            self.queues.look_at_pod(pod);
        }
        for service in services {
            self.queues.endpoints.push(service.clone());
            self.queues.slices.push(service.clone());
            self.queues.load_balancers.push(service);
        }
        endpoints.into_iter().for_each(|key| self.queues.mirror.push(key));
        self.enqueue_all_ingresses();
        self.queues.gateways = true;
    }
}
