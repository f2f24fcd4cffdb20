//! Which namespaces are a cluster's own.
//!
//! Not here: which single objects came with a preset (`Cluster::is_preset`).

/// Whether a namespace holds what a cluster brings along: Kubernetes reserves `kube-`, and presets and `kind`
/// install an ingress controller, MetalLB and a provisioner of volumes.
///
/// Such pods do not count when the scheduler spreads the learner's, so that the first pod of a fresh cluster
/// lands on the first node, and take their addresses from a range of their own; they stand behind the learner's
/// where places are suggested, and in the picture only where a packet meets them.
#[must_use]
pub fn is_system_namespace(name: &str) -> bool {
    name.starts_with("kube-") || matches!(name, "ingress-nginx" | "metallb-system" | "local-path-storage")
}
