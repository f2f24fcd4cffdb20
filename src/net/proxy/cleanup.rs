//! Which connections kube-proxy clears, in every mode (`kubernetes pkg/proxy/conntrack/cleanup.go`).

use super::table::ServiceTable;
use crate::api::IpFamily;
use crate::net::conntrack::Entry;
use crate::net::packet::Protocol;

/// Whether a connection is one of UDP to a Service that leads to an endpoint which no longer serves: nothing would
/// end it. A Service left without any serving endpoint keeps its connections, as upstream (kubernetes 139628).
#[must_use]
pub fn is_stale(entry: &Entry, services: &ServiceTable) -> bool {
    if entry.original.protocol != Protocol::Udp {
        return false;
    }
    let (asked, answering) = (entry.original.dst, entry.reply.src.ip());
    let ports = services
        .by_vip((asked.ip(), Protocol::Udp, asked.port()))
        .iter()
        .chain(services.by_node_port(IpFamily::of(asked.ip()), Protocol::Udp, asked.port()));
    ports.into_iter().any(|port| {
        let mut serving = port.endpoints.iter().filter(|it| it.serving).peekable();
        serving.peek().is_some() && !serving.any(|it| it.address.ip() == answering)
    })
}
