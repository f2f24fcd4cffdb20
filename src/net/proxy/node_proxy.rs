//! kube-proxy on one node, in any mode: the one contract between packets and rules.
//!
//! A node's kernel asks in this order ([`transport`](crate::net::transport)): [`NodeProxy::admit`], then
//! [`NodeProxy::translate`] at prerouting or output, routing, [`NodeProxy::filter`] at the hooks that routing leads
//! to, [`NodeProxy::deliver`] for what is the node's own, [`NodeProxy::masquerade`] for what leaves. Each answer says what was decided
//! ([`decision`](super::decision)) and cites the rules that decided it. [`NodeProxy::dump`] prints them.
//!
//! What a mode remembers between packets (clients of session affinity, rules written so far) is its own, behind
//! `ModeRules`; a clone is a fork. Rules of the network plugin that stand in the same tables are asked and
//! printed with kube-proxy's.

use std::net::IpAddr;

use ipnet::IpNet;

use super::context::{Cited, DumpContext, NodeContext};
use super::decision::{Delivery, FilterVerdict, Masquerade, Translation};
use super::iptables::{CniRules, IptablesRules};
use super::ipvs::IpvsRules;
use super::mode::ProxyMode;
use super::nftables::NftablesRules;
use super::packet_view::{Hook, PacketView};
use super::rule_dump::RuleDump;
use super::settings::ProxySettings;
use super::table::{Changes, ServiceTable};
use crate::api::IpFamily;
use crate::net::packet::Protocol;
use crate::net::route::NodeInfo;

/// kube-proxy on one node.
#[derive(Clone, Debug)]
pub struct NodeProxy(ModeRules);

/// The rules of a node, and what they remember, by the mode that wrote them.
#[derive(Clone, Debug)]
enum ModeRules {
    Iptables(IptablesRules),
    Nftables(NftablesRules, CniRules),
    Ipvs(IpvsRules),
}

impl NodeProxy {
    /// kube-proxy as it starts on `node`. `cni`: ranges that the network plugin does not masquerade towards;
    /// empty where it has no such rules.
    #[must_use]
    pub fn new(node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet]) -> Self {
        Self(match settings.mode {
            ProxyMode::Iptables => ModeRules::Iptables(IptablesRules::new(node, settings, cni)),
            ProxyMode::Ipvs => ModeRules::Ipvs(IpvsRules::new(node, settings, cni)),
            ProxyMode::Nftables => ModeRules::Nftables(NftablesRules::new(node, settings), CniRules::new(cni)),
        })
    }

    /// Writes all rules anew, after its settings or the node's addresses changed. What the mode remembers of
    /// packets stays; a kube-proxy of another mode cleans up after the one before it.
    pub fn rewrite(&mut self, node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet]) {
        match (&mut self.0, settings.mode) {
            (ModeRules::Iptables(rules), ProxyMode::Iptables) => rules.rewrite(node, settings, cni),
            (ModeRules::Ipvs(rules), ProxyMode::Ipvs) => rules.rewrite(node, settings, cni),
            (ModeRules::Nftables(rules, plugin), ProxyMode::Nftables) => {
                rules.rewrite(node, settings);
                *plugin = CniRules::new(cni);
            }
            _ => *self = Self::new(node, settings, cni),
        }
    }

    /// Takes in changed Services; `node` is `None` where the cluster has no such node any more.
    pub fn update(&mut self, node: Option<&NodeInfo>, services: &ServiceTable, changes: &Changes) {
        match &mut self.0 {
            ModeRules::Iptables(rules) => rules.update(node, services, changes),
            ModeRules::Nftables(rules, _) => rules.update(node, services, changes),
            ModeRules::Ipvs(rules) => rules.update(changes),
        }
    }

    /// Forgets what packets left behind, as a machine does that is started anew.
    pub fn forget_packets(&mut self) {
        match &mut self.0 {
            ModeRules::Iptables(rules) => rules.forget_packets(),
            ModeRules::Nftables(rules, _) => rules.forget_packets(),
            ModeRules::Ipvs(rules) => rules.forget_packets(),
        }
    }

    /// Whether the first packet of a connection may pass before its destination is looked at, at
    /// [`Hook::Prerouting`] or [`Hook::Output`]; [`FilterVerdict::Accept`] in modes that filter only afterwards.
    pub fn admit(&mut self, context: NodeContext<'_>, hook: Hook, packet: &PacketView) -> Cited<FilterVerdict> {
        match &mut self.0 {
            ModeRules::Iptables(_) | ModeRules::Ipvs(_) => Cited::new(FilterVerdict::Accept, None),
            ModeRules::Nftables(rules, _) => rules.admit(context, hook, packet),
        }
    }

    /// Where the first packet of a connection goes, at [`Hook::Prerouting`] or [`Hook::Output`]. Sets the
    /// packet's mark; the caller rewrites its destination.
    pub fn translate(&mut self, context: NodeContext<'_>, hook: Hook, packet: &mut PacketView) -> Cited<Translation> {
        match &mut self.0 {
            ModeRules::Iptables(rules) => rules.translate(context, hook, packet),
            ModeRules::Nftables(rules, _) => rules.translate(context, hook, packet),
            ModeRules::Ipvs(rules) => rules.translate(context, hook, packet),
        }
    }

    /// What becomes of the first packet of a connection that is for the node itself: after filtering at
    /// [`Hook::Input`], for the node's own packets before that at [`Hook::Output`]. [`Delivery::Local`] in modes
    /// that have translated it by then.
    pub fn deliver(&mut self, context: NodeContext<'_>, packet: &PacketView) -> Cited<Delivery> {
        match &mut self.0 {
            ModeRules::Iptables(_) | ModeRules::Nftables(..) => Cited::new(Delivery::Local, None),
            ModeRules::Ipvs(rules) => rules.deliver(context, packet),
        }
    }

    /// Whether kube-proxy gives an address to the node, which is then the node's own.
    #[must_use]
    pub fn gives(&self, services: &ServiceTable, node: &NodeInfo, ip: IpAddr) -> bool {
        match &self.0 {
            ModeRules::Iptables(_) | ModeRules::Nftables(..) => false,
            ModeRules::Ipvs(_) => IpvsRules::gives(services, node, ip),
        }
    }

    /// The addresses of a family that kube-proxy gives to the node, ascending; `None` where the mode gives none.
    #[must_use]
    pub fn given(&self, context: &DumpContext<'_>, family: IpFamily) -> Option<Vec<IpAddr>> {
        match &self.0 {
            ModeRules::Iptables(_) | ModeRules::Nftables(..) => None,
            ModeRules::Ipvs(_) => Some(IpvsRules::addresses(context, family)),
        }
    }

    /// Whether a packet may pass, at [`Hook::Input`], [`Hook::Forward`] or [`Hook::Output`], after its
    /// destination was rewritten.
    pub fn filter(&mut self, context: NodeContext<'_>, hook: Hook, packet: &PacketView) -> Cited<FilterVerdict> {
        match &mut self.0 {
            ModeRules::Iptables(rules) => {
                let Cited { answer, rules } = rules.filter(context, hook, packet);
                let answer = answer.unwrap_or(FilterVerdict::Accept);
                Cited { answer, rules }
            }
            // A ping to a ClusterIP gets no answer in nftables mode, and one from the node itself in IPVS mode,
            // where it has the address.
            ModeRules::Nftables(..) | ModeRules::Ipvs(_) if packet.protocol == Protocol::Icmp => {
                Cited::new(FilterVerdict::Accept, None)
            }
            ModeRules::Nftables(rules, _) => rules.filter(context, hook, packet),
            ModeRules::Ipvs(rules) => rules.filter(context, hook, packet),
        }
    }

    /// Whether the first packet of a connection leaves with another source, at [`Hook::Postrouting`]; `None`
    /// where it keeps its own. Clears the packet's mark; the caller rewrites its source.
    pub fn masquerade(&mut self, mut context: NodeContext<'_>, packet: &mut PacketView) -> Cited<Option<Masquerade>> {
        match &mut self.0 {
            ModeRules::Iptables(rules) => rules.masquerade(context, packet),
            ModeRules::Ipvs(rules) => rules.masquerade(context, packet),
            ModeRules::Nftables(rules, plugin) => {
                let cited = rules.masquerade(context.again(), packet);
                if cited.answer.is_some() {
                    return cited;
                }
                plugin.masquerade(context, packet)
            }
        }
    }

    /// What a tool on the node prints of its rules, counters at zero; `None` where there is no such table, or no
    /// such part of it.
    #[must_use]
    pub fn dump(&mut self, context: &DumpContext<'_>, family: IpFamily, dump: RuleDump<'_>) -> Option<String> {
        let DumpContext {
            node,
            settings,
            services,
            now,
            ..
        } = *context;
        match (&mut self.0, dump) {
            (ModeRules::Iptables(rules), RuleDump::IptablesSave(table)) => {
                Some(rules.save(node, settings, services, family, table))
            }
            (ModeRules::Nftables(_, plugin), RuleDump::IptablesSave(table)) => Some(plugin.save(family, table)),
            (ModeRules::Nftables(rules, _), RuleDump::NftList(part)) => {
                rules.list(node, settings, services, family, now, part)
            }
            (ModeRules::Ipvs(rules), RuleDump::IptablesSave(table)) => Some(rules.save(context, family, table)),
            (ModeRules::Ipvs(rules), RuleDump::Ipvsadm) => Some(rules.list(context)),
            (ModeRules::Ipvs(rules), RuleDump::IpvsadmConnections) => Some(rules.list_connections(context)),
            (ModeRules::Ipvs(rules), RuleDump::IpsetList(name)) => rules.ip_sets(context, family, name),
            (ModeRules::Iptables(_) | ModeRules::Ipvs(_), RuleDump::NftList(_))
            | (
                ModeRules::Iptables(_) | ModeRules::Nftables(..),
                RuleDump::Ipvsadm | RuleDump::IpvsadmConnections | RuleDump::IpsetList(_),
            ) => None,
        }
    }
}
