//! Annotations of ingress-nginx that change nothing here: those that are not simulated, and those that could not
//! change a route.
//!
//! Not here: what [`annotations`](super::annotations) reads, and what clouds read (`net::unsimulated`).

use super::pattern::compile;
use crate::api::types::networking::Ingress;
use crate::cluster::ingress_controllers::nginx::PREFIX;
use crate::go::is_true;
use crate::net::note::{Effect, Note, annotation};
use crate::text::{Localized, LocalizedText, text};

/// Annotations of ingress-nginx that are simulated, without their prefix.
const SIMULATED: &[&str] = &[
    "affinity",
    "affinity-canary-behavior",
    "affinity-mode",
    "allowlist-source-range",
    "app-root",
    "auth-realm",
    "auth-secret",
    "auth-secret-type",
    "auth-type",
    "backend-protocol",
    "canary",
    "canary-by-cookie",
    "canary-by-header",
    "canary-by-header-pattern",
    "canary-by-header-value",
    "canary-weight",
    "canary-weight-total",
    "cors-allow-credentials",
    "cors-allow-headers",
    "cors-allow-methods",
    "cors-allow-origin",
    "cors-expose-headers",
    "cors-max-age",
    "custom-headers",
    "custom-http-errors",
    "default-backend",
    "denylist-source-range",
    "disable-proxy-intercept-errors",
    "enable-cors",
    "force-ssl-redirect",
    "from-to-www-redirect",
    "limit-allowlist",
    "limit-burst-multiplier",
    "limit-rpm",
    "limit-rps",
    "limit-whitelist",
    "load-balance",
    "permanent-redirect",
    "permanent-redirect-code",
    "preserve-trailing-slash",
    "relative-redirects",
    "rewrite-target",
    "server-alias",
    "service-upstream",
    "session-cookie-change-on-failure",
    "session-cookie-domain",
    "session-cookie-expires",
    "session-cookie-max-age",
    "session-cookie-name",
    "session-cookie-path",
    "session-cookie-samesite",
    "session-cookie-secure",
    "ssl-redirect",
    "temporal-redirect",
    "temporal-redirect-code",
    "upstream-hash-by",
    "upstream-hash-by-subset",
    "upstream-hash-by-subset-size",
    "upstream-vhost",
    "use-regex",
    "whitelist-source-range",
    "x-forwarded-prefix",
];

/// Annotations whose effect cannot be seen in a route or an answer.
const HARMLESS: &[&str] = &[
    "client-body-buffer-size",
    "client-header-buffer-size",
    "connection-proxy-header",
    "enable-access-log",
    "enable-opentelemetry",
    "enable-opentracing",
    "enable-rewrite-log",
    "http2-push-preload",
    "large-client-header-buffers",
    "opentelemetry-operation-name",
    "opentelemetry-trust-incoming-span",
    "opentracing-trust-incoming-span",
    "proxy-body-size",
    "proxy-buffer-size",
    "proxy-buffering",
    "proxy-buffers-number",
    "proxy-busy-buffers-size",
    "proxy-connect-timeout",
    "proxy-http-version",
    "proxy-max-temp-file-size",
    "proxy-read-timeout",
    "proxy-request-buffering",
    "proxy-send-timeout",
    "ssl-ciphers",
    "ssl-prefer-server-ciphers",
];

/// What of an Ingress has no effect in ingress-nginx as it is simulated: annotations, and patterns that cannot be read.
#[must_use]
pub fn of_ingress(ingress: &Ingress) -> Vec<Note> {
    let mut notes = Vec::new();
    for (key, value) in &ingress.metadata.annotations {
        if let Some(name) = key.strip_prefix(PREFIX) {
            notes.extend(of_annotation(key, name, value));
        }
    }
    notes.extend(patterns(ingress));
    notes
}

/// Regular expressions that cannot be read: NGINX knows more of them (PCRE) than are simulated.
fn patterns(ingress: &Ingress) -> Vec<Note> {
    let annotations = &ingress.metadata.annotations;
    let text = |name: &str| annotations.get(&format!("{PREFIX}{name}")).map(|it| it.trim());
    let note = |field: String| Note {
        field,
        effect: Effect::Missing,
        text: text! {
            en: "Kubehop cannot read this regular expression (PCRE's look-around and back references are not \
            simulated), so it never matches here.",
            ko: "Kubehop이 읽을 수 없는 정규식(PCRE의 lookaround와 역참조는 시뮬레이션하지 않습니다)이라 여기서는 맞지 않습니다.",
        },
    };
    let mut notes = Vec::new();
    if let Some(pattern) = text("canary-by-header-pattern").filter(|it| !it.is_empty())
        && compile(pattern).is_none()
    {
        notes.push(note(annotation(&format!("{PREFIX}canary-by-header-pattern"))));
    }
    if text("use-regex").is_some_and(is_true) || text("rewrite-target").is_some_and(|it| !it.is_empty()) {
        for (rule_idx, rule) in ingress.spec.rules.iter().enumerate() {
            for (path_idx, path) in rule.http.iter().flat_map(|http| &http.paths).enumerate() {
                if compile(&format!("^{}", path.path)).is_none() {
                    notes.push(note(format!("spec.rules[{rule_idx}].http.paths[{path_idx}].path")));
                }
            }
        }
    }
    notes
}

fn of_annotation(key: &str, name: &str, value: &str) -> Option<Note> {
    let digest = name == "auth-type" && value.trim() == "digest";
    let grpc = name == "backend-protocol" && !matches!(value.to_ascii_uppercase().trim(), "HTTP" | "HTTPS");
    if SIMULATED.contains(&name) && !digest && !grpc {
        return None;
    }
    let note = |effect, text: LocalizedText| {
        Some(Note {
            field: annotation(key),
            effect,
            text,
        })
    };
    if HARMLESS.contains(&name) {
        return note(
            Effect::Harmless,
            text! {
                en: "{name} sets times, sizes or logs of NGINX; it changes no route and no answer here.",
                ko: "{name}은 NGINX의 시간, 크기, 로그 설정이라 여기서는 경로와 응답이 달라지지 않습니다.",
            },
        );
    }
    let what = if digest {
        Localized {
            en: "checks passwords by digest authentication",
            ko: "digest 인증으로 비밀번호를 확인합니다",
        }
    } else if grpc {
        Localized {
            en: "uses another protocol to the Pods",
            ko: "Pod와 다른 프로토콜로 통신합니다",
        }
    } else if let Some(what) = what_it_does(name) {
        what
    } else {
        return note(
            Effect::Missing,
            text! {
                en: "{name} is not an annotation of ingress-nginx that Kubehop simulates, so it has no effect here.",
                ko: "`{name}` 어노테이션은 Kubehop이 시뮬레이션하지 않아 여기서는 효과가 없습니다.",
            },
        );
    };
    note(
        Effect::Missing,
        text! {
            with what;
            en: "Not simulated: {name} {what}.",
            ko: "시뮬레이션하지 않습니다: {name}은 {what}.",
        },
    )
}

/// What an annotation does that is not simulated; `None` for one that ingress-nginx does not know.
fn what_it_does(name: &str) -> Option<Localized<&'static str>> {
    Some(match name {
        _ if name.ends_with("-snippet") => Localized {
            en: "adds NGINX configuration of your own",
            ko: "직접 쓴 NGINX 설정을 끼워 넣습니다",
        },
        _ if name.starts_with("auth-tls-") => Localized {
            en: "requires a certificate from clients",
            ko: "클라이언트 인증서를 요구합니다",
        },
        "auth-url"
        | "auth-signin"
        | "auth-method"
        | "auth-response-headers"
        | "auth-cache-key"
        | "auth-proxy-set-headers"
        | "auth-signin-redirect-param"
        | "auth-request-redirect"
        | "auth-always-set-cookie"
        | "enable-global-auth" => Localized {
            en: "lets another server decide whether a request is allowed",
            ko: "요청을 허용할지 다른 서버가 정합니다",
        },
        "mirror-target" | "mirror-host" | "mirror-request-body" => Localized {
            en: "sends a copy of each request elsewhere",
            ko: "요청의 사본을 다른 곳에도 보냅니다",
        },
        "ssl-passthrough" => Localized {
            en: "hands TLS to the pod unopened",
            ko: "TLS를 풀지 않고 Pod에 그대로 전달합니다",
        },
        "limit-connections" => Localized {
            en: "limits simultaneous connections; requests here come one after the other",
            ko: "동시 연결 수를 제한합니다. 여기서는 요청이 하나씩 옵니다",
        },
        "limit-rate" | "limit-rate-after" => Localized {
            en: "limits the bandwidth of answers",
            ko: "응답의 대역폭을 제한합니다",
        },
        "proxy-next-upstream" | "proxy-next-upstream-tries" | "proxy-next-upstream-timeout" => Localized {
            en: "decides when another pod is tried; here it is on errors and silence, three times",
            ko: "언제 다른 Pod를 시도할지 정합니다. 여기서는 오류와 무응답에 세 번까지 시도합니다",
        },
        "proxy-cookie-domain" | "proxy-cookie-path" | "proxy-redirect-from" | "proxy-redirect-to" => Localized {
            en: "rewrites cookies or redirects of the pods; pods here send none",
            ko: "Pod의 쿠키나 redirect를 고쳐 씁니다. 여기의 Pod는 보내지 않습니다",
        },
        "proxy-ssl-secret"
        | "proxy-ssl-verify"
        | "proxy-ssl-name"
        | "proxy-ssl-server-name"
        | "proxy-ssl-ciphers"
        | "proxy-ssl-protocols"
        | "proxy-ssl-verify-depth" => Localized {
            en: "decides how the controller trusts the pods' TLS",
            ko: "컨트롤러가 Pod의 TLS를 어떻게 믿을지 정합니다",
        },
        "satisfy" => Localized {
            en: "makes one of several access rules enough",
            ko: "여러 접근 규칙 가운데 하나만 맞아도 되게 합니다",
        },
        _ if name.contains("modsecurity") || name.contains("owasp") => Localized {
            en: "inspects requests with ModSecurity",
            ko: "ModSecurity로 요청을 검사합니다",
        },
        _ if name.starts_with("global-rate-limit") => Localized {
            en: "limits requests over all controllers",
            ko: "모든 컨트롤러에 걸쳐 요청 수를 제한합니다",
        },
        "session-cookie-conditional-samesite-none" => Localized {
            en: "leaves SameSite=None out for old browsers",
            ko: "오래된 브라우저에는 SameSite=None을 빼고 보냅니다",
        },
        "stream" | "fastcgi-index" | "fastcgi-params-configmap" => Localized {
            en: "concerns FastCGI or streams",
            ko: "FastCGI나 stream에 관한 것입니다",
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_cannot_be_read_are_named() {
        let mut ingress = Ingress::default();
        let regex = ("nginx.ingress.kubernetes.io/use-regex".to_owned(), "true".to_owned());
        ingress.metadata.annotations.extend([regex]);
        let path = |path: &str| crate::api::types::networking::HttpIngressPath {
            path: path.to_owned(),
            ..Default::default()
        };
        ingress.spec.rules.push(crate::api::types::networking::IngressRule {
            host: String::new(),
            http: Some(crate::api::types::networking::HttpIngressRuleValue {
                paths: vec![path("/a(/|$)(.*)"), path("/(?!b).*"), path("/[")],
            }),
        });
        let fields: Vec<String> = of_ingress(&ingress).into_iter().map(|it| it.field).collect();
        assert_eq!(
            fields,
            ["spec.rules[0].http.paths[1].path", "spec.rules[0].http.paths[2].path"]
        );
    }

    #[test]
    fn the_lists_are_sorted_and_disjoint() {
        assert!(SIMULATED.is_sorted() && HARMLESS.is_sorted());
        assert!(!SIMULATED.iter().any(|it| HARMLESS.contains(it)));
    }
}
