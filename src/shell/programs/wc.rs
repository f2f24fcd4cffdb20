//! `wc`.

use super::options::arguments;
use super::place::input;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let files = arguments(words);
    let text = input(context, place, &files)?;
    let (lines, n_words, bytes) = (text.matches('\n').count(), text.split_whitespace().count(), text.len());
    Ok(Output::ok(
        match words.iter().find(|it| it.starts_with('-')).map(String::as_str) {
            Some("-l") => format!("{lines}\n"),
            Some("-w") => format!("{n_words}\n"),
            Some("-c") => format!("{bytes}\n"),
            _ => format!("{lines:7} {n_words:7} {bytes:7}\n"),
        },
    ))
}
