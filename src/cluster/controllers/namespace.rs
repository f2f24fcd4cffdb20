//! Namespaces on their way out take everything in them along (`kubernetes pkg/controller/namespace`).

use super::super::Cluster;
use crate::api::Kind;
use crate::api::NamespacedName;
use crate::api::kind::KINDS;

/// Empties a namespace that is being deleted, and removes it once nothing is left.
pub fn reconcile(cluster: &mut Cluster, key: &NamespacedName) {
    let terminating = cluster
        .store
        .get(Kind::Namespace, key)
        .is_some_and(|namespace| namespace.metadata().deletion_timestamp.is_some());
    if !terminating {
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
        let keys: Vec<NamespacedName> = cluster.store.keys_in(kind, &key.name).cloned().collect();
        for object in keys {
            if kind == Kind::Pod {
                cluster.delete_pod(&object, None);
                left = true;
            } else {
                cluster.remove(kind, &object);
            }
        }
    }
    if left {
        cluster.namespace_waits(key);
    } else {
        cluster.remove(Kind::Namespace, key);
    }
}
