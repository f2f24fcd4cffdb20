//! `kubectl create service clusterip|nodeport|loadbalancer|externalname` (`kubectl pkg/cmd/create/create_service.go`).

use crate::api::types::service_type::ServiceType;
use serde_json::{Map, Value, json};

use super::super::flags::Flags;
use super::object;

/// The Service that flags describe; `kind` is the word behind `create service`.
///
/// # Errors
/// In kubectl's words, without `error: `.
pub(super) fn build(kind: &str, name: &str, flags: &Flags) -> Result<Value, String> {
    let mut spec = Map::new();
    let tcp = flags.list("tcp");
    let cluster_ip = flags.text("clusterip").unwrap_or_default();
    let external_name = kind == "externalname";
    if tcp.is_empty() && cluster_ip != "None" && !external_name {
        return Err("at least one tcp port specifier must be provided".to_owned());
    }
    if external_name {
        let target = flags.text("external-name").unwrap_or_default();
        if !is_subdomain(target) {
            return Err(format!("invalid service external name {target}"));
        }
        spec.insert("externalName".to_owned(), target.into());
    }
    let mut ports = Vec::new();
    for text in tcp {
        let (port, target) = port(text)?;
        let mut entry = json!({
            "name": text.replace(':', "-"),
            "protocol": "TCP",
            "port": port,
            "targetPort": target,
        });
        if kind == "nodeport"
            && let Some(node_port) = flags.number("node-port").filter(|&it| it != 0)
        {
            entry["nodePort"] = node_port.into();
        }
        ports.push(entry);
    }
    if !ports.is_empty() {
        spec.insert("ports".to_owned(), ports.into());
    }
    spec.insert("selector".to_owned(), json!({"app": name}));
    if !cluster_ip.is_empty() {
        spec.insert("clusterIP".to_owned(), cluster_ip.into());
    }
    let service_type = match kind {
        "nodeport" => ServiceType::NodePort,
        "loadbalancer" => ServiceType::LoadBalancer,
        "externalname" => ServiceType::ExternalName,
        _ => ServiceType::ClusterIp,
    };
    spec.insert("type".to_owned(), service_type.name().into());
    let mut service = object("v1", "Service", name);
    service["metadata"]["labels"] = json!({"app": name});
    service["spec"] = spec.into();
    service["status"] = json!({"loadBalancer": {}});
    Ok(service)
}

/// Reads `80`, `80:8080`, `80:http`.
fn port(text: &str) -> Result<(u16, Value), String> {
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    let port: u16 = first.parse().map_err(|_| {
        let why = if !first.is_empty() && first.bytes().all(|it| it.is_ascii_digit()) {
            "value out of range"
        } else {
            "invalid syntax"
        };
        format!("strconv.ParseUint: parsing {first:?}: {why}")
    })?;
    let Some(target) = parts.next() else {
        return Ok((port, port.into()));
    };
    match target.parse::<i64>() {
        Ok(number) if (1..=65535).contains(&number) => Ok((port, number.into())),
        Ok(_) => Err("must be between 1 and 65535, inclusive".to_owned()),
        Err(_) => {
            let errors = port_name_errors(target);
            if errors.is_empty() {
                Ok((port, target.into()))
            } else {
                Err(errors.join(","))
            }
        }
    }
}

/// `validation.IsValidPortName`.
fn port_name_errors(name: &str) -> Vec<&'static str> {
    let mut errors = Vec::new();
    if name.len() > 15 {
        errors.push("must be no more than 15 characters");
    }
    if !name
        .bytes()
        .all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    {
        errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !name.bytes().any(|it| it.is_ascii_lowercase()) {
        errors.push("must contain at least one letter (a-z)");
    }
    if name.contains("--") {
        errors.push("must not contain consecutive hyphens");
    }
    if name.starts_with('-') || name.ends_with('-') {
        errors.push("must not begin or end with a hyphen");
    }
    errors
}

fn is_subdomain(name: &str) -> bool {
    name.len() <= 253
        && name.split('.').all(|label| {
            let inner = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
            !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(inner)
        })
}
