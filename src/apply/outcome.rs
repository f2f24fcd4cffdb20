//! What a command did to each document, and what kubectl printed on the way.

use std::sync::Arc;

use super::batch::Settled;
use crate::api::{ObjectRef, Refusal, Sent, Warning};
use crate::cluster::{Cluster, Written};
use crate::diag::Diagnostic;
use crate::manifest::Document;

/// What is done with documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the kubectl command of that name")]
pub enum Verb {
    Apply,
    Create,
    Replace,
    Delete,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }
}

/// How it went with one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is kubectl's word of that name")]
pub enum Verdict {
    Created,
    Configured,
    Unchanged,
    Replaced,
    Deleted,
    Refused,
}

impl Verdict {
    /// As kubectl prints it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
            Self::Replaced => "replaced",
            Self::Deleted => "deleted",
            Self::Refused => "refused",
        }
    }
}

/// How it went with one document.
#[derive(Clone, Debug)]
pub struct Applied {
    /// Which document of the text, from 0.
    pub document: usize,
    /// `kind:` as written.
    pub kind: String,
    /// Its API group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Its namespace; empty for cluster-wide kinds.
    pub namespace: String,
    /// The object.
    pub reference: ObjectRef,
    /// How it went.
    pub result: Verdict,
    /// Why it was refused.
    pub refusal: Option<Refusal>,
    /// What kubectl says before the server's message.
    pub context: String,
    /// The server's warnings.
    pub warnings: Vec<Warning>,
    /// What kubectl prints for this document alone: the line on stdout, or the error on stderr.
    pub text: String,
    /// Findings with their places in the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Applied {
    pub(super) fn done(document: usize, sent: &Sent, verb: Verb, verdict: Verdict, written: Written) -> Self {
        let mut applied = Self::of(document, sent);
        let dot = if sent.info.group.is_empty() { "" } else { "." };
        let resource = format!("{}{dot}{}", sent.info.name.to_lowercase(), sent.info.group);
        applied.name = if sent.name.is_empty() {
            // The server made a name up.
            written.reference.name.clone()
        } else {
            sent.name.clone()
        };
        applied.text = if verb == Verb::Delete {
            let from = if sent.namespace.is_empty() {
                String::new()
            } else {
                format!(" from {} namespace", sent.namespace)
            };
            format!("{resource} \"{}\" deleted{from}", applied.name)
        } else {
            format!("{resource}/{} {}", applied.name, verdict.word())
        };
        applied.reference = written.reference;
        applied.warnings = written.warnings;
        applied.result = verdict;
        applied
    }

    pub(super) fn refused(document: usize, sent: &Sent, refusal: Refusal, context: String) -> Self {
        let mut applied = Self::of(document, sent);
        applied.text = refusal.alone(sent.info.name, &sent.name, &context);
        applied.refusal = Some(refusal);
        applied.context = context;
        applied
    }

    /// A document that kubectl itself does not take.
    pub(super) fn unreadable(document: usize, node: &Document, refusal: Refusal) -> Self {
        let written = |key: &str| {
            let found = node.root.get(key).and_then(crate::manifest::Node::as_str);
            found.unwrap_or_default().to_owned()
        };
        let meta = |key: &str| {
            let found = node.root.get("metadata").and_then(|it| it.get(key));
            found
                .and_then(crate::manifest::Node::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (kind, name) = (written("kind"), meta("name"));
        Self {
            document,
            text: refusal.alone(&kind, &name, ""),
            group: String::new(),
            namespace: meta("namespace"),
            reference: ObjectRef::new(crate::api::Kind::Other, meta("namespace"), name.clone()),
            kind,
            name,
            result: Verdict::Refused,
            refusal: Some(refusal),
            context: String::new(),
            warnings: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    fn of(document: usize, sent: &Sent) -> Self {
        Self {
            document,
            kind: sent.info.name.to_owned(),
            group: sent.info.group.to_owned(),
            name: sent.name.clone(),
            namespace: sent.namespace.clone(),
            reference: Cluster::reference_of(sent),
            result: Verdict::Refused,
            refusal: None,
            context: String::new(),
            warnings: Vec::new(),
            text: String::new(),
            diagnostics: Vec::new(),
        }
    }
}

/// What a whole command did and printed.
#[derive(Clone, Debug)]
pub struct Outcome {
    verb: Verb,
    /// Each document; client-side refusals stand before the rest.
    pub applied: Vec<Applied>,
    /// What is wrong with the text itself.
    pub diagnostics: Vec<Diagnostic>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// 0, or 1 if anything failed.
    pub exit_code: i32,
    /// A text that could not be read on.
    syntax: Option<String>,
    /// What may be said again of documents that changed nothing, with their positions.
    pub(super) settled: Vec<(usize, Arc<Settled>)>,
}

impl Outcome {
    pub(super) fn new(verb: Verb, diagnostics: Vec<Diagnostic>, syntax: Option<String>) -> Self {
        Self {
            verb,
            applied: Vec::new(),
            diagnostics,
            stdout: String::new(),
            stderr: String::new(),
            exit_code: 0,
            syntax,
            settled: Vec::new(),
        }
    }

    /// What to remember of the text's documents, by position, so that [`Client::read`](super::Client::read) passes
    /// over those that say the same next time.
    #[must_use]
    pub fn settled(&self, documents: usize) -> Vec<Option<Arc<Settled>>> {
        let mut found = vec![None; documents];
        for (position, settled) in &self.settled {
            if let Some(slot) = found.get_mut(*position) {
                *slot = Some(Arc::clone(settled));
            }
        }
        found
    }

    /// Whether every document was taken.
    #[must_use]
    pub fn all_taken(&self) -> bool {
        self.exit_code == 0
    }

    /// Puts the printed text together anew after a document went another way than at first.
    pub fn reprint(&mut self) {
        self.stdout.clear();
        self.stderr.clear();
        self.exit_code = 0;
        self.finish();
    }

    /// Puts together what was printed: warnings and result lines as they came, failures at the end, which
    /// look different when there is only one (`kubectl pkg/cmd/util/helpers.go checkErr`).
    pub(super) fn finish(&mut self) {
        let mut failures: Vec<&Applied> = Vec::new();
        let mut warned: Vec<&Warning> = Vec::new();
        for applied in &self.applied {
            for warning in &applied.warnings {
                // kubectl prints each warning once a command.
                if warned.contains(&warning) {
                    continue;
                }
                warned.push(warning);
                self.stderr.push_str("Warning: ");
                self.stderr.push_str(&warning.to_string());
                self.stderr.push('\n');
            }
            if applied.refusal.is_some() {
                failures.push(applied);
            } else {
                self.stdout.push_str(&applied.text);
                self.stdout.push('\n');
            }
        }
        let alone = failures.len() + usize::from(self.syntax.is_some()) == 1;
        // Failures of the client come in the order of the text; reading ends at a syntax error.
        let (client, server): (Vec<&Applied>, Vec<&Applied>) = failures
            .into_iter()
            .partition(|it| matches!(it.refusal, Some(Refusal::Client(_))));
        let mut lines: Vec<String> = Vec::new();
        for failure in client {
            lines.push(line(failure, alone));
        }
        if let Some(message) = &self.syntax {
            lines.push(if alone {
                format!("error: {message}")
            } else {
                message.clone()
            });
        }
        for failure in server {
            lines.push(line(failure, alone));
        }
        for line in &lines {
            self.stderr.push_str(line);
            self.stderr.push('\n');
        }
        if lines.is_empty() && self.applied.is_empty() {
            self.stderr
                .push_str(&format!("error: no objects passed to {}\n", self.verb.name()));
            self.exit_code = 1;
        }
        if !lines.is_empty() {
            self.exit_code = 1;
        }
    }
}

fn line(failure: &Applied, alone: bool) -> String {
    match &failure.refusal {
        Some(refusal) if !alone => {
            refusal.among_several(&failure.kind, &failure.group, &failure.name, &failure.context)
        }
        _ => failure.text.clone(),
    }
}
