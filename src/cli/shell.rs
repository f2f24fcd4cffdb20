//! `kubehop shell`: the browser's terminal, exactly.

use super::args::{ShellArgs, WorldArgs};
use super::{Host, Outcome, prepared};
use crate::shell::Shell;

pub(super) fn run(args: &ShellArgs, world_args: &WorldArgs, host: &dyn Host) -> Result<Outcome, String> {
    let (mut world, _, refused) = prepared(&args.files, world_args, host)?;
    let mut shell = Shell::new();
    for path in &args.given {
        let bytes = host.read(path).map_err(|error| format!("{path}: {error}"))?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let name = path.rsplit('/').next().unwrap_or(path);
        shell.add_file(name, text.clone());
        shell.add_file(path.trim_start_matches("./"), text);
    }
    let from_stdin;
    let commands: &[String] = if args.commands.is_empty() && !args.files.iter().any(|it| it == "-") {
        let bytes = host.stdin()?;
        from_stdin = [String::from_utf8_lossy(&bytes).into_owned()];
        &from_stdin
    } else {
        &args.commands
    };
    let mut outcome = Outcome {
        code: u8::from(!refused.is_empty()),
        stderr: refused,
        ..Outcome::default()
    };
    for command in commands {
        let output = shell.run(&mut world, command);
        outcome.stdout.push_str(&output.stdout);
        outcome.stderr.push_str(&output.stderr);
        outcome.code = output.exit_code.clamp(0, 255) as u8;
    }
    Ok(outcome)
}
