//! `kubectl version`.

use super::Context;
use super::flags::{Flag, Flags, Takes, long, short};
use crate::shell::{CommandResult, Output};

/// `kubectl version`.
pub fn run(context: &mut Context<'_>, words: &[String]) -> CommandResult {
    let spec: &[Flag] = &[long("client", Takes::Switch), short('o', "output", Takes::Text)];
    let flags = Flags::of_command("version", &[spec], words)?;
    if !flags.args.is_empty() {
        return Err(Output::error(format!("extra arguments: [{}]", flags.args.join(" "))));
    }
    let release = context.release();
    let client = release.client_version();
    let mut text = format!("Client Version: {client}\nKustomize Version: v5.8.1\n");
    if !flags.on("client") {
        text.push_str(&format!("Server Version: {}\n", release.server_version()));
    }
    Ok(Output::ok(text))
}
