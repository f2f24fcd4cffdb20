//! `kubehop lessons`: proves every lesson of a folder.

use std::fmt::Write as _;

use super::args::{LessonsArgs, WorldArgs};
use super::{Host, Outcome};
use crate::lesson::load::{LessonError, load_chapters};
use crate::lesson::prove::{Proof, prove};
use crate::lesson::{Files, LessonFiles};

pub(super) fn run(args: &LessonsArgs, world_args: &WorldArgs, host: &dyn Host) -> Result<Outcome, String> {
    let release = world_args.release.unwrap_or_default();
    let folder = args.folder.trim_end_matches('/');
    let text = |path: &str| -> Result<String, String> {
        let bytes = host.read(path).map_err(|error| format!("{path}: {error}"))?;
        String::from_utf8(bytes).map_err(|_| format!("{path}: is not UTF-8"))
    };
    let chapters = load_chapters(&text(&format!("{folder}/chapters.yaml"))?).map_err(|error| error.to_string())?;
    let mut outcome = Outcome::default();
    let mut total = Proof::default();
    let lessons = read_all(folder, host, &text)?;
    if lessons.is_empty() {
        return Err(format!("{folder}: no lesson (a folder with a lesson.yaml) is in it"));
    }
    for lesson in &lessons {
        match prove(lesson, &chapters, release) {
            Ok(proof) => {
                total.checks += proof.checks;
                total.right += proof.right;
                total.wrong += proof.wrong;
                total.questions += proof.questions;
                writeln!(outcome.stdout, "{}: {proof}", lesson.name).expect("a string takes everything");
            }
            Err(errors) => {
                outcome.code = 1;
                outcome
                    .stderr
                    .extend(errors.iter().map(|error: &LessonError| format!("{folder}/{error}\n")));
            }
        }
    }
    if outcome.code == 0 {
        writeln!(outcome.stdout, "{} lessons proved: {total}", lessons.len()).expect("a string takes everything");
    }
    Ok(outcome)
}

/// The lessons below `folder`, by name.
fn read_all(
    folder: &str,
    host: &dyn Host,
    text: &dyn Fn(&str) -> Result<String, String>,
) -> Result<Vec<LessonFiles>, String> {
    let mut lessons: Vec<LessonFiles> = Vec::new();
    let mut paths = host.files(folder).map_err(|error| format!("{folder}: {error}"))?;
    paths.sort();
    for path in paths {
        // Files that lie beside the lessons (the guide, the chapters) belong to none.
        let Some((name, file)) = path.split_once('/') else {
            continue;
        };
        if lessons.last().is_none_or(|last| last.name != name) {
            lessons.push(LessonFiles {
                name: name.to_owned(),
                files: Files::new(),
            });
        }
        let content = text(&format!("{folder}/{path}"))?;
        if let Some(lesson) = lessons.last_mut() {
            lesson.files.insert(file.to_owned(), content);
        }
    }
    Ok(lessons)
}
