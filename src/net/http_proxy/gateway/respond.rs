//! A request to a decision: listener, rule, filters, backend, and the endpoint that gets it.

use std::net::SocketAddr;
use std::sync::Arc;

use super::cors;
use super::listeners;
use super::matching::{Candidate, Seen, candidates, compare};
use super::rewrite::{self, Headers, Origin};
use super::state::GatewayState;
use super::why::{GatewayWhy, Loser, Trouble};
use crate::api::{NamespacedName, ObjectRef};
use crate::cluster::gateways::route::{Backend, Filter, PathMatch};
use crate::cluster::gateways::{Gateway, Listener, Model, hostnames};
use crate::cluster::hostname;
use crate::net::http_proxy::context::ProxyContext;
use crate::net::http_proxy::decision::{
    Action, AfterStatus, Answer, Decision, Dial, Failure, ShownCertificate, UpstreamRequest,
};
use crate::net::http_proxy::request::Inbound;
use crate::net::http_proxy::upstream_protocol::UpstreamProtocol;
use crate::net::http_proxy::why::HttpProxyWhy;

/// A request on its way to a backend.
#[derive(Clone, Debug)]
pub struct Forward {
    request: UpstreamRequest,
    service: NamespacedName,
    port: u16,
    tried: bool,
    copies: Vec<Copy>,
}

/// A copy of a request for another Service, whose answer nobody reads.
#[derive(Clone, Debug)]
pub struct Copy {
    /// The Service.
    pub service: NamespacedName,
    /// Path and query.
    pub target: String,
    /// The endpoint, and why it.
    pub dial: Dial,
}

/// What becomes of a request while filters work on it.
struct Draft {
    headers: Headers,
    path: String,
    query: Option<String>,
    /// Changes to the answer's headers, made to those that the proxy itself adds.
    response: Headers,
    copies: Vec<Copy>,
}

impl Draft {
    fn target(&self) -> String {
        let query = self.query.as_ref().map_or_else(String::new, |it| format!("?{it}"));
        format!("{}{query}", self.path)
    }
}

/// Whether a request is a call of gRPC.
fn is_grpc(inbound: &Inbound<'_>) -> bool {
    inbound
        .header("Content-Type")
        .is_some_and(|it| it.starts_with("application/grpc"))
}

/// An answer of the proxy's own. Calls of gRPC get their code beside the status.
fn answer(inbound: &Inbound<'_>, status: u16, headers: Headers) -> Answer {
    let (mut status, mut headers) = (status, headers);
    if is_grpc(inbound) {
        let code = match status {
            404 => "12",
            500 | 502..=504 => {
                status = 503;
                "14"
            }
            _ => "",
        };
        if !code.is_empty() {
            headers.push(("Content-Type".to_owned(), "application/grpc".to_owned()));
            headers.push(("grpc-status".to_owned(), code.to_owned()));
        }
    }
    Answer {
        status,
        location: None,
        headers,
    }
}

fn text(of: impl ToString) -> Arc<str> {
    of.to_string().into()
}

/// What the pod of a Gateway does with a request.
pub fn decide(
    context: &mut ProxyContext<'_, GatewayState>,
    key: &NamespacedName,
    inbound: &Inbound<'_>,
) -> Decision<Box<Forward>> {
    let model = context.state.model(context.snapshot);
    let mut decision = Decision {
        certificate: None,
        rule: None,
        why: GatewayWhy::NoListener { port: inbound.port }.into(),
        action: Action::Answer(answer(inbound, 404, Vec::new())),
    };
    let Some(gateway) = model.gateway(key) else {
        return decision;
    };
    let host = hostname::of_header(inbound.host).unwrap_or_default();
    if inbound.https {
        let greeted = inbound.sni.map(str::to_ascii_lowercase).unwrap_or_default();
        let by_name = listeners::for_name(gateway, inbound.port, &greeted);
        decision.certificate = by_name.and_then(|it| certificate(context, it, &greeted));
        let by_host = listeners::for_name(gateway, inbound.port, &host);
        if let (Some(a), Some(b)) = (by_name, by_host)
            && (&a.owner, a.index) != (&b.owner, b.index)
        {
            let why = GatewayWhy::Misdirected {
                sni: text(&greeted),
                host: text(&host),
                listener: text(&a.name),
                other: text(&b.name),
            };
            decision.rule = Some((a.owner.clone(), a.field()));
            decision.why = why.into();
            decision.action = Action::Answer(answer(inbound, 421, Vec::new()));
            return decision;
        }
    }
    let Some(listener) = listeners::for_name(gateway, inbound.port, &host) else {
        let (host, port) = (text(&host), inbound.port);
        decision.why = GatewayWhy::NoHost { host, port }.into();
        return decision;
    };
    let (path, query) = match inbound.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (inbound.target, None),
    };
    let seen = Seen {
        host: &host,
        path,
        query: query.unwrap_or_default(),
        inbound,
    };
    let found = candidates(&model, listener, &seen);
    let Some(winner) = found.first() else {
        decision.rule = Some((listener.owner.clone(), listener.field()));
        decision.why = no_rule(&model, gateway, listener, &host).into();
        return decision;
    };
    decision.rule = Some((winner.route.reference(), format!("spec.rules[{}]", winner.rule)));
    let rule = Rule {
        listener,
        winner,
        loser: found.get(1),
        host: &host,
        path,
        query,
        inbound,
    };
    let (why, action) = rule.apply(context);
    decision.why = why;
    decision.action = action;
    decision
}

/// The certificate for a name: the first that is made out for it, else the first.
fn certificate(context: &ProxyContext<'_, GatewayState>, listener: &Listener, name: &str) -> Option<ShownCertificate> {
    let all = &listener.certificates;
    let covers = |it: &&NamespacedName| {
        let names = crate::cluster::certificate::of_secret(context.snapshot, &it.namespace, &it.name);
        names.is_ok_and(|names| names.cover(name))
    };
    let secret = all.iter().find(covers).or(all.first())?;
    Some(ShownCertificate {
        secret: secret.to_string(),
        why: HttpProxyWhy::Certificate { secret: text(secret) },
    })
}

/// Why no rule takes a request: none is there, or one that would be named is not attached.
fn no_rule(model: &Model, gateway: &Gateway, listener: &Listener, host: &str) -> GatewayWhy {
    let (name, host_text) = (text(&listener.name), text(host));
    let index = model.gateways.iter().position(|it| it.key == gateway.key);
    for (route, parents) in model.routes.iter().zip(&model.parents) {
        let names_it = route.hostnames.is_empty() || route.hostnames.iter().any(|it| hostnames::fits(it, host));
        let refused = parents
            .iter()
            .find(|it| Some(it.gateway) == index)
            .and_then(|it| it.refused.as_ref());
        if let Some(refused) = refused.filter(|_| names_it) {
            return GatewayWhy::RouteNotAccepted {
                listener: name,
                host: host_text,
                route: format!("{} {}", route.kind.name(), route.key).into(),
                reason: refused.reason,
            };
        }
    }
    GatewayWhy::NoRule {
        listener: name,
        host: host_text,
        routes: listener.routes.len(),
    }
}

/// The rule that won, and the request.
struct Rule<'a> {
    listener: &'a Listener,
    winner: &'a Candidate<'a>,
    loser: Option<&'a Candidate<'a>>,
    host: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    inbound: &'a Inbound<'a>,
}

/// Why, and what.
type Outcome = (HttpProxyWhy, Action<Box<Forward>>);

impl Rule<'_> {
    /// The prefix that matched; empty for other matches, which replace from the start.
    fn prefix(&self) -> &str {
        match self.winner.fits.map(|it| &it.path) {
            Some(PathMatch::Prefix(prefix)) => prefix,
            _ => "",
        }
    }

    /// Says that the rule won.
    fn won(&self) -> GatewayWhy {
        let rule_of = |it: &Candidate<'_>| -> Arc<str> {
            format!("{} {} rules[{}]", it.route.kind.name(), it.route.key, it.rule).into()
        };
        GatewayWhy::Won {
            listener: text(&self.listener.name),
            rule: rule_of(self.winner),
            loser: self.loser.map(|it| Loser {
                rule: rule_of(it),
                by: compare(self.winner, it).1,
            }),
        }
    }

    fn fail(&self, status: u16, trouble: Trouble, headers: Headers) -> Outcome {
        let answer = answer(self.inbound, status, headers);
        let why = GatewayWhy::Fails {
            rule: format!(
                "{} {} rules[{}]",
                self.winner.route.kind.name(),
                self.winner.route.key,
                self.winner.rule
            )
            .into(),
            status: answer.status,
            trouble,
        };
        (why.into(), Action::Answer(answer))
    }

    fn apply(&self, context: &mut ProxyContext<'_, GatewayState>) -> Outcome {
        let rule = &self.winner.route.rules[self.winner.rule];
        let mut headers: Headers = vec![("Host".to_owned(), self.inbound.host.to_owned())];
        headers.extend(self.inbound.headers.iter().cloned());
        let mut draft = Draft {
            headers,
            path: self.path.to_owned(),
            query: self.query.map(str::to_owned),
            response: Vec::new(),
            copies: Vec::new(),
        };
        if let Some(done) = self.filter(context, &rule.filters, &mut draft) {
            return done;
        }
        let Some(backend) = choose(context, &rule.backends) else {
            return self.fail(500, Trouble::NoBackend, draft.response);
        };
        if let Some(done) = self.filter(context, &backend.filters, &mut draft) {
            return done;
        }
        if let Some(fault) = &backend.fault {
            let trouble = Trouble::Backend {
                to: text(&fault.to),
                problem: fault.problem,
            };
            return self.fail(500, trouble, draft.response);
        }
        let service = backend.to.key.clone();
        if let Some(tls) = backend.tls.as_ref().filter(|it| !it.trusted) {
            let policy = text(&tls.policy);
            return self.fail(502, Trouble::NoCa { policy }, draft.response);
        }
        if context
            .state
            .endpoints(context.snapshot, &service, backend.port)
            .is_empty()
        {
            let service = text(&service);
            return self.fail(503, Trouble::NoEndpoints { service }, draft.response);
        }
        let protocol = if backend.tls.is_some() {
            UpstreamProtocol::Https
        } else {
            UpstreamProtocol::Http
        };
        let forward = Forward {
            request: UpstreamRequest {
                protocol,
                target: draft.target(),
                headers: draft.headers,
                response_headers: draft.response,
                service: Some(service.clone()),
            },
            service,
            port: backend.port,
            tried: false,
            copies: draft.copies,
        };
        (self.won().into(), Action::Forward(Box::new(forward)))
    }

    /// Lets filters work, in their order; `Some` where one ends the request.
    fn filter(
        &self,
        context: &mut ProxyContext<'_, GatewayState>,
        filters: &[Filter],
        draft: &mut Draft,
    ) -> Option<Outcome> {
        for filter in filters {
            match filter {
                Filter::RequestHeaders(it) => rewrite::edit(&mut draft.headers, it),
                Filter::ResponseHeaders(it) => rewrite::edit(&mut draft.response, it),
                Filter::Rewrite { hostname, path } => {
                    if let Some(hostname) = hostname {
                        draft.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
                        draft.headers.insert(0, ("Host".to_owned(), hostname.clone()));
                    }
                    if let Some(edit) = path {
                        draft.path = rewrite::path(edit, &draft.path, self.prefix());
                    }
                }
                Filter::Redirect(it) => {
                    let from = Origin {
                        scheme: self.inbound.scheme(),
                        host: self.host,
                        port: self.inbound.port,
                        path: &draft.path,
                        query: draft.query.as_deref(),
                        prefix: self.prefix(),
                    };
                    let to = rewrite::location(it, from);
                    let why = GatewayWhy::Redirects { to: text(&to) };
                    let mut answer = Answer::redirect(it.status, to);
                    answer.headers = std::mem::take(&mut draft.response);
                    return Some((why.into(), Action::Answer(answer)));
                }
                Filter::Cors(it) => {
                    let headers = cors::headers(it, self.inbound);
                    let fits = headers.is_some();
                    draft.response.extend(headers.unwrap_or_default());
                    if cors::is_preflight(self.inbound) {
                        let origin = text(self.inbound.header("Origin").unwrap_or_default());
                        let why = GatewayWhy::Preflight { origin, fits };
                        let answer = answer(self.inbound, 204, std::mem::take(&mut draft.response));
                        return Some((why.into(), Action::Answer(answer)));
                    }
                }
                Filter::Mirror(backend, share) => {
                    let falls = context.rng.below(share.all.unsigned_abs()) < share.of.unsigned_abs();
                    if falls || share.of >= share.all {
                        draft.copies.extend(copy(context, backend, draft.target()));
                    }
                }
                Filter::Unknown(it) => {
                    let trouble = Trouble::Filter { filter: text(it) };
                    return Some(self.fail(500, trouble, Vec::new()));
                }
            }
        }
        None
    }
}

/// A copy for a backend; `None` where it leads nowhere: the request goes on all the same.
fn copy(context: &mut ProxyContext<'_, GatewayState>, backend: &Backend, target: String) -> Option<Copy> {
    if backend.fault.is_some() {
        return None;
    }
    let service = backend.to.key.clone();
    let endpoints = context.state.endpoints(context.snapshot, &service, backend.port);
    let to = any_of(context, &endpoints)?;
    Some(Copy {
        dial: Dial {
            to,
            why: GatewayWhy::Mirrors {
                to,
                service: text(&service),
            }
            .into(),
            response_headers: Vec::new(),
        },
        service,
        target,
    })
}

fn any_of(context: &mut ProxyContext<'_, GatewayState>, all: &[SocketAddr]) -> Option<SocketAddr> {
    let at = usize::try_from(context.rng.below(all.len() as u64)).unwrap_or(0);
    all.get(at).copied()
}

/// Chooses among backends by weight; `None` where there is none, or all have weight 0.
pub(super) fn choose<'a>(context: &mut ProxyContext<'_, GatewayState>, backends: &'a [Backend]) -> Option<&'a Backend> {
    let sum: u64 = backends.iter().map(|it| u64::from(it.weight)).sum();
    if sum == 0 {
        return None;
    }
    let mut left = context.rng.below(sum);
    backends.iter().find(|it| {
        let weight = u64::from(it.weight);
        let here = left < weight;
        left = left.saturating_sub(weight);
        here
    })
}

/// One of the ready endpoints of a backend, each as likely; `None` where there is none.
pub(super) fn endpoint(context: &mut ProxyContext<'_, GatewayState>, backend: &Backend) -> Option<SocketAddr> {
    let all = context.state.endpoints(context.snapshot, &backend.to.key, backend.port);
    any_of(context, &all)
}

impl Forward {
    /// What the endpoint gets.
    #[must_use]
    pub fn request(&self) -> &UpstreamRequest {
        &self.request
    }

    /// Copies that go elsewhere; each once.
    pub fn take_copies(&mut self) -> Vec<Copy> {
        std::mem::take(&mut self.copies)
    }

    /// The endpoint to dial; there is no second try, which a rule would have to ask for.
    ///
    /// # Errors
    /// Why there is none.
    pub fn next_endpoint(
        &mut self,
        context: &mut ProxyContext<'_, GatewayState>,
        last: Option<Failure>,
    ) -> Result<Dial, Failure> {
        if let Some(last) = last {
            return Err(last);
        }
        let endpoints = context.state.endpoints(context.snapshot, &self.service, self.port);
        let count = endpoints.len();
        match any_of(context, &endpoints).filter(|_| !std::mem::replace(&mut self.tried, true)) {
            Some(to) => Ok(Dial {
                to,
                why: GatewayWhy::Picks {
                    to,
                    service: text(&self.service),
                    count,
                }
                .into(),
                response_headers: Vec::new(),
            }),
            None => Err(Failure {
                status: 503,
                why: GatewayWhy::Empty {
                    service: text(&self.service),
                }
                .into(),
            }),
        }
    }

    /// The client gets what the endpoint says.
    pub fn after_status(&mut self, _status: u16) -> AfterStatus {
        AfterStatus::PassOn
    }
}

/// The rule of a route, as explanations cite it.
pub(super) fn cite(route: ObjectRef, rule: usize) -> (ObjectRef, String) {
    (route, format!("spec.rules[{rule}]"))
}
