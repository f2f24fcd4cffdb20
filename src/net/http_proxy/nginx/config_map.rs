//! The controller's ConfigMap: what in it has no effect here, key by key.
//!
//! The sibling of [`unsimulated`](super::unsimulated), which reads annotations. Not here: what the settings do,
//! which stands where they are asked for.

use crate::api::types::core::ConfigMap;
use crate::net::note::{Effect, Note};
use crate::text::text;

/// Keys of the controller's ConfigMap that are simulated.
const SIMULATED: &[&str] = &[
    "add-headers",
    "allow-cross-namespace-resources",
    "allow-snippet-annotations",
    "allowlist-source-range",
    "annotation-value-word-blocklist",
    "annotations-risk-level",
    "block-cidrs",
    "block-referers",
    "block-user-agents",
    "compute-full-forwarded-for",
    "custom-http-errors",
    "denylist-source-range",
    "enable-real-ip",
    "enable-underscores-in-headers",
    "force-ssl-redirect",
    "forwarded-for-header",
    "global-allowed-response-headers",
    "hsts",
    "hsts-include-subdomains",
    "hsts-max-age",
    "hsts-preload",
    "http-redirect-code",
    "limit-req-status-code",
    "load-balance",
    "no-tls-redirect-locations",
    "preserve-trailing-slash",
    "proxy-set-headers",
    "relative-redirects",
    "service-upstream",
    "ssl-redirect",
    "strict-validate-path-type",
    "upstream-hash-by",
    "use-forwarded-headers",
    "whitelist-source-range",
];

/// Beginnings of keys that set times, sizes, logs, and what TLS is made of.
const HARMLESS: &[&str] = &[
    "access-log",
    "brotli",
    "client-",
    "disable-access-log",
    "disable-ipv6",
    "enable-access-log",
    "enable-brotli",
    "enable-multi-accept",
    "enable-opentelemetry",
    "error-log",
    "gzip",
    "http2-",
    "keep-alive",
    "large-client",
    "log-format",
    "map-hash",
    "max-worker",
    "opentelemetry",
    "proxy-body",
    "proxy-buffer",
    "proxy-connect-timeout",
    "proxy-headers-hash",
    "proxy-max-temp",
    "proxy-read-timeout",
    "proxy-request-buffering",
    "proxy-send-timeout",
    "reuse-port",
    "server-name-hash",
    "server-tokens",
    "skip-access-log",
    "ssl-buffer",
    "ssl-ciphers",
    "ssl-dh",
    "ssl-early",
    "ssl-ecdh",
    "ssl-protocols",
    "ssl-session",
    "upstream-keepalive",
    "use-gzip",
    "use-http2",
    "variables-hash",
    "worker-",
];

/// What in the controller's ConfigMap has no effect here.
#[must_use]
pub fn of_config_map(map: &ConfigMap) -> Vec<Note> {
    map.data.keys().filter_map(|key| of_key(key)).collect()
}

fn of_key(key: &str) -> Option<Note> {
    if SIMULATED.contains(&key) {
        return None;
    }
    let (effect, text) = if HARMLESS.iter().any(|start| key.starts_with(start)) {
        (
            Effect::Harmless,
            text! {
                en: "{key} sets times, sizes, logs or ciphers of NGINX; it changes no route and no answer here.",
                ko: "{key}는 NGINX의 시간, 크기, 로그, 암호 설정이라 여기서는 경로와 응답이 달라지지 않습니다.",
            },
        )
    } else if key.contains("proxy-protocol") || key == "proxy-real-ip-cidr" {
        (
            Effect::Missing,
            text! {
                en: "Not simulated: {key}. The controller would read the client's address from the PROXY protocol; here it \
                     takes the address of the connection.",
                ko: "시뮬레이션하지 않습니다: {key}. 실제 컨트롤러는 PROXY protocol에서 클라이언트 주소를 읽지만 여기서는 연결의 주소를 씁니다.",
            },
        )
    } else if key.ends_with("-snippet") {
        (
            Effect::Missing,
            text! {
                en: "Not simulated: {key} adds NGINX configuration of your own.",
                ko: "시뮬레이션하지 않습니다: {key}는 직접 쓴 NGINX 설정을 끼워 넣습니다.",
            },
        )
    } else {
        (
            Effect::Missing,
            text! {
                en: "{key} is not a setting of ingress-nginx that Kubehop simulates, so it has no effect here.",
                ko: "{key}는 시뮬레이션하는 ingress-nginx 설정이 아니어서 여기서는 효과가 없습니다.",
            },
        )
    };
    Some(Note {
        field: format!("data[{key}]"),
        effect,
        text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_and_disjoint() {
        assert!(SIMULATED.is_sorted() && HARMLESS.is_sorted());
        assert!(
            !SIMULATED
                .iter()
                .any(|it| HARMLESS.iter().any(|start| it.starts_with(start)))
        );
    }
}
