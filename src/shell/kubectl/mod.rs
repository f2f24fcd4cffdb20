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

pub(in crate::shell) use context::Programs;
pub use context::{Context, DryRun};

use super::{CommandResult, Output};
use crate::api::codes::similar::{Swaps, edit_distance};
use crate::go;
use flags::{GLOBAL, subcommand_usage};

/// A command: from the words behind its name to what it prints.
type Run = fn(&mut Context<'_>, &[String]) -> CommandResult;

/// Commands by name, in the order in which kubectl adds them (`cmd.go NewKubectlCommand`), which is the order of its
/// suggestions; `None`: exists in a real kubectl and is not simulated.
const COMMANDS: &[(&str, Option<Run>)] = &[
    ("create", Some(create::run)),
    ("expose", Some(expose::run)),
    ("run", Some(run::run)),
    ("set", Some(set::run)),
    ("explain", Some(explain::run)),
    ("get", Some(get::run)),
    ("edit", Some(edit::run)),
    ("delete", Some(delete::run)),
    ("rollout", Some(rollout::run)),
    ("scale", Some(scale::run)),
    ("autoscale", None),
    ("certificate", None),
    ("cluster-info", Some(cluster_info::run)),
    ("top", Some(top::run)),
    ("cordon", Some(drain::cordon)),
    ("uncordon", Some(drain::uncordon)),
    ("drain", Some(drain::drain)),
    ("taint", Some(taint::run)),
    ("describe", Some(describe::run)),
    ("logs", Some(logs::run)),
    ("attach", None),
    ("exec", Some(exec::run)),
    ("port-forward", None),
    ("proxy", None),
    ("cp", None),
    ("auth", None),
    ("debug", Some(debug::run)),
    ("events", None),
    ("diff", None),
    ("apply", Some(apply::run)),
    ("patch", Some(patch::run)),
    ("replace", Some(apply::replace)),
    ("wait", Some(wait::run)),
    ("kustomize", None),
    ("label", Some(label::label)),
    ("annotate", Some(label::annotate)),
    ("completion", None),
    ("config", Some(config::run)),
    ("plugin", None),
    ("version", Some(version::run)),
    ("api-versions", Some(api_versions::run)),
    ("api-resources", Some(api_resources::run)),
    ("options", Some(help)),
    ("help", Some(help)),
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
        Some((_, Some(_))) if !context.kubeconfig.is_connected() && asks_server(&name, &words) => Output::failed(
            "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n",
            1,
        ),
        Some((_, Some(run))) => {
            let logged = pretending(context, &name, &words);
            let mut output: Output = run(context, &words).into();
            if let Some(line) = logged {
                output.stderr.insert_str(0, &line);
            }
            output
        }
        Some((_, None)) if help::is_group(&name) && words.is_empty() => help::alone(&name),
        Some((_, None)) => Output::error(format!("kubectl {name} is not simulated by Kubehop")),
        None => unknown(&name),
    }
}

/// Commands that take `--dry-run`.
const PRETENDING: [&str; 16] = [
    "annotate",
    "apply",
    "autoscale",
    "cordon",
    "create",
    "delete",
    "drain",
    "expose",
    "label",
    "patch",
    "replace",
    "rollout",
    "run",
    "scale",
    "set",
    "taint",
];

/// What kubectl logs of the forms of `--dry-run` that stem from when it was a switch (`cmd/util/helpers.go
/// GetDryRunStrategy`, by `klog`).
fn pretending(context: &Context<'_>, name: &str, words: &[String]) -> Option<String> {
    let words = words.iter().take_while(|it| *it != "--");
    let flag = words
        .filter(|it| *it == "--dry-run" || it.starts_with("--dry-run="))
        .last()?;
    let (line, message) = match flag.split_once('=') {
        None => (
            703,
            "--dry-run is deprecated and can be replaced with --dry-run=client.".to_owned(),
        ),
        Some((_, value)) => {
            let is_on = go::parse_bool(value)?;
            let (line, instead) = if is_on { (717, "client") } else { (720, "none") };
            let message = format!(
                "--dry-run={value} is deprecated (boolean value) and can be replaced with --dry-run={instead}."
            );
            (line, message)
        }
    };
    if !(PRETENDING.contains(&name) || name == "uncordon") {
        return None;
    }
    // Month and day without a dash, as klog heads its lines.
    let now = context.world.now().to_string();
    let (day, time) = now.trim_end_matches('Z').split_once('T')?;
    let day: String = day.split('-').skip(1).collect();
    Some(format!("W{day} {time}.000000    4242 helpers.go:{line}] {message}\n"))
}

/// Whether a command needs the server.
fn asks_server(name: &str, words: &[String]) -> bool {
    match name {
        "config" | "help" | "options" => false,
        "version" => !words.iter().any(|it| it.starts_with("--client")),
        _ => true,
    }
}

/// What a group of commands says of arguments among which none is a command of its.
fn unknown_below(path: &str, args: &[String]) -> Output {
    subcommand_usage(path, &format!("unknown command {}", go::quote(&args.join(" "))))
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
