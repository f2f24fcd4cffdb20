//! What must be said once, above everything: the text is not kept, was not applied after a crash, or another tab has another.

use leptos::prelude::*;

use super::icons::icon;
use super::state::Session;

/// The notices that hold now.
#[component]
pub fn Notices() -> impl IntoView {
    let session = Session::expect();
    let dismissed = RwSignal::new(false);
    let not_kept = move || {
        (!session.manifests.is_stored.get() && !dismissed.get()).then(|| {
            view! {
                <p class="notice" role="status">
                    {icon("info")}
                    <span>{session.say(|w| w.not_kept)}</span>
                    <button
                        class="plain icon"
                        type="button"
                        aria-label=session.say(|w| w.close)
                        on:click=move |_| dismissed.set(true)
                    >
                        {icon("cross")}
                    </button>
                </p>
            }
        })
    };
    let crashed = move || {
        (!session.manifests.is_synced.get()).then(|| {
            view! {
                <p class="notice" role="status">
                    {icon("warn")}
                    <span>{session.say(|w| w.crashed_before)}</span>
                    <button class="plain" type="button" on:click=move |_| session.sync_again()>
                        {session.say(|w| w.apply_again)}
                    </button>
                </p>
            }
        })
    };
    let other_tab = move || {
        session.manifests.of_other_tab.read().is_some().then(|| {
            view! {
                <p class="notice" role="status">
                    {icon("warn")}
                    <span>{session.say(|w| w.other_tab)}</span>
                    <button class="plain" type="button" on:click=move |_| session.take_other_tab()>
                        {session.say(|w| w.take_other_tab)}
                    </button>
                    <button class="plain" type="button" on:click=move |_| session.keep_own_tab()>
                        {session.say(|w| w.keep_own)}
                    </button>
                </p>
            }
        })
    };
    view! { <div class="notices">{crashed} {other_tab} {not_kept}</div> }
}
