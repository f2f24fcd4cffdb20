//! How fast packets are traced, and rules follow a change: `cargo bench --bench net`, and the same as
//! WebAssembly, built and optimized as the page is, by `make bench-wasm`.
//!
//! A trace is one connection and its answer, every hop told with its rules ("with hops"); "without" is what a
//! burst asks for, where nobody reads the hops. Budgets: 200,000 traces a second in wasm with 1,000 Services,
//! 10,000 Services at most 1.2 times the cost of 10, one Service changed among 1,000 within 5 ms. Not part of
//! the tests: a busy machine must not fail them.

use std::hint::black_box;
use std::net::SocketAddr;
#[cfg(not(target_arch = "wasm32"))]
use std::sync::OnceLock;
use std::time::Duration;
#[cfg(not(target_arch = "wasm32"))]
use std::time::Instant as Clock;

use serde_json::{Value, json};

use kubehop::api::{Kind, Object, Release};
use kubehop::cluster::Snapshot;
use kubehop::cluster::snapshot::{ClusterConfig, LoadBalancerProvider};
use kubehop::net::transport::{Connect, exchange};
use kubehop::net::{NetState, Protocol, Source};
use kubehop::sim::{Instant, Rng};

fn object(kind: Kind, value: Value) -> Object {
    Object::from_value(kind, value).expect("fields have their types")
}

fn address(service: usize) -> String {
    format!(
        "10.{}.{}.{}",
        96 + service / 65_025,
        service / 255 % 255,
        service % 255 + 1
    )
}

fn pod_ip(pod: usize) -> String {
    format!("10.244.{}.{}", pod % 200, pod / 200 + 2)
}

fn service(n: usize, port: u16) -> Object {
    object(
        Kind::Service,
        json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": format!("svc-{n}"), "namespace": "default" },
            "spec": { "type": "NodePort", "clusterIP": address(n),
                "ports": [{ "port": port, "targetPort": 8080, "protocol": "TCP", "nodePort": 30000 + n % 2700 }] },
        }),
    )
}

/// So many Services with four pods each, on 200 nodes.
fn cluster(services: usize, mode: &str) -> Snapshot {
    let net = |text: &str| text.parse().expect("a range");
    let config = ClusterConfig {
        release: Release::default(),
        pod_subnets: vec![net("10.244.0.0/16")],
        service_subnets: vec![net("10.96.0.0/12")],
        node_port_range: (30000, 32767),
        dns_domain: "cluster.local".to_owned(),
        proxy: kubehop::api::types::config::KubeProxyConfiguration {
            cluster_cidr: "10.244.0.0/16".to_owned(),
            mode: mode.to_owned(),
            ..Default::default()
        },
        kubelet: Default::default(),
        load_balancer: LoadBalancerProvider::Cloud,
        firewall: false,
        outside_client: "203.0.113.10".parse().expect("an address"),
        outside_client_v6: "2001:db8:203:113::10".parse().expect("an address"),
        router: "192.168.0.1".parse().expect("an address"),
    };
    let nodes = (0..200).map(|n| {
        object(
            Kind::Node,
            json!({
                "metadata": { "name": format!("node-{n}") },
                "spec": { "podCIDR": format!("10.244.{n}.0/24") },
                "status": { "addresses": [{ "type": "InternalIP", "address": format!("192.168.1.{n}") }] },
            }),
        )
    });
    let client = object(
        Kind::Pod,
        json!({
            "metadata": { "name": "client", "namespace": "default" },
            "spec": { "nodeName": "node-0", "containers": [{}] },
            "status": { "phase": "Running", "podIP": "10.244.0.250" },
        }),
    );
    let rest = (0..services).flat_map(|n| {
        let pods = (0..4).map(move |nth| {
            let pod = n * 4 + nth;
            object(
                Kind::Pod,
                json!({
                    "metadata": { "name": format!("pod-{pod}"), "namespace": "default" },
                    "spec": { "nodeName": format!("node-{}", pod % 200),
                        "containers": [{ "ports": [{ "containerPort": 8080, "protocol": "TCP" }] }] },
                    "status": { "phase": "Running", "podIP": pod_ip(pod) },
                }),
            )
        });
        let endpoints: Vec<Value> = (0..4)
            .map(|nth| {
                let pod = n * 4 + nth;
                json!({ "addresses": [pod_ip(pod)], "nodeName": format!("node-{}", pod % 200),
                    "targetRef": { "kind": "Pod", "name": format!("pod-{pod}") } })
            })
            .collect();
        let slice = object(
            Kind::EndpointSlice,
            json!({
                "metadata": { "name": format!("svc-{n}-x"), "namespace": "default",
                    "labels": { "kubernetes.io/service-name": format!("svc-{n}") } },
                "addressType": "IPv4", "endpoints": endpoints,
                "ports": [{ "name": "", "port": 8080, "protocol": "TCP" }],
            }),
        );
        pods.chain([service(n, 80), slice])
    });
    Snapshot::empty(config, Instant::DEFAULT_START).with(nodes.chain([client]).chain(rest))
}

fn traces_per_second(snapshot: &Snapshot, services: usize, record: bool) -> f64 {
    let mut state = NetState::new();
    let mut rng = Rng::new(1);
    let source = Source::Pod {
        namespace: "default".into(),
        name: "client".into(),
    };
    // Ten Services, however many there are: caches of the processor are not what is measured.
    let targets: Vec<SocketAddr> = (0..10)
        .map(|nth| {
            format!("{}:80", address(nth * (services / 10)))
                .parse()
                .expect("an address")
        })
        .collect();
    let mut run = |count: usize| {
        for nth in 0..count {
            let args = Connect {
                record,
                ..Connect::new(&source, targets[nth % 10], Protocol::Tcp)
            };
            black_box(exchange(snapshot, &mut state, &mut rng, Instant::DEFAULT_START, &args));
        }
    };
    run(1000);
    let count = 50_000;
    let start = busy();
    run(count);
    count as f64 / (busy() - start).as_secs_f64()
}

/// Time this process has been computing: other work on the machine does not count. Elsewhere than on Linux
/// the time that passed.
#[cfg(not(target_arch = "wasm32"))]
#[expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures real time; nothing simulated reads it"
)]
fn busy() -> Duration {
    static START: OnceLock<Clock> = OnceLock::new();
    let start = START.get_or_init(Clock::now);
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// The time of the host's clock; `benches/wasm.mjs` makes that the time this process has been computing.
#[cfg(target_arch = "wasm32")]
fn busy() -> Duration {
    Duration::from_secs_f64(js_sys::Date::now() / 1000.0)
}

#[cfg(not(target_arch = "wasm32"))]
fn say(line: &str) {
    println!("{line}");
}

#[cfg(target_arch = "wasm32")]
fn say(line: &str) {
    web_sys::console::log_1(&line.into());
}

/// How often a Service is changed.
const ROUNDS: u32 = 200;

fn main() {
    let sizes = [10, 1000, 10_000];
    let modes = ["iptables", "nftables", "ipvs"];
    for (mode, services) in modes.iter().flat_map(|mode| sizes.map(|services| (mode, services))) {
        let snapshot = cluster(services, mode);
        let start = busy();
        let mut state = NetState::new();
        state.sync(&snapshot);
        let first = busy() - start;
        say(&format!(
            "{mode:<8} {services:>6} Services: {:>8.0} traces/s with hops, {:>8.0} without; first sync {first:.2?}",
            traces_per_second(&snapshot, services, true),
            traces_per_second(&snapshot, services, false),
        ));
    }
    let snapshot = cluster(1000, "iptables");
    let mut state = NetState::new();
    state.sync(&snapshot);
    let mut total = Duration::ZERO;
    for round in 0..ROUNDS {
        let changed = snapshot.clone().with([service(500, 1000 + round as u16)]);
        let start = busy();
        state.sync(&changed);
        total += busy() - start;
    }
    say(&format!(
        "one Service of 1,000 changed: rules up to date in {:.2?}",
        total / ROUNDS
    ));
}
