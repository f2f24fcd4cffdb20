//! `kubectl taint` (`kubectl pkg/cmd/taint`).

use serde_json::{Value, json};

use super::builder::{self, Named, Scope};
use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, DryRun, subcommand_usage, tree};
use crate::api::Kind;
use crate::shell::{CommandResult, Output};

const FLAGS: &[Flag] = &[
    short('l', "selector", Takes::Text),
    short('o', "output", Takes::Text),
    long("all", Takes::Switch),
    long("overwrite", Takes::Switch),
    long("dry-run", Takes::Optional("unchanged")),
];

/// A taint as written: key, value, effect (empty where any is meant).
struct Spec {
    key: String,
    value: String,
    effect: String,
}

/// What to add, and what to remove.
type Changes = (Vec<Spec>, Vec<Spec>);

fn parse(words: &[String]) -> Result<Changes, String> {
    let (mut add, mut remove) = (Vec::new(), Vec::new());
    for word in words {
        let (text, removes) = match word.strip_suffix('-') {
            Some(text) => (text, true),
            None => (word.as_str(), false),
        };
        let invalid = || format!("invalid taint spec: {word}");
        let (pair, effect) = match text.split_once(':') {
            Some((_, effect)) if effect.contains(':') => return Err(invalid()),
            Some((pair, effect)) => (pair, effect),
            None => (text, ""),
        };
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if key.is_empty() || value.contains('=') || !removes && effect.is_empty() {
            return Err(invalid());
        }
        if !effect.is_empty() && !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
            return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
        }
        let spec = Spec {
            key: key.to_owned(),
            value: value.to_owned(),
            effect: effect.to_owned(),
        };
        if removes { remove.push(spec) } else { add.push(spec) }
    }
    Ok((add, remove))
}

/// Changes the taints of a node; the word for what was done.
fn change(node: &mut Value, (add, remove): &Changes, overwrite: bool) -> Result<&'static str, String> {
    let name = tree::text(node, &["metadata", "name"]).to_owned();
    let mut taints: Vec<Value> = tree::list(node, &["spec", "taints"]).to_vec();
    let is = |taint: &Value, spec: &Spec| {
        tree::text(taint, &["key"]) == spec.key
            && (spec.effect.is_empty() || tree::text(taint, &["effect"]) == spec.effect)
    };
    if !overwrite {
        let known: Vec<&str> = add
            .iter()
            .filter(|spec| taints.iter().any(|taint| is(taint, spec)))
            .map(|spec| spec.key.as_str())
            .collect();
        if !known.is_empty() {
            return Err(format!(
                "node {name} already has {} taint(s) with same effect(s) and --overwrite is false",
                known.join(",")
            ));
        }
    }
    for spec in remove {
        let before = taints.len();
        taints.retain(|taint| !is(taint, spec));
        if taints.len() == before {
            let effect = if spec.effect.is_empty() {
                String::new()
            } else {
                format!(":{}", spec.effect)
            };
            return Err(format!("taint \"{}{effect}\" not found", spec.key));
        }
    }
    for spec in add {
        taints.retain(|taint| !is(taint, spec));
        let mut taint = json!({"effect": spec.effect, "key": spec.key});
        if !spec.value.is_empty() {
            taint["value"] = spec.value.as_str().into();
        }
        taints.push(taint);
    }
    match node.get_mut("spec").and_then(Value::as_object_mut) {
        Some(spec) if taints.is_empty() => {
            spec.remove("taints");
        }
        _ => node["spec"]["taints"] = Value::Array(taints),
    }
    Ok(match (add.is_empty(), remove.is_empty()) {
        (false, true) if !overwrite => "tainted",
        (true, false) if !overwrite => "untainted",
        _ => "modified",
    })
}

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("taint", &[FLAGS], words)?;
    let dry_run = DryRun::of(&flags)?;
    let is_taint = |it: &String| it.contains(['=', ':']) || it.ends_with('-');
    let at = flags.args.iter().position(is_taint).unwrap_or(flags.args.len());
    let (resources, taints) = flags.args.split_at(at);
    if let Some(stray) = taints.iter().find(|it| !is_taint(it)) {
        return Err(Output::error(format!(
            "all resources must be specified before taint changes: {stray}"
        )));
    }
    let Some(kind) = resources.first() else {
        return Err(Output::error(
            "one or more resources must be specified as <resource> <name>",
        ));
    };
    if taints.is_empty() {
        return Err(Output::error("at least one taint update is required"));
    }
    let changes = parse(taints).map_err(|error| subcommand_usage("taint", &error))?;
    let named = builder::arguments(resources, &context.definitions())
        .map_err(Output::error)?
        .ok_or_else(|| Output::error("one or more resources must be specified as <resource> <name>"))?;
    let are_nodes = match &named {
        Named::Types(types) => types.iter().all(|it| it.kind == Kind::Node),
        Named::Objects(objects) => objects.iter().all(|(it, _)| it.kind == Kind::Node),
    };
    if !are_nodes {
        return Err(Output::error(format!(
            "invalid resource type {kind}, only node types are supported"
        )));
    }
    if !named.are_objects() && !flags.selects() {
        return Err(Output::error(
            "at least one resource name must be specified since 'all' parameter is not set",
        ));
    }
    let scope = Scope::of(&flags, &context.namespace);
    let selection = builder::select(&context.world.snapshot(), named, &flags, &scope)?;
    let mut output = Output::default();
    for (resource, object) in selection.objects() {
        let mut node = object.value.clone();
        match change(&mut node, &changes, flags.on("overwrite")) {
            Ok(verb) => {
                if context.write(resource, &mut node, dry_run, &mut output) {
                    let name = &object.metadata().name;
                    output
                        .stdout
                        .push_str(&format!("node/{name} {verb}{}\n", dry_run.suffix()));
                }
            }
            Err(error) => output.append(Output::error(error)),
        }
    }
    selection.report(&mut output);
    Ok(output)
}
