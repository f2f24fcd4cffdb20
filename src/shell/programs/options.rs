//! The options of programs: a table of what there is, and an iterator over what a command line holds of it.
//!
//! Programs read their items in order and answer to what is unknown or incomplete in their own words. Not here:
//! kubectl's flags, which have types and errors of their own (`kubectl::flags`).

use std::slice;

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    /// A value, in the same word or the next.
    Value,
    /// A value, in the next word only.
    NextWord,
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opt {
    /// How it is written, with dashes; programs know it by the first.
    names: &'static [&'static str],
    takes: Takes,
}

/// An option that takes nothing.
pub(super) const fn switch(names: &'static [&'static str]) -> Opt {
    let takes = Takes::Nothing;
    Opt { names, takes }
}

/// An option that takes a value: `-n 5`, `-n5`, `--lines 5`, `--lines=5`.
pub(super) const fn value(names: &'static [&'static str]) -> Opt {
    let takes = Takes::Value;
    Opt { names, takes }
}

/// An option whose value stands in the next word.
pub(super) const fn next_word(names: &'static [&'static str]) -> Opt {
    let takes = Takes::NextWord;
    Opt { names, takes }
}

/// How options of one letter are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// Several may stand behind one dash (`-sSo FILE`), as `getopt` reads them.
    Clusters,
    /// Each is a word of its own.
    Words,
}

/// All options of a program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options {
    table: &'static [Opt],
    style: Style,
}

/// What stands on a command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// An option, by its first name, and its value; that is empty where it takes none.
    Option(&'static str, &'a str),
    /// An option at the end of the line without the value that it takes: its first name, and how it was written.
    Missing(&'static str, &'static str),
    /// A word with a dash that is no option.
    Unknown(&'a str),
    /// A letter behind a dash that is no option.
    UnknownLetter(char),
    /// Anything else, `-` among it.
    Argument(&'a str),
}

impl Options {
    /// Options of which those of one letter may share a dash.
    pub(super) const fn clusters(table: &'static [Opt]) -> Self {
        let style = Style::Clusters;
        Self { table, style }
    }

    /// Options that are words of their own.
    pub(super) const fn words(table: &'static [Opt]) -> Self {
        let style = Style::Words;
        Self { table, style }
    }

    /// What stands on a command line, in order.
    pub(super) fn read<'a>(&self, words: &'a [String]) -> Items<'a> {
        Items {
            options: *self,
            words: words.iter(),
            cluster: "",
        }
    }

    /// The option that is written so.
    fn find(&self, written: &str) -> Option<(Opt, &'static str)> {
        self.table.iter().find_map(|option| {
            let name = option.names.iter().find(|it| **it == written)?;
            Some((*option, *name))
        })
    }
}

/// The words that do not begin with a dash, of programs whose options take no values.
pub(super) fn arguments(words: &[String]) -> Vec<&str> {
    words
        .iter()
        .map(String::as_str)
        .filter(|it| !it.starts_with('-'))
        .collect()
}

/// What stands on a command line, in order.
pub(super) struct Items<'a> {
    options: Options,
    words: slice::Iter<'a, String>,
    /// What is left of letters behind one dash.
    cluster: &'a str,
}

impl<'a> Items<'a> {
    fn value_in_next_word(&mut self, option: Opt, written: &'static str) -> Item<'a> {
        match self.words.next() {
            Some(value) => Item::Option(option.names[0], value),
            None => Item::Missing(option.names[0], written),
        }
    }

    /// The next letter of a cluster, maybe with the rest of it as its value.
    fn letter(&mut self) -> Option<Item<'a>> {
        let letter = self.cluster.chars().next()?;
        let (written, rest) = self.cluster.split_at(letter.len_utf8());
        let found = self.options.table.iter().find_map(|option| {
            let name = option.names.iter().find(|it| it.strip_prefix('-') == Some(written))?;
            Some((*option, *name))
        });
        self.cluster = rest;
        let Some((option, name)) = found else {
            return Some(Item::UnknownLetter(letter));
        };
        Some(match option.takes {
            Takes::Value if !rest.is_empty() => {
                self.cluster = "";
                Item::Option(option.names[0], rest)
            }
            Takes::Value | Takes::NextWord if rest.is_empty() => self.value_in_next_word(option, name),
            _ => Item::Option(option.names[0], ""),
        })
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        if let Some(item) = self.letter() {
            return Some(item);
        }
        let word = self.words.next()?;
        let (written, given) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word.as_str(), None),
        };
        if let Some((option, name)) = self.options.find(written) {
            return Some(match (option.takes, given) {
                (Takes::Nothing, _) => Item::Option(option.names[0], ""),
                (_, Some(value)) => Item::Option(option.names[0], value),
                (_, None) => self.value_in_next_word(option, name),
            });
        }
        let letters = match word.strip_prefix('-') {
            None | Some("") => return Some(Item::Argument(word)),
            Some(letters) => letters,
        };
        if letters.starts_with('-') {
            return Some(Item::Unknown(word));
        }
        if self.options.style == Style::Clusters {
            self.cluster = letters;
            return self.letter();
        }
        // `-c5`: the letter, and its value in the same word.
        let first = letters.chars().next().map_or(0, char::len_utf8);
        let (written, value) = word.split_at(1 + first);
        Some(match self.options.find(written) {
            Some((option, _)) if option.takes == Takes::Value => Item::Option(option.names[0], value),
            _ => Item::Unknown(word),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Opt] = &[
        switch(&["--silent", "-s"]),
        switch(&["-nv"]),
        value(&["--header", "-H"]),
        next_word(&["-w"]),
    ];

    fn read(options: Options, line: &str) -> Vec<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        options.read(&words).map(|it| format!("{it:?}")).collect()
    }

    #[test]
    fn every_spelling_is_the_same_option() {
        for line in [
            "-s -H x a",
            "-sHx a",
            "-sH x a",
            "--silent --header=x a",
            "--silent=1 --header x a",
        ] {
            assert_eq!(
                read(Options::clusters(TABLE), line),
                [
                    "Option(\"--silent\", \"\")",
                    "Option(\"--header\", \"x\")",
                    "Argument(\"a\")"
                ],
                "{line}"
            );
        }
        assert_eq!(read(Options::words(TABLE), "-Hx")[0], "Option(\"--header\", \"x\")");
    }

    #[test]
    fn what_is_wrong_is_named_as_it_was_written() {
        for (style, line, expected) in [
            (
                Style::Clusters,
                "-sX",
                "[Option(\"--silent\", \"\"), UnknownLetter('X')]",
            ),
            (Style::Clusters, "-nv", "[Option(\"-nv\", \"\")]"),
            (Style::Clusters, "--foo=1", "[Unknown(\"--foo=1\")]"),
            (Style::Clusters, "--", "[Unknown(\"--\")]"),
            (Style::Clusters, "-", "[Argument(\"-\")]"),
            (Style::Clusters, "-H", "[Missing(\"--header\", \"-H\")]"),
            (Style::Clusters, "--header", "[Missing(\"--header\", \"--header\")]"),
            (
                Style::Clusters,
                "-ws 5",
                "[Option(\"-w\", \"\"), Option(\"--silent\", \"\"), Argument(\"5\")]",
            ),
            (
                Style::Clusters,
                "-sw 5",
                "[Option(\"--silent\", \"\"), Option(\"-w\", \"5\")]",
            ),
            (Style::Words, "-sX", "[Unknown(\"-sX\")]"),
            (Style::Words, "-w5", "[Unknown(\"-w5\")]"),
            (Style::Words, "-é", "[Unknown(\"-é\")]"),
        ] {
            let found = read(Options { table: TABLE, style }, line);
            assert_eq!(format!("[{}]", found.join(", ")), expected, "{line}");
        }
    }
}
