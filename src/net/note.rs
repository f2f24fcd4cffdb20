//! What is said of a part of an object that has no effect here.

use crate::text::LocalizedText;

/// How much is lost by leaving an annotation out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The real controller would answer otherwise.
    Missing,
    /// Times, sizes and logs: routes and answers stay the same.
    Harmless,
    /// Another program reads it.
    Elsewhere,
}

/// One thing without effect here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Field of the object, such as `metadata.annotations[KEY]`.
    pub field: String,
    /// How much that matters.
    pub effect: Effect,
    /// What it would do.
    pub text: LocalizedText,
}

/// Field path of an annotation.
#[must_use]
pub fn annotation(key: &str) -> String {
    format!("metadata.annotations[{key}]")
}
