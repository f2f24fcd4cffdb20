//! The controllers: one file each, every one a function from a key to the writes that bring the cluster
//! closer to what its objects ask for. Reconciling twice changes nothing the second time.
//!
//! A controller gets a [`Reconcile`](super::reconcile::Reconcile), its own part of the `memory`, and the nodes
//! where it has to read them. Whose turn it is decides `dispatch`.

pub mod claims;
pub mod cron_job;
pub mod daemon_set;
pub mod deployment;
mod deployment_status;
pub mod endpoint_slice;
pub mod endpoints;
pub mod garbage;
pub mod gateway;
mod gateway_status;
mod go_structs;
mod history;
pub mod ingress_status;
pub mod job;
pub mod load_balancer;
pub mod memory;
pub mod mirroring;
pub mod namespace;
pub mod node_lifecycle;
pub mod pod_gc;
pub mod pods;
pub mod replica_set;
mod rollout;
pub mod selection;
pub mod stateful_set;
pub mod taint_eviction;
mod template_hash;
mod topology;
