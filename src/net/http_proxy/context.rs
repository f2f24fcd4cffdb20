//! What a proxy has at hand while it decides.

use crate::cluster::Snapshot;
use crate::sim::{Instant, Rng};

/// What a proxy has at hand: the cluster, what proxies remember (`S`), chance, and the time.
#[derive(Debug)]
pub struct ProxyContext<'a, S> {
    /// The objects, as the proxy's controller has read them.
    pub snapshot: &'a Snapshot,
    /// What proxies of its kind remember between requests.
    pub state: &'a mut S,
    /// Where chance decides.
    pub rng: &'a mut Rng,
    /// The time at which the request is handled.
    pub now: Instant,
}

impl<S> ProxyContext<'_, S> {
    /// The same with a part of the state: what proxies of one kind remember.
    pub fn with_part<T>(&mut self, part: impl FnOnce(&mut S) -> &mut T) -> ProxyContext<'_, T> {
        ProxyContext {
            snapshot: self.snapshot,
            state: part(self.state),
            rng: self.rng,
            now: self.now,
        }
    }
}
