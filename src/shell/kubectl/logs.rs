//! `kubectl logs` (`kubectl pkg/cmd/logs`) as far as it can be true: which container is meant and whether it has
//! started. Images are never run, so nothing was ever written, and the command says so.

use std::sync::Arc;

use serde_json::Value;

use super::builder::{self, Named, Scope};
use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, subcommand_usage, tree};
use crate::api::types::core::ConfigMap;
use crate::api::types::pod_phase::PodPhase;
use crate::api::{Kind, Object};
use crate::cluster::listening::name_of;
use crate::net::dns::ServerOptions;
use crate::shell::{CommandResult, Output};
use crate::small_sort::SmallSort as _;

const FLAGS: &[Flag] = &[
    short('c', "container", Takes::Text),
    short('f', "follow", Takes::Switch),
    short('l', "selector", Takes::Text),
    short('p', "previous", Takes::Switch),
    long("all-containers", Takes::Switch),
    long("prefix", Takes::Switch),
    long("since", Takes::Text),
    long("since-time", Takes::Text),
    long("tail", Takes::Number),
    long("timestamps", Takes::Switch),
];

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("logs", &[FLAGS], words)?;
    let mut args = flags.args.clone();
    let selects = flags.has("selector");
    if args.is_empty() && !selects {
        return Err(subcommand_usage(
            "logs",
            "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
        ));
    }
    let container = flags.text("container").map(str::to_owned).or_else(|| {
        let is_second = args.len() == 2 && !selects;
        is_second.then(|| args.remove(1))
    });
    if selects {
        args = vec!["pods".to_owned()];
    } else if !args[0].contains('/') {
        args[0] = format!("pods/{}", args[0]);
    }
    let named = builder::arguments(&args, &context.definitions()).map_err(Output::error)?;
    let named = named.unwrap_or(Named::Types(Vec::new()));
    let scope = Scope::of(&flags, &context.namespace);
    let selection = builder::select(&context.snapshot(), named, &flags, &scope)?;
    let mut output = Output::default();
    for (resource, object) in selection.objects() {
        let mut object = object.clone();
        if resource.kind != Kind::Pod {
            let pods = pods_of(context, &object.value);
            let Some(first) = pods.first() else {
                let text = format!("cannot get the logs from *{}.{}", resource.version, resource.name);
                output.append(Output::error(text));
                continue;
            };
            if pods.len() > 1 {
                let name = &first.metadata().name;
                output
                    .stderr
                    .push_str(&format!("Found {} pods, using pod/{name}\n", pods.len()));
            }
            object = first.clone();
        }
        let (pod, name) = (&object.value, &object.metadata().name);
        let names = |field: &str| -> Vec<String> {
            let list = tree::list(pod, &["spec", field]);
            list.iter().map(|it| tree::text(it, &["name"]).to_owned()).collect()
        };
        let (main, first) = (names("containers"), names("initContainers"));
        let wanted = match &container {
            Some(wanted) => wanted.clone(),
            None => main.first().cloned().unwrap_or_default(),
        };
        if !main.contains(&wanted) && !first.contains(&wanted) {
            output.append(Output::error(format!("container {wanted} is not valid for pod {name}")));
            continue;
        }
        if container.is_none() && !flags.on("all-containers") && main.len() + first.len() > 1 {
            let mut all = main.clone();
            all.extend(first.iter().map(|it| format!("{it} (init)")));
            output
                .stderr
                .push_str(&format!("Defaulted container {wanted:?} out of: {}\n", all.join(", ")));
        }
        if tree::phase(pod) == Some(PodPhase::Pending) {
            output.append(Output::failed(
                format!(
                    "Error from server (BadRequest): container {wanted:?} in pod {name:?} is waiting to start: ContainerCreating\n"
                ),
                1,
            ));
            continue;
        }
        if let Some(lines) = coredns_lines(context, &object) {
            output.stdout.push_str(&last(&lines, flags.number("tail")));
            continue;
        }
        output.stderr.push_str(
            "Kubehop: images are not run, so this container has written no log; what packets meet is told hop by hop.\n",
        );
    }
    for error in &selection.errors {
        // This command words it in its own way.
        let error = error.trim_end().replacen("Error", "error", 1);
        let namespace = &scope.namespace;
        output.append(Output::error(format!("{error} in namespace {namespace:?}")));
    }
    Ok(output)
}

/// The last lines of a log, as many as `--tail` asks for; all without it.
fn last(lines: &[String], tail: Option<i64>) -> String {
    let n = tail.and_then(|it| usize::try_from(it).ok()).unwrap_or(lines.len());
    let shown = lines.iter().skip(lines.len().saturating_sub(n));
    shown.map(|line| format!("{line}\n")).collect()
}

/// What a pod of CoreDNS has written: its beginning, and the questions that the plugin `log` tells of; `None` for
/// other pods.
fn coredns_lines(context: &mut Context<'_>, object: &Object) -> Option<Vec<String>> {
    let container = tree::list(&object.value, &["spec", "containers"]).first()?;
    let image = tree::text(container, &["image"]);
    let (path, name) = name_of(image);
    if name != "coredns" {
        return None;
    }
    let snapshot = context.world.snapshot();
    let namespace = &object.metadata().namespace;
    let volumes = tree::list(&object.value, &["spec", "volumes"]);
    let map = volumes.iter().find_map(|it| it.pointer("/configMap/name")?.as_str());
    let map = snapshot.get::<ConfigMap>(namespace, map.unwrap_or("coredns"));
    let corefile = map.and_then(|it| it.data.get("Corefile")).map_or("", String::as_str);
    let options = ServerOptions::from_corefile(corefile);
    let mut zones: Vec<String> = std::iter::once(&options)
        .chain(&options.others)
        .flat_map(|it| &it.block_zones)
        .map(|zone| format!("{zone}:53"))
        .collect();
    zones.small_sort();
    let mut lines = zones;
    if corefile.split_whitespace().any(|it| it == "reload") {
        let digest = <sha2::Sha512 as sha2::Digest>::digest(corefile);
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        lines.push(format!("[INFO] plugin/reload: Running configuration SHA512 = {digest}"));
    }
    let version = image[path.len()..].trim_start_matches([':', 'v']);
    lines.push(format!("CoreDNS-{version}"));
    lines.push("linux/amd64, go1.24.1, 707c7c1".to_owned());
    let key = object.metadata().key();
    let network = context.world.network();
    lines.extend(network.logged_questions(&key).map(str::to_owned));
    Some(lines)
}

/// The pods that a workload's or a Service's selector takes.
fn pods_of(context: &Context<'_>, object: &Value) -> Vec<Arc<Object>> {
    let wanted = ["spec", "selector"];
    let Some(labels) = tree::map(object, &["spec", "selector", "matchLabels"]).or_else(|| tree::map(object, &wanted))
    else {
        return Vec::new();
    };
    let namespace = tree::text(object, &["metadata", "namespace"]);
    let snapshot = context.snapshot();
    let pods = snapshot.objects(Kind::Pod).filter(|pod| {
        pod.metadata().namespace == namespace
            && labels
                .iter()
                .all(|(key, value)| pod.metadata().labels.get(key).map(String::as_str) == value.as_str())
    });
    pods.cloned().collect()
}
