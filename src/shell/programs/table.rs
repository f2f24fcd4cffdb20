//! All programs: what is typed, how it is used, where it is installed, and what runs.

use super::{
    awk, cat, conntrack, cut, date, dig, echo, env, gcloud, getent, grep, head, hostname, http, ip, iptables_save,
    kill, nc, nslookup, ping, pkill, printf, seq, shutdown, sleep, sort, ssh, status, systemctl, tee, tr, uniq, virsh,
    wc,
};
use crate::net::Source;
use crate::shell::CommandResult;
use crate::shell::kubectl::{self, Context};

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

const fn everywhere(name: &'static str, synopsis: &'static str, run: Run) -> Program {
    let installed = Installed::Everywhere;
    Program {
        name,
        synopsis,
        installed,
        run,
    }
}

const fn at_client(name: &'static str, synopsis: &'static str, run: Run) -> Program {
    let installed = Installed::Client;
    Program {
        name,
        synopsis,
        installed,
        run,
    }
}

/// Every program, by name.
#[rustfmt::skip]
pub const PROGRAMS: &[Program] = &[
    everywhere("awk", "[-F SEPARATOR] '[NR>N] {print $1, …}' [FILE]", awk::run),
    everywhere("cat", "[FILE]...", cat::run),
    everywhere("conntrack", "-L", conntrack::run),
    everywhere("curl", "[OPTION]... URL...", http::curl::run),
    everywhere("cut", "[-d DELIMITER] -f LIST | -c LIST [FILE]", cut::run),
    everywhere("date", "[-u] [-Iseconds] [+%s]", date::run),
    everywhere("dig", "[@SERVER] [-x ADDRESS] [NAME] [-t TYPE] [+short] [+search] [+noall]", dig::run),
    everywhere("echo", "[-n] [-e] [TEXT]...", echo::run),
    everywhere("env", "[NAME]", env::run),
    everywhere("false", "", status::fail),
    everywhere("gcloud", "compute firewall-rules | compute instances ...", gcloud::run),
    everywhere("getent", "hosts NAME...", getent::run),
    everywhere("grep", "[-icvqEFno] PATTERN [FILE]", grep::run),
    everywhere("halt", "", shutdown::run),
    everywhere("head", "[-n LINES] [FILE]", head::head),
    everywhere("hostname", "[-i]", hostname::run),
    everywhere("ip", "link set DEV up|down", ip::run),
    everywhere("ip6tables-save", "[-t TABLE]", iptables_save::run_6),
    everywhere("iptables-save", "[-t TABLE]", iptables_save::run),
    at_client("k", "COMMAND", |context, _, words| Ok(kubectl::run(context, words))),
    everywhere("kill", "[-SIGNAL] PID", kill::run),
    everywhere("killall", "[-SIGNAL] NAME", pkill::run),
    at_client("kubectl", "COMMAND", |context, _, words| Ok(kubectl::run(context, words))),
    everywhere("nc", "[-zvu] [-w SECONDS] HOST PORT", nc::run),
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
    everywhere("sort", "[-u] [-r] [FILE]", sort::run),
    at_client("ssh", "NODE COMMAND", ssh::run),
    everywhere("systemctl", "start|stop|restart|status|is-active kubelet", systemctl::run),
    everywhere("tail", "[-n LINES] [FILE]", head::tail),
    everywhere("tee", "[-a] FILE...", tee::run),
    everywhere("tr", "SET1 SET2 | -d SET", tr::run),
    everywhere("true", "", status::succeed),
    everywhere("uniq", "[-c] [-d] [FILE]", uniq::run),
    everywhere("virsh", "start|destroy|shutdown|reboot NODE | domif-setlink NODE DEV up|down", virsh::run),
    everywhere("wc", "[-l] [-w] [-c] [FILE]", wc::run),
    everywhere("wget", "[-qSc] [-O FILE] [-T SECONDS] [--header HEADER] [--spider] URL", http::wget::run),
];

/// The program of this name, where it is found at a place.
pub(super) fn find(name: &str, place: &Source) -> Option<&'static Program> {
    PROGRAMS.iter().find(|it| it.name == name && it.installed.at(place))
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
