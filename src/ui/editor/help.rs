//! Completion, hover help and diagnostics, as the foreign editor wants them.

use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;

use super::bridge::object;
use crate::diag::Severity;
use crate::text::{FileId, Lang};
use crate::ui::state::{Findings, Session};

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

/// What may stand at an offset.
#[must_use]
pub fn complete(_text: &str, _offset: usize, _session: Session) -> JsValue {
    JsValue::NULL
}

/// What stands at an offset.
#[must_use]
pub fn hover(_text: String, _offset: usize, _session: Session) -> Option<Promise> {
    None
}
