//! Manifests to start from, each with the request that shows it best.
//!
//! The index stands here, the texts in `assets/examples/<name>.yaml`; the page fetches them when they are asked
//! for, all but the first, which is part of the program so that a packet moves at once.

use crate::api::types::core::{Pod, Service};
use crate::cluster::Snapshot;
use crate::net::suggest::sources;
use crate::text::{Lang, Localized};

/// The text of the first example.
pub const FIRST_TEXT: &str = include_str!("../../assets/examples/cluster-ip.yaml");

/// What an example is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// One per type of Service.
    Services,
    /// HTTP routing.
    Ingress,
    /// The Gateway API: one per kind of route.
    Gateway,
    /// Packets that do not arrive.
    Failures,
    /// Whole applications.
    Applications,
    /// Manifests of study notes.
    Notes,
    /// Manifests of study notes that a real API server (or kubectl) refuses, as they were written.
    Refused,
}

/// A group and its title.
#[derive(Clone, Copy, Debug)]
pub struct GroupInfo {
    /// Which one.
    pub id: Group,
    title: Localized<&'static str>,
}

/// One example.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// File name without its ending.
    pub name: &'static str,
    /// Where it is listed.
    pub group: Group,
    /// Name of the preset it is made for.
    pub preset: &'static str,
    /// Who sends; `*` at the end stands for the rest of a generated name.
    from: &'static str,
    /// Where to; `{ip:NAME}`, `{lb:NAME}` and `{pod:NAME}` stand for addresses that the cluster gives.
    to: &'static str,
    title: Localized<&'static str>,
}

impl GroupInfo {
    /// Its title.
    #[must_use]
    pub const fn title(&self, lang: Lang) -> &'static str {
        self.title.of(lang)
    }
}

impl Example {
    /// Its title.
    #[must_use]
    pub const fn title(&self, lang: Lang) -> &'static str {
        self.title.of(lang)
    }
}

impl Example {
    /// Its request in few letters, before there is a cluster: `frontend → http://web`. Addresses that the cluster gives
    /// are called by what they belong to.
    #[must_use]
    pub fn sketch(&self) -> String {
        let from = self.from.trim_start_matches("pod/").trim_end_matches("-*");
        let to = match self
            .to
            .split_once('{')
            .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        {
            Some((before, (inner, after))) => {
                let name = inner.split_once(':').map_or(inner, |it| it.1);
                format!("{before}{name}{after}")
            }
            None => self.to.to_owned(),
        };
        format!("{from} → {to}")
    }

    /// Source and destination of its request, as typed, once its manifests are in the cluster.
    #[must_use]
    pub fn request(&self, snapshot: &Snapshot) -> (String, String) {
        let from = match self.from.strip_suffix('*') {
            Some(start) => sources(snapshot)
                .into_iter()
                .map(|it| it.text)
                .find(|text| text.starts_with(start))
                .unwrap_or_else(|| "client".to_owned()),
            None => self.from.to_owned(),
        };
        (from, fill(self.to, snapshot))
    }
}

/// Puts an address in the place of `{ip:NAME}`, `{lb:NAME}` or `{pod:NAME}`; the name itself where there is none.
fn fill(to: &str, snapshot: &Snapshot) -> String {
    let Some((before, (inner, after))) = to
        .split_once('{')
        .and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    else {
        return to.to_owned();
    };
    let (what, name) = inner.split_once(':').unwrap_or(("", inner));
    let address = match what {
        "lb" => snapshot
            .get::<Service>("default", name)
            .and_then(|service| service.status.load_balancer.ingress.first())
            .map(|it| it.ip.clone()),
        "ip" => snapshot
            .get::<Service>("default", name)
            .map(|service| service.spec.cluster_ip.clone()),
        _ => snapshot
            .get::<Pod>("default", name)
            .map(|pod| pod.status.pod_ip.clone()),
    };
    let address = address.filter(|it| !it.is_empty()).unwrap_or_else(|| name.to_owned());
    format!("{before}{address}{after}")
}

/// The example of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|it| it.name == name)
}

/// The groups in the order of the menu.
pub const GROUPS: [GroupInfo; 7] = [
    group(
        Group::Services,
        Localized {
            en: "Service types",
            ko: "Service 타입",
        },
    ),
    group(
        Group::Ingress,
        Localized {
            en: "Ingress",
            ko: "Ingress",
        },
    ),
    group(
        Group::Gateway,
        Localized {
            en: "Gateway API",
            ko: "Gateway API",
        },
    ),
    group(
        Group::Failures,
        Localized {
            en: "Why does it not arrive?",
            ko: "왜 도착하지 않을까요?",
        },
    ),
    group(
        Group::Applications,
        Localized {
            en: "Applications",
            ko: "애플리케이션",
        },
    ),
    group(
        Group::Notes,
        Localized {
            en: "From study notes",
            ko: "학습 노트에서",
        },
    ),
    group(
        Group::Refused,
        Localized {
            en: "From study notes, refused as written",
            ko: "학습 노트: 그대로는 거부되는 매니페스트",
        },
    ),
];

const fn group(id: Group, title: Localized<&'static str>) -> GroupInfo {
    GroupInfo { id, title }
}

macro_rules! examples {
    ($($name:literal $group:ident $preset:literal $from:literal => $to:literal $title:expr;)*) => {
        /// All examples in the order of the menu; the first one is shown to who comes for the first time.
        pub const EXAMPLES: &[Example] = &[$(Example {
            name: $name, group: Group::$group, preset: $preset, from: $from, to: $to, title: $title,
        }),*];
    };
}

examples! {
    "cluster-ip" Services "cloud" "pod/frontend" => "http://{ip:web}"
        Localized { en: "ClusterIP: an address no machine has", ko: "ClusterIP: 어느 머신에도 없는 주소" };
    "node-port" Services "cloud" "client" => "http://192.168.10.11:30080"
        Localized { en: "NodePort: the extra hop", ko: "NodePort: 한 홉 더" };
    "session-affinity" Services "cloud" "pod/frontend" => "http://web"
        Localized { en: "ClusterIP: one client, one Pod", ko: "ClusterIP: 같은 클라이언트는 같은 Pod로" };
    "headless" Services "cloud" "pod/frontend" => "http://web:8080"
        Localized { en: "Headless: DNS answers with Pods", ko: "Headless: DNS가 Pod 주소로 답하기" };
    "load-balancer" Services "cloud" "client" => "http://{lb:web}"
        Localized { en: "LoadBalancer: policy Cluster", ko: "LoadBalancer: Cluster 정책" };
    "load-balancer-local" Services "cloud" "client" => "http://{lb:web}"
        Localized { en: "LoadBalancer: policy Local", ko: "LoadBalancer: Local 정책" };
    "external-name" Services "cloud" "pod/frontend" => "http://pay"
        Localized { en: "ExternalName: an alias in DNS", ko: "ExternalName: DNS 별칭" };
    "ingress" Ingress "cloud" "client" => "http://shop.example.com/cart"
        Localized { en: "Two Services behind one host", ko: "한 호스트 뒤의 두 Service" };
    "gateway-http" Gateway "cloud" "client" => "http://store.example.com"
        Localized { en: "HTTPRoute: one in ten to the new version", ko: "HTTPRoute: 열에 하나는 새 버전으로" };
    "gateway-grpc" Gateway "cloud" "client" => "POST http://grpc.example.com/demo.v1.Greeter/SayHello"
        Localized { en: "GRPCRoute: calls by service and method", ko: "GRPCRoute: 서비스와 메서드로 나누기" };
    "gateway-tls" Gateway "cloud" "client" => "https://vault.example.com"
        Localized { en: "TLSRoute: TLS that only the Pod reads", ko: "TLSRoute: Pod만 읽는 TLS" };
    "gateway-tcp" Gateway "cloud" "client" => "{lb:data-kubehop}:6379"
        Localized { en: "TCPRoute: a port, nothing more", ko: "TCPRoute: 포트만 보고 전달하기" };
    "gateway-udp" Gateway "cloud" "client" => "udp://{lb:names-kubehop}:53"
        Localized { en: "UDPRoute: datagrams through a proxy", ko: "UDPRoute: 프록시를 지나는 UDP" };
    "gateway-no-grant" Gateway "cloud" "client" => "http://cart.example.com"
        Localized { en: "A backend without ReferenceGrant: 500", ko: "ReferenceGrant 없는 백엔드: 500" };
    "no-endpoints" Failures "cloud" "pod/frontend" => "http://web"
        Localized { en: "A selector that matches no Pod", ko: "일치하는 Pod가 없는 셀렉터" };
    "wrong-target-port" Failures "cloud" "pod/frontend" => "http://web"
        Localized { en: "A targetPort that is not open", ko: "열려 있지 않은 targetPort" };
    "not-ready" Failures "cloud" "pod/frontend" => "http://web"
        Localized { en: "Pods that never get ready", ko: "Ready가 되지 못하는 Pod" };
    "node-port-firewall" Failures "cloud" "client" => "http://192.168.10.11:30080"
        Localized { en: "NodePort behind a cloud firewall", ko: "클라우드 방화벽 뒤의 NodePort" };
    "network-policy" Failures "cloud" "pod/frontend" => "http://web"
        Localized { en: "A NetworkPolicy in the way", ko: "NetworkPolicy에 막힌 요청" };
    "wrong-name" Failures "cloud" "pod/frontend" => "http://wbe"
        Localized { en: "A name that DNS does not know", ko: "DNS가 모르는 이름" };
    "guestbook" Applications "cloud" "pod/frontend-*" => "redis-leader:6379"
        Localized { en: "Guestbook of the Kubernetes tutorials", ko: "Kubernetes 튜토리얼의 Guestbook" };
    "notes-named-port" Notes "cloud" "pod/nginx" => "http://nginx-service"
        Localized { en: "targetPort by name", ko: "이름으로 가리키는 targetPort" };
    "notes-multi-port" Notes "cloud" "pod/shell" => "http://kimho"
        Localized { en: "Three ports, one without a target", ko: "포트 3개, 그중 하나는 대상 없음" };
    "notes-two-ports" Notes "cloud" "pod/shell" => "https://my-service"
        Localized { en: "Two ports, no Pods", ko: "포트 2개, Pod 없음" };
    "notes-no-pods" Notes "cloud" "pod/shell" => "http://my-service"
        Localized { en: "A Service without Pods", ko: "Pod가 없는 Service" };
    "notes-endpointslice" Notes "cloud" "pod/shell" => "http://my-service"
        Localized { en: "No selector: EndpointSlice by hand", ko: "셀렉터 없이 직접 쓴 EndpointSlice" };
    "notes-endpoints" Notes "cloud" "pod/shell" => "http://my-service"
        Localized { en: "No selector: Endpoints by hand", ko: "셀렉터 없이 직접 쓴 Endpoints" };
    "notes-external-endpoints" Notes "cloud" "pod/shell" => "http://external-service"
        Localized { en: "Endpoints outside the cluster", ko: "클러스터 밖의 Endpoints" };
    "notes-external-name" Notes "cloud" "pod/shell" => "http://google-svc"
        Localized { en: "ExternalName without ports", ko: "포트 없는 ExternalName" };
    "notes-external-name-port" Notes "cloud" "pod/shell" => "http://external-service"
        Localized { en: "ExternalName with a port", ko: "포트를 적은 ExternalName" };
    "notes-run-output" Notes "cloud" "pod/cluster-ip" => "http://cluster-ip"
        Localized { en: "ClusterIP, as kubectl run prints it", ko: "kubectl run이 출력한 ClusterIP" };
    "notes-node-port" Notes "cloud" "client" => "http://192.168.10.11:30123"
        Localized { en: "NodePort 30123", ko: "NodePort 30123" };
    "notes-selector-typo" Notes "cloud" "client" => "http://192.168.10.11:30123"
        Localized { en: "NodePort with a selector one letter short", ko: "셀렉터에 한 글자가 빠진 NodePort" };
    "notes-backend" Notes "cloud" "client" => "http://192.168.10.11:30001"
        Localized { en: "ClusterIP and NodePort without Pods", ko: "Pod 없는 ClusterIP와 NodePort" };
    "notes-load-balancer" Notes "cloud" "client" => "http://{lb:kimho-loadbalancear}"
        Localized { en: "LoadBalancer to port 8080", ko: "8080 포트로 보내는 LoadBalancer" };
    "notes-cloud-service" Notes "cloud" "client" => "http://{lb:lines-admin-nextjs-service}:3000"
        Localized { en: "LoadBalancer on port 3000, no Pods", ko: "3000 포트 LoadBalancer, Pod 없음" };
    "notes-minikube-node-port" Notes "minikube" "client" => "http://192.168.49.2:30080"
        Localized { en: "NodePort on minikube", ko: "minikube의 NodePort" };
    "notes-minikube-pending" Notes "minikube" "client" => "http://192.168.49.2:30088"
        Localized { en: "LoadBalancer on minikube: <pending>", ko: "minikube의 LoadBalancer: <pending>" };
    "notes-ingress" Notes "cloud" "client" => "http://kubia.example.com/ho"
        Localized { en: "Ingress to a path", ko: "경로를 나누는 Ingress" };
    "notes-probes" Notes "cloud" "node/node-1" => "http://{pod:goproxy}:8080"
        Localized { en: "Readiness and liveness probes", ko: "readiness·liveness 프로브" };
    "notes-two-files-in-one" Notes "cloud" "pod/web-deploy-*" => "http://web-service"
        Localized { en: "Two files in one document: the last keys win", ko: "한 문서에 든 두 파일: 뒤의 키만 남음" };
    "notes-two-dashes" Refused "cloud" "pod/kimho-pod" => "http://kimho"
        Localized { en: "-- instead of ---", ko: "--- 대신 --" };
    "notes-two-dashes-namespace" Refused "cloud" "pod/ho-ns/ho-pod" => "http://ho-service"
        Localized { en: "-- instead of ---, with a Namespace", ko: "--- 대신 --, Namespace와 함께" };
    "notes-two-dashes-headless" Refused "cloud" "pod/example-pod" => "http://headless-service:8080"
        Localized { en: "-- instead of ---, headless", ko: "--- 대신 --, 헤드리스" };
    "notes-two-dashes-endpoints" Refused "cloud" "node/node-1" => "192.168.1.4:8080"
        Localized { en: "-- instead of ---, Endpoints", ko: "--- 대신 --, Endpoints" };
    "notes-three-dots" Refused "cloud" "client" => "http://192.168.10.11:30080"
        Localized { en: "Three dots inside a document", ko: "문서 안의 점 세 개" };
    "notes-headless-typo" Refused "cloud" "node/node-1" => "http://kubia-headless:8080"
        Localized { en: "clusterIp instead of clusterIP", ko: "clusterIP 대신 clusterIp" };
    "notes-ingress-v1beta1" Refused "cloud" "client" => "http://kubia.example.com"
        Localized { en: "Ingress of extensions/v1beta1", ko: "extensions/v1beta1의 Ingress" };
    "notes-ingress-tls-v1beta1" Refused "cloud" "client" => "https://kubia.example.com"
        Localized { en: "TLS Ingress with lost indentation", ko: "들여쓰기를 잃은 TLS Ingress" };
    "notes-only-rules" Refused "cloud" "client" => "http://foo.example.com"
        Localized { en: "Ingress rules alone", ko: "rules만 있는 Ingress" };
    "notes-no-spec" Refused "cloud" "client" => "http://192.168.10.11:30080"
        Localized { en: "ReplicationController, kind alone", ko: "kind만 있는 ReplicationController" };
    "notes-only-annotation" Refused "cloud" "client" => "http://192.168.10.11:30080"
        Localized { en: "Annotation alone", ko: "어노테이션만 있는 Service" };
    "notes-only-annotations" Refused "cloud" "client" => "http://192.168.10.11:30080"
        Localized { en: "Annotations of an Ingress alone", ko: "어노테이션만 있는 Ingress" };
    "notes-chart-values" Refused "cloud" "client" => "http://192.168.10.11:30080"
        Localized { en: "Values of a chart", ko: "차트의 values" };
    "notes-policy-fragment" Refused "cloud" "client" => "http://10.96.100.100:80"
        Localized { en: "Part of a spec between dots", ko: "점 사이에 든 spec 일부" };
}
