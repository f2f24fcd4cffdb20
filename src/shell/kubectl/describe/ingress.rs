//! Ingresses, their classes, and NetworkPolicies.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::tree::{at, list, number, scalar, selector, text, text_or};
use super::service::{endpoints_of, slices};
use super::text::Text;
use crate::api::types::core::Service;
use crate::cluster::Snapshot;

pub(super) fn ingress(out: &mut Text, snapshot: &Snapshot, object: &Value) {
    let namespace = text(object, &["metadata", "namespace"]);
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.labels("Labels", object, &["metadata", "labels"]);
    out.field(0, "Namespace", namespace);
    let addresses: BTreeSet<&str> = list(object, &["status", "loadBalancer", "ingress"])
        .iter()
        .map(|it| match text(it, &["ip"]) {
            "" => text(it, &["hostname"]),
            ip => ip,
        })
        .filter(|it| !it.is_empty())
        .collect();
    out.field(0, "Address", addresses.into_iter().collect::<Vec<_>>().join(","));
    let class = at(object, &["spec", "ingressClassName"]).map_or_else(|| "<none>".to_owned(), scalar);
    out.field(0, "Ingress Class", class);
    let default = at(object, &["spec", "defaultBackend"])
        .map_or_else(|| "<default>".to_owned(), |it| backend(snapshot, namespace, it));
    out.field(0, "Default backend", &default);
    let tls = list(object, &["spec", "tls"]);
    if !tls.is_empty() {
        out.line("TLS:");
        for entry in tls {
            let hosts: Vec<String> = list(entry, &["hosts"]).iter().map(scalar).collect();
            let hosts = hosts.join(",");
            match text(entry, &["secretName"]) {
                "" => out.line(format_args!("  SNI routes {hosts}")),
                secret => out.line(format_args!("  {secret} terminates {hosts}")),
            }
        }
    }
    out.line("Rules:");
    out.line("  Host\tPath\tBackends");
    out.line("  ----\t----\t--------");
    let rules: Vec<&Value> = list(object, &["spec", "rules"])
        .iter()
        .filter(|it| at(it, &["http"]).is_some())
        .collect();
    for rule in &rules {
        out.line(format_args!("  {}\t", text_or(rule, &["host"], "*")));
        for path in list(rule, &["http", "paths"]) {
            let target = at(path, &["backend"]).map_or_else(String::new, |it| backend(snapshot, namespace, it));
            out.line(format_args!("    \t{} \t{target}", text(path, &["path"])));
        }
    }
    if rules.is_empty() {
        out.line(format_args!("  *\t*\t{default}"));
    }
    out.annotations("Annotations", object, &["metadata", "annotations"]);
}

/// `web:80 (10.0.0.1:8080)`, `nope:80 (<error: services "nope" not found>)`, or the resource.
fn backend(snapshot: &Snapshot, namespace: &str, backend: &Value) -> String {
    if at(backend, &["service"]).is_some() {
        let name = text(backend, &["service", "name"]);
        let (port_number, port_name) = (
            number(backend, &["service", "port", "number"]),
            text(backend, &["service", "port", "name"]),
        );
        let shown = if port_number == 0 {
            format!("{name}:{port_name}")
        } else {
            format!("{name}:{port_number}")
        };
        let Some(service) = snapshot.get::<Service>(namespace, name) else {
            return format!("{shown} (<error: services {name:?} not found>)");
        };
        // A port that does not exist leaves the name empty: the unnamed port's endpoints are shown.
        let slice_port = service
            .spec
            .ports
            .iter()
            .filter(|it| {
                port_number != 0 && i64::from(it.port) == port_number || !port_name.is_empty() && it.name == port_name
            })
            .map(|it| it.name.as_str())
            .next_back()
            .unwrap_or_default();
        return format!(
            "{shown} ({})",
            endpoints_of(&slices(snapshot, namespace, name), slice_port)
        );
    }
    if at(backend, &["resource"]).is_some() {
        return format!(
            "APIGroup: {}, Kind: {}, Name: {}",
            text_or(backend, &["resource", "apiGroup"], "<none>"),
            text(backend, &["resource", "kind"]),
            text(backend, &["resource", "name"])
        );
    }
    String::new()
}

pub(super) fn ingress_class(out: &mut Text, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    out.field(0, "Controller", text(object, &["spec", "controller"]));
    if let Some(parameters) = at(object, &["spec", "parameters"]) {
        out.line("Parameters:");
        if at(parameters, &["apiGroup"]).is_some() {
            out.field(1, "APIGroup", text(parameters, &["apiGroup"]));
        }
        out.field(1, "Kind", text(parameters, &["kind"]));
        out.field(1, "Name", text(parameters, &["name"]));
    }
}

pub(super) fn network_policy(out: &mut Text, object: &Value) {
    out.field(0, "Name", text(object, &["metadata", "name"]));
    out.field(0, "Namespace", text(object, &["metadata", "namespace"]));
    // Go prints a time by its own layout here.
    let created = text(object, &["metadata", "creationTimestamp"])
        .replace('T', " ")
        .replace('Z', " +0000 UTC");
    out.field(0, "Created on", created);
    out.labels("Labels", object, &["metadata", "labels"]);
    out.annotations("Annotations", object, &["metadata", "annotations"]);
    out.line("Spec:");
    match selector(object, &["spec", "podSelector"]).as_str() {
        "<none>" => {
            out.line("  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)");
        }
        labels => out.line(format_args!("  PodSelector:     {labels}")),
    }
    let types: Vec<String> = list(object, &["spec", "policyTypes"]).iter().map(scalar).collect();
    for (kind, word, field, peers, peer) in [
        ("Ingress", "ingress", "ingress", "from", "From"),
        ("Egress", "egress", "egress", "to", "To"),
    ] {
        if !types.iter().any(|it| it == kind) {
            out.line(format_args!("  Not affecting {word} traffic"));
            continue;
        }
        out.line(format_args!("  Allowing {word} traffic:"));
        let rules = list(object, &["spec", field]);
        if rules.is_empty() {
            out.line(format_args!(
                "    <none> (Selected pods are isolated for {word} connectivity)"
            ));
        }
        for (idx, rule) in rules.iter().enumerate() {
            policy_rule(out, rule, peers, peer);
            if idx + 1 < rules.len() {
                out.line("    ----------");
            }
        }
    }
    out.line(format_args!("  Policy Types: {}", types.join(", ")));
}

fn policy_rule(out: &mut Text, rule: &Value, peers: &str, peer: &str) {
    let ports = list(rule, &["ports"]);
    if ports.is_empty() {
        out.line("    To Port: <any> (traffic allowed to all ports)");
    }
    for port in ports {
        let number = at(port, &["port"]).map_or_else(|| "<nil>".to_owned(), scalar);
        let protocol = text_or(port, &["protocol"], "TCP");
        match at(port, &["endPort"]) {
            None => out.line(format_args!("    To Port: {number}/{protocol}")),
            Some(end) => out.line(format_args!("    To Port Range: {number}-{}/{protocol}", scalar(end))),
        }
    }
    let all = list(rule, &[peers]);
    if all.is_empty() {
        let side = if peer == "From" { "source" } else { "destination" };
        out.line(format_args!("    {peer}: <any> (traffic not restricted by {side})"));
    }
    for it in all {
        out.line(format_args!("    {peer}:"));
        if at(it, &["namespaceSelector"]).is_some() {
            out.line(format_args!(
                "      NamespaceSelector: {}",
                selector(it, &["namespaceSelector"])
            ));
        }
        if at(it, &["podSelector"]).is_some() {
            out.line(format_args!("      PodSelector: {}", selector(it, &["podSelector"])));
        }
        if let Some(block) = at(it, &["ipBlock"]) {
            let except: Vec<String> = list(block, &["except"]).iter().map(scalar).collect();
            out.line("      IPBlock:");
            out.line(format_args!("        CIDR: {}", text(block, &["cidr"])));
            out.line(format_args!("        Except: {}", except.join(", ")));
        }
    }
}
