//! `kubehop migrate`: Ingresses, with the annotations of ingress-nginx, to Gateways and routes, and what has no equal.
//!
//! Follows `ingress2gateway` (provider ingress-nginx): one Gateway for each namespace and class, one HTTPRoute for
//! each host, one rule for each path. Then every path is asked through both, and what differs is said. Not here:
//! other providers, policies of certain Gateways' own.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::args::{MigrateArgs, WorldArgs};
use super::{Host, Outcome, prepared};
use crate::api::types::core::Service;
use crate::api::types::networking::{HttpIngressPath, Ingress, IngressBackend};
use crate::cluster::Snapshot;
use crate::cluster::gateways::CONTROLLER;
use crate::net::http_proxy::request;
use crate::net::request::HttpRequest;
use crate::net::{Host as Destination, Protocol, Request, Source};
use crate::text::FileId;
use crate::world::World;

const GATEWAY: &str = "gateway.networking.k8s.io/v1";
const PREFIX: &str = "nginx.ingress.kubernetes.io/";
/// The class of Ingresses that name none.
const DEFAULT_CLASS: &str = "nginx";
/// Annotations that become something.
const KNOWN: &[&str] = &[
    "rewrite-target",
    "x-forwarded-prefix",
    "use-regex",
    "app-root",
    "temporal-redirect",
    "temporal-redirect-code",
    "permanent-redirect",
    "permanent-redirect-code",
    "ssl-redirect",
    "force-ssl-redirect",
    "upstream-vhost",
    "connection-proxy-header",
    "canary",
    "canary-weight",
    "canary-weight-total",
    "canary-by-header",
    "canary-by-header-value",
    "enable-cors",
    "cors-allow-origin",
    "cors-allow-methods",
    "cors-allow-headers",
    "cors-expose-headers",
    "cors-allow-credentials",
    "cors-max-age",
    "proxy-connect-timeout",
    "proxy-send-timeout",
    "proxy-read-timeout",
    "backend-protocol",
    "ssl-passthrough",
];

/// Runs the command.
pub(super) fn run(args: &MigrateArgs, world_args: &WorldArgs, host: &dyn Host) -> Result<Outcome, String> {
    let (mut world, _, refused) = prepared(&args.files, world_args, host)?;
    let snapshot = world.snapshot();
    let mut migration = Migration::default();
    let ingresses: Vec<&Ingress> = snapshot.list::<Ingress>().collect();
    migration.read(&snapshot, &ingresses);
    let documents = migration.documents();
    let texts: Result<Vec<String>, _> = documents.iter().map(serde_yaml::to_string).collect();
    let stdout = texts.map_err(|error| error.to_string())?.join("---\n");
    let mut stderr = refused.clone();
    for note in &migration.notes {
        let _ = writeln!(stderr, "note: {note}");
    }
    for line in compare(&mut world, &ingresses, &documents) {
        let _ = writeln!(stderr, "differs: {line}");
    }
    Ok(Outcome {
        stdout,
        code: u8::from(!refused.is_empty()),
        stderr,
    })
}

/// A path of an Ingress, with the Ingress.
#[derive(Clone, Copy)]
struct Path<'a> {
    ingress: &'a Ingress,
    path: &'a HttpIngressPath,
}

/// All paths of one host of one class in one namespace.
#[derive(Default)]
struct Group<'a> {
    paths: Vec<Path<'a>>,
    secrets: Vec<String>,
    tls: bool,
}

/// What comes out.
#[derive(Default)]
struct Migration {
    /// Listeners by namespace and class.
    gateways: BTreeMap<(String, String), Vec<Value>>,
    routes: Vec<Value>,
    notes: Vec<String>,
}

fn annotation<'a>(ingress: &'a Ingress, name: &str) -> Option<&'a str> {
    let key = format!("{PREFIX}{name}");
    ingress.metadata.annotations.get(&key).map(String::as_str)
}

fn is_on(ingress: &Ingress, name: &str) -> bool {
    annotation(ingress, name) == Some("true")
}

fn class(ingress: &Ingress) -> String {
    let old = ingress.metadata.annotations.get("kubernetes.io/ingress.class");
    let own = ingress.spec.ingress_class_name.as_ref().or(old);
    own.map_or_else(|| DEFAULT_CLASS.to_owned(), Clone::clone)
}

/// Every run of other signs than letters and digits as one dash, none in front.
fn dashed(host: &str) -> String {
    let mut name = String::new();
    for letter in host.chars() {
        if letter.is_ascii_alphanumeric() {
            name.push(letter);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
    }
    name.trim_end_matches('-').to_owned()
}

fn listener_name(host: &str, what: &str) -> String {
    if host.is_empty() {
        what.to_owned()
    } else {
        format!("{}-{what}", dashed(host))
    }
}

/// Whether a host is among those with TLS of an Ingress; one without hosts is for all of its rules.
fn tls_secrets<'a>(ingress: &'a Ingress, host: &'a str) -> impl Iterator<Item = &'a str> {
    let fits = move |hosts: &Vec<String>| hosts.is_empty() || hosts.iter().any(|it| it == host);
    let tls = ingress.spec.tls.iter().filter(move |it| fits(&it.hosts));
    tls.map(|it| it.secret_name.as_str())
}

/// `15` as seconds.
fn seconds(ingress: &Ingress, name: &str) -> Option<u64> {
    annotation(ingress, name)?.trim_end_matches('s').parse().ok()
}

impl Migration {
    fn note(&mut self, ingress: &Ingress, text: &str) {
        let key = ingress.metadata.key();
        let note = format!("Ingress {key}: {text}");
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn read(&mut self, snapshot: &Snapshot, ingresses: &[&Ingress]) {
        let mut groups: Vec<((String, String, String), Group<'_>)> = Vec::new();
        for ingress in ingresses {
            self.note_unknown(ingress);
            for rule in &ingress.spec.rules {
                let key = (ingress.metadata.namespace.clone(), class(ingress), rule.host.clone());
                let at = groups.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
                    groups.push((key, Group::default()));
                    groups.len() - 1
                });
                let group = &mut groups[at].1;
                for secret in tls_secrets(ingress, &rule.host) {
                    group.tls = true;
                    if !secret.is_empty() && !group.secrets.iter().any(|it| it == secret) {
                        group.secrets.push(secret.to_owned());
                    }
                }
                let paths = rule.http.iter().flat_map(|it| &it.paths);
                group.paths.extend(paths.map(|path| Path { ingress, path }));
            }
        }
        for ((namespace, class, host), group) in &groups {
            self.host(snapshot, namespace, class, host, group);
        }
        for ingress in ingresses {
            if let Some(backend) = &ingress.spec.default_backend {
                let (namespace, class) = (ingress.metadata.namespace.as_str(), class(ingress));
                self.listen(namespace, &class, "", &Group::default());
                let refs = self.backend(snapshot, ingress, backend, None);
                let name = format!("{}-default-backend", ingress.metadata.name);
                self.routes.push(json!({
                    "apiVersion": GATEWAY, "kind": "HTTPRoute", "metadata": {"name": name, "namespace": namespace},
                    "spec": {"parentRefs": [{"name": class}], "rules": [{"backendRefs": [refs]}]},
                }));
            }
        }
    }

    /// Annotations that nothing comes of.
    fn note_unknown(&mut self, ingress: &Ingress) {
        for key in ingress.metadata.annotations.keys() {
            let Some(name) = key.strip_prefix(PREFIX) else { continue };
            if !KNOWN.contains(&name) {
                self.note(
                    ingress,
                    &format!("annotation {name} has no equal in the Gateway API; do it by hand"),
                );
            }
        }
    }

    fn listen(&mut self, namespace: &str, class: &str, host: &str, group: &Group<'_>) {
        let listeners = self
            .gateways
            .entry((namespace.to_owned(), class.to_owned()))
            .or_default();
        let mut add = |what: &str, port: u16, protocol: &str, tls: Option<Value>| {
            let name = listener_name(host, what);
            if listeners.iter().any(|it| it["name"] == name.as_str()) {
                return;
            }
            let mut listener = json!({"name": name, "port": port, "protocol": protocol});
            if !host.is_empty() {
                listener["hostname"] = host.into();
            }
            if let Some(tls) = tls {
                listener["tls"] = tls;
            }
            listeners.push(listener);
        };
        if group.paths.iter().any(|it| is_on(it.ingress, "ssl-passthrough")) {
            add("tls", 443, "TLS", Some(json!({"mode": "Passthrough"})));
            return;
        }
        add("http", 80, "HTTP", None);
        if group.tls {
            let secrets: Vec<Value> = group.secrets.iter().map(|it| json!({"name": it})).collect();
            add("https", 443, "HTTPS", Some(json!({"certificateRefs": secrets})));
        }
    }

    fn host(&mut self, snapshot: &Snapshot, namespace: &str, class: &str, host: &str, group: &Group<'_>) {
        self.listen(namespace, class, host, group);
        let Some(first) = group.paths.first().map(|it| it.ingress) else {
            return;
        };
        let suffix = if host.is_empty() {
            "all-hosts".to_owned()
        } else {
            dashed(host)
        };
        let name = format!("{}-{suffix}", first.metadata.name);
        let route = |kind: &str, name: &str, parent: Value, rules: Vec<Value>| {
            let mut spec = json!({"parentRefs": [parent], "rules": rules});
            if !host.is_empty() {
                spec["hostnames"] = json!([host]);
            }
            json!({"apiVersion": GATEWAY, "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec})
        };
        if group.paths.iter().any(|it| is_on(it.ingress, "ssl-passthrough")) {
            let backends: Vec<Value> = group
                .paths
                .iter()
                .take(1)
                .map(|it| self.backend(snapshot, it.ingress, &it.path.backend, None))
                .collect();
            let parent = json!({"name": class, "sectionName": listener_name(host, "tls")});
            let document = route("TLSRoute", &name, parent, vec![json!({"backendRefs": backends})]);
            self.routes.push(document);
            return;
        }
        let grpc = |it: &Path<'_>| annotation(it.ingress, "backend-protocol").is_some_and(|it| it.starts_with("GRPC"));
        if group.paths.iter().all(grpc) {
            let rules = self.grpc_rules(snapshot, group);
            let document = route("GRPCRoute", &name, json!({"name": class}), rules);
            self.routes.push(document);
            return;
        }
        let rules = self.http_rules(snapshot, group, false);
        let parent = if group.tls {
            json!({"name": class, "port": 443, "sectionName": listener_name(host, "https")})
        } else {
            json!({"name": class})
        };
        let document = route("HTTPRoute", &name, parent, rules);
        self.routes.push(document);
        if group.tls {
            let rules = self.http_rules(snapshot, group, true);
            let parent = json!({"name": class, "port": 80, "sectionName": listener_name(host, "http")});
            let document = route("HTTPRoute", &format!("{name}-http"), parent, rules);
            self.routes.push(document);
        }
    }

    fn backend(
        &mut self,
        snapshot: &Snapshot,
        ingress: &Ingress,
        backend: &IngressBackend,
        weight: Option<u64>,
    ) -> Value {
        let Some(service) = &backend.service else {
            self.note(ingress, "a backend that is no Service has no equal");
            return json!({"name": "unknown", "port": 80});
        };
        let mut port = i64::from(service.port.number);
        if port == 0 {
            let found = snapshot.get::<Service>(&ingress.metadata.namespace, &service.name);
            let ports = found.into_iter().flat_map(|it| &it.spec.ports);
            port = ports
                .into_iter()
                .find(|it| it.name == service.port.name)
                .map_or(0, |it| i64::from(it.port));
            if port == 0 {
                let text = format!(
                    "port {} of Service {} is not known; routes need its number",
                    service.port.name, service.name
                );
                self.note(ingress, &text);
            }
        }
        let mut found = json!({"name": service.name, "port": port});
        if let Some(weight) = weight {
            found["weight"] = weight.into();
        }
        found
    }

    fn grpc_rules(&mut self, snapshot: &Snapshot, group: &Group<'_>) -> Vec<Value> {
        let mut rules = Vec::new();
        for it in &group.paths {
            let mut parts = it
                .path
                .path
                .trim_start_matches('/')
                .splitn(2, '/')
                .filter(|it| !it.is_empty());
            let mut rule = json!({"backendRefs": [self.backend(snapshot, it.ingress, &it.path.backend, None)]});
            let (service, method) = (parts.next(), parts.next());
            if let Some(service) = service {
                rule["matches"] = json!([{"method": {"service": service}}]);
            }
            if let Some(method) = method {
                rule["matches"][0]["method"]["method"] = method.into();
            }
            rules.push(rule);
        }
        rules
    }

    /// The rules of a host; `plain`: for port 80 of a host with TLS.
    fn http_rules(&mut self, snapshot: &Snapshot, group: &Group<'_>, plain: bool) -> Vec<Value> {
        let regex = group
            .paths
            .iter()
            .any(|it| is_on(it.ingress, "use-regex") || annotation(it.ingress, "rewrite-target").is_some());
        let mut rules: Vec<Value> = Vec::new();
        let mut done: Vec<(Option<&str>, &str)> = Vec::new();
        for it in &group.paths {
            let key = (it.path.path_type.as_deref(), it.path.path.as_str());
            if done.contains(&key) {
                continue;
            }
            done.push(key);
            let same: Vec<Path<'_>> = group
                .paths
                .iter()
                .filter(|other| (other.path.path_type.as_deref(), other.path.path.as_str()) == key)
                .copied()
                .collect();
            let path = if it.path.path.is_empty() {
                "/"
            } else {
                it.path.path.as_str()
            };
            let found = if regex {
                json!({"type": "RegularExpression", "value": format!("(?i){path}.*")})
            } else if it.path.path_type.as_deref() == Some("Exact") {
                json!({"type": "Exact", "value": path})
            } else {
                json!({"type": "PathPrefix", "value": path})
            };
            let to_https = plain && annotation(it.ingress, "ssl-redirect") != Some("false");
            if let Some(root) = annotation(it.ingress, "app-root").filter(|_| path == "/") {
                let path = json!({"type": "ReplaceFullPath", "replaceFullPath": root});
                let filter = json!({"type": "RequestRedirect", "requestRedirect": {"statusCode": 302, "path": path}});
                rules.push(json!({"matches": [{"path": {"type": "Exact", "value": "/"}}], "filters": [filter]}));
            }
            let short = path.strip_suffix('/').filter(|it| !it.is_empty() && !regex);
            if let Some(short) = short.filter(|short| !group.paths.iter().any(|it| it.path.path == **short)) {
                let mut redirect =
                    json!({"statusCode": 301, "path": {"type": "ReplaceFullPath", "replaceFullPath": path}});
                if to_https {
                    redirect["scheme"] = "https".into();
                }
                let filter = json!({"type": "RequestRedirect", "requestRedirect": redirect});
                rules.push(json!({"matches": [{"path": {"type": "Exact", "value": short}}], "filters": [filter]}));
            }
            if to_https {
                let filter =
                    json!({"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 308}});
                rules.push(json!({"matches": [{"path": found}], "filters": [filter]}));
                continue;
            }
            self.http_rule(snapshot, &same, &found, &mut rules);
        }
        rules
    }

    /// The rule of one path, and those that canaries add.
    fn http_rule(&mut self, snapshot: &Snapshot, same: &[Path<'_>], path: &Value, rules: &mut Vec<Value>) {
        let canary = |it: &&Path<'_>| is_on(it.ingress, "canary");
        let main = same.iter().find(|it| !canary(it)).or(same.first());
        let Some(main) = main else { return };
        let filters = self.filters(main.ingress);
        let mut rule = json!({"matches": [{"path": path}]});
        if filters.iter().any(|it| it["type"] == "RequestRedirect") {
            rule["filters"] = filters.into();
            rules.push(rule);
            return;
        }
        let mut backends = Vec::new();
        let mut headers = Vec::new();
        for it in same {
            let total = seconds(it.ingress, "canary-weight-total").unwrap_or(100);
            let weights: Vec<(u64, u64)> = same
                .iter()
                .filter(canary)
                .filter_map(|it| Some((seconds(it.ingress, "canary-weight")?.min(total), total)))
                .collect();
            let weight = match (canary(&it), weights.first()) {
                (true, Some((share, _))) => Some(*share),
                (false, Some((share, total))) => Some(total - share),
                (true, None) => Some(0),
                (false, None) => None,
            };
            backends.push(self.backend(snapshot, it.ingress, &it.path.backend, weight));
            if let Some(name) = annotation(it.ingress, "canary-by-header").filter(|_| canary(&it)) {
                let value = annotation(it.ingress, "canary-by-header-value");
                let to = self.backend(snapshot, it.ingress, &it.path.backend, None);
                headers.push(header_rule(path, name, value.unwrap_or("always"), to));
                if value.is_none() {
                    let to = self.backend(snapshot, main.ingress, &main.path.backend, None);
                    headers.push(header_rule(path, name, "never", to));
                }
            }
        }
        rule["backendRefs"] = backends.into();
        for rule in headers.iter_mut().chain(std::iter::once(&mut rule)) {
            if !filters.is_empty() {
                rule["filters"] = filters.clone().into();
            }
        }
        let longest = ["proxy-connect-timeout", "proxy-send-timeout", "proxy-read-timeout"]
            .iter()
            .filter_map(|it| seconds(main.ingress, it))
            .max();
        if let Some(longest) = longest {
            rule["timeouts"] = json!({"request": format!("{}s", longest * 10)});
            self.note(
                main.ingress,
                "timeouts of NGINX are for one step each; the route's is for the whole request, ten times the longest",
            );
        }
        rules.extend(headers);
        rules.push(rule);
    }

    fn filters(&mut self, ingress: &Ingress) -> Vec<Value> {
        let mut filters = Vec::new();
        for (name, codes, status) in [
            ("temporal-redirect", &[301, 302, 303, 307][..], 302),
            ("permanent-redirect", &[301, 302, 303, 307, 308][..], 301),
        ] {
            let Some(url) = annotation(ingress, name) else { continue };
            let wanted = annotation(ingress, &format!("{name}-code")).and_then(|it| it.parse().ok());
            let status = wanted.filter(|it| codes.contains(it)).unwrap_or(status);
            filters.push(redirect_to(url, status));
            return filters;
        }
        if let Some(target) = annotation(ingress, "rewrite-target") {
            if target.contains('$') {
                self.note(
                    ingress,
                    &format!("rewrite-target {target} uses groups of the pattern, which no rewrite can"),
                );
            }
            let path = json!({"type": "ReplaceFullPath", "replaceFullPath": target});
            filters.push(json!({"type": "URLRewrite", "urlRewrite": {"path": path}}));
        }
        let mut set = Vec::new();
        for (annotation_name, header) in [
            ("x-forwarded-prefix", "X-Forwarded-Prefix"),
            ("upstream-vhost", "Host"),
            ("connection-proxy-header", "Connection"),
        ] {
            if let Some(value) = annotation(ingress, annotation_name) {
                set.push(json!({"name": header, "value": value}));
            }
        }
        if !set.is_empty() {
            filters.push(json!({"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": set}}));
        }
        if is_on(ingress, "enable-cors") {
            filters.push(cors(ingress));
        }
        filters
    }

    fn documents(&self) -> Vec<Value> {
        let gateways = self.gateways.iter().map(|((namespace, class), listeners)| {
            json!({
                "apiVersion": GATEWAY, "kind": "Gateway", "metadata": {"name": class, "namespace": namespace},
                "spec": {"gatewayClassName": class, "listeners": listeners},
            })
        });
        gateways.chain(self.routes.iter().cloned()).collect()
    }
}

fn header_rule(path: &Value, name: &str, value: &str, to: Value) -> Value {
    json!({"matches": [{"path": path, "headers": [{"name": name, "value": value}]}], "backendRefs": [to]})
}

/// A redirect to a URL.
fn redirect_to(url: &str, status: u16) -> Value {
    let mut redirect = Map::new();
    redirect.insert("statusCode".to_owned(), status.into());
    let (scheme, rest) = url
        .split_once("://")
        .map_or((None, url), |(scheme, rest)| (Some(scheme), rest));
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (host, port) = host
        .split_once(':')
        .map_or((host, None), |(host, port)| (host, port.parse::<u16>().ok()));
    if let Some(scheme) = scheme {
        redirect.insert("scheme".to_owned(), scheme.into());
    }
    if !host.is_empty() {
        redirect.insert("hostname".to_owned(), host.into());
    }
    if let Some(port) = port {
        redirect.insert("port".to_owned(), port.into());
    }
    redirect.insert(
        "path".to_owned(),
        json!({"type": "ReplaceFullPath", "replaceFullPath": path}),
    );
    json!({"type": "RequestRedirect", "requestRedirect": redirect})
}

fn cors(ingress: &Ingress) -> Value {
    let list = |name: &str, default: &str| -> Vec<String> {
        let text = annotation(ingress, name).unwrap_or(default);
        text.split(',')
            .map(str::trim)
            .filter(|it| !it.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let mut cors = json!({
        "allowOrigins": list("cors-allow-origin", "*"),
        "allowMethods": list("cors-allow-methods", "GET, PUT, POST, DELETE, PATCH, OPTIONS"),
        "allowHeaders": list(
            "cors-allow-headers",
            "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization",
        ),
        "allowCredentials": annotation(ingress, "cors-allow-credentials") != Some("false"),
        "maxAge": annotation(ingress, "cors-max-age").and_then(|it| it.parse::<u32>().ok()).unwrap_or(1_728_000),
    });
    let expose = list("cors-expose-headers", "");
    if !expose.is_empty() {
        cors["exposeHeaders"] = expose.into();
    }
    json!({"type": "CORS", "cors": cors})
}

/// Asks every path through both, and says what differs.
fn compare(world: &mut World, ingresses: &[&Ingress], documents: &[Value]) -> Vec<String> {
    let mut both = world.clone();
    let mut text = String::new();
    for document in documents {
        let _ = writeln!(text, "---\n{document}");
        if document["kind"] == "Gateway" {
            let class = &document["spec"]["gatewayClassName"];
            let class = json!({"apiVersion": GATEWAY, "kind": "GatewayClass", "metadata": {"name": class},
                "spec": {"controllerName": CONTROLLER}});
            let _ = writeln!(text, "---\n{class}");
        }
    }
    let outcome = both.apply(FileId(u16::MAX), &text);
    let mut lines: Vec<String> = outcome.stderr.lines().map(str::to_owned).collect();
    let snapshot = both.snapshot();
    for ingress in ingresses {
        let controller = ingress
            .status
            .load_balancer
            .ingress
            .iter()
            .find_map(|it| it.ip.parse().ok());
        let gateway = snapshot.object(&crate::api::ObjectRef::new(
            crate::api::Kind::Gateway,
            &ingress.metadata.namespace,
            class(ingress),
        ));
        let address = gateway.and_then(|it| it.value.pointer("/status/addresses/0/value")?.as_str()?.parse().ok());
        let (Some(controller), Some(address)) = (controller, address) else {
            continue;
        };
        for rule in &ingress.spec.rules {
            let host = rule.host.replace('*', "any");
            let https = tls_secrets(ingress, &rule.host).next().is_some();
            for path in rule.http.iter().flat_map(|it| &it.paths) {
                let asked = if path.path.is_empty() { "/" } else { path.path.as_str() };
                for path in [asked.to_owned(), format!("{}/x", asked.trim_end_matches('/'))] {
                    let mut ask = |to| answer(&mut both, to, &host, https, &path);
                    let (before, after) = (ask(controller), ask(address));
                    if before != after {
                        let scheme = if https { "https" } else { "http" };
                        lines.push(format!(
                            "{scheme}://{host}{path}: {before} by the Ingress, {after} by the Gateway"
                        ));
                    }
                }
            }
        }
    }
    lines
}

/// What a client gets: status, Service or redirect.
fn answer(world: &mut World, to: std::net::IpAddr, host: &str, https: bool, path: &str) -> String {
    let trace = world.send(&Request {
        from: Source::Client,
        host: Destination::Address(to),
        port: if https { 443 } else { 80 },
        protocol: Protocol::Tcp,
        http: Some(HttpRequest {
            https,
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: vec![("Host".to_owned(), host.to_owned())],
        }),
        via_node: None,
    });
    match trace.http {
        None => trace.verdict.name().to_owned(),
        Some(http) => {
            let to = http.location.or_else(|| http.service.map(|it| it.to_string()));
            let seen = request::header(&http.headers, "Host").map(|_| http.path.unwrap_or_default());
            let to = to.map_or_else(String::new, |it| format!(" {it}"));
            format!(
                "{}{to}{}",
                http.status,
                seen.map_or_else(String::new, |it| format!(" {it}"))
            )
        }
    }
}
