//! Events: what controllers tell people about objects, stored as objects of kind Event
//! (`kubernetes client-go/tools/record`).
//!
//! Only what a simulation can know is told: scaling, pods made and removed, pods that find no node, probes that
//! cannot succeed. Pulling images and starting containers is not simulated and makes no events.

use serde_json::{Value, json};

use super::{Cluster, tree};
use crate::api::{Kind, NamespacedName, Object, ObjectRef};

/// Most events kept; the oldest go first.
const MOST: usize = 2000;

impl Cluster {
    /// Tells something about an object. The same words again only count up.
    pub(super) fn record_event(
        &mut self,
        about: &ObjectRef,
        warning: bool,
        reason: &str,
        component: &str,
        message: &str,
    ) {
        let Some(object) = self.store.object(about) else { return };
        let uid = object.metadata().uid.clone();
        let version = tree::text(&object.value, &["apiVersion"]).to_owned();
        let now = self.now.to_string();
        if let Some(key) = self.known_event(&uid, reason, message) {
            self.store.edit(Kind::Other, &key, |event| {
                let count = tree::get(&event.value, &["count"]).and_then(Value::as_i64).unwrap_or(1);
                tree::set(&mut event.value, &["count"], (count + 1).into());
                tree::set(&mut event.value, &["lastTimestamp"], now.into());
                true
            });
            return;
        }
        let suffix = format!("{:016x}", self.rng.next_u64());
        let namespace = if about.namespace.is_empty() {
            "default"
        } else {
            about.namespace.as_str()
        };
        let value = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {
                "name": format!("{}.{suffix}", about.name), "namespace": namespace, "uid": self.new_uid(),
                "creationTimestamp": now,
            },
            "involvedObject": {
                "apiVersion": version, "kind": about.kind.name(), "name": about.name,
                "namespace": about.namespace, "uid": uid,
            },
            "reason": reason, "message": message, "type": if warning { "Warning" } else { "Normal" },
            "count": 1, "eventTime": null, "firstTimestamp": now, "lastTimestamp": now,
            "source": {"component": component}, "reportingComponent": component, "reportingInstance": "",
        });
        if let Ok(event) = Object::from_value(Kind::Other, value) {
            let reference = self.store.put(event);
            self.told.push_back((reference.into(), uid));
            if self.told.len() > MOST
                && let Some((oldest, _)) = self.told.pop_front()
            {
                self.store.remove(Kind::Other, &oldest);
            }
        }
    }

    /// The event that said the same about the same object, among the last few.
    fn known_event(&self, uid: &str, reason: &str, message: &str) -> Option<NamespacedName> {
        let recent = self.told.iter().rev().take(32);
        recent
            .filter(|(_, about)| about == uid)
            .map(|(key, _)| key)
            .find(|key| {
                self.store.get(Kind::Other, *key).is_some_and(|event| {
                    tree::text(&event.value, &["reason"]) == reason && tree::text(&event.value, &["message"]) == message
                })
            })
            .cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Preset;
    use crate::sim::Instant;

    #[test]
    fn the_same_words_count_up() {
        let mut cluster = Cluster::new(Preset::Cloud, 1, Instant::DEFAULT_START, false);
        let node = ObjectRef::new(Kind::Node, "", "node-1");
        cluster.record_event(&node, true, "Test", "test", "hello");
        cluster.record_event(&node, true, "Test", "test", "hello");
        cluster.record_event(&node, true, "Test", "test", "other");
        let counts: Vec<i64> = cluster
            .snapshot()
            .objects(Kind::Other)
            .filter(|event| event.value["reason"] == "Test")
            .filter_map(|event| event.value["count"].as_i64())
            .collect();
        let total: i64 = counts.iter().sum();
        assert_eq!((counts.len(), total), (2, 3));
    }
}
