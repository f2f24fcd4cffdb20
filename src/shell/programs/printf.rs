//! `printf`.

use super::not_simulated;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `printf FORMAT [ARGUMENT]...` with `%s`, `%d`, `%%` and the usual escapes.
pub(super) fn run(_: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    let Some((format, arguments)) = words.split_first() else {
        return Err(Output::failed("printf: usage: printf format [arguments]\n", 2));
    };
    let mut arguments = arguments.iter().peekable();
    let mut stdout = String::new();
    loop {
        let before = arguments.len();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            match (letter, if "\\%".contains(letter) { letters.next() } else { None }) {
                ('\\', Some('n')) => stdout.push('\n'),
                ('\\', Some('t')) => stdout.push('\t'),
                ('\\', Some(other)) => stdout.push(other),
                ('%', Some('%')) => stdout.push('%'),
                ('%', Some('s' | 'd' | 'i' | 'b')) => stdout.push_str(arguments.next().map_or("", String::as_str)),
                ('%', _) => return Err(not_simulated("printf", "this format")),
                _ => stdout.push(letter),
            }
        }
        // The format is used again as long as it takes arguments.
        if arguments.peek().is_none() || arguments.len() == before {
            return Ok(Output::ok(stdout));
        }
    }
}
