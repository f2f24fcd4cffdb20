//! The two families of IP addresses, as Kubernetes names them (`IPFamily`).
//!
//! Not here: which families a cluster or a Service has (`cluster::api_server::service`), and what the API server says about
//! a field that names none of the two (`validate`).

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// IPv4 or IPv6. Where a field that names families is absent, IPv4 is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IpFamily {
    /// `IPv4`
    #[default]
    V4,
    /// `IPv6`
    V6,
}

impl IpFamily {
    /// Both, in the order in which a value per family stands in an array ([`Self::index`]).
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// The family of an address.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// The family of a network.
    #[must_use]
    pub fn of_net(net: IpNet) -> Self {
        Self::of(net.addr())
    }

    /// The family that an address as written seems to be of, whether or not it can be read: only IPv6 has colons.
    #[must_use]
    pub fn of_text(address: &str) -> Self {
        if address.contains(':') { Self::V6 } else { Self::V4 }
    }

    /// The family that a field names; `None` for any other text (`FQDN`, an empty one).
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// `IPv4` or `IPv6`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    /// The one that this is not.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::V4 => Self::V6,
            Self::V6 => Self::V4,
        }
    }

    /// Its place in an array with a value per family.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self == Self::V6)
    }
}

/// A host as it stands in a URL or before a port: an IPv6 address in brackets, everything else as it is.
#[must_use]
pub fn url_host(host: &str) -> Cow<'_, str> {
    match IpFamily::of_text(host) {
        IpFamily::V4 => Cow::Borrowed(host),
        IpFamily::V6 => Cow::Owned(format!("[{host}]")),
    }
}

/// `10.0.0.1:80`, `[fd00::1]:80`, `web:80` (Go's `net.JoinHostPort`).
#[must_use]
pub fn host_port(host: &str, port: impl fmt::Display) -> String {
    format!("{}:{port}", url_host(host))
}

impl fmt::Display for IpFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::{IpFamily, host_port, url_host};

    #[test]
    fn families_are_told_by_address_network_text_and_name() {
        for (family, address, net) in [
            (IpFamily::V4, "10.0.0.1", "10.0.0.0/8"),
            (IpFamily::V6, "fd00::1", "fd00::/8"),
        ] {
            assert_eq!(IpFamily::of(address.parse().expect("an address")), family);
            assert_eq!(IpFamily::of_net(net.parse().expect("a network")), family);
            assert_eq!(IpFamily::of_text(address), family);
            assert_eq!(IpFamily::parse(&family.to_string()), Some(family));
            assert_eq!(IpFamily::ALL[family.index()], family);
            assert_eq!(family.other().other(), family);
            assert_ne!(family.other(), family);
        }
        assert_eq!(url_host("web"), "web");
        assert_eq!(host_port("10.0.0.1", 80), "10.0.0.1:80");
        assert_eq!(host_port("fd00::1", "80"), "[fd00::1]:80");
        assert_eq!(IpFamily::parse("ipv4"), None);
        assert_eq!(IpFamily::parse(""), None);
    }
}
