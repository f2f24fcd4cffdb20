//! Ranges of addresses as manifests write them. Arithmetic on them is `ipnet`'s.

use std::net::IpAddr;

use ipnet::IpNet;

/// A range, or a lone address as the range of itself.
#[must_use]
pub fn parse_net(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>()
        .map(|net| net.trunc())
        .ok()
        .or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
