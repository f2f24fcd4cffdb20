//! What lies beneath a refusal: where in the text it stands, why the rule is there, and what to try.
//!
//! Messages stay the server's; explanations and hints are ours, in every language of the page. One file per
//! family of findings, with its tests.

mod kinds;
mod names;
mod service;
mod similar;
mod types;
mod unknown;
mod workload;

use super::field::FieldError;
use super::kind::Kind;
use super::read::lookup;
use super::refusal::Refusal;
use crate::diag::{Diagnostic, Severity};
use crate::manifest::{Document, Node};
use crate::text::text;

/// A refusal as findings at their places in the text. `name` and `group` are those of the object.
#[must_use]
pub fn refusal(refusal: &Refusal, document: &Document) -> Vec<Diagnostic> {
    let written = |key: &str| document.root.get(key).and_then(Node::as_str).unwrap_or_default();
    let (version, kind) = (written("apiVersion"), written("kind"));
    match refusal {
        Refusal::Invalid(errors) => {
            let known = lookup(version, kind).map_or(Kind::Other, |info| info.kind);
            errors.iter().map(|error| field_error(known, error, document)).collect()
        }
        Refusal::BadRequest(message) | Refusal::BadPatch(message) => bad_request(message, document),
        Refusal::Client(message) => vec![kinds::client(message, version, kind, document)],
        Refusal::NotFound(message) => vec![not_found(message, document)],
        Refusal::Conflict(message) => vec![
            Diagnostic::new(Severity::Error, "server/conflict", message)
                .at_field("metadata.resourceVersion")
                .at(Some(document.locate("metadata.resourceVersion")))
                .explain(text! {
                    en: "`resourceVersion` names the state that the change was made for; the object has changed since. Leave it out of manifests.",
                    ko: "`resourceVersion`은 변경의 기준이 된 상태를 가리키는데, 그 사이 오브젝트가 바뀌었습니다. 매니페스트에는 쓰지 마세요.",
                }),
        ],
        Refusal::AlreadyExists(message) => vec![whole("server/already-exists", message, document).explain(text! {
            en: "`create` makes only new objects; `apply` changes those that exist.",
            ko: "`create`는 새 오브젝트만 만듭니다. 이미 있는 오브젝트는 `apply`로 바꿉니다.",
        })],
        Refusal::Forbidden(message) => vec![whole("server/forbidden", message, document)],
        Refusal::Internal(message) => vec![service::internal(message, document)],
        Refusal::Limit(message) => vec![whole("limit/cluster", message, document)],
    }
}

/// The server's warnings as findings at their places in the text.
#[must_use]
pub fn warnings(lines: &[String], document: &Document) -> Vec<Diagnostic> {
    lines
        .iter()
        .map(|line| {
            let field = line
                .split(':')
                .next()
                .filter(|field| ["spec", "metadata", "subsets"].iter().any(|start| field.starts_with(start)))
                .unwrap_or_default();
            let mut found = Diagnostic::new(Severity::Warning, "server/warning", line);
            let mut field = field.split(' ').next().unwrap_or_default().to_owned();
            if line.contains("Endpoints is deprecated") {
                found.explain = Some(text! {
                    en: "EndpointSlices took the place of Endpoints; kube-proxy reads only slices. Endpoints are copied into slices for now.",
                    ko: "EndpointSlice가 Endpoints를 대신합니다. kube-proxy는 슬라이스만 읽으며, Endpoints는 당분간 슬라이스로 복사됩니다.",
                });
                field = "apiVersion".to_owned();
            } else if line.contains("kubernetes.io/ingress.class") {
                found.explain = Some(text! {
                    en: "The annotation still works with many controllers, but `spec.ingressClassName` is what the API checks and completes.",
                    ko: "이 어노테이션은 아직 많은 컨트롤러에서 동작하지만, API가 확인하고 채워 주는 필드는 `spec.ingressClassName`입니다.",
                });
                field = "metadata.annotations[kubernetes.io/ingress.class]".to_owned();
            }
            let span = if field.is_empty() { heading(document) } else { document.locate(&field) };
            found.field = field;
            found.at(Some(span))
        })
        .collect()
}

/// A finding about one field.
fn field_error(kind: Kind, error: &FieldError, document: &Document) -> Diagnostic {
    let field = written_field(document, &error.field);
    let found = Diagnostic::new(Severity::Error, "server/invalid", error.to_string())
        .at_field(&*error.field)
        .at(Some(document.locate(&field)));
    service::explain(kind, error, &field, document, found)
        .or_else(|found| workload::explain(kind, error, document, found))
        .or_else(|found| names::explain(error, &field, document, found))
        .unwrap_or_else(|found| found)
}

/// The path under which a field stands in the text: errors name `clusterIPs[0]` where `clusterIP` was written, and
/// labels without their key.
fn written_field(document: &Document, field: &str) -> String {
    let there = |field: &str| document.root.locate(field).0;
    if let Some(rest) = field.strip_prefix("spec.LoadBalancerSourceRanges") {
        return format!("spec.loadBalancerSourceRanges{rest}");
    }
    if field.starts_with("spec.clusterIPs") && there("spec.clusterIPs") == there("spec") {
        return "spec.clusterIP".to_owned();
    }
    if let Some(annotation) = field.strip_prefix("annotations.") {
        return format!("metadata.annotations[{annotation}]");
    }
    field.to_owned()
}

fn bad_request(message: &str, document: &Document) -> Vec<Diagnostic> {
    if message.contains(" is registered for version ") {
        let written = |key: &str| document.root.get(key).and_then(Node::as_str).unwrap_or_default();
        return vec![kinds::unknown_kind(
            message,
            written("apiVersion"),
            written("kind"),
            document,
        )];
    }
    if message.contains("strict decoding error: ") {
        return unknown::fields(message, document);
    }
    vec![types::wrong_type(message, document)]
}

fn not_found(message: &str, document: &Document) -> Diagnostic {
    let found = Diagnostic::new(Severity::Error, "server/not-found", message);
    if message.starts_with("namespaces ") {
        return found
            .at_field("metadata.namespace")
            .at(Some(document.locate("metadata.namespace")))
            .explain(text! {
                en: "An object can only be made in a namespace that exists. Make the Namespace first, in a document before this one.",
                ko: "오브젝트는 이미 있는 네임스페이스에만 만들 수 있습니다. 이 문서보다 앞에서 Namespace를 먼저 만드세요.",
            });
    }
    found.at(Some(heading(document)))
}

/// A finding about the whole object, shown at its kind.
fn whole(code: &'static str, message: &str, document: &Document) -> Diagnostic {
    Diagnostic::new(Severity::Error, code, message).at(Some(heading(document)))
}

/// Where findings about a whole document stand: at its `kind:`.
fn heading(document: &Document) -> crate::text::Span {
    match document.root.entry("kind") {
        Some(entry) => entry.key_span.to(entry.value.span),
        None => {
            let span = document.root.span;
            crate::text::Span::new(span.file, span.start, span.end.min(span.start + 1))
        }
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use crate::api;
    use crate::manifest::parse;
    use crate::text::FileId;

    /// What a manifest draws when nothing else is in the cluster; the text after the first edit, too.
    pub(in crate::api::explain) fn examine(text: &str) -> (Vec<Diagnostic>, Option<String>) {
        let parsed = parse(FileId(0), text);
        let document = parsed.documents.first().expect("one document");
        let refused = match api::read(document, "web.yaml") {
            Err(refusal) => Some(refusal),
            Ok(sent) => match api::decode(&sent.info, &sent.value) {
                Err(refusal) => Some(refusal),
                Ok(mut value) => {
                    api::default_object(sent.kind, &mut value);
                    let errors = api::validate_create(sent.kind, &value);
                    (!errors.is_empty()).then_some(Refusal::Invalid(errors))
                }
            },
        };
        let found = refused.map_or_else(Vec::new, |refused| refusal(&refused, document));
        let edit = found.iter().flat_map(|it| &it.hints).find_map(|hint| hint.edit.clone());
        let edited =
            edit.map(|(span, new)| format!("{}{new}{}", &text[..span.start as usize], &text[span.end as usize..]));
        (found, edited)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::examine;
    use super::*;
    use crate::manifest::parse;
    use crate::text::FileId;

    #[test]
    fn findings_stand_where_the_field_was_written() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  clusterIP: banana\n  ports:\n  - port: 80\n";
        let parsed = parse(FileId(0), text);
        let document = &parsed.documents[0];
        assert_eq!(written_field(document, "spec.clusterIPs[0]"), "spec.clusterIP");
        assert_eq!(
            written_field(document, "spec.LoadBalancerSourceRanges[0]"),
            "spec.loadBalancerSourceRanges[0]"
        );
    }

    #[test]
    fn every_field_error_of_a_bad_service_is_explained() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: Web_1\nspec:\n  type: Nodeport\n  ports:\n  - port: 0\n    protocol: tcp\n";
        let (found, _) = examine(text);
        assert_eq!(found.len(), 5);
        for finding in found {
            assert!(finding.explain.is_some(), "{}", finding.message);
            assert!(finding.span.is_some());
        }
    }

    #[test]
    fn warnings_stand_at_their_fields() {
        let text = "apiVersion: v1\nkind: Service\nspec:\n  externalIPs: [x]\n";
        let parsed = parse(FileId(0), text);
        let line = "spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_owned();
        let found = warnings(&[line], &parsed.documents[0]);
        assert_eq!(found[0].field, "spec.externalIPs");
        let span = found[0].span.expect("a place");
        assert_eq!(&text[span.start as usize..span.end as usize], "externalIPs: [x]");
    }
}
