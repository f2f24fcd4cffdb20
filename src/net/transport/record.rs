//! What kube-proxy decided, as a trace records it: the decision, and the reasons of hops at a node.

use std::net::IpAddr;
use std::sync::Arc;

use super::walk::{PacketWalk, service_ref};
use crate::net::packet::Packet;
use crate::net::proxy::ServicePort;
use crate::net::proxy::decision::{
    EndpointChoice, MasqueradeReason, Refusal, ServiceRefusal, TrafficKind, TrafficPolicy,
};
use crate::net::route::{NodeInfo, Owner};
use crate::net::trace::{Backend, Direction, ProxyDecision, ProxyVerdict, RuleHit, Stage};
use crate::net::why::Why;

impl PacketWalk<'_> {
    /// kube-proxy's decision, or that there was none.
    pub(super) fn take_decision(&mut self) -> Option<ProxyDecision> {
        let first = self.first_node;
        self.decision
            .take()
            .or_else(|| first.map(|idx| undecided(&self.fabric.nodes()[idx].name)))
    }

    /// Notes kube-proxy's decision, if it is the first.
    pub(super) fn decide(&mut self, idx: usize, choice: &EndpointChoice) {
        if self.decision.is_some() || self.direction == Direction::Reply {
            return;
        }
        let port = &choice.port;
        self.decision = Some(ProxyDecision {
            node: self.node_name(idx),
            service: Some(Arc::clone(&port.name)),
            verdict: ProxyVerdict::Deliver,
            // Where nobody reads the hops, nobody asks who else it might have been.
            backends: choice
                .candidates
                .iter()
                .filter(|(endpoint, _)| self.record || *endpoint == choice.endpoint)
                .map(|&(endpoint, probability)| {
                    let info = &port.endpoints[usize::from(endpoint)];
                    let owner = match self.fabric.owner(info.address.ip()) {
                        Some(Owner::Pod(pod)) => Some(pod),
                        _ => None,
                    };
                    let owned = || owner.map(|pod| pod.key());
                    let node_of_pod = || Some(self.node_name(owner?.node?));
                    Backend {
                        address: info.address,
                        pod: info.pod.clone().or_else(owned),
                        node: info.node.as_deref().map(str::to_owned).or_else(node_of_pod),
                        probability,
                    }
                })
                .collect(),
            masquerade: choice.masquerade.is_some(),
            affinity: port.affinity.is_some(),
        });
    }

    /// Notes that kube-proxy refuses on behalf of a Service port, if it is the first decision.
    pub(super) fn decide_refusal(&mut self, idx: usize, port: Option<&Arc<ServicePort>>, verdict: ProxyVerdict) {
        if self.decision.is_none()
            && self.direction == Direction::Request
            && let Some(port) = port
        {
            self.decision = Some(ProxyDecision {
                node: self.node_name(idx),
                service: Some(Arc::clone(&port.name)),
                verdict,
                backends: Vec::new(),
                masquerade: false,
                affinity: false,
            });
        }
    }

    /// Records the hop at which an endpoint was chosen.
    pub(super) fn record_choice(
        &mut self,
        node: &NodeInfo,
        choice: &EndpointChoice,
        before: &Packet,
        after: &Packet,
        rules: Vec<RuleHit>,
    ) {
        if !self.record {
            return;
        }
        let port = &choice.port;
        let service = Arc::clone(&port.full_name);
        let (to, count) = (choice.to, choice.candidates.len());
        let why = if choice.sticky {
            let client = before.src.ip();
            Why::PicksAgain { service, client, to }
        } else if choice.policy == TrafficPolicy::Local {
            let node = Arc::clone(&node.name);
            Why::PicksLocal {
                service,
                to,
                count,
                node,
            }
        } else if count == 1 {
            Why::PicksOnly { service, to }
        } else {
            Why::Picks { service, to, count }
        };
        let made_from = Some((service_ref(port), &*port.field));
        self.record_hop_from(
            self.place_of(node),
            Stage::Dnat,
            before,
            Some(after),
            why,
            rules,
            made_from,
        );
    }
}

/// Why kube-proxy rewrites the source `from` to `to`.
pub(super) fn masquerade_why(reason: MasqueradeReason, node: &NodeInfo, from: IpAddr, to: IpAddr) -> Why {
    let node = Arc::clone(&node.name);
    match reason {
        MasqueradeReason::Hairpin => Why::MasqueradesHairpin { pod: from, to },
        MasqueradeReason::All => Why::MasqueradesAll { node, to },
        MasqueradeReason::NonPod => Why::MasqueradesNonPod { from, node, to },
        MasqueradeReason::Local => Why::MasqueradesLocal { node, to },
        MasqueradeReason::External => Why::MasqueradesExternal { node, to },
    }
}

/// Why a packet is refused.
pub(super) fn refusal_why(node: &NodeInfo, refusal: &Refusal, packet: &Packet) -> Why {
    let node = Arc::clone(&node.name);
    let (port, cause) = match refusal {
        Refusal::Invalid => return Why::Invalid { node },
        Refusal::Localnet => {
            let to = packet.dst.ip();
            return Why::Localnet { node, to };
        }
        Refusal::WrongPort => return Why::NoSuchPort { to: packet.dst },
        Refusal::Unallocated => {
            return Why::UnallocatedClusterIp {
                node,
                to: packet.dst.ip(),
            };
        }
        Refusal::Service(port, cause) => (port, cause),
    };
    let service = Arc::clone(&port.full_name);
    match cause {
        ServiceRefusal::SourceRange => {
            let source = packet.src.ip();
            Why::SourceRange { service, source }
        }
        ServiceRefusal::NoEndpoints(_) => Why::NoEndpoints { service },
        ServiceRefusal::NoLocalEndpoints(TrafficKind::Internal) => Why::NoLocalInternal { service, node },
        ServiceRefusal::NoLocalEndpoints(TrafficKind::External) => Why::NoLocalExternal { service, node },
    }
}

/// The field of a Service that a refusal comes from.
pub(super) fn refusal_field(port: &ServicePort, refusal: &Refusal) -> &'static str {
    use ServiceRefusal::{NoEndpoints, NoLocalEndpoints, SourceRange};
    let Refusal::Service(_, cause) = refusal else {
        return "spec.selector";
    };
    match cause {
        SourceRange => "spec.loadBalancerSourceRanges",
        NoEndpoints(TrafficKind::Internal) | NoLocalEndpoints(TrafficKind::Internal) if port.internal_local => {
            "spec.internalTrafficPolicy"
        }
        NoEndpoints(TrafficKind::External) | NoLocalEndpoints(TrafficKind::External) if port.external_local => {
            "spec.externalTrafficPolicy"
        }
        _ => "spec.selector",
    }
}

/// The decision of a node whose rules had nothing to say.
pub(super) fn undecided(node: &str) -> ProxyDecision {
    ProxyDecision {
        node: node.to_owned(),
        service: None,
        verdict: ProxyVerdict::None,
        backends: Vec::new(),
        masquerade: false,
        affinity: false,
    }
}
