//! What a cluster holds before the learner's first document: manifests, no invented kinds.

use std::net::Ipv4Addr;
use std::str::FromStr;
use std::sync::Arc;

use super::Cluster;
use super::cluster_config::{ClusterConfig, LoadBalancerProvider};
use crate::api::{Kind, NamespacedName, Object, ObjectRef, read};
use crate::manifest;
use crate::text::FileId;

/// A cluster to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Preset {
    /// Three nodes in two zones, a cloud load balancer, ingress-nginx.
    #[default]
    Cloud,
    /// The same nodes, no load balancer, no ingress controller.
    BareMetal,
    /// One node.
    Minikube,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 3] = [Self::Cloud, Self::BareMetal, Self::Minikube];

    /// The name on the command line and in lessons.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::BareMetal => "bare-metal",
            Self::Minikube => "minikube",
        }
    }

    /// The manifests.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Cloud => include_str!("presets/cloud.yaml"),
            Self::BareMetal => include_str!("presets/bare-metal.yaml"),
            Self::Minikube => include_str!("presets/minikube.yaml"),
        }
    }

    /// Settings before any document speaks.
    #[must_use]
    pub fn config(self) -> ClusterConfig {
        match self {
            Self::Cloud => ClusterConfig::reference(LoadBalancerProvider::Cloud, Ipv4Addr::new(192, 168, 10, 1)),
            Self::BareMetal => ClusterConfig::reference(LoadBalancerProvider::None, Ipv4Addr::new(192, 168, 10, 1)),
            Self::Minikube => ClusterConfig::reference(LoadBalancerProvider::None, Ipv4Addr::new(192, 168, 49, 1)),
        }
    }
}

/// The manifest behind an address that many tutorials apply, for there is no network to fetch it from:
/// ingress-nginx, for clouds and for bare metal (a NodePort instead of a load balancer).
#[must_use]
pub fn known_manifest(address: &str) -> Option<String> {
    let rest = [
        "https://raw.githubusercontent.com/kubernetes/ingress-nginx/",
        "https://github.com/kubernetes/ingress-nginx/raw/",
    ]
    .iter()
    .find_map(|start| address.strip_prefix(start))?;
    let (_, provider) = rest.split_once("/deploy/static/provider/")?;
    // Below a provider there may be variants, such as `aws/nlb-with-tls-termination`.
    let provider = provider.strip_suffix("/deploy.yaml")?.split('/').next()?;
    let cloud = include_str!("presets/ingress-nginx.yaml");
    let node_port = || {
        cloud
            .replace("  externalTrafficPolicy: Local\n", "")
            .replace("  type: LoadBalancer\n", "  type: NodePort\n")
    };
    match provider {
        "baremetal" => Some(node_port()),
        // One node is both, and its ports 80 and 443 lead to the controller.
        "kind" => Some(
            node_port()
                .replace("containerPort: 80,", "containerPort: 80, hostPort: 80,")
                .replace("containerPort: 443,", "containerPort: 443, hostPort: 443,")
                .replace(
                    "        - --publish-service=$(POD_NAMESPACE)/ingress-nginx-controller\n",
                    "        - --watch-ingress-without-class=true\n        - --publish-status-address=localhost\n",
                )
                .replace(
                    "      serviceAccountName: ingress-nginx\n      terminationGracePeriodSeconds: 300\n",
                    "      serviceAccountName: ingress-nginx\n      terminationGracePeriodSeconds: 0\n      tolerations:\n      \
                     - {effect: NoSchedule, key: node-role.kubernetes.io/master, operator: Equal}\n      \
                     - {effect: NoSchedule, key: node-role.kubernetes.io/control-plane, operator: Equal}\n",
                ),
        ),
        "cloud" | "aws" | "do" | "scw" | "exoscale" | "oracle" => Some(cloud.to_owned()),
        _ => None,
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|preset| preset.name() == text)
            .ok_or_else(|| {
                let names: Vec<&str> = Self::ALL.iter().map(|preset| preset.name()).collect();
                format!("unknown preset \"{text}\" (known: {})", names.join(", "))
            })
    }
}

impl Cluster {
    /// Creates what the preset brings.
    pub(super) fn load_preset(&mut self, preset: Preset) {
        self.load(preset, |_| true);
    }

    /// Brings the preset's nodes back where the last pasted one is gone.
    pub fn restore_nodes(&mut self) {
        if self.store.all(Kind::Node).next().is_none() {
            self.load(self.preset, |it| it.kind == Kind::Node);
            let (old, new) = (self.base.clone(), std::sync::Arc::clone(&self.config));
            self.follow_ranges(&old, &new);
            let pods: Vec<_> = self.store.all(Kind::Pod).map(|(key, _)| key.clone()).collect();
            for pod in pods {
                let bound = self.store.typed::<crate::api::types::core::Pod>(&pod);
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
        self.load(self.preset, |it| it == gone);
    }

    fn load(&mut self, preset: Preset, wanted: impl Fn(&ObjectRef) -> bool) {
        self.loading_preset = true;
        let as_stored = std::mem::take(&mut self.as_stored);
        for document in manifest::parse(FileId::PRESET, preset.text()).documents {
            let Ok(sent) = read(&document, "preset") else { continue };
            if !wanted(&Self::reference_of(&sent)) {
                continue;
            }
            if let Ok(written) = self.create(&sent.info, &sent.value) {
                self.set_origin(written.reference, Arc::new(document));
            }
        }
        self.as_stored = as_stored;
        self.loading_preset = false;
    }

    /// A pasted Node takes the place of the preset's nodes; its own namesake is updated instead.
    pub(super) fn replace_preset_nodes(&mut self, node: &Object) {
        let name = &node.metadata().name;
        let old: Vec<_> = self
            .store
            .all(Kind::Node)
            .map(|(_, node)| node.reference())
            .filter(|reference| reference.name != *name && self.is_preset(reference))
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
    use crate::api::types::core::{Endpoints, Node, Pod};
    use crate::api::types::pod_phase::PodPhase;
    use crate::sim::Instant;

    #[test]
    fn every_preset_starts_with_ready_pods_and_dns() {
        for preset in Preset::ALL {
            let cluster = Cluster::new(preset, 1, Instant::DEFAULT_START, false);
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
