//! Connections: a packet from its sender to whoever answers, through every kernel on its way, and back.
//!
//! [`connect`] sends the first packet of a connection and says how far it got; [`answer`] sends the answer
//! back the way conntrack remembers. Between the two a caller may do what the backend does (an ingress
//! controller opens a connection of its own). [`exchange`] is both.
//!
//! A connection is recorded as one packet and one answer: the handshake and the closing of TCP would only repeat
//! the same hops. Not here: names and HTTP.

mod balancer;
mod connection;
pub mod daemons;
mod host;
mod host_port;
mod listen;
mod location;
mod node;
mod outcome;
mod record;
mod router;
mod sender;
mod walk;

use super::packet::{Packet, Payload, Protocol};
use super::state::NetState;
use super::trace::{Direction, Place, Stage, Verdict};
use super::why::Why;
use crate::cluster::Snapshot;
use crate::sim::{Instant, Rng};

use self::connection::Arrived;
use self::outcome::Outcome;
use self::walk::PacketWalk;

pub use self::connection::{Connect, Connection};

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
    let (sender, location) = match walk.sender(args) {
        Ok(found) => found,
        Err(why) => return Connection::dead(Verdict::Unreachable, why, args),
    };
    walk.via = args.via_node.and_then(|name| walk.fabric.node_by_name(name));
    let packet = sender.packet.clone();
    walk.sent(&sender.place, &packet);
    let outcome = walk.travel(packet.clone(), location);
    let mut connection = Connection::dead(Verdict::Timeout, Why::Sends { to: args.to }, args);
    connection.source = Some(packet.src);
    match outcome {
        Outcome::Arrived(packet, host) => {
            connection.verdict = Verdict::Delivered;
            connection.reason = walk.receives(&packet, &host);
            connection.backend = Some(walk.backend(&packet, &host));
            connection.source_seen = Some(packet.src.ip());
            connection.arrived = Some(Arrived {
                packet,
                host,
                sender,
                balancer: walk.balancer.take(),
            });
        }
        Outcome::Lost(why) => connection.reason = why,
        Outcome::Refused(why, reply, from) => {
            connection.reason = why;
            connection.verdict = Verdict::Refused;
            walk.direction = Direction::Reply;
            // A refusal that never gets back is not noticed: the sender waits in vain.
            match walk.travel(reply, from) {
                Outcome::Arrived(reply, _) if reply.src == sender.packet.dst => {
                    let why = Why::GetsRefusal { from: reply.src };
                    walk.record_hop(sender.place, Stage::Receive, &reply, Some(&reply), why);
                }
                Outcome::Arrived(reply, _) => {
                    connection.verdict = Verdict::Timeout;
                    connection.reason = walk.stray(sender.place, &reply, &sender.packet);
                }
                Outcome::Lost(why) | Outcome::Refused(why, ..) => {
                    connection.verdict = Verdict::Timeout;
                    connection.reason = why;
                }
            }
        }
    }
    connection.proxy = walk.take_decision();
    connection.hops = walk.hops;
    connection
}

/// Sends the answer of a connection that arrived. Changes the verdict where the answer does not get back.
/// Does nothing for a connection that did not arrive.
pub fn answer(
    snapshot: &Snapshot,
    state: &mut NetState,
    rng: &mut Rng,
    now: Instant,
    connection: &mut Connection,
    payload: Payload,
) {
    let Some(arrived) = connection.arrived.take() else {
        return;
    };
    let mut walk = PacketWalk::new(snapshot, state, rng, now, connection.leg, connection.record);
    walk.direction = Direction::Reply;
    walk.balancer = arrived.balancer;
    walk.closing = !connection.stays_open;
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
    let location = arrived.host.location();
    if walk.record {
        let place = arrived.host.place();
        walk.record_hop(place, Stage::Send, &reply, Some(&reply), Why::Answers { to: reply.dst });
    }
    let asked = &arrived.sender.packet;
    let outcome = match location {
        Some(location) => walk.travel(reply, location),
        None => Outcome::Arrived(reply, arrived.host),
    };
    match outcome {
        Outcome::Arrived(reply, _) if reply.src == asked.dst && reply.dst == asked.src => {
            let why = Why::GetsAnswer { from: reply.src };
            walk.record_hop(arrived.sender.place, Stage::Receive, &reply, Some(&reply), why);
        }
        Outcome::Arrived(reply, _) => {
            connection.verdict = Verdict::Timeout;
            connection.reason = walk.stray(arrived.sender.place, &reply, asked);
        }
        Outcome::Lost(why) | Outcome::Refused(why, ..) => {
            connection.verdict = Verdict::Timeout;
            connection.reason = why;
        }
    }
    connection.hops.append(&mut walk.hops);
}

/// Sends a packet and its answer: [`connect`], then [`answer`] as a process without anything to say would.
pub fn exchange(
    snapshot: &Snapshot,
    state: &mut NetState,
    rng: &mut Rng,
    now: Instant,
    args: &Connect<'_>,
) -> Connection {
    let mut connection = connect(snapshot, state, rng, now, args);
    let payload = match args.protocol {
        Protocol::Tcp => Payload::SynAck,
        Protocol::Icmp => Payload::Pong,
        Protocol::Udp | Protocol::Sctp => Payload::Data,
    };
    answer(snapshot, state, rng, now, &mut connection, payload);
    connection
}
