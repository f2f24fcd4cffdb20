//! A question, and the server it is put to.

use super::options::ServerOptions;
use crate::cluster::Snapshot;

/// A question below one of the served zones.
pub(super) struct Query<'a> {
    /// As asked, with its dot.
    pub(super) name: &'a str,
    /// The same in small letters.
    pub(super) lower: String,
    /// The zone, in the spelling of the question.
    pub(super) zone: &'a str,
}

/// A CoreDNS server over one state of the cluster.
pub(super) struct Server<'a> {
    /// The state.
    pub(super) snapshot: &'a Snapshot,
    /// Its configuration.
    pub(super) options: &'a ServerOptions,
}
