//! The kinds of the Gateway API: their structural schemas, and the rules in CEL that their definitions add
//! (`gateway-api config/crd/standard`, v1.6).
//!
//! Rules are checked only where no mistake of the schema hides what they ask about; then one more line says so
//! (`kubernetes staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/strategy.go`).

use std::net::IpAddr;

use regex_lite::Regex;
use serde_json::Value;

use super::{meta, text};
use crate::api::codes::{Code, CustomCode, GatewayCode, GeneralCode};
use crate::api::custom;
use crate::api::field::FieldError;
use crate::api::kind::Kind;
use crate::api::schema::structural;
use crate::api::tree::{at, get, has, int, items, text as text_of, texts};

/// A hostname with or without a wildcard in front.
const HOSTNAME: &str = r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

pub(super) fn create(kind: Kind, value: &Value, errors: &mut Vec<FieldError>) {
    let namespaced = kind.info().is_some_and(|it| it.namespaced);
    meta::object_meta(value, namespaced, text::dns_subdomain, errors);
    object(kind, value, errors);
}

/// What was wrong before and is as it was is let through (`ratcheting.go`).
pub(super) fn update(kind: Kind, new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    let (mut found, mut before) = (Vec::new(), Vec::new());
    object(kind, new, &mut found);
    object(kind, old, &mut before);
    errors.extend(found.into_iter().filter(|it| !before.contains(it)));
    let controller = |value| at(value, &["spec", "controllerName"]);
    if kind == Kind::GatewayClass && controller(new) != controller(old) {
        push(errors, "spec.controllerName", "string", GatewayCode::Fixed);
    }
}

fn object(kind: Kind, value: &Value, errors: &mut Vec<FieldError>) {
    let Some(schema) = kind.info().and_then(|it| structural::of_gateway_kind(it.name)) else {
        return;
    };
    let found = custom::validate(schema, value);
    let blocks = found.iter().any(|error| {
        matches!(
            error.code,
            Code::General(GeneralCode::Required | GeneralCode::TooLong { .. })
                | Code::Custom(
                    CustomCode::Type { .. } | CustomCode::NotSupported { .. } | CustomCode::TooManyItems { .. }
                )
        )
    });
    errors.extend(found);
    if blocks {
        errors.push(FieldError {
            code: GatewayCode::Unchecked.into(),
            field: "<nil>".to_owned(),
            value: "null".to_owned(),
        });
        return;
    }
    let spec = get(value, "spec");
    match kind {
        Kind::Gateway => gateway(spec, errors),
        Kind::ListenerSet => listeners(spec, errors),
        Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute => {
            route(kind, spec, errors);
        }
        Kind::BackendTlsPolicy => backend_tls(spec, errors),
        _ => {}
    }
}

/// Adds a finding of CEL, which prints the type instead of the value.
fn push(errors: &mut Vec<FieldError>, field: &str, kind: &str, code: impl Into<Code>) {
    errors.push(FieldError {
        code: code.into(),
        field: field.to_owned(),
        value: format!("\"{kind}\""),
    });
}

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|it| it.is_match(text))
}

/// Whether two items are alike.
fn any_pair(items: &[Value], alike: impl Fn(&Value, &Value) -> bool) -> bool {
    items
        .iter()
        .enumerate()
        .any(|(index, item)| items[..index].iter().any(|other| alike(other, item)))
}

fn gateway(spec: &Value, errors: &mut Vec<FieldError>) {
    listeners(spec, errors);
    let per_port = at(spec, &["tls", "frontend", "perPort"]);
    if any_pair(per_port.as_array().map_or(&[], Vec::as_slice), |a, b| {
        int(a, "port") == int(b, "port")
    }) {
        push(errors, "spec.tls.frontend.perPort", "array", GatewayCode::FrontendPorts);
    }
    addresses(items(spec, "addresses"), errors);
    let infrastructure = get(spec, "infrastructure");
    for (field, what) in [("labels", "Label"), ("annotations", "Annotation")] {
        let names = get(infrastructure, field).as_object();
        if names.is_some_and(|map| map.keys().any(|key| !text::qualified_name(key).is_empty())) {
            let field = format!("spec.infrastructure.{field}");
            push(errors, &field, "object", GatewayCode::Keys { what });
        }
    }
}

fn addresses(list: &[Value], errors: &mut Vec<FieldError>) {
    for kind in ["IPAddress", "Hostname"] {
        let same = |a: &Value, b: &Value| {
            text_of(a, "type") == kind
                && text_of(b, "type") == kind
                && has(a, "value")
                && get(a, "value") == get(b, "value")
        };
        if any_pair(list, same) {
            push(errors, "spec.addresses", "array", GatewayCode::AddressesEqual { kind });
        }
    }
    for (index, address) in list.iter().enumerate() {
        let value = text_of(address, "value");
        let path = format!("spec.addresses[{index}]");
        match text_of(address, "type") {
            "Hostname" if has(address, "value") && !value.is_empty() && !matches(HOSTNAME, value) => {
                push(errors, &path, "object", GatewayCode::AddressHostname);
            }
            "IPAddress" if has(address, "value") && value.parse::<IpAddr>().is_err() => {
                let field = format!("{path}.value");
                for format in ["ipv4", "ipv6"] {
                    errors.push(FieldError {
                        code: GatewayCode::AddressFormat {
                            field: field.clone(),
                            format,
                            value: value.to_owned(),
                        }
                        .into(),
                        field: field.clone(),
                        value: crate::go::quote(value),
                    });
                }
                let code = GatewayCode::AddressAnyOf { field: path.clone() };
                errors.push(FieldError {
                    code: code.into(),
                    field: path,
                    value: String::new(),
                });
            }
            _ => {}
        }
    }
}

fn listeners(spec: &Value, errors: &mut Vec<FieldError>) {
    let list = items(spec, "listeners");
    let protocol = |it: &Value, wanted: &[&str]| wanted.contains(&text_of(it, "protocol"));
    let mut rule = |broken: bool, code: GatewayCode| {
        if broken {
            push(errors, "spec.listeners", "array", code);
        }
    };
    let any = |test: &dyn Fn(&Value) -> bool| list.iter().any(test);
    rule(
        any(&|it| protocol(it, &["HTTP", "TCP", "UDP"]) && has(it, "tls")),
        GatewayCode::TlsNotAllowed,
    );
    let mode = |it: &Value| text_of(get(it, "tls"), "mode").to_owned();
    rule(
        any(&|it| protocol(it, &["HTTPS"]) && has(it, "tls") && !matches!(mode(it).as_str(), "" | "Terminate")),
        GatewayCode::TlsNotTerminated,
    );
    rule(
        any(&|it| protocol(it, &["TLS"]) && mode(it).is_empty()),
        GatewayCode::TlsModeMissing,
    );
    rule(
        any(&|it| protocol(it, &["TCP", "UDP"]) && !text_of(it, "hostname").is_empty()),
        GatewayCode::HostnameNotAllowed,
    );
    rule(
        any_pair(list, |a, b| get(a, "name") == get(b, "name")),
        GatewayCode::ListenerNames,
    );
    let same = |a: &Value, b: &Value| {
        ["port", "protocol", "hostname"]
            .iter()
            .all(|it| get(a, it) == get(b, it))
    };
    rule(any_pair(list, same), GatewayCode::ListenersEqual);
    for (index, listener) in list.iter().enumerate() {
        let tls = get(listener, "tls");
        let options = get(tls, "options").as_object().is_some_and(|it| !it.is_empty());
        if !tls.is_object()
            || text_of(tls, "mode") != "Terminate"
            || options
            || !items(tls, "certificateRefs").is_empty()
        {
            continue;
        }
        let code = if has(tls, "certificateRefs") {
            GatewayCode::NoCertificate
        } else {
            GatewayCode::NoCertificateKey
        };
        push(errors, &format!("spec.listeners[{index}].tls"), "object", code);
    }
}

/// References to one and the same must name sections, each another.
fn sections(
    refs: &[Value],
    keys: &[&str],
    path: &str,
    list: &'static str,
    what: &'static str,
    errors: &mut Vec<FieldError>,
) {
    let same = |a: &Value, b: &Value| keys.iter().all(|key| text_of(a, key) == text_of(b, key));
    let named = |it: &Value| !text_of(it, "sectionName").is_empty();
    if any_pair(refs, |a, b| same(a, b) && named(a) != named(b)) {
        push(errors, path, "array", GatewayCode::SectionMissing { list, what });
    }
    if any_pair(refs, |a, b| {
        same(a, b) && get(a, "sectionName") == get(b, "sectionName")
    }) {
        push(errors, path, "array", GatewayCode::SectionTwice { list, what });
    }
}

fn route(kind: Kind, spec: &Value, errors: &mut Vec<FieldError>) {
    sections(
        items(spec, "parentRefs"),
        &["group", "kind", "name", "namespace"],
        "spec.parentRefs",
        "parentRefs",
        "parent",
        errors,
    );
    let rules = items(spec, "rules");
    if kind == Kind::TlsRoute {
        tls_hostnames(&texts(spec, "hostnames"), errors);
    }
    let count: usize = rules.iter().map(|rule| items(rule, "matches").len()).sum();
    if count > 128 {
        push(errors, "spec.rules", "array", GatewayCode::TooManyMatches);
    }
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("spec.rules[{index}]");
        if kind == Kind::HttpRoute {
            http_rule(rule, &path, errors);
        }
        if kind == Kind::GrpcRoute {
            for (index, found) in items(rule, "matches").iter().enumerate() {
                grpc_method(get(found, "method"), &format!("{path}.matches[{index}].method"), errors);
            }
        }
        filters(kind, items(rule, "filters"), &format!("{path}.filters"), errors);
        for (index, backend) in items(rule, "backendRefs").iter().enumerate() {
            let path = format!("{path}.backendRefs[{index}]");
            port_of_service(backend, &path, errors);
            filters(kind, items(backend, "filters"), &format!("{path}.filters"), errors);
        }
    }
}

fn tls_hostnames(names: &[&str], errors: &mut Vec<FieldError>) {
    let is_name = |it: &str| text::dns_subdomain(it).is_empty();
    let mut rule = |broken: bool, code: GatewayCode| {
        if broken {
            push(errors, "spec.hostnames", "array", code);
        }
    };
    let any = |test: &dyn Fn(&str) -> bool| names.iter().any(|it| test(it));
    rule(any(&|it| it.parse::<IpAddr>().is_ok()), GatewayCode::HostnameIsAddress);
    rule(
        any(&|it| !it.contains('*') && !is_name(it)),
        GatewayCode::HostnameInvalid,
    );
    let wild = |it: &str| it.contains('*') && !it.strip_prefix("*.").is_some_and(is_name);
    rule(any(&wild), GatewayCode::HostnameWildcard);
}

fn port_of_service(backend: &Value, path: &str, errors: &mut Vec<FieldError>) {
    if text_of(backend, "group").is_empty() && text_of(backend, "kind") == "Service" && !has(backend, "port") {
        push(errors, path, "object", GatewayCode::NoPort);
    }
}

/// Whether one of the filters replaces the prefix that matched.
fn replaces_prefix(filters: &[Value], field: &str) -> bool {
    filters.iter().any(|filter| {
        let path = at(filter, &[field, "path"]);
        text_of(path, "type") == "ReplacePrefixMatch" && has(path, "replacePrefixMatch")
    })
}

fn http_rule(rule: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let (filters, backends) = (items(rule, "filters"), items(rule, "backendRefs"));
    let matches = items(rule, "matches");
    let one_prefix = matches.len() == 1 && text_of(get(&matches[0], "path"), "type") == "PathPrefix";
    let mut broken = |code: GatewayCode| push(errors, path, "object", code);
    if !backends.is_empty() && filters.iter().any(|it| has(it, "requestRedirect")) {
        broken(GatewayCode::RedirectWithBackends);
    }
    if !one_prefix {
        for (field, filter, using) in [
            ("requestRedirect", "RequestRedirect", "when using RequestRedirect"),
            ("urlRewrite", "URLRewrite", "When using URLRewrite"),
        ] {
            if replaces_prefix(filters, field) {
                broken(GatewayCode::PrefixMatch { filter });
            }
            if backends.iter().any(|it| replaces_prefix(items(it, "filters"), field)) {
                broken(GatewayCode::PrefixMatchWithin { using });
            }
        }
    }
    for (index, found) in matches.iter().enumerate() {
        path_match(get(found, "path"), &format!("{path}.matches[{index}].path"), errors);
    }
    let timeouts = get(rule, "timeouts");
    let duration = |name| has(timeouts, name).then(|| milliseconds(text_of(timeouts, name)));
    if let (Some(all), Some(one)) = (duration("request"), duration("backendRequest"))
        && all != 0
        && one > all
    {
        push(errors, &format!("{path}.timeouts"), "object", GatewayCode::Timeouts);
    }
}

/// A duration of the Gateway API (`1h30m`, `500ms`) in milliseconds; 0 where it cannot be read.
#[must_use]
pub fn milliseconds(text: &str) -> u64 {
    let mut sum = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let letters = behind.find(|it: char| it.is_ascii_digit()).unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(letters);
        let factor = match unit {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1000,
            "ms" => 1,
            _ => return 0,
        };
        sum += number.parse::<u64>().unwrap_or_default() * factor;
        rest = behind;
    }
    sum
}

fn path_match(path: &Value, at: &str, errors: &mut Vec<FieldError>) {
    if !matches!(text_of(path, "type"), "Exact" | "PathPrefix") {
        return;
    }
    let value = text_of(path, "value");
    let mut broken = |code: GatewayCode| push(errors, at, "object", code);
    if !value.starts_with('/') {
        broken(GatewayCode::PathNotAbsolute);
    }
    for part in ["//", "/./", "/../", "%2f", "%2F", "#"] {
        if value.contains(part) {
            broken(GatewayCode::PathPart { part });
        }
    }
    for end in ["/..", "/."] {
        if value.ends_with(end) {
            broken(GatewayCode::PathEnd { end });
        }
    }
    if !matches(r"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$", value) {
        broken(GatewayCode::PathSigns);
    }
}

fn grpc_method(method: &Value, at: &str, errors: &mut Vec<FieldError>) {
    if !method.is_object() {
        return;
    }
    let (service, name) = (text_of(method, "service"), text_of(method, "method"));
    let mut broken = |code: GatewayCode| push(errors, at, "object", code);
    if !has(method, "service") && !has(method, "method") {
        broken(GatewayCode::GrpcMethodEmpty);
    }
    if text_of(method, "type") != "Exact" {
        return;
    }
    if has(method, "service") && !matches(r"^(?i)\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$", service) {
        broken(GatewayCode::GrpcService);
    }
    if has(method, "method") && !matches("^[A-Za-z_][A-Za-z_0-9]*$", name) {
        broken(GatewayCode::GrpcMethod);
    }
}

/// Types of filters with their fields, and whether one may stand only once in a list.
const FILTERS: &[(&str, &str, bool)] = &[
    ("requestHeaderModifier", "RequestHeaderModifier", true),
    ("responseHeaderModifier", "ResponseHeaderModifier", true),
    ("requestMirror", "RequestMirror", false),
    ("requestRedirect", "RequestRedirect", true),
    ("urlRewrite", "URLRewrite", true),
    ("cors", "CORS", true),
    ("extensionRef", "ExtensionRef", false),
];

fn filters(kind: Kind, list: &[Value], path: &str, errors: &mut Vec<FieldError>) {
    let is = |it: &Value, wanted: &str| text_of(it, "type") == wanted;
    if kind == Kind::HttpRoute
        && list.iter().any(|it| is(it, "RequestRedirect"))
        && list.iter().any(|it| is(it, "URLRewrite"))
    {
        push(errors, path, "array", GatewayCode::RedirectAndRewrite);
    }
    for &(_, kind, once) in FILTERS {
        if once && list.iter().filter(|it| is(it, kind)).count() > 1 {
            push(errors, path, "array", GatewayCode::FilterTwice { kind });
        }
    }
    for (index, filter) in list.iter().enumerate() {
        let path = format!("{path}[{index}]");
        for &(field, kind, _) in FILTERS {
            if has(filter, field) && !is(filter, kind) {
                push(errors, &path, "object", GatewayCode::FilterField { field, kind });
            }
            if is(filter, kind) && !has(filter, field) {
                push(errors, &path, "object", GatewayCode::FilterWithoutField { field, kind });
            }
        }
        filter_fields(filter, &path, errors);
    }
}

fn filter_fields(filter: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let mirror = get(filter, "requestMirror");
    if mirror.is_object() {
        let path = format!("{path}.requestMirror");
        port_of_service(get(mirror, "backendRef"), &format!("{path}.backendRef"), errors);
        if has(mirror, "percent") && has(mirror, "fraction") {
            push(errors, &path, "object", GatewayCode::MirrorShares);
        }
        let fraction = get(mirror, "fraction");
        if fraction.is_object() && int(fraction, "numerator") > int(fraction, "denominator") {
            push(
                errors,
                &format!("{path}.fraction"),
                "object",
                GatewayCode::MirrorFraction,
            );
        }
    }
    for field in ["requestRedirect", "urlRewrite"] {
        let modifier = at(filter, &[field, "path"]);
        if !modifier.is_object() {
            continue;
        }
        let path = format!("{path}.{field}.path");
        for (field, kind) in [
            ("replaceFullPath", "ReplaceFullPath"),
            ("replacePrefixMatch", "ReplacePrefixMatch"),
        ] {
            let is = text_of(modifier, "type") == kind;
            if is && !has(modifier, field) {
                push(
                    errors,
                    &path,
                    "object",
                    GatewayCode::PathModifierWithoutField { field, kind },
                );
            }
            if !is && has(modifier, field) {
                push(errors, &path, "object", GatewayCode::PathModifierField { field, kind });
            }
        }
    }
    let cors = get(filter, "cors");
    let crowded = |name| texts(cors, name).contains(&"*") && texts(cors, name).len() > 1;
    if crowded("allowOrigins") {
        push(
            errors,
            &format!("{path}.cors.allowOrigins"),
            "array",
            GatewayCode::CorsOrigins,
        );
    }
    for (field, list) in [("allowMethods", "AllowMethods"), ("allowHeaders", "AllowHeaders")] {
        if crowded(field) {
            push(
                errors,
                &format!("{path}.cors.{field}"),
                "array",
                GatewayCode::CorsNames { list },
            );
        }
    }
}

fn backend_tls(spec: &Value, errors: &mut Vec<FieldError>) {
    sections(
        items(spec, "targetRefs"),
        &["group", "kind", "name"],
        "spec.targetRefs",
        "targetRefs",
        "target",
        errors,
    );
    let validation = get(spec, "validation");
    let own = !items(validation, "caCertificateRefs").is_empty();
    let well_known = !text_of(validation, "wellKnownCACertificates").is_empty();
    match (own, well_known) {
        (true, true) => push(errors, "spec.validation", "object", GatewayCode::TwoCas),
        (false, false) => push(errors, "spec.validation", "object", GatewayCode::NoCa),
        _ => {}
    }
    for (index, name) in items(validation, "subjectAltNames").iter().enumerate() {
        let path = format!("spec.validation.subjectAltNames[{index}]");
        for (field, kind) in [("hostname", "Hostname"), ("uri", "URI")] {
            let is = text_of(name, "type") == kind;
            let given = !text_of(name, field).is_empty();
            if is && !given {
                push(errors, &path, "object", GatewayCode::AltNameMissing { kind });
            }
            if !is && given {
                push(errors, &path, "object", GatewayCode::AltNameField { kind });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_sums_of_their_parts() {
        for (text, sum) in [("1h30m", 5_400_000), ("10s500ms", 10_500), ("0s", 0), ("1d", 0)] {
            assert_eq!(milliseconds(text), sum, "{text}");
        }
    }
}
