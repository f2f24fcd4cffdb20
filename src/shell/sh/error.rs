//! Why a text is no command line.

use thiserror::Error;

/// Why a text is no command line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SyntaxError {
    /// A quote without its other half.
    #[error("unexpected end of line while looking for matching `{0}'")]
    Quote(char),
    /// An operator where a command should stand.
    #[error("syntax error near unexpected token `{0}'")]
    Unexpected(String),
    /// A compound command without its end.
    #[error("syntax error: unexpected end of file")]
    Unfinished,
    /// A redirection to nowhere.
    #[error("syntax error: {0} needs a file name")]
    NoTarget(String),
    /// A here-document whose end never comes.
    #[error("here-document is not ended by `{0}'")]
    HereDocument(String),
    /// Commands within commands within commands.
    #[error("commands are nested more than {0} deep")]
    Depth(usize),
    /// Something a real shell has and this one does not.
    #[error("{0} is not simulated in this shell")]
    NotSimulated(&'static str),
}
