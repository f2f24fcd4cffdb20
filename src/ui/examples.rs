//! The menu of examples: each brings manifests and the request that shows them best.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::fetch;
use super::icons::icon;
use super::state::Session;
use crate::text::Lang;
use crate::world::examples::{EXAMPLES, Example, FIRST_TEXT, GROUPS, Group, find};

/// The title of an example by name; empty where there is none of that name.
#[must_use]
pub fn title_of(name: &str, lang: Lang) -> &'static str {
    find(name).map_or("", |example| example.title(lang))
}

/// The button and the menu under it.
#[component]
pub fn Examples() -> impl IntoView {
    let session = Session::expect();
    let menu = NodeRef::<leptos::html::Div>::new();
    let failed = RwSignal::new(false);
    let choose = move |example: &'static Example| {
        failed.set(false);
        spawn_local(async move {
            match text_of(example).await {
                Some(text) => {
                    if let Some(menu) = menu.get_untracked() {
                        // Fails only for a menu that is closed already.
                        let _ = menu.hide_popover();
                    }
                    session.open_example(example, &text);
                }
                None => failed.set(true),
            }
        });
    };
    let typed = RwSignal::new(String::new());
    let fits = move |example: &Example| {
        let typed = typed.read().trim().to_lowercase();
        let titles = Lang::ALL.iter().map(|lang| example.title(*lang).to_lowercase());
        typed.is_empty()
            || titles
                .chain([example.sketch(), example.name.to_owned()])
                .any(|it| it.contains(&typed))
    };
    let item = move |example: &'static Example| {
        let current = move || (session.manifests.example.read().as_str() == example.name).then_some("true");
        view! {
            <li hidden=move || !fits(example)>
                <button type="button" aria-current=current on:click=move |_| choose(example)>
                    <span>{move || example.title(session.lang.get())}</span>
                    <small>{example.sketch()}</small>
                </button>
            </li>
        }
    };
    let groups = GROUPS.iter().map(|group| {
        let mine = move || EXAMPLES.iter().filter(|it| it.group == group.id);
        let items = mine().map(item);
        // Notes are many, and for who looks for one of them.
        let open = move || !matches!(group.id, Group::Notes | Group::Refused) || !typed.read().trim().is_empty();
        view! {
            <details open=open hidden=move || !mine().any(fits)>
                <summary>{move || group.title(session.lang.get())}" "<span class="n">{mine().count()}</span></summary>
                <ul>{items.collect_view()}</ul>
            </details>
        }
    });
    let none = move || (!EXAMPLES.iter().any(fits)).then(|| view! { <p class="note">{session.words().no_example}</p> });
    view! {
        <button class="plain menu-button" type="button" popovertarget="examples">
            {session.say(|w| w.examples)}
            {icon("down")}
        </button>
        <div class="examples float" id="examples" popover="auto" node_ref=menu>
            <input
                type="search"
                id="example-search"
                autocomplete="off"
                spellcheck="false"
                placeholder=session.say(|w| w.find_example)
                aria-label=session.say(|w| w.find_example)
                prop:value=typed
                on:input:target=move |event| typed.set(event.target().value())
            />
            <div class="groups">{groups.collect_view()} {none}</div>
            <p class="note" class:bad=failed role="status">
                {move || {
                    let words = session.words();
                    if failed.get() { words.example_failed } else { words.examples_note }
                }}
            </p>
        </div>
    }
}

/// Opens an example by name, as a start for an empty editor.
pub fn open_by_name(session: Session, name: &str) {
    let Some(example) = find(name) else { return };
    spawn_local(async move {
        if let Some(text) = text_of(example).await {
            session.open_example(example, &text);
        }
    });
}

/// The text of an example: the first one is part of the program, the others are files beside it.
async fn text_of(example: &'static Example) -> Option<String> {
    if example.name == EXAMPLES[0].name {
        return Some(FIRST_TEXT.to_owned());
    }
    fetch::text(&format!("examples/{}.yaml", example.name)).await
}
