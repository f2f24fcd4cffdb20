//! `gcloud compute firewall-rules`: the firewall around a cloud's nodes, as its own tool shows it.
//!
//! The rules are the cluster's `ComputeFirewall` objects of namespace `default`; every other command of `gcloud`
//! says that it is not simulated.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::api::kind::{KINDS, KindInfo};
use crate::api::types::config::{ComputeFirewall, ComputeFirewallPorts};
use crate::api::{Kind, ObjectRef, Resource as _};
use crate::net::firewall;
use crate::shell::kubectl::Context;
use crate::shell::programs::options::{Item, Options, switch, value};
use crate::shell::{CommandResult, Output};

/// Where the project's firewall rules are.
const FIREWALLS: &str = "https://www.googleapis.com/compute/v1/projects/kubehop/global/firewalls";
/// The namespace of the objects.
const NAMESPACE: &str = "default";
const OPTIONS: Options = Options::words(&[
    value(&["--allow"]),
    value(&["--rules"]),
    value(&["--action"]),
    value(&["--source-ranges"]),
    value(&["--destination-ranges"]),
    value(&["--direction"]),
    value(&["--priority"]),
    value(&["--description"]),
    switch(&["--disabled"]),
    switch(&["--no-disabled"]),
    switch(&["--quiet", "-q"]),
    // Without effect here.
    value(&["--network"]),
    value(&["--project"]),
    value(&["--format"]),
    value(&["--filter"]),
    switch(&["--enable-logging"]),
    switch(&["--no-enable-logging"]),
]);

/// What stands behind `gcloud compute firewall-rules VERB`.
struct Words<'a> {
    verb: &'a str,
    names: Vec<&'a str>,
    options: Vec<(&'static str, &'a str)>,
}

/// Runs the command.
pub(super) fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    if !context.world.snapshot().config().firewall {
        return Err(Output::failed(
            "Kubehop: this cluster stands in no cloud, so gcloud has nothing to manage; preset cloud has a firewall\n",
            1,
        ));
    }
    let rest = match words {
        [group, command, rest @ ..] if group == "compute" && command == "firewall-rules" => rest,
        _ => {
            return Err(Output::failed(
                "Kubehop: this command of gcloud is not simulated; gcloud compute firewall-rules create|list|describe|update|delete is\n",
                2,
            ));
        }
    };
    let words = read(rest)?;
    match (words.verb, words.names.as_slice()) {
        ("list", []) => Ok(list(context)),
        ("create" | "describe" | "update", [name]) => one(context, &words, name),
        ("delete", [_, ..]) => delete(context, &words),
        ("create" | "describe" | "update" | "delete", _) => {
            let what = if words.names.is_empty() {
                "argument NAME: Must be specified.".to_owned()
            } else {
                format!("unrecognized arguments: {}", words.names[1..].join(" "))
            };
            Err(fail(words.verb, &what, 2))
        }
        (verb, _) => Err(Output::failed(
            format!("Kubehop: gcloud compute firewall-rules {verb:?} is not simulated\n"),
            2,
        )),
    }
}

fn read(words: &[String]) -> Result<Words<'_>, Output> {
    let (verb, rest) = words
        .split_first()
        .map_or(("", words), |(verb, rest)| (verb.as_str(), rest));
    let mut words = Words {
        verb,
        names: Vec::new(),
        options: Vec::new(),
    };
    for item in OPTIONS.read(rest) {
        match item {
            Item::Option(name, value) => words.options.push((name, value)),
            Item::Missing(name, _) => return Err(fail(verb, &format!("argument {name}: expected one argument"), 2)),
            Item::Unknown(word) if word.starts_with("--") => {
                let name = word.split('=').next().unwrap_or(word);
                let what = format!("unrecognized arguments: {name} (or not simulated by Kubehop)");
                return Err(fail(verb, &what, 2));
            }
            Item::Argument(word) | Item::Unknown(word) => words.names.push(word),
            Item::UnknownLetter(_) => {}
        }
    }
    Ok(words)
}

impl<'a> Words<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        self.options
            .iter()
            .rev()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }
}

fn fail(verb: &str, what: &str, code: i32) -> Output {
    Output::failed(format!("ERROR: (gcloud.compute.firewall-rules.{verb}) {what}\n"), code)
}

fn missing(verb: &str, name: &str) -> Output {
    let what = format!(
        "Could not fetch resource:\n - The resource 'projects/kubehop/global/firewalls/{name}' was not found\n"
    );
    fail(verb, &what, 1)
}

fn info() -> &'static KindInfo {
    KINDS
        .iter()
        .find(|it| it.kind == Kind::ComputeFirewall)
        .expect("it is a kind")
}

fn one(context: &mut Context<'_>, words: &Words<'_>, name: &str) -> CommandResult {
    let snapshot = context.world.snapshot();
    let reference = ObjectRef::new(Kind::ComputeFirewall, NAMESPACE, name);
    let stored = snapshot.object(&reference).map(|it| it.value.clone());
    let (verb, stored) = match (words.verb, stored) {
        ("create", Some(_)) => {
            let what = format!(
                "Could not fetch resource:\n - The resource 'projects/kubehop/global/firewalls/{name}' already exists\n"
            );
            return Err(fail("create", &what, 1));
        }
        ("create", None) => (
            "create",
            json!({
                "apiVersion": "compute.cnrm.cloud.google.com/v1beta1", "kind": "ComputeFirewall",
                "metadata": {"name": name, "namespace": NAMESPACE}, "spec": {"networkRef": {"name": "default"}},
            }),
        ),
        (verb, None) => return Err(missing(verb, name)),
        ("describe", Some(_)) => {
            let rule = snapshot.get::<ComputeFirewall>(NAMESPACE, name);
            return Ok(Output::ok(rule.map(describe).unwrap_or_default()));
        }
        (_, Some(value)) => ("update", value),
    };
    let mut object = stored;
    fill(&mut object["spec"], words, verb)?;
    let written = match verb {
        "create" => context.create(info(), object, false).map(|_| ()),
        _ => context.replace(info(), object, None, false).map(|_| ()),
    };
    if let Err(refusal) = written {
        return Err(Output::failed(refusal.alone("computefirewalls", name, "") + "\n", 1));
    }
    if verb == "update" {
        return Ok(told(format!("Updated [{FIREWALLS}/{name}].\n"), String::new()));
    }
    let snapshot = context.world.snapshot();
    let made = snapshot.get::<ComputeFirewall>(NAMESPACE, name);
    Ok(told(
        format!("Creating firewall...Created [{FIREWALLS}/{name}].\nCreating firewall...done.\n"),
        table(made.into_iter()),
    ))
}

fn told(stderr: String, stdout: String) -> Output {
    Output {
        stderr,
        stdout,
        ..Output::default()
    }
}

/// Puts flags into a specification.
fn fill(spec: &mut Value, words: &Words<'_>, verb: &str) -> Result<(), Output> {
    let wrong = |what: String| Err(fail(verb, &what, 2));
    let list = |text: &str| -> Value { text.split(',').map(str::trim).filter(|it| !it.is_empty()).collect() };
    let denies = match words.value("--action") {
        None => false,
        Some(action) if action.eq_ignore_ascii_case("allow") => false,
        Some(action) if action.eq_ignore_ascii_case("deny") => true,
        Some(_) => return wrong("argument --action: must be one of [ALLOW, DENY].".to_owned()),
    };
    let ports = words.value("--allow").or(words.value("--rules"));
    match (
        verb,
        words.value("--allow"),
        words.value("--action"),
        words.value("--rules"),
    ) {
        ("create", None, None, _) | (_, Some(_), Some(_), _) => {
            return wrong("Exactly one of (--action | --allow) must be specified.".to_owned());
        }
        ("create", None, Some(_), None) => {
            return wrong("Must specify --rules with --action.".to_owned());
        }
        _ => {}
    }
    if let Some(text) = ports {
        let rules = match protocols(text) {
            Ok(rules) => rules,
            Err(what) => return wrong(what),
        };
        let was_denied =
            spec.get("deny").is_some() && words.value("--action").is_none() && words.value("--allow").is_none();
        let (set, unset) = if denies || was_denied {
            ("deny", "allow")
        } else {
            ("allow", "deny")
        };
        spec[set] = rules;
        if let Some(map) = spec.as_object_mut() {
            map.remove(unset);
        }
    }
    for (option, field) in [
        ("--source-ranges", "sourceRanges"),
        ("--destination-ranges", "destinationRanges"),
    ] {
        if let Some(text) = words.value(option) {
            let found = text
                .split(',')
                .find(|it| crate::net::cidr::parse_net(it.trim()).is_none());
            if let Some(bad) = found {
                return wrong(format!(
                    "Could not fetch resource:\n - Invalid value for field 'resource.{field}': '{bad}'. Must be a valid CIDR range.\n"
                ));
            }
            spec[field] = list(text);
        }
    }
    if let Some(text) = words.value("--direction") {
        spec["direction"] = match text.to_ascii_uppercase().as_str() {
            "INGRESS" | "IN" => "INGRESS".into(),
            "EGRESS" | "OUT" => "EGRESS".into(),
            _ => return wrong("argument --direction: must be one of [EGRESS, IN, INGRESS, OUT].".to_owned()),
        };
    } else if verb == "create" {
        spec["direction"] = "INGRESS".into();
    }
    match words.value("--priority").map(str::parse::<u16>) {
        Some(Ok(priority)) => spec["priority"] = priority.into(),
        Some(Err(_)) => return wrong("argument --priority: must be an integer between 0 and 65535.".to_owned()),
        None if verb == "create" => spec["priority"] = 1000.into(),
        None => {}
    }
    if words.value("--disabled").is_some() {
        spec["disabled"] = true.into();
    }
    if words.value("--no-disabled").is_some() {
        spec["disabled"] = false.into();
    }
    if let Some(text) = words.value("--description") {
        spec["description"] = text.into();
    }
    if verb == "create" && spec["direction"] == "INGRESS" && spec.get("sourceRanges").is_none() {
        spec["sourceRanges"] = json!(["0.0.0.0/0"]);
    }
    Ok(())
}

/// `tcp:30123,tcp:80-90,icmp`, one entry for each protocol.
fn protocols(text: &str) -> Result<Value, String> {
    let mut found: Vec<(String, Vec<Value>)> = Vec::new();
    for part in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
        let (protocol, port) = part.split_once(':').map_or((part, None), |(it, port)| (it, Some(port)));
        let known = ["tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all"];
        let readable = known.contains(&protocol) || protocol.parse::<u8>().is_ok();
        if !readable || port.is_some_and(|port| firewall::range(port).is_none()) {
            return Err(format!(
                "Firewall rules must be of the form PROTOCOL[:PORT[-PORT]]; received [{part}]."
            ));
        }
        let at = match found.iter().position(|(known, _)| known == protocol) {
            Some(at) => at,
            None => {
                found.push((protocol.to_owned(), Vec::new()));
                found.len() - 1
            }
        };
        found[at].1.extend(port.map(Value::from));
    }
    Ok(found
        .into_iter()
        .map(|(protocol, ports)| {
            let mut entry = Map::new();
            entry.insert("protocol".to_owned(), protocol.into());
            if !ports.is_empty() {
                entry.insert("ports".to_owned(), ports.into());
            }
            Value::Object(entry)
        })
        .collect())
}

fn delete(context: &mut Context<'_>, words: &Words<'_>) -> CommandResult {
    for name in &words.names {
        let reference = ObjectRef::new(Kind::ComputeFirewall, NAMESPACE, *name);
        if context.world.snapshot().object(&reference).is_none() {
            return Err(missing("delete", name));
        }
    }
    let mut text = String::new();
    if words.value("--quiet").is_none() {
        text.push_str("The following firewalls will be deleted:\n");
        for name in &words.names {
            text.push_str(&format!(" - [{name}]\n"));
        }
        text.push_str("\n\nDo you want to continue (Y/n)?  Y\n\n");
    }
    for name in &words.names {
        context.delete(info(), NAMESPACE, name, None);
        text.push_str(&format!("Deleted [{FIREWALLS}/{name}].\n"));
    }
    Ok(told(text, String::new()))
}

fn list(context: &Context<'_>) -> Output {
    let snapshot = context.world.snapshot();
    let rules: Vec<_> = snapshot.list::<ComputeFirewall>().collect();
    if rules.is_empty() {
        return told("Listed 0 items.\n".to_owned(), String::new());
    }
    let hint = "\nTo show all fields of the firewall, please show in JSON format: --format=json\nTo show all fields in table format, please see the examples in --help.\n\n";
    told(hint.to_owned(), table(rules.into_iter()))
}

fn direction(rule: &ComputeFirewall) -> &str {
    match rule.spec.direction.as_str() {
        "" => "INGRESS",
        other => other,
    }
}

/// Columns as wide as their widest cell, two blanks between.
fn table<'a>(rules: impl Iterator<Item = &'a ComputeFirewall>) -> String {
    let mut rows = vec![["NAME", "NETWORK", "DIRECTION", "PRIORITY", "ALLOW", "DENY", "DISABLED"].map(str::to_owned)];
    for rule in rules {
        let spec = &rule.spec;
        rows.push([
            rule.metadata.name.clone(),
            "default".to_owned(),
            direction(rule).to_owned(),
            spec.priority.unwrap_or(1000).to_string(),
            joined(&spec.allow),
            joined(&spec.deny),
            if spec.disabled { "True" } else { "False" }.to_owned(),
        ]);
    }
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = rows.iter().map(|it| it[column].len()).max().unwrap_or_default();
            write!(line, "{cell:width$}  ").expect("writing to a string cannot fail");
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// `tcp:80,tcp:443,icmp`.
fn joined(list: &[ComputeFirewallPorts]) -> String {
    let texts: Vec<String> = list
        .iter()
        .flat_map(|it| {
            let each = it.ports.iter().map(|port| format!("{}:{port}", it.protocol));
            each.chain(it.ports.is_empty().then(|| it.protocol.clone()))
        })
        .collect();
    texts.join(",")
}

/// As the Compute API holds it, keys in order.
fn describe(rule: &ComputeFirewall) -> String {
    let spec = &rule.spec;
    let mut map = Map::new();
    let ports = |list: &[ComputeFirewallPorts]| -> Value {
        list.iter()
            .map(|it| match it.ports.as_slice() {
                [] => json!({"IPProtocol": it.protocol}),
                ports => json!({"IPProtocol": it.protocol, "ports": ports}),
            })
            .collect()
    };
    for (key, list) in [("allowed", &spec.allow), ("denied", &spec.deny)] {
        if !list.is_empty() {
            map.insert(key.to_owned(), ports(list));
        }
    }
    for (key, list) in [
        ("sourceRanges", &spec.source_ranges),
        ("destinationRanges", &spec.destination_ranges),
    ] {
        if !list.is_empty() {
            map.insert(key.to_owned(), json!(list));
        }
    }
    let fixed = json!({
        "direction": direction(rule),
        "disabled": spec.disabled,
        "kind": "compute#firewall",
        "name": rule.metadata().name,
        "network": "https://www.googleapis.com/compute/v1/projects/kubehop/global/networks/default",
        "priority": spec.priority.unwrap_or(1000),
        "selfLink": format!("{FIREWALLS}/{}", rule.metadata.name),
    });
    if let Value::Object(fixed) = fixed {
        map.extend(fixed);
    }
    serde_yaml::to_string(&Value::Object(map)).unwrap_or_default()
}
