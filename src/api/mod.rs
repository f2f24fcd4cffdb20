//! Documents to typed, defaulted, validated objects, in the API server's order and words.
//!
//! The steps, for whoever plays the server (`cluster`):
//!
//! 1. [`read()`]: what `kubectl` finds out by itself (kind known? metadata readable?).
//! 2. [`decode()`]: strict reading, `400 BadRequest`.
//! 3. [`default_object()`]: what nobody wrote.
//! 4. (cluster: what depends on other objects: namespaces, addresses, ports.)
//! 5. [`validate_create`] or [`validate_update`]: all field errors at once, `422 Invalid`.
//! 6. [`finish()`]: zero values go, as Go leaves them out.
//! 7. [`Object::from_value`]: the stored object with its typed view.
//!
//! Whatever refuses names a code of [`codes`], which has the words, and says where, why and what to try.
//!
//! [`Object`] is one stored object: the whole tree as `kubectl get -o json` prints it, and a typed view
//! of the part Kubehop acts on. Not here: what depends on other objects.

pub mod assist;
pub mod codes;
pub mod cron;
pub mod custom;
pub mod decode;
pub mod defaults;
mod explain;
pub mod finish;
pub mod ip_family;
pub mod kind;
pub mod namespaced_name;
pub mod object;
mod openapi;
pub mod read;
pub mod release;
pub mod schema;
mod tree;
pub mod types;
pub mod validate;

pub use codes::{Code, Warning, field, refusal};
pub use decode::decode;
pub use defaults::default_object;
pub use explain::explain;
pub use field::{ErrorType, FieldError};
pub use finish::finish;
pub use ip_family::IpFamily;
pub use kind::Kind;
pub use namespaced_name::{NamespacedName, ObjectKey};
pub use object::{Object, ObjectRef, Resource, Typed};
pub use read::{Sent, read, read_with};
pub use refusal::Refusal;
pub use release::Release;
pub use validate::{kind_warning, validate_cluster_ips, validate_create, validate_update, warnings};
