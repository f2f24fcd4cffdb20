//! Asks a Linux kernel: nodes and pods as network namespaces, the rules that Kubehop prints loaded with
//! `iptables-restore`, real connections, and every outcome held against Kubehop's own traces.
//!
//! `make test-kernel`, or `cargo test --test kernel -- [SCENARIO]`. Needs Linux, root, iproute2 and iptables;
//! says so and ends well elsewhere. All traffic stays within namespaces that this program makes and removes.
//! Beside the recorded scenarios it makes up as many as `KUBEHOP_KERNEL_RANDOM` says (default 12),
//! counted from `KUBEHOP_KERNEL_SEED`.

mod packet_cases;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use kubehop::net::proxy::Table;
use kubehop::net::transport::{Connect, exchange};
use kubehop::net::{NetState, Protocol, Source, Verdict};
use kubehop::sim::{Instant, Rng};

use packet_cases::{Case, Placed, Probe, Step};

/// All namespaces begin so.
const PREFIX: &str = "kubehop-";
/// Longer than a veth pair ever takes, shorter than the kernel repeats a SYN.
const PATIENCE: Duration = Duration::from_millis(400);
/// Enough to see every one of four endpoints, but for one run in ten thousand million.
const TRIES: usize = 80;
/// A timeout is a timeout.
const TRIES_OF_SILENCE: usize = 3;
/// Refusals in a row that are enough, where nobody has answered.
const TRIES_OF_REFUSAL: usize = 12;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("serve") => serve(&words[1], words[2].parse().expect("an address"), &words[3..]),
        Some("connect") => dial(&words[1], &words[2]),
        _ => return run(words.iter().find(|word| !word.starts_with('-'))),
    }
    ExitCode::SUCCESS
}

// Inside a namespace ---------------------------------------------------------------------------------------

/// Answers every connection with its own name and whom it sees.
fn serve(name: &str, own: IpAddr, ports: &[String]) {
    let threads: Vec<_> = ports
        .iter()
        .map(|port| {
            let (protocol, number) = port.split_once('/').expect("PROTOCOL/PORT");
            let (name, number): (String, u16) = (format!("{name}:{number}"), number.parse().expect("a port"));
            let udp = protocol == "UDP";
            std::thread::spawn(move || {
                if udp {
                    serve_udp(&name, SocketAddr::new(own, number));
                } else {
                    serve_tcp(&name, SocketAddr::new(own, number));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("servers do not panic");
    }
}

fn serve_tcp(name: &str, at: SocketAddr) {
    let listener = TcpListener::bind(at).expect("the port is free");
    println!("ready");
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        let Ok(peer) = stream.peer_addr() else { continue };
        // Whoever hung up does not want to know.
        let _ = stream.write_all(format!("{name} {}\n", peer.ip()).as_bytes());
    }
}

/// Bound to one address: what answers from 0.0.0.0 answers from the address of the way back.
fn serve_udp(name: &str, at: SocketAddr) {
    let socket = UdpSocket::bind(at).expect("the port is free");
    println!("ready");
    let mut buffer = [0; 64];
    while let Ok((_, peer)) = socket.recv_from(&mut buffer) {
        let _ = socket.send_to(format!("{name} {}\n", peer.ip()).as_bytes(), peer);
    }
}

/// Connects again and again and prints what came of it.
fn dial(protocol: &str, to: &str) {
    let to: SocketAddr = to.parse().expect("an address");
    let (mut silence, mut refusals, mut answers) = (0, 0, 0);
    for _ in 0..TRIES {
        let answer = if protocol == "UDP" { dial_udp(to) } else { dial_tcp(to) };
        match answer {
            Ok(text) => {
                println!("answered {}", text.trim());
                answers += 1;
            }
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                println!("refused");
                refusals += 1;
                if answers == 0 && refusals == TRIES_OF_REFUSAL {
                    return;
                }
            }
            Err(_) => {
                println!("timeout");
                silence += 1;
                if silence == TRIES_OF_SILENCE {
                    return;
                }
            }
        }
    }
}

fn dial_tcp(to: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&to, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

fn dial_udp(to: SocketAddr) -> std::io::Result<String> {
    let socket = UdpSocket::bind(("0.0.0.0", 0))?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.connect(to)?;
    socket.send(b"?")?;
    let mut buffer = [0; 64];
    let length = socket.recv(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
}

// The machines ---------------------------------------------------------------------------------------------

fn namespace(name: &str) -> String {
    format!("{PREFIX}{name}")
}

/// Runs a program to its end; its standard output.
fn command(program: &str, words: &[&str], input: Option<&str>) -> Result<String, String> {
    let mut child = Command::new(program)
        .args(words)
        .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    if let Some(text) = input {
        let mut pipe = child.stdin.take().expect("piped");
        pipe.write_all(text.as_bytes())
            .map_err(|error| format!("{program}: {error}"))?;
    }
    let output = child
        .wait_with_output()
        .map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(format!(
        "{program} {}: {}",
        words.join(" "),
        String::from_utf8_lossy(&output.stderr)
    ))
}

fn clear() {
    let listed = command("ip", &["netns", "list"], None).unwrap_or_default();
    for name in listed.lines().filter_map(|line| line.split_whitespace().next()) {
        if name.starts_with(PREFIX) {
            // One that is gone already is as good as removed.
            let _ = command("ip", &["netns", "del", name], None);
        }
    }
}

/// A cluster of namespaces; gone when dropped.
struct Machines {
    servers: Vec<Child>,
}

impl Drop for Machines {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
            let _ = server.wait();
        }
        clear();
    }
}

impl Machines {
    /// Three nodes on one wire with a router and a lone server, a client behind the router, pods on point-to-point links.
    fn new(case: &Case, trees: &[Value]) -> Self {
        clear();
        let mut machines = Self { servers: Vec::new() };
        let mut names = vec!["wire".to_owned(), "router".into(), "client".into(), "api".into()];
        names.extend((1..=3).map(|n| format!("node-{n}")));
        let pods: Vec<(&String, &Placed)> = case
            .pods
            .iter()
            .filter(|(_, it)| !it.ip.to_string().starts_with("192.168.10."))
            .collect();
        names.extend(pods.iter().map(|(name, _)| (*name).clone()));
        for name in &names {
            command("ip", &["netns", "add", &namespace(name)], None).unwrap_or_else(|error| panic!("{error}"));
        }
        let mut lines = String::new();
        let n = namespace;
        for name in &names {
            lines += &format!("-n {} link set lo up\n", n(name));
        }
        let each = |lines: &str| {
            for line in lines.lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                command("ip", &words, None).unwrap_or_else(|error| panic!("{error}"));
            }
        };
        lines += &format!(
            "-n {} link add br0 type bridge\n-n {} link set br0 up\n",
            n("wire"),
            n("wire")
        );
        let mut wired = vec![("router".to_owned(), 1), ("api".to_owned(), 10)];
        wired.extend((1..=3).map(|node| (format!("node-{node}"), 10 + node)));
        for (name, host) in &wired {
            let (wire, own) = (n("wire"), n(name));
            lines += &format!("-n {wire} link add to-{name} type veth peer name eth0 netns {own}\n");
            lines += &format!("-n {wire} link set to-{name} master br0 up\n");
            lines += &format!("-n {own} addr add 192.168.10.{host}/24 dev eth0\n-n {own} link set eth0 up\n");
            if name != "router" {
                lines += &format!("-n {own} route add default via 192.168.10.1\n");
            }
            for node in (1..=3).filter(|node| *name != format!("node-{node}") && name != "router") {
                lines += &format!("-n {own} route add 10.244.{node}.0/24 via 192.168.10.1{node}\n");
            }
        }
        let (router, client) = (n("router"), n("client"));
        lines += &format!("-n {router} link add eth1 type veth peer name eth0 netns {client}\n");
        lines += &format!("-n {router} addr add 203.0.113.1/24 dev eth1\n-n {router} link set eth1 up\n");
        lines += &format!("-n {client} addr add 203.0.113.10/24 dev eth0\n-n {client} link set eth0 up\n");
        lines += &format!("-n {client} route add default via 203.0.113.1\n");
        lines += &format!("-n {router} route add blackhole default\n");
        for (name, placed) in &pods {
            let node = &placed.node;
            let (own, host) = (n(name), n(node));
            let gateway = format!("10.244.{}.1", node.trim_start_matches("node-"));
            lines += &format!("-n {host} link add name pod-{name} type veth peer name eth0 netns {own}\n");
            lines += &format!("-n {host} addr add {gateway}/32 dev pod-{name}\n-n {host} link set pod-{name} up\n");
            lines += &format!("-n {host} route add {}/32 dev pod-{name}\n", placed.ip);
            lines += &format!(
                "-n {own} addr add {}/32 dev eth0\n-n {own} link set eth0 up\n",
                placed.ip
            );
            lines += &format!("-n {own} route add {gateway}/32 dev eth0 src {}\n", placed.ip);
            lines += &format!("-n {own} route add default via {gateway} dev eth0\n");
        }
        each(&lines);
        for name in names
            .iter()
            .filter(|name| name.starts_with("node-") || **name == "router")
        {
            let settings = [
                "net.ipv4.ip_forward=1",
                // One refusal a second and client is polite, but not what is asked here.
                "net.ipv4.icmp_ratelimit=0",
                "net.ipv4.conf.all.route_localnet=1",
                "net.ipv4.conf.all.rp_filter=0",
                "net.ipv4.conf.default.rp_filter=0",
            ];
            let ns = n(name);
            let words: Vec<&str> = ["netns", "exec", &ns, "sysctl", "-q", "-w"]
                .into_iter()
                .chain(settings)
                .collect();
            command("ip", &words, None).unwrap_or_else(|error| panic!("{error}"));
        }
        for tree in trees.iter().filter(|tree| tree["kind"] == "Pod") {
            let name = tree["metadata"]["name"].as_str().expect("a name");
            let ports = tree["spec"]["containers"][0]["ports"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let ports: Vec<String> = ports
                .iter()
                .map(|port| {
                    format!(
                        "{}/{}",
                        port["protocol"].as_str().unwrap_or("TCP"),
                        port["containerPort"]
                    )
                })
                .collect();
            let place = match tree["spec"]["hostNetwork"] == true {
                true => tree["spec"]["nodeName"].as_str().expect("a node").to_owned(),
                false => name.to_owned(),
            };
            machines.serve(&place, name, case.pods[name].ip, &ports);
        }
        for (place, name, host) in [("api", "db-10", 10), ("node-3", "db-13", 13)] {
            let own = format!("192.168.10.{host}").parse().expect("an address");
            machines.serve(place, name, own, &["TCP/7000".to_owned()]);
        }
        machines
    }

    fn serve(&mut self, place: &str, name: &str, own_address: IpAddr, ports: &[String]) {
        if ports.is_empty() {
            return;
        }
        let own = std::env::current_exe().expect("this program has a path");
        let mut child = Command::new("ip")
            .args(["netns", "exec", &namespace(place)])
            .arg(own)
            .args(["serve", name, &own_address.to_string()])
            .args(ports)
            .stdout(Stdio::piped())
            .spawn()
            .expect("ip is there");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        for _ in ports {
            lines.next().expect("the server starts").expect("readable");
        }
        self.servers.push(child);
    }

    /// Loads what Kubehop prints; `nfacct` counters exist only where somebody made them, and decide nothing.
    fn load(rules: &BTreeMap<String, String>) -> Result<(), String> {
        for (node, text) in rules {
            let mut plain = text.clone();
            while let Some(at) = plain.find(" -m nfacct --nfacct-name") {
                let end = plain[at..].find(" -j").map_or(plain.len(), |length| at + length);
                plain.replace_range(at..end, "");
            }
            command(
                "ip",
                &["netns", "exec", &namespace(node), "iptables-restore"],
                Some(&plain),
            )?;
        }
        Ok(())
    }

    /// Leads an address to a node, as whoever owns it outside would.
    fn lead(address: IpAddr, node: &str) {
        let host = format!("192.168.10.1{}", node.trim_start_matches("node-"));
        let words = [
            "-n",
            &namespace("router"),
            "route",
            "replace",
            &format!("{address}/32"),
            "via",
            &host,
        ];
        command("ip", &words, None).unwrap_or_else(|error| panic!("{error}"));
    }

    fn dial(from: &str, protocol: &str, to: SocketAddr) -> Seen {
        let own = std::env::current_exe().expect("this program has a path");
        let own = own.to_string_lossy();
        let place = namespace(if from == "outside" { "client" } else { from });
        let words = ["netns", "exec", &place, &own, "connect", protocol, &to.to_string()];
        let printed = command("ip", &words, None).unwrap_or_else(|error| panic!("{error}"));
        let mut seen = Seen::default();
        for line in printed.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            seen.results.insert(words[0].to_owned());
            if let [_, name, source] = words[..] {
                seen.sources
                    .entry(name.to_owned())
                    .or_default()
                    .insert(source.parse().expect("an address"));
            }
        }
        seen
    }
}

/// What became of many connections.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    results: BTreeSet<String>,
    /// By who answered: the sources it saw.
    sources: BTreeMap<String, BTreeSet<IpAddr>>,
}

// The comparison -------------------------------------------------------------------------------------------

fn simulate(
    snapshot: &kubehop::cluster::Snapshot,
    state: &mut NetState,
    rng: &mut Rng,
    probe: &Probe,
    via: Option<&String>,
    protocol: Protocol,
    to: SocketAddr,
) -> Seen {
    let from = match probe.from.as_str() {
        "outside" => Source::Client,
        node if node.starts_with("node-") => Source::Node(node.to_owned()),
        pod => Source::Pod {
            namespace: "default".into(),
            name: pod.to_owned(),
        },
    };
    let mut seen = Seen::default();
    for _ in 0..TRIES {
        let args = Connect {
            via_node: via.map(String::as_str),
            record: false,
            ..Connect::new(&from, to, protocol)
        };
        let leg = exchange(snapshot, state, rng, Instant::DEFAULT_START, &args);
        let result = match leg.verdict {
            Verdict::Delivered => "answered",
            Verdict::Refused => "refused",
            _ => "timeout",
        };
        seen.results.insert(result.to_owned());
        if leg.verdict == Verdict::Delivered {
            let backend = leg.backend.expect("delivered to somebody");
            let name = packet_cases::backend_name(backend.address, backend.pod.as_ref());
            seen.sources
                .entry(name)
                .or_default()
                .insert(leg.source_seen.expect("from somewhere"));
        }
    }
    seen
}

/// Every probe of a scenario; the differences.
fn compare(case: &Case) -> (usize, Vec<String>) {
    let mut trees = packet_cases::objects(case);
    let config = packet_cases::config("10.244.0.0/16");
    let _machines = Machines::new(case, &trees);
    let (mut count, mut wrong) = (0, Vec::new());
    for step in &case.steps {
        if let Some(command) = &step.run {
            packet_cases::run(command, &mut trees);
        }
        let snapshot = packet_cases::snapshot(&trees, &config);
        let mut state = NetState::new();
        let mut rng = Rng::new(7);
        let rules = (1..=3)
            .map(|n| {
                let node = format!("node-{n}");
                let mut print = |table| {
                    state
                        .iptables_save(&snapshot, &node, table, false)
                        .expect("the node is there")
                };
                let text = print(Table::Nat) + &print(Table::Filter);
                (node, text)
            })
            .collect();
        if let Err(error) = Machines::load(&rules) {
            wrong.push(format!("{}: {error}", case.name));
            continue;
        }
        for probe in &step.probes {
            let name = probe.proto.as_deref().unwrap_or("TCP").to_uppercase();
            let Some(protocol @ (Protocol::Tcp | Protocol::Udp)) = Protocol::parse(&name) else {
                continue;
            };
            let to: SocketAddr = probe.to.parse().expect("an address");
            let via = probe.via.as_ref().or_else(|| case.routes.get(&to.ip()));
            if let Some(node) = via {
                Machines::lead(to.ip(), node);
            }
            let real = Machines::dial(&probe.from, &name, to);
            let ours = simulate(&snapshot, &mut state, &mut rng, probe, via, protocol, to);
            count += 1;
            // Which endpoint a client sticks to is chance; that it sticks to one is not.
            let sticky = probe.backends_seen.is_some();
            let same = if sticky {
                (real.results == ours.results) && (real.sources.len() == ours.sources.len())
            } else {
                real == ours
            };
            if !same {
                wrong.push(format!(
                    "{}: {} -> {} {} via {via:?}\n   kernel  {real:?}\n   kubehop {ours:?}",
                    case.name, probe.from, name, probe.to
                ));
            }
        }
    }
    (count, wrong)
}

/// A scenario nobody thought of.
fn made_up(seed: u64) -> Case {
    let mut rng = Rng::new(seed);
    let mut pick = |from: &[&str]| from[rng.below(from.len() as u64) as usize].to_owned();
    let mut cluster = Vec::new();
    let mut pods = BTreeMap::new();
    let mut hosts = [1u8; 4];
    let mut place = |name: &str, node: usize, host_network: bool| {
        hosts[node] += u8::from(!host_network);
        let ip = if host_network {
            format!("192.168.10.1{node}")
        } else {
            format!("10.244.{node}.{}", hosts[node])
        };
        pods.insert(
            name.to_owned(),
            Placed {
                node: format!("node-{node}"),
                ip: ip.parse().expect("an address"),
            },
        );
    };
    let (kind, external, internal) = (
        pick(&["ClusterIP", "NodePort", "NodePort", "LoadBalancer"]),
        pick(&["Cluster", "Local"]),
        pick(&["Cluster", "Cluster", "Local"]),
    );
    let protocol = pick(&["TCP", "TCP", "UDP"]);
    let outside = kind != "ClusterIP";
    let mut spec = json!({
        "type": kind, "clusterIP": "10.96.0.50", "selector": { "app": "web" }, "internalTrafficPolicy": internal,
        "ports": [{ "port": 80, "targetPort": 8080, "protocol": protocol }],
    });
    if outside {
        spec["ports"][0]["nodePort"] = json!(30080);
        spec["externalTrafficPolicy"] = json!(external);
    }
    let external_ip = pick(&["", "198.51.100.7", "192.168.10.12"]);
    if !external_ip.is_empty() {
        spec["externalIPs"] = json!([external_ip]);
        spec["externalTrafficPolicy"] = json!(external);
    }
    let mut status = json!({});
    if kind == "LoadBalancer" {
        status = json!({ "loadBalancer": { "ingress": [{ "ip": "198.51.100.20" }] } });
        let range = pick(&["", "", "203.0.113.0/24", "192.168.10.0/24", "10.244.0.0/16"]);
        if !range.is_empty() {
            spec["loadBalancerSourceRanges"] = json!([range]);
        }
    }
    let sticky = pick(&["", "", "", "ClientIP"]) == "ClientIP";
    if sticky {
        spec["sessionAffinity"] = json!("ClientIP");
    }
    cluster.push(
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "web" }, "spec": spec, "status": status }),
    );
    for name in ["a", "b", "c", "d"] {
        let node: usize = pick(&["0", "1", "1", "2", "3"]).parse().expect("a number");
        if node == 0 {
            continue;
        }
        let host_network = pick(&["", "", "", "yes"]) == "yes" && !pods_have(&cluster, node);
        place(name, node, host_network);
        let mut meta = json!({ "name": name, "labels": { "app": "web" }, "annotations": {} });
        match pick(&["", "", "", "not ready", "terminating"]).as_str() {
            "not ready" => meta["annotations"]["fake/ready"] = json!("false"),
            "terminating" => meta["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"),
            _ => {}
        }
        let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": meta,
            "spec": { "nodeName": format!("node-{node}"), "containers": [{ "ports": [{ "containerPort": 8080, "protocol": protocol }] }] } });
        if host_network {
            pod["spec"]["hostNetwork"] = json!(true);
        }
        cluster.push(pod);
    }
    for node in 1..=3 {
        let name = format!("cli{node}");
        place(&name, node, false);
        cluster.push(
            json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "labels": { "app": "cli" } },
            "spec": { "nodeName": format!("node-{node}"), "containers": [{}] } }),
        );
    }
    let mut targets = vec![("10.96.0.50:80".to_owned(), None)];
    if outside {
        targets.extend((1..=3).map(|n| (format!("192.168.10.1{n}:30080"), None)));
        targets.push(("127.0.0.1:30080".to_owned(), None));
    }
    for (ip, used) in [
        ("198.51.100.20", kind == "LoadBalancer"),
        ("198.51.100.7", external_ip == "198.51.100.7"),
    ] {
        if used {
            targets.push((format!("{ip}:80"), Some(format!("node-{}", pick(&["1", "2", "3"])))));
        }
    }
    if external_ip == "192.168.10.12" {
        targets.push(("192.168.10.12:80".to_owned(), None));
    }
    let mut sources = vec!["outside", "cli1", "cli3", "node-1", "node-3"];
    if pods.get("a").is_some_and(|it| it.ip.to_string().starts_with("10.")) {
        sources.push("a");
    }
    let mut probes = Vec::new();
    for (to, via) in &targets {
        for from in &sources {
            let loopback = to.starts_with("127.");
            if loopback && !from.starts_with("node-") {
                continue;
            }
            probes.push(Probe {
                from: (*from).to_owned(),
                to: to.clone(),
                proto: Some(protocol.clone()),
                via: via.clone(),
                result: String::new(),
                backends: BTreeSet::new(),
                backends_seen: sticky.then_some(1),
                source_seen: BTreeMap::new(),
            });
        }
    }
    let texts: Vec<String> = cluster.iter().map(Value::to_string).collect();
    Case {
        name: format!("made up {seed}"),
        routes: BTreeMap::new(),
        cluster: texts.join("\n---\n"),
        pods,
        steps: vec![Step { probes, run: None }],
    }
}

/// Whether a node has a pod in its own network already: two cannot listen on one port.
fn pods_have(cluster: &[Value], node: usize) -> bool {
    cluster
        .iter()
        .any(|tree| tree["spec"]["hostNetwork"] == true && tree["spec"]["nodeName"] == format!("node-{node}"))
}

fn run(only: Option<&String>) -> ExitCode {
    let ready = cfg!(target_os = "linux")
        && command("id", &["-u"], None).is_ok_and(|id| id.trim() == "0")
        && command("iptables-restore", &["--version"], None).is_ok()
        && command("ip", &["netns", "add", &namespace("try")], None).is_ok();
    clear();
    if !ready {
        println!("skipped: asking the kernel needs Linux, root, iproute2 and iptables");
        return ExitCode::SUCCESS;
    }
    let random = std::env::var("KUBEHOP_KERNEL_RANDOM")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(12);
    let first: u64 = std::env::var("KUBEHOP_KERNEL_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let cases = packet_cases::read("packets.yaml")
        .into_iter()
        .chain((first..first + random).map(made_up));
    let (mut count, mut wrong) = (0, Vec::new());
    for case in cases.filter(|case| only.is_none_or(|name| case.name == *name)) {
        let (probes, differences) = compare(&case);
        println!("{}: {probes} probes, {} differ", case.name, differences.len());
        count += probes;
        wrong.extend(differences);
    }
    for difference in &wrong {
        println!("{difference}");
    }
    // In the words of other tests, so that whoever counts them counts these.
    let word = if wrong.is_empty() { "ok" } else { "FAILED" };
    println!(
        "test result: {word}. {} passed; {} failed",
        count - wrong.len().min(count),
        wrong.len()
    );
    if wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
