//! Events: what controllers and kubelets tell people about objects, stored as objects of kind Event
//! (`kubernetes client-go/tools/record`).
//!
//! They are noted first and stored when the controllers have come to rest: of the many of a large cluster only the
//! last are kept.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use serde_json::{Value, json};

use super::api_server::ApiServer;
use super::tree;
use crate::api::{Kind, NamespacedName, Object, ObjectRef};
use crate::sim::Instant;

/// Most events kept of each type; the oldest go first.
const MOST: usize = 1000;

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

/// What is said about an object.
#[derive(Clone, Copy, Debug)]
pub struct Saying<'a> {
    /// The object.
    pub about: &'a ObjectRef,
    /// Whether it is good news.
    pub event_type: EventType,
    /// The reason, one word.
    pub reason: &'a str,
    /// Who says it.
    pub component: &'a str,
    /// On which node; empty where that plays no part.
    pub host: &'a str,
    /// The part of the object, such as `spec.containers{web}`; empty for the whole.
    pub field: &'a str,
    /// The words.
    pub message: &'a str,
}

/// An event that is noted, and stored unless it is `due`.
#[derive(Clone, Debug)]
struct Recorded {
    about: ObjectRef,
    version: String,
    uid: String,
    field: String,
    event_type: EventType,
    reason: String,
    component: String,
    host: String,
    message: String,
    /// When it was said first.
    first: Instant,
    /// When it was said last.
    last: Instant,
    count: i64,
    /// Its name's end: nanoseconds, which no other has.
    nanoseconds: i64,
    /// What tells equal sayings.
    hash: u64,
    /// It is not stored as it is.
    due: bool,
}

/// Writes events and knows the last ones; a copy shares them until one of the two writes.
#[derive(Clone, Debug, Default)]
pub struct EventRecorder {
    noted: Arc<Noted>,
}

/// The events that were noted.
#[derive(Clone, Debug, Default)]
struct Noted {
    /// Good news, and warnings: the many starts of containers do not drive warnings away.
    rings: [Ring; 2],
    /// Rings and numbers of those that are to be stored, in order.
    due: Vec<(usize, u64)>,
    last_nanoseconds: i64,
}

/// The last events of a type.
#[derive(Clone, Debug, Default)]
struct Ring {
    /// Oldest first.
    recorded: VecDeque<Recorded>,
    /// How many have gone from the front.
    gone: u64,
    /// Numbers of events by what they say.
    known: BTreeMap<u64, u64>,
}

impl Ring {
    fn at(&mut self, number: u64) -> Option<&mut Recorded> {
        let at = usize::try_from(number.checked_sub(self.gone)?).ok()?;
        self.recorded.get_mut(at)
    }
}

impl EventRecorder {
    /// Notes something about an object; nothing where it is gone. The same words again only count up.
    pub fn record(&mut self, api: &mut ApiServer, saying: Saying<'_>) {
        let now = api.now();
        self.record_times(api, saying, now, now, 1);
    }

    /// Notes something that was said so many times between two moments.
    pub fn record_times(&mut self, api: &mut ApiServer, saying: Saying<'_>, first: Instant, last: Instant, times: i64) {
        let Some(object) = api.store.object(saying.about) else {
            return;
        };
        let uid = &object.metadata().uid;
        let hash = hash_of(uid, &saying);
        let Noted {
            rings,
            due,
            last_nanoseconds,
        } = Arc::make_mut(&mut self.noted);
        let which = usize::from(saying.event_type == EventType::Warning);
        let ring = &mut rings[which];
        if let Some(number) = ring.known.get(&hash).copied()
            && let Some(known) = ring.at(number)
        {
            known.count += times;
            known.last = last;
            if !std::mem::replace(&mut known.due, true) {
                due.push((which, number));
            }
            return;
        }
        let nanoseconds = (first.0.saturating_mul(1_000_000)).max(*last_nanoseconds + 1);
        *last_nanoseconds = nanoseconds;
        let number = ring.gone + ring.recorded.len() as u64;
        ring.recorded.push_back(Recorded {
            about: saying.about.clone(),
            version: tree::text(&object.value, &["apiVersion"]).to_owned(),
            uid: uid.clone(),
            field: saying.field.to_owned(),
            event_type: saying.event_type,
            reason: saying.reason.to_owned(),
            component: saying.component.to_owned(),
            host: saying.host.to_owned(),
            message: saying.message.to_owned(),
            first,
            last,
            count: times,
            nanoseconds,
            hash,
            due: true,
        });
        ring.known.insert(hash, number);
        due.push((which, number));
        if ring.recorded.len() > MOST
            && let Some(oldest) = ring.recorded.pop_front()
        {
            if ring.known.get(&oldest.hash) == Some(&ring.gone) {
                ring.known.remove(&oldest.hash);
            }
            ring.gone += 1;
            api.store.remove(Kind::Other, &oldest.key());
        }
    }

    /// Stores what has been noted since the last time.
    pub fn store(&mut self, api: &mut ApiServer) {
        if self.noted.due.is_empty() {
            return;
        }
        let noted = Arc::make_mut(&mut self.noted);
        for (which, number) in std::mem::take(&mut noted.due) {
            let Some(event) = noted.rings[which].at(number) else {
                continue;
            };
            event.due = false;
            let (count, last) = (event.count, event.last.to_string());
            let is_stored = count > 1
                && api.store.edit(Kind::Other, &event.key(), |stored| {
                    tree::set(&mut stored.value, &["count"], count.into());
                    tree::set(&mut stored.value, &["lastTimestamp"], last.into());
                    true
                });
            if !is_stored && let Ok(object) = Object::from_value(Kind::Other, event.tree(api.new_event_uid())) {
                api.store.put(object);
            }
        }
    }
}

impl Recorded {
    /// Events about cluster-wide objects stand in `default`.
    fn namespace(&self) -> &str {
        match self.about.namespace.as_str() {
            "" => "default",
            namespace => namespace,
        }
    }

    /// Kind and name of the object, as the event names them.
    fn involved(&self) -> (&str, &str) {
        match self.about.name.split_once('/') {
            Some((kind, name)) if self.about.kind == Kind::Other => (kind.split('.').next().unwrap_or_default(), name),
            _ => (self.about.kind.name(), &self.about.name),
        }
    }

    fn name(&self) -> String {
        format!("{}.{:x}", self.involved().1, self.nanoseconds)
    }

    /// Under which it is stored.
    fn key(&self) -> NamespacedName {
        NamespacedName::new(self.namespace(), format!("Event./{}", self.name()))
    }

    fn tree(&self, uid: String) -> Value {
        let (kind, name) = self.involved();
        let mut involved = json!({
            "apiVersion": self.version, "kind": kind, "name": name, "namespace": self.about.namespace, "uid": self.uid,
        });
        if !self.field.is_empty() {
            tree::set(&mut involved, &["fieldPath"], self.field.as_str().into());
        }
        let mut source = json!({"component": self.component});
        if !self.host.is_empty() {
            tree::set(&mut source, &["host"], self.host.as_str().into());
        }
        json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {
                "name": self.name(), "namespace": self.namespace(), "uid": uid,
                "creationTimestamp": self.first.to_string(),
            },
            "involvedObject": involved, "reason": self.reason, "message": self.message,
            "type": self.event_type.name(), "count": self.count, "eventTime": null,
            "firstTimestamp": self.first.to_string(), "lastTimestamp": self.last.to_string(),
            "source": source, "reportingComponent": self.component, "reportingInstance": self.host,
        })
    }
}

/// What tells sayings that are counted together.
fn hash_of(uid: &str, saying: &Saying<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (uid, saying.reason, saying.field, saying.message).hash(&mut hasher);
    hasher.finish()
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
        for message in ["hello", "hello", "other"] {
            let saying = Saying {
                about: &node,
                event_type: EventType::Warning,
                reason: "Test",
                component: "test",
                host: "",
                field: "",
                message,
            };
            events.record(&mut api, saying);
        }
        events.store(&mut api);
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
