//! Under the stage: the one sentence of the current hop, and what moves the playhead.
//!
//! - [`strip`]: the hops as stops of a line, to be scrubbed

pub mod strip;

use leptos::prelude::*;

use self::strip::HopStrip;
use super::clock::reduced_motion;
use super::i18n;
use super::icons::icon;
use super::lessons::predict::Predict;
use super::stage::SceneModel;
use super::stage::card::CardBelow;
use super::stage::sentence::{names, sentence};
use super::state::Session;
use crate::scene::hop::emphasize;

/// The speeds to choose from: model milliseconds per real one.
const SPEEDS: [(f64, &str); 5] = [(0.25, "0.25×"), (0.5, "0.5×"), (1.0, "1×"), (2.0, "2×"), (4.0, "4×")];

/// Sentence and transport.
#[component]
pub fn Transport() -> impl IntoView {
    let session = Session::expect();
    let empty = move || session.traffic.traces.read().is_empty();
    let play_label = move || {
        let words = session.words();
        if session.playback.playing.get() {
            words.pause
        } else if reduced_motion() && !session.playback.is_at_end() {
            // One press is one step.
            words.one_step
        } else {
            words.play
        }
    };
    let asking = Memo::new(move |_| session.playback.is_asking());
    view! {
        <section
            class="time"
            class:playing=move || session.playback.playing.get()
            class:asking=asking
            aria-label=session.say(|w| w.time_label)
        >
            <Predict />
            <Sentence />
            <CardBelow />
            <div class="transport">
                <div class="buttons">
                    <button
                        type="button"
                        aria-label=session.say(|w| w.previous_hop)
                        title=session.say(|w| w.previous_hop)
                        disabled=empty
                        on:click=move |_| session.playback.step(-1)
                    >
                        {icon("prev")}
                    </button>
                    <button
                        type="button"
                        class="play"
                        aria-label=play_label
                        title=play_label
                        disabled=empty
                        on:click=move |_| session.toggle()
                    >
                        {move || if session.playback.playing.get() { icon("pause").into_any() } else { icon("play").into_any() }}
                    </button>
                    <button
                        type="button"
                        aria-label=session.say(|w| w.next_hop)
                        title=session.say(|w| w.next_hop)
                        disabled=empty
                        on:click=move |_| session.playback.step(1)
                    >
                        {icon("next")}
                    </button>
                </div>
                <HopStrip />
                <Speed />
            </div>
        </section>
    }
}

#[component]
fn Speed() -> impl IntoView {
    let session = Session::expect();
    let choose = move |value: String| {
        if let Some((speed, _)) = SPEEDS.iter().find(|it| it.1 == value) {
            session.playback.speed.set(*speed);
        }
    };
    let options: Vec<_> = SPEEDS
        .iter()
        .map(|&(speed, name)| {
            let selected = move || (session.playback.speed.get() - speed).abs() < 0.01;
            view! {
                <option value=name selected=selected>
                    {name}
                </option>
            }
        })
        .collect();
    view! {
        <select
            class="plain speed"
            aria-label=session.say(|w| w.speed)
            title=session.say(|w| w.speed)
            on:change:target=move |event| choose(event.target().value())
        >
            {options}
        </select>
    }
}

/// The sentence of the current hop: what happened and why.
#[component]
pub fn Sentence() -> impl IntoView {
    let session = Session::expect();
    let model = SceneModel::expect();
    let text = Memo::new(move |_| sentence(session));
    let names = Memo::new(move |_| names(session, model));
    let told = RwSignal::new(None::<usize>);
    let meaning = move || {
        let idx = told.get()?;
        Some(*i18n::TERMS.get(idx)?.1.of(session.lang.get()))
    };
    let pieces = move || -> Vec<AnyView> {
        let text = text.get();
        emphasize(&text, &names.read())
            .into_iter()
            .map(|(piece, bold)| {
                let piece = piece.to_owned();
                if bold {
                    return view! { <b>{piece}</b> }.into_any();
                }
                let parts = i18n::cut_at_terms(session.lang.get(), &piece).into_iter();
                let parts: Vec<AnyView> = parts.map(|(text, term)| part(session, told, text, term)).collect();
                parts.into_any()
            })
            .collect()
    };
    // Spoken: where it sets out, and how it ended; hop by hop only for who steps.
    let spoken = Memo::new(move |_| {
        if session.playback.playing.get() {
            session.words().under_way.to_owned()
        } else if session.playback.is_asking() {
            String::new()
        } else {
            text.get()
        }
    });
    view! {
        <p class="say">{pieces}</p>
        <div id="term" class="term-note float" popover="auto" role="status">
            {meaning}
        </div>
        <p class="sr-only" role="status">
            {spoken}
        </p>
    }
}

/// A part of the sentence; a term of the field says what it means when it is pressed or rested on.
fn part(session: Session, told: RwSignal<Option<usize>>, text: &str, term: Option<usize>) -> AnyView {
    let text = text.to_owned();
    let Some(idx) = term else { return text.into_any() };
    let meaning = i18n::TERMS.get(idx).map(|it| *it.1.of(session.lang.get()));
    view! {
        <button class="term" type="button" popovertarget="term" title=meaning on:click=move |_| told.set(Some(idx))>
            {text}
        </button>
    }
    .into_any()
}
