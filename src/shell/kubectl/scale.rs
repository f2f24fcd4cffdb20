//! `kubectl scale` (`kubectl pkg/cmd/scale`).

use super::builder::{self, NOTHING_GIVEN, Named, Scope};
use super::flags::{FILES, Flag, Flags, Takes, long, short};
use super::report::Report;
use super::{Context, tree};
use crate::api::Kind;
use crate::shell::{CommandResult, Output};

const FLAGS: &[Flag] = &[
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
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("scale", &[FLAGS, FILES], words)?;
    let Some(replicas) = flags.number("replicas") else {
        return Err(Output::error("required flag(s) \"replicas\" not set"));
    };
    if replicas < 0 {
        return Err(Output::error(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        ));
    }
    let mut report = Report::of(&flags)?;
    let named = Named::of(context, &flags, &flags.args)?.ok_or_else(|| Output::error(NOTHING_GIVEN))?;
    named.require_choice(flags.selects())?;
    let scope = Scope::of(&flags, &context.namespace);
    let snapshot = context.world.snapshot();
    let selection = builder::select(&snapshot, named, &flags, &scope)?;
    let mut output = Output::default();
    for (resource, object) in selection.objects() {
        if !matches!(
            resource.kind,
            Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet | Kind::ReplicationController
        ) {
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
    Ok(output)
}
