//! Files of the site that are fetched when they are first needed.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::clock::{ms_since, now_ms};

/// The text of a file beside the page; `None` where it cannot be had (no network before the first load was done).
pub async fn text(path: &str) -> Option<String> {
    let start = now_ms();
    let text = try_text(path).await.ok().flatten();
    let ms = ms_since(start);
    match &text {
        Some(text) => tracing::info!(path, bytes = text.len(), ms, "fetched"),
        None => tracing::warn!(path, ms, "not fetched"),
    }
    text
}

async fn try_text(path: &str) -> Result<Option<String>, JsValue> {
    let window = leptos::prelude::window();
    let response: web_sys::Response = JsFuture::from(window.fetch_with_str(path)).await?.unchecked_into();
    if !response.ok() {
        return Ok(None);
    }
    Ok(JsFuture::from(response.text()?).await?.as_string())
}
