//! Names of resource types as they stand on a command line (`svc`, `Service`, `deployments.apps`, `all`) and what they mean.
//!
//! The mapping of kubectl's discovery, categories and short names (`client-go restmapper`,
//! `apimachinery api/meta/restmapper.go`), over the types a Kubernetes 1.36 serves.

use crate::api::ObjectRef;
use crate::api::custom::Definitions;
use crate::api::kind::{GATEWAY_GROUP, KINDS, Kind, KindInfo};
use crate::small_sort::SmallSort as _;

const fn other(
    group: &'static str,
    version: &'static str,
    name: &'static str,
    plural: &'static str,
    short: &'static [&'static str],
    namespaced: bool,
) -> KindInfo {
    KindInfo {
        kind: Kind::Other,
        group,
        version,
        name,
        plural,
        short,
        namespaced,
    }
}

/// Types that a real server serves and that have no effect here.
#[rustfmt::skip]
pub const OTHERS: &[KindInfo] = &[
    other("", "v1", "Binding", "bindings", &[], true),
    other("", "v1", "ComponentStatus", "componentstatuses", &["cs"], false),
    other("", "v1", "Event", "events", &["ev"], true),
    other("", "v1", "LimitRange", "limitranges", &["limits"], true),
    other("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", &["pvc"], true),
    other("", "v1", "PersistentVolume", "persistentvolumes", &["pv"], false),
    other("", "v1", "PodTemplate", "podtemplates", &[], true),
    other("", "v1", "ResourceQuota", "resourcequotas", &["quota"], true),
    other("", "v1", "ServiceAccount", "serviceaccounts", &["sa"], true),
    other("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicy", "mutatingadmissionpolicies", &[], false),
    other("admissionregistration.k8s.io", "v1", "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", &[], false),
    other("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", &[], false),
    other("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicy", "validatingadmissionpolicies", &[], false),
    other("admissionregistration.k8s.io", "v1", "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", &[], false),
    other("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", &[], false),
    other("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", &["crd", "crds"], false),
    other("apiregistration.k8s.io", "v1", "APIService", "apiservices", &[], false),
    other("apps", "v1", "ControllerRevision", "controllerrevisions", &[], true),
    other("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", &["hpa"], true),
    other("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", &["csr"], false),
    other("coordination.k8s.io", "v1", "Lease", "leases", &[], true),
    other("events.k8s.io", "v1", "Event", "events", &["ev"], true),
    other("flowcontrol.apiserver.k8s.io", "v1", "FlowSchema", "flowschemas", &[], false),
    other("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration", "prioritylevelconfigurations", &[], false),
    other("metallb.io", "v1beta1", "BGPAdvertisement", "bgpadvertisements", &[], true),
    other("metallb.io", "v1beta1", "L2Advertisement", "l2advertisements", &[], true),
    other("networking.k8s.io", "v1", "IPAddress", "ipaddresses", &["ip"], false),
    other("networking.k8s.io", "v1", "ServiceCIDR", "servicecidrs", &[], false),
    other("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", &[], false),
    other("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", &["pdb"], true),
    other("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", &[], false),
    other("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", &[], false),
    other("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", &[], true),
    other("rbac.authorization.k8s.io", "v1", "Role", "roles", &[], true),
    other("resource.k8s.io", "v1", "DeviceClass", "deviceclasses", &[], false),
    other("resource.k8s.io", "v1", "ResourceClaim", "resourceclaims", &[], true),
    other("resource.k8s.io", "v1", "ResourceClaimTemplate", "resourceclaimtemplates", &[], true),
    other("resource.k8s.io", "v1", "ResourceSlice", "resourceslices", &[], false),
    other("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", &["pc"], false),
    other("storage.k8s.io", "v1", "CSIDriver", "csidrivers", &[], false),
    other("storage.k8s.io", "v1", "CSINode", "csinodes", &[], false),
    other("storage.k8s.io", "v1", "CSIStorageCapacity", "csistoragecapacities", &[], true),
    other("storage.k8s.io", "v1", "StorageClass", "storageclasses", &["sc"], false),
    other("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", &[], false),
    other("storage.k8s.io", "v1", "VolumeAttributesClass", "volumeattributesclasses", &["vac"], false),
];

/// What `kubectl get all` lists, in its order.
const ALL: &[&str] = &[
    "pods",
    "replicationcontrollers",
    "services",
    "daemonsets",
    "deployments",
    "replicasets",
    "statefulsets",
    "horizontalpodautoscalers",
    "cronjobs",
    "jobs",
];

/// The category of all kinds of the Gateway API.
const GATEWAY_CATEGORY: &str = "gateway-api";

/// The API groups of a server without any definitions, with their versions, as `kubectl api-versions` prints them.
pub const API_VERSIONS: &[&str] = &[
    "admissionregistration.k8s.io/v1",
    "apiextensions.k8s.io/v1",
    "apiregistration.k8s.io/v1",
    "apps/v1",
    "authentication.k8s.io/v1",
    "authorization.k8s.io/v1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "certificates.k8s.io/v1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "events.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1",
    "networking.k8s.io/v1",
    "node.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
    "resource.k8s.io/v1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1",
    "v1",
];

/// A type of resource that the server serves.
pub type Resource = &'static KindInfo;

/// Every type served; configuration kinds that no server serves are left out.
pub fn served() -> impl Iterator<Item = Resource> {
    let configuration = [
        Kind::ClusterConfiguration,
        Kind::KubeProxyConfiguration,
        Kind::KubeletConfiguration,
    ];
    KINDS
        .iter()
        .filter(move |info| !configuration.contains(&info.kind))
        .chain(OTHERS)
}

/// The categories that a type belongs to.
#[must_use]
pub fn categories(resource: Resource) -> &'static [&'static str] {
    if resource.group == GATEWAY_GROUP {
        &[GATEWAY_CATEGORY]
    } else if ALL.contains(&resource.plural) {
        &["all"]
    } else {
        &[]
    }
}

/// The type of an object by its `apiVersion` and `kind`.
#[must_use]
pub fn of_kind(api_version: &str, kind: &str, custom: &Definitions) -> Option<Resource> {
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    served()
        .chain(custom.kinds())
        .find(|it| it.name == kind && it.group == group)
}

/// `services`, `deployments.apps`: the resource with its group, as errors name it.
#[must_use]
pub fn plural_group(resource: Resource) -> String {
    dotted(resource.plural, resource.group)
}

/// `service`, `deployment.apps`: as `kubectl` names it in front of `/name`.
#[must_use]
pub fn singular_group(resource: Resource) -> String {
    dotted(&resource.name.to_lowercase(), resource.group)
}

/// ` from shop namespace`, as `kubectl` ends the line about an object that it deleted; empty where the type has no
/// namespaces.
#[must_use]
pub fn from_namespace(resource: Resource, namespace: &str) -> String {
    if resource.namespaced {
        format!(" from {namespace} namespace")
    } else {
        String::new()
    }
}

fn dotted(name: &str, group: &str) -> String {
    if group.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{group}")
    }
}

/// Reference to an object of a type.
#[must_use]
pub fn reference(resource: Resource, namespace: &str, name: &str) -> ObjectRef {
    let name = match resource.kind {
        Kind::Other => format!("{}.{}/{name}", resource.name, resource.group),
        _ => name.to_owned(),
    };
    let namespace = if resource.namespaced { namespace } else { "" };
    ObjectRef::new(resource.kind, namespace, name)
}

/// The types meant by a word of the command line: `svc`, `svc,po`, `all`, `deployments.v1.apps`.
///
/// # Errors
/// `the server doesn't have a resource type "…"`, naming the word without its group.
pub fn resolve_all(words: &str, custom: &Definitions) -> Result<Vec<Resource>, String> {
    let mut found = Vec::new();
    for word in words.split(',').filter(|it| !it.is_empty()) {
        if word == "all" {
            found.extend(ALL.iter().filter_map(|plural| served().find(|it| it.plural == *plural)));
        } else if word == GATEWAY_CATEGORY {
            let mut all: Vec<Resource> = served().filter(|it| it.group == GATEWAY_GROUP).collect();
            all.small_sort_by_key(|it| it.plural);
            found.extend(all);
        } else {
            found.push(resolve_among(word, custom)?);
        }
    }
    Ok(found)
}

/// The one type meant by a word.
///
/// # Errors
/// As [`resolve_all`].
pub fn resolve(word: &str) -> Result<Resource, String> {
    resolve_among(word, &Definitions::default())
}

/// As [`resolve`], where definitions add more types.
///
/// # Errors
/// As [`resolve_all`].
pub fn resolve_among(word: &str, custom: &Definitions) -> Result<Resource, String> {
    let served = || served().chain(custom.kinds());
    let (name, rest) = word.split_once('.').unwrap_or((word, ""));
    let lower = name.to_lowercase();
    let named = |it: &Resource| it.plural == lower || it.name.to_lowercase() == lower || it.short.contains(&name);
    // The version comes first where there are two dots: `services.v1.`, `deployments.v1.apps`.
    let versioned = rest
        .split_once('.')
        .and_then(|(version, group)| served().find(|it| named(it) && it.version == version && it.group == group));
    let found = versioned.or_else(|| match rest {
        "" => served().find(named),
        group => served()
            .find(|it| named(it) && it.group == group)
            .or_else(|| served().find(|it| named(it) && !it.group.is_empty() && it.group.starts_with(group))),
    });
    found.ok_or_else(|| format!("the server doesn't have a resource type \"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_many_names() {
        for (word, expected) in [
            ("svc", "services"),
            ("Service", "services"),
            ("SERVICE", "services"),
            ("services.v1.", "services"),
            ("ep", "endpoints"),
            ("endpointslice", "endpointslices.discovery.k8s.io"),
            ("deploy", "deployments.apps"),
            ("deployments.v1.apps", "deployments.apps"),
            ("ing.networking", "ingresses.networking.k8s.io"),
            ("netpol", "networkpolicies.networking.k8s.io"),
            ("events", "events"),
        ] {
            assert_eq!(resolve(word).map(plural_group), Ok(expected.to_owned()), "{word}");
        }
        for word in ["SVC", "services.v1", "deployments.extensions", "nope", ""] {
            assert!(resolve(word).is_err(), "{word}");
        }
        let all: Vec<_> = resolve_all("all", &Definitions::default())
            .expect("known")
            .iter()
            .map(|it| it.plural)
            .collect();
        assert_eq!(all[..3], ["pods", "replicationcontrollers", "services"]);
    }
}
