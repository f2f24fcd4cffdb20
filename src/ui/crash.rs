//! When Kubehop itself fails: a page that keeps the learner's text, offers it for download, gives the log to copy,
//! and starts again.
//!
//! The release build aborts on panic, so nothing of the application runs afterwards: this page is made inside
//! the panic hook, out of plain elements that need no code of the module (links, read-only texts). What the one
//! button does stands in `assets/boot.js`, which goes on running.

use std::cell::RefCell;
use std::panic::PanicHookInfo;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element};

use super::i18n::Words;
use super::{log, storage};
use crate::text::Lang;

/// The id of the log on the page, by which the button finds it.
const LOG: &str = "crash-log";

thread_local! {
    /// The text as last typed, for browsers that keep nothing.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Remembers the text outside of anything that a panic could leave locked.
pub fn remember(text: &str) {
    LAST.with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            text.clone_into(&mut last);
        }
    });
}

/// Installs the hook.
pub fn install() {
    std::panic::set_hook(Box::new(|info| {
        let message = describe(info);
        web_sys::console::error_1(&JsValue::from_str(&message));
        // The message may quote what was being read; the log says only where it happened.
        if let Some(at) = info.location() {
            tracing::error!(file = at.file(), line = at.line(), "page stopped");
        }
        // Whatever brought the page down shall not do so again by itself.
        storage::set(storage::OPENING, "1");
        // The page may be in any state; what cannot be built is left out.
        let _ = show(&message);
    }));
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown error");
    match info.location() {
        Some(at) => format!("{text} ({}:{})", at.file(), at.line()),
        None => text.to_owned(),
    }
}

fn show(message: &str) -> Result<(), JsValue> {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else {
        return Ok(());
    };
    let (Some(root), Some(body)) = (document.document_element(), document.body()) else {
        return Ok(());
    };
    if document.get_element_by_id("crash").is_some() {
        return Ok(());
    }
    let lang = root.get_attribute("lang").and_then(|code| Lang::from_code(&code));
    let words = Words::of(lang.unwrap_or_default());
    let text = LAST
        .with(|last| last.try_borrow().map(|text| text.clone()).ok())
        .filter(|text| !text.is_empty())
        .or_else(|| storage::get(storage::TEXT))
        .unwrap_or_default();

    let page = element(&document, "main", "crash", "")?;
    page.set_id("crash");
    page.append_child(element(&document, "h1", "", words.crash_title)?.as_ref())?;
    page.append_child(element(&document, "p", "", words.crash_say)?.as_ref())?;
    let log = log::text();
    page.append_child(actions(&document, words, &text, !log.is_empty())?.as_ref())?;
    page.append_child(read_only(&document, words.manifests, &text)?.as_ref())?;
    let detail = element(&document, "pre", "", message)?;
    page.append_child(&detail)?;
    if !log.is_empty() {
        let area = read_only(&document, words.crash_log, &log)?;
        area.set_id(LOG);
        area.set_attribute("rows", "6")?;
        page.append_child(&area)?;
    }
    body.replace_children_with_node_1(&page);
    Ok(())
}

/// What can be done: start again, save the text, copy the log if there is one.
fn actions(document: &Document, words: &Words, text: &str, has_log: bool) -> Result<Element, JsValue> {
    let actions = element(document, "p", "crash-do", "")?;
    let again = element(document, "a", "send", words.crash_restart)?;
    again.set_attribute("href", "")?;
    actions.append_child(&again)?;
    if let Ok(href) = file_link(text) {
        let save = element(document, "a", "plain", words.crash_download)?;
        save.set_attribute("href", &href)?;
        save.set_attribute("download", "kubehop.yaml")?;
        actions.append_child(&save)?;
    }
    if has_log {
        let copy = element(document, "button", "plain", words.crash_copy_log)?;
        for (name, value) in [
            ("type", "button"),
            ("data-copies", LOG),
            ("data-copied", words.crash_log_copied),
            ("data-failed", words.crash_log_not_copied),
        ] {
            copy.set_attribute(name, value)?;
        }
        actions.append_child(&copy)?;
        let status = element(document, "span", "", "")?;
        status.set_attribute("role", "status")?;
        actions.append_child(&status)?;
    }
    Ok(actions)
}

/// A text to read and to copy from.
fn read_only(document: &Document, label: &str, text: &str) -> Result<Element, JsValue> {
    let area = element(document, "textarea", "", "")?;
    area.set_attribute("readonly", "")?;
    area.set_attribute("aria-label", label)?;
    area.unchecked_ref::<web_sys::HtmlTextAreaElement>().set_value(text);
    Ok(area)
}

fn element(document: &Document, tag: &str, class: &str, text: &str) -> Result<Element, JsValue> {
    let made = document.create_element(tag)?;
    if !class.is_empty() {
        made.set_class_name(class);
    }
    if !text.is_empty() {
        made.set_text_content(Some(text));
    }
    Ok(made)
}

/// A link to `text` as a file, for as long as nobody revokes it.
///
/// # Errors
/// Where the browser refuses to make one.
pub fn file_link(text: &str) -> Result<String, JsValue> {
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let options = web_sys::BlobPropertyBag::new();
    options.set_type("application/yaml");
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?;
    web_sys::Url::create_object_url_with_blob(&blob)
}
