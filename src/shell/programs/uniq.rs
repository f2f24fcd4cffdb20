//! `uniq`.

use super::not_simulated;
use super::place::input;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// `uniq [-c]`.
pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let (flags, files): (Vec<&str>, Vec<&str>) = words
        .iter()
        .map(String::as_str)
        .partition(|it| it.starts_with('-') && it.len() > 1);
    if let Some(unknown) = flags.iter().find(|it| **it != "-c" && **it != "-d") {
        return Err(not_simulated("uniq", unknown));
    }
    let text = input(context, place, &files)?;
    let mut runs: Vec<(usize, &str)> = Vec::new();
    for line in text.lines() {
        match runs.last_mut() {
            Some((count, before)) if *before == line => *count += 1,
            _ => runs.push((1, line)),
        }
    }
    let has = |flag: &str| flags.contains(&flag);
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
    Ok(Output::ok(stdout))
}
