//! The programs that a terminal finds at a place: outside, in a pod, on a node.
//!
//! Containers are taken to hold the usual tools of network debugging, whatever their image; a real image may
//! lack some of them.

mod answers;
mod basic;
mod filters;
mod gcloud;
mod http;
mod lookup;
mod machine;
mod node;
mod probe;

use crate::net::Source;
use crate::shell::Output;
use crate::shell::kubectl::{self, Context};
use crate::shell::sh::{self, Variables};

/// A program: from where it runs and the words behind its name to what it prints.
type Program = fn(&mut Context<'_>, &Source, &[String]) -> Output;

const PROGRAMS: &[(&str, Program)] = &[
    ("awk", filters::awk),
    ("cat", basic::cat),
    ("conntrack", node::conntrack),
    ("curl", http::curl),
    ("cut", filters::cut),
    ("date", filters::date),
    ("dig", lookup::dig),
    ("echo", basic::echo),
    ("env", basic::env),
    ("false", basic::fail),
    ("gcloud", machine::gcloud),
    ("getent", lookup::getent),
    ("grep", basic::grep),
    ("halt", machine::shutdown),
    ("head", basic::head),
    ("hostname", basic::hostname),
    ("ip", machine::ip),
    ("ip6tables-save", node::iptables_save_6),
    ("iptables-save", node::iptables_save),
    ("kill", machine::kill),
    ("killall", machine::pkill),
    ("nc", probe::nc),
    ("nslookup", lookup::nslookup),
    ("ping", probe::ping),
    ("pkill", machine::pkill),
    ("poweroff", machine::shutdown),
    ("printenv", basic::env),
    ("printf", filters::printf),
    ("reboot", machine::reboot),
    ("seq", filters::seq),
    ("shutdown", machine::shutdown),
    ("sleep", basic::sleep),
    ("sort", basic::sort),
    ("systemctl", machine::systemctl),
    ("tail", basic::tail),
    ("tee", filters::tee),
    ("tr", filters::tr),
    ("true", basic::succeed),
    ("uniq", filters::uniq),
    ("virsh", machine::virsh),
    ("wc", basic::wc),
    ("wget", http::wget),
];

/// Runs a program at a place.
pub(crate) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let Some((name, rest)) = words.split_first() else {
        return Output::default();
    };
    let program = name.rsplit('/').next().unwrap_or(name);
    match program {
        "kubectl" | "k" if *place == Source::Client => kubectl::run(context, rest),
        "ssh" if *place == Source::Client => node::ssh(context, rest),
        "gcloud" if *place == Source::Client && !rest.iter().any(|it| it == "instances") => gcloud::run(context, rest),
        "sh" | "bash" | "ash" => shell(context, place, rest),
        "sudo" => run(context, place, rest),
        "timeout" | "time" | "nsenter" | "watch" => {
            Output::failed(format!("{program}: not simulated in this shell\n"), 127)
        }
        _ => match PROGRAMS.iter().find(|(known, _)| *known == program) {
            Some((_, run)) => run(context, place, rest),
            None => not_found(place, name),
        },
    }
}

fn not_found(place: &Source, name: &str) -> Output {
    match place {
        Source::Pod { .. } => Output::failed(
            format!(
                "OCI runtime exec failed: exec failed: unable to start container process: exec: {name:?}: executable file not found in $PATH: unknown\n"
            ),
            127,
        ),
        _ => {
            let known: Vec<&str> = PROGRAMS.iter().map(|(name, _)| *name).collect();
            Output::failed(
                format!(
                    "sh: {name}: command not found\nKubehop: this terminal knows kubectl, ssh, gcloud, {}\n",
                    known.join(", ")
                ),
                127,
            )
        }
    }
}

/// `sh -c 'COMMANDS' [NAME [PARAMETER]...]`, `sh FILE [PARAMETER]...`, and commands from standard input.
fn shell(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let mut variables: Variables = basic::environment(context, place).unwrap_or_default();
    let flags = words
        .iter()
        .take_while(|it| it.starts_with('-') && it.len() > 1)
        .count();
    let (flags, words) = words.split_at(flags);
    let is_text = flags.iter().any(|it| !it.starts_with("--") && it.contains('c'));
    let (text, parameters) = match (words.split_first(), is_text) {
        (Some((text, rest)), true) => (text.clone(), rest),
        (Some((file, _)), false) => match context.file(file) {
            Some(text) => (text, words),
            None => return Output::failed(format!("sh: can't open '{file}': No such file or directory\n"), 2),
        },
        (None, true) => return Output::failed("sh: -c requires an argument\n", 2),
        (None, false) => match context.stdin.take() {
            Some(text) if !text.is_empty() => (text, words),
            _ => {
                return Output::failed(
                    "Kubehop: there is no interactive shell here; write sh -c 'COMMAND'\n",
                    1,
                );
            }
        },
    };
    // Behind `-c TEXT` the first word is `$0`; a file is its own.
    for (idx, word) in parameters.iter().enumerate() {
        variables.insert(idx.to_string(), word.clone());
    }
    sh::script(context, place, &mut variables, &text)
}
