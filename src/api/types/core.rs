//! The core group: Namespace, Node, Pod, Service, Endpoints, Secret, ConfigMap (`kubernetes staging/src/k8s.io/api/core/v1/types.go`).

use super::meta::*;
use super::pod_phase::PodPhase;
use super::service_type::ServiceType;
use super::view::view;
use crate::api::ip_family::IpFamily;

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Namespace {
    /// Metadata.
    pub metadata: ObjectMeta,
}

view!(Namespace { metadata: "metadata" });

/// A secret; values are base64.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Secret {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// `kubernetes.io/tls`, `Opaque`, …
    pub kind_of: String,
    /// Values by key, in base64.
    pub data: Labels,
}

view!(Secret {
    metadata: "metadata",
    kind_of: "type",
    data: "data"
});

/// A configuration map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigMap {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Values by key, as text.
    pub data: Labels,
}

view!(ConfigMap {
    metadata: "metadata",
    data: "data"
});

/// A machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: NodeSpec,
    /// Status.
    pub status: NodeStatus,
}

view!(Node {
    metadata: "metadata",
    spec: "spec",
    status: "status"
});

impl Node {
    /// Whether its condition `Ready` is true; not where its status has none.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.status.conditions.iter().any(|it| it.is_true(Condition::READY))
    }

    /// Whether its condition `Ready` is there and not true: `False`, or `Unknown` since its kubelet is silent.
    #[must_use]
    pub fn is_known_unready(&self) -> bool {
        let mut conditions = self.status.conditions.iter();
        conditions.any(|it| it.kind == Condition::READY && it.status != "True")
    }

    /// Its addresses towards other machines of the cluster (`InternalIP`), in order; texts that nobody checked.
    pub fn internal_ips(&self) -> impl Iterator<Item = &str> {
        let internal = self.status.addresses.iter().filter(|it| it.is_internal_ip());
        internal.map(|it| it.address.as_str())
    }

    /// The first of [`Self::internal_ips`], of whichever family: what a kubelet reports as `hostIP`.
    #[must_use]
    pub fn first_internal_ip(&self) -> Option<&str> {
        self.internal_ips().next()
    }

    /// The first of [`Self::internal_ips`] that is of a family.
    #[must_use]
    pub fn internal_ip(&self, family: IpFamily) -> Option<&str> {
        self.internal_ips().find(|it| IpFamily::of_text(it) == family)
    }

    /// Its addresses towards the world (`ExternalIP`), in order; texts that nobody checked.
    pub fn external_ips(&self) -> impl Iterator<Item = &str> {
        let external = self
            .status
            .addresses
            .iter()
            .filter(|it| it.kind == NodeAddress::EXTERNAL_IP);
        external.map(|it| it.address.as_str())
    }
}

/// Specification of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeSpec {
    /// CIDR of the pods of this node, the first of `pod_cidrs`; empty until it is given one.
    pub pod_cidr: String,
    /// Pod networks, one per family.
    pub pod_cidrs: Vec<String>,
    /// Whether it is cordoned: no new pods are bound to it.
    pub unschedulable: bool,
    /// Taints, which keep pods away that do not tolerate them.
    pub taints: Vec<Taint>,
}

view!(NodeSpec {
    pod_cidr: "podCIDR",
    pod_cidrs: "podCIDRs",
    unschedulable: "unschedulable",
    taints: "taints"
});

/// What keeps pods away from a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Taint {
    /// Its key, such as `node.kubernetes.io/not-ready`.
    pub key: String,
    /// Its value; empty where it has none.
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}

view!(Taint {
    key: "key",
    value: "value",
    effect: "effect"
});

/// Status of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeStatus {
    /// Addresses of each type, in order.
    pub addresses: Vec<NodeAddress>,
    /// What holds of it (`Ready`, …), one entry per type.
    pub conditions: Vec<Condition>,
}

view!(NodeStatus {
    addresses: "addresses",
    conditions: "conditions"
});

/// An address of a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeAddress {
    /// [`Self::INTERNAL_IP`], [`Self::EXTERNAL_IP`] or `Hostname`.
    pub kind: String,
    /// An IP address, or a name for types that are names.
    pub address: String,
}

view!(NodeAddress {
    kind: "type",
    address: "address"
});

impl NodeAddress {
    /// The type of addresses towards other machines of the cluster.
    pub const INTERNAL_IP: &'static str = "InternalIP";
    /// The type of addresses towards the world.
    pub const EXTERNAL_IP: &'static str = "ExternalIP";

    /// Whether it is an address towards other machines of the cluster.
    #[must_use]
    pub fn is_internal_ip(&self) -> bool {
        self.kind == Self::INTERNAL_IP
    }
}

/// A pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pod {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: PodSpec,
    /// Status.
    pub status: PodStatus,
}

view!(Pod {
    metadata: "metadata",
    spec: "spec",
    status: "status"
});

impl Pod {
    /// Its phase; `None` where the status has none, or a text that is none.
    #[must_use]
    pub fn phase(&self) -> Option<PodPhase> {
        PodPhase::parse(&self.status.phase)
    }

    /// Whether it has ended, well or not: Kubernetes lets its address and its ports go.
    #[must_use]
    pub fn is_terminal(&self) -> bool {
        self.phase().is_some_and(PodPhase::is_terminal)
    }

    /// Its condition `Ready`, where that is true.
    #[must_use]
    pub fn ready_condition(&self) -> Option<&Condition> {
        self.status.conditions.iter().find(|it| it.is_true(Condition::READY))
    }

    /// Whether it is ready: takes traffic, as a kubelet says. Not where its status says nothing of it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready_condition().is_some()
    }

    /// Its addresses, the first family first; none where it has none yet. Texts that nobody checked.
    ///
    /// `podIP` stands before what else `podIPs` holds, as the API server brings both in line
    /// (`kubernetes pkg/apis/core/v1/conversion.go`).
    pub fn ips(&self) -> impl Iterator<Item = &str> {
        let first = self.status.pod_ip.as_str();
        let others = self.status.pod_ips.iter().map(|it| it.ip.as_str());
        let others = others.filter(move |it| *it != first);
        std::iter::once(first).chain(others).filter(|it| !it.is_empty())
    }

    /// The first of [`Self::ips`] that is of a family.
    #[must_use]
    pub fn ip(&self, family: IpFamily) -> Option<&str> {
        self.ips().find(|it| IpFamily::of_text(it) == family)
    }
}

/// Specification of a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodSpec {
    /// Where it runs; empty until bound.
    pub node_name: String,
    /// Whether it uses its node’s network.
    pub host_network: bool,
    /// Its host name; empty for the pod's own name.
    pub hostname: String,
    /// Names the headless Service under which its host name resolves.
    pub subdomain: String,
    /// `ClusterFirst`, `ClusterFirstWithHostNet`, `Default` or `None`.
    pub dns_policy: String,
    /// Additions to `/etc/resolv.conf`.
    pub dns_config: Option<PodDnsConfig>,
    /// Whether Services appear as environment variables.
    pub enable_service_links: Option<bool>,
    /// Labels that a node must carry, all of them.
    pub node_selector: Labels,
    /// Taints that it tolerates.
    pub tolerations: Vec<Toleration>,
    /// Affinity, read by the scheduler as far as simulated.
    pub affinity: Option<serde_json::Value>,
    /// Containers that run first.
    pub init_containers: Vec<Container>,
    /// Its containers, at least one; the first is the one that commands run in.
    pub containers: Vec<Container>,
    /// `Always`, `OnFailure` or `Never`.
    pub restart_policy: String,
    /// Seconds between TERM and KILL.
    pub termination_grace_period_seconds: Option<i64>,
    /// Further conditions of readiness.
    pub readiness_gates: Vec<PodReadinessGate>,
}

view!(PodSpec {
    node_name: "nodeName",
    host_network: "hostNetwork",
    hostname: "hostname",
    subdomain: "subdomain",
    dns_policy: "dnsPolicy",
    dns_config: "dnsConfig",
    enable_service_links: "enableServiceLinks",
    node_selector: "nodeSelector",
    tolerations: "tolerations",
    affinity: "affinity",
    init_containers: "initContainers",
    containers: "containers",
    restart_policy: "restartPolicy",
    termination_grace_period_seconds: "terminationGracePeriodSeconds",
    readiness_gates: "readinessGates",
});

/// A further condition of readiness.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodReadinessGate {
    /// Type of the condition that must be true.
    pub condition_type: String,
}

view!(PodReadinessGate {
    condition_type: "conditionType"
});

/// A taint that a pod bears.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Toleration {
    /// Which; empty with `Exists`: all.
    pub key: String,
    /// `Equal` (default) or `Exists`.
    pub operator: String,
    /// The value to compare with, for the operator `Equal`.
    pub value: String,
    /// The effect that is tolerated; empty for all.
    pub effect: String,
    /// For `NoExecute`: how long it is borne, in seconds; absent: forever.
    pub toleration_seconds: Option<i64>,
}

view!(Toleration {
    key: "key",
    operator: "operator",
    value: "value",
    effect: "effect",
    toleration_seconds: "tolerationSeconds",
});

/// Additions to `/etc/resolv.conf`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodDnsConfig {
    /// IP addresses of DNS servers, in the order asked.
    pub nameservers: Vec<String>,
    /// Domains that are tried behind a name.
    pub searches: Vec<String>,
    /// Options of the resolver, such as `ndots`.
    pub options: Vec<PodDnsConfigOption>,
}

view!(PodDnsConfig {
    nameservers: "nameservers",
    searches: "searches",
    options: "options"
});

/// A resolver option.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodDnsConfigOption {
    /// Name.
    pub name: String,
    /// Value, if it has one.
    pub value: Option<String>,
}

view!(PodDnsConfigOption {
    name: "name",
    value: "value"
});

/// A container.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Container {
    /// Name.
    pub name: String,
    /// Image with its tag or digest, such as `nginx:1.27`.
    pub image: String,
    /// The program and its first words; empty for the image's entry point.
    pub command: Vec<String>,
    /// Arguments of the program; empty for the image's own.
    pub args: Vec<String>,
    /// Ports it says it listens on.
    pub ports: Vec<ContainerPort>,
    /// Environment variables, in order: later ones may refer to earlier ones.
    pub env: Vec<EnvVar>,
    /// ConfigMaps and Secrets whose keys become environment variables.
    pub env_from: Option<Vec<serde_json::Value>>,
    /// Requests and limits, as they were written; absent for none.
    pub resources: Option<serde_json::Value>,
    /// Asked whether it takes traffic; absent: as soon as it runs.
    pub readiness_probe: Option<Probe>,
    /// Asked whether it must be restarted; absent: never.
    pub liveness_probe: Option<Probe>,
    /// Holds the other probes back.
    pub startup_probe: Option<Probe>,
    /// `Always` makes an init container a sidecar; elsewhere it stands above the pod's; empty for the pod's.
    pub restart_policy: String,
    /// `Always`, `IfNotPresent` or `Never`.
    pub image_pull_policy: String,
    /// Whether its standard input stays open.
    pub stdin: bool,
    /// Whether it has a terminal.
    pub tty: bool,
}

view!(Container {
    name: "name",
    image: "image",
    command: "command",
    args: "args",
    ports: "ports",
    env: "env",
    env_from: "envFrom",
    resources: "resources",
    readiness_probe: "readinessProbe",
    liveness_probe: "livenessProbe",
    startup_probe: "startupProbe",
    restart_policy: "restartPolicy",
    image_pull_policy: "imagePullPolicy",
    stdin: "stdin",
    tty: "tty",
});

impl Container {
    /// Whether it is an init container that keeps running beside the others.
    #[must_use]
    pub fn is_sidecar(&self) -> bool {
        self.restart_policy == "Always"
    }

    /// The number behind a port of its own, given by number or by name; `None` where none of its ports has the
    /// name (`kubernetes pkg/probe/util.go ResolveContainerPort`).
    #[must_use]
    pub fn resolve_port(&self, port: &IntOrString) -> Option<i32> {
        match port {
            IntOrString::Int(number) => Some(*number),
            IntOrString::String(name) => {
                let named = self.ports.iter().find(|it| it.name == *name);
                named.map(|it| it.container_port)
            }
        }
    }
}

/// An environment variable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EnvVar {
    /// Name.
    pub name: String,
    /// Value; `$(NAME)` is expanded.
    pub value: Option<String>,
    /// Where the value comes from, in place of `value`; absent for none.
    pub value_from: Option<serde_json::Value>,
}

view!(EnvVar {
    name: "name",
    value: "value",
    value_from: "valueFrom"
});

/// A port a container says it listens on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerPort {
    /// Name, for named targetPorts.
    pub name: String,
    /// Port number, from 1 to 65535.
    pub container_port: i32,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// Port of the node, 0: none.
    pub host_port: i32,
    /// The only address of the node that the port is open on; empty: all.
    pub host_ip: String,
}

view!(ContainerPort {
    name: "name",
    container_port: "containerPort",
    protocol: "protocol",
    host_port: "hostPort",
    host_ip: "hostIP"
});

/// A probe.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Probe {
    /// Asks over HTTP: a status from 200 to 399 is a success.
    pub http_get: Option<HttpGetAction>,
    /// Opens a TCP connection: success where somebody accepts it.
    pub tcp_socket: Option<TcpSocketAction>,
    /// Runs a command in the container: exit code 0 is a success.
    pub exec: Option<ExecAction>,
    /// Asks over gRPC, as it was written.
    pub grpc: Option<serde_json::Value>,
    /// Seconds before the first try.
    pub initial_delay_seconds: i64,
    /// Seconds that one try may take; 0 reads as 1.
    pub timeout_seconds: i64,
    /// Seconds between tries; 0 reads as 10.
    pub period_seconds: i64,
    /// Failures in a row that count; 0 reads as 3.
    pub failure_threshold: i64,
    /// Successes in a row that count; 0 reads as 1.
    pub success_threshold: i64,
}

view!(Probe {
    http_get: "httpGet",
    tcp_socket: "tcpSocket",
    exec: "exec",
    grpc: "grpc",
    initial_delay_seconds: "initialDelaySeconds",
    timeout_seconds: "timeoutSeconds",
    period_seconds: "periodSeconds",
    failure_threshold: "failureThreshold",
    success_threshold: "successThreshold",
});

/// Ask over HTTP.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpGetAction {
    /// Path of the request; empty for `/`.
    pub path: String,
    /// A port of the container, by number or name.
    pub port: IntOrString,
    /// `HTTP` or `HTTPS`.
    pub scheme: String,
}

view!(HttpGetAction {
    path: "path",
    port: "port",
    scheme: "scheme"
});

/// Connect.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TcpSocketAction {
    /// A port of the container, by number or name.
    pub port: IntOrString,
}

view!(TcpSocketAction { port: "port" });

/// Run a command.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExecAction {
    /// The program and its arguments; no shell is involved.
    pub command: Vec<String>,
}

view!(ExecAction { command: "command" });

/// Status of a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodStatus {
    /// `Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`; empty until somebody reports ([`Pod::phase`]).
    pub phase: String,
    /// What holds of it (`Ready`, …), one entry per type.
    pub conditions: Vec<Condition>,
    /// Its first IP address; empty until its sandbox has one.
    pub pod_ip: String,
    /// Its IP addresses, one per family, the first family first.
    pub pod_ips: Vec<PodIp>,
    /// First address of its node; empty until a kubelet has seen it.
    pub host_ip: String,
    /// When a kubelet took it up, in RFC 3339; absent before that.
    pub start_time: Option<String>,
    /// A word on why it is in this phase, such as `Evicted`; empty mostly.
    pub reason: String,
}

view!(PodStatus {
    phase: "phase",
    conditions: "conditions",
    pod_ip: "podIP",
    pod_ips: "podIPs",
    host_ip: "hostIP",
    start_time: "startTime",
    reason: "reason",
});

/// An address of a pod.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodIp {
    /// The IP address.
    pub ip: String,
}

view!(PodIp { ip: "ip" });

/// A Service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Service {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: ServiceSpec,
    /// Status.
    pub status: ServiceStatus,
}

view!(Service {
    metadata: "metadata",
    spec: "spec",
    status: "status"
});

impl Service {
    /// Its type; `None` where the specification has none, or a text that is none.
    #[must_use]
    pub fn service_type(&self) -> Option<ServiceType> {
        self.spec.service_type()
    }

    /// Whether it is the one that leads to the API server.
    #[must_use]
    pub fn is_api_server(&self) -> bool {
        self.metadata.namespace == "default" && self.metadata.name == "kubernetes"
    }
}

/// Specification of a Service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceSpec {
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName` ([`Service::service_type`]).
    pub kind: String,
    /// Which pods; empty: none are looked for.
    pub selector: Labels,
    /// Its ports, in order.
    pub ports: Vec<ServicePort>,
    /// First virtual address, `None` for headless.
    pub cluster_ip: String,
    /// Virtual addresses, one per family.
    pub cluster_ips: Vec<String>,
    /// Further addresses, brought here by others.
    pub external_ips: Vec<String>,
    /// For ExternalName: where the name leads.
    pub external_name: String,
    /// `Cluster` or `Local`.
    pub external_traffic_policy: String,
    /// `Cluster` or `Local`.
    pub internal_traffic_policy: String,
    /// `None` or `ClientIP`.
    pub session_affinity: String,
    /// How long a client stays with its pod; absent for the default.
    pub session_affinity_config: Option<SessionAffinityConfig>,
    /// Wished address (deprecated).
    pub load_balancer_ip: String,
    /// Who may use the load balancer.
    pub load_balancer_source_ranges: Vec<String>,
    /// The implementation that must serve it; absent for the cluster's own.
    pub load_balancer_class: Option<String>,
    /// Whether node ports are allocated.
    pub allocate_load_balancer_node_ports: Option<bool>,
    /// Port that tells load balancers of local endpoints; 0: none.
    pub health_check_node_port: i32,
    /// Whether readiness is ignored.
    pub publish_not_ready_addresses: bool,
    /// `IPv4` and `IPv6`, the first one first.
    pub ip_families: Vec<String>,
    /// `SingleStack`, `PreferDualStack` or `RequireDualStack`.
    pub ip_family_policy: Option<String>,
    /// `PreferSameZone`, `PreferClose` or `PreferSameNode`.
    pub traffic_distribution: Option<String>,
}

view!(ServiceSpec {
    kind: "type",
    selector: "selector",
    ports: "ports",
    cluster_ip: "clusterIP",
    cluster_ips: "clusterIPs",
    external_ips: "externalIPs",
    external_name: "externalName",
    external_traffic_policy: "externalTrafficPolicy",
    internal_traffic_policy: "internalTrafficPolicy",
    session_affinity: "sessionAffinity",
    session_affinity_config: "sessionAffinityConfig",
    load_balancer_ip: "loadBalancerIP",
    load_balancer_source_ranges: "loadBalancerSourceRanges",
    load_balancer_class: "loadBalancerClass",
    allocate_load_balancer_node_ports: "allocateLoadBalancerNodePorts",
    health_check_node_port: "healthCheckNodePort",
    publish_not_ready_addresses: "publishNotReadyAddresses",
    ip_families: "ipFamilies",
    ip_family_policy: "ipFamilyPolicy",
    traffic_distribution: "trafficDistribution",
});

impl ServiceSpec {
    /// [`Service::service_type`]
    #[must_use]
    pub fn service_type(&self) -> Option<ServiceType> {
        ServiceType::parse(&self.kind)
    }

    /// Whether the Service has no virtual address by wish.
    #[must_use]
    pub fn is_headless(&self) -> bool {
        self.cluster_ip == "None"
    }

    /// Whether the Service is only a DNS alias.
    #[must_use]
    pub fn is_external_name(&self) -> bool {
        self.service_type() == Some(ServiceType::ExternalName)
    }
}

/// A port of a Service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServicePort {
    /// Name; needed where there are several.
    pub name: String,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// Protocol above the transport (`http`, `kubernetes.io/h2c`), for proxies; absent for unknown.
    pub app_protocol: Option<String>,
    /// Port of the virtual address.
    pub port: i32,
    /// Port of the pod, by number or by the name of a container port.
    pub target_port: IntOrString,
    /// Port on every node; 0: none.
    pub node_port: i32,
}

view!(ServicePort {
    name: "name",
    protocol: "protocol",
    app_protocol: "appProtocol",
    port: "port",
    target_port: "targetPort",
    node_port: "nodePort",
});

/// How long a client stays with an endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionAffinityConfig {
    /// Settings of `ClientIP`; absent for the default.
    pub client_ip: Option<ClientIpConfig>,
}

view!(SessionAffinityConfig { client_ip: "clientIP" });

/// For affinity by client address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientIpConfig {
    /// Seconds after the last connection for which a client stays; 10800 where absent.
    pub timeout_seconds: Option<i32>,
}

view!(ClientIpConfig {
    timeout_seconds: "timeoutSeconds"
});

/// Status of a Service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceStatus {
    /// What the load balancer announced.
    pub load_balancer: LoadBalancerStatus,
}

view!(ServiceStatus {
    load_balancer: "loadBalancer"
});

/// What a load balancer announced.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadBalancerStatus {
    /// Addresses of the load balancer; empty until it has one.
    pub ingress: Vec<LoadBalancerIngress>,
}

view!(LoadBalancerStatus { ingress: "ingress" });

/// An address of a load balancer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadBalancerIngress {
    /// IP address; empty where it is known by name.
    pub ip: String,
    /// `VIP` (default) or `Proxy`.
    pub ip_mode: Option<String>,
    /// Name instead of an address.
    pub hostname: String,
}

view!(LoadBalancerIngress {
    ip: "ip",
    ip_mode: "ipMode",
    hostname: "hostname"
});

/// Endpoints of the Service of the same name (deprecated API).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Endpoints {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Sets of addresses, each of which serves every port of its set.
    pub subsets: Vec<EndpointSubset>,
}

view!(Endpoints {
    metadata: "metadata",
    subsets: "subsets"
});

/// Addresses that share ports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointSubset {
    /// Addresses of pods that are ready.
    pub addresses: Vec<EndpointAddress>,
    /// Addresses of pods that are not.
    pub not_ready_addresses: Vec<EndpointAddress>,
    /// Its ports, in order.
    pub ports: Vec<EndpointPort>,
}

view!(EndpointSubset {
    addresses: "addresses",
    not_ready_addresses: "notReadyAddresses",
    ports: "ports"
});

/// An address.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointAddress {
    /// The IP address.
    pub ip: String,
    /// Host name under which DNS knows it; empty for none.
    pub hostname: String,
    /// Node of the pod; absent for an address outside the cluster.
    pub node_name: Option<String>,
    /// The pod behind it; absent where nobody said.
    pub target_ref: Option<ObjectReference>,
}

view!(EndpointAddress {
    ip: "ip",
    hostname: "hostname",
    node_name: "nodeName",
    target_ref: "targetRef"
});

/// A port.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointPort {
    /// Name.
    pub name: String,
    /// Port number, from 1 to 65535.
    pub port: i32,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: String,
    /// Protocol above the transport (`http`, `kubernetes.io/h2c`), for proxies; absent for unknown.
    pub app_protocol: Option<String>,
}

view!(EndpointPort {
    name: "name",
    port: "port",
    protocol: "protocol",
    app_protocol: "appProtocol"
});

/// A reference to an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectReference {
    /// Kind of the object, such as `Pod`.
    pub kind: String,
    /// Its namespace; empty for kinds without.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Its UID, which tells it from others of the same name; empty for any.
    pub uid: String,
}

view!(ObjectReference {
    kind: "kind",
    namespace: "namespace",
    name: "name",
    uid: "uid"
});

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::view::read;
    use super::*;

    #[test]
    fn a_pods_addresses_are_podip_and_what_else_podips_holds() {
        let ips = |status| {
            let pod: Pod = read(&json!({"status": status})).expect("a pod");
            pod.ips().map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(ips(json!({})).is_empty());
        assert_eq!(ips(json!({"podIP": "10.0.0.1"})), ["10.0.0.1"]);
        assert_eq!(ips(json!({"podIPs": [{"ip": "10.0.0.1"}]})), ["10.0.0.1"]);
        let both = json!({"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}, {"ip": "fd00::1"}]});
        assert_eq!(ips(both.clone()), ["10.0.0.1", "fd00::1"]);
        let pod: Pod = read(&json!({"status": both})).expect("a pod");
        assert_eq!(pod.ip(IpFamily::V4), Some("10.0.0.1"));
        assert_eq!(pod.ip(IpFamily::V6), Some("fd00::1"));
    }

    #[test]
    fn a_node_has_addresses_by_type_and_family() {
        let node: Node = read(&json!({"status": {"addresses": [
            {"type": "Hostname", "address": "node-1"},
            {"type": "ExternalIP", "address": "203.0.113.1"},
            {"type": "InternalIP", "address": "fd00::1"},
            {"type": "InternalIP", "address": "10.0.0.1"},
        ]}}))
        .expect("a node");
        assert_eq!(node.first_internal_ip(), Some("fd00::1"));
        assert_eq!(node.internal_ip(IpFamily::V4), Some("10.0.0.1"));
        assert_eq!(node.external_ips().collect::<Vec<_>>(), ["203.0.113.1"]);
        assert_eq!(Node::default().internal_ip(IpFamily::V6), None);
    }

    #[test]
    fn texts_that_name_no_phase_and_no_type_are_kept_and_mean_none() {
        let pod: Pod = read(&json!({"status": {"phase": "Odd"}})).expect("a pod");
        assert_eq!((pod.phase(), pod.status.phase.as_str()), (None, "Odd"));
        assert!(!pod.is_terminal());
        let service: Service = read(&json!({"spec": {"type": "Odd"}})).expect("a Service");
        assert_eq!((service.service_type(), service.spec.kind.as_str()), (None, "Odd"));
    }

    #[test]
    fn ports_are_given_by_number_or_name() {
        let container: Container =
            read(&json!({"ports": [{"name": "http", "containerPort": 8080}]})).expect("a container");
        assert_eq!(container.resolve_port(&IntOrString::Int(9)), Some(9));
        assert_eq!(
            container.resolve_port(&IntOrString::String("http".to_owned())),
            Some(8080)
        );
        assert_eq!(container.resolve_port(&IntOrString::String("grpc".to_owned())), None);
    }
}
