//! `kubectl set image|selector|env` (`kubectl pkg/cmd/set`).

use serde_json::{Map, Value, json};

use super::builder::{self, Named, Scope};
use super::create::changed;
use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, DryRun, tree, usage};
use crate::shell::Output;

const FLAGS: &[Flag] = &[
    short('f', "filename", Takes::List),
    short('l', "selector", Takes::Text),
    short('o', "output", Takes::Text),
    short('c', "containers", Takes::Text),
    long("all", Takes::Switch),
    long("local", Takes::Switch),
    long("overwrite", Takes::Switch),
    long("resource-version", Takes::Text),
    long("dry-run", Takes::Optional("unchanged")),
];

/// `kubectl set SUBCOMMAND`.
pub fn run(context: &mut Context<'_>, words: &[String]) -> Output {
    let Some(at) = words.iter().position(|it| !it.starts_with('-')) else {
        return super::info::help(context, &["set".to_owned()]);
    };
    let mut rest = words.to_vec();
    let name = rest.remove(at);
    match name.as_str() {
        "image" => change(context, &rest, "set image", "image updated", &image),
        "selector" => change(context, &rest, "set selector", "selector updated", &selector),
        "env" => change(context, &rest, "set env", "env updated", &env),
        "resources" | "serviceaccount" | "sa" | "subject" => {
            Output::error(format!("kubectl set {name} is not simulated by Kubehop"))
        }
        _ => super::subcommand_usage("set", &format!("unknown command {name:?}")),
    }
}

/// How a subcommand changes one object by the arguments behind the resource.
type Edit = dyn Fn(&mut Value, &[String]) -> Result<(), String>;

fn change(context: &mut Context<'_>, words: &[String], path: &str, verb: &str, edit: &Edit) -> Output {
    let flags = match Flags::parse(&[FLAGS], words) {
        Ok(flags) => flags,
        Err(error) => return usage(path, &error),
    };
    let dry_run = match DryRun::of(&flags) {
        Ok(dry_run) => dry_run,
        Err(error) => return Output::error(error),
    };
    let is_pair = |it: &String| it.contains('=') || it.ends_with('-');
    let (pairs, resources): (Vec<String>, Vec<String>) = flags.args.iter().cloned().partition(is_pair);
    // A selector is one argument behind the resource, whatever it looks like.
    let named = match builder::arguments(&resources) {
        Ok(Some(named)) => named,
        Ok(None) => {
            return Output::error("one or more resources must be specified as <resource> <name> or <resource>/<name>");
        }
        Err(error) => return Output::error(error),
    };
    if matches!(named, Named::Types(_)) && !flags.on("all") && !flags.has("selector") {
        return Output::error("resource(s) were provided, but no name was specified");
    }
    let scope = Scope::of(&flags, &context.namespace);
    let snapshot = context.world.snapshot();
    let selection = match builder::select(&snapshot, named, &flags, &scope) {
        Ok(selection) => selection,
        Err(error) => return Output::failed(error, 1),
    };
    let mut output = Output::default();
    for (resource, object) in selection.objects() {
        let mut next = object.value.clone();
        if let Err(error) = edit(&mut next, &pairs) {
            output.append(Output::error(error));
            continue;
        }
        if next == object.value {
            continue;
        }
        if !context.write(resource, &next, dry_run, &mut output) {
            continue;
        }
        output.stdout.push_str(&changed(resource, &next, verb, dry_run));
    }
    selection.report(&mut output);
    output
}

/// The pod specification of an object: its own, or its template's.
fn pod_spec(object: &mut Value) -> Option<&mut Value> {
    let spec = object.get_mut("spec")?;
    if spec.get("template").is_some() {
        spec.get_mut("template")?.get_mut("spec")
    } else if spec.get("containers").is_some() {
        Some(spec)
    } else {
        None
    }
}

fn image(object: &mut Value, pairs: &[String]) -> Result<(), String> {
    if pairs.is_empty() {
        return Err("at least one image update is required".to_owned());
    }
    let kind = tree::text(object, &["kind"]).to_owned();
    let Some(spec) = pod_spec(object) else {
        return Err(format!("{kind} has no containers"));
    };
    for pair in pairs {
        let (wanted, image) = pair.split_once('=').unwrap_or((pair, ""));
        let mut found = false;
        for field in ["initContainers", "containers"] {
            for container in spec.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
                if wanted == "*" || tree::text(container, &["name"]) == wanted {
                    container["image"] = image.into();
                    found = true;
                }
            }
        }
        if !found {
            return Err(format!("unable to find container named {wanted:?}"));
        }
    }
    Ok(())
}

fn selector(object: &mut Value, pairs: &[String]) -> Result<(), String> {
    let mut labels = Map::new();
    for pair in pairs.iter().flat_map(|it| it.split(',')) {
        let (key, value) = pair
            .split_once("==")
            .or_else(|| pair.split_once('='))
            .ok_or_else(|| format!("selector {pair:?} is not simulated: write KEY=VALUE"))?;
        labels.insert(key.to_owned(), value.into());
    }
    if labels.is_empty() {
        return Err("one or more resources must be specified as <resource> <name> or <resource>/<name>".to_owned());
    }
    match tree::text(object, &["kind"]) {
        "Service" => {
            object["spec"]["selector"] = labels.into();
            Ok(())
        }
        kind => Err(format!(
            "setting a selector is only supported for Services, not for {kind}"
        )),
    }
}

fn env(object: &mut Value, pairs: &[String]) -> Result<(), String> {
    if pairs.is_empty() {
        return Err("at least one environment variable must be provided".to_owned());
    }
    let kind = tree::text(object, &["kind"]).to_owned();
    let Some(spec) = pod_spec(object) else {
        return Err(format!("{kind} has no containers"));
    };
    for container in spec
        .get_mut("containers")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let Some(map) = container.as_object_mut() else { continue };
        let variables = map.entry("env").or_insert_with(|| json!([]));
        let Some(variables) = variables.as_array_mut() else {
            continue;
        };
        for pair in pairs {
            let (name, value) = match pair.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (pair.trim_end_matches('-'), None),
            };
            variables.retain(|it| value.is_some() || tree::text(it, &["name"]) != name);
            let Some(value) = value else { continue };
            match variables.iter_mut().find(|it| tree::text(it, &["name"]) == name) {
                Some(variable) => *variable = json!({"name": name, "value": value}),
                None => variables.push(json!({"name": name, "value": value})),
            }
        }
    }
    Ok(())
}
