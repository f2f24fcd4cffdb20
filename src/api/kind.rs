//! The kinds Kubehop acts on, with their names in every form `kubectl` knows.

/// A kind that is simulated. Every other known Kubernetes kind is [`Kind::Other`]: stored, listed, without effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the Kubernetes kind of that name")]
pub enum Kind {
    Namespace,
    Node,
    Pod,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    ReplicationController,
    Job,
    CronJob,
    Service,
    Endpoints,
    EndpointSlice,
    Ingress,
    IngressClass,
    NetworkPolicy,
    Secret,
    ConfigMap,
    /// `kubeadm.k8s.io` ClusterConfiguration: podSubnet, serviceSubnet, dnsDomain, node port range.
    ClusterConfiguration,
    /// `kubeproxy.config.k8s.io` KubeProxyConfiguration.
    KubeProxyConfiguration,
    /// `kubelet.config.k8s.io` KubeletConfiguration: clusterDNS, clusterDomain, resolvConf.
    KubeletConfiguration,
    /// `metallb.io` IPAddressPool.
    IpAddressPool,
    /// `compute.cnrm.cloud.google.com` ComputeFirewall: a rule of the firewall around a cloud's nodes.
    ComputeFirewall,
    GatewayClass,
    Gateway,
    ListenerSet,
    HttpRoute,
    GrpcRoute,
    TlsRoute,
    TcpRoute,
    UdpRoute,
    ReferenceGrant,
    BackendTlsPolicy,
    /// A known Kubernetes kind that is not simulated; which one stands in the object's tree.
    Other,
}

/// The names of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindInfo {
    /// Which kind.
    pub kind: Kind,
    /// API group, empty for the core group.
    pub group: &'static str,
    /// Served version.
    pub version: &'static str,
    /// `kind:` as written.
    pub name: &'static str,
    /// Plural, as in paths and `kubectl get`.
    pub plural: &'static str,
    /// Short names of `kubectl get`.
    pub short: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
}

/// The group of the Gateway API.
pub const GATEWAY_GROUP: &str = "gateway.networking.k8s.io";

macro_rules! kinds {
    ($($kind:ident $group:tt $version:literal $name:literal $plural:literal [$($short:literal),*] $namespaced:literal;)*) => {
        /// All simulated kinds.
        pub const KINDS: &[KindInfo] = &[$(KindInfo {
            kind: Kind::$kind, group: $group, version: $version, name: $name, plural: $plural,
            short: &[$($short),*], namespaced: $namespaced,
        }),*];
    };
}

kinds! {
    Namespace "" "v1" "Namespace" "namespaces" ["ns"] false;
    Node "" "v1" "Node" "nodes" ["no"] false;
    Pod "" "v1" "Pod" "pods" ["po"] true;
    Deployment "apps" "v1" "Deployment" "deployments" ["deploy"] true;
    ReplicaSet "apps" "v1" "ReplicaSet" "replicasets" ["rs"] true;
    StatefulSet "apps" "v1" "StatefulSet" "statefulsets" ["sts"] true;
    DaemonSet "apps" "v1" "DaemonSet" "daemonsets" ["ds"] true;
    ReplicationController "" "v1" "ReplicationController" "replicationcontrollers" ["rc"] true;
    Job "batch" "v1" "Job" "jobs" [] true;
    CronJob "batch" "v1" "CronJob" "cronjobs" ["cj"] true;
    Service "" "v1" "Service" "services" ["svc"] true;
    Endpoints "" "v1" "Endpoints" "endpoints" ["ep"] true;
    EndpointSlice "discovery.k8s.io" "v1" "EndpointSlice" "endpointslices" [] true;
    Ingress "networking.k8s.io" "v1" "Ingress" "ingresses" ["ing"] true;
    IngressClass "networking.k8s.io" "v1" "IngressClass" "ingressclasses" [] false;
    NetworkPolicy "networking.k8s.io" "v1" "NetworkPolicy" "networkpolicies" ["netpol"] true;
    Secret "" "v1" "Secret" "secrets" [] true;
    ConfigMap "" "v1" "ConfigMap" "configmaps" ["cm"] true;
    ClusterConfiguration "kubeadm.k8s.io" "v1beta4" "ClusterConfiguration" "clusterconfigurations" [] false;
    KubeProxyConfiguration "kubeproxy.config.k8s.io" "v1alpha1" "KubeProxyConfiguration" "kubeproxyconfigurations" [] false;
    KubeletConfiguration "kubelet.config.k8s.io" "v1beta1" "KubeletConfiguration" "kubeletconfigurations" [] false;
    IpAddressPool "metallb.io" "v1beta1" "IPAddressPool" "ipaddresspools" [] true;
    ComputeFirewall "compute.cnrm.cloud.google.com" "v1beta1" "ComputeFirewall" "computefirewalls" ["gcpcomputefirewall", "gcpcomputefirewalls"] true;
    GatewayClass GATEWAY_GROUP "v1" "GatewayClass" "gatewayclasses" ["gc"] false;
    Gateway GATEWAY_GROUP "v1" "Gateway" "gateways" ["gtw"] true;
    ListenerSet GATEWAY_GROUP "v1" "ListenerSet" "listenersets" ["lset"] true;
    HttpRoute GATEWAY_GROUP "v1" "HTTPRoute" "httproutes" [] true;
    GrpcRoute GATEWAY_GROUP "v1" "GRPCRoute" "grpcroutes" [] true;
    TlsRoute GATEWAY_GROUP "v1" "TLSRoute" "tlsroutes" [] true;
    TcpRoute GATEWAY_GROUP "v1" "TCPRoute" "tcproutes" [] true;
    UdpRoute GATEWAY_GROUP "v1" "UDPRoute" "udproutes" [] true;
    ReferenceGrant GATEWAY_GROUP "v1" "ReferenceGrant" "referencegrants" ["refgrant"] true;
    BackendTlsPolicy GATEWAY_GROUP "v1" "BackendTLSPolicy" "backendtlspolicies" ["btlspolicy"] true;
}

impl Kind {
    /// Whether it is a kind of the Gateway API: a custom resource whose definition every cluster here has.
    #[must_use]
    pub fn is_gateway_api(self) -> bool {
        matches!(
            self,
            Self::GatewayClass
                | Self::Gateway
                | Self::ListenerSet
                | Self::HttpRoute
                | Self::GrpcRoute
                | Self::TlsRoute
                | Self::TcpRoute
                | Self::UdpRoute
                | Self::ReferenceGrant
                | Self::BackendTlsPolicy
        )
    }

    /// The names of this kind; `None` for [`Kind::Other`].
    #[must_use]
    pub fn info(self) -> Option<&'static KindInfo> {
        KINDS.iter().find(|info| info.kind == self)
    }

    /// `kind:` as written; `Object` for [`Kind::Other`].
    #[must_use]
    pub fn name(self) -> &'static str {
        self.info().map_or("Object", |info| info.name)
    }
}
