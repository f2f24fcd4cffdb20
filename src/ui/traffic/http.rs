//! Method and headers of a request over HTTP, behind a button that says what they are; only for URLs.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use crate::net::compose::{METHODS, is_http, method_in};
use crate::ui::complaint::Complaint;
use crate::ui::components::as_html;
use crate::ui::state::Session;

/// The button and its panel.
#[component]
pub fn HttpOptions() -> impl IntoView {
    let session = Session::expect();
    let traffic = session.traffic;
    let shown = Memo::new(move |_| is_http(&traffic.to.read()));
    let open = RwSignal::new(false);
    let method = Memo::new(move |_| {
        let written = method_in(&traffic.to.read()).map(str::to_owned);
        written.unwrap_or_else(|| traffic.method.get())
    });
    let n_headers = Memo::new(move |_| {
        let headers = traffic.headers.read();
        headers.lines().filter(|it| !it.trim().is_empty()).count()
    });
    let count =
        move || (n_headers.get() > 0).then(|| view! { <span class="n">{format!("+{}", n_headers.get())}</span> });
    // A header that cannot be read is shown.
    let at_fault = Memo::new(move |_| traffic.complaint.read().as_ref().is_some_and(Complaint::is_header));
    let visible = Memo::new(move |_| open.get() || at_fault.get());
    move || {
        shown.get().then(|| {
            view! {
                <div class="http" on:keydown=move |event| on_key(&event, open) on:focusout=move |event| on_leave(&event, open)>
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
                    {move || visible.get().then(|| panel(session, open, method, at_fault))}
                </div>
            }
        })
    }
}

/// Escape closes the panel and leads back to its button.
fn on_key(event: &KeyboardEvent, open: RwSignal<bool>) {
    if event.key() == "Escape" && open.get_untracked() {
        event.stop_propagation();
        open.set(false);
        if let Some(button) = document().get_element_by_id("http-more").and_then(as_html) {
            // Fails only for an element that is not in the document.
            let _ = button.focus();
        }
    }
}

/// The panel closes when the focus leaves it for something else; pressing into nothing keeps it.
fn on_leave(event: &FocusEvent, open: RwSignal<bool>) {
    let inside = |target: web_sys::EventTarget| {
        let element = target.dyn_into::<web_sys::Element>().ok()?;
        element.closest(".http").ok().flatten()
    };
    if event.related_target().is_some_and(|it| inside(it).is_none()) {
        open.set(false);
    }
}

/// Writes a method into the traffic bar.
fn choose(session: Session, method: String) {
    // A method in front of the URL would win.
    session.traffic.to.update(|to| {
        if let Some(written) = method_in(to) {
            *to = to.trim_start()[written.len()..].trim_start().to_owned();
        }
    });
    session.traffic.method.set(method);
}

fn panel(session: Session, open: RwSignal<bool>, method: Memo<String>, at_fault: Memo<bool>) -> AnyView {
    let options = move || -> Vec<AnyView> {
        let now = method.get();
        METHODS
            .into_iter()
            .map(|it| view! { <option value=it selected={it == now}>{it}</option> }.into_any())
            .collect()
    };
    view! {
        <div class="http-more float" on:focusin=move |_| open.set(true)>
            <label for="http-method">{session.say(|w| w.method)}</label>
            <select id="http-method" on:change:target=move |event| choose(session, event.target().value())>
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
    .into_any()
}
