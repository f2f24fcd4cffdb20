//! Why a request cannot be sent, and what to write instead.

use crate::api::types::core::{Node, Pod};
use crate::cluster::Snapshot;
use crate::net::Source;
use crate::net::request::AddressError;
use crate::text::{LocalizedText, text};

/// Why a request cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Complaint {
    /// A field that cannot be read.
    Address(AddressError),
    /// No such pod; as it was written.
    NoPod(String),
    /// No such node; as it was written.
    NoNode(String),
}

impl Complaint {
    /// That the cluster does not have the source of a request; `None` where it has.
    #[must_use]
    pub fn missing_source(snapshot: &Snapshot, from: &Source) -> Option<Self> {
        match from {
            Source::Pod { namespace, name } => snapshot
                .get::<Pod>(namespace, name)
                .is_none()
                .then(|| Self::NoPod(from.to_string())),
            Source::Node(name) => snapshot
                .get::<Node>("", name)
                .is_none()
                .then(|| Self::NoNode(from.to_string())),
            Source::Client | Source::Address(_) => None,
        }
    }

    /// Whether the source is at fault, rather than the destination.
    #[must_use]
    pub fn is_source(&self) -> bool {
        !matches!(self, Self::Address(error) if !matches!(error, AddressError::Source(_)))
    }

    /// Whether a header is at fault.
    #[must_use]
    pub fn is_header(&self) -> bool {
        matches!(self, Self::Address(AddressError::Header(_)))
    }

    /// The fault and the mend, as one sentence.
    #[must_use]
    pub fn say(&self) -> LocalizedText {
        match self {
            Self::Address(error) => address(error),
            Self::NoPod(source) => text! {
                en: "{source} is not in this cluster. Choose a Pod from the list.",
                ko: "{source}: 이 클러스터에 없습니다. 목록에서 Pod를 고르세요.",
            },
            Self::NoNode(source) => text! {
                en: "{source} is not in this cluster. Choose a node from the list.",
                ko: "{source}: 이 클러스터에 없습니다. 목록에서 노드를 고르세요.",
            },
        }
    }
}

fn address(error: &AddressError) -> LocalizedText {
    match error {
        AddressError::Source(text) if text.is_empty() => text! {
            en: "Enter a source: client, pod/NAME, node/NAME or an IP address.",
            ko: "출발지를 적으세요: client, pod/이름, node/이름, IP 주소",
        },
        AddressError::Source(text) => text! {
            en: "“{text}” is not a valid source. Write client, pod/NAME, node/NAME or an IP address.",
            ko: "“{text}”에서는 보낼 수 없습니다. client, pod/이름, node/이름, IP 주소로 적으세요.",
        },
        AddressError::NoPort(text) => text! {
            en: "“{text}” has no port. Write {text}:80, or http://{text}/ for HTTP.",
            ko: "“{text}”에 포트가 없습니다. {text}:80이나 http://{text}/처럼 적으세요.",
        },
        AddressError::Port(text) => text! {
            en: "“{text}” is not a valid port. Write a number from 1 to 65535.",
            ko: "포트로 읽을 수 없는 값입니다: “{text}”. 1에서 65535 사이의 숫자를 적으세요.",
        },
        AddressError::NoHost(_) => text! {
            en: "Enter a destination: a Service name, an address with a port, or a URL.",
            ko: "목적지를 적으세요: Service 이름, 주소와 포트, URL",
        },
        AddressError::Header(text) => text! {
            en: "“{text}” is not a valid header. Write NAME: VALUE, one per line.",
            ko: "헤더로 읽을 수 없는 줄입니다: “{text}”. 이름: 값 형식으로 한 줄에 하나씩 적으세요.",
        },
        AddressError::Scheme(text) => text! {
            en: "“{text}” is not simulated. Write http://, https://, tcp://, udp:// or HOST:PORT.",
            ko: "시뮬레이션하지 않는 프로토콜입니다: “{text}”. http://, https://, tcp://, udp:// 또는 호스트:포트로 적으세요.",
        },
    }
}
