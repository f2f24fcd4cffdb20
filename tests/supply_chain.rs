//! Workflows run what is named by its content, for as long as they need, with the rights they need.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn yaml(file: &Path) -> Value {
    serde_yaml::from_str(&read(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The workflows, and the action that they share.
fn files() -> Vec<PathBuf> {
    let workflows = fs::read_dir(root().join(".github/workflows")).expect("workflows");
    let mut all: Vec<PathBuf> = workflows.map(|it| it.expect("a file").path()).collect();
    all.sort();
    assert_eq!(all.len(), 3);
    all.push(root().join(".github/actions/setup/action.yml"));
    all
}

/// What is wrong with a line that uses an action.
fn wrong_use(line: &str) -> Option<&'static str> {
    let (_, used) = line.split_once("uses: ")?;
    if used.starts_with("./") {
        return None;
    }
    let (name, version) = used.split_once(" # ")?.0.split_once('@').map_or((used, ""), |it| it);
    if !name.starts_with("actions/") {
        return Some("an action of others");
    }
    let pinned = version.len() == 40 && version.bytes().all(|it| it.is_ascii_hexdigit());
    (!pinned).then_some("no commit")
}

#[test]
fn actions_are_named_by_their_commit() {
    for file in files() {
        for line in read(&file).lines().filter(|it| it.contains("uses: ")) {
            assert_eq!(wrong_use(line), None, "{}: {line}", file.display());
            assert!(
                line.contains("uses: ./") || line.contains(" # v"),
                "{line} says no version"
            );
        }
    }
    assert!(wrong_use("- uses: actions/checkout@v4 # v4").is_some());
    assert!(wrong_use("- uses: somebody/else@11bd71901bbe5b1630ceea73d27597364c9af683 # v1").is_some());
}

#[test]
fn jobs_end_and_have_few_rights() {
    let manifest = read(&root().join("Cargo.toml"));
    let (_, after) = manifest.split_once("rust-version = \"").expect("rust-version");
    let oldest = after.split('"').next().expect("a version");
    for file in files()
        .iter()
        .filter(|it| it.parent().is_some_and(|it| it.ends_with("workflows")))
    {
        let workflow = yaml(file);
        let name = file.display();
        assert_eq!(
            workflow["permissions"],
            serde_json::json!({"contents": "read"}),
            "{name}"
        );
        let toolchain = workflow["env"]["RUSTUP_TOOLCHAIN"].as_str().expect("a toolchain");
        assert!(toolchain.starts_with(&format!("{oldest}.")), "{name}: {toolchain}");
        for (job, body) in workflow["jobs"].as_object().expect("jobs") {
            let minutes = body["timeout-minutes"].as_u64().unwrap_or(u64::MAX);
            assert!(minutes <= 60, "{name}: {job} has no time-out");
            for step in body["steps"].as_array().expect("steps") {
                let checkout = step["uses"]
                    .as_str()
                    .is_some_and(|it| it.starts_with("actions/checkout@"));
                let keeps = step["with"]["persist-credentials"] != serde_json::json!(false);
                assert!(!(checkout && keeps), "{name}: {job} leaves its token in the checkout");
            }
        }
    }
    assert!(!read(&root().join(".github/actions/setup/action.yml")).contains("restore-keys"));
}
