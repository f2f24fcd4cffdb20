//! Two tabs of one browser share what is kept: what the other one wrote is offered, and this one's text stays.

use leptos::ev;
use leptos::prelude::*;

use crate::ui::state::Session;
use crate::ui::storage;

impl Session {
    /// Looks at what is kept whenever another tab writes it.
    pub fn watch_other_tabs(self) {
        let handle = window_event_listener(ev::storage, move |event| match event.key().as_deref() {
            Some(storage::TEXT) if self.lesson.open.read_untracked().is_none() => {
                self.compare_with_other_tab(event.new_value());
            }
            Some(storage::PROGRESS) => {
                self.lesson.progress.reload();
                let opened = self.lesson.open.get_untracked();
                // The solution is not the learner's work.
                if let Some(opened) = opened.filter(|_| self.lesson.own_text.read_untracked().is_none()) {
                    let kept = untrack(|| {
                        let progress = self.lesson.progress;
                        progress.with(|it| it.lessons.get(&opened.name).map(|done| done.text.clone()))
                    });
                    self.compare_with_other_tab(kept);
                }
            }
            _ => {}
        });
        on_cleanup(move || handle.remove());
        // What was offered belongs to the text that was open.
        Effect::new(move |_| {
            self.lesson.open.track();
            self.manifests.of_other_tab.set(None);
        });
    }

    fn compare_with_other_tab(self, kept: Option<String>) {
        let other = kept.filter(|text| !text.trim().is_empty());
        let differs = self
            .manifests
            .text
            .with_untracked(|own| other.as_ref().is_some_and(|it| it != own));
        self.manifests.of_other_tab.set(other.filter(|_| differs));
    }

    /// The other tab's text in the place of this one's.
    pub fn take_other_tab(self) {
        if let Some(text) = self.manifests.of_other_tab.get_untracked() {
            self.manifests.of_other_tab.set(None);
            self.replace(&text);
        }
    }

    /// This tab's text is the one that is kept.
    pub fn keep_own_tab(self) {
        self.manifests.of_other_tab.set(None);
        self.store_text(&self.manifests.text.get_untracked());
    }
}
