//! What one command line has made so far, and where it is stopped.
//!
//! Not here: what its words, variables and files may hold (`sh::limits`).

use super::output::Output;

/// Bytes that the commands of one command line may print, in pipes and files too.
const PRINTED_BYTES: usize = 32 << 20;
/// Packets that one command line may send.
const TRACES: usize = 5000;

/// What one command line has made so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Rounds of loops.
    pub rounds: usize,
    /// Bytes printed.
    printed: usize,
    /// Packets sent.
    traces: usize,
    /// A limit was met: nothing more is run.
    pub stopped: bool,
}

impl Spent {
    /// Counts what a program has made; past a limit the line is stopped, as Ctrl-C would stop it.
    pub fn count(&mut self, output: &mut Output) {
        self.printed = self.printed.saturating_add(output.stdout.len() + output.stderr.len());
        self.traces = self.traces.saturating_add(output.traces.len());
        let what = if self.printed > PRINTED_BYTES {
            output.stdout.clear();
            format!("{PRINTED_BYTES} bytes of output")
        } else if self.traces > TRACES {
            format!("{TRACES} packets")
        } else {
            return;
        };
        self.stopped = true;
        output
            .stderr
            .push_str(&format!("sh: stopped after {what}, as Ctrl-C would stop it\n"));
        output.exit_code = 130;
    }
}
