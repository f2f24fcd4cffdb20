//! Pods and pod templates.

use super::general::{REQUIRED, Supported};
use crate::text::Localized;

const FIXED: Localized<&str> = Localized {
    en: "A running Pod cannot be rebuilt. Delete it and create it again; a Deployment does that by itself.",
    ko: "실행 중인 Pod는 다시 만들 수 없습니다. 지우고 다시 만드세요. Deployment를 쓰면 자동으로 해 줍니다.",
};

codes! {
    /// Rules of pods and pod templates.
    pub enum PodCode {
        /// No container.
        NoContainers: Required "" => "pod/containers" {
            en: "A pod runs at least one container.",
            ko: "Pod에는 컨테이너가 하나 이상 있어야 합니다.",
        },
        /// A container without an image.
        NoImage: Required "" => "pod/image" {
            en: "A container is made from an image.",
            ko: "컨테이너는 이미지로 만들어집니다.",
        },
        /// Blanks around the name of an image.
        ImageBlanks: Invalid "must not have leading or trailing whitespace" => "pod/image" {
            en: "An image name has no blanks around it.",
            ko: "이미지 이름의 앞뒤에는 공백이 없어야 합니다.",
        },
        /// A probe or hook that does nothing.
        NoHandler: Required "must specify a handler type" => "pod/probe" {
            en: "A probe needs one way to check: `httpGet`, `tcpSocket`, `grpc` or `exec`.",
            ko: "프로브에는 확인 방법(`httpGet`, `tcpSocket`, `grpc`, `exec`)이 있어야 합니다.",
        },
        /// A probe or hook that does several things.
        SeveralHandlers: Forbidden "may not specify more than 1 handler type" => "pod/probe" {
            en: "A probe can use only one of the ways to check.",
            ko: "프로브의 확인 방법은 하나만 쓸 수 있습니다.",
        },
        /// A probe where one success must be enough.
        SuccessThreshold: Invalid "must be 1",
        /// A probe or hook of a container that runs once.
        NotForInitContainers: Forbidden "may not be set for init containers without restartPolicy=Always",
        /// A toleration went or changed.
        TolerationsFixed: Forbidden "existing toleration can not be modified except its tolerationSeconds" => "pod/fixed" { ..FIXED },
        /// A deadline went.
        DeadlineGone: Invalid "must not update from a positive integer to nil value" => "pod/fixed" { ..FIXED },
        /// A deadline moved away.
        DeadlineLater: Invalid "must be less than or equal to previous value" => "pod/fixed" { ..FIXED },
        /// What cannot change in a pod did.
        Fixed {
            /// What did, as a unified diff; it ends with a newline.
            diff: String
        }: Forbidden "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n{diff}" => "pod/fixed" { ..FIXED },
        /// A container more or less than before.
        ContainersFixed: Forbidden "pod updates may not add or remove containers" => "pod/fixed" { ..FIXED },
        /// A debugging container in a new pod.
        EphemeralOnCreate: Forbidden "cannot be set on create",
        /// A debugging container in a template.
        EphemeralInTemplate: Forbidden "ephemeral containers not allowed in pod template",
        /// Pods of a template that would not be restarted.
        TemplateRestartPolicy {
            /// Those that may stand there.
            supported: Supported
        }: NotSupported "supported values: {supported}" => "workload/restart-policy" {
            en: "Pods of a controller that keeps them running restart always.",
            ko: "이 kind의 Pod 템플릿에는 `restartPolicy: Always`만 쓸 수 있습니다.",
        },
        /// A volume that the pod does not have is mounted.
        NoVolume: NotFound "" => "pod/volume" {
            en: "Containers mount what stands in the pod's `volumes`, by name.",
            ko: "컨테이너는 Pod의 `volumes`에 있는 것을 이름으로 마운트합니다.",
        },
        /// Two volumes are mounted at one place.
        MountPathTwice: Invalid "must be unique",
        /// A volume of several types.
        SeveralVolumeTypes: Forbidden "may not specify more than 1 volume type",
        /// A port of the host other than the container's, although both are the same network.
        HostPortDiffers: Invalid "must match `containerPort` when `hostNetwork` is true",
        /// More is promised to a container than it may use.
        RequestOverLimit {
            /// Of what (`cpu`).
            resource: String,
            /// How much it may use.
            limit: String
        }: Invalid "must be less than or equal to {resource} limit of {limit}" => "pod/resources" {
            en: "A container cannot be promised more than it may use.",
            ko: "컨테이너에 허용된 한도보다 많은 양을 요청할 수 없습니다.",
        },
        /// A resource without a domain that Kubernetes does not know.
        UnknownResource: Invalid "must be a standard resource type or fully qualified",
        /// A resource that containers do not use.
        NotForContainers: Invalid "must be a standard resource for containers",
        /// A variable with a value and a source.
        ValueAndSource: Invalid "may not be specified when `value` is not empty",
        /// A variable whose source is nothing.
        NoSource: Invalid "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`",
        /// A variable, or several, with two sources.
        SeveralSources: Invalid "may not have more than one field specified at a time",
        /// Variables from nothing.
        NoSourceOfAll: Invalid "must specify one of: `configMapRef` or `secretRef`",
        /// A field of the pod that no variable can have.
        FieldPath {
            /// As written.
            path: String
        }: Invalid "error converting fieldPath: field label not supported: {path}",
        /// A name that no variable can have.
        VariableName: Invalid "a valid environment variable name must consist only of printable ASCII characters other than '='",
        /// A user or group that there cannot be.
        Identity: Invalid "must be between 0 and 2147483647, inclusive",
        /// A deadline that there cannot be.
        Deadline: Invalid "must be between 1 and 2147483647, inclusive",
        /// DNS set up by the pod, which does not do so.
        NoDnsConfig: Required "must provide `dnsConfig` when `dnsPolicy` is None" => "field/required" { ..REQUIRED },
        /// DNS set up by the pod, without a server.
        NoNameserver: Required "must provide at least one DNS nameserver when `dnsPolicy` is None" => "field/required" { ..REQUIRED },
        /// More servers than a resolver asks.
        TooManyNameservers: Invalid "must not have more than 3 nameservers",
        /// An option of the resolver without a name.
        NoDnsOption: Required "must not be empty" => "field/required" { ..REQUIRED },
        /// A toleration of every taint, which needs another operator.
        TolerationOfAll: Invalid "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
        /// A toleration for a time, of an effect that has none.
        TolerationSeconds: Invalid "effect must be 'NoExecute' when `tolerationSeconds` is set",
        /// A toleration of any value that names one.
        TolerationValue: Invalid "value must be empty when `operator` is 'Exists'",
        /// A requirement to nodes without a term.
        NoNodeTerms: Required "must have at least one node selector term" => "field/required" { ..REQUIRED },
        /// Neighborhood without saying of what.
        NoTopologyKey: Required "can not be empty" => "field/required" { ..REQUIRED },
        /// A weight that there is not.
        Weight: Invalid "must be in the range 1-100",
        /// A skew that there cannot be.
        MaxSkew: Invalid "must be greater than zero",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::whys;

    #[test]
    fn common_mistakes_of_pods_are_explained() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: c\n    image: ' a'\n    volumeMounts: [{name: v, mountPath: /v}]\n    resources: {limits: {cpu: 1}, requests: {cpu: 2}}\n    readinessProbe: {exec: {command: [a]}, httpGet: {port: 80}}\n  - name: d\n";
        let found = whys(text);
        let codes: Vec<_> = found.iter().map(|it| it.0).collect();
        assert_eq!(
            codes,
            ["pod/image", "pod/volume", "pod/resources", "pod/probe", "pod/image"]
        );
        assert!(found.iter().all(|(_, why)| !why.is_empty()));
    }
}
