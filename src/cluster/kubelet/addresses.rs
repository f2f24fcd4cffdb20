//! Which addresses a pod gets: one of each of its node's networks, its node's own, or what its document says.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::super::api_server::ApiServer;
use super::super::pod_overrides::PodOverrides;
use super::super::reconcile::Reconcile;
use super::super::system_namespaces::is_system_namespace;
use super::super::tree;
use super::node_runtime::NodeRuntime;
use super::pod_addresses::PodAddresses;
use crate::api::types::core::{Node, Pod, PodIp};
use crate::api::types::pod_phase::PodPhase;
use crate::api::{IpFamily, Kind, NamespacedName, Object, Typed};

/// How many blocks are looked through for an address to borrow.
const BLOCKS: usize = 4096;

/// The addresses of a pod that runs on a node: those it has, else new ones; none where it is to get none, or where
/// none is left.
pub fn of_pod(
    api: &ApiServer,
    pool: &mut PodAddresses,
    key: &NamespacedName,
    pod: &Pod,
    node: &Node,
    overrides: &PodOverrides,
) -> Vec<String> {
    let known = if !pod.status.pod_ip.is_empty() {
        owned(pod.ips())
    } else if pod.spec.host_network && !overrides.no_address {
        first_of_each_family(node)
    } else {
        Vec::new()
    };
    if known.is_empty() && !overrides.no_address && !pod.spec.host_network {
        return allocate(api, pool, &pod_networks(node), key);
    }
    for address in &known {
        pool.occupy(address, key);
    }
    known
}

/// A status that came with the document stands; what it lacks is an address at most.
pub fn complete_given(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, key: &NamespacedName) {
    let Some(pod) = ctx.api.store.typed::<Pod>(key) else {
        return;
    };
    let Some(node) = ctx.api.node(&pod.spec.node_name) else {
        return;
    };
    let given = owned(pod.ips());
    let runs = pod.status.phase.is_empty() || pod.phase() == Some(PodPhase::Running);
    if !given.is_empty() || !runs || pod.spec.host_network {
        for address in given {
            nodes.addresses.occupy(&address, key);
        }
        return;
    }
    let addresses = allocate(ctx.api, &mut nodes.addresses, &pod_networks(node), key);
    ctx.api.store.edit(Kind::Pod, key, |object| {
        write_addresses(object, &addresses);
        !addresses.is_empty()
    });
}

/// Gives a pod whose network is made anew other addresses.
pub fn new_sandbox(ctx: &mut Reconcile<'_>, nodes: &mut NodeRuntime, key: &NamespacedName, pod: &Pod) {
    let node = ctx.api.node(&pod.spec.node_name);
    let Some(networks) = node.map(pod_networks) else { return };
    // The old ones are given back afterwards, so that they are not the new ones.
    let addresses = allocate(ctx.api, &mut nodes.addresses, &networks, key);
    if addresses.is_empty() {
        return;
    }
    for old in pod.ips() {
        nodes.addresses.release(old, key);
    }
    ctx.api.store.edit(Kind::Pod, key, |object| {
        write_addresses(object, &addresses);
        true
    });
}

/// One address of each of the node's networks.
fn allocate(api: &ApiServer, pool: &mut PodAddresses, networks: &[IpNet], key: &NamespacedName) -> Vec<String> {
    let mut addresses = Vec::with_capacity(networks.len());
    for network in networks {
        let own = pool.allocate(*network, is_system_namespace(&key.namespace), key);
        addresses.extend(
            own.or_else(|| borrow(api, pool, *network, key))
                .map(|it| it.to_string()),
        );
    }
    addresses
}

/// A node whose network is full borrows from blocks that no node has, as Calico's address management does.
fn borrow(api: &ApiServer, pool: &mut PodAddresses, full: IpNet, key: &NamespacedName) -> Option<IpAddr> {
    let pods = api.config().pod_subnets.iter().find(|net| net.contains(&full))?;
    let owned: Vec<IpNet> = api.store.list::<Node>().flat_map(pod_networks).collect();
    pods.subnets(full.prefix_len())
        .ok()?
        .take(BLOCKS)
        .filter(|block| !owned.iter().any(|net| net.contains(block) || block.contains(net)))
        .find_map(|block| pool.allocate(block, false, key))
}

/// Writes a pod's addresses into tree and view.
pub fn write_addresses(object: &mut Object, addresses: &[String]) {
    let (Typed::Pod(pod), Some(first)) = (&mut object.typed, addresses.first()) else {
        return;
    };
    pod.status.pod_ip.clone_from(first);
    pod.status.pod_ips = addresses.iter().map(|ip| PodIp { ip: ip.clone() }).collect();
    let all: Vec<Value> = addresses.iter().map(|ip| json!({"ip": ip})).collect();
    tree::set(&mut object.value, &["status", "podIP"], first.as_str().into());
    tree::set(&mut object.value, &["status", "podIPs"], Value::Array(all));
}

/// The node's addresses as a hostNetwork pod reports them: the first of each family.
fn first_of_each_family(node: &Node) -> Vec<String> {
    let first = node.first_internal_ip();
    let second = first.and_then(|it| node.internal_ip(IpFamily::of_text(it).other()));
    owned(first.into_iter().chain(second))
}

/// Texts of one's own.
fn owned<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    texts.map(str::to_owned).collect()
}

/// The networks from which a node gives its pods addresses, the first family first.
fn pod_networks(node: &Node) -> Vec<IpNet> {
    let texts: &[String] = if node.spec.pod_cidrs.is_empty() {
        std::slice::from_ref(&node.spec.pod_cidr)
    } else {
        &node.spec.pod_cidrs
    };
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}
