//! `ip`, as far as it takes a node's link up and down.

use super::machine::set_network;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `ip link set DEV up|down` on a node: its one way to all others and to the router.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let Source::Node(node) = place else {
        return Err(Output::failed(
            "Kubehop: of ip only link set DEV up|down on a node is simulated\n",
            1,
        ));
    };
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|it| *it != "dev").collect();
    let state = match words.as_slice() {
        ["link" | "l", "set", "lo", ..] => return Err(Output::failed("Kubehop: the loopback device stays up\n", 1)),
        ["link" | "l", "set", _, state @ ("up" | "down")] => *state,
        _ => {
            return Err(Output::failed(
                "Kubehop: of ip only link set DEV up|down is simulated\n",
                1,
            ));
        }
    };
    let mut output = set_network(context, node, state == "up");
    if state == "down" {
        output.stderr.push_str(&format!(
            "Kubehop: this cuts the session too; from outside the link comes back by: virsh domif-setlink {node} eth0 up\n"
        ));
    }
    Ok(output)
}
