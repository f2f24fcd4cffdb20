//! kube-proxy's settings, read from its configuration: the same in every mode and on every node.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use super::mode::ProxyMode;
use crate::api::IpFamily;
use crate::api::Release;
use crate::api::types::config::KubeProxyConfiguration;
use crate::net::cidr::parse_net;
use crate::net::route::NodeInfo;

/// Beyond so many endpoints in a cluster, kube-proxy writes no comments (`largeClusterEndpointsThreshold`).
pub const LARGE_CLUSTER_ENDPOINTS: usize = 1000;

/// How kube-proxy tells traffic of local pods from other (`detectLocalMode`).
#[derive(Clone, Debug, PartialEq)]
enum DetectLocal {
    /// It cannot.
    Never,
    /// By these ranges, the first of a family (`clusterCIDR`).
    Ranges(Vec<IpNet>),
    /// By the node's own pod network.
    NodeCidr,
    /// By the interface it came from; a trailing `+`: any whose name starts so.
    Interface(Arc<str>),
}

/// `nodePortAddresses`.
#[derive(Clone, Debug, PartialEq)]
enum NodePortAddresses {
    /// Every address.
    All,
    /// The node's primary address of a family.
    Primary,
    /// Its addresses in these ranges.
    Ranges(Vec<IpNet>),
}

/// By what a node tells packets of its pods apart.
#[derive(Clone, Debug, PartialEq)]
pub enum LocalDetector {
    /// By their source.
    Source(IpNet),
    /// By the interface they came from; a trailing `+`: any whose name starts so.
    Interface(Arc<str>),
}

/// On which addresses of a node its node ports hold.
#[derive(Clone, Debug, PartialEq)]
pub enum NodePortIps {
    /// On every address that is local to the node, less this range.
    AllBut(Option<IpNet>),
    /// On these.
    These(Vec<IpAddr>),
}

/// kube-proxy's settings, the same on every node.
#[derive(Clone, Debug, PartialEq)]
pub struct ProxySettings {
    /// The release kube-proxy is of.
    pub release: Release,
    /// `mode`
    pub mode: ProxyMode,
    /// `masqueradeAll`, of the section of the mode (IPVS reads that of iptables).
    pub masquerade_all: bool,
    /// Whether node ports hold on IPv4 loopback (`iptables.localhostNodePorts`).
    pub localhost_node_ports: bool,
    /// Bit of `masqueradeBit`, of the same section.
    pub mark: u32,
    /// Whether rules of endpoints carry comments.
    pub comments: bool,
    /// `ipvs.scheduler`; empty for the default.
    pub scheduler: Arc<str>,
    /// The ranges that ClusterIPs are given from.
    pub service_cidrs: Vec<IpNet>,
    detect_local: DetectLocal,
    node_port_addresses: NodePortAddresses,
}

impl Default for ProxySettings {
    fn default() -> Self {
        Self::new(&KubeProxyConfiguration::default(), Release::default(), Vec::new(), 0)
    }
}

impl ProxySettings {
    /// Reads the configuration; `service_cidrs`: the ranges that ClusterIPs are given from; `endpoints`: how many
    /// there are in the cluster.
    #[must_use]
    pub fn new(config: &KubeProxyConfiguration, release: Release, service_cidrs: Vec<IpNet>, endpoints: usize) -> Self {
        let ranges = |text: &str| -> Vec<IpNet> { text.split(',').filter_map(|part| parse_net(part.trim())).collect() };
        let interface = |key: &str| {
            let name = config.detect_local.as_ref()?.get(key)?.as_str()?;
            (!name.is_empty()).then(|| Arc::from(name))
        };
        let detect_local = match config.detect_local_mode.as_str() {
            "NodeCIDR" => DetectLocal::NodeCidr,
            "BridgeInterface" => interface("bridgeInterface").map_or(DetectLocal::Never, DetectLocal::Interface),
            "InterfaceNamePrefix" => interface("interfaceNamePrefix").map_or(DetectLocal::Never, |prefix| {
                DetectLocal::Interface(format!("{prefix}+").into())
            }),
            _ => match ranges(&config.cluster_cidr) {
                none if none.is_empty() => DetectLocal::Never,
                some => DetectLocal::Ranges(some),
            },
        };
        let mode = ProxyMode::parse(&config.mode);
        let nftables = mode == ProxyMode::Nftables;
        let given = &config.node_port_addresses;
        let named = |keyword: &str| release.names_node_port_addresses() && given.iter().any(|it| it == keyword);
        let node_port_addresses = if given.is_empty() && nftables || given.iter().any(|it| it == "primary") {
            NodePortAddresses::Primary
        } else if given.is_empty() || named("all") {
            NodePortAddresses::All
        } else {
            NodePortAddresses::Ranges(given.iter().filter_map(|text| parse_net(text)).collect())
        };
        let (masquerade_all, masquerade_bit) = match mode {
            ProxyMode::Nftables => (config.nftables.masquerade_all, config.nftables.masquerade_bit),
            ProxyMode::Iptables | ProxyMode::Ipvs => (config.iptables.masquerade_all, config.iptables.masquerade_bit),
        };
        Self {
            release,
            mode,
            masquerade_all,
            localhost_node_ports: config.iptables.localhost_node_ports.unwrap_or(true) && mode == ProxyMode::Iptables,
            mark: 1 << masquerade_bit.unwrap_or(14).clamp(0, 31),
            comments: endpoints <= LARGE_CLUSTER_ENDPOINTS,
            scheduler: config.ipvs.scheduler.as_str().into(),
            service_cidrs,
            detect_local,
            node_port_addresses,
        }
    }

    /// The scheduler of virtual servers.
    #[must_use]
    pub fn scheduler_name(&self) -> &str {
        if self.scheduler.is_empty() {
            "rr"
        } else {
            &self.scheduler
        }
    }

    /// By what this node tells packets of its pods apart; `None` where it cannot.
    #[must_use]
    pub fn local_detector(&self, node: &NodeInfo, family: IpFamily) -> Option<LocalDetector> {
        let of_family = |nets: &[IpNet]| nets.iter().find(|net| IpFamily::of_net(**net) == family).copied();
        match &self.detect_local {
            DetectLocal::Never => None,
            DetectLocal::Ranges(nets) => of_family(nets).map(LocalDetector::Source),
            DetectLocal::NodeCidr => of_family(&node.pod_cidrs).map(LocalDetector::Source),
            DetectLocal::Interface(name) => Some(LocalDetector::Interface(Arc::clone(name))),
        }
    }

    /// On which addresses of this node its node ports hold.
    #[must_use]
    pub fn node_port_ips(&self, node: &NodeInfo, family: IpFamily) -> NodePortIps {
        let on_loopback = self.localhost_node_ports && family == IpFamily::V4;
        let ranges: Vec<IpNet> = match &self.node_port_addresses {
            NodePortAddresses::Primary => return NodePortIps::These(node.primary(family).into_iter().collect()),
            NodePortAddresses::All => Vec::new(),
            NodePortAddresses::Ranges(nets) => nets
                .iter()
                .filter(|net| IpFamily::of_net(**net) == family)
                .copied()
                .collect(),
        };
        if ranges.is_empty() || ranges.iter().any(|net| net.prefix_len() == 0) {
            return NodePortIps::AllBut((!on_loopback).then(|| loopback(family)));
        }
        NodePortIps::These(
            node.interface_addresses(family)
                .filter(|ip| ranges.iter().any(|net| net.contains(ip)))
                .filter(|ip| !ip.is_loopback() || on_loopback)
                .collect(),
        )
    }
}

/// The loopback range of a family: 127.0.0.0/8 or ::1/128.
#[must_use]
pub fn loopback(family: IpFamily) -> IpNet {
    match family {
        IpFamily::V4 => IpNet::V4(ipnet::Ipv4Net::new_assert(std::net::Ipv4Addr::new(127, 0, 0, 0), 8)),
        IpFamily::V6 => IpNet::from(IpAddr::from(std::net::Ipv6Addr::LOCALHOST)),
    }
}
