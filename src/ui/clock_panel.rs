//! Virtual time: letting it pass, and an event log of what happened when, from the first fault on.

use leptos::prelude::*;

use super::i18n;
use super::icons::icon;
use super::state::Session;
use crate::world::event_log::{Line, Tone};

/// The id of the button that lets time pass until something happens.
pub const NEXT_EVENT: &str = "next-event";

/// Time and event log; nothing until something was selected or broken.
#[component]
pub fn ClockPanel() -> impl IntoView {
    let session = Session::expect();
    let shown = Memo::new(move |_| {
        session.selection.read().is_some()
            || !session.cluster.event_log.read().is_empty()
            || session.cluster.snapshot.read().faults().count() > 0
    });
    move || shown.get().then(|| view! { <Clock /> })
}

#[component]
fn Clock() -> impl IntoView {
    let session = Session::expect();
    // After a press that found nothing to wait for.
    let at_rest = RwSignal::new(false);
    let pass = move |seconds: i64| {
        move |_| {
            at_rest.set(false);
            session.advance(seconds);
        }
    };
    let n_broken = Memo::new(move |_| session.cluster.snapshot.read().faults().count());
    let lines = move || -> Vec<AnyView> {
        let lines = session.cluster.event_log.read();
        let since = lines.first().map_or(0, |it| it.at.0);
        let lang = session.lang.get();
        // The newest first: it is what was waited for.
        lines.iter().rev().map(|it| line(it, since, lang)).collect()
    };
    view! {
        <section class="clock-panel" aria-label=session.say(|w| w.clock_label)>
            <div class="clock">
                <b>{session.say(|w| w.clock_short)}</b>
                <button class="plain" type="button" on:click=pass(1)>"+1 s"</button>
                <button class="plain" type="button" on:click=pass(10)>"+10 s"</button>
                <button
                    class="plain"
                    type="button"
                    id=NEXT_EVENT
                    on:click=move |_| at_rest.set(!session.advance_to_event())
                >
                    {session.say(|w| w.next_event)}
                </button>
                {move || {
                    (n_broken.get() > 0)
                        .then(|| {
                            view! {
                                <button class="plain mends" type="button" on:click=move |_| session.mend_all()>
                                    {session.say(|w| w.mend_all)}
                                </button>
                            }
                        })
                }}
            </div>
            <p class="none" role="status">
                {move || if at_rest.get() { session.words().nothing_happens } else { "" }}
            </p>
            <div role="log" aria-label=session.say(|w| w.event_log)>
                <ol>{lines}</ol>
            </div>
            {move || {
                (!session.cluster.event_log.read().is_empty()).then(|| view! { <p class="none">{session.words().faults_fleeting}</p> })
            }}
        </section>
    }
}

fn line(line: &Line, since: i64, lang: crate::text::Lang) -> AnyView {
    let (class, mark) = match line.tone {
        Tone::Action => ("loud", None),
        Tone::Traffic => ("loud", Some("link")),
        Tone::Warning => ("alarm", Some("warn")),
        Tone::Event => ("", None),
    };
    let mark = mark.map(icon);
    view! {
        <li class=class>
            <time>{i18n::elapsed((line.at.0 - since) / 1000)}</time>
            <span>{mark} {line.text.get(lang).to_owned()}</span>
        </li>
    }
    .into_any()
}
