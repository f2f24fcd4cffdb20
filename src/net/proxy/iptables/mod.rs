//! kube-proxy in iptables mode: its rules as data, evaluated as a kernel would, through an index.
//!
//! - `rule`: one rule, with its text
//! - `chains`: the rules of one Service port on one node
//! - `node_rules`: the rules every node has, whatever the Services are
//! - `eval`: a packet's way through the tables
//! - `recent`: which client used which endpoint
//! - `save`: the text of `iptables-save`
//! - `cni`: the network plugin's rules, where they stand alone
//!
//! `rule`, `node_rules` and `save` serve IPVS mode too. Other modes are not known here: [`NodeProxy`](super::NodeProxy) stands before all of them.

mod chains;
mod cni;
mod eval;
pub(super) mod node_rules;
mod recent;
pub(super) mod rule;
pub(super) mod save;

use std::net::SocketAddr;
use std::sync::Arc;

use ipnet::IpNet;

use self::chains::PortChains;
use self::eval::Eval;
use self::node_rules::NodeRules;
use self::recent::Recent;
use super::context::{Cited, NodeContext};
use super::decision::{FilterVerdict, Masquerade, Translation};
use super::packet_view::{Hook, PacketView};
use super::service::ServicePort;
use super::settings::ProxySettings;
use super::table::{Changes, ServiceTable};
use super::topology::categorize;
use crate::api::IpFamily;
use crate::net::hash::Map;
use crate::net::route::NodeInfo;

pub(super) use self::cni::CniRules;
pub use self::rule::Table;

/// The tables of one node.
#[derive(Clone, Debug)]
pub(super) struct IptablesRules {
    /// Rules that do not depend on Services, by family.
    fixed: [Arc<NodeRules>; 2],
    /// Rules of Service ports by [`ServicePort::id`], as far as anybody asked for them.
    chains: Map<u64, Arc<PortChains>>,
    recent: Recent,
}

impl IptablesRules {
    pub(super) fn new(node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet]) -> Self {
        Self {
            fixed: fixed_rules(node, settings, cni),
            chains: Map::default(),
            recent: Recent::default(),
        }
    }

    pub(super) fn rewrite(&mut self, node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet]) {
        self.fixed = fixed_rules(node, settings, cni);
        self.chains = Map::default();
    }

    pub(super) fn update(&mut self, node: Option<&NodeInfo>, services: &ServiceTable, changes: &Changes) {
        for port in &changes.stale {
            self.chains.remove(&port.id);
            if port.affinity.is_some() {
                // A list of clients lives as long as rules name it, across a rewrite of these.
                self.recent.keep(port, &still_named(services, port, node));
            }
        }
    }

    pub(super) fn forget_packets(&mut self) {
        self.recent = Recent::default();
    }

    pub(super) fn translate(
        &mut self,
        context: NodeContext<'_>,
        hook: Hook,
        packet: &mut PacketView,
    ) -> Cited<Translation> {
        let mut eval = self.eval(context, packet);
        let translation = eval.translate(hook, packet);
        Cited::new(translation, eval.context.hits)
    }

    /// `None` where no rule decides.
    pub(super) fn filter(
        &mut self,
        context: NodeContext<'_>,
        hook: Hook,
        packet: &PacketView,
    ) -> Cited<Option<FilterVerdict>> {
        let mut eval = self.eval(context, packet);
        let verdict = eval.filter(hook, packet);
        Cited::new(verdict, eval.context.hits)
    }

    pub(super) fn masquerade(
        &mut self,
        context: NodeContext<'_>,
        packet: &mut PacketView,
    ) -> Cited<Option<Masquerade>> {
        let mut eval = self.eval(context, packet);
        let masquerade = eval.masquerade(packet);
        Cited::new(masquerade, eval.context.hits)
    }

    pub(super) fn save(
        &mut self,
        node: &NodeInfo,
        settings: &ProxySettings,
        services: &ServiceTable,
        family: IpFamily,
        table: Table,
    ) -> String {
        let chains = &mut self.chains;
        let ports: Vec<Arc<PortChains>> = services
            .ports()
            .filter(|port| port.family() == family)
            .map(|port| PortChains::made(chains, port, node, settings))
            .collect();
        save::print_table(table, save::shared_chains(table), &self.fixed[family.index()], &ports)
    }

    fn eval<'a>(&'a mut self, context: NodeContext<'a>, packet: &PacketView) -> Eval<'a> {
        Eval {
            context,
            fixed: &self.fixed[IpFamily::of(packet.dst.ip()).index()],
            made: &mut self.chains,
            recent: &mut self.recent,
            share: 1.0,
        }
    }
}

fn fixed_rules(node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet]) -> [Arc<NodeRules>; 2] {
    IpFamily::ALL.map(|family| Arc::new(NodeRules::new(node, settings, cni, family)))
}

/// The endpoints of a changed port that its successor's rules on a node name, if it has affinity too.
fn still_named(services: &ServiceTable, old: &ServicePort, node: Option<&NodeInfo>) -> Vec<SocketAddr> {
    let same = |it: &&Arc<ServicePort>| it.name == old.name && it.cluster_ip == old.cluster_ip && it.affinity.is_some();
    let service = &old.name.service;
    let now = services.of_service(&service.namespace, &service.name).iter().find(same);
    let Some((port, node)) = now.zip(node) else {
        return Vec::new();
    };
    let reachable = categorize(port, &node.name, &node.zone).reachable;
    reachable
        .iter()
        .map(|idx| port.endpoints[usize::from(*idx)].address)
        .collect()
}
