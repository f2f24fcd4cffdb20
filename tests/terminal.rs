//! What is typed into a terminal, line after line, and what it prints: `tests/cases/terminal/`.

use kubehop::shell::Shell;
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::Value;

use crate::support::{cases, list, text};

/// Types the lines of a case; everything that came out otherwise.
fn type_lines(case: &Value) -> Vec<String> {
    let preset = text(case, "preset");
    let mut world = World::new(Options {
        preset: if preset.is_empty() {
            Options::default().preset
        } else {
            preset.parse().expect("a preset")
        },
        as_stored: case["asStored"] == true,
        ..Options::default()
    });
    let mut wrong = Vec::new();
    let given = text(case, "given");
    if !given.is_empty() {
        let outcome = world.apply(FileId(0), &given);
        assert!(outcome.all_taken(), "{}: {}", text(case, "name"), outcome.stderr);
    }
    let mut shell = Shell::new();
    for (name, content) in case["files"].as_object().into_iter().flatten() {
        shell.add_file(name, content.as_str().expect("a text"));
    }
    for step in case["steps"].as_array().expect("steps") {
        let line = text(step, "run");
        let output = shell.run(&mut world, &line);
        let mut complain = |what: &str, expected: &dyn std::fmt::Display| {
            wrong.push(format!(
                "{}: {line}\n  {what} expected:\n{expected}\n  found (exit {}):\n{}{}",
                text(case, "name"),
                output.exit_code,
                output.stdout,
                output.stderr
            ));
        };
        for (what, found) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            if let Some(expected) = step[what].as_str()
                && expected != found
            {
                complain(what, &expected);
            }
        }
        let all = format!("{}{}", output.stdout, output.stderr);
        for part in list(&step["has"]) {
            if !all.contains(&part) {
                complain("to contain", &part);
            }
        }
        for part in list(&step["lacks"]) {
            if all.contains(&part) {
                complain("not to contain", &part);
            }
        }
        if let Some(code) = step["exit"].as_i64()
            && code != i64::from(output.exit_code)
        {
            complain("exit", &code);
        }
    }
    wrong
}

fn hold(file: &str) {
    let wrong: Vec<String> = cases(file).iter().flat_map(type_lines).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_checker_that_finds_nothing_wrong_would_be_none() {
    let case = serde_json::json!({"name": "x", "steps": [
        {"run": "echo a; false", "stdout": "b\n", "has": ["c"], "lacks": ["a"], "exit": 0},
    ]});
    assert_eq!(type_lines(&case).len(), 4);
}

#[test]
fn kubectl_and_its_server() {
    hold("terminal/kubectl.yaml");
}

#[test]
fn programs_and_the_shell_itself() {
    hold("terminal/tools.yaml");
}

#[test]
fn coredns_by_its_corefile() {
    hold("terminal/coredns.yaml");
}

#[test]
fn metallb_and_addresses() {
    hold("terminal/metallb.yaml");
}
