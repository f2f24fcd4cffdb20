//! ingress-nginx behind the contract of proxies: what it decides about a request, and how it asks upstream.
//!
//! A pod that fails is followed by another, up to three times; an answer with a status that the location lists
//! in `custom-http-errors` is replaced by that of an error backend. Not here: the decision itself
//! ([`respond`](mod@super::respond)), the connections (`net::send`).

use std::sync::Arc;

use super::balance;
use super::nginx_config::{Certificate, DEFAULT_BACKEND, DefaultReason, NginxConfig};
use super::request_context::RequestContext;
use super::state::NginxState;
use super::upstream_request::{Proxied, error_request};
use super::vars::RequestVars;
use super::why::{MissingBackend, NginxWhy};
use crate::api::NamespacedName;
use crate::cluster::ingress_controllers::nginx::Controller;
use crate::net::http_proxy::context::ProxyContext;
use crate::net::http_proxy::decision::{
    Action, AfterStatus, Answer, Decision, Dial, Failure, ShownCertificate, UpstreamRequest,
};
use crate::net::http_proxy::endpoints::Endpoint;
use crate::net::http_proxy::request::Inbound;
use crate::net::http_proxy::why::HttpProxyWhy;

/// How often a pod is tried (`proxy-next-upstream-tries`).
const MAX_TRIES: usize = 3;

/// A request on its way upstream.
#[derive(Clone, Debug)]
pub struct Forward<'a> {
    config: Arc<NginxConfig>,
    vars: RequestVars<'a>,
    /// The controller's pod that asks.
    pod: NamespacedName,
    proxied: Proxied,
    /// Endpoints that were asked already.
    tried: Vec<Endpoint>,
}

/// What a pod of ingress-nginx does with a request.
pub fn decide<'a>(
    context: &mut ProxyContext<'_, NginxState>,
    controller: &Controller,
    pod: &NamespacedName,
    inbound: &'a Inbound<'a>,
) -> Decision<Box<Forward<'a>>> {
    let config = context.state.config(context.snapshot, controller);
    let certificate = inbound.https.then(|| shown_certificate(&config, inbound.sni));
    let Some(vars) = RequestVars::new(controller, inbound) else {
        return Decision {
            certificate,
            rule: None,
            why: NginxWhy::BadRequest.into(),
            action: Action::Answer(Answer::status(400)),
        };
    };
    let request = RequestContext {
        snapshot: context.snapshot,
        config: &config,
        vars: &vars,
    };
    let response = request.respond(context.state.of_pod(pod), context.rng, context.now);
    let action = match response.action {
        Action::Answer(answer) => Action::Answer(answer),
        Action::Forward(proxied) => Action::Forward(Box::new(Forward {
            config,
            vars,
            pod: pod.clone(),
            proxied,
            tried: Vec::new(),
        })),
    };
    Decision {
        certificate,
        rule: response.rule,
        why: response.why,
        action,
    }
}

/// The certificate for a name in the TLS greeting.
fn shown_certificate(config: &NginxConfig, sni: Option<&str>) -> ShownCertificate {
    let of_secret = |name: &String| ShownCertificate {
        secret: name.clone(),
        why: HttpProxyWhy::Certificate {
            secret: name.as_str().into(),
        },
    };
    let reason = match sni.and_then(|name| config.certificate(name)) {
        Some(Certificate::Secret { name, .. }) => return of_secret(name),
        Some(Certificate::Default(reason)) => *reason,
        None => DefaultReason::UnknownHost,
    };
    config.default_secret.as_ref().map_or_else(
        || ShownCertificate {
            secret: "DEFAULT_FAKE".to_owned(),
            why: NginxWhy::DefaultCertificate { reason }.into(),
        },
        of_secret,
    )
}

impl Forward<'_> {
    /// What the endpoint gets.
    #[must_use]
    pub fn request(&self) -> &UpstreamRequest {
        &self.proxied.request
    }

    /// The endpoint to dial next; `last` is how the one before failed.
    ///
    /// # Errors
    /// Why there is none to be tried, or tried further.
    pub fn next_endpoint(
        &mut self,
        context: &mut ProxyContext<'_, NginxState>,
        last: Option<Failure>,
    ) -> Result<Dial, Failure> {
        let none = last.unwrap_or_else(|| Failure {
            status: 503,
            why: HttpProxyWhy::Nginx(NginxWhy::NoEndpoints {
                service: "".into(),
                missing: MissingBackend::Service,
            }),
        });
        let route = &self.proxied.route;
        let Some(backend) = self.config.backends.get(&route.backend) else {
            return Err(none);
        };
        if backend.is_unresolved {
            // The peer is an address of nobody (0.0.0.1), and the connection to it times out.
            let name = backend.endpoints.first().map_or("", |it| it.host.as_str()).into();
            return Err(Failure {
                status: 504,
                why: HttpProxyWhy::Nginx(NginxWhy::NameNotLookedUp { name }),
            });
        }
        // Only as many tries as there are pods to try.
        if !self.tried.is_empty() && self.tried.len() >= backend.endpoints.len().min(MAX_TRIES) {
            return Err(none);
        }
        let pick = balance::pick(
            backend,
            &self.vars,
            &route.location_path,
            context.state.of_pod(&self.pod),
            context.rng,
            context.now,
            &self.tried,
        );
        let Some(pick) = pick else { return Err(none) };
        let Some(to) = pick.endpoint.address(context.snapshot) else {
            let name = pick.endpoint.host.as_str().into();
            return Err(Failure {
                status: 502,
                why: HttpProxyWhy::UpstreamUnresolved { name },
            });
        };
        self.tried.push(pick.endpoint);
        let why = if backend.via_service {
            NginxWhy::DialsService { to }
        } else {
            NginxWhy::Picks { to, how: pick.how }
        };
        let cookie = pick.set_cookie.map(|it| ("Set-Cookie".to_owned(), it));
        Ok(Dial {
            to,
            why: why.into(),
            response_headers: cookie.into_iter().collect(),
        })
    }

    /// What follows a status, of an endpoint's answer or of its silence.
    pub fn after_status(&mut self, status: u16) -> AfterStatus {
        let route = &self.proxied.route;
        if !route.custom_errors.contains(&status) {
            return AfterStatus::PassOn;
        }
        let name = route.error_backend.as_deref().unwrap_or(DEFAULT_BACKEND);
        match self.config.backends.get(name) {
            Some(backend) if !backend.built_in => {
                self.proxied = error_request(&self.proxied, backend, status, self.vars.inbound);
                self.tried.clear();
                AfterStatus::AskAgain
            }
            // The built-in default backend knows one answer.
            _ => AfterStatus::Replace(404),
        }
    }
}
