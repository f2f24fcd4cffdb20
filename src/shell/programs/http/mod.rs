//! `curl` and `wget`: one HTTP request after another, and what the programs say about it.
//!
//! A simulated pod runs no program: it answers as its image does where that is known (`answers`), else with which pod it
//! is and what it saw.

mod wget;

use std::net::{IpAddr, SocketAddr};

use super::answers;
use crate::api::types::core::Pod;
use crate::net::http_proxy::{ProxyKind, certificate};
use crate::net::{Destination, Hop, Host, HttpRequest, Protocol, Request, Source, Trace, Verdict};
use crate::shell::Output;
use crate::shell::kubectl::Context;
use crate::sim::Duration;

pub(super) use wget::wget;

/// Seconds after which a kernel gives up on a connection that nobody answers.
const KERNEL_TIMEOUT: i64 = 134;

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 10;

/// What the command line of `curl` asks for.
#[derive(Default)]
struct Curl {
    urls: Vec<String>,
    method: Option<String>,
    headers: Vec<(String, String)>,
    output: Option<String>,
    write_out: Option<String>,
    resolve: Vec<(String, u16, IpAddr)>,
    timeout: Option<i64>,
    silent: bool,
    show_error: bool,
    verbose: bool,
    include: bool,
    head: bool,
    insecure: bool,
    follow: bool,
    fail: bool,
    is_wget: bool,
}

/// What the programs send by themselves.
const CURL_HEADERS: &[(&str, &str)] = &[("User-Agent", "curl/8.11.1"), ("Accept", "*/*")];
const WGET_HEADERS: &[(&str, &str)] = &[("User-Agent", "Wget"), ("Connection", "close")];

impl Curl {
    fn parse(words: &[String]) -> Result<Self, String> {
        let mut it = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = |name: &str| {
                words
                    .next()
                    .cloned()
                    .ok_or_else(|| format!("curl: option {name}: requires parameter"))
            };
            if let Some(long) = word.strip_prefix("--") {
                let (name, given) = match long.split_once('=') {
                    Some((name, given)) => (name, Some(given.to_owned())),
                    None => (long, None),
                };
                let mut parameter = || given.clone().map_or_else(|| value(word), Ok);
                match name {
                    "request" => it.method = Some(parameter()?),
                    "header" => it.header(&parameter()?),
                    "output" => it.output = Some(parameter()?),
                    "write-out" => it.write_out = Some(parameter()?),
                    "resolve" => it.add_resolve(&parameter()?)?,
                    "max-time" | "connect-timeout" => it.timeout = Some(seconds(&parameter()?)?),
                    "url" => it.urls.push(parameter()?),
                    "data" | "data-raw" | "json" | "data-binary" => it.data(&parameter()?),
                    "user-agent" => it.header(&format!("User-Agent: {}", parameter()?)),
                    "user" => it.header(&basic_auth(&parameter()?)),
                    "cookie" => it.header(&format!("Cookie: {}", parameter()?)),
                    "referer" => it.header(&format!("Referer: {}", parameter()?)),
                    "cacert" | "retry" | "max-redirs" | "interface" | "noproxy" | "retry-delay" => {
                        parameter()?;
                    }
                    "silent" => it.silent = true,
                    "show-error" => it.show_error = true,
                    "verbose" => it.verbose = true,
                    "include" => it.include = true,
                    "head" => it.head = true,
                    "insecure" => it.insecure = true,
                    "location" => it.follow = true,
                    "fail" | "fail-with-body" => it.fail = true,
                    "ipv4" | "ipv6" | "http1.1" | "http2" | "no-progress-meter" | "compressed" | "no-keepalive" => {}
                    _ => {
                        return Err(format!(
                            "curl: option {word}: is unknown\ncurl: try 'curl --help' for more information"
                        ));
                    }
                }
                continue;
            }
            let Some(short) = word.strip_prefix('-').filter(|it| !it.is_empty()) else {
                it.urls.push(word.clone());
                continue;
            };
            for (at, letter) in short.char_indices() {
                let rest = &short[at + letter.len_utf8()..];
                let mut parameter = || {
                    if rest.is_empty() {
                        value(&format!("-{letter}"))
                    } else {
                        Ok(rest.to_owned())
                    }
                };
                match letter {
                    's' => it.silent = true,
                    'S' => it.show_error = true,
                    'v' => it.verbose = true,
                    'i' => it.include = true,
                    'I' => it.head = true,
                    'k' => it.insecure = true,
                    'L' => it.follow = true,
                    'f' => it.fail = true,
                    '4' | '6' | 'g' | 'N' | '#' => {}
                    'X' => it.method = Some(parameter()?),
                    'H' => it.header(&parameter()?),
                    'o' => it.output = Some(parameter()?),
                    'w' => it.write_out = Some(parameter()?),
                    'm' => it.timeout = Some(seconds(&parameter()?)?),
                    'd' => it.data(&parameter()?),
                    'A' => it.header(&format!("User-Agent: {}", parameter()?)),
                    'b' => it.header(&format!("Cookie: {}", parameter()?)),
                    'e' => it.header(&format!("Referer: {}", parameter()?)),
                    'u' => it.header(&basic_auth(&parameter()?)),
                    _ => {
                        return Err(format!(
                            "curl: option -{letter}: is unknown\ncurl: try 'curl --help' for more information"
                        ));
                    }
                }
                if "XHowmdAbeu".contains(letter) {
                    break;
                }
            }
        }
        Ok(it)
    }

    fn header(&mut self, text: &str) {
        if let Some((key, value)) = text.split_once(':') {
            self.headers.push((key.trim().to_owned(), value.trim().to_owned()));
        }
    }

    fn data(&mut self, text: &str) {
        self.method.get_or_insert_with(|| "POST".to_owned());
        self.headers.push(("Content-Length".to_owned(), text.len().to_string()));
    }

    /// `--resolve HOST:PORT:ADDRESS`.
    fn add_resolve(&mut self, text: &str) -> Result<(), String> {
        let mut parts = text.splitn(3, ':');
        let (host, port, address) = (parts.next(), parts.next(), parts.next());
        let port = port.and_then(|it| it.parse().ok());
        let address = address.and_then(|it| it.trim_matches(['[', ']']).parse().ok());
        match (host, port, address) {
            (Some(host), Some(port), Some(address)) => {
                self.resolve.push((host.to_owned(), port, address));
                Ok(())
            }
            _ => Err(format!("curl: (49) Couldn't parse CURLOPT_RESOLVE entry '{text}'")),
        }
    }

    fn method(&self) -> String {
        match &self.method {
            Some(method) => method.to_uppercase(),
            None if self.head => "HEAD".to_owned(),
            None => "GET".to_owned(),
        }
    }
}

fn seconds(text: &str) -> Result<i64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|it| (0.0..=86_400.0).contains(it))
        .map(|it| it.ceil() as i64)
        .ok_or_else(|| format!("curl: option --max-time: expected a proper numerical parameter, not {text:?}"))
}

fn basic_auth(text: &str) -> String {
    format!("Authorization: Basic {}", data_encoding::BASE64.encode(text.as_bytes()))
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

pub(super) fn curl(context: &mut Context<'_>, place: &Source, words: &[String]) -> Output {
    let asked = match Curl::parse(words) {
        Ok(asked) => asked,
        Err(error) => return Output::failed(error + "\n", 2),
    };
    if asked.urls.is_empty() {
        return Output::failed(
            "curl: (2) no URL specified\ncurl: try 'curl --help' for more information\n",
            2,
        );
    }
    let mut output = Output::default();
    for url in &asked.urls {
        let result = fetch(context, place, &asked, url);
        output.stdout.push_str(&result.stdout);
        output.stderr.push_str(&result.stderr);
        output.traces.extend(result.traces);
        output.exit_code = result.exit_code;
    }
    output
}

fn fetch(context: &mut Context<'_>, place: &Source, asked: &Curl, url: &str) -> Output {
    let mut output = Output::default();
    let mut url = with_scheme(url);
    let mut body = String::new();
    let mut facts = Facts::default();
    for n_redirects in 0..=MOST_REDIRECTS {
        let destination = match Destination::parse(&url, Protocol::Tcp) {
            Ok(destination) => destination,
            Err(_) => {
                return complain(
                    output,
                    asked,
                    3,
                    "URL rejected: Malformed input to a URL function",
                    &facts,
                );
            }
        };
        let trace = send(context, place, asked, &destination);
        facts.read(&trace, &destination, &url, n_redirects);
        output.stderr.push_str(&talk(context, asked, &destination, &trace));
        let failure = failure(asked, &destination, &trace);
        let location = trace.http.as_ref().and_then(|it| it.location.clone());
        let status = trace.http.as_ref().map_or(0, |it| it.status);
        if failure.is_none() {
            if asked.include || asked.head {
                body.push_str(&response_head(&trace));
            }
            // The body of an answer that leads on is not shown.
            let leads_on = asked.follow && location.is_some() && (300..400).contains(&status);
            if !asked.head && asked.method() != "HEAD" && !leads_on {
                body.push_str(&response_body(context, &trace, asked, &destination));
            }
        }
        let timed_out = trace.verdict == Verdict::Timeout;
        output.traces.push(trace);
        if let Some((code, message)) = failure {
            if timed_out {
                context.advance(Duration::from_secs(asked.timeout.unwrap_or(KERNEL_TIMEOUT)));
            }
            return complain(output, asked, code, &message, &facts);
        }
        match location {
            Some(location) if asked.follow && (300..400).contains(&status) => {
                if n_redirects == MOST_REDIRECTS {
                    let message = format!("Maximum ({MOST_REDIRECTS}) redirects followed");
                    return complain(output, asked, 47, &message, &facts);
                }
                url = absolute(&url, &location);
            }
            _ => break,
        }
    }
    if asked.fail && facts.status >= 400 {
        let message = format!("The requested URL returned error: {}", facts.status);
        return complain(output, asked, 22, &message, &facts);
    }
    facts.size = body.len();
    match asked.output.as_deref() {
        None | Some("-") => output.stdout.push_str(&body),
        Some("/dev/null") => {}
        Some(path) => {
            context.files.insert(path.to_owned(), body);
        }
    }
    if let Some(format) = &asked.write_out {
        output.stdout.push_str(&facts.render(format, 0, ""));
    }
    output
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

fn send(context: &mut Context<'_>, place: &Source, asked: &Curl, destination: &Destination) -> Trace {
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

/// Exit code and message of what went wrong below HTTP.
fn failure(asked: &Curl, destination: &Destination, trace: &Trace) -> Option<(i32, String)> {
    let host = host_text(&destination.host);
    let port = destination.port;
    match trace.verdict {
        Verdict::Delivered => {
            let is_tls = destination.http.as_ref().is_some_and(|it| it.https);
            if is_tls && !asked.insecure && trace.http.is_some() {
                return Some((
                    60,
                    "SSL certificate problem: self-signed certificate\nMore details here: https://curl.se/docs/sslcerts.html\n\ncurl failed to verify the legitimacy of the server and therefore could not\nestablish a secure connection to it. To learn more about this situation and\nhow to fix it, please visit the webpage mentioned above."
                        .to_owned(),
                ));
            }
            trace.http.is_none().then(|| (52, "Empty reply from server".to_owned()))
        }
        Verdict::Unresolved => Some((6, format!("Could not resolve host: {host}"))),
        Verdict::Refused | Verdict::Unreachable => Some((
            7,
            format!("Failed to connect to {host} port {port} after 0 ms: Could not connect to server"),
        )),
        Verdict::Timeout => Some((
            28,
            match asked.timeout {
                Some(seconds) => format!("Connection timed out after {} milliseconds", seconds * 1000),
                None => format!(
                    "Failed to connect to {host} port {port} after {} ms: Could not connect to server",
                    KERNEL_TIMEOUT * 1000
                ),
            },
        )),
    }
}

fn complain(mut output: Output, asked: &Curl, code: i32, message: &str, facts: &Facts) -> Output {
    if !asked.silent || asked.show_error {
        output.stderr.push_str(&format!("curl: ({code}) {message}\n"));
    }
    if let Some(format) = &asked.write_out {
        let first = message.lines().next().unwrap_or_default();
        output.stdout.push_str(&facts.render(format, code, first));
    }
    output.exit_code = code;
    output
}

/// What `--write-out` can name.
#[derive(Default)]
struct Facts {
    status: u16,
    url: String,
    redirect_url: String,
    remote: Option<SocketAddr>,
    n_redirects: usize,
    size: usize,
}

impl Facts {
    fn read(&mut self, trace: &Trace, destination: &Destination, url: &str, n_redirects: usize) {
        self.status = trace.http.as_ref().map_or(0, |it| it.status);
        url.clone_into(&mut self.url);
        self.redirect_url = trace
            .http
            .as_ref()
            .and_then(|it| it.location.as_ref())
            .map_or_else(String::new, |it| absolute(url, it));
        // The address that was addressed, not the one the rules put in its place.
        self.remote = trace
            .hops
            .iter()
            .find(|hop| hop.leg == 0)
            .map(|hop| hop.before.dst)
            .or(match destination.host {
                Host::Address(address) => Some(SocketAddr::new(address, destination.port)),
                Host::Name(_) => None,
            });
        self.n_redirects = n_redirects;
    }

    fn render(&self, format: &str, code: i32, message: &str) -> String {
        let mut out = String::new();
        let mut rest = format;
        while let Some(at) = rest.find(['%', '\\']) {
            out.push_str(&rest[..at]);
            let tail = &rest[at..];
            if let Some(escaped) = tail.strip_prefix('\\') {
                let mut letters = escaped.chars();
                match letters.next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('r') => out.push('\r'),
                    Some(other) => {
                        out.push('\\');
                        out.push(other);
                    }
                    None => out.push('\\'),
                }
                rest = letters.as_str();
            } else if let Some((name, after)) = tail.strip_prefix("%{").and_then(|it| it.split_once('}')) {
                out.push_str(&self.variable(name, code, message));
                rest = after;
            } else if let Some(after) = tail.strip_prefix("%%") {
                out.push('%');
                rest = after;
            } else {
                out.push('%');
                rest = &tail[1..];
            }
        }
        out + rest
    }

    fn variable(&self, name: &str, code: i32, message: &str) -> String {
        match name {
            "http_code" | "response_code" => format!("{:03}", self.status),
            "url" | "url_effective" => self.url.clone(),
            "redirect_url" => self.redirect_url.clone(),
            "remote_ip" => self.remote.map_or_else(String::new, |it| it.ip().to_string()),
            "remote_port" => self.remote.map_or_else(String::new, |it| it.port().to_string()),
            "num_redirects" => self.n_redirects.to_string(),
            "size_download" => self.size.to_string(),
            "exitcode" => code.to_string(),
            "errormsg" => message.to_owned(),
            "scheme" => self.url.split("://").next().unwrap_or_default().to_owned(),
            "http_version" => "1.1".to_owned(),
            _ if name.starts_with("time_") => "0.000000".to_owned(),
            _ => String::new(),
        }
    }
}

/// What `-v` tells.
fn talk(context: &Context<'_>, asked: &Curl, destination: &Destination, trace: &Trace) -> String {
    if !asked.verbose {
        return String::new();
    }
    let host = host_text(&destination.host);
    // What is told of a name before there is a connection has no port.
    let connects = |hop: &&Hop| hop.leg == 0 && hop.before.dst.port() != 0;
    let remote = trace.hops.iter().find(connects).map(|hop| hop.before.dst);
    let mut out = String::new();
    if let Some(remote) = remote {
        out.push_str(&format!("*   Trying {remote}...\n"));
        if trace.verdict == Verdict::Delivered {
            out.push_str(&format!(
                "* Connected to {host} ({}) port {}\n",
                remote.ip(),
                remote.port()
            ));
        }
    }
    if trace.verdict != Verdict::Delivered {
        return out;
    }
    if let Some(http) = &trace.http
        && let Some(secret) = &http.tls_secret
    {
        out.push_str(&tls_lines(context, secret, http.proxy.unwrap_or(ProxyKind::Nginx)));
    }
    let path = destination.http.as_ref().map_or("/", |it| it.path.as_str());
    out.push_str(&format!("> {} {path} HTTP/1.1\n", asked.method()));
    if !asked.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case("host")) {
        out.push_str(&format!("> Host: {host}\n"));
    }
    for (key, value) in &asked.headers {
        out.push_str(&format!("> {key}: {value}\n"));
    }
    out.push_str("> User-Agent: curl/8.14.1\n> Accept: */*\n> \n");
    for line in response_head(trace).lines() {
        out.push_str(&format!("< {line}\n"));
    }
    out.push_str(&format!("* Connection #0 to host {host} left intact\n"));
    out
}

/// What `-v` tells of the certificate in a Secret, or of the proxy's own.
fn tls_lines(context: &Context<'_>, secret: &str, proxy: ProxyKind) -> String {
    let own = proxy.default_certificate();
    let subject = match secret.split_once('/') {
        None => own.to_owned(),
        Some((namespace, name)) => {
            let snapshot = context.world.snapshot();
            let names = certificate::of_secret(&snapshot, namespace, name).unwrap_or_default();
            let first = names.common.or_else(|| names.dns.first().cloned());
            format!("CN={}", first.unwrap_or_default())
        }
    };
    let issuer = if secret.contains('/') {
        String::new()
    } else {
        format!(
            "*  issuer: {own}\n*  SSL certificate verify result: self-signed certificate (18), continuing anyway.\n"
        )
    };
    format!(
        "* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384\n* Server certificate:\n*  subject: {subject}\n{issuer}"
    )
}

/// Status line and headers.
fn response_head(trace: &Trace) -> String {
    let Some(http) = &trace.http else {
        return String::new();
    };
    let mut out = format!("HTTP/1.1 {}\n", crate::net::send::status_line(http.status));
    let mut has_location = false;
    for (key, value) in &http.response_headers {
        has_location |= key.eq_ignore_ascii_case("location");
        out.push_str(&format!("{key}: {value}\n"));
    }
    if let Some(location) = http.location.as_ref().filter(|_| !has_location) {
        out.push_str(&format!("Location: {location}\n"));
    }
    out + "\n"
}

/// What a pod, or the controller itself, answers.
fn response_body(context: &Context<'_>, trace: &Trace, asked: &Curl, destination: &Destination) -> String {
    let Some(http) = trace.http.as_ref().filter(|it| !matches!(it.status, 204 | 304)) else {
        return String::new();
    };
    let answered = trace
        .backend
        .as_ref()
        .filter(|_| http.path.is_some() || http.service.is_some() || http.status == 200);
    let (Some(backend), true) = (answered, (200..300).contains(&http.status)) else {
        let status = crate::net::send::status_line(http.status);
        // Of other servers only the status is known; they are shown with NGINX' page too.
        return http.proxy.unwrap_or(ProxyKind::Nginx).error_page(&status);
    };
    let own_path = destination.http.as_ref().map_or("/", |it| it.path.as_str());
    let path = http.path.as_deref().unwrap_or(own_path);
    let snapshot = context.world.snapshot();
    let pod = backend.pod.as_ref().and_then(|it| snapshot.typed::<Pod>(it));
    if let (Some(pod), Some(from)) = (pod, answers::sender(trace)) {
        let mut headers = http.headers.clone();
        let by_itself = if asked.is_wget { WGET_HEADERS } else { CURL_HEADERS };
        for (key, value) in by_itself {
            if !headers.iter().any(|it| it.0.eq_ignore_ascii_case(key)) {
                headers.push(((*key).to_owned(), (*value).to_owned()));
            }
        }
        let request = answers::Asked {
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
