//! The command `kubehop`: arguments and files in, text or JSON and an exit code out. Native only.
//!
//! [`run`] is a function, so that tests call it as a shell would without starting a process. Exit code 0 is
//! done, 1 refused or failed, 2 wrong usage; `shell` passes on the exit code of its last command.
//! Not here: anything about Kubernetes.

mod apply;
mod args;
mod lessons;
mod migrate;
mod resolve;
mod shell;
mod texts;
mod trace;

use clap::Parser;

use crate::world::{Options, World};
use args::{Args, Command, WorldArgs};
use texts::Texts;

/// What the command reads from: files by their path, and standard input.
pub trait Host {
    /// The content of a file.
    ///
    /// # Errors
    /// As the operating system says, such as `No such file or directory`.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// Every file below a folder, as paths relative to it.
    ///
    /// # Errors
    /// As the operating system says.
    fn files(&self, folder: &str) -> Result<Vec<String>, String>;

    /// Standard input to its end.
    ///
    /// # Errors
    /// As the operating system says.
    fn stdin(&self) -> Result<Vec<u8>, String>;
}

/// What the command leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What goes to standard output.
    pub stdout: String,
    /// What goes to standard error.
    pub stderr: String,
    /// Exit code: 0 done, 1 refused or failed, 2 wrong usage.
    pub code: u8,
}

impl Outcome {
    fn usage(message: impl std::fmt::Display) -> Self {
        Self {
            stderr: format!("error: {message}\n"),
            code: 2,
            ..Self::default()
        }
    }
}

/// Runs the command; `words` begin with the program's name.
pub fn run(words: &[String], host: &dyn Host) -> Outcome {
    let args = match Args::try_parse_from(words) {
        Ok(args) => args,
        Err(error) => {
            let text = error.to_string();
            return if error.use_stderr() {
                Outcome {
                    stderr: text,
                    code: 2,
                    ..Outcome::default()
                }
            } else {
                Outcome {
                    stdout: text,
                    ..Outcome::default()
                }
            };
        }
    };
    let result = match &args.command {
        Command::Apply(it) => apply::run(it, &args.world, host),
        Command::Trace(it) => trace::run(it, &args.world, host),
        Command::Resolve(it) => resolve::run(it, &args.world, host),
        Command::Migrate(it) => migrate::run(it, &args.world, host),
        Command::Lessons(it) => lessons::run(it, &args.world, host),
        Command::Shell(it) => shell::run(it, &args.world, host),
    };
    result.unwrap_or_else(Outcome::usage)
}

/// A world as the arguments ask for it.
fn world(args: &WorldArgs) -> World {
    let defaults = Options::default();
    World::new(Options {
        preset: args.preset.unwrap_or_default(),
        release: args.release.unwrap_or_default(),
        seed: args.seed.unwrap_or(defaults.seed),
        now: args.now.unwrap_or(defaults.now),
        as_stored: args.as_stored,
    })
}

/// A world that holds what the files of `-f` say, and what was refused on the way, as text.
fn prepared(files: &[String], args: &WorldArgs, host: &dyn Host) -> Result<(World, Texts, String), String> {
    let texts = Texts::read(files, host)?;
    let mut world = world(args);
    let mut refused = String::new();
    for (file, _, text) in texts.iter() {
        let outcome = world.apply(file, text);
        // Warnings alone are no reason to speak: the files only set the scene.
        if outcome.exit_code != 0 {
            refused.push_str(&outcome.stderr);
        }
    }
    Ok((world, texts, refused))
}
