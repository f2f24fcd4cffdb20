//! `sleep`, which lets virtual time pass.

use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};
use crate::sim::Duration;

/// Seconds that one `sleep` may let pass.
const LONGEST_SLEEP: f64 = 86_400.0;

/// Lets virtual time pass: `sleep 5`, `sleep 1m`.
pub(super) fn run(context: &mut Context<'_>, _: &Source, words: &[String]) -> CommandResult {
    let mut total = 0.0;
    for word in words {
        let (number, factor) = match word.strip_suffix(['s', 'm', 'h', 'd']) {
            Some(number) => {
                let factor = match word.as_bytes().last() {
                    Some(b'm') => 60.0,
                    Some(b'h') => 3600.0,
                    Some(b'd') => 86_400.0,
                    _ => 1.0,
                };
                (number, factor)
            }
            None => (word.as_str(), 1.0),
        };
        match number.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => total += number * factor,
            _ => return Err(Output::failed(format!("sleep: invalid time interval '{word}'\n"), 1)),
        }
    }
    if words.is_empty() {
        return Err(Output::failed("sleep: missing operand\n", 1));
    }
    if total > LONGEST_SLEEP {
        return Err(Output::failed(
            format!("sleep: one command may let at most {LONGEST_SLEEP} s of virtual time pass\n"),
            1,
        ));
    }
    context.advance(Duration::from_millis((total * 1000.0) as i64));
    Ok(Output::default())
}
