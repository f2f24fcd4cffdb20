//! The network plugin's rules in tables of iptables, where kube-proxy has none there.

use std::sync::Arc;

use ipnet::IpNet;

use super::eval::Eval;
use super::node_rules::NodeRules;
use super::recent::Recent;
use super::rule::{Chain, Table};
use super::save;
use crate::api::IpFamily;
use crate::net::hash::Map;
use crate::net::proxy::context::{Cited, NodeContext};
use crate::net::proxy::decision::Masquerade;
use crate::net::proxy::packet_view::PacketView;

/// The network plugin's rules of one node, by family.
#[derive(Clone, Debug)]
pub(in crate::net::proxy) struct CniRules([Arc<NodeRules>; 2]);

impl CniRules {
    pub(in crate::net::proxy) fn new(cni: &[IpNet]) -> Self {
        Self(IpFamily::ALL.map(|family| Arc::new(NodeRules::of_cni(cni, family))))
    }

    /// `CNI-MASQ`
    pub(in crate::net::proxy) fn masquerade(
        &self,
        context: NodeContext<'_>,
        packet: &mut PacketView,
    ) -> Cited<Option<Masquerade>> {
        let mut eval = Eval {
            context,
            fixed: &self.0[IpFamily::of(packet.dst.ip()).index()],
            made: &mut Map::default(),
            recent: &mut Recent::default(),
            share: 1.0,
        };
        let masquerade = eval.masquerade(packet);
        Cited::new(masquerade, eval.context.hits)
    }

    pub(in crate::net::proxy) fn save(&self, family: IpFamily, table: Table) -> String {
        let chains: &[Chain] = match table {
            Table::Nat => &[Chain::CniMasq],
            Table::Filter => &[],
        };
        save::print_table(table, chains, &self.0[family.index()], &[])
    }
}
