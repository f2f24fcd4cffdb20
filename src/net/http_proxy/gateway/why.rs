//! The reasons of a Gateway's proxy, in words.

use std::net::SocketAddr;
use std::sync::Arc;

use super::matching::Criterion;
use crate::cluster::gateways::RefProblem;
use crate::text::{Localized, LocalizedText, text};

/// A rule that took the request too, and left it to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Loser {
    /// `HTTPRoute shop/web rules[1]`.
    pub rule: Arc<str>,
    /// What decided against it.
    pub by: Criterion,
}

/// Why a rule has nowhere to send a request to.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// No backends, or all of weight 0.
    NoBackend,
    /// A reference that leads nowhere.
    Backend {
        /// What is named.
        to: Arc<str>,
        /// What is wrong with it.
        problem: RefProblem,
    },
    /// No ready endpoint.
    NoEndpoints {
        /// The Service.
        service: Arc<str>,
    },
    /// A policy asks for TLS, and there is nobody to trust.
    NoCa {
        /// The BackendTLSPolicy.
        policy: Arc<str>,
    },
    /// A filter that is not known, which must not be skipped.
    Filter {
        /// Which.
        filter: Arc<str>,
    },
}

/// Why a Gateway's proxy did what it did.
#[derive(Clone, Debug, PartialEq)]
pub enum GatewayWhy {
    /// No listener of the Gateway is at a port.
    NoListener {
        /// The port.
        port: u16,
    },
    /// No listener of the port takes a name.
    NoHost {
        /// The name in the Host header.
        host: Arc<str>,
        /// The port.
        port: u16,
    },
    /// Greeting and Host header belong to two listeners.
    Misdirected {
        /// The name in the greeting.
        sni: Arc<str>,
        /// The name in the Host header.
        host: Arc<str>,
        /// The listener of the greeting.
        listener: Arc<str>,
        /// The listener of the header.
        other: Arc<str>,
    },
    /// No rule takes a request.
    NoRule {
        /// The listener.
        listener: Arc<str>,
        /// The name in the Host header.
        host: Arc<str>,
        /// How many routes are attached.
        routes: usize,
    },
    /// No rule takes a request, and a route that could is not accepted.
    RouteNotAccepted {
        /// The listener.
        listener: Arc<str>,
        /// The name in the Host header.
        host: Arc<str>,
        /// The route.
        route: Arc<str>,
        /// The reason of its condition Accepted.
        reason: &'static str,
    },
    /// A rule won.
    Won {
        /// The listener.
        listener: Arc<str>,
        /// The rule.
        rule: Arc<str>,
        /// The next best.
        loser: Option<Loser>,
    },
    /// A rule won, and cannot send the request anywhere.
    Fails {
        /// The rule.
        rule: Arc<str>,
        /// The status for the client.
        status: u16,
        /// Why.
        trouble: Trouble,
    },
    /// The rule redirects.
    Redirects {
        /// Where to.
        to: Arc<str>,
    },
    /// A preflight is answered.
    Preflight {
        /// The origin.
        origin: Arc<str>,
        /// Whether it is let in.
        fits: bool,
    },
    /// An endpoint is dialed.
    Picks {
        /// Its address.
        to: SocketAddr,
        /// Its Service.
        service: Arc<str>,
        /// How many there are.
        count: usize,
    },
    /// A copy goes to another Service.
    Mirrors {
        /// The endpoint.
        to: SocketAddr,
        /// The Service.
        service: Arc<str>,
    },
    /// No endpoint is left.
    Empty {
        /// The Service.
        service: Arc<str>,
    },
    /// A connection without TLS where only TLS is spoken.
    NoGreeting {
        /// The port.
        port: u16,
    },
    /// No listener for the name in the greeting.
    NoGreetedListener {
        /// The name.
        sni: Arc<str>,
        /// The port.
        port: u16,
    },
    /// The client shows no certificate, and must.
    ClientCertificate {
        /// The listener.
        listener: Arc<str>,
    },
    /// No route for a connection.
    NoStreamRoute {
        /// The listener.
        listener: Arc<str>,
        /// The name in the greeting; empty where there is none.
        sni: Arc<str>,
    },
    /// A route for a connection, and nowhere to go.
    StreamFails {
        /// The route.
        route: Arc<str>,
        /// Why.
        trouble: Trouble,
    },
    /// A connection is passed on.
    Passes {
        /// The listener.
        listener: Arc<str>,
        /// The route.
        route: Arc<str>,
        /// Whether TLS stays as it is.
        sealed: bool,
    },
    /// A name belongs to a Gateway.
    Named {
        /// The name.
        name: Arc<str>,
        /// The Gateway.
        gateway: Arc<str>,
        /// Its address.
        to: std::net::IpAddr,
    },
    /// A Gateway has no listener at a port.
    NoListenerAt {
        /// The Gateway.
        gateway: Arc<str>,
        /// The port.
        port: u16,
    },
    /// The listener at a port is not programmed.
    ListenerNotProgrammed {
        /// The Gateway.
        gateway: Arc<str>,
        /// The listener.
        listener: Arc<str>,
        /// The condition that is not met.
        condition: &'static str,
        /// Its reason.
        reason: &'static str,
    },
    /// A name belongs to a Gateway that has no address.
    NotProgrammed {
        /// The name.
        name: Arc<str>,
        /// The Gateway.
        gateway: Arc<str>,
        /// The reason of its condition Programmed.
        reason: Arc<str>,
    },
}

impl GatewayWhy {
    /// The sentence.
    #[must_use]
    pub fn say(&self) -> LocalizedText {
        match self {
            Self::NoListener { port } => text! {
                en: "No listener of the Gateway that is programmed has port {port}.",
                ko: "Gateway에 Programmed 상태이면서 {port} 포트를 가진 리스너가 없습니다.",
            },
            Self::NoHost { host, port } => text! {
                en: "No listener of port {port} takes the name {host}, so the Gateway answers 404 itself.",
                ko: "{port} 포트에 {host} 이름을 받는 리스너가 없어 Gateway가 직접 404로 응답합니다.",
            },
            Self::Misdirected {
                sni,
                host,
                listener,
                other,
            } => text! {
                en: "TLS greeted {sni} (listener {listener}), but the Host header {host} belongs to listener {other}: 421.",
                ko: "TLS는 {sni} 이름({listener} 리스너)으로 시작했지만 Host 헤더 {host} 이름은 {other} 리스너의 것이라 421로 응답합니다.",
            },
            Self::NoRule {
                listener,
                host,
                routes: 0,
            } => text! {
                en: "No route is attached to listener {listener}, which takes {host}: 404.",
                ko: "{host} 이름을 받는 {listener} 리스너에 붙은 route가 없어 404로 응답합니다.",
            },
            Self::NoRule { listener, host, .. } => text! {
                en: "No rule of the routes at listener {listener} takes this request for {host}; other listeners are not asked: 404.",
                ko: "{listener} 리스너의 route 가운데 {host} 이름의 이 요청을 받는 규칙이 없습니다. 다른 리스너는 보지 않으므로 404로 응답합니다.",
            },
            Self::RouteNotAccepted {
                listener,
                host,
                route,
                reason,
            } => text! {
                en: "{route} would name {host}, but is not Accepted ({reason}), so listener {listener} has no rule for it: 404.",
                ko: "{route} 오브젝트가 {host} 이름을 가리키지만 Accepted가 아니라서({reason}) {listener} 리스너에 규칙이 없고 404로 응답합니다.",
            },
            Self::Won {
                listener,
                rule,
                loser: None,
            } => text! {
                en: "{rule} takes the request, the only rule at listener {listener} that does.",
                ko: "{listener} 리스너에서 이 요청을 받는 규칙은 {rule} 하나입니다.",
            },
            Self::Won {
                listener,
                rule,
                loser: Some(loser),
            } => {
                let (other, by) = (&loser.rule, criterion(loser.by));
                text! {
                    with by;
                    en: "{rule} takes the request at listener {listener}, ahead of {other}: {by}.",
                    ko: "{listener} 리스너에서 {rule} 규칙이 {other} 규칙보다 앞섭니다. {by}.",
                }
            }
            Self::Fails { rule, status, trouble } => {
                let why = trouble.say();
                text! {
                    with why;
                    en: "{rule} takes the request, but {why}: {status}.",
                    ko: "{rule} 규칙이 요청을 받지만 {why} {status} 응답이 됩니다.",
                }
            }
            Self::Redirects { to } => text! {
                en: "The rule redirects the client to {to}; no backend is asked.",
                ko: "규칙이 클라이언트를 {to} 주소로 리다이렉트합니다. 백엔드에는 보내지 않습니다.",
            },
            Self::Preflight { origin, fits: true } => text! {
                en: "The Gateway answers the preflight itself: origin {origin} is allowed.",
                ko: "사전 요청(preflight)에는 Gateway가 직접 응답합니다. {origin} 출처는 허용됩니다.",
            },
            Self::Preflight { origin, fits: false } => text! {
                en: "The Gateway answers the preflight itself: origin {origin} is not among allowOrigins.",
                ko: "사전 요청(preflight)에는 Gateway가 직접 응답합니다. {origin} 출처는 allowOrigins에 없습니다.",
            },
            Self::Picks { to, service, count: 1 } => text! {
                en: "The Gateway connects to {to} of Service {service} itself; kube-proxy plays no part.",
                ko: "Gateway가 {service} Service의 {to} 주소에 직접 연결합니다. kube-proxy는 쓰지 않습니다.",
            },
            Self::Picks { to, service, count } => text! {
                en: "The Gateway connects to {to}, one of {count} ready endpoints of Service {service}; kube-proxy plays no part.",
                ko: "Gateway가 {service} Service의 Ready 엔드포인트 {count}개 가운데 {to} 주소에 직접 연결합니다. kube-proxy는 쓰지 않습니다.",
            },
            Self::Mirrors { to, service } => text! {
                en: "A copy of the request goes to {to} of Service {service}; its answer is thrown away.",
                ko: "요청의 사본을 {service} Service의 {to} 주소로 보냅니다. 그 응답은 버립니다.",
            },
            Self::Empty { service } => text! {
                en: "Service {service} has no ready endpoint, so the client gets 503.",
                ko: "{service} Service에 Ready 엔드포인트가 없어 클라이언트는 503 응답을 받습니다.",
            },
            Self::NoGreeting { port } => text! {
                en: "Only TLS is spoken at port {port}, and the connection does not begin with it.",
                ko: "{port} 포트는 TLS만 받는데, 연결이 TLS로 시작하지 않았습니다.",
            },
            Self::NoGreetedListener { sni, port } => text! {
                en: "No listener of port {port} takes the name {sni}, so the TLS handshake fails.",
                ko: "{port} 포트에 {sni} 이름을 받는 리스너가 없어 TLS 핸드셰이크가 실패합니다.",
            },
            Self::ClientCertificate { listener } => text! {
                en: "Listener {listener} requires a certificate from clients, and this one shows none: the TLS handshake fails.",
                ko: "{listener} 리스너는 클라이언트 인증서를 요구하는데 보여 준 것이 없어 TLS 핸드셰이크가 실패합니다.",
            },
            Self::NoStreamRoute { listener, sni } if sni.is_empty() => text! {
                en: "No route is attached to listener {listener}, so the connection ends here.",
                ko: "{listener} 리스너에 붙은 route가 없어 연결이 여기서 끝납니다.",
            },
            Self::NoStreamRoute { listener, sni } => text! {
                en: "No route at listener {listener} takes the name {sni}, so the connection ends here.",
                ko: "{listener} 리스너에 {sni} 이름을 받는 route가 없어 연결이 여기서 끝납니다.",
            },
            Self::StreamFails { route, trouble } => {
                let why = trouble.say();
                text! {
                    with why;
                    en: "{route} takes the connection, but {why}, so it ends here.",
                    ko: "{route} 오브젝트가 연결을 받지만 {why} 여기서 끝납니다.",
                }
            }
            Self::Passes {
                listener,
                route,
                sealed: true,
            } => text! {
                en: "{route} at listener {listener} passes the TLS connection on as it is: only the pod reads it.",
                ko: "{listener} 리스너의 {route} 오브젝트가 TLS 연결을 그대로 전달합니다. 내용은 Pod만 읽습니다.",
            },
            Self::Passes {
                listener,
                route,
                sealed: false,
            } => text! {
                en: "{route} at listener {listener} passes the connection on.",
                ko: "{listener} 리스너의 {route} 오브젝트가 연결을 전달합니다.",
            },
            Self::Named { name, gateway, to } => text! {
                en: "{name} belongs to Gateway {gateway}, whose address is {to}.",
                ko: "{name} 이름은 {gateway} Gateway의 것이고, 그 주소는 {to}입니다.",
            },
            Self::NoListenerAt { gateway, port } => text! {
                en: "Gateway {gateway} has no listener at port {port}, so its load balancer does not take the connection.",
                ko: "{gateway} Gateway에는 {port} 포트의 리스너가 없어 로드 밸런서가 연결을 받지 않습니다.",
            },
            Self::ListenerNotProgrammed {
                gateway,
                listener,
                condition: "Conflicted",
                reason,
            } => text! {
                en: "Listener {listener} of Gateway {gateway} is in conflict with another (Conflicted: {reason}), so nothing listens at its port.",
                ko: "{gateway} Gateway의 {listener} 리스너가 다른 리스너와 충돌해(Conflicted: {reason}) 포트가 열려 있지 않습니다.",
            },
            Self::ListenerNotProgrammed {
                gateway,
                listener,
                condition,
                reason,
            } => text! {
                en: "Listener {listener} of Gateway {gateway} is not programmed: its condition {condition} is False ({reason}), so nothing listens at its port.",
                ko: "{gateway} Gateway의 {listener} 리스너가 Programmed가 아닙니다. {condition} 조건이 False라서({reason}) 포트가 열려 있지 않습니다.",
            },
            Self::NotProgrammed { name, gateway, reason } => text! {
                en: "{name} belongs to Gateway {gateway}, which has no address: its condition Programmed is not True ({reason}).",
                ko: "{name} 이름은 {gateway} Gateway의 것이지만 주소가 없습니다. Programmed 조건이 True가 아닙니다({reason}).",
            },
        }
    }
}

impl Trouble {
    fn say(&self) -> LocalizedText {
        match self {
            Self::NoBackend => text! {
                en: "it names no backend with a weight above 0",
                ko: "weight가 0보다 큰 백엔드가 없어",
            },
            Self::Backend { to, problem } => {
                let problem = problem_of(*problem);
                text! {
                    with problem;
                    en: "its backend {to} cannot be used (ResolvedRefs is False): {problem}",
                    ko: "백엔드 {to} 오브젝트를 쓸 수 없습니다(ResolvedRefs False). {problem}. 그래서",
                }
            }
            Self::NoEndpoints { service } => text! {
                en: "Service {service} has no ready endpoint",
                ko: "{service} Service에 Ready 엔드포인트가 없어",
            },
            Self::NoCa { policy } => text! {
                en: "BackendTLSPolicy {policy} is not Accepted, as none of its CAs can be used",
                ko: "{policy} BackendTLSPolicy의 CA를 쓸 수 없어(Accepted False)",
            },
            Self::Filter { filter } => text! {
                en: "its filter {filter} is not known here, and must not be skipped",
                ko: "filter {filter} 오브젝트를 알 수 없고 건너뛸 수도 없어",
            },
        }
    }
}

fn problem_of(problem: RefProblem) -> Localized<&'static str> {
    match problem {
        RefProblem::Kind => Localized {
            en: "routes lead to Services only",
            ko: "route의 백엔드는 Service뿐입니다",
        },
        RefProblem::NotPermitted => Localized {
            en: "it is in another namespace, and no ReferenceGrant there allows it",
            ko: "다른 네임스페이스에 있는데 그곳에 이를 허용하는 ReferenceGrant가 없습니다",
        },
        RefProblem::NotFound => Localized {
            en: "it does not exist",
            ko: "존재하지 않습니다",
        },
        RefProblem::NoPort => Localized {
            en: "it has no such port",
            ko: "그런 포트가 없습니다",
        },
        RefProblem::ExternalName => Localized {
            en: "it is of type ExternalName",
            ko: "ExternalName 유형입니다",
        },
        RefProblem::Protocol => Localized {
            en: "the appProtocol of its port does not fit the route",
            ko: "포트의 appProtocol이 route와 맞지 않습니다",
        },
        RefProblem::Unreadable => Localized {
            en: "it cannot be read",
            ko: "읽을 수 없습니다",
        },
    }
}

fn criterion(by: Criterion) -> Localized<&'static str> {
    match by {
        Criterion::Hostname => Localized {
            en: "its hostname is more specific",
            ko: "hostname이 더 구체적입니다",
        },
        Criterion::Path => Localized {
            en: "its path is more specific (Exact, then the longest prefix)",
            ko: "경로가 더 구체적입니다(Exact, 그다음 가장 긴 접두사)",
        },
        Criterion::Method => Localized {
            en: "it asks for the method",
            ko: "메서드까지 지정했습니다",
        },
        Criterion::Headers => Localized {
            en: "it asks for more headers",
            ko: "헤더를 더 많이 지정했습니다",
        },
        Criterion::Query => Localized {
            en: "it asks for more query parameters",
            ko: "쿼리 파라미터를 더 많이 지정했습니다",
        },
        Criterion::Age => Localized {
            en: "its route is older",
            ko: "route가 더 먼저 만들어졌습니다",
        },
        Criterion::Name => Localized {
            en: "both are of one age, and its namespace and name come first",
            ko: "만든 시각이 같고 네임스페이스와 이름이 앞섭니다",
        },
        Criterion::Order => Localized {
            en: "all else being equal, it stands first in the list",
            ko: "다른 조건이 같으면 목록에서 먼저 나온 규칙이 앞섭니다",
        },
    }
}
