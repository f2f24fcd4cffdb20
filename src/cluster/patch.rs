//! Patches as the API server applies them: strategic merge (`kubernetes apimachinery/pkg/util/strategicpatch/patch.go`)
//! and JSON merge (RFC 7396).
//!
//! Lists of maps merge by a key where their kind says so; that key is not always unique (two Service ports
//! of one number), and what follows from it is kept, as on a real cluster. Not here: how `kubectl apply` makes
//! its patch, which is `apply::three_way`.

use serde_json::{Map, Value};

use crate::api::Kind;
use crate::small_sort::SmallSort as _;

/// What becomes of a map: `replace`, `delete`.
pub const DIRECTIVE: &str = "$patch";
/// The keys that a map keeps; the others go.
pub const RETAIN: &str = "$retainKeys";
/// Before the name of a list: the order of its items.
pub const ORDER: &str = "$setElementOrder/";
/// Before the name of a list of plain values: those that go.
pub const DELETE_PRIMITIVE: &str = "$deleteFromPrimitiveList/";

/// How a list is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// Replaced as a whole.
    Atomic,
    /// Items merge by this key.
    Key(&'static str),
    /// Plain values merge as a set.
    Primitive,
}

/// How a list of this name merges in objects of this kind (`patchStrategy`, `patchMergeKey`).
#[must_use]
pub fn list_merge(kind: Kind, name: &str) -> Merge {
    let pods = matches!(
        kind,
        Kind::Pod
            | Kind::Deployment
            | Kind::ReplicaSet
            | Kind::StatefulSet
            | Kind::DaemonSet
            | Kind::ReplicationController
            | Kind::Job
            | Kind::CronJob
            | Kind::Other
    );
    match name {
        "ownerReferences" => Merge::Key("uid"),
        "finalizers" => Merge::Primitive,
        "podCIDRs" if kind == Kind::Node => Merge::Primitive,
        "addresses" if kind == Kind::Node => Merge::Key("type"),
        "conditions" if kind != Kind::EndpointSlice => Merge::Key("type"),
        "ports" if kind == Kind::Service => Merge::Key("port"),
        "ports" if pods => Merge::Key("containerPort"),
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "schedulingGates"
        | "resourceClaims"
            if pods =>
        {
            Merge::Key("name")
        }
        "volumeMounts" if pods => Merge::Key("mountPath"),
        "volumeDevices" if pods => Merge::Key("devicePath"),
        "hostAliases" if pods => Merge::Key("ip"),
        "topologySpreadConstraints" if pods => Merge::Key("topologyKey"),
        "secrets" if kind == Kind::Other => Merge::Key("name"),
        _ => Merge::Atomic,
    }
}

/// Whether a map (or the items of a list) of this name loses keys that the manifest does not name.
#[must_use]
pub fn retains_keys(kind: Kind, name: &str) -> bool {
    match name {
        "strategy" => kind == Kind::Deployment,
        "volumes" => true,
        _ => false,
    }
}

/// Whether objects of a kind are patched by plain JSON merge, as custom resources are.
#[must_use]
pub fn is_custom(kind: Kind) -> bool {
    kind.is_gateway_api()
        || matches!(
            kind,
            Kind::IpAddressPool
                | Kind::ComputeFirewall
                | Kind::ClusterConfiguration
                | Kind::KubeProxyConfiguration
                | Kind::KubeletConfiguration
        )
}

/// Whether two values are the same to JSON: `80` and `80.0` are.
#[must_use]
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => a == b,
    }
}

/// The object after a patch, as the server applies it.
#[must_use]
pub fn apply(kind: Kind, current: &Value, patch: &Value) -> Value {
    let mut result = current.clone();
    merge_into(kind, &mut result, patch);
    result
}

/// Merges a patch into a map.
fn merge_into(kind: Kind, into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *into = patch.clone();
        return;
    };
    match patch.get(DIRECTIVE).and_then(Value::as_str) {
        Some("replace") => {
            let mut fresh = patch.clone();
            fresh.remove(DIRECTIVE);
            *into = Value::Object(fresh);
            return;
        }
        Some("delete") => {
            *into = Value::Object(Map::new());
            return;
        }
        _ => {}
    }
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    let Value::Object(into) = into else { return };
    if let Some(Value::Array(names)) = patch.get(RETAIN) {
        into.retain(|name, _| names.iter().any(|it| it.as_str() == Some(name)));
    }
    for (name, value) in patch {
        if let Some(list) = name.strip_prefix(DELETE_PRIMITIVE) {
            if let (Some(Value::Array(live)), Value::Array(gone)) = (into.get_mut(list), value) {
                live.retain(|it| !gone.contains(it));
            }
            continue;
        }
        if name.starts_with('$') {
            continue;
        }
        if value.is_null() {
            into.remove(name);
            continue;
        }
        match (into.get_mut(name), value) {
            (Some(live @ Value::Object(_)), Value::Object(_)) => merge_into(kind, live, value),
            (Some(Value::Array(live)), Value::Array(items)) => merge_list(kind, name, live, items),
            _ => {
                into.insert(name.clone(), plain(value));
            }
        }
    }
    for (name, order) in patch {
        let (Some(list), Value::Array(order)) = (name.strip_prefix(ORDER), order) else {
            continue;
        };
        if let Some(Value::Array(live)) = into.get_mut(list) {
            reorder(list_merge(kind, list), live, order);
        }
    }
}

/// A value that was not there before: without nulls and directives.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(name, value)| !value.is_null() && !name.starts_with('$'))
                .map(|(name, value)| (name.clone(), plain(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .filter(|item| item.get(DIRECTIVE).and_then(Value::as_str) != Some("delete"))
                .map(plain)
                .collect(),
        ),
        other => other.clone(),
    }
}

fn merge_list(kind: Kind, name: &str, live: &mut Vec<Value>, items: &[Value]) {
    let merge = if is_custom(kind) {
        Merge::Atomic
    } else {
        list_merge(kind, name)
    };
    match merge {
        Merge::Atomic => *live = items.iter().map(plain).collect(),
        Merge::Primitive => {
            for item in items {
                if !live.contains(item) {
                    live.push(item.clone());
                }
            }
        }
        Merge::Key(key) => {
            for item in items {
                if item.get(DIRECTIVE).and_then(Value::as_str) == Some("delete") {
                    live.retain(|it| !same(&it[key], &item[key]));
                }
            }
            for item in items.iter().filter(|item| item.get(DIRECTIVE).is_none()) {
                match live.iter_mut().find(|it| same(&it[key], &item[key])) {
                    Some(known) => merge_into(kind, known, item),
                    None => live.push(plain(item)),
                }
            }
        }
    }
}

/// Puts a merged list in the manifest's order; items of the server alone keep their place among the others
/// (`normalizeElementOrder`).
fn reorder(merge: Merge, live: &mut Vec<Value>, order: &[Value]) {
    let place = |list: &[Value], item: &Value| {
        list.iter().position(|it| match merge {
            Merge::Key(key) => same(&it[key], &item[key]),
            _ => it == item,
        })
    };
    let before = live.clone();
    let (mut own, others): (Vec<Value>, Vec<Value>) = live.drain(..).partition(|item| place(order, item).is_some());
    own.small_sort_by_key(|item| place(order, item));
    let mut others = others.into_iter().peekable();
    let mut own = own.into_iter().peekable();
    loop {
        let other_first = match (others.peek(), own.peek()) {
            (None, None) => return,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(other), Some(own)) => match (place(&before, other), place(&before, own)) {
                (Some(a), Some(b)) => a < b,
                _ => false,
            },
        };
        live.extend(if other_first { others.next() } else { own.next() });
    }
}

/// Merges as `kubectl patch --type=merge` does (RFC 7396).
pub fn json_merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = Value::Object(Map::new());
    }
    if let Value::Object(into) = into {
        for (name, value) in patch {
            if value.is_null() {
                into.remove(name);
            } else {
                json_merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn merge_patches_remove_nulls() {
        let mut tree = json!({"a": {"b": 1, "c": 2}});
        json_merge(&mut tree, &json!({"a": {"b": null, "d": [1]}}));
        assert_eq!(tree, json!({"a": {"c": 2, "d": [1]}}));
    }
}
