//! Which Gateway a name belongs to, for the client outside: the one whose listeners, together with the hostnames of
//! the routes there, name it most specifically; of equal ones the oldest.

use std::net::IpAddr;

use crate::api::NamespacedName;
use crate::cluster::Snapshot;
use crate::cluster::gateways::{Gateway, Listener, Model, Protocol, hostnames};

/// A Gateway that a name belongs to.
#[derive(Clone, Debug)]
pub struct Named {
    /// The Gateway.
    pub gateway: NamespacedName,
    /// Its first address; `None` where it has none.
    pub address: Option<IpAddr>,
    /// The hostname that fits; empty for a listener that takes any name.
    pub hostname: String,
    /// Why it is not programmed, as its condition says; empty where it is.
    pub reason: String,
}

/// A listener that keeps a port closed, and why.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The Gateway.
    pub gateway: NamespacedName,
    /// The listener; absent where the Gateway has none for the port.
    pub listener: Option<String>,
    /// The condition that is not met, and its reason.
    pub condition: (&'static str, &'static str),
}

/// Why nothing answers at a port of a Gateway's address; `None` where the address is none of a Gateway's, or the
/// reason is not the Gateway's.
#[must_use]
pub fn closed(snapshot: &Snapshot, model: &Model, address: IpAddr, port: u16, udp: bool) -> Option<Closed> {
    let is_its = |it: &&Gateway| it.addresses(snapshot).iter().any(|it| it.parse() == Ok(address));
    let gateway = model.gateways.iter().find(is_its)?;
    let mut at_port = gateway
        .listeners
        .iter()
        .filter(|it| it.port == port && udp == (it.protocol == Protocol::Udp));
    let gateway = gateway.key.clone();
    let Some(listener) = at_port.clone().next() else {
        return Some(Closed {
            gateway,
            listener: None,
            condition: ("", ""),
        });
    };
    if at_port.any(Listener::is_programmed) {
        return None;
    }
    let condition = match (listener.conflict, &listener.refused, &listener.unresolved) {
        (Some(conflict), ..) => ("Conflicted", conflict),
        (_, Some(refused), _) => ("Accepted", refused.reason),
        (_, _, Some(unresolved)) => ("ResolvedRefs", unresolved.reason),
        _ => return None,
    };
    Some(Closed {
        gateway,
        listener: Some(listener.name.clone()),
        condition,
    })
}

/// The Gateway of a name in small letters; `None` where none takes it.
#[must_use]
pub fn find(snapshot: &Snapshot, model: &Model, name: &str) -> Option<Named> {
    let mut best: Option<(&Gateway, &str)> = None;
    for gateway in &model.gateways {
        let carries_names = |it: &&Listener| !matches!(it.protocol, Protocol::Tcp | Protocol::Udp);
        let of_listeners = gateway.listeners.iter().filter(carries_names).flat_map(|it| {
            let own = std::iter::once(it.hostname.as_str());
            own.chain(it.routes.iter().flat_map(|it| it.hostnames.iter().map(String::as_str)))
        });
        let fitting = of_listeners.filter(|it| hostnames::fits(it, name));
        let Some(hostname) = fitting.max_by_key(|it| hostnames::rank(it)) else {
            continue;
        };
        let better = best.is_none_or(|(other, before)| {
            let (new, old) = (hostnames::rank(hostname), hostnames::rank(before));
            new > old || (new == old && (&gateway.created, &gateway.key) < (&other.created, &other.key))
        });
        if better {
            best = Some((gateway, hostname));
        }
    }
    let (gateway, hostname) = best?;
    let object = snapshot.object(&gateway.reference());
    let conditions = object.and_then(|it| it.value.pointer("/status/conditions")?.as_array());
    let programmed = conditions.into_iter().flatten().find(|it| it["type"] == "Programmed");
    let reason = programmed.filter(|it| it["status"] != "True");
    let reason = reason.and_then(|it| it["reason"].as_str()).unwrap_or_default();
    Some(Named {
        gateway: gateway.key.clone(),
        address: gateway.addresses(snapshot).iter().find_map(|it| it.parse().ok()),
        hostname: hostname.to_owned(),
        reason: reason.to_owned(),
    })
}
