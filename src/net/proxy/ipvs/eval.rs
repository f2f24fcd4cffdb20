//! A packet's way through IPVS mode's rules of iptables, and to a real server.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::rules::Written;
use super::scheduler::{Counts, Scheduler, connections};
use super::servers::{self, Sorted, VirtualServer};
use super::set::{Lookup, Set};
use crate::net::hash::Map;
use crate::net::proxy::context::NodeContext;
use crate::net::proxy::decision::{
    Delivery, EndpointChoice, FilterVerdict, Masquerade, MasqueradeBy, MasqueradeReason, Refusal, ServiceRefusal,
};
use crate::net::proxy::iptables::rule::{Chain, Match, Rule, Table, Target as Verdict};
use crate::net::proxy::packet_view::{Hook, PacketView};
use crate::net::proxy::service::ServicePort;
use crate::net::proxy::table::Target;
use crate::net::trace::{RuleEffect, RuleHit};
use crate::sim::{Duration, Instant};

/// What a virtual server remembers.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// The real server that got the last connection.
    last: Option<SocketAddr>,
    /// Clients that stay with a real server, and until when.
    persistent: Vec<(IpAddr, SocketAddr, Instant)>,
}

/// One node's rules and virtual servers of one IP family, ready to take a packet.
pub(super) struct Eval<'a> {
    pub(super) context: NodeContext<'a>,
    pub(super) written: Arc<Written>,
    pub(super) node_ips: &'a [IpAddr],
    pub(super) sorted: &'a mut Sorted,
    pub(super) memory: &'a mut Map<Target, Memory>,
    /// Endpoints on this node; `None` until somebody looks.
    pub(super) local: &'a mut Option<Map<Target, ()>>,
}

/// What is decided about a packet for good.
enum Decision {
    Accept,
    Drop,
    Reject,
    Masquerade { by: MasqueradeBy, random_port: bool },
}

impl Eval<'_> {
    /// nat `PREROUTING` or `OUTPUT`: only the mark can change.
    pub(super) fn mark(&mut self, hook: Hook, view: &mut PacketView) {
        self.walk(Table::Nat, Chain::BuiltIn(hook), view);
    }

    /// filter `INPUT`, `FORWARD` or `OUTPUT`.
    pub(super) fn filter(&mut self, hook: Hook, view: &PacketView) -> FilterVerdict {
        match self.walk(Table::Filter, Chain::BuiltIn(hook), &mut { *view }) {
            Some(Decision::Drop) => {
                // Only source ranges drop; a packet that is on its way to a real server was called by its first address.
                let called = view.original_dst;
                let ports = self
                    .context
                    .services
                    .by_vip((called.ip(), view.protocol, called.port()));
                let guarded = ports.iter().find(|port| !port.source_ranges.is_empty());
                FilterVerdict::Drop(guarded.map_or(Refusal::WrongPort, |port| {
                    Refusal::Service(Arc::clone(port), ServiceRefusal::SourceRange)
                }))
            }
            Some(Decision::Reject) => FilterVerdict::Reject(Refusal::WrongPort),
            _ => FilterVerdict::Accept,
        }
    }

    /// nat `POSTROUTING` for the first packet of a connection.
    pub(super) fn masquerade(&mut self, view: &mut PacketView) -> Option<Masquerade> {
        match self.walk(Table::Nat, Chain::BuiltIn(Hook::Postrouting), view) {
            Some(Decision::Masquerade { by, random_port }) => Some(Masquerade { by, random_port }),
            _ => None,
        }
    }

    /// IPVS itself: to which real server a packet goes that is addressed to this node.
    pub(super) fn deliver(&mut self, view: &PacketView) -> Delivery {
        let to = (view.dst.ip(), view.protocol, view.dst.port());
        let (services, node) = (self.context.services, self.context.node);
        let Some(server) = servers::at(to, services, node, self.node_ips, self.sorted) else {
            return Delivery::Local;
        };
        if server.endpoints.is_empty() {
            let refusal = ServiceRefusal::NoEndpoints(server.kind);
            self.hit_server(&server, None);
            return Delivery::Reject(Refusal::Service(server.port, refusal));
        }
        let (nth, sticky) = self.schedule(&server, view.src.ip());
        let endpoint = server.endpoints[nth];
        let chosen = server.port.endpoints[usize::from(endpoint)].address;
        self.hit_server(&server, Some(chosen));
        let share = 1.0 / server.endpoints.len() as f64;
        let candidates = match sticky {
            true => vec![(endpoint, 1.0)],
            false => server.endpoints.iter().map(|idx| (*idx, share)).collect(),
        };
        let masquerade = self.masquerade_reason(&server.port, chosen, view);
        Delivery::To(EndpointChoice {
            port: server.port,
            policy: server.policy,
            endpoint,
            to: chosen,
            sticky,
            candidates,
            masquerade,
        })
    }

    fn masquerade_reason(&mut self, port: &ServicePort, to: SocketAddr, view: &PacketView) -> Option<MasqueradeReason> {
        let (node, settings) = (self.context.node, self.context.settings);
        let moved = PacketView { dst: to, ..*view };
        if self.set_holds(Set::LoopBack, &moved, false) {
            return Some(MasqueradeReason::Hairpin);
        }
        (view.mark & settings.mark != 0).then(|| MasqueradeReason::of(port, to, view, node, settings))
    }

    /// The place among the endpoints of the real server that a client gets, and whether it had it before.
    fn schedule(&mut self, server: &VirtualServer, client: IpAddr) -> (usize, bool) {
        let now = self.context.now;
        let real = server.servers();
        let memory = self.memory.entry(server.at).or_default();
        memory
            .persistent
            .retain(|(_, to, until)| now < *until && real.contains(to));
        let until = server
            .port
            .affinity
            .map(|seconds| now + Duration::from_secs(i64::from(seconds)));
        if let Some(until) = until
            && let Some(known) = memory.persistent.iter_mut().find(|(ip, ..)| *ip == client)
        {
            known.2 = until;
            let nth = real.iter().position(|it| *it == known.1).unwrap_or_default();
            return (nth, true);
        }
        let conntrack = self.context.conntrack;
        let counts = |server_at: SocketAddr| {
            let all = connections(conntrack, server.at, now);
            let found = all.iter().find(|(it, _)| *it == server_at);
            found.map_or(Counts::default(), |(_, counts)| *counts)
        };
        let scheduler = Scheduler::parse(&self.context.settings.scheduler);
        let nth = scheduler.choose(&real, memory.last, client, &counts);
        memory.last = Some(real[nth]);
        if let Some(until) = until {
            memory.persistent.push((client, real[nth], until));
        }
        (nth, false)
    }

    fn walk(&mut self, table: Table, chain: Chain, view: &mut PacketView) -> Option<Decision> {
        let written = Arc::clone(&self.written);
        for rule in written.rules.rules(table, chain) {
            if !rule.matches.iter().all(|it| self.holds(it, view)) {
                continue;
            }
            let before = self.context.hits.as_ref().map(Vec::len);
            self.hit(table, chain, rule);
            match rule.target {
                Verdict::Jump(to) => {
                    let jumped = self.context.hits.as_ref().map(Vec::len);
                    if let Some(decision) = self.walk(table, to, view) {
                        return Some(decision);
                    }
                    // Only rules that lead somewhere are worth citing.
                    if self.context.hits.as_ref().map(Vec::len) == jumped {
                        self.forget_hits(before);
                    }
                }
                Verdict::Return => {
                    self.forget_hits(before);
                    return None;
                }
                Verdict::Accept => return Some(Decision::Accept),
                Verdict::Drop => return Some(Decision::Drop),
                Verdict::Reject => return Some(Decision::Reject),
                Verdict::MarkOr(mark) => view.mark |= mark,
                Verdict::MarkXor(mark) => view.mark ^= mark,
                Verdict::Masquerade { random_fully } => {
                    let by = match chain {
                        Chain::CniMasq => MasqueradeBy::Cni,
                        _ => MasqueradeBy::KubeProxy,
                    };
                    return Some(Decision::Masquerade {
                        by,
                        random_port: random_fully,
                    });
                }
                Verdict::None | Verdict::Dnat(_) => {}
            }
        }
        None
    }

    fn is_local(&self, ip: IpAddr) -> bool {
        let (node, services) = (self.context.node, self.context.services);
        node.is_local(ip) || super::set::gives(services, node, ip)
    }

    fn set_holds(&mut self, set: Set, view: &PacketView, by_source: bool) -> bool {
        if set == Set::LoopBack {
            let to = (view.dst.ip(), view.protocol, view.dst.port());
            return view.src.ip() == to.0 && self.is_local_endpoint(to);
        }
        let lookup = Lookup {
            services: self.context.services,
            node: self.context.node,
            node_ips: self.node_ips,
        };
        lookup.holds(set, view, by_source)
    }

    fn is_local_endpoint(&mut self, target: Target) -> bool {
        let (services, node) = (self.context.services, self.context.node);
        let all = self.local.get_or_insert_with(|| {
            let mut all = Map::default();
            for port in services.ports() {
                for it in port
                    .endpoints
                    .iter()
                    .filter(|it| it.node.as_deref() == Some(&*node.name))
                {
                    all.insert((it.address.ip(), port.protocol, it.address.port()), ());
                }
            }
            all
        });
        all.contains_key(&target)
    }

    fn holds(&mut self, it: &Match, view: &PacketView) -> bool {
        match it {
            Match::Source { net, not } => net.contains(&view.src.ip()) != *not,
            Match::Destination { net, not } => net.contains(&view.dst.ip()) != *not,
            // Every local pod hangs on an interface that such a configuration is written for.
            Match::InInterface { not, .. } => view.from_pod != *not,
            Match::Protocol(protocol) => *protocol == view.protocol,
            Match::DstLocal { not } => self.is_local(view.dst.ip()) != *not,
            Match::SrcNotLocal => !self.is_local(view.src.ip()),
            Match::NotFromBridge => !view.from_pod,
            Match::Mark { value, not } => (view.mark & value == *value) != *not,
            Match::State { states, or_dnat, not } => {
                (states.contains(&view.state) || *or_dnat && view.translated) != *not
            }
            Match::Set { index, by, .. } => self.set_holds(Set::ALL[*index], view, by.starts_with("src")),
            Match::VirtualServer { ip, protocol, port } => {
                view.translated && view.original_dst == SocketAddr::new(*ip, *port) && view.protocol == *protocol
            }
            Match::Comment(_) => true,
            // Not written in this mode.
            Match::Transport { .. }
            | Match::SrcLocal
            | Match::Chance(_)
            | Match::RecentCheck { .. }
            | Match::RecentSet { .. }
            | Match::Count(_) => false,
        }
    }

    fn forget_hits(&mut self, kept: Option<usize>) {
        if let (Some(hits), Some(kept)) = (self.context.hits.as_mut(), kept) {
            hits.truncate(kept);
        }
    }

    fn hit(&mut self, table: Table, chain: Chain, rule: &Rule) {
        let Some(hits) = &mut self.context.hits else { return };
        let rules = &self.written.rules;
        let name = |chain: Chain| rules.name(chain);
        hits.push(RuleHit {
            table: table.name(),
            chain: name(chain),
            text: rule.text(chain, rules.family, &name),
            probability: 1.0,
            effect: rule.effect(),
        });
    }

    /// Cites a virtual server and the real server that was chosen.
    fn hit_server(&mut self, server: &VirtualServer, chosen: Option<SocketAddr>) {
        let Some(hits) = &mut self.context.hits else { return };
        let line = server.line(self.context.settings.scheduler_name());
        hits.push(RuleHit {
            table: "ipvs",
            chain: line.into(),
            text: match chosen {
                Some(to) => format!("-> {to} Masq 1").into(),
                None => "".into(),
            },
            probability: 1.0,
            effect: match chosen {
                Some(_) => RuleEffect::Translates,
                None => RuleEffect::Refuses,
            },
        });
    }
}
