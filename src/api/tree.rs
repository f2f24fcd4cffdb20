//! Reading and completing JSON trees the way Go's typed structs would: an absent field, a `null` and a zero
//! value are the same unless the caller asks.

use serde_json::{Map, Value};

/// The field of a mapping; `Null` where it is absent.
pub(super) fn get<'a>(value: &'a Value, name: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    value.get(name).unwrap_or(&NULL)
}

/// A field below fields.
pub(super) fn at<'a>(value: &'a Value, path: &[&str]) -> &'a Value {
    path.iter().fold(value, |value, name| get(value, name))
}

/// The text of a field; empty where it is absent.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    get(value, name).as_str().unwrap_or_default()
}

/// The number of a field; 0 where it is absent.
pub(super) fn int(value: &Value, name: &str) -> i64 {
    get(value, name).as_i64().unwrap_or_default()
}

/// The items of a list; none where it is absent.
pub(super) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    get(value, name).as_array().map_or(&[], Vec::as_slice)
}

/// The texts of a list of strings.
pub(super) fn texts<'a>(value: &'a Value, name: &str) -> Vec<&'a str> {
    items(value, name)
        .iter()
        .map(|it| it.as_str().unwrap_or_default())
        .collect()
}

/// The entries of a map, sorted by key.
pub(super) fn entries<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
    get(value, name)
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value.as_str().unwrap_or_default()))
}

/// Whether a field is there at all.
pub(super) fn has(value: &Value, name: &str) -> bool {
    !get(value, name).is_null()
}

/// The mapping in a field, made if it is not there.
pub(super) fn object<'a>(value: &'a mut Value, name: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let slot = &mut value[name];
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    slot
}

/// The items of a list for change; none where it is absent.
pub(super) fn items_mut<'a>(value: &'a mut Value, name: &str) -> std::slice::IterMut<'a, Value> {
    match value.get_mut(name) {
        Some(Value::Array(items)) => items.iter_mut(),
        _ => [].iter_mut(),
    }
}

/// Sets a field that is absent (a Go pointer that is nil).
pub(super) fn set_default(value: &mut Value, name: &str, default: impl Into<Value>) {
    if !has(value, name)
        && let Value::Object(map) = value
    {
        map.insert(name.to_owned(), default.into());
    }
}

/// Sets a field that is absent, empty or zero (a plain Go field at its zero value).
pub(super) fn set_if_zero(value: &mut Value, name: &str, default: impl Into<Value>) {
    if is_zero(get(value, name))
        && let Value::Object(map) = value
    {
        map.insert(name.to_owned(), default.into());
    }
}

/// Takes a field away.
pub(super) fn remove(value: &mut Value, name: &str) {
    if let Value::Object(map) = value {
        map.remove(name);
    }
}

/// Whether a value is what Go's `omitempty` leaves out.
pub(super) fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
