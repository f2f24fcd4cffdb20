//! ingress-nginx as the API server's side sees it: which pods run it, with which flags, which Ingresses it
//! takes, and what its validating webhook refuses.
//!
//! Follows `kubernetes/ingress-nginx` v1.15 (`internal/ingress/controller/{controller,ingressclass,store}`,
//! `internal/ingress/inspector`). Not here: what it does with a request (`net::http_proxy::nginx`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::class::Ignored;
use super::containers;
use crate::api::types::core::{ConfigMap, Pod, Service};
use crate::api::types::meta::Labels;
use crate::api::types::networking::{CLASS_ANNOTATION, HttpIngressPath, Ingress, IngressClass};
use crate::api::{Kind, ObjectRef};
use crate::cluster::snapshot::Snapshot;
use crate::go::is_true;
use crate::small_sort::SmallSort as _;

/// Prefix of its annotations.
pub const PREFIX: &str = "nginx.ingress.kubernetes.io/";
/// The annotation that gives a server further names.
pub const ALIAS_ANNOTATION: &str = "nginx.ingress.kubernetes.io/server-alias";
/// Name of its validating webhook.
pub const WEBHOOK: &str = "validate.nginx.ingress.kubernetes.io";

const CANARY_ANNOTATION: &str = "nginx.ingress.kubernetes.io/canary";

/// How a controller was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// Namespace of its pods.
    pub namespace: String,
    /// Its flags without dashes; a flag without a value is `true`.
    pub flags: BTreeMap<String, String>,
    /// Its ConfigMap, empty where there is none.
    pub config: Labels,
    /// Whether it may read IngressClasses.
    pub reads_classes: bool,
}

/// Why its validating webhook does not let an Ingress be stored; printed in its words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// It has a default backend, and `--disable-catch-all` is set.
    #[error(
        "This deployment is trying to create a catch-all ingress while DisableCatchAll flag is set to true. Remove '.spec.defaultBackend' or set DisableCatchAll flag to false."
    )]
    CatchAll,
    /// A path or host holds a text that could be used for attacks.
    #[error("invalid ingress: ingress contains invalid paths: {0}")]
    ForbiddenText(String),
    /// An annotation holds a word of `annotation-value-word-blocklist`.
    #[error("{key} annotation contains invalid word {word}")]
    BlockedWord {
        /// The annotation.
        key: String,
        /// The word.
        word: String,
    },
    /// An annotation is above `annotations-risk-level`.
    #[error("annotation group {group} contains risky annotation based on ingress configuration")]
    Risky {
        /// The group that the controller counts the annotation to.
        group: &'static str,
    },
    /// An annotation writes into NGINX' configuration, which is not allowed.
    #[error("{key} annotation cannot be used. Snippet directives are disabled by the Ingress administrator")]
    Snippet {
        /// The annotation.
        key: String,
    },
    /// A path has signs that only paths of type `ImplementationSpecific` may have.
    #[error("ingress contains invalid paths: path {path} cannot be used with pathType {kind}")]
    PathSigns {
        /// The path.
        path: String,
        /// Its type.
        kind: String,
    },
    /// Another Ingress has the path already.
    #[error("host \"{host}\" and path \"{path}\" is already defined in ingress {ingress}")]
    Overlap {
        /// The host; `_` for any.
        host: String,
        /// The path.
        path: String,
        /// Namespace and name of the other.
        ingress: String,
    },
}

impl Controller {
    /// The controller that a pod runs, if it runs one.
    #[must_use]
    pub fn of_pod(snapshot: &Snapshot, pod: &Pod) -> Option<Self> {
        let container = containers::nginx(pod)?;
        let namespace = &pod.metadata.namespace;
        let mut flags = BTreeMap::new();
        for word in container.command.iter().chain(&container.args) {
            if let Some(flag) = word.trim().strip_prefix("--") {
                let (name, value) = flag.split_once('=').unwrap_or((flag, "true"));
                let value = value
                    .replace("$(POD_NAMESPACE)", namespace)
                    .replace("$(POD_NAME)", &pod.metadata.name);
                flags.insert(name.to_owned(), value);
            }
        }
        let config = flags
            .get("configmap")
            .and_then(|name| name.split_once('/'))
            .and_then(|(namespace, name)| snapshot.get::<ConfigMap>(namespace, name))
            .map(|map| map.data.clone())
            .unwrap_or_default();
        Some(Self {
            namespace: namespace.clone(),
            flags,
            config,
            reads_classes: may_read_classes(snapshot),
        })
    }

    /// A flag's value.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.get(name).map(String::as_str)
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn switch(&self, name: &str) -> bool {
        self.flag(name).is_some_and(is_true)
    }

    /// A setting of the ConfigMap.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.config.get(name).map(|value| value.trim())
    }

    /// The Service whose address it reports (`--publish-service`), else the one that selects its pods is for
    /// the caller to find.
    #[must_use]
    pub fn published_service<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Service> {
        let (namespace, name) = self.flag("publish-service")?.split_once('/')?;
        snapshot.get::<Service>(namespace, name)
    }

    /// The addresses and names that it was told to report (`--publish-status-address`); `None` where it finds
    /// them itself.
    #[must_use]
    pub fn given_addresses(&self) -> Option<Vec<&str>> {
        let list = self.flag("publish-status-address")?.split(',').map(str::trim);
        Some(list.filter(|it| !it.is_empty()).collect())
    }

    /// The port on which it speaks HTTP (`--http-port`).
    #[must_use]
    pub fn http_port(&self) -> u16 {
        self.port("http-port", 80)
    }

    /// The port on which it speaks HTTP over TLS (`--https-port`).
    #[must_use]
    pub fn https_port(&self) -> u16 {
        self.port("https-port", 443)
    }

    fn port(&self, flag: &str, default: u16) -> u16 {
        self.flag(flag).and_then(|it| it.parse().ok()).unwrap_or(default)
    }

    /// The name that `kubernetes.io/ingress.class` must have.
    #[must_use]
    pub fn class_name(&self) -> &str {
        self.flag("ingress-class").unwrap_or("nginx")
    }

    /// Whether an IngressClass is this controller's.
    #[must_use]
    pub fn owns_class(&self, class: &IngressClass) -> bool {
        class.spec.controller == self.flag("controller-class").unwrap_or("k8s.io/ingress-nginx")
            || (self.switch("ingress-class-by-name") && class.metadata.name == self.class_name())
    }

    /// Whether it takes an Ingress; `class` finds an IngressClass by name.
    ///
    /// # Errors
    /// Why it leaves the Ingress alone.
    pub fn takes<'a>(
        &self,
        ingress: &Ingress,
        class: impl Fn(&str) -> Option<&'a IngressClass>,
    ) -> Result<(), Ignored> {
        self.takes_class(ingress, class)?;
        if self.switch("disable-catch-all") && ingress.spec.default_backend.is_some() {
            return Err(Ignored::CatchAll);
        }
        if self.flag("deep-inspect").is_none_or(is_true)
            && let Some(text) = forbidden_text(ingress)
        {
            return Err(Ignored::ForbiddenText(text));
        }
        self.check_words(ingress)?;
        match snippet(ingress).filter(|_| !self.allows_snippets()) {
            Some(key) => Err(Ignored::Risky(key.to_owned())),
            None => Ok(()),
        }
    }

    /// Whether annotations that write into NGINX' configuration are let in: `annotations-risk-level`, `High` by
    /// default, must say `Critical`.
    fn allows_snippets(&self) -> bool {
        self.setting("annotations-risk-level")
            .is_some_and(|it| it.eq_ignore_ascii_case("critical"))
    }

    fn takes_class<'a>(
        &self,
        ingress: &Ingress,
        class: impl Fn(&str) -> Option<&'a IngressClass>,
    ) -> Result<(), Ignored> {
        if self.reads_classes
            && let Some(name) = &ingress.spec.ingress_class_name
        {
            let Some(found) = class(name) else {
                return Err(Ignored::MissingClass(name.clone()));
            };
            if self.owns_class(found) {
                return Ok(());
            }
            return Err(Ignored::OtherController(name.clone(), found.spec.controller.clone()));
        }
        match ingress.metadata.annotations.get(CLASS_ANNOTATION) {
            Some(name) if name == self.class_name() => Ok(()),
            Some(name) => Err(Ignored::OtherAnnotation(name.clone())),
            None if self.switch("watch-ingress-without-class") => Ok(()),
            None => Err(Ignored::NoClass),
        }
    }

    fn check_words(&self, ingress: &Ingress) -> Result<(), Ignored> {
        let Some(words) = self.setting("annotation-value-word-blocklist") else {
            return Ok(());
        };
        for (key, value) in &ingress.metadata.annotations {
            if !key.starts_with(PREFIX) {
                continue;
            }
            for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
                if value.contains(word) {
                    return Err(Ignored::BlockedWord(key.clone(), word.to_owned()));
                }
            }
        }
        Ok(())
    }

    /// What its validating webhook says to an Ingress that is about to be stored, beside those stored.
    /// `others` are the stored Ingresses that share a host and path with it; one of the same name is its older version.
    ///
    /// # Errors
    /// Why it says no.
    pub fn review<'a, 'b>(
        &self,
        ingress: &Ingress,
        others: impl Iterator<Item = &'a Ingress>,
        class: impl Fn(&str) -> Option<&'b IngressClass> + Copy,
    ) -> Result<(), Denial> {
        if !self.flags.contains_key("validating-webhook") || self.takes_class(ingress, class).is_err() {
            return Ok(());
        }
        match self.takes(ingress, class) {
            Err(Ignored::CatchAll) => {
                return Err(Denial::CatchAll);
            }
            Err(Ignored::ForbiddenText(text)) => {
                return Err(Denial::ForbiddenText(text));
            }
            Err(Ignored::BlockedWord(key, _)) => {
                let word = self.blocked_word(ingress, &key);
                return Err(Denial::BlockedWord { key, word });
            }
            Err(Ignored::Risky(key)) if self.setting("allow-snippet-annotations").is_some_and(is_true) => {
                let group = match key.strip_prefix(PREFIX).unwrap_or(&key) {
                    "configuration-snippet" => "ConfigurationSnippet",
                    "server-snippet" => "ServerSnippet",
                    "stream-snippet" => "StreamSnippet",
                    "auth-snippet" => "ExternalAuth",
                    _ => "ModSecurity",
                };
                return Err(Denial::Risky { group });
            }
            Err(Ignored::Risky(key)) => {
                return Err(Denial::Snippet { key });
            }
            _ => {}
        }
        let strict = self.setting("strict-validate-path-type").is_none_or(is_true);
        for (_, path) in paths(ingress) {
            let kind = path.path_type.as_deref().unwrap_or_default();
            let plain = path
                .path
                .bytes()
                .all(|it| it.is_ascii_alphanumeric() || b"._-/".contains(&it));
            if strict && matches!(kind, "Exact" | "Prefix") && !plain {
                return Err(Denial::PathSigns {
                    path: path.path.clone(),
                    kind: kind.to_owned(),
                });
            }
        }
        self.check_overlap(ingress, others, class)
    }

    /// `checkOverlap`, with its habit of being content as soon as one path of the Ingress leads to the Ingress itself.
    fn check_overlap<'a, 'b>(
        &self,
        ingress: &Ingress,
        others: impl Iterator<Item = &'a Ingress>,
        class: impl Fn(&str) -> Option<&'b IngressClass> + Copy,
    ) -> Result<(), Denial> {
        let key = |it: &Ingress| format!("{}/{}", it.metadata.namespace, it.metadata.name);
        let mut mains: Vec<(Option<&str>, String, &Ingress)> = others
            .map(|it| (it.metadata.creation_timestamp.as_deref(), key(it), it))
            .filter(|(_, name, it)| *name != key(ingress) && !is_canary(it) && self.takes(it, class).is_ok())
            .collect();
        mains.small_sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.cmp(&a.1)));
        for (host, path) in paths(ingress).filter(|(_, path)| path.backend.service.is_some()) {
            // The oldest Ingress has the path, once for each type.
            let owner = |exact: bool| {
                let has = |(_, _, it): &&(Option<&str>, String, &Ingress)| {
                    paths(it).any(|(its_host, its)| {
                        its_host == host && root_or(its) == root_or(path) && kind_of(its) == exact
                    })
                };
                mains.iter().find(has).map(|(_, _, it)| *it)
            };
            let owners: Vec<&Ingress> = [true, false].into_iter().filter_map(owner).collect();
            if owner(kind_of(path)).is_none() && !is_canary(ingress) {
                return Ok(());
            }
            if owners.is_empty() {
                continue;
            }
            let says_canary = |it: &Ingress| it.metadata.annotations.contains_key(CANARY_ANNOTATION);
            if let Some(other) = owners.iter().find(|it| !says_canary(it) && !says_canary(ingress)) {
                let host = if host.is_empty() { "_" } else { host };
                return Err(Denial::Overlap {
                    host: host.to_owned(),
                    path: root_or(path).to_owned(),
                    ingress: key(other),
                });
            }
            return Ok(());
        }
        Ok(())
    }

    fn blocked_word(&self, ingress: &Ingress, key: &str) -> String {
        let value = ingress.metadata.annotations.get(key).map_or("", String::as_str);
        self.setting("annotation-value-word-blocklist")
            .and_then(|words| words.split(',').map(str::trim).find(|word| value.contains(word)))
            .unwrap_or_default()
            .to_owned()
    }
}

/// Whether an Ingress only takes a share of another's traffic.
#[must_use]
pub fn is_canary(ingress: &Ingress) -> bool {
    ingress
        .metadata
        .annotations
        .get(CANARY_ANNOTATION)
        .is_some_and(|value| is_true(value))
}

/// The first annotation that writes into NGINX' configuration.
fn snippet(ingress: &Ingress) -> Option<&str> {
    let mut keys = ingress.metadata.annotations.keys();
    keys.find(|it| it.ends_with("-snippet")).map(String::as_str)
}

/// Hosts and paths of an Ingress.
fn paths(ingress: &Ingress) -> impl Iterator<Item = (&str, &HttpIngressPath)> {
    ingress.spec.rules.iter().flat_map(|rule| {
        let paths = rule.http.iter().flat_map(|http| &http.paths);
        paths.map(|path| (rule.host.as_str(), path))
    })
}

fn root_or(path: &HttpIngressPath) -> &str {
    if path.path.is_empty() { "/" } else { &path.path }
}

/// The controller reads every type but `Exact` as `Prefix`.
fn kind_of(path: &HttpIngressPath) -> bool {
    path.path_type.as_deref() == Some("Exact")
}

/// A host or path with a text that would reach into NGINX' configuration (`internal/ingress/inspector/rules.go`).
fn forbidden_text(ingress: &Ingress) -> Option<String> {
    // Compiled once: every Ingress is looked at beside every other of its paths.
    static RULES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let rules = [
            r"(?s)\s*alias\s+.*;",
            r"(?s)\s*root\s+.*;",
            r"/etc/(passwd|shadow|group|nginx|ingress-controller)",
            r"/var/run/secrets",
            r"[a-z]_by_lua",
        ];
        rules.iter().filter_map(|rule| Regex::new(rule).ok()).collect()
    });
    let texts: Vec<&str> = ingress
        .spec
        .rules
        .iter()
        .map(|rule| rule.host.as_str())
        .chain(paths(ingress).map(|(_, path)| path.path.as_str()))
        .collect();
    for pattern in RULES.iter() {
        if let Some(text) = texts.iter().find(|text| pattern.is_match(text)) {
            return Some((*text).to_owned());
        }
    }
    None
}

/// Whether the ClusterRole `ingress-nginx` lets the controller read IngressClasses. Roles are not simulated
/// beyond this; a cluster without that role is taken to allow it.
fn may_read_classes(snapshot: &Snapshot) -> bool {
    let role = ObjectRef::new(Kind::Other, "", "ClusterRole.rbac.authorization.k8s.io/ingress-nginx");
    let Some(role) = snapshot.object(&role) else {
        return true;
    };
    let holds = |rule: &serde_json::Value, field: &str, wanted: &str| {
        rule[field]
            .as_array()
            .into_iter()
            .flatten()
            .any(|it| it == wanted || it == "*")
    };
    role.value["rules"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|rule| holds(rule, "resources", "ingressclasses") && holds(rule, "verbs", "get"))
}
