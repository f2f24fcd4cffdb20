//! The course: which lesson is open, where the learner stands in it, and what has been passed.
//!
//! While a lesson is open, the editor's text is the lesson's and is kept with the progress; the sandbox's own
//! text waits under its own key and comes back afterwards.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::{Panel, Session};
use crate::cluster::Snapshot;
use crate::lesson::condition::fill_in;
use crate::lesson::question::{Asked, asked, first_of_its_own};
use crate::lesson::{Chapter, Files, Lesson, LessonFiles, Report, Words, load, text_file};
use crate::net::Trace;
use crate::text::Lang;
use crate::ui::{fetch, storage};

/// One line of the lesson list.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Entry {
    /// The lesson's folder, by which it is opened.
    pub name: String,
    /// Its title.
    pub title: Words,
    /// Its chapter.
    pub chapter: String,
    /// Whether something is broken at the start.
    pub clinic: bool,
}

/// All lessons, in order.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Index {
    /// Chapters in order.
    pub chapters: Vec<Chapter>,
    /// Lessons in order.
    pub lessons: Vec<Entry>,
}

/// What the list of lessons is waiting for.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Loading {
    /// Nothing was asked for yet, or the answer is on its way.
    #[default]
    Waiting,
    /// It is there.
    Ready(Arc<Index>),
    /// It could not be fetched.
    Failed,
}

/// A lesson that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenLesson {
    /// Its folder.
    pub name: String,
    /// What it says.
    pub lesson: Lesson,
    files: Files,
}

impl OpenLesson {
    /// The page to read, in Markdown.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        self.file(&text_file(lang))
    }

    fn file(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }
}

/// What a learner has done, as it is kept and carried away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// By lesson.
    pub lessons: BTreeMap<String, Done>,
}

/// What a learner has done in one lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Done {
    /// Whether every check passed at some time.
    pub passed: bool,
    /// The manifests as they stand.
    pub text: String,
    /// What was answered to its questions.
    pub answered: Vec<Given>,
}

/// What was answered to a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    /// The question, by its name.
    pub question: String,
    /// The answer, by its place; nothing for a question that was skipped.
    pub answer: Option<usize>,
}

/// The part of the session that belongs to the course.
#[derive(Clone, Copy)]
pub struct LessonState {
    /// The list of lessons.
    pub index: RwSignal<Loading>,
    /// Whether the page shows lessons rather than the sandbox.
    pub shown: RwSignal<bool>,
    /// The open lesson.
    pub open: RwSignal<Option<Arc<OpenLesson>>>,
    /// Where the learner stands in it.
    pub report: RwSignal<Option<Arc<Report>>>,
    /// What has been done.
    pub progress: RwSignal<Progress>,
    /// Whether the last progress file could not be read.
    pub failed: RwSignal<bool>,
    /// Whether the last lesson could not be opened.
    pub not_found: RwSignal<bool>,
    /// The learner's own text, while the solution stands in its place.
    pub own: RwSignal<Option<String>>,
    /// Whether a packet that fails a check was asked for, and the line at fault has not been shown yet.
    pub watching: RwSignal<bool>,
    /// The last prediction, as places of the question and of the answer: what came of it is on the stage.
    pub told: RwSignal<Option<(usize, usize)>>,
}

impl LessonState {
    /// The course as it was left.
    #[must_use]
    pub fn load() -> Self {
        Self {
            index: RwSignal::new(Loading::Waiting),
            shown: RwSignal::new(false),
            open: RwSignal::new(None),
            report: RwSignal::new(None),
            progress: RwSignal::new(kept_progress().unwrap_or_default()),
            failed: RwSignal::new(false),
            not_found: RwSignal::new(false),
            own: RwSignal::new(None),
            told: RwSignal::new(None),
            watching: RwSignal::new(false),
        }
    }

    /// The question that the open lesson asks of a packet before it shows the answer.
    #[must_use]
    pub fn asks(self, traces: &[Arc<Trace>], snapshot: &Snapshot) -> Option<Asked> {
        let opened = self.open.read();
        let (Some(opened), [trace]) = (opened.as_ref(), traces) else {
            return None;
        };
        let progress = self.progress.read();
        let done = progress.lessons.get(&opened.name);
        let is_done = |id: &str| done.is_some_and(|it| it.answered.iter().any(|it| it.question == id));
        asked(&opened.lesson, trace, snapshot, &is_done)
    }

    /// What was answered to a question of the open lesson.
    #[must_use]
    pub fn answer_to(self, question: &str) -> Option<usize> {
        let name = self.open.read().as_ref()?.name.clone();
        let progress = self.progress.read();
        let given = progress
            .lessons
            .get(&name)?
            .answered
            .iter()
            .find(|it| it.question == question)?;
        given.answer
    }

    /// Remembers what was answered to a question of the open lesson.
    pub fn remember(self, question: usize, answer: Option<usize>) {
        let Some(opened) = self.open.get_untracked() else {
            return;
        };
        let Some(id) = opened.lesson.questions.get(question).map(|it| it.id.clone()) else {
            return;
        };
        self.note(|progress| {
            let answered = &mut progress.lessons.entry(opened.name.clone()).or_default().answered;
            answered.retain(|it| it.question != id);
            answered.push(Given { question: id, answer });
        });
    }

    /// Whether a lesson has been passed.
    #[must_use]
    pub fn passed(self, name: &str) -> bool {
        self.progress.read().lessons.get(name).is_some_and(|done| done.passed)
    }

    /// How many checks of the open lesson pass, and of how many.
    #[must_use]
    pub fn standing(self) -> Option<(usize, usize)> {
        let report = self.report.read();
        report.as_ref().map(|it| (it.score(), it.checks.len()))
    }

    /// Changes the progress and keeps it; says whether it could be kept.
    fn note(self, change: impl FnOnce(&mut Progress)) -> bool {
        // Another tab may have come further since.
        let kept = kept_progress();
        self.progress.update(|progress| {
            if let Some(kept) = kept {
                *progress = kept;
            }
            change(progress);
        });
        let text = self.progress.with_untracked(serde_json::to_string);
        text.is_ok_and(|text| storage::set(storage::PROGRESS, &text))
    }

    /// The progress as a file.
    #[must_use]
    pub fn exported(self) -> String {
        self.progress
            .with_untracked(|it| serde_json::to_string_pretty(it).unwrap_or_default())
    }

    /// Takes a progress file in: what is passed in either stays passed.
    pub fn import(self, text: &str) {
        let Ok(other) = serde_json::from_str::<Progress>(text) else {
            return self.failed.set(true);
        };
        self.failed.set(false);
        self.note(|progress| {
            for (name, done) in other.lessons {
                let here = progress.lessons.entry(name).or_default();
                here.passed |= done.passed;
                if !done.text.is_empty() {
                    here.text = done.text;
                }
                let news = |it: &Given| !here.answered.iter().any(|known| known.question == it.question);
                let news: Vec<Given> = done.answered.into_iter().filter(news).collect();
                here.answered.extend(news);
            }
        });
    }
}

fn kept_progress() -> Option<Progress> {
    storage::get(storage::PROGRESS).and_then(|text| serde_json::from_str(&text).ok())
}

/// The lesson that the address names: `#lesson=NAME`.
fn named_in_address() -> Option<String> {
    let hash = window().location().hash().ok()?;
    let name = hash.strip_prefix("#lesson=")?;
    let plain = !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    plain.then(|| name.to_owned())
}

fn set_address(hash: &str) {
    // Refused only where the page has no history of its own (a frame without rights).
    let _ = window()
        .history()
        .and_then(|history| history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(hash)));
}

impl Session {
    /// Opens the lesson that the address names, if it names one, now and whenever the address changes.
    pub fn begin_course(self) {
        let open = move || {
            let named = named_in_address();
            let opened = self
                .lesson
                .open
                .with_untracked(|it| it.as_ref().map(|it| it.name.clone()));
            if let Some(name) = named.filter(|name| opened.as_ref() != Some(name)) {
                self.open_lesson(name);
            }
        };
        open();
        let handle = window_event_listener(leptos::ev::hashchange, move |_| open());
        on_cleanup(move || handle.remove());
    }

    /// Shows the lessons: the one that is open, or the list.
    pub fn show_lessons(self) {
        self.lesson.shown.set(true);
        self.panel.set(Panel::Lesson);
        if let Some(kept) = kept_progress() {
            self.lesson.progress.set(kept);
        }
        if *self.lesson.index.read_untracked() == Loading::Failed {
            self.lesson.index.set(Loading::Waiting);
        }
        if *self.lesson.index.read_untracked() == Loading::Waiting {
            spawn_local(async move {
                let index = fetch::text("lessons/index.json")
                    .await
                    .and_then(|text| serde_json::from_str(&text).ok());
                self.lesson
                    .index
                    .set(index.map_or(Loading::Failed, |index| Loading::Ready(Arc::new(index))));
            });
        }
    }

    /// Back to the sandbox, with its own text.
    pub fn leave_lessons(self) {
        self.lesson.shown.set(false);
        if self.panel.get_untracked() == Panel::Lesson {
            self.panel.set(Panel::Yaml);
        }
        self.leave_lesson();
    }

    /// From an open lesson to the list.
    pub fn close_lesson(self) {
        self.leave_lesson();
        self.show_lessons();
    }

    /// Puts the open lesson away; the sandbox's own text, cluster and traffic come back.
    fn leave_lesson(self) {
        set_address("./");
        if self.lesson.open.read_untracked().is_some() {
            self.lesson.open.set(None);
            self.lesson.report.set(None);
            self.lesson.own.set(None);
            self.lesson.told.set(None);
            self.resume_sandbox();
        }
    }

    /// Fetches a lesson and opens it with the text the learner left in it, or its start.
    pub fn open_lesson(self, name: String) {
        self.show_lessons();
        self.lesson.not_found.set(false);
        spawn_local(async move {
            let files = fetch::text(&format!("lessons/{name}.json")).await;
            let files = files.and_then(|text| serde_json::from_str::<Files>(&text).ok());
            let read = files.and_then(|files| {
                let lesson = load(&LessonFiles {
                    name: name.clone(),
                    files: files.clone(),
                })
                .ok()?;
                Some(OpenLesson {
                    name: name.clone(),
                    lesson,
                    files,
                })
            });
            match read {
                Some(opened) => self.enter(Arc::new(opened)),
                None => {
                    self.close_lesson();
                    self.lesson.not_found.set(true);
                }
            }
        });
    }

    fn enter(self, opened: Arc<OpenLesson>) {
        set_address(&format!("#lesson={}", opened.name));
        let kept = self
            .lesson
            .progress
            .with_untracked(|it| it.lessons.get(&opened.name).map(|it| it.text.clone()));
        let text = kept
            .filter(|text| !text.trim().is_empty())
            .unwrap_or_else(|| opened.file("start.yaml").to_owned());
        let preset = opened.lesson.preset.parse().unwrap_or_default();
        self.lesson.own.set(None);
        self.lesson.open.set(Some(opened));
        self.panel.set(Panel::Lesson);
        self.start_anew(preset, &text);
        self.take_lesson_traffic();
    }

    /// Puts the lesson's own request into the traffic bar and sends it; where its destination has no address
    /// yet, [`Self::grade`] does so later.
    fn take_lesson_traffic(self) {
        let Some(opened) = self.lesson.open.get_untracked() else {
            return;
        };
        let traffic = &opened.lesson.traffic;
        let to = fill_in(&traffic.to, &self.snapshot.read_untracked());
        let ready = to.is_some();
        self.address(traffic.from.clone(), to.unwrap_or_default());
        if ready {
            self.send(1);
        } else {
            self.forget_traffic();
        }
        self.complaint.set(None);
    }

    /// Where playing a packet begins: in a lesson with the connection itself, not with the questions to DNS
    /// before it, unless those are what the lesson is about.
    pub(super) fn first_hop(self) -> usize {
        let traces = self.traces.read_untracked();
        let opened = self.lesson.open.read_untracked();
        match (opened.as_ref(), traces.as_slice()) {
            (Some(opened), [trace]) if !opened.lesson.traffic.with_dns => {
                let first = first_of_its_own(trace);
                let asked = self.asked.get_untracked();
                if asked.is_some_and(|it| it.hop <= first) {
                    0
                } else {
                    first
                }
            }
            _ => 0,
        }
    }

    /// Takes the answer to the question that the packet waits for (`None`: it is skipped), and lets it go on.
    pub fn answer(self, answer: Option<usize>) {
        let Some(asked) = self.asked.get_untracked() else {
            return;
        };
        self.lesson.remember(asked.question, answer);
        self.lesson.told.set(answer.map(|answer| (asked.question, answer)));
        self.play();
    }

    /// The lesson's start again.
    pub fn reset_lesson(self) {
        let Some(opened) = self.lesson.open.get_untracked() else {
            return;
        };
        self.lesson.own.set(None);
        let name = opened.name.clone();
        self.lesson
            .note(|progress| progress.lessons.entry(name).or_default().answered.clear());
        let preset = opened.lesson.preset.parse().unwrap_or_default();
        self.start_anew(preset, opened.file("start.yaml"));
        self.take_lesson_traffic();
    }

    /// The solution in the place of the learner's text, which is kept aside.
    pub fn show_solution(self) {
        let Some(opened) = self.lesson.open.get_untracked() else {
            return;
        };
        if self.lesson.own.read_untracked().is_none() {
            self.lesson.own.set(Some(self.text.get_untracked()));
        }
        self.replace(opened.file("solution.yaml"));
        self.take_lesson_traffic();
    }

    /// The learner's own text again, after the solution.
    pub fn hide_solution(self) {
        if let Some(own) = self.lesson.own.get_untracked() {
            self.lesson.own.set(None);
            self.replace(&own);
            self.take_lesson_traffic();
        }
    }

    /// Keeps the text with the open lesson; `None` where no lesson is open.
    pub(super) fn keep_in_lesson(self, text: &str) -> Option<bool> {
        let name = self.lesson.open.read_untracked().as_ref()?.name.clone();
        if self.lesson.own.read_untracked().is_some() {
            // The solution is not the learner's work.
            return Some(true);
        }
        Some(
            self.lesson
                .note(|progress| text.clone_into(&mut progress.lessons.entry(name).or_default().text)),
        )
    }

    /// Looks at every check of the open lesson; called whenever the cluster changed.
    pub(super) fn grade(self) {
        let Some(opened) = self.lesson.open.get_untracked() else {
            return;
        };
        let report = self.engine.with_value(|engine| engine.grade(&opened.lesson));
        let news = untrack(|| !self.lesson.passed(&opened.name));
        if news && report.passed() && self.lesson.own.read_untracked().is_none() {
            let name = opened.name.clone();
            self.lesson
                .note(|progress| progress.lessons.entry(name).or_default().passed = true);
        }
        self.lesson.report.set(Some(Arc::new(report)));
        let waits = self.to.read_untracked().is_empty() && opened.lesson.traffic.to.contains("$(");
        if waits && fill_in(&opened.lesson.traffic.to, &self.snapshot.read_untracked()).is_some() {
            self.take_lesson_traffic();
        }
    }

    /// Plays the packet that shows why a check fails.
    pub fn watch_check(self, idx: usize) {
        let trace = {
            let report = self.lesson.report.read_untracked();
            report
                .as_ref()
                .and_then(|report| report.checks.get(idx)?.counterexample.clone())
        };
        if let Some(trace) = trace {
            self.lesson.watching.set(true);
            self.show(vec![Arc::from(trace)]);
        }
    }

    /// The lesson after the open one.
    #[must_use]
    pub fn next_lesson(self) -> Option<String> {
        let Loading::Ready(index) = self.lesson.index.get() else {
            return None;
        };
        let opened = self.lesson.open.get()?;
        let at = index.lessons.iter().position(|it| it.name == opened.name)?;
        index.lessons.get(at + 1).map(|it| it.name.clone())
    }
}
