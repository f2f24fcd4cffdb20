//! Which pods stand behind a Service and with which ports: what the Endpoints and the EndpointSlice
//! controller share (`kubernetes staging/src/k8s.io/endpointslice/util`, `pkg/controller/util/endpoint`).

use crate::api::types::core::{Container, Pod, Service, ServicePort};
use crate::api::types::meta::IntOrString;

/// Label of the Endpoints and slices of a Service without a virtual address.
pub const HEADLESS_LABEL: &str = "service.kubernetes.io/headless";

/// Whether a pod belongs among the endpoints at all: it has an address, has not ended, and is not on its way
/// out unless that is asked for.
#[must_use]
pub fn belongs(pod: &Pod, include_terminating: bool) -> bool {
    let has_address = !pod.status.pod_ip.is_empty() || !pod.status.pod_ips.is_empty();
    !pod.is_terminal() && has_address && (include_terminating || pod.metadata.deletion_timestamp.is_none())
}

/// The number behind a Service port's `targetPort` in one pod; `None` where a name is not known there.
///
/// Names are looked up in containers and in init containers that keep running (sidecars)
/// (`kubernetes pkg/api/v1/pod/util.go FindPort`).
#[must_use]
pub fn target_port(pod: &Pod, port: &ServicePort, sidecars: &[bool]) -> Option<i32> {
    match &port.target_port {
        IntOrString::Int(0) => Some(port.port),
        IntOrString::Int(number) => Some(*number),
        IntOrString::String(name) => {
            let init = pod
                .spec
                .init_containers
                .iter()
                .zip(sidecars)
                .filter(|(_, sidecar)| **sidecar)
                .map(|(container, _)| container);
            pod.spec
                .containers
                .iter()
                .chain(init)
                .find_map(|container| named_port(container, name, &port.protocol))
        }
    }
}

fn named_port(container: &Container, name: &str, protocol: &str) -> Option<i32> {
    let tcp = |text: &str| {
        if text.is_empty() {
            "TCP".to_owned()
        } else {
            text.to_owned()
        }
    };
    container
        .ports
        .iter()
        .find(|it| it.name == name && tcp(&it.protocol) == tcp(protocol))
        .map(|it| it.container_port)
}

/// Whether an endpoint carries the pod's host name: it names this Service as its subdomain.
#[must_use]
pub fn host_name<'a>(pod: &'a Pod, service: &Service) -> Option<&'a str> {
    let named = !pod.spec.hostname.is_empty()
        && pod.spec.subdomain == service.metadata.name
        && pod.metadata.namespace == service.metadata.namespace;
    named.then_some(pod.spec.hostname.as_str())
}

/// Whether a Service has a virtual address.
#[must_use]
pub fn has_virtual_address(service: &Service) -> bool {
    !service.spec.cluster_ip.is_empty() && !service.spec.is_headless()
}

/// Which init containers keep running beside the others (`restartPolicy: Always`).
#[must_use]
pub fn sidecars(pod: &serde_json::Value) -> Vec<bool> {
    pod.pointer("/spec/initContainers")
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .map(|container| container.get("restartPolicy").and_then(serde_json::Value::as_str) == Some("Always"))
        .collect()
}
