//! Nodes that fall silent and come back: `kubernetes pkg/controller/nodelifecycle`.
//!
//! Once nothing was heard of a kubelet for the grace period, the node's conditions become `Unknown`, its pods are
//! marked not ready (so endpoints leave), and it is tainted; pods that tolerate the taint for 300 s are evicted then.
//! Not simulated: `NodeNetworkUnavailable`, pressures, eviction at a lower rate in large zones. Not here: since when
//! nothing is heard (`machines`), and the pods' leaving (`taint_eviction`).

use serde_json::{Value, json};

use super::super::api_server::ApiServer;
use super::super::api_server::store::Store;
use super::super::event_recorder::EventType;
use super::super::faults::machine::{GRACE, next_tick};
use super::super::kubelet::node_runtime::NodeRuntime;
use super::super::kubelet::node_status::{CONDITIONS, condition_of};
use super::super::reconcile::Reconcile;
use super::super::timers::Timer;
use super::super::tree;
use crate::api::types::core::{Node, Taint};
use crate::api::{Kind, NamespacedName, Object, ObjectRef, Typed};
use crate::sim::{Duration, Instant};

/// `--node-monitor-period`.
const MONITOR: Duration = Duration::from_secs(5);
/// One node of a zone after the other is emptied: `--node-eviction-rate` 0.1.
const BETWEEN_NODES: Duration = Duration::from_secs(10);

const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// When the next silent node of a zone may be emptied.
#[derive(Clone, Debug)]
pub struct ZoneTurn {
    zone: String,
    at: Instant,
}

/// Labels that nodes keep beside those that took their place (`labelReconcileInfo`).
const OLD_LABELS: [(&str, &str); 2] = [
    ("kubernetes.io/os", "beta.kubernetes.io/os"),
    ("kubernetes.io/arch", "beta.kubernetes.io/arch"),
];

/// Gives a node the labels of old that follow from those of today.
pub fn reconcile_labels(api: &mut ApiServer, key: &NamespacedName) {
    api.store.edit(Kind::Node, key, |object| {
        let mut changed = false;
        for (label, old) in OLD_LABELS {
            let labels = &mut object.typed.metadata_mut().labels;
            let Some(value) = labels.get(label).cloned() else {
                continue;
            };
            if labels.get(old) != Some(&value) {
                labels.insert(old.to_owned(), value.clone());
                tree::set(&mut object.value, &["metadata", "labels", old], value.into());
                changed = true;
            }
        }
        changed
    });
}

/// Looks at a node: its silence is noticed, or its voice is heard again.
pub fn reconcile(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, zone_turns: &mut Vec<ZoneTurn>, node: &str) {
    let Some(machine) = nodes.faults().machine(node) else {
        return;
    };
    match machine.silent_since {
        Some(since) if !machine.unknown && ctx.now() >= since + GRACE => lose(ctx, nodes, zone_turns, node),
        None if machine.unknown => find(ctx, nodes, zone_turns, node),
        None => untaint(ctx.api, node, None),
        Some(_) => {}
    }
}

/// The grace period is over: nobody knows how the node is.
fn lose(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, zone_turns: &mut Vec<ZoneTurn>, node: &str) {
    nodes.machine_mut(&mut ctx.api.store, node).unknown = true;
    set_conditions(ctx.api, node, true);
    let about = ObjectRef::new(Kind::Node, "", node);
    let text = format!("Node {node} status is now: NodeNotReady");
    ctx.record_event(&about, EventType::Normal, "NodeNotReady", "node-controller", &text);
    let pods: Vec<NamespacedName> = ctx.api.store.pods_on(node).cloned().collect();
    for key in pods {
        let now = ctx.now().to_string();
        ctx.api.given.pod_status.remove(&key);
        let marked = ctx.api.store.edit(Kind::Pod, &key, |pod| mark_not_ready(pod, &now));
        if marked {
            ctx.record_event(
                &ObjectRef::of(Kind::Pod, &key),
                EventType::Warning,
                "NodeNotReady",
                "node-controller",
                "Node is not ready",
            );
        }
    }
    taint(ctx.api, node, "NoSchedule");
    taint_for_eviction(ctx, nodes, zone_turns);
}

/// The kubelet is heard again; nothing where its silence was not noticed.
pub fn find(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, zone_turns: &mut Vec<ZoneTurn>, node: &str) {
    if !nodes.faults().machine(node).is_some_and(|it| it.unknown) {
        return;
    }
    nodes.machine_mut(&mut ctx.api.store, node).unknown = false;
    set_conditions(ctx.api, node, false);
    let about = ObjectRef::new(Kind::Node, "", node);
    let text = format!("Node {node} status is now: NodeReady");
    ctx.record_event(&about, EventType::Normal, "NodeReady", "kubelet", &text);
    ctx.look_at_pods(node);
    // The node controller sees it with its next look.
    ctx.wake_at(next_tick(ctx.now(), MONITOR), Timer::Node(node.to_owned()));
    taint_for_eviction(ctx, nodes, zone_turns);
}

/// Taints silent nodes so that their pods are evicted, one node of a zone after the other; not where no
/// node at all is heard of, for then the fault is more likely to be with the control plane.
pub fn taint_for_eviction(ctx: &mut Reconcile<'_>, nodes: &NodeRuntime, zone_turns: &mut Vec<ZoneTurn>) {
    let (mut lost, mut n_nodes) = (Vec::new(), 0);
    for node in ctx.api.store.list::<Node>() {
        n_nodes += 1;
        let name = node.metadata.name.as_str();
        if nodes.faults().machine(name).is_some_and(|it| it.unknown) {
            let zone = node.metadata.labels.get("topology.kubernetes.io/zone").cloned();
            lost.push((name.to_owned(), zone.unwrap_or_default()));
        }
    }
    let all_lost = lost.len() == n_nodes;
    for (name, zone) in lost {
        if all_lost {
            untaint(ctx.api, &name, Some("NoExecute"));
            continue;
        }
        if has_taint(&ctx.api.store, &name, "NoExecute") {
            continue;
        }
        let now = ctx.now();
        let turn = zone_turns.iter().find(|it| it.zone == zone).map(|it| it.at);
        if let Some(turn) = turn.filter(|turn| now < *turn) {
            ctx.wake_at(turn, Timer::Taints);
            continue;
        }
        zone_turns.retain(|it| it.zone != zone);
        zone_turns.push(ZoneTurn {
            zone,
            at: now + BETWEEN_NODES,
        });
        taint(ctx.api, &name, "NoExecute");
    }
}

fn node_key(node: &str) -> NamespacedName {
    NamespacedName::cluster_wide(node)
}

/// Whether a node has the taint of silence with an effect.
fn has_taint(store: &Store, node: &str, effect: &str) -> bool {
    store.typed::<Node>(&("", node)).is_some_and(|it| {
        let mut taints = it.spec.taints.iter();
        taints.any(|taint| taint.key == UNREACHABLE && taint.effect == effect)
    })
}

/// Gives a node the taint of silence with an effect, unless it has it.
fn taint(api: &mut ApiServer, node: &str, effect: &str) {
    if has_taint(&api.store, node, effect) {
        return;
    }
    let now = api.now().to_string();
    api.store.edit(Kind::Node, &node_key(node), |object| {
        let Typed::Node(view) = &mut object.typed else {
            return false;
        };
        view.spec.taints.push(Taint {
            key: UNREACHABLE.to_owned(),
            value: String::new(),
            effect: effect.to_owned(),
        });
        let mut all = tree::get(&object.value, &["spec", "taints"])
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        all.push(json!({"effect": effect, "key": UNREACHABLE, "timeAdded": now}));
        tree::set(&mut object.value, &["spec", "taints"], Value::Array(all));
        true
    });
}

/// Takes the taints of silence away; of one effect, or all.
fn untaint(api: &mut ApiServer, node: &str, effect: Option<&str>) {
    api.store.edit(Kind::Node, &node_key(node), |object| {
        let Typed::Node(view) = &mut object.typed else {
            return false;
        };
        let goes = |key: &str, its: &str| key == UNREACHABLE && effect.is_none_or(|it| it == its);
        if !view.spec.taints.iter().any(|it| goes(&it.key, &it.effect)) {
            return false;
        }
        view.spec.taints.retain(|it| !goes(&it.key, &it.effect));
        let spec = tree::entry(&mut object.value, "spec");
        if let Some(Value::Array(all)) = spec.get_mut("taints") {
            all.retain(|it| !goes(tree::text(it, &["key"]), tree::text(it, &["effect"])));
            if all.is_empty() {
                tree::remove(spec, &["taints"]);
            }
        }
        true
    });
}

/// Writes the conditions of a node: all unknown, or as a healthy kubelet reports them.
fn set_conditions(api: &mut ApiServer, node: &str, lost: bool) {
    let now = api.now().to_string();
    let made = api.node(node).and_then(|it| it.metadata.creation_timestamp.clone());
    api.store.edit(Kind::Node, &node_key(node), |object| {
        let mut all = tree::get(&object.value, &["status", "conditions"])
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        for reported in &CONDITIONS {
            let known = all.iter().position(|it| tree::text(it, &["type"]) == reported.kind);
            let at = known.unwrap_or_else(|| {
                all.push(json!({"type": reported.kind, "lastHeartbeatTime": made}));
                all.len() - 1
            });
            let (status, reason, message) = match (lost, known) {
                (true, Some(_)) => ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."),
                (true, None) => ("Unknown", "NodeStatusNeverUpdated", "Kubelet never posted node status."),
                (false, _) => (reported.status, reported.reason, reported.message),
            };
            let it = &mut all[at];
            if tree::text(it, &["status"]) != status {
                tree::set(it, &["lastTransitionTime"], now.as_str().into());
            }
            if !lost {
                tree::set(it, &["lastHeartbeatTime"], now.as_str().into());
            }
            tree::set(it, &["status"], status.into());
            tree::set(it, &["reason"], reason.into());
            tree::set(it, &["message"], message.into());
        }
        let Typed::Node(view) = &mut object.typed else {
            return false;
        };
        view.status.conditions = all.iter().map(condition_of).collect();
        tree::set(&mut object.value, &["status", "conditions"], Value::Array(all));
        true
    });
}

/// `controllerutil.MarkPodsNotReady`.
fn mark_not_ready(object: &mut Object, now: &str) -> bool {
    let Typed::Pod(pod) = &mut object.typed else {
        return false;
    };
    let mut marked = false;
    for it in &mut pod.status.conditions {
        if it.kind == "Ready" && it.status != "False" {
            "False".clone_into(&mut it.status);
            it.last_transition_time = Some(now.to_owned());
            marked = true;
        }
    }
    let conditions = tree::entry(tree::entry(&mut object.value, "status"), "conditions");
    for it in conditions.as_array_mut().into_iter().flatten().filter(|_| marked) {
        if tree::text(it, &["type"]) == "Ready" {
            tree::set(it, &["status"], "False".into());
            tree::set(it, &["lastTransitionTime"], now.into());
        }
    }
    marked
}
