//! kube-proxy on one node, in any mode: the one contract between packets and rules.
//!
//! A node's kernel asks in this order ([`transport`](crate::net::transport)): [`NodeProxy::translate`] at
//! prerouting or output, routing, [`NodeProxy::filter`] at the hooks that routing leads to,
//! [`NodeProxy::masquerade`] for what leaves. Each answer says what was decided ([`decision`](super::decision))
//! and cites the rules that decided it. [`NodeProxy::dump`] prints them.
//!
//! What a mode remembers between packets (clients of session affinity, rules written so far) is its own, behind
//! `ModeRules`; a clone is a fork. Rules of the network plugin that stand in the same tables are asked and
//! printed with kube-proxy's.

use ipnet::IpNet;

use super::context::{Cited, NodeContext};
use super::decision::{FilterVerdict, Masquerade, Refusal, Translation};
use super::iptables::{IptablesRules, Table};
use super::mode::ProxyMode;
use super::packet_view::{CtState, Hook, PacketView};
use super::settings::ProxySettings;
use super::table::{Changes, ServiceTable};
use crate::api::IpFamily;
use crate::net::packet::Protocol;
use crate::net::route::NodeInfo;

/// kube-proxy on one node.
#[derive(Clone, Debug)]
pub struct NodeProxy(ModeRules);

/// The rules of a node, and what they remember, by the mode that wrote them.
///
/// nftables and IPVS have no rules of their own here: iptables' stand for them, `ModeBehavior` says where they
/// decide otherwise, and traces cite the rules of iptables.
#[derive(Clone, Debug)]
enum ModeRules {
    Iptables(IptablesRules),
}

/// A text that a node's own tools print of its rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleDump {
    /// `iptables-save -t TABLE`, or `ip6tables-save`.
    IptablesSave(Table),
}

impl NodeProxy {
    /// kube-proxy as it starts on `node`. `cni`: ranges that the network plugin does not masquerade towards;
    /// empty where it has no such rules.
    #[must_use]
    pub fn new(node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet]) -> Self {
        Self(match settings.mode {
            ProxyMode::Iptables | ProxyMode::Nftables | ProxyMode::Ipvs => {
                ModeRules::Iptables(IptablesRules::new(node, settings, cni))
            }
        })
    }

    /// Writes all rules anew, after its settings or the node's addresses changed. What the mode remembers of
    /// packets stays.
    pub fn rewrite(&mut self, node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet]) {
        match (&mut self.0, settings.mode) {
            (ModeRules::Iptables(rules), ProxyMode::Iptables | ProxyMode::Nftables | ProxyMode::Ipvs) => {
                rules.rewrite(node, settings, cni);
            }
        }
    }

    /// Takes in changed Services; `node` is `None` where the cluster has no such node any more.
    pub fn update(&mut self, node: Option<&NodeInfo>, services: &ServiceTable, changes: &Changes) {
        match &mut self.0 {
            ModeRules::Iptables(rules) => rules.update(node, services, changes),
        }
    }

    /// Forgets what packets left behind, as a machine does that is started anew.
    pub fn forget_packets(&mut self) {
        match &mut self.0 {
            ModeRules::Iptables(rules) => rules.forget_packets(),
        }
    }

    /// Where the first packet of a connection goes, at [`Hook::Prerouting`] or [`Hook::Output`]. Sets the
    /// packet's mark; the caller rewrites its destination.
    pub fn translate(&mut self, context: NodeContext<'_>, hook: Hook, packet: &mut PacketView) -> Cited<Translation> {
        match &mut self.0 {
            ModeRules::Iptables(rules) => rules.translate(context, hook, packet),
        }
    }

    /// Whether a packet may pass, at [`Hook::Input`], [`Hook::Forward`] or [`Hook::Output`], after its
    /// destination was rewritten.
    pub fn filter(&mut self, context: NodeContext<'_>, hook: Hook, packet: &PacketView) -> Cited<FilterVerdict> {
        let (settings, services) = (context.settings, context.services);
        let Cited { answer, rules } = match &mut self.0 {
            ModeRules::Iptables(rules) => rules.filter(context, hook, packet),
        };
        let wrong_port = || {
            let begins = packet.protocol != Protocol::Icmp && packet.state == CtState::New;
            settings.behavior.refuses_wrong_ports && begins && services.is_cluster_ip(packet.dst.ip())
        };
        let answer = match answer {
            Some(verdict) => verdict,
            None if wrong_port() => FilterVerdict::Reject(Refusal::WrongPort),
            None => FilterVerdict::Accept,
        };
        Cited { answer, rules }
    }

    /// Whether the first packet of a connection leaves with another source, at [`Hook::Postrouting`]; `None`
    /// where it keeps its own. Clears the packet's mark; the caller rewrites its source.
    pub fn masquerade(&mut self, context: NodeContext<'_>, packet: &mut PacketView) -> Cited<Option<Masquerade>> {
        match &mut self.0 {
            ModeRules::Iptables(rules) => rules.masquerade(context, packet),
        }
    }

    /// What a tool on the node prints of its rules, counters at zero.
    #[must_use]
    pub fn dump(
        &mut self,
        node: &NodeInfo,
        settings: &ProxySettings,
        services: &ServiceTable,
        family: IpFamily,
        dump: RuleDump,
    ) -> String {
        match (&mut self.0, dump) {
            (ModeRules::Iptables(rules), RuleDump::IptablesSave(table)) => {
                rules.save(node, settings, services, family, table)
            }
        }
    }
}
