//! `kubectl version` (`kubectl pkg/cmd/version`).

use serde_json::{Value, json};

use super::Context;
use super::flags::{Flag, Flags, Takes, long, short};
use crate::go::json as go_json;
use crate::shell::print::yaml;
use crate::shell::{CommandResult, Output};
use crate::small_sort::SmallSort as _;

/// The kustomize that kubectl brings.
const KUSTOMIZE: &str = "v5.8.1";

/// Fields of `version.Info` in its order.
const FIELDS: [&str; 13] = [
    "major",
    "minor",
    "emulationMajor",
    "emulationMinor",
    "minCompatibilityMajor",
    "minCompatibilityMinor",
    "gitVersion",
    "gitCommit",
    "gitTreeState",
    "buildDate",
    "goVersion",
    "compiler",
    "platform",
];

/// `kubectl version [--client] [-o yaml|json]`.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let spec: &[Flag] = &[long("client", Takes::Switch), short('o', "output", Takes::Text)];
    let flags = Flags::of_command("version", &[spec], words)?;
    if !flags.args.is_empty() {
        return Err(Output::error(format!("extra arguments: [{}]", flags.args.join(" "))));
    }
    let format = flags.text("output").unwrap_or_default();
    if !matches!(format, "" | "yaml" | "json") {
        return Err(Output::error("--output must be 'yaml' or 'json'"));
    }
    let release = context.release();
    let (client, server) = (release.client_version(), release.server_version());
    let is_alone = flags.on("client");
    if format.is_empty() {
        let mut text = format!("Client Version: {client}\nKustomize Version: {KUSTOMIZE}\n");
        if !is_alone {
            text.push_str(&format!("Server Version: {server}\n"));
        }
        return Ok(Output::ok(text));
    }
    let mut versions = json!({"clientVersion": info(client), "kustomizeVersion": KUSTOMIZE});
    if !is_alone {
        let mut of_server = info(server);
        let minor = minor(server);
        let before = minor.parse::<u32>().unwrap_or(1).saturating_sub(1);
        for (field, value) in [
            ("emulationMajor", "1".to_owned()),
            ("emulationMinor", minor.to_owned()),
            ("minCompatibilityMajor", "1".to_owned()),
            ("minCompatibilityMinor", before.to_string()),
        ] {
            of_server[field] = value.into();
        }
        versions["serverVersion"] = of_server;
    }
    Ok(Output::ok(if format == "yaml" {
        yaml::to_yaml(&versions)
    } else {
        let text = go_json::indented(&versions, &|names| {
            // In the order of the fields of Go's struct.
            names.small_sort_by_key(|name| FIELDS.iter().position(|it| it == name).unwrap_or(FIELDS.len()));
        });
        // This command alone indents by two.
        text.replace("    ", "  ") + "\n"
    }))
}

fn minor(version: &str) -> &str {
    version.split('.').nth(1).unwrap_or_default()
}

/// `version.Info`. When and from what it was built is what a build says that was not told
/// (`component-base/version/base.go`).
fn info(version: &str) -> Value {
    json!({
        "buildDate": "1970-01-01T00:00:00Z",
        "compiler": "gc",
        "gitCommit": "$Format:%H$",
        "gitTreeState": "clean",
        "gitVersion": version,
        "goVersion": "go1.25.0",
        "major": "1",
        "minor": minor(version),
        "platform": "linux/amd64",
    })
}
