//! Nodes, pods, a router and a client as network namespaces, over either version of IP, and what portmap would
//! add to the nodes' rules.

use kubehop::api::IpFamily;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, SocketAddr};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::packet_cases::{Case, Placed, in_ipv6, sister};

/// All namespaces begin so; the number of this process follows.
const PREFIX: &str = "kubehop-";

pub(super) fn namespace(name: &str) -> String {
    format!("{PREFIX}{}-{name}", std::process::id())
}

/// An address in the family that is asked for.
pub(super) fn in_family(ip: IpAddr, family: IpFamily) -> IpAddr {
    match family {
        IpFamily::V6 => sister(&ip.to_string()).parse().expect("an address"),
        IpFamily::V4 => ip,
    }
}

/// Runs a program to its end; its standard output.
pub(super) fn command(program: &str, words: &[&str], input: Option<&str>) -> Result<String, String> {
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

pub(super) fn clear() {
    let listed = command("ip", &["netns", "list"], None).unwrap_or_default();
    for name in listed.lines().filter_map(|line| line.split_whitespace().next()) {
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        // Those of others who are asking at this moment are theirs.
        let ours = owner.is_some_and(|pid| {
            pid == std::process::id().to_string() || !std::path::Path::new("/proc").join(pid).exists()
        });
        if ours {
            // One that is gone already is as good as removed.
            let _ = command("ip", &["netns", "del", name], None);
        }
    }
}

/// A cluster of namespaces; gone when dropped.
pub(super) struct Machines {
    servers: Vec<Child>,
    family: IpFamily,
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
    pub(super) fn new(case: &Case, trees: &[Value], family: IpFamily) -> Self {
        clear();
        let mut machines = Self {
            servers: Vec::new(),
            family,
        };
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
                let mapped = match family {
                    IpFamily::V4 => line.to_owned(),
                    IpFamily::V6 => in_ipv6(line),
                };
                let mut words: Vec<&str> = mapped.split_whitespace().collect();
                if family == IpFamily::V6 {
                    words.insert(0, "-6");
                    // Nobody else has the address.
                    words.extend(words.contains(&"addr").then_some("nodad"));
                }
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
                "net.ipv6.conf.all.forwarding=1",
                "net.ipv6.icmp.ratelimit=0",
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
            machines.serve(&place, name, in_family(case.pods[name].ip, family), &ports);
        }
        for (place, name, host) in [("api", "db-10", 10), ("node-3", "db-13", 13)] {
            let own = format!("192.168.10.{host}").parse().expect("an address");
            machines.serve(place, name, in_family(own, family), &["TCP/7000".to_owned()]);
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

    /// Loads tables of nftables in place of what is there. Two words are written otherwise than they are listed: `nft`
    /// leaves out what an address is joined of, and, before 1.1, knows no name for the priority of an output hook.
    pub(super) fn load_nft(&self, tables: &BTreeMap<String, String>) -> Result<(), String> {
        let family = match self.family {
            IpFamily::V4 => "ip",
            IpFamily::V6 => "ip6",
        };
        for (node, listed) in tables {
            let plain = listed
                .replace(
                    &format!("dnat {family} to numgen"),
                    &format!("dnat {family} addr . port to numgen"),
                )
                .replace("hook output priority dstnat - 10;", "hook output priority -110;")
                .replace("hook output priority dstnat;", "hook output priority -100;");
            let anew = format!("table {family} kube-proxy\ndelete table {family} kube-proxy\n{plain}");
            command(
                "ip",
                &["netns", "exec", &namespace(node), "nft", "-f", "-"],
                Some(&anew),
            )?;
            let again = [
                "netns",
                "exec",
                &namespace(node),
                "nft",
                "list",
                "table",
                family,
                "kube-proxy",
            ];
            let listed_again = command("ip", &again, None)?;
            let named = |text: &str| {
                text.replace("hook output priority -110;", "hook output priority dstnat - 10;")
                    .replace("hook output priority -100;", "hook output priority dstnat;")
            };
            if named(&listed_again) != *listed {
                return Err(format!("{node}: listed otherwise:\n{listed}\n{listed_again}"));
            }
        }
        Ok(())
    }

    /// Loads what Kubehop prints; `nfacct` counters exist only where somebody made them, and decide nothing.
    pub(super) fn load(&self, rules: &BTreeMap<String, String>, trees: &[Value]) -> Result<(), String> {
        let program = match self.family {
            IpFamily::V4 => "iptables-restore",
            IpFamily::V6 => "ip6tables-restore",
        };
        for (node, text) in rules {
            let mut plain = text.clone();
            while let Some(at) = plain.find(" -m nfacct --nfacct-name") {
                let end = plain[at..].find(" -j").map_or(plain.len(), |length| at + length);
                plain.replace_range(at..end, "");
            }
            command("ip", &["netns", "exec", &namespace(node), program], Some(&plain))?;
            if let Some(more) = portmap(node, trees, self.family) {
                let words = ["netns", "exec", &namespace(node), program, "--noflush"];
                command("ip", &words, Some(&more))?;
            }
        }
        Ok(())
    }

    /// Leads an address to a node, as whoever owns it outside would.
    pub(super) fn lead(&self, address: IpAddr, node: &str) {
        let host = format!("192.168.10.1{}", node.trim_start_matches("node-"));
        let line = format!("-n {} route replace {address}/32 via {host}", namespace("router"));
        let line = match self.family {
            IpFamily::V4 => line,
            IpFamily::V6 => in_ipv6(&line),
        };
        let words: Vec<&str> = line.split_whitespace().collect();
        command("ip", &words, None).unwrap_or_else(|error| panic!("{error}"));
    }

    pub(super) fn dial(from: &str, protocol: &str, to: SocketAddr, patience: u32) -> Seen {
        let own = std::env::current_exe().expect("this program has a path");
        let own = own.to_string_lossy();
        let place = namespace(if from == "outside" { "client" } else { from });
        let (to, patience) = (to.to_string(), patience.to_string());
        let words = ["netns", "exec", &place, &own, "connect", protocol, &to, &patience];
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

/// What the CNI plugin portmap writes on a node for the ports that its pods claim.
fn portmap(node: &str, trees: &[Value], family: IpFamily) -> Option<String> {
    let mut lines = String::new();
    for pod in trees
        .iter()
        .filter(|tree| tree["kind"] == "Pod" && tree["spec"]["nodeName"] == node)
    {
        let port = &pod["spec"]["containers"][0]["ports"][0];
        if port["hostPort"].is_null() || pod["spec"]["hostNetwork"] == true {
            continue;
        }
        let ip: IpAddr = pod["status"]["podIP"].as_str()?.parse().ok()?;
        let protocol = port["protocol"].as_str().unwrap_or("TCP").to_lowercase();
        let (outer, to) = (
            &port["hostPort"],
            SocketAddr::new(ip, port["containerPort"].as_u64()? as u16),
        );
        let length = match family {
            IpFamily::V4 => 24,
            IpFamily::V6 => 64,
        };
        lines += &format!("-A CNI-HOSTPORT-DNAT -p {protocol} -m multiport --dports {outer} -j CNI-DN\n");
        let sources = [
            Some(format!("{ip}/{length}")),
            (family == IpFamily::V4).then(|| "127.0.0.1".to_owned()),
        ];
        for source in sources.into_iter().flatten() {
            lines += &format!("-A CNI-DN -s {source} -p {protocol} --dport {outer} -j CNI-HOSTPORT-SETMARK\n");
        }
        lines += &format!("-A CNI-DN -p {protocol} --dport {outer} -j DNAT --to-destination {to}\n");
    }
    (!lines.is_empty()).then(|| {
        format!(
            "*nat\n:CNI-HOSTPORT-DNAT - [0:0]\n:CNI-DN - [0:0]\n:CNI-HOSTPORT-SETMARK - [0:0]\n:CNI-HOSTPORT-MASQ - [0:0]\n\
            -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n\
            -A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n\
            -I POSTROUTING 1 -j CNI-HOSTPORT-MASQ\n\
            -A CNI-HOSTPORT-SETMARK -j MARK --set-xmark 0x2000/0x2000\n\
            -A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE\n{lines}COMMIT\n"
        )
    })
}

/// What became of many connections.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) results: BTreeSet<String>,
    /// By who answered: the sources it saw.
    pub(super) sources: BTreeMap<String, BTreeSet<IpAddr>>,
}
