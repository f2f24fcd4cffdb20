//! The regions of the page, in reading and focus order.

use leptos::prelude::*;

use super::i18n;
use super::icons::{Sprite, icon};
use super::state::{Panel, Session, Theme};
use super::topbar::TopBar;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let session = Session::provide(super::state::first_snapshot());
    document_attributes(session);
    view! {
        <Sprite />
        <a class="skip" href="#hops">
            {session.say(|w| w.skip)}
        </a>
        <TopBar />
        <main class="work" data-panel=move || panel_name(session.panel.get())>
            <section class="side" aria-label=session.say(|w| w.side_label)></section>
            <section class="centre"></section>
            <aside class="detail" aria-label=session.say(|w| w.detail_label)></aside>
        </main>
        <PhoneTabs />
    }
}

/// Language, theme and title of the document follow the session.
fn document_attributes(session: Session) {
    let document = document();
    Effect::new(move |_| {
        let Some(root) = document.document_element() else {
            return;
        };
        // Setting an attribute fails only for a malformed name.
        let _ = root.set_attribute("lang", i18n::tag(session.lang.get()));
        let _ = match session.theme.get() {
            Theme::System => root.remove_attribute("data-theme"),
            Theme::Light => root.set_attribute("data-theme", "light"),
            Theme::Dark => root.set_attribute("data-theme", "dark"),
        };
        document.set_title(session.say(|w| w.title)());
    });
}

const fn panel_name(panel: Panel) -> &'static str {
    match panel {
        Panel::Yaml => "yaml",
        Panel::Hops => "hops",
    }
}

/// The tabs at the thumb, on phones.
#[component]
fn PhoneTabs() -> impl IntoView {
    let session = Session::expect();
    let tab = move |panel: Panel, name: &'static str, label: Signal<&'static str>| {
        view! {
            <button
                type="button"
                aria-current=move || (session.panel.get() == panel).then_some("true")
                on:click=move |_| session.panel.set(panel)
            >
                {icon(name)}
                <span>{label}</span>
            </button>
        }
    };
    let answers = Signal::derive(move || {
        let pick: fn(&'static i18n::Words) -> &'static str = if session.is_burst() {
            |w| w.tab_answers
        } else {
            |w| w.tab_hops
        };
        session.say(pick)()
    });
    view! {
        <nav class="phone-tabs" aria-label=session.say(|w| w.panels)>
            {tab(Panel::Yaml, "yaml", Signal::derive(session.say(|w| w.tab_yaml)))}
            {tab(Panel::Hops, "hops", answers)}
        </nav>
    }
}
