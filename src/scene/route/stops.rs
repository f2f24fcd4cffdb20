//! From hops to courses: the spots a packet passes in order, with the node between a pod and everything else
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
    /// Where a hop happens; `None` for a place that is not on the stage.
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
    /// Which hops.
    pub hops: Range<usize>,
    /// Which connection.
    pub leg: u8,
    /// Whether they lead back.
    pub reply: bool,
    /// For each hop, which spot of `spots` it happens at.
    pub at: Vec<usize>,
    /// The spots, no two alike in a row.
    pub spots: Vec<Stop>,
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
                spots: Vec::new(),
            });
        }
        // An answer sets out where the question got to, even if its first hop is told further on.
        let from = runs
            .iter()
            .rev()
            .skip(1)
            .find(|it| reply && it.leg == hop.leg && !it.reply)
            .and_then(|it| it.spots.last().copied());
        let Some(run) = runs.last_mut() else { continue };
        if run.spots.is_empty() {
            run.spots.extend(from);
        }
        run.hops.end = idx + 1;
        if let Some(spot) = Stop::of(layout, hop) {
            run.go_to(spot);
        }
        run.at.push(run.spots.len().saturating_sub(1));
    }
    runs
}

impl Run {
    /// Appends a spot, with the switches that lie between.
    fn go_to(&mut self, spot: Stop) {
        let Some(&last) = self.spots.last() else {
            self.spots.push(spot);
            return;
        };
        if last == spot {
            return;
        }
        if let Stop::Pod(node, _) = last
            && spot != Stop::Switch(node)
        {
            self.spots.push(Stop::Switch(node));
        }
        if let Stop::Pod(node, _) = spot
            && self.spots.last() != Some(&Stop::Switch(node))
        {
            self.spots.push(Stop::Switch(node));
        }
        self.spots.push(spot);
    }

    /// Whether these hops go back over the spots of `there`, in reverse; then where each hop stands in the
    /// reversed spots.
    #[must_use]
    pub fn retraces(&self, there: &[Stop]) -> Option<Vec<usize>> {
        let back: Vec<Stop> = there.iter().rev().copied().collect();
        let mut at = 0;
        let mut places = Vec::with_capacity(self.at.len());
        let mut place_of_spot = Vec::with_capacity(self.spots.len());
        for spot in &self.spots {
            at += back[at..].iter().position(|it| it == spot)?;
            place_of_spot.push(at);
        }
        // What it passes over in silence must not be somebody who would have acted.
        let ends_alike = back.last().map(|it| it.node()) == self.spots.last().map(|it| it.node());
        for idx in &self.at {
            places.push(*place_of_spot.get(*idx)?);
        }
        ends_alike.then_some(places)
    }
}
