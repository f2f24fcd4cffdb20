//! The text a description is made of: lines with tabs, aligned when it is finished.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde_json::Value;

use super::super::resources::Resource;
use super::super::tree::{at, list, map, number, scalar, text};
use crate::api::Kind;
use crate::cluster::Snapshot;
use crate::shell::print::{age, table};
use crate::sim::Instant;
use crate::small_sort::SmallSort as _;

/// Longest annotation that stands on one line, key and `: ` included.
const LONGEST_ANNOTATION: usize = 140;

/// What `kubectl apply` remembers; never described.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// A description being written.
pub(super) struct Text {
    out: String,
    /// The moment that ages are counted from.
    pub(super) now: Instant,
}

impl Text {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            out: String::new(),
            now,
        }
    }

    /// The text with its columns aligned.
    pub(super) fn finish(self) -> String {
        table::align(&self.out)
    }

    /// The text as it was written.
    pub(super) fn raw(self) -> String {
        self.out
    }

    /// A line as it stands, tabs between cells.
    pub(super) fn line(&mut self, text: impl Display) {
        self.out.push_str(&text.to_string());
        self.out.push('\n');
    }

    /// `label:` and its value, indented by so many steps of two spaces.
    pub(super) fn field(&mut self, level: usize, label: &str, value: impl Display) {
        self.line(format_args!("{}{label}:\t{value}", "  ".repeat(level)));
    }

    /// Values one below the other beside a title; `<none>` where there are none.
    pub(super) fn stacked(&mut self, title: &str, values: &[String]) {
        if values.is_empty() {
            self.line(format_args!("{title}:\t<none>"));
        }
        for (idx, value) in values.iter().enumerate() {
            if idx == 0 {
                self.line(format_args!("{title}:\t{value}"));
            } else {
                self.line(format_args!("\t{value}"));
            }
        }
    }

    /// Labels one below the other.
    pub(super) fn labels(&mut self, title: &str, object: &Value, path: &[&str]) {
        let values: Vec<String> = map(object, path)
            .into_iter()
            .flatten()
            .map(|(key, value)| format!("{key}={}", scalar(value)))
            .collect();
        self.stacked(title, &values);
    }

    /// Annotations one below the other; long ones and those of several lines start on a line of their own.
    pub(super) fn annotations(&mut self, title: &str, object: &Value, path: &[&str]) {
        let entries: BTreeMap<String, String> = map(object, path)
            .into_iter()
            .flatten()
            .filter(|(key, _)| key.as_str() != LAST_APPLIED)
            .map(|(key, value)| (key.clone(), scalar(value)))
            .collect();
        if entries.is_empty() {
            self.line(format_args!("{title}:\t<none>"));
        }
        for (idx, (key, value)) in entries.iter().enumerate() {
            let start = if idx == 0 { format!("{title}:") } else { String::new() };
            let value = value.strip_suffix('\n').unwrap_or(value);
            if value.len() + key.len() + 2 <= LONGEST_ANNOTATION && !value.contains('\n') {
                self.line(format_args!("{start}\t{key}: {value}"));
                continue;
            }
            self.line(format_args!("{start}\t{key}:"));
            for part in value.split('\n') {
                self.line(format_args!("\t  {}", shorten(part, LONGEST_ANNOTATION - 2)));
            }
        }
    }

    /// Name, namespace, labels and annotations: how most descriptions start.
    pub(super) fn head(&mut self, object: &Value) {
        self.field(0, "Name", text(object, &["metadata", "name"]));
        self.field(0, "Namespace", text(object, &["metadata", "namespace"]));
        self.labels("Labels", object, &["metadata", "labels"]);
        self.annotations("Annotations", object, &["metadata", "annotations"]);
    }

    /// Events about the object.
    pub(super) fn events(&mut self, snapshot: &Snapshot, resource: Resource, object: &Value) {
        let mut events: Vec<&Value> = snapshot
            .objects(Kind::Other)
            .map(|it| &it.value)
            .filter(|event| concerns(event, resource, object))
            .collect();
        if events.is_empty() {
            self.line("Events:\t<none>");
            return;
        }
        events.small_sort_by_key(|event| text(event, &["lastTimestamp"]).to_owned());
        self.line("Events:");
        self.line("  Type\tReason\tAge\tFrom\tMessage");
        self.line("  ----\t------\t----\t----\t-------");
        for event in events {
            let since = |path: &[&str]| age::since(at(event, path).and_then(Value::as_str), self.now);
            let first = if at(event, &["eventTime"]).is_some() {
                since(&["eventTime"])
            } else {
                since(&["firstTimestamp"])
            };
            let interval = if at(event, &["series"]).is_some() {
                let count = number(event, &["series", "count"]);
                format!("{} (x{count} over {first})", since(&["series", "lastObservedTime"]))
            } else if number(event, &["count"]) > 1 {
                let count = number(event, &["count"]);
                format!("{} (x{count} over {first})", since(&["lastTimestamp"]))
            } else {
                first
            };
            let from = match text(event, &["source", "component"]) {
                "" => text(event, &["reportingComponent"]),
                component => component,
            };
            let message = text(event, &["message"]).trim();
            let message = match text(event, &["involvedObject", "fieldPath"]) {
                "" => message.to_owned(),
                field => format!("{field}: {message}"),
            };
            let line = format!(
                "  {}\t{}\t{interval}\t{from}\t{message}",
                text(event, &["type"]),
                text(event, &["reason"])
            );
            self.line(line);
        }
    }
}

fn shorten(part: &str, most: usize) -> String {
    if part.len() <= most {
        return part.to_owned();
    }
    let end = (0..=most).rev().find(|&it| part.is_char_boundary(it)).unwrap_or(0);
    format!("{}...", &part[..end])
}

/// Whether an object is an Event about another.
fn concerns(event: &Value, resource: Resource, object: &Value) -> bool {
    let involved = |field| text(event, &["involvedObject", field]);
    let meta = |field| text(object, &["metadata", field]);
    text(event, &["kind"]) == "Event"
        && involved("name") == meta("name")
        && (resource.kind == Kind::Pod || involved("kind") == resource.name)
        && (!resource.namespaced || involved("namespace") == meta("namespace"))
        && (meta("uid").is_empty() || involved("uid").is_empty() || involved("uid") == meta("uid"))
}

/// `Kind/name` of the controller that owns an object.
pub(super) fn controller(object: &Value) -> Option<String> {
    list(object, &["metadata", "ownerReferences"])
        .iter()
        .find(|owner| super::super::tree::flag(owner, &["controller"]))
        .map(|owner| format!("{}/{}", text(owner, &["kind"]), text(owner, &["name"])))
}
