//! An open lesson: goal, text, checks with the packets that fail them, hint, solution, questions.

use std::sync::Arc;

use leptos::prelude::*;

use super::prose;
use crate::diag::Severity;
use crate::lesson::{Question, Words};
use crate::scene::hop::place_name;
use crate::ui::i18n;
use crate::ui::icons::icon;
use crate::ui::state::Session;
use crate::ui::state::lesson::{Loading, OpenLesson};

/// The lesson.
pub fn view(session: Session, opened: Arc<OpenLesson>) -> impl IntoView {
    let hint_shown = RwSignal::new(false);
    let crumb = {
        let opened = Arc::clone(&opened);
        move || match session.lesson.index.get() {
            Loading::Ready(index) => {
                let at = index
                    .lessons
                    .iter()
                    .position(|it| it.name == opened.name)
                    .map_or(0, |at| at + 1);
                i18n::lesson_of(session.lang.get(), at, index.lessons.len())
            }
            _ => String::new(),
        }
    };
    let title = words(session, &opened.lesson.title);
    let goal = words(session, &opened.lesson.goal);
    let text = {
        let opened = Arc::clone(&opened);
        move || prose::page(opened.text(session.lang.get()))
    };
    let clinic = opened.lesson.clinic;
    // Those of a packet are asked where it stops.
    let questions: Vec<_> = opened
        .lesson
        .questions
        .iter()
        .enumerate()
        .filter(|(_, it)| it.before.is_none())
        .map(|(idx, it)| question(session, idx, it))
        .collect();
    let docs = opened.lesson.docs.clone();
    view! {
        <p class="crumb">
            <button class="plain back" type="button" on:click=move |_| session.close_lesson()>
                {icon("back")}
                {session.say(|w| w.all_lessons)}
            </button>
            <span>{crumb}</span>
            {clinic.then(|| view! { <span class="clinic">{session.say(|w| w.clinic)}</span> })}
        </p>
        <h1>{title}</h1>
        {passed_banner(session, &opened)}
        <div class="prose">{text}</div>
        <p class="goal"><b>{session.say(|w| w.goal)}</b>" "{move || prose::sentence(&goal())}</p>
        {checks(session, &opened)}
        {hint(session, &opened, hint_shown)}
        {questions}
        <p class="docs">
            <a href=docs target="_blank" rel="noopener">{session.say(|w| w.lesson_docs)}</a>
            <button class="plain" type="button" on:click=move |_| { hint_shown.set(false); session.reset_lesson(); }>
                {session.say(|w| w.start_over)}
            </button>
        </p>
    }
}

/// Words of a lesson file in the language of the page.
pub(super) fn words(session: Session, words: &Words) -> impl Fn() -> String + Clone + Send + Sync + use<> {
    let words = words.clone();
    move || words.get(session.lang.get()).to_owned()
}

/// What was learned, and the next lesson: never a dialog over the finished cluster.
fn passed_banner(session: Session, opened: &Arc<OpenLesson>) -> impl IntoView + use<> {
    let learned = words(session, &opened.lesson.learned);
    // The solution shown on request is nobody's achievement.
    let passes = Memo::new(move |_| {
        let report = session.lesson.report.read();
        session.lesson.own_text.read().is_none() && report.as_ref().is_some_and(|report| report.passed())
    });
    let next = move || {
        session.lesson.next().map(|name| {
            view! {
                <button class="send" type="button" on:click=move |_| session.open_lesson(name.clone())>
                    {session.say(|w| w.next_lesson)}
                </button>
            }
        })
    };
    // What was just reached is in view.
    Effect::new(move |was: Option<bool>| {
        let now = passes.get();
        if now && was == Some(false) {
            request_animation_frame(|| {
                if let Some(lesson) = document().get_element_by_id("lesson") {
                    lesson.set_scroll_top(0);
                }
                if let Some(work) = document().query_selector("main.work").ok().flatten() {
                    work.set_scroll_top(0);
                }
            });
        }
        now
    });
    let last = move || matches!(session.lesson.index.get(), Loading::Ready(_)) && session.lesson.next().is_none();
    let banner = move || {
        let learned = learned.clone();
        view! {
            <p><b>{session.say(|w| w.passed)}</b>" "{move || prose::sentence(&learned())}</p>
            {next}
            {move || last().then(|| view! { <p>{session.say(|w| w.last_lesson)}</p> })}
        }
    };
    view! { <div class="banner" role="status">{move || passes.get().then(banner.clone())}</div> }
}

fn checks(session: Session, opened: &Arc<OpenLesson>) -> impl IntoView + use<> {
    let state = move |idx: usize| {
        let report = session.lesson.report.read();
        let check = report.as_ref()?.checks.get(idx)?;
        Some((check.passed, check.counterexample.is_some()))
    };
    // Before anything was changed nothing has failed.
    let tried = {
        let opened = Arc::clone(opened);
        Memo::new(move |_| session.manifests.text.read().trim() != opened.start().trim())
    };
    let score = move || {
        let report = session.lesson.report.read();
        report
            .as_ref()
            .map(|report| format!("{} / {}", report.score(), report.checks.len()))
    };
    let rows: Vec<_> = opened
        .lesson
        .checks
        .iter()
        .enumerate()
        .map(|(idx, check)| {
            let title = words(session, &check.title);
            let now = Memo::new(move |_| state(idx));
            let mark = move || match now.get() {
                None => view! { <span class="mark wait"></span> }.into_any(),
                Some((true, _)) => view! { <span class="mark yes">{icon("check")}</span> }.into_any(),
                Some((false, _)) if !tried.get() => view! { <span class="mark wait"></span> }.into_any(),
                Some((false, _)) => view! { <span class="mark no">{icon("cross")}</span> }.into_any(),
            };
            let said = move || match now.get() {
                Some((true, _)) => session.words().check_passed,
                Some((false, _)) => session.words().check_failed,
                None => session.words().loading,
            };
            let watch = move || {
                now.get().filter(|&(passed, packet)| !passed && packet).map(|_| {
                    view! {
                        <button class="watch" type="button" on:click=move |_| watch(session, idx)>
                            {move || counterexample_label(session, idx)}
                        </button>
                    }
                })
            };
            view! {
                <li class:failed=move || tried.get() && now.get().is_some_and(|it| !it.0)>
                    {mark}
                    <span class="sr-only">{said}": "</span>
                    <span>{move || prose::sentence(&title())}</span>
                    {watch}
                </li>
            }
        })
        .collect();
    view! {
        <section class="checks">
            <h2>{session.say(|w| w.checks)}<span class="n">{score}</span></h2>
            <ol>{rows}</ol>
        </section>
    }
}

/// Plays the packet that fails a check, where it can be seen.
fn watch(session: Session, idx: usize) {
    session.show_counterexample(idx);
    if let Some(work) = document().query_selector("main.work").ok().flatten() {
        work.set_scroll_top(0);
    }
}

/// What became of the packet that fails a check, in a few words, as the label of the button that plays it.
fn counterexample_label(session: Session, idx: usize) -> String {
    let report = session.lesson.report.read();
    let trace = report
        .as_ref()
        .and_then(|report| report.checks.get(idx)?.counterexample.as_ref());
    // What becomes of a packet is not told before the question about it is answered.
    let trace = trace.filter(|_| session.playback.hidden_from().is_none());
    let lang = session.lang.get();
    let end = trace.and_then(|it| it.hops.iter().find(|hop| hop.after.is_none()));
    let place = end.map(|hop| place_name(&hop.at, lang));
    i18n::watch_it(lang, trace.map(|it| it.verdict), place.as_deref())
}

fn hint(session: Session, opened: &Arc<OpenLesson>, shown: RwSignal<bool>) -> impl IntoView + use<> {
    let opened = Arc::clone(opened);
    let fitting = Memo::new(move |_| session.lesson.report.read().as_ref().and_then(|report| report.hint));
    let unsolved = Memo::new(move |_| {
        session
            .lesson
            .report
            .read()
            .as_ref()
            .is_some_and(|report| !report.passed())
    });
    let own_text = session.lesson.own_text;
    let text = move || {
        let found = fitting.get().and_then(|idx| opened.lesson.hints.get(idx));
        found.map_or_else(
            || prose::sentence(session.words().no_hint),
            |hint| prose::sentence(hint.text.get(session.lang.get())),
        )
    };
    move || {
        if own_text.read().is_some() {
            return Some(
                view! {
                    <section class="hint">
                        <p>{session.say(|w| w.solution_shown)}</p>
                        <p class="acts">
                            <button type="button" on:click=move |_| session.hide_solution()>
                                {session.say(|w| w.own_text)}
                            </button>
                        </p>
                    </section>
                }
                .into_any(),
            );
        }
        if !unsolved.get() {
            return None;
        }
        let text = text.clone();
        let body = move || {
            let text = text.clone();
            if shown.get() {
                view! {
                    <h2>{session.say(|w| w.hint)}</h2>
                    <p role="status">{move || refusal(session)} {text}</p>
                    <p class="acts">
                        <button type="button" on:click=move |_| shown.set(false)>{session.say(|w| w.hide_hint)}</button>
                        <button type="button" on:click=move |_| session.show_solution()>
                            {session.say(|w| w.show_solution)}
                        </button>
                    </p>
                }
                .into_any()
            } else {
                view! {
                    <p class="acts">
                        <button type="button" on:click=move |_| shown.set(true)>{session.say(|w| w.show_hint)}</button>
                    </p>
                }
                .into_any()
            }
        };
        Some(view! { <section class="hint">{body}</section> }.into_any())
    }
}

/// That the API server refuses a part of the text, and where: what is in the cluster then is not what is written.
fn refusal(session: Session) -> Option<AnyView> {
    let findings = session.manifests.findings.read();
    let first = findings.list.iter().find(|it| it.severity == Severity::Error)?;
    let (line, span) = (findings.line(first)?, first.span?);
    let lang = session.lang.get();
    Some(
        view! {
            {i18n::refused_text(lang)}
            " "
            <button class="line" type="button" on:click=move |_| session.manifests.reveal.set(Some(span))>
                {i18n::line(lang, line)}
            </button>
            <br />
        }
        .into_any(),
    )
}

/// A question: the answers are buttons, and each says why it is right or wrong.
fn question(session: Session, at: usize, question: &Question) -> impl IntoView + use<> {
    let id = question.id.clone();
    let chosen = Memo::new(move |_| session.lesson.answer_to(&id));
    let ask = words(session, &question.ask);
    let answers: Vec<_> = question
        .answers
        .iter()
        .enumerate()
        .map(|(idx, answer)| {
            let text = words(session, &answer.text);
            let why = words(session, &answer.why);
            let right = answer.right;
            let mine = move || chosen.get() == Some(idx);
            let why = move || {
                let why = why.clone();
                mine().then(|| {
                    let verdict = if right { session.words().right } else { session.words().not_right };
                    view! { <p class="why" class:right=right role="status"><b>{verdict}</b>" "{move || prose::sentence(&why())}</p> }
                })
            };
            view! {
                <li>
                    <button type="button" aria-pressed=move || mine().to_string() on:click=move |_| session.lesson.remember(at, Some(idx))>
                        {move || prose::sentence(&text())}
                    </button>
                    {why}
                </li>
            }
        })
        .collect();
    view! {
        <section class="question">
            <h2>{session.say(|w| w.question)}</h2>
            <p>{move || prose::sentence(&ask())}</p>
            <ul>{answers}</ul>
        </section>
    }
}
