//! The course beside the stage: the list of lessons, and the one that is open.
//!
//! - [`list`]: chapters and lessons, progress as a file
//! - [`open`]: goal, text, checks, hint, solution, questions
//! - [`prose`]: Markdown as elements

pub mod list;
pub mod open;
pub mod prose;

use leptos::prelude::*;

use super::state::Session;

/// The open lesson, or the list.
#[component]
pub fn Lessons() -> impl IntoView {
    let session = Session::expect();
    let opened = Memo::new(move |_| session.course.open.get());
    view! {
        <article class="lesson" id="lesson" tabindex="-1" aria-label=session.say(|w| w.lessons)>
            {move || match opened.get() {
                Some(lesson) => open::view(session, lesson).into_any(),
                None => view! { <list::List /> }.into_any(),
            }}
        </article>
    }
}
