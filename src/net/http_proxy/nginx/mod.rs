//! The ingress controller that is simulated: ingress-nginx v1.15, from the objects it reads to its answer.
//!
//! - [`annotations`]: an Ingress' annotations with the controller's ConfigMap behind them
//! - [`config`]: Ingresses to servers, locations and backends; [`model`]: what they are
//! - [`backend`]: a Service and port to addresses, past kube-proxy
//! - [`certificate`], [`digest`]: names of certificates, password hashes
//! - [`uri`]: the request's path as NGINX compares it
//! - [`request`]: a request as the controller sees it, and NGINX' variables
//! - [`mod@respond`]: what the controller answers; [`ask`]: or what it asks a pod
//! - [`balance`]: which pod
//! - [`why`]: the reasons, in words
//! - [`unsimulated`]: annotations without effect here, and what a cloud would make of its own; [`settings`]:
//!   the same for ConfigMaps
//!
//! Everything is a function of the snapshot, the request, what the controller remembers ([`IngressState`])
//! and the random numbers handed in. Which Ingresses a controller takes stands in
//! [`cluster::ingress_controllers::nginx`](crate::cluster::ingress_controllers::nginx). Not here: connections (`net::send`), other controllers.

pub mod annotations;
pub mod backend;
pub mod balance;
pub mod certificate;
pub mod config;
pub mod digest;
pub mod nginx_config;
pub mod request;
pub mod respond;
pub mod settings;
pub mod unsimulated;
pub mod upstream_request;
pub mod uri;
pub mod why;

mod access;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::api::NamespacedName;
use crate::cluster::Snapshot;
use crate::cluster::ingress_controllers::nginx::Controller;
use crate::sim::Instant;

pub use nginx_config::NginxConfig;
pub use request::Inbound;
pub use respond::{Decision, respond};
pub use why::IngressWhy;

/// What the pods of ingress controllers remember between requests.
#[derive(Clone, Debug, Default)]
pub struct IngressState {
    models: Vec<CachedModel>,
    states: BTreeMap<NamespacedName, ControllerState>,
}

#[derive(Clone, Debug)]
struct CachedModel {
    version: u64,
    controller: Controller,
    model: Arc<NginxConfig>,
}

/// What one controller pod remembers.
#[derive(Clone, Debug, Default)]
pub struct ControllerState {
    /// Whose turn it is, by backend.
    pub turns: BTreeMap<String, usize>,
    /// Leaky buckets of rate limits, by zone and client.
    pub buckets: BTreeMap<(String, IpAddr), Bucket>,
}

/// A leaky bucket.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    /// How full it was, in thousandths of a request.
    pub level: i64,
    /// When that was.
    pub at: Instant,
}

/// How many controllers' configurations are kept; a cluster rarely has more than two.
const MAX_MODELS: usize = 4;

impl IngressState {
    /// The configuration of a controller in this state of the cluster.
    pub fn model(&mut self, snapshot: &Snapshot, controller: &Controller) -> Arc<NginxConfig> {
        let version = snapshot.version();
        self.models.retain(|it| it.version == version);
        if let Some(found) = self.models.iter().find(|it| it.controller == *controller) {
            return Arc::clone(&found.model);
        }
        let model = Arc::new(NginxConfig::new(snapshot, controller));
        if self.models.len() >= MAX_MODELS {
            self.models.remove(0);
        }
        self.models.push(CachedModel {
            version,
            controller: controller.clone(),
            model: Arc::clone(&model),
        });
        model
    }

    /// What a controller pod remembers.
    pub fn state(&mut self, pod: &NamespacedName) -> &mut ControllerState {
        self.states.entry(pod.clone()).or_default()
    }
}
