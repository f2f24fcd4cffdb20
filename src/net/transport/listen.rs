//! What listens where: which process gets a packet at its destination, if any does.

use std::net::SocketAddr;
use std::sync::Arc;

use super::daemons::{Daemon, NodeServer};
use super::host::Host;
use super::walk::PacketWalk;
use crate::api::types::core::Pod;
use crate::api::types::discovery::EndpointSlice;
use crate::api::types::pod_phase::PodPhase;
use crate::cluster::faults::PortHealth;
use crate::cluster::listening::{self, Basis};
use crate::cluster::{PodOverrides, listens};
use crate::net::packet::{Packet, Protocol};
use crate::net::route::PodInfo;
use crate::net::trace::{Backend, Place};
use crate::net::why::Why;

impl PacketWalk<'_> {
    /// Whether a process of `pod` listens on `at`: where its spec does not say, it listens where endpoints do. `within`:
    /// the sender uses the pod's loopback device.
    pub(super) fn pod_listens(&self, pod: &PodInfo, protocol: Protocol, at: SocketAddr, within: bool) -> bool {
        let target = (at.ip(), protocol, at.port());
        let it = pod.pod();
        if it.phase() == Some(PodPhase::Pending) || PodOverrides::of(&it.metadata.annotations).no_server {
            return false;
        }
        let (port, protocol) = (at.port(), protocol.name());
        if !self.faults.is_empty() && self.faults.port_health(it, port, protocol) == PortHealth::Closed {
            return false;
        }
        let found = match within {
            true => listening::listens_within(it, port, protocol),
            false => listens(it, port, protocol),
        };
        match found {
            Some(true) => true,
            Some(false) => {
                self.table.is_manual_endpoint(target)
                    || self.table.is_endpoint(target)
                        && listening::may_open_more(it)
                        && self.is_believed(it, at, protocol)
            }
            None => self.table.is_endpoint(target),
        }
    }

    /// Whether a Service that points to a port of a pod is believed although the pod does not declare it: another port
    /// of the Service is right.
    fn is_believed(&self, pod: &Pod, at: SocketAddr, protocol: &str) -> bool {
        let port = i32::from(at.port());
        let address = at.ip().to_string();
        let mut slices = self.snapshot.list::<EndpointSlice>();
        slices.any(|slice| {
            slice.ports.iter().any(|it| it.port == Some(port))
                && slice.endpoints.iter().any(|it| it.addresses.contains(&address))
                && slice.ports.iter().any(|it| {
                    let number = it.port.filter(|it| *it != port).and_then(|it| u16::try_from(it).ok());
                    number.is_some_and(|it| listens(pod, it, protocol) == Some(true))
                })
        })
    }

    /// Why a packet is received where it arrived.
    pub(super) fn receives(&self, packet: &Packet, host: &Host) -> Why {
        let (port, source) = (packet.dst.port(), packet.src.ip());
        let pod = match host {
            Host::Pod(pod) | Host::Itself(_, Some(pod)) | Host::Node { pod: Some(pod), .. } => Some(pod.pod()),
            _ => None,
        };
        let protocol = packet.protocol.name();
        let basis = pod.and_then(|it| {
            let unsure = listens(it, port, protocol) == Some(false) && listening::may_open_more(it);
            listening::basis(it, port, protocol).or(unsure.then_some(Basis::Service))
        });
        match basis {
            Some(basis) => Why::ReceivesTaken { port, source, basis },
            None => Why::Receives { port, source },
        }
    }

    /// Which process of a node listens on `at`.
    pub(super) fn node_process(&self, idx: usize, protocol: Protocol, at: SocketAddr) -> Option<Host> {
        let info = &self.fabric.nodes()[idx];
        let name = Arc::clone(&info.name);
        let mut pods = self.fabric.host_pods(idx).iter();
        if let Some(pod) = pods.find(|pod| self.pod_listens(pod, protocol, at, false)) {
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
