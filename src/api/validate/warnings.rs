//! What the API server takes, but warns of (`kubernetes pkg/api/service/warnings.go`, `pkg/api/pod/warnings.go`,
//! strategies of the kinds).

use std::net::IpAddr;

use serde_json::Value;

use super::{ip, text};
use crate::api::codes::Warning;
use crate::api::kind::Kind;
use crate::api::tree::{at, get, has, items, text as text_of, texts};

/// A warning with every answer about a kind, whatever the object.
#[must_use]
pub fn kind_warning(kind: Kind) -> Option<Warning> {
    (kind == Kind::Endpoints).then_some(Warning::EndpointsDeprecated)
}

/// What the server adds as `Warning: …` (beside [`kind_warning`]); `old` is the object that is replaced,
/// if there is one.
#[must_use]
pub fn warnings(kind: Kind, new: &Value, old: Option<&Value>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let found = &mut warnings;
    match kind {
        Kind::Service => service(new, found),
        Kind::Endpoints => endpoints(new, found),
        Kind::EndpointSlice => endpoint_slice(new, found),
        Kind::Ingress if old.is_none() => {
            const CLASS: &str = "kubernetes.io/ingress.class";
            if has(at(new, &["metadata", "annotations"]), CLASS) {
                found.push(Warning::IngressClassAnnotation);
            }
        }
        Kind::Pod if old.is_none() => {
            pod_name(new, "this is used in the Pod's hostname", found);
            pod_spec(get(new, "spec"), "spec", found);
        }
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet => {
            if old.is_none() {
                pod_name(new, "this is used in Pod names and hostnames", found);
            }
            pod_spec(at(new, &["spec", "template", "spec"]), "spec.template.spec", found);
        }
        _ => {}
    }
    warnings
}

fn address(field: &str, written: &str, found: &mut Vec<Warning>) {
    let Some(parsed) = ip::parse_sloppy(written) else {
        return;
    };
    let loose = written.parse::<IpAddr>().is_err() || matches!(parsed, IpAddr::V6(it) if it.to_ipv4_mapped().is_some());
    if loose {
        found.push(Warning::LooseAddress {
            field: field.to_owned(),
            address: written.to_owned(),
            means: parsed.to_canonical(),
        });
    } else if parsed.is_ipv6() && parsed.to_string() != written {
        found.push(Warning::LongAddress {
            field: field.to_owned(),
            address: written.to_owned(),
            canonical: parsed,
        });
    }
}

fn service(value: &Value, found: &mut Vec<Warning>) {
    let spec = get(value, "spec");
    let kind = text_of(spec, "type");
    if has(
        at(value, &["metadata", "annotations"]),
        "service.kubernetes.io/topology-aware-hints",
    ) {
        found.push(Warning::HintsAnnotation);
    }
    if super::service::is_headless(spec) && text_of(spec, "sessionAffinity") == "ClientIP" {
        found.push(Warning::AffinityOfHeadless);
    }
    for list in ["clusterIPs", "externalIPs"] {
        for (index, written) in texts(spec, list).into_iter().enumerate() {
            address(&format!("spec.{list}[{index}]"), written, found);
        }
    }
    address("spec.loadBalancerIP", text_of(spec, "loadBalancerIP"), found);
    if !items(spec, "externalIPs").is_empty() {
        found.push(if kind == "ExternalName" {
            Warning::ExternalIpsOfExternalName
        } else {
            Warning::ExternalIpsDeprecated
        });
    }
    if kind != "ExternalName" && !text_of(spec, "externalName").is_empty() {
        found.push(Warning::ExternalNameIgnored);
    }
}

fn endpoints(value: &Value, found: &mut Vec<Warning>) {
    for (outer, subset) in items(value, "subsets").iter().enumerate() {
        for list in ["addresses", "notReadyAddresses"] {
            for (inner, entry) in items(subset, list).iter().enumerate() {
                address(
                    &format!("subsets[{outer}].{list}[{inner}].ip"),
                    text_of(entry, "ip"),
                    found,
                );
            }
        }
    }
}

fn endpoint_slice(value: &Value, found: &mut Vec<Warning>) {
    if text_of(value, "addressType") == "FQDN" {
        found.push(Warning::FqdnDeprecated);
        return;
    }
    for (outer, endpoint) in items(value, "endpoints").iter().enumerate() {
        for (inner, written) in texts(endpoint, "addresses").into_iter().enumerate() {
            address(&format!("spec.endpoints[{outer}].addresses[{inner}]"), written, found);
        }
    }
}

fn pod_name(value: &Value, used: &'static str, found: &mut Vec<Warning>) {
    let problems = text::dns_label(text_of(get(value, "metadata"), "name"));
    if !problems.is_empty() {
        found.push(Warning::PodName { used, problems });
    }
}

fn pod_spec(spec: &Value, path: &str, found: &mut Vec<Warning>) {
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
            found.push(Warning::OldNodeLabel {
                list: format!("{path}.nodeSelector"),
                label,
                since,
                instead,
            });
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
                found.push(Warning::VariableHidden {
                    field: format!("{place}.env[{inner}]"),
                    name: name.to_owned(),
                });
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
                found.push(Warning::PortTwice {
                    field: here.clone(),
                    first: first.place.clone(),
                });
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
