//! What a program is: its name, how it is used, where it is installed, and what runs.

use crate::net::Source;
use crate::shell::CommandResult;
use crate::shell::kubectl::Context;

/// From the place where a program runs and the words behind its name to what it prints.
pub(super) type Run = fn(&mut Context<'_>, &Source, &[String]) -> CommandResult;

/// One program.
pub struct Program {
    /// What is typed.
    pub name: &'static str,
    /// What stands behind its name, as the synopsis of a manual page has it; only what is simulated. Empty for nothing.
    pub synopsis: &'static str,
    /// Where it is found.
    pub installed: Installed,
    pub(super) run: Run,
}

/// Where a program is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Installed {
    /// At the client outside the cluster, and nowhere else.
    Client,
    /// At the client, on every node, and in every container, whatever its image: images are taken to hold the usual
    /// tools.
    Everywhere,
}

impl Installed {
    /// Whether it is found at a place.
    #[must_use]
    pub fn at(self, place: &Source) -> bool {
        match self {
            Self::Client => *place == Source::Client,
            Self::Everywhere => true,
        }
    }
}

/// A program that is found at every place.
pub(super) const fn everywhere(name: &'static str, synopsis: &'static str, run: Run) -> Program {
    let installed = Installed::Everywhere;
    Program {
        name,
        synopsis,
        installed,
        run,
    }
}

/// A program that is found at the client only.
pub(super) const fn at_client(name: &'static str, synopsis: &'static str, run: Run) -> Program {
    let installed = Installed::Client;
    Program {
        name,
        synopsis,
        installed,
        run,
    }
}
