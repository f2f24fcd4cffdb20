//! `apt`, `apt-get` and `apk`: packages that bring tools into a container, for as long as its pod lives.
//!
//! Known are the packages of tools that this terminal has; what a package brings beside them is passed over.

use super::options::arguments;
use super::toolbox::{PACKAGES, key};
use crate::net::Source;
use crate::shell::kubectl::Context;
use crate::shell::{CommandResult, Output};

/// Adds the programs of packages; the names of packages that nobody knows.
fn install<'a>(context: &mut Context<'_>, place: &Source, packages: &[&'a str]) -> Vec<&'a str> {
    let mut unknown = Vec::new();
    for package in packages {
        let Some((_, programs)) = PACKAGES.iter().find(|(names, _)| names.contains(package)) else {
            unknown.push(*package);
            continue;
        };
        for program in *programs {
            if let Some(key) = key(context, place, program) {
                context.installed.insert(key);
            }
        }
    }
    unknown
}

/// `apt update`, `apt install -y PACKAGE…`.
pub(super) fn apt(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let words = arguments(words);
    let Some((command, packages)) = words.split_first() else {
        return Err(Output::failed("apt: which command? update or install\n", 1));
    };
    match *command {
        "update" => Ok(Output::ok(
            "Hit:1 http://deb.debian.org/debian bookworm InRelease\nReading package lists...\nBuilding dependency tree...\nReading state information...\nAll packages are up to date.\n",
        )),
        "install" => {
            let unknown = install(context, place, packages);
            if let Some(package) = unknown.first() {
                return Err(Output::failed(
                    format!(
                        "E: Unable to locate package {package}\nKubehop: packages of network tools are known: {}\n",
                        known()
                    ),
                    100,
                ));
            }
            let mut out = "Reading package lists...\nBuilding dependency tree...\nReading state information...\nThe following NEW packages will be installed:\n".to_owned();
            out.push_str(&format!("  {}\n", packages.join(" ")));
            for package in packages {
                out.push_str(&format!("Setting up {package} ...\n"));
            }
            Ok(Output::ok(out))
        }
        _ => Ok(Output::default()),
    }
}

/// `apk update`, `apk add [--no-cache] PACKAGE…`.
pub(super) fn apk(context: &mut Context<'_>, place: &Source, words: &[String]) -> CommandResult {
    let words = arguments(words);
    let Some((command, packages)) = words.split_first() else {
        return Err(Output::failed("apk: which command? update or add\n", 1));
    };
    match *command {
        "add" => {
            let unknown = install(context, place, packages);
            if !unknown.is_empty() {
                let missing: String = unknown
                    .iter()
                    .map(|it| format!("  {it} (no such package):\n"))
                    .collect();
                return Err(Output::failed(
                    format!(
                        "ERROR: unable to select packages:\n{missing}Kubehop: packages of network tools are known: {}\n",
                        known()
                    ),
                    unknown.len() as i32,
                ));
            }
            let n = packages.len();
            let lines = packages.iter().enumerate();
            let mut out: String = lines
                .map(|(idx, it)| format!("({}/{n}) Installing {it}\n", idx + 1))
                .collect();
            out.push_str("OK\n");
            Ok(Output::ok(out))
        }
        _ => Ok(Output::ok("OK\n")),
    }
}

fn known() -> String {
    let names: Vec<&str> = PACKAGES.iter().flat_map(|(names, _)| names.first().copied()).collect();
    names.join(", ")
}
