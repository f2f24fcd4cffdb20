//! One command line to standard output, standard error, exit code and traces: the terminal.
//!
//! Commands answer in the real programs' words, to the letter where those are fixed. One file per command.
//! Not here: editing a line, history, colors. That is the page's terminal.

pub mod parse;
pub mod print;
