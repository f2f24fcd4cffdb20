//! What the network remembers between packets: connections, affinity, chains made so far.
//!
//! Owned by the world and handed to every packet. A clone is a fork: the two go separate ways.

use std::net::SocketAddr;
use std::sync::Arc;

use super::conntrack::{Conntrack, Entry};
use super::dns::ServerOptions;
use super::firewall::Firewall;
use super::hash::Map;
use super::http_proxy::ProxyState;
use super::policy::Policies;
use super::proxy::eval::{NodeRules, Recent};
use super::proxy::node::Settings;
use super::proxy::save::print_table;
use super::proxy::table::Changes;
use super::proxy::topology::categorize;
use super::proxy::{PortChains, ServicePort, ServiceTable, Table};
use super::route::{Fabric, NodeInfo};
use crate::api::IpFamily;
use crate::cluster::Snapshot;
use crate::cluster::snapshot::ClusterConfig;
use crate::sim::Instant;

/// The kernel of one node.
#[derive(Clone, Debug)]
pub struct Kernel {
    name: Arc<str>,
    /// How often its machine was started anew.
    boots: u32,
    /// Its connections.
    pub conntrack: Conntrack,
    pub(super) recent: Recent,
    pub(super) chains: Map<u64, Arc<PortChains>>,
    pub(super) fixed: [Arc<NodeRules>; 2],
}

/// Everything the network remembers.
#[derive(Clone, Debug, Default)]
pub struct NetState {
    pub(super) policies: Arc<Policies>,
    pub(super) firewall: Arc<Firewall>,
    pub(super) fabric: Arc<Fabric>,
    pub(super) table: Arc<ServiceTable>,
    pub(super) settings: Arc<Settings>,
    pub(super) kernels: Vec<Kernel>,
    /// What HTTP proxies remember.
    pub(super) http_proxies: ProxyState,
    /// CoreDNS' settings as of a version of the cluster.
    pub(super) dns: Option<(u64, Arc<ServerOptions>)>,
    config: Option<Arc<ClusterConfig>>,
}

/// The endpoints of a changed port that its successor's rules on a node name, if it has affinity too.
fn still_named(table: &ServiceTable, old: &ServicePort, node: Option<&Arc<NodeInfo>>) -> Vec<SocketAddr> {
    let same = |it: &&Arc<ServicePort>| it.name == old.name && it.cluster_ip == old.cluster_ip && it.affinity.is_some();
    let service = &old.name.service;
    let now = table.of_service(&service.namespace, &service.name).iter().find(same);
    let Some((port, node)) = now.zip(node) else {
        return Vec::new();
    };
    let reachable = categorize(port, &node.name, &node.zone).reachable;
    reachable
        .iter()
        .map(|idx| port.endpoints[usize::from(*idx)].address)
        .collect()
}

impl NetState {
    /// Nothing remembered.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what changed in the cluster. Called by everything that sends; cheap when nothing did.
    pub fn sync(&mut self, snapshot: &Snapshot) {
        let same_config = self
            .config
            .as_ref()
            .is_some_and(|it| Arc::ptr_eq(it, snapshot.shared_config()));
        if !snapshot.faults().is_empty() {
            self.forget_before_boot(snapshot);
        }
        let in_step = same_config
            && !self.fabric.is_stale(snapshot)
            && !self.policies.is_stale(snapshot)
            && !self.firewall.is_stale(snapshot)
            && !self.table.is_stale(snapshot);
        if in_step {
            return;
        }
        // A forked world shares what has not changed, so look before taking it apart.
        let wires_changed =
            (!same_config || self.fabric.is_stale(snapshot)) && Arc::make_mut(&mut self.fabric).update(snapshot);
        if self.policies.is_stale(snapshot) {
            Arc::make_mut(&mut self.policies).update(snapshot);
        }
        if self.firewall.is_stale(snapshot) {
            Arc::make_mut(&mut self.firewall).update(snapshot);
        }
        let changes = if !same_config || self.table.is_stale(snapshot) {
            Arc::make_mut(&mut self.table).update(snapshot)
        } else {
            Changes::default()
        };
        let config = &snapshot.config().proxy;
        let comments = self.table.endpoint_count() <= 1000;
        let same_settings =
            self.settings.comments == comments && self.config.as_ref().is_some_and(|it| it.proxy == *config);
        if !same_settings {
            self.settings = Arc::new(Settings::new(config, self.table.endpoint_count()));
        }
        self.config = Some(Arc::clone(snapshot.shared_config()));
        if wires_changed || !same_settings {
            self.rebuild_kernels();
        }
        for kernel in &mut self.kernels {
            let node = self
                .fabric
                .node_by_name(&kernel.name)
                .map(|idx| &self.fabric.nodes()[idx]);
            for port in &changes.stale {
                kernel.chains.remove(&port.id);
                if port.affinity.is_some() {
                    // A list of clients lives as long as rules name it, across a rewrite of these.
                    kernel.recent.keep(port, &still_named(&self.table, port, node));
                }
            }
            if changes.udp {
                kernel.conntrack.clean_udp(&self.table);
            }
        }
    }

    /// A machine that was started anew remembers no connections.
    fn forget_before_boot(&mut self, snapshot: &Snapshot) {
        for kernel in &mut self.kernels {
            let boots = snapshot.faults().machine(&kernel.name).map_or(0, |it| it.boots);
            if kernel.boots != boots {
                kernel.boots = boots;
                kernel.conntrack = Conntrack::default();
                kernel.recent = Recent::default();
            }
        }
    }

    /// Writes the fixed rules of every node anew; connections and affinity stay with the node of their name.
    fn rebuild_kernels(&mut self) {
        let settings = &self.settings;
        let mut old = std::mem::take(&mut self.kernels);
        let cni = self.fabric.non_masquerade();
        self.kernels = self
            .fabric
            .nodes()
            .iter()
            .map(|node| {
                let kept = old
                    .iter()
                    .position(|it| it.name == node.name)
                    .map(|idx| old.swap_remove(idx));
                let (boots, conntrack, recent) = kept.map(|it| (it.boots, it.conntrack, it.recent)).unwrap_or_default();
                Kernel {
                    name: Arc::clone(&node.name),
                    boots,
                    conntrack,
                    recent,
                    chains: Map::default(),
                    fixed: IpFamily::ALL.map(|family| Arc::new(NodeRules::new(node, settings, cni, family))),
                }
            })
            .collect();
    }

    /// What `iptables-save -t TABLE` (`ip6tables-save` for IPv6) prints on a node; `None` for an unknown node.
    #[must_use]
    pub fn iptables_save(&mut self, snapshot: &Snapshot, node: &str, table: Table, family: IpFamily) -> Option<String> {
        self.sync(snapshot);
        let idx = self.fabric.node_by_name(node)?;
        let settings = &self.settings;
        let info = &self.fabric.nodes()[idx];
        let kernel = &mut self.kernels[idx];
        let ports: Vec<Arc<PortChains>> = self
            .table
            .ports()
            .filter(|port| port.family() == family)
            .map(|port| {
                let made = kernel.chains.entry(port.id);
                Arc::clone(made.or_insert_with(|| Arc::new(PortChains::new(port, info, settings))))
            })
            .collect();
        Some(print_table(table, &kernel.fixed[family.index()], &ports))
    }

    /// The connections a node knows, the oldest first; `None` for an unknown node.
    #[must_use]
    pub fn connections(&self, node: &str, now: Instant) -> Option<Vec<&Entry>> {
        let idx = self.fabric.node_by_name(node)?;
        Some(self.kernels.get(idx)?.conntrack.entries(now).collect())
    }

    /// The chains of a Service port on a node, for whoever wants to show them; `None` for an unknown node.
    #[must_use]
    pub fn chains_of(
        &mut self,
        snapshot: &Snapshot,
        node: &str,
        namespace: &str,
        service: &str,
    ) -> Option<Vec<Arc<PortChains>>> {
        self.sync(snapshot);
        let idx = self.fabric.node_by_name(node)?;
        let settings = &self.settings;
        let info = &self.fabric.nodes()[idx];
        let kernel = &mut self.kernels[idx];
        let ports = self.table.of_service(namespace, service).iter();
        Some(
            ports
                .map(|port| {
                    let made = kernel.chains.entry(port.id);
                    Arc::clone(made.or_insert_with(|| Arc::new(PortChains::new(port, info, settings))))
                })
                .collect(),
        )
    }
}
