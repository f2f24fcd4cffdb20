//! Chapters and lessons; all of them are open. Progress can be carried away as a file and brought back.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use crate::ui::i18n;
use crate::ui::icons::icon;
use crate::ui::state::Session;
use crate::ui::state::lesson::{Entry, Index, Loading};
use crate::ui::state::progress::{Choice, Import, MOST_BYTES};

/// The list of lessons.
#[component]
pub fn List() -> impl IntoView {
    let session = Session::expect();
    let lesson = session.lesson;
    let body = move || match lesson.index.get() {
        Loading::Waiting => view! { <p class="soft" role="status">{session.say(|w| w.loading)}</p> }.into_any(),
        Loading::Failed => view! {
            <p class="bad" role="alert">{session.say(|w| w.lessons_failed)}</p>
            <button class="plain edged" type="button" on:click=move |_| session.show_lessons()>
                {session.say(|w| w.try_again)}
            </button>
        }
        .into_any(),
        Loading::Ready(index) => chapters(session, &index).into_any(),
    };
    view! {
        <h1>{session.say(|w| w.lessons)}</h1>
        <p class="soft">{session.say(|w| w.lessons_intro)}</p>
        {move || lesson.import.get().map(|said| imported(session, &said))}
        {move || lesson.not_found.get().then(|| view! { <p class="bad" role="alert">{session.say(|w| w.lesson_failed)}</p> })}
        {body}
        <ProgressFile />
    }
}

/// What is said of a progress file.
fn imported(session: Session, said: &Import) -> AnyView {
    let words = match said {
        Import::TooLarge => session.say(|w| w.file_too_large),
        Import::Unreadable => session.say(|w| w.file_failed),
        Import::NotKept => session.say(|w| w.progress_not_kept),
        Import::Asks(_, lessons) => {
            let lessons = *lessons;
            let choose = move |choice| move |_| session.lesson.choose(choice);
            return view! {
                <p role="alert">{move || i18n::import_asks(session.lang.get(), lessons)}</p>
                <p class="carry">
                    <button class="plain edged" type="button" on:click=choose(Choice::Theirs)>{session.say(|w| w.take_file)}</button>
                    <button class="plain edged" type="button" on:click=choose(Choice::Mine)>{session.say(|w| w.keep_own)}</button>
                </p>
            }
            .into_any();
        }
    };
    view! { <p class="bad" role="alert">{words}</p> }.into_any()
}

fn chapters(session: Session, index: &Index) -> Vec<AnyView> {
    let number = |name: &str| {
        index
            .lessons
            .iter()
            .position(|it| it.name == name)
            .map_or(0, |at| at + 1)
    };
    let row = |entry: &Entry| {
        let (name, title, clinic) = (entry.name.clone(), entry.title.clone(), entry.clinic);
        let passed = {
            let name = name.clone();
            Memo::new(move |_| session.lesson.passed(&name))
        };
        let at = number(&name);
        view! {
            <li>
                <button type="button" class:passed=passed on:click=move |_| session.open_lesson(name.clone())>
                    <span class="no" aria-hidden="true">
                        {move || if passed.get() { icon("check").into_any() } else { at.into_any() }}
                    </span>
                    <span class="what">
                        {move || title.get(session.lang.get()).to_owned()}
                        {clinic.then(|| view! { <small>{session.say(|w| w.clinic)}</small> })}
                    </span>
                    {move || passed.get().then(|| view! { <span class="sr-only">{session.words().passed}</span> })}
                </button>
            </li>
        }
    };
    let chapter = |id: &str| {
        index
            .lessons
            .iter()
            .filter(|it| it.chapter == id)
            .map(row)
            .collect_view()
    };
    index
        .chapters
        .iter()
        .map(|it| {
            let title = it.title.clone();
            view! {
                <section class="chapter">
                    <h2>{move || title.get(session.lang.get()).to_owned()}</h2>
                    <ol>{chapter(&it.id)}</ol>
                </section>
            }
            .into_any()
        })
        .collect()
}

/// Progress as a file: out and in.
#[component]
fn ProgressFile() -> impl IntoView {
    let session = Session::expect();
    let count = move || {
        let progress = session.lesson.progress;
        let done = progress.with(|it| it.lessons.values().filter(|it| it.passed).count());
        match session.lesson.index.get() {
            Loading::Ready(index) => i18n::lessons_passed(session.lang.get(), done, index.lessons.len()),
            _ => String::new(),
        }
    };
    let href = move || {
        let text: String = js_sys::encode_uri_component(&session.lesson.progress.exported()).into();
        format!("data:application/json;charset=utf-8,{text}")
    };
    let take = move |event: leptos::ev::Event| {
        let input = event
            .target()
            .and_then(|it| it.dyn_into::<web_sys::HtmlInputElement>().ok());
        let Some(file) = input.as_ref().and_then(|it| it.files()?.get(0)) else {
            return;
        };
        if let Some(input) = input {
            // So that the same file can be chosen again.
            input.set_value("");
        }
        if file.size() > f64::from(MOST_BYTES) {
            session.lesson.import.set(Some(Import::TooLarge));
            return;
        }
        spawn_local(async move {
            if let Some(text) = JsFuture::from(file.text()).await.ok().and_then(|it| it.as_string()) {
                session.lesson.import_file(&text);
            }
        });
    };
    view! {
        <footer class="carry">
            <span>{count}</span>
            <a class="plain edged" href=href download="kubehop-progress.json">{session.say(|w| w.progress_out)}</a>
            <label class="plain edged">
                {session.say(|w| w.progress_in)}
                <input class="sr-only" type="file" accept="application/json,.json" on:change=take />
            </label>
        </footer>
    }
}
