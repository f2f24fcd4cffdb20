//! What Kubehop says about the learner's text: severity, the API server's own words, where, and what to try.
//!
//! A [`Diagnostic`] is data. How it is drawn (gutter, terminal, JSON) is for whoever shows it.
//! A packet that dies is not a diagnostic but an ordinary trace with a verdict.

use crate::text::{LocalizedText, Span};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The API server (or the YAML reader) refuses this.
    Error,
    /// Accepted, with a `Warning:` of the server's or one of our own.
    Warning,
    /// Worth knowing; nothing is wrong.
    Info,
}

/// One finding about the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name for this kind of finding, such as `service/node-port-range`.
    pub code: &'static str,
    /// Field path as the API server writes it (`spec.ports[0].nodePort`); empty where there is none.
    pub field: String,
    /// Where in the text, if it stands there.
    pub span: Option<Span>,
    /// The message in the words of the real program (always English).
    pub message: String,
    /// What the rule is for, in one plain sentence.
    pub explain: Option<LocalizedText>,
    /// What to try.
    pub hints: Vec<Hint>,
}

/// Something to try, with an edit where one is obvious.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What to try, in words.
    pub text: LocalizedText,
    /// Replace this span with this text to do it.
    pub edit: Option<(Span, String)>,
}

impl Diagnostic {
    /// A diagnostic without explanation or hints yet.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity,
            code,
            field: String::new(),
            span: None,
            message: message.into(),
            explain: None,
            hints: Vec::new(),
        }
    }

    /// Sets the field path.
    #[must_use]
    pub fn at_field(mut self, field: impl Into<String>) -> Self {
        self.field = field.into();
        self
    }

    /// Sets the position.
    #[must_use]
    pub fn at(mut self, span: Option<Span>) -> Self {
        self.span = span;
        self
    }

    /// Says what the rule is for.
    #[must_use]
    pub fn explain(mut self, explain: LocalizedText) -> Self {
        self.explain = Some(explain);
        self
    }

    /// Adds something to try.
    #[must_use]
    pub fn hint(mut self, text: LocalizedText) -> Self {
        self.hints.push(Hint { text, edit: None });
        self
    }

    /// Adds something to try together with the edit that does it.
    #[must_use]
    pub fn fix(mut self, text: LocalizedText, span: Span, replacement: impl Into<String>) -> Self {
        self.hints.push(Hint {
            text,
            edit: Some((span, replacement.into())),
        });
        self
    }
}
