//! `kubectl expose` (`kubectl pkg/cmd/expose`).

use serde_json::{Map, Value, json};

use super::builder::{self, NOTHING_GIVEN, Named, Scope};
use super::flags::{FILES, Flag, Flags, Takes, long, short};
use super::{Context, create, tree};
use crate::api::Kind;
use crate::shell::{CommandResult, Output};

const FLAGS: &[Flag] = &[
    short('l', "labels", Takes::Text),
    short('o', "output", Takes::Text),
    long("port", Takes::Text),
    long("target-port", Takes::Text),
    long("protocol", Takes::Text),
    long("type", Takes::Text),
    long("name", Takes::Text),
    long("selector", Takes::Text),
    long("external-ip", Takes::Text),
    long("load-balancer-ip", Takes::Text),
    long("session-affinity", Takes::Text),
    long("cluster-ip", Takes::Text),
    long("override-type", Takes::Text),
    long("overrides", Takes::Text),
    long("field-manager", Takes::Text),
    long("save-config", Takes::Switch),
    long("dry-run", Takes::Optional("unchanged")),
];

/// Runs the command.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let flags = Flags::of_command("expose", &[FLAGS, FILES], words)?;
    let named = Named::of(context, &flags, &flags.args)?.ok_or_else(|| Output::error(NOTHING_GIVEN))?;
    named.require_choice(false)?;
    let scope = Scope::of(&flags, &context.namespace);
    // `--selector` is the new Service's, not a choice among objects.
    let selection = builder::select(&context.world.snapshot(), named, &Flags::default(), &scope)?;
    let mut output = Output::default();
    for (resource, object) in selection.objects() {
        if !matches!(
            resource.kind,
            Kind::Pod | Kind::Service | Kind::Deployment | Kind::ReplicaSet
        ) {
            let dot = if resource.group.is_empty() { "" } else { "." };
            output.append(Output::error(format!(
                "cannot expose a {}{dot}{}",
                resource.name, resource.group
            )));
            continue;
        }
        output.append(match service(&object.value, resource.kind, &flags) {
            Ok(service) => create::finish(context, service, &flags, "", "exposed").into(),
            Err(error) => Output::error(error),
        });
    }
    selection.report(&mut output);
    Ok(output)
}

fn pairs(text: &str, what: &str) -> Result<Map<String, Value>, String> {
    text.split(',')
        .filter(|it| !it.is_empty())
        .map(|pair| {
            pair.split_once('=')
                .map(|(key, value)| (key.to_owned(), value.into()))
                .ok_or_else(|| format!("unexpected {what}: {pair}"))
        })
        .collect()
}

/// The Service that exposes an object.
fn service(object: &Value, kind: Kind, flags: &Flags) -> Result<Value, String> {
    let name = match flags.text("name") {
        Some(name) if !name.is_empty() => name,
        _ => tree::text(object, &["metadata", "name"]),
    };
    let selector = match flags.text("selector").filter(|it| !it.is_empty()) {
        Some(text) => pairs(text, "selector spec")?,
        None => selector(object, kind)?,
    };
    let labels = match flags.text("labels").filter(|it| !it.is_empty()) {
        Some(text) => pairs(text, "label spec")?,
        None => tree::map(object, &["metadata", "labels"]).cloned().unwrap_or_default(),
    };
    let ports = ports(object, kind, flags)?;
    let mut spec = Map::new();
    spec.insert("ports".to_owned(), ports.into());
    spec.insert("selector".to_owned(), selector.into());
    if let Some(text) = flags.text("type").filter(|it| !it.is_empty()) {
        spec.insert("type".to_owned(), text.into());
    }
    for (flag, field) in [
        ("load-balancer-ip", "loadBalancerIP"),
        ("session-affinity", "sessionAffinity"),
        ("cluster-ip", "clusterIP"),
    ] {
        if let Some(text) = flags.text(flag).filter(|it| !it.is_empty()) {
            spec.insert(field.to_owned(), text.into());
        }
    }
    if let Some(address) = flags.text("external-ip").filter(|it| !it.is_empty()) {
        spec.insert("externalIPs".to_owned(), json!([address]));
    }
    let mut metadata = json!({"name": name});
    if !labels.is_empty() {
        metadata["labels"] = labels.into();
    }
    Ok(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": spec,
        "status": {"loadBalancer": {}},
    }))
}

fn selector(object: &Value, kind: Kind) -> Result<Map<String, Value>, String> {
    let name = tree::text(object, &["metadata", "name"]);
    let (found, missing) = match kind {
        Kind::Pod => (
            tree::map(object, &["metadata", "labels"]),
            format!(
                "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed: {name}"
            ),
        ),
        Kind::Service => (
            tree::map(object, &["spec", "selector"]),
            "couldn't retrieve selectors via --selector flag or introspection: the service has no pod selector set"
                .to_owned(),
        ),
        _ => {
            if !tree::list(object, &["spec", "selector", "matchExpressions"]).is_empty() {
                return Err("couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions to map-based selector format".to_owned());
            }
            (
                tree::map(object, &["spec", "selector", "matchLabels"]),
                "couldn't retrieve selectors via --selector flag or introspection: no selector set".to_owned(),
            )
        }
    };
    found.filter(|it| !it.is_empty()).cloned().ok_or(missing)
}

/// Ports and protocols that an object declares.
fn declared(object: &Value, kind: Kind) -> Vec<(i64, String)> {
    let read = |ports: &[Value], field: &str| -> Vec<(i64, String)> {
        ports
            .iter()
            .map(|it| {
                (
                    tree::number(it, &[field]),
                    tree::text_or(it, &["protocol"], "TCP").to_owned(),
                )
            })
            .collect()
    };
    let containers = |path: &[&str]| -> Vec<(i64, String)> {
        tree::list(object, path)
            .iter()
            .flat_map(|it| read(tree::list(it, &["ports"]), "containerPort"))
            .collect()
    };
    match kind {
        Kind::Service => read(tree::list(object, &["spec", "ports"]), "port"),
        Kind::Pod => containers(&["spec", "containers"]),
        _ => containers(&["spec", "template", "spec", "containers"]),
    }
}

fn ports(object: &Value, kind: Kind, flags: &Flags) -> Result<Vec<Value>, String> {
    let declared = declared(object, kind);
    let wanted: Vec<String> = match flags.text("port").filter(|it| !it.is_empty()) {
        Some(text) => text.split(',').map(str::to_owned).collect(),
        None => declared.iter().map(|(port, _)| port.to_string()).collect(),
    };
    if wanted.is_empty() {
        return Err("couldn't find port via --port flag or introspection".to_owned());
    }
    let target = flags.text("target-port").filter(|it| !it.is_empty());
    let several = wanted.len() > 1;
    let mut ports = Vec::new();
    for (idx, text) in wanted.iter().enumerate() {
        let port: i64 = text
            .parse()
            .map_err(|_| format!("strconv.Atoi: parsing {text:?}: invalid syntax"))?;
        let protocol = match flags.text("protocol").filter(|it| !it.is_empty()) {
            Some(protocol) => protocol.to_owned(),
            None => declared
                .iter()
                .find(|(declared, _)| *declared == port)
                .map_or_else(|| "TCP".to_owned(), |(_, protocol)| protocol.clone()),
        };
        let target: Value = match target {
            Some(target) => target.parse::<i64>().map_or_else(|_| target.into(), Value::from),
            None => port.into(),
        };
        let mut entry = json!({"port": port, "protocol": protocol, "targetPort": target});
        if several {
            entry["name"] = format!("port-{}", idx + 1).into();
        }
        ports.push(entry);
    }
    Ok(ports)
}
