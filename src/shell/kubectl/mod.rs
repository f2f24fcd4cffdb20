//! `kubectl`, as version 1.36 behaves against a server of 1.36.
//!
//! One file per command. Reading goes to a snapshot, writing through [`Context`] to the world. What is not
//! simulated says so in one line. Not here: what the server answers; that is `cluster` and `api`.

pub mod apply;
pub mod builder;
pub mod create;
pub mod delete;
pub mod describe;
pub mod drain;
pub mod dump;
pub mod exec;
pub mod explain;
pub mod expose;
pub mod flags;
pub mod get;
pub mod info;
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
pub mod tree;
pub mod wait;

mod context;

pub use context::{Context, DryRun};

use super::Output;
use flags::GLOBAL;

/// A command: from the words behind its name to what it prints.
type Run = fn(&mut Context<'_>, &[String]) -> Output;

/// Commands by name; `None`: exists in a real kubectl and is not simulated.
const COMMANDS: &[(&str, Option<Run>)] = &[
    ("annotate", Some(label::annotate)),
    ("api-resources", Some(info::api_resources)),
    ("api-versions", Some(info::api_versions)),
    ("apply", Some(apply::run)),
    ("attach", None),
    ("auth", None),
    ("autoscale", None),
    ("certificate", None),
    ("cluster-info", Some(info::cluster_info)),
    ("completion", None),
    ("config", Some(info::config)),
    ("cordon", Some(drain::cordon)),
    ("cp", None),
    ("create", Some(create::run)),
    ("debug", Some(exec::debug)),
    ("delete", Some(delete::run)),
    ("describe", Some(describe::run)),
    ("diff", None),
    ("drain", Some(drain::drain)),
    ("edit", Some(label::edit)),
    ("events", None),
    ("exec", Some(exec::run)),
    ("explain", Some(explain::run)),
    ("expose", Some(expose::run)),
    ("get", Some(get::run)),
    ("help", Some(info::help)),
    ("kustomize", None),
    ("label", Some(label::label)),
    ("logs", Some(logs::run)),
    ("options", Some(info::help)),
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
    ("top", Some(info::top)),
    ("uncordon", Some(drain::uncordon)),
    ("version", Some(info::version)),
    ("wait", Some(wait::run)),
];

/// A command that could not read its flags.
fn usage(path: &str, error: &str) -> Output {
    Output::error(format!("{error}\nSee 'kubectl {path} --help' for usage."))
}

/// A command that was given too much or too little.
fn subcommand_usage(path: &str, error: &str) -> Output {
    Output::error(format!("{error}\nSee 'kubectl {path} -h' for help and examples"))
}

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
        return info::help(context, &[]);
    }
    let name = words.remove(0);
    words.splice(0..0, before);
    let wants_help = words
        .iter()
        .take_while(|it| *it != "--")
        .any(|it| it == "--help" || it == "-h");
    match COMMANDS.iter().find(|(known, _)| *known == name) {
        Some((_, Some(_))) if wants_help => info::help(context, &[name]),
        Some((_, Some(run))) => run(context, &words),
        Some((_, None)) => Output::error(format!("kubectl {name} is not simulated by Kubehop")),
        None => unknown(&name),
    }
}

/// An unknown command, with the names that are close to it.
fn unknown(name: &str) -> Output {
    let close: String = COMMANDS
        .iter()
        .map(|(known, _)| *known)
        .filter(|known| distance(name, known) <= 2 || known.starts_with(&name.to_lowercase()))
        .map(|known| format!("\t{known}\n"))
        .collect();
    let hint = if close.is_empty() {
        String::new()
    } else {
        format!("\n\nDid you mean this?\n{}", close.trim_end_matches('\n'))
    };
    Output::error(format!("unknown command {name:?} for \"kubectl\"{hint}"))
}

/// Levenshtein distance, without regard to case.
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("gte", "get"), 2);
        assert_eq!(distance("get", "get"), 0);
        assert_eq!(distance("", "abc"), 3);
    }
}
