//! Lessons: data that proves itself.
//!
//! A lesson is a folder of files ([`LessonFiles`]); `lesson.yaml` says what to reach as [`Condition`]s over a
//! world: probe packets that must arrive (or die) in a certain way, and predicates over objects. Never over
//! the learner's text, so that every right answer passes.
//!
//! - [`load`]: files → [`Lesson`], with errors at their line
//! - [`condition`]: whether a condition holds in a world, and the packet that says otherwise
//! - [`grade`]: all checks of a lesson, and the hint that fits the present state
//! - [`markdown`]: what lesson texts are made of
//! - [`question`]: what is asked, of a packet before it shows the answer or at any time
//! - [`prove`]: start fails, solutions pass, wrong answers fail and draw their hint
//!
//! Not here: how a lesson is drawn, and where progress is kept (`ui`).

pub mod condition;
pub mod grade;
pub mod load;
pub mod markdown;
pub mod prove;
pub mod question;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::text::Localized;

pub use condition::{Condition, Finding};
pub use grade::{CheckResult, Report, grade};
pub use load::{LessonFiles, load, text_file};
pub use question::{Answer, Asked, Question};

/// A sentence or a page in every language, as lesson files write it.
pub type Words = Localized<String>;

/// `lesson.yaml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Lesson {
    /// Version of this format: 1.
    pub format_version: u32,
    /// Title; a break-and-fix lesson names the symptom, never the cause.
    pub title: Words,
    /// Which chapter of `lessons/chapters.yaml` it belongs to.
    pub chapter: String,
    /// Whether something is broken at the start and has to be found.
    #[serde(default)]
    pub clinic: bool,
    /// Preset of the cluster (`cloud`, `bare-metal`, `minikube`).
    #[serde(default = "default_preset")]
    pub preset: String,
    /// The goal in one sentence.
    pub goal: Words,
    /// What the traffic bar holds at the start.
    pub traffic: Traffic,
    /// What must hold in the end, 1 to 4.
    pub checks: Vec<Check>,
    /// What to say in which state, the first that fits wins; at least 2.
    pub hints: Vec<Hint>,
    /// Questions, if any.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// What was learned, in one sentence.
    pub learned: Words,
    /// A page of the Kubernetes documentation.
    pub docs: String,
}

fn default_preset() -> String {
    "cloud".to_owned()
}

/// Who asks whom.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Traffic {
    /// Source, as [`crate::net::Source`] reads it.
    pub from: String,
    /// Destination, as [`crate::net::Destination`] reads it.
    pub to: String,
    /// Whether the packet is played from its first question to DNS on, rather than from the connection itself.
    #[serde(default)]
    pub with_dns: bool,
}

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Check {
    /// What must hold, in words.
    pub title: Words,
    /// What must hold, as data.
    pub holds: Condition,
}

/// What a learner is told in a certain state of the cluster.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hint {
    /// Name, by which wrong answers say which hint they must draw.
    pub id: String,
    /// The state of the cluster in which it is said.
    pub when: Condition,
    /// What is said, in every language.
    pub text: Words,
}

/// `lessons/chapters.yaml`: chapters in order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chapters {
    /// Chapter names in order, with titles.
    pub chapters: Vec<Chapter>,
}

/// A chapter: lessons under one title.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chapter {
    /// Name, as lessons refer to it.
    pub id: String,
    /// Its title, in every language.
    pub title: Words,
}

/// Files by name, relative to the lesson's folder.
pub type Files = BTreeMap<String, String>;
