//! The reasons of proxies, in words: those that hold for any kind, and each kind's own.

use std::net::SocketAddr;
use std::sync::Arc;

use super::gateway::why::GatewayWhy;
use super::nginx::why::NginxWhy;
use super::upstream_protocol::UpstreamProtocol;
use crate::cluster::ingress_controllers::Ignored;
use crate::text::{LocalizedText, text};

/// Why a proxy did what it did.
#[derive(Clone, Debug, PartialEq)]
pub enum HttpProxyWhy {
    /// TLS ends here.
    Certificate {
        /// The Secret (`namespace/name`) whose certificate is shown.
        secret: Arc<str>,
    },
    /// An Ingress is left alone.
    Ignored {
        /// `namespace/name` of the Ingress.
        ingress: Arc<str>,
        /// Why the controller does so.
        why: Ignored,
    },
    /// An endpoint could not be reached.
    UpstreamFailed {
        /// Its address.
        to: SocketAddr,
        /// Status that the client gets.
        status: u16,
    },
    /// The proxy spoke TLS to a pod that speaks plain HTTP.
    PlainUpstream {
        /// Address of the pod.
        to: SocketAddr,
    },
    /// The name of an ExternalName Service has no address.
    UpstreamUnresolved {
        /// The name.
        name: Arc<str>,
    },
    /// The endpoint's answer is passed on.
    PassesOn {
        /// Its status.
        status: u16,
    },
    /// The proxy uses another protocol to the Pods than is simulated.
    OtherProtocol {
        /// The protocol.
        protocol: UpstreamProtocol,
    },
    /// A reason of ingress-nginx's own.
    Nginx(NginxWhy),
    /// A reason of a Gateway's own.
    Gateway(GatewayWhy),
}

impl From<GatewayWhy> for HttpProxyWhy {
    fn from(why: GatewayWhy) -> Self {
        Self::Gateway(why)
    }
}

impl From<NginxWhy> for HttpProxyWhy {
    fn from(why: NginxWhy) -> Self {
        Self::Nginx(why)
    }
}

impl HttpProxyWhy {
    /// The sentence.
    #[must_use]
    pub fn say(&self) -> LocalizedText {
        match self {
            Self::Certificate { secret } => text! {
                en: "TLS ends here, with the certificate of Secret {secret}.",
                ko: "TLS는 여기서 끝나며 {secret} Secret의 인증서를 보여 줍니다.",
            },
            Self::Ignored { ingress, why } => ignored(ingress, why),
            Self::UpstreamFailed { to, status } => text! {
                en: "No answer could be had from {to}, so the client gets {status}.",
                ko: "{to} 주소에서 답을 얻지 못해 클라이언트는 {status} 응답을 받습니다.",
            },
            Self::PlainUpstream { to } => text! {
                en: "The controller uses TLS to {to}, but the Pod uses plain HTTP, so it answers 502.",
                ko: "컨트롤러가 {to} 주소에 TLS로 연결했지만 Pod가 평문 HTTP만 지원해 502로 응답합니다.",
            },
            Self::UpstreamUnresolved { name } => text! {
                en: "The ExternalName {name} has no address here (outside names are not simulated), so the controller answers 502.",
                ko: "ExternalName {name}의 주소를 알 수 없어(외부 이름은 시뮬레이션하지 않습니다) 502로 응답합니다.",
            },
            Self::PassesOn { status } => text! {
                en: "The controller passes the pod's answer on to the client: {status}.",
                ko: "컨트롤러가 Pod의 {status} 응답을 클라이언트에 전합니다.",
            },
            Self::OtherProtocol { protocol } => {
                let scheme = protocol.name();
                text! {
                    en: "The controller would use {scheme} to the Pod, which is not simulated, so it answers 502.",
                    ko: "컨트롤러가 Pod와 {scheme} 프로토콜로 통신하는 것은 시뮬레이션하지 않아 502로 응답합니다.",
                }
            }
            Self::Nginx(why) => why.say(),
            Self::Gateway(why) => why.say(),
        }
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
            en: "its annotation names class {name}",
            ko: "어노테이션이 {name} class를 가리킵니다",
        },
        Ignored::CatchAll => text! {
            en: "--disable-catch-all forbids default backends",
            ko: "--disable-catch-all이 default 백엔드를 금합니다",
        },
        Ignored::ForbiddenText(text) => text! {
            en: "{text} is a forbidden text",
            ko: "{text} 글은 금지되어 있습니다",
        },
        Ignored::Risky(key) => text! {
            en: "annotation {key} writes NGINX configuration, which annotations-risk-level does not let in",
            ko: "`{key}` 어노테이션은 NGINX 설정을 직접 쓰는데, annotations-risk-level이 허용하지 않습니다",
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
