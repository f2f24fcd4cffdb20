//! `ssh`: a command on a node.

use super::place::environment;
use crate::api::types::core::Node;
use crate::api::{Kind, ObjectRef};
use crate::cluster::faults::ROUTER;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::sh;
use crate::shell::{CommandResult, Output};

/// `ssh NODE COMMAND…`: a command on a node, by its name or address.
pub(super) fn run(context: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    let rest: Vec<String> = words
        .iter()
        .skip_while(|it| it.starts_with('-') && *it != "--")
        .filter(|it| *it != "--")
        .cloned()
        .collect();
    let Some((host, command)) = rest.split_first() else {
        return Err(Output::failed("usage: ssh NODE COMMAND\n", 255));
    };
    let name = host.rsplit('@').next().unwrap_or(host);
    let snapshot = context.world.snapshot();
    let node = if snapshot.object(&ObjectRef::new(Kind::Node, "", name)).is_some() {
        Some(name.to_owned())
    } else {
        snapshot
            .list::<Node>()
            .find(|node| node.status.addresses.iter().any(|it| it.address == name))
            .map(|node| node.metadata.name.clone())
    };
    let Some(node) = node else {
        return Err(Output::failed(
            format!("ssh: Could not resolve hostname {name}: Name or service not known\n"),
            255,
        ));
    };
    if command.is_empty() {
        return Err(Output::failed(
            "Kubehop: there is no interactive session here; write ssh NODE COMMAND\n",
            255,
        ));
    }
    let faults = context.world.cluster().faults();
    if faults.is_off(&node) || faults.is_cut(&node, ROUTER) {
        return Err(Output::failed(
            format!("ssh: connect to host {name} port 22: Connection timed out\n"),
            255,
        ));
    }
    let place = Source::Node(node);
    // A command in quotes is read by the shell over there.
    if let [text] = command
        && text.contains([' ', '|', ';', '&', '<', '>', '$'])
    {
        let mut variables = environment(context, &place).unwrap_or_default();
        return Ok(sh::script(context, &place, &mut variables, 0, text));
    }
    Ok(context.run_program(&place, command))
}
