//! ingress-nginx's own reasons, in words, and the choices that they tell of.
//!
//! Reasons that hold for any proxy stand in [`http_proxy::why`](crate::net::http_proxy::why).

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::nginx_config::DefaultReason;
use crate::text::{Localized, LocalizedText, text};

/// Why a request went to a canary, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CanaryReason {
    /// A cookie binds the client already.
    Bound,
    /// The header decided.
    Header,
    /// The cookie decided.
    Cookie,
    /// Chance decided.
    Weight,
}

/// How a pod was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The only one there is.
    Only,
    /// One after the other.
    RoundRobin,
    /// By a hash.
    Hash,
    /// By load.
    Load,
    /// The cookie said so.
    Cookie,
    /// Chosen anew, and a cookie given.
    NewCookie,
}

/// What is missing behind a rule whose Service nobody can be reached at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MissingBackend {
    /// It is not there.
    Service,
    /// It has no such port (as the rule names it).
    Port(Arc<str>),
    /// Nothing stands behind it, or it leads nowhere.
    Pods,
    /// So many endpoints, none of them ready on the port.
    Ready(usize),
}

/// Why ingress-nginx did what it did.
#[derive(Clone, Debug, PartialEq)]
pub enum NginxWhy {
    /// A rule took the request.
    Routed {
        /// Host of the server.
        host: Arc<str>,
        /// Path of the rule.
        rule: Arc<str>,
        /// Whether the host's paths are regular expressions.
        regex: bool,
        /// Whether the rule is `Exact`.
        exact: bool,
        /// `namespace/name` of the Service.
        service: Arc<str>,
        /// How the canary beside the rule was decided; `None` where there is none.
        canary: Option<CanaryReason>,
        /// Whether a default backend took it, not a path.
        is_default: bool,
    },
    /// A pod was chosen.
    Picks {
        /// Its address.
        to: SocketAddr,
        /// How it was chosen.
        how: Choice,
    },
    /// `service-upstream`: the Service's address is dialled.
    DialsService {
        /// The address.
        to: SocketAddr,
    },
    /// TLS ends here, with a certificate of the controller's own.
    DefaultCertificate {
        /// Why no Secret's.
        reason: DefaultReason,
    },
    /// The name of the TLS greeting has no host rule; nothing else is known.
    NoHost {
        /// The host.
        host: Arc<str>,
    },
    /// The host has rules, but none for the path.
    NoPath {
        /// The host.
        host: Arc<str>,
        /// The path.
        path: Arc<str>,
    },
    /// NGINX cannot read the request.
    BadRequest,
    /// `from-to-www-redirect`.
    Www {
        /// The host with rules.
        to: Arc<str>,
    },
    /// `app-root`.
    AppRoot {
        /// URL that the client is sent to.
        to: Arc<str>,
    },
    /// NGINX completes `/p` to `/p/`.
    AppendSlash {
        /// Path of the rule.
        path: Arc<str>,
    },
    /// `permanent-redirect` or `temporal-redirect`.
    Redirect {
        /// URL that the client is sent to.
        to: Arc<str>,
    },
    /// The host has a certificate, so plain HTTP is sent to HTTPS.
    Https,
    /// CORS preflight.
    Preflight,
    /// The location is closed because something it needs is missing.
    Denied {
        /// What is missing, in the controller's words.
        reason: Arc<str>,
    },
    /// Nobody is ready behind the rule.
    NoEndpoints {
        /// `namespace/name` of the Service.
        service: Arc<str>,
        /// What is missing.
        missing: MissingBackend,
    },
    /// The client's address is not allowed.
    Forbidden {
        /// The address.
        client: IpAddr,
    },
    /// `block-user-agents` and the like.
    Blocked {
        /// The setting.
        what: &'static str,
    },
    /// `default-backend` names a Service that is only a name, which nobody looks up.
    NameNotLookedUp {
        /// The name.
        name: Arc<str>,
    },
    /// Basic authentication failed.
    Unauthorized {
        /// The hash is of a kind that is not simulated.
        unknown_hash: bool,
        /// Whether credentials were sent.
        sent: bool,
    },
    /// Too many requests of this client.
    Limited {
        /// The client.
        client: IpAddr,
        /// Requests that are allowed in a minute or second.
        allowed: u64,
        /// Whether they are counted in a minute rather than a second.
        minute: bool,
    },
}

impl NginxWhy {
    /// The sentence.
    #[must_use]
    pub fn say(&self) -> LocalizedText {
        match self {
            Self::Routed {
                host,
                rule,
                regex,
                exact,
                service,
                canary,
                is_default,
            } => routed(host, rule, (*regex, *exact), service, *canary, *is_default),
            Self::Picks { to, how } => picks(*to, *how),
            Self::DialsService { to } => text! {
                en: "service-upstream is set, so the controller connects to the Service's {to} and kube-proxy chooses the Pod.",
                ko: "service-upstream 설정에 따라 Service의 {to} 주소로 보내고, Pod는 kube-proxy가 고릅니다.",
            },
            Self::DefaultCertificate { reason } => default_certificate(*reason),
            Self::NoHost { host } => text! {
                en: "No Ingress rule names {host}, so the controller answers 404 itself.",
                ko: "{host} 호스트의 Ingress 규칙이 없어 컨트롤러가 직접 404로 응답합니다.",
            },
            Self::NoPath { host, path } => text! {
                en: "{host} has rules, but none takes {path}; nothing else is tried: 404.",
                ko: "{host} 호스트에 {path} 경로에 맞는 규칙이 없어 컨트롤러가 404로 응답합니다.",
            },
            Self::BadRequest => text! {
                en: "NGINX cannot read the host or the path of this request: 400.",
                ko: "NGINX가 요청의 호스트나 경로를 읽을 수 없어 400으로 응답합니다.",
            },
            Self::Www { to } => text! {
                en: "from-to-www-redirect sends this name to {to}.",
                ko: "from-to-www-redirect 설정에 따라 {to} 호스트로 돌려보냅니다.",
            },
            Self::AppRoot { to } => text! {
                en: "app-root sends the root path to {to}.",
                ko: "app-root 설정에 따라 루트 경로를 {to} 위치로 돌려보냅니다.",
            },
            Self::AppendSlash { path } => text! {
                en: "The rule is {path}; NGINX completes the missing slash by a redirect instead of matching.",
                ko: "규칙의 경로가 {path}이므로 NGINX는 바로 받지 않고 빠진 슬래시를 붙여 돌려보냅니다.",
            },
            Self::Redirect { to } => text! {
                en: "An annotation sends every path of this rule to {to}.",
                ko: "어노테이션에 따라 이 규칙의 모든 경로를 {to} 위치로 돌려보냅니다.",
            },
            Self::Https => text! {
                en: "The host has a certificate or forces HTTPS, so plain HTTP is redirected.",
                ko: "이 호스트에는 인증서가 있거나 HTTPS가 강제되어 있어 평문 HTTP를 돌려보냅니다.",
            },
            Self::Preflight => text! {
                en: "CORS is on: the controller answers the browser's preflight itself, 204.",
                ko: "CORS가 켜져 있어 브라우저의 preflight에 컨트롤러가 직접 204로 응답합니다.",
            },
            Self::Denied { reason } => text! {
                en: "The controller closes this location with 503: {reason}.",
                ko: "컨트롤러가 이 경로를 503으로 닫았습니다: {reason}",
            },
            Self::NameNotLookedUp { name } => text! {
                en: "default-backend names an ExternalName Service. The controller never looks its name {name} up, so the request has no target and times out: 504.",
                ko: "default-backend 어노테이션이 ExternalName Service를 가리킵니다. 컨트롤러는 그 이름 {name}의 주소를 조회하지 않으므로 요청이 아무에게도 닿지 못하고 시간 초과됩니다: 504.",
            },
            Self::NoEndpoints { service, missing } => match missing {
                MissingBackend::Service => text! {
                    en: "Service {service} does not exist, so the controller answers 503 itself.",
                    ko: "{service} Service가 없어 컨트롤러가 직접 503으로 응답합니다.",
                },
                MissingBackend::Port(port) => text! {
                    en: "Service {service} has no port {port}, so the controller answers 503 itself.",
                    ko: "{service} Service에 {port} 포트가 없어 컨트롤러가 직접 503으로 응답합니다.",
                },
                MissingBackend::Pods => text! {
                    en: "Service {service} has no endpoints, so the controller answers 503 itself.",
                    ko: "{service} Service에 엔드포인트가 없어 컨트롤러가 직접 503으로 응답합니다.",
                },
                MissingBackend::Ready(count) => text! {
                    en: "No endpoint of Service {service} is ready on that port (0 of {count}), so the controller answers 503.",
                    ko: "{service} Service의 엔드포인트 {count}개 중 그 포트에 Ready인 것이 없어 503으로 응답합니다.",
                },
            },
            Self::Forbidden { client } => text! {
                en: "The controller sees the client as {client}, which the source ranges refuse: 403.",
                ko: "클라이언트 주소가 허용 범위 밖이어서({client}) 403으로 응답합니다.",
            },
            Self::Blocked { what } => text! {
                en: "The controller's setting {what} blocks this request: 403.",
                ko: "컨트롤러의 {what} 설정이 이 요청을 막아 403으로 응답합니다.",
            },
            Self::Unauthorized { unknown_hash: true, .. } => text! {
                en: "The password hash is of a kind that is not simulated (bcrypt, crypt), so it cannot be checked: 401.",
                ko: "비밀번호 해시가 시뮬레이션하지 않는 종류(bcrypt, crypt)라 확인할 수 없어 401로 응답합니다.",
            },
            Self::Unauthorized { sent: true, .. } => text! {
                en: "Basic auth: user or password is wrong, 401.",
                ko: "Basic 인증의 사용자나 비밀번호가 달라 401로 응답합니다.",
            },
            Self::Unauthorized { .. } => text! {
                en: "Basic auth is on and no credentials were sent: 401.",
                ko: "Basic 인증이 켜져 있는데 자격 증명이 없어 401로 응답합니다.",
            },
            Self::Limited {
                client,
                allowed,
                minute,
            } => {
                let per = if *minute {
                    Localized {
                        en: "minute", ko: "분"
                    }
                } else {
                    Localized {
                        en: "second", ko: "초"
                    }
                };
                text! {
                    with per;
                    en: "{client} asked more than {allowed} times a {per} and used up its burst: 503.",
                    ko: "{client} 주소가 {per}당 {allowed}번과 burst를 모두 써서 503으로 응답합니다.",
                }
            }
        }
    }
}

fn routed(
    host: &str,
    rule: &str,
    (regex, exact): (bool, bool),
    service: &str,
    canary: Option<CanaryReason>,
    is_default: bool,
) -> LocalizedText {
    let why = match canary {
        None => Localized { en: "", ko: "" },
        Some(CanaryReason::Bound) => Localized {
            en: " (bound by its cookie)",
            ko: " (쿠키에 묶인 상태)",
        },
        Some(CanaryReason::Header) => Localized {
            en: " (canary: by header)",
            ko: " (canary: 헤더로 결정)",
        },
        Some(CanaryReason::Cookie) => Localized {
            en: " (canary: by cookie)",
            ko: " (canary: 쿠키로 결정)",
        },
        Some(CanaryReason::Weight) => Localized {
            en: " (canary: by weight)",
            ko: " (canary: 비율로 결정)",
        },
    };
    if is_default {
        return text! {
            with why;
            en: "No rule takes this request, so the default backend {service} does{why}.",
            ko: "맞는 규칙이 없어 기본 백엔드인 {service} Service가 받습니다{why}.",
        };
    }
    let kind = match (regex, exact) {
        (true, _) => Localized {
            en: "as a regular expression",
            ko: "정규식으로",
        },
        (false, true) => Localized {
            en: "exactly",
            ko: "정확히",
        },
        (false, false) => Localized {
            en: "as the longest prefix",
            ko: "가장 긴 prefix로",
        },
    };
    let host = if host == super::nginx_config::CATCH_ALL {
        "*"
    } else {
        host
    };
    text! {
        with kind, why;
        en: "Rule {host} {rule} matches {kind} and names Service {service}{why}.",
        ko: "{host} {rule} 규칙이 {kind} 맞아 {service} Service로 보냅니다{why}.",
    }
}

fn picks(to: SocketAddr, how: Choice) -> LocalizedText {
    let pod = match how {
        Choice::Only => Localized {
            en: "the only ready Pod",
            ko: "하나뿐인 Ready Pod",
        },
        Choice::RoundRobin => Localized {
            en: "the next Pod in turn",
            ko: "차례가 된 Pod",
        },
        Choice::Hash => Localized {
            en: "the Pod of its hash",
            ko: "해시로 정해진 Pod",
        },
        Choice::Load => Localized {
            en: "a Pod with little load",
            ko: "부하가 적은 Pod",
        },
        Choice::Cookie => Localized {
            en: "the Pod of its cookie",
            ko: "쿠키로 정해진 Pod",
        },
        Choice::NewCookie => Localized {
            en: "a new choice, kept by a cookie",
            ko: "새로 고른 뒤 쿠키로 유지할 Pod",
        },
    };
    text! {
        with pod;
        en: "The controller reads endpoints itself, so it connects to {to} ({pod}) without kube-proxy.",
        ko: "컨트롤러가 엔드포인트를 직접 읽어 {to} 주소로 연결합니다({pod}). kube-proxy는 거치지 않습니다.",
    }
}

fn default_certificate(reason: DefaultReason) -> LocalizedText {
    let why = match reason {
        DefaultReason::NoSecretNamed => Localized {
            en: "spec.tls names no Secret for it",
            ko: "spec.tls에 Secret이 없습니다",
        },
        DefaultReason::NoSecret => Localized {
            en: "the Secret does not exist",
            ko: "Secret이 없습니다",
        },
        DefaultReason::Unreadable => Localized {
            en: "the Secret holds no readable certificate and key",
            ko: "Secret에서 인증서와 키를 읽을 수 없습니다",
        },
        DefaultReason::OtherName => Localized {
            en: "the Secret's certificate is for other names",
            ko: "Secret의 인증서가 다른 이름의 것입니다",
        },
        DefaultReason::UnknownHost => Localized {
            en: "no Ingress has one for this name",
            ko: "이 이름의 인증서를 가진 Ingress가 없습니다",
        },
    };
    text! {
        with why;
        en: "TLS ends here with the controller's own fake certificate: {why}.",
        ko: "TLS가 여기서 컨트롤러의 가짜 기본 인증서로 종료됩니다. {why}.",
    }
}
