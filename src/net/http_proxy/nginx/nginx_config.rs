//! What NGINX is configured with: servers, locations, backends, and how they are looked up.
//!
//! Made by [`configure`](super::configure), read by [`respond`](mod@super::respond).

use std::collections::BTreeMap;
use std::sync::Arc;

use regex_lite::Regex;

use super::annotations::{Affinity, Canary, HashBy, Settings};
use super::pattern::Pattern;
use crate::api::{NamespacedName, ObjectRef};
use crate::cluster::certificate::{CertificateError, Names};
use crate::cluster::hostname::label_of_wildcard;
use crate::cluster::ingress_controllers::Ignored;
use crate::cluster::ingress_controllers::nginx::Controller;
use crate::net::http_proxy::endpoints::Endpoint;

/// The server for every host that has none of its own.
pub const CATCH_ALL: &str = "_";
/// The backend behind everything that nothing takes.
pub const DEFAULT_BACKEND: &str = "upstream-default-backend";

/// How a location is matched.
#[derive(Clone, Debug)]
pub enum Match {
    /// `= path`.
    Exact,
    /// The longest of these wins.
    Prefix,
    /// `~* "^path"`: the first of these wins.
    Regex(Arc<Pattern>),
}

/// A location of a server.
#[derive(Clone, Debug)]
pub struct Location {
    /// Its text in NGINX' configuration.
    pub path: String,
    /// The path as the Ingress writes it.
    pub ingress_path: String,
    /// Whether the rule is `Exact` (every other type counts as `Prefix`).
    pub exact: bool,
    /// How it is matched.
    pub matches: Match,
    /// The Ingress it comes from; the built-in ones have none.
    pub ingress: Option<ObjectRef>,
    /// Field of the Ingress that says so; empty for built-in locations.
    pub field: String,
    /// Name of its backend.
    pub backend: String,
    /// The Service that the rule names; `None` for built-in locations.
    pub service: Option<ServiceBackend>,
    /// Its Ingress' annotations.
    pub settings: Arc<Settings>,
    /// Whether no rule stands behind it.
    pub is_default: bool,
    /// Pattern and target by which paths are rewritten; `None` where they stay.
    pub rewrite: Option<(Arc<Pattern>, String)>,
    /// Name of the backend that is asked instead of a bare error.
    pub error_backend: Option<String>,
}

impl Location {
    /// Pattern and target by which paths are rewritten; `None` where they stay, or where the pattern is none that is
    /// simulated.
    pub fn rewrites(&self) -> Option<(&Regex, &str)> {
        let (pattern, target) = self.rewrite.as_ref()?;
        Some((pattern.regex()?, target))
    }
}

/// The Service and port that a rule names (`IngressServiceBackend`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceBackend {
    /// Name of the Service, in the namespace of the Ingress.
    pub name: String,
    /// The port as written, a name or a number; empty where the rule names none.
    pub port: String,
}

/// A virtual server.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its host; [`CATCH_ALL`] for every other.
    pub host: String,
    /// Further names, with NGINX' wildcards at either end.
    pub aliases: Vec<String>,
    /// Its locations in the order of the configuration.
    pub locations: Vec<Location>,
    /// Whether `www.host` leads here (or the other way round).
    pub from_to_www: bool,
    /// Its certificate; `None` where no `spec.tls` speaks of it.
    pub certificate: Option<Certificate>,
    /// Whether locations are regular expressions.
    pub regex: bool,
}

impl Server {
    /// A server with one location and nothing else.
    #[must_use]
    pub fn new(host: &str, root: Location) -> Self {
        Self {
            host: host.to_owned(),
            aliases: Vec::new(),
            locations: vec![root],
            from_to_www: false,
            certificate: None,
            regex: false,
        }
    }
}

/// A certificate that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Of a Secret.
    Secret {
        /// `namespace/name`.
        name: String,
        /// The names in it.
        names: Names,
    },
    /// The default one, and why.
    Default(DefaultReason),
}

/// Why the default certificate is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefaultReason {
    /// No Secret is named for the host.
    NoSecretNamed,
    /// The Secret does not exist.
    NoSecret,
    /// The Secret holds no certificate and key that can be read.
    Unreadable,
    /// The certificate is made out for other names.
    OtherName,
    /// No Ingress has a certificate for the host.
    UnknownHost,
}

impl From<CertificateError> for DefaultReason {
    fn from(error: CertificateError) -> Self {
        match error {
            CertificateError::NoSecret => Self::NoSecret,
            CertificateError::Unreadable => Self::Unreadable,
        }
    }
}

/// Where a share of the traffic goes.
#[derive(Clone, Debug)]
pub struct Alternative {
    /// Name of its backend.
    pub backend: String,
    /// Which requests get there.
    pub canary: Canary,
    /// The Ingress that says so.
    pub ingress: ObjectRef,
}

/// Pods behind a location.
#[derive(Clone, Debug, Default)]
pub struct Backend {
    /// `namespace-service-port`.
    pub name: String,
    /// Its Service; the controller's own default backend has none.
    pub service: Option<NamespacedName>,
    /// Where its requests go; empty where nobody is ready.
    pub endpoints: Vec<Endpoint>,
    /// Whether it leads to the Service's address rather than to pods.
    pub via_service: bool,
    /// Whether it is an ExternalName Service.
    pub is_external: bool,
    /// Whether its endpoint is a name that nobody looks up: requests to it are never answered.
    pub is_unresolved: bool,
    /// Whether it is none, and the controller answers 404 itself.
    pub built_in: bool,
    /// The cookie that binds clients; `None` where none does.
    pub affinity: Option<Affinity>,
    /// Locations (host, path) that may hand out the cookie.
    pub cookie_places: Vec<(String, String)>,
    /// The hash that spreads requests; `None` where none does.
    pub hash_by: Option<HashBy>,
    /// Whether requests are spread by load.
    pub ewma: bool,
    /// The canary beside it.
    pub alternative: Option<Alternative>,
    /// Whether it is only a canary, with no server of its own.
    pub no_server: bool,
}

/// Everything NGINX is configured with.
#[derive(Clone, Debug)]
pub struct NginxConfig {
    /// How the controller was started.
    pub controller: Controller,
    /// Servers by host.
    pub servers: Vec<Server>,
    /// Backends by name.
    pub backends: BTreeMap<String, Backend>,
    /// Hosts that only redirect: from → to.
    pub redirects: BTreeMap<String, String>,
    /// The default certificate's Secret (`--default-ssl-certificate`), where it can be read.
    pub default_secret: Option<String>,
    /// Ingresses left alone, and why.
    pub ignored: Vec<(ObjectRef, Ignored)>,
}

impl NginxConfig {
    /// The server for a host without port, in small letters.
    #[must_use]
    pub fn server(&self, host: &str) -> &Server {
        let named = |server: &&Server| server.host == host || server.aliases.iter().any(|it| it == host);
        let by_pattern = |server: &&Server| label_of_wildcard(&server.host, host).is_some_and(is_subdomain);
        let exact = self.servers.iter().filter(|it| it.host != CATCH_ALL).find(named);
        exact
            .or_else(|| self.by_alias(host))
            .or_else(|| self.servers.iter().find(by_pattern))
            .or_else(|| self.servers.iter().find(|it| it.host == CATCH_ALL))
            .expect("the catch-all server always exists")
    }

    /// The server with an alias that is a wildcard of NGINX' own, which stands for any number of labels: the longest
    /// of those at the start, then of those at the end (`ngx_http_core_module`, `server_name`).
    fn by_alias(&self, host: &str) -> Option<&Server> {
        let fits = |alias: &str| match alias.strip_prefix("*.") {
            Some(suffix) => host
                .strip_suffix(suffix)
                .filter(|it| it.len() > 1 && it.ends_with('.'))
                .map(|_| 2),
            None => {
                let prefix = alias.strip_suffix(".*")?;
                host.strip_prefix(prefix)
                    .filter(|it| it.len() > 1 && it.starts_with('.'))
                    .map(|_| 1)
            }
        };
        let all = self
            .servers
            .iter()
            .flat_map(|server| server.aliases.iter().map(move |alias| (alias, server)));
        all.filter_map(|(alias, server)| Some(((fits(alias)?, alias.len()), server)))
            .max_by_key(|(rank, _)| *rank)
            .map(|(_, server)| server)
    }

    /// The certificate entry for a name sent in the TLS greeting: the full name, then with its first label
    /// as `*` (`certificate.lua`).
    #[must_use]
    pub fn certificate(&self, name: &str) -> Option<&Certificate> {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let entry = |wanted: &str| -> Option<&Certificate> {
            self.servers.iter().find_map(|server| {
                let certificate = server.certificate.as_ref()?;
                if server.host == wanted {
                    return Some(certificate);
                }
                let covered = match certificate {
                    Certificate::Secret { names, .. } => names.cover(wanted),
                    Certificate::Default(_) => false,
                };
                let is_alias = server.aliases.iter().any(|it| it == wanted)
                    || self.redirects.get(wanted).is_some_and(|to| *to == server.host);
                (is_alias && covered).then_some(certificate)
            })
        };
        let wildcard = name.split_once('.').map(|(_, rest)| format!("*.{rest}"));
        entry(&name).or_else(|| entry(&wildcard?))
    }
}

/// `^(?<subdomain>[\w-]+)`: the labels that NGINX lets a wildcard stand for.
fn is_subdomain(label: &str) -> bool {
    let is_letter = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
    !label.is_empty() && label.bytes().all(is_letter)
}
