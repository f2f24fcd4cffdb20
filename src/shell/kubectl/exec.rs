//! `kubectl exec`: commands inside a pod (`kubectl pkg/cmd/exec`).

use super::builder::{self, Scope};
use super::flags::{Flag, Flags, Takes, long, short};
use super::resources;
use super::{Context, subcommand_usage, tree};
use crate::api::Kind;
use crate::api::types::core::{Pod, Service};
use crate::api::types::meta::labels_match;
use crate::api::types::pod_phase::PodPhase;
use crate::net::Source;
use crate::shell::{CommandResult, Output};
use crate::small_sort::SmallSort as _;

/// Flags of `kubectl exec`; those of `kubectl debug` as far as it is simulated.
pub(super) const FLAGS: &[Flag] = &[
    short('c', "container", Takes::Text),
    short('i', "stdin", Takes::Switch),
    short('t', "tty", Takes::Switch),
    short('q', "quiet", Takes::Switch),
    short('f', "filename", Takes::List),
    long("pod-running-timeout", Takes::Text),
    long("image", Takes::Text),
    long("profile", Takes::Text),
    long("attach", Takes::Switch),
];

/// Runs `kubectl exec`.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("exec", &[FLAGS], words)?;
    let Some(target) = flags.args.first().filter(|_| flags.dash_at != Some(0)) else {
        return Err(Output::error("pod, type/name or --filename must be specified"));
    };
    let Some(dash_at) = flags.dash_at else {
        return Err(if flags.args.len() > 1 {
            subcommand_usage(
                "exec",
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
            )
        } else {
            Output::error("you must specify at least one command for the container")
        });
    };
    let command = flags.args[dash_at..].to_vec();
    if command.is_empty() {
        return Err(Output::error("you must specify at least one command for the container"));
    }
    let namespace = Scope::of(&flags, &context.namespace).namespace;
    let name = pod_of(context, &namespace, target).map_err(|error| Output::failed(error, 1))?;
    let snapshot = context.world.snapshot();
    let Some(pod) = snapshot.get::<Pod>(&namespace, &name) else {
        return Err(Output::failed(
            format!("Error from server (NotFound): pods {name:?} not found\n"),
            1,
        ));
    };
    let mut output = Output::default();
    let containers: Vec<&str> = pod.spec.containers.iter().map(|it| it.name.as_str()).collect();
    match flags.text("container") {
        Some(wanted) if !containers.contains(&wanted) => {
            return Err(Output::error(format!(
                "container {wanted} not found in pod {name}_{namespace}"
            )));
        }
        None if containers.len() > 1 && !flags.on("quiet") => {
            output.stderr.push_str(&format!(
                "Defaulted container {:?} out of: {}\n",
                containers[0],
                containers.join(", ")
            ));
        }
        _ => {}
    }
    match pod.phase() {
        Some(phase) if phase.is_terminal() => {
            return Err(Output::error(format!(
                "cannot exec into a container in a completed pod; current phase is {phase}"
            )));
        }
        Some(PodPhase::Running) => {}
        _ if pod.spec.node_name.is_empty() => {
            return Err(Output::failed(
                format!("Error from server (BadRequest): pod {name} does not have a host assigned\n"),
                1,
            ));
        }
        _ => {
            let container = flags
                .text("container")
                .or(containers.first().copied())
                .unwrap_or_default();
            return Err(Output::error(format!(
                "Internal error occurred: unable to upgrade connection: container not found ({container:?})"
            )));
        }
    }
    if let Some(silent) = no_kubelet(context, &pod.spec.node_name) {
        return Err(silent);
    }
    let container = flags
        .text("container")
        .unwrap_or(containers.first().copied().unwrap_or_default());
    let idx = containers.iter().position(|it| *it == container).unwrap_or(0);
    let states = snapshot
        .faults()
        .containers(&(namespace.as_str(), name.as_str()))
        .unwrap_or_default();
    if states.get(idx).is_some_and(|it| !it.runs()) {
        return Err(Output::error(format!(
            "Internal error occurred: unable to upgrade connection: container not found ({container:?})"
        )));
    }
    let outer = std::mem::replace(&mut context.container, idx);
    output.append(inside(context, &namespace, &name, &command));
    context.container = outer;
    Ok(output)
}

/// What the API server says when it cannot reach the kubelet of a node.
pub(super) fn no_kubelet(context: &Context<'_>, node: &str) -> Option<Output> {
    let cluster = context.world.cluster();
    if cluster.kubelet_heard(node) {
        return None;
    }
    let snapshot = context.world.snapshot();
    let address = snapshot
        .get::<crate::api::types::core::Node>("", node)
        .and_then(|it| it.first_internal_ip())
        .unwrap_or(node);
    let why = if cluster.faults().kubelet_stopped(node) {
        "connect: connection refused"
    } else {
        "i/o timeout"
    };
    Some(Output::failed(
        format!("Error from server: error dialing backend: dial tcp {address}:10250: {why}\n"),
        1,
    ))
}

/// The pod meant by `NAME`, `pod/NAME`, or a workload or Service whose first pod is taken.
fn pod_of(context: &Context<'_>, namespace: &str, target: &str) -> Result<String, String> {
    let Some((kind, name)) = target.split_once('/') else {
        return Ok(target.to_owned());
    };
    let resource = resources::resolve(kind).map_err(|error| format!("error: {error}\n"))?;
    if resource.kind == Kind::Pod {
        return Ok(name.to_owned());
    }
    let snapshot = context.world.snapshot();
    let object = builder::find(&snapshot, resource, namespace, name)?;
    let selector = match resource.kind {
        Kind::Service => snapshot
            .get::<Service>(namespace, name)
            .map(|it| it.spec.selector.clone())
            .unwrap_or_default(),
        _ => tree::map(&object.value, &["spec", "selector", "matchLabels"])
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.clone(), tree::scalar(value)))
            .collect(),
    };
    let mut pods: Vec<&Pod> = snapshot
        .list::<Pod>()
        .filter(|it| it.metadata.namespace == namespace && !selector.is_empty())
        .filter(|it| labels_match(&selector, &it.metadata.labels))
        .collect();
    // Running pods come first, as kubectl sorts active pods.
    pods.small_sort_by_key(|it| it.phase() != Some(PodPhase::Running));
    pods.first().map(|it| it.metadata.name.clone()).ok_or_else(|| {
        format!(
            "error: unable to upgrade connection: no pods found for {}/{name}\n",
            resources::plural_group(resource)
        )
    })
}

/// Runs a command in a pod and reports its failure as kubectl does.
pub(super) fn inside(context: &mut Context<'_>, namespace: &str, name: &str, command: &[String]) -> Output {
    let source = Source::Pod {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    };
    let program = command.first().map_or("", String::as_str);
    if !context.finds_program(&source, program) {
        return Output::error(format!(
            "Internal error occurred: error executing command in container: failed to exec in container: failed to start exec \"5f3c6f2d6c0a\": OCI runtime exec failed: exec failed: unable to start container process: exec: {program:?}: executable file not found in $PATH: unknown"
        ));
    }
    ended(context.run_program(&source, command))
}

pub(super) fn ended(mut output: Output) -> Output {
    if output.exit_code != 0 {
        output
            .stderr
            .push_str(&format!("command terminated with exit code {}\n", output.exit_code));
    }
    output
}
