//! `kubectl create ingress` (`kubectl pkg/cmd/create/create_ingress.go`): its lax reader of rules included.

use serde_json::{Map, Value, json};

use super::super::flags::Flags;
use super::object;

/// The Ingress that flags describe.
///
/// # Errors
/// In kubectl's words, without `error: `.
pub(super) fn build(name: &str, flags: &Flags) -> Result<Value, String> {
    let rules = flags.list("rule");
    let default = flags.text("default-backend").unwrap_or_default();
    if rules.is_empty() && default.is_empty() {
        return Err("not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)".to_owned());
    }
    if let Some(rule) = rules.iter().find(|it| !is_rule(it)) {
        return Err(format!(
            "rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
        ));
    }
    let mut annotations = Map::new();
    for annotation in flags.list("annotation") {
        let Some((key, value)) = annotation.split_once('=') else {
            return Err(format!(
                "annotation {annotation} is invalid and should be in format key=[value]"
            ));
        };
        annotations.insert(key.to_owned(), value.into());
    }
    if !default.is_empty() && default.split(':').count() != 2 {
        return Err("default-backend should be in format servicename:serviceport".to_owned());
    }
    let mut spec = Map::new();
    if let Some(class) = flags.text("class").filter(|it| !it.is_empty()) {
        spec.insert("ingressClassName".to_owned(), class.into());
    }
    if !default.is_empty() {
        spec.insert("defaultBackend".to_owned(), backend(default));
    }
    let tls = tls(rules);
    if !tls.is_empty() {
        spec.insert("tls".to_owned(), tls.into());
    }
    if !rules.is_empty() {
        spec.insert("rules".to_owned(), paths(rules).into());
    }
    let mut ingress = object("networking.k8s.io/v1", "Ingress", name);
    if !annotations.is_empty() {
        ingress["metadata"]["annotations"] = annotations.into();
    }
    ingress["spec"] = spec.into();
    ingress["status"] = json!({"loadBalancer": {}});
    Ok(ingress)
}

/// `^(host)(/path)=(service):(port)`, anything after it.
fn is_rule(rule: &str) -> bool {
    let word = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    let host_end = rule
        .find(|it: char| !(word(it) || it == '*' || it == '.'))
        .unwrap_or(rule.len());
    let rest = &rule[host_end..];
    rest.starts_with('/')
        && rest.match_indices('=').any(|(at, _)| {
            let target = &rest[at + 1..];
            let service_end = target.find(|it| !word(it)).unwrap_or(target.len());
            let port = target[service_end..].strip_prefix(':');
            service_end > 0 && port.is_some_and(|it| it.starts_with(word))
        })
}

fn backend(target: &str) -> Value {
    let mut parts = target.split(':');
    let service = parts.next().unwrap_or_default();
    let port = parts.next().unwrap_or_default();
    let port = match port.parse::<i32>() {
        Ok(number) => json!({"number": number}),
        Err(_) if port.is_empty() => json!({}),
        Err(_) => json!({"name": port}),
    };
    json!({"service": {"name": service, "port": port}})
}

/// Rules of one host stand together.
fn paths(rules: &[String]) -> Vec<Value> {
    let mut found: Vec<(String, Vec<Value>)> = Vec::new();
    for rule in rules {
        let rule = rule.split(',').next().unwrap_or_default();
        let (host, rest) = rule.split_once('/').unwrap_or((rule, ""));
        let mut parts = rest.split('=');
        let path = format!("/{}", parts.next().unwrap_or_default());
        let (path, path_type) = match path.strip_suffix('*') {
            Some(prefix) => (prefix.to_owned(), "Prefix"),
            None => (path, "Exact"),
        };
        let path = json!({
            "path": path,
            "pathType": path_type,
            "backend": backend(parts.next().unwrap_or_default()),
        });
        match found.iter_mut().find(|(known, _)| known == host) {
            Some((_, paths)) => paths.push(path),
            None => found.push((host.to_owned(), vec![path])),
        }
    }
    found
        .into_iter()
        .map(|(host, paths)| {
            let mut rule = json!({"http": {"paths": paths}});
            if !host.is_empty() {
                rule["host"] = host.into();
            }
            rule
        })
        .collect()
}

/// What follows the comma is taken for `tls[=secret]`, whatever it says; a host counts once.
fn tls(rules: &[String]) -> Vec<Value> {
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for rule in rules {
        let parts: Vec<&str> = rule.split(',').collect();
        let [rest, tls] = parts.as_slice() else { continue };
        let host = rest.split('/').next().unwrap_or_default();
        if seen.contains(&host) {
            continue;
        }
        seen.push(host);
        let secret = tls.split('=').nth(1).unwrap_or_default();
        match found.iter_mut().find(|(known, _)| known == secret) {
            Some((_, hosts)) => hosts.push(host.to_owned()),
            None if host.is_empty() && secret.is_empty() => {}
            None => {
                let hosts = if host.is_empty() {
                    Vec::new()
                } else {
                    vec![host.to_owned()]
                };
                found.push((secret.to_owned(), hosts));
            }
        }
    }
    found
        .into_iter()
        .map(|(secret, hosts)| {
            let mut entry = Map::new();
            if !hosts.is_empty() {
                entry.insert("hosts".to_owned(), hosts.into());
            }
            if !secret.is_empty() {
                entry.insert("secretName".to_owned(), secret.into());
            }
            entry.into()
        })
        .collect()
}
