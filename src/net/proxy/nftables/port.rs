//! What kube-proxy writes for one Service port on one node (`kubernetes pkg/proxy/nftables/proxier.go`,
//! `syncProxyRules`): chains, and elements of the maps that all share.
//!
//! Made when a packet first meets the port on that node, or when somebody lists the table; kept until the Service
//! or one of its endpoints changes.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use ipnet::IpNet;
use sha2::{Digest, Sha256};

use super::address_set::AddressSet;
use super::rule::{Chain, Expr, Rule, Verdict, VerdictMap};
use crate::api::Release;
use crate::net::hash::Map;
use crate::net::proxy::service::ServicePort;
use crate::net::proxy::settings::{LocalDetector, ProxySettings};
use crate::net::proxy::topology::{Categories, categorize};
use crate::net::route::NodeInfo;

/// `knftables`' longest comment of an element, in bytes.
const LONGEST_COMMENT: usize = 128;

/// An element of a verdict map; `ip` is `None` for node ports.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    pub(super) map: VerdictMap,
    pub(super) ip: Option<IpAddr>,
    pub(super) port: u16,
    pub(super) verdict: Verdict,
}

/// Everything that is written for one Service port on one node.
#[derive(Clone, Debug)]
pub(super) struct PortRules {
    pub(super) port: Arc<ServicePort>,
    /// Which endpoints this node may use.
    pub(super) categories: Categories,
    /// Its chains, in the order in which they are made.
    pub(super) chains: Vec<(Chain, Vec<Rule>)>,
    /// Its elements of verdict maps.
    pub(super) elements: Vec<Element>,
    /// Its endpoints in `hairpin-connections`, by index.
    pub(super) hairpins: Vec<u16>,
    names: OnceLock<Names>,
}

/// Hashed names, worked out when first printed.
#[derive(Clone, Debug)]
struct Names {
    base: String,
    /// By index of the port's endpoints.
    endpoints: Vec<Arc<str>>,
}

impl PortRules {
    /// What is written for `port` on `node`: what was `made` already, by [`ServicePort::id`], or else anew.
    pub(super) fn made(
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

    pub(super) fn new(port: &Arc<ServicePort>, node: &NodeInfo, settings: &ProxySettings) -> Self {
        let categories = categorize(port, &node.name, &node.zone);
        let is_local = |idx: &u16| port.endpoints[usize::from(*idx)].node.as_deref() == Some(&*node.name);
        let hairpins = categories.reachable.iter().copied().filter(is_local).collect();
        let mut made = Self {
            port: Arc::clone(port),
            categories,
            chains: Vec::new(),
            elements: Vec::new(),
            hairpins,
            names: OnceLock::new(),
        };
        made.write_chains(node, settings);
        made.write_elements();
        made
    }

    /// The rules of one of its chains; empty where the chain does not exist.
    pub(super) fn rules(&self, chain: Chain) -> &[Rule] {
        self.chains
            .iter()
            .find(|(it, _)| *it == chain)
            .map_or(&[], |(_, rules)| rules)
    }

    /// The name of a chain, as printed.
    pub(super) fn chain_name(&self, chain: Chain) -> Arc<str> {
        let prefix = match chain {
            Chain::Service => "service-",
            Chain::Local => "local-",
            Chain::External => "external-",
            Chain::Firewall => "firewall-",
            Chain::Endpoint(idx) => {
                let names = &self.names().endpoints;
                return names
                    .get(usize::from(idx))
                    .map_or_else(|| Arc::from(""), |base| format!("endpoint-{base}").into());
            }
            fixed => return fixed.fixed_name().into(),
        };
        format!("{prefix}{}", self.names().base).into()
    }

    /// The comment of its elements; `None` where they have none. Longer than `knftables` allows is cut since
    /// 1.37, and fails the whole sync before.
    pub(super) fn comment(&self, map: VerdictMap, release: Release) -> Option<String> {
        if !matches!(map, VerdictMap::NoEndpointServices | VerdictMap::NoEndpointNodePorts) {
            return None;
        }
        let mut said = self.port.name.to_string();
        if release.cuts_element_comments() {
            said.truncate(LONGEST_COMMENT);
        }
        Some(said)
    }

    fn names(&self) -> &Names {
        self.names.get_or_init(|| {
            let name = &self.port.name;
            let text = format!(
                "{}/{}/{}/{}",
                name.service.namespace,
                name.service.name,
                self.port.protocol.lower(),
                name.port
            );
            let of_endpoint = |address: SocketAddr| {
                let ip = address.ip().to_string().replace(':', ".");
                hashed(&format!("{text}__{ip}/{}", address.port()))
            };
            Names {
                base: hashed(&text),
                endpoints: self
                    .port
                    .endpoints
                    .iter()
                    .map(|it| of_endpoint(it.address).into())
                    .collect(),
            }
        })
    }

    fn write_elements(&mut self) {
        let port = Arc::clone(&self.port);
        let any = self.categories.any;
        let usable = |only_local: bool| any && (!only_local || !self.categories.local.is_empty());
        let refusal = if any {
            Verdict::Drop
        } else {
            Verdict::Goto(Chain::Reject)
        };
        let mut made = Vec::new();
        let mut add = |map: VerdictMap, ip: Option<IpAddr>, verdict: Verdict| {
            let number = match ip {
                Some(_) => port.port,
                None => port.node_port.unwrap_or_default(),
            };
            made.push(Element {
                map,
                ip,
                port: number,
                verdict,
            });
        };
        if usable(port.internal_local) {
            let chain = if port.internal_local {
                Chain::Local
            } else {
                Chain::Service
            };
            add(VerdictMap::ServiceIps, Some(port.cluster_ip), Verdict::Goto(chain));
        } else {
            add(VerdictMap::NoEndpointServices, Some(port.cluster_ip), refusal);
        }
        let external = port
            .external_ips
            .iter()
            .chain(&port.load_balancer_ips)
            .copied()
            .map(Some);
        for ip in external.chain(port.node_port.map(|_| None)) {
            let (served, refused) = match ip {
                Some(_) => (VerdictMap::ServiceIps, VerdictMap::NoEndpointServices),
                None => (VerdictMap::ServiceNodePorts, VerdictMap::NoEndpointNodePorts),
            };
            if any {
                add(served, ip, Verdict::Goto(Chain::External));
            }
            if !usable(port.external_local) {
                add(refused, ip, refusal);
            }
        }
        if !port.source_ranges.is_empty() {
            for ip in &port.load_balancer_ips {
                add(VerdictMap::FirewallIps, Some(*ip), Verdict::Goto(Chain::Firewall));
            }
        }
        self.elements = made;
    }

    fn write_chains(&mut self, node: &NodeInfo, settings: &ProxySettings) {
        let port = Arc::clone(&self.port);
        let (cluster, local) = (&self.categories.cluster, &self.categories.local);
        let mut chains = Vec::new();
        if port.affinity.is_some() {
            for &idx in &self.categories.reachable {
                chains.push((Chain::Endpoint(idx), endpoint_rules(&port, idx)));
            }
        }
        if !cluster.is_empty() {
            chains.push((Chain::Service, choice_rules(&port, cluster, settings)));
        }
        if !local.is_empty() {
            chains.push((Chain::Local, choice_rules(&port, local, settings)));
        }
        if self.categories.any && port.externally_accessible() {
            chains.push((Chain::External, self.external_rules(node, settings)));
        }
        if !port.source_ranges.is_empty() && !port.load_balancer_ips.is_empty() {
            let rule = Rule::new(vec![
                Expr::Source {
                    set: AddressSet::new(allowed(&port, node)),
                    not: true,
                },
                Expr::Verdict(Verdict::Drop),
            ]);
            chains.push((Chain::Firewall, vec![rule]));
        }
        self.chains = chains;
    }

    fn external_rules(&self, node: &NodeInfo, settings: &ProxySettings) -> Vec<Rule> {
        let port = &self.port;
        let to = |chain| Expr::Verdict(Verdict::Goto(chain));
        let mark = Expr::SetMark(settings.mark);
        if !port.external_local {
            return vec![
                Rule::new(vec![mark]).said("masquerade"),
                Rule::new(vec![to(Chain::Service)]),
            ];
        }
        // Pods and the node itself reach all endpoints, as if they had gone out to the load balancer and back.
        let mut rules = Vec::new();
        if let Some(detector) = settings.local_detector(node, port.family()) {
            let exprs = vec![from_pod(detector, false), to(Chain::Service)];
            rules.push(Rule::new(exprs).said("short-circuit pod traffic"));
        }
        let of_node = |expr| Rule::new(vec![Expr::SourceIsLocal, expr]);
        rules.push(of_node(mark).said("masquerade local traffic"));
        rules.push(of_node(to(Chain::Service)).said("short-circuit local traffic"));
        if !self.categories.local.is_empty() {
            rules.push(Rule::new(vec![to(Chain::Local)]));
        }
        rules
    }
}

fn choice_rules(port: &ServicePort, endpoints: &[u16], settings: &ProxySettings) -> Vec<Rule> {
    if port.affinity.is_some() {
        let sticky = |idx: &u16| {
            let to = Expr::Verdict(Verdict::Goto(Chain::Endpoint(*idx)));
            Rule::new(vec![Expr::Sticky(*idx), to])
        };
        let by_chance = Rule::new(vec![Expr::GotoOneOf(endpoints.to_vec())]);
        return endpoints.iter().map(sticky).chain([by_chance]).collect();
    }
    let address = |idx: u16| port.endpoints[usize::from(idx)].address;
    let translate = match endpoints {
        [only] if settings.release.translates_to_lone_endpoint() => Expr::TranslateTo(*only, address(*only)),
        _ => Expr::TranslateToOneOf(endpoints.iter().map(|idx| (*idx, address(*idx))).collect()),
    };
    vec![Rule::new(vec![Expr::Transport(port.protocol), translate])]
}

fn endpoint_rules(port: &ServicePort, idx: u16) -> Vec<Rule> {
    let to = Expr::TranslateTo(idx, port.endpoints[usize::from(idx)].address);
    vec![
        Rule::new(vec![Expr::Remember(idx)]),
        Rule::new(vec![Expr::Transport(port.protocol), to]),
    ]
}

/// Who may use its load balancer addresses.
fn allowed(port: &ServicePort, node: &NodeInfo) -> Vec<IpNet> {
    let mut nets = port.source_ranges.clone();
    // Some load balancers make the address local to the nodes, and a node's own requests then carry it as source.
    let node_ip = node.primary(port.family());
    if nets.iter().any(|net| node_ip.is_some_and(|ip| net.contains(&ip))) {
        nets.extend(port.load_balancer_ips.iter().map(|ip| IpNet::from(*ip)));
    }
    nets
}

/// The condition "from a pod of this node", or with `not` "not from one".
pub(super) fn from_pod(detector: LocalDetector, not: bool) -> Expr {
    match detector {
        LocalDetector::Source(net) => Expr::Source {
            set: AddressSet::new(vec![net]),
            not,
        },
        LocalDetector::Interface(name) => Expr::InInterface {
            name: match name.strip_suffix('+') {
                Some(prefix) => format!("{prefix}*").into(),
                None => name,
            },
            not,
        },
    }
}

/// A name that is unique and not too long (`hashAndTruncate`).
fn hashed(text: &str) -> String {
    const LONGEST: usize = 240;
    let mut encoded = data_encoding::BASE32.encode(&Sha256::digest(text.as_bytes()));
    encoded.truncate(8);
    let mut name = format!("{encoded}-{text}");
    if name.len() > LONGEST {
        name.truncate(LONGEST - 3);
        name.push_str("...");
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hashed_as_upstream_hashes_them() {
        for (text, hash) in [
            ("ns1/svc1/tcp/p80", "ULMVA6XW"),
            ("ns1/svc1/tcp/p80__10.180.0.1/80", "5OJB2KTY"),
            ("default/kubernetes/tcp/https", "2QRHZV4L"),
        ] {
            assert_eq!(hashed(text), format!("{hash}-{text}"));
        }
        let long = hashed(&"x".repeat(300));
        assert_eq!(long.len(), 240);
        assert!(long.ends_with("x..."));
    }
}
