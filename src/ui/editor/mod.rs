//! The manifests: a plain text area at first, the code editor once it has loaded, and what was found below it.
//!
//! - [`bridge`]: the foreign editor
//! - [`help`]: completion, hover help and diagnostics in its terms
//! - [`problems`]: the list of findings

pub mod bridge;
pub mod help;
pub mod problems;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};

use self::bridge::{Callbacks, CodeEditor};
use self::problems::Problems;
use super::clock::Delay;
use super::crash;
use super::examples::open_by_name;
use super::icons::icon;
use super::state::{Panel, Session};
use crate::api::Release;
use crate::cluster::Preset;
use crate::text::{FileId, Span};

/// When the code editor is fetched: after the first packet has set off.
const FETCH_AFTER_MS: u32 = 700;

/// The code editor, once there.
type Slot = StoredValue<Option<CodeEditor>, LocalStorage>;

/// The manifests and what was found in them.
#[component]
pub fn Editor() -> impl IntoView {
    let session = Session::expect();
    let slot: Slot = StoredValue::new_local(None);
    let ready = RwSignal::new(false);
    let plain = NodeRef::<leptos::html::Textarea>::new();
    let host = NodeRef::<leptos::html::Div>::new();
    let composing = RwSignal::new(false);

    Fetch {
        session,
        slot,
        ready,
        plain,
        host,
        composing,
        later: StoredValue::new_local(Delay::default()),
    }
    .soon();
    follow_session(session, slot, ready, plain);

    view! {
        <Toolbar />
        <Starts />
        <div class="code" node_ref=host data-ready=move || ready.get().to_string()>
            <Show when=move || !ready.get()>
                <textarea
                    class="plain-code"
                    node_ref=plain
                    spellcheck="false"
                    autocapitalize="none"
                    autocomplete="off"
                    wrap="off"
                    aria-label=session.say(|w| w.manifests)
                    prop:value=session.manifests.text
                    on:input:target=move |event| session.typed(event.target().value())
                    on:compositionstart=move |_| composing.set(true)
                    on:compositionend=move |_| composing.set(false)
                ></textarea>
            </Show>
        </div>
        <Problems go=Callback::new(move |span| go_to(session, slot, plain, span)) />
    }
}

/// Everything that fetching the code editor needs.
#[derive(Clone, Copy)]
struct Fetch {
    session: Session,
    slot: Slot,
    ready: RwSignal<bool>,
    plain: NodeRef<leptos::html::Textarea>,
    host: NodeRef<leptos::html::Div>,
    composing: RwSignal<bool>,
    later: StoredValue<Delay, LocalStorage>,
}

impl Fetch {
    fn soon(self) {
        self.later
            .update_value(|delay| delay.after(FETCH_AFTER_MS, move || self.start()));
    }

    fn start(self) {
        spawn_local(async move {
            // Where the editor cannot be fetched, the text area stays and does its work.
            if let Ok(loaded) = bridge::load().await {
                self.put(&loaded);
            }
        });
    }

    /// Puts the code editor in the text area's place, with its text, cursor and focus.
    fn put(self, loaded: &bridge::Loaded) {
        // The page may be gone by now.
        let Some(composing) = self.composing.try_get_untracked() else {
            return;
        };
        let (Some(host), Some(plain)) = (self.host.get_untracked(), self.plain.get_untracked()) else {
            return;
        };
        if composing {
            // A half-composed syllable must not be torn: try again when the text area is left.
            return self.soon();
        }
        let session = self.session;
        let text = session.manifests.text.get_untracked();
        let had_focus = document().active_element().as_ref() == Some(plain.unchecked_ref());
        let cursor = plain.selection_start().ok().flatten().unwrap_or(0);
        let callbacks = Callbacks {
            on_change: Box::new(move |text| session.typed(text)),
            complete: Box::new(move |text, offset| help::complete(&text, offset as usize)),
            hover: Box::new(move |text, offset| help::hover(&text, offset as usize)),
        };
        let (lang, label) = (session.lang.get_untracked(), untrack(session.say(|w| w.manifests)));
        if let Ok(editor) = loaded.create(&host, &text, lang, label, callbacks) {
            if had_focus {
                editor.focus(Some(bytes_before(&text, cursor)));
            }
            self.slot.set_value(Some(editor));
            self.ready.set(true);
        }
    }
}

/// The UTF-8 length of the first `units` UTF-16 code units.
fn bytes_before(text: &str, units: u32) -> u32 {
    let mut left = units as usize;
    let taken = text.chars().take_while(|letter| {
        let fits = left > 0;
        left = left.saturating_sub(letter.len_utf16());
        fits
    });
    taken.map(char::len_utf8).sum::<usize>() as u32
}

/// What the session says reaches the code editor: text replaced from elsewhere, findings, marks, language.
fn follow_session(session: Session, slot: Slot, ready: RwSignal<bool>, plain: NodeRef<leptos::html::Textarea>) {
    let with = move |what: &dyn Fn(&CodeEditor)| {
        slot.with_value(|editor| {
            if let Some(editor) = editor {
                what(editor);
            }
        });
    };
    Effect::new(move |was: Option<u32>| {
        let count = session.manifests.replacements.get();
        if was.is_some_and(|was| was != count) {
            session
                .manifests
                .text
                .with_untracked(|text| with(&|editor| editor.set_text(text)));
        }
        count
    });
    Effect::new(move |_| {
        if ready.get() {
            let list = help::diagnostics(&session.manifests.findings.read(), session.lang.get());
            with(&|editor| editor.set_diagnostics(&list));
        }
    });
    Effect::new(move |_| {
        if ready.get() {
            let origin = session.origin().map(|(span, bad)| match bad {
                // The line that is wrong, and none of those below it.
                true => (session.manifests.first_line_of(span), true),
                false => (span, false),
            });
            with(&|editor| editor.set_mark(origin));
            // Whoever asked to see what fails a check sees the line, too.
            if let Some((span, true)) = origin
                && session.lesson.fault_to_reveal.get_untracked()
            {
                session.lesson.fault_to_reveal.set(false);
                with(&|editor| editor.reveal(span, true));
            }
        }
    });
    Effect::new(move |_| {
        if let Some(offset) = session.manifests.opens_at.get().filter(|_| ready.get()) {
            with(&|editor| editor.show(offset));
        }
    });
    Effect::new(move |_| {
        let (lang, label) = (session.lang.get(), session.words().manifests);
        with(&|editor| editor.set_lang(lang, label));
    });
    Effect::new(move |_| {
        if let Some(span) = session
            .manifests
            .reveal
            .get()
            .filter(|span| span.file == FileId::default())
        {
            untrack(|| session.layout.panel.set(Panel::Yaml));
            if ready.get_untracked() {
                with(&|editor| editor.reveal(span, false));
            } else {
                select(session, plain, span);
            }
        }
    });
    on_cleanup(move || slot.set_value(None));
}

/// Puts the cursor where a finding stands.
fn go_to(session: Session, slot: Slot, plain: NodeRef<leptos::html::Textarea>, span: Span) {
    session.layout.panel.set(Panel::Yaml);
    let done = slot.with_value(|editor| editor.as_ref().map(|editor| editor.focus(Some(span.start))));
    if done.is_none() {
        select(session, plain, span);
    }
}

/// Selects a byte range in the plain text area.
fn select(session: Session, plain: NodeRef<leptos::html::Textarea>, span: Span) {
    let Some(area) = plain.get_untracked() else { return };
    let units = |end: u32| {
        session.manifests.text.with_untracked(|text| {
            let before = text.get(..end as usize).unwrap_or(text);
            before.encode_utf16().count() as u32
        })
    };
    // Both fail only for an element that is not in the document.
    let _ = area.focus();
    let _ = area.set_selection_range(units(span.start), units(span.end));
}

/// Where to begin, while there is nothing in the editor.
#[component]
fn Starts() -> impl IntoView {
    let session = Session::expect();
    let empty = Memo::new(move |_| session.manifests.text.read().trim().is_empty());
    move || {
        (empty.get() && session.lesson.open.read().is_none()).then(|| {
            view! {
                <div class="starts">
                    <p>{session.say(|w| w.starts)}</p>
                    <button class="plain edged" type="button" on:click=move |_| open_by_name(session, "cluster-ip")>
                        {session.say(|w| w.start_easy)}
                    </button>
                    <button class="plain edged" type="button" on:click=move |_| open_by_name(session, "no-endpoints")>
                        {session.say(|w| w.start_broken)}
                    </button>
                    <button class="plain edged" type="button" on:click=move |_| session.open_first_lesson()>
                        {session.say(|w| w.new_here)}
                    </button>
                </div>
            }
        })
    }
}

/// Which cluster the manifests go to, and what can be done with all of them.
#[component]
fn Toolbar() -> impl IntoView {
    let session = Session::expect();
    let restart = move |preset, release| {
        session.restart(preset, release);
        session.sync();
    };
    let choose_preset = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlSelectElement>| {
        let release = session.manifests.release.get_untracked();
        restart(event.target().value().parse().unwrap_or_default(), release);
    };
    let choose_release = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlSelectElement>| {
        let preset = session.manifests.preset.get_untracked();
        restart(preset, event.target().value().parse().unwrap_or_default());
    };
    let save = move |_| {
        // Where no file can be made there is nothing to save to; the text stays on the page.
        let _ = save_as_file(&session.manifests.text.read_untracked());
    };
    let described = move || {
        let words = session.words();
        match session.manifests.preset.get() {
            Preset::Cloud => words.preset_cloud,
            Preset::BareMetal => words.preset_bare_metal,
            Preset::Minikube => words.preset_minikube,
        }
    };
    view! {
        <div class="files">
            <h2>{session.say(|w| w.manifests)}</h2>
            <label class="preset">
                <span>{session.say(|w| w.preset)}</span>
                <select title=described prop:value=move || session.manifests.preset.get().name() on:change:target=choose_preset>
                    {Preset::ALL
                        .map(|preset| {
                            view! {
                                <option value=preset.name() selected=move || session.manifests.preset.get() == preset>
                                    {preset.name()}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </label>
            <label class="preset">
                <select
                    title=session.say(|w| w.release)
                    aria-label=session.say(|w| w.release)
                    disabled=move || session.lesson.open.read().is_some()
                    prop:value=move || session.manifests.release.get().name()
                    on:change:target=choose_release
                >
                    {Release::ALL
                        .map(|release| {
                            view! {
                                <option value=release.name() selected=move || session.manifests.release.get() == release>
                                    {release.name()}
                                </option>
                            }
                        })
                        .collect_view()}
                </select>
            </label>
            <button
                class="plain icon"
                type="button"
                title=session.say(|w| w.download)
                aria-label=session.say(|w| w.download)
                on:click=save
            >
                {icon("save")}
            </button>
        </div>
    }
}

fn save_as_file(text: &str) -> Result<(), JsValue> {
    let href = crash::file_link(text)?;
    let link: web_sys::HtmlElement = document().create_element("a")?.unchecked_into();
    link.set_attribute("href", &href)?;
    link.set_attribute("download", "kubehop.yaml")?;
    link.click();
    web_sys::Url::revoke_object_url(&href)
}
