//! DaemonSets: a pod on every node that takes one (`kubernetes pkg/controller/daemon`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::super::reconcile::Reconcile;
use super::super::scheduler::{fits_node, untolerated};
use super::super::timers::Timer;
use super::super::tree;
use super::history::{self, REVISION_LABEL};
use super::pods::{self, Owner, PodName};
use super::replica_set::available;
use super::rollout::share;
use super::template_hash::template_hash;
use crate::api::defaults::DAEMON_SET_GENERATION;
use crate::api::types::apps::DaemonSet;
use crate::api::types::core::{Node, Pod, Toleration};
use crate::api::types::meta::Labels;
use crate::api::{Kind, NamespacedName, Object, Typed};
use crate::sim::Instant;

/// Counts the templates a pod's DaemonSet has had.
const GENERATION_LABEL: &str = "pod-template-generation";

/// What pods of DaemonSets tolerate beside what they say: key, effect.
const TOLERATED: [(&str, &str); 6] = [
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
];

/// Brings one DaemonSet's pods and status up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(object) = ctx.api.store.get(Kind::DaemonSet, key).map(Arc::clone) else {
        return;
    };
    let Typed::DaemonSet(set) = &object.typed else { return };
    if set.metadata.deletion_timestamp.is_some() {
        return;
    }
    let owner = Owner::of(Kind::DaemonSet, key, &set.metadata);
    pods::claim(ctx, &owner, &set.spec.selector);
    let template = tree::get(&object.value, &["spec", "template"])
        .cloned()
        .unwrap_or(Value::Null);
    let hash = template_hash(&template);
    let rollout = Rollout::of(ctx, set, owner, &object.value, template, hash);
    let live: Vec<String> = rollout
        .pods
        .values()
        .flatten()
        .filter_map(|it| it.metadata().labels.get(REVISION_LABEL).cloned())
        .collect();
    let live: Vec<&str> = live.iter().map(String::as_str).collect();
    ctx.limits.forget(&rollout.owner.object());
    history::keep(ctx, &rollout.owner, &object.value, &rollout.hash, &live);
    let all: Vec<Arc<Object>> = rollout.pods.values().flatten().map(Arc::clone).collect();
    if !pods::ends_at_once(ctx, Kind::DaemonSet, key, &all) && rollout.manage(ctx) {
        rollout.update(ctx);
    }
    rollout.write_status(ctx, key);
}

/// Whether a node takes a pod of a DaemonSet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It gets one.
    Wanted,
    /// It gets none, but one that is there stays.
    Tolerated,
    /// None belongs there.
    Barred,
}

/// A DaemonSet and its pods at one moment.
struct Rollout<'a> {
    set: &'a DaemonSet,
    owner: Owner<'a>,
    tree: &'a Value,
    /// What its pods are made of.
    template: Value,
    /// Tells pods of this template from others.
    hash: String,
    /// All nodes.
    places: Vec<(String, Place)>,
    /// Its pods by their node.
    pods: BTreeMap<String, Vec<Arc<Object>>>,
    now: Instant,
}

impl<'a> Rollout<'a> {
    fn of(
        ctx: &Reconcile<'_>,
        set: &'a DaemonSet,
        owner: Owner<'a>,
        tree: &'a Value,
        template: Value,
        hash: String,
    ) -> Self {
        let mut by_node: BTreeMap<String, Vec<Arc<Object>>> = BTreeMap::new();
        for pod in pods::owned(&ctx.api.store, owner.uid) {
            by_node.entry(node_of(&pod)).or_default().push(pod);
        }
        let mut probe = Pod {
            spec: set.spec.template.spec.clone(),
            ..Pod::default()
        };
        let added = tolerations(probe.spec.host_network);
        probe.spec.tolerations.extend(added.map(|(key, effect)| Toleration {
            key: key.to_owned(),
            operator: "Exists".to_owned(),
            effect: effect.to_owned(),
            ..Toleration::default()
        }));
        let places = ctx
            .api
            .store
            .list::<Node>()
            .map(|node| (node.metadata.name.clone(), place(&probe, node)));
        Self {
            places: places.collect(),
            pods: by_node,
            now: ctx.now(),
            set,
            owner,
            tree,
            template,
            hash,
        }
    }

    fn on(&self, node: &str) -> &[Arc<Object>] {
        self.pods.get(node).map_or(&[], Vec::as_slice)
    }

    fn is_new(&self, pod: &Object) -> bool {
        pod.metadata().labels.get(REVISION_LABEL) == Some(&self.hash)
    }

    fn is_available(&self, pod: &Object) -> bool {
        available(pods::view(pod), self.set.spec.min_ready_seconds, self.now).is_ok()
    }

    /// Makes missing pods and removes surplus and failed ones; whether there was nothing to do.
    fn manage(&self, ctx: &mut Reconcile<'_>) -> bool {
        let mut settled = true;
        for (node, place) in &self.places {
            let mut running: Vec<&Arc<Object>> = Vec::new();
            for pod in self.on(node) {
                let view = pods::view(pod);
                if view.metadata.deletion_timestamp.is_some() {
                    running.push(pod);
                } else if view.is_terminal() || *place == Place::Barred {
                    pods::remove(ctx, &self.owner, &pod.key());
                    settled = false;
                } else {
                    running.push(pod);
                }
            }
            if *place == Place::Wanted && running.is_empty() {
                self.create(ctx, node);
                settled = false;
            } else if running.len() > 1 && self.surge() == 0 {
                // The oldest stays.
                running.sort_by_key(|it| ctx.api.store.pod_birth(&it.key()));
                for surplus in running
                    .iter()
                    .skip(1)
                    .filter(|it| it.metadata().deletion_timestamp.is_none())
                {
                    pods::remove(ctx, &self.owner, &surplus.key());
                    settled = false;
                }
            }
        }
        let known: BTreeSet<&String> = self.places.iter().map(|(node, _)| node).collect();
        for pod in self
            .pods
            .iter()
            .filter(|(node, _)| !known.contains(node))
            .flat_map(|(_, it)| it)
        {
            if pod.metadata().deletion_timestamp.is_none() {
                ctx.api.delete_pod(&pod.key(), None);
            }
        }
        settled
    }

    fn strategy(&self, field: &str) -> Option<&Value> {
        tree::get(self.tree, &["spec", "updateStrategy", "rollingUpdate", field])
    }

    fn desired(&self) -> i64 {
        let wanted = self.places.iter().filter(|(_, it)| *it == Place::Wanted);
        i64::try_from(wanted.count()).unwrap_or(i64::MAX)
    }

    fn surge(&self) -> i64 {
        self.strategy("maxSurge")
            .map_or(0, |it| share(Some(it), self.desired(), true))
    }

    fn unavailable(&self) -> i64 {
        self.strategy("maxUnavailable")
            .map_or(1, |it| share(Some(it), self.desired(), true))
    }

    /// Replaces pods of older templates as far as the strategy allows (`update.go rollingUpdate`).
    fn update(&self, ctx: &mut Reconcile<'_>) {
        if tree::text(self.tree, &["spec", "updateStrategy", "type"]) == "OnDelete" {
            return;
        }
        if self.surge() > 0 {
            self.update_with_surge(ctx);
            return;
        }
        let (mut missing, mut candidates) = (0, Vec::new());
        for (node, _) in self.places.iter().filter(|(_, it)| *it != Place::Barred) {
            for pod in self.on(node) {
                let goes = pod.metadata().deletion_timestamp.is_some();
                if self.is_new(pod) {
                    missing += i64::from(goes || !self.is_available(pod));
                } else if goes {
                    missing += 1;
                } else if !self.is_available(pod) {
                    // What does not serve anyway goes at once.
                    missing += 1;
                    pods::remove(ctx, &self.owner, &pod.key());
                } else {
                    candidates.push(pod);
                }
            }
        }
        let room = usize::try_from(self.unavailable() - missing).unwrap_or(0);
        for pod in candidates.into_iter().take(room) {
            pods::remove(ctx, &self.owner, &pod.key());
        }
    }

    /// New pods come beside the old ones, which go when those serve.
    fn update_with_surge(&self, ctx: &mut Reconcile<'_>) {
        let mut surging = 0;
        let mut behind = Vec::new();
        for (node, _) in self.places.iter().filter(|(_, it)| *it == Place::Wanted) {
            let stays = |it: &&Arc<Object>| it.metadata().deletion_timestamp.is_none();
            let old = self.on(node).iter().filter(stays).find(|it| !self.is_new(it));
            let new = self.on(node).iter().filter(stays).find(|it| self.is_new(it));
            match (old, new) {
                (Some(old), Some(new)) if self.is_available(new) => pods::remove(ctx, &self.owner, &old.key()),
                (Some(_), Some(_)) => surging += 1,
                (Some(old), None) if !self.is_available(old) => pods::remove(ctx, &self.owner, &old.key()),
                (Some(_), None) => behind.push(node),
                _ => {}
            }
        }
        let room = usize::try_from(self.surge() - surging).unwrap_or(0);
        for node in behind.into_iter().take(room) {
            self.create(ctx, node);
        }
    }

    fn generation(&self) -> &str {
        tree::text(self.tree, &["metadata", "annotations", DAEMON_SET_GENERATION])
    }

    /// Makes the pod of a node.
    fn create(&self, ctx: &mut Reconcile<'_>, node: &str) {
        let mut template = self.template.clone();
        let spec = tree::entry(&mut template, "spec");
        pin(spec, node);
        let host_network = tree::get(spec, &["hostNetwork"]) == Some(&Value::Bool(true));
        let list = tree::entry(spec, "tolerations");
        if !list.is_array() {
            *list = json!([]);
        }
        if let Value::Array(list) = list {
            for (key, effect) in tolerations(host_network) {
                let own = json!({"effect": effect, "key": key, "operator": "Exists"});
                if !list.contains(&own) {
                    list.push(own);
                }
            }
        }
        let labels = Labels::from([
            (REVISION_LABEL.to_owned(), self.hash.clone()),
            (GENERATION_LABEL.to_owned(), self.generation().to_owned()),
        ]);
        let name = PodName::Generated(format!("{}-", self.owner.name));
        pods::create(ctx, &self.owner, &template, name, &labels, self.places.len());
    }

    fn write_status(&self, ctx: &mut Reconcile<'_>, key: &NamespacedName) {
        let mut by_node: BTreeMap<String, Vec<Arc<Object>>> = BTreeMap::new();
        for pod in pods::owned(&ctx.api.store, self.owner.uid) {
            by_node.entry(node_of(&pod)).or_default().push(pod);
        }
        let (mut current, mut misscheduled, mut ready, mut able, mut updated) = (0_i64, 0_i64, 0_i64, 0_i64, 0_i64);
        let mut due: Option<Instant> = None;
        for (node, place) in &self.places {
            let Some(oldest) = by_node
                .get(node)
                .and_then(|it| it.iter().min_by_key(|it| ctx.api.store.pod_birth(&it.key())))
            else {
                continue;
            };
            if *place != Place::Wanted {
                misscheduled += 1;
                continue;
            }
            current += 1;
            let view = pods::view(oldest);
            if view.is_ready() {
                ready += 1;
                match available(view, self.set.spec.min_ready_seconds, self.now) {
                    Ok(()) => able += 1,
                    Err(at) => due = [due, at].into_iter().flatten().min(),
                }
            }
            updated += i64::from(self.is_new(oldest));
        }
        if let Some(at) = due {
            ctx.wake_at(at, Timer::Workload(Kind::DaemonSet, key.clone()));
        }
        let desired = self.desired();
        ctx.api.store.edit(Kind::DaemonSet, key, |object| {
            let mut status = Map::new();
            for (field, count, always) in [
                ("currentNumberScheduled", current, true),
                ("desiredNumberScheduled", desired, true),
                ("numberAvailable", able, false),
                ("numberMisscheduled", misscheduled, true),
                ("numberReady", ready, true),
                ("numberUnavailable", desired - able, false),
                ("observedGeneration", object.metadata().generation, false),
                ("updatedNumberScheduled", updated, false),
            ] {
                if always || count != 0 {
                    status.insert(field.to_owned(), count.into());
                }
            }
            let status = Value::Object(status);
            if object.value.get("status") == Some(&status) {
                return false;
            }
            tree::set(&mut object.value, &["status"], status);
            true
        });
    }
}

/// What pods of DaemonSets tolerate beside what they say.
fn tolerations(host_network: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    let network = host_network.then_some(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    TOLERATED.into_iter().chain(network)
}

/// Whether a node takes such a pod (`NodeShouldRunDaemonPod`).
fn place(pod: &Pod, node: &Node) -> Place {
    if !pod.spec.node_name.is_empty() && pod.spec.node_name != node.metadata.name || !fits_node(pod, node) {
        return Place::Barred;
    }
    match untolerated(&node.spec, &pod.spec.tolerations, &["NoSchedule", "NoExecute"]) {
        None => Place::Wanted,
        Some(_) if untolerated(&node.spec, &pod.spec.tolerations, &["NoExecute"]).is_none() => Place::Tolerated,
        Some(_) => Place::Barred,
    }
}

const REQUIRED: [&str; 4] = [
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "nodeSelectorTerms",
];

/// Binds a pod to one node by its affinity (`ReplaceDaemonSetPodNodeNameNodeAffinity`).
fn pin(spec: &mut Value, node: &str) {
    let field = json!([{"key": "metadata.name", "operator": "In", "values": [node]}]);
    let mut terms = match tree::get(spec, &REQUIRED) {
        Some(Value::Array(terms)) if !terms.is_empty() => terms.clone(),
        _ => vec![json!({})],
    };
    for term in &mut terms {
        tree::set(term, &["matchFields"], field.clone());
    }
    tree::set(spec, &REQUIRED, Value::Array(terms));
}

/// The node a pod is on, or is to be on.
fn node_of(pod: &Object) -> String {
    let bound = &pods::view(pod).spec.node_name;
    if !bound.is_empty() {
        return bound.clone();
    }
    let terms = tree::get(tree::get(&pod.value, &["spec"]).unwrap_or(&Value::Null), &REQUIRED);
    let name = terms.and_then(|it| it.pointer("/0/matchFields/0/values/0")?.as_str());
    name.unwrap_or_default().to_owned()
}
