//! `kubectl run` (`kubectl pkg/cmd/run`): a pod from flags, or a throw-away pod to run one command in.

use serde_json::{Map, Value, json};

use super::builder::Scope;
use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, DryRun, create, subcommand_usage};
use crate::api::Kind;
use crate::api::types::pod_phase::PodPhase;
use crate::net::Source;
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

const FLAGS: &[Flag] = &[
    short('l', "labels", Takes::Text),
    short('o', "output", Takes::Text),
    short('i', "stdin", Takes::Switch),
    short('t', "tty", Takes::Switch),
    short('q', "quiet", Takes::Switch),
    short('f', "filename", Takes::List),
    long("image", Takes::Text),
    long("image-pull-policy", Takes::Text),
    long("port", Takes::Text),
    long("expose", Takes::Switch),
    long("env", Takes::Each),
    long("restart", Takes::Text),
    long("command", Takes::Switch),
    long("rm", Takes::Switch),
    long("attach", Takes::Switch),
    long("privileged", Takes::Switch),
    long("annotations", Takes::Each),
    long("overrides", Takes::Text),
    long("override-type", Takes::Text),
    long("pod-running-timeout", Takes::Text),
    long("leave-stdin-open", Takes::Switch),
    long("grace-period", Takes::Number),
    long("force", Takes::Switch),
    long("timeout", Takes::Text),
    long("wait", Takes::Switch),
    long("cascade", Takes::Optional("background")),
    long("save-config", Takes::Switch),
    long("field-manager", Takes::Text),
    long("dry-run", Takes::Optional("unchanged")),
];

/// How long a pod that somebody waits for may take to run, in virtual seconds.
const LONGEST_START: i64 = 60;

/// What kubectl says to a flag that it takes and does nothing with.
const FILENAME_DEPRECATED: &str = "Flag --filename has been deprecated, because it is not used by this command.\n";

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("run", &[FLAGS], words)?;
    let mut output = Output::from(run_flags(context, &flags));
    if flags.has("filename") && context.release().deprecates_run_filename() {
        // Said while flags are read, before anything else.
        output.stderr.insert_str(0, FILENAME_DEPRECATED);
    }
    Ok(output)
}

fn run_flags(context: &mut Context<'_>, flags: &Flags) -> CommandResult {
    let dry_run = DryRun::of(flags)?;
    let n_names = flags.dash_at.unwrap_or(flags.args.len());
    let Some(name) = flags.args.first().filter(|_| n_names > 0).cloned() else {
        if !flags.has("image") {
            return Err(Output::error("required flag(s) \"image\" not set"));
        }
        return Err(subcommand_usage("run", "NAME is required for run"));
    };
    let Some(image) = flags.text("image") else {
        return Err(Output::error("required flag(s) \"image\" not set"));
    };
    if image.is_empty() || image.contains(char::is_whitespace) {
        return Err(Output::error(format!(
            "Invalid image name {image:?}: invalid reference format"
        )));
    }
    if flags.on("expose") && flags.text("port").unwrap_or_default().is_empty() {
        return Err(subcommand_usage("run", "--port must be set when exposing a service"));
    }
    let attached = flags.on("stdin") || flags.on("attach") || flags.on("tty");
    if flags.on("rm") && !attached {
        return Err(Output::error("--rm should only be used for attached containers"));
    }
    if attached && dry_run != DryRun::None {
        return Err(subcommand_usage(
            "run",
            "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
        ));
    }
    if flags.on("tty") && !flags.on("stdin") {
        return Err(Output::error(
            "-i/--stdin is required for containers with -t/--tty=true",
        ));
    }
    let pod = pod(&name, image, flags)?;
    let mut output = Output::default();
    if flags.on("expose") {
        let service = service(&name, &pod, flags).map_err(Output::error)?;
        output.append(create::finish(context, service, flags, "", "created").into());
        if output.exit_code != 0 {
            return Ok(output);
        }
        if matches!(flags.text("output"), Some("yaml")) && dry_run != DryRun::None {
            // Both printers write a separator, as a real kubectl does.
            output.stdout.push_str("---\n---\n");
        }
    }
    let command = flags.args[n_names.min(flags.args.len())..].to_vec();
    let command = if flags.dash_at.is_some() {
        command
    } else {
        flags.args[1..].to_vec()
    };
    if attached && dry_run == DryRun::None {
        output.append(attach(context, pod, &name, &command, flags));
    } else {
        output.append(create::finish(context, pod, flags, "", "created").into());
    }
    Ok(output)
}

fn pod(name: &str, image: &str, flags: &Flags) -> Result<Value, Output> {
    let mut labels = Map::new();
    match flags.text("labels").filter(|it| !it.is_empty()) {
        None => {
            labels.insert("run".to_owned(), name.into());
        }
        Some(text) => {
            for pair in text.split(',') {
                let (key, value) = pair
                    .split_once('=')
                    .ok_or_else(|| Output::error(format!("unexpected label spec: {pair}")))?;
                labels.insert(key.to_owned(), value.into());
            }
        }
    }
    let restart = flags.text("restart").filter(|it| !it.is_empty()).unwrap_or("Always");
    if !["Always", "OnFailure", "Never"].contains(&restart) {
        return Err(subcommand_usage("run", &format!("invalid restart policy: {restart}")));
    }
    let mut container = json!({"name": name, "image": image, "resources": {}});
    let dash_at = flags.dash_at.unwrap_or(1).min(flags.args.len());
    let words: Vec<Value> = flags.args[dash_at..].iter().map(|it| it.as_str().into()).collect();
    if !words.is_empty() {
        let field = if flags.on("command") { "command" } else { "args" };
        container[field] = words.into();
    }
    if let Some(port) = flags.text("port").filter(|it| !it.is_empty()) {
        let number: i64 = port
            .parse()
            .map_err(|_| Output::error(format!("strconv.Atoi: parsing {port:?}: invalid syntax")))?;
        container["ports"] = json!([{"containerPort": number}]);
    }
    let mut env = Vec::new();
    for variable in flags.list("env") {
        let (key, value) = variable
            .split_once('=')
            .filter(|(key, _)| !key.is_empty())
            .ok_or_else(|| Output::error(format!("invalid env: {variable}")))?;
        env.push(json!({"name": key, "value": value}));
    }
    if !env.is_empty() {
        container["env"] = env.into();
    }
    if flags.on("stdin") {
        container["stdin"] = true.into();
        container["stdinOnce"] = true.into();
    }
    if flags.on("tty") {
        container["tty"] = true.into();
    }
    if let Some(policy) = flags.text("image-pull-policy").filter(|it| !it.is_empty()) {
        container["imagePullPolicy"] = policy.into();
    }
    if flags.on("privileged") {
        container["securityContext"] = json!({"privileged": true});
    }
    let mut metadata = json!({"labels": labels, "name": name});
    let mut annotations = Map::new();
    for annotation in flags.list("annotations") {
        let (key, value) = annotation
            .split_once('=')
            .ok_or_else(|| Output::error(format!("unexpected annotation: {annotation}")))?;
        annotations.insert(key.to_owned(), value.into());
    }
    if !annotations.is_empty() {
        metadata["annotations"] = annotations.into();
    }
    let mut pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [container], "dnsPolicy": "ClusterFirst", "restartPolicy": restart},
        "status": {},
    });
    if let Some(text) = flags.text("overrides").filter(|it| !it.is_empty()) {
        let overrides: Value =
            serde_json::from_str(text).map_err(|error| Output::error(format!("Invalid JSON Patch: {error}")))?;
        if flags.text("override-type") == Some("strategic") {
            pod = crate::cluster::patch::apply(Kind::Pod, &pod, &overrides);
        } else {
            crate::cluster::patch::json_merge(&mut pod, &overrides);
        }
    }
    Ok(pod)
}

fn service(name: &str, pod: &Value, flags: &Flags) -> Result<Value, String> {
    let port = flags.text("port").unwrap_or_default();
    let port: i64 = port
        .parse()
        .map_err(|_| format!("strconv.ParseInt: parsing {port:?}: invalid syntax"))?;
    let labels = pod["metadata"]["labels"].clone();
    let mut metadata = json!({"name": name});
    // The Service carries the labels that were asked for, not the one made up for the pod.
    if flags.has("labels") {
        metadata["labels"] = labels.clone();
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "ports": [{"port": port, "protocol": "TCP", "targetPort": port}],
            "selector": labels,
        },
        "status": {"loadBalancer": {}},
    }))
}

/// `-it --rm`: makes the pod, runs its command in it, and takes it away again.
fn attach(context: &mut Context<'_>, mut pod: Value, name: &str, command: &[String], flags: &Flags) -> Output {
    let namespace = Scope::of(flags, &context.namespace).namespace;
    let image = super::tree::text(&pod["spec"]["containers"][0], &["image"]).to_owned();
    let restarts = super::tree::text(&pod, &["spec", "restartPolicy"]).to_owned();
    pod["metadata"]["namespace"] = namespace.as_str().into();
    let Ok(resource) = super::resources::resolve("pods") else {
        return Output::error("the server doesn't have a resource type \"pods\"");
    };
    let mut output = Output::default();
    // While somebody is attached its program is the command that is typed here, not one that runs by itself.
    let mut attached = pod.clone();
    if let Some(container) = attached["spec"]["containers"][0].as_object_mut() {
        container.remove("args");
        container.remove("command");
        container.insert("stdin".to_owned(), true.into());
    }
    match context.create(resource, attached, false) {
        Ok((_, warnings)) => output.stderr.push_str(&warnings),
        Err(refusal) => return Output::failed(refusal.alone("Pod", name, "") + "\n", 1),
    }
    let mut started = false;
    for _ in 0..LONGEST_START {
        let snapshot = context.world.snapshot();
        let found = snapshot.object(&crate::api::ObjectRef::new(Kind::Pod, namespace.clone(), name));
        if found.is_some_and(|it| super::tree::phase(&it.value) == Some(PodPhase::Running)) {
            started = true;
            break;
        }
        context.advance(Duration::from_secs(1));
    }
    let source = Source::Pod {
        namespace: namespace.clone(),
        name: name.to_owned(),
    };
    let mut command = command.to_vec();
    if image.contains("curlimages/curl")
        && command
            .first()
            .is_none_or(|it| it.starts_with('-') || !context.finds_program(&source, it))
    {
        // Its entrypoint takes anything else for curl's arguments.
        command.insert(0, "curl".to_owned());
    }
    let mut terminated = None;
    if started {
        let program = command.first().map_or("", String::as_str);
        let ran = if context.finds_program(&source, program) {
            let ran = context.run_program(&source, &command);
            terminated = (ran.exit_code != 0).then(|| "Error\n".to_owned());
            ran
        } else {
            terminated = Some(format!(
                "StartError\nfailed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: {program:?}: executable file not found in $PATH: unknown\n"
            ));
            Output::failed("", 128)
        };
        output.append(ran);
    } else {
        output.append(Output::error(format!(
            "timed out waiting for the condition: pod {name:?} does not run"
        )));
    }
    if flags.on("rm") {
        context.delete(resource, &namespace, name, Some(1));
        context.advance(Duration::from_secs(2));
        if !flags.on("quiet") {
            output
                .stdout
                .push_str(&format!("pod \"{name}\" deleted from {namespace} namespace\n"));
        }
    }
    if !flags.on("rm") {
        // What is left behind has run its program, and ends as that does.
        context.delete(resource, &namespace, name, Some(0));
        pod["spec"]["containers"][0]["stdin"] = false.into();
        if let Err(refusal) = context.create(resource, pod, false) {
            output.append(Output::failed(refusal.alone("Pod", name, "") + "\n", 1));
        }
    }
    // A pod that starts its container again has no end to report (`run.go`).
    if let Some(terminated) = terminated.filter(|_| restarts == "Never") {
        let (reason, message) = terminated.split_once('\n').unwrap_or((&terminated, ""));
        output
            .stderr
            .push_str(&format!("pod {namespace}/{name} terminated ({reason})\n{message}"));
    }
    output
}
