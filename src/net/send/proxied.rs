//! The ingress controller's side of a request: TLS ends, a rule decides, a connection of the controller's own
//! goes to a pod, and the pod's answer goes back to the client.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::{HopDraft, RequestRun, host_header, pods, status_line, trace_of};
use crate::api::NamespacedName;
use crate::api::types::core::Pod;
use crate::cluster::ingress_controllers::nginx::Controller;
use crate::net::dns::{RecordType, ServerOptions, server};
use crate::net::http_proxy::nginx::backend::Endpoint;
use crate::net::http_proxy::nginx::balance::{self, Pick};
use crate::net::http_proxy::nginx::nginx_config::Backend as Upstream;
use crate::net::http_proxy::nginx::request::RequestVars;
use crate::net::http_proxy::nginx::respond::{Action, Answer};
use crate::net::http_proxy::nginx::upstream_request::{UpstreamRequest, instead};
use crate::net::http_proxy::nginx::why::MissingBackend;
use crate::net::http_proxy::nginx::{Inbound, IngressWhy, NginxConfig, respond};
use crate::net::packet::{Packet, Payload, Protocol};
use crate::net::request::{Host, HttpRequest, Request, Source};
use crate::net::trace::{Backend, Direction, HttpResult, Place, Stage, Trace, Verdict};
use crate::net::transport::{Connect, Connection};
use crate::net::why::Why;

/// How often a pod is tried (`proxy-next-upstream-tries`).
const MAX_TRIES: usize = 3;

/// A controller pod that a connection reached.
pub(super) struct At {
    controller: Controller,
    /// Its pod.
    pod: NamespacedName,
    https: bool,
}

/// What a question to a pod came to.
struct Upstreamed {
    status: u16,
    why: IngressWhy,
    backend: Option<Backend>,
    source_seen: Option<IpAddr>,
    response_headers: Vec<(String, String)>,
    /// Whether a pod answered.
    answered: bool,
}

impl RequestRun<'_> {
    /// The ingress controller that a connection arrived at, if it did.
    pub(super) fn controller_at(&self, leg: &Connection) -> Option<At> {
        let Place::Pod(pod) = leg.arrived_at()? else {
            return None;
        };
        let controller = Controller::of_pod(self.snapshot, self.snapshot.typed::<Pod>(&pod)?)?;
        let port = leg.arrived_packet()?.dst.port();
        let (http, https) = (controller.http_port(), controller.https_port());
        (port == http || port == https).then_some(At {
            controller,
            pod,
            https: port == https,
        })
    }

    /// The controller takes the request over.
    pub(super) fn through_controller(
        &mut self,
        request: &Request,
        http: &HttpRequest,
        mut leg: Connection,
        at: At,
    ) -> Trace {
        let arrived = leg.arrived_packet().cloned().expect("the controller got the packet");
        if http.https && !at.https {
            let why = Why::NotTls { at: arrived.dst };
            self.record_hop_at(&leg, Stage::Receive, why.clone(), None);
            self.answer(&mut leg, Payload::Rst);
            let mut trace = trace_of(leg, None);
            trace.reason = why;
            return trace;
        }
        let host = host_header(request, http);
        let sni = match &request.host {
            Host::Name(name) => Some(name.as_str()),
            // A client that was given an address and a Host header greets with neither; curl --resolve would
            // greet with the name, so the header's name stands for it.
            Host::Address(_) => {
                Some(host.split(':').next().unwrap_or_default()).filter(|it| it.parse::<IpAddr>().is_err())
            }
        };
        let headers: Vec<(String, String)> = http
            .headers
            .iter()
            .filter(|(name, _)| !name.eq_ignore_ascii_case("host"))
            .cloned()
            .collect();
        let inbound = Inbound {
            https: http.https,
            host: &host,
            sni,
            method: &http.method,
            target: &http.path,
            headers: &headers,
            client: leg.source_seen.unwrap_or_else(|| arrived.src.ip()),
        };
        let mut result = HttpResult::default();
        if at.https && !http.https {
            self.record_hop_at(&leg, Stage::Proxy, Why::NeedsTls { at: arrived.dst }, None);
            return self.respond_with(leg, &arrived, 400, result, None);
        }
        let model = self.state.ingress.model(self.snapshot, &at.controller);
        let state = self.state.ingress.state(&at.pod);
        let decision = respond::respond(self.snapshot, &model, &inbound, state, self.rng, self.now);
        if let Some(shown) = decision.certificate {
            result.tls_secret = Some(shown.clone().unwrap_or_else(|_| "DEFAULT_FAKE".to_owned()));
            let shown = shown.map(|name| name.as_str().into());
            self.record_hop_at(
                &leg,
                Stage::Proxy,
                Why::Ingress(IngressWhy::Certificate { shown }),
                None,
            );
        }
        let rule = decision
            .rule
            .as_ref()
            .map(|(object, field)| (object.clone(), field.as_str()));
        self.record_hop_at(&leg, Stage::Proxy, Why::Ingress(decision.why.clone()), rule);
        match decision.action {
            Action::Answer(answer) => self.own_answer(leg, &arrived, answer, result, decision.why),
            Action::UpstreamRequest(ask) => {
                let mut trace = self.ask_pods(leg, &arrived, &at, &model, &inbound, *ask, result);
                if matches!(trace.reason, Why::Ingress(IngressWhy::PassesOn { .. })) {
                    trace.reason = Why::Ingress(decision.why);
                }
                trace
            }
        }
    }

    fn own_answer(
        &mut self,
        leg: Connection,
        arrived: &Packet,
        answer: Answer,
        mut result: HttpResult,
        why: IngressWhy,
    ) -> Trace {
        result.location = answer.location.clone();
        result.response_headers = answer.headers;
        result
            .response_headers
            .extend(answer.location.map(|to| ("Location".to_owned(), to)));
        let mut trace = self.respond_with(leg, arrived, answer.status, result, None);
        if trace.verdict == Verdict::Delivered {
            trace.reason = Why::Ingress(why);
        }
        trace
    }

    /// Sends the client its answer, and sums up.
    fn respond_with(
        &mut self,
        mut leg: Connection,
        arrived: &Packet,
        status: u16,
        mut result: HttpResult,
        upstream: Option<Upstreamed>,
    ) -> Trace {
        result.status = status;
        if let Some(upstream) = &upstream {
            let at = leg.arrived_at().unwrap_or(Place::Client);
            self.record_hop(HopDraft {
                direction: Direction::Reply,
                ..HopDraft::new(at, Stage::Proxy, arrived, Why::Ingress(upstream.why.clone()))
            });
        }
        self.answer(&mut leg, Payload::HttpResponse(status_line(status)));
        let mut trace = trace_of(leg, Some(result));
        if let Some(upstream) = upstream {
            if trace.verdict == Verdict::Delivered {
                trace.reason = Why::Ingress(upstream.why);
            }
            if upstream.backend.is_some() {
                trace.backend = upstream.backend;
                trace.source_seen = upstream.source_seen;
            }
        }
        trace
    }

    /// Asks a pod, another one if that fails, and the error backend if that was wished for.
    #[expect(clippy::too_many_arguments, reason = "two connections and what is known of them")]
    fn ask_pods(
        &mut self,
        leg: Connection,
        arrived: &Packet,
        at: &At,
        model: &Arc<NginxConfig>,
        inbound: &Inbound<'_>,
        mut ask: UpstreamRequest,
        mut result: HttpResult,
    ) -> Trace {
        let mut outcome = self.ask_once(arrived, at, model, inbound, &ask);
        match instead(model, &ask, outcome.status, inbound) {
            Some(Action::UpstreamRequest(other)) => {
                ask = *other;
                outcome = self.ask_once(arrived, at, model, inbound, &ask);
            }
            Some(Action::Answer(answer)) => {
                outcome.status = answer.status;
                outcome.answered = false;
            }
            None => {}
        }
        let service = model.backends.get(&ask.backend).and_then(|it| it.service.clone());
        if outcome.answered {
            result.service = service;
            result.path = Some(ask.target.clone());
            result.headers = ask.headers.clone();
        }
        result.response_headers = std::mem::take(&mut outcome.response_headers);
        self.respond_with(leg, arrived, outcome.status, result, Some(outcome))
    }

    fn ask_once(
        &mut self,
        arrived: &Packet,
        at: &At,
        model: &Arc<NginxConfig>,
        inbound: &Inbound<'_>,
        ask: &UpstreamRequest,
    ) -> Upstreamed {
        let mut failed = Upstreamed {
            status: 503,
            why: IngressWhy::NoEndpoints {
                service: "".into(),
                lack: MissingBackend::Service,
            },
            backend: None,
            source_seen: None,
            response_headers: ask.response_headers.clone(),
            answered: false,
        };
        let (Some(upstream), Some(facts)) = (
            model.backends.get(&ask.backend),
            RequestVars::new(&at.controller, inbound),
        ) else {
            return failed;
        };
        let mut tried: Vec<Endpoint> = Vec::new();
        for _ in 0..MAX_TRIES {
            let state = self.state.ingress.state(&at.pod);
            let pick = balance::pick(upstream, &facts, &ask.location_path, state, self.rng, self.now, &tried);
            let Some(pick) = pick else { return failed };
            let Some(to) = self.address_of_endpoint(&pick.endpoint) else {
                failed.status = 502;
                failed.why = IngressWhy::UpstreamUnresolved {
                    name: pick.endpoint.host.as_str().into(),
                };
                return failed;
            };
            match self.ask_pod(arrived, at, upstream, ask, &pick, to) {
                Ok(mut answered) => {
                    let cookie = pick.set_cookie.map(|it| ("Set-Cookie".to_owned(), it));
                    answered.response_headers = ask.response_headers.iter().cloned().chain(cookie).collect();
                    return answered;
                }
                Err(status) => {
                    failed.status = status;
                    failed.why = IngressWhy::UpstreamFailed { to, status };
                    tried.push(pick.endpoint);
                }
            }
            // Only as many tries as there are pods to try.
            if tried.len() >= upstream.endpoints.len() {
                break;
            }
        }
        failed
    }

    /// One connection to one pod.
    fn ask_pod(
        &mut self,
        arrived: &Packet,
        at: &At,
        upstream: &Upstream,
        ask: &UpstreamRequest,
        pick: &Pick,
        to: SocketAddr,
    ) -> Result<Upstreamed, u16> {
        let from = Source::Pod {
            namespace: at.pod.namespace.clone(),
            name: at.pod.name.clone(),
        };
        let number = self.new_leg();
        let first = self.hops.len();
        let line: Arc<str> = format!("{} {}", ask_method(arrived), ask.target).into();
        let mut leg = self.connect(&Connect {
            payload: match ask.scheme {
                "https" => Payload::TlsRequest(line),
                _ => Payload::HttpRequest(line),
            },
            leg: number,
            record: self.record,
            ..Connect::new(&from, to, Protocol::Tcp)
        });
        // The hand-over stands before the new connection's first hop, and shows both packets.
        let new_packet = self.hops.get(first).map(|hop| hop.before.clone());
        let rest = self.hops.split_off(first.min(self.hops.len()));
        let why = if upstream.via_service {
            IngressWhy::DialsService { to }
        } else {
            IngressWhy::Picks { to, how: pick.how }
        };
        self.record_hop(HopDraft {
            after: new_packet.as_ref(),
            ..HopDraft::new(Place::Pod(at.pod.clone()), Stage::Proxy, arrived, Why::Ingress(why))
        });
        self.hops.extend(rest);
        match leg.verdict {
            Verdict::Delivered => {}
            Verdict::Refused | Verdict::Unreachable | Verdict::Unresolved => return Err(502),
            Verdict::Timeout => return Err(504),
        }
        let place = leg.arrived_at().unwrap_or(Place::Client);
        let tls = pods::speaks_tls(self.snapshot, &place, to.port());
        let (status, why) = match (ask.scheme, tls) {
            ("http", false) | ("https", true) => (200, IngressWhy::PassesOn { status: 200 }),
            ("http", true) => (400, IngressWhy::PassesOn { status: 400 }),
            ("https", false) => (502, IngressWhy::PlainUpstream { to }),
            (scheme, _) => (502, IngressWhy::OtherProtocol { scheme }),
        };
        let (backend, source_seen) = (leg.backend.clone(), leg.source_seen);
        let payload = if status == 502 {
            Payload::Rst
        } else {
            Payload::HttpResponse(status_line(status))
        };
        self.answer(&mut leg, payload);
        if leg.verdict != Verdict::Delivered {
            return Err(504);
        }
        Ok(Upstreamed {
            status,
            why,
            backend,
            source_seen,
            response_headers: Vec::new(),
            answered: status != 502,
        })
    }

    /// An endpoint's address; the name of an ExternalName Service is looked up in the cluster, as the
    /// controller does in the background.
    fn address_of_endpoint(&mut self, endpoint: &Endpoint) -> Option<SocketAddr> {
        if let Ok(address) = endpoint.host.parse() {
            return Some(SocketAddr::new(address, endpoint.port));
        }
        let options = ServerOptions::of_cluster(self.snapshot);
        let answer = server::answer(self.snapshot, &options, &endpoint.host, RecordType::A);
        let address = answer.addresses().next()?;
        Some(SocketAddr::new(address, endpoint.port))
    }
}

/// The method of the request that arrived.
fn ask_method(arrived: &Packet) -> &str {
    let line = arrived.payload.http_line();
    line.and_then(|line| line.split(' ').next()).unwrap_or("GET")
}
