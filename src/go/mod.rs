//! Values as Go writes and reads them: the verbs of `fmt` and `strconv.ParseBool` (here), and `encoding/json`
//! ([`json`]).
//!
//! Kubernetes is written in Go, and much of what its programs print is what Go's standard library makes of a
//! value: quoted names in errors, maps in events, last-applied configurations. Not here: what `kubectl` lays out
//! itself (`shell::print`), and the words of errors (`api`).

pub mod json;

use std::fmt::Write as _;

use serde_json::{Number, Value};

/// Yes or no as `strconv.ParseBool` reads it; `None` for any other text.
#[must_use]
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Whether a text says yes ([`parse_bool`]).
#[must_use]
pub fn is_true(text: &str) -> bool {
    parse_bool(text) == Some(true)
}

/// `%v`: `text`, `80`, `map[app:web]`, `[a b]`, `<nil>`.
#[must_use]
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => self::number(number),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(plain).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(map) => {
            let entries: Vec<_> = map.iter().map(|(key, item)| format!("{key}:{}", plain(item))).collect();
            format!("map[{}]", entries.join(" "))
        }
    }
}

/// `%#v` of an unstructured object: `map[string]interface {}{"a":1}`.
#[must_use]
pub fn sharp(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => quote(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(sharp).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let entries: Vec<_> = map
                .iter()
                .map(|(key, item)| format!("{}:{}", quote(key), sharp(item)))
                .collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        other => plain(other),
    }
}

/// `%v` of a number: integers in full, others in their shortest form (`strconv` `'g'`).
#[must_use]
pub fn number(number: &Number) -> String {
    if !number.is_f64() {
        return number.to_string();
    }
    let value = number.as_f64().unwrap_or_default();
    if value == 0.0 {
        return "0".to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..21).contains(&exponent) {
        return format!("{value}");
    }
    let mut text = mantissa.to_owned();
    let sign = if exponent < 0 { '-' } else { '+' };
    // Writing to a string does not fail.
    let _ = write!(text, "e{sign}{:02}", exponent.abs());
    text
}

/// `%T` of a decoded value.
#[must_use]
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// A string as Go's `%q` writes it: what `strconv.IsPrint` refuses is escaped.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\x{:02x}", letter as u32)),
            letter if is_printable(letter) => out.push(letter),
            letter if (letter as u32) < 0x1_0000 => out.push_str(&format!("\\u{:04x}", letter as u32)),
            letter => out.push_str(&format!("\\U{:08x}", letter as u32)),
        }
    }
    out.push('"');
    out
}

/// Whether Go prints a letter as it is: letters, marks, numbers, punctuation, symbols and the plain blank.
fn is_printable(letter: char) -> bool {
    // Rust's own escapes go by the same categories, but a mark at the start of a text is escaped, too.
    let mut bytes = [0; 5];
    bytes[0] = b'a';
    let length = letter.encode_utf8(&mut bytes[1..]).len();
    let text = std::str::from_utf8(&bytes[..=length]).unwrap_or_default();
    matches!(letter, '\'' | '"' | '\\') || text.escape_debug().nth(1) == Some(letter)
}

/// The seconds of a duration (`time.ParseDuration`) of whole seconds, minutes and hours: `30s`, `5m`, `1h30m`;
/// `None` for any other text.
#[must_use]
pub fn duration(text: &str) -> Option<i64> {
    let mut total = 0_i64;
    let mut number = String::new();
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        let value: i64 = std::mem::take(&mut number).parse().ok()?;
        total = total.checked_add(value.checked_mul(match letter {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            _ => return None,
        })?)?;
    }
    (number.is_empty() || text == "0").then_some(total)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `strconv.Quote`: `go doc strconv.IsPrint`.
    #[test]
    fn what_go_does_not_print_is_escaped() {
        let rows = [
            ("ta\u{a0}rget", r#""ta\u00a0rget""#),
            ("포트\u{200b}", r#""포트\u200b""#),
            ("\u{feff}a\u{2028}", r#""\ufeffa\u2028""#),
            ("e\u{301}'\u{301}", "\"e\u{301}'\u{301}\""),
            ("\u{e000}\u{10ffff}😀", r#""\ue000\U0010ffff😀""#),
            (
                "\0\u{7}\u{8}\u{c}\u{b}\u{1b}\u{7f}\u{85}",
                r#""\x00\a\b\f\v\x1b\x7f\u0085""#,
            ),
        ];
        for (text, quoted) in rows {
            assert_eq!(quote(text), quoted);
        }
    }

    #[test]
    fn values_print_as_go_prints_them() {
        let value = json!({"a": [1, "x"], "b": {"c": null}});
        assert_eq!(plain(&value), "map[a:[1 x] b:map[c:<nil>]]");
        assert_eq!(
            sharp(&value),
            "map[string]interface {}{\"a\":[]interface {}{1, \"x\"}, \"b\":map[string]interface {}{\"c\":interface {}(nil)}}"
        );
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        assert_eq!(duration("30s"), Some(30));
        assert_eq!(duration("1h5m"), Some(3900));
        assert_eq!(duration("0"), Some(0));
        assert_eq!(duration("5"), None);
        assert_eq!(duration("x"), None);
        assert_eq!(duration("99999999999999999999s"), None);
    }
}
