//! `kubectl apply`, `kubectl create -f` and `kubectl replace` (`kubectl pkg/cmd/apply`, `create`, `replace`).

use serde_json::{Value, json};

use super::context::SCRATCH;
use super::flags::{FILES, Flag, Flags, PRINT, Takes, long, short};
use super::report::Report;
use super::resources::{self, Resource};
use super::{Context, DryRun, builder, subcommand_usage, tree};
use crate::api::read;
use crate::apply::{ApplyOptions, Outcome, Verb, Verdict};
use crate::manifest;
use crate::shell::print::yaml;
use crate::shell::{CommandResult, Output};

const FLAGS: &[Flag] = &[
    short('l', "selector", Takes::Text),
    short('o', "output", Takes::Text),
    long("all", Takes::Switch),
    long("prune", Takes::Switch),
    long("force", Takes::Switch),
    long("overwrite", Takes::Switch),
    long("server-side", Takes::Switch),
    long("force-conflicts", Takes::Switch),
    long("field-manager", Takes::Text),
    long("validate", Takes::Optional("strict")),
    long("dry-run", Takes::Optional("unchanged")),
    long("wait", Takes::Switch),
    long("timeout", Takes::Text),
    long("grace-period", Takes::Number),
    long("cascade", Takes::Optional("background")),
    long("save-config", Takes::Switch),
    long("openapi-patch", Takes::Switch),
];

/// What is done with the documents of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Created or changed, with three-way merging.
    Apply,
    /// Created.
    Create,
    /// Replaced as a whole.
    Replace,
}

/// `kubectl apply`.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("apply", &[FLAGS, FILES, PRINT], words)?;
    if let Some(first) = flags.args.first() {
        return match first.as_str() {
            "view-last-applied" => view_last_applied(context, &flags),
            "set-last-applied" | "edit-last-applied" => Err(Output::error(format!(
                "kubectl apply {first} is not simulated by Kubehop"
            ))),
            _ => Err(subcommand_usage(
                "apply",
                &format!("Unexpected args: [{}]", flags.args.join(" ")),
            )),
        };
    }
    if !flags.has("filename") && !flags.has("kustomize") {
        return Err(Output::error("must specify one of -f and -k"));
    }
    for name in ["prune", "server-side"] {
        if flags.on(name) {
            return Err(Output::error(format!(
                "kubectl apply --{name} is not simulated by Kubehop"
            )));
        }
    }
    with_files(context, &flags, Action::Apply)
}

/// `kubectl replace`.
pub fn replace(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("replace", &[FLAGS, FILES, PRINT], words)?;
    if !flags.has("filename") && !flags.has("kustomize") {
        return Err(Output::error("must specify one of -f and -k"));
    }
    with_files(context, &flags, Action::Replace)
}

/// Works through the files of `-f`.
pub(super) fn with_files(context: &mut Context<'_>, flags: &Flags, action: Action) -> CommandResult {
    let dry_run = DryRun::of(flags)?;
    let validation = flags.validation()?;
    let files = context.files_of(flags)?;
    let namespace = builder::Scope::of(flags, &context.namespace).namespace;
    let verb = match action {
        Action::Apply => Verb::Apply,
        Action::Create => Verb::Create,
        Action::Replace => Verb::Replace,
    };
    let mut report = Report::of(flags)?;
    let mut output = Output::default();
    let mut verb = verb;
    if action == Action::Replace && flags.on("force") {
        delete_first(context, flags, dry_run, &namespace, &mut output)?;
        verb = Verb::Create;
    }
    let mut whole: Vec<(Resource, Value)> = Vec::new();
    for (name, text) in files {
        if let Err(error) = check_namespaces(&text, flags, &name) {
            output.append(Output::error(error));
            continue;
        }
        let file = context.file_id();
        let manner = ApplyOptions {
            verb,
            file: &name,
            namespace: &namespace,
            lenient: false,
            validation,
            is_command: true,
        };
        let mut fork;
        let world = if dry_run == DryRun::None {
            *context.changed = true;
            &mut *context.world
        } else {
            fork = context.world.clone();
            &mut fork
        };
        let mut outcome = world.take(file, &text, manner);
        if action == Action::Replace && verb == Verb::Create {
            outcome.stdout = outcome.stdout.replace(" created\n", " replaced\n");
        }
        if action == Action::Create && flags.on("save-config") && outcome.exit_code == 0 {
            // Leaves behind what `apply` will compare with, and nothing else changed.
            let verb = Verb::Apply;
            world.take(file, &text, ApplyOptions { verb, ..manner });
        }
        output.stderr.push_str(&dedupe_warnings(&outcome.stderr));
        if report.is_whole() {
            let snapshot = world.snapshot();
            for applied in outcome.applied.iter().filter(|it| it.result != Verdict::Refused) {
                let Some(object) = snapshot.object(&applied.reference) else {
                    continue;
                };
                let value = &object.value;
                let version = tree::text(value, &["apiVersion"]);
                if let Some(resource) = resources::of_kind(version, &applied.kind, &world.cluster().definitions()) {
                    whole.push((resource, value.clone()));
                }
            }
        } else {
            output
                .stdout
                .push_str(&lines(&outcome, flags.text("output") == Some("name"), dry_run));
        }
        if outcome.exit_code != 0 {
            output.exit_code = outcome.exit_code;
        }
    }
    // `apply` prints one List of several objects, the others print them one by one.
    if action == Action::Apply && whole.len() > 1 {
        let items: Vec<Value> = whole.drain(..).map(|(_, object)| object).collect();
        let list = json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}});
        output.append(report.print(&list, true));
    }
    for (resource, object) in &whole {
        output.append(report.tell(resource, object, "", false));
    }
    Ok(output)
}

/// `kubectl replace --force` deletes what is there, and makes it anew.
fn delete_first(
    context: &mut Context<'_>,
    flags: &Flags,
    dry_run: DryRun,
    namespace: &str,
    output: &mut Output,
) -> Result<(), Output> {
    let builder::Named::Objects(objects) = builder::Named::of_files(context, flags)? else {
        return Ok(());
    };
    for (resource, name) in objects {
        if builder::find(&context.snapshot(), resource, namespace, &name).is_err() {
            continue;
        }
        if dry_run == DryRun::None {
            context.delete(resource, namespace, &name, Some(0));
        }
        let place = resources::from_namespace(resource, namespace);
        let kind = resources::singular_group(resource);
        output
            .stdout
            .push_str(&format!("{kind} \"{name}\" deleted{place}{}\n", dry_run.suffix()));
    }
    Ok(())
}

/// `kubectl apply view-last-applied`: what `apply` remembers of an object.
fn view_last_applied(context: &Context<'_>, flags: &Flags) -> CommandResult {
    let named = builder::arguments(&flags.args[1..], &context.definitions()).map_err(Output::error)?;
    let named = named.ok_or_else(|| Output::error(builder::NOTHING_GIVEN))?;
    named.require_choice(false)?;
    let scope = builder::Scope::of(flags, &context.namespace);
    let selection = builder::select(&context.snapshot(), named, flags, &scope)?;
    let mut output = Output::default();
    for (_, object) in selection.objects() {
        let annotation = [
            "metadata",
            "annotations",
            "kubectl.kubernetes.io/last-applied-configuration",
        ];
        let Ok(applied) = serde_json::from_str::<Value>(tree::text(&object.value, &annotation)) else {
            output.append(Output::error(format!(
                "no last-applied-configuration annotation found on resource: {}",
                tree::text(&object.value, &["metadata", "name"])
            )));
            continue;
        };
        match flags.text("output") {
            Some("json") => {
                let text = serde_json::to_string_pretty(&applied).unwrap_or_default();
                output.stdout.push_str(&(text + "\n"));
            }
            None | Some("" | "yaml") => output.stdout.push_str(&yaml::to_yaml(&applied)),
            Some(other) => {
                let text = format!("Unexpected -o output mode: {other}, the flag 'output' must be one of yaml|json");
                return Err(subcommand_usage("apply view-last-applied", &text));
            }
        }
    }
    selection.report(&mut output);
    Ok(output)
}

/// Result lines, or `KIND/NAME` for `-o name`.
fn lines(outcome: &Outcome, only_names: bool, dry_run: DryRun) -> String {
    outcome
        .stdout
        .lines()
        .map(|line| match line.split_once(' ') {
            Some((name, _)) if only_names => format!("{name}\n"),
            _ => format!("{line}{}\n", dry_run.suffix()),
        })
        .collect()
}

/// Equal warnings are printed once per command.
fn dedupe_warnings(stderr: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut out = String::new();
    for line in stderr.split_inclusive('\n') {
        if line.starts_with("Warning: ") {
            if seen.contains(&line) {
                continue;
            }
            seen.push(line);
        }
        out.push_str(line);
    }
    out
}

/// `-n` must not contradict what a document says.
fn check_namespaces(text: &str, flags: &Flags, file: &str) -> Result<(), String> {
    let Some(wanted) = flags.text("namespace").filter(|it| !it.is_empty()) else {
        return Ok(());
    };
    for document in &manifest::parse(SCRATCH, text).documents {
        let Ok(sent) = read(document, file) else { continue };
        if sent.info.namespaced && !sent.namespace.is_empty() && sent.namespace != wanted {
            return Err(format!(
                "the namespace from the provided object {:?} does not match the namespace {wanted:?}. You must pass '--namespace={}' to perform this operation.",
                sent.namespace, sent.namespace
            ));
        }
    }
    Ok(())
}
