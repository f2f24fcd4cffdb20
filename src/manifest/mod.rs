//! YAML or JSON text to documents with a span for every node.
//!
//! Never fails and never panics: what cannot be read becomes a [`Diagnostic`], and the documents that
//! could be read stand beside it. Scalars resolve as `kubectl` resolves them (YAML 1.1: `yes`, `on`,
//! `0777`). A `kind: List` becomes its items. The only module that names the YAML crate.
//!
//! Not here: what a document means. That is `api`.

use serde_json::Value;

use crate::diag::Diagnostic;
use crate::text::Span;

/// A text, read as far as it can be.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The documents in order; empty documents are left out, items of a `List` stand by themselves.
    pub documents: Vec<Document>,
    /// What is wrong with the text as YAML or JSON, and warnings of our own (duplicate keys).
    pub diagnostics: Vec<Diagnostic>,
}

/// One document (or one item of a `List`).
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its content.
    pub root: Node,
    /// Whether it was an item of a `kind: List` (kubectl validates those differently).
    pub in_list: bool,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// From its first to one past its last byte.
    pub span: Span,
    /// What it is.
    pub kind: NodeKind,
}

/// The JSON that kubectl would send, with positions kept.
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// A null, boolean, number or string.
    Scalar(Value),
    /// A list.
    Sequence(Vec<Node>),
    /// A mapping in the order of the text; of a repeated key only the last entry is kept.
    Mapping(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key as JSON has it: always a string.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Document {
    /// Where a field stands, by the API server's path (`spec.ports[0].nodePort`); the nearest enclosing
    /// field where it is not written, the whole document for an empty path.
    #[must_use]
    pub fn locate(&self, field: &str) -> Span {
        let mut node = &self.root;
        let mut span = node.span;
        for step in field.split(['.', '[', ']']).filter(|step| !step.is_empty()) {
            let next = match &node.kind {
                NodeKind::Mapping(entries) => entries
                    .iter()
                    .find(|entry| entry.key == step)
                    .map(|entry| (entry.key_span.to(entry.value.span), &entry.value)),
                NodeKind::Sequence(items) => step
                    .parse::<usize>()
                    .ok()
                    .and_then(|idx| items.get(idx))
                    .map(|item| (item.span, item)),
                NodeKind::Scalar(_) => None,
            };
            let Some((found, inner)) = next else { break };
            (span, node) = (found, inner);
        }
        span
    }
}

impl Node {
    /// The value without its positions.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.kind {
            NodeKind::Scalar(value) => value.clone(),
            NodeKind::Sequence(items) => Value::Array(items.iter().map(Self::to_value).collect()),
            NodeKind::Mapping(entries) => Value::Object(
                entries
                    .iter()
                    .map(|entry| (entry.key.clone(), entry.value.to_value()))
                    .collect(),
            ),
        }
    }
}
