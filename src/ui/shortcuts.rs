//! The dialog of shortcuts, and the keys that work everywhere outside text fields.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icons::icon;
use super::stage::SceneModel;
use super::state::Session;
use super::traffic::BURST;

/// The dialog, for who opens it.
#[derive(Clone, Copy)]
pub struct ShortcutsDialog(pub NodeRef<leptos::html::Dialog>);

impl ShortcutsDialog {
    /// Shows the dialog.
    pub fn open(self) {
        if let Some(dialog) = self.0.get_untracked().filter(|it| !it.open()) {
            // Fails only for a dialog that is open already.
            let _ = dialog.show_modal();
        }
    }

    fn close(self) {
        if let Some(dialog) = self.0.get_untracked() {
            dialog.close();
        }
    }
}

/// The list of all shortcuts.
#[component]
pub fn Shortcuts(
    /// The dialog, which others open.
    dialog: ShortcutsDialog,
) -> impl IntoView {
    let session = Session::expect();
    let row = move |keys: &'static [&'static str], what: fn(&'static super::i18n::Words) -> &'static str| {
        let shown = |key: &'static str| if key == "Ctrl" && is_mac() { "⌘" } else { key };
        let keys: Vec<_> = keys.iter().map(|key| view! { <kbd>{shown(key)}</kbd> }).collect();
        view! {
            <dt>{keys}</dt>
            <dd>{session.say(what)}</dd>
        }
    };
    // A press on the backdrop is a press on the dialog itself, outside of what it holds.
    let on_click = move |event: ev::MouseEvent| {
        let on_backdrop = event.target() == event.current_target();
        if on_backdrop {
            dialog.close();
        }
    };
    view! {
        <dialog class="shortcuts" node_ref=dialog.0 aria-labelledby="shortcuts-title" on:click=on_click>
            <div class="shortcuts-body">
                <header>
                    <h2 id="shortcuts-title">{session.say(|w| w.shortcuts)}</h2>
                    <button
                        class="plain icon"
                        type="button"
                        aria-label=session.say(|w| w.close)
                        on:click=move |_| dialog.close()
                    >
                        {icon("cross")}
                    </button>
                </header>
                <dl>
                    {row(&["Space"], |w| w.key_play)} {row(&["←", "→"], |w| w.key_hop)}
                    {row(&["Home", "End"], |w| w.key_ends)} {row(&["Ctrl", "Enter"], |w| w.key_send)}
                    {row(&["Ctrl", "Shift", "Enter"], |w| w.key_send_100)} {row(&["1", "2", "3"], |w| w.key_answer)}
                    {row(&["+", "−", "0"], |w| w.key_zoom)}
                    {row(&["F"], |w| w.key_follow)} {row(&["?"], |w| w.shortcuts)} {row(&["Esc"], |w| w.key_close)}
                    {row(&["Esc", "Tab"], |w| w.key_leave_editor)}
                </dl>
                <p>{session.say(|w| w.keys_note)}</p>
            </div>
        </dialog>
    }
}

fn is_mac() -> bool {
    window().navigator().platform().is_ok_and(|it| it.starts_with("Mac"))
}

/// Whether keys belong to whatever has the focus: text is typed there, or it knows the arrows itself.
fn is_taken(event: &KeyboardEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| {
        let typing = "input, textarea, select, [contenteditable], .cm-editor, dialog, [popover], [role=separator]";
        element.closest(typing).ok().flatten().is_some()
    })
}

/// Listens for keys while the calling component stands.
pub fn listen(session: Session, scene: SceneModel, dialog: ShortcutsDialog) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || event.is_composing() {
            return;
        }
        let command = event.ctrl_key() || event.meta_key();
        if command && event.key() == "Enter" {
            event.prevent_default();
            return session.send(if event.shift_key() { BURST } else { 1 });
        }
        if command || event.alt_key() || is_taken(&event) {
            return;
        }
        let on_button = event
            .target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok())
            .is_some_and(|it| it.closest("button, a, summary").ok().flatten().is_some());
        match event.key().as_str() {
            " " if !on_button => session.toggle(),
            "ArrowLeft" => session.playback.step(-1),
            "ArrowRight" => session.playback.step(1),
            "Home" => session.playback.seek(0.0),
            "End" => session.playback.seek(f64::INFINITY),
            "+" | "=" => scene.view.zoom_by(1),
            "-" => scene.view.zoom_by(-1),
            "0" => scene.view.fit(),
            "f" | "F" => scene.view.follow.update(|it| *it = !*it),
            "?" => dialog.open(),
            "Escape" if session.selection.read_untracked().is_some() => session.selection.set(None),
            digit @ ("1" | "2" | "3" | "4") if untrack(|| session.playback.is_asking()) => {
                session.answer(digit.parse::<usize>().ok().map(|it| it - 1));
            }
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}
