//! The playhead: play, pause, step, seek. Position is a function of model time, so that is all there is.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::lesson::Asked;
use crate::net::Trace;
use crate::scene::timeline::{BurstTimeline, Timeline};
use crate::ui::clock::{FrameLoop, reduced_motion};

/// The times of what was sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Timing {
    /// Nothing was sent.
    #[default]
    Idle,
    /// One request, hop by hop.
    One(Timeline),
    /// Many at once.
    Burst(BurstTimeline),
}

impl Timing {
    /// The times of these traces.
    #[must_use]
    pub fn new(traces: &[Arc<Trace>]) -> Self {
        match traces {
            [] => Self::Idle,
            [trace] => Self::One(Timeline::new(trace)),
            many => Self::Burst(BurstTimeline { n_packets: many.len() }),
        }
    }

    /// The end in milliseconds of model time; 0 where nothing was sent.
    #[must_use]
    pub fn end(&self) -> f64 {
        match self {
            Self::Idle => 0.0,
            Self::One(timeline) => timeline.duration(),
            Self::Burst(burst_timeline) => burst_timeline.duration(),
        }
    }

    /// The hop at `ms`; 0 where there is none.
    #[must_use]
    pub fn hop_at(&self, ms: f64) -> usize {
        match self {
            Self::One(timeline) => timeline.hop_at(ms),
            Self::Idle | Self::Burst(_) => 0,
        }
    }

    /// Start of a hop in milliseconds of model time; the end for one that does not exist.
    #[must_use]
    pub fn start_of(&self, hop: usize) -> f64 {
        match self {
            Self::One(timeline) => timeline.start_of(hop),
            // A burst is one stop.
            Self::Burst(_) if hop == 0 => 0.0,
            Self::Idle | Self::Burst(_) => self.end(),
        }
    }
}

/// How close a packet gets to the stop that a question is about, in milliseconds of model time.
const BEFORE_QUESTION_MS: f64 = 1.0;

/// The last model time in milliseconds that the playhead may reach.
fn limit(timing: &Timing, question: Option<Asked>) -> f64 {
    question.map_or(timing.end(), |it| {
        (timing.start_of(it.hop) - BEFORE_QUESTION_MS).max(0.0)
    })
}

/// The loop that moves the playhead while it plays.
fn frames(limit: Memo<f64>, playhead: RwSignal<f64>, playing: RwSignal<bool>, speed: RwSignal<f64>) -> FrameLoop {
    FrameLoop::new(move |passed| {
        // Frames may come after the page's owner is gone.
        if playing.try_get_untracked() != Some(true) {
            return false;
        }
        let end = limit.get_untracked();
        let next = (playhead.get_untracked() + passed * speed.get_untracked()).min(end);
        if next > playhead.get_untracked() {
            playhead.set(next);
        }
        let done = next >= end;
        if done {
            playing.set(false);
        }
        !done
    })
}

/// The playhead and what bounds it.
#[derive(Clone, Copy)]
pub struct Playback {
    /// The times of what was sent.
    pub timing: Memo<Timing>,
    /// Model time in milliseconds since the request left.
    pub playhead: RwSignal<f64>,
    /// Whether the playhead moves by itself.
    pub playing: RwSignal<bool>,
    /// Model milliseconds per real one, 0.25 to 4.
    pub speed: RwSignal<f64>,
    /// The hop at the playhead: an index into the trace's hops.
    pub hop: Memo<usize>,
    /// The question that the packet will stop for, if any. What comes after it is nobody's to see yet.
    pub question: Memo<Option<Asked>>,
    /// How far the playhead may go, in milliseconds of model time: to the end, or to the question.
    pub limit: Memo<f64>,
    frames: StoredValue<FrameLoop, LocalStorage>,
}

impl Playback {
    /// At rest before the first hop of `traces`, at a speed of model milliseconds per real one.
    #[must_use]
    pub fn new(traces: RwSignal<Vec<Arc<Trace>>>, question: Memo<Option<Asked>>, speed: f64) -> Self {
        let timing = Memo::new(move |_| Timing::new(&traces.read()));
        let limit = Memo::new(move |_| limit(&timing.read(), question.get()));
        let playhead = RwSignal::new(0.0);
        let playing = RwSignal::new(false);
        let speed = RwSignal::new(speed.clamp(0.25, 4.0));
        Self {
            timing,
            playhead,
            playing,
            speed,
            hop: Memo::new(move |_| timing.read().hop_at(playhead.get())),
            question,
            limit,
            frames: StoredValue::new_local(frames(limit, playhead, playing, speed)),
        }
    }

    /// Starts from the playhead, or from hop `first` where it stands at the end. With reduced motion one press is one
    /// step.
    pub fn play(self, first: impl FnOnce() -> usize) {
        if matches!(&*self.timing.read_untracked(), Timing::Idle) || self.is_stopped() {
            return;
        }
        let at_end = self.is_at_end();
        if at_end {
            self.seek_hop(first());
        }
        if !reduced_motion() {
            self.playing.set(true);
            self.frames.with_value(FrameLoop::start);
        } else if !at_end {
            self.step(1);
        }
    }

    /// Holds the playhead where it is.
    pub fn pause(self) {
        self.playing.set(false);
    }

    /// Puts the playhead back to the beginning, at rest.
    pub fn rewind(self) {
        self.playing.set(false);
        self.playhead.set(0.0);
    }

    /// Whether everything that was sent has happened.
    #[must_use]
    pub fn is_at_end(self) -> bool {
        self.playhead.get_untracked() >= self.timing.read_untracked().end()
    }

    /// The first hop that must not be seen yet, because a question about it waits for its answer; `None`: all may.
    #[must_use]
    pub fn hidden_from(self) -> Option<usize> {
        self.question.get().map(|it| it.hop)
    }

    /// Whether the packet stands before a question.
    #[must_use]
    pub fn is_asking(self) -> bool {
        self.question.get().is_some() && self.playhead.get() >= self.limit.get()
    }

    /// Whether a question keeps the packet from going on; the question gets the focus then.
    fn is_stopped(self) -> bool {
        let stopped = untrack(|| self.is_asking());
        if stopped {
            focus_question();
        }
        stopped
    }

    /// Puts the playhead at a model time in milliseconds, as far as it may go, and holds it there.
    pub fn seek(self, ms: f64) {
        self.pause();
        self.playhead.set(ms.clamp(0.0, self.limit.get_untracked()));
    }

    /// Puts the playhead at the start of a hop.
    pub fn seek_hop(self, hop: usize) {
        let start = self.timing.read_untracked().start_of(hop);
        self.seek(start);
    }

    /// Goes some hops forward or back.
    pub fn step(self, by: isize) {
        if by > 0 && self.is_stopped() {
            return;
        }
        let hop = self.hop.get_untracked();
        self.seek_hop(hop.saturating_add_signed(by));
    }
}

/// The place of questions in the page.
pub const QUESTION_ID: &str = "question";

/// Leads the focus to the question.
pub fn focus_question() {
    let found = document().get_element_by_id(QUESTION_ID);
    if let Some(element) = found.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok()) {
        // Fails only for elements that cannot have the focus.
        let _ = element.focus();
    }
}
