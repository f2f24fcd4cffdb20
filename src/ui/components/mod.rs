//! Controls that more than one region uses.

pub mod combobox;
pub mod splitter;

pub use combobox::Combobox;
pub use splitter::{Side, Splitter};

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// An element as one that can take the focus.
#[must_use]
pub fn as_html(element: web_sys::Element) -> Option<web_sys::HtmlElement> {
    element.dyn_into().ok()
}

/// A sentence in which `backticks` stand around code.
pub fn prose(text: &str) -> Vec<AnyView> {
    let parts = text.split('`').enumerate();
    parts
        .map(|(idx, part)| {
            let part = part.to_owned();
            if idx % 2 == 1 {
                view! { <code>{part}</code> }.into_any()
            } else {
                part.into_any()
            }
        })
        .collect()
}
