//! Claims of volumes: each is bound at once to a volume made for it, or to one that waits for it
//! (`kubernetes pkg/controller/volume/persistentvolume`).
//!
//! Every class is taken to have a provisioner that makes volumes at once. Not simulated: sizes, topology,
//! `WaitForFirstConsumer`, reclaiming by hand.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::event_recorder::EventType;
use super::super::reconcile::Reconcile;
use super::super::tree;
use crate::api::{Kind, NamespacedName, Object, ObjectRef};

/// How claims are stored: kind and group before the name.
pub const CLAIM: &str = "PersistentVolumeClaim./";
/// How volumes are.
const VOLUME: &str = "PersistentVolume./";
/// Marks the class of claims that name none.
const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";
const BOUND: &str = "pv.kubernetes.io/bind-completed";
const BY_CONTROLLER: &str = "pv.kubernetes.io/bound-by-controller";
const PROVISIONER: &str = "volume.kubernetes.io/storage-provisioner";

/// Brings a claim and its volume together; a volume whose claim is gone goes too.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(claim) = ctx.api.store.get(Kind::Other, key).map(Arc::clone) else {
        release(ctx, key);
        return;
    };
    if !tree::text(&claim.value, &["spec", "volumeName"]).is_empty() {
        mark_bound(ctx, key, &claim);
        return;
    }
    let class = class_of(ctx, &claim.value);
    let volume = match waiting_volume(ctx, &claim.value, class.as_deref()) {
        Some(volume) => volume,
        None if class.is_some() => provision(ctx, key, &claim, class.as_deref().unwrap_or_default()),
        None => {
            let message = "no persistent volumes available for this claim and no storage class is set";
            let about = ObjectRef::of(Kind::Other, key);
            ctx.record_event(
                &about,
                EventType::Normal,
                "FailedBinding",
                "persistentvolume-controller",
                message,
            );
            return;
        }
    };
    bind(ctx, key, &claim, &volume, class.as_deref());
}

/// The class of a claim: its own, else the default, which is taken to be `standard` where none is stored; `None` for the
/// empty name.
fn class_of(ctx: &Reconcile<'_>, claim: &Value) -> Option<String> {
    if let Some(own) = tree::get(claim, &["spec", "storageClassName"]).and_then(Value::as_str) {
        return Some(own.to_owned()).filter(|it| !it.is_empty());
    }
    let all = ctx.api.store.all(Kind::Other).map(|(_, it)| it);
    let mut defaults = all.filter(|it| {
        tree::text(&it.value, &["kind"]) == "StorageClass"
            && it.metadata().annotations.get(DEFAULT).map(String::as_str) == Some("true")
    });
    Some(
        defaults
            .next()
            .map_or_else(|| "standard".to_owned(), |it| it.metadata().name.clone()),
    )
}

/// A volume that nobody has and that a claim may have: of its class, with the modes it asks for.
fn waiting_volume(ctx: &Reconcile<'_>, claim: &Value, class: Option<&str>) -> Option<NamespacedName> {
    let modes = |it: &Value| -> Vec<String> {
        let list = tree::get(it, &["spec", "accessModes"]).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect()
    };
    let wanted = modes(claim);
    let all = ctx
        .api
        .store
        .keys_in(Kind::Other, "")
        .filter(|it| it.name.starts_with(VOLUME));
    let mut found = all.filter(|key| {
        ctx.api.store.get(Kind::Other, *key).is_some_and(|volume| {
            let volume = &volume.value;
            let reserved = (
                tree::text(volume, &["spec", "claimRef", "namespace"]),
                tree::text(volume, &["spec", "claimRef", "name"]),
            );
            let own = (
                tree::text(claim, &["metadata", "namespace"]),
                tree::text(claim, &["metadata", "name"]),
            );
            let free = reserved == ("", "") || reserved == own;
            let has = modes(volume);
            free && tree::text(volume, &["spec", "storageClassName"]) == class.unwrap_or_default()
                && tree::text(volume, &["status", "phase"]) != "Bound"
                && wanted.iter().all(|it| has.contains(it))
        })
    });
    found.next().cloned()
}

/// Makes a volume for a claim.
fn provision(ctx: &mut Reconcile<'_>, key: &NamespacedName, claim: &Object, class: &str) -> NamespacedName {
    let name = format!("pvc-{}", claim.metadata().uid);
    let spec = |path: &[&str]| tree::get(&claim.value, path).cloned();
    let size = spec(&["spec", "resources", "requests", "storage"]).unwrap_or_else(|| "1Gi".into());
    let stored = ctx.api.store.get(
        Kind::Other,
        &("", format!("StorageClass.storage.k8s.io/{class}").as_str()),
    );
    let of_class = |field: &str, otherwise: &str| {
        let text = stored.map_or("", |it| tree::text(&it.value, &[field]));
        if text.is_empty() {
            otherwise.to_owned()
        } else {
            text.to_owned()
        }
    };
    let provisioner = of_class("provisioner", "kubernetes.io/no-provisioner");
    let reclaim = of_class("reclaimPolicy", "Delete");
    let volume = json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {
            "name": name, "uid": ctx.api.new_event_uid(), "creationTimestamp": ctx.now().to_string(),
            "annotations": {"pv.kubernetes.io/provisioned-by": provisioner},
            "finalizers": ["kubernetes.io/pv-protection"],
        },
        "spec": {
            "capacity": {"storage": size}, "accessModes": spec(&["spec", "accessModes"]),
            "persistentVolumeReclaimPolicy": reclaim, "storageClassName": class,
            "volumeMode": spec(&["spec", "volumeMode"]).unwrap_or_else(|| "Filesystem".into()),
            "csi": {"driver": provisioner, "volumeHandle": name},
        },
        "status": {"phase": "Available"},
    });
    let about = ObjectRef::of(Kind::Other, key);
    let said = [
        (
            "ExternalProvisioning",
            "persistentvolume-controller",
            format!(
                "Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
            ),
        ),
        (
            "ProvisioningSucceeded",
            provisioner.as_str(),
            format!("Successfully provisioned volume {name}"),
        ),
    ];
    for (reason, component, message) in said {
        ctx.record_event(&about, EventType::Normal, reason, component, &message);
    }
    if let Ok(volume) = Object::from_value(Kind::Other, volume) {
        ctx.api.store.put(volume);
    }
    NamespacedName::cluster_wide(format!("{VOLUME}{name}"))
}

/// Writes into claim and volume that they belong together.
fn bind(ctx: &mut Reconcile<'_>, key: &NamespacedName, claim: &Object, volume: &NamespacedName, class: Option<&str>) {
    let meta = claim.metadata();
    let reference = json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim", "name": meta.name, "namespace": meta.namespace,
        "uid": meta.uid,
    });
    let mut capacity = Value::Null;
    ctx.api.store.edit(Kind::Other, volume, |volume| {
        tree::set(&mut volume.value, &["spec", "claimRef"], reference);
        tree::set(&mut volume.value, &["status", "phase"], "Bound".into());
        capacity = tree::get(&volume.value, &["spec", "capacity"])
            .cloned()
            .unwrap_or_default();
        true
    });
    let name = volume.name.trim_start_matches(VOLUME).to_owned();
    let provisioner = tree::get(&claim.value, &["spec", "storageClassName"]).is_none();
    ctx.api.store.edit(Kind::Other, key, |claim| {
        tree::set(&mut claim.value, &["spec", "volumeName"], name.into());
        if let Some(class) = class.filter(|_| provisioner) {
            tree::set(&mut claim.value, &["spec", "storageClassName"], class.into());
        }
        for annotation in [BOUND, BY_CONTROLLER] {
            tree::set(&mut claim.value, &["metadata", "annotations", annotation], "yes".into());
            claim
                .typed
                .metadata_mut()
                .annotations
                .insert(annotation.to_owned(), "yes".to_owned());
        }
        tree::remove(&mut claim.value, &["metadata", "annotations", PROVISIONER]);
        set_status(&mut claim.value, &capacity);
        true
    });
}

fn set_status(claim: &mut Value, capacity: &Value) {
    let modes = tree::get(claim, &["spec", "accessModes"]).cloned().unwrap_or_default();
    tree::set(
        claim,
        &["status"],
        json!({"accessModes": modes, "capacity": capacity, "phase": "Bound"}),
    );
}

/// A claim that names its volume is bound to it where that is there.
fn mark_bound(ctx: &mut Reconcile<'_>, key: &NamespacedName, claim: &Object) {
    if tree::text(&claim.value, &["status", "phase"]) == "Bound" {
        return;
    }
    let name = tree::text(&claim.value, &["spec", "volumeName"]);
    let volume = NamespacedName::cluster_wide(format!("{VOLUME}{name}"));
    if ctx.api.store.get(Kind::Other, &volume).is_some() {
        bind(ctx, key, claim, &volume, None);
    }
}

/// The volume of a claim that is gone: deleted with it, or released.
fn release(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let name = key.name.trim_start_matches(CLAIM);
    let all = ctx
        .api
        .store
        .keys_in(Kind::Other, "")
        .filter(|it| it.name.starts_with(VOLUME));
    let held: Vec<NamespacedName> = all
        .filter(|volume| {
            ctx.api.store.get(Kind::Other, *volume).is_some_and(|it| {
                tree::text(&it.value, &["spec", "claimRef", "name"]) == name
                    && tree::text(&it.value, &["spec", "claimRef", "namespace"]) == key.namespace
                    && tree::text(&it.value, &["status", "phase"]) == "Bound"
            })
        })
        .cloned()
        .collect();
    for volume in held {
        let deletes = ctx
            .api
            .store
            .get(Kind::Other, &volume)
            .is_some_and(|it| tree::text(&it.value, &["spec", "persistentVolumeReclaimPolicy"]) == "Delete");
        if deletes {
            ctx.api.remove(Kind::Other, &volume);
        } else {
            ctx.api.store.edit(Kind::Other, &volume, |it| {
                tree::set(&mut it.value, &["status", "phase"], "Released".into());
                true
            });
        }
    }
}
