//! What a request came to, above its hops: the verdict with its cause, the HTTP answer with who gave it and where a redirect leads, where TLS
//! ended, and every question that was asked of DNS.

use leptos::prelude::*;

use crate::net::trace::{DnsLookup, HttpResult};
use crate::net::{Trace, Verdict, send};
use crate::text::LineIndex;
use crate::ui::components::prose;
use crate::ui::i18n;
use crate::ui::icons::icon;
use crate::ui::state::Session;
use crate::world::cause::{Cause, Remedy};

/// The outcome of the trace that is shown, once it has happened.
#[component]
pub fn Outcome() -> impl IntoView {
    let session = Session::expect();
    let one = Memo::new(move |_| !session.traffic.is_burst() && session.traffic.trace().is_some());
    // A question about what comes next keeps the end to itself, and so does the packet until it is there.
    let over = Memo::new(move |_| session.playback.is_over.get() && session.playback.hidden_from().is_none());
    let body = move || {
        let trace = session.traffic.trace().filter(|_| one.get())?;
        if !over.get() {
            return Some(
                view! {
                    <p class="result wait">
                        <b>{session.words().under_way}</b>
                    </p>
                    {again(session)}
                }
                .into_any(),
            );
        }
        let end = match &trace.http {
            Some(http) => answer(session, &trace, http),
            None => ending(session, &trace),
        };
        let dns = (!trace.dns.is_empty()).then(|| questions(session, &trace.dns));
        Some(
            view! {
                {end}
                {cause_of(session)}
                {again(session)}
                {dns}
            }
            .into_any(),
        )
    };
    view! {
        <section class="outcome" aria-label=session.say(|w| w.answer) hidden=move || !one.get()>
            {body}
        </section>
    }
}

/// How a request ended that is not answered over HTTP.
fn ending(session: Session, trace: &Trace) -> AnyView {
    let lang = session.lang.get();
    let delivered = trace.verdict == Verdict::Delivered;
    let class = if delivered { "result good" } else { "result bad" };
    let who = trace
        .backend
        .as_ref()
        .filter(|_| delivered)
        .map(|backend| match &backend.pod {
            Some(pod) => i18n::short_name(&pod.name),
            None => backend.address.to_string(),
        });
    view! {
        <p class=class>
            <b>{i18n::verdict(lang, trace.verdict)}</b>
            <span>{who}</span>
        </p>
    }
    .into_any()
}

/// Why it failed: the cause, the line at fault, the next thing to try.
fn cause_of(session: Session) -> Option<AnyView> {
    let lang = session.lang.get();
    let cause = session.known_cause()?;
    let told = session.tells_causes();
    let said = if told {
        cause.said.get(lang).to_owned()
    } else {
        session.traffic.trace()?.reason.say().get(lang).to_owned()
    };
    let line = cause.span.filter(|_| told).map(|span| {
        let line = session
            .manifests
            .text
            .with(|text| LineIndex::new(text).line(span.start));
        view! {
            " "
            <button class="line" type="button" on:click=move |_| session.manifests.reveal.set(Some(span))>
                {i18n::line(lang, line)}
            </button>
        }
    });
    let remedy = told.then(|| remedy(session, &cause)).flatten();
    Some(
        view! {
            <p class="cause">
                {said}
                {line}
            </p>
            {remedy}
        }
        .into_any(),
    )
}

fn remedy(session: Session, cause: &Cause) -> Option<AnyView> {
    let lang = session.lang.get();
    let remedy = cause.remedy.clone()?;
    // In a lesson the text is the learner's to mend.
    if matches!(remedy, Remedy::Edit { .. }) && session.lesson.open.read().is_some() {
        return None;
    }
    let label = match &remedy {
        Remedy::Edit { with, .. } => i18n::change_to(lang, with),
        Remedy::Resend { typed, meant } => {
            let to = session.traffic.to.read().replacen(typed.as_str(), meant, 1);
            i18n::send_to(lang, &to)
        }
    };
    let act = move |_| match &remedy {
        Remedy::Edit { span, with } => session.edit(*span, with),
        Remedy::Resend { typed, meant } => {
            session
                .traffic
                .to
                .update(|to| *to = to.replacen(typed.as_str(), meant, 1));
            session.send(1);
        }
    };
    Some(
        view! {
            <button class="plain fix" type="button" on:click=act>
                {prose(&label)}
            </button>
        }
        .into_any(),
    )
}

/// That it was sent again by itself, and what had come of it before.
fn again(session: Session) -> Option<AnyView> {
    let before = session.traffic.sent_again.get()?;
    let lang = session.lang.get();
    Some(view! { <p class="again">{i18n::sent_again(lang, before.verdict, before.status)}</p> }.into_any())
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
