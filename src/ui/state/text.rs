//! From the learner's text to the cluster: it follows as the text becomes valid, and keeps the last good
//! objects while it is not.

use std::sync::Arc;

use leptos::prelude::*;

use super::Session;
use super::persistence::Settings;
use crate::cluster::{Preset, Snapshot};
use crate::diag::{Diagnostic, Severity};
use crate::text::{FileId, LineIndex, Span};
use crate::ui::engine::Engine;
use crate::ui::{crash, storage};
use crate::world::examples::{EXAMPLES, FIRST_TEXT};

/// How long typing must rest before the cluster follows, in milliseconds.
const REST_MS: u32 = 150;

/// The same in a lesson, whose checks are to show within 100 ms of an edit.
const REST_IN_LESSON_MS: u32 = 40;

/// What happens by itself is shown no more often than this, in milliseconds.
const SHORTEST_WAIT_MS: u32 = 100;

/// What was found in the text.
#[derive(Clone, Debug)]
pub struct Findings {
    /// In the order of the text.
    pub list: Vec<Diagnostic>,
    /// Documents in the text that hold an object.
    pub objects: usize,
    /// Lines of that text.
    pub lines: LineIndex,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            objects: 0,
            lines: LineIndex::new(""),
        }
    }
}

impl Findings {
    /// How many are this bad.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|it| it.severity == severity).count()
    }

    /// The line of a finding, if it stands in the learner's text.
    #[must_use]
    pub fn line(&self, finding: &Diagnostic) -> Option<u32> {
        let span = finding.span?;
        (span.file == FileId::default()).then(|| self.lines.line(span.start))
    }
}

impl Session {
    /// The first thing the page does: the text that was kept, or the first example, and its packet sets off.
    pub fn begin(self) {
        let Some(text) = storage::get(storage::TEXT).filter(|text| !text.trim().is_empty()) else {
            return self.open_example(&EXAMPLES[0], FIRST_TEXT);
        };
        crash::remember(&text);
        self.text.set(text);
        if storage::get(storage::OPENING).is_some() {
            // This text brought the page down: show it, and wait.
            self.follows.set(false);
            return;
        }
        self.follow();
        self.send(1);
        // Nobody has pressed anything yet, so nothing is to be complained about.
        self.complaint.set(None);
    }

    /// The learner typed: the text is kept at once, the cluster follows after a rest.
    pub fn typed(self, text: String) {
        self.keep(&text);
        self.text.set(text);
        self.follows.set(true);
        self.lesson.watching.set(false);
        let rest = match self.lesson.open.read_untracked().as_ref() {
            Some(_) => REST_IN_LESSON_MS,
            None => REST_MS,
        };
        self.follow_soon
            .update_value(|delay| delay.after(rest, move || self.follow()));
    }

    /// Something else replaces the text (an example, a fix): the cluster follows at once.
    pub fn replace(self, text: &str) {
        let text = text.replace("\r\n", "\n");
        self.keep(&text);
        self.text.set(text);
        self.replaced.update(|count| *count += 1);
        self.follows.set(true);
        self.follow();
    }

    /// Replaces a part of the text: what a hint offers to do.
    pub fn edit(self, span: Span, with: &str) {
        let edited = self.text.with_untracked(|text| {
            let before = text.get(..span.start as usize)?;
            let after = text.get(span.end as usize..)?;
            Some(format!("{before}{with}{after}"))
        });
        if let Some(text) = edited {
            self.replace(&text);
        }
    }

    fn keep(self, text: &str) {
        crash::remember(text);
        let kept = self
            .keep_in_lesson(text)
            .unwrap_or_else(|| storage::set(storage::TEXT, text));
        self.keeps.set(kept);
    }

    /// Makes the cluster what the text says, now.
    pub fn follow(self) {
        self.follow_soon.update_value(|delay| delay.cancel());
        storage::set(storage::OPENING, "1");
        let text = self.text.get_untracked();
        let was = self.snapshot.read_untracked().version();
        let found = self.engine.try_update_value(|engine| {
            engine.pass_time();
            let findings = engine.follow(&text);
            (findings, engine.snapshot())
        });
        storage::remove(storage::OPENING);
        let Some((findings, snapshot)) = found else { return };
        self.findings.set(Arc::new(findings));
        let changed = snapshot.version() != was;
        if changed {
            if self.traces.read_untracked().len() > 1 {
                // A hundred requests are an experiment of their own; they belong to the cluster they were sent in.
                self.forget_traffic();
            }
            self.snapshot.set(snapshot);
        }
        self.retrace(changed);
        self.grade();
        self.await_next_event();
    }

    /// Looks again when the cluster will change by itself: a probe succeeds, a grace period ends.
    pub(super) fn await_next_event(self) {
        let Some(millis) = self.engine.with_value(Engine::next_event) else {
            return;
        };
        self.next_event.update_value(|delay| {
            delay.after(millis.max(SHORTEST_WAIT_MS), move || {
                let snapshot = self.engine.try_update_value(|engine| {
                    engine.pass_time();
                    engine.snapshot()
                });
                if let Some(snapshot) = snapshot {
                    self.publish(snapshot);
                    self.await_next_event();
                }
            });
        });
    }

    /// Shows the cluster as it is now, if that is news.
    pub(super) fn publish(self, snapshot: Arc<Snapshot>) {
        self.write_diary();
        if snapshot.version() != self.snapshot.read_untracked().version() {
            self.snapshot.set(snapshot);
            self.grade();
        }
    }

    /// Applies the text after all, although it brought the page down before.
    pub fn follow_again(self) {
        self.follows.set(true);
        self.follow();
        self.send(1);
        self.complaint.set(None);
    }

    /// Starts over with a fresh cluster, which holds nothing of the text yet.
    pub fn start_from(self, preset: Preset) {
        self.new_engine(preset);
        self.follow();
    }

    /// Starts over with another cluster and another text.
    pub(super) fn start_anew(self, preset: Preset, text: &str) {
        self.new_engine(preset);
        self.replace(text);
    }

    /// The sandbox as it was left: its cluster, text and traffic.
    pub(super) fn resume_sandbox(self) {
        let kept = Settings::load();
        let text = storage::get(storage::TEXT).filter(|text| !text.trim().is_empty());
        self.start_anew(
            kept.preset.parse().unwrap_or_default(),
            text.as_deref().unwrap_or(FIRST_TEXT),
        );
        self.from.set(kept.from);
        self.to.set(kept.to);
        self.method.set(kept.method);
        self.headers.set(kept.headers);
        self.send(1);
        self.complaint.set(None);
    }

    fn new_engine(self, preset: Preset) {
        self.preset.set(preset);
        let engine = Engine::new(preset);
        self.next_event.update_value(|delay| delay.cancel());
        self.forget_traffic();
        self.event_log.set(Vec::new());
        self.snapshot.set(engine.snapshot());
        self.engine.set_value(engine);
    }
}
