//! Every reason a hop or a verdict can have, and its sentence in both languages.
//!
//! Reasons are data, so that a trace costs no formatting until somebody reads it. One sentence, at most
//! 110 characters where names are of usual length: what happened and why.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::text::Bilingual;

/// Why something happened. Grow this enum rather than writing sentences elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Why {
    /// The sender addresses the packet.
    Sends {
        /// Whom it addresses.
        to: SocketAddr,
    },
    /// No endpoint is usable, so the rules refuse.
    NoEndpoints {
        /// `namespace/name`.
        service: Arc<str>,
    },
}

impl Why {
    /// The sentence.
    #[must_use]
    pub fn say(&self) -> Bilingual {
        match self {
            Self::Sends { to } => Bilingual::new(
                format!("The sender knows one address: {to}."),
                format!("보내는 쪽이 아는 주소는 {to} 하나입니다."),
            ),
            Self::NoEndpoints { service } => Bilingual::new(
                format!("{service} has no ready endpoint anywhere, so the rule refuses the connection."),
                format!("{service}에 준비된 endpoint가 하나도 없어 규칙이 연결을 거절합니다."),
            ),
        }
    }
}
