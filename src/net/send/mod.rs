//! One request from its sender to whoever answers: the name looked up, the connection made, HTTP spoken, a
//! proxy's own connection on the client's behalf.
//!
//! - [`names`]: questions to DNS servers and what resolvers make of the answers
//! - [`pods`]: what listens where, as far as objects tell
//! - `outside`: what the client outside the cluster knows
//! - `answers`: DNS answers in words
//! - `proxied`: an HTTP proxy's side
//! - `streamed`: a proxy's side of what it passes on unread
//!
//! The only entrance for everything that sends. What kernels do with each packet is
//! [`transport`](super::transport)'s; what names mean is [`dns`](super::dns)'s; what a proxy decides is
//! [`http_proxy`](super::http_proxy)'s.

pub mod names;
pub mod pods;

mod answers;
mod daemons;
mod outside;
mod proxied;
mod streamed;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::packet::{Packet, Payload, Protocol};
use super::request::{Host, HttpRequest, Request, Source};
use super::state::NetState;
use super::trace::{DnsLookup, Hop, HttpResult, Place, ProxyDecision, Stage, Trace, Verdict};
use super::transport::{self, Connect, Connection};
use super::why::Why;
use crate::api::ip_family::url_host;
use crate::api::{NamespacedName, ObjectRef};
use crate::cluster::Snapshot;
use crate::sim::{Instant, Rng};

use self::names::Named;

/// Whether every hop is recorded, or only how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Detail {
    /// Every hop.
    #[default]
    Hops,
    /// Only the outcome: for bursts, where nobody reads the hops.
    Outcome,
}

/// How many addresses of a name are tried, one after the other.
const MAX_ADDRESSES: usize = 4;

/// Sends a request, and gives its trace with every hop.
pub fn send(snapshot: &Snapshot, state: &mut NetState, rng: &mut Rng, now: Instant, request: &Request) -> Trace {
    send_with(snapshot, state, rng, now, request, Detail::Hops)
}

/// Sends a request; `detail` says how much is recorded.
pub fn send_with(
    snapshot: &Snapshot,
    state: &mut NetState,
    rng: &mut Rng,
    now: Instant,
    request: &Request,
    detail: Detail,
) -> Trace {
    state.sync(snapshot);
    let mut run = RequestRun::new(snapshot, state, rng, now, detail);
    let addresses = match &request.host {
        Host::Address(address) => vec![*address],
        Host::Name(name) => match run.look_up(&request.from, name, request.http.is_some()) {
            Named::Found(addresses) => addresses,
            Named::Failed(why) => return run.unresolved(why),
        },
    };
    let mut last = None;
    for address in addresses.into_iter().take(MAX_ADDRESSES) {
        let trace = run.connect_to(request, SocketAddr::new(address, request.port));
        // A client goes on to the next address only where it learns that this one does not take it.
        let goes_on = matches!(trace.verdict, Verdict::Refused | Verdict::Unreachable);
        last = Some(trace);
        if !goes_on {
            break;
        }
    }
    let mut trace = last.expect("a name that is found has an address");
    trace.dns = run.lookups;
    trace.hops = run.hops;
    trace
}

/// A request under way: what it may touch, and what was recorded so far.
struct RequestRun<'a> {
    snapshot: &'a Snapshot,
    state: &'a mut NetState,
    rng: &'a mut Rng,
    now: Instant,
    record: bool,
    hops: Vec<Hop>,
    lookups: Vec<DnsLookup>,
    /// The next connection's number; 0 is the client's own.
    next_connection: u8,
    /// How often a DNS server has asked another.
    forwards: u8,
}

impl<'a> RequestRun<'a> {
    fn new(snapshot: &'a Snapshot, state: &'a mut NetState, rng: &'a mut Rng, now: Instant, detail: Detail) -> Self {
        Self {
            snapshot,
            state,
            rng,
            now,
            record: detail == Detail::Hops,
            hops: Vec::new(),
            lookups: Vec::new(),
            next_connection: 1,
            forwards: 0,
        }
    }

    /// The number of a further connection.
    fn new_connection(&mut self) -> u8 {
        let number = self.next_connection;
        self.next_connection = number.saturating_add(1);
        number
    }

    /// Makes a connection; its hops join the trace.
    fn connect(&mut self, args: &Connect<'_>) -> Connection {
        let mut connection = transport::connect(self.snapshot, self.state, self.rng, self.now, args);
        self.hops.append(&mut connection.hops);
        connection
    }

    /// Sends a connection's answer; its hops join the trace.
    fn answer(&mut self, connection: &mut Connection, payload: Payload) {
        let sealed = connection.arrived_packet().is_some_and(|it| it.payload.is_sealed());
        let payload = if sealed { payload.sealed() } else { payload };
        transport::answer(self.snapshot, self.state, self.rng, self.now, connection, payload);
        self.hops.append(&mut connection.hops);
    }

    /// Records something that happened to a packet outside of any kernel.
    fn record_hop(&mut self, hop: HopDraft<'_>) {
        if !self.record {
            return;
        }
        let span = hop
            .made_from
            .as_ref()
            .and_then(|(object, field)| self.snapshot.span(object, field));
        self.hops.push(Hop {
            at: hop.at,
            stage: hop.stage,
            direction: hop.direction,
            leg: hop.leg,
            before: hop.before.clone(),
            after: Some(hop.after.unwrap_or(hop.before).clone()),
            rules: Vec::new(),
            object: hop.made_from.map(|(object, _)| object),
            span,
            why: hop.why,
        });
    }

    /// The trace of a request whose name has no address.
    fn unresolved(self, why: Why) -> Trace {
        Trace {
            verdict: Verdict::Unresolved,
            reason: why,
            proxy: None,
            backend: None,
            source_seen: None,
            http: None,
            dns: self.lookups,
            hops: self.hops,
        }
    }

    /// The connection proper, to one address.
    fn connect_to(&mut self, request: &Request, to: SocketAddr) -> Trace {
        let http = request.http.as_ref().filter(|_| request.protocol == Protocol::Tcp);
        let payload = match http {
            Some(http) if http.https => Payload::TlsRequest(first_line(http)),
            Some(http) => Payload::HttpRequest(first_line(http)),
            None => Connect::new(&request.from, to, request.protocol).payload,
        };
        let mut connection = self.connect(&Connect {
            payload,
            via_node: request.via_node.as_deref(),
            record: self.record,
            ..Connect::new(&request.from, to, request.protocol)
        });
        if connection.verdict != Verdict::Delivered {
            let mut trace = trace_of(connection, None);
            if let Some(why) = self.closed_by_gateway(to, request.protocol) {
                trace.reason = why;
            }
            return trace;
        }
        if let Some((proxy, pod)) = self.proxy_of(&connection) {
            connection = match self.through_stream(request, http, connection, (&proxy, &pod)) {
                Ok(trace) => return *trace,
                Err(connection) => *connection,
            };
        }
        let Some(http) = http else {
            let payload = match request.protocol {
                Protocol::Tcp => Payload::SynAck,
                Protocol::Icmp => Payload::Pong,
                Protocol::Udp | Protocol::Sctp => Payload::Data,
            };
            self.answer(&mut connection, payload);
            return trace_of(connection, None);
        };
        match self.proxy_at(&connection) {
            Some(proxy) => self.through_proxy(request, http, connection, proxy),
            None => self.plain_http(request, http, connection),
        }
    }

    /// HTTP with a process that is no proxy.
    fn plain_http(&mut self, request: &Request, http: &HttpRequest, mut connection: Connection) -> Trace {
        let arrived = connection.arrived_packet().map(|packet| packet.dst);
        let at = arrived.unwrap_or_else(|| SocketAddr::new(IpAddr::from([0, 0, 0, 0]), request.port));
        let place = connection.arrived_at().unwrap_or(Place::Client);
        let tls = pods::speaks_tls(self.snapshot, &place, at.port());
        if http.https && !tls {
            let why = Why::NotTls { at };
            self.record_hop_at(&connection, Stage::Receive, why.clone(), None);
            self.answer(&mut connection, Payload::Rst);
            let mut trace = trace_of(connection, None);
            if trace.verdict == Verdict::Delivered {
                trace.reason = why;
            }
            return trace;
        }
        let mut own = connection.node_server().map(|(node, server)| {
            let node = node.to_owned();
            daemons::of(self.snapshot, self.now, &node, server, &http.path)
        });
        let (status, why) = match (&own, &place) {
            (_, _) if tls && !http.https => (400, Some(Why::NeedsTls { at })),
            (Some(own), _) => (own.status, None),
            (None, Place::External(_)) if tls => (403, Some(Why::ApiServerForbids { at })),
            (None, place) => {
                let status = pods::status(self.snapshot, place, at.port(), &http.method, &http.path);
                let pod = place.to_string().into();
                (status, Some(Why::AnswersHttp { status, pod }))
            }
        };
        if let Some(why) = why.clone() {
            self.record_hop_at(&connection, Stage::Receive, why, None);
        }
        let service = connection
            .proxy
            .as_ref()
            .and_then(service_name)
            .filter(|_| own.is_none() && status != 400 && status != 403);
        let mut headers = vec![("Host".to_owned(), host_header(request, http))];
        headers.extend(
            http.headers
                .iter()
                .filter(|(name, _)| !name.eq_ignore_ascii_case("host"))
                .cloned(),
        );
        if tls && !http.https && own.is_some() {
            own = Some(daemons::no_tls());
        }
        let mut result = HttpResult {
            status,
            service,
            path: Some(http.path.clone()),
            headers,
            response_headers: vec![("Content-Type".to_owned(), "text/plain".to_owned())],
            ..HttpResult::default()
        };
        if let Some(own) = own {
            result.response_headers = own.headers;
            result.body = Some(own.body.into());
        }
        self.answer(&mut connection, Payload::HttpResponse(status_line(status)));
        trace_of(connection, Some(result))
    }

    /// Records something at the place where a connection arrived.
    fn record_hop_at(&mut self, connection: &Connection, stage: Stage, why: Why, made_from: Option<(ObjectRef, &str)>) {
        if let (Some(at), Some(packet)) = (connection.arrived_at(), connection.arrived_packet()) {
            let packet = packet.clone();
            self.record_hop(HopDraft {
                made_from,
                ..HopDraft::new(at, stage, &packet, why)
            });
        }
    }
}

/// A hop about to be recorded.
struct HopDraft<'a> {
    at: Place,
    stage: Stage,
    direction: super::trace::Direction,
    leg: u8,
    before: &'a Packet,
    after: Option<&'a Packet>,
    why: Why,
    made_from: Option<(ObjectRef, &'a str)>,
}

impl<'a> HopDraft<'a> {
    /// On the way there, by the client's own connection, with the packet unchanged.
    fn new(at: Place, stage: Stage, before: &'a Packet, why: Why) -> Self {
        Self {
            at,
            stage,
            direction: super::trace::Direction::Request,
            leg: 0,
            before,
            after: None,
            why,
            made_from: None,
        }
    }
}

/// The trace of a connection.
fn trace_of(connection: Connection, http: Option<HttpResult>) -> Trace {
    Trace {
        verdict: connection.verdict,
        reason: connection.reason,
        proxy: connection.proxy,
        backend: connection.backend,
        source_seen: connection.source_seen,
        // An answer that does not come back is no answer.
        http: http.filter(|_| connection.verdict == Verdict::Delivered),
        dns: Vec::new(),
        hops: Vec::new(),
    }
}

/// A decision's Service.
fn service_name(decision: &ProxyDecision) -> Option<NamespacedName> {
    Some(decision.service.as_ref()?.service.clone())
}

/// `GET /path`.
fn first_line(http: &HttpRequest) -> Arc<str> {
    format!("{} {}", http.method, http.path).into()
}

/// The `Host` header: as given, else as in the URL, with the port where it is not the scheme's own.
fn host_header(request: &Request, http: &HttpRequest) -> String {
    let given = http.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    if let Some((_, value)) = given {
        return value.clone();
    }
    let host = match &request.host {
        Host::Name(name) => name.clone(),
        Host::Address(address) => url_host(&address.to_string()).into_owned(),
    };
    if request.port == if http.https { 443 } else { 80 } {
        host
    } else {
        format!("{host}:{}", request.port)
    }
}

/// `200 OK`.
#[must_use]
pub fn status_line(status: u16) -> Arc<str> {
    let text = match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Not Allowed",
        421 => "Misdirected Request",
        413 => "Content Too Large",
        418 => "I'm a teapot",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        _ => "",
    };
    format!("{status} {text}").trim_end().into()
}

/// The sender's own place, as far as it is known without sending.
fn place_of(source: &Source) -> Place {
    match source {
        Source::Pod { namespace, name } => Place::Pod(NamespacedName::new(namespace, name)),
        Source::Node(name) => Place::Node(name.clone()),
        Source::Client => Place::Client,
        Source::Address(address) => Place::External(*address),
    }
}
