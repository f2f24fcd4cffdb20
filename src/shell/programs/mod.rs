//! The programs that a terminal finds at a place: outside, in a pod, on a node. One file per program, and one line for
//! each in [`PROGRAMS`].
//!
//! A container has the programs that its image brings, as far as the image is known (`toolbox`). Not here: `kubectl`,
//! and the shell's own commands (`sh::builtin`).

mod apt;
mod awk;
mod cat;
mod conntrack;
mod cut;
mod date;
mod dig;
mod echo;
mod env;
mod gcloud;
mod getent;
mod grep;
mod head;
mod hostname;
mod http;
mod ip;
mod ipset;
mod iptables_save;
mod ipvsadm;
mod kill;
mod machine;
mod nc;
mod nft;
mod nslookup;
mod options;
mod ping;
mod pkill;
mod place;
mod printf;
pub mod program;
mod resolver;
mod seq;
mod shutdown;
mod signal;
mod sleep;
mod sort;
mod ssh;
mod status;
mod subshell;
mod systemctl;
mod tee;
mod toolbox;
mod tr;
mod uniq;
mod virsh;
mod wc;

use crate::net::Source;
use crate::shell::Output;
use crate::shell::kubectl::{self, Context};
use program::{Installed, Program, at_client, everywhere};
use toolbox::Toolbox;

/// Every program, by name.
#[rustfmt::skip]
pub const PROGRAMS: &[Program] = &[
    everywhere("apk", "update | add PACKAGE...", apt::apk),
    everywhere("apt", "update | install -y PACKAGE...", apt::apt),
    everywhere("apt-get", "update | install -y PACKAGE...", apt::apt),
    everywhere("awk", "[-F SEPARATOR] '[NR>N] {print $1, …}' [FILE]", awk::run),
    everywhere("cat", "[FILE]...", cat::run),
    everywhere("conntrack", "-L", conntrack::run),
    everywhere("curl", "[OPTION]... URL...", http::curl::run),
    everywhere("cut", "[-d DELIMITER] -f LIST | -c LIST [FILE]", cut::run),
    everywhere("date", "[-u] [-R] [-I[seconds]] [+FORMAT]", date::run),
    everywhere("dig", "[@SERVER] [-x ADDRESS] [NAME] [-t TYPE] [+short] [+search] [+noall]", dig::run),
    everywhere("echo", "[-n] [-e] [TEXT]...", echo::run),
    everywhere("env", "[NAME]", env::run),
    everywhere("false", "", status::fail),
    everywhere("gcloud", "compute firewall-rules | compute instances ...", gcloud::run),
    everywhere("getent", "hosts NAME...", getent::run),
    everywhere("grep", "[-icvqEFnowxlHh] [-A N] [-B N] [-C N] [-m N] [-e PATTERN] PATTERN [FILE]...", grep::run),
    everywhere("halt", "", shutdown::run),
    everywhere("head", "[-n LINES] [FILE]", head::head),
    everywhere("hostname", "[-i]", hostname::run),
    everywhere("ip", "link set DEV up|down | [-4|-6] addr show kube-ipvs0", ip::run),
    everywhere("ip6tables-save", "[-t TABLE]", iptables_save::run_6),
    everywhere("ipset", "list [NAME] [-n]", ipset::run),
    everywhere("iptables-save", "[-t TABLE]", iptables_save::run),
    everywhere("ipvsadm", "-L [-n] [-c]", ipvsadm::run),
    at_client("k", "COMMAND", |context, _, words| Ok(kubectl::run(context, words))),
    everywhere("kill", "[-SIGNAL] PID", kill::run),
    everywhere("killall", "[-SIGNAL] NAME", pkill::run),
    at_client("kubectl", "COMMAND", |context, _, words| Ok(kubectl::run(context, words))),
    everywhere("nc", "[-zvu] [-p PORT] [-w SECONDS] HOST PORT", nc::run),
    everywhere("nft", "list ruleset|tables|chains|sets|maps [FAMILY] | list table|chain|set|map [FAMILY] kube-proxy [NAME]", nft::run),
    everywhere("nslookup", "[-type=TYPE] NAME [SERVER]", nslookup::run),
    everywhere("ping", "[-c COUNT] HOST", ping::run),
    everywhere("pkill", "[-SIGNAL] NAME", pkill::run),
    everywhere("poweroff", "", shutdown::run),
    everywhere("printenv", "[NAME]", env::run),
    everywhere("printf", "FORMAT [ARGUMENT]...", printf::run),
    everywhere("reboot", "", shutdown::reboot),
    everywhere("seq", "[FIRST [STEP]] LAST", seq::run),
    everywhere("shutdown", "[-r]", shutdown::run),
    everywhere("sleep", "NUMBER[smhd]...", sleep::run),
    everywhere("sort", "[-urnVfs] [-k FIELD[,FIELD]] [-t SEPARATOR] [FILE]", sort::run),
    at_client("ssh", "NODE COMMAND", ssh::run),
    everywhere("systemctl", "start|stop|restart|status|is-active kubelet", systemctl::run),
    everywhere("tail", "[-n LINES] [FILE]", head::tail),
    everywhere("tee", "[-a] FILE...", tee::run),
    everywhere("tr", "[-cds] SET1 [SET2]", tr::run),
    everywhere("true", "", status::succeed),
    everywhere("uniq", "[-c] [-d] [FILE]", uniq::run),
    everywhere("virsh", "start|destroy|shutdown|reboot NODE | domif-setlink NODE DEV up|down", virsh::run),
    everywhere("wc", "[-l] [-w] [-c] [FILE]", wc::run),
    everywhere("wget", "[-qSc] [-O FILE] [-T SECONDS] [--header HEADER] [--spider] URL", http::wget::run),
];

/// Runs a program at a place: its name, and the words behind it.
pub(crate) fn run(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let Some((name, rest)) = words.split_first() else {
        return Output::default();
    };
    let program = name.rsplit('/').next().unwrap_or(name);
    match program {
        "bash" => subshell::run(context, place, "bash", rest).into(),
        "sh" | "ash" => subshell::run(context, place, "sh", rest).into(),
        "sudo" => run(context, place, rest),
        program if NOT_SIMULATED.contains(&program) => {
            Output::failed(format!("{program}: not simulated in this shell\n"), 127)
        }
        _ => match find(program, place) {
            Some(program) => (program.run)(context, place, rest).into(),
            None => not_found(place, name),
        },
    }
}

/// The program of this name, where it is found at a place.
fn find(name: &str, place: &Source) -> Option<&'static Program> {
    PROGRAMS.iter().find(|it| it.name == name && it.installed.at(place))
}

/// Whether a place has a program of this name. What a container should have by its image and this terminal does not
/// know is not found either.
pub(crate) fn finds(context: &Context<'_>, place: &Source, name: &str) -> bool {
    let program = name.rsplit('/').next().unwrap_or(name);
    let is_shell = matches!(program, "sh" | "bash" | "ash");
    let is_known = is_shell || program == "sudo" || NOT_SIMULATED.contains(&program) || find(program, place).is_some();
    if !is_known {
        return false;
    }
    match place {
        Source::Pod { .. } => {
            let toolbox = Toolbox::at(context, place);
            toolbox.has(program)
                || toolbox::is_installed(context, place, program)
                // A shell finds its own commands without any program.
                || context.in_shell && toolbox.is_builtin(program)
        }
        _ => !matches!(program, "apk" | "apt" | "apt-get"),
    }
}

/// Programs that are there, and not simulated.
const NOT_SIMULATED: [&str; 4] = ["timeout", "time", "nsenter", "watch"];

fn not_found(place: &Source, name: &str) -> Output {
    match place {
        // Whoever starts programs in a container asks before ([`finds`]) and words it in his own way.
        Source::Pod { .. } => Output::failed("", 127),
        _ => {
            let known: Vec<&str> = PROGRAMS
                .iter()
                .filter(|it| it.installed == Installed::Everywhere && !it.name.starts_with("ap"))
                .map(|it| it.name)
                .collect();
            Output::failed(
                format!(
                    "sh: {name}: command not found\nKubehop: this terminal knows kubectl, ssh, gcloud, {}\n",
                    known.join(", ")
                ),
                127,
            )
        }
    }
}

/// What a program says to a rare form of it.
fn not_simulated(program: &str, what: &str) -> Output {
    Output::failed(format!("{program}: {what} is not simulated in this shell\n"), 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_stand_once_by_name_and_where_they_are_installed() {
        assert!(PROGRAMS.windows(2).all(|it| it[0].name < it[1].name));
        let node = Source::Node("node-1".to_owned());
        assert!(find("kubectl", &Source::Client).is_some() && find("kubectl", &node).is_none());
        assert!(find("curl", &node).is_some() && find("crul", &node).is_none());
    }
}
