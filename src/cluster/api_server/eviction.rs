//! Evictions by the API: as far as PodDisruptionBudgets allow them
//! (`kubernetes pkg/registry/core/pod/storage/eviction.go`, `pkg/controller/disruption`).
//!
//! Not simulated: the status of a budget, `unhealthyPodEvictionPolicy: AlwaysAllow`. Not here: pods that taints
//! drive away (`controllers::taint_eviction`).

use serde_json::{Value, json};

use super::super::tree;
use super::ApiServer;
use crate::api::types::core::Pod;
use crate::api::types::meta::{Condition, LabelSelector};
use crate::api::types::pod_phase::PodPhase;
use crate::api::types::view;
use crate::api::{Kind, NamespacedName, Typed};

impl ApiServer {
    /// Evicts a pod as the subresource `eviction` does, within `grace` seconds or its own grace period.
    ///
    /// # Errors
    /// In the API server's words, where a PodDisruptionBudget does not allow it now.
    pub fn evict(&mut self, key: &NamespacedName, grace: Option<i64>) -> Result<(), &'static str> {
        if !self.budgets_allow(key) {
            return Err("Cannot evict pod as it would violate the pod's disruption budget.");
        }
        self.note_disruption(key, "EvictionByEvictionAPI", "Eviction API: evicting");
        self.delete_pod(key, grace);
        Ok(())
    }

    /// Whether every PodDisruptionBudget that selects a pod can do without it
    /// (`kubernetes pkg/registry/core/pod/storage/eviction.go`, `pkg/controller/disruption`).
    fn budgets_allow(&self, key: &NamespacedName) -> bool {
        let Some(pod) = self.store.typed::<Pod>(key) else {
            return true;
        };
        let runs = matches!(pod.phase(), Some(PodPhase::Running | PodPhase::Unknown));
        if !runs || pod.metadata.deletion_timestamp.is_some() {
            return true;
        }
        let budgets = self.store.all(Kind::Other).map(|(_, it)| &it.value).filter(|it| {
            tree::text(it, &["kind"]) == "PodDisruptionBudget"
                && tree::text(it, &["metadata", "namespace"]) == key.namespace
        });
        for budget in budgets {
            let selector = tree::get(budget, &["spec", "selector"]);
            let selector: Option<LabelSelector> = selector.and_then(|it| view::read(it).ok());
            let Some(selector) = selector.filter(|it| it.matches(&pod.metadata.labels)) else {
                continue;
            };
            let (healthy, desired) = self.budget(&key.namespace, &selector, budget);
            let spare = healthy > desired;
            // A pod that is not ready takes nothing from a budget that is kept.
            if !spare && (pod.is_ready() || healthy < desired || desired == 0) {
                return false;
            }
        }
        true
    }

    /// How many pods of a budget are healthy, and how many have to be.
    fn budget(&self, namespace: &str, selector: &LabelSelector, budget: &Value) -> (i64, i64) {
        let (mut healthy, mut bare) = (0, 0);
        let mut owners: Vec<(&str, i64)> = Vec::new();
        for pod in self.store.list::<Pod>() {
            let meta = &pod.metadata;
            if meta.namespace != namespace || !selector.matches(&meta.labels) {
                continue;
            }
            healthy += i64::from(meta.deletion_timestamp.is_none() && pod.is_ready());
            let Some(owner) = meta.owner_references.first() else {
                bare += 1;
                continue;
            };
            if owners.iter().any(|(uid, _)| *uid == owner.uid) {
                continue;
            }
            let kind = match owner.kind.as_str() {
                "StatefulSet" => Kind::StatefulSet,
                "ReplicationController" => Kind::ReplicationController,
                _ => Kind::ReplicaSet,
            };
            let set = self.store.get(kind, &(namespace, owner.name.as_str()));
            let size = set.and_then(|it| tree::get(&it.value, &["spec", "replicas"])?.as_i64());
            owners.push((&owner.uid, size.unwrap_or(1)));
        }
        let expected = bare + owners.iter().map(|it| it.1).sum::<i64>();
        let number = |field: &str| {
            let value = tree::get(budget, &["spec", field])?;
            value.as_i64().or_else(|| {
                let percent: i64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
                Some((percent.saturating_mul(expected) + 99) / 100)
            })
        };
        let desired = number("minAvailable").or_else(|| number("maxUnavailable").map(|most| expected - most));
        (healthy, desired.unwrap_or(1).max(0))
    }

    /// Says in a pod's status why it is about to be deleted.
    pub fn note_disruption(&mut self, key: &NamespacedName, reason: &str, message: &str) {
        let now = self.now().to_string();
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
