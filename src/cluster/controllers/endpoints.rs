//! Endpoints of every Service with a selector (`kubernetes pkg/controller/endpoint/endpoints_controller.go`).
//!
//! Not simulated: the annotation `endpoints.kubernetes.io/last-change-trigger-time`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::api_server::store::Store;
use super::super::reconcile::Reconcile;
use super::super::tree;
use super::selection::{HEADLESS_LABEL, belongs, has_virtual_address, host_name, sidecars, target_port};
use crate::api::types::core::{
    EndpointAddress, EndpointPort, EndpointSubset, Endpoints, ObjectReference, Pod, Service,
};
use crate::api::types::meta::{Labels, ObjectMeta};
use crate::api::types::view::Write as _;
use crate::api::{IpFamily, Kind, NamespacedName, Object, Typed};
use crate::small_sort::SmallSort as _;

/// Who makes these Endpoints.
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
/// Says that addresses beyond the limit were left out.
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
/// Most addresses of one Endpoints object.
const CAPACITY: usize = 1000;

/// Brings the Endpoints of one Service up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(service) = ctx.api.service(key) else {
        // Deleting a Service deletes its namesake, whoever made it.
        ctx.api.remove(Kind::Endpoints, key);
        return;
    };
    if service.spec.is_external_name() || service.spec.selector.is_empty() || ctx.api.holds_given_endpoints(key) {
        return;
    }
    let subsets = repack(&wanted(&ctx.api.store, service));
    let current = ctx.api.store.get(Kind::Endpoints, key).map(Arc::clone);
    let mut labels = service.metadata.labels.clone();
    let view = current.as_deref().and_then(|object| match &object.typed {
        Typed::Endpoints(it) => Some(it.as_ref()),
        _ => None,
    });
    if let Some(view) = view {
        let mut compared = view.metadata.labels.clone();
        compared.remove(HEADLESS_LABEL);
        compared.remove(MANAGED_BY);
        if same_subsets(&view.subsets, &subsets) && compared == labels && capacity_noted(view) {
            return;
        }
    }
    if !has_virtual_address(service) {
        labels.insert(HEADLESS_LABEL.to_owned(), String::new());
    }
    labels.insert(MANAGED_BY.to_owned(), "endpoint-controller".to_owned());
    let mut annotations: Labels = view.map(|it| it.metadata.annotations.clone()).unwrap_or_default();
    let mut subsets = subsets;
    if truncate(&mut subsets) {
        annotations.insert(OVER_CAPACITY.to_owned(), "truncated".to_owned());
    } else {
        annotations.remove(OVER_CAPACITY);
    }
    store(ctx, key, current.as_deref(), labels, annotations, subsets);
}

/// Every pod as one subset per port, before repacking.
fn wanted(store: &Store, service: &Service) -> Vec<EndpointSubset> {
    let namespace = &service.metadata.namespace;
    let not_ready_too = service.spec.publish_not_ready_addresses;
    let family = service.spec.ip_families.first().and_then(|name| IpFamily::parse(name));
    let family = family.unwrap_or_default();
    let mut subsets = Vec::new();
    for pod_key in store.pods_matching(namespace, &service.spec.selector) {
        let Some(object) = store.get(Kind::Pod, &pod_key) else {
            continue;
        };
        let Typed::Pod(pod) = &object.typed else { continue };
        if !belongs(pod, not_ready_too) {
            continue;
        }
        let Some(ip) = pod.ip(family) else { continue };
        let address = address(pod, service, ip);
        let ready = not_ready_too || pod.is_ready();
        let mut add = |ports: Vec<EndpointPort>| {
            let (addresses, not_ready_addresses) = if ready {
                (vec![address.clone()], Vec::new())
            } else {
                (Vec::new(), vec![address.clone()])
            };
            subsets.push(EndpointSubset {
                addresses,
                not_ready_addresses,
                ports,
            });
        };
        if service.spec.ports.is_empty() {
            if service.spec.is_headless() {
                add(Vec::new());
            }
            continue;
        }
        let sidecars = sidecars(&object.value);
        for port in &service.spec.ports {
            if let Some(number) = target_port(pod, port, &sidecars) {
                add(vec![EndpointPort {
                    name: port.name.clone(),
                    port: number,
                    protocol: port.protocol.clone(),
                    app_protocol: port.app_protocol.clone(),
                }]);
            }
        }
    }
    subsets
}

fn address(pod: &Pod, service: &Service, ip: &str) -> EndpointAddress {
    EndpointAddress {
        ip: ip.to_owned(),
        hostname: host_name(pod, service).unwrap_or_default().to_owned(),
        node_name: (!pod.spec.node_name.is_empty()).then(|| pod.spec.node_name.clone()),
        target_ref: Some(ObjectReference {
            kind: "Pod".to_owned(),
            namespace: pod.metadata.namespace.clone(),
            name: pod.metadata.name.clone(),
            uid: pod.metadata.uid.clone(),
        }),
    }
}

/// What tells two addresses apart: the same address may come from different pods.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct AddressKey {
    ip: String,
    /// Of the pod; `__default__` where no object stands behind the address.
    uid: String,
}

/// A port in comparable form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct PortKey {
    name: String,
    /// -1: there is no port.
    port: i32,
    protocol: String,
    app_protocol: Option<String>,
}

impl PortKey {
    fn of(port: &EndpointPort) -> Self {
        Self {
            name: port.name.clone(),
            port: port.port,
            protocol: port.protocol.clone(),
            app_protocol: port.app_protocol.clone(),
        }
    }
}

/// Groups addresses that share the same ports, sorts addresses by their text and ports by name
/// (`kubernetes pkg/api/v1/endpoints/util.go RepackSubsets`). A port for which an address is not ready even
/// once counts as not ready.
pub(super) fn repack(subsets: &[EndpointSubset]) -> Vec<EndpointSubset> {
    let mut addresses: BTreeMap<AddressKey, &EndpointAddress> = BTreeMap::new();
    let mut by_port: BTreeMap<PortKey, BTreeMap<AddressKey, bool>> = BTreeMap::new();
    for subset in subsets {
        let ports: Vec<PortKey> = if subset.ports.is_empty() {
            vec![PortKey {
                name: String::new(),
                port: -1,
                protocol: String::new(),
                app_protocol: None,
            }]
        } else {
            subset.ports.iter().map(PortKey::of).collect()
        };
        let ready = subset.addresses.iter().map(|it| (it, true));
        let both: Vec<_> = ready
            .chain(subset.not_ready_addresses.iter().map(|it| (it, false)))
            .collect();
        for port in ports {
            let members = by_port.entry(port).or_default();
            for (address, ready) in &both {
                let uid = address.target_ref.as_ref().map_or("__default__", |it| it.uid.as_str());
                let key = AddressKey {
                    ip: address.ip.clone(),
                    uid: uid.to_owned(),
                };
                addresses.entry(key.clone()).or_insert(address);
                members
                    .entry(key)
                    .and_modify(|known| *known = *known && *ready)
                    .or_insert(*ready);
            }
        }
    }
    let mut by_members: BTreeMap<BTreeMap<AddressKey, bool>, Vec<PortKey>> = BTreeMap::new();
    for (port, members) in by_port {
        by_members.entry(members).or_default().push(port);
    }
    let mut packed: Vec<EndpointSubset> = by_members
        .into_iter()
        .map(|(members, ports)| {
            let take = |wanted: bool| {
                members
                    .iter()
                    .filter(|(_, ready)| **ready == wanted)
                    .filter_map(|(key, _)| addresses.get(key).map(|it| (*it).clone()))
                    .collect::<Vec<_>>()
            };
            EndpointSubset {
                addresses: take(true),
                not_ready_addresses: take(false),
                ports: ports
                    .into_iter()
                    .filter(|it| it.port >= 0)
                    .map(|it| EndpointPort {
                        name: it.name,
                        port: it.port,
                        protocol: it.protocol,
                        app_protocol: it.app_protocol,
                    })
                    .collect(),
            }
        })
        .collect();
    packed.small_sort_by(|a, b| {
        let key = |it: &EndpointSubset| -> Vec<PortKey> { it.ports.iter().map(PortKey::of).collect() };
        key(a).cmp(&key(b))
    });
    packed
}

fn same_subsets(a: &[EndpointSubset], b: &[EndpointSubset]) -> bool {
    // A stored list that was cut compares by what it would have been.
    let mut cut = b.to_vec();
    truncate(&mut cut);
    a == cut
}

fn capacity_noted(endpoints: &Endpoints) -> bool {
    let count: usize = endpoints
        .subsets
        .iter()
        .map(|it| it.addresses.len() + it.not_ready_addresses.len())
        .sum();
    count >= CAPACITY || !endpoints.metadata.annotations.contains_key(OVER_CAPACITY)
}

/// Cuts the addresses to the limit, not-ready ones first, in proportion over the subsets; whether it had to
/// (`endpoints_controller.go truncateEndpoints`).
fn truncate(subsets: &mut [EndpointSubset]) -> bool {
    let ready: usize = subsets.iter().map(|it| it.addresses.len()).sum();
    let not_ready: usize = subsets.iter().map(|it| it.not_ready_addresses.len()).sum();
    if ready + not_ready <= CAPACITY {
        return false;
    }
    let cut_ready = ready > CAPACITY;
    let (room, total) = if cut_ready {
        (CAPACITY, ready)
    } else {
        (CAPACITY - ready, not_ready)
    };
    let mut left = room;
    for subset in subsets {
        let count = if cut_ready {
            subset.addresses.len()
        } else {
            subset.not_ready_addresses.len()
        };
        let share = (count * room).div_ceil(total.max(1)).min(left);
        if cut_ready {
            subset.addresses.truncate(share);
            subset.not_ready_addresses.clear();
        } else {
            subset.not_ready_addresses.truncate(share);
        }
        left -= share;
    }
    true
}

fn store(
    ctx: &mut Reconcile<'_>,
    key: &NamespacedName,
    current: Option<&Object>,
    labels: Labels,
    annotations: Labels,
    subsets: Vec<EndpointSubset>,
) {
    let trees: Vec<Value> = subsets.iter().map(subset_tree).collect();
    let mut value = match current {
        Some(object) => object.value.clone(),
        None => {
            let uid = ctx.api.new_uid();
            json!({
                "apiVersion": "v1", "kind": "Endpoints",
                "metadata": {
                    "name": key.name, "namespace": key.namespace, "uid": uid,
                    "creationTimestamp": ctx.now().to_string(),
                },
            })
        }
    };
    tree::set(&mut value, &["metadata", "labels"], json!(labels));
    if annotations.is_empty() {
        tree::remove(&mut value, &["metadata", "annotations"]);
    } else {
        tree::set(&mut value, &["metadata", "annotations"], json!(annotations));
    }
    if trees.is_empty() {
        tree::remove(&mut value, &["subsets"]);
    } else {
        tree::set(&mut value, &["subsets"], Value::Array(trees));
    }
    let mut metadata = current.map_or_else(ObjectMeta::default, |object| object.metadata().clone());
    if current.is_none() {
        metadata.name.clone_from(&key.name);
        metadata.namespace.clone_from(&key.namespace);
        tree::text(&value, &["metadata", "uid"]).clone_into(&mut metadata.uid);
        metadata.creation_timestamp = Some(ctx.now().to_string());
    }
    metadata.labels = labels;
    metadata.annotations = annotations;
    let typed = Typed::Endpoints(Box::new(Endpoints { metadata, subsets }));
    ctx.api.store.put(Object { value, typed });
}

fn subset_tree(subset: &EndpointSubset) -> Value {
    subset.write()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subset(ready: &[&str], not_ready: &[&str], ports: &[(&str, i32)]) -> EndpointSubset {
        let list = |ips: &[&str]| {
            ips.iter()
                .map(|ip| EndpointAddress {
                    ip: (*ip).to_owned(),
                    ..EndpointAddress::default()
                })
                .collect()
        };
        EndpointSubset {
            addresses: list(ready),
            not_ready_addresses: list(not_ready),
            ports: ports
                .iter()
                .map(|(name, port)| EndpointPort {
                    name: (*name).to_owned(),
                    port: *port,
                    protocol: "TCP".to_owned(),
                    app_protocol: None,
                })
                .collect(),
        }
    }

    #[test]
    fn addresses_with_the_same_ports_share_a_subset() {
        let packed = repack(&[
            subset(&["10.0.0.10"], &[], &[("a", 1)]),
            subset(&["10.0.0.10"], &[], &[("b", 2)]),
            subset(&["10.0.0.9"], &[], &[("a", 1)]),
            subset(&["10.0.0.9"], &[], &[("b", 2)]),
            subset(&[], &["10.0.0.8"], &[("b", 2)]),
        ]);
        assert_eq!(
            packed,
            [
                subset(&["10.0.0.10", "10.0.0.9"], &[], &[("a", 1)]),
                subset(&["10.0.0.10", "10.0.0.9"], &["10.0.0.8"], &[("b", 2)]),
            ]
        );
        assert_eq!(repack(&packed), packed);
    }

    #[test]
    fn not_ready_addresses_are_cut_before_ready_ones() {
        let many: Vec<String> = (0..900).map(|n| format!("10.0.{}.{}", n / 250, n % 250)).collect();
        let names: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut subsets = [subset(&names, &names[..300], &[("a", 1)])];
        assert!(truncate(&mut subsets));
        assert_eq!(
            (subsets[0].addresses.len(), subsets[0].not_ready_addresses.len()),
            (900, 100)
        );
        let mut over = [
            subset(&names, &[], &[("a", 1)]),
            subset(&names[..300], &names[..5], &[("b", 2)]),
        ];
        assert!(truncate(&mut over));
        assert_eq!((over[0].addresses.len(), over[1].addresses.len()), (750, 250));
        assert!(over[1].not_ready_addresses.is_empty());
    }
}
