//! Regular expressions of annotations, rules and settings. NGINX reads PCRE; what of it is not simulated is
//! `None` here, and said by [`unsimulated`](super::unsimulated).

use regex_lite::{Regex, RegexBuilder};

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
    let mut builder = RegexBuilder::new(text);
    builder.case_insensitive(true).size_limit(SIZE_LIMIT).build().ok()
}
