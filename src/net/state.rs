//! What the network remembers between packets: connections, affinity, chains made so far.
//!
//! Owned by the world and handed to every packet. A clone is a fork: the two go separate ways.

use std::net::IpAddr;
use std::sync::Arc;

use super::conntrack::{Conntrack, Entry};
use super::dns::ServerOptions;
use super::firewall::Firewall;
use super::http_proxy::ProxyState;
use super::policy::Policies;
use super::proxy::cleanup::is_stale;
use super::proxy::settings::LARGE_CLUSTER_ENDPOINTS;
use super::proxy::table::Changes;
use super::proxy::topology::{Categories, categorize};
use super::proxy::{DumpContext, NodeProxy, ProxySettings, RuleDump, ServicePort, ServiceTable};
use super::route::Fabric;
use crate::api::{IpFamily, NamespacedName};
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
    /// Its kube-proxy.
    pub(super) proxy: NodeProxy,
}

/// Everything the network remembers.
#[derive(Clone, Debug, Default)]
pub struct NetState {
    pub(super) policies: Arc<Policies>,
    pub(super) firewall: Arc<Firewall>,
    pub(super) fabric: Arc<Fabric>,
    pub(super) table: Arc<ServiceTable>,
    pub(super) settings: Arc<ProxySettings>,
    pub(super) kernels: Vec<Kernel>,
    /// What HTTP proxies remember.
    pub(super) http_proxies: ProxyState,
    /// CoreDNS' settings as of a version of the cluster.
    pub(super) dns: Option<(u64, Arc<ServerOptions>)>,
    /// What DNS servers logged: the pod, and the line.
    dns_log: Vec<(NamespacedName, String)>,
    config: Option<Arc<ClusterConfig>>,
}

/// Lines of DNS servers that are kept; the oldest go first.
const MOST_LOG_LINES: usize = 2000;

impl NetState {
    /// What a DNS server's pod logged of the questions it was asked, the oldest first.
    pub fn logged_questions(&self, pod: &NamespacedName) -> impl Iterator<Item = &str> {
        let lines = self.dns_log.iter().filter(move |(of, _)| of == pod);
        lines.map(|(_, line)| line.as_str())
    }

    /// Keeps a line of a DNS server's log.
    pub(super) fn log_question(&mut self, pod: NamespacedName, line: String) {
        if self.dns_log.len() >= MOST_LOG_LINES {
            self.dns_log.drain(..MOST_LOG_LINES / 2);
        }
        self.dns_log.push((pod, line));
    }

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
        let comments = self.table.endpoint_count() <= LARGE_CLUSTER_ENDPOINTS;
        let same_settings = self.settings.comments == comments
            && self.config.as_ref().is_some_and(|it| {
                it.proxy == *config
                    && it.service_subnets == snapshot.config().service_subnets
                    && it.release == snapshot.config().release
            });
        if !same_settings {
            let endpoints = self.table.endpoint_count();
            let (release, ranges) = (snapshot.config().release, snapshot.config().service_subnets.clone());
            self.settings = Arc::new(ProxySettings::new(config, release, ranges, endpoints));
        }
        self.config = Some(Arc::clone(snapshot.shared_config()));
        if wires_changed || !same_settings {
            self.rebuild_kernels();
        }
        for kernel in &mut self.kernels {
            let node = self
                .fabric
                .node_by_name(&kernel.name)
                .map(|idx| &*self.fabric.nodes()[idx]);
            kernel.proxy.update(node, &self.table, &changes);
            if changes.udp {
                kernel.conntrack.forget_where(|entry| is_stale(entry, &self.table));
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
                kernel.proxy.forget_packets();
            }
        }
    }

    /// Writes the rules of every node anew; connections and affinity stay with the node of their name.
    fn rebuild_kernels(&mut self) {
        let settings = &self.settings;
        let mut old = std::mem::take(&mut self.kernels);
        let cni = self.fabric.non_masquerade();
        self.kernels = self
            .fabric
            .nodes()
            .iter()
            .map(|node| match old.iter().position(|it| it.name == node.name) {
                Some(idx) => {
                    let mut kept = old.swap_remove(idx);
                    kept.proxy.rewrite(node, settings, cni);
                    kept
                }
                None => Kernel {
                    name: Arc::clone(&node.name),
                    boots: 0,
                    conntrack: Conntrack::default(),
                    proxy: NodeProxy::new(node, settings, cni),
                },
            })
            .collect();
    }

    /// What a node's own tools print of kube-proxy's rules for one IP family; `None` for an unknown node, and where
    /// it has no such rules.
    #[must_use]
    pub fn dump_rules(
        &mut self,
        snapshot: &Snapshot,
        node: &str,
        family: IpFamily,
        dump: RuleDump<'_>,
    ) -> Option<String> {
        self.sync(snapshot);
        let idx = self.fabric.node_by_name(node)?;
        let Kernel { proxy, conntrack, .. } = &mut self.kernels[idx];
        let context = DumpContext {
            node: &self.fabric.nodes()[idx],
            settings: &self.settings,
            services: &self.table,
            conntrack,
            now: snapshot.now(),
        };
        proxy.dump(&context, family, dump)
    }

    /// The addresses of a family that kube-proxy gives to a node, ascending; `None` for an unknown node, and in
    /// modes that give none.
    #[must_use]
    pub fn proxy_addresses(&mut self, snapshot: &Snapshot, node: &str, family: IpFamily) -> Option<Vec<IpAddr>> {
        self.sync(snapshot);
        let idx = self.fabric.node_by_name(node)?;
        let Kernel { proxy, conntrack, .. } = &self.kernels[idx];
        let context = DumpContext {
            node: &self.fabric.nodes()[idx],
            settings: &self.settings,
            services: &self.table,
            conntrack,
            now: snapshot.now(),
        };
        proxy.given(&context, family)
    }

    /// The connections a node knows, the oldest first; `None` for an unknown node.
    #[must_use]
    pub fn connections(&self, node: &str, now: Instant) -> Option<Vec<&Entry>> {
        let idx = self.fabric.node_by_name(node)?;
        Some(self.kernels.get(idx)?.conntrack.entries(now).collect())
    }

    /// The ports of a Service, and which of their endpoints a node may use; `None` for an unknown node.
    #[must_use]
    pub fn endpoints_on(
        &mut self,
        snapshot: &Snapshot,
        node: &str,
        namespace: &str,
        service: &str,
    ) -> Option<Vec<(Arc<ServicePort>, Categories)>> {
        self.sync(snapshot);
        let node = &self.fabric.nodes()[self.fabric.node_by_name(node)?];
        let ports = self.table.of_service(namespace, service).iter();
        let categorized = ports.map(|port| (Arc::clone(port), categorize(port, &node.name, &node.zone)));
        Some(categorized.collect())
    }
}
