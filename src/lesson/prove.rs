//! Lessons prove themselves: the start fails, every right answer passes, every wrong one draws its hint, both
//! languages are complete.

use crate::api::types::core::Pod;
use crate::net::Source;
use crate::text::FileId;
use crate::world::{Options, World};

use super::condition::Condition;
use super::load::{LessonError, LessonFiles, load};
use super::{Chapters, Lesson, Words, grade};

/// What a proof counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Checks of the lesson.
    pub checks: usize,
    /// Right answers tried: the solution and every other one.
    pub right: usize,
    /// Wrong answers tried.
    pub wrong: usize,
}

/// The world of a lesson with `text` in the editor.
///
/// # Errors
/// The preset does not exist.
pub fn world_of(lesson: &Lesson, text: &str) -> Result<World, String> {
    let preset = lesson
        .preset
        .parse()
        .map_err(|_| format!("preset {:?} does not exist", lesson.preset))?;
    let mut world = World::new(Options {
        preset,
        ..Options::default()
    });
    world.sync(FileId::default(), text);
    Ok(world)
}

/// Proves one lesson.
///
/// # Errors
/// Everything that is wrong with it, each with its file and, where there is one, its line.
pub fn prove(files: &LessonFiles, chapters: &Chapters) -> Result<Proof, Vec<LessonError>> {
    let lesson = load(files).map_err(|error| vec![error])?;
    let mut prover = Prover {
        files,
        lesson: &lesson,
        errors: Vec::new(),
        proof: Proof::default(),
    };
    prover.form(chapters);
    prover.texts();
    prover.answers();
    if prover.errors.is_empty() {
        Ok(prover.proof)
    } else {
        Err(prover.errors)
    }
}

struct Prover<'a> {
    files: &'a LessonFiles,
    lesson: &'a Lesson,
    errors: Vec<LessonError>,
    proof: Proof,
}

impl Prover<'_> {
    fn fail(&mut self, file: &str, message: impl Into<String>) {
        self.errors.push(self.files.error(file, 0, message));
    }

    /// The rules of the format that the types do not carry.
    fn form(&mut self, chapters: &Chapters) {
        let lesson = self.lesson;
        self.proof.checks = lesson.checks.len();
        if lesson.format_version != 1 {
            self.fail(
                "lesson.yaml",
                format!("formatVersion {} is not known", lesson.format_version),
            );
        }
        if !chapters.chapters.iter().any(|chapter| chapter.id == lesson.chapter) {
            self.fail(
                "lesson.yaml",
                format!("chapter {:?} is not in chapters.yaml", lesson.chapter),
            );
        }
        if !(1..=4).contains(&lesson.checks.len()) {
            self.fail(
                "lesson.yaml",
                format!("{} checks; a lesson has 1 to 4", lesson.checks.len()),
            );
        }
        if lesson.hints.len() < 2 {
            self.fail(
                "lesson.yaml",
                format!("{} hints; a lesson has at least 2", lesson.hints.len()),
            );
        }
        let conditions = lesson
            .checks
            .iter()
            .map(|it| &it.holds)
            .chain(lesson.hints.iter().map(|it| &it.when));
        let problems: Vec<String> = conditions.flat_map(Condition::problems).collect();
        for problem in problems {
            self.fail("lesson.yaml", problem);
        }
        for (idx, hint) in lesson.hints.iter().enumerate() {
            if lesson.hints[..idx].iter().any(|other| other.id == hint.id) {
                self.fail("lesson.yaml", format!("two hints are called {:?}", hint.id));
            }
        }
        for question in &lesson.questions {
            if question.answers.iter().filter(|answer| answer.right).count() != 1 {
                self.fail(
                    "lesson.yaml",
                    format!("{:?} needs exactly one right answer", question.ask.en),
                );
            }
        }
        if !is_documentation(&lesson.docs) {
            self.fail(
                "lesson.yaml",
                format!("docs: {:?} is no page of https://kubernetes.io/docs/", lesson.docs),
            );
        }
    }

    /// Both languages are complete, and links lead to the Kubernetes documentation.
    fn texts(&mut self) {
        let lesson = self.lesson;
        let mut words: Vec<(&str, &Words)> = vec![
            ("title", &lesson.title),
            ("goal", &lesson.goal),
            ("learned", &lesson.learned),
        ];
        words.extend(lesson.checks.iter().map(|it| ("a check's title", &it.title)));
        words.extend(lesson.hints.iter().map(|it| ("a hint's text", &it.text)));
        for question in &lesson.questions {
            words.push(("a question", &question.ask));
            words.extend(
                question
                    .answers
                    .iter()
                    .flat_map(|it| [("an answer", &it.text), ("an answer's why", &it.why)]),
            );
        }
        let missing: Vec<&str> = words
            .iter()
            .filter(|(_, it)| !it.is_complete())
            .map(|(what, _)| *what)
            .collect();
        for what in missing {
            self.fail("lesson.yaml", format!("{what} is empty in one of the languages"));
        }
        for name in ["text.en.md", "text.ko.md"] {
            match self.files.files.get(name) {
                Some(text) if !text.trim().is_empty() => {
                    let strays: Vec<String> = links(text).filter(|link| !is_documentation(link)).collect();
                    for link in strays {
                        self.fail(name, format!("{link} is no page of https://kubernetes.io/docs/"));
                    }
                }
                _ => self.fail(name, "is missing or empty"),
            }
        }
    }

    /// The start fails, right answers pass, wrong ones fail and draw their hint.
    fn answers(&mut self) {
        let lesson = self.lesson;
        let Some(start) = self.world("start.yaml") else { return };
        if grade(lesson, &start).passed() {
            self.fail("start.yaml", "passes every check, so there is nothing to do");
        }
        let named = |prefix: &str| -> Vec<String> {
            let inside = |name: &&String| name.starts_with(prefix) && name.ends_with(".yaml");
            self.files.files.keys().filter(inside).cloned().collect()
        };
        let (also, wrong) = (named("also/"), named("wrong/"));
        if also.is_empty() {
            self.fail("also/", "has no other right answer");
        }
        if wrong.len() < 3 {
            self.fail(
                "wrong/",
                format!("{} wrong answers; a lesson has at least 3", wrong.len()),
            );
        }
        for name in std::iter::once("solution.yaml".to_owned()).chain(also) {
            let Some(world) = self.world(&name) else { continue };
            self.proof.right += 1;
            let report = grade(lesson, &world);
            for (check, result) in lesson.checks.iter().zip(&report.checks) {
                if !result.passed {
                    let packet = result.counterexample.as_ref().map_or(String::new(), |trace| {
                        format!(": {}, {}", trace.verdict.name(), trace.reason.say().en)
                    });
                    self.fail(&name, format!("does not pass {:?}{packet}", check.title.en));
                }
            }
            self.senders_exist(&name, &world);
        }
        for name in wrong {
            let Some(world) = self.world(&name) else { continue };
            self.proof.wrong += 1;
            let report = grade(lesson, &world);
            let Some(wanted) = hint_of(&self.files.files[&name]) else {
                self.fail(&name, "does not begin with `# hint: ID`");
                continue;
            };
            let drawn = report.hint.map(|idx| lesson.hints[idx].id.as_str());
            if report.passed() {
                self.fail(&name, "passes, but is meant to be wrong");
            } else if drawn != Some(wanted) {
                self.fail(&name, format!("draws the hint {drawn:?}, not {wanted:?}"));
            }
        }
    }

    fn world(&mut self, name: &str) -> Option<World> {
        let Some(text) = self.files.files.get(name) else {
            self.fail(name, "is missing");
            return None;
        };
        match world_of(self.lesson, text) {
            Ok(world) => Some(world),
            Err(message) => {
                self.fail("lesson.yaml", message);
                None
            }
        }
    }

    /// Pods that the traffic bar and the probes send from are there in a right answer.
    fn senders_exist(&mut self, name: &str, world: &World) {
        let mut senders = vec![self.lesson.traffic.from.as_str()];
        for check in &self.lesson.checks {
            check.holds.senders(&mut senders);
        }
        let missing: Vec<String> = senders
            .into_iter()
            .filter(|from| match from.parse() {
                Ok(Source::Pod { namespace, name }) => world.snapshot().get::<Pod>(&namespace, &name).is_none(),
                Ok(_) => false,
                Err(_) => true,
            })
            .map(str::to_owned)
            .collect();
        for from in missing {
            self.fail(name, format!("has no {from}, which packets are sent from"));
        }
    }
}

/// The hint a wrong answer names in its first line: `# hint: ID`.
fn hint_of(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix("# hint:").map(str::trim)
}

fn is_documentation(link: &str) -> bool {
    link.starts_with("https://kubernetes.io/docs/") || link.starts_with("https://kubernetes.io/ko/docs/")
}

/// Targets of Markdown links and bare addresses.
fn links(text: &str) -> impl Iterator<Item = String> {
    text.match_indices("](")
        .map(|(at, _)| text[at + 2..].split(')').next().unwrap_or_default().to_owned())
}
