//! What `curl` and `wget` share: one HTTP request, and what comes back.
//!
//! A simulated pod runs no program: it answers as its image does where that is known ([`answers`]), else with which pod
//! it is and what it saw.

mod answers;
pub(super) mod curl;
mod response;
pub(super) mod wget;
mod write_out;

use std::net::IpAddr;

use crate::api::types::core::Pod;
use crate::net::http_proxy::ProxyKind;
use crate::net::{Destination, Hop, Host, HttpRequest, Protocol, Request, Source, Trace};
use crate::shell::kubectl::Context;

/// Seconds after which a kernel gives up on a connection that nobody answers.
const KERNEL_TIMEOUT: i64 = 134;

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 10;

/// What is asked of a server, beside the URL.
struct Asked {
    /// `None`: `GET`, or `HEAD` with `head`.
    method: Option<String>,
    headers: Vec<(String, String)>,
    /// Only the head of the answer is wanted.
    head: bool,
    /// Names that are not asked for: host, port, and the address in their place.
    resolve: Vec<(String, u16, IpAddr)>,
    /// What the program sends by itself.
    own_headers: Vec<(&'static str, String)>,
}

impl Asked {
    fn new() -> Self {
        Self {
            method: None,
            headers: Vec::new(),
            head: false,
            resolve: Vec::new(),
            own_headers: Vec::new(),
        }
    }

    /// Adds `NAME: VALUE`; anything else is passed over.
    fn header(&mut self, text: &str) {
        if let Some((key, value)) = text.split_once(':') {
            self.headers.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }

    /// Makes it a `POST` with this body, where no other method is asked for.
    fn data(&mut self, text: &str) {
        self.method.get_or_insert_with(|| "POST".to_owned());
        self.headers.push(("Content-Length".to_owned(), text.len().to_string()));
    }

    fn method(&self) -> String {
        match &self.method {
            Some(method) => method.to_uppercase(),
            None if self.head => "HEAD".to_owned(),
            None => "GET".to_owned(),
        }
    }
}

/// Whole seconds of a timeout, rounded up; `None` where the text is no number from 0 to a day.
fn seconds(text: &str) -> Option<i64> {
    let seconds = text.parse::<f64>().ok()?;
    (0.0..=86_400.0).contains(&seconds).then(|| seconds.ceil() as i64)
}

/// A URL with the scheme that the programs add by themselves.
fn with_scheme(url: &str) -> String {
    if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    }
}

/// The host as it stands in the URL.
fn host_text(host: &Host) -> String {
    match host {
        Host::Name(name) => name.clone(),
        Host::Address(address) => address.to_string(),
    }
}

/// Where a redirect leads.
fn absolute(url: &str, location: &str) -> String {
    if location.contains("://") {
        return location.to_owned();
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let slash = if location.starts_with('/') { "" } else { "/" };
    format!("{scheme}://{authority}{slash}{location}")
}

/// The hop at which a connection is made; what is told of a name before that has no port.
fn connecting(trace: &Trace) -> Option<&Hop> {
    trace.hops.iter().find(|hop| hop.leg == 0 && hop.before.dst.port() != 0)
}

fn send(context: &mut Context<'_>, place: &Source, asked: &Asked, destination: &Destination) -> Trace {
    let mut http = destination.http.clone().unwrap_or(HttpRequest {
        https: false,
        method: String::new(),
        path: "/".to_owned(),
        headers: Vec::new(),
    });
    http.method = asked.method();
    http.headers.clone_from(&asked.headers);
    let mut host = destination.host.clone();
    let pinned = asked
        .resolve
        .iter()
        .find(|(name, port, _)| *name == host_text(&host) && *port == destination.port);
    if let Some((name, _, address)) = pinned {
        if !http.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case("host")) {
            http.headers.push(("Host".to_owned(), name.clone()));
        }
        host = Host::Address(*address);
    }
    context.world.send(&Request {
        from: place.clone(),
        host,
        port: destination.port,
        protocol: Protocol::Tcp,
        http: Some(http),
        via_node: None,
    })
}

/// What a pod, or the controller itself, answers.
fn response_body(context: &Context<'_>, trace: &Trace, asked: &Asked, destination: &Destination) -> String {
    let Some(http) = trace.http.as_ref().filter(|it| !matches!(it.status, 204 | 304)) else {
        return String::new();
    };
    if let Some(body) = &http.body {
        return body.to_string();
    }
    let answered = trace
        .backend
        .as_ref()
        .filter(|_| http.path.is_some() || http.service.is_some() || http.status == 200);
    let (Some(backend), true) = (answered, (200..300).contains(&http.status)) else {
        let status = crate::net::send::status_line(http.status);
        // Of other servers only the status is known; they are shown with NGINX' page too.
        let page = http.proxy.unwrap_or(ProxyKind::Nginx).error_page(&status);
        let snapshot = context.world.snapshot();
        let of_backend = trace.backend.as_ref().filter(|_| http.path.is_some());
        let version = of_backend.and_then(|it| {
            let pod = snapshot.typed::<Pod>(it.pod.as_ref()?)?;
            answers::nginx_of(pod, it.address.port())
        });
        return match version {
            Some(version) => page.replace("<center>nginx</center>", &format!("<center>nginx/{version}</center>")),
            None => page,
        };
    };
    let own_path = destination.http.as_ref().map_or("/", |it| it.path.as_str());
    let path = http.path.as_deref().unwrap_or(own_path);
    let snapshot = context.world.snapshot();
    let pod = backend.pod.as_ref().and_then(|it| snapshot.typed::<Pod>(it));
    if let (Some(pod), Some(from)) = (pod, answers::sender(trace)) {
        let mut headers = http.headers.clone();
        for (key, value) in &asked.own_headers {
            if !headers.iter().any(|it| it.0.eq_ignore_ascii_case(key)) {
                headers.push(((*key).to_owned(), value.clone()));
            }
        }
        let request = answers::Received {
            method: &asked.method(),
            path,
            headers,
            from,
        };
        if let Some(body) = answers::of(pod, backend.address.port(), &request) {
            return body;
        }
    }
    let mut out = match &backend.pod {
        Some(pod) => format!("Hostname: {}\n", pod.name),
        None => String::new(),
    };
    out.push_str(&format!("Address: {}\n", backend.address));
    if let Some(seen) = trace.source_seen {
        out.push_str(&format!("Client: {seen}\n"));
    }
    out.push_str(&format!("{} {path} HTTP/1.1\n", asked.method()));
    for (key, value) in &http.headers {
        out.push_str(&format!("{key}: {value}\n"));
    }
    out
}
