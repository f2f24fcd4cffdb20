//! Ingress, IngressClass, NetworkPolicy (`kubernetes staging/src/k8s.io/api/networking/v1/types.go`).

use super::core::LoadBalancerStatus;
use super::meta::*;
use super::view::view;

/// The annotation that named a class before `spec.ingressClassName` did.
pub const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

/// HTTP routes from outside to Services.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ingress {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: IngressSpec,
    /// Status.
    pub status: IngressStatus,
}

impl Ingress {
    /// Hosts and paths of its rules, as they stand there; an empty path is `/`.
    pub fn host_paths(&self) -> impl Iterator<Item = (&str, &str)> {
        self.spec.rules.iter().flat_map(|rule| {
            let paths = rule.http.iter().flat_map(|http| &http.paths);
            paths.map(|it| {
                (
                    rule.host.as_str(),
                    if it.path.is_empty() { "/" } else { it.path.as_str() },
                )
            })
        })
    }
}

view!(Ingress {
    metadata: "metadata",
    spec: "spec",
    status: "status"
});

/// Specification of an Ingress.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IngressSpec {
    /// Which class serves it.
    pub ingress_class_name: Option<String>,
    /// For what no rule takes.
    pub default_backend: Option<IngressBackend>,
    /// Hosts served over TLS, with their certificates.
    pub tls: Vec<IngressTls>,
    /// What is served for which host; none: the default backend serves all.
    pub rules: Vec<IngressRule>,
}

view!(IngressSpec {
    ingress_class_name: "ingressClassName",
    default_backend: "defaultBackend",
    tls: "tls",
    rules: "rules",
});

/// A certificate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IngressTls {
    /// For these hosts.
    pub hosts: Vec<String>,
    /// The Secret that holds it.
    pub secret_name: String,
}

view!(IngressTls {
    hosts: "hosts",
    secret_name: "secretName"
});

/// The routes of one host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IngressRule {
    /// The host; empty: every host.
    pub host: String,
    /// Paths of the host; absent: the default backend serves it.
    pub http: Option<HttpIngressRuleValue>,
}

view!(IngressRule {
    host: "host",
    http: "http"
});

/// Paths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpIngressRuleValue {
    /// Its paths; the longest that fits counts.
    pub paths: Vec<HttpIngressPath>,
}

view!(HttpIngressRuleValue { paths: "paths" });

/// One route.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HttpIngressPath {
    /// The path; empty for all.
    pub path: String,
    /// `Exact`, `Prefix` or `ImplementationSpecific`.
    pub path_type: Option<String>,
    /// Where it leads.
    pub backend: IngressBackend,
}

view!(HttpIngressPath {
    path: "path",
    path_type: "pathType",
    backend: "backend"
});

/// A Service or a resource.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IngressBackend {
    /// The Service that serves it; absent where `resource` is given.
    pub service: Option<IngressServiceBackend>,
    /// An object of another kind that serves it, as it was written.
    pub resource: Option<serde_json::Value>,
}

view!(IngressBackend {
    service: "service",
    resource: "resource"
});

/// A Service and one of its ports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IngressServiceBackend {
    /// Name of the Service, in the Ingress' namespace.
    pub name: String,
    /// Port of the Service, by name or number.
    pub port: ServiceBackendPort,
}

view!(IngressServiceBackend {
    name: "name",
    port: "port"
});

/// A port by name or number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceBackendPort {
    /// Name of the Service's port; empty where the number is given.
    pub name: String,
    /// Number; 0: none.
    pub number: i32,
}

view!(ServiceBackendPort {
    name: "name",
    number: "number"
});

/// Status of an Ingress.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IngressStatus {
    /// Where the controller is reached.
    pub load_balancer: LoadBalancerStatus,
}

view!(IngressStatus {
    load_balancer: "loadBalancer"
});

/// Names a controller.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IngressClass {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: IngressClassSpec,
}

view!(IngressClass {
    metadata: "metadata",
    spec: "spec"
});

/// Specification of an IngressClass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IngressClassSpec {
    /// Which controller serves this class.
    pub controller: String,
    /// For the controller.
    pub parameters: Option<serde_json::Value>,
}

view!(IngressClassSpec {
    controller: "controller",
    parameters: "parameters"
});

/// Who may talk to some pods, and to whom they may talk.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkPolicy {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: NetworkPolicySpec,
}

view!(NetworkPolicy {
    metadata: "metadata",
    spec: "spec"
});

/// Specification of a NetworkPolicy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkPolicySpec {
    /// Which pods; empty: all of the namespace.
    pub pod_selector: LabelSelector,
    /// `Ingress`, `Egress`.
    pub policy_types: Vec<String>,
    /// Who may come.
    pub ingress: Vec<NetworkPolicyIngressRule>,
    /// Where they may go.
    pub egress: Vec<NetworkPolicyEgressRule>,
}

view!(NetworkPolicySpec {
    pod_selector: "podSelector",
    policy_types: "policyTypes",
    ingress: "ingress",
    egress: "egress",
});

/// Sources × ports that are let in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkPolicyIngressRule {
    /// Sources; empty: all.
    pub from: Vec<NetworkPolicyPeer>,
    /// Ports; empty: all.
    pub ports: Vec<NetworkPolicyPort>,
}

view!(NetworkPolicyIngressRule {
    from: "from",
    ports: "ports"
});

/// Destinations × ports that are let out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkPolicyEgressRule {
    /// Destinations; empty: all.
    pub to: Vec<NetworkPolicyPeer>,
    /// Ports; empty: all.
    pub ports: Vec<NetworkPolicyPort>,
}

view!(NetworkPolicyEgressRule {
    to: "to",
    ports: "ports"
});

/// Some pods or addresses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkPolicyPeer {
    /// Pods with these labels.
    pub pod_selector: Option<LabelSelector>,
    /// In namespaces with these labels.
    pub namespace_selector: Option<LabelSelector>,
    /// Or addresses.
    pub ip_block: Option<IpBlock>,
}

view!(NetworkPolicyPeer {
    pod_selector: "podSelector",
    namespace_selector: "namespaceSelector",
    ip_block: "ipBlock"
});

/// A range of addresses with exceptions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IpBlock {
    /// Addresses that are meant, as a CIDR.
    pub cidr: String,
    /// What it leaves out.
    pub except: Vec<String>,
}

view!(IpBlock {
    cidr: "cidr",
    except: "except"
});

/// A port or a range of ports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkPolicyPort {
    /// Protocol; TCP where absent.
    pub protocol: Option<String>,
    /// Number or name; absent: all.
    pub port: Option<IntOrString>,
    /// Last of a range.
    pub end_port: Option<i32>,
}

view!(NetworkPolicyPort {
    protocol: "protocol",
    port: "port",
    end_port: "endPort"
});
