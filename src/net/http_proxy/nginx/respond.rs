//! What the controller does with a request: the phases of NGINX in their order, ending in an answer of its
//! own or in a question to a pod.
//!
//! Follows `rootfs/etc/nginx/template/nginx.tmpl` and `rootfs/etc/nginx/lua/lua_ingress.lua` of ingress-nginx
//! v1.15: server checks, location, `return`s of the rewrite phase (preflight, redirects), HTTPS redirect,
//! canary and endpoint check, rate limits, access lists, passwords, proxying.

use std::sync::Arc;

use regex_lite::{Regex, RegexBuilder};

use super::access::Login;
use super::annotations::{Cors, Settings};
use super::backend;
use super::balance;
use super::nginx_config::{
    Backend, CATCH_ALL, Certificate, DEFAULT_BACKEND, DefaultReason, Location, Match, NginxConfig, Server,
};
use super::request::{Inbound, RequestVars};
use super::upstream_request::{UpstreamRequest, error_request};
use super::why::{IngressWhy, MissingBackend};
use super::{ControllerState, uri};
use crate::api::ObjectRef;
use crate::api::types::core::ConfigMap;
use crate::cluster::Snapshot;
use crate::cluster::ingress_controllers::nginx::is_true;
use crate::sim::{Instant, Rng};

/// What the controller does.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Over TLS: the Secret whose certificate is shown (`namespace/name`), or why it is the default one.
    pub certificate: Option<Result<String, DefaultReason>>,
    /// The Ingress that decided, and the field of it.
    pub rule: Option<(ObjectRef, String)>,
    /// Why.
    pub why: IngressWhy,
    /// What.
    pub action: Action,
}

/// An answer, or a question.
#[derive(Clone, Debug)]
pub enum Action {
    /// The controller answers itself.
    Answer(Answer),
    /// It asks a pod.
    UpstreamRequest(Box<UpstreamRequest>),
}

/// An answer of the controller's own.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Where to, for a redirect.
    pub location: Option<String>,
    /// Headers.
    pub headers: Vec<(String, String)>,
}

/// A pattern where case matters (canary header).
#[must_use]
pub(super) fn compile(text: &str) -> Option<Regex> {
    RegexBuilder::new(text).size_limit(1 << 20).build().ok()
}

/// What is at hand while a request is looked at.
pub(super) struct RequestContext<'a, 'b> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) model: &'a NginxConfig,
    pub(super) facts: &'a RequestVars<'b>,
}

/// What the controller does with a request.
pub fn respond(
    snapshot: &Snapshot,
    model: &NginxConfig,
    inbound: &Inbound<'_>,
    state: &mut ControllerState,
    rng: &mut Rng,
    now: Instant,
) -> Decision {
    let certificate = inbound.https.then(|| shown_certificate(model, inbound.sni));
    let decision = |rule, why, action| Decision {
        certificate: certificate.clone(),
        rule,
        why,
        action,
    };
    let Some(facts) = RequestVars::new(&model.controller, inbound) else {
        return decision(None, IngressWhy::BadRequest, answer(400));
    };
    let turn = RequestContext {
        snapshot,
        model,
        facts: &facts,
    };
    if let Some(to) = model.redirects.get(&facts.host) {
        let place = format!(
            "{}://{to}:{}{}",
            facts.scheme,
            facts.variable_port(),
            without_slash(inbound.target)
        );
        return decision(
            None,
            IngressWhy::Www { to: to.as_str().into() },
            turn.redirect(308, place),
        );
    }
    let server = model.server(&facts.host);
    if let Some(what) = turn.blocked_agent() {
        return decision(None, IngressWhy::Blocked { what }, answer(403));
    }
    if facts.target.path == "/"
        && let Some(location) = server.locations.iter().find(|it| !it.settings.app_root.is_empty())
    {
        let root = &location.settings.app_root;
        let place = if root.contains("://") {
            root.clone()
        } else {
            format!(
                "{}://{}{root}",
                if inbound.https { "https" } else { "http" },
                inbound.host
            )
        };
        let why = IngressWhy::AppRoot {
            to: place.as_str().into(),
        };
        return decision(rule_of(location), why, redirect(302, place));
    }
    match find_location(server, &facts.target.path) {
        Found::Location(location) => {
            let (why, action) = turn.at_location(server, location, state, rng, now);
            decision(rule_of(location), why, action)
        }
        Found::AppendSlash(location) => {
            let query = facts
                .target
                .query
                .as_ref()
                .map_or_else(String::new, |it| format!("?{it}"));
            let place = format!(
                "{}://{}{}/{query}",
                if inbound.https { "https" } else { "http" },
                facts.host,
                uri::escape(&facts.target.path)
            );
            let why = IngressWhy::AppendSlash {
                path: location.ingress_path.as_str().into(),
            };
            decision(rule_of(location), why, redirect(301, place))
        }
    }
}

/// The certificate for a name in the TLS greeting.
fn shown_certificate(model: &NginxConfig, sni: Option<&str>) -> Result<String, DefaultReason> {
    let entry = sni.and_then(|name| model.certificate(name));
    let reason = match entry {
        Some(Certificate::Secret { name, .. }) => return Ok(name.clone()),
        Some(Certificate::Default(reason)) => *reason,
        None => DefaultReason::UnknownHost,
    };
    model.default_secret.clone().ok_or(reason)
}

fn rule_of(location: &Location) -> Option<(ObjectRef, String)> {
    location.ingress.clone().map(|it| (it, location.field.clone()))
}

fn answer(status: u16) -> Action {
    Action::Answer(Answer {
        status,
        ..Answer::default()
    })
}

fn redirect(status: u16, place: String) -> Action {
    Action::Answer(Answer {
        status,
        location: Some(place),
        headers: Vec::new(),
    })
}

fn without_slash(target: &str) -> &str {
    target.strip_suffix('/').unwrap_or(target)
}

enum Found<'a> {
    Location(&'a Location),
    AppendSlash(&'a Location),
}

/// Which location NGINX takes: an exact one, else the longest prefix; or the first pattern that fits.
fn find_location<'a>(server: &'a Server, path: &str) -> Found<'a> {
    let mut longest: Option<&Location> = None;
    let mut slash = None;
    for location in &server.locations {
        match &location.matches {
            Match::Exact if location.path == path => return Found::Location(location),
            Match::Exact => {}
            Match::Regex(pattern) => {
                if pattern.as_ref().is_some_and(|it| it.is_match(path)) {
                    return Found::Location(location);
                }
            }
            Match::Prefix => {
                // A location `/p/` that proxies answers `/p` by itself (`ngx_http_core_find_static_location`).
                if location.path.strip_suffix('/') == Some(path) && !path.is_empty() {
                    slash = Some(location);
                }
                let fits = path.starts_with(&location.path);
                if fits && longest.is_none_or(|it| it.path.len() < location.path.len()) {
                    longest = Some(location);
                }
            }
        }
    }
    match (slash, longest) {
        (Some(location), _) => Found::AppendSlash(location),
        (None, Some(location)) => Found::Location(location),
        // Only where the root itself is no pattern that is simulated.
        (None, None) => Found::Location(server.locations.last().expect("every server has a root location")),
    }
}

impl RequestContext<'_, '_> {
    fn redirect(&self, status: u16, place: String) -> Action {
        let given = self
            .model
            .controller
            .setting("http-redirect-code")
            .and_then(|it| it.parse().ok());
        let code = given.filter(|it| matches!(it, 301 | 302 | 307 | 308)).unwrap_or(status);
        redirect(code, place)
    }

    /// `block-user-agents` and `block-referers` of the ConfigMap.
    fn blocked_agent(&self) -> Option<&'static str> {
        for (setting, name) in [("block-user-agents", "User-Agent"), ("block-referers", "Referer")] {
            let Some(list) = self.model.controller.setting(setting) else {
                continue;
            };
            let value = self.facts.header(name).unwrap_or_default();
            let fits = |entry: &str| match entry.strip_prefix('~') {
                Some(pattern) => {
                    let (pattern, any_case) = match pattern.strip_prefix('*') {
                        Some(rest) => (rest, true),
                        None => (pattern, false),
                    };
                    RegexBuilder::new(pattern)
                        .case_insensitive(any_case)
                        .size_limit(1 << 20)
                        .build()
                        .is_ok_and(|it| it.is_match(value))
                }
                None => entry.eq_ignore_ascii_case(value),
            };
            if list.split(',').map(str::trim).filter(|it| !it.is_empty()).any(fits) {
                return Some(setting);
            }
        }
        None
    }

    fn at_location(
        &self,
        server: &Server,
        location: &Location,
        state: &mut ControllerState,
        rng: &mut Rng,
        now: Instant,
    ) -> (IngressWhy, Action) {
        let facts = self.facts;
        let settings = &location.settings;
        if let Some(reason) = &settings.denied {
            let why = IngressWhy::Denied {
                reason: reason.as_str().into(),
            };
            return (why, self.fail(503, server, location, rng));
        }
        let preflight = facts.inbound.method == "OPTIONS";
        if preflight && cors_origin(settings, facts).is_some() {
            let mut headers = self.response_headers(server, settings);
            headers.push(("Content-Type".to_owned(), "text/plain charset=UTF-8".to_owned()));
            headers.push(("Content-Length".to_owned(), "0".to_owned()));
            let action = Action::Answer(Answer {
                status: 204,
                location: None,
                headers,
            });
            return (IngressWhy::Preflight, action);
        }
        if let Some(fixed) = &settings.redirect {
            let scheme = if facts.inbound.https { "https" } else { "http" };
            let mut place = facts.expand(&fixed.to);
            if place.starts_with('/') && !settings.relative_redirects {
                place = format!("{scheme}://{}{place}", facts.host);
            }
            let why = IngressWhy::Redirect {
                to: place.as_str().into(),
            };
            return (why, self.with_headers(redirect(fixed.code, place), server, settings));
        }
        if let Some(place) = self.rewrites_away(location) {
            let why = IngressWhy::Redirect {
                to: place.as_str().into(),
            };
            return (why, self.with_headers(redirect(302, place), server, settings));
        }
        if self.goes_to_https(location) {
            let uri = facts.inbound.target;
            let uri = if settings.preserve_trailing_slash {
                uri
            } else {
                without_slash(uri)
            };
            let host = match facts.best_host.strip_prefix('[') {
                Some(_) => facts.best_host.as_str(),
                None => facts.best_host.split(':').next().unwrap_or_default(),
            };
            let place = format!("https://{host}{uri}");
            return (
                IngressWhy::Https,
                self.with_headers(self.redirect(308, place), server, settings),
            );
        }
        let Some(primary) = self.model.backends.get(&location.backend) else {
            return (
                IngressWhy::NoEndpoints {
                    service: "".into(),
                    lack: MissingBackend::Service,
                },
                self.fail(503, server, location, rng),
            );
        };
        if primary.endpoints.is_empty() && !primary.built_in {
            let service = primary.service.as_ref().map(ToString::to_string);
            let why = IngressWhy::NoEndpoints {
                service: service.unwrap_or_default().into(),
                lack: backend::lack(
                    self.snapshot,
                    primary.service.as_ref(),
                    location.service.as_ref().map(|it| &*it.port),
                ),
            };
            return (why, self.fail(503, server, location, rng));
        }
        let (backend, canary) = balance::choose(self.model, primary, facts, rng);
        if let Some(why) = self.over_limit(location, state, now) {
            let code = self.model.controller.setting("limit-req-status-code");
            let status = code.and_then(|it| it.parse().ok()).unwrap_or(503);
            return (why, self.fail(status, server, location, rng));
        }
        if !self.is_admitted(settings) {
            let why = IngressWhy::Forbidden { client: facts.remote };
            return (why, self.fail(403, server, location, rng));
        }
        if let Some(auth) = &settings.basic_auth {
            match self.authorize(&auth.users) {
                Login::Right => {}
                login => {
                    let why = IngressWhy::Unauthorized {
                        unknown_hash: login == Login::UnknownHash,
                        sent: login != Login::Missing,
                    };
                    let mut action = self.fail(401, server, location, rng);
                    if let Action::Answer(answer) = &mut action {
                        let challenge = format!("Basic realm=\"{}\"", auth.realm);
                        answer.headers.push(("WWW-Authenticate".to_owned(), challenge));
                    }
                    return (why, action);
                }
            }
        }
        if backend.built_in {
            return (
                self.nobody_takes(server, location),
                self.fail(404, server, location, rng),
            );
        }
        let why = IngressWhy::Routed {
            host: server.host.as_str().into(),
            rule: location.ingress_path.as_str().into(),
            regex: server.regex,
            exact: location.exact,
            service: service_text(backend).into(),
            canary,
            is_default: location.field == "spec.defaultBackend" || location.ingress.is_none(),
        };
        let ask = self.ask(server, location, backend, canary, rng);
        (why, Action::UpstreamRequest(Box::new(ask)))
    }

    /// Why a request ends at the built-in answer: no host, no path, or an Ingress that nobody serves.
    fn nobody_takes(&self, server: &Server, location: &Location) -> IngressWhy {
        let host: Arc<str> = self.facts.host.as_str().into();
        if server.host != CATCH_ALL || location.ingress.is_some() {
            return IngressWhy::NoPath {
                host,
                path: self.facts.target.path.as_str().into(),
            };
        }
        let names_it = |reference: &ObjectRef| {
            self.snapshot
                .typed::<crate::api::types::networking::Ingress>(reference)
                .is_some_and(|ingress| {
                    let rules = &ingress.spec.rules;
                    rules.is_empty()
                        || rules
                            .iter()
                            .any(|rule| rule.host.is_empty() || rule.host == self.facts.host)
                })
        };
        match self.model.ignored.iter().find(|(reference, _)| names_it(reference)) {
            Some((reference, why)) => IngressWhy::Ignored {
                ingress: reference.key().to_string().into(),
                why: why.clone(),
            },
            None => IngressWhy::NoHost { host },
        }
    }

    /// `redirect_to_https` of `lua_ingress.lua`.
    fn goes_to_https(&self, location: &Location) -> bool {
        let settings = &location.settings;
        let exempt = self
            .model
            .controller
            .setting("no-tls-redirect-locations")
            .unwrap_or("/.well-known/acme-challenge");
        let is_exempt = exempt
            .split(',')
            .map(str::trim)
            .any(|prefix| !prefix.is_empty() && location.ingress_path.starts_with(prefix));
        if self.facts.scheme != "http" || is_exempt {
            return false;
        }
        settings.force_ssl_redirect || (settings.ssl_redirect && self.model.certificate(&self.facts.host).is_some())
    }

    /// Headers for the client that the location adds to every answer.
    pub(super) fn response_headers(&self, server: &Server, settings: &Settings) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
        if let (Some(cors), Some(origin)) = (&settings.cors, cors_origin(settings, self.facts)) {
            add("Access-Control-Allow-Origin", origin);
            if cors.credentials {
                add("Access-Control-Allow-Credentials", "true".to_owned());
            }
            add("Access-Control-Allow-Methods", cors.methods.clone());
            add("Access-Control-Allow-Headers", cors.headers.clone());
            if let Some(expose) = &cors.expose {
                add("Access-Control-Expose-Headers", expose.clone());
            }
            add("Access-Control-Max-Age", cors.max_age.to_string());
        }
        let controller = &self.model.controller;
        let setting_on = |name: &str| controller.setting(name).is_none_or(is_true);
        if self.facts.inbound.https && server.certificate.is_some() && setting_on("hsts") {
            let mut value = format!("max-age={}", controller.setting("hsts-max-age").unwrap_or("31536000"));
            if setting_on("hsts-include-subdomains") {
                value.push_str("; includeSubDomains");
            }
            if controller.setting("hsts-preload").is_some_and(is_true) {
                value.push_str("; preload");
            }
            add("Strict-Transport-Security", value);
        }
        for (name, value) in &settings.response_headers {
            add(name, value.clone());
        }
        for (name, value) in self.config_map("add-headers") {
            add(&name, value);
        }
        headers
    }

    /// The entries of a ConfigMap that a setting names.
    pub(super) fn config_map(&self, setting: &str) -> Vec<(String, String)> {
        self.model
            .controller
            .setting(setting)
            .and_then(|name| name.split_once('/'))
            .and_then(|(namespace, name)| self.snapshot.get::<ConfigMap>(namespace, name))
            .map(|map| map.data.clone().into_iter().collect())
            .unwrap_or_default()
    }

    fn with_headers(&self, action: Action, server: &Server, settings: &Settings) -> Action {
        match action {
            Action::Answer(mut answer) => {
                answer.headers.extend(self.response_headers(server, settings));
                Action::Answer(answer)
            }
            ask @ Action::UpstreamRequest(_) => ask,
        }
    }

    /// An error of the controller's own, or the backend that answers errors instead.
    fn fail(&self, status: u16, server: &Server, location: &Location, rng: &mut Rng) -> Action {
        let settings = &location.settings;
        if !settings.custom_errors.contains(&status) {
            return self.with_headers(answer(status), server, settings);
        }
        let error = location.error_backend.as_deref().unwrap_or(DEFAULT_BACKEND);
        match self.model.backends.get(error) {
            Some(backend) if !backend.built_in => {
                let ask = self.ask(server, location, backend, None, rng);
                Action::UpstreamRequest(Box::new(error_request(&ask, error, status, self.facts.inbound)))
            }
            // The built-in default backend knows one answer.
            _ => self.with_headers(answer(404), server, settings),
        }
    }
}

impl RequestVars<'_> {
    /// The port in the address of a `www` redirect.
    fn variable_port(&self) -> &'static str {
        if self.inbound.https { "443" } else { "80" }
    }
}

fn service_text(backend: &Backend) -> String {
    backend.service.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// `Access-Control-Allow-Origin` for this request, if it is allowed.
fn cors_origin(settings: &Settings, facts: &RequestVars<'_>) -> Option<String> {
    let cors: &Cors = settings.cors.as_ref()?;
    let Some(allowed) = &cors.origins else {
        return Some("*".to_owned());
    };
    let origin = facts.header("Origin")?;
    let fits = |entry: &String| match entry.split_once('*') {
        None => entry.eq_ignore_ascii_case(origin),
        Some((before, after)) => {
            let (entry_len, origin) = (before.len() + after.len(), origin.to_ascii_lowercase());
            let middle = origin
                .strip_prefix(&before.to_ascii_lowercase())
                .and_then(|rest| rest.strip_suffix(&after.to_ascii_lowercase()));
            middle.is_some_and(|label| {
                origin.len() > entry_len && label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
            })
        }
    };
    allowed.iter().any(fits).then(|| origin.to_owned())
}
