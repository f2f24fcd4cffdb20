//! `curl --write-out`: what it can name, and its format.

use std::net::SocketAddr;

use super::absolute;
use crate::net::{Destination, Host, Trace};

/// What `--write-out` can name.
#[derive(Default)]
pub(super) struct Facts {
    pub(super) status: u16,
    url: String,
    redirect_url: String,
    remote: Option<SocketAddr>,
    n_redirects: usize,
    /// Bytes of the body.
    pub(super) size: usize,
}

impl Facts {
    /// Reads what came of the latest request.
    pub(super) fn read(&mut self, trace: &Trace, destination: &Destination, url: &str, n_redirects: usize) {
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

    /// A format with its variables filled in; `code` and `message` say what went wrong.
    pub(super) fn render(&self, format: &str, code: i32, message: &str) -> String {
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
