//! EndpointSlices of every Service with a selector (`kubernetes staging/src/k8s.io/endpointslice/reconciler.go`).
//!
//! Slices hold at most 100 endpoints, one family and one set of ports each; they are filled up, never
//! rebalanced. Not simulated: the trigger-time annotation.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::api_server::store::Store;
use super::super::reconcile::Reconcile;
use super::super::tree;
use super::selection::{HEADLESS_LABEL, belongs, has_virtual_address, host_name, sidecars, target_port};
use super::topology;
use crate::api::types::core::{Node, ObjectReference, Pod, Service};
use crate::api::types::discovery::SERVICE_NAME_LABEL;
use crate::api::types::discovery::{Endpoint, EndpointConditions, EndpointHints, EndpointSlice, ForName, SlicePort};
use crate::api::types::meta::{Labels, ObjectMeta, OwnerReference};
use crate::api::types::view::Write as _;
use crate::api::{IpFamily, Kind, NamespacedName, Object, Typed};
use crate::small_sort::SmallSort as _;

/// Who makes a slice.
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// The name this controller goes by.
const CONTROLLER: &str = "endpointslice-controller.k8s.io";
/// Most endpoints of one slice (`--max-endpoints-per-slice`).
const MAX_ENDPOINTS: usize = 100;

/// Ports in an order of their own, to tell sets of ports apart: name, protocol, number, application protocol.
pub(super) type PortsKey = Vec<(String, String, i32, Option<String>)>;

/// A slice as it should be: an existing one by name, or a new one.
struct Draft {
    name: Option<String>,
    ports: PortsKey,
    endpoints: Vec<Endpoint>,
    /// Whether it differs from what is stored.
    changes: bool,
}

/// Brings the slices of one Service up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let Some(service) = ctx.api.service(key).cloned() else {
        return;
    };
    if service.spec.is_external_name() || service.spec.selector.is_empty() || ctx.api.holds_given_endpoints(key) {
        return;
    }
    let names = service.spec.ip_families.iter();
    let mut families: Vec<IpFamily> = names.map(|it| IpFamily::parse(it).unwrap_or_default()).collect();
    if families.is_empty() {
        families.push(IpFamily::of_text(&service.spec.cluster_ip));
    }
    // A headless Service without a selector lists both families; with one it has those of the cluster.
    let existing: Vec<Arc<Object>> = ctx
        .api
        .store
        .slices_of(key)
        .iter()
        .filter_map(|slice| ctx.api.store.get(Kind::EndpointSlice, slice))
        .filter(|slice| slice.metadata().labels.get(MANAGED_BY).map(String::as_str) == Some(CONTROLLER))
        .map(Arc::clone)
        .collect();
    for slice in &existing {
        if !view(slice).family().is_some_and(|it| families.contains(&it)) {
            ctx.api.remove(Kind::EndpointSlice, &slice.key());
        }
    }
    for family in families {
        let of_family: Vec<&Arc<Object>> = existing
            .iter()
            .filter(|slice| view(slice).family() == Some(family))
            .collect();
        reconcile_family(ctx, &service, family, &of_family);
    }
}

/// Brings the slices of one family up to date.
fn reconcile_family(ctx: &mut Reconcile<'_>, service: &Service, family: IpFamily, existing: &[&Arc<Object>]) {
    let desired = desired(&ctx.api.store, service, family);
    let outdated: Vec<NamespacedName> = existing
        .iter()
        .filter(|slice| !desired.contains_key(&ports_key(view(slice))))
        .map(|slice| slice.key())
        .collect();
    let by_topology = topology::asked_for(service);
    let mut plan = Plan::default();
    for (ports, members) in desired {
        let same_ports: Vec<&Arc<Object>> = existing
            .iter()
            .filter(|slice| ports_key(view(slice)) == ports)
            .copied()
            .collect();
        plan.fill(&ctx.api.store, by_topology, &same_ports, &ports, members);
    }
    let Plan {
        mut drafts,
        mut unwanted,
    } = plan;
    unwanted.extend(outdated);
    if unwanted.len() == existing.len() && drafts.is_empty() {
        // Nothing would be left: a placeholder without ports stands in.
        drafts.push(Draft::new(Vec::new()));
    }
    if by_topology {
        let mut slices: Vec<(&mut Vec<Endpoint>, bool)> = drafts
            .iter_mut()
            .map(|draft| (&mut draft.endpoints, draft.changes))
            .collect();
        topology::add_hints(&ctx.api.store, &mut slices);
    }
    // Slices that would go are used for those that would be made.
    for draft in drafts.iter_mut().rev().filter(|draft| draft.name.is_none()) {
        if unwanted.is_empty() {
            break;
        }
        draft.name = Some(unwanted.remove(0).name);
    }
    for draft in drafts {
        write(ctx, service, family, draft);
    }
    for key in unwanted {
        ctx.api.remove(Kind::EndpointSlice, &key);
    }
}

/// The endpoints of a Service in one family by their pods' names, for every set of ports.
fn desired(store: &Store, service: &Service, family: IpFamily) -> BTreeMap<PortsKey, BTreeMap<String, Endpoint>> {
    let mut desired: BTreeMap<PortsKey, BTreeMap<String, Endpoint>> = BTreeMap::new();
    for pod_key in store.pods_matching(&service.metadata.namespace, &service.spec.selector) {
        let Some(object) = store.get(Kind::Pod, &pod_key) else {
            continue;
        };
        let Typed::Pod(pod) = &object.typed else { continue };
        if !belongs(pod, true) {
            continue;
        }
        let members = desired.entry(ports_for(service, pod, &object.value)).or_default();
        let node = store.typed::<Node>(&("", pod.spec.node_name.as_str()));
        if node.is_none() && !service.spec.publish_not_ready_addresses {
            continue;
        }
        if let Some(address) = pod.ip(family) {
            members.insert(pod_key.name.clone(), endpoint(pod, node, service, address));
        }
    }
    desired
}

impl Draft {
    /// A new slice without endpoints yet.
    fn new(ports: PortsKey) -> Self {
        Self {
            name: None,
            ports,
            endpoints: Vec::new(),
            changes: true,
        }
    }

    /// A slice with those of its endpoints that are still wanted, which are taken out of `left`.
    fn keeping(slice: &Object, ports: &PortsKey, left: &mut BTreeMap<String, Endpoint>, by_topology: bool) -> Self {
        let old = &view(slice).endpoints;
        let mut kept = Vec::new();
        let mut changed = false;
        for endpoint in old {
            let pod = endpoint.target_ref.as_ref().map_or("", |it| it.name.as_str());
            let is_same = left.get(pod).is_some_and(|wanted| {
                wanted.addresses == endpoint.addresses
                    && wanted.target_ref.as_ref().map(|it| &it.uid) == endpoint.target_ref.as_ref().map(|it| &it.uid)
            });
            if !is_same {
                continue;
            }
            let Some(mut wanted) = left.remove(pod) else { continue };
            changed |= !equal_beside_hints(&wanted, endpoint);
            if by_topology {
                wanted.hints.clone_from(&endpoint.hints);
            }
            kept.push(wanted);
        }
        Self {
            name: Some(slice.metadata().name.clone()),
            ports: ports.clone(),
            changes: changed || old.len() != kept.len(),
            endpoints: kept,
        }
    }
}

/// What is to become of the slices of one family.
#[derive(Default)]
struct Plan {
    drafts: Vec<Draft>,
    /// Slices that nothing is left in.
    unwanted: Vec<NamespacedName>,
}

impl Plan {
    /// Distributes the wanted endpoints of one set of ports over slices: kept where they are, then filled into
    /// slices that change anyway (fullest first), then into the one that ends up closest to full, then into new
    /// ones (`reconcileByPortMapping`).
    fn fill(
        &mut self,
        store: &Store,
        by_topology: bool,
        existing: &[&Arc<Object>],
        ports: &PortsKey,
        mut left: BTreeMap<String, Endpoint>,
    ) {
        let mut changing: Vec<Draft> = Vec::new();
        let mut unchanged: Vec<Draft> = Vec::new();
        for slice in existing {
            let draft = Draft::keeping(slice, ports, &mut left, by_topology);
            if !draft.changes {
                unchanged.push(draft);
            } else if draft.endpoints.is_empty() {
                self.unwanted.push(slice.key());
            } else {
                changing.push(draft);
            }
        }
        // The last to come is the last to be placed; `top_up` takes from the end.
        let mut left: Vec<Endpoint> = left.into_values().collect();
        left.sort_by_cached_key(|endpoint| {
            let pod = endpoint.target_ref.as_ref();
            let key = pod.map(|it| NamespacedName::new(&it.namespace, &it.name));
            std::cmp::Reverse(key.map(|key| store.pod_birth(&key)))
        });
        changing.small_sort_by_key(|draft| std::cmp::Reverse(draft.endpoints.len()));
        for draft in &mut changing {
            top_up(draft, &mut left);
        }
        while !left.is_empty() {
            let mut draft = match fullest_with_room(&unchanged, left.len()) {
                Some(idx) => unchanged.remove(idx),
                None => Draft::new(ports.clone()),
            };
            top_up(&mut draft, &mut left);
            draft.changes = true;
            changing.push(draft);
        }
        self.drafts.append(&mut changing);
        self.drafts.append(&mut unchanged);
    }
}

/// The first of the fullest slices that so many endpoints fit into; none where they fill a slice themselves.
fn fullest_with_room(slices: &[Draft], count: usize) -> Option<usize> {
    if count >= MAX_ENDPOINTS {
        return None;
    }
    slices
        .iter()
        .enumerate()
        .filter(|(_, draft)| draft.endpoints.len() + count <= MAX_ENDPOINTS)
        .max_by_key(|(idx, draft)| (draft.endpoints.len(), std::cmp::Reverse(*idx)))
        .map(|(idx, _)| idx)
}

/// Fills a slice up.
fn top_up(draft: &mut Draft, left: &mut Vec<Endpoint>) {
    while draft.endpoints.len() < MAX_ENDPOINTS {
        match left.pop() {
            Some(endpoint) => draft.endpoints.push(endpoint),
            None => return,
        }
    }
}

/// Whether nothing but the hints tells two endpoints apart; hints are set at the end.
fn equal_beside_hints(a: &Endpoint, b: &Endpoint) -> bool {
    a.conditions == b.conditions && a.hostname == b.hostname && a.node_name == b.node_name && a.zone == b.zone
}

fn endpoint(pod: &Pod, node: Option<&Node>, service: &Service, address: &str) -> Endpoint {
    let serving = pod.is_ready();
    let terminating = pod.metadata.deletion_timestamp.is_some();
    // `ready` is never true for a terminating pod unless not-ready addresses are published.
    let ready = service.spec.publish_not_ready_addresses || (serving && !terminating);
    let zone = node
        .and_then(|node| node.metadata.labels.get("topology.kubernetes.io/zone"))
        .filter(|zone| !zone.is_empty())
        .cloned();
    let mut endpoint = Endpoint {
        addresses: vec![address.to_owned()],
        conditions: EndpointConditions {
            ready: Some(ready),
            serving: Some(serving),
            terminating: Some(terminating),
        },
        hostname: host_name(pod, service).map(str::to_owned),
        node_name: (!pod.spec.node_name.is_empty()).then(|| pod.spec.node_name.clone()),
        zone,
        target_ref: Some(ObjectReference {
            kind: "Pod".to_owned(),
            namespace: pod.metadata.namespace.clone(),
            name: pod.metadata.name.clone(),
            uid: pod.metadata.uid.clone(),
        }),
        hints: None,
    };
    // The annotation wins over the field.
    if !topology::asked_for(service) {
        endpoint.hints = hints(&endpoint, service.spec.traffic_distribution.as_deref());
    }
    endpoint
}

/// Hints of ready endpoints: their own zone, and their own node for `PreferSameNode`
/// (`staging/src/k8s.io/endpointslice/trafficdist`).
fn hints(endpoint: &Endpoint, distribution: Option<&str>) -> Option<EndpointHints> {
    let distribution = distribution.filter(|it| matches!(*it, "PreferClose" | "PreferSameZone" | "PreferSameNode"))?;
    if endpoint.conditions.ready != Some(true) {
        return None;
    }
    let name = |it: &Option<String>| it.iter().map(|name| ForName { name: name.clone() }).collect::<Vec<_>>();
    let hints = EndpointHints {
        for_zones: name(&endpoint.zone),
        for_nodes: if distribution == "PreferSameNode" {
            name(&endpoint.node_name)
        } else {
            Vec::new()
        },
    };
    (hints != EndpointHints::default()).then_some(hints)
}

/// The ports of a Service as one pod serves them; names it lacks are left out.
fn ports_for(service: &Service, pod: &Pod, tree: &Value) -> PortsKey {
    if service.spec.ports.is_empty() {
        return Vec::new();
    }
    let sidecars = sidecars(tree);
    let mut ports: PortsKey = service
        .spec
        .ports
        .iter()
        .filter_map(|port| {
            let number = target_port(pod, port, &sidecars)?;
            Some((
                port.name.clone(),
                port.protocol.clone(),
                number,
                port.app_protocol.clone(),
            ))
        })
        .collect();
    ports.small_sort();
    ports
}

/// The ports of a slice as a key.
pub(super) fn ports_key(slice: &EndpointSlice) -> PortsKey {
    let mut ports: PortsKey = slice
        .ports
        .iter()
        .map(|port| {
            (
                port.name.clone().unwrap_or_default(),
                port.protocol.clone().unwrap_or_default(),
                port.port.unwrap_or_default(),
                port.app_protocol.clone(),
            )
        })
        .collect();
    ports.small_sort();
    ports
}

/// The ports of a slice in the order in which they are stored: by the hexadecimal FNV-128a hash of each port as Go
/// prints it (`portsInOrder` in `endpointslice/util/controller_utils.go`).
pub(super) fn slice_ports(ports: &PortsKey) -> Vec<SlicePort> {
    let mut hashed: Vec<_> = ports.iter().map(|port| (port_hash(port), port)).collect();
    hashed.small_sort();
    let in_order = hashed.into_iter().map(|(_, port)| port);
    in_order
        .map(|(name, protocol, port, app_protocol)| SlicePort {
            name: Some(name.clone()),
            port: Some(*port),
            protocol: Some(protocol.clone()),
            app_protocol: app_protocol.clone(),
        })
        .collect()
}

/// FNV-128a of what `spew` prints of an EndpointPort; numbers order as their hexadecimal texts of one length do.
fn port_hash((name, protocol, port, app_protocol): &(String, String, i32, Option<String>)) -> u128 {
    const START: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let app_protocol = app_protocol.as_deref().unwrap_or("<nil>");
    let text = format!(
        "(v1.EndpointPort){{Name:(*string){name} Protocol:(*v1.Protocol){protocol} Port:(*int32){port} \
         AppProtocol:(*string){app_protocol}}}"
    );
    text.bytes()
        .fold(START, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

/// The labels of a slice: the Service's own, its name, and who made the slice (`setEndpointSliceLabels`).
fn labels(service: &Service) -> Labels {
    let mut labels = service.metadata.labels.clone();
    for reserved in [SERVICE_NAME_LABEL, MANAGED_BY, HEADLESS_LABEL] {
        labels.remove(reserved);
    }
    labels.insert(SERVICE_NAME_LABEL.to_owned(), service.metadata.name.clone());
    labels.insert(MANAGED_BY.to_owned(), CONTROLLER.to_owned());
    if !has_virtual_address(service) {
        labels.insert(HEADLESS_LABEL.to_owned(), String::new());
    }
    labels
}

fn write(ctx: &mut Reconcile<'_>, service: &Service, family: IpFamily, draft: Draft) {
    let namespace = service.metadata.namespace.clone();
    let labels = labels(service);
    let existing = draft
        .name
        .as_ref()
        .and_then(|name| {
            ctx.api
                .store
                .get(Kind::EndpointSlice, &(namespace.as_str(), name.as_str()))
        })
        .map(Arc::clone);
    let ports = slice_ports(&draft.ports);
    if let Some(existing) = &existing {
        let old = view(existing);
        if old.endpoints == draft.endpoints && old.metadata.labels == labels && ports_key(old) == draft.ports {
            return;
        }
    }
    let owner = OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Service".to_owned(),
        name: service.metadata.name.clone(),
        uid: service.metadata.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    };
    let mut metadata = match &existing {
        Some(existing) => existing.metadata().clone(),
        None => {
            let name = ctx
                .api
                .generated_name(Kind::EndpointSlice, &namespace, &slice_prefix(&service.metadata.name));
            ObjectMeta {
                name,
                generate_name: slice_prefix(&service.metadata.name),
                namespace,
                uid: ctx.api.new_uid(),
                creation_timestamp: Some(ctx.now().to_string()),
                ..ObjectMeta::default()
            }
        }
    };
    metadata.generation += 1;
    metadata.labels = labels;
    metadata.owner_references = vec![owner];
    let slice = EndpointSlice {
        metadata,
        address_type: family.to_string(),
        endpoints: draft.endpoints,
        ports,
    };
    ctx.api.store.put(slice_object(slice));
}

/// `web-`, cut so that a generated name still fits (`getEndpointSlicePrefix`).
pub(super) fn slice_prefix(service: &str) -> String {
    let dashed = format!("{service}-");
    if dashed.len() > 253 - 5 {
        service.to_owned()
    } else {
        dashed
    }
}

/// The stored object of a slice: absent ports and endpoints print as `null`.
pub(super) fn slice_object(slice: EndpointSlice) -> Object {
    let mut value = slice.write();
    tree::set(&mut value, &["apiVersion"], "discovery.k8s.io/v1".into());
    tree::set(&mut value, &["kind"], "EndpointSlice".into());
    if slice.ports.is_empty() {
        tree::set(&mut value, &["ports"], Value::Null);
    }
    if slice.endpoints.is_empty() {
        tree::set(&mut value, &["endpoints"], json!([]));
    }
    Object {
        value,
        typed: Typed::EndpointSlice(Box::new(slice)),
    }
}

fn view(object: &Object) -> &EndpointSlice {
    match &object.typed {
        Typed::EndpointSlice(slice) => slice,
        _ => unreachable!("the map of a kind holds only that kind"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_stand_in_the_order_of_their_hashes() {
        let port = |name: &str, number| (name.to_owned(), "TCP".to_owned(), number, None);
        let numbers =
            |ports: PortsKey| -> Vec<Option<i32>> { slice_ports(&ports).into_iter().map(|it| it.port).collect() };
        // As a real controller stored them.
        let sorted = vec![port("alpha", 2), port("mid", 3), port("zeta", 1)];
        assert_eq!(numbers(sorted), [Some(1), Some(2), Some(3)]);
    }
}
