//! Ingresses to what NGINX serves: servers by host, their locations, and the backends behind them.
//!
//! Follows `internal/ingress/controller/{controller,location}.go` and `template/template.go` of ingress-nginx
//! v1.15, step by step, so that its merging and its odd corners come out the same. A [`NginxConfig`] is made once
//! per state of the cluster. Not here: what happens to a request ([`respond`](mod@super::respond)).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::annotations::{self, Settings};
use super::backend;
use super::nginx_config::{
    Alternative, Backend, CATCH_ALL, Certificate, DEFAULT_BACKEND, DefaultReason, Location, Match, NginxConfig, Server,
    ServiceBackend,
};
use super::pattern::Patterns;
use crate::api::types::networking::{Ingress, IngressBackend, IngressClass, IngressServiceBackend};
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::cluster::Snapshot;
use crate::cluster::certificate;
use crate::cluster::ingress_controllers::Ignored;
use crate::cluster::ingress_controllers::nginx::{Controller, is_canary};
use crate::net::http_proxy::endpoints::Slices;
use crate::small_sort::SmallSort as _;

/// The reference of an Ingress.
fn reference(ingress: &Ingress) -> ObjectRef {
    ObjectRef::new(Kind::Ingress, &ingress.metadata.namespace, &ingress.metadata.name)
}

struct Builder<'a> {
    snapshot: &'a Snapshot,
    slices: Slices<'a>,
    controller: &'a Controller,
    settings: BTreeMap<ObjectRef, Arc<Settings>>,
    servers: BTreeMap<String, Server>,
    backends: BTreeMap<String, Backend>,
}

impl NginxConfig {
    /// The configuration of a controller in this state of the cluster. `patterns` are those of the ones before it.
    #[must_use]
    pub fn new(snapshot: &Snapshot, controller: &Controller, patterns: &mut Patterns) -> Self {
        let mut ignored = Vec::new();
        let mut ingresses: Vec<&Ingress> = Vec::new();
        for ingress in snapshot.list::<Ingress>() {
            match controller.takes(ingress, |name| snapshot.get::<IngressClass>("", name)) {
                Ok(()) => ingresses.push(ingress),
                Err(why) => ignored.push((reference(ingress), why)),
            }
        }
        // Oldest first; of equal age the greater `namespace/name` (`store.go`, ListIngresses).
        let key = |it: &Ingress| format!("{}/{}", it.metadata.namespace, it.metadata.name);
        let age = |it: &Ingress| it.metadata.creation_timestamp.clone();
        ingresses.small_sort_by(|a, b| age(a).cmp(&age(b)).then_with(|| key(b).cmp(&key(a))));
        let mut builder = Builder {
            snapshot,
            slices: Slices::new(snapshot),
            controller,
            settings: ingresses
                .iter()
                .map(|it| (reference(it), Arc::new(annotations::read(snapshot, controller, it))))
                .collect(),
            servers: BTreeMap::new(),
            backends: BTreeMap::new(),
        };
        builder.create_backends(&ingresses);
        builder.create_servers(&ingresses);
        builder.add_locations(&ingresses);
        builder.merge_canaries(&ingresses);
        builder.add_error_backends();
        builder.finish(ignored, patterns)
    }
}

/// `namespace-service-port`.
fn backend_name(namespace: &str, service: &IngressServiceBackend) -> String {
    format!("{namespace}-{}-{}", service.name, port_text(service))
}

fn named(service: &IngressServiceBackend) -> ServiceBackend {
    ServiceBackend {
        name: service.name.clone(),
        port: port_text(service),
    }
}

fn port_text(service: &IngressServiceBackend) -> String {
    if service.port.number > 0 {
        service.port.number.to_string()
    } else {
        service.port.name.clone()
    }
}

/// Services of an Ingress in the order they are met: the default backend, then the paths.
fn services(ingress: &Ingress) -> impl Iterator<Item = &IngressServiceBackend> {
    let of = |backend: &'_ IngressBackend| -> bool { backend.service.is_some() };
    let default = ingress.spec.default_backend.iter();
    let paths = ingress
        .spec
        .rules
        .iter()
        .flat_map(|rule| &rule.http)
        .flat_map(|http| &http.paths);
    default
        .chain(paths.map(|path| &path.backend))
        .filter(move |backend| of(backend))
        .filter_map(|backend| backend.service.as_ref())
}

fn host_of(host: &str) -> String {
    if host.is_empty() {
        CATCH_ALL.to_owned()
    } else {
        host.to_ascii_lowercase()
    }
}

impl Builder<'_> {
    fn settings_of(&self, ingress: &Ingress) -> Arc<Settings> {
        self.settings.get(&reference(ingress)).cloned().unwrap_or_default()
    }

    /// `createUpstreams`: a backend belongs to the first Ingress that names its Service and port.
    fn create_backends(&mut self, ingresses: &[&Ingress]) {
        let given = self
            .controller
            .flag("default-backend-service")
            .and_then(|it| it.split_once('/'));
        let mut default = Backend {
            name: DEFAULT_BACKEND.to_owned(),
            built_in: true,
            ..Backend::default()
        };
        if let Some((namespace, name)) = given {
            let endpoints = backend::first_port_endpoints(self.snapshot, &self.slices, namespace, name);
            // Without a ready pod the built-in answer is used.
            if !endpoints.is_empty() {
                default.built_in = false;
                default.service = Some(NamespacedName::new(namespace, name));
                default.endpoints = endpoints;
            }
        }
        self.backends.insert(DEFAULT_BACKEND.to_owned(), default);
        for ingress in ingresses {
            let settings = self.settings_of(ingress);
            let namespace = &ingress.metadata.namespace;
            for service in services(ingress) {
                let name = backend_name(namespace, service);
                if self.backends.contains_key(&name) {
                    continue;
                }
                let port = port_text(service);
                let found = backend::resolve(
                    self.snapshot,
                    &self.slices,
                    self.controller,
                    namespace,
                    &service.name,
                    &port,
                    &settings,
                );
                let made = Backend {
                    name: name.clone(),
                    service: Some(NamespacedName::new(namespace, &service.name)),
                    endpoints: found.endpoints,
                    via_service: found.via_service,
                    is_external: found.is_external,
                    hash_by: settings.hash_by.clone(),
                    ewma: settings.ewma,
                    no_server: settings.canary.is_some(),
                    ..Backend::default()
                };
                self.backends.insert(name, made);
            }
        }
    }

    /// A root location for what no rule takes.
    fn root(&self, backend: &str) -> Location {
        Location {
            path: "/".to_owned(),
            ingress_path: "/".to_owned(),
            exact: false,
            matches: Match::Prefix,
            ingress: None,
            field: String::new(),
            backend: backend.to_owned(),
            service: None,
            settings: Arc::default(),
            is_default: true,
            rewrite: None,
            error_backend: None,
        }
    }

    /// `createServers`: one server per host, with aliases and certificates.
    fn create_servers(&mut self, ingresses: &[&Ingress]) {
        let root = self.root(DEFAULT_BACKEND);
        self.servers.insert(CATCH_ALL.to_owned(), Server::new(CATCH_ALL, root));
        let mains: Vec<&&Ingress> = ingresses.iter().filter(|it| !is_canary(it)).collect();
        for ingress in &mains {
            self.add_servers(ingress);
        }
        for ingress in &mains {
            self.name_and_secure(ingress);
        }
        // An alias that is another server's host is dropped.
        let hosts: BTreeSet<String> = self.servers.keys().cloned().collect();
        for server in self.servers.values_mut() {
            server.aliases.retain(|alias| !hosts.contains(alias));
        }
    }

    /// A server for each new host of an Ingress, with a root location that leads to its default backend.
    fn add_servers(&mut self, ingress: &Ingress) {
        let settings = self.settings_of(ingress);
        let default = ingress.spec.default_backend.as_ref().and_then(|it| it.service.as_ref());
        let mut root = self.root(DEFAULT_BACKEND);
        root.ingress = Some(reference(ingress));
        if let Some(service) = default {
            root.backend = backend_name(&ingress.metadata.namespace, service);
            root.service = Some(named(service));
            root.field = "spec.defaultBackend".to_owned();
            if ingress.spec.rules.is_empty() {
                self.take_catch_all(&root, &settings);
            }
        }
        root.settings = settings;
        for rule in &ingress.spec.rules {
            let host = host_of(&rule.host);
            let server = self.servers.entry(host);
            if let Entry::Vacant(free) = server {
                let made = Server::new(free.key(), root.clone());
                free.insert(made);
            }
        }
    }

    /// The default backend of an Ingress without rules is that of every host, unless an older one has it.
    fn take_catch_all(&mut self, root: &Location, settings: &Settings) {
        let catch_all = self.servers.get_mut(CATCH_ALL).expect("made first");
        let location = &mut catch_all.locations[0];
        if !location.is_default {
            return;
        }
        // Redirects and rewrites are left out here (`createServers`).
        let applied = Settings {
            redirect: None,
            rewrite_target: String::new(),
            use_regex: false,
            app_root: String::new(),
            ssl_redirect: false,
            force_ssl_redirect: false,
            ..settings.clone()
        };
        *location = Location {
            is_default: false,
            settings: Arc::new(applied),
            ..root.clone()
        };
    }

    /// Aliases and certificates of an Ingress' hosts; those of an older Ingress stay.
    fn name_and_secure(&mut self, ingress: &Ingress) {
        let settings = self.settings_of(ingress);
        for rule in &ingress.spec.rules {
            let host = host_of(&rule.host);
            let certificate = (!ingress.spec.tls.is_empty()).then(|| self.certificate_for(ingress, &host));
            let Some(server) = self.servers.get_mut(&host) else {
                continue;
            };
            if server.aliases.is_empty() {
                server.aliases = settings.aliases.iter().map(|it| it.to_ascii_lowercase()).collect();
            }
            if server.certificate.is_none() {
                server.certificate = certificate;
            }
        }
    }

    /// `extractTLSSecretName` and what follows it.
    fn certificate_for(&self, ingress: &Ingress, host: &str) -> Certificate {
        let namespace = &ingress.metadata.namespace;
        let listed = ingress
            .spec
            .tls
            .iter()
            .find(|tls| tls.hosts.iter().any(|it| it.eq_ignore_ascii_case(host)))
            .map(|tls| tls.secret_name.as_str());
        let fitting = || {
            ingress
                .spec
                .tls
                .iter()
                .map(|tls| tls.secret_name.as_str())
                .find(|name| {
                    certificate::of_secret(self.snapshot, namespace, name).is_ok_and(|names| names.cover(host))
                })
        };
        let Some(name) = listed.or_else(fitting).filter(|it| !it.is_empty()) else {
            return Certificate::Default(DefaultReason::NoSecretNamed);
        };
        match certificate::of_secret(self.snapshot, namespace, name) {
            Ok(names) if names.cover(host) => Certificate::Secret {
                name: format!("{namespace}/{name}"),
                names,
            },
            Ok(_) => Certificate::Default(DefaultReason::OtherName),
            Err(error) => Certificate::Default(error.into()),
        }
    }

    /// `getBackendServers`: a location per path; the oldest of equal ones stays.
    fn add_locations(&mut self, ingresses: &[&Ingress]) {
        // Where the location of a host, path and type stands among those of its server.
        let roots = self
            .servers
            .keys()
            .map(|host| ((host.clone(), "/".to_owned(), false), 0));
        let mut places: BTreeMap<(String, String, bool), usize> = roots.collect();
        for ingress in ingresses {
            let settings = self.settings_of(ingress);
            for (rule_idx, rule) in ingress.spec.rules.iter().enumerate() {
                let mut host = host_of(&rule.host);
                if !self.servers.contains_key(&host) {
                    host = CATCH_ALL.to_owned();
                }
                for (path_idx, path) in rule.http.iter().flat_map(|http| &http.paths).enumerate() {
                    let Some(service) = &path.backend.service else { continue };
                    let name = backend_name(&ingress.metadata.namespace, service);
                    if self.backends.get(&name).is_none_or(|it| it.no_server) {
                        continue;
                    }
                    let text = if path.path.is_empty() { "/" } else { &path.path };
                    let location = Location {
                        path: text.to_owned(),
                        ingress_path: text.to_owned(),
                        exact: path.path_type.as_deref() == Some("Exact"),
                        matches: Match::Prefix,
                        ingress: Some(reference(ingress)),
                        field: format!("spec.rules[{rule_idx}].http.paths[{path_idx}]"),
                        backend: name.clone(),
                        service: Some(named(service)),
                        settings: Arc::clone(&settings),
                        is_default: false,
                        rewrite: None,
                        error_backend: None,
                    };
                    let server = self.servers.get_mut(&host).expect("looked up above");
                    let place = (host.clone(), location.path.clone(), location.exact);
                    let same = match places.get(&place) {
                        Some(idx) => server.locations.get_mut(*idx),
                        None => None,
                    };
                    match same {
                        Some(old) if old.is_default => *old = location,
                        Some(_) => {}
                        None => {
                            places.insert(place, server.locations.len());
                            server.locations.push(location);
                        }
                    }
                    server.from_to_www |= settings.from_to_www;
                    self.note_affinity(&name, &settings, &host, text);
                }
            }
        }
    }

    fn note_affinity(&mut self, backend: &str, settings: &Settings, host: &str, path: &str) {
        let Some(affinity) = &settings.affinity else { return };
        let aliases = self.servers.get(host).map(|it| it.aliases.clone()).unwrap_or_default();
        let Some(backend) = self.backends.get_mut(backend) else {
            return;
        };
        backend.affinity = Some(affinity.clone());
        for host in aliases.into_iter().chain([host.to_owned()]) {
            backend.cookie_places.push((host, path.to_owned()));
        }
    }

    /// `mergeAlternativeBackends`: a canary stands behind the backend of an equal rule.
    fn merge_canaries(&mut self, ingresses: &[&Ingress]) {
        let canaries: Vec<&&Ingress> = ingresses.iter().filter(|it| is_canary(it)).collect();
        if canaries.len() == ingresses.len() {
            return;
        }
        for ingress in canaries {
            let settings = self.settings_of(ingress);
            let Some(canary) = settings.canary.clone() else {
                continue;
            };
            let namespace = &ingress.metadata.namespace;
            let mut pairs: Vec<(String, String)> = Vec::new();
            if let Some(service) = ingress.spec.default_backend.as_ref().and_then(|it| it.service.as_ref()) {
                let primaries = self.servers[CATCH_ALL].locations.iter().map(|it| it.backend.clone());
                pairs.extend(primaries.map(|primary| (primary, backend_name(namespace, service))));
            }
            for rule in &ingress.spec.rules {
                let Some(server) = self.servers.get(&host_of(&rule.host)) else {
                    continue;
                };
                for path in rule.http.iter().flat_map(|http| &http.paths) {
                    let Some(service) = &path.backend.service else { continue };
                    let text = if path.path.is_empty() { "/" } else { &path.path };
                    let exact = path.path_type.as_deref() == Some("Exact");
                    let equal = server
                        .locations
                        .iter()
                        .filter(|it| it.path == text && it.exact == exact)
                        .map(|it| (it.backend.clone(), backend_name(namespace, service)));
                    pairs.extend(equal);
                }
            }
            for (primary, other) in pairs {
                if primary == other || primary == DEFAULT_BACKEND || !self.backends.contains_key(&other) {
                    continue;
                }
                let Some(main) = self.backends.get_mut(&primary).filter(|it| !it.no_server) else {
                    continue;
                };
                // Only the first of several canaries is ever asked (`balancer.lua`).
                if main.alternative.is_none() {
                    main.alternative = Some(Alternative {
                        backend: other.clone(),
                        canary: canary.clone(),
                        ingress: reference(ingress),
                    });
                }
                if !canary.legacy_affinity {
                    let (affinity, places) = (main.affinity.clone(), main.cookie_places.clone());
                    let alternative = self.backends.get_mut(&other).expect("looked up above");
                    alternative.affinity = affinity;
                    alternative.cookie_places = places;
                }
            }
        }
    }

    /// Backends of `default-backend`: asked where the rule's own has no endpoints, or for listed errors.
    fn add_error_backends(&mut self) {
        let mut made: BTreeMap<String, Backend> = BTreeMap::new();
        for server in self.servers.values_mut() {
            for location in &mut server.locations {
                let Some(service) = &location.settings.default_backend else {
                    continue;
                };
                let Some(ingress) = &location.ingress else { continue };
                let empty = self
                    .backends
                    .get(&location.backend)
                    .is_none_or(|it| it.endpoints.is_empty() && !it.built_in);
                if !empty && location.settings.custom_errors.is_empty() {
                    continue;
                }
                let endpoints = backend::first_port_endpoints(self.snapshot, &self.slices, &ingress.namespace, service);
                // A name stands as the one endpoint of its Service, and stays a name: the balancer asks for names only
                // where the location's own Service has one (`balancer.lua is_backend_with_external_name`).
                let external = backend::external_endpoint(self.snapshot, &ingress.namespace, service);
                let is_unresolved = external.is_some();
                let endpoints = if is_unresolved {
                    external.into_iter().collect()
                } else {
                    endpoints
                };
                if endpoints.is_empty() {
                    continue;
                }
                let name = format!("custom-default-backend-{}-{service}", ingress.namespace);
                location.error_backend = Some(name.clone());
                if empty {
                    location.backend.clone_from(&name);
                }
                made.entry(name.clone()).or_insert_with(|| Backend {
                    name,
                    service: Some(NamespacedName::new(&ingress.namespace, service)),
                    endpoints,
                    is_unresolved,
                    ..Backend::default()
                });
            }
        }
        self.backends.extend(made);
    }

    /// Sorts and completes the locations, and puts everything together.
    fn finish(self, ignored: Vec<(ObjectRef, Ignored)>, patterns: &mut Patterns) -> NginxConfig {
        let hosts: BTreeSet<String> = self.servers.keys().cloned().collect();
        let mut redirects = BTreeMap::new();
        let mut servers = Vec::new();
        for (_, mut server) in self.servers {
            finish_locations(&mut server, patterns);
            if server.from_to_www && server.host != CATCH_ALL {
                let other = match server.host.strip_prefix("www.") {
                    Some(bare) => bare.to_owned(),
                    None => format!("www.{}", server.host),
                };
                if !hosts.contains(&other) {
                    redirects.insert(other, server.host.clone());
                }
            }
            servers.push(server);
        }
        let is_readable = |name: &&str| {
            name.split_once('/')
                .is_some_and(|(namespace, name)| certificate::of_secret(self.snapshot, namespace, name).is_ok())
        };
        let given_secret = self.controller.flag("default-ssl-certificate");
        NginxConfig {
            controller: self.controller.clone(),
            servers,
            backends: self.backends,
            redirects,
            default_secret: given_secret.filter(is_readable).map(str::to_owned),
            ignored,
        }
    }
}

/// Sorts and completes the locations of a server, and says how they are matched and rewritten.
fn finish_locations(server: &mut Server, patterns: &mut Patterns) {
    // The longest text first, equal ones in descending order.
    server
        .locations
        .small_sort_by(|a, b| b.path.len().cmp(&a.path.len()).then_with(|| b.path.cmp(&a.path)));
    server.locations = complete(std::mem::take(&mut server.locations));
    server.regex = server
        .locations
        .iter()
        .any(|it| needs_rewrite(it) && !it.is_default || it.settings.use_regex);
    for location in &mut server.locations {
        location.matches = match (server.regex, location.exact) {
            (true, _) => Match::Regex(patterns.of(&format!("^{}", location.path))),
            (false, true) => Match::Exact,
            (false, false) => Match::Prefix,
        };
        if needs_rewrite(location) {
            let target = location.settings.rewrite_target.clone();
            location.rewrite = Some((patterns.of(&location.path), target));
        }
    }
}

fn needs_rewrite(location: &Location) -> bool {
    let target = &location.settings.rewrite_target;
    !target.is_empty() && *target != location.ingress_path
}

/// `updateServerLocations`: a `Prefix` rule `/p` becomes `/p/` and `= /p`.
fn complete(locations: Vec<Location>) -> Vec<Location> {
    let exact: BTreeSet<String> = locations
        .iter()
        .filter(|it| it.exact)
        .map(|it| it.path.clone())
        .collect();
    let mut completed = Vec::new();
    for mut location in locations {
        let as_is = location.path == "/" || location.exact || needs_rewrite(&location) || location.settings.use_regex;
        if as_is {
            completed.push(location);
            continue;
        }
        let twin = (!exact.contains(&location.path)).then(|| Location {
            exact: true,
            ..location.clone()
        });
        if !location.path.ends_with('/') {
            location.path.push('/');
        }
        completed.push(location);
        completed.extend(twin);
    }
    completed
}
