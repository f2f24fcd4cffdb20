//! The playhead: play, pause, step, seek. Position is a function of model time, so that is all there is.

use std::sync::Arc;

use leptos::prelude::*;

use super::Session;
use crate::ui::clock::{FrameLoop, reduced_motion};

/// When each hop of the shown trace starts, in milliseconds of model time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timing {
    /// Starts, ascending; one for each hop.
    pub starts: Arc<[f64]>,
    /// When everything has arrived.
    pub end: f64,
}

impl Timing {
    /// The hop at `ms`: the last one that has started; 0 where there is none.
    #[must_use]
    pub fn hop_at(&self, ms: f64) -> usize {
        self.starts.partition_point(|start| *start <= ms).saturating_sub(1)
    }
}

/// The loop that moves the playhead while the session plays.
pub(super) fn frames(
    timing: RwSignal<Timing>,
    playhead: RwSignal<f64>,
    playing: RwSignal<bool>,
    speed: RwSignal<f64>,
) -> FrameLoop {
    FrameLoop::new(move |passed| {
        // Frames may come after the page's owner is gone.
        if playing.try_get_untracked() != Some(true) {
            return false;
        }
        let end = timing.with_untracked(|it| it.end);
        let next = (playhead.get_untracked() + passed * speed.get_untracked()).min(end);
        if next > playhead.get_untracked() {
            playhead.set(next);
        }
        // A trace that is not laid out yet has no end: wait for it.
        let done = end > 0.0 && next >= end;
        if done {
            playing.set(false);
        }
        !done
    })
}

impl Session {
    /// Starts from the playhead, or from the beginning where it stands at the end. With reduced motion one
    /// press is one step.
    pub fn play(self) {
        if self.traces.read_untracked().is_empty() {
            return;
        }
        let at_end = self.playhead.get_untracked() >= self.timing.read_untracked().end;
        if reduced_motion() {
            if at_end {
                self.playhead.set(0.0);
            } else {
                self.step(1);
            }
            return;
        }
        if at_end {
            self.playhead.set(0.0);
        }
        self.playing.set(true);
        self.frames.with_value(FrameLoop::start);
    }

    /// Holds the playhead where it is.
    pub fn pause(self) {
        self.playing.set(false);
    }

    /// Plays or pauses.
    pub fn toggle(self) {
        if self.playing.get_untracked() {
            self.pause();
        } else {
            self.play();
        }
    }

    /// Puts the playhead at a model time and holds it there.
    pub fn seek(self, ms: f64) {
        self.pause();
        let end = self.timing.read_untracked().end;
        self.playhead.set(ms.clamp(0.0, end));
    }

    /// Puts the playhead at the start of a hop.
    pub fn seek_hop(self, idx: usize) {
        let start = {
            let timing = self.timing.read_untracked();
            timing.starts.get(idx).copied().unwrap_or(timing.end)
        };
        self.seek(start);
    }

    /// Goes some hops forward or back; going back from within a hop leads to its start first.
    pub fn step(self, by: isize) {
        let (hop, count, into) = {
            let timing = self.timing.read_untracked();
            let hop = timing.hop_at(self.playhead.get_untracked());
            let start = timing.starts.get(hop).copied().unwrap_or(0.0);
            (hop, timing.starts.len(), self.playhead.get_untracked() - start)
        };
        let by = if by < 0 && into > 1.0 { by + 1 } else { by };
        match hop.checked_add_signed(by) {
            Some(next) if next >= count => self.seek(f64::INFINITY),
            Some(next) => self.seek_hop(next),
            None => self.seek(0.0),
        }
    }
}
