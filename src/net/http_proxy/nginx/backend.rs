//! From the Service of a rule to addresses: ingress-nginx goes past kube-proxy and dials pods itself.
//!
//! Follows `internal/ingress/controller/{controller,endpointslices}.go`. Not here: which of the addresses a
//! request takes ([`balance`](super::balance)).

use super::annotations::Settings;
use super::why::MissingBackend;
use crate::api::NamespacedName;
use crate::api::types::core::{Service, ServicePort};
use crate::api::types::meta::IntOrString;
use crate::cluster::Snapshot;
use crate::cluster::ingress_controllers::nginx::Controller;
use crate::net::endpoint_slices::slices_of;
use crate::net::http_proxy::endpoints::{Endpoint, Slices};
use crate::net::packet::port_number;

/// What stands behind the Service and port of a rule.
#[derive(Clone, Debug, Default)]
pub struct Resolved {
    /// Where requests go; empty where nobody can be reached.
    pub endpoints: Vec<Endpoint>,
    /// Whether that is the address of the Service rather than of its pods.
    pub via_service: bool,
    /// Whether it is an ExternalName Service.
    pub is_external: bool,
}

/// The endpoints of the first port of a Service (backends named without a port).
#[must_use]
pub fn first_port_endpoints(snapshot: &Snapshot, slices: &Slices<'_>, namespace: &str, name: &str) -> Vec<Endpoint> {
    snapshot
        .get::<Service>(namespace, name)
        .and_then(|service| Some((service, service.spec.ports.first()?)))
        .map(|(service, port)| slices.ready(service, port))
        .unwrap_or_default()
}

/// The name and port of an ExternalName Service, as a backend that is named without a port has them.
#[must_use]
pub fn external_endpoint(snapshot: &Snapshot, namespace: &str, name: &str) -> Option<Endpoint> {
    let spec = &snapshot.get::<Service>(namespace, name)?.spec;
    let port = spec.ports.first()?;
    let port = match port.target_port {
        IntOrString::Int(target) if target > 0 => target,
        _ => port.port,
    };
    (spec.is_external_name() && spec.external_name.parse::<std::net::IpAddr>().is_err()).then_some(())?;
    Some(Endpoint {
        host: spec.external_name.clone(),
        port: port_number(port)?,
    })
}

/// `serviceEndpoints`, or the Service's own address with `service-upstream`.
#[must_use]
pub fn resolve(
    snapshot: &Snapshot,
    slices: &Slices<'_>,
    controller: &Controller,
    namespace: &str,
    name: &str,
    port: &str,
    settings: &Settings,
) -> Resolved {
    let Some(service) = snapshot.get::<Service>(namespace, name) else {
        return Resolved::default();
    };
    let spec = &service.spec;
    let listed = |name: &str| port_number(spec.ports.iter().find(|it| it.name == name)?.port);
    if settings.service_upstream
        && !matches!(spec.cluster_ip.as_str(), "" | "None")
        && let Some(port) = port.parse().ok().or_else(|| listed(port))
    {
        let host = spec.cluster_ip.clone();
        return Resolved {
            endpoints: vec![Endpoint { host, port }],
            via_service: true,
            is_external: false,
        };
    }
    if spec.is_external_name() {
        let disabled = controller.switch("disable-svc-external-name");
        let target = spec
            .ports
            .iter()
            .find(|it| it.name == port || it.port.to_string() == port)
            .map(|it| match it.target_port {
                IntOrString::Int(target) if target > 0 => target,
                _ => it.port,
            })
            .or_else(|| port.parse().ok())
            .and_then(port_number);
        // A loop back into the controller itself is refused.
        let looped = spec.external_name.starts_with("127.") || spec.external_name == "localhost";
        let endpoint = target
            .filter(|_| !disabled && !looped && !spec.external_name.is_empty())
            .map(|port| Endpoint {
                host: spec.external_name.trim_end_matches('.').to_owned(),
                port,
            });
        return Resolved {
            endpoints: endpoint.into_iter().collect(),
            via_service: false,
            is_external: true,
        };
    }
    let chosen = spec.ports.iter().find(|it| is_meant(it, port));
    Resolved {
        endpoints: chosen.map(|port| slices.ready(service, port)).unwrap_or_default(),
        ..Resolved::default()
    }
}

/// Why nothing can be reached behind a Service and a port as a rule names it.
#[must_use]
pub fn missing(snapshot: &Snapshot, service: Option<&NamespacedName>, port: Option<&str>) -> MissingBackend {
    let found = service.and_then(|it| snapshot.typed::<Service>(it));
    let Some(service) = found else {
        return MissingBackend::Service;
    };
    if let Some(port) = port
        && !service.spec.is_external_name()
        && !service.spec.ports.iter().any(|it| is_meant(it, port))
    {
        return MissingBackend::Port(port.into());
    }
    let meta = &service.metadata;
    let slices = slices_of(snapshot, &meta.namespace, &meta.name);
    match slices.map(|slice| slice.endpoints.len()).sum() {
        0 => MissingBackend::Pods,
        count => MissingBackend::Ready(count),
    }
}

/// The number of the Service's port, its target port (a deviation from the API's text), or its name.
fn is_meant(listed: &ServicePort, port: &str) -> bool {
    listed.port.to_string() == port || listed.target_port.to_string() == port || listed.name == port
}
