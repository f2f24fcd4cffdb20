//! What makes pods: selectors, strategies, schedules.

use super::general::Supported;
use super::Place;
use crate::diag::Diagnostic;

codes! {
    /// Rules of what makes pods.
    pub enum WorkloadCode {
        /// No selector.
        NoSelector: Required "" => "workload/selector" {
            en: "The selector says which pods belong to it: `matchLabels` with the labels of the template.",
            ko: "셀렉터는 어떤 Pod가 속하는지 정합니다. 템플릿의 레이블을 `matchLabels`에 쓰세요.",
        },
        /// A selector that takes everything.
        SelectorEmpty {
            /// What it is said to be of.
            of: &'static str
        }: Invalid "empty selector is invalid for {of}" => "workload/selector" {
            en: "An empty selector would take every pod of the namespace.",
            ko: "빈 셀렉터는 네임스페이스의 모든 Pod를 가져가게 됩니다.",
        },
        /// A selector that does not take the pods of the template.
        SelectorDiffers: Invalid "`selector` does not match template `labels`" => "workload/selector" {
            en: "The pods made from the template must be found by the selector, or the controller would make them forever. Give the template the labels of the selector.",
            ko: "템플릿으로 만든 Pod는 셀렉터로 찾을 수 있어야 합니다. 그렇지 않으면 컨트롤러가 끝없이 Pod를 만들게 됩니다. 템플릿에 셀렉터와 같은 레이블을 붙이세요.",
        },
        /// The selector changed.
        SelectorFixed: Invalid "field is immutable" => "workload/selector-fixed" {
            en: "With another selector it would lose its pods and make new ones. Delete the object and create it again.",
            ko: "셀렉터가 바뀌면 기존 Pod를 잃고 새 Pod를 만들게 됩니다. 오브젝트를 지우고 다시 만드세요.",
        },
        /// A way to replace pods that there is not.
        Strategy {
            /// Those that there are.
            supported: Supported
        }: NotSupported "supported values: {supported}" => "workload/strategy" {
            en: "Pods are replaced gradually (`RollingUpdate`) or all at once (`Recreate`).",
            ko: "Pod는 점진적으로(`RollingUpdate`) 또는 한꺼번에(`Recreate`) 교체됩니다.",
        },
        /// Steps of a replacement all at once.
        RecreateInSteps: Forbidden "may not be specified when strategy `type` is 'Recreate'",
        /// A share that is none.
        Percent: Invalid "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        /// More than all pods.
        PercentOver100: Invalid "must not be greater than 100%",
        /// Neither a pod more nor a pod less than wanted.
        NoRoomToUpdate: Invalid "may not be 0 when `maxSurge` is 0",
        /// A deadline within which no pod could be available.
        ProgressDeadline: Invalid "must be greater than minReadySeconds",
        /// A deadline for pods that are kept running.
        ActiveDeadline {
            /// What keeps them running.
            of: &'static str
        }: Forbidden "activeDeadlineSeconds in {of} is not Supported",
        /// An order in which no StatefulSet makes pods.
        PodManagement: Invalid "must be 'OrderedReady' or 'Parallel'",
        /// A way in which no StatefulSet replaces pods.
        UpdateStrategy: Invalid "must be 'RollingUpdate' or 'OnDelete'",
        /// Steps of a replacement that waits for somebody to delete pods.
        OnDeleteInSteps: Invalid "only allowed for updateStrategy 'RollingUpdate'",
        /// Pods of a Job that would never be done.
        JobRestartPolicy: Required "valid values: \"OnFailure\", \"Never\"" => "workload/job-restart-policy" {
            en: "Pods of a Job end, so they cannot be restarted always. Write `restartPolicy: Never` or `OnFailure` in the template.",
            ko: "Job의 Pod는 끝나야 하므로 항상 다시 시작할 수 없습니다. 템플릿에 `restartPolicy: Never` 또는 `OnFailure`를 쓰세요.",
        },
        /// The template of a Job changed.
        JobTemplateFixed: Invalid "field is immutable" => "workload/job-fixed" {
            en: "The template of a Job cannot change. Delete the Job and create it again, or give it another name.",
            ko: "Job의 템플릿은 바꿀 수 없습니다. Job을 지우고 다시 만들거나 다른 이름으로 만드세요.",
        },
        /// Pods by number, and no number of them.
        IndexedWithoutCompletions: Required "when completion mode is Indexed",
        /// A schedule that cannot be read.
        Schedule {
            /// Why, in the parser's words.
            why: String
        }: Invalid "{why}" => "workload/schedule" {
            en: "A schedule has five fields: minute, hour, day of the month, month, day of the week, such as `*/5 * * * *`.",
            ko: "스케줄은 분, 시, 일, 월, 요일의 다섯 필드로 씁니다. 예: `*/5 * * * *`",
        },
        /// What cannot change in a StatefulSet did.
        StatefulSetFixed: Forbidden "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden" => "workload/stateful-set-fixed" {
            en: "These fields decide names and volumes of existing Pods. Delete the StatefulSet and create it again.",
            ko: "이미 있는 Pod의 이름과 볼륨을 정하는 필드입니다. StatefulSet을 지우고 다시 만드세요.",
        },
    }
}

impl WorkloadCode {
    pub(super) fn hint(&self, place: &Place<'_>, found: Diagnostic) -> Diagnostic {
        let root = &place.document.root;
        // A template without labels: the selector is what there is to see.
        let without_labels = *self == Self::SelectorDiffers && root.locate(place.field).0 == root.locate("spec").0;
        if without_labels {
            found.at(Some(place.document.locate("spec.selector")))
        } else {
            found
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::examine;

    #[test]
    fn common_mistakes_of_deployments_are_explained() {
        let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  selector:\n    matchLabels: {app: web}\n  strategy: {type: Rolling}\n  template:\n    metadata:\n      labels: {app: other}\n    spec:\n      containers:\n      - name: c\n        readinessProbe: {}\n";
        let (found, _) = examine(text);
        let codes: Vec<_> = found.iter().map(|it| it.code).collect();
        assert_eq!(
            codes,
            ["workload/selector", "pod/image", "pod/probe", "workload/strategy"]
        );
        assert!(found.iter().all(|it| it.explain.is_some()));
    }
}
