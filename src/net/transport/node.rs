//! A packet at a node's kernel: conntrack, nat, routing, filter, nat, in the kernel's order.
//!
//! `kubernetes pkg/proxy/nftables/README.md` says which hook does what and why.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::full_name;
use super::host_port::Mapped;
use super::outside::near;
use super::record::{refusal_field, refusal_reason};
use super::walk::{Arrival, Location, PacketWalk, Step, refusal_of, service_ref};
use crate::cluster::faults::ROUTER;
use crate::net::conntrack::{Side, State, Tuple};
use crate::net::packet::{Packet, Payload, Protocol};
use crate::net::policy::{Passage, Way};
use crate::net::proxy::Chain;
use crate::net::proxy::eval::{Eval, Filtered, PacketView, Translation};
use crate::net::proxy::rule::CtState;
use crate::net::route::{NodeInfo, Owner, PodInfo};
use crate::net::trace::{Direction, Place, ProxyVerdict, RuleHit, Stage};
use crate::net::why::Why;

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
    Local,
    OwnPod(Arc<PodInfo>),
    Node(usize),
    External(IpAddr),
    Router,
    Nowhere,
}

impl PacketWalk<'_> {
    /// What a node's kernel does with a packet.
    pub(super) fn at_node(&mut self, idx: usize, came: Arrival, packet: Packet) -> Step {
        let fabric = Arc::clone(&self.fabric);
        let node = &*fabric.nodes()[idx];
        self.first_node.get_or_insert(idx);
        self.family = packet.family();
        if self.faults.is_off(&node.name) {
            let why = Why::NodeOff {
                node: Arc::clone(&node.name),
            };
            self.hop(self.here(node), Stage::Route, &packet, None, why.clone());
            return Step::Lost(why);
        }
        match self.known(idx, &packet) {
            Known::Reply { to, from } => {
                self.pass_reply(idx, node, &came, packet, Some((to, from)), CtState::Established)
            }
            Known::Invalid => self.pass_reply(idx, node, &came, packet, None, CtState::Invalid),
            Known::New => self.pass_new(idx, node, &came, packet),
            Known::Original { to, from, state } => self.pass_known(idx, node, &came, packet, (to, from), state),
        }
    }

    fn known(&mut self, idx: usize, packet: &Packet) -> Known {
        let now = self.now;
        let replying = self.direction == Direction::Reply;
        let entry = self.kernels[idx].conntrack.find(tuple_of(packet), now);
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
    fn pass_new(&mut self, idx: usize, node: &NodeInfo, came: &Arrival, packet: Packet) -> Step {
        let original = tuple_of(&packet);
        let mut view = view_of(&packet, came, CtState::New);
        let hook = match came {
            Arrival::Process => Chain::Output,
            _ => Chain::Prerouting,
        };
        let (translation, rules) = self.eval(idx, node, |eval| eval.translate(hook, &mut view));
        let mut moved = packet.clone();
        moved.mark = view.mark;
        self.decide(idx, &translation, &view);
        let masqueraded = translation
            .choice
            .as_ref()
            .filter(|_| view.mark & self.settings.mark != 0);
        let reason = masqueraded.map(|choice| self.masquerade_reason(node, choice, &packet, &moved));
        if let Some(choice) = &translation.choice {
            moved.dst = choice.to;
            view.dst = choice.to;
            view.translated = true;
            self.tell_choice(node, choice, &packet, &moved, rules);
        }
        let by_host_port = if translation.choice.is_none() {
            match self.host_port(idx, node, &mut moved) {
                Mapped::Not => None,
                Mapped::To { masquerade } => {
                    view.dst = moved.dst;
                    view.translated = true;
                    Some(masquerade)
                }
                Mapped::Lost(why) => return Step::Lost(why),
            }
        } else {
            None
        };
        let next = self.route(idx, node, moved.dst.ip());
        let from_process = matches!(came, Arrival::Process);

        // filter, and the policies at pods' interfaces.
        let hooks: &[Chain] = match (&next, from_process) {
            (Next::Local, true) => &[Chain::Output, Chain::Input],
            (Next::Local, false) => &[Chain::Input],
            (_, true) => &[Chain::Output],
            (_, false) => &[Chain::Forward],
        };
        if let Some(step) = self.refused(idx, node, came, &packet, &moved, &view, hooks, &translation) {
            return step;
        }
        if let Some(step) = self.policies(node, came, &next, &moved) {
            return step;
        }

        // Masquerading, for whatever leaves the kernel again.
        let arrived = moved.clone();
        let leaves = from_process || !matches!(next, Next::Local);
        if leaves && !matches!(next, Next::Nowhere) {
            let (chosen, rules) = self.eval(idx, node, |eval| eval.masquerade(&mut view));
            moved.mark = view.mark;
            if let Some((chain, random)) = chosen {
                self.rewrite_source(idx, node, &next, &mut moved, random);
                if moved.src != arrived.src {
                    let to = moved.src.ip();
                    let why = match (chain, reason) {
                        (Chain::KubePostrouting, Some(reason)) => reason.why(node, to),
                        _ => Why::MasqueradesCni {
                            from: arrived.src.ip(),
                            to,
                        },
                    };
                    let choice = translation.choice.as_ref();
                    let port = choice
                        .filter(|_| chain == Chain::KubePostrouting)
                        .map(|it| &it.chains.port);
                    let made_from = port.map(|port| {
                        let object = service_ref(port);
                        let field = match why {
                            Why::MasqueradesExternal { .. } => {
                                let opened_by = if port.external_ips.contains(&packet.dst.ip()) {
                                    "spec.externalIPs"
                                } else {
                                    "spec.type"
                                };
                                let fields = ["spec.externalTrafficPolicy", opened_by, &port.field];
                                self.snapshot.first_written(&object, &fields)
                            }
                            _ => &port.field,
                        };
                        (object, field)
                    });
                    self.hop_by(
                        self.here(node),
                        Stage::Snat,
                        &arrived,
                        Some(&moved),
                        why,
                        rules,
                        made_from,
                    );
                }
            } else if by_host_port == Some(true) {
                self.rewrite_source(idx, node, &next, &mut moved, false);
                let (from, to) = (arrived.src.ip(), moved.src.ip());
                let why = Why::MasqueradesHostPort { from, to };
                self.hop(self.here(node), Stage::Snat, &arrived, Some(&moved), why);
            }
        }
        if matches!(next, Next::Nowhere) {
            return self.nowhere(node, &moved);
        }
        let reply = Tuple {
            protocol: moved.protocol,
            src: moved.dst,
            dst: moved.src,
        };
        let now = self.now;
        self.kernels[idx].conntrack.note(original, reply, now);
        let untouched = translation.choice.is_none() && by_host_port.is_none() && moved.src == packet.src;
        self.onward(idx, node, next, moved, untouched)
    }

    /// A further packet of a connection that this node knows.
    fn pass_known(
        &mut self,
        idx: usize,
        node: &NodeInfo,
        came: &Arrival,
        packet: Packet,
        (to, from): (SocketAddr, SocketAddr),
        state: CtState,
    ) -> Step {
        let mut moved = packet.clone();
        if moved.dst != to {
            moved.dst = to;
            let why = Why::Remembered {
                node: Arc::clone(&node.name),
                to,
            };
            self.hop(self.here(node), Stage::Dnat, &packet, Some(&moved), why);
        }
        let next = self.route(idx, node, moved.dst.ip());
        let mut view = view_of(&moved, came, state);
        view.translated = packet.dst != to;
        let hook = match (&next, came) {
            (_, Arrival::Process) => Chain::Output,
            (Next::Local, _) => Chain::Input,
            _ => Chain::Forward,
        };
        let none = Translation::default();
        if let Some(step) = self.refused(idx, node, came, &packet, &moved, &view, &[hook], &none) {
            return step;
        }
        let arrived = moved.clone();
        if moved.src != from {
            moved.src = from;
            let why = Why::MasqueradesAgain { to: from.ip() };
            self.hop(self.here(node), Stage::Snat, &arrived, Some(&moved), why);
        }
        if matches!(next, Next::Nowhere) {
            return self.nowhere(node, &moved);
        }
        let untouched = moved == packet;
        self.onward(idx, node, next, moved, untouched)
    }

    /// An answer, or something that looks like one. `undo` is what conntrack puts back.
    fn pass_reply(
        &mut self,
        idx: usize,
        node: &NodeInfo,
        came: &Arrival,
        packet: Packet,
        undo: Option<(SocketAddr, SocketAddr)>,
        state: CtState,
    ) -> Step {
        let mut moved = packet.clone();
        if let Some((to, from)) = undo {
            (moved.dst, moved.src) = (to, from);
        }
        let next = self.route(idx, node, moved.dst.ip());
        let related = undo.is_some() && is_error(&packet.payload);
        let view = view_of(&moved, came, if related { CtState::Related } else { state });
        let hook = match (&next, came) {
            (_, Arrival::Process) => Chain::Output,
            (Next::Local, _) => Chain::Input,
            _ => Chain::Forward,
        };
        let none = Translation::default();
        if let Some(step) = self.refused(idx, node, came, &packet, &moved, &view, &[hook], &none) {
            return step;
        }
        let (stage, why) = if moved == packet {
            let (node, to) = (Arc::clone(&node.name), moved.dst.ip());
            (Stage::Route, Why::RoutesReply { node, to })
        } else {
            let node = Arc::clone(&node.name);
            (Stage::Undo, Why::Undoes { node })
        };
        // A process that answers on a node which changed nothing needs no hop of its own.
        if stage == Stage::Undo || !matches!((came, &next), (Arrival::Process, _) | (_, Next::Local)) {
            self.hop(self.here(node), stage, &packet, Some(&moved), why);
        }
        if matches!(next, Next::Nowhere) {
            return self.nowhere(node, &moved);
        }
        self.send_on(idx, next, moved)
    }

    /// Runs the node's rules, and brings back what matched.
    fn eval<T>(&mut self, idx: usize, node: &NodeInfo, run: impl FnOnce(&mut Eval<'_>) -> T) -> (T, Vec<RuleHit>) {
        let kernel = &mut self.kernels[idx];
        let family = self.family;
        let mut eval = Eval {
            node,
            settings: &self.settings,
            table: &self.table,
            fixed: &kernel.fixed[family.index()],
            made: &mut kernel.chains,
            recent: &mut kernel.recent,
            rng: self.rng,
            now: self.now,
            hits: self.record.then(Vec::new),
            share: 1.0,
        };
        let found = run(&mut eval);
        let hits = eval.hits.unwrap_or_default();
        (found, hits)
    }

    /// Asks filter; `Some` where the packet ends here.
    #[expect(clippy::too_many_arguments, reason = "a packet before and after, and who asks")]
    fn refused(
        &mut self,
        idx: usize,
        node: &NodeInfo,
        came: &Arrival,
        packet: &Packet,
        moved: &Packet,
        view: &PacketView,
        hooks: &[Chain],
        translation: &Translation,
    ) -> Option<Step> {
        for &hook in hooks {
            let (filtered, rules) = self.eval(idx, node, |eval| eval.filter(hook, view));
            let (refusal, reject) = match filtered {
                Filtered::Accept => continue,
                Filtered::Drop(refusal) => (refusal, false),
                Filtered::Reject(refusal) => (refusal, true),
            };
            let verdict = if reject {
                ProxyVerdict::Reject
            } else {
                ProxyVerdict::Drop
            };
            let chains = refusal.chains.as_ref().or(translation.matched.as_ref());
            self.decide_refusal(idx, chains, verdict);
            let why = refusal_reason(node, &refusal, moved, reject);
            let made_from = chains.map(|it| {
                let object = service_ref(&it.port);
                let fields = [refusal_field(&it.port, refusal.chain), &it.port.field];
                let field = self.snapshot.first_written(&object, &fields);
                (object, field)
            });
            self.hop_by(
                self.here(node),
                Stage::Filter,
                moved,
                None,
                why.clone(),
                rules,
                made_from,
            );
            if !reject {
                return Some(Step::Lost(why));
            }
            let reply = refusal_of(packet, false);
            let next = match came {
                Arrival::Process => Next::Local,
                _ => self.route(idx, node, reply.dst.ip()),
            };
            let back = match next {
                Next::Local => Location::Process(idx),
                Next::OwnPod(pod) => Location::Pod(pod),
                Next::Node(other) => Location::Node(other, Arrival::Wire),
                Next::External(ip) => Location::External(ip, Some(idx)),
                Next::Router | Next::Nowhere => Location::Router,
            };
            return Some(Step::Refused(why, reply, back));
        }
        None
    }

    /// Asks the policies of the pods this node sends from or to; `Some` where the packet ends here.
    fn policies(&mut self, node: &NodeInfo, came: &Arrival, next: &Next, packet: &Packet) -> Option<Step> {
        let sender = match came {
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
        self.hop_by(
            self.here(node),
            Stage::Policy,
            packet,
            after,
            why.clone(),
            Vec::new(),
            made_from,
        );
        (!judgement.allowed).then_some(Step::Lost(why))
    }

    /// Where to next.
    fn route(&self, idx: usize, node: &NodeInfo, to: IpAddr) -> Next {
        if node.is_local(to) {
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
            None if self.table.is_machine(to) && near(node, to) => Next::External(to),
            None => Next::Router,
        }
    }

    /// The source a packet leaves with: the address of the interface it leaves by.
    fn rewrite_source(&mut self, idx: usize, node: &NodeInfo, next: &Next, packet: &mut Packet, random: bool) {
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
            if !self.kernels[idx].conntrack.uses(reply) {
                break;
            }
        }
        packet.src = SocketAddr::new(ip, port);
    }

    /// Tells that the node only routes, where nothing else was told of it, and sends on.
    fn onward(&mut self, idx: usize, node: &NodeInfo, next: Next, packet: Packet, untouched: bool) -> Step {
        if untouched && !matches!(next, Next::Local) {
            let name = Arc::clone(&node.name);
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
            self.hop(self.here(node), Stage::Route, &packet, Some(&packet), why);
        }
        self.send_on(idx, next, packet)
    }

    fn send_on(&mut self, idx: usize, next: Next, mut packet: Packet) -> Step {
        packet.mark = 0;
        let spot = match next {
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
        Step::Go(packet, spot)
    }

    fn nowhere(&mut self, node: &NodeInfo, packet: &Packet) -> Step {
        let why = Why::NoSuchPod { to: packet.dst.ip() };
        self.hop(self.here(node), Stage::Route, packet, None, why.clone());
        Step::Lost(why)
    }
}

fn is_error(payload: &Payload) -> bool {
    matches!(payload, Payload::PortUnreachable | Payload::HostUnreachable)
}

fn tuple_of(packet: &Packet) -> Tuple {
    Tuple {
        protocol: packet.protocol,
        src: packet.src,
        dst: packet.dst,
    }
}

fn view_of(packet: &Packet, came: &Arrival, state: CtState) -> PacketView {
    PacketView {
        src: packet.src,
        dst: packet.dst,
        protocol: packet.protocol,
        mark: packet.mark,
        from_pod: matches!(came, Arrival::Pod(_) | Arrival::Nobody),
        state,
        translated: false,
    }
}
