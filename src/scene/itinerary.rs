//! The stops of a trace as a person is shown them: its hops, with every lookup in DNS as one stop unless it is opened;
//! and which of the hops decide anything.

use std::ops::RangeInclusive;

use crate::net::trace::Direction;
use crate::net::{Hop, Stage, Trace};

use super::layout::focus::is_question;
use super::route::is_rewritten;

/// The stops of a trace, in order: each a range of its hops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Itinerary {
    stops: Vec<RangeInclusive<usize>>,
}

impl Itinerary {
    /// The stops of `trace`; `opened`: those of lookups, too.
    #[must_use]
    pub fn new(trace: &Trace, opened: bool) -> Self {
        let mut stops: Vec<RangeInclusive<usize>> = Vec::new();
        for (idx, hop) in trace.hops.iter().enumerate() {
            let folds = !opened && idx > 0 && is_question(hop) && is_question(&trace.hops[idx - 1]);
            match stops.last_mut() {
                Some(last) if folds => *last = *last.start()..=idx,
                _ => stops.push(idx..=idx),
            }
        }
        Self { stops }
    }

    /// Number of stops.
    #[must_use]
    pub fn n_stops(&self) -> usize {
        self.stops.len()
    }

    /// The hops of each stop.
    pub fn stops(&self) -> impl Iterator<Item = &RangeInclusive<usize>> {
        self.stops.iter()
    }

    /// The stop that a hop belongs to; the last one for a hop that does not exist.
    #[must_use]
    pub fn stop_of(&self, hop: usize) -> usize {
        let after = self.stops.partition_point(|it| *it.start() <= hop);
        after.saturating_sub(1)
    }

    /// The hop at which a stop is shown: its last one, where a lookup has its answer. For a stop that does not
    /// exist, one past the last hop.
    #[must_use]
    pub fn hop_of(&self, stop: usize) -> usize {
        let past = || self.stops.last().map_or(0, |it| it.end() + 1);
        self.stops.get(stop).map_or_else(past, |it| *it.end())
    }

    /// The first hop of a stop; one past the last hop for a stop that does not exist.
    #[must_use]
    pub fn start_of(&self, stop: usize) -> usize {
        let past = || self.stops.last().map_or(0, |it| it.end() + 1);
        self.stops.get(stop).map_or_else(past, |it| *it.start())
    }

    /// Whether a stop stands for several hops.
    #[must_use]
    pub fn is_folded(&self, stop: usize) -> bool {
        self.stops.get(stop).is_some_and(|it| it.end() > it.start())
    }

    /// Whether any stop stands for several hops.
    #[must_use]
    pub fn any_folded(&self) -> bool {
        (0..self.stops.len()).any(|it| self.is_folded(it))
    }
}

/// Whether something is decided at a hop that is worth reading: an address changes, somebody says yes or no, somebody
/// chooses. The rest is passing on.
#[must_use]
pub fn is_decided(trace: &Trace, idx: usize) -> bool {
    let Some(hop) = trace.hops.get(idx) else { return false };
    let last = idx + 1 == trace.hops.len();
    if last || hop.after.is_none() || is_rewritten(hop) {
        return true;
    }
    if is_question(hop) {
        let answered = trace.hops.get(idx + 1).is_none_or(|next| !is_question(next));
        return answered
            || hop.stage == Stage::Dns
            || (hop.stage == Stage::Send && hop.direction == Direction::Request);
    }
    let request = hop.direction == Direction::Request;
    match hop.stage {
        Stage::Policy | Stage::Balance | Stage::Proxy | Stage::Receive | Stage::Filter => request,
        Stage::Send => request && trace.hops[..idx].iter().all(is_question),
        Stage::Dns | Stage::Dnat | Stage::Route | Stage::Snat | Stage::Undo => false,
    }
}

/// The last hop up to `idx` at which something is decided; `idx` itself where there is none.
#[must_use]
pub fn last_decided(trace: &Trace, idx: usize) -> usize {
    let upto: &[Hop] = trace.hops.get(..=idx).unwrap_or(&[]);
    (0..upto.len()).rev().find(|&it| is_decided(trace, it)).unwrap_or(idx)
}
