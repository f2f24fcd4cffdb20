//! A packet at a node's kernel: conntrack, nat, routing, filter, nat, in the kernel's order.
//!
//! `kubernetes pkg/proxy/nftables/README.md` says which hook does what and why.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::host::full_name;
use super::host_port::Mapped;
use super::location::{Arrival, Location};
use super::outcome::Step;
use super::record::{masquerade_why, refusal_field, refusal_why};
use super::walk::{PacketWalk, refusal_of, service_ref};
use crate::api::ObjectRef;
use crate::cluster::faults::ROUTER;
use crate::net::conntrack::{Side, State, Tuple};
use crate::net::packet::{Packet, Payload, Protocol};
use crate::net::policy::{Passage, Way};
use crate::net::proxy::NodeProxy;
use crate::net::proxy::context::{Cited, NodeContext};
use crate::net::proxy::decision::{Delivery, FilterVerdict, MasqueradeBy, MasqueradeReason, Refusal, Translation};
use crate::net::proxy::packet_view::{CtState, Hook, PacketView};
use crate::net::route::{NodeInfo, Owner, PodInfo};
use crate::net::trace::{Direction, Place, ProxyVerdict, Stage};
use crate::net::why::Why;

/// The node at whose kernel a packet is, and how it got there.
struct Here<'a> {
    /// Index of the node.
    idx: usize,
    /// The node.
    node: &'a NodeInfo,
    /// How the packet got there.
    arrival: Arrival,
}

/// The first packet of a connection, on its way through one kernel.
struct FirstPacket {
    /// As it arrived.
    arrived: Packet,
    /// As it is now.
    packet: Packet,
    /// What rules see of it now.
    view: PacketView,
    /// What kube-proxy said of its destination.
    translation: Translation,
    /// What a `hostPort` said of it, where kube-proxy said nothing: whether its source must be rewritten.
    host_port: Option<bool>,
}

/// What conntrack says of a packet.
enum Known {
    /// First of a connection.
    New,
    /// Belongs to nothing, and cannot begin anything.
    Invalid,
    /// Of whoever began: where to, and from which source.
    Original {
        to: SocketAddr,
        from: SocketAddr,
        state: CtState,
    },
    /// Of the other side: the tuple as the first sender knows it.
    Reply { to: SocketAddr, from: SocketAddr },
}

/// Where a node sends a packet on.
enum Next {
    /// To its own processes.
    Local,
    /// To a pod of its own.
    OwnPod(Arc<PodInfo>),
    /// To another node, by its index.
    Node(usize),
    /// To another machine in the nodes' network.
    External(IpAddr),
    /// To the router.
    Router,
    /// Nowhere: an address of its pod network that no pod has.
    Nowhere,
}

impl PacketWalk<'_> {
    /// What a node's kernel does with a packet.
    pub(super) fn at_node(&mut self, idx: usize, arrival: Arrival, packet: Packet) -> Step {
        let fabric = Arc::clone(&self.fabric);
        let node = &*fabric.nodes()[idx];
        let here = Here { idx, node, arrival };
        self.first_node.get_or_insert(idx);
        if self.faults.is_off(&node.name) {
            let why = Why::NodeOff {
                node: Arc::clone(&node.name),
            };
            self.record_hop(self.place_of(node), Stage::Route, &packet, None, why.clone());
            return Step::Lost(why);
        }
        match self.known(idx, &packet) {
            Known::Reply { to, from } => self.pass_reply(&here, packet, Some((to, from)), CtState::Established),
            Known::Invalid => self.pass_reply(&here, packet, None, CtState::Invalid),
            Known::New => self.pass_new(&here, packet),
            Known::Original { to, from, state } => self.pass_known(&here, packet, (to, from), state),
        }
    }

    fn known(&mut self, idx: usize, packet: &Packet) -> Known {
        let now = self.now;
        let replying = self.direction == Direction::Reply;
        let entry = self.kernels[idx].conntrack.find(Tuple::of(packet), now);
        match entry {
            Some((entry, Side::Reply)) => {
                entry.state = match (&packet.payload, entry.original.protocol) {
                    (Payload::Rst | Payload::PortUnreachable, _) => State::Closed,
                    (_, Protocol::Tcp | Protocol::Sctp) if self.closing => State::TimeWait,
                    _ => State::Established,
                };
                entry.touch(now);
                Known::Reply {
                    to: entry.original.src,
                    from: entry.original.dst,
                }
            }
            // A connection that is over may begin anew, and chance and rules decide again.
            Some((entry, Side::Original)) if !replying && matches!(entry.state, State::TimeWait | State::Closed) => {
                Known::New
            }
            Some((entry, Side::Original)) => {
                entry.touch(now);
                Known::Original {
                    to: entry.reply.src,
                    from: entry.reply.dst,
                    state: if entry.state == State::Unreplied {
                        CtState::New
                    } else {
                        CtState::Established
                    },
                }
            }
            None if replying && packet.protocol == Protocol::Tcp || is_error(&packet.payload) => Known::Invalid,
            None => Known::New,
        }
    }

    /// The first packet of a connection.
    fn pass_new(&mut self, here: &Here<'_>, packet: Packet) -> Step {
        if let Some(step) = self.admit(here, &packet) {
            return step;
        }
        let mut first = self.translate(here, packet);
        if first.translation.choice.is_none() {
            match self.host_port(here.idx, here.node, &mut first.packet) {
                Mapped::Not => {}
                Mapped::To { masquerade } => {
                    first.view.dst = first.packet.dst;
                    first.view.translated = true;
                    first.host_port = Some(masquerade);
                }
                Mapped::Lost(why) => return Step::Lost(why),
            }
        }
        let mut next = self.route(here, first.packet.dst.ip());
        let from_process = matches!(here.arrival, Arrival::Process);
        if from_process && let Some(step) = self.deliver(here, &mut first, &mut next) {
            return step;
        }
        let hooks: &[Hook] = match (&next, from_process) {
            (Next::Local, true) => &[Hook::Output, Hook::Input],
            (Next::Local, false) => &[Hook::Input],
            (_, true) => &[Hook::Output],
            (_, false) => &[Hook::Forward],
        };
        if let Some(step) = self.filter_first(here, hooks, &first) {
            return step;
        }
        if !from_process && matches!(next, Next::Local) {
            if let Some(step) = self.deliver(here, &mut first, &mut next) {
                return step;
            }
            // What IPVS sends on leaves as the node's own packets do.
            if !matches!(next, Next::Local)
                && let Some(step) = self.filter_first(here, &[Hook::Output], &first)
            {
                return step;
            }
        }
        if let Some(step) = self.policies(here, &next, &first.packet) {
            return step;
        }
        if matches!(next, Next::Nowhere) {
            return self.nowhere(here, &first.packet);
        }
        if from_process || !matches!(next, Next::Local) {
            self.masquerade(here, &next, &mut first);
        }
        let (original, reply) = (Tuple::of(&first.arrived), Tuple::of(&first.packet).inverse());
        let now = self.now;
        self.kernels[here.idx].conntrack.note(original, reply, now);
        let translated = first.translation.choice.is_some() || first.host_port.is_some();
        let untouched = !translated && first.packet.src == first.arrived.src;
        self.onward(here, next, first.packet, untouched)
    }

    /// Filtering at hooks in their order; `Some` where the packet ends here.
    fn filter_first(&mut self, here: &Here<'_>, hooks: &[Hook], first: &FirstPacket) -> Option<Step> {
        hooks.iter().find_map(|hook| {
            let (arrived, packet) = (&first.arrived, &first.packet);
            self.filter(here, *hook, arrived, packet, &first.view, &first.translation)
        })
    }

    /// A packet for the node itself, which kube-proxy may send on; `Some` where it ends here.
    fn deliver(&mut self, here: &Here<'_>, first: &mut FirstPacket, next: &mut Next) -> Option<Step> {
        if !matches!(next, Next::Local) || first.view.translated {
            return None;
        }
        let view = first.view;
        let Cited { answer, rules } = self.ask_proxy(here, |proxy, context| proxy.deliver(context, &view));
        match answer {
            Delivery::Local => None,
            Delivery::Reject(refusal) => {
                let answer = FilterVerdict::Reject(refusal);
                let packet = first.packet.clone();
                self.filtered(
                    here,
                    Cited { answer, rules },
                    &first.arrived,
                    &packet,
                    &first.translation,
                )
            }
            Delivery::To(choice) => {
                self.decide(here.idx, &choice);
                let before = first.packet.clone();
                first.packet.dst = choice.to;
                first.view.dst = choice.to;
                first.view.translated = true;
                self.record_choice(here.node, &choice, &before, &first.packet, rules);
                *next = self.route(here, choice.to.ip());
                first.translation.choice = Some(choice);
                None
            }
        }
    }

    /// Filtering before nat; `Some` where the packet ends here.
    fn admit(&mut self, here: &Here<'_>, packet: &Packet) -> Option<Step> {
        let view = view_of(packet, &here.arrival, CtState::New);
        let hook = arrival_hook(&here.arrival);
        let cited = self.ask_proxy(here, |proxy, context| proxy.admit(context, hook, &view));
        self.filtered(here, cited, packet, packet, &Translation::default())
    }

    /// nat before routing: where kube-proxy sends a new connection.
    fn translate(&mut self, here: &Here<'_>, arrived: Packet) -> FirstPacket {
        let mut view = view_of(&arrived, &here.arrival, CtState::New);
        let hook = arrival_hook(&here.arrival);
        let cited = self.ask_proxy(here, |proxy, context| proxy.translate(context, hook, &mut view));
        let Cited {
            answer: translation,
            rules,
        } = cited;
        let mut packet = arrived.clone();
        packet.mark = view.mark;
        if let Some(choice) = &translation.choice {
            self.decide(here.idx, choice);
            packet.dst = choice.to;
            view.dst = choice.to;
            view.translated = true;
            self.record_choice(here.node, choice, &arrived, &packet, rules);
        }
        FirstPacket {
            arrived,
            packet,
            view,
            translation,
            host_port: None,
        }
    }

    /// nat after routing, for whatever leaves the kernel again.
    fn masquerade(&mut self, here: &Here<'_>, next: &Next, first: &mut FirstPacket) {
        let view = &mut first.view;
        let Cited { answer, rules } = self.ask_proxy(here, |proxy, context| proxy.masquerade(context, view));
        let before = first.packet.clone();
        first.packet.mark = first.view.mark;
        if let Some(masquerade) = answer {
            self.rewrite_source(here, next, &mut first.packet, masquerade.random_port);
            if first.packet.src != before.src {
                let (why, made_from) = self.masquerade_origin(here, first, masquerade.by);
                let at = self.place_of(here.node);
                self.record_hop_from(at, Stage::Snat, &before, Some(&first.packet), why, rules, made_from);
            }
        } else if first.host_port == Some(true) {
            self.rewrite_source(here, next, &mut first.packet, false);
            let (from, to) = (before.src.ip(), first.packet.src.ip());
            let why = Why::MasqueradesHostPort { from, to };
            let at = self.place_of(here.node);
            self.record_hop(at, Stage::Snat, &before, Some(&first.packet), why);
        }
    }

    /// Why a source was rewritten, and the object and field that have it so.
    fn masquerade_origin<'f>(
        &self,
        here: &Here<'_>,
        first: &'f FirstPacket,
        by: MasqueradeBy,
    ) -> (Why, Option<(ObjectRef, &'f str)>) {
        let (from, to) = (first.arrived.src.ip(), first.packet.src.ip());
        let choice = first.translation.choice.as_ref();
        let choice = choice.filter(|_| by == MasqueradeBy::KubeProxy);
        let Some((choice, reason)) = choice.and_then(|it| Some((it, it.masquerade?))) else {
            return (Why::MasqueradesCni { from, to }, None);
        };
        let port = &*choice.port;
        let object = service_ref(port);
        let field = if reason == MasqueradeReason::External {
            let opened_by = if port.external_ips.contains(&first.arrived.dst.ip()) {
                "spec.externalIPs"
            } else {
                "spec.type"
            };
            let fields = ["spec.externalTrafficPolicy", opened_by, &*port.field];
            self.snapshot.first_written(&object, &fields)
        } else {
            &port.field
        };
        let why = masquerade_why(reason, here.node, from, to);
        (why, Some((object, field)))
    }

    /// A further packet of a connection that this node knows.
    fn pass_known(
        &mut self,
        here: &Here<'_>,
        packet: Packet,
        (to, from): (SocketAddr, SocketAddr),
        state: CtState,
    ) -> Step {
        let mut moved = packet.clone();
        if moved.dst != to {
            moved.dst = to;
            let why = Why::Remembered {
                node: Arc::clone(&here.node.name),
                to,
            };
            self.record_hop(self.place_of(here.node), Stage::Dnat, &packet, Some(&moved), why);
        }
        let next = self.route(here, moved.dst.ip());
        let mut view = view_of(&moved, &here.arrival, state);
        view.translated = packet.dst != to;
        if let Some(step) = self.filter_known(here, &next, &packet, &moved, &view) {
            return step;
        }
        let arrived = moved.clone();
        if moved.src != from {
            moved.src = from;
            let why = Why::MasqueradesAgain { to: from.ip() };
            self.record_hop(self.place_of(here.node), Stage::Snat, &arrived, Some(&moved), why);
        }
        if matches!(next, Next::Nowhere) {
            return self.nowhere(here, &moved);
        }
        let untouched = moved == packet;
        self.onward(here, next, moved, untouched)
    }

    /// An answer, or something that looks like one. `undo` is what conntrack puts back.
    fn pass_reply(
        &mut self,
        here: &Here<'_>,
        packet: Packet,
        undo: Option<(SocketAddr, SocketAddr)>,
        state: CtState,
    ) -> Step {
        let mut moved = packet.clone();
        if let Some((to, from)) = undo {
            (moved.dst, moved.src) = (to, from);
        }
        let next = self.route(here, moved.dst.ip());
        let related = undo.is_some() && is_error(&packet.payload);
        let view = view_of(&moved, &here.arrival, if related { CtState::Related } else { state });
        if let Some(step) = self.filter_known(here, &next, &packet, &moved, &view) {
            return step;
        }
        let (stage, why) = if moved == packet {
            let (node, to) = (Arc::clone(&here.node.name), moved.dst.ip());
            (Stage::Route, Why::RoutesReply { node, to })
        } else {
            let node = Arc::clone(&here.node.name);
            (Stage::Undo, Why::Undoes { node })
        };
        // A process that answers on a node which changed nothing needs no hop of its own.
        if stage == Stage::Undo || !matches!((&here.arrival, &next), (Arrival::Process, _) | (_, Next::Local)) {
            self.record_hop(self.place_of(here.node), stage, &packet, Some(&moved), why);
        }
        if matches!(next, Next::Nowhere) {
            return self.nowhere(here, &moved);
        }
        self.send_on(here.idx, next, moved)
    }

    /// Asks the node's kube-proxy.
    fn ask_proxy<T>(&mut self, here: &Here<'_>, ask: impl FnOnce(&mut NodeProxy, NodeContext<'_>) -> T) -> T {
        let kernel = &mut self.kernels[here.idx];
        let context = NodeContext {
            node: here.node,
            settings: &self.settings,
            services: &self.table,
            conntrack: &kernel.conntrack,
            rng: self.rng,
            now: self.now,
            hits: self.record.then(Vec::new),
        };
        ask(&mut kernel.proxy, context)
    }

    /// Filtering of a packet that begins nothing; `Some` where it ends here.
    fn filter_known(
        &mut self,
        here: &Here<'_>,
        next: &Next,
        packet: &Packet,
        moved: &Packet,
        view: &PacketView,
    ) -> Option<Step> {
        let hook = match (next, &here.arrival) {
            (_, Arrival::Process) => Hook::Output,
            (Next::Local, _) => Hook::Input,
            _ => Hook::Forward,
        };
        self.filter(here, hook, packet, moved, view, &Translation::default())
    }

    /// Filtering at a hook; `Some` where the packet ends here. `packet` is as it arrived, `moved` as it is now.
    fn filter(
        &mut self,
        here: &Here<'_>,
        hook: Hook,
        packet: &Packet,
        moved: &Packet,
        view: &PacketView,
        translation: &Translation,
    ) -> Option<Step> {
        let cited = self.ask_proxy(here, |proxy, context| proxy.filter(context, hook, view));
        self.filtered(here, cited, packet, moved, translation)
    }

    /// What comes of a verdict of filtering; `Some` where the packet ends here.
    fn filtered(
        &mut self,
        here: &Here<'_>,
        cited: Cited<FilterVerdict>,
        packet: &Packet,
        moved: &Packet,
        translation: &Translation,
    ) -> Option<Step> {
        let Cited { answer, rules } = cited;
        let (refusal, verdict) = match answer {
            FilterVerdict::Accept => return None,
            FilterVerdict::Drop(refusal) => (refusal, ProxyVerdict::Drop),
            FilterVerdict::Reject(refusal) => (refusal, ProxyVerdict::Reject),
        };
        let port = match &refusal {
            Refusal::Service(port, _) => Some(port),
            Refusal::Invalid | Refusal::Localnet | Refusal::WrongPort | Refusal::Unallocated => {
                translation.matched.as_ref()
            }
        };
        self.decide_refusal(here.idx, port, verdict);
        let why = refusal_why(here.node, &refusal, moved);
        let made_from = port.map(|port| {
            let object = service_ref(port);
            let fields = [refusal_field(port, &refusal), &*port.field];
            let field = self.snapshot.first_written(&object, &fields);
            (object, field)
        });
        let at = self.place_of(here.node);
        self.record_hop_from(at, Stage::Filter, moved, None, why.clone(), rules, made_from);
        if verdict == ProxyVerdict::Drop {
            return Some(Step::Lost(why));
        }
        let reply = refusal_of(packet, false);
        let next = match here.arrival {
            Arrival::Process => Next::Local,
            _ => self.route(here, reply.dst.ip()),
        };
        let back = match next {
            Next::Local => Location::Process(here.idx),
            Next::OwnPod(pod) => Location::Pod(pod),
            Next::Node(other) => Location::Node(other, Arrival::Wire),
            Next::External(ip) => Location::External(ip, Some(here.idx)),
            Next::Router | Next::Nowhere => Location::Router,
        };
        Some(Step::Refused(why, reply, back))
    }

    /// Asks the policies of the pods this node sends from or to; `Some` where the packet ends here.
    fn policies(&mut self, here: &Here<'_>, next: &Next, packet: &Packet) -> Option<Step> {
        let node = here.node;
        let sender = match &here.arrival {
            Arrival::Pod(pod) => Some(Arc::clone(pod)),
            _ => None,
        };
        if let Some(pod) = &sender {
            let to_itself = pod.ips.contains(&packet.dst.ip());
            if !to_itself && let Some(step) = self.policy(node, Way::Egress, pod, packet) {
                return Some(step);
            }
        }
        let Next::OwnPod(pod) = next else { return None };
        let by_itself = sender.is_some_and(|it| Arc::ptr_eq(&it, pod));
        if by_itself || node.is_local(packet.src.ip()) {
            return None;
        }
        self.policy(node, Way::Ingress, pod, packet)
    }

    fn policy(&mut self, node: &NodeInfo, way: Way, pod: &Arc<PodInfo>, packet: &Packet) -> Option<Step> {
        let other = match way {
            Way::Ingress => packet.src,
            Way::Egress => packet.dst,
        };
        let passage = Passage {
            way,
            other,
            protocol: packet.protocol,
            port: packet.dst.port(),
        };
        let judgement = self.policies.judge(self.snapshot, &self.fabric, pod, passage)?;
        let policy = full_name(&judgement.policy.namespace, &judgement.policy.name);
        let pod = full_name(&pod.namespace, &pod.name);
        let (source, to) = (packet.src.ip(), packet.dst);
        let why = match (way, judgement.allowed) {
            (Way::Ingress, true) => Why::PolicyAllowsIngress { policy, pod, source },
            (Way::Ingress, false) => Why::PolicyDeniesIngress { policy, pod, source },
            (Way::Egress, true) => Why::PolicyAllowsEgress { policy, pod, to },
            (Way::Egress, false) => Why::PolicyDeniesEgress { policy, pod, to },
        };
        let after = judgement.allowed.then_some(packet);
        let fields = [&*judgement.field, "spec.policyTypes", "spec.podSelector"];
        let field = self.snapshot.first_written(&judgement.policy, &fields);
        let made_from = Some((judgement.policy, field));
        self.record_hop_from(
            self.place_of(node),
            Stage::Policy,
            packet,
            after,
            why.clone(),
            Vec::new(),
            made_from,
        );
        (!judgement.allowed).then_some(Step::Lost(why))
    }

    /// Whether an address is one of a node's own, by itself or by kube-proxy.
    pub(super) fn is_local(&self, idx: usize, ip: IpAddr) -> bool {
        let node = &self.fabric.nodes()[idx];
        node.is_local(ip) || self.kernels[idx].proxy.gives(&self.table, node, ip)
    }

    /// Where to next.
    fn route(&self, here: &Here<'_>, to: IpAddr) -> Next {
        let idx = here.idx;
        if self.is_local(idx, to) {
            return Next::Local;
        }
        match self.fabric.owner(to) {
            Some(Owner::Pod(pod)) if pod.node == Some(idx) => return Next::OwnPod(Arc::clone(pod)),
            Some(Owner::Pod(pod)) => return pod.node.map_or(Next::Nowhere, Next::Node),
            Some(Owner::Node(other)) => return Next::Node(*other),
            None => {}
        }
        let sender = self.direction == Direction::Reply && self.external_sender == Some(to);
        match self.fabric.node_of_cidr(to) {
            Some(own) if own == idx && sender => Next::External(to),
            Some(own) if own == idx => Next::Nowhere,
            Some(other) => Next::Node(other),
            // In the nodes' own network no router is needed.
            None if self.table.is_machine(to) && here.node.is_neighbor(to) => Next::External(to),
            None => Next::Router,
        }
    }

    /// The source a packet leaves with: the address of the interface it leaves by.
    fn rewrite_source(&mut self, here: &Here<'_>, next: &Next, packet: &mut Packet, random: bool) {
        let node = here.node;
        let primary = node.primary(packet.family());
        let own = match next {
            Next::OwnPod(_) => node.gateway(packet.family()).or(primary),
            _ => primary,
        };
        let Some(ip) = own else { return };
        let mut port = packet.src.port();
        for attempt in 0..16 {
            // `--random-fully` takes any port; otherwise the old one is kept unless it is taken.
            if packet.protocol != Protocol::Icmp && (random || attempt > 0) {
                port = 1024 + self.rng.below(64_512) as u16;
            }
            let reply = Tuple {
                protocol: packet.protocol,
                src: packet.dst,
                dst: SocketAddr::new(ip, port),
            };
            if !self.kernels[here.idx].conntrack.uses(reply) {
                break;
            }
        }
        packet.src = SocketAddr::new(ip, port);
    }

    /// Records that the node only routes, where it did nothing else to the packet, and sends on.
    fn onward(&mut self, here: &Here<'_>, next: Next, packet: Packet, untouched: bool) -> Step {
        if untouched && !matches!(next, Next::Local) {
            let name = Arc::clone(&here.node.name);
            let why = match packet.protocol {
                Protocol::Icmp => Why::RoutesPing {
                    node: name,
                    to: packet.dst.ip(),
                },
                _ => Why::NoRule {
                    node: name,
                    to: packet.dst,
                },
            };
            self.record_hop(self.place_of(here.node), Stage::Route, &packet, Some(&packet), why);
        }
        self.send_on(here.idx, next, packet)
    }

    fn send_on(&mut self, idx: usize, next: Next, mut packet: Packet) -> Step {
        packet.mark = 0;
        let location = match next {
            Next::Local => Location::Process(idx),
            Next::OwnPod(pod) => Location::Pod(pod),
            Next::Node(other) => {
                let (from, to) = (self.node_name(idx), self.node_name(other));
                if let Some(why) = self.cut(Place::Node(from.clone()), &from, &to, &packet) {
                    return Step::Lost(why);
                }
                Location::Node(other, Arrival::Wire)
            }
            Next::External(ip) => Location::External(ip, Some(idx)),
            Next::Router | Next::Nowhere => {
                let from = self.node_name(idx);
                if let Some(why) = self.cut(Place::Node(from.clone()), &from, ROUTER, &packet) {
                    return Step::Lost(why);
                }
                Location::Router
            }
        };
        Step::Go(packet, location)
    }

    fn nowhere(&mut self, here: &Here<'_>, packet: &Packet) -> Step {
        let why = Why::NoSuchPod { to: packet.dst.ip() };
        self.record_hop(self.place_of(here.node), Stage::Route, packet, None, why.clone());
        Step::Lost(why)
    }
}

fn is_error(payload: &Payload) -> bool {
    matches!(payload, Payload::PortUnreachable | Payload::HostUnreachable)
}

/// The hook at which a packet is first seen.
fn arrival_hook(arrival: &Arrival) -> Hook {
    match arrival {
        Arrival::Process => Hook::Output,
        _ => Hook::Prerouting,
    }
}

fn view_of(packet: &Packet, arrival: &Arrival, state: CtState) -> PacketView {
    PacketView {
        src: packet.src,
        dst: packet.dst,
        original_dst: packet.dst,
        protocol: packet.protocol,
        mark: packet.mark,
        from_pod: matches!(arrival, Arrival::Pod(_) | Arrival::Nobody),
        state,
        translated: false,
    }
}
