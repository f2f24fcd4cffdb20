//! The DNS servers that `dig` and `nslookup` ask.

use std::net::IpAddr;

use super::place::resolv_conf;
use crate::net::Source;
use crate::net::dns::RecordType;
use crate::net::send::names::Resolution;
use crate::shell::kubectl::Context;

/// Asks one server for exactly a name.
pub(super) fn ask(
    context: &mut Context<'_>,
    place: &Source,
    server: Option<IpAddr>,
    name: &str,
    kind: RecordType,
) -> Resolution {
    context.world.network().query(place, server, name, kind)
}

/// The server that is asked, as the program names it.
pub(super) fn server_of(context: &Context<'_>, place: &Source, given: Option<IpAddr>) -> Option<IpAddr> {
    given.or_else(|| resolv_conf(context, place).nameservers.first()?.parse().ok())
}

/// A server by address or by name.
pub(super) fn parse_server(context: &mut Context<'_>, place: &Source, text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| {
        let found = context.world.resolve(place, text, RecordType::A);
        found.answers.first()?.parse().ok()
    })
}
