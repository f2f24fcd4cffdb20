//! `true` and `false`.

use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

pub(super) fn succeed(_: &mut Context<'_>, _: &Source, _: &[String]) -> CommandResult {
    Ok(Output::default())
}

pub(super) fn fail(_: &mut Context<'_>, _: &Source, _: &[String]) -> CommandResult {
    Err(Output::failed("", 1))
}
