//! How packets move: read-only over a [`Snapshot`](crate::cluster::Snapshot).
//!
//! - [`packet`]: the packet and who sends it
//! - [`trace`]: what happened to it, hop by hop, and why
//!
//! Everything that shows a packet (diagram, terminal, inspector, grader) reads the same [`Trace`].

pub mod packet;
pub mod trace;
pub mod why;

pub use packet::{Packet, Protocol};
pub use trace::{Hop, Place, Stage, Trace, Verdict};
pub use why::Why;
