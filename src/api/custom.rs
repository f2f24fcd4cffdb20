//! Kinds that CustomResourceDefinitions add: their names, and what their structural schemas say of objects
//! (`kubernetes staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/{schema,validation}`).
//!
//! A definition is the stored object itself. Not here: CEL rules (`x-kubernetes-validations`), `oneOf` and its like,
//! formats, conversion between versions; such rules are passed over.

use std::sync::{Mutex, PoisonError};

use regex_lite::Regex;
use serde_json::{Map, Value, json};

use super::codes::{Code, CustomCode, GeneralCode};
use super::field::FieldError;
use super::kind::{Kind, KindInfo};
use super::tree::{at, get, has, items, text, texts};
use crate::go::quote;
use crate::manifest::{Document, Node};

/// How `kind:` of a definition is written.
pub const DEFINITION: &str = "CustomResourceDefinition";
/// Its API group.
pub const DEFINITION_GROUP: &str = "apiextensions.k8s.io";

/// The kinds that a client knows of beside those that every server has.
#[derive(Clone, Debug, Default)]
pub struct Definitions(Vec<&'static KindInfo>);

impl Definitions {
    /// Adds the kinds of a definition, one for each version that is served.
    pub fn add(&mut self, definition: &Value) {
        for version in items(get(definition, "spec"), "versions") {
            if get(version, "served").as_bool() == Some(true) {
                self.0.push(interned(definition, text(version, "name")));
            }
        }
    }

    /// Adds the kinds of definitions that stand in a text.
    pub fn add_written<'a>(&mut self, documents: impl IntoIterator<Item = &'a Document>) {
        for document in documents {
            let root = &document.root;
            if root.get("kind").and_then(Node::as_str) != Some(DEFINITION) {
                continue;
            }
            let Some(spec) = root.get("spec") else { continue };
            // Without the schemas, which may be long.
            let part = |node: &Node, name: &str| node.get(name).map_or(Value::Null, Node::to_value);
            let versions = spec.get("versions").map_or(&[][..], Node::items).iter();
            let versions: Vec<Value> = versions
                .map(|it| json!({"name": part(it, "name"), "served": part(it, "served")}))
                .collect();
            let [group, names, scope] = ["group", "names", "scope"].map(|name| part(spec, name));
            self.add(&json!({"spec": {"group": group, "names": names, "scope": scope, "versions": versions}}));
        }
    }

    /// The kind that one of them adds under these names.
    #[must_use]
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<KindInfo> {
        let (group, version) = api_version.split_once('/')?;
        let mut all = self.0.iter();
        all.find(|it| it.group == group && it.version == version && it.name == kind)
            .map(|it| **it)
    }

    /// All of them.
    pub fn kinds(&self) -> impl Iterator<Item = &'static KindInfo> {
        self.0.iter().copied()
    }
}

/// The schema of a version of a definition's objects.
#[must_use]
pub fn schema<'a>(definition: &'a Value, version: &str) -> Option<&'a Value> {
    let versions = items(get(definition, "spec"), "versions");
    let version = versions.iter().find(|it| text(it, "name") == version)?;
    Some(at(version, &["schema", "openAPIV3Schema"])).filter(|it| it.is_object())
}

/// Names of kinds live as long as the program, as those of built-in kinds do; equal ones are kept once.
fn interned(definition: &Value, version: &str) -> &'static KindInfo {
    static KNOWN: Mutex<Vec<&'static KindInfo>> = Mutex::new(Vec::new());
    let spec = get(definition, "spec");
    let names = get(spec, "names");
    let (group, name, plural) = (text(spec, "group"), text(names, "kind"), text(names, "plural"));
    let short = texts(names, "shortNames");
    let namespaced = text(spec, "scope") != "Cluster";
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let found = known.iter().find(|it| {
        it.group == group
            && it.version == version
            && it.name == name
            && it.plural == plural
            && it.short == short
            && it.namespaced == namespaced
    });
    if let Some(found) = found {
        return found;
    }
    let keep = |text: &str| -> &'static str { Box::leak(Box::from(text)) };
    let short: Vec<&'static str> = short.into_iter().map(keep).collect();
    let info: &'static KindInfo = Box::leak(Box::new(KindInfo {
        kind: Kind::Other,
        group: keep(group),
        version: keep(version),
        name: keep(name),
        plural: keep(plural),
        short: Box::leak(short.into_boxed_slice()),
        namespaced,
    }));
    known.push(info);
    info
}

fn flag(schema: &Value, name: &str) -> bool {
    get(schema, name).as_bool() == Some(true)
}

/// The paths of fields that the schema does not have, in the order of their names.
#[must_use]
pub fn unknown_fields(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    unknown(schema, value, "", true, &mut found);
    found
}

fn unknown(schema: &Value, value: &Value, path: &str, is_object: bool, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let extra = get(schema, "additionalProperties");
            for (name, value) in map {
                // Every object has these, and the server itself knows what stands in them.
                if is_object && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
                    continue;
                }
                let dot = if path.is_empty() { "" } else { "." };
                let path = format!("{path}{dot}{name}");
                let field = get(get(schema, "properties"), name);
                if field.is_object() {
                    let inner = flag(field, "x-kubernetes-embedded-resource");
                    unknown(field, value, &path, inner, found);
                } else if extra.is_object() {
                    unknown(extra, value, &path, false, found);
                } else if extra.as_bool() != Some(true) && !flag(schema, "x-kubernetes-preserve-unknown-fields") {
                    found.push(path);
                }
            }
        }
        Value::Array(list) => {
            let inner = get(schema, "items");
            if inner.is_object() {
                for (index, value) in list.iter().enumerate() {
                    unknown(inner, value, &format!("{path}[{index}]"), false, found);
                }
            }
        }
        _ => {}
    }
}

/// Fills in the defaults of a schema.
pub fn default(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, field) in get(schema, "properties").as_object().into_iter().flatten() {
                let fallback = get(field, "default");
                let absent = map.get(name).is_none_or(|it| it.is_null() && !flag(field, "nullable"));
                if absent && !fallback.is_null() {
                    map.insert(name.clone(), fallback.clone());
                }
                if let Some(value) = map.get_mut(name) {
                    default(field, value);
                }
            }
            let extra = get(schema, "additionalProperties");
            let fields = get(schema, "properties");
            if extra.is_object() {
                for (_, value) in map.iter_mut().filter(|(name, _)| !has(fields, name)) {
                    default(extra, value);
                }
            }
        }
        Value::Array(list) => {
            for value in list {
                default(get(schema, "items"), value);
            }
        }
        _ => {}
    }
}

/// Everything that a schema has against an object.
#[must_use]
pub fn validate(schema: &Value, value: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    check(schema, value, "", &mut errors);
    errors
}

fn push(errors: &mut Vec<FieldError>, path: &str, value: &Value, code: impl Into<Code>) {
    let value = match value {
        Value::Null => String::new(),
        Value::String(text) => quote(text),
        other => other.to_string(),
    };
    errors.push(FieldError {
        code: code.into(),
        field: path.to_owned(),
        value,
    });
}

/// As OpenAPI names the type of a value.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.as_f64().is_some_and(|it| it.fract() == 0.0) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn check(schema: &Value, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let has_type = type_of(value);
    let wanted = text(schema, "type");
    let either = flag(schema, "x-kubernetes-int-or-string") && matches!(has_type, "integer" | "string");
    let fits = wanted.is_empty() || wanted == has_type || (wanted == "number" && has_type == "integer") || either;
    if value.is_null() && flag(schema, "nullable") {
        return;
    }
    if !fits {
        let code = CustomCode::Type {
            field: path.to_owned(),
            wanted: wanted.to_owned(),
            sent: has_type,
        };
        push(errors, path, &has_type.into(), code);
        return;
    }
    let allowed = items(schema, "enum");
    if !allowed.is_empty() && !allowed.contains(value) {
        let supported: Vec<String> = allowed
            .iter()
            .map(|it| it.as_str().map_or_else(|| quote(&it.to_string()), quote))
            .collect();
        let code = CustomCode::NotSupported {
            supported: supported.join(", "),
        };
        push(errors, path, value, code);
    }
    match value {
        Value::String(text) => check_text(schema, text, path, errors),
        Value::Number(number) => check_number(schema, number.as_f64().unwrap_or_default(), value, path, errors),
        Value::Array(list) => check_list(schema, list, path, errors),
        Value::Object(map) => check_map(schema, map, path, errors),
        Value::Null | Value::Bool(_) => {}
    }
}

fn bound(schema: &Value, name: &str) -> Option<u64> {
    get(schema, name).as_u64()
}

fn check_text(schema: &Value, written: &str, path: &str, errors: &mut Vec<FieldError>) {
    let field = || path.to_owned();
    let value = Value::from(written);
    let length = written.chars().count() as u64;
    if let Some(least) = bound(schema, "minLength").filter(|least| length < *least) {
        let field = field();
        push(errors, path, &value, CustomCode::TooShort { field, least });
    }
    if let Some(most) = bound(schema, "maxLength").filter(|most| length > *most) {
        let max = usize::try_from(most).unwrap_or(usize::MAX);
        push(errors, path, &Value::Null, GeneralCode::TooLong { max });
    }
    let pattern = text(schema, "pattern");
    if !pattern.is_empty() && Regex::new(pattern).is_ok_and(|it| !it.is_match(written)) {
        let (field, pattern) = (field(), pattern.to_owned());
        push(errors, path, &value, CustomCode::Pattern { field, pattern });
    }
}

fn check_number(schema: &Value, number: f64, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let field = || path.to_owned();
    let limit = |name: &str| get(schema, name).as_f64();
    if let Some(least) = limit("minimum") {
        let alone = flag(schema, "exclusiveMinimum");
        if number < least || (alone && number <= least) {
            let field = field();
            let or_equal = if alone { "" } else { " or equal to" };
            let least = get(schema, "minimum").to_string();
            push(errors, path, value, CustomCode::TooSmall { field, or_equal, least });
        }
    }
    if let Some(most) = limit("maximum") {
        let alone = flag(schema, "exclusiveMaximum");
        if number > most || (alone && number >= most) {
            let field = field();
            let or_equal = if alone { "" } else { " or equal to" };
            let most = get(schema, "maximum").to_string();
            push(errors, path, value, CustomCode::TooLarge { field, or_equal, most });
        }
    }
    if let Some(of) = limit("multipleOf").filter(|of| *of > 0.0 && (number / of).fract() != 0.0) {
        let field = field();
        push(
            errors,
            path,
            value,
            CustomCode::NotMultiple {
                field,
                of: of.to_string(),
            },
        );
    }
}

fn check_list(schema: &Value, list: &[Value], path: &str, errors: &mut Vec<FieldError>) {
    let length = list.len() as u64;
    if let Some(least) = bound(schema, "minItems").filter(|least| length < *least) {
        let field = path.to_owned();
        push(errors, path, &length.into(), CustomCode::TooFewItems { field, least });
    }
    if let Some(most) = bound(schema, "maxItems").filter(|most| length > *most) {
        push(errors, path, &length.into(), CustomCode::TooManyItems { most });
    }
    let inner = get(schema, "items");
    for (index, value) in list.iter().enumerate() {
        check(inner, value, &format!("{path}[{index}]"), errors);
    }
    let keys = texts(schema, "x-kubernetes-list-map-keys");
    let is_set = text(schema, "x-kubernetes-list-type") == "set";
    if !keys.is_empty() || is_set {
        let key = |value: &Value| match keys.as_slice() {
            [] => value.clone(),
            keys => Value::Object(
                keys.iter()
                    .map(|it| ((*it).to_owned(), get(value, it).clone()))
                    .collect(),
            ),
        };
        let mut seen: Vec<Value> = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let key = key(value);
            if seen.contains(&key) {
                push(errors, &format!("{path}[{index}]"), &key, GeneralCode::Duplicate);
            }
            seen.push(key);
        }
    }
}

fn check_map(schema: &Value, map: &Map<String, Value>, path: &str, errors: &mut Vec<FieldError>) {
    let dot = if path.is_empty() { "" } else { "." };
    let fields = get(schema, "properties");
    let extra = get(schema, "additionalProperties");
    for (name, value) in map {
        let field = get(fields, name);
        let rule = if field.is_object() { field } else { extra };
        if path.is_empty() && name == "metadata" {
            continue;
        }
        if rule.is_object() {
            check(rule, value, &format!("{path}{dot}{name}"), errors);
        }
    }
    for name in texts(schema, "required") {
        if !map.contains_key(name) {
            push(
                errors,
                &format!("{path}{dot}{name}"),
                &Value::Null,
                GeneralCode::Required,
            );
        }
    }
    let length = map.len() as u64;
    if let Some(least) = bound(schema, "minProperties").filter(|least| length < *least) {
        let field = path.to_owned();
        push(errors, path, &length.into(), CustomCode::TooFewFields { field, least });
    }
    if let Some(most) = bound(schema, "maxProperties").filter(|most| length > *most) {
        push(errors, path, &length.into(), CustomCode::TooManyItems { most });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn crontab() -> Value {
        json!({"type": "object", "properties": {"spec": {"type": "object", "required": ["image"], "properties": {
            "cronSpec": {"type": "string", "pattern": "^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$", "default": "* * * * *"},
            "replicas": {"type": "integer", "minimum": 1, "maximum": 10},
            "image": {"type": "string", "minLength": 1},
            "mode": {"type": "string", "enum": ["a", "b"]},
            "port": {"x-kubernetes-int-or-string": true},
            "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "list": {"type": "array", "maxItems": 1, "items": {"type": "object", "properties": {"n": {"type": "integer", "default": 3}}}}
        }}}})
    }

    fn lines(spec: Value) -> Vec<String> {
        let mut value = json!({"metadata": {"name": "x"}});
        value["spec"] = spec;
        validate(&crontab(), &value).iter().map(ToString::to_string).collect()
    }

    /// Texts as in kubernetes.io "Extend the Kubernetes API with CustomResourceDefinitions", "Validation".
    #[test]
    fn objects_are_held_against_their_schema() {
        assert_eq!(
            lines(json!({"image": "a", "port": "http", "labels": {"a": "b"}})),
            Vec::<String>::new()
        );
        assert_eq!(
            lines(json!({"cronSpec": "* * * *", "image": "a", "replicas": 15})),
            [
                "spec.cronSpec: Invalid value: \"* * * *\": spec.cronSpec in body should match '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$'",
                "spec.replicas: Invalid value: 15: spec.replicas in body should be less than or equal to 10",
            ]
        );
        assert_eq!(
            lines(json!({"replicas": "3", "mode": "c", "labels": {"a": 1}, "list": [{}, {}]})),
            [
                "spec.labels.a: Invalid value: \"integer\": spec.labels.a in body must be of type string: \"integer\"",
                "spec.list: Too many: 2: must have at most 1 items",
                "spec.mode: Unsupported value: \"c\": supported values: \"a\", \"b\"",
                "spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type integer: \"string\"",
                "spec.image: Required value",
            ]
        );
    }

    #[test]
    fn defaults_come_and_unknown_fields_are_found() {
        let mut value = json!({"kind": "CronTab", "metadata": {"x": 1}, "spec": {"list": [{}], "free": {"a": {"b": 1}}, "imag": 1, "labels": {"z": "1"}}});
        assert_eq!(unknown_fields(&crontab(), &value), ["spec.imag"]);
        default(&crontab(), &mut value);
        assert_eq!(value["spec"]["cronSpec"], "* * * * *");
        assert_eq!(value["spec"]["list"][0]["n"], 3);
    }

    #[test]
    fn a_definition_adds_one_kind_for_each_version_that_is_served() {
        let definition = json!({"spec": {"group": "example.com", "scope": "Cluster", "names": {"kind": "W", "plural": "ws", "shortNames": ["w"]},
            "versions": [{"name": "v1", "served": true, "storage": true}, {"name": "v2", "served": false}]}});
        let mut known = Definitions::default();
        known.add(&definition);
        let found = known.kind("example.com/v1", "W").expect("served");
        assert_eq!((found.plural, found.short, found.namespaced), ("ws", &["w"][..], false));
        for (version, kind) in [("example.com/v2", "W"), ("example.com/v1", "V"), ("v1", "W")] {
            assert!(known.kind(version, kind).is_none());
        }
        let mut again = Definitions::default();
        again.add(&definition);
        assert!(known.kinds().zip(again.kinds()).all(|(a, b)| std::ptr::eq(a, b)));
    }
}
