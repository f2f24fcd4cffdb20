//! What the definition of a custom resource says of it, in the form that definitions have (`openAPIV3Schema`), made
//! from the schema as data. Not here: holding objects against it ([`custom`](crate::api::custom)).

use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::{Definition, Field, Type};
use crate::api::kind::GATEWAY_GROUP;

/// The structural schema of a kind of the Gateway API, the same in all its versions; `None` for other names.
#[must_use]
pub fn of_gateway_kind(name: &str) -> Option<&'static Value> {
    static ALL: OnceLock<Vec<(&'static str, Value)>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let kinds = super::kinds().iter();
        kinds
            .filter(|it| it.group == GATEWAY_GROUP && it.version == "v1")
            .map(|it| (it.name, of_definition(it.definition())))
            .collect()
    });
    all.iter().find(|(kind, _)| *kind == name).map(|(_, schema)| schema)
}

fn of_definition(definition: &Definition) -> Value {
    let mut fields = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for field in &definition.fields {
        // The server itself knows what stands in metadata.
        if field.name == "metadata" {
            fields.insert("metadata".to_owned(), json!({"type": "object"}));
            continue;
        }
        fields.insert(field.name.to_owned(), of_field(field));
        if field.required {
            required.push(field.name.into());
        }
    }
    json!({"type": "object", "properties": fields, "required": required})
}

fn of_field(field: &Field) -> Value {
    let mut schema = of_type(&field.ty);
    let allowed: Vec<Value> = field.enum_values().map(|it| value_of(&field.ty, it)).collect();
    if !allowed.is_empty() {
        schema["enum"] = allowed.into();
    }
    for mark in field.rules.split(' ').filter(|it| !it.is_empty()) {
        match mark.strip_prefix('[') {
            Some(mark) => add(&mut schema["items"], item_of(&field.ty), mark),
            None => add(&mut schema, &field.ty, mark),
        }
    }
    schema
}

fn item_of(ty: &Type) -> &Type {
    match ty {
        Type::List(inner) | Type::Map(inner) => inner,
        other => other,
    }
}

/// An allowed value as it stands in JSON.
fn value_of(ty: &Type, text: &str) -> Value {
    match ty {
        Type::Int32 | Type::Int64 => text.parse::<i64>().map_or(Value::Null, Value::from),
        _ => text.into(),
    }
}

fn add(schema: &mut Value, ty: &Type, mark: &str) {
    let (sign, rest) = mark.split_at(1);
    let (least, most) = match ty {
        Type::Int32 | Type::Int64 | Type::Number => ("minimum", "maximum"),
        Type::List(_) => ("minItems", "maxItems"),
        Type::Map(_) => ("minProperties", "maxProperties"),
        _ => ("minLength", "maxLength"),
    };
    match sign {
        "/" => schema["pattern"] = rest.into(),
        ">" => schema[least] = value_of(&Type::Int64, rest),
        "<" => schema[most] = value_of(&Type::Int64, rest),
        "?" => schema["default"] = serde_json::from_str(rest).unwrap_or_default(),
        "=" => schema["enum"] = rest.split('|').collect::<Vec<_>>().into(),
        "#" if rest.is_empty() => schema["x-kubernetes-list-type"] = "set".into(),
        "#" => schema["x-kubernetes-list-map-keys"] = json!([rest]),
        _ => {}
    }
}

fn of_type(ty: &Type) -> Value {
    match ty {
        Type::Object(id) => of_definition(id.get()),
        Type::List(inner) => json!({"type": "array", "items": of_type(inner)}),
        Type::Map(inner) => json!({"type": "object", "additionalProperties": of_type(inner)}),
        Type::Bool => json!({"type": "boolean"}),
        Type::Int32 | Type::Int64 => json!({"type": "integer"}),
        Type::Number => json!({"type": "number"}),
        Type::IntOrString => json!({"x-kubernetes-int-or-string": true}),
        Type::Any => json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}),
        Type::String | Type::Quantity | Type::Time | Type::MicroTime | Type::Bytes => json!({"type": "string"}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_openapi() {
        let route = of_gateway_kind("HTTPRoute").expect("known");
        let spec = &route["properties"]["spec"]["properties"];
        assert_eq!(spec["hostnames"]["maxItems"], 16);
        assert_eq!(spec["hostnames"]["items"]["maxLength"], 253);
        let rule = &spec["rules"]["items"]["properties"];
        assert_eq!(rule["backendRefs"]["items"]["properties"]["weight"]["default"], 1);
        let filter = &rule["filters"]["items"]["properties"];
        assert_eq!(filter["requestRedirect"]["properties"]["statusCode"]["enum"][1], 302);
        assert_eq!(
            filter["requestHeaderModifier"]["properties"]["remove"]["x-kubernetes-list-type"],
            "set"
        );
        assert_eq!(filter["cors"]["properties"]["allowMethods"]["items"]["enum"][9], "*");
        assert_eq!(of_gateway_kind("XMesh"), None);
        let gateway = of_gateway_kind("Gateway").expect("known");
        let status = &gateway["properties"]["status"]["default"]["conditions"];
        assert_eq!(status[1]["message"], "Waiting for controller");
    }
}
