//! What is selected on the stage: a pod or a node, from within. Beside the stage, in the place of the hops.
//!
//! - [`pod`]: a pod's environment variables, resolver, hosts file
//! - [`node`]: a node's addresses and conditions
//! - [`facts`]: what both list
//! - [`actions`]: what can be done with it
//! - [`faults`]: what can go wrong with it

pub mod actions;
pub mod facts;
pub mod faults;
pub mod node;
pub mod pod;

use leptos::prelude::*;
use wasm_bindgen::JsCast;

use self::actions::Actions;
use self::faults::Faults;
use crate::api::Kind;
use crate::api::types::core::{Node, Pod};
use crate::ui::components::as_html;
use crate::ui::icons::icon;
use crate::ui::state::Session;

/// The panel of what is selected; nothing where nothing is.
#[component]
pub fn SelectionPanel() -> impl IntoView {
    let session = Session::expect();
    // Typing in the editor republishes the snapshot; the panel stands while its object does.
    let facts = move || {
        let reference = session.selection.get()?;
        let snapshot = session.cluster.snapshot.get();
        Some(match reference.kind {
            Kind::Pod => match snapshot.typed::<Pod>(&reference) {
                Some(pod) => pod::facts(session, &snapshot, pod),
                None => gone(session),
            },
            _ => match snapshot.get::<Node>("", &reference.name) {
                Some(node) => node::facts(session, &snapshot, node),
                None => gone(session),
            },
        })
    };
    // Whoever opened it goes on reading at its top.
    Effect::new(move |_| {
        if session.selection.get().is_some() {
            request_animation_frame(|| {
                let find = |selector: &str| document().query_selector(selector).ok().flatten();
                if let Some(panel) = find(".detail") {
                    panel.set_scroll_top(0);
                }
                if let Some(heading) = find(".selection").and_then(as_html) {
                    // Fails only for an element that is not in the document.
                    let _ = heading.focus();
                }
            });
        }
    });
    let close = move |_| {
        session.selection.set(None);
        // Back to where it was opened.
        if let Some(target) = document().query_selector(".hit[tabindex='0']").ok().flatten() {
            // SVG elements take the focus as HTML elements do; the binding differs in name only.
            let _ = target.unchecked_ref::<web_sys::HtmlElement>().focus();
        }
    };
    move || {
        let reference = session.selection.get()?;
        let kind = reference.kind.name();
        Some(view! {
            <section class="selection" tabindex="-1" aria-label=session.say(|w| w.selection_label)>
                <header>
                    <h2>
                        <small>{kind}</small>
                        " "
                        <bdi>{reference.name.clone()}</bdi>
                    </h2>
                    <button
                        class="plain icon"
                        type="button"
                        aria-label=session.say(|w| w.close)
                        title=session.say(|w| w.back_to_hops)
                        on:click=close
                    >
                        {icon("cross")}
                    </button>
                </header>
                <Actions reference=reference.clone() />
                {facts}
                <Faults reference />
            </section>
        })
    }
}

fn gone(session: Session) -> AnyView {
    view! { <p class="none">{session.words().selection_gone}</p> }.into_any()
}
