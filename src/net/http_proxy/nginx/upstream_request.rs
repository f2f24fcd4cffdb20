//! The question that the controller puts to a pod: path, headers, and who is asked when it fails.
//!
//! Follows the proxying part of `nginx.tmpl`. Not here: which pod ([`balance`](super::balance)).

use super::balance::CanaryReason;
use super::nginx_config::{Backend, DEFAULT_BACKEND, Location, NginxConfig, Server};
use super::request::{Inbound, header};
use super::respond::{Action, Answer, RequestContext};
use super::uri;
use crate::cluster::ingress_controllers::nginx::is_true;
use crate::sim::Rng;

/// A question to a pod.
#[derive(Clone, Debug)]
pub struct UpstreamRequest {
    /// Name of the backend in the [`NginxConfig`].
    pub backend: String,
    /// `http`, `https`, `grpc`, `grpcs` or `fastcgi`.
    pub scheme: &'static str,
    /// Path and query for the pod.
    pub target: String,
    /// Headers for the pod.
    pub headers: Vec<(String, String)>,
    /// Headers for the client, beside those of the pod.
    pub response_headers: Vec<(String, String)>,
    /// Path of the rule: the scope of affinity cookies.
    pub location_path: String,
    /// Statuses answered by `error_backend` instead.
    pub custom_errors: Vec<u16>,
    /// Who answers those.
    pub error_backend: Option<String>,
    /// Ingress and Service of the rule, for the error backend's headers.
    pub origin: Origin,
    /// Why the canary was taken or not, where there is one.
    pub canary: Option<CanaryReason>,
}

/// Whose rule a request matched.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Origin {
    /// Namespace.
    pub namespace: String,
    /// Ingress.
    pub ingress: String,
    /// Service as the rule names it.
    pub service: String,
    /// Port as the rule names it.
    pub port: String,
}

impl RequestContext<'_, '_> {
    /// The question for a pod of `backend`.
    pub(super) fn ask(
        &self,
        server: &Server,
        location: &Location,
        backend: &Backend,
        canary: Option<CanaryReason>,
        rng: &mut Rng,
    ) -> UpstreamRequest {
        let settings = &location.settings;
        let origin = Origin {
            namespace: location
                .ingress
                .as_ref()
                .map(|it| it.namespace.clone())
                .unwrap_or_default(),
            ingress: location.ingress.as_ref().map(|it| it.name.clone()).unwrap_or_default(),
            service: location.service.as_ref().map(|it| it.name.clone()).unwrap_or_default(),
            port: location.service.as_ref().map(|it| it.port.clone()).unwrap_or_default(),
        };
        let mut headers = self.backend_headers(location, rng);
        if location.backend.starts_with("custom-default-backend-") {
            headers.extend(error_headers(&origin, 503, self.facts.inbound));
        }
        UpstreamRequest {
            backend: backend.name.clone(),
            scheme: match settings.backend_protocol.as_str() {
                "HTTPS" => "https",
                "GRPC" => "grpc",
                "GRPCS" => "grpcs",
                "FCGI" => "fastcgi",
                "AUTO_HTTP" if self.facts.inbound.https => "https",
                _ => "http",
            },
            target: self.rewritten(location),
            headers,
            response_headers: self.response_headers(server, settings),
            location_path: location.ingress_path.clone(),
            custom_errors: settings.custom_errors.clone(),
            error_backend: location.error_backend.clone(),
            origin,
            canary,
        }
    }

    /// `rewrite "(?i)path" target break`: the whole path is replaced, the query stays.
    pub(super) fn rewritten(&self, location: &Location) -> String {
        let as_sent = self.facts.inbound.target.split('#').next().unwrap_or_default();
        let Some((pattern, target)) = &location.rewrite else {
            return as_sent.to_owned();
        };
        let Some(captures) = pattern.captures(&self.facts.target.path) else {
            return as_sent.to_owned();
        };
        let mut path = String::new();
        let mut rest = target.as_str();
        while let Some(at) = rest.find('$') {
            path.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let digits = rest.bytes().next().filter(u8::is_ascii_digit);
            match digits {
                Some(digit) => {
                    let group = captures.get(usize::from(digit - b'0'));
                    path.push_str(group.map_or("", |it| it.as_str()));
                    rest = &rest[1..];
                }
                None => {
                    let end = rest
                        .find(|it: char| !it.is_ascii_alphanumeric() && it != '_')
                        .unwrap_or(rest.len());
                    let (name, behind) = rest.split_at(end);
                    match captures.name(name) {
                        Some(group) => path.push_str(group.as_str()),
                        None => path.push_str(&self.facts.expand(&format!("${name}"))),
                    }
                    rest = behind;
                }
            }
        }
        path.push_str(rest);
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
        let sent = self.facts.target.query.clone();
        let query = match (own, sent) {
            (Some(own), _) if own.is_empty() => None,
            (Some(own), Some(sent)) => Some(format!("{own}&{sent}")),
            (own, sent) => own.or(sent),
        };
        let escaped = if is_absolute(target) { path } else { uri::escape(&path) };
        query.map_or(escaped.clone(), |query| format!("{escaped}?{query}"))
    }

    /// A `rewrite-target` that is a whole URL makes NGINX redirect (`ngx_http_rewrite_module`).
    pub(super) fn rewrites_away(&self, location: &Location) -> Option<String> {
        let (pattern, target) = location.rewrite.as_ref()?;
        (is_absolute(target) && pattern.is_match(&self.facts.target.path)).then(|| self.rewritten(location))
    }

    /// Headers for the pod: the client's, with those that the controller sets over them.
    fn backend_headers(&self, location: &Location, rng: &mut Rng) -> Vec<(String, String)> {
        let facts = self.facts;
        let settings = &location.settings;
        let controller = &self.model.controller;
        let on = |name: &str| controller.setting(name).is_some_and(is_true);
        let mut set: Vec<(String, String)> = Vec::new();
        let mut put = |name: &str, value: String| set.push((name.to_owned(), value));
        let host = if settings.upstream_vhost.is_empty() {
            facts.best_host.clone()
        } else {
            facts.expand(&settings.upstream_vhost)
        };
        put("Host", host);
        let id = facts.header("X-Request-ID").filter(|it| !it.is_empty());
        put(
            "X-Request-ID",
            id.map_or_else(
                || format!("{:016x}{:016x}", rng.next_u64(), rng.next_u64()),
                str::to_owned,
            ),
        );
        put("X-Real-IP", facts.remote.to_string());
        let name = controller.setting("forwarded-for-header").unwrap_or("X-Forwarded-For");
        let sent = facts.header(name).filter(|it| !it.is_empty());
        let full = (facts.trusts_headers && on("compute-full-forwarded-for"))
            .then_some(sent)
            .flatten();
        put(
            "X-Forwarded-For",
            full.map_or_else(
                || facts.remote.to_string(),
                |list| format!("{list}, {}", facts.inbound.client),
            ),
        );
        put("X-Forwarded-Host", facts.best_host.clone());
        put("X-Forwarded-Port", facts.port.clone());
        put("X-Forwarded-Proto", facts.scheme.clone());
        put("X-Forwarded-Scheme", facts.scheme.clone());
        put("X-Scheme", facts.scheme.clone());
        if let Some(sent) = sent {
            put("X-Original-Forwarded-For", sent.to_owned());
        }
        if let Some(host) = facts.header("X-Forwarded-Host").filter(|it| !it.is_empty()) {
            put("X-Original-Forwarded-Host", host.to_owned());
        }
        if location.rewrite.is_some() && !settings.forwarded_prefix.is_empty() {
            put("X-Forwarded-Prefix", settings.forwarded_prefix.clone());
        }
        for (name, value) in self.config_map("proxy-set-headers") {
            put(&name, facts.expand(&value));
        }
        let hidden = |name: &str| {
            let replaced = set.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
            let cleared = matches!(
                name.to_ascii_lowercase().as_str(),
                "proxy" | "connection" | "keep-alive" | "te"
            );
            let secret = settings.basic_auth.is_some() && name.eq_ignore_ascii_case("authorization");
            // Underscores are dropped unless `enable-underscores-in-headers` says otherwise.
            let odd = name.contains('_') && !on("enable-underscores-in-headers");
            replaced || cleared || secret || odd
        };
        let kept: Vec<(String, String)> = facts
            .inbound
            .headers
            .iter()
            .filter(|(name, _)| !hidden(name) && !name.eq_ignore_ascii_case("host"))
            .cloned()
            .collect();
        set.extend(kept);
        set
    }
}

fn is_absolute(target: &str) -> bool {
    target.starts_with("http://") || target.starts_with("https://") || target.starts_with("$scheme")
}

/// What tells an error backend which error it stands for.
fn error_headers(origin: &Origin, status: u16, inbound: &Inbound<'_>) -> Vec<(String, String)> {
    let accept = header(inbound.headers, "Accept").unwrap_or_default();
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

/// The question to the backend that answers an error instead (`@custom_…` locations).
pub(super) fn error_request(
    ask: &UpstreamRequest,
    backend: &str,
    status: u16,
    inbound: &Inbound<'_>,
) -> UpstreamRequest {
    let mut headers = ask.headers.clone();
    headers.extend(error_headers(&ask.origin, status, inbound));
    headers.push(("X-Original-URI".to_owned(), inbound.target.to_owned()));
    UpstreamRequest {
        backend: backend.to_owned(),
        scheme: "http",
        target: "/".to_owned(),
        headers,
        custom_errors: Vec::new(),
        error_backend: None,
        canary: None,
        ..ask.clone()
    }
}

/// What is asked instead when a pod's answer (or its silence) has a listed status. `None`: the status stays.
#[must_use]
pub fn instead(model: &NginxConfig, ask: &UpstreamRequest, status: u16, inbound: &Inbound<'_>) -> Option<Action> {
    if !ask.custom_errors.contains(&status) {
        return None;
    }
    let backend = ask.error_backend.as_deref().unwrap_or(DEFAULT_BACKEND);
    Some(match model.backends.get(backend) {
        Some(found) if !found.built_in => {
            Action::UpstreamRequest(Box::new(error_request(ask, backend, status, inbound)))
        }
        _ => Action::Answer(Answer {
            status: 404,
            location: None,
            headers: ask.response_headers.clone(),
        }),
    })
}
