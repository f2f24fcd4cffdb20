//! What becomes of a packet: at one place, and in the end.

use super::host::Host;
use super::location::Location;
use crate::net::packet::Packet;
use crate::net::why::Why;

/// What one place does with a packet.
pub(super) enum Step {
    /// Sends it on.
    Go(Packet, Location),
    /// Loses it, and why.
    Lost(Why),
    /// Answers that it cannot be: why, the answer, and where it sets out.
    Refused(Why, Packet, Location),
}

/// How a packet's way ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Somebody has it.
    Arrived(Packet, Host),
    /// Nobody has it, and why.
    Lost(Why),
    /// Somebody answers that it cannot be: why, the answer, and where it sets out.
    Refused(Why, Packet, Location),
}
