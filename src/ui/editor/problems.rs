//! What was found in the text: the line, the API server's words, why, and what to try. Below it one line says
//! whether the cluster follows.

use leptos::prelude::*;

use crate::diag::{Diagnostic, Severity};
use crate::text::Span;
use crate::ui::components::prose;
use crate::ui::i18n;
use crate::ui::icons::icon;
use crate::ui::state::Session;

/// The list of findings and the line below it.
#[component]
pub fn Problems(
    /// Goes to a place in the text.
    go: Callback<Span>,
) -> impl IntoView {
    let session = Session::expect();
    // What the learner decided while things were as bad as they are now.
    let chosen = RwSignal::new(None::<(Option<Severity>, bool)>);
    let worst = Memo::new(move |_| {
        session
            .manifests
            .findings
            .read()
            .list
            .iter()
            .map(|it| it.severity)
            .min()
    });
    let open = move || match (worst.get(), chosen.get()) {
        (None, _) => false,
        (now, Some((then, open))) if now == then => open,
        (now, _) => now == Some(Severity::Error),
    };
    let rows = move || {
        let findings = session.manifests.findings.get();
        let rows = findings.list.iter().map(|it| row(session, it, findings.line(it), go));
        rows.collect_view()
    };
    let status = move || {
        let findings = session.manifests.findings.get();
        let (name, pick): (_, fn(&'static i18n::Words) -> &'static str) = match worst.get() {
            _ if !session.manifests.is_synced.get() => ("warn", |w| w.not_followed),
            Some(Severity::Error) => ("stop", |w| w.keeps_last_good),
            Some(Severity::Warning) => ("warn", |w| w.followed),
            _ if session.manifests.text.read().trim().is_empty() => ("info", |w| w.empty_text),
            _ => ("check", |w| w.followed),
        };
        let count = findings.list.len();
        let lang = session.lang.get();
        let right = match worst.get() {
            None => i18n::objects(lang, findings.objects),
            Some(Severity::Info) => i18n::notes(lang, count),
            Some(_) => i18n::problems(lang, count),
        };
        view! {
            <span class=format!("mark {name}")>{icon(name)}</span>
            <span>{session.say(pick)}</span>
            <span class="end">{right}</span>
            {(count > 0).then(|| icon(if open() { "down" } else { "up" }))}
        }
    };
    view! {
        <ol class="problems" id="problems" hidden=move || !open() aria-label=session.say(|w| w.problems)>
            {rows}
        </ol>
        <button
            class="status"
            type="button"
            aria-controls="problems"
            aria-expanded=move || open().to_string()
            disabled=move || worst.get().is_none()
            on:click=move |_| chosen.set(Some((worst.get_untracked(), !untrack(open))))
        >
            {status}
        </button>
    }
}

fn row(session: Session, finding: &Diagnostic, line: Option<u32>, go: Callback<Span>) -> AnyView {
    let lang = session.lang.get();
    let name = match finding.severity {
        Severity::Error => "stop",
        Severity::Warning => "warn",
        Severity::Info => "info",
    };
    let place = line.zip(finding.span).map(|(line, span)| {
        view! {
            <button class="line" type="button" on:click=move |_| go.run(span)>
                {i18n::line(lang, line)}
            </button>
        }
    });
    let explain = finding.explain.as_ref().map(|it| {
        view! { <p class="explain">{prose(it.get(lang))}</p> }
    });
    let hints = finding.hints.iter().map(|hint| {
        let text = hint.text.get(lang).to_owned();
        match hint.edit.clone() {
            Some((span, with)) => view! {
                <button class="fix" type="button" on:click=move |_| session.edit(span, &with)>
                    {prose(&text)}
                </button>
            }
            .into_any(),
            None => view! { <p class="explain">{prose(&text)}</p> }.into_any(),
        }
    });
    view! {
        <li>
            <span class=format!("mark {name}") title=i18n::severity(lang, finding.severity)>
                {icon(name)}
            </span>
            <div>
                <p class="message">{place} <span>{finding.message.clone()}</span></p>
                {explain}
                {hints.collect_view()}
            </div>
        </li>
    }
    .into_any()
}
