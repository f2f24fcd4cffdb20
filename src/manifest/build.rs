//! YAML events to nodes: anchors, merge keys, repeated keys, limits.
//!
//! `kubectl` reads only the first YAML document of what [`super::split`] cut out, so does this. Merge keys
//! and aliases follow `sigs.k8s.io/yaml goyaml.v2/decode.go`: entries take effect in the order of the text.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};
use serde_json::Value;

use super::scalar::{self, ScalarError};
use super::split::Chunk;
use super::{Entry, Node, NodeKind, limits, nesting, syntax};
use crate::diag::{Diagnostic, Severity};
use crate::small_sort::SmallSort as _;
use crate::steps;
use crate::text::{FileId, Span, text};

/// Reads one document; `None` if it holds nothing (or `null`, which kubectl skips).
pub(super) fn document(file: FileId, text: &str, chunk: &Chunk, found: &mut Found) -> Result<Option<Node>, Diagnostic> {
    let source = &text[chunk.start..chunk.end];
    if source.len() > limits::DOCUMENT_BYTES {
        return Err(Diagnostic::new(
            Severity::Error,
            "limit/document-size",
            format!(
                "the document is {} bytes long; Kubehop reads at most {} bytes in one document",
                source.len(),
                limits::DOCUMENT_BYTES
            ),
        )
        .at(Some(Span::new(file, chunk.start as u32, chunk.start as u32)))
        .explain(text! {
            en: "A real API server refuses objects of this size too.",
            ko: "실제 API 서버도 이 크기의 오브젝트는 거부합니다.",
        }));
    }
    if let Some(at) = nesting::too_deep(source, limits::DEPTH) {
        let at = (chunk.start + at) as u32;
        return Err(too_deep(Span::new(file, at, at + 1)));
    }
    // The very scanner that kubectl uses (libyaml) decides what is YAML and words the complaint.
    if let Some(failure) = syntax::refusal(file, source, chunk.start) {
        return Err(failure);
    }
    let mut root = Builder::new(file, source, chunk.start, found).root();
    if matches!(root, Err(Stop::Stricter)) {
        // YAML 1.2 wants the lines of `[…]` and `{…}` indented; on one line they are the same to both.
        let joined = flow_on_one_line(source);
        root = Builder::new(file, &joined, chunk.start, found).root();
    }
    let root = match root {
        Ok(root) => root,
        Err(Stop::Refused(diagnostic)) => return Err(*diagnostic),
        // The values are right; positions inside are lost.
        Err(Stop::Stricter) => match without_positions(file, source, chunk.start) {
            Some(root) => Some(root),
            None => {
                let span = Span::new(file, chunk.start as u32, chunk.end as u32);
                return Err(Diagnostic::new(
                    Severity::Error,
                    "limit/yaml",
                    "this document is valid YAML that Kubehop cannot read",
                )
                .at(Some(span)));
            }
        },
    };
    let empty = matches!(
        root,
        None | Some(Node {
            kind: NodeKind::Scalar(Value::Null),
            ..
        })
    );
    Ok(if empty { None } else { root })
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(
        Severity::Error,
        "limit/depth",
        format!(
            "mappings and lists nest deeper than {} levels, the most that Kubehop reads",
            limits::DEPTH
        ),
    )
    .at(Some(span))
}

/// What the documents of one text have in common: what was found, and what is left of the text's limits.
#[derive(Default)]
pub(super) struct Found {
    /// Warnings so far, and what could not be read.
    pub diagnostics: Vec<Diagnostic>,
    /// Nodes that aliases and anchors have copied so far.
    pub copied: usize,
    /// Keys that stood twice so far.
    repeated: usize,
}

impl Found {
    /// How much there was to say so far, told or only counted.
    pub(super) fn said(&self) -> (usize, usize) {
        (self.diagnostics.len(), self.repeated)
    }

    /// Ends the list of repeated keys, of which only the first are told one by one.
    pub(super) fn finish(&mut self) {
        let Some(more) = self
            .repeated
            .checked_sub(limits::REPEATED_KEYS)
            .filter(|&more| more > 0)
        else {
            return;
        };
        let last = self
            .diagnostics
            .iter_mut()
            .rev()
            .find(|it| it.code == "yaml/duplicate-key");
        if let Some(last) = last {
            last.message = format!("{}; {more} more keys of this text repeat one", last.message);
        }
    }
}

/// Why building ended early.
enum Stop {
    /// Something `kubectl` refuses too, or a limit.
    Refused(Box<Diagnostic>),
    /// The event parser refuses what libyaml takes.
    Stricter,
}

struct Builder<'a, 'f> {
    file: FileId,
    source: &'a str,
    /// Where `source` begins in the whole text.
    offset: usize,
    /// Byte offsets at which lines of `source` begin, as the event parser counts lines.
    lines: Vec<usize>,
    /// The place asked for last: line, column, byte of `source`. The next is near it.
    place: Cell<(usize, usize, usize)>,
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    alias_nodes: usize,
    /// Whether a missing `---` was told.
    missing_separator: bool,
    found: &'f mut Found,
}

/// One event with byte offsets in the whole text.
struct Step<'a> {
    event: Event<'a>,
    start: u32,
    end: u32,
}

impl<'a, 'f> Builder<'a, 'f> {
    fn new(file: FileId, source: &'a str, offset: usize, found: &'f mut Found) -> Self {
        let bytes = source.as_bytes();
        let lines = std::iter::once(0)
            .chain((0..bytes.len()).filter_map(|at| match bytes[at] {
                b'\n' => Some(at + 1),
                b'\r' if bytes.get(at + 1) != Some(&b'\n') => Some(at + 1),
                _ => None,
            }))
            .collect();
        Self {
            file,
            source,
            offset,
            lines,
            place: Cell::new((1, 0, 0)),
            parser: Parser::new_from_str(source),
            anchors: HashMap::new(),
            alias_nodes: 0,
            missing_separator: false,
            found,
        }
    }

    /// A line (from 1) and column (characters, from 0) as a byte offset in the whole text.
    fn byte(&self, line: usize, column: usize) -> u32 {
        let (last_line, last_column, last) = self.place.get();
        let (from, at) = if line == last_line && last_column <= column * 2 {
            (last_column, last)
        } else {
            let start = self.lines.get(line.saturating_sub(1)).copied();
            (0, start.unwrap_or(self.source.len()))
        };
        steps::count(column.abs_diff(from));
        let (before, after) = self.source.split_at(at);
        let at = if column >= from {
            at + after.chars().take(column - from).map(char::len_utf8).sum::<usize>()
        } else {
            at - before
                .chars()
                .rev()
                .take(from - column)
                .map(char::len_utf8)
                .sum::<usize>()
        };
        self.place.set((line, column, at));
        (self.offset + at) as u32
    }

    fn next(&mut self) -> Result<Step<'a>, Stop> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let start = self.byte(span.start.line(), span.start.col());
                let end = self.byte(span.end.line(), span.end.col());
                Ok(Step {
                    event,
                    start,
                    end: end.max(start),
                })
            }
            Some(Err(_)) => Err(Stop::Stricter),
            None => Ok(Step {
                event: Event::StreamEnd,
                start: 0,
                end: 0,
            }),
        }
    }

    fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.file, start, end)
    }

    fn refuse(&self, message: String, span: Span) -> Stop {
        Stop::Refused(Box::new(syntax::refused(message, span)))
    }

    fn root(&mut self) -> Result<Option<Node>, Stop> {
        loop {
            let step = self.next()?;
            match step.event {
                Event::StreamEnd => return Ok(None),
                Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
                _ => return self.node(step, 0, true).map(Some),
            }
        }
    }

    fn node(&mut self, step: Step<'a>, depth: usize, top: bool) -> Result<Node, Stop> {
        if depth > limits::DEPTH {
            let span = self.span(step.start, step.end);
            return Err(Stop::Refused(Box::new(too_deep(span))));
        }
        match step.event {
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.scalar_span(step.start, step.end, style);
                let value = self.scalar(&text, style, tag.as_deref(), span)?;
                let json = matches!(value, Value::Bool(_) | Value::Number(_)).then(|| value.to_string());
                let rewritten = json.is_some_and(|json| json != *text);
                self.anchored(
                    anchor,
                    Node {
                        span,
                        kind: NodeKind::Scalar(value),
                        written: rewritten.then(|| Box::from(&*text)),
                    },
                )
            }
            Event::SequenceStart(anchor, _) => {
                let mut items: Vec<Node> = Vec::new();
                let end = loop {
                    let next = self.next()?;
                    match next.event {
                        Event::SequenceEnd => break next.end,
                        Event::StreamEnd => return Err(Stop::Stricter),
                        _ => items.push(self.node(next, depth + 1, false)?),
                    }
                };
                let flow = self.is_at(step.start, b'[');
                let end = if flow {
                    end
                } else {
                    items.last().map_or(end, |item| item.span.end)
                };
                let start = step.start.min(items.first().map_or(step.start, |item| item.span.start));
                let span = self.span(start, end);
                self.anchored(
                    anchor,
                    Node {
                        span,
                        kind: NodeKind::Sequence(items),
                        written: None,
                    },
                )
            }
            Event::MappingStart(anchor, _) => self.mapping(step.start, anchor, depth, top),
            Event::Alias(id) => {
                let span = self.span(step.start, step.end);
                let Some(node) = self.anchors.get(&id) else {
                    let name = syntax::anchor_name(&self.source[step.start as usize - self.offset..]);
                    return Err(self.refuse(format!("yaml: anchor '{name}' value contains itself"), span));
                };
                let nodes = count(node);
                self.alias_nodes += nodes;
                if self.alias_nodes > limits::ALIAS_NODES {
                    return Err(self.refuse("yaml: document contains excessive aliasing".to_owned(), span));
                }
                let mut node = node.clone();
                self.copies(nodes, span)?;
                node.span = span;
                Ok(node)
            }
            _ => Err(Stop::Stricter),
        }
    }

    fn mapping(&mut self, start: u32, anchor: usize, depth: usize, top: bool) -> Result<Node, Stop> {
        let flow = self.is_at(start, b'{');
        let mut entries = Entries::default();
        let mut last = start;
        let end = loop {
            let next = self.next()?;
            match next.event {
                Event::MappingEnd => break next.end,
                Event::StreamEnd => return Err(Stop::Stricter),
                _ => {}
            }
            let merge = matches!(&next.event, Event::Scalar(text, ScalarStyle::Plain, _, tag)
                if text == "<<" && tag.as_deref().is_none_or(|tag| tag.suffix == "merge"));
            let key = self.node(next, depth + 1, false)?;
            let next = self.next()?;
            let mut value = self.node(next, depth + 1, false)?;
            if value.span.start == value.span.end || value.span.start < key.span.end {
                // An empty value: it stands right behind its key's colon.
                let at = self.after_colon(key.span.end);
                value.span = self.span(at, at);
            }
            last = last.max(value.span.end);
            if merge {
                self.merge(&value, &mut entries)?;
                continue;
            }
            let NodeKind::Scalar(scalar) = &key.kind else {
                return Err(self.refuse(format!("yaml: invalid map key: {}", go_syntax(&key)), key.span));
            };
            let Some(name) = scalar::key(scalar) else {
                return Err(self.refuse(
                    format!(
                        "unsupported map key of type: %!s(<nil>), key: <nil>, value: {}",
                        go_syntax(&value)
                    ),
                    key.span,
                ));
            };
            let entry = Entry {
                key: name,
                key_span: key.span,
                value,
            };
            if let Some(first) = entries.put(entry, true) {
                self.warn_repeated(first, key.span, top);
            }
        };
        let end = if flow { end } else { last };
        let first = entries.list.first().map_or(start, |entry| entry.key_span.start);
        let span = self.span(
            if flow {
                start
            } else {
                start.min(first).max(self.offset as u32)
            },
            end.max(start),
        );
        self.anchored(
            anchor,
            Node {
                span,
                kind: NodeKind::Mapping(entries.list),
                written: None,
            },
        )
    }

    /// `<<: *anchor` or `<<: [*a, *b]`; of several the first wins.
    fn merge(&self, value: &Node, entries: &mut Entries) -> Result<(), Stop> {
        let wrong = || {
            self.refuse(
                "yaml: map merge requires map or sequence of maps as the value".to_owned(),
                value.span,
            )
        };
        match &value.kind {
            NodeKind::Mapping(merged) => merged.iter().for_each(|entry| {
                entries.put(entry.clone(), false);
            }),
            NodeKind::Sequence(items) => {
                for item in items.iter().rev() {
                    let NodeKind::Mapping(merged) = &item.kind else {
                        return Err(wrong());
                    };
                    merged.iter().for_each(|entry| {
                        entries.put(entry.clone(), false);
                    });
                }
            }
            NodeKind::Scalar(_) => return Err(wrong()),
        }
        Ok(())
    }

    fn warn_repeated(&mut self, first: Span, again: Span, top: bool) {
        let name = &self.source[(again.start as usize - self.offset)..(again.end as usize - self.offset)];
        let line = 1 + self
            .lines
            .partition_point(|&at| at <= first.start as usize - self.offset)
            .saturating_sub(1);
        if top && matches!(name, "apiVersion" | "kind") {
            let line_start = self.lines[self
                .lines
                .partition_point(|&at| at <= again.start as usize - self.offset)
                .saturating_sub(1)];
            let at = (self.offset + line_start) as u32;
            // Both keys repeat when a `---` is missing; one warning is enough.
            if std::mem::replace(&mut self.missing_separator, true) {
                return;
            }
            self.found.diagnostics.push(
                Diagnostic::new(
                    Severity::Warning,
                    "yaml/missing-separator",
                    format!("`{name}` appears a second time in this document: is a `---` missing before it?"),
                )
                .at(Some(again))
                .explain(text! {
                    en: "Two objects in one document melt into one: of keys that appear twice, kubectl silently keeps the last, so the first object is lost.",
                    ko: "문서 하나에 오브젝트 두 개를 쓰면 하나로 합쳐집니다. kubectl은 두 번 나온 키 중 마지막 것만 경고 없이 남기므로 첫 번째 오브젝트는 없어집니다.",
                })
                .fix(
                    text! { en: "Separate the two objects with `---`", ko: "두 오브젝트를 `---`로 나누기" },
                    self.span(at, at),
                    "---\n",
                ),
            );
            return;
        }
        self.found.repeated += 1;
        if self.found.repeated > limits::REPEATED_KEYS {
            return;
        }
        self.found.diagnostics.push(
            Diagnostic::new(
                Severity::Warning,
                "yaml/duplicate-key",
                format!("key {name:?} is already set in this mapping (line {line} of the document); the last one wins"),
            )
            .at(Some(again))
            .explain(text! {
                en: "kubectl takes repeated keys without a word and keeps only the last one.",
                ko: "kubectl은 같은 키가 반복되어도 아무 말 없이 마지막 것만 남깁니다.",
            }),
        );
    }

    /// Counts nodes that an alias or an anchor copies against what one text may have copied.
    fn copies(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        self.found.copied += nodes;
        if self.found.copied <= limits::COPIED_NODES {
            return Ok(());
        }
        Err(Stop::Refused(Box::new(
            Diagnostic::new(
                Severity::Error,
                "limit/aliases",
                format!(
                    "anchors and aliases of this text copy more than {} values, the most that Kubehop reads",
                    limits::COPIED_NODES
                ),
            )
            .at(Some(span)),
        )))
    }

    fn anchored(&mut self, anchor: usize, node: Node) -> Result<Node, Stop> {
        if anchor != 0 {
            self.copies(count(&node), node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn is_at(&self, at: u32, byte: u8) -> bool {
        self.source.as_bytes().get((at as usize).saturating_sub(self.offset)) == Some(&byte)
    }

    /// The place behind the colon that follows a key, where an empty value would stand.
    fn after_colon(&self, key_end: u32) -> u32 {
        let rest = &self.source.as_bytes()[key_end as usize - self.offset..];
        let ahead = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        key_end
            + if rest.get(ahead) == Some(&b':') {
                ahead as u32 + 1
            } else {
                0
            }
    }

    /// Block scalars end with their last line, not where the next token begins.
    fn scalar_span(&self, start: u32, end: u32, style: ScalarStyle) -> Span {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return self.span(start, end);
        }
        let text = &self.source[start as usize - self.offset..end as usize - self.offset];
        self.span(start, start + text.trim_end().len() as u32)
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>, span: Span) -> Result<Value, Stop> {
        let outcome = match tag {
            Some(tag) if tag.is_yaml_core_schema() => scalar::tagged(&tag.suffix, text),
            Some(_) => Ok(Value::String(text.to_owned())),
            None if style == ScalarStyle::Plain => scalar::plain(text),
            None => Ok(Value::String(text.to_owned())),
        };
        outcome.map_err(|error| {
            let message = match error {
                ScalarError::NotFinite(name) => format!("json: unsupported value: {name}"),
                ScalarError::Tag { found, wanted } => format!("yaml: cannot decode !!{found} `{text}` as a !!{wanted}"),
            };
            self.refuse(message, span)
        })
    }
}

/// Entries of one mapping; beyond a few, an index keeps look-ups fast.
#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    index: BTreeMap<String, usize>,
}

impl Entries {
    const SMALL: usize = 16;

    /// Adds or replaces an entry; hands back where the key stood before.
    fn put(&mut self, entry: Entry, written: bool) -> Option<Span> {
        let found = if self.list.len() <= Self::SMALL {
            self.list.iter().position(|it| it.key == entry.key)
        } else {
            if self.index.is_empty() {
                self.index = self
                    .list
                    .iter()
                    .enumerate()
                    .map(|(at, it)| (it.key.clone(), at))
                    .collect();
            }
            self.index.get(&entry.key).copied()
        };
        if let Some(at) = found {
            let before = self.list[at].key_span;
            self.list[at] = entry;
            return written.then_some(before);
        }
        if !self.index.is_empty() {
            self.index.insert(entry.key.clone(), self.list.len());
        }
        self.list.push(entry);
        None
    }
}

fn count(node: &Node) -> usize {
    steps::count(1);
    1 + match &node.kind {
        NodeKind::Scalar(_) => 0,
        NodeKind::Sequence(items) => items.iter().map(count).sum(),
        NodeKind::Mapping(entries) => entries.iter().map(|entry| 1 + count(&entry.value)).sum(),
    }
}

/// A value as Go's `%#v` writes what its YAML reader holds; kubectl prints keys that are mappings this way.
fn go_syntax(node: &Node) -> String {
    let mut out = String::new();
    write_go(node, &mut out);
    out
}

fn write_go(node: &Node, out: &mut String) {
    match &node.kind {
        NodeKind::Scalar(Value::Null) => out.push_str("interface {}(nil)"),
        NodeKind::Scalar(value) => {
            let _ = write!(out, "{value}");
        }
        NodeKind::Sequence(items) => {
            out.push_str("[]interface {}{");
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                write_go(item, out);
            }
            out.push('}');
        }
        NodeKind::Mapping(entries) => {
            out.push_str("map[interface {}]interface {}{");
            let mut sorted: Vec<_> = entries.iter().collect();
            sorted.small_sort_by(|a, b| a.key.cmp(&b.key));
            for (at, entry) in sorted.into_iter().enumerate() {
                let _ = write!(out, "{}{:?}:", if at > 0 { ", " } else { "" }, entry.key);
                write_go(&entry.value, out);
            }
            out.push('}');
        }
    }
}

/// The text with line breaks and comments inside flow collections blanked out; every byte keeps its place.
fn flow_on_one_line(source: &str) -> String {
    let mut out = source.as_bytes().to_vec();
    let mut depth = 0_usize;
    let mut quote: Option<u8> = None;
    let mut comment = false;
    let mut before = b'\n';
    for slot in &mut out {
        let byte = *slot;
        match (quote, comment) {
            (Some(mark), _) => {
                let escaped = mark == b'"' && before == b'\\';
                if byte == mark && !escaped {
                    quote = None;
                }
                // Two backslashes end an escape.
                before = if escaped { b' ' } else { byte };
                continue;
            }
            (None, true) => {
                comment = byte != b'\n';
                if depth > 0 {
                    *slot = b' ';
                }
            }
            (None, false) => match byte {
                b'"' | b'\'' if before.is_ascii_whitespace() || b"[{,:".contains(&before) => quote = Some(byte),
                b'#' if before.is_ascii_whitespace() => {
                    comment = true;
                    if depth > 0 {
                        *slot = b' ';
                    }
                }
                b'[' | b'{' if depth > 0 || before.is_ascii_whitespace() => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                b'\n' | b'\r' if depth > 0 => *slot = b' ',
                _ => {}
            },
        }
        before = byte;
    }
    // Comments go whole, so what is left is whole characters.
    String::from_utf8(out).unwrap_or_else(|_| source.to_owned())
}

/// The values of a document that only libyaml reads; everything stands where the document stands.
fn without_positions(file: FileId, source: &str, offset: usize) -> Option<Node> {
    use serde::Deserialize as _;
    let first = serde_yaml::Deserializer::from_str(source).next()?;
    let value = serde_yaml::Value::deserialize(first).ok()?;
    let trimmed = offset + source.trim_end().len();
    let span = Span::new(file, offset as u32, trimmed as u32);
    from_yaml(value, span, 0)
}

fn from_yaml(value: serde_yaml::Value, span: Span, depth: usize) -> Option<Node> {
    use serde_yaml::Value as Yaml;
    if depth > limits::DEPTH {
        return None;
    }
    let kind = match value {
        Yaml::Sequence(items) => NodeKind::Sequence(
            items
                .into_iter()
                .map(|item| from_yaml(item, span, depth + 1))
                .collect::<Option<_>>()?,
        ),
        Yaml::Mapping(entries) => NodeKind::Mapping(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let key = scalar::key(&serde_json::to_value(key).ok()?)?;
                    Some(Entry {
                        key,
                        key_span: span,
                        value: from_yaml(value, span, depth + 1)?,
                    })
                })
                .collect::<Option<_>>()?,
        ),
        Yaml::Tagged(tagged) => return from_yaml(tagged.value, span, depth + 1),
        scalar => NodeKind::Scalar(serde_json::to_value(scalar).ok()?),
    };
    Some(Node {
        span,
        kind,
        written: None,
    })
}
