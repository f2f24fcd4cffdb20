//! What the controller does with a request: the phases of NGINX in their order, ending in an answer of its
//! own or in a request to a pod.
//!
//! Follows `rootfs/etc/nginx/template/nginx.tmpl` and `rootfs/etc/nginx/lua/lua_ingress.lua` of ingress-nginx
//! v1.15: server checks, location, `return`s of the rewrite phase (preflight, redirects), HTTPS redirect,
//! canary and endpoint check, rate limits, access lists, passwords, proxying.

use std::sync::Arc;

use regex_lite::Regex;

use super::access::Login;
use super::locate::{Found, find_location};
use super::nginx_config::{Backend, CATCH_ALL, DEFAULT_BACKEND, Location, Server};
use super::pattern::{compile, compile_any_case};
use super::request_context::{Matched, RequestContext};
use super::response_headers::cors_origin;
use super::state::ControllerState;
use super::upstream_request::{Proxied, error_request};
use super::why::{CanaryReason, MissingBackend, NginxWhy};
use super::{backend, canary};
use crate::api::ObjectRef;
use crate::api::types::networking::Ingress;
use crate::net::http_proxy::decision::{Action, Answer};
use crate::net::http_proxy::uri;
use crate::net::http_proxy::why::HttpProxyWhy;
use crate::sim::{Instant, Rng};

/// Why something is done, and what.
type Outcome = (HttpProxyWhy, Action<Proxied>);

/// What the controller does with a request.
pub(super) struct Response {
    /// The Ingress that decided, and the field of it; `None` where no Ingress did.
    pub(super) rule: Option<(ObjectRef, String)>,
    /// Why.
    pub(super) why: HttpProxyWhy,
    /// What.
    pub(super) action: Action<Proxied>,
}

impl Response {
    fn new(location: Option<&Location>, (why, action): Outcome) -> Self {
        let rule = location.and_then(|it| Some((it.ingress.clone()?, it.field.clone())));
        Self { rule, why, action }
    }
}

fn without_slash(target: &str) -> &str {
    target.strip_suffix('/').unwrap_or(target)
}

/// A redirect that ends the request.
fn redirect(why: impl Into<HttpProxyWhy>, status: u16, url: String) -> Outcome {
    (why.into(), Action::Answer(Answer::redirect(status, url)))
}

impl RequestContext<'_, '_> {
    /// What the controller does.
    pub(super) fn respond(&self, state: &mut ControllerState, rng: &mut Rng, now: Instant) -> Response {
        if let Some(outcome) = self.www_redirect() {
            return Response::new(None, outcome);
        }
        let server = self.config.server(&self.vars.host);
        if let Some(setting) = self.blocking_setting() {
            let why = NginxWhy::Blocked { what: setting };
            return Response::new(None, (why.into(), Action::Answer(Answer::status(403))));
        }
        if let Some((location, outcome)) = self.app_root_redirect(server) {
            return Response::new(Some(location), outcome);
        }
        match find_location(server, &self.vars.target.path) {
            Found::Location(location) => {
                let outcome = self.at_location(Matched { server, location }, state, rng, now);
                Response::new(Some(location), outcome)
            }
            Found::AppendSlash(location) => Response::new(Some(location), self.append_slash(location)),
        }
    }

    // Before a location is known.

    /// `from-to-www-redirect`: the host only redirects to another.
    fn www_redirect(&self) -> Option<Outcome> {
        let to = self.config.redirects.get(&self.vars.host)?;
        let url = format!(
            "{}://{to}:{}{}",
            self.vars.scheme,
            self.vars.server_port(),
            without_slash(self.vars.inbound.target)
        );
        let why = NginxWhy::Www { to: to.as_str().into() };
        Some(redirect(why, self.redirect_code(308), url))
    }

    /// The setting of the ConfigMap (`block-user-agents`, `block-referers`) that refuses the request.
    fn blocking_setting(&self) -> Option<&'static str> {
        for (setting, header) in [("block-user-agents", "User-Agent"), ("block-referers", "Referer")] {
            let Some(list) = self.setting(setting) else { continue };
            let value = self.vars.inbound.header(header).unwrap_or_default();
            let is_match = |pattern: Option<Regex>| pattern.is_some_and(|it| it.is_match(value));
            let fits = |entry: &str| match entry.strip_prefix('~') {
                Some(pattern) => is_match(match pattern.strip_prefix('*') {
                    Some(rest) => compile_any_case(rest),
                    None => compile(pattern),
                }),
                None => entry.eq_ignore_ascii_case(value),
            };
            if list.split(',').map(str::trim).filter(|it| !it.is_empty()).any(fits) {
                return Some(setting);
            }
        }
        None
    }

    /// `app-root`: the root path redirects to another.
    fn app_root_redirect<'s>(&self, server: &'s Server) -> Option<(&'s Location, Outcome)> {
        if self.vars.target.path != "/" {
            return None;
        }
        let location = server.locations.iter().find(|it| !it.settings.app_root.is_empty())?;
        let root = &location.settings.app_root;
        let inbound = self.vars.inbound;
        let url = if root.contains("://") {
            root.clone()
        } else {
            format!("{}://{}{root}", inbound.scheme(), inbound.host)
        };
        let why = NginxWhy::AppRoot {
            to: url.as_str().into(),
        };
        Some((location, redirect(why, 302, url)))
    }

    /// NGINX completes the slash behind a path that a location takes only with it.
    fn append_slash(&self, location: &Location) -> Outcome {
        let vars = self.vars;
        let query = vars.target.query.as_ref().map(|it| format!("?{it}"));
        let url = format!(
            "{}://{}{}/{}",
            vars.inbound.scheme(),
            vars.host,
            uri::escape(&vars.target.path),
            query.unwrap_or_default()
        );
        let why = NginxWhy::AppendSlash {
            path: location.ingress_path.as_str().into(),
        };
        redirect(why, 301, url)
    }

    // At a location.

    fn at_location(&self, at: Matched<'_>, state: &mut ControllerState, rng: &mut Rng, now: Instant) -> Outcome {
        if let Some(outcome) = self.rewrite_phase(at, rng) {
            return outcome;
        }
        let primary = match self.backend_of(at.location) {
            Ok(backend) => backend,
            Err(why) => return (why.into(), self.fail(503, at, rng)),
        };
        let (backend, canary) = canary::choose(self.config, primary, self.vars, rng);
        if let Some(outcome) = self.access_phase(at, state, rng, now) {
            return outcome;
        }
        self.content_phase(at, backend, canary, rng)
    }

    /// Answers that need no backend: the location is closed, a preflight, redirects.
    fn rewrite_phase(&self, at: Matched<'_>, rng: &mut Rng) -> Option<Outcome> {
        let settings = &at.location.settings;
        if let Some(reason) = &settings.denied {
            let why = NginxWhy::Denied {
                reason: reason.as_str().into(),
            };
            return Some((why.into(), self.fail(503, at, rng)));
        }
        if self.vars.inbound.method == "OPTIONS" && cors_origin(settings, self.vars).is_some() {
            return Some((NginxWhy::Preflight.into(), Action::Answer(self.preflight(at))));
        }
        let (why, answer) = self.redirect_at(at)?;
        Some((why.into(), self.with_headers(answer, at)))
    }

    /// The answer to a browser that asks what it may ask from another site.
    fn preflight(&self, at: Matched<'_>) -> Answer {
        let mut headers = self.response_headers(at.server, &at.location.settings);
        headers.push(("Content-Type".to_owned(), "text/plain charset=UTF-8".to_owned()));
        headers.push(("Content-Length".to_owned(), "0".to_owned()));
        Answer {
            status: 204,
            location: None,
            headers,
        }
    }

    /// A redirect by an annotation of the location, or from HTTP to HTTPS.
    fn redirect_at(&self, at: Matched<'_>) -> Option<(NginxWhy, Answer)> {
        let vars = self.vars;
        let settings = &at.location.settings;
        let by_annotation = |status, url: String| {
            let why = NginxWhy::Redirect {
                to: url.as_str().into(),
            };
            Some((why, Answer::redirect(status, url)))
        };
        if let Some(fixed) = &settings.redirect {
            let mut url = vars.expand(&fixed.to);
            if url.starts_with('/') && !settings.relative_redirects {
                url = format!("{}://{}{url}", vars.inbound.scheme(), vars.host);
            }
            return by_annotation(fixed.code, url);
        }
        if let Some(url) = self.rewrites_away(at.location) {
            return by_annotation(302, url);
        }
        if !self.goes_to_https(at.location) {
            return None;
        }
        let target = if settings.preserve_trailing_slash {
            vars.inbound.target
        } else {
            without_slash(vars.inbound.target)
        };
        let host = if vars.best_host.starts_with('[') {
            vars.best_host.as_str()
        } else {
            vars.best_host.split(':').next().unwrap_or_default()
        };
        let url = format!("https://{host}{target}");
        Some((NginxWhy::Https, Answer::redirect(self.redirect_code(308), url)))
    }

    /// `redirect_to_https` of `lua_ingress.lua`.
    fn goes_to_https(&self, location: &Location) -> bool {
        let settings = &location.settings;
        let exempt = self
            .setting("no-tls-redirect-locations")
            .unwrap_or("/.well-known/acme-challenge");
        let is_exempt = exempt
            .split(',')
            .map(str::trim)
            .any(|prefix| !prefix.is_empty() && location.ingress_path.starts_with(prefix));
        if self.vars.scheme != "http" || is_exempt {
            return false;
        }
        settings.force_ssl_redirect || (settings.ssl_redirect && self.config.certificate(&self.vars.host).is_some())
    }

    /// The status of the controller's own redirects: `http-redirect-code`, else `default`.
    fn redirect_code(&self, default: u16) -> u16 {
        let given = self.setting("http-redirect-code").and_then(|it| it.parse().ok());
        given
            .filter(|it| matches!(it, 301 | 302 | 307 | 308))
            .unwrap_or(default)
    }

    /// The backend of a location, if a request can be sent there; else what is missing.
    fn backend_of(&self, location: &Location) -> Result<&Backend, NginxWhy> {
        let Some(primary) = self.config.backends.get(&location.backend) else {
            return Err(NginxWhy::NoEndpoints {
                service: "".into(),
                missing: MissingBackend::Service,
            });
        };
        if !primary.endpoints.is_empty() || primary.built_in {
            return Ok(primary);
        }
        let port = location.service.as_ref().map(|it| &*it.port);
        Err(NginxWhy::NoEndpoints {
            service: service_text(primary).into(),
            missing: backend::missing(self.snapshot, primary.service.as_ref(), port),
        })
    }

    /// Refusals: too many requests, the client's address, its password.
    fn access_phase(
        &self,
        at: Matched<'_>,
        state: &mut ControllerState,
        rng: &mut Rng,
        now: Instant,
    ) -> Option<Outcome> {
        if let Some(why) = self.over_limit(at.location, state, now) {
            let code = self.setting("limit-req-status-code");
            let status = code.and_then(|it| it.parse().ok()).unwrap_or(503);
            return Some((why.into(), self.fail(status, at, rng)));
        }
        let settings = &at.location.settings;
        if !self.is_admitted(settings) {
            let why = NginxWhy::Forbidden {
                client: self.vars.remote,
            };
            return Some((why.into(), self.fail(403, at, rng)));
        }
        let auth = settings.basic_auth.as_ref()?;
        let login = self.authorize(&auth.users);
        if login == Login::Right {
            return None;
        }
        let why = NginxWhy::Unauthorized {
            unknown_hash: login == Login::UnknownHash,
            sent: login != Login::Missing,
        };
        let mut action = self.fail(401, at, rng);
        if let Action::Answer(answer) = &mut action {
            let challenge = format!("Basic realm=\"{}\"", auth.realm);
            answer.headers.push(("WWW-Authenticate".to_owned(), challenge));
        }
        Some((why.into(), action))
    }

    /// The backend is asked, or the built-in one answers.
    fn content_phase(
        &self,
        at: Matched<'_>,
        backend: &Backend,
        canary: Option<CanaryReason>,
        rng: &mut Rng,
    ) -> Outcome {
        if backend.built_in {
            return (self.nobody_takes(at), self.fail(404, at, rng));
        }
        let Matched { server, location } = at;
        let why = NginxWhy::Routed {
            host: server.host.as_str().into(),
            rule: location.ingress_path.as_str().into(),
            regex: server.regex,
            exact: location.exact,
            service: service_text(backend).into(),
            canary,
            is_default: location.field == "spec.defaultBackend" || location.ingress.is_none(),
        };
        (why.into(), Action::Forward(self.upstream_request(at, backend, rng)))
    }

    /// Why a request ends at the built-in answer: no host, no path, or an Ingress that nobody serves.
    fn nobody_takes(&self, at: Matched<'_>) -> HttpProxyWhy {
        let host: Arc<str> = self.vars.host.as_str().into();
        if at.server.host != CATCH_ALL || at.location.ingress.is_some() {
            let path = self.vars.target.path.as_str().into();
            return NginxWhy::NoPath { host, path }.into();
        }
        let names_it = |reference: &ObjectRef| {
            self.snapshot.typed::<Ingress>(reference).is_some_and(|ingress| {
                let rules = &ingress.spec.rules;
                rules.is_empty()
                    || rules
                        .iter()
                        .any(|rule| rule.host.is_empty() || rule.host == self.vars.host)
            })
        };
        match self.config.ignored.iter().find(|(reference, _)| names_it(reference)) {
            Some((reference, why)) => HttpProxyWhy::Ignored {
                ingress: reference.key().to_string().into(),
                why: why.clone(),
            },
            None => NginxWhy::NoHost { host }.into(),
        }
    }

    /// An answer with the headers that the location adds.
    fn with_headers(&self, mut answer: Answer, at: Matched<'_>) -> Action<Proxied> {
        let headers = self.response_headers(at.server, &at.location.settings);
        answer.headers.extend(headers);
        Action::Answer(answer)
    }

    /// An error of the controller's own, or the backend that answers errors instead.
    fn fail(&self, status: u16, at: Matched<'_>, rng: &mut Rng) -> Action<Proxied> {
        let Matched { location, .. } = at;
        if !location.settings.custom_errors.contains(&status) {
            return self.with_headers(Answer::status(status), at);
        }
        let error = location.error_backend.as_deref().unwrap_or(DEFAULT_BACKEND);
        match self.config.backends.get(error) {
            Some(backend) if !backend.built_in => {
                let request = self.upstream_request(at, backend, rng);
                Action::Forward(error_request(&request, backend, status, self.vars.inbound))
            }
            // The built-in default backend knows one answer.
            _ => self.with_headers(Answer::status(404), at),
        }
    }
}

fn service_text(backend: &Backend) -> String {
    backend.service.as_ref().map(ToString::to_string).unwrap_or_default()
}
