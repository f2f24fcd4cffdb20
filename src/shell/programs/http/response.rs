//! An answer as a client gets it: version, status, headers in the order in which its server writes them, body.
//!
//! Known are nginx, httpd, Go's `net/http`, and ingress-nginx before any of them. Of other servers the headers are
//! those that all have.

use crate::api::types::core::{Container, Pod};
use crate::cluster::listening::name_of;
use crate::net::Trace;
use crate::net::http_proxy::ProxyKind;
use crate::net::send::pods::listener;
use crate::net::trace::HttpResult;
use crate::shell::kubectl::Context;

/// When the files in nginx' image were made; `Last-Modified` and `ETag` follow from it.
const NGINX_FILES: (&str, u32) = ("Tue, 04 Feb 2025 12:11:56 GMT", 0x67a2_03ac);

/// When httpd's page was made.
const HTTPD_FILES: &str = "Mon, 11 Jun 2007 18:53:14 GMT";

/// An answer over HTTP.
pub(super) struct Response {
    /// Whether it came over HTTP/2.
    pub(super) is_http2: bool,
    /// `200 OK`; without the words over HTTP/2, which has none.
    pub(super) status: String,
    pub(super) headers: Vec<(String, String)>,
}

impl Response {
    /// Status line and headers, with an empty line behind.
    pub(super) fn head(&self) -> String {
        let version = if self.is_http2 { "HTTP/2" } else { "HTTP/1.1" };
        let mut out = format!("{version} {}\n", self.status);
        if self.is_http2 {
            // curl leaves room for the words that are not there.
            out = format!("{version} {} \n", self.status);
        }
        for (name, value) in &self.headers {
            out.push_str(&format!("{name}: {value}\n"));
        }
        out + "\n"
    }
}

/// Who wrote an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    Nginx,
    Httpd,
    /// Go's `net/http`.
    Go,
    Other,
}

fn server_of(container: &Container) -> Server {
    let (_, name) = name_of(&container.image);
    match name {
        "nginx" if container.command.is_empty() => Server::Nginx,
        "httpd" if container.command.is_empty() => Server::Httpd,
        "whoami" | "agnhost" | "hello-app" | "http-echo" | "echo-server" | "serve_hostname" => Server::Go,
        _ => Server::Other,
    }
}

/// nginx' version in an image: what its tag says, else the last one of the release it names.
pub(super) fn nginx_version(image: &str) -> String {
    const LAST: [(&str, &str); 14] = [
        ("1.14", "1.14.2"),
        ("1.16", "1.16.1"),
        ("1.17", "1.17.10"),
        ("1.18", "1.18.0"),
        ("1.19", "1.19.10"),
        ("1.20", "1.20.2"),
        ("1.21", "1.21.6"),
        ("1.22", "1.22.1"),
        ("1.23", "1.23.4"),
        ("1.24", "1.24.0"),
        ("1.25", "1.25.5"),
        ("1.26", "1.26.3"),
        ("1.27", "1.27.5"),
        ("1.28", "1.28.0"),
    ];
    let tag = image.rsplit('/').next().unwrap_or_default();
    let tag = tag
        .split('@')
        .next()
        .unwrap_or_default()
        .split_once(':')
        .map_or("", |it| it.1);
    let number = tag.split('-').next().unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    if is_number && number.split('.').count() == 3 {
        return number.to_owned();
    }
    let last = LAST.iter().find(|(release, _)| *release == number);
    match last {
        Some((_, version)) => (*version).to_owned(),
        None if number == "stable" => "1.28.0".to_owned(),
        None => "1.29.4".to_owned(),
    }
}

/// The answer of a trace that brought one; `body` is how many bytes it has.
pub(super) fn of(context: &Context<'_>, trace: &Trace, body: usize, is_https: bool) -> Option<Response> {
    let http = trace.http.as_ref()?;
    let date = http_date(&context.world.now().to_string());
    let snapshot = context.world.snapshot();
    let pod = trace
        .backend
        .as_ref()
        .and_then(|it| snapshot.typed::<Pod>(it.pod.as_ref()?));
    let port = trace.backend.as_ref().map_or(0, |it| it.address.port());
    let container = pod.and_then(|pod| listener(pod, port));
    // A proxy that answers by itself names no path of the backend.
    let is_own = http.proxy.is_some() && http.path.is_none();
    let mut upstream = match container.filter(|_| !is_own && http.body.is_none()) {
        Some(container) => of_server(server_of(container), &container.image, http, &date, body),
        None => Vec::new(),
    };
    let is_http2 = is_https && (http.proxy.is_some() || http.body.is_some());
    let mut headers = match http.proxy {
        Some(ProxyKind::Nginx) => behind_nginx(&mut upstream, http, &date, body, is_own),
        #[allow(unreachable_patterns, reason = "further proxies write nothing else of their own")]
        Some(_) => with_own(upstream, http, &date, body),
        None if http.body.is_some() => of_daemon(http, &date, body),
        None if upstream.is_empty() => with_own(upstream, http, &date, body),
        None => upstream,
    };
    if let Some(location) = &http.location
        && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("location"))
    {
        headers.push(("Location".to_owned(), location.clone()));
    }
    let status = crate::net::send::status_line(http.status);
    let mut status = match (http.status, http.proxy) {
        // nginx has words of its own for these two.
        (503, None) => "503 Service Unavailable".to_owned(),
        (504, None) => "504 Gateway Timeout".to_owned(),
        _ => status.to_string(),
    };
    if is_http2 {
        status = http.status.to_string();
        for (name, _) in &mut headers {
            *name = name.to_lowercase();
        }
        headers.retain(|(name, _)| name != "connection");
    }
    Some(Response {
        is_http2,
        status,
        headers,
    })
}

fn header(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// What a server in a pod writes.
fn of_server(server: Server, image: &str, http: &HttpResult, date: &str, body: usize) -> Vec<(String, String)> {
    let is_page = http.status == 200;
    match server {
        Server::Nginx => {
            let mut out = vec![
                header("Server", format!("nginx/{}", nginx_version(image))),
                header("Date", date),
                header("Content-Type", "text/html"),
                header("Content-Length", body.to_string()),
            ];
            if is_page {
                out.push(header("Last-Modified", NGINX_FILES.0));
            }
            out.push(header("Connection", "keep-alive"));
            if is_page {
                out.push(header("ETag", format!("\"{:x}-{body:x}\"", NGINX_FILES.1)));
                out.push(header("Accept-Ranges", "bytes"));
            }
            out
        }
        Server::Httpd => {
            let mut out = vec![header("Date", date), header("Server", "Apache/2.4.65 (Unix)")];
            if is_page {
                out.push(header("Last-Modified", HTTPD_FILES));
                out.push(header("ETag", format!("\"{body:x}-432a5e4a73a80\"")));
                out.push(header("Accept-Ranges", "bytes"));
            }
            out.push(header("Content-Length", body.to_string()));
            let kind = if is_page {
                "text/html"
            } else {
                "text/html; charset=iso-8859-1"
            };
            out.push(header("Content-Type", kind));
            out
        }
        Server::Go => vec![
            header("Date", date),
            header("Content-Length", body.to_string()),
            header("Content-Type", "text/plain; charset=utf-8"),
        ],
        Server::Other => vec![
            header("Date", date),
            header("Content-Length", body.to_string()),
            header("Content-Type", "text/plain"),
        ],
    }
}

/// What ingress-nginx makes of it: its own head, what upstream says beside that, and what annotations add.
fn behind_nginx(
    upstream: &mut Vec<(String, String)>,
    http: &HttpResult,
    date: &str,
    body: usize,
    is_own: bool,
) -> Vec<(String, String)> {
    let mut kind = "text/html".to_owned();
    upstream.retain(|(name, value)| match name.as_str() {
        "Content-Type" => {
            kind.clone_from(value);
            false
        }
        "Server" | "Date" | "Content-Length" | "Connection" => false,
        _ => true,
    });
    let mut out = vec![header("Date", date)];
    if body > 0 || is_own {
        out.push(header("Content-Type", kind));
    }
    out.push(header("Content-Length", body.to_string()));
    out.push(header("Connection", "keep-alive"));
    let own = http.response_headers.iter();
    let own: Vec<_> = own
        .filter(|(name, _)| !name.eq_ignore_ascii_case("content-type"))
        .cloned()
        .collect();
    out.extend(own.iter().filter(|(name, _)| name == "Location").cloned());
    out.append(upstream);
    out.extend(own.into_iter().filter(|(name, _)| name != "Location"));
    out
}

/// The headers that every server writes, and what is known beside.
fn with_own(mut upstream: Vec<(String, String)>, http: &HttpResult, date: &str, body: usize) -> Vec<(String, String)> {
    if upstream.is_empty() {
        upstream = vec![header("Date", date), header("Content-Length", body.to_string())];
    }
    for (name, value) in &http.response_headers {
        if !upstream.iter().any(|(known, _)| known == name) {
            upstream.push((name.clone(), value.clone()));
        }
    }
    upstream
}

/// What Go's server adds behind what a daemon says.
fn of_daemon(http: &HttpResult, date: &str, body: usize) -> Vec<(String, String)> {
    let mut out = http.response_headers.clone();
    if out.is_empty() {
        // It does not even count such a request as one.
        return vec![];
    }
    out.push(header("Date", date));
    out.push(header("Content-Length", body.to_string()));
    out
}

/// A time as HTTP writes it, from RFC 3339.
pub(in crate::shell::programs) fn http_date(text: &str) -> String {
    let Some(date) = crate::shell::print::calendar::Date::parse(text) else {
        return String::new();
    };
    format!(
        "{}, {:02} {} {} {} GMT",
        date.weekday(),
        date.day,
        date.month_name(),
        date.year,
        date.time
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_http_has_them() {
        assert_eq!(http_date("2026-01-01T00:00:00Z"), "Thu, 01 Jan 2026 00:00:00 GMT");
        assert_eq!(http_date("2024-02-29T12:34:56Z"), "Thu, 29 Feb 2024 12:34:56 GMT");
    }

    #[test]
    fn versions_follow_tags() {
        for (image, version) in [
            ("nginx", "1.29.4"),
            ("nginx:1.14.2", "1.14.2"),
            ("docker.io/library/nginx:1.27-alpine", "1.27.5"),
            ("nginx:stable", "1.28.0"),
        ] {
            assert_eq!(nginx_version(image), version);
        }
    }
}
