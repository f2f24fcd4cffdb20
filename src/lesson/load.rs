//! Lesson files to lessons, with errors at their line.

use std::fmt;

use serde::de::DeserializeOwned;

use crate::manifest;
use crate::text::{FileId, Lang, LineIndex};

use super::{Chapters, Files, Lesson};

/// The files of one lesson.
#[derive(Clone, Debug, Default)]
pub struct LessonFiles {
    /// The folder's name, `NN-slug`.
    pub name: String,
    /// All its files by path within the folder (`lesson.yaml`, `also/by-name.yaml`, …).
    pub files: Files,
}

/// The file of a lesson that holds its page in `lang`.
#[must_use]
pub fn text_file(lang: Lang) -> String {
    format!("text.{}.md", lang.code())
}

/// What is wrong with a lesson file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonError {
    /// `NN-slug/file`.
    pub file: String,
    /// Line, from 1; 0 where the whole file is meant.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

impl LessonFiles {
    /// An error about one of the files.
    #[must_use]
    pub fn error(&self, file: &str, line: u32, message: impl Into<String>) -> LessonError {
        LessonError {
            file: format!("{}/{file}", self.name),
            line,
            message: message.into(),
        }
    }
}

/// Reads `lesson.yaml`.
///
/// # Errors
/// The file is missing, is not YAML, or a field of it is not as the format says; with the line.
pub fn load(lesson: &LessonFiles) -> Result<Lesson, LessonError> {
    let text = lesson
        .files
        .get("lesson.yaml")
        .ok_or_else(|| lesson.error("lesson.yaml", 0, "is missing"))?;
    read(text).map_err(|(line, message)| lesson.error("lesson.yaml", line, message))
}

/// Reads `chapters.yaml`.
///
/// # Errors
/// As [`load`].
pub fn load_chapters(text: &str) -> Result<Chapters, LessonError> {
    read(text).map_err(|(line, message)| LessonError {
        file: "chapters.yaml".to_owned(),
        line,
        message,
    })
}

/// The line of the value of a field of a lesson file (`hints[1].when`), or of what encloses it where it is not
/// written.
#[must_use]
pub fn line_of(text: &str, field: &str) -> u32 {
    let parsed = manifest::parse(FileId::default(), text);
    let found = parsed.documents.first().map(|it| it.root.locate(field).1.span.start);
    found.map_or(0, |start| LineIndex::new(text).line(start))
}

/// One YAML document as `T`, through the same reader as manifests; errors carry a line.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, (u32, String)> {
    let parsed = manifest::parse(FileId::default(), text);
    let index = LineIndex::new(text);
    if let Some(diagnostic) = parsed.diagnostics.first() {
        let line = diagnostic.span.map_or(0, |span| index.line(span.start));
        return Err((line, diagnostic.message.clone()));
    }
    let [document] = parsed.documents.as_slice() else {
        return Err((0, format!("{} documents, where one is wanted", parsed.documents.len())));
    };
    typed(document.root.to_value()).map_err(|(path, message)| {
        let (key, value) = document.root.locate(&path);
        // The path names the unknown field itself, or what it stands in.
        let at_key = message.starts_with(&format!("unknown field `{path}`"));
        let start = if at_key { key.start } else { value.span.start };
        (index.line(start), message)
    })
}

/// A tree as `T`; an error names its place.
#[cfg(not(target_arch = "wasm32"))]
fn typed<T: DeserializeOwned>(tree: serde_json::Value) -> Result<T, (String, String)> {
    serde_path_to_error::deserialize(tree).map_err(|error| (error.path().to_string(), error.into_inner().to_string()))
}

/// A tree as `T`. The page's lessons are proven before they are built in, so it does without the place and the code
/// that keeps track of it.
#[cfg(target_arch = "wasm32")]
fn typed<T: DeserializeOwned>(tree: serde_json::Value) -> Result<T, (String, String)> {
    T::deserialize(tree).map_err(|error| (String::new(), error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_lesson_file_names_file_and_line() {
        let text = "formatVersion: 1\ntitle:\n  en: A\n  ko: 가\nchapter: x\nchecks:\n- title: {en: A, ko: 가}\n  holds:\n    prob: {}\n";
        let files = Files::from([("lesson.yaml".to_owned(), text.to_owned())]);
        let error = load(&LessonFiles {
            name: "01-x".to_owned(),
            files,
        })
        .expect_err("prob is no condition");
        assert_eq!((error.file.as_str(), error.line), ("01-x/lesson.yaml", 9));
        assert!(error.message.contains("prob"), "{error}");
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load(&LessonFiles {
            name: "01-x".to_owned(),
            files: Files::new(),
        })
        .expect_err("nothing there");
        assert_eq!(error.to_string(), "01-x/lesson.yaml: is missing");
    }
}
