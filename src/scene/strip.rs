//! The strip under the stage: all stops of a trace as those of a straight line, evenly spaced whatever their
//! times, with the names that fit.

use std::ops::RangeInclusive;

use crate::net::Trace;
use crate::small_sort::SmallSort as _;
use crate::text::Lang;

use super::hop::stop_name;
use super::itinerary::Itinerary;
use super::measure;
use super::timeline::Timeline;

/// A name under the strip.
#[derive(Clone, Debug, PartialEq)]
pub struct StopLabel {
    /// Its middle.
    pub x: f64,
    /// The words.
    pub text: String,
    /// The hops that it names.
    pub hops: RangeInclusive<usize>,
}

/// Positions of the stops on the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// Number of stops.
    pub n_stops: usize,
    /// Number of those that may be named; the rest is hidden.
    pub n_known: usize,
    /// Width of the whole strip.
    pub width: f64,
    /// The hops of each stop.
    pub itinerary: Itinerary,
    pad: f64,
}

impl Strip {
    /// A strip of these stops; narrow ones have no names.
    #[must_use]
    pub fn new(itinerary: Itinerary, width: f64) -> Self {
        Self {
            n_stops: itinerary.n_stops(),
            n_known: itinerary.n_stops(),
            width,
            itinerary,
            pad: if width < SMALL { 12.0 } else { 26.0 },
        }
    }

    /// A strip of the stops before a hop, and of one more that nobody is told yet.
    #[must_use]
    pub fn with_hidden(itinerary: Itinerary, hop: usize, width: f64) -> Self {
        let n_known = if hop < itinerary.start_of(itinerary.n_stops()) {
            itinerary.stop_of(hop)
        } else {
            itinerary.n_stops()
        };
        Self {
            n_known,
            n_stops: n_known + 1,
            ..Self::new(itinerary, width)
        }
    }

    /// Whether there is no room for names.
    #[must_use]
    pub fn is_small(&self) -> bool {
        self.width < SMALL
    }

    /// Whether stops stand so close that marks of full size would hide each other.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        self.n_stops > 1 && self.x(1.0) - self.x(0.0) < CROWDED
    }

    /// Position of stop `idx` (x); fractions lie between stops.
    #[must_use]
    pub fn x(&self, idx: f64) -> f64 {
        let steps = self.n_stops.saturating_sub(1).max(1) as f64;
        self.pad + idx * (self.width - 2.0 * self.pad) / steps
    }

    /// The stop at which the packet is at `ms` milliseconds; fractions lie between stops.
    #[must_use]
    pub fn stop_at(&self, timeline: &Timeline, ms: f64) -> f64 {
        let progress = timeline.at(ms);
        let stop = self.itinerary.stop_of(progress.hop);
        let part = if progress.hop == self.itinerary.hop_of(stop) {
            progress.part
        } else {
            0.0
        };
        stop as f64 + part
    }

    /// The time at which the packet is at `x`.
    #[must_use]
    pub fn time_at(&self, timeline: &Timeline, x: f64) -> f64 {
        let steps = self.n_stops.saturating_sub(1) as f64;
        let stop = ((x - self.pad) / (self.width - 2.0 * self.pad).max(1.0) * steps).clamp(0.0, steps);
        let (stop, part) = (stop.floor() as usize, stop.fract());
        let hop = self.itinerary.hop_of(stop);
        let start = timeline.start_of(hop);
        // The first part of a hop's time passes at its stop.
        let leave = timeline.leave_of(hop);
        let next = timeline.start_of(hop + 1);
        if part < 0.04 {
            start
        } else {
            leave + (next - leave) * part
        }
    }

    /// The names that fit: one for each run of hops at the same place; the current one always.
    #[must_use]
    pub fn labels(&self, trace: &Trace, current: usize, lang: Lang) -> Vec<StopLabel> {
        if self.is_small() {
            return Vec::new();
        }
        let mut all: Vec<StopLabel> = Vec::new();
        let n_hops = trace.hops.len();
        let stops = self.itinerary.stops().enumerate().take(self.n_known);
        for (idx, hops) in stops.filter(|(_, it)| *it.end() < n_hops) {
            let folded = self.itinerary.is_folded(idx);
            let hop = &trace.hops[*hops.start()];
            match all.last_mut() {
                Some(last)
                    if !folded
                        && !self.itinerary.is_folded(self.itinerary.stop_of(*last.hops.start()))
                        && trace.hops[*last.hops.start()].at == hop.at =>
                {
                    last.hops = *last.hops.start()..=*hops.end();
                }
                _ => all.push(StopLabel {
                    x: 0.0,
                    text: if folded {
                        "DNS".to_owned()
                    } else {
                        stop_name(&hop.at, lang)
                    },
                    hops: hops.clone(),
                }),
            }
        }
        let stop = |hop: &usize| self.itinerary.stop_of(*hop);
        let middle = |hops: &RangeInclusive<usize>| self.x((stop(hops.start()) + stop(hops.end())) as f64 / 2.0);
        let mut placed: Vec<(f64, f64)> = Vec::new();
        let mut out = Vec::new();
        // The current place first: whatever else does not fit beside it is left out.
        all.small_sort_by_key(|it| !it.hops.contains(&current));
        for mut label in all {
            label.text = measure::fit_ui(&label.text, 12.0, true, 110.0);
            let half = measure::ui(&label.text, 12.0, true) / 2.0;
            label.x = middle(&label.hops).clamp(half, (self.width - half).max(half));
            let (left, right) = (label.x - half - 3.0, label.x + half + 3.0);
            if placed.iter().all(|it| it.1 <= left || right <= it.0) {
                placed.push((left, right));
                out.push(label);
            }
        }
        out.small_sort_by(|a, b| a.x.total_cmp(&b.x));
        out
    }
}

/// Pixels from stop to stop that marks of full size need.
const CROWDED: f64 = 14.0;

/// Narrower strips have no names.
const SMALL: f64 = 300.0;
