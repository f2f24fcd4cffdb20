//! Slices that mirror hand-made Endpoints of Services without a selector
//! (`kubernetes pkg/controller/endpointslicemirroring`).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::reconcile::Reconcile;
use super::endpoint_slice::{self, MANAGED_BY, PortsKey, slice_object, slice_ports, slice_prefix};
use super::endpoints::repack;
use crate::api::types::core::{EndpointAddress, EndpointPort, Endpoints};
use crate::api::types::discovery::SERVICE_NAME_LABEL;
use crate::api::types::discovery::{Endpoint, EndpointConditions, EndpointSlice};
use crate::api::types::meta::{Labels, ObjectMeta, OwnerReference};
use crate::api::{IpFamily, Kind, NamespacedName, Object, Typed};
use crate::small_sort::SmallSort as _;

/// The name this controller goes by.
const CONTROLLER: &str = "endpointslicemirroring-controller.k8s.io";
/// Set on Endpoints that are not to be mirrored.
const SKIP_LABEL: &str = "endpointslice.kubernetes.io/skip-mirror";
/// Set on Endpoints that only elect a leader.
const LEADER_ANNOTATION: &str = "control-plane.alpha.kubernetes.io/leader";
/// Annotations that stay behind.
const LEFT_OUT: [&str; 2] = [
    "endpoints.kubernetes.io/last-change-trigger-time",
    "kubectl.kubernetes.io/last-applied-configuration",
];
/// Most addresses taken of one subset (`--mirroring-max-endpoints-per-subset`).
const MAX_ENDPOINTS: usize = 1000;

/// Family and ports, in comparable form.
type SliceKey = (IpFamily, PortsKey);

/// Brings the mirrored slices of one Endpoints object up to date.
pub fn reconcile(ctx: &mut Reconcile<'_>, key: &NamespacedName) {
    let existing: Vec<Arc<Object>> = ctx
        .api
        .store
        .slices_of(key)
        .iter()
        .filter_map(|slice| ctx.api.store.get(Kind::EndpointSlice, slice))
        .filter(|slice| slice.metadata().labels.get(MANAGED_BY).map(String::as_str) == Some(CONTROLLER))
        .map(Arc::clone)
        .collect();
    let endpoints = ctx.api.store.typed::<Endpoints>(key).filter(|it| may_mirror(it));
    let wanted = match (endpoints, ctx.api.service(key)) {
        (Some(endpoints), Some(service))
            if service.spec.selector.is_empty() || ctx.api.mirrors_given_endpoints(key) =>
        {
            Some(endpoints.clone())
        }
        _ => None,
    };
    let Some(endpoints) = wanted else {
        for slice in existing {
            ctx.api.remove(Kind::EndpointSlice, &slice.key());
        }
        return;
    };
    let desired = desired(&endpoints);
    let mut spare: Vec<Arc<Object>> = Vec::new();
    let mut by_key: BTreeMap<SliceKey, Arc<Object>> = BTreeMap::new();
    for slice in existing {
        let slice_key = key_of_view(view(&slice));
        if desired.contains_key(&slice_key) && !by_key.contains_key(&slice_key) {
            by_key.insert(slice_key, slice);
        } else {
            spare.push(slice);
        }
    }
    for (slice_key, wanted) in desired {
        let current = by_key.remove(&slice_key);
        let fresh = current.is_none();
        let current = current.or_else(|| recyclable(&mut spare, slice_key.0));
        write(ctx, &endpoints, &slice_key, wanted, current.as_deref(), fresh);
    }
    for slice in spare {
        ctx.api.remove(Kind::EndpointSlice, &slice.key());
    }
}

/// A slice that would go, of the same family, to be used for one that would be made.
fn recyclable(spare: &mut Vec<Arc<Object>>, family: IpFamily) -> Option<Arc<Object>> {
    let at = spare.iter().position(|slice| family_of(view(slice)) == family)?;
    Some(spare.remove(at))
}

fn may_mirror(endpoints: &Endpoints) -> bool {
    let meta = &endpoints.metadata;
    meta.labels.get(SKIP_LABEL).map(String::as_str) != Some("true") && !meta.annotations.contains_key(LEADER_ANNOTATION)
}

/// The endpoints of every slice there should be.
fn desired(endpoints: &Endpoints) -> BTreeMap<SliceKey, Vec<Endpoint>> {
    let mut desired: BTreeMap<SliceKey, Vec<Endpoint>> = BTreeMap::new();
    for subset in repack(&endpoints.subsets) {
        let ports = ports_key(&subset.ports);
        let ready = subset.addresses.iter().map(|it| (it, true));
        let all = ready.chain(subset.not_ready_addresses.iter().map(|it| (it, false)));
        for (address, ready) in all.take(MAX_ENDPOINTS) {
            let Ok(ip) = address.ip.parse() else { continue };
            let slice_key = (IpFamily::of(ip), ports.clone());
            desired.entry(slice_key).or_default().push(endpoint(address, ready));
        }
    }
    desired
}

fn endpoint(address: &EndpointAddress, ready: bool) -> Endpoint {
    Endpoint {
        addresses: vec![address.ip.clone()],
        conditions: EndpointConditions {
            ready: Some(ready),
            ..EndpointConditions::default()
        },
        hostname: Some(address.hostname.clone()).filter(|it| !it.is_empty()),
        node_name: address.node_name.clone(),
        zone: None,
        target_ref: address.target_ref.clone(),
        hints: None,
    }
}

fn ports_key(ports: &[EndpointPort]) -> PortsKey {
    let mut key: Vec<_> = ports
        .iter()
        .map(|it| (it.name.clone(), it.protocol.clone(), it.port, it.app_protocol.clone()))
        .collect();
    key.small_sort();
    key
}

fn key_of_view(slice: &EndpointSlice) -> SliceKey {
    (family_of(slice), endpoint_slice::ports_key(slice))
}

/// The family of a slice; one that this controller did not make may have another type, and counts as IPv4.
fn family_of(slice: &EndpointSlice) -> IpFamily {
    slice.family().unwrap_or_default()
}

fn write(
    ctx: &mut Reconcile<'_>,
    endpoints: &Endpoints,
    slice_key: &SliceKey,
    wanted: Vec<Endpoint>,
    current: Option<&Object>,
    fresh: bool,
) {
    let mut labels: Labels = endpoints.metadata.labels.clone();
    labels.insert(SERVICE_NAME_LABEL.to_owned(), endpoints.metadata.name.clone());
    labels.insert(MANAGED_BY.to_owned(), CONTROLLER.to_owned());
    let mut annotations = endpoints.metadata.annotations.clone();
    for left_out in LEFT_OUT {
        annotations.remove(left_out);
    }
    if let (Some(current), false) = (current, fresh) {
        let old = view(current);
        let same_members = sorted(&old.endpoints) == sorted(&wanted);
        if same_members && old.metadata.labels == labels && old.metadata.annotations == annotations {
            return;
        }
    }
    let namespace = endpoints.metadata.namespace.clone();
    let prefix = slice_prefix(&endpoints.metadata.name);
    let mut metadata = match current {
        Some(current) => ObjectMeta {
            // A slice is rewritten under its name; only a new or recycled one says how it was named.
            generate_name: if fresh { prefix } else { String::new() },
            ..current.metadata().clone()
        },
        None => ObjectMeta {
            name: ctx.api.generated_name(Kind::EndpointSlice, &namespace, &prefix),
            generate_name: prefix,
            namespace,
            uid: ctx.api.new_uid(),
            creation_timestamp: Some(ctx.now().to_string()),
            ..ObjectMeta::default()
        },
    };
    metadata.generation += 1;
    metadata.labels = labels;
    metadata.annotations = annotations;
    metadata.owner_references = vec![OwnerReference {
        api_version: "v1".to_owned(),
        kind: "Endpoints".to_owned(),
        name: endpoints.metadata.name.clone(),
        uid: endpoints.metadata.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }];
    let slice = EndpointSlice {
        metadata,
        address_type: slice_key.0.to_string(),
        endpoints: wanted,
        ports: slice_ports(&slice_key.1),
    };
    ctx.api.store.put(slice_object(slice));
}

fn sorted(endpoints: &[Endpoint]) -> Vec<&Endpoint> {
    let mut list: Vec<&Endpoint> = endpoints.iter().collect();
    list.small_sort_by(|a, b| a.addresses.cmp(&b.addresses));
    list
}

fn view(object: &Object) -> &EndpointSlice {
    match &object.typed {
        Typed::EndpointSlice(slice) => slice,
        _ => unreachable!("the map of a kind holds only that kind"),
    }
}
