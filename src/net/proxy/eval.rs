//! A packet's way through the tables of one node, rule by rule.
//!
//! The shared chains (`KUBE-SERVICES` and its like) hold a few rules per Service that match on exact
//! destinations; of those only the ones an index names are tried, in the order in which they are printed.
//! All other chains are walked as the kernel walks them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::chains::PortChains;
use super::node::Settings;
use super::rule::{Chain, CtState, Match, Rule, Table, Target, fraction_of_2_31};
use super::service::ServicePort;
use super::table::ServiceTable;
use crate::api::IpFamily;
use crate::net::hash::Map;
use crate::net::packet::Protocol;
use crate::net::route::NodeInfo;
use crate::net::service_port_name::ServicePortName;
use crate::net::trace::RuleHit;
use crate::sim::{Duration, Instant, Rng};

/// The rules of one node that do not depend on Services, of one IP family.
#[derive(Clone, Debug)]
pub struct NodeRules {
    /// Their family.
    pub family: IpFamily,
    chains: Vec<(Table, Chain, Vec<Rule>)>,
    node_port_jumps: Vec<Rule>,
    names: Vec<(Chain, Arc<str>)>,
}

impl NodeRules {
    /// Writes them.
    #[must_use]
    pub fn new(node: &NodeInfo, settings: &Settings, cni: &[ipnet::IpNet], family: IpFamily) -> Self {
        let chains = settings.fixed(family, cni);
        let mut names: Vec<(Chain, Arc<str>)> = Vec::new();
        let shared = [
            Chain::Services,
            Chain::NodePorts,
            Chain::ExternalServices,
            Chain::ProxyFirewall,
        ];
        for chain in chains.iter().map(|(_, chain, _)| *chain).chain(shared) {
            if !names.iter().any(|(it, _)| *it == chain) {
                names.push((chain, chain.fixed_name().into()));
            }
        }
        Self {
            family,
            chains,
            node_port_jumps: settings.node_port_jumps(node, family),
            names,
        }
    }

    /// The rules of a chain.
    #[must_use]
    pub fn rules(&self, table: Table, chain: Chain) -> &[Rule] {
        if (table, chain) == (Table::Nat, Chain::Services) {
            return &self.node_port_jumps;
        }
        self.chains
            .iter()
            .find(|(in_table, it, _)| *in_table == table && *it == chain)
            .map_or(&[], |(_, _, rules)| rules)
    }

    fn name(&self, chain: Chain) -> Arc<str> {
        self.names
            .iter()
            .find(|(it, _)| *it == chain)
            .map_or_else(|| chain.fixed_name().into(), |(_, name)| Arc::clone(name))
    }
}

/// Which client used which endpoint when (`xt_recent`): a list by Service port, protocol and endpoint, the
/// client that has been away longest first.
#[derive(Clone, Debug, Default)]
pub struct Recent(Map<RecentList, Vec<(IpAddr, Instant)>>);

/// Names such a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RecentList {
    port: Arc<ServicePortName>,
    endpoint: SocketAddr,
}

/// How many clients a list remembers (the kernel module's default, `ip_list_tot`); nftables mode has no such limit.
const MOST_CLIENTS: usize = 100;

impl Recent {
    fn key(port: &ServicePort, endpoint: u16) -> RecentList {
        RecentList {
            port: Arc::clone(&port.name),
            endpoint: port.endpoints[usize::from(endpoint)].address,
        }
    }

    /// Whether `client` used the endpoint within the last `seconds`.
    #[must_use]
    pub fn check(&self, port: &ServicePort, endpoint: u16, client: IpAddr, seconds: u32, now: Instant) -> bool {
        let clients = self.0.get(&Self::key(port, endpoint));
        clients
            .and_then(|list| list.iter().find(|(ip, _)| *ip == client))
            .is_some_and(|(_, last)| now - *last <= Duration::from_secs(i64::from(seconds)))
    }

    fn set(&mut self, port: &ServicePort, endpoint: u16, client: IpAddr, now: Instant, limited: bool) {
        let list = self.0.entry(Self::key(port, endpoint)).or_default();
        list.retain(|(ip, _)| *ip != client);
        if limited && list.len() >= MOST_CLIENTS {
            list.remove(0);
        }
        list.push((client, now));
    }

    /// Forgets the lists of a Service port's endpoints but of those that rules still name.
    pub fn keep(&mut self, old: &ServicePort, named: &[SocketAddr]) {
        for endpoint in old.endpoints.iter().filter(|it| !named.contains(&it.address)) {
            self.0.remove(&RecentList {
                port: Arc::clone(&old.name),
                endpoint: endpoint.address,
            });
        }
    }
}

/// What the rules can see of a packet.
#[derive(Clone, Copy, Debug)]
pub struct PacketView {
    /// Source as it is now.
    pub src: SocketAddr,
    /// Destination as it is now.
    pub dst: SocketAddr,
    /// Protocol.
    pub protocol: Protocol,
    /// Mark.
    pub mark: u32,
    /// Whether it came from a pod of this node.
    pub from_pod: bool,
    /// What conntrack says.
    pub state: CtState,
    /// Whether conntrack has translated the destination.
    pub translated: bool,
}

/// What `KUBE-SERVICES` decided.
#[derive(Clone, Debug)]
pub struct EndpointChoice {
    /// The port.
    pub chains: Arc<PortChains>,
    /// The chain that chose: [`Chain::Svc`] or [`Chain::Svl`].
    pub policy: Chain,
    /// Which endpoint, by index.
    pub endpoint: u16,
    /// Where to.
    pub to: SocketAddr,
    /// Whether affinity chose, not chance.
    pub sticky: bool,
    /// All it might have been, with probabilities.
    pub candidates: Vec<(u16, f64)>,
}

/// What nat said of a new connection's destination.
#[derive(Clone, Debug, Default)]
pub struct Translation {
    /// The first Service port any of whose rules matched.
    pub matched: Option<Arc<PortChains>>,
    /// The endpoint, if one was chosen.
    pub choice: Option<EndpointChoice>,
}

/// What filter said.
#[derive(Clone, Debug)]
pub enum Filtered {
    /// It may pass.
    Accept,
    /// It dies in silence.
    Drop(Refusal),
    /// It is answered ICMP port unreachable.
    Reject(Refusal),
}

/// Which rule refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The chain.
    pub chain: Chain,
    /// The Service port it stands for, if it is one's.
    pub chains: Option<Arc<PortChains>>,
}

/// One node's tables, ready to take a packet.
pub struct Eval<'a> {
    /// The node.
    pub node: &'a NodeInfo,
    /// kube-proxy's settings.
    pub settings: &'a Settings,
    /// All Services.
    pub table: &'a ServiceTable,
    /// Rules of every node.
    pub fixed: &'a NodeRules,
    /// Chains made so far, by port.
    pub made: &'a mut Map<u64, Arc<PortChains>>,
    /// Affinity's memory.
    pub recent: &'a mut Recent,
    /// Chance.
    pub rng: &'a mut Rng,
    /// Now.
    pub now: Instant,
    /// The rules that matched, if anybody wants them.
    pub hits: Option<Vec<RuleHit>>,
    /// How likely it was to get here.
    pub share: f64,
}

/// How a chain ended.
enum End {
    /// Fell through or returned.
    Back,
    /// An endpoint was chosen.
    Chosen { endpoint: u16, to: SocketAddr },
}

impl Eval<'_> {
    /// Chains of a port on this node.
    fn chains(&mut self, port: &Arc<ServicePort>) -> Arc<PortChains> {
        Arc::clone(
            self.made
                .entry(port.id)
                .or_insert_with(|| Arc::new(PortChains::new(port, self.node, self.settings))),
        )
    }

    /// nat `PREROUTING` or `OUTPUT` for the first packet of a connection.
    pub fn translate(&mut self, hook: Chain, view: &mut PacketView) -> Translation {
        let mut found = Translation::default();
        let (fixed, table) = (self.fixed, self.table);
        self.hit_fixed(Table::Nat, hook, 0);
        for port in table.by_vip((view.dst.ip(), view.protocol, view.dst.port())) {
            let chains = self.chains(port);
            for rule in &chains.nat_services {
                self.follow(&chains, Chain::Services, rule, view, &mut found);
                if found.choice.is_some() {
                    return found;
                }
            }
        }
        for (idx, jump) in fixed.rules(Table::Nat, Chain::Services).iter().enumerate() {
            if !self.matches(jump, view, None) {
                continue;
            }
            let ports = table.by_node_port(IpFamily::of(view.dst.ip()), view.protocol, view.dst.port());
            if !ports.is_empty() {
                self.hit_fixed(Table::Nat, Chain::Services, idx);
            }
            for port in ports {
                let chains = self.chains(port);
                for rule in &chains.nat_node_ports {
                    self.follow(&chains, Chain::NodePorts, rule, view, &mut found);
                    if found.choice.is_some() {
                        return found;
                    }
                }
            }
        }
        found
    }

    /// One rule of a shared chain that may lead into a port's own chains.
    fn follow(
        &mut self,
        chains: &Arc<PortChains>,
        chain: Chain,
        rule: &Rule,
        view: &mut PacketView,
        found: &mut Translation,
    ) {
        if !self.matches(rule, view, Some(chains)) {
            return;
        }
        self.hit(Table::Nat, chain, rule, Some(chains));
        found.matched.get_or_insert_with(|| Arc::clone(chains));
        if let Target::Jump(to) = rule.target {
            self.own_chain(chains, to, view, &mut found.choice);
        }
    }

    fn own_chain(
        &mut self,
        chains: &Arc<PortChains>,
        chain: Chain,
        view: &mut PacketView,
        choice: &mut Option<EndpointChoice>,
    ) -> End {
        let came = self.share;
        let candidates = matches!(chain, Chain::Svc | Chain::Svl).then(|| self.candidates(chains, chain, view));
        for rule in chains.own(chain) {
            let chance = rule.chance();
            let reached = self.share;
            if !self.matches(rule, view, Some(chains)) {
                self.share = reached * (1.0 - if chance < 1.0 { chance } else { 0.0 });
                continue;
            }
            self.share = reached * chance;
            self.hit(Table::Nat, chain, rule, Some(chains));
            match rule.target {
                Target::Jump(Chain::MarkMasq) => {
                    view.mark |= self.settings.mark;
                    self.hit_fixed(Table::Nat, Chain::MarkMasq, 0);
                }
                Target::Jump(to) => {
                    if let End::Chosen { endpoint, to } = self.own_chain(chains, to, view, choice) {
                        if let Some(candidates) = candidates {
                            *choice = Some(EndpointChoice {
                                chains: Arc::clone(chains),
                                policy: chain,
                                endpoint,
                                to,
                                sticky: rule.matches.iter().any(|it| matches!(it, Match::RecentCheck { .. })),
                                candidates,
                            });
                        }
                        return End::Chosen { endpoint, to };
                    }
                }
                Target::Dnat(to) => {
                    let Chain::Sep(endpoint) = chain else { return End::Back };
                    return End::Chosen { endpoint, to };
                }
                _ => {}
            }
            self.share = reached;
        }
        self.share = came;
        End::Back
    }

    /// Every endpoint a chain may choose for this packet, and how likely.
    fn candidates(&self, chains: &PortChains, chain: Chain, view: &PacketView) -> Vec<(u16, f64)> {
        let mut left = 1.0;
        let mut found = Vec::new();
        for rule in chains.own(chain) {
            let Target::Jump(Chain::Sep(endpoint)) = rule.target else {
                continue;
            };
            let mut chance = 1.0;
            for it in &rule.matches {
                match it {
                    Match::Chance(of) => chance = fraction_of_2_31(*of),
                    Match::RecentCheck { endpoint, seconds }
                        if !self
                            .recent
                            .check(&chains.port, *endpoint, view.src.ip(), *seconds, self.now) =>
                    {
                        chance = 0.0;
                    }
                    _ => {}
                }
            }
            if chance > 0.0 && left > 0.0 {
                found.push((endpoint, left * chance));
            }
            left *= 1.0 - chance;
        }
        found
    }

    /// filter `INPUT`, `FORWARD` or `OUTPUT`.
    pub fn filter(&mut self, hook: Chain, view: &PacketView) -> Filtered {
        let fixed = self.fixed;
        for (idx, rule) in fixed.rules(Table::Filter, hook).iter().enumerate() {
            if !self.matches(rule, view, None) {
                continue;
            }
            let Target::Jump(chain) = rule.target else { continue };
            // Only rules that lead somewhere are worth telling.
            let told = self.hits.as_ref().map(Vec::len);
            self.hit_fixed(Table::Filter, hook, idx);
            let came_to = self.hits.as_ref().map(Vec::len);
            if let Some(end) = self.filter_chain(chain, view) {
                return end;
            }
            if self.hits.as_ref().map(Vec::len) == came_to
                && let (Some(hits), Some(told)) = (self.hits.as_mut(), told)
            {
                hits.truncate(told);
            }
        }
        let pinging = view.protocol == Protocol::Icmp;
        if self.settings.nftables && !pinging && view.state == CtState::New && self.table.is_cluster_ip(view.dst.ip()) {
            // nftables' `cluster-ips-check`: no known port of a ClusterIP.
            return Filtered::Reject(Refusal {
                chain: Chain::Services,
                chains: None,
            });
        }
        Filtered::Accept
    }

    fn filter_chain(&mut self, chain: Chain, view: &PacketView) -> Option<Filtered> {
        let (fixed, table) = (self.fixed, self.table);
        for (idx, rule) in fixed.rules(Table::Filter, chain).iter().enumerate() {
            if self.matches(rule, view, None) {
                self.hit_fixed(Table::Filter, chain, idx);
                if let Some(end) = ended(rule.target, chain, None) {
                    return Some(end);
                }
            }
        }
        let by_vip = table.by_vip((view.dst.ip(), view.protocol, view.dst.port()));
        let number = view.dst.port();
        let others: &[Arc<ServicePort>] = match chain {
            Chain::ExternalServices => table.by_node_port(IpFamily::of(view.dst.ip()), view.protocol, number),
            Chain::NodePorts if view.protocol == Protocol::Tcp => table.by_health_port(number),
            _ => &[],
        };
        for port in by_vip.iter().chain(others) {
            let chains = self.chains(port);
            for rule in chains.rules(Table::Filter, chain) {
                if self.matches(rule, view, Some(&chains)) {
                    self.hit(Table::Filter, chain, rule, Some(&chains));
                    if let Some(end) = ended(rule.target, chain, Some(&chains)) {
                        return Some(end);
                    }
                }
            }
        }
        None
    }

    /// nat `POSTROUTING` for the first packet of a connection: whether its source is rewritten, and if so by
    /// which chain and whether with a port of its own choosing.
    pub fn masquerade(&mut self, view: &mut PacketView) -> Option<(Chain, bool)> {
        let fixed = self.fixed;
        for (idx, jump) in fixed.rules(Table::Nat, Chain::Postrouting).iter().enumerate() {
            let Target::Jump(chain) = jump.target else { continue };
            if !self.matches(jump, view, None) {
                continue;
            }
            let told = self.hits.as_ref().map(Vec::len);
            self.hit_fixed(Table::Nat, Chain::Postrouting, idx);
            for (idx, rule) in fixed.rules(Table::Nat, chain).iter().enumerate() {
                if !self.matches(rule, view, None) {
                    continue;
                }
                self.hit_fixed(Table::Nat, chain, idx);
                match rule.target {
                    Target::Return => break,
                    Target::MarkXor(mark) => view.mark ^= mark,
                    Target::Masquerade { random_fully } => return Some((chain, random_fully)),
                    _ => {}
                }
            }
            if let (Some(hits), Some(told)) = (self.hits.as_mut(), told) {
                hits.truncate(told);
            }
        }
        None
    }

    fn matches(&mut self, rule: &Rule, view: &PacketView, chains: Option<&PortChains>) -> bool {
        rule.matches.iter().all(|it| match it {
            Match::Source { net, not } => net.contains(&view.src.ip()) != *not,
            Match::Destination { net, not } => net.contains(&view.dst.ip()) != *not,
            // Every local pod hangs on an interface that such a configuration is written for.
            Match::InInterface { not, .. } => view.from_pod != *not,
            Match::Transport { protocol, port } => {
                *protocol == view.protocol && port.is_none_or(|port| port == view.dst.port())
            }
            Match::Comment(_) | Match::Count(_) => true,
            Match::DstLocal { not } => self.node.is_local(view.dst.ip()) != *not,
            Match::SrcLocal => self.node.is_local(view.src.ip()),
            Match::Mark { value, not } => (view.mark & value == *value) != *not,
            Match::State { states, or_dnat, not } => {
                (states.contains(&view.state) || *or_dnat && view.translated) != *not
            }
            Match::Chance(of) => self.rng.below(1 << 31) < u64::from(*of),
            Match::RecentCheck { endpoint, seconds } => chains.is_some_and(|chains| {
                self.recent
                    .check(&chains.port, *endpoint, view.src.ip(), *seconds, self.now)
            }),
            Match::RecentSet { endpoint } => {
                if let Some(chains) = chains {
                    let limited = !self.settings.nftables;
                    self.recent
                        .set(&chains.port, *endpoint, view.src.ip(), self.now, limited);
                }
                true
            }
        })
    }

    fn hit(&mut self, table: Table, chain: Chain, rule: &Rule, chains: Option<&PortChains>) {
        let Some(hits) = &mut self.hits else { return };
        let fixed = self.fixed;
        let name = |chain: Chain| match (chain.fixed_name(), chains) {
            ("", Some(chains)) => chains.chain_name(chain),
            _ => fixed.name(chain),
        };
        hits.push(RuleHit {
            table: table.name(),
            chain: name(chain),
            text: rule.text(chain, fixed.family, &name),
            probability: self.share,
        });
    }

    fn hit_fixed(&mut self, table: Table, chain: Chain, idx: usize) {
        let fixed = self.fixed;
        if let Some(rule) = fixed.rules(table, chain).get(idx) {
            self.hit(table, chain, rule, None);
        }
    }
}

fn ended(target: Target, chain: Chain, chains: Option<&Arc<PortChains>>) -> Option<Filtered> {
    let refusal = || Refusal {
        chain,
        chains: chains.cloned(),
    };
    match target {
        Target::Accept => Some(Filtered::Accept),
        Target::Drop => Some(Filtered::Drop(refusal())),
        Target::Reject => Some(Filtered::Reject(refusal())),
        _ => None,
    }
}
