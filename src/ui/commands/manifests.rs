//! From the learner's text to the cluster: it follows as the text becomes valid, and keeps the last good
//! objects while it is not.

use std::sync::Arc;

use leptos::prelude::*;

use crate::api::Release;
use crate::cluster::{Preset, Snapshot};
use crate::diag::Severity;
use crate::net::suggest;
use crate::text::Span;
use crate::ui::clock::{ms_since, now_ms};
use crate::ui::state::Session;
use crate::ui::state::settings::Settings;
use crate::ui::{crash, storage};
use crate::world::examples::{EXAMPLES, Example, FIRST_TEXT};

/// How long typing must rest before the cluster follows, in milliseconds.
const REST_MS: u32 = 150;

/// The same in a lesson, whose checks are to show within 100 ms of an edit.
const REST_IN_LESSON_MS: u32 = 40;

impl Session {
    /// The first thing the page does: the text that was kept, or the first example, and its packet sets off.
    pub fn restore(self) {
        let Some(text) = stored_text() else {
            return self.open_example(&EXAMPLES[0], FIRST_TEXT);
        };
        crash::remember(&text);
        tracing::info!(bytes = text.len(), "text restored");
        self.manifests.text.set(text);
        if storage::get(storage::OPENING).is_some() {
            // This text brought the page down: show it, and wait.
            tracing::warn!("text not applied: the page stopped while it was");
            self.manifests.is_synced.set(false);
            return;
        }
        self.sync();
        self.send_unasked();
    }

    /// The learner typed: the text is kept at once, the cluster follows after a rest.
    pub fn typed(self, text: String) {
        self.store_text(&text);
        let in_lesson = self.lesson.open.read_untracked().is_some();
        if !in_lesson && self.manifests.text.with_untracked(|old| is_another(old, &text)) {
            // Other manifests were pasted: another cluster, another title, traffic that fits.
            self.manifests.example.set(String::new());
            let traffic = (self.traffic.from.get_untracked(), self.traffic.to.get_untracked());
            self.manifests.other_since.set_value(Some(traffic));
        } else if !in_lesson && text.trim().is_empty() {
            self.manifests.example.set(String::new());
        }
        self.manifests.text.set(text);
        self.manifests.is_synced.set(true);
        self.lesson.fault_to_reveal.set(false);
        let rest = match self.lesson.open.read_untracked().as_ref() {
            Some(_) => REST_IN_LESSON_MS,
            None => REST_MS,
        };
        self.manifests.sync_after(rest, move || self.sync());
    }

    /// Something else replaces the text (an example, a fix): the cluster follows at once.
    pub fn replace(self, text: &str) {
        let text = text.replace("\r\n", "\n");
        self.store_text(&text);
        self.manifests.text.set(text);
        self.manifests.replacements.update(|count| *count += 1);
        self.manifests.is_synced.set(true);
        self.sync();
    }

    /// Replaces a part of the text: what a hint offers to do.
    pub fn edit(self, span: Span, with: &str) {
        if let Some(text) = self.manifests.edited(span, with) {
            self.replace(&text);
        }
    }

    pub(super) fn store_text(self, text: &str) {
        crash::remember(text);
        let stored = self
            .lesson
            .store_text(text)
            .unwrap_or_else(|| storage::set(storage::TEXT, text));
        self.manifests.is_stored.set(stored);
    }

    /// Makes the cluster what the text says, now.
    pub fn sync(self) {
        self.manifests.cancel_sync();
        let other = self.manifests.other_since.get_value();
        self.manifests.other_since.set_value(None);
        if other.is_some() {
            let release = self.manifests.release.get_untracked();
            self.reset_cluster(self.manifests.preset.get_untracked(), release);
        }
        storage::set(storage::OPENING, "1");
        let text = self.manifests.text.get_untracked();
        let was = self.cluster.version();
        let start = now_ms();
        let found = self.cluster.update(|engine| engine.sync(&text));
        storage::remove(storage::OPENING);
        let Some((findings, snapshot)) = found else { return };
        tracing::info!(
            bytes = text.len(),
            objects = findings.objects,
            errors = findings.count(Severity::Error),
            warnings = findings.count(Severity::Warning),
            changed = snapshot.version() != was,
            ms = ms_since(start),
            "text applied"
        );
        self.manifests.findings.set(Arc::new(findings));
        let changed = snapshot.version() != was;
        if changed {
            if self.traffic.traces.read_untracked().len() > 1 {
                // A hundred requests are an experiment of their own; they belong to the cluster they were sent in.
                self.clear_traffic();
            }
            self.cluster.snapshot.set(snapshot);
        }
        if let Some(before) = other {
            // What was chosen meanwhile is meant.
            if before == (self.traffic.from.get_untracked(), self.traffic.to.get_untracked()) {
                self.choose_traffic();
            } else {
                self.clear_traffic();
            }
        } else {
            self.retrace(changed);
        }
        self.grade();
        self.await_next_event();
    }

    /// Sends what the manifests are there for: from outside where something of theirs is reached from there, else from
    /// their first Pod.
    fn choose_traffic(self) {
        let request = {
            let snapshot = self.cluster.snapshot.read_untracked();
            suggest::fitting(&snapshot)
        };
        let (from, to) = request.unwrap_or_else(|| ("client".to_owned(), String::new()));
        let any = !to.is_empty();
        self.traffic.set_request(from, to);
        if any {
            self.send_unasked();
        } else {
            self.clear_traffic();
        }
    }

    /// Looks again when the cluster will change by itself.
    pub(super) fn await_next_event(self) {
        self.cluster.at_next_event(move || {
            if let Some(((), snapshot)) = self.cluster.update(|_| ()) {
                self.publish(snapshot);
                self.await_next_event();
            }
        });
    }

    /// Shows the cluster as it is now, if that is news.
    pub(super) fn publish(self, snapshot: Arc<Snapshot>) {
        self.cluster.append_events();
        if snapshot.version() != self.cluster.version() {
            self.cluster.snapshot.set(snapshot);
            self.grade();
        }
    }

    /// Applies the text after all, although it brought the page down before.
    pub fn sync_again(self) {
        self.manifests.is_synced.set(true);
        self.sync();
        self.send_unasked();
    }

    /// Starts over with a fresh cluster, which holds nothing of the text yet.
    pub fn restart(self, preset: Preset, release: Release) {
        self.reset_cluster(preset, release);
        self.sync();
    }

    /// Starts over with another cluster and another text.
    pub(super) fn restart_with(self, preset: Preset, release: Release, text: &str) {
        self.reset_cluster(preset, release);
        self.replace(text);
    }

    /// The sandbox as it was left: its cluster, text and traffic.
    pub(super) fn resume_sandbox(self) {
        let kept = Settings::load();
        let text = stored_text();
        self.restart_with(
            kept.preset.parse().unwrap_or_default(),
            kept.release.parse().unwrap_or_default(),
            text.as_deref().unwrap_or(FIRST_TEXT),
        );
        self.traffic.from.set(kept.from);
        self.traffic.to.set(kept.to);
        self.traffic.method.set(kept.method);
        self.traffic.headers.set(kept.headers);
        self.send_unasked();
    }

    fn reset_cluster(self, preset: Preset, release: Release) {
        self.manifests.preset.set(preset);
        self.manifests.release.set(release);
        self.clear_traffic();
        self.cluster.reset(preset, release);
    }

    /// Puts an example in the place of the manifests and sends its request.
    pub fn open_example(self, example: &'static Example, text: &str) {
        tracing::info!(name = example.name, "example opened");
        self.manifests.example.set(example.name.to_owned());
        // A fresh cluster, which has never seen the last example: nothing of it is updated, and nothing of it stands
        // beside what the server refuses of this one.
        let release = self.manifests.release.get_untracked();
        self.reset_cluster(example.preset.parse().unwrap_or_default(), release);
        self.replace(text);
        let (from, to) = example.request(&self.cluster.snapshot.read_untracked());
        self.traffic.set_request(from, to);
        // Where the server refuses the manifests, that is what there is to read.
        self.send_unasked();
    }
}

/// Whether a text is another one rather than the same, edited: little of either stands in both.
fn is_another(old: &str, new: &str) -> bool {
    const LEAST: usize = 80;
    let shorter = old.len().min(new.len());
    let mut from_start = old.bytes().zip(new.bytes());
    let before = from_start.position(|(a, b)| a != b).unwrap_or(shorter);
    let mut from_end = old.bytes().rev().zip(new.bytes().rev());
    let after = from_end.position(|(a, b)| a != b).unwrap_or(shorter);
    new.len() > LEAST && (before + after) * 5 < old.len().max(new.len())
}

/// The text of the sandbox as it was kept; `None` where there is none, or only blanks.
fn stored_text() -> Option<String> {
    storage::get(storage::TEXT).filter(|text| !text.trim().is_empty())
}
