//! The rules that every node has, whatever the Services are: kube-proxy's fixed ones, and the network plugin's.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::rule::{Chain, Match, Rule, Table, Target};
use crate::api::IpFamily;
use crate::net::proxy::packet_view::{CtState, Hook};
use crate::net::proxy::settings::{NodePortIps, ProxySettings, loopback};
use crate::net::route::NodeInfo;

/// A chain of a table, with its rules.
pub type ChainRules = (Table, Chain, Vec<Rule>);

/// The rules of one node that do not depend on Services, of one IP family.
#[derive(Clone, Debug)]
pub struct NodeRules {
    /// Their family.
    pub family: IpFamily,
    chains: Vec<ChainRules>,
    names: Vec<(Chain, Arc<str>)>,
}

impl NodeRules {
    /// Writes them.
    #[must_use]
    pub fn new(node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet], family: IpFamily) -> Self {
        let mut chains = fixed(settings, family, cni);
        chains.push((Table::Nat, Chain::Services, node_port_jumps(settings, node, family)));
        Self::of(chains, family)
    }

    /// The network plugin's alone.
    #[must_use]
    pub fn of_cni(cni: &[IpNet], family: IpFamily) -> Self {
        let (postrouting, cni_rules) = cni_chains(cni, family);
        let chains = vec![
            (Table::Nat, Chain::BuiltIn(Hook::Postrouting), postrouting),
            (Table::Nat, Chain::CniMasq, cni_rules),
        ];
        Self::of(chains, family)
    }

    /// Chains that are given.
    #[must_use]
    pub fn of(chains: Vec<ChainRules>, family: IpFamily) -> Self {
        let mut names: Vec<(Chain, Arc<str>)> = Vec::new();
        let shared = [
            Chain::Services,
            Chain::NodePorts,
            Chain::ExternalServices,
            Chain::ProxyFirewall,
        ];
        for chain in chains.iter().map(|(_, chain, _)| *chain).chain(shared) {
            if !names.iter().any(|(it, _)| *it == chain) {
                names.push((chain, chain.fixed_name().into()));
            }
        }
        Self { family, chains, names }
    }

    /// The rules of a chain.
    #[must_use]
    pub fn rules(&self, table: Table, chain: Chain) -> &[Rule] {
        self.chains
            .iter()
            .find(|(in_table, it, _)| *in_table == table && *it == chain)
            .map_or(&[], |(_, _, rules)| rules)
    }

    /// All rules, of every chain.
    pub fn all(&self) -> impl Iterator<Item = &Rule> + '_ {
        self.chains.iter().flat_map(|(_, _, rules)| rules)
    }

    /// The name of a chain that is not of one Service port.
    #[must_use]
    pub fn name(&self, chain: Chain) -> Arc<str> {
        self.names
            .iter()
            .find(|(it, _)| *it == chain)
            .map_or_else(|| chain.fixed_name().into(), |(_, name)| Arc::clone(name))
    }
}

/// The last rules of nat `KUBE-SERVICES`: which destinations are looked up among the node ports.
fn node_port_jumps(settings: &ProxySettings, node: &NodeInfo, family: IpFamily) -> Vec<Rule> {
    let said = Match::Comment("kubernetes service nodeports; NOTE: this must be the last rule in this chain".into());
    let jump = |matches: Vec<Match>| Rule::new(matches, Target::Jump(Chain::NodePorts));
    match settings.node_port_ips(node, family) {
        NodePortIps::AllBut(excluded) => {
            let excluded = excluded.map(|net| Match::Destination { net, not: true });
            let local = [said, Match::DstLocal { not: false }];
            vec![jump(local.into_iter().chain(excluded).collect())]
        }
        NodePortIps::These(ips) => ips
            .into_iter()
            .map(|ip: IpAddr| {
                let destination = Match::Destination {
                    net: IpNet::from(ip),
                    not: false,
                };
                jump(vec![said.clone(), destination])
            })
            .collect(),
    }
}

/// The network plugin's jump from `POSTROUTING`, and its chain; both empty where it masquerades nothing.
#[must_use]
pub fn cni_chains(cni: &[IpNet], family: IpFamily) -> (Vec<Rule>, Vec<Rule>) {
    let mut rules: Vec<Rule> = cni
        .iter()
        .filter(|net| IpFamily::of_net(**net) == family)
        .map(|net| Rule::new(vec![Match::Destination { net: *net, not: false }], Target::Return))
        .collect();
    if rules.is_empty() {
        return (Vec::new(), rules);
    }
    rules.push(Rule::new(Vec::new(), Target::Masquerade { random_fully: false }));
    let jump = Rule::new(vec![Match::DstLocal { not: true }], Target::Jump(Chain::CniMasq));
    (vec![jump], rules)
}

/// The rules that every node has whatever the Services are, chain by chain, in the kernel's order.
fn fixed(settings: &ProxySettings, family: IpFamily, cni: &[IpNet]) -> Vec<ChainRules> {
    let said = |text: &str| Match::Comment(text.into());
    let jump = |matches: Vec<Match>, to| Rule::new(matches, Target::Jump(to));
    let new = || Match::State {
        states: &[CtState::New],
        or_dnat: false,
        not: false,
    };
    let marked = |not| Match::Mark {
        value: settings.mark,
        not,
    };
    let portals = "kubernetes service portals";
    let external = "kubernetes externally-visible service portals";
    let firewall = "kubernetes load balancer firewall";
    let mut postrouting = vec![jump(vec![said("kubernetes postrouting rules")], Chain::KubePostrouting)];
    let (cni_jump, cni_rules) = cni_chains(cni, family);
    postrouting.extend(cni_jump);
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
                Match::to_loopback(family),
                Match::Source {
                    net: loopback(family),
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
            Chain::BuiltIn(Hook::Prerouting),
            vec![jump(vec![said(portals)], Chain::Services)],
        ),
        (
            Table::Nat,
            Chain::BuiltIn(Hook::Output),
            vec![jump(vec![said(portals)], Chain::Services)],
        ),
        (Table::Nat, Chain::BuiltIn(Hook::Postrouting), postrouting),
        (Table::Nat, Chain::CniMasq, cni_rules),
        (
            Table::Nat,
            Chain::MarkMasq,
            vec![Rule::new(Vec::new(), Target::MarkOr(settings.mark))],
        ),
        (
            Table::Nat,
            Chain::KubePostrouting,
            vec![
                Rule::new(vec![marked(true)], Target::Return),
                Rule::new(Vec::new(), Target::MarkXor(settings.mark)),
                Rule::new(
                    vec![said("kubernetes service traffic requiring SNAT")],
                    Target::Masquerade { random_fully: true },
                ),
            ],
        ),
        (Table::Filter, Chain::BuiltIn(Hook::Input), input),
        (
            Table::Filter,
            Chain::BuiltIn(Hook::Forward),
            vec![
                jump(vec![new(), said(firewall)], Chain::ProxyFirewall),
                jump(vec![said("kubernetes forwarding rules")], Chain::KubeForward),
                jump(vec![new(), said(portals)], Chain::Services),
                jump(vec![new(), said(external)], Chain::ExternalServices),
            ],
        ),
        (Table::Filter, Chain::BuiltIn(Hook::Output), output),
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
