//! What kubectl shows of a cluster that was handed in as a dump (`--as-stored`): the dump.
//!
//! A dump is what a server held at one moment. The simulation adds what it needs beside it (DNS, a load
//! balancer, what controllers would make), and none of that was on the real cluster; so until a command
//! changes something, kubectl answers with the documents as they were given. After that the cluster goes its
//! own way and is shown as it is, still without what the preset brought.

use std::sync::Arc;

use crate::api::types::discovery::SERVICE_NAME_LABEL;
use crate::api::{Kind, Object, ObjectRef};
use crate::cluster::Snapshot;
use crate::text::FileId;

/// What kubectl shows of a dump; `changed`: commands have changed the cluster since.
#[must_use]
pub fn view(snapshot: &Snapshot, changed: bool) -> Snapshot {
    let kinds = crate::api::kind::KINDS
        .iter()
        .map(|info| info.kind)
        .chain([Kind::Other]);
    let mut shown: Vec<Object> = Vec::new();
    let mut has_namespaces = false;
    for kind in kinds {
        for object in snapshot.objects(kind) {
            let reference = object.reference();
            let given = given(snapshot, &reference, object);
            has_namespaces |= kind == Kind::Namespace && given.is_some();
            match given {
                Some(given) if !changed => shown.push(given),
                None if !changed => {}
                _ if is_infrastructure(snapshot, &reference, object) => {}
                _ => shown.push(Object::clone(object)),
            }
        }
    }
    if !has_namespaces {
        // A dump of one namespace rarely brings the namespaces themselves.
        shown.extend(snapshot.objects(Kind::Namespace).map(|it| Object::clone(it)));
    }
    Snapshot::empty(snapshot.config().clone(), snapshot.now()).with(shown)
}

/// An object as its document gave it.
fn given(snapshot: &Snapshot, reference: &ObjectRef, stored: &Arc<Object>) -> Option<Object> {
    let document = snapshot.origin(reference)?;
    if document.root.span.file == FileId::PRESET {
        return None;
    }
    let mut value = document.root.to_value();
    let metadata = value.get_mut("metadata")?.as_object_mut()?;
    for (key, given) in [
        ("namespace", &stored.metadata().namespace),
        ("name", &stored.metadata().name),
    ] {
        if !given.is_empty() && metadata.get(key).is_none_or(serde_json::Value::is_null) {
            metadata.insert(key.to_owned(), given.as_str().into());
        }
    }
    Object::from_value(reference.kind, value).ok()
}

/// Whether an object came with the preset, or was made for one that did.
fn is_infrastructure(snapshot: &Snapshot, reference: &ObjectRef, object: &Object) -> bool {
    let from_preset = |reference: &ObjectRef| {
        snapshot
            .span(reference, "")
            .is_some_and(|span| span.file == FileId::PRESET)
    };
    let service = match reference.kind {
        Kind::Endpoints => Some(reference.name.clone()),
        Kind::EndpointSlice => object.metadata().labels.get(SERVICE_NAME_LABEL).cloned(),
        _ => None,
    };
    from_preset(reference)
        || service.is_some_and(|name| from_preset(&ObjectRef::new(Kind::Service, reference.namespace.clone(), name)))
}
