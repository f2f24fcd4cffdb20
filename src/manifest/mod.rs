//! YAML or JSON text to documents with a span for every node.
//!
//! Never fails and never panics: what cannot be read becomes a [`Diagnostic`], and the documents that
//! could be read stand beside it. Scalars resolve as `kubectl` resolves them (YAML 1.1: `yes`, `on`,
//! `0777`). A `kind: List` becomes its items. The only module that names the YAML crates.
//!
//! Not here: what a document means. That is `api`.
//!
//! ```
//! use kubehop::{manifest, text::FileId};
//!
//! let parsed = manifest::parse(FileId(0), "kind: Service\nmetadata: {name: web}\n");
//! assert_eq!(parsed.documents[0].root.get("kind").and_then(|it| it.as_str()), Some("Service"));
//! ```

mod build;
mod edited;
mod json;
mod nesting;
mod scalar;
mod split;
mod syntax;

pub mod cursor;

use std::sync::Arc;

use serde_json::Value;

pub use edited::{EditedText, Reread};
pub use json::json_problem;

use crate::diag::{Diagnostic, Severity};
use crate::text::{FileId, Span, text};

/// Limits that no honest manifest meets; each is named in the message of whoever meets it.
pub mod limits {
    /// Bytes of one text.
    pub const TEXT_BYTES: usize = 16 << 20;
    /// Bytes of one document.
    pub const DOCUMENT_BYTES: usize = 2 << 20;
    /// Mappings and lists within each other.
    pub const DEPTH: usize = 100;
    /// Nodes that aliases may add to one document.
    pub const ALIAS_NODES: usize = 100_000;
    /// Nodes that anchors and aliases may copy in one text.
    pub const COPIED_NODES: usize = 1_000_000;
    /// Objects in one text.
    pub const OBJECTS: usize = 20_000;
    /// Documents of one text that cannot be read, before no more are tried.
    pub const UNREADABLE: usize = 100;
    /// Keys that stand twice, told one by one.
    pub const REPEATED_KEYS: usize = 100;
}

/// A text, read as far as it can be.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The documents in order; empty documents are left out, items of a `List` stand by themselves.
    pub documents: Vec<Arc<Document>>,
    /// What is wrong with the text as YAML or JSON, and warnings of our own (duplicate keys).
    pub diagnostics: Vec<Diagnostic>,
    /// The first document that could not be read, if there is one. `kubectl` reads no further: documents
    /// of a higher `index` are here for the editor.
    pub syntax_error: Option<SyntaxError>,
}

/// Why a document could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Which document of the text, from 0.
    pub index: u32,
    /// What `kubectl` says after `error: error parsing FILE: `.
    pub message: String,
    /// The bytes that it is about.
    pub span: Span,
}

/// One document (or one item of a `List`).
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its value: a mapping for everything that can be an object.
    pub root: Node,
    /// Whether it was an item of a `kind: List` (kubectl validates those differently, and all or none).
    pub in_list: bool,
    /// Which document of the text, from 0; items of a `List` share their list's.
    pub index: u32,
}

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// From its first to one past its last byte.
    pub span: Span,
    /// Its value.
    pub kind: NodeKind,
    /// The text of a boolean or a number that JSON writes in another way (`yes`, `1.0`, `0777`); `None` for all
    /// others.
    pub written: Option<Box<str>>,
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
    /// Its value, with its own place.
    pub value: Node,
}

/// Reads a text as `kubectl apply -f` does: JSON objects one after another if it begins with `{`, else YAML
/// documents separated by `---` lines.
#[must_use]
pub fn parse(file: FileId, text: &str) -> Parsed {
    if let Some(parsed) = too_large(file, text) {
        return parsed;
    }
    let mut progress = Progress::default();
    for (index, chunk) in split::chunks(text).enumerate() {
        let index = index as u32;
        if !progress.goes_on(file, &chunk) {
            break;
        }
        progress.read(file, text, index, &chunk);
        if !progress.limit(file, index) {
            break;
        }
    }
    progress.finish()
}

/// What is said of a text that is too long to be read; `None` for all others.
fn too_large(file: FileId, text: &str) -> Option<Parsed> {
    if text.len() <= limits::TEXT_BYTES {
        return None;
    }
    let message = format!(
        "the text is {} bytes long; Kubehop reads at most {} bytes",
        text.len(),
        limits::TEXT_BYTES
    );
    let span = Span::new(file, 0, 0);
    let mut parsed = Parsed::default();
    parsed.diagnostics.push(
        Diagnostic::new(Severity::Error, "limit/text-size", &*message)
            .at(Some(span))
            .explain(text! {
                en: "A limit of Kubehop's, so that the page stays responsive. Paste fewer objects at once.",
                ko: "페이지가 멈추지 않도록 Kubehop이 정한 한도입니다. 한 번에 붙여 넣는 오브젝트 수를 줄여 주세요.",
            }),
    );
    parsed.syntax_error = Some(SyntaxError {
        index: 0,
        message,
        span,
    });
    Some(parsed)
}

/// A text of which a part is read.
#[derive(Default)]
struct Progress {
    documents: Vec<Arc<Document>>,
    syntax_error: Option<SyntaxError>,
    found: build::Found,
    /// Documents that could not be read.
    unreadable: usize,
}

impl Progress {
    /// Whether the next document is read at all: not after too many that could not be.
    fn goes_on(&mut self, file: FileId, chunk: &split::Chunk) -> bool {
        if self.unreadable < limits::UNREADABLE {
            return true;
        }
        let message = format!(
            "{} documents before this one could not be read; Kubehop reads no further in this text",
            self.unreadable
        );
        let at = chunk.start as u32;
        let limit = Diagnostic::new(Severity::Error, "limit/unreadable", message);
        self.found.diagnostics.push(limit.at(Some(Span::new(file, at, at))));
        false
    }

    /// Reads what was cut out of the text as its `index`th document; whether there was nothing to say about it.
    fn read(&mut self, file: FileId, text: &str, index: u32, chunk: &split::Chunk) -> bool {
        let found = &mut self.found;
        let said = found.said();
        let outcome = match &chunk.problem {
            Some(problem @ (split::Problem::Separator(_) | split::Problem::Json { final_word: true, .. })) => {
                Err(syntax::problem(file, text, chunk, problem))
            }
            // Neither JSON nor YAML: kubectl shows what it has against the JSON.
            Some(problem) => {
                build::document(file, text, chunk, found).map_err(|_| syntax::problem(file, text, chunk, problem))
            }
            None => build::document(file, text, chunk, found),
        };
        match outcome {
            Ok(Some(root)) => push_document(root, index, &mut self.documents),
            Ok(None) => {}
            Err(failure) => {
                self.unreadable += 1;
                self.syntax_error.get_or_insert_with(|| SyntaxError {
                    index,
                    message: failure.message.clone(),
                    span: failure
                        .span
                        .unwrap_or(Span::new(file, chunk.start as u32, chunk.end as u32)),
                });
                self.found.diagnostics.push(failure);
            }
        }
        self.found.said() == said
    }

    /// Cuts off what is more than may be read from one text; whether there is room left.
    fn limit(&mut self, file: FileId, index: u32) -> bool {
        if self.documents.len() <= limits::OBJECTS {
            return true;
        }
        let rest = self.documents.split_off(limits::OBJECTS);
        let span = rest
            .first()
            .map_or(Span::new(file, 0, 0), |document| document.root.span);
        let message = format!(
            "more than {} objects, the most that Kubehop reads from one text",
            limits::OBJECTS
        );
        self.found
            .diagnostics
            .push(Diagnostic::new(Severity::Error, "limit/object-count", &*message).at(Some(span)));
        self.syntax_error.get_or_insert(SyntaxError { index, message, span });
        false
    }

    /// What was read.
    fn finish(mut self) -> Parsed {
        self.found.finish();
        Parsed {
            documents: self.documents,
            diagnostics: self.found.diagnostics,
            syntax_error: self.syntax_error,
        }
    }
}

/// Adds a document, or the items of a list (whatever has `items` and a kind that ends in `List`).
fn push_document(root: Node, index: u32, documents: &mut Vec<Arc<Document>>) {
    let is_list = root
        .get("kind")
        .and_then(Node::as_str)
        .is_some_and(|kind| kind.ends_with("List"))
        && root.get("apiVersion").is_some()
        && matches!(root.get("items").map(|items| &items.kind), Some(NodeKind::Sequence(_)));
    if !is_list {
        documents.push(Arc::new(Document {
            root,
            in_list: false,
            index,
        }));
        return;
    }
    let NodeKind::Mapping(entries) = root.kind else { return };
    for entry in entries {
        if let ("items", NodeKind::Sequence(items)) = (entry.key.as_str(), entry.value.kind) {
            documents.extend(items.into_iter().map(|root| {
                Arc::new(Document {
                    root,
                    in_list: true,
                    index,
                })
            }));
        }
    }
}

impl Document {
    /// Where a field stands, by the API server's path (`spec.ports[0].nodePort`, `metadata.labels[a.b/c]`);
    /// the nearest enclosing field where it is not written, the whole document for an empty path.
    #[must_use]
    pub fn locate(&self, field: &str) -> Span {
        self.root.locate(field).0
    }

    /// Whether a field, by the same path, is written.
    #[must_use]
    pub fn writes(&self, field: &str) -> bool {
        self.root.find(field).2
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

    /// The entry of a mapping by its key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            NodeKind::Mapping(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The value of a key of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The items of a list; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.kind {
            NodeKind::Sequence(items) => items,
            _ => &[],
        }
    }

    /// A boolean or a number as the text has it; nothing for any other value.
    #[must_use]
    pub fn as_written(&self) -> Option<String> {
        match (&self.kind, &self.written) {
            (_, Some(text)) => Some(text.to_string()),
            (NodeKind::Scalar(value @ (Value::Bool(_) | Value::Number(_))), None) => Some(value.to_string()),
            _ => None,
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    /// Span and node of a field below this one; the nearest enclosing field where it is not written. The
    /// span of a field includes its key.
    #[must_use]
    pub fn locate(&self, field: &str) -> (Span, &Self) {
        let (span, node, _) = self.find(field);
        (span, node)
    }

    /// The same, and whether the field itself is written.
    fn find(&self, field: &str) -> (Span, &Self, bool) {
        let mut node = self;
        let mut span = self.span;
        let mut rest = field;
        loop {
            rest = rest.trim_start_matches('.');
            if rest.is_empty() {
                return (span, node, true);
            }
            let (step, after) = match rest.strip_prefix('[') {
                Some(inner) => inner.split_once(']').unwrap_or((inner, "")),
                None => {
                    let end = rest.find(['.', '[']).unwrap_or(rest.len());
                    rest.split_at(end)
                }
            };
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
            let Some((found, inner)) = next else {
                return (span, node, false);
            };
            (span, node, rest) = (found, inner, after);
        }
    }
}

#[cfg(test)]
mod tests;
