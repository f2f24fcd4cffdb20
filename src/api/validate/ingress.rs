//! Rules for Ingresses and IngressClasses (`kubernetes pkg/apis/networking/validation/validation.go`).

use serde_json::Value;

use super::text::{self, report};
use super::{ip, meta};
use crate::api::codes::{GeneralCode, IngressCode};
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::tree::{get, has, int, items, text as text_of, texts};
use crate::api::types::networking::CLASS_ANNOTATION;

const PATH_TYPES: [&str; 3] = ["Exact", "ImplementationSpecific", "Prefix"];

pub(super) fn create(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, true, text::dns_subdomain, errors);
    spec(value, errors);
    let annotations = get(get(value, "metadata"), "annotations");
    let class = get(get(value, "spec"), "ingressClassName");
    if has(annotations, CLASS_ANNOTATION) && !class.is_null() {
        let written = text_of(annotations, CLASS_ANNOTATION);
        if Some(written) != class.as_str() {
            let root = Path::ROOT;
            let list = root.field("annotations");
            errors.push(FieldError::new(
                &list.field(CLASS_ANNOTATION),
                written,
                IngressCode::ClassDiffers,
            ));
        }
    }
}

pub(super) fn update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    meta::object_meta(new, true, text::dns_subdomain, errors);
    spec(new, errors);
}

fn spec(value: &Value, errors: &mut Vec<FieldError>) {
    let spec = get(value, "spec");
    let root = Path::ROOT;
    let path = root.field("spec");
    if items(spec, "rules").is_empty() && !has(spec, "defaultBackend") {
        // `null` or `[]`, as it was written.
        errors.push(FieldError::new(
            &path,
            BadValue::from(get(spec, "rules")),
            IngressCode::Empty,
        ));
    }
    if has(spec, "defaultBackend") {
        backend(get(spec, "defaultBackend"), &path.field("defaultBackend"), errors);
    }
    let list = path.field("rules");
    for (index, rule) in items(spec, "rules").iter().enumerate() {
        rule_of_host(rule, &list.index(index), errors);
    }
    let list = path.field("tls");
    for (index, tls) in items(spec, "tls").iter().enumerate() {
        let path = list.index(index);
        let hosts = path.field("hosts");
        for (index, host) in texts(tls, "hosts").into_iter().enumerate() {
            report(errors, &hosts.index(index), host, host_messages(host));
        }
        let secret = text_of(tls, "secretName");
        if !secret.is_empty() {
            report(errors, &path.field("secretName"), secret, text::dns_subdomain(secret));
        }
    }
    if has(spec, "ingressClassName") {
        let class = text_of(spec, "ingressClassName");
        report(
            errors,
            &path.field("ingressClassName"),
            class,
            text::dns_subdomain(class),
        );
    }
}

fn host_messages(host: &str) -> text::Messages {
    if host.contains('*') {
        text::wildcard_subdomain(host)
    } else {
        text::dns_subdomain(host)
    }
}

fn rule_of_host(rule: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let host = text_of(rule, "host");
    if !host.is_empty() {
        let path = path.field("host");
        if ip::parse_sloppy(host).is_some() {
            errors.push(FieldError::new(&path, host, IngressCode::HostIsAddress));
        }
        report(errors, &path, host, host_messages(host));
    }
    if !has(rule, "http") {
        return;
    }
    let http = path.field("http");
    let list = http.field("paths");
    let paths = items(get(rule, "http"), "paths");
    if paths.is_empty() {
        errors.push(FieldError::without_value(&list, IngressCode::NoPaths));
    }
    for (index, route) in paths.iter().enumerate() {
        http_path(route, &list.index(index), errors);
    }
}

fn http_path(route: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    if !has(route, "pathType") {
        errors.push(FieldError::without_value(
            &path.field("pathType"),
            IngressCode::NoPathType,
        ));
        return;
    }
    let written = text_of(route, "path");
    let path_path = path.field("path");
    let mut wrong = |code: IngressCode| errors.push(FieldError::new(&path_path, written, code));
    match text_of(route, "pathType") {
        "Exact" | "Prefix" => {
            if !written.starts_with('/') {
                wrong(IngressCode::PathNotAbsolute);
            }
            for part in ["//", "/./", "/../", "%2f", "%2F"]
                .into_iter()
                .filter(|part| written.contains(part))
            {
                wrong(IngressCode::PathPart { part });
            }
            for end in ["/..", "/."].into_iter().filter(|end| written.ends_with(end)) {
                wrong(IngressCode::PathEnd { end });
            }
        }
        "ImplementationSpecific" => {
            if !written.is_empty() && !written.starts_with('/') {
                wrong(IngressCode::PathNotAbsolute);
            }
        }
        other => errors.push(FieldError::not_supported(&path.field("pathType"), other, &PATH_TYPES)),
    }
    backend(get(route, "backend"), &path.field("backend"), errors);
}

fn backend(backend: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    match (has(backend, "resource"), has(backend, "service")) {
        (true, true) => {
            errors.push(FieldError::new(path, "", IngressCode::TwoBackends));
        }
        (true, false) => object_reference(get(backend, "resource"), &path.field("resource"), errors),
        (false, true) => service_backend(get(backend, "service"), path, errors),
        (false, false) => errors.push(FieldError::new(path, "", IngressCode::NoBackend)),
    }
}

fn service_backend(service: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let below = path.field("service");
    let name = text_of(service, "name");
    if name.is_empty() {
        errors.push(FieldError::required(&below.field("name")));
    } else {
        report(errors, &below.field("name"), name, text::dns_label(name));
    }
    let port = get(service, "port");
    let port_path = below.field("port");
    let (port_name, number) = (text_of(port, "name"), int(port, "number"));
    match (port_name.is_empty(), number == 0) {
        (false, false) => {
            errors.push(FieldError::new(path, "", IngressCode::TwoBackendPorts));
        }
        (false, true) => report(errors, &port_path.field("name"), port_name, text::port_name(port_name)),
        (true, false) => {
            for message in text::port_number(number) {
                errors.push(FieldError::new(&port_path.field("number"), number, message));
            }
        }
        (true, true) => errors.push(FieldError::without_value(path, IngressCode::NoBackendPort)),
    }
}

fn object_reference(reference: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    if has(reference, "apiGroup") {
        let group = text_of(reference, "apiGroup");
        report(errors, &path.field("apiGroup"), group, text::dns_subdomain(group));
    }
    for field in ["kind", "name"] {
        let value = text_of(reference, field);
        if value.is_empty() {
            errors.push(FieldError::required(&path.field(field)));
        } else {
            report(errors, &path.field(field), value, text::path_segment(value));
        }
    }
}

pub(super) fn class_create(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, false, text::dns_subdomain, errors);
    let root = Path::ROOT;
    let path = root.field("spec");
    let spec = get(value, "spec");
    let controller = text_of(spec, "controller");
    let controller_path = path.field("controller");
    if controller.len() > 250 {
        errors.push(FieldError::too_long(&controller_path, 250));
    }
    domain_prefixed_path(controller, &controller_path, errors);
    if has(spec, "parameters") {
        class_parameters(get(spec, "parameters"), &path.field("parameters"), errors);
    }
}

pub(super) fn class_update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    meta::immutable(new, old, &["spec", "controller"], GeneralCode::Immutable, errors);
    class_create(new, errors);
}

fn domain_prefixed_path(controller: &str, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    if controller.is_empty() {
        errors.push(FieldError::required(path));
        return;
    }
    let Some((domain, rest)) = controller
        .split_once('/')
        .filter(|(domain, rest)| !domain.is_empty() && !rest.is_empty())
    else {
        errors.push(FieldError::new(path, controller, IngressCode::Controller));
        return;
    };
    report(errors, path, domain, text::dns_subdomain(domain));
    if !rest
        .bytes()
        .all(|it| it.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&it))
    {
        errors.push(FieldError::new(path, rest, IngressCode::ControllerPath));
    }
}

fn class_parameters(parameters: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    object_reference(parameters, path, errors);
    let scope = text_of(parameters, "scope");
    let namespace_path = path.field("namespace");
    let namespace = text_of(parameters, "namespace");
    match scope {
        "Namespace" => {
            if has(parameters, "namespace") {
                report(errors, &namespace_path, namespace, text::dns_label(namespace));
            } else {
                errors.push(FieldError::without_value(&namespace_path, IngressCode::NoNamespace));
            }
        }
        "Cluster" => {
            if has(parameters, "namespace") {
                errors.push(FieldError::without_value(
                    &namespace_path,
                    IngressCode::NamespaceOfCluster,
                ));
            }
        }
        other => errors.push(FieldError::not_supported(
            &path.field("scope"),
            other,
            &["Cluster", "Namespace"],
        )),
    }
}
