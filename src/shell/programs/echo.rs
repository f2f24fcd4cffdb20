//! `echo`.

use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

pub(super) fn run(_: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    Ok(match words.split_first() {
        Some((flag, rest)) if flag == "-n" => Output::ok(rest.join(" ")),
        Some((flag, rest)) if flag == "-e" => {
            Output::ok(rest.join(" ").replace("\\n", "\n").replace("\\t", "\t") + "\n")
        }
        _ => Output::ok(words.join(" ") + "\n"),
    })
}
