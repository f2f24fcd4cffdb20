//! What `--help` says of a command, and what groups of commands print by themselves. The list of all commands stands
//! beside their table.

use crate::shell::Output;

/// Groups of commands, by their path behind `kubectl`, and their help as kubectl prints it.
const GROUPS: &[(&str, &str)] = &[
    ("auth", include_str!("help/auth.txt")),
    ("certificate", include_str!("help/certificate.txt")),
    ("config", include_str!("help/config.txt")),
    ("create secret", include_str!("help/create_secret.txt")),
    ("create service", include_str!("help/create_service.txt")),
    ("rollout", include_str!("help/rollout.txt")),
    ("set", include_str!("help/set.txt")),
    ("top", include_str!("help/top.txt")),
];

/// The help of a group of commands; `None` for anything else.
fn of_group(path: &str) -> Option<&'static str> {
    GROUPS.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

/// Whether a command is but a group of others.
pub(super) fn is_group(path: &str) -> bool {
    of_group(path).is_some()
}

/// What a group of commands prints that is named alone (`cmd/util/helpers.go DefaultSubCommandRun`): its help, and it
/// fails. Most write to standard error.
pub(super) fn alone(path: &str) -> Output {
    let text = of_group(path).unwrap_or_default();
    if path == "rollout" {
        return Output {
            exit_code: 1,
            ..Output::ok(text)
        };
    }
    Output::failed(text, 1)
}

/// Where a command's help is, by its name behind `kubectl`.
#[must_use]
pub fn of_command(name: &str) -> Output {
    if let Some(text) = of_group(name) {
        return Output::ok(text);
    }
    Output::ok(format!(
        "kubectl {name}: see https://kubernetes.io/docs/reference/kubectl/generated/ for its flags.\nKubehop simulates what a learner of networking needs of it and says so where it does not.\n"
    ))
}
