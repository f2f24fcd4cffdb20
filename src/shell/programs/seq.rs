//! `seq`.

use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// How many numbers one `seq` may print.
const LONGEST_SEQUENCE: i64 = 10_000;

/// `seq [FIRST [STEP]] LAST`.
pub(super) fn run(_: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    let mut numbers = Vec::new();
    for word in words {
        match word.parse::<i64>() {
            Ok(number) => numbers.push(number),
            Err(_) => {
                return Err(Output::failed(
                    format!("seq: invalid floating point argument: '{word}'\n"),
                    1,
                ));
            }
        }
    }
    let (first, step, last) = match numbers[..] {
        [last] => (1, 1, last),
        [first, last] => (first, 1, last),
        [first, step, last] => (first, step, last),
        _ => return Err(Output::failed("seq: missing operand\n", 1)),
    };
    if step == 0 {
        return Err(Output::failed("seq: invalid Zero increment value: '0'\n", 1));
    }
    let mut output = Output::default();
    let mut next = Some(first);
    let mut left = LONGEST_SEQUENCE;
    while let Some(at) = next.filter(|&at| if step > 0 { at <= last } else { at >= last }) {
        if left == 0 {
            output.stderr = format!("seq: stopped after {LONGEST_SEQUENCE} numbers, as Ctrl-C would stop it\n");
            output.exit_code = 130;
            break;
        }
        left -= 1;
        output.stdout.push_str(&format!("{at}\n"));
        next = at.checked_add(step);
    }
    Ok(output)
}
