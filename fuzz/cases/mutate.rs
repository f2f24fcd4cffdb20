//! Changes to texts: of their letters, and of the tree that they are.

use kubehop::sim::Rng;
use serde_json::{Map, Value, json};

/// Longest text made.
const LONGEST: usize = 60_000;

/// Bits that mean something to YAML, to Kubernetes or to a shell, and letters that are wide.
const BITS: [&str; 52] = [
    ": ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    ", ",
    "&x ",
    "*x",
    "<<: ",
    "---\n",
    "...\n",
    "|\n",
    ">-\n",
    "\"",
    "'",
    "!!str ",
    "? ",
    "#",
    "\t",
    "가",
    "\u{85}",
    "\u{2028}",
    "\r",
    "\u{feff}",
    "\0",
    "%",
    "0777",
    "yes",
    "null",
    "-1",
    "0",
    "65536",
    "2147483647",
    "-9223372036854775808",
    "1e999",
    "NaN",
    "::1",
    "10.96.0.1",
    "fd00::/8",
    "0.0.0.0/0",
    "*",
    "$(A)",
    "${x}",
    "`",
    "|",
    "&&",
    ";",
    "😀",
    "\\",
];

/// One of several.
pub fn pick<'a, T>(rng: &mut Rng, all: &'a [T]) -> &'a T {
    &all[rng.below(all.len() as u64) as usize]
}

/// One of the bits behind the first `from`.
fn bit(rng: &mut Rng, from: usize) -> &'static str {
    BITS[from + rng.below((BITS.len() - from) as u64) as usize]
}

/// A manifest: one of the corpus, or several, changed as a tree or as letters, sometimes on one line.
pub fn manifest(rng: &mut Rng, corpus: &[String]) -> String {
    let mut text = pick(rng, corpus).clone();
    if rng.below(4) == 0 {
        text = format!("{text}\n---\n{}", pick(rng, corpus));
    }
    let shape = rng.below(8);
    if shape < 4 {
        text = tree(rng, &text, corpus, shape == 0).unwrap_or(text);
    }
    if shape > 2 {
        text = letters(rng, text, corpus);
    }
    text
}

/// A command line: one of the corpus, or two, changed.
pub fn line(rng: &mut Rng, corpus: &[String]) -> String {
    let text = pick(rng, corpus).clone();
    match rng.below(6) {
        0 => text,
        1 => format!("{text} | {}", pick(rng, corpus)),
        2 => format!("for i in 1 2 3; do {text}; done"),
        3 => format!("x=$({text}); echo \"$x\" $x"),
        _ => letters(rng, text, corpus),
    }
}

/// A word of an argument, changed.
pub fn word(rng: &mut Rng, words: &[&str]) -> String {
    let word = (*pick(rng, words)).to_owned();
    if rng.below(3) == 0 {
        return word;
    }
    let owned: Vec<String> = words.iter().map(|it| (*it).to_owned()).collect();
    letters(rng, word, &owned)
}

/// A place between two letters.
fn place(rng: &mut Rng, text: &str) -> usize {
    let mut at = rng.below(text.len() as u64 + 1) as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A short stretch of a text.
fn stretch(rng: &mut Rng, text: &str) -> (usize, usize) {
    let start = place(rng, text);
    let mut end = (start + 1 + rng.below(40) as usize).min(text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    (start, end.max(start))
}

fn letters(rng: &mut Rng, mut text: String, corpus: &[String]) -> String {
    for _ in 0..=rng.below(6) {
        match rng.below(7) {
            0 => {
                let (start, end) = stretch(rng, &text);
                text.replace_range(start..end, "");
            }
            1 => {
                let (start, end) = stretch(rng, &text);
                let again = text[start..end].repeat(1 + rng.below(40) as usize);
                text.insert_str(end, &again);
            }
            2 => {
                let other = pick(rng, corpus);
                let (start, end) = stretch(rng, other);
                let at = place(rng, &text);
                text.insert_str(at, &other[start..end]);
            }
            3 => {
                let (start, end) = stretch(rng, &text);
                text.replace_range(start..end, bit(rng, 0));
            }
            4 => {
                let mut lines: Vec<&str> = text.lines().collect();
                if lines.len() > 1 {
                    let (a, b) = (rng.below(lines.len() as u64), rng.below(lines.len() as u64));
                    lines.swap(a as usize, b as usize);
                }
                text = lines.join("\n");
            }
            5 => {
                // The number that is nearest becomes another.
                let at = place(rng, &text);
                let Some(start) = text[at..].find(|it: char| it.is_ascii_digit()).map(|it| at + it) else {
                    continue;
                };
                let end = text[start..]
                    .find(|it: char| !it.is_ascii_digit())
                    .map_or(text.len(), |it| start + it);
                text.replace_range(start..end, bit(rng, 29));
            }
            _ => {
                let at = place(rng, &text);
                text.insert_str(at, bit(rng, 0));
            }
        }
        if text.len() > LONGEST {
            let mut end = LONGEST;
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
    }
    text
}

/// Values that fields rarely expect.
fn odd(rng: &mut Rng) -> Value {
    pick(
        rng,
        &[
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(65535),
            json!(65536),
            json!(2_147_483_647),
            json!(i64::MAX),
            json!(1.5),
            json!(""),
            json!("x"),
            json!("80"),
            json!([]),
            json!({}),
            json!([null]),
            json!({"a": {}}),
            json!("10.244.1.9"),
            json!("fd00::1"),
            json!("None"),
            json!("NoExecute"),
            json!("웹"),
            json!("a".repeat(300)),
            json!("50%"),
            json!("2026-01-01T00:00:00Z"),
            json!(["a", "a"]),
        ],
    )
    .clone()
}

/// Changes the trees of a text; none if it cannot be read.
fn tree(rng: &mut Rng, text: &str, corpus: &[String], on_one_line: bool) -> Option<String> {
    let read = |text: &str| -> Option<Vec<Value>> {
        serde_yaml::Deserializer::from_str(text)
            .map(|it| <Value as serde::Deserialize>::deserialize(it).ok())
            .collect()
    };
    let mut documents = read(text)?;
    let other: &String = pick(rng, corpus);
    let other = read(other).unwrap_or_default();
    for _ in 0..=rng.below(4) {
        if documents.is_empty() {
            return None;
        }
        let at = rng.below(documents.len() as u64) as usize;
        let graft = match other.first() {
            Some(value) if rng.below(2) == 0 => descend(rng, value).clone(),
            _ => odd(rng),
        };
        change(rng, &mut documents[at], graft);
    }
    let print = |it: &Value| {
        if on_one_line {
            it.to_string()
        } else {
            serde_yaml::to_string(it).unwrap_or_default()
        }
    };
    let mut made: Vec<String> = documents.iter().map(print).collect();
    made.retain(|it| it.len() < LONGEST);
    Some(made.join("\n---\n"))
}

/// A value somewhere in a tree.
fn descend<'a>(rng: &mut Rng, value: &'a Value) -> &'a Value {
    let children: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    };
    if children.is_empty() || rng.below(4) == 0 {
        return value;
    }
    let at = rng.below(children.len() as u64) as usize;
    descend(rng, children[at])
}

/// Changes one place of a tree.
fn change(rng: &mut Rng, value: &mut Value, graft: Value) {
    let deeper = rng.below(5) > 0;
    match value {
        Value::Array(items) if !items.is_empty() => {
            let at = rng.below(items.len() as u64) as usize;
            match rng.below(5) {
                _ if deeper => change(rng, &mut items[at], graft),
                0 => drop(items.remove(at)),
                1 => {
                    let twin = items[at].clone();
                    items.extend(vec![twin; 1 + rng.below(20) as usize]);
                }
                2 => items.push(graft),
                _ => items[at] = graft,
            }
        }
        Value::Object(map) if !map.is_empty() => {
            let at = rng.below(map.len() as u64) as usize;
            let Some(key) = map.keys().nth(at).cloned() else { return };
            match rng.below(5) {
                _ if deeper => {
                    if let Some(inner) = map.get_mut(&key) {
                        change(rng, inner, graft);
                    }
                }
                0 => drop(map.remove(&key)),
                1 => {
                    let moved = map.remove(&key).unwrap_or_default();
                    map.insert(format!("{key}x"), moved);
                }
                2 => drop(map.insert("extra".to_owned(), graft)),
                _ => drop(map.insert(key, graft)),
            }
        }
        Value::Object(map) => *map = Map::from_iter([("a".to_owned(), graft)]),
        _ => *value = graft,
    }
}
