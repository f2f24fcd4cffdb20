//! Events: what controllers tell people about objects, stored as objects of kind Event
//! (`kubernetes client-go/tools/record`).
//!
//! Only what a simulation can know is recorded: scaling, pods made and removed, pods that find no node, probes that
//! cannot succeed. Pulling images and starting containers is not simulated and makes no events.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::api_server::ApiServer;
use super::api_server::store::Store;
use super::tree;
use crate::api::{Kind, NamespacedName, Object, ObjectRef};

/// Most events kept; the oldest go first.
const MOST: usize = 2000;
/// Among so many of the last events the same words are looked for.
const RECENT: usize = 32;

/// Whether an event is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventType {
    /// It is as it should be.
    Normal,
    /// It is not.
    Warning,
}

impl EventType {
    /// As it stands in the field `type`.
    fn name(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// An event that is stored.
#[derive(Clone, Debug)]
struct Recorded {
    /// Namespace and name of the event.
    key: NamespacedName,
    /// Uid of the object that it is about.
    about: String,
}

/// Writes events and knows the last ones.
#[derive(Clone, Debug, Default)]
pub struct EventRecorder {
    /// Oldest first.
    recorded: VecDeque<Recorded>,
}

impl EventRecorder {
    /// Records something about an object; nothing where it is gone. The same words again only count up.
    pub fn record(
        &mut self,
        api: &mut ApiServer,
        about: &ObjectRef,
        event_type: EventType,
        reason: &str,
        component: &str,
        message: &str,
    ) {
        let Some(object) = api.store.object(about) else { return };
        let uid = object.metadata().uid.clone();
        let version = tree::text(&object.value, &["apiVersion"]).to_owned();
        let now = api.now().to_string();
        if let Some(key) = self.known(&api.store, &uid, reason, message) {
            api.store.edit(Kind::Other, &key, |event| {
                let count = tree::get(&event.value, &["count"]).and_then(Value::as_i64).unwrap_or(1);
                tree::set(&mut event.value, &["count"], (count + 1).into());
                tree::set(&mut event.value, &["lastTimestamp"], now.into());
                true
            });
            return;
        }
        let suffix = format!("{:016x}", api.rng.next_u64());
        let namespace = if about.namespace.is_empty() {
            "default"
        } else {
            about.namespace.as_str()
        };
        let value = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {
                "name": format!("{}.{suffix}", about.name), "namespace": namespace, "uid": api.new_uid(),
                "creationTimestamp": now,
            },
            "involvedObject": {
                "apiVersion": version, "kind": about.kind.name(), "name": about.name,
                "namespace": about.namespace, "uid": uid,
            },
            "reason": reason, "message": message, "type": event_type.name(),
            "count": 1, "eventTime": null, "firstTimestamp": now, "lastTimestamp": now,
            "source": {"component": component}, "reportingComponent": component, "reportingInstance": "",
        });
        if let Ok(event) = Object::from_value(Kind::Other, value) {
            let reference = api.store.put(event);
            self.recorded.push_back(Recorded {
                key: reference.into(),
                about: uid,
            });
            if self.recorded.len() > MOST
                && let Some(oldest) = self.recorded.pop_front()
            {
                api.store.remove(Kind::Other, &oldest.key);
            }
        }
    }

    /// The event that said the same about the same object, among the last few.
    fn known(&self, store: &Store, uid: &str, reason: &str, message: &str) -> Option<NamespacedName> {
        let recent = self.recorded.iter().rev().take(RECENT);
        recent
            .filter(|it| it.about == uid)
            .map(|it| &it.key)
            .find(|key| {
                store.get(Kind::Other, *key).is_some_and(|event| {
                    tree::text(&event.value, &["reason"]) == reason && tree::text(&event.value, &["message"]) == message
                })
            })
            .cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::options::Options;

    #[test]
    fn the_same_words_count_up() {
        let mut api = ApiServer::new(Options::default());
        let mut events = EventRecorder::default();
        let node = ObjectRef::new(Kind::Node, "", "node-1");
        events.record(&mut api, &node, EventType::Warning, "Test", "test", "hello");
        events.record(&mut api, &node, EventType::Warning, "Test", "test", "hello");
        events.record(&mut api, &node, EventType::Warning, "Test", "test", "other");
        let counts: Vec<i64> = api
            .snapshot()
            .objects(Kind::Other)
            .filter(|event| event.value["reason"] == "Test")
            .filter_map(|event| event.value["count"].as_i64())
            .collect();
        let total: i64 = counts.iter().sum();
        assert_eq!((counts.len(), total), (2, 3));
    }
}
