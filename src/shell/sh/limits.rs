//! How much one command line may make: what is typed in a moment must not fill the memory.
//!
//! Whoever meets a limit says so on standard error, and the status is not 0.

use super::Variables;

/// Bytes that files of the shell may hold together; what redirection writes beyond that is dropped.
pub(super) const FILE_BYTES: usize = 8 << 20;
/// Files that the shell may hold.
pub(super) const FILES: usize = 1000;
/// Bytes that the variables of a shell may hold together, names and values.
pub(super) const VARIABLE_BYTES: usize = 4 << 20;
/// Bytes that the words of one command may stand for.
pub(super) const WORD_BYTES: usize = 8 << 20;
/// How many rounds the loops of one command line may make together.
pub(super) const ROUNDS: usize = 1000;
/// How deep commands may start commands (`kubectl exec … -- sh -c …`, `$(…)`).
pub(super) const NESTED: usize = 8;

/// Sets a variable.
///
/// # Errors
/// What the shell says if there is no room for it.
pub(super) fn set(variables: &mut Variables, name: String, value: String) -> Result<(), String> {
    let held: usize = variables
        .iter()
        .filter(|(other, _)| **other != name)
        .map(|(other, value)| other.len() + value.len())
        .sum();
    if held + name.len() + value.len() > VARIABLE_BYTES {
        return Err(format!("variables of this shell hold at most {VARIABLE_BYTES} bytes"));
    }
    variables.insert(name, value);
    Ok(())
}
