//! What `--help` says of a command. The list of all commands stands beside their table.

use crate::shell::Output;

/// Where a command's help is, by its name behind `kubectl`.
#[must_use]
pub fn of_command(name: &str) -> Output {
    Output::ok(format!(
        "kubectl {name}: see https://kubernetes.io/docs/reference/kubectl/generated/ for its flags.\nKubehop simulates what a learner of networking needs of it and says so where it does not.\n"
    ))
}
