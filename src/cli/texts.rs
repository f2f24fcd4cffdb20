//! The texts of `-f`, and how places in them are named.

use serde::Serialize;

use super::Host;
use crate::text::{FileId, LineIndex, Span};

/// Texts handed in by `-f`, in order.
pub(super) struct Texts(Vec<(String, String, LineIndex)>);

/// A place in a text, as JSON shows it.
#[derive(Serialize)]
pub(super) struct PlaceInText {
    /// File as named on the command line, `STDIN`, or `preset`.
    file: String,
    /// First line, from 1.
    line: u32,
    /// First column in characters, from 1.
    column: u32,
    /// Last line, from 1.
    #[serde(rename = "endLine")]
    end_line: u32,
    /// One past the last column in characters, from 1.
    #[serde(rename = "endColumn")]
    end_column: u32,
}

impl Texts {
    /// Reads the files; `-` is standard input.
    ///
    /// # Errors
    /// A file that cannot be read, or is no UTF-8.
    pub(super) fn read(files: &[String], host: &dyn Host) -> Result<Self, String> {
        let mut texts = Vec::new();
        if files.len() > usize::from(u16::MAX) / 64 {
            return Err(format!("at most {} files can be given", u16::MAX / 64));
        }
        for path in files {
            let (name, bytes) = if path == "-" {
                ("STDIN".to_owned(), host.stdin())
            } else {
                (path.clone(), host.read(path))
            };
            let bytes = bytes.map_err(|error| format!("{name}: {error}"))?;
            let text = String::from_utf8(bytes).map_err(|error| {
                format!(
                    "error parsing {name}: error converting YAML to JSON: yaml: invalid UTF-8 at byte {}",
                    error.utf8_error().valid_up_to()
                )
            })?;
            let index = LineIndex::new(&text);
            texts.push((name, text, index));
        }
        Ok(Self(texts))
    }

    /// Every text with its number and name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (FileId, &str, &str)> {
        self.0
            .iter()
            .enumerate()
            .map(|(idx, (name, text, _))| (FileId(idx as u16), name.as_str(), text.as_str()))
    }

    /// Where a span stands.
    pub(super) fn place(&self, span: Span) -> PlaceInText {
        let Some((name, text, index)) = self.0.get(usize::from(span.file.0)) else {
            return PlaceInText {
                file: "preset".to_owned(),
                line: 0,
                column: 0,
                end_line: 0,
                end_column: 0,
            };
        };
        let (start, end) = (index.line_column(text, span.start), index.line_column(text, span.end));
        PlaceInText {
            file: name.clone(),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

impl std::fmt::Display for PlaceInText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line == 0 {
            return f.write_str(&self.file);
        }
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}
