//! Gateways as their controller sees them: which are its own, what their listeners are worth, which routes attach
//! to which listener, and what their references lead to (`gateway-api apis/v1`, v1.6, standard channel).
//!
//! A [`Model`] is read whole from a snapshot; both sides go by it: the controller writes it down as status
//! (`controllers::gateway`), and the proxy routes by it (`net::http_proxy::gateway`).
//!
//! - [`hostnames`]: which host names fit which, and what two have in common
//! - [`route`]: routes as they are written
//! - [`listener`]: listeners and what keeps them from working
//! - [`references`]: grants, Services, certificates
//! - [`policy`]: TLS towards backends
//! - [`model`]: all of them put together
//!
//! Not here: endpoints (proxies read them themselves), and requests.

pub mod hostnames;
pub mod listener;
pub mod model;
pub mod policy;
pub mod references;
pub mod route;

use crate::api::NamespacedName;
use crate::api::types::core::Pod;

pub use listener::{Listener, Protocol};
pub use model::{Gateway, Model};
pub use references::{Fault, RefProblem};
pub use route::{Route, RouteKind};

/// The controller of Kubehop's own class, as a GatewayClass names it.
pub const CONTROLLER: &str = "kubehop.dev/gateway-controller";
/// The label by which everything made for a Gateway is known (`gateway-api`, infrastructure).
pub const NAME_LABEL: &str = "gateway.networking.k8s.io/gateway-name";
/// The label with the class of that Gateway.
pub const CLASS_LABEL: &str = "gateway.networking.k8s.io/gateway-class-name";
/// What the pods of a Gateway run.
pub const IMAGE: &str = "kubehop.dev/gateway-proxy:v1.6";

/// The name of what the controller makes for a Gateway: its Deployment and its Service.
#[must_use]
pub fn proxy_name(gateway: &str, class: &str) -> String {
    let mut name = format!("{gateway}-{class}");
    // Names of Services are labels of DNS.
    name.truncate(63);
    name.trim_end_matches(['-', '.']).replace('.', "-")
}

/// The Gateway that a pod serves as a proxy; `None` for all other pods.
#[must_use]
pub fn gateway_of_pod(pod: &Pod) -> Option<NamespacedName> {
    let name = pod.metadata.labels.get(NAME_LABEL)?;
    let runs = pod.spec.containers.iter().any(|it| it.image == IMAGE);
    runs.then(|| NamespacedName::new(&pod.metadata.namespace, name))
}
