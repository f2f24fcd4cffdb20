//! Completion, hover help and diagnostics, as the foreign editor wants them.

use std::cell::RefCell;

use js_sys::{Array, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use super::bridge::object;
use crate::api::assist::{self, What};
use crate::diag::Severity;
use crate::text::{FileId, Lang};
use crate::ui::engine::Findings;

/// The findings as the editor's diagnostics.
#[must_use]
pub fn diagnostics(findings: &Findings, lang: Lang) -> Array {
    let list = Array::new();
    for finding in &findings.list {
        let Some(span) = finding.span.filter(|span| span.file == FileId::default()) else {
            continue;
        };
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let mut explain: Vec<&str> = finding.explain.iter().map(|it| it.get(lang)).collect();
        let fixes = Array::new();
        for hint in &finding.hints {
            match &hint.edit {
                Some((span, insert)) => {
                    fixes.push(&object(&[
                        ("label", hint.text.get(lang).into()),
                        ("from", span.start.into()),
                        ("to", span.end.into()),
                        ("insert", insert.as_str().into()),
                    ]));
                }
                None => explain.push(hint.text.get(lang)),
            }
        }
        let explain = explain.join("\n");
        list.push(&object(&[
            ("from", span.start.into()),
            ("to", span.end.into()),
            ("severity", severity.into()),
            ("message", finding.message.as_str().into()),
            (
                "explain",
                if explain.is_empty() {
                    JsValue::UNDEFINED
                } else {
                    explain.into()
                },
            ),
            ("fixes", fixes.into()),
        ]));
    }
    list
}

/// Completions at an offset (bytes) of a text; `null` for none.
#[must_use]
pub fn complete(text: &str, offset: usize) -> JsValue {
    let Some(found) = assist::complete(text, offset) else {
        return JsValue::NULL;
    };
    let options = Array::new();
    for choice in &found.options {
        let what = match choice.what {
            What::Kind => "kind",
            What::Field => "field",
            What::Value => "value",
        };
        options.push(&object(&[
            ("label", choice.label.as_str().into()),
            ("type", what.into()),
            ("detail", choice.detail.as_str().into()),
            ("apply", choice.insert.as_str().into()),
            ("boost", choice.rank.into()),
        ]));
    }
    object(&[("from", (found.from as u32).into()), ("options", options.into())])
}

/// Help for what stands at an offset (bytes); `None` where there is none. A promise, since descriptions are fetched when first asked for.
#[must_use]
pub fn hover(text: &str, offset: usize) -> Option<Promise> {
    let found = assist::describe(text, offset)?;
    Some(future_to_promise(async move {
        let all = descriptions().await?;
        let owner = Reflect::get(&all, &found.owner.as_str().into())?;
        let described = if owner.is_object() {
            Reflect::get(&owner, &found.field.into())?.as_string()
        } else {
            None
        };
        Ok(object(&[
            ("from", (found.from as u32).into()),
            ("to", (found.to as u32).into()),
            ("title", found.path.as_str().into()),
            ("detail", found.ty.as_str().into()),
            ("text", described.unwrap_or_default().as_str().into()),
        ]))
    }))
}

/// Descriptions of every field by struct and name (`assets/hover.json`).
async fn descriptions() -> Result<JsValue, JsValue> {
    thread_local! {
        static KEPT: RefCell<Option<JsValue>> = const { RefCell::new(None) };
    }
    if let Some(kept) = KEPT.with(|kept| kept.borrow().clone()) {
        return Ok(kept);
    }
    let Some(window) = web_sys::window() else {
        return Err(JsValue::NULL);
    };
    let response: web_sys::Response = JsFuture::from(window.fetch_with_str("hover.json"))
        .await?
        .unchecked_into();
    let all = JsFuture::from(response.json()?).await?;
    KEPT.with(|kept| *kept.borrow_mut() = Some(all.clone()));
    Ok(all)
}
