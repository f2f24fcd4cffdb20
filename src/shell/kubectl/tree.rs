//! Short ways into an object's tree, for printing: what is missing is empty.

use serde_json::{Map, Value};

use crate::api::types::pod_phase::PodPhase;
use crate::small_sort::SmallSort as _;

/// The value at a path of field names; `None` where a step is missing or null.
#[must_use]
pub fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    let mut node = value;
    for step in path {
        node = node.get(step)?;
    }
    (!node.is_null()).then_some(node)
}

/// The text at a path; empty where there is none.
#[must_use]
pub fn text<'a>(value: &'a Value, path: &[&str]) -> &'a str {
    at(value, path).and_then(Value::as_str).unwrap_or_default()
}

/// The phase of a pod; `None` where it has none, or a text that is none.
#[must_use]
pub fn phase(pod: &Value) -> Option<PodPhase> {
    PodPhase::parse(text(pod, &["status", "phase"]))
}

/// The text at a path, or another one where it is missing or empty.
#[must_use]
pub fn text_or<'a>(value: &'a Value, path: &[&str], otherwise: &'a str) -> &'a str {
    match text(value, path) {
        "" => otherwise,
        found => found,
    }
}

/// The number at a path; 0 where there is none.
#[must_use]
pub fn number(value: &Value, path: &[&str]) -> i64 {
    at(value, path).and_then(Value::as_i64).unwrap_or_default()
}

/// The switch at a path; off where there is none.
#[must_use]
pub fn flag(value: &Value, path: &[&str]) -> bool {
    at(value, path).and_then(Value::as_bool).unwrap_or_default()
}

/// The items at a path; none where there is no list.
#[must_use]
pub fn list<'a>(value: &'a Value, path: &[&str]) -> &'a [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The entries at a path.
#[must_use]
pub fn map<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Map<String, Value>> {
    at(value, path).and_then(Value::as_object)
}

/// A scalar as printed: texts without quotes.
#[must_use]
pub fn scalar(value: &Value) -> String {
    crate::go::plain(value)
}

/// `a=1,b=2`, or `<none>` (`labels.FormatLabels`).
#[must_use]
pub fn labels(value: &Value, path: &[&str]) -> String {
    let pairs: Vec<String> = map(value, path)
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", scalar(value)))
        .collect();
    if pairs.is_empty() {
        "<none>".to_owned()
    } else {
        pairs.join(",")
    }
}

/// A `LabelSelector` as one line (`metav1.FormatLabelSelector`): `a=1,b in (x,y)`, `<none>`.
#[must_use]
pub fn selector(value: &Value, path: &[&str]) -> String {
    let mut parts: Vec<String> = map(value, &[path, &["matchLabels"]].concat())
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", scalar(value)))
        .collect();
    for requirement in list(value, &[path, &["matchExpressions"]].concat()) {
        let key = text(requirement, &["key"]);
        let mut values: Vec<String> = list(requirement, &["values"]).iter().map(scalar).collect();
        values.small_sort();
        let values = values.join(",");
        parts.push(match text(requirement, &["operator"]) {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key.to_owned(),
        });
    }
    // Requirements are printed by key.
    parts.small_sort_by(|a, b| {
        let key = |part: &str| {
            part.trim_start_matches('!')
                .split(['=', ' '])
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        key(a).cmp(&key(b))
    });
    if parts.is_empty() {
        "<none>".to_owned()
    } else {
        parts.join(",")
    }
}

/// Texts joined by a comma, or another text where there are none.
#[must_use]
pub fn joined_or(texts: &[String], otherwise: &str) -> String {
    if texts.is_empty() {
        otherwise.to_owned()
    } else {
        texts.join(",")
    }
}
