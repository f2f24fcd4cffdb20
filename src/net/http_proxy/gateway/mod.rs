//! The proxy of a Gateway: listener, route, filters, backend, in the words of the Gateway API (v1.6).
//!
//! - [`state`]: what its pods go by, read once for each state of the cluster
//! - [`listeners`]: which listener a connection or a request belongs to
//! - [`matching`]: which rule takes a request, and which ones it leaves behind
//! - [`rewrite`]: headers, paths, redirects
//! - [`cors`]: scripts of other origins
//! - [`respond`](mod@respond): a request to a decision
//! - [`stream`]: TLS, TCP and UDP, which are passed on unread
//! - [`names`]: which Gateway a name belongs to, for the client outside
//! - [`why`]: the reasons, in words
//!
//! Not here: which routes attach, and what their references are worth
//! ([`cluster::gateways`](crate::cluster::gateways)).

pub mod cors;
pub mod listeners;
pub mod matching;
pub mod names;
pub mod respond;
pub mod rewrite;
pub mod state;
pub mod stream;
pub mod why;

pub use respond::{Copy, Forward, decide};
pub use state::GatewayState;
pub use why::GatewayWhy;
