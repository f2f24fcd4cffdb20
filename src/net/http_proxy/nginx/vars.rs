//! NGINX' variables: what it makes of a request before it looks for a location. Not here: the request as it
//! arrived ([`http_proxy::request`](crate::net::http_proxy::request)).

use std::net::IpAddr;

use crate::cluster::hostname;
use crate::cluster::ingress_controllers::nginx::Controller;
use crate::go::is_true;
use crate::net::http_proxy::request::Inbound;
use crate::net::http_proxy::uri::{self, Target};

/// What NGINX knows of a request before it looks for a location.
#[derive(Clone, Debug)]
pub struct RequestVars<'a> {
    /// The request itself.
    pub inbound: &'a Inbound<'a>,
    /// Path and query as compared.
    pub target: Target,
    /// `$host`: without port, in small letters.
    pub host: String,
    /// `$remote_addr`: the client, from a header where headers are trusted.
    pub remote: IpAddr,
    /// `$pass_access_scheme`: `http` or `https`, from a header where headers are trusted.
    pub scheme: String,
    /// `$best_http_host`: the `Host` header with its port, or a trusted header in its place.
    pub best_host: String,
    /// `$pass_port`: a number as text, from a header where headers are trusted.
    pub port: String,
    /// Whether X-Forwarded-* of the client are believed.
    pub trusts_headers: bool,
}

impl<'a> RequestVars<'a> {
    /// Reads a request; `None` where NGINX answers 400.
    #[must_use]
    pub fn new(controller: &Controller, inbound: &'a Inbound<'a>) -> Option<Self> {
        let target = uri::parse(inbound.target)?;
        let host = hostname::of_header(inbound.host)?;
        let on = |name: &str| controller.setting(name).is_some_and(is_true);
        let trusts_headers = on("use-forwarded-headers");
        let sent = |name: &str| inbound.header(name).map(str::trim).filter(|it| !it.is_empty());
        let mut remote = inbound.client;
        if trusts_headers || on("enable-real-ip") {
            let name = controller.setting("forwarded-for-header").unwrap_or("X-Forwarded-For");
            // Every proxy is trusted by default (`proxy-real-ip-cidr: 0.0.0.0/0`), so the first entry is the client.
            let first = sent(name).and_then(|list| list.split(',').next()?.trim().parse().ok());
            remote = first.unwrap_or(remote);
        }
        let mut vars = Self {
            inbound,
            target,
            host,
            remote,
            scheme: inbound.scheme().to_owned(),
            best_host: inbound.host.to_owned(),
            port: if inbound.https { "443" } else { "80" }.to_owned(),
            trusts_headers,
        };
        if trusts_headers {
            if let Some(scheme) = sent("X-Forwarded-Proto") {
                vars.scheme = scheme.to_owned();
            }
            if let Some(port) = sent("X-Forwarded-Port") {
                vars.port = port.to_owned();
            }
            if let Some(host) = sent("X-Forwarded-Host").and_then(|it| it.split(',').next()) {
                vars.best_host = host.trim().to_owned();
            }
        }
        Some(vars)
    }

    /// `$server_port`: where TLS ends here the one of HTTPS, whatever the controller's own ports.
    #[must_use]
    pub const fn server_port(&self) -> &'static str {
        if self.inbound.https { "443" } else { "80" }
    }

    /// Replaces NGINX' variables in a text; unknown ones become empty.
    #[must_use]
    pub fn expand(&self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
            let name = match rest.strip_prefix('{').and_then(|it| it.split_once('}')) {
                Some((name, behind)) => {
                    rest = behind;
                    name
                }
                None => {
                    let end = rest.find(|it| !is_name(it)).unwrap_or(rest.len());
                    let (name, behind) = rest.split_at(end);
                    rest = behind;
                    name
                }
            };
            if name.is_empty() {
                out.push('$');
            } else {
                out.push_str(&self.variable(name));
            }
        }
        out + rest
    }

    fn variable(&self, name: &str) -> String {
        if let Some(header) = name.strip_prefix("http_") {
            let wanted = header.replace('_', "-");
            if header == "host" {
                return self.inbound.host.to_owned();
            }
            return self.inbound.header(&wanted).unwrap_or_default().to_owned();
        }
        if let Some(cookie) = name.strip_prefix("cookie_") {
            return self.inbound.cookie(cookie).unwrap_or_default().to_owned();
        }
        let query = self.target.query.as_deref().unwrap_or_default();
        if let Some(argument) = name.strip_prefix("arg_") {
            return query
                .split('&')
                .find_map(|pair| {
                    pair.split_once('=')
                        .filter(|(key, _)| key.eq_ignore_ascii_case(argument))
                })
                .map_or_else(String::new, |(_, value)| value.to_owned());
        }
        match name {
            "request_uri" => self.inbound.target.to_owned(),
            "uri" | "document_uri" => self.target.path.clone(),
            "args" | "query_string" => query.to_owned(),
            "is_args" => if self.target.query.is_some() { "?" } else { "" }.to_owned(),
            "host" => self.host.clone(),
            "scheme" => self.inbound.scheme().to_owned(),
            "request_method" => self.inbound.method.to_owned(),
            "remote_addr" | "binary_remote_addr" => self.remote.to_string(),
            "best_http_host" => self.best_host.clone(),
            "server_port" => self.server_port().to_owned(),
            "pass_access_scheme" => self.scheme.clone(),
            _ => String::new(),
        }
    }
}
