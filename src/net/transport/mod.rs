//! Connections: a packet from its sender to whoever answers, through every kernel on its way, and back.
//!
//! [`connect`] sends the first packet of a connection and tells where it got to; [`answer`] sends the answer
//! back the way conntrack remembers. Between the two a caller may do what the backend does (an ingress
//! controller opens a connection of its own). [`exchange`] is both.
//!
//! A connection is told as one packet and one answer: the handshake and the closing of TCP would only repeat
//! the same hops. Not here: names and HTTP.

mod host;
mod host_port;
mod node;
mod outside;
mod record;
mod walk;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::packet::{Packet, Payload, Protocol};
use super::request::Source;
use super::state::NetState;
use super::trace::{Backend, Direction, Hop, Place, ProxyDecision, ProxyVerdict, Stage, Verdict};
use super::why::Why;
use crate::cluster::Snapshot;
use crate::sim::{Instant, Rng};

use self::host::Host;
use self::walk::{BalancerNat, Outcome, PacketWalk};

/// A connection (or datagram, or echo) to be made.
#[derive(Clone, Debug)]
pub struct Connect<'a> {
    /// Who sends.
    pub from: &'a Source,
    /// To which address and port (0 for ICMP).
    pub to: SocketAddr,
    /// Over what.
    pub protocol: Protocol,
    /// What the packet carries.
    pub payload: Payload,
    /// The node at which a packet from outside arrives, where more than one could be.
    pub via_node: Option<&'a str>,
    /// Source port; the same again means the same connection, as long as conntrack remembers it. Such a
    /// connection stays open after its answer; others are closed.
    pub source_port: Option<u16>,
    /// Which connection of the trace this is ([`Hop::leg`]).
    pub leg: u8,
    /// Whether to tell every hop. Without, only the outcome: for bursts, where nobody reads the hops.
    pub record: bool,
}

impl<'a> Connect<'a> {
    /// A connection with every hop told: leg 0, any source port.
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
    /// Why.
    pub reason: Why,
    /// kube-proxy's decision at the first node that took one.
    pub proxy: Option<ProxyDecision>,
    /// Where the packet arrived.
    pub backend: Option<Backend>,
    /// The source address seen there.
    pub source_seen: Option<IpAddr>,
    /// The sender's own address and port.
    pub source: Option<SocketAddr>,
    /// What happened, in order.
    pub hops: Vec<Hop>,
    arrived: Option<Arrived>,
    leg: u8,
    record: bool,
    stays_open: bool,
}

/// What is needed to send the answer.
#[derive(Clone, Debug)]
struct Arrived {
    packet: Packet,
    host: Host,
    sender: Sender,
    balancer: Option<BalancerNat>,
}

/// Who sent, as the network sees it.
#[derive(Clone, Debug)]
struct Sender {
    place: Place,
    packet: Packet,
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

    /// The health check that answers here by itself (policy Local), and how many local endpoints it counts.
    #[must_use]
    pub fn health_check(&self) -> Option<usize> {
        match self.arrived.as_ref()?.host {
            Host::HealthCheck { count, .. } => Some(count),
            _ => None,
        }
    }

    fn dead(verdict: Verdict, reason: Why, args: &Connect<'_>) -> Self {
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

/// Sends the first packet of a connection. Where it is refused, the refusal's way back is among the hops.
pub fn connect(
    snapshot: &Snapshot,
    state: &mut NetState,
    rng: &mut Rng,
    now: Instant,
    args: &Connect<'_>,
) -> Connection {
    state.sync(snapshot);
    let mut walk = PacketWalk::new(snapshot, state, rng, now, args.leg, args.record);
    let (sender, spot) = match walk.sender(args) {
        Ok(found) => found,
        Err(why) => return Connection::dead(Verdict::Unreachable, why, args),
    };
    walk.via = args.via_node.and_then(|name| walk.fabric.node_by_name(name));
    let packet = sender.packet.clone();
    walk.sent(&sender.place, &packet);
    let outcome = walk.travel(packet.clone(), spot);
    let mut leg = Connection::dead(Verdict::Timeout, Why::Sends { to: args.to }, args);
    leg.source = Some(packet.src);
    match outcome {
        Outcome::Arrived(packet, host) => {
            leg.verdict = Verdict::Delivered;
            leg.reason = Why::Receives {
                port: packet.dst.port(),
                source: packet.src.ip(),
            };
            leg.backend = Some(walk.backend(&packet, &host));
            leg.source_seen = Some(packet.src.ip());
            leg.arrived = Some(Arrived {
                packet,
                host,
                sender,
                balancer: walk.balancer.take(),
            });
        }
        Outcome::Lost(why) => leg.reason = why,
        Outcome::Refused(why, reply, from) => {
            leg.reason = why;
            leg.verdict = Verdict::Refused;
            walk.direction = Direction::Reply;
            // A refusal that never gets back is not noticed: the sender waits in vain.
            match walk.travel(reply, from) {
                Outcome::Arrived(reply, _) if reply.src == sender.packet.dst => {
                    let why = Why::GetsRefusal { from: reply.src };
                    walk.hop(sender.place, Stage::Receive, &reply, Some(&reply), why);
                }
                Outcome::Arrived(reply, _) => {
                    leg.verdict = Verdict::Timeout;
                    leg.reason = walk.stray(sender.place, &reply, &sender.packet);
                }
                Outcome::Lost(why) | Outcome::Refused(why, ..) => {
                    leg.verdict = Verdict::Timeout;
                    leg.reason = why;
                }
            }
        }
    }
    leg.proxy = walk.take_decision();
    leg.hops = walk.hops;
    leg
}

/// Sends the answer of a connection that arrived. Changes the verdict where the answer does not get back.
/// Does nothing for a connection that did not arrive.
pub fn answer(
    snapshot: &Snapshot,
    state: &mut NetState,
    rng: &mut Rng,
    now: Instant,
    leg: &mut Connection,
    payload: Payload,
) {
    let Some(arrived) = leg.arrived.take() else { return };
    let mut walk = PacketWalk::new(snapshot, state, rng, now, leg.leg, leg.record);
    walk.direction = Direction::Reply;
    walk.balancer = arrived.balancer;
    walk.closing = !leg.stays_open;
    let outside = matches!(arrived.sender.place, Place::Client | Place::External(_));
    walk.external_sender = outside.then_some(arrived.sender.packet.src.ip());
    let got = &arrived.packet;
    let reply = Packet {
        protocol: got.protocol,
        src: got.dst,
        dst: got.src,
        mark: 0,
        payload,
    };
    let spot = arrived.host.spot();
    if walk.record {
        let place = arrived.host.place();
        walk.hop(place, Stage::Send, &reply, Some(&reply), Why::Answers { to: reply.dst });
    }
    let asked = &arrived.sender.packet;
    let came_home = match spot {
        Some(spot) => walk.travel(reply, spot),
        None => Outcome::Arrived(reply, arrived.host),
    };
    match came_home {
        Outcome::Arrived(reply, _) if reply.src == asked.dst && reply.dst == asked.src => {
            let why = Why::GetsAnswer { from: reply.src };
            walk.hop(arrived.sender.place, Stage::Receive, &reply, Some(&reply), why);
        }
        Outcome::Arrived(reply, _) => {
            leg.verdict = Verdict::Timeout;
            leg.reason = walk.stray(arrived.sender.place, &reply, asked);
        }
        Outcome::Lost(why) | Outcome::Refused(why, ..) => {
            leg.verdict = Verdict::Timeout;
            leg.reason = why;
        }
    }
    leg.hops.append(&mut walk.hops);
}

/// Sends a packet and its answer: [`connect`], then [`answer`] as a process without anything to say would.
pub fn exchange(
    snapshot: &Snapshot,
    state: &mut NetState,
    rng: &mut Rng,
    now: Instant,
    args: &Connect<'_>,
) -> Connection {
    let mut leg = connect(snapshot, state, rng, now, args);
    let payload = match args.protocol {
        Protocol::Tcp => Payload::SynAck,
        Protocol::Icmp => Payload::Pong,
        Protocol::Udp | Protocol::Sctp => Payload::Data,
    };
    answer(snapshot, state, rng, now, &mut leg, payload);
    leg
}

/// The decision of a node whose rules had nothing to say.
fn undecided(node: &str) -> ProxyDecision {
    ProxyDecision {
        node: node.to_owned(),
        service: None,
        verdict: ProxyVerdict::None,
        backends: Vec::new(),
        masquerade: false,
    }
}

/// `namespace/name`.
fn full_name(namespace: &str, name: &str) -> Arc<str> {
    format!("{namespace}/{name}").into()
}
