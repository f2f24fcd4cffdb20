//! Whether what a program waits for is there: a name that a Service has, a port that ready endpoints serve.
//!
//! As far as objects tell: packets that policies or rules would stop are not sent here.

use super::super::api_server::ApiServer;
use super::super::programs::Wait;
use crate::api::types::core::{Pod, Service};
use crate::api::types::discovery::EndpointSlice;
use crate::api::{Kind, NamespacedName};

/// Whether a wait of a program in a pod is over.
pub fn hold(api: &ApiServer, pod: &Pod, wait: &Wait) -> bool {
    let host = wait.host.trim_end_matches('.');
    if host.parse::<std::net::IpAddr>().is_ok() || host == "localhost" {
        return true;
    }
    let mut labels = host.split('.');
    let name = labels.next().unwrap_or_default();
    let own = pod.metadata.namespace.as_str();
    let namespace = match labels.next() {
        // A namespace that a command would print is the pod's own.
        Some(label) if label.starts_with("$(") || label.starts_with('$') => own,
        Some(label) if !label.is_empty() => label,
        _ => own,
    };
    let key = NamespacedName::new(namespace, name);
    let Some(service) = api.store.typed::<Service>(&key) else {
        // Names outside the cluster are taken to be there.
        let inside = host.ends_with(".local") || host.contains(".svc") || !host.contains('.');
        return !inside && api.store.get(Kind::Namespace, &("", namespace)).is_none();
    };
    let Some(port) = wait.port else { return true };
    if service.spec.is_external_name() {
        return true;
    }
    if !service.spec.is_headless() && !service.spec.ports.iter().any(|it| it.port == i32::from(port)) {
        return false;
    }
    api.store.slices_of(&key).iter().any(|slice| {
        let slice = api.store.typed::<EndpointSlice>(slice);
        slice.is_some_and(|it| it.endpoints.iter().any(|it| it.conditions.ready != Some(false)))
    })
}
