//! A packet's way through the tables of one node, rule by rule.
//!
//! The shared chains (`KUBE-SERVICES` and its like) hold a few rules per Service that match on exact
//! destinations; of those only the ones an index names are tried, in the order in which they are printed.
//! All other chains are walked as the kernel walks them.

use std::net::SocketAddr;
use std::sync::Arc;

use super::chains::PortChains;
use super::node_rules::NodeRules;
use super::recent::Recent;
use super::rule::{Chain, Match, Rule, Table, Target, fraction_of_2_31};
use crate::api::IpFamily;
use crate::net::hash::Map;
use crate::net::packet::Protocol;
use crate::net::proxy::context::NodeContext;
use crate::net::proxy::decision::{
    EndpointChoice, FilterVerdict, Masquerade, MasqueradeBy, MasqueradeReason, Refusal, ServiceRefusal, TrafficKind,
    TrafficPolicy, Translation,
};
use crate::net::proxy::packet_view::{Hook, PacketView};
use crate::net::proxy::service::ServicePort;
use crate::net::trace::RuleHit;

/// One node's tables of one IP family, ready to take a packet.
pub(super) struct Eval<'a> {
    /// Who asks.
    pub(super) context: NodeContext<'a>,
    /// Rules of every node.
    pub(super) fixed: &'a NodeRules,
    /// Chains made so far, by [`ServicePort::id`].
    pub(super) made: &'a mut Map<u64, Arc<PortChains>>,
    /// Affinity's memory.
    pub(super) recent: &'a mut Recent,
    /// How likely it was to get here, 0 to 1.
    pub(super) share: f64,
}

/// How a chain ended.
enum End {
    /// Fell through or returned.
    Back,
    /// An endpoint was chosen.
    Chosen { endpoint: u16, to: SocketAddr },
}

impl Eval<'_> {
    fn chains(&mut self, port: &Arc<ServicePort>) -> Arc<PortChains> {
        PortChains::made(self.made, port, self.context.node, self.context.settings)
    }

    /// nat `PREROUTING` or `OUTPUT` for the first packet of a connection.
    pub(super) fn translate(&mut self, hook: Hook, view: &mut PacketView) -> Translation {
        let mut found = self.choose(hook, view);
        let settings = self.context.settings;
        if let Some(choice) = &mut found.choice
            && view.mark & settings.mark != 0
        {
            let (port, node) = (&choice.port, self.context.node);
            choice.masquerade = Some(MasqueradeReason::of(port, choice.to, view, node, settings));
        }
        found
    }

    fn choose(&mut self, hook: Hook, view: &mut PacketView) -> Translation {
        let mut found = Translation::default();
        let (fixed, table) = (self.fixed, self.context.services);
        self.hit_fixed(Table::Nat, Chain::BuiltIn(hook), 0);
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
        found.matched.get_or_insert_with(|| Arc::clone(&chains.port));
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
        let entered = self.share;
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
                    view.mark |= self.context.settings.mark;
                    self.hit_fixed(Table::Nat, Chain::MarkMasq, 0);
                }
                Target::Jump(to) => {
                    if let End::Chosen { endpoint, to } = self.own_chain(chains, to, view, choice) {
                        if let Some(candidates) = candidates {
                            *choice = Some(EndpointChoice {
                                port: Arc::clone(&chains.port),
                                policy: match chain {
                                    Chain::Svl => TrafficPolicy::Local,
                                    _ => TrafficPolicy::Cluster,
                                },
                                endpoint,
                                to,
                                sticky: rule.matches.iter().any(|it| matches!(it, Match::RecentCheck { .. })),
                                candidates,
                                masquerade: None,
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
        self.share = entered;
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
                            .check(&chains.port, *endpoint, view.src.ip(), *seconds, self.context.now) =>
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

    /// filter `INPUT`, `FORWARD` or `OUTPUT`; `None` where no rule decides.
    pub(super) fn filter(&mut self, hook: Hook, view: &PacketView) -> Option<FilterVerdict> {
        let fixed = self.fixed;
        let hook = Chain::BuiltIn(hook);
        for (idx, rule) in fixed.rules(Table::Filter, hook).iter().enumerate() {
            if !self.matches(rule, view, None) {
                continue;
            }
            let Target::Jump(chain) = rule.target else { continue };
            // Only rules that lead somewhere are worth citing.
            let before = self.context.hits.as_ref().map(Vec::len);
            self.hit_fixed(Table::Filter, hook, idx);
            let jumped = self.context.hits.as_ref().map(Vec::len);
            if let Some(verdict) = self.filter_chain(chain, view) {
                return Some(verdict);
            }
            if self.context.hits.as_ref().map(Vec::len) == jumped {
                self.forget_hits(before);
            }
        }
        None
    }

    fn filter_chain(&mut self, chain: Chain, view: &PacketView) -> Option<FilterVerdict> {
        let (fixed, table) = (self.fixed, self.context.services);
        for (idx, rule) in fixed.rules(Table::Filter, chain).iter().enumerate() {
            if self.matches(rule, view, None) {
                self.hit_fixed(Table::Filter, chain, idx);
                if let Some(verdict) = verdict(rule.target, chain, None) {
                    return Some(verdict);
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
                    if let Some(verdict) = verdict(rule.target, chain, Some(port)) {
                        return Some(verdict);
                    }
                }
            }
        }
        None
    }

    /// nat `POSTROUTING` for the first packet of a connection.
    pub(super) fn masquerade(&mut self, view: &mut PacketView) -> Option<Masquerade> {
        let fixed = self.fixed;
        let hook = Chain::BuiltIn(Hook::Postrouting);
        for (idx, jump) in fixed.rules(Table::Nat, hook).iter().enumerate() {
            let Target::Jump(chain) = jump.target else { continue };
            if !self.matches(jump, view, None) {
                continue;
            }
            let before = self.context.hits.as_ref().map(Vec::len);
            self.hit_fixed(Table::Nat, hook, idx);
            for (idx, rule) in fixed.rules(Table::Nat, chain).iter().enumerate() {
                if !self.matches(rule, view, None) {
                    continue;
                }
                self.hit_fixed(Table::Nat, chain, idx);
                match rule.target {
                    Target::Return => break,
                    Target::MarkXor(mark) => view.mark ^= mark,
                    Target::Masquerade { random_fully } => {
                        return Some(Masquerade {
                            by: match chain {
                                Chain::KubePostrouting => MasqueradeBy::KubeProxy,
                                _ => MasqueradeBy::Cni,
                            },
                            random_port: random_fully,
                        });
                    }
                    _ => {}
                }
            }
            self.forget_hits(before);
        }
        None
    }

    /// Takes back what was cited since there were `kept` hits.
    fn forget_hits(&mut self, kept: Option<usize>) {
        if let (Some(hits), Some(kept)) = (self.context.hits.as_mut(), kept) {
            hits.truncate(kept);
        }
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
            // Not written in this mode.
            Match::Protocol(_)
            | Match::SrcNotLocal
            | Match::NotFromBridge
            | Match::Set { .. }
            | Match::VirtualServer { .. } => false,
            Match::DstLocal { not } => self.context.node.is_local(view.dst.ip()) != *not,
            Match::SrcLocal => self.context.node.is_local(view.src.ip()),
            Match::Mark { value, not } => (view.mark & value == *value) != *not,
            Match::State { states, or_dnat, not } => {
                (states.contains(&view.state) || *or_dnat && view.translated) != *not
            }
            Match::Chance(of) => self.context.rng.below(1 << 31) < u64::from(*of),
            Match::RecentCheck { endpoint, seconds } => chains.is_some_and(|chains| {
                self.recent
                    .check(&chains.port, *endpoint, view.src.ip(), *seconds, self.context.now)
            }),
            Match::RecentSet { endpoint } => {
                if let Some(chains) = chains {
                    self.recent
                        .set(&chains.port, *endpoint, view.src.ip(), self.context.now);
                }
                true
            }
        })
    }

    fn hit(&mut self, table: Table, chain: Chain, rule: &Rule, chains: Option<&PortChains>) {
        let Some(hits) = &mut self.context.hits else { return };
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
            effect: rule.effect(),
        });
    }

    fn hit_fixed(&mut self, table: Table, chain: Chain, idx: usize) {
        let fixed = self.fixed;
        if let Some(rule) = fixed.rules(table, chain).get(idx) {
            self.hit(table, chain, rule, None);
        }
    }
}

/// What a target of filter decides in `chain`, on behalf of `port`.
fn verdict(target: Target, chain: Chain, port: Option<&Arc<ServicePort>>) -> Option<FilterVerdict> {
    let kind = match chain {
        Chain::ExternalServices => TrafficKind::External,
        _ => TrafficKind::Internal,
    };
    let refusal = |without_endpoints| match (chain, port) {
        (Chain::KubeForward, None) => Refusal::Invalid,
        (_, None) => Refusal::Localnet,
        (Chain::ProxyFirewall, Some(port)) => Refusal::Service(Arc::clone(port), ServiceRefusal::SourceRange),
        (_, Some(port)) => Refusal::Service(Arc::clone(port), without_endpoints),
    };
    match target {
        Target::Accept => Some(FilterVerdict::Accept),
        Target::Drop => Some(FilterVerdict::Drop(refusal(ServiceRefusal::NoLocalEndpoints(kind)))),
        Target::Reject => Some(FilterVerdict::Reject(refusal(ServiceRefusal::NoEndpoints(kind)))),
        _ => None,
    }
}
