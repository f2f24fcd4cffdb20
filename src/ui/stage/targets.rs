//! Nodes and pods as things to be reached: by arrow keys (node to node, down to its pods), by pointer, by a
//! screen reader. Opening one shows it from within.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::model::SceneModel;
use crate::api::{Kind, ObjectRef};
use crate::scene::geometry::num_text;
use crate::scene::layout::{Layout, NodeShape, PodShape, PodState};
use crate::scene::words;
use crate::text::{Lang, phrase, pick};
use crate::ui::state::Session;

/// The node that the arrow keys stand on, by index, and the pod of it if they stand on one.
type At = (usize, Option<usize>);

/// The targets.
#[component]
pub fn Targets() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let at = RwSignal::<At>::new((0, None));
    let on_key = move |event: KeyboardEvent| {
        let layout = model.layout.get_untracked();
        let Some(next) = step(&layout, at.get_untracked(), &event.key()) else {
            if matches!(event.key().as_str(), "Enter" | " ") {
                event.prevent_default();
                open(session, &layout, at.get_untracked());
            }
            return;
        };
        // The page's own arrow keys move the packet; here they move the focus.
        event.prevent_default();
        event.stop_propagation();
        at.set(next);
        focus(next);
    };
    let targets = move || -> Vec<AnyView> {
        let layout = model.layout.get();
        let lang = session.lang.get();
        let mut out = Vec::new();
        for (idx, node) in layout.nodes.iter().enumerate() {
            let rect = node.rect;
            let title = rect.y + layout.dims.addr.max(layout.dims.title) + 8.0;
            out.push(target(
                session,
                model,
                at,
                (idx, None),
                node_name(node, lang),
                (rect.x, rect.y, rect.w, title - rect.y),
            ));
            if let Some((n_pods, y)) = node.more {
                // The rest is listed in the node's panel.
                out.push(target(
                    session,
                    model,
                    at,
                    (idx, None),
                    phrase!(lang, en: "{n_pods} more Pods", ko: "Pod {n_pods}개 더 보기"),
                    (rect.x, y - 12.0, rect.w, 24.0),
                ));
            }
            for (pod_idx, pod) in node.pods.iter().enumerate() {
                let half = pod.r + 5.0;
                let x = pod.center.x - half;
                let right = rect.right() - 3.0;
                out.push(target(
                    session,
                    model,
                    at,
                    (idx, Some(pod_idx)),
                    pod_name(node, pod, lang),
                    (x, pod.center.y - half, right - x, 2.0 * half),
                ));
            }
        }
        out
    };
    view! { <g on:keydown=on_key>{targets}</g> }
}

fn target(
    session: Session,
    model: SceneModel,
    at: RwSignal<At>,
    here: At,
    name: String,
    (x, y, w, h): (f64, f64, f64, f64),
) -> AnyView {
    // A second target of a node is for the pointer; keys reach the node itself.
    let extra = here.1.is_none() && h == 24.0;
    let on_click = move |event: ev::MouseEvent| {
        event.stop_propagation();
        at.set(here);
        open(session, &model.layout.get_untracked(), here);
    };
    let title = name.clone();
    view! {
        <rect
            class="hit"
            id=(!extra).then(|| id(here))
            role="button"
            tabindex=move || if at.get() == here && !extra { "0" } else { "-1" }
            aria-label=name
            x=num_text(x)
            y=num_text(y)
            width=num_text(w)
            height=num_text(h)
            rx="8"
            on:focus=move |_| at.set(here)
            on:click=on_click
        >
            <title>{title}</title>
        </rect>
    }
    .into_any()
}

fn id((node, pod): At) -> String {
    match pod {
        Some(pod) => format!("stage-{node}-{pod}"),
        None => format!("stage-{node}"),
    }
}

fn focus(at: At) {
    if let Some(element) = document().get_element_by_id(&id(at)) {
        // SVG elements take the focus as HTML elements do; the binding differs in name only.
        let _ = element.unchecked_ref::<web_sys::HtmlElement>().focus();
    }
}

/// Where a key leads: sideways to the next node, down and up through a node's pods.
fn step(layout: &Layout, (node, pod): At, key: &str) -> Option<At> {
    let n_nodes = layout.nodes.len();
    let n_pods = layout.nodes.get(node)?.pods.len();
    match key {
        "ArrowRight" => Some(((node + 1).min(n_nodes - 1), None)),
        "ArrowLeft" => Some((node.saturating_sub(1), None)),
        "ArrowDown" => {
            let next = pod.map_or(0, |it| it + 1);
            Some((node, (n_pods > 0).then(|| next.min(n_pods - 1))))
        }
        "ArrowUp" => Some((node, pod.and_then(|it| it.checked_sub(1)))),
        "Home" => Some((0, None)),
        "End" => Some((n_nodes - 1, None)),
        _ => None,
    }
}

/// Shows a node or pod from within; a process of the node's own stands for its node.
fn open(session: Session, layout: &Layout, (node, pod): At) {
    let Some(node) = layout.nodes.get(node) else { return };
    let reference = match pod.and_then(|it| node.pods.get(it)) {
        Some(pod) if !pod.is_process() => ObjectRef::new(Kind::Pod, pod.namespace.as_str(), pod.name.as_str()),
        _ => ObjectRef::new(Kind::Node, "", node.name.as_str()),
    };
    session.select(reference);
}

fn node_name(node: &NodeShape, lang: Lang) -> String {
    let n_pods = node.pods.len() + node.more.map_or(0, |it| it.0);
    let mut state = words::troubles(&node.trouble, lang);
    if !state.is_empty() {
        state.insert_str(0, ", ");
    }
    let NodeShape { name, address, .. } = node;
    let pods = if n_pods == 1 { "Pod" } else { "Pods" };
    phrase!(
        lang,
        en: "Node {name}, {address}, {n_pods} {pods} shown{state}",
        ko: "노드 {name}, {address}, Pod {n_pods}개{state}",
    )
}

fn pod_name(node: &NodeShape, pod: &PodShape, lang: Lang) -> String {
    let state = match pod.state {
        PodState::Process => {
            let node = &node.name;
            return phrase!(lang, en: "A process on {node}", ko: "{node} 노드의 프로세스");
        }
        PodState::Ready => pick!(lang, en: "ready", ko: "Ready"),
        PodState::NotReady => pick!(lang, en: "not ready", ko: "Ready 아님"),
        PodState::Terminating => pick!(lang, en: "terminating", ko: "Terminating"),
    };
    let note = pod.note.map_or("", |it| words::pod_note(it, lang));
    let comma = if note.is_empty() { "" } else { ", " };
    format!(
        "Pod {}/{}, {}, {state}{comma}{note}",
        pod.namespace, pod.name, pod.address
    )
}
