//! The editor's text as the desired state: what changed is applied, what vanished is deleted, what cannot be
//! taken leaves the last good object in place.

use std::collections::BTreeSet;

use super::World;
use crate::api::{Kind, ObjectRef, Refusal, read_with};
use crate::apply::{Applied, ApplyOptions, Client, Outcome, Verb, Verdict};
use crate::cluster::Cluster;
use crate::diag::{Diagnostic, Severity};
use crate::manifest;
use crate::text::{FileId, text};

/// How the editor's documents are taken.
const OPTIONS: ApplyOptions<'static> = ApplyOptions {
    verb: Verb::Apply,
    file: "STDIN",
    namespace: "default",
    lenient: true,
};

impl World {
    /// Brings the cluster to what the text of one file says. Documents that did not change are passed over;
    /// an update that the API server refuses but that would be valid when made anew is made anew, and a
    /// diagnostic says so; while the text cannot be read to its end, nothing is deleted.
    pub fn sync(&mut self, file: FileId, text: &str) -> Outcome {
        let parsed = manifest::parse(file, text);
        let readable = parsed.syntax_error.is_none();
        let mut known = self.cluster.definitions();
        known.add_written(&parsed.documents);
        let before: BTreeSet<ObjectRef> = self.cluster.written_in(file).into_iter().collect();
        let mut wanted: BTreeSet<ObjectRef> = BTreeSet::new();
        let mut complete = readable;
        for document in &parsed.documents {
            match read_with(document, OPTIONS.file, &known) {
                Ok(mut sent) => {
                    if sent.info.namespaced && sent.namespace.is_empty() {
                        OPTIONS.namespace.clone_into(&mut sent.namespace);
                    }
                    wanted.insert(Cluster::reference_of(&sent));
                }
                // What it would have been is unknown; it may be one of those that seem to be gone.
                Err(_) => complete = false,
            }
        }
        if complete {
            for gone in before.difference(&wanted) {
                self.cluster.delete(gone, Some(0));
                // The cloud's firewall is as the preset has it wherever no document says otherwise.
                if gone.kind == Kind::ComputeFirewall {
                    self.cluster.restore(gone);
                }
            }
            if !wanted.iter().any(|it| it.kind == Kind::Node) {
                self.cluster.restore_nodes();
            }
            self.cluster.settle();
        }
        let documents = parsed.documents.clone();
        let mut outcome = Client::new(&mut self.cluster).apply_documents(parsed, OPTIONS);
        let mut remade = false;
        for applied in &mut outcome.applied {
            let update_refused = applied.result == Verdict::Refused
                && matches!(applied.refusal, Some(Refusal::Invalid(_) | Refusal::BadPatch(_)))
                && before.contains(&applied.reference);
            if !update_refused {
                continue;
            }
            if let Some(document) = documents.get(applied.document) {
                remade |= self.remake(applied, document);
            }
        }
        if remade {
            outcome.reprint();
        }
        self.cluster.settle();
        super::notes::add(&self.cluster.snapshot(), &mut outcome);
        outcome
    }

    /// Makes an object anew whose update was refused, if a fork says that this would be taken.
    fn remake(&mut self, applied: &mut Applied, document: &manifest::Document) -> bool {
        let Ok(sent) = read_with(document, OPTIONS.file, &self.cluster.definitions()) else {
            return false;
        };
        let mut trial = self.cluster.clone();
        trial.delete(&applied.reference, Some(0));
        trial.settle();
        let again = Client::new(&mut trial).apply_document(applied.document, document.clone(), sent, OPTIONS);
        if again.result != Verdict::Created {
            return false;
        }
        self.cluster = trial;
        let why = applied
            .diagnostics
            .first()
            .map(|it| it.message.clone())
            .unwrap_or_default();
        let mut note = Diagnostic::new(
            Severity::Info,
            "sync/made-anew",
            format!(
                "{} was deleted and created again: as an update the API server refuses this ({why})",
                applied.reference
            ),
        )
        .explain(text! {
            en: "The editor shows the wished state. On a real cluster `kubectl apply` would fail here; \
            delete the object first, or use `kubectl replace --force`.",
            ko: "편집기의 내용은 원하는 최종 상태입니다. 실제 클러스터에서는 이 변경에 대해 `kubectl apply`가 실패합니다. \
            오브젝트를 먼저 삭제하거나 `kubectl replace --force`를 사용해야 합니다.",
        });
        note.span = Some(
            applied
                .diagnostics
                .first()
                .and_then(|it| it.span)
                .unwrap_or(document.root.span),
        );
        *applied = again;
        applied.diagnostics.push(note);
        true
    }
}
