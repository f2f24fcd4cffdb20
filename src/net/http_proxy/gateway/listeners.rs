//! Which listener a connection or a request belongs to: by port, then by the most specific hostname. Routes of other
//! listeners have no say, even if this one has none (`gateway-api`, listener isolation).

use crate::cluster::gateways::{Gateway, Listener, Protocol, hostnames};

/// The listeners of a port that work.
pub fn at_port(gateway: &Gateway, port: u16) -> impl Iterator<Item = &Listener> {
    gateway
        .listeners
        .iter()
        .filter(move |it| it.port == port && it.is_programmed() && it.protocol != Protocol::Udp)
}

/// The listener for a name, the most specific first; `None` where none fits.
#[must_use]
pub fn for_name<'a>(gateway: &'a Gateway, port: u16, name: &str) -> Option<&'a Listener> {
    let fitting = at_port(gateway, port).filter(|it| hostnames::fits(&it.hostname, name));
    fitting.max_by_key(|it| hostnames::rank(&it.hostname))
}

/// The listener of a port by protocol, for those that carry no names.
#[must_use]
pub fn plain(gateway: &Gateway, port: u16, protocol: Protocol) -> Option<&Listener> {
    gateway
        .listeners
        .iter()
        .find(|it| it.port == port && it.is_programmed() && it.protocol == protocol)
}
