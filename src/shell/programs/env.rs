//! `env` and `printenv`.

use super::place::environment;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `env` and `printenv [NAME]`.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let variables = environment(context, place).map_err(|error| Output::failed(format!("env: {error}\n"), 1))?;
    Ok(match words.first() {
        Some(name) if !name.starts_with('-') => match variables.get(name) {
            Some(value) => Output::ok(format!("{value}\n")),
            None => Output::failed("", 1),
        },
        _ => Output::ok(
            variables
                .iter()
                .map(|(name, value)| format!("{name}={value}\n"))
                .collect::<String>(),
        ),
    })
}
