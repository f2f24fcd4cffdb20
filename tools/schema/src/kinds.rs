//! Which kinds, with the names `kubectl` has for them, and all definitions below them.

use std::collections::BTreeMap;

use k8s_openapi::api::{
    admissionregistration::v1 as admissionregistration, apps::v1 as apps, autoscaling::v1 as autoscaling_v1,
    autoscaling::v2 as autoscaling, batch::v1 as batch, certificates::v1 as certificates,
    coordination::v1 as coordination, core::v1 as core, discovery::v1 as discovery, events::v1 as events,
    flowcontrol::v1 as flowcontrol, networking::v1 as networking, node::v1 as node, policy::v1 as policy,
    rbac::v1 as rbac, resource::v1 as resource, scheduling::v1 as scheduling, storage::v1 as storage,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1 as apiextensions;
use k8s_openapi::kube_aggregator::pkg::apis::apiregistration::v1 as apiregistration;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;

/// One kind.
pub struct KindRow {
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
    pub namespaced: bool,
    pub short: &'static str,
    /// Name of its definition.
    pub definition: String,
}

/// All kinds and all definitions that can be reached from them, by name.
pub fn all() -> (Vec<KindRow>, BTreeMap<String, Value>) {
    let mut generator = SchemaGenerator::default();
    let mut kinds = Vec::new();
    macro_rules! kinds {
        ($($ty:ty, $plural:literal, $namespaced:literal, $short:literal;)*) => {$(
            generator.subschema_for::<$ty>();
            kinds.push(KindRow {
                group: <$ty as k8s_openapi::Resource>::GROUP,
                version: <$ty as k8s_openapi::Resource>::VERSION,
                kind: <$ty as k8s_openapi::Resource>::KIND,
                plural: $plural,
                namespaced: $namespaced,
                short: $short,
                definition: <$ty as JsonSchema>::schema_name().into_owned(),
            });
        )*};
    }
    kinds! {
        core::ConfigMap, "configmaps", true, "cm";
        core::Endpoints, "endpoints", true, "ep";
        core::Event, "events", true, "ev";
        core::LimitRange, "limitranges", true, "limits";
        core::Namespace, "namespaces", false, "ns";
        core::Node, "nodes", false, "no";
        core::PersistentVolume, "persistentvolumes", false, "pv";
        core::PersistentVolumeClaim, "persistentvolumeclaims", true, "pvc";
        core::Pod, "pods", true, "po";
        core::PodTemplate, "podtemplates", true, "";
        core::ReplicationController, "replicationcontrollers", true, "rc";
        core::ResourceQuota, "resourcequotas", true, "quota";
        core::Secret, "secrets", true, "";
        core::Service, "services", true, "svc";
        core::ServiceAccount, "serviceaccounts", true, "sa";
        admissionregistration::MutatingWebhookConfiguration, "mutatingwebhookconfigurations", false, "";
        admissionregistration::ValidatingWebhookConfiguration, "validatingwebhookconfigurations", false, "";
        admissionregistration::MutatingAdmissionPolicy, "mutatingadmissionpolicies", false, "";
        admissionregistration::MutatingAdmissionPolicyBinding, "mutatingadmissionpolicybindings", false, "";
        admissionregistration::ValidatingAdmissionPolicy, "validatingadmissionpolicies", false, "";
        admissionregistration::ValidatingAdmissionPolicyBinding, "validatingadmissionpolicybindings", false, "";
        apiextensions::CustomResourceDefinition, "customresourcedefinitions", false, "crd,crds";
        apiregistration::APIService, "apiservices", false, "";
        apps::ControllerRevision, "controllerrevisions", true, "";
        apps::DaemonSet, "daemonsets", true, "ds";
        apps::Deployment, "deployments", true, "deploy";
        apps::ReplicaSet, "replicasets", true, "rs";
        apps::StatefulSet, "statefulsets", true, "sts";
        autoscaling::HorizontalPodAutoscaler, "horizontalpodautoscalers", true, "hpa";
        autoscaling_v1::HorizontalPodAutoscaler, "horizontalpodautoscalers", true, "hpa";
        batch::CronJob, "cronjobs", true, "cj";
        batch::Job, "jobs", true, "";
        certificates::CertificateSigningRequest, "certificatesigningrequests", false, "csr";
        coordination::Lease, "leases", true, "";
        discovery::EndpointSlice, "endpointslices", true, "";
        events::Event, "events", true, "ev";
        flowcontrol::FlowSchema, "flowschemas", false, "";
        flowcontrol::PriorityLevelConfiguration, "prioritylevelconfigurations", false, "";
        networking::IPAddress, "ipaddresses", false, "ip";
        networking::Ingress, "ingresses", true, "ing";
        networking::IngressClass, "ingressclasses", false, "";
        networking::NetworkPolicy, "networkpolicies", true, "netpol";
        networking::ServiceCIDR, "servicecidrs", false, "";
        node::RuntimeClass, "runtimeclasses", false, "";
        policy::PodDisruptionBudget, "poddisruptionbudgets", true, "pdb";
        rbac::ClusterRole, "clusterroles", false, "";
        rbac::ClusterRoleBinding, "clusterrolebindings", false, "";
        rbac::Role, "roles", true, "";
        rbac::RoleBinding, "rolebindings", true, "";
        resource::DeviceClass, "deviceclasses", false, "";
        resource::ResourceClaim, "resourceclaims", true, "";
        resource::ResourceClaimTemplate, "resourceclaimtemplates", true, "";
        resource::ResourceSlice, "resourceslices", false, "";
        scheduling::PriorityClass, "priorityclasses", false, "pc";
        storage::CSIDriver, "csidrivers", false, "";
        storage::CSINode, "csinodes", false, "";
        storage::CSIStorageCapacity, "csistoragecapacities", true, "";
        storage::StorageClass, "storageclasses", false, "sc";
        storage::VolumeAttachment, "volumeattachments", false, "";
        storage::VolumeAttributesClass, "volumeattributesclasses", false, "vac";
    }
    let definitions = generator.take_definitions(false).into_iter().collect();
    (kinds, definitions)
}

/// The definition that a schema refers to, if it does.
pub fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.strip_prefix("#/$defs/")
}
