//! Ingresses and IngressClasses: hosts, paths, backends, classes.

use super::general::REQUIRED;
use super::similar::closest;
use super::Place;
use crate::diag::Diagnostic;
use crate::manifest::NodeKind;
use crate::text::text;

codes! {
    /// Rules of Ingresses and IngressClasses.
    pub enum IngressCode {
        /// Neither rules nor a default backend.
        Empty: Invalid "either `defaultBackend` or `rules` must be specified" => "ingress/empty" {
            en: "Without rules and without a default backend an Ingress does nothing.",
            ko: "규칙도 기본 백엔드도 없는 Ingress는 아무 일도 하지 않습니다.",
        },
        /// A host that is an address.
        HostIsAddress: Invalid "must be a DNS name, not an IP address" => "name/host" {
            en: "A rule's host is compared with the Host header, which contains a name. Leave it out to match any host.",
            ko: "규칙의 호스트는 Host 헤더의 이름과 비교됩니다. 모든 호스트를 받으려면 생략하세요.",
        },
        /// A host without paths.
        NoPaths: Required "" => "ingress/paths" {
            en: "`http` holds at least one path; for everything under a host write `path: /` with `pathType: Prefix`.",
            ko: "`http`에는 경로가 하나 이상 있어야 합니다. 호스트 전체라면 `path: /`, `pathType: Prefix`로 쓰세요.",
        },
        /// A path without a type.
        NoPathType: Required "pathType must be specified" => "ingress/path-type" {
            en: "There is no default: `Prefix` matches whole path elements, `Exact` only the path itself, `ImplementationSpecific` leaves it to the controller.",
            ko: "기본값이 없습니다. `Prefix`는 경로 요소 단위로, `Exact`는 정확히 그 경로만 일치하고, `ImplementationSpecific`은 컨트롤러에 맡깁니다.",
        },
        /// A path that does not begin with `/`.
        PathNotAbsolute: Invalid "must be an absolute path" => "ingress/path" {
            en: "Paths begin with `/`, as they do in a request.",
            ko: "경로는 요청에서처럼 `/`로 시작해야 합니다.",
        },
        /// A path with something in it that no request has.
        PathPart {
            /// What.
            part: &'static str
        }: Invalid "must not contain '{part}'" => "ingress/path" {
            en: "Paths are compared after they were cleaned up; a path with this part could never match.",
            ko: "경로는 정리된 뒤에 비교되므로 이런 부분이 있는 경로는 절대 일치할 수 없습니다.",
        },
        /// A path with an end that no request has.
        PathEnd {
            /// Which.
            end: &'static str
        }: Invalid "cannot end with '{end}'" => "ingress/path" {
            en: "Paths are compared after they were cleaned up; a path with this end could never match.",
            ko: "경로는 정리된 뒤에 비교되므로 이렇게 끝나는 경로는 절대 일치할 수 없습니다.",
        },
        /// A route to nowhere.
        NoBackend: Invalid "resource or service backend is required" => "ingress/backend" {
            en: "A route leads somewhere: `service: {name: …, port: {number: …}}`.",
            ko: "경로에는 목적지가 필요합니다. `service: {name: …, port: {number: …}}`처럼 쓰세요.",
        },
        /// A route to two places.
        TwoBackends: Invalid "cannot set both resource and service backends" => "ingress/backend" {
            en: "A route has a Service or another resource as its target, not both.",
            ko: "경로의 목적지는 Service나 다른 리소스 중 하나입니다.",
        },
        /// A Service without a port.
        NoBackendPort: Required "port name or number is required" => "ingress/backend-port" {
            en: "The Service's port must be named: `port: {number: 80}` or `port: {name: http}`.",
            ko: "Service의 포트를 지정해야 합니다. `port: {number: 80}` 또는 `port: {name: http}`처럼 쓰세요.",
        },
        /// A Service's port named twice.
        TwoBackendPorts: Invalid "cannot set both port name & port number" => "ingress/backend-port" {
            en: "One of them is enough: the port's name or its number.",
            ko: "포트 이름과 번호 중 하나만 쓰세요.",
        },
        /// The annotation names another class than the field.
        ClassDiffers: Invalid "must match `ingressClassName` when both are specified" => "ingress/class" {
            en: "Annotation and field name two different classes; keep the field.",
            ko: "어노테이션과 필드가 서로 다른 클래스를 가리킵니다. 필드만 남기세요.",
        },
        /// A controller without a domain or without a path.
        Controller: Invalid "must be a domain-prefixed path (such as \"acme.io/foo\")" => "ingress/controller" {
            en: "Controllers are told apart by a domain and a path: `k8s.io/ingress-nginx`.",
            ko: "컨트롤러는 도메인과 경로로 구분합니다(`k8s.io/ingress-nginx`).",
        },
        /// A controller whose path has letters that it may not have.
        ControllerPath: Invalid "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
        /// Parameters in a namespace that is not named.
        NoNamespace: Required "`parameters.scope` is set to 'Namespace'" => "field/required" { ..REQUIRED },
        /// Parameters of the cluster in a namespace.
        NamespaceOfCluster: Forbidden "`parameters.scope` is set to 'Cluster'",
    }
}

impl IngressCode {
    pub(super) fn hint(&self, place: &Place<'_>, found: Diagnostic) -> Diagnostic {
        let node = place.node();
        match self {
            Self::PathNotAbsolute => match node.as_str() {
                Some(path) if !path.is_empty() => found.fix(
                    text! { en: "Write `/{path}`", ko: "`/{path}` 경로로 바꾸기" },
                    node.span,
                    format!("/{path}"),
                ),
                _ => found,
            },
            Self::NoPathType => {
                let typo = match &node.kind {
                    NodeKind::Mapping(entries) => {
                        entries.iter().find(|entry| closest(&entry.key, ["pathType"]).is_some())
                    }
                    _ => None,
                };
                match typo {
                    Some(entry) => found.fix(
                        text! { en: "Rename it to `pathType`", ko: "이름을 바꿉니다: `pathType`" },
                        entry.key_span,
                        "pathType",
                    ),
                    None => found.hint(text! {
                        en: "Add `pathType: Prefix`",
                        ko: "`pathType: Prefix`를 추가하기",
                    }),
                }
            }
            _ => found,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::examine;

    #[test]
    fn ingress_paths_are_mended() {
        let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\nspec:\n  rules:\n  - http:\n      paths:\n      - path: app\n        pathType: Prefix\n        backend: {service: {name: web, port: {number: 80}}}\n";
        let (found, edited) = examine(text);
        assert_eq!(found[0].code, "ingress/path");
        assert!(edited.is_some_and(|it| it.contains("path: /app\n")));
    }

    #[test]
    fn every_rule_of_an_ingress_is_explained() {
        let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\nspec:\n  tls:\n  - hosts: [\"*\"]\n  rules:\n  - host: 10.0.0.1\n    http:\n      paths:\n      - path: app//x\n        pathType: Prefix\n        backend:\n          service: {name: Web_1, port: {}}\n      - path: /\n        backend: {}\n";
        let (found, _) = examine(text);
        assert_eq!(found.len(), 7, "{found:#?}");
        for finding in found {
            assert!(finding.explain.is_some(), "{}", finding.message);
        }
    }
}
