//! What a real kubectl and a real API server said, against what Kubehop says.
//!
//! Where the cases come from stands in the head of each file under `tests/cases`. A case that is known to
//! differ stands in the runner's list with its reason, and fails the run the day it starts to pass.

mod apply;
mod kubectl;
pub mod masks;

use std::collections::BTreeMap;

use kubehop::cluster::Preset;
use kubehop::shell::Shell;
use kubehop::world::{Options, World};

/// A world like the recorded cluster: three nodes, and neither load balancer nor ingress controller.
fn world() -> World {
    World::new(Options {
        preset: Preset::BareMetal,
        ..Options::default()
    })
}

/// Runs one command line in a fresh terminal.
fn run(world: &mut World, command: &str) -> kubehop::shell::Output {
    Shell::new().run(world, command)
}

/// Holds results by name against the names known to fail. `KUBEHOP_CASE=name` prints what a case got.
fn hold(suite: &str, results: &[(String, Result<(), String>)], known: &[(&str, &str)]) {
    let wanted = std::env::var("KUBEHOP_CASE").unwrap_or_default();
    let known: BTreeMap<&str, &str> = known.iter().copied().collect();
    let mut wrong = Vec::new();
    let n_failed = results.iter().filter(|(_, result)| result.is_err()).count();
    println!("{suite}: {} cases, {n_failed} differ", results.len());
    for (name, result) in results {
        match (result, known.get(name.as_str())) {
            (Ok(()), None) => {}
            (Err(_), Some(_)) if *name != wanted => {}
            (Ok(()), Some(reason)) => wrong.push(format!("{name}: passes now, although \"{reason}\"")),
            (Err(what), _) => wrong.push(format!("{name}:\n{what}")),
        }
    }
    for name in known.keys() {
        if !results.iter().any(|(other, _)| other == name) {
            wrong.push(format!("{name}: known to fail, but there is no such case"));
        }
    }
    assert!(wrong.is_empty(), "{suite}: {} wrong\n{}", wrong.len(), wrong.join("\n"));
}

/// Two texts, one below the other, where they differ.
fn differ(what: &str, expected: &str, found: &str) -> String {
    format!(
        "  {what} expected:\n{}\n  {what} found:\n{}",
        indent(expected),
        indent(found)
    )
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    |{line}\n")).collect()
}

#[test]
fn a_case_that_differs_is_noticed() {
    let results = [("a".to_owned(), Err("no".to_owned()))];
    assert!(std::panic::catch_unwind(|| hold("x", &results, &[])).is_err());
    let results = [("a".to_owned(), Ok(()))];
    assert!(std::panic::catch_unwind(|| hold("x", &results, &[("a", "reason")])).is_err());
}
