//! What both panels list: rows of facts, labels, conditions.

use leptos::prelude::*;

use crate::api::types::meta::{Condition, Labels};

/// A row of facts.
pub fn row(name: &'static str, value: impl IntoView + 'static) -> AnyView {
    view! {
        <dt>{name}</dt>
        <dd>{value}</dd>
    }
    .into_any()
}

/// `key=value` of labels.
pub fn labels(map: &Labels) -> AnyView {
    let all: Vec<_> = map
        .iter()
        .map(|(key, value)| view! { <code class="chip">{format!("{key}={value}")}</code> })
        .collect();
    all.into_any()
}

/// Conditions: those that are as they should be in one line, the others with their reason.
pub fn conditions(list: &[Condition]) -> AnyView {
    let all: Vec<_> = list
        .iter()
        .map(|it| {
            // Of a node's conditions only `Ready` should be true.
            let pressure = it.kind.ends_with("Pressure") || it.kind.ends_with("Unavailable");
            let good = (it.status == "True") != pressure;
            let why = if it.message.is_empty() { &it.reason } else { &it.message };
            let why = (!good && !why.is_empty()).then(|| view! { <span class="why">{why.clone()}</span> });
            view! {
                <li class=if good { "good" } else { "bad" }>
                    <b>{it.kind.clone()}</b>
                    " "
                    {it.status.clone()}
                    {why}
                </li>
            }
        })
        .collect();
    view! { <ul class="conditions">{all}</ul> }.into_any()
}
