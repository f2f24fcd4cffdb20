//! kube-proxy in IPVS mode: virtual servers of the kernel's load balancer, sets of addresses, and the rules of
//! iptables that lead to both.
//!
//! - `servers`: virtual servers and the endpoints behind; `scheduler`: which of these comes next
//! - `set`: what is in each ipset
//! - `rules`: the rules of iptables
//! - `eval`: a packet's way through all of these
//! - `list`: the text of `ipvsadm -Ln` and `ipset list`
//!
//! A node has every virtual address itself, on the device `kube-ipvs0`: a packet to one is for the node, and is
//! sent on from there. The mode is deprecated since Kubernetes 1.35. Not here: real servers that leave are shown
//! as long as conntrack knows connections to them, without the minute between two looks of a real kube-proxy.

mod eval;
mod list;
mod rules;
mod scheduler;
mod servers;
mod set;

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use self::eval::{Eval, Memory};
use self::rules::{Forbidden, Written};
use self::servers::{Sorted, VirtualServer};
use self::set::Set;
use super::context::{Cited, DumpContext, NodeContext};
use super::decision::{Delivery, FilterVerdict, Masquerade, Translation};
use super::iptables::{Table, save};
use super::packet_view::{Hook, PacketView};
use super::settings::{NodePortIps, ProxySettings};
use super::table::{Changes, ServiceTable, Target};
use crate::api::IpFamily;
use crate::net::hash::Map;
use crate::net::route::NodeInfo;
use crate::small_sort::SmallSort as _;

/// What IPVS mode keeps on one node.
#[derive(Clone, Debug)]
pub(super) struct IpvsRules {
    cni: Vec<IpNet>,
    /// Addresses on which node ports hold, by family.
    node_ips: [Vec<IpAddr>; 2],
    /// Rules of iptables by family; `None` until somebody asks after a change.
    rules: [Option<Arc<Written>>; 2],
    sorted: Sorted,
    memory: Map<Target, Memory>,
    local: Option<Map<Target, ()>>,
}

impl IpvsRules {
    pub(super) fn new(node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet]) -> Self {
        Self {
            cni: cni.to_vec(),
            node_ips: IpFamily::ALL.map(|family| node_ips(node, settings, family)),
            rules: [None, None],
            sorted: Sorted::default(),
            memory: Map::default(),
            local: None,
        }
    }

    pub(super) fn rewrite(&mut self, node: &NodeInfo, settings: &ProxySettings, cni: &[IpNet]) {
        let memory = std::mem::take(&mut self.memory);
        *self = Self::new(node, settings, cni);
        self.memory = memory;
    }

    pub(super) fn update(&mut self, changes: &Changes) {
        self.rules = [None, None];
        self.local = None;
        for port in &changes.stale {
            self.sorted.remove(&port.id);
        }
    }

    pub(super) fn forget_packets(&mut self) {
        self.memory = Map::default();
    }

    pub(super) fn translate(
        &mut self,
        context: NodeContext<'_>,
        hook: Hook,
        packet: &mut PacketView,
    ) -> Cited<Translation> {
        let mut eval = self.eval(context, packet);
        eval.mark(hook, packet);
        Cited::new(Translation::default(), eval.context.hits)
    }

    pub(super) fn deliver(&mut self, context: NodeContext<'_>, packet: &PacketView) -> Cited<Delivery> {
        let mut eval = self.eval(context, packet);
        let delivery = eval.deliver(packet);
        Cited::new(delivery, eval.context.hits)
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

    /// Whether kube-proxy gives an address to the node.
    pub(super) fn gives(services: &ServiceTable, node: &NodeInfo, ip: IpAddr) -> bool {
        set::gives(services, node, ip)
    }

    /// `iptables-save`
    pub(super) fn save(&mut self, context: &DumpContext<'_>, family: IpFamily, table: Table) -> String {
        let written = self.rules(context.node, context.settings, context.services, family);
        save::print_table(table, rules::chains(table), &written.rules, &[])
    }

    /// `ipvsadm -Ln`, of both families.
    pub(super) fn list(&mut self, context: &DumpContext<'_>) -> String {
        let mut all: Vec<VirtualServer> = Vec::new();
        for port in context.services.ports() {
            let node_ips = &self.node_ips[port.family().index()];
            all.extend(servers::of_port(port, context.node, node_ips, &mut self.sorted));
        }
        let scheduler = context.settings.scheduler_name();
        list::virtual_servers(all, scheduler, context.conntrack, context.now)
    }

    /// `ipvsadm -Lnc`, of both families.
    pub(super) fn list_connections(&self, context: &DumpContext<'_>) -> String {
        let is_server =
            |ip: IpAddr| context.services.is_virtual_ip(ip) || self.node_ips[IpFamily::of(ip).index()].contains(&ip);
        list::connection_entries(&is_server, context.conntrack, context.now)
    }

    /// `ipset list`, or `ipset list NAME`; `None` where there is no such set.
    pub(super) fn ip_sets(
        &mut self,
        context: &DumpContext<'_>,
        family: IpFamily,
        name: Option<&str>,
    ) -> Option<String> {
        let written = self.rules(context.node, context.settings, context.services, family);
        let members = self.members(context.node, context.services, family);
        let wanted = Set::ALL
            .into_iter()
            .filter(|set| name.is_none_or(|name| *name == *set.name(family)));
        let texts: Vec<String> = wanted
            .map(|set| list::ip_set(set, family, &members[set.index()], written.references[set.index()]))
            .collect();
        (!texts.is_empty()).then(|| texts.join("\n"))
    }

    /// The addresses on `kube-ipvs0`.
    pub(super) fn addresses(context: &DumpContext<'_>, family: IpFamily) -> Vec<IpAddr> {
        let mut found = Vec::new();
        for port in context.services.ports().filter(|port| port.family() == family) {
            found.extend(port.virtual_ips().filter(|ip| set::is_bound(port, *ip, context.node)));
        }
        found.small_sort();
        found.dedup();
        found
    }

    fn members(&self, node: &NodeInfo, services: &ServiceTable, family: IpFamily) -> Vec<Vec<String>> {
        let mut all = vec![Vec::new(); Set::ALL.len()];
        let node_ips = &self.node_ips[family.index()];
        for port in services.ports().filter(|port| port.family() == family) {
            set::members(port, node, node_ips, |set, members| all[set.index()].extend(members));
        }
        all
    }

    fn rules(
        &mut self,
        node: &NodeInfo,
        settings: &ProxySettings,
        services: &ServiceTable,
        family: IpFamily,
    ) -> Arc<Written> {
        if let Some(made) = &self.rules[family.index()] {
            return Arc::clone(made);
        }
        let members = self.members(node, services, family);
        let has = |set: Set| !members[set.index()].is_empty();
        let mut forbidden: Vec<Forbidden> = Vec::new();
        for port in services.ports().filter(|port| port.family() == family) {
            if !port.source_ranges.is_empty() && !set::allows_node(port, node) {
                let ips = port.load_balancer_ips.iter();
                forbidden.extend(ips.map(|ip| (*ip, port.protocol, port.port)));
            }
        }
        let rules = rules::write(node, settings, &self.cni, family, &has, &forbidden);
        let references = rules::references(&rules);
        let made = Arc::new(Written { rules, references });
        self.rules[family.index()] = Some(Arc::clone(&made));
        made
    }

    fn eval<'a>(&'a mut self, context: NodeContext<'a>, packet: &PacketView) -> Eval<'a> {
        let family = IpFamily::of(packet.dst.ip());
        let written = self.rules(context.node, context.settings, context.services, family);
        Eval {
            context,
            written,
            node_ips: &self.node_ips[family.index()],
            sorted: &mut self.sorted,
            memory: &mut self.memory,
            local: &mut self.local,
        }
    }
}

/// On which addresses of a node its node ports hold; never on loopback.
fn node_ips(node: &NodeInfo, settings: &ProxySettings, family: IpFamily) -> Vec<IpAddr> {
    let ips = match settings.node_port_ips(node, family) {
        NodePortIps::AllBut(_) => node.interface_addresses(family).collect(),
        NodePortIps::These(ips) => ips,
    };
    ips.into_iter().filter(|ip| !ip.is_loopback()).collect()
}
