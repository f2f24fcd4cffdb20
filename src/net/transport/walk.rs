//! One packet on its way, from place to place.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::host::{Host, pod_place};
use super::{Connect, Sender, full_name, undecided};
use crate::api::{IpFamily, Kind, NamespacedName, ObjectRef};
use crate::cluster::Snapshot;
use crate::cluster::faults::{Faults, PortHealth, ROUTER};
use crate::net::conntrack::Tuple;
use crate::net::firewall::Firewall;
use crate::net::packet::{Packet, Payload, Protocol};
use crate::net::policy::Policies;
use crate::net::proxy::node::Settings;
use crate::net::proxy::{ServicePort, ServiceTable};
use crate::net::request::Source;
use crate::net::route::{Fabric, NodeInfo, Owner, PodInfo};
use crate::net::state::{Kernel, NetState};
use crate::net::trace::{Direction, Hop, Place, ProxyDecision, RuleHit, Stage};
use crate::net::why::Why;
use crate::sim::{Instant, Rng};

/// No packet passes more places than this; a real one dies after 64 routers.
const TIME_TO_LIVE: usize = 32;

/// How a packet came to a node.
#[derive(Clone, Debug)]
pub(super) enum Arrival {
    /// Over the wire from elsewhere.
    Wire,
    /// From one of its pods.
    Pod(Arc<PodInfo>),
    /// From a pod's address without such a pod: somebody plays one.
    Nobody,
    /// From a process on the node.
    Process,
}

/// Where a packet is.
#[derive(Clone, Debug)]
pub(super) enum Location {
    /// At a node's kernel.
    Node(usize, Arrival),
    /// At a pod's interface.
    Pod(Arc<PodInfo>),
    /// At a node's own processes.
    Process(usize),
    /// At the router.
    Router,
    /// At the load balancer of a Service.
    Balancer(Arc<NamespacedName>),
    /// At the client outside.
    Client,
    /// At another machine, reached from this node without a router.
    External(IpAddr, Option<usize>),
    /// Nowhere but at the sender.
    Itself(Place, Option<Arc<PodInfo>>),
}

/// What one place does with a packet.
pub(super) enum Step {
    /// Sends it on.
    Go(Packet, Location),
    /// Loses it.
    Lost(Why),
    /// Answers that it cannot be.
    Refused(Why, Packet, Location),
}

/// How a packet's way ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Somebody has it.
    Arrived(Packet, Host),
    /// Nobody has it.
    Lost(Why),
    /// Somebody answers that it cannot be: the answer, and where it sets out.
    Refused(Why, Packet, Location),
}

/// What a proxying load balancer must undo in answers.
#[derive(Clone, Debug)]
pub(super) struct BalancerNat {
    pub(super) service: Arc<NamespacedName>,
    pub(super) original: Tuple,
    pub(super) reply: Tuple,
}

/// A packet's way through one state of the cluster.
pub(super) struct PacketWalk<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) fabric: Arc<Fabric>,
    pub(super) table: Arc<ServiceTable>,
    pub(super) policies: Arc<Policies>,
    pub(super) firewall: Arc<Firewall>,
    pub(super) settings: Arc<Settings>,
    pub(super) kernels: &'a mut [Kernel],
    pub(super) faults: &'a Faults,
    pub(super) rng: &'a mut Rng,
    pub(super) now: Instant,
    pub(super) via: Option<usize>,
    pub(super) direction: Direction,
    pub(super) balancer: Option<BalancerNat>,
    /// The sender's address, where answers go out again.
    pub(super) external_sender: Option<IpAddr>,
    pub(super) decision: Option<ProxyDecision>,
    pub(super) first_node: Option<usize>,
    pub(super) hops: Vec<Hop>,
    /// The family of the packet at the node where the walk is.
    pub(super) family: IpFamily,
    /// Whether the answer is the last of its connection.
    pub(super) closing: bool,
    pub(super) record: bool,
    leg: u8,
}

impl<'a> PacketWalk<'a> {
    /// A walk that nobody has begun. `state` must be in step with `snapshot`.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        state: &'a mut NetState,
        rng: &'a mut Rng,
        now: Instant,
        leg: u8,
        record: bool,
    ) -> Self {
        let NetState {
            fabric,
            table,
            policies,
            firewall,
            settings,
            kernels,
            ..
        } = state;
        Self {
            snapshot,
            fabric: Arc::clone(fabric),
            table: Arc::clone(table),
            policies: Arc::clone(policies),
            firewall: Arc::clone(firewall),
            settings: Arc::clone(settings),
            kernels,
            faults: snapshot.faults(),
            rng,
            now,
            via: None,
            direction: Direction::Request,
            balancer: None,
            external_sender: None,
            decision: None,
            first_node: None,
            hops: Vec::new(),
            family: IpFamily::default(),
            closing: false,
            record,
            leg,
        }
    }

    /// Who sends, with the packet as it is made, and where that is.
    pub(super) fn sender(&mut self, args: &Connect<'_>) -> Result<(Sender, Location), Why> {
        let family = IpFamily::of(args.to.ip());
        let no_family = || Why::NoFamily { to: args.to.ip() };
        let unknown = |name: String| Why::NoSender { sender: name.into() };
        let (place, ip, spot) = match args.from {
            Source::Pod { namespace, name } => {
                let pod = self.fabric.pod(namespace, name).cloned();
                let pod = pod.ok_or_else(|| unknown(format!("pod/{namespace}/{name}")))?;
                self.sender_pod(&pod, args.to, None).ok_or_else(no_family)?
            }
            Source::Node(name) => {
                let idx = self.fabric.node_by_name(name);
                let idx = idx.ok_or_else(|| unknown(format!("node/{name}")))?;
                let place = Place::Node(name.clone());
                self.sender_process(idx, args.to, None, place).ok_or_else(no_family)?
            }
            Source::Client => {
                let ip = self.snapshot.config().client(family);
                if args.to.ip().is_loopback() || ip == args.to.ip() {
                    (Place::Client, args.to.ip(), Location::Itself(Place::Client, None))
                } else {
                    (Place::Client, ip, Location::Router)
                }
            }
            Source::Address(ip) => {
                if IpFamily::of(*ip) != family {
                    return Err(no_family());
                }
                self.sender_address(*ip, args).ok_or_else(no_family)?
            }
        };
        if matches!(place, Place::Client | Place::External(_)) {
            self.external_sender = Some(ip);
        }
        let port = match (args.source_port, args.protocol) {
            (Some(port), _) => port,
            (None, Protocol::Icmp) => 0,
            // Linux' range of ephemeral ports.
            (None, _) => 32_768 + self.rng.below(28_232) as u16,
        };
        let packet = Packet {
            protocol: args.protocol,
            src: SocketAddr::new(ip, port),
            dst: args.to,
            mark: 0,
            payload: args.payload.clone(),
        };
        Ok((Sender { place, packet }, spot))
    }

    fn sender_pod(&self, pod: &Arc<PodInfo>, to: SocketAddr, ip: Option<IpAddr>) -> Option<(Place, IpAddr, Location)> {
        let place = pod_place(pod);
        if pod.host_network {
            return self.sender_process(pod.node?, to, ip, place);
        }
        if to.ip().is_loopback() {
            return Some((place.clone(), to.ip(), Location::Itself(place, Some(Arc::clone(pod)))));
        }
        let ip = ip.or_else(|| pod.ip(IpFamily::of(to.ip())))?;
        if pod.ips.contains(&to.ip()) {
            return Some((place.clone(), to.ip(), Location::Itself(place, Some(Arc::clone(pod)))));
        }
        let node = pod.node?;
        Some((place, ip, Location::Node(node, Arrival::Pod(Arc::clone(pod)))))
    }

    /// A process on a node takes the address that its routes say: the destination itself if that is local,
    /// the pod network's towards its own pods, else the node's first.
    fn sender_process(
        &self,
        idx: usize,
        to: SocketAddr,
        ip: Option<IpAddr>,
        place: Place,
    ) -> Option<(Place, IpAddr, Location)> {
        let node = &self.fabric.nodes()[idx];
        let family = IpFamily::of(to.ip());
        let chosen = ip.or_else(|| {
            if node.is_local(to.ip()) {
                return Some(to.ip());
            }
            let own_pod = match self.fabric.owner(to.ip()) {
                Some(Owner::Pod(pod)) => pod.node == Some(idx),
                _ => false,
            };
            own_pod
                .then(|| node.gateway(family))
                .flatten()
                .or_else(|| node.primary(family))
        })?;
        Some((place, chosen, Location::Node(idx, Arrival::Process)))
    }

    fn sender_address(&self, ip: IpAddr, args: &Connect<'_>) -> Option<(Place, IpAddr, Location)> {
        let via = args.via_node.and_then(|name| self.fabric.node_by_name(name));
        if ip.is_loopback() {
            let idx = via.or((!self.fabric.nodes().is_empty()).then_some(0))?;
            return self.sender_process(idx, args.to, Some(ip), Place::Node(self.node_name(idx)));
        }
        match self.fabric.owner(ip) {
            Some(Owner::Node(idx)) => self.sender_process(*idx, args.to, Some(ip), Place::Node(self.node_name(*idx))),
            Some(Owner::Pod(pod)) => self.sender_pod(pod, args.to, Some(ip)),
            None if self.snapshot.config().is_client(ip) => Some((Place::Client, ip, Location::Router)),
            None => Some(match self.fabric.node_of_cidr(ip) {
                Some(idx) => (Place::External(ip), ip, Location::Node(idx, Arrival::Nobody)),
                None => (Place::External(ip), ip, Location::Router),
            }),
        }
    }

    /// Tells that the packet was sent.
    pub(super) fn sent(&mut self, place: &Place, packet: &Packet) {
        let why = match packet.protocol {
            Protocol::Icmp => Why::SendsPing { to: packet.dst.ip() },
            _ => Why::Sends { to: packet.dst },
        };
        self.hop(place.clone(), Stage::Send, packet, Some(packet), why);
    }

    /// Moves a packet until somebody has it or nobody ever will.
    pub(super) fn travel(&mut self, mut packet: Packet, mut spot: Location) -> Outcome {
        for _ in 0..TIME_TO_LIVE {
            let step = match spot {
                Location::Node(idx, came) => self.at_node(idx, came, packet),
                Location::Router => self.at_router(packet),
                Location::Balancer(service) => self.at_balancer(&service, packet),
                Location::Pod(pod) => return self.at_pod(pod, packet),
                Location::Process(idx) => return self.at_process(idx, packet),
                Location::Client => return self.at_host(Host::Client, packet, false),
                Location::External(ip, from) => {
                    let listens = self.table.is_manual_endpoint((ip, packet.protocol, packet.dst.port()));
                    return self.at_host(Host::External(ip, from), packet, listens);
                }
                Location::Itself(place, pod) => {
                    let listens = match &pod {
                        Some(pod) => {
                            let own = pod.ip(packet.family()).unwrap_or(packet.dst.ip());
                            self.pod_listens(pod, packet.protocol, SocketAddr::new(own, packet.dst.port()))
                        }
                        None => false,
                    };
                    return self.at_host(Host::Itself(place, pod), packet, listens);
                }
            };
            match step {
                Step::Go(on, to) => (packet, spot) = (on, to),
                Step::Lost(why) => return Outcome::Lost(why),
                Step::Refused(why, reply, from) => return Outcome::Refused(why, reply, from),
            }
        }
        let why = Why::Loops { to: packet.dst.ip() };
        self.hop(Place::Router, Stage::Route, &packet, None, why.clone());
        Outcome::Lost(why)
    }

    fn at_pod(&mut self, pod: Arc<PodInfo>, packet: Packet) -> Outcome {
        if self.direction == Direction::Reply {
            return Outcome::Arrived(packet, Host::Pod(pod));
        }
        if packet.protocol != Protocol::Icmp && self.is_hung(&pod, packet.protocol, packet.dst.port()) {
            let why = Why::Hung {
                pod: full_name(&pod.namespace, &pod.name),
            };
            self.hop(pod_place(&pod), Stage::Receive, &packet, None, why.clone());
            return Outcome::Lost(why);
        }
        let listens = self.pod_listens(&pod, packet.protocol, packet.dst);
        self.at_host(Host::Pod(pod), packet, listens)
    }

    /// Whether the process that would take a packet hangs.
    fn is_hung(&self, pod: &PodInfo, protocol: Protocol, port: u16) -> bool {
        !self.faults.is_empty() && self.faults.port_health(pod.pod(), port, protocol.name()) == PortHealth::Hung
    }

    /// Why a packet does not get over the link between two nodes, or the router and a node, where it is cut;
    /// told where the packet stands.
    pub(super) fn cut(&mut self, at: Place, from: &str, to: &str, packet: &Packet) -> Option<Why> {
        if !self.faults.is_cut(from, to) {
            return None;
        }
        let why = match (from, to) {
            (ROUTER, node) | (node, ROUTER) => Why::RouterLinkDown { node: node.into() },
            _ => Why::LinkDown {
                from: from.into(),
                to: to.into(),
            },
        };
        self.hop(at, Stage::Route, packet, None, why.clone());
        Some(why)
    }

    fn at_process(&mut self, idx: usize, packet: Packet) -> Outcome {
        let name = Arc::clone(&self.fabric.nodes()[idx].name);
        if self.direction == Direction::Reply {
            return Outcome::Arrived(packet, Host::Node { idx, name, pod: None });
        }
        match self.node_process(idx, packet.protocol, packet.dst) {
            Some(Host::Node { pod: Some(pod), .. }) if self.is_hung(&pod, packet.protocol, packet.dst.port()) => {
                let why = Why::Hung {
                    pod: full_name(&pod.namespace, &pod.name),
                };
                self.hop(pod_place(&pod), Stage::Receive, &packet, None, why.clone());
                Outcome::Lost(why)
            }
            Some(host) => self.at_host(host, packet, true),
            None => self.at_host(Host::Node { idx, name, pod: None }, packet, false),
        }
    }

    /// A machine has the packet; `listens` tells whether any process wants it.
    fn at_host(&mut self, host: Host, packet: Packet, listens: bool) -> Outcome {
        if self.direction == Direction::Reply {
            return Outcome::Arrived(packet, host);
        }
        let place = if self.record { host.place() } else { Place::Router };
        if packet.protocol == Protocol::Icmp {
            let why = Why::ReceivesPing { at: packet.dst.ip() };
            self.hop(place, Stage::Receive, &packet, Some(&packet), why);
            return Outcome::Arrived(packet, host);
        }
        if listens {
            let why = match &host {
                Host::HealthCheck { service, count, .. } => Why::HealthCheck {
                    service: Arc::clone(service),
                    count: *count,
                },
                _ => Why::Receives {
                    port: packet.dst.port(),
                    source: packet.src.ip(),
                },
            };
            self.hop(place, Stage::Receive, &packet, Some(&packet), why);
            return Outcome::Arrived(packet, host);
        }
        let why = Why::NothingListens { at: packet.dst };
        self.hop(place.clone(), Stage::Receive, &packet, None, why.clone());
        let reply = refusal_of(&packet, packet.protocol == Protocol::Tcp);
        match host.spot() {
            Some(spot) => Outcome::Refused(why, reply, spot),
            None => Outcome::Refused(why, reply, Location::Itself(host.place(), None)),
        }
    }

    /// Tells of an answer that its receiver ignores, and why.
    pub(super) fn stray(&mut self, place: Place, reply: &Packet, asked: &Packet) -> Why {
        let why = Why::StrayAnswer {
            from: reply.src,
            asked: asked.dst,
        };
        self.hop(place, Stage::Receive, reply, None, why.clone());
        why
    }

    /// kube-proxy's decision, or that there was none.
    pub(super) fn take_decision(&mut self) -> Option<ProxyDecision> {
        let first = self.first_node;
        self.decision
            .take()
            .or_else(|| first.map(|idx| undecided(&self.fabric.nodes()[idx].name)))
    }

    /// The place of a node, for a hop; where none is told, any will do, and names cost.
    pub(super) fn here(&self, node: &NodeInfo) -> Place {
        match self.record {
            true => Place::Node(node.name.to_string()),
            false => Place::Router,
        }
    }

    /// Tells a hop that no rule and no object stands behind.
    pub(super) fn hop(&mut self, at: Place, stage: Stage, before: &Packet, after: Option<&Packet>, why: Why) {
        self.hop_by(at, stage, before, after, why, Vec::new(), None);
    }

    /// Tells a hop with its rules, and the object and field they come from.
    #[expect(clippy::too_many_arguments, reason = "the fields of a hop")]
    pub(super) fn hop_by(
        &mut self,
        at: Place,
        stage: Stage,
        before: &Packet,
        after: Option<&Packet>,
        why: Why,
        rules: Vec<RuleHit>,
        made_from: Option<(ObjectRef, &str)>,
    ) {
        if !self.record {
            return;
        }
        let span = made_from
            .as_ref()
            .and_then(|(object, field)| self.snapshot.span(object, field));
        self.hops.push(Hop {
            at,
            stage,
            direction: self.direction,
            leg: self.leg,
            before: before.clone(),
            after: after.cloned(),
            rules,
            object: made_from.map(|(object, _)| object),
            span,
            why,
        });
    }
}

/// The Service a port belongs to.
pub(super) fn service_ref(port: &ServicePort) -> ObjectRef {
    ObjectRef::of(Kind::Service, &port.name.service)
}

/// The answer of somebody who refuses: a reset for TCP where a host says so, else ICMP port unreachable.
pub(super) fn refusal_of(packet: &Packet, reset: bool) -> Packet {
    Packet {
        protocol: packet.protocol,
        src: packet.dst,
        dst: packet.src,
        mark: 0,
        payload: if reset { Payload::Rst } else { Payload::PortUnreachable },
    }
}
