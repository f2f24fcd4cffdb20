//! `hostPort`: a port of a node that leads into one of its pods, as the CNI plugin `portmap` does it
//! (`containernetworking plugins/meta/portmap/portmap_iptables.go`).
//!
//! Its chains (`CNI-HOSTPORT-DNAT` and a `CNI-DN-…` for each container) stand behind kube-proxy's in nat, so a
//! node port of a Service goes first. They carry ids of containers in their names and are not printed by
//! `iptables-save` here.

use std::net::SocketAddr;
use std::sync::Arc;

use super::host::full_name;
use super::walk::PacketWalk;
use crate::api::{Kind, ObjectRef};
use crate::net::packet::{Packet, Protocol};
use crate::net::route::NodeInfo;
use crate::net::trace::Stage;
use crate::net::why::Why;

/// What `hostPort` makes of a packet.
pub(super) enum Mapped {
    /// No pod claims the port.
    Not,
    /// It goes to a pod.
    To {
        /// Its source must be rewritten.
        masquerade: bool,
    },
    /// It dies, and why.
    Lost(Why),
}

impl PacketWalk<'_> {
    /// A port of this node that a pod claims: what `CNI-HOSTPORT-DNAT` does where `KUBE-SERVICES`, which stands
    /// before it, had nothing to say (`containernetworking plugins/meta/portmap/portmap_iptables.go`).
    pub(super) fn host_port(&mut self, idx: usize, node: &NodeInfo, packet: &mut Packet) -> Mapped {
        if packet.protocol == Protocol::Icmp || !node.is_local(packet.dst.ip()) {
            return Mapped::Not;
        }
        let fabric = Arc::clone(&self.fabric);
        let Some(found) = fabric.host_port(idx, packet.protocol, packet.dst) else {
            return Mapped::Not;
        };
        let Some(ip) = found.pod.ip(packet.family()) else {
            return Mapped::Not;
        };
        let before = packet.clone();
        packet.dst = SocketAddr::new(ip, found.port);
        let why = Why::HostPort {
            pod: full_name(&found.pod.namespace, &found.pod.name),
            port: before.dst.port(),
            node: Arc::clone(&node.name),
            to: packet.dst,
        };
        let pod = ObjectRef::new(Kind::Pod, &*found.pod.namespace, &*found.pod.name);
        let made_from = Some((pod, &*found.field));
        self.record_hop_from(
            self.place_of(node),
            Stage::Dnat,
            &before,
            Some(packet),
            why,
            Vec::new(),
            made_from,
        );
        let from = packet.src.ip();
        if from.is_loopback() && from.is_ipv6() {
            let why = Why::LoopbackLeaves { to: ip };
            self.record_hop(self.place_of(node), Stage::Route, packet, None, why.clone());
            return Mapped::Lost(why);
        }
        // Whoever would otherwise be answered past this node: its own pods, and loopback.
        let masquerade = from.is_loopback() || node.pod_cidrs.iter().any(|net| net.contains(&from));
        Mapped::To { masquerade }
    }
}
