//! `systemctl`, on a node; of its services only the kubelet is simulated.

use super::machine::power;
use super::options::arguments;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `systemctl stop kubelet` and its like on a node.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let Source::Node(node) = place else {
        return Err(Output::failed(
            "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down\n",
            1,
        ));
    };
    let mut words = arguments(words).into_iter();
    let (verb, unit) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    Ok(match (verb, unit.trim_end_matches(".service")) {
        ("poweroff" | "halt" | "reboot", _) => power(context, node, verb),
        ("stop" | "kill", "kubelet") => context.with_cluster(|it| it.stop_kubelet(node)),
        ("start" | "restart", "kubelet") => context.with_cluster(|it| it.start_kubelet(node)),
        ("is-active" | "status", "kubelet") => {
            let stopped = context.world.cluster().faults().kubelet_stopped(node);
            let state = if stopped { "inactive" } else { "active" };
            match (verb, stopped) {
                ("is-active", stopped) => Output {
                    exit_code: if stopped { 3 } else { 0 },
                    ..Output::ok(format!("{state}\n"))
                },
                (_, true) => Output {
                    exit_code: 3,
                    ..Output::ok(
                        "○ kubelet.service - kubelet: The Kubernetes Node Agent\n     Active: inactive (dead)\n",
                    )
                },
                (_, false) => Output::ok(
                    "● kubelet.service - kubelet: The Kubernetes Node Agent\n     Active: active (running)\n",
                ),
            }
        }
        ("start" | "stop" | "restart" | "status" | "kill" | "is-active", unit) if !unit.is_empty() => Output::failed(
            format!("Kubehop: of a node's services only kubelet is simulated, not {unit}\n"),
            5,
        ),
        _ => Output::failed(
            "Kubehop: systemctl knows start, stop, restart, status, is-active, poweroff and reboot here\n",
            1,
        ),
    })
}
