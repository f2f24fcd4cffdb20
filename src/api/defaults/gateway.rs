//! Defaults of the Gateway API: those of the definitions' schemas.

use serde_json::Value;

use crate::api::custom;
use crate::api::kind::Kind;
use crate::api::schema::structural;

pub(super) fn default(kind: Kind, value: &mut Value) {
    let Some(info) = kind.info() else { return };
    if let Some(schema) = structural::of_gateway_kind(info.name) {
        custom::default(schema, value);
    }
    // Stored and shown in one version, in whichever it was sent; they differ in nothing else.
    if value.is_object() {
        value["apiVersion"] = format!("{}/{}", info.group, info.version).into();
    }
}
