//! What can go wrong with what is selected: each with what will follow and when, and what mends it.

use leptos::prelude::*;

use crate::api::ObjectRef;
use crate::small_sort::SmallSort as _;
use crate::ui::clock_panel::NEXT_EVENT;
use crate::ui::state::Session;
use crate::world::actions::{ActionOffer, offers};

/// The list of what can be done to it.
#[component]
pub fn Faults(
    /// The pod or node.
    reference: ObjectRef,
) -> impl IntoView {
    let session = Session::expect();
    let about = reference.clone();
    // The same offers keep their buttons, and a button its focus.
    let all = Memo::new(move |_| offers(&session.cluster.snapshot.read(), &about));
    let rows = move || -> Vec<AnyView> {
        let lang = session.lang.get();
        let mut found = all.get();
        found.small_sort_by_key(|it| !it.mends);
        let rows = found.into_iter().map(|it| row(session, reference.clone(), it, lang));
        rows.collect()
    };
    move || {
        (!all.read().is_empty()).then(|| {
            view! {
                <details class="breaks" open>
                    <summary>
                        <b>{session.say(|w| w.what_if)}</b>
                    </summary>
                    <ul>{rows.clone()}</ul>
                </details>
            }
        })
    }
}

fn row(session: Session, reference: ObjectRef, offer: ActionOffer, lang: crate::text::Lang) -> AnyView {
    let (name, tells) = (offer.name.get(lang).to_owned(), offer.tells.get(lang).to_owned());
    let class = if offer.mends { "plain mends" } else { "plain" };
    let act = move |_| {
        session.perform(&reference, &offer);
        // What comes next is to let time pass.
        if let Some(button) = document()
            .get_element_by_id(NEXT_EVENT)
            .and_then(crate::ui::components::as_html)
        {
            // Fails only for an element that is not in the document.
            let _ = button.focus();
        }
    };
    view! {
        <li>
            <button class=class type="button" on:click=act>
                {name}
            </button>
            <p>{tells}</p>
        </li>
    }
    .into_any()
}
