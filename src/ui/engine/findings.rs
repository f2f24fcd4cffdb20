//! What was found in the learner's text when the cluster was made what it says.

use crate::diag::{Diagnostic, Severity};
use crate::text::{FileId, LineIndex};

/// The findings of one text.
#[derive(Clone, Debug)]
pub struct Findings {
    /// In the order of the text.
    pub list: Vec<Diagnostic>,
    /// Number of documents that hold an object.
    pub objects: usize,
    /// Where the lines of that text begin.
    pub lines: LineIndex,
}

impl Default for Findings {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            objects: 0,
            lines: LineIndex::new(""),
        }
    }
}

impl Findings {
    /// Number of findings of one severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|it| it.severity == severity).count()
    }

    /// The line of a finding, from 1; `None` for one that does not stand in the learner's text.
    #[must_use]
    pub fn line(&self, finding: &Diagnostic) -> Option<u32> {
        let span = finding.span?;
        (span.file == FileId::default()).then(|| self.lines.line(span.start))
    }
}
