//! Garbage collection: what loses its last owner goes too (`kubernetes pkg/controller/garbagecollector`).

use super::super::Cluster;
use crate::api::Kind;

/// Removes the dependents of a uid that is gone, unless another owner still lives.
pub fn collect(cluster: &mut Cluster, uid: &str) {
    for (kind, key) in cluster.store.dependents(uid) {
        let Some(object) = cluster.store.get(kind, &key) else {
            continue;
        };
        let namespace = key.namespace.clone();
        let other_owner = object
            .metadata()
            .owner_references
            .iter()
            .filter(|owner| owner.uid != uid)
            .any(|owner| {
                crate::api::kind::KINDS.iter().any(|info| {
                    info.name == owner.kind
                        && cluster
                            .store
                            .get(info.kind, &(namespace.as_str(), owner.name.as_str()))
                            .is_some_and(|it| it.metadata().uid == owner.uid)
                })
            });
        if other_owner {
            continue;
        }
        if kind == Kind::Pod {
            cluster.delete_pod(&key, None);
        } else {
            cluster.remove(kind, &key);
        }
    }
}
