//! What the shell does itself because a program could not: variables, `read`, `exit`, `break`, and `test`.

use super::limits;
use super::run::{Flow, Runner};
use super::syntax::is_name;
use crate::shell::Output;

impl Runner<'_, '_> {
    /// Runs a command of the shell itself; `None` if it has none of that name.
    pub(super) fn builtin(&mut self, words: &[String]) -> Option<(Flow, Output)> {
        let (name, rest) = words.split_first()?;
        let number = |otherwise: i32| rest.first().and_then(|it| it.parse::<i32>().ok()).unwrap_or(otherwise);
        let done = |output: Output| Some((Flow::On, output));
        match name.as_str() {
            ":" | "cd" | "set" => done(Output::default()),
            "exit" => {
                let code = number(self.status) & 0xff;
                Some((Flow::Exit, Output::failed("", code)))
            }
            "break" => Some((Flow::Break(number(1).max(1).unsigned_abs() as usize), Output::default())),
            "continue" => Some((
                Flow::Continue(number(1).max(1).unsigned_abs() as usize),
                Output::default(),
            )),
            "export" | "readonly" | "declare" | "local" => done(self.assign(name, rest)),
            "unset" => {
                for name in rest {
                    self.variables.remove(name);
                }
                done(Output::default())
            }
            "read" => done(self.read(rest)),
            "test" => done(self.test(rest)),
            "[" => done(match rest.split_last() {
                Some((last, words)) if last == "]" => self.test(words),
                _ => Output::failed("sh: [: missing `]'\n", 2),
            }),
            "eval" => {
                let output = super::script(self.context, self.place, self.variables, self.status, &rest.join(" "));
                done(output)
            }
            // The terminal knows `k` by itself.
            "alias" if rest.iter().all(|it| it == "k=kubectl") => done(Output::default()),
            "alias" | "source" | "." | "trap" | "jobs" | "fg" | "bg" => done(Output::failed(
                format!("sh: {name} is not simulated in this shell\n"),
                127,
            )),
            _ => None,
        }
    }

    fn assign(&mut self, command: &str, words: &[String]) -> Output {
        for word in words.iter().filter(|it| !it.starts_with('-')) {
            let (name, value) = word
                .split_once('=')
                .map_or((word.as_str(), None), |(name, it)| (name, Some(it)));
            if !is_name(name) {
                return Output::failed(format!("sh: {command}: `{word}': not a valid identifier\n"), 1);
            }
            if let Some(value) = value
                && let Err(error) = limits::set(self.variables, name.to_owned(), value.to_owned())
            {
                return Output::failed(format!("sh: {command}: {error}\n"), 1);
            }
        }
        Output::default()
    }

    /// Takes a line of standard input into variables, the last of which gets what is left of it.
    fn read(&mut self, words: &[String]) -> Output {
        let Some(text) = self.context.stdin.take().filter(|it| !it.is_empty()) else {
            return Output::failed("", 1);
        };
        let (line, rest) = text.split_once('\n').unwrap_or((&text, ""));
        let names: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|it| !it.starts_with('-'))
            .collect();
        let mut left = line.trim_matches([' ', '\t']);
        for (idx, name) in names.iter().enumerate() {
            let (value, after) = match left.split_once([' ', '\t']) {
                Some((value, after)) if idx + 1 < names.len() => (value, after.trim_start_matches([' ', '\t'])),
                _ => (left, ""),
            };
            if let Err(error) = limits::set(self.variables, (*name).to_owned(), value.to_owned()) {
                return Output::failed(format!("sh: read: {error}\n"), 1);
            }
            left = after;
        }
        if names.is_empty()
            && let Err(error) = limits::set(self.variables, "REPLY".to_owned(), line.to_owned())
        {
            return Output::failed(format!("sh: read: {error}\n"), 1);
        }
        self.context.stdin = Some(rest.to_owned());
        Output::default()
    }

    /// `test`: strings, whole numbers, and whether a file is there.
    fn test(&self, words: &[String]) -> Output {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let number = |text: &str| {
            text.trim()
                .parse::<i64>()
                .map_err(|_| Output::failed(format!("sh: [: {text}: integer expression expected\n"), 2))
        };
        let holds = |words: &[&str]| -> Result<bool, Output> {
            Ok(match *words {
                [] => false,
                [word] => !word.is_empty(),
                ["-z", word] => word.is_empty(),
                ["-n", word] => !word.is_empty(),
                ["-f" | "-e" | "-r" | "-s", path] => self.context.file(path).is_some(),
                [a, "=" | "==", b] => a == b,
                [a, "!=", b] => a != b,
                [a, "-eq", b] => number(a)? == number(b)?,
                [a, "-ne", b] => number(a)? != number(b)?,
                [a, "-lt", b] => number(a)? < number(b)?,
                [a, "-le", b] => number(a)? <= number(b)?,
                [a, "-gt", b] => number(a)? > number(b)?,
                [a, "-ge", b] => number(a)? >= number(b)?,
                _ => return Err(Output::failed("sh: [: this form is not simulated in this shell\n", 2)),
            })
        };
        let (negated, words) = match words.split_first() {
            Some((&"!", rest)) => (true, rest),
            _ => (false, &words[..]),
        };
        match holds(words) {
            Ok(true) => Output::failed("", i32::from(negated)),
            Ok(false) => Output::failed("", i32::from(!negated)),
            Err(output) => output,
        }
    }
}
