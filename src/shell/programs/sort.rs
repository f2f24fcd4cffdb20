//! `sort`.

use super::options::arguments;
use super::place::input;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};
use crate::small_sort::SmallSort as _;

/// Lines that one `sort` takes.
const MOST_SORTED: usize = 500_000;

pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let files = arguments(words);
    let has = |flag: &str| words.iter().any(|it| it == flag);
    let text = input(context, place, &files)?;
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() > MOST_SORTED {
        return Err(Output::failed(
            format!("sort: at most {MOST_SORTED} lines are sorted in this shell\n"),
            2,
        ));
    }
    lines.small_sort();
    if has("-u") {
        lines.dedup();
    }
    if has("-r") {
        lines.reverse();
    }
    Ok(Output::ok(
        lines.iter().map(|line| format!("{line}\n")).collect::<String>(),
    ))
}
