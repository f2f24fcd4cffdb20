//! How packets move: read-only over a [`Snapshot`](crate::cluster::Snapshot).
//!
//! - [`packet`]: the packet; [`cidr`]: ranges of addresses
//! - [`request`]: who sends, where to, and how people write that
//! - [`compose`], [`suggest`]: a request out of two typed fields, and what could stand in them
//! - [`route`]: who has which address, and the wires between them
//! - [`service_port_name`], [`endpoint_slices`]: a Service port's name, and its endpoints as objects
//! - [`proxy`]: what kube-proxy decides, in each of its modes
//! - [`firewall`]: what a cloud lets in and out
//! - [`policy`]: what NetworkPolicies let through
//! - [`transport`]: a connection through all of these, and back
//! - [`conntrack`]: the kernel's memory of connections
//! - [`state`]: all that is remembered between packets
//! - [`tally`]: who answered a burst
//! - [`dns`]: names to addresses
//! - [`http_proxy`]: what ends one HTTP connection and opens another: ingress controllers
//! - [`note`], [`unsimulated`]: what in an object has no effect
//! - [`send`]: a whole request: names, packets, HTTP, and the [`Trace`] that comes of it
//! - [`trace`]: what happened to a packet, hop by hop, and [`why`]
//!
//! Everything that shows a packet (diagram, terminal, inspector, grader) reads the same [`Trace`].

pub mod cidr;
pub mod compose;
pub mod conntrack;
pub mod dns;
pub mod endpoint_slices;
pub mod firewall;
pub mod http_proxy;
pub mod metallb;
pub mod note;
pub mod packet;
pub mod policy;
pub mod proxy;
pub mod request;
pub mod route;
pub mod send;
pub mod service_port_name;
pub mod state;
pub mod suggest;
pub mod tally;
pub mod trace;
pub mod transport;
pub mod unsimulated;
pub mod why;

mod hash;

pub use packet::{Packet, Protocol};
pub use request::{Destination, Host, HttpRequest, Request, Source};
pub use service_port_name::ServicePortName;
pub use state::NetState;
pub use trace::{Hop, Place, Stage, Trace, Verdict};
pub use why::Why;
