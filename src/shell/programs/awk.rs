//! `awk`, as far as it prints fields of lines.

use super::not_simulated;
use super::options::{Item, Options, value};
use super::place::input;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

const OPTIONS: Options = Options::words(&[value(&["-F"])]);

/// `awk [-F C] '[NR>1] {print $2, $1}'`: fields of lines, which is what it is mostly used for.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let mut separator: Option<&str> = None;
    let mut rest = Vec::new();
    for item in OPTIONS.read(words) {
        match item {
            Item::Option(_, value) => separator = Some(value),
            Item::Argument(word) | Item::Unknown(word) => rest.push(word),
            Item::Missing(..) => separator = None,
            Item::UnknownLetter(_) => {}
        }
    }
    let Some((program, files)) = rest.split_first() else {
        return Err(Output::failed("usage: awk [-F fs] 'program' [file ...]\n", 2));
    };
    let Some((from, pieces)) = printed(program) else {
        return Err(not_simulated("awk", "a program other than '{print $1, …}'"));
    };
    let text = input(context, place, files)?;
    let mut stdout = String::new();
    for line in text.lines().skip(from) {
        let fields: Vec<&str> = match separator {
            Some(separator) => line.split(separator).collect(),
            None => line.split_whitespace().collect(),
        };
        for piece in &pieces {
            match piece {
                Piece::Field(0) => stdout.push_str(line),
                Piece::Field(idx) => stdout.push_str(fields.get(idx - 1).unwrap_or(&"")),
                Piece::Last => stdout.push_str(fields.last().unwrap_or(&"")),
                Piece::Text(text) => stdout.push_str(text),
            }
        }
        stdout.push('\n');
    }
    Ok(Output::ok(stdout))
}

/// What `awk` prints of a line.
enum Piece {
    Field(usize),
    Last,
    Text(String),
}

/// Reads `{print $1, "x" $NF}`, maybe behind `NR>N`: how many lines are passed over, and what is printed.
fn printed(program: &str) -> Option<(usize, Vec<Piece>)> {
    let program = program.trim();
    let (condition, body) = program.split_once('{')?;
    let from = match condition.replace(' ', "").as_str() {
        "" => 0,
        other => other.strip_prefix("NR>")?.parse().ok()?,
    };
    let mut rest = body.strip_suffix('}')?.trim().strip_prefix("print")?.trim_start();
    let mut pieces = Vec::new();
    if rest.is_empty() {
        pieces.push(Piece::Field(0));
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("$NF") {
            pieces.push(Piece::Last);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('$') {
            let end = after.find(|it: char| !it.is_ascii_digit()).unwrap_or(after.len());
            pieces.push(Piece::Field(after[..end].parse().ok()?));
            rest = &after[end..];
        } else if let Some(after) = rest.strip_prefix('"') {
            let (text, after) = after.split_once('"')?;
            pieces.push(Piece::Text(text.replace("\\n", "\n").replace("\\t", "\t")));
            rest = after;
        } else if let Some(after) = rest.strip_prefix(',') {
            pieces.push(Piece::Text(" ".to_owned()));
            rest = after;
        } else {
            return None;
        }
        rest = rest.trim_start();
    }
    Some((from, pieces))
}
