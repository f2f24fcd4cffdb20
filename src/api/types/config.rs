//! Configuration kinds that real clusters use: kubeadm, kube-proxy, MetalLB.

use serde::{Deserialize, Serialize};

use super::meta::*;

/// `kubeadm.k8s.io` ClusterConfiguration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClusterConfiguration {
    /// Not part of the kind; empty.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: ObjectMeta,
    /// Ranges and domain.
    #[serde(deserialize_with = "null_is_default")]
    pub networking: Networking,
    /// API server arguments (`service-node-port-range`).
    #[serde(deserialize_with = "null_is_default")]
    pub api_server: ControlPlaneComponent,
    /// Controller manager arguments.
    #[serde(deserialize_with = "null_is_default")]
    pub controller_manager: ControlPlaneComponent,
}

/// Ranges and domain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Networking {
    /// Service range; two, comma-separated, for dual stack.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub service_subnet: String,
    /// Pod range.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub pod_subnet: String,
    /// Cluster domain.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub dns_domain: String,
}

/// Arguments of a component: a map up to v1beta3, a list of name and value from v1beta4.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ControlPlaneComponent {
    /// The arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra_args: Option<serde_json::Value>,
}

/// `kubeproxy.config.k8s.io` KubeProxyConfiguration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeProxyConfiguration {
    /// Not part of the kind; empty.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: ObjectMeta,
    /// `iptables` (simulated; empty reads as this), `nftables`, `ipvs`.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub mode: String,
    /// Pod range, for local detection.
    #[serde(
        rename = "clusterCIDR",
        deserialize_with = "null_is_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub cluster_cidr: String,
    /// `ClusterCIDR` (default), `NodeCIDR`, `BridgeInterface`, `InterfaceNamePrefix`.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub detect_local_mode: String,
    /// For the interface modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detect_local: Option<serde_json::Value>,
    /// Ranges whose node addresses take node ports; `primary` alone: the node’s primary addresses.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub node_port_addresses: Vec<String>,
    /// iptables mode.
    #[serde(deserialize_with = "null_is_default")]
    pub iptables: KubeProxyIptables,
}

/// iptables mode.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KubeProxyIptables {
    /// Masquerade all traffic to Services.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "std::ops::Not::not")]
    pub masquerade_all: bool,
    /// Whether 127.0.0.1 takes node ports; true where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub localhost_node_ports: Option<bool>,
    /// Bit of the mark; 14 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub masquerade_bit: Option<i32>,
}

/// `metallb.io` IPAddressPool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IpAddressPool {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: ObjectMeta,
    /// Specification.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: IpAddressPoolSpec,
}

/// Specification of a pool.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct IpAddressPoolSpec {
    /// Ranges `a-b` or CIDRs.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<String>,
    /// Whether Services that ask for no pool draw from it; true where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_assign: Option<bool>,
}
