//! The cluster as the page sees it: the engine behind it, the snapshot it last published, what happened in it.

use std::sync::Arc;

use leptos::prelude::*;

use crate::api::Release;
use crate::cluster::{Preset, Snapshot};
use crate::ui::clock::Delay;
use crate::ui::engine::Engine;
use crate::world::event_log::Line;

/// Most lines of the event log that are kept.
const MOST_LINES: usize = 200;

/// What happens by itself is shown no more often than this, in milliseconds.
const SHORTEST_WAIT_MS: u32 = 100;

/// The engine and what it has published.
#[derive(Clone, Copy)]
pub struct ClusterState {
    /// The cluster as last published.
    pub snapshot: RwSignal<Arc<Snapshot>>,
    /// What has happened since the learner first broke something, oldest first.
    pub event_log: RwSignal<Vec<Line>>,
    engine: StoredValue<Engine, LocalStorage>,
    next_event: StoredValue<Delay, LocalStorage>,
}

impl ClusterState {
    /// A fresh cluster.
    #[must_use]
    pub fn new(preset: Preset, release: Release) -> Self {
        let engine = Engine::new(preset, release);
        Self {
            snapshot: RwSignal::new(engine.snapshot()),
            event_log: RwSignal::new(Vec::new()),
            engine: StoredValue::new_local(engine),
            next_event: StoredValue::new_local(Delay::default()),
        }
    }

    /// A fresh cluster in the place of this one.
    pub fn reset(self, preset: Preset, release: Release) {
        let engine = Engine::new(preset, release);
        self.next_event.update_value(Delay::cancel);
        self.event_log.set(Vec::new());
        self.snapshot.set(engine.snapshot());
        self.engine.set_value(engine);
    }

    /// Brings the engine up to the visitor's time and changes it; with what `act` gives comes the cluster as it is
    /// then. `None` where the page is gone.
    pub fn update<T>(self, act: impl FnOnce(&mut Engine) -> T) -> Option<(T, Arc<Snapshot>)> {
        self.engine.try_update_value(|engine| {
            engine.pass_time();
            (act(engine), engine.snapshot())
        })
    }

    /// Asks the engine something that changes nothing.
    pub fn read<T>(self, ask: impl FnOnce(&Engine) -> T) -> T {
        self.engine.with_value(ask)
    }

    /// The version of the snapshot that was last published.
    #[must_use]
    pub fn version(self) -> u64 {
        self.snapshot.read_untracked().version()
    }

    /// Calls `look` when the cluster will change by itself: a probe succeeds, a grace period ends. A cluster at rest
    /// calls nobody.
    pub fn at_next_event(self, look: impl FnOnce() + 'static) {
        if let Some(millis) = self.read(Engine::next_event) {
            self.next_event
                .update_value(|delay| delay.after(millis.max(SHORTEST_WAIT_MS), look));
        }
    }

    /// Takes over what the engine has to tell.
    pub fn append_events(self) {
        let news = self.engine.try_update_value(Engine::take_news).unwrap_or_default();
        if news.is_empty() {
            return;
        }
        self.event_log.update(|lines| {
            lines.extend(news);
            let surplus = lines.len().saturating_sub(MOST_LINES);
            lines.drain(..surplus);
        });
    }
}
