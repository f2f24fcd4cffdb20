//! The lessons: which there are, which is open, and where the learner stands in it.

use std::sync::Arc;

use leptos::prelude::*;
use serde::Deserialize;

use super::progress::{Choice, Given, Import, KeptProgress};
use crate::cluster::{Preset, Snapshot};
use crate::lesson::question::{Asked, asked};
use crate::lesson::{Chapter, Files, Lesson, LessonFiles, Report, Words, load, text_file};
use crate::net::Trace;
use crate::text::Lang;

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

/// State of the list of lessons.
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
    /// Its words, checks, hints and questions.
    pub lesson: Lesson,
    files: Files,
}

impl OpenLesson {
    /// A lesson from its files; `None` where they are no lesson.
    #[must_use]
    pub fn read(name: String, files: Files) -> Option<Self> {
        let files = LessonFiles { name, files };
        let lesson = load(&files).ok()?;
        let LessonFiles { name, files } = files;
        Some(Self { name, lesson, files })
    }

    /// The page to read, in Markdown.
    #[must_use]
    pub fn text(&self, lang: Lang) -> &str {
        self.file(&text_file(lang))
    }

    /// The manifests that it starts from.
    #[must_use]
    pub fn start(&self) -> &str {
        self.file("start.yaml")
    }

    /// Manifests that pass every check.
    #[must_use]
    pub fn solution(&self) -> &str {
        self.file("solution.yaml")
    }

    /// The cluster that it starts from.
    #[must_use]
    pub fn preset(&self) -> Preset {
        self.lesson.preset.parse().unwrap_or_default()
    }

    fn file(&self, name: &str) -> &str {
        self.files.get(name).map_or("", String::as_str)
    }
}

/// The last answer to a question about a packet, until something else is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// The question, by its place in the lesson.
    pub question: usize,
    /// The answer, by its place in the question.
    pub answer: usize,
}

/// The part of the session that belongs to the lessons.
#[derive(Clone, Copy)]
pub struct LessonState {
    /// The list of lessons.
    pub index: RwSignal<Loading>,
    /// Whether the page shows lessons rather than the sandbox.
    pub shown: RwSignal<bool>,
    /// The open lesson; `None`: the list is shown, or the sandbox.
    pub open: RwSignal<Option<Arc<OpenLesson>>>,
    /// How the open lesson's checks stand; `None` before they were looked at.
    pub report: RwSignal<Option<Arc<Report>>>,
    /// The progress in all lessons.
    pub progress: KeptProgress,
    /// What there is to say of the last progress file; `None` for nothing.
    pub import: RwSignal<Option<Import>>,
    /// Whether the last lesson could not be opened.
    pub not_found: RwSignal<bool>,
    /// The learner's own text, while the solution stands in its place.
    pub own_text: RwSignal<Option<String>>,
    /// Whether a packet that fails a check was asked for, and the line at fault has not been shown yet.
    pub fault_to_reveal: RwSignal<bool>,
    /// The last prediction: what came of it is on the stage.
    pub prediction: RwSignal<Option<Prediction>>,
}

impl LessonState {
    /// No lesson open, with the progress that was kept.
    #[must_use]
    pub fn load() -> Self {
        Self {
            index: RwSignal::new(Loading::Waiting),
            shown: RwSignal::new(false),
            open: RwSignal::new(None),
            report: RwSignal::new(None),
            progress: KeptProgress::load(),
            import: RwSignal::new(None),
            not_found: RwSignal::new(false),
            own_text: RwSignal::new(None),
            fault_to_reveal: RwSignal::new(false),
            prediction: RwSignal::new(None),
        }
    }

    /// Puts the open lesson away; whether one was open.
    pub fn close(self) -> bool {
        let was_open = self.open.read_untracked().is_some();
        if was_open {
            self.open.set(None);
            self.report.set(None);
            self.own_text.set(None);
            self.prediction.set(None);
        }
        was_open
    }

    /// The question that the open lesson asks of a packet before it shows the answer.
    #[must_use]
    pub fn question_for(self, traces: &[Arc<Trace>], snapshot: &Snapshot) -> Option<Asked> {
        let opened = self.open.read();
        let (Some(opened), [trace]) = (opened.as_ref(), traces) else {
            return None;
        };
        self.progress.with(|progress| {
            let done = progress.lessons.get(&opened.name);
            let is_done = |id: &str| done.is_some_and(|it| it.has_answered(id));
            asked(&opened.lesson, trace, snapshot, &is_done)
        })
    }

    /// What was answered to a question of the open lesson, as the place of the answer; `None` where it was skipped or
    /// not answered.
    #[must_use]
    pub fn answer_to(self, question: &str) -> Option<usize> {
        let opened = self.open.read();
        let name = &opened.as_ref()?.name;
        self.progress.with(|progress| {
            let answered = &progress.lessons.get(name)?.answered;
            answered.iter().find(|it| it.question == question)?.answer
        })
    }

    /// Remembers what was answered to a question of the open lesson; both by their places, `None`: it was skipped.
    pub fn remember(self, question: usize, answer: Option<usize>) {
        let Some(opened) = self.open.get_untracked() else {
            return;
        };
        if let Some(question) = opened.lesson.questions.get(question).map(|it| it.id.clone()) {
            let given = Given { question, answer };
            self.progress.update(&opened.name, |done| done.answer(given));
        }
    }

    /// Whether a lesson has been passed.
    #[must_use]
    pub fn passed(self, name: &str) -> bool {
        self.progress
            .with(|it| it.lessons.get(name).is_some_and(|done| done.passed))
    }

    /// How many checks of the open lesson pass, and of how many; `None` before they were looked at.
    #[must_use]
    pub fn score(self) -> Option<(usize, usize)> {
        let report = self.report.read();
        report.as_ref().map(|it| (it.score(), it.checks.len()))
    }

    /// Keeps the text with the open lesson and says whether it could be kept; `None` where no lesson is open.
    pub fn store_text(self, text: &str) -> Option<bool> {
        let name = self.open.read_untracked().as_ref()?.name.clone();
        if self.own_text.read_untracked().is_some() {
            // The solution is not the learner's work.
            return Some(true);
        }
        Some(self.progress.update(&name, |done| text.clone_into(&mut done.text)))
    }

    /// Takes a progress file in; where it has other texts than the learner, after asking.
    pub fn import_file(self, text: &str) {
        self.import.set(self.progress.import(text));
    }

    /// The answer to that question.
    pub fn choose(self, choice: Choice) {
        if let Some(Import::Asks(progress, _)) = self.import.get_untracked() {
            self.import.set(self.progress.take(progress, choice));
        }
    }

    /// The lesson after the open one; `None` after the last.
    #[must_use]
    pub fn next(self) -> Option<String> {
        let Loading::Ready(index) = self.index.get() else {
            return None;
        };
        let opened = self.open.get()?;
        let at = index.lessons.iter().position(|it| it.name == opened.name)?;
        index.lessons.get(at + 1).map(|it| it.name.clone())
    }
}
