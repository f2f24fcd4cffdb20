//! Asks a Linux kernel: nodes and pods as network namespaces, the rules that Kubehop prints loaded with
//! `iptables-restore` or `nft -f`, real connections, and every outcome held against Kubehop's own traces. Tables of
//! nftables must also be listed by `nft` as they were printed.
//!
//! `make test-kernel`, or `cargo test --test kernel -- [SCENARIO]`. Needs Linux, root, iproute2 and iptables
//! (and nftables for its mode); says so and ends well elsewhere. All traffic stays within namespaces that this program makes and removes.
//! Beside the recorded scenarios it makes up as many as `KUBEHOP_KERNEL_RANDOM` says (default 12),
//! counted from `KUBEHOP_KERNEL_SEED`; every second is in nftables mode. Every third one, and a few of the recorded, runs over IPv6: the same
//! cluster with every address in its sister range. A node's own port of a pod (`hostPort`) is led to it by the
//! rules that the CNI plugin portmap writes. A probe that only timed out is asked again with more patience
//! before it counts as a difference: the machine may be busy.

#[path = "kernel/machines.rs"]
mod machines;
mod packet_cases;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

use kubehop::api::IpFamily;
use kubehop::net::proxy::iptables::Table;
use kubehop::net::proxy::{NftPart, ProxyMode, RuleDump};
use kubehop::net::transport::{Connect, exchange};
use kubehop::net::{NetState, Protocol, Source, Verdict};
use kubehop::sim::{Instant, Rng};

use machines::{Machines, Seen, clear, command, in_family, namespace};
use packet_cases::{Case, Placed, Probe, Step, in_ipv6, sister};

/// Longer than a veth pair ever takes, shorter than the kernel repeats a SYN.
const PATIENCE: Duration = Duration::from_millis(400);
/// Enough to see every one of four endpoints, but for one run in ten thousand million.
const TRIES: usize = 80;
/// A timeout is a timeout.
const TRIES_OF_SILENCE: usize = 3;
/// How often a probe that only timed out is asked again, each time five times as patiently.
const SECOND_THOUGHTS: u32 = 2;
/// After so long no further scenario is begun: on a machine that busy the rest would say nothing new.
const LONGEST: Duration = Duration::from_secs(600);
/// Recorded scenarios that run over IPv6 too.
const OVER_IPV6: [&str; 4] = [
    "clusterip-basic",
    "nodeport-cluster",
    "loadbalancer-cluster",
    "affinity-clientip",
];
/// The port of its node that a made-up pod may claim.
const HOST_PORT: u16 = 9090;
/// Refusals in a row that are enough, where nobody has answered.
const TRIES_OF_REFUSAL: usize = 12;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.first().map(String::as_str) {
        Some("serve") => serve(&words[1], words[2].parse().expect("an address"), &words[3..]),
        Some("connect") => dial(&words[1], &words[2], words[3].parse().expect("a number")),
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
fn dial(protocol: &str, to: &str, patience: u32) {
    let patience = PATIENCE * patience;
    let to: SocketAddr = to.parse().expect("an address");
    let (mut silence, mut refusals, mut answers) = (0, 0, 0);
    for _ in 0..TRIES {
        let answer = if protocol == "UDP" {
            dial_udp(to, patience)
        } else {
            dial_tcp(to, patience)
        };
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

fn dial_tcp(to: SocketAddr, patience: Duration) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&to, patience)?;
    stream.set_read_timeout(Some(patience))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

fn dial_udp(to: SocketAddr, patience: Duration) -> std::io::Result<String> {
    let socket = UdpSocket::bind((if to.is_ipv6() { "::" } else { "0.0.0.0" }, 0))?;
    socket.set_read_timeout(Some(patience))?;
    socket.connect(to)?;
    if let Err(error) = socket.send(b"?") {
        // What a node's own rules stop is not permitted, whether they refuse or drop; a refusal leaves word.
        return Err(socket.take_error()?.unwrap_or(error));
    }
    let mut buffer = [0; 64];
    let length = socket.recv(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..length]).into_owned())
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
fn compare(case: &Case, family: IpFamily, mode: ProxyMode) -> (usize, Vec<String>) {
    let mut trees = packet_cases::objects(case);
    let mut config = packet_cases::config("10.244.0.0/16");
    config.proxy.mode = mode.name().to_owned();
    let machines = Machines::new(case, &trees, family);
    if family == IpFamily::V6 {
        let text = Value::Array(std::mem::take(&mut trees)).to_string();
        let text = in_ipv6(&text).replace("\"addressType\":\"IPv4\"", "\"addressType\":\"IPv6\"");
        trees = serde_json::from_str(&text).expect("only addresses changed");
        let net = |text: &str| sister(text).parse().expect("a range");
        config.pod_subnets = vec![net("10.244.0.0/16")];
        config.service_subnets = vec![net("10.96.0.0/12")];
        config.proxy.cluster_cidr = sister("10.244.0.0/16");
    }
    let (mut count, mut wrong) = (0, Vec::new());
    for step in &case.steps {
        if let Some(command) = &step.run {
            packet_cases::run(command, &mut trees);
        }
        let snapshot = packet_cases::snapshot(&trees, &config);
        let mut state = NetState::new();
        let mut rng = Rng::new(7);
        let mut print = |dump: RuleDump<'_>| -> BTreeMap<String, String> {
            (1..=3)
                .map(|n| {
                    let node = format!("node-{n}");
                    let text = state.dump_rules(&snapshot, &node, family, dump);
                    (node, text.expect("the node is there"))
                })
                .collect()
        };
        let mut rules = print(RuleDump::IptablesSave(Table::Nat));
        for (node, more) in print(RuleDump::IptablesSave(Table::Filter)) {
            rules.entry(node).or_default().push_str(&more);
        }
        let mut loaded = machines.load(&rules, &trees);
        if mode == ProxyMode::Nftables {
            let tables = print(RuleDump::NftList(NftPart::Table));
            loaded = loaded.and_then(|()| machines.load_nft(&tables));
        }
        if let Err(error) = loaded {
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
                machines.lead(to.ip(), node);
            }
            let to = SocketAddr::new(in_family(to.ip(), family), to.port());
            let ours = simulate(&snapshot, &mut state, &mut rng, probe, via, protocol, to);
            count += 1;
            // Which endpoint a client sticks to is chance; that it sticks to one is not.
            let sticky = probe.backends_seen.is_some();
            let same = |real: &Seen| match sticky {
                true => (real.results == ours.results) && (real.sources.len() == ours.sources.len()),
                false => *real == ours,
            };
            let mut real = Machines::dial(&probe.from, &name, to, 1);
            for again in 1..=SECOND_THOUGHTS {
                if !same(&real) && real.results.contains("timeout") {
                    real = Machines::dial(&probe.from, &name, to, 5u32.pow(again));
                }
            }
            if !same(&real) {
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
    let mut claimed = BTreeSet::new();
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
        } else if claimed.insert(node) && pick(&["", "yes"]) == "yes" {
            // The node's own port, or the very port that the Service may have.
            let port = pick(&["9090", "9090", "30080"]);
            pod["spec"]["containers"][0]["ports"][0]["hostPort"] = json!(port.parse::<u16>().expect("a number"));
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
    targets.extend((1..=3).map(|n| (format!("192.168.10.1{n}:{HOST_PORT}"), None)));
    targets.push((format!("127.0.0.1:{HOST_PORT}"), None));
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

#[expect(clippy::disallowed_methods, reason = "real machines are asked, and time is theirs")]
fn clock() -> std::time::Instant {
    std::time::Instant::now()
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
    let recorded = packet_cases::read("packets.yaml").into_iter().map(|case| {
        let both = OVER_IPV6.contains(&case.name.as_str());
        let families = if both { &IpFamily::ALL[..] } else { &IpFamily::ALL[..1] };
        (case, families, ProxyMode::Iptables)
    });
    let has_nft = command("nft", &["--version"], None).is_ok();
    if !has_nft {
        println!("skipped: nftables mode needs nft");
    }
    let in_nftables = packet_cases::read("packets-nftables.yaml").into_iter().map(|case| {
        let both = OVER_IPV6.contains(&case.name.as_str());
        let families = if both { &IpFamily::ALL[..] } else { &IpFamily::ALL[..1] };
        (case, families, ProxyMode::Nftables)
    });
    let made_up = (first..first + random).map(|seed| {
        let family = if seed % 3 == 2 { IpFamily::V6 } else { IpFamily::V4 };
        let mode = if seed % 2 == 1 {
            ProxyMode::Nftables
        } else {
            ProxyMode::Iptables
        };
        (
            made_up(seed),
            std::slice::from_ref(&IpFamily::ALL[family.index()]),
            mode,
        )
    });
    let (mut count, mut wrong) = (0, Vec::new());
    let started = clock();
    let all = recorded.chain(in_nftables).chain(made_up);
    for (case, families, mode) in all
        .filter(|(case, ..)| only.is_none_or(|name| case.name == *name))
        .filter(|(.., mode)| has_nft || *mode != ProxyMode::Nftables)
    {
        for &family in families {
            if started.elapsed() > LONGEST {
                println!("{}: not asked, the machine is too busy", case.name);
                continue;
            }
            let (probes, differences) = compare(&case, family, mode);
            let over = if family == IpFamily::V6 { " over IPv6" } else { "" };
            let mode = mode.name();
            println!(
                "{mode} {}{over}: {probes} probes, {} differ",
                case.name,
                differences.len()
            );
            count += probes;
            wrong.extend(differences);
        }
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
