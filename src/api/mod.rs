//! Documents to typed, defaulted, validated objects, in the API server's order and words.
//!
//! [`Object`] is one stored object: the whole tree as `kubectl get -o json` prints it, and a typed view
//! of the part Kubehop acts on. Not here: what depends on other objects (allocation, admission,
//! namespaces). That is `cluster`.

pub mod kind;
pub mod object;
pub mod types;

pub use kind::Kind;
pub use object::{Object, ObjectRef, Resource, Typed};
