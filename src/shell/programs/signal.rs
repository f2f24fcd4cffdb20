//! Signals, and the processes that get them. Processes are not simulated one by one: a pod's containers each have
//! one, its first.

use crate::api::types::core::Container;

/// What a signal does to a program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    Kill,
    Term,
    Stop,
    Continue,
    /// Exists, and a server reads its configuration again or does nothing.
    Other,
}

/// Reads `-9`, `-KILL`, `-SIGKILL`, `-s KILL`; the words behind it. `TERM` where none is given.
pub(super) fn signal(words: &[String]) -> Result<(Signal, &[String]), String> {
    let (text, rest) = match words {
        [flag, name, rest @ ..] if flag == "-s" || flag == "--signal" => (name.as_str(), rest),
        [flag, rest @ ..] if flag.len() > 1 && flag.starts_with('-') && flag != "-f" && flag != "-x" => {
            (flag.trim_start_matches("--signal=").trim_start_matches('-'), rest)
        }
        rest => return Ok((Signal::Term, rest)),
    };
    let name = text.to_uppercase();
    Ok((
        match name.trim_start_matches("SIG") {
            "9" | "KILL" => Signal::Kill,
            "15" | "TERM" | "2" | "INT" | "3" | "QUIT" => Signal::Term,
            "19" | "STOP" => Signal::Stop,
            "18" | "CONT" => Signal::Continue,
            "0" | "1" | "HUP" | "10" | "USR1" | "12" | "USR2" | "28" | "WINCH" => Signal::Other,
            _ => return Err(format!("{text}: invalid signal specification")),
        },
        rest,
    ))
}

/// What a container's process is called: its command, else its image.
pub(super) fn program_of(container: &Container) -> &str {
    let word = container.command.first().unwrap_or(&container.image);
    let path = word.split('@').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_read_by_number_and_name() {
        for (line, wanted, left) in [
            ("1", Signal::Term, 1),
            ("-9 1", Signal::Kill, 1),
            ("-SIGSTOP nginx", Signal::Stop, 1),
            ("-s CONT nginx", Signal::Continue, 1),
            ("-f nginx", Signal::Term, 2),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let (found, rest) = signal(&words).expect("a signal");
            assert!(found == wanted && rest.len() == left, "{line}");
        }
        assert!(signal(&["-FOO".to_owned(), "1".to_owned()]).is_err());
    }

    #[test]
    fn programs_are_called_by_their_command_or_image() {
        let container = |image: &str, command: &str| Container {
            image: image.to_owned(),
            command: Vec::from_iter((!command.is_empty()).then(|| command.to_owned())),
            ..Container::default()
        };
        assert_eq!(program_of(&container("docker.io/library/nginx:1.27", "")), "nginx");
        assert_eq!(program_of(&container("busybox", "/bin/sleep")), "sleep");
    }
}
