//! Kinds and versions that the cluster does not have: what was meant, and since when it is gone.

use super::heading;
use super::similar::closest;
use crate::api::schema;
use crate::diag::{Diagnostic, Severity};
use crate::manifest::Document;
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

fn value_span(document: &Document, key: &str) -> Span {
    document
        .root
        .get(key)
        .map_or_else(|| heading(document), |node| node.span)
}

/// The finding for a kind that nobody knows, with the one that was meant.
pub(super) fn explain(message: String, version: &str, kind: &str, document: &Document) -> Diagnostic {
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
            text! { en: "Write `{right}`", ko: "`{right}` 버전으로 바꾸기" },
            span,
            right,
        );
    }
    let span = value_span(document, "kind");
    let found = found.at_field("kind").at(Some(span));
    match closest(kind, schema::kinds().iter().map(|it| it.name)) {
        Some(name) => found
            .explain(text! {
                en: "No kind has this name. Did you mean `{name}`?",
                ko: "이런 이름의 kind는 없습니다. 혹시 `{name}` 아닌가요?",
            })
            .fix(
                text! { en: "Write `{name}`", ko: "`{name}` 값으로 바꾸기" },
                span,
                name,
            ),
        None => found.explain(text! {
            en: "The cluster has no such kind. If a CustomResourceDefinition adds it, apply that first: `kubectl` gets the server's kinds before it sends anything.",
            ko: "클러스터에 이런 kind가 없습니다. CustomResourceDefinition이 추가하는 kind라면 그것을 먼저 적용하세요. `kubectl`은 보내기 전에 서버의 kind 목록을 먼저 확인합니다.",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::examine;

    #[test]
    fn versions_and_kinds_are_mended() {
        let rest = "metadata:\n  name: web\n";
        let rows = [
            (
                "apiVersion: v1\nkind: Deployment\n",
                "apiVersion: apps/v1\nkind: Deployment\n",
            ),
            (
                "apiVersion: extensions/v1beta1\nkind: Ingress\n",
                "apiVersion: networking.k8s.io/v1\nkind: Ingress\n",
            ),
            ("apiVersion: v1\nkind: Servce\n", "apiVersion: v1\nkind: Service\n"),
            ("apiVersion: v1\nkind: service\n", "apiVersion: v1\nkind: Service\n"),
        ];
        for (head, mended) in rows {
            let (found, edited) = examine(&format!("{head}{rest}"));
            assert_eq!(found[0].code, "kind/unknown");
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
    }
}
