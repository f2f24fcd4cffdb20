//! `shutdown`, `poweroff`, `halt` and `reboot`, on a node.

use super::machine::power;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `poweroff`, `halt`, `reboot`, `shutdown` on a node.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let Source::Node(node) = place else {
        return Err(Output::failed(
            "Kubehop: power is simulated for nodes: ssh NODE sudo poweroff\n",
            1,
        ));
    };
    let reboots = words.iter().any(|it| matches!(it.as_str(), "-r" | "--reboot"));
    Ok(power(context, node, if reboots { "reboot" } else { "poweroff" }))
}

/// `reboot` on a node.
pub(super) fn reboot(context: &mut Context<'_>, place: &Source, _: &[String]) -> CommandResult {
    run(context, place, &["-r".to_owned()])
}
