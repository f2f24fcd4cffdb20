//! `kubectl rollout history`, `undo`, `pause` and `resume` (`kubectl pkg/polymorphichelpers/history.go`,
//! `rollback.go`, `objectpauser.go`). A Deployment's revisions are its ReplicaSets; those of a StatefulSet or DaemonSet
//! are ControllerRevisions.

use serde_json::{Map, Value};

use super::describe::{same_template, template_text};
use super::flags::Flags;
use super::report::Report;
use super::resources::{self, Resource};
use super::{Context, DryRun, tree};
use crate::api::Kind;
use crate::shell::Output;
use crate::shell::print::table;
use crate::small_sort::SmallSort as _;

const REVISION: &str = "deployment.kubernetes.io/revision";
const CAUSE: &str = "kubernetes.io/change-cause";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Annotations of a Deployment that a rollback leaves as they are.
const KEPT: &[&str] = &[
    LAST_APPLIED,
    REVISION,
    "deployment.kubernetes.io/revision-history",
    "deployment.kubernetes.io/desired-replicas",
    "deployment.kubernetes.io/max-replicas",
    "deprecated.deployment.rollback.to",
];

/// The revisions of a workload with their numbers, oldest first; each has its template where a workload has it.
fn revisions(context: &Context<'_>, resource: Resource, object: &Value) -> Vec<(i64, Value)> {
    if resource.kind == Kind::Deployment {
        return replica_sets(context, object);
    }
    let uid = tree::text(object, &["metadata", "uid"]);
    let snapshot = context.snapshot();
    let mut found: Vec<(i64, Value)> = snapshot
        .objects(Kind::Other)
        .map(|it| &it.value)
        .filter(|it| tree::text(it, &["kind"]) == "ControllerRevision")
        .filter(|it| {
            let owners = tree::list(it, &["metadata", "ownerReferences"]);
            owners.iter().any(|it| tree::text(it, &["uid"]) == uid)
        })
        .map(|it| {
            let mut template = it["data"]["spec"]["template"].clone();
            if let Some(map) = template.as_object_mut() {
                map.remove("$patch");
            }
            let metadata = &it["metadata"];
            let with_template = serde_json::json!({"metadata": metadata, "spec": {"template": template}});
            (tree::number(it, &["revision"]), with_template)
        })
        .collect();
    found.small_sort_by_key(|(revision, _)| *revision);
    found
}

/// The ReplicaSets of a Deployment with their revisions, oldest first.
fn replica_sets(context: &Context<'_>, deployment: &Value) -> Vec<(i64, Value)> {
    let uid = tree::text(deployment, &["metadata", "uid"]);
    let snapshot = context.snapshot();
    let mut found: Vec<(i64, Value)> = snapshot
        .objects(Kind::ReplicaSet)
        .map(|it| &it.value)
        .filter(|set| {
            tree::list(set, &["metadata", "ownerReferences"])
                .iter()
                .any(|it| tree::text(it, &["uid"]) == uid)
        })
        .filter_map(|set| {
            let revision = tree::text(set, &["metadata", "annotations", REVISION]).parse().ok()?;
            Some((revision, set.clone()))
        })
        .collect();
    found.small_sort_by_key(|(revision, _)| *revision);
    found
}

fn not_kept(what: &str, resource: Resource) -> Option<Output> {
    match resource.kind {
        Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet => None,
        _ => {
            let wanted = if what == "history" { "history" } else { "rollbacker" };
            Some(Output::error(format!(
                "error retrieving {wanted} for {:?}, no visitor method exists for {{{} {}}}",
                resource.name, resource.group, resource.name
            )))
        }
    }
}

/// `kubectl rollout history`.
pub(super) fn history(context: &Context<'_>, resource: Resource, object: &Value, flags: &Flags) -> Output {
    if let Some(output) = not_kept("history", resource) {
        return output;
    }
    let cause = |set: &Value| tree::text(set, &["metadata", "annotations", CAUSE]).to_owned();
    let wanted = flags.number("revision").unwrap_or(0);
    let mut all = revisions(context, resource, object);
    let what = format!(
        "{}/{}",
        resources::singular_group(resource),
        tree::text(object, &["metadata", "name"])
    );
    if wanted > 0 {
        let Some((_, set)) = all.iter_mut().find(|(revision, _)| *revision == wanted) else {
            return Output::error("unable to find the specified revision");
        };
        let cause = cause(set);
        if !cause.is_empty() {
            set["spec"]["template"]["metadata"]["annotations"][CAUSE] = cause.into();
        }
        return Output::ok(format!("{what} with revision #{wanted}\n{}\n", template_text(set)));
    }
    if all.is_empty() {
        return Output::ok(format!("{what} \nNo rollout history found.\n"));
    }
    let mut text = "REVISION\tCHANGE-CAUSE\n".to_owned();
    for (revision, set) in &all {
        let cause = Some(cause(set)).filter(|it| !it.is_empty());
        text.push_str(&format!("{revision}\t{}\n", cause.as_deref().unwrap_or("<none>")));
    }
    Output::ok(format!("{what} \n{}\n", table::align(&text)))
}

/// `kubectl rollout undo`.
pub(super) fn undo(
    context: &mut Context<'_>,
    resource: Resource,
    object: &Value,
    flags: &Flags,
    report: &mut Report,
) -> Output {
    let name = tree::text(object, &["metadata", "name"]);
    let mut output = Output::default();
    if tree::at(object, &["metadata", "annotations", LAST_APPLIED]).is_some() {
        output.stderr = format!(
            "Warning: resource {}/{name} was previously managed with 'kubectl apply'. Rolling back will not update the {LAST_APPLIED} annotation, which may cause unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead.\n",
            resource.plural
        );
    }
    if let Some(failed) = not_kept("undo", resource) {
        output.append(failed);
        return output;
    }
    let wanted = flags.number("to-revision").unwrap_or(0);
    let all = revisions(context, resource, object);
    let found = match wanted {
        0 => all.len().checked_sub(2).map(|at| &all[at]),
        _ => all.iter().find(|(revision, _)| *revision == wanted),
    };
    let Some((_, set)) = found else {
        output.append(Output::error(match wanted {
            0 if resource.kind != Kind::Deployment => "no last revision to roll back to".to_owned(),
            0 => format!("no rollout history found for deployment {name:?}"),
            _ => format!("unable to find specified revision {wanted} in history"),
        }));
        return output;
    };
    if report.dry_run == DryRun::Client {
        output.append(report.tell(resource, object, &template_text(set), false));
        return output;
    }
    if tree::flag(object, &["spec", "paused"]) {
        output.append(Output::error(
            "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
        ));
        return output;
    }
    if same_template(set, object) {
        let verb = format!("skipped rollback (current template already matches revision {wanted})");
        output.append(report.tell(resource, object, &verb, false));
        return output;
    }
    let mut next = object.clone();
    let mut template = set["spec"]["template"].clone();
    if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
        labels.remove("pod-template-hash");
    }
    next["spec"]["template"] = template;
    if resource.kind != Kind::Deployment {
        report.write(context, resource, next, "rolled back", &mut output);
        return output;
    }
    let mut annotations = Map::new();
    for (from, kept) in [(object, true), (set, false)] {
        for (key, value) in tree::map(from, &["metadata", "annotations"]).into_iter().flatten() {
            if KEPT.contains(&key.as_str()) == kept {
                annotations.insert(key.clone(), value.clone());
            }
        }
    }
    next["metadata"]["annotations"] = annotations.into();
    report.write(context, resource, next, "rolled back", &mut output);
    output
}

/// `kubectl rollout pause` and `resume`.
pub(super) fn pause(
    context: &mut Context<'_>,
    resource: Resource,
    object: &Value,
    pauses: bool,
    report: &mut Report,
) -> Output {
    let (doing, done, refused) = match pauses {
        true => ("pausing", "paused", "is already paused"),
        false => ("resuming", "resumed", "is not paused"),
    };
    let why = if resource.kind != Kind::Deployment {
        format!("{doing} is not supported")
    } else if tree::flag(object, &["spec", "paused"]) == pauses {
        refused.to_owned()
    } else {
        let mut next = object.clone();
        match (pauses, next["spec"].as_object_mut()) {
            (false, Some(spec)) => {
                spec.remove("paused");
            }
            _ => next["spec"]["paused"] = true.into(),
        }
        let mut output = Output::default();
        report.write(context, resource, next, done, &mut output);
        return output;
    };
    Output::error(format!(
        "{} {:?} {why}",
        resources::plural_group(resource),
        tree::text(object, &["metadata", "name"])
    ))
}
