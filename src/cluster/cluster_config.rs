//! Settings that hold for the whole cluster, and who serves Services of type LoadBalancer.
//!
//! Not here: how settings follow from stored documents (`config`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::api::types::config::{KubeProxyConfiguration, KubeletConfiguration};
use crate::api::{IpFamily, Release};

/// The client outside, in the documentation range of RFC 3849.
const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x203, 0x113, 0, 0, 0, 0x10);

/// Who gives a Service of type LoadBalancer its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LoadBalancerProvider {
    /// A cloud: an address of its own, forwards to node ports.
    Cloud,
    /// MetalLB: an address of a pool, announced by one node.
    MetalLb,
    /// Nobody: the Service stays `<pending>`.
    #[default]
    None,
}

/// Settings that hold for the whole cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterConfig {
    /// The release of Kubernetes.
    pub release: Release,
    /// Pod networks, the first family first.
    pub pod_subnets: Vec<IpNet>,
    /// Service networks, the first family first; two for dual stack.
    pub service_subnets: Vec<IpNet>,
    /// Node ports, both ends included.
    pub node_port_range: (u16, u16),
    /// Cluster domain, without a dot at the end.
    pub dns_domain: String,
    /// kube-proxy's settings.
    pub proxy: KubeProxyConfiguration,
    /// The kubelets' settings about names.
    pub kubelet: KubeletConfiguration,
    /// Who serves Services of type LoadBalancer.
    pub load_balancer: LoadBalancerProvider,
    /// Whether a cloud's firewall stands before the nodes.
    pub firewall: bool,
    /// The client outside the cluster, by its IPv4 address.
    pub outside_client: IpAddr,
    /// The same client's IPv6 address.
    pub outside_client_v6: IpAddr,
    /// The router between the nodes' network and the outside.
    pub router: IpAddr,
}

impl ClusterConfig {
    /// The client's address of a family.
    #[must_use]
    pub fn client(&self, family: IpFamily) -> IpAddr {
        match family {
            IpFamily::V4 => self.outside_client,
            IpFamily::V6 => self.outside_client_v6,
        }
    }

    /// Whether an address is the client's.
    #[must_use]
    pub fn is_client(&self, ip: IpAddr) -> bool {
        ip == self.client(IpFamily::of(ip))
    }
}

impl ClusterConfig {
    /// The reference cluster before any document speaks: kubeadm's ranges, kube-proxy in iptables mode.
    #[must_use]
    pub fn reference(load_balancer: LoadBalancerProvider, router: Ipv4Addr) -> Self {
        Self {
            release: Release::default(),
            pod_subnets: networks("10.244.0.0/16"),
            service_subnets: networks("10.96.0.0/12"),
            node_port_range: (30000, 32767),
            dns_domain: "cluster.local".to_owned(),
            proxy: KubeProxyConfiguration {
                mode: "iptables".to_owned(),
                cluster_cidr: "10.244.0.0/16".to_owned(),
                ..KubeProxyConfiguration::default()
            },
            kubelet: KubeletConfiguration::default(),
            load_balancer,
            firewall: load_balancer == LoadBalancerProvider::Cloud,
            outside_client: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10)),
            outside_client_v6: IpAddr::V6(CLIENT_V6),
            router: IpAddr::V4(router),
        }
    }
}

/// Networks of a list with commas; what is none is left out.
pub(super) fn networks(list: &str) -> Vec<IpNet> {
    list.split(',')
        .filter_map(|text| text.trim().parse::<IpNet>().ok())
        .map(|net| net.trunc())
        .collect()
}
