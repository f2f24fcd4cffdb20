//! Proxies in front of Services that end a client's connection and make one of their own to a pod: the programs
//! of ingress controllers.
//!
//! One contract stands between them and whoever makes connections (`net::send`):
//! - [`Proxy::of_pod`]: whether a pod is a proxy, and of which [`kind`]; [`Proxy::listener`]: what it speaks on a port
//! - [`Proxy::decide`]: a [`request`] to a [`Decision`], an answer of the proxy's own or a [`Forward`], with what is
//!   rewritten and [`why`]
//! - [`Forward`]: endpoint after endpoint, until one answers or none is left
//! - [`ProxyState`]: what pods of proxies remember between requests (balancing, limits), in a [`context`]
//! - [`notes_on_ingress`], [`notes_on_config_map`]: what has no effect here
//!
//! Shared by all kinds: [`uri`], [`endpoints`], [`upstream_protocol`], and [`hostname`](crate::cluster::hostname) and
//! [`certificate`](crate::cluster::certificate). Each kind has a folder; a further
//! one is a variant of every enum here:
//! - [`nginx`]: the proxy of ingress-nginx
//! - [`gateway`]: the proxy of a Gateway
//!
//! A kind that passes streams on unread (TLS passthrough, TCP, UDP) says so in [`Proxy::pass`], before anything is
//! read as HTTP.
//!
//! Nothing here makes a connection or touches a packet. Not here: kube-proxy, which knows no HTTP (`net::proxy`);
//! which objects a controller takes ([`cluster::ingress_controllers`](crate::cluster::ingress_controllers)).

pub mod context;
pub mod decision;
pub mod endpoints;
pub mod gateway;
pub mod kind;
pub mod nginx;
pub mod request;
pub mod upstream_protocol;
pub mod uri;
pub mod why;

use std::sync::Arc;

use crate::api::NamespacedName;
use crate::api::types::core::{ConfigMap, Pod};
use crate::api::types::networking::Ingress;
use crate::cluster::Snapshot;
use crate::cluster::gateways::{self, Model};
use crate::cluster::ingress_controllers::{self as controllers, IngressController};
use crate::net::note::Note;

pub use context::ProxyContext;
pub use decision::Decision;
pub use gateway::Copy;
pub use gateway::stream::{Stream, StreamInbound};
pub use kind::ProxyKind;
pub use request::Inbound;
pub use upstream_protocol::UpstreamProtocol;
pub use why::HttpProxyWhy;

use self::decision::{AfterStatus, Dial, Failure, UpstreamRequest};

/// The proxy that a pod runs, with what it was started with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// ingress-nginx.
    Nginx(controllers::nginx::Controller),
    /// The proxy of a Gateway, by namespace and name.
    Gateway(NamespacedName),
}

/// What a proxy speaks on one of its ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// HTTP in the clear.
    Http,
    /// HTTP over TLS that ends at the proxy.
    Https,
}

/// What the pods of all proxies remember between requests. A clone is a fork: the two go separate ways.
#[derive(Clone, Debug, Default)]
pub struct ProxyState {
    nginx: nginx::NginxState,
    gateway: gateway::GatewayState,
}

/// A request on its way upstream: what a proxy keeps between the endpoints that it tries.
#[derive(Clone, Debug)]
pub enum Forward<'a> {
    /// Of ingress-nginx.
    Nginx(Box<nginx::Forward<'a>>),
    /// Of a Gateway.
    Gateway(Box<gateway::Forward>),
}

impl ProxyState {
    /// The Gateways of a cluster, read once for each state of it.
    pub fn gateways(&mut self, snapshot: &Snapshot) -> Arc<Model> {
        self.gateway.model(snapshot)
    }
}

impl Proxy {
    /// The proxy that a pod runs; `None` where it runs none.
    #[must_use]
    pub fn of_pod(snapshot: &Snapshot, pod: &Pod) -> Option<Self> {
        if let Some(gateway) = gateways::gateway_of_pod(pod) {
            return Some(Self::Gateway(gateway));
        }
        match IngressController::of_pod(snapshot, pod)? {
            IngressController::Nginx(controller) => Some(Self::Nginx(controller)),
        }
    }

    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> ProxyKind {
        match self {
            Self::Nginx(_) => ProxyKind::Nginx,
            Self::Gateway(_) => ProxyKind::Gateway,
        }
    }

    /// What it speaks on a TCP port of its pod; `None` where that port is none of the proxy's.
    #[must_use]
    pub fn listener(&self, context: &mut ProxyContext<'_, ProxyState>, port: u16) -> Option<Listener> {
        match self {
            Self::Nginx(controller) if port == controller.https_port() => Some(Listener::Https),
            Self::Nginx(controller) if port == controller.http_port() => Some(Listener::Http),
            Self::Nginx(_) => None,
            Self::Gateway(key) => {
                let model = context.state.gateways(context.snapshot);
                let mut at_port = gateway::listeners::at_port(model.gateway(key)?, port);
                let tls = at_port.next()?.protocol.is_tls();
                Some(if tls { Listener::Https } else { Listener::Http })
            }
        }
    }

    /// What becomes of a connection before anything in it is read as HTTP.
    pub fn pass(&self, context: &mut ProxyContext<'_, ProxyState>, inbound: StreamInbound<'_>) -> Stream {
        match self {
            Self::Nginx(_) => Stream::Http,
            Self::Gateway(key) => gateway::stream::decide(&mut context.with_part(|it| &mut it.gateway), key, inbound),
        }
    }

    /// What the proxy in `pod` does with a request.
    pub fn decide<'a>(
        &self,
        context: &mut ProxyContext<'_, ProxyState>,
        pod: &NamespacedName,
        inbound: &'a Inbound<'a>,
    ) -> Decision<Forward<'a>> {
        match self {
            Self::Nginx(controller) => {
                let context = &mut context.with_part(|it| &mut it.nginx);
                nginx::decide(context, controller, pod, inbound).map(Forward::Nginx)
            }
            Self::Gateway(key) => {
                let context = &mut context.with_part(|it| &mut it.gateway);
                gateway::decide(context, key, inbound).map(Forward::Gateway)
            }
        }
    }
}

impl Forward<'_> {
    /// What the endpoint gets.
    #[must_use]
    pub fn request(&self) -> &UpstreamRequest {
        match self {
            Self::Nginx(forward) => forward.request(),
            Self::Gateway(forward) => forward.request(),
        }
    }

    /// The endpoint to dial next; `last` is how the one before failed.
    ///
    /// # Errors
    /// Why there is none to be tried, or tried further.
    pub fn next_endpoint(
        &mut self,
        context: &mut ProxyContext<'_, ProxyState>,
        last: Option<Failure>,
    ) -> Result<Dial, Failure> {
        match self {
            Self::Nginx(forward) => forward.next_endpoint(&mut context.with_part(|it| &mut it.nginx), last),
            Self::Gateway(forward) => forward.next_endpoint(&mut context.with_part(|it| &mut it.gateway), last),
        }
    }

    /// What follows a status, of an endpoint's answer or of a [`Failure`].
    pub fn after_status(&mut self, status: u16) -> AfterStatus {
        match self {
            Self::Nginx(forward) => forward.after_status(status),
            Self::Gateway(forward) => forward.after_status(status),
        }
    }

    /// Copies of the request for others, whose answers nobody reads.
    pub fn take_copies(&mut self) -> Vec<Copy> {
        match self {
            Self::Nginx(_) => Vec::new(),
            Self::Gateway(forward) => forward.take_copies(),
        }
    }
}

/// What in an Ingress has no effect here, whichever controller takes it.
#[must_use]
pub fn notes_on_ingress(ingress: &Ingress) -> Vec<Note> {
    nginx::unsimulated::of_ingress(ingress)
}

/// What in the ConfigMap of a controller has no effect here.
#[must_use]
pub fn notes_on_config_map(controller: &IngressController, map: &ConfigMap) -> Vec<Note> {
    match controller {
        IngressController::Nginx(_) => nginx::config_map::of_config_map(map),
    }
}
