//! The controllers: one file each, every one a function from a key to the writes that bring the cluster
//! closer to what its objects ask for. Reconciling twice changes nothing the second time.

pub mod deployment;
mod deployment_status;
pub mod endpoint_slice;
pub mod endpoints;
pub mod garbage;
mod go_structs;
pub mod ingress_status;
pub mod load_balancer;
pub mod mirroring;
pub mod namespace;
pub mod pods;
pub mod replica_set;
pub mod selection;
pub mod stateful_set;
mod template_hash;
mod topology;
