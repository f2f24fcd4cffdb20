//! A packet's way through table `kube-proxy` of one node, rule by rule.
//!
//! Maps and sets that hold something of every Service are not kept: what an index of Services by address names is
//! asked for its elements. Chains are walked as the kernel walks them.

use std::net::SocketAddr;
use std::sync::Arc;

use super::affinity::Affinity;
use super::fixed::FixedRules;
use super::port::{Element, PortRules};
use super::rule::{Chain, Expr, Rule, Verdict, VerdictMap};
use crate::api::IpFamily;
use crate::net::hash::Map;
use crate::net::packet::Protocol;
use crate::net::proxy::context::NodeContext;
use crate::net::proxy::decision::{
    EndpointChoice, FilterVerdict, Masquerade, MasqueradeBy, MasqueradeReason, Refusal, ServiceRefusal, TrafficKind,
    TrafficPolicy, Translation,
};
use crate::net::proxy::packet_view::{CtState, Hook, PacketView};
use crate::net::proxy::service::ServicePort;
use crate::net::proxy::table::Target;
use crate::net::trace::{RuleEffect, RuleHit};

/// Destinations in `hairpin-connections`: source and destination address of an element are the same.
pub(super) type Hairpins = Map<Target, ()>;

/// One node's table of one IP family, ready to take a packet.
pub(super) struct Eval<'a> {
    /// Who asks.
    pub(super) context: NodeContext<'a>,
    /// Rules of every node.
    pub(super) fixed: &'a FixedRules,
    /// What was made for Service ports so far, by [`ServicePort::id`].
    pub(super) made: &'a mut Map<u64, Arc<PortRules>>,
    /// Affinity's memory.
    pub(super) affinity: &'a mut Affinity,
    /// `hairpin-connections`; `None` until somebody looks into it.
    pub(super) hairpins: &'a mut Option<Hairpins>,
    /// What was met on the way.
    pub(super) met: Met,
}

/// What was met on the way, for whoever must say why.
#[derive(Default)]
pub(super) struct Met {
    /// The first Service port in whose chains the packet went.
    matched: Option<Arc<ServicePort>>,
    /// The Service port on whose behalf the packet may be refused, and why.
    refusal: Option<(Arc<ServicePort>, ServiceRefusal)>,
    /// Among which endpoints is chosen, and how likely each is.
    choosing: Option<(TrafficPolicy, Vec<(u16, f64)>)>,
    /// Whether affinity chose.
    sticky: bool,
    /// How likely the endpoint was that was chosen by chance.
    share: Option<f64>,
}

/// What is decided about a packet for good.
enum Decision {
    Drop,
    Reject,
    Translate(u16, SocketAddr),
    Masquerade,
}

/// How a rule ended.
enum After {
    /// An expression did not hold, or none decided anything.
    Next,
    Jump(Chain, Option<Arc<PortRules>>),
    Goto(Chain, Option<Arc<PortRules>>),
    Decided(Decision),
}

impl Eval<'_> {
    /// `filter-prerouting-pre-dnat` or `filter-output-pre-dnat`.
    pub(super) fn admit(&mut self, hook: Hook, view: &mut PacketView) -> FilterVerdict {
        let chain = match hook {
            Hook::Output => Chain::OutputPreDnat,
            _ => Chain::PreroutingPreDnat,
        };
        let decision = self.walk(chain, None, view);
        self.verdict(decision)
    }

    /// `nat-prerouting` or `nat-output` for the first packet of a connection.
    pub(super) fn translate(&mut self, hook: Hook, view: &mut PacketView) -> Translation {
        let chain = match hook {
            Hook::Output => Chain::NatOutput,
            _ => Chain::NatPrerouting,
        };
        let decision = self.walk(chain, None, view);
        let matched = self.met.matched.take();
        let choice = match (decision, self.met.choosing.take(), &matched) {
            (Some(Decision::Translate(endpoint, to)), Some((policy, candidates)), Some(port)) => Some(EndpointChoice {
                port: Arc::clone(port),
                policy,
                endpoint,
                to,
                sticky: self.met.sticky,
                candidates,
                masquerade: self.masquerade_reason(port, to, view),
            }),
            _ => None,
        };
        Translation { matched, choice }
    }

    /// Why a packet that goes to `to` will leave with another source; `None` where it keeps its own.
    fn masquerade_reason(&mut self, port: &ServicePort, to: SocketAddr, view: &PacketView) -> Option<MasqueradeReason> {
        let (node, settings) = (self.context.node, self.context.settings);
        if view.mark & settings.mark != 0 {
            return Some(MasqueradeReason::of(port, to, view, node, settings));
        }
        let moved = PacketView { dst: to, ..*view };
        self.is_hairpin(&moved).then_some(MasqueradeReason::Hairpin)
    }

    /// `filter-input`, `filter-forward` or `filter-output`.
    pub(super) fn filter(&mut self, hook: Hook, view: &PacketView) -> FilterVerdict {
        let decision = self.walk(FixedRules::filter_at(hook), None, &mut { *view });
        self.verdict(decision)
    }

    /// `nat-postrouting` for the first packet of a connection.
    pub(super) fn masquerade(&mut self, view: &mut PacketView) -> Option<Masquerade> {
        match self.walk(Chain::NatPostrouting, None, view) {
            Some(Decision::Masquerade) => Some(Masquerade {
                by: MasqueradeBy::KubeProxy,
                random_port: true,
            }),
            _ => None,
        }
    }

    fn verdict(&mut self, decision: Option<Decision>) -> FilterVerdict {
        let refusal = self.met.refusal.take().map(|(port, why)| Refusal::Service(port, why));
        match decision {
            Some(Decision::Drop) => FilterVerdict::Drop(refusal.unwrap_or(Refusal::Unallocated)),
            Some(Decision::Reject) => FilterVerdict::Reject(refusal.unwrap_or(Refusal::WrongPort)),
            _ => FilterVerdict::Accept,
        }
    }

    /// A chain; `port` is whose chains are meant.
    fn walk(&mut self, chain: Chain, port: Option<&Arc<PortRules>>, view: &mut PacketView) -> Option<Decision> {
        let fixed = self.fixed;
        if let (Some(port), Chain::Service | Chain::Local) = (port, chain) {
            self.met.choosing = Some(self.candidates(port, chain, view));
        }
        let rules: &[Rule] = match port {
            Some(port) if chain.fixed_name().is_empty() => port.rules(chain),
            _ => fixed.rules(chain),
        };
        for rule in rules {
            let before = self.context.hits.as_ref().map(Vec::len);
            match self.apply(chain, rule, port, view) {
                After::Next => {}
                After::Decided(decision) => return Some(decision),
                After::Goto(to, port) => return self.walk(to, port.as_ref(), view),
                After::Jump(to, port) => {
                    let jumped = self.context.hits.as_ref().map(Vec::len);
                    if let Some(decision) = self.walk(to, port.as_ref(), view) {
                        return Some(decision);
                    }
                    // Only rules that lead somewhere are worth citing.
                    if self.context.hits.as_ref().map(Vec::len) == jumped
                        && let (Some(hits), Some(before)) = (self.context.hits.as_mut(), before)
                    {
                        hits.truncate(before);
                    }
                }
            }
        }
        None
    }

    /// One rule.
    fn apply(&mut self, chain: Chain, rule: &Rule, port: Option<&Arc<PortRules>>, view: &mut PacketView) -> After {
        let mut after = After::Next;
        let mut element = None;
        for expr in &rule.exprs {
            match expr {
                Expr::SetMark(mark) => view.mark |= mark,
                Expr::FlipMark(mark) => view.mark ^= mark,
                Expr::Lookup(map) => {
                    let Some((found, nth)) = self.look_up(*map, view) else {
                        return After::Next;
                    };
                    let verdict = found.elements[nth].verdict;
                    element = Some((Arc::clone(&found), nth));
                    after = going(verdict, Some(found));
                }
                Expr::Remember(endpoint) => {
                    if let Some(port) = port {
                        let (client, now) = (view.src.ip(), self.context.now);
                        self.affinity.note(&port.port, *endpoint, client, now);
                    }
                }
                Expr::TranslateToOneOf(endpoints) => {
                    let (endpoint, to) = endpoints[self.number(endpoints.len())];
                    after = After::Decided(Decision::Translate(endpoint, to));
                }
                Expr::TranslateTo(endpoint, to) => after = After::Decided(Decision::Translate(*endpoint, *to)),
                Expr::GotoOneOf(endpoints) => {
                    let endpoint = endpoints[self.number(endpoints.len())];
                    after = After::Goto(Chain::Endpoint(endpoint), port.cloned());
                }
                Expr::Masquerade => after = After::Decided(Decision::Masquerade),
                Expr::Reject => after = After::Decided(Decision::Reject),
                Expr::Verdict(verdict) => after = going(*verdict, port.cloned()),
                condition if self.holds(condition, port, view) => {}
                _ => return After::Next,
            }
        }
        self.hit(chain, rule, port);
        if let Some((found, nth)) = element {
            self.hit_element(&found, &found.elements[nth]);
        }
        after
    }

    /// `numgen random mod`
    fn number(&mut self, count: usize) -> usize {
        self.met.share = Some(1.0 / count as f64);
        self.context.rng.below(count as u64) as usize
    }

    fn holds(&mut self, expr: &Expr, port: Option<&Arc<PortRules>>, view: &PacketView) -> bool {
        let (from, to) = (view.src.ip(), view.dst.ip());
        match expr {
            Expr::Source { set, not } => set.contains(from) != *not,
            Expr::Destination { set, not } => set.contains(to) != *not,
            // Every local pod hangs on an interface that such a configuration is written for.
            Expr::InInterface { not, .. } => view.from_pod != *not,
            Expr::SourceIsLocal => self.context.node.is_local(from),
            Expr::DestinationIsLocal => self.context.node.is_local(to),
            Expr::ToClusterIp => self.context.services.is_cluster_ip(to),
            Expr::ToNodePortIp => self.fixed.node_port_ips.as_ref().is_some_and(|ips| ips.contains(&to)),
            Expr::New => view.state == CtState::New,
            Expr::Translated => view.translated,
            Expr::Hairpin => self.is_hairpin(view),
            Expr::Marked(mark) => view.mark & mark != 0,
            Expr::Transport(protocol) => view.protocol == *protocol,
            Expr::Sticky(endpoint) => {
                let now = self.context.now;
                let known = port.is_some_and(|port| self.affinity.holds(&port.port, *endpoint, from, now));
                self.met.sticky |= known;
                known
            }
            _ => true,
        }
    }

    /// The element of a map for a packet: of several Services that claim a key, that of the one written last.
    fn look_up(&mut self, map: VerdictMap, view: &PacketView) -> Option<(Arc<PortRules>, usize)> {
        if view.protocol == Protocol::Icmp {
            return None;
        }
        let (services, to) = (self.context.services, view.dst);
        let ports = if map.is_of_node_ports() {
            services.by_node_port(IpFamily::of(to.ip()), view.protocol, to.port())
        } else {
            services.by_vip((to.ip(), view.protocol, to.port()))
        };
        let ip = (!map.is_of_node_ports()).then(|| to.ip());
        let mut found: Option<(Arc<PortRules>, usize)> = None;
        for port in ports {
            if found.as_ref().is_some_and(|(it, _)| it.port.id > port.id) {
                continue;
            }
            let rules = PortRules::made(self.made, port, self.context.node, self.context.settings);
            if let Some(nth) = rules.elements.iter().position(|it| it.map == map && it.ip == ip) {
                found = Some((rules, nth));
            }
        }
        let (rules, nth) = found?;
        self.note_refusal(&rules, &rules.elements[nth]);
        Some((rules, nth))
    }

    /// Notes on whose behalf a packet is refused, if it is after this element.
    fn note_refusal(&mut self, rules: &PortRules, element: &Element) {
        let port = &rules.port;
        let kind = match element.ip {
            Some(ip) if ip == port.cluster_ip => TrafficKind::Internal,
            _ => TrafficKind::External,
        };
        let refusal = match (element.map, element.verdict) {
            (VerdictMap::FirewallIps, _) => ServiceRefusal::SourceRange,
            (VerdictMap::NoEndpointServices | VerdictMap::NoEndpointNodePorts, Verdict::Drop) => {
                ServiceRefusal::NoLocalEndpoints(kind)
            }
            (VerdictMap::NoEndpointServices | VerdictMap::NoEndpointNodePorts, _) => ServiceRefusal::NoEndpoints(kind),
            (VerdictMap::ServiceIps | VerdictMap::ServiceNodePorts, _) => {
                self.met.matched.get_or_insert_with(|| Arc::clone(port));
                return;
            }
        };
        self.met.refusal = Some((Arc::clone(port), refusal));
    }

    /// Every endpoint that a chain may choose for this packet, and how likely.
    fn candidates(&self, rules: &PortRules, chain: Chain, view: &PacketView) -> (TrafficPolicy, Vec<(u16, f64)>) {
        let (policy, endpoints) = match chain {
            Chain::Local => (TrafficPolicy::Local, &rules.categories.local),
            _ => (TrafficPolicy::Cluster, &rules.categories.cluster),
        };
        let (client, now) = (view.src.ip(), self.context.now);
        if rules.port.affinity.is_some() {
            let known = |idx: &&u16| self.affinity.holds(&rules.port, **idx, client, now);
            if let Some(sticky) = endpoints.iter().find(known) {
                return (policy, vec![(*sticky, 1.0)]);
            }
        }
        let share = 1.0 / endpoints.len() as f64;
        (policy, endpoints.iter().map(|idx| (*idx, share)).collect())
    }

    fn is_hairpin(&mut self, view: &PacketView) -> bool {
        if view.src.ip() != view.dst.ip() {
            return false;
        }
        let target = (view.dst.ip(), view.protocol, view.dst.port());
        if self.hairpins.is_none() {
            let mut all = Hairpins::default();
            for port in self.context.services.ports() {
                let rules = PortRules::made(self.made, port, self.context.node, self.context.settings);
                for idx in &rules.hairpins {
                    let to = port.endpoints[usize::from(*idx)].address;
                    all.insert((to.ip(), port.protocol, to.port()), ());
                }
            }
            *self.hairpins = Some(all);
        }
        self.hairpins.as_ref().is_some_and(|all| all.contains_key(&target))
    }

    fn hit(&mut self, chain: Chain, rule: &Rule, port: Option<&Arc<PortRules>>) {
        let Some(hits) = &mut self.context.hits else { return };
        let fixed = self.fixed;
        let name = |chain: Chain| match port {
            Some(port) if chain.fixed_name().is_empty() => port.chain_name(chain),
            _ => fixed.name(chain),
        };
        hits.push(RuleHit {
            table: table_name(fixed.family),
            chain: name(chain),
            text: rule.text(fixed.family, &name),
            probability: self.met.share.unwrap_or(1.0),
            effect: effect(rule),
        });
    }

    fn hit_element(&mut self, rules: &PortRules, element: &Element) {
        let Some(hits) = &mut self.context.hits else { return };
        hits.push(RuleHit {
            table: table_name(self.fixed.family),
            chain: format!("@{}", element.map.name()).into(),
            text: rules.element_text(element, self.context.settings.release).into(),
            probability: 1.0,
            effect: match element.verdict {
                Verdict::Drop => RuleEffect::Refuses,
                _ => RuleEffect::None,
            },
        });
    }
}

fn going(verdict: Verdict, port: Option<Arc<PortRules>>) -> After {
    match verdict {
        Verdict::Jump(chain) => After::Jump(chain, port),
        Verdict::Goto(chain) => After::Goto(chain, port),
        Verdict::Drop => After::Decided(Decision::Drop),
    }
}

fn effect(rule: &Rule) -> RuleEffect {
    rule.exprs
        .iter()
        .find_map(|expr| match expr {
            Expr::TranslateTo(..) | Expr::TranslateToOneOf(_) => Some(RuleEffect::Translates),
            Expr::SetMark(_) => Some(RuleEffect::Marks),
            Expr::Masquerade => Some(RuleEffect::Masquerades),
            Expr::Reject | Expr::Verdict(Verdict::Drop) => Some(RuleEffect::Refuses),
            _ => None,
        })
        .unwrap_or_default()
}

/// Family and name of the table.
const fn table_name(family: IpFamily) -> &'static str {
    match family {
        IpFamily::V4 => "ip kube-proxy",
        IpFamily::V6 => "ip6 kube-proxy",
    }
}
