//! Routes as they are written: parents, hostnames, rules with matches, filters and backends, defaults being filled in.
//!
//! Not here: what references lead to ([`references`](super::references)), which listener takes a route
//! ([`model`](super::model)).

use std::cmp::Ordering;

use serde_json::Value;

use super::references::{Fault, Reference};
use crate::api::kind::GATEWAY_GROUP;
use crate::api::{Kind, NamespacedName, Object, ObjectRef};

/// A kind of route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each variant is the Kubernetes kind of that name")]
pub enum RouteKind {
    Http,
    Grpc,
    Tls,
    Tcp,
    Udp,
}

impl RouteKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Http, Self::Grpc, Self::Tls, Self::Tcp, Self::Udp];

    /// The kind of its objects.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::Http => Kind::HttpRoute,
            Self::Grpc => Kind::GrpcRoute,
            Self::Tls => Kind::TlsRoute,
            Self::Tcp => Kind::TcpRoute,
            Self::Udp => Kind::UdpRoute,
        }
    }

    /// `HTTPRoute`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.kind().name()
    }
}

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its kind.
    pub kind: RouteKind,
    /// Its namespace and name.
    pub key: NamespacedName,
    /// When it was made, RFC 3339 in whole seconds.
    pub created: String,
    /// Its hostnames; none for every name.
    pub hostnames: Vec<String>,
    /// References to Gateways and ListenerSets, in order.
    pub parents: Vec<ParentRef>,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// Where a route wants to attach.
#[derive(Clone, Debug)]
pub struct ParentRef {
    /// As written, with defaults.
    pub written: Value,
    /// The parent; `None` for kinds that are none of the controller's.
    pub parent: Option<ObjectRef>,
    /// The listener's name; absent for every listener.
    pub section: Option<String>,
    /// The listener's port; absent for every port.
    pub port: Option<u16>,
}

/// A rule of a route.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it takes; one is enough. None takes everything.
    pub matches: Vec<Match>,
    /// What is done to requests.
    pub filters: Vec<Filter>,
    /// Where they go.
    pub backends: Vec<Backend>,
}

/// Conditions that hold together.
#[derive(Clone, Debug, Default)]
pub struct Match {
    /// The path.
    pub path: PathMatch,
    /// The method; absent for any.
    pub method: Option<String>,
    /// Headers, of equal names the first.
    pub headers: Vec<ValueMatch>,
    /// Query parameters.
    pub query: Vec<ValueMatch>,
}

/// What a path must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PathMatch {
    /// Anything.
    #[default]
    Any,
    /// Exactly this.
    Exact(String),
    /// These path elements in front.
    Prefix(String),
    /// A pattern that the whole path fits.
    Regex(String),
    /// The service of a gRPC call, its method, or both; `true`: they are patterns.
    Grpc {
        /// `package.Service`; empty for any.
        service: String,
        /// `Method`; empty for any.
        method: String,
        /// Whether they are patterns.
        regex: bool,
    },
}

/// A header or query parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueMatch {
    /// Its name.
    pub name: String,
    /// Its value, or the pattern of it.
    pub value: String,
    /// Whether it is a pattern.
    pub regex: bool,
}

/// What is done to a request or its answer.
#[derive(Clone, Debug)]
pub enum Filter {
    /// Headers that the backend gets.
    RequestHeaders(HeaderEdit),
    /// Headers that the client gets.
    ResponseHeaders(HeaderEdit),
    /// A copy goes elsewhere.
    Mirror(Box<Backend>, Share),
    /// The client is sent elsewhere.
    Redirect(Redirect),
    /// The backend gets another host or path.
    Rewrite {
        /// Host; absent where it stays.
        hostname: Option<String>,
        /// Path; absent where it stays.
        path: Option<PathEdit>,
    },
    /// Scripts of other origins.
    Cors(Cors),
    /// A filter of somebody else's that is not known here.
    Unknown(Reference),
}

/// Changes to headers: set, then add, then remove.
#[derive(Clone, Debug, Default)]
pub struct HeaderEdit {
    /// Replaced or made.
    pub set: Vec<(String, String)>,
    /// Appended.
    pub add: Vec<(String, String)>,
    /// Taken away.
    pub remove: Vec<String>,
}

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// So many.
    pub of: i64,
    /// Of so many, at least 1.
    pub all: i64,
}

/// A redirect.
#[derive(Clone, Debug)]
pub struct Redirect {
    /// `http` or `https`; absent for that of the request.
    pub scheme: Option<String>,
    /// Host; absent for that of the request.
    pub hostname: Option<String>,
    /// Path; absent for that of the request.
    pub path: Option<PathEdit>,
    /// Port; absent where it follows from the scheme or the listener.
    pub port: Option<u16>,
    /// Status code.
    pub status: u16,
}

/// Another path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathEdit {
    /// In place of the whole.
    Full(String),
    /// In place of the prefix that matched.
    Prefix(String),
}

/// What scripts of other origins may do.
#[derive(Clone, Debug, Default)]
pub struct Cors {
    /// Origins, `*` among them.
    pub origins: Vec<String>,
    /// Whether credentials may come along.
    pub credentials: bool,
    /// Methods.
    pub methods: Vec<String>,
    /// Headers of requests.
    pub headers: Vec<String>,
    /// Headers of answers that scripts may read.
    pub expose: Vec<String>,
    /// Seconds that a browser may remember this.
    pub max_age: i64,
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub struct Backend {
    /// Its share among those of the rule.
    pub weight: u32,
    /// What is named.
    pub to: Reference,
    /// Port of the Service; 0 where none is given.
    pub port: u16,
    /// What is done to requests that go there.
    pub filters: Vec<Filter>,
    /// What is wrong with the reference; filled in once all is known.
    pub fault: Option<Fault>,
    /// TLS towards it; filled in once all is known.
    pub tls: Option<BackendTls>,
}

/// TLS that a policy asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendTls {
    /// The policy.
    pub policy: NamespacedName,
    /// The name to greet with, which the pod's certificate must have.
    pub hostname: String,
    /// Whether there is a CA to judge it by.
    pub trusted: bool,
}

/// A field as text.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A field as text, absent where it is not there.
pub(super) fn given(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// The items of a list.
pub(super) fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn texts(value: &Value, name: &str) -> Vec<String> {
    items(value, name)
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn number(value: &Value, name: &str) -> Option<i64> {
    value.get(name).and_then(Value::as_i64)
}

/// A port.
pub(super) fn port(value: &Value) -> Option<u16> {
    number(value, "port").and_then(|it| u16::try_from(it).ok())
}

/// The spec of an object.
pub(super) fn spec(object: &Object) -> &Value {
    object.value.get("spec").unwrap_or(&Value::Null)
}

impl Route {
    /// Reads a route.
    #[must_use]
    pub fn read(kind: RouteKind, object: &Object) -> Self {
        let meta = object.metadata();
        let spec = spec(object);
        let namespace = meta.namespace.as_str();
        Self {
            kind,
            key: meta.key(),
            created: text(&object.value["metadata"], "creationTimestamp").to_owned(),
            hostnames: texts(spec, "hostnames"),
            parents: items(spec, "parentRefs")
                .iter()
                .map(|it| parent(it, namespace))
                .collect(),
            rules: items(spec, "rules")
                .iter()
                .map(|it| rule(kind, it, namespace))
                .collect(),
        }
    }

    /// Its reference.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef::of(self.kind.kind(), &self.key)
    }

    /// The older first, then by namespace and name.
    #[must_use]
    pub fn by_age(&self, other: &Self) -> Ordering {
        (&self.created, &self.key).cmp(&(&other.created, &other.key))
    }

    /// Shows all backends that it names, those of mirrors among them, and then all filters that are not known.
    pub fn visit(&mut self, backend: &mut dyn FnMut(&mut Backend), unknown: &mut dyn FnMut(&Reference)) {
        for rule in &mut self.rules {
            visit_filters(&mut rule.filters, backend, unknown);
            for it in &mut rule.backends {
                backend(it);
                visit_filters(&mut it.filters, backend, unknown);
            }
        }
    }
}

fn visit_filters(filters: &mut [Filter], backend: &mut dyn FnMut(&mut Backend), unknown: &mut dyn FnMut(&Reference)) {
    for filter in filters {
        match filter {
            Filter::Mirror(it, _) => backend(it),
            Filter::Unknown(it) => unknown(it),
            _ => {}
        }
    }
}

fn parent(written: &Value, namespace: &str) -> ParentRef {
    let kind = match text(written, "kind") {
        "Gateway" => Some(Kind::Gateway),
        "ListenerSet" => Some(Kind::ListenerSet),
        _ => None,
    };
    let own = text(written, "group") == GATEWAY_GROUP;
    let namespace = given(written, "namespace").unwrap_or_else(|| namespace.to_owned());
    ParentRef {
        written: written.clone(),
        parent: kind
            .filter(|_| own)
            .map(|kind| ObjectRef::new(kind, namespace, text(written, "name"))),
        section: given(written, "sectionName"),
        port: port(written),
    }
}

fn rule(kind: RouteKind, rule: &Value, namespace: &str) -> Rule {
    let filters = |of: &Value| -> Vec<Filter> { items(of, "filters").iter().map(|it| filter(it, namespace)).collect() };
    Rule {
        matches: items(rule, "matches").iter().map(|it| one_match(kind, it)).collect(),
        filters: filters(rule),
        backends: items(rule, "backendRefs")
            .iter()
            .map(|it| Backend {
                filters: filters(it),
                ..backend(it, namespace)
            })
            .collect(),
    }
}

fn backend(written: &Value, namespace: &str) -> Backend {
    Backend {
        weight: number(written, "weight").map_or(1, |it| u32::try_from(it).unwrap_or(0)),
        to: Reference::read(written, namespace, "Service"),
        port: port(written).unwrap_or(0),
        filters: Vec::new(),
        fault: None,
        tls: None,
    }
}

fn values(list: &[Value], same: fn(&str, &str) -> bool) -> Vec<ValueMatch> {
    let mut found: Vec<ValueMatch> = Vec::new();
    for it in list {
        let name = text(it, "name");
        if !found.iter().any(|other| same(&other.name, name)) {
            found.push(ValueMatch {
                name: name.to_owned(),
                value: text(it, "value").to_owned(),
                regex: text(it, "type") == "RegularExpression",
            });
        }
    }
    found
}

fn one_match(kind: RouteKind, written: &Value) -> Match {
    let path = match (kind, written.get("path"), written.get("method")) {
        (RouteKind::Http, Some(path), _) => {
            let value = text(path, "value").to_owned();
            match text(path, "type") {
                "Exact" => PathMatch::Exact(value),
                "RegularExpression" => PathMatch::Regex(value),
                _ => PathMatch::Prefix(value),
            }
        }
        (RouteKind::Grpc, _, Some(method)) => PathMatch::Grpc {
            service: text(method, "service").to_owned(),
            method: text(method, "method").to_owned(),
            regex: text(method, "type") == "RegularExpression",
        },
        _ => PathMatch::Any,
    };
    Match {
        path,
        method: given(written, "method"),
        headers: values(items(written, "headers"), |a, b| a.eq_ignore_ascii_case(b)),
        query: values(items(written, "queryParams"), |a, b| a == b),
    }
}

fn header_edit(written: &Value) -> HeaderEdit {
    let pairs = |name: &str| -> Vec<(String, String)> {
        items(written, name)
            .iter()
            .map(|it| (text(it, "name").to_owned(), text(it, "value").to_owned()))
            .collect()
    };
    HeaderEdit {
        set: pairs("set"),
        add: pairs("add"),
        remove: texts(written, "remove"),
    }
}

fn path_edit(written: &Value) -> Option<PathEdit> {
    let path = written.get("path")?;
    Some(match text(path, "type") {
        "ReplaceFullPath" => PathEdit::Full(text(path, "replaceFullPath").to_owned()),
        _ => PathEdit::Prefix(text(path, "replacePrefixMatch").to_owned()),
    })
}

fn filter(written: &Value, namespace: &str) -> Filter {
    let field = |name: &str| written.get(name).unwrap_or(&Value::Null);
    match text(written, "type") {
        "RequestHeaderModifier" => Filter::RequestHeaders(header_edit(field("requestHeaderModifier"))),
        "ResponseHeaderModifier" => Filter::ResponseHeaders(header_edit(field("responseHeaderModifier"))),
        "RequestMirror" => {
            let mirror = field("requestMirror");
            let fraction = mirror.get("fraction");
            let share = match (number(mirror, "percent"), fraction) {
                (Some(of), _) => Share { of, all: 100 },
                (None, Some(fraction)) => Share {
                    of: number(fraction, "numerator").unwrap_or(0),
                    all: number(fraction, "denominator").unwrap_or(100).max(1),
                },
                (None, None) => Share { of: 1, all: 1 },
            };
            let to = mirror.get("backendRef").unwrap_or(&Value::Null);
            Filter::Mirror(Box::new(backend(to, namespace)), share)
        }
        "RequestRedirect" => {
            let it = field("requestRedirect");
            Filter::Redirect(Redirect {
                scheme: given(it, "scheme"),
                hostname: given(it, "hostname"),
                path: path_edit(it),
                port: port(it),
                status: number(it, "statusCode")
                    .and_then(|it| u16::try_from(it).ok())
                    .unwrap_or(302),
            })
        }
        "URLRewrite" => {
            let it = field("urlRewrite");
            Filter::Rewrite {
                hostname: given(it, "hostname"),
                path: path_edit(it),
            }
        }
        "CORS" => {
            let it = field("cors");
            Filter::Cors(Cors {
                origins: texts(it, "allowOrigins"),
                credentials: it.get("allowCredentials").and_then(Value::as_bool).unwrap_or(false),
                methods: texts(it, "allowMethods"),
                headers: texts(it, "allowHeaders"),
                expose: texts(it, "exposeHeaders"),
                max_age: number(it, "maxAge").unwrap_or(5),
            })
        }
        _ => Filter::Unknown(Reference::read(field("extensionRef"), namespace, "")),
    }
}
