//! Metadata, selectors and references shared by all kinds (`kubernetes apimachinery/pkg/apis/meta/v1`).

use std::collections::BTreeMap;

use serde_json::Value;

use super::view::{Read, Write, WrongType, view};
use crate::api::namespaced_name::{NamespacedName, ObjectKey};

/// Labels or annotations.
pub type Labels = BTreeMap<String, String>;

/// A number or a name (`targetPort`, a probe's `port`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntOrString {
    /// A number.
    Int(i32),
    /// A name.
    String(String),
}

impl Default for IntOrString {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl Read for IntOrString {
    fn read(&mut self, value: &Value) -> Result<(), Box<WrongType>> {
        if let Value::String(name) = value {
            *self = Self::String(name.clone());
            return Ok(());
        }
        let mut number = 0;
        number.read(value)?;
        *self = Self::Int(number);
        Ok(())
    }
}

impl Write for IntOrString {
    fn write(&self) -> Value {
        match self {
            Self::Int(number) => number.write(),
            Self::String(name) => name.write(),
        }
    }
}

impl std::fmt::Display for IntOrString {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::String(name) => name.fmt(f),
        }
    }
}

/// Metadata of every object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ObjectMeta {
    /// Name, unique in kind and namespace.
    pub name: String,
    /// Prefix of a generated name.
    pub generate_name: String,
    /// Namespace; empty for cluster-wide kinds.
    pub namespace: String,
    /// Tells it from every other object, before and after; empty until it is stored.
    pub uid: String,
    /// Changes with every write; empty until it is stored.
    pub resource_version: String,
    /// Changes with every write to `spec`.
    pub generation: i64,
    /// When it was created, in RFC 3339; absent until it is stored.
    pub creation_timestamp: Option<String>,
    /// RFC 3339; set while the object is being deleted (a terminating pod).
    pub deletion_timestamp: Option<String>,
    /// Seconds of grace that deletion gave.
    pub deletion_grace_period_seconds: Option<i64>,
    /// Labels.
    pub labels: Labels,
    /// Annotations.
    pub annotations: Labels,
    /// What this object belongs to.
    pub owner_references: Vec<OwnerReference>,
    /// What must happen before it goes.
    pub finalizers: Vec<String>,
}

view!(ObjectMeta {
    name: "name",
    generate_name: "generateName",
    namespace: "namespace",
    uid: "uid",
    resource_version: "resourceVersion",
    generation: "generation",
    creation_timestamp: "creationTimestamp",
    deletion_timestamp: "deletionTimestamp",
    deletion_grace_period_seconds: "deletionGracePeriodSeconds",
    labels: "labels",
    annotations: "annotations",
    owner_references: "ownerReferences",
    finalizers: "finalizers",
});

impl ObjectMeta {
    /// Namespace and name. [`Object::key`](crate::api::Object::key) is what an object is stored under, which
    /// differs for kinds that are stored without effect.
    #[must_use]
    pub fn key(&self) -> NamespacedName {
        NamespacedName::new(&self.namespace, &self.name)
    }
}

impl ObjectKey for ObjectMeta {
    fn parts(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }
}

/// What an object belongs to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnerReference {
    /// Group and version of the owner.
    pub api_version: String,
    /// Kind of the owner.
    pub kind: String,
    /// Name of the owner, in the same namespace.
    pub name: String,
    /// The very owner, not a namesake.
    pub uid: String,
    /// Whether the owner manages this object.
    pub controller: Option<bool>,
    /// Whether the owner waits for this object to go.
    pub block_owner_deletion: Option<bool>,
}

view!(OwnerReference {
    api_version: "apiVersion",
    kind: "kind",
    name: "name",
    uid: "uid",
    controller: "controller",
    block_owner_deletion: "blockOwnerDeletion",
});

/// A selector of labels; empty matches everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelSelector {
    /// All of these must be equal.
    pub match_labels: Labels,
    /// All of these must hold.
    pub match_expressions: Vec<LabelSelectorRequirement>,
}

view!(LabelSelector {
    match_labels: "matchLabels",
    match_expressions: "matchExpressions"
});

impl LabelSelector {
    /// Whether `labels` satisfy every requirement.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        labels_match(&self.match_labels, labels)
            && self
                .match_expressions
                .iter()
                .all(|requirement| requirement.matches(labels))
    }
}

/// Whether `labels` hold every pair of `selector` (`spec.selector` of a Service).
#[must_use]
pub fn labels_match(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// One condition on a label.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LabelSelectorRequirement {
    /// Which label.
    pub key: String,
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    pub operator: String,
    /// For `In` and `NotIn`.
    pub values: Vec<String>,
}

view!(LabelSelectorRequirement {
    key: "key",
    operator: "operator",
    values: "values"
});

impl LabelSelectorRequirement {
    /// Whether `labels` satisfy this; a missing label satisfies `NotIn`
    /// (`kubernetes apimachinery/pkg/labels/selector.go`).
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        let value = labels.get(&self.key);
        match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    }
}

/// One entry of `status.conditions`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Condition {
    /// Which condition (`Ready`, `PodScheduled`, …).
    pub kind: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    /// A word why.
    pub reason: String,
    /// A sentence why.
    pub message: String,
    /// When `status` last changed, in RFC 3339; absent where nobody noted it.
    pub last_transition_time: Option<String>,
}

impl Condition {
    /// The type of the condition that says whether a pod or a node takes work.
    pub const READY: &str = "Ready";

    /// Whether it is of this type, and `True`.
    #[must_use]
    pub fn is_true(&self, kind: &str) -> bool {
        self.kind == kind && self.status == "True"
    }
}

view!(Condition {
    kind: "type",
    status: "status",
    reason: "reason",
    message: "message",
    last_transition_time: "lastTransitionTime",
});
