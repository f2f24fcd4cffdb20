//! What stands between the nodes and the outside: the router, and the load balancers of Services.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::undecided;
use super::walk::{Arrival, BalancerNat, Location, PacketWalk, Step};
use crate::api::types::core::{LoadBalancerIngress, Service};
use crate::api::{IpFamily, Kind, NamespacedName, ObjectRef};
use crate::cluster::faults::ROUTER;
use crate::cluster::snapshot::LoadBalancerProvider;
use crate::net::conntrack::Tuple;
use crate::net::firewall::Passage;
use crate::net::packet::{Packet, Protocol};
use crate::net::proxy::parse_net;
use crate::net::route::{NodeInfo, Owner};
use crate::net::trace::{Direction, Place, Stage};
use crate::net::why::Why;

/// Which nodes a load balancer may use, and out of how many.
struct Eligible {
    nodes: Vec<usize>,
    total: usize,
    by_health: bool,
}

impl PacketWalk<'_> {
    /// The router knows the nodes, the outside, and who took charge of which external address. It has no route
    /// to pods or ClusterIPs.
    pub(super) fn at_router(&mut self, packet: Packet) -> Step {
        let to = packet.dst.ip();
        if let Some(nat) = &self.balancer
            && self.direction == Direction::Reply
            && to == nat.reply.dst.ip()
        {
            return Step::Go(packet, Location::Balancer(Arc::clone(&nat.service)));
        }
        if self.snapshot.config().is_client(to) {
            if let Some(step) = self.firewalled(&packet, true) {
                return step;
            }
            self.pass(&packet, Why::RouterToOutside { to });
            return Step::Go(packet, Location::Client);
        }
        if self.direction == Direction::Reply && self.external_sender == Some(to) {
            self.pass(&packet, Why::RouterToOutside { to });
            return Step::Go(packet, Location::External(to, None));
        }
        let owner = match self.fabric.owner(to) {
            Some(Owner::Node(idx)) if self.fabric.nodes()[*idx].addresses.contains(&to) => Some(*idx),
            _ => None,
        };
        if let Some(idx) = owner {
            return self.lead_to_node(idx, packet);
        }
        let balanced = self.table.balanced(to).cloned();
        let vip = self.table.by_vip((to, packet.protocol, packet.dst.port()));
        let external_ip = vip.iter().any(|port| port.external_ips.contains(&to));
        // Which node takes a packet is open only for what comes from outside, and for addresses that no machine has.
        let open = self.first_node.is_none() || balanced.is_some() || external_ip;
        if let Some(idx) = self.via.take_if(|_| open) {
            if let Some(balanced) = balanced {
                let service = balanced.to_string().into();
                let node = Arc::clone(&self.fabric.nodes()[idx].name);
                let place = Place::LoadBalancer(NamespacedName::clone(&balanced));
                self.hop(
                    place,
                    Stage::Balance,
                    &packet,
                    Some(&packet),
                    Why::BalancesTo { service, node },
                );
                return self.over_link(idx, packet);
            }
            return self.lead_to_node(idx, packet);
        }
        if let Some(service) = balanced {
            return Step::Go(packet, Location::Balancer(service));
        }
        if external_ip {
            // Whoever uses externalIPs leads them to some node; the first one here.
            let ready = self.fabric.nodes().iter().position(|node| self.is_up(node));
            if let Some(idx) = ready {
                return self.lead_to_node(idx, packet);
            }
        }
        if self.table.is_machine(to) {
            if let Some(step) = self.firewalled(&packet, true) {
                return step;
            }
            self.pass(&packet, Why::RouterToOutside { to });
            return Step::Go(packet, Location::External(to, None));
        }
        let why = self.no_route(&packet);
        self.hop(Place::Router, Stage::Route, &packet, None, why.clone());
        Step::Lost(why)
    }

    /// Asks the cloud's firewall about a packet that begins something; `Some` where it ends here.
    fn firewalled(&mut self, packet: &Packet, egress: bool) -> Option<Step> {
        if !self.snapshot.config().firewall || self.direction == Direction::Reply {
            return None;
        }
        let inside = self.first_node.is_some() || self.is_inside(packet.src.ip());
        if egress != inside {
            return None;
        }
        let (src, dst) = (packet.src.ip(), packet.dst);
        let judgement = self.firewall.judge(Passage {
            egress,
            protocol: packet.protocol,
            src,
            dst,
        });
        if judgement.open {
            return None;
        }
        let what = protocol_port(packet);
        let why = match &judgement.rule {
            Some(rule) if judgement.allowed => Why::FirewallAllows {
                rule: Arc::clone(&rule.name),
                what,
                source: src,
            },
            Some(rule) => Why::FirewallDenies {
                rule: Arc::clone(&rule.name),
                what,
                source: src,
            },
            None => Why::FirewallImplied { what, source: src },
        };
        let after = judgement.allowed.then_some(packet);
        let made_from = judgement.rule.as_ref();
        let made_from = made_from.map(|rule| (rule.object.clone(), rule.field.as_str()));
        self.hop_by(
            Place::Router,
            Stage::Filter,
            packet,
            after,
            why.clone(),
            Vec::new(),
            made_from,
        );
        (!judgement.allowed).then_some(Step::Lost(why))
    }

    /// Whether an address belongs to the cloud's own network: the pods', or near a node.
    fn is_inside(&self, ip: IpAddr) -> bool {
        let pods = &self.snapshot.config().pod_subnets;
        pods.iter().any(|net| net.contains(&ip)) || self.fabric.nodes().iter().any(|node| near(node, ip))
    }

    fn pass(&mut self, packet: &Packet, why: Why) {
        self.hop(Place::Router, Stage::Route, packet, Some(packet), why);
    }

    fn lead_to_node(&mut self, idx: usize, packet: Packet) -> Step {
        if let Some(step) = self.firewalled(&packet, false) {
            return step;
        }
        let why = Why::RouterToNode {
            node: Arc::clone(&self.fabric.nodes()[idx].name),
            to: packet.dst.ip(),
        };
        self.pass(&packet, why);
        self.over_link(idx, packet)
    }

    /// Over the link from the router to a node.
    fn over_link(&mut self, idx: usize, packet: Packet) -> Step {
        let node = self.node_name(idx);
        match self.cut(Place::Router, ROUTER, &node, &packet) {
            Some(why) => Step::Lost(why),
            None => Step::Go(packet, Location::Node(idx, Arrival::Wire)),
        }
    }

    /// Why the router has nowhere to send a packet.
    fn no_route(&self, packet: &Packet) -> Why {
        let to = packet.dst.ip();
        let config = self.snapshot.config();
        let in_services = config.service_subnets.iter().any(|net| net.contains(&to));
        if in_services || self.table.is_cluster_ip(to) {
            // From inside, kube-proxy had its chance before; from outside nobody asked it.
            return match (self.first_node, packet.protocol) {
                (None, _) => Why::NoRouteToClusterIp { to },
                (Some(_), Protocol::Icmp) => Why::PingVirtual { to },
                (Some(_), _) => Why::NoPortOfClusterIp { to: packet.dst },
            };
        }
        if self.fabric.owner(to).is_some() || config.pod_subnets.iter().any(|net| net.contains(&to)) {
            return Why::NoRouteToPod { to };
        }
        if self.fabric.nodes().iter().any(|node| near(node, to)) {
            return Why::NoNeighbor { to };
        }
        Why::NoRoute { to }
    }

    fn is_up(&self, node: &NodeInfo) -> bool {
        // Load balancers go by their own health checks: the control plane's view of a node does not move them
        // since Kubernetes 1.30. Of a node that only its manifest calls not ready nothing else is known.
        let provider = self.snapshot.config().load_balancer;
        let checked = self.faults.balancer_uses(&node.name, self.now, provider);
        checked.unwrap_or(node.ready)
    }

    /// A load balancer of a Service: passes packets on to a node as they are (`ipMode: VIP`, where the nodes'
    /// rules know its address), or makes connections of its own to node ports (`ipMode: Proxy`).
    pub(super) fn at_balancer(&mut self, balanced: &Arc<NamespacedName>, packet: Packet) -> Step {
        let place = Place::LoadBalancer(NamespacedName::clone(balanced));
        let service: Arc<str> = balanced.to_string().into();
        if self.direction == Direction::Reply {
            return self.balancer_returns(place, service, packet);
        }
        let reference = ObjectRef::of(Kind::Service, balanced);
        let lost = |walk: &mut Self, why: Why, field: &str| {
            let made_from = Some((reference.clone(), field));
            walk.hop_by(
                place.clone(),
                Stage::Balance,
                &packet,
                None,
                why.clone(),
                Vec::new(),
                made_from,
            );
            Step::Lost(why)
        };
        let found = self.snapshot.typed::<Service>(&**balanced);
        let Some(svc) = found else {
            return lost(self, Why::NoHealthyNode { service }, "");
        };
        let number = packet.dst.port();
        let port = svc.spec.ports.iter().find(|port| {
            port.port == i32::from(number) && Protocol::parse(&port.protocol).unwrap_or_default() == packet.protocol
        });
        let Some(port) = port else {
            let port = number;
            return lost(self, Why::NoBalancedPort { service, port }, "spec.ports");
        };
        let ip = packet.dst.ip();
        let proxying = svc.status.load_balancer.ingress.iter().any(|it| is_proxying(it, ip));
        if proxying {
            let source = packet.src.ip();
            let ranges = &svc.spec.load_balancer_source_ranges;
            let allowed = ranges.is_empty()
                || ranges
                    .iter()
                    .any(|text| parse_net(text.trim()).is_some_and(|net| net.contains(&source)));
            if !allowed {
                return lost(
                    self,
                    Why::SourceRange { service, source },
                    "spec.loadBalancerSourceRanges",
                );
            }
            if port.node_port == 0 {
                return lost(self, Why::NoNodePort { service }, "spec.allocateLoadBalancerNodePorts");
            }
        }
        let announced = self.snapshot.config().load_balancer == LoadBalancerProvider::MetalLb;
        let eligible = self.eligible(svc);
        if eligible.nodes.is_empty() {
            return lost(self, Why::NoHealthyNode { service }, "spec.externalTrafficPolicy");
        }
        let count = eligible.nodes.len();
        let picked = if announced {
            announcing(&eligible.nodes, |idx| self.node_name(idx), ip)
        } else {
            eligible.nodes[self.rng.below(count as u64) as usize]
        };
        let node = Arc::clone(&self.fabric.nodes()[picked].name);
        let why = match (announced, eligible.by_health) {
            (true, _) => Why::Announces { service, node, to: ip },
            (false, false) => Why::Balances { service, node, count },
            (false, true) => Why::BalancesHealthy {
                service,
                node,
                count,
                total: eligible.total,
            },
        };
        let mut moved = packet.clone();
        if proxying {
            if let Some(first) = self.first_node {
                // From here on it is the balancer's own connection: what nodes decide of that says nothing
                // of this packet, which the first node let go.
                let name = Arc::clone(&self.fabric.nodes()[first].name);
                self.decision.get_or_insert_with(|| undecided(&name));
            }
            let to = self.fabric.nodes()[picked].primary(IpFamily::of(ip));
            let (Some(to), Ok(node_port)) = (to, u16::try_from(port.node_port)) else {
                return lost(
                    self,
                    Why::NoNodePort {
                        service: balanced.to_string().into(),
                    },
                    "spec.ports",
                );
            };
            moved.src = SocketAddr::new(ip, 1024 + self.rng.below(64_512) as u16);
            moved.dst = SocketAddr::new(to, node_port);
            self.balancer = Some(BalancerNat {
                service: Arc::clone(balanced),
                original: tuple(&packet),
                reply: tuple(&moved).inverse(),
            });
        }
        let made_from = Some((reference.clone(), "spec.type"));
        self.hop_by(
            place.clone(),
            Stage::Balance,
            &packet,
            Some(&moved),
            why,
            Vec::new(),
            made_from,
        );
        self.over_link(picked, moved)
    }

    /// Nodes that are up and, under external policy Local, have a ready endpoint (the health check says so).
    fn eligible(&self, service: &Service) -> Eligible {
        let up: Vec<usize> = self
            .fabric
            .nodes()
            .iter()
            .enumerate()
            .filter(|(_, node)| self.is_up(node) && node.balanced)
            .map(|(idx, _)| idx)
            .collect();
        let local = service.spec.external_traffic_policy == "Local";
        let ports = self
            .table
            .of_service(&service.metadata.namespace, &service.metadata.name);
        let total = up.len();
        // MetalLB's speakers look at endpoints; a cloud asks the health check port, where there is one.
        let asks = match self.snapshot.config().load_balancer {
            LoadBalancerProvider::MetalLb => true,
            LoadBalancerProvider::Cloud | LoadBalancerProvider::None => service.spec.health_check_node_port != 0,
        };
        let by_health = local && asks;
        let nodes = if by_health {
            up.into_iter()
                .filter(|idx| {
                    let name = &self.fabric.nodes()[*idx].name;
                    ports.iter().any(|port| port.local_ready(name) > 0)
                })
                .collect()
        } else {
            up
        };
        Eligible {
            nodes,
            total,
            by_health,
        }
    }

    fn balancer_returns(&mut self, place: Place, service: Arc<str>, packet: Packet) -> Step {
        let Some(nat) = self.balancer.take() else {
            let why = self.no_route(&packet);
            self.hop(place, Stage::Balance, &packet, None, why.clone());
            return Step::Lost(why);
        };
        let mut moved = packet.clone();
        (moved.src, moved.dst) = (nat.original.dst, nat.original.src);
        let why = Why::BalancerReturns { service, to: moved.dst };
        self.hop(place, Stage::Balance, &packet, Some(&moved), why);
        Step::Go(moved, Location::Router)
    }
}

fn is_proxying(ingress: &LoadBalancerIngress, ip: IpAddr) -> bool {
    ingress.ip.parse() == Ok(ip) && ingress.ip_mode.as_deref() == Some("Proxy")
}

/// The node that announces an address: the first by the hash of its name and the address
/// (`metallb speaker/layer2_controller.go`).
fn announcing(nodes: &[usize], name: impl Fn(usize) -> String, ip: IpAddr) -> usize {
    let rank = |idx: &usize| Sha256::digest(format!("{}#{ip}", name(*idx)).as_bytes());
    nodes
        .iter()
        .copied()
        .min_by_key(|idx| rank(idx))
        .expect("called with at least one node")
}

/// `tcp:30080`, as `gcloud` writes it.
fn protocol_port(packet: &Packet) -> Arc<str> {
    match packet.protocol {
        Protocol::Icmp if packet.family() == IpFamily::V6 => "58".into(),
        Protocol::Icmp => "icmp".into(),
        other => format!("{}:{}", other.lower(), packet.dst.port()).into(),
    }
}

/// Whether an address lies in the network that a node's own address is in.
pub(super) fn near(node: &NodeInfo, to: IpAddr) -> bool {
    let same_net = |a: IpAddr, b: IpAddr| match (a, b) {
        (IpAddr::V4(a), IpAddr::V4(b)) => a.octets()[..3] == b.octets()[..3],
        (IpAddr::V6(a), IpAddr::V6(b)) => a.octets()[..8] == b.octets()[..8],
        _ => false,
    };
    node.primary(IpFamily::of(to)).is_some_and(|own| same_net(own, to))
}

fn tuple(packet: &Packet) -> Tuple {
    Tuple {
        protocol: packet.protocol,
        src: packet.src,
        dst: packet.dst,
    }
}
