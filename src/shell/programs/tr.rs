//! `tr`.

use super::not_simulated;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `tr [-c] [-d] [-s] SET1 [SET2]`, letter by letter, with ranges and classes.
pub(super) fn run(context: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    let text = context.stdin.clone().unwrap_or_default();
    let is_flag = |it: &&String| it.len() > 1 && it.starts_with('-');
    let flags: String = words.iter().take_while(is_flag).map(|it| &it[1..]).collect();
    let sets: Vec<&String> = words.iter().skip_while(is_flag).collect();
    if let Some(unknown) = flags.chars().find(|it| !"cCds".contains(*it)) {
        return Err(Output::failed(format!("tr: invalid option -- '{unknown}'\n"), 1));
    }
    let (complement, delete, squeeze) = (flags.contains(['c', 'C']), flags.contains('d'), flags.contains('s'));
    let Some(first) = sets.first().map(|it| letters(it)) else {
        return Err(Output::failed("tr: missing operand\n", 1));
    };
    let is_in_first = |letter: char| first.contains(&letter) != complement;
    let second = sets.get(1).map(|it| letters(it));
    let mut out = String::new();
    // Of what is squeezed, the letter that was written last.
    let mut last: Option<char> = None;
    let mut put = |letter: char, squeezes: bool| {
        if squeezes && last == Some(letter) {
            return;
        }
        last = squeezes.then_some(letter);
        out.push(letter);
    };
    match (&second, delete) {
        (_, true) => {
            let squeezed = second.as_deref().filter(|_| squeeze).unwrap_or_default();
            for letter in text.chars().filter(|it| !is_in_first(*it)) {
                put(letter, squeezed.contains(&letter));
            }
        }
        (None, false) if squeeze => {
            for letter in text.chars() {
                put(letter, is_in_first(letter));
            }
        }
        (None, false) => {
            let of = sets.first().map_or("", |it| it.as_str());
            return Err(Output::failed(format!("tr: missing operand after '{of}'\n"), 1));
        }
        (Some(second), false) => {
            let Some(end) = second.last().copied() else {
                return Err(not_simulated("tr", "an empty second set"));
            };
            for letter in text.chars() {
                if !is_in_first(letter) {
                    put(letter, false);
                    continue;
                }
                let at = if complement {
                    None
                } else {
                    first.iter().position(|it| *it == letter)
                };
                let to = at.and_then(|at| second.get(at)).copied().unwrap_or(end);
                put(to, squeeze);
            }
        }
    }
    Ok(Output::ok(out))
}

/// The letters of a set: `a-z`, `\n`, `[:upper:]`.
fn letters(set: &str) -> Vec<char> {
    let set = set.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\");
    let mut out = Vec::new();
    let mut rest = set.as_str();
    while let Some(letter) = rest.chars().next() {
        let class = rest.strip_prefix("[:").and_then(|it| it.split_once(":]"));
        if let Some((members, after)) = class.and_then(|(name, after)| Some((class_of(name)?, after))) {
            out.extend((0_u8..128).map(char::from).filter(members));
            rest = after;
            continue;
        }
        let mut ahead = rest.chars().skip(1);
        if let (Some('-'), Some(end)) = (ahead.next(), ahead.next()) {
            out.extend(letter..=end);
            rest = &rest[letter.len_utf8() + 1 + end.len_utf8()..];
        } else {
            out.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    out
}

/// The members of a class of POSIX.
fn class_of(name: &str) -> Option<fn(&char) -> bool> {
    Some(match name {
        "lower" => char::is_ascii_lowercase,
        "upper" => char::is_ascii_uppercase,
        "digit" => char::is_ascii_digit,
        "alpha" => char::is_ascii_alphabetic,
        "alnum" => char::is_ascii_alphanumeric,
        "punct" => char::is_ascii_punctuation,
        "xdigit" => char::is_ascii_hexdigit,
        "cntrl" => char::is_ascii_control,
        "space" => |it| matches!(it, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c'),
        "blank" => |it| matches!(it, ' ' | '\t'),
        _ => return None,
    })
}
