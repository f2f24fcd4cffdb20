//! Which controller an Ingress asks for, and why a controller leaves one alone.
//!
//! The reasons of all controllers stand here, so that whoever tells them knows one list. Not here: how a
//! controller reads a class, which differs between them.

/// Why a controller leaves an Ingress alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ignored {
    /// It names no class.
    NoClass,
    /// Its class does not exist.
    MissingClass(String),
    /// Its class belongs to another controller (class, controller).
    OtherController(String, String),
    /// The older annotation names another class.
    OtherAnnotation(String),
    /// It has a default backend, and `--disable-catch-all` is set.
    CatchAll,
    /// A path or host holds a text that could be used for attacks.
    ForbiddenText(String),
    /// An annotation holds a word of `annotation-value-word-blocklist` (annotation, word).
    BlockedWord(String, String),
    /// An annotation is above `annotations-risk-level` (annotation).
    Risky(String),
}
