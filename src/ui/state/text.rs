//! From the learner's text to the cluster: it follows as the text becomes valid, and keeps the last good
//! objects while it is not.

use std::sync::Arc;

use leptos::prelude::*;

use super::Session;
use crate::diag::{Diagnostic, Severity};
use crate::text::{FileId, LineIndex, Span};
use crate::ui::engine::{Engine, Preset};
use crate::ui::{crash, storage};
use crate::world::examples::{EXAMPLES, FIRST_TEXT};

/// How long typing must rest before the cluster follows, in milliseconds.
const REST_MS: u32 = 150;

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
        self.follow_soon
            .update_value(|delay| delay.after(REST_MS, move || self.follow()));
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
        self.keeps.set(storage::set(storage::TEXT, text));
    }

    /// Makes the cluster what the text says, now.
    pub fn follow(self) {
        self.follow_soon.update_value(|delay| delay.cancel());
        storage::set(storage::OPENING, "1");
        let text = self.text.get_untracked();
        let was = self.snapshot.read_untracked().version();
        let found = self.engine.try_update_value(|engine| {
            let findings = engine.follow(&text);
            (findings, engine.snapshot())
        });
        storage::remove(storage::OPENING);
        let Some((findings, snapshot)) = found else { return };
        self.findings.set(Arc::new(findings));
        if snapshot.version() != was {
            self.forget_traffic();
            self.snapshot.set(snapshot);
        }
    }

    /// Applies the text after all, although it brought the page down before.
    pub fn follow_again(self) {
        self.follows.set(true);
        self.follow();
    }

    /// Starts over with another cluster under the same text.
    pub fn start_from(self, preset: Preset) {
        self.preset.set(preset);
        let engine = Engine::new(preset);
        self.forget_traffic();
        self.snapshot.set(engine.snapshot());
        self.engine.set_value(engine);
        self.follow();
    }
}
