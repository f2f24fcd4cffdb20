//! Words to what programs get: variables, substitution, arithmetic, splitting (POSIX shell, 2.6 *Word Expansions*).

use super::arithmetic;
use super::lex::{Part, PartKind, Word};
use super::limits;
use super::run::Runner;

/// What a brace range (`{1..10}`) may stand for at most.
const LONGEST_RANGE: i64 = 1000;

impl Runner<'_, '_> {
    /// The fields that words stand for; what is not quoted may stand for none or many.
    ///
    /// # Errors
    /// What the shell says of an expansion that it cannot make.
    pub(super) fn fields(&mut self, words: &[Word]) -> Result<Vec<String>, String> {
        let mut fields = Vec::new();
        let mut room = limits::WORD_BYTES;
        for word in words {
            if let Some(text) = word.plain()
                && let Some(range) = range(text)
            {
                fields.extend(
                    range.ok_or_else(|| format!("{text}: a brace range stands for at most {LONGEST_RANGE} words"))?,
                );
                continue;
            }
            let mut field: Option<String> = None;
            for part in &word.parts {
                let text = self.part(part)?;
                take(&mut room, &text)?;
                if part.quoted || matches!(part.kind, PartKind::Text(_)) {
                    field.get_or_insert_default().push_str(&text);
                    continue;
                }
                let mut rest = text.as_str();
                while let Some(at) = rest.find([' ', '\t', '\n']) {
                    if at > 0 {
                        field.get_or_insert_default().push_str(&rest[..at]);
                    }
                    fields.extend(field.take());
                    rest = &rest[at + 1..];
                }
                if !rest.is_empty() {
                    field.get_or_insert_default().push_str(rest);
                }
            }
            fields.extend(field);
        }
        Ok(fields)
    }

    /// What a word stands for where nothing is split: values, file names, here-documents.
    ///
    /// # Errors
    /// As [`Self::fields`].
    pub(super) fn text(&mut self, word: &Word) -> Result<String, String> {
        let mut text = String::new();
        let mut room = limits::WORD_BYTES;
        for part in &word.parts {
            let more = self.part(part)?;
            take(&mut room, &more)?;
            text.push_str(&more);
        }
        Ok(text)
    }

    fn part(&mut self, part: &Part) -> Result<String, String> {
        match &part.kind {
            PartKind::Text(text) => Ok(text.clone()),
            PartKind::Commands(commands) => Ok(self.substitute(commands)),
            PartKind::Arithmetic(expression) => {
                let text = self.text(expression)?;
                arithmetic::evaluate(&text, self.variables).map(|value| value.to_string())
            }
            PartKind::Variable(name, operator, argument) => self.variable(name, operator, argument),
        }
    }

    fn variable(&mut self, name: &str, operator: &str, argument: &Word) -> Result<String, String> {
        let parameters = || {
            (1..)
                .map_while(|idx: usize| self.variables.get(&idx.to_string()).cloned())
                .collect::<Vec<String>>()
        };
        let value = match name {
            "?" => Some(self.status.to_string()),
            "#" => Some(parameters().len().to_string()),
            "@" | "*" => Some(parameters().join(" ")),
            _ => self.variables.get(name).cloned(),
        };
        let missing = value
            .as_ref()
            .is_none_or(|it| it.is_empty() && operator.starts_with(':'));
        let value = value.unwrap_or_default();
        match operator {
            ":-" | "-" if missing => self.text(argument),
            ":=" if missing => {
                let text = self.text(argument)?;
                limits::set(self.variables, name.to_owned(), text.clone())?;
                Ok(text)
            }
            ":+" if missing => Ok(String::new()),
            ":+" => self.text(argument),
            "#" | "##" | "%" | "%%" => {
                let pattern = self.text(argument)?;
                Ok(trimmed(&value, operator, &pattern).to_owned())
            }
            _ => Ok(value),
        }
    }
}

/// Takes what a part of a word stands for from the room that the words of a command have.
fn take(room: &mut usize, text: &str) -> Result<(), String> {
    *room = room
        .checked_sub(text.len())
        .ok_or_else(|| format!("the words of a command stand for at most {} bytes", limits::WORD_BYTES))?;
    Ok(())
}

/// `{1..5}` and `{5..1}`; `Some(None)` for a range that is too long.
fn range(text: &str) -> Option<Option<impl Iterator<Item = String>>> {
    let (from, to) = text.strip_prefix('{')?.strip_suffix('}')?.split_once("..")?;
    let (from, to): (i64, i64) = (from.parse().ok()?, to.parse().ok()?);
    let n = i64::try_from(from.abs_diff(to)).ok().filter(|n| *n < LONGEST_RANGE);
    let step = if to < from { -1 } else { 1 };
    Some(n.map(|n| (0..=n).map(move |idx| (from + idx * step).to_string())))
}

/// `${NAME#PATTERN}` and its like: the shortest or longest beginning or end that matches taken away.
fn trimmed<'a>(value: &'a str, operator: &str, pattern: &str) -> &'a str {
    let cuts = || value.char_indices().map(|it| it.0).chain([value.len()]);
    let prefix = |at: &usize| matches(pattern, &value[..*at]);
    let suffix = |at: &usize| matches(pattern, &value[*at..]);
    match operator {
        "#" => cuts().find(prefix).map_or(value, |at| &value[at..]),
        "##" => cuts().rfind(prefix).map_or(value, |at| &value[at..]),
        "%" => cuts().rfind(suffix).map_or(value, |at| &value[..at]),
        _ => cuts().find(suffix).map_or(value, |at| &value[..at]),
    }
}

/// Whether a pattern with `*` and `?` matches all of a text. Linear in memory, at most quadratic in time.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // The last `*`, and the text behind what it has swallowed so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(letter) if *letter == '?' || *letter == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, swallowed)) => {
                    star = Some((at, swallowed + 1));
                    p = at + 1;
                    t = swallowed + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|it| *it == '*')
}
