//! Rules for Services (`kubernetes pkg/apis/core/validation/validation.go`, ValidateService and what it calls).

use serde_json::{Value, json};

use super::text::{self, report};
use super::{ip, meta};
use crate::api::codes::{GeneralCode, ServiceCode};
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::tree::{at, get, has, int, items, text as text_of, texts};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
const TYPES: [&str; 4] = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const POLICIES: [&str; 2] = ["Cluster", "Local"];
const RANGES_ANNOTATION: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
const HINTS_ANNOTATION: &str = "service.kubernetes.io/topology-aware-hints";
const MODE_ANNOTATION: &str = "service.kubernetes.io/topology-mode";

/// Whether the first cluster IP is `None`.
pub(super) fn is_headless(spec: &Value) -> bool {
    texts(spec, "clusterIPs").first().is_some_and(|it| *it == "None")
        || (items(spec, "clusterIPs").is_empty() && text_of(spec, "clusterIP") == "None")
}

pub(super) fn create(value: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, true, text::dns_label, errors);
    let root = Path::ROOT;
    let annotations = at(value, &["metadata", "annotations"]);
    if has(annotations, HINTS_ANNOTATION)
        && has(annotations, MODE_ANNOTATION)
        && text_of(annotations, HINTS_ANNOTATION) != text_of(annotations, MODE_ANNOTATION)
    {
        let metadata = root.field("metadata");
        let list = metadata.field("annotations");
        errors.push(FieldError::new(
            &list.key(MODE_ANNOTATION),
            text_of(annotations, MODE_ANNOTATION),
            ServiceCode::HintsDiffer,
        ));
    }

    let spec = get(value, "spec");
    let path = root.field("spec");
    let kind = text_of(spec, "type");
    let headless = is_headless(spec);
    let ports = items(spec, "ports");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        errors.push(FieldError::without_value(&path.field("ports"), ServiceCode::NoPorts));
    }
    match kind {
        "LoadBalancer" | "NodePort" if headless => {
            let list = path.field("clusterIPs");
            errors.push(FieldError::new(
                &list.index(0),
                "None",
                ServiceCode::HeadlessType { of: kind.to_owned() },
            ));
        }
        "ExternalName" => external_name(spec, &path, errors),
        _ => {}
    }

    let list = path.field("ports");
    let mut names: Vec<&str> = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        service_port(port, ports.len() > 1, &mut names, &list.index(index), errors);
    }
    meta::labels(get(spec, "selector"), &path.field("selector"), errors);
    session_affinity(spec, &path, errors);
    cluster_ips(value, errors);

    let external = path.field("externalIPs");
    for (index, address) in texts(spec, "externalIPs").into_iter().enumerate() {
        let path = external.index(index);
        let messages = ip::address(address);
        let messages = if messages.is_empty() {
            ip::endpoint_address(address)
        } else {
            messages
        };
        report(errors, &path, address, messages);
    }
    if !TYPES.contains(&kind) {
        errors.push(FieldError::not_supported(&path.field("type"), kind, &TYPES));
    }
    node_ports(kind, ports, &list, errors);
    duplicate_ports(ports, &list, errors);
    source_ranges(value, kind, errors);
    if has(spec, "allocateLoadBalancerNodePorts") && kind != "LoadBalancer" {
        errors.push(FieldError::without_value(
            &path.field("allocateLoadBalancerNodePorts"),
            ServiceCode::OnlyForLoadBalancer,
        ));
    }
    load_balancer_class(spec, kind, old, &path, errors);
    traffic_policies(spec, kind, &path, errors);
}

fn external_name(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    for (field, there) in [
        ("clusterIPs", !items(spec, "clusterIPs").is_empty()),
        ("ipFamilies", !items(spec, "ipFamilies").is_empty()),
        ("ipFamilyPolicy", has(spec, "ipFamilyPolicy")),
    ] {
        if there {
            errors.push(FieldError::without_value(
                &path.field(field),
                ServiceCode::NotForExternalName,
            ));
        }
    }
    let name = text_of(spec, "externalName");
    let name = name.strip_suffix('.').unwrap_or(name);
    let path = path.field("externalName");
    if name.is_empty() {
        errors.push(FieldError::without_value(&path, ServiceCode::ExternalNameMissing));
    } else {
        report(errors, &path, name, text::dns_subdomain(name));
    }
}

fn service_port<'a>(
    port: &'a Value,
    need_name: bool,
    names: &mut Vec<&'a str>,
    path: &Path<'_>,
    errors: &mut Vec<FieldError>,
) {
    let name = text_of(port, "name");
    if name.is_empty() {
        if need_name {
            errors.push(FieldError::without_value(
                &path.field("name"),
                ServiceCode::PortNameMissing,
            ));
        }
    } else {
        report(errors, &path.field("name"), name, text::dns_label(name));
        if names.contains(&name) {
            errors.push(FieldError::duplicate(&path.field("name"), name));
        } else {
            names.push(name);
        }
    }
    let number = int(port, "port");
    for message in text::port_number(number) {
        errors.push(FieldError::new(&path.field("port"), number, message));
    }
    let protocol = text_of(port, "protocol");
    if !PROTOCOLS.contains(&protocol) {
        errors.push(FieldError::not_supported(&path.field("protocol"), protocol, &PROTOCOLS));
    }
    port_number_or_name(get(port, "targetPort"), &path.field("targetPort"), errors);
    if has(port, "appProtocol") {
        let protocol = text_of(port, "appProtocol");
        report(
            errors,
            &path.field("appProtocol"),
            protocol,
            text::qualified_name(protocol),
        );
    }
}

/// A port as number or name (`targetPort`, the port of a probe).
pub(super) fn port_number_or_name(value: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    if let Some(name) = value.as_str() {
        report(errors, path, name, text::port_name(name));
    } else {
        let number = value.as_i64().unwrap_or_default();
        for message in text::port_number(number) {
            errors.push(FieldError::new(path, number, message));
        }
    }
}

fn session_affinity(spec: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let affinity = text_of(spec, "sessionAffinity");
    if !["ClientIP", "None"].contains(&affinity) {
        errors.push(FieldError::not_supported(
            &path.field("sessionAffinity"),
            affinity,
            &["ClientIP", "None"],
        ));
    }
    if affinity == "ClientIP" {
        let timeout = int(at(spec, &["sessionAffinityConfig", "clientIP"]), "timeoutSeconds");
        if !(1..=86400).contains(&timeout) {
            let config = path.field("sessionAffinityConfig");
            let client = config.field("clientIP");
            errors.push(FieldError::new(
                &client.field("timeoutSeconds"),
                timeout,
                ServiceCode::AffinityTimeout,
            ));
        }
    }
}

/// Everything about `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` that needs no look at the
/// cluster. The server also asks this by itself, before it allocates.
pub(super) fn cluster_ips(value: &Value, errors: &mut Vec<FieldError>) {
    let spec = get(value, "spec");
    if text_of(spec, "type") == "ExternalName" {
        return;
    }
    let root = Path::ROOT;
    let path = root.field("spec");
    let list = path.field("clusterIPs");
    let addresses = texts(spec, "clusterIPs");
    let all = || BadValue::from(get(spec, "clusterIPs"));
    let first = text_of(spec, "clusterIP");
    if first.is_empty() {
        if !addresses.is_empty() {
            errors.push(FieldError::new(&list, all(), ServiceCode::ClusterIpMissing));
        }
    } else {
        match addresses.first() {
            None => errors.push(FieldError::required(&list)),
            Some(address) if *address != first => {
                errors.push(FieldError::new(&list, all(), ServiceCode::ClusterIpDiffers));
            }
            Some(_) => {}
        }
    }

    let families = texts(spec, "ipFamilies");
    let families_path = path.field("ipFamilies");
    for (index, family) in families.iter().enumerate() {
        let path = families_path.index(index);
        if !["IPv4", "IPv6"].contains(family) {
            errors.push(FieldError::not_supported(&path, *family, &["IPv4", "IPv6"]));
        }
        if families[..index].contains(family) {
            errors.push(FieldError::duplicate(&path, *family));
        }
    }
    const FAMILY_POLICIES: [&str; 3] = ["PreferDualStack", "RequireDualStack", "SingleStack"];
    if has(spec, "ipFamilyPolicy") && !FAMILY_POLICIES.contains(&text_of(spec, "ipFamilyPolicy")) {
        let policy = text_of(spec, "ipFamilyPolicy");
        errors.push(FieldError::not_supported(
            &path.field("ipFamilyPolicy"),
            policy,
            &FAMILY_POLICIES,
        ));
    }

    let mut broken = false;
    for (index, address) in addresses.iter().enumerate() {
        if index == 0 && *address == "None" {
            if addresses.len() > 1 {
                broken = true;
                errors.push(FieldError::new(&list, all(), ServiceCode::NoneBesideOthers));
            }
            continue;
        }
        let messages = ip::address(address);
        broken |= !messages.is_empty();
        report(errors, &list.index(index), address, messages);
    }
    if addresses.len() > 2 {
        errors.push(FieldError::new(&list, all(), ServiceCode::TooManyClusterIps));
    }
    if broken {
        return;
    }
    let n_ipv6 = addresses.iter().filter(|address| ip::is_ipv6(address)).count();
    if addresses.len() > 1 && (n_ipv6 == 0 || n_ipv6 == addresses.len()) {
        errors.push(FieldError::new(&list, all(), ServiceCode::FamilyTwice));
    }
    if !is_headless(spec) {
        for (index, (address, family)) in addresses.iter().zip(&families).enumerate() {
            let written = if ip::is_ipv6(address) { "IPv6" } else { "IPv4" };
            if ["IPv4", "IPv6"].contains(family) && *family != written {
                errors.push(FieldError::new(
                    &list.index(index),
                    *address,
                    ServiceCode::FamilyDiffers {
                        family: (*family).to_owned(),
                        index,
                    },
                ));
            }
        }
    }
}

fn node_ports(kind: &str, ports: &[Value], list: &Path<'_>, errors: &mut Vec<FieldError>) {
    if kind == "ClusterIP" {
        for (index, _) in ports.iter().enumerate().filter(|(_, port)| int(port, "nodePort") != 0) {
            let path = list.index(index);
            errors.push(FieldError::without_value(
                &path.field("nodePort"),
                ServiceCode::NodePortType,
            ));
        }
    }
    let mut seen: Vec<(&str, i64)> = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let number = int(port, "nodePort");
        if number == 0 {
            continue;
        }
        let key = (text_of(port, "protocol"), number);
        if seen.contains(&key) {
            let path = list.index(index);
            errors.push(FieldError::new(
                &path.field("nodePort"),
                number,
                ServiceCode::NodePortTwice,
            ));
        }
        seen.push(key);
    }
}

fn duplicate_ports(ports: &[Value], list: &Path<'_>, errors: &mut Vec<FieldError>) {
    let mut seen: Vec<(&str, i64)> = Vec::new();
    for (index, port) in ports.iter().enumerate() {
        let key = (text_of(port, "protocol"), int(port, "port"));
        if seen.contains(&key) {
            // Go prints the struct it compares by: everything but protocol and port is empty.
            let printed = format!(
                "{{\"Name\":\"\",\"Protocol\":{},\"AppProtocol\":null,\"Port\":{},\"TargetPort\":0,\"NodePort\":0}}",
                json!(key.0),
                key.1
            );
            errors.push(FieldError::new(
                &list.index(index),
                BadValue::raw(printed),
                ServiceCode::PortTwice,
            ));
        }
        seen.push(key);
    }
}

fn source_ranges(value: &Value, kind: &str, errors: &mut Vec<FieldError>) {
    let spec = get(value, "spec");
    let root = Path::ROOT;
    let ranges = texts(spec, "loadBalancerSourceRanges");
    let annotations = at(value, &["metadata", "annotations"]);
    let forbidden = || ServiceCode::OnlyForLoadBalancer;
    if !ranges.is_empty() {
        let spec_path = root.field("spec");
        // The server spells it with a capital letter.
        let path = spec_path.field("LoadBalancerSourceRanges");
        if kind != "LoadBalancer" {
            errors.push(FieldError::without_value(&path, forbidden()));
        }
        for (index, range) in ranges.into_iter().enumerate() {
            let range = range.trim();
            report(errors, &path.index(index), range, ip::range(range));
        }
    } else if has(annotations, RANGES_ANNOTATION) {
        let metadata = root.field("metadata");
        let list = metadata.field("annotations");
        let path = list.key(RANGES_ANNOTATION);
        if kind != "LoadBalancer" {
            errors.push(FieldError::without_value(&path, forbidden()));
        }
        let text = text_of(annotations, RANGES_ANNOTATION).trim();
        for range in text.split(',').filter(|_| !text.is_empty()) {
            let range = range.trim();
            report(errors, &path, range, ip::range(range));
        }
    }
}

fn load_balancer_class(spec: &Value, kind: &str, old: Option<&Value>, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let path = path.field("loadBalancerClass");
    if !has(spec, "loadBalancerClass") {
        return;
    }
    if kind != "LoadBalancer" {
        errors.push(FieldError::without_value(&path, ServiceCode::OnlyForLoadBalancer));
        return;
    }
    let class = text_of(spec, "loadBalancerClass");
    let before = old.map_or("", |old| text_of(get(old, "spec"), "loadBalancerClass"));
    if before != class || old.is_none() {
        report(errors, &path, class, text::qualified_name(class));
    }
}

/// Whether traffic can come from outside by this Service.
fn is_reachable_from_outside(spec: &Value, kind: &str) -> bool {
    matches!(kind, "LoadBalancer" | "NodePort") || (kind == "ClusterIP" && !items(spec, "externalIPs").is_empty())
}

fn traffic_policies(spec: &Value, kind: &str, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let external = text_of(spec, "externalTrafficPolicy");
    let external_path = path.field("externalTrafficPolicy");
    if !is_reachable_from_outside(spec, kind) {
        if !external.is_empty() {
            errors.push(FieldError::new(&external_path, external, ServiceCode::ExternalPolicy));
        }
    } else if !POLICIES.contains(&external) {
        errors.push(FieldError::not_supported(&external_path, external, &POLICIES));
    }
    let health = int(spec, "healthCheckNodePort");
    let health_path = path.field("healthCheckNodePort");
    if kind == "LoadBalancer" && external == "Local" {
        if health == 0 {
            errors.push(FieldError::required(&health_path));
        } else {
            for message in text::port_number(health) {
                errors.push(FieldError::new(&health_path, health, message));
            }
        }
    } else if health != 0 {
        errors.push(FieldError::new(&health_path, health, ServiceCode::HealthPortUnused));
    }
    let internal = text_of(spec, "internalTrafficPolicy");
    if has(spec, "internalTrafficPolicy") && !POLICIES.contains(&internal) {
        errors.push(FieldError::not_supported(
            &path.field("internalTrafficPolicy"),
            internal,
            &POLICIES,
        ));
    }
    const DISTRIBUTIONS: [&str; 3] = ["PreferClose", "PreferSameZone", "PreferSameNode"];
    let distribution = text_of(spec, "trafficDistribution");
    if has(spec, "trafficDistribution") && !DISTRIBUTIONS.contains(&distribution) {
        errors.push(FieldError::not_supported(
            &path.field("trafficDistribution"),
            distribution,
            &DISTRIBUTIONS,
        ));
    }
}

pub(super) fn update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    let (spec, before) = (get(new, "spec"), get(old, "spec"));
    let (kind, kind_before) = (text_of(spec, "type"), text_of(before, "type"));
    if kind != "ExternalName" && kind_before != "ExternalName" {
        changed_addresses(spec, before, errors);
        changed_families(spec, before, errors);
    }
    if kind == "LoadBalancer" && kind_before == "LoadBalancer" {
        meta::immutable(new, old, &["spec", "loadBalancerClass"], GeneralCode::Fixed, errors);
        // Only a class that was set is held; one that is added later is refused just the same.
    }
    let needs_health =
        |spec: &Value| text_of(spec, "type") == "LoadBalancer" && text_of(spec, "externalTrafficPolicy") == "Local";
    if needs_health(spec)
        && needs_health(before)
        && int(spec, "healthCheckNodePort") != int(before, "healthCheckNodePort")
    {
        let root = Path::ROOT;
        let path = root.field("spec");
        errors.push(FieldError::without_value(
            &path.field("healthCheckNodePort"),
            ServiceCode::HealthPortFixed,
        ));
    }
    create(new, Some(old), errors);
}

fn changed_addresses(spec: &Value, before: &Value, errors: &mut Vec<FieldError>) {
    if is_headless(spec) && is_headless(before) {
        return;
    }
    let root = Path::ROOT;
    let path = root.field("spec");
    let list = path.field("clusterIPs");
    let (now, then) = (texts(spec, "clusterIPs"), texts(before, "clusterIPs"));
    let all = || BadValue::from(get(spec, "clusterIPs"));
    if now.len() == then.len() {
        for index in (0..now.len()).filter(|index| now[*index] != then[*index]) {
            errors.push(FieldError::new(&list.index(index), all(), ServiceCode::ClusterIpFixed));
        }
        return;
    }
    if now.is_empty() {
        errors.push(FieldError::new(&list.index(0), all(), ServiceCode::ClusterIpUnset));
    } else if !then.is_empty() && now[0] != then[0] {
        errors.push(FieldError::new(&list.index(0), all(), ServiceCode::ClusterIpFixed));
    }
    if now.len() < then.len() && now.len() == 1 && text_of(spec, "ipFamilyPolicy") != "SingleStack" {
        errors.push(FieldError::new(
            &path.field("ipFamilyPolicy"),
            get(spec, "ipFamilyPolicy"),
            ServiceCode::SecondClusterIpReleased,
        ));
    }
}

fn changed_families(spec: &Value, before: &Value, errors: &mut Vec<FieldError>) {
    if is_headless(spec) && is_headless(before) {
        return;
    }
    let root = Path::ROOT;
    let path = root.field("spec");
    let list = path.field("ipFamilies");
    let (now, then) = (texts(spec, "ipFamilies"), texts(before, "ipFamilies"));
    let all = || BadValue::from(get(spec, "ipFamilies"));
    if now.len() == then.len() {
        // Every difference is reported at the first family.
        for _ in (0..now.len()).filter(|index| now[*index] != then[*index]) {
            errors.push(FieldError::new(&list.index(0), all(), ServiceCode::FamilyFixed));
        }
        return;
    }
    if now.is_empty() {
        errors.push(FieldError::new(&list.index(0), all(), ServiceCode::FamilyUnset));
    } else if !then.is_empty() && now[0] != then[0] {
        errors.push(FieldError::new(&list.index(0), all(), ServiceCode::FamilyFixed));
    }
    if now.len() < then.len() && now.len() == 1 && text_of(spec, "ipFamilyPolicy") != "SingleStack" {
        errors.push(FieldError::new(
            &path.field("ipFamilyPolicy"),
            get(spec, "ipFamilyPolicy"),
            ServiceCode::SecondFamilyReleased,
        ));
    }
}
