//! `kubectl config`: one cluster, one context, and its namespace.

use super::flags::{Flag, Flags, Takes, long, short};
use super::{Context, help, subcommand_usage};
use crate::shell::print::table;
use crate::shell::{CommandResult, Output};

/// `kubectl config`: one cluster, one context, and its namespace.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let spec: &[Flag] = &[
        long("current", Takes::Switch),
        long("minify", Takes::Switch),
        short('o', "output", Takes::Text),
    ];
    let flags = Flags::of_command("config", &[spec], words)?;
    Ok(match flags.args.first().map(String::as_str) {
        None => help::of_command("config"),
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
    })
}
