//! Refusals and warnings as findings at their places in the text.

use super::outcome::Applied;
use crate::api::Refusal;
use crate::diag::{Diagnostic, Severity};
use crate::manifest::Document;

/// What is wrong with a document that was not taken.
pub(super) fn refusal(document: &Document, applied: &Applied) -> Vec<Diagnostic> {
    match &applied.refusal {
        Some(Refusal::Invalid(errors)) => errors
            .iter()
            .map(|error| {
                Diagnostic::new(Severity::Error, "server/invalid", error.to_string())
                    .at_field(&*error.field)
                    .at(Some(document.locate(&error.field)))
            })
            .collect(),
        Some(refusal) => {
            let message = refusal.message(&applied.kind, &applied.group, &applied.name);
            let field = named_field(&message).unwrap_or_default();
            let span = document.locate(&field);
            vec![
                Diagnostic::new(Severity::Error, "server/refused", message)
                    .at_field(field)
                    .at(Some(span)),
            ]
        }
        None => Vec::new(),
    }
}

/// The first field that a message names in quotes (`unknown field "spec.foo"`).
fn named_field(message: &str) -> Option<String> {
    let rest = message.split_once("unknown field \"")?.1;
    Some(rest.split_once('"')?.0.to_owned())
}

/// The server's warnings.
pub(super) fn warnings(document: &Document, warnings: &[String]) -> Vec<Diagnostic> {
    warnings
        .iter()
        .map(|warning| {
            let field: String = warning
                .split(':')
                .next()
                .filter(|field| field.starts_with("spec.") || field.starts_with("metadata."))
                .unwrap_or_default()
                .to_owned();
            let span = document.locate(&field);
            Diagnostic::new(Severity::Warning, "server/warning", warning)
                .at_field(field)
                .at(Some(span))
        })
        .collect()
}
