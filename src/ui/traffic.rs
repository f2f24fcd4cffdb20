//! The traffic bar: a sentence one can edit. From where, to where, send; for HTTP also how, and with which headers.

use leptos::ev::{FocusEvent, KeyboardEvent, SubmitEvent};
use leptos::prelude::*;

use super::complaint::Complaint;
use super::components::{Combobox, as_html};
use super::icons::icon;
use super::state::Session;
use crate::net::compose::{METHODS, is_http, method_in};
use crate::net::{Source, suggest};

/// How many requests a burst has.
pub const BURST: usize = 100;

/// The traffic bar.
#[component]
pub fn TrafficBar() -> impl IntoView {
    let session = Session::expect();
    let sources = Signal::derive(move || suggest::sources(&session.cluster.snapshot.read()));
    let destinations = Signal::derive(move || {
        let from = session.traffic.from.read().trim().parse().unwrap_or(Source::Client);
        suggest::destinations(&session.cluster.snapshot.read(), &from)
    });
    let at_fault = move |source: bool| {
        let complaint = session.traffic.complaint.read();
        complaint
            .as_ref()
            .is_some_and(|it| it.is_source() == source && !it.is_header())
    };
    let edited = Callback::new(move |()| {
        if session.traffic.complaint.read_untracked().is_some() {
            session.traffic.complaint.set(None);
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        session.send(1);
    };
    let complaint = move || {
        session.traffic.complaint.get().map(|complaint| {
            let text = complaint.say();
            view! {
                <p class="oops" id="complaint" role="alert">
                    {icon("stop")}
                    <span>{text.get(session.lang.get()).to_owned()}</span>
                </p>
            }
        })
    };
    view! {
        <form
            class="traffic"
            aria-label=session.say(|w| w.traffic_label)
            data-burst=move || session.traffic.is_burst().to_string()
            on:submit=submit
        >
            <div class="pick from">
                <label for="from">{session.say(|w| w.from)}</label>
                <Combobox
                    id="from"
                    label=Signal::derive(session.say(|w| w.from))
                    value=session.traffic.from
                    suggestions=sources
                    bad=Signal::derive(move || at_fault(true))
                    on_edit=edited
                />
            </div>
            <div class="pick to">
                <label for="to">{session.say(|w| w.to)}</label>
                <Combobox
                    id="to"
                    label=Signal::derive(session.say(|w| w.to))
                    value=session.traffic.to
                    suggestions=destinations
                    bad=Signal::derive(move || at_fault(false))
                    on_edit=edited
                />
            </div>
            <Http />
            <button class="send" type="submit">
                {session.say(|w| w.send)}
            </button>
            <button class="send many" type="button" on:click=move |_| session.send(BURST)>
                {session.say(|w| w.send_100)}
            </button>
            {complaint}
        </form>
    }
}

/// Method and headers, behind a button that says what they are; only for URLs.
#[component]
fn Http() -> impl IntoView {
    let session = Session::expect();
    let shown = Memo::new(move |_| is_http(&session.traffic.to.read()));
    let open = RwSignal::new(false);
    let method = Memo::new(move |_| {
        let written = method_in(&session.traffic.to.read()).map(str::to_owned);
        written.unwrap_or_else(|| session.traffic.method.get())
    });
    let n_headers = Memo::new(move |_| {
        session
            .traffic
            .headers
            .read()
            .lines()
            .filter(|it| !it.trim().is_empty())
            .count()
    });
    let count =
        move || (n_headers.get() > 0).then(|| view! { <span class="n">{format!("+{}", n_headers.get())}</span> });
    let choose = move |method: String| {
        // A method in front of the URL would win.
        session.traffic.to.update(|to| {
            if let Some(written) = method_in(to) {
                *to = to.trim_start()[written.len()..].trim_start().to_owned();
            }
        });
        session.traffic.method.set(method);
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            open.set(false);
            if let Some(button) = document().get_element_by_id("http-more").and_then(as_html) {
                // Fails only for an element that is not in the document.
                let _ = button.focus();
            }
        }
    };
    // The panel closes when the focus leaves it for something else; pressing into nothing keeps it.
    let on_leave = move |event: FocusEvent| {
        use wasm_bindgen::JsCast;
        let inside = |target: web_sys::EventTarget| {
            let element = target.dyn_into::<web_sys::Element>().ok()?;
            element.closest(".http").ok().flatten()
        };
        if event.related_target().is_some_and(|it| inside(it).is_none()) {
            open.set(false);
        }
    };
    let options = move || -> Vec<AnyView> {
        let now = method.get();
        METHODS
            .into_iter()
            .map(|it| view! { <option value=it selected={it == now}>{it}</option> }.into_any())
            .collect()
    };
    // A header that cannot be read is shown.
    let at_fault = Memo::new(move |_| {
        let complaint = session.traffic.complaint.read();
        complaint.as_ref().is_some_and(Complaint::is_header)
    });
    let visible = Memo::new(move |_| open.get() || at_fault.get());
    let panel = move || {
        visible.get().then(|| {
            view! {
                <div class="http-more float" on:focusin=move |_| open.set(true)>
                    <label for="http-method">{session.say(|w| w.method)}</label>
                    <select id="http-method" on:change:target=move |event| choose(event.target().value())>
                        {options}
                    </select>
                    <label for="http-headers">{session.say(|w| w.headers)}</label>
                    <textarea
                        id="http-headers"
                        rows="3"
                        spellcheck="false"
                        autocapitalize="none"
                        autocomplete="off"
                        aria-describedby="http-note"
                        aria-invalid=move || at_fault.get().to_string()
                        prop:value=session.traffic.headers
                        on:input:target=move |event| {
                            session.traffic.headers.set(event.target().value());
                            session.traffic.complaint.set(None);
                        }
                    ></textarea>
                    <p id="http-note">{session.say(|w| w.headers_note)}</p>
                </div>
            }
        })
    };
    move || {
        shown.get().then(|| {
            view! {
                <div class="http" on:keydown=on_key on:focusout=on_leave>
                    <button
                        id="http-more"
                        type="button"
                        title=session.say(|w| w.http_label)
                        aria-label=move || {
                            format!("{}: {} +{}", session.words().http_label, method.get(), n_headers.get())
                        }
                        aria-expanded=move || visible.get().to_string()
                        on:click=move |_| open.update(|it| *it = !*it)
                    >
                        {method}
                        {count}
                    </button>
                    {panel}
                </div>
            }
        })
    }
}
