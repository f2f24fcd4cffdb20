//! `cat`.

use super::place::own_file;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

pub(super) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let mut output = Output::default();
    let paths: Vec<&String> = words.iter().filter(|it| *it == "-" || !it.starts_with('-')).collect();
    if paths.is_empty() {
        output.stdout = context.stdin.clone().unwrap_or_default();
    }
    for path in paths {
        match own_file(context, place, path).or_else(|| context.file(path)) {
            Some(text) => output.stdout.push_str(&text),
            None => {
                output
                    .stderr
                    .push_str(&format!("cat: {path}: No such file or directory\n"));
                output.exit_code = 1;
            }
        }
    }
    Ok(output)
}
