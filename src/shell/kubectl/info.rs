//! `kubectl version`, `cluster-info`, `api-resources`, `api-versions`, `config` and help.

use super::flags::{Flag, Flags, Takes, long, short};
use super::resources::{self, API_VERSIONS};
use super::{COMMANDS, Context, subcommand_usage, usage};
use crate::shell::Output;
use crate::shell::print::table;
use crate::small_sort::SmallSort as _;

/// The version that everything printed is held against.
const CLIENT_VERSION: &str = "v1.36.4";

/// The server's.
const SERVER_VERSION: &str = "v1.36.2";

/// `kubectl version`.
pub fn version(_context: &mut Context<'_>, words: &[String]) -> Output {
    let spec: &[Flag] = &[long("client", Takes::Switch), short('o', "output", Takes::Text)];
    let flags = match Flags::parse(&[spec], words) {
        Ok(flags) => flags,
        Err(error) => return usage("version", &error),
    };
    if !flags.args.is_empty() {
        return Output::error(format!("extra arguments: [{}]", flags.args.join(" ")));
    }
    let mut text = format!("Client Version: {CLIENT_VERSION}\nKustomize Version: v5.8.1\n");
    if !flags.on("client") {
        text.push_str(&format!("Server Version: {SERVER_VERSION}\n"));
    }
    Output::ok(text)
}

/// `kubectl cluster-info`.
pub fn cluster_info(_context: &mut Context<'_>, words: &[String]) -> Output {
    if let Err(error) = Flags::parse(&[], words) {
        return usage("cluster-info", &error);
    }
    Output::ok(
        "Kubernetes control plane is running at https://192.168.10.10:6443
CoreDNS is running at https://192.168.10.10:6443/api/v1/namespaces/kube-system/services/kube-dns:dns/proxy

To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.
",
    )
}

/// `kubectl api-versions`.
pub fn api_versions(_context: &mut Context<'_>, words: &[String]) -> Output {
    match Flags::parse(&[], words) {
        Err(error) => usage("api-versions", &error),
        Ok(flags) if !flags.args.is_empty() => subcommand_usage(
            "api-versions",
            &format!("unexpected arguments: [{}]", flags.args.join(" ")),
        ),
        Ok(_) => Output::ok(API_VERSIONS.join("\n") + "\n"),
    }
}

/// `kubectl api-resources`.
pub fn api_resources(_context: &mut Context<'_>, words: &[String]) -> Output {
    let spec: &[Flag] = &[
        long("api-group", Takes::Text),
        long("namespaced", Takes::Switch),
        long("no-headers", Takes::Switch),
        long("sort-by", Takes::Text),
        long("verbs", Takes::List),
        long("categories", Takes::List),
        long("cached", Takes::Switch),
        short('o', "output", Takes::Text),
    ];
    let flags = match Flags::parse(&[spec], words) {
        Ok(flags) => flags,
        Err(error) => return usage("api-resources", &error),
    };
    if !flags.args.is_empty() {
        return subcommand_usage(
            "api-resources",
            &format!("unexpected arguments: [{}]", flags.args.join(" ")),
        );
    }
    let mut all: Vec<_> = resources::served()
        .filter(|it| flags.text("api-group").is_none_or(|group| group == it.group))
        .filter(|it| {
            flags
                .text("namespaced")
                .is_none_or(|flag| (flag == "true") == it.namespaced)
        })
        .collect();
    all.small_sort_by_key(|it| (it.group, it.plural));
    if flags.text("output") == Some("name") {
        return Output::ok(
            all.iter()
                .map(|it| resources::plural_group(it) + "\n")
                .collect::<String>(),
        );
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !flags.on("no-headers") {
        rows.push(
            ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    for it in all {
        let version = if it.group.is_empty() {
            it.version.to_owned()
        } else {
            format!("{}/{}", it.group, it.version)
        };
        rows.push(vec![
            it.plural.to_owned(),
            it.short.join(","),
            version,
            it.namespaced.to_string(),
            it.name.to_owned(),
        ]);
    }
    Output::ok(table::layout(&rows))
}

/// `kubectl config`: one cluster, one context, and its namespace.
pub fn config(context: &mut Context<'_>, words: &[String]) -> Output {
    let spec: &[Flag] = &[
        long("current", Takes::Switch),
        long("minify", Takes::Switch),
        short('o', "output", Takes::Text),
    ];
    let flags = match Flags::parse(&[spec], words) {
        Ok(flags) => flags,
        Err(error) => return usage("config", &error),
    };
    match flags.args.first().map(String::as_str) {
        None => help(context, &["config".to_owned()]),
        Some("current-context") => Output::ok("kubehop\n"),
        Some("get-contexts") => Output::ok(table::layout(&[
            ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]
                .map(str::to_owned)
                .to_vec(),
            ["*", "kubehop", "kubehop", "admin", context.namespace.as_str()]
                .map(str::to_owned)
                .to_vec(),
        ])),
        Some("set-context") => {
            if let Some(namespace) = flags.text("namespace") {
                context.set_namespace(namespace);
            }
            Output::ok("Context \"kubehop\" modified.\n")
        }
        Some("use-context") => match flags.args.get(1).map(String::as_str) {
            Some("kubehop") => Output::ok("Switched to context \"kubehop\".\n"),
            Some(name) => Output::error(format!("no context exists with the name: {name:?}")),
            None => subcommand_usage("config use-context", "accepts 1 arg(s), received 0"),
        },
        Some(
            name @ ("delete-cluster" | "delete-context" | "delete-user" | "get-clusters" | "get-users"
            | "rename-context" | "set" | "set-cluster" | "set-credentials" | "unset" | "view"),
        ) => Output::error(format!("kubectl config {name} is not simulated by Kubehop")),
        Some(name) => subcommand_usage("config", &format!("unknown command {name:?}")),
    }
}

/// `kubectl top`: no metrics server runs, as in a fresh cluster.
pub fn top(_context: &mut Context<'_>, _words: &[String]) -> Output {
    Output::error("Metrics API not available")
}

/// What there is: the commands, or a line about one of them.
pub fn help(_context: &mut Context<'_>, words: &[String]) -> Output {
    if let Some(name) = words.first() {
        return Output::ok(format!(
            "kubectl {name}: see https://kubernetes.io/docs/reference/kubectl/generated/ for its flags.\nKubehop simulates what a learner of networking needs of it and says so where it does not.\n"
        ));
    }
    let list = |simulated: bool| -> String {
        COMMANDS
            .iter()
            .filter(|(_, run)| run.is_some() == simulated)
            .map(|(name, _)| format!("  {name}\n"))
            .collect()
    };
    Output::ok(format!(
        "kubectl controls the Kubernetes cluster manager.\n\nSimulated by Kubehop:\n{}\nNot simulated:\n{}",
        list(true),
        list(false)
    ))
}
