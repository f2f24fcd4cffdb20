//! The server's first step: what was sent becomes an object of its kind, or `400 BadRequest`.
//!
//! Follows Go's JSON reader as the API server uses it: the first wrong type ends it, unknown fields are
//! collected, fields are met in the order of their names, since kubectl sends them sorted
//! (`sigs.k8s.io/json`, `kubernetes apimachinery/pkg/runtime/serializer/json`).

use serde_json::{Map, Value};

use super::codes::{BadPatch, BadRequest, SentValue, TypeProblem, Undecodable, UnknownFields, Unpatchable, WrongType};
use super::kind::{GATEWAY_GROUP, KindInfo};
use super::refusal::Refusal;
use super::schema::{self, Definition, Field, Type};
use crate::go;
use crate::small_sort::SmallSort as _;

/// What reading found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// The first wrong type.
    pub wrong_type: Option<WrongType>,
    /// Unknown fields by their paths (`spec.ports[0].Port`), in the order met.
    pub unknown: Vec<String>,
}

/// Reads what was sent as an object of its kind. Nulls are dropped, as Go leaves such fields untouched.
///
/// # Errors
/// [`Refusal::BadRequest`] for unknown fields and wrong types.
pub fn decode(info: &KindInfo, sent: &Value) -> Result<Value, Refusal> {
    let written = sent.get("kind").and_then(Value::as_str).unwrap_or(info.name);
    if written != info.name {
        // kubectl knows kinds in lower case too; the server does not.
        return Err(Refusal::BadRequest(BadRequest::UnregisteredKind {
            written: written.to_owned(),
            kind: info.name.to_owned(),
            version: info.version.to_owned(),
            api_version: api_version(info),
        }));
    }
    let (value, findings) = examine(info, sent);
    let why = match findings.wrong_type {
        Some(wrong) => Undecodable::WrongType(Box::new(wrong)),
        None if findings.unknown.is_empty() => return Ok(value),
        None => Undecodable::UnknownFields(UnknownFields(findings.unknown)),
    };
    Err(Refusal::BadRequest(BadRequest::Undecodable {
        kind: info.name.to_owned(),
        version: info.version.to_owned(),
        why,
    }))
}

fn api_version(info: &KindInfo) -> String {
    if info.group.is_empty() {
        info.version.to_owned()
    } else {
        format!("{}/{}", info.group, info.version)
    }
}

/// As [`decode`], for a patch of an object that exists: kubectl's patch is `patch`, the result is `sent`.
///
/// # Errors
/// [`Refusal::BadPatch`], worded as the server words what is wrong with a patch
/// (`kubernetes apimachinery/pkg/runtime/converter.go`).
pub fn decode_update(info: &KindInfo, sent: &Value, patch: &Value) -> Result<Value, Refusal> {
    let (value, mut findings) = examine(info, sent);
    let why = match findings.wrong_type {
        Some(wrong) => Unpatchable::Merged(Box::new(wrong)),
        None if findings.unknown.is_empty() => return Ok(value),
        None => {
            findings.unknown.small_sort();
            Unpatchable::UnknownFields(UnknownFields(findings.unknown))
        }
    };
    let patch = go::plain(patch);
    Err(Refusal::BadPatch(BadPatch { patch, why }))
}

/// Reads what was sent and says everything that is wrong with it.
#[must_use]
pub fn examine(info: &KindInfo, sent: &Value) -> (Value, Findings) {
    let Some(kind) = schema::kind(info.group, info.version, info.name) else {
        return (sent.clone(), Findings::default());
    };
    let mut reader = Reader::default();
    let definition = kind.definition();
    reader.unknown_matters = true;
    let value = reader.object(definition, definition.name, sent);
    let mut findings = reader.findings;
    // Custom resources are maps to the server: their types are the schema's affair, those of metadata are not.
    if info.group == GATEWAY_GROUP
        && findings
            .wrong_type
            .as_ref()
            .is_some_and(|it| !it.field.starts_with("metadata"))
    {
        findings.wrong_type = None;
    }
    (value, findings)
}

/// What kubectl itself has against the metadata, before it asks the server.
pub(super) fn metadata_problem(sent: &Value) -> Option<WrongType> {
    let metadata = sent.get("metadata")?;
    let meta = schema::lookup("v1", "Service")?.field("metadata")?;
    let mut reader = Reader::default();
    let entered = reader.enter(meta.name);
    reader.value(&meta.ty, meta, "metadataOnlyObject", metadata);
    reader.leave(entered);
    reader.findings.wrong_type
}

#[derive(Default)]
struct Reader {
    /// Path with indices.
    path: String,
    /// Path as Go's JSON errors have it: without indices, with embedded structs.
    go_path: String,
    findings: Findings,
    unknown_matters: bool,
}

impl Reader {
    fn enter(&mut self, name: &str) -> (usize, usize) {
        let before = (self.path.len(), self.go_path.len());
        for path in [&mut self.path, &mut self.go_path] {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
        }
        before
    }

    fn leave(&mut self, (path, go_path): (usize, usize)) {
        self.path.truncate(path);
        self.go_path.truncate(go_path);
    }

    /// The fields of a struct; `sent` is known to be a mapping or the whole object.
    fn object(&mut self, definition: &Definition, go_struct: &str, sent: &Value) -> Value {
        let Value::Object(map) = sent else { return sent.clone() };
        let mut out = Map::new();
        for (name, value) in map {
            let Some(field) = definition.field(name) else {
                if self.unknown_matters {
                    let before = self.enter(name);
                    self.findings.unknown.push(self.path.clone());
                    self.leave(before);
                }
                continue;
            };
            if value.is_null() {
                continue;
            }
            let before = (self.path.len(), self.go_path.len());
            if let Some(embedded) = field.embedded {
                if !self.go_path.is_empty() {
                    self.go_path.push('.');
                }
                self.go_path.push_str(embedded);
            }
            self.enter(name);
            out.insert(name.clone(), self.value(&field.ty, field, go_struct, value));
            self.leave(before);
        }
        Value::Object(out)
    }

    fn value(&mut self, ty: &Type, field: &Field, go_struct: &str, sent: &Value) -> Value {
        match (ty, sent) {
            (Type::Object(id), Value::Object(_)) => {
                let definition = id.get();
                self.object(definition, definition.name, sent)
            }
            (Type::List(inner), Value::Array(items)) => Value::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| {
                        let before = self.path.len();
                        self.path.push_str(&format!("[{index}]"));
                        let item = match item {
                            Value::Null => zero(inner),
                            item => self.value(inner, field, go_struct, item),
                        };
                        self.path.truncate(before);
                        item
                    })
                    .collect(),
            ),
            (Type::Map(inner), Value::Object(map)) => Value::Object(
                map.iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| {
                        let before = self.path.len();
                        self.path.push_str(&format!("[{key}]"));
                        let value = self.value(inner, field, go_struct, value);
                        self.path.truncate(before);
                        (key.clone(), value)
                    })
                    .collect(),
            ),
            (Type::Any, sent) => sent.clone(),
            _ => {
                if self.findings.wrong_type.is_none()
                    && let Some(problem) = problem(ty, sent)
                {
                    self.findings.wrong_type = Some(WrongType {
                        field: self.path.clone(),
                        go_field: format!("{go_struct}.{}", self.go_path),
                        expected: ty.clone(),
                        go_type: go_type(ty, field),
                        sent: SentValue::of(sent),
                        problem,
                    });
                }
                sent.clone()
            }
        }
    }
}

/// What Go puts for a `null` in a list.
fn zero(ty: &Type) -> Value {
    match ty {
        Type::String | Type::Bytes => Value::String(String::new()),
        Type::Bool => Value::Bool(false),
        Type::Int32 | Type::Int64 | Type::Number | Type::IntOrString => 0.into(),
        Type::Object(_) => Value::Object(Map::new()),
        _ => Value::Null,
    }
}

/// Why a field of a type cannot hold a value that is neither list nor map where those belong.
fn problem(ty: &Type, sent: &Value) -> Option<TypeProblem> {
    let is_int32 = |number: &serde_json::Number| number.as_i64().is_some_and(|it| i32::try_from(it).is_ok());
    match (ty, sent) {
        (Type::String | Type::IntOrString, Value::String(_))
        | (Type::Bool, Value::Bool(_))
        | (Type::Number, Value::Number(_)) => None,
        (Type::Bytes, Value::String(text)) => base64_problem(text).map(|at| TypeProblem::Base64 { at }),
        (Type::Int32 | Type::IntOrString, Value::Number(number)) if is_int32(number) => None,
        (Type::Int64, Value::Number(number)) if number.as_i64().is_some() => None,
        (Type::Quantity, Value::String(_) | Value::Number(_)) => match super::defaults::canonical_quantity(sent) {
            Some(_) => None,
            None => Some(quantity_problem(sent)),
        },
        (Type::Quantity, _) => Some(TypeProblem::Quantity),
        (Type::Time | Type::MicroTime, Value::String(text)) => {
            let fits = looks_like_time(text) || text.is_empty();
            (!fits).then_some(TypeProblem::Time)
        }
        (_, Value::Null) => None,
        _ => Some(TypeProblem::Kind),
    }
}

/// What Go's reader of quantities says: it tells letters that no suffix has from suffixes that there are none of.
fn quantity_problem(sent: &Value) -> TypeProblem {
    let text = sent.as_str().unwrap_or_default().trim();
    let body = text.strip_prefix(['+', '-']).unwrap_or(text);
    let suffix = body.trim_start_matches(|it: char| it.is_ascii_digit());
    let suffix = suffix
        .strip_prefix('.')
        .map_or(suffix, |it| it.trim_start_matches(|it: char| it.is_ascii_digit()));
    let letters = suffix.trim_start_matches(|it| "eEinumkKMGTP".contains(it));
    let rest = letters.strip_prefix(['+', '-']).unwrap_or(letters);
    if !suffix.is_empty() && suffix.len() < body.len() && rest.bytes().all(|it| it.is_ascii_digit()) {
        TypeProblem::QuantitySuffix
    } else {
        TypeProblem::Quantity
    }
}

/// Go's name of a type.
fn go_type(ty: &Type, field: &Field) -> String {
    let named = |plain: &str| match field.go_type {
        Some(name) if name.contains('.') => name.to_owned(),
        Some(name) => format!("v1.{name}"),
        None => plain.to_owned(),
    };
    match ty {
        Type::String => named("string"),
        Type::Time | Type::MicroTime => "string".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Int32 | Type::IntOrString => "int32".to_owned(),
        Type::Int64 => "int64".to_owned(),
        Type::Number => "float64".to_owned(),
        Type::Bytes => "[]uint8".to_owned(),
        Type::Quantity => "resource.Quantity".to_owned(),
        Type::Any => "interface {}".to_owned(),
        Type::Object(id) => id.get().go_name(),
        Type::List(inner) => format!("[]{}", go_type(inner, field)),
        Type::Map(inner) if **inner == Type::Quantity => "v1.ResourceList".to_owned(),
        Type::Map(inner) => format!("map[string]{}", go_type(inner, field)),
    }
}

/// Where Go's base64 reader stumbles.
fn base64_problem(text: &str) -> Option<usize> {
    let clean: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let error = data_encoding::BASE64.decode(&clean).err()?;
    Some(match error.kind {
        data_encoding::DecodeKind::Length => clean
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'+' | b'/' | b'='))
            .unwrap_or(clean.len() / 4 * 4),
        _ => error.position,
    })
}

/// `2006-01-02T15:04:05` with a zone.
fn looks_like_time(text: &str) -> bool {
    let shape = "0000-00-00T00:00:00";
    text.len() > shape.len()
        && text.is_ascii()
        && shape.bytes().zip(text.bytes()).all(|(want, got)| {
            if want == b'0' {
                got.is_ascii_digit()
            } else {
                want == got
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::read::lookup;
    use serde_json::json;

    fn refused(version: &str, kind: &str, sent: Value) -> String {
        let info = lookup(version, kind).expect("known");
        match decode(&info, &sent) {
            Err(Refusal::BadRequest(error)) => error
                .to_string()
                .split_once(&format!("cannot be handled as a {kind}: "))
                .expect("starts so")
                .1
                .to_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn wrong_types_are_named_as_go_names_them() {
        let pod = |container: Value| json!({"spec": {"containers": [container]}});
        let rows = [
            (
                "v1",
                "Service",
                json!({"spec": {"ports": [{"port": "80"}]}}),
                "string into Go struct field ServicePort.spec.ports.port of type int32",
            ),
            (
                "v1",
                "Service",
                json!({"spec": {"ports": {"port": 80}}}),
                "object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort",
            ),
            (
                "v1",
                "Service",
                json!({"spec": {"selector": "app=web"}}),
                "string into Go struct field ServiceSpec.spec.selector of type map[string]string",
            ),
            (
                "v1",
                "Service",
                json!({"spec": {"selector": {"app": [1]}}}),
                "array into Go struct field ServiceSpec.spec.selector of type string",
            ),
            (
                "v1",
                "Service",
                json!({"spec": {"type": 3}}),
                "number into Go struct field ServiceSpec.spec.type of type v1.ServiceType",
            ),
            (
                "v1",
                "Service",
                json!({"spec": {"ports": [{"port": 9_999_999_999_i64}]}}),
                "number 9999999999 into Go struct field ServicePort.spec.ports.port of type int32",
            ),
            (
                "v1",
                "Service",
                json!({"spec": {"ports": [{"port": 80.5}]}}),
                "number 80.5 into Go struct field ServicePort.spec.ports.port of type int32",
            ),
            (
                "v1",
                "Service",
                json!({"spec": {"ports": [{"targetPort": true}]}}),
                "bool into Go struct field ServicePort.spec.ports.targetPort of type int32",
            ),
            (
                "v1",
                "Service",
                json!({"spec": "x"}),
                "string into Go struct field Service.spec of type v1.ServiceSpec",
            ),
            (
                "networking.k8s.io/v1",
                "Ingress",
                json!({"spec": {"rules": [{"http": {"paths": {}}}]}}),
                "object into Go struct field HTTPIngressRuleValue.spec.rules.IngressRuleValue.http.paths of type []v1.HTTPIngressPath",
            ),
            (
                "networking.k8s.io/v1",
                "Ingress",
                json!({"spec": {"rules": {}}}),
                "object into Go struct field IngressSpec.spec.rules of type []v1.IngressRule",
            ),
            (
                "discovery.k8s.io/v1",
                "EndpointSlice",
                json!({"endpoints": [{"addresses": [{"ip": "x"}]}]}),
                "object into Go struct field Endpoint.endpoints.addresses of type string",
            ),
            (
                "v1",
                "Pod",
                pod(json!({"env": [{"value": true}]})),
                "bool into Go struct field EnvVar.spec.containers.env.value of type string",
            ),
            (
                "v1",
                "Pod",
                pod(json!({"command": "sleep 1"})),
                "string into Go struct field Container.spec.containers.command of type []string",
            ),
            (
                "apps/v1",
                "Deployment",
                json!({"spec": {"selector": {"matchLabels": {"app": 1}}}}),
                "number into Go struct field LabelSelector.spec.selector.matchLabels of type string",
            ),
        ];
        for (version, kind, sent, message) in rows {
            assert_eq!(
                refused(version, kind, sent),
                format!("json: cannot unmarshal {message}")
            );
        }
        let suffix = pod(json!({"resources": {"limits": {"memory": "64mi"}}}));
        assert_eq!(refused("v1", "Pod", suffix), "unable to parse quantity's suffix");
        let quantity = pod(json!({"resources": {"limits": {"cpu": "1x"}}}));
        assert_eq!(
            refused("v1", "Pod", quantity),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
        );
        assert_eq!(
            refused("v1", "Secret", json!({"data": {"a": "%%%%"}})),
            "illegal base64 data at input byte 0"
        );
    }

    #[test]
    fn unknown_fields_are_listed_in_order_unless_a_type_is_wrong() {
        let sent = json!({"foo": 1, "spec": {"slector": {}, "ports": [{"Port": 80, "port": 80}]}});
        assert_eq!(
            refused("v1", "Service", sent),
            "strict decoding error: unknown field \"foo\", unknown field \"spec.ports[0].Port\", unknown field \"spec.slector\""
        );
        let sent = json!({"foo": 1, "spec": {"ports": [{"port": "x"}]}});
        assert!(refused("v1", "Service", sent).starts_with("json: cannot unmarshal string"));
    }

    #[test]
    fn patches_are_refused_in_other_words() {
        let info = lookup("v1", "Service").expect("known");
        let refused = |sent: Value| match decode_update(&info, &sent, &json!({"spec": {"a": [1, "b"]}})) {
            Err(Refusal::BadPatch(error)) => error.to_string(),
            other => panic!("{other:?}"),
        };
        let start = "patch: Invalid value: \"map[spec:map[a:[1 b]]]\": ";
        assert_eq!(
            refused(json!({"spec": {"foo": 1, "bar": 2}})),
            format!("{start}strict decoding error: unknown field \"spec.bar\", unknown field \"spec.foo\"")
        );
        assert_eq!(
            refused(json!({"spec": {"selector": {"a": true}}})),
            format!("{start}unrecognized type: string")
        );
        assert_eq!(
            refused(json!({"spec": {"ports": {}}})),
            format!("{start}cannot restore slice from map")
        );
    }

    #[test]
    fn kinds_in_lower_case_reach_the_server_and_no_further() {
        let info = lookup("v1", "service").expect("kubectl knows it");
        let refused = decode(&info, &json!({"apiVersion": "v1", "kind": "service"})).expect_err("not the server");
        assert_eq!(
            refused.message("", "", ""),
            "service in version \"v1\" cannot be handled as a Service: no kind \"service\" is registered for version \"v1\" in scheme \"pkg/api/legacyscheme/scheme.go:30\""
        );
    }

    #[test]
    fn nulls_leave_no_trace() {
        let info = lookup("v1", "Service").expect("known");
        let sent = json!({"spec": {"type": null, "selector": {"a": null, "b": "c"}, "ports": [{"port": null}]}});
        let value = decode(&info, &sent).expect("is taken");
        assert_eq!(value, json!({"spec": {"selector": {"b": "c"}, "ports": [{}]}}));
    }

    #[test]
    fn kubectl_reads_metadata_by_itself() {
        let rows = [
            (
                json!({"name": true}),
                "bool into Go struct field ObjectMeta.metadata.name of type string",
            ),
            (
                json!("web"),
                "string into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta",
            ),
            (
                json!([]),
                "array into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta",
            ),
            (
                json!({"annotations": {"a": false}}),
                "bool into Go struct field ObjectMeta.metadata.annotations of type string",
            ),
        ];
        for (metadata, message) in rows {
            let found = metadata_problem(&json!({"metadata": metadata})).expect("a problem");
            assert_eq!(found.to_string(), format!("json: cannot unmarshal {message}"));
        }
        assert_eq!(metadata_problem(&json!({"metadata": {"type": 3}})), None);
    }
}
