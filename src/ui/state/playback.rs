//! The playhead: play, pause, step, seek. Position is a function of model time, so that is all there is.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::lesson::Asked;
use crate::net::Trace;
use crate::scene::itinerary::Itinerary;
use crate::scene::timeline::{BurstTimeline, Timeline};
use crate::text::Lang;
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
    /// The times of these traces, the one with these stops, for who reads in `lang`.
    #[must_use]
    pub fn new(traces: &[Arc<Trace>], itinerary: &Itinerary, lang: Lang) -> Self {
        match traces {
            [] => Self::Idle,
            [trace] => Self::One(Timeline::new(trace, itinerary, lang)),
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
    /// The furthest hop that has been shown of this run. What comes after it has not happened yet for who watches.
    pub reached: Memo<usize>,
    run: RwSignal<u32>,
    /// The stops that are shown: hops, with lookups in DNS folded.
    pub itinerary: Memo<Itinerary>,
    /// Whether lookups in DNS are shown hop by hop.
    pub lookups_open: RwSignal<bool>,
    /// Whether the playhead has been at the end of this run.
    pub is_over: Memo<bool>,
    /// Packets of a burst that have arrived.
    pub arrived: Memo<usize>,
    /// The question that the packet will stop for, if any. What comes after it is nobody's to see yet.
    pub question: Memo<Option<Asked>>,
    /// How far the playhead may go, in milliseconds of model time: to the end, or to the question.
    pub limit: Memo<f64>,
    frames: StoredValue<FrameLoop, LocalStorage>,
}

impl Playback {
    /// At rest before the first hop of `traces`, at a speed of model milliseconds per real one, with sentences in `lang`.
    #[must_use]
    pub fn new(
        traces: RwSignal<Vec<Arc<Trace>>>,
        question: Memo<Option<Asked>>,
        speed: f64,
        lang: RwSignal<Lang>,
    ) -> Self {
        let lookups_open = RwSignal::new(false);
        let itinerary = Memo::new(move |_| {
            let traces = traces.read();
            let Some(trace) = traces.first() else {
                return Itinerary::default();
            };
            let folded = Itinerary::new(trace, false);
            // A question about a hop of a lookup opens it.
            let inside = question
                .get()
                .is_some_and(|it| it.hop < trace.hops.len() && folded.start_of(folded.stop_of(it.hop)) != it.hop);
            if lookups_open.get() || inside {
                Itinerary::new(trace, true)
            } else {
                folded
            }
        });
        let timing = Memo::new(move |_| Timing::new(&traces.read(), &itinerary.read(), lang.get()));
        let limit = Memo::new(move |_| limit(&timing.read(), question.get()));
        let playhead = RwSignal::new(0.0);
        let playing = RwSignal::new(false);
        let speed = RwSignal::new(speed.clamp(0.25, 4.0));
        let run = RwSignal::new(0);
        let hop = Memo::new(move |_| timing.read().hop_at(playhead.get()));
        let furthest = Memo::new(move |was: Option<&(u32, usize)>| {
            let (run, hop) = (run.get(), hop.get());
            match was {
                Some(&(then, far)) if then == run => (run, far.max(hop)),
                _ => (run, hop),
            }
        });
        let reached = Memo::new(move |_| furthest.get().1);
        let is_over = Memo::new(move |was| {
            let timing = timing.read();
            match &*timing {
                Timing::Idle => false,
                // It was over once, and is until something else is sent.
                Timing::One(_) => traces
                    .read()
                    .first()
                    .is_some_and(|it| reached.get() + 1 >= it.hops.len()),
                Timing::Burst(_) => playhead.get() >= timing.end() || (was == Some(&true) && playhead.get() > 0.0),
            }
        });
        Self {
            timing,
            playhead,
            playing,
            speed,
            hop,
            reached,
            run,
            itinerary,
            lookups_open,
            is_over,
            arrived: Memo::new(move |_| match &*timing.read() {
                Timing::Burst(burst) => burst.arrived(playhead.get()),
                Timing::Idle | Timing::One(_) => 0,
            }),
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
        self.run.update(|it| *it += 1);
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

    /// Puts the playhead at a model time in milliseconds, as far as it may go, and holds it there. At the very
    /// beginning nothing has happened yet.
    pub fn seek(self, ms: f64) {
        self.pause();
        let ms = ms.clamp(0.0, self.limit.get_untracked());
        self.playhead.set(ms);
        if ms <= 0.0 {
            self.run.update(|it| *it += 1);
        }
    }

    /// Shows the hops of lookups in DNS, or folds them; the playhead stays at its hop.
    pub fn toggle_lookups(self) {
        let hop = self.hop.get_untracked();
        self.pause();
        self.lookups_open.update(|it| *it = !*it);
        let itinerary = self.itinerary.get_untracked();
        self.seek_hop(itinerary.hop_of(itinerary.stop_of(hop)));
    }

    /// Puts the playhead at the start of a hop.
    pub fn seek_hop(self, hop: usize) {
        let start = self.timing.read_untracked().start_of(hop);
        self.seek(start);
    }

    /// Goes some stops forward or back.
    pub fn step(self, by: isize) {
        if by > 0 && self.is_stopped() {
            return;
        }
        let itinerary = self.itinerary.get_untracked();
        let stop = itinerary.stop_of(self.hop.get_untracked());
        let before = stop == 0 && self.hop.get_untracked() < itinerary.hop_of(0);
        let next = if before && by > 0 {
            0
        } else {
            stop.saturating_add_signed(by)
        };
        self.seek_hop(itinerary.hop_of(next));
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
