//! kube-proxy's modes, and how each is simulated.
//!
//! What a mode is, is in `KubeProxyConfiguration.mode`. What it does is behind [`NodeProxy`](super::NodeProxy).

/// A mode of kube-proxy on Linux.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProxyMode {
    /// Rules of iptables.
    #[default]
    Iptables,
    /// Rules, sets and maps of nftables.
    Nftables,
    /// Virtual servers of IPVS, with rules of iptables beside them.
    Ipvs,
}

/// Where a mode's decisions differ from those of the rules by which it is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ModeBehavior {
    /// Whether node ports hold on a node's primary addresses only, where `nodePortAddresses` is not set.
    pub(super) node_ports_on_primary: bool,
    /// Whether node ports can hold on loopback addresses (`iptables.localhostNodePorts`).
    pub(super) localhost_node_ports: bool,
    /// How many clients the memory of session affinity holds for an endpoint; `None` for no limit.
    pub(super) affinity_clients: Option<usize>,
    /// Whether a ClusterIP refuses ports that its Service does not have. Otherwise nothing takes such a packet,
    /// and it is routed on.
    pub(super) refuses_wrong_ports: bool,
}

impl ProxyMode {
    /// Reads `KubeProxyConfiguration.mode`; iptables where it is empty or unknown.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "nftables" => Self::Nftables,
            "ipvs" => Self::Ipvs,
            _ => Self::Iptables,
        }
    }

    /// As `KubeProxyConfiguration.mode` and kube-proxy's `/proxyMode` name it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iptables => "iptables",
            Self::Nftables => "nftables",
            Self::Ipvs => "ipvs",
        }
    }

    pub(super) const fn behavior(self) -> ModeBehavior {
        match self {
            Self::Iptables | Self::Ipvs => ModeBehavior {
                node_ports_on_primary: false,
                localhost_node_ports: true,
                // The default of the kernel's module `xt_recent` (`ip_list_tot`).
                affinity_clients: Some(100),
                refuses_wrong_ports: false,
            },
            Self::Nftables => ModeBehavior {
                node_ports_on_primary: true,
                localhost_node_ports: false,
                affinity_clients: None,
                refuses_wrong_ports: true,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_read_as_the_configuration_names_it() {
        assert_eq!(ProxyMode::parse("nftables"), ProxyMode::Nftables);
        assert_eq!(ProxyMode::parse("ipvs"), ProxyMode::Ipvs);
        for iptables in ["iptables", "", "userspace"] {
            assert_eq!(ProxyMode::parse(iptables), ProxyMode::Iptables, "{iptables:?}");
        }
    }

    #[test]
    fn only_nftables_decides_otherwise() {
        let iptables = ProxyMode::Iptables.behavior();
        assert_eq!(ProxyMode::Ipvs.behavior(), iptables);
        let nftables = ProxyMode::Nftables.behavior();
        assert!(nftables.refuses_wrong_ports && !iptables.refuses_wrong_ports);
        assert!(nftables.node_ports_on_primary && !iptables.node_ports_on_primary);
    }
}
