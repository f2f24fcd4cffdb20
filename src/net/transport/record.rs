//! What kube-proxy decided, told: the decision of a trace, and the reasons of hops at a node.

use std::net::IpAddr;
use std::sync::Arc;

use super::walk::{PacketWalk, service_ref};
use crate::net::packet::Packet;
use crate::net::proxy::eval::{EndpointChoice, PacketView, Refusal, Translation};
use crate::net::proxy::{Chain, PortChains, ServicePort};
use crate::net::route::{NodeInfo, Owner};
use crate::net::trace::{Backend, Direction, ProxyDecision, ProxyVerdict, RuleHit, Stage};
use crate::net::why::Why;

impl PacketWalk<'_> {
    /// Notes kube-proxy's decision, if it is the first.
    pub(super) fn decide(&mut self, idx: usize, translation: &Translation, view: &PacketView) {
        if self.decision.is_some() || self.direction == Direction::Reply {
            return;
        }
        let Some(choice) = &translation.choice else { return };
        let port = &choice.chains.port;
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
            masquerade: view.mark & self.settings.mark != 0,
        });
    }

    pub(super) fn decide_refusal(&mut self, idx: usize, chains: Option<&Arc<PortChains>>, verdict: ProxyVerdict) {
        if self.decision.is_none()
            && self.direction == Direction::Request
            && let Some(chains) = chains
        {
            self.decision = Some(ProxyDecision {
                node: self.node_name(idx),
                service: Some(Arc::clone(&chains.port.name)),
                verdict,
                backends: Vec::new(),
                masquerade: false,
            });
        }
    }

    pub(super) fn tell_choice(
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
        let port = &choice.chains.port;
        let service = Arc::clone(&port.full_name);
        let (to, count) = (choice.to, choice.candidates.len());
        let why = if choice.sticky {
            let client = before.src.ip();
            Why::PicksAgain { service, client, to }
        } else if choice.policy == Chain::Svl {
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
        self.hop_by(self.here(node), Stage::Dnat, before, Some(after), why, rules, made_from);
    }

    pub(super) fn masquerade_reason(
        &self,
        node: &NodeInfo,
        choice: &EndpointChoice,
        packet: &Packet,
        moved: &Packet,
    ) -> MasqueradeReason {
        let port = &choice.chains.port;
        if choice.to.ip() == packet.src.ip() {
            return MasqueradeReason::Hairpin(packet.src.ip());
        }
        if moved.dst.ip() == port.cluster_ip {
            return if self.settings.masquerade_all {
                MasqueradeReason::All
            } else {
                MasqueradeReason::NonPod(packet.src.ip())
            };
        }
        if port.external_local && node.is_local(packet.src.ip()) {
            return MasqueradeReason::Local;
        }
        MasqueradeReason::External(Arc::clone(&port.full_name))
    }
}

/// Why kube-proxy rewrites a source.
pub(super) enum MasqueradeReason {
    Hairpin(IpAddr),
    All,
    NonPod(IpAddr),
    Local,
    External(Arc<str>),
}

impl MasqueradeReason {
    pub(super) fn why(self, node: &NodeInfo, to: IpAddr) -> Why {
        let node = Arc::clone(&node.name);
        match self {
            Self::Hairpin(pod) => Why::MasqueradesHairpin { pod, to },
            Self::All => Why::MasqueradesAll { node, to },
            Self::NonPod(from) => Why::MasqueradesNonPod { from, node, to },
            Self::Local => Why::MasqueradesLocal { node, to },
            Self::External(service) => Why::MasqueradesExternal { service, node, to },
        }
    }
}

pub(super) fn refusal_reason(node: &NodeInfo, refusal: &Refusal, packet: &Packet, reject: bool) -> Why {
    let name = Arc::clone(&node.name);
    let Some(chains) = &refusal.chains else {
        return match refusal.chain {
            Chain::KubeForward => Why::Invalid { node: name },
            Chain::KubeFirewall => Why::Localnet {
                node: name,
                to: packet.dst.ip(),
            },
            _ => Why::NoSuchPort { to: packet.dst },
        };
    };
    let service = Arc::clone(&chains.port.full_name);
    match refusal.chain {
        Chain::ProxyFirewall => Why::SourceRange {
            service,
            source: packet.src.ip(),
        },
        _ if reject => Why::NoEndpoints { service },
        Chain::Services => Why::NoLocalInternal { service, node: name },
        _ => Why::NoLocalExternal { service, node: name },
    }
}

/// The field that a refusal comes from.
pub(super) fn refusal_field(port: &ServicePort, chain: Chain) -> &'static str {
    match chain {
        Chain::ProxyFirewall => "spec.loadBalancerSourceRanges",
        Chain::Services if port.internal_local => "spec.internalTrafficPolicy",
        Chain::ExternalServices if port.external_local => "spec.externalTrafficPolicy",
        _ => "spec.selector",
    }
}
