//! `kubectl rollout` (`kubectl pkg/cmd/rollout`, `pkg/polymorphichelpers/rollout_status.go`).

use serde_json::Value;

use super::builder::{self, Named, Scope};
use super::flags::{Flag, Flags, Takes, first_argument, long, short};
use super::report::Report;
use super::{Context, help, resources, revisions, tree, unknown_below};
use crate::api::Kind;
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

const FLAGS: &[Flag] = &[
    short('f', "filename", Takes::List),
    short('l', "selector", Takes::Text),
    short('w', "watch", Takes::Switch),
    short('o', "output", Takes::Text),
    long("timeout", Takes::Text),
    long("revision", Takes::Number),
    long("to-revision", Takes::Number),
    long("dry-run", Takes::Optional("unchanged")),
];

/// How long `status` watches, in virtual seconds.
const LONGEST_WATCH: i64 = 600;

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let Some(at) = first_argument(&[], words) else {
        Flags::of_command("rollout", &[], words)?;
        return Err(help::alone("rollout"));
    };
    let mut rest = words.to_vec();
    let name = rest.remove(at);
    let path = format!("rollout {name}");
    if !["status", "restart", "history", "undo", "pause", "resume"].contains(&name.as_str()) {
        let args = Flags::of_command("rollout", &[], words)?.args;
        return Err(unknown_below("rollout", &args));
    }
    let flags = Flags::of_command(&path, &[FLAGS], &rest)?;
    let named =
        Named::of_arguments_first(context, &flags)?.ok_or_else(|| Output::error("required resource not specified"))?;
    let is_named = named.are_objects();
    let scope = Scope::of(&flags, &context.namespace);
    let selection = builder::select(&context.world.snapshot(), named, &flags, &scope)?;
    let mut output = Output::default();
    let mut report = Report::of(&flags)?;
    for (resource, object) in selection.objects() {
        let told = match name.as_str() {
            "history" => Some(revisions::history(context, resource, &object.value, &flags)),
            "undo" => Some(revisions::undo(context, resource, &object.value, &flags, &mut report)),
            "pause" | "resume" => {
                let pauses = name == "pause";
                Some(revisions::pause(context, resource, &object.value, pauses, &mut report))
            }
            _ => None,
        };
        if let Some(told) = told {
            output.append(told);
            continue;
        }
        if !matches!(resource.kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet) {
            let what = if name == "status" {
                format!("no status viewer has been implemented for {}", resource.name)
            } else {
                format!(
                    "{} {:?} restarting is not supported",
                    resources::plural_group(resource),
                    object.metadata().name
                )
            };
            output.append(Output::error(what));
            continue;
        }
        let meta = object.metadata();
        output.append(if name == "status" {
            status(context, resource, &meta.namespace, &meta.name, &flags)
        } else {
            restart(context, resource, object.value.clone(), &mut report)
        });
    }
    selection.report(&mut output);
    if !is_named && selection.objects().next().is_none() {
        output.append(Output::failed(
            format!("No resources found in {} namespace.\n", scope.namespace),
            0,
        ));
    }
    Ok(output)
}

fn restart(context: &mut Context<'_>, resource: resources::Resource, mut object: Value, report: &mut Report) -> Output {
    if tree::flag(&object, &["spec", "paused"]) {
        return Output::error(format!(
            "{} {:?} can't restart paused deployment (run rollout resume first)",
            resources::plural_group(resource),
            tree::text(&object, &["metadata", "name"])
        ));
    }
    let now = context.world.snapshot().now().to_string();
    let template = &mut object["spec"]["template"];
    if !template["metadata"].is_object() {
        template["metadata"] = Value::Object(serde_json::Map::new());
    }
    let metadata = &mut template["metadata"];
    if !metadata["annotations"].is_object() {
        metadata["annotations"] = Value::Object(serde_json::Map::new());
    }
    metadata["annotations"]["kubectl.kubernetes.io/restartedAt"] = now.into();
    let mut output = Output::default();
    report.write(context, resource, object, "restarted", &mut output);
    output
}

/// Watches until the rollout is done, printing each new state once.
fn status(
    context: &mut Context<'_>,
    resource: resources::Resource,
    namespace: &str,
    name: &str,
    flags: &Flags,
) -> Output {
    let watches = flags.text("watch") != Some("false");
    let mut output = Output::default();
    let mut last = String::new();
    for _ in 0..=LONGEST_WATCH {
        let object = match builder::find(&context.world.snapshot(), resource, namespace, name) {
            Ok(object) => object,
            Err(error) => {
                output.append(Output::failed(error, 1));
                return output;
            }
        };
        let (text, done) = match resource.kind {
            Kind::Deployment => deployment_status(&object.value),
            Kind::DaemonSet => daemon_set_status(&object.value),
            _ => stateful_set_status(&object.value),
        };
        match text {
            Err(error) => {
                output.append(Output::error(error));
                return output;
            }
            Ok(text) => {
                if text != last {
                    output.stdout.push_str(&text);
                }
                last = text;
            }
        }
        if done || !watches {
            return output;
        }
        context.advance(Duration::from_secs(1));
    }
    output
        .stderr
        .push_str("Kubehop: nothing has changed for 600 s of virtual time; a real kubectl would go on watching.\n");
    output.exit_code = 1;
    output
}

fn deployment_status(object: &Value) -> (Result<String, String>, bool) {
    let name = tree::text(object, &["metadata", "name"]);
    let status = |field| tree::number(object, &["status", field]);
    if tree::number(object, &["metadata", "generation"]) > status("observedGeneration") {
        return (
            Ok("Waiting for deployment spec update to be observed...\n".to_owned()),
            false,
        );
    }
    let timed_out = tree::list(object, &["status", "conditions"]).iter().any(|it| {
        tree::text(it, &["type"]) == "Progressing" && tree::text(it, &["reason"]) == "ProgressDeadlineExceeded"
    });
    if timed_out {
        return (Err(format!("deployment {name:?} exceeded its progress deadline")), true);
    }
    let (desired, updated) = (
        tree::at(object, &["spec", "replicas"])
            .and_then(Value::as_i64)
            .unwrap_or(1),
        status("updatedReplicas"),
    );
    let (total, available) = (status("replicas"), status("availableReplicas"));
    let waiting = |rest: String| {
        (
            Ok(format!(
                "Waiting for deployment {name:?} rollout to finish: {rest}...\n"
            )),
            false,
        )
    };
    if updated < desired {
        return waiting(format!("{updated} out of {desired} new replicas have been updated"));
    }
    if total > updated {
        return waiting(format!("{} old replicas are pending termination", total - updated));
    }
    if available < updated {
        return waiting(format!("{available} of {updated} updated replicas are available"));
    }
    (Ok(format!("deployment {name:?} successfully rolled out\n")), true)
}

fn daemon_set_status(object: &Value) -> (Result<String, String>, bool) {
    if tree::text(object, &["spec", "updateStrategy", "type"]) != "RollingUpdate" {
        let error = "rollout status is only available for RollingUpdate strategy type";
        return (Err(error.to_owned()), true);
    }
    let name = tree::text(object, &["metadata", "name"]);
    let status = |field| tree::number(object, &["status", field]);
    if tree::number(object, &["metadata", "generation"]) > status("observedGeneration") {
        return (
            Ok("Waiting for daemon set spec update to be observed...\n".to_owned()),
            false,
        );
    }
    let waiting = |rest: String| {
        (
            Ok(format!(
                "Waiting for daemon set {name:?} rollout to finish: {rest}...\n"
            )),
            false,
        )
    };
    let (desired, updated) = (status("desiredNumberScheduled"), status("updatedNumberScheduled"));
    if updated < desired {
        return waiting(format!("{updated} out of {desired} new pods have been updated"));
    }
    let available = status("numberAvailable");
    if available < desired {
        return waiting(format!("{available} of {desired} updated pods are available"));
    }
    (Ok(format!("daemon set {name:?} successfully rolled out\n")), true)
}

fn stateful_set_status(object: &Value) -> (Result<String, String>, bool) {
    if tree::text(object, &["spec", "updateStrategy", "type"]) == "OnDelete" {
        let error = "rollout status is only available for RollingUpdate strategy type";
        return (Err(error.to_owned()), true);
    }
    let status = |field| tree::number(object, &["status", field]);
    let desired = tree::at(object, &["spec", "replicas"])
        .and_then(Value::as_i64)
        .unwrap_or(1);
    let waiting = |text: String| (Ok(text), false);
    if tree::number(object, &["metadata", "generation"]) > status("observedGeneration") {
        return waiting("Waiting for statefulset spec update to be observed...\n".to_owned());
    }
    let ready = status("readyReplicas");
    if ready < desired {
        return waiting(format!("Waiting for {} pods to be ready...\n", desired - ready));
    }
    let updated = status("updatedReplicas");
    let rolling = ["spec", "updateStrategy", "rollingUpdate"];
    if tree::at(object, &rolling).is_some() {
        let wanted = desired - tree::number(object, &["spec", "updateStrategy", "rollingUpdate", "partition"]);
        if updated < wanted {
            return waiting(format!(
                "Waiting for partitioned roll out to finish: {updated} out of {wanted} new pods have been updated...\n"
            ));
        }
        let done = format!("partitioned roll out complete: {updated} new pods have been updated...\n");
        return (Ok(done), true);
    }
    let revision = |field| tree::text(object, &["status", field]);
    if revision("updateRevision") != revision("currentRevision") {
        return waiting(format!(
            "waiting for statefulset rolling update to complete {updated} pods at revision {}...\n",
            revision("updateRevision")
        ));
    }
    let done = format!(
        "statefulset rolling update complete {} pods at revision {}...\n",
        status("currentReplicas"),
        revision("currentRevision")
    );
    (Ok(done), true)
}
