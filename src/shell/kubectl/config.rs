//! `kubectl config`: the contexts of one terminal, over the one cluster that there is (`kubectl pkg/cmd/config`).
//!
//! Not here: further clusters and users. A context may name some, and whoever switches to it reaches nothing.

use serde_json::{Value, json};

use super::flags::{Flag, Flags, Takes, first_argument, long, short};
use super::{Context, help, subcommand_usage, unknown_below};
use crate::cluster::Preset;
use crate::shell::print::{json as json_text, table, yaml};
use crate::shell::{CommandResult, Output};

/// One context: names, each empty where it is not set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedContext {
    name: String,
    cluster: String,
    user: String,
    namespace: String,
}

/// What `~/.kube/config` holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubeconfig {
    cluster: &'static str,
    user: &'static str,
    server: &'static str,
    contexts: Vec<NamedContext>,
    current: String,
}

impl Kubeconfig {
    /// What the tools that made a cluster write.
    #[must_use]
    pub fn of(preset: Preset) -> Self {
        let (cluster, user, server, namespace) = match preset {
            Preset::Minikube => ("minikube", "minikube", "https://192.168.49.2:8443", "default"),
            _ => ("kubehop", "admin", "https://192.168.10.10:6443", "default"),
        };
        Self {
            cluster,
            user,
            server,
            contexts: vec![NamedContext {
                name: cluster.to_owned(),
                cluster: cluster.to_owned(),
                user: user.to_owned(),
                namespace: namespace.to_owned(),
            }],
            current: cluster.to_owned(),
        }
    }

    /// Where the API server is.
    #[must_use]
    pub fn server(&self) -> &'static str {
        self.server
    }

    /// The namespace of the current context.
    #[must_use]
    pub fn namespace(&self) -> &str {
        let namespace = self.find(&self.current).map_or("", |it| &it.namespace);
        if namespace.is_empty() { "default" } else { namespace }
    }

    /// Whether the current context leads to the cluster.
    pub(super) fn is_connected(&self) -> bool {
        self.find(&self.current)
            .is_some_and(|it| it.cluster == self.cluster && it.user == self.user)
    }

    fn find(&self, name: &str) -> Option<&NamedContext> {
        self.contexts.iter().find(|it| it.name == name)
    }

    fn tree(&self) -> Value {
        let text = |value: &str| Value::from(value);
        let contexts: Vec<Value> = self
            .contexts
            .iter()
            .map(|it| {
                let mut context = json!({"cluster": it.cluster, "user": it.user});
                if !it.namespace.is_empty() {
                    context["namespace"] = text(&it.namespace);
                }
                json!({"context": context, "name": it.name})
            })
            .collect();
        json!({
            "apiVersion": "v1",
            "clusters": [{
                "cluster": {"certificate-authority-data": "DATA+OMITTED", "server": self.server},
                "name": self.cluster,
            }],
            "contexts": contexts,
            "current-context": self.current,
            "kind": "Config",
            "preferences": {},
            "users": [{
                "name": self.user,
                "user": {"client-certificate-data": "DATA+OMITTED", "client-key-data": "DATA+OMITTED"},
            }],
        })
    }
}

const FLAGS: &[Flag] = &[
    long("current", Takes::Switch),
    long("minify", Takes::Switch),
    long("raw", Takes::Switch),
    long("flatten", Takes::Switch),
    long("no-headers", Takes::Switch),
    short('o', "output", Takes::Text),
];

const COMMANDS: [&str; 15] = [
    "current-context",
    "delete-cluster",
    "delete-context",
    "delete-user",
    "get-clusters",
    "get-contexts",
    "get-users",
    "rename-context",
    "set",
    "set-cluster",
    "set-context",
    "set-credentials",
    "unset",
    "use-context",
    "view",
];

/// `kubectl config`.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let Some(at) = first_argument(&[FLAGS], words) else {
        Flags::of_command("config", &[], words)?;
        return Err(help::alone("config"));
    };
    let name = match words[at].as_str() {
        "use" => "use-context",
        other => other,
    };
    if !COMMANDS.contains(&name) {
        let args = Flags::of_command("config", &[], words)?.args;
        return Err(unknown_below("config", &args));
    }
    let mut rest = words.to_vec();
    rest.remove(at);
    let path = format!("config {name}");
    let flags = Flags::of_command(&path, &[FLAGS], &rest)?;
    let one = |n: usize| match flags.args.len() {
        found if found == n => Ok(()),
        found => Err(Output::error(format!("accepts {n} arg(s), received {found}"))),
    };
    match name {
        "current-context" => match context.kubeconfig.current.as_str() {
            "" => Err(Output::error("current-context is not set")),
            current => Ok(Output::ok(format!("{current}\n"))),
        },
        "get-contexts" => contexts(context.kubeconfig, &flags),
        "get-clusters" => Ok(Output::ok(format!("NAME\n{}\n", context.kubeconfig.cluster))),
        "get-users" => Ok(Output::ok(format!("NAME\n{}\n", context.kubeconfig.user))),
        "set-context" => set_context(context, &flags),
        "use-context" => {
            let [name] = flags.args.as_slice() else {
                let n = flags.args.len();
                return Err(subcommand_usage(&path, &format!("accepts 1 arg(s), received {n}")));
            };
            if context.kubeconfig.find(name).is_none() {
                return Err(Output::error(format!("no context exists with the name: {name:?}")));
            }
            context.kubeconfig.current.clone_from(name);
            context.namespace = context.kubeconfig.namespace().to_owned();
            Ok(Output::ok(format!("Switched to context {name:?}.\n")))
        }
        "rename-context" => {
            one(2)?;
            let (from, to) = (&flags.args[0], &flags.args[1]);
            let kubeconfig = &mut *context.kubeconfig;
            if kubeconfig.find(to).is_some() {
                return Err(Output::error(format!(
                    "cannot rename the context {from:?}, the context {to:?} already exists in /root/.kube/config"
                )));
            }
            let Some(found) = kubeconfig.contexts.iter_mut().find(|it| it.name == *from) else {
                return Err(Output::error(format!(
                    "cannot rename the context {from:?}, it's not in /root/.kube/config"
                )));
            };
            found.name.clone_from(to);
            if kubeconfig.current == *from {
                kubeconfig.current.clone_from(to);
            }
            Ok(Output::ok(format!("Context {from:?} renamed to {to:?}.\n")))
        }
        "delete-context" => {
            one(1)?;
            let name = &flags.args[0];
            let kubeconfig = &mut *context.kubeconfig;
            if kubeconfig.find(name).is_none() {
                return Err(Output::error(format!(
                    "cannot delete context {name}, not in /root/.kube/config"
                )));
            }
            let mut output = Output::default();
            if kubeconfig.current == *name {
                output.stderr = "warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n".to_owned();
            }
            kubeconfig.contexts.retain(|it| it.name != *name);
            output.stdout = format!("deleted context {name} from /root/.kube/config\n");
            Ok(output)
        }
        "view" => view(context.kubeconfig, &flags),
        other => Err(Output::error(format!(
            "kubectl config {other} is not simulated by Kubehop"
        ))),
    }
}

fn contexts(kubeconfig: &Kubeconfig, flags: &Flags) -> CommandResult {
    let only_names = flags.text("output") == Some("name");
    let mut output = Output::default();
    let mut rows = Vec::new();
    if !only_names && !flags.on("no-headers") {
        rows.push(
            ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]
                .map(str::to_owned)
                .to_vec(),
        );
    }
    for it in &kubeconfig.contexts {
        if !flags.args.is_empty() && !flags.args.contains(&it.name) {
            continue;
        }
        let current = if it.name == kubeconfig.current { "*" } else { "" };
        rows.push(if only_names {
            vec![it.name.clone()]
        } else {
            [current, &it.name, &it.cluster, &it.user, &it.namespace]
                .map(str::to_owned)
                .to_vec()
        });
    }
    output.stdout = table::layout(&rows);
    for name in flags.args.iter().filter(|it| kubeconfig.find(it).is_none()) {
        output.append(Output::error(format!("context {name} not found")));
    }
    Ok(output)
}

/// `set-context NAME | --current [--cluster] [--user] [--namespace]`: a context that is not there is made, and stays
/// one among others until it is used.
fn set_context(context: &mut Context<'_>, flags: &Flags) -> CommandResult {
    let kubeconfig = &mut *context.kubeconfig;
    let name = match (flags.on("current"), flags.args.as_slice()) {
        (true, []) if kubeconfig.current.is_empty() => return Err(Output::error("no current context is set")),
        (true, []) => kubeconfig.current.clone(),
        (true, _) => {
            return Err(Output::error("you cannot specify both a context name and --current"));
        }
        (false, [name]) => name.clone(),
        (false, []) => return Err(Output::error("you must specify a non-empty context name or --current")),
        (false, _) => {
            return Err(subcommand_usage(
                "config set-context",
                &format!("Unexpected args: {:?}", flags.args),
            ));
        }
    };
    let is_new = kubeconfig.find(&name).is_none();
    if is_new {
        kubeconfig.contexts.push(NamedContext {
            name: name.clone(),
            ..NamedContext::default()
        });
    }
    if let Some(found) = kubeconfig.contexts.iter_mut().find(|it| it.name == name) {
        for (flag, field) in [
            ("cluster", &mut found.cluster),
            ("user", &mut found.user),
            ("namespace", &mut found.namespace),
        ] {
            if let Some(text) = flags.text(flag) {
                text.clone_into(field);
            }
        }
    }
    context.namespace = context.kubeconfig.namespace().to_owned();
    let done = if is_new { "created" } else { "modified" };
    Ok(Output::ok(format!("Context {name:?} {done}.\n")))
}

fn view(kubeconfig: &Kubeconfig, flags: &Flags) -> CommandResult {
    let mut shown = kubeconfig.clone();
    if flags.on("minify") {
        shown.contexts.retain(|it| it.name == kubeconfig.current);
        if let Some(namespace) = flags.text("context") {
            shown.contexts = kubeconfig.find(namespace).cloned().into_iter().collect();
        }
    }
    let tree = shown.tree();
    Ok(match flags.text("output") {
        None | Some("" | "yaml") => Output::ok(yaml::to_yaml(&tree)),
        Some("json") => Output::ok(json_text::pretty(&tree) + "\n"),
        Some(text) => {
            let format = super::get::Format::parse(text, false).map_err(Output::error)?;
            Output::ok(super::get::print_value(&tree, &format).map_err(Output::error)?)
        }
    })
}
