//! `kubehop trace`: a packet's way, hop by hop, as text or as one JSON document.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value};

use super::args::{Format, TraceArgs, WorldArgs};
use super::texts::{PlaceInText, Texts};
use super::{Host, Outcome, prepared};
use crate::api::{Kind, ObjectRef};
use crate::cluster::Snapshot;
use crate::net::trace::{Backend, Direction, DnsLookup, Hop, HttpResult, ProxyDecision, ProxyVerdict, RuleHit};
use crate::net::{Destination, Packet, Request, Source, Trace, Verdict};
use crate::sim::Duration;
use crate::text::Lang;
use crate::world::World;

/// The whole document.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    verdict: &'static str,
    reason: String,
    proxy: Option<ProxyDocument>,
    backend: Option<BackendDocument>,
    source_seen: Option<String>,
    http: Option<HttpDocument>,
    dns: Vec<DnsDocument>,
    hops: Vec<HopDocument>,
    /// In how many seconds the same packet would arrive; absent where it does now, or never by waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    ready_in: Option<i64>,
}

#[derive(Serialize)]
struct ProxyDocument {
    node: String,
    service: Option<String>,
    verdict: &'static str,
    backends: Vec<BackendDocument>,
    masquerade: bool,
}

#[derive(Serialize)]
struct BackendDocument {
    address: String,
    pod: Option<String>,
    node: Option<String>,
    probability: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HttpDocument {
    status: u16,
    service: Option<String>,
    route: Option<String>,
    path: Option<String>,
    location: Option<String>,
    tls_secret: Option<String>,
    headers: Map<String, Value>,
    response_headers: Map<String, Value>,
    mirrors: Vec<String>,
}

/// One question of a resolver and its answer.
#[derive(Serialize)]
pub(super) struct DnsDocument {
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    rcode: &'static str,
    answers: Vec<String>,
}

#[derive(Serialize)]
struct HopDocument {
    at: String,
    stage: &'static str,
    direction: &'static str,
    leg: u8,
    before: PacketDocument,
    after: Option<PacketDocument>,
    rules: Vec<RuleDocument>,
    object: Option<String>,
    span: Option<PlaceInText>,
    why: String,
}

#[derive(Serialize)]
struct PacketDocument {
    protocol: &'static str,
    src: String,
    dst: String,
    mark: u32,
    text: String,
}

#[derive(Serialize)]
struct RuleDocument {
    table: &'static str,
    chain: String,
    text: String,
    probability: f64,
}

pub(super) fn run(args: &TraceArgs, world_args: &WorldArgs, host: &dyn Host) -> Result<Outcome, String> {
    let request = request(args)?;
    let (mut world, texts, refused) = prepared(&args.files, world_args, host)?;
    if let Some(after) = args.after {
        world.advance(after);
    }
    check(&world.snapshot(), &request)?;
    let before = world.clone();
    let trace = world.send(&request);
    let mut document = document(&trace, &texts);
    if !arrives(&trace) {
        document.ready_in = ready_in(before, &request);
    }
    let stdout = match args.output {
        Format::Json => serde_json::to_string_pretty(&document).map_err(|error| error.to_string())? + "\n",
        Format::Text => {
            let mut out = text(&document);
            if let Some(seconds) = document.ready_in {
                let all = seconds + args.after.map_or(0, |it| it.0 / 1000);
                out.push_str(&format!(
                    "not ready yet: in {seconds} s the same packet arrives (--after {all}s)\n"
                ));
            }
            out
        }
    };
    Ok(Outcome {
        stdout,
        code: u8::from(!refused.is_empty()),
        stderr: refused,
    })
}

/// Whether a request was answered by whom it was meant for.
fn arrives(trace: &Trace) -> bool {
    trace.verdict == Verdict::Delivered && trace.http.as_ref().is_none_or(|it| it.status != 503)
}

/// How far ahead it is looked whether a packet arrives, in virtual seconds.
const LOOKS_AHEAD: i64 = 600;

/// In how many seconds the same packet would arrive, where nothing but time is missing: pods start, probes succeed.
fn ready_in(mut world: World, request: &Request) -> Option<i64> {
    let start = world.now();
    let end = start + Duration::from_secs(LOOKS_AHEAD);
    while let Some(due) = world.cluster().next_due().filter(|it| *it <= end) {
        world.advance(due - world.now());
        if arrives(&world.send(request)) {
            return Some((world.now() - start).0.div_euclid(1000) + i64::from((world.now() - start).0 % 1000 != 0));
        }
    }
    None
}

/// What the arguments ask for.
fn request(args: &TraceArgs) -> Result<Request, String> {
    let destination = Destination::parse(&args.to, args.protocol).map_err(|error| error.to_string())?;
    let mut http = destination.http;
    match &mut http {
        Some(http) => {
            if let Some(method) = &args.method {
                http.method = method.to_uppercase();
            }
            for header in &args.headers {
                http.headers.push(split_header(header)?);
            }
        }
        None if args.method.is_some() || !args.headers.is_empty() => {
            return Err("--method and --header need a destination such as http://HOST/PATH".to_owned());
        }
        None => {}
    }
    Ok(Request {
        from: args.from.clone(),
        host: destination.host,
        port: destination.port,
        protocol: args.protocol,
        http,
        via_node: args.node.clone(),
    })
}

/// `Key: value`.
fn split_header(text: &str) -> Result<(String, String), String> {
    text.split_once(':')
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .filter(|(key, _)| !key.is_empty())
        .ok_or_else(|| format!("{text:?} is no header: write 'Key: value'"))
}

/// Whether those who are named exist.
pub(super) fn check_source(snapshot: &Snapshot, from: &Source) -> Result<(), String> {
    let reference = match from {
        Source::Pod { namespace, name } => ObjectRef::new(Kind::Pod, namespace, name),
        Source::Node(name) => ObjectRef::new(Kind::Node, "", name),
        Source::Client | Source::Address(_) => return Ok(()),
    };
    match snapshot.object(&reference) {
        Some(_) => Ok(()),
        None => Err(format!("there is no {from}")),
    }
}

fn check(snapshot: &Snapshot, request: &Request) -> Result<(), String> {
    check_source(snapshot, &request.from)?;
    match &request.via_node {
        Some(name) if snapshot.object(&ObjectRef::new(Kind::Node, "", name)).is_none() => {
            Err(format!("there is no node/{name}"))
        }
        _ => Ok(()),
    }
}

fn document(trace: &Trace, texts: &Texts) -> Document {
    Document {
        ready_in: None,
        verdict: trace.verdict.name(),
        reason: trace.reason.say().get(Lang::En).to_owned(),
        proxy: trace.proxy.as_ref().map(proxy),
        backend: trace.backend.as_ref().map(backend),
        source_seen: trace.source_seen.map(|it| it.to_string()),
        http: trace.http.as_ref().map(http),
        dns: trace.dns.iter().map(dns).collect(),
        hops: trace.hops.iter().map(|it| hop(it, texts)).collect(),
    }
}

fn proxy(decision: &ProxyDecision) -> ProxyDocument {
    ProxyDocument {
        node: decision.node.clone(),
        service: decision.service.as_ref().map(ToString::to_string),
        verdict: match decision.verdict {
            ProxyVerdict::Deliver => "deliver",
            ProxyVerdict::Reject => "reject",
            ProxyVerdict::Drop => "drop",
            ProxyVerdict::None => "none",
        },
        backends: decision.backends.iter().map(backend).collect(),
        masquerade: decision.masquerade,
    }
}

fn backend(backend: &Backend) -> BackendDocument {
    BackendDocument {
        address: backend.address.to_string(),
        pod: backend.pod.as_ref().map(ToString::to_string),
        node: backend.node.clone(),
        probability: backend.probability,
    }
}

fn http(result: &HttpResult) -> HttpDocument {
    HttpDocument {
        status: result.status,
        service: result.service.as_ref().map(ToString::to_string),
        route: result.route.as_ref().map(ToString::to_string),
        path: result.path.clone(),
        location: result.location.clone(),
        tls_secret: result.tls_secret.clone(),
        headers: headers(&result.headers),
        response_headers: headers(&result.response_headers),
        mirrors: result.mirrors.iter().map(ToString::to_string).collect(),
    }
}

/// Headers by name; equal names are joined as RFC 9110 joins them.
fn headers(all: &[(String, String)]) -> Map<String, Value> {
    let mut found: Map<String, Value> = Map::new();
    for (key, value) in all {
        let joined = match found.get(key).and_then(Value::as_str) {
            Some(before) => format!("{before}, {value}"),
            None => value.clone(),
        };
        found.insert(key.clone(), joined.into());
    }
    found
}

/// A question and its answer.
pub(super) fn dns(lookup: &DnsLookup) -> DnsDocument {
    DnsDocument {
        name: lookup.name.clone(),
        kind: lookup.kind,
        rcode: lookup.rcode,
        answers: lookup.answers.clone(),
    }
}

fn hop(hop: &Hop, texts: &Texts) -> HopDocument {
    HopDocument {
        at: hop.at.to_string(),
        stage: hop.stage.name(),
        direction: match hop.direction {
            Direction::Request => "request",
            Direction::Reply => "reply",
        },
        leg: hop.leg,
        before: packet(&hop.before),
        after: hop.after.as_ref().map(packet),
        rules: hop.rules.iter().map(rule).collect(),
        object: hop.object.as_ref().map(ObjectRef::to_string),
        span: hop.span.map(|it| texts.place(it)),
        why: hop.why.say().get(Lang::En).to_owned(),
    }
}

fn packet(packet: &Packet) -> PacketDocument {
    PacketDocument {
        protocol: packet.protocol.name(),
        src: packet.src.to_string(),
        dst: packet.dst.to_string(),
        mark: packet.mark,
        text: packet.to_string(),
    }
}

fn rule(rule: &RuleHit) -> RuleDocument {
    RuleDocument {
        table: rule.table,
        chain: rule.chain.to_string(),
        text: rule.text.to_string(),
        probability: rule.probability,
    }
}

/// For people: one line per hop, then how it ended.
fn text(document: &Document) -> String {
    let mut out = String::new();
    let width = document.hops.iter().map(|it| it.at.chars().count()).max().unwrap_or(0);
    let mut before: Option<(&str, u8)> = None;
    for (idx, hop) in document.hops.iter().enumerate() {
        let part = (hop.direction, hop.leg);
        if before != Some(part) {
            let of = if hop.leg == 0 {
                String::new()
            } else {
                format!(" of connection {}", hop.leg + 1)
            };
            let _ = writeln!(out, "{}{of}", hop.direction);
        }
        before = Some(part);
        let after = match &hop.after {
            None => "  (ends here)".to_owned(),
            Some(after) if after.text != hop.before.text => format!("  =>  {}", after.text),
            Some(_) => String::new(),
        };
        let _ = writeln!(
            out,
            "{:3}  {:width$}  {:7}  {}{after}",
            idx + 1,
            hop.at,
            hop.stage,
            hop.before.text
        );
        let place = hop.span.as_ref().map(|it| format!(" [{it}]")).unwrap_or_default();
        let _ = writeln!(out, "     {:width$}           {}{place}", "", hop.why);
    }
    for it in &document.dns {
        let _ = writeln!(
            out,
            "dns: {} {} {} {}",
            it.kind,
            it.name,
            it.rcode,
            it.answers.join(", ")
        );
    }
    if let Some(proxy) = &document.proxy {
        let _ = writeln!(
            out,
            "kube-proxy on {}: {}, {}{}",
            proxy.node,
            proxy.service.as_deref().unwrap_or("no Service"),
            proxy.verdict,
            if proxy.masquerade { ", masqueraded" } else { "" }
        );
        for backend in &proxy.backends {
            let _ = writeln!(
                out,
                "  {:5.1} %  {}  {}",
                backend.probability * 100.0,
                backend.address,
                backend.pod.as_deref().unwrap_or("")
            );
        }
    }
    if let Some(http) = &document.http {
        let _ = writeln!(out, "http: {}", http.status);
    }
    let _ = writeln!(out, "{}: {}", document.verdict, document.reason);
    if document.verdict == Verdict::Delivered.name()
        && let (Some(backend), Some(seen)) = (&document.backend, &document.source_seen)
    {
        let _ = writeln!(
            out,
            "{} saw the source {seen}",
            backend.pod.as_deref().unwrap_or(&backend.address)
        );
    }
    out
}
