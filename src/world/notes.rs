//! What is said beside objects that were taken without complaint: annotations and settings without
//! effect here, and Ingresses that nobody serves.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::gateway_notes;
use crate::api::types::core::{ConfigMap, Pod, Service};
use crate::api::types::networking::{Ingress, IngressClass};
use crate::api::{Kind, NamespacedName, ObjectRef};
use crate::apply::{Outcome, Verdict};
use crate::cluster::ingress_controllers::IngressController;
use crate::cluster::limits::{self, Limit};
use crate::cluster::{Cluster, Snapshot};
use crate::diag::{Diagnostic, Severity};
use crate::net::http_proxy::HttpProxyWhy;
use crate::net::unsimulated::{self, Effect, Note};
use crate::text::text;

/// Adds the notes of every object that was taken; the controllers have done their work.
pub(super) fn add(cluster: &Cluster, outcome: &mut Outcome) {
    let snapshot = &cluster.snapshot();
    let mut controllers: Option<Vec<IngressController>> = None;
    let mut holders: Option<BTreeMap<IpAddr, Vec<NamespacedName>>> = None;
    for applied in &mut outcome.applied {
        if applied.result == Verdict::Refused {
            continue;
        }
        let reference = &applied.reference;
        if let Some(limit) = cluster.limit_met(reference) {
            applied.diagnostics.push(limited(snapshot, reference, limit));
        }
        if reference.kind == Kind::Pod && cluster.as_stored() {
            let holders = holders.get_or_insert_with(|| pods_by_address(snapshot));
            applied.diagnostics.extend(shared_address(snapshot, holders, reference));
        }
        if reference.kind.is_gateway_api() && !cluster.as_stored() {
            applied.diagnostics.extend(gateway_notes::of(snapshot, reference));
        }
        let (namespace, name) = (reference.namespace.as_str(), reference.name.as_str());
        let notes = match reference.kind {
            Kind::Ingress => snapshot.get::<Ingress>(namespace, name).map(|it| {
                let controllers = controllers.get_or_insert_with(|| IngressController::all(snapshot));
                applied
                    .diagnostics
                    .extend(not_served(snapshot, controllers, reference, it));
                unsimulated::of_ingress(it)
            }),
            Kind::ConfigMap => snapshot.get::<ConfigMap>(namespace, name).map(|it| {
                let controllers = controllers.get_or_insert_with(|| IngressController::all(snapshot));
                unsimulated::of_config_map(controllers, it)
            }),
            Kind::Service => snapshot.get::<Service>(namespace, name).map(unsimulated::of_service),
            _ => None,
        };
        for note in notes.into_iter().flatten() {
            applied.diagnostics.push(diagnostic(snapshot, reference, note));
        }
    }
}

/// Makes of an outcome one that did nothing: the controllers did not come to rest with it, and the cluster is as it
/// was before.
pub(super) fn undone(outcome: &mut Outcome) {
    let said = stopped("were stopped; nothing of this was done");
    outcome.applied.clear();
    outcome.stdout.clear();
    outcome.stderr = format!("error: {}\n", said.message);
    outcome.exit_code = 1;
    outcome.diagnostics.push(said.explain(text! {
        en: "A limit of Kubehop's, so that the page stays responsive. Objects undo each other's work without end, or there are too many of them. The cluster is as it was before.",
        ko: "페이지가 멈추지 않도록 Kubehop이 정한 한도입니다. 오브젝트들이 서로의 결과를 끝없이 되돌리고 있거나 오브젝트가 너무 많습니다. 클러스터는 이전 상태 그대로입니다.",
    }));
}

/// What is said where the controllers were stopped while time passed.
pub(super) fn half_done() -> Diagnostic {
    stopped("were stopped").explain(text! {
        en: "A limit of Kubehop's, so that the page stays responsive. Objects undo each other's work without end, or there are too many of them; what the cluster shows is half done.",
        ko: "페이지가 멈추지 않도록 Kubehop이 정한 한도입니다. 오브젝트들이 서로의 결과를 끝없이 되돌리고 있거나 오브젝트가 너무 많습니다. 지금 보이는 클러스터는 처리가 끝나지 않은 상태입니다.",
    })
}

fn stopped(how: &str) -> Diagnostic {
    let message = format!(
        "the controllers did not come to rest within {} steps and {how}",
        limits::WORK
    );
    Diagnostic::new(Severity::Error, "limit/work", message)
}

/// The limit that a workload has met, at the field that asks for too much.
fn limited(snapshot: &Snapshot, reference: &ObjectRef, limit: Limit) -> Diagnostic {
    let most = limits::PODS;
    let (code, field, message, why) = match limit {
        Limit::Pods => (
            "limit/pods",
            "spec.replicas",
            format!("Kubehop simulates at most {most} pods; the others are not made"),
            text! {
                en: "A limit of Kubehop's, so that the page stays responsive. The workload waits for room, as it would for a ResourceQuota; its events say so.",
                ko: "페이지가 멈추지 않도록 Kubehop이 정한 한도입니다. ResourceQuota가 찼을 때처럼 자리가 날 때까지 기다리며, 이벤트에도 남습니다.",
            },
        ),
        Limit::Sets => (
            "limit/replica-sets",
            "spec.template",
            "none of the ReplicaSets made has the template of this Deployment; no further one is made".to_owned(),
            text! {
                en: "A template as it was stored does not come back as it was written, so that the Deployment would make ReplicaSets without end.",
                ko: "저장된 템플릿이 다시 읽을 때 달라져서 Deployment가 ReplicaSet을 끝없이 만들게 됩니다.",
            },
        ),
        Limit::Spins => (
            "limit/spins",
            "spec.template.spec",
            "the pods of this workload vanish as soon as they are made".to_owned(),
            text! {
                en: "Each is driven away at once, for instance by a taint of effect NoExecute on the node that `nodeName` binds it to, and created again. A real controller goes on like this with longer and longer pauses; here it tries again every 10 s of virtual time.",
                ko: "Pod가 만들어지자마자 쫓겨나고 다시 만들어집니다. 예를 들어 `nodeName`으로 지정한 노드에 NoExecute 테인트가 있을 때 그렇습니다. 실제 컨트롤러는 간격을 늘려 가며 계속 시도하고, 여기서는 가상 시간 10초마다 다시 시도합니다.",
            },
        ),
    };
    Diagnostic::new(Severity::Warning, code, message)
        .at_field(field)
        .at(snapshot.span(reference, field))
        .explain(why)
}

/// Pods that share the network of no node, by each of their addresses.
fn pods_by_address(snapshot: &Snapshot) -> BTreeMap<IpAddr, Vec<NamespacedName>> {
    let mut holders: BTreeMap<IpAddr, Vec<NamespacedName>> = BTreeMap::new();
    for pod in snapshot.list::<Pod>() {
        if pod.spec.host_network || pod.is_terminal() {
            continue;
        }
        for ip in pod.ips().filter_map(|it| it.parse().ok()) {
            holders.entry(ip).or_default().push(pod.metadata.key());
        }
    }
    holders
}

/// What is said of a pod whose address another has too; a dump that was put together by hand may have this.
fn shared_address(
    snapshot: &Snapshot,
    holders: &BTreeMap<IpAddr, Vec<NamespacedName>>,
    reference: &ObjectRef,
) -> Option<Diagnostic> {
    let pod = snapshot.get::<Pod>(&reference.namespace, &reference.name)?;
    if pod.spec.host_network || pod.is_terminal() {
        return None;
    }
    let own = reference.key();
    let mut all = pod.ips().filter_map(|it| it.parse::<IpAddr>().ok());
    let (ip, other) = all.find_map(|ip| Some((ip, holders.get(&ip)?.iter().find(|it| **it != own)?)))?;
    let field = "status.podIP";
    Some(
        Diagnostic::new(
            Severity::Warning,
            "pod/shared-address",
            format!("pod {other} has the address {ip} too"),
        )
        .at_field(field)
        .at(snapshot.span(reference, field))
        .explain(text! {
            en: "Each pod has an address of its own, unless it is on the network of its node. Two pods of a dump with one address come from different clusters or moments; packets to {ip} reach only one of them.",
            ko: "노드의 네트워크를 쓰는 Pod가 아니라면 Pod마다 주소가 다릅니다. 덤프 속 두 Pod의 주소가 같다면 서로 다른 클러스터나 시점에서 온 것입니다. {ip} 주소로 가는 패킷은 그중 하나에만 도착합니다.",
        }),
    )
}

fn diagnostic(snapshot: &Snapshot, reference: &ObjectRef, note: Note) -> Diagnostic {
    let severity = match note.effect {
        Effect::Missing => Severity::Warning,
        Effect::Harmless | Effect::Elsewhere => Severity::Info,
    };
    let span = snapshot.span(reference, &note.field);
    Diagnostic::new(severity, "ingress/no-effect", note.text.en.clone())
        .at_field(note.field)
        .at(span)
        .explain(note.text)
}

/// Why an Ingress gets no address, where it gets none.
fn not_served(
    snapshot: &Snapshot,
    controllers: &[IngressController],
    reference: &ObjectRef,
    ingress: &Ingress,
) -> Option<Diagnostic> {
    let class = |name: &str| snapshot.get::<IngressClass>("", name);
    let mut reasons = Vec::new();
    for controller in controllers {
        match controller.takes(ingress, class) {
            Ok(()) => return None,
            Err(why) => reasons.push(why),
        }
    }
    let text = match reasons.into_iter().next() {
        Some(why) => HttpProxyWhy::Ignored {
            ingress: reference.key().to_string().into(),
            why,
        }
        .say(),
        None => text! {
            en: "No ingress controller runs in this cluster: the Ingress is stored, but has no effect.",
            ko: "이 클러스터에는 Ingress 컨트롤러가 없습니다. Ingress는 저장되지만 처리되지 않습니다.",
        },
    };
    let span = snapshot.span(reference, "spec.ingressClassName");
    Some(
        Diagnostic::new(Severity::Warning, "ingress/not-served", text.en.clone())
            .at_field("spec.ingressClassName")
            .at(span)
            .explain(text),
    )
}
