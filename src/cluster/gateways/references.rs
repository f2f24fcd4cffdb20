//! References from one object to another, and what is wrong with them: kinds that are not known, namespaces that did
//! not grant it, objects that are missing.
//!
//! A grant is asked for before anybody looks whether the object is there.

use std::fmt;

use serde_json::Value;

use super::super::certificate;
use super::super::snapshot::Snapshot;
use super::route::{RouteKind, given, items, spec, text};
use crate::api::kind::GATEWAY_GROUP;
use crate::api::types::core::{ConfigMap, Service};
use crate::api::types::service_type::ServiceType;
use crate::api::{Kind, NamespacedName};

/// What an object names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// API group; empty for the core group.
    pub group: String,
    /// Kind.
    pub kind: String,
    /// Namespace and name, that of the referring object where none is given.
    pub key: NamespacedName,
}

impl Reference {
    /// Reads a reference out of an object of a namespace; `kind` where none is written.
    #[must_use]
    pub fn read(written: &Value, namespace: &str, kind: &str) -> Self {
        Self {
            group: text(written, "group").to_owned(),
            kind: given(written, "kind").unwrap_or_else(|| kind.to_owned()),
            key: NamespacedName::new(
                given(written, "namespace").unwrap_or_else(|| namespace.to_owned()),
                text(written, "name"),
            ),
        }
    }

    /// Whether it names an object of the core group of this kind.
    #[must_use]
    pub fn is(&self, kind: &str) -> bool {
        self.group.is_empty() && self.kind == kind
    }
}

impl fmt::Display for Reference {
    /// `Service shop/web`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.key)
    }
}

/// What is wrong with a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefProblem {
    /// A kind that is not known.
    Kind,
    /// Another namespace, and no ReferenceGrant there.
    NotPermitted,
    /// It is not there.
    NotFound,
    /// The Service has no such port.
    NoPort,
    /// The Service is only a name for somewhere else.
    ExternalName,
    /// The port speaks something that the route is not for.
    Protocol,
    /// It is there, and holds nothing of use.
    Unreadable,
}

/// A reference that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is named.
    pub to: Reference,
    /// What is wrong.
    pub problem: RefProblem,
}

impl Fault {
    /// The reason that a route reports in `ResolvedRefs`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self.problem {
            RefProblem::Kind => "InvalidKind",
            RefProblem::NotPermitted => "RefNotPermitted",
            RefProblem::NotFound | RefProblem::NoPort | RefProblem::ExternalName | RefProblem::Unreadable => {
                "BackendNotFound"
            }
            RefProblem::Protocol => "UnsupportedProtocol",
        }
    }

    /// The sentence beside it.
    #[must_use]
    pub fn message(&self) -> String {
        let to = &self.to;
        match self.problem {
            RefProblem::Kind if to.group.is_empty() => format!("kind {} is not supported", to.kind),
            RefProblem::Kind => format!("kind {} of group {} is not supported", to.kind, to.group),
            RefProblem::NotPermitted => format!("no ReferenceGrant in namespace {} allows {to}", to.key.namespace),
            RefProblem::NotFound => format!("{to} not found"),
            RefProblem::NoPort => format!("{to} has no such port"),
            RefProblem::ExternalName => format!("{to} is of type ExternalName, which is not supported"),
            RefProblem::Protocol => format!("the port of {to} speaks a protocol that this route does not"),
            RefProblem::Unreadable => format!("{to} holds no certificate that can be read"),
        }
    }
}

/// Who may refer from where to what.
#[derive(Clone, Debug, Default)]
pub struct Grants(Vec<Grant>);

#[derive(Clone, Debug)]
struct Grant {
    namespace: String,
    /// Group, kind and namespace.
    from: Vec<(String, String, String)>,
    /// Group, kind and, unless all are meant, name.
    to: Vec<(String, String, Option<String>)>,
}

impl Grants {
    /// All of a cluster.
    #[must_use]
    pub fn read(snapshot: &Snapshot) -> Self {
        let read = |object: &std::sync::Arc<crate::api::Object>| {
            let spec = spec(object);
            let part = |it: &Value, name: &str| text(it, name).to_owned();
            Grant {
                namespace: object.metadata().namespace.clone(),
                from: items(spec, "from")
                    .iter()
                    .map(|it| (part(it, "group"), part(it, "kind"), part(it, "namespace")))
                    .collect(),
                to: items(spec, "to")
                    .iter()
                    .map(|it| (part(it, "group"), part(it, "kind"), given(it, "name")))
                    .collect(),
            }
        };
        Self(snapshot.objects(Kind::ReferenceGrant).map(read).collect())
    }

    /// Whether an object of the Gateway API of this kind and namespace may refer to something.
    #[must_use]
    pub fn allow(&self, kind: Kind, namespace: &str, to: &Reference) -> bool {
        if to.key.namespace == namespace {
            return true;
        }
        self.0.iter().any(|grant| {
            grant.namespace == to.key.namespace
                && grant
                    .from
                    .iter()
                    .any(|(group, from, ns)| group == GATEWAY_GROUP && from == kind.name() && ns == namespace)
                && grant.to.iter().any(|(group, kind, name)| {
                    *group == to.group && *kind == to.kind && name.as_ref().is_none_or(|it| *it == to.key.name)
                })
        })
    }
}

/// What is wrong with a backend of a route; `None` where nothing is.
#[must_use]
pub fn backend_problem(
    snapshot: &Snapshot,
    grants: &Grants,
    (kind, namespace): (RouteKind, &str),
    to: &Reference,
    port: u16,
) -> Option<RefProblem> {
    if !to.is("Service") {
        return Some(RefProblem::Kind);
    }
    if !grants.allow(kind.kind(), namespace, to) {
        return Some(RefProblem::NotPermitted);
    }
    let Some(service) = snapshot.typed::<Service>(&to.key) else {
        return Some(RefProblem::NotFound);
    };
    if service.service_type() == Some(ServiceType::ExternalName) {
        return Some(RefProblem::ExternalName);
    }
    let protocol = if kind == RouteKind::Udp { "UDP" } else { "TCP" };
    let mut ports = service.spec.ports.iter();
    let Some(port) = ports.find(|it| it.port == i32::from(port) && it.protocol == protocol) else {
        return Some(RefProblem::NoPort);
    };
    let spoken = port
        .app_protocol
        .as_deref()
        .and_then(|it| it.strip_prefix("kubernetes.io/"));
    let fits = match (kind, spoken) {
        (_, None) | (RouteKind::Tls | RouteKind::Tcp | RouteKind::Udp, _) => true,
        (RouteKind::Http, Some(spoken)) => matches!(spoken, "h2c" | "ws" | "wss"),
        (RouteKind::Grpc, Some(spoken)) => spoken == "h2c",
    };
    (!fits).then_some(RefProblem::Protocol)
}

/// What is wrong with a reference to a certificate; `None` where nothing is.
#[must_use]
pub fn certificate_problem(
    snapshot: &Snapshot,
    grants: &Grants,
    (kind, namespace): (Kind, &str),
    to: &Reference,
) -> Option<RefProblem> {
    if !to.is("Secret") {
        return Some(RefProblem::Kind);
    }
    if !grants.allow(kind, namespace, to) {
        return Some(RefProblem::NotPermitted);
    }
    match certificate::of_secret(snapshot, &to.key.namespace, &to.key.name) {
        Ok(_) => None,
        Err(certificate::CertificateError::NoSecret) => Some(RefProblem::NotFound),
        Err(certificate::CertificateError::Unreadable) => Some(RefProblem::Unreadable),
    }
}

/// What is wrong with a reference to a CA in a ConfigMap (`ca.crt`); `None` where nothing is.
#[must_use]
pub fn ca_problem(
    snapshot: &Snapshot,
    grants: &Grants,
    (kind, namespace): (Kind, &str),
    to: &Reference,
) -> Option<RefProblem> {
    if !to.is("ConfigMap") {
        return Some(RefProblem::Kind);
    }
    if !grants.allow(kind, namespace, to) {
        return Some(RefProblem::NotPermitted);
    }
    let Some(map) = snapshot.typed::<ConfigMap>(&to.key) else {
        return Some(RefProblem::NotFound);
    };
    let readable = map
        .data
        .get("ca.crt")
        .is_some_and(|pem| certificate::names(pem.as_bytes()).is_some());
    (!readable).then_some(RefProblem::Unreadable)
}
