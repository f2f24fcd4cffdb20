//! NetworkPolicy at a pod's interface (`kubernetes staging/src/k8s.io/api/networking/v1/types.go`).
//!
//! A pod that no policy selects takes and sends everything. Once one selects it for a direction, only what
//! some rule allows passes. The API leaves open where rewriting happens; here as in the common plugins that
//! use iptables: what leaves is judged after the Service rules chose an endpoint, what arrives before the
//! node masquerades it. A pod always reaches itself, a node always reaches its own pods (probes), and answers
//! of allowed connections pass.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::cidr::parse_net;
use super::packet::Protocol;
use super::route::{Fabric, Owner, PodInfo, same};
use crate::api::types::core::Namespace;
use crate::api::types::meta::{IntOrString, LabelSelector, Labels};
use crate::api::types::networking::{IpBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};
use crate::api::{Kind, Object, ObjectRef, Resource};
use crate::cluster::Snapshot;
use crate::cluster::snapshot::ObjectMap;

/// Which way a packet goes, seen from the pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the pod.
    Ingress,
    /// From the pod.
    Egress,
}

/// A packet at a pod's interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Which way it goes.
    pub way: Way,
    /// The far end: the source of what arrives, the destination of what leaves.
    pub other: SocketAddr,
    /// Protocol; ICMP has no port.
    pub protocol: Protocol,
    /// Destination port; 0 for ICMP.
    pub port: u16,
}

/// What the policies that select a pod say of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it passes.
    pub allowed: bool,
    /// The policy that lets it pass, else one that selects the pod.
    pub policy: ObjectRef,
    /// The field of that policy to point at.
    pub field: String,
}

/// All policies, by namespace.
#[derive(Clone, Debug, Default)]
pub struct Policies {
    by_namespace: BTreeMap<Arc<str>, Vec<Arc<Object>>>,
    seen: Option<Arc<ObjectMap>>,
}

impl Policies {
    /// Whether policies changed since [`Self::update`].
    #[must_use]
    pub fn is_stale(&self, snapshot: &Snapshot) -> bool {
        !same(self.seen.as_ref(), snapshot.kind_map(Kind::NetworkPolicy))
    }

    /// Takes in what changed.
    pub fn update(&mut self, snapshot: &Snapshot) {
        let map = snapshot.kind_map(Kind::NetworkPolicy);
        self.by_namespace = BTreeMap::new();
        for object in snapshot.objects(Kind::NetworkPolicy) {
            let namespace: Arc<str> = object.metadata().namespace.as_str().into();
            self.by_namespace.entry(namespace).or_default().push(Arc::clone(object));
        }
        self.seen = map.cloned();
    }

    /// Judges a packet at `pod`'s interface; `None` where no policy selects the pod.
    #[must_use]
    pub fn judge(&self, snapshot: &Snapshot, fabric: &Fabric, pod: &PodInfo, passage: Passage) -> Option<Judgement> {
        let Passage {
            way,
            other,
            protocol,
            port,
        } = passage;
        let policies = self.by_namespace.get(&pod.namespace)?;
        let labels = &pod.pod().metadata.labels;
        let far = match fabric.owner(other.ip()) {
            Some(Owner::Pod(pod)) => Some(pod),
            _ => None,
        };
        // Named ports are those of whoever receives.
        let receiver = match way {
            Way::Ingress => Some(pod),
            Way::Egress => far.map(|it| &**it),
        };
        let mut refusal = None;
        for object in policies {
            let Some(policy) = NetworkPolicy::of(&object.typed) else {
                continue;
            };
            let spec = &policy.spec;
            if !applies(policy, way) || !spec.pod_selector.matches(labels) {
                continue;
            }
            let peer_allows = |peers: &[NetworkPolicyPeer]| {
                peers.is_empty()
                    || peers.iter().any(|peer| {
                        peer_matches(
                            snapshot,
                            &policy.metadata.namespace,
                            peer,
                            far.map(|it| &**it),
                            other.ip(),
                        )
                    })
            };
            let port_allows = |ports: &[NetworkPolicyPort]| {
                ports.is_empty() || ports.iter().any(|it| port_matches(it, protocol, port, receiver))
            };
            let (list, allowing) = match way {
                Way::Ingress => (
                    "spec.ingress",
                    spec.ingress
                        .iter()
                        .position(|rule| peer_allows(&rule.from) && port_allows(&rule.ports)),
                ),
                Way::Egress => (
                    "spec.egress",
                    spec.egress
                        .iter()
                        .position(|rule| peer_allows(&rule.to) && port_allows(&rule.ports)),
                ),
            };
            if let Some(idx) = allowing {
                return Some(Judgement {
                    allowed: true,
                    policy: object.reference(),
                    field: format!("{list}[{idx}]"),
                });
            }
            refusal.get_or_insert_with(|| Judgement {
                allowed: false,
                policy: object.reference(),
                field: list.to_owned(),
            });
        }
        refusal
    }
}

/// Whether a policy speaks of a direction; without `policyTypes` of ingress, and of egress if it has such rules.
fn applies(policy: &NetworkPolicy, way: Way) -> bool {
    let spec = &policy.spec;
    if spec.policy_types.is_empty() {
        return way == Way::Ingress || !spec.egress.is_empty();
    }
    let name = match way {
        Way::Ingress => "Ingress",
        Way::Egress => "Egress",
    };
    spec.policy_types.iter().any(|it| it == name)
}

fn peer_matches(
    snapshot: &Snapshot,
    namespace: &str,
    peer: &NetworkPolicyPeer,
    pod: Option<&PodInfo>,
    ip: IpAddr,
) -> bool {
    if let Some(block) = &peer.ip_block {
        return block_matches(block, ip);
    }
    let Some(pod) = pod else { return false };
    let matches =
        |selector: &Option<LabelSelector>, labels: &Labels| selector.as_ref().is_none_or(|it| it.matches(labels));
    let in_namespace = match &peer.namespace_selector {
        None => *pod.namespace == *namespace,
        Some(selector) => {
            let none = Labels::new();
            let found = snapshot.get::<Namespace>("", &pod.namespace);
            selector.matches(found.map_or(&none, |it| &it.metadata.labels))
        }
    };
    in_namespace && matches(&peer.pod_selector, &pod.pod().metadata.labels)
}

fn block_matches(block: &IpBlock, ip: IpAddr) -> bool {
    let within = |text: &String| parse_net(text).is_some_and(|net| net.contains(&ip));
    within(&block.cidr) && !block.except.iter().any(within)
}

fn port_matches(rule: &NetworkPolicyPort, protocol: Protocol, port: u16, receiver: Option<&PodInfo>) -> bool {
    if rule.protocol.as_deref().map_or(Some(Protocol::Tcp), Protocol::parse) != Some(protocol) {
        return false;
    }
    match &rule.port {
        None => true,
        Some(IntOrString::Int(first)) => {
            let last = rule.end_port.unwrap_or(*first);
            (*first..=last).contains(&i32::from(port))
        }
        Some(IntOrString::String(name)) => receiver.is_some_and(|pod| {
            let mut ports = pod.pod().spec.containers.iter().flat_map(|it| &it.ports);
            ports.any(|it| {
                it.name == *name
                    && it.container_port == i32::from(port)
                    && (it.protocol.is_empty() && protocol == Protocol::Tcp
                        || Protocol::parse(&it.protocol) == Some(protocol))
            })
        }),
    }
}
