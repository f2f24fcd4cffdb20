//! What the page's address says: `?log=LEVEL` before the fragment; as the fragment `#lessons` or `#lesson=NAME`, so
//! that the browser's own buttons go back and forward, and a reload stays where one is.

use leptos::prelude::window;
use wasm_bindgen::JsValue;

/// Letters that the name of a lesson may have: a longer one is not asked of the server.
const LONGEST_NAME: usize = 64;

/// What the page shows, as far as its address tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The sandbox.
    Sandbox,
    /// The list of lessons.
    Lessons,
    /// A lesson, by its folder.
    Lesson(String),
}

/// The value of a parameter of the query as it stands there; `None` where the address has none of that name.
#[must_use]
pub fn parameter(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    let mut pairs = query.trim_start_matches('?').split('&');
    let value = pairs.find_map(|it| it.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.to_owned())
}

/// What the address names; the sandbox where it names nothing that could be a lesson.
#[must_use]
pub fn place() -> Place {
    let hash = window().location().hash().unwrap_or_default();
    if hash == "#lessons" {
        return Place::Lessons;
    }
    let name = hash.strip_prefix("#lesson=").unwrap_or_default();
    if is_lesson(name) {
        Place::Lesson(name.to_owned())
    } else {
        Place::Sandbox
    }
}

/// Whether a lesson's folder could have this name.
#[must_use]
pub fn is_lesson(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

/// Writes a place into the address, as a step that the browser goes back from; the query stays. Nothing where it
/// stands there already.
pub fn go(to: &Place) {
    if place() == *to {
        return;
    }
    let fragment = match to {
        Place::Sandbox => String::new(),
        Place::Lessons => "#lessons".to_owned(),
        Place::Lesson(name) => format!("#lesson={name}"),
    };
    let query = window().location().search().unwrap_or_default();
    // Refused only where the page has no history of its own (a frame without rights).
    let _ = window()
        .history()
        .and_then(|history| history.push_state_with_url(&JsValue::NULL, "", Some(&format!("./{query}{fragment}"))));
}
