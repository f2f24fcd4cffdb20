//! The bar at the top: what this is, examples, help, language, theme.

use leptos::prelude::*;

use super::clock::system_is_dark;
use super::examples::{Examples, title_of};
use super::i18n::Words;
use super::icons::icon;
use super::shortcuts::ShortcutsDialog;
use super::state::{Session, Theme};

/// The top bar.
#[component]
pub fn TopBar(
    /// The dialog of shortcuts.
    shortcuts: ShortcutsDialog,
) -> impl IntoView {
    let session = Session::expect();
    let dark = move || match session.layout.theme.get() {
        Theme::System => system_is_dark(),
        theme => theme == Theme::Dark,
    };
    let other_lang = move || session.lang.get().next();
    let switch_lang = move |_| session.lang.update(|lang| *lang = lang.next());
    let switch_theme = move |_| {
        let next = if dark() { Theme::Light } else { Theme::Dark };
        session.layout.theme.set(next);
    };
    let theme_label = move || {
        let words = session.words();
        if dark() {
            words.theme_to_light
        } else {
            words.theme_to_dark
        }
    };
    let title = move || match session.lesson.open.get() {
        Some(opened) => opened.lesson.title.get(session.lang.get()).to_owned(),
        None => match title_of(&session.manifests.example.read(), session.lang.get()) {
            "" => session.words().own_manifests.to_owned(),
            title => title.to_owned(),
        },
    };
    view! {
        <header class="top">
            <a class="brand" href="./" aria-label="Kubehop">
                {icon("logo")}
                <span>"Kubehop"</span>
            </a>
            <nav class="modes" aria-label=session.say(|w| w.modes)>
                <button
                    class="plain"
                    type="button"
                    aria-current=move || (!session.lesson.shown.get()).then_some("page")
                    on:click=move |_| session.leave_lessons()
                >
                    {session.say(|w| w.sandbox)}
                </button>
                <button
                    class="plain"
                    type="button"
                    aria-current=move || session.lesson.shown.get().then_some("page")
                    on:click=move |_| session.show_lessons()
                >
                    {session.say(|w| w.lessons)}
                </button>
            </nav>
            {move || (!session.lesson.shown.get()).then(|| view! { <Examples /> })}
            <Newcomer />
            {move || {
                // An open lesson, and the list of them, have headings of their own.
                if session.lesson.shown.get() {
                    view! { <p class="lab">{title}</p> }.into_any()
                } else {
                    view! { <h1 class="lab">{title}</h1> }.into_any()
                }
            }}
            <button
                class="plain icon keys"
                type="button"
                aria-label=session.say(|w| w.shortcuts)
                title=session.say(|w| w.shortcuts)
                on:click=move |_| shortcuts.open()
            >
                {icon("help")}
            </button>
            <button
                class="plain lang"
                type="button"
                lang=move || other_lang().code()
                on:click=switch_lang
                title=move || Words::of(other_lang()).view_in_this
            >
                {move || other_lang().name()}
            </button>
            <button class="plain icon theme" type="button" on:click=switch_theme aria-label=theme_label title=theme_label>
                {icon("theme")}
            </button>
        </header>
    }
}

/// The way to the first lesson, for whoever has done nothing in any.
#[component]
pub fn Newcomer() -> impl IntoView {
    let session = Session::expect();
    let new =
        Memo::new(move |_| !session.lesson.shown.get() && session.lesson.progress.with(|it| it.lessons.is_empty()));
    move || {
        new.get().then(|| {
            view! {
                <button class="plain newcomer" type="button" on:click=move |_| session.open_first_lesson()>
                    {session.say(|w| w.new_here)}
                </button>
            }
        })
    }
}
