//! Which file of `src/` takes what from which: read from `use` declarations and from paths that begin with
//! `crate::`, `super::` or `self::`, re-exports followed to the file that defines the name.
//!
//! Text, not a compiler: what a macro makes and what a method call reaches are not seen. Unit tests at the end of
//! a file do not count.

use std::collections::{BTreeMap, BTreeSet};

/// A module by its path below the crate (`net::proxy::table`); the crate itself is empty.
pub type Module = String;

/// Modules and what each imports.
#[derive(Debug)]
pub struct Imports {
    arrows: BTreeMap<Module, BTreeSet<Module>>,
    files: BTreeMap<Module, String>,
}

impl Imports {
    /// Reads files given by path below `src/` and text.
    pub fn of<'a>(sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files = BTreeMap::new();
        let mut texts = BTreeMap::new();
        for (path, text) in sources {
            let module = module_of(path);
            texts.insert(module.clone(), code(text));
            files.insert(module, path.to_owned());
        }
        let mut exports: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
        for (module, text) in &texts {
            for path in declarations(text, true).iter().flat_map(|it| leaves(it)) {
                if let Some(path) = absolute(module, &path, &files)
                    && let Some(name) = path.last()
                {
                    exports.insert((module, name.clone()), path);
                }
            }
        }
        let resolve = |mut path: Vec<String>| -> Option<Module> {
            for _ in 0..8 {
                let length = (1..=path.len())
                    .rev()
                    .find(|&n| files.contains_key(&path[..n].join("::")))?;
                let module = path[..length].join("::");
                let Some(target) = path
                    .get(length)
                    .and_then(|name| exports.get(&(module.as_str(), name.clone())))
                else {
                    return Some(module);
                };
                let mut next = target.clone();
                next.extend_from_slice(&path[length + 1..]);
                path = next;
            }
            None
        };
        let mut arrows = BTreeMap::new();
        for (module, text) in &texts {
            let used = declarations(text, false)
                .iter()
                .flat_map(|it| leaves(it))
                .collect::<Vec<_>>();
            let targets: BTreeSet<Module> = used
                .into_iter()
                .chain(inline(text))
                .filter_map(|path| resolve(absolute(module, &path, &files)?))
                .filter(|target| target != module)
                .collect();
            arrows.insert(module.clone(), targets);
        }
        Self { arrows, files }
    }

    /// What one module imports.
    pub fn from(&self, module: &str) -> impl Iterator<Item = &Module> {
        self.arrows.get(module).into_iter().flatten()
    }

    /// All modules.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.arrows.keys()
    }

    /// The folder of a module's file.
    pub fn folder(&self, module: &str) -> &str {
        self.files
            .get(module)
            .and_then(|path| path.rsplit_once('/'))
            .map_or("", |(folder, _)| folder)
    }

    /// Sets of modules of which each reaches every other, two at least.
    pub fn circles(&self) -> Vec<BTreeSet<&Module>> {
        let reach: BTreeMap<&Module, BTreeSet<&Module>> = self
            .arrows
            .keys()
            .map(|module| (module, self.reached(module)))
            .collect();
        let mut found: Vec<BTreeSet<&Module>> = Vec::new();
        for (module, reached) in &reach {
            if !reached.contains(module) || found.iter().any(|circle| circle.contains(module)) {
                continue;
            }
            found.push(
                reached
                    .iter()
                    .copied()
                    .filter(|it| reach[it].contains(module))
                    .collect(),
            );
        }
        found
    }

    fn reached(&self, module: &str) -> BTreeSet<&Module> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<&Module> = self.from(module).collect();
        while let Some(next) = waiting.pop() {
            if reached.insert(next) {
                waiting.extend(self.from(next));
            }
        }
        reached
    }
}

fn module_of(path: &str) -> Module {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" {
        String::new()
    } else {
        path.replace('/', "::")
    }
}

/// Where the module of unit tests begins; the end, if there is none in the file.
fn unit_tests(text: &str) -> usize {
    let begins = |at: &usize| {
        let item = text[*at..].lines().find(|line| !line.starts_with("#["));
        item.is_some_and(|line| line.contains("mod ") && line.ends_with('{'))
    };
    let marks = text.match_indices("\n#[cfg(test)]").map(|(at, _)| at + 1);
    marks.filter(begins).min().unwrap_or(text.len())
}

/// The text without comments, unit tests and what stands in quotes.
fn code(text: &str) -> String {
    let text = &text[..unit_tests(text)];
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut quoted = false;
        let mut letters = line.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' if quoted => {
                    letters.next();
                }
                '"' => quoted = !quoted,
                '/' if !quoted && letters.peek() == Some(&'/') => break,
                _ if quoted => {}
                _ => out.push(letter),
            }
        }
        out.push('\n');
    }
    out
}

/// The paths of `use` declarations, braces and all; those that export or those that only import.
fn declarations(text: &str, exporting: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("use ") {
        let before = rest[..at].lines().last().unwrap_or_default().trim();
        let declares = before.is_empty() || before == "pub" || (before.starts_with("pub(") && before.ends_with(')'));
        let (path, after) = rest[at + 4..].split_once(';').unwrap_or((&rest[at + 4..], ""));
        if declares && before.starts_with("pub") == exporting {
            found.push(path.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        rest = if declares { after } else { &rest[at + 4..] };
    }
    found
}

/// Every single path in `a::{b, c::{self, d as e}}`.
fn leaves(tree: &str) -> Vec<Vec<String>> {
    fn walk(tree: &str, prefix: &[String], found: &mut Vec<Vec<String>>) {
        let tree = tree.trim();
        if let Some(inner) = tree.strip_prefix('{').and_then(|it| it.strip_suffix('}')) {
            let mut depth = 0usize;
            let mut start = 0;
            for (at, letter) in inner.char_indices() {
                match letter {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        walk(&inner[start..at], prefix, found);
                        start = at + 1;
                    }
                    _ => {}
                }
            }
            return walk(&inner[start..], prefix, found);
        }
        if let Some((head, rest)) = tree.split_once("::") {
            let path: Vec<String> = prefix.iter().cloned().chain([head.trim().to_owned()]).collect();
            return walk(rest, &path, found);
        }
        let name = tree.split(' ').next().unwrap_or_default();
        if !name.is_empty() {
            let own = (name != "self" && name != "*").then(|| name.to_owned());
            found.push(prefix.iter().cloned().chain(own).collect());
        }
    }
    let mut found = Vec::new();
    walk(tree, &[], &mut found);
    found
}

/// Paths in expressions and types that name their module.
fn inline(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (at, _) in text.match_indices(start) {
            let before = &text[..at];
            let joined = before
                .chars()
                .next_back()
                .is_some_and(|it| it.is_alphanumeric() || "_:$".contains(it));
            // `pub(in crate::a)` says who may look, and takes nothing.
            if joined || before.ends_with("(in ") {
                continue;
            }
            let path: String = text[at..]
                .chars()
                .take_while(|it| it.is_alphanumeric() || *it == '_' || *it == ':')
                .collect();
            // What opens a group is a declaration, and read as one.
            if !path.ends_with("::") {
                found.push(
                    path.split("::")
                        .filter(|it| !it.is_empty())
                        .map(str::to_owned)
                        .collect(),
                );
            }
        }
    }
    found
}

/// The path from the crate's root; none for another crate's.
fn absolute(module: &str, path: &[String], files: &BTreeMap<Module, String>) -> Option<Vec<String>> {
    let mut base: Vec<String> = module
        .split("::")
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => return Some(rest[1..].to_vec()),
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|it| it == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        child => {
            let below: Vec<String> = base.iter().cloned().chain([child.to_owned()]).collect();
            files.get(&below.join("::"))?;
        }
    }
    base.extend_from_slice(rest);
    Some(base)
}

#[test]
fn imports_are_read_through_groups_and_re_exports() {
    let read = Imports::of([
        (
            "net/mod.rs",
            "pub mod a;\npub use a::{Alpha, inner::Deep as Renamed};\n",
        ),
        ("net/a/mod.rs", "pub mod inner;\npub struct Alpha;\n"),
        ("net/a/inner.rs", "use std::fmt;\npub struct Deep;\n"),
        (
            "world.rs",
            "use crate::net::{self, Alpha};\n// use crate::ui::App;\nfn f() { super::sim::now(); let _ = \"crate::cli::x\"; }\npub(in crate::cli) fn h() {}\n#[cfg(test)]\nmod tests {\n use crate::shell::X;\n}\n",
        ),
        ("sim.rs", "fn g() {}\n"),
        ("shell.rs", ""),
    ]);
    let of = |module: &str| read.from(module).map(String::as_str).collect::<Vec<_>>();
    assert_eq!(of("world"), ["net", "net::a", "sim"]);
    assert_eq!(of("net"), [""; 0], "what is only passed on is no import");
    assert_eq!(of("net::a::inner"), [""; 0]);
    assert_eq!(read.folder("net::a::inner"), "net/a");
}

#[test]
fn circles_are_found() {
    let read = Imports::of([
        ("a.rs", "use crate::b::B;\n"),
        ("b.rs", "use crate::c::C;\n"),
        ("c.rs", "use super::a::A;\n"),
        ("d.rs", "use crate::a::A;\n"),
    ]);
    let circles: Vec<Vec<&str>> = read
        .circles()
        .iter()
        .map(|it| it.iter().map(|it| it.as_str()).collect())
        .collect();
    assert_eq!(circles, [["a", "b", "c"]]);
}
