//! The in-memory API server and its controllers.
//!
//! One writer ([`Cluster`]), many readers ([`Snapshot`], immutable and cheap to take). Not here: packets
//! (`net`), connections and the clock (`world`).

pub mod envvars;
pub mod nginx;
pub mod snapshot;

pub use snapshot::{ClusterConfig, LoadBalancerProvider, Snapshot};
