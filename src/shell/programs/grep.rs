//! `grep`.

use regex_lite::Regex;

use super::options::{Item, Options, switch, value};
use super::place::{input, named_inputs};
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

const OPTIONS: Options = Options::clusters(&[
    switch(&["-i", "--ignore-case"]),
    switch(&["-c", "--count"]),
    switch(&["-v", "--invert-match"]),
    switch(&["-q", "--quiet", "--silent"]),
    switch(&["-E", "--extended-regexp", "-P"]),
    switch(&["-F", "--fixed-strings"]),
    switch(&["-G", "--basic-regexp"]),
    switch(&["-n", "--line-number"]),
    switch(&["-o", "--only-matching"]),
    switch(&["-w", "--word-regexp"]),
    switch(&["-x", "--line-regexp"]),
    switch(&["-l", "--files-with-matches"]),
    switch(&["-H", "--with-filename"]),
    switch(&["-h", "--no-filename"]),
    value(&["-e", "--regexp"]),
    value(&["-m", "--max-count"]),
    value(&["-A", "--after-context"]),
    value(&["-B", "--before-context"]),
    value(&["-C", "--context"]),
    // Without effect here.
    switch(&["-s", "--no-messages"]),
    switch(&["-a", "--text"]),
    switch(&["--line-buffered"]),
    value(&["--color", "--colour"]),
]);

/// What a command line asks for.
#[derive(Default)]
struct Grep {
    given: Vec<&'static str>,
    patterns: Vec<String>,
    before: usize,
    after: usize,
    most: Option<usize>,
}

impl Grep {
    fn has(&self, option: &str) -> bool {
        self.given.contains(&option)
    }

    /// The expression that a line must match.
    fn regex(&self) -> Result<Regex, Output> {
        let patterns = self.patterns.iter().flat_map(|it| it.split('\n'));
        let alternatives: Vec<String> = patterns
            .map(|pattern| {
                if self.has("-F") {
                    escaped(pattern)
                } else if self.has("-E") {
                    pattern.to_owned()
                } else {
                    extended(pattern)
                }
            })
            .collect();
        let mut whole = format!("(?:{})", alternatives.join("|"));
        if self.has("-w") {
            whole = format!(r"\b{whole}\b");
        }
        if self.has("-x") {
            whole = format!("^{whole}$");
        }
        if self.has("-i") {
            whole = format!("(?i){whole}");
        }
        Regex::new(&whole).map_err(|error| Output::failed(format!("grep: {error}\n"), 2))
    }
}

/// A text that matches itself.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if letter.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// A basic regular expression as an extended one: there `\|`, `\(`, `\+` and their like are the operators.
fn extended(pattern: &str) -> String {
    let mut out = String::new();
    let mut letters = pattern.chars().peekable();
    let mut in_set = false;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if !in_set => match letters.next() {
                Some(operator @ ('|' | '(' | ')' | '+' | '?' | '{' | '}')) => out.push(operator),
                Some('<' | '>') => out.push_str(r"\b"),
                Some(other) => {
                    out.push('\\');
                    out.push(other);
                }
                None => out.push_str(r"\\"),
            },
            '|' | '(' | ')' | '+' | '?' | '{' | '}' if !in_set => {
                out.push('\\');
                out.push(letter);
            }
            '[' if !in_set => {
                in_set = true;
                out.push('[');
                // A bracket that comes first is one of the set.
                if letters.peek() == Some(&'^') {
                    out.extend(letters.next());
                }
                if letters.peek() == Some(&']') {
                    letters.next();
                    out.push_str(r"\]");
                }
            }
            ']' => {
                in_set = false;
                out.push(']');
            }
            // At its beginning a star is a star.
            '*' if out.is_empty() || out == "^" => out.push_str(r"\*"),
            other => out.push(other),
        }
    }
    out
}

/// `grep [OPTION]... PATTERN [FILE]...`
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let usage = || Output::failed("Usage: grep [OPTION]... PATTERNS [FILE]...\n", 2);
    let mut grep = Grep::default();
    let mut files: Vec<&str> = Vec::new();
    for item in OPTIONS.read(words) {
        match item {
            Item::Option("-e", value) => grep.patterns.push(value.to_owned()),
            Item::Option(name @ ("-A" | "-B" | "-C" | "-m"), value) => {
                let number: usize = value
                    .parse()
                    .map_err(|_| Output::failed(format!("grep: {value}: invalid context length argument\n"), 2))?;
                match name {
                    "-A" => grep.after = number,
                    "-B" => grep.before = number,
                    "-C" => (grep.before, grep.after) = (number, number),
                    _ => grep.most = Some(number),
                }
            }
            Item::Option(name, _) => grep.given.push(name),
            Item::Missing(_, written) => {
                let letter = written.trim_start_matches('-');
                return Err(Output::failed(
                    format!("grep: option requires an argument -- '{letter}'\n"),
                    2,
                ));
            }
            Item::Unknown(word) => {
                return Err(Output::failed(format!("grep: unrecognized option '{word}'\n"), 2));
            }
            Item::UnknownLetter(letter) => {
                return Err(Output::failed(format!("grep: invalid option -- '{letter}'\n"), 2));
            }
            Item::Argument(word) => files.push(word),
        }
    }
    if grep.patterns.is_empty() {
        if files.is_empty() {
            return Err(usage());
        }
        grep.patterns.push(files.remove(0).to_owned());
    }
    let regex = grep.regex()?;
    let mut output = Output::default();
    let texts = match files.len() {
        0 => vec![(String::new(), input(context, place, &[])?)],
        _ => named_inputs(context, place, "grep", &files, &mut output),
    };
    let with_names = grep.has("-H") || texts.len() > 1 && !grep.has("-h");
    let mut found = 0;
    for (name, text) in &texts {
        let name = if with_names { name.as_str() } else { "" };
        found += search(&grep, &regex, name, text, &mut output.stdout);
    }
    if grep.has("-q") {
        output.stdout.clear();
    }
    if output.exit_code == 0 || found > 0 && grep.has("-q") {
        output.exit_code = i32::from(found == 0);
    }
    Ok(output)
}

/// Writes what is found in one text; in how many lines.
fn search(grep: &Grep, regex: &Regex, name: &str, text: &str, out: &mut String) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let hits: Vec<usize> = (0..lines.len())
        .filter(|&idx| regex.is_match(lines[idx]) != grep.has("-v"))
        .take(grep.most.unwrap_or(usize::MAX))
        .collect();
    let head = |idx: usize, sign: char| {
        let mut head = String::new();
        if !name.is_empty() {
            head.push_str(&format!("{name}{sign}"));
        }
        if grep.has("-n") {
            head.push_str(&format!("{}{sign}", idx + 1));
        }
        head
    };
    if grep.has("-c") {
        let head = if name.is_empty() {
            String::new()
        } else {
            format!("{name}:")
        };
        out.push_str(&format!("{head}{}\n", hits.len()));
    } else if grep.has("-l") {
        if !hits.is_empty() {
            out.push_str(&format!(
                "{}\n",
                if name.is_empty() { "(standard input)" } else { name }
            ));
        }
    } else if grep.has("-o") {
        for &idx in hits.iter().filter(|_| !grep.has("-v")) {
            for it in regex.find_iter(lines[idx]).filter(|it| !it.is_empty()) {
                out.push_str(&format!("{}{}\n", head(idx, ':'), it.as_str()));
            }
        }
    } else {
        let mut next = 0;
        for &hit in &hits {
            let first = hit.saturating_sub(grep.before).max(next);
            if next > 0 && first > next && grep.before + grep.after > 0 {
                out.push_str("--\n");
            }
            let last = (hit + grep.after).min(lines.len().saturating_sub(1));
            for (idx, line) in lines.iter().enumerate().take(last + 1).skip(first) {
                let sign = if hits.contains(&idx) { ':' } else { '-' };
                out.push_str(&format!("{}{line}\n", head(idx, sign)));
            }
            next = next.max(last + 1);
        }
    }
    hits.len()
}

#[cfg(test)]
mod tests {
    use super::extended;

    #[test]
    fn basic_expressions_have_their_operators_behind_a_backslash() {
        for (basic, expected) in [
            (r"a\|b", "a|b"),
            ("a|b", r"a\|b"),
            (r"\(x\)*", "(x)*"),
            ("f(x)+", r"f\(x\)\+"),
            ("*x", r"\*x"),
            ("[]a(]", r"[\]a(]"),
        ] {
            assert_eq!(extended(basic), expected, "{basic}");
        }
    }
}
