//! Typed views of objects: Kubernetes' field names in snake case, only the fields Kubehop acts on.
//!
//! Absent lists and maps read as empty. A field is an `Option` where absent and default differ in
//! effect. Whatever stands in an object beyond these fields stays in its tree ([`super::Object`]).

pub mod apps;
pub mod config;
pub mod core;
pub mod discovery;
pub mod meta;
pub mod networking;
pub mod pod_phase;
pub mod service_type;
pub mod view;
