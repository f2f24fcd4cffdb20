//! `kubectl scale` (`kubectl pkg/cmd/scale`).

use super::builder::{self, Named, Scope};
use super::flags::{Flag, Flags, Takes, long, short};
use super::report::Report;
use super::{Context, tree, usage};
use crate::api::Kind;
use crate::shell::Output;

const FLAGS: &[Flag] = &[
    short('f', "filename", Takes::List),
    short('k', "kustomize", Takes::Text),
    short('R', "recursive", Takes::Switch),
    short('l', "selector", Takes::Text),
    short('o', "output", Takes::Text),
    long("all", Takes::Switch),
    long("replicas", Takes::Number),
    long("current-replicas", Takes::Number),
    long("resource-version", Takes::Text),
    long("timeout", Takes::Text),
    long("dry-run", Takes::Optional("unchanged")),
];

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> Output {
    let flags = match Flags::parse(&[FLAGS], words) {
        Ok(flags) => flags,
        Err(error) => return usage("scale", &error),
    };
    let Some(replicas) = flags.number("replicas") else {
        return Output::error("required flag(s) \"replicas\" not set");
    };
    if replicas < 0 {
        return Output::error("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
    }
    let mut report = match Report::of(&flags) {
        Ok(report) => report,
        Err(output) => return output,
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
        if !matches!(resource.kind, Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet) {
            output.append(Output::failed(
                "Error from server (NotFound): the server could not find the requested resource\n",
                1,
            ));
            continue;
        }
        let mut object = object.value.clone();
        let current = tree::at(&object, &["spec", "replicas"])
            .and_then(serde_json::Value::as_i64)
            .unwrap_or(1);
        if let Some(expected) = flags.number("current-replicas").filter(|&it| it >= 0)
            && expected != current
        {
            output.append(Output::error(format!(
                "Expected replicas to be {expected}, was {current}"
            )));
            continue;
        }
        object["spec"]["replicas"] = replicas.into();
        report.write(context, resource, object, "scaled", &mut output);
    }
    selection.report(&mut output);
    if selection.objects().next().is_none() && selection.errors.is_empty() {
        output.append(Output::error("no objects passed to scale"));
    }
    output
}
