//! The stage at one time: where the packet is, which way it heads, how much of each way is behind it.

use super::geometry::Point;
use super::route::Routes;
use super::timeline::Progress;

/// The packet and its way at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Position of the packet.
    pub at: Point,
    /// The heading, in degrees; 0 is to the right.
    pub heading: f64,
    /// Whether it is on its way back.
    pub reply: bool,
    /// Index of the way it is on.
    pub way: usize,
    /// Length along the way's curve, in pixels.
    pub along: f64,
    /// The current hop.
    pub hop: usize,
    /// The part of this hop's own time that is over, 0 to 1.
    pub here: f64,
}

impl Frame {
    /// The frame at a progress; `None` for a trace that goes nowhere.
    #[must_use]
    pub fn new(routes: &Routes, progress: Progress) -> Option<Self> {
        let here = routes.positions.get(progress.hop)?;
        let (way, along) = match routes.positions.get(progress.hop + 1) {
            Some(next) if progress.part > 0.0 && next.way == here.way => {
                (here.way, here.along + (next.along - here.along) * progress.part)
            }
            Some(next) if progress.part > 0.0 => (next.way, next.along * progress.part),
            _ => (here.way, here.along),
        };
        let curve = &routes.ways.get(way)?.curve;
        let (at, heading) = curve.at(along);
        Some(Self {
            at,
            heading,
            reply: routes.ways[way].reply,
            way,
            along,
            hop: progress.hop,
            here: progress.here,
        })
    }

    /// Length of way `idx` that is behind the packet, in pixels.
    #[must_use]
    pub fn done(&self, routes: &Routes, idx: usize) -> f64 {
        match idx.cmp(&self.way) {
            std::cmp::Ordering::Less => routes.ways[idx].curve.total,
            // Its nose touches what it has reached.
            std::cmp::Ordering::Equal if routes.ways[idx].curve.total - self.along < 14.0 => {
                routes.ways[idx].curve.total
            }
            std::cmp::Ordering::Equal => self.along,
            std::cmp::Ordering::Greater => 0.0,
        }
    }
}
