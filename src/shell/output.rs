//! What a command leaves behind.

use crate::net::Trace;

/// What a command leaves behind: its two streams, its exit code, and the packets it sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
    /// Exit code; 0 for success.
    pub exit_code: i32,
    /// What was sent on the command's behalf, in order.
    pub traces: Vec<Trace>,
}

/// How a command ends: with what it printed or, where it stopped before its work was done, with what it printed
/// of that. Either is an [`Output`]; the two exist so that `?` ends a command.
pub type CommandResult = Result<Output, Output>;

impl From<CommandResult> for Output {
    fn from(result: CommandResult) -> Self {
        result.unwrap_or_else(|stopped| stopped)
    }
}

impl Output {
    /// A success that printed this.
    pub fn ok(stdout: impl Into<String>) -> Self {
        Self {
            stdout: stdout.into(),
            ..Self::default()
        }
    }

    /// A failure that printed this on standard error.
    pub fn failed(stderr: impl Into<String>, exit_code: i32) -> Self {
        Self {
            stderr: stderr.into(),
            exit_code,
            ..Self::default()
        }
    }

    /// A failure in kubectl's manner: `error: …` and exit code 1.
    pub fn error(message: impl AsRef<str>) -> Self {
        Self::failed(format!("error: {}\n", message.as_ref()), 1)
    }

    /// Adds what a later part printed; its exit code counts if it failed.
    pub fn append(&mut self, later: Self) {
        self.stdout.push_str(&later.stdout);
        self.stderr.push_str(&later.stderr);
        self.traces.extend(later.traces);
        if later.exit_code != 0 {
            self.exit_code = later.exit_code;
        }
    }
}
