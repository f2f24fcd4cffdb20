//! Kinds that are kept and checked, but have no part in traffic: RBAC, autoscalers, budgets, claims, quotas, limits,
//! priorities, definitions of kinds.

use super::general::{IMMUTABLE, REQUIRED};
use crate::text::Localized;

const RULE: Localized<&str> = Localized {
    en: "A rule of RBAC says who may do what to which resources: `apiGroups`, `resources` and `verbs`. The core group is `\"\"`.",
    ko: "RBAC 규칙은 `apiGroups`, `resources`, `verbs`로 어떤 리소스에 무엇을 할 수 있는지 밝힙니다. 코어 그룹은 `\"\"`입니다.",
};
const URLS: Localized<&str> = Localized {
    en: "`nonResourceURLs` are paths such as `/healthz`, which are outside all namespaces and are not resources. They need a ClusterRole and a rule of their own.",
    ko: "`nonResourceURLs`는 `/healthz` 같은 경로로, 네임스페이스 밖에 있고 리소스가 아닙니다. ClusterRole에서 별도 규칙으로 쓰세요.",
};
const METRIC: Localized<&str> = Localized {
    en: "Each metric names its `type`, and the field of that type says what is measured and how much of it is wanted.",
    ko: "메트릭마다 `type`을 쓰고, 그 타입의 필드에 무엇을 재고 얼마를 목표로 하는지 씁니다.",
};
const LIMITS: Localized<&str> = Localized {
    en: "The amounts of a LimitRange grow in this order: `min`, `defaultRequest`, `default`, `max`.",
    ko: "LimitRange의 값은 `min`, `defaultRequest`, `default`, `max` 순서로 커져야 합니다.",
};
const QUOTA: Localized<&str> = Localized {
    en: "A quota counts what Kubernetes knows: `requests.cpu`, `limits.memory`, `pods`, `services`, or `count/deployments.apps` for any kind.",
    ko: "쿼터는 정해진 항목만 셉니다: `requests.cpu`, `limits.memory`, `pods`, `services`, 그 밖의 종류는 `count/deployments.apps` 형식입니다.",
};

codes! {
    /// Rules of kinds that have no part in traffic.
    pub enum OtherCode {
        /// A rule that allows nothing.
        NoVerbs: Required "verbs must contain at least one value" => "rbac/rule" { ..RULE },
        /// A rule of no API group.
        NoGroups: Required "resource rules must supply at least one api group" => "rbac/rule" { ..RULE },
        /// A rule of no resource.
        NoResources: Required "resource rules must supply at least one resource" => "rbac/rule" { ..RULE },
        /// A Role about paths.
        UrlsInNamespace: Invalid "namespaced rules cannot apply to non-resource URLs" => "rbac/urls" { ..URLS },
        /// A rule about paths and resources.
        UrlsAndResources: Invalid "rules cannot apply to both regular resources and non-resource URLs" => "rbac/urls" { ..URLS },
        /// A role of no roles.
        NoRoleSelectors: Required "at least one clusterRoleSelector required if aggregationRule is non-nil" => "field/required" { ..REQUIRED },
        /// The role of a binding changed.
        RoleRefFixed: Invalid "cannot change roleRef" => "rbac/role-ref" {
            en: "The role of a binding cannot change, so that a user who may only edit its subjects cannot grant another role. Delete it and create it again.",
            ko: "바인딩의 역할은 바꿀 수 없습니다. 주체만 바꿀 권한이 있는 사람이 다른 역할을 주지 못하게 하기 위해서입니다. 지우고 다시 만드세요.",
        },
        /// Fewer replicas than there may be.
        MinReplicas: Invalid "must be greater than or equal to 1" => "hpa/replicas" {
            en: "An autoscaler keeps at least one replica.",
            ko: "오토스케일러는 레플리카를 하나 이상 유지합니다.",
        },
        /// No replica at all.
        NoReplicas: Invalid "must be greater than 0" => "hpa/replicas" {
            en: "`maxReplicas` must be there: it is the most replicas that the autoscaler may make.",
            ko: "`maxReplicas`는 반드시 있어야 하며, 오토스케일러가 늘릴 수 있는 최대 레플리카 수입니다.",
        },
        /// A maximum below the minimum.
        MaxBelowMin: Invalid "must be greater than or equal to `minReplicas`" => "hpa/replicas" {
            en: "The range of replicas must not be empty.",
            ko: "`maxReplicas`는 `minReplicas`보다 작을 수 없습니다.",
        },
        /// A metric that does not say what it is.
        NoMetricType: Required "must specify a metric source type" => "hpa/metric" { ..METRIC },
        /// A metric without its source.
        NoMetricSource: Required "must populate the given metric source" => "hpa/metric" { ..METRIC },
        /// A metric of a resource without the resource.
        NoMetricResource: Required "must specify a resource name" => "hpa/metric" { ..METRIC },
        /// A target that does not say what it is.
        NoTargetType: Required "must specify a metric target type" => "hpa/metric" { ..METRIC },
        /// A budget of two kinds.
        BudgetTwice: Invalid "minAvailable and maxUnavailable cannot be both set" => "pdb/budget" {
            en: "A budget says either how many pods must stay or how many may go.",
            ko: "PodDisruptionBudget에는 남아야 할 Pod 수와 빠져도 되는 Pod 수 중 하나만 씁니다.",
        },
        /// A claim that does not say how it is mounted.
        NoAccessMode: Required "at least 1 access mode is required" => "pvc/access-modes" {
            en: "A claim says how the volume will be mounted; `ReadWriteOnce` is the usual answer.",
            ko: "볼륨을 어떻게 마운트할지 써야 합니다. 보통 `ReadWriteOnce`를 씁니다.",
        },
        /// One pod alone, and others.
        OncePodAlone: Forbidden "may not use ReadWriteOncePod with other access modes" => "pvc/access-modes" {
            en: "`ReadWriteOncePod` means one pod alone, which no other mode fits.",
            ko: "`ReadWriteOncePod`는 Pod 하나만 쓴다는 뜻이라 다른 모드와 함께 쓸 수 없습니다.",
        },
        /// An amount of nothing.
        NotPositive: Invalid "must be greater than zero" => "pvc/storage" {
            en: "A volume has a size.",
            ko: "볼륨의 크기는 0보다 커야 합니다.",
        },
        /// A claim changed.
        ClaimFixed: Forbidden "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims" => "pvc/fixed" {
            en: "Of a claim, only the size can change, once it is bound. Make a new claim for anything else.",
            ko: "PVC는 바인딩된 뒤 크기만 바꿀 수 있습니다. 다른 것은 새 PVC를 만드세요.",
        },
        /// A resource that Kubernetes does not have.
        StandardResource: Invalid "must be a standard resource type or fully qualified" => "quota/resource" { ..QUOTA },
        /// A resource that no quota counts.
        QuotaResource: Invalid "must be a standard resource for quota" => "quota/resource" { ..QUOTA },
        /// A count with a fraction.
        NotWhole: Invalid "must be an integer" => "quota/resource" {
            en: "Objects are counted, not measured.",
            ko: "오브젝트 개수는 정수여야 합니다.",
        },
        /// A default for whole pods.
        DefaultOfPod: Forbidden "may not be specified when `type` is 'Pod'" => "limits/order" {
            en: "Defaults are filled into containers; a limit of type `Pod` only checks sums.",
            ko: "기본값은 컨테이너에 채워집니다. `Pod` 타입은 합계만 검사합니다.",
        },
        /// An amount above one that should be larger.
        LimitOrder {
            /// The name of the amount that is too large.
            less: &'static str,
            /// That amount.
            amount: String,
            /// The name of the amount that should be larger.
            more: &'static str,
            /// That amount.
            than: String,
        }: Invalid "{less} value {amount} is greater than {more} value {than}" => "limits/order" { ..LIMITS },
        /// Limits of claims that limit nothing.
        NoStorageLimit: Required "either minimum or maximum storage value is required, but neither was provided" => "limits/order" { ..LIMITS },
        /// A name that belongs to the system.
        SystemPriority {
            /// What the name would have to be.
            why: String
        }: Forbidden "priority class names with 'system-' prefix are reserved for system use only. error: {why}" => "priority/system" {
            en: "Kubernetes keeps names that begin with `system-` to itself.",
            ko: "`system-`으로 시작하는 이름은 Kubernetes가 씁니다.",
        },
        /// A priority above those of users.
        PriorityTooHigh: Forbidden "maximum allowed value of a user defined priority is 1000000000" => "priority/value" {
            en: "What is above is left for the pods that keep the cluster running.",
            ko: "그보다 높은 값은 클러스터를 지탱하는 Pod를 위한 것입니다.",
        },
        /// A priority changed.
        PriorityFixed: Forbidden "may not be changed in an update." => "update/immutable" { ..IMMUTABLE },
        /// A definition by another name.
        DefinitionName: Invalid "must be spec.names.plural+\".\"+spec.group" => "crd/name" {
            en: "The name of a definition is the plural of its kind, a dot, and its group, as in `widgets.example.com`.",
            ko: "CRD의 이름은 kind의 복수형, 점, 그룹을 이은 것입니다(`widgets.example.com`).",
        },
        /// A definition of which no version, or several, are stored.
        StorageVersion: Invalid "must have exactly one version marked as storage version" => "crd/versions" {
            en: "Objects are stored in one version; exactly one has `storage: true`.",
            ko: "오브젝트는 한 버전으로 저장되므로 `storage: true`인 버전이 정확히 하나여야 합니다.",
        },
        /// A version without a schema.
        NoSchema: Required "schemas are required" => "crd/schema" {
            en: "Every version says what its objects look like: `schema.openAPIV3Schema`, at least `type: object`.",
            ko: "버전마다 `schema.openAPIV3Schema`로 오브젝트의 모양을 밝혀야 합니다. 적어도 `type: object`가 필요합니다.",
        },
        /// A part of a schema that does not say what it is.
        NoSchemaType: Required "must not be empty for specified object fields" => "crd/schema" {
            en: "A structural schema names the `type` of every field.",
            ko: "구조적 스키마는 필드마다 `type`을 밝혀야 합니다.",
        },
        /// A service of another name.
        ServiceName {
            /// What the name must be.
            name: String
        }: Invalid "must be `spec.version+\".\"+spec.group`: \"{name}\"" => "apiservice/name" {
            en: "The name of an APIService is its version, a dot, and its group.",
            ko: "APIService의 이름은 버전, 점, 그룹을 이은 것입니다.",
        },
        /// A name that is no address.
        AddressName: Invalid "must be a valid IP address" => "ip-address/name" {
            en: "The name of an IPAddress is the address.",
            ko: "IPAddress의 이름은 그 주소입니다.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::whys;

    #[test]
    fn mistakes_in_other_kinds_are_explained() {
        let rows = [
            ("rbac.authorization.k8s.io/v1", "Role", "rules: [{}]", "rbac/rule"),
            (
                "autoscaling/v2",
                "HorizontalPodAutoscaler",
                "spec: {scaleTargetRef: {kind: Deployment, name: a}}",
                "hpa/replicas",
            ),
            (
                "v1",
                "PersistentVolumeClaim",
                "spec: {resources: {requests: {storage: 1Gi}}}",
                "pvc/access-modes",
            ),
            ("v1", "ResourceQuota", "spec: {hard: {cpus: 1}}", "quota/resource"),
        ];
        for (version, kind, rest, code) in rows {
            let found = whys(&format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\n{rest}\n"));
            assert_eq!(found[0].0, code, "{kind}");
            assert!(found.iter().all(|(_, why)| !why.is_empty()), "{found:?}");
        }
    }
}
