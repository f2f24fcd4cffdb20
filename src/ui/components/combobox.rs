//! A text field with suggestions (the ARIA combobox pattern): anything can be typed, the list only helps.

use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::prelude::*;

use crate::net::suggest::Suggestion;
use crate::ui::icons::icon;
use crate::ui::state::Session;

/// The content of the list under a field.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Closed,
    /// Everything there is: the arrow was pressed.
    All,
    /// What contains the typed text.
    Matching,
}

/// A field with its list, and which option of it is active.
#[derive(Clone, Copy)]
struct State {
    id: &'static str,
    value: RwSignal<String>,
    open: RwSignal<Open>,
    /// Index into the options that are shown; `None`: the field itself has the say.
    active: RwSignal<Option<usize>>,
    options: Memo<Vec<Suggestion>>,
    on_edit: Callback<()>,
}

impl State {
    fn new(
        id: &'static str,
        value: RwSignal<String>,
        suggestions: Signal<Vec<Suggestion>>,
        on_edit: Callback<()>,
    ) -> Self {
        let open = RwSignal::new(Open::Closed);
        let options = Memo::new(move |_| match open.get() {
            Open::Closed => Vec::new(),
            Open::All => suggestions.get(),
            Open::Matching => {
                let typed = value.get().trim().to_lowercase();
                let holds = |it: &Suggestion| it.text.to_lowercase().contains(&typed) && it.text != value.read().trim();
                suggestions.get().into_iter().filter(holds).collect()
            }
        });
        Self {
            id,
            value,
            open,
            active: RwSignal::new(None),
            options,
            on_edit,
        }
    }

    fn is_open(self) -> bool {
        !self.options.read().is_empty()
    }

    fn close(self) {
        self.open.set(Open::Closed);
        self.active.set(None);
    }

    fn show_all(self) {
        self.open.set(Open::All);
        let now = self.value.get_untracked();
        self.active
            .set(self.options.read_untracked().iter().position(|it| it.text == now));
    }

    fn toggle(self) {
        if untrack(|| self.is_open()) {
            self.close();
        } else {
            self.show_all();
        }
    }

    fn edit(self, text: String) {
        self.value.set(text);
        self.on_edit.run(());
        self.active.set(None);
        self.open.set(Open::Matching);
    }

    fn choose(self, idx: usize) {
        let chosen = self.options.read_untracked().get(idx).map(|it| it.text.clone());
        if let Some(text) = chosen {
            self.value.set(text);
            self.on_edit.run(());
        }
        self.close();
    }

    /// Makes the next option active, or the one before; from one end to the other.
    fn step(self, by: isize) {
        let count = self.options.read_untracked().len() as isize;
        if count == 0 {
            return self.show_all();
        }
        let next = match self.active.get_untracked() {
            Some(idx) => (idx as isize + by).rem_euclid(count),
            None if by > 0 => 0,
            None => count - 1,
        };
        self.active.set(Some(next as usize));
        scroll_to(&self.option_id(next as usize));
    }

    fn on_key(self, event: &KeyboardEvent) {
        match event.key().as_str() {
            "ArrowDown" => {
                event.prevent_default();
                self.step(1);
            }
            "ArrowUp" => {
                event.prevent_default();
                self.step(-1);
            }
            "Enter" => match self.active.get_untracked() {
                Some(idx) if self.open.get_untracked() != Open::Closed => {
                    event.prevent_default();
                    self.choose(idx);
                }
                _ => self.close(),
            },
            "Escape" if self.open.get_untracked() != Open::Closed => {
                event.stop_propagation();
                self.close();
            }
            _ => {}
        }
    }

    fn option_id(self, idx: usize) -> String {
        format!("{}-{idx}", self.id)
    }

    fn list_id(self) -> String {
        format!("{}-list", self.id)
    }
}

/// A field and its suggestions.
#[component]
pub fn Combobox(
    /// The field's id; the list's is derived from it.
    id: &'static str,
    /// The name of the field.
    #[prop(into)]
    label: Signal<&'static str>,
    /// The text.
    value: RwSignal<String>,
    /// All suggestions; asked for while the list is open only.
    #[prop(into)]
    suggestions: Signal<Vec<Suggestion>>,
    /// Whether the text cannot be used.
    #[prop(into)]
    bad: Signal<bool>,
    /// Called whenever the text changes by hand.
    on_edit: Callback<()>,
) -> impl IntoView {
    let session = Session::expect();
    let state = State::new(id, value, suggestions, on_edit);
    let input = NodeRef::<leptos::html::Input>::new();
    let on_click = move |_| {
        if !untrack(|| state.is_open()) {
            state.show_all();
        }
    };
    let on_button = move |_| {
        state.toggle();
        if let Some(input) = input.get_untracked() {
            // Fails only for an element that is not in the document.
            let _ = input.focus();
        }
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
                aria-controls=state.list_id()
                aria-expanded=move || state.is_open().to_string()
                aria-invalid=move || bad.get().to_string()
                aria-describedby=move || bad.get().then_some("complaint")
                aria-activedescendant=move || state.active.get().map(|idx| state.option_id(idx))
                prop:value=value
                on:input:target=move |event| state.edit(event.target().value())
                on:keydown=move |event| state.on_key(&event)
                on:click=on_click
                on:blur=move |_| state.close()
            />
            <button
                type="button"
                tabindex="-1"
                aria-label=session.say(|w| w.suggestions)
                on:pointerdown=move |event| event.prevent_default()
                on:click=on_button
            >
                {icon("down")}
            </button>
            <ul
                id=state.list_id()
                class="options float"
                role="listbox"
                aria-label=label
                hidden=move || !state.is_open()
            >
                {move || options(session, state)}
            </ul>
        </div>
    }
}

/// The options that are shown, as rows of the list.
fn options(session: Session, state: State) -> Vec<AnyView> {
    let lang = session.lang.get();
    let rows = state.options.get().into_iter().enumerate().map(|(idx, it)| {
        // Before the field loses the focus, which closes the list.
        let on_press = move |event: PointerEvent| event.prevent_default();
        view! {
            <li
                id=state.option_id(idx)
                role="option"
                aria-selected=move || (state.active.get() == Some(idx)).to_string()
                on:pointerdown=on_press
                on:click=move |_| state.choose(idx)
            >
                <span class="what">{it.text}</span>
                <span class="note">{it.note.get(lang).to_owned()}</span>
            </li>
        }
        .into_any()
    });
    rows.collect()
}

fn scroll_to(id: &str) {
    if let Some(row) = document().get_element_by_id(id) {
        let options = web_sys::ScrollIntoViewOptions::new();
        options.set_block(web_sys::ScrollLogicalPosition::Nearest);
        row.scroll_into_view_with_scroll_into_view_options(&options);
    }
}
