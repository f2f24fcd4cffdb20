//! kube-proxy: what a node does with packets to Services, in each of its modes.
//!
//! Shared by all modes:
//! - [`service`]: Service ports and endpoints, as kube-proxy reads them
//! - [`topology`]: which endpoints a node may use
//! - [`table`]: all Service ports by address, kept up to date
//! - [`settings`]: its configuration, [`mode`] among it
//! - [`cleanup`]: connections that it clears
//!
//! The contract that a mode fulfils, and that all who ask know alone:
//! - [`node_proxy`]: admit, translate, filter, deliver, masquerade, dump, on one node
//! - [`packet_view`], [`context`]: what is asked
//! - [`decision`]: what is answered
//!
//! The modes:
//! - [`iptables`]: rules as a kernel walks them
//! - `nftables`: rules, sets and maps as a kernel walks them
//! - `ipvs`: virtual servers, with rules of iptables beside them

pub mod cleanup;
pub mod context;
pub mod decision;
pub mod iptables;
mod ipvs;
pub mod mode;
mod nftables;
pub mod node_proxy;
pub mod packet_view;
pub mod rule_dump;
pub mod service;
pub mod settings;
pub mod table;
pub mod topology;

pub use context::DumpContext;
pub use mode::ProxyMode;
pub use node_proxy::NodeProxy;
pub use rule_dump::{NftPart, RuleDump};
pub use service::{EndpointInfo, ServicePort};
pub use settings::ProxySettings;
pub use table::ServiceTable;
