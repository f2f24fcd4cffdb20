//! All hops on one line, to be scrubbed; after a burst, a line for each backend.
//!
//! - [`single`]: the strip of one trace
//! - [`burst`]: the strip of many

pub mod burst;
pub mod single;

use leptos::ev::PointerEvent;
use leptos::prelude::*;

use crate::scene::geometry::{Size, num_text};
use crate::scene::hop;
use crate::scene::strip::Strip;
use crate::ui::i18n;
use crate::ui::stage::view::watch_size;
use crate::ui::state::{Session, Timing};

/// The strip.
#[component]
pub fn HopStrip() -> impl IntoView {
    let session = Session::expect();
    let host = NodeRef::<leptos::html::Div>::new();
    let size = RwSignal::new(Size { w: 420.0, h: 58.0 });
    watch_size(host, size);
    let strip = Memo::new(move |_| {
        let itinerary = session.playback.itinerary.get();
        match session.playback.hidden_from() {
            Some(hop) => Strip::with_hidden(itinerary, hop, size.get().w),
            None => Strip::new(itinerary, size.get().w),
        }
    });
    let scrub = move |event: &PointerEvent| {
        let Some(host) = host.get_untracked() else { return };
        let x = f64::from(event.client_x()) - host.get_bounding_client_rect().left();
        let timing = session.playback.timing.read_untracked();
        let ms = match &*timing {
            Timing::One(timeline) => strip.read_untracked().time_at(timeline, x),
            Timing::Burst(_) => timing.end() * (x / size.get_untracked().w.max(1.0)).clamp(0.0, 1.0),
            Timing::Idle => return,
        };
        drop(timing);
        session.playback.seek(ms);
    };
    let press = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        if let Some(host) = host.get_untracked() {
            // Fails only for a pointer that is gone already.
            let _ = host.set_pointer_capture(event.pointer_id());
        }
        scrub(&event);
    };
    let pull = move |event: PointerEvent| {
        if event.buttons() != 0 {
            scrub(&event);
        }
    };
    let count = move || {
        if session.traffic.is_burst() {
            session.traffic.traces.read().len()
        } else {
            strip.read().n_stops
        }
    };
    let body = move || {
        if session.traffic.is_burst() {
            burst::view(session, size.get()).into_any()
        } else {
            single::view(session, strip).into_any()
        }
    };
    view! {
        <div
            class="strip"
            node_ref=host
            role="slider"
            tabindex="0"
            aria-label=session.say(|w| w.strip_label)
            aria-valuemin="1"
            aria-valuemax=move || count().max(1)
            aria-valuenow=move || strip.read().itinerary.stop_of(session.playback.hop.get()) + 1
            aria-valuetext=move || value_text(session, &strip.read())
            data-times=move || times(session)
            on:pointerdown=press
            on:pointermove=pull
        >
            <svg class="marks" aria-hidden="true">
                {body}
            </svg>
        </div>
    }
}

/// The slider's value in words: the current hop; after a burst, how many were sent.
fn value_text(session: Session, strip: &Strip) -> Option<String> {
    let lang = session.lang.get();
    if session.traffic.is_burst() {
        return Some(i18n::requests(lang, session.traffic.traces.read().len()));
    }
    let trace = session.traffic.trace()?;
    let stop = strip.itinerary.stop_of(session.playback.hop.get());
    let line = hop::stop_lines(&trace, &strip.itinerary, lang).into_iter().nth(stop)?;
    let number = i18n::hop_of(lang, stop + 1, strip.n_stops);
    Some(format!("{number}: {}, {}", line.place, line.text))
}

/// When each hop starts and is left, in milliseconds: what the first picture moves by (assets/first.js).
fn times(session: Session) -> Option<String> {
    let timing = session.playback.timing.read();
    let Timing::One(timeline) = &*timing else { return None };
    let hops = timeline.starts().enumerate();
    let hops = hops.map(|(hop, start)| format!("{} {}", num_text(start), num_text(timeline.leave_of(hop))));
    Some(hops.collect::<Vec<_>>().join(" "))
}
