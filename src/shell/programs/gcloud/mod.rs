//! `gcloud`: a cloud as its own tool shows it, one file per group of commands.

mod firewall_rules;
mod instances;

use crate::net::Source;
use crate::shell::CommandResult;
use crate::shell::kubectl::Context;

pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    if *place == Source::Client && !words.iter().any(|it| it == "instances") {
        firewall_rules::run(context, words)
    } else {
        instances::run(context, place, words)
    }
}
