//! Opening, answering, grading and leaving lessons.
//!
//! While a lesson is open, the editor's text is the lesson's and is kept with the progress; the sandbox's own
//! text waits under its own key and comes back afterwards.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;

use crate::api::Release;
use crate::lesson::Files;
use crate::lesson::condition::fill_in;
use crate::ui::address::Place;
use crate::ui::state::lesson::{Index, Loading, OpenLesson, Prediction};
use crate::ui::state::{Panel, Session};
use crate::ui::{address, fetch};

impl Session {
    /// Opens the lesson that the address names, if it names one, now and whenever the address changes.
    pub fn follow_address(self) {
        let follow = move || {
            let opened = self
                .lesson
                .open
                .with_untracked(|it| it.as_ref().map(|it| it.name.clone()));
            match address::place() {
                Place::Lesson(name) if opened.as_ref() != Some(&name) => self.open_lesson(name),
                Place::Lessons if opened.is_some() || !self.lesson.shown.get_untracked() => self.close_lesson(),
                Place::Sandbox if self.lesson.shown.get_untracked() => self.leave_lessons(),
                Place::Lesson(_) | Place::Lessons | Place::Sandbox => {}
            }
        };
        if address::place() != Place::Sandbox {
            follow();
        }
        // Back and forward, and an address that was edited.
        let handle = window_event_listener(leptos::ev::popstate, move |_| follow());
        on_cleanup(move || handle.remove());
    }

    /// Shows the lessons: the one that is open, or the list.
    pub fn show_lessons(self) {
        self.lesson.shown.set(true);
        self.layout.panel.set(Panel::Lesson);
        if self.lesson.open.read_untracked().is_none() {
            address::go(&Place::Lessons);
        }
        self.fetch_index();
    }

    fn fetch_index(self) {
        self.lesson.progress.reload();
        let index = self.lesson.index;
        if *index.read_untracked() == Loading::Failed {
            index.set(Loading::Waiting);
        }
        if *index.read_untracked() == Loading::Waiting {
            spawn_local(async move {
                let found = fetch::text("lessons/index.json")
                    .await
                    .and_then(|text| serde_json::from_str(&text).ok());
                index.set(found.map_or(Loading::Failed, |found| Loading::Ready(Arc::new(found))));
            });
        }
    }

    /// Back to the sandbox, with its own text.
    pub fn leave_lessons(self) {
        self.lesson.shown.set(false);
        if self.layout.panel.get_untracked() == Panel::Lesson {
            self.layout.panel.set(Panel::Yaml);
        }
        address::go(&Place::Sandbox);
        self.leave_lesson();
    }

    /// From an open lesson to the list.
    pub fn close_lesson(self) {
        self.leave_lesson();
        self.show_lessons();
        focus_lesson();
    }

    /// Puts the open lesson away; the sandbox's own text, cluster and traffic come back.
    fn leave_lesson(self) {
        if self.lesson.close() {
            tracing::info!("lesson closed");
            self.resume_sandbox();
        }
    }

    /// Opens the first lesson of the course.
    pub fn open_first_lesson(self) {
        let first = |index: &Index| index.lessons.first().map(|it| it.name.clone());
        if let Loading::Ready(index) = self.lesson.index.get_untracked() {
            return first(&index).into_iter().for_each(|name| self.open_lesson(name));
        }
        self.show_lessons();
        // The list is on its way, and the lesson after it.
        spawn_local(async move {
            let found = fetch::text("lessons/index.json").await;
            let found = found.and_then(|text| serde_json::from_str::<Index>(&text).ok());
            if let Some(name) = found.as_ref().and_then(first) {
                self.open_lesson(name);
            }
        });
    }

    /// Fetches a lesson and opens it with the text the learner left in it, or its start.
    pub fn open_lesson(self, name: String) {
        self.lesson.shown.set(true);
        self.layout.panel.set(Panel::Lesson);
        self.fetch_index();
        self.lesson.not_found.set(false);
        spawn_local(async move {
            let files = fetch::text(&format!("lessons/{name}.json")).await;
            let files = files.and_then(|text| serde_json::from_str::<Files>(&text).ok());
            match files.and_then(|files| OpenLesson::read(name.clone(), files)) {
                Some(opened) => self.start_lesson(Arc::new(opened)),
                None => {
                    tracing::warn!("lesson not opened");
                    self.close_lesson();
                    self.lesson.not_found.set(true);
                }
            }
        });
    }

    fn start_lesson(self, opened: Arc<OpenLesson>) {
        tracing::info!(name = opened.name, "lesson opened");
        address::go(&Place::Lesson(opened.name.clone()));
        let kept = untrack(|| {
            let progress = self.lesson.progress;
            progress.with(|it| it.lessons.get(&opened.name).map(|it| it.text.clone()))
        });
        let text = kept
            .filter(|text| !text.trim().is_empty())
            .unwrap_or_else(|| opened.start().to_owned());
        let preset = opened.preset();
        self.lesson.own_text.set(None);
        self.lesson.open.set(Some(opened));
        self.layout.panel.set(Panel::Lesson);
        self.restart_with(preset, Release::default(), &text);
        self.open_editor_at_task(&text);
        self.send_lesson_request();
        focus_lesson();
    }

    /// Shows the place in the text that the lesson is about: where something is to be written, or in a clinic the
    /// first object that leads packets on.
    fn open_editor_at_task(self, text: &str) {
        let Some(opened) = self.lesson.open.get_untracked() else {
            return;
        };
        let place = if opened.lesson.clinic {
            let leads = ["kind: Ingress", "kind: Service\n", "kind: Service\r"];
            leads.iter().find_map(|it| text.find(it))
        } else {
            // The first line in which start and solution differ.
            let same = opened
                .start()
                .lines()
                .zip(opened.solution().lines())
                .take_while(|(a, b)| a == b);
            let bytes: usize = same.map(|(line, _)| line.len() + 1).sum();
            Some(bytes.min(text.len()))
        };
        let place = place
            .filter(|it| text.is_char_boundary(*it))
            .and_then(|it| u32::try_from(it).ok());
        self.manifests.opens_at.set(None);
        self.manifests.opens_at.set(place);
    }

    /// Puts the lesson's own request into the traffic bar and sends it; where its destination has no address
    /// yet, [`Self::grade`] does so later.
    fn send_lesson_request(self) {
        let Some(opened) = self.lesson.open.get_untracked() else {
            return;
        };
        let request = &opened.lesson.traffic;
        let to = fill_in(&request.to, &self.cluster.snapshot.read_untracked());
        let ready = to.is_some();
        self.traffic.set_request(request.from.clone(), to.unwrap_or_default());
        if ready {
            self.send_unasked();
        } else {
            self.clear_traffic();
        }
    }

    /// Takes the answer to the question that the packet waits for, by its place (`None`: it is skipped), and lets it
    /// go on.
    pub fn answer(self, answer: Option<usize>) {
        let Some(asked) = self.playback.question.get_untracked() else {
            return;
        };
        tracing::info!(skipped = answer.is_none(), "question answered");
        self.lesson.remember(asked.question, answer);
        self.lesson.prediction.set(answer.map(|answer| Prediction {
            question: asked.question,
            answer,
        }));
        self.play();
    }

    /// The lesson's start again.
    pub fn reset_lesson(self) {
        let Some(opened) = self.lesson.open.get_untracked() else {
            return;
        };
        tracing::info!(name = opened.name, "lesson started over");
        self.lesson.own_text.set(None);
        self.lesson.progress.update(&opened.name, |done| done.answered.clear());
        self.restart_with(opened.preset(), Release::default(), opened.start());
        self.send_lesson_request();
    }

    /// The solution in the place of the learner's text, which is kept aside.
    pub fn show_solution(self) {
        let Some(opened) = self.lesson.open.get_untracked() else {
            return;
        };
        tracing::info!(name = opened.name, "solution shown");
        if self.lesson.own_text.read_untracked().is_none() {
            self.lesson.own_text.set(Some(self.manifests.text.get_untracked()));
        }
        self.replace(opened.solution());
        self.send_lesson_request();
    }

    /// The learner's own text again, after the solution.
    pub fn hide_solution(self) {
        if let Some(own) = self.lesson.own_text.get_untracked() {
            self.lesson.own_text.set(None);
            self.replace(&own);
            self.send_lesson_request();
        }
    }

    /// Looks at every check of the open lesson; called whenever the cluster changed.
    pub(super) fn grade(self) {
        let Some(opened) = self.lesson.open.get_untracked() else {
            return;
        };
        let report = self.cluster.read(|engine| engine.grade(&opened.lesson));
        tracing::debug!(
            name = opened.name,
            passed = report.score(),
            checks = report.checks.len(),
            "checks looked at"
        );
        let news = untrack(|| !self.lesson.passed(&opened.name));
        if news && report.passed() && self.lesson.own_text.read_untracked().is_none() {
            tracing::info!(name = opened.name, "lesson passed");
            self.lesson.progress.update(&opened.name, |done| done.passed = true);
        }
        self.lesson.report.set(Some(Arc::new(report)));
        let to = &opened.lesson.traffic.to;
        let waits = self.traffic.to.read_untracked().is_empty() && to.contains("$(");
        if waits && fill_in(to, &self.cluster.snapshot.read_untracked()).is_some() {
            self.send_lesson_request();
        }
    }

    /// Plays the packet that shows why a check fails; the check by its place.
    pub fn show_counterexample(self, check: usize) {
        let trace = {
            let report = self.lesson.report.read_untracked();
            report
                .as_ref()
                .and_then(|report| report.checks.get(check)?.counterexample.clone())
        };
        if let Some(trace) = trace {
            self.lesson.fault_to_reveal.set(true);
            self.show(vec![Arc::from(trace)]);
        }
    }
}

/// Leads the focus to the lesson, or to the list: whoever chose it goes on reading there.
fn focus_lesson() {
    request_animation_frame(|| {
        let found = document().get_element_by_id("lesson");
        let found = found.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(lesson) = found {
            lesson.set_scroll_top(0);
            // Fails only for an element that is not in the document.
            let _ = lesson.focus();
            // On a phone the packet above it, and its question, come first.
            if let Some(work) = document().query_selector("main.work").ok().flatten() {
                work.set_scroll_top(0);
            }
        }
    });
}
