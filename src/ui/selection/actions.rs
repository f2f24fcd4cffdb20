//! What can be done with what is selected: a row of buttons under its name.

use leptos::prelude::*;

use crate::api::{Kind, ObjectRef};
use crate::net::Source;
use crate::ui::state::Session;

/// The row of buttons.
#[component]
pub fn Actions(
    /// The pod or node.
    reference: ObjectRef,
) -> impl IntoView {
    let session = Session::expect();
    let source = match reference.kind {
        Kind::Pod => Source::Pod {
            namespace: reference.namespace.clone(),
            name: reference.name.clone(),
        },
        _ => Source::Node(reference.name.clone()),
    };
    let send_from = move |_| {
        session.traffic.complaint.set(None);
        session.traffic.from.set(source.to_string());
        if let Some(field) = document()
            .get_element_by_id("to")
            .and_then(crate::ui::components::as_html)
        {
            // Fails only for an element that is not in the document.
            let _ = field.focus();
        }
    };
    // Only what the learner wrote has lines to show.
    let lines = move || {
        let span = session.cluster.snapshot.read().span(&reference, "metadata.name")?;
        (span.file != crate::text::FileId::PRESET).then(|| {
            view! {
                <button class="plain" type="button" on:click=move |_| session.manifests.reveal.set(Some(span))>
                    {session.words().show_lines}
                </button>
            }
        })
    };
    view! {
        <div class="actions">
            <button class="plain" type="button" on:click=send_from>
                {session.say(|w| w.send_from_here)}
            </button>
            {lines}
        </div>
    }
}
