//! `pkill` and `killall`, on a node.

use super::signal::{Signal, program_of, signal};
use super::systemctl;
use crate::api::types::core::Pod;
use crate::cluster::ends_promptly;
use crate::cluster::faults::Health;
use crate::cluster::faults::KILLED;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `pkill [-SIGNAL] NAME` and `killall` on a node: every container there whose program is called so.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let Source::Node(node) = place else {
        return Err(Output::failed(
            "Kubehop: pkill is simulated on nodes: ssh NODE sudo pkill NAME\n",
            127,
        ));
    };
    let (signal, rest) = signal(words).map_err(|error| Output::failed(format!("pkill: {error}\n"), 2))?;
    let Some(pattern) = rest.iter().find(|it| !it.starts_with('-')) else {
        return Err(Output::failed(
            "pkill: no matching criteria specified\nTry `pkill --help' for more information.\n",
            2,
        ));
    };
    if pattern == "kubelet" {
        return match signal {
            Signal::Continue => systemctl::run(context, place, &["start".to_owned(), "kubelet".to_owned()]),
            Signal::Stop => systemctl::run(context, place, &["stop".to_owned(), "kubelet".to_owned()]),
            // systemd starts it again at once.
            _ => Ok(Output::default()),
        };
    }
    let snapshot = context.world.snapshot();
    let mut found = false;
    for pod in snapshot.list::<Pod>().filter(|it| it.spec.node_name == *node) {
        let key = pod.metadata.key();
        if !context.world.cluster().has_process(&key) {
            continue;
        }
        for (idx, container) in pod.spec.containers.iter().enumerate() {
            if !program_of(container).contains(pattern.as_str()) {
                continue;
            }
            found = true;
            match signal {
                Signal::Kill => context.crash(&key, Some(idx), KILLED),
                Signal::Term if ends_promptly(container) => context.crash(&key, Some(idx), 0),
                Signal::Stop => context.set_health(&key, Health::Hung),
                Signal::Continue => context.set_health(&key, Health::Healthy),
                Signal::Term | Signal::Other => {}
            }
        }
    }
    if found {
        Ok(Output::default())
    } else {
        Err(Output::failed("", 1))
    }
}
