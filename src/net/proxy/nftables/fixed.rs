//! The rules that every node has, whatever the Services are (`setupNFTables`).

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::address_set::AddressSet;
use super::port::from_pod;
use super::rule::{Chain, Expr, Rule, Verdict, VerdictMap};
use crate::api::IpFamily;
use crate::net::proxy::packet_view::Hook;
use crate::net::proxy::settings::{NodePortIps, ProxySettings};
use crate::net::route::NodeInfo;

/// The rules of one node that do not depend on Services, of one IP family.
#[derive(Clone, Debug)]
pub(super) struct FixedRules {
    pub(super) family: IpFamily,
    /// Chains in the order in which they are made, with their names.
    pub(super) chains: Vec<(Chain, Arc<str>, Vec<Rule>)>,
    /// `nodeport-ips`; `None` where node ports hold on all addresses.
    pub(super) node_port_ips: Option<Vec<IpAddr>>,
}

impl FixedRules {
    pub(super) fn new(node: &NodeInfo, settings: &ProxySettings, family: IpFamily) -> Self {
        let ips = settings.node_port_ips(node, family);
        let chains = chains(node, settings, family, &ips)
            .into_iter()
            .map(|(chain, exprs)| (chain, chain.fixed_name().into(), exprs));
        Self {
            family,
            chains: chains.collect(),
            node_port_ips: match ips {
                NodePortIps::AllBut(_) => None,
                NodePortIps::These(ips) => Some(ips),
            },
        }
    }

    /// The rules of a chain.
    pub(super) fn rules(&self, chain: Chain) -> &[Rule] {
        self.chains
            .iter()
            .find(|(it, _, _)| *it == chain)
            .map_or(&[], |(_, _, rules)| rules)
    }

    /// The name of a chain that is not of one Service port.
    pub(super) fn name(&self, chain: Chain) -> Arc<str> {
        self.chains
            .iter()
            .find(|(it, _, _)| *it == chain)
            .map_or_else(|| Arc::from(""), |(_, name, _)| Arc::clone(name))
    }

    /// The base chain of filter at a hook.
    pub(super) const fn filter_at(hook: Hook) -> Chain {
        match hook {
            Hook::Input => Chain::Input,
            Hook::Forward => Chain::Forward,
            Hook::Output | Hook::Prerouting | Hook::Postrouting => Chain::Output,
        }
    }
}

fn chains(node: &NodeInfo, settings: &ProxySettings, family: IpFamily, ips: &NodePortIps) -> Vec<(Chain, Vec<Rule>)> {
    let jump = |chain| Expr::Verdict(Verdict::Jump(chain));
    let new = |chain| Rule::new(vec![Expr::New, jump(chain)]);
    let always = |chain| vec![Rule::new(vec![jump(chain)])];
    let lookup = |map| vec![Rule::new(vec![Expr::Lookup(map)])];
    let to_range = |nets: Vec<IpNet>, not| Expr::Destination {
        set: AddressSet::new(nets),
        not,
    };
    // What must hold for a node port, before its map is asked.
    let on_node = |local: bool| match ips {
        NodePortIps::These(_) => vec![Expr::ToNodePortIp],
        NodePortIps::AllBut(excluded) => {
            let local = local.then_some(Expr::DestinationIsLocal).into_iter();
            local.chain(excluded.map(|net| to_range(vec![net], true))).collect()
        }
    };
    let with_map = |mut exprs: Vec<Expr>, map| {
        exprs.push(Expr::Lookup(map));
        Rule::new(exprs)
    };
    let mut services = Vec::new();
    let mark = Expr::SetMark(settings.mark);
    if settings.masquerade_all {
        services.push(Rule::new(vec![Expr::ToClusterIp, mark.clone()]).said("masquerade all clusterIP traffic"));
    } else if let Some(detector) = settings.local_detector(node, family) {
        let exprs = vec![Expr::ToClusterIp, from_pod(detector, true), mark.clone()];
        services.push(Rule::new(exprs).said("masquerade clusterIP traffic from outside cluster"));
    }
    services.extend(lookup(VerdictMap::ServiceIps));
    services.push(with_map(on_node(true), VerdictMap::ServiceNodePorts));
    let mut cluster_ips =
        vec![Rule::new(vec![Expr::ToClusterIp, Expr::Reject]).said("Reject traffic to invalid ports of ClusterIPs")];
    let ranges = settings.service_cidrs.iter();
    let ranges: Vec<IpNet> = ranges
        .filter(|net| IpFamily::of_net(**net) == family)
        .copied()
        .collect();
    if !ranges.is_empty() {
        let exprs = vec![to_range(ranges, false), Expr::Verdict(Verdict::Drop)];
        cluster_ips.push(Rule::new(exprs).said("Drop traffic to unallocated ClusterIPs"));
    }
    vec![
        (Chain::PreroutingPreDnat, vec![new(Chain::FirewallCheck)]),
        (Chain::OutputPreDnat, vec![new(Chain::FirewallCheck)]),
        (
            Chain::Input,
            vec![new(Chain::NodePortEndpointsCheck), new(Chain::ServiceEndpointsCheck)],
        ),
        (
            Chain::Forward,
            vec![new(Chain::ServiceEndpointsCheck), new(Chain::ClusterIpsCheck)],
        ),
        (
            Chain::Output,
            vec![new(Chain::ServiceEndpointsCheck), new(Chain::ClusterIpsCheck)],
        ),
        (Chain::NatPrerouting, always(Chain::Services)),
        (Chain::NatOutput, always(Chain::Services)),
        (Chain::NatPostrouting, always(Chain::Masquerading)),
        (
            Chain::NodePortEndpointsCheck,
            vec![with_map(on_node(false), VerdictMap::NoEndpointNodePorts)],
        ),
        (Chain::ServiceEndpointsCheck, lookup(VerdictMap::NoEndpointServices)),
        (Chain::FirewallCheck, lookup(VerdictMap::FirewallIps)),
        (Chain::Services, services),
        (
            Chain::Masquerading,
            vec![
                Rule::new(vec![
                    Expr::Marked(settings.mark),
                    Expr::FlipMark(settings.mark),
                    Expr::Masquerade,
                ]),
                Rule::new(vec![Expr::Translated, Expr::Hairpin, Expr::Masquerade]),
            ],
        ),
        (Chain::ClusterIpsCheck, cluster_ips),
        (Chain::Reject, vec![Rule::new(vec![Expr::Reject])]),
    ]
}
