//! What kube-proxy on one node knows beside Services: its settings, its node's addresses, the fixed rules.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::chains::loopback_v4;
use super::rule::{Chain, CtState, Match, Rule, Table, Target};
use super::service::parse_net;
use crate::api::IpFamily;
use crate::api::types::config::KubeProxyConfiguration;
use crate::net::route::NodeInfo;

/// How kube-proxy tells traffic of local pods apart (`detectLocalMode`).
#[derive(Clone, Debug, PartialEq)]
enum Detect {
    /// It cannot.
    Never,
    /// By this range, if of the right family.
    Ranges(Vec<IpNet>),
    /// By the node's own pod network.
    NodeCidr,
    /// By the interface it came from.
    Interface(Arc<str>),
}

/// Which node addresses take node ports.
#[derive(Clone, Debug, PartialEq)]
enum NodePortAddresses {
    All,
    Primary,
    Ranges(Vec<IpNet>),
}

/// kube-proxy's settings, the same on every node.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `iptables.masqueradeAll`
    pub masquerade_all: bool,
    /// `iptables.localhostNodePorts`
    pub localhost_node_ports: bool,
    /// Bit of `iptables.masqueradeBit`.
    pub mark: u32,
    /// Whether endpoint rules carry comments: not beyond 1,000 endpoints (`largeClusterEndpointsThreshold`).
    pub comments: bool,
    /// `mode: nftables`. The decisions are the same but for: node ports only on primary addresses, and wrong
    /// ports of ClusterIPs are refused.
    pub nftables: bool,
    detect: Detect,
    node_port_addresses: NodePortAddresses,
}

impl Default for Settings {
    fn default() -> Self {
        Self::new(&KubeProxyConfiguration::default(), 0)
    }
}

impl Settings {
    /// Reads the configuration; `endpoints` is how many there are in the cluster.
    #[must_use]
    pub fn new(config: &KubeProxyConfiguration, endpoints: usize) -> Self {
        let ranges = |text: &str| -> Vec<IpNet> { text.split(',').filter_map(|part| parse_net(part.trim())).collect() };
        let interface = |key: &str| {
            let name = config.detect_local.as_ref()?.get(key)?.as_str()?;
            (!name.is_empty()).then(|| Arc::from(name))
        };
        let detect = match config.detect_local_mode.as_str() {
            "NodeCIDR" => Detect::NodeCidr,
            "BridgeInterface" => interface("bridgeInterface").map_or(Detect::Never, Detect::Interface),
            "InterfaceNamePrefix" => interface("interfaceNamePrefix")
                .map_or(Detect::Never, |prefix| Detect::Interface(format!("{prefix}+").into())),
            _ => match ranges(&config.cluster_cidr) {
                none if none.is_empty() => Detect::Never,
                some => Detect::Ranges(some),
            },
        };
        let nftables = config.mode == "nftables";
        let given = &config.node_port_addresses;
        let node_port_addresses = if given.is_empty() && nftables || given.iter().any(|it| it == "primary") {
            NodePortAddresses::Primary
        } else if given.is_empty() {
            NodePortAddresses::All
        } else {
            NodePortAddresses::Ranges(given.iter().filter_map(|text| parse_net(text)).collect())
        };
        let bit = config.iptables.masquerade_bit.unwrap_or(14).clamp(0, 31);
        Self {
            masquerade_all: config.iptables.masquerade_all,
            localhost_node_ports: config.iptables.localhost_node_ports.unwrap_or(true) && !nftables,
            mark: 1 << bit,
            comments: endpoints <= 1000,
            nftables,
            detect,
            node_port_addresses,
        }
    }

    /// The condition "from a pod" (or, with `not`, "not from a pod") on this node; `None` where it cannot tell.
    #[must_use]
    pub fn detector(&self, node: &NodeInfo, family: IpFamily, not: bool) -> Option<Match> {
        let of_family = |nets: &[IpNet]| nets.iter().find(|net| IpFamily::of_net(**net) == family).copied();
        match &self.detect {
            Detect::Never => None,
            Detect::Ranges(nets) => of_family(nets).map(|net| Match::Source { net, not }),
            Detect::NodeCidr => of_family(&node.pod_cidrs).map(|net| Match::Source { net, not }),
            Detect::Interface(name) => Some(Match::InInterface {
                name: Arc::clone(name),
                not,
            }),
        }
    }

    /// The last rules of nat `KUBE-SERVICES`: which destinations are looked up among the node ports.
    #[must_use]
    pub fn node_port_jumps(&self, node: &NodeInfo, family: IpFamily) -> Vec<Rule> {
        let said =
            Match::Comment("kubernetes service nodeports; NOTE: this must be the last rule in this chain".into());
        let to = |ip: IpAddr| {
            let destination = Match::Destination {
                net: IpNet::from(ip),
                not: false,
            };
            Rule::new(vec![said.clone(), destination], Target::Jump(Chain::NodePorts))
        };
        let usable = |ip: &IpAddr| !ip.is_loopback() || (self.localhost_node_ports && family == IpFamily::V4);
        let ranges: Vec<IpNet> = match &self.node_port_addresses {
            NodePortAddresses::Primary => return node.primary(family).into_iter().map(to).collect(),
            NodePortAddresses::All => Vec::new(),
            NodePortAddresses::Ranges(nets) => nets
                .iter()
                .filter(|net| IpFamily::of_net(**net) == family)
                .copied()
                .collect(),
        };
        if ranges.is_empty() || ranges.iter().any(|net| net.prefix_len() == 0) {
            let mut matches = vec![said.clone(), Match::DstLocal { not: false }];
            let loopback = match family {
                IpFamily::V4 => (!self.localhost_node_ports).then(loopback_v4),
                IpFamily::V6 => Some(IpNet::from(IpAddr::from(std::net::Ipv6Addr::LOCALHOST))),
            };
            matches.extend(loopback.map(|net| Match::Destination { net, not: true }));
            return vec![Rule::new(matches, Target::Jump(Chain::NodePorts))];
        }
        node.interface_addresses(family)
            .filter(|ip| ranges.iter().any(|net| net.contains(ip)))
            .filter(usable)
            .map(to)
            .collect()
    }

    /// The rules that every node has whatever the Services are, chain by chain, in the kernel's order.
    #[must_use]
    pub fn fixed(&self, family: IpFamily, cni: &[IpNet]) -> Vec<(Table, Chain, Vec<Rule>)> {
        let said = |text: &str| Match::Comment(text.into());
        let jump = |matches: Vec<Match>, to| Rule::new(matches, Target::Jump(to));
        let new = || Match::State {
            states: &[CtState::New],
            or_dnat: false,
            not: false,
        };
        let marked = |not| Match::Mark { value: self.mark, not };
        let portals = "kubernetes service portals";
        let external = "kubernetes externally-visible service portals";
        let firewall = "kubernetes load balancer firewall";
        let mut postrouting = vec![jump(vec![said("kubernetes postrouting rules")], Chain::KubePostrouting)];
        let mut cni_rules = Vec::new();
        if cni.iter().any(|net| IpFamily::of_net(*net) == family) {
            postrouting.push(jump(vec![Match::DstLocal { not: true }], Chain::CniMasq));
            cni_rules.extend(
                cni.iter()
                    .filter(|net| IpFamily::of_net(**net) == family)
                    .map(|net| Rule::new(vec![Match::Destination { net: *net, not: false }], Target::Return)),
            );
            cni_rules.push(Rule::new(Vec::new(), Target::Masquerade { random_fully: false }));
        }
        let mut input = vec![
            jump(vec![new(), said(firewall)], Chain::ProxyFirewall),
            jump(vec![said("kubernetes health check service ports")], Chain::NodePorts),
            jump(vec![new(), said(external)], Chain::ExternalServices),
        ];
        let mut output = vec![
            jump(vec![new(), said(firewall)], Chain::ProxyFirewall),
            jump(vec![new(), said(portals)], Chain::Services),
        ];
        let mut kube_firewall = Vec::new();
        if family == IpFamily::V4 {
            input.push(jump(Vec::new(), Chain::KubeFirewall));
            output.push(jump(Vec::new(), Chain::KubeFirewall));
            kube_firewall.push(Rule::new(
                vec![
                    said("block incoming localnet connections"),
                    Match::Destination {
                        net: loopback_v4(),
                        not: false,
                    },
                    Match::Source {
                        net: loopback_v4(),
                        not: true,
                    },
                    Match::State {
                        states: &[CtState::Related, CtState::Established],
                        or_dnat: true,
                        not: true,
                    },
                ],
                Target::Drop,
            ));
        }
        let invalid = Match::State {
            states: &[CtState::Invalid],
            or_dnat: false,
            not: false,
        };
        let known = Match::State {
            states: &[CtState::Related, CtState::Established],
            or_dnat: false,
            not: false,
        };
        vec![
            (
                Table::Nat,
                Chain::Prerouting,
                vec![jump(vec![said(portals)], Chain::Services)],
            ),
            (
                Table::Nat,
                Chain::Output,
                vec![jump(vec![said(portals)], Chain::Services)],
            ),
            (Table::Nat, Chain::Postrouting, postrouting),
            (Table::Nat, Chain::CniMasq, cni_rules),
            (
                Table::Nat,
                Chain::MarkMasq,
                vec![Rule::new(Vec::new(), Target::MarkOr(self.mark))],
            ),
            (
                Table::Nat,
                Chain::KubePostrouting,
                vec![
                    Rule::new(vec![marked(true)], Target::Return),
                    Rule::new(Vec::new(), Target::MarkXor(self.mark)),
                    Rule::new(
                        vec![said("kubernetes service traffic requiring SNAT")],
                        Target::Masquerade { random_fully: true },
                    ),
                ],
            ),
            (Table::Filter, Chain::Input, input),
            (
                Table::Filter,
                Chain::Forward,
                vec![
                    jump(vec![new(), said(firewall)], Chain::ProxyFirewall),
                    jump(vec![said("kubernetes forwarding rules")], Chain::KubeForward),
                    jump(vec![new(), said(portals)], Chain::Services),
                    jump(vec![new(), said(external)], Chain::ExternalServices),
                ],
            ),
            (Table::Filter, Chain::Output, output),
            (Table::Filter, Chain::KubeFirewall, kube_firewall),
            (
                Table::Filter,
                Chain::KubeForward,
                vec![
                    Rule::new(
                        vec![invalid, Match::Count("ct_state_invalid_dropped_pkts")],
                        Target::Drop,
                    ),
                    Rule::new(vec![said("kubernetes forwarding rules"), marked(false)], Target::Accept),
                    Rule::new(
                        vec![said("kubernetes forwarding conntrack rule"), known],
                        Target::Accept,
                    ),
                ],
            ),
        ]
    }
}
