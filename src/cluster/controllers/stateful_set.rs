//! StatefulSets: pods with lasting names, one after the other (`kubernetes pkg/controller/statefulset`).
//!
//! Not simulated: `maxUnavailable` of a rolling update.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::api_server::store::Store;
use super::super::event_recorder::EventType;
use super::super::reconcile::Reconcile;
use super::super::tree;
use super::claims::CLAIM;
use super::history::{self, REVISION_LABEL};
use super::pods::{self, Owner, PodName};
use super::replica_set::available;
use super::template_hash::revision_hash;
use crate::api::read::lookup;
use crate::api::types::apps::StatefulSet;
use crate::api::types::meta::Labels;
use crate::api::types::view;
use crate::api::{Kind, NamespacedName, Object, Typed};

/// A pod's own name, for Services that select just one.
const NAME_LABEL: &str = "statefulset.kubernetes.io/pod-name";
/// A pod's number.
const INDEX_LABEL: &str = "apps.kubernetes.io/pod-index";

/// A StatefulSet and its pods at one moment.
struct Rollout<'a> {
    set: &'a StatefulSet,
    owner: Owner<'a>,
    template: Value,
    /// Tells pods of this template from others.
    revision: String,
    /// The number of the first pod.
    start: i64,
    /// Behind the number of the last pod.
    end: i64,
    /// Its pods by their numbers.
    pods: BTreeMap<i64, Arc<Object>>,
    /// Pods come and go without waiting for each other.
    parallel: bool,
    /// Old pods wait for somebody to delete them.
    on_delete: bool,
    /// Templates of the claims that every pod has.
    claims: Vec<Value>,
    /// Pods below this number keep the template of before.
    partition: i64,
    /// The revision of that template, and the template.
    before: Option<(String, Value)>,
}

/// Brings one StatefulSet's pods and status up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(object) = ctx.api.store.get(Kind::StatefulSet, key).map(Arc::clone) else {
        return;
    };
    let Typed::StatefulSet(set) = &object.typed else { return };
    if set.metadata.deletion_timestamp.is_some() {
        return;
    }
    let rollout = Rollout::of(&ctx.api.store, key, set, &object.value);
    ctx.limits.forget(&rollout.owner.object());
    let pods: Vec<Arc<Object>> = rollout.pods.values().map(Arc::clone).collect();
    let labels = pods.iter().filter_map(|it| it.metadata().labels.get(REVISION_LABEL));
    let mut live: Vec<&str> = labels.map(String::as_str).collect();
    live.extend(rollout.before.iter().map(|(name, _)| name.as_str()));
    let hash = rollout.revision.get(key.name.len() + 1..).unwrap_or_default();
    history::keep(ctx, &rollout.owner, &object.value, hash, &live);
    if !pods::ends_at_once(ctx, Kind::StatefulSet, key, &pods) {
        rollout.step(ctx);
    }
    write_status(ctx, key, set, &rollout.owner, &rollout.revision);
}

/// The set's pods by their numbers.
fn by_ordinal(store: &Store, owner: &Owner<'_>) -> BTreeMap<i64, Arc<Object>> {
    let prefix = format!("{}-", owner.name);
    pods::owned(store, owner.uid)
        .into_iter()
        .filter_map(|pod| {
            let ordinal = pod.metadata().name.strip_prefix(&prefix)?.parse().ok()?;
            Some((ordinal, pod))
        })
        .collect()
}

impl<'a> Rollout<'a> {
    fn of(store: &Store, key: &'a NamespacedName, set: &'a StatefulSet, tree: &Value) -> Self {
        let owner = Owner::of(Kind::StatefulSet, key, &set.metadata);
        let template = tree::get(tree, &["spec", "template"]).cloned().unwrap_or(Value::Null);
        let start = tree::get(tree, &["spec", "ordinals", "start"])
            .and_then(Value::as_i64)
            .unwrap_or(0);
        let partition = ["spec", "updateStrategy", "rollingUpdate", "partition"];
        let current = tree::text(tree, &["status", "currentRevision"]);
        let before = history::template(store, &key.namespace, current);
        Self {
            partition: start + tree::get(tree, &partition).and_then(Value::as_i64).unwrap_or(0),
            on_delete: tree::text(tree, &["spec", "updateStrategy", "type"]) == "OnDelete",
            claims: tree::get(tree, &["spec", "volumeClaimTemplates"])
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default(),
            before: before.map(|it| (current.to_owned(), it)),
            set,
            revision: format!("{}-{}", key.name, revision_hash(&template)),
            template,
            start,
            end: start + i64::from(set.spec.replicas.unwrap_or(1)),
            pods: by_ordinal(store, &owner),
            owner,
            parallel: set.spec.pod_management_policy == "Parallel",
        }
    }

    /// Does what may be done now: the lowest missing pod, else the highest surplus one, else the highest old one.
    fn step(&self, ctx: &mut Reconcile<'_>) {
        if self.fill(ctx) && self.shrink(ctx) {
            self.replace_old(ctx);
        }
    }

    /// Makes missing pods and removes ended ones, from the lowest number up; whether all are there, and ready
    /// where the next one waits for that.
    fn fill(&self, ctx: &mut Reconcile<'_>) -> bool {
        for ordinal in self.start..self.end {
            let Some(object) = self.pods.get(&ordinal) else {
                if !self.create(ctx, ordinal) || !self.parallel {
                    return false;
                }
                continue;
            };
            let pod = pods::view(object);
            if pod.is_terminal() {
                ctx.api.delete_pod(&object.key(), None);
                return false;
            }
            let waits = !pod.is_ready() || pod.metadata.deletion_timestamp.is_some();
            if !self.parallel && waits {
                return false;
            }
        }
        true
    }

    /// Removes surplus pods, from the highest number down; whether none is left to wait for.
    fn shrink(&self, ctx: &mut Reconcile<'_>) -> bool {
        let surplus = self
            .pods
            .iter()
            .rev()
            .filter(|(ordinal, _)| !(self.start..self.end).contains(*ordinal));
        for (_, object) in surplus {
            if object.metadata().deletion_timestamp.is_none() {
                pods::remove(ctx, &self.owner, &object.key());
            }
            if !self.parallel {
                return false;
            }
        }
        true
    }

    /// Removes the highest pod of an older template, once all above it are ready.
    fn replace_old(&self, ctx: &mut Reconcile<'_>) {
        if self.on_delete {
            return;
        }
        for (_, object) in self
            .pods
            .iter()
            .rev()
            .filter(|(ordinal, _)| **ordinal >= self.partition)
        {
            let pod = pods::view(object);
            if pod.metadata.deletion_timestamp.is_some() {
                return;
            }
            if pod.metadata.labels.get(REVISION_LABEL) != Some(&self.revision) {
                pods::remove(ctx, &self.owner, &object.key());
                return;
            }
            if !pod.is_ready() {
                return;
            }
        }
    }

    /// Makes the pod of a number; whether there is one.
    fn create(&self, ctx: &mut Reconcile<'_>, ordinal: i64) -> bool {
        let name = format!("{}-{ordinal}", self.owner.name);
        let before = self.before.as_ref().filter(|_| ordinal < self.partition);
        let (revision, template) = before.map_or((&self.revision, &self.template), |(name, it)| (name, it));
        let labels = Labels::from([
            (REVISION_LABEL.to_owned(), revision.clone()),
            (NAME_LABEL.to_owned(), name.clone()),
            (INDEX_LABEL.to_owned(), ordinal.to_string()),
        ]);
        let mut template = template.clone();
        tree::set(&mut template, &["spec", "hostname"], name.as_str().into());
        if !self.set.spec.service_name.is_empty() {
            tree::set(
                &mut template,
                &["spec", "subdomain"],
                self.set.spec.service_name.as_str().into(),
            );
        }
        let wanted = usize::try_from(self.set.spec.replicas.unwrap_or(1)).unwrap_or(0);
        self.claim(ctx, &name, &mut template);
        pods::create(ctx, &self.owner, &template, PodName::Fixed(name), &labels, wanted)
    }
}

/// Claims of volumes.
impl Rollout<'_> {
    /// Makes the claims of a pod that are not there, and lets its volumes be theirs (`updateStorage`).
    fn claim(&self, ctx: &mut Reconcile<'_>, pod: &str, template: &mut Value) {
        for claim in &self.claims {
            let name = tree::text(claim, &["metadata", "name"]);
            let own = format!("{name}-{pod}");
            let volumes = tree::entry(tree::entry(template, "spec"), "volumes");
            if !volumes.is_array() {
                *volumes = json!([]);
            }
            if let Value::Array(volumes) = volumes {
                volumes.retain(|it| tree::text(it, &["name"]) != name);
                volumes.push(json!({"name": name, "persistentVolumeClaim": {"claimName": own}}));
            }
            let key = NamespacedName::new(self.owner.namespace, format!("{CLAIM}{own}"));
            let Some(info) = lookup("v1", "PersistentVolumeClaim") else {
                continue;
            };
            if ctx.api.store.get(Kind::Other, &key).is_some() {
                continue;
            }
            let mut made = claim.clone();
            tree::remove(&mut made, &["status"]);
            for (field, value) in [("apiVersion", "v1"), ("kind", "PersistentVolumeClaim")] {
                tree::set(&mut made, &[field], value.into());
            }
            tree::set(&mut made, &["metadata", "name"], own.as_str().into());
            tree::set(&mut made, &["metadata", "namespace"], self.owner.namespace.into());
            for (label, value) in &self.set.spec.selector.match_labels {
                tree::set(&mut made, &["metadata", "labels", label], value.as_str().into());
            }
            let set = self.owner.name;
            let (event_type, reason, message) = match ctx.api.create(&info, &made) {
                Ok(_) => (
                    EventType::Normal,
                    "SuccessfulCreate",
                    format!("create Claim {own} Pod {pod} in StatefulSet {set} success"),
                ),
                Err(refusal) => {
                    let why = refusal.message(info.name, info.group, &own);
                    (
                        EventType::Warning,
                        "FailedCreate",
                        format!("create Claim {own} for Pod {pod} in StatefulSet {set} failed error: {why}"),
                    )
                }
            };
            ctx.record_event(
                &self.owner.object(),
                event_type,
                reason,
                self.owner.component(),
                &message,
            );
        }
    }
}

fn write_status(ctx: &mut Reconcile<'_>, key: &NamespacedName, set: &StatefulSet, owner: &Owner<'_>, revision: &str) {
    let mine = by_ordinal(&ctx.api.store, owner);
    let (mut replicas, mut ready, mut available_count, mut updated) = (0i64, 0i64, 0i64, 0i64);
    for object in mine.values() {
        let pod = pods::view(object);
        replicas += 1;
        if pod.metadata.deletion_timestamp.is_some() {
            continue;
        }
        if pod.is_ready() {
            ready += 1;
        }
        if available(pod, set.spec.min_ready_seconds, ctx.now()).is_ok() {
            available_count += 1;
        }
        if pod.metadata.labels.get(REVISION_LABEL).map(String::as_str) == Some(revision) {
            updated += 1;
        }
    }
    let size = i64::from(set.spec.replicas.unwrap_or(1));
    ctx.api.store.edit(Kind::StatefulSet, key, |object| {
        let Typed::StatefulSet(set) = &mut object.typed else {
            return false;
        };
        let done = updated == size && replicas == size;
        let stored = tree::text(&object.value, &["status", "currentRevision"]).to_owned();
        let current_revision = if done || stored.is_empty() {
            revision.to_owned()
        } else {
            stored
        };
        let current = if current_revision == revision {
            updated
        } else {
            replicas - updated
        };
        let mut status = Map::new();
        for (field, count) in [
            ("readyReplicas", ready),
            ("currentReplicas", current),
            ("updatedReplicas", updated),
            ("observedGeneration", set.metadata.generation),
        ] {
            if count != 0 {
                status.insert(field.to_owned(), count.into());
            }
        }
        status.insert("replicas".to_owned(), replicas.into());
        status.insert("availableReplicas".to_owned(), available_count.into());
        status.insert("collisionCount".to_owned(), json!(0));
        status.insert("currentRevision".to_owned(), current_revision.into());
        status.insert("updateRevision".to_owned(), revision.into());
        let status = Value::Object(status);
        if object.value.get("status") == Some(&status) {
            return false;
        }
        if let Ok(typed) = view::read(&status) {
            set.status = typed;
        }
        tree::set(&mut object.value, &["status"], status);
        true
    });
}
