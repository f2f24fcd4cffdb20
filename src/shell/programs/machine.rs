//! What a learner does to break a machine or a program, by the names of real tools: signals (`kill` in a pod,
//! `pkill` on a node), `systemctl`, `poweroff`, and the hypervisor's and the cloud's own commands.
//!
//! Processes are not simulated one by one: a pod's containers each have one, its first.

use crate::api::NamespacedName;
use crate::api::types::core::{Container, Pod};
use crate::cluster::ends_promptly;
use crate::cluster::faults::KILLED;
use crate::cluster::faults::{Health, ROUTER};
use crate::net::Source;
use crate::shell::Output;
use crate::shell::kubectl::Context;

/// What a signal does to a program.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Signal {
    Kill,
    Term,
    Stop,
    Continue,
    /// Exists, and a server reads its configuration again or does nothing.
    Other,
}

/// Reads `-9`, `-KILL`, `-SIGKILL`, `-s KILL`; the words behind it. `TERM` where none is given.
fn signal(words: &[String]) -> Result<(Signal, &[String]), String> {
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

/// `kill [-SIGNAL] PID` in a pod: its first process is all there is.
pub(super) fn kill(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let Source::Pod { namespace, name } = place else {
        return Output::failed(
            "Kubehop: process numbers are not simulated outside pods; write pkill NAME on a node, or kubectl exec POD -- kill 1\n",
            1,
        );
    };
    let (signal, rest) = match signal(words) {
        Ok(found) => found,
        Err(error) => return Output::failed(format!("sh: kill: {error}\n"), 1),
    };
    let Some(pid) = rest.iter().find(|it| *it != "--") else {
        return Output::failed("kill: usage: kill [-s sigspec | -n signum | -sigspec] pid ...\n", 2);
    };
    if pid != "1" {
        return Output::failed(format!("sh: can't kill pid {pid}: No such process\n"), 1);
    }
    let key = NamespacedName::new(namespace, name);
    let idx = context.container;
    let snapshot = context.world.snapshot();
    let Some(container) = snapshot
        .get::<Pod>(namespace, name)
        .and_then(|it| it.spec.containers.get(idx))
    else {
        return Output::failed("sh: can't kill pid 1: No such process\n", 1);
    };
    match signal {
        Signal::Term if ends_promptly(container) => {
            context.crash(&key, Some(idx), 0);
            Output::default()
        }
        Signal::Term => Output {
            stderr: "Kubehop: this program installs no handler for the signal, and the first process of a container ignores such signals\n".to_owned(),
            ..Output::default()
        },
        // pid_namespaces(7): from inside, the first process gets only signals that it handles.
        Signal::Kill | Signal::Stop => {
            let name = if signal == Signal::Kill { "KILL" } else { "STOP" };
            let node = snapshot.get::<Pod>(namespace, &key.name).map(|it| it.spec.node_name.clone());
            Output {
                stderr: format!(
                    "Kubehop: SIG{name} from inside does not reach the first process of a container (pid_namespaces(7)); from its node it does: ssh {} sudo pkill -{name} {}\n",
                    node.unwrap_or_default(),
                    program_of(container)
                ),
                ..Output::default()
            }
        }
        Signal::Continue | Signal::Other => Output::default(),
    }
}

/// What a container's process is called: its command, else its image.
fn program_of(container: &Container) -> &str {
    let word = container.command.first().unwrap_or(&container.image);
    let path = word.split('@').next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(':').next().unwrap_or_default()
}

/// `pkill [-SIGNAL] NAME` and `killall` on a node: every container there whose program is called so.
pub(super) fn pkill(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let Source::Node(node) = place else {
        return Output::failed("Kubehop: pkill is simulated on nodes: ssh NODE sudo pkill NAME\n", 127);
    };
    let (signal, rest) = match signal(words) {
        Ok(found) => found,
        Err(error) => return Output::failed(format!("pkill: {error}\n"), 2),
    };
    let Some(pattern) = rest.iter().find(|it| !it.starts_with('-')) else {
        return Output::failed(
            "pkill: no matching criteria specified\nTry `pkill --help' for more information.\n",
            2,
        );
    };
    if pattern == "kubelet" {
        return match signal {
            Signal::Continue => systemctl(context, place, &["start".to_owned(), "kubelet".to_owned()]),
            Signal::Stop => systemctl(context, place, &["stop".to_owned(), "kubelet".to_owned()]),
            // systemd starts it again at once.
            _ => Output::default(),
        };
    }
    let snapshot = context.world.snapshot();
    let mut found = false;
    for pod in snapshot.list::<Pod>().filter(|it| it.spec.node_name == *node) {
        let key = pod.metadata.key();
        if !context.world.cluster().has_process(&key) {
            continue;
        }
        for (idx, container) in pod.spec.containers.iter().enumerate() {
            if !program_of(container).contains(pattern.as_str()) {
                continue;
            }
            found = true;
            match signal {
                Signal::Kill => context.crash(&key, Some(idx), KILLED),
                Signal::Term if ends_promptly(container) => context.crash(&key, Some(idx), 0),
                Signal::Stop => context.set_health(&key, Health::Hung),
                Signal::Continue => context.set_health(&key, Health::Healthy),
                Signal::Term | Signal::Other => {}
            }
        }
    }
    if found {
        Output::default()
    } else {
        Output::failed("", 1)
    }
}

/// `systemctl stop kubelet` and its like on a node.
pub(super) fn systemctl(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let Source::Node(node) = place else {
        return Output::failed(
            "System has not been booted with systemd as init system (PID 1). Can't operate.\nFailed to connect to bus: Host is down\n",
            1,
        );
    };
    let mut words = words.iter().filter(|it| !it.starts_with('-')).map(String::as_str);
    let (verb, unit) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match (verb, unit.trim_end_matches(".service")) {
        ("poweroff" | "halt" | "reboot", _) => power(context, node, verb),
        ("stop" | "kill", "kubelet") => context.with_cluster(|it| it.stop_kubelet(node)),
        ("start" | "restart", "kubelet") => context.with_cluster(|it| it.start_kubelet(node)),
        ("is-active" | "status", "kubelet") => {
            let stopped = context.world.cluster().faults().kubelet_stopped(node);
            let state = if stopped { "inactive" } else { "active" };
            match (verb, stopped) {
                ("is-active", stopped) => Output {
                    exit_code: if stopped { 3 } else { 0 },
                    ..Output::ok(format!("{state}\n"))
                },
                (_, true) => Output {
                    exit_code: 3,
                    ..Output::ok(
                        "○ kubelet.service - kubelet: The Kubernetes Node Agent\n     Active: inactive (dead)\n",
                    )
                },
                (_, false) => Output::ok(
                    "● kubelet.service - kubelet: The Kubernetes Node Agent\n     Active: active (running)\n",
                ),
            }
        }
        ("start" | "stop" | "restart" | "status" | "kill" | "is-active", unit) if !unit.is_empty() => Output::failed(
            format!("Kubehop: of a node's services only kubelet is simulated, not {unit}\n"),
            5,
        ),
        _ => Output::failed(
            "Kubehop: systemctl knows start, stop, restart, status, is-active, poweroff and reboot here\n",
            1,
        ),
    }
}

/// `poweroff`, `halt`, `reboot`, `shutdown` on a node.
pub(super) fn shutdown(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let Source::Node(node) = place else {
        return Output::failed("Kubehop: power is simulated for nodes: ssh NODE sudo poweroff\n", 1);
    };
    let reboots = words.iter().any(|it| matches!(it.as_str(), "-r" | "--reboot"));
    power(context, node, if reboots { "reboot" } else { "poweroff" })
}

/// `reboot` on a node.
pub(super) fn reboot(context: &mut Context<'_>, place: &Source, _: &[String]) -> Output {
    shutdown(context, place, &["-r".to_owned()])
}

fn power(context: &mut Context<'_>, node: &str, verb: &str) -> Output {
    context.with_cluster(|cluster| {
        cluster.power_off(node);
        if verb == "reboot" {
            cluster.power_on(node);
        }
    })
}

/// `virsh start|destroy|shutdown|reboot NODE`, `virsh domif-setlink NODE IFACE up|down`, at the client: the
/// machines as their hypervisor sees them.
pub(super) fn virsh(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let words: Vec<&str> = words
        .iter()
        .filter(|it| !it.starts_with('-'))
        .map(String::as_str)
        .collect();
    if *place != Source::Client {
        return Output::failed("Kubehop: virsh runs outside the cluster\n", 127);
    }
    let (verb, node) = match words.as_slice() {
        [verb, node, ..] => (*verb, *node),
        _ => {
            return Output::failed(
                "Kubehop: virsh knows start, destroy, shutdown, reboot and domif-setlink here\n",
                1,
            );
        }
    };
    if !has_node(context, node) {
        return Output::failed(format!("error: failed to get domain '{node}'\n"), 1);
    }
    let off = context.world.cluster().faults().is_off(node);
    match (verb, off) {
        ("start", true) => said(
            context.with_cluster(|it| it.power_on(node)),
            format!("Domain '{node}' started\n\n"),
        ),
        ("start", false) => Output::failed("error: Domain is already active\n\n", 1),
        ("destroy" | "shutdown" | "reboot" | "reset", true) => {
            Output::failed("error: Requested operation is not valid: domain is not running\n\n", 1)
        }
        ("destroy", _) => said(
            power(context, node, "poweroff"),
            format!("Domain '{node}' destroyed\n\n"),
        ),
        ("shutdown", _) => said(
            power(context, node, "poweroff"),
            format!("Domain '{node}' is being shutdown\n\n"),
        ),
        ("reboot" | "reset", _) => said(
            power(context, node, "reboot"),
            format!("Domain '{node}' is being rebooted\n\n"),
        ),
        ("domif-setlink", _) => {
            let up = match words.get(3) {
                Some(&"up") => true,
                Some(&"down") => false,
                _ => return Output::failed("error: invalid state, must be 'up' or 'down'\n", 1),
            };
            said(
                set_network(context, node, up),
                "Device updated successfully\n\n".to_owned(),
            )
        }
        _ => Output::failed(format!("error: unknown command: '{verb}'\n"), 1),
    }
}

/// `gcloud compute instances start|stop|reset NODE` at the client.
pub(super) fn gcloud(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let words: Vec<&str> = words
        .iter()
        .filter(|it| !it.starts_with('-'))
        .map(String::as_str)
        .collect();
    let ["compute", "instances", verb @ ("start" | "stop" | "reset"), node, ..] = words.as_slice() else {
        return Output::failed(
            "Kubehop: of gcloud only compute instances start|stop|reset NODE is simulated\n",
            1,
        );
    };
    if *place != Source::Client || !has_node(context, node) {
        return Output::failed(
            format!(
                "ERROR: (gcloud.compute.instances.{verb}) Could not fetch resource:\n - The resource '{node}' was not found\n"
            ),
            1,
        );
    }
    match *verb {
        "start" => context.with_cluster(|it| it.power_on(node)),
        "stop" => power(context, node, "poweroff"),
        _ => power(context, node, "reboot"),
    }
}

fn said(mut output: Output, text: String) -> Output {
    output.stdout.push_str(&text);
    output
}

fn has_node(context: &Context<'_>, node: &str) -> bool {
    let snapshot = context.world.snapshot();
    snapshot.get::<crate::api::types::core::Node>("", node).is_some()
}

/// `ip link set DEV up|down` on a node: its one way to all others and to the router.
pub(super) fn ip(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let Source::Node(node) = place else {
        return Output::failed("Kubehop: of ip only link set DEV up|down on a node is simulated\n", 1);
    };
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|it| *it != "dev").collect();
    let state = match words.as_slice() {
        ["link" | "l", "set", "lo", ..] => return Output::failed("Kubehop: the loopback device stays up\n", 1),
        ["link" | "l", "set", _, state @ ("up" | "down")] => *state,
        _ => return Output::failed("Kubehop: of ip only link set DEV up|down is simulated\n", 1),
    };
    let mut output = set_network(context, node, state == "up");
    if state == "down" {
        output.stderr.push_str(&format!(
            "Kubehop: this cuts the session too; from outside the link comes back by: virsh domif-setlink {node} eth0 up\n"
        ));
    }
    output
}

/// Cuts or mends every link of a node.
fn set_network(context: &mut Context<'_>, node: &str, up: bool) -> Output {
    let others: Vec<String> = context
        .world
        .snapshot()
        .list::<crate::api::types::core::Node>()
        .map(|it| it.metadata.name.clone())
        .filter(|it| it != node)
        .chain([ROUTER.to_owned()])
        .collect();
    context.with_cluster(|cluster| {
        for other in &others {
            cluster.set_link(node, other, up);
        }
    })
}

impl Context<'_> {
    fn with_cluster(&mut self, change: impl FnOnce(&mut crate::cluster::Cluster)) -> Output {
        *self.changed = true;
        self.world.edit(change);
        Output::default()
    }

    fn crash(&mut self, pod: &NamespacedName, container: Option<usize>, code: i32) {
        self.with_cluster(|it| it.crash(pod, container, code));
    }

    fn set_health(&mut self, pod: &NamespacedName, health: Health) {
        self.with_cluster(|it| it.set_health(pod, health));
    }
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
