//! `kubectl top`.

use super::Context;
use crate::shell::{CommandResult, Output};

/// `kubectl top`: no metrics server runs, as in a fresh cluster.
pub fn run(_context: &mut Context<'_>, _words: &[String]) -> CommandResult {
    Err(Output::error("Metrics API not available"))
}
