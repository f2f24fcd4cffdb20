//! `grep`.

use super::place::input;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `grep [-icvqEF] PATTERN [FILE]`: regular expressions as `egrep` has them.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let flags: String = words
        .iter()
        .filter(|it| it.starts_with('-') && it.len() > 1)
        .map(|it| it.trim_start_matches('-'))
        .collect();
    if let Some(unknown) = flags.chars().find(|it| !"icvqEFno".contains(*it)) {
        return Err(Output::failed(
            format!("grep: -{unknown} is not simulated in this shell\n"),
            2,
        ));
    }
    let rest: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .filter(|it| !(it.starts_with('-') && it.len() > 1))
        .collect();
    let Some((pattern, files)) = rest.split_first() else {
        return Err(Output::failed("Usage: grep [OPTION]... PATTERNS [FILE]...\n", 2));
    };
    let text = input(context, place, files)?;
    let has = |flag: char| flags.contains(flag);
    let fold = |text: &str| if has('i') { text.to_lowercase() } else { text.to_owned() };
    let regex = if has('F') {
        None
    } else {
        let regex = regex_lite::Regex::new(&fold(pattern));
        Some(regex.map_err(|error| Output::failed(format!("grep: {error}\n"), 2))?)
    };
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .filter(|(_, line)| {
            let line = fold(line);
            let hit = match &regex {
                Some(regex) => regex.is_match(&line),
                None => line.contains(&fold(pattern)),
            };
            hit != has('v')
        })
        .map(|(idx, line)| {
            if has('n') {
                format!("{}:{line}", idx + 1)
            } else {
                line.to_owned()
            }
        })
        .collect();
    let stdout = if has('q') {
        String::new()
    } else if has('c') {
        format!("{}\n", lines.len())
    } else {
        lines.iter().map(|line| format!("{line}\n")).collect()
    };
    Ok(Output {
        stdout,
        exit_code: i32::from(lines.is_empty()),
        ..Output::default()
    })
}
