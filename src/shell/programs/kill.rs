//! `kill`, in a pod: its first process is all there is.

use super::signal::{Signal, program_of, signal};
use crate::api::NamespacedName;
use crate::api::types::core::Pod;
use crate::cluster::ends_promptly;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `kill [-SIGNAL] PID` in a pod: its first process is all there is.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let Source::Pod { namespace, name } = place else {
        return Err(Output::failed(
            "Kubehop: process numbers are not simulated outside pods; write pkill NAME on a node, or kubectl exec POD -- kill 1\n",
            1,
        ));
    };
    let (signal, rest) = signal(words).map_err(|error| Output::failed(format!("sh: kill: {error}\n"), 1))?;
    let Some(pid) = rest.iter().find(|it| *it != "--") else {
        return Err(Output::failed(
            "kill: usage: kill [-s sigspec | -n signum | -sigspec] pid ...\n",
            2,
        ));
    };
    if pid != "1" {
        return Err(Output::failed(
            format!("sh: can't kill pid {pid}: No such process\n"),
            1,
        ));
    }
    let key = NamespacedName::new(namespace, name);
    let idx = context.container;
    let snapshot = context.world.snapshot();
    let Some(container) = snapshot
        .get::<Pod>(namespace, name)
        .and_then(|it| it.spec.containers.get(idx))
    else {
        return Err(Output::failed("sh: can't kill pid 1: No such process\n", 1));
    };
    Ok(match signal {
        Signal::Term if ends_promptly(container) => {
            context.crash(&key, Some(idx), 0);
            Output::default()
        }
        Signal::Term => Output {
            stderr: "Kubehop: this program installs no handler for the signal, and the first process of a container ignores such signals\n".to_owned(),
            ..Output::default()
        },
        // pid_namespaces(7): from inside, the first process gets only signals that it handles.
        Signal::Kill | Signal::Stop => {
            let name = if signal == Signal::Kill { "KILL" } else { "STOP" };
            let node = snapshot.get::<Pod>(namespace, &key.name).map(|it| it.spec.node_name.clone());
            Output {
                stderr: format!(
                    "Kubehop: SIG{name} from inside does not reach the first process of a container (pid_namespaces(7)); from its node it does: ssh {} sudo pkill -{name} {}\n",
                    node.unwrap_or_default(),
                    program_of(container)
                ),
                ..Output::default()
            }
        }
        Signal::Continue | Signal::Other => Output::default(),
    })
}
