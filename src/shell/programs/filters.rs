//! Small programs that lines of output go through: `uniq -c`, `cut`, `tr`, `awk '{print $2}'`, and that make
//! them: `seq`, `printf`, `date`. What of them is rare says that it is not simulated.

use super::basic::filtered;
use crate::net::Source;
use crate::shell::Output;
use crate::shell::kubectl::Context;

/// How many numbers one `seq` may print.
const LONGEST_SEQUENCE: i64 = 10_000;

fn refused(program: &str, what: &str) -> Output {
    Output::failed(format!("{program}: {what} is not simulated in this shell\n"), 2)
}

/// `seq [FIRST [STEP]] LAST`.
pub(super) fn seq(_: &mut Context<'_>, _: &Source, words: &[String]) -> Output {
    let mut numbers = Vec::new();
    for word in words {
        match word.parse::<i64>() {
            Ok(number) => numbers.push(number),
            Err(_) => return Output::failed(format!("seq: invalid floating point argument: '{word}'\n"), 1),
        }
    }
    let (first, step, last) = match numbers[..] {
        [last] => (1, 1, last),
        [first, last] => (first, 1, last),
        [first, step, last] => (first, step, last),
        _ => return Output::failed("seq: missing operand\n", 1),
    };
    if step == 0 {
        return Output::failed("seq: invalid Zero increment value: '0'\n", 1);
    }
    let mut stdout = String::new();
    let mut at = first;
    for _ in 0..LONGEST_SEQUENCE {
        if (step > 0 && at > last) || (step < 0 && at < last) {
            break;
        }
        stdout.push_str(&format!("{at}\n"));
        at = at.saturating_add(step);
    }
    Output::ok(stdout)
}

/// `printf FORMAT [ARGUMENT]...` with `%s`, `%d`, `%%` and the usual escapes.
pub(super) fn printf(_: &mut Context<'_>, _: &Source, words: &[String]) -> Output {
    let Some((format, arguments)) = words.split_first() else {
        return Output::failed("printf: usage: printf format [arguments]\n", 2);
    };
    let mut arguments = arguments.iter().peekable();
    let mut stdout = String::new();
    loop {
        let before = arguments.len();
        let mut letters = format.chars();
        while let Some(letter) = letters.next() {
            match (letter, if "\\%".contains(letter) { letters.next() } else { None }) {
                ('\\', Some('n')) => stdout.push('\n'),
                ('\\', Some('t')) => stdout.push('\t'),
                ('\\', Some(other)) => stdout.push(other),
                ('%', Some('%')) => stdout.push('%'),
                ('%', Some('s' | 'd' | 'i' | 'b')) => stdout.push_str(arguments.next().map_or("", String::as_str)),
                ('%', _) => return refused("printf", "this format"),
                _ => stdout.push(letter),
            }
        }
        // The format is used again as long as it takes arguments.
        if arguments.peek().is_none() || arguments.len() == before {
            return Output::ok(stdout);
        }
    }
}

/// `date`, on the virtual clock: `date`, `date +%s`, `date -Iseconds`.
pub(super) fn date(context: &mut Context<'_>, _: &Source, words: &[String]) -> Output {
    let now = context.world.now();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["-u"] | ["-Iseconds"] => Output::ok(format!("{now}\n")),
        ["+%s"] => Output::ok(format!("{}\n", now.0.div_euclid(1000))),
        _ => refused("date", "this format"),
    }
}

/// `uniq [-c]`.
pub(super) fn uniq(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let (flags, files): (Vec<&String>, Vec<&String>) = words.iter().partition(|it| it.starts_with('-') && it.len() > 1);
    if let Some(unknown) = flags.iter().find(|it| **it != "-c" && **it != "-d") {
        return refused("uniq", unknown);
    }
    let text = match filtered(context, place, &files) {
        Ok(text) => text,
        Err(output) => return output,
    };
    let mut runs: Vec<(usize, &str)> = Vec::new();
    for line in text.lines() {
        match runs.last_mut() {
            Some((count, before)) if *before == line => *count += 1,
            _ => runs.push((1, line)),
        }
    }
    let has = |flag: &str| flags.iter().any(|it| *it == flag);
    let mut stdout = String::new();
    for (count, line) in runs {
        if has("-d") && count < 2 {
            continue;
        }
        if has("-c") {
            stdout.push_str(&format!("{count:7} "));
        }
        stdout.push_str(line);
        stdout.push('\n');
    }
    Output::ok(stdout)
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

/// `cut -dC -fLIST` and `cut -cLIST`.
pub(super) fn cut(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let (mut delimiter, mut list, mut by_letter) = ("\t".to_owned(), None, false);
    let mut files = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix('-').and_then(|it| it.chars().next()) else {
            files.push(word);
            continue;
        };
        let value = match &word[2..] {
            "" => words.next().cloned().unwrap_or_default(),
            value => value.to_owned(),
        };
        match flag {
            'd' => delimiter = value,
            'f' | 'c' => (list, by_letter) = (listed(&value), flag == 'c'),
            _ => return refused("cut", word),
        }
    }
    let Some(list) = list else {
        return Output::failed("cut: you must specify a list of bytes, characters, or fields\n", 1);
    };
    let text = match filtered(context, place, &files) {
        Ok(text) => text,
        Err(output) => return output,
    };
    let wanted = |idx: usize| list.iter().any(|(from, to)| (*from..=*to).contains(&(idx + 1)));
    let mut stdout = String::new();
    for line in text.lines() {
        if by_letter {
            stdout.extend(line.chars().enumerate().filter(|it| wanted(it.0)).map(|it| it.1));
        } else if !line.contains(&delimiter) {
            stdout.push_str(line);
        } else {
            let fields = line.split(&delimiter).enumerate().filter(|it| wanted(it.0));
            stdout.push_str(&fields.map(|it| it.1).collect::<Vec<_>>().join(&delimiter));
        }
        stdout.push('\n');
    }
    Output::ok(stdout)
}

/// `tr SET1 SET2` and `tr -d SET1`, letter by letter, with ranges.
pub(super) fn tr(context: &mut Context<'_>, _: &Source, words: &[String]) -> Output {
    let text = context.stdin.clone().unwrap_or_default();
    match words {
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
        _ => refused("tr", "this form"),
    }
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

/// `tee [-a] FILE`: what comes in goes on, and into a file.
pub(super) fn tee(context: &mut Context<'_>, _: &Source, words: &[String]) -> Output {
    let text = context.stdin.clone().unwrap_or_default();
    let appends = words.iter().any(|it| it == "-a");
    for path in words.iter().filter(|it| !it.starts_with('-')) {
        if !super::super::sh::write(context, path, &text, appends) {
            return Output::failed("tee: no space left on device\n", 1);
        }
    }
    Output::ok(text)
}

/// `awk [-F C] '[NR>1] {print $2, $1}'`: fields of lines, which is what it is mostly used for.
pub(super) fn awk(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let mut separator: Option<String> = None;
    let mut rest = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("-F") {
            Some("") => separator = words.next().cloned(),
            Some(value) => separator = Some(value.to_owned()),
            None => rest.push(word),
        }
    }
    let Some((program, files)) = rest.split_first() else {
        return Output::failed("usage: awk [-F fs] 'program' [file ...]\n", 2);
    };
    let Some((from, pieces)) = printed(program) else {
        return refused("awk", "a program other than '{print $1, …}'");
    };
    let text = match filtered(context, place, files) {
        Ok(text) => text,
        Err(output) => return output,
    };
    let mut stdout = String::new();
    for line in text.lines().skip(from) {
        let fields: Vec<&str> = match &separator {
            Some(separator) => line.split(separator.as_str()).collect(),
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
    Output::ok(stdout)
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
