//! kubectl's three-way patch: what differs between the live object and the manifest, and what the last
//! manifest had that this one lacks (`kubernetes apimachinery/pkg/util/strategicpatch/patch.go`).
//!
//! Lists of maps are compared by the key by which the server merges them. Not here: what the server makes of a
//! patch, which is `cluster::patch`.

use std::cmp::Ordering;

use serde_json::{Map, Value, json};

use crate::api::Kind;
use crate::cluster::patch::{
    DELETE_PRIMITIVE, DIRECTIVE, Merge, ORDER, RETAIN, is_custom, list_merge, retains_keys, same,
};
use crate::small_sort::SmallSort as _;

/// What a difference is taken for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Only {
    /// Additions and changes.
    Additions,
    /// Deletions.
    Deletions,
}

/// The patch that leads from the live object to the manifest; `original` is the manifest applied last.
#[must_use]
pub fn three_way(kind: Kind, original: &Value, modified: &Value, current: &Value) -> Value {
    let empty = Map::new();
    let map = |value: &Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    let delta = diff_maps(kind, &map(current), &map(modified), Only::Additions, false);
    let deletions = diff_maps(kind, &map(original), &map(modified), Only::Deletions, false);
    let mut patch = Value::Object(deletions);
    join(kind, &mut patch, Value::Object(delta), "");
    patch
}

fn diff_maps(
    kind: Kind,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    only: Only,
    retain: bool,
) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, new_value) in new {
        let Some(old_value) = old.get(name) else {
            if only == Only::Additions {
                patch.insert(name.clone(), new_value.clone());
            }
            continue;
        };
        match (old_value, new_value) {
            (Value::Object(a), Value::Object(b)) => {
                let inner = diff_maps(kind, a, b, only, retains_keys(kind, name));
                if !inner.is_empty() {
                    patch.insert(name.clone(), Value::Object(inner));
                }
            }
            (Value::Array(a), Value::Array(b)) => diff_lists(kind, name, a, b, only, &mut patch),
            (a, b) => {
                if only == Only::Additions && !same(a, b) {
                    patch.insert(name.clone(), b.clone());
                }
            }
        }
    }
    if only == Only::Deletions {
        for name in old.keys().filter(|name| !new.contains_key(*name)) {
            patch.insert(name.clone(), Value::Null);
        }
    }
    if retain && !patch.is_empty() {
        let names: Vec<&String> = new.keys().collect();
        patch.insert(RETAIN.to_owned(), json!(names));
    }
    patch
}

fn diff_lists(kind: Kind, name: &str, old: &[Value], new: &[Value], only: Only, patch: &mut Map<String, Value>) {
    let merge = if is_custom(kind) {
        Merge::Atomic
    } else {
        list_merge(kind, name)
    };
    let mergeable = |list: &[Value]| match merge {
        Merge::Atomic => false,
        Merge::Key(key) => list.iter().all(|item| item.get(key).is_some()),
        Merge::Primitive => true,
    };
    if !mergeable(old) || !mergeable(new) {
        if only == Only::Additions && old != new {
            patch.insert(name.to_owned(), Value::Array(new.to_vec()));
        }
        return;
    }
    if old.is_empty() {
        if only == Only::Additions && !new.is_empty() {
            patch.insert(name.to_owned(), Value::Array(new.to_vec()));
        }
        return;
    }
    match merge {
        Merge::Key(key) => diff_keyed(kind, name, key, old, new, only, patch),
        _ => diff_primitives(name, old, new, only, patch),
    }
}

fn diff_primitives(name: &str, old: &[Value], new: &[Value], only: Only, patch: &mut Map<String, Value>) {
    let missing = |from: &[Value], list: &[Value]| -> Vec<Value> {
        list.iter().filter(|it| !from.contains(it)).cloned().collect()
    };
    let mut differs = false;
    match only {
        Only::Additions => {
            let added = missing(old, new);
            differs = old != new;
            if !added.is_empty() {
                patch.insert(name.to_owned(), Value::Array(added));
            }
        }
        Only::Deletions => {
            let gone = missing(new, old);
            if !gone.is_empty() {
                differs = true;
                patch.insert(format!("{DELETE_PRIMITIVE}{name}"), Value::Array(gone));
            }
        }
    }
    if differs {
        patch.insert(format!("{ORDER}{name}"), Value::Array(new.to_vec()));
    }
}

fn diff_keyed(
    kind: Kind,
    name: &str,
    key: &str,
    old: &[Value],
    new: &[Value],
    only: Only,
    patch: &mut Map<String, Value>,
) {
    let sorted = |list: &[Value]| {
        let mut list: Vec<Value> = list.to_vec();
        list.small_sort_by_key(|item| key_text(item, key));
        list
    };
    let (old_sorted, new_sorted) = (sorted(old), sorted(new));
    let (mut i, mut j) = (0, 0);
    let (mut changed, mut deleted): (Vec<Value>, Vec<Value>) = (Vec::new(), Vec::new());
    while i < old_sorted.len() || j < new_sorted.len() {
        let order = match (old_sorted.get(i), new_sorted.get(j)) {
            (Some(a), Some(b)) => key_text(a, key).cmp(&key_text(b, key)),
            (Some(_), None) => Ordering::Less,
            _ => Ordering::Greater,
        };
        match order {
            Ordering::Equal => {
                let empty = Map::new();
                let a = old_sorted[i].as_object().unwrap_or(&empty);
                let b = new_sorted[j].as_object().unwrap_or(&empty);
                let mut inner = diff_maps(kind, a, b, only, retains_keys(kind, name));
                if !inner.is_empty() {
                    inner.insert(key.to_owned(), new_sorted[j][key].clone());
                    changed.push(Value::Object(inner));
                }
                i += 1;
                j += 1;
            }
            Ordering::Greater => {
                if only == Only::Additions {
                    changed.push(new_sorted[j].clone());
                }
                j += 1;
            }
            Ordering::Less => {
                if only == Only::Deletions {
                    deleted.push(json!({DIRECTIVE: "delete", key: old_sorted[i][key]}));
                }
                i += 1;
            }
        }
    }
    let position = |item: &Value| new.iter().position(|it| same(&it[key], &item[key]));
    changed.small_sort_by_key(|item| position(item).unwrap_or(usize::MAX));
    changed.append(&mut deleted);
    let same_order = old.len() == new.len() && old.iter().zip(new).all(|(a, b)| same(&a[key], &b[key]));
    let reordered = only == Only::Additions && !same_order;
    if !changed.is_empty() || reordered {
        let order: Vec<Value> = new.iter().map(|item| json!({key: item[key]})).collect();
        patch.insert(format!("{ORDER}{name}"), Value::Array(order));
    }
    if !changed.is_empty() {
        patch.insert(name.to_owned(), Value::Array(changed));
    }
}

/// A merge key as Go prints it, by which lists are sorted and compared.
fn key_text(item: &Value, key: &str) -> String {
    match &item[key] {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Joins two patches of one object into one.
fn join(kind: Kind, into: &mut Value, from: Value, name: &str) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                match into.get_mut(&name) {
                    Some(known) => join(kind, known, value, &name),
                    None => {
                        into.insert(name, value);
                    }
                }
            }
        }
        (Value::Array(into), Value::Array(from)) if !name.starts_with('$') => {
            if let Merge::Key(key) = list_merge(kind, name) {
                for item in from {
                    let deletes = |it: &Value| it.get(DIRECTIVE).is_some();
                    match into.iter_mut().find(|it| !deletes(it) && same(&it[key], &item[key])) {
                        Some(known) => join(kind, known, item, name),
                        None => into.push(item),
                    }
                }
            } else {
                *into = from;
            }
        }
        (into, from) => *into = from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::patch::apply;

    fn service(ports: Value) -> Value {
        json!({"metadata": {"name": "web"}, "spec": {"ports": ports}})
    }

    #[test]
    fn equal_objects_need_no_patch() {
        let manifest = service(json!([{"port": 80}]));
        let live = service(json!([{"port": 80, "protocol": "TCP", "nodePort": 30080}]));
        assert_eq!(three_way(Kind::Service, &manifest, &manifest, &live), json!({}));
    }

    #[test]
    fn what_the_last_manifest_had_is_removed_and_what_the_server_added_stays() {
        let last = json!({"spec": {"a": 1, "b": 2, "ports": [{"port": 80}, {"port": 81}]}});
        let manifest = json!({"spec": {"a": 1, "ports": [{"port": 81}, {"port": 82}]}});
        let live = json!({"spec": {"a": 1, "b": 2, "c": 3, "ports": [
            {"port": 80, "nodePort": 1}, {"port": 81, "nodePort": 2},
        ]}});
        let patch = three_way(Kind::Service, &last, &manifest, &live);
        assert_eq!(
            patch,
            json!({"spec": {"b": null, "$setElementOrder/ports": [{"port": 81}, {"port": 82}],
                "ports": [{"$patch": "delete", "port": 80}, {"port": 82}]}})
        );
        assert_eq!(
            apply(Kind::Service, &live, &patch),
            json!({"spec": {"a": 1, "c": 3, "ports": [{"port": 81, "nodePort": 2}, {"port": 82}]}})
        );
    }

    #[test]
    fn a_change_of_strategy_drops_what_it_does_not_name() {
        let last = json!({"spec": {"replicas": 1}});
        let manifest = json!({"spec": {"replicas": 1, "strategy": {"type": "Recreate"}}});
        let live =
            json!({"spec": {"replicas": 1, "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}});
        let patch = three_way(Kind::Deployment, &last, &manifest, &live);
        assert_eq!(
            apply(Kind::Deployment, &live, &patch),
            json!({"spec": {"replicas": 1, "strategy": {"type": "Recreate"}}})
        );
    }

    #[test]
    fn a_port_number_used_twice_merges_into_the_first_as_on_a_real_cluster() {
        let last = service(json!([{"name": "dns", "port": 53}]));
        let manifest = service(json!([{"name": "dns", "port": 53}, {"name": "udp", "port": 53, "protocol": "UDP"}]));
        let live = service(json!([{"name": "dns", "port": 53, "protocol": "TCP"}]));
        let patch = three_way(Kind::Service, &last, &manifest, &live);
        assert_eq!(
            apply(Kind::Service, &live, &patch)["spec"]["ports"],
            json!([{"name": "udp", "port": 53, "protocol": "UDP"}])
        );
    }
}
