//! `tr`.

use super::not_simulated;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `tr SET1 SET2` and `tr -d SET1`, letter by letter, with ranges.
pub(super) fn run(context: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    let text = context.stdin.clone().unwrap_or_default();
    Ok(match words {
        [flag, set] if flag == "-d" => {
            let set = letters(set);
            Output::ok(text.chars().filter(|it| !set.contains(it)).collect::<String>())
        }
        [from, to] if !from.starts_with('-') => {
            let (from, to) = (letters(from), letters(to));
            let changed = text
                .chars()
                .map(|letter| match from.iter().position(|it| *it == letter) {
                    Some(at) => to.get(at).or(to.last()).copied().unwrap_or(letter),
                    None => letter,
                });
            Output::ok(changed.collect::<String>())
        }
        _ => return Err(not_simulated("tr", "this form")),
    })
}

/// The letters of a set: `a-z`, `\n`.
fn letters(set: &str) -> Vec<char> {
    let set: Vec<char> = set.replace("\\n", "\n").replace("\\t", "\t").chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < set.len() {
        if at + 2 < set.len() && set[at + 1] == '-' {
            out.extend(set[at]..=set[at + 2]);
            at += 3;
        } else {
            out.push(set[at]);
            at += 1;
        }
    }
    out
}
