//! The shape of the code, held by tests: who may import whom, on every floor, and that every module says
//! what it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::imports::Imports;

/// Left to right; a module imports only what stands before it (`diag`, `go`, `small_sort`, `steps`, `sim`, `text` are the ground floor).
const ORDER: [&str; 15] = [
    "text",
    "diag",
    "sim",
    "steps",
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

/// The parts of the large modules in their order: each imports only what stands before it.
const INNER: [(&str, &[&str]); 6] = [
    (
        "cluster",
        &[
            "tree",
            "hostname",
            "cluster_config",
            "object_map",
            "shared",
            "patch",
            "pod_overrides",
            "system_namespaces",
            "timers",
            "work_queues",
            "images",
            "programs",
            "listening",
            "pod_start",
            "preset",
            "options",
            "faults",
            "snapshot",
            "envvars",
            "certificate",
            "ingress_controllers",
            "gateways",
            "api_server",
            "limits",
            "enqueue",
            "topology_labels",
            "event_recorder",
            "reconcile",
            "kube_proxy",
            "kubelet",
            "scheduler",
            "controllers",
            "machines",
            "dispatch",
        ],
    ),
    (
        "net",
        &[
            "hash",
            "cidr",
            "packet",
            "note",
            "endpoint_slices",
            "service_port_name",
            "request",
            "dns",
            "route",
            "firewall",
            "policy",
            "http_proxy",
            "why",
            "unsimulated",
            "compose",
            "suggest",
            "trace",
            "tally",
            "conntrack",
            "metallb",
            "proxy",
            "state",
            "transport",
            "send",
        ],
    ),
    ("shell", &["output", "spent", "print", "kubectl", "sh", "programs"]),
    (
        "api",
        &[
            "ip_family",
            "kind",
            "namespaced_name",
            "release",
            "schema",
            "tree",
            "cron",
            "codes",
            "custom",
            "assist",
            "types",
            "finish",
            "defaults",
            "object",
            "openapi",
            "decode",
            "validate",
            "read",
            "explain",
        ],
    ),
    (
        "scene",
        &[
            "geometry",
            "measure",
            "shape",
            "layout",
            "words",
            "glyph",
            "route",
            "itinerary",
            "timeline",
            "frame",
            "hop",
            "card",
            "strip",
            "draw",
            "fixtures",
            "tests",
        ],
    ),
    (
        "ui",
        &[
            "address",
            "clock",
            "complaint",
            "i18n",
            "icons",
            "storage",
            "engine",
            "fetch",
            "log",
            "crash",
            "state",
            "commands",
            "components",
            "answers",
            "clock_panel",
            "examples",
            "first",
            "lessons",
            "notices",
            "stage",
            "editor",
            "hops",
            "selection",
            "traffic",
            "transport",
            "shortcuts",
            "topbar",
            "app",
        ],
    ),
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

/// Arrows from `module`'s parts (its files and folders one level down) that go against their order.
fn inner_violations(imports: &Imports, module: &str, order: &[&str]) -> Vec<String> {
    let part = |path: &str| -> Option<String> {
        let below = path.strip_prefix(module)?.strip_prefix("::")?;
        Some(below.split("::").next().unwrap_or_default().to_owned())
    };
    let place = |part: &str| order.iter().position(|it| *it == part);
    let mut wrong = Vec::new();
    for from in imports.modules() {
        let Some(own) = part(from) else { continue };
        if place(&own).is_none() {
            wrong.push(format!("{module}::{own} has no place in the order of {module}"));
        }
        for to in imports.from(from) {
            match part(to) {
                Some(its) if its != own && place(&its) > place(&own) => wrong.push(format!("{from} imports {to}")),
                // The folder's own page may stand over its parts, not under them.
                None if to == module => wrong.push(format!("{from} imports {to} itself")),
                _ => {}
            }
        }
    }
    wrong
}

fn top(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

#[test]
fn modules_import_only_what_stands_left_of_them() {
    let sources = sources();
    let imports = Imports::of(sources.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let wrong = violations(&imports);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Imports that go against [`ORDER`]; `ui` and `cli` stand right of everything.
fn violations(imports: &Imports) -> Vec<String> {
    let place = |module: &str| ORDER.iter().position(|it| *it == module);
    let mut wrong = Vec::new();
    for from in imports.modules() {
        let Some(own) = place(top(from)) else { continue };
        for to in imports.from(from).filter(|to| top(to) != top(from)) {
            if place(top(to)).is_none_or(|it| it > own) {
                wrong.push(format!("{from} imports {to}"));
            }
        }
    }
    wrong
}

#[test]
fn the_parts_of_large_modules_have_an_order_too() {
    let sources = sources();
    let imports = Imports::of(sources.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let wrong: Vec<String> = INNER
        .iter()
        .flat_map(|(module, order)| inner_violations(&imports, module, order))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_file_is_in_a_circle_with_one_of_another_folder() {
    let sources = sources();
    let imports = Imports::of(sources.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let across: Vec<String> = imports
        .circles()
        .iter()
        .filter(|circle| {
            circle
                .iter()
                .map(|it| imports.folder(it))
                .collect::<BTreeSet<_>>()
                .len()
                > 1
        })
        .map(|circle| format!("{circle:?}"))
        .collect();
    assert!(across.is_empty(), "{}", across.join("\n"));
}

#[test]
fn the_layering_checks_notice_a_wrong_import() {
    let imports = Imports::of([
        ("api.rs", "use crate::{diag::Hint, net::{Packet, Trace}};"),
        ("diag.rs", ""),
        ("net/mod.rs", "pub mod packet;\npub mod send;\n"),
        ("net/packet.rs", "use super::send::Sent;"),
        ("net/send.rs", "fn f() { let x = crate::ui::App; }"),
        ("ui/mod.rs", ""),
    ]);
    assert_eq!(violations(&imports), ["api imports net", "net::send imports ui"]);
    assert_eq!(
        inner_violations(&imports, "net", &["packet", "send"]),
        ["net::packet imports net::send"]
    );
    assert_eq!(
        inner_violations(&imports, "net", &["send"]),
        [
            "net::packet has no place in the order of net",
            "net::packet imports net::send"
        ]
    );
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

/// Where kinds of ingress controllers and HTTP proxies stand, behind their contracts.
const KINDS: [&str; 2] = ["cluster/ingress_controllers/", "net/http_proxy/"];

/// The lines that name a kind of ingress controller or HTTP proxy.
fn kinds_named(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .filter(|line| line.contains("nginx::"))
        .collect()
}

#[test]
fn ingress_controllers_and_proxies_are_known_by_their_contract() {
    let wrong: Vec<String> = sources()
        .iter()
        .filter(|(name, _)| !KINDS.iter().any(|it| name.starts_with(it)))
        .flat_map(|(name, text)| kinds_named(text).into_iter().map(move |it| format!("{name}: {it}")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_check_for_kinds_notices_one() {
    assert_eq!(kinds_named("use crate::net::http_proxy::nginx::NginxConfig;").len(), 1);
    assert!(kinds_named("// nginx::x\nlet image = \"nginx:1.27\";").is_empty());
}
