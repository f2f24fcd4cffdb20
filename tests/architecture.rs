//! The shape of the code, held by tests: who may import whom, and that every module says what it is.

use std::fs;
use std::path::{Path, PathBuf};

/// Left to right; a module imports only what stands before it (`diag`, `go`, `small_sort`, `sim`, `text` are the ground floor).
const ORDER: [&str; 14] = [
    "text",
    "diag",
    "sim",
    "small_sort",
    "go",
    "manifest",
    "api",
    "cluster",
    "apply",
    "net",
    "world",
    "shell",
    "lesson",
    "scene",
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("folder is readable")
        .map(|it| it.expect("entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
}

pub fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    rust_files(&root, &mut paths);
    paths
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .expect("below src")
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(&path).expect("source is text"))
        })
        .collect()
}

/// The top-level modules named after `crate::` in one line.
fn imported(line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0usize;
            let mut word = String::new();
            for letter in group.chars() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.push(word.trim().split(':').next().unwrap_or_default().to_owned());
                        word.clear();
                        continue;
                    }
                    _ => {}
                }
                word.push(letter);
            }
            found.push(word.trim().split(':').next().unwrap_or_default().to_owned());
        } else {
            found.push(
                rest.chars()
                    .take_while(|it| it.is_alphanumeric() || *it == '_')
                    .collect(),
            );
        }
    }
    found
}

/// The imports of `module` in `text` that go against the order.
fn violations(module: &str, text: &str) -> Vec<String> {
    let Some(place) = ORDER.iter().position(|it| *it == module) else {
        return Vec::new();
    };
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(imported)
        .filter(|target| ORDER.iter().position(|it| it == target).is_none_or(|it| it > place))
        .filter(|target| ORDER.contains(&target.as_str()) || ["ui", "cli"].contains(&target.as_str()))
        .collect()
}

#[test]
fn modules_import_only_what_stands_left_of_them() {
    let wrong: Vec<String> = sources()
        .iter()
        .flat_map(|(name, text)| {
            let module = name.split(['/', '.']).next().unwrap_or_default().to_owned();
            violations(&module, text)
                .into_iter()
                .map(move |target| format!("{name} imports crate::{target}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_layering_check_notices_a_wrong_import() {
    assert_eq!(
        violations("api", "use crate::{diag::Hint, net::{Packet, Trace}};"),
        ["net"]
    );
    assert_eq!(violations("net", "let x = crate::ui::App;"), ["ui"]);
    assert!(violations("net", "use crate::cluster::Snapshot;").is_empty());
}

#[test]
fn every_module_says_what_it_is() {
    let silent: Vec<_> = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "))
        .map(|(name, _)| name)
        .collect();
    assert!(silent.is_empty(), "no //! page: {silent:?}");
}

/// Files that read messages which others wrote: serde's.
const READERS: [&str; 1] = ["lesson/load.rs"];

/// Names under which messages go.
const MESSAGES: [&str; 4] = ["message", "messages", "detail", "details"];

/// What looks into a text.
const LOOKS: [&str; 16] = [
    "contains",
    "starts_with",
    "ends_with",
    "strip_prefix",
    "strip_suffix",
    "split",
    "split_once",
    "splitn",
    "split_whitespace",
    "rsplit",
    "rsplit_once",
    "find",
    "rfind",
    "matches",
    "match_indices",
    "eq",
];

/// What hands a text on as it is.
const HANDS_ON: [&str; 9] = [
    "as_str",
    "as_ref",
    "as_deref",
    "borrow",
    "clone",
    "to_string",
    "to_owned",
    "to_lowercase",
    "trim",
];

/// Code without tests, comments and white space that means nothing.
fn plain(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines: Vec<&str> = code
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
        .collect();
    lines.join(" ").replace(" .", ".").replace("( ", "(")
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// What stands behind the call that `text` begins with, if it begins with one.
fn behind_call(text: &str) -> Option<&str> {
    let mut depth = 0usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then(|| &text[at + 1..]);
        }
    }
    None
}

/// Whether what stands behind a text looks into it; `before` is what stands before.
fn looks_into(before: &str, mut behind: &str) -> bool {
    loop {
        behind = behind_call(behind).unwrap_or(behind);
        let Some(rest) = behind.strip_prefix('.') else { break };
        let name = &rest[..rest.find(|it| !is_name(it)).unwrap_or(rest.len())];
        if LOOKS.contains(&name) {
            return true;
        }
        if !HANDS_ON.contains(&name) {
            return false;
        }
        behind = &rest[name.len()..];
    }
    let behind = behind.trim_start();
    let compared = ["==", "!="].iter().any(|it| {
        behind
            .strip_prefix(it)
            .is_some_and(|it| it.trim_start().starts_with('"'))
    });
    let start = before.trim_end_matches(|it| is_name(it) || matches!(it, '.' | '&' | '*'));
    compared || (behind.starts_with('{') && start.ends_with("match "))
}

/// Places where a message, or what was rendered just now, is looked into.
fn readings(text: &str) -> Vec<String> {
    let text = plain(text);
    let mut found = Vec::new();
    let words = MESSAGES
        .iter()
        .map(|word| (*word, false))
        .chain([(".to_string()", true)]);
    for (word, is_rendered) in words {
        for (at, _) in text.match_indices(word) {
            let (before, behind) = (&text[..at], &text[at + word.len()..]);
            let whole = !before.ends_with(is_name) && !behind.starts_with(is_name);
            if (is_rendered || whole) && looks_into(before, behind) {
                let shown: String = text[at..].chars().take(60).collect();
                found.push(shown);
            }
        }
    }
    found
}

/// Rules are found by their codes: a message that is reworded loses nothing.
#[test]
fn no_message_is_read_again() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|(name, _)| !READERS.contains(&name.as_str()) && !name.contains("tests"))
        .flat_map(|(name, text)| readings(text).into_iter().map(move |it| format!("{name}: {it}")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_for_messages_notices_each_way_to_read_one() {
    for reading in [
        "if finding.message.contains(\"taken\") {}",
        "rows.iter().find(|(part, ..)| detail.starts_with(part))",
        "let end = error\n    .detail()\n    .as_str()\n    .rsplit_once(\": \");",
        "match error.detail.as_str() { _ => {} }",
        "if error.message == \"no\" {}",
        "refusal.message(kind, \"\", name).ends_with(why)",
        "error.to_string().contains(\"taken\")",
    ] {
        assert_eq!(readings(reading).len(), 1, "{reading}");
    }
    for other in [
        "out.push_str(&error.message);",
        "let same = it.message == message;",
        "// error.message.contains(\"x\")",
        "match error { Error { message } => print(message), }",
        "#[cfg(test)]\nmod tests { assert!(error.message.contains(\"x\")); }",
        "let text = value.to_string(); text.len()",
    ] {
        assert!(readings(other).is_empty(), "{other}");
    }
}
