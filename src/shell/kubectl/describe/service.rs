//! Services and the endpoints behind them.

use serde_json::Value;

use super::super::tree::{at, flag, joined_or, labels, list, number, scalar, text, text_or};
use super::text::Text;
use crate::api::Kind;
use crate::api::ip_family::host_port;
use crate::api::types::discovery::SERVICE_NAME_LABEL;
use crate::cluster::Snapshot;

/// Most endpoints on one line.
const MOST: usize = 3;

pub(super) fn service(out: &mut Text, snapshot: &Snapshot, object: &Value) {
    let spec = |field| text(object, &["spec", field]);
    let all = |field| list(object, &["spec", field]).iter().map(scalar).collect::<Vec<_>>();
    out.head(object);
    out.field(0, "Selector", labels(object, &["spec", "selector"]));
    out.field(0, "Type", spec("type"));
    if !spec("ipFamilyPolicy").is_empty() {
        out.field(0, "IP Family Policy", spec("ipFamilyPolicy"));
    }
    out.field(0, "IP Families", joined_or(&all("ipFamilies"), "<none>"));
    out.field(0, "IP", spec("clusterIP"));
    out.field(0, "IPs", joined_or(&all("clusterIPs"), "<none>"));
    if !all("externalIPs").is_empty() {
        out.field(0, "External IPs", all("externalIPs").join(","));
    }
    if !spec("loadBalancerIP").is_empty() {
        out.field(0, "Desired LoadBalancer IP", spec("loadBalancerIP"));
    }
    if !spec("externalName").is_empty() {
        out.field(0, "External Name", spec("externalName"));
    }
    let points = load_balancer(object);
    if !points.is_empty() {
        out.field(0, "LoadBalancer Ingress", points.join(", "));
    }
    let slices = slices(
        snapshot,
        text(object, &["metadata", "namespace"]),
        text(object, &["metadata", "name"]),
    );
    for port in list(object, &["spec", "ports"]) {
        let name = text_or(port, &["name"], "<unset>");
        let protocol = text_or(port, &["protocol"], "TCP");
        out.line(format_args!("Port:\t{name}\t{}/{protocol}", number(port, &["port"])));
        let target = at(port, &["targetPort"]).map_or_else(|| "0".to_owned(), scalar);
        out.field(0, "TargetPort", format_args!("{target}/{protocol}"));
        if at(port, &["appProtocol"]).is_some() {
            out.field(0, "AppProtocol", text(port, &["appProtocol"]));
        }
        let node_port = number(port, &["nodePort"]);
        if node_port != 0 {
            out.line(format_args!("NodePort:\t{name}\t{node_port}/{protocol}"));
        }
        out.field(0, "Endpoints", endpoints_of(&slices, text(port, &["name"])));
    }
    out.field(0, "Session Affinity", spec("sessionAffinity"));
    for (label, field) in [
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
    ] {
        if !spec(field).is_empty() {
            out.field(0, label, spec(field));
        }
    }
    let health_check = number(object, &["spec", "healthCheckNodePort"]);
    if health_check != 0 {
        out.field(0, "HealthCheck NodePort", health_check);
    }
    if !all("loadBalancerSourceRanges").is_empty() {
        out.field(
            0,
            "LoadBalancer Source Ranges",
            all("loadBalancerSourceRanges").join(","),
        );
    }
    if !spec("trafficDistribution").is_empty() {
        out.field(0, "Traffic Distribution", spec("trafficDistribution"));
    }
}

/// Addresses of a load balancer, with `ipMode` in parentheses.
fn load_balancer(object: &Value) -> Vec<String> {
    list(object, &["status", "loadBalancer", "ingress"])
        .iter()
        .map(|point| match (text(point, &["ip"]), at(point, &["ipMode"])) {
            ("", _) => text(point, &["hostname"]).to_owned(),
            (ip, Some(mode)) => format!("{ip} ({})", scalar(mode)),
            (ip, None) => ip.to_owned(),
        })
        .collect()
}

/// The EndpointSlices that name a Service, by name.
pub(super) fn slices<'a>(snapshot: &'a Snapshot, namespace: &str, service: &str) -> Vec<&'a Value> {
    snapshot
        .objects(Kind::EndpointSlice)
        .map(|it| &it.value)
        .filter(|it| text(it, &["metadata", "namespace"]) == namespace)
        .filter(|it| text(it, &["metadata", "labels", SERVICE_NAME_LABEL]) == service)
        .collect()
}

/// Ready endpoints of a port (`formatEndpointSlices`): `<none>` without slices, at most three. A further
/// endpoint counts as "more" before it is looked at, so `+ 0 more...` is possible.
pub(super) fn endpoints_of(slices: &[&Value], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let mut shown: Vec<String> = Vec::new();
    let (mut more, mut count) = (false, 0);
    let mut add = |endpoint: &Value, port: Option<i64>| {
        more |= shown.len() == MOST;
        if !at(endpoint, &["conditions", "ready"]).is_none_or(|it| it == &Value::Bool(true)) {
            return;
        }
        if !more {
            let address = list(endpoint, &["addresses"]).first().map(scalar).unwrap_or_default();
            shown.push(match port {
                Some(port) => host_port(&address, port),
                None => address,
            });
        }
        count += 1;
    };
    for slice in slices {
        let endpoints = list(slice, &["endpoints"]);
        let ports = list(slice, &["ports"]);
        if ports.is_empty() {
            endpoints.iter().for_each(|it| add(it, None));
        }
        for port in ports.iter().filter(|it| text(it, &["name"]) == port_name) {
            let number = number(port, &["port"]);
            endpoints.iter().for_each(|it| add(it, Some(number)));
        }
    }
    let list = shown.join(",");
    if more {
        format!("{list} + {} more...", count - MOST)
    } else {
        list
    }
}

pub(super) fn endpoints(out: &mut Text, object: &Value) {
    out.head(object);
    out.line("Subsets:");
    for subset in list(object, &["subsets"]) {
        for (label, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let addresses: Vec<String> = list(subset, &[field])
                .iter()
                .map(|it| text(it, &["ip"]).to_owned())
                .collect();
            out.field(1, label, joined_or(&addresses, "<none>"));
        }
        let ports = list(subset, &["ports"]);
        if !ports.is_empty() {
            out.line("  Ports:");
            out.line("    Name\tPort\tProtocol");
            out.line("    ----\t----\t--------");
            for port in ports {
                out.line(format_args!(
                    "    {}\t{}\t{}",
                    text_or(port, &["name"], "<unset>"),
                    number(port, &["port"]),
                    text_or(port, &["protocol"], "TCP")
                ));
            }
        }
        out.line("");
    }
}

pub(super) fn endpoint_slice(out: &mut Text, object: &Value) {
    out.head(object);
    out.field(0, "AddressType", text(object, &["addressType"]));
    let ports = list(object, &["ports"]);
    if ports.is_empty() {
        out.line("Ports: <unset>");
    } else {
        out.line("Ports:");
        out.line("  Name\tPort\tProtocol");
        out.line("  ----\t----\t--------");
        for port in ports {
            let number = at(port, &["port"]).map_or_else(|| "<unset>".to_owned(), scalar);
            out.line(format_args!(
                "  {}\t{number}\t{}",
                text_or(port, &["name"], "<unset>"),
                text_or(port, &["protocol"], "TCP")
            ));
        }
    }
    let endpoints = list(object, &["endpoints"]);
    if endpoints.is_empty() {
        out.line("Endpoints: <none>");
        return;
    }
    out.line("Endpoints:");
    for endpoint in endpoints {
        let addresses: Vec<String> = list(endpoint, &["addresses"]).iter().map(scalar).collect();
        let addresses = if addresses.is_empty() {
            "<none>".to_owned()
        } else {
            addresses.join(", ")
        };
        out.field(1, "- Addresses", addresses);
        out.line("    Conditions:");
        let ready = match at(endpoint, &["conditions", "ready"]) {
            None => "<unset>",
            Some(_) if flag(endpoint, &["conditions", "ready"]) => "true",
            Some(_) => "false",
        };
        out.field(3, "Ready", ready);
        let optional = |field| at(endpoint, &[field]).map_or_else(|| "<unset>".to_owned(), scalar);
        out.field(2, "Hostname", optional("hostname"));
        if at(endpoint, &["targetRef"]).is_some() {
            let target = |field| text(endpoint, &["targetRef", field]);
            out.field(2, "TargetRef", format_args!("{}/{}", target("kind"), target("name")));
        }
        out.field(2, "NodeName", optional("nodeName"));
        out.field(2, "Zone", optional("zone"));
    }
}
