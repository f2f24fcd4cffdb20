//! Rules for metadata and label selectors (`kubernetes apimachinery/pkg/api/validation/objectmeta.go`,
//! `pkg/apis/meta/v1/validation`).

use serde_json::Value;

use super::text::{self, Messages, as_prefix, report};
use crate::api::codes::{Code, GeneralCode, MetaCode};
use crate::api::field::{FieldError, Path};
use crate::api::tree::{at, entries, get, items, text as text_of, texts};

/// Bytes that all annotations together may have.
const ANNOTATION_BYTES: usize = 256 * 1024;

/// Metadata of a new object.
pub(super) fn object_meta(
    value: &Value,
    namespaced: bool,
    name_rule: fn(&str) -> Messages,
    errors: &mut Vec<FieldError>,
) {
    let meta = get(value, "metadata");
    let root = Path::ROOT;
    let path = root.field("metadata");
    let generate = text_of(meta, "generateName");
    if !generate.is_empty() {
        report(
            errors,
            &path.field("generateName"),
            generate,
            as_prefix(generate, name_rule),
        );
    }
    let name = text_of(meta, "name");
    if name.is_empty() {
        errors.push(FieldError::without_value(&path.field("name"), MetaCode::NameMissing));
    } else {
        report(errors, &path.field("name"), name, name_rule(name));
    }
    let namespace = text_of(meta, "namespace");
    if !namespaced && !namespace.is_empty() {
        errors.push(FieldError::without_value(
            &path.field("namespace"),
            MetaCode::NamespaceNotAllowed,
        ));
    }
    labels(get(meta, "labels"), &path.field("labels"), errors);
    annotations(meta, &path.field("annotations"), errors);
    for (index, owner) in items(meta, "ownerReferences").iter().enumerate() {
        let list = path.field("ownerReferences");
        let path = list.index(index);
        for field in ["apiVersion", "kind", "name", "uid"] {
            let value = text_of(owner, field);
            if value.is_empty() {
                errors.push(FieldError::new(&path.field(field), value, MetaCode::OwnerIncomplete));
            }
        }
    }
    for finalizer in texts(meta, "finalizers") {
        report(
            errors,
            &path.field("finalizers"),
            finalizer,
            text::qualified_name(finalizer),
        );
    }
    let list = path.field("finalizers");
    for (index, finalizer) in texts(meta, "finalizers").into_iter().enumerate() {
        if !finalizer.contains('/') && !["kubernetes", "orphan", "foregroundDeletion"].contains(&finalizer) {
            errors.push(FieldError::new(&list.index(index), finalizer, MetaCode::Finalizer));
        }
    }
}

/// Metadata of an object in place of another.
pub(super) fn object_meta_update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    let (meta, before) = (get(new, "metadata"), get(old, "metadata"));
    let root = Path::ROOT;
    let path = root.field("metadata");
    for field in ["name", "namespace", "uid", "creationTimestamp"] {
        let (now, then) = (text_of(meta, field), text_of(before, field));
        if !now.is_empty() && now != then {
            errors.push(FieldError::new(&path.field(field), now, GeneralCode::Immutable));
        }
    }
    labels(get(meta, "labels"), &path.field("labels"), errors);
    annotations(meta, &path.field("annotations"), errors);
}

/// A map of labels. The path of an error has no key in it.
pub(super) fn labels(map: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    for (key, value) in map.as_object().into_iter().flatten() {
        report(errors, path, key, text::qualified_name(key));
        let value = value.as_str().unwrap_or_default();
        report(errors, path, value, text::label_value(value));
    }
}

fn annotations(meta: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let mut bytes = 0;
    for (key, value) in entries(meta, "annotations") {
        bytes += key.len() + value.len();
        let lower = key.to_ascii_lowercase();
        report(errors, path, key, text::qualified_name(&lower));
    }
    if bytes > ANNOTATION_BYTES {
        errors.push(FieldError::too_long(path, ANNOTATION_BYTES));
    }
}

/// A selector with `matchLabels` and `matchExpressions`.
pub(super) fn label_selector(selector: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    labels(get(selector, "matchLabels"), &path.field("matchLabels"), errors);
    let list = path.field("matchExpressions");
    for (index, requirement) in items(selector, "matchExpressions").iter().enumerate() {
        let path = list.index(index);
        let values = texts(requirement, "values");
        match text_of(requirement, "operator") {
            "In" | "NotIn" => {
                if values.is_empty() {
                    errors.push(FieldError::without_value(
                        &path.field("values"),
                        MetaCode::SelectorValuesMissing,
                    ));
                }
            }
            "Exists" | "DoesNotExist" => {
                if !values.is_empty() {
                    errors.push(FieldError::without_value(
                        &path.field("values"),
                        MetaCode::SelectorValuesForbidden,
                    ));
                }
            }
            other => errors.push(FieldError::new(
                &path.field("operator"),
                other,
                MetaCode::SelectorOperator,
            )),
        }
        let key = text_of(requirement, "key");
        report(errors, &path.field("key"), key, text::qualified_name(key));
        let list = path.field("values");
        for (index, value) in values.into_iter().enumerate() {
            report(errors, &list.index(index), value, text::label_value(value));
        }
    }
}

/// A field that may not change; the new value is printed.
pub(super) fn immutable(new: &Value, old: &Value, steps: &[&str], code: impl Into<Code>, errors: &mut Vec<FieldError>) {
    let (now, then) = (at(new, steps), at(old, steps));
    if now != then {
        let field = steps.join(".");
        let root = Path::ROOT;
        errors.push(FieldError::new(&root.field(&field), now, code));
    }
}
