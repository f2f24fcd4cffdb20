//! What `kubectl` itself has against the items of a `kind: List`. Single objects are checked by the server; a list
//! is no resource of the server's, so kubectl holds its items against the OpenAPI schema by itself
//! (`kube-openapi pkg/util/proto/validation`).

use serde_json::Value;

use super::codes::{Problem, SchemaProblem};
use super::schema::{self, Definition, Type};

/// Everything that is wrong with one item.
pub(super) fn problems(api_version: &str, kind: &str, value: &Value) -> Vec<Problem> {
    let mut found = Vec::new();
    if let Some(definition) = schema::lookup(api_version, kind) {
        of_kind(definition, value, kind, &mut found);
    }
    found
}

fn complain(found: &mut Vec<Problem>, path: &str, problem: SchemaProblem) {
    found.push(Problem::Schema {
        path: path.to_owned(),
        problem,
    });
}

fn of_kind(definition: &Definition, value: &Value, path: &str, found: &mut Vec<Problem>) {
    let name = definition.full_name();
    let Value::Object(map) = value else {
        wrong_type(found, path, &name, value, "map");
        return;
    };
    for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
        match definition.field(key) {
            Some(field) => {
                of_type(
                    &field.ty,
                    value,
                    &format!("{path}.{key}"),
                    &format!("{name}.{key}"),
                    found,
                );
            }
            None => {
                let (field, of) = (key.clone(), name.clone());
                complain(found, path, SchemaProblem::UnknownField { field, of });
            }
        }
    }
    for field in definition.fields.iter().filter(|field| field.required) {
        if map.get(field.name).is_none_or(Value::is_null) {
            let (field, of) = (field.name, name.clone());
            complain(found, path, SchemaProblem::MissingField { field, of });
        }
    }
}

fn of_type(ty: &Type, value: &Value, path: &str, schema_path: &str, found: &mut Vec<Problem>) {
    match (ty, value) {
        (Type::Any, _) => {}
        (Type::Object(id), _) => of_kind(id.get(), value, path, found),
        (Type::List(inner), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.is_null()) {
                of_type(inner, item, &format!("{path}[{index}]"), schema_path, found);
            }
        }
        (Type::Map(inner), Value::Object(map)) => {
            for (key, value) in map.iter().filter(|(_, value)| !value.is_null()) {
                of_type(inner, value, &format!("{path}.{key}"), schema_path, found);
            }
        }
        (Type::List(_), _) => wrong_type(found, path, schema_path, value, "array"),
        (Type::Map(_), _) => wrong_type(found, path, schema_path, value, "map"),
        (Type::Bool, Value::Bool(_)) | (Type::Int32 | Type::Int64 | Type::Number, Value::Number(_)) => {}
        (Type::Bool, _) => wrong_type(found, path, schema_path, value, "boolean"),
        (Type::Int32 | Type::Int64, _) => wrong_type(found, path, schema_path, value, "integer"),
        (Type::Number, _) => wrong_type(found, path, schema_path, value, "number"),
        // Anything that is neither list nor map will do as a string.
        (_, Value::Array(_) | Value::Object(_)) => wrong_type(found, path, schema_path, value, "string"),
        _ => {}
    }
}

fn wrong_type(found: &mut Vec<Problem>, path: &str, schema_path: &str, value: &Value, expected: &'static str) {
    let got = match value {
        Value::Null => "nil",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "map",
    };
    let of = schema_path.to_owned();
    complain(found, path, SchemaProblem::WrongType { of, got, expected });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn items_are_held_against_the_schema() {
        let rows = [
            (
                json!({"spec": {"ports": [{"port": "http"}]}}),
                "ValidationError(Service.spec.ports[0].port): invalid type for io.k8s.api.core.v1.ServicePort.port: got \"string\", expected \"integer\"",
            ),
            (
                json!({"spec": {"slector": {}}}),
                "ValidationError(Service.spec): unknown field \"slector\" in io.k8s.api.core.v1.ServiceSpec",
            ),
            (
                json!({"spec": {"ports": [{"targetPort": 80}]}}),
                "ValidationError(Service.spec.ports[0]): missing required field \"port\" in io.k8s.api.core.v1.ServicePort",
            ),
            (
                json!({"spec": {"selector": []}}),
                "ValidationError(Service.spec.selector): invalid type for io.k8s.api.core.v1.ServiceSpec.selector: got \"array\", expected \"map\"",
            ),
            (
                json!({"spec": 3}),
                "ValidationError(Service.spec): invalid type for io.k8s.api.core.v1.ServiceSpec: got \"integer\", expected \"map\"",
            ),
        ];
        for (value, message) in rows {
            let words: Vec<_> = problems("v1", "Service", &value)
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(words, [message]);
        }
        assert!(
            problems(
                "v1",
                "Service",
                &json!({"spec": {"selector": {"a": true}, "ports": [{"port": 1.5}]}})
            )
            .is_empty()
        );
    }
}
