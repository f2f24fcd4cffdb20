//! The API server's rules for fields, all errors at once, in its order
//! (`kubernetes pkg/apis/*/validation/validation.go`).
//!
//! Not here: rules that depend on other objects (allocation, namespaces, admission).

use serde_json::Value;

use super::field::FieldError;
use super::kind::Kind;

/// Everything the server has against a new object; `value` is decoded and defaulted.
#[must_use]
pub fn validate_create(_kind: Kind, _value: &Value) -> Vec<FieldError> {
    Vec::new()
}

/// Everything the server has against `new` in place of `old`; both are decoded and defaulted.
#[must_use]
pub fn validate_update(_kind: Kind, _new: &Value, _old: &Value) -> Vec<FieldError> {
    Vec::new()
}

/// Lines that the server adds as `Warning: …`; `old` is the object that is replaced, if there is one.
#[must_use]
pub fn warnings(_kind: Kind, _new: &Value, _old: Option<&Value>) -> Vec<String> {
    Vec::new()
}
