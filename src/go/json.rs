//! Trees as Go's `encoding/json` writes them: keys sorted, `<`, `>` and `&` escaped.

use serde_json::Value;

/// The tree on one line (`json.Marshal`).
#[must_use]
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, None, &mut out, &|_| {});
    out
}

/// The tree over several lines, four spaces deeper at each level, without a newline at its end; `order` may put
/// the keys of a mapping, which come sorted, into another order.
#[must_use]
pub fn indented(value: &Value, order: &dyn Fn(&mut Vec<&String>)) -> String {
    let mut out = String::new();
    write(value, Some(0), &mut out, order);
    out
}

/// `depth`: how far in the value stands; `None` on one line.
fn write(value: &Value, depth: Option<usize>, out: &mut String, order: &dyn Fn(&mut Vec<&String>)) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&super::number(number)),
        Value::String(text) => string(text, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(map) if map.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            out.push('[');
            for (idx, item) in items.iter().enumerate() {
                separate(idx, depth, out);
                write(item, depth.map(|it| it + 1), out, order);
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
                write(&map[key], depth.map(|it| it + 1), out, order);
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

fn string(text: &str, out: &mut String) {
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
            indented(&value, &|_| {}),
            "{\n    \"a\": {},\n    \"b\": [\n        1,\n        {\n            \"c\": \"\\u003c\\u0026\\u003e\"\n        }\n    ],\n    \"d\": []\n}"
        );
        assert_eq!(
            compact(&json!({"a": [1, 2], "b": "\u{2028}"})),
            "{\"a\":[1,2],\"b\":\"\\u2028\"}"
        );
    }
}
