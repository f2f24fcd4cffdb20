//! `kubectl top`.

use super::flags::{Flags, first_argument};
use super::{Context, help, unknown_below};
use crate::shell::{CommandResult, Output};

/// `kubectl top`: no metrics server runs, as in a fresh cluster.
pub fn run(_context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let Some(at) = first_argument(&[], words) else {
        return Err(help::alone("top"));
    };
    if !["node", "nodes", "no", "pod", "pods", "po"].contains(&words[at].as_str()) {
        let args = Flags::of_command("top", &[], words)?.args;
        return Err(unknown_below("top", &args));
    }
    Err(Output::error("Metrics API not available"))
}
