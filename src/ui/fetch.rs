//! Files of the site that are fetched when they are first needed.

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// The text of a file beside the page; `None` where it cannot be had (no network before the first load was done).
pub async fn text(path: &str) -> Option<String> {
    try_text(path).await.ok().flatten()
}

async fn try_text(path: &str) -> Result<Option<String>, JsValue> {
    let window = leptos::prelude::window();
    let response: web_sys::Response = JsFuture::from(window.fetch_with_str(path)).await?.unchecked_into();
    if !response.ok() {
        return Ok(None);
    }
    Ok(JsFuture::from(response.text()?).await?.as_string())
}
