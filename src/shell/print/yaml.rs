//! Trees as the YAML that `kubectl get -o yaml` prints.
//!
//! Go's `sigs.k8s.io/yaml` (go-yaml v2) quotes, folds and orders keys in its own way, and what a learner
//! compares with a real cluster should not differ by a quote. The choices follow `yaml/v2`
//! `encode.go`, `emitterc.go`, `resolve.go` and `sorter.go`. Not here: reading YAML, which is `manifest`.

use serde_json::{Map, Value};

use super::order;
use crate::go;
use crate::small_sort::SmallSort as _;

/// Columns after which a space becomes a line break.
const BEST_WIDTH: usize = 80;

/// Longest key that stands on one line with its value.
const LONGEST_SIMPLE_KEY: usize = 128;

/// The tree as YAML, with a newline at its end.
#[must_use]
pub fn to_yaml(value: &Value) -> String {
    let mut emitter = Emitter::default();
    emitter.root(value);
    emitter.out
}

#[derive(Default)]
struct Emitter {
    out: String,
    column: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
}

impl Emitter {
    fn put(&mut self, letter: char) {
        self.out.push(letter);
        self.column = if letter == '\n' { 0 } else { self.column + 1 };
    }

    fn text(&mut self, text: &str) {
        text.chars().for_each(|letter| self.put(letter));
    }

    /// Starts a new line at `indent`.
    fn line(&mut self, indent: usize) {
        self.put('\n');
        (0..indent).for_each(|_| self.put(' '));
    }

    fn root(&mut self, value: &Value) {
        match value {
            Value::Object(map) if !map.is_empty() => self.mapping(map, 0),
            Value::Array(items) if !items.is_empty() => self.sequence(items, 0),
            _ => self.scalar(value, 0),
        }
        if self.column > 0 {
            self.put('\n');
        }
    }

    /// A mapping whose first key stands where the pen is; further keys start lines at `indent`.
    fn mapping(&mut self, map: &Map<String, Value>, indent: usize) {
        let mut keys: Vec<&String> = map.keys().collect();
        keys.small_sort_by(|a, b| order::yaml_keys(a, b));
        for (idx, key) in keys.into_iter().enumerate() {
            if idx > 0 {
                self.start(indent);
            }
            if key.len() > LONGEST_SIMPLE_KEY || key.contains('\n') {
                self.text("? ");
                self.string(key, indent, true);
                self.start(indent);
            } else {
                self.string(key, indent, false);
            }
            self.put(':');
            match &map[key] {
                Value::Object(inner) if !inner.is_empty() => {
                    self.line(indent + 2);
                    self.mapping(inner, indent + 2);
                }
                // Items of a list in a mapping stand below the key, not indented.
                Value::Array(items) if !items.is_empty() => {
                    self.line(indent);
                    self.sequence(items, indent);
                }
                value => {
                    self.put(' ');
                    self.scalar(value, indent);
                }
            }
        }
    }

    fn sequence(&mut self, items: &[Value], indent: usize) {
        for (idx, item) in items.iter().enumerate() {
            if idx > 0 {
                self.start(indent);
            }
            self.text("- ");
            match item {
                Value::Object(map) if !map.is_empty() => self.mapping(map, indent + 2),
                Value::Array(inner) if !inner.is_empty() => self.sequence(inner, indent + 2),
                value => self.scalar(value, indent),
            }
        }
    }

    /// A new line at `indent`, unless a literal text has just ended one.
    fn start(&mut self, indent: usize) {
        if self.column == 0 && self.out.ends_with('\n') {
            (0..indent).for_each(|_| self.put(' '));
        } else {
            self.line(indent);
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::Null => self.text("null"),
            Value::Bool(flag) => self.text(if *flag { "true" } else { "false" }),
            Value::Number(number) => self.text(&go::number(number)),
            Value::String(text) => self.string(text, indent, true),
            Value::Array(_) => self.text("[]"),
            Value::Object(_) => self.text("{}"),
        }
    }

    fn string(&mut self, text: &str, indent: usize, may_break: bool) {
        let indent = indent + 2;
        match choose_style(text, !may_break) {
            Style::Plain => self.folded(text, indent, may_break, false),
            Style::SingleQuoted => {
                self.put('\'');
                self.folded(text, indent, may_break, true);
                self.put('\'');
            }
            Style::DoubleQuoted => self.double_quoted(text, indent, may_break),
            Style::Literal => self.literal(text, indent),
        }
    }

    fn folded(&mut self, text: &str, indent: usize, may_break: bool, quoted: bool) {
        let letters: Vec<char> = text.chars().collect();
        let mut spaces = false;
        for (idx, &letter) in letters.iter().enumerate() {
            if letter == ' ' {
                let inside = !quoted || idx > 0 && idx + 1 < letters.len();
                let alone = letters.get(idx + 1) != Some(&' ');
                if may_break && !spaces && self.column > BEST_WIDTH && inside && alone {
                    self.line(indent);
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                if quoted && letter == '\'' {
                    self.put('\'');
                }
                self.put(letter);
                spaces = false;
            }
        }
    }

    fn double_quoted(&mut self, text: &str, indent: usize, may_break: bool) {
        self.put('"');
        let letters: Vec<char> = text.chars().collect();
        let mut spaces = false;
        for (idx, &letter) in letters.iter().enumerate() {
            if letter == ' ' {
                let inside = idx > 0 && idx + 1 < letters.len();
                if may_break && !spaces && self.column > BEST_WIDTH && inside {
                    self.line(indent);
                    if letters[idx + 1] == ' ' {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
                continue;
            }
            spaces = false;
            match escape(letter) {
                Some(escaped) => self.text(&escaped),
                None => self.put(letter),
            }
        }
        self.put('"');
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.put('|');
        if text.starts_with([' ', '\n']) {
            self.put('2');
        }
        match text.strip_suffix('\n') {
            None => self.put('-'),
            Some(rest) if rest.is_empty() || rest.ends_with('\n') => self.put('+'),
            Some(_) => {}
        }
        self.put('\n');
        let mut at_start = true;
        for letter in text.chars() {
            if letter != '\n' && at_start {
                (0..indent).for_each(|_| self.put(' '));
            }
            self.put(letter);
            at_start = letter == '\n';
        }
    }
}

/// How go-yaml would write a string that it may not mistake for something else when reading it back.
fn choose_style(text: &str, is_key: bool) -> Style {
    let facts = Facts::of(text);
    let wanted = if text.contains('\n') {
        Style::Literal
    } else if resolves_to_string(text) && !is_base_60(text) {
        Style::Plain
    } else {
        Style::DoubleQuoted
    };
    let quoted = if facts.single_quoted_allowed {
        Style::SingleQuoted
    } else {
        Style::DoubleQuoted
    };
    match wanted {
        Style::Plain if !facts.plain_allowed || text.is_empty() && is_key => quoted,
        Style::Literal if !facts.literal_allowed || is_key => Style::DoubleQuoted,
        style => style,
    }
}

/// What `yaml_emitter_analyze_scalar` finds out about a text.
struct Facts {
    plain_allowed: bool,
    single_quoted_allowed: bool,
    literal_allowed: bool,
}

impl Facts {
    fn of(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let blank = |idx: usize| {
            letters
                .get(idx)
                .is_none_or(|&letter| matches!(letter, ' ' | '\t' | '\n' | '\r'))
        };
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let mut special = false;
        let (mut space_break, mut break_space) = (false, false);
        for (idx, &letter) in letters.iter().enumerate() {
            let followed_by_blank = blank(idx + 1);
            indicators |= match letter {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`'
                    if idx == 0 =>
                {
                    true
                }
                '?' | '-' if idx == 0 => followed_by_blank,
                ':' => followed_by_blank,
                '#' => blank(idx - 1),
                _ => false,
            };
            special |= !is_printable(letter);
            let before = idx.checked_sub(1).map(|idx| letters[idx]);
            space_break |= letter == '\n' && before == Some(' ');
            break_space |= letter == ' ' && before == Some('\n');
        }
        let has_break = letters.contains(&'\n');
        let edge = |letter: Option<&char>| matches!(letter, Some(' ' | '\n'));
        let edges = edge(letters.first()) || edge(letters.last());
        Self {
            plain_allowed: !edges && !indicators && !has_break && !special,
            single_quoted_allowed: !break_space && !space_break && !special,
            literal_allowed: !space_break && !special && letters.last() != Some(&' '),
        }
    }
}

fn is_printable(letter: char) -> bool {
    matches!(letter, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && letter != '\u{feff}'
}

/// The escape go-yaml writes for a letter between double quotes, if it needs one.
fn escape(letter: char) -> Option<String> {
    let short = match letter {
        '\0' => "\\0",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\u{b}' => "\\v",
        '\u{c}' => "\\f",
        '\r' => "\\r",
        '\u{1b}' => "\\e",
        '"' => "\\\"",
        '\\' => "\\\\",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        _ if is_printable(letter) => return None,
        _ => {
            let code = letter as u32;
            return Some(match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    Some(short.to_owned())
}

/// Whether a plain text would be read back as a string by go-yaml.
fn resolves_to_string(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    match first {
        'y' | 'Y' | 'n' | 'N' | 't' | 'T' | 'f' | 'F' | 'o' | 'O' | '~' => !matches!(
            text,
            "y" | "Y"
                | "yes"
                | "Yes"
                | "YES"
                | "true"
                | "True"
                | "TRUE"
                | "on"
                | "On"
                | "ON"
                | "n"
                | "N"
                | "no"
                | "No"
                | "NO"
                | "false"
                | "False"
                | "FALSE"
                | "off"
                | "Off"
                | "OFF"
                | "~"
                | "null"
                | "Null"
                | "NULL"
        ),
        '.' => {
            let special = [".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF"];
            !special.contains(&text) && !is_go_float(text)
        }
        '0'..='9' | '+' | '-' => {
            let special = ["+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"];
            let plain = text.replace('_', "");
            !special.contains(&text) && !is_timestamp(text) && !is_go_int(&plain) && !is_yaml_float(&plain)
        }
        _ => true,
    }
}

/// `strconv.ParseInt(text, 0, 64)`, however large: `0x`, `0o`, `0b` and a leading `0` are understood.
fn is_go_int(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&digits[2..], 16),
        [b'0', b'o' | b'O', ..] => (&digits[2..], 8),
        [b'0', b'b' | b'B', ..] => (&digits[2..], 2),
        [b'0', _, ..] => (&digits[1..], 8),
        _ => (digits, 10),
    };
    !digits.is_empty() && digits.chars().all(|letter| letter.is_digit(radix))
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let mantissa_ok = match mantissa.split_once('.') {
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
        None => digits(mantissa),
    };
    mantissa_ok && exponent.is_none_or(|it| digits(it.strip_prefix(['+', '-']).unwrap_or(it)))
}

/// `strconv.ParseFloat` for a text that starts with a dot.
fn is_go_float(text: &str) -> bool {
    is_yaml_float(text)
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`: base 60, which older readers take for a number.
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (text, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = text.split(':');
    let whole = parts.next().unwrap_or_default();
    let digit = |letter: char| letter.is_ascii_digit();
    let rest: Vec<&str> = parts.collect();
    whole.starts_with(digit)
        && whole.chars().all(|it| digit(it) || it == '_')
        && !rest.is_empty()
        && rest.iter().all(|part| match part.as_bytes() {
            [ones] => ones.is_ascii_digit(),
            [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
            _ => false,
        })
        && fraction.chars().all(|it| digit(it) || it == '_')
}

/// The date forms go-yaml knows: a date, a date and a time with a zone, or both with a space and no zone.
fn is_timestamp(text: &str) -> bool {
    let number = |text: &str, most: usize, range: std::ops::RangeInclusive<u32>| {
        !text.is_empty()
            && text.len() <= most
            && text.bytes().all(|it| it.is_ascii_digit())
            && text.parse().is_ok_and(|it| range.contains(&it))
    };
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((text.as_bytes()[at], &text[at + 1..]))),
        None => (text, None),
    };
    let mut parts = date.splitn(3, '-');
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let date_ok = year.is_some_and(|it| it.len() == 4 && number(it, 4, 0..=9999))
        && month.is_some_and(|it| number(it, 2, 1..=12))
        && day.is_some_and(|it| number(it, 2, 1..=31));
    let clock_ok = |clock: &str| {
        let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
        let mut parts = clock.splitn(3, ':');
        parts.next().is_some_and(|it| number(it, 2, 0..=23))
            && parts.next().is_some_and(|it| number(it, 2, 0..=59))
            && parts.next().is_some_and(|it| number(it, 2, 0..=59))
            && !fraction.is_empty()
            && fraction.bytes().all(|it| it.is_ascii_digit())
    };
    date_ok
        && match time {
            None => true,
            Some((b' ', clock)) => clock_ok(clock),
            Some((_, clock)) => match clock.strip_suffix('Z') {
                Some(clock) => clock_ok(clock),
                None => clock.rfind(['+', '-']).is_some_and(|at| {
                    let (clock, zone) = clock.split_at(at);
                    clock_ok(clock)
                        && zone[1..]
                            .split_once(':')
                            .is_some_and(|(hours, minutes)| number(hours, 2, 0..=24) && number(minutes, 2, 0..=60))
                }),
            },
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: &Value, expected: &str) {
        assert_eq!(to_yaml(value), expected);
    }

    /// The table of go-yaml's own `encode_test.go`, as far as JSON can say it.
    #[test]
    fn strings_are_quoted_as_go_quotes_them() {
        for (text, expected) in [
            ("hi", "v: hi\n"),
            ("true", "v: \"true\"\n"),
            ("10", "v: \"10\"\n"),
            ("", "v: \"\"\n"),
            ("-", "v: '-'\n"),
            ("1:1", "v: \"1:1\"\n"),
            ("\0", "v: \"\\0\"\n"),
            ("你好", "v: 你好\n"),
            ("2015-02-24T18:19:39Z", "v: \"2015-02-24T18:19:39Z\"\n"),
            ("b: c", "v: 'b: c'\n"),
            ("Hello #comment", "v: 'Hello #comment'\n"),
            ("<foo>", "v: <foo>\n"),
            ("n", "v: \"n\"\n"),
            ("10.96.0.1", "v: 10.96.0.1\n"),
            ("0777", "v: \"0777\"\n"),
            ("0x1F", "v: \"0x1F\"\n"),
            ("1e3", "v: \"1e3\"\n"),
            ("1_000", "v: \"1_000\"\n"),
            ("25%", "v: 25%\n"),
            ("*.example.com", "v: '*.example.com'\n"),
            ("fd00:10:96::1", "v: fd00:10:96::1\n"),
            ("10:20", "v: \"10:20\"\n"),
            ("tab\there", "v: \"tab\\there\"\n"),
            ("a\nb", "v: |-\n  a\n  b\n"),
            ("a\nb\n", "v: |\n  a\n  b\n"),
            ("a\n\n", "v: |+\n  a\n\n"),
            (" a\nb", "v: |2-\n   a\n  b\n"),
            ("it's", "v: it's\n"),
            ("'tis", "v: '''tis'\n"),
            (" lead", "v: ' lead'\n"),
        ] {
            check(&json!({ "v": text }), expected);
        }
    }

    #[test]
    fn trees_are_laid_out_as_go_lays_them_out() {
        check(
            &json!({"v": ["A", 1, {"B": [2, 3]}], "e": [], "m": {}, "n": null, "f": 0.5}),
            "e: []\nf: 0.5\nm: {}\n\"n\": null\nv:\n- A\n- 1\n- B:\n  - 2\n  - 3\n",
        );
        check(
            &json!([["a", "b"], {"c": "x\ny"}]),
            "- - a\n  - b\n- c: |-\n    x\n    y\n",
        );
    }

    #[test]
    fn long_lines_are_folded_at_a_space() {
        let text = "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 1234567890 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 1234567890 ";
        check(
            &json!({ "a": text }),
            "a: 'abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ 1234567890 abcdefghijklmnopqrstuvwxyz\n  ABCDEFGHIJKLMNOPQRSTUVWXYZ 1234567890 '\n",
        );
    }
}
