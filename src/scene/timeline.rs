//! When each hop of a trace happens: times only, no geometry, so that a resized window changes no playhead.
//!
//! At normal speed 900 ms from one machine to the next, 700 ms in a switch, 420 ms for a rewrite; where something is
//! decided, as long as its sentence takes to read. A lookup in DNS that is not opened passes in two seconds. A hop is
//! the current one from the moment the packet stands at its stop until it stands at the next one's.

use crate::net::{Hop, Place, Stage, Trace};
use crate::text::Lang;

use super::itinerary::{Itinerary, is_decided};
use super::route::is_rewritten;

/// From one machine to the next.
pub const SEGMENT_MS: f64 = 900.0;
/// In a switch, where nothing is rewritten.
pub const DWELL_MS: f64 = 700.0;
/// An address is struck and a new one written.
pub const REWRITE_MS: f64 = 420.0;
/// From one stop to the next within a machine.
const STEP_MS: f64 = 240.0;
/// At a stop where somebody only takes note.
const GLANCE_MS: f64 = 300.0;
/// A packet that dies fades.
const FADE_MS: f64 = 900.0;
/// Hops of a lookup that is not opened pass in this time together, but for the last.
const LOOKUP_MS: f64 = 1_600.0;
/// None of them takes longer than this.
const LOOKUP_HOP_MS: f64 = 150.0;
/// Shortest and longest time for which a sentence stands.
const READING_MS: (f64, f64) = (1_200.0, 5_500.0);
/// Time that one packet of a burst is under way.
const FLIGHT_MS: f64 = 1_300.0;
/// Time in which all packets of a burst are sent off.
const SEND_OFF_MS: f64 = 1_900.0;

/// The times of one hop.
#[derive(Clone, Copy, Debug, PartialEq)]
struct HopTiming {
    /// The packet stands at its stop.
    start: f64,
    /// It leaves.
    leave: f64,
}

/// The times of all hops, in milliseconds at normal speed.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Timeline {
    timings: Vec<HopTiming>,
    end: f64,
}

/// The place of a packet between its stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The current hop.
    pub hop: usize,
    /// The part of the way to the next stop that is behind it, 0 to 1.
    pub part: f64,
    /// How much of the time that this hop takes is over, 0 to 1: a rewrite, a packet that fades.
    pub here: f64,
}

impl Timeline {
    /// The times of `trace` with these stops, for who reads its sentences in `lang`.
    #[must_use]
    pub fn new(trace: &Trace, itinerary: &Itinerary, lang: Lang) -> Self {
        let hops = &trace.hops;
        let quick = |idx: usize| {
            let stop = itinerary.stop_of(idx);
            let within = itinerary.is_folded(stop) && idx < itinerary.hop_of(stop);
            let n_hops = itinerary.hop_of(stop) - itinerary.start_of(stop) + 1;
            within.then(|| LOOKUP_HOP_MS.min(LOOKUP_MS / n_hops as f64))
        };
        let travel = |idx: usize| match idx.checked_sub(1).map(|it| &hops[it]) {
            None => 0.0,
            // All of a lookup's time passes on its ways.
            Some(_) if quick(idx - 1).is_some() => quick(idx - 1).unwrap_or(0.0),
            Some(before) if moves(before, &hops[idx]) => SEGMENT_MS,
            Some(_) if matches!(hops[idx].at, Place::Node(_)) => STEP_MS,
            Some(_) => 0.0,
        };
        let mut timings = Vec::with_capacity(hops.len());
        let mut now = 0.0;
        for (idx, hop) in hops.iter().enumerate() {
            let start = now + travel(idx);
            let before = idx.checked_sub(1).map(|it| &hops[it]);
            let enters_switch = matches!(hop.at, Place::Node(_)) && before.is_some_and(|it| it.at != hop.at);
            let stay = if quick(idx).is_some() {
                0.0
            } else if hop.after.is_none() {
                FADE_MS
            } else if is_rewritten(hop) {
                REWRITE_MS
            } else if enters_switch {
                DWELL_MS
            } else {
                GLANCE_MS
            };
            // The sentence stands until the packet is at the next stop.
            let to_read = if quick(idx).is_none() && is_decided(trace, idx) {
                let onwards = if idx + 1 < hops.len() { travel(idx + 1) } else { 0.0 };
                reading_ms(hop.why.say().get(lang), lang) - onwards
            } else {
                0.0
            };
            let stay = if idx + 1 < hops.len() { stay.max(to_read) } else { stay };
            timings.push(HopTiming {
                start,
                leave: start + stay,
            });
            now = start + stay;
        }
        Self { timings, end: now }
    }

    /// Start of each hop in milliseconds, ascending.
    pub fn starts(&self) -> impl Iterator<Item = f64> {
        self.timings.iter().map(|it| it.start)
    }

    /// The end in milliseconds.
    #[must_use]
    pub fn duration(&self) -> f64 {
        self.end
    }

    /// The current hop at `ms`; 0 before the first and without any.
    #[must_use]
    pub fn hop_at(&self, ms: f64) -> usize {
        self.timings.partition_point(|it| it.start <= ms).saturating_sub(1)
    }

    /// Start of a hop in milliseconds; the end for one that does not exist.
    #[must_use]
    pub fn start_of(&self, hop: usize) -> f64 {
        self.timings.get(hop).map_or(self.end, |it| it.start)
    }

    /// The time in milliseconds at which the packet leaves a hop's stop; the end for one that does not exist.
    #[must_use]
    pub fn leave_of(&self, hop: usize) -> f64 {
        self.timings.get(hop).map_or(self.end, |it| it.leave)
    }

    /// The place of the packet at `ms` milliseconds; at the first hop where there are none.
    #[must_use]
    pub fn at(&self, ms: f64) -> Progress {
        let hop = self.hop_at(ms);
        let Some(timing) = self.timings.get(hop) else {
            return Progress {
                hop: 0,
                part: 0.0,
                here: 0.0,
            };
        };
        let here = share(ms, timing.start, timing.leave);
        let part = self
            .timings
            .get(hop + 1)
            .map_or(0.0, |next| share(ms, timing.leave, next.start));
        Progress {
            hop,
            part: ease(part),
            here,
        }
    }
}

/// Whether a packet travels between two hops. From one connection to another of the same place it does not.
fn moves(before: &Hop, hop: &Hop) -> bool {
    let at_process = |it: &Hop| matches!(it.at, Place::Node(_)) && matches!(it.stage, Stage::Send | Stage::Receive);
    before.at != hop.at || at_process(before) != at_process(hop)
}

/// How long a sentence takes to read, in milliseconds: subtitles give some seventeen letters a second, in Hangul,
/// whose letters are syllables, eleven.
fn reading_ms(sentence: &str, lang: Lang) -> f64 {
    let per_second = match lang {
        Lang::En => 17.0,
        Lang::Ko => 11.0,
    };
    (sentence.chars().count() as f64 / per_second * 1000.0).clamp(READING_MS.0, READING_MS.1)
}

fn share(ms: f64, from: f64, to: f64) -> f64 {
    if to <= from {
        0.0
    } else {
        ((ms - from) / (to - from)).clamp(0.0, 1.0)
    }
}

/// Starts and stops gently (`--ease-travel` of the tokens, as a cubic).
fn ease(part: f64) -> f64 {
    part * part * (3.0 - 2.0 * part)
}

/// The times of the packets of a burst.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurstTimeline {
    /// Number of packets.
    pub n_packets: usize,
}

impl BurstTimeline {
    /// The time at which the last one has arrived, in milliseconds.
    #[must_use]
    pub fn duration(self) -> f64 {
        SEND_OFF_MS + FLIGHT_MS
    }

    /// The time at which packet `idx` is sent off, in milliseconds.
    #[must_use]
    pub fn start_of(self, idx: usize) -> f64 {
        SEND_OFF_MS * idx as f64 / self.n_packets.max(1) as f64
    }

    /// How much of its way packet `idx` has behind it at `ms`; `None` before it leaves and after it arrived.
    #[must_use]
    pub fn at(self, idx: usize, ms: f64) -> Option<f64> {
        let part = (ms - self.start_of(idx)) / FLIGHT_MS;
        (0.0..1.0).contains(&part).then_some(part)
    }

    /// Number of packets that have arrived at `ms` milliseconds.
    #[must_use]
    pub fn arrived(self, ms: f64) -> usize {
        if ms >= self.duration() {
            return self.n_packets;
        }
        (0..self.n_packets)
            .take_while(|&idx| self.start_of(idx) + FLIGHT_MS <= ms)
            .count()
    }
}
