//! The simulated cluster as the page holds it.

use std::sync::Arc;

use crate::cluster::Snapshot;
use crate::cluster::snapshot::{ClusterConfig, LoadBalancerProvider};
use crate::manifest;
use crate::net::{Request, Trace};
use crate::text::{FileId, LineIndex};

use super::state::Findings;

/// Which cluster to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Preset {
    /// Three nodes in two zones, a cloud's load balancer, ingress-nginx.
    #[default]
    Cloud,
    /// Three nodes, neither.
    BareMetal,
    /// One node.
    Minikube,
}

impl Preset {
    /// All of them, as menus list them.
    pub const ALL: [Self; 3] = [Self::Cloud, Self::BareMetal, Self::Minikube];

    /// As the command line names it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::BareMetal => "bare-metal",
            Self::Minikube => "minikube",
        }
    }

    /// The preset of that name; the default one for any other name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|it| it.name() == name).unwrap_or_default()
    }
}

/// The cluster.
pub struct Engine {
    snapshot: Arc<Snapshot>,
}

impl Engine {
    /// A cluster as the preset leaves it.
    #[must_use]
    pub fn new(_preset: Preset) -> Self {
        let config = ClusterConfig {
            pod_subnets: Vec::new(),
            service_subnets: Vec::new(),
            node_port_range: (30_000, 32_767),
            dns_domain: "cluster.local".to_owned(),
            proxy: Default::default(),
            load_balancer: LoadBalancerProvider::Cloud,
            outside_client: std::net::IpAddr::from([203, 0, 113, 10]),
            router: std::net::IpAddr::from([192, 168, 10, 1]),
        };
        let snapshot = Arc::new(Snapshot::empty(config, crate::sim::Instant::DEFAULT_START));
        Self { snapshot }
    }

    /// What it holds now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// Makes it what the text says.
    pub fn follow(&mut self, text: &str) -> Findings {
        let parsed = manifest::parse(FileId::default(), text);
        Findings {
            list: parsed.diagnostics,
            objects: parsed.documents.len(),
            lines: LineIndex::new(text),
        }
    }

    /// Sends one request.
    pub fn send(&mut self, _request: &Request) -> Option<Trace> {
        None
    }
}
