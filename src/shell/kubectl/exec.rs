//! `kubectl exec` and `kubectl debug node/…`: commands inside a pod, or on a node (`kubectl pkg/cmd/exec`).

use super::builder;
use super::flags::{Flag, Flags, Takes, long, short};
use super::resources;
use super::{Context, subcommand_usage, tree, usage};
use crate::api::types::core::{Pod, Service};
use crate::api::types::meta::labels_match;
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, ObjectRef};
use crate::net::Source;
use crate::shell::{Output, programs};
use crate::small_sort::SmallSort as _;

const FLAGS: &[Flag] = &[
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
pub fn run(context: &mut Context<'_>, words: &[String]) -> Output {
    let flags = match Flags::parse(&[FLAGS], words) {
        Ok(flags) => flags,
        Err(error) => return usage("exec", &error),
    };
    let Some(target) = flags.args.first().filter(|_| flags.dash_at != Some(0)) else {
        return Output::error("pod, type/name or --filename must be specified");
    };
    let Some(dash_at) = flags.dash_at else {
        return if flags.args.len() > 1 {
            subcommand_usage(
                "exec",
                "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
            )
        } else {
            Output::error("you must specify at least one command for the container")
        };
    };
    let command = flags.args[dash_at..].to_vec();
    if command.is_empty() {
        return Output::error("you must specify at least one command for the container");
    }
    let namespace = match flags.text("namespace") {
        Some(namespace) if !namespace.is_empty() => namespace.to_owned(),
        _ => context.namespace.clone(),
    };
    let name = match pod_of(context, &namespace, target) {
        Ok(name) => name,
        Err(error) => return Output::failed(error, 1),
    };
    let snapshot = context.world.snapshot();
    let Some(pod) = snapshot.get::<Pod>(&namespace, &name) else {
        return Output::failed(format!("Error from server (NotFound): pods {name:?} not found\n"), 1);
    };
    let mut output = Output::default();
    let containers: Vec<&str> = pod.spec.containers.iter().map(|it| it.name.as_str()).collect();
    match flags.text("container") {
        Some(wanted) if !containers.contains(&wanted) => {
            return Output::error(format!("container {wanted} not found in pod {name}_{namespace}"));
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
            return Output::error(format!(
                "cannot exec into a container in a completed pod; current phase is {phase}"
            ));
        }
        Some(PodPhase::Running) => {}
        _ if pod.spec.node_name.is_empty() => {
            return Output::failed(
                format!("Error from server (BadRequest): pod {name} does not have a host assigned\n"),
                1,
            );
        }
        _ => {
            let container = flags
                .text("container")
                .or(containers.first().copied())
                .unwrap_or_default();
            return Output::error(format!(
                "Internal error occurred: unable to upgrade connection: container not found ({container:?})"
            ));
        }
    }
    if let Some(silent) = no_kubelet(context, &pod.spec.node_name) {
        return silent;
    }
    let container = flags
        .text("container")
        .unwrap_or(containers.first().copied().unwrap_or_default());
    let idx = containers.iter().position(|it| *it == container).unwrap_or(0);
    let programs = snapshot
        .faults()
        .containers(&(namespace.as_str(), name.as_str()))
        .unwrap_or_default();
    if programs.get(idx).is_some_and(|it| !it.runs()) {
        return Output::error(format!(
            "Internal error occurred: unable to upgrade connection: container not found ({container:?})"
        ));
    }
    let outer = std::mem::replace(&mut context.container, idx);
    output.append(inside(context, &namespace, &name, &command));
    context.container = outer;
    output
}

/// What the API server says when it cannot reach the kubelet of a node.
fn no_kubelet(context: &Context<'_>, node: &str) -> Option<Output> {
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
    ended(programs::run(context, &source, command))
}

fn ended(mut output: Output) -> Output {
    if output.exit_code != 0 {
        output
            .stderr
            .push_str(&format!("command terminated with exit code {}\n", output.exit_code));
    }
    output
}

/// Runs `kubectl debug node/NAME -- COMMAND`: a command on a node.
pub fn debug(context: &mut Context<'_>, words: &[String]) -> Output {
    let flags = match Flags::parse(&[FLAGS], words) {
        Ok(flags) => flags,
        Err(error) => return usage("debug", &error),
    };
    let Some(node) = flags
        .args
        .first()
        .and_then(|it| it.strip_prefix("node/").or_else(|| it.strip_prefix("no/")))
    else {
        return Output::error(
            "kubectl debug is simulated by Kubehop for nodes only: kubectl debug node/NAME -- COMMAND",
        );
    };
    if context
        .world
        .snapshot()
        .object(&ObjectRef::new(Kind::Node, "", node))
        .is_none()
    {
        return Output::failed(format!("Error from server (NotFound): nodes {node:?} not found\n"), 1);
    }
    let mut command = flags.args[flags.dash_at.unwrap_or(flags.args.len())..].to_vec();
    if command.first().is_some_and(|it| it == "chroot") && command.len() > 2 {
        command.drain(..2);
    }
    if command.is_empty() {
        return Output::error("you must specify at least one command for the container");
    }
    if let Some(silent) = no_kubelet(context, node) {
        return silent;
    }
    ended(programs::run(context, &Source::Node(node.to_owned()), &command))
}
