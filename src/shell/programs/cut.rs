//! `cut`.

use super::not_simulated;
use super::options::{Item, Options, value};
use super::place::input;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

const OPTIONS: Options = Options::words(&[value(&["-d"]), value(&["-f"]), value(&["-c"])]);

/// `cut -dC -fLIST` and `cut -cLIST`.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let (mut delimiter, mut list, mut by_letter) = ("\t", None, false);
    let mut files = Vec::new();
    for item in OPTIONS.read(words) {
        match item {
            Item::Option("-d", value) => delimiter = value,
            Item::Missing("-d", _) => delimiter = "",
            Item::Option(name, value) => (list, by_letter) = (listed(value), name == "-c"),
            Item::Missing(name, _) => (list, by_letter) = (listed(""), name == "-c"),
            Item::Argument(word) => files.push(word),
            Item::Unknown(word) => return Err(not_simulated("cut", word)),
            Item::UnknownLetter(_) => {}
        }
    }
    let Some(list) = list else {
        return Err(Output::failed(
            "cut: you must specify a list of bytes, characters, or fields\n",
            1,
        ));
    };
    let text = input(context, place, &files)?;
    let wanted = |idx: usize| list.iter().any(|(from, to)| (*from..=*to).contains(&(idx + 1)));
    let mut stdout = String::new();
    for line in text.lines() {
        if by_letter {
            stdout.extend(line.chars().enumerate().filter(|it| wanted(it.0)).map(|it| it.1));
        } else if !line.contains(delimiter) {
            stdout.push_str(line);
        } else {
            let fields = line.split(delimiter).enumerate().filter(|it| wanted(it.0));
            stdout.push_str(&fields.map(|it| it.1).collect::<Vec<_>>().join(delimiter));
        }
        stdout.push('\n');
    }
    Ok(Output::ok(stdout))
}

/// The fields that a list names: `1`, `1,3`, `2-`, `-3`, `2-4`; counted from 1.
fn listed(list: &str) -> Option<Vec<(usize, usize)>> {
    list.split(',')
        .map(|part| match part.split_once('-') {
            None => part.parse().ok().map(|it| (it, it)),
            Some(("", to)) => Some((1, to.parse().ok()?)),
            Some((from, "")) => Some((from.parse().ok()?, usize::MAX)),
            Some((from, to)) => Some((from.parse().ok()?, to.parse().ok()?)),
        })
        .collect()
}
