//! One rule of table `kube-proxy` as typed data, and the line that `nft list` prints for it.
//!
//! A rule is a row of expressions: each compares, looks something up, or does something, and one that does not
//! hold ends the rule. Only those that kube-proxy writes are known.

use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use super::address_set::AddressSet;
use crate::api::IpFamily;
use crate::net::packet::Protocol;

/// A chain of table `kube-proxy`. Those of one Service port ([`Chain::Service`] … [`Chain::Endpoint`]) are meant
/// relative to that port; [`super::port::PortRules::chain_name`] gives the hashed name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Chain {
    /// `filter-prerouting-pre-dnat`: before destinations are translated.
    PreroutingPreDnat,
    /// `filter-output-pre-dnat`
    OutputPreDnat,
    /// `filter-input`
    Input,
    /// `filter-forward`
    Forward,
    /// `filter-output`
    Output,
    /// `nat-prerouting`
    NatPrerouting,
    /// `nat-output`
    NatOutput,
    /// `nat-postrouting`
    NatPostrouting,
    /// `nodeport-endpoints-check`
    NodePortEndpointsCheck,
    /// `service-endpoints-check`
    ServiceEndpointsCheck,
    /// `firewall-check`: source ranges of load balancers.
    FirewallCheck,
    /// `services`
    Services,
    /// `masquerading`
    Masquerading,
    /// `cluster-ips-check`: what is still addressed to a ClusterIP after translation.
    ClusterIpsCheck,
    /// `reject-chain`
    Reject,
    /// `service-…`: chooses among the endpoints of policy Cluster.
    Service,
    /// `local-…`: chooses among the endpoints of policy Local.
    Local,
    /// `external-…`: traffic to external addresses.
    External,
    /// `firewall-…`: source ranges of one load balancer.
    Firewall,
    /// `endpoint-…`: one endpoint, by its index in the port's endpoints; only with session affinity.
    Endpoint(u16),
}

impl Chain {
    /// The name, for chains that are not of one Service port; empty for those.
    pub(super) const fn fixed_name(self) -> &'static str {
        match self {
            Self::PreroutingPreDnat => "filter-prerouting-pre-dnat",
            Self::OutputPreDnat => "filter-output-pre-dnat",
            Self::Input => "filter-input",
            Self::Forward => "filter-forward",
            Self::Output => "filter-output",
            Self::NatPrerouting => "nat-prerouting",
            Self::NatOutput => "nat-output",
            Self::NatPostrouting => "nat-postrouting",
            Self::NodePortEndpointsCheck => "nodeport-endpoints-check",
            Self::ServiceEndpointsCheck => "service-endpoints-check",
            Self::FirewallCheck => "firewall-check",
            Self::Services => "services",
            Self::Masquerading => "masquerading",
            Self::ClusterIpsCheck => "cluster-ips-check",
            Self::Reject => "reject-chain",
            Self::Service | Self::Local | Self::External | Self::Firewall | Self::Endpoint(_) => "",
        }
    }

    /// What a base chain is attached to, as printed; `None` for others.
    pub(super) const fn attached(self) -> Option<&'static str> {
        Some(match self {
            Self::PreroutingPreDnat => "filter hook prerouting priority dstnat - 10",
            Self::OutputPreDnat => "filter hook output priority dstnat - 10",
            Self::Input => "filter hook input priority filter",
            Self::Forward => "filter hook forward priority filter",
            Self::Output => "filter hook output priority filter",
            Self::NatPrerouting => "nat hook prerouting priority dstnat",
            Self::NatOutput => "nat hook output priority dstnat",
            Self::NatPostrouting => "nat hook postrouting priority srcnat",
            _ => return None,
        })
    }
}

/// A verdict map, from an address or a node port to what becomes of packets to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VerdictMap {
    /// `no-endpoint-services`
    NoEndpointServices,
    /// `no-endpoint-nodeports`
    NoEndpointNodePorts,
    /// `firewall-ips`
    FirewallIps,
    /// `service-ips`
    ServiceIps,
    /// `service-nodeports`
    ServiceNodePorts,
}

impl VerdictMap {
    /// All, in the order in which they are made.
    pub(super) const ALL: [Self; 5] = [
        Self::NoEndpointServices,
        Self::NoEndpointNodePorts,
        Self::FirewallIps,
        Self::ServiceIps,
        Self::ServiceNodePorts,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NoEndpointServices => "no-endpoint-services",
            Self::NoEndpointNodePorts => "no-endpoint-nodeports",
            Self::FirewallIps => "firewall-ips",
            Self::ServiceIps => "service-ips",
            Self::ServiceNodePorts => "service-nodeports",
        }
    }

    pub(super) const fn comment(self) -> &'static str {
        match self {
            Self::NoEndpointServices => "vmap to drop or reject packets to services with no endpoints",
            Self::NoEndpointNodePorts => "vmap to drop or reject packets to service nodeports with no endpoints",
            Self::FirewallIps => "destinations that are subject to LoadBalancerSourceRanges",
            Self::ServiceIps => "ClusterIP, ExternalIP and LoadBalancer IP traffic",
            Self::ServiceNodePorts => "NodePort traffic",
        }
    }

    /// Whether its keys are node ports, without an address.
    pub(super) const fn is_of_node_ports(self) -> bool {
        matches!(self, Self::NoEndpointNodePorts | Self::ServiceNodePorts)
    }
}

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Goes on in another chain and comes back if that decides nothing.
    Jump(Chain),
    /// Goes on in another chain for good.
    Goto(Chain),
    /// Dies in silence.
    Drop,
}

/// One expression of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expr {
    /// `ip saddr [!=] …`
    Source { set: AddressSet, not: bool },
    /// `ip daddr [!=] …`
    Destination { set: AddressSet, not: bool },
    /// `iifname [!=] "…"`; a trailing `*`: any whose name starts so.
    InInterface { name: Arc<str>, not: bool },
    /// `fib saddr type local`
    SourceIsLocal,
    /// `fib daddr type local`
    DestinationIsLocal,
    /// `ip daddr @cluster-ips`
    ToClusterIp,
    /// `ip daddr @nodeport-ips`
    ToNodePortIp,
    /// `ct state new`
    New,
    /// `ct status dnat`
    Translated,
    /// `ip saddr . ip daddr . meta l4proto . th dport @hairpin-connections`
    Hairpin,
    /// `meta mark & … != 0x00000000`
    Marked(u32),
    /// `meta mark set meta mark | …`
    SetMark(u32),
    /// `meta mark set meta mark ^ …`
    FlipMark(u32),
    /// `meta l4proto tcp`
    Transport(Protocol),
    /// `… vmap @…`
    Lookup(VerdictMap),
    /// `ip saddr @affinity-…`: this source used this endpoint lately.
    Sticky(u16),
    /// `update @affinity-… { ip saddr }`: notes that this source uses this endpoint now.
    Remember(u16),
    /// `dnat ip to numgen random mod N map { … }`
    TranslateToOneOf(Vec<(u16, SocketAddr)>),
    /// `dnat to …`
    TranslateTo(u16, SocketAddr),
    /// `numgen random mod N vmap { … }`
    GotoOneOf(Vec<u16>),
    /// `masquerade fully-random`
    Masquerade,
    /// `reject`: ICMP port unreachable.
    Reject,
    /// A verdict.
    Verdict(Verdict),
}

/// One rule.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// What it consists of, in order.
    pub(super) exprs: Vec<Expr>,
    /// What kube-proxy says of it; empty for nothing.
    comment: &'static str,
    text: OnceLock<Arc<str>>,
}

impl Rule {
    pub(super) fn new(exprs: Vec<Expr>) -> Self {
        Self {
            exprs,
            comment: "",
            text: OnceLock::new(),
        }
    }

    pub(super) fn said(mut self, comment: &'static str) -> Self {
        self.comment = comment;
        self
    }

    /// The line of `nft list`, made when first asked for. `name` gives the name of a chain.
    pub(super) fn text(&self, family: IpFamily, name: &dyn Fn(Chain) -> Arc<str>) -> Arc<str> {
        let render = || {
            let mut line = String::new();
            for (nth, expr) in self.exprs.iter().enumerate() {
                if nth > 0 {
                    line.push(' ');
                }
                let shown = Shown { expr, family, name };
                write!(line, "{shown}").expect("writing to a string cannot fail");
            }
            if !self.comment.is_empty() {
                write!(line, " comment \"{}\"", self.comment).expect("writing to a string cannot fail");
            }
            line.into()
        };
        Arc::clone(self.text.get_or_init(render))
    }
}

/// How `nft` names a family's addresses: `ip`, `ip6`.
pub(super) const fn keyword(family: IpFamily) -> &'static str {
    match family {
        IpFamily::V4 => "ip",
        IpFamily::V6 => "ip6",
    }
}

struct Shown<'a> {
    expr: &'a Expr,
    family: IpFamily,
    name: &'a dyn Fn(Chain) -> Arc<str>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { expr, family, name } = self;
        let ip = keyword(*family);
        let bang = |not: bool| if not { "!= " } else { "" };
        // `affinity-X` belongs to `endpoint-X`.
        let affinity = |endpoint: u16| name(Chain::Endpoint(endpoint)).replacen("endpoint-", "affinity-", 1);
        match expr {
            Expr::Source { set, not } => write!(f, "{ip} saddr {}{set}", bang(*not)),
            Expr::Destination { set, not } => write!(f, "{ip} daddr {}{set}", bang(*not)),
            Expr::InInterface { name, not } => write!(f, "iifname {}\"{name}\"", bang(*not)),
            Expr::SourceIsLocal => f.write_str("fib saddr type local"),
            Expr::DestinationIsLocal => f.write_str("fib daddr type local"),
            Expr::ToClusterIp => write!(f, "{ip} daddr @cluster-ips"),
            Expr::ToNodePortIp => write!(f, "{ip} daddr @nodeport-ips"),
            Expr::New => f.write_str("ct state new"),
            Expr::Translated => f.write_str("ct status dnat"),
            Expr::Hairpin => write!(
                f,
                "{ip} saddr . {ip} daddr . meta l4proto . th dport @hairpin-connections"
            ),
            Expr::Marked(mark) => write!(f, "meta mark & {mark:#010x} != 0x00000000"),
            Expr::SetMark(mark) => write!(f, "meta mark set meta mark | {mark:#010x}"),
            Expr::FlipMark(mark) => write!(f, "meta mark set meta mark ^ {mark:#010x}"),
            Expr::Transport(protocol) => write!(f, "meta l4proto {}", protocol.lower()),
            Expr::Lookup(map) if map.is_of_node_ports() => {
                write!(f, "meta l4proto . th dport vmap @{}", map.name())
            }
            Expr::Lookup(map) => write!(f, "{ip} daddr . meta l4proto . th dport vmap @{}", map.name()),
            Expr::Sticky(endpoint) => write!(f, "{ip} saddr @{}", affinity(*endpoint)),
            Expr::Remember(endpoint) => write!(f, "update @{} {{ {ip} saddr }}", affinity(*endpoint)),
            Expr::TranslateToOneOf(endpoints) => {
                write!(f, "dnat {ip} to numgen random mod {} map {{", endpoints.len())?;
                for (nth, (_, to)) in endpoints.iter().enumerate() {
                    let comma = if nth > 0 { "," } else { "" };
                    write!(f, "{comma} {nth} : {} . {}", to.ip(), to.port())?;
                }
                f.write_str(" }")
            }
            Expr::TranslateTo(_, to) => write!(f, "dnat to {to}"),
            Expr::GotoOneOf(endpoints) => {
                write!(f, "numgen random mod {} vmap {{", endpoints.len())?;
                for (nth, endpoint) in endpoints.iter().enumerate() {
                    let comma = if nth > 0 { "," } else { "" };
                    write!(f, "{comma} {nth} : goto {}", name(Chain::Endpoint(*endpoint)))?;
                }
                f.write_str(" }")
            }
            Expr::Masquerade => f.write_str("masquerade fully-random"),
            Expr::Reject => f.write_str("reject"),
            Expr::Verdict(verdict) => write_verdict(f, *verdict, name),
        }
    }
}

fn write_verdict(f: &mut fmt::Formatter<'_>, verdict: Verdict, name: &dyn Fn(Chain) -> Arc<str>) -> fmt::Result {
    match verdict {
        Verdict::Jump(chain) => write!(f, "jump {}", name(chain)),
        Verdict::Goto(chain) => write!(f, "goto {}", name(chain)),
        Verdict::Drop => f.write_str("drop"),
    }
}

/// `goto service-…`, `drop`.
pub(super) fn verdict_text(verdict: Verdict, name: &dyn Fn(Chain) -> Arc<str>) -> String {
    struct Text<'a>(Verdict, &'a dyn Fn(Chain) -> Arc<str>);
    impl fmt::Display for Text<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_verdict(f, self.0, self.1)
        }
    }
    Text(verdict, name).to_string()
}
