//! The variables of `kubectl set env` (`kubectl pkg/cmd/set/set_env.go`, `env/env_parse.go`).

use serde_json::{Value, json};

use super::builder::{self, Scope};
use super::flags::Flags;
use super::{Context, resources, tree};
use crate::api::Kind;

/// Variables to set, in order, and to remove.
#[derive(Default)]
pub(super) struct Env {
    set: Vec<Value>,
    remove: Vec<String>,
    /// Keys that were renamed to be variables.
    pub(super) warnings: String,
}

/// Reads `KEY=VALUE`, `KEY-` and `--from`.
pub(super) fn read(context: &Context<'_>, pairs: &[String], flags: &Flags) -> Result<Env, String> {
    let mut env = Env::default();
    for pair in pairs {
        match pair.split_once('=') {
            Some((name, value)) => env.set.push(json!({"name": name, "value": value})),
            None => env.remove.push(pair.trim_end_matches('-').to_owned()),
        }
    }
    for variable in &env.set {
        let name = tree::text(variable, &["name"]);
        if env.remove.iter().any(|it| it == name) {
            return Err(format!(
                "can not both modify and remove the following environment variable(s) in the same command: {name}"
            ));
        }
    }
    if let Some(from) = flags.text("from").filter(|it| !it.is_empty()) {
        from_object(context, from, flags, &mut env)?;
    }
    let prefix = flags.text("prefix").unwrap_or_default();
    for variable in &mut env.set {
        let name = format!("{prefix}{}", tree::text(variable, &["name"]));
        variable["name"] = name.into();
    }
    Ok(env)
}

/// Every key of a ConfigMap or Secret becomes a variable that refers to it.
fn from_object(context: &Context<'_>, from: &str, flags: &Flags, env: &mut Env) -> Result<(), String> {
    let (kind, name) = from.split_once('/').ok_or("--from must be TYPE/NAME")?;
    let resource = resources::resolve(kind)?;
    let field = match resource.kind {
        Kind::ConfigMap => "configMapKeyRef",
        Kind::Secret => "secretKeyRef",
        _ => return Err("unsupported resource specified in --from".to_owned()),
    };
    let scope = Scope::of(flags, &context.namespace);
    let object = builder::find(&context.snapshot(), resource, &scope.namespace, name)
        .map_err(|error| error.trim_end().to_owned())?;
    let keys = flags.list("keys");
    for key in tree::map(&object.value, &["data"])
        .into_iter()
        .flatten()
        .map(|(key, _)| key)
    {
        if !keys.is_empty() && !keys.contains(key) {
            continue;
        }
        let variable: String = key
            .chars()
            .map(|it| {
                if it.is_ascii_alphanumeric() {
                    it.to_ascii_uppercase()
                } else {
                    '_'
                }
            })
            .collect();
        if variable != *key {
            env.warnings
                .push_str(&format!("Warning: key {key} transferred to {variable}\n"));
        }
        let mut source = json!({});
        source[field] = json!({"name": name, "key": key});
        env.set.push(json!({"name": variable, "valueFrom": source}));
    }
    Ok(())
}

impl Env {
    /// Whether `--overwrite=false` forbids the change.
    pub(super) fn check(&self, container: &Value, flags: &Flags) -> Result<(), String> {
        if flags.text("overwrite") != Some("false") {
            return Ok(());
        }
        for variable in &self.set {
            let name = tree::text(variable, &["name"]);
            let old = tree::list(container, &["env"])
                .iter()
                .find(|it| tree::text(it, &["name"]) == name);
            if let Some(old) = old {
                let value = tree::text(old, &["value"]);
                return Err(format!(
                    "'{name}' already has a value ({value}), and --overwrite is false"
                ));
            }
        }
        Ok(())
    }

    /// Changes the variables of a container.
    pub(super) fn apply(&self, container: &mut Value) {
        let mut all = tree::list(container, &["env"]).to_vec();
        all.retain(|it| !self.remove.iter().any(|name| name == tree::text(it, &["name"])));
        for variable in &self.set {
            let name = tree::text(variable, &["name"]);
            match all.iter_mut().find(|it| tree::text(it, &["name"]) == name) {
                Some(old) => *old = variable.clone(),
                None => all.push(variable.clone()),
            }
        }
        let Some(map) = container.as_object_mut() else { return };
        if all.is_empty() {
            map.remove("env");
        } else {
            map.insert("env".to_owned(), all.into());
        }
    }
}

/// What `--list` prints of a container.
pub(super) fn listed(kind: &str, name: &str, container: &Value) -> String {
    let mut out = format!("# {kind} {name}, container {}\n", tree::text(container, &["name"]));
    for variable in tree::list(container, &["env"]) {
        let name = tree::text(variable, &["name"]);
        let Some(source) = tree::at(variable, &["valueFrom"]) else {
            out.push_str(&format!("{name}={}\n", tree::text(variable, &["value"])));
            continue;
        };
        let part = |path: &[&str]| tree::text(source, path).to_owned();
        let of = |field: &str, what: &str| format!("{what} {}, key {}", part(&[field, "name"]), part(&[field, "key"]));
        let from = if source.get("configMapKeyRef").is_some() {
            of("configMapKeyRef", "configmap")
        } else if source.get("secretKeyRef").is_some() {
            of("secretKeyRef", "secret")
        } else if source.get("fieldRef").is_some() {
            format!("field path {}", part(&["fieldRef", "fieldPath"]))
        } else {
            format!("resource field {}", part(&["resourceFieldRef", "resource"]))
        };
        out.push_str(&format!("# {name} from {from}\n"));
    }
    out
}
