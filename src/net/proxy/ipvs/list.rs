//! What `ipvsadm -Ln` (1.31) and `ipset list` print of a node, and the addresses on `kube-ipvs0`.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use super::scheduler::{Counts, connections};
use super::servers::VirtualServer;
use super::set::{Set, SetType};
use crate::api::IpFamily;
use crate::net::conntrack::{Conntrack, State};
use crate::net::packet::Protocol;
use crate::sim::Instant;
use crate::small_sort::SmallSort as _;

/// By what `ipvsadm` sorts: family, protocol number, address, port. Addresses of IPv4 are compared as signed
/// numbers, so that those from 128 on come first.
fn rank(protocol: Protocol, at: SocketAddr) -> (bool, u8, i128, u16) {
    let protocol = match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Sctp => 132,
        Protocol::Icmp => 1,
    };
    let address = match at.ip() {
        IpAddr::V4(ip) => i128::from(ip.to_bits() as i32),
        // From the lowest to the highest, as bytes are compared.
        IpAddr::V6(ip) => (ip.to_bits() ^ (1 << 127)) as i128,
    };
    (at.is_ipv6(), protocol, address, at.port())
}

/// `ipvsadm -Ln`
pub(super) fn virtual_servers(
    mut servers: Vec<VirtualServer>,
    scheduler: &str,
    conntrack: &Conntrack,
    now: Instant,
) -> String {
    let mut out = "IP Virtual Server version 1.2.1 (size=4096)\n\
        Prot LocalAddress:Port Scheduler Flags\n  \
        -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n"
        .to_owned();
    servers.small_sort_by_key(|it| (rank(it.at.1, SocketAddr::new(it.at.0, it.at.2)), it.port.id));
    let mut servers = servers.into_iter().peekable();
    while let Some(server) = servers.next() {
        // Of several Services that claim an address, that of the one written last.
        if servers.peek().is_some_and(|next| next.at == server.at) {
            continue;
        }
        push(&mut out, format_args!("{}\n", server.line(scheduler)));
        let open = connections(conntrack, server.at, now);
        let protocol = server.at.1;
        let own = server.servers();
        let mut real: Vec<(SocketAddr, u8, Counts)> = own
            .iter()
            .map(|at| {
                let counts = open.iter().find(|(it, _)| it == at).map(|(_, counts)| *counts);
                (*at, 1, counts.unwrap_or_default())
            })
            .collect();
        // One that is gone stays without weight until its last connection ends; of UDP it goes at once.
        let leaving = open
            .iter()
            .filter(|(at, _)| !own.contains(at) && protocol != Protocol::Udp);
        real.extend(leaving.map(|(at, counts)| (*at, 0, *counts)));
        real.small_sort_by_key(|(at, ..)| rank(protocol, *at));
        for (at, weight, Counts { active, inactive }) in real {
            push(
                &mut out,
                format_args!(
                    "  -> {:<28} Masq    {weight:<6} {active:<10} {inactive:<10}\n",
                    at.to_string()
                ),
            );
        }
    }
    out
}

/// `ipvsadm -Lnc`
pub(super) fn connection_entries(is_server: &dyn Fn(IpAddr) -> bool, conntrack: &Conntrack, now: Instant) -> String {
    let mut out = "IPVS connection entries\n\
        pro expire state       source             virtual            destination\n"
        .to_owned();
    for entry in conntrack
        .entries(now)
        .filter(|it| it.is_dnat() && is_server(it.original.dst.ip()))
    {
        let left = (entry.expires - now).as_secs();
        // IPVS forgets an open connection after a quarter of an hour, conntrack after a day.
        let left = match (entry.original.protocol, entry.state) {
            (Protocol::Tcp, State::Established) => left.min(900),
            _ => left.min(300),
        };
        let state = match (entry.original.protocol, entry.state) {
            (Protocol::Udp, _) => "UDP",
            (_, State::Unreplied) => "SYN_RECV",
            (_, State::Established) => "ESTABLISHED",
            (_, State::TimeWait) => "TIME_WAIT",
            (_, State::Closed) => "CLOSE",
        };
        push(
            &mut out,
            format_args!(
                "{:<3} {:02}:{:02}  {state:<11} {:<18} {:<18} {}\n",
                entry.original.protocol.name(),
                left / 60,
                left % 60,
                entry.original.src.to_string(),
                entry.original.dst.to_string(),
                entry.reply.src,
            ),
        );
    }
    out
}

/// One set as `ipset list` prints it, counters and memory as Linux 6.x counts them where no two members share a
/// bucket.
pub(super) fn ip_set(set: Set, family: IpFamily, members: &[String], references: usize) -> String {
    let kind = set.set_type();
    let members = in_order(kind, members);
    let name = set.name(family);
    let mut out = format!("Name: {name}\nType: {}\nRevision: {}\n", kind.name(), kind.revision());
    let inet = match family {
        IpFamily::V4 => "inet",
        IpFamily::V6 => "inet6",
    };
    let size = match kind {
        SetType::BitmapPort => {
            out.push_str("Header: range 0-65535\n");
            8264
        }
        _ => {
            // The seed of the hash is chance on a real node; here it is the same for the same name.
            let seed = name.bytes().fold(0x811c_9dc5_u32, |seed, byte| {
                (seed ^ u32::from(byte)).wrapping_mul(0x0100_0193)
            });
            push(
                &mut out,
                format_args!("Header: family {inet} hashsize 1024 maxelem 65536 bucketsize 12 initval {seed:#010x}\n"),
            );
            let address = if family == IpFamily::V4 { 4 } else { 16 };
            let element = match kind {
                SetType::HashIp => address,
                SetType::HashIpPort => address + 4,
                _ => 2 * address + 4,
            };
            216 + members.len() * (32 + 2 * element)
        }
    };
    push(
        &mut out,
        format_args!(
            "Size in memory: {size}\nReferences: {references}\nNumber of entries: {}\nMembers:\n",
            members.len()
        ),
    );
    for member in members {
        push(&mut out, format_args!("{member}\n"));
    }
    out
}

/// Members once each; those of bitmaps ascending.
fn in_order(kind: SetType, members: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = members.iter().collect();
    match kind {
        SetType::BitmapPort => sorted.small_sort_by_key(|it| it.parse::<u16>().unwrap_or_default()),
        _ => sorted.small_sort(),
    }
    sorted.dedup();
    sorted
}

fn push(out: &mut String, args: std::fmt::Arguments<'_>) {
    out.write_fmt(args).expect("writing to a string cannot fail");
}
