//! `tee`.

use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::sh;
use crate::shell::{CommandResult, Output};

/// `tee [-a] FILE`: what comes in goes on, and into a file.
pub(super) fn run(context: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    let text = context.stdin.clone().unwrap_or_default();
    let appends = words.iter().any(|it| it == "-a");
    for path in words.iter().filter(|it| !it.starts_with('-')) {
        if !sh::write(context, path, &text, appends) {
            return Err(Output::failed("tee: no space left on device\n", 1));
        }
    }
    Ok(Output::ok(text))
}
