//! kube-proxy in iptables mode: its rules as data, evaluated as a kernel would, through an index.
//!
//! - [`service`]: Service ports and endpoints, as kube-proxy reads them
//! - [`topology`]: which endpoints a node may use
//! - [`rule`], [`chains`]: the rules of one Service port on one node, with their text
//! - [`node`]: settings, and the rules every node has
//! - [`table`]: all Service ports by address, kept up to date
//! - [`eval`]: a packet's way through the tables
//! - [`save`]: the text of `iptables-save`
//!
//! Mode `nftables` takes the same decisions with two exceptions that [`node::Settings`] knows; its own rule
//! language is not simulated, so traces cite the rules that iptables mode would have. `ipvs` is not simulated
//! and behaves as iptables mode here.

pub mod chains;
pub mod eval;
pub mod node;
pub mod rule;
pub mod save;
pub mod service;
pub mod table;
pub mod topology;

pub use chains::PortChains;
pub use rule::{Chain, Table};
pub use service::{EndpointInfo, ServicePort, parse_net};
pub use table::ServiceTable;
