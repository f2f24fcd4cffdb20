//! Rules for addresses and ranges
//! (`kubernetes apimachinery/pkg/util/validation/ip.go`).

use std::net::{IpAddr, Ipv4Addr};

use super::text::Messages;
use crate::api::codes::AddressCode;

/// An address, leading zeros tolerated (`010.1.2.3` is 10.1.2.3).
pub(in crate::api) fn parse_sloppy(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let parts: Vec<u8> = text
        .split('.')
        .map(|part| {
            let digits = part.trim_start_matches('0');
            let good = !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
            if good && digits.is_empty() {
                Some(0)
            } else {
                digits.parse().ok().filter(|_| good)
            }
        })
        .collect::<Option<_>>()?;
    let parts: [u8; 4] = parts.try_into().ok()?;
    Some(Ipv4Addr::from(parts).into())
}

/// Whether an address is written as IPv6.
pub(in crate::api) fn is_ipv6(text: &str) -> bool {
    parse_sloppy(text).is_some_and(|address| match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.to_ipv4_mapped().is_none(),
    })
}

/// An address of a field that was once read loosely: no leading zeros, no IPv4 in IPv6.
pub(super) fn address(text: &str) -> Messages {
    let Some(parsed) = parse_sloppy(text) else {
        return vec![AddressCode::Address.into()];
    };
    if text.parse::<IpAddr>().is_err() {
        return vec![AddressCode::LeadingZeros.into()];
    }
    match parsed {
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => {
            vec![AddressCode::Mapped.into()]
        }
        _ => Vec::new(),
    }
}

/// An address that must also be written in its one canonical form.
pub(super) fn canonical_address(text: &str) -> Messages {
    let messages = address(text);
    if !messages.is_empty() {
        return messages;
    }
    match text.parse::<IpAddr>() {
        Ok(address) if address.to_string() != text => vec![AddressCode::NotCanonical { address }.into()],
        _ => Vec::new(),
    }
}

/// Addresses that make no sense as endpoints.
pub(super) fn endpoint_address(text: &str) -> Messages {
    let Some(address) = parse_sloppy(text) else {
        return vec![AddressCode::Endpoint.into()];
    };
    let address = address.to_canonical();
    let (link_local, link_local_multicast) = match address {
        IpAddr::V4(it) => (it.is_link_local(), matches!(it.octets(), [224, 0, 0, _])),
        IpAddr::V6(it) => (it.is_unicast_link_local(), matches!(it.segments()[0] & 0xff0f, 0xff02)),
    };
    let mut messages = Vec::new();
    if address.is_unspecified() {
        let address = text.to_owned();
        messages.push(AddressCode::Unspecified { address }.into());
    }
    if address.is_loopback() {
        messages.push(AddressCode::Loopback.into());
    }
    if link_local {
        messages.push(AddressCode::LinkLocal.into());
    }
    if link_local_multicast {
        messages.push(AddressCode::LinkLocalMulticast.into());
    }
    messages
}

/// A range of addresses.
pub(super) fn range(text: &str) -> Messages {
    let Some((network, length)) = parse_range(text) else {
        return vec![AddressCode::Range.into()];
    };
    let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
    let Ok(parsed) = address.parse::<IpAddr>() else {
        return leading_zeros();
    };
    if prefix.len() > 1 && prefix.starts_with('0') {
        return leading_zeros();
    }
    if matches!(parsed, IpAddr::V6(it) if it.to_ipv4_mapped().is_some()) {
        return vec![AddressCode::RangeMapped.into()];
    }
    if masked(network, length) != network {
        return vec![AddressCode::RangeBits.into()];
    }
    Vec::new()
}

fn leading_zeros() -> Messages {
    vec![AddressCode::RangeLeadingZeros.into()]
}

/// Address and prefix length of a range; bits beyond the prefix are kept.
pub(super) fn parse_range(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/')?;
    let address = parse_sloppy(address)?;
    if prefix.is_empty() || !prefix.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let length: u8 = prefix.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    (length <= longest).then_some((address, length))
}

/// An address with everything beyond `length` bits cleared.
pub(super) fn masked(address: IpAddr, length: u8) -> IpAddr {
    match address {
        IpAddr::V4(it) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
            Ipv4Addr::from(u32::from(it) & mask).into()
        }
        IpAddr::V6(it) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0);
            std::net::Ipv6Addr::from(u128::from(it) & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(codes: Messages) -> Vec<String> {
        codes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn addresses() {
        assert!(address("10.0.0.1").is_empty());
        assert!(address("fd00::1").is_empty());
        assert_eq!(words(address("10.096.0.1")), ["must not have leading 0s"]);
        assert_eq!(address("banana"), [AddressCode::Address.into()]);
        assert_eq!(address("1.2.3"), [AddressCode::Address.into()]);
        assert_eq!(
            words(address("::ffff:1.2.3.4")),
            ["must not be an IPv4-mapped IPv6 address"]
        );
        assert_eq!(
            words(canonical_address("2001:DB8::1")),
            ["must be in canonical form (\"2001:db8::1\")"]
        );
        assert_eq!(words(endpoint_address("0.0.0.0")), ["may not be unspecified (0.0.0.0)"]);
        assert_eq!(endpoint_address("ff02::1").len(), 1);
        assert!(endpoint_address("239.1.2.3").is_empty());
    }

    #[test]
    fn ranges() {
        assert!(range("10.0.0.0/8").is_empty());
        assert_eq!(
            words(range("10.0.0.1/8")),
            ["must not have bits set beyond the prefix length"]
        );
        assert_eq!(range("10.0.0.0"), [AddressCode::Range.into()]);
        assert_eq!(range("10.0.0.0/33"), [AddressCode::Range.into()]);
        assert_eq!(
            words(range("010.0.0.0/8")),
            ["must not have leading 0s in IP or prefix length"]
        );
        assert!(range("::/0").is_empty());
    }
}
