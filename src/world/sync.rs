//! The editor's text as the desired state: what changed is applied, what vanished is deleted, what cannot be
//! taken leaves the last good object in place.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{World, notes};
use crate::api::{Kind, ObjectRef, Refusal};
use crate::apply::{Applied, ApplyOptions, Client, Outcome, Settled, Verb, Verdict};
use crate::diag::{Diagnostic, Severity};
use crate::manifest::{Document, EditedText, Reread};
use crate::small_sort::SmallSort as _;
use crate::text::{FileId, text};

/// How the editor's documents are taken.
pub(super) const OPTIONS: ApplyOptions<'static> = ApplyOptions {
    lenient: true,
    ..ApplyOptions::plain(Verb::Apply, "STDIN")
};

/// A file as it was last followed.
#[derive(Clone, Debug, Default)]
pub(super) struct FollowedFile {
    text: EditedText,
    /// What came of its documents, by position, where that may hold still.
    settled: Vec<Option<Arc<Settled>>>,
}

#[cfg(test)]
impl FollowedFile {
    /// Of how many documents it is known what comes of them.
    pub(super) fn known(&self) -> usize {
        self.settled.iter().flatten().count()
    }
}

impl World {
    /// Brings the cluster to what the text of one file says. Documents that did not change are passed over;
    /// an update that the API server refuses but that would be valid when made anew is made anew, and a
    /// diagnostic says so; while the text cannot be read to its end, nothing is deleted. What controllers do not come
    /// to rest with is not done at all.
    pub fn sync(&mut self, file: FileId, text: &str) -> Outcome {
        let late = self.take_stopped();
        let mut outcome = self.guarded(|world| world.follow(file, text));
        if self.take_stopped() {
            self.followed.remove(&file);
            notes::undone(&mut outcome);
        } else if late {
            outcome.diagnostics.push(notes::half_done());
        }
        notes::add(&self.cluster, &mut outcome);
        outcome
    }

    fn follow(&mut self, file: FileId, text: &str) -> Outcome {
        let mut followed = self
            .followed
            .remove(&file)
            .map_or_else(FollowedFile::default, Arc::unwrap_or_clone);
        let Reread { parsed, before } = followed.text.read(file, text);
        let settled: Vec<Option<Arc<Settled>>> = before
            .into_iter()
            .map(|position| followed.settled.get(position?)?.clone())
            .collect();
        let mut batch = Client::new(&mut self.cluster).read(&parsed, OPTIONS, &settled);
        let wanted: BTreeSet<&ObjectRef> = batch.references().collect();
        let fresh: BTreeSet<ObjectRef> = wanted
            .iter()
            .filter(|it| {
                self.cluster
                    .origin(it)
                    .is_none_or(|origin| origin.root.span.file != file)
            })
            .map(|it| (*it).clone())
            .collect();
        // What a document that cannot be read would have been is unknown; it may be one of those that seem to be gone.
        if batch.is_whole() {
            let mut gone: Vec<ObjectRef> = self
                .cluster
                .written_in(file)
                .filter(|it| !wanted.contains(it))
                .cloned()
                .collect();
            gone.small_sort();
            for gone in &gone {
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
            if gone.iter().any(|it| it.kind == Kind::Other) {
                // With a definition go the kinds that it added.
                batch = Client::new(&mut self.cluster).read(&parsed, OPTIONS, &settled);
            }
        }
        let mut outcome = Client::new(&mut self.cluster).apply_batch(batch, OPTIONS);
        followed.settled = outcome.settled(parsed.documents.len());
        self.followed.insert(file, Arc::new(followed));
        let mut remade = false;
        for applied in &mut outcome.applied {
            let update_refused = applied.result == Verdict::Refused
                && matches!(applied.refusal, Some(Refusal::Invalid(_) | Refusal::BadPatch(_)))
                && !fresh.contains(&applied.reference);
            if !update_refused {
                continue;
            }
            if let Some(document) = parsed.documents.get(applied.document) {
                remade |= self.remake(applied, document);
            }
        }
        if remade {
            outcome.reprint();
        }
        self.cluster.settle();
        outcome
    }

    /// Makes an object anew whose update was refused, if a fork says that this would be taken.
    fn remake(&mut self, applied: &mut Applied, document: &Arc<Document>) -> bool {
        let mut trial = self.cluster.clone();
        trial.delete(&applied.reference, Some(0));
        trial.settle();
        let again = Client::new(&mut trial).apply_document(applied.document, document, OPTIONS);
        let Some(again) = again.filter(|it| it.result == Verdict::Created) else {
            return false;
        };
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
            en: "The editor shows the desired state. On a real cluster `kubectl apply` would fail here; \
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
