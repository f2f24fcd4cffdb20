//! `kubectl apply`, `create`, `replace` and `delete` of manifests, with kubectl's own words
//! (`kubernetes staging/src/k8s.io/kubectl/pkg/cmd/{apply,create,replace,delete}`).
//!
//! The client beside the API server: it reads, refuses, and makes the patches of `apply`; what the page adds to the
//! server's refusals stands here too (`diagnose`). It knows a [`Cluster`] by its public methods only.
//!
//! Not here: reading the text (`manifest`), the server's side (`cluster::api_server`, `cluster::patch`), flags (`shell`).

mod batch;
mod diagnose;
mod outcome;
mod three_way;

use std::sync::Arc;

use serde_json::{Value, json};

pub use batch::{Batch, Settled};
pub use outcome::{Applied, Outcome, Verb, Verdict};

use batch::{Item, prepared, unreadable};
use diagnose::Free;
use three_way::three_way;

use crate::api::codes::{ClientError, NotFound};
use crate::api::validate::segment_signs;
use crate::api::{Kind, Object, Refusal, Sent, Warning, decode, kind_warning, read, read_with};
use crate::cluster::{Cluster, Written, named, tree};
use crate::go;
use crate::manifest::{Document, Parsed};

/// Where kubectl keeps the manifest applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What the server does about fields that no kind has: `--validate` (`metav1.FieldValidation`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FieldValidation {
    /// It refuses the object.
    #[default]
    Strict,
    /// It drops them, with a warning for each.
    Warn,
    /// It drops them.
    Ignore,
}

/// How documents are taken.
#[derive(Clone, Copy, Debug)]
pub struct ApplyOptions<'a> {
    /// What is done with them.
    pub verb: Verb,
    /// How kubectl names the text in messages (`STDIN`, `web.yaml`).
    pub file: &'a str,
    /// The namespace of documents that name none.
    pub namespace: &'a str,
    /// The text is what `kubectl get -o yaml` may have printed: `resourceVersion` and `uid` are passed over
    /// instead of refused.
    pub lenient: bool,
    /// What happens to unknown fields.
    pub validation: FieldValidation,
    /// A command of the terminal: where documents are taken as stored (`--as-stored`), it still changes what is there
    /// as kubectl does.
    pub is_command: bool,
}

impl<'a> ApplyOptions<'a> {
    /// Options of `kubectl VERB -f FILE` in namespace `default`, with nothing special about them.
    #[must_use]
    pub const fn plain(verb: Verb, file: &'a str) -> Self {
        Self {
            verb,
            file,
            namespace: "default",
            lenient: false,
            validation: FieldValidation::Strict,
            is_command: false,
        }
    }
}

/// kubectl as it talks to one API server.
#[derive(Debug)]
pub struct Client<'a> {
    cluster: &'a mut Cluster,
}

impl<'a> Client<'a> {
    /// A client of this API server.
    #[must_use]
    pub fn new(cluster: &'a mut Cluster) -> Self {
        Self { cluster }
    }

    /// Does to every document what the verb says, in order; the controllers do not run in between.
    pub fn apply_documents(&mut self, parsed: Parsed, options: ApplyOptions<'_>) -> Outcome {
        let batch = self.read(&parsed, options, &[]);
        self.apply_batch(batch, options)
    }

    /// Reads documents by the kinds that the server has. `settled` is what [`Outcome::settled`] remembers of
    /// documents of the same content, by position.
    #[must_use]
    pub fn read(&self, parsed: &Parsed, options: ApplyOptions<'_>, settled: &[Option<Arc<Settled>>]) -> Batch {
        let mut known = self.cluster.definitions();
        if options.lenient {
            // Elsewhere kubectl asks for the kinds before it sends anything, and a second `apply` is needed.
            let until = parsed.syntax_error.as_ref().map_or(u32::MAX, |error| error.index);
            let documents = parsed.documents.iter().map(Arc::as_ref);
            known.add_written(documents.filter(|it| it.index < until));
        }
        Batch::read(parsed, options, &known, settled)
    }

    /// Does to documents what the verb says that have been read with the same options.
    pub fn apply_batch(&mut self, batch: Batch, options: ApplyOptions<'_>) -> Outcome {
        let mut outcome = Outcome::new(options.verb, batch.diagnostics, batch.syntax);
        outcome.applied = batch.refused;
        for item in batch.items {
            if matches!(item.reference.kind, Kind::Endpoints | Kind::EndpointSlice) {
                // Controllers have made theirs long before kubectl comes to this document.
                self.cluster.settle();
            }
            let (position, settled) = (item.position, item.settled.clone());
            let applied = self.apply_item(item, options);
            if applied.result == Verdict::Unchanged && options.verb == Verb::Apply {
                let settled = settled.filter(|it| self.still_holds(it));
                let settled = settled.or_else(|| self.settled(&applied));
                outcome.settled.extend(settled.map(|it| (position, it)));
            }
            outcome.applied.push(applied);
        }
        outcome.finish();
        outcome
    }

    /// Does to one document what the verb says; nothing where kubectl cannot read it.
    pub fn apply_document(
        &mut self,
        position: usize,
        document: &Arc<Document>,
        options: ApplyOptions<'_>,
    ) -> Option<Applied> {
        let sent = read_with(document, options.file, &self.cluster.definitions()).ok()?;
        Some(self.apply_item(Item::of(position, document, sent, options), options))
    }

    fn apply_item(&mut self, item: Item, options: ApplyOptions<'_>) -> Applied {
        let (position, document) = (item.position, item.document);
        if let Some(settled) = item.settled.filter(|it| self.still_holds(it)) {
            return self.pass_over(position, document, &settled);
        }
        let sent = match item.sent {
            Some(sent) => sent,
            // It could be read when it was applied last, and is of a kind that no definition adds.
            None => match read(&document, options.file) {
                Ok(sent) => prepared(sent, options),
                Err(refusal) => return unreadable(position, &document, refusal),
            },
        };
        let result = match options.verb {
            Verb::Apply => self.apply_object(&sent, options),
            Verb::Create => self.create_object(&sent, options),
            Verb::Replace => self.replace_object(&sent, options),
            Verb::Delete => self.delete_object(&sent),
        };
        let kind_warning = match &result {
            Err(failure) if failure.refusal.reason().is_none() => None,
            _ => kind_warning(sent.kind),
        };
        match result {
            Ok((verdict, mut written)) => {
                written.warnings.splice(0..0, kind_warning);
                let mut applied = Applied::done(position, &sent, options.verb, verdict, written);
                applied.diagnostics = diagnose::warnings(&document, &applied.warnings);
                if verdict != Verdict::Deleted {
                    self.cluster.set_origin(&applied.reference, document);
                }
                applied
            }
            Err(Failure { refusal, context }) => {
                let mut applied = Applied::refused(position, &sent, refusal, context);
                applied.warnings.extend(kind_warning);
                applied.diagnostics = diagnose::refusal(&document, &applied);
                Free { cluster: self.cluster }.offer(&document, applied.refusal.as_ref(), &mut applied.diagnostics);
                applied
            }
        }
    }

    /// What there is to remember of a document that changed nothing.
    fn settled(&self, applied: &Applied) -> Option<Arc<Settled>> {
        if applied.reference.kind == Kind::Other {
            // Whether it is a kind at all may depend on a definition.
            return None;
        }
        let object = self.cluster.object(&applied.reference)?;
        Some(Arc::new(Settled {
            version: object.metadata().resource_version.clone(),
            applied: Applied {
                diagnostics: Vec::new(),
                ..applied.clone()
            },
        }))
    }

    /// Whether the object is as it was then.
    fn still_holds(&self, settled: &Settled) -> bool {
        let object = self.cluster.object(&settled.applied.reference);
        object.is_some_and(|it| it.metadata().resource_version == settled.version)
    }

    /// The document says what it said, and its object is what it was: so is what comes of it.
    fn pass_over(&mut self, position: usize, document: Arc<Document>, settled: &Settled) -> Applied {
        let mut applied = settled.applied.clone();
        applied.document = position;
        applied.diagnostics = diagnose::warnings(&document, &applied.warnings);
        self.cluster.set_origin(&applied.reference, document);
        applied
    }

    fn apply_object(&mut self, sent: &Sent, options: ApplyOptions<'_>) -> Result<(Verdict, Written), Failure> {
        check_name(sent, options)?;
        let reference = Cluster::reference_of(sent);
        let current = self.cluster.object(&reference).map(Arc::clone);
        let is_given = self.cluster.as_stored() && !(options.is_command && current.is_some());
        if is_given || is_configuration(sent.kind) {
            return self.store_given(sent);
        }
        let mut modified = with_last_applied(&sent.value);
        let Some(current) = current else {
            return self
                .create_from(sent, modified, options)
                .map(|written| (Verdict::Created, written));
        };
        let mut notes = if options.lenient {
            // Endpoints in a dump, say, which the controllers have made again meanwhile.
            tree::remove(&mut modified, &["metadata", "resourceVersion"]);
            tree::remove(&mut modified, &["metadata", "uid"]);
            Vec::new()
        } else {
            client_warnings(sent, &current)
        };
        let original = current
            .metadata()
            .annotations
            .get(LAST_APPLIED)
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
            .unwrap_or_else(|| json!({}));
        let patch = three_way(sent.kind, &original, &modified, &current.value);
        if patch == json!({}) {
            notes.extend(self.cluster.warnings_of(sent.kind, &current.value));
            let written = Written {
                reference,
                warnings: notes,
                changed: false,
            };
            return Ok((Verdict::Unchanged, written));
        }
        let fail = |refusal| Failure {
            refusal,
            context: patch_context(sent, &patch, options.file),
        };
        let known = match options.validation {
            FieldValidation::Strict => patch.clone(),
            _ => {
                let modified = drop_unknown(sent, modified, options.validation, &mut notes);
                three_way(sent.kind, &original, &modified, &current.value)
            }
        };
        let mut written = self.cluster.patch(&sent.info, &reference, &known).map_err(fail)?;
        written.warnings.splice(0..0, notes);
        Ok((Verdict::Configured, written))
    }

    fn create_from(&mut self, sent: &Sent, mut value: Value, options: ApplyOptions<'_>) -> Result<Written, Failure> {
        // kubectl clears it before it creates (`cli-runtime pkg/resource/helper.go Create`).
        tree::remove(&mut value, &["metadata", "resourceVersion"]);
        let mut notes = Vec::new();
        let value = drop_unknown(sent, value, options.validation, &mut notes);
        match self.cluster.create(&sent.info, &value) {
            Ok(mut written) => {
                written.warnings.splice(0..0, notes);
                Ok(written)
            }
            Err(refusal) => Err(Failure {
                refusal,
                context: format!("error when creating {:?}: ", options.file),
            }),
        }
    }

    fn create_object(&mut self, sent: &Sent, options: ApplyOptions<'_>) -> Result<(Verdict, Written), Failure> {
        if is_configuration(sent.kind) {
            return self.store_given(sent);
        }
        self.create_from(sent, sent.value.clone(), options)
            .map(|written| (Verdict::Created, written))
    }

    fn replace_object(&mut self, sent: &Sent, options: ApplyOptions<'_>) -> Result<(Verdict, Written), Failure> {
        let fail = |refusal| Failure {
            refusal,
            context: format!("error when replacing {:?}: ", options.file),
        };
        let mut notes = Vec::new();
        let value = drop_unknown(sent, sent.value.clone(), options.validation, &mut notes);
        let value = decode(&sent.info, &value).map_err(fail)?;
        let put = self.cluster.put(&sent.info, &Cluster::reference_of(sent), value);
        let mut written = put.map_err(fail)?;
        written.warnings.splice(0..0, notes);
        Ok((Verdict::Replaced, written))
    }

    fn delete_object(&mut self, sent: &Sent) -> Result<(Verdict, Written), Failure> {
        let reference = Cluster::reference_of(sent);
        if self.cluster.object(&reference).is_none() {
            return Err(Failure {
                refusal: Refusal::NotFound(NotFound::Object(named(&sent.info, &sent.name))),
                context: String::new(),
            });
        }
        self.cluster.may_delete(&reference).map_err(|refusal| Failure {
            refusal,
            context: String::new(),
        })?;
        self.cluster.delete(&reference, None);
        let written = Written {
            reference,
            warnings: Vec::new(),
            changed: true,
        };
        Ok((Verdict::Deleted, written))
    }

    /// The document is the object: with `--as-stored`, and for files of kubeadm and kube-proxy.
    fn store_given(&mut self, sent: &Sent) -> Result<(Verdict, Written), Failure> {
        let fail = |refusal| Failure {
            refusal,
            context: String::new(),
        };
        let reference = Cluster::reference_of(sent);
        let mut sent = sent.clone();
        if sent.kind == Kind::ClusterConfiguration
            && sent.info.version == "v1beta3"
            && !self.cluster.config().release.reads_kubeadm_v1beta3()
        {
            return Err(fail(Refusal::Client(ClientError::OldKubeadm {
                kind: sent.info.name,
                version: format!("{}/{}", sent.info.group, sent.info.version),
            })));
        }
        if is_configuration(sent.kind) {
            sent.value = decode(&sent.info, &sent.value).map_err(fail)?;
            tree::set(&mut sent.value, &["metadata", "name"], sent.name.as_str().into());
        }
        if self.cluster.object(&reference).is_none() {
            return self
                .cluster
                .store_document(&sent.info, sent.value)
                .map(|written| (Verdict::Created, written))
                .map_err(fail);
        }
        // What a dump says of versions belongs to the cluster that it was taken from.
        tree::remove(&mut sent.value, &["metadata", "resourceVersion"]);
        tree::remove(&mut sent.value, &["metadata", "uid"]);
        let written = self.cluster.update(&sent.info, &reference, sent.value).map_err(fail)?;
        let verdict = if written.changed {
            Verdict::Configured
        } else {
            Verdict::Unchanged
        };
        Ok((verdict, written))
    }
}

/// What the server reads of an object where it does not insist on knowing every field.
fn drop_unknown(sent: &Sent, value: Value, validation: FieldValidation, notes: &mut Vec<Warning>) -> Value {
    if validation == FieldValidation::Strict {
        return value;
    }
    let (known, findings) = decode::examine(&sent.info, &value);
    if findings.wrong_type.is_some() {
        // It is refused as it stands.
        return value;
    }
    if validation == FieldValidation::Warn {
        notes.extend(
            findings
                .unknown
                .into_iter()
                .map(|field| Warning::UnknownField { field }),
        );
    }
    known
}

/// What kubectl itself warns of before it patches.
fn client_warnings(sent: &Sent, current: &Object) -> Vec<Warning> {
    let mut found = Vec::new();
    if !current.metadata().annotations.contains_key(LAST_APPLIED) {
        found.push(Warning::NotApplied {
            resource: format!("{}/{}", sent.info.plural, sent.name),
        });
    }
    if current.metadata().deletion_timestamp.is_some() {
        found.push(Warning::BeingDeleted {
            name: sent.name.clone(),
        });
    }
    found
}

/// Why one document was not taken, and what kubectl says before it.
struct Failure {
    refusal: Refusal,
    context: String,
}

/// The manifest with itself in an annotation, as kubectl sends it.
#[must_use]
pub fn with_last_applied(value: &Value) -> Value {
    let mut plain = value.clone();
    let annotations = tree::entry(tree::entry(&mut plain, "metadata"), "annotations");
    if !annotations.is_object() {
        *annotations = json!({});
    }
    if let Value::Object(map) = annotations {
        map.remove(LAST_APPLIED);
    }
    let text = go::json::compact(&plain) + "\n";
    tree::set(&mut plain, &["metadata", "annotations", LAST_APPLIED], text.into());
    plain
}

/// How kubectl names an object that it asked for in vain (`resource.Info.String`).
fn info_text(sent: &Sent) -> String {
    let version = if sent.info.group.is_empty() {
        format!("/{}", sent.info.version)
    } else {
        format!("{}/{}", sent.info.group, sent.info.version)
    };
    format!(
        "Resource: \"{version}, Resource={}\", GroupVersionKind: \"{version}, Kind={}\"\nName: {:?}, Namespace: {:?}",
        sent.info.plural, sent.info.name, sent.name, sent.namespace
    )
}

fn patch_context(sent: &Sent, patch: &Value, file: &str) -> String {
    format!(
        "error when applying patch:\n{}\nto:\n{}\nfor: {file:?}: error when patching {file:?}: ",
        go::json::compact(patch),
        info_text(sent)
    )
}

/// Whether a document is a file of kubeadm or kube-proxy, which no API server sees.
fn is_configuration(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::ClusterConfiguration | Kind::KubeProxyConfiguration | Kind::KubeletConfiguration
    )
}

/// Names that kubectl itself stumbles over before it asks the server.
fn check_name(sent: &Sent, options: ApplyOptions<'_>) -> Result<(), Failure> {
    let signs = segment_signs(&sent.name);
    if !sent.name.is_empty() && signs.is_empty() {
        return Ok(());
    }
    let (file, object) = (options.file.to_owned(), info_text(sent));
    let error = match tree::text(&sent.value, &["metadata", "generateName"]) {
        _ if !sent.name.is_empty() => ClientError::NameSigns {
            file,
            object,
            name: sent.name.clone(),
            signs,
        },
        "" => ClientError::NameMissing { file, object },
        prefix => ClientError::GeneratedName {
            prefix: prefix.to_owned(),
        },
    };
    Err(Failure {
        refusal: Refusal::Client(error),
        context: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_kept_as_go_writes_it() {
        let value = json!({"kind": "Service", "metadata": {"name": "a<b&c"}});
        let kept = with_last_applied(&value);
        assert_eq!(
            kept["metadata"]["annotations"][LAST_APPLIED],
            "{\"kind\":\"Service\",\"metadata\":{\"annotations\":{},\"name\":\"a\\u003cb\\u0026c\"}}\n"
        );
        assert_eq!(with_last_applied(&kept), kept);
    }
}
