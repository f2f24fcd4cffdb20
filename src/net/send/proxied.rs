//! A proxy's side of a request: TLS ends, a rule decides, a connection of the proxy's own goes to a pod, and the
//! pod's answer goes back to the client.
//!
//! Here are the connections and what is told of them. Not here: what a proxy decides
//! ([`http_proxy`](crate::net::http_proxy)).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::{HopDraft, RequestRun, host_header, pods, status_line, trace_of};
use crate::api::types::core::Pod;
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::net::http_proxy::decision::{Action, AfterStatus, Answer, Dial, Failure, UpstreamRequest};
use crate::net::http_proxy::{
    Copy, Forward, HttpProxyWhy, Inbound, Listener, Proxy, ProxyContext, ProxyState, UpstreamProtocol,
};
use crate::net::packet::{Packet, Payload};
use crate::net::request::{Host, HttpRequest, Request, Source};
use crate::net::trace::{Backend, Direction, HttpResult, Place, Stage, Trace, Verdict};
use crate::net::transport::{Connect, Connection};
use crate::net::why::Why;

/// A proxy's pod that a connection reached.
pub(super) struct ProxyPod {
    proxy: Proxy,
    pod: NamespacedName,
    listener: Listener,
}

/// What a request upstream came to.
struct Upstreamed {
    status: u16,
    why: HttpProxyWhy,
    /// Where it got to; `None` where no connection came about.
    backend: Option<Backend>,
    /// The source address that the backend saw.
    source_seen: Option<IpAddr>,
    response_headers: Vec<(String, String)>,
    /// Whether an endpoint answered.
    answered: bool,
}

impl RequestRun<'_> {
    /// The proxy that a connection arrived at, on a port where it listens for HTTP; `None` for anything else.
    pub(super) fn proxy_at(&mut self, connection: &Connection) -> Option<ProxyPod> {
        let (proxy, pod) = self.proxy_of(connection)?;
        let port = connection.arrived_packet()?.dst.port();
        let listener = proxy.listener(&mut self.proxy_context(), port)?;
        Some(ProxyPod { proxy, pod, listener })
    }

    /// The proxy that a connection arrived at, and its pod; `None` for anything else.
    pub(super) fn proxy_of(&self, connection: &Connection) -> Option<(Proxy, NamespacedName)> {
        let Place::Pod(pod) = connection.arrived_at()? else {
            return None;
        };
        let proxy = Proxy::of_pod(self.snapshot, self.snapshot.typed::<Pod>(&pod)?)?;
        Some((proxy, pod))
    }

    pub(super) fn proxy_context(&mut self) -> ProxyContext<'_, ProxyState> {
        ProxyContext {
            snapshot: self.snapshot,
            state: &mut self.state.http_proxies,
            rng: self.rng,
            now: self.now,
        }
    }

    /// The proxy takes the request over.
    pub(super) fn through_proxy(
        &mut self,
        request: &Request,
        http: &HttpRequest,
        mut connection: Connection,
        at: ProxyPod,
    ) -> Trace {
        let arrived = connection.arrived_packet().cloned().expect("the proxy got the packet");
        let result = HttpResult {
            proxy: Some(at.proxy.kind()),
            ..HttpResult::default()
        };
        match (at.listener, http.https) {
            (Listener::Http, true) => {
                let why = Why::NotTls { at: arrived.dst };
                self.record_hop_at(&connection, Stage::Receive, why.clone(), None);
                self.answer(&mut connection, Payload::Rst);
                let mut trace = trace_of(connection, None);
                trace.reason = why;
                trace
            }
            (Listener::Https, false) => {
                self.record_hop_at(&connection, Stage::Proxy, Why::NeedsTls { at: arrived.dst }, None);
                self.respond_with(connection, &arrived, 400, result, None)
            }
            _ => self.handle(request, http, connection, &arrived, &at, result),
        }
    }

    /// The proxy reads the request, and does what it decides.
    fn handle(
        &mut self,
        request: &Request,
        http: &HttpRequest,
        connection: Connection,
        arrived: &Packet,
        at: &ProxyPod,
        mut result: HttpResult,
    ) -> Trace {
        let host = host_header(request, http);
        let is_host = |name: &str| name.eq_ignore_ascii_case("host");
        let sent = http.headers.iter().filter(|(name, _)| !is_host(name));
        let headers: Vec<(String, String)> = sent.cloned().collect();
        let inbound = Inbound {
            port: arrived.dst.port(),
            https: http.https,
            host: &host,
            sni: greeted_name(request, &host),
            method: &http.method,
            target: &http.path,
            headers: &headers,
            client: connection.source_seen.unwrap_or_else(|| arrived.src.ip()),
        };
        let decision = at.proxy.decide(&mut self.proxy_context(), &at.pod, &inbound);
        if let Some(shown) = decision.certificate {
            result.tls_secret = Some(shown.secret);
            self.record_hop_at(&connection, Stage::Proxy, Why::HttpProxy(shown.why), None);
        }
        let rule = decision
            .rule
            .as_ref()
            .map(|(object, field)| (object.clone(), field.as_str()));
        // A listener, a class or a whole Gateway is no route.
        let is_route = |it: &ObjectRef| !matches!(it.kind, Kind::Gateway | Kind::ListenerSet);
        result.route = rule.as_ref().map(|(object, _)| object.clone()).filter(is_route);
        self.record_hop_at(&connection, Stage::Proxy, Why::HttpProxy(decision.why.clone()), rule);
        match decision.action {
            Action::Answer(answer) => self.own_answer(connection, arrived, answer, result, decision.why),
            Action::Forward(mut forward) => {
                let outcome = self.forward(arrived, at, &mut forward, &mut result);
                let mut trace = self.respond_with(connection, arrived, outcome.status, result, Some(outcome));
                if matches!(trace.reason, Why::HttpProxy(HttpProxyWhy::PassesOn { .. })) {
                    trace.reason = Why::HttpProxy(decision.why);
                }
                trace
            }
        }
    }

    fn own_answer(
        &mut self,
        connection: Connection,
        arrived: &Packet,
        answer: Answer,
        mut result: HttpResult,
        why: HttpProxyWhy,
    ) -> Trace {
        result.location = answer.location.clone();
        result.response_headers = answer.headers;
        result
            .response_headers
            .extend(answer.location.map(|to| ("Location".to_owned(), to)));
        let mut trace = self.respond_with(connection, arrived, answer.status, result, None);
        if trace.verdict == Verdict::Delivered {
            trace.reason = Why::HttpProxy(why);
        }
        trace
    }

    /// Sends the client its answer, and sums up.
    fn respond_with(
        &mut self,
        mut connection: Connection,
        arrived: &Packet,
        status: u16,
        mut result: HttpResult,
        upstream: Option<Upstreamed>,
    ) -> Trace {
        result.status = status;
        if let Some(upstream) = &upstream {
            let at = connection.arrived_at().unwrap_or(Place::Client);
            self.record_hop(HopDraft {
                direction: Direction::Reply,
                ..HopDraft::new(at, Stage::Proxy, arrived, Why::HttpProxy(upstream.why.clone()))
            });
        }
        self.answer(&mut connection, Payload::HttpResponse(status_line(status)));
        let mut trace = trace_of(connection, Some(result));
        if let Some(upstream) = upstream {
            if trace.verdict == Verdict::Delivered {
                trace.reason = Why::HttpProxy(upstream.why);
            }
            if upstream.backend.is_some() {
                trace.backend = upstream.backend;
                trace.source_seen = upstream.source_seen;
            }
        }
        trace
    }

    /// Asks upstream, and again where the proxy wants another answer; `result` gets what the endpoint saw and the
    /// client's headers.
    fn forward(
        &mut self,
        arrived: &Packet,
        at: &ProxyPod,
        forward: &mut Forward<'_>,
        result: &mut HttpResult,
    ) -> Upstreamed {
        self.send_copies(arrived, &at.pod, forward.take_copies(), result);
        let mut outcome = self.ask_upstream(arrived, at, forward);
        loop {
            match forward.after_status(outcome.status) {
                AfterStatus::PassOn => break,
                AfterStatus::AskAgain => outcome = self.ask_upstream(arrived, at, forward),
                AfterStatus::Replace(status) => {
                    outcome.status = status;
                    outcome.answered = false;
                    break;
                }
            }
        }
        if outcome.answered {
            let request = forward.request();
            result.service = request.service.clone();
            result.path = Some(request.target.clone());
            result.headers = request.headers.clone();
        }
        result.response_headers = std::mem::take(&mut outcome.response_headers);
        outcome
    }

    /// Asks endpoint after endpoint, until one answers or none is left.
    fn ask_upstream(&mut self, arrived: &Packet, at: &ProxyPod, forward: &mut Forward<'_>) -> Upstreamed {
        let mut last = None;
        loop {
            let dial = match forward.next_endpoint(&mut self.proxy_context(), last.take()) {
                Ok(dial) => dial,
                Err(failure) => {
                    return Upstreamed {
                        status: failure.status,
                        why: failure.why,
                        backend: None,
                        source_seen: None,
                        response_headers: forward.request().response_headers.clone(),
                        answered: false,
                    };
                }
            };
            let to = dial.to;
            match self.ask_endpoint(arrived, at, forward.request(), dial) {
                Ok(answered) => return answered,
                Err(status) => {
                    let why = HttpProxyWhy::UpstreamFailed { to, status };
                    last = Some(Failure { status, why });
                }
            }
        }
    }

    /// One request to one endpoint.
    ///
    /// # Errors
    /// The status for the client where no answer came.
    fn ask_endpoint(
        &mut self,
        arrived: &Packet,
        at: &ProxyPod,
        request: &UpstreamRequest,
        dial: Dial,
    ) -> Result<Upstreamed, u16> {
        let to = dial.to;
        let line: Arc<str> = format!("{} {}", method_of(arrived), request.target).into();
        let payload = match request.protocol {
            UpstreamProtocol::Https => Payload::TlsRequest(line),
            _ => Payload::HttpRequest(line),
        };
        let mut connection = self.dial(arrived, &at.pod, to, payload, dial.why);
        match connection.verdict {
            Verdict::Delivered => {}
            Verdict::Refused | Verdict::Unreachable | Verdict::Unresolved => return Err(502),
            Verdict::Timeout => return Err(504),
        }
        let place = connection.arrived_at().unwrap_or(Place::Client);
        let tls = pods::speaks_tls(self.snapshot, &place, to.port());
        let (status, why) = match (request.protocol, tls) {
            (UpstreamProtocol::Http, false) | (UpstreamProtocol::Https, true) => {
                let status = pods::status(self.snapshot, &place, to.port(), method_of(arrived), &request.target);
                (status, HttpProxyWhy::PassesOn { status })
            }
            (UpstreamProtocol::Http, true) => (400, HttpProxyWhy::PassesOn { status: 400 }),
            (UpstreamProtocol::Https, false) => (502, HttpProxyWhy::PlainUpstream { to }),
            (protocol, _) => (502, HttpProxyWhy::OtherProtocol { protocol }),
        };
        let (backend, source_seen) = (connection.backend.clone(), connection.source_seen);
        let payload = if status == 502 {
            Payload::Rst
        } else {
            Payload::HttpResponse(status_line(status))
        };
        self.answer(&mut connection, payload);
        if connection.verdict != Verdict::Delivered {
            return Err(504);
        }
        let headers = request.response_headers.iter().cloned();
        Ok(Upstreamed {
            status,
            why,
            backend,
            source_seen,
            response_headers: headers.chain(dial.response_headers).collect(),
            answered: status != 502,
        })
    }

    /// Sends copies of a request to others; their answers are thrown away.
    fn send_copies(&mut self, arrived: &Packet, pod: &NamespacedName, copies: Vec<Copy>, result: &mut HttpResult) {
        for copy in copies {
            let line: Arc<str> = format!("{} {}", method_of(arrived), copy.target).into();
            let mut connection = self.dial(arrived, pod, copy.dial.to, Payload::HttpRequest(line), copy.dial.why);
            if connection.verdict == Verdict::Delivered {
                self.answer(&mut connection, Payload::HttpResponse(status_line(200)));
                result.mirrors.push(copy.service);
            }
        }
    }

    /// A connection of the proxy's own, told as the hand-over from the one that arrived and its hops behind.
    pub(super) fn dial(
        &mut self,
        arrived: &Packet,
        pod: &NamespacedName,
        to: SocketAddr,
        payload: Payload,
        why: HttpProxyWhy,
    ) -> Connection {
        let from = Source::Pod {
            namespace: pod.namespace.clone(),
            name: pod.name.clone(),
        };
        let number = self.new_connection();
        let first = self.hops.len();
        let connection = self.connect(&Connect {
            payload,
            leg: number,
            record: self.record,
            ..Connect::new(&from, to, arrived.protocol)
        });
        // The hand-over stands before the new connection's first hop, and shows both packets.
        let new_packet = self.hops.get(first).map(|hop| hop.before.clone());
        let rest = self.hops.split_off(first.min(self.hops.len()));
        let place = Place::Pod(pod.clone());
        self.record_hop(HopDraft {
            after: new_packet.as_ref(),
            ..HopDraft::new(place, Stage::Proxy, arrived, Why::HttpProxy(why))
        });
        self.hops.extend(rest);
        connection
    }
}

/// The name that a client greets with when it begins TLS; `None` for an address.
pub(super) fn greeted_name<'a>(request: &'a Request, host_header: &'a str) -> Option<&'a str> {
    match &request.host {
        Host::Name(name) => Some(name.as_str()),
        // A client that was given an address and a Host header greets with neither; curl --resolve would greet
        // with the name, so the header's name stands for it.
        Host::Address(_) => {
            let name = host_header.split(':').next().unwrap_or_default();
            Some(name).filter(|it| it.parse::<IpAddr>().is_err())
        }
    }
}

/// The method of the request that arrived.
fn method_of(arrived: &Packet) -> &str {
    let line = arrived.payload.http_line();
    line.and_then(|line| line.split(' ').next()).unwrap_or("GET")
}
