//! The learner's text, the cluster it goes to, and what was found in it.

use std::sync::Arc;

use leptos::prelude::*;

use crate::api::Release;
use crate::cluster::Preset;
use crate::text::Span;
use crate::ui::clock::Delay;
use crate::ui::engine::Findings;

/// The text and what belongs to it.
#[derive(Clone, Copy)]
pub struct Manifests {
    /// The learner's text, as typed.
    pub text: RwSignal<String>,
    /// Number of times that the text was replaced by something other than typing.
    pub replacements: RwSignal<u32>,
    /// What was found in the text when the cluster was last made what it says.
    pub findings: RwSignal<Arc<Findings>>,
    /// Whether the cluster follows the text. After a crash it does not, until the learner says so.
    pub is_synced: RwSignal<bool>,
    /// Whether the browser keeps what is typed.
    pub is_stored: RwSignal<bool>,
    /// What another tab keeps in the place of this text; `None` while no other has written.
    pub of_other_tab: RwSignal<Option<String>>,
    /// The cluster that the text is applied to.
    pub preset: RwSignal<Preset>,
    /// Its release of Kubernetes; lessons have the default one.
    pub release: RwSignal<Release>,
    /// Name of the example that the text began as; empty for none.
    pub example: RwSignal<String>,
    /// Where the editor shall open the text, in bytes; `None`: at its beginning.
    pub opens_at: RwSignal<Option<u32>>,
    /// A place in the text that the editor shall show; `None` until something asks for one.
    pub reveal: RwSignal<Option<Span>>,
    /// Where what was typed last is another text, not the same one edited: source and destination as they were then.
    pub other_since: StoredValue<Option<(String, String)>>,
    sync_soon: StoredValue<Delay, LocalStorage>,
}

impl Manifests {
    /// No text yet, for a cluster.
    #[must_use]
    pub fn new(preset: Preset, release: Release, example: String) -> Self {
        Self {
            text: RwSignal::new(String::new()),
            replacements: RwSignal::new(0),
            findings: RwSignal::new(Arc::default()),
            is_synced: RwSignal::new(true),
            is_stored: RwSignal::new(true),
            of_other_tab: RwSignal::new(None),
            preset: RwSignal::new(preset),
            release: RwSignal::new(release),
            example: RwSignal::new(example),
            opens_at: RwSignal::new(None),
            reveal: RwSignal::new(None),
            other_since: StoredValue::new(None),
            sync_soon: StoredValue::new_local(Delay::default()),
        }
    }

    /// The text with the bytes of `span` replaced by `with`; `None` where it has no such place any more.
    #[must_use]
    pub fn edited(self, span: Span, with: &str) -> Option<String> {
        self.text.with_untracked(|text| {
            let before = text.get(..span.start as usize)?;
            let after = text.get(span.end as usize..)?;
            Some(format!("{before}{with}{after}"))
        })
    }

    /// A place in the text without what lies below its first line.
    #[must_use]
    pub fn first_line_of(self, span: Span) -> Span {
        self.text.with(|text| {
            let inside = text.get(span.start as usize..span.end as usize).unwrap_or_default();
            let line = inside.find('\n').unwrap_or(inside.len());
            Span::new(span.file, span.start, span.start + line as u32)
        })
    }

    /// Does `what` after so many milliseconds, instead of what waited before.
    pub fn sync_after(self, millis: u32, what: impl FnOnce() + 'static) {
        self.sync_soon.update_value(|delay| delay.after(millis, what));
    }

    /// Whether something was typed that the cluster does not follow yet.
    #[must_use]
    pub fn is_sync_due(self) -> bool {
        self.sync_soon.with_value(Delay::is_waiting)
    }

    /// Forgets what waited.
    pub fn cancel_sync(self) {
        self.sync_soon.update_value(Delay::cancel);
    }
}
