//! The objects of a preset: made with the cluster, brought back, replaced by what a learner pastes.
//!
//! Not here: the manifests themselves (`preset`).

use std::sync::Arc;

use super::ApiServer;
use crate::api::types::core::Pod;
use crate::api::{Kind, NamespacedName, Object, ObjectRef, read};
use crate::manifest;
use crate::sim::Duration;
use crate::text::FileId;

/// How often the API server looks after its own Service (`pkg/controlplane/instance.go`, `EndpointInterval`).
pub(in crate::cluster) const KUBERNETES_SERVICE_PERIOD: Duration = Duration::from_secs(10);

/// Whether it is the Service `kubernetes` or one of its endpoints.
pub(in crate::cluster) fn is_kubernetes(reference: &ObjectRef) -> bool {
    matches!(reference.kind, Kind::Service | Kind::Endpoints | Kind::EndpointSlice)
        && (reference.namespace.as_str(), reference.name.as_str()) == ("default", "kubernetes")
}

impl ApiServer {
    /// Creates what the preset brings.
    pub(super) fn load_preset(&mut self) {
        self.load(|_| true);
    }

    /// Brings the preset's nodes back where the last pasted one is gone.
    pub fn restore_nodes(&mut self) {
        if self.store.all(Kind::Node).next().is_none() {
            self.load(|it| it.kind == Kind::Node);
            let (old, new) = (self.base.clone(), Arc::clone(&self.config));
            self.follow_ranges(&old, &new);
            let pods: Vec<_> = self.store.all(Kind::Pod).map(|(key, _)| key.clone()).collect();
            for pod in pods {
                let bound = self.store.typed::<Pod>(&pod);
                let lost = bound.is_some_and(|pod| {
                    let node = pod.spec.node_name.as_str();
                    !node.is_empty() && self.store.get(Kind::Node, &("", node)).is_none()
                });
                if lost {
                    self.delete_pod(&pod, Some(0));
                }
            }
        }
    }

    /// Brings an object of the preset back where a document had written over it and is gone.
    pub fn restore(&mut self, gone: &ObjectRef) {
        self.load(|it| it == gone);
    }

    /// Makes the Service `kubernetes` again, and what leads from it to the API server
    /// (`kubernetes pkg/controlplane/controller/kubernetesservice`).
    pub fn restore_kubernetes_service(&mut self) {
        self.load(is_kubernetes);
    }

    fn load(&mut self, wanted: impl Fn(&ObjectRef) -> bool) {
        self.loading_preset = true;
        let as_stored = std::mem::take(&mut self.as_stored);
        for document in manifest::parse(FileId::PRESET, &self.preset.text(self.config.release)).documents {
            let Ok(sent) = read(&document, "preset") else { continue };
            if !wanted(&Self::reference_of(&sent)) {
                continue;
            }
            if let Ok(written) = self.create(&sent.info, &sent.value) {
                if written.reference.kind == Kind::Node {
                    self.preset_nodes.insert(written.reference.name.to_string());
                }
                self.set_origin(&written.reference, document);
            }
        }
        self.as_stored = as_stored;
        self.loading_preset = false;
    }

    /// A pasted Node takes the place of the preset's nodes; its own namesake is updated instead.
    pub(super) fn replace_preset_nodes(&mut self, node: &Object) {
        let name = &node.metadata().name;
        let old: Vec<_> = self
            .preset_nodes
            .iter()
            .map(|node| ObjectRef::new(Kind::Node, "", node))
            .filter(|it| it.name != *name && self.store.object(it).is_some() && self.is_preset(it))
            .collect();
        for reference in old {
            let key = NamespacedName::from(reference);
            let pods: Vec<_> = self.store.pods_on(&key.name).cloned().collect();
            self.remove(Kind::Node, &key);
            for pod in pods {
                self.remove(Kind::Pod, &pod);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::core::{Endpoints, Node};
    use crate::api::types::pod_phase::PodPhase;
    use crate::cluster::{Cluster, Options, Preset};

    #[test]
    fn every_preset_starts_with_ready_pods_and_dns() {
        for preset in Preset::ALL {
            let cluster = Cluster::new(Options {
                preset,
                ..Options::default()
            });
            let snapshot = cluster.snapshot();
            assert!(snapshot.list::<Node>().count() > 0, "{preset:?}");
            assert!(
                snapshot.list::<Pod>().all(|pod| pod.phase() == Some(PodPhase::Running)),
                "{preset:?}"
            );
            let dns = snapshot
                .get::<Endpoints>("kube-system", "kube-dns")
                .expect("Endpoints of DNS");
            assert!(!dns.subsets.is_empty(), "{preset:?}");
            assert_eq!(preset.name().parse(), Ok(preset));
        }
    }
}
