//! The bar at the top: what this is, language, theme.

use leptos::prelude::*;

use super::clock::system_is_dark;
use super::icons::icon;
use super::state::{Session, Theme};
use crate::text::Lang;

/// The top bar.
#[component]
pub fn TopBar() -> impl IntoView {
    let session = Session::expect();
    let dark = move || match session.theme.get() {
        Theme::System => system_is_dark(),
        theme => theme == Theme::Dark,
    };
    let switch_lang = move |_| {
        session.lang.update(|lang| {
            *lang = match lang {
                Lang::En => Lang::Ko,
                Lang::Ko => Lang::En,
            };
        });
    };
    let switch_theme = move |_| {
        let next = if dark() { Theme::Light } else { Theme::Dark };
        session.theme.set(next);
    };
    let theme_label = move || {
        if dark() {
            session.say(|w| w.theme_to_light)()
        } else {
            session.say(|w| w.theme_to_dark)()
        }
    };
    view! {
        <header class="top">
            <a class="brand" href="" aria-label="Kubehop">
                <svg class="i-logo" aria-hidden="true">
                    <use_ href="#i-logo"></use_>
                </svg>
                <span>"Kubehop"</span>
            </a>
            <span class="lab"></span>
            <button class="plain lang" type="button" on:click=switch_lang title=session.say(|w| w.switch_lang)>
                {session.say(|w| w.other_lang)}
            </button>
            <button class="plain icon" type="button" on:click=switch_theme aria-label=theme_label title=theme_label>
                {icon("theme")}
            </button>
        </header>
    }
}
