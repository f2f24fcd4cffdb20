//! Writes what Kubehop knows of the Kubernetes API as data:
//!
//! - `src/api/schema/kubernetes.txt`: names, types, required fields, enums of every kind at every depth,
//!   embedded in the program (its format is described in `src/api/schema/mod.rs`);
//! - `assets/hover.json`: the descriptions, loaded by the editor when first needed.
//!
//! `cargo run` writes both, `cargo run -- --check` only says whether they are as they should be (exit code 1).
//! What OpenAPI does not tell (Go's names for string types, embedded structs, pointers, enums) stands in
//! `overlay.txt`; kinds that are not Kubernetes' own (kubeadm, kube-proxy, MetalLB) in `extra.txt`.

mod kinds;
mod overlay;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use overlay::Overlay;

/// Kubernetes version whose types are read.
const KUBERNETES: &str = "v1.36";
/// Version of the package they come from; `Cargo.toml` pins the same.
const K8S_OPENAPI: &str = "0.29.0";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (schema, hover) = generate();
    let outputs = [
        (root.join("src/api/schema/kubernetes.txt"), schema),
        (root.join("assets/hover.json"), hover),
    ];
    if std::env::args().nth(1).as_deref() == Some("--check") {
        let stale: Vec<&PathBuf> = outputs
            .iter()
            .filter(|(path, text)| std::fs::read_to_string(path).ok().as_ref() != Some(text))
            .map(|(path, _)| path)
            .collect();
        for path in &stale {
            eprintln!("{} is stale; run `cargo run` in tools/schema", path.display());
        }
        return if stale.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    for (path, text) in outputs {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("folder can be made");
        }
        std::fs::write(&path, text).expect("file can be written");
    }
    ExitCode::SUCCESS
}

/// The two files.
fn generate() -> (String, String) {
    let (kinds, definitions) = kinds::all();
    let overlay = Overlay::read(include_str!("../overlay.txt"));
    let names: Vec<&String> = definitions
        .keys()
        .filter(|name| is_struct(&definitions[*name]))
        .collect();
    let index: BTreeMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();

    let mut body = String::new();
    for kind in &kinds {
        let _ = writeln!(
            body,
            "K {} {} {} {} {} {} {}",
            if kind.group.is_empty() { "-" } else { kind.group },
            kind.version,
            kind.kind,
            kind.plural,
            if kind.namespaced { "n" } else { "c" },
            if kind.short.is_empty() { "-" } else { kind.short },
            index[kind.definition.as_str()],
        );
    }
    let mut package = "";
    for name in &names {
        let (prefix, short) = name.rsplit_once('.').expect("definition names have dots");
        if prefix != package {
            let _ = writeln!(body, "P {prefix}");
            package = prefix;
        }
        let _ = writeln!(body, "D {short}");
        let schema = &definitions[*name];
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (field, of) in schema["properties"].as_object().into_iter().flatten() {
            let ty = type_of(of, &index);
            // k8s-openapi itself asks for metadata; the API server does not.
            let mark = if required.contains(&field.as_str()) && field != "metadata" {
                "!"
            } else {
                ""
            };
            let _ = writeln!(body, "{field}{mark} {ty}{}", overlay.suffix(prefix, short, field));
        }
    }
    overlay.assert_all_used();
    let body = with_extra(body, include_str!("../extra.txt"), &names);
    let mut schema = format!(
        "# kubernetes {KUBERNETES} k8s-openapi {K8S_OPENAPI} fnv {:016x}\n",
        fnv(&body)
    );
    schema.push_str(&body);

    let hover: BTreeMap<&str, BTreeMap<&str, &str>> = names
        .iter()
        .filter(|name| !is_remote(name))
        .map(|name| {
            let schema = &definitions[*name];
            let own = schema["description"].as_str().map(|text| ("", text));
            let fields = schema["properties"]
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(field, of)| Some((field.as_str(), of["description"].as_str()?)));
            (name.as_str(), own.into_iter().chain(fields).collect())
        })
        .collect();
    let hover = serde_json::to_string(&hover).expect("texts are JSON") + "\n";
    (schema, hover)
}

fn is_struct(schema: &Value) -> bool {
    schema["properties"].is_object()
}

/// Adds kinds that are not Kubernetes' own; `@Name` in them becomes the number of the definition.
fn with_extra(mut body: String, extra: &str, names: &[&String]) -> String {
    let more = extra.lines().filter_map(|line| line.strip_prefix("D "));
    let all: Vec<&str> = names
        .iter()
        .map(|name| name.rsplit('.').next().unwrap_or_default())
        .chain(more)
        .collect();
    for line in extra.lines() {
        match line.split_once('@') {
            Some((before, name)) => {
                let (name, after) = name.split_once(' ').map_or((name, ""), |(name, after)| (name, after));
                let at = all
                    .iter()
                    .rposition(|it| *it == name)
                    .expect("definitions in extra.txt are there");
                let sign = if line.starts_with("K ") { "" } else { "@" };
                let space = if after.is_empty() { "" } else { " " };
                let _ = writeln!(body, "{before}{sign}{at}{space}{after}");
            }
            None => {
                let _ = writeln!(body, "{line}");
            }
        }
    }
    body
}

/// Definitions whose texts the editor does without: they belong to storage and devices that nobody learns traffic
/// with.
fn is_remote(name: &str) -> bool {
    ["io.k8s.api.resource.", "io.k8s.api.flowcontrol.", "io.k8s.apiextensions-apiserver."]
        .iter()
        .any(|package| name.starts_with(package))
        || ["PersistentVolumeSource", "DiskVolumeSource", "StoreVolumeSource"]
            .iter()
            .any(|end| name.ends_with(end))
        || [
            "ScaleIO",
            "StorageOS",
            "Quobyte",
            "Portworx",
            "Photon",
            "Glusterfs",
            "Flocker",
            "RBD",
            "Ceph",
        ]
        .iter()
        .any(|part| name.contains(part))
}

/// The type of a field in the letters of the format.
fn type_of(schema: &Value, index: &BTreeMap<&str, usize>) -> String {
    if let Some(name) = kinds::referred(schema) {
        return match name {
            "io.k8s.apimachinery.pkg.api.resource.Quantity" => "q".to_owned(),
            "io.k8s.apimachinery.pkg.util.intstr.IntOrString" => "I".to_owned(),
            "io.k8s.apimachinery.pkg.apis.meta.v1.Time" => "t".to_owned(),
            "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime" => "u".to_owned(),
            _ => index.get(name).map_or_else(|| "x".to_owned(), |at| format!("@{at}")),
        };
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("string"), Some("byte")) => "y".to_owned(),
        (Some("string"), _) => "s".to_owned(),
        (Some("boolean"), _) => "b".to_owned(),
        (Some("integer"), Some("int64")) => "l".to_owned(),
        (Some("integer"), _) => "i".to_owned(),
        (Some("number"), _) => "d".to_owned(),
        (Some("array"), _) => format!("[{}", type_of(&schema["items"], index)),
        (Some("object"), _) if schema["additionalProperties"].is_object() => {
            format!("{{{}", type_of(&schema["additionalProperties"], index))
        }
        _ => "x".to_owned(),
    }
}

/// FNV-1a, so that the program can tell whether its data is whole.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
