//! Garbage collection: what loses its last owner goes too (`kubernetes pkg/controller/garbagecollector`).

use super::super::reconcile::Reconcile;
use crate::api::Kind;

/// Removes the dependents of a uid that is gone, unless another owner still lives.
pub fn collect(ctx: &mut Reconcile<'_>, uid: &str) {
    for (kind, key) in ctx.api.store.dependents(uid) {
        let Some(object) = ctx.api.store.get(kind, &key) else {
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
                        && ctx
                            .api
                            .store
                            .get(info.kind, &(namespace.as_str(), owner.name.as_str()))
                            .is_some_and(|it| it.metadata().uid == owner.uid)
                })
            });
        if other_owner {
            continue;
        }
        if kind == Kind::Pod {
            ctx.api.delete_pod(&key, None);
        } else {
            ctx.api.remove(kind, &key);
        }
    }
}
