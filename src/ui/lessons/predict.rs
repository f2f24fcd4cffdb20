//! A question that the packet waits for, in the place of its sentence: answered by a press or a digit, or
//! skipped. What is right shows when the packet goes on, with one sentence why.

use leptos::prelude::*;

use super::open::words;
use super::prose;
use crate::ui::icons::icon;
use crate::ui::state::Session;
use crate::ui::state::lesson::Prediction;
use crate::ui::state::playback::{QUESTION_ID, focus_question};

/// The question, or what came of the last answer.
#[component]
pub fn Predict() -> impl IntoView {
    let session = Session::expect();
    let asking = Memo::new(move |_| session.playback.is_asking());
    let body = move || {
        if asking.get() {
            ask(session)
        } else {
            session
                .lesson
                .prediction
                .get()
                .and_then(|prediction| result(session, prediction))
        }
    };
    view! {
        <div class="predict" id=QUESTION_ID tabindex="-1" role="group" aria-label=session.say(|w| w.predict) aria-live="polite">
            {body}
        </div>
    }
}

fn ask(session: Session) -> Option<AnyView> {
    let asked = session.playback.question.get()?;
    let opened = session.lesson.open.get()?;
    let question = opened.lesson.questions.get(asked.question)?;
    let text = words(session, &question.ask);
    let take = move |answer: Option<usize>| {
        session.answer(answer);
        focus_question();
    };
    let answers: Vec<_> = question
        .answers
        .iter()
        .enumerate()
        .map(|(idx, answer)| {
            let text = words(session, &answer.text);
            view! {
                <li>
                    <button type="button" on:click=move |_| take(Some(idx))>
                        <kbd aria-hidden="true">{idx + 1}</kbd>
                        <span>{move || prose::sentence(&text())}</span>
                    </button>
                </li>
            }
        })
        .collect();
    Some(
        view! {
            <p class="ask"><b>{session.say(|w| w.predict)}</b>" "{move || prose::sentence(&text())}</p>
            <ol>
                {answers}
                <li class="pass">
                    <button class="plain" type="button" on:click=move |_| take(None)>{session.say(|w| w.skip_question)}</button>
                </li>
            </ol>
        }
        .into_any(),
    )
}

fn result(session: Session, prediction: Prediction) -> Option<AnyView> {
    let opened = session.lesson.open.get()?;
    let question = opened.lesson.questions.get(prediction.question)?;
    let mine = question.answers.get(prediction.answer)?;
    // Why it is as it is says the right answer; why mine is wrong, mine.
    let right = question.answers.iter().find(|it| it.right).filter(|_| !mine.right);
    let why = words(session, &mine.why);
    let (mark, class) = if mine.right {
        ("check", "told right")
    } else {
        ("cross", "told")
    };
    let verdict = if mine.right {
        session.say(|w| w.right)
    } else {
        session.say(|w| w.not_right)
    };
    let instead = right.map(|it| {
        let text = words(session, &it.text);
        view! { " "<span>{session.say(|w| w.it_is)}" "{move || prose::sentence(&text())}"."</span> }
    });
    Some(
        view! {
            <p class=class>
                {icon(mark)}
                <span><b>{verdict}</b>" "{move || prose::sentence(&why())}{instead}</span>
                <button
                    class="plain icon"
                    type="button"
                    aria-label=session.say(|w| w.close)
                    on:click=move |_| session.lesson.prediction.set(None)
                >
                    {icon("cross")}
                </button>
            </p>
        }
        .into_any(),
    )
}
