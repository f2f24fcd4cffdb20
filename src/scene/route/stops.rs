//! From hops to paths: the stops a packet passes in order, with the node between a pod and everything else
//! filled in.

use std::ops::Range;

use crate::api::NamespacedName;
use crate::net::trace::Direction;
use crate::net::{Hop, Place, Stage};

use super::super::layout::Layout;

/// Something on the stage that a packet passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The client.
    Client,
    /// Somebody else outside: index into [`Layout::outside`].
    Outside(usize),
    /// The switch of a node: index into [`Layout::nodes`].
    Switch(usize),
    /// A pod (or process) of a node: indices into [`Layout::nodes`] and its pods.
    Pod(usize, usize),
}

impl Stop {
    /// The stop that a hop happens at; `None` for a place that is not on the stage.
    #[must_use]
    pub fn of(layout: &Layout, hop: &Hop) -> Option<Self> {
        match &hop.at {
            Place::Client => Some(Self::Client),
            Place::Node(name) => {
                let idx = layout.nodes.iter().position(|it| it.name == *name)?;
                let process = layout.nodes[idx].pods.iter().position(|it| it.is_process());
                match (hop.stage, process) {
                    (Stage::Send | Stage::Receive, Some(pod)) => Some(Self::Pod(idx, pod)),
                    _ => Some(Self::Switch(idx)),
                }
            }
            Place::Pod(NamespacedName { namespace, name }) => {
                layout.nodes.iter().enumerate().find_map(|(idx, node)| {
                    let pod = node.pods.iter().position(|it| it.is(namespace, name))?;
                    Some(Self::Pod(idx, pod))
                })
            }
            other => layout
                .outside
                .iter()
                .position(|it| it.place == *other)
                .map(Self::Outside),
        }
    }

    const fn node(self) -> Option<usize> {
        match self {
            Self::Switch(node) | Self::Pod(node, _) => Some(node),
            Self::Client | Self::Outside(_) => None,
        }
    }
}

/// Hops of one connection in one direction, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Indices of the hops in the trace.
    pub hops: Range<usize>,
    /// Connection of the trace, as [`Hop::leg`].
    pub leg: u8,
    /// Whether they carry the reply.
    pub reply: bool,
    /// For each hop, index into `stops`.
    pub at: Vec<usize>,
    /// The stops, no two alike in a row.
    pub stops: Vec<Stop>,
}

/// Splits a trace into runs.
#[must_use]
pub fn runs(layout: &Layout, hops: &[Hop]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (idx, hop) in hops.iter().enumerate() {
        let reply = hop.direction == Direction::Reply;
        let same = runs.last().is_some_and(|it| it.leg == hop.leg && it.reply == reply);
        if !same {
            runs.push(Run {
                hops: idx..idx,
                leg: hop.leg,
                reply,
                at: Vec::new(),
                stops: Vec::new(),
            });
        }
        // An answer sets out where the question got to, even if its first hop is told further on.
        let from = runs
            .iter()
            .rev()
            .skip(1)
            .find(|it| reply && it.leg == hop.leg && !it.reply)
            .and_then(|it| it.stops.last().copied());
        let Some(run) = runs.last_mut() else { continue };
        if run.stops.is_empty() {
            run.stops.extend(from);
        }
        run.hops.end = idx + 1;
        if let Some(stop) = Stop::of(layout, hop) {
            run.go_to(stop);
        }
        run.at.push(run.stops.len().saturating_sub(1));
    }
    runs
}

impl Run {
    /// Appends a stop, with the switches that lie between.
    fn go_to(&mut self, stop: Stop) {
        let Some(&last) = self.stops.last() else {
            self.stops.push(stop);
            return;
        };
        if last == stop {
            return;
        }
        if let Stop::Pod(node, _) = last
            && stop != Stop::Switch(node)
        {
            self.stops.push(Stop::Switch(node));
        }
        if let Stop::Pod(node, _) = stop
            && self.stops.last() != Some(&Stop::Switch(node))
        {
            self.stops.push(Stop::Switch(node));
        }
        self.stops.push(stop);
    }

    /// Whether these hops go back over the stops of `there`, in reverse; then where each hop stands in the
    /// reversed stops.
    #[must_use]
    pub fn retraces(&self, there: &[Stop]) -> Option<Vec<usize>> {
        let back: Vec<Stop> = there.iter().rev().copied().collect();
        let mut at = 0;
        let mut places = Vec::with_capacity(self.at.len());
        let mut place_of_stop = Vec::with_capacity(self.stops.len());
        for stop in &self.stops {
            at += back[at..].iter().position(|it| it == stop)?;
            place_of_stop.push(at);
        }
        // What it passes over in silence must not be somebody who would have acted.
        let ends_alike = back.last().map(|it| it.node()) == self.stops.last().map(|it| it.node());
        for idx in &self.at {
            places.push(*place_of_stop.get(*idx)?);
        }
        ends_alike.then_some(places)
    }
}
