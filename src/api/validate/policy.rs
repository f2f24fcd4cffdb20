//! Rules for NetworkPolicies (`kubernetes pkg/apis/networking/validation/validation.go`).

use serde_json::Value;

use super::text::{self, report};
use super::{ip, meta};
use crate::api::codes::PolicyCode;
use crate::api::field::{BadValue, FieldError, Path};
use crate::api::tree::{get, has, items, text as text_of, texts};

pub(super) fn create(value: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta(value, true, text::dns_subdomain, errors);
    spec(value, errors);
}

pub(super) fn update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    meta::object_meta_update(new, old, errors);
    spec(new, errors);
}

fn spec(value: &Value, errors: &mut Vec<FieldError>) {
    let spec = get(value, "spec");
    let root = Path::ROOT;
    let path = root.field("spec");
    meta::label_selector(get(spec, "podSelector"), &path.field("podSelector"), errors);
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        let list = path.field(direction);
        for (index, rule) in items(spec, direction).iter().enumerate() {
            let path = list.index(index);
            let list = path.field("ports");
            for (index, port) in items(rule, "ports").iter().enumerate() {
                policy_port(port, &list.index(index), errors);
            }
            let list = path.field(peers);
            for (index, peer) in items(rule, peers).iter().enumerate() {
                policy_peer(peer, &list.index(index), errors);
            }
        }
    }
    let list = path.field("policyTypes");
    let types = texts(spec, "policyTypes");
    if types.len() > 2 {
        errors.push(FieldError::new(
            &list,
            BadValue::from(get(spec, "policyTypes")),
            PolicyCode::TooManyTypes,
        ));
        return;
    }
    for (index, kind) in types.into_iter().enumerate() {
        if !["Egress", "Ingress"].contains(&kind) {
            errors.push(FieldError::not_supported(
                &list.index(index),
                kind,
                &["Egress", "Ingress"],
            ));
        }
    }
}

fn policy_port(port: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let protocol = text_of(port, "protocol");
    if has(port, "protocol") && !["SCTP", "TCP", "UDP"].contains(&protocol) {
        errors.push(FieldError::not_supported(
            &path.field("protocol"),
            protocol,
            &["SCTP", "TCP", "UDP"],
        ));
    }
    let end = get(port, "endPort").as_i64();
    let end_path = path.field("endPort");
    match get(port, "port") {
        Value::Null => {
            if let Some(end) = end {
                errors.push(FieldError::new(&end_path, end, PolicyCode::EndPortAlone));
            }
        }
        Value::String(name) => {
            if let Some(end) = end {
                errors.push(FieldError::new(&end_path, end, PolicyCode::EndPortOfName));
            }
            report(errors, &path.field("port"), name, text::port_name(name));
        }
        number => {
            let number = number.as_i64().unwrap_or_default();
            for message in text::port_number(number) {
                errors.push(FieldError::new(&path.field("port"), number, message));
            }
            if let Some(end) = end {
                if end < number {
                    errors.push(FieldError::new(&end_path, number, PolicyCode::EndPortBelow));
                }
                for message in text::port_number(end) {
                    errors.push(FieldError::new(&end_path, end, message));
                }
            }
        }
    }
}

fn policy_peer(peer: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let mut n_peers = 0;
    for selector in ["podSelector", "namespaceSelector"] {
        if has(peer, selector) {
            n_peers += 1;
            meta::label_selector(get(peer, selector), &path.field(selector), errors);
        }
    }
    if has(peer, "ipBlock") {
        n_peers += 1;
        ip_block(get(peer, "ipBlock"), &path.field("ipBlock"), errors);
    }
    if n_peers == 0 {
        errors.push(FieldError::without_value(path, PolicyCode::NoPeer));
    } else if n_peers > 1 && has(peer, "ipBlock") {
        errors.push(FieldError::without_value(path, PolicyCode::TwoPeers));
    }
}

fn ip_block(block: &Value, path: &Path<'_>, errors: &mut Vec<FieldError>) {
    let cidr = text_of(block, "cidr");
    if cidr.is_empty() {
        errors.push(FieldError::required(&path.field("cidr")));
        return;
    }
    let messages = ip::range(cidr);
    if !messages.is_empty() {
        report(errors, &path.field("cidr"), cidr, messages);
        return;
    }
    let Some((network, length)) = ip::parse_range(cidr) else {
        return;
    };
    let list = path.field("except");
    for (index, except) in texts(block, "except").into_iter().enumerate() {
        let path = list.index(index);
        let messages = ip::range(except);
        if !messages.is_empty() {
            report(errors, &path, except, messages);
            continue;
        }
        let inside = ip::parse_range(except).is_some_and(|(address, longer)| {
            address.is_ipv4() == network.is_ipv4() && longer > length && ip::masked(address, length) == network
        });
        if !inside {
            errors.push(FieldError::new(&path, except, PolicyCode::Except));
        }
    }
}
