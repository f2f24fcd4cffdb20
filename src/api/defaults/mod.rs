//! What the API server fills in by itself, before it looks at anything else
//! (`kubernetes pkg/apis/*/v1/defaults.go`).
//!
//! Not here: values that depend on other objects (addresses, families, ports, admission). They are the
//! cluster's.

mod gateway;
mod networking;
mod other;
mod pod;
pub mod quantity;
mod service;
mod workload;

use serde_json::{Value, json};

use super::kind::Kind;
use super::tree::{object, set_default, set_if_zero, text};

pub use pod::qos_class;
pub use quantity::canonical as canonical_quantity;
pub use workload::GENERATION as DAEMON_SET_GENERATION;

/// Fills in an object's defaults.
pub fn default_object(kind: Kind, value: &mut Value) {
    match kind {
        Kind::Service => service::default(value),
        Kind::Endpoints => networking::endpoints(value),
        Kind::EndpointSlice => networking::endpoint_slice(value),
        Kind::IngressClass => networking::ingress_class(value),
        Kind::NetworkPolicy => networking::network_policy(value),
        Kind::Ingress => {
            set_default(object(value, "status"), "loadBalancer", json!({}));
        }
        Kind::Pod => pod::default_pod(value),
        Kind::Deployment => workload::deployment(value),
        Kind::ReplicaSet => workload::replica_set(value),
        Kind::StatefulSet => workload::stateful_set(value),
        Kind::DaemonSet => workload::daemon_set(value),
        Kind::ReplicationController => workload::replication_controller(value),
        Kind::Job => workload::job(value),
        Kind::CronJob => workload::cron_job(value),
        Kind::Namespace => namespace(value),
        Kind::Secret => secret(value),
        Kind::Node
        | Kind::ConfigMap
        | Kind::ClusterConfiguration
        | Kind::KubeProxyConfiguration
        | Kind::KubeletConfiguration
        | Kind::IpAddressPool
        | Kind::ComputeFirewall => {}
        Kind::Other => other::default(value),
        Kind::GatewayClass
        | Kind::Gateway
        | Kind::ListenerSet
        | Kind::HttpRoute
        | Kind::GrpcRoute
        | Kind::TlsRoute
        | Kind::TcpRoute
        | Kind::UdpRoute
        | Kind::ReferenceGrant
        | Kind::BackendTlsPolicy => gateway::default(kind, value),
    }
}

fn namespace(value: &mut Value) {
    let name = text(&value["metadata"], "name").to_owned();
    if !name.is_empty() {
        let labels = object(object(value, "metadata"), "labels");
        set_default(labels, "kubernetes.io/metadata.name", name);
    }
    set_if_zero(object(value, "spec"), "finalizers", json!(["kubernetes"]));
    set_if_zero(object(value, "status"), "phase", "Active");
}

fn secret(value: &mut Value) {
    set_if_zero(value, "type", "Opaque");
    let Some(plain) = value.as_object_mut().and_then(|map| map.remove("stringData")) else {
        return;
    };
    let Value::Object(plain) = plain else { return };
    if plain.is_empty() {
        return;
    }
    let data = object(value, "data");
    for (key, text) in plain {
        let text = text.as_str().unwrap_or_default();
        data[key] = data_encoding::BASE64.encode(text.as_bytes()).into();
    }
}

#[cfg(test)]
mod tests;
