//! How a cluster begins.

use super::preset::Preset;
use crate::api::Release;
use crate::sim::Instant;

/// How a cluster begins, and the world around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What the cluster holds at first.
    pub preset: Preset,
    /// The release of Kubernetes that it runs.
    pub release: Release,
    /// Where chance begins.
    pub seed: u64,
    /// Where the clock begins.
    pub now: Instant,
    /// Documents are taken as an API server would hold them: without validation or allocation, and controllers
    /// leave given Endpoints and EndpointSlices alone.
    pub as_stored: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            preset: Preset::default(),
            release: Release::default(),
            seed: 1,
            now: Instant::DEFAULT_START,
            as_stored: false,
        }
    }
}
