//! `gcloud compute instances`: a cloud's machines, started and stopped.

use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::programs::machine::{has_node, power};
use crate::shell::programs::options::arguments;
use crate::shell::{CommandResult, Output};

/// `gcloud compute instances start|stop|reset NODE` at the client.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let words = arguments(words);
    let ["compute", "instances", verb @ ("start" | "stop" | "reset"), node, ..] = words.as_slice() else {
        return Err(Output::failed(
            "Kubehop: of gcloud only compute instances start|stop|reset NODE is simulated\n",
            1,
        ));
    };
    if *place != Source::Client || !has_node(context, node) {
        return Err(Output::failed(
            format!(
                "ERROR: (gcloud.compute.instances.{verb}) Could not fetch resource:\n - The resource '{node}' was not found\n"
            ),
            1,
        ));
    }
    Ok(match *verb {
        "start" => context.with_cluster(|it| it.power_on(node)),
        "stop" => power(context, node, "poweroff"),
        _ => power(context, node, "reboot"),
    })
}
