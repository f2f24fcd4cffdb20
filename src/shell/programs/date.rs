//! `date`.

use super::not_simulated;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `date`, on the virtual clock: `date`, `date +%s`, `date -Iseconds`.
pub(super) fn run(context: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    let now = context.world.now();
    Ok(match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["-u"] | ["-Iseconds"] => Output::ok(format!("{now}\n")),
        ["+%s"] => Output::ok(format!("{}\n", now.0.div_euclid(1000))),
        _ => return Err(not_simulated("date", "this format")),
    })
}
