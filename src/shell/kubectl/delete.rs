//! `kubectl delete` (`kubectl pkg/cmd/delete`).

use super::builder::{self, NOTHING_GIVEN, Named, Scope, Selection};
use super::flags::{FILES, Flag, Flags, Takes, long, short};
use super::resources::{self, Resource};
use super::{Context, DryRun};
use crate::api::NamespacedName;
use crate::go;
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

const FLAGS: &[Flag] = &[
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

/// How long a deletion is waited for, in virtual seconds; a pod that never ends would be waited for forever.
const LONGEST_WAIT: i64 = 600;

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let delete = Delete::complete(context, words)?;
    delete.validate()?;
    Ok(delete.run(context))
}

/// What a command line asks for (`DeleteOptions`).
struct Delete {
    dry_run: DryRun,
    /// What is there of it, and what is not.
    selection: Selection,
    /// `--ignore-not-found`: what is not there is no mistake.
    ignores_missing: bool,
    force: bool,
    /// `--now`: one second of grace.
    now: bool,
    /// `--grace-period`, in seconds; negative values stand for the objects' own.
    grace_period: Option<i64>,
    /// `-o name`
    only_names: bool,
    waits: bool,
    /// Seconds of `--timeout`; `None` where it is absent, zero or no duration.
    timeout: Option<i64>,
}

impl Delete {
    /// Reads flags and finds the objects.
    fn complete(context: &Context<'_>, words: &[String]) -> Result<Self, Output> {
        let flags = Flags::of_command("delete", &[FLAGS, FILES], words)?;
        let dry_run = DryRun::of(&flags)?;
        let named = Named::of(context, &flags, &flags.args)?.ok_or_else(|| Output::error(NOTHING_GIVEN))?;
        match flags.text("cascade") {
            None | Some("background" | "foreground" | "orphan" | "true" | "false") => {}
            Some(other) => {
                return Err(Output::error(format!(
                    "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
                )));
            }
        }
        let output = flags.text("output").unwrap_or_default();
        if !matches!(output, "" | "name") {
            return Err(Output::error(format!(
                "unexpected -o output mode: {output}. We only support '-o name'"
            )));
        }
        named.require_choice(flags.selects())?;
        if flags.on("all") && named.are_objects() && !flags.has("filename") {
            return Err(Output::error("name cannot be provided when a selector is specified"));
        }
        if flags.on("all") && (flags.has("selector") || flags.has("field-selector")) {
            return Err(Output::error(
                "setting 'all' parameter but found a non empty selector. ",
            ));
        }
        let scope = Scope::of(&flags, &context.namespace);
        let mut selection = builder::select(&context.snapshot(), named, &flags, &scope)?;
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
        Ok(Self {
            dry_run,
            selection,
            ignores_missing: flags.on("ignore-not-found"),
            force: flags.on("force"),
            now: flags.on("now"),
            grace_period: flags.number("grace-period"),
            only_names: output == "name",
            waits: flags.text("wait") != Some("false") && dry_run == DryRun::None,
            timeout: flags.text("timeout").and_then(go::duration).filter(|it| *it > 0),
        })
    }

    /// Whether the flags go together.
    fn validate(&self) -> Result<(), Output> {
        if self.now && self.grace_period.is_some_and(|it| it != -1) {
            return Err(Output::error("--now and --grace-period cannot be specified together"));
        }
        if self.force && self.grace_period.is_some_and(|it| it > 0) {
            return Err(Output::error(
                "--force and --grace-period greater than 0 cannot be specified together",
            ));
        }
        Ok(())
    }

    /// The grace period that is asked for, in seconds; `None` for the objects' own.
    fn grace(&self) -> Option<i64> {
        match (self.now, self.grace_period) {
            (true, _) => Some(1),
            (false, Some(seconds)) if seconds >= 0 => Some(seconds),
            _ => self.force.then_some(0),
        }
    }

    fn run(&self, context: &mut Context<'_>) -> Output {
        let mut output = self.selection.output();
        if self.force && self.dry_run == DryRun::None {
            output.stderr.push_str("Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n");
        }
        let targets = self.selection.keys();
        let mut gone = Vec::new();
        for (resource, key) in &targets {
            let (namespace, name) = (&key.namespace, &key.name);
            let reference = resources::reference(resource, namespace, name);
            if let Err(refusal) = context.world.cluster().may_delete(&reference) {
                output.append(Output::failed(refusal.alone(resource.name, name, "") + "\n", 1));
                continue;
            }
            if self.dry_run == DryRun::None {
                context.delete(resource, namespace, name, self.grace());
            }
            gone.push((*resource, key));
            output.stdout.push_str(&self.line(resource, key));
        }
        self.selection.report(&mut output);
        if targets.is_empty() && self.selection.errors.is_empty() && !self.ignores_missing {
            output.stdout.push_str("No resources found\n");
        }
        if self.waits {
            self.wait(context, &gone, &mut output);
        }
        output
    }

    /// What is said of an object that goes.
    fn line(&self, resource: Resource, key: &NamespacedName) -> String {
        let (kind, name) = (resources::singular_group(resource), &key.name);
        if self.only_names {
            return format!("{kind}/{name}\n");
        }
        let how = if self.force { "force deleted" } else { "deleted" };
        let place = resources::from_namespace(resource, &key.namespace);
        format!("{kind} \"{name}\" {how}{place}{}\n", self.dry_run.suffix())
    }

    /// Lets time pass until the objects are gone, and says where one stays.
    fn wait(&self, context: &mut Context<'_>, objects: &[(Resource, &NamespacedName)], output: &mut Output) {
        let seconds = self.timeout.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
        match left_after(context, objects, seconds) {
            Some((resource, key)) if self.timeout.is_some() => {
                let resource = resources::plural_group(resource);
                output.append(Output::error(format!(
                    "timed out waiting for the condition on {resource}/{}",
                    key.name
                )));
            }
            Some(_) => output.stderr.push_str(&format!(
                "Kubehop: still terminating after {LONGEST_WAIT} s of virtual time; a real kubectl would go on waiting.\n"
            )),
            None => {}
        }
    }
}

/// Lets time pass until the objects are gone; one that stays after so many seconds.
fn left_after<'a>(
    context: &mut Context<'_>,
    objects: &[(Resource, &'a NamespacedName)],
    seconds: i64,
) -> Option<(Resource, &'a NamespacedName)> {
    for passed in 0..=seconds {
        let snapshot = context.world.snapshot();
        let left = objects.iter().find(|(resource, key)| {
            snapshot
                .object(&resources::reference(resource, &key.namespace, &key.name))
                .is_some_and(|it| it.metadata().deletion_timestamp.is_some())
        })?;
        if passed == seconds {
            return Some(*left);
        }
        context.advance(Duration::from_secs(1));
    }
    None
}
