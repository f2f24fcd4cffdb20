//! What the learner breaks, and time that is let pass so that its consequences show.

use std::sync::Arc;

use leptos::prelude::*;

use super::Session;
use crate::api::ObjectRef;
use crate::cluster::Snapshot;
use crate::sim::Duration;
use crate::ui::engine::Engine;
use crate::ui::i18n;
use crate::world::actions::ActionOffer;

/// Most lines of the event log that are kept.
const MOST_LINES: usize = 200;
/// How far one press looks for something that happens by itself.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

impl Session {
    /// Does something to a pod or node; what is on the stage is sent again in what it has become.
    pub fn perform(self, reference: &ObjectRef, offer: &ActionOffer) {
        self.with_engine(|engine| engine.perform(reference, offer));
    }

    /// Mends everything that is broken.
    pub fn mend_all(self) {
        self.with_engine(|engine| engine.mend_all(&i18n::mended()));
    }

    /// Lets so many seconds pass.
    pub fn pass(self, seconds: i64) {
        self.with_engine(|engine| engine.advance(Duration::from_secs(seconds)));
    }

    /// Lets time pass until something happens; whether anything did.
    pub fn pass_to_news(self) -> bool {
        let mut any = false;
        self.with_engine(|engine| any = engine.advance_to_news(LONGEST_WAIT));
        any
    }

    fn with_engine(self, act: impl FnOnce(&mut Engine)) {
        let was = self.snapshot.read_untracked().version();
        let snapshot: Option<Arc<Snapshot>> = self.engine.try_update_value(|engine| {
            engine.pass_time();
            act(engine);
            engine.snapshot()
        });
        let Some(snapshot) = snapshot else { return };
        let changed = snapshot.version() != was;
        if changed && self.traces.read_untracked().len() > 1 {
            // A hundred requests belong to the cluster they were sent in.
            self.forget_traffic();
        }
        self.publish(snapshot);
        self.write_diary();
        if changed {
            self.retrace(true);
        }
        self.await_next_event();
    }

    /// Takes over what the engine has to tell.
    pub(super) fn write_diary(self) {
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
