//! Making and removing the pods of a workload: what their controllers share.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::api_server::store::Store;
use super::super::event_recorder::EventType;
use super::super::limits::{self, Limit};
use super::super::reconcile::Reconcile;
use super::super::timers::Timer;
use super::super::tree;
use crate::api::types::core::Pod;
use crate::api::types::meta::{LabelSelector, Labels, ObjectMeta};
use crate::api::types::view;
use crate::api::{Kind, NamespacedName, Object, ObjectRef, Typed};
use crate::sim::Duration;

/// Pods of a namespace that an owner controls, in order of their names.
pub fn owned(store: &Store, owner_uid: &str) -> Vec<Arc<Object>> {
    store
        .dependents(owner_uid)
        .iter()
        .filter(|(kind, _)| *kind == Kind::Pod)
        .filter_map(|(kind, key)| store.get(*kind, key))
        .map(Arc::clone)
        .collect()
}

/// The typed view of a stored pod.
#[must_use]
pub fn view(object: &Object) -> &Pod {
    match &object.typed {
        Typed::Pod(pod) => pod,
        _ => unreachable!("the map of a kind holds only that kind"),
    }
}

/// Whether a pod is neither ended nor on its way out.
#[must_use]
pub fn is_active(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_none() && !pod.is_terminal()
}

/// Releases pods that no longer match and adopts matching ones without a controller
/// (`kubernetes pkg/controller/controller_ref_manager.go`).
pub fn claim(ctx: &mut Reconcile<'_>, owner: &Owner<'_>, selector: &LabelSelector) {
    for object in owned(&ctx.api.store, owner.uid) {
        if !selector.matches(&object.metadata().labels) && object.metadata().deletion_timestamp.is_none() {
            let key = object.key();
            ctx.api.store.edit(Kind::Pod, &key, |pod| {
                pod.typed
                    .metadata_mut()
                    .owner_references
                    .retain(|reference| reference.uid != owner.uid);
                tree::remove(&mut pod.value, &["metadata", "ownerReferences"]);
                true
            });
        }
    }
    let orphans: Vec<NamespacedName> = match candidates(&ctx.api.store, owner.namespace, selector) {
        Some(keys) => keys,
        None => return,
    };
    for key in orphans {
        let reference = owner.reference();
        ctx.api.store.edit(Kind::Pod, &key, |pod| {
            let Ok(typed) = view::read(&reference) else {
                return false;
            };
            pod.typed.metadata_mut().owner_references.push(typed);
            tree::set(&mut pod.value, &["metadata", "ownerReferences"], json!([reference]));
            true
        });
    }
}

/// Active pods without a controller that match.
fn candidates(store: &Store, namespace: &str, selector: &LabelSelector) -> Option<Vec<NamespacedName>> {
    let keys: Vec<NamespacedName> = if selector.match_labels.is_empty() {
        if selector.match_expressions.is_empty() {
            return None;
        }
        store.keys_in(Kind::Pod, namespace).cloned().collect()
    } else {
        store.pods_matching(namespace, &selector.match_labels)
    };
    let found = keys
        .into_iter()
        .filter(|key| {
            store.get(Kind::Pod, key).is_some_and(|object| {
                let meta = object.metadata();
                meta.owner_references.iter().all(|it| it.controller != Some(true))
                    && selector.matches(&meta.labels)
                    && is_active(view(object))
            })
        })
        .collect();
    Some(found)
}

/// Who controls pods.
pub struct Owner<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its uid.
    pub uid: &'a str,
}

impl<'a> Owner<'a> {
    /// A stored object as an owner.
    pub fn of(kind: Kind, key: &'a NamespacedName, meta: &'a ObjectMeta) -> Self {
        Self {
            kind,
            namespace: &key.namespace,
            name: &key.name,
            uid: &meta.uid,
        }
    }

    /// How events refer to it.
    pub fn object(&self) -> ObjectRef {
        ObjectRef::new(self.kind, self.namespace, self.name)
    }

    /// The name its controller goes by in events.
    pub fn component(&self) -> &'static str {
        match self.kind {
            Kind::StatefulSet => "statefulset-controller",
            Kind::DaemonSet => "daemonset-controller",
            Kind::ReplicationController => "replication-controller",
            Kind::Job => "job-controller",
            Kind::CronJob => "cronjob-controller",
            _ => "replicaset-controller",
        }
    }

    /// The owner reference of what it makes.
    #[must_use]
    pub fn reference(&self) -> Value {
        let version = match self.kind {
            Kind::ReplicationController => "v1",
            Kind::Job | Kind::CronJob => "batch/v1",
            _ => "apps/v1",
        };
        json!({
            "apiVersion": version, "kind": self.kind.name(), "name": self.name, "uid": self.uid,
            "controller": true, "blockOwnerDeletion": true,
        })
    }
}

/// How long a workload waits before it replaces pods that end as soon as they start.
const BACKOFF: Duration = Duration::from_secs(10);

/// Whether one of these pods came and ended within this very moment; the workload is then woken later, since
/// its next pod would end just as soon.
pub fn ends_at_once(ctx: &mut Reconcile<'_>, kind: Kind, key: &NamespacedName, mine: &[Arc<Object>]) -> bool {
    let now = ctx.now().to_string();
    let ended = mine.iter().any(|object| {
        let pod = view(object);
        pod.is_terminal() && pod.metadata.creation_timestamp.as_deref() == Some(now.as_str())
    });
    if ended {
        ctx.wake_at(ctx.now() + BACKOFF, Timer::Workload(kind, key.clone()));
    }
    ended
}

/// Makes a pod from a workload's template. Whether there is one; after a failure no further one is tried, as
/// controllers do (`kubernetes pkg/controller/replicaset/replica_set.go`, `slowStartBatch`).
///
/// `wanted`: how many the workload is to have. One that makes far more than that in one go would go on for ever: its
/// pods vanish as they come, driven away by a taint for instance. It waits for [`BACKOFF`] then, as the rate limiter
/// of a real controller's queue makes it.
pub fn create(
    ctx: &mut Reconcile<'_>,
    owner: &Owner<'_>,
    template: &Value,
    name: PodName,
    labels: &Labels,
    wanted: usize,
) -> bool {
    let most = wanted.saturating_mul(2).saturating_add(8);
    if let Err(limit) = ctx.limits.count(&ctx.api.store, &owner.object(), most, true) {
        let message = match limit {
            Limit::Pods => format!(
                "Error creating: Kubehop simulates at most {} pods of workloads",
                limits::PODS
            ),
            Limit::Spins | Limit::Sets => {
                let object = owner.object();
                ctx.wake_at(ctx.now() + BACKOFF, Timer::Workload(object.kind, object.key()));
                "Error creating: pods of this workload vanish as soon as they are made; the next is made in 10 s"
                    .to_owned()
            }
        };
        ctx.record_event(
            &owner.object(),
            EventType::Warning,
            "FailedCreate",
            owner.component(),
            &message,
        );
        return false;
    }
    let mut metadata = json!({"namespace": owner.namespace, "ownerReferences": [owner.reference()]});
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = tree::get(template, &["metadata", field]) {
            tree::set(&mut metadata, &[field], value.clone());
        }
    }
    for (label, value) in labels {
        tree::set(&mut metadata, &["labels", label], value.as_str().into());
    }
    match name {
        PodName::Generated(prefix) => {
            let generated = ctx.api.generated_name(Kind::Pod, owner.namespace, &prefix);
            tree::set(&mut metadata, &["name"], generated.into());
            tree::set(&mut metadata, &["generateName"], prefix.into());
        }
        PodName::Fixed(fixed) => tree::set(&mut metadata, &["name"], fixed.into()),
    }
    let spec = template.get("spec").cloned().unwrap_or_else(|| json!({}));
    let value = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
    let about = owner.object();
    match ctx.api.create_pod(value) {
        Ok(pod) => {
            let message = match owner.kind {
                Kind::StatefulSet => format!("create Pod {} in StatefulSet {} successful", pod.name, owner.name),
                _ => format!("Created pod: {}", pod.name),
            };
            ctx.record_event(
                &about,
                EventType::Normal,
                "SuccessfulCreate",
                owner.component(),
                &message,
            );
            true
        }
        // A template was validated with its workload; what remains is a namespace on its way out.
        Err(refusal) => {
            let message = format!("Error creating: {}", refusal.message("Pod", "", ""));
            ctx.record_event(&about, EventType::Warning, "FailedCreate", owner.component(), &message);
            false
        }
    }
}

/// Removes a surplus pod of a workload.
pub fn remove(ctx: &mut Reconcile<'_>, owner: &Owner<'_>, pod: &NamespacedName) {
    ctx.api.delete_pod(pod, None);
    let message = match owner.kind {
        Kind::StatefulSet => format!("delete Pod {} in StatefulSet {} successful", pod.name, owner.name),
        _ => format!("Deleted pod: {}", pod.name),
    };
    ctx.record_event(
        &owner.object(),
        EventType::Normal,
        "SuccessfulDelete",
        owner.component(),
        &message,
    );
}

/// How a pod gets its name.
pub enum PodName {
    /// This prefix and five random letters.
    Generated(String),
    /// This name.
    Fixed(String),
}
