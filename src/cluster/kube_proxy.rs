//! What kube-proxy tells people as it starts. What it does to packets is in `net`.

use super::event_recorder::{EventType, Saying};
use super::reconcile::Reconcile;
use crate::api::{Kind, NamespacedName, ObjectRef};

/// Since Kubernetes 1.35 (`cmd/kube-proxy/app/server_linux.go`).
const IPVS_IS_DEPRECATED: &str =
    "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.";

/// Every node's kube-proxy runs in the mode that is configured now, and starts anew where `running` was another.
pub fn starts(ctx: &mut Reconcile<'_>, running: &mut String) {
    let mode = &ctx.api.config().proxy.mode;
    if running == mode {
        return;
    }
    running.clone_from(mode);
    // A dump of a real cluster brings its own events.
    if mode != "ipvs" || ctx.api.as_stored() {
        return;
    }
    let nodes: Vec<NamespacedName> = ctx.api.store.all(Kind::Node).map(|(key, _)| key.clone()).collect();
    for node in nodes {
        ctx.say(Saying {
            about: &ObjectRef::of(Kind::Node, &node),
            event_type: EventType::Warning,
            reason: "IPVSDeprecation",
            component: "kube-proxy",
            host: &node.name,
            field: "",
            message: IPVS_IS_DEPRECATED,
        });
    }
}
