//! Cuts a text into documents the way `kubectl` does, before any YAML is read
//! (`kubernetes apimachinery/pkg/util/yaml/decoder.go`).
//!
//! Not here: documents that YAML itself would separate. What follows `...` in a document is never read.

use super::json::{self, Complaint};
use crate::steps;

/// One document of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Byte offset of its first byte.
    pub start: usize,
    /// Byte offset one past its last byte.
    pub end: usize,
    /// What is wrong with it before YAML is read; `None` for nothing.
    pub problem: Option<Problem>,
}

/// What can be wrong before YAML is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// Not JSON, in Go's words and where. What is left may still be YAML; kubectl shows this if it is not.
    Json {
        /// What kubectl prints.
        message: String,
        /// Byte offset in the whole text.
        at: usize,
        /// Whether YAML is not tried, since several JSON objects came before.
        final_word: bool,
        /// Whether nothing is wrong but that it ends too early.
        breaks_off: bool,
    },
    /// `--- something`.
    Separator(String),
}

/// The documents of `text`.
pub(super) fn chunks(text: &str) -> Chunks<'_> {
    // A byte order mark is no part of the text.
    let at = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    let json = at == 0 && text.trim_start().starts_with('{');
    Chunks {
        text,
        at,
        json: json.then_some(0),
    }
}

/// Iterator over the documents of a text.
pub(super) struct Chunks<'a> {
    text: &'a str,
    at: usize,
    /// How many JSON objects came, while it is JSON.
    json: Option<usize>,
}

impl Iterator for Chunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let Some(count) = self.json else {
            return self.next_yaml();
        };
        let rest = &self.text[self.at..];
        let start = self.at + (rest.len() - rest.trim_start().len());
        if start == self.text.len() {
            return None;
        }
        let complaint = match json::value_end(&self.text[start..]) {
            Ok(end) => {
                self.json = Some(count + 1);
                self.at = start + end;
                return Some(Chunk {
                    start,
                    end: self.at,
                    problem: None,
                });
            }
            Err(complaint) => complaint,
        };
        let final_word = count > 1;
        let breaks_off = matches!(complaint, Complaint::Eof);
        let (message, at) = match complaint {
            Complaint::Eof => (
                "unexpected EOF".to_owned(),
                self.text.trim_end().len().saturating_sub(1),
            ),
            Complaint::Syntax { offset, message } => {
                let bad = start + offset - 1;
                (
                    if final_word {
                        message
                    } else {
                        format!("json: offset {}: {message}", bad + 1)
                    },
                    bad,
                )
            }
        };
        let problem = Some(Problem::Json {
            message,
            at,
            final_word,
            breaks_off,
        });
        if final_word {
            self.at = self.text.len();
            return Some(Chunk {
                start,
                end: self.at,
                problem,
            });
        }
        // Not JSON after all (a trailing comma, single quotes, `---`): the rest is read as YAML.
        self.json = None;
        self.at = start;
        self.next_yaml().map(|chunk| Chunk {
            problem: chunk.problem.or(problem),
            ..chunk
        })
    }
}

impl Chunks<'_> {
    /// The lines up to the next separator. A separator with nothing before it belongs to its document, so
    /// that line numbers in messages count it.
    fn next_yaml(&mut self) -> Option<Chunk> {
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        let mut at = start;
        for line in self.text[start..].split_inclusive('\n') {
            steps::count(1);
            if let Some(after) = line.strip_prefix("---") {
                let after = after.trim();
                if !after.is_empty() && !after.starts_with('#') {
                    // The document before it is lost too; kubectl reports the separator alone.
                    self.at = at + line.len();
                    let problem = Some(Problem::Separator(after.to_owned()));
                    return Some(Chunk {
                        start: at,
                        end: self.at,
                        problem,
                    });
                }
                if at > start {
                    self.at = at + line.len();
                    return Some(Chunk {
                        start,
                        end: at,
                        problem: None,
                    });
                }
            }
            at += line.len();
        }
        self.at = self.text.len();
        Some(Chunk {
            start,
            end: at,
            problem: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(&str, bool)> {
        chunks(text)
            .map(|chunk| (&text[chunk.start..chunk.end], chunk.problem.is_some()))
            .collect()
    }

    #[test]
    fn yaml_is_cut_at_separators_and_json_after_each_object() {
        assert_eq!(cut("a: 1\n---\nb: 2\n"), [("a: 1\n", false), ("b: 2\n", false)]);
        assert_eq!(
            cut("---\na: 1\n--- # next\nb: 2"),
            [("---\na: 1\n", false), ("b: 2", false)]
        );
        assert_eq!(cut("a: |\n  ---\n"), [("a: |\n  ---\n", false)]);
        assert_eq!(
            cut("{\"a\":1}\n{\"b\":2}\n"),
            [("{\"a\":1}", false), ("{\"b\":2}", false)]
        );
        assert_eq!(
            cut("{\"a\":1}\n---\nb: 2\n"),
            [("{\"a\":1}", false), ("---\nb: 2\n", true)]
        );
        assert_eq!(cut("{\"a\": {"), [("{\"a\": {", true)]);
        // Not JSON: it depends on YAML whether this is a problem.
        assert_eq!(cut("{a: 1,}"), [("{a: 1,}", true)]);
        assert_eq!(
            cut("{\"a\":1}{\"b\":2}{x"),
            [("{\"a\":1}", false), ("{\"b\":2}", false), ("{x", true)]
        );
        assert_eq!(cut("\u{feff}a: 1\n"), [("a: 1\n", false)]);
        assert_eq!(cut(""), []);
    }

    #[test]
    fn text_after_a_separator_is_a_problem_of_its_own() {
        assert_eq!(
            cut("--- kind: Service\n---\na: 1\n"),
            [("--- kind: Service\n", true), ("---\na: 1\n", false)]
        );
    }
}
