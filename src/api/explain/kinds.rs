//! What `kubectl` refuses by itself: unknown kinds and versions, missing `kind:`, metadata that cannot be read.

use super::similar::closest;
use super::types;
use crate::api::decode;
use crate::api::schema;
use crate::diag::{Diagnostic, Severity};
use crate::manifest::{Document, NodeKind};
use crate::text::{Span, text};

/// API versions that once were served: kind, old version, since when it is gone.
const REMOVED: [(&str, &str, &str); 12] = [
    ("Ingress", "extensions/v1beta1", "1.22"),
    ("Ingress", "networking.k8s.io/v1beta1", "1.22"),
    ("IngressClass", "networking.k8s.io/v1beta1", "1.22"),
    ("Deployment", "extensions/v1beta1", "1.16"),
    ("Deployment", "apps/v1beta1", "1.16"),
    ("Deployment", "apps/v1beta2", "1.16"),
    ("ReplicaSet", "extensions/v1beta1", "1.16"),
    ("ReplicaSet", "apps/v1beta2", "1.16"),
    ("StatefulSet", "apps/v1beta1", "1.16"),
    ("StatefulSet", "apps/v1beta2", "1.16"),
    ("NetworkPolicy", "extensions/v1beta1", "1.16"),
    ("EndpointSlice", "discovery.k8s.io/v1beta1", "1.25"),
];

/// The finding for a refusal of kubectl's own.
pub(super) fn client(message: &str, version: &str, kind: &str, document: &Document) -> Diagnostic {
    if message.contains("no matches for kind") {
        return unknown_kind(message, version, kind, document);
    }
    if message.starts_with("unable to decode") {
        let found = Diagnostic::new(Severity::Error, "schema/metadata", message);
        return match decode::metadata_problem(&document.root.to_value()) {
            Some(finding) => types::at_value(found, &finding.message, &finding.field, document),
            None => found.at(Some(super::heading(document))),
        };
    }
    if message.contains(" not set") || message.contains("isn't string type") || message.contains("GroupVersion string")
    {
        return not_set(message, version, document);
    }
    if message.contains("invalid object to validate") {
        return Diagnostic::new(Severity::Error, "manifest/no-object", message).at(Some(document.root.span)).explain(
            text! {
                en: "A manifest is a mapping with `apiVersion`, `kind` and `metadata`; several of them are separated by `---`.",
                ko: "매니페스트는 `apiVersion`, `kind`, `metadata`가 있는 매핑입니다. 여러 개는 `---`로 구분합니다.",
            },
        );
    }
    if message.contains("ValidationError(") {
        return list_item(message, kind, document);
    }
    let found = super::whole("kubectl/refused", message, document);
    if message.contains("resource name may not be empty") {
        let span = document.locate("metadata");
        return found.at_field("metadata.name").at(Some(span)).explain(text! {
            en: "`apply` finds the object by its name, so `metadata.name` must be there.",
            ko: "`apply`는 이름으로 오브젝트를 찾으므로 `metadata.name`이 있어야 합니다.",
        });
    }
    if message.contains("invalid resource name") {
        return found
            .at_field("metadata.name")
            .at(Some(document.locate("metadata.name")))
            .explain(text! {
                en: "The name becomes part of a URL, so it may hold neither `/` nor `%`.",
                ko: "이름은 URL의 일부가 되므로 `/`나 `%`를 쓸 수 없습니다.",
            });
    }
    found
}

fn value_span(document: &Document, key: &str) -> Span {
    document
        .root
        .get(key)
        .map_or_else(|| super::heading(document), |node| node.span)
}

/// The finding for a kind that nobody knows, with the one that was meant.
pub(super) fn unknown_kind(message: &str, version: &str, kind: &str, document: &Document) -> Diagnostic {
    let found = Diagnostic::new(Severity::Error, "kind/unknown", message);
    // Right kind, wrong version.
    if let Some(right) = schema::kinds().iter().find(|it| it.name == kind) {
        let (right, span) = (right.api_version(), value_span(document, "apiVersion"));
        let explain = match REMOVED.iter().find(|(of, old, _)| *of == kind && *old == version) {
            Some((_, _, since)) => text! {
                en: "This version was removed in Kubernetes {since}. {kind} is in `{right}` now; some fields changed too.",
                ko: "이 버전은 Kubernetes {since}에서 사라졌습니다. 이 kind는 이제 `{right}`에 있으며 바뀐 필드도 있습니다.",
            },
            None => text! {
                en: "{kind} belongs to `apiVersion: {right}`.",
                ko: "{kind}의 apiVersion은 `{right}`입니다.",
            },
        };
        return found.at_field("apiVersion").at(Some(span)).explain(explain).fix(
            text! { en: "Write `{right}`", ko: "`{right}` 버전으로 바꿉니다" },
            span,
            right,
        );
    }
    let span = value_span(document, "kind");
    let found = found.at_field("kind").at(Some(span));
    match closest(kind, schema::kinds().iter().map(|it| it.name)) {
        Some(name) => found
            .explain(text! {
                en: "There is no kind of this name. Did you mean `{name}`?",
                ko: "이런 이름의 kind는 없습니다. 혹시 `{name}` 아닌가요?",
            })
            .fix(
                text! { en: "Write `{name}`", ko: "`{name}` 값으로 바꿉니다" },
                span,
                name,
            ),
        None => found.explain(text! {
            en: "The cluster has no such kind. Kinds that others add (CRDs) are not part of Kubehop.",
            ko: "클러스터에 이런 kind가 없습니다. 다른 프로젝트가 추가하는 kind(CRD)는 Kubehop에 없습니다.",
        }),
    }
}

fn not_set(message: &str, version: &str, document: &Document) -> Diagnostic {
    let key = if version.is_empty() { "apiVersion" } else { "kind" };
    let found = Diagnostic::new(Severity::Error, "manifest/not-set", message).at_field(key);
    let explain = text! {
        en: "Every manifest says with `{key}` what it is; the spelling counts, upper and lower case too.",
        ko: "모든 매니페스트는 `{key}` 필드로 무엇인지 밝혀야 합니다. 철자와 대소문자를 정확히 써야 합니다.",
    };
    let NodeKind::Mapping(entries) = &document.root.kind else {
        return found.explain(explain);
    };
    let typo = entries
        .iter()
        .find(|entry| entry.key != key && closest(&entry.key, [key]).is_some());
    match typo {
        Some(entry) => found.at(Some(entry.key_span)).explain(explain).fix(
            text! { en: "Rename it to `{key}`", ko: "이름을 바꿉니다: `{key}`" },
            entry.key_span,
            key,
        ),
        None => {
            let start = document.root.span;
            let first = entries.first().map_or(start, |entry| entry.key_span);
            found.at(Some(first)).explain(explain)
        }
    }
}

/// `ValidationError(Service.spec.ports[0].port): …`: an item of a List.
fn list_item(message: &str, kind: &str, document: &Document) -> Diagnostic {
    let path = message
        .split_once("ValidationError(")
        .and_then(|(_, rest)| rest.split_once(')'))
        .map_or("", |(path, _)| path);
    let field = path.strip_prefix(kind).unwrap_or(path).trim_start_matches('.');
    Diagnostic::new(Severity::Error, "schema/list-item", message)
        .at_field(field)
        .at(Some(document.root.get("kind").map_or(document.root.span, |_| document.locate(field))))
        .explain(text! {
            en: "kubectl checks the items of a `List` by itself, before the server sees any of them; one mistake stops them all.",
            ko: "kubectl은 `List`의 항목을 서버에 보내기 전에 직접 검사합니다. 하나라도 틀리면 전부 적용되지 않습니다.",
        })
}

#[cfg(test)]
mod tests {
    use crate::api::explain::testing::examine;

    #[test]
    fn versions_and_kinds_are_mended() {
        let rest = "metadata:\n  name: web\n";
        let rows = [
            (
                "apiVersion: v1\nkind: Deployment\n",
                "apiVersion: apps/v1\nkind: Deployment\n",
                "kind/unknown",
            ),
            (
                "apiVersion: extensions/v1beta1\nkind: Ingress\n",
                "apiVersion: networking.k8s.io/v1\nkind: Ingress\n",
                "kind/unknown",
            ),
            (
                "apiVersion: v1\nkind: Servce\n",
                "apiVersion: v1\nkind: Service\n",
                "kind/unknown",
            ),
            (
                "apiVersion: v1\nkind: service\n",
                "apiVersion: v1\nkind: Service\n",
                "kind/unknown",
            ),
            (
                "apiversion: v1\nkind: Service\n",
                "apiVersion: v1\nkind: Service\n",
                "manifest/not-set",
            ),
        ];
        for (head, mended, code) in rows {
            let (found, edited) = examine(&format!("{head}{rest}"));
            assert_eq!(found[0].code, code);
            assert_eq!(edited, Some(format!("{mended}{rest}")), "{head}");
        }
    }

    #[test]
    fn removed_versions_are_named() {
        let (found, _) = examine("apiVersion: networking.k8s.io/v1beta1\nkind: Ingress\nmetadata:\n  name: i\n");
        assert!(
            found[0]
                .explain
                .as_ref()
                .is_some_and(|it| it.en.contains("removed in Kubernetes 1.22"))
        );
        let (found, _) = examine("- a\n- b\n");
        assert_eq!(found[0].code, "manifest/no-object");
    }
}
