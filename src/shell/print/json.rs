//! Trees as the JSON that `kubectl get -o json` prints: four spaces, and `<`, `>`, `&` escaped as Go does.

use crate::small_sort::SmallSort as _;
use serde_json::Value;

use super::yaml::go_number;

/// The tree over several lines, without a newline at its end.
#[must_use]
pub fn pretty(value: &Value) -> String {
    let mut out = String::new();
    write(value, Some(0), &mut out);
    out
}

/// The tree over several lines with the keys in the order of the Go structs they come from, as commands
/// print the objects they make themselves.
#[must_use]
pub fn pretty_as_struct(value: &Value) -> String {
    let mut out = String::new();
    write_with(value, Some(0), &mut out, &|keys| {
        keys.small_sort_by_key(|key| struct_rank(key))
    });
    out
}

/// Where a field stands in its Go struct, relative to the fields that occur beside it.
fn struct_rank(key: &str) -> usize {
    const ORDER: &[&str] = &[
        "kind",
        "apiVersion",
        "metadata",
        "name",
        "namespace",
        "labels",
        "annotations",
        "ingressClassName",
        "defaultBackend",
        "hosts",
        "secretName",
        "tls",
        "rules",
        "host",
        "http",
        "path",
        "pathType",
        "backend",
        "service",
        "spec",
        "status",
        "image",
        "command",
        "args",
        "replicas",
        "protocol",
        "port",
        "targetPort",
        "nodePort",
        "containerPort",
        "ports",
        "env",
        "resources",
        "selector",
        "matchLabels",
        "template",
        "strategy",
        "containers",
        "restartPolicy",
        "dnsPolicy",
        "clusterIP",
        "data",
        "type",
        "externalName",
    ];
    ORDER.iter().position(|it| *it == key).unwrap_or(ORDER.len())
}

/// The tree on one line.
#[must_use]
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, &mut out);
    out
}

fn write(value: &Value, depth: Option<usize>, out: &mut String) {
    write_with(value, depth, out, &|_| {});
}

fn write_with(value: &Value, depth: Option<usize>, out: &mut String, order: &dyn Fn(&mut Vec<&String>)) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&go_number(number)),
        Value::String(text) => string(text, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            out.push('[');
            for (idx, item) in items.iter().enumerate() {
                separate(idx, depth, out);
                write_with(item, depth.map(|it| it + 1), out, order);
            }
            line(depth, out);
            out.push(']');
        }
        Value::Object(map) => {
            out.push('{');
            let mut keys: Vec<&String> = map.keys().collect();
            order(&mut keys);
            for (idx, key) in keys.into_iter().enumerate() {
                separate(idx, depth, out);
                string(key, out);
                out.push_str(if depth.is_some() { ": " } else { ":" });
                write_with(&map[key], depth.map(|it| it + 1), out, order);
            }
            line(depth, out);
            out.push('}');
        }
    }
}

fn separate(idx: usize, depth: Option<usize>, out: &mut String) {
    if idx > 0 {
        out.push(',');
    }
    line(depth.map(|it| it + 1), out);
}

fn line(depth: Option<usize>, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", depth));
    }
}

/// A string as Go's `encoding/json` writes it.
pub(crate) fn string(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", letter as u32));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_laid_out_as_go_lays_it_out() {
        let value = json!({"b": [1, {"c": "<&>"}], "a": {}, "d": []});
        assert_eq!(
            pretty(&value),
            "{\n    \"a\": {},\n    \"b\": [\n        1,\n        {\n            \"c\": \"\\u003c\\u0026\\u003e\"\n        }\n    ],\n    \"d\": []\n}"
        );
        assert_eq!(compact(&json!({"a": [1, 2]})), "{\"a\":[1,2]}");
    }
}
