//! The regions of the page, in reading and focus order.

use leptos::prelude::*;

use super::answers::Answers;
use super::clock_panel::ClockPanel;
use super::components::as_html;
use super::components::splitter::{self, Side, Splitter};
use super::editor::Editor;
use super::first;
use super::hops::Hops;
use super::hops::inspect::Inspector;
use super::hops::outcome::Outcome;
use super::i18n::Words;
use super::icons::{Sprite, icon};
use super::lessons::{Lessons, ScoreButton};
use super::notices::Notices;
use super::selection::SelectionPanel;
use super::shortcuts::{Shortcuts, ShortcutsDialog, listen};
use super::stage::{SceneModel, Stage};
use super::state::{Panel, Session, Theme};
use super::topbar::{Newcomer, TopBar};
use super::traffic::{BURST, TrafficBar};
use super::transport::Transport;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let session = Session::provide();
    let scene = SceneModel::provide(session);
    let shortcuts = ShortcutsDialog(NodeRef::new());
    document_attributes(session);
    session.store_settings();
    session.restore();
    first::take_over(session);
    session.follow_address();
    session.watch_other_tabs();
    listen(session, scene, shortcuts);
    let to_hops = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        session.layout.panel.set(Panel::Hops);
        // After the panel has come to the front.
        request_animation_frame(|| {
            if let Some(hops) = document().get_element_by_id("hops").and_then(as_html) {
                // Fails only for an element that is not in the document.
                let _ = hops.focus();
            }
        });
    };
    view! {
        <Sprite />
        // Where there is room for one panel only, the hop list comes to the front first.
        <a class="skip" href="#hops" on:click=to_hops>
            {session.say(|w| w.skip)}
        </a>
        <TopBar shortcuts />
        <main
            class="work"
            data-panel=move || panel_name(session.layout.panel.get())
            data-mode=move || if session.lesson.shown.get() { "lessons" } else { "sandbox" }
            data-lesson=move || if session.lesson.open.read().is_some() { "open" } else { "none" }
            style=move || splitter::style(session.layout.widths.get())
        >
            <Notices />
            <section class="side" aria-label=session.say(|w| w.manifests)>
                <PanelTabs />
                {move || session.lesson.shown.get().then(|| view! { <Lessons /> })}
                {move || session.lesson.open.read().is_some().then(|| view! { <ScoreButton /> })}
                <div class="editor">
                    <Editor />
                </div>
                <Splitter side=Side::Left />
            </section>
            <section class="centre">
                <TrafficBar />
                <Stage />
                <Transport />
            </section>
            <aside
                class="detail"
                aria-label=session.say(|w| w.detail_label)
                data-selected=move || session.selection.read().is_some().to_string()
            >
                <SelectionPanel />
                <Newcomer />
                <Outcome />
                <section class="hops" id="hops" tabindex="-1">
                    {move || if session.traffic.is_burst() { view! { <Answers /> }.into_any() } else { view! { <Hops /> }.into_any() }}
                </section>
                <section class="inspect">
                    {move || (!session.traffic.is_burst()).then(|| view! { <Inspector /> })}
                </section>
                <button class="send many below" type="button" on:click=move |_| session.send(BURST)>
                    {session.say(|w| w.send_100)}
                </button>
                <ClockPanel />
            </aside>
            <Splitter side=Side::Right />
        </main>
        <PhoneTabs />
        <Shortcuts dialog=shortcuts />
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
        let _ = root.set_attribute("lang", session.lang.get().code());
        let _ = match session.layout.theme.get() {
            Theme::System => root.remove_attribute("data-theme"),
            Theme::Light => root.set_attribute("data-theme", "light"),
            Theme::Dark => root.set_attribute("data-theme", "dark"),
        };
        document.set_title(session.words().title);
    });
}

const fn panel_name(panel: Panel) -> &'static str {
    match panel {
        Panel::Lesson => "lesson",
        Panel::Yaml => "yaml",
        Panel::Hops => "hops",
    }
}

/// The name of a panel: of the one with hops after a burst that of the answers.
fn panel_label(session: Session, panel: Panel) -> &'static str {
    let words: &'static Words = session.words();
    match panel {
        Panel::Lesson => words.tab_lesson,
        Panel::Yaml => words.tab_yaml,
        Panel::Hops if session.traffic.is_burst() => words.tab_answers,
        Panel::Hops => words.tab_hops,
    }
}

/// The tabs over the left column, where it holds both panels.
#[component]
fn PanelTabs() -> impl IntoView {
    let session = Session::expect();
    let tab = move |panel: Panel| {
        view! {
            <button
                type="button"
                aria-pressed=move || (session.layout.panel.get() == panel).to_string()
                on:click=move |_| session.layout.panel.set(panel)
            >
                {move || panel_label(session, panel)}
            </button>
        }
    };
    view! {
        <div class="tabs" role="group" aria-label=session.say(|w| w.panels)>
            {move || session.lesson.shown.get().then(|| tab(Panel::Lesson))}
            {tab(Panel::Yaml)}
            {tab(Panel::Hops)}
        </div>
    }
}

/// The tabs at the thumb, on phones.
#[component]
fn PhoneTabs() -> impl IntoView {
    let session = Session::expect();
    let tab = move |panel: Panel, name: &'static str| {
        view! {
            <button
                type="button"
                aria-current=move || (session.layout.panel.get() == panel).then_some("true")
                on:click=move |_| session.layout.panel.set(panel)
            >
                {icon(name)}
                <span>{move || panel_label(session, panel)}</span>
            </button>
        }
    };
    view! {
        <nav class="phone-tabs" aria-label=session.say(|w| w.panels)>
            {move || session.lesson.shown.get().then(|| tab(Panel::Lesson, "lesson"))}
            {tab(Panel::Yaml, "yaml")}
            {tab(Panel::Hops, "hops")}
        </nav>
    }
}
