//! Every lesson proves itself: the start fails, right answers pass, wrong ones fail and draw their hint.

use std::fs;
use std::path::{Path, PathBuf};

use kubehop::lesson::load::load_chapters;
use kubehop::lesson::prove::prove;
use kubehop::lesson::{Chapters, Files, LessonFiles};

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
    assert!(lessons.len() >= 12, "{} lessons", lessons.len());
    let errors: Vec<String> = lessons
        .iter()
        .filter_map(|lesson| prove(lesson, &chapters).err())
        .flatten()
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "\n{}", errors.join("\n"));
}

/// A copy of the first lesson with one file changed.
fn spoiled(file: &str, change: impl Fn(&str) -> String) -> Vec<String> {
    let mut lesson = lessons().swap_remove(0);
    let text = change(lesson.files.get(file).map_or("", String::as_str));
    lesson.files.insert(file.to_owned(), text);
    prove(&lesson, &chapters())
        .err()
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn the_proof_notices_what_is_wrong_with_a_lesson() {
    let solution = lessons()[0].files["solution.yaml"].clone();
    let start = lessons()[0].files["start.yaml"].clone();
    let says = |errors: &[String], words: &str| {
        assert!(
            errors.iter().any(|error| error.contains(words)),
            "{words:?} not in {errors:#?}"
        );
    };
    says(&spoiled("start.yaml", |_| solution.clone()), "passes every check");
    says(&spoiled("solution.yaml", |_| start.clone()), "does not pass");
    says(
        &spoiled("wrong/selector-typo.yaml", |_| format!("# hint: selector\n{solution}")),
        "meant to be wrong",
    );
    says(
        &spoiled("wrong/selector-typo.yaml", |text| {
            text.replace("hint: selector", "hint: port")
        }),
        "draws the hint",
    );
    says(&spoiled("text.ko.md", |_| String::new()), "missing or empty");
    says(
        &spoiled("text.en.md", |text| format!("{text}[x](https://example.com/)")),
        "no page of",
    );
    says(
        &spoiled("lesson.yaml", |text| text.replace("http://web", "web")),
        "has no port",
    );
    says(
        &spoiled("lesson.yaml", |text| {
            text.replace("from: pod/client", "from: pod/nobody")
        }),
        "has no pod/nobody",
    );
}
