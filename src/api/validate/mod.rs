//! The API server's rules for fields, all errors at once, in its order
//! (`kubernetes pkg/apis/*/validation/validation.go`).
//!
//! Not here: rules that depend on other objects (allocation, namespaces, admission).

mod apps;
mod core;
mod endpoints;
mod gateway;
mod ingress;
mod ip;
mod jobs;
mod meta;
mod other;
mod pod;
mod pod_diff;
mod pod_spec;
mod pod_warnings;
mod policy;
mod service;
mod text;
mod warnings;

use serde_json::Value;

use super::field::FieldError;
use super::kind::Kind;

pub use gateway::milliseconds;
pub(crate) use text::segment_signs;
pub use warnings::{kind_warning, warnings};

/// Everything the server has against a new object; `value` is decoded and defaulted.
#[must_use]
pub fn validate_create(kind: Kind, value: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let found = &mut errors;
    match kind {
        Kind::Service => service::create(value, None, found),
        Kind::Endpoints => endpoints::endpoints_create(value, found),
        Kind::EndpointSlice => endpoints::slice_create(value, found),
        Kind::Ingress => ingress::create(value, found),
        Kind::IngressClass => ingress::class_create(value, found),
        Kind::NetworkPolicy => policy::create(value, found),
        Kind::Pod => pod::create(value, found),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet => apps::create(kind, value, found),
        Kind::DaemonSet | Kind::ReplicationController | Kind::Job | Kind::CronJob => jobs::create(kind, value, found),
        Kind::Namespace => core::namespace(value, found),
        Kind::Node => core::node(value, found),
        Kind::Secret => core::secret(value, found),
        Kind::ConfigMap => core::config_map(value, found),
        Kind::Other => other::create(value, found),
        Kind::GatewayClass
        | Kind::Gateway
        | Kind::ListenerSet
        | Kind::HttpRoute
        | Kind::GrpcRoute
        | Kind::TlsRoute
        | Kind::TcpRoute
        | Kind::UdpRoute
        | Kind::ReferenceGrant
        | Kind::BackendTlsPolicy => gateway::create(kind, value, found),
        Kind::IpAddressPool | Kind::ComputeFirewall => {
            let namespaced = value.pointer("/metadata/namespace").is_some();
            meta::object_meta(value, namespaced, text::dns_subdomain, found);
        }
        // Files of kubeadm and kube-proxy: they have no metadata.
        Kind::ClusterConfiguration | Kind::KubeProxyConfiguration | Kind::KubeletConfiguration => {}
    }
    errors
}

/// Everything the server has against `new` in place of `old`; both are decoded and defaulted.
#[must_use]
pub fn validate_update(kind: Kind, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let found = &mut errors;
    match kind {
        Kind::Service => service::update(new, old, found),
        Kind::Endpoints => endpoints::endpoints_update(new, old, found),
        Kind::EndpointSlice => endpoints::slice_update(new, old, found),
        Kind::Ingress => ingress::update(new, old, found),
        Kind::IngressClass => ingress::class_update(new, old, found),
        Kind::NetworkPolicy => policy::update(new, old, found),
        Kind::Pod => pod::update(new, old, found),
        Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet => apps::update(kind, new, old, found),
        Kind::DaemonSet | Kind::ReplicationController | Kind::Job | Kind::CronJob => {
            jobs::update(kind, new, old, found);
        }
        Kind::Secret => core::secret_update(new, old, found),
        Kind::ConfigMap => core::config_map_update(new, old, found),
        Kind::Other => other::update(new, old, found),
        Kind::GatewayClass
        | Kind::Gateway
        | Kind::ListenerSet
        | Kind::HttpRoute
        | Kind::GrpcRoute
        | Kind::TlsRoute
        | Kind::TcpRoute
        | Kind::UdpRoute
        | Kind::ReferenceGrant
        | Kind::BackendTlsPolicy => gateway::update(kind, new, old, found),
        Kind::Namespace | Kind::Node | Kind::IpAddressPool | Kind::ComputeFirewall => {
            meta::object_meta_update(new, old, found);
        }
        Kind::ClusterConfiguration | Kind::KubeProxyConfiguration | Kind::KubeletConfiguration => {}
    }
    errors
}

/// What the server has against `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy` of a Service. It asks
/// this before it allocates; if there is an answer, there is no other.
#[must_use]
pub fn validate_cluster_ips(value: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    service::cluster_ips(value, &mut errors);
    errors
}
