//! Resource quantities in the form the API server stores (`kubernetes apimachinery/pkg/api/resource/quantity.go`).

use serde_json::Value;

const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL: [(&str, i32); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];

/// The canonical text of a quantity (`cpu: 1` is `"1"`, `0.5` is `500m`, `1024Mi` is `1Gi`); `None` if it is none.
#[must_use]
pub fn canonical(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let (sign, body) = match text.strip_prefix('-') {
        Some(body) => ("-", body),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let end = body
        .find(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .unwrap_or(body.len());
    let (number, suffix) = body.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') || whole.len() + fraction.len() > 24 {
        return None;
    }
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    let places = fraction.len() as i32;
    if let Some(step) = BINARY.iter().skip(1).position(|it| *it == suffix) {
        // In units of 1/1000, rounded up as Go does.
        let milli = digits * 1000 * 1024_i128.checked_pow(step as u32 + 1)?;
        let milli = divide_up(milli, 10_i128.checked_pow(places as u32)?);
        if milli % 1000 != 0 {
            return Some(format!("{sign}{milli}m"));
        }
        let mut amount = milli / 1000;
        if amount < 1024 {
            // Too small for binary suffixes.
            return Some(format!("{sign}{amount}"));
        }
        let mut unit = 0;
        while amount % 1024 == 0 && unit < 6 {
            amount /= 1024;
            unit += 1;
        }
        return Some(format!("{sign}{amount}{}", BINARY[unit]));
    }
    if let Some(exponent) = suffix.strip_prefix(['e', 'E']).and_then(|it| it.parse::<i32>().ok()) {
        return Some(scaled(sign, digits, exponent - places, |amount, power| {
            if power == 0 {
                amount.to_string()
            } else {
                format!("{amount}e{power}")
            }
        }));
    }
    let (_, power) = DECIMAL.iter().find(|(name, _)| *name == suffix)?;
    Some(scaled(sign, digits, power - places, |amount, power| {
        let name = DECIMAL.iter().find(|(_, it)| *it == power).map_or("", |(name, _)| name);
        format!("{amount}{name}")
    }))
}

/// A quantity in thousandths, rounded up; `None` if it is none, or has more than 24 digits.
#[must_use]
pub fn milli(value: &Value) -> Option<i128> {
    let text = canonical(value)?;
    let end = text.find(|it: char| it.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let number: i128 = number.parse().ok()?;
    let power = |power: i32| 10_i128.checked_pow(power.unsigned_abs());
    if let Some(step) = BINARY.iter().skip(1).position(|it| *it == suffix) {
        return number.checked_mul(1000)?.checked_mul(1024_i128.pow(step as u32 + 1));
    }
    let named = DECIMAL.iter().find(|(name, _)| *name == suffix).map(|it| it.1);
    let exponent = 3 + named.or_else(|| suffix.strip_prefix(['e', 'E'])?.parse().ok())?;
    if exponent < 0 {
        return Some(divide_up(number, power(exponent)?));
    }
    number.checked_mul(power(exponent)?)
}

/// `digits × 10^power` with a power that is a multiple of three and as large as it can be.
fn scaled(sign: &str, mut digits: i128, mut power: i32, print: impl Fn(i128, i32) -> String) -> String {
    if digits == 0 {
        return "0".to_owned();
    }
    while power < -9 {
        digits = divide_up(digits, 10);
        power += 1;
    }
    while digits % 10 == 0 && power < 18 {
        digits /= 10;
        power += 1;
    }
    while power.rem_euclid(3) != 0 {
        digits *= 10;
        power -= 1;
    }
    format!("{sign}{}", print(digits, power))
}

/// A canonical quantity as Go holds it (`resource.Quantity`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The number, times ten to the power of `scale`.
    pub amount: i64,
    /// See `amount`.
    pub scale: i32,
    /// `DecimalSI`, `BinarySI` or `DecimalExponent`.
    pub format: &'static str,
    /// Whether the text is kept beside it.
    pub keeps_text: bool,
}

/// What `resource.ParseQuantity` makes of a canonical text; `None` where the number is too long for it.
#[must_use]
pub fn parsed(text: &str) -> Option<Parsed> {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit() && letter != '-')
        .unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let number: i64 = digits.parse().ok()?;
    if let Some(step) = BINARY.iter().skip(1).position(|it| *it == suffix) {
        return Some(Parsed {
            amount: number.checked_mul(1024_i64.checked_pow(step as u32 + 1)?)?,
            scale: 0,
            format: "BinarySI",
            keeps_text: number & 7 != 0,
        });
    }
    let decimal = DECIMAL.iter().find(|(name, _)| *name == suffix);
    let (scale, format) = match decimal {
        Some((_, scale)) => (*scale, "DecimalSI"),
        None => (suffix.strip_prefix(['e', 'E'])?.parse().ok()?, "DecimalExponent"),
    };
    Some(Parsed {
        amount: number,
        scale,
        format,
        keeps_text: text == "0" || scale % 3 == 0 && !digits.ends_with("000") && number != 0,
    })
}

fn divide_up(amount: i128, by: i128) -> i128 {
    (amount + by - 1) / by
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn quantities_take_their_canonical_form() {
        let rows = [
            (json!(1), "1"),
            (json!("0.5"), "500m"),
            (json!(0.5), "500m"),
            (json!("1000m"), "1"),
            (json!("100m"), "100m"),
            (json!("128Mi"), "128Mi"),
            (json!("1024Mi"), "1Gi"),
            (json!("1.5Gi"), "1536Mi"),
            (json!("64M"), "64M"),
            (json!("1000k"), "1M"),
            (json!("0"), "0"),
            (json!("1e3"), "1e3"),
            (json!("12000"), "12k"),
            (json!("512Ki"), "512Ki"),
            (json!("-2"), "-2"),
        ];
        for (value, text) in rows {
            assert_eq!(canonical(&value).as_deref(), Some(text), "{value}");
        }
        let thousandths = [
            ("500m", 500),
            ("2", 2000),
            ("1Ki", 1_024_000),
            ("3k", 3_000_000),
            ("1e3", 1_000_000),
            ("1u", 1),
        ];
        for (text, amount) in thousandths {
            assert_eq!(milli(&json!(text)), Some(amount), "{text}");
        }
        for wrong in [json!("1x"), json!(""), json!("a"), json!("1.2.3"), json!(true)] {
            assert_eq!(canonical(&wrong), None, "{wrong}");
        }
    }
}
