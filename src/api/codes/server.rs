//! What the API server says to a whole object: it cannot be read, is not there, is there already, may not be, or
//! something inside went wrong.

use std::fmt;

use super::service::ServiceCode;
use super::unknown_field::UnknownFields;
use super::wrong_type::{self, WrongType};
use super::{WrongTypeWritten, heads, unknown_kind, whole};
use crate::diag::{Diagnostic, Severity};
use crate::go::quote;
use crate::manifest::Document;
use crate::text::text;

/// An object as messages name it: `services "web"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceName {
    /// Plural and group (`ingresses.networking.k8s.io`).
    pub resource: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.resource, quote(&self.name))
    }
}

/// 400: what was sent is no object, or is refused before it becomes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadRequest {
    /// It does not have the fields or types of its kind.
    Undecodable {
        /// Its kind.
        kind: String,
        /// Version within its group.
        version: String,
        /// What does not fit.
        why: Undecodable,
    },
    /// A kind in lower case, which kubectl knows and the server does not.
    UnregisteredKind {
        /// As written.
        written: String,
        /// The kind that is meant.
        kind: String,
        /// Version within its group.
        version: String,
        /// Group and version.
        api_version: String,
    },
    /// An object of no kind that is stored.
    NoKind,
    /// A webhook said no.
    Denied {
        /// The webhook's name.
        webhook: &'static str,
        /// Its own words.
        reason: String,
    },
}

/// What does not fit of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// A value of another type than its field's.
    WrongType(Box<WrongType>),
    /// Fields that there are not.
    UnknownFields(UnknownFields),
    /// What was stored without being looked at closely has other types than are acted upon.
    Stored(String),
}

impl fmt::Display for Undecodable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongType(wrong) => wrong.fmt(f),
            Self::UnknownFields(unknown) => unknown.fmt(f),
            Self::Stored(words) => write!(f, "json: {words}"),
        }
    }
}

impl fmt::Display for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable { kind, version, why } => {
                let version = quote(version);
                write!(f, "{kind} in version {version} cannot be handled as a {kind}: {why}")
            }
            Self::UnregisteredKind {
                written,
                kind,
                version,
                api_version,
            } => write!(
                f,
                "{written} in version {} cannot be handled as a {kind}: no kind {} is registered for version {} in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
                quote(version),
                quote(written),
                quote(api_version)
            ),
            Self::NoKind => f.write_str("unknown kind"),
            Self::Denied { webhook, reason } => {
                write!(f, "admission webhook {} denied the request: {reason}", quote(webhook))
            }
        }
    }
}

impl BadRequest {
    pub(super) fn explain(&self, document: &Document, wrong: WrongTypeWritten<'_>) -> Vec<Diagnostic> {
        let message = self.to_string();
        match self {
            Self::Undecodable { why, .. } => match why {
                Undecodable::WrongType(wrong) => {
                    vec![wrong.explain(Diagnostic::new(Severity::Error, "schema/wrong-type", message), document)]
                }
                Undecodable::UnknownFields(unknown) => unknown.explain(&message, document),
                Undecodable::Stored(_) => vec![wrong_type::explain_in(message, document, wrong)],
            },
            Self::UnregisteredKind { .. } => {
                let (version, kind) = heads(document);
                vec![unknown_kind::explain(message, version, kind, document)]
            }
            Self::NoKind => vec![whole("server/bad-request", message, document).explain(text! {
                en: "Objects of this kind are not stored; it is only asked for.",
                ko: "이 kind의 오브젝트는 저장되지 않고 요청할 때만 쓰입니다.",
            })],
            Self::Denied { .. } => vec![whole("server/denied", message, document).explain(text! {
                en: "The API server itself would take it. A webhook, a program that is installed in the cluster, checked the object and denied it; its own words follow `denied the request:`.",
                ko: "API 서버 자체는 받아들입니다. 클러스터에 설치된 프로그램인 웹훅이 오브젝트를 보고 거부했으며, 그 이유가 `denied the request:` 뒤에 있습니다.",
            })],
        }
    }
}

/// 422 of a patch that does not fit the object's type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadPatch {
    /// The patch as Go prints it (`map[spec:map[…]]`), or the whole object as JSON where the patch was merged in as
    /// text.
    pub patch: String,
    /// What does not fit.
    pub why: Unpatchable,
}

/// What does not fit of a patched object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unpatchable {
    /// A value of another type, found while the patch was merged in.
    Merged(Box<WrongType>),
    /// A value of another type, found when the result was read.
    Read(Box<WrongType>),
    /// Fields that there are not.
    UnknownFields(UnknownFields),
}

impl fmt::Display for Unpatchable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Merged(wrong) => f.write_str(&wrong.patch_words()),
            Self::Read(wrong) => wrong.fmt(f),
            Self::UnknownFields(unknown) => unknown.fmt(f),
        }
    }
}

impl fmt::Display for BadPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "patch: Invalid value: {}: {}", quote(&self.patch), self.why)
    }
}

impl BadPatch {
    pub(super) fn explain(&self, document: &Document, wrong: WrongTypeWritten<'_>) -> Vec<Diagnostic> {
        let message = self.to_string();
        match &self.why {
            // Paths are those of the merged object; the document may have it elsewhere.
            Unpatchable::Merged(_) | Unpatchable::Read(_) => vec![wrong_type::explain_in(message, document, wrong)],
            Unpatchable::UnknownFields(unknown) => unknown.explain(&message, document),
        }
    }
}

/// 403.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// A new object in a namespace that is about to go.
    NamespaceEnding {
        /// The object.
        object: ResourceName,
        /// The namespace.
        namespace: String,
    },
    /// A namespace that every cluster needs cannot be deleted.
    NamespaceNeeded {
        /// The namespace.
        namespace: String,
    },
}

impl Forbidden {
    pub(super) fn explain(&self, document: &Document) -> Diagnostic {
        let found = whole("server/forbidden", self.to_string(), document);
        match self {
            Self::NamespaceEnding { .. } => found.explain(text! {
                en: "The namespace is being deleted. Wait until it is gone, create it again, and then the objects in it.",
                ko: "네임스페이스를 삭제하는 중입니다. 사라질 때까지 기다렸다가 다시 만들고, 그다음 안에 들어갈 오브젝트를 만드세요.",
            }),
            Self::NamespaceNeeded { .. } => found.explain(text! {
                en: "Kubernetes cannot do without this namespace.",
                ko: "Kubernetes에 꼭 필요한 네임스페이스입니다.",
            }),
        }
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NamespaceEnding { object, namespace } => write!(
                f,
                "{object} is forbidden: unable to create new content in namespace {namespace} because it is being terminated"
            ),
            Self::NamespaceNeeded { namespace } => {
                let namespace = quote(namespace);
                write!(
                    f,
                    "namespaces {namespace} is forbidden: this namespace may not be deleted"
                )
            }
        }
    }
}

/// 404.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotFound {
    /// The namespace of a new object.
    Namespace(String),
    /// The object itself.
    Object(ResourceName),
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Namespace(name) => write!(f, "namespaces {} not found", quote(name)),
            Self::Object(name) => write!(f, "{name} not found"),
        }
    }
}

impl NotFound {
    pub(super) fn explain(&self, document: &Document) -> Diagnostic {
        match self {
            Self::Namespace(_) => Diagnostic::new(Severity::Error, "server/not-found", self.to_string())
                .at_field("metadata.namespace")
                .at(Some(document.locate("metadata.namespace")))
                .explain(text! {
                    en: "An object can only be made in a namespace that exists. Make the Namespace first, in a document before this one.",
                    ko: "오브젝트는 이미 있는 네임스페이스에만 만들 수 있습니다. 이 문서보다 앞에서 Namespace를 먼저 만드세요.",
                }),
            Self::Object(_) => whole("server/not-found", self.to_string(), document).explain(text! {
                en: "The cluster has no object of this kind, namespace and name. `kubectl apply` or `create` makes it.",
                ko: "이 종류, 네임스페이스, 이름의 오브젝트가 클러스터에 없습니다. `kubectl apply`나 `create`로 만드세요.",
            }),
        }
    }
}

/// 500: allocations that fail without a field to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Internal {
    /// No cluster IP is free.
    NoClusterIp,
    /// No node port is free.
    NoNodePort,
    /// No node port is free for the health check.
    NoHealthPort,
    /// The wished health port cannot be had.
    HealthPort {
        /// The wish.
        port: i32,
        /// [`ServiceCode::NodePortRange`] or [`ServiceCode::NodePortTaken`].
        why: ServiceCode,
    },
    /// Two ports of a Service came by the same node port.
    NodePortTwice {
        /// Their protocol.
        protocol: String,
        /// The node port.
        port: i32,
    },
}

impl fmt::Display for Internal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Internal error occurred: ")?;
        match self {
            Self::NoClusterIp => f.write_str("failed to allocate a serviceIP: range is full"),
            Self::NoNodePort => f.write_str("failed to allocate a nodePort: range is full"),
            Self::NoHealthPort => f.write_str("failed to allocate a HealthCheck NodePort 0: range is full"),
            Self::HealthPort { port, why } => {
                write!(f, "failed to allocate requested HealthCheck NodePort {port}: {why}")
            }
            Self::NodePortTwice { protocol, port } => write!(f, "duplicate nodePort: {{{protocol} {port}}}"),
        }
    }
}

impl Internal {
    pub(super) fn explain(&self, document: &Document) -> Diagnostic {
        let at = |id, field: &str| {
            Diagnostic::new(Severity::Error, id, self.to_string())
                .at_field(field)
                .at(Some(document.locate(field)))
        };
        match self {
            Self::NoHealthPort | Self::HealthPort { .. } => at("service/health-port-taken", "spec.healthCheckNodePort")
                .explain(text! {
                    en: "The health port is taken from the same range as node ports and must be free.",
                    ko: "헬스 체크 포트는 nodePort와 같은 범위에서 나오며 비어 있어야 합니다.",
                }),
            Self::NodePortTwice { .. } => {
                let rule = ServiceCode::NodePortTwice.rule();
                let mut found = at(rule.id, "spec.ports");
                found.explain = rule.why.map(|why| why.map(Into::into));
                found
            }
            Self::NoClusterIp => whole("server/internal", self.to_string(), document).explain(text! {
                en: "Every address of the Service range belongs to a Service. Delete Services that are not needed, or give the cluster a further range.",
                ko: "Service 대역의 주소를 모두 다른 Service가 쓰고 있습니다. 필요 없는 Service를 지우거나 클러스터에 대역을 추가하세요.",
            }),
            Self::NoNodePort => whole("server/internal", self.to_string(), document).explain(text! {
                en: "Every port of the node port range belongs to a Service. Delete Services that are not needed, or widen the range.",
                ko: "nodePort 범위의 포트를 모두 다른 Service가 쓰고 있습니다. 필요 없는 Service를 지우거나 범위를 넓히세요.",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Refusal;
    use crate::api::explain;
    use crate::manifest::parse;
    use crate::text::FileId;

    #[test]
    fn a_missing_namespace_and_a_missing_object_are_explained_each_in_its_way() {
        let parsed = parse(
            FileId(0),
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, namespace: b}\n",
        );
        let document = &parsed.documents[0];
        let rows = [
            (
                NotFound::Namespace("b".to_owned()),
                "namespaces \"b\" not found",
                "metadata.namespace",
            ),
            (
                NotFound::Object(ResourceName {
                    resource: "namespaces".to_owned(),
                    name: "a".to_owned(),
                }),
                "namespaces \"a\" not found",
                "",
            ),
        ];
        for (error, words, field) in rows {
            let found = explain(&Refusal::NotFound(error), document);
            assert_eq!(found[0].message, words);
            assert_eq!(found[0].field, field);
            assert!(found[0].explain.is_some());
        }
    }

    #[test]
    fn a_webhook_that_says_no_is_no_matter_of_types() {
        let parsed = parse(FileId(0), "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n");
        let denied = BadRequest::Denied {
            webhook: "a.b",
            reason: "no".to_owned(),
        };
        let found = explain(&Refusal::BadRequest(denied), &parsed.documents[0]);
        assert_eq!(found[0].code, "server/denied");
        assert!(found[0].explain.is_some());
        assert_eq!(found[0].message, "admission webhook \"a.b\" denied the request: no");
    }
}
