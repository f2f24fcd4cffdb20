//! What kube-proxy's rules see of a packet, in every mode.

use std::net::SocketAddr;

use crate::net::packet::Protocol;

/// A point of a packet's way through the kernel at which rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// Packets from a wire or a pod, before routing.
    Prerouting,
    /// Packets for this node itself, after routing.
    Input,
    /// Packets passing through, after routing.
    Forward,
    /// Packets of processes on this node.
    Output,
    /// Packets that leave, after routing.
    Postrouting,
}

/// The state conntrack gives a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CtState {
    /// First packet of a connection.
    New,
    /// Packet of a known connection.
    Established,
    /// An ICMP error about a known connection.
    Related,
    /// Belongs to nothing known and cannot begin anything (a TCP segment without SYN).
    Invalid,
}

/// What the rules can see of a packet.
#[derive(Clone, Copy, Debug)]
pub struct PacketView {
    /// Source as it is now.
    pub src: SocketAddr,
    /// Destination as it is now.
    pub dst: SocketAddr,
    /// Destination as the sender wrote it.
    pub original_dst: SocketAddr,
    /// Transport protocol, or ICMP.
    pub protocol: Protocol,
    /// Mark within this node's kernel.
    pub mark: u32,
    /// Whether it is from a pod of this node.
    pub from_pod: bool,
    /// What conntrack says.
    pub state: CtState,
    /// Whether conntrack has translated the destination.
    pub translated: bool,
}
