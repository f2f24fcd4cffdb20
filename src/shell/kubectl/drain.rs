//! `kubectl cordon`, `uncordon` and `drain` (`kubectl pkg/cmd/drain`, `pkg/drain`).

use serde_json::Value;

use super::builder::{self, Named, Scope};
use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, DryRun, tree};
use crate::api::types::core::Pod;
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

const FLAGS: &[Flag] = &[
    short('l', "selector", Takes::Text),
    long("dry-run", Takes::Optional("unchanged")),
];

const DRAIN_FLAGS: &[Flag] = &[
    long("force", Takes::Switch),
    long("grace-period", Takes::Number),
    long("timeout", Takes::Text),
    long("ignore-daemonsets", Takes::Switch),
    long("delete-emptydir-data", Takes::Switch),
    long("delete-local-data", Takes::Switch),
    long("disable-eviction", Takes::Switch),
    long("pod-selector", Takes::Text),
    long("skip-wait-for-delete-timeout", Takes::Number),
    long("chunk-size", Takes::Number),
];

/// How long a drain without `--timeout` is waited for, in virtual seconds; a real one would wait forever.
const LONGEST_WAIT: i64 = 600;
/// Seconds between tries to evict a pod that its budget holds.
const RETRY: i64 = 5;

/// `kubectl cordon`.
pub fn cordon(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    mark(context, words, "cordon")
}

/// `kubectl uncordon`.
pub fn uncordon(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    mark(context, words, "uncordon")
}

fn mark(context: &mut Context<'_>, words: &[String], command: &str) -> CommandResult {
    let (flags, nodes) = nodes(context, words, command, &[FLAGS])?;
    let dry_run = DryRun::of(&flags)?;
    let mut output = Output::default();
    for node in nodes {
        set_schedulable(context, &node, command == "cordon", dry_run, &mut output);
    }
    Ok(output)
}

/// The nodes that a command line names.
fn nodes(
    context: &Context<'_>,
    words: &[String],
    command: &str,
    specs: &[&[Flag]],
) -> Result<(Flags, Vec<String>), Output> {
    let flags = Flags::of_command(command, specs, words)?;
    if flags.args.is_empty() && !flags.has("selector") {
        return Err(Output::failed(
            format!("error: USAGE: {command} NODE [flags]\nSee 'kubectl {command} -h' for help and examples\n"),
            1,
        ));
    }
    if !flags.args.is_empty() && flags.has("selector") {
        return Err(Output::error("cannot specify both a node name and a --selector option"));
    }
    let resource = super::resources::resolve("nodes").map_err(Output::error)?;
    let named = if flags.has("selector") {
        Named::Types(vec![resource])
    } else {
        let name = |it: &String| it.rsplit('/').next().unwrap_or(it).to_owned();
        Named::Objects(flags.args.iter().map(|it| (resource, name(it))).collect())
    };
    let scope = Scope::of(&flags, &context.namespace);
    let selection = builder::select(&context.world.snapshot(), named, &flags, &scope)?;
    let found: Vec<String> = selection
        .objects()
        .map(|(_, object)| object.metadata().name.clone())
        .collect();
    let mut missing = Output::default();
    selection.report(&mut missing);
    if missing.exit_code == 0 {
        Ok((flags, found))
    } else {
        Err(missing)
    }
}

fn set_schedulable(context: &mut Context<'_>, name: &str, cordon: bool, dry_run: DryRun, output: &mut Output) {
    let verb = if cordon { "cordoned" } else { "uncordoned" };
    let Ok(resource) = super::resources::resolve("nodes") else {
        return;
    };
    let mut node = match builder::find(&context.world.snapshot(), resource, "", name) {
        Ok(object) => object.value.clone(),
        Err(error) => return output.append(Output::failed(error, 1)),
    };
    if tree::flag(&node, &["spec", "unschedulable"]) == cordon {
        output
            .stdout
            .push_str(&format!("node/{name} already {verb}{}\n", dry_run.suffix()));
        return;
    }
    match node.get_mut("spec").and_then(Value::as_object_mut) {
        Some(spec) if !cordon => {
            spec.remove("unschedulable");
        }
        _ => node["spec"]["unschedulable"] = true.into(),
    }
    if context.write(resource, &mut node, dry_run, output) {
        output
            .stdout
            .push_str(&format!("node/{name} {verb}{}\n", dry_run.suffix()));
    }
}

/// `kubectl drain`.
pub fn drain(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let (flags, nodes) = nodes(context, words, "drain", &[FLAGS, DRAIN_FLAGS])?;
    let dry_run = DryRun::of(&flags)?;
    let timeout = flags.timeout("drain")?.filter(|it| *it != 0);
    let mut output = Output::default();
    for node in &nodes {
        set_schedulable(context, node, true, dry_run, &mut output);
    }
    let mut failed: Vec<(String, Vec<String>)> = Vec::new();
    for node in nodes {
        match empty(context, &node, &flags, dry_run, timeout, &mut output) {
            Ok(()) => output
                .stdout
                .push_str(&format!("node/{node} drained{}\n", dry_run.suffix())),
            Err(errors) => {
                let all = match errors.as_slice() {
                    [one] => one.clone(),
                    _ => format!("[{}]", errors.join(", ")),
                };
                output.stderr.push_str(&format!(
                    "error: unable to drain node {node:?} due to error: {all}, continuing command...\n"
                ));
                failed.push((node, errors));
            }
        }
    }
    if !failed.is_empty() {
        output.stderr.push_str("There are pending nodes to be drained:\n");
        for (node, _) in &failed {
            output.stderr.push_str(&format!(" {node}\n"));
        }
        for error in failed.iter().flat_map(|(_, errors)| errors) {
            output.stderr.push_str(&format!("{error}\n"));
        }
        output.exit_code = 1;
    }
    Ok(output)
}

/// What a drain says of pods that it leaves alone, deletes all the same, or stops at.
const SAYINGS: [Saying; 3] = [
    Saying {
        stops_at: "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)",
        does: "ignoring DaemonSet-managed Pods",
    },
    Saying {
        stops_at: "Pods with local storage (use --delete-emptydir-data to override)",
        does: "deleting Pods with local storage",
    },
    Saying {
        stops_at: "Pods that declare no controller (use --force to override)",
        does: "deleting Pods that declare no controller",
    },
];

/// The words for one sort of pods.
struct Saying {
    /// What cannot be deleted.
    stops_at: &'static str,
    /// What is done where a flag allows it.
    does: &'static str,
}

/// The pods of a node that are to go, and what is said of others.
fn to_go(
    context: &Context<'_>,
    node: &str,
    flags: &Flags,
    output: &mut Output,
) -> Result<Vec<NamespacedName>, Vec<String>> {
    let snapshot = context.world.snapshot();
    let selector = super::selector::LabelSelector::parse(flags.text("pod-selector").unwrap_or_default())
        .map_err(|_| vec!["--pod-selector=<pod_selector> must be a valid label selector".to_owned()])?;
    let allowed = [
        flags.on("ignore-daemonsets"),
        flags.on("delete-emptydir-data") || flags.on("delete-local-data"),
        flags.on("force"),
    ];
    let mut refused: [Vec<String>; 3] = Default::default();
    let mut warned: [Vec<String>; 3] = Default::default();
    let mut going = Vec::new();
    for object in snapshot.objects(Kind::Pod) {
        let value = &object.value;
        if tree::text(value, &["spec", "nodeName"]) != node || !selector.matches(value) {
            continue;
        }
        let meta = object.metadata();
        if meta.annotations.contains_key("kubernetes.io/config.mirror") {
            continue;
        }
        let name = format!("{}/{}", meta.namespace, meta.name);
        let ended = tree::phase(value).is_some_and(PodPhase::is_terminal);
        let owner = meta.owner_references.iter().find(|it| it.controller == Some(true));
        let mut goes = true;
        let concerns = [
            owner.is_some_and(|it| it.kind == "DaemonSet"),
            tree::list(value, &["spec", "volumes"])
                .iter()
                .any(|it| it.get("emptyDir").is_some()),
            owner.is_none(),
        ];
        for idx in 0..3 {
            if ended || !concerns[idx] || !goes {
                continue;
            }
            if allowed[idx] {
                warned[idx].push(name.clone());
            } else {
                refused[idx].push(name.clone());
            }
            goes = allowed[idx] && idx > 0;
        }
        if goes {
            going.push(meta.key());
        }
    }
    let errors: Vec<String> = (0..3)
        .filter(|&idx| !refused[idx].is_empty())
        .map(|idx| format!("cannot delete {}: {}", SAYINGS[idx].stops_at, refused[idx].join(", ")))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let warnings: Vec<String> = (0..3)
        .filter(|&idx| !warned[idx].is_empty())
        .map(|idx| format!("{}: {}", SAYINGS[idx].does, warned[idx].join(", ")))
        .collect();
    if !warnings.is_empty() {
        output.stderr.push_str(&format!("Warning: {}\n", warnings.join("; ")));
    }
    Ok(going)
}

fn empty(
    context: &mut Context<'_>,
    node: &str,
    flags: &Flags,
    dry_run: DryRun,
    timeout: Option<i64>,
    output: &mut Output,
) -> Result<(), Vec<String>> {
    let pods = to_go(context, node, flags, output)?;
    let evicts = !flags.on("disable-eviction");
    let grace = flags.number("grace-period").filter(|&it| it >= 0);
    if dry_run != DryRun::None {
        for NamespacedName { namespace, name } in pods {
            let suffix = dry_run.suffix();
            output
                .stdout
                .push_str(&format!("evicting pod {namespace}/{name}{suffix}\n"));
        }
        return Ok(());
    }
    let uids: Vec<Option<String>> = pods.iter().map(|it| uid(context, it)).collect();
    let mut waiting: Vec<usize> = (0..pods.len()).collect();
    let mut gone = vec![false; pods.len()];
    let mut passed = 0;
    loop {
        let mut held = Vec::new();
        for idx in waiting {
            let NamespacedName { namespace, name } = &pods[idx];
            if !evicts {
                context.delete_pod(&pods[idx], grace);
                continue;
            }
            output.stdout.push_str(&format!("evicting pod {namespace}/{name}\n"));
            if let Err(why) = context.evict(&pods[idx], grace) {
                output.stderr.push_str(&format!(
                    "error when evicting pods/{name:?} -n {namespace:?} (will retry after {RETRY}s): {why}\n"
                ));
                held.push(idx);
            }
        }
        waiting = held;
        for _ in 0..RETRY {
            for (idx, pod) in pods.iter().enumerate() {
                if !gone[idx] && uid(context, pod) != uids[idx] {
                    gone[idx] = true;
                    let verb = if evicts { "evicted" } else { "deleted" };
                    output.stdout.push_str(&format!("pod/{} {verb}\n", pod.name));
                }
            }
            if gone.iter().all(|it| *it) {
                return Ok(());
            }
            if passed >= timeout.unwrap_or(LONGEST_WAIT) {
                return Err(late(&pods, &gone, &waiting, timeout, node, output));
            }
            context.advance(Duration::from_secs(1));
            passed += 1;
        }
    }
}

/// What is said when time is up.
fn late(
    pods: &[NamespacedName],
    gone: &[bool],
    held: &[usize],
    timeout: Option<i64>,
    node: &str,
    output: &mut Output,
) -> Vec<String> {
    let limit = match timeout {
        Some(seconds) if seconds >= 60 => format!("{}m{}s", seconds / 60, seconds % 60),
        Some(seconds) => format!("{seconds}s"),
        None => {
            output.stderr.push_str(&format!(
                "Kubehop: gave up after {LONGEST_WAIT} s of virtual time; a real kubectl would go on waiting.\n"
            ));
            format!("{}m{}s", LONGEST_WAIT / 60, LONGEST_WAIT % 60)
        }
    };
    let left: Vec<usize> = (0..pods.len()).filter(|idx| !gone[*idx]).collect();
    let errors: Vec<String> = left
        .iter()
        .map(|&idx| {
            let NamespacedName { namespace, name } = &pods[idx];
            if held.contains(&idx) {
                format!("error when evicting pods/{name:?} -n {namespace:?}: global timeout reached: {limit}")
            } else {
                format!(
                    "error when waiting for pod {name:?} in namespace {namespace:?} to terminate: global timeout reached: {limit}"
                )
            }
        })
        .collect();
    let all = match errors.as_slice() {
        [one] => one.clone(),
        _ => format!("[{}]", errors.join(", ")),
    };
    output.stderr.push_str(&format!(
        "There are pending pods in node {node:?} when an error occurred: {all}\n"
    ));
    for idx in left {
        output.stderr.push_str(&format!("pod/{}\n", pods[idx].name));
    }
    errors
}

fn uid(context: &Context<'_>, pod: &NamespacedName) -> Option<String> {
    let snapshot = context.world.snapshot();
    snapshot.typed::<Pod>(pod).map(|it| it.metadata.uid.clone())
}

impl Context<'_> {
    fn evict(&mut self, pod: &NamespacedName, grace: Option<i64>) -> Result<(), &'static str> {
        *self.changed = true;
        self.world.edit(|cluster| cluster.evict(pod, grace))
    }

    fn delete_pod(&mut self, pod: &NamespacedName, grace: Option<i64>) {
        *self.changed = true;
        let reference = ObjectRef::of(Kind::Pod, pod);
        self.world.edit(|cluster| cluster.delete(&reference, grace));
    }
}
