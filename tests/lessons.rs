//! Every lesson proves itself: the start fails, right answers pass, wrong ones fail and draw their hint.

use std::fs;
use std::path::{Path, PathBuf};

use kubehop::api::Release;
use kubehop::lesson::load::load_chapters;
use kubehop::lesson::prove::prove;
use kubehop::lesson::{Chapters, Files, LessonFiles, text_file};
use kubehop::text::Lang;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons")
}

fn chapters() -> Chapters {
    load_chapters(&fs::read_to_string(folder().join("chapters.yaml")).expect("chapters.yaml")).expect("chapters")
}

fn read_below(root: &Path, at: &Path, files: &mut Files) {
    for entry in fs::read_dir(at).expect("lesson folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            read_below(root, &path, files);
        } else {
            let name = path
                .strip_prefix(root)
                .expect("below the lesson")
                .to_string_lossy()
                .into_owned();
            files.insert(name, fs::read_to_string(&path).expect("text"));
        }
    }
}

fn lessons() -> Vec<LessonFiles> {
    let mut folders: Vec<PathBuf> = fs::read_dir(folder())
        .expect("lessons")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
        .iter()
        .map(|path| {
            let mut files = Files::new();
            read_below(path, path, &mut files);
            let name = path.file_name().expect("name").to_string_lossy().into_owned();
            LessonFiles { name, files }
        })
        .collect()
}

#[test]
fn every_lesson_proves_itself() {
    let chapters = chapters();
    let lessons = lessons();
    assert!(lessons.len() >= 38, "{} lessons", lessons.len());
    let errors: Vec<String> = lessons
        .iter()
        .filter_map(|lesson| prove(lesson, &chapters, Release::default()).err())
        .flatten()
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

/// A lesson by its number.
fn lesson(number: usize) -> LessonFiles {
    let wanted = format!("{number:02}-");
    let found = lessons().into_iter().find(|it| it.name.starts_with(&wanted));
    found.expect("a lesson of this number")
}

/// What the proof says of a lesson.
fn proof(lesson: &LessonFiles) -> Vec<String> {
    let errors = prove(lesson, &chapters(), Release::default()).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect()
}

/// Changes one thing in one file of a lesson; the proof must say `words`, with the line where `at` stands, or
/// with none where `at` is empty.
fn spoil(number: usize, file: &str, change: (&str, &str), at: &str, words: &str) {
    let mut lesson = lesson(number);
    let text = lesson.files.get(file).expect("the file to spoil");
    assert!(text.contains(change.0), "{:?} is not in {file}", change.0);
    let text = text.replacen(change.0, change.1, 1);
    let line = text.lines().position(|it| !at.is_empty() && it.contains(at));
    let place = line.map_or(format!("{}/{file}: ", lesson.name), |it| {
        format!("{}/{file}:{}: ", lesson.name, it + 1)
    });
    lesson.files.insert(file.to_owned(), text);
    let errors = proof(&lesson);
    assert!(
        errors
            .iter()
            .any(|error| error.starts_with(&place) && error.contains(words)),
        "{place}…{words:?}… not in {errors:#?}"
    );
}

/// Changes one thing in one file of a lesson; the proof must say `words`, wherever.
fn swap_text(number: usize, file: &str, change: (&str, &str), words: &str) {
    let mut lesson = lesson(number);
    let text = lesson.files.get_mut(file).expect("the file to spoil");
    assert!(text.contains(change.0), "{:?} is not in {file}", change.0);
    *text = text.replacen(change.0, change.1, 1);
    let errors = proof(&lesson);
    assert!(
        errors.iter().any(|it| it.contains(words)),
        "{words:?} not in {errors:#?}"
    );
}

/// Puts one file in the place of another; the proof must say `words` of it.
fn swap(number: usize, file: &str, with: &str, words: &str) {
    let mut lesson = lesson(number);
    let head = lesson.files[file]
        .lines()
        .next()
        .filter(|it| it.starts_with("# hint:"))
        .unwrap_or_default();
    let text = format!("{head}\n{}", lesson.files[with]);
    lesson.files.insert(file.to_owned(), text);
    let errors = proof(&lesson);
    assert!(
        errors.iter().any(|it| it.contains(file) && it.contains(words)),
        "{file}: {words:?} not in {errors:#?}"
    );
}

/// Takes files away; the proof must say `words`.
fn without(number: usize, files: &str, words: &str) {
    let mut lesson = lesson(number);
    lesson.files.retain(|name, _| !name.starts_with(files));
    let errors = proof(&lesson);
    assert!(
        errors.iter().any(|it| it.contains(words)),
        "{words:?} not in {errors:#?}"
    );
}

#[test]
fn the_proof_notices_wrong_answers_that_pass_and_right_ones_that_fail() {
    swap(1, "start.yaml", "solution.yaml", "passes every check");
    swap(
        1,
        "solution.yaml",
        "start.yaml",
        "does not pass \"http://web has one address",
    );
    swap(1, "also/named-port.yaml", "wrong/port-8080.yaml", "does not pass");
    swap(
        1,
        "wrong/selector-typo.yaml",
        "solution.yaml",
        "passes, but is meant to be wrong",
    );
    spoil(
        1,
        "wrong/selector-typo.yaml",
        ("hint: selector", "hint: port"),
        "",
        "draws the hint Some(\"selector\")",
    );
    spoil(
        1,
        "wrong/selector-typo.yaml",
        ("# hint: selector", "# a comment"),
        "",
        "does not begin with",
    );
    without(1, "also/", "has no other right answer");
    without(
        1,
        "wrong/s",
        "neither the start nor a wrong answer draws the hint \"selector\"",
    );
    without(1, "wrong/", "0 wrong answers; a lesson has at least 3");
    // One mend of a clinic that would do: the other fault is none.
    swap_text(
        12,
        "start.yaml",
        ("number: 9090", "number: 8080"),
        "is enough: the others mend nothing",
    );
    // What the controller leaves behind when a selector is taken away.
    swap_text(
        6,
        "lesson.yaml",
        (
            "objects: {kind: EndpointSlice, atMost: 2}",
            "objects: {kind: EndpointSlice, atMost: 0}",
        ),
        "as an edit of the start draws the hint",
    );
    for file in ["start.yaml", "solution.yaml"] {
        without(1, file, "is missing");
    }
    for lang in Lang::ALL {
        without(1, &text_file(*lang), "is missing");
    }
}

#[test]
fn the_proof_notices_questions_whose_answers_are_not_so() {
    let file = "lesson.yaml";
    spoil(
        1,
        file,
        ("verdict: unresolved, addresses: 0", "addresses: 2"),
        "id: who-is-web",
        "addresses is 0",
    );
    spoil(
        1,
        file,
        ("shows: {addresses: 3}", "shows: {addresses: 0}"),
        "id: who-is-web",
        "is true as well",
    );
    spoil(
        1,
        file,
        ("shows: {addresses: 3}", "shows: {address: 3}"),
        "id: who-is-web",
        "packets show verdict",
    );
    spoil(
        1,
        file,
        ("    shows: {addresses: 3}\n", ""),
        "id: who-is-web",
        "does not say what the packet shows",
    );
    spoil(
        1,
        file,
        ("stage: dns", "stage: dsn"),
        "id: who-is-web",
        "\"dsn\" is no stage",
    );
    spoil(
        1,
        file,
        ("stage: dns", "stage: snat"),
        "id: who-is-web",
        "no packet gets to snat",
    );
    spoil(
        9,
        file,
        ("rules, at: node/node-2", "rules, at: node/node-7"),
        "id: what-node-2-does",
        "rules at node/node-7",
    );
    spoil(
        1,
        file,
        ("    right: true\n", ""),
        "id: who-is-web",
        "0 of 3 answers are right",
    );
    swap_text(
        1,
        file,
        ("id: new-destination", "id: who-is-web"),
        "two questions are called \"who-is-web\"",
    );
    spoil(
        5,
        file,
        ("conditions.ready\": false", "conditions.ready\": maybe"),
        "id: probe-fails",
        "does not hold",
    );
    spoil(
        5,
        file,
        ("kind: Service, name: web, atMost: 0", "kind: Service, name: web"),
        "id: probe-fails",
        "holds as well",
    );
}

#[test]
fn the_proof_notices_what_is_not_there_and_what_is_not_written() {
    let file = "lesson.yaml";
    // Objects that are named.
    spoil(
        1,
        "solution.yaml",
        ("name: client", "name: clint"),
        "",
        "has no pod/client, which traffic or checks name",
    );
    let mut silent = lesson(2);
    let text = &silent.files[file];
    let (from, to) = (
        text.find("questions:").expect("questions"),
        text.find("learned:").expect("learned"),
    );
    let text = format!("{}{}", &text[..from], &text[to..]);
    silent.files.insert(file.to_owned(), text);
    assert!(proof(&silent).iter().any(|it| it.contains("asks no question")));
    swap_text(
        6,
        file,
        ("pod: legacy-db", "pod: modern-db"),
        "has no modern-db, which traffic or checks name",
    );
    spoil(
        6,
        "solution.yaml",
        ("name: legacy-db", "name: modern-db"),
        "",
        "has no legacy-db",
    );
    spoil(
        11,
        "solution.yaml",
        ("type: LoadBalancer", "type: ClusterIP"),
        "",
        "has no http://$(loadBalancer web)",
    );
    spoil(
        1,
        file,
        ("kind: EndpointSlice", "kind: EndpointSlce"),
        "EndpointSlce",
        "\"EndpointSlce\" is not simulated",
    );
    // Every language.
    spoil(
        1,
        file,
        ("  ko: Pod는 생겼다가 사라집니다\n", ""),
        "en: Pods come and go",
        "missing field `ko`",
    );
    spoil(
        1,
        file,
        ("ko: Pod는 생겼다가 사라집니다", "ko: ''"),
        "ko: ''",
        "title.ko is empty",
    );
    spoil(
        1,
        file,
        ("ko: web이라는 Service가", "ko: ''\n  # Service가"),
        "ko: ''",
        "hints[0].text.ko is empty",
    );
    // Links.
    spoil(
        1,
        "text.en.md",
        ("A client", "[A client](https://example.com/)"),
        "example.com",
        "is no page of",
    );
    spoil(
        1,
        "text.ko.md",
        ("각각", "https://example.com/ 각각"),
        "example.com",
        "is no page of",
    );
    spoil(
        1,
        file,
        ("docs: https://kubernetes.io/docs/", "docs: https://kubernetes.io/blog/"),
        "docs: ",
        "is no page of",
    );
}

#[test]
fn a_broken_lesson_file_is_told_with_its_line() {
    let file = "lesson.yaml";
    spoil(1, file, ("preset: cloud", "preset: [cloud"), "goal:", "did not find");
    spoil(
        1,
        file,
        ("formatVersion: 1", "formatVersion: 2"),
        "formatVersion",
        "formatVersion 2 is not known",
    );
    spoil(
        1,
        file,
        ("chapter: services", "chapter: servces"),
        "chapter:",
        "is not in chapters.yaml",
    );
    spoil(1, file, ("hints:", "hnts:"), "hnts:", "unknown field `hnts`");
    spoil(
        1,
        file,
        ("podsAtLeast: 3", "podsAtLeast: three"),
        "podsAtLeast: three",
        "invalid type",
    );
    spoil(
        1,
        file,
        ("{verdict: delivered, podsAtLeast", "{verdict: arrived, podsAtLeast"),
        "verdict: arrived",
        "is no verdict",
    );
    spoil(
        1,
        file,
        ("to: \"http://web\", times: 60", "to: \"web\", times: 60"),
        "to: \"web\", times: 60",
        "has no port",
    );
    spoil(
        1,
        file,
        ("times: 60", "times: 6000"),
        "times: 6000",
        "is not between 1 and 500",
    );
    swap_text(
        1,
        file,
        ("id: by-hand", "id: no-service"),
        "two hints are called \"no-service\"",
    );
}
