//! The kernel's memory of connections on one node: what replies are translated back by, and why an existing
//! connection outlives its endpoint.
//!
//! A connection is one [`Entry`]: the tuple its first packet had, and the tuple its replies have. Timeouts are
//! the kernel's defaults as kube-proxy sets them (`conntrack.tcpEstablishedTimeout` 24 h). Entries leave when
//! they time out, when the table is full (the oldest first), and, for UDP, when kube-proxy finds that they
//! lead to an endpoint that no longer serves (`kubernetes pkg/proxy/conntrack/cleanup.go`).

use std::collections::VecDeque;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};

use super::hash::Map;
use super::packet::Protocol;
use super::proxy::ServiceTable;
use crate::sim::{Duration, Instant};

/// One direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuple {
    /// Protocol.
    pub protocol: Protocol,
    /// Source.
    pub src: SocketAddr,
    /// Destination.
    pub dst: SocketAddr,
}

impl Tuple {
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

impl Hash for Tuple {
    /// Two words for IPv4 instead of the bytes one by one: every packet is looked up on every node.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let mut side = |it: SocketAddr| match it.ip() {
            IpAddr::V4(ip) => state.write_u64(u64::from(ip.to_bits()) << 16 | u64::from(it.port())),
            IpAddr::V6(ip) => {
                let bits = ip.to_bits();
                state.write_u64(bits as u64);
                state.write_u64((bits >> 64) as u64 ^ u64::from(it.port()));
            }
        };
        side(self.src);
        side(self.dst);
        state.write_u8(self.protocol as u8);
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
#[derive(Clone, Debug, Default)]
pub struct Conntrack {
    /// By number, counted from `first`; forgotten ones leave a hole until they are the oldest.
    entries: VecDeque<Option<Entry>>,
    first: u64,
    by_tuple: Map<Tuple, (u64, Side)>,
}

/// A real table holds 32,768 for each core; this many stay in a processor's cache, and nobody reads more.
const LIMIT: usize = 4096;

impl Conntrack {
    /// The connection a packet belongs to. Forgets it first if its time is over.
    pub fn find(&mut self, tuple: Tuple, now: Instant) -> Option<(&mut Entry, Side)> {
        let (id, side) = *self.by_tuple.get(&tuple)?;
        let at = usize::try_from(id - self.first).ok()?;
        if self.entries.get(at)?.as_ref().is_none_or(|it| it.expires <= now) {
            self.forget(id);
            return None;
        }
        self.entries[at].as_mut().map(|entry| (entry, side))
    }

    /// Whether some connection already uses this tuple.
    #[must_use]
    pub fn uses(&self, tuple: Tuple) -> bool {
        self.by_tuple.contains_key(&tuple)
    }

    /// Notes a new connection.
    pub fn note(&mut self, original: Tuple, reply: Tuple, now: Instant) {
        for tuple in [original, reply] {
            if let Some(&(id, _)) = self.by_tuple.get(&tuple) {
                self.forget(id);
            }
        }
        if self.entries.len() >= LIMIT {
            self.forget(self.first);
        }
        let id = self.first + self.entries.len() as u64;
        let mut entry = Entry {
            original,
            reply,
            state: State::Unreplied,
            expires: now,
        };
        entry.touch(now);
        self.entries.push_back(Some(entry));
        self.by_tuple.insert(original, (id, Side::Original));
        self.by_tuple.insert(reply, (id, Side::Reply));
    }

    /// All connections that have not timed out, the oldest first.
    pub fn entries(&self, now: Instant) -> impl Iterator<Item = &Entry> {
        self.entries.iter().flatten().filter(move |it| it.expires > now)
    }

    /// Forgets UDP connections to a Service that lead to an endpoint which no longer serves. A Service left
    /// without any serving endpoint keeps its entries, as upstream.
    pub fn clean_udp(&mut self, table: &ServiceTable) {
        let is_stale = |it: &Entry| {
            let (asked, answering) = (it.original.dst, it.reply.src.ip());
            let ports = table
                .by_vip((asked.ip(), Protocol::Udp, asked.port()))
                .iter()
                .chain(table.by_node_port(asked.is_ipv6(), Protocol::Udp, asked.port()));
            ports.into_iter().any(|port| {
                let mut serving = port.endpoints.iter().filter(|it| it.serving).peekable();
                serving.peek().is_some() && !serving.any(|it| it.address.ip() == answering)
            })
        };
        let stale: Vec<u64> = (self.first..)
            .zip(&self.entries)
            .filter_map(|(id, entry)| Some((id, entry.as_ref()?)))
            .filter(|(_, it)| it.original.protocol == Protocol::Udp && is_stale(it))
            .map(|(id, _)| id)
            .collect();
        for id in stale {
            self.forget(id);
        }
    }

    fn forget(&mut self, id: u64) {
        let at = usize::try_from(id - self.first).unwrap_or(usize::MAX);
        if let Some(entry) = self.entries.get_mut(at).and_then(Option::take) {
            for tuple in [entry.original, entry.reply] {
                if self.by_tuple.get(&tuple).is_some_and(|(owner, _)| *owner == id) {
                    self.by_tuple.remove(&tuple);
                }
            }
        }
        while matches!(self.entries.front(), Some(None)) {
            self.entries.pop_front();
            self.first += 1;
        }
    }
}

impl Entry {
    /// A packet came: the entry lives on.
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
