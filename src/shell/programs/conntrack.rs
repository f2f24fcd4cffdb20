//! `conntrack`: a node's connections.

use super::machine::node_at;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `conntrack -L`.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let node = node_at(context, place, "conntrack")?;
    if !words.iter().any(|it| it == "-L" || it == "--dump") {
        return Err(Output::failed("conntrack: only -L is simulated\n", 2));
    }
    let lines = context.connections(&node).unwrap_or_default();
    let count = lines.len();
    Ok(Output {
        stdout: lines.into_iter().map(|line| line + "\n").collect(),
        stderr: format!("conntrack v1.4.8 (conntrack-tools): {count} flow entries have been shown.\n"),
        ..Output::default()
    })
}
