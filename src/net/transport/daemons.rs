//! What listens on every node beside its pods: kube-proxy and the kubelet, at the ports that kubeadm leaves them
//! (`kubernetes pkg/cluster/ports/ports.go`).
//!
//! Not here: what they answer, which is `send::daemons`.

use std::net::SocketAddr;
use std::sync::Arc;

/// A port of a node's own daemons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Daemon {
    /// kube-proxy's health, for load balancers (`healthzBindAddress`).
    ProxyHealth,
    /// kube-proxy's metrics and mode, from the node alone (`metricsBindAddress`).
    ProxyMetrics,
    /// The kubelet, for the API server.
    Kubelet,
    /// The kubelet's own health, from the node alone.
    KubeletHealth,
}

impl Daemon {
    /// The daemon that listens on a TCP port of a node; some do on the loopback interface only.
    #[must_use]
    pub fn at(at: SocketAddr) -> Option<Self> {
        let is_loopback = at.ip().is_loopback();
        Some(match at.port() {
            10256 => Self::ProxyHealth,
            10249 if is_loopback => Self::ProxyMetrics,
            10250 => Self::Kubelet,
            10248 if is_loopback => Self::KubeletHealth,
            _ => return None,
        })
    }

    /// The program.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::ProxyHealth | Self::ProxyMetrics => "kube-proxy",
            Self::Kubelet | Self::KubeletHealth => "kubelet",
        }
    }
}

/// What answers by itself at a node, without being a pod's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeServer {
    /// The health check port of a Service.
    HealthCheck {
        /// `namespace/name` of the Service.
        service: Arc<str>,
        /// How many ready endpoints the node has.
        count: usize,
    },
    /// One of its daemons.
    Daemon(Daemon),
}
