//! Every example of the menu: its file is there, the server takes it or refuses it as the menu says, and its
//! request can be sent.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kubehop::cluster::Preset;
use kubehop::net::Verdict;
use kubehop::net::compose::compose;
use kubehop::text::{FileId, Lang};
use kubehop::world::examples::{EXAMPLES, Example, FIRST_TEXT, Group};
use kubehop::world::{Options, World};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/examples")
}

fn text(example: &Example) -> String {
    let path = folder().join(format!("{}.yaml", example.name));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn world(example: &Example) -> World {
    let preset: Preset = example.preset.parse().expect("a preset of that name");
    World::new(Options {
        preset,
        ..Options::default()
    })
}

#[test]
fn index_and_files_name_each_other() {
    let files: BTreeSet<String> = fs::read_dir(folder())
        .expect("folder")
        .map(|it| it.expect("entry").file_name().to_string_lossy().into_owned())
        .collect();
    let named: BTreeSet<String> = EXAMPLES.iter().map(|it| format!("{}.yaml", it.name)).collect();
    assert_eq!(files, named);
    assert_eq!(FIRST_TEXT, text(&EXAMPLES[0]));
    assert_eq!(named.len(), EXAMPLES.len(), "names are unique");
}

#[test]
fn the_server_takes_what_is_not_said_to_be_refused() {
    let mut wrong = String::new();
    for example in EXAMPLES {
        let outcome = world(example).apply(FileId::default(), &text(example));
        if outcome.all_taken() == (example.group == Group::Refused) {
            wrong.push_str(&format!("{}: {}{}\n", example.name, outcome.stdout, outcome.stderr));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn requests_can_be_sent_once_the_manifests_are_there() {
    for example in EXAMPLES {
        let mut world = world(example);
        world.apply(FileId::default(), &text(example));
        let (from, to) = example.request(&world.snapshot());
        assert!(!to.contains('{'), "{}: {to}", example.name);
        compose(&from, &to).unwrap_or_else(|error| panic!("{}: {error}", example.name));
    }
}

#[test]
fn packets_arrive_or_die_as_the_group_says() {
    for example in EXAMPLES {
        let mut world = world(example);
        world.apply(FileId::default(), &text(example));
        let (from, to) = example.request(&world.snapshot());
        let trace = world.send(&compose(&from, &to).expect("reads"));
        let arrived = trace.verdict == Verdict::Delivered;
        match example.group {
            Group::Services | Group::Ingress | Group::Gateway | Group::Applications => {
                assert!(arrived, "{}", example.name)
            }
            Group::Failures => assert!(!arrived, "{}", example.name),
            // What learners wrote down may do either.
            Group::Notes | Group::Refused => {}
        }
    }
}

#[test]
fn titles_are_in_every_language() {
    for example in EXAMPLES {
        assert!(Lang::ALL.iter().all(|lang| !example.title(*lang).is_empty()));
    }
}
