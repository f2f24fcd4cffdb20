//! `sh`, `bash` and `ash`: commands in a shell of their own.

use super::place::environment;
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::sh::{self, Variables};
use crate::shell::{CommandResult, Output};

/// `sh -c 'COMMANDS' [NAME [PARAMETER]...]`, `sh FILE [PARAMETER]...`, and commands from standard input.
/// `shell` is the name by which it was called.
pub(super) fn run(context: &mut Context<'_>, place: &Source, shell: &'static str, words: &[String]) -> CommandResult {
    let mut variables: Variables = environment(context, place).unwrap_or_default();
    let flags = words
        .iter()
        .take_while(|it| it.starts_with('-') && it.len() > 1)
        .count();
    let (flags, words) = words.split_at(flags);
    let is_text = flags.iter().any(|it| !it.starts_with("--") && it.contains('c'));
    let (text, parameters) = match (words.split_first(), is_text) {
        (Some((text, rest)), true) => (text.clone(), rest),
        (Some((file, _)), false) => match context.file(file) {
            Some(text) => (text, words),
            None => {
                return Err(Output::failed(
                    format!("sh: can't open '{file}': No such file or directory\n"),
                    2,
                ));
            }
        },
        (None, true) => return Err(Output::failed("sh: -c requires an argument\n", 2)),
        (None, false) => match context.stdin.take() {
            Some(text) if !text.is_empty() => (text, words),
            _ => {
                return Err(Output::failed(
                    "Kubehop: there is no interactive shell here; write sh -c 'COMMAND'\n",
                    1,
                ));
            }
        },
    };
    // Behind `-c TEXT` the first word is `$0`; a file is its own.
    for (idx, word) in parameters.iter().enumerate() {
        variables.insert(idx.to_string(), word.clone());
    }
    let outer = std::mem::replace(&mut context.shell_name, shell);
    let output = sh::script(context, place, &mut variables, 0, &text);
    context.shell_name = outer;
    Ok(output)
}
