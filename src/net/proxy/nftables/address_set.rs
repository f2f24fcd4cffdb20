//! Ranges of addresses in a rule, as the kernel keeps them and `nft` prints them.
//!
//! Overlapping and adjacent ranges are one to the kernel (`nft` merges them: `auto-merge` of interval sets). What
//! comes of it is printed as a prefix where it is one, as a range otherwise.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::api::IpFamily;
use crate::small_sort::SmallSort as _;

/// Ranges of one family; at least one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AddressSet(Vec<IpNet>);

impl AddressSet {
    pub(super) fn new(nets: Vec<IpNet>) -> Self {
        Self(nets)
    }

    pub(super) fn contains(&self, ip: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&ip))
    }

    /// First and last address of each range that is left after merging, ascending.
    fn merged(&self) -> Vec<(u128, u128)> {
        let mut ranges: Vec<(u128, u128)> = self
            .0
            .iter()
            .map(|net| (number(net.network()), number(last(net))))
            .collect();
        ranges.small_sort();
        let mut merged: Vec<(u128, u128)> = Vec::new();
        for (from, to) in ranges {
            match merged.last_mut() {
                Some((_, end)) if from <= end.saturating_add(1) => *end = to.max(*end),
                _ => merged.push((from, to)),
            }
        }
        merged
    }
}

impl fmt::Display for AddressSet {
    /// `10.96.0.0/12`; `{ 10.0.0.0/8, 192.0.2.7 }` where more than one was written, whatever came of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, ..] = self.0.as_slice() else {
            return f.write_str("{ }");
        };
        let family = IpFamily::of_net(*first);
        let braces = self.0.len() > 1;
        if braces {
            f.write_str("{ ")?;
        }
        for (nth, (from, to)) in self.merged().into_iter().enumerate() {
            if nth > 0 {
                f.write_str(", ")?;
            }
            write_range(f, family, from, to)?;
        }
        if braces {
            f.write_str(" }")?;
        }
        Ok(())
    }
}

fn write_range(f: &mut fmt::Formatter<'_>, family: IpFamily, from: u128, to: u128) -> fmt::Result {
    let (start, end) = (address(family, from), address(family, to));
    if from == to {
        return write!(f, "{start}");
    }
    let bits = match family {
        IpFamily::V4 => 32,
        IpFamily::V6 => 128,
    };
    // All of IPv6 has a size that 128 bits cannot hold.
    let free = match (to - from).checked_add(1) {
        None => 128,
        Some(size) if size.is_power_of_two() && from.is_multiple_of(size) => size.trailing_zeros(),
        Some(_) => return write!(f, "{start}-{end}"),
    };
    write!(f, "{start}/{}", bits - free)
}

fn last(net: &IpNet) -> IpAddr {
    net.broadcast()
}

pub(super) fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

fn address(family: IpFamily, number: u128) -> IpAddr {
    match family {
        IpFamily::V4 => Ipv4Addr::from_bits(number as u32).into(),
        IpFamily::V6 => Ipv6Addr::from_bits(number).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(nets: &[&str]) -> String {
        let nets = nets.iter().map(|it| it.parse().expect("a range")).collect();
        AddressSet::new(nets).to_string()
    }

    #[test]
    fn ranges_are_merged_and_printed_as_nft_does() {
        assert_eq!(shown(&["198.51.100.0/24"]), "198.51.100.0/24");
        assert_eq!(shown(&["192.0.2.7/32"]), "192.0.2.7");
        assert_eq!(shown(&["10.128.0.0/9", "10.0.0.0/9"]), "{ 10.0.0.0/8 }");
        assert_eq!(shown(&["192.0.2.7/32", "192.0.2.8/32"]), "{ 192.0.2.7-192.0.2.8 }");
        assert_eq!(
            shown(&["10.96.0.0/12", "10.112.0.0/16"]),
            "{ 10.96.0.0-10.112.255.255 }"
        );
        assert_eq!(shown(&["10.96.0.0/12", "10.97.0.0/16"]), "{ 10.96.0.0/12 }");
        assert_eq!(shown(&["10.0.0.0/8", "172.16.0.0/12"]), "{ 10.0.0.0/8, 172.16.0.0/12 }");
        assert_eq!(
            shown(&["fd00:10:96::/112", "2001:db8::/32"]),
            "{ 2001:db8::/32, fd00:10:96::/112 }"
        );
    }
}
