//! `head` and `tail`.

use super::options::{Item, Options, value};
use super::place::input;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

const OPTIONS: Options = Options::words(&[value(&["-n"])]);

/// The number of lines that are shown (`-n 5`, `-5`; 10 where none can be read), and the files.
fn count(words: &[String]) -> (usize, Vec<&str>) {
    let mut number = 10;
    let mut files = Vec::new();
    for item in OPTIONS.read(words) {
        match item {
            Item::Option(_, value) => number = value.trim_start_matches('n').parse().unwrap_or(10),
            Item::Unknown(word) => number = word[1..].parse().unwrap_or(10),
            Item::Missing(..) | Item::UnknownLetter(_) => number = 10,
            Item::Argument(word) => files.push(word),
        }
    }
    (number, files)
}

pub(super) fn head(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let (number, files) = count(words);
    let text = input(context, place, &files)?;
    Ok(Output::ok(text.split_inclusive('\n').take(number).collect::<String>()))
}

pub(super) fn tail(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let (number, files) = count(words);
    let text = input(context, place, &files)?;
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    Ok(Output::ok(lines[lines.len().saturating_sub(number)..].concat()))
}
