//! What a request came to, above its hops: the HTTP answer with who gave it and where a redirect leads, where TLS
//! ended, and every question that was asked of DNS.

use leptos::prelude::*;

use crate::net::trace::{DnsLookup, HttpResult};
use crate::net::{Trace, send};
use crate::ui::components::prose;
use crate::ui::i18n;
use crate::ui::icons::icon;
use crate::ui::state::Session;

/// The outcome of the trace that is shown; nothing for one without HTTP and names.
#[component]
pub fn Outcome() -> impl IntoView {
    let session = Session::expect();
    move || {
        // A question about what comes next keeps the end to itself.
        let trace = session
            .traffic
            .trace()
            .filter(|_| !session.traffic.is_burst() && session.playback.hidden_from().is_none())?;
        let answer = trace.http.as_ref().map(|http| answer(session, &trace, http));
        let dns = (!trace.dns.is_empty()).then(|| questions(session, &trace.dns));
        (answer.is_some() || dns.is_some()).then(|| {
            view! {
                <section class="outcome" aria-label=session.say(|w| w.answer)>
                    {answer}
                    {dns}
                </section>
            }
        })
    }
}

fn answer(session: Session, trace: &Trace, http: &HttpResult) -> AnyView {
    let lang = session.lang.get();
    let words = session.words();
    let class = match http.status {
        200..300 => "result good",
        300..400 => "result moved",
        _ => "result bad",
    };
    let pod = trace.backend.as_ref().map(|backend| match &backend.pod {
        Some(pod) => pod.name.clone(),
        None => backend.address.to_string(),
    });
    let asked = http.path.is_some();
    let service = http.service.as_ref().map(ToString::to_string);
    let who = i18n::answered_by(lang, pod.as_deref().filter(|_| asked), service.as_deref());
    let on_tls = trace.hops.iter().any(|it| it.leg > 0 && it.before.payload.is_sealed());
    let tls = http.tls_secret.as_deref().map(|secret| {
        view! { <p class="tls">{icon("lock")} <span>{prose(&i18n::tls_ends(lang, secret, asked.then_some(on_tls)))}</span></p> }
    });
    let status = http.status;
    let redirect = http.location.clone().map(|location| {
        let to = location.clone();
        view! {
            <p class="location">
                <code>{location}</code>
                <button class="plain" type="button" on:click=move |_| session.follow_redirect(status, &to)>
                    {words.follow}
                </button>
            </p>
        }
    });
    let seen = http.path.as_ref().map(|path| {
        let line = trace.hops.iter().find_map(|hop| hop.before.payload.http_line());
        let method = line.and_then(|it| it.split(' ').next()).unwrap_or("GET").to_owned();
        let rows: Vec<_> = http.headers.iter().map(|(name, value)| header(name, value)).collect();
        view! {
            <details>
                <summary>{words.as_pod_saw}</summary>
                <ul class="heads">
                    <li>
                        <code>{format!("{method} {path}")}</code>
                    </li>
                    {rows}
                </ul>
            </details>
        }
    });
    let heads = (!http.response_headers.is_empty()).then(|| {
        let rows: Vec<_> = http
            .response_headers
            .iter()
            .map(|(name, value)| header(name, value))
            .collect();
        view! {
            <details>
                <summary>
                    {words.response_headers} <span class="n">{http.response_headers.len()}</span>
                </summary>
                <ul class="heads">{rows}</ul>
            </details>
        }
    });
    view! {
        <p class=class>
            <b>{send::status_line(status).to_string()}</b>
            <span>{who}</span>
        </p>
        {redirect}
        {tls}
        {heads}
        {seen}
    }
    .into_any()
}

fn header(name: &str, value: &str) -> AnyView {
    view! {
        <li>
            <code>
                <b>{name.to_owned()}</b>
                ": "
                {value.to_owned()}
            </code>
        </li>
    }
    .into_any()
}

/// Every question, in order: a row a name, with what came of each type.
fn questions(session: Session, asked: &[DnsLookup]) -> AnyView {
    let mut names: Vec<(&str, Vec<&DnsLookup>)> = Vec::new();
    for lookup in asked {
        match names.last_mut() {
            Some((name, list)) if *name == lookup.name => list.push(lookup),
            _ => names.push((&lookup.name, vec![lookup])),
        }
    }
    let rows: Vec<_> = names
        .iter()
        .map(|(name, list)| {
            let found = list.iter().any(|it| !it.answers.is_empty());
            let results: Vec<_> = list
                .iter()
                .map(|it| {
                    let text = match it.rcode {
                        "NOERROR" if it.answers.is_empty() => "NODATA".to_owned(),
                        "NOERROR" => it.answers.join(", "),
                        rcode => rcode.to_owned(),
                    };
                    view! {
                        <span>
                            <small>{it.kind}</small>
                            " "
                            {text}
                        </span>
                    }
                })
                .collect();
            view! {
                <li class=if found { "found" } else { "" }>
                    <code>{(*name).to_owned()}</code>
                    <div>{results}</div>
                </li>
            }
        })
        .collect();
    let summary = i18n::dns_questions(session.lang.get(), asked.len(), names.len());
    view! {
        <details class="dns">
            <summary>
                <b>"DNS"</b>
                " "
                {summary}
            </summary>
            <ol>{rows}</ol>
        </details>
    }
    .into_any()
}
