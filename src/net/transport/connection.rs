//! A connection: as it is asked for, and as far as it got.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::daemons::NodeServer;
use super::host::Host;
use crate::api::NamespacedName;
use crate::net::conntrack::Tuple;
use crate::net::packet::{Packet, Payload, Protocol};
use crate::net::request::Source;
use crate::net::trace::{Backend, Hop, Place, ProxyDecision, Verdict};
use crate::net::why::Why;

/// A connection (or datagram, or echo) to be made.
#[derive(Clone, Debug)]
pub struct Connect<'a> {
    /// Who sends.
    pub from: &'a Source,
    /// To which address and port (0 for ICMP).
    pub to: SocketAddr,
    /// Transport protocol, or ICMP for an echo.
    pub protocol: Protocol,
    /// What the packet carries.
    pub payload: Payload,
    /// Name of the node at which a packet from outside arrives, where it could be more than one; `None`: whichever
    /// the router or the load balancer takes.
    pub via_node: Option<&'a str>,
    /// Source port; the same again means the same connection, as long as conntrack remembers it. Such a
    /// connection stays open after its answer; those with `None` (any port) are closed.
    pub source_port: Option<u16>,
    /// Which connection of the trace this is ([`Hop::leg`]).
    pub leg: u8,
    /// Whether every hop is recorded, or only the outcome: for bursts, where nobody reads the hops.
    pub record: bool,
}

impl<'a> Connect<'a> {
    /// A connection with every hop recorded: the client's own (leg 0), from any source port.
    #[must_use]
    pub fn new(from: &'a Source, to: SocketAddr, protocol: Protocol) -> Self {
        Self {
            from,
            to,
            protocol,
            payload: match protocol {
                Protocol::Tcp => Payload::Syn,
                Protocol::Icmp => Payload::Ping,
                Protocol::Udp | Protocol::Sctp => Payload::Data,
            },
            via_node: None,
            source_port: None,
            leg: 0,
            record: true,
        }
    }
}

/// A connection that was tried.
#[derive(Clone, Debug)]
pub struct Connection {
    /// How it ended so far: [`Verdict::Delivered`] once the packet arrived.
    pub verdict: Verdict,
    /// Why it ended so.
    pub reason: Why,
    /// kube-proxy's decision at the first node that took one; `None` where no node was passed.
    pub proxy: Option<ProxyDecision>,
    /// Who got the packet; `None` where it did not arrive.
    pub backend: Option<Backend>,
    /// The source address seen there; `None` where it did not arrive.
    pub source_seen: Option<IpAddr>,
    /// The sender's own address and port; `None` where nothing could be sent.
    pub source: Option<SocketAddr>,
    /// What happened, in order.
    pub hops: Vec<Hop>,
    pub(super) arrived: Option<Arrived>,
    pub(super) leg: u8,
    pub(super) record: bool,
    pub(super) stays_open: bool,
}

/// What is needed to send the answer.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    /// The packet, as it arrived.
    pub(super) packet: Packet,
    /// Who got it.
    pub(super) host: Host,
    /// Who sent it.
    pub(super) sender: Sender,
    /// What a load balancer changed on its way; `None` where none stood in it or none made a connection of its own.
    pub(super) balancer: Option<BalancerNat>,
}

/// Who sent, as the network sees it.
#[derive(Clone, Debug)]
pub(super) struct Sender {
    /// Where it stands.
    pub(super) place: Place,
    /// The packet, as it was made.
    pub(super) packet: Packet,
}

impl Connection {
    /// Where the packet arrived, if it did.
    #[must_use]
    pub fn arrived_at(&self) -> Option<Place> {
        self.arrived.as_ref().map(|it| it.host.place())
    }

    /// The packet as it arrived, if it did.
    #[must_use]
    pub fn arrived_packet(&self) -> Option<&Packet> {
        self.arrived.as_ref().map(|it| &it.packet)
    }

    /// What of a node's own answers here, and the name of the node.
    #[must_use]
    pub fn node_server(&self) -> Option<(&str, &NodeServer)> {
        match &self.arrived.as_ref()?.host {
            Host::Server { name, server, .. } => Some((name, server)),
            _ => None,
        }
    }

    /// A connection of which nothing arrived.
    pub(super) fn dead(verdict: Verdict, reason: Why, args: &Connect<'_>) -> Self {
        Self {
            verdict,
            reason,
            proxy: None,
            backend: None,
            source_seen: None,
            source: None,
            hops: Vec::new(),
            arrived: None,
            leg: args.leg,
            record: args.record,
            stays_open: args.source_port.is_some(),
        }
    }
}

/// What a proxying load balancer must undo in answers.
#[derive(Clone, Debug)]
pub(super) struct BalancerNat {
    /// The Service whose load balancer it is.
    pub(super) service: Arc<NamespacedName>,
    /// Packets of the client, as they arrive at it.
    pub(super) original: Tuple,
    /// Answers, as they come back to it.
    pub(super) reply: Tuple,
}
