//! `virsh`: the machines as their hypervisor sees them.

use super::machine::{has_node, power, set_network};
use super::options::arguments;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `virsh start|destroy|shutdown|reboot NODE`, `virsh domif-setlink NODE IFACE up|down`, at the client: the
/// machines as their hypervisor sees them.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let words = arguments(words);
    if *place != Source::Client {
        return Err(Output::failed("Kubehop: virsh runs outside the cluster\n", 127));
    }
    let (verb, node) = match words.as_slice() {
        [verb, node, ..] => (*verb, *node),
        _ => {
            return Err(Output::failed(
                "Kubehop: virsh knows start, destroy, shutdown, reboot and domif-setlink here\n",
                1,
            ));
        }
    };
    if !has_node(context, node) {
        return Err(Output::failed(format!("error: failed to get domain '{node}'\n"), 1));
    }
    let off = context.world.cluster().faults().is_off(node);
    Ok(match (verb, off) {
        ("start", true) => said(
            context.with_cluster(|it| it.power_on(node)),
            format!("Domain '{node}' started\n\n"),
        ),
        ("start", false) => Output::failed("error: Domain is already active\n\n", 1),
        ("destroy" | "shutdown" | "reboot" | "reset", true) => {
            Output::failed("error: Requested operation is not valid: domain is not running\n\n", 1)
        }
        ("destroy", _) => said(
            power(context, node, "poweroff"),
            format!("Domain '{node}' destroyed\n\n"),
        ),
        ("shutdown", _) => said(
            power(context, node, "poweroff"),
            format!("Domain '{node}' is being shutdown\n\n"),
        ),
        ("reboot" | "reset", _) => said(
            power(context, node, "reboot"),
            format!("Domain '{node}' is being rebooted\n\n"),
        ),
        ("domif-setlink", _) => {
            let up = match words.get(3) {
                Some(&"up") => true,
                Some(&"down") => false,
                _ => return Err(Output::failed("error: invalid state, must be 'up' or 'down'\n", 1)),
            };
            said(
                set_network(context, node, up),
                "Device updated successfully\n\n".to_owned(),
            )
        }
        _ => Output::failed(format!("error: unknown command: '{verb}'\n"), 1),
    })
}

fn said(mut output: Output, text: String) -> Output {
    output.stdout.push_str(&text);
    output
}
