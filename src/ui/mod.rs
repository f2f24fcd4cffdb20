//! The page: components, storage, frame clock. Only on wasm32; nothing imports it.
//!
//! Reading order: [`state`] (what everybody shares), [`commands`] (what a press does to it), [`app`] (the regions of
//! the page), then one module per region. What can be decided without a browser is decided left of here and tested natively.

pub mod address;
pub mod answers;
pub mod app;
pub mod clock;
pub mod clock_panel;
pub mod commands;
pub mod complaint;
pub mod components;
pub mod crash;
pub mod editor;
pub mod engine;
pub mod examples;
pub mod fetch;
pub mod first;
pub mod hops;
pub mod i18n;
pub mod icons;
pub mod lessons;
pub mod log;
pub mod notices;
pub mod selection;
pub mod shortcuts;
pub mod stage;
pub mod state;
pub mod storage;
pub mod topbar;
pub mod traffic;
pub mod transport;

/// Puts the page into the document's body.
pub fn mount() {
    log::install();
    crash::install();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "module started");
    leptos::mount::mount_to_body(app::App);
    tracing::info!("page mounted");
}
