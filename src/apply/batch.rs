//! What kubectl finds out about a text without the server: which documents go there, which do not.
//!
//! Not here: what is wrong with one document ([`read_with`]), and what the server makes of it.

use std::sync::Arc;

use super::ApplyOptions;
use super::diagnose;
use super::outcome::Applied;
use crate::api::codes::ClientError;
use crate::api::custom::Definitions;
use crate::api::read::list_refusal;
use crate::api::{Kind, ObjectRef, Refusal, Sent, read_with};
use crate::cluster::{Cluster, tree};
use crate::diag::Diagnostic;
use crate::manifest::{Document, Parsed};

/// The documents of a text, each read once.
#[derive(Debug)]
pub struct Batch {
    pub(super) items: Vec<Item>,
    pub(super) refused: Vec<Applied>,
    pub(super) diagnostics: Vec<Diagnostic>,
    pub(super) syntax: Option<String>,
}

/// A document on its way to the server.
#[derive(Debug)]
pub(super) struct Item {
    /// Which document of the text, from 0.
    pub position: usize,
    pub document: Arc<Document>,
    /// The object that it describes.
    pub reference: ObjectRef,
    /// What is sent; absent while it is enough to know what came of it last time.
    pub sent: Option<Sent>,
    /// What came of it last time, where that may hold still.
    pub settled: Option<Arc<Settled>>,
}

/// What came of a document that changed nothing, to be said again as long as it says the same and its object is as
/// it was.
#[derive(Debug)]
pub struct Settled {
    /// The object's resource version.
    pub(super) version: String,
    /// What was said, without findings: their places are the document's.
    pub(super) applied: Applied,
}

impl Batch {
    /// Reads documents as a kubectl does that knows the kinds of these definitions; a `List` is taken whole or not at
    /// all.
    pub(super) fn read(
        parsed: &Parsed,
        options: ApplyOptions<'_>,
        known: &Definitions,
        settled: &[Option<Arc<Settled>>],
    ) -> Self {
        let until = parsed.syntax_error.as_ref().map_or(u32::MAX, |error| error.index);
        let mut batch = Self {
            items: Vec::with_capacity(parsed.documents.len()),
            refused: Vec::new(),
            diagnostics: parsed.diagnostics.clone(),
            syntax: parsed
                .syntax_error
                .as_ref()
                .map(|error| format!("error parsing {}: {}", options.file, error.message)),
        };
        let mut refused_list: Option<u32> = None;
        let mut stopped: Option<u32> = None;
        for (position, document) in parsed.documents.iter().enumerate() {
            if document.index >= until || stopped.is_some_and(|index| document.index > index) {
                break;
            }
            if document.in_list && refused_list == Some(document.index) {
                continue;
            }
            if let Some(settled) = settled.get(position).and_then(Option::as_ref) {
                batch.items.push(Item {
                    position,
                    document: Arc::clone(document),
                    reference: settled.applied.reference.clone(),
                    sent: None,
                    settled: Some(Arc::clone(settled)),
                });
                continue;
            }
            match read_with(document, options.file, known) {
                Ok(sent) => batch.items.push(Item::of(position, document, sent, options)),
                Err(mut refusal) => {
                    // What is no object at all ends kubectl's reading; an unknown kind does not.
                    let invalid = matches!(&refusal, Refusal::Client(ClientError::NotValid { .. }));
                    if invalid {
                        stopped = Some(document.index);
                    }
                    if invalid && document.in_list {
                        refused_list = Some(document.index);
                        let of_list = |it: &Document| it.in_list && it.index == document.index;
                        batch.items.retain(|it| !of_list(&it.document));
                        // Items of a list are looked at together once one of them is wrong.
                        let items: Vec<&Document> = parsed
                            .documents
                            .iter()
                            .map(Arc::as_ref)
                            .filter(|it| of_list(it))
                            .collect();
                        refusal = list_refusal(&items, options.file).unwrap_or(refusal);
                    }
                    batch.refused.push(unreadable(position, document, refusal));
                }
            }
        }
        batch
    }

    /// Whether the text could be read to its end and every document is sent.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.refused.is_empty() && self.syntax.is_none()
    }

    /// The objects that the documents describe.
    pub fn references(&self) -> impl Iterator<Item = &ObjectRef> {
        self.items.iter().map(|item| &item.reference)
    }
}

impl Item {
    pub(super) fn of(position: usize, document: &Arc<Document>, sent: Sent, options: ApplyOptions<'_>) -> Self {
        let sent = prepared(sent, options);
        Self {
            position,
            document: Arc::clone(document),
            reference: Cluster::reference_of(&sent),
            sent: Some(sent),
            settled: None,
        }
    }
}

/// A document that kubectl does not send, with its findings.
pub(super) fn unreadable(position: usize, document: &Document, refusal: Refusal) -> Applied {
    let mut applied = Applied::unreadable(position, document, refusal);
    applied.diagnostics = diagnose::refusal(document, &applied);
    applied
}

/// What is sent, with the namespace and the name that it has without saying so.
pub(super) fn prepared(mut sent: Sent, options: ApplyOptions<'_>) -> Sent {
    if sent.info.namespaced && sent.namespace.is_empty() {
        options.namespace.clone_into(&mut sent.namespace);
        tree::set(&mut sent.value, &["metadata", "namespace"], options.namespace.into());
    }
    if !sent.info.namespaced {
        sent.namespace.clear();
        // kubectl drops it (`cli-runtime pkg/resource/visitor.go FilterNamespace`).
        tree::remove(&mut sent.value, &["metadata", "namespace"]);
    }
    // Files of kubeadm and kube-proxy have no metadata; they go by the names of the ConfigMaps that hold them.
    let name = match sent.kind {
        Kind::ClusterConfiguration => "kubeadm-config",
        Kind::KubeProxyConfiguration => "kube-proxy",
        Kind::KubeletConfiguration => "kubelet-config",
        _ => return sent,
    };
    if sent.name.is_empty() {
        name.clone_into(&mut sent.name);
    }
    sent
}
