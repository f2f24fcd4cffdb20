//! Command lines and what a real kubectl printed for them.

use kubehop::shell::Shell;
use kubehop::sim::{Duration, Instant};
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::Value;

use super::{differ, hold, masks, run, world};
use crate::support::{cases, text};

/// Compares what a command printed with a recorded case.
fn compare(case: &Value, output: &kubehop::shell::Output) -> Result<(), String> {
    let mut wrong = Vec::new();
    for (what, found) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        let expected = text(case, what);
        if !masks::matches(&expected, found) {
            wrong.push(differ(what, &expected, found));
        }
    }
    let exit = case["exit"].as_i64().unwrap_or(0);
    if exit != i64::from(output.exit_code) {
        wrong.push(format!("  exit expected {exit}, found {}", output.exit_code));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n"))
    }
}

/// `<NOW-2d23h30m>` as a time before `now`.
fn with_times(text: &str, now: Instant) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("<NOW-") {
        out.push_str(&rest[..at]);
        let end = at + rest[at..].find('>').expect("a mask ends");
        let mut seconds = 0;
        let mut number = String::new();
        for letter in rest[at + 5..end].chars() {
            if letter.is_ascii_digit() {
                number.push(letter);
                continue;
            }
            let unit = match letter {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                'y' => 31_536_000,
                other => panic!("unit {other}"),
            };
            seconds += std::mem::take(&mut number).parse::<i64>().expect("a number") * unit;
        }
        out.push_str(&(now + Duration::from_secs(-seconds)).to_string());
        rest = &rest[end + 1..];
    }
    out + rest
}

#[test]
fn against_a_server_that_holds_given_objects() {
    let now = Instant::parse_rfc3339("2026-03-01T12:00:00Z").expect("a time");
    let results: Vec<_> = cases("kubectl/server.yaml")
        .iter()
        .map(|case| {
            let mut world = World::new(Options {
                now,
                as_stored: true,
                ..Options::default()
            });
            world.apply(FileId(0), &with_times(&text(case, "cluster"), now));
            let mut shell = Shell::new();
            for (name, content) in case["files"].as_object().into_iter().flatten() {
                shell.add_file(name, content.as_str().expect("a text"));
            }
            let output = shell.run(&mut world, &text(case, "command"));
            (text(case, "name"), compare(case, &output))
        })
        .collect();
    hold("kubectl/server", &results, KNOWN_SERVER);
}

#[test]
fn without_a_server() {
    let mut world = world();
    let results: Vec<_> = cases("kubectl/client.yaml")
        .iter()
        .map(|case| {
            let output = run(&mut world, &text(case, "command"));
            (text(case, "name"), compare(case, &output))
        })
        .collect();
    hold("kubectl/client", &results, &[]);
}

#[test]
fn tables_of_a_real_cluster() {
    let mut results = Vec::new();
    for case in cases("commands/tables.yaml") {
        let mut world = world();
        let name = text(&case, "name");
        for (idx, step) in case["steps"].as_array().into_iter().flatten().enumerate() {
            let output = match step["apply"].as_str() {
                Some(manifest) => run(&mut world, &format!("kubectl apply -f - <<'END'\n{manifest}\nEND\n")),
                None => run(&mut world, &text(step, "run")),
            };
            results.push((format!("{name}/step {idx}"), compare(step, &output)));
        }
        for command in case["commands"].as_array().into_iter().flatten() {
            let line = text(command, "cmd");
            let output = run(&mut world, &line);
            results.push((format!("{name}/{line}"), compare(command, &output)));
        }
    }
    hold("oracle/tables", &results, KNOWN_TABLES);
}

#[test]
fn commands_of_a_real_cluster() {
    let mut results = Vec::new();
    for case in cases("commands/commands.yaml") {
        let mut world = world();
        world.apply(FileId(0), &text(&case, "state"));
        for command in case["commands"].as_array().into_iter().flatten() {
            let line = text(command, "cmd");
            let output = run(&mut world, &line);
            results.push((line, compare(command, &output)));
        }
    }
    hold("oracle/commands", &results, KNOWN_COMMANDS);
}

/// Cases against given objects that are known to differ.
const KNOWN_SERVER: &[(&str, &str)] = &[
    ("get-ep-server-1.32", "a server of 1.32, which does not warn yet"),
    (
        "get-ingressclass",
        "the stand-in did not mark the default class; a real server does (oracle/tables)",
    ),
];

/// Tables that are known to differ.
const KNOWN_TABLES: &[(&str, &str)] = &[
    ("namespaces/kubectl get pods -A -o wide", NO_DNS),
    ("namespaces/kubectl get svc -A", NO_DNS),
    ("namespaces/kubectl get ep -A", NO_DNS),
];

/// Why listings of all namespaces differ.
const NO_DNS: &str = "the recorded cluster ran no DNS server";

/// Commands that are known to differ.
const KNOWN_COMMANDS: &[(&str, &str)] = &[(
    "kubectl get pods -A --no-headers -o custom-columns=N:.metadata.name",
    NO_DNS,
)];

#[test]
fn against_a_stand_in_server() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/kubectl/stand-in-state.yaml");
    let state = std::fs::read_to_string(path).expect("the state is there");
    let mut held = world();
    let outcome = held.apply(FileId(0), &state);
    assert_eq!(outcome.exit_code, 0, "{}", outcome.stderr);
    let results: Vec<_> = cases("kubectl/stand-in.yaml")
        .iter()
        .map(|case| {
            let command = text(case, "command");
            let mut world = held.clone();
            let output = run(&mut world, &command);
            (command, compare(case, &output))
        })
        .collect();
    hold("kubectl/stand-in", &results, &[]);
}
