//! Packets against real ones: kube-proxy's own packet tables, connections through a real kube-proxy 1.36 on
//! a real kernel, and the rules it wrote there. Where the cases come from stands in the head of each file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use kubehop::api::types::core::Pod;
use kubehop::api::{IpFamily, Kind};
use kubehop::cluster::Snapshot;
use kubehop::cluster::snapshot::ClusterConfig;
use kubehop::net::proxy::RuleDump;
use kubehop::net::proxy::iptables::Table;
use kubehop::net::trace::ProxyVerdict;
use kubehop::net::transport::{Connect, Connection, connect, exchange};
use kubehop::net::{NetState, Protocol, Source, Verdict};
use kubehop::sim::{Instant, Rng};
use kubehop::text::FileId;
use kubehop::world::{Options, World};

use crate::packet_cases::{self, as_stored, config};

pub fn cases(folder: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
    let mut found: Vec<_> = fs::read_dir(path)
        .expect("folder is there")
        .map(|entry| entry.expect("entry").path())
        .collect();
    found.sort();
    found
}

/// Compares and collects what differs, so that a run shows every difference at once.
#[derive(Default)]
struct Report {
    checked: usize,
    wrong: Vec<String>,
}

impl Report {
    fn check<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, is: T, should: T) {
        self.checked += 1;
        if is != should {
            self.wrong
                .push(format!("{what}\n   is     {is:?}\n   should {should:?}"));
        }
    }

    fn finish(self, at_least: usize) {
        assert!(
            self.wrong.is_empty(),
            "{} of {} wrong:\n{}",
            self.wrong.len(),
            self.checked,
            self.wrong.join("\n")
        );
        assert!(self.checked >= at_least, "only {} checks were made", self.checked);
    }
}

mod upstream {
    //! kube-proxy's own tables: one packet at one node, what its rules decide.

    use super::*;

    #[derive(Deserialize)]
    pub struct Case {
        pub name: String,
        pub node: String,
        #[serde(default)]
        pub cluster_cidr: String,
        #[serde(default)]
        pub config: Value,
        pub cluster: String,
        #[serde(default)]
        pub packets: Vec<PacketCase>,
        pub expect_endpoints: Option<Value>,
    }

    #[derive(Deserialize)]
    pub struct PacketCase {
        pub from: IpAddr,
        pub protocol: String,
        pub to: SocketAddr,
        pub expect: Expected,
    }

    #[derive(Deserialize)]
    pub struct Expected {
        pub verdict: String,
        pub backends: Vec<SocketAddr>,
        pub masquerade: bool,
    }

    pub fn read() -> Vec<Case> {
        cases("kube-proxy")
            .iter()
            .flat_map(|path| {
                let text = fs::read_to_string(path).expect("readable");
                serde_yaml::from_str::<Vec<Case>>(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
            })
            .collect()
    }

    pub fn snapshot(case: &Case) -> Snapshot {
        let mut cluster = config(&case.cluster_cidr);
        let flag = |key: &str| case.config.get(key).and_then(Value::as_bool);
        cluster.proxy.iptables.masquerade_all = flag("masqueradeAll").unwrap_or(false);
        cluster.proxy.iptables.localhost_node_ports = flag("localhostNodePorts");
        if let Some(list) = case.config.get("nodePortAddresses").and_then(Value::as_array) {
            cluster.proxy.node_port_addresses =
                list.iter().map(|it| it.as_str().expect("a range").to_owned()).collect();
        }
        Snapshot::empty(cluster, Instant::DEFAULT_START).with(as_stored(&case.cluster))
    }
}

#[test]
fn kube_proxy_decides_as_upstream_says() {
    let mut report = Report::default();
    for case in upstream::read() {
        let snapshot = upstream::snapshot(&case);
        for packet in &case.packets {
            // Several seeds: whatever chance says, the decision and what may be chosen stay the same.
            for seed in 0..4 {
                let mut state = NetState::new();
                let source = Source::Address(packet.from);
                let protocol = Protocol::parse(&packet.protocol).expect("a protocol");
                let args = Connect {
                    via_node: Some(&case.node),
                    ..Connect::new(&source, packet.to, protocol)
                };
                let leg = connect(
                    &snapshot,
                    &mut state,
                    &mut Rng::new(seed),
                    Instant::DEFAULT_START,
                    &args,
                );
                let what = format!("{}: {} -> {} {}", case.name, packet.from, packet.protocol, packet.to);
                let decision = leg
                    .proxy
                    .unwrap_or_else(|| panic!("{what}: no decision; {:?}", leg.reason));
                let verdict = match decision.verdict {
                    ProxyVerdict::Deliver => "deliver",
                    ProxyVerdict::Reject => "reject",
                    ProxyVerdict::Drop => "drop",
                    ProxyVerdict::None => "none",
                };
                report.check(&what, verdict, &*packet.expect.verdict);
                report.check(&format!("{what}: node"), decision.node.as_str(), &*case.node);
                let mut backends: Vec<_> = decision.backends.iter().map(|it| it.address).collect();
                backends.sort();
                let mut expected = packet.expect.backends.clone();
                expected.sort();
                report.check(&format!("{what}: backends"), backends, expected);
                report.check(
                    &format!("{what}: masquerade"),
                    decision.masquerade,
                    packet.expect.masquerade,
                );
                let sum: f64 = decision.backends.iter().map(|it| it.probability).sum();
                let should = if decision.backends.is_empty() { 0.0 } else { 1.0 };
                report.check(&format!("{what}: probabilities"), (sum - should).abs() < 1e-9, true);
            }
        }
    }
    report.finish(500);
}

#[test]
fn endpoints_are_sorted_as_upstream_sorts_them() {
    let mut report = Report::default();
    for case in upstream::read() {
        let Some(expected) = &case.expect_endpoints else {
            continue;
        };
        let snapshot = upstream::snapshot(&case);
        let mut state = NetState::new();
        let service = snapshot
            .objects(Kind::Service)
            .next()
            .expect("a Service")
            .metadata()
            .clone();
        let ports = state
            .endpoints_on(&snapshot, &case.node, &service.namespace, &service.name)
            .expect("the node is there");
        let (port, found) = &ports[0];
        let names = |list: &[u16]| -> Vec<String> {
            let mut names: Vec<_> = list
                .iter()
                .map(|idx| port.endpoints[usize::from(*idx)].address.to_string())
                .collect();
            names.sort();
            names
        };
        let should = |key: &str| -> Vec<String> {
            let mut names: Vec<String> = serde_json::from_value(expected[key].clone()).expect("a list");
            names.sort();
            names
        };
        report.check(
            &format!("{}: cluster", case.name),
            names(&found.cluster),
            should("cluster"),
        );
        report.check(&format!("{}: local", case.name), names(&found.local), should("local"));
        report.check(
            &format!("{}: reachable", case.name),
            names(&found.reachable),
            should("all_reachable"),
        );
        report.check(
            &format!("{}: any", case.name),
            json!(found.any),
            expected["has_any"].clone(),
        );
    }
    report.finish(20);
}

/// Sends one probe many times and compares who answered, what they saw, and how it ended.
fn check_probe(
    report: &mut Report,
    what: &str,
    probe: &packet_cases::Probe,
    via: Option<&String>,
    mut send: impl FnMut(&Connect<'_>) -> Connection,
) {
    let ping = probe.proto.as_deref() == Some("ping");
    let protocol = match probe.proto.as_deref() {
        Some("ping") => Protocol::Icmp,
        Some(name) => Protocol::parse(name).expect("a protocol"),
        None => Protocol::Tcp,
    };
    let to = if ping {
        format!("{}:0", probe.to)
    } else {
        probe.to.clone()
    };
    let to: SocketAddr = to.parse().expect("an address");
    let from: Source = match probe.from.as_str() {
        "outside" => Source::Client,
        node if node.starts_with("node-") => Source::Node(node.to_owned()),
        pod => Source::Pod {
            namespace: "default".into(),
            name: pod.to_owned(),
        },
    };
    let mut results = BTreeSet::new();
    let mut seen: BTreeMap<String, BTreeSet<IpAddr>> = BTreeMap::new();
    for _ in 0..60 {
        let leg = send(&Connect {
            via_node: via.map(String::as_str),
            ..Connect::new(&from, to, protocol)
        });
        results.insert(match (leg.verdict, ping) {
            (Verdict::Delivered, true) => "reply",
            (Verdict::Delivered, false) => "answered",
            (Verdict::Refused, _) => "refused",
            _ => "timeout",
        });
        if let (Verdict::Delivered, false) = (leg.verdict, ping) {
            let backend = leg.backend.expect("delivered to somebody");
            let name = packet_cases::backend_name(backend.address, backend.pod.as_ref());
            seen.entry(name)
                .or_default()
                .insert(leg.source_seen.expect("from somewhere"));
        }
    }
    let what = format!("{what}: {} -> {} via {via:?}", probe.from, probe.to);
    report.check(&what, results, BTreeSet::from([probe.result.as_str()]));
    if let Some(count) = probe.backends_seen {
        report.check(&format!("{what}: backends seen"), seen.len(), count);
        return;
    }
    report.check(
        &format!("{what}: backends"),
        seen.keys().cloned().collect(),
        probe.backends.clone(),
    );
    if !ping {
        report.check(&format!("{what}: source seen"), seen, probe.source_seen.clone());
    }
}

fn connections_go_as_recorded(file: &str, config: &ClusterConfig, more: &[Value], at_least: usize) {
    let mut report = Report::default();
    for case in packet_cases::read(file) {
        let mut trees = packet_cases::objects(&case);
        trees.extend(more.iter().cloned());
        for step in &case.steps {
            if let Some(command) = &step.run {
                packet_cases::run(command, &mut trees);
            }
            let snapshot = packet_cases::snapshot(&trees, config);
            let mut state = NetState::new();
            let mut rng = Rng::new(7);
            for probe in &step.probes {
                let via = probe.via.as_ref().or_else(|| case.routes.get(&address_of(&probe.to)?));
                check_probe(&mut report, &format!("{file} {}", case.name), probe, via, |args| {
                    exchange(&snapshot, &mut state, &mut rng, Instant::DEFAULT_START, args)
                });
            }
        }
    }
    report.finish(at_least);
}

fn address_of(to: &str) -> Option<IpAddr> {
    to.parse::<SocketAddr>().ok().map(|to| to.ip())
}

#[test]
fn the_same_manifests_applied_lead_to_the_same_connections() {
    let mut report = Report::default();
    for case in packet_cases::read("packets.yaml") {
        // What commands change is for the terminal's tests; here the first state of each scenario.
        let probes: Vec<_> = case.steps.iter().take_while(|step| step.run.is_none()).collect();
        let mut world = World::new(Options::default());
        let outcome = world.apply(FileId::default(), &case.cluster);
        report.check(&format!("{}: {}", case.name, outcome.stderr), outcome.exit_code, 0);
        let snapshot = world.snapshot();
        // Which of two pods on one node came first was chance there; which addresses they got was not.
        let given = |name: &String| {
            snapshot
                .get::<Pod>("default", name)
                .expect("applied")
                .status
                .pod_ip
                .clone()
        };
        let ours: BTreeSet<_> = case.pods.keys().map(given).collect();
        let theirs: BTreeSet<_> = case.pods.values().map(|it| it.ip.to_string()).collect();
        report.check(&format!("{}: addresses", case.name), ours, theirs);
        for probe in probes.iter().flat_map(|step| &step.probes) {
            let via = probe.via.as_ref().or_else(|| case.routes.get(&address_of(&probe.to)?));
            check_probe(&mut report, &case.name, probe, via, |args| {
                world.network().exchange(args)
            });
        }
    }
    report.finish(300);
}

#[test]
fn connections_go_as_on_a_real_cluster() {
    connections_go_as_recorded("packets.yaml", &config("10.244.0.0/16"), &[], 300);
}

#[test]
fn connections_go_as_on_a_real_cluster_in_nftables_mode() {
    let mut config = config("10.244.0.0/16");
    config.proxy.mode = "nftables".to_owned();
    connections_go_as_recorded("packets-nftables.yaml", &config, &[], 300);
}

#[test]
fn connections_go_as_on_a_real_cluster_whose_network_does_not_masquerade() {
    let agent = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "ip-masq-agent", "namespace": "kube-system" },
        "data": { "config": "nonMasqueradeCIDRs: [0.0.0.0/0]\n" },
    });
    connections_go_as_recorded(
        "packets-no-cni-masquerade.yaml",
        &config("10.244.0.0/16"),
        &[agent],
        100,
    );
}

#[test]
fn iptables_save_prints_what_a_real_node_prints() {
    for path in cases("iptables") {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let [scenario, node, table] = name.split('.').collect::<Vec<_>>()[..] else {
            panic!("{name}: SCENARIO.NODE.TABLE");
        };
        let scenario = if scenario == "clusterip" {
            "clusterip-basic"
        } else {
            scenario
        };
        let all = packet_cases::read("packets.yaml");
        let case = all
            .iter()
            .find(|case| case.name == scenario)
            .expect("the scenario is recorded");
        let snapshot = packet_cases::snapshot(&packet_cases::objects(case), &config("10.244.0.0/16"));
        let printed = NetState::new()
            .dump_rules(
                &snapshot,
                node,
                IpFamily::V4,
                RuleDump::IptablesSave(Table::parse(table).expect("a table")),
            )
            .expect("the node is there");
        let recorded = fs::read_to_string(&path).expect("readable");
        let lines = |text: &str| -> Vec<String> {
            text.lines()
                .filter(|line| !line.starts_with('#'))
                .map(str::to_owned)
                .collect()
        };
        assert_eq!(lines(&printed), lines(&recorded), "{name}");
    }
}
