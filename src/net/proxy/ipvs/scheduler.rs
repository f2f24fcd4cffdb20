//! Schedulers: which real server of a virtual server gets a new connection (`linux net/netfilter/ipvs/ip_vs_*.c`).
//!
//! All weights are 1, as kube-proxy sets them; a scheduler that weighs is then the one that does not.

use std::net::{IpAddr, SocketAddr};

use crate::net::conntrack::{Conntrack, State};
use crate::net::packet::Protocol;
use crate::net::proxy::table::Target;
use crate::sim::Instant;

/// A scheduler, as far as it decides otherwise than another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheduler {
    /// `rr`, `wrr`: one after the other.
    RoundRobin,
    /// `lc`, `wlc`: the one with the fewest connections, active ones counting 256 times.
    LeastConnections,
    /// `sed`: the one with the fewest active connections, this one among them.
    ShortestDelay,
    /// `nq`: one without active connections, else as `sed`.
    NeverQueue,
    /// `sh`, `mh`: by the client's address. `mh` spreads clients otherwise (Maglev), as stably.
    SourceHash,
    /// `dh`, `lblc`, `lblcr`: by the address that is called, so that a virtual server has one real server as long
    /// as it is there.
    Destination,
}

impl Scheduler {
    /// Reads `ipvs.scheduler`; round robin where it is empty or unknown.
    pub(super) fn parse(text: &str) -> Self {
        match text {
            "lc" | "wlc" => Self::LeastConnections,
            "sed" => Self::ShortestDelay,
            "nq" => Self::NeverQueue,
            "sh" | "mh" => Self::SourceHash,
            "dh" | "lblc" | "lblcr" => Self::Destination,
            _ => Self::RoundRobin,
        }
    }

    /// The place in `servers` of the next one; `last` is who got the connection before. `servers` must not be empty.
    pub(super) fn choose(
        self,
        servers: &[SocketAddr],
        last: Option<SocketAddr>,
        client: IpAddr,
        counts: &dyn Fn(SocketAddr) -> Counts,
    ) -> usize {
        let least = |cost: &dyn Fn(Counts) -> usize| {
            let costs = servers.iter().map(|it| cost(counts(*it)));
            costs
                .enumerate()
                .min_by_key(|(nth, cost)| (*cost, *nth))
                .map_or(0, |(nth, _)| nth)
        };
        match self {
            Self::RoundRobin => {
                let before = servers.iter().position(|it| Some(*it) == last);
                before.map_or(0, |nth| (nth + 1) % servers.len())
            }
            Self::LeastConnections => least(&|it| (it.active << 8) + it.inactive),
            Self::ShortestDelay => least(&|it| it.active + 1),
            Self::NeverQueue => least(&|it| if it.active == 0 { 0 } else { it.active + 1 }),
            Self::SourceHash => bucket(client) % servers.len(),
            Self::Destination => servers.iter().position(|it| Some(*it) == last).unwrap_or(0),
        }
    }
}

/// The bucket of an address among 256 (`ip_vs_sh_hashkey`, without ports); buckets go to servers in turn.
fn bucket(ip: IpAddr) -> usize {
    let folded = match ip {
        IpAddr::V4(ip) => ip.to_bits(),
        IpAddr::V6(ip) => ip.to_bits().to_be_bytes().chunks(4).fold(0, |folded, word| {
            folded ^ word.iter().fold(0, |all, byte| all << 8 | u32::from(*byte))
        }),
    };
    // `hash_32` with 8 bits.
    (folded.wrapping_mul(0x61C8_8647) >> 24) as usize
}

/// Connections of a real server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Established ones, of TCP and SCTP.
    pub(super) active: usize,
    /// All others.
    pub(super) inactive: usize,
}

/// The connections of a virtual server by its real servers, those among them that it has no more.
pub(super) fn connections(conntrack: &Conntrack, server: Target, now: Instant) -> Vec<(SocketAddr, Counts)> {
    let (ip, protocol, port) = server;
    let called = SocketAddr::new(ip, port);
    let mut found: Vec<(SocketAddr, Counts)> = Vec::new();
    for entry in conntrack.entries(now) {
        if entry.original.protocol != protocol || entry.original.dst != called || !entry.is_dnat() {
            continue;
        }
        let at = match found.iter().position(|(it, _)| *it == entry.reply.src) {
            Some(at) => at,
            None => {
                found.push((entry.reply.src, Counts::default()));
                found.len() - 1
            }
        };
        let counts = &mut found[at].1;
        if entry.state == State::Established && protocol != Protocol::Udp {
            counts.active += 1;
        } else {
            counts.inactive += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedulers_choose_as_the_kernel_does() {
        let servers: Vec<SocketAddr> = (2..5).map(|n| SocketAddr::from(([10, 244, 1, n], 80))).collect();
        let client = IpAddr::from([10, 244, 1, 9]);
        let none = |_| Counts::default();
        let choose = |name: &str, last: Option<SocketAddr>, counts: &dyn Fn(SocketAddr) -> Counts| {
            Scheduler::parse(name).choose(&servers, last, client, counts)
        };
        assert_eq!(choose("rr", None, &none), 0);
        assert_eq!(choose("wrr", Some(servers[0]), &none), 1);
        assert_eq!(choose("", Some(servers[2]), &none), 0);
        let busy = |it: SocketAddr| Counts {
            active: usize::from(it == servers[0]),
            inactive: if it == servers[1] { 200 } else { 300 },
        };
        assert_eq!(choose("lc", None, &busy), 1);
        assert_eq!(choose("sed", None, &busy), 1);
        assert_eq!(choose("nq", None, &busy), 1);
        assert_eq!(choose("dh", Some(servers[2]), &none), 2);
        let first = choose("sh", None, &none);
        assert!((0..5).all(|_| choose("sh", Some(servers[1]), &busy) == first));
    }
}
