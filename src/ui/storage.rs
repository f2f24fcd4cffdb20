//! What outlives a reload: the learner's text and the settings, in the browser's local storage.
//!
//! The text is written before anything reads it, so that no crash loses a key press. Where storage is closed
//! (private windows) or full, the page works on and says so.

/// The learner's text. `index.html` and the crash page read these keys too.
pub const TEXT: &str = "kubehop.text";
/// The settings, as JSON.
pub const SETTINGS: &str = "kubehop.settings";
/// The progress in lessons, as JSON.
pub const PROGRESS: &str = "kubehop.progress";
/// Present while a kept text is being applied: whoever finds it at the start knows that this crashed.
pub const OPENING: &str = "kubehop.opening";

fn local() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// The value under `key`; `None` where nothing is kept, or nothing can be.
#[must_use]
pub fn get(key: &str) -> Option<String> {
    local()?.get_item(key).ok().flatten()
}

/// Keeps `value` under `key`; says whether that worked.
pub fn set(key: &str, value: &str) -> bool {
    let kept = local().is_some_and(|storage| storage.set_item(key, value).is_ok());
    match kept {
        true => tracing::debug!(key, bytes = value.len(), "stored"),
        false => tracing::warn!(key, bytes = value.len(), "not stored"),
    }
    kept
}

/// Forgets `key`.
pub fn remove(key: &str) {
    if let Some(storage) = local() {
        // Fails only where storage is closed, and then nothing is kept anyway.
        let _ = storage.remove_item(key);
    }
}
