//! Lessons beside the stage: the list of lessons, and the one that is open.
//!
//! - [`list`]: chapters and lessons, progress as a file
//! - [`open`]: goal, text, checks, hint, solution, questions
//! - [`predict`]: the question that a packet waits for
//! - [`prose`]: Markdown as elements

pub mod list;
pub mod open;
pub mod predict;
pub mod prose;

use leptos::prelude::*;

use super::icons::icon;
use super::state::{Panel, Session};

/// Where the learner stands in the open lesson, above the manifests where the lesson itself is behind a tab;
/// pressing it leads there.
#[component]
pub fn ScoreButton() -> impl IntoView {
    let session = Session::expect();
    let marks = move || -> Vec<AnyView> {
        let report = session.lesson.report.read();
        let checks = report.as_ref().map_or(&[][..], |it| &it.checks);
        checks
            .iter()
            .map(|check| match check.passed {
                true => view! { <span class="mark yes">{icon("check")}</span> }.into_any(),
                false => view! { <span class="mark no">{icon("cross")}</span> }.into_any(),
            })
            .collect()
    };
    let text = move || {
        let words = session.words();
        match session.lesson.score() {
            Some((score, of)) if score < of => format!("{} {score} / {of}", words.checks),
            Some(_) if session.lesson.own_text.read().is_none() => words.passed.to_owned(),
            _ => words.checks.to_owned(),
        }
    };
    let passed = move || session.lesson.score().is_some_and(|(score, of)| score == of);
    view! {
        <button class="standing" class:passed=passed type="button" on:click=move |_| session.layout.panel.set(Panel::Lesson)>
            <span role="status">{text}</span>
            <span class="marks-row" aria-hidden="true">{marks}</span>
        </button>
    }
}

/// The open lesson, or the list.
#[component]
pub fn Lessons() -> impl IntoView {
    let session = Session::expect();
    let opened = Memo::new(move |_| session.lesson.open.get());
    view! {
        <article class="lesson" id="lesson" tabindex="-1" aria-label=session.say(|w| w.lessons)>
            {move || match opened.get() {
                Some(lesson) => open::view(session, lesson).into_any(),
                None => view! { <list::List /> }.into_any(),
            }}
        </article>
    }
}
