//! A node from within.

use leptos::prelude::*;

use super::facts::{conditions, labels, row};
use crate::api::types::core::{Node, Pod};
use crate::api::{Kind, ObjectRef};
use crate::cluster::Snapshot;
use crate::ui::state::Session;

/// What there is to know of a node.
pub fn facts(session: Session, snapshot: &Snapshot, node: &Node) -> AnyView {
    let words = session.words();
    let name = &node.metadata.name;
    let addresses: Vec<_> = node
        .status
        .addresses
        .iter()
        .filter(|it| it.kind.ends_with("IP"))
        .map(|it| view! { <code class="line">{it.address.clone()} " " <small>{it.kind.clone()}</small></code> })
        .collect();
    let cidrs = if node.spec.pod_cidrs.is_empty() {
        node.spec.pod_cidr.clone()
    } else {
        node.spec.pod_cidrs.join(", ")
    };
    let pods: Vec<_> = snapshot.list::<Pod>().filter(|it| it.spec.node_name == *name).collect();
    let n_pods = pods.len();
    let listed: Vec<_> = pods
        .into_iter()
        .map(|pod| {
            let meta = &pod.metadata;
            let reference = ObjectRef::new(Kind::Pod, meta.namespace.as_str(), meta.name.as_str());
            let state = if pod.is_ready() {
                "Ready"
            } else {
                pod.status.phase.as_str()
            };
            view! {
                <li>
                    <button class="pn" type="button" on:click=move |_| session.select(reference.clone())>
                        {format!("{}/{}", meta.namespace, meta.name)}
                    </button>
                    <small>{state.to_owned()}</small>
                </li>
            }
        })
        .collect();
    let taints: Vec<_> = node
        .spec
        .taints
        .iter()
        .map(|it| view! { <code class="chip">{format!("{}:{}", it.key, it.effect)}</code> })
        .collect();
    view! {
        <dl class="facts">
            {row(words.addresses, addresses)}
            {row(words.pod_network, view! { <code>{cidrs}</code> })}
            {row("Pods", view! { <details><summary>{n_pods}</summary><ul class="pods">{listed}</ul></details> })}
            {row(words.conditions, conditions(&node.status.conditions))}
            {(!taints.is_empty()).then(|| row("Taints", taints))}
            {row("Labels", labels(&node.metadata.labels))}
        </dl>
    }
    .into_any()
}
