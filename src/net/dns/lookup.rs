//! What stands under a name of the cluster's zone: Services, endpoints, pods.
//!
//! Follows `coredns plugin/kubernetes/{kubernetes,parse}.go`. Not here: records made of it ([`server`](super::server)).

use std::net::IpAddr;

use super::findings::{Findings, Found, NameError, Target};
use super::message::{Basis, is_within};
use super::options::PodMode;
use super::query::{Query, Server};
use crate::api::types::core::{Namespace, Pod, Service};
use crate::api::types::discovery::{Endpoint, EndpointSlice};
use crate::api::{Kind, ObjectRef};

/// The parts of a name (`parse.go`); empty where absent.
#[derive(Default)]
struct Parts<'a> {
    /// Whether it stands below `pod`, not `svc`.
    is_pod: bool,
    namespace: &'a str,
    /// Name of the Service; of a pod, the label made of its address.
    service: &'a str,
    /// The first label of an endpoint's own name.
    endpoint: &'a str,
    /// Name of a port, without its `_`.
    port: &'a str,
    /// Protocol, without its `_`.
    protocol: &'a str,
    /// Topology zone and whether it is only preferred; `None` where the name has no such part.
    zone: Option<(String, bool)>,
}

impl Server<'_> {
    /// All ready endpoints of all slices, one entry per address.
    pub(super) fn ready_endpoints(&self) -> impl Iterator<Item = (&EndpointSlice, &Endpoint, &str)> {
        let shown = !self.options.no_endpoints;
        self.snapshot
            .list::<EndpointSlice>()
            .filter(move |_| shown)
            .flat_map(|slice| slice.endpoints.iter().map(move |endpoint| (slice, endpoint)))
            .filter(|(_, endpoint)| endpoint.conditions.is_ready())
            .flat_map(|(slice, endpoint)| {
                endpoint
                    .addresses
                    .iter()
                    .map(move |address| (slice, endpoint, address.as_str()))
            })
    }

    /// Whether a namespace exists and is shown.
    pub(super) fn exposed(&self, namespace: &str) -> bool {
        (self.options.namespaces.is_empty() || self.options.namespaces.iter().any(|it| it == namespace))
            && self.snapshot.get::<Namespace>("", namespace).is_some()
    }

    /// Everything under a name, or why there is nothing (`Records`).
    pub(super) fn find(&self, query: &Query<'_>) -> Result<Findings, NameError> {
        let base = query.lower[..query.lower.len() - query.zone.len()].trim_end_matches('.');
        let nothing = |basis| {
            Ok(Findings {
                items: Vec::new(),
                basis,
                object: None,
            })
        };
        let Some(parts) = parse(base, self.options.zonal).map_err(|basis| NameError(basis, None))? else {
            return nothing(Basis::Zone);
        };
        if is_within(&query.lower, "in-addr.arpa.") || is_within(&query.lower, "ip6.arpa.") {
            return Err(NameError(Basis::Malformed, None));
        }
        if parts.namespace.is_empty() {
            return nothing(Basis::Zone);
        }
        if !self.exposed(parts.namespace) {
            return Err(NameError(Basis::NoNamespace, None));
        }
        if parts.is_pod {
            return self.find_pod(&parts, query);
        }
        if parts.service.is_empty() {
            return nothing(Basis::Zone);
        }
        self.find_service(&parts, query)
    }

    fn find_pod(&self, parts: &Parts<'_>, query: &Query<'_>) -> Result<Findings, NameError> {
        let missing = || NameError(Basis::NoPod, None);
        if self.options.pods == PodMode::Disabled {
            return Err(missing());
        }
        let namespace_ref = ObjectRef::new(Kind::Namespace, "", parts.namespace);
        let label = parts.service;
        if label.is_empty() {
            return Ok(Findings {
                items: Vec::new(),
                basis: Basis::Zone,
                object: Some(namespace_ref),
            });
        }
        let text = if label.matches('-').count() == 3 && !label.contains("--") {
            label.replace('-', ".")
        } else {
            label.replace('-', ":")
        };
        let address: IpAddr = text.parse().map_err(|_| missing())?;
        let mut object = namespace_ref;
        if self.options.pods == PodMode::Verified {
            let pod = self
                .snapshot
                .list::<Pod>()
                .find(|pod| pod.metadata.namespace == parts.namespace && pod.status.pod_ip.parse() == Ok(address));
            let pod = pod.ok_or_else(missing)?;
            object = ObjectRef::new(Kind::Pod, &pod.metadata.namespace, &pod.metadata.name);
        }
        Ok(Findings {
            items: vec![Found {
                target: Target::Address(address),
                port: 0,
                owner: format!("{label}.{}.pod.{}", parts.namespace, query.zone),
                object: object.clone(),
            }],
            basis: Basis::PodAddress,
            object: Some(object),
        })
    }

    fn find_service(&self, parts: &Parts<'_>, query: &Query<'_>) -> Result<Findings, NameError> {
        let (namespace, name) = (parts.namespace, parts.service);
        let Some(service) = self.snapshot.get::<Service>(namespace, name) else {
            return Err(NameError(Basis::NoService, None));
        };
        let reference = ObjectRef::new(Kind::Service, namespace, name);
        let owner = format!("{name}.{namespace}.svc.{}", query.zone);
        let missing = |basis| Err(NameError(basis, Some(reference.clone())));
        let found = |items, basis| {
            Ok(Findings {
                items,
                basis,
                object: Some(reference.clone()),
            })
        };
        let spec = &service.spec;
        if spec.is_external_name() {
            // Nothing stands below an alias, and an address is no alias.
            let below = !parts.endpoint.is_empty() || !parts.port.is_empty() || parts.zone.is_some();
            if below || spec.external_name.is_empty() || spec.external_name.parse::<IpAddr>().is_ok() {
                return missing(Basis::ExternalName);
            }
            let item = Found {
                target: Target::Name(spec.external_name.clone()),
                port: 0,
                owner,
                object: reference.clone(),
            };
            return found(vec![item], Basis::ExternalName);
        }
        if !spec.is_headless() && self.options.ignore_empty_service && self.endpoints_of(service).next().is_none() {
            return missing(Basis::NoEndpoint);
        }
        if spec.is_headless() || !parts.endpoint.is_empty() {
            let items = self.find_endpoints(parts, service, &owner);
            // A pinned zone without endpoints exists nevertheless: its name was asked for as such.
            if items.is_empty() && !(spec.is_headless() && parts.zone.is_some()) {
                let no_port = !parts.port.is_empty() && self.endpoints_of(service).next().is_some();
                return missing(if no_port { Basis::NoPort } else { Basis::NoEndpoint });
            }
            let basis = if parts.endpoint.is_empty() {
                Basis::Headless
            } else {
                Basis::Endpoint
            };
            return found(items, basis);
        }
        if parts.zone.is_some() {
            return missing(Basis::Malformed);
        }
        let mut items = Vec::new();
        for port in &spec.ports {
            if !parts.matches(&port.name, &port.protocol) {
                continue;
            }
            for address in cluster_ips(service) {
                if let Ok(address) = address.parse() {
                    items.push(Found {
                        target: Target::Address(address),
                        port: port.port,
                        owner: owner.clone(),
                        object: reference.clone(),
                    });
                }
            }
        }
        if items.is_empty() {
            return missing(Basis::NoPort);
        }
        found(items, Basis::ClusterIp)
    }

    /// Ready endpoints of a Service with their slices, one entry per address.
    fn endpoints_of<'a>(
        &'a self,
        service: &'a Service,
    ) -> impl Iterator<Item = (&'a EndpointSlice, &'a Endpoint, &'a str)> {
        let meta = &service.metadata;
        self.ready_endpoints().filter(|(slice, ..)| {
            slice.metadata.namespace == meta.namespace && slice.service_name() == Some(&meta.name)
        })
    }

    fn find_endpoints(&self, parts: &Parts<'_>, service: &Service, owner: &str) -> Vec<Found> {
        let mut items = Vec::new();
        let mut elsewhere = Vec::new();
        for (slice, endpoint, address) in self.endpoints_of(service) {
            let label = self.endpoint_label(endpoint, address);
            if !parts.endpoint.is_empty() && !label.eq_ignore_ascii_case(parts.endpoint) {
                continue;
            }
            let target = match address.parse() {
                Ok(parsed) => Target::Address(parsed),
                Err(_) => Target::Name(address.to_owned()),
            };
            let object = ObjectRef::new(Kind::EndpointSlice, &slice.metadata.namespace, &slice.metadata.name);
            let here = match &parts.zone {
                Some((zone, _)) => endpoint.zone.as_ref().is_some_and(|it| it.eq_ignore_ascii_case(zone)),
                None => true,
            };
            let into = if here { &mut items } else { &mut elsewhere };
            let mut add = |port: i32| {
                into.push(Found {
                    target: target.clone(),
                    port,
                    owner: format!("{label}.{owner}"),
                    object: object.clone(),
                });
            };
            if slice.ports.is_empty() {
                // An endpoint without ports has an address, but no SRV record.
                if parts.matches("", "") {
                    add(-1);
                }
            }
            for port in &slice.ports {
                let name = port.name.as_deref().unwrap_or_default();
                if parts.matches(name, port.protocol.as_deref().unwrap_or("TCP")) {
                    add(port.port.unwrap_or(-1));
                }
            }
        }
        if items.is_empty() && parts.zone.as_ref().is_some_and(|(_, prefer)| *prefer) {
            return elsewhere;
        }
        items
    }

    /// The first label of an endpoint's own name.
    pub(super) fn endpoint_label(&self, endpoint: &Endpoint, address: &str) -> String {
        if let Some(hostname) = endpoint.hostname.as_ref().filter(|it| !it.is_empty()) {
            return hostname.clone();
        }
        if self.options.endpoint_pod_names
            && let Some(pod) = &endpoint.target_ref
            && (1..=63).contains(&pod.name.len())
        {
            return pod.name.clone();
        }
        let mut label = address.replace(['.', ':'], "-");
        if label.ends_with('-') {
            label.push('0');
        }
        label
    }
}

impl Parts<'_> {
    /// Whether port and protocol are those asked for, or none were.
    fn matches(&self, port: &str, protocol: &str) -> bool {
        (self.port.is_empty() || self.port.eq_ignore_ascii_case(port))
            && (self.protocol.is_empty() || self.protocol.eq_ignore_ascii_case(protocol))
    }
}

/// Virtual addresses of a Service; `None` and empty ones are none.
pub(super) fn cluster_ips(service: &Service) -> impl Iterator<Item = &str> {
    let spec = &service.spec;
    let single = spec.cluster_ips.is_empty().then_some(&spec.cluster_ip);
    spec.cluster_ips
        .iter()
        .chain(single)
        .map(String::as_str)
        .filter(|it| !matches!(*it, "" | "None"))
}

/// Reads the part of a name before the zone, in small letters; `None` for names between zone and namespace.
fn parse(base: &str, zonal: bool) -> Result<Option<Parts<'_>>, Basis> {
    let labels: Vec<&str> = base.split('.').rev().collect();
    let mut parts = Parts {
        is_pod: labels[0] == "pod",
        ..Parts::default()
    };
    if base.is_empty() || labels == ["svc"] || labels == ["pod"] {
        return Ok(None);
    }
    if labels.iter().any(|label| label.is_empty()) || !matches!(labels[0], "svc" | "pod") {
        return Err(Basis::Malformed);
    }
    parts.namespace = labels.get(1).copied().unwrap_or_default();
    parts.service = labels.get(2).copied().unwrap_or_default();
    match labels.get(3..).unwrap_or_default() {
        [] => {}
        [endpoint] => parts.endpoint = endpoint,
        [protocol, port] => {
            parts.protocol = protocol.strip_prefix('_').unwrap_or(protocol);
            parts.port = port.strip_prefix('_').unwrap_or(port);
        }
        ["_zone", directive @ ("pin" | "prefer"), zone @ ..] if zonal && !parts.is_pod => {
            let zone: Vec<&str> = zone.iter().rev().copied().collect();
            parts.zone = Some((zone.join("."), *directive == "prefer"));
        }
        _ => return Err(Basis::Malformed),
    }
    Ok(Some(parts))
}
