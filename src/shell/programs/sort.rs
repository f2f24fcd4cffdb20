//! `sort`.

use std::cmp::Ordering;

use super::options::{Item, Options, switch, value};
use super::place::input;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::print::order::natural;
use crate::shell::{CommandResult, Output};
use crate::small_sort::SmallSort as _;

/// Lines that one `sort` takes.
const MOST_SORTED: usize = 500_000;

const OPTIONS: Options = Options::clusters(&[
    switch(&["-u", "--unique"]),
    switch(&["-r", "--reverse"]),
    switch(&["-n", "--numeric-sort", "-g"]),
    switch(&["-V", "--version-sort"]),
    switch(&["-f", "--ignore-case"]),
    switch(&["-s", "--stable"]),
    switch(&["-b", "--ignore-leading-blanks"]),
    value(&["-k", "--key"]),
    value(&["-t", "--field-separator"]),
]);

/// How texts are compared.
#[derive(Clone, Copy, Default)]
struct Manner {
    numeric: bool,
    version: bool,
    fold: bool,
    reverse: bool,
}

impl Manner {
    fn add(&mut self, letter: char) {
        match letter {
            'n' | 'g' => self.numeric = true,
            'V' => self.version = true,
            'f' => self.fold = true,
            'r' => self.reverse = true,
            _ => {}
        }
    }

    fn compare(self, a: &str, b: &str) -> Ordering {
        let order = if self.numeric {
            number(a).total_cmp(&number(b))
        } else if self.version {
            natural(a, b)
        } else if self.fold {
            a.to_lowercase().cmp(&b.to_lowercase())
        } else {
            a.cmp(b)
        };
        if self.reverse { order.reverse() } else { order }
    }
}

/// The number a text begins with; 0 where it begins with none.
fn number(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, it)| !(it.is_ascii_digit() || *it == '.' || *it == '-' && *at == 0))
        .map_or(text.len(), |it| it.0);
    text[..end].parse().unwrap_or(0.0)
}

/// `-k FROM[,TO]`: fields of a line, from 1.
struct Key {
    from: usize,
    /// `None`: to the end of the line.
    to: Option<usize>,
    /// `None`: as all lines are compared.
    manner: Option<Manner>,
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        let mut manner = Manner::default();
        let mut has_manner = false;
        let mut field = |text: &str| -> Option<usize> {
            let digits = text.trim_end_matches(|it: char| it.is_ascii_alphabetic());
            for letter in text[digits.len()..].chars() {
                has_manner = true;
                manner.add(letter);
            }
            digits.split('.').next()?.parse().ok()
        };
        let (from, to) = match text.split_once(',') {
            Some((from, to)) => (field(from)?, Some(field(to)?)),
            None => (field(text)?, None),
        };
        (from > 0).then_some(Self {
            from,
            to,
            manner: has_manner.then_some(manner),
        })
    }

    fn of<'a>(&self, line: &'a str, separator: Option<char>) -> &'a str {
        let fields: Vec<(usize, usize)> = match separator {
            Some(sign) => {
                let mut at = 0;
                let parts = line.split(sign);
                parts
                    .map(|part| {
                        let start = at;
                        at += part.len() + sign.len_utf8();
                        (start, start + part.len())
                    })
                    .collect()
            }
            None => {
                // A field has the blanks before it.
                let mut found = Vec::new();
                let (mut start, mut in_word) = (0, false);
                for (at, letter) in line.char_indices() {
                    let blank = matches!(letter, ' ' | '\t');
                    if blank && in_word {
                        found.push((start, at));
                        start = at;
                    }
                    in_word = !blank;
                }
                found.push((start, line.len()));
                found
            }
        };
        let Some((start, _)) = fields.get(self.from - 1) else {
            return "";
        };
        let end = self
            .to
            .and_then(|to| fields.get(to.max(1) - 1))
            .map_or(line.len(), |it| it.1);
        line.get(*start..end).unwrap_or_default()
    }
}

pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let (mut manner, mut unique, mut stable) = (Manner::default(), false, false);
    let (mut keys, mut separator, mut files) = (Vec::new(), None, Vec::new());
    for item in OPTIONS.read(words) {
        match item {
            Item::Option("-u", _) => unique = true,
            Item::Option("-s", _) => stable = true,
            Item::Option("-t", value) => separator = value.replace("\\t", "\t").chars().next(),
            Item::Option("-k", value) => {
                let wrong = || {
                    Output::failed(
                        format!("sort: invalid number at field start: invalid count at start of '{value}'\n"),
                        2,
                    )
                };
                keys.push(Key::parse(value).ok_or_else(wrong)?);
            }
            Item::Option(name, _) => manner.add(name.chars().nth(1).unwrap_or(' ')),
            Item::Missing(_, written) => {
                let letter = written.trim_start_matches('-');
                return Err(Output::failed(
                    format!("sort: option requires an argument -- '{letter}'\n"),
                    2,
                ));
            }
            Item::Unknown(word) => {
                return Err(Output::failed(format!("sort: unrecognized option '{word}'\n"), 2));
            }
            Item::UnknownLetter(letter) => {
                return Err(Output::failed(format!("sort: invalid option -- '{letter}'\n"), 2));
            }
            Item::Argument(word) => files.push(word),
        }
    }
    let text = input(context, place, &files)?;
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.len() > MOST_SORTED {
        return Err(Output::failed(
            format!("sort: at most {MOST_SORTED} lines are sorted in this shell\n"),
            2,
        ));
    }
    let by_keys = |a: &str, b: &str| {
        if keys.is_empty() {
            return manner.compare(a, b);
        }
        keys.iter()
            .map(|key| {
                let manner = key.manner.unwrap_or(manner);
                manner.compare(key.of(a, separator), key.of(b, separator))
            })
            .find(|it| it.is_ne())
            .unwrap_or(Ordering::Equal)
    };
    let whole = |a: &str, b: &str| if manner.reverse { b.cmp(a) } else { a.cmp(b) };
    lines.small_sort_by(|a, b| {
        let order = by_keys(a, b);
        // What is equal by its keys is compared as a whole.
        if order.is_eq() && !unique && !stable {
            whole(a, b)
        } else {
            order
        }
    });
    if unique {
        lines.dedup_by(|a, b| by_keys(a, b).is_eq());
    }
    Ok(Output::ok(
        lines.iter().map(|line| format!("{line}\n")).collect::<String>(),
    ))
}
