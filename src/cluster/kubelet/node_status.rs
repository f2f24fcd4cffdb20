//! What kubelets say of their nodes: conditions with heartbeats, annotations, leases
//! (`kubernetes pkg/kubelet/nodestatus`, `component-helpers/apimachinery/lease`).
//!
//! Only of nodes that came with the preset: a pasted Node says itself what holds of it. Nothing ticks for it: what
//! kubelets renewed while time passed is written down when the clock stops. Not here: silence, and what the control
//! plane makes of it (`controllers::node_lifecycle`).

use serde_json::{Value, json};

use super::super::api_server::ApiServer;
use super::super::faults::machine::HEARTBEAT;
use super::super::tree;
use super::node_runtime::NodeRuntime;
use crate::api::types::core::Node;
use crate::api::types::meta::Condition;
use crate::api::{Kind, NamespacedName, Object, ObjectRef, Typed};
use crate::sim::{Duration, Instant};

/// How often a kubelet posts a status that did not change (`nodeStatusReportFrequency`).
const REPORT: Duration = Duration::from_secs(300);
/// Where leases of nodes are kept.
const LEASES: &str = "kube-node-lease";

/// A condition as a healthy kubelet reports it.
pub struct Healthy {
    /// Its type.
    pub kind: &'static str,
    /// Its status.
    pub status: &'static str,
    /// Its reason.
    pub reason: &'static str,
    /// Its message.
    pub message: &'static str,
}

/// Conditions that a kubelet reports.
pub const CONDITIONS: [Healthy; 4] = [
    Healthy {
        kind: "MemoryPressure",
        status: "False",
        reason: "KubeletHasSufficientMemory",
        message: "kubelet has sufficient memory available",
    },
    Healthy {
        kind: "DiskPressure",
        status: "False",
        reason: "KubeletHasNoDiskPressure",
        message: "kubelet has no disk pressure",
    },
    Healthy {
        kind: "PIDPressure",
        status: "False",
        reason: "KubeletHasSufficientPID",
        message: "kubelet has sufficient PID available",
    },
    Healthy {
        kind: "Ready",
        status: "True",
        reason: "KubeletReady",
        message: "kubelet is posting ready status",
    },
];

/// Annotations of every node: by the node lifecycle controller's and the kubelet's defaults.
const ANNOTATIONS: [(&str, &str); 2] = [
    ("node.alpha.kubernetes.io/ttl", "0"),
    ("volumes.kubernetes.io/controller-managed-attach-detach", "true"),
];

/// The view of a stored condition.
pub fn condition_of(tree: &Value) -> Condition {
    let own = |field: &str| tree::text(tree, &[field]).to_owned();
    Condition {
        kind: own("type"),
        status: own("status"),
        reason: own("reason"),
        message: own("message"),
        last_transition_time: tree["lastTransitionTime"].as_str().map(str::to_owned),
    }
}

/// A kubelet registers: what its node lacks of conditions and annotations comes, and its lease.
pub fn register(api: &mut ApiServer, key: &NamespacedName) {
    if api.as_stored() || !api.is_preset(&ObjectRef::of(Kind::Node, key)) {
        return;
    }
    let now = api.now().to_string();
    api.store.edit(Kind::Node, key, |object| complete(object, &now));
    if let Some(uid) = api.node(&key.name).map(|it| it.metadata.uid.clone())
        && api.store.get(Kind::Other, &lease_key(&key.name)).is_none()
    {
        let lease = lease(&key.name, &uid, &api.new_event_uid(), api.now());
        if let Ok(lease) = Object::from_value(Kind::Other, lease) {
            api.store.put(lease);
        }
    }
}

/// Fills in what a kubelet reports; whether anything was missing.
fn complete(object: &mut Object, now: &str) -> bool {
    let Typed::Node(node) = &mut object.typed else {
        return false;
    };
    let stored = tree::get(&object.value, &["status", "conditions"]).and_then(Value::as_array);
    let mut known = stored.cloned().unwrap_or_default();
    let is_complete = CONDITIONS.iter().all(|it| {
        known
            .iter()
            .any(|known| tree::text(known, &["type"]) == it.kind && known["lastHeartbeatTime"].is_string())
    });
    let has_annotations = ANNOTATIONS
        .iter()
        .all(|(name, _)| node.metadata.annotations.contains_key(*name));
    if is_complete && has_annotations {
        return false;
    }
    let mut conditions = Vec::with_capacity(known.len() + CONDITIONS.len());
    for healthy in &CONDITIONS {
        let given = known.iter().position(|it| tree::text(it, &["type"]) == healthy.kind);
        let mut condition = given.map_or_else(
            || {
                json!({
                    "type": healthy.kind, "status": healthy.status, "reason": healthy.reason, "message": healthy.message,
                })
            },
            |at| known.remove(at),
        );
        for time in ["lastHeartbeatTime", "lastTransitionTime"] {
            if !condition[time].is_string() {
                tree::set(&mut condition, &[time], now.into());
            }
        }
        conditions.push(condition);
    }
    // What others report (`NetworkUnavailable`) stands first.
    known.append(&mut conditions);
    node.status.conditions = known.iter().map(condition_of).collect();
    tree::set(&mut object.value, &["status", "conditions"], Value::Array(known));
    for (name, value) in ANNOTATIONS {
        node.metadata
            .annotations
            .entry(name.to_owned())
            .or_insert_with(|| value.to_owned());
        tree::set(&mut object.value, &["metadata", "annotations", name], value.into());
    }
    true
}

fn lease_key(node: &str) -> NamespacedName {
    NamespacedName::new(LEASES, format!("Lease.coordination.k8s.io/{node}"))
}

/// The lease of a node that is made now.
fn lease(node: &str, node_uid: &str, uid: &str, now: Instant) -> Value {
    json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {
            "name": node, "namespace": LEASES, "uid": uid, "creationTimestamp": now.to_string(),
            "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": node, "uid": node_uid}],
        },
        "spec": {"holderIdentity": node, "leaseDurationSeconds": 40, "renewTime": micro_time(now)},
    })
}

/// A time as the API's `MicroTime` is written.
fn micro_time(at: Instant) -> String {
    at.to_string()
        .replace('Z', &format!(".{:03}000Z", at.0.rem_euclid(1000)))
}

/// The last tick of a period that begins at `start`, up to now.
fn last_tick(start: Instant, now: Instant, period: Duration) -> Instant {
    start + Duration((now - start).0.max(0).div_euclid(period.0).saturating_mul(period.0))
}

/// Writes down what kubelets renewed while time passed.
pub fn heartbeats(api: &mut ApiServer, nodes: &NodeRuntime) {
    let now = api.now();
    let heard: Vec<(String, Instant)> = api
        .store
        .list::<Node>()
        .filter(|node| nodes.faults().kubelet_heard(&node.metadata.name))
        .filter_map(|node| {
            let made = Instant::parse_rfc3339(node.metadata.creation_timestamp.as_deref()?)?;
            Some((node.metadata.name.clone(), made))
        })
        .collect();
    for (node, made) in heard {
        let renewed = micro_time(last_tick(made, now, HEARTBEAT));
        let ours = api.store.edit(Kind::Other, &lease_key(&node), |lease| {
            let differs = tree::text(&lease.value, &["spec", "renewTime"]) != renewed;
            if differs {
                tree::set(&mut lease.value, &["spec", "renewTime"], renewed.as_str().into());
            }
            differs
        });
        if !ours || !api.is_preset(&ObjectRef::new(Kind::Node, "", &*node)) {
            continue;
        }
        let reported = last_tick(made, now, REPORT);
        api.store
            .edit(Kind::Node, &NamespacedName::cluster_wide(&*node), |object| {
                beat(object, reported)
            });
    }
}

/// Renews the heartbeats of a node; whether one was older.
fn beat(object: &mut Object, at: Instant) -> bool {
    let mut newer = false;
    let text = at.to_string();
    let conditions = tree::entry(tree::entry(&mut object.value, "status"), "conditions");
    for condition in conditions.as_array_mut().into_iter().flatten() {
        let known = Instant::parse_rfc3339(tree::text(condition, &["lastHeartbeatTime"]));
        if CONDITIONS.iter().any(|it| it.kind == tree::text(condition, &["type"])) && known.is_some_and(|it| it < at) {
            tree::set(condition, &["lastHeartbeatTime"], text.as_str().into());
            newer = true;
        }
    }
    newer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_counted_from_the_start() {
        let (start, period) = (Instant(1_500), Duration(1_000));
        assert_eq!(last_tick(start, Instant(1_400), period), start);
        assert_eq!(last_tick(start, Instant(4_499), period), Instant(3_500));
        assert_eq!(micro_time(Instant(1_500)), "1970-01-01T00:00:01.500000Z");
    }
}
