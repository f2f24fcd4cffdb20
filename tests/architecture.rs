//! The shape of the code, held by tests: who may import whom, and that every module says what it is.

use std::fs;
use std::path::{Path, PathBuf};

/// Left to right; a module imports only what stands before it (`diag`, `small_sort`, `sim`, `text` are the ground floor).
const ORDER: [&str; 13] = [
    "text",
    "diag",
    "sim",
    "small_sort",
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
