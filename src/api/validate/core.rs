//! Rules for Namespaces, Nodes, Secrets and ConfigMaps (`kubernetes pkg/apis/core/validation/validation.go`).

use serde_json::Value;

use super::text::{self, report};
use super::{ip, meta};
use crate::api::codes::{DataCode, GeneralCode};
use crate::api::field::{FieldError, Path};
use crate::api::tree::{get, has, items, text as text_of, texts};

/// Bytes that the values of a Secret or ConfigMap may have.
const DATA_BYTES: usize = 1024 * 1024;

pub(super) fn namespace(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, false, text::dns_label, errors);
}

pub(super) fn node(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, false, text::dns_subdomain, errors);
    let spec = get(value, "spec");
    let root = Path::ROOT;
    let path = root.field("spec");
    let list = path.field("taints");
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for (index, taint) in items(spec, "taints").iter().enumerate() {
        let path = list.index(index);
        let (key, effect) = (text_of(taint, "key"), text_of(taint, "effect"));
        report(errors, &path.field("key"), key, text::qualified_name(key));
        let value = text_of(taint, "value");
        report(errors, &path.field("value"), value, text::label_value(value));
        const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        if effect.is_empty() {
            errors.push(FieldError::required(&path.field("effect")));
        } else if !EFFECTS.contains(&effect) {
            errors.push(FieldError::not_supported(&path.field("effect"), effect, &EFFECTS));
        }
        if seen.contains(&(key, effect)) {
            errors.push(FieldError::duplicate(&path, taint));
        }
        seen.push((key, effect));
    }
    let mut ranges = texts(spec, "podCIDRs");
    // The server copies the one into the list before it looks.
    if ranges.is_empty() && !text_of(spec, "podCIDR").is_empty() {
        ranges.push(text_of(spec, "podCIDR"));
    }
    let list = path.field("podCIDRs");
    for (index, range) in ranges.into_iter().enumerate() {
        report(errors, &list.index(index), range, ip::range(range));
    }
}

pub(super) fn secret(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, true, text::dns_subdomain, errors);
    let root = Path::ROOT;
    let path = root.field("data");
    data_keys(value, "data", errors);
    let wanted: &[&str] = match text_of(value, "type") {
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/dockercfg" => &[".dockercfg"],
        _ => &[],
    };
    for key in wanted.iter().filter(|key| !has(get(value, "data"), key)) {
        errors.push(FieldError::required(&path.key(key)));
    }
    match text_of(value, "type") {
        "kubernetes.io/basic-auth" if !has(get(value, "data"), "username") && !has(get(value, "data"), "password") => {
            errors.push(FieldError::required(&path.key("username")));
            errors.push(FieldError::required(&path.key("password")));
        }
        "kubernetes.io/service-account-token" => {
            const NAME: &str = "kubernetes.io/service-account.name";
            if text_of(get(get(value, "metadata"), "annotations"), NAME).is_empty() {
                let metadata = root.field("metadata");
                errors.push(FieldError::required(&metadata.field("annotations").key(NAME)));
            }
        }
        _ => {}
    }
    for key in [".dockerconfigjson", ".dockercfg"]
        .iter()
        .filter(|it| wanted.contains(it))
    {
        let Some(text) = get(get(value, "data"), key).as_str() else {
            continue;
        };
        let bytes = data_encoding::BASE64.decode(text.as_bytes()).unwrap_or_default();
        let parsed = serde_json::from_slice::<Value>(&bytes);
        if !parsed.is_ok_and(|it| it.is_object() || it.is_null()) {
            let why = match bytes.iter().find(|it| !it.is_ascii_whitespace()) {
                None => DataCode::JsonEmpty,
                Some(b'{') => DataCode::JsonBroken,
                Some(first) => DataCode::JsonNoObject {
                    first: char::from(*first),
                },
            };
            errors.push(FieldError::new(&path.key(key), "<secret contents redacted>", why));
        }
    }
}

pub(super) fn secret_update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    meta::immutable(new, old, &["type"], GeneralCode::Immutable, errors);
    held_still(new, old, errors);
    secret(new, errors);
}

pub(super) fn config_map(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, true, text::dns_subdomain, errors);
    data_keys(value, "data", errors);
    let root = Path::ROOT;
    let path = root.field("data");
    for (key, _) in get(value, "data").as_object().into_iter().flatten() {
        if has(get(value, "binaryData"), key) {
            errors.push(FieldError::new(&path.key(key), key, DataCode::KeyTwice));
        }
    }
    data_keys(value, "binaryData", errors);
}

pub(super) fn config_map_update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    held_still(new, old, errors);
    config_map(new, errors);
}

/// `immutable: true` holds the data, and itself.
fn held_still(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    if get(old, "immutable").as_bool() != Some(true) {
        return;
    }
    let root = Path::ROOT;
    if get(new, "immutable").as_bool() != Some(true) {
        errors.push(FieldError::without_value(&root.field("immutable"), DataCode::Immutable));
    }
    for field in ["data", "binaryData"] {
        if get(new, field) != get(old, field) {
            errors.push(FieldError::without_value(&root.field(field), DataCode::Immutable));
        }
    }
}

fn data_keys(value: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let path = root.field(field);
    let mut bytes = 0;
    for (key, text) in get(value, field).as_object().into_iter().flatten() {
        report(errors, &path.key(key), key, text::config_key(key));
        bytes += text.as_str().map_or(0, str::len);
    }
    if bytes > DATA_BYTES {
        errors.push(FieldError::too_long(&path, DATA_BYTES));
    }
}
