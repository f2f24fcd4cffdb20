//! Refusals and warnings as findings at their places in the text.

use super::outcome::Applied;
use crate::api::explain;
use crate::diag::Diagnostic;
use crate::manifest::Document;

/// What is wrong with a document that was not taken.
pub(super) fn refusal(document: &Document, applied: &Applied) -> Vec<Diagnostic> {
    applied
        .refusal
        .as_ref()
        .map_or_else(Vec::new, |refusal| explain::refusal(refusal, document))
}

/// The server's warnings.
pub(super) fn warnings(document: &Document, warnings: &[String]) -> Vec<Diagnostic> {
    explain::warnings(warnings, document)
}
