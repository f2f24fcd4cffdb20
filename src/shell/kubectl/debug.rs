//! `kubectl debug node/…`: commands on a node (`kubectl pkg/cmd/debug`).

use super::Context;
use super::exec::{FLAGS, ended, no_kubelet};
use super::flags::Flags;
use crate::api::{Kind, ObjectRef};
use crate::net::Source;
use crate::shell::{CommandResult, Output};

/// Runs `kubectl debug node/NAME -- COMMAND`: a command on a node.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("debug", &[FLAGS], words)?;
    let Some(node) = flags
        .args
        .first()
        .and_then(|it| it.strip_prefix("node/").or_else(|| it.strip_prefix("no/")))
    else {
        return Err(Output::error(
            "kubectl debug is simulated by Kubehop for nodes only: kubectl debug node/NAME -- COMMAND",
        ));
    };
    if context
        .world
        .snapshot()
        .object(&ObjectRef::new(Kind::Node, "", node))
        .is_none()
    {
        return Err(Output::failed(
            format!("Error from server (NotFound): nodes {node:?} not found\n"),
            1,
        ));
    }
    let mut command = flags.args[flags.dash_at.unwrap_or(flags.args.len())..].to_vec();
    if command.first().is_some_and(|it| it == "chroot") && command.len() > 2 {
        command.drain(..2);
    }
    if command.is_empty() {
        return Err(Output::error("you must specify at least one command for the container"));
    }
    if let Some(silent) = no_kubelet(context, node) {
        return Err(silent);
    }
    Ok(ended(context.run_program(&Source::Node(node.to_owned()), &command)))
}
