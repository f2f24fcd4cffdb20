//! The chains and rules of one Service port on one node (`kubernetes pkg/proxy/iptables/proxier.go`,
//! `syncProxyRules`).
//!
//! Made when a packet first meets the port on that node, or when somebody prints the tables; kept until the
//! Service or one of its endpoints changes.

use std::sync::{Arc, OnceLock};

use ipnet::IpNet;
use sha2::{Digest, Sha256};

use super::node::Settings;
use super::rule::{Chain, Match, Rule, Table, Target, of_2_31};
use super::service::ServicePort;
use super::topology::{Categories, categorize};
use crate::api::IpFamily;
use crate::net::route::NodeInfo;

/// Everything kube-proxy writes for one Service port on one node.
#[derive(Clone, Debug)]
pub struct PortChains {
    /// The port.
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
    /// The chains of `port` on `node`.
    #[must_use]
    pub fn new(port: &Arc<ServicePort>, node: &NodeInfo, settings: &Settings) -> Self {
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

    fn write(&mut self, node: &NodeInfo, settings: &Settings) {
        let port = Arc::clone(&self.port);
        let name = port.name.to_string();
        let any = self.categories.any;
        let has_local = !self.categories.local.is_empty();
        let internal_chain = if port.internal_local { Chain::Svl } else { Chain::Svc };
        let external_chain = if port.external_local { Chain::Svl } else { Chain::Svc };
        let has_internal = any && (!port.internal_local || has_local);
        let has_external = any && (!port.external_local || has_local);
        let uses_fw = any && !port.load_balancer_ips.is_empty() && !port.source_ranges.is_empty();
        let load_balancer_chain = if uses_fw { Chain::Fw } else { Chain::Ext };
        let (refusal, reason) = if any {
            (Target::Drop, comment(format!("{name} has no local endpoints")))
        } else {
            (Target::Reject, comment(format!("{name} has no endpoints")))
        };
        let at = |said: Match, ip: std::net::IpAddr| vec![said, transport(&port, Some(port.port)), to(ip)];

        // The virtual address.
        let cluster_ip = comment(format!("{name} cluster IP"));
        if has_internal {
            self.nat_services.push(Rule::new(
                at(cluster_ip.clone(), port.cluster_ip),
                Target::Jump(internal_chain),
            ));
        } else {
            self.filter_services
                .push(Rule::new(at(reason.clone(), port.cluster_ip), refusal));
        }
        // External addresses.
        for &ip in &port.external_ips {
            if any {
                self.nat_services.push(Rule::new(
                    at(comment(format!("{name} external IP")), ip),
                    Target::Jump(Chain::Ext),
                ));
            }
            if !has_external {
                self.filter_external.push(Rule::new(at(reason.clone(), ip), refusal));
            }
        }
        // Load balancer addresses.
        for &ip in &port.load_balancer_ips {
            if any {
                self.nat_services.push(Rule::new(
                    at(comment(format!("{name} loadbalancer IP")), ip),
                    Target::Jump(load_balancer_chain),
                ));
            }
            if uses_fw {
                let fw = self.chain_name(Chain::Fw);
                self.filter_firewall.push(Rule::new(
                    at(comment(format!("{name} traffic not accepted by {fw}")), ip),
                    Target::Drop,
                ));
            }
            if !has_external {
                self.filter_external.push(Rule::new(at(reason.clone(), ip), refusal));
            }
        }
        // Node ports.
        if let Some(node_port) = port.node_port {
            let on_port = transport(&port, Some(node_port));
            let plain = comment(name.to_string());
            if any {
                if settings.localhost_node_ports && port.family() == IpFamily::V4 {
                    let loopback = Match::Destination {
                        net: loopback_v4(),
                        not: false,
                    };
                    self.nat_node_ports.push(Rule::new(
                        vec![
                            plain.clone(),
                            on_port.clone(),
                            loopback,
                            Match::Count("localhost_nps_accepted_pkts"),
                        ],
                        Target::Jump(Chain::Ext),
                    ));
                }
                self.nat_node_ports
                    .push(Rule::new(vec![plain, on_port.clone()], Target::Jump(Chain::Ext)));
            }
            if !has_external {
                self.filter_external.push(Rule::new(
                    vec![reason, Match::DstLocal { not: false }, on_port],
                    refusal,
                ));
            }
        }
        if let Some(health) = port.health_check_node_port {
            let tcp = Match::Transport {
                protocol: crate::net::Protocol::Tcp,
                port: Some(health),
            };
            self.filter_node_ports.push(Rule::new(
                vec![comment(format!("{name} health check node port")), tcp],
                Target::Accept,
            ));
        }

        let masquerade_rules = if has_internal {
            let conditions = at(cluster_ip, port.cluster_ip);
            let mark = |more: Option<Match>| {
                Rule::new(
                    conditions.iter().cloned().chain(more).collect(),
                    Target::Jump(Chain::MarkMasq),
                )
            };
            if settings.masquerade_all {
                vec![mark(None)]
            } else {
                let not_local = settings.detector(node, port.family(), true);
                not_local.into_iter().map(|it| mark(Some(it))).collect()
            }
        } else {
            Vec::new()
        };
        if any && port.externally_accessible() {
            self.ext = Some(self.external_rules(node, settings, has_external.then_some(external_chain)));
        }
        if uses_fw {
            self.fw = Some(firewall_rules(&port, node));
        }
        let (mut svc, mut svl) = (Vec::new(), Vec::new());
        if port.internal_local {
            svl = masquerade_rules;
        } else {
            svc = masquerade_rules;
        }
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

    fn external_rules(&self, node: &NodeInfo, settings: &Settings, policy: Option<Chain>) -> Vec<Rule> {
        let name = &self.port.name;
        let said = |what: &str| comment(format!("{what} for {name} external destinations"));
        let mut rules = Vec::new();
        if self.port.external_local {
            // Pods and the node itself reach all endpoints, as if they had gone out to the load balancer and back.
            if let Some(local) = settings.detector(node, self.port.family(), false) {
                rules.push(Rule::new(vec![said("pod traffic"), local], Target::Jump(Chain::Svc)));
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

    fn choice_rules(&self, endpoints: &[u16], settings: &Settings) -> Vec<Rule> {
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

    fn endpoint_rules(&self, idx: u16, settings: &Settings) -> Vec<Rule> {
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

/// 127.0.0.0/8.
pub(super) fn loopback_v4() -> IpNet {
    IpNet::V4(ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(127, 0, 0, 0), 8))
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

fn to(ip: std::net::IpAddr) -> Match {
    Match::Destination {
        net: IpNet::from(ip),
        not: false,
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
