//! Components in a real browser: one behavior each, few. `make test-browser` runs them.

#![cfg(target_arch = "wasm32")]

use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::HtmlElement;

wasm_bindgen_test_configure!(run_in_browser);

/// The whole page inside an element of its own; gone when dropped.
struct Page {
    host: HtmlElement,
    handle: Option<Box<dyn std::any::Any>>,
}

impl Page {
    fn open() -> Self {
        let host: HtmlElement = document()
            .create_element("div")
            .expect("a valid tag name")
            .unchecked_into();
        document()
            .body()
            .expect("the test page has a body")
            .append_child(&host)
            .expect("a fresh element fits anywhere");
        let handle = mount_to(host.clone(), kubehop::ui::app::App);
        Self {
            host,
            handle: Some(Box::new(handle)),
        }
    }

    fn find(&self, selector: &str) -> HtmlElement {
        self.host
            .query_selector(selector)
            .expect("a valid selector")
            .unwrap_or_else(|| panic!("nothing matches {selector}"))
            .unchecked_into()
    }

    async fn click(&self, selector: &str) {
        self.find(selector).click();
        leptos::task::tick().await;
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.handle.take();
        self.host.remove();
    }
}

/// An attribute of `<html>`.
fn root(name: &str) -> Option<String> {
    document()
        .document_element()
        .expect("a document has a root")
        .get_attribute(name)
}

#[wasm_bindgen_test]
async fn the_language_button_turns_the_page_and_the_document() {
    let page = Page::open();
    leptos::task::tick().await;
    let before = (root("lang"), page.find("button.lang").inner_text());
    page.click("button.lang").await;
    let after = (root("lang"), page.find("button.lang").inner_text());
    assert_ne!(before.0, after.0);
    assert_ne!(before.1, after.1);
    page.click("button.lang").await;
    assert_eq!(before, (root("lang"), page.find("button.lang").inner_text()));
}

#[wasm_bindgen_test]
async fn the_theme_button_sets_the_theme_that_is_not_shown() {
    let page = Page::open();
    leptos::task::tick().await;
    page.click("button.theme").await;
    let first = root("data-theme").expect("a theme was chosen");
    page.click("button.theme").await;
    let second = root("data-theme").expect("a theme was chosen");
    assert_ne!(first, second);
}
