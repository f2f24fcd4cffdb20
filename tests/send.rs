//! Whole requests: a name, a connection, HTTP, an ingress controller in between.

use kubehop::api::NamespacedName;
use kubehop::cluster::Snapshot;
use kubehop::net::dns::RecordType;
use kubehop::net::request::Destination;
use kubehop::net::send::{Detail, names, send, send_with};
use kubehop::net::trace::{Direction, Stage};
use kubehop::net::{NetState, Protocol, Request, Source, Trace, Verdict};
use kubehop::sim::{Instant, Rng};
use kubehop::text::Lang;

use crate::support::{bare_snapshot, documents};

const CLUSTER: &str = "
{apiVersion: v1, kind: Node, metadata: {name: node-1}, spec: {podCIDR: 10.244.1.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.11}]}}
---
{apiVersion: v1, kind: Node, metadata: {name: node-2}, spec: {podCIDR: 10.244.2.0/24}, status: {addresses: [{type: InternalIP, address: 192.168.10.12}]}}
---
apiVersion: v1
kind: Service
metadata: {name: kube-dns, namespace: kube-system}
spec:
  clusterIP: 10.96.0.10
  clusterIPs: [10.96.0.10]
  ports: [{name: dns, port: 53, protocol: UDP, targetPort: 53}, {name: dns-tcp, port: 53, protocol: TCP, targetPort: 53}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kube-dns-1, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
addressType: IPv4
endpoints: [{addresses: [10.244.2.240], nodeName: node-2, targetRef: {kind: Pod, name: coredns, namespace: kube-system}}]
ports: [{name: dns, port: 53, protocol: UDP}, {name: dns-tcp, port: 53, protocol: TCP}]
---
apiVersion: v1
kind: Pod
metadata: {name: coredns, namespace: kube-system}
spec: {nodeName: node-2, containers: [{name: coredns, image: 'registry.k8s.io/coredns/coredns:v1.12.1', ports: [{containerPort: 53, protocol: UDP}]}]}
status: {phase: Running, podIP: 10.244.2.240, podIPs: [{ip: 10.244.2.240}]}
---
apiVersion: v1
kind: Pod
metadata: {name: shell, namespace: default}
spec: {nodeName: node-1, containers: [{name: c, image: 'debian:12'}]}
status: {phase: Running, podIP: 10.244.1.2, podIPs: [{ip: 10.244.1.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: default, labels: {app: web}}
spec: {nodeName: node-1, containers: [{name: c, image: 'registry.example/server:1', ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.244.1.3, podIPs: [{ip: 10.244.1.3}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-2, namespace: default, labels: {app: web}}
spec: {nodeName: node-2, containers: [{name: c, image: 'registry.example/server:1', ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.244.2.3, podIPs: [{ip: 10.244.2.3}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.96.0.50, clusterIPs: [10.96.0.50], selector: {app: web}, ports: [{port: 80, protocol: TCP, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints:
- {addresses: [10.244.1.3], nodeName: node-1, targetRef: {kind: Pod, name: web-1, namespace: default}}
- {addresses: [10.244.2.3], nodeName: node-2, targetRef: {kind: Pod, name: web-2, namespace: default}}
ports: [{name: '', port: 8080, protocol: TCP}]
---
apiVersion: v1
kind: Pod
metadata: {name: controller, namespace: ingress-nginx, labels: {app: ingress}}
spec:
  nodeName: node-1
  containers:
  - name: controller
    image: registry.k8s.io/ingress-nginx/controller:v1.15.1
    args: [/nginx-ingress-controller, '--publish-service=$(POD_NAMESPACE)/controller']
    ports: [{name: http, containerPort: 80}, {name: https, containerPort: 443}]
status: {phase: Running, podIP: 10.244.1.240, podIPs: [{ip: 10.244.1.240}]}
---
apiVersion: v1
kind: Service
metadata: {name: controller, namespace: ingress-nginx}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.20
  clusterIPs: [10.96.0.20]
  selector: {app: ingress}
  ports:
  - {name: http, port: 80, protocol: TCP, targetPort: http, nodePort: 32080}
  - {name: https, port: 443, protocol: TCP, targetPort: https, nodePort: 32443}
status: {loadBalancer: {ingress: [{ip: 198.51.100.1}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: controller-1, namespace: ingress-nginx, labels: {kubernetes.io/service-name: controller}}
addressType: IPv4
endpoints: [{addresses: [10.244.1.240], nodeName: node-1, targetRef: {kind: Pod, name: controller, namespace: ingress-nginx}}]
ports: [{name: http, port: 80, protocol: TCP}, {name: https, port: 443, protocol: TCP}]
---
{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: nginx}, spec: {controller: k8s.io/ingress-nginx}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: default}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.test
    http:
      paths:
      - {path: /cart, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
status: {loadBalancer: {ingress: [{ip: 198.51.100.1}]}}
";

fn cluster(more: &str) -> Snapshot {
    bare_snapshot().with(documents(CLUSTER)).with(documents(more))
}

fn request(from: &str, to: &str) -> Request {
    let destination = Destination::parse(to, Protocol::Tcp).expect("a destination");
    Request {
        from: from.parse().expect("a source"),
        host: destination.host,
        port: destination.port,
        protocol: Protocol::Tcp,
        http: destination.http,
        via_node: None,
    }
}

fn trace(snapshot: &Snapshot, from: &str, to: &str) -> Trace {
    let (mut state, mut rng) = (NetState::new(), Rng::new(3));
    send(
        snapshot,
        &mut state,
        &mut rng,
        Instant::DEFAULT_START,
        &request(from, to),
    )
}

fn reasons(trace: &Trace) -> String {
    let lines = trace.hops.iter().map(|hop| {
        let why = hop.why.say();
        format!("{} {} {} {}", hop.leg, hop.at, hop.stage.name(), why.get(Lang::En))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_pod_asks_for_every_name_of_its_search_list() {
    let trace = trace(&cluster(""), "pod/shell", "http://web.default/");
    assert_eq!(trace.verdict, Verdict::Delivered, "{}", reasons(&trace));
    let asked: Vec<_> = trace
        .dns
        .iter()
        .map(|it| format!("{} {} {}", it.name, it.kind, it.rcode))
        .collect();
    assert_eq!(
        asked,
        [
            "web.default.default.svc.cluster.local. A NXDOMAIN",
            "web.default.default.svc.cluster.local. AAAA NXDOMAIN",
            "web.default.svc.cluster.local. A NOERROR",
            "web.default.svc.cluster.local. AAAA NOERROR",
        ]
    );
    assert_eq!(trace.dns[2].answers, ["10.96.0.50"]);
    let http = trace.http.expect("HTTP was spoken");
    assert_eq!(
        (http.status, http.service),
        (200, Some(NamespacedName::new("default", "web")))
    );
    assert_eq!(trace.source_seen, Some("10.244.1.2".parse().expect("an address")));
    // The questions travelled as packets of their own, to CoreDNS' pod and back.
    let at_dns = trace
        .hops
        .iter()
        .filter(|hop| hop.at.to_string() == "pod/kube-system/coredns");
    assert!(at_dns.clone().any(|hop| hop.stage == Stage::Receive && hop.leg > 0));
    assert!(at_dns.clone().any(|hop| hop.stage == Stage::Dns));
    assert!(
        trace
            .hops
            .iter()
            .any(|hop| hop.direction == Direction::Reply && hop.leg == 1)
    );
}

#[test]
fn a_broken_dns_fails_the_name_and_says_so() {
    let broken = "
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: kube-dns-1, namespace: kube-system, labels: {kubernetes.io/service-name: kube-dns}}
addressType: IPv4
endpoints: []
ports: [{name: dns, port: 53, protocol: UDP}]
";
    let trace = trace(&cluster(broken), "pod/shell", "web:80");
    assert_eq!(trace.verdict, Verdict::Unresolved);
    assert_eq!(
        trace.reason.say().get(Lang::En),
        "kube-system/kube-dns has no ready endpoint, so a rule refuses the connection."
    );
    assert!(trace.dns.iter().all(|it| it.rcode == "TIMEOUT"));
}

#[test]
fn names_outside_the_cluster_are_said_not_to_be_simulated() {
    let more = "
{apiVersion: v1, kind: Namespace, metadata: {name: default}}
---
{apiVersion: v1, kind: Service, metadata: {name: search, namespace: default}, spec: {type: ExternalName, externalName: google.com}}
---
{apiVersion: v1, kind: Service, metadata: {name: lost, namespace: default}, spec: {type: ExternalName, externalName: db.default.svc.cluster.local}}
";
    let snapshot = cluster(more);
    for (to, outside) in [
        ("search:80", Some("google.com")),
        ("http://example.com/", Some("example.com")),
        ("lost:80", None),
        ("nope:80", None),
        ("http://nope.default/", None),
    ] {
        let trace = trace(&snapshot, "pod/shell", to);
        assert_eq!(trace.verdict, Verdict::Unresolved, "{to}");
        let said = trace.reason.say();
        let upstream = outside.map(|it| format!("names outside the cluster ({it}) are not simulated."));
        match upstream {
            Some(upstream) => assert!(said.en.ends_with(&upstream), "{}", said.en),
            None => assert!(said.en.ends_with("(glibc)"), "{}", said.en),
        }
    }
}

#[test]
fn an_ingress_is_two_connections() {
    let trace = trace(&cluster(""), "client", "http://shop.test/cart/7?x=1");
    let told = reasons(&trace);
    assert_eq!(trace.verdict, Verdict::Delivered, "{told}");
    let http = trace.http.as_ref().expect("HTTP was spoken");
    assert_eq!(
        (http.status, http.service.clone()),
        (200, Some(NamespacedName::new("default", "web")))
    );
    assert_eq!(http.path.as_deref(), Some("/cart/7?x=1"));
    let header = |name: &str| {
        http.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
    };
    assert_eq!(header("Host").as_deref(), Some("shop.test"));
    // The load balancer's node masquerades (policy Cluster), so the controller sees the node.
    let forwarded = header("X-Forwarded-For").expect("it is always set");
    assert!(forwarded != "203.0.113.10" && forwarded.starts_with("1"), "{forwarded}");
    assert_eq!(trace.source_seen, Some("10.244.1.240".parse().expect("an address")));
    let backend = trace.backend.as_ref().expect("a pod answered");
    assert_eq!(backend.address.port(), 8080);
    let decision = trace
        .hops
        .iter()
        .find(|hop| hop.why.say().en.starts_with("Rule shop.test"))
        .expect("a rule decided");
    assert_eq!(
        decision.object.as_ref().expect("an Ingress").to_string(),
        "Ingress/default/shop"
    );
    let handed = trace
        .hops
        .iter()
        .find(|hop| hop.stage == Stage::Proxy && hop.after.as_ref() != Some(&hop.before));
    let handed = handed.expect("one connection ends and another begins");
    assert_eq!(handed.before.dst.port(), 80);
    assert_eq!(handed.after.as_ref().expect("goes on").dst.port(), 8080);
    let legs: std::collections::BTreeSet<u8> = trace.hops.iter().map(|hop| hop.leg).collect();
    assert_eq!(legs, [0, 1].into());
    let last = trace.hops.last().expect("hops");
    assert_eq!((last.leg, last.direction), (0, Direction::Reply));
    // Straight to the pod: no rule of kube-proxy decided for the second connection.
    let second = trace.hops.iter().filter(|hop| hop.leg == 1);
    assert!(
        second
            .flat_map(|hop| &hop.rules)
            .all(|rule| !rule.chain.starts_with("KUBE-SVC"))
    );
}

#[test]
fn the_controller_answers_what_nobody_takes() {
    let snapshot = cluster("");
    for (to, status) in [
        ("http://shop.test/other", 404),
        ("http://unknown.test/", 404),
        ("http://198.51.100.1/", 404),
        ("https://shop.test/cart", 200),
    ] {
        let trace = trace(&snapshot, "client", to);
        let http = trace
            .http
            .as_ref()
            .unwrap_or_else(|| panic!("{to}: {}", reasons(&trace)));
        assert_eq!(http.status, status, "{to}");
        assert_eq!(http.tls_secret.is_some(), to.starts_with("https"));
    }
}

#[test]
fn pods_that_do_not_listen_make_502_after_every_try() {
    let deaf = "
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints:
- {addresses: [10.244.1.3], nodeName: node-1, targetRef: {kind: Pod, name: web-1, namespace: default}}
- {addresses: [10.244.2.3], nodeName: node-2, targetRef: {kind: Pod, name: web-2, namespace: default}}
ports: [{name: '', port: 9999, protocol: TCP}]
";
    let trace = trace(&cluster(deaf), "client", "http://shop.test/cart");
    let http = trace.http.as_ref().expect("the controller answers");
    assert_eq!(
        (trace.verdict, http.status),
        (Verdict::Delivered, 502),
        "{}",
        reasons(&trace)
    );
    let tries = trace
        .hops
        .iter()
        .filter(|hop| hop.why.say().en.starts_with("The controller reads endpoints itself"))
        .count();
    assert_eq!(tries, 2);
}

#[test]
fn tls_to_a_plain_pod_fails_and_says_so() {
    let trace = trace(&cluster(""), "pod/shell", "https://10.244.1.3:8080/");
    assert_eq!(trace.verdict, Verdict::Delivered);
    assert_eq!(trace.http, None);
    assert!(
        trace
            .reason
            .say()
            .en
            .starts_with("The server at 10.244.1.3:8080 does not use TLS")
    );
}

#[test]
fn outside_the_cluster_its_names_mean_nothing() {
    let snapshot = cluster("");
    let outside = trace(&snapshot, "client", "http://web.default.svc.cluster.local/");
    assert_eq!(outside.verdict, Verdict::Unresolved);
    let node = trace(&snapshot, "node/node-1", "http://web.default.svc.cluster.local/");
    assert_eq!(node.verdict, Verdict::Unresolved);
    assert!(node.dns.iter().all(|it| it.rcode == "NXDOMAIN"));
}

#[test]
fn other_record_types_are_asked_as_well() {
    let snapshot = cluster("");
    let (mut state, mut rng) = (NetState::new(), Rng::new(3));
    let from: Source = "pod/shell".parse().expect("a source");
    let mut ask = |name: &str, kind| {
        let now = Instant::DEFAULT_START;
        names::resolve(&snapshot, &mut state, &mut rng, now, &from, name, kind)
    };
    let srv = ask("_dns._udp.kube-dns.kube-system.svc.cluster.local", RecordType::Srv);
    assert_eq!(srv.answers, ["0 100 53 kube-dns.kube-system.svc.cluster.local."]);
    assert_eq!(srv.tried.len(), 1);
    let ptr = ask("10.96.0.50", RecordType::Ptr);
    assert_eq!(ptr.answers, ["web.default.svc.cluster.local."]);
    let none = ask("nope", RecordType::A);
    assert_eq!((none.rcode, none.tried.len()), ("NXDOMAIN", 4));
}

#[test]
fn the_same_seed_tells_the_same_story_with_or_without_hops() {
    let snapshot = cluster("");
    for to in ["http://shop.test/cart", "http://web/", "web:80", "nope:1"] {
        for from in ["client", "pod/shell"] {
            let run = |detail| {
                let (mut state, mut rng) = (NetState::new(), Rng::new(9));
                send_with(
                    &snapshot,
                    &mut state,
                    &mut rng,
                    Instant::DEFAULT_START,
                    &request(from, to),
                    detail,
                )
            };
            let (full, again, mut short) = (run(Detail::Hops), run(Detail::Hops), run(Detail::Outcome));
            assert_eq!(full, again);
            assert!(short.hops.is_empty());
            short.hops.clone_from(&full.hops);
            // Nor does anybody read which other backends there were.
            let chosen = short.proxy.as_ref().is_none_or(|it| it.backends.len() <= 1);
            assert!(chosen);
            short.proxy.clone_from(&full.proxy);
            assert_eq!(full, short, "{from} {to}");
        }
    }
}

#[test]
fn an_ingress_that_nobody_serves_has_no_address() {
    let ingress = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: lonely, namespace: default}
spec: {rules: [{host: lonely.test}]}
";
    let bare = bare_snapshot().with(documents(ingress));
    let trace = trace(&bare, "client", "http://lonely.test/");
    assert_eq!(trace.verdict, Verdict::Unresolved);
    let said = trace.reason.say().en.into_owned();
    assert!(said.contains("No controller handles Ingress default/lonely"), "{said}");
}

#[test]
fn sentences_are_short() {
    let snapshot = cluster("");
    for (from, to) in [
        ("client", "https://shop.test/cart"),
        ("client", "http://unknown.test/"),
        ("pod/shell", "http://web.default/"),
        ("pod/shell", "nope:80"),
        ("pod/shell", "http://example.com/"),
        ("pod/shell", "http://kube-dns.kube-system.svc:9153/"),
        ("node/node-1", "http://web/"),
    ] {
        let trace = trace(&snapshot, from, to);
        for why in trace.hops.iter().map(|hop| &hop.why).chain([&trace.reason]) {
            let said = why.say();
            assert!(said.get(Lang::En).chars().count() <= 130, "{}", said.en);
            // A sentence ends with its stop; a name or an error at its end has none.
            let ended = |it: &str| it.ends_with('.') || it.contains(": ");
            let ends = ended(&said.en) && ended(&said.ko) && !said.en.contains("..");
            assert!(ends, "{}", said.en);
        }
    }
}

mod laws {
    //! What holds for any request.

    use super::*;
    use kubehop::net::{Host, HttpRequest};
    use kubehop::sim::Rng;
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn any_name_and_url_gets_the_same_story_twice(
            name in "\\PC{0,30}",
            path in "\\PC{0,30}",
            port: u16,
            https: bool,
            source in 0usize..5,
            seed: u64,
        ) {
            let snapshot = cluster("");
            let from = ["client", "pod/shell", "node/node-1", "203.0.113.9", "10.244.1.2"][source];
            for host in [name.clone(), format!("{name}.shop.test"), "shop.test".to_owned(), "web".to_owned()] {
                let request = Request {
                    from: from.parse().expect("a source"),
                    host: Host::Name(host),
                    port: if port % 3 == 0 { 80 } else { port },
                    protocol: Protocol::Tcp,
                    http: Some(HttpRequest { https, method: "GET".to_owned(), path: format!("/{path}"), headers: Vec::new() }),
                    via_node: None,
                };
                let run = || {
                    let (mut state, mut rng) = (NetState::new(), Rng::new(seed));
                    send(&snapshot, &mut state, &mut rng, Instant::DEFAULT_START, &request)
                };
                let trace = run();
                prop_assert_eq!(&trace, &run());
                prop_assert!(trace.http.is_none() || trace.verdict == Verdict::Delivered);
                prop_assert!(trace.hops.iter().all(|hop| !hop.why.say().en.is_empty()));
            }
        }
    }
}
