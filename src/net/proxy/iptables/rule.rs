//! One rule of iptables as typed data, and the line that `iptables-save` prints for it.
//!
//! Only the matches and targets that kube-proxy and the network plugin use. A rule knows nothing of the chain it
//! stands in; [`Rule::text`] is given both names.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::api::IpFamily;
use crate::net::packet::Protocol;
use crate::net::proxy::packet_view::{CtState, Hook};
use crate::net::proxy::settings::loopback;
use crate::net::trace::RuleEffect;

/// A chain. Those of one Service port ([`Chain::Svc`] … [`Chain::Sep`]) are meant relative to that port;
/// [`super::chains::PortChains::chain_name`] gives the hashed name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Chain {
    /// A chain of the kernel's own, named after the hook at which it is entered.
    BuiltIn(Hook),
    /// `KUBE-SERVICES`.
    Services,
    /// `KUBE-NODEPORTS`.
    NodePorts,
    /// `KUBE-EXTERNAL-SERVICES`.
    ExternalServices,
    /// `KUBE-FORWARD`.
    KubeForward,
    /// `KUBE-PROXY-FIREWALL`.
    ProxyFirewall,
    /// `KUBE-FIREWALL`.
    KubeFirewall,
    /// `KUBE-MARK-MASQ`.
    MarkMasq,
    /// `KUBE-POSTROUTING`.
    KubePostrouting,
    /// `KUBE-PROXY-CANARY`: empty; kube-proxy notices a flush by its absence.
    Canary,
    /// `CNI-MASQ`: the network's own, not kube-proxy's.
    CniMasq,
    /// `KUBE-NODE-PORT`, of IPVS mode as those that follow.
    NodePort,
    /// `KUBE-LOAD-BALANCER`
    LoadBalancer,
    /// `KUBE-IPVS-FILTER`
    IpvsFilter,
    /// `KUBE-IPVS-OUT-FILTER`
    IpvsOutFilter,
    /// `KUBE-SOURCE-RANGES-FIREWALL`
    SourceRangesFirewall,
    /// `KUBE-SVC-…`: chooses among the endpoints of policy Cluster.
    Svc,
    /// `KUBE-SVL-…`: chooses among the endpoints of policy Local.
    Svl,
    /// `KUBE-EXT-…`: traffic to external addresses.
    Ext,
    /// `KUBE-FW-…`: source ranges of a load balancer.
    Fw,
    /// `KUBE-SEP-…`: one endpoint, by its index in the port's reachable endpoints.
    Sep(u16),
}

impl Chain {
    /// The name, for chains that are not of one Service port.
    #[must_use]
    pub const fn fixed_name(self) -> &'static str {
        match self {
            Self::BuiltIn(Hook::Prerouting) => "PREROUTING",
            Self::BuiltIn(Hook::Input) => "INPUT",
            Self::BuiltIn(Hook::Forward) => "FORWARD",
            Self::BuiltIn(Hook::Output) => "OUTPUT",
            Self::BuiltIn(Hook::Postrouting) => "POSTROUTING",
            Self::Services => "KUBE-SERVICES",
            Self::NodePorts => "KUBE-NODEPORTS",
            Self::ExternalServices => "KUBE-EXTERNAL-SERVICES",
            Self::KubeForward => "KUBE-FORWARD",
            Self::ProxyFirewall => "KUBE-PROXY-FIREWALL",
            Self::KubeFirewall => "KUBE-FIREWALL",
            Self::MarkMasq => "KUBE-MARK-MASQ",
            Self::KubePostrouting => "KUBE-POSTROUTING",
            Self::Canary => "KUBE-PROXY-CANARY",
            Self::CniMasq => "CNI-MASQ",
            Self::NodePort => "KUBE-NODE-PORT",
            Self::LoadBalancer => "KUBE-LOAD-BALANCER",
            Self::IpvsFilter => "KUBE-IPVS-FILTER",
            Self::IpvsOutFilter => "KUBE-IPVS-OUT-FILTER",
            Self::SourceRangesFirewall => "KUBE-SOURCE-RANGES-FIREWALL",
            Self::Svc | Self::Svl | Self::Ext | Self::Fw | Self::Sep(_) => "",
        }
    }
}

/// A table of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Address translation.
    Nat,
    /// Accept, reject, drop.
    Filter,
}

impl Table {
    /// `nat` or `filter`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nat => "nat",
            Self::Filter => "filter",
        }
    }

    /// Reads `nat` or `filter`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Nat, Self::Filter].into_iter().find(|it| it.name() == text)
    }
}

/// One condition. All of a rule's must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Match {
    /// `-s`
    Source {
        /// The range.
        net: IpNet,
        /// `!`
        not: bool,
    },
    /// `-d`
    Destination {
        /// The range.
        net: IpNet,
        /// `!`
        not: bool,
    },
    /// `-i`: from an interface of this name (a trailing `+`: any that starts so).
    InInterface {
        /// The name.
        name: Arc<str>,
        /// `!`
        not: bool,
    },
    /// `-p` and `-m tcp|udp|sctp [--dport]`
    Transport {
        /// Protocol.
        protocol: Protocol,
        /// Destination port, if it matters.
        port: Option<u16>,
    },
    /// `-m comment`: always holds.
    Comment(Arc<str>),
    /// `-m addrtype --dst-type LOCAL`
    DstLocal {
        /// `!`
        not: bool,
    },
    /// `-m addrtype --src-type LOCAL`
    SrcLocal,
    /// `-m mark --mark value/value`
    Mark {
        /// Value and mask.
        value: u32,
        /// `!`
        not: bool,
    },
    /// `-m conntrack --ctstate`
    State {
        /// Any of these, as printed.
        states: &'static [CtState],
        /// `DNAT` among them: the connection has been translated.
        or_dnat: bool,
        /// `!`
        not: bool,
    },
    /// `-m statistic --mode random --probability`: so many of 2³¹.
    Chance(u32),
    /// `-m recent --rcheck --seconds --reap`: this source used this endpoint lately.
    RecentCheck {
        /// Index of the endpoint whose list it is.
        endpoint: u16,
        /// How lately.
        seconds: u32,
    },
    /// `-m recent --set`: notes that this source uses this endpoint now; always holds.
    RecentSet {
        /// Index of the endpoint whose list it is.
        endpoint: u16,
    },
    /// `-m nfacct`: counts; always holds.
    Count(&'static str),
    /// `-p`, without more.
    Protocol(Protocol),
    /// `-m addrtype ! --src-type LOCAL`
    SrcNotLocal,
    /// `-m physdev ! --physdev-is-in`
    NotFromBridge,
    /// `-m set --match-set`
    Set {
        /// Its name.
        name: Arc<str>,
        /// Its place among the sets of the mode that has them.
        index: usize,
        /// What of the packet is looked up (`dst,dst`).
        by: &'static str,
    },
    /// `-m ipvs --vproto --vaddr --vport`: on its way from this virtual server to a real one.
    VirtualServer {
        /// The virtual address.
        ip: IpAddr,
        /// The protocol.
        protocol: Protocol,
        /// The port.
        port: u16,
    },
}

impl Match {
    /// `-d 127.0.0.0/8` or `-d ::1/128`.
    #[must_use]
    pub fn to_loopback(family: IpFamily) -> Self {
        Self::Destination {
            net: loopback(family),
            not: false,
        }
    }
}

/// What a matching rule does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Nothing (the comment at the end of `KUBE-FW-` chains).
    None,
    /// Goes on in another chain and comes back if that decides nothing.
    Jump(Chain),
    /// Leaves this chain.
    Return,
    /// Lets the packet pass.
    Accept,
    /// Drops it without a word.
    Drop,
    /// Answers ICMP port unreachable.
    Reject,
    /// Sets bits of the mark.
    MarkOr(u32),
    /// Flips bits of the mark.
    MarkXor(u32),
    /// Rewrites the destination.
    Dnat(SocketAddr),
    /// Rewrites the source to the outgoing interface's address.
    Masquerade {
        /// Whether the source port is always chosen anew.
        random_fully: bool,
    },
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Conditions in the order they were written.
    pub matches: Vec<Match>,
    /// What it does.
    pub target: Target,
    text: OnceLock<Arc<str>>,
}

impl Rule {
    /// A rule.
    #[must_use]
    pub fn new(matches: Vec<Match>, target: Target) -> Self {
        Self {
            matches,
            target,
            text: OnceLock::new(),
        }
    }

    /// The line of `iptables-save` (`ip6tables-save` for IPv6), made when first asked for. `name` gives the
    /// name of a chain; `chain` is the one this rule stands in.
    pub fn text(&self, chain: Chain, family: IpFamily, name: &dyn Fn(Chain) -> Arc<str>) -> Arc<str> {
        Arc::clone(self.text.get_or_init(|| self.render(chain, family, name).into()))
    }

    /// The probability of a rule that matches by chance, 1 for others.
    #[must_use]
    pub fn chance(&self) -> f64 {
        self.matches
            .iter()
            .find_map(|it| match it {
                Match::Chance(of) => Some(fraction_of_2_31(*of)),
                _ => None,
            })
            .unwrap_or(1.0)
    }

    /// What it does to a packet.
    #[must_use]
    pub fn effect(&self) -> RuleEffect {
        match self.target {
            Target::Dnat(_) => RuleEffect::Translates,
            Target::Jump(Chain::MarkMasq) => RuleEffect::Marks,
            Target::Masquerade { .. } => RuleEffect::Masquerades,
            Target::Drop | Target::Reject => RuleEffect::Refuses,
            _ => RuleEffect::None,
        }
    }

    fn render(&self, chain: Chain, family: IpFamily, name: &dyn Fn(Chain) -> Arc<str>) -> String {
        let mut line = format!("-A {}", name(chain));
        // Addresses, interface and protocol come first, whatever order they were given in; matches follow in theirs.
        for rank in 0..4 {
            for it in &self.matches {
                match it {
                    Match::Source { net, not } if rank == 0 => flag(&mut line, *not, "-s", &net.to_string()),
                    Match::Destination { net, not } if rank == 1 => flag(&mut line, *not, "-d", &net.to_string()),
                    Match::InInterface { name, not } if rank == 2 => flag(&mut line, *not, "-i", name),
                    Match::Transport { protocol, .. } | Match::Protocol(protocol) if rank == 3 => {
                        flag(&mut line, false, "-p", protocol.lower())
                    }
                    _ => {}
                }
            }
        }
        for it in &self.matches {
            render_match(&mut line, it, family, name);
        }
        match self.target {
            Target::None => {}
            Target::Jump(to) => flag(&mut line, false, "-j", &name(to)),
            Target::Return => line.push_str(" -j RETURN"),
            Target::Accept => line.push_str(" -j ACCEPT"),
            Target::Drop => line.push_str(" -j DROP"),
            Target::Reject => line.push_str(match family {
                IpFamily::V4 => " -j REJECT --reject-with icmp-port-unreachable",
                IpFamily::V6 => " -j REJECT --reject-with icmp6-port-unreachable",
            }),
            Target::MarkOr(mark) => push(&mut line, format_args!(" -j MARK --set-xmark {mark:#x}/{mark:#x}")),
            Target::MarkXor(mark) => push(&mut line, format_args!(" -j MARK --set-xmark {mark:#x}/0x0")),
            Target::Dnat(to) => push(&mut line, format_args!(" -j DNAT --to-destination {to}")),
            Target::Masquerade { random_fully } => line.push_str(if random_fully {
                " -j MASQUERADE --random-fully"
            } else {
                " -j MASQUERADE"
            }),
        }
        line
    }
}

/// `probability` as the kernel keeps it: of 2³¹ (`iptables extensions/libxt_statistic.c`).
#[must_use]
pub fn of_2_31(probability: f64) -> u32 {
    (probability * 2_147_483_648.0).round() as u32
}

/// The inverse of [`of_2_31`].
#[must_use]
pub fn fraction_of_2_31(of: u32) -> f64 {
    f64::from(of) / 2_147_483_648.0
}

fn push(line: &mut String, args: std::fmt::Arguments<'_>) {
    line.write_fmt(args).expect("writing to a string cannot fail");
}

fn flag(line: &mut String, not: bool, flag: &str, value: &str) {
    if not {
        line.push_str(" !");
    }
    line.push(' ');
    line.push_str(flag);
    line.push(' ');
    line.push_str(value);
}

fn render_match(line: &mut String, it: &Match, family: IpFamily, name: &dyn Fn(Chain) -> Arc<str>) {
    let mask = match family {
        IpFamily::V4 => "255.255.255.255",
        IpFamily::V6 => "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    };
    let bang = |not: bool| if not { " !" } else { "" };
    match it {
        Match::Source { .. } | Match::Destination { .. } | Match::InInterface { .. } | Match::Protocol(_) => {}
        Match::SrcNotLocal => line.push_str(" -m addrtype ! --src-type LOCAL"),
        Match::NotFromBridge => line.push_str(" -m physdev ! --physdev-is-in"),
        Match::Set { name, by, .. } => push(line, format_args!(" -m set --match-set {name} {by}")),
        Match::VirtualServer { ip, protocol, port } => {
            let number = match protocol {
                Protocol::Tcp => 6,
                Protocol::Udp => 17,
                Protocol::Sctp => 132,
                Protocol::Icmp => 1,
            };
            push(
                line,
                format_args!(" -m ipvs --vproto {number} --vaddr {ip} --vport {port}"),
            );
        }
        Match::Transport { protocol, port } => {
            push(line, format_args!(" -m {}", protocol.lower()));
            if let Some(port) = port {
                push(line, format_args!(" --dport {port}"));
            }
        }
        Match::Comment(text) => push(line, format_args!(" -m comment --comment \"{text}\"")),
        Match::DstLocal { not } => push(line, format_args!(" -m addrtype{} --dst-type LOCAL", bang(*not))),
        Match::SrcLocal => line.push_str(" -m addrtype --src-type LOCAL"),
        Match::Mark { value, not } => push(
            line,
            format_args!(" -m mark{} --mark {value:#x}/{value:#x}", bang(*not)),
        ),
        Match::State { states, or_dnat, not } => {
            push(line, format_args!(" -m conntrack{} --ctstate ", bang(*not)));
            let names = states.iter().map(|state| match state {
                CtState::New => "NEW",
                CtState::Established => "ESTABLISHED",
                CtState::Related => "RELATED",
                CtState::Invalid => "INVALID",
            });
            let names: Vec<_> = names.chain(or_dnat.then_some("DNAT")).collect();
            line.push_str(&names.join(","));
        }
        Match::Chance(of) => push(
            line,
            format_args!(
                " -m statistic --mode random --probability {:.11}",
                fraction_of_2_31(*of)
            ),
        ),
        Match::RecentCheck { endpoint, seconds } => push(
            line,
            format_args!(
                " -m recent --rcheck --seconds {seconds} --reap --name {} --mask {mask} --rsource",
                name(Chain::Sep(*endpoint))
            ),
        ),
        Match::RecentSet { endpoint } => push(
            line,
            format_args!(
                " -m recent --set --name {} --mask {mask} --rsource",
                name(Chain::Sep(*endpoint))
            ),
        ),
        // Two spaces: `libxt_nfacct` prints one before the name itself.
        Match::Count(counter) => push(line, format_args!(" -m nfacct --nfacct-name  {counter}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_round_as_the_kernel_rounds_them() {
        let shown = |n: u32| {
            let written: f64 = format!("{:.10}", 1.0 / f64::from(n)).parse().expect("a number");
            format!("{:.11}", fraction_of_2_31(of_2_31(written)))
        };
        assert_eq!(shown(3), "0.33333333349");
        assert_eq!(shown(2), "0.50000000000");
    }
}
