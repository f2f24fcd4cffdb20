//! Lessons prove themselves: the start fails, every right answer passes, every wrong one draws its hint, what
//! questions call right is what packets do, every language is complete.
//!
//! Every answer is tried twice: applied to a fresh cluster, and as the learner comes to it, as an edit of the start.
//! A clinic's solution is taken apart into the changes that make it of the start; any part of them that is not all of
//! them must fail a check, and draw a hint.

use std::fmt;

use crate::api::Release;
use crate::api::types::core::{Node, Pod};
use crate::diag::{Diagnostic, Severity};
use crate::net::compose::compose;
use crate::net::{Source, Trace};
use crate::text::{FileId, Lang};
use crate::world::{Options, World};

use super::condition::{Condition, Named, fill_in};
use super::load::{LessonError, LessonFiles, line_of, load, text_file};
use super::question::{Before, FACTS};
use super::{Chapters, Lesson, Question, Words, grade};

/// What a proof counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Checks of the lesson.
    pub checks: usize,
    /// Right answers tried: the solution and every other one.
    pub right: usize,
    /// Wrong answers tried.
    pub wrong: usize,
    /// Questions asked of the engine.
    pub questions: usize,
}

impl fmt::Display for Proof {
    /// `3 checks, 2 questions, 4 right and 5 wrong answers`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
        write!(
            f,
            "{}, {}, {} right and {} wrong answers",
            of(self.checks, "check"),
            of(self.questions, "question"),
            self.right,
            self.wrong
        )
    }
}

/// The world of a lesson, of a release of Kubernetes, with `text` in the editor.
///
/// # Errors
/// The preset does not exist.
pub fn world_of(lesson: &Lesson, release: Release, text: &str) -> Result<World, String> {
    let preset = lesson
        .preset
        .parse()
        .map_err(|_| format!("preset {:?} does not exist", lesson.preset))?;
    let mut world = World::new(Options {
        preset,
        release,
        ..Options::default()
    });
    world.sync(FileId::default(), text);
    Ok(world)
}

/// The world of a lesson in which the start was applied, and then edited to `text`; and whether the server refused
/// anything of the edit, which then stands in the cluster as it was.
///
/// # Errors
/// The preset does not exist.
fn edited_world(lesson: &Lesson, release: Release, start: &str, text: &str) -> Result<(World, bool), String> {
    let mut world = world_of(lesson, release, start)?;
    let outcome = world.sync(FileId::default(), text);
    let errors = |list: &[Diagnostic]| list.iter().any(|it| it.severity == Severity::Error);
    let refused = errors(&outcome.diagnostics) || outcome.applied.iter().any(|it| errors(&it.diagnostics));
    Ok((world, refused))
}

/// Proves one lesson against a release of Kubernetes.
///
/// # Errors
/// Everything that is wrong with it, each with its file and, where there is one, its line.
pub fn prove(files: &LessonFiles, chapters: &Chapters, release: Release) -> Result<Proof, Vec<LessonError>> {
    let lesson = load(files).map_err(|error| vec![error])?;
    let mut prover = Prover {
        files,
        lesson: &lesson,
        release,
        errors: Vec::new(),
        proof: Proof::default(),
    };
    prover.form(chapters);
    prover.texts();
    prover.answers();
    prover.parts();
    prover.questions();
    if prover.errors.is_empty() {
        Ok(prover.proof)
    } else {
        Err(prover.errors)
    }
}

struct Prover<'a> {
    files: &'a LessonFiles,
    lesson: &'a Lesson,
    release: Release,
    errors: Vec<LessonError>,
    proof: Proof,
}

impl Prover<'_> {
    fn fail(&mut self, file: &str, message: impl Into<String>) {
        self.errors.push(self.files.error(file, 0, message));
    }

    /// Something is wrong with a field of `lesson.yaml`.
    fn fail_at(&mut self, field: &str, message: impl Into<String>) {
        let text = self.files.files.get("lesson.yaml").map_or("", String::as_str);
        let line = line_of(text, field);
        self.errors.push(self.files.error("lesson.yaml", line, message));
    }

    /// The rules of the format that the types do not carry.
    fn form(&mut self, chapters: &Chapters) {
        let lesson = self.lesson;
        self.proof.checks = lesson.checks.len();
        if lesson.format_version != 1 {
            let message = format!("formatVersion {} is not known", lesson.format_version);
            self.fail_at("formatVersion", message);
        }
        if !chapters.chapters.iter().any(|chapter| chapter.id == lesson.chapter) {
            let message = format!("chapter {:?} is not in chapters.yaml", lesson.chapter);
            self.fail_at("chapter", message);
        }
        if !(1..=4).contains(&lesson.checks.len()) {
            let message = format!("{} checks; a lesson has 1 to 4", lesson.checks.len());
            self.fail_at("checks", message);
        }
        if lesson.hints.len() < 2 {
            let message = format!("{} hints; a lesson has at least 2", lesson.hints.len());
            self.fail_at("hints", message);
        }
        if lesson.questions.is_empty() {
            self.fail("lesson.yaml", "asks no question; a lesson asks at least one");
        }
        for (idx, check) in lesson.checks.iter().enumerate() {
            for problem in check.holds.problems() {
                self.fail_at(&format!("checks[{idx}].holds"), problem);
            }
        }
        for (idx, hint) in lesson.hints.iter().enumerate() {
            for problem in hint.when.problems() {
                self.fail_at(&format!("hints[{idx}].when"), problem);
            }
            if lesson.hints[..idx].iter().any(|other| other.id == hint.id) {
                self.fail_at(
                    &format!("hints[{idx}].id"),
                    format!("two hints are called {:?}", hint.id),
                );
            }
        }
        for (idx, question) in lesson.questions.iter().enumerate() {
            let field = format!("questions[{idx}]");
            for problem in form_of(question) {
                self.fail_at(&field, problem);
            }
            if lesson.questions[..idx].iter().any(|other| other.id == question.id) {
                self.fail_at(&field, format!("two questions are called {:?}", question.id));
            }
        }
        if !is_documentation(&lesson.docs) {
            let message = format!("{:?} is no page of https://kubernetes.io/docs/", lesson.docs);
            self.fail_at("docs", message);
        }
    }

    /// Every language is complete, and links lead to the Kubernetes documentation.
    fn texts(&mut self) {
        let lesson = self.lesson;
        let mut words: Vec<(String, &Words)> = vec![
            ("title".to_owned(), &lesson.title),
            ("goal".to_owned(), &lesson.goal),
            ("learned".to_owned(), &lesson.learned),
        ];
        for (idx, check) in lesson.checks.iter().enumerate() {
            words.push((format!("checks[{idx}].title"), &check.title));
        }
        for (idx, hint) in lesson.hints.iter().enumerate() {
            words.push((format!("hints[{idx}].text"), &hint.text));
        }
        for (idx, question) in lesson.questions.iter().enumerate() {
            words.push((format!("questions[{idx}].ask"), &question.ask));
            for (at, answer) in question.answers.iter().enumerate() {
                words.push((format!("questions[{idx}].answers[{at}].text"), &answer.text));
                words.push((format!("questions[{idx}].answers[{at}].why"), &answer.why));
            }
        }
        for (field, words) in words {
            for lang in Lang::ALL {
                if words.get(*lang).trim().is_empty() {
                    let field = format!("{field}.{}", lang.code());
                    self.fail_at(&field, format!("{field} is empty"));
                }
            }
        }
        for name in Lang::ALL.iter().map(|lang| text_file(*lang)) {
            let Some(text) = self.files.files.get(&name).filter(|text| !text.trim().is_empty()) else {
                self.fail(&name, "is missing or empty");
                continue;
            };
            for (line, link) in links(text) {
                if !is_documentation(&link) {
                    let message = format!("{link} is no page of https://kubernetes.io/docs/");
                    self.errors.push(self.files.error(&name, line, message));
                }
            }
        }
    }

    /// The start fails, right answers pass, wrong ones fail and draw their hint.
    fn answers(&mut self) {
        let lesson = self.lesson;
        let Some(start) = self.world("start.yaml") else { return };
        let report = grade(lesson, &start);
        if report.passed() {
            self.fail("start.yaml", "passes every check, so there is nothing to do");
        }
        let mut drawn: Vec<usize> = report.hint.into_iter().collect();
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
            let worlds = self.worlds(&name);
            self.proof.right += 1;
            for (how, world, _) in &worlds {
                let report = grade(lesson, world);
                for (check, result) in lesson.checks.iter().zip(&report.checks) {
                    if !result.passed {
                        let packet = result.counterexample.as_ref().map_or(String::new(), |trace| {
                            format!(": {}, {}", trace.verdict.name(), trace.reason.say().en)
                        });
                        self.fail(&name, format!("{how} does not pass {:?}{packet}", check.title.en));
                    }
                }
            }
            if let Some((_, world, _)) = worlds.first() {
                self.named_exist(&name, world);
            }
        }
        for name in wrong {
            let worlds = self.worlds(&name);
            self.proof.wrong += 1;
            let Some(wanted) = hint_of(&self.files.files[&name]) else {
                self.fail(&name, "does not begin with `# hint: ID`");
                continue;
            };
            for (how, world, refused) in &worlds {
                let report = grade(lesson, world);
                drawn.extend(report.hint);
                let hint = report.hint.map(|idx| lesson.hints[idx].id.as_str());
                if report.passed() {
                    self.fail(&name, format!("{how} passes, but is meant to be wrong"));
                } else if *refused && hint.is_some() {
                    // The page says first that the server refuses it; behind it stands the hint of what still holds.
                } else if hint != Some(wanted) {
                    self.fail(&name, format!("{how} draws the hint {hint:?}, not {wanted:?}"));
                }
            }
        }
        // A hint that nothing draws may speak of a state that never is.
        for (idx, hint) in lesson.hints.iter().enumerate() {
            if !drawn.contains(&idx) {
                let message = format!("neither the start nor a wrong answer draws the hint {:?}", hint.id);
                self.fail_at(&format!("hints[{idx}]"), message);
            }
        }
    }

    /// Of the changes that make the solution of the start, every part that is not all of them fails and draws a hint.
    /// What is no clinic may have changes that are not needed; a hint it must have for each part that fails.
    fn parts(&mut self) {
        let lesson = self.lesson;
        let text = |name: &str| self.files.files.get(name).cloned().unwrap_or_default();
        let (start, solution) = (text("start.yaml"), text("solution.yaml"));
        let pieces = pieces(&start, &solution);
        let n_changes = pieces.iter().filter(|it| it.0 != it.1).count();
        if n_changes > MOST_CHANGES {
            return;
        }
        for chosen in 1..(1_u32 << n_changes) - 1 {
            let mut change = 0;
            let mut made = String::new();
            for (before, after) in &pieces {
                let mends = before != after && {
                    change += 1;
                    chosen & (1 << (change - 1)) != 0
                };
                made.push_str(if mends { after } else { before });
            }
            let Ok((world, _)) = edited_world(lesson, self.release, &start, &made) else {
                continue;
            };
            let report = grade(lesson, &world);
            let which: Vec<String> = (0..n_changes)
                .filter(|it| chosen & (1 << it) != 0)
                .map(|it| (it + 1).to_string())
                .collect();
            let which = which.join(" and ");
            if report.passed() {
                if lesson.clinic {
                    let message = format!("change {which} of {n_changes} is enough: the others mend nothing");
                    self.fail("solution.yaml", message);
                }
            } else if report.hint.is_none() {
                self.fail(
                    "lesson.yaml",
                    format!("no hint fits the start with change {which} of {n_changes}"),
                );
            }
        }
    }

    /// What questions call right is so, at the start or in the solution, and what they call wrong is not.
    fn questions(&mut self) {
        let states = ["start.yaml", "solution.yaml"];
        let worlds: Vec<World> = states.iter().filter_map(|name| self.world(name)).collect();
        for (idx, question) in self.lesson.questions.iter().enumerate() {
            let objections: Vec<String> = worlds
                .iter()
                .zip(states)
                .filter_map(|(world, state)| Some(format!("{state}: {}", self.objection(question, world)?)))
                .collect();
            if objections.len() == worlds.len() {
                self.fail_at(&format!("questions[{idx}]"), objections.join("; "));
            } else {
                self.proof.questions += 1;
            }
        }
    }

    /// Why a question has no place in a world.
    fn objection(&self, question: &Question, world: &World) -> Option<String> {
        let Some(before) = &question.before else {
            let untrue = question.answers.iter().find(|answer| {
                let holds = |it: &Condition| it.look(world).holds;
                answer.holds.as_ref().is_some_and(|it| holds(it) != answer.right)
            });
            return untrue.map(|answer| {
                let says = if answer.right { "does not hold" } else { "holds as well" };
                format!("{:?} {says}", answer.text.en)
            });
        };
        match self.packet(world) {
            None => Some("nothing can be sent yet".to_owned()),
            Some(trace) => match before.hop(&trace) {
                None => Some(format!("no packet gets to {}", named(before))),
                Some(hop) => question.objection(&trace, hop, &world.snapshot()),
            },
        }
    }

    /// The packet of the traffic bar, if its destination exists.
    fn packet(&self, world: &World) -> Option<Trace> {
        let to = fill_in(&self.lesson.traffic.to, &world.snapshot())?;
        let request = compose(&self.lesson.traffic.from, &to).ok()?;
        Some(world.clone().send(&request))
    }

    /// The worlds that an answer leads to: a fresh cluster, and the start as edited, of which the server may refuse a
    /// part.
    fn worlds(&mut self, name: &str) -> Vec<(&'static str, World, bool)> {
        let Some(fresh) = self.world(name) else {
            return Vec::new();
        };
        let mut worlds = vec![("in a fresh cluster", fresh, false)];
        let (start, text) = (self.files.files.get("start.yaml"), self.files.files.get(name));
        if let (Some(start), Some(text)) = (start, text)
            && let Ok((world, refused)) = edited_world(self.lesson, self.release, start, text)
        {
            worlds.push(("as an edit of the start", world, refused));
        }
        worlds
    }

    fn world(&mut self, name: &str) -> Option<World> {
        let Some(text) = self.files.files.get(name) else {
            self.fail(name, "is missing");
            return None;
        };
        match world_of(self.lesson, self.release, text) {
            Ok(world) => Some(world),
            Err(message) => {
                self.fail("lesson.yaml", message);
                None
            }
        }
    }

    /// What traffic bar and probes name is there in a right answer.
    fn named_exist(&mut self, name: &str, world: &World) {
        let snapshot = world.snapshot();
        let traffic = &self.lesson.traffic;
        let mut named = vec![Named::Source(&traffic.from), Named::Target(&traffic.to)];
        for check in &self.lesson.checks {
            check.holds.named(&mut named);
        }
        for it in named {
            let (what, found) = match it {
                Named::Source(from) => (
                    from,
                    match from.parse() {
                        Ok(Source::Pod { namespace, name }) => snapshot.get::<Pod>(&namespace, &name).is_some(),
                        Ok(Source::Node(node)) => snapshot.get::<Node>("", &node).is_some(),
                        Ok(_) => true,
                        Err(_) => false,
                    },
                ),
                Named::Target(to) => (to, fill_in(to, &snapshot).is_some()),
                Named::Pod(pod) => {
                    let (namespace, name) = pod.split_once('/').unwrap_or(("default", pod));
                    (pod, snapshot.get::<Pod>(namespace, name).is_some())
                }
                Named::Node(node) => (node, snapshot.get::<Node>("", node).is_some()),
            };
            if !found {
                self.fail(name, format!("has no {what}, which traffic or checks name"));
            }
        }
    }
}

/// More changes than this are not tried in every combination.
const MOST_CHANGES: usize = 6;

/// Two texts side by side: pieces that are the same in both, and pieces that differ, in order.
fn pieces(before: &str, after: &str) -> Vec<(String, String)> {
    let (a, b): (Vec<&str>, Vec<&str>) = (
        before.split_inclusive('\n').collect(),
        after.split_inclusive('\n').collect(),
    );
    // The longest run of lines in common, from each pair of places to the ends.
    let mut common = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let mut out: Vec<(String, String)> = Vec::new();
    let (mut i, mut j) = (0, 0);
    let mut differs = false;
    while i < a.len() || j < b.len() {
        let same = i < a.len() && j < b.len() && a[i] == b[j];
        if out.is_empty() || differs == same {
            out.push((String::new(), String::new()));
        }
        differs = !same;
        let Some(piece) = out.last_mut() else { break };
        if same {
            piece.0.push_str(a[i]);
            piece.1.push_str(b[j]);
            (i, j) = (i + 1, j + 1);
        } else if j >= b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            piece.0.push_str(a[i]);
            i += 1;
        } else {
            piece.1.push_str(b[j]);
            j += 1;
        }
    }
    out
}

/// What is wrong with a question as written.
fn form_of(question: &Question) -> Vec<String> {
    let mut found = Vec::new();
    let right = question.answers.iter().filter(|answer| answer.right).count();
    if right != 1 || question.answers.len() < 2 {
        found.push(format!(
            "{right} of {} answers are right; one must be, and one wrong",
            question.answers.len()
        ));
    }
    if let Some(before) = question.before.as_ref().filter(|it| it.is_unknown()) {
        found.push(format!("before: {:?} is no stage", before.stage));
    }
    for answer in &question.answers {
        let text = &answer.text.en;
        for fact in answer.shows.keys().filter(|name| !FACTS.contains(&name.as_str())) {
            found.push(format!("{text:?} shows {fact:?}; packets show {}", FACTS.join(", ")));
        }
        found.extend(answer.holds.iter().flat_map(Condition::problems));
        if question.before.is_some() && (answer.shows.is_empty() || answer.holds.is_some()) {
            found.push(format!(
                "{text:?} does not say what the packet shows if it is true (shows)"
            ));
        }
        if question.before.is_none() && (answer.right && answer.holds.is_none() || !answer.shows.is_empty()) {
            found.push(format!("{text:?} does not say what holds if it is true (holds)"));
        }
    }
    found
}

fn named(before: &Before) -> String {
    match &before.at {
        None => before.stage.clone(),
        Some(at) => format!("{} at {at}", before.stage),
    }
}

/// The hint a wrong answer names in its first line: `# hint: ID`.
fn hint_of(text: &str) -> Option<&str> {
    text.lines().next()?.strip_prefix("# hint:").map(str::trim)
}

fn is_documentation(link: &str) -> bool {
    link.starts_with("https://kubernetes.io/docs/") || link.starts_with("https://kubernetes.io/ko/docs/")
}

/// Targets of Markdown links and bare addresses, with their lines.
fn links(text: &str) -> Vec<(u32, String)> {
    let mut found = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        for (at, _) in text.match_indices("](") {
            let target = text[at + 2..].split(')').next().unwrap_or_default();
            found.push((line, target.to_owned()));
        }
        for (at, _) in text.match_indices("http") {
            let bare = !text[..at].ends_with("](");
            let target = text[at..].split([' ', '`', ')', '*', '|']).next().unwrap_or_default();
            // Addresses inside the cluster are examples, not links.
            if bare && target.starts_with("http") && target.contains("://") && !text[..at].ends_with(['`', '"']) {
                found.push((line, target.to_owned()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_texts_fall_into_what_is_the_same_and_what_differs() {
        let of = |before: &str, after: &str| {
            let found = pieces(before, after);
            assert_eq!(found.iter().map(|it| it.0.as_str()).collect::<String>(), before);
            assert_eq!(found.iter().map(|it| it.1.as_str()).collect::<String>(), after);
            found.into_iter().filter(|it| it.0 != it.1).collect::<Vec<_>>()
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert!(of("a\nb\n", "a\nb\n").is_empty());
        assert_eq!(of("a\nb\nc\n", "a\nx\nc\n"), [pair("b\n", "x\n")]);
        assert_eq!(of("a\nc\n", "a\nb\nc\nd\n"), [pair("", "b\n"), pair("", "d\n")]);
        assert_eq!(of("a\nb\n", "b\n"), [pair("a\n", "")]);
    }
}
