//! What is said beside objects that were taken without complaint: annotations and settings without
//! effect here, and Ingresses that nobody serves.

use crate::api::types::core::{ConfigMap, Service};
use crate::api::types::networking::{Ingress, IngressClass};
use crate::api::{Kind, ObjectRef};
use crate::apply::{Outcome, Verdict};
use crate::cluster::Snapshot;
use crate::cluster::ingress_controllers::IngressController;
use crate::diag::{Diagnostic, Severity};
use crate::net::http_proxy::HttpProxyWhy;
use crate::net::unsimulated::{self, Effect, Note};
use crate::text::text;

/// Adds the notes of every object that was taken; `snapshot` is the cluster with the controllers' work done.
pub(super) fn add(snapshot: &Snapshot, outcome: &mut Outcome) {
    let mut controllers: Option<Vec<IngressController>> = None;
    for applied in &mut outcome.applied {
        if applied.result == Verdict::Refused {
            continue;
        }
        let reference = &applied.reference;
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
            en: "No ingress controller runs in this cluster: the Ingress is stored, but nobody acts on it.",
            ko: "이 클러스터에는 ingress controller가 없습니다. Ingress는 저장되지만 아무도 처리하지 않습니다.",
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
