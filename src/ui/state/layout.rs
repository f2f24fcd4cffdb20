//! How the page is arranged: its theme, which panel is in front, how wide the panels are.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

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

/// Theme and panels.
#[derive(Clone, Copy)]
pub struct PageLayout {
    /// Light, dark, or as the system has it.
    pub theme: RwSignal<Theme>,
    /// The panel shown where there is room for one only.
    pub panel: RwSignal<Panel>,
    /// Widths of the left and right panel in CSS pixels; 0: as designed.
    pub widths: RwSignal<(f64, f64)>,
}

impl PageLayout {
    /// The layout as it was kept.
    #[must_use]
    pub fn new(theme: Theme, panel: Panel, widths: (f64, f64)) -> Self {
        Self {
            theme: RwSignal::new(theme),
            panel: RwSignal::new(panel),
            widths: RwSignal::new(widths),
        }
    }
}
