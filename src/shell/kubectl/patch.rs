//! `kubectl patch` (`kubectl pkg/cmd/patch`), with the three kinds of patches an API server knows.

use serde_json::Value;

use super::builder::{self, NOTHING_GIVEN, Named, Scope};
use super::context::SCRATCH;
use super::flags::{FILES, Flag, Flags, Takes, long, short};
use super::report::Report;
use super::resources::Resource;
use super::{Context, DryRun, tree};
use crate::api::codes::{BadPatch, Unpatchable};
use crate::api::{Refusal, decode};
use crate::cluster::patch;
use crate::go;
use crate::manifest;
use crate::shell::{CommandResult, Output};

const FLAGS: &[Flag] = &[
    short('p', "patch", Takes::Text),
    short('o', "output", Takes::Text),
    long("patch-file", Takes::Text),
    long("type", Takes::Text),
    long("subresource", Takes::Text),
    long("local", Takes::Switch),
    long("dry-run", Takes::Optional("unchanged")),
];

/// The patched object as the server reads it: unknown fields fall away with a warning, as `kubectl patch` leaves
/// `fieldValidation` at `Warn`.
fn received(resource: Resource, patched: Value, patch: &Value, strategic: bool) -> Result<(Value, String), Refusal> {
    let (value, findings) = decode::examine(resource, &patched);
    if let Some(wrong) = findings.wrong_type {
        let wrong = Box::new(wrong);
        let (patch, why) = match strategic {
            true => (go::plain(patch), Unpatchable::Merged(wrong)),
            false => (patched.to_string(), Unpatchable::Read(wrong)),
        };
        return Err(Refusal::BadPatch(BadPatch { patch, why }));
    }
    let warnings = findings
        .unknown
        .iter()
        .map(|it| format!("Warning: unknown field {}\n", go::quote(it)));
    Ok((value, warnings.collect()))
}

/// What the server says to a JSON patch that does not fit the object.
const REJECTED: &str = "The request is invalid: the server rejected our request due to an error in our request\n";

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("patch", &[FLAGS, FILES], words)?;
    let mut patch = Patch::complete(context, &flags)?;
    let named = Named::of(context, &flags, &flags.args)?.ok_or_else(|| Output::error(NOTHING_GIVEN))?;
    named.require_choice(false)?;
    let scope = Scope::of(&flags, &context.namespace);
    let selection = builder::select(&context.world.snapshot(), named, &flags, &scope)?;
    let mut output = selection.output();
    for (resource, object) in selection.objects() {
        match patch.run(context, resource, &object.value, &mut output) {
            Ok(told) => output.append(told),
            Err(failed) => output.append(failed),
        }
    }
    selection.report(&mut output);
    Ok(output)
}

/// `--type`: how a patch is put into an object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PatchType {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own, which merges lists by the keys of their items.
    Strategic,
}

impl PatchType {
    fn parse(text: &str) -> Result<Self, Output> {
        match text.to_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "merge" => Ok(Self::Merge),
            "strategic" => Ok(Self::Strategic),
            other => Err(Output::error(format!(
                "--type must be one of [json merge strategic], not {other:?}"
            ))),
        }
    }

    /// Puts a patch into an object.
    ///
    /// # Errors
    /// The failure to print, where it does not fit.
    fn apply(self, resource: Resource, object: &Value, patch: &Value) -> Result<Value, Output> {
        let mut next = object.clone();
        match self {
            Self::Json => json_patch(&mut next, patch).map_err(|error| Output::failed(error, 1))?,
            Self::Merge => patch::json_merge(&mut next, patch),
            Self::Strategic => next = patch::apply(resource.kind, &next, patch),
        }
        Ok(next)
    }
}

/// What a command line asks for (`PatchOptions`).
struct Patch {
    report: Report,
    kind: PatchType,
    /// `--subresource`; `None` for the object itself.
    subresource: Option<String>,
    /// The patch, or what the server has against it.
    wanted: Result<Value, String>,
}

impl Patch {
    /// Reads flags and the patch.
    fn complete(context: &Context<'_>, flags: &Flags) -> Result<Self, Output> {
        let mut report = Report::of(flags)?;
        // Of all commands, this one does not say that it only pretends.
        report.suffix = "";
        let kind = PatchType::parse(flags.text("type").unwrap_or("strategic"))?;
        let subresource = flags.text("subresource").filter(|it| !it.is_empty());
        if let Some(name) = subresource.filter(|it| !["status", "scale", "resize"].contains(it)) {
            return Err(Output::error(format!(
                "invalid subresource value: {name:?}. Must be one of [resize scale status]"
            )));
        }
        let text = patch_text(context, flags)?;
        let wanted = read(&text, kind).ok_or_else(|| {
            Output::error(format!(
                "unable to parse {}: yaml: did not find expected node content",
                go::quote(&text)
            ))
        })?;
        Ok(Self {
            report,
            kind,
            subresource: subresource.map(str::to_owned),
            wanted,
        })
    }

    /// Patches one object, and tells of it; warnings go to `output` at once.
    ///
    /// # Errors
    /// The failure to print.
    fn run(
        &mut self,
        context: &mut Context<'_>,
        resource: Resource,
        object: &Value,
        output: &mut Output,
    ) -> CommandResult {
        let wanted = match &self.wanted {
            Ok(wanted) => wanted,
            Err(problem) => {
                return Err(Output::failed(
                    format!("Error from server (BadRequest): {problem}\n"),
                    1,
                ));
            }
        };
        let mut next = self.kind.apply(resource, object, wanted)?;
        // A patch changes either the object or its status, never both.
        let kept = match self.subresource.as_deref() {
            Some("status") => "spec",
            _ => "status",
        };
        restore(&mut next, object, kept);
        let mut unchanged = next == *object;
        if self.report.dry_run != DryRun::Client {
            let is_pretended = self.report.dry_run == DryRun::Server;
            let refused = |refusal: Refusal| {
                let name = tree::text(object, &["metadata", "name"]);
                Output::failed(refusal.alone(resource.name, name, "") + "\n", 1)
            };
            let is_strategic = self.kind == PatchType::Strategic;
            let (taken, warnings) = received(resource, next, wanted, is_strategic).map_err(refused)?;
            output.stderr.push_str(&warnings);
            let (stored, has_changed, warnings) = context
                .replace(resource, taken, self.subresource.as_deref(), is_pretended)
                .map_err(refused)?;
            next = stored;
            unchanged = !has_changed;
            output.stderr.push_str(&warnings);
        }
        let verb = if unchanged { "patched (no change)" } else { "patched" };
        Ok(match self.subresource.as_deref() {
            Some("scale") if !self.report.is_whole() => {
                let name = tree::text(&next, &["metadata", "name"]);
                Output::ok(format!("scale.autoscaling/{name} {verb}\n"))
            }
            _ => self.report.tell(resource, &next, verb, false),
        })
    }
}

/// The text of `-p` or `--patch-file`.
fn patch_text(context: &Context<'_>, flags: &Flags) -> Result<String, Output> {
    match (flags.text("patch"), flags.text("patch-file")) {
        (Some(text), _) if !text.is_empty() => Ok(text.to_owned()),
        (_, Some(path)) => context.file(path).ok_or_else(|| {
            Output::error(format!(
                "unable to read patch file: open {path}: no such file or directory"
            ))
        }),
        _ => Err(Output::error(
            "must specify --patch or --patch-file containing the contents of the patch",
        )),
    }
}

/// Reads a patch: what begins with `{` goes to the server as it is, anything else is YAML (`apimachinery
/// pkg/util/yaml ToJSON`). `None` where it is no YAML; what the server answers where it is no patch.
fn read(text: &str, kind: PatchType) -> Option<Result<Value, String>> {
    let refused = |problem: String| match kind {
        PatchType::Strategic => problem,
        PatchType::Json | PatchType::Merge => format!("error decoding patch: {problem}"),
    };
    if text.trim_start().starts_with('{')
        && let Some(problem) = manifest::json_problem(text)
    {
        return Some(Err(refused(problem)));
    }
    let parsed = manifest::parse(SCRATCH, text);
    if parsed.syntax_error.is_some() {
        return None;
    }
    let value = parsed.documents.first()?.root.to_value();
    let fits = match kind {
        PatchType::Json => value.is_array(),
        PatchType::Merge | PatchType::Strategic => value.is_object(),
    };
    if fits {
        return Some(Ok(value));
    }
    let into = match kind {
        PatchType::Json => "[]handlers.jsonPatchOp",
        PatchType::Merge | PatchType::Strategic => "map[string]interface {}",
    };
    let problem = format!(
        "json: cannot unmarshal {} into Go value of type {into}",
        json_type(&value)
    );
    Some(Err(refused(problem)))
}

/// What Go's JSON reader calls a value.
fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn restore(next: &mut Value, before: &Value, field: &str) {
    let Some(map) = next.as_object_mut() else { return };
    match before.get(field) {
        Some(value) => {
            map.insert(field.to_owned(), value.clone());
        }
        None => {
            map.remove(field);
        }
    }
}

/// Operations that a server takes in one JSON patch (`maxJSONPatchOperations`).
const MOST_OPERATIONS: usize = 10_000;
/// Bytes that the copies of one JSON patch may add (`JSONPatchMaxCopyBytes`).
const MOST_COPIED: usize = 3 << 20;

/// RFC 6902, within the limits of a server (`kubernetes apiserver/pkg/endpoints/handlers/patch.go`,
/// `pkg/server/config.go`).
fn json_patch(target: &mut Value, patch: &Value) -> Result<(), String> {
    let operations = patch.as_array().map_or(&[][..], Vec::as_slice);
    if operations.len() > MOST_OPERATIONS {
        return Err(format!(
            "Error from server (RequestEntityTooLarge): Request entity too large: The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {}\n",
            operations.len()
        ));
    }
    let mut copied = 0;
    for operation in operations {
        let path = tree::text(operation, &["path"]).to_owned();
        let value = operation.get("value").cloned();
        let from = || steps(tree::text(operation, &["from"]));
        let done = match tree::text(operation, &["op"]) {
            "add" => value.and_then(|it| put(target, &steps(&path), it, true)),
            "replace" => value.and_then(|it| put(target, &steps(&path), it, false)),
            "remove" => take(target, &steps(&path)).map(|_| ()),
            "move" => take(target, &from()).and_then(|it| put(target, &steps(&path), it, true)),
            "copy" => target
                .pointer(tree::text(operation, &["from"]))
                .filter(|it| {
                    copied += it.to_string().len();
                    copied <= MOST_COPIED
                })
                .cloned()
                .and_then(|it| put(target, &steps(&path), it, true)),
            "test" => (target.pointer(&path) == operation.get("value")).then_some(()),
            _ => None,
        };
        done.ok_or_else(|| REJECTED.to_owned())?;
    }
    Ok(())
}

fn steps(path: &str) -> Vec<String> {
    path.split('/')
        .skip(1)
        .map(|it| it.replace("~1", "/").replace("~0", "~"))
        .collect()
}

fn put(target: &mut Value, path: &[String], value: Value, insert: bool) -> Option<()> {
    let Some((last, parents)) = path.split_last() else {
        *target = value;
        return Some(());
    };
    let parent = descend(target, parents)?;
    match parent {
        Value::Object(map) => {
            if !insert && !map.contains_key(last) {
                return None;
            }
            map.insert(last.clone(), value);
        }
        Value::Array(items) => {
            let at = if last == "-" { items.len() } else { last.parse().ok()? };
            if insert && at <= items.len() {
                items.insert(at, value);
            } else if !insert && at < items.len() {
                items[at] = value;
            } else {
                return None;
            }
        }
        _ => return None,
    }
    Some(())
}

fn take(target: &mut Value, path: &[String]) -> Option<Value> {
    let (last, parents) = path.split_last()?;
    match descend(target, parents)? {
        Value::Object(map) => map.remove(last),
        Value::Array(items) => {
            let at: usize = last.parse().ok()?;
            (at < items.len()).then(|| items.remove(at))
        }
        _ => None,
    }
}

fn descend<'a>(target: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    let mut node = target;
    for step in path {
        node = match node {
            Value::Object(map) => map.get_mut(step)?,
            Value::Array(items) => items.get_mut(step.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(node)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_patches_follow_pointers() {
        let mut object = json!({"spec": {"selector": {"a/b": "x"}, "ports": [1, 2]}});
        let patch = json!([
            {"op": "test", "path": "/spec/selector/a~1b", "value": "x"},
            {"op": "remove", "path": "/spec/selector"},
            {"op": "add", "path": "/spec/ports/-", "value": 3},
            {"op": "replace", "path": "/spec/ports/0", "value": 9},
        ]);
        assert_eq!(json_patch(&mut object, &patch), Ok(()));
        assert_eq!(object, json!({"spec": {"ports": [9, 2, 3]}}));
        assert!(json_patch(&mut object, &json!([{"op": "remove", "path": "/nope"}])).is_err());
        assert!(
            json_patch(
                &mut object,
                &json!([{"op": "add", "path": "/spec/ports/9", "value": 1}])
            )
            .is_err()
        );
    }
}
