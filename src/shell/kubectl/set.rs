//! `kubectl set image|env|resources|selector|serviceaccount` (`kubectl pkg/cmd/set`).

use serde_json::{Map, Value, json};

use super::builder::{self, NOTHING_GIVEN, Named, Scope};
use super::flags::{Flag, Flags, Takes, first_argument, long, short};
use super::report::Report;
use super::resources::Resource;
use super::{Context, help, set_env, tree, unknown_below};
use crate::shell::{CommandResult, Output};

const FLAGS: &[Flag] = &[
    short('f', "filename", Takes::List),
    short('l', "selector", Takes::Text),
    short('o', "output", Takes::Text),
    short('c', "containers", Takes::Text),
    short('e', "env", Takes::Each),
    long("all", Takes::Switch),
    long("local", Takes::Switch),
    long("list", Takes::Switch),
    long("resolve", Takes::Switch),
    long("from", Takes::Text),
    long("prefix", Takes::Text),
    long("keys", Takes::List),
    long("limits", Takes::Text),
    long("requests", Takes::Text),
    long("overwrite", Takes::Switch),
    long("field-manager", Takes::Text),
    long("resource-version", Takes::Text),
    long("dry-run", Takes::Optional("unchanged")),
];

/// One `kubectl set` command: its path, what it says of a changed object, and what stands before the server's
/// refusal.
struct Command {
    path: &'static str,
    verb: &'static str,
    failure: &'static str,
}

/// What a command changes an object by.
enum Change {
    Image(Vec<(String, String)>),
    Env(set_env::Env),
    Resources(Vec<(&'static str, Map<String, Value>)>),
    Selector(Map<String, Value>),
    Account(String),
}

/// `kubectl set SUBCOMMAND`.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let Some(at) = first_argument(&[], words) else {
        Flags::of_command("set", &[], words)?;
        return Err(help::alone("set"));
    };
    let mut rest = words.to_vec();
    let name = rest.remove(at);
    let (path, verb, failure) = match name.as_str() {
        "image" => (
            "set image",
            "image updated",
            "failed to patch image update to pod template: ",
        ),
        "env" => ("set env", "env updated", "failed to patch env update to pod template: "),
        "resources" => (
            "set resources",
            "resource requirements updated",
            "failed to patch resources update to pod template ",
        ),
        "selector" => ("set selector", "selector updated", ""),
        "serviceaccount" | "sa" => (
            "set serviceaccount",
            "serviceaccount updated",
            "failed to patch ServiceAccountName ",
        ),
        "subject" => return Err(Output::error("kubectl set subject is not simulated by Kubehop")),
        _ => {
            let args = Flags::of_command("set", &[], words)?.args;
            return Err(unknown_below("set", &args));
        }
    };
    change(context, &rest, &Command { path, verb, failure })
}

fn change(context: &mut Context<'_>, words: &[String], command: &Command) -> CommandResult {
    let flags = Flags::of_command(command.path, &[FLAGS], words)?;
    let mut report = Report::of(&flags)?;
    let (resources, change) = read(context, command, &flags).map_err(Output::error)?;
    if command.path == "set env" && resources.is_empty() && !flags.has("filename") {
        return Err(Output::error(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    let named = Named::of(context, &flags, &resources)?.ok_or_else(|| Output::error(NOTHING_GIVEN))?;
    named.require_choice(flags.selects())?;
    if matches!(&change, Change::Image(pairs) if pairs.is_empty()) {
        return Err(Output::error("at least one image update is required"));
    }
    let scope = Scope::of(&flags, &context.namespace);
    let snapshot = context.world.snapshot();
    let selection = builder::select(&snapshot, named, &flags, &scope)?;
    let mut output = Output::default();
    if let Change::Env(env) = &change {
        output.stderr.push_str(&env.warnings);
    }
    for (resource, object) in selection.objects() {
        let mut next = object.value.clone();
        if let Err(failed) = edit(resource, &mut next, &change, &flags, &mut output) {
            output.append(Output::error(failed));
            continue;
        }
        if flags.on("list") || next == object.value && !matches!(change, Change::Selector(_)) {
            continue;
        }
        report.write_or(context, resource, next, command.verb, command.failure, &mut output);
    }
    selection.report(&mut output);
    Ok(output)
}

/// Tells the resources among the arguments from what is to be changed.
fn read(context: &Context<'_>, command: &Command, flags: &Flags) -> Result<(Vec<String>, Change), String> {
    let is_pair = |it: &String| it.contains('=') || it.ends_with('-') && it.len() > 1;
    let mut args = flags.args.clone();
    Ok(match command.path {
        "set image" => {
            let (pairs, resources): (Vec<String>, Vec<String>) = args.into_iter().partition(is_pair);
            let pairs = pairs.iter().filter_map(|it| it.split_once('='));
            let pairs = pairs.map(|(name, image)| (name.to_owned(), image.to_owned()));
            (resources, Change::Image(pairs.collect()))
        }
        "set env" => {
            let (mut pairs, resources): (Vec<String>, Vec<String>) = args.into_iter().partition(is_pair);
            pairs.extend(flags.list("env").iter().cloned());
            (resources, Change::Env(set_env::read(context, &pairs, flags)?))
        }
        "set resources" => {
            let mut wanted = Vec::new();
            for field in ["limits", "requests"] {
                if let Some(text) = flags.text(field).filter(|it| !it.is_empty()) {
                    wanted.push((field, quantities(text)?));
                }
            }
            if wanted.is_empty() {
                return Err(
                    "you must specify an update to requests or limits (in the form of --requests/--limits)".to_owned(),
                );
            }
            (args, Change::Resources(wanted))
        }
        "set selector" => {
            let selector = args.pop().ok_or(NOTHING_GIVEN)?;
            if args.len() == 1 && !args[0].contains('/') && !flags.on("all") {
                return Err("resource(s) were provided, but no name was specified".to_owned());
            }
            (args, Change::Selector(equalities(&selector)?))
        }
        _ => {
            let account = args.pop().ok_or("serviceaccount is required")?;
            (args, Change::Account(account))
        }
    })
}

/// `cpu=200m,memory=1Gi`.
fn quantities(text: &str) -> Result<Map<String, Value>, String> {
    let mut found = Map::new();
    for part in text.split(',') {
        let (name, quantity) = part
            .split_once('=')
            .ok_or_else(|| format!("Invalid argument syntax {part}, expected <resource>=<value>"))?;
        if crate::api::defaults::quantity::canonical(&quantity.into()).is_none() {
            return Err(
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
                    .to_owned(),
            );
        }
        found.insert(name.to_owned(), quantity.into());
    }
    Ok(found)
}

/// A selector of equalities, the only one that a Service can have.
fn equalities(text: &str) -> Result<Map<String, Value>, String> {
    let mut labels = Map::new();
    for part in text.split(',') {
        match part.split_once("==").or_else(|| part.split_once('=')) {
            Some((key, value)) if !key.ends_with('!') => {
                labels.insert(key.trim().to_owned(), value.trim().into());
            }
            _ => return Err(format!("match expression {part:?} not supported on this object")),
        }
    }
    Ok(labels)
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

fn edit(
    resource: Resource,
    object: &mut Value,
    change: &Change,
    flags: &Flags,
    output: &mut Output,
) -> Result<(), String> {
    let name = tree::text(object, &["metadata", "name"]).to_owned();
    if let Change::Selector(labels) = change {
        if resource.kind != crate::api::Kind::Service {
            return Err("setting a selector is only supported for Services".to_owned());
        }
        object["spec"]["selector"] = labels.clone().into();
        return Ok(());
    }
    let Some(spec) = pod_spec(object) else {
        return Err(format!(
            "{}/{name} the object is not a pod or does not have a pod template: *{}.{}",
            resource.plural, resource.version, resource.name
        ));
    };
    match change {
        Change::Image(pairs) => return image(spec, pairs),
        Change::Account(account) => {
            spec["serviceAccountName"] = account.as_str().into();
            spec["serviceAccount"] = account.as_str().into();
            return Ok(());
        }
        _ => {}
    }
    let wanted = flags.text("containers").filter(|it| !it.is_empty()).unwrap_or("*");
    let mut n_found = 0;
    for field in ["containers", "initContainers"] {
        for container in spec.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            if wanted != "*" && tree::text(container, &["name"]) != wanted {
                continue;
            }
            n_found += 1;
            match change {
                Change::Env(env) => {
                    env.check(container, flags)
                        .map_err(|why| format!("{}/{name} {why}", resource.plural))?;
                    env.apply(container);
                    if flags.on("list") {
                        output
                            .stdout
                            .push_str(&set_env::listed(resource.name, &name, container));
                    }
                }
                Change::Resources(all) => {
                    for (field, quantities) in all {
                        for (name, quantity) in quantities {
                            container["resources"][*field][name] = quantity.clone();
                        }
                    }
                }
                _ => {}
            }
        }
    }
    if n_found == 0 {
        match change {
            Change::Resources(_) => return Err(format!("unable to find container named {wanted}")),
            _ => output.stderr.push_str(&format!(
                "Warning: {}/{name} does not have any containers matching {wanted:?}\n",
                resource.name
            )),
        }
    }
    Ok(())
}

fn image(spec: &mut Value, pairs: &[(String, String)]) -> Result<(), String> {
    for (wanted, image) in pairs {
        let mut found = false;
        for field in ["initContainers", "containers"] {
            for container in spec.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
                if wanted == "*" || tree::text(container, &["name"]) == wanted {
                    container["image"] = json!(image);
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
