//! What controllers remember from one turn to the next, beside what objects say.

use std::collections::{BTreeMap, BTreeSet};

use super::node_lifecycle::ZoneTurn;
use super::taint_eviction::PendingEviction;
use crate::api::NamespacedName;
use crate::sim::Instant;

/// The memory of all controllers; each gets its own part.
#[derive(Clone, Debug, Default)]
pub struct ControllerMemory {
    /// Namespaces on their way out that wait for pods.
    pub waiting_namespaces: BTreeSet<NamespacedName>,
    /// Services whose addresses the load-balancer controller gave.
    pub provided_addresses: BTreeSet<NamespacedName>,
    /// Pods that taints drive away.
    pub evictions: Vec<PendingEviction>,
    /// When the next silent node of a zone may be emptied.
    pub zone_turns: Vec<ZoneTurn>,
    /// The mode in which kube-proxies run; empty before they were first looked at.
    pub proxy_mode: String,
    /// Pods whose node is gone, and when they go too.
    pub orphans: BTreeMap<NamespacedName, Instant>,
}
