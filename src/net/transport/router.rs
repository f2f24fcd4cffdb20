//! The router between the nodes and the outside, with the cloud's firewall at it.

use std::net::IpAddr;
use std::sync::Arc;

use super::location::{Arrival, Location};
use super::outcome::Step;
use super::walk::PacketWalk;
use crate::api::IpFamily;
use crate::cluster::faults::ROUTER;
use crate::net::firewall::Passage;
use crate::net::packet::{Packet, Protocol};
use crate::net::route::Owner;
use crate::net::trace::{Direction, Place, Stage};
use crate::net::why::Why;

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
            return self.lead_outside(packet, Location::Client);
        }
        if self.direction == Direction::Reply && self.external_sender == Some(to) {
            return self.lead_outside(packet, Location::External(to, None));
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
            return match balanced {
                Some(balanced) => self.balance_to(idx, &balanced, packet),
                None => self.lead_to_node(idx, packet),
            };
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
            return self.lead_outside(packet, Location::External(to, None));
        }
        let why = self.no_route(&packet);
        self.record_hop(Place::Router, Stage::Route, &packet, None, why.clone());
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
        self.record_hop_from(
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
        pods.iter().any(|net| net.contains(&ip)) || self.fabric.nodes().iter().any(|node| node.is_neighbor(ip))
    }

    fn pass(&mut self, packet: &Packet, why: Why) {
        self.record_hop(Place::Router, Stage::Route, packet, Some(packet), why);
    }

    fn lead_outside(&mut self, packet: Packet, location: Location) -> Step {
        if let Some(step) = self.firewalled(&packet, true) {
            return step;
        }
        let to = packet.dst.ip();
        self.pass(&packet, Why::RouterToOutside { to });
        Step::Go(packet, location)
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
    pub(super) fn over_link(&mut self, idx: usize, packet: Packet) -> Step {
        let node = self.node_name(idx);
        match self.cut(Place::Router, ROUTER, &node, &packet) {
            Some(why) => Step::Lost(why),
            None => Step::Go(packet, Location::Node(idx, Arrival::Wire)),
        }
    }

    /// Why the router has nowhere to send a packet.
    pub(super) fn no_route(&self, packet: &Packet) -> Why {
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
        if self.fabric.nodes().iter().any(|node| node.is_neighbor(to)) {
            return Why::NoNeighbor { to };
        }
        Why::NoRoute { to }
    }
}

/// `tcp:30080`, as `gcloud` writes it.
fn protocol_port(packet: &Packet) -> Arc<str> {
    match packet.protocol {
        Protocol::Icmp if packet.family() == IpFamily::V6 => "58".into(),
        Protocol::Icmp => "icmp".into(),
        other => format!("{}:{}", other.lower(), packet.dst.port()).into(),
    }
}
