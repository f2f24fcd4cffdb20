//! `kubectl describe` (`kubernetes/kubectl pkg/describe/describe.go`), one file per family of kinds.

mod cluster;
mod ingress;
mod pod;
mod service;
mod text;
mod workload;

use serde_json::Value;

use super::Context;
use super::builder::{self, Named, Scope, Selection};
use super::flags::{Flag, Flags, Takes, long, short};
use super::resources::Resource;
use crate::api::Kind;
use crate::cluster::Snapshot;
use crate::shell::{CommandResult, Output};
use text::Text;
pub(super) use workload::same_template;

/// Flags of `kubectl describe`.
pub const FLAGS: &[Flag] = &[
    short('A', "all-namespaces", Takes::Switch),
    short('l', "selector", Takes::Text),
    short('f', "filename", Takes::List),
    short('R', "recursive", Takes::Switch),
    short('k', "kustomize", Takes::Text),
    long("show-events", Takes::Switch),
    long("chunk-size", Takes::Number),
];

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("describe", &[FLAGS], words)?;
    let scope = Scope::of(&flags, &context.namespace);
    let snapshot = context.snapshot();
    let named = Named::of(context, &flags, &flags.args)?.ok_or_else(|| Output::error(
                    "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of supported resources.",
                ))?;
    let one = match &named {
        Named::Objects(objects) if objects.len() == 1 => Some(objects[0].clone()),
        _ => None,
    };
    let selection = builder::select(&snapshot, named, &flags, &scope)?;
    let mut output = selection.output();
    let found = selection.objects().next().is_some();
    if let Some((resource, prefix)) = &one
        && !found
        && flags.args.len() == 2
    {
        let matching = matching(&snapshot, resource, prefix, &flags, &scope);
        if !matching.is_empty() {
            output.stdout = matching;
            return Ok(output);
        }
    }
    let with_events = match flags.text("show-events") {
        Some(value) => value == "true",
        // Without the flag, events are shown of a single object.
        None => selection.errors.is_empty() && selection.objects().count() == 1,
    };
    output.stdout = all(&snapshot, &selection, with_events);
    selection.report(&mut output);
    if !found && selection.errors.is_empty() {
        output.stderr.push_str(&if scope.all {
            "No resources found\n".to_owned()
        } else {
            format!("No resources found in {} namespace.\n", scope.namespace)
        });
    }
    Ok(output)
}

fn all(snapshot: &Snapshot, selection: &Selection, with_events: bool) -> String {
    let texts: Vec<String> = selection
        .objects()
        .map(|(resource, object)| describe(snapshot, resource, &object.value, with_events))
        .collect();
    texts.join("\n\n")
}

/// Objects whose names start with what was written, where none has that very name.
fn matching(snapshot: &Snapshot, resource: Resource, prefix: &str, flags: &Flags, scope: &Scope) -> String {
    let Ok(selection) = builder::select(snapshot, Named::Types(vec![resource]), flags, scope) else {
        return String::new();
    };
    selection
        .objects()
        .filter(|(_, object)| object.metadata().name.starts_with(prefix))
        .map(|(resource, object)| describe(snapshot, resource, &object.value, false) + "\n")
        .collect()
}

/// The pod template of a workload, its columns left as tabs (`describe.DescribePodTemplate` into a plain writer).
pub(super) fn template_text(object: &Value) -> String {
    let mut text = Text::new(crate::sim::Instant::DEFAULT_START);
    pod::template(&mut text, object);
    text.raw()
}

/// One object; without events where several are described.
#[must_use]
pub fn describe(snapshot: &Snapshot, resource: Resource, object: &Value, with_events: bool) -> String {
    let mut text = Text::new(snapshot.now());
    match resource.kind {
        Kind::Service => service::service(&mut text, snapshot, object),
        Kind::Endpoints => service::endpoints(&mut text, object),
        Kind::EndpointSlice => service::endpoint_slice(&mut text, object),
        Kind::Ingress => ingress::ingress(&mut text, snapshot, object),
        Kind::IngressClass => ingress::ingress_class(&mut text, object),
        Kind::NetworkPolicy => {
            ingress::network_policy(&mut text, object);
            return text.finish();
        }
        Kind::Pod => pod::pod(&mut text, object),
        Kind::Deployment => workload::deployment(&mut text, snapshot, object),
        Kind::ReplicaSet => workload::replica_set(&mut text, snapshot, object),
        Kind::StatefulSet => workload::stateful_set(&mut text, snapshot, object),
        Kind::DaemonSet => workload::daemon_set(&mut text, snapshot, object),
        Kind::ReplicationController => workload::replication_controller(&mut text, snapshot, object),
        Kind::Job => workload::job(&mut text, object),
        Kind::CronJob => workload::cron_job(&mut text, object),
        Kind::Node => cluster::node(&mut text, snapshot, object),
        Kind::Namespace => {
            cluster::namespace(&mut text, object);
            return text.finish();
        }
        Kind::Secret => {
            cluster::secret(&mut text, object);
            return text.finish();
        }
        Kind::ConfigMap => cluster::config_map(&mut text, object),
        _ => cluster::generic(&mut text, object),
    }
    if with_events {
        text.events(snapshot, resource, object);
    }
    text.finish()
}
