//! Who can have a packet.

use std::net::IpAddr;
use std::sync::Arc;

use super::daemons::NodeServer;
use super::location::{Arrival, Location};
use crate::net::route::PodInfo;
use crate::net::trace::Place;

/// A machine, or a process on one, that got a packet.
#[derive(Clone, Debug)]
pub(super) enum Host {
    /// A pod with a network of its own.
    Pod(Arc<PodInfo>),
    /// The sender itself, without anything leaving it.
    Itself(Place, Option<Arc<PodInfo>>),
    /// A process on a node; of a pod that uses the node's network, if one.
    Node {
        /// Index of the node.
        idx: usize,
        /// Its name.
        name: Arc<str>,
        /// The pod whose process it is; `None` for the node's own.
        pod: Option<Arc<PodInfo>>,
    },
    /// kube-proxy or the kubelet of a node.
    Server {
        /// Index of the node.
        idx: usize,
        /// Its name.
        name: Arc<str>,
        /// Which of its ports.
        server: NodeServer,
    },
    /// The client outside.
    Client,
    /// Another machine, and the node that reached it without a router: it knows that node's routes.
    External(IpAddr, Option<usize>),
}

impl Host {
    /// Its place in a trace.
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Pod(pod) | Self::Node { pod: Some(pod), .. } => pod_place(pod),
            Self::Itself(place, _) => place.clone(),
            Self::Node { name, .. } | Self::Server { name, .. } => Place::Node(name.to_string()),
            Self::Client => Place::Client,
            Self::External(ip, _) => Place::External(*ip),
        }
    }

    /// Where its answers set out; `None` where they do not leave the machine.
    pub(super) fn location(&self) -> Option<Location> {
        match self {
            Self::Pod(pod) => pod.node.map(|idx| Location::Node(idx, Arrival::Pod(Arc::clone(pod)))),
            Self::Itself(..) => None,
            Self::Node { idx, .. } | Self::Server { idx, .. } => Some(Location::Node(*idx, Arrival::Process)),
            Self::External(_, Some(idx)) => Some(Location::Node(*idx, Arrival::Wire)),
            Self::Client | Self::External(_, None) => Some(Location::Router),
        }
    }
}

/// The place of a pod.
pub(super) fn pod_place(pod: &PodInfo) -> Place {
    Place::Pod(pod.key())
}

/// `namespace/name`.
pub(super) fn full_name(namespace: &str, name: &str) -> Arc<str> {
    format!("{namespace}/{name}").into()
}
