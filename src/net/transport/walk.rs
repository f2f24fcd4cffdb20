//! One packet on its way, from place to place.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::connection::BalancerNat;
use super::daemons::NodeServer;
use super::host::{Host, full_name, pod_place};
use super::location::Location;
use super::outcome::{Outcome, Step};
use crate::api::{Kind, ObjectRef};
use crate::cluster::Snapshot;
use crate::cluster::faults::{Faults, PortHealth, ROUTER};
use crate::net::firewall::Firewall;
use crate::net::packet::{Packet, Payload, Protocol};
use crate::net::policy::Policies;
use crate::net::proxy::{ProxySettings, ServicePort, ServiceTable};
use crate::net::route::{Fabric, NodeInfo, PodInfo};
use crate::net::state::{Kernel, NetState};
use crate::net::trace::{Direction, Hop, Place, ProxyDecision, RuleHit, Stage};
use crate::net::why::Why;
use crate::sim::{Instant, Rng};

/// No packet passes more places than this; a real one dies after 64 routers.
const TIME_TO_LIVE: usize = 32;

/// A packet's way through one state of the cluster.
pub(super) struct PacketWalk<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) fabric: Arc<Fabric>,
    /// All Services.
    pub(super) table: Arc<ServiceTable>,
    pub(super) policies: Arc<Policies>,
    pub(super) firewall: Arc<Firewall>,
    /// kube-proxy's.
    pub(super) settings: Arc<ProxySettings>,
    /// By index of the node.
    pub(super) kernels: &'a mut [Kernel],
    pub(super) faults: &'a Faults,
    pub(super) rng: &'a mut Rng,
    pub(super) now: Instant,
    /// The node at which a packet from outside is to arrive; `None` where that is open, or it has arrived.
    pub(super) via: Option<usize>,
    pub(super) direction: Direction,
    /// What a load balancer must undo in answers; `None` where none made a connection of its own.
    pub(super) balancer: Option<BalancerNat>,
    /// The sender's address, where answers go out again; `None` for senders inside.
    pub(super) external_sender: Option<IpAddr>,
    /// kube-proxy's decision; `None` until one is taken.
    pub(super) decision: Option<ProxyDecision>,
    /// The first node that was passed; `None` until then.
    pub(super) first_node: Option<usize>,
    /// What happened, in order; empty where nobody reads it.
    pub(super) hops: Vec<Hop>,
    /// Whether the answer is the last of its connection.
    pub(super) closing: bool,
    /// Whether hops are recorded.
    pub(super) record: bool,
    /// Which connection of the trace this is ([`Hop::leg`]).
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
            closing: false,
            record,
            leg,
        }
    }

    /// Records that the packet was sent.
    pub(super) fn sent(&mut self, place: &Place, packet: &Packet) {
        let why = match packet.protocol {
            Protocol::Icmp => Why::SendsPing { to: packet.dst.ip() },
            _ => Why::Sends { to: packet.dst },
        };
        self.record_hop(place.clone(), Stage::Send, packet, Some(packet), why);
    }

    /// Moves a packet until somebody has it or nobody ever will.
    pub(super) fn travel(&mut self, mut packet: Packet, mut location: Location) -> Outcome {
        for _ in 0..TIME_TO_LIVE {
            let step = match location {
                Location::Node(idx, arrival) => self.at_node(idx, arrival, packet),
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
                            {
                                let within = packet.dst.ip().is_loopback();
                                self.pod_listens(pod, packet.protocol, SocketAddr::new(own, packet.dst.port()), within)
                            }
                        }
                        None => false,
                    };
                    return self.at_host(Host::Itself(place, pod), packet, listens);
                }
            };
            match step {
                Step::Go(on, to) => (packet, location) = (on, to),
                Step::Lost(why) => return Outcome::Lost(why),
                Step::Refused(why, reply, from) => return Outcome::Refused(why, reply, from),
            }
        }
        let why = Why::Loops { to: packet.dst.ip() };
        self.record_hop(Place::Router, Stage::Route, &packet, None, why.clone());
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
            self.record_hop(pod_place(&pod), Stage::Receive, &packet, None, why.clone());
            return Outcome::Lost(why);
        }
        let listens = self.pod_listens(&pod, packet.protocol, packet.dst, false);
        self.at_host(Host::Pod(pod), packet, listens)
    }

    /// Whether the process that would take a packet hangs.
    fn is_hung(&self, pod: &PodInfo, protocol: Protocol, port: u16) -> bool {
        !self.faults.is_empty() && self.faults.port_health(pod.pod(), port, protocol.name()) == PortHealth::Hung
    }

    /// Why a packet does not get over the link between two nodes, or the router and a node, where it is cut;
    /// recorded where the packet stands.
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
        self.record_hop(at, Stage::Route, packet, None, why.clone());
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
                self.record_hop(pod_place(&pod), Stage::Receive, &packet, None, why.clone());
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
            self.record_hop(place, Stage::Receive, &packet, Some(&packet), why);
            return Outcome::Arrived(packet, host);
        }
        if listens {
            let why = match &host {
                Host::Server { server, .. } => match server {
                    NodeServer::HealthCheck { service, count } => Why::HealthCheck {
                        service: Arc::clone(service),
                        count: *count,
                    },
                    NodeServer::Daemon(daemon) => Why::ReceivesDaemon {
                        program: daemon.program(),
                        port: packet.dst.port(),
                        source: packet.src.ip(),
                    },
                },
                host => self.receives(&packet, host),
            };
            self.record_hop(place, Stage::Receive, &packet, Some(&packet), why);
            return Outcome::Arrived(packet, host);
        }
        let why = Why::NothingListens { at: packet.dst };
        self.record_hop(place.clone(), Stage::Receive, &packet, None, why.clone());
        let reply = refusal_of(&packet, packet.protocol == Protocol::Tcp);
        match host.location() {
            Some(location) => Outcome::Refused(why, reply, location),
            None => Outcome::Refused(why, reply, Location::Itself(host.place(), None)),
        }
    }

    /// Records an answer that its receiver ignores; why.
    pub(super) fn stray(&mut self, place: Place, reply: &Packet, asked: &Packet) -> Why {
        let why = Why::StrayAnswer {
            from: reply.src,
            asked: asked.dst,
        };
        self.record_hop(place, Stage::Receive, reply, None, why.clone());
        why
    }

    /// The place of a node, for a hop; where none is recorded, any will do, and names cost.
    pub(super) fn place_of(&self, node: &NodeInfo) -> Place {
        match self.record {
            true => Place::Node(node.name.to_string()),
            false => Place::Router,
        }
    }

    /// Records a hop that no rule and no object stands behind.
    pub(super) fn record_hop(&mut self, at: Place, stage: Stage, before: &Packet, after: Option<&Packet>, why: Why) {
        self.record_hop_from(at, stage, before, after, why, Vec::new(), None);
    }

    /// Records a hop with its rules, and the object and field they come from.
    #[expect(clippy::too_many_arguments, reason = "the fields of a hop")]
    pub(super) fn record_hop_from(
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
