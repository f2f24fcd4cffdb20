//! IPv6 beside IPv4: the same rules, the same explanations, and the few differences.

use std::net::IpAddr;

use kubehop::api::IpFamily;
use kubehop::net::proxy::RuleDump;
use kubehop::net::proxy::iptables::Table;
use kubehop::net::transport::Connect;
use kubehop::net::{Protocol, Source, Verdict, Why};
use kubehop::world::World;

use crate::network::{apply, pod, send, tally, tcp, to, web, world};

const RANGES: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: {podSubnet: \"10.244.0.0/16,fd00:10:244::/48\", serviceSubnet: \"10.96.0.0/16,fd00:10:96::/112\"}\n";
const VIP: &str = "[fd00:10:96::50]:80";

/// The pods of [`web`] behind a Service of both families.
fn dual(spec: &str) -> World {
    let mut world = world(RANGES);
    let both = "clusterIPs: [10.96.0.50, \"fd00:10:96::50\"], ipFamilyPolicy: RequireDualStack, ";
    apply(&mut world, &web(&format!("{both}{spec}")));
    world
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn node(name: &str) -> Source {
    Source::Node(name.into())
}

#[test]
fn a_cluster_of_both_families_has_addresses_of_both_everywhere() {
    let mut world = dual("type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]");
    let source = |world: &mut World, from: &Source, at: &str| {
        let leg = tcp(world, from, at);
        assert_eq!(leg.verdict, Verdict::Delivered, "{from} to {at}: {:?}", leg.reason);
        (
            leg.source_seen.expect("delivered"),
            leg.proxy.expect("decided").masquerade,
        )
    };
    // Pods keep their address; nodes are masqueraded, also towards their own pods.
    assert_eq!(source(&mut world, &pod("cli3"), VIP), (ip("fd00:10:244:3::2"), false));
    let seen = source(&mut world, &node("node-3"), VIP);
    assert_eq!(seen, (ip("fd00:192:168:10::13"), true));
    // Node ports: from outside, by the node's address, masqueraded.
    let (seen, masquerade) = source(&mut world, &Source::Client, "[fd00:192:168:10::13]:30080");
    assert_eq!((seen, masquerade), (ip("fd00:192:168:10::13"), true));
    let (_, masquerade) = source(&mut world, &pod("cli1"), "[fd00:192:168:10::12]:30080");
    assert!(masquerade);
    // All endpoints, and of this family only.
    assert_eq!(tally(&mut world, &pod("cli3"), VIP, 60).len(), 3);
    let leg = tcp(&mut world, &pod("cli3"), VIP);
    assert!(
        leg.proxy
            .expect("decided")
            .backends
            .iter()
            .all(|it| it.address.is_ipv6())
    );
}

#[test]
fn node_ports_on_loopback_are_ipv4_only() {
    let mut world = dual("type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]");
    assert_eq!(
        tcp(&mut world, &node("node-1"), "127.0.0.1:30080").verdict,
        Verdict::Delivered
    );
    assert_eq!(
        tcp(&mut world, &node("node-1"), "[::1]:30080").verdict,
        Verdict::Refused
    );
    let mut network = world.network();
    let mut save = |family| {
        network
            .dump_rules("node-1", family, RuleDump::IptablesSave(Table::Nat))
            .expect("a node")
    };
    assert!(
        save(IpFamily::V6).contains("-A KUBE-SERVICES ! -d ::1/128 -m comment"),
        "{}",
        save(IpFamily::V6)
    );
    assert!(!save(IpFamily::V6).contains("127.0.0.0"));
    assert!(save(IpFamily::V4).contains("-d 127.0.0.0/8"));
}

#[test]
fn load_balancers_serve_both_families() {
    let mut world = dual("type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080}]");
    let service = world
        .snapshot()
        .get::<kubehop::api::types::core::Service>("default", "web")
        .expect("applied")
        .clone();
    let ips: Vec<&str> = service
        .status
        .load_balancer
        .ingress
        .iter()
        .map(|it| it.ip.as_str())
        .collect();
    let [four, six] = ips[..] else { panic!("{ips:?}") };
    assert!(!four.contains(':') && six.contains(':'), "{ips:?}");
    let at = format!("[{six}]:80");
    for _ in 0..8 {
        let leg = tcp(&mut world, &Source::Client, &at);
        assert_eq!(leg.verdict, Verdict::Delivered, "{:?}", leg.reason);
        assert_eq!(
            leg.source_seen,
            Some(ip("2001:db8:203:113::10")),
            "Local keeps the source"
        );
    }
    // A node without endpoints drops; a pod there short-circuits to all of them.
    let port = service.spec.ports[0].node_port;
    let dropped = tcp(&mut world, &Source::Client, &format!("[fd00:192:168:10::13]:{port}"));
    assert_eq!(dropped.verdict, Verdict::Timeout);
    assert!(matches!(dropped.reason, Why::NoLocalExternal { .. }));
    assert_eq!(tally(&mut world, &pod("cli3"), &at, 60).len(), 3);
    // One family again: its address stays, the other goes.
    apply(
        &mut world,
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {type: LoadBalancer, ipFamilyPolicy: SingleStack, ipFamilies: [IPv4], clusterIPs: [10.96.0.50], clusterIP: 10.96.0.50, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n",
    );
    let snapshot = world.snapshot();
    let service = snapshot
        .get::<kubehop::api::types::core::Service>("default", "web")
        .expect("there");
    let left: Vec<&str> = service
        .status
        .load_balancer
        .ingress
        .iter()
        .map(|it| it.ip.as_str())
        .collect();
    assert_eq!(left, [four]);
}

#[test]
fn source_ranges_hold_within_their_family() {
    let mut world = dual(
        "type: LoadBalancer, loadBalancerSourceRanges: [\"2001:db8:dead::/48\"], ports: [{port: 80, targetPort: 8080}]",
    );
    let snapshot = world.snapshot();
    let service = snapshot
        .get::<kubehop::api::types::core::Service>("default", "web")
        .expect("there");
    let ips: Vec<String> = service
        .status
        .load_balancer
        .ingress
        .iter()
        .map(|it| it.ip.clone())
        .collect();
    assert_eq!(
        tcp(&mut world, &Source::Client, &format!("{}:80", ips[0])).verdict,
        Verdict::Delivered
    );
    let six = format!("[{}]:80", ips[1]);
    let refused = tcp(&mut world, &Source::Client, &six);
    assert_eq!(refused.verdict, Verdict::Timeout);
    assert!(
        matches!(refused.reason, Why::SourceRange { .. }),
        "{:?}",
        refused.reason
    );
    let friend = Source::Address(ip("2001:db8:dead::1"));
    assert_eq!(tcp(&mut world, &friend, &six).verdict, Verdict::Delivered);
}

#[test]
fn a_pod_that_reaches_itself_sees_its_node_in_either_family() {
    let mut world = dual("ports: [{port: 80, targetPort: 8080}]");
    let own = ip("fd00:10:244:1::2");
    let mut hairpins = 0;
    for _ in 0..60 {
        let leg = tcp(&mut world, &pod("a"), VIP);
        assert_eq!(leg.verdict, Verdict::Delivered);
        let by_itself = leg.backend.expect("delivered").address.ip() == own;
        let expected = if by_itself { ip("fd00:10:244:1::1") } else { own };
        assert_eq!(leg.source_seen, Some(expected));
        hairpins += usize::from(by_itself);
    }
    assert!(hairpins > 5, "{hairpins} of 60");
}

#[test]
fn ipv6_rules_are_printed_in_their_own_words() {
    let mut world = dual("type: NodePort, sessionAffinity: ClientIP, ports: [{port: 80, targetPort: 8080}]");
    apply(
        &mut world,
        "apiVersion: v1\nkind: Service\nmetadata: {name: none}\nspec: {type: NodePort, ipFamilyPolicy: PreferDualStack, selector: {app: none}, ports: [{port: 80}]}\n",
    );
    let mut network = world.network();
    let mut save = |table| {
        network
            .dump_rules("node-1", IpFamily::V6, RuleDump::IptablesSave(table))
            .expect("a node")
    };
    let (nat, filter) = (save(Table::Nat), save(Table::Filter));
    assert!(
        nat.contains("--mask ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff --rsource"),
        "{nat}"
    );
    assert!(
        nat.contains("-j DNAT --to-destination [fd00:10:244:2::2]:8080"),
        "{nat}"
    );
    assert!(!nat.contains("255.255"), "{nat}");
    assert!(nat.starts_with("# Generated by ip6tables-save "), "{nat}");
    let rejects: Vec<&str> = filter.lines().filter(|line| line.contains("REJECT")).collect();
    assert_eq!(rejects.len(), 2, "the virtual address and the node port: {filter}");
    assert!(
        rejects.iter().all(|line| line.ends_with("icmp6-port-unreachable")),
        "{rejects:?}"
    );
}

#[test]
fn ipv6_echo_requests_reach_machines_and_nothing_else() {
    let mut world = dual("ports: [{port: 80, targetPort: 8080}]");
    for (from, at, verdict) in [
        (pod("cli1"), "fd00:10:244:2::2", Verdict::Delivered),
        (pod("cli1"), "fd00:10:96::50", Verdict::Timeout),
        (pod("cli1"), "2001:db8:203:113::10", Verdict::Delivered),
        (node("node-2"), "fd00:192:168:10::11", Verdict::Delivered),
        (Source::Client, "fd00:192:168:10::11", Verdict::Delivered),
        (Source::Client, "fd00:10:244:2::2", Verdict::Timeout),
    ] {
        let args = Connect::new(&from, to(&format!("[{at}]:0")), Protocol::Icmp);
        assert_eq!(send(&mut world, &args).verdict, verdict, "{from} to {at}");
    }
    let now = world.now();
    let lines: Vec<String> = {
        let mut network = world.network();
        let seen = network.connections("node-2").expect("a node");
        seen.iter().map(|it| it.line(now)).collect()
    };
    let line = lines.iter().find(|line| line.starts_with("icmpv6")).expect("an echo");
    assert!(line.contains("type=128") && line.contains("type=129"), "{line}");
}

#[test]
fn host_ports_are_open_in_both_families() {
    let mut world = dual("ports: [{port: 80, targetPort: 8080}]");
    apply(
        &mut world,
        "apiVersion: v1\nkind: Pod\nmetadata: {name: edge}\nspec: {nodeName: node-3, containers: [{name: c, image: 'registry.example/server:1', ports: [{containerPort: 80, hostPort: 8081}]}]}\n",
    );
    let leg = tcp(&mut world, &Source::Client, "[fd00:192:168:10::13]:8081");
    assert_eq!(leg.source_seen, Some(ip("2001:db8:203:113::10")), "{:?}", leg.reason);
    let leg = tcp(&mut world, &node("node-3"), "[::1]:8081");
    assert_eq!(leg.verdict, Verdict::Timeout);
    assert!(matches!(leg.reason, Why::LoopbackLeaves { .. }));
}
