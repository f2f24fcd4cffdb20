//! Which ports something in a pod listens on: one rule for probes and for packets.
//!
//! As on a real machine, what runs decides: a program that everybody knows opens what its documentation and its
//! arguments say, whatever `ports:` says, and one that is known to serve nothing opens nothing. Of a program that
//! nobody knows it is *taken* that it opens what its arguments name (`--port=8080`, `PORT`), what the container
//! declares, and what its probes ask for ([`Basis`]); where it declares nothing at all, wherever a Service points
//! (`net` asks that). `hostNetwork` changes the address, not the ports.

pub use super::images::name_of;
use super::pod_overrides::PodOverrides;
use super::programs::{Served, served};
use crate::api::types::core::{Container, Pod, Probe};
use crate::api::types::meta::IntOrString;

/// Why something is taken to listen although nobody knows the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// The command line or a variable names the port.
    Argument,
    /// The container declares the port.
    Declared,
    /// A probe asks for it.
    Probed,
    /// A Service points there.
    Service,
}

/// What is known of a port of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Port {
    /// Nothing listens there.
    Closed,
    /// The objects do not tell.
    Unknown,
    /// It is taken to be open.
    Taken(Basis),
    /// It is open.
    Open,
}

/// A port that a program opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Opened {
    number: u16,
    udp: bool,
    /// Only towards its own pod.
    loopback: bool,
}

impl Opened {
    const fn tcp(number: u16) -> Self {
        Self {
            number,
            udp: false,
            loopback: false,
        }
    }
}

/// Whether something in the pod listens on a port of its address; `None` where its objects do not tell. `protocol` is
/// `TCP`, `UDP` or `SCTP`.
#[must_use]
pub fn listens(pod: &Pod, port: u16, protocol: &str) -> Option<bool> {
    listens_where(pod, port, protocol, &|_| true)
}

/// The same, counting only the containers that `counts` lets count; sidecars stand behind the others.
#[must_use]
pub fn listens_where(pod: &Pod, port: u16, protocol: &str, counts: &dyn Fn(usize) -> bool) -> Option<bool> {
    match port_of_pod(pod, port, protocol, false, counts) {
        Port::Open | Port::Taken(_) => Some(true),
        Port::Closed => Some(false),
        Port::Unknown => None,
    }
}

/// Whether something in the pod listens on a port of `localhost`, as [`listens`].
#[must_use]
pub fn listens_within(pod: &Pod, port: u16, protocol: &str) -> Option<bool> {
    match port_of_pod(pod, port, protocol, true, &|_| true) {
        Port::Open | Port::Taken(_) => Some(true),
        Port::Closed => Some(false),
        Port::Unknown => None,
    }
}

/// Why a port counts as open of which nobody can know; `None` for one that is known to be open or not to be.
#[must_use]
pub fn basis(pod: &Pod, port: u16, protocol: &str) -> Option<Basis> {
    match port_of_pod(pod, port, protocol, false, &|_| true) {
        Port::Taken(basis) => Some(basis),
        Port::Unknown => Some(Basis::Service),
        Port::Open | Port::Closed => None,
    }
}

/// Whether a pod runs a program that nobody knows and whose arguments name no port: it may open more than its manifest
/// says.
#[must_use]
pub fn may_open_more(pod: &Pod) -> bool {
    !PodOverrides::of(&pod.metadata.annotations).no_server
        && beside(pod).any(|(_, it)| known(it).is_none() && arguments(it).is_empty())
}

/// The TCP ports that a container is known to open.
#[must_use]
pub fn opens(container: &Container) -> Vec<u16> {
    let all = known(container).unwrap_or_default();
    all.into_iter().filter(|it| !it.udp).map(|it| it.number).collect()
}

/// The containers that run beside each other: all of a pod, and its sidecars behind them with their places among the
/// init containers.
fn beside(pod: &Pod) -> impl Iterator<Item = (usize, &Container)> {
    let n_containers = pod.spec.containers.len();
    let sidecars = pod
        .spec
        .init_containers
        .iter()
        .enumerate()
        .filter(|(_, it)| it.is_sidecar());
    let sidecars = sidecars.map(move |(idx, it)| (n_containers + idx, it));
    pod.spec.containers.iter().enumerate().chain(sidecars)
}

fn port_of_pod(pod: &Pod, port: u16, protocol: &str, within: bool, counts: &dyn Fn(usize) -> bool) -> Port {
    if PodOverrides::of(&pod.metadata.annotations).no_server {
        return Port::Closed;
    }
    let mut found = Port::Closed;
    for (_, container) in beside(pod).filter(|(idx, _)| counts(*idx)) {
        found = found.max(port_of(container, port, protocol, within));
        if found == Port::Open {
            return found;
        }
    }
    // Where one container declares ports the manifest is taken to be complete.
    if found == Port::Unknown && beside(pod).any(|(_, it)| !it.ports.is_empty()) {
        return Port::Closed;
    }
    found
}

/// What is known of a port of a container.
fn port_of(container: &Container, port: u16, protocol: &str, within: bool) -> Port {
    let udp = protocol == "UDP";
    let matches = |it: &Opened| it.number == port && it.udp == udp && protocol != "SCTP";
    if !udp && protocol != "SCTP" && undeclared(container).contains(&port) {
        return Port::Open;
    }
    if let Some(opened) = known(container) {
        let open = opened.iter().any(|it| matches(it) && (within || !it.loopback));
        return if open { Port::Open } else { Port::Closed };
    }
    let named = arguments(container);
    if let Some(named) = named.iter().find(|it| matches(it)) {
        return if named.loopback && !within {
            Port::Closed
        } else {
            Port::Taken(Basis::Argument)
        };
    }
    if declares(container, port, protocol) {
        return Port::Taken(Basis::Declared);
    }
    if !udp && probes(container, port) {
        return Port::Taken(Basis::Probed);
    }
    if container.ports.is_empty() {
        Port::Unknown
    } else {
        Port::Closed
    }
}

/// Whether one container declares a port.
fn declares(container: &Container, port: u16, protocol: &str) -> bool {
    container.ports.iter().any(|declared| {
        let declared_protocol = if declared.protocol.is_empty() {
            "TCP"
        } else {
            &declared.protocol
        };
        declared.container_port == i32::from(port) && declared_protocol == protocol
    })
}

/// Whether a probe of a container asks for a port.
fn probes(container: &Container, port: u16) -> bool {
    let asks = |probe: &Probe| {
        let number = match (&probe.http_get, &probe.tcp_socket, &probe.grpc) {
            (Some(http), _, _) => container.resolve_port(&http.port),
            (_, Some(tcp), _) => container.resolve_port(&tcp.port),
            (_, _, Some(grpc)) => {
                let number = grpc.get("port").and_then(serde_json::Value::as_i64);
                number.and_then(|it| container.resolve_port(&IntOrString::Int(i32::try_from(it).ok()?)))
            }
            _ => None,
        };
        number == Some(i32::from(port))
    };
    [
        &container.readiness_probe,
        &container.liveness_probe,
        &container.startup_probe,
    ]
    .into_iter()
    .flatten()
    .any(asks)
}

/// Ports that well-known programs open for probes without a manifest declaring them.
fn undeclared(container: &Container) -> &'static [u16] {
    match name_of(&container.image) {
        (_, "coredns") => &[8080, 8181],
        (path, "controller" | "controller-chroot") if path.contains("ingress-nginx") => &[10254],
        _ => &[],
    }
}

/// The ports that a container is known to open; `None` where it runs a program that nobody knows.
fn known(container: &Container) -> Option<Vec<Opened>> {
    match served(container) {
        Served::EntryPoint => documented(container),
        Served::Commands(commands) => {
            let mut all = Vec::new();
            for command in &commands {
                all.extend(of_command(container, command)?);
            }
            Some(all)
        }
    }
}

/// The ports that the documentation of a container's image gives for it, or that its arguments set instead; `None`
/// for other images.
fn documented(container: &Container) -> Option<Vec<Opened>> {
    let (path, name) = name_of(&container.image);
    let port = match name {
        "whoami" if !path.contains("jwilder/") => {
            let set = flag(container, "port").or_else(|| env(container, "WHOAMI_PORT_NUMBER"));
            return listening_at(set, 80);
        }
        "http-echo" => return listening_at(flag(container, "listen"), 5678),
        "agnhost" => {
            return match container.args.first().map(String::as_str) {
                Some("netexec") => {
                    let http = listening_at(flag(container, "http-port"), 8080)?;
                    let udp = listening_at(flag(container, "udp-port"), 8081)?;
                    let udp = udp.into_iter().map(|it| Opened { udp: true, ..it });
                    Some(http.into_iter().chain(udp).collect())
                }
                Some("pause") => Some(Vec::new()),
                None => Some(Vec::new()),
                Some(_) => None,
            };
        }
        "hello-app" => return listening_at(env(container, "PORT"), 8080),
        "echo-server" if path.ends_with("kicbase/echo-server") => return listening_at(env(container, "PORT"), 8080),
        "nginx" if path.contains("bitnami") => 8080,
        "nginx-unprivileged" => 8080,
        "nginx" | "httpd" | "hpa-example" | "gb-frontend" => 80,
        "redis" => return of_redis(container.args.iter().map(String::as_str)),
        "mysql" | "mariadb" => 3306,
        "postgres" => 5432,
        "mongo" => 27017,
        "rabbitmq" => 5672,
        "memcached" => 11211,
        "tomcat" | "echoserver" => 8080,
        "pause" => return Some(Vec::new()),
        _ => return None,
    };
    Some(vec![Opened::tcp(port)])
}

/// The ports that a command opens; `None` for one that nobody knows.
fn of_command(container: &Container, command: &[String]) -> Option<Vec<Opened>> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let name = words.first()?.rsplit('/').next()?;
    let rest = &words[1..];
    let value = |flags: &[&str]| -> Option<&str> {
        let at = rest.iter().position(|it| flags.contains(it))?;
        rest.get(at + 1).copied()
    };
    match name {
        "nc" | "ncat" | "netcat" => {
            let port = value(&["-p"]).or_else(|| rest.iter().rev().find(|it| it.parse::<u16>().is_ok()).copied())?;
            let udp = rest
                .iter()
                .any(|it| it.starts_with('-') && !it.starts_with("--") && it.contains('u'));
            let number = port.parse().ok()?;
            Some(vec![Opened {
                udp,
                ..Opened::tcp(number)
            }])
        }
        "python" | "python3" if rest.windows(2).any(|it| it == ["-m", "http.server"]) => {
            let number = rest
                .iter()
                .filter(|it| !it.starts_with('-'))
                .find_map(|it| it.parse().ok());
            let bind = value(&["--bind", "-b"]).or_else(|| rest.iter().find_map(|it| it.strip_prefix("--bind=")));
            Some(vec![Opened {
                loopback: bind.is_some_and(is_loopback),
                ..Opened::tcp(number.unwrap_or(8000))
            }])
        }
        "httpd" if name_of(&container.image).1 == "busybox" || rest.contains(&"-p") => listening_at(value(&["-p"]), 80),
        "nginx" | "nginx-debug" | "httpd" | "httpd-foreground" | "apache2-foreground" | "apachectl" => {
            Some(vec![Opened::tcp(80)])
        }
        "redis-server" => of_redis(rest.iter().copied()),
        "http-server" => listening_at(value(&["-p", "--port"]), 8080),
        "socat" => {
            let listen = rest.iter().find_map(|it| {
                let (kind, rest) = it.split_once(':')?;
                let kind = kind.to_ascii_uppercase();
                (kind.contains("LISTEN")).then(|| (kind.starts_with("UDP"), rest))
            })?;
            let number = listen.1.split(',').next()?.parse().ok()?;
            let loopback = listen
                .1
                .split(',')
                .any(|it| it.strip_prefix("bind=").is_some_and(is_loopback));
            Some(vec![Opened {
                number,
                udp: listen.0,
                loopback,
            }])
        }
        // An image's own program started by its name does what its entry point does.
        "whoami" | "http-echo" | "docker-entrypoint.sh" | "mysqld" | "postgres" | "mongod" => documented(container),
        _ => None,
    }
}

/// `--port 6380`, `--bind 127.0.0.1`; without them all addresses, as its image is built.
fn of_redis<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Option<Vec<Opened>> {
    let value = |name: &str| {
        let mut words = words.clone();
        words.find(|it| *it == name)?;
        words.next()
    };
    let number = value("--port").map_or(Some(6379), |it| it.parse().ok())?;
    let loopback = value("--bind").is_some_and(is_loopback);
    Some(vec![Opened {
        loopback,
        ..Opened::tcp(number)
    }])
}

/// Whether an address is one of a machine's own only.
fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|it| it.is_loopback())
}

/// The port of `8080`, `:8080` or `127.0.0.1:8080`; `None` where it cannot be read.
fn address_of(text: &str) -> Option<Opened> {
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let host = host.rsplit('/').next().unwrap_or_default();
    Some(Opened {
        loopback: is_loopback(host),
        ..Opened::tcp(port.parse().ok()?)
    })
}

/// As [`address_of`]; the default where nothing is set.
fn listening_at(set: Option<&str>, default: u16) -> Option<Vec<Opened>> {
    set.map_or(Some(Opened::tcp(default)), address_of).map(|it| vec![it])
}

/// The ports that the arguments of an unknown program name: flags whose names say so, and `PORT`.
fn arguments(container: &Container) -> Vec<Opened> {
    let mut found = Vec::new();
    let mut host = None;
    let mut words = words(container).peekable();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix('-') else { continue };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, words.peek().copied().filter(|it| !it.starts_with('-'))),
        };
        let name = name.trim_start_matches('-').to_ascii_lowercase();
        let Some(value) = value else { continue };
        if matches!(
            name.as_str(),
            "host" | "bind" | "bind-address" | "listen-host" | "address" | "ip"
        ) && !value.contains(':')
        {
            host = Some(is_loopback(value));
        }
        let says_so = name == "p"
            || ["port", "listen", "addr", "bind", "endpoint"]
                .iter()
                .any(|it| name.contains(it));
        if says_so && let Some(opened) = address_of(value) {
            found.push(opened);
        }
    }
    if let Some(opened) = env(container, "PORT").and_then(address_of) {
        found.push(opened);
    }
    if host == Some(true) {
        found.iter_mut().for_each(|it| it.loopback = true);
    }
    found
}

/// The words of a container's command line, as far as the manifest gives it.
pub fn words(container: &Container) -> impl Iterator<Item = &str> {
    container.command.iter().chain(&container.args).map(String::as_str)
}

/// The value of a flag of Go's `flag` package: `-NAME=VALUE`, `--NAME VALUE`.
#[must_use]
pub fn flag<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    let mut words = words(container);
    while let Some(word) = words.next() {
        let Some(rest) = word.trim_start_matches('-').strip_prefix(name) else {
            continue;
        };
        if !word.starts_with('-') {
            continue;
        }
        match rest.strip_prefix('=') {
            Some(value) => return Some(value),
            None if rest.is_empty() => return words.next(),
            None => {}
        }
    }
    None
}

/// The value of an environment variable that the manifest sets.
#[must_use]
pub fn env<'a>(container: &'a Container, name: &str) -> Option<&'a str> {
    container.env.iter().find(|it| it.name == name)?.value.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::types::core::{ContainerPort, TcpSocketAction};

    fn pod(image: &str, args: &[&str]) -> Pod {
        let mut pod = Pod::default();
        pod.spec.containers.push(Container {
            image: image.to_owned(),
            args: args.iter().map(|&it| it.to_owned()).collect(),
            ..Container::default()
        });
        pod
    }

    fn commanded(image: &str, command: &[&str]) -> Pod {
        let mut pod = pod(image, &[]);
        pod.spec.containers[0].command = command.iter().map(|&it| it.to_owned()).collect();
        pod
    }

    fn declare(pod: &mut Pod, port: i32) {
        pod.spec.containers[0].ports.push(ContainerPort {
            container_port: port,
            ..ContainerPort::default()
        });
    }

    #[test]
    fn an_unknown_program_is_taken_at_its_word() {
        let mut pod = pod("shop/cart:2", &[]);
        assert_eq!(
            (listens(&pod, 80, "TCP"), basis(&pod, 80, "TCP")),
            (None, Some(Basis::Service))
        );
        declare(&mut pod, 8080);
        assert_eq!(listens(&pod, 8080, "TCP"), Some(true));
        assert_eq!(basis(&pod, 8080, "TCP"), Some(Basis::Declared));
        assert_eq!(listens(&pod, 8080, "UDP"), Some(false));
        assert_eq!(listens(&pod, 80, "TCP"), Some(false));
        pod.spec.containers[0].readiness_probe = Some(Probe {
            tcp_socket: Some(TcpSocketAction {
                port: IntOrString::Int(9090),
            }),
            ..Probe::default()
        });
        assert_eq!(basis(&pod, 9090, "TCP"), Some(Basis::Probed));
        pod.metadata
            .annotations
            .insert("fake/server".to_owned(), "none".to_owned());
        assert_eq!(listens(&pod, 8080, "TCP"), Some(false));
    }

    #[test]
    fn arguments_of_unknown_programs_name_ports() {
        for (args, port) in [
            (&["--port=9000"][..], 9000),
            (&["-listen", ":7000"], 7000),
            (&["--web.listen-address=0.0.0.0:9100"], 9100),
            (&["--metrics-bind-address", ":8443"], 8443),
        ] {
            let mut pod = pod("shop/cart:2", args);
            declare(&mut pod, 8080);
            assert_eq!(basis(&pod, port, "TCP"), Some(Basis::Argument), "{args:?}");
            assert_eq!(basis(&pod, 8080, "TCP"), Some(Basis::Declared), "{args:?}");
            assert_eq!(listens(&pod, port + 1, "TCP"), Some(false), "{args:?}");
        }
    }

    #[test]
    fn what_is_bound_to_loopback_is_open_within_its_pod_only() {
        for pod in [
            pod("shop/cart:2", &["--bind=127.0.0.1", "--port=8080"]),
            pod("shop/cart:2", &["-listen", "127.0.0.1:8080"]),
            pod("hashicorp/http-echo", &["-listen=127.0.0.1:8080"]),
            commanded(
                "python:3",
                &["python3", "-m", "http.server", "8080", "--bind", "127.0.0.1"],
            ),
        ] {
            assert_eq!(listens(&pod, 8080, "TCP"), Some(false));
            assert_eq!(listens_within(&pod, 8080, "TCP"), Some(true));
        }
        let redis = pod("redis", &["--bind", "127.0.0.1"]);
        assert_eq!(
            (listens(&redis, 6379, "TCP"), listens_within(&redis, 6379, "TCP")),
            (Some(false), Some(true))
        );
    }

    #[test]
    fn well_known_images_listen_on_their_documented_ports() {
        for (image, args, port) in [
            ("nginx", &[][..], 80),
            ("docker.io/library/nginx:1.27-alpine", &["-g", "daemon off;"], 80),
            ("registry.example:5000/redis@sha256:0123", &[], 6379),
            ("postgres:17", &[], 5432),
            ("traefik/whoami", &["--port=8080"], 8080),
            ("traefik/whoami", &["--port", "8081"], 8081),
            ("hashicorp/http-echo", &["-text=hi"], 5678),
            ("hashicorp/http-echo", &["-text=hi", "-listen=:80"], 80),
            (
                "registry.k8s.io/e2e-test-images/agnhost:2.53",
                &["netexec", "--http-port=9090"],
                9090,
            ),
            ("kicbase/echo-server:1.0", &[], 8080),
        ] {
            // What is declared only informs.
            let mut pod = pod(image, args);
            declare(&mut pod, i32::from(port) + 1);
            assert_eq!(listens(&pod, port, "TCP"), Some(true), "{image}");
            assert_eq!(listens(&pod, port + 1, "TCP"), Some(false), "{image}");
            assert_eq!(listens(&pod, port, "UDP"), Some(false), "{image}");
            assert_eq!(basis(&pod, port, "TCP"), None, "{image}");
        }
    }

    #[test]
    fn what_is_started_counts_more_than_the_image() {
        for command in [
            &["sleep", "3600"][..],
            &["sh", "-c", "echo hi; sleep 1"],
            &["tail", "-f", "/dev/null"],
        ] {
            let mut pod = commanded("nginx", command);
            declare(&mut pod, 80);
            assert_eq!(listens(&pod, 80, "TCP"), Some(false), "{command:?}");
        }
        assert_eq!(
            listens(&pod("redis", &["sh", "-c", "sleep 1"]), 6379, "TCP"),
            Some(false)
        );
        assert_eq!(listens(&pod("agnhost", &["pause"]), 8080, "TCP"), Some(false));
        for (command, port) in [
            (&["nc", "-lk", "-p", "9000"][..], 9000),
            (&["sh", "-c", "while true; do echo hi | nc -l -p 8080; done"], 8080),
            (&["sh", "-c", "cd /www && httpd -f -p 8000"], 8000),
            (&["python3", "-m", "http.server"], 8000),
            (&["sh", "-c", "nginx -g 'daemon off;'"], 80),
            (&["socat", "TCP-LISTEN:7,fork", "EXEC:cat"], 7),
        ] {
            let pod = commanded("busybox", command);
            assert_eq!(listens(&pod, port, "TCP"), Some(true), "{command:?}");
            assert_eq!(listens(&pod, port + 1, "TCP"), Some(false), "{command:?}");
        }
        // Nobody knows what this does.
        assert_eq!(listens(&commanded("busybox", &["/server"]), 80, "TCP"), None);
    }
}
