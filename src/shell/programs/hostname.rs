//! `hostname`.

use super::place::{name_of, pod_at};
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    Ok(match words.first().map(String::as_str) {
        Some("-i" | "-I" | "--ip-address" | "--all-ip-addresses") => match pod_at(context, place) {
            Some(pod) => Output::ok(pod.status.pod_ip + "\n"),
            None => Output::failed("hostname: not simulated here\n", 1),
        },
        _ => Output::ok(name_of(context, place) + "\n"),
    })
}
