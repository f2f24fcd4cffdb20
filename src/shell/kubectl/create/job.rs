//! `kubectl create job` and `cronjob` (`kubectl pkg/cmd/create/create_{job,cronjob}.go`).

use serde_json::{Value, json};

use super::super::flags::Flags;
use super::super::{Context, builder, resources, tree};
use super::object;
use crate::api::Kind;

/// The words behind `--`.
fn command(flags: &Flags) -> Vec<Value> {
    let at = flags.dash_at.unwrap_or(flags.args.len());
    flags.args[at..].iter().map(|it| it.as_str().into()).collect()
}

/// A pod of one container, as both commands build it.
fn pod(name: &str, image: &str, command: Vec<Value>, restart: &str) -> Value {
    let mut container = json!({"name": name, "image": image, "resources": {}});
    if !command.is_empty() {
        container["command"] = command.into();
    }
    json!({"metadata": {}, "spec": {"containers": [container], "restartPolicy": restart}})
}

/// `kubectl create job NAME --image=IMAGE | --from=cronjob/NAME`.
pub(super) fn job(context: &Context<'_>, name: &str, flags: &Flags) -> Result<Value, String> {
    let (image, from) = (
        flags.text("image").unwrap_or_default(),
        flags.text("from").unwrap_or_default(),
    );
    match (image.is_empty(), from.is_empty()) {
        (true, true) | (false, false) => return Err("either --image or --from must be specified".to_owned()),
        (true, false) if !command(flags).is_empty() => return Err("cannot specify --from and command".to_owned()),
        _ => {}
    }
    let mut job = object("batch/v1", "Job", name);
    if from.is_empty() {
        job["spec"] = json!({"template": pod(name, image, command(flags), "Never")});
        job["status"] = json!({});
        return Ok(job);
    }
    let (kind, source) = from.split_once('/').unwrap_or(("cronjob", from));
    let resource = resources::resolve(kind)?;
    if resource.kind != Kind::CronJob {
        return Err("from must be an existing cronjob".to_owned());
    }
    let namespace = flags.text("namespace").unwrap_or(&context.namespace);
    let found = builder::find(&context.snapshot(), resource, namespace, source).map_err(|it| {
        it.trim_end()
            .trim_start_matches("Error from server (NotFound): ")
            .to_owned()
    })?;
    let template = &found.value["spec"]["jobTemplate"];
    let mut annotations = json!({"cronjob.kubernetes.io/instantiate": "manual"});
    for (key, value) in tree::map(template, &["metadata", "annotations"]).into_iter().flatten() {
        annotations[key] = value.clone();
    }
    job["metadata"]["annotations"] = annotations;
    if let Some(labels) = tree::at(template, &["metadata", "labels"]) {
        job["metadata"]["labels"] = labels.clone();
    }
    job["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "batch/v1", "kind": "CronJob", "name": source,
        "uid": found.metadata().uid, "controller": true,
    }]);
    job["spec"] = template["spec"].clone();
    job["status"] = json!({});
    Ok(job)
}

/// `kubectl create cronjob NAME --image=IMAGE --schedule='…'`.
pub(super) fn cron_job(name: &str, flags: &Flags) -> Value {
    let restart = flags.text("restart").filter(|it| !it.is_empty()).unwrap_or("OnFailure");
    let image = flags.text("image").unwrap_or_default();
    let mut cron_job = object("batch/v1", "CronJob", name);
    cron_job["spec"] = json!({
        "jobTemplate": {
            "metadata": {"name": name},
            "spec": {"template": pod(name, image, command(flags), restart)},
        },
        "schedule": flags.text("schedule").unwrap_or_default(),
    });
    cron_job["status"] = json!({});
    cron_job
}
