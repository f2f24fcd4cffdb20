//! Who answered a burst: a count per backend, with a tick where chance alone would put it.

use leptos::prelude::*;

use super::i18n;
use super::state::Session;
use crate::net::tally::{Row, Tally};

/// The answers to the last burst.
#[component]
pub fn Answers() -> impl IntoView {
    let session = Session::expect();
    // What has arrived so far, in the rows of all.
    let tally = Memo::new(move |_| {
        let traces = session.traffic.traces.read();
        let arrived = session.playback.arrived.get().min(traces.len());
        let mut all = Tally::new(&traces);
        let sofar = Tally::new(&traces[..arrived]);
        for row in &mut all.rows {
            let mine = sofar
                .rows
                .iter()
                .find(|it| it.address == row.address && it.node == row.node);
            row.count = mine.map_or(0, |it| it.count);
        }
        (all.failed, all.statuses, all.sources) = (sofar.failed, sofar.statuses, sofar.sources);
        all
    });
    let most = Memo::new(move |_| Tally::new(&session.traffic.traces.read()).most());
    let arrived = move || {
        let (arrived, sent) = (session.playback.arrived.get(), tally.read().sent);
        if arrived < sent {
            i18n::requests_so_far(session.lang.get(), arrived, sent)
        } else {
            i18n::requests(session.lang.get(), sent)
        }
    };
    view! {
        <header>
            <h2>{session.say(|w| w.answered)}</h2>
            <span class="n">{arrived}</span>
        </header>
        {move || bars(session, &tally.read(), most.get())}
        {move || facts(session, &tally.read())}
    }
}

fn bars(session: Session, tally: &Tally, most: f64) -> AnyView {
    if tally.rows.is_empty() {
        return view! { <p class="none">{session.words().nobody_answered}</p> }.into_any();
    }
    let rows: Vec<_> = tally.rows.iter().map(|row| bar(session, row, most)).collect();
    view! {
        <table class="histo">
            <thead>
                <tr>
                    <th scope="col">{session.words().backend}</th>
                    <td></td>
                    <th class="num" scope="col">
                        {session.words().answers}
                    </th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn bar(session: Session, row: &Row, most: f64) -> AnyView {
    let name = match &row.pod {
        Some(pod) => pod.name.clone(),
        None => row.address.to_string(),
    };
    let share = |count: f64| format!("{:.1}%", count / most * 100.0);
    let expected = row.expected;
    let address = row.address;
    let watch = move |_| session.show_one_of_burst(|backend| backend.address == address);
    view! {
        <tr>
            <th scope="row">
                <button class="pn" type="button" title=name.clone() disabled={row.count == 0} on:click=watch>
                    <bdi>{i18n::short_name(&name)}</bdi>
                </button>
                <span class="nn">{row.node.clone()}</span>
            </th>
            <td>
                <div class="hb">
                    <i style=format!("width:{}", share(row.count as f64))></i>
                    {expected.map(|it| view! { <u style=format!("left:{}", share(it))></u> })}
                </div>
                {expected.map(|it| view! { <span class="ex">{i18n::expected(session.lang.get(), it)}</span> })}
            </td>
            <td class="num">{row.count}</td>
        </tr>
    }
    .into_any()
}

fn facts(session: Session, tally: &Tally) -> AnyView {
    let words = session.words();
    let lang = session.lang.get();
    let failed = tally.failed.iter().map(|(verdict, count)| {
        let name = i18n::verdict(lang, *verdict);
        view! {
            <dt>{name}</dt>
            <dd class="bad">{*count}</dd>
        }
    });
    // All is well goes without saying.
    let told = tally.statuses.keys().any(|status| *status >= 400);
    let statuses = tally.statuses.iter().filter(|_| told).map(|(status, count)| {
        view! {
            <dt>{format!("HTTP {status}")}</dt>
            <dd>{*count}</dd>
        }
    });
    let sources: Vec<String> = tally.sources.iter().map(ToString::to_string).collect();
    let seen = (!sources.is_empty()).then(|| {
        view! {
            <dt>{words.source_seen}</dt>
            <dd>
                <code>{sources.join(", ")}</code>
            </dd>
        }
    });
    view! {
        <dl class="facts">
            {failed.collect_view()}
            {statuses.collect_view()}
            {seen}
        </dl>
        {(!tally.rows.is_empty()).then(|| view! { <p class="none">{words.watch_one}</p> })}
    }
    .into_any()
}
