//! `kubectl edit`: there is no editor in this terminal.

use super::Context;
use super::builder::NOTHING_GIVEN;
use crate::shell::{CommandResult, Output};

/// `kubectl edit`: there is no editor in this terminal.
pub fn run(_context: &mut Context<'_>, words: &[String]) -> CommandResult {
    if words.is_empty() {
        return Err(Output::error(NOTHING_GIVEN));
    }
    Err(Output::error(
        "kubectl edit is not simulated by Kubehop: change the manifest, or use kubectl patch",
    ))
}
