//! A text field with suggestions (the ARIA combobox pattern): anything can be typed, the list only helps.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;

use crate::net::suggest::Suggestion;
use crate::ui::clock::coarse_pointer;
use crate::ui::icons::icon;
use crate::ui::state::Session;

/// What the list under a field shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Closed,
    /// Everything there is: the arrow was pressed.
    All,
    /// What holds the typed text.
    Matching,
}

/// A field and its suggestions.
#[component]
pub fn Combobox(
    /// The field's id; the list's is derived from it.
    id: &'static str,
    /// What the field is for.
    #[prop(into)]
    label: Signal<&'static str>,
    /// The text.
    value: RwSignal<String>,
    /// All suggestions; asked for while the list is open only.
    #[prop(into)]
    suggestions: Signal<Vec<Suggestion>>,
    /// Whether the text is at fault.
    #[prop(into)]
    bad: Signal<bool>,
    /// Called whenever the text changes by hand.
    on_edit: Callback<()>,
) -> impl IntoView {
    let session = Session::expect();
    let open = RwSignal::new(Open::Closed);
    let active = RwSignal::new(None::<usize>);
    let input = NodeRef::<leptos::html::Input>::new();
    let shown = Memo::new(move |_| match open.get() {
        Open::Closed => Vec::new(),
        Open::All => suggestions.get(),
        Open::Matching => {
            let typed = value.get().trim().to_lowercase();
            let holds = |it: &Suggestion| it.text.to_lowercase().contains(&typed) && it.text != value.read().trim();
            suggestions.get().into_iter().filter(holds).collect()
        }
    });
    let is_open = move || !shown.read().is_empty();
    let close = move || {
        open.set(Open::Closed);
        active.set(None);
    };
    let show_all = move || {
        open.set(Open::All);
        let now = value.get_untracked();
        active.set(shown.read_untracked().iter().position(|it| it.text == now));
    };
    let choose = move |idx: usize| {
        let chosen = shown.read_untracked().get(idx).map(|it| it.text.clone());
        if let Some(text) = chosen {
            value.set(text);
            on_edit.run(());
        }
        close();
    };
    let go = move |by: isize| {
        let count = shown.read_untracked().len() as isize;
        if count == 0 {
            return show_all();
        }
        let next = match active.get_untracked() {
            Some(idx) => (idx as isize + by).rem_euclid(count),
            None if by > 0 => 0,
            None => count - 1,
        };
        active.set(Some(next as usize));
        scroll_to(&option_id(id, next as usize));
    };
    let on_key = move |event: KeyboardEvent| match event.key().as_str() {
        "ArrowDown" => {
            event.prevent_default();
            go(1);
        }
        "ArrowUp" => {
            event.prevent_default();
            go(-1);
        }
        "Enter" => {
            if let (Some(idx), true) = (active.get_untracked(), open.get_untracked() != Open::Closed) {
                event.prevent_default();
                choose(idx);
            } else {
                close();
            }
        }
        "Escape" if open.get_untracked() != Open::Closed => {
            event.stop_propagation();
            close();
        }
        _ => {}
    };
    let list_id = format!("{id}-list");
    let rows = move || {
        let lang = session.lang.get();
        let shown = shown.get();
        let rows = shown.into_iter().enumerate().map(|(idx, it)| {
            // Before the field loses the focus, which closes the list.
            let on_press = move |event: PointerEvent| event.prevent_default();
            view! {
                <li
                    id=option_id(id, idx)
                    role="option"
                    aria-selected=move || (active.get() == Some(idx)).to_string()
                    on:pointerdown=on_press
                    on:click=move |_| choose(idx)
                >
                    <span class="what">{it.text}</span>
                    <span class="note">{it.note.get(lang).to_owned()}</span>
                </li>
            }
        });
        rows.collect_view()
    };
    view! {
        <div class="field" data-bad=move || bad.get().to_string()>
            <input
                node_ref=input
                id=id
                type="text"
                role="combobox"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-label=label
                aria-autocomplete="list"
                aria-controls=list_id.clone()
                aria-expanded=move || is_open().to_string()
                aria-invalid=move || bad.get().to_string()
                aria-describedby=move || bad.get().then_some("complaint")
                aria-activedescendant=move || active.get().map(|idx| option_id(id, idx))
                prop:value=value
                on:input:target=move |event| {
                    value.set(event.target().value());
                    on_edit.run(());
                    active.set(None);
                    open.set(Open::Matching);
                }
                on:keydown=on_key
                on:click=move |_| {
                    if coarse_pointer() && !is_open() {
                        show_all();
                    }
                }
                on:blur=move |_| close()
            />
            <button
                type="button"
                tabindex="-1"
                aria-label=session.say(|w| w.suggestions)
                on:pointerdown=move |event| event.prevent_default()
                on:click=move |_| {
                    if is_open() {
                        close();
                    } else {
                        show_all();
                    }
                    if let Some(input) = input.get_untracked() {
                        // Fails only for an element that is not in the document.
                        let _ = input.focus();
                    }
                }
            >
                {icon("down")}
            </button>
            <ul id=list_id class="options float" role="listbox" aria-label=label hidden=move || !is_open()>
                {rows}
            </ul>
        </div>
    }
}

fn option_id(id: &str, idx: usize) -> String {
    format!("{id}-{idx}")
}

fn scroll_to(id: &str) {
    if let Some(row) = document().get_element_by_id(id) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        row.scroll_into_view_with_scroll_into_view_options(&options);
    }
}
