//! ingress-nginx v1.15, from the objects it reads to its answer.
//!
//! Its configuration, made once for a state of the cluster:
//! - [`annotations`]: an Ingress' annotations with the controller's ConfigMap behind them
//! - [`configure`]: Ingresses to servers, locations and backends; [`nginx_config`]: what they are
//! - [`backend`]: a Service and port to addresses, past kube-proxy
//!
//! What it does with a request:
//! - [`vars`]: NGINX' variables; [`locate`]: which location
//! - [`mod@respond`]: the phases of NGINX, to an answer or a request upstream, with `access`, `response_headers`,
//!   [`upstream_request`] and `request_context`
//! - [`forward`]: asking upstream; [`canary`], [`balance`]: which backend, which pod; [`affinity`]: its cookie
//! - [`state`]: what pods of the controller remember
//! - [`why`]: the reasons, in words
//!
//! What has no effect here: [`unsimulated`] for annotations, [`config_map`] for the controller's own settings.
//!
//! Which Ingresses the controller takes stands in
//! [`cluster::ingress_controllers`](crate::cluster::ingress_controllers). Not here: connections (`net::send`).

pub mod affinity;
pub mod annotations;
pub mod backend;
pub mod balance;
pub mod canary;
pub mod config_map;
pub mod configure;
pub mod digest;
pub mod forward;
pub mod locate;
pub mod nginx_config;
pub mod respond;
pub mod state;
pub mod unsimulated;
pub mod upstream_request;
pub mod vars;
pub mod why;

mod access;
mod pattern;
mod request_context;
mod response_headers;

pub use forward::{Forward, decide};
pub use nginx_config::NginxConfig;
pub use pattern::{Pattern, Patterns};
pub use state::NginxState;
