//! `kubectl patch` (`kubectl pkg/cmd/patch`), with the three kinds of patches an API server knows.

use serde_json::Value;

use super::builder::{self, Named, Scope};
use super::context::SCRATCH;
use super::flags::{Flag, Flags, Takes, long, short};
use super::report::Report;
use super::resources::Resource;
use super::{Context, DryRun, tree, usage};
use crate::api::codes::{BadPatch, Unpatchable};
use crate::api::{Refusal, decode};
use crate::cluster::patch;
use crate::manifest;
use crate::shell::Output;
use crate::shell::print::go;

const FLAGS: &[Flag] = &[
    short('f', "filename", Takes::List),
    short('k', "kustomize", Takes::Text),
    short('R', "recursive", Takes::Switch),
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
            true => (decode::go_map(patch), Unpatchable::Merged(wrong)),
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
pub fn run(context: &mut Context<'_>, words: &[String]) -> Output {
    let flags = match Flags::parse(&[FLAGS], words) {
        Ok(flags) => flags,
        Err(error) => return usage("patch", &error),
    };
    let mut report = match Report::of(&flags) {
        Ok(report) => report,
        Err(output) => return output,
    };
    let dry_run = report.dry_run;
    // Of all commands, this one does not say that it only pretends.
    report.suffix = "";
    let kind = flags.text("type").unwrap_or("strategic").to_lowercase();
    if !["strategic", "merge", "json"].contains(&kind.as_str()) {
        return Output::error(format!("--type must be one of [json merge strategic], not {kind:?}"));
    }
    let subresource = flags.text("subresource").filter(|it| !it.is_empty());
    if let Some(name) = subresource.filter(|it| !["status", "scale", "resize"].contains(it)) {
        return Output::error(format!(
            "invalid subresource value: {name:?}. Must be one of [resize scale status]"
        ));
    }
    let text = match (flags.text("patch"), flags.text("patch-file")) {
        (Some(text), _) if !text.is_empty() => text.to_owned(),
        (_, Some(path)) => match context.file(path) {
            Some(text) => text,
            None => {
                return Output::error(format!(
                    "unable to read patch file: open {path}: no such file or directory"
                ));
            }
        },
        _ => return Output::error("must specify --patch or --patch-file containing the contents of the patch"),
    };
    let Some(wanted) = read(&text) else {
        return Output::error(format!(
            "unable to parse {}: yaml: did not find expected node content",
            go::quote(&text)
        ));
    };
    let named = if flags.has("filename") {
        match context.documents(&flags) {
            Ok(named) => named,
            Err(output) => return output,
        }
    } else {
        match builder::arguments(&flags.args) {
            Ok(Some(named)) => named,
            Ok(None) => return Output::error(super::delete::NOTHING_GIVEN),
            Err(error) => return Output::error(error),
        }
    };
    if matches!(named, Named::Types(_)) {
        return Output::error("resource(s) were provided, but no name was specified");
    }
    let scope = Scope::of(&flags, &context.namespace);
    let snapshot = context.world.snapshot();
    let selection = match builder::select(&snapshot, named, &flags, &scope) {
        Ok(selection) => selection,
        Err(error) => return Output::failed(error, 1),
    };
    let mut output = Output::default();
    if selection.warns {
        output.stderr.push_str(builder::ENDPOINTS_WARNING);
    }
    for (resource, object) in selection.objects() {
        let mut next = object.value.clone();
        let fits = match kind.as_str() {
            "merge" => {
                patch::json_merge(&mut next, &wanted);
                Ok(())
            }
            "json" => json_patch(&mut next, &wanted),
            _ => {
                next = patch::apply(resource.kind, &next, &wanted);
                Ok(())
            }
        };
        if let Err(error) = fits {
            output.append(Output::failed(error, 1));
            continue;
        }
        // A patch changes either the object or its status, never both.
        let keep = if subresource == Some("status") {
            "spec"
        } else {
            "status"
        };
        restore(&mut next, &object.value, keep);
        if dry_run != DryRun::Client {
            match received(resource, next, &wanted, kind == "strategic") {
                Ok((taken, warnings)) => {
                    next = taken;
                    output.stderr.push_str(&warnings);
                }
                Err(refusal) => {
                    let name = tree::text(&object.value, &["metadata", "name"]);
                    output.append(Output::failed(refusal.alone(resource.name, name, "") + "\n", 1));
                    continue;
                }
            }
        }
        let mut unchanged = next == object.value;
        if dry_run != DryRun::Client {
            match context.replace(resource, next.clone(), subresource, dry_run == DryRun::Server) {
                Ok((stored, has_changed, warnings)) => {
                    next = stored;
                    unchanged = !has_changed;
                    output.stderr.push_str(&warnings);
                }
                Err(refusal) => {
                    let name = tree::text(&object.value, &["metadata", "name"]);
                    output.append(Output::failed(refusal.alone(resource.name, name, "") + "\n", 1));
                    continue;
                }
            }
        }
        let verb = if unchanged { "patched (no change)" } else { "patched" };
        match subresource {
            Some("scale") if !report.is_whole() => {
                let name = tree::text(&next, &["metadata", "name"]);
                output.stdout.push_str(&format!("scale.autoscaling/{name} {verb}\n"));
            }
            _ => output.append(report.tell(resource, &next, verb, false)),
        }
    }
    selection.report(&mut output);
    output
}

/// A patch is YAML or JSON.
fn read(text: &str) -> Option<Value> {
    let parsed = manifest::parse(SCRATCH, text);
    let mut documents = parsed.documents.into_iter();
    let first = documents.next()?;
    let value = first.root.to_value();
    (value.is_object() || value.is_array()).then_some(value)
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

/// RFC 6902.
fn json_patch(target: &mut Value, patch: &Value) -> Result<(), String> {
    let Value::Array(operations) = patch else {
        return Err("Error from server (BadRequest): error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch\n".to_owned());
    };
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
