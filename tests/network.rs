//! What the network does, told as scenes: a cluster as a learner writes it, a packet, what becomes of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use kubehop::api::NamespacedName;
use kubehop::cluster::faults::Health;
use kubehop::net::conntrack::State;
use kubehop::net::trace::{Direction, Stage};
use kubehop::net::transport::{Connect, Connection};
use kubehop::net::{Protocol, Source, Verdict, Why};
use kubehop::sim::Duration;
use kubehop::text::FileId;
use kubehop::world::{Options, World};

/// The default cluster with these manifests applied.
pub fn world(text: &str) -> World {
    let mut world = World::new(Options::default());
    apply(&mut world, text);
    world
}

pub fn apply(world: &mut World, text: &str) {
    let outcome = world.apply(FileId::default(), text);
    assert_eq!(outcome.exit_code, 0, "{}{}", outcome.stdout, outcome.stderr);
}

pub fn pod(name: &str) -> Source {
    Source::Pod {
        namespace: "default".into(),
        name: name.into(),
    }
}

pub fn to(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

pub fn send(world: &mut World, args: &Connect<'_>) -> Connection {
    world.network().exchange(args)
}

pub fn tcp(world: &mut World, from: &Source, at: &str) -> Connection {
    send(world, &Connect::new(from, to(at), Protocol::Tcp))
}

/// Who answered how often; `-` where nobody did.
pub fn tally(world: &mut World, from: &Source, at: &str, times: usize) -> BTreeMap<String, usize> {
    let mut seen = BTreeMap::new();
    for _ in 0..times {
        let leg = tcp(world, from, at);
        let name = match (leg.verdict, leg.backend) {
            (Verdict::Delivered, Some(backend)) => backend.pod.map_or("node".to_owned(), |pod| pod.name),
            _ => "-".to_owned(),
        };
        *seen.entry(name).or_default() += 1;
    }
    seen
}

/// Pods `a` and `b` on node-1, `c` on node-2, `cli1`… on their nodes, and a Service `web` with this spec.
pub fn web(spec: &str) -> String {
    let mut text = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{clusterIP: 10.96.0.50, selector: {{app: web}}, {spec}}}\n"
    );
    for (name, node, app, ports) in [
        ("a", 1, "web", "ports: [{name: http, containerPort: 8080}]"),
        ("b", 1, "web", "ports: [{name: http, containerPort: 8080}]"),
        ("c", 2, "web", "ports: [{name: http, containerPort: 8080}]"),
        ("cli1", 1, "cli", "ports: []"),
        ("cli2", 2, "cli", "ports: []"),
        ("cli3", 3, "cli", "ports: []"),
    ] {
        text += &format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {app}}}}}\nspec: {{nodeName: node-{node}, containers: [{{name: c, image: 'registry.example/server:1', {ports}}}]}}\n"
        );
    }
    text
}

pub const HTTP: &str = "ports: [{port: 80, targetPort: 8080}]";

#[test]
fn a_node_port_is_told_hop_by_hop() {
    let mut world = world(&web(
        "type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]",
    ));
    let leg = tcp(&mut world, &Source::Client, "192.168.10.13:30080");
    let told: Vec<String> = leg
        .hops
        .iter()
        .map(|hop| {
            let way = if hop.direction == Direction::Request { ">" } else { "<" };
            format!("{way} {} {}", hop.at, hop.stage.name())
        })
        .collect();
    let backend = leg.backend.expect("delivered");
    let (pod, node) = (backend.pod.expect("a pod").name, backend.node.expect("on a node"));
    assert_eq!(
        told,
        [
            "> client send".to_owned(),
            "> router route".to_owned(),
            "> node/node-3 dnat".to_owned(),
            "> node/node-3 snat".to_owned(),
            format!("> node/{node} route"),
            format!("> pod/default/{pod} receive"),
            format!("< pod/default/{pod} send"),
            format!("< node/{node} route"),
            "< node/node-3 undo".to_owned(),
            "< router route".to_owned(),
            "< client receive".to_owned(),
        ]
    );
    let dnat = &leg.hops[2];
    let chains: Vec<&str> = dnat.rules.iter().map(|rule| &*rule.chain).collect();
    assert_eq!(
        chains[..5],
        [
            "PREROUTING",
            "KUBE-SERVICES",
            "KUBE-NODEPORTS",
            "KUBE-EXT-LOLE4ISW44XBNF3G",
            "KUBE-MARK-MASQ"
        ]
    );
    assert_eq!(
        dnat.object.as_ref().expect("made from the Service").to_string(),
        "Service/default/web"
    );
    assert!(dnat.span.is_some(), "the Service stands in the text");
    // The policy is left to its default, so the type tells most.
    let snat = &leg.hops[3];
    let span = snat.span.expect("the Service stands in the text");
    let text = web("type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]");
    assert_eq!(&text[span.start as usize..span.end as usize], "type: NodePort");
    let undo = leg.hops.iter().find(|hop| hop.stage == Stage::Undo).expect("undone");
    assert_eq!(undo.after.as_ref().expect("goes on").src, to("192.168.10.13:30080"));
    for hop in &leg.hops {
        let said = hop.why.say();
        assert!(said.en.chars().count() <= 115, "too long: {}", said.en);
    }
}

#[test]
fn a_connection_outlives_its_endpoint_and_a_new_one_does_not() {
    let mut world = world(&web(HTTP));
    let cli = pod("cli3");
    let args = Connect {
        source_port: Some(40_000),
        ..Connect::new(&cli, to("10.96.0.50:80"), Protocol::Tcp)
    };
    let first = send(&mut world, &args).backend.expect("delivered").address;
    // The Service forgets all its pods; they run on.
    apply(
        &mut world,
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {clusterIP: 10.96.0.50, selector: {app: gone}, ports: [{port: 80, targetPort: 8080}]}\n",
    );
    let again = send(&mut world, &args);
    assert_eq!(again.verdict, Verdict::Delivered);
    assert_eq!(again.backend.expect("delivered").address, first);
    assert!(again.hops.iter().any(|hop| matches!(hop.why, Why::Remembered { .. })));
    let fresh = tcp(&mut world, &cli, "10.96.0.50:80");
    assert_eq!(fresh.verdict, Verdict::Refused);
}

#[test]
fn udp_entries_of_a_vanished_endpoint_are_cleared_and_tcp_ones_are_not() {
    let dns = "apiVersion: v1\nkind: Service\nmetadata: {name: dns}\nspec: {clusterIP: 10.96.0.60, selector: {app: dns}, ports: [{name: u, port: 53, protocol: UDP}]}\n";
    let server = |name: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: dns}}}}\nspec: {{nodeName: node-1, containers: [{{name: c, image: coredns, ports: [{{containerPort: 53, protocol: UDP}}]}}]}}\n"
        )
    };
    let mut world = world(&format!(
        "{dns}{}{}",
        server("d1"),
        web(HTTP).replacen("apiVersion", "---\napiVersion", 1)
    ));
    let cli = pod("cli3");
    let args = Connect {
        source_port: Some(40_000),
        ..Connect::new(&cli, to("10.96.0.60:53"), Protocol::Udp)
    };
    let first = send(&mut world, &args).backend.expect("delivered").address;
    // Another server takes over: the first loses its label.
    apply(&mut world, &server("d2").replace("---\n", ""));
    let relabeled = server("d1").replace("---\n", "").replace("app: dns", "app: old");
    apply(&mut world, &relabeled);
    let second = send(&mut world, &args);
    assert_eq!(second.verdict, Verdict::Delivered);
    assert_ne!(second.backend.expect("delivered").address, first);
}

#[test]
fn affinity_holds_a_client_until_its_time_is_over() {
    let mut world = world(&web(
        "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}, ports: [{port: 80, targetPort: 8080}]",
    ));
    let cli = pod("cli3");
    let seen = tally(&mut world, &cli, "10.96.0.50:80", 30);
    assert_eq!(seen.len(), 1, "one endpoint only: {seen:?}");
    let mut all = BTreeMap::new();
    for _ in 0..30 {
        world.advance(Duration::from_secs(61));
        all.extend(tally(&mut world, &cli, "10.96.0.50:80", 1));
    }
    assert_eq!(all.len(), 3, "after a pause chance decides anew: {all:?}");
    // Each connection refreshes the timer.
    let before = tally(&mut world, &cli, "10.96.0.50:80", 1);
    for _ in 0..10 {
        world.advance(Duration::from_secs(50));
        assert_eq!(tally(&mut world, &cli, "10.96.0.50:80", 1), before);
    }
}

#[test]
fn the_load_balancer_counts_nodes_and_policy_local_shows_it() {
    let mut world = world(&web(
        "type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80, targetPort: 8080}]",
    ));
    let service = world
        .snapshot()
        .get::<kubehop::api::types::core::Service>("default", "web")
        .expect("applied")
        .clone();
    let ip = service.status.load_balancer.ingress[0].ip.clone();
    let seen = tally(&mut world, &Source::Client, &format!("{ip}:80"), 400);
    assert_eq!(seen.keys().map(String::as_str).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!((160..240).contains(&seen["c"]), "half of it for the lone pod: {seen:?}");
    let leg = tcp(&mut world, &Source::Client, &format!("{ip}:80"));
    assert_eq!(leg.source_seen, Some("203.0.113.10".parse().expect("an address")));
    // Health checks: node-1 has two, node-3 none.
    let port = service.spec.health_check_node_port;
    for (node, count) in [(1, 2), (2, 1), (3, 0)] {
        let leg = tcp(&mut world, &Source::Client, &format!("192.168.10.1{node}:{port}"));
        assert_eq!(leg.verdict, Verdict::Delivered);
        let said = Why::HealthCheck {
            service: "default/web".into(),
            count,
        };
        assert!(leg.hops.iter().any(|hop| hop.why == said), "node-{node}");
    }
    // A node without a pod drops what comes from outside.
    let dropped = tcp(
        &mut world,
        &Source::Client,
        &format!("192.168.10.13:{}", service.spec.ports[0].node_port),
    );
    assert_eq!(dropped.verdict, Verdict::Timeout);
    assert!(
        matches!(dropped.reason, Why::NoLocalExternal { .. }),
        "{:?}",
        dropped.reason
    );
}

#[test]
fn a_pod_that_reaches_itself_through_a_service_sees_its_node() {
    let mut world = world(&web(HTTP));
    let mut itself = 0;
    for _ in 0..60 {
        let leg = tcp(&mut world, &pod("a"), "10.96.0.50:80");
        assert_eq!(leg.verdict, Verdict::Delivered);
        let name = leg.backend.expect("delivered").pod.expect("a pod").name;
        let seen = leg.source_seen.expect("from somewhere").to_string();
        if name == "a" {
            itself += 1;
            assert_eq!(seen, "10.244.1.1");
        } else {
            assert_eq!(seen, "10.244.1.2");
        }
    }
    assert!(itself > 5);
}

#[test]
fn network_policies_let_in_whom_they_name() {
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: only-cli}\nspec:\n  podSelector: {matchLabels: {app: web}}\n  ingress:\n  - from: [{podSelector: {matchLabels: {app: cli}}}]\n    ports: [{port: http}]\n";
    let mut world = world(&web(
        "type: NodePort, ports: [{port: 80, targetPort: 8080, nodePort: 30080}]",
    ));
    apply(&mut world, policy);
    assert_eq!(
        tcp(&mut world, &pod("cli1"), "10.96.0.50:80").verdict,
        Verdict::Delivered
    );
    assert_eq!(
        tcp(&mut world, &pod("cli3"), "10.244.1.2:8080").verdict,
        Verdict::Delivered
    );
    let denied = tcp(&mut world, &pod("c"), "10.244.1.2:8080");
    assert_eq!(denied.verdict, Verdict::Timeout);
    assert!(matches!(denied.reason, Why::PolicyDeniesIngress { .. }));
    let hop = denied.hops.last().expect("hops");
    assert_eq!(
        hop.object.as_ref().expect("the policy").to_string(),
        "NetworkPolicy/default/only-cli"
    );
    // A wrong port is not let in either, though the pod would refuse it at once.
    assert_eq!(tcp(&mut world, &pod("cli1"), "10.244.1.2:81").verdict, Verdict::Timeout);
    // The node reaches its own pods; a client behind another node's masquerade does not.
    let node = Source::Node("node-1".into());
    assert_eq!(tcp(&mut world, &node, "10.244.1.2:8080").verdict, Verdict::Delivered);
    let seen = tally(&mut world, &Source::Client, "192.168.10.13:30080", 20);
    assert_eq!(seen.keys().collect::<Vec<_>>(), ["-"]);
}

#[test]
fn network_policies_keep_pods_in() {
    let mut world = world(&web(HTTP));
    apply(
        &mut world,
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: out}\nspec:\n  podSelector: {matchLabels: {app: cli}}\n  policyTypes: [Egress]\n  egress:\n  - to: [{ipBlock: {cidr: 10.244.0.0/16, except: [10.244.2.0/24]}}]\n    ports: [{port: 8000, endPort: 8100}]\n",
    );
    assert_eq!(
        tcp(&mut world, &pod("cli3"), "10.244.1.2:8080").verdict,
        Verdict::Delivered
    );
    let denied = tcp(&mut world, &pod("cli3"), "10.244.2.2:8080");
    assert!(
        matches!(denied.reason, Why::PolicyDeniesEgress { .. }),
        "{:?}",
        denied.reason
    );
    // What the Service chose is judged, not its address.
    let seen = tally(&mut world, &pod("cli3"), "10.96.0.50:80", 60);
    assert_eq!(seen.keys().map(String::as_str).collect::<Vec<_>>(), ["-", "a", "b"]);
    // Others are not concerned.
    assert_eq!(
        tcp(&mut world, &pod("a"), "10.244.2.2:8080").verdict,
        Verdict::Delivered
    );
}

#[test]
fn echo_requests_reach_machines_and_nothing_else() {
    let mut world = world(&web(HTTP));
    let cli = pod("cli1");
    let mut ping = |at: &str| send(&mut world, &Connect::new(&cli, to(&format!("{at}:0")), Protocol::Icmp));
    assert_eq!(ping("10.244.2.2").verdict, Verdict::Delivered);
    assert_eq!(ping("192.168.10.13").verdict, Verdict::Delivered);
    let virtual_ip = ping("10.96.0.50");
    assert_eq!(virtual_ip.verdict, Verdict::Timeout);
    assert!(matches!(virtual_ip.reason, Why::PingVirtual { .. }));
    assert!(matches!(ping("10.244.2.99").reason, Why::NoSuchPod { .. }));
    assert!(matches!(ping("8.8.8.8").reason, Why::NoRoute { .. }));
}

#[test]
fn an_address_that_nobody_has_says_so() {
    let mut world = world(&web(HTTP));
    for from in [pod("cli1"), Source::Node("node-2".into()), Source::Client] {
        let leg = tcp(&mut world, &from, "192.168.10.99:80");
        assert_eq!(leg.verdict, Verdict::Timeout);
        assert!(matches!(leg.reason, Why::NoNeighbor { .. }), "{from}: {:?}", leg.reason);
    }
    let leg = tcp(&mut world, &pod("cli1"), "10.244.2.99:80");
    assert!(matches!(leg.reason, Why::NoSuchPod { .. }), "{:?}", leg.reason);
    let owner = &leg.hops.last().expect("told").at;
    assert_eq!(
        owner.to_string(),
        "node/node-2",
        "the node whose network it would be in"
    );
}

#[test]
fn what_breaks_is_named() {
    let mut world = world(&web(HTTP));
    world.edit(|cluster| {
        cluster.set_health(&NamespacedName::new("default", "a"), Health::Hung);
        cluster.set_link("node-2", "node-1", false);
    });
    let hung = tcp(&mut world, &pod("cli1"), "10.244.1.2:8080");
    assert!(matches!(hung.reason, Why::Hung { .. }));
    let cut = tcp(&mut world, &pod("cli1"), "10.244.2.2:8080");
    assert!(matches!(cut.reason, Why::LinkDown { .. }));
    world.edit(|cluster| cluster.power_off("node-2"));
    let off = tcp(&mut world, &pod("cli3"), "10.244.2.2:8080");
    assert!(matches!(off.reason, Why::NodeOff { .. }));
    assert!([hung, cut, off].iter().all(|leg| leg.verdict == Verdict::Timeout));
}

#[test]
fn metallb_announces_an_address_from_one_node() {
    let mut world = World::new(Options {
        preset: kubehop::cluster::Preset::BareMetal,
        ..Options::default()
    });
    apply(
        &mut world,
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: metallb-system}\n---\napiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: pool, namespace: metallb-system}\nspec: {addresses: [192.168.10.100-192.168.10.110]}\n---\napiVersion: metallb.io/v1beta1\nkind: L2Advertisement\nmetadata: {name: all, namespace: metallb-system}\n",
    );
    apply(
        &mut world,
        &web("type: LoadBalancer, ports: [{port: 80, targetPort: 8080}]"),
    );
    let mut nodes = BTreeMap::new();
    for _ in 0..40 {
        let leg = tcp(&mut world, &Source::Client, "192.168.10.100:80");
        assert_eq!(leg.verdict, Verdict::Delivered, "{:?}", leg.reason);
        *nodes.entry(leg.proxy.expect("decided").node).or_insert(0) += 1;
    }
    assert_eq!(nodes.len(), 1, "{nodes:?}");
}

#[test]
fn source_ranges_hold_on_the_load_balancer_and_not_on_the_node_port() {
    let mut world = world(&web(
        "type: LoadBalancer, loadBalancerSourceRanges: [198.18.0.0/15], ports: [{port: 80, targetPort: 8080, nodePort: 30080}]",
    ));
    let ip = world
        .snapshot()
        .get::<kubehop::api::types::core::Service>("default", "web")
        .expect("applied")
        .status
        .load_balancer
        .ingress[0]
        .ip
        .clone();
    let blocked = tcp(&mut world, &Source::Client, &format!("{ip}:80"));
    assert_eq!(blocked.verdict, Verdict::Timeout);
    assert!(matches!(blocked.reason, Why::SourceRange { .. }));
    assert_eq!(
        tcp(&mut world, &Source::Client, "192.168.10.12:30080").verdict,
        Verdict::Delivered
    );
    let allowed = Source::Address("198.18.3.4".parse().expect("an address"));
    assert_eq!(
        tcp(&mut world, &allowed, &format!("{ip}:80")).verdict,
        Verdict::Delivered
    );
    assert_eq!(
        tcp(&mut world, &pod("cli1"), &format!("{ip}:80")).verdict,
        Verdict::Timeout
    );
}

#[test]
fn connections_are_listed_as_conntrack_lists_them() {
    let mut world = world(&web(HTTP));
    let cli = pod("cli3");
    let args = Connect {
        source_port: Some(40_000),
        ..Connect::new(&cli, to("10.96.0.50:80"), Protocol::Tcp)
    };
    let address = send(&mut world, &args).backend.expect("delivered").address;
    let now = world.now();
    let mut network = world.network();
    let known = network.connections("node-3").expect("a node");
    let entry = known.last().expect("one connection");
    assert_eq!(entry.state, State::Established);
    assert_eq!(
        entry.line(now),
        format!(
            "tcp      6 86400 ESTABLISHED src=10.244.3.2 dst=10.96.0.50 sport=40000 dport=80 src={} dst=10.244.3.2 sport=8080 dport=40000 [ASSURED] mark=0 use=1",
            address.ip()
        )
    );
    world.advance(Duration::from_secs(86_400));
    assert!(world.network().connections("node-3").expect("a node").is_empty());
}

#[test]
fn affinity_remembers_a_hundred_clients_of_an_endpoint() {
    // Two endpoints: `b` is none.
    let text = web("sessionAffinity: ClientIP, ports: [{port: 80, targetPort: 8080}]");
    let mut world = world(&text.replacen("name: b, labels: {app: web}", "name: b, labels: {app: other}", 1));
    let sticky = |world: &mut World, client: &Source| {
        let leg = tcp(world, client, "10.96.0.50:80");
        leg.hops.iter().any(|hop| matches!(hop.why, Why::PicksAgain { .. }))
    };
    // Clients in node-3's pod network, all through that node.
    let client = |n: u8| Source::Address(format!("10.244.3.{n}").parse().expect("an address"));
    for n in 10..250 {
        assert!(!sticky(&mut world, &client(n)), "first contact of {n}");
    }
    let known = (10..250).filter(|n| sticky(&mut world, &client(*n))).count();
    assert!(known < 240, "two lists of a hundred cannot hold 240");
    let first = client(10);
    sticky(&mut world, &first);
    assert!(sticky(&mut world, &first), "the latest are remembered");
}

#[test]
fn affinity_is_forgotten_with_its_rules() {
    let sticky = "sessionAffinity: ClientIP, ports: [{port: 80, targetPort: 8080}]";
    let mut world = world(&web(sticky));
    let cli = pod("cli3");
    tcp(&mut world, &cli, "10.96.0.50:80");
    let again = |world: &mut World| {
        let leg = tcp(world, &cli, "10.96.0.50:80");
        leg.hops.iter().any(|hop| matches!(hop.why, Why::PicksAgain { .. }))
    };
    // A change that leaves the rules' names alone keeps the lists.
    apply(&mut world, &web(&format!("{sticky}, externalIPs: [198.51.100.7]")));
    assert!(again(&mut world));
    apply(
        &mut world,
        &web("sessionAffinity: None, ports: [{port: 80, targetPort: 8080}]"),
    );
    assert!(!again(&mut world));
    apply(&mut world, &web(sticky));
    assert!(!again(&mut world), "the lists went with the rules");
    assert!(again(&mut world));
}

#[test]
fn services_of_other_proxies_are_left_alone() {
    for label in [
        "service.kubernetes.io/service-proxy-name: other",
        "service.kubernetes.io/headless: \"\"",
    ] {
        let text = web(HTTP).replacen("{name: web}", &format!("{{name: web, labels: {{{label}}}}}"), 1);
        let leg = tcp(&mut world(&text), &pod("cli1"), "10.96.0.50:80");
        assert_eq!(leg.verdict, Verdict::Timeout, "{label}");
        assert_eq!(leg.proxy.expect("passed a node").service, None);
    }
}

/// A pod `a` on node-1 that has port 8080 of its node, and a client on every node.
fn with_host_port(port: &str) -> World {
    let mut text = web("ports: [{port: 80, targetPort: 8080}]");
    text = text.replacen("containerPort: 8080}", &format!("containerPort: 8080, {port}}}"), 1);
    world(&text)
}

#[test]
fn a_host_port_leads_into_its_pod() {
    let mut world = with_host_port("hostPort: 9090");
    for (from, at, source) in [
        (Source::Client, "192.168.10.11", "203.0.113.10"),
        (Source::Node("node-1".into()), "192.168.10.11", "192.168.10.11"),
        // Loopback and the node's own pods are masqueraded, or the answer would miss the node.
        (Source::Node("node-1".into()), "127.0.0.1", "10.244.1.1"),
        (pod("cli1"), "192.168.10.11", "10.244.1.1"),
        (pod("a"), "192.168.10.11", "10.244.1.1"),
        (pod("cli2"), "192.168.10.11", "192.168.10.12"),
    ] {
        let leg = tcp(&mut world, &from, &format!("{at}:9090"));
        assert_eq!(leg.verdict, Verdict::Delivered, "{from}: {:?}", leg.reason);
        assert_eq!(leg.source_seen, Some(source.parse().expect("an address")), "{from}");
        assert_eq!(leg.backend.expect("delivered").address, to("10.244.1.2:8080"));
        let hop = leg
            .hops
            .iter()
            .find(|hop| matches!(hop.why, Why::HostPort { .. }))
            .expect("told");
        assert!(hop.span.is_some(), "the line that claims the port");
        assert_eq!(leg.proxy.expect("passed a node").service, None);
    }
    for at in ["192.168.10.12:9090", "192.168.10.11:8080"] {
        assert_eq!(tcp(&mut world, &Source::Client, at).verdict, Verdict::Refused, "{at}");
    }
}

#[test]
fn a_host_port_may_be_open_on_one_address() {
    let mut world = with_host_port("hostPort: 9090, hostIP: 127.0.0.1");
    let node = Source::Node("node-1".into());
    assert_eq!(tcp(&mut world, &node, "127.0.0.1:9090").verdict, Verdict::Delivered);
    assert_eq!(tcp(&mut world, &node, "192.168.10.11:9090").verdict, Verdict::Refused);
}

#[test]
fn a_node_port_goes_before_a_host_port() {
    let mut world = with_host_port("hostPort: 30080");
    apply(
        &mut world,
        "apiVersion: v1\nkind: Service\nmetadata: {name: other}\nspec: {type: NodePort, selector: {app: cli}, ports: [{port: 80, nodePort: 30080}]}\n",
    );
    let leg = tcp(&mut world, &Source::Client, "192.168.10.11:30080");
    let service = leg.proxy.expect("decided").service.expect("by a rule");
    assert_eq!(service.to_string(), "default/other");
}

#[test]
fn a_node_gives_a_port_to_one_pod() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: edge}\nspec: {replicas: 4, selector: {matchLabels: {app: edge}}, template: {metadata: {labels: {app: edge}}, spec: {containers: [{name: c, image: 'registry.example/server:1', ports: [{containerPort: 80, hostPort: 80}]}]}}}\n";
    let mut world = world(deployment);
    let snapshot = world.snapshot();
    let pods: Vec<_> = snapshot
        .list::<kubehop::api::types::core::Pod>()
        .filter(|pod| pod.metadata.namespace == "default")
        .collect();
    let mut nodes: Vec<&str> = pods.iter().map(|pod| pod.spec.node_name.as_str()).collect();
    nodes.sort_unstable();
    assert_eq!(nodes, ["", "node-1", "node-2", "node-3"]);
    let waiting = pods
        .iter()
        .find(|pod| pod.spec.node_name.is_empty())
        .expect("one too many");
    assert_eq!(
        waiting.status.conditions[0].message,
        "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports."
    );
    for n in 1..=3 {
        let leg = tcp(&mut world, &Source::Client, &format!("192.168.10.1{n}:80"));
        assert_eq!(leg.verdict, Verdict::Delivered, "{:?}", leg.reason);
    }
}
