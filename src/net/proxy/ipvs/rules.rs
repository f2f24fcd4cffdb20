//! The rules of iptables that IPVS mode writes beside its virtual servers (`writeIptablesRules`).

use std::net::IpAddr;

use ipnet::IpNet;

use super::set::Set;
use crate::api::IpFamily;
use crate::net::packet::Protocol;
use crate::net::proxy::iptables::node_rules::{ChainRules, NodeRules, cni_chains};
use crate::net::proxy::iptables::rule::{Chain, Match, Rule, Table, Target};
use crate::net::proxy::packet_view::{CtState, Hook};
use crate::net::proxy::settings::{LocalDetector, ProxySettings, loopback};
use crate::net::route::NodeInfo;

/// A load balancer's address and port that the node itself may not use.
pub(super) type Forbidden = (IpAddr, Protocol, u16);

/// The tables of one node and family. `has` tells which sets have members.
pub(super) fn write(
    node: &NodeInfo,
    settings: &ProxySettings,
    cni: &[IpNet],
    family: IpFamily,
    has: &dyn Fn(Set) -> bool,
    forbidden: &[Forbidden],
) -> NodeRules {
    let said = |text: &str| Match::Comment(text.into());
    let to = |chain| Target::Jump(chain);
    let rule = |matches: Vec<Match>, target| Rule::new(matches, target);
    let in_set = |set: Set, by: &'static str| Match::Set {
        name: set.name(family),
        index: set.index(),
        by,
    };
    let about = |set: Set, by: &'static str| vec![said(set.comment()), in_set(set, by)];
    let marked = |not| Match::Mark {
        value: settings.mark,
        not,
    };

    let mut services = vec![rule(
        vec![Match::Source {
            net: loopback(family),
            not: false,
        }],
        Target::Return,
    )];
    if has(Set::LoadBalancer) {
        services.push(rule(about(Set::LoadBalancer, "dst,dst"), to(Chain::LoadBalancer)));
    }
    if has(Set::ClusterIp) {
        let mut matches = about(Set::ClusterIp, "dst,dst");
        if !settings.masquerade_all {
            match settings.local_detector(node, family) {
                Some(LocalDetector::Source(net)) => matches.push(Match::Source { net, not: true }),
                Some(LocalDetector::Interface(name)) => matches.push(Match::InInterface { name, not: true }),
                // The node's own, which have the address they call as their source.
                None => matches = about(Set::ClusterIp, "src,dst"),
            }
        }
        services.push(rule(matches, to(Chain::MarkMasq)));
    }
    for set in [Set::ExternalIp, Set::ExternalIpLocal] {
        if !has(set) {
            continue;
        }
        if set == Set::ExternalIp {
            services.push(rule(about(set, "dst,dst"), to(Chain::MarkMasq)));
        }
        let mut from_outside = about(set, "dst,dst");
        from_outside.extend([Match::NotFromBridge, Match::SrcNotLocal]);
        services.push(rule(from_outside, Target::Accept));
        let mut local = about(set, "dst,dst");
        local.push(Match::DstLocal { not: false });
        services.push(rule(local, Target::Accept));
    }
    services.push(rule(vec![Match::DstLocal { not: false }], to(Chain::NodePort)));
    for set in [Set::ClusterIp, Set::LoadBalancer] {
        if has(set) {
            services.push(rule(vec![in_set(set, "dst,dst")], Target::Accept));
        }
    }

    let mut load_balancer = Vec::new();
    if has(Set::LoadBalancerLocal) {
        load_balancer.push(rule(about(Set::LoadBalancerLocal, "dst,dst"), Target::Return));
    }
    load_balancer.push(rule(Vec::new(), to(Chain::MarkMasq)));

    let mut node_port = Vec::new();
    for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
        let by = if protocol == Protocol::Sctp { "dst,dst" } else { "dst" };
        for (set, target) in [
            (Set::NodePortLocal(protocol), Target::Return),
            (Set::NodePort(protocol), to(Chain::MarkMasq)),
        ] {
            if has(set) {
                let mut matches = vec![Match::Protocol(protocol)];
                matches.extend(about(set, by));
                node_port.push(rule(matches, target));
            }
        }
    }

    let mut postrouting = Vec::new();
    if has(Set::LoopBack) {
        postrouting.push(rule(
            about(Set::LoopBack, "dst,dst,src"),
            Target::Masquerade { random_fully: false },
        ));
    }
    postrouting.extend([
        rule(vec![marked(true)], Target::Return),
        rule(Vec::new(), Target::MarkXor(settings.mark)),
        rule(
            vec![said("kubernetes service traffic requiring SNAT")],
            Target::Masquerade { random_fully: true },
        ),
    ]);
    let (cni_jump, cni_rules) = cni_chains(cni, family);
    let mut from_postrouting = vec![rule(
        vec![said("kubernetes postrouting rules")],
        to(Chain::KubePostrouting),
    )];
    from_postrouting.extend(cni_jump);

    let mut firewall = Vec::new();
    if has(Set::LoadBalancerFirewall) {
        firewall.push(rule(
            about(Set::LoadBalancerFirewall, "dst,dst"),
            to(Chain::SourceRangesFirewall),
        ));
    }
    let mut ranges = Vec::new();
    for set in [Set::LoadBalancerSourceCidr, Set::LoadBalancerSourceIp] {
        if has(set) {
            ranges.push(rule(about(set, "dst,dst,src"), Target::Return));
        }
    }
    ranges.push(rule(Vec::new(), Target::Drop));
    let returned = |set, by| rule(vec![in_set(set, by)], Target::Return);
    let new = Match::State {
        states: &[CtState::New],
        or_dnat: false,
        not: false,
    };
    let filter = vec![
        returned(Set::LoadBalancer, "dst,dst"),
        returned(Set::ClusterIp, "dst,dst"),
        returned(Set::ExternalIp, "dst,dst"),
        returned(Set::ExternalIpLocal, "dst,dst"),
        returned(Set::HealthCheckNodePort, "dst"),
        rule(vec![new, in_set(Set::IpvsIps, "dst")], Target::Reject),
    ];
    let known = Match::State {
        states: &[CtState::Related, CtState::Established],
        or_dnat: false,
        not: false,
    };
    let forward = vec![
        rule(vec![said("kubernetes forwarding rules"), marked(false)], Target::Accept),
        rule(
            vec![said("kubernetes forwarding conntrack rule"), known],
            Target::Accept,
        ),
    ];
    let out = forbidden.iter().map(|&(ip, protocol, port)| {
        let net = IpNet::from(ip);
        let matches = vec![
            Match::Source { net, not: false },
            Match::VirtualServer { ip, protocol, port },
        ];
        rule(matches, Target::Drop)
    });
    let health = rule(about(Set::HealthCheckNodePort, "dst"), Target::Accept);
    let jump = |text: &str, chain| rule(vec![said(text)], to(chain));
    let (nat, in_filter) = (Table::Nat, Table::Filter);
    let portals = "kubernetes service portals";
    let guard = "kube-proxy firewall rules";
    let access = "kubernetes ipvs access filter";
    let chains: Vec<ChainRules> = vec![
        (
            nat,
            Chain::BuiltIn(Hook::Prerouting),
            vec![jump(portals, Chain::Services)],
        ),
        (nat, Chain::BuiltIn(Hook::Output), vec![jump(portals, Chain::Services)]),
        (nat, Chain::BuiltIn(Hook::Postrouting), from_postrouting),
        (nat, Chain::CniMasq, cni_rules),
        (nat, Chain::LoadBalancer, load_balancer),
        (
            nat,
            Chain::MarkMasq,
            vec![rule(Vec::new(), Target::MarkOr(settings.mark))],
        ),
        (nat, Chain::NodePort, node_port),
        (nat, Chain::KubePostrouting, postrouting),
        (nat, Chain::Services, services),
        (
            in_filter,
            Chain::BuiltIn(Hook::Input),
            vec![
                jump(access, Chain::IpvsFilter),
                jump(guard, Chain::ProxyFirewall),
                jump("kubernetes health check rules", Chain::NodePort),
            ],
        ),
        (
            in_filter,
            Chain::BuiltIn(Hook::Forward),
            vec![
                jump(guard, Chain::ProxyFirewall),
                jump("kubernetes forwarding rules", Chain::KubeForward),
            ],
        ),
        (
            in_filter,
            Chain::BuiltIn(Hook::Output),
            vec![jump(access, Chain::IpvsOutFilter)],
        ),
        (in_filter, Chain::KubeForward, forward),
        (in_filter, Chain::IpvsFilter, filter),
        (in_filter, Chain::IpvsOutFilter, out.collect()),
        (in_filter, Chain::NodePort, vec![health]),
        (in_filter, Chain::ProxyFirewall, firewall),
        (in_filter, Chain::SourceRangesFirewall, ranges),
    ];
    NodeRules::of(chains, family)
}

/// How many rules name each set, by its place in [`Set::ALL`].
pub(super) fn references(rules: &NodeRules) -> Vec<usize> {
    let mut counts = vec![0; Set::ALL.len()];
    for rule in rules.all() {
        for it in &rule.matches {
            if let Match::Set { index, .. } = it {
                counts[*index] += 1;
            }
        }
    }
    counts
}

/// The chains that IPVS mode has in a table, in the order in which they are printed.
pub(super) const fn chains(table: Table) -> &'static [Chain] {
    match table {
        Table::Nat => &[
            Chain::CniMasq,
            Chain::LoadBalancer,
            Chain::MarkMasq,
            Chain::NodePort,
            Chain::KubePostrouting,
            Chain::Services,
        ],
        Table::Filter => &[
            Chain::KubeForward,
            Chain::IpvsFilter,
            Chain::IpvsOutFilter,
            Chain::NodePort,
            Chain::ProxyFirewall,
            Chain::SourceRangesFirewall,
        ],
    }
}

/// Rules, and how many of them name each set.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) rules: NodeRules,
    /// By the set's place in [`Set::ALL`].
    pub(super) references: Vec<usize>,
}
