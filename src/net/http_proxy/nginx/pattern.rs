//! Regular expressions of annotations, rules and settings. NGINX reads PCRE; what of it is not simulated is
//! `None` here, and said by [`unsimulated`](super::unsimulated).

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use regex_lite::{Regex, RegexBuilder};

use crate::steps;

/// The most memory that a compiled pattern may take, in bytes.
const SIZE_LIMIT: usize = 1 << 20;

/// A pattern where case matters.
#[must_use]
pub(super) fn compile(text: &str) -> Option<Regex> {
    RegexBuilder::new(text).size_limit(SIZE_LIMIT).build().ok()
}

/// A pattern where case does not matter.
#[must_use]
pub(super) fn compile_any_case(text: &str) -> Option<Regex> {
    steps::count(text.len());
    let mut builder = RegexBuilder::new(text);
    builder.case_insensitive(true).size_limit(SIZE_LIMIT).build().ok()
}

/// A pattern where case does not matter, compiled when it is asked for the first time.
#[derive(Debug, Default)]
pub struct Pattern {
    text: String,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The compiled pattern; `None` where the text is no regular expression that is simulated.
    pub fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile_any_case(&self.text)).as_ref()
    }
}

/// The patterns of configurations, shared between those of one text: a change of the cluster compiles only what
/// is new in it.
#[derive(Clone, Debug, Default)]
pub struct Patterns(BTreeMap<String, Arc<Pattern>>);

impl Patterns {
    /// The pattern of a text.
    pub fn of(&mut self, text: &str) -> Arc<Pattern> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let pattern = Arc::new(Pattern {
            text: text.to_owned(),
            ..Pattern::default()
        });
        self.0.insert(text.to_owned(), Arc::clone(&pattern));
        pattern
    }

    /// Forgets those that no configuration has any more.
    pub fn forget_unused(&mut self) {
        self.0.retain(|_, pattern| Arc::strong_count(pattern) > 1);
    }
}
