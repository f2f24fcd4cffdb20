//! What is done to machines: power, links, and the faults behind them.

use crate::api::types::core::Node;
use crate::api::{Kind, NamespacedName};
use crate::cluster::Cluster;
use crate::cluster::faults::{Health, ROUTER};
use crate::net::Source;
use crate::shell::Output;
use crate::shell::kubectl::Context;

pub(super) fn power(context: &mut Context<'_>, node: &str, verb: &str) -> Output {
    context.with_cluster(|cluster| {
        cluster.power_off(node);
        if verb == "reboot" {
            cluster.power_on(node);
        }
    })
}

pub(super) fn has_node(context: &Context<'_>, node: &str) -> bool {
    let snapshot = context.world.snapshot();
    snapshot.get::<Node>("", node).is_some()
}

/// Cuts or mends every link of a node.
pub(super) fn set_network(context: &mut Context<'_>, node: &str, up: bool) -> Output {
    let others: Vec<String> = context
        .world
        .snapshot()
        .list::<Node>()
        .map(|it| it.metadata.name.clone())
        .filter(|it| it != node)
        .chain([ROUTER.to_owned()])
        .collect();
    context.with_cluster(|cluster| {
        for other in &others {
            cluster.set_link(node, other, up);
        }
    })
}

/// The node at a place: itself, or the only one there is.
pub(super) fn node_at(context: &Context<'_>, place: &Source, program: &str) -> Result<String, Output> {
    match place {
        Source::Node(name) => Ok(name.clone()),
        Source::Pod { .. } => Err(Output::failed(
            format!(
                "{program}: Permission denied (a pod's network has no rules of kube-proxy; ask a node: ssh NODE {program})\n"
            ),
            1,
        )),
        _ => {
            let snapshot = context.world.snapshot();
            let nodes: Vec<String> = snapshot
                .objects(Kind::Node)
                .map(|it| it.metadata().name.clone())
                .collect();
            match nodes.as_slice() {
                [only] => Ok(only.clone()),
                _ => Err(Output::failed(
                    format!(
                        "{program}: which node? Write ssh NODE {program} (nodes: {})\n",
                        nodes.join(", ")
                    ),
                    1,
                )),
            }
        }
    }
}

impl Context<'_> {
    pub(super) fn with_cluster(&mut self, change: impl FnOnce(&mut Cluster)) -> Output {
        *self.changed = true;
        self.world.edit(change);
        Output::default()
    }

    pub(super) fn crash(&mut self, pod: &NamespacedName, container: Option<usize>, code: i32) {
        self.with_cluster(|it| it.crash(pod, container, code));
    }

    pub(super) fn set_health(&mut self, pod: &NamespacedName, health: Health) {
        self.with_cluster(|it| it.set_health(pod, health));
    }
}
