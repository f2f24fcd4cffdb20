//! Taints of effect `NoExecute` drive pods away, at once or when their toleration ends
//! (`kubernetes pkg/controller/tainteviction`).

use serde_json::{Value, json};

use super::super::scheduler::tolerates;
use super::super::snapshot::Key;
use super::super::wake::Timer;
use super::super::{Cluster, tree};
use super::{node_key, pod_ref};
use crate::api::types::core::{Node, Pod, Taint};
use crate::api::types::meta::Condition;
use crate::api::{Kind, Typed};
use crate::sim::Duration;

/// What the taint eviction controller makes of a pod.
enum Fate {
    /// Nothing drives it away.
    Stays,
    /// It goes so many seconds after its node was tainted.
    Goes(i64),
}

/// How long a pod may stay on a node with these taints (`GetMinTolerationTime`).
fn fate(pod: &Pod, taints: &[Taint]) -> Fate {
    let mut shortest: Option<i64> = None;
    let mut tainted = false;
    for taint in taints.iter().filter(|it| it.effect == "NoExecute") {
        tainted = true;
        if !tolerates(&pod.spec.tolerations, taint) {
            return Fate::Goes(0);
        }
        let mut own = pod.spec.tolerations.iter();
        // The first toleration that bears the taint counts, as in `GetMatchingTolerations`.
        if let Some(seconds) = own
            .find(|it| tolerates(std::slice::from_ref(it), taint))
            .and_then(|it| it.toleration_seconds)
        {
            let seconds = seconds.clamp(0, i64::from(i32::MAX));
            shortest = Some(shortest.map_or(seconds, |known| known.min(seconds)));
        }
    }
    match shortest {
        Some(seconds) if tainted => Fate::Goes(seconds),
        _ => Fate::Stays,
    }
}

impl Cluster {
    /// Looks whether a pod's node drives it away.
    pub(in crate::cluster) fn tend_eviction(&mut self, key: &Key) {
        let Some(pod) = self.store.typed::<Pod>(key) else {
            self.evictions.retain(|(pod, _)| pod != key);
            return;
        };
        let node = self.store.typed::<Node>(&node_key(&pod.spec.node_name));
        let taints: &[Taint] = node.map_or(&[], |it| &it.spec.taints);
        if taints.is_empty() && self.evictions.is_empty() {
            return;
        }
        let fate = if pod.metadata.deletion_timestamp.is_some() {
            Fate::Stays
        } else {
            fate(pod, taints)
        };
        let known = self.evictions.iter().find(|(pod, _)| pod == key).map(|it| it.1);
        let Fate::Goes(seconds) = fate else {
            if known.is_some() {
                self.evictions.retain(|(pod, _)| pod != key);
                let text = format!("Cancelling deletion of Pod {}/{}", key.0, key.1);
                self.tell_eviction(key, &text);
            }
            return;
        };
        let since = known.unwrap_or(self.now);
        let due = since + Duration::from_secs(seconds);
        if self.now < due {
            if known.is_none() {
                self.evictions.push((key.clone(), since));
            }
            self.wake_at(due, Timer::Pod(key.clone()));
            return;
        }
        self.evictions.retain(|(pod, _)| pod != key);
        let text = format!("Marking for deletion Pod {}/{}", key.0, key.1);
        self.tell_eviction(key, &text);
        self.note_disruption(
            key,
            "DeletionByTaintManager",
            "Taint manager: deleting due to NoExecute taint",
        );
        self.delete_pod(key, None);
    }

    fn tell_eviction(&mut self, key: &Key, text: &str) {
        self.tell(
            &pod_ref(key),
            false,
            "TaintManagerEviction",
            "taint-eviction-controller",
            text,
        );
    }

    /// Evicts a pod as the subresource `eviction` does, within `grace` seconds or its own grace period. Budgets
    /// are not asked.
    pub fn evict(&mut self, key: &Key, grace: Option<i64>) {
        self.note_disruption(key, "EvictionByEvictionAPI", "Eviction API: evicting");
        self.delete_pod(key, grace);
    }

    /// Says in a pod's status why it is about to be deleted.
    fn note_disruption(&mut self, key: &Key, reason: &str, message: &str) {
        let now = self.now.to_string();
        self.store.edit(Kind::Pod, key, |object| {
            let Typed::Pod(pod) = &mut object.typed else {
                return false;
            };
            if pod.status.conditions.iter().any(|it| it.kind == "DisruptionTarget") {
                return false;
            }
            pod.status.conditions.push(Condition {
                kind: "DisruptionTarget".to_owned(),
                status: "True".to_owned(),
                reason: reason.to_owned(),
                message: message.to_owned(),
                last_transition_time: Some(now.clone()),
            });
            let list = tree::entry(tree::entry(&mut object.value, "status"), "conditions");
            if !list.is_array() {
                *list = json!([]);
            }
            if let Value::Array(all) = list {
                all.push(json!({
                    "type": "DisruptionTarget", "status": "True", "reason": reason, "message": message,
                    "lastProbeTime": null, "lastTransitionTime": now,
                }));
            }
            true
        });
    }
}
