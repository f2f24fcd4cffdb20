//! kube-proxy: what a node does with packets to Services, in each of its modes.
//!
//! Shared by all modes:
//! - [`service`]: Service ports and endpoints, as kube-proxy reads them
//! - [`topology`]: which endpoints a node may use
//! - [`table`]: all Service ports by address, kept up to date
//! - [`settings`]: its configuration, [`mode`] among it
//!
//! The contract that a mode fulfils, and that all who ask know alone:
//! - [`node_proxy`]: translate, filter, masquerade, dump, on one node
//! - [`packet_view`], [`context`]: what is asked
//! - [`decision`]: what is answered
//!
//! The modes:
//! - [`iptables`]: rules as a kernel walks them
//!
//! Modes `nftables` and `ipvs` have no rules of their own here: [`mode`] says where they decide otherwise than
//! iptables' rules, by which they are simulated and which traces cite. Nor is anybody asked what only they would
//! answer: source ranges before translation (nftables), decisions after routing and addresses that kube-proxy
//! itself gives a node (IPVS).

pub mod context;
pub mod decision;
pub mod iptables;
pub mod mode;
pub mod node_proxy;
pub mod packet_view;
pub mod service;
pub mod settings;
pub mod table;
pub mod topology;

pub use mode::ProxyMode;
pub use node_proxy::{NodeProxy, RuleDump};
pub use service::{EndpointInfo, ServicePort};
pub use settings::ProxySettings;
pub use table::ServiceTable;
