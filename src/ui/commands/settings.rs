//! Keeping what shall survive a reload.

use leptos::prelude::*;

use crate::ui::state::Session;
use crate::ui::state::settings::Settings;

impl Session {
    /// Keeps the settings now and whenever one changes.
    pub fn store_settings(self) {
        // A language that nobody chose goes on following the browser's.
        let chosen = Settings::load().lang.is_some();
        let first = self.lang.get_untracked();
        Effect::new(move |_| {
            let lang = self.lang.get();
            let mut settings = Settings {
                lang: (chosen || lang != first).then_some(lang),
                theme: self.layout.theme.get(),
                speed: self.playback.speed.get(),
                panel: self.layout.panel.get(),
                from: self.traffic.from.get(),
                to: self.traffic.to.get(),
                method: self.traffic.method.get(),
                headers: self.traffic.headers.get(),
                preset: self.manifests.preset.get().name().to_owned(),
                release: self.manifests.release.get().name().to_owned(),
                example: self.manifests.example.get(),
                widths: self.layout.widths.get(),
            };
            // A lesson chooses traffic and cluster for itself; the sandbox's own wait here meanwhile.
            if self.lesson.open.read().is_some() {
                let kept = Settings::load();
                (settings.from, settings.to, settings.preset) = (kept.from, kept.to, kept.preset);
                (settings.method, settings.headers, settings.release) = (kept.method, kept.headers, kept.release);
            }
            settings.store();
        });
    }
}
