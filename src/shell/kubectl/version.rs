//! `kubectl version`.

use super::Context;
use super::flags::{Flag, Flags, Takes, long, short};
use crate::shell::{CommandResult, Output};

/// The version that everything printed is held against.
const CLIENT_VERSION: &str = "v1.36.4";

/// The server's.
const SERVER_VERSION: &str = "v1.36.2";

/// `kubectl version`.
pub fn run(_context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let spec: &[Flag] = &[long("client", Takes::Switch), short('o', "output", Takes::Text)];
    let flags = Flags::of_command("version", &[spec], words)?;
    if !flags.args.is_empty() {
        return Err(Output::error(format!("extra arguments: [{}]", flags.args.join(" "))));
    }
    let mut text = format!("Client Version: {CLIENT_VERSION}\nKustomize Version: v5.8.1\n");
    if !flags.on("client") {
        text.push_str(&format!("Server Version: {SERVER_VERSION}\n"));
    }
    Ok(Output::ok(text))
}
