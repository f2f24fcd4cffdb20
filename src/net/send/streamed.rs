//! A proxy's side of connections that it passes on unread: TLS by name, TCP and UDP.
//!
//! Here are the connections and what is told of them. Not here: what a proxy decides
//! ([`http_proxy`](crate::net::http_proxy)).

use std::net::SocketAddr;

use super::proxied::greeted_name;
use super::{HopDraft, RequestRun, first_line, host_header, pods, status_line, trace_of};
use crate::api::{NamespacedName, ObjectRef};
use crate::net::http_proxy::gateway::stream::{Onward, Passage};
use crate::net::http_proxy::gateway::{GatewayWhy, names};
use crate::net::http_proxy::{Proxy, Stream, StreamInbound};
use crate::net::packet::{Packet, Payload, Protocol};
use crate::net::request::{HttpRequest, Request};
use crate::net::trace::{HttpResult, Place, Stage, Trace, Verdict};
use crate::net::transport::Connection;
use crate::net::why::Why;

impl RequestRun<'_> {
    /// The proxy passes a connection on, or ends it.
    ///
    /// # Errors
    /// The connection, where it carries HTTP for the proxy to read.
    pub(super) fn through_stream(
        &mut self,
        request: &Request,
        http: Option<&HttpRequest>,
        connection: Connection,
        (proxy, pod): (&Proxy, &NamespacedName),
    ) -> Result<Box<Trace>, Box<Connection>> {
        let Some(arrived) = connection.arrived_packet().cloned() else {
            return Err(Box::new(connection));
        };
        let tls = http.is_some_and(|it| it.https);
        let host = http.map(|it| host_header(request, it)).unwrap_or_default();
        let greeted = greeted_name(request, &host).unwrap_or_default().to_ascii_lowercase();
        let inbound = StreamInbound {
            port: arrived.dst.port(),
            udp: request.protocol == Protocol::Udp,
            http: http.is_some(),
            tls,
            sni: if tls { &greeted } else { "" },
        };
        match proxy.pass(&mut self.proxy_context(), inbound) {
            Stream::Http => Err(Box::new(connection)),
            Stream::Ends(passage) => Ok(Box::new(self.end(connection, &passage, request.protocol))),
            Stream::Passes(passage) => Ok(Box::new(self.pass_on(
                request,
                http,
                connection,
                (&arrived, pod),
                passage,
            ))),
        }
    }

    /// Why a connection to a Gateway's address came to nothing, where that is the Gateway's doing.
    pub(super) fn closed_by_gateway(&mut self, to: SocketAddr, protocol: Protocol) -> Option<Why> {
        let model = self.state.http_proxies.gateways(self.snapshot);
        let (port, udp) = (to.port(), protocol == Protocol::Udp);
        let closed = names::closed(self.snapshot, &model, to.ip(), port, udp)?;
        let gateway = closed.gateway.to_string().into();
        let why = match closed.listener {
            None => GatewayWhy::NoListenerAt { gateway, port },
            Some(listener) => GatewayWhy::ListenerNotProgrammed {
                gateway,
                listener: listener.into(),
                condition: closed.condition.0,
                reason: closed.condition.1,
            },
        };
        Some(Why::HttpProxy(why.into()))
    }

    /// Tells what decided about a connection.
    fn tell<T>(&mut self, connection: &Connection, passage: &Passage<T>) {
        if let Some(shown) = &passage.certificate {
            self.record_hop_at(connection, Stage::Proxy, Why::HttpProxy(shown.why.clone()), None);
        }
        let rule: Option<(ObjectRef, &str)> = passage
            .rule
            .as_ref()
            .map(|(object, field)| (object.clone(), field.as_str()));
        self.record_hop_at(connection, Stage::Proxy, Why::HttpProxy(passage.why.clone()), rule);
    }

    /// The connection ends at the proxy: reset, or without a word (UDP).
    fn end<T>(&mut self, mut connection: Connection, passage: &Passage<T>, protocol: Protocol) -> Trace {
        self.tell(&connection, passage);
        let silent = protocol == Protocol::Udp;
        if !silent {
            self.answer(&mut connection, Payload::Rst);
        }
        let mut trace = trace_of(connection, None);
        if trace.verdict == Verdict::Delivered {
            trace.verdict = if silent { Verdict::Timeout } else { Verdict::Refused };
            trace.reason = Why::HttpProxy(passage.why.clone());
        }
        trace.backend = None;
        trace.source_seen = None;
        trace
    }

    /// The connection goes on to an endpoint, whose answer goes back.
    fn pass_on(
        &mut self,
        request: &Request,
        http: Option<&HttpRequest>,
        mut connection: Connection,
        (arrived, pod): (&Packet, &NamespacedName),
        passage: Passage<Onward>,
    ) -> Trace {
        self.tell(&connection, &passage);
        let Onward {
            dial,
            service,
            unsealed,
        } = passage.to;
        let payload = match http {
            Some(http) if unsealed => Payload::HttpRequest(first_line(http)),
            _ => arrived.payload.clone(),
        };
        let mut onward = self.dial(arrived, pod, dial.to, payload, dial.why);
        if onward.verdict != Verdict::Delivered {
            let why = onward.reason.clone();
            let lost = Passage {
                certificate: None,
                rule: passage.rule,
                why: passage.why,
                to: (),
            };
            let mut trace = self.end(connection, &lost, request.protocol);
            trace.reason = why;
            return trace;
        }
        let (backend, source_seen) = (onward.backend.clone(), onward.source_seen);
        let sealed = http.is_some_and(|it| it.https) && !unsealed;
        let place = onward.arrived_at().unwrap_or(Place::Client);
        let speaks_tls = pods::speaks_tls(self.snapshot, &place, dial.to.port());
        let (answer, status) = match http {
            None if request.protocol == Protocol::Udp => (Payload::Data, None),
            None => (Payload::SynAck, None),
            // A pod that was greeted in TLS and knows none hangs up.
            Some(_) if sealed && !speaks_tls => (Payload::Rst, None),
            Some(_) if speaks_tls && !sealed => (Payload::HttpResponse(status_line(400)), Some(400)),
            Some(_) => (Payload::HttpResponse(status_line(200)), Some(200)),
        };
        self.answer(&mut onward, answer.clone());
        let reset = answer == Payload::Rst;
        self.record_back(arrived, pod, &passage.why);
        self.answer(&mut connection, answer);
        let result = http.zip(status).map(|(http, status)| HttpResult {
            status,
            proxy: None,
            service: Some(service),
            route: passage.rule.as_ref().map(|(object, _)| object.clone()),
            path: Some(http.path.clone()),
            tls_secret: passage.certificate.map(|it| it.secret),
            headers: std::iter::once(("Host".to_owned(), host_header(request, http)))
                .chain(
                    http.headers
                        .iter()
                        .filter(|it| !it.0.eq_ignore_ascii_case("host"))
                        .cloned(),
                )
                .collect(),
            ..HttpResult::default()
        });
        let mut trace = trace_of(connection, result);
        if trace.verdict == Verdict::Delivered {
            if reset {
                trace.verdict = Verdict::Refused;
                trace.reason = Why::NotTls { at: dial.to };
            } else {
                trace.reason = Why::HttpProxy(passage.why);
            }
        }
        trace.backend = backend;
        trace.source_seen = source_seen;
        trace
    }

    /// The answer comes back to the proxy.
    fn record_back(&mut self, arrived: &Packet, pod: &NamespacedName, why: &crate::net::http_proxy::HttpProxyWhy) {
        let place = Place::Pod(pod.clone());
        self.record_hop(HopDraft {
            direction: crate::net::trace::Direction::Reply,
            ..HopDraft::new(place, Stage::Proxy, arrived, Why::HttpProxy(why.clone()))
        });
    }
}
