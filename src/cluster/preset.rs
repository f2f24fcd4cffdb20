//! What a cluster holds before the learner's first document: manifests, no invented kinds.
//!
//! Not here: how they become objects (`preset_objects`).

use std::net::Ipv4Addr;
use std::str::FromStr;

use super::cluster_config::{ClusterConfig, LoadBalancerProvider};
use crate::api::Release;

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

    /// The manifests, as a cluster of a release has them.
    #[must_use]
    pub fn text(self, release: Release) -> String {
        let mut text = match self {
            Self::Cloud => include_str!("presets/cloud.yaml"),
            Self::BareMetal => include_str!("presets/bare-metal.yaml"),
            Self::Minikube => include_str!("presets/minikube.yaml"),
        }
        .to_owned();
        for (before, after) in release.preset_changes() {
            text = text.replace(before, after);
        }
        text
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
