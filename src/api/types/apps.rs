//! Deployment, ReplicaSet, StatefulSet (`kubernetes staging/src/k8s.io/api/apps/v1/types.go`).

use serde::{Deserialize, Serialize};

use super::core::PodSpec;
use super::meta::*;

/// A set of equal pods, replaced gradually.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Deployment {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: ObjectMeta,
    /// Specification.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: WorkloadSpec,
    /// Status.
    #[serde(deserialize_with = "null_is_default")]
    pub status: WorkloadStatus,
}

/// A set of equal pods.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSet {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: ObjectMeta,
    /// Specification.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: WorkloadSpec,
    /// Status.
    #[serde(deserialize_with = "null_is_default")]
    pub status: WorkloadStatus,
}

/// A set of pods with lasting names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatefulSet {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: ObjectMeta,
    /// Specification.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: WorkloadSpec,
    /// Status.
    #[serde(deserialize_with = "null_is_default")]
    pub status: WorkloadStatus,
}

/// What Deployment, ReplicaSet and StatefulSet share.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadSpec {
    /// How many; 1 where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<i32>,
    /// Which pods belong to it.
    #[serde(deserialize_with = "null_is_default")]
    pub selector: LabelSelector,
    /// What new pods look like.
    #[serde(deserialize_with = "null_is_default")]
    pub template: PodTemplateSpec,
    /// StatefulSet: its headless Service.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub service_name: String,
    /// Deployment: how pods are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<serde_json::Value>,
    /// Seconds of readiness before a pod counts as available.
    #[serde(deserialize_with = "null_is_default")]
    pub min_ready_seconds: i64,
    /// StatefulSet: `OrderedReady` or `Parallel`.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "String::is_empty")]
    pub pod_management_policy: String,
}

/// What new pods look like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PodTemplateSpec {
    /// Metadata.
    #[serde(deserialize_with = "null_is_default")]
    pub metadata: ObjectMeta,
    /// Specification.
    #[serde(deserialize_with = "null_is_default")]
    pub spec: PodSpec,
}

/// Status of Deployment, ReplicaSet and StatefulSet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadStatus {
    /// Which generation this status speaks of.
    #[serde(deserialize_with = "null_is_default")]
    pub observed_generation: i64,
    /// Pods there are.
    #[serde(deserialize_with = "null_is_default")]
    pub replicas: i32,
    /// Pods of the newest template.
    #[serde(deserialize_with = "null_is_default")]
    pub updated_replicas: i32,
    /// Ready pods.
    #[serde(deserialize_with = "null_is_default")]
    pub ready_replicas: i32,
    /// Available pods.
    #[serde(deserialize_with = "null_is_default")]
    pub available_replicas: i32,
    /// Pods that are missing or not available.
    #[serde(deserialize_with = "null_is_default")]
    pub unavailable_replicas: i32,
    /// Conditions.
    #[serde(deserialize_with = "null_is_default", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}
