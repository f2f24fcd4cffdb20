//! What the stage shows at one hop, before it is drawn: what is highlighted, and which marks the legend explains.

use super::super::layout::{Layout, PodState};
use super::super::route::Routes;
use super::burst::Burst;
use super::highlight::{End, Highlight};
use crate::net::Trace;
use crate::small_sort::SmallSort as _;
use crate::text::Lang;

/// A mark that the legend explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A packet on its way.
    Request,
    /// A packet on its way back.
    Reply,
    /// A diamond.
    Rewritten,
    /// An octagon.
    Refused,
    /// A clock.
    Timeout,
    /// Dashes.
    Virtual,
    /// A bar and a tick.
    Expected,
    /// A pod that takes traffic.
    Ready,
    /// A pod that does not.
    NotReady,
    /// A pod on its way out.
    Terminating,
}

/// What the stage shows: the layout, what was sent, and where the playhead is.
#[derive(Clone, Copy)]
pub struct StageState<'a> {
    /// Positions and sizes of everything on the stage.
    pub layout: &'a Layout,
    /// The ways of the trace.
    pub routes: &'a Routes,
    /// The trace, if something was sent.
    pub trace: Option<&'a Trace>,
    /// The current hop.
    pub hop: usize,
    /// The burst, where many were sent at once.
    pub burst: Option<&'a Burst>,
    /// Packets of the burst that have arrived: what is counted so far.
    pub arrived: usize,
    /// Language of the labels.
    pub lang: Lang,
}

impl StageState<'_> {
    /// The highlights of the current hop; of a burst, the Service in focus alone.
    #[must_use]
    pub fn highlight(&self) -> Highlight {
        let mut highlight = match self.trace.filter(|_| self.burst.is_none()) {
            Some(trace) => Highlight::new(self.layout, self.routes, trace, self.hop),
            None => Highlight::default(),
        };
        if highlight.outline.is_none() {
            // Before the first packet, and for bursts: what the learner asked for.
            highlight.outline = self.layout.outline_of.iter().rev().find_map(|it| *it);
        }
        highlight
    }

    /// The marks now on the stage, in the order of the legend.
    #[must_use]
    pub fn legend(&self) -> Vec<Mark> {
        let highlight = self.highlight();
        let mut marks = Vec::new();
        if self.burst.is_some() {
            marks.extend([Mark::Request, Mark::Expected]);
        }
        for &(way, _) in &highlight.ways {
            let reply = self.routes.ways[way].reply;
            if !reply || highlight.current.is_some_and(|it| self.routes.ways[it].reply) {
                marks.push(if reply { Mark::Reply } else { Mark::Request });
            }
        }
        if !highlight.diamonds.is_empty() {
            marks.push(Mark::Rewritten);
        }
        marks.extend(highlight.end.map(|it| {
            if it.2 == End::Silence {
                Mark::Timeout
            } else {
                Mark::Refused
            }
        }));
        if highlight.outline.is_some() {
            marks.push(Mark::Virtual);
        }
        for pod in self.layout.nodes.iter().flat_map(|it| &it.pods) {
            marks.extend(match pod.state {
                PodState::Ready => Some(Mark::Ready),
                PodState::NotReady => Some(Mark::NotReady),
                PodState::Terminating => Some(Mark::Terminating),
                PodState::Process => None,
            });
        }
        marks.small_sort();
        marks.dedup();
        marks
    }
}
