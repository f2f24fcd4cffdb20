//! Manifests, and what `kubectl apply` and the server made of them.

use kubehop::text::FileId;
use serde_json::Value;

use super::{differ, hold, masks, run, world};
use crate::support::{cases, text};

/// A text compared with what was printed.
fn same(what: &str, expected: &str, found: &str) -> Result<(), String> {
    if masks::matches(expected, found) {
        Ok(())
    } else {
        Err(differ(what, expected, found))
    }
}

/// Puts a manifest through a command as a here-document.
fn with_manifest(command: &str, manifest: &str) -> String {
    let newline = if manifest.ends_with('\n') { "" } else { "\n" };
    format!("{command} <<'END-OF-MANIFEST'\n{manifest}{newline}END-OF-MANIFEST\n")
}

fn printed(expected: &Value, output: &kubehop::shell::Output) -> Result<(), String> {
    same("stdout", &text(expected, "stdout"), &output.stdout)?;
    same("stderr", &text(expected, "stderr"), &output.stderr)?;
    let exit = expected["exit"].as_i64().unwrap_or(0);
    if exit == i64::from(output.exit_code) {
        Ok(())
    } else {
        Err(format!("  exit expected {exit}, found {}", output.exit_code))
    }
}

/// Whether what the server holds is what was recorded, `<AUTO>` standing for anything that is there.
fn contains(expected: &Value, found: &Value, path: &str) -> Result<(), String> {
    match (expected, found) {
        (Value::String(mask), found) if mask.starts_with('<') && mask.ends_with('>') => {
            if found.is_null() {
                Err(format!("  {path} is missing"))
            } else {
                Ok(())
            }
        }
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                contains(value, found.get(key).unwrap_or(&Value::Null), &format!("{path}.{key}"))?;
            }
            match found.keys().find(|key| !expected.contains_key(*key)) {
                Some(key) => Err(format!("  {path}.{key} should not be there")),
                None => Ok(()),
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => expected
            .iter()
            .zip(found)
            .enumerate()
            .try_for_each(|(idx, (a, b))| contains(a, b, &format!("{path}[{idx}]"))),
        (a, b) if a == b => Ok(()),
        (a, b) => Err(format!("  {path} expected {a}, found {b}")),
    }
}

/// Annotations without what `kubectl apply` remembers, which was not recorded.
fn without_last_applied(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(map) = value.as_object_mut() {
        map.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    value
}

fn apply_case(case: &Value) -> Result<(), String> {
    let manifest = text(case, "manifest");
    let start = || {
        let mut world = world();
        if let Some(setup) = case["setup"].as_str() {
            world.apply(FileId(0), setup);
        }
        world
    };
    let mut after_apply = start();
    let output = run(&mut after_apply, &with_manifest("kubectl apply -f -", &manifest));
    printed(&case["apply"], &output).map_err(|error| format!("  apply:\n{error}"))?;
    if !case["create"].is_null() {
        let output = run(&mut start(), &with_manifest("kubectl create -f -", &manifest));
        printed(&case["create"], &output).map_err(|error| format!("  create:\n{error}"))?;
    }
    let snapshot = after_apply.snapshot();
    for expected in case["after"].as_array().into_iter().flatten() {
        let (kind, name) = (text(expected, "kind"), text(expected, "name"));
        let found = kubehop::api::kind::KINDS
            .iter()
            .filter(|info| info.name == kind)
            .flat_map(|info| snapshot.objects(info.kind))
            .find(|it| it.metadata().name == name)
            .ok_or_else(|| format!("  {kind} {name} is not there"))?;
        for (key, value) in expected.as_object().into_iter().flatten() {
            let found = match key.as_str() {
                "kind" | "name" => continue,
                "labels" | "annotations" => &found.value["metadata"][key],
                _ => &found.value[key],
            };
            contains(value, &without_last_applied(found), key)?;
        }
    }
    Ok(())
}

#[test]
fn mistakes_are_refused_in_the_servers_words() {
    let results: Vec<_> = cases("cluster/apply-errors.yaml")
        .iter()
        .map(|case| (text(case, "name"), apply_case(case)))
        .collect();
    hold("oracle/apply-errors", &results, KNOWN_ERRORS);
}

/// Lines that differ from run to run and were not recorded.
fn without_identity(yaml: &str) -> String {
    yaml.lines()
        .filter(|line| {
            !["  uid: ", "  resourceVersion: ", "  creationTimestamp: "]
                .iter()
                .any(|prefix| line.starts_with(prefix))
        })
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn accepted_manifests_are_held_as_the_server_holds_them() {
    let mut results = Vec::new();
    for case in cases("cluster/apply-ok.yaml") {
        let mut world = world();
        let output = run(
            &mut world,
            &with_manifest("kubectl apply -f -", &text(&case, "manifest")),
        );
        let mut result = printed(&case["apply"], &output);
        for get in case["get"].as_array().into_iter().flatten() {
            let output = run(&mut world, &text(get, "cmd"));
            result = result.and_then(|()| same("yaml", &text(get, "stdout"), &without_identity(&output.stdout)));
        }
        results.push((text(&case, "name"), result));
    }
    hold("oracle/apply-ok", &results, KNOWN_OK);
}

/// Mistakes whose answer is known to differ.
const KNOWN_ERRORS: &[(&str, &str)] = &[];

/// Accepted manifests whose stored form is known to differ.
const KNOWN_OK: &[(&str, &str)] = &[];
