//! What is particular to pods and to what makes them: selectors, strategies, probes.

use crate::api::field::{ErrorType, FieldError};
use crate::api::kind::Kind;
use crate::diag::Diagnostic;
use crate::manifest::Document;
use crate::text::text;

/// Explains an error about a pod or a workload; gives the finding back untouched if it knows nothing of it.
pub(super) fn explain(
    kind: Kind,
    error: &FieldError,
    document: &Document,
    found: Diagnostic,
) -> Result<Diagnostic, Diagnostic> {
    if !matches!(
        kind,
        Kind::Pod | Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet
    ) {
        return Err(found);
    }
    let detail = error.detail.as_str();
    let (code, en, ko) = match (error.kind, error.field.as_str()) {
        (_, "spec.template.metadata.labels") if detail.contains("does not match template") => {
            let selector = document.locate("spec.selector");
            let found = coded(
                found,
                "workload/selector",
                "The pods made from the template must be found by the selector, or the controller would make them forever. Give the template the labels of the selector.",
                "템플릿으로 만든 파드는 셀렉터로 찾을 수 있어야 합니다. 그렇지 않으면 컨트롤러가 끝없이 파드를 만들게 됩니다. 템플릿에 셀렉터와 같은 레이블을 붙이세요.",
            );
            let found = if document.root.locate("spec.template.metadata.labels").0 == document.root.locate("spec").0 {
                found.at(Some(selector))
            } else {
                found
            };
            return Ok(found);
        }
        (ErrorType::Required, "spec.selector") => (
            "workload/selector",
            "The selector says which pods belong to it: `matchLabels` with the labels of the template.",
            "셀렉터는 어떤 파드가 속하는지 정합니다. 템플릿의 레이블을 `matchLabels`에 쓰세요.",
        ),
        (_, "spec.selector") if detail.contains("empty selector") => (
            "workload/selector",
            "An empty selector would take every pod of the namespace.",
            "빈 셀렉터는 네임스페이스의 모든 파드를 가져가게 됩니다.",
        ),
        (_, "spec.selector") if detail.contains("immutable") => (
            "workload/selector-fixed",
            "With another selector it would lose its pods and make new ones. Delete the object and make it anew.",
            "셀렉터가 바뀌면 기존 파드를 잃고 새 파드를 만들게 됩니다. 오브젝트를 지우고 다시 만드세요.",
        ),
        (_, "spec.strategy") => (
            "workload/strategy",
            "Pods are replaced gradually (`RollingUpdate`) or all at once (`Recreate`).",
            "파드는 점진적으로(`RollingUpdate`) 또는 한꺼번에(`Recreate`) 교체됩니다.",
        ),
        (ErrorType::Required, field) if field.ends_with("containers") => (
            "pod/containers",
            "A pod runs at least one container.",
            "파드에는 컨테이너가 하나 이상 있어야 합니다.",
        ),
        (ErrorType::Required, field) if field.ends_with(".image") => (
            "pod/image",
            "A container is made from an image.",
            "컨테이너는 이미지로 만들어집니다.",
        ),
        (ErrorType::Required, _) if detail.contains("handler type") => (
            "pod/probe",
            "A probe says how to ask: `httpGet`, `tcpSocket`, `grpc` or `exec`.",
            "프로브에는 확인 방법(`httpGet`, `tcpSocket`, `grpc`, `exec`)이 있어야 합니다.",
        ),
        (ErrorType::Forbidden, _) if detail.contains("more than 1 handler") => (
            "pod/probe",
            "A probe asks in one way only.",
            "프로브의 확인 방법은 하나만 쓸 수 있습니다.",
        ),
        (ErrorType::Forbidden, "spec") if detail.contains("pod updates may not") => (
            "pod/fixed",
            "A running pod cannot be rebuilt. Delete it and make it anew; a Deployment does that by itself.",
            "실행 중인 파드는 다시 만들 수 없습니다. 지우고 다시 만드세요. Deployment를 쓰면 자동으로 해 줍니다.",
        ),
        (ErrorType::Forbidden, "spec") if detail.contains("updates to statefulset spec") => (
            "workload/stateful-set-fixed",
            "These fields decide names and volumes of pods that exist. Delete the StatefulSet and make it anew.",
            "이미 있는 파드의 이름과 볼륨을 정하는 필드입니다. StatefulSet을 지우고 다시 만드세요.",
        ),
        (ErrorType::NotFound, field) if field.contains("volumeMounts") => (
            "pod/volume",
            "Containers mount what stands in the pod's `volumes`, by name.",
            "컨테이너는 파드의 `volumes`에 있는 것을 이름으로 마운트합니다.",
        ),
        (_, _) if detail.contains("must be less than or equal to") => (
            "pod/resources",
            "A container cannot be promised more than it may use.",
            "컨테이너에 허용된 한도보다 많은 양을 요청할 수 없습니다.",
        ),
        (_, field) if field.ends_with(".image") && detail.contains("whitespace") => (
            "pod/image",
            "An image name has no blanks around it.",
            "이미지 이름의 앞뒤에는 공백이 없어야 합니다.",
        ),
        (ErrorType::NotSupported, field) if field.ends_with("spec.restartPolicy") && kind != Kind::Pod => (
            "workload/restart-policy",
            "Pods of a controller that keeps them running restart always.",
            "파드를 계속 실행하는 컨트롤러의 파드는 항상 다시 시작합니다.",
        ),
        _ => return Err(found),
    };
    Ok(coded(found, code, en, ko))
}

fn coded(found: Diagnostic, code: &'static str, en: &'static str, ko: &'static str) -> Diagnostic {
    let mut found = found.explain(text! { en: en, ko: ko });
    found.code = code;
    found
}

#[cfg(test)]
mod tests {
    use crate::api::explain::testing::examine;

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
