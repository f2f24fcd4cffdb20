//! `kubectl api-versions`.

use super::flags::Flags;
use super::resources::API_VERSIONS;
use super::{Context, subcommand_usage};
use crate::shell::{CommandResult, Output};

/// `kubectl api-versions`.
pub fn run(_context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("api-versions", &[], words)?;
    if !flags.args.is_empty() {
        return Err(subcommand_usage(
            "api-versions",
            &format!("unexpected arguments: [{}]", flags.args.join(" ")),
        ));
    }
    Ok(Output::ok(API_VERSIONS.join("\n") + "\n"))
}
