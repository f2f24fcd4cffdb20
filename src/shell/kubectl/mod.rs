//! `kubectl`, as version 1.36 behaves against a server of 1.36.
//!
//! One file per command. Reading goes to a snapshot, writing through [`Context`] to the world. What is not
//! simulated says so in one line. Not here: what the server answers; that is `cluster` and `api`.

pub mod api_resources;
pub mod api_versions;
pub mod apply;
pub mod builder;
pub mod cluster_info;
pub mod config;
pub mod create;
pub mod debug;
pub mod delete;
pub mod describe;
pub mod drain;
pub mod dump;
pub mod edit;
pub mod exec;
pub mod explain;
pub mod expose;
pub mod flags;
pub mod get;
pub mod help;
pub mod label;
pub mod logs;
pub mod patch;
mod report;
pub mod resources;
mod revisions;
pub mod rollout;
pub mod run;
pub mod scale;
pub mod selector;
pub mod set;
mod set_env;
pub mod tables;
pub mod taint;
pub mod top;
pub mod tree;
pub mod version;
pub mod wait;

mod context;

pub use context::{Context, DryRun};

use super::{CommandResult, Output};
use crate::api::codes::similar::{Swaps, edit_distance};
use flags::{GLOBAL, subcommand_usage};

/// A command: from the words behind its name to what it prints.
type Run = fn(&mut Context<'_>, &[String]) -> CommandResult;

/// Commands by name; `None`: exists in a real kubectl and is not simulated.
const COMMANDS: &[(&str, Option<Run>)] = &[
    ("annotate", Some(label::annotate)),
    ("api-resources", Some(api_resources::run)),
    ("api-versions", Some(api_versions::run)),
    ("apply", Some(apply::run)),
    ("attach", None),
    ("auth", None),
    ("autoscale", None),
    ("certificate", None),
    ("cluster-info", Some(cluster_info::run)),
    ("completion", None),
    ("config", Some(config::run)),
    ("cordon", Some(drain::cordon)),
    ("cp", None),
    ("create", Some(create::run)),
    ("debug", Some(debug::run)),
    ("delete", Some(delete::run)),
    ("describe", Some(describe::run)),
    ("diff", None),
    ("drain", Some(drain::drain)),
    ("edit", Some(edit::run)),
    ("events", None),
    ("exec", Some(exec::run)),
    ("explain", Some(explain::run)),
    ("expose", Some(expose::run)),
    ("get", Some(get::run)),
    ("help", Some(help)),
    ("kustomize", None),
    ("label", Some(label::label)),
    ("logs", Some(logs::run)),
    ("options", Some(help)),
    ("patch", Some(patch::run)),
    ("plugin", None),
    ("port-forward", None),
    ("proxy", None),
    ("replace", Some(apply::replace)),
    ("rollout", Some(rollout::run)),
    ("run", Some(run::run)),
    ("scale", Some(scale::run)),
    ("set", Some(set::run)),
    ("taint", Some(taint::run)),
    ("top", Some(top::run)),
    ("uncordon", Some(drain::uncordon)),
    ("version", Some(version::run)),
    ("wait", Some(wait::run)),
];

/// Runs `kubectl` with the words behind its name.
pub fn run(context: &mut Context<'_>, words: &[String]) -> Output {
    let mut words = words.to_vec();
    let mut before: Vec<String> = Vec::new();
    // Flags of every command may stand before the command's name.
    while let Some(word) = words.first().filter(|it| it.starts_with('-')).cloned() {
        let name = word.trim_start_matches('-').split('=').next().unwrap_or_default();
        let is_long = word.starts_with("--");
        let known = GLOBAL.iter().find(|flag| {
            if is_long {
                flag.long == name
            } else {
                name.starts_with(flag.short) && flag.short != '\0'
            }
        });
        let Some(flag) = known else {
            return Output::failed(format!("Error: flags cannot be placed before plugin name: {word}\n"), 1);
        };
        before.push(words.remove(0));
        let has_value = word.contains('=') || !is_long && name.len() > 1;
        if flag.takes != flags::Takes::Switch && !has_value && !words.is_empty() {
            before.push(words.remove(0));
        }
    }
    if words.is_empty() {
        return help(context, &[]).into();
    }
    let name = words.remove(0);
    words.splice(0..0, before);
    let wants_help = words
        .iter()
        .take_while(|it| *it != "--")
        .any(|it| it == "--help" || it == "-h");
    match COMMANDS.iter().find(|(known, _)| *known == name) {
        Some((_, Some(_))) if wants_help => help::of_command(&name),
        Some((_, Some(run))) => run(context, &words).into(),
        Some((_, None)) => Output::error(format!("kubectl {name} is not simulated by Kubehop")),
        None => unknown(&name),
    }
}

/// An unknown command, with the names that are close to it.
fn unknown(name: &str) -> Output {
    let lower = name.to_lowercase();
    let close: String = COMMANDS
        .iter()
        .map(|(known, _)| *known)
        .filter(|known| edit_distance(&lower, known, Swaps::Two) <= 2 || known.starts_with(&lower))
        .map(|known| format!("\t{known}\n"))
        .collect();
    let hint = if close.is_empty() {
        String::new()
    } else {
        format!("\n\nDid you mean this?\n{}", close.trim_end_matches('\n'))
    };
    Output::error(format!("unknown command {name:?} for \"kubectl\"{hint}"))
}

/// What there is: the commands, or a line about one of them.
fn help(_context: &mut Context<'_>, words: &[String]) -> CommandResult {
    if let Some(name) = words.first() {
        return Ok(help::of_command(name));
    }
    let list = |simulated: bool| -> String {
        COMMANDS
            .iter()
            .filter(|(_, run)| run.is_some() == simulated)
            .map(|(name, _)| format!("  {name}\n"))
            .collect()
    };
    Ok(Output::ok(format!(
        "kubectl controls the Kubernetes cluster manager.\n\nSimulated by Kubehop:\n{}\nNot simulated:\n{}",
        list(true),
        list(false)
    )))
}
