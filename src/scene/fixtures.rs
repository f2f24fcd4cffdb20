//! A small cluster and hand-written traces for the tests of this module, and a way to look at them:
//! `KUBEHOP_DRAW=folder cargo test scene::` writes every picture as a page of its own.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::api::{Kind, NamespacedName, Object, ObjectRef, Release, Typed};
use crate::cluster::Snapshot;
use crate::cluster::snapshot::{ClusterConfig, LoadBalancerProvider};
use crate::net::ServicePortName;
use crate::net::packet::{Packet, Payload, Protocol};
use crate::net::trace::{Backend, Direction, Hop, Place, ProxyDecision, ProxyVerdict, Stage, Trace, Verdict};
use crate::net::why::Why;
use crate::sim::Instant;

use super::draw::Picture;
use super::geometry::{Size, num_text};
use super::route::Routes;
use super::shape::Shape;

fn object(kind: Kind, yaml: &str) -> Object {
    let value: serde_json::Value = serde_yaml::from_str(yaml).unwrap();
    let typed = Typed::from_value(kind, &value).unwrap();
    Object { value, typed }
}

fn node(n: usize) -> Object {
    object(
        Kind::Node,
        &format!(
            "{{apiVersion: v1, kind: Node, metadata: {{name: node-{n}}}, status: {{addresses: [{{type: InternalIP, \
             address: 192.168.10.{}}}]}}}}",
            10 + n
        ),
    )
}

fn pod(namespace: &str, name: &str, node: usize, host: usize, ready: bool) -> Object {
    let hash = name.split('-').nth(1).filter(|it| it.len() > 8).unwrap_or("none");
    object(
        Kind::Pod,
        &format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{namespace: {namespace}, name: {name}, labels: {{pod-template-hash: \
             {hash}}}}}, spec: {{nodeName: node-{node}}}, status: {{phase: Running, podIP: 10.244.{node}.{host}, \
             conditions: [{{type: Ready, status: \"{}\"}}]}}}}",
            if ready { "True" } else { "False" }
        ),
    )
}

fn service(namespace: &str, name: &str, spec: &str, balancer: &str) -> Object {
    let status = if balancer.is_empty() {
        String::new()
    } else {
        format!(", status: {{loadBalancer: {{ingress: [{{ip: {balancer}}}]}}}}")
    };
    object(
        Kind::Service,
        &format!(
            "{{apiVersion: v1, kind: Service, metadata: {{namespace: {namespace}, name: {name}}}, spec: {spec}{status}}}"
        ),
    )
}

/// (pod, node, host part, ready)
type End<'a> = (&'a str, usize, usize, bool);

fn slice(namespace: &str, service: &str, port: u16, ends: &[End<'_>]) -> Object {
    let ends: Vec<String> = ends
        .iter()
        .map(|(pod, node, host, ready)| {
            format!(
                "{{addresses: [10.244.{node}.{host}], conditions: {{ready: {ready}}}, nodeName: node-{node}, targetRef: \
                 {{kind: Pod, namespace: {namespace}, name: {pod}}}}}"
            )
        })
        .collect();
    object(
        Kind::EndpointSlice,
        &format!(
            "{{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {{namespace: {namespace}, name: {service}-1, \
             labels: {{kubernetes.io/service-name: {service}}}}}, addressType: IPv4, endpoints: [{}], ports: [{{name: \
             \"\", port: {port}, protocol: TCP}}]}}",
            ends.join(", ")
        ),
    )
}

const WEB: [End<'static>; 3] = [
    ("web-6c9d5f7b8d-x2lqz", 1, 2, true),
    ("web-6c9d5f7b8d-p7k4m", 3, 2, true),
    ("web-6c9d5f7b8d-t8wvn", 3, 3, true),
];

/// What the tests look at: Service `web` over three pods on node-1 and node-3, `frontend` on node-2.
pub struct Cluster {
    /// Nodes.
    pub n_nodes: usize,
    /// Specification of the Service `web`.
    pub spec: &'static str,
    /// Address of its load balancer.
    pub balancer: &'static str,
    /// Whether the selector finds the pods.
    pub endpoints: bool,
    /// Pods beside those.
    pub extra_pods: usize,
}

pub const NODE_PORT: &str = "{type: NodePort, clusterIP: 10.96.114.7, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080, protocol: TCP}]}";
pub const LOCAL: &str = "{type: LoadBalancer, externalTrafficPolicy: Local, clusterIP: 10.96.114.7, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 30080, protocol: TCP}]}";

impl Default for Cluster {
    fn default() -> Self {
        Self {
            n_nodes: 3,
            spec: NODE_PORT,
            balancer: "",
            endpoints: true,
            extra_pods: 0,
        }
    }
}

impl Cluster {
    /// The cluster as a snapshot.
    pub fn snapshot(&self) -> Snapshot {
        let config = ClusterConfig {
            release: Release::default(),
            pod_subnets: vec!["10.244.0.0/16".parse().unwrap()],
            service_subnets: vec!["10.96.0.0/12".parse().unwrap()],
            node_port_range: (30000, 32767),
            dns_domain: "cluster.local".to_owned(),
            proxy: Default::default(),
            kubelet: Default::default(),
            load_balancer: LoadBalancerProvider::Cloud,
            firewall: false,
            outside_client: "203.0.113.10".parse().unwrap(),
            outside_client_v6: "2001:db8:203:113::10".parse().unwrap(),
            router: "192.168.10.1".parse().unwrap(),
        };
        let mut objects: Vec<Object> = (1..=self.n_nodes).map(node).collect();
        let last = self.n_nodes;
        let at = |n: usize| n.min(last);
        let web: Vec<End<'_>> = WEB.iter().map(|it| (it.0, at(it.1), it.2, it.3)).collect();
        objects.extend(web.iter().map(|it| pod("default", it.0, it.1, it.2, it.3)));
        objects.push(pod("default", "frontend", at(2), 9, true));
        objects.push(pod("kube-system", "coredns-7db6d8ff4d-x9k2p", at(3), 240, true));
        objects.push(pod(
            "ingress-nginx",
            "ingress-nginx-controller-6d8c5f7b9d-4xk2m",
            at(2),
            240,
            true,
        ));
        for idx in 0..self.extra_pods {
            objects.push(pod(
                "default",
                &format!("worker-{idx}"),
                1 + idx % last,
                20 + idx,
                idx % 3 != 1,
            ));
        }
        objects.push(service("default", "web", self.spec, self.balancer));
        let ends: &[End<'_>] = if self.endpoints { &web } else { &[] };
        objects.push(slice("default", "web", 8080, ends));
        let dns = "{clusterIP: 10.96.0.10, selector: {k8s-app: kube-dns}, ports: [{port: 53, protocol: UDP}]}";
        objects.push(service("kube-system", "kube-dns", dns, ""));
        objects.push(slice(
            "kube-system",
            "kube-dns",
            53,
            &[("coredns-7db6d8ff4d-x9k2p", at(3), 240, true)],
        ));
        let nginx = "{type: LoadBalancer, clusterIP: 10.96.0.100, selector: {app: nginx}, ports: [{port: 80, nodePort: 31080, protocol: TCP}]}";
        objects.push(service(
            "ingress-nginx",
            "ingress-nginx-controller",
            nginx,
            "198.51.100.1",
        ));
        let controller = [("ingress-nginx-controller-6d8c5f7b9d-4xk2m", at(2), 240, true)];
        objects.push(slice("ingress-nginx", "ingress-nginx-controller", 80, &controller));
        Snapshot::empty(config, Instant::DEFAULT_START).with(objects)
    }
}

/// Writes traces: each step takes the packet as the last one left it.
pub struct Steps {
    hops: Vec<Hop>,
    packet: Packet,
    leg: u8,
    direction: Direction,
    object: Option<ObjectRef>,
}

pub fn client() -> Place {
    Place::Client
}

pub fn at_node(n: usize) -> Place {
    Place::Node(format!("node-{n}"))
}

pub fn at_pod(name: &str) -> Place {
    let namespace = match name.split('-').next() {
        Some("coredns") => "kube-system",
        Some("ingress") => "ingress-nginx",
        _ => "default",
    };
    Place::Pod(NamespacedName::new(namespace, name))
}

fn port_name(namespace: &str, name: &str) -> Arc<ServicePortName> {
    Arc::new(ServicePortName {
        service: NamespacedName::new(namespace, name),
        port: String::new(),
        protocol: Protocol::Tcp,
    })
}

impl Steps {
    pub fn new(src: &str, dst: &str) -> Self {
        Self {
            hops: Vec::new(),
            packet: Packet {
                protocol: Protocol::Tcp,
                src: src.parse().unwrap(),
                dst: dst.parse().unwrap(),
                mark: 0,
                payload: Payload::Syn,
            },
            leg: 0,
            direction: Direction::Request,
            object: None,
        }
    }

    fn push(mut self, at: Place, stage: Stage, after: Option<Packet>) -> Self {
        self.hops.push(Hop {
            at,
            stage,
            direction: self.direction,
            leg: self.leg,
            before: self.packet.clone(),
            after: after.clone(),
            rules: Vec::new(),
            object: self.object.take(),
            span: None,
            why: Why::Sends { to: self.packet.dst },
        });
        if let Some(after) = after {
            self.packet = after;
        }
        self
    }

    /// Something that changes nothing.
    pub fn pass(self, at: Place, stage: Stage) -> Self {
        let after = Some(self.packet.clone());
        self.push(at, stage, after)
    }

    /// A new destination by a Service's rule.
    pub fn dnat(mut self, at: Place, service: &str, dst: &str) -> Self {
        let (namespace, name) = service.split_once('/').unwrap();
        self.object = Some(ObjectRef::new(Kind::Service, namespace, name));
        let mut after = self.packet.clone();
        after.dst = dst.parse().unwrap();
        self.push(at, Stage::Dnat, Some(after))
    }

    /// A new source.
    pub fn snat(self, at: Place, src: &str) -> Self {
        let mut after = self.packet.clone();
        after.src = src.parse().unwrap();
        self.push(at, Stage::Snat, Some(after))
    }

    /// Turns around: what follows is the reply.
    pub fn reply(mut self) -> Self {
        std::mem::swap(&mut self.packet.src, &mut self.packet.dst);
        self.direction = Direction::Reply;
        self
    }

    /// conntrack puts addresses back.
    pub fn undo(self, at: Place, src: &str, dst: &str) -> Self {
        let mut after = self.packet.clone();
        (after.src, after.dst) = (src.parse().unwrap(), dst.parse().unwrap());
        self.push(at, Stage::Undo, Some(after))
    }

    /// The packet dies by a Service's rule.
    pub fn dies(mut self, at: Place, stage: Stage) -> Self {
        self.object = Some(ObjectRef::new(Kind::Service, "default", "web"));
        self.push(at, stage, None)
    }

    /// Another connection begins, or an earlier one goes on.
    pub fn leg(mut self, leg: u8, direction: Direction, src: &str, dst: &str) -> Self {
        self.leg = leg;
        self.direction = direction;
        self.packet.src = src.parse().unwrap();
        self.packet.dst = dst.parse().unwrap();
        self
    }

    /// Puts something else into the packet.
    pub fn carries(mut self, payload: Payload) -> Self {
        self.packet.payload = payload;
        self
    }

    pub fn done(self, verdict: Verdict, backend: Option<(&str, usize, &str)>) -> Trace {
        let backend = backend.map(|(pod, node, address)| Backend {
            address: address.parse().unwrap(),
            pod: Some(NamespacedName::new("default", pod)),
            node: Some(format!("node-{node}")),
            probability: 1.0 / 3.0,
        });
        let service = Some(port_name("default", "web"));
        Trace {
            verdict,
            reason: Why::Sends { to: self.packet.dst },
            proxy: Some(ProxyDecision {
                node: "node-2".to_owned(),
                service,
                verdict: ProxyVerdict::Deliver,
                backends: backend.iter().cloned().collect(),
                masquerade: false,
                affinity: false,
            }),
            source_seen: backend.as_ref().map(|_| self.packet.src.ip()),
            backend,
            http: None,
            dns: Vec::new(),
            hops: self.hops,
        }
    }
}

const FRONT: &str = "10.244.2.9:40212";
const VIP: &str = "10.96.114.7:80";
const CLIENT: &str = "203.0.113.10:51534";

/// From outside to a node port; the pod chosen runs on another node.
pub fn node_port() -> Trace {
    let (port, masq, pod) = ("192.168.10.12:30080", "192.168.10.12:61022", "10.244.1.2:8080");
    Steps::new(CLIENT, port)
        .pass(client(), Stage::Send)
        .pass(Place::Router, Stage::Route)
        .dnat(at_node(2), "default/web", pod)
        .snat(at_node(2), masq)
        .pass(at_node(1), Stage::Route)
        .pass(at_pod(WEB[0].0), Stage::Receive)
        .reply()
        .pass(at_pod(WEB[0].0), Stage::Send)
        .pass(at_node(1), Stage::Route)
        .undo(at_node(2), port, CLIENT)
        .pass(Place::Router, Stage::Route)
        .pass(client(), Stage::Receive)
        .done(Verdict::Delivered, Some((WEB[0].0, 1, pod)))
}

/// From outside to the port of a node that does not stand under the client.
pub fn node_port_aside() -> Trace {
    let (port, masq, pod) = ("192.168.10.11:30080", "192.168.10.11:26338", "10.244.3.2:8080");
    Steps::new(CLIENT, port)
        .pass(client(), Stage::Send)
        .pass(Place::Router, Stage::Route)
        .dnat(at_node(1), "default/web", pod)
        .snat(at_node(1), masq)
        .pass(at_node(3), Stage::Route)
        .pass(at_pod(WEB[1].0), Stage::Receive)
        .reply()
        .pass(at_pod(WEB[1].0), Stage::Send)
        .pass(at_node(3), Stage::Route)
        .undo(at_node(1), port, CLIENT)
        .pass(Place::Router, Stage::Route)
        .pass(client(), Stage::Receive)
        .done(Verdict::Delivered, Some((WEB[1].0, 3, pod)))
}

/// From a pod to a ClusterIP, after a question to cluster DNS.
pub fn cluster_ip() -> Trace {
    let (dns, core) = ("10.96.0.10:53", "10.244.3.240:53");
    let resolver = "10.244.2.9:35353";
    let pod = "10.244.3.3:8080";
    let coredns = "coredns-7db6d8ff4d-x9k2p";
    Steps::new(FRONT, VIP)
        .leg(1, Direction::Request, resolver, dns)
        .carries(Payload::DnsQuery("web.default.svc.cluster.local.".into(), "A"))
        .pass(at_pod("frontend"), Stage::Send)
        .dnat(at_node(2), "kube-system/kube-dns", core)
        .pass(at_node(3), Stage::Route)
        .pass(at_pod(coredns), Stage::Dns)
        .reply()
        .carries(Payload::DnsAnswer("10.96.114.7".into()))
        .pass(at_node(3), Stage::Route)
        .undo(at_node(2), dns, resolver)
        .pass(at_pod("frontend"), Stage::Receive)
        .leg(0, Direction::Request, FRONT, VIP)
        .carries(Payload::Syn)
        .pass(at_pod("frontend"), Stage::Send)
        .dnat(at_node(2), "default/web", pod)
        .pass(at_node(3), Stage::Route)
        .pass(at_pod(WEB[2].0), Stage::Receive)
        .reply()
        .pass(at_pod(WEB[2].0), Stage::Send)
        .pass(at_node(3), Stage::Route)
        .undo(at_node(2), VIP, FRONT)
        .pass(at_pod("frontend"), Stage::Receive)
        .done(Verdict::Delivered, Some((WEB[2].0, 3, pod)))
}

/// No endpoints: the rule refuses.
pub fn refused() -> Trace {
    Steps::new(FRONT, VIP)
        .pass(at_pod("frontend"), Stage::Send)
        .dies(at_node(2), Stage::Filter)
        .reply()
        .carries(Payload::PortUnreachable)
        .pass(at_pod("frontend"), Stage::Receive)
        .done(Verdict::Refused, None)
}

/// Policy Local without a local endpoint: the rule drops.
pub fn timeout() -> Trace {
    Steps::new(CLIENT, "192.168.10.12:30080")
        .pass(client(), Stage::Send)
        .pass(Place::Router, Stage::Route)
        .dies(at_node(2), Stage::Filter)
        .done(Verdict::Timeout, None)
}

/// Through the cloud's load balancer to a node with a pod of its own.
pub fn balanced(node: usize, pod: usize) -> Trace {
    let vip = "198.51.100.7:80";
    let backend = format!("10.244.{}.{}:8080", WEB[pod].1, WEB[pod].2);
    let balancer = || Place::LoadBalancer(NamespacedName::new("default", "web"));
    Steps::new(CLIENT, vip)
        .pass(client(), Stage::Send)
        .pass(balancer(), Stage::Balance)
        .pass(Place::Router, Stage::Route)
        .dnat(at_node(node), "default/web", &backend)
        .pass(at_pod(WEB[pod].0), Stage::Receive)
        .reply()
        .pass(at_pod(WEB[pod].0), Stage::Send)
        .undo(at_node(node), vip, CLIENT)
        .pass(Place::Router, Stage::Route)
        .pass(balancer(), Stage::Route)
        .pass(client(), Stage::Receive)
        .done(Verdict::Delivered, Some((WEB[pod].0, node, &backend)))
}

/// Through the ingress controller, which opens a connection of its own to the pod `web` number `pod`.
pub fn ingress(pod: usize) -> Trace {
    let vip = "198.51.100.1:80";
    let (controller, own) = ("10.244.2.240:80", "10.244.2.240:45678");
    let backend = format!("10.244.{}.{}:8080", WEB[pod].1, WEB[pod].2);
    let nginx = "ingress-nginx-controller-6d8c5f7b9d-4xk2m";
    let balancer = || Place::LoadBalancer(NamespacedName::new("ingress-nginx", "ingress-nginx-controller"));
    let there = Steps::new(CLIENT, vip)
        .pass(client(), Stage::Send)
        .pass(balancer(), Stage::Balance)
        .dnat(at_node(2), "ingress-nginx/ingress-nginx-controller", controller)
        .pass(at_pod(nginx), Stage::Proxy)
        .leg(1, Direction::Request, own, &backend)
        .pass(at_pod(nginx), Stage::Send)
        .pass(at_node(2), Stage::Route)
        .pass(at_node(WEB[pod].1), Stage::Route)
        .pass(at_pod(WEB[pod].0), Stage::Receive)
        .reply()
        .pass(at_pod(WEB[pod].0), Stage::Send)
        .pass(at_node(WEB[pod].1), Stage::Route)
        .pass(at_node(2), Stage::Route)
        .pass(at_pod(nginx), Stage::Receive);
    let mut trace = there
        .leg(0, Direction::Reply, controller, CLIENT)
        .pass(at_pod(nginx), Stage::Send)
        .undo(at_node(2), vip, CLIENT)
        .pass(balancer(), Stage::Route)
        .pass(client(), Stage::Receive)
        .done(Verdict::Delivered, Some((WEB[pod].0, WEB[pod].1, &backend)));
    if let Some(proxy) = &mut trace.proxy {
        proxy.service = Some(port_name("ingress-nginx", "ingress-nginx-controller"));
    }
    trace.http = Some(crate::net::trace::HttpResult {
        status: 200,
        service: Some(NamespacedName::new("default", "web")),
        ..Default::default()
    });
    trace
}

/// A pod of the Service asks the Service and is chosen itself.
pub fn hairpin() -> Trace {
    let own = "10.244.1.2:44444";
    Steps::new(own, VIP)
        .pass(at_pod(WEB[0].0), Stage::Send)
        .dnat(at_node(1), "default/web", "10.244.1.2:8080")
        .snat(at_node(1), "10.244.1.1:44444")
        .pass(at_pod(WEB[0].0), Stage::Receive)
        .reply()
        .pass(at_pod(WEB[0].0), Stage::Send)
        .undo(at_node(1), VIP, own)
        .pass(at_pod(WEB[0].0), Stage::Receive)
        .done(Verdict::Delivered, Some((WEB[0].0, 1, "10.244.1.2:8080")))
}

/// A process on a node asks another node's port; the pod chosen is on the first node.
pub fn there_and_back() -> Trace {
    let (from, port) = ("192.168.10.11:40000", "192.168.10.13:30080");
    let pod = "10.244.1.2:8080";
    Steps::new(from, port)
        .pass(at_node(1), Stage::Send)
        .pass(at_node(1), Stage::Dnat)
        .dnat(at_node(3), "default/web", pod)
        .snat(at_node(3), "192.168.10.13:50000")
        .pass(at_node(1), Stage::Dnat)
        .pass(at_pod(WEB[0].0), Stage::Receive)
        .reply()
        .pass(at_pod(WEB[0].0), Stage::Send)
        .pass(at_node(1), Stage::Route)
        .undo(at_node(3), port, from)
        .pass(at_node(1), Stage::Undo)
        .pass(at_node(1), Stage::Receive)
        .done(Verdict::Delivered, Some((WEB[0].0, 1, pod)))
}

/// Every trace by name, with the cluster it belongs to.
pub fn all() -> Vec<(&'static str, Cluster, Trace)> {
    let local = || Cluster {
        spec: LOCAL,
        balancer: "198.51.100.7",
        ..Cluster::default()
    };
    vec![
        ("nodeport", Cluster::default(), node_port()),
        ("aside", Cluster::default(), node_port_aside()),
        ("clusterip", Cluster::default(), cluster_ip()),
        (
            "refused",
            Cluster {
                endpoints: false,
                ..Cluster::default()
            },
            refused(),
        ),
        (
            "timeout",
            Cluster {
                spec: LOCAL,
                ..Cluster::default()
            },
            timeout(),
        ),
        ("balanced", local(), balanced(3, 1)),
        ("ingress", Cluster::default(), ingress(0)),
        ("ingress-far", Cluster::default(), ingress(2)),
        ("hairpin", Cluster::default(), hairpin()),
        ("there-and-back", Cluster::default(), there_and_back()),
        (
            "rows",
            Cluster {
                n_nodes: 8,
                extra_pods: 20,
                ..Cluster::default()
            },
            node_port(),
        ),
        (
            "crowded",
            Cluster {
                extra_pods: 24,
                ..Cluster::default()
            },
            node_port(),
        ),
        (
            "two-nodes",
            Cluster {
                n_nodes: 2,
                ..Cluster::default()
            },
            node_port(),
        ),
    ]
}

/// Sizes of the stage at the page's main sizes: phone (360, 390), tablet, laptop, desktop.
pub const SIZES: [Size; 6] = [
    Size { w: 360.0, h: 352.0 },
    Size { w: 390.0, h: 352.0 },
    Size { w: 768.0, h: 430.0 },
    Size { w: 564.0, h: 520.0 },
    Size { w: 728.0, h: 594.0 },
    Size { w: 1208.0, h: 690.0 },
];

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// One shape as SVG.
fn markup(shape: &Shape) -> String {
    match shape {
        Shape::Rect { class, rect, rx } => format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{rx}\"/>",
            rect.x, rect.y, rect.w, rect.h
        ),
        Shape::Circle { class, center, r } => {
            format!(
                "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{r}\"/>",
                center.x, center.y
            )
        }
        Shape::Path { class, d } => format!("<path class=\"{class}\" d=\"{d}\"/>"),
        Shape::Text { at, anchor, runs } => {
            let runs: String = runs
                .iter()
                .map(|(class, text)| format!("<tspan class=\"{class}\">{}</tspan>", escape(text)))
                .collect();
            format!(
                "<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" xml:space=\"preserve\">{runs}</text>",
                at.x,
                at.y,
                anchor.name()
            )
        }
    }
}

/// A picture with its lanes as a page, for looking at.
pub fn page(size: Size, world: Size, picture: &Picture, lanes: &str, packet: &str, dark: bool) -> String {
    let mut svg = String::new();
    for shape in &picture.under {
        svg.push_str(&markup(shape));
    }
    svg.push_str(lanes);
    for shape in &picture.over {
        svg.push_str(&markup(shape));
    }
    svg.push_str(packet);
    let root = concat!("file://", env!("CARGO_MANIFEST_DIR"), "/assets/css");
    format!(
        "<!doctype html><html data-theme=\"{}\"><meta charset=utf-8><link rel=stylesheet href=\"{root}/tokens.css\"><link \
         rel=stylesheet href=\"{root}/base.css\"><link rel=stylesheet href=\"{root}/stage.css\"><body \
         style=\"margin:0;display:block\"><div class=stage style=\"width:{}px;height:{}px\"><svg class=scene viewBox=\"0 0 {} \
         {}\" style=\"width:{}px;height:{}px\">{svg}</svg></div>",
        if dark { "dark" } else { "light" },
        size.w,
        size.h,
        world.w,
        world.h,
        world.w,
        world.h
    )
}

/// The lanes of a moment, as the page draws them.
pub fn lanes(routes: &Routes, ways: &[(usize, f64)], at: &super::frame::Frame) -> String {
    let mut out = String::new();
    for &(idx, until) in ways {
        let way = &routes.ways[idx];
        let kind = if way.reply { "reply" } else { "request" };
        let done = at.done(routes, idx);
        let total = num_text(way.curve.total + 10.0);
        let d = &way.curve.d;
        let _ = write!(
            out,
            "<path class=\"ahead {kind}\" d=\"{d}\" stroke-dasharray=\"{until} {total}\"/>"
        );
        if done > 0.0 {
            let fine = if way.fine { " fine" } else { "" };
            let _ = write!(
                out,
                "<path class=\"route {kind}{fine}\" d=\"{d}\" stroke-dasharray=\"{done} {total}\"/>"
            );
            if way.reply {
                let _ = write!(
                    out,
                    "<path class=\"route reply core{fine}\" d=\"{d}\" stroke-dasharray=\"{done} {total}\"/>"
                );
            }
            let _ = write!(
                out,
                "<path class=\"chevron {kind}\" d=\"{}\"/>",
                way.first_chevrons(way.n_chevrons(done))
            );
        }
    }
    out
}
