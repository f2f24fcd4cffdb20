//! What the pods of ingress-nginx remember between requests, and the configurations made of the cluster.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::nginx_config::NginxConfig;
use super::pattern::Patterns;
use crate::api::NamespacedName;
use crate::cluster::Snapshot;
use crate::cluster::ingress_controllers::nginx::Controller;
use crate::sim::Instant;

/// What all pods of ingress-nginx remember.
#[derive(Clone, Debug, Default)]
pub struct NginxState {
    configs: Vec<CachedConfig>,
    patterns: Patterns,
    pods: BTreeMap<NamespacedName, ControllerState>,
}

#[derive(Clone, Debug)]
struct CachedConfig {
    /// Version of the snapshot it was made of.
    version: u64,
    config: Arc<NginxConfig>,
}

/// What one controller pod remembers.
#[derive(Clone, Debug, Default)]
pub struct ControllerState {
    /// The endpoint that was taken last, as an index, by backend.
    pub round_robin: BTreeMap<String, usize>,
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
const MAX_CONFIGS: usize = 4;

impl NginxState {
    /// The configuration of a controller in this state of the cluster.
    pub fn config(&mut self, snapshot: &Snapshot, controller: &Controller) -> Arc<NginxConfig> {
        let version = snapshot.version();
        self.configs.retain(|it| it.version == version);
        if let Some(found) = self.configs.iter().find(|it| it.config.controller == *controller) {
            return Arc::clone(&found.config);
        }
        let config = Arc::new(NginxConfig::new(snapshot, controller, &mut self.patterns));
        if self.configs.len() >= MAX_CONFIGS {
            self.configs.remove(0);
        }
        self.patterns.forget_unused();
        self.configs.push(CachedConfig {
            version,
            config: Arc::clone(&config),
        });
        config
    }

    /// What a controller pod remembers.
    pub fn of_pod(&mut self, pod: &NamespacedName) -> &mut ControllerState {
        self.pods.entry(pod.clone()).or_default()
    }
}
