//! The traffic bar: a sentence one can edit. From where, to where, send.
//!
//! - [`http`]: for HTTP also the method and headers

pub mod http;

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use self::http::HttpOptions;
use super::components::Combobox;
use super::icons::icon;
use super::state::Session;
use crate::net::{Source, suggest};

/// Requests of a burst.
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
            <HttpOptions />
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
