//! Beside the stage: the hops as a route with stops, and the inspector of the current one.
//!
//! - [`outcome`]: the answer, and what was asked of DNS
//! - [`inspect`]: the packet before and after, the rules that matched, where they come from

pub mod inspect;
pub mod outcome;

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::stage::shapes;
use super::state::Session;
use crate::scene::hop::{HopLine, HopMark, stop_lines};
use crate::scene::layout::focus::is_question;
use crate::ui::components::as_html;
use crate::ui::i18n;

/// The list of stops; equal in content to the drawing. Choosing one goes there. What has not happened yet is a stop
/// without a name.
#[component]
pub fn Hops() -> impl IntoView {
    let session = Session::expect();
    let playback = session.playback;
    let all = Memo::new(move |_| {
        session
            .traffic
            .trace()
            .map(|trace| {
                let itinerary = playback.itinerary.read();
                let mut lines = stop_lines(&trace, &itinerary, session.lang.get());
                let known = playback.hidden_from().map(|hop| itinerary.stop_of(hop));
                lines.truncate(known.unwrap_or(lines.len()));
                lines
            })
            .unwrap_or_default()
    });
    let count = move || {
        let n_stops = all.read().len();
        let stop = playback.itinerary.read().stop_of(playback.hop.get()) + 1;
        match playback.hidden_from() {
            Some(_) => Some(format!("{stop} / ?")),
            None => (n_stops > 0).then(|| format!("{stop} / {n_stops}")),
        }
    };
    let rows = move || -> Vec<AnyView> {
        let all = all.read();
        all.iter()
            .enumerate()
            .map(|(idx, line)| row(session, idx, line, all.get(idx + 1)))
            .collect()
    };
    let none = move || {
        all.read().is_empty().then(|| {
            // A name that leads nowhere is told without a single hop.
            let text = session
                .traffic
                .trace()
                .map(|it| it.reason.say().get(session.lang.get()).to_owned());
            view! { <p class="none">{text.unwrap_or_else(|| session.words().no_hops.to_owned())}</p> }
        })
    };
    // The list is one stop of the tab key; arrows go through it, and the focus goes along.
    let on_key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "ArrowDown" => playback.step(1),
            "ArrowUp" => playback.step(-1),
            "Home" => playback.seek(0.0),
            "End" => playback.seek(f64::INFINITY),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
        focus_current();
    };
    view! {
        <header>
            <h2>{session.say(|w| w.hops)}</h2>
            <span class="n">{count}</span>
        </header>
        <ol on:keydown=on_key>
            {rows}
            {move || playback.hidden_from().map(|_| hidden_hop(session))}
        </ol>
        {none}
    }
}

/// Leads the focus to the row of the current stop.
fn focus_current() {
    // After the list has followed the playhead.
    request_animation_frame(|| {
        let found = document()
            .query_selector(".hops li[aria-current] .hop-row")
            .ok()
            .flatten();
        if let Some(row) = found.and_then(as_html) {
            // Fails only for an element that is not in the document.
            let _ = row.focus();
        }
    });
}

/// The hop that a question is about.
fn hidden_hop(session: Session) -> impl IntoView {
    let shapes = shapes::draw(&HopMark::Dns.shapes(false, false));
    view! {
        <li class="next end hidden-hop">
            <button class="hop-row" type="button" tabindex="-1" on:click=move |_| session.playback.step(1)>
                <span class="rail">
                    <svg class="marks" viewBox="0 0 20 20" aria-hidden="true">
                        {shapes}
                    </svg>
                </span>
                <span class="ht">{session.say(|w| w.hidden_hop)}</span>
            </button>
        </li>
    }
}

fn row(session: Session, stop: usize, line: &HopLine, next: Option<&HopLine>) -> AnyView {
    let playback = session.playback;
    let itinerary = playback.itinerary.read_untracked();
    let (first, shown_at) = (itinerary.start_of(stop), itinerary.hop_of(stop));
    let folded = itinerary.is_folded(stop);
    drop(itinerary);
    let current = Memo::new(move |_| (first..=shown_at).contains(&playback.hop.get()));
    let past = Memo::new(move |_| first <= playback.hop.get());
    let known = Memo::new(move |_| playback.reached.get() >= shown_at);
    let mut fixed = String::new();
    if line.reply {
        fixed.push_str(" reply");
    }
    match next {
        None => fixed.push_str(" end"),
        Some(next) if next.reply && !line.reply => fixed.push_str(" turns"),
        Some(_) => {}
    }
    let bad = line.bad;
    let class = move || {
        let known = known.get();
        let past = if past.get() { "past" } else { "next" };
        let bad = if bad && known { " isbad" } else { "" };
        let ahead = if known { "" } else { " ahead" };
        // Which way it turns is not told before.
        let fixed = if known {
            fixed.as_str()
        } else {
            fixed.strip_prefix(" reply").unwrap_or(&fixed)
        };
        format!("{past}{fixed}{bad}{ahead}{}", if current.get() { " cur" } else { "" })
    };
    let tag = match line.mark {
        HopMark::Dnat => Some(("tag dnat", "DNAT")),
        HopMark::Snat => Some(("tag snat", "SNAT")),
        HopMark::Undo => Some(("tag undo", session.words().restored)),
        _ => None,
    };
    let node = NodeRef::<leptos::html::Li>::new();
    // The current hop stays in sight of a list that scrolls. A list that has just come stands at its top: it may not
    // have its place yet.
    Effect::new(move |was: Option<bool>| {
        let is = current.get();
        if is
            && was.is_some()
            && let Some(element) = node.get()
        {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            element.scroll_into_view_with_scroll_into_view_options(&options);
        }
        is
    });
    let (place, text, mark, reply) = (line.place.clone(), line.text.clone(), line.mark, line.reply);
    let what = {
        let (place, text) = (place.clone(), text.clone());
        move || match (known.get(), past.get()) {
            (true, _) => (place.clone(), text.clone()),
            (false, true) => (place.clone(), session.words().looks_up.to_owned()),
            (false, false) => (String::new(), String::new()),
        }
    };
    let label = move || (!past.get() && !known.get()).then(|| i18n::to_come(session.lang.get(), stop + 1));
    let marks = move || {
        let mark = if known.get() || past.get() { mark } else { HopMark::Stop };
        let (reply, bad) = (reply && known.get(), bad && known.get());
        shapes::draw(&mark.shapes(reply, bad))
    };
    let fold = fold_button(session, stop, first, shown_at, folded);
    let title = text;
    view! {
        <li node_ref=node class=class aria-current=move || current.get().then_some("step")>
            <button
                class="hop-row"
                type="button"
                title=move || known.get().then(|| title.clone())
                aria-label=label
                tabindex=move || if current.get() { "0" } else { "-1" }
                on:click=move |_| playback.seek_hop(shown_at)
            >
                <span class="rail">
                    <svg class="marks" viewBox="0 0 20 20" aria-hidden="true">
                        {marks}
                    </svg>
                </span>
                {move || {
                    let (place, text) = what();
                    view! {
                        <span class="ha">{place}</span>
                        <span class="ht">{text}</span>
                    }
                }}
                {move || known.get().then(|| tag.map(|(class, text)| view! { <span class=class>{text}</span> }))}
            </button>
            {fold}
        </li>
    }
    .into_any()
}

/// The button that opens a folded lookup, or folds an open one again at its first hop.
fn fold_button(session: Session, stop: usize, first: usize, last: usize, folded: bool) -> Option<AnyView> {
    let opened = !folded && session.playback.lookups_open.get_untracked() && {
        let trace = session.traffic.trace()?;
        let asks = |hop: usize| trace.hops.get(hop).is_some_and(is_question);
        let starts = first.checked_sub(1).is_none_or(|it| !asks(it));
        starts && asks(first) && asks(first + 1)
    };
    if !folded && !opened {
        return None;
    }
    let count = if folded {
        format!("+{}", last - first)
    } else {
        "−".to_owned()
    };
    let toggle = move |event: leptos::ev::MouseEvent| {
        let from = event
            .current_target()
            .and_then(|it| it.dyn_into::<web_sys::Element>().ok());
        session.playback.toggle_lookups();
        // The list is another one now; who pressed goes on in it.
        if from.is_some() {
            request_animation_frame(move || {
                let selector = format!(".hops li:nth-child({}) .fold", stop + 1);
                let again = document().query_selector(&selector).ok().flatten().and_then(as_html);
                if let Some(again) = again {
                    // Fails only for an element that is not in the document.
                    let _ = again.focus();
                }
            });
        }
    };
    Some(
        view! {
            <button
                class="fold"
                type="button"
                aria-expanded=(!folded).to_string()
                title=session.say(|w| w.lookup_hops)
                on:click=toggle
            >
                {count}
                <span class="sr-only">" "{session.say(|w| w.lookup_hops)}</span>
            </button>
        }
        .into_any(),
    )
}
