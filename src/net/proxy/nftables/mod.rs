//! kube-proxy in nftables mode: table `kube-proxy` of each family as data, evaluated as a kernel would, through an
//! index.
//!
//! - `rule`: one rule, with its text; `address_set`: ranges in it
//! - `port`: chains and elements of one Service port on one node
//! - `fixed`: the rules every node has, whatever the Services are
//! - `eval`: a packet's way through the table
//! - `affinity`: which client used which endpoint
//! - `list`: the text of `nft list`
//!
//! Rules of the network plugin stand in tables of iptables as in every mode. Not here: empty chains, which a real
//! kube-proxy leaves until its next sync.

mod address_set;
mod affinity;
mod eval;
mod fixed;
mod list;
mod port;
mod rule;

use std::net::SocketAddr;
use std::sync::Arc;

use self::affinity::Affinity;
use self::eval::{Eval, Hairpins, Met};
use self::fixed::FixedRules;
use self::list::Table;
use self::port::PortRules;
use super::context::{Cited, NodeContext};
use super::decision::{FilterVerdict, Masquerade, Translation};
use super::packet_view::{Hook, PacketView};
use super::rule_dump::NftPart;
use super::service::ServicePort;
use super::settings::ProxySettings;
use super::table::{Changes, ServiceTable};
use super::topology::categorize;
use crate::api::IpFamily;
use crate::net::hash::Map;
use crate::net::route::NodeInfo;
use crate::sim::Instant;

/// The tables of one node.
#[derive(Clone, Debug)]
pub(super) struct NftablesRules {
    /// Rules that do not depend on Services, by family.
    fixed: [Arc<FixedRules>; 2],
    /// What is written for Service ports, by [`ServicePort::id`], as far as anybody asked for it.
    made: Map<u64, Arc<PortRules>>,
    affinity: Affinity,
    hairpins: Option<Hairpins>,
}

impl NftablesRules {
    pub(super) fn new(node: &NodeInfo, settings: &ProxySettings) -> Self {
        Self {
            fixed: fixed_rules(node, settings),
            made: Map::default(),
            affinity: Affinity::default(),
            hairpins: None,
        }
    }

    pub(super) fn rewrite(&mut self, node: &NodeInfo, settings: &ProxySettings) {
        self.fixed = fixed_rules(node, settings);
        self.made = Map::default();
        self.hairpins = None;
    }

    pub(super) fn update(&mut self, node: Option<&NodeInfo>, services: &ServiceTable, changes: &Changes) {
        self.hairpins = None;
        for port in &changes.stale {
            self.made.remove(&port.id);
            if port.affinity.is_some() {
                self.affinity.keep(port, &still_written(services, port, node));
            }
        }
    }

    pub(super) fn forget_packets(&mut self) {
        self.affinity = Affinity::default();
    }

    pub(super) fn admit(&mut self, context: NodeContext<'_>, hook: Hook, packet: &PacketView) -> Cited<FilterVerdict> {
        let mut eval = self.eval(context, packet);
        let verdict = eval.admit(hook, &mut { *packet });
        Cited::new(verdict, eval.context.hits)
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

    pub(super) fn filter(&mut self, context: NodeContext<'_>, hook: Hook, packet: &PacketView) -> Cited<FilterVerdict> {
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

    /// What `nft list` prints of the table of a family; `None` where the table has no such part.
    pub(super) fn list(
        &mut self,
        node: &NodeInfo,
        settings: &ProxySettings,
        services: &ServiceTable,
        family: IpFamily,
        now: Instant,
        part: NftPart<'_>,
    ) -> Option<String> {
        let made = &mut self.made;
        let ports: Vec<Arc<PortRules>> = services
            .ports()
            .filter(|port| port.family() == family)
            .map(|port| PortRules::made(made, port, node, settings))
            .collect();
        let table = Table {
            fixed: &self.fixed[family.index()],
            ports: &ports,
            affinity: &self.affinity,
            release: settings.release,
            now,
        };
        table.list(part)
    }

    fn eval<'a>(&'a mut self, context: NodeContext<'a>, packet: &PacketView) -> Eval<'a> {
        Eval {
            context,
            fixed: &self.fixed[IpFamily::of(packet.dst.ip()).index()],
            made: &mut self.made,
            affinity: &mut self.affinity,
            hairpins: &mut self.hairpins,
            met: Met::default(),
        }
    }
}

fn fixed_rules(node: &NodeInfo, settings: &ProxySettings) -> [Arc<FixedRules>; 2] {
    IpFamily::ALL.map(|family| Arc::new(FixedRules::new(node, settings, family)))
}

/// The endpoints of a changed port for which its successor has sets on a node.
fn still_written(services: &ServiceTable, old: &ServicePort, node: Option<&NodeInfo>) -> Vec<SocketAddr> {
    let same = |it: &&Arc<ServicePort>| it.name == old.name && it.family() == old.family() && it.affinity.is_some();
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
