//! Packets against real ones: kube-proxy's own packet tables, connections through a real kube-proxy 1.36 on
//! a real kernel, and the rules it wrote there. Where the cases come from stands in the head of each file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};

use kubehop::api::kind::KINDS;
use kubehop::api::types::config::KubeProxyConfiguration;
use kubehop::api::{Kind, Object};
use kubehop::cluster::Snapshot;
use kubehop::cluster::snapshot::{ClusterConfig, LoadBalancerProvider};
use kubehop::net::proxy::Table;
use kubehop::net::trace::ProxyVerdict;
use kubehop::net::transport::{Connect, connect, exchange};
use kubehop::net::{NetState, Protocol, Source, Verdict};
use kubehop::sim::{Instant, Rng};

pub fn cases(folder: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(folder);
    let mut found: Vec<_> = fs::read_dir(path)
        .expect("folder is there")
        .map(|entry| entry.expect("entry").path())
        .collect();
    found.sort();
    found
}

/// The documents of a YAML text, as they are: nothing defaulted but the namespace, nothing allocated.
pub fn as_stored(text: &str) -> Vec<Object> {
    serde_yaml::Deserializer::from_str(text)
        .filter_map(|document| Option::<Value>::deserialize(document).expect("valid YAML"))
        .map(|mut value| {
            let info = KINDS
                .iter()
                .find(|info| value["kind"] == info.name)
                .expect("a simulated kind");
            if info.namespaced && value["metadata"]["namespace"].is_null() {
                value["metadata"]["namespace"] = json!("default");
            }
            Object::from_value(info.kind, value).expect("fields have their types")
        })
        .collect()
}

pub fn config(cluster_cidr: &str) -> ClusterConfig {
    let net = |text: &str| text.parse().expect("a range");
    let proxy = KubeProxyConfiguration {
        cluster_cidr: cluster_cidr.to_owned(),
        ..KubeProxyConfiguration::default()
    };
    ClusterConfig {
        pod_subnets: vec![net("10.244.0.0/16")],
        service_subnets: vec![net("10.96.0.0/12")],
        node_port_range: (30000, 32767),
        dns_domain: "cluster.local".to_owned(),
        proxy,
        load_balancer: LoadBalancerProvider::Cloud,
        outside_client: "203.0.113.10".parse().expect("an address"),
        router: "192.168.10.1".parse().expect("an address"),
    }
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
        let chains = state
            .chains_of(&snapshot, &case.node, &service.namespace, &service.name)
            .expect("the node is there");
        let port = &chains[0];
        let names = |list: &[u16]| -> Vec<String> {
            let mut names: Vec<_> = list
                .iter()
                .map(|idx| port.port.endpoints[usize::from(*idx)].address.to_string())
                .collect();
            names.sort();
            names
        };
        let should = |key: &str| -> Vec<String> {
            let mut names: Vec<String> = serde_json::from_value(expected[key].clone()).expect("a list");
            names.sort();
            names
        };
        let found = &port.categories;
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

mod recorded {
    //! Connections recorded on a real cluster. A stand-in for controllers makes what they made there: the
    //! network is tested by itself here.

    use super::*;

    #[derive(Deserialize)]
    pub struct Case {
        pub name: String,
        #[serde(default)]
        pub routes: BTreeMap<IpAddr, String>,
        pub cluster: String,
        pub pods: BTreeMap<String, Placed>,
        pub steps: Vec<Step>,
    }

    #[derive(Deserialize)]
    pub struct Placed {
        pub node: String,
        pub ip: IpAddr,
    }

    #[derive(Deserialize)]
    pub struct Step {
        #[serde(default)]
        pub probes: Vec<Probe>,
        pub run: Option<String>,
    }

    #[derive(Debug, Deserialize)]
    pub struct Probe {
        pub from: String,
        pub to: String,
        pub proto: Option<String>,
        pub via: Option<String>,
        pub result: String,
        #[serde(default)]
        pub backends: BTreeSet<String>,
        pub backends_seen: Option<usize>,
        #[serde(default)]
        pub source_seen: BTreeMap<String, BTreeSet<IpAddr>>,
    }

    pub fn read(file: &str) -> Vec<Case> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/cases/packets")
            .join(file);
        serde_yaml::from_str(&fs::read_to_string(path).expect("readable")).expect("cases")
    }

    /// The objects of a case as trees, with the addresses they were given.
    pub fn objects(case: &Case) -> Vec<Value> {
        let mut trees: Vec<Value> = as_stored(&case.cluster)
            .into_iter()
            .map(|object| object.value)
            .collect();
        for tree in &mut trees {
            match tree["kind"].as_str().expect("a kind") {
                "Pod" => {
                    let placed = &case.pods[tree["metadata"]["name"].as_str().expect("a name")];
                    tree["spec"]["nodeName"] = json!(placed.node);
                    tree["status"] = json!({ "phase": "Running", "podIP": placed.ip });
                }
                "EndpointSlice" => {
                    for port in tree["ports"].as_array_mut().expect("ports") {
                        // As the API server defaults them.
                        for (key, value) in [("name", ""), ("protocol", "TCP")] {
                            if port[key].is_null() {
                                port[key] = json!(value);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        for n in 1..=3 {
            let zone = if n == 3 { "zone-b" } else { "zone-a" };
            trees.push(json!({
                "apiVersion": "v1", "kind": "Node",
                "metadata": { "name": format!("node-{n}"), "labels": { "topology.kubernetes.io/zone": zone } },
                "spec": { "podCIDR": format!("10.244.{n}.0/24") },
                "status": { "addresses": [{ "type": "InternalIP", "address": format!("192.168.10.1{n}") }] },
            }));
        }
        trees.push(json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": "kubernetes", "namespace": "default" },
            "spec": { "clusterIP": "10.96.0.1", "ports": [{ "name": "https", "port": 443, "targetPort": 6443, "protocol": "TCP" }] },
        }));
        trees.push(json!({
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
            "metadata": { "name": "kubernetes", "namespace": "default", "labels": { "kubernetes.io/service-name": "kubernetes" } },
            "endpoints": [{ "addresses": ["192.168.10.10"] }],
            "ports": [{ "name": "https", "port": 6443, "protocol": "TCP" }],
        }));
        trees
    }

    /// One slice per Service port and pod, as far as these cases need controllers.
    fn slices(trees: &[Value]) -> Vec<Value> {
        let mut made = Vec::new();
        for service in trees.iter().filter(|tree| tree["kind"] == "Service") {
            let name = service["metadata"]["name"].as_str().expect("a name");
            let slice = |nth: String, port: Value, endpoint: Value| {
                json!({
                    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                    "metadata": { "name": format!("{name}-{nth}"), "namespace": "default",
                        "labels": { "kubernetes.io/service-name": name } },
                    "endpoints": endpoint, "ports": [port],
                })
            };
            for endpoints in trees
                .iter()
                .filter(|it| it["kind"] == "Endpoints" && it["metadata"]["name"] == name)
            {
                let subset = &endpoints["subsets"][0];
                let port = json!({ "name": "", "port": subset["ports"][0]["port"], "protocol": "TCP" });
                let list = json!([{ "addresses": [subset["addresses"][0]["ip"]] }]);
                made.push(slice("mirrored".into(), port, list));
            }
            let Some(selector) = service["spec"]["selector"].as_object() else {
                continue;
            };
            for (nth, port) in service["spec"]["ports"].as_array().expect("ports").iter().enumerate() {
                for pod in trees.iter().filter(|tree| tree["kind"] == "Pod") {
                    if !selector
                        .iter()
                        .all(|(key, value)| pod["metadata"]["labels"][key] == *value)
                    {
                        continue;
                    }
                    let declared = pod["spec"]["containers"][0]["ports"]
                        .as_array()
                        .cloned()
                        .unwrap_or_default();
                    let target = &port["targetPort"];
                    let number = match target {
                        Value::Null => port["port"].clone(),
                        Value::String(name) => match declared.iter().find(|it| it["name"] == **name) {
                            Some(it) => it["containerPort"].clone(),
                            None => continue,
                        },
                        number => number.clone(),
                    };
                    let annotation = |key: &str| pod["metadata"]["annotations"][key].as_str();
                    let serving = annotation("fake/ready") != Some("false");
                    let terminating = !pod["metadata"]["deletionTimestamp"].is_null();
                    let publish = service["spec"]["publishNotReadyAddresses"] == true;
                    let pod_name = pod["metadata"]["name"].as_str().expect("a name");
                    let list = json!([{
                        "addresses": [pod["status"]["podIP"]],
                        "nodeName": pod["spec"]["nodeName"],
                        "targetRef": { "kind": "Pod", "namespace": "default", "name": pod_name },
                        "conditions": { "ready": publish || (serving && !terminating), "serving": serving,
                            "terminating": terminating },
                    }]);
                    let protocol = port["protocol"].as_str().unwrap_or("TCP");
                    let slice_port =
                        json!({ "name": port["name"].as_str().unwrap_or(""), "port": number, "protocol": protocol });
                    made.push(slice(format!("{nth}-{pod_name}"), slice_port, list));
                }
            }
        }
        made
    }

    pub fn snapshot(trees: &[Value], config: &ClusterConfig) -> Snapshot {
        let all = trees.iter().cloned().chain(slices(trees)).map(|tree| {
            let info = KINDS
                .iter()
                .find(|info| tree["kind"] == info.name)
                .expect("a simulated kind");
            Object::from_value(info.kind, tree).expect("fields have their types")
        });
        Snapshot::empty(config.clone(), Instant::DEFAULT_START).with(all)
    }

    /// The few commands that these cases run.
    pub fn run(command: &str, trees: &mut Vec<Value>) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let kind = match words[2] {
            "pod" => "Pod",
            "service" => "Service",
            other => panic!("no {other} in {command}"),
        };
        let at = trees
            .iter()
            .position(|tree| tree["kind"] == kind && tree["metadata"]["name"] == words[3])
            .expect("the object is there");
        match words[1] {
            "annotate" => {
                let (key, value) = words[4].split_once('=').expect("key=value");
                trees[at]["metadata"]["annotations"][key] = json!(value);
            }
            "delete" if kind == "Pod" => trees[at]["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z"),
            "delete" => {
                trees.remove(at);
            }
            "patch" => {
                let patch = command.split_once("-p '").expect("a patch").1.trim_end_matches('\'');
                merge(&mut trees[at], serde_json::from_str(patch).expect("JSON"));
            }
            other => panic!("no {other} in {command}"),
        }
    }

    fn merge(tree: &mut Value, patch: Value) {
        match patch {
            Value::Object(fields) if tree.is_object() => {
                for (key, value) in fields {
                    merge(&mut tree[key], value);
                }
            }
            other => *tree = other,
        }
    }

    /// Name of who answered, as the recording names it.
    pub fn backend_name(address: SocketAddr, pod: Option<&(String, String)>) -> String {
        let server = || match address.ip().to_string().as_str() {
            "192.168.10.10" => "db-10".to_owned(),
            "192.168.10.13" => "db-13".to_owned(),
            other => other.to_owned(),
        };
        format!(
            "{}:{}",
            pod.map_or_else(server, |(_, name)| name.clone()),
            address.port()
        )
    }
}

fn connections_go_as_recorded(file: &str, config: &ClusterConfig, more: &[Value], at_least: usize) {
    let mut report = Report::default();
    for case in recorded::read(file) {
        let mut trees = recorded::objects(&case);
        trees.extend(more.iter().cloned());
        for step in &case.steps {
            if let Some(command) = &step.run {
                recorded::run(command, &mut trees);
            }
            let snapshot = recorded::snapshot(&trees, config);
            let mut state = NetState::new();
            let mut rng = Rng::new(7);
            for probe in &step.probes {
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
                let via = probe.via.as_ref().or_else(|| case.routes.get(&to.ip()));
                let mut results = BTreeSet::new();
                let mut seen: BTreeMap<String, BTreeSet<IpAddr>> = BTreeMap::new();
                for _ in 0..60 {
                    let args = Connect {
                        via_node: via.map(String::as_str),
                        ..Connect::new(&from, to, protocol)
                    };
                    let leg = exchange(&snapshot, &mut state, &mut rng, Instant::DEFAULT_START, &args);
                    results.insert(match (leg.verdict, ping) {
                        (Verdict::Delivered, true) => "reply",
                        (Verdict::Delivered, false) => "answered",
                        (Verdict::Refused, _) => "refused",
                        _ => "timeout",
                    });
                    if let (Verdict::Delivered, false) = (leg.verdict, ping) {
                        let backend = leg.backend.expect("delivered to somebody");
                        let name = recorded::backend_name(backend.address, backend.pod.as_ref());
                        seen.entry(name)
                            .or_default()
                            .insert(leg.source_seen.expect("from somewhere"));
                    }
                }
                let what = format!("{file} {}: {} -> {} via {via:?}", case.name, probe.from, probe.to);
                report.check(&what, results, BTreeSet::from([probe.result.as_str()]));
                if let Some(count) = probe.backends_seen {
                    report.check(&format!("{what}: backends seen"), seen.len(), count);
                    continue;
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
        }
    }
    report.finish(at_least);
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
        let all = recorded::read("packets.yaml");
        let case = all
            .iter()
            .find(|case| case.name == scenario)
            .expect("the scenario is recorded");
        let snapshot = recorded::snapshot(&recorded::objects(case), &config("10.244.0.0/16"));
        let printed = NetState::new()
            .iptables_save(&snapshot, node, Table::parse(table).expect("a table"), false)
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
