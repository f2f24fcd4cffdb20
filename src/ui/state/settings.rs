//! What survives a reload beside the text and the progress, as it is kept.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::layout::{Panel, Theme};
use crate::text::Lang;
use crate::ui::storage;

/// What the visitor chose and would be annoyed to choose again. `index.html` reads `lang` and `theme` before
/// the first paint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Language of the page; `None`: as the browser has it.
    pub lang: Option<Lang>,
    /// Light or dark.
    pub theme: Theme,
    /// Model milliseconds per real one, 0.25 to 4.
    pub speed: f64,
    /// The panel shown where there is room for one.
    pub panel: Panel,
    /// Source as typed in the traffic bar.
    pub from: String,
    /// Destination as typed in the traffic bar.
    pub to: String,
    /// Method of a request over HTTP.
    pub method: String,
    /// Headers of a request over HTTP, one a line.
    pub headers: String,
    /// Name of the cluster to start from; empty for the default.
    pub preset: String,
    /// Name of its release of Kubernetes; empty for the default.
    pub release: String,
    /// Name of the example that the text began as; empty for none.
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
            release: String::new(),
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

    /// Keeps them, where the browser keeps anything.
    pub fn store(&self) {
        if let Ok(text) = serde_json::to_string(self) {
            storage::set(storage::SETTINGS, &text);
        }
    }
}

/// The language that `index.html` chose from the browser's.
pub(super) fn browser_language() -> Lang {
    let root = document().document_element();
    let code = root.and_then(|root| root.get_attribute("lang"));
    code.and_then(|code| Lang::from_code(&code)).unwrap_or_default()
}
