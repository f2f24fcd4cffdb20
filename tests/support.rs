//! What the runners of recorded cases share.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use kubehop::api::kind::KINDS;
use kubehop::api::{Kind, Object, Release};
use kubehop::cluster::{ClusterConfig, LoadBalancerProvider, Snapshot};
use kubehop::sim::Instant;
use kubehop::text::FileId;
use kubehop::world::{Options, World};
use serde_json::Value;

/// The cases of a file under `tests/cases`.
pub fn cases(file: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(file);
    let text = fs::read_to_string(&path).expect("the file of cases is there");
    let cases: Vec<Value> = serde_yaml::from_str(&text).expect("cases are YAML");
    assert!(!cases.is_empty(), "{file} has no cases");
    cases
}

/// A field as text; empty where absent.
pub fn text(at: &Value, field: &str) -> String {
    at[field].as_str().unwrap_or_default().to_owned()
}

/// A list of texts; empty where absent.
pub fn list(at: &Value) -> Vec<String> {
    at.as_array()
        .into_iter()
        .flatten()
        .map(|it| it.as_str().expect("a list of texts").to_owned())
        .collect()
}

/// The objects of a text, as they are written.
pub fn documents(text: &str) -> Vec<Object> {
    serde_yaml::Deserializer::from_str(text)
        .map(|document| <Value as serde::Deserialize>::deserialize(document).expect("a document"))
        .filter(|document| !document.is_null())
        .map(|mut document| {
            let info = KINDS.iter().find(|info| document["kind"] == info.name);
            if info.is_some_and(|it| it.namespaced) && document["metadata"]["namespace"].is_null() {
                document["metadata"]["namespace"] = "default".into();
            }
            Object::from_value(info.map_or(Kind::Other, |it| it.kind), document).expect("an object")
        })
        .collect()
}

/// A cluster with its four first namespaces and nothing else.
pub fn bare_snapshot() -> Snapshot {
    let config = ClusterConfig {
        release: Release::default(),
        pod_subnets: vec!["10.244.0.0/16".parse().expect("a network")],
        service_subnets: vec!["10.96.0.0/12".parse().expect("a network")],
        node_port_range: (30_000, 32_767),
        dns_domain: "cluster.local".to_owned(),
        proxy: Default::default(),
        kubelet: Default::default(),
        load_balancer: LoadBalancerProvider::Cloud,
        firewall: false,
        outside_client: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10)),
        outside_client_v6: "2001:db8:203:113::10".parse().expect("an address"),
        router: IpAddr::V4(Ipv4Addr::new(192, 168, 10, 1)),
    };
    let namespaces = ["default", "kube-system", "kube-public", "kube-node-lease"]
        .map(|name| format!("{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}"));
    Snapshot::empty(config, Instant::DEFAULT_START).with(namespaces.iter().flat_map(|it| documents(it)))
}

/// A cluster that was given a text as a server holds it, with the controllers' work done.
pub fn cluster_of(text: &str) -> Arc<Snapshot> {
    let mut world = World::new(Options {
        as_stored: true,
        ..Options::default()
    });
    let outcome = world.apply(FileId(0), text);
    assert_eq!(outcome.stderr, "");
    world.snapshot()
}
