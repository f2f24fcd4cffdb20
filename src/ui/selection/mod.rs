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

use self::actions::Actions;
use self::faults::Faults;
use crate::api::Kind;
use crate::api::types::core::{Node, Pod};
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
    move || {
        let reference = session.selection.get()?;
        let kind = reference.kind.name();
        Some(view! {
            <section class="selection" aria-label=session.say(|w| w.selection_label)>
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
                        on:click=move |_| session.selection.set(None)
                    >
                        {icon("cross")}
                    </button>
                </header>
                <Actions reference=reference.clone() />
                <Faults reference />
                {facts}
            </section>
        })
    }
}

fn gone(session: Session) -> AnyView {
    view! { <p class="none">{session.words().selection_gone}</p> }.into_any()
}
