//! The kernel's memory of connections on one node: what replies are translated back by, and why an existing
//! connection outlives its endpoint.
//!
//! A connection is one [`Entry`]: the tuple its first packet had, and the tuple its replies have. Timeouts are
//! the kernel's defaults as kube-proxy sets them (`conntrack.tcpEstablishedTimeout` 24 h). Entries leave when
//! they time out, when the table is full (the oldest first), and when kube-proxy clears them
//! ([`proxy::cleanup`](super::proxy::cleanup)).

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use super::packet::{Packet, Protocol};
use crate::sim::{Duration, Instant};

/// One direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuple {
    /// Transport protocol, or ICMP.
    pub protocol: Protocol,
    /// Source address and port; for ICMP the port is the echo's id.
    pub src: SocketAddr,
    /// Destination address and port; 0 for ICMP.
    pub dst: SocketAddr,
}

impl Tuple {
    /// The tuple of a packet.
    #[must_use]
    pub fn of(packet: &Packet) -> Self {
        Self {
            protocol: packet.protocol,
            src: packet.src,
            dst: packet.dst,
        }
    }

    /// The tuple of answers to packets of this one, where nothing is translated.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self {
            protocol: self.protocol,
            src: self.dst,
            dst: self.src,
        }
    }
}

impl Tuple {
    /// A few words mixed, not byte by byte: every packet is looked up on every node.
    fn hash(&self) -> usize {
        const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
        let mut mixed = self.protocol as u64;
        let mut mix = |word: u64| mixed = (mixed.rotate_left(5) ^ word).wrapping_mul(FACTOR);
        for side in [self.src, self.dst] {
            match side.ip() {
                IpAddr::V4(ip) => mix(u64::from(ip.to_bits()) << 16 | u64::from(side.port())),
                IpAddr::V6(ip) => {
                    let bits = ip.to_bits();
                    mix(bits as u64);
                    mix((bits >> 64) as u64 ^ u64::from(side.port()));
                }
            }
        }
        // Products are good in the high half only.
        ((mixed ^ (mixed >> 32)).wrapping_mul(FACTOR) >> 40) as usize
    }
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Packets in one direction only (`SYN_SENT`, `[UNREPLIED]`).
    Unreplied,
    /// Packets in both directions (`ESTABLISHED`, `[ASSURED]`).
    Established,
    /// Over (`TIME_WAIT`).
    TimeWait,
    /// Refused or cut (`CLOSE`).
    Closed,
}

/// A connection as one node knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Packets of whoever began.
    pub original: Tuple,
    /// Packets of the other side, as they come to this node.
    pub reply: Tuple,
    /// How far it has come.
    pub state: State,
    /// When it is forgotten.
    pub expires: Instant,
}

impl Entry {
    /// Whether the destination was rewritten.
    #[must_use]
    pub fn is_dnat(&self) -> bool {
        self.reply.src != self.original.dst
    }

    /// Whether the source was rewritten.
    #[must_use]
    pub fn is_snat(&self) -> bool {
        self.reply.dst != self.original.src
    }

    /// The line of `conntrack -L` at a moment.
    #[must_use]
    pub fn line(&self, now: Instant) -> String {
        EntryLine(self, now).to_string()
    }
}

struct EntryLine<'a>(&'a Entry, Instant);

impl fmt::Display for EntryLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(entry, now) = self;
        let (name, number) = match entry.original.protocol {
            Protocol::Tcp => ("tcp", 6),
            Protocol::Udp => ("udp", 17),
            Protocol::Sctp => ("sctp", 132),
            Protocol::Icmp if entry.original.dst.is_ipv6() => ("icmpv6", 58),
            Protocol::Icmp => ("icmp", 1),
        };
        write!(f, "{name:<8} {number} {}", (entry.expires - *now).as_secs())?;
        if matches!(entry.original.protocol, Protocol::Tcp | Protocol::Sctp) {
            let state = match (entry.state, entry.original.protocol) {
                (State::Unreplied, Protocol::Sctp) => "COOKIE_WAIT",
                (State::TimeWait, Protocol::Sctp) => "SHUTDOWN_ACK_SENT",
                (State::Unreplied, _) => "SYN_SENT",
                (State::Established, _) => "ESTABLISHED",
                (State::TimeWait, _) => "TIME_WAIT",
                (State::Closed, _) => "CLOSE",
            };
            write!(f, " {state}")?;
        }
        let tuple = |f: &mut fmt::Formatter<'_>, it: &Tuple| {
            write!(f, " src={} dst={}", it.src.ip(), it.dst.ip())?;
            if it.protocol == Protocol::Icmp {
                let request = it.src == entry.original.src && it.dst == entry.original.dst;
                let kind = match (it.dst.is_ipv6(), request) {
                    (false, true) => 8,
                    (false, false) => 0,
                    (true, true) => 128,
                    (true, false) => 129,
                };
                write!(f, " type={kind} code=0 id={}", it.src.port())
            } else {
                write!(f, " sport={} dport={}", it.src.port(), it.dst.port())
            }
        };
        tuple(f, &entry.original)?;
        if entry.state == State::Unreplied {
            f.write_str(" [UNREPLIED]")?;
        }
        tuple(f, &entry.reply)?;
        if !matches!(entry.state, State::Unreplied) && entry.original.protocol != Protocol::Icmp {
            f.write_str(" [ASSURED]")?;
        }
        f.write_str(" mark=0 use=1")
    }
}

/// Which side of a connection a packet belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Of whoever began.
    Original,
    /// Of the other.
    Reply,
}

/// The connections one node knows.
///
/// Entries stand in a ring by their number; an index of small numbers, open and without tombstones, leads from
/// either tuple to its entry. Most lookups are for tuples that are not there, and these end at once.
#[derive(Clone, Debug, Default)]
pub struct Conntrack {
    /// By number modulo [`LIMIT`]; forgotten ones leave a hole until they are the oldest.
    entries: Vec<Option<Entry>>,
    /// The number of the oldest entry.
    first: u64,
    /// The number of the next one.
    next: u64,
    /// 0: empty; else 1 + twice the place in the ring, plus one for the tuple of replies. A power of two long.
    index: Vec<u16>,
}

/// A real table holds 32,768 for each core; this many stay in a processor's cache, and nobody reads more.
const LIMIT: usize = 4096;

impl Conntrack {
    /// The connection a packet belongs to. Forgets it first if its time is over.
    pub fn find(&mut self, tuple: Tuple, now: Instant) -> Option<(&mut Entry, Side)> {
        let (_, place, side) = self.look_up(&tuple)?;
        if self.entries[place].as_ref().is_none_or(|it| it.expires <= now) {
            self.forget(place);
            return None;
        }
        self.entries[place].as_mut().map(|entry| (entry, side))
    }

    /// Whether some connection already uses this tuple.
    #[must_use]
    pub fn uses(&self, tuple: Tuple) -> bool {
        self.look_up(&tuple).is_some()
    }

    /// Notes a new connection.
    pub fn note(&mut self, original: Tuple, reply: Tuple, now: Instant) {
        for tuple in [original, reply] {
            if let Some((_, place, _)) = self.look_up(&tuple) {
                self.forget(place);
            }
        }
        if self.next - self.first >= LIMIT as u64 {
            self.forget(ring(self.first));
        }
        let live = (self.next - self.first) as usize + 1;
        if live * 4 > self.index.len() {
            self.grow(live * 8);
        }
        let place = ring(self.next);
        self.next += 1;
        let mut entry = Entry {
            original,
            reply,
            state: State::Unreplied,
            expires: now,
        };
        entry.touch(now);
        if place == self.entries.len() {
            self.entries.push(Some(entry));
        } else {
            self.entries[place] = Some(entry);
        }
        if original != reply {
            self.insert(&original, slot(place, Side::Original));
        }
        self.insert(&reply, slot(place, Side::Reply));
    }

    /// All connections that have not timed out, the oldest first.
    pub fn entries(&self, now: Instant) -> impl Iterator<Item = &Entry> {
        (self.first..self.next)
            .filter_map(|id| self.entries[ring(id)].as_ref())
            .filter(move |it| it.expires > now)
    }

    /// Forgets the connections that are told.
    pub fn forget_where(&mut self, told: impl Fn(&Entry) -> bool) {
        let told: Vec<usize> = (0..self.entries.len())
            .filter(|place| self.entries[*place].as_ref().is_some_and(&told))
            .collect();
        for place in told {
            self.forget(place);
        }
    }

    fn forget(&mut self, place: usize) {
        if let Some(entry) = self.entries[place].clone() {
            for tuple in [entry.original, entry.reply] {
                if let Some((at, owner, _)) = self.look_up(&tuple)
                    && owner == place
                {
                    self.remove(at);
                }
            }
            self.entries[place] = None;
        }
        while self.first < self.next && self.entries[ring(self.first)].is_none() {
            self.first += 1;
        }
    }

    /// The tuple that a slot of the index stands for.
    fn tuple_of(&self, slot: u16) -> Option<&Tuple> {
        let (place, side) = unslot(slot)?;
        let entry = self.entries[place].as_ref()?;
        Some(match side {
            Side::Original => &entry.original,
            Side::Reply => &entry.reply,
        })
    }

    /// Where in the index a tuple stands, and what stands there.
    fn look_up(&self, tuple: &Tuple) -> Option<(usize, usize, Side)> {
        let mask = self.index.len().checked_sub(1)?;
        let mut at = tuple.hash() & mask;
        // A quarter of the index is used at most, so there is an empty slot.
        while let Some((place, side)) = unslot(self.index[at]) {
            if self.tuple_of(self.index[at]) == Some(tuple) {
                return Some((at, place, side));
            }
            at = (at + 1) & mask;
        }
        None
    }

    fn insert(&mut self, tuple: &Tuple, slot: u16) {
        let mask = self.index.len() - 1;
        let mut at = tuple.hash() & mask;
        while self.index[at] != 0 {
            at = (at + 1) & mask;
        }
        self.index[at] = slot;
    }

    /// Empties a slot and closes the gap: whoever was pushed on by it moves back.
    fn remove(&mut self, mut hole: usize) {
        let mask = self.index.len() - 1;
        let mut at = hole;
        loop {
            self.index[hole] = 0;
            loop {
                at = (at + 1) & mask;
                if self.index[at] == 0 {
                    return;
                }
                let home = self.tuple_of(self.index[at]).map_or(at, Tuple::hash) & mask;
                // Whether the hole lies between the slot that it should have and the one it has.
                if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                    break;
                }
            }
            self.index[hole] = self.index[at];
            hole = at;
        }
    }

    fn grow(&mut self, wanted: usize) {
        self.index = vec![0; wanted.next_power_of_two().max(64)];
        for place in 0..self.entries.len() {
            if let Some(entry) = self.entries[place].clone() {
                if entry.original != entry.reply {
                    self.insert(&entry.original, slot(place, Side::Original));
                }
                self.insert(&entry.reply, slot(place, Side::Reply));
            }
        }
    }
}

/// The place in the ring of an entry's number.
fn ring(id: u64) -> usize {
    (id % LIMIT as u64) as usize
}

fn slot(place: usize, side: Side) -> u16 {
    (place * 2 + usize::from(side == Side::Reply) + 1) as u16
}

fn unslot(slot: u16) -> Option<(usize, Side)> {
    let number = usize::from(slot).checked_sub(1)?;
    let side = if number % 2 == 0 { Side::Original } else { Side::Reply };
    Some((number / 2, side))
}

impl Entry {
    /// A packet arrived: the entry lives on.
    pub fn touch(&mut self, now: Instant) {
        let seconds = match (self.original.protocol, self.state) {
            (Protocol::Tcp, State::Unreplied | State::TimeWait) => 120,
            (Protocol::Tcp, State::Established) => 86_400,
            (Protocol::Tcp, State::Closed) => 10,
            (Protocol::Udp, State::Unreplied) => 30,
            (Protocol::Udp, _) => 120,
            (Protocol::Sctp, State::Unreplied) => 3,
            (Protocol::Sctp, State::Established) => 210,
            (Protocol::Sctp, _) => 3,
            (Protocol::Icmp, _) => 30,
        };
        self.expires = now + Duration::from_secs(seconds);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuple(from: u64, to: u64) -> Tuple {
        let side = |number: u64| SocketAddr::from(([10, 0, (number >> 16) as u8, (number >> 8) as u8], number as u16));
        Tuple {
            protocol: Protocol::Udp,
            src: side(from),
            dst: side(to),
        }
    }

    /// Against a list that is searched from end to end.
    #[test]
    fn the_index_finds_what_a_search_finds() {
        let mut rng = crate::sim::Rng::new(1);
        let mut table = Conntrack::default();
        let mut plain: Vec<Option<(Tuple, Tuple)>> = Vec::new();
        let now = Instant::DEFAULT_START;
        for round in 0..4600 {
            // Few enough numbers that tuples meet again, many enough that the table fills up.
            let (a, b) = (rng.below(150), rng.below(150));
            let (original, reply) = (tuple(a, b), tuple(b, rng.below(150) + 1000 * (round % 2)));
            for it in &mut plain {
                if it.is_some_and(|(x, y)| [x, y].iter().any(|it| *it == original || *it == reply)) {
                    *it = None;
                }
            }
            let oldest = plain.iter().position(Option::is_some).unwrap_or(plain.len());
            plain.drain(..oldest);
            if plain.len() == LIMIT {
                plain[0] = None;
                let oldest = plain.iter().position(Option::is_some).unwrap_or(plain.len());
                plain.drain(..oldest);
            }
            plain.push(Some((original, reply)));
            table.note(original, reply, now);
            if round % 8 != 0 {
                continue;
            }
            let asked = tuple(rng.below(150), rng.below(150));
            let known = plain.iter().flatten().find(|(x, y)| *x == asked || *y == asked);
            let found = table.find(asked, now).map(|(entry, _)| (entry.original, entry.reply));
            assert_eq!(found, known.copied(), "round {round}");
        }
        let plain: Vec<_> = plain.into_iter().flatten().collect();
        assert!(plain.len() > 2000, "the table was full: {}", plain.len());
        let listed: Vec<_> = table.entries(now).map(|it| (it.original, it.reply)).collect();
        assert_eq!(listed, plain);
        let later = now + Duration::from_secs(31);
        assert!(plain.iter().all(|(x, _)| table.find(*x, later).is_none()));
        assert!(
            table.index.iter().all(|slot| *slot == 0),
            "the index is empty with the table"
        );
    }
}
