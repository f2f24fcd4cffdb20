//! Connections that are passed on without being read: TLS by the name in its greeting, TCP and UDP by port.
//!
//! TLS may end here and go on in the clear, or pass as it is. A greeting that no listener fits ends at once, before
//! any HTTP; so HTTPS asks here first.

use std::sync::Arc;

use super::listeners;
use super::respond::{choose, cite, endpoint};
use super::state::GatewayState;
use super::why::{GatewayWhy, Trouble};
use crate::api::{NamespacedName, ObjectRef};
use crate::cluster::gateways::{Gateway, Listener, Model, Protocol, hostnames};
use crate::net::http_proxy::context::ProxyContext;
use crate::net::http_proxy::decision::{Dial, ShownCertificate};
use crate::net::http_proxy::why::HttpProxyWhy;

/// A connection that reaches a proxy.
#[derive(Clone, Copy, Debug)]
pub struct StreamInbound<'a> {
    /// The port.
    pub port: u16,
    /// Whether it is UDP.
    pub udp: bool,
    /// Whether HTTP comes over it, in TLS or not; a bare connection says nothing yet.
    pub http: bool,
    /// Whether it begins with TLS.
    pub tls: bool,
    /// The name in the TLS greeting; empty where there is none.
    pub sni: &'a str,
}

/// What becomes of a connection.
#[derive(Clone, Debug)]
pub enum Stream {
    /// It carries HTTP for the proxy: that decides.
    Http,
    /// It ends here, without an answer (UDP) or with a reset.
    Ends(Passage<()>),
    /// It goes on to an endpoint.
    Passes(Passage<Onward>),
}

/// Why, and by which rule.
#[derive(Clone, Debug)]
pub struct Passage<T> {
    /// The certificate that the client is shown, where TLS ends here.
    pub certificate: Option<ShownCertificate>,
    /// The object that decided, and the field of it; `None` where no object did.
    pub rule: Option<(ObjectRef, String)>,
    /// Why.
    pub why: HttpProxyWhy,
    /// Where to.
    pub to: T,
}

/// Where a connection goes.
#[derive(Clone, Debug)]
pub struct Onward {
    /// The endpoint.
    pub dial: Dial,
    /// Its Service.
    pub service: NamespacedName,
    /// Whether the endpoint gets in the clear what came in TLS.
    pub unsealed: bool,
}

fn ends(rule: Option<(ObjectRef, String)>, why: GatewayWhy) -> Stream {
    Stream::Ends(Passage {
        certificate: None,
        rule,
        why: why.into(),
        to: (),
    })
}

/// What the pod of a Gateway does with a connection.
pub fn decide(
    context: &mut ProxyContext<'_, GatewayState>,
    key: &NamespacedName,
    inbound: StreamInbound<'_>,
) -> Stream {
    let model = context.state.model(context.snapshot);
    let port = inbound.port;
    let Some(gateway) = model.gateway(key) else {
        return ends(None, GatewayWhy::NoListener { port });
    };
    let raw = if inbound.udp { Protocol::Udp } else { Protocol::Tcp };
    if let Some(listener) = listeners::plain(gateway, port, raw) {
        return pass(context, &model, listener, "");
    }
    if inbound.udp || listeners::at_port(gateway, port).next().is_none() {
        return ends(None, GatewayWhy::NoListener { port });
    }
    let speaks_tls = listeners::at_port(gateway, port).any(|it| it.protocol.is_tls());
    if !inbound.tls {
        let only_streams = speaks_tls && listeners::at_port(gateway, port).all(|it| it.protocol == Protocol::Tls);
        return if only_streams && inbound.http {
            ends(None, GatewayWhy::NoGreeting { port })
        } else {
            Stream::Http
        };
    }
    if !speaks_tls {
        return Stream::Http;
    }
    greeted(context, &model, gateway, inbound)
}

/// TLS: the name in the greeting chooses the listener.
fn greeted(
    context: &mut ProxyContext<'_, GatewayState>,
    model: &Model,
    gateway: &Gateway,
    inbound: StreamInbound<'_>,
) -> Stream {
    let sni: Arc<str> = inbound.sni.into();
    let port = inbound.port;
    let Some(listener) = listeners::for_name(gateway, port, inbound.sni) else {
        return ends(None, GatewayWhy::NoGreetedListener { sni, port });
    };
    if listener.asks_client {
        let why = GatewayWhy::ClientCertificate {
            listener: listener.name.as_str().into(),
        };
        return ends(Some((gateway.reference(), "spec.tls.frontend".to_owned())), why);
    }
    if listener.protocol == Protocol::Https {
        return Stream::Http;
    }
    pass(context, model, listener, inbound.sni)
}

/// Passes a connection on by the routes of a listener: for TLS the one with the most specific hostname, else the
/// oldest.
fn pass(context: &mut ProxyContext<'_, GatewayState>, model: &Model, listener: &Listener, name: &str) -> Stream {
    let best = |it: &Vec<String>| {
        let fitting = it.iter().filter(|it| hostnames::fits(it, name));
        fitting.map(|it| hostnames::rank(it)).max()
    };
    let mut chosen = None;
    for attachment in &listener.routes {
        let rank = best(&attachment.hostnames);
        if rank.is_some() && chosen.is_none_or(|(other, _)| rank > other) {
            chosen = Some((rank, attachment.route));
        }
    }
    let Some((_, index)) = chosen else {
        let why = GatewayWhy::NoStreamRoute {
            listener: listener.name.as_str().into(),
            sni: name.into(),
        };
        return ends(Some((listener.owner.clone(), listener.field())), why);
    };
    let route = &model.routes[index];
    let cited: Arc<str> = format!("{} {}", route.kind.name(), route.key).into();
    let rule = Some(cite(route.reference(), 0));
    let fails = |trouble| GatewayWhy::StreamFails {
        route: Arc::clone(&cited),
        trouble,
    };
    let backends = route.rules.first().map_or(&[][..], |it| it.backends.as_slice());
    let Some(backend) = choose(context, backends) else {
        return ends(rule, fails(Trouble::NoBackend));
    };
    if let Some(fault) = &backend.fault {
        let to = fault.to.to_string().into();
        let problem = fault.problem;
        return ends(rule, fails(Trouble::Backend { to, problem }));
    }
    let service: Arc<str> = backend.to.key.to_string().into();
    let Some(to) = endpoint(context, backend) else {
        return ends(rule, fails(Trouble::NoEndpoints { service }));
    };
    let ends_here = listener.protocol == Protocol::Tls && !listener.passthrough;
    let secret = listener.certificates.first().filter(|_| ends_here);
    let why = GatewayWhy::Passes {
        listener: listener.name.as_str().into(),
        route: Arc::clone(&cited),
        sealed: listener.passthrough,
    };
    Stream::Passes(Passage {
        certificate: secret.map(|it| ShownCertificate {
            secret: it.to_string(),
            why: HttpProxyWhy::Certificate {
                secret: it.to_string().into(),
            },
        }),
        rule,
        why: why.into(),
        to: Onward {
            dial: Dial {
                to,
                why: GatewayWhy::Picks { to, service, count: 1 }.into(),
                response_headers: Vec::new(),
            },
            service: backend.to.key.clone(),
            unsealed: ends_here,
        },
    })
}
