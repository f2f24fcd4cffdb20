//! The programs that a terminal finds at a place: outside, in a pod, on a node. One file per program, one line for
//! each in [`table`].
//!
//! Containers are taken to hold the usual tools of network debugging, whatever their image; a real image may
//! lack some of them. Not here: `kubectl`, and the shell's own commands (`sh::builtin`).

mod awk;
mod cat;
mod conntrack;
mod cut;
mod date;
mod dig;
mod echo;
mod env;
mod gcloud;
mod getent;
mod grep;
mod head;
mod hostname;
mod http;
mod ip;
mod iptables_save;
mod kill;
mod machine;
mod nc;
mod nslookup;
mod options;
mod ping;
mod pkill;
mod place;
mod printf;
mod resolver;
mod seq;
mod shutdown;
mod signal;
mod sleep;
mod sort;
mod ssh;
mod status;
mod subshell;
mod systemctl;
pub mod table;
mod tee;
mod tr;
mod uniq;
mod virsh;
mod wc;

use crate::net::Source;
use crate::shell::Output;
use crate::shell::kubectl::Context;
use table::{Installed, PROGRAMS};

/// Runs a program at a place: its name, and the words behind it.
pub(crate) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let Some((name, rest)) = words.split_first() else {
        return Output::default();
    };
    let program = name.rsplit('/').next().unwrap_or(name);
    match program {
        "sh" | "bash" | "ash" => subshell::run(context, place, rest).into(),
        "sudo" => run(context, place, rest),
        "timeout" | "time" | "nsenter" | "watch" => {
            Output::failed(format!("{program}: not simulated in this shell\n"), 127)
        }
        _ => match table::find(program, place) {
            Some(program) => (program.run)(context, place, rest).into(),
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
            let known: Vec<&str> = PROGRAMS
                .iter()
                .filter(|it| it.installed == Installed::Everywhere)
                .map(|it| it.name)
                .collect();
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

/// What a program says to a rare form of it.
fn not_simulated(program: &str, what: &str) -> Output {
    Output::failed(format!("{program}: {what} is not simulated in this shell\n"), 2)
}
