//! Help while typing: what may stand at a cursor, and what stands there.
//!
//! The place comes from [`manifest::cursor`](crate::manifest::cursor), the names from [`schema`]. Only what the
//! schema says is offered; values out of a running cluster are for whoever has one.

use std::collections::BTreeSet;

use crate::manifest::cursor::{At, Cursor, locate};

use super::kind::KINDS;
use super::schema::{self, Definition, Field, Type};

/// What may stand at a cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completions {
    /// First byte of what is replaced, up to the cursor.
    pub from: usize,
    /// The choices.
    pub options: Vec<Choice>,
}

/// One choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As shown.
    pub label: String,
    /// What it is.
    pub what: What,
    /// Its type or group.
    pub detail: String,
    /// Written instead of the label.
    pub insert: String,
    /// Higher stands first.
    pub rank: i8,
}

/// What a choice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A kind or an API version.
    Kind,
    /// A field.
    Field,
    /// A value of a field.
    Value,
}

/// A field in the text, and where its description stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Bytes of the key.
    pub from: usize,
    /// One past its last byte.
    pub to: usize,
    /// `spec.ports[].targetPort`.
    pub path: String,
    /// As people say it: `integer or string`.
    pub ty: String,
    /// Full name of the struct that has the field: `io.k8s.api.core.v1.ServicePort`.
    pub owner: String,
    /// The field.
    pub field: &'static str,
}

/// Fields that manifests are mostly made of; they stand before the others.
const USUAL: [&str; 24] = [
    "metadata",
    "spec",
    "name",
    "namespace",
    "labels",
    "selector",
    "type",
    "ports",
    "port",
    "targetPort",
    "protocol",
    "nodePort",
    "replicas",
    "template",
    "containers",
    "image",
    "containerPort",
    "rules",
    "host",
    "http",
    "paths",
    "path",
    "pathType",
    "backend",
];
/// Fields that the server fills in; they stand last.
const SERVERS: [&str; 8] = [
    "status",
    "managedFields",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "selfLink",
    "deletionTimestamp",
];

/// What may stand at byte `offset` of `text`; nothing where that would be a guess.
#[must_use]
pub fn complete(text: &str, offset: usize) -> Option<Completions> {
    let cursor = locate(text, offset)?;
    let column = cursor.from - text[..cursor.from].rfind('\n').map_or(0, |at| at + 1);
    let has_colon = text[cursor.to..].trim_start_matches(' ').starts_with(':');
    let options = match cursor.at {
        At::Value(key) if cursor.path.is_empty() && key == "kind" => kinds(&cursor),
        At::Value(key) if cursor.path.is_empty() && key == "apiVersion" => versions(&cursor),
        At::Value(key) => values(&field(&cursor, key)?.ty, field(&cursor, key)?),
        At::Key => match holder(&cursor) {
            Holder::Struct(definition) => fields(definition, &cursor, column, has_colon),
            Holder::Scalars(field) => values(item(&field.ty), field),
            Holder::Unknown if cursor.path.is_empty() => header(&cursor, has_colon),
            Holder::Unknown => Vec::new(),
        },
    };
    (!options.is_empty()).then_some(Completions {
        from: cursor.from,
        options,
    })
}

/// The field whose key stands at byte `offset` of `text`.
#[must_use]
pub fn describe(text: &str, offset: usize) -> Option<Described> {
    let cursor = locate(text, offset)?;
    if cursor.at != At::Key {
        return None;
    }
    let key = text.get(cursor.from..cursor.to)?.trim_matches(['"', '\'']);
    let Holder::Struct(definition) = holder(&cursor) else {
        return None;
    };
    let field = definition.field(key)?;
    let mut path = path_of(&cursor);
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(key);
    Some(Described {
        from: cursor.from,
        to: cursor.to,
        path,
        ty: field.ty.describe(),
        owner: definition.full_name(),
        field: field.name,
    })
}

/// What the mapping (or list) around a cursor is made of.
enum Holder {
    Struct(&'static Definition),
    Scalars(&'static Field),
    Unknown,
}

fn holder(cursor: &Cursor<'_>) -> Holder {
    let (Some(api_version), Some(kind)) = (cursor.api_version, cursor.kind) else {
        return Holder::Unknown;
    };
    let path = path_of(cursor);
    if path.is_empty() {
        return schema::lookup(api_version, kind).map_or(Holder::Unknown, Holder::Struct);
    }
    let in_list = cursor.path.last() == Some(&"[]");
    match schema::field_at(api_version, kind, &path) {
        Some(field) => match (&field.ty, in_list) {
            (Type::Object(id), false) => Holder::Struct(id.get()),
            (Type::List(inner), true) => match &**inner {
                Type::Object(id) => Holder::Struct(id.get()),
                _ => Holder::Scalars(field),
            },
            _ => Holder::Unknown,
        },
        None => Holder::Unknown,
    }
}

/// `spec.ports[]`, as [`schema::field_at`] reads it.
fn path_of(cursor: &Cursor<'_>) -> String {
    let mut path = String::new();
    for step in &cursor.path {
        if *step != "[]" && !path.is_empty() {
            path.push('.');
        }
        path.push_str(step);
    }
    path
}

/// The field named `key` in the struct around the cursor.
fn field(cursor: &Cursor<'_>, key: &str) -> Option<&'static Field> {
    match holder(cursor) {
        Holder::Struct(definition) => definition.field(key),
        _ => None,
    }
}

fn item(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) => inner,
        other => other,
    }
}

fn kinds(cursor: &Cursor<'_>) -> Vec<Choice> {
    let known = schema::kinds().iter().map(|kind| (kind.api_version(), kind.name));
    let configuration = KINDS.iter().map(|info| {
        let version = if info.group.is_empty() {
            info.version.to_owned()
        } else {
            format!("{}/{}", info.group, info.version)
        };
        (version, info.name)
    });
    let all: BTreeSet<(String, &str)> = known.chain(configuration).collect();
    let fits = |version: &str| cursor.api_version.is_none_or(|written| written == version);
    all.into_iter()
        .filter(|(version, name)| fits(version) && !name.ends_with("List"))
        .map(|(version, name)| Choice {
            label: name.to_owned(),
            what: What::Kind,
            detail: version,
            insert: name.to_owned(),
            rank: if KINDS.iter().any(|info| info.name == name) {
                10
            } else {
                0
            },
        })
        .collect()
}

fn versions(cursor: &Cursor<'_>) -> Vec<Choice> {
    let simulated: BTreeSet<String> = KINDS
        .iter()
        .map(|info| {
            if info.group.is_empty() {
                info.version.to_owned()
            } else {
                format!("{}/{}", info.group, info.version)
            }
        })
        .collect();
    let of_kind = schema::kinds()
        .iter()
        .filter(|kind| cursor.kind.is_none_or(|written| written == kind.name))
        .map(schema::SchemaKind::api_version);
    let known: BTreeSet<String> = match cursor.kind {
        Some(_) => of_kind.collect(),
        None => of_kind.chain(simulated.iter().cloned()).collect(),
    };
    known
        .into_iter()
        .map(|version| Choice {
            label: version.clone(),
            what: What::Kind,
            detail: String::new(),
            rank: if simulated.contains(&version) { 10 } else { 0 },
            insert: version,
        })
        .collect()
}

/// What every document has, while its kind is not known yet.
fn header(cursor: &Cursor<'_>, has_colon: bool) -> Vec<Choice> {
    ["apiVersion", "kind", "metadata", "spec"]
        .into_iter()
        .zip(1_i8..)
        .filter(|(name, _)| !cursor.siblings.contains(name))
        .map(|(name, place)| {
            let insert = match name {
                _ if has_colon => name.to_owned(),
                "metadata" | "spec" => format!("{name}:\n  "),
                _ => format!("{name}: "),
            };
            Choice {
                label: name.to_owned(),
                what: What::Field,
                detail: String::new(),
                insert,
                rank: 20 - place,
            }
        })
        .collect()
}

fn fields(definition: &Definition, cursor: &Cursor<'_>, column: usize, has_colon: bool) -> Vec<Choice> {
    let missing = definition
        .fields
        .iter()
        .filter(|field| !cursor.siblings.contains(&field.name));
    let indent = " ".repeat(column + 2);
    missing
        .map(|field| {
            let name = field.name;
            let rank = match () {
                () if SERVERS.contains(&name) => -50,
                () if field.required => 20,
                () if USUAL.contains(&name) => 10,
                () => 0,
            };
            let insert = match &field.ty {
                _ if has_colon => name.to_owned(),
                Type::Object(_) | Type::Map(_) => format!("{name}:\n{indent}"),
                Type::List(_) => format!("{name}:\n{indent}- "),
                _ => format!("{name}: "),
            };
            Choice {
                label: name.to_owned(),
                what: What::Field,
                detail: field.ty.describe(),
                insert,
                rank,
            }
        })
        .collect()
}

fn values(ty: &Type, field: &Field) -> Vec<Choice> {
    let mut found: Vec<&str> = field.enum_values().collect();
    match (ty, field.name) {
        (Type::Bool, _) => found.extend(["true", "false"]),
        // The one word among addresses: a headless Service.
        (Type::String, "clusterIP") => found.push("None"),
        _ => {}
    }
    found
        .into_iter()
        .map(|value| Choice {
            label: value.to_owned(),
            what: What::Value,
            detail: String::new(),
            insert: value.to_owned(),
            rank: 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The labels offered at `|`, best first.
    fn at(text: &str) -> Vec<String> {
        let offset = text.find('|').expect("a cursor");
        let text = text.replacen('|', "", 1);
        let Some(mut found) = complete(&text, offset) else {
            return Vec::new();
        };
        found
            .options
            .sort_by(|a, b| b.rank.cmp(&a.rank).then_with(|| a.label.cmp(&b.label)));
        found.options.into_iter().map(|it| it.label).collect()
    }

    const SERVICE: &str = "apiVersion: v1\nkind: Service\n";

    #[test]
    fn an_empty_document_begins_with_its_header() {
        assert_eq!(at("|"), ["apiVersion", "kind", "metadata", "spec"]);
        assert_eq!(at("apiVersion: v1\n|"), ["kind", "metadata", "spec"]);
    }

    #[test]
    fn kinds_fit_the_api_version() {
        assert_eq!(
            at("apiVersion: networking.k8s.io/v1\nkind: |")[..3],
            ["Ingress", "IngressClass", "NetworkPolicy"]
        );
        assert_eq!(at("kind: EndpointSlice\napiVersion: |"), ["discovery.k8s.io/v1"]);
        assert!(at("kind: |").contains(&"KubeProxyConfiguration".to_owned()));
    }

    #[test]
    fn fields_of_the_struct_around_without_those_written() {
        let found = at(&format!("{SERVICE}spec:\n  ports:\n  - port: 80\n    |"));
        assert_eq!(found, ["name", "nodePort", "protocol", "targetPort", "appProtocol"]);
        let top = at(&format!("{SERVICE}|"));
        assert_eq!((top[0].as_str(), top[top.len() - 1].as_str()), ("metadata", "status"));
        assert!(
            at(&format!("{SERVICE}metadata:\n  labels:\n    |")).is_empty(),
            "labels are free"
        );
    }

    #[test]
    fn values_of_enums_and_booleans() {
        assert_eq!(
            at(&format!("{SERVICE}spec:\n  type: |")),
            ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
        );
        assert_eq!(
            at(&format!("{SERVICE}spec:\n  publishNotReadyAddresses: |")),
            ["false", "true"]
        );
        assert_eq!(at(&format!("{SERVICE}spec:\n  clusterIP: |")), ["None"]);
    }

    #[test]
    fn what_is_inserted_goes_on_where_one_types_next() {
        let insert = |text: &str, label: &str| {
            let found = complete(text, text.len()).expect("choices");
            found
                .options
                .into_iter()
                .find(|it| it.label == label)
                .expect(label)
                .insert
        };
        assert_eq!(insert(&format!("{SERVICE}sp"), "spec"), "spec:\n  ");
        assert_eq!(insert(&format!("{SERVICE}spec:\n  po"), "ports"), "ports:\n    - ");
        assert_eq!(insert(&format!("{SERVICE}spec:\n  ty"), "type"), "type: ");
    }

    #[test]
    fn a_key_under_the_pointer_is_described() {
        let text = format!("{SERVICE}spec:\n  ports:\n  - targetPort: http\n");
        let found = describe(&text, text.find("getPort").expect("there")).expect("a field");
        assert_eq!(
            (found.path.as_str(), found.ty.as_str()),
            ("spec.ports[].targetPort", "integer or string")
        );
        assert_eq!(
            (found.owner.as_str(), found.field),
            ("io.k8s.api.core.v1.ServicePort", "targetPort")
        );
        assert_eq!(&text[found.from..found.to], "targetPort");
        assert_eq!(describe(&text, text.find("http").expect("there")), None, "a value");
    }
}
