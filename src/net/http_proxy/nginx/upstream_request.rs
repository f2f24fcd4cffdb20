//! The request that the controller makes to a pod: path, headers, and who is asked when it fails.
//!
//! Follows the proxying part of `nginx.tmpl`. Not here: which pod ([`balance`](super::balance)).

use regex_lite::Captures;

use super::nginx_config::{Backend, Location};
use super::request_context::{Matched, RequestContext};
use crate::net::http_proxy::decision::UpstreamRequest;
use crate::net::http_proxy::request::Inbound;
use crate::net::http_proxy::upstream_protocol::UpstreamProtocol;
use crate::net::http_proxy::uri;
use crate::sim::Rng;

/// A request to a pod, and where it goes.
#[derive(Clone, Debug)]
pub struct Proxied {
    /// What the pod gets.
    pub request: UpstreamRequest,
    /// Where it goes, and what follows.
    pub route: Route,
}

/// Where a request goes upstream, and what follows its status.
#[derive(Clone, Debug)]
pub struct Route {
    /// Name of the backend in the [`NginxConfig`](super::NginxConfig).
    pub backend: String,
    /// Path of the rule: the scope of affinity cookies.
    pub location_path: String,
    /// Statuses that `error_backend` answers instead.
    pub custom_errors: Vec<u16>,
    /// Name of the backend that answers those; `None` for the default backend.
    pub error_backend: Option<String>,
    /// Ingress and Service of the rule, for the error backend's headers.
    pub origin: Origin,
}

/// Whose rule a request matched.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Origin {
    /// Namespace of the Ingress; empty where no Ingress has the rule, as the rest.
    pub namespace: String,
    /// Name of the Ingress.
    pub ingress: String,
    /// Name of the Service, as the rule says it.
    pub service: String,
    /// Port, as the rule says it: a number or a name.
    pub port: String,
}

impl RequestContext<'_, '_> {
    /// The request to a pod of `backend`.
    pub(super) fn upstream_request(&self, at: Matched<'_>, backend: &Backend, rng: &mut Rng) -> Proxied {
        let Matched { server, location } = at;
        let settings = &location.settings;
        let (ingress, service) = (location.ingress.as_ref(), location.service.as_ref());
        let origin = Origin {
            namespace: ingress.map(|it| it.namespace.clone()).unwrap_or_default(),
            ingress: ingress.map(|it| it.name.clone()).unwrap_or_default(),
            service: service.map(|it| it.name.clone()).unwrap_or_default(),
            port: service.map(|it| it.port.clone()).unwrap_or_default(),
        };
        let mut headers = self.upstream_headers(location, rng);
        if location.backend.starts_with("custom-default-backend-") {
            headers.extend(error_headers(&origin, 503, self.vars.inbound));
        }
        Proxied {
            request: UpstreamRequest {
                protocol: match settings.backend_protocol.as_str() {
                    "HTTPS" => UpstreamProtocol::Https,
                    "GRPC" => UpstreamProtocol::Grpc,
                    "GRPCS" => UpstreamProtocol::Grpcs,
                    "FCGI" => UpstreamProtocol::FastCgi,
                    "AUTO_HTTP" if self.vars.inbound.https => UpstreamProtocol::Https,
                    _ => UpstreamProtocol::Http,
                },
                target: self.rewritten(location),
                headers,
                response_headers: self.response_headers(server, settings),
                service: backend.service.clone(),
            },
            route: Route {
                backend: backend.name.clone(),
                location_path: location.ingress_path.clone(),
                custom_errors: settings.custom_errors.clone(),
                error_backend: location.error_backend.clone(),
                origin,
            },
        }
    }

    /// `rewrite "(?i)path" target break`: the whole path is replaced, the query stays.
    pub(super) fn rewritten(&self, location: &Location) -> String {
        let as_sent = self.vars.inbound.target.split('#').next().unwrap_or_default();
        let Some((pattern, target)) = location.rewrites() else {
            return as_sent.to_owned();
        };
        let Some(captures) = pattern.captures(&self.vars.target.path) else {
            return as_sent.to_owned();
        };
        let path = self.fill_in(target, &captures);
        // A question mark in the target starts arguments of its own; those of the request follow.
        let (path, own) = match path.split_once('?') {
            Some((path, own)) => (path.to_owned(), Some(own.to_owned())),
            None => (path, None),
        };
        let path = if path.starts_with('/') || is_absolute(target) {
            path
        } else {
            format!("/{path}")
        };
        let sent = self.vars.target.query.clone();
        let query = match (own, sent) {
            (Some(own), _) if own.is_empty() => None,
            (Some(own), Some(sent)) => Some(format!("{own}&{sent}")),
            (own, sent) => own.or(sent),
        };
        let escaped = if is_absolute(target) { path } else { uri::escape(&path) };
        query.map_or(escaped.clone(), |query| format!("{escaped}?{query}"))
    }

    /// A rewrite target with the groups of its pattern (`$1`, `$name`) and NGINX' variables filled in.
    fn fill_in(&self, target: &str, captures: &Captures<'_>) -> String {
        let mut path = String::new();
        let mut rest = target;
        while let Some(at) = rest.find('$') {
            path.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let digit = rest.bytes().next().filter(u8::is_ascii_digit);
            if let Some(digit) = digit {
                let group = captures.get(usize::from(digit - b'0'));
                path.push_str(group.map_or("", |it| it.as_str()));
                rest = &rest[1..];
                continue;
            }
            let end = rest
                .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
                .unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            match captures.name(name) {
                Some(group) => path.push_str(group.as_str()),
                None => path.push_str(&self.vars.expand(&format!("${name}"))),
            }
            rest = behind;
        }
        path + rest
    }

    /// A `rewrite-target` that is a whole URL makes NGINX redirect (`ngx_http_rewrite_module`).
    pub(super) fn rewrites_away(&self, location: &Location) -> Option<String> {
        let (pattern, target) = location.rewrites()?;
        (is_absolute(target) && pattern.is_match(&self.vars.target.path)).then(|| self.rewritten(location))
    }

    /// Headers for the pod: those that the controller sets, and the client's that they leave.
    fn upstream_headers(&self, location: &Location, rng: &mut Rng) -> Vec<(String, String)> {
        let mut headers = self.set_headers(location, rng);
        let settings = &location.settings;
        let is_hidden = |name: &str| {
            let is_replaced = headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
            let is_cleared = matches!(
                name.to_ascii_lowercase().as_str(),
                "proxy" | "connection" | "keep-alive" | "te"
            );
            let is_secret = settings.basic_auth.is_some() && name.eq_ignore_ascii_case("authorization");
            // Underscores are dropped unless `enable-underscores-in-headers` says otherwise.
            let is_odd = name.contains('_') && !self.is_on("enable-underscores-in-headers");
            is_replaced || is_cleared || is_secret || is_odd || name.eq_ignore_ascii_case("host")
        };
        let sent = self.vars.inbound.headers.iter();
        let kept: Vec<(String, String)> = sent.filter(|(name, _)| !is_hidden(name)).cloned().collect();
        headers.extend(kept);
        headers
    }

    /// The headers that the controller sets over the client's.
    fn set_headers(&self, location: &Location, rng: &mut Rng) -> Vec<(String, String)> {
        let vars = self.vars;
        let settings = &location.settings;
        let mut set: Vec<(String, String)> = Vec::new();
        let mut put = |name: &str, value: String| set.push((name.to_owned(), value));
        let sent = |name: &str| vars.inbound.header(name).filter(|it| !it.is_empty());
        let host = if settings.upstream_vhost.is_empty() {
            vars.best_host.clone()
        } else {
            vars.expand(&settings.upstream_vhost)
        };
        put("Host", host);
        let id = sent("X-Request-ID").map_or_else(
            || format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()),
            str::to_owned,
        );
        put("X-Request-ID", id);
        put("X-Real-IP", vars.remote.to_string());
        let forwarded_for = sent(self.setting("forwarded-for-header").unwrap_or("X-Forwarded-For"));
        let is_full = vars.trusts_headers && self.is_on("compute-full-forwarded-for");
        let clients = forwarded_for.filter(|_| is_full).map_or_else(
            || vars.remote.to_string(),
            |list| format!("{list}, {}", vars.inbound.client),
        );
        put("X-Forwarded-For", clients);
        put("X-Forwarded-Host", vars.best_host.clone());
        put("X-Forwarded-Port", vars.port.clone());
        put("X-Forwarded-Proto", vars.scheme.clone());
        put("X-Forwarded-Scheme", vars.scheme.clone());
        put("X-Scheme", vars.scheme.clone());
        if let Some(list) = forwarded_for {
            put("X-Original-Forwarded-For", list.to_owned());
        }
        if let Some(host) = sent("X-Forwarded-Host") {
            put("X-Original-Forwarded-Host", host.to_owned());
        }
        if location.rewrites().is_some() && !settings.forwarded_prefix.is_empty() {
            put("X-Forwarded-Prefix", settings.forwarded_prefix.clone());
        }
        for (name, value) in self.config_map("proxy-set-headers") {
            put(&name, vars.expand(&value));
        }
        set
    }
}

fn is_absolute(target: &str) -> bool {
    target.starts_with("http://") || target.starts_with("https://") || target.starts_with("$scheme")
}

/// What tells an error backend which error it stands for.
fn error_headers(origin: &Origin, status: u16, inbound: &Inbound<'_>) -> Vec<(String, String)> {
    let accept = inbound.header("Accept").unwrap_or_default();
    [
        ("X-Code", status.to_string()),
        ("X-Format", accept.to_owned()),
        ("X-Namespace", origin.namespace.clone()),
        ("X-Ingress-Name", origin.ingress.clone()),
        ("X-Service-Name", origin.service.clone()),
        ("X-Service-Port", origin.port.clone()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The request to the backend that answers an error instead (`@custom_…` locations).
pub(super) fn error_request(failed: &Proxied, backend: &Backend, status: u16, inbound: &Inbound<'_>) -> Proxied {
    let Proxied { request, route } = failed.clone();
    let mut headers = request.headers;
    headers.extend(error_headers(&route.origin, status, inbound));
    headers.push(("X-Original-URI".to_owned(), inbound.target.to_owned()));
    Proxied {
        request: UpstreamRequest {
            protocol: UpstreamProtocol::Http,
            target: "/".to_owned(),
            headers,
            response_headers: request.response_headers,
            service: backend.service.clone(),
        },
        route: Route {
            backend: backend.name.clone(),
            custom_errors: Vec::new(),
            error_backend: None,
            ..route
        },
    }
}
