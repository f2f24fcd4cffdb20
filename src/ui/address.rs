//! What the page's address says: `?log=LEVEL` before the fragment, `#lesson=NAME` as the fragment.

use leptos::prelude::window;
use wasm_bindgen::JsValue;

/// Letters that the name of a lesson may have: a longer one is not asked of the server.
const LONGEST_NAME: usize = 64;

/// The value of a parameter of the query as it stands there; `None` where the address has none of that name.
#[must_use]
pub fn parameter(name: &str) -> Option<String> {
    let query = window().location().search().ok()?;
    let mut pairs = query.trim_start_matches('?').split('&');
    let value = pairs.find_map(|it| it.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.to_owned())
}

/// The folder of the lesson that the address names; `None` where it names none, or nothing that could be one.
#[must_use]
pub fn lesson() -> Option<String> {
    let hash = window().location().hash().ok()?;
    let name = hash.strip_prefix("#lesson=")?;
    is_lesson(name).then(|| name.to_owned())
}

/// Whether a lesson's folder could have this name.
#[must_use]
pub fn is_lesson(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
}

/// Writes a lesson into the address, or takes it out; the query stays.
pub fn set_lesson(name: Option<&str>) {
    let address = match name {
        Some(name) => format!("#lesson={name}"),
        None => format!("./{}", window().location().search().unwrap_or_default()),
    };
    // Refused only where the page has no history of its own (a frame without rights).
    let _ = window()
        .history()
        .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
}
