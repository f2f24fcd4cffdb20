//! What kube-proxy decides about a packet, in words that hold in every mode.
//!
//! No chain, set or map is named here: a mode says which endpoint, which cause, which reason, and cites its own
//! rules as text ([`RuleHit`](crate::net::trace::RuleHit)).

use std::net::SocketAddr;
use std::sync::Arc;

use super::packet_view::PacketView;
use super::service::ServicePort;
use super::settings::ProxySettings;
use crate::net::route::NodeInfo;

/// Whether a Service's traffic may go to any node (`internalTrafficPolicy`, `externalTrafficPolicy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrafficPolicy {
    /// To endpoints on all nodes.
    Cluster,
    /// To endpoints on the same node.
    Local,
}

/// By which kind of address a Service was called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TrafficKind {
    /// By its ClusterIP.
    Internal,
    /// By an external address, a load balancer's, or a node port.
    External,
}

/// The endpoint that was chosen for a new connection.
#[derive(Clone, Debug)]
pub struct EndpointChoice {
    /// The Service port.
    pub port: Arc<ServicePort>,
    /// Among which endpoints was chosen.
    pub policy: TrafficPolicy,
    /// Which endpoint, by its index in the port's endpoints.
    pub endpoint: u16,
    /// Its address and port.
    pub to: SocketAddr,
    /// Whether session affinity chose, not chance.
    pub sticky: bool,
    /// All endpoints it might have been, by index, with probabilities.
    pub candidates: Vec<(u16, f64)>,
    /// Why the source will be rewritten when the packet leaves this node; `None` where it stays.
    pub masquerade: Option<MasqueradeReason>,
}

/// What was said of a new connection's destination.
#[derive(Clone, Debug, Default)]
pub struct Translation {
    /// The first Service port any of whose rules matched.
    pub matched: Option<Arc<ServicePort>>,
    /// The endpoint, if one was chosen.
    pub choice: Option<EndpointChoice>,
}

/// What becomes of a packet that is addressed to the node itself.
#[derive(Clone, Debug)]
pub enum Delivery {
    /// It is the node's own.
    Local,
    /// It goes on to an endpoint.
    To(EndpointChoice),
    /// It is answered ICMP port unreachable.
    Reject(Refusal),
}

/// Why kube-proxy rewrites a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MasqueradeReason {
    /// The endpoint is the sender itself, and would answer itself past the node.
    Hairpin,
    /// `masqueradeAll` is set.
    All,
    /// The sender is no pod of the cluster.
    NonPod,
    /// The node itself calls an external address under policy Local.
    Local,
    /// An external address was called under policy Cluster: the endpoint may stand on another node.
    External,
}

impl MasqueradeReason {
    /// Why a packet is to be masqueraded that `view` shows before its destination is rewritten to `to`.
    pub(super) fn of(
        port: &ServicePort,
        to: SocketAddr,
        view: &PacketView,
        node: &NodeInfo,
        settings: &ProxySettings,
    ) -> Self {
        let from = view.src.ip();
        if to.ip() == from {
            Self::Hairpin
        } else if view.dst.ip() == port.cluster_ip {
            if settings.masquerade_all {
                Self::All
            } else {
                Self::NonPod
            }
        } else if port.external_local && node.is_local(from) {
            Self::Local
        } else {
            Self::External
        }
    }
}

/// What filtering said.
#[derive(Clone, Debug)]
pub enum FilterVerdict {
    /// It may pass.
    Accept,
    /// It dies in silence.
    Drop(Refusal),
    /// It is answered ICMP port unreachable.
    Reject(Refusal),
}

/// A packet was refused, and why.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// It belongs to no connection that conntrack knows, and cannot begin one.
    Invalid,
    /// It is addressed to loopback, and did not come from there.
    Localnet,
    /// It is addressed to a ClusterIP whose Service has no such port.
    WrongPort,
    /// It is addressed to the Services' network, at an address that none has.
    Unallocated,
    /// On behalf of a Service port.
    Service(Arc<ServicePort>, ServiceRefusal),
}

/// Why a Service port takes no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceRefusal {
    /// The sender is in none of `loadBalancerSourceRanges`.
    SourceRange,
    /// The Service has no usable endpoint on any node.
    NoEndpoints(TrafficKind),
    /// Policy Local, and no usable endpoint on this node.
    NoLocalEndpoints(TrafficKind),
}

/// A new source for a packet that leaves: the address of the interface it leaves by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masquerade {
    /// Whose rule rewrites.
    pub by: MasqueradeBy,
    /// Whether the source port is always chosen anew.
    pub random_port: bool,
}

/// Whose rule rewrites a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MasqueradeBy {
    /// kube-proxy's; [`EndpointChoice::masquerade`] says why.
    KubeProxy,
    /// The network plugin's, whatever kube-proxy's mode is: what leaves the pod network.
    Cni,
}
