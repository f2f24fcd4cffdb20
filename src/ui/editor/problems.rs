//! What was found in the text: the line, the API server's words, why, and what to try. Below it one line says
//! whether the cluster follows.

use leptos::prelude::*;

use crate::diag::{Diagnostic, Severity};
use crate::text::Span;
use crate::ui::clock::Delay;
use crate::ui::components::prose;
use crate::ui::i18n;
use crate::ui::icons::icon;
use crate::ui::state::Session;

/// How long typing must rest before the list opens by itself, in milliseconds.
const REST_MS: u32 = 1000;

/// The server's words are folded where they are longer than this, and there are words of our own.
const SHORT: usize = 90;

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
    // A word half typed is no problem yet: the list does not open over the line before typing has rested.
    let settled = RwSignal::new(true);
    let rest = StoredValue::new_local(Delay::default());
    Effect::new(move |was: Option<u32>| {
        session.manifests.text.track();
        let replaced = session.manifests.replacements.get();
        if was.is_some_and(|was| was == replaced) {
            settled.set(false);
            rest.update_value(|delay| {
                delay.after(REST_MS, move || {
                    let _ = settled.try_set(true);
                });
            });
        }
        replaced
    });
    // Once open it stays open while one types on.
    let was_open = StoredValue::new(false);
    let open = Memo::new(move |_| {
        let open = match (worst.get(), chosen.get()) {
            (None, _) => false,
            (now, Some((then, open))) if now == then => open,
            (now, _) => now == Some(Severity::Error) && (settled.get() || was_open.get_value()),
        };
        was_open.set_value(open);
        open
    });
    let open = move || open.get();
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
    // Our own sentence first; what the real program says stands below, folded where it is long.
    let explain = finding.explain.as_ref().map(|it| prose(it.get(lang)));
    let server = finding.message.clone();
    let (first, rest) = match explain {
        None => (view! { <span class="server">{server}</span> }.into_any(), None),
        Some(explain) if finding.message == finding.explain.as_ref().map_or("", |it| it.en.as_ref()) => {
            (view! { <span>{explain}</span> }.into_any(), None)
        }
        Some(explain) => {
            let rest = if finding.message.len() <= SHORT {
                view! { <p class="server">{server}</p> }.into_any()
            } else {
                view! {
                    <details>
                        <summary>{session.words().server_words}</summary>
                        <p class="server">{server}</p>
                    </details>
                }
                .into_any()
            };
            (view! { <span>{explain}</span> }.into_any(), Some(rest))
        }
    };
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
                <p class="message">{place} {first}</p>
                {hints.collect_view()}
                {rest}
            </div>
        </li>
    }
    .into_any()
}
