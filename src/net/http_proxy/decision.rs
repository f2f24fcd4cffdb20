//! What a proxy decides about a request: to answer it, or to ask an upstream endpoint.
//!
//! The words that all kinds of proxies share with whoever makes their connections (`net::send`). `F` is what
//! a kind keeps while it asks upstream: where a next endpoint comes from, and what happens when one fails.

use std::net::SocketAddr;

use super::upstream_protocol::UpstreamProtocol;
use super::why::HttpProxyWhy;
use crate::api::{NamespacedName, ObjectRef};

/// What a proxy does with a request, and why.
#[derive(Clone, Debug)]
pub struct Decision<F> {
    /// The certificate it showed; `None` on plain HTTP.
    pub certificate: Option<ShownCertificate>,
    /// The object that decided, and the field of it; `None` where no object did.
    pub rule: Option<(ObjectRef, String)>,
    /// Why it does so.
    pub why: HttpProxyWhy,
    /// What it does.
    pub action: Action<F>,
}

/// The certificate that a client is shown.
#[derive(Clone, Debug)]
pub struct ShownCertificate {
    /// `namespace/name` of its Secret; `DEFAULT_FAKE` for one of the proxy's own.
    pub secret: String,
    /// Why this one.
    pub why: HttpProxyWhy,
}

/// An answer, or a request to an upstream endpoint.
#[derive(Clone, Debug)]
pub enum Action<F> {
    /// The proxy answers itself: an error, a redirect, a preflight.
    Answer(Answer),
    /// It asks an upstream endpoint.
    Forward(F),
}

impl<F> Decision<F> {
    /// The same with what is kept for asking upstream put into `f`.
    pub fn map<G>(self, f: impl FnOnce(F) -> G) -> Decision<G> {
        Decision {
            certificate: self.certificate,
            rule: self.rule,
            why: self.why,
            action: match self.action {
                Action::Answer(answer) => Action::Answer(answer),
                Action::Forward(forward) => Action::Forward(f(forward)),
            },
        }
    }
}

/// An answer of the proxy's own.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// URL of a redirect; `None` for every other answer.
    pub location: Option<String>,
    /// Headers beside `Location`.
    pub headers: Vec<(String, String)>,
}

impl Answer {
    /// A status and nothing else.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    /// A redirect to a URL.
    #[must_use]
    pub fn redirect(status: u16, location: String) -> Self {
        Self {
            status,
            location: Some(location),
            headers: Vec::new(),
        }
    }
}

/// A request to an upstream endpoint in the client's place.
#[derive(Clone, Debug)]
pub struct UpstreamRequest {
    /// What is spoken.
    pub protocol: UpstreamProtocol,
    /// Path and query as the endpoint gets them.
    pub target: String,
    /// Headers as the endpoint gets them.
    pub headers: Vec<(String, String)>,
    /// Headers that the client gets beside the endpoint's own.
    pub response_headers: Vec<(String, String)>,
    /// The Service behind which the endpoint stands; `None` where there is none.
    pub service: Option<NamespacedName>,
}

/// A connection to one endpoint that is to be made.
#[derive(Clone, Debug)]
pub struct Dial {
    /// Address and port.
    pub to: SocketAddr,
    /// Why this one.
    pub why: HttpProxyWhy,
    /// Headers that the client gets because of this choice, such as a cookie that binds it.
    pub response_headers: Vec<(String, String)>,
}

/// Why no endpoint answers.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Status that the client gets.
    pub status: u16,
    /// Why no answer came.
    pub why: HttpProxyWhy,
}

/// What follows once an endpoint has answered, or none did.
#[derive(Clone, Debug)]
pub enum AfterStatus {
    /// The client gets the status.
    PassOn,
    /// The client gets this status from the proxy, and nothing of the endpoint's answer.
    Replace(u16),
    /// Another backend is asked: the request has changed.
    AskAgain,
}
