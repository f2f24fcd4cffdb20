//! What survives a reload, and when it is written.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::Session;
use crate::text::Lang;
use crate::ui::storage;

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The panels that share one place where the window is narrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Panel {
    /// The lesson, or the list of lessons.
    Lesson,
    /// The learner's text.
    Yaml,
    /// Hop list and inspector, or who answered.
    #[default]
    Hops,
}

/// What the visitor chose and would be annoyed to choose again. `index.html` reads `lang` and `theme` before
/// the first paint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// None: as the browser has it.
    pub lang: Option<Lang>,
    /// Light or dark.
    pub theme: Theme,
    /// Model milliseconds per real one.
    pub speed: f64,
    /// The panel shown where there is room for one.
    pub panel: Panel,
    /// Source in the traffic bar.
    pub from: String,
    /// Destination in the traffic bar.
    pub to: String,
    /// Method of a request over HTTP.
    pub method: String,
    /// Headers of a request over HTTP.
    pub headers: String,
    /// Name of the cluster to start from.
    pub preset: String,
    /// Name of the example that the text began as.
    pub example: String,
    /// Widths of the left and right panel in CSS pixels; 0: as designed.
    pub widths: (f64, f64),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lang: None,
            theme: Theme::System,
            speed: 1.0,
            panel: Panel::Hops,
            from: String::new(),
            to: String::new(),
            method: "GET".to_owned(),
            headers: String::new(),
            preset: String::new(),
            example: String::new(),
            widths: (0.0, 0.0),
        }
    }
}

impl Settings {
    /// What is kept; the defaults where nothing is, or nothing readable.
    #[must_use]
    pub fn load() -> Self {
        storage::get(storage::SETTINGS)
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default()
    }
}

/// The language that `index.html` chose from the browser's.
pub(super) fn browser_language() -> Lang {
    let root = document().document_element();
    let code = root.and_then(|root| root.get_attribute("lang"));
    code.and_then(|code| Lang::from_code(&code)).unwrap_or_default()
}

impl Session {
    /// Writes the settings now and whenever one changes.
    pub fn keep_settings(self) {
        // A language that nobody chose goes on following the browser's.
        let chosen = Settings::load().lang.is_some();
        let first = self.lang.get_untracked();
        Effect::new(move |_| {
            let lang = self.lang.get();
            let mut settings = Settings {
                lang: (chosen || lang != first).then_some(lang),
                theme: self.theme.get(),
                speed: self.speed.get(),
                panel: self.panel.get(),
                from: self.from.get(),
                to: self.to.get(),
                method: self.method.get(),
                headers: self.headers.get(),
                preset: self.preset.get().name().to_owned(),
                example: self.example.get(),
                widths: self.widths.get(),
            };
            // A lesson chooses traffic and cluster for itself; the sandbox's own wait here meanwhile.
            if self.lesson.open.read().is_some() {
                let kept = Settings::load();
                (settings.from, settings.to, settings.preset) = (kept.from, kept.to, kept.preset);
                (settings.method, settings.headers) = (kept.method, kept.headers);
            }
            if let Ok(text) = serde_json::to_string(&settings) {
                storage::set(storage::SETTINGS, &text);
            }
        });
    }
}
