//! Topology-aware hints: endpoints shared out to zones in proportion to the zones' CPUs, where a Service asks
//! for it by annotation (`kubernetes staging/src/k8s.io/endpointslice/topologycache`).
//!
//! Zones are taken in order of their names where a real controller takes them in random order.

use std::collections::BTreeMap;

use super::super::api_server::store::Store;
use super::super::tree;
use crate::api::Kind;
use crate::api::Typed;
use crate::api::types::core::Service;
use crate::api::types::discovery::{Endpoint, EndpointHints, ForName};

/// How much more than its share an endpoint may have to bear.
const OVERLOAD: f64 = 0.2;

/// How many endpoints a zone should have.
#[derive(Clone, Copy, Debug)]
struct Share {
    most: usize,
    desired: f64,
}

/// Whether a Service asks for hints by annotation.
pub fn asked_for(service: &Service) -> bool {
    let annotations = &service.metadata.annotations;
    let value = annotations
        .get("service.kubernetes.io/topology-mode")
        .or_else(|| annotations.get("service.kubernetes.io/topology-aware-hints"));
    value.is_some_and(|value| value == "Auto" || value == "auto")
}

/// Each zone's part of the CPUs of all ready workers; `None` where nodes say too little or are in one zone.
fn ratios(store: &Store) -> Option<BTreeMap<String, f64>> {
    let mut by_zone: BTreeMap<String, f64> = BTreeMap::new();
    for (_, object) in store.all(Kind::Node) {
        let Typed::Node(node) = &object.typed else { continue };
        let labels = &node.metadata.labels;
        let excluded = [
            "node-role.kubernetes.io/control-plane",
            "node-role.kubernetes.io/master",
        ];
        if excluded.iter().any(|label| labels.contains_key(*label)) || !node.is_ready() {
            continue;
        }
        let zone = labels
            .get("topology.kubernetes.io/zone")
            .filter(|zone| !zone.is_empty())?;
        let cpu = tree::get(&object.value, &["status", "allocatable", "cpu"]).map_or(0.0, cores);
        if cpu == 0.0 {
            return None;
        }
        *by_zone.entry(zone.clone()).or_default() += cpu;
    }
    let total: f64 = by_zone.values().sum();
    if total == 0.0 || by_zone.len() < 2 {
        return None;
    }
    Some(by_zone.into_iter().map(|(zone, cpu)| (zone, cpu / total)).collect())
}

/// A CPU quantity in cores.
fn cores(quantity: &serde_json::Value) -> f64 {
    let text = quantity.as_str().map_or_else(|| quantity.to_string(), str::to_owned);
    match text.strip_suffix('m') {
        Some(milli) => milli.parse::<f64>().map_or(0.0, |it| it / 1000.0),
        None => text.parse().unwrap_or(0.0),
    }
}

/// Shares per zone; `None` where endpoints are too few to keep every zone below the overload.
fn shares(store: &Store, ready: usize) -> Option<BTreeMap<String, Share>> {
    let ratios = ratios(store)?;
    if ratios.len() > ready {
        return None;
    }
    let mut least_total = 0;
    let mut least: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for (zone, ratio) in ratios {
        let desired = ratio * ready as f64;
        let minimum = (desired * (1.0 / (1.0 + OVERLOAD))).ceil() as usize;
        least_total += minimum;
        least.insert(zone, (minimum, desired.max(minimum as f64)));
    }
    if least_total > ready {
        return None;
    }
    let spare = ready - least_total;
    let share = |(minimum, desired): (usize, f64)| Share {
        most: minimum + spare,
        desired,
    };
    Some(least.into_iter().map(|(zone, it)| (zone, share(it))).collect())
}

fn ready(endpoint: &Endpoint) -> bool {
    endpoint.conditions.ready == Some(true)
}

fn hint(zone: &str) -> Option<EndpointHints> {
    Some(EndpointHints {
        for_zones: vec![ForName { name: zone.to_owned() }],
        for_nodes: Vec::new(),
    })
}

/// Sets the hints of all slices of one Service and family. `slices` are the endpoints of each slice with
/// whether anything else about it changes; slices that do not change keep hints that are still good.
pub fn add_hints(store: &Store, slices: &mut [(&mut Vec<Endpoint>, bool)]) {
    let count = slices
        .iter()
        .flat_map(|(endpoints, _)| endpoints.iter())
        .filter(|it| ready(it))
        .count();
    let without_zone = slices
        .iter()
        .flat_map(|(endpoints, _)| endpoints.iter())
        .any(|it| ready(it) && it.zone.is_none());
    let Some(shares) = shares(store, count).filter(|_| !without_zone) else {
        for endpoint in slices.iter_mut().flat_map(|(endpoints, _)| endpoints.iter_mut()) {
            endpoint.hints = None;
        }
        return;
    };
    let mut allocated: BTreeMap<String, usize> = BTreeMap::new();
    for (endpoints, changes) in slices.iter_mut().filter(|(_, changes)| !changes) {
        match kept(endpoints, &allocated, &shares) {
            Some(zones) => {
                for (zone, number) in zones {
                    *allocated.entry(zone).or_default() += number;
                }
            }
            None => *changes = true,
        }
    }
    for endpoint in changing(slices) {
        endpoint.hints = None;
        if ready(endpoint)
            && let Some(zone) = &endpoint.zone
        {
            *allocated.entry(zone.clone()).or_default() += 1;
            endpoint.hints = hint(zone);
        }
    }
    let (mut giving, mut receiving) = exchange(&shares, &allocated);
    for endpoint in changing(slices).filter(|it| ready(it)) {
        let Some(zone) = endpoint.zone.clone() else { continue };
        if giving.get(&zone).is_none_or(|left| *left == 0) {
            continue;
        }
        let Some((receiver, wanted)) = receiving.iter_mut().find(|(_, wanted)| **wanted > 0) else {
            return;
        };
        endpoint.hints = hint(receiver);
        *wanted -= 1;
        giving.entry(zone).and_modify(|left| *left -= 1);
    }
}

fn changing<'a>(slices: &'a mut [(&mut Vec<Endpoint>, bool)]) -> impl Iterator<Item = &'a mut Endpoint> {
    slices
        .iter_mut()
        .filter(|(_, changes)| *changes)
        .flat_map(|(endpoints, _)| endpoints.iter_mut())
}

/// The hints of a slice per zone, if they can stay (`getHintsByZone`).
fn kept(
    endpoints: &[Endpoint],
    allocated: &BTreeMap<String, usize>,
    shares: &BTreeMap<String, Share>,
) -> Option<BTreeMap<String, usize>> {
    let mut zones: BTreeMap<String, usize> = BTreeMap::new();
    for endpoint in endpoints.iter().filter(|it| ready(it)) {
        let hints = endpoint.hints.as_ref().filter(|hints| !hints.for_zones.is_empty())?;
        for zone in &hints.for_zones {
            shares.get(&zone.name)?;
            *zones.entry(zone.name.clone()).or_default() += 1;
        }
    }
    let fits = zones.iter().all(|(zone, number)| {
        let known = allocated.get(zone).copied().unwrap_or(0);
        shares.get(zone).is_some_and(|share| number + known <= share.most)
    });
    fits.then_some(zones)
}

/// How many endpoints zones give and receive (`getGivingAndReceivingZones`).
fn exchange(
    shares: &BTreeMap<String, Share>,
    allocated: &BTreeMap<String, usize>,
) -> (BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let mut surplus: BTreeMap<&str, f64> = BTreeMap::new();
    let mut lack: BTreeMap<&str, f64> = BTreeMap::new();
    for (zone, share) in shares {
        let has = allocated.get(zone).copied().unwrap_or(0) as f64;
        if has > share.desired {
            surplus.insert(zone, has - share.desired);
        } else if has < share.desired {
            lack.insert(zone, share.desired - has);
        }
    }
    let most = |zones: &BTreeMap<&str, f64>| -> Option<(String, f64)> {
        let mut best: Option<(&str, f64)> = None;
        for (zone, number) in zones {
            if *number > best.map_or(0.0, |it| it.1) {
                best = Some((zone, *number));
            }
        }
        best.map(|(zone, number)| (zone.to_owned(), number))
    };
    let (mut giving, mut receiving) = (BTreeMap::new(), BTreeMap::new());
    while let (Some((giver, gives)), Some((receiver, receives))) = (most(&surplus), most(&lack)) {
        if (gives < 1.0 && receives < 1.0) || gives < 0.5 || receives < 0.5 {
            break;
        }
        surplus
            .entry(shares.get_key_value(&giver).map_or("", |it| it.0))
            .and_modify(|it| *it -= 1.0);
        lack.entry(shares.get_key_value(&receiver).map_or("", |it| it.0))
            .and_modify(|it| *it -= 1.0);
        *giving.entry(giver).or_insert(0) += 1;
        *receiving.entry(receiver).or_insert(0) += 1;
    }
    (giving, receiving)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::discovery::EndpointConditions;
    use crate::cluster::{Cluster, Options};

    fn endpoints(zones: &[&str]) -> Vec<Endpoint> {
        zones
            .iter()
            .map(|zone| Endpoint {
                conditions: EndpointConditions {
                    ready: Some(true),
                    ..EndpointConditions::default()
                },
                zone: Some((*zone).to_owned()),
                ..Endpoint::default()
            })
            .collect()
    }

    fn hinted(zones: &[&str]) -> Vec<String> {
        let cluster = Cluster::new(Options::default());
        let mut list = endpoints(zones);
        add_hints(&cluster.api.store, &mut [(&mut list, true)]);
        list.iter()
            .map(|it| {
                it.hints
                    .as_ref()
                    .map_or("-".to_owned(), |it| it.for_zones[0].name.clone())
            })
            .collect()
    }

    #[test]
    fn zones_get_their_share_of_endpoints() {
        // Two thirds of the CPUs are in zone-a, one third in zone-b.
        assert_eq!(hinted(&["zone-a", "zone-a", "zone-b"]), ["zone-a", "zone-a", "zone-b"]);
        assert_eq!(hinted(&["zone-a", "zone-a", "zone-a"]), ["zone-b", "zone-a", "zone-a"]);
    }

    #[test]
    fn too_few_endpoints_get_no_hints() {
        assert_eq!(hinted(&["zone-a"]), ["-"]);
        assert_eq!(hinted(&["zone-a", "zone-b"]), ["-", "-"]);
    }
}
