//! `kubectl delete` (`kubectl pkg/cmd/delete`).

use super::builder::{self, Named, Scope};
use super::flags::{Flag, Flags, Takes, long, short};
use super::resources::{self, Resource};
use super::{Context, DryRun, usage};
use crate::shell::Output;
use crate::sim::Duration;

const FLAGS: &[Flag] = &[
    short('f', "filename", Takes::List),
    short('k', "kustomize", Takes::Text),
    short('R', "recursive", Takes::Switch),
    short('l', "selector", Takes::Text),
    short('A', "all-namespaces", Takes::Switch),
    short('o', "output", Takes::Text),
    short('i', "interactive", Takes::Switch),
    long("field-selector", Takes::Text),
    long("all", Takes::Switch),
    long("ignore-not-found", Takes::Switch),
    long("wait", Takes::Switch),
    long("force", Takes::Switch),
    long("now", Takes::Switch),
    long("grace-period", Takes::Number),
    long("timeout", Takes::Text),
    long("cascade", Takes::Optional("background")),
    long("dry-run", Takes::Optional("unchanged")),
    long("raw", Takes::Text),
];

/// What kubectl says when it has nothing to work on.
pub(super) const NOTHING_GIVEN: &str = "You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'";

/// How long a deletion is waited for, in virtual seconds; a pod that never ends would be waited for forever.
const LONGEST_WAIT: i64 = 600;

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> Output {
    let flags = match Flags::parse(&[FLAGS], words) {
        Ok(flags) => flags,
        Err(error) => return usage("delete", &error),
    };
    let dry_run = match DryRun::of(&flags) {
        Ok(dry_run) => dry_run,
        Err(error) => return Output::error(error),
    };
    let scope = Scope::of(&flags, &context.namespace);
    let from_file = flags.has("filename");
    let named = if from_file {
        match context.documents(&flags) {
            Ok(named) => named,
            Err(output) => return output,
        }
    } else {
        match builder::arguments(&flags.args) {
            Ok(Some(named)) => named,
            Ok(None) => return Output::error(NOTHING_GIVEN),
            Err(error) => return Output::error(error),
        }
    };
    match flags.text("cascade") {
        None | Some("background" | "foreground" | "orphan" | "true" | "false") => {}
        Some(other) => {
            return Output::error(format!(
                "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
            ));
        }
    }
    if let Some(other) = flags.text("output").filter(|it| !matches!(*it, "" | "name")) {
        return Output::error(format!("unexpected -o output mode: {other}. We only support '-o name'"));
    }
    let selects = flags.has("selector") || flags.has("field-selector") || flags.on("all");
    if matches!(named, Named::Types(_)) && !selects {
        return Output::error("resource(s) were provided, but no name was specified");
    }
    if flags.on("all") && matches!(named, Named::Objects(_)) && !from_file {
        return Output::error("name cannot be provided when a selector is specified");
    }
    if flags.on("all") && (flags.has("selector") || flags.has("field-selector")) {
        return Output::error("setting 'all' parameter but found a non empty selector. ");
    }
    let snapshot = context.snapshot();
    let mut selection = match builder::select(&snapshot, named, &flags, &scope) {
        Ok(selection) => selection,
        Err(error) => return Output::failed(error, 1),
    };
    if flags.on("ignore-not-found") {
        selection.errors.clear();
    }
    if let [file] = flags.list("filename") {
        let file = if file == "-" { "STDIN" } else { file };
        let place = format!("): error when deleting {file:?}: ");
        for error in &mut selection.errors {
            *error = error.replacen("): ", &place, 1);
        }
    }
    let mut output = Output::default();
    if selection.warns {
        output.stderr.push_str(builder::ENDPOINTS_WARNING);
    }
    let force = flags.on("force");
    if flags.on("now") && flags.number("grace-period").is_some_and(|it| it != -1) {
        return Output::error("--now and --grace-period cannot be specified together");
    }
    if force && flags.number("grace-period").is_some_and(|it| it > 0) {
        return Output::error("--force and --grace-period greater than 0 cannot be specified together");
    }
    let grace = if flags.on("now") {
        Some(1)
    } else {
        flags
            .number("grace-period")
            .filter(|&it| it >= 0)
            .or(force.then_some(0))
    };
    if force && dry_run == DryRun::None {
        output.stderr.push_str("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n");
    }
    let targets: Vec<(Resource, String, String)> = selection
        .objects()
        .map(|(resource, object)| {
            let meta = object.metadata();
            (resource, meta.namespace.clone(), meta.name.clone())
        })
        .collect();
    let mut gone = Vec::new();
    for (resource, namespace, name) in &targets {
        let reference = builder::reference(resource, namespace, name);
        if let Err(refusal) = context.world.cluster().may_delete(&reference) {
            output.stderr.push_str(&refusal.alone(resource.name, name, ""));
            output.stderr.push('\n');
            output.exit_code = 1;
            continue;
        }
        if dry_run == DryRun::None {
            context.delete(resource, namespace, name, grace);
        }
        gone.push((*resource, namespace.clone(), name.clone()));
        let kind = resources::singular_group(resource);
        if flags.text("output") == Some("name") {
            output.stdout.push_str(&format!("{kind}/{name}\n"));
            continue;
        }
        let how = if force { "force deleted" } else { "deleted" };
        let place = if resource.namespaced {
            format!(" from {namespace} namespace")
        } else {
            String::new()
        };
        output
            .stdout
            .push_str(&format!("{kind} \"{name}\" {how}{place}{}\n", dry_run.suffix()));
    }
    selection.report(&mut output);
    if targets.is_empty() && selection.errors.is_empty() && !flags.on("ignore-not-found") {
        output.stdout.push_str("No resources found\n");
    }
    let waits = flags.text("wait") != Some("false") && dry_run == DryRun::None;
    let limit = flags
        .text("timeout")
        .and_then(super::wait::duration)
        .filter(|it| *it > 0);
    let left = if waits {
        wait(context, &gone, limit.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))
    } else {
        None
    };
    match left {
        Some((resource, name)) if limit.is_some() => {
            let resource = resources::plural_group(resource);
            output.append(Output::error(format!(
                "timed out waiting for the condition on {resource}/{name}"
            )));
        }
        Some(_) => output.stderr.push_str(&format!(
            "Kubehop: still terminating after {LONGEST_WAIT} s of virtual time; a real kubectl would go on waiting.\n"
        )),
        None => {}
    }
    output
}

/// Lets time pass until the objects are gone; one that stays after so many seconds.
fn wait(context: &mut Context<'_>, objects: &[(Resource, String, String)], seconds: i64) -> Option<(Resource, String)> {
    for passed in 0..=seconds {
        let snapshot = context.world.snapshot();
        let (resource, _, name) = objects.iter().find(|(resource, namespace, name)| {
            snapshot
                .object(&builder::reference(resource, namespace, name))
                .is_some_and(|it| it.metadata().deletion_timestamp.is_some())
        })?;
        if passed == seconds {
            return Some((resource, name.clone()));
        }
        context.advance(Duration::from_secs(1));
    }
    None
}
