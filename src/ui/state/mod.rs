//! What every part of the page shares: one [`Session`] in context.
//!
//! The cluster itself stands outside the reactive graph; what is drawn are snapshots and traces, published as
//! signals after each command. Signals here are written by events and by the frame loop, never by effects.
//!
//! - [`playback`]: the playhead and what moves it
//! - [`text`]: from the learner's text to the cluster
//! - [`traffic`]: from the traffic bar to traces
//! - [`lesson`]: the lessons and how far they are done
//! - [`keep`]: what survives a reload
//! - [`passing`]: what breaks, and time that is let pass

pub mod lesson;
pub mod persistence;
pub mod playback;
pub mod text;
pub mod traffic;
pub mod virtual_time;

use std::sync::Arc;

use leptos::prelude::*;

use crate::api::ObjectRef;
use crate::cluster::{Preset, Snapshot};
use crate::lesson::Asked;
use crate::net::Trace;
use crate::text::{Lang, Span};
use crate::world::event_log::Line;

use super::clock::{Delay, FrameLoop};
use super::engine::Engine;
use super::i18n::Words;
pub use lesson::LessonState;
pub use persistence::{Panel, Theme};
pub use playback::Timing;
pub use text::Findings;
pub use traffic::Complaint;

/// The shared state of the page; cheap to copy.
#[derive(Clone, Copy)]
pub struct Session {
    /// The learner's text, as typed.
    pub text: RwSignal<String>,
    /// Counts the times the text was replaced by something other than typing.
    pub replaced: RwSignal<u32>,
    /// What was found in the text when the cluster last followed it.
    pub findings: RwSignal<Arc<Findings>>,
    /// Whether the cluster follows the text. It does not after a crash, until the learner says so.
    pub follows: RwSignal<bool>,
    /// The cluster as last published.
    pub snapshot: RwSignal<Arc<Snapshot>>,
    /// What was sent last: nothing, one trace, or many (a burst).
    pub traces: RwSignal<Vec<Arc<Trace>>>,
    /// Which of [`Self::traces`] hop list and inspector show.
    pub shown: RwSignal<usize>,
    /// When what was sent happens.
    pub timing: Memo<Timing>,
    /// Model time in milliseconds since the request left.
    pub playhead: RwSignal<f64>,
    /// Whether the playhead moves by itself.
    pub playing: RwSignal<bool>,
    /// Model milliseconds per real one, 0.25 to 4.
    pub speed: RwSignal<f64>,
    /// The hop at the playhead: an index into the shown trace's hops.
    pub hop: Memo<usize>,
    /// The question that the packet will stop for. What comes after it is nobody's to see yet.
    pub asked: Memo<Option<Asked>>,
    /// How far the playhead may go, in milliseconds of model time: to the end, or to the question.
    pub limit: Memo<f64>,
    /// A place in the text that the editor shall show.
    pub reveal: RwSignal<Option<Span>>,
    /// Language of the page.
    pub lang: RwSignal<Lang>,
    /// Light, dark, or as the system has it.
    pub theme: RwSignal<Theme>,
    /// The panel shown where there is room for one only.
    pub panel: RwSignal<Panel>,
    /// Source as typed in the traffic bar.
    pub from: RwSignal<String>,
    /// Destination as typed in the traffic bar.
    pub to: RwSignal<String>,
    /// The pod or node shown from within, in the place of the hops.
    pub picked: RwSignal<Option<ObjectRef>>,
    /// Method of a request over HTTP.
    pub method: RwSignal<String>,
    /// Headers of a request over HTTP, one a line.
    pub headers: RwSignal<String>,
    /// Why the last request could not be sent.
    pub complaint: RwSignal<Option<Complaint>>,
    /// The cluster that the text is applied to.
    pub preset: RwSignal<Preset>,
    /// Name of the example that the text began as; empty for none.
    pub example: RwSignal<String>,
    /// Widths of the left and right panel in CSS pixels; 0: as designed.
    pub widths: RwSignal<(f64, f64)>,
    /// Lessons: which is open, how far it has come.
    pub lesson: LessonState,
    /// What has happened since the learner first broke something.
    pub event_log: RwSignal<Vec<Line>>,
    /// Whether the browser keeps what is typed.
    pub keeps: RwSignal<bool>,
    engine: StoredValue<Engine, LocalStorage>,
    frames: StoredValue<FrameLoop, LocalStorage>,
    follow_soon: StoredValue<Delay, LocalStorage>,
    next_event: StoredValue<Delay, LocalStorage>,
}

impl Session {
    /// A session with everything that was kept, provided as context to what stands below the caller.
    pub fn provide() -> Self {
        let kept = persistence::Settings::load();
        let preset = kept.preset.parse().unwrap_or_default();
        let engine = Engine::new(preset);
        let traces = RwSignal::new(Vec::new());
        let timing = Memo::new(move |_| Timing::new(&traces.read()));
        let playhead = RwSignal::new(0.0);
        let playing = RwSignal::new(false);
        let speed = RwSignal::new(kept.speed.clamp(0.25, 4.0));
        let snapshot = RwSignal::new(engine.snapshot());
        let lesson = LessonState::load();
        let asked = Memo::new(move |_| lesson.asks(&traces.read(), &snapshot.read()));
        let limit = Memo::new(move |_| playback::limit(&timing.read(), asked.get()));
        let session = Self {
            text: RwSignal::new(String::new()),
            replaced: RwSignal::new(0),
            findings: RwSignal::new(Arc::default()),
            follows: RwSignal::new(true),
            snapshot,
            traces,
            shown: RwSignal::new(0),
            timing,
            playhead,
            playing,
            speed,
            hop: Memo::new(move |_| timing.read().hop_at(playhead.get())),
            asked,
            limit,
            reveal: RwSignal::new(None),
            lang: RwSignal::new(kept.lang.unwrap_or_else(persistence::browser_language)),
            theme: RwSignal::new(kept.theme),
            panel: RwSignal::new(kept.panel),
            from: RwSignal::new(kept.from),
            to: RwSignal::new(kept.to),
            method: RwSignal::new(kept.method),
            headers: RwSignal::new(kept.headers),
            picked: RwSignal::new(None),
            complaint: RwSignal::new(None),
            preset: RwSignal::new(preset),
            example: RwSignal::new(kept.example),
            widths: RwSignal::new(kept.widths),
            lesson,
            event_log: RwSignal::new(Vec::new()),
            keeps: RwSignal::new(true),
            engine: StoredValue::new_local(engine),
            frames: StoredValue::new_local(playback::frames(limit, playhead, playing, speed)),
            follow_soon: StoredValue::new_local(Delay::default()),
            next_event: StoredValue::new_local(Delay::default()),
        };
        provide_context(session);
        session
    }

    /// The session of this page.
    #[must_use]
    pub fn expect() -> Self {
        expect_context()
    }

    /// A fixed string in the language of the page: `{session.say(|words| words.send)}`.
    pub fn say(self, pick: fn(&'static Words) -> &'static str) -> impl Fn() -> &'static str + Copy + Send + 'static {
        move || pick(self.words())
    }

    /// All fixed strings in the language of the page; read within something reactive.
    #[must_use]
    pub fn words(self) -> &'static Words {
        Words::of(self.lang.get())
    }

    /// The trace that hop list and inspector show.
    #[must_use]
    pub fn trace(self) -> Option<Arc<Trace>> {
        let traces = self.traces.read();
        traces.get(self.shown.get()).cloned()
    }

    /// The first hop that must not be seen yet, because a question about it waits for its answer.
    #[must_use]
    pub fn veil(self) -> Option<usize> {
        self.asked.get().map(|it| it.hop)
    }

    /// Whether the packet stands before a question.
    #[must_use]
    pub fn is_asking(self) -> bool {
        self.asked.get().is_some() && self.playhead.get() >= self.limit.get()
    }

    /// Whether many requests were sent at once.
    #[must_use]
    pub fn is_burst(self) -> bool {
        self.traces.read().len() > 1
    }
}
