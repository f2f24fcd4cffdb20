//! Packet scenarios: their format, the objects in them, and a stand-in for the controllers that were there,
//! so that the network is tested by itself. Used by `packets` and by `kernel`.

#![allow(dead_code, reason = "each of the two binaries uses its part")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use kubehop::api::kind::KINDS;
use kubehop::api::types::config::KubeProxyConfiguration;
use kubehop::api::{NamespacedName, Object, Release};
use kubehop::cluster::Snapshot;
use kubehop::cluster::snapshot::{ClusterConfig, LoadBalancerProvider};
use kubehop::sim::Instant;

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
        release: Release::default(),
        pod_subnets: vec![net("10.244.0.0/16")],
        service_subnets: vec![net("10.96.0.0/12")],
        node_port_range: (30000, 32767),
        dns_domain: "cluster.local".to_owned(),
        proxy,
        kubelet: Default::default(),
        load_balancer: LoadBalancerProvider::Cloud,
        firewall: false,
        outside_client: "203.0.113.10".parse().expect("an address"),
        outside_client_v6: "2001:db8:203:113::10".parse().expect("an address"),
        router: "192.168.10.1".parse().expect("an address"),
    }
}

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
pub fn backend_name(address: SocketAddr, pod: Option<&NamespacedName>) -> String {
    let server = || match address.ip().to_string().as_str() {
        "192.168.10.10" => "db-10".to_owned(),
        "192.168.10.13" => "db-13".to_owned(),
        other => other.to_owned(),
    };
    format!("{}:{}", pod.map_or_else(server, |pod| pod.name.clone()), address.port())
}

/// The sister of an address or range in IPv6: 10.244.1.2 has fd00:10:244:1::2.
pub fn sister(address: &str) -> String {
    let (ip, length) = address
        .split_once('/')
        .map_or((address, None), |(ip, length)| (ip, Some(length)));
    let parts: Vec<&str> = ip.split('.').collect();
    let &[a, b, c, d] = parts.as_slice() else {
        return address.to_owned();
    };
    let host = if d == "0" { "" } else { d };
    let mapped = match (a, b, c) {
        ("127", ..) => "::1".to_owned(),
        ("10", "96", "0") => format!("fd00:10:96::{host}"),
        ("203", ..) | ("198", ..) => format!("2001:db8:{a}:{c}::{host}"),
        _ => format!("fd00:{a}:{b}:{c}::{host}"),
    };
    match length {
        None => mapped,
        Some("32") => format!("{mapped}/128"),
        Some("16") => format!("{mapped}/48"),
        Some("12") => format!("{mapped}/112"),
        Some(_) => format!("{mapped}/64"),
    }
}

/// A text with every IPv4 address replaced by its sister.
pub fn in_ipv6(text: &str) -> String {
    let address = regex_lite::Regex::new(r"\b\d+\.\d+\.\d+\.\d+(/\d+)?").expect("a pattern");
    address
        .replace_all(text, |found: &regex_lite::Captures<'_>| sister(&found[0]))
        .into_owned()
}
