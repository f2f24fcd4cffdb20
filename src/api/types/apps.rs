//! What makes pods: Deployment, ReplicaSet, StatefulSet, DaemonSet, ReplicationController, Job, CronJob
//! (`kubernetes staging/src/k8s.io/api/{apps,batch,core}/v1/types.go`).

use super::core::PodSpec;
use super::meta::*;
use super::view::view;

/// A set of equal pods, replaced gradually.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deployment {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: WorkloadSpec,
    /// Status.
    pub status: WorkloadStatus,
}

view!(Deployment {
    metadata: "metadata",
    spec: "spec",
    status: "status"
});

/// A set of equal pods.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicaSet {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: WorkloadSpec,
    /// Status.
    pub status: WorkloadStatus,
}

view!(ReplicaSet {
    metadata: "metadata",
    spec: "spec",
    status: "status"
});

/// A set of pods with lasting names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StatefulSet {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: WorkloadSpec,
    /// Status.
    pub status: WorkloadStatus,
}

view!(StatefulSet {
    metadata: "metadata",
    spec: "spec",
    status: "status"
});

/// A pod on every node that takes one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DaemonSet {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: WorkloadSpec,
}

view!(DaemonSet {
    metadata: "metadata",
    spec: "spec"
});

/// A set of equal pods, as before there were ReplicaSets.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicationController {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: ReplicationControllerSpec,
}

view!(ReplicationController {
    metadata: "metadata",
    spec: "spec"
});

/// Specification of a ReplicationController.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplicationControllerSpec {
    /// How many pods are wanted; 1 where absent.
    pub replicas: Option<i32>,
    /// Labels of the pods that belong to it.
    pub selector: Labels,
    /// What new pods look like.
    pub template: PodTemplateSpec,
    /// Seconds of readiness before a pod counts as available.
    pub min_ready_seconds: i64,
}

view!(ReplicationControllerSpec {
    replicas: "replicas",
    selector: "selector",
    template: "template",
    min_ready_seconds: "minReadySeconds",
});

/// Pods that run until enough of them have ended well. What else it says is read where it is needed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Job {
    /// Metadata.
    pub metadata: ObjectMeta,
}

view!(Job { metadata: "metadata" });

/// Jobs by the clock. What else it says is read where it is needed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CronJob {
    /// Metadata.
    pub metadata: ObjectMeta,
}

view!(CronJob { metadata: "metadata" });

/// What Deployment, ReplicaSet and StatefulSet share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkloadSpec {
    /// How many pods are wanted; 1 where absent.
    pub replicas: Option<i32>,
    /// Which pods belong to it.
    pub selector: LabelSelector,
    /// What new pods look like.
    pub template: PodTemplateSpec,
    /// StatefulSet: its headless Service.
    pub service_name: String,
    /// Deployment: how pods are replaced.
    pub strategy: Option<serde_json::Value>,
    /// Seconds of readiness before a pod counts as available.
    pub min_ready_seconds: i64,
    /// StatefulSet: `OrderedReady` or `Parallel`.
    pub pod_management_policy: String,
}

view!(WorkloadSpec {
    replicas: "replicas",
    selector: "selector",
    template: "template",
    service_name: "serviceName",
    strategy: "strategy",
    min_ready_seconds: "minReadySeconds",
    pod_management_policy: "podManagementPolicy",
});

/// What new pods look like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PodTemplateSpec {
    /// Metadata.
    pub metadata: ObjectMeta,
    /// Specification.
    pub spec: PodSpec,
}

view!(PodTemplateSpec {
    metadata: "metadata",
    spec: "spec"
});

/// Status of Deployment, ReplicaSet and StatefulSet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkloadStatus {
    /// Which generation this status speaks of.
    pub observed_generation: i64,
    /// How many pods there are, whatever their state.
    pub replicas: i32,
    /// Pods of the newest template.
    pub updated_replicas: i32,
    /// How many of them are ready.
    pub ready_replicas: i32,
    /// How many have been ready for `minReadySeconds`.
    pub available_replicas: i32,
    /// Pods that are missing or not available.
    pub unavailable_replicas: i32,
    /// What holds of it (`Available`, `Progressing`), one entry per type.
    pub conditions: Vec<Condition>,
}

view!(WorkloadStatus {
    observed_generation: "observedGeneration",
    replicas: "replicas",
    updated_replicas: "updatedReplicas",
    ready_replicas: "readyReplicas",
    available_replicas: "availableReplicas",
    unavailable_replicas: "unavailableReplicas",
    conditions: "conditions",
});
