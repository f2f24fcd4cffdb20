//! Where a packet is, and how it got there.

use std::net::IpAddr;
use std::sync::Arc;

use crate::api::NamespacedName;
use crate::net::route::PodInfo;
use crate::net::trace::Place;

/// How a packet got to a node.
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
