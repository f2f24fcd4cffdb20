//! What a learner has done: kept in the browser, carried away as a file, shared by all tabs.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::ui::{address, storage};

/// What a learner has done, as it is kept and carried away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// By the lesson's folder.
    pub lessons: BTreeMap<String, Done>,
}

/// The state of one lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Done {
    /// Whether every check passed at some time.
    pub passed: bool,
    /// The manifests as they stand; empty: as the lesson starts.
    pub text: String,
    /// The answers to its questions, the last one last.
    pub answered: Vec<Given>,
}

/// The answer to a question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Given {
    /// The question, by its name.
    pub question: String,
    /// The answer, by its place; `None` for a question that was skipped.
    pub answer: Option<usize>,
}

impl Done {
    /// Notes an answer in the place of an earlier one.
    pub fn answer(&mut self, given: Given) {
        self.answered.retain(|it| it.question != given.question);
        self.answered.push(given);
    }

    /// Whether a question was answered or skipped.
    #[must_use]
    pub fn has_answered(&self, question: &str) -> bool {
        self.answered.iter().any(|it| it.question == question)
    }

    /// Whether both have a text, and not the same.
    fn disagrees(&self, other: &Self) -> bool {
        !self.text.is_empty() && !other.text.is_empty() && self.text != other.text
    }

    /// Takes over what was done elsewhere: passed in either is passed, answers are added; of two texts the one that
    /// was chosen stays.
    fn merge(&mut self, other: Self, choice: Choice) {
        self.passed |= other.passed;
        let replaces = self.text.is_empty() || choice == Choice::Theirs;
        if replaces && !other.text.is_empty() {
            self.text = other.text;
        }
        for given in other.answered.into_iter().take(MOST_ANSWERS) {
            if !self.has_answered(&given.question) {
                self.answered.push(given);
            }
        }
    }
}

/// Which of two texts stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The one that is here.
    Mine,
    /// The one of the file.
    Theirs,
}

/// Bytes of a progress file; browsers keep about twice that of a whole site.
pub const MOST_BYTES: u32 = 2 << 20;
/// Answers of one lesson in a progress file.
const MOST_ANSWERS: usize = 100;

/// What came of a progress file that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Import {
    /// It is larger than [`MOST_BYTES`].
    TooLarge,
    /// It is no progress file.
    Unreadable,
    /// In so many lessons it has another text than is here: the learner is asked.
    Asks(Progress, usize),
    /// It was taken in, but the browser has no room to keep it.
    NotKept,
}

/// The progress in the page and in the browser.
#[derive(Clone, Copy)]
pub struct KeptProgress(RwSignal<Progress>);

impl KeptProgress {
    /// What is kept; nothing done where nothing is, or nothing readable.
    #[must_use]
    pub fn load() -> Self {
        Self(RwSignal::new(stored().unwrap_or_default()))
    }

    /// What other tabs have kept since.
    pub fn reload(self) {
        if let Some(progress) = stored() {
            self.0.set(progress);
        }
    }

    /// Reads something off it; within something reactive, again whenever it changes.
    pub fn with<T>(self, read: impl FnOnce(&Progress) -> T) -> T {
        self.0.with(read)
    }

    /// Changes what was done in a lesson and keeps it; says whether it could be kept.
    pub fn update(self, lesson: &str, change: impl FnOnce(&mut Done)) -> bool {
        self.change(|progress| change(progress.lessons.entry(lesson.to_owned()).or_default()))
    }

    fn change(self, change: impl FnOnce(&mut Progress)) -> bool {
        // Another tab may have come further since.
        let kept = stored();
        self.0.update(|progress| {
            if let Some(kept) = kept {
                *progress = kept;
            }
            change(progress);
        });
        let text = self.0.with_untracked(serde_json::to_string);
        text.is_ok_and(|text| storage::set(storage::PROGRESS, &text))
    }

    /// The progress as a file.
    #[must_use]
    pub fn exported(self) -> String {
        self.0
            .with_untracked(|it| serde_json::to_string_pretty(it).unwrap_or_default())
    }

    /// Takes a progress file in, unless that would replace a text of the learner's; what there is to say, if anything.
    pub fn import(self, text: &str) -> Option<Import> {
        let Ok(mut other) = serde_json::from_str::<Progress>(text) else {
            return Some(Import::Unreadable);
        };
        other.lessons.retain(|name, _| address::is_lesson(name));
        let disagree = self.0.with_untracked(|own| {
            let both = other.lessons.iter();
            both.filter(|(name, done)| own.lessons.get(*name).is_some_and(|it| it.disagrees(done)))
                .count()
        });
        match disagree {
            0 => self.take(other, Choice::Mine),
            _ => Some(Import::Asks(other, disagree)),
        }
    }

    /// Takes progress in; what there is to say, if anything.
    pub fn take(self, other: Progress, choice: Choice) -> Option<Import> {
        let kept = self.change(|progress| {
            for (name, done) in other.lessons {
                progress.lessons.entry(name).or_default().merge(done, choice);
            }
        });
        (!kept).then_some(Import::NotKept)
    }
}

fn stored() -> Option<Progress> {
    storage::get(storage::PROGRESS).and_then(|text| serde_json::from_str(&text).ok())
}
