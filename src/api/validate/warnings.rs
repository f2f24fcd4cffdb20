//! What the API server takes, but warns of (`kubernetes pkg/api/service/warnings.go`, `pkg/api/pod/warnings.go`,
//! strategies of the kinds).

use std::net::IpAddr;

use serde_json::Value;

use super::{ip, text};
use crate::api::kind::Kind;
use crate::api::tree::{at, get, has, items, text as text_of, texts};

/// A warning with every answer about a kind, whatever the object.
#[must_use]
pub fn kind_warning(kind: Kind) -> Option<&'static str> {
    (kind == Kind::Endpoints).then_some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
}

/// Lines that the server adds as `Warning: …` (beside [`kind_warning`]); `old` is the object that is replaced,
/// if there is one.
#[must_use]
pub fn warnings(kind: Kind, new: &Value, old: Option<&Value>) -> Vec<String> {
    let mut lines = Vec::new();
    match kind {
        Kind::Service => service(new, &mut lines),
        Kind::Endpoints => endpoints(new, &mut lines),
        Kind::EndpointSlice => endpoint_slice(new, &mut lines),
        Kind::Ingress if old.is_none() => {
            const CLASS: &str = "kubernetes.io/ingress.class";
            if has(at(new, &["metadata", "annotations"]), CLASS) {
                lines.push(format!(
                    "annotation \"{CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"
                ));
            }
        }
        Kind::Pod if old.is_none() => {
            pod_name(new, "this is used in the Pod's hostname", &mut lines);
            pod_spec(get(new, "spec"), "spec", &mut lines);
        }
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet => {
            if old.is_none() {
                pod_name(new, "this is used in Pod names and hostnames", &mut lines);
            }
            pod_spec(at(new, &["spec", "template", "spec"]), "spec.template.spec", &mut lines);
        }
        _ => {}
    }
    lines
}

fn address(field: &str, written: &str, lines: &mut Vec<String>) {
    let Some(parsed) = ip::parse_sloppy(written) else {
        return;
    };
    let loose = written.parse::<IpAddr>().is_err() || matches!(parsed, IpAddr::V6(it) if it.to_ipv4_mapped().is_some());
    if loose {
        let parsed = parsed.to_canonical();
        lines.push(format!(
            "{field}: non-standard IP address \"{written}\" will be considered invalid in a future Kubernetes release: use \"{parsed}\""
        ));
    } else if parsed.is_ipv6() && parsed.to_string() != written {
        lines.push(format!(
            "{field}: IPv6 address \"{written}\" should be in RFC 5952 canonical format (\"{parsed}\")"
        ));
    }
}

fn service(value: &Value, lines: &mut Vec<String>) {
    let spec = get(value, "spec");
    let kind = text_of(spec, "type");
    if has(
        at(value, &["metadata", "annotations"]),
        "service.kubernetes.io/topology-aware-hints",
    ) {
        lines.push(
            "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead"
                .to_owned(),
        );
    }
    if super::service::is_headless(spec) && text_of(spec, "sessionAffinity") == "ClientIP" {
        lines.push("spec.SessionAffinity is ignored for headless services".to_owned());
    }
    for list in ["clusterIPs", "externalIPs"] {
        for (index, written) in texts(spec, list).into_iter().enumerate() {
            address(&format!("spec.{list}[{index}]"), written, lines);
        }
    }
    address("spec.loadBalancerIP", text_of(spec, "loadBalancerIP"), lines);
    if !items(spec, "externalIPs").is_empty() {
        lines.push(
            if kind == "ExternalName" {
                "spec.externalIPs is ignored when spec.type is \"ExternalName\""
            } else {
                "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
            }
            .to_owned(),
        );
    }
    if kind != "ExternalName" && !text_of(spec, "externalName").is_empty() {
        lines.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_owned());
    }
}

fn endpoints(value: &Value, lines: &mut Vec<String>) {
    for (outer, subset) in items(value, "subsets").iter().enumerate() {
        for list in ["addresses", "notReadyAddresses"] {
            for (inner, entry) in items(subset, list).iter().enumerate() {
                address(
                    &format!("subsets[{outer}].{list}[{inner}].ip"),
                    text_of(entry, "ip"),
                    lines,
                );
            }
        }
    }
}

fn endpoint_slice(value: &Value, lines: &mut Vec<String>) {
    if text_of(value, "addressType") == "FQDN" {
        lines.push("spec.addressType: FQDN endpoints are deprecated".to_owned());
        return;
    }
    for (outer, endpoint) in items(value, "endpoints").iter().enumerate() {
        for (inner, written) in texts(endpoint, "addresses").into_iter().enumerate() {
            address(&format!("spec.endpoints[{outer}].addresses[{inner}]"), written, lines);
        }
    }
}

fn pod_name(value: &Value, use_of_name: &str, lines: &mut Vec<String>) {
    let messages = text::dns_label(text_of(get(value, "metadata"), "name"));
    if !messages.is_empty() {
        lines.push(format!(
            "metadata.name: {use_of_name}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            messages.join(" ")
        ));
    }
}

fn pod_spec(spec: &Value, path: &str, lines: &mut Vec<String>) {
    const OLD_LABELS: [(&str, &str, &str); 4] = [
        ("beta.kubernetes.io/arch", "v1.14", "kubernetes.io/arch"),
        ("beta.kubernetes.io/os", "v1.14", "kubernetes.io/os"),
        (
            "failure-domain.beta.kubernetes.io/region",
            "v1.17",
            "topology.kubernetes.io/region",
        ),
        (
            "failure-domain.beta.kubernetes.io/zone",
            "v1.17",
            "topology.kubernetes.io/zone",
        ),
    ];
    for (label, since, instead) in OLD_LABELS {
        if has(get(spec, "nodeSelector"), label) {
            lines.push(format!(
                "{path}.nodeSelector[{label}]: deprecated since {since}; use \"{instead}\" instead"
            ));
        }
    }
    struct Port<'a> {
        place: String,
        protocol: &'a str,
        number: i64,
        host: i64,
        host_ip: &'a str,
    }
    let mut ports: Vec<Port<'_>> = Vec::new();
    for (outer, container) in items(spec, "containers").iter().enumerate() {
        let place = format!("{path}.containers[{outer}]");
        let mut names: Vec<&str> = Vec::new();
        for (inner, variable) in items(container, "env").iter().enumerate() {
            let name = text_of(variable, "name");
            if names.contains(&name) {
                lines.push(format!(
                    "{place}.env[{inner}]: hides previous definition of \"{name}\", which may be dropped when using apply"
                ));
            }
            names.push(name);
        }
        for (inner, port) in items(container, "ports").iter().enumerate() {
            let here = format!("{place}.ports[{inner}]");
            let number = crate::api::tree::int(port, "containerPort");
            let host = crate::api::tree::int(port, "hostPort");
            let protocol = text_of(port, "protocol");
            let host_ip = text_of(port, "hostIP");
            let same = ports
                .iter()
                .find(|it| it.protocol == protocol && it.number == number && it.host == host && it.host_ip == host_ip);
            if let Some(first) = same {
                lines.push(format!("{here}: duplicate port definition with {}", first.place));
            }
            ports.push(Port {
                place: here,
                protocol,
                number,
                host,
                host_ip,
            });
        }
    }
}
