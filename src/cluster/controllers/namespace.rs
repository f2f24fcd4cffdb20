//! Namespaces on their way out take everything in them along (`kubernetes pkg/controller/namespace`).

use std::collections::BTreeSet;

use super::super::reconcile::Reconcile;
use crate::api::Kind;
use crate::api::NamespacedName;
use crate::api::kind::KINDS;

/// Empties a namespace that is being deleted, and removes it once nothing is left; until then it is `waiting`.
pub fn reconcile(ctx: &mut Reconcile<'_>, waiting: &mut BTreeSet<NamespacedName>, key: &NamespacedName) {
    let terminating = ctx
        .api
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
