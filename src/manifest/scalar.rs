//! What a scalar means: YAML 1.1 as `kubectl` reads it, then JSON as it sends it
//! (`sigs.k8s.io/yaml goyaml.v2/resolve.go`).

use serde_json::{Number, Value};

/// Why a scalar has no JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ScalarError {
    /// `.nan`, `.inf`: YAML has them, JSON has not.
    NotFinite(&'static str),
    /// A tag that the text does not satisfy (`!!int abc`).
    Tag {
        /// What the text is by itself.
        found: &'static str,
        /// What the tag asks for.
        wanted: String,
    },
}

/// A plain scalar without a tag.
pub(super) fn plain(text: &str) -> Result<Value, ScalarError> {
    let Some(&first) = text.as_bytes().first() else {
        return Ok(Value::Null);
    };
    match first {
        b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => Ok(match text {
            "~" | "null" | "Null" | "NULL" => Value::Null,
            "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
            "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Value::Bool(false),
            _ => Value::String(text.to_owned()),
        }),
        b'.' | b'+' | b'-' | b'0'..=b'9' => number(text),
        _ => Ok(Value::String(text.to_owned())),
    }
}

fn number(text: &str) -> Result<Value, ScalarError> {
    match text {
        ".nan" | ".NaN" | ".NAN" => return Err(ScalarError::NotFinite("NaN")),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Err(ScalarError::NotFinite("+Inf")),
        "-.inf" | "-.Inf" | "-.INF" => return Err(ScalarError::NotFinite("-Inf")),
        _ => {}
    }
    if text.starts_with('.') {
        return Ok(if is_float(text) {
            float(text)
        } else {
            Value::String(text.to_owned())
        });
    }
    let digits = text.replace('_', "");
    if let Some(value) = integer(&digits) {
        return Ok(value);
    }
    if is_float(&digits) {
        return Ok(float(&digits));
    }
    Ok(Value::String(text.to_owned()))
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`: a sign, then `0x`, `0o`, `0b` or a leading `0` for octal.
fn integer(text: &str) -> Option<Value> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, body) = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &body[2..]),
        [b'0', b'o' | b'O', ..] => (8, &body[2..]),
        [b'0', b'b' | b'B', ..] => (2, &body[2..]),
        [b'0', _, ..] => (8, &body[1..]),
        _ => (10, body),
    };
    if body.is_empty() || !body.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let size = u64::from_str_radix(body, radix).ok()?;
    if !negative {
        // An explicit plus is no part of an unsigned number.
        return (i64::try_from(size).is_ok() || !text.starts_with('+')).then(|| Value::Number(size.into()));
    }
    let value = i64::try_from(-i128::from(size)).ok()?;
    Some(Value::Number(value.into()))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_is_good = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_is_good = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_is_good && exponent_is_good
}

/// A float as Go writes it to JSON: without a fraction where it has none (`80.0` is `80`).
fn float(text: &str) -> Value {
    let Ok(value) = text.parse::<f64>() else {
        return Value::String(text.to_owned());
    };
    if !value.is_finite() {
        // Go refuses what does not fit and keeps the text.
        return Value::String(text.to_owned());
    }
    if value.fract() == 0.0 && value.abs() < 1e15 {
        return Value::Number((value as i64).into());
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

/// A scalar with an explicit tag (`!!str 80`), given without `tag:yaml.org,2002:`.
pub(super) fn tagged(tag: &str, text: &str) -> Result<Value, ScalarError> {
    if !matches!(tag, "null" | "bool" | "int" | "float") {
        return Ok(Value::String(text.to_owned()));
    }
    let value = plain(text)?;
    let found = match &value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        _ => "str",
    };
    if found == tag || (tag == "float" && found == "int") {
        return Ok(value);
    }
    Err(ScalarError::Tag {
        found,
        wanted: tag.to_owned(),
    })
}

/// A key as JSON has it: numbers and booleans become text.
pub(super) fn key(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_scalars_resolve_as_yaml_1_1() {
        let rows = [
            ("yes", json!(true)),
            ("On", json!(true)),
            ("y", json!(true)),
            ("off", json!(false)),
            ("N", json!(false)),
            ("TRUE", json!(true)),
            ("tRUE", json!("tRUE")),
            ("nope", json!("nope")),
            ("", json!(null)),
            ("~", json!(null)),
            ("Null", json!(null)),
            ("80", json!(80)),
            ("+80", json!(80)),
            ("-80", json!(-80)),
            ("1_000", json!(1000)),
            ("0777", json!(511)),
            ("0o17", json!(15)),
            ("0x1F", json!(31)),
            ("0b101", json!(5)),
            ("-0b11", json!(-3)),
            ("08", json!(8)),
            ("0", json!(0)),
            ("0x", json!("0x")),
            ("0xg", json!("0xg")),
            ("80.0", json!(80)),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("1.", json!(1)),
            ("1e3", json!(1000)),
            ("1.2.3", json!("1.2.3")),
            ("10.96.0.1", json!("10.96.0.1")),
            ("-", json!("-")),
            ("+", json!("+")),
            ("2024-01-02", json!("2024-01-02")),
            ("12:30", json!("12:30")),
            ("1e", json!("1e")),
            (".", json!(".")),
            ("18446744073709551615", json!(18_446_744_073_709_551_615_u64)),
            ("9e999", json!("9e999")),
            ("-9223372036854775808", json!(i64::MIN)),
        ];
        for (text, value) in rows {
            assert_eq!(plain(text), Ok(value), "{text:?}");
        }
        assert_eq!(plain(".inf"), Err(ScalarError::NotFinite("+Inf")));
    }

    #[test]
    fn tags_win_over_looks() {
        assert_eq!(tagged("str", "80"), Ok(json!("80")));
        assert_eq!(tagged("float", "80"), Ok(json!(80)));
        assert!(tagged("int", "web").is_err());
    }
}
