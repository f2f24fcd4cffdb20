//! What listens where: which process gets a packet at its destination, if any does.

use std::net::SocketAddr;
use std::sync::Arc;

use super::daemons::{Daemon, NodeServer};
use super::host::Host;
use super::walk::PacketWalk;
use crate::api::types::pod_phase::PodPhase;
use crate::cluster::faults::PortHealth;
use crate::cluster::{PodOverrides, listens};
use crate::net::packet::{Packet, Protocol};
use crate::net::route::PodInfo;
use crate::net::trace::{Backend, Place};

impl PacketWalk<'_> {
    /// Whether a process of `pod` listens on `at`: where its spec does not say, it listens where endpoints do.
    pub(super) fn pod_listens(&self, pod: &PodInfo, protocol: Protocol, at: SocketAddr) -> bool {
        let target = (at.ip(), protocol, at.port());
        let it = pod.pod();
        if it.phase() == Some(PodPhase::Pending) || PodOverrides::of(&it.metadata.annotations).no_server {
            return false;
        }
        let (port, protocol) = (at.port(), protocol.name());
        if !self.faults.is_empty() && self.faults.port_health(it, port, protocol) == PortHealth::Closed {
            return false;
        }
        match listens(it, port, protocol) {
            Some(listens) => listens || self.table.is_manual_endpoint(target),
            None => self.table.is_endpoint(target),
        }
    }

    /// Which process of a node listens on `at`.
    pub(super) fn node_process(&self, idx: usize, protocol: Protocol, at: SocketAddr) -> Option<Host> {
        let info = &self.fabric.nodes()[idx];
        let name = Arc::clone(&info.name);
        let mut pods = self.fabric.host_pods(idx).iter();
        if let Some(pod) = pods.find(|pod| self.pod_listens(pod, protocol, at)) {
            return Some(Host::Node {
                idx,
                name,
                pod: Some(Arc::clone(pod)),
            });
        }
        if protocol == Protocol::Tcp
            && let Some(server) = self.node_server(&name, at)
        {
            return Some(Host::Server { idx, name, server });
        }
        self.table
            .is_manual_endpoint((at.ip(), protocol, at.port()))
            .then_some(Host::Node { idx, name, pod: None })
    }

    /// What of a node's own answers at a TCP port.
    fn node_server(&self, node: &str, at: SocketAddr) -> Option<NodeServer> {
        if let Some(port) = self.table.by_health_port(at.port()).first() {
            return Some(NodeServer::HealthCheck {
                service: Arc::clone(&port.full_name),
                count: port.local_ready(node),
            });
        }
        let daemon = Daemon::at(at)?;
        let runs = match daemon {
            Daemon::Kubelet | Daemon::KubeletHealth => !self.faults.kubelet_stopped(node),
            Daemon::ProxyHealth | Daemon::ProxyMetrics => true,
        };
        runs.then_some(NodeServer::Daemon(daemon))
    }

    /// The backend a packet arrived at.
    pub(super) fn backend(&self, packet: &Packet, host: &Host) -> Backend {
        let chosen = self
            .decision
            .as_ref()
            .and_then(|it| it.backends.iter().find(|backend| backend.address == packet.dst));
        let (pod, node) = match host {
            Host::Pod(pod) | Host::Itself(_, Some(pod)) => (Some(pod), pod.node.map(|idx| self.node_name(idx))),
            Host::Node { name, pod, .. } => (pod.as_ref(), Some(name.to_string())),
            Host::Server { name, .. } => (None, Some(name.to_string())),
            Host::Itself(Place::Node(name), None) => (None, Some(name.clone())),
            Host::Client | Host::External(..) | Host::Itself(_, None) => (None, None),
        };
        Backend {
            address: packet.dst,
            pod: pod.map(|pod| pod.key()),
            node,
            probability: chosen.map_or(1.0, |it| it.probability),
        }
    }

    /// A node's name.
    pub(super) fn node_name(&self, idx: usize) -> String {
        self.fabric.nodes()[idx].name.to_string()
    }
}
