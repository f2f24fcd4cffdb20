//! Revisions of DaemonSets and StatefulSets: the templates they have had, as objects of kind ControllerRevision
//! (`kubernetes pkg/controller/history`).

use serde_json::{Value, json};

use super::super::api_server::store::Store;
use super::super::reconcile::Reconcile;
use super::super::tree;
use super::pods::Owner;
use crate::api::{Kind, NamespacedName, Object};
use crate::small_sort::SmallSort as _;

/// Which template a pod was made from.
pub const REVISION_LABEL: &str = "controller-revision-hash";

/// The name under which a revision is stored.
fn stored_name(name: &str) -> String {
    format!("ControllerRevision.apps/{name}")
}

/// The number of a revision.
fn number(revision: &Object) -> i64 {
    tree::get(&revision.value, &["revision"])
        .and_then(Value::as_i64)
        .unwrap_or(0)
}

/// The template of a revision that is kept.
pub fn template(store: &Store, namespace: &str, name: &str) -> Option<Value> {
    let revision = store.get(Kind::Other, &NamespacedName::new(namespace, stored_name(name)))?;
    let mut template = tree::get(&revision.value, &["data", "spec", "template"])?.clone();
    tree::remove(&mut template, &["$patch"]);
    Some(template)
}

/// Keeps the template of an owner as its newest revision, under `OWNER-HASH`, and forgets the oldest beyond the
/// owner's limit that no pod was made from; `live` are the labels of its pods.
pub fn keep(ctx: &mut Reconcile<'_>, owner: &Owner<'_>, value: &Value, hash: &str, live: &[&str]) {
    let name = format!("{}-{hash}", owner.name);
    let mut known: Vec<(i64, NamespacedName)> = ctx
        .api
        .store
        .dependents(owner.uid)
        .into_iter()
        .filter(|(kind, key)| *kind == Kind::Other && key.name.starts_with("ControllerRevision."))
        .filter_map(|(kind, key)| Some((number(ctx.api.store.get(kind, &key)?), key)))
        .collect();
    known.small_sort();
    let key = NamespacedName::new(owner.namespace, stored_name(&name));
    let newest = known.last().map_or(0, |(number, _)| *number);
    match known.iter().find(|(_, it)| *it == key) {
        Some((own, _)) if *own == newest => {}
        Some(_) => {
            // A template that was used before is the newest again.
            ctx.api.store.edit(Kind::Other, &key, |revision| {
                tree::set(&mut revision.value, &["revision"], (newest + 1).into());
                true
            });
        }
        None => create(ctx, owner, value, &name, hash, newest + 1),
    }
    let limit = tree::get(value, &["spec", "revisionHistoryLimit"]).and_then(Value::as_u64);
    let limit = limit.map_or(10, |it| usize::try_from(it).unwrap_or(usize::MAX));
    let old: Vec<NamespacedName> = known.into_iter().map(|(_, it)| it).filter(|it| *it != key).collect();
    let gone = old.len().saturating_sub(limit);
    for old in old.into_iter().take(gone) {
        let used = |label: &&str| old.name.ends_with(label);
        if !live.iter().any(used) {
            ctx.api.remove(Kind::Other, &old);
        }
    }
}

fn create(ctx: &mut Reconcile<'_>, owner: &Owner<'_>, value: &Value, name: &str, hash: &str, number: i64) {
    let mut template = tree::get(value, &["spec", "template"]).cloned().unwrap_or_default();
    let mut labels = tree::get(&template, &["metadata", "labels"])
        .cloned()
        .unwrap_or_else(|| json!({}));
    let label = if owner.kind == Kind::DaemonSet {
        REVISION_LABEL
    } else {
        "controller.kubernetes.io/hash"
    };
    tree::set(&mut labels, &[label], hash.into());
    tree::set(&mut template, &["$patch"], "replace".into());
    let mut revision = json!({
        "apiVersion": "apps/v1", "kind": "ControllerRevision",
        "metadata": {
            "name": name, "namespace": owner.namespace, "labels": labels, "uid": ctx.api.new_event_uid(),
            "creationTimestamp": ctx.now().to_string(), "ownerReferences": [owner.reference()],
        },
        "data": {"spec": {"template": template}},
        "revision": number,
    });
    if let Some(annotations) = tree::get(value, &["metadata", "annotations"]) {
        let mut annotations = annotations.clone();
        tree::remove(&mut annotations, &["kubectl.kubernetes.io/last-applied-configuration"]);
        tree::set(&mut revision, &["metadata", "annotations"], annotations);
    }
    if let Ok(object) = Object::from_value(Kind::Other, revision) {
        ctx.api.store.put(object);
    }
}
