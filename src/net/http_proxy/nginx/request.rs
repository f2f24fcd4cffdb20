//! A request as the controller sees it: its headers, its client, and the variables NGINX makes of them.

use std::net::IpAddr;

use super::uri::{self, Target};
use crate::cluster::ingress_controllers::nginx::{Controller, is_true};

/// A request that reaches the controller.
#[derive(Clone, Debug)]
pub struct Inbound<'a> {
    /// Whether it came over TLS.
    pub https: bool,
    /// The `Host` header as sent.
    pub host: &'a str,
    /// The name in the TLS greeting, if one was sent.
    pub sni: Option<&'a str>,
    /// Method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Further headers.
    pub headers: &'a [(String, String)],
    /// Address at the other end of the connection.
    pub client: IpAddr,
}

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
    /// `$pass_access_scheme`.
    pub scheme: String,
    /// `$best_http_host`.
    pub best_host: String,
    /// `$pass_port`.
    pub port: String,
    /// Whether X-Forwarded-* of the client are believed.
    pub trusts_headers: bool,
}

/// The first value of a header.
#[must_use]
pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

impl<'a> RequestVars<'a> {
    /// Reads a request; `None` where NGINX answers 400.
    #[must_use]
    pub fn new(controller: &Controller, inbound: &'a Inbound<'a>) -> Option<Self> {
        let target = uri::parse(inbound.target)?;
        let host = host_name(inbound.host)?;
        let on = |name: &str| controller.setting(name).is_some_and(is_true);
        let trusts_headers = on("use-forwarded-headers");
        let sent = |name: &str| header(inbound.headers, name).map(str::trim).filter(|it| !it.is_empty());
        let mut remote = inbound.client;
        if trusts_headers || on("enable-real-ip") {
            let name = controller.setting("forwarded-for-header").unwrap_or("X-Forwarded-For");
            // Every proxy is trusted by default (`proxy-real-ip-cidr: 0.0.0.0/0`), so the first entry is the client.
            let first = sent(name).and_then(|list| list.split(',').next()?.trim().parse().ok());
            remote = first.unwrap_or(remote);
        }
        let mut facts = Self {
            inbound,
            target,
            host,
            remote,
            scheme: if inbound.https { "https" } else { "http" }.to_owned(),
            best_host: inbound.host.to_owned(),
            port: if inbound.https { "443" } else { "80" }.to_owned(),
            trusts_headers,
        };
        if trusts_headers {
            if let Some(scheme) = sent("X-Forwarded-Proto") {
                facts.scheme = scheme.to_owned();
            }
            if let Some(port) = sent("X-Forwarded-Port") {
                facts.port = port.to_owned();
            }
            if let Some(host) = sent("X-Forwarded-Host").and_then(|it| it.split(',').next()) {
                facts.best_host = host.trim().to_owned();
            }
        }
        Some(facts)
    }

    /// A header of the request.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a str> {
        header(self.inbound.headers, name)
    }

    /// A cookie of the request.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&'a str> {
        self.inbound
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case("cookie"))
            .flat_map(|(_, value)| value.split(';'))
            .find_map(|pair| pair.trim().split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| value)
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
            return self.header(&wanted).unwrap_or_default().to_owned();
        }
        if let Some(cookie) = name.strip_prefix("cookie_") {
            return self.cookie(cookie).unwrap_or_default().to_owned();
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
            "scheme" => if self.inbound.https { "https" } else { "http" }.to_owned(),
            "request_method" => self.inbound.method.to_owned(),
            "remote_addr" | "binary_remote_addr" => self.remote.to_string(),
            "best_http_host" => self.best_host.clone(),
            "server_port" => if self.inbound.https { "443" } else { "80" }.to_owned(),
            "pass_access_scheme" => self.scheme.clone(),
            _ => String::new(),
        }
    }
}

/// The name in a `Host` header; `None` for one that NGINX refuses.
fn host_name(header: &str) -> Option<String> {
    let name = if let Some(rest) = header.strip_prefix('[') {
        &header[..=rest.find(']')? + 1]
    } else {
        header.split(':').next().unwrap_or_default()
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    let is_bad = |it: char| it.is_whitespace() || it.is_control() || matches!(it, '/' | '\\');
    let bad = name.is_empty() || name.contains("..") || name.starts_with('.') || name.contains(is_bad);
    (!bad).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_without_port_and_case() {
        assert_eq!(host_name("Foo.Bar:8080"), Some("foo.bar".to_owned()));
        assert_eq!(host_name("foo.bar."), Some("foo.bar".to_owned()));
        assert_eq!(host_name("[fd00::1]:80"), Some("[fd00::1]".to_owned()));
        assert_eq!(host_name("a..b"), None);
        assert_eq!(host_name(""), None);
        assert_eq!(host_name("[x"), None);
    }
}
