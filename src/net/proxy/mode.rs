//! kube-proxy's modes.
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
}
