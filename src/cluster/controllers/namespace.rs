//! Namespaces: what each has from the start, and what goes with it (`kubernetes pkg/controller/{namespace,
//! serviceaccounts, certificates/rootcacertpublisher}`).

use std::collections::BTreeSet;

use serde_json::json;

use super::super::reconcile::Reconcile;
use crate::api::kind::KINDS;
use crate::api::{Kind, NamespacedName, Object};

/// What every namespace has: the certificates of the API server, and the account of pods that name none
/// (`root-ca-cert-publisher`, `serviceaccount` controller).
fn publish(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";
    if ctx.api.as_stored() || ctx.api.store.get(Kind::Namespace, key).is_none() {
        return;
    }
    let metadata = |name: &str, uid: String, now: String| json!({"name": name, "namespace": key.name, "uid": uid, "creationTimestamp": now});
    for (kind, stored, name) in [
        (Kind::ConfigMap, "kube-root-ca.crt", "kube-root-ca.crt"),
        (Kind::Other, "ServiceAccount./default", "default"),
    ] {
        if ctx
            .api
            .store
            .get(kind, &NamespacedName::new(&key.name, stored))
            .is_some()
        {
            continue;
        }
        let metadata = metadata(name, ctx.api.new_event_uid(), ctx.now().to_string());
        let mut value = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
        if kind == Kind::ConfigMap {
            value["kind"] = "ConfigMap".into();
            // No certificate: nothing here is signed.
            let bundle = "-----BEGIN CERTIFICATE-----\nS3ViZWhvcA==\n-----END CERTIFICATE-----\n";
            value["data"] = json!({"ca.crt": bundle});
            value["metadata"]["annotations"] = json!({"kubernetes.io/description": DESCRIPTION});
        }
        if let Ok(object) = Object::from_value(kind, value) {
            ctx.api.store.put(object);
        }
    }
}

/// Empties a namespace that is being deleted, and removes it once nothing is left; until then it is `waiting`.
pub fn reconcile(ctx: &mut Reconcile<'_>, waiting: &mut BTreeSet<NamespacedName>, key: &NamespacedName) {
    let terminating = ctx
        .api
        .store
        .get(Kind::Namespace, key)
        .is_some_and(|namespace| namespace.metadata().deletion_timestamp.is_some());
    if !terminating {
        publish(ctx, key);
        return;
    }
    let kinds: Vec<Kind> = KINDS
        .iter()
        .filter(|info| info.namespaced)
        .map(|info| info.kind)
        .chain([Kind::Other])
        .collect();
    let mut left = false;
    for kind in kinds {
        let keys: Vec<NamespacedName> = ctx.api.store.keys_in(kind, &key.name).cloned().collect();
        for object in keys {
            if kind == Kind::Pod {
                ctx.api.delete_pod(&object, None);
                left = true;
            } else {
                ctx.api.remove(kind, &object);
            }
        }
    }
    if left {
        waiting.insert(key.clone());
    } else {
        ctx.api.remove(Kind::Namespace, key);
    }
}
