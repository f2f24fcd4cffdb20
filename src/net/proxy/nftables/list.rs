//! What `nft list` (1.1.3) prints of table `kube-proxy`.
//!
//! Sets and maps, then chains, each in the order in which they were made; elements in the order in which `nft`
//! sorts them. Objects of Services stand in the order of the Services' names.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use super::address_set::number;
use super::affinity::{Affinity, SIZE};
use super::fixed::FixedRules;
use super::port::{Element, PortRules};
use super::rule::{Chain, Rule, VerdictMap, keyword};
use crate::api::IpFamily;
use crate::api::Release;
use crate::net::packet::Protocol;
use crate::net::proxy::rule_dump::NftPart;
use crate::sim::{Duration, Instant};
use crate::small_sort::SmallSort as _;

/// What is between two elements of a named set.
const NEWLINE: &str = ",\n\t\t\t     ";

/// The table of one node and family, with all Service ports of the family.
pub(super) struct Table<'a> {
    pub(super) fixed: &'a FixedRules,
    pub(super) ports: &'a [Arc<PortRules>],
    pub(super) affinity: &'a Affinity,
    pub(super) release: Release,
    pub(super) now: Instant,
}

/// A set, map or chain as text: its declaration without the brackets, and what is in it.
struct Block {
    kind: &'static str,
    name: Arc<str>,
    declaration: String,
    content: String,
}

impl Table<'_> {
    /// What was asked for; `None` where the table has no such thing.
    pub(super) fn list(&self, part: NftPart<'_>) -> Option<String> {
        let mut blocks = self.sets();
        blocks.extend(self.chains());
        let family = keyword(self.fixed.family);
        let mut out = format!("table {family} kube-proxy {{\n");
        let comment = "\tcomment \"rules for kube-proxy\"\n";
        let kinds = match part {
            NftPart::Table => {
                out.push_str(comment);
                for (nth, block) in blocks.iter().enumerate() {
                    if nth > 0 {
                        out.push('\n');
                    }
                    block.print(&mut out, true);
                }
                out.push_str("}\n");
                return Some(out);
            }
            NftPart::One { kind, name } => {
                let block = blocks.iter().find(|it| it.kind == kind && *it.name == *name)?;
                if kind == "chain" {
                    out.push_str(comment);
                }
                block.print(&mut out, true);
                out.push_str("}\n");
                return Some(out);
            }
            NftPart::All { kind } => kind,
        };
        out.push_str(comment);
        for block in blocks.iter().filter(|it| it.kind == kinds) {
            block.print(&mut out, false);
        }
        out.push_str("}\n");
        Some(out)
    }

    fn sets(&self) -> Vec<Block> {
        let family = self.fixed.family;
        let address = match family {
            IpFamily::V4 => "ipv4_addr",
            IpFamily::V6 => "ipv6_addr",
        };
        let set = |name: &str, kind: &str, comment: &str, elements: String| Block {
            kind: "set",
            name: name.into(),
            declaration: format!("\t\ttype {kind}\n\t\tcomment \"{comment}\"\n"),
            content: elements,
        };
        let mut hairpins = Vec::new();
        for rules in self.ports {
            for idx in &rules.hairpins {
                let to = rules.port.endpoints[usize::from(*idx)].address;
                let (ip, protocol) = (to.ip(), rules.port.protocol);
                let text = format!("{ip} . {ip} . {} . {}", protocol.lower(), to.port());
                hairpins.push((key(&[ip, ip], protocol, to.port()), text));
            }
        }
        let kind = format!("{address} . {address} . inet_proto . inet_service");
        let elements = sorted(hairpins);
        let mut blocks = vec![set(
            "hairpin-connections",
            &kind,
            "service hairpin connections",
            elements,
        )];
        let cluster_ips = self.ports.iter().map(|it| it.port.cluster_ip).collect();
        blocks.push(set("cluster-ips", address, "Active ClusterIPs", addresses(cluster_ips)));
        if let Some(ips) = &self.fixed.node_port_ips {
            let elements = addresses(ips.clone());
            blocks.push(set(
                "nodeport-ips",
                address,
                "IPs that accept NodePort traffic",
                elements,
            ));
        }
        for map in VerdictMap::ALL {
            let address = if map.is_of_node_ports() {
                String::new()
            } else {
                format!("{address} . ")
            };
            let comment = map.comment();
            blocks.push(Block {
                kind: "map",
                name: map.name().into(),
                declaration: format!(
                    "\t\ttype {address}inet_proto . inet_service : verdict\n\t\tcomment \"{comment}\"\n"
                ),
                content: self.elements(map),
            });
        }
        for rules in self.ports {
            let Some(seconds) = rules.port.affinity else { continue };
            for idx in &rules.categories.reachable {
                let name = rules
                    .chain_name(Chain::Endpoint(*idx))
                    .replacen("endpoint-", "affinity-", 1);
                let timeout = time(i64::from(seconds) * 1000);
                let clients = self.affinity.clients(&rules.port, *idx, self.now);
                blocks.push(Block {
                    kind: "set",
                    name: name.into(),
                    declaration: format!(
                        "\t\ttype {address}\n\t\tsize {SIZE}\n\t\tflags dynamic,timeout\n\t\ttimeout {timeout}\n"
                    ),
                    content: remembered(&clients),
                });
            }
        }
        blocks
    }

    fn elements(&self, map: VerdictMap) -> String {
        // Of several Services that claim a key, that of the one written last.
        let mut found: Vec<(Vec<u8>, u64, String)> = Vec::new();
        for rules in self.ports {
            for element in rules.elements.iter().filter(|it| it.map == map) {
                let ips: Vec<IpAddr> = element.ip.into_iter().collect();
                let key = key(&ips, rules.port.protocol, element.port);
                found.push((key, rules.port.id, rules.element_text(element, self.release)));
            }
        }
        found.small_sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let mut last: Vec<(Vec<u8>, String)> = Vec::new();
        for (key, _, text) in found {
            match last.last_mut() {
                Some(same) if same.0 == key => same.1 = text,
                _ => last.push((key, text)),
            }
        }
        sorted(last)
    }

    fn chains(&self) -> Vec<Block> {
        let family = self.fixed.family;
        let lines = |rules: &[Rule], name: &dyn Fn(Chain) -> Arc<str>| {
            let mut text = String::new();
            for rule in rules {
                push(&mut text, format_args!("\t\t{}\n", rule.text(family, name)));
            }
            text
        };
        let fixed_name = |chain: Chain| self.fixed.name(chain);
        let mut blocks = Vec::new();
        for (chain, name, rules) in &self.fixed.chains {
            let declaration = match chain {
                Chain::Reject => {
                    "\t\tcomment \"helper for @no-endpoint-services / @no-endpoint-nodeports\"\n".to_owned()
                }
                _ => chain
                    .attached()
                    .map(|hook| format!("\t\ttype {hook}; policy accept;\n"))
                    .unwrap_or_default(),
            };
            blocks.push(Block {
                kind: "chain",
                name: Arc::clone(name),
                declaration,
                content: lines(rules, &fixed_name),
            });
        }
        for port in self.ports {
            let name = |chain: Chain| match chain.fixed_name() {
                "" => port.chain_name(chain),
                _ => fixed_name(chain),
            };
            for (chain, rules) in &port.chains {
                blocks.push(Block {
                    kind: "chain",
                    name: port.chain_name(*chain),
                    declaration: String::new(),
                    content: lines(rules, &name),
                });
            }
        }
        blocks
    }
}

impl Block {
    fn print(&self, out: &mut String, whole: bool) {
        let content = if whole { &*self.content } else { "" };
        push(
            out,
            format_args!("\t{} {} {{\n{}{content}\t}}\n", self.kind, self.name, self.declaration),
        );
    }
}

impl PortRules {
    /// An element as printed: `10.96.5.5 . tcp . 80 : goto service-…`.
    pub(super) fn element_text(&self, element: &Element, release: Release) -> String {
        let mut text = String::new();
        if let Some(ip) = element.ip {
            push(&mut text, format_args!("{ip} . "));
        }
        push(
            &mut text,
            format_args!("{} . {}", self.port.protocol.lower(), element.port),
        );
        if let Some(comment) = self.comment(element.map, release) {
            push(&mut text, format_args!(" comment \"{comment}\""));
        }
        let verdict = super::rule::verdict_text(element.verdict, &|chain| self.chain_name(chain));
        push(&mut text, format_args!(" : {verdict}"));
        text
    }
}

/// By what `nft` sorts concatenated keys: their bytes, read backwards as one number.
fn key(ips: &[IpAddr], protocol: Protocol, port: u16) -> Vec<u8> {
    let protocol = match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Sctp => 132,
        Protocol::Icmp => 1,
    };
    let mut bytes = Vec::new();
    for ip in ips {
        match ip {
            IpAddr::V4(ip) => bytes.extend(ip.octets()),
            IpAddr::V6(ip) => bytes.extend(ip.octets()),
        }
    }
    bytes.push(protocol);
    bytes.extend(port.to_be_bytes());
    bytes.reverse();
    bytes
}

/// Elements one below the other.
fn sorted(mut elements: Vec<(Vec<u8>, String)>) -> String {
    elements.small_sort();
    elements.dedup();
    let texts: Vec<String> = elements.into_iter().map(|(_, text)| text).collect();
    braces(&texts.join(NEWLINE))
}

/// Addresses, ascending; of IPv4 two a line.
fn addresses(mut ips: Vec<IpAddr>) -> String {
    ips.small_sort_by_key(|ip| number(*ip));
    ips.dedup();
    let texts: Vec<(IpAddr, String)> = ips.into_iter().map(|ip| (ip, ip.to_string())).collect();
    in_lines(&texts)
}

/// Clients of an endpoint.
fn remembered(clients: &[(IpAddr, Duration)]) -> String {
    let texts: Vec<(IpAddr, String)> = clients
        .iter()
        .map(|(ip, left)| (*ip, format!("{ip} expires {}", time(left.0))))
        .collect();
    in_lines(&texts)
}

fn in_lines(elements: &[(IpAddr, String)]) -> String {
    let mut out = String::new();
    for (nth, (ip, text)) in elements.iter().enumerate() {
        match nth {
            0 => {}
            _ if ip.is_ipv4() && nth % 2 == 1 => out.push_str(", "),
            _ => out.push_str(NEWLINE),
        }
        out.push_str(text);
    }
    braces(&out)
}

fn braces(elements: &str) -> String {
    match elements {
        "" => String::new(),
        _ => format!("\t\telements = {{ {elements} }}\n"),
    }
}

/// A time as `nft` writes it: `3h`, `1m30s`, `2h59m57s500ms`.
fn time(millis: i64) -> String {
    let mut text = String::new();
    let units = [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1000),
        ("ms", 1),
    ];
    let mut left = millis;
    for (unit, size) in units {
        if left >= size {
            push(&mut text, format_args!("{}{unit}", left / size));
            left %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

fn push(out: &mut String, args: std::fmt::Arguments<'_>) {
    out.write_fmt(args).expect("writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concatenated_keys_are_sorted_as_nft_sorts_them() {
        let mut keys = [
            ("tcp . 443", Protocol::Tcp, 443),
            ("sctp . 80", Protocol::Sctp, 80),
            ("udp . 80", Protocol::Udp, 80),
            ("tcp . 80", Protocol::Tcp, 80),
            ("tcp . 5432", Protocol::Tcp, 5432),
            ("tcp . 6443", Protocol::Tcp, 6443),
            ("udp . 514", Protocol::Udp, 514),
        ]
        .map(|(text, protocol, port)| (key(&[], protocol, port), text));
        keys.sort();
        let order = [
            "udp . 514",
            "tcp . 6443",
            "tcp . 5432",
            "tcp . 80",
            "udp . 80",
            "sctp . 80",
            "tcp . 443",
        ];
        assert_eq!(keys.map(|(_, text)| text), order);
        let at = |ip: &str| key(&[ip.parse().expect("an address")], Protocol::Tcp, 80);
        assert!(at("10.100.7.1") < at("10.96.0.2"));
    }

    #[test]
    fn times_are_written_as_nft_writes_them() {
        for (seconds, text) in [(10_800, "3h"), (90, "1m30s"), (600, "10m"), (86_400, "1d")] {
            assert_eq!(time(seconds * 1000), text);
        }
        assert_eq!(time(10_797_500), "2h59m57s500ms");
    }
}
