//! The controller's reasons, in words.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::balance::{CanaryReason, How};
use super::nginx_config::DefaultReason;
use crate::cluster::ingress_controllers::Ignored;
use crate::text::{Localized, LocalizedText, text};

/// What a Service lacks that stands behind a rule.
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

/// Why the ingress controller did what it did.
#[derive(Clone, Debug, PartialEq)]
pub enum IngressWhy {
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
        /// Whether a canary was weighed.
        canary: Option<CanaryReason>,
        /// A default backend, not a path.
        is_default: bool,
    },
    /// A pod was chosen.
    Picks {
        /// Its address.
        to: SocketAddr,
        /// How.
        how: How,
    },
    /// `service-upstream`: the Service's address is dialled.
    DialsService {
        /// The address.
        to: SocketAddr,
    },
    /// TLS ends here.
    Certificate {
        /// The Secret, or why it is the default certificate.
        shown: Result<Arc<str>, DefaultReason>,
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
    /// An Ingress names the host, but the controller leaves it alone.
    Ignored {
        /// `namespace/name`.
        ingress: Arc<str>,
        /// Why.
        why: Ignored,
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
        /// Where to.
        to: Arc<str>,
    },
    /// NGINX completes `/p` to `/p/`.
    AppendSlash {
        /// Path of the rule.
        path: Arc<str>,
    },
    /// `permanent-redirect` or `temporal-redirect`.
    Redirect {
        /// Where to.
        to: Arc<str>,
    },
    /// The host has a certificate, so plain HTTP is sent to HTTPS.
    Https,
    /// CORS preflight.
    Preflight,
    /// The location is closed because something it needs is missing.
    Denied {
        /// What.
        reason: Arc<str>,
    },
    /// Nobody is ready behind the rule.
    NoEndpoints {
        /// `namespace/name` of the Service.
        service: Arc<str>,
        /// What exactly is missing.
        lack: MissingBackend,
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
        /// How many are allowed.
        allowed: u64,
        /// In a minute rather than a second.
        minute: bool,
    },
    /// A pod could not be reached.
    UpstreamFailed {
        /// Its address.
        to: SocketAddr,
        /// What the client gets.
        status: u16,
    },
    /// The controller spoke TLS to a pod that speaks plain HTTP.
    PlainUpstream {
        /// Its address.
        to: SocketAddr,
    },
    /// The name of an ExternalName Service has no address.
    UpstreamUnresolved {
        /// The name.
        name: Arc<str>,
    },
    /// The pod's answer is passed on.
    PassesOn {
        /// Status.
        status: u16,
    },
    /// The controller speaks another protocol to the pods than is simulated.
    OtherProtocol {
        /// `grpc`, `grpcs`, `fastcgi`.
        scheme: &'static str,
    },
}

impl IngressWhy {
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
                en: "service-upstream: the controller dials the Service's address {to}; kube-proxy picks the pod.",
                ko: "service-upstream 설정에 따라 Service의 {to} 주소로 보내고, Pod는 kube-proxy가 고릅니다.",
            },
            Self::Certificate { shown: Ok(name) } => text! {
                en: "TLS ends here, with the certificate of Secret {name}.",
                ko: "TLS는 여기서 끝나며 {name} Secret의 인증서를 보여 줍니다.",
            },
            Self::Certificate { shown: Err(reason) } => default_certificate(*reason),
            Self::NoHost { host } => text! {
                en: "No Ingress rule names {host}, so the controller answers 404 itself.",
                ko: "{host} host를 적은 Ingress 규칙이 없어 컨트롤러가 직접 404로 답합니다.",
            },
            Self::NoPath { host, path } => text! {
                en: "{host} has rules, but none takes {path}; nothing else is tried: 404.",
                ko: "{host} host에 규칙은 있지만 {path} 경로에 맞는 것이 없어 404로 끝납니다.",
            },
            Self::Ignored { ingress, why } => ignored(ingress, why),
            Self::BadRequest => text! {
                en: "NGINX cannot read the host or the path of this request: 400.",
                ko: "NGINX가 요청의 host나 경로를 읽을 수 없어 400으로 답합니다.",
            },
            Self::Www { to } => text! {
                en: "from-to-www-redirect sends this name to {to}.",
                ko: "from-to-www-redirect 설정에 따라 {to} host로 돌려보냅니다.",
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
                ko: "annotation에 따라 이 규칙의 모든 경로를 {to} 위치로 돌려보냅니다.",
            },
            Self::Https => text! {
                en: "The host has a certificate or forces HTTPS, so plain HTTP is redirected.",
                ko: "이 host에는 인증서가 있거나 HTTPS가 강제되어 있어 평문 HTTP를 돌려보냅니다.",
            },
            Self::Preflight => text! {
                en: "CORS is on: the controller answers the browser's preflight itself, 204.",
                ko: "CORS가 켜져 있어 브라우저의 preflight에 컨트롤러가 직접 204로 답합니다.",
            },
            Self::Denied { reason } => text! {
                en: "The controller closes this location with 503: {reason}.",
                ko: "컨트롤러가 이 경로를 503으로 닫았습니다: {reason}",
            },
            Self::NoEndpoints { service, lack } => match lack {
                MissingBackend::Service => text! {
                    en: "There is no Service {service}, so the controller answers 503 itself.",
                    ko: "{service} Service가 없어 컨트롤러가 직접 503으로 답합니다.",
                },
                MissingBackend::Port(port) => text! {
                    en: "Service {service} has no port {port}, so the controller answers 503 itself.",
                    ko: "{service} Service에 {port} 포트가 없어 컨트롤러가 직접 503으로 답합니다.",
                },
                MissingBackend::Pods => text! {
                    en: "Service {service} has no endpoints, so the controller answers 503 itself.",
                    ko: "{service} Service에 endpoint가 없어 컨트롤러가 직접 503으로 답합니다.",
                },
                MissingBackend::Ready(count) => text! {
                    en: "None of the {count} endpoint(s) of Service {service} is ready on that port: 503.",
                    ko: "{service} Service의 endpoint {count}개 중 그 포트에 Ready인 것이 없어 503으로 답합니다.",
                },
            },
            Self::Forbidden { client } => text! {
                en: "The controller sees the client as {client}, which the source ranges refuse: 403.",
                ko: "컨트롤러가 보는 클라이언트 주소 {client}는 허용된 범위가 아니어서 403으로 답합니다.",
            },
            Self::Blocked { what } => text! {
                en: "The controller's setting {what} blocks this request: 403.",
                ko: "컨트롤러의 {what} 설정이 이 요청을 막아 403으로 답합니다.",
            },
            Self::Unauthorized { unknown_hash: true, .. } => text! {
                en: "The password hash is of a kind that is not simulated (bcrypt, crypt), so it cannot be checked: 401.",
                ko: "비밀번호 해시가 시뮬레이션하지 않는 종류(bcrypt, crypt)라 확인할 수 없어 401로 답합니다.",
            },
            Self::Unauthorized { sent: true, .. } => text! {
                en: "Basic auth: user or password is wrong, 401.",
                ko: "Basic 인증의 사용자나 비밀번호가 달라 401로 답합니다.",
            },
            Self::Unauthorized { .. } => text! {
                en: "Basic auth is on and no credentials were sent: 401.",
                ko: "Basic 인증이 켜져 있는데 자격 증명이 없어 401로 답합니다.",
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
                    ko: "{client} 주소가 {per}당 {allowed}번과 burst를 모두 써서 503으로 답합니다.",
                }
            }
            Self::UpstreamFailed { to, status } => text! {
                en: "No answer could be had from {to}, so the client gets {status}.",
                ko: "{to} 주소에서 답을 얻지 못해 클라이언트는 {status} 응답을 받습니다.",
            },
            Self::PlainUpstream { to } => text! {
                en: "The controller speaks TLS to {to}, but the pod speaks plain HTTP: 502.",
                ko: "컨트롤러는 {to} 주소에 TLS로 말하지만 Pod는 평문 HTTP만 알아 502가 됩니다.",
            },
            Self::UpstreamUnresolved { name } => text! {
                en: "The ExternalName {name} has no address the cluster knows (outside names are not simulated): 502.",
                ko: "ExternalName {name}의 주소를 알 수 없어(외부 이름은 시뮬레이션하지 않습니다) 502로 답합니다.",
            },
            Self::PassesOn { status } => text! {
                en: "The controller passes the pod's answer on to the client: {status}.",
                ko: "컨트롤러가 Pod의 {status} 응답을 클라이언트에 전합니다.",
            },
            Self::OtherProtocol { scheme } => text! {
                en: "The controller would speak {scheme} to the pod; what a pod says to that is not simulated: 502.",
                ko: "컨트롤러는 Pod에 {scheme} 프로토콜로 말하지만 그에 대한 Pod의 답은 시뮬레이션하지 않아 502로 둡니다.",
            },
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
            ko: " (cookie에 묶인 상태)",
        },
        Some(CanaryReason::Header) => Localized {
            en: " (canary: by header)",
            ko: " (canary: header로 결정)",
        },
        Some(CanaryReason::Cookie) => Localized {
            en: " (canary: by cookie)",
            ko: " (canary: cookie로 결정)",
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
            ko: "맞는 규칙이 없어 default backend인 {service} Service가 받습니다{why}.",
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

fn picks(to: SocketAddr, how: How) -> LocalizedText {
    let pod = match how {
        How::Only => Localized {
            en: "the only ready pod",
            ko: "하나뿐인 Ready Pod",
        },
        How::Turn => Localized {
            en: "the next pod in turn",
            ko: "차례가 된 Pod",
        },
        How::Hash => Localized {
            en: "the pod its hash names",
            ko: "hash가 가리키는 Pod",
        },
        How::Load => Localized {
            en: "a pod of little load",
            ko: "부하가 적은 Pod",
        },
        How::Cookie => Localized {
            en: "the pod its cookie names",
            ko: "cookie가 가리키는 Pod",
        },
        How::NewCookie => Localized {
            en: "a pod chosen anew, to be kept by a cookie",
            ko: "새로 골라 cookie로 묶을 Pod",
        },
    };
    text! {
        with pod;
        en: "The controller dials {to} itself, {pod}; the Service's address and kube-proxy play no part.",
        ko: "컨트롤러가 {pod}인 {to} 주소에 직접 연결합니다. Service 주소와 kube-proxy는 쓰지 않습니다.",
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
        ko: "TLS는 여기서 컨트롤러의 가짜 기본 인증서로 끝납니다. {why}.",
    }
}

fn ignored(ingress: &str, why: &Ignored) -> LocalizedText {
    let reason = match why {
        Ignored::NoClass => text! { en: "it names no class", ko: "class를 적지 않았습니다" },
        Ignored::MissingClass(name) => text! {
            en: "IngressClass {name} does not exist",
            ko: "{name} IngressClass가 없습니다",
        },
        Ignored::OtherController(name, controller) => text! {
            en: "class {name} belongs to {controller}",
            ko: "{name} class는 {controller} 컨트롤러의 것입니다",
        },
        Ignored::OtherAnnotation(name) => text! {
            en: "its annotation asks for class {name}",
            ko: "annotation이 {name} class를 가리킵니다",
        },
        Ignored::CatchAll => text! {
            en: "--disable-catch-all forbids default backends",
            ko: "--disable-catch-all이 default backend를 금합니다",
        },
        Ignored::ForbiddenText(text) => text! {
            en: "{text} is a forbidden text",
            ko: "{text} 글은 금지되어 있습니다",
        },
        Ignored::Risky(key) => text! {
            en: "annotation {key} writes NGINX configuration, which annotations-risk-level does not let in",
            ko: "annotation {key}은 NGINX 설정을 직접 쓰는데, annotations-risk-level이 허용하지 않습니다",
        },
        Ignored::BlockedWord(key, word) => text! {
            en: "{key} holds the blocked word {word}",
            ko: "{key}에 금지된 {word} 낱말이 있습니다",
        },
    };
    text! {
        with reason;
        en: "Ingress {ingress} is not served by this controller: {reason}.",
        ko: "이 컨트롤러는 {ingress} Ingress를 다루지 않습니다. {reason}.",
    }
}
