//! `kubectl label` and `kubectl annotate` (`kubectl pkg/cmd/label`, `pkg/cmd/annotate`).

use serde_json::{Map, Value};

use super::builder::{self, Named, Scope};
use super::flags::{FILES, Flag, Flags, Takes, long, short};
use super::report::Report;
use super::{Context, tree};
use crate::shell::{CommandResult, Output};

const FLAGS: &[Flag] = &[
    short('l', "selector", Takes::Text),
    short('A', "all-namespaces", Takes::Switch),
    short('o', "output", Takes::Text),
    long("field-selector", Takes::Text),
    long("all", Takes::Switch),
    long("overwrite", Takes::Switch),
    long("list", Takes::Switch),
    long("local", Takes::Switch),
    long("resource-version", Takes::Text),
    long("dry-run", Takes::Optional("unchanged")),
];

/// What a command changes: `metadata.labels` or `metadata.annotations`.
struct What {
    command: &'static str,
    field: &'static str,
    word: &'static str,
}

const LABELS: What = What {
    command: "label",
    field: "labels",
    word: "label",
};
const ANNOTATIONS: What = What {
    command: "annotate",
    field: "annotations",
    word: "annotation",
};

/// `kubectl label`.
pub fn label(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    run(context, words, &LABELS)
}

/// `kubectl annotate`.
pub fn annotate(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    run(context, words, &ANNOTATIONS)
}

/// What pairs ask for: values to set, keys to remove.
#[derive(Default)]
struct Changes {
    set: Vec<(String, String)>,
    remove: Vec<String>,
}

fn split(args: &[String], what: &What) -> Result<(Vec<String>, Changes), String> {
    let mut resources = Vec::new();
    let mut changes = Changes::default();
    let mut any = false;
    for arg in args {
        let is_set = arg.contains('=') && !arg.starts_with('=');
        let is_removal = arg.ends_with('-') && arg != "-";
        if is_set {
            let (key, value) = arg.split_once('=').unwrap_or((arg, ""));
            if what.field == "labels" {
                check_label(key, value)?;
            }
            changes.set.push((key.to_owned(), value.to_owned()));
        } else if is_removal {
            changes.remove.push(arg.trim_end_matches('-').to_owned());
        } else if any {
            return Err(format!(
                "all resources must be specified before {} changes: {arg}",
                what.word
            ));
        } else {
            resources.push(arg.clone());
        }
        any |= is_set || is_removal;
    }
    if let Some(both) = changes
        .set
        .iter()
        .map(|(key, _)| key)
        .find(|key| changes.remove.contains(key))
    {
        return Err(format!(
            "can not both modify and remove {} in the same command",
            match what.field {
                "labels" => "a label".to_owned(),
                _ => format!("an annotation {both}"),
            }
        ));
    }
    Ok((resources, changes))
}

/// `validation.IsValidLabelValue`.
fn check_label(key: &str, value: &str) -> Result<(), String> {
    let inner = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.');
    let edge = |it: Option<char>| it.is_none_or(|letter| letter.is_ascii_alphanumeric());
    let mut errors = Vec::new();
    if value.len() > 63 {
        errors.push("must be no more than 63 bytes");
    }
    if !value.chars().all(inner) || !edge(value.chars().next()) || !edge(value.chars().next_back()) {
        errors.push("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')");
    }
    if errors.is_empty() {
        return Ok(());
    }
    Err(format!(
        "invalid label value: {:?}: {}",
        format!("{key}={value}"),
        errors.join("; ")
    ))
}

fn run(context: &mut Context<'_>, words: &[String], what: &What) -> CommandResult {
    let flags = Flags::of_command(what.command, &[FLAGS, FILES], words)?;
    let (resources, changes) = split(&flags.args, what).map_err(Output::error)?;
    let missing = "one or more resources must be specified as <resource> <name> or <resource>/<name>";
    if resources.is_empty() && !flags.has("filename") {
        return Err(Output::error(missing));
    }
    if changes.set.is_empty() && changes.remove.is_empty() && !flags.on("list") {
        return Err(Output::error(format!("at least one {} update is required", what.word)));
    }
    let mut report = Report::of(&flags)?;
    let named = Named::of(context, &flags, &resources)?.ok_or_else(|| Output::error(missing))?;
    named.require_choice(flags.selects())?;
    let scope = Scope::of(&flags, &context.namespace);
    let snapshot = context.world.snapshot();
    let selection = builder::select(&snapshot, named, &flags, &scope)?;
    let mut output = selection.output();
    for (resource, object) in selection.objects() {
        let mut object = object.value.clone();
        if flags.on("list") {
            let indent = if selection.single || what.field != "labels" {
                ""
            } else {
                let name = tree::text(&object, &["metadata", "name"]);
                let (kind, group) = (resource.name, resource.group);
                output
                    .stdout
                    .push_str(&format!("Listing labels for {kind}.{group}/{name}:\n"));
                " "
            };
            for (key, value) in tree::map(&object, &["metadata", what.field]).into_iter().flatten() {
                output
                    .stdout
                    .push_str(&format!("{indent}{key}={}\n", tree::scalar(value)));
            }
            if changes.set.is_empty() && changes.remove.is_empty() {
                continue;
            }
        }
        let message = match change(&mut object, &changes, what, flags.on("overwrite")) {
            Ok((message, notes)) => {
                output.stdout.push_str(&notes);
                message
            }
            Err(error) => {
                output.append(Output::error(error));
                continue;
            }
        };
        report.write(context, resource, object, message, &mut output);
    }
    selection.report(&mut output);
    Ok(output)
}

/// Changes an object; the word for what happened, and notes about keys that were not there.
fn change(
    object: &mut Value,
    changes: &Changes,
    what: &What,
    overwrite: bool,
) -> Result<(&'static str, String), String> {
    let present: Map<String, Value> = tree::map(object, &["metadata", what.field])
        .cloned()
        .unwrap_or_default();
    if !overwrite {
        let taken: Vec<String> = changes
            .set
            .iter()
            .filter_map(|(key, value)| {
                let old = tree::scalar(present.get(key)?);
                (what.field == "annotations" || old != *value).then(|| format!("'{key}' already has a value ({old})"))
            })
            .collect();
        if !taken.is_empty() {
            return Err(match what.field {
                "labels" => format!("{}, and --overwrite is false", taken.join("; ")),
                _ => format!(
                    "--overwrite is false but found the following declared annotation(s): {}",
                    taken.join("; ")
                ),
            });
        }
    }
    let mut notes = String::new();
    let mut next = present.clone();
    for key in &changes.remove {
        if next.remove(key).is_none() && what.field == "labels" {
            notes.push_str(&format!("label {key:?} not found.\n"));
        }
    }
    for (key, value) in &changes.set {
        next.insert(key.clone(), value.as_str().into());
    }
    let message = match (what.field, next == present) {
        ("annotations", _) => "annotated",
        (_, true) => "not labeled",
        _ if changes.set.is_empty() => "unlabeled",
        // Some keys were set, others taken away.
        _ if present.keys().any(|key| !next.contains_key(key))
            && next.iter().any(|it| present.get(it.0) != Some(it.1)) =>
        {
            "modified"
        }
        _ => "labeled",
    };
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        if next.is_empty() {
            metadata.remove(what.field);
        } else {
            metadata.insert(what.field.to_owned(), next.into());
        }
    }
    Ok((message, notes))
}
