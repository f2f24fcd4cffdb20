//! The chains and rules of one Service port on one node (`kubernetes pkg/proxy/iptables/proxier.go`,
//! `syncProxyRules`).
//!
//! Made when a packet first meets the port on that node, or when somebody prints the tables; kept until the
//! Service or one of its endpoints changes.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use ipnet::IpNet;
use sha2::{Digest, Sha256};

use super::rule::{Chain, Match, Rule, Table, Target, of_2_31};
use crate::api::IpFamily;
use crate::net::hash::Map;
use crate::net::packet::Protocol;
use crate::net::proxy::service::ServicePort;
use crate::net::proxy::settings::{LocalDetector, ProxySettings};
use crate::net::proxy::topology::{Categories, categorize};
use crate::net::route::NodeInfo;

/// Everything kube-proxy writes for one Service port on one node.
#[derive(Clone, Debug)]
pub struct PortChains {
    /// The Service port they are written for.
    pub port: Arc<ServicePort>,
    /// Which endpoints this node may use.
    pub categories: Categories,
    /// Its rules in nat `KUBE-SERVICES`.
    pub nat_services: Vec<Rule>,
    /// Its rules in nat `KUBE-NODEPORTS`.
    pub nat_node_ports: Vec<Rule>,
    /// Its rules in filter `KUBE-SERVICES`.
    pub filter_services: Vec<Rule>,
    /// Its rules in filter `KUBE-EXTERNAL-SERVICES`.
    pub filter_external: Vec<Rule>,
    /// Its rules in filter `KUBE-PROXY-FIREWALL`.
    pub filter_firewall: Vec<Rule>,
    /// Its rules in filter `KUBE-NODEPORTS`.
    pub filter_node_ports: Vec<Rule>,
    /// `KUBE-EXT-…`, if it exists.
    pub ext: Option<Vec<Rule>>,
    /// `KUBE-FW-…`, if it exists.
    pub fw: Option<Vec<Rule>>,
    /// `KUBE-SVC-…`, if it exists.
    pub svc: Option<Vec<Rule>>,
    /// `KUBE-SVL-…`, if it exists.
    pub svl: Option<Vec<Rule>>,
    /// `KUBE-SEP-…` of each reachable endpoint: index into the port's endpoints, and rules.
    pub seps: Vec<(u16, Vec<Rule>)>,
    names: OnceLock<Names>,
}

/// Hashed names, worked out when first printed.
#[derive(Clone, Debug)]
struct Names {
    hash: String,
    /// By index of the port's endpoints.
    seps: Vec<Arc<str>>,
}

impl PortChains {
    /// The chains of `port` on `node`: those already `made`, by [`ServicePort::id`], or else new ones.
    pub fn made(
        made: &mut Map<u64, Arc<Self>>,
        port: &Arc<ServicePort>,
        node: &NodeInfo,
        settings: &ProxySettings,
    ) -> Arc<Self> {
        Arc::clone(
            made.entry(port.id)
                .or_insert_with(|| Arc::new(Self::new(port, node, settings))),
        )
    }

    /// The chains of `port` on `node`.
    #[must_use]
    pub fn new(port: &Arc<ServicePort>, node: &NodeInfo, settings: &ProxySettings) -> Self {
        let categories = categorize(port, &node.name, &node.zone);
        let mut made = Self {
            port: Arc::clone(port),
            categories,
            nat_services: Vec::new(),
            nat_node_ports: Vec::new(),
            filter_services: Vec::new(),
            filter_external: Vec::new(),
            filter_firewall: Vec::new(),
            filter_node_ports: Vec::new(),
            ext: None,
            fw: None,
            svc: None,
            svl: None,
            seps: Vec::new(),
            names: OnceLock::new(),
        };
        made.write(node, settings);
        made
    }

    /// The rules of one of this port's own chains; empty where the chain does not exist.
    #[must_use]
    pub fn own(&self, chain: Chain) -> &[Rule] {
        match chain {
            Chain::Svc => self.svc.as_deref().unwrap_or_default(),
            Chain::Svl => self.svl.as_deref().unwrap_or_default(),
            Chain::Ext => self.ext.as_deref().unwrap_or_default(),
            Chain::Fw => self.fw.as_deref().unwrap_or_default(),
            Chain::Sep(endpoint) => self
                .seps
                .iter()
                .find(|(idx, _)| *idx == endpoint)
                .map_or(&[], |(_, rules)| rules),
            _ => &[],
        }
    }

    /// This port's rules in a chain, its own or a shared one.
    #[must_use]
    pub fn rules(&self, table: Table, chain: Chain) -> &[Rule] {
        match (table, chain) {
            (Table::Nat, Chain::Services) => &self.nat_services,
            (Table::Nat, Chain::NodePorts) => &self.nat_node_ports,
            (Table::Filter, Chain::Services) => &self.filter_services,
            (Table::Filter, Chain::ExternalServices) => &self.filter_external,
            (Table::Filter, Chain::ProxyFirewall) => &self.filter_firewall,
            (Table::Filter, Chain::NodePorts) => &self.filter_node_ports,
            (Table::Nat, _) => self.own(chain),
            (Table::Filter, _) => &[],
        }
    }

    /// Its own chains in nat, with their rules.
    pub fn own_chains(&self) -> impl Iterator<Item = (Chain, &[Rule])> + '_ {
        [
            (Chain::Ext, &self.ext),
            (Chain::Fw, &self.fw),
            (Chain::Svc, &self.svc),
            (Chain::Svl, &self.svl),
        ]
        .into_iter()
        .filter_map(|(chain, rules)| Some((chain, rules.as_deref()?)))
        .chain(
            self.seps
                .iter()
                .map(|(idx, rules)| (Chain::Sep(*idx), rules.as_slice())),
        )
    }

    /// The name of a chain, as printed.
    #[must_use]
    pub fn chain_name(&self, chain: Chain) -> Arc<str> {
        let prefix = match chain {
            Chain::Svc => "KUBE-SVC-",
            Chain::Svl => "KUBE-SVL-",
            Chain::Ext => "KUBE-EXT-",
            Chain::Fw => "KUBE-FW-",
            Chain::Sep(idx) => {
                return self
                    .names()
                    .seps
                    .get(usize::from(idx))
                    .map_or_else(|| Arc::from(""), Arc::clone);
            }
            fixed => return fixed.fixed_name().into(),
        };
        format!("{prefix}{}", self.names().hash).into()
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let base = format!("{}{}", self.port.name, self.port.protocol.lower());
            Names {
                hash: hash16(&base),
                seps: self
                    .port
                    .endpoints
                    .iter()
                    .map(|it| format!("KUBE-SEP-{}", hash16(&format!("{base}{}", it.address))).into())
                    .collect(),
            }
        })
    }

    fn write(&mut self, node: &NodeInfo, settings: &ProxySettings) {
        let plan = Plan::new(&self.port, &self.categories);
        self.write_cluster_ip(&plan);
        self.write_external_ips(&plan);
        self.write_load_balancer_ips(&plan);
        self.write_node_port(&plan, settings);
        self.write_health_check(&plan);
        self.write_own_chains(&plan, node, settings);
    }

    fn write_cluster_ip(&mut self, plan: &Plan) {
        let ip = self.port.cluster_ip;
        if plan.has_internal {
            let chain = policy_chain(self.port.internal_local);
            let rule = Rule::new(plan.to(plan.said("cluster IP"), ip), Target::Jump(chain));
            self.nat_services.push(rule);
        } else {
            self.filter_services.push(plan.refusal(ip));
        }
    }

    fn write_external_ips(&mut self, plan: &Plan) {
        for &ip in &self.port.external_ips {
            if plan.any {
                self.nat_services.push(Rule::new(
                    plan.to(plan.said("external IP"), ip),
                    Target::Jump(Chain::Ext),
                ));
            }
            if !plan.has_external {
                self.filter_external.push(plan.refusal(ip));
            }
        }
    }

    fn write_load_balancer_ips(&mut self, plan: &Plan) {
        let chain = if plan.uses_fw { Chain::Fw } else { Chain::Ext };
        let port = Arc::clone(&self.port);
        for &ip in &port.load_balancer_ips {
            if plan.any {
                self.nat_services.push(Rule::new(
                    plan.to(plan.said("loadbalancer IP"), ip),
                    Target::Jump(chain),
                ));
            }
            if plan.uses_fw {
                let fw = self.chain_name(Chain::Fw);
                let said = plan.said(&format!("traffic not accepted by {fw}"));
                self.filter_firewall.push(Rule::new(plan.to(said, ip), Target::Drop));
            }
            if !plan.has_external {
                self.filter_external.push(plan.refusal(ip));
            }
        }
    }

    fn write_node_port(&mut self, plan: &Plan, settings: &ProxySettings) {
        let Some(node_port) = self.port.node_port else { return };
        let on_port = transport(&self.port, Some(node_port));
        if plan.any {
            let said = || comment(plan.name.clone());
            if settings.localhost_node_ports && self.port.family() == IpFamily::V4 {
                let matches = vec![
                    said(),
                    on_port.clone(),
                    Match::to_loopback(IpFamily::V4),
                    Match::Count("localhost_nps_accepted_pkts"),
                ];
                self.nat_node_ports.push(Rule::new(matches, Target::Jump(Chain::Ext)));
            }
            self.nat_node_ports
                .push(Rule::new(vec![said(), on_port.clone()], Target::Jump(Chain::Ext)));
        }
        if !plan.has_external {
            let matches = vec![plan.reason.clone(), Match::DstLocal { not: false }, on_port];
            self.filter_external.push(Rule::new(matches, plan.refusal));
        }
    }

    fn write_health_check(&mut self, plan: &Plan) {
        let Some(port) = self.port.health_check_node_port else {
            return;
        };
        let tcp = Match::Transport {
            protocol: Protocol::Tcp,
            port: Some(port),
        };
        let matches = vec![plan.said("health check node port"), tcp];
        self.filter_node_ports.push(Rule::new(matches, Target::Accept));
    }

    fn write_own_chains(&mut self, plan: &Plan, node: &NodeInfo, settings: &ProxySettings) {
        let port = Arc::clone(&self.port);
        if plan.any && port.externally_accessible() {
            let chain = policy_chain(port.external_local);
            self.ext = Some(self.external_rules(node, settings, plan.has_external.then_some(chain)));
        }
        if plan.uses_fw {
            self.fw = Some(firewall_rules(&port, node));
        }
        let (mut svc, mut svl) = (Vec::new(), Vec::new());
        let internal = if port.internal_local { &mut svl } else { &mut svc };
        internal.extend(self.masquerade_rule(plan, node, settings));
        if !self.categories.cluster.is_empty() {
            svc.extend(self.choice_rules(&self.categories.cluster, settings));
            self.svc = Some(svc);
        }
        if !self.categories.local.is_empty() {
            svl.extend(self.choice_rules(&self.categories.local, settings));
            self.svl = Some(svl);
        }
        let reachable = self.categories.reachable.clone();
        self.seps = reachable
            .into_iter()
            .map(|idx| (idx, self.endpoint_rules(idx, settings)))
            .collect();
    }

    /// Who is masqueraded on the way to the ClusterIP; `None` for nobody.
    fn masquerade_rule(&self, plan: &Plan, node: &NodeInfo, settings: &ProxySettings) -> Option<Rule> {
        if !plan.has_internal {
            return None;
        }
        let mut matches = plan.to(plan.said("cluster IP"), self.port.cluster_ip);
        if !settings.masquerade_all {
            let detector = settings.local_detector(node, self.port.family())?;
            matches.push(from_pod(detector, true));
        }
        Some(Rule::new(matches, Target::Jump(Chain::MarkMasq)))
    }

    fn external_rules(&self, node: &NodeInfo, settings: &ProxySettings, policy: Option<Chain>) -> Vec<Rule> {
        let name = &self.port.name;
        let said = |what: &str| comment(format!("{what} for {name} external destinations"));
        let mut rules = Vec::new();
        if self.port.external_local {
            // Pods and the node itself reach all endpoints, as if they had gone out to the load balancer and back.
            if let Some(local) = settings.local_detector(node, self.port.family()) {
                rules.push(Rule::new(
                    vec![said("pod traffic"), from_pod(local, false)],
                    Target::Jump(Chain::Svc),
                ));
            }
            let of_node = |what, target| Rule::new(vec![said(what), Match::SrcLocal], Target::Jump(target));
            rules.push(of_node("masquerade LOCAL traffic", Chain::MarkMasq));
            rules.push(of_node("route LOCAL traffic", Chain::Svc));
        } else {
            rules.push(Rule::new(
                vec![said("masquerade traffic")],
                Target::Jump(Chain::MarkMasq),
            ));
        }
        rules.extend(policy.map(|chain| Rule::new(Vec::new(), Target::Jump(chain))));
        rules
    }

    fn choice_rules(&self, endpoints: &[u16], settings: &ProxySettings) -> Vec<Rule> {
        let said = |idx: u16| {
            let arrow = format!(
                "{} -> {}",
                self.port.name,
                self.port.endpoints[usize::from(idx)].address
            );
            settings.comments.then(|| comment(arrow))
        };
        let sticky = self.port.affinity.into_iter().flat_map(|seconds| {
            endpoints.iter().map(move |&endpoint| {
                let recent = Match::RecentCheck { endpoint, seconds };
                Rule::new(
                    said(endpoint).into_iter().chain([recent]).collect(),
                    Target::Jump(Chain::Sep(endpoint)),
                )
            })
        });
        let by_chance = endpoints.iter().enumerate().map(|(nth, &endpoint)| {
            let left = endpoints.len() - nth;
            let chance = (left > 1).then(|| Match::Chance(of_2_31(rounded_share(left))));
            Rule::new(
                said(endpoint).into_iter().chain(chance).collect(),
                Target::Jump(Chain::Sep(endpoint)),
            )
        });
        sticky.chain(by_chance).collect()
    }

    fn endpoint_rules(&self, idx: u16, settings: &ProxySettings) -> Vec<Rule> {
        let address = self.port.endpoints[usize::from(idx)].address;
        let said = || settings.comments.then(|| comment(self.port.name.to_string()));
        let itself = Match::Source {
            net: IpNet::from(address.ip()),
            not: false,
        };
        let note = self.port.affinity.map(|_| Match::RecentSet { endpoint: idx });
        vec![
            Rule::new(
                said().into_iter().chain([itself]).collect(),
                Target::Jump(Chain::MarkMasq),
            ),
            Rule::new(
                said()
                    .into_iter()
                    .chain(note)
                    .chain([transport(&self.port, None)])
                    .collect(),
                Target::Dnat(address),
            ),
        ]
    }
}

/// What the rules of a port have in common.
struct Plan {
    /// The port's name, as comments have it.
    name: String,
    /// Whether the Service has a usable endpoint on any node.
    any: bool,
    /// Whether its ClusterIP leads to an endpoint from this node.
    has_internal: bool,
    /// Whether its external addresses do.
    has_external: bool,
    /// Whether source ranges guard its load balancer addresses.
    uses_fw: bool,
    /// What happens where no endpoint may be used.
    refusal: Target,
    /// The comment that says why.
    reason: Match,
    /// Protocol and port of its virtual addresses.
    transport: Match,
}

impl Plan {
    fn new(port: &ServicePort, categories: &Categories) -> Self {
        let name = port.name.to_string();
        let any = categories.any;
        let usable = |only_local: bool| any && (!only_local || !categories.local.is_empty());
        let (refusal, reason) = if any {
            (Target::Drop, "has no local endpoints")
        } else {
            (Target::Reject, "has no endpoints")
        };
        Self {
            any,
            has_internal: usable(port.internal_local),
            has_external: usable(port.external_local),
            uses_fw: any && !port.load_balancer_ips.is_empty() && !port.source_ranges.is_empty(),
            refusal,
            reason: comment(format!("{name} {reason}")),
            transport: transport(port, Some(port.port)),
            name,
        }
    }

    /// The comment that an address of the port is `what`.
    fn said(&self, what: &str) -> Match {
        comment(format!("{} {what}", self.name))
    }

    /// The conditions of a rule for a virtual address.
    fn to(&self, said: Match, ip: IpAddr) -> Vec<Match> {
        let destination = Match::Destination {
            net: IpNet::from(ip),
            not: false,
        };
        vec![said, self.transport.clone(), destination]
    }

    /// The rule of filter for a virtual address that leads to no endpoint.
    fn refusal(&self, ip: IpAddr) -> Rule {
        Rule::new(self.to(self.reason.clone(), ip), self.refusal)
    }
}

/// The chain that chooses among the endpoints of a policy.
const fn policy_chain(local: bool) -> Chain {
    if local { Chain::Svl } else { Chain::Svc }
}

fn firewall_rules(port: &ServicePort, node: &NodeInfo) -> Vec<Rule> {
    let from = |net: IpNet| {
        Rule::new(
            vec![
                comment(format!("{} loadbalancer IP", port.name)),
                Match::Source { net, not: false },
            ],
            Target::Jump(Chain::Ext),
        )
    };
    let mut rules: Vec<Rule> = port.source_ranges.iter().map(|net| from(*net)).collect();
    // Some load balancers make the address local to the nodes, and a node's own requests then carry it as source.
    let node_ip = node.primary(port.family());
    if port
        .source_ranges
        .iter()
        .any(|net| node_ip.is_some_and(|ip| net.contains(&ip)))
    {
        rules.extend(port.load_balancer_ips.iter().map(|ip| from(IpNet::from(*ip))));
    }
    rules.push(Rule::new(
        vec![comment(format!(
            "other traffic to {} will be dropped by KUBE-PROXY-FIREWALL",
            port.name
        ))],
        Target::None,
    ));
    rules
}

/// 1/n with ten digits, as kube-proxy writes it.
fn rounded_share(n: usize) -> f64 {
    (1e10 / n as f64).round() / 1e10
}

/// The condition "from a pod of this node", or with `not` "not from one".
fn from_pod(detector: LocalDetector, not: bool) -> Match {
    match detector {
        LocalDetector::Source(net) => Match::Source { net, not },
        LocalDetector::Interface(name) => Match::InInterface { name, not },
    }
}

fn comment(text: String) -> Match {
    Match::Comment(text.into())
}

fn transport(port: &ServicePort, number: Option<u16>) -> Match {
    Match::Transport {
        protocol: port.protocol,
        port: number,
    }
}

/// The first 16 letters of the SHA-256 in base32 (`portProtoHash`).
fn hash16(text: &str) -> String {
    let mut encoded = data_encoding::BASE32.encode(&Sha256::digest(text.as_bytes()));
    encoded.truncate(16);
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hashed_as_upstream_hashes_them() {
        assert_eq!(hash16("default/webtcp"), "LOLE4ISW44XBNF3G");
        assert_eq!(hash16("default/webtcp10.244.1.2:8080"), "PXJ2U7QYT2QW5545");
        assert_eq!(hash16("default/kubernetes:httpstcp"), "NPX46M4PTMTKRN6Y");
    }
}
