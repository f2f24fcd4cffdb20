//! The page: components, storage, frame clock. Only on wasm32; nothing imports it.
//!
//! Reading order: [`state`] (what everybody shares), [`app`] (the regions of the page), then one module per
//! region. What can be decided without a browser is decided left of here and tested natively.

pub mod app;
pub mod clock;
pub mod i18n;
pub mod icons;
pub mod state;
pub mod topbar;

/// Puts the page into the document's body.
pub fn mount() {
    leptos::mount::mount_to_body(app::App);
}
