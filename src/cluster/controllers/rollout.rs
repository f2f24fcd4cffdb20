//! A Deployment and its ReplicaSets at one moment: which of them has its template, and how many pods may be there
//! while it rolls.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::api_server::store::Store;
use super::super::tree;
use crate::api::types::apps::{Deployment, ReplicaSet};
use crate::api::{Kind, NamespacedName, Object, Typed};
use crate::small_sort::SmallSort as _;

/// Counts the templates a Deployment has had.
pub const REVISION: &str = "deployment.kubernetes.io/revision";
/// Label that tells pods of different templates apart.
pub const HASH_LABEL: &str = "pod-template-hash";

/// A Deployment and its ReplicaSets at one moment.
pub struct Rollout {
    /// Namespace and name of the Deployment.
    pub key: NamespacedName,
    /// Its view.
    pub deployment: Deployment,
    /// Its tree.
    pub tree: Value,
    /// The ReplicaSet of its template, if it has one.
    pub new: Option<Set>,
    /// The others, by their revision.
    pub old: Vec<Set>,
}

/// One ReplicaSet.
#[derive(Clone)]
pub struct Set {
    /// Its namespace and name.
    pub key: NamespacedName,
    /// Its view.
    pub view: ReplicaSet,
    /// The stored object.
    pub object: Arc<Object>,
}

impl Set {
    /// How many pods it should have.
    pub fn size(&self) -> i64 {
        i64::from(self.view.spec.replicas.unwrap_or(1))
    }

    /// How many of them are available.
    pub fn available(&self) -> i64 {
        i64::from(self.view.status.available_replicas)
    }
}

impl Rollout {
    /// How many pods there should be.
    pub fn size(&self) -> i64 {
        i64::from(self.deployment.spec.replicas.unwrap_or(1))
    }

    /// All ReplicaSets, the newest first.
    pub fn sets(&self) -> impl Iterator<Item = &Set> {
        self.new.iter().chain(&self.old)
    }

    fn strategy(&self, field: &str) -> Option<&Value> {
        let path = ["rollingUpdate", field];
        self.deployment
            .spec
            .strategy
            .as_ref()
            .and_then(|it| tree::get(it, &path))
    }

    /// Whether old pods go before new ones come.
    pub fn recreates(&self) -> bool {
        let strategy = self.deployment.spec.strategy.as_ref();
        strategy.map(|it| tree::text(it, &["type"])) == Some("Recreate")
    }

    /// Most pods above and below the wanted number while rolling
    /// (`deploymentutil.ResolveFenceposts`: both zero would stand still).
    pub fn fenceposts(&self) -> (i64, i64) {
        if self.recreates() {
            return (0, self.size());
        }
        let surge = share(self.strategy("maxSurge"), self.size(), true);
        let unavailable = share(self.strategy("maxUnavailable"), self.size(), false);
        if surge == 0 && unavailable == 0 {
            return (0, 1);
        }
        (surge, unavailable.min(self.size()))
    }
}

/// A number, or a share of `total`; 25% where absent.
pub(super) fn share(value: Option<&Value>, total: i64, up: bool) -> i64 {
    let text = match value {
        Some(Value::Number(number)) => return number.as_i64().unwrap_or(0),
        Some(Value::String(text)) => text.as_str(),
        _ => "25%",
    };
    let percent: i64 = text.trim_end_matches('%').parse().unwrap_or(0);
    let scaled = percent.saturating_mul(total);
    if up {
        scaled.saturating_add(99) / 100
    } else {
        scaled / 100
    }
}

/// Reads a Deployment with its ReplicaSets; `None` where it is gone.
pub fn read(store: &Store, key: &NamespacedName) -> Option<Rollout> {
    let object = store.get(Kind::Deployment, key)?;
    let Typed::Deployment(deployment) = &object.typed else {
        return None;
    };
    let template = tree::get(&object.value, &["spec", "template"])
        .cloned()
        .unwrap_or(Value::Null);
    let mut sets: Vec<Set> = store
        .dependents(&deployment.metadata.uid)
        .into_iter()
        .filter(|(kind, _)| *kind == Kind::ReplicaSet)
        .filter_map(|(kind, key)| {
            let object = Arc::clone(store.get(kind, &key)?);
            let Typed::ReplicaSet(view) = &object.typed else {
                return None;
            };
            Some(Set {
                key,
                view: view.as_ref().clone(),
                object: Arc::clone(&object),
            })
        })
        .collect();
    sets.small_sort_by_key(|set| revision(&set.object));
    let at = sets.iter().position(|set| same_template(&set.object, &template));
    let new = at.map(|at| sets.remove(at));
    Some(Rollout {
        key: key.clone(),
        deployment: deployment.as_ref().clone(),
        tree: object.value.clone(),
        new,
        old: sets,
    })
}

/// The number of the template a ReplicaSet stands for.
pub fn revision(object: &Object) -> i64 {
    let text = object.metadata().annotations.get(REVISION);
    text.and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// Whether a ReplicaSet has the Deployment's template, the hash label aside
/// (`kubernetes pkg/controller/deployment/util/deployment_util.go`, `EqualIgnoreHash`).
fn same_template(set: &Object, template: &Value) -> bool {
    let own = tree::get(&set.value, &["spec", "template"]);
    without_hash(own.unwrap_or(&Value::Null)) == without_hash(template)
}

/// A template without the hash label, and without the places that were made for it where a stored one has none.
fn without_hash(template: &Value) -> Value {
    let mut template = match template {
        Value::Null => Value::Object(Map::new()),
        written => written.clone(),
    };
    tree::remove(&mut template, &["metadata", "labels", HASH_LABEL]);
    for path in [&["metadata", "labels"][..], &["metadata"]] {
        let empty = match tree::get(&template, path) {
            Some(Value::Object(map)) => map.is_empty(),
            other => matches!(other, Some(Value::Null)),
        };
        if empty {
            tree::remove(&mut template, path);
        }
    }
    template
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shares_round_up_for_surge_and_down_for_unavailable() {
        let percent = json!("25%");
        assert_eq!(share(Some(&percent), 3, true), 1);
        assert_eq!(share(Some(&percent), 3, false), 0);
        assert_eq!(share(None, 10, true), 3);
        assert_eq!(share(Some(&json!(2)), 10, false), 2);
    }
}
