//! What is at hand while a request is looked at. Nothing here changes anything.

use super::nginx_config::{Location, NginxConfig, Server};
use super::vars::RequestVars;
use crate::api::types::core::ConfigMap;
use crate::cluster::Snapshot;
use crate::go::is_true;

/// The cluster, the configuration, and the request.
#[derive(Clone, Copy)]
pub(super) struct RequestContext<'a, 'b> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) config: &'a NginxConfig,
    pub(super) vars: &'a RequestVars<'b>,
}

/// The location that takes a request, and its server.
#[derive(Clone, Copy)]
pub(super) struct Matched<'a> {
    pub(super) server: &'a Server,
    pub(super) location: &'a Location,
}

impl<'a> RequestContext<'a, '_> {
    /// A setting of the controller's ConfigMap; `None` where it is not set.
    pub(super) fn setting(&self, name: &str) -> Option<&'a str> {
        self.config.controller.setting(name)
    }

    /// Whether a setting says yes; no where it is not set.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.setting(name).is_some_and(is_true)
    }

    /// The entries of a ConfigMap that a setting names; none where it names none.
    pub(super) fn config_map(&self, setting: &str) -> Vec<(String, String)> {
        self.setting(setting)
            .and_then(|name| name.split_once('/'))
            .and_then(|(namespace, name)| self.snapshot.get::<ConfigMap>(namespace, name))
            .map(|map| map.data.clone().into_iter().collect())
            .unwrap_or_default()
    }
}
