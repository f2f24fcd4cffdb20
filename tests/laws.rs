//! Laws that hold for any cluster and any packet.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use kubehop::api::{IpFamily, Kind, Object};
use kubehop::cluster::Snapshot;
use kubehop::net::packet::Payload;
use kubehop::net::proxy::iptables::Table;
use kubehop::net::proxy::{NftPart, RuleDump};
use kubehop::net::trace::{Direction, Place, ProxyVerdict, Stage};
use kubehop::net::transport::{Connect, answer, connect, exchange};
use kubehop::net::{NetState, Protocol, Source, Verdict};
use kubehop::sim::{Instant, Rng};

use crate::packet_cases::{config, in_ipv6, sister};

/// Three nodes, pods on them, Services over hand-made slices: every field within what a dump may hold.
#[derive(Clone, Debug)]
struct Made {
    objects: Vec<(Kind, Value)>,
    /// The family of all its addresses.
    family: IpFamily,
}

impl Made {
    /// An address in this cluster's family, if it has a sister there.
    fn ip(&self, ip: IpAddr) -> IpAddr {
        match ip {
            IpAddr::V4(_) if self.family == IpFamily::V6 => sister(&ip.to_string()).parse().expect("an address"),
            other => other,
        }
    }

    fn source(&self, from: &Source) -> Source {
        match from {
            Source::Address(ip) => Source::Address(self.ip(*ip)),
            other => other.clone(),
        }
    }
}

fn endpoint() -> impl Strategy<Value = Value> {
    let tristate = || proptest::option::of(any::<bool>());
    (
        2u8..8,
        1u8..4,
        tristate(),
        tristate(),
        tristate(),
        any::<bool>(),
        0u8..4,
    )
        .prop_map(|(host, node, ready, serving, terminating, named, hints)| {
            let mut made = json!({
                "addresses": [format!("10.244.{node}.{host}")],
                "conditions": { "ready": ready, "serving": serving, "terminating": terminating },
            });
            if named {
                made["nodeName"] = json!(format!("node-{node}"));
            }
            match hints {
                1 => made["hints"] = json!({ "forZones": [{ "name": "zone-a" }] }),
                2 => made["hints"] = json!({ "forZones": [{ "name": "zone-b" }] }),
                3 => made["hints"] = json!({ "forNodes": [{ "name": "node-1" }] }),
                _ => {}
            }
            made
        })
}

fn service(n: usize) -> impl Strategy<Value = Vec<(Kind, Value)>> {
    let policy = || select(vec!["", "Cluster", "Local"]);
    (
        (
            select(vec!["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
            policy(),
            policy(),
            any::<bool>(),
            any::<bool>(),
            any::<bool>(),
        ),
        select(vec!["TCP", "UDP", "SCTP"]),
        prop::collection::vec(endpoint(), 0..5),
    )
        .prop_map(
            move |((kind, external, internal, ranges, external_ip, affinity), protocol, endpoints)| {
                let name = format!("svc-{n}");
                let mut spec = json!({
                    "type": kind, "clusterIP": format!("10.96.0.{}", n + 1),
                    "externalTrafficPolicy": external, "internalTrafficPolicy": internal,
                    "ports": [{ "name": "p", "port": 80, "targetPort": 8080, "protocol": protocol }],
                });
                if kind == "NodePort" || kind == "LoadBalancer" {
                    spec["ports"][0]["nodePort"] = json!(30000 + n);
                }
                if ranges {
                    spec["loadBalancerSourceRanges"] = json!([" 203.0.113.0/25", "fd00::/8", "nonsense"]);
                }
                if external_ip {
                    spec["externalIPs"] = json!([format!("198.51.100.{n}"), "192.168.10.13"]);
                }
                if affinity {
                    spec["sessionAffinity"] = json!("ClientIP");
                }
                let status = match kind {
                    "LoadBalancer" => json!({ "loadBalancer": { "ingress": [
                        { "ip": format!("198.51.100.{}", 100 + n), "ipMode": if ranges { "Proxy" } else { "VIP" } }] } }),
                    _ => json!({}),
                };
                vec![
                    (
                        Kind::Service,
                        json!({ "metadata": { "name": name, "namespace": "default" }, "spec": spec, "status": status }),
                    ),
                    (
                        Kind::EndpointSlice,
                        json!({
                            "metadata": { "name": format!("{name}-1"), "namespace": "default",
                                "labels": { "kubernetes.io/service-name": name } },
                            "addressType": "IPv4", "endpoints": endpoints,
                            "ports": [{ "name": "p", "port": 8080, "protocol": protocol }],
                        }),
                    ),
                ]
            },
        )
}

fn cluster() -> impl Strategy<Value = Made> {
    let nodes = (1..4).map(|n| {
        let zone = if n == 3 { "zone-b" } else { "zone-a" };
        (
            Kind::Node,
            json!({
                "metadata": { "name": format!("node-{n}"), "labels": { "topology.kubernetes.io/zone": zone } },
                "spec": { "podCIDR": format!("10.244.{n}.0/24") },
                "status": { "addresses": [{ "type": "InternalIP", "address": format!("192.168.10.1{n}") }] },
            }),
        )
    });
    let pods = (1..4).flat_map(|node| {
        (2..6).map(move |host| {
            let mut ports = if host == 5 {
                json!([])
            } else {
                json!([{ "containerPort": 8080, "protocol": "TCP" }, { "containerPort": 8080, "protocol": "UDP" }])
            };
            // A port of the node: one that Services may have too, and one of its own.
            match host {
                3 => ports[0]["hostPort"] = json!(30001),
                4 => ports[1]["hostPort"] = json!(9090),
                _ => {}
            }
            (
                Kind::Pod,
                json!({
                    "metadata": { "name": format!("pod-{node}-{host}"), "namespace": "default",
                        "labels": { "app": format!("app-{host}") } },
                    "spec": { "nodeName": format!("node-{node}"), "containers": [{ "ports": ports }] },
                    "status": { "phase": "Running", "podIP": format!("10.244.{node}.{host}") },
                }),
            )
        })
    });
    let fixed: Vec<_> = nodes.chain(pods).collect();
    let policy = proptest::option::of((2u8..6, any::<bool>()).prop_map(|(host, egress)| {
        let direction = if egress { "Egress" } else { "Ingress" };
        (
            Kind::NetworkPolicy,
            json!({ "metadata": { "name": "p", "namespace": "default" },
                "spec": { "podSelector": { "matchLabels": { "app": format!("app-{host}") } }, "policyTypes": [direction] } }),
        )
    }));
    let protocol = || select(vec!["all", "tcp", "udp", "icmp", "58", "nonsense"]);
    let rule = (any::<bool>(), any::<bool>(), any::<bool>(), protocol(), 0u16..2000).prop_map(
        |(egress, deny, disabled, protocol, priority)| {
            let ports = [json!({ "protocol": protocol, "ports": ["30000-30001", "9090", "x"] })];
            let list = if deny { "deny" } else { "allow" };
            (
                Kind::ComputeFirewall,
                json!({ "metadata": { "name": format!("rule-{priority}"), "namespace": "default" },
                    "spec": { "direction": if egress { "EGRESS" } else { "INGRESS" }, "disabled": disabled,
                        "priority": priority, "sourceRanges": ["203.0.113.0/24"], list: ports } }),
            )
        },
    );
    let firewall = prop::collection::vec(rule, 0..3);
    (service(0), service(1), service(2), policy, firewall, any::<bool>()).prop_map(
        move |(a, b, c, policy, firewall, v6)| {
            let family = if v6 { IpFamily::V6 } else { IpFamily::V4 };
            let four = fixed
                .iter()
                .cloned()
                .chain(a)
                .chain(b)
                .chain(c)
                .chain(policy)
                .chain(firewall);
            let in_family = |(kind, value): (Kind, Value)| match family {
                IpFamily::V6 => {
                    let text = in_ipv6(&value.to_string()).replace("\"IPv4\"", "\"IPv6\"");
                    (kind, serde_json::from_str(&text).expect("only addresses changed"))
                }
                IpFamily::V4 => (kind, value),
            };
            Made {
                objects: four.map(in_family).collect(),
                family,
            }
        },
    )
}

fn snapshot(made: &Made, mode: &str) -> Snapshot {
    let mut config = config("10.244.0.0/16");
    if made.family == IpFamily::V6 {
        let net = |text: &str| sister(text).parse().expect("a range");
        config.pod_subnets = vec![net("10.244.0.0/16")];
        config.service_subnets = vec![net("10.96.0.0/12")];
        config.proxy.cluster_cidr = sister("10.244.0.0/16");
    }
    config.firewall = made.objects.iter().any(|(kind, _)| *kind == Kind::ComputeFirewall);
    config.proxy.mode = mode.to_owned();
    let objects = made.objects.iter().cloned();
    Snapshot::empty(config, Instant::DEFAULT_START)
        .with(objects.map(|(kind, value)| Object::from_value(kind, value).expect("fields have their types")))
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        (1u8..4, 2u8..6).prop_map(|(node, host)| Source::Pod {
            namespace: "default".into(),
            name: format!("pod-{node}-{host}")
        }),
        (1u8..5).prop_map(|n| Source::Node(format!("node-{n}"))),
        Just(Source::Client),
        select(vec![
            "127.0.0.1",
            "10.244.2.77",
            "203.0.113.200",
            "192.168.10.12",
            "198.51.100.100",
            "fd00::1"
        ])
        .prop_map(|ip| Source::Address(ip.parse().expect("an address"))),
    ]
}

fn destination() -> impl Strategy<Value = SocketAddr> {
    let ips = [
        "10.96.0.1",
        "10.96.0.2",
        "10.96.0.3",
        "10.96.0.99",
        "10.244.1.2",
        "10.244.2.5",
        "10.244.3.99",
        "10.244.1.1",
        "192.168.10.11",
        "192.168.10.13",
        "192.168.10.99",
        "127.0.0.1",
        "198.51.100.0",
        "198.51.100.100",
        "198.51.100.101",
        "198.51.100.102",
        "203.0.113.10",
        "8.8.8.8",
        "0.0.0.0",
        "255.255.255.255",
        "fd00::1",
        "::1",
    ];
    let ips: Vec<IpAddr> = ips.iter().map(|ip| ip.parse().expect("an address")).collect();
    (
        select(ips),
        select(vec![0u16, 80, 8080, 9090, 30000, 30001, 30002, 65535]),
    )
        .prop_map(|(ip, port)| SocketAddr::new(ip, port))
}

fn protocol() -> impl Strategy<Value = Protocol> {
    select(vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp, Protocol::Icmp])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_packet_comes_to_one_end(
        made in cluster(), from in source(), to in destination(), protocol in protocol(),
        via in proptest::option::of(1u8..5), seed in any::<u64>(), mode in select(vec!["iptables", "nftables", "ipvs"]),
    ) {
        let snapshot = snapshot(&made, mode);
        let (from, to) = (made.source(&from), SocketAddr::new(made.ip(to.ip()), to.port()));
        let via = via.map(|n| format!("node-{n}"));
        let args = Connect { via_node: via.as_deref(), ..Connect::new(&from, to, protocol) };
        let send = || {
            let mut state = NetState::new();
            exchange(&snapshot, &mut state, &mut Rng::new(seed), Instant::DEFAULT_START, &args)
        };
        let leg = send();
        // The same seed, the same story; told or not told, the same end.
        let again = send();
        prop_assert_eq!(&leg.hops, &again.hops);
        prop_assert_eq!(leg.verdict, again.verdict);
        let mut state = NetState::new();
        let quiet = Connect { record: false, ..args.clone() };
        let untold = exchange(&snapshot, &mut state, &mut Rng::new(seed), Instant::DEFAULT_START, &quiet);
        prop_assert_eq!(untold.verdict, leg.verdict);
        prop_assert!(untold.hops.is_empty());
        prop_assert_eq!(untold.backend.as_ref().map(|it| it.address), leg.backend.as_ref().map(|it| it.address));
        prop_assert_eq!(leg.verdict == Verdict::Unreachable, leg.hops.is_empty());
        prop_assert!(!leg.reason.say().en.is_empty());

        if let Some(decision) = &leg.proxy {
            let sum: f64 = decision.backends.iter().map(|it| it.probability).sum();
            match decision.verdict {
                ProxyVerdict::Deliver => prop_assert!((sum - 1.0).abs() < 1e-9, "probabilities sum to {sum}"),
                _ => prop_assert!(decision.backends.is_empty()),
            }
            // Only usable endpoints are candidates: of a slice, ready, or serving on its way out.
            for backend in &decision.backends {
                let usable = made.objects.iter().filter(|(kind, _)| *kind == Kind::EndpointSlice).any(|(_, slice)| {
                    slice["endpoints"].as_array().into_iter().flatten().any(|it| {
                        let flag = |key: &str, unset: bool| it["conditions"][key].as_bool().unwrap_or(unset);
                        it["addresses"][0] == backend.address.ip().to_string()
                            && (flag("ready", true) || flag("serving", true) && flag("terminating", false))
                    })
                });
                prop_assert!(usable, "{} is not usable", backend.address);
            }
        }
        for pair in leg.hops.windows(2) {
            // What goes on from one hop is what comes to the next.
            if pair[0].direction == pair[1].direction && let Some(after) = &pair[0].after {
                prop_assert_eq!((after.src, after.dst), (pair[1].before.src, pair[1].before.dst));
            }
        }
        if leg.verdict == Verdict::Delivered {
            let first = &leg.hops[0].before;
            let last = leg.hops.last().expect("hops");
            prop_assert_eq!(last.direction, Direction::Reply);
            prop_assert_eq!((last.before.src, last.before.dst), (first.dst, first.src));
        }
    }

    #[test]
    fn every_answer_retraces_its_connection(
        made in cluster(), from in source(), to in destination(), seed in any::<u64>(),
    ) {
        let snapshot = snapshot(&made, "iptables");
        let (from, to) = (made.source(&from), SocketAddr::new(made.ip(to.ip()), to.port()));
        let mut state = NetState::new();
        let mut rng = Rng::new(seed);
        let now = Instant::DEFAULT_START;
        let mut leg = connect(&snapshot, &mut state, &mut rng, now, &Connect::new(&from, to, Protocol::Tcp));
        // Every node that rewrote something remembers exactly that, and undoes exactly that.
        let rewrites: BTreeSet<Place> = leg.hops.iter()
            .filter(|hop| matches!(hop.stage, Stage::Dnat | Stage::Snat) && hop.direction == Direction::Request)
            .map(|hop| hop.at.clone())
            .collect();
        if leg.verdict == Verdict::Delivered {
            for place in &rewrites {
                let Place::Node(name) = place else { continue };
                let known = state.connections(name, now).expect("the node is there");
                prop_assert!(known.iter().any(|it| it.is_dnat() || it.is_snat()));
            }
        }
        answer(&snapshot, &mut state, &mut rng, now, &mut leg, Payload::SynAck);
        if leg.verdict == Verdict::Delivered {
            let undone: BTreeSet<Place> = leg.hops.iter()
                .filter(|hop| hop.stage == Stage::Undo)
                .map(|hop| hop.at.clone())
                .collect();
            prop_assert_eq!(undone, rewrites);
        }
    }

    #[test]
    fn rules_follow_changes_as_if_made_anew(before in cluster(), after in cluster()) {
        for mode in ["iptables", "nftables", "ipvs"] {
            let (before, after) = (snapshot(&before, mode), snapshot(&after, mode));
            let mut kept = NetState::new();
            kept.sync(&before);
            for node in ["node-1", "node-2", "node-3"] {
                for family in IpFamily::ALL {
                    for dump in [
                        RuleDump::IptablesSave(Table::Nat),
                        RuleDump::IptablesSave(Table::Filter),
                        RuleDump::NftList(NftPart::Table),
                        RuleDump::Ipvsadm,
                        RuleDump::IpsetList(None),
                    ] {
                        let anew = NetState::new().dump_rules(&after, node, family, dump);
                        prop_assert_eq!(kept.dump_rules(&after, node, family, dump), anew);
                    }
                }
            }
        }
    }
}
