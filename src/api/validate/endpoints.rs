//! Rules for Endpoints and EndpointSlices (`kubernetes pkg/apis/core/validation/validation.go`,
//! `pkg/apis/discovery/validation/validation.go`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::text::{self, Messages, report};
use super::{ip, meta};
use crate::api::codes::{Code, EndpointsCode, GeneralCode, ServiceCode};
use crate::api::field::{FieldError, Path};
use crate::api::tree::{get, has, int, items, text as text_of, texts};

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];
const ADDRESS_TYPES: [&str; 3] = ["FQDN", "IPv4", "IPv6"];
const MAX_ENDPOINTS: usize = 1000;
const MAX_ADDRESSES: usize = 100;
const MAX_PORTS: usize = 20_000;
const MAX_HINTS: usize = 8;

pub(super) fn endpoints_create(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, true, text::dns_subdomain, errors);
    subsets(value, errors);
}

pub(super) fn endpoints_update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    subsets(new, errors);
}

fn subsets(value: &Value, errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let list = root.field("subsets");
    for (index, subset) in items(value, "subsets").iter().enumerate() {
        let path = list.index(index);
        let (ready, not_ready) = (items(subset, "addresses"), items(subset, "notReadyAddresses"));
        if ready.is_empty() && not_ready.is_empty() {
            errors.push(FieldError::without_value(&path, EndpointsCode::NoAddresses));
        }
        for (name, addresses) in [("addresses", ready), ("notReadyAddresses", not_ready)] {
            let list = path.field(name);
            for (index, address) in addresses.iter().enumerate() {
                endpoint_address(address, &list.index(index), errors);
            }
        }
        let ports = items(subset, "ports");
        let list = path.field("ports");
        for (index, port) in ports.iter().enumerate() {
            endpoint_port(port, ports.len() > 1, &list.index(index), errors);
        }
    }
}

fn endpoint_address(address: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let text = text_of(address, "ip");
    let ip_path = path.field("ip");
    report(errors, &ip_path, text, ip::address(text));
    let hostname = text_of(address, "hostname");
    if !hostname.is_empty() {
        report(errors, &path.field("hostname"), hostname, text::dns_label(hostname));
    }
    if has(address, "nodeName") {
        let node = text_of(address, "nodeName");
        report(errors, &path.field("nodeName"), node, text::dns_subdomain(node));
    }
    // Asked again, so that what is no address is reported twice.
    report(errors, &ip_path, text, ip::endpoint_address(text));
}

fn endpoint_port(port: &Value, need_name: bool, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let name = text_of(port, "name");
    if !name.is_empty() {
        report(errors, &path.field("name"), name, text::dns_label(name));
    } else if need_name {
        errors.push(FieldError::without_value(
            &path.field("name"),
            ServiceCode::PortNameMissing,
        ));
    }
    let number = int(port, "port");
    for message in text::port_number(number) {
        errors.push(FieldError::new(&path.field("port"), number, message));
    }
    protocol(port, path, errors);
    app_protocol(port, path, errors);
}

fn protocol(port: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let protocol = text_of(port, "protocol");
    if !PROTOCOLS.contains(&protocol) {
        errors.push(FieldError::not_supported(&path.field("protocol"), protocol, &PROTOCOLS));
    }
}

fn app_protocol(port: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
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

/// A list of more than `max` items.
fn too_many(path: &Path<'_>, count: usize, max: usize) -> FieldError {
    FieldError::new(path, count as i64, EndpointsCode::TooMany { max })
}

pub(super) fn slice_create(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, true, text::dns_subdomain, errors);
    let root = Path::ROOT;
    let kind = text_of(value, "addressType");
    let path = root.field("addressType");
    if kind.is_empty() {
        errors.push(FieldError::without_value(&path, EndpointsCode::NoAddressType));
    } else if !ADDRESS_TYPES.contains(&kind) {
        errors.push(FieldError::not_supported(&path, kind, &ADDRESS_TYPES));
    }
    slice_endpoints(value, kind, errors);
    slice_ports(value, errors);
}

pub(super) fn slice_update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    slice_create(new, errors);
    meta::immutable(new, old, &["addressType"], GeneralCode::Immutable, errors);
}

fn slice_endpoints(value: &Value, kind: &str, errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let list = root.field("endpoints");
    let endpoints = items(value, "endpoints");
    if endpoints.len() > MAX_ENDPOINTS {
        errors.push(too_many(&list, endpoints.len(), MAX_ENDPOINTS));
        return;
    }
    for (index, endpoint) in endpoints.iter().enumerate() {
        let path = list.index(index);
        let addresses_path = path.field("addresses");
        let addresses = texts(endpoint, "addresses");
        if addresses.is_empty() {
            errors.push(FieldError::without_value(&addresses_path, EndpointsCode::NoAddress));
        } else if addresses.len() > MAX_ADDRESSES {
            errors.push(too_many(&addresses_path, addresses.len(), MAX_ADDRESSES));
        }
        for (index, address) in addresses.into_iter().enumerate() {
            slice_address(kind, address, &addresses_path, index, errors);
        }
        if has(endpoint, "nodeName") {
            let node = text_of(endpoint, "nodeName");
            report(errors, &path.field("nodeName"), node, text::dns_subdomain(node));
        }
        if has(endpoint, "hostname") {
            let hostname = text_of(endpoint, "hostname");
            report(errors, &path.field("hostname"), hostname, text::dns_label(hostname));
        }
        hints(get(endpoint, "hints"), &path.field("hints"), errors);
    }
}

fn slice_address(kind: &str, address: &str, list: &Path<'_>, index: usize, errors: &mut Vec<FieldError>) {
    let path = list.index(index);
    let (messages, other_family): (Messages, EndpointsCode) = match kind {
        "IPv4" => (ip::address(address), EndpointsCode::NotIpv4),
        "IPv6" => (ip::canonical_address(address), EndpointsCode::NotIpv6),
        "FQDN" => {
            full_domain_name(address, &path, errors);
            return;
        }
        _ => return,
    };
    if !messages.is_empty() {
        report(errors, &path, address, messages);
        return;
    }
    if ip::is_ipv6(address) != (kind == "IPv6") {
        errors.push(FieldError::new(list, address, other_family));
    }
    report(errors, &path, address, ip::endpoint_address(address));
}

fn full_domain_name(name: &str, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    if name.is_empty() {
        errors.push(FieldError::required(path));
        return;
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let messages = text::dns_subdomain(name);
    if !messages.is_empty() {
        errors.push(FieldError::new(path, name, Code::Several(messages)));
    } else if !name.contains('.') {
        errors.push(FieldError::new(path, name, EndpointsCode::NotFullName));
    } else if let Some((label, messages)) = name
        .split('.')
        .map(|label| (label, text::dns_label(label)))
        .find(|(_, messages)| !messages.is_empty())
    {
        errors.push(FieldError::new(path, label, Code::Several(messages)));
    }
}

fn hints(hints: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let rules: [(&str, fn(&str) -> Messages); 2] = [("forZones", text::label_value), ("forNodes", text::dns_subdomain)];
    for (field, rule) in rules {
        let list = path.field(field);
        let entries = items(hints, field);
        if entries.len() > MAX_HINTS {
            errors.push(too_many(&list, entries.len(), MAX_HINTS));
            continue;
        }
        let mut seen: Vec<&str> = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let item = list.index(index);
            let path = item.field("name");
            let name = text_of(entry, "name");
            if seen.contains(&name) {
                errors.push(FieldError::duplicate(&path, name));
            }
            seen.push(name);
            report(errors, &path, name, rule(name));
        }
    }
}

fn slice_ports(value: &Value, errors: &mut Vec<FieldError>) {
    let root = Path::ROOT;
    let list = root.field("ports");
    let ports = items(value, "ports");
    if ports.len() > MAX_PORTS {
        errors.push(too_many(&list, ports.len(), MAX_PORTS));
        return;
    }
    let mut names = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let path = list.index(index);
        let name = text_of(port, "name");
        if !name.is_empty() {
            report(errors, &path.field("name"), name, text::dns_label(name));
        }
        if !names.insert(name) {
            errors.push(FieldError::duplicate(&path.field("name"), name));
        }
        protocol(port, &path, errors);
        app_protocol(port, &path, errors);
    }
}
