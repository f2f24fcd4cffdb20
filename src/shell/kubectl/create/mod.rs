//! `kubectl create`: from files, and the subcommands that build one object from flags (`kubectl pkg/cmd/create`).

mod ingress;
mod job;
mod plain;
mod service;

use serde_json::{Value, json};

use super::flags::{FILES, Flag, Flags, PRINT, Takes, first_argument, long, short};
use super::report::Report;
use super::resources;
use super::{Context, DryRun, help, subcommand_usage, unknown_below};
use crate::shell::{CommandResult, Output};

/// Flags of every `create` command.
const COMMON: &[Flag] = &[
    short('o', "output", Takes::Text),
    long("dry-run", Takes::Optional("unchanged")),
    long("save-config", Takes::Switch),
    long("validate", Takes::Optional("strict")),
    long("field-manager", Takes::Text),
];

/// Flags of `kubectl create -f`.
const FILE: &[Flag] = &[
    short('l', "selector", Takes::Text),
    long("raw", Takes::Text),
    long("edit", Takes::Switch),
    long("windows-line-endings", Takes::Switch),
];

const INGRESS: &[Flag] = &[
    long("rule", Takes::Each),
    long("class", Takes::Text),
    long("default-backend", Takes::Text),
    long("annotation", Takes::Each),
];
const CLUSTER_IP: &[Flag] = &[long("tcp", Takes::List), long("clusterip", Takes::Text)];
const NODE_PORT: &[Flag] = &[long("tcp", Takes::List), long("node-port", Takes::Number)];
const LOAD_BALANCER: &[Flag] = &[long("tcp", Takes::List)];
const EXTERNAL_NAME: &[Flag] = &[long("tcp", Takes::List), long("external-name", Takes::Text)];
const DEPLOYMENT: &[Flag] = &[
    long("image", Takes::List),
    long("port", Takes::Number),
    short('r', "replicas", Takes::Number),
];
const JOB: &[Flag] = &[long("image", Takes::Text), long("from", Takes::Text)];
const CRON_JOB: &[Flag] = &[
    long("image", Takes::Text),
    long("schedule", Takes::Text),
    long("restart", Takes::Text),
];
const NONE: &[Flag] = &[];
const DATA: &[Flag] = &[
    long("from-literal", Takes::Each),
    long("from-file", Takes::Each),
    long("from-env-file", Takes::Each),
    long("append-hash", Takes::Switch),
    long("type", Takes::Text),
];
const TLS: &[Flag] = &[
    long("cert", Takes::Text),
    long("key", Takes::Text),
    long("append-hash", Takes::Switch),
];

const REGISTRY: &[Flag] = &[
    long("docker-server", Takes::Text),
    long("docker-username", Takes::Text),
    long("docker-password", Takes::Text),
    long("docker-email", Takes::Text),
    long("append-hash", Takes::Switch),
];

/// Subcommands that exist and are not simulated.
const NOT_SIMULATED: &[&str] = &[
    "clusterrole",
    "clusterrolebinding",
    "poddisruptionbudget",
    "pdb",
    "priorityclass",
    "pc",
    "quota",
    "resourcequota",
    "role",
    "rolebinding",
    "token",
];

/// What one subcommand builds.
type Build = fn(&Context<'_>, &str, &Flags) -> Result<Value, String>;

/// A subcommand: its path behind `kubectl`, how failures name what it makes, its flags, and how it builds.
struct Kind {
    path: &'static str,
    what: &'static str,
    flags: &'static [Flag],
    build: Build,
}

const KINDS: &[Kind] = &[
    Kind {
        path: "create ingress",
        what: "failed to create ingress: ",
        flags: INGRESS,
        build: |_, name, flags| ingress::build(name, flags),
    },
    Kind {
        path: "create service clusterip",
        what: "failed to create ClusterIP service: ",
        flags: CLUSTER_IP,
        build: |_, name, flags| service::build("clusterip", name, flags),
    },
    Kind {
        path: "create service nodeport",
        what: "failed to create NodePort service: ",
        flags: NODE_PORT,
        build: |_, name, flags| service::build("nodeport", name, flags),
    },
    Kind {
        path: "create service loadbalancer",
        what: "failed to create LoadBalancer service: ",
        flags: LOAD_BALANCER,
        build: |_, name, flags| service::build("loadbalancer", name, flags),
    },
    Kind {
        path: "create service externalname",
        what: "failed to create ExternalName service: ",
        flags: EXTERNAL_NAME,
        build: |_, name, flags| service::build("externalname", name, flags),
    },
    Kind {
        path: "create deployment",
        what: "failed to create deployment: ",
        flags: DEPLOYMENT,
        build: plain::deployment,
    },
    Kind {
        path: "create job",
        what: "failed to create job: ",
        flags: JOB,
        build: job::job,
    },
    Kind {
        path: "create cronjob",
        what: "failed to create cronjob: ",
        flags: CRON_JOB,
        build: |_, name, flags| Ok(job::cron_job(name, flags)),
    },
    Kind {
        path: "create namespace",
        what: "",
        flags: NONE,
        build: |_, name, _| Ok(plain::namespace(name)),
    },
    Kind {
        path: "create configmap",
        what: "failed to create configmap: ",
        flags: DATA,
        build: plain::config_map,
    },
    Kind {
        path: "create secret generic",
        what: "failed to create secret ",
        flags: DATA,
        build: plain::generic_secret,
    },
    Kind {
        path: "create secret docker-registry",
        what: "failed to create secret ",
        flags: REGISTRY,
        build: plain::registry_secret,
    },
    Kind {
        path: "create serviceaccount",
        what: "failed to create serviceaccount: ",
        flags: NONE,
        build: |_, name, _| Ok(object("v1", "ServiceAccount", name)),
    },
    Kind {
        path: "create secret tls",
        what: "failed to create secret ",
        flags: TLS,
        build: plain::tls_secret,
    },
];

/// An object with nothing but its type and name.
fn object(api_version: &str, kind: &str, name: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}})
}

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let Some(first) = first_argument(&[COMMON, FILE, FILES], words) else {
        return from_files(context, words);
    };
    // A file name behind `-f` is no subcommand.
    if words
        .iter()
        .any(|it| it.starts_with("-f") || it.starts_with("--filename"))
    {
        return from_files(context, words);
    }
    let mut rest = words.to_vec();
    let name = rest.remove(first);
    let path = match name.as_str() {
        "ingress" | "ing" => "create ingress",
        "service" | "svc" => return nested(context, "create service", &rest),
        "secret" => return nested(context, "create secret", &rest),
        "deployment" | "deploy" => "create deployment",
        "job" => "create job",
        "cronjob" | "cj" => "create cronjob",
        "namespace" | "ns" => "create namespace",
        "configmap" | "cm" => "create configmap",
        "serviceaccount" | "sa" => "create serviceaccount",
        other if NOT_SIMULATED.contains(&other) => {
            return Err(Output::error(format!(
                "kubectl create {other} is not simulated by Kubehop"
            )));
        }
        _ => return from_files(context, words),
    };
    build(context, path, &rest)
}

/// `create service TYPE` and `create secret TYPE`.
fn nested(context: &mut Context<'_>, parent: &'static str, words: &[String]) -> CommandResult {
    let first = first_argument(&[COMMON], words);
    let word = first.map_or("", |it| words[it].as_str());
    let found = KINDS
        .iter()
        .find(|kind| below(kind, parent).is_some_and(|it| it == word));
    match (found, first) {
        (Some(kind), Some(at)) => {
            let mut rest = words.to_vec();
            rest.remove(at);
            build(context, kind.path, &rest)
        }
        _ => {
            let args = Flags::of_command(parent, &[], words)?.args;
            Err(if args.is_empty() {
                help::alone(parent)
            } else {
                unknown_below(parent, &args)
            })
        }
    }
}

/// The word behind a group of commands: `nodeport` of `create service nodeport`.
fn below(kind: &Kind, parent: &str) -> Option<&'static str> {
    kind.path.strip_prefix(parent)?.strip_prefix(' ')
}

fn build(context: &mut Context<'_>, path: &'static str, words: &[String]) -> CommandResult {
    let Some(kind) = KINDS.iter().find(|it| it.path == path) else {
        return Err(Output::error(format!("kubectl {path} is not simulated by Kubehop")));
    };
    let flags = Flags::of_command(path, &[kind.flags, COMMON, PRINT], words)?;
    let required: &[&str] = match path {
        "create deployment" => &["image"],
        "create cronjob" => &["image", "schedule"],
        "create service externalname" => &["external-name"],
        _ => &[],
    };
    let missing: Vec<String> = required
        .iter()
        .filter(|name| !flags.has(name))
        .map(|name| format!("{name:?}"))
        .collect();
    if !missing.is_empty() {
        return Err(Output::error(format!(
            "required flag(s) {} not set",
            missing.join(", ")
        )));
    }
    let n_names = flags.dash_at.unwrap_or(flags.args.len());
    if n_names != 1 {
        return Err(subcommand_usage(
            path,
            &format!("exactly one NAME is required, got {n_names}"),
        ));
    }
    let object = (kind.build)(context, &flags.args[0], &flags).map_err(Output::error)?;
    finish(context, object, &flags, kind.what, "created")
}

/// Creates an object that a command built, unless it only pretends, and prints what the flags ask for.
/// `verb` is such as `created`; `failure` stands before the server's message.
pub(super) fn finish(
    context: &mut Context<'_>,
    mut object: Value,
    flags: &Flags,
    failure: &str,
    verb: &str,
) -> CommandResult {
    let mut report = Report::of(flags)?;
    let dry_run = report.dry_run;
    flags.validation()?;
    let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(resource) = resources::of_kind(&text("apiVersion"), &text("kind"), &context.definitions()) else {
        return Err(Output::error(format!("no matches for kind {:?}", text("kind"))));
    };
    if resource.namespaced {
        match flags.text("namespace") {
            Some(namespace) if !namespace.is_empty() => object["metadata"]["namespace"] = namespace.into(),
            _ if dry_run != DryRun::Client => {
                object["metadata"]["namespace"] = context.namespace.clone().into();
            }
            _ => {}
        }
    }
    let mut output = Output::default();
    if dry_run != DryRun::Client {
        match context.create(resource, object.clone(), dry_run == DryRun::Server) {
            Ok((stored, warnings)) => {
                output.stderr.push_str(&warnings);
                object = stored;
            }
            Err(refusal) => {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                let message = refusal.message(resource.name, resource.group, name);
                return Err(match failure {
                    "" => Output::failed(refusal.alone(resource.name, name, "") + "\n", 1),
                    _ => Output::error(format!("{failure}{message}")),
                });
            }
        }
    }
    output.append(report.tell(resource, &object, verb, true));
    Ok(output)
}

fn from_files(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("create", &[COMMON, FILE, FILES, PRINT], words)?;
    if !flags.args.is_empty() && !flags.has("filename") {
        return Err(subcommand_usage(
            "create",
            &format!("Unexpected args: [{}]", flags.args.join(" ")),
        ));
    }
    if !flags.has("filename") {
        return Err(Output::error("must specify one of -f and -k"));
    }
    super::apply::with_files(context, &flags, super::apply::Action::Create)
}
