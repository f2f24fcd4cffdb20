//! A text that is edited: what did not change since it was last read is taken over.
//!
//! Documents are cut out of the new text as always; one whose bytes are those of a document before (counted from
//! the start or from the end of the text, as one edit leaves them) is not read again. It only moves.

use std::ops::Range;
use std::sync::Arc;

use super::split::{self, Chunk};
use super::{Document, Node, NodeKind, Parsed, Progress, limits, too_large};
use crate::text::FileId;

/// The text as it was last read.
#[derive(Clone, Debug, Default)]
pub struct EditedText {
    text: String,
    chunks: Vec<KnownChunk>,
    documents: Vec<Arc<Document>>,
}

/// A document of the text, or the documents that its `List` holds.
#[derive(Clone, Debug)]
struct KnownChunk {
    /// Its bytes.
    bytes: Range<usize>,
    /// Which of the documents come from it.
    documents: Range<usize>,
    /// Whether there was nothing to say about it.
    clean: bool,
    /// Nodes that its aliases and anchors copy.
    copied: usize,
}

/// The text as it is read now.
#[derive(Clone, Debug)]
pub struct Reread {
    /// What was read, as [`super::parse`] reads it.
    pub parsed: Parsed,
    /// For each document, which one it was when the text was last read; `None` for what is new or changed.
    pub before: Vec<Option<usize>>,
}

impl EditedText {
    /// Reads the next version of the text, which is always of the same file.
    pub fn read(&mut self, file: FileId, text: &str) -> Reread {
        if let Some(parsed) = too_large(file, text) {
            *self = Self::default();
            return Reread {
                parsed,
                before: Vec::new(),
            };
        }
        let chunks: Vec<Chunk> = split::chunks(text).collect();
        let old = |idx: usize| self.chunks.get(idx).map(|it| &self.text[it.bytes.clone()]);
        let new = |chunk: &Chunk| &text[chunk.start..chunk.end];
        let first = (0..chunks.len())
            .take_while(|idx| old(*idx) == Some(new(&chunks[*idx])))
            .count();
        let most = chunks.len().min(self.chunks.len()) - first;
        let last = (1..=most)
            .take_while(|back| old(self.chunks.len() - back) == Some(new(&chunks[chunks.len() - back])))
            .count();
        let mut progress = Progress::default();
        let mut known: Vec<KnownChunk> = Vec::with_capacity(chunks.len());
        let mut before: Vec<Option<usize>> = Vec::new();
        for (idx, chunk) in chunks.iter().enumerate() {
            let was = if idx < first {
                self.chunks.get(idx)
            } else if idx + last >= chunks.len() {
                self.chunks.get(idx + self.chunks.len() - chunks.len())
            } else {
                None
            };
            if !progress.goes_on(file, chunk) {
                break;
            }
            let (start, copied) = (progress.documents.len(), progress.found.copied);
            let fits = |it: &&KnownChunk| copied + it.copied <= limits::COPIED_NODES;
            let clean = match was.filter(|it| it.clean && chunk.problem.is_none()).filter(fits) {
                Some(was) => {
                    progress.found.copied += was.copied;
                    let by = chunk.start as i64 - was.bytes.start as i64;
                    for (document, position) in self.documents[was.documents.clone()].iter().zip(was.documents.clone())
                    {
                        progress.documents.push(moved(document, by, idx as u32));
                        before.push(Some(position));
                    }
                    true
                }
                None => progress.read(file, text, idx as u32, chunk),
            };
            let more = progress.limit(file, idx as u32);
            before.resize(progress.documents.len(), None);
            known.push(KnownChunk {
                bytes: chunk.start..chunk.end,
                documents: start..progress.documents.len(),
                clean: clean && more,
                copied: progress.found.copied - copied,
            });
            if !more {
                break;
            }
        }
        text.clone_into(&mut self.text);
        self.chunks = known;
        self.documents.clone_from(&progress.documents);
        Reread {
            parsed: progress.finish(),
            before,
        }
    }
}

/// A document so many bytes further on, as the `index`th of its text.
fn moved(document: &Arc<Document>, by: i64, index: u32) -> Arc<Document> {
    if by == 0 && document.index == index {
        return Arc::clone(document);
    }
    let mut document = Document::clone(document);
    document.index = index;
    document.root.shift(by);
    Arc::new(document)
}

impl Node {
    /// Moves the node and everything in it by so many bytes.
    fn shift(&mut self, by: i64) {
        self.span = self.span.shifted(by);
        match &mut self.kind {
            NodeKind::Scalar(_) => {}
            NodeKind::Sequence(items) => items.iter_mut().for_each(|item| item.shift(by)),
            NodeKind::Mapping(entries) => {
                for entry in entries {
                    entry.key_span = entry.key_span.shifted(by);
                    entry.value.shift(by);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    const FILE: FileId = FileId(3);

    fn same(edited: &mut EditedText, text: &str) -> Vec<Option<usize>> {
        let reread = edited.read(FILE, text);
        let fresh = parse(FILE, text);
        assert_eq!(reread.parsed.documents, fresh.documents, "{text}");
        assert_eq!(reread.parsed.diagnostics, fresh.diagnostics, "{text}");
        assert_eq!(reread.parsed.syntax_error, fresh.syntax_error, "{text}");
        reread.before
    }

    #[test]
    fn what_did_not_change_is_taken_over_and_moves() {
        let mut edited = EditedText::default();
        let text = "a: 1\n---\nb: [1, {c: 2}]\n---\n- d\n";
        assert_eq!(same(&mut edited, text), [None, None, None]);
        assert_eq!(same(&mut edited, text), [Some(0), Some(1), Some(2)]);
        let longer = text.replace("a: 1", "a: 1000");
        assert_eq!(same(&mut edited, &longer), [None, Some(1), Some(2)]);
        assert_eq!(same(&mut edited, text), [None, Some(1), Some(2)]);
        let less = "a: 1\n---\n- d\n";
        assert_eq!(same(&mut edited, less), [Some(0), Some(2)]);
        assert_eq!(same(&mut edited, text), [Some(0), None, Some(1)]);
        let twice = "a: 1\n---\nb: [1, {c: 2}]\n---\nb: [1, {c: 2}]\n---\n- d\n";
        assert_eq!(same(&mut edited, twice), [Some(0), Some(1), None, Some(2)]);
    }

    #[test]
    fn items_of_a_list_are_taken_over_together() {
        let mut edited = EditedText::default();
        let list = "kind: List\napiVersion: v1\nitems:\n- {kind: A}\n- {kind: B}\n";
        assert_eq!(same(&mut edited, list), [None, None]);
        assert_eq!(
            same(&mut edited, &format!("x: 1\n---\n{list}")),
            [None, Some(0), Some(1)]
        );
    }

    #[test]
    fn what_something_was_said_about_is_said_again() {
        let mut edited = EditedText::default();
        let text = "a: 1\n---\nb: 1\nb: 2\n---\nc: {\n---\nd: 1\n";
        same(&mut edited, text);
        assert_eq!(same(&mut edited, text), [Some(0), None, Some(2)]);
        assert_eq!(same(&mut edited, &format!("#\n{text}")), [None, None, Some(2)]);
        let json = "{\"a\": 1} {\"b\": 2}";
        assert_eq!(same(&mut edited, json), [None, None]);
        assert_eq!(same(&mut edited, json), [Some(0), Some(1)]);
        assert_eq!(same(&mut edited, &format!("{json} x")), [Some(0), Some(1)]);
    }

    #[test]
    fn limits_hold_for_what_is_taken_over_too() {
        let mut edited = EditedText::default();
        let most = "a: 1\n---\n".repeat(limits::OBJECTS);
        same(&mut edited, &most);
        same(&mut edited, &format!("b: 1\n---\n{most}"));
        same(&mut edited, &"a".repeat(limits::TEXT_BYTES + 1));
        same(&mut edited, "a: 1\n");
        let unreadable = "a: {\n---\n".repeat(limits::UNREADABLE);
        same(&mut edited, &format!("{unreadable}b: 1\n---\nc: 1\n"));
        same(&mut edited, &format!("a: 1\n---\n{unreadable}b: 1\n---\nc: 1\n"));
        let twice = "b: 1\nb: 1\n---\n".repeat(limits::REPEATED_KEYS + 1);
        same(&mut edited, &twice);
        same(&mut edited, &format!("a: 1\n---\n{twice}"));
    }

    #[test]
    fn copies_of_what_is_taken_over_count() {
        let mut edited = EditedText::default();
        let document = format!("a: &a [{}]\nb: [{}]\n---\n", "1, ".repeat(1000), "*a, ".repeat(60));
        let most = document.repeat(limits::COPIED_NODES / 61_000 + 1);
        same(&mut edited, &document.repeat(3));
        same(&mut edited, &most);
        same(&mut edited, &format!("c: 1\n---\n{most}"));
    }
}
