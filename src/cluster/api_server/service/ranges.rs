//! Bands of addresses and ports: automatic choice is random in the upper band, so that the lower one stays
//! free for those who choose themselves (`kubernetes pkg/registry/core/service/{ipallocator,portallocator}`).

use std::net::IpAddr;

use ipnet::IpNet;

use crate::sim::Rng;

/// Random tries before looking one by one.
const TRIES: u32 = 64;
/// Steps of the search one by one in an IPv6 range, which cannot be walked through.
const MOST_STEPS: u128 = 1 << 21;

/// First and last address that Services may have, as numbers.
fn bounds(range: IpNet) -> (u128, u128) {
    match range {
        IpNet::V4(net) => {
            let (first, last) = (u32::from(net.network()), u32::from(net.broadcast()));
            // Neither the network's own address nor the broadcast address.
            (u128::from(first) + 1, u128::from(last).saturating_sub(1))
        }
        IpNet::V6(net) => (u128::from(net.network()) + 1, u128::from(net.broadcast())),
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

fn address(range: IpNet, number: u128) -> Option<IpAddr> {
    match range {
        IpNet::V4(_) => u32::try_from(number).ok().map(|number| IpAddr::V4(number.into())),
        IpNet::V6(_) => Some(IpAddr::V6(number.into())),
    }
}

/// Whether an address is one that Services may have.
pub fn has_address(range: IpNet, address: IpAddr) -> bool {
    let (first, last) = bounds(range);
    range.contains(&address) && (first..=last).contains(&number(address))
}

/// The first free address at or behind `wish`, or from the start of the range where `wish` lies outside or
/// nothing behind it is free.
pub fn address_from(range: IpNet, wish: IpAddr, taken: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let (first, last) = bounds(range);
    let start = if has_address(range, wish) { number(wish) } else { first };
    let free = |number: u128| address(range, number).filter(|address| !taken(*address));
    let mut behind = (start..=last).take(steps());
    behind
        .find_map(free)
        .or_else(|| (first..start).take(steps()).find_map(free))
}

/// How many addresses stay free for those who choose themselves: `min(max(16, size/16), 256)`.
fn static_band(size: u128, divisor: u128, least: u128, most: u128) -> u128 {
    if size < least {
        return 0;
    }
    (size / divisor).clamp(least, most)
}

/// Any free address: random in the upper band, then the lower one.
pub fn next_address(range: IpNet, rng: &mut Rng, taken: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let (first, last) = bounds(range);
    let size = last.checked_sub(first)?.saturating_add(1);
    let band = static_band(size, 16, 16, 256);
    let free = |number: u128| address(range, number).filter(|address| !taken(*address));
    let upper = size - band;
    if upper > 0 {
        for _ in 0..TRIES {
            let offset = u128::from(rng.below(u64::try_from(upper).unwrap_or(u64::MAX)));
            if let Some(found) = free(first + band + offset) {
                return Some(found);
            }
        }
        if let Some(found) = (first + band..=last).take(steps()).find_map(free) {
            return Some(found);
        }
    }
    (first..first + band).find_map(free)
}

fn steps() -> usize {
    usize::try_from(MOST_STEPS).unwrap_or(usize::MAX)
}

/// Any free node port: random above `min(max(16, size/32), 128)` of the lowest, then those.
pub fn next_port((first, last): (u16, u16), rng: &mut Rng, taken: impl Fn(u16) -> bool) -> Option<u16> {
    let size = u64::from(last.checked_sub(first)?) + 1;
    let band = u64::try_from(static_band(u128::from(size), 32, 16, 128)).unwrap_or(0);
    let port = |offset: u64| {
        u16::try_from(u64::from(first) + offset)
            .ok()
            .filter(|port| !taken(*port))
    };
    let upper = size - band;
    for _ in 0..TRIES {
        if upper == 0 {
            break;
        }
        if let Some(found) = port(band + rng.below(upper)) {
            return Some(found);
        }
    }
    (band..size).chain(0..band).find_map(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automatic_addresses_come_from_the_upper_band() {
        let range: IpNet = "10.96.0.0/12".parse().expect("range");
        let mut rng = Rng::new(1);
        let low: IpAddr = "10.96.1.0".parse().expect("address");
        for _ in 0..200 {
            let address = next_address(range, &mut rng, |_| false).expect("free");
            assert!(number(address) > number(low), "{address}");
        }
    }

    #[test]
    fn a_full_upper_band_falls_back_and_a_full_range_gives_none() {
        let range: IpNet = "10.0.0.0/24".parse().expect("range");
        let mut rng = Rng::new(1);
        let only = "10.0.0.3".parse::<IpAddr>().expect("address");
        assert_eq!(next_address(range, &mut rng, |it| it != only), Some(only));
        assert_eq!(next_address(range, &mut rng, |_| true), None);
        let tiny: IpNet = "10.0.0.0/32".parse().expect("range");
        assert_eq!(next_address(tiny, &mut rng, |_| false), None);
    }

    #[test]
    fn node_ports_keep_the_lowest_86_for_those_who_choose() {
        let mut rng = Rng::new(3);
        for _ in 0..200 {
            let port = next_port((30000, 32767), &mut rng, |_| false).expect("free");
            assert!((30086..=32767).contains(&port), "{port}");
        }
        assert_eq!(next_port((30000, 32767), &mut rng, |port| port != 30001), Some(30001));
        assert_eq!(next_port((30000, 30000), &mut rng, |_| true), None);
    }
}
