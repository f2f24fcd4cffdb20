//! Names to addresses: what CoreDNS answers, what a pod's resolver asks, and in which order.
//!
//! - [`hosts`]: host name and `/etc/hosts` of a pod
//! - [`message`]: questions, records, answers
//! - [`options`]: CoreDNS' configuration as the `coredns` ConfigMap's Corefile writes it
//! - [`rewrite`]: questions under other names, and answers that are written down
//! - [`server`]: CoreDNS' kubernetes plugin over a snapshot
//! - [`resolv_conf`]: `/etc/resolv.conf` of a pod as the kubelet writes it
//! - [`resolver`]: search list and ndots as glibc and musl walk them
//!
//! Not here: how a question travels to the server (`net::send`), names outside the cluster. The servers that CoreDNS
//! forwards to know none.

pub mod hosts;
pub mod message;
pub mod options;
pub mod resolv_conf;
pub mod resolver;
pub mod rewrite;
pub mod server;

mod findings;
mod lookup;
mod query;

pub use message::{Answer, Rcode, Record, RecordData, RecordType};
pub use options::ServerOptions;
pub use resolver::Libc;
