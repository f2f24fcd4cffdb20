//! Refusals as findings in the text: [`codes`](super::codes) with what only the reader of documents knows.

use super::codes::{self, WrongType, refusal::Refusal};
use super::decode;
use super::read::lookup;
use crate::diag::Diagnostic;
use crate::manifest::{Document, Node};

/// A refusal as findings at their places in the text; one for each error of a field, in their order.
#[must_use]
pub fn explain(refusal: &Refusal, document: &Document) -> Vec<Diagnostic> {
    codes::explain(refusal, document, &wrong_type)
}

/// The first value of a wrong type in a document of a known kind.
fn wrong_type(document: &Document) -> Option<WrongType> {
    let head = |key: &str| document.root.get(key).and_then(Node::as_str).unwrap_or_default();
    let info = lookup(head("apiVersion"), head("kind"))?;
    decode::examine(&info, &document.root.to_value()).1.wrong_type
}
