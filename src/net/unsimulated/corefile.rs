//! CoreDNS' Corefile: what in it has no effect here.

use crate::net::dns::ServerOptions;
use crate::net::note::{Effect, Note};
use crate::text::text;

/// What in a Corefile has no effect here.
#[must_use]
pub fn of_corefile(text: &str) -> Vec<Note> {
    let found = ServerOptions::from_corefile(text).all_not_simulated();
    found
        .into_iter()
        .map(|what| Note {
            field: "data.Corefile".to_owned(),
            effect: Effect::Missing,
            text: text! {
                en: "Not simulated in the Corefile: {what}. CoreDNS answers here as if it were not written.",
                ko: "Corefile에서 시뮬레이션하지 않는 부분입니다: {what}. 없는 것처럼 응답합니다.",
            },
        })
        .collect()
}
