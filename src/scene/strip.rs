//! The strip under the stage: all hops of a trace as stops of a straight line, evenly spaced whatever their
//! times, with the names that fit.

use std::ops::RangeInclusive;

use crate::net::Trace;
use crate::small_sort::SmallSort as _;
use crate::text::Lang;

use super::hop::stop_name;
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
    pub n_hops: usize,
    /// Number of those that may be named; the rest is hidden.
    pub n_known: usize,
    /// Width of the whole strip.
    pub width: f64,
    pad: f64,
}

impl Strip {
    /// A strip of so many stops; narrow ones have no names.
    #[must_use]
    pub fn new(n_hops: usize, width: f64) -> Self {
        Self {
            n_hops,
            n_known: n_hops,
            width,
            pad: if width < SMALL { 12.0 } else { 26.0 },
        }
    }

    /// A strip of the first stops of a way, and of one more that nobody is told yet.
    #[must_use]
    pub fn with_hidden(n_known: usize, width: f64) -> Self {
        Self {
            n_known,
            ..Self::new(n_known + 1, width)
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
        self.n_hops > 1 && self.x(1.0) - self.x(0.0) < CROWDED
    }

    /// Position of stop `idx` (x); fractions lie between stops.
    #[must_use]
    pub fn x(&self, idx: f64) -> f64 {
        let steps = self.n_hops.saturating_sub(1).max(1) as f64;
        self.pad + idx * (self.width - 2.0 * self.pad) / steps
    }

    /// The stop at which the packet is at `ms` milliseconds; fractions lie between stops.
    #[must_use]
    pub fn stop_at(&self, timeline: &Timeline, ms: f64) -> f64 {
        let progress = timeline.at(ms);
        progress.hop as f64 + progress.part
    }

    /// The time at which the packet is at `x`.
    #[must_use]
    pub fn time_at(&self, timeline: &Timeline, x: f64) -> f64 {
        let steps = self.n_hops.saturating_sub(1) as f64;
        let stop = ((x - self.pad) / (self.width - 2.0 * self.pad).max(1.0) * steps).clamp(0.0, steps);
        let (hop, part) = (stop.floor(), stop.fract());
        let start = timeline.start_of(hop as usize);
        // The first part of a hop's time passes at its stop.
        let leave = timeline.leave_of(hop as usize);
        let next = timeline.start_of(hop as usize + 1);
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
        for (idx, hop) in trace.hops.iter().enumerate().take(self.n_known) {
            match all.last_mut() {
                Some(last) if trace.hops[*last.hops.start()].at == hop.at => last.hops = *last.hops.start()..=idx,
                _ => all.push(StopLabel {
                    x: 0.0,
                    text: stop_name(&hop.at, lang),
                    hops: idx..=idx,
                }),
            }
        }
        let middle = |hops: &RangeInclusive<usize>| self.x((hops.start() + hops.end()) as f64 / 2.0);
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
