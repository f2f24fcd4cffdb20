//! Load balancers of Services.
//!
//! One passes packets on to a node as they are (`ipMode: VIP`, where the nodes' rules know its address), or makes
//! connections of its own to node ports (`ipMode: Proxy`).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::connection::BalancerNat;
use super::location::Location;
use super::outcome::Step;
use super::record::undecided;
use super::walk::PacketWalk;
use crate::api::types::core::{LoadBalancerIngress, Node, Service, ServicePort};
use crate::api::{IpFamily, Kind, NamespacedName, ObjectRef};
use crate::cluster::snapshot::LoadBalancerProvider;
use crate::net::cidr::parse_net;
use crate::net::conntrack::Tuple;
use crate::net::metallb;
use crate::net::packet::{Packet, Protocol};
use crate::net::route::NodeInfo;
use crate::net::trace::{Direction, Place, Stage};
use crate::net::why::Why;

/// Which nodes a load balancer may use, and out of how many.
struct Eligible {
    /// By index.
    nodes: Vec<usize>,
    /// How many are up, healthy or not.
    total: usize,
    /// Whether a health check keeps nodes without local endpoints out.
    by_health: bool,
}

/// Where a load balancer sends a packet.
struct Balanced {
    /// Index of the node.
    node: usize,
    /// The packet as it goes on.
    packet: Packet,
    /// Why there.
    why: Why,
}

/// Why a load balancer takes no packet, and the Service's field that says so.
struct Unbalanced(Why, &'static str);

impl PacketWalk<'_> {
    /// A packet at the load balancer of a Service.
    pub(super) fn at_balancer(&mut self, balanced: &Arc<NamespacedName>, packet: Packet) -> Step {
        let place = Place::LoadBalancer(NamespacedName::clone(balanced));
        let service: Arc<str> = balanced.to_string().into();
        if self.direction == Direction::Reply {
            return self.balancer_returns(place, service, packet);
        }
        let object = ObjectRef::of(Kind::Service, balanced);
        let record = |walk: &mut Self, after: Option<&Packet>, why: Why, field: &str| {
            let (place, object) = (place.clone(), object.clone());
            let made_from = Some((object, field));
            walk.record_hop_from(place, Stage::Balance, &packet, after, why, Vec::new(), made_from);
        };
        match self.balance(balanced, &service, &packet) {
            Ok(it) => {
                record(self, Some(&it.packet), it.why, "spec.type");
                self.over_link(it.node, it.packet)
            }
            Err(Unbalanced(why, field)) => {
                record(self, None, why.clone(), field);
                Step::Lost(why)
            }
        }
    }

    /// A packet at a load balancer that has no choice: it goes to this node.
    pub(super) fn balance_to(&mut self, node: usize, balanced: &NamespacedName, packet: Packet) -> Step {
        let name = Arc::clone(&self.fabric.nodes()[node].name);
        let why = Why::BalancesTo {
            service: balanced.to_string().into(),
            node: name,
        };
        let place = Place::LoadBalancer(balanced.clone());
        self.record_hop(place, Stage::Balance, &packet, Some(&packet), why);
        self.over_link(node, packet)
    }

    fn balance(
        &mut self,
        balanced: &Arc<NamespacedName>,
        service: &Arc<str>,
        packet: &Packet,
    ) -> Result<Balanced, Unbalanced> {
        let name = || Arc::clone(service);
        let Some(svc) = self.snapshot.typed::<Service>(&**balanced) else {
            return Err(Unbalanced(Why::NoHealthyNode { service: name() }, ""));
        };
        let port = balanced_port(svc, packet).ok_or_else(|| {
            let port = packet.dst.port();
            Unbalanced(Why::NoBalancedPort { service: name(), port }, "spec.ports")
        })?;
        let ip = packet.dst.ip();
        let proxying = svc.status.load_balancer.ingress.iter().any(|it| is_proxying(it, ip));
        if proxying {
            admit(svc, port, service, packet)?;
        }
        let (node, why) = self.pick_node(svc, service, ip)?;
        let packet = if proxying {
            self.own_connection(balanced, port, node, packet)
                .ok_or_else(|| Unbalanced(Why::NoNodePort { service: name() }, "spec.ports"))?
        } else {
            packet.clone()
        };
        Ok(Balanced { node, packet, why })
    }

    /// The node that gets a packet, and why that one.
    fn pick_node(&mut self, svc: &Service, service: &Arc<str>, ip: IpAddr) -> Result<(usize, Why), Unbalanced> {
        let service = Arc::clone(service);
        let by_metallb = self.snapshot.config().load_balancer == LoadBalancerProvider::MetalLb;
        let mut eligible = self.eligible(svc);
        let mut announced = false;
        if by_metallb {
            let Some(how) = metallb::announced(self.snapshot, ip) else {
                return Err(Unbalanced(Why::NobodyAnnounces { to: ip }, "spec.type"));
            };
            announced = how.layer2 || !how.bgp;
            let nodes = self.fabric.nodes();
            eligible.nodes.retain(|idx| {
                let node = self.snapshot.get::<Node>("", &nodes[*idx].name);
                node.is_none_or(|it| how.from_node(&it.metadata.labels))
            });
            // Speakers announce only what somebody is ready for (`activeEndpointExists`).
            let meta = &svc.metadata;
            let ports = self.table.of_service(&meta.namespace, &meta.name);
            if !ports.iter().any(|port| port.endpoints.iter().any(|it| it.ready)) {
                return Err(Unbalanced(Why::NothingToAnnounce { service, to: ip }, "spec.selector"));
            }
        }
        let count = eligible.nodes.len();
        if count == 0 {
            return Err(Unbalanced(Why::NoHealthyNode { service }, "spec.externalTrafficPolicy"));
        }
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
        Ok((picked, why))
    }

    /// The first packet of a proxying balancer's own connection to a node port; `None` where the node has no
    /// address of that family, or the port is none.
    fn own_connection(
        &mut self,
        balanced: &Arc<NamespacedName>,
        port: &ServicePort,
        node: usize,
        packet: &Packet,
    ) -> Option<Packet> {
        if let Some(first) = self.first_node {
            // From here on it is the balancer's own connection: what nodes decide of that says nothing of this
            // packet, which the first node let go.
            let name = Arc::clone(&self.fabric.nodes()[first].name);
            self.decision.get_or_insert_with(|| undecided(&name));
        }
        let ip = packet.dst.ip();
        let to = self.fabric.nodes()[node].primary(IpFamily::of(ip))?;
        let node_port = u16::try_from(port.node_port).ok()?;
        let mut moved = packet.clone();
        moved.src = SocketAddr::new(ip, 1024 + self.rng.below(64_512) as u16);
        moved.dst = SocketAddr::new(to, node_port);
        self.balancer = Some(BalancerNat {
            service: Arc::clone(balanced),
            original: Tuple::of(packet),
            reply: Tuple::of(&moved).inverse(),
        });
        Some(moved)
    }

    /// Whether a load balancer takes a node for up.
    pub(super) fn is_up(&self, node: &NodeInfo) -> bool {
        // Load balancers go by their own health checks: the control plane's view of a node does not move them
        // since Kubernetes 1.30. Of a node that only its manifest calls not ready nothing else is known.
        let provider = self.snapshot.config().load_balancer;
        let checked = self.faults.balancer_uses(&node.name, self.now, provider);
        checked.unwrap_or(node.ready)
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
            self.record_hop(place, Stage::Balance, &packet, None, why.clone());
            return Step::Lost(why);
        };
        let mut moved = packet.clone();
        (moved.src, moved.dst) = (nat.original.dst, nat.original.src);
        let why = Why::BalancerReturns { service, to: moved.dst };
        self.record_hop(place, Stage::Balance, &packet, Some(&moved), why);
        Step::Go(moved, Location::Router)
    }
}

/// The port of a Service that a packet to its load balancer is for.
fn balanced_port<'a>(svc: &'a Service, packet: &Packet) -> Option<&'a ServicePort> {
    let number = i32::from(packet.dst.port());
    svc.spec
        .ports
        .iter()
        .find(|port| port.port == number && Protocol::parse(&port.protocol).unwrap_or_default() == packet.protocol)
}

/// Whether a proxying load balancer may take a packet, and has a node port to lead it to.
fn admit(svc: &Service, port: &ServicePort, service: &Arc<str>, packet: &Packet) -> Result<(), Unbalanced> {
    let (service, source) = (Arc::clone(service), packet.src.ip());
    let ranges = &svc.spec.load_balancer_source_ranges;
    let holds = |text: &String| parse_net(text.trim()).is_some_and(|net| net.contains(&source));
    if !ranges.is_empty() && !ranges.iter().any(holds) {
        let why = Why::SourceRange { service, source };
        return Err(Unbalanced(why, "spec.loadBalancerSourceRanges"));
    }
    if port.node_port == 0 {
        let why = Why::NoNodePort { service };
        return Err(Unbalanced(why, "spec.allocateLoadBalancerNodePorts"));
    }
    Ok(())
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
