//! Flags as kubectl reads them (`spf13/pflag`): anywhere among the arguments, with kubectl's errors.

use std::collections::BTreeMap;

use crate::apply::FieldValidation;
use crate::go;
use crate::shell::Output;

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// `true` when given; `--flag=false` is possible.
    Switch,
    /// A text; the last one counts.
    Text,
    /// Texts that add up; commas separate too.
    List,
    /// Texts that add up, each as it stands.
    Each,
    /// A whole number.
    Number,
    /// A text, or this one if none is given with `=`.
    Optional(&'static str),
}

/// One flag.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Long name without dashes.
    pub long: &'static str,
    /// Short name; `'\0'` for none.
    pub short: char,
    /// What it takes.
    pub takes: Takes,
}

/// A flag with a short name.
pub const fn short(short: char, long: &'static str, takes: Takes) -> Flag {
    Flag { long, short, takes }
}

/// A flag without a short name.
pub const fn long(long: &'static str, takes: Takes) -> Flag {
    Flag {
        long,
        short: '\0',
        takes,
    }
}

/// Flags of commands that take files (`resource.FilenameOptions`).
pub const FILES: &[Flag] = &[
    short('f', "filename", Takes::List),
    short('k', "kustomize", Takes::Text),
    short('R', "recursive", Takes::Switch),
];

/// Flags of every kubectl command.
pub const GLOBAL: &[Flag] = &[
    short('n', "namespace", Takes::Text),
    short('h', "help", Takes::Switch),
    short('s', "server", Takes::Text),
    short('v', "v", Takes::Text),
    long("context", Takes::Text),
    long("cluster", Takes::Text),
    long("user", Takes::Text),
    long("kubeconfig", Takes::Text),
    long("request-timeout", Takes::Text),
    long("as", Takes::Text),
    long("as-group", Takes::Each),
    long("token", Takes::Text),
    long("insecure-skip-tls-verify", Takes::Switch),
    long("warnings-as-errors", Takes::Switch),
];

/// Flags of commands that print objects (`get.PrintFlags`), beside `-o`.
pub const PRINT: &[Flag] = &[
    long("show-managed-fields", Takes::Switch),
    long("allow-missing-template-keys", Takes::Switch),
    long("template", Takes::Text),
];

fn find<'a>(specs: &[&'a [Flag]], test: impl Fn(&Flag) -> bool) -> Option<&'a Flag> {
    specs.iter().copied().flatten().chain(GLOBAL).find(|it| test(it))
}

/// Arguments with their flags taken out.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    values: BTreeMap<&'static str, Vec<String>>,
    /// What is no flag, in order.
    pub args: Vec<String>,
    /// How many of `args` stood before `--`, if there was one.
    pub dash_at: Option<usize>,
}

/// Where the first argument stands that is neither a flag nor the value of one, as `cobra` looks for the name of a
/// subcommand. `specs` are the flags that are known there.
pub(super) fn first_argument(specs: &[&[Flag]], words: &[String]) -> Option<usize> {
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let takes_none =
            |flag: Option<&Flag>| flag.is_some_and(|it| matches!(it.takes, Takes::Switch | Takes::Optional(_)));
        let is_short = word.len() == 2;
        if word == "--" {
            return None;
        } else if let Some(name) = word.strip_prefix("--") {
            let alone = name.contains('=') || takes_none(find(specs, |it| it.long == name));
            at += if alone { 1 } else { 2 };
        } else if let Some(letters) = word.strip_prefix('-').filter(|it| !it.is_empty()) {
            let alone = !is_short || takes_none(find(specs, |it| letters.starts_with(it.short)));
            at += if alone { 1 } else { 2 };
        } else {
            return Some(at);
        }
    }
    None
}

/// A command that could not read its flags; `path` is its name behind `kubectl` (`rollout status`).
pub(super) fn usage(path: &str, error: &str) -> Output {
    Output::error(format!("{error}\nSee 'kubectl {path} --help' for usage."))
}

/// A command that was given too much or too little.
pub(super) fn subcommand_usage(path: &str, error: &str) -> Output {
    Output::error(format!("{error}\nSee 'kubectl {path} -h' for help and examples"))
}

impl Flags {
    /// Reads the words behind a command's name, by its own flags and those of every command. `path` is its name
    /// behind `kubectl`.
    ///
    /// # Errors
    /// The failure to print, in pflag's words.
    pub(super) fn of_command(path: &str, specs: &[&[Flag]], words: &[String]) -> Result<Self, Output> {
        Self::parse(specs, words).map_err(|error| usage(path, &error))
    }

    /// Reads `words` by `specs` and the flags of every command.
    ///
    /// # Errors
    /// What pflag says, such as `unknown flag: --foo`.
    pub fn parse(specs: &[&[Flag]], words: &[String]) -> Result<Self, String> {
        let mut flags = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                flags.dash_at = Some(flags.args.len());
                flags.args.extend(words.cloned());
                break;
            }
            if let Some(rest) = word.strip_prefix("--") {
                let (name, value) = match rest.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (rest, None),
                };
                if name.is_empty() || name.starts_with('-') {
                    return Err(format!("bad flag syntax: {word}"));
                }
                let flag = find(specs, |it| it.long == name).ok_or_else(|| format!("unknown flag: --{name}"))?;
                let value = match (value, flag.takes) {
                    (Some(value), _) => value,
                    (None, Takes::Switch) => "true".to_owned(),
                    (None, Takes::Optional(default)) => default.to_owned(),
                    (None, _) => words
                        .next()
                        .cloned()
                        .ok_or_else(|| format!("flag needs an argument: --{name}"))?,
                };
                flags.set(flag, value)?;
                continue;
            }
            match word.strip_prefix('-').filter(|it| !it.is_empty()) {
                Some(cluster) => flags.shorthands(cluster, &mut words, specs)?,
                None => flags.args.push(word.clone()),
            }
        }
        Ok(flags)
    }

    /// `-owide`, `-o wide`, `-o=wide`, `-it`.
    fn shorthands(
        &mut self,
        cluster: &str,
        words: &mut std::slice::Iter<'_, String>,
        specs: &[&[Flag]],
    ) -> Result<(), String> {
        for (at, letter) in cluster.char_indices() {
            let rest = &cluster[at + letter.len_utf8()..];
            let flag = find(specs, |it| it.short == letter && letter != '\0')
                .ok_or_else(|| format!("unknown shorthand flag: '{letter}' in -{}", &cluster[at..]))?;
            if let Some(value) = rest.strip_prefix('=') {
                return self.set(flag, value.to_owned());
            }
            match flag.takes {
                Takes::Switch => self.set(flag, "true".to_owned())?,
                Takes::Optional(default) => self.set(flag, default.to_owned())?,
                _ if !rest.is_empty() => return self.set(flag, rest.to_owned()),
                _ => {
                    let value = words
                        .next()
                        .ok_or_else(|| format!("flag needs an argument: '{letter}' in -{}", &cluster[at..]))?;
                    return self.set(flag, value.clone());
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, value: String) -> Result<(), String> {
        let named = || match flag.short {
            '\0' => format!("\"--{}\"", flag.long),
            short => format!("\"-{short}, --{}\"", flag.long),
        };
        let values = self.values.entry(flag.long).or_default();
        match flag.takes {
            Takes::Switch => {
                let Some(is_on) = go::parse_bool(&value) else {
                    return Err(format!(
                        "invalid argument {value:?} for {} flag: strconv.ParseBool: parsing {value:?}: invalid syntax",
                        named()
                    ));
                };
                *values = vec![is_on.to_string()];
            }
            Takes::Number => {
                if value.parse::<i64>().is_err() {
                    return Err(format!(
                        "invalid argument {value:?} for {} flag: strconv.ParseInt: parsing {value:?}: invalid syntax",
                        named()
                    ));
                }
                *values = vec![value];
            }
            Takes::List => values.extend(value.split(',').map(str::to_owned)),
            Takes::Each => values.push(value),
            Takes::Text | Takes::Optional(_) => *values = vec![value],
        }
        Ok(())
    }

    /// Whether a flag was given at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn on(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// The value of a flag.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.last().map(String::as_str)
    }

    /// All values of a flag that may be repeated.
    #[must_use]
    pub fn list(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether objects are chosen by something else than their names: `--all`, or a selector.
    #[must_use]
    pub fn selects(&self) -> bool {
        self.on("all") || self.has("selector") || self.has("field-selector")
    }

    /// The whole seconds of `--timeout`; `None` where it is not given.
    ///
    /// # Errors
    /// The failure to print, of the command with this `path`, where it is no duration.
    pub(super) fn timeout(&self, path: &str) -> Result<Option<i64>, Output> {
        let Some(text) = self.text("timeout") else {
            return Ok(None);
        };
        go::duration(text).map(Some).ok_or_else(|| {
            let error = format!("invalid argument {text:?} for \"--timeout\" flag: time: invalid duration {text:?}");
            usage(path, &error)
        })
    }

    /// `--validate` (`cmd/util/helpers.go GetValidationDirective`).
    ///
    /// # Errors
    /// The failure to print, where it has another value.
    pub(super) fn validation(&self) -> Result<FieldValidation, Output> {
        let text = self.text("validate").unwrap_or("strict");
        match (go::parse_bool(text), text) {
            (Some(true), _) | (_, "strict") => Ok(FieldValidation::Strict),
            (Some(false), _) | (_, "ignore") => Ok(FieldValidation::Ignore),
            (_, "warn") => Ok(FieldValidation::Warn),
            _ => Err(Output::error(format!(
                "invalid - validate option {}; must be one of: strict (or true), warn, ignore (or false)",
                go::quote(text)
            ))),
        }
    }

    /// The number a flag was given.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &[Flag] = &[
        short('o', "output", Takes::Text),
        short('A', "all-namespaces", Takes::Switch),
        short('w', "watch", Takes::Switch),
        short('L', "label-columns", Takes::List),
        long("replicas", Takes::Number),
        long("dry-run", Takes::Optional("unchanged")),
    ];

    fn parse(text: &str) -> Result<Flags, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Flags::parse(&[SPEC], &words)
    }

    #[test]
    fn flags_stand_anywhere_in_every_spelling() {
        let flags = parse("svc -owide web -Aw --replicas=3 -L a,b -L c --dry-run x -n=shop -- -o").expect("valid");
        assert_eq!(flags.args, ["svc", "web", "x", "-o"]);
        assert_eq!(flags.text("output"), Some("wide"));
        assert!(flags.on("all-namespaces") && flags.on("watch"));
        assert_eq!(flags.number("replicas"), Some(3));
        assert_eq!(flags.list("label-columns"), ["a", "b", "c"]);
        assert_eq!(flags.text("dry-run"), Some("unchanged"));
        assert_eq!(flags.text("namespace"), Some("shop"));
        assert_eq!(flags.dash_at, Some(3));
    }

    #[test]
    fn a_subcommand_is_found_behind_flags_and_their_values() {
        for (text, expected) in [
            ("-n shop status deploy", Some(2)),
            ("-nshop status", Some(1)),
            ("--namespace=shop status", Some(1)),
            ("--namespace shop -w status", Some(3)),
            ("--dry-run status", Some(1)),
            ("-o yaml -A status", Some(3)),
            ("-- status", None),
            ("-n", None),
        ] {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            assert_eq!(first_argument(&[SPEC], &words), expected, "{text}");
        }
    }

    #[test]
    fn mistakes_are_reported_in_pflags_words() {
        for (text, expected) in [
            ("--foo", "unknown flag: --foo"),
            ("-x", "unknown shorthand flag: 'x' in -x"),
            ("-n", "flag needs an argument: 'n' in -n"),
            ("--output", "flag needs an argument: --output"),
            (
                "--replicas=x",
                "invalid argument \"x\" for \"--replicas\" flag: strconv.ParseInt: parsing \"x\": invalid syntax",
            ),
            (
                "-w=x",
                "invalid argument \"x\" for \"-w, --watch\" flag: strconv.ParseBool: parsing \"x\": invalid syntax",
            ),
        ] {
            assert_eq!(parse(text).expect_err(text), expected);
        }
    }
}
