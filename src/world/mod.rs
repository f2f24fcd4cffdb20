//! The simulated world: cluster, connections, clock and chance together. The one place where things change.

pub mod examples;
