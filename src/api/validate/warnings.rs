//! What the API server takes, but warns of (`kubernetes pkg/api/service/warnings.go`, `pkg/api/pod/warnings.go`,
//! strategies of the kinds).

use std::net::IpAddr;

use serde_json::Value;

use super::{ip, pod_warnings as pods, text};
use crate::api::codes::Warning;
use crate::api::kind::Kind;
use crate::api::tree::{at, get, has, items, text as text_of, texts};

/// Says the class of an Ingress; `spec.ingressClassName` took its place.
const INGRESS_CLASS: &str = "kubernetes.io/ingress.class";

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
            let annotated = has(at(new, &["metadata", "annotations"]), INGRESS_CLASS);
            if annotated && !has(get(new, "spec"), "ingressClassName") {
                found.push(Warning::IngressClassAnnotation);
            }
        }
        // Updates of pods warn of nothing.
        Kind::Pod if old.is_none() => {
            pod_name(new, "this is used in the Pod's hostname", found);
            pods::warnings(new, None, found);
        }
        _ => workload(new, old, found),
    }
    warnings
}

/// Workloads warn of their templates, and not when nothing about the spec changes
/// (`pkg/registry/{apps,batch,core}/*/strategy.go`).
fn workload(new: &Value, old: Option<&Value>, found: &mut Vec<Warning>) {
    let kind = text_of(new, "kind");
    let (named, template): (bool, &'static [&'static str]) = match kind {
        "Deployment" | "ReplicaSet" | "StatefulSet" | "ReplicationController" | "Job" => (true, &["spec", "template"]),
        "DaemonSet" => (false, &["spec", "template"]),
        "CronJob" => (true, &["spec", "jobTemplate", "spec", "template"]),
        "PodTemplate" => (false, &["template"]),
        _ => return,
    };
    if old.is_some_and(|old| get(old, "spec") == get(new, "spec") && get(old, "template") == get(new, "template")) {
        return;
    }
    if named && old.is_none() {
        pod_name(new, "this is used in Pod names and hostnames", found);
    }
    pods::warnings(at(new, template), Some(&template.join(".")), found);
    if kind == "StatefulSet" && crate::api::tree::int(get(new, "spec"), "revisionHistoryLimit") < 0 {
        found.push(Warning::Said {
            field: "spec.revisionHistoryLimit".to_owned(),
            words: "a negative value retains all historical revisions; a value >= 0 is recommended",
        });
    }
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
    if kind != "ExternalName" && text_of(spec, "clusterIP") != "None" {
        addresses(spec, "clusterIPs", found);
    }
    let headless = kind == "ClusterIP" && text_of(spec, "clusterIP") == "None";
    let external = !items(spec, "externalIPs").is_empty();
    if headless {
        if !text_of(spec, "loadBalancerIP").is_empty() {
            found.push(Warning::LoadBalancerIpOfHeadless);
        }
        if external {
            found.push(Warning::ExternalIpsOfHeadless);
        }
        if text_of(spec, "sessionAffinity") == "ClientIP" {
            found.push(Warning::AffinityOfHeadless);
        }
    }
    addresses(spec, "externalIPs", found);
    if external && !headless && kind != "ExternalName" {
        found.push(Warning::ExternalIpsDeprecated);
    }
    address("spec.loadBalancerIP", text_of(spec, "loadBalancerIP"), found);
    for (index, written) in texts(spec, "loadBalancerSourceRanges").into_iter().enumerate() {
        if let Ok(range) = written.parse::<ipnet::Ipv6Net>()
            && range.to_string() != written
        {
            found.push(Warning::LongRange {
                field: format!("spec.loadBalancerSourceRanges[{index}]"),
                range: written.to_owned(),
                canonical: range.into(),
            });
        }
    }
    if external && kind == "ExternalName" {
        found.push(Warning::ExternalIpsOfExternalName);
    }
    if kind != "ExternalName" && !text_of(spec, "externalName").is_empty() {
        found.push(Warning::ExternalNameIgnored);
    }
    if text_of(spec, "trafficDistribution") == "PreferClose" {
        found.push(Warning::PreferClose);
    }
}

fn addresses(spec: &Value, list: &str, found: &mut Vec<Warning>) {
    for (index, written) in texts(spec, list).into_iter().enumerate() {
        address(&format!("spec.{list}[{index}]"), written, found);
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
