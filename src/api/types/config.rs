//! Configuration kinds that real clusters use: kubeadm, kube-proxy, MetalLB.

use super::meta::*;
use super::view::view;

/// `kubeadm.k8s.io` ClusterConfiguration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterConfiguration {
    /// Not part of the kind; empty.
    pub metadata: ObjectMeta,
    /// Address ranges and the cluster domain.
    pub networking: Networking,
    /// API server arguments (`service-node-port-range`).
    pub api_server: ControlPlaneComponent,
    /// Controller manager arguments.
    pub controller_manager: ControlPlaneComponent,
}

view!(ClusterConfiguration {
    metadata: "metadata",
    networking: "networking",
    api_server: "apiServer",
    controller_manager: "controllerManager",
});

/// Ranges and domain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Networking {
    /// Service range; two, comma-separated, for dual stack.
    pub service_subnet: String,
    /// CIDRs of pods, one per family, separated by commas; empty for the preset's.
    pub pod_subnet: String,
    /// The cluster domain, such as `cluster.local`; empty for that.
    pub dns_domain: String,
}

view!(Networking {
    service_subnet: "serviceSubnet",
    pod_subnet: "podSubnet",
    dns_domain: "dnsDomain"
});

/// Arguments of a component: a map up to v1beta3, a list of name and value from v1beta4.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ControlPlaneComponent {
    /// Command-line arguments, as a list of names and values or as a map.
    pub extra_args: Option<serde_json::Value>,
}

view!(ControlPlaneComponent {
    extra_args: "extraArgs"
});

/// `kubeproxy.config.k8s.io` KubeProxyConfiguration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KubeProxyConfiguration {
    /// Not part of the kind; empty.
    pub metadata: ObjectMeta,
    /// `iptables` (empty reads as this), `nftables`, `ipvs`.
    pub mode: String,
    /// Pod range, for local detection.
    pub cluster_cidr: String,
    /// `ClusterCIDR` (default), `NodeCIDR`, `BridgeInterface`, `InterfaceNamePrefix`.
    pub detect_local_mode: String,
    /// The interface or bridge that the interface modes compare with.
    pub detect_local: Option<serde_json::Value>,
    /// Ranges whose node addresses take node ports; `primary` alone: the node’s primary addresses.
    pub node_port_addresses: Vec<String>,
    /// Settings of the iptables mode; IPVS reads `masqueradeAll` and `masqueradeBit` here too.
    pub iptables: KubeProxyIptables,
    /// Settings of the nftables mode.
    pub nftables: KubeProxyNftables,
    /// Settings of the IPVS mode.
    pub ipvs: KubeProxyIpvs,
}

view!(KubeProxyConfiguration {
    metadata: "metadata",
    mode: "mode",
    cluster_cidr: "clusterCIDR",
    detect_local_mode: "detectLocalMode",
    detect_local: "detectLocal",
    node_port_addresses: "nodePortAddresses",
    iptables: "iptables",
    nftables: "nftables",
    ipvs: "ipvs",
});

/// `kubelet.config.k8s.io` KubeletConfiguration, as far as it decides about names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KubeletConfiguration {
    /// Not part of the kind; empty.
    pub metadata: ObjectMeta,
    /// Nameservers of pods; absent: as kubeadm fills it in, the address of Service `kube-dns`.
    pub cluster_dns: Option<Vec<String>>,
    /// Cluster domain; empty: as kubeadm fills it in, that of the cluster.
    pub cluster_domain: String,
    /// The node's file that pods with policy Default get; empty turns look-ups off. What a file holds is not
    /// simulated beyond the router as its nameserver.
    pub resolv_conf: Option<String>,
}

view!(KubeletConfiguration {
    metadata: "metadata",
    cluster_dns: "clusterDNS",
    cluster_domain: "clusterDomain",
    resolv_conf: "resolvConf",
});

/// iptables mode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KubeProxyIptables {
    /// Masquerade all traffic to Services.
    pub masquerade_all: bool,
    /// Whether 127.0.0.1 takes node ports; true where absent.
    pub localhost_node_ports: Option<bool>,
    /// Bit of the mark; 14 where absent.
    pub masquerade_bit: Option<i32>,
}

view!(KubeProxyIptables {
    masquerade_all: "masqueradeAll",
    localhost_node_ports: "localhostNodePorts",
    masquerade_bit: "masqueradeBit",
});

/// nftables mode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KubeProxyNftables {
    /// Masquerade all traffic to Services.
    pub masquerade_all: bool,
    /// Bit of the mark; 14 where absent.
    pub masquerade_bit: Option<i32>,
}

view!(KubeProxyNftables {
    masquerade_all: "masqueradeAll",
    masquerade_bit: "masqueradeBit",
});

/// IPVS mode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KubeProxyIpvs {
    /// How a virtual server chooses (`rr`, `wrr`, `lc`, `sh`, …); empty for `rr`.
    pub scheduler: String,
}

view!(KubeProxyIpvs { scheduler: "scheduler" });

/// `metallb.io` IPAddressPool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IpAddressPool {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: IpAddressPoolSpec,
}

view!(IpAddressPool {
    metadata: "metadata",
    spec: "spec"
});

/// Specification of a pool.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IpAddressPoolSpec {
    /// Ranges `a-b` or CIDRs.
    pub addresses: Vec<String>,
    /// Whether Services that ask for no pool draw from it; true where absent.
    pub auto_assign: Option<bool>,
}

view!(IpAddressPoolSpec {
    addresses: "addresses",
    auto_assign: "autoAssign"
});

/// `compute.cnrm.cloud.google.com` ComputeFirewall: one rule of a cloud's firewall, as Config Connector holds it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComputeFirewall {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: ComputeFirewallSpec,
}

view!(ComputeFirewall {
    metadata: "metadata",
    spec: "spec"
});

/// Specification of a firewall rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComputeFirewallSpec {
    /// `INGRESS` (where absent) or `EGRESS`.
    pub direction: String,
    /// The lower, the sooner; 1000 where absent.
    pub priority: Option<i32>,
    /// Whether it is out of force.
    pub disabled: bool,
    /// Whose packets it is about.
    pub source_ranges: Vec<String>,
    /// Packets to whom it is about.
    pub destination_ranges: Vec<String>,
    /// Senders by their tags: machines of the cloud.
    pub source_tags: Vec<String>,
    /// What it lets pass.
    pub allow: Vec<ComputeFirewallPorts>,
    /// What it drops.
    pub deny: Vec<ComputeFirewallPorts>,
}

view!(ComputeFirewallSpec {
    direction: "direction",
    priority: "priority",
    disabled: "disabled",
    source_ranges: "sourceRanges",
    destination_ranges: "destinationRanges",
    source_tags: "sourceTags",
    allow: "allow",
    deny: "deny",
});

/// A protocol and its ports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ComputeFirewallPorts {
    /// `tcp`, `udp`, `icmp`, `sctp`, `all`, or a number.
    pub protocol: String,
    /// `80` or `30000-32767`; none: all.
    pub ports: Vec<String>,
}

view!(ComputeFirewallPorts {
    protocol: "protocol",
    ports: "ports"
});
