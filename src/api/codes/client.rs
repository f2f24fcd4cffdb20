//! What `kubectl` finds out by itself, before it asks the server: missing `kind:`, items of a `List` that break their
//! schema, metadata that cannot be read, names that are none.

use std::fmt;

use super::similar::closest;
use super::wrong_type::WrongType;
use super::{Code, heads, joined, unknown_kind, whole};
use crate::diag::{Diagnostic, Severity};
use crate::manifest::{Document, NodeKind};
use crate::text::text;

/// Why `kubectl` stops by itself; printed as what stands behind `error: `. `file` is how it names the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientError {
    /// What was read is no object, or breaks the schema of its kind.
    NotValid {
        /// How kubectl names the text.
        file: String,
        /// What is wrong with it, at least one.
        problems: Vec<Problem>,
    },
    /// `kind:` is empty.
    KindMissing {
        /// How kubectl names the text.
        file: String,
        /// The object as JSON.
        object: String,
    },
    /// Metadata that kubectl cannot read.
    Metadata {
        /// How kubectl names the text.
        file: String,
        /// The first value that does not fit.
        wrong: Box<WrongType>,
    },
    /// No kind of this name, or not in this version.
    UnknownKind {
        /// How kubectl names the text.
        file: String,
        /// `metadata.name`; may be empty.
        name: String,
        /// `metadata.namespace`; may be empty.
        namespace: String,
        /// `kind:` as written.
        kind: String,
        /// `apiVersion:` as written.
        version: String,
    },
    /// `generateName` with `apply`, which needs a name to look for.
    GeneratedName {
        /// `metadata.generateName`.
        prefix: String,
    },
    /// No name with `apply`.
    NameMissing {
        /// How kubectl names the text.
        file: String,
        /// How kubectl names the object.
        object: String,
    },
    /// A name that cannot stand in a URL.
    NameSigns {
        /// How kubectl names the text.
        file: String,
        /// How kubectl names the object.
        object: String,
        /// `metadata.name`.
        name: String,
        /// What keeps it from standing there.
        signs: Vec<Code>,
    },
    /// A configuration of a version that kubeadm no longer reads
    /// (`kubernetes cmd/kubeadm/app/util/config/common.go`).
    OldKubeadm {
        /// `kind:`.
        kind: &'static str,
        /// `apiVersion:`.
        version: String,
    },
}

/// One thing that is wrong with what should be an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is no mapping, or a `List`.
    NoObject,
    /// `apiVersion` or `kind` is not there.
    NotSet {
        /// Which.
        key: &'static str,
    },
    /// `apiVersion` or `kind` is no text.
    NotText {
        /// Which.
        key: &'static str,
    },
    /// `apiVersion` with several `/`.
    GroupVersion {
        /// As written.
        version: String,
    },
    /// It breaks the schema of its kind.
    Schema {
        /// Its kind, then the path (`Service.spec.ports[0]`).
        path: String,
        /// How.
        problem: SchemaProblem,
    },
}

/// How a value breaks the schema of its kind; `of` names definition or field (`io.k8s.api.core.v1.ServiceSpec`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "values are printed with the words that say what they are")]
pub enum SchemaProblem {
    /// A field that there is not.
    UnknownField { field: String, of: String },
    /// A field that must be there.
    MissingField { field: &'static str, of: String },
    /// A value of another type.
    WrongType {
        of: String,
        got: &'static str,
        expected: &'static str,
    },
}

impl fmt::Display for SchemaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownField { field, of } => write!(f, "unknown field {field:?} in {of}"),
            Self::MissingField { field, of } => write!(f, "missing required field {field:?} in {of}"),
            Self::WrongType { of, got, expected } => {
                write!(f, "invalid type for {of}: got {got:?}, expected {expected:?}")
            }
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoObject => f.write_str("invalid object to validate"),
            Self::NotSet { key } => write!(f, "{key} not set"),
            Self::NotText { key } => write!(f, "{key} isn't string type"),
            Self::GroupVersion { version } => write!(f, "unexpected GroupVersion string: {version}"),
            Self::Schema { path, problem } => write!(f, "ValidationError({path}): {problem}"),
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotValid { file, problems } => {
                write!(f, "error validating {file:?}: error validating data: ")?;
                match problems.as_slice() {
                    [one] => one.fmt(f)?,
                    several => {
                        let words: Vec<String> = several.iter().map(ToString::to_string).collect();
                        write!(f, "[{}]", words.join(", "))?;
                    }
                }
                f.write_str("; if you choose to ignore these errors, turn validation off with --validate=false")
            }
            Self::KindMissing { file, object } => {
                write!(f, "unable to decode {file:?}: Object 'Kind' is missing in '{object}'")
            }
            Self::Metadata { file, wrong } => write!(f, "unable to decode {file:?}: {wrong}"),
            Self::UnknownKind {
                file,
                name,
                namespace,
                kind,
                version,
            } => write!(
                f,
                "resource mapping not found for name: {name:?} namespace: {namespace:?} from {file:?}: no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first"
            ),
            Self::GeneratedName { prefix } => write!(f, "from {prefix}: cannot use generate name with apply"),
            Self::NameMissing { file, object } => {
                not_retrieved(f, file, object)?;
                f.write_str("resource name may not be empty")
            }
            Self::NameSigns {
                file,
                object,
                name,
                signs,
            } => {
                not_retrieved(f, file, object)?;
                write!(f, "invalid resource name {name:?}: [{}]", joined(signs, ", "))
            }
            Self::OldKubeadm { kind, version } => write!(
                f,
                "your configuration file uses an old API spec: {version:?} (kind: {kind:?}). Please use kubeadm v1.36 instead and run 'kubeadm config migrate --old-config old-config-file --new-config new-config-file', which will write the new, similar spec using a newer API version."
            ),
        }
    }
}

fn not_retrieved(f: &mut fmt::Formatter<'_>, file: &str, object: &str) -> fmt::Result {
    write!(
        f,
        "error when retrieving current configuration of:\n{object}\nfrom server for: {file:?}: "
    )
}

impl ClientError {
    pub(super) fn explain(&self, document: &Document) -> Diagnostic {
        let message = self.to_string();
        match self {
            Self::NotValid { problems, .. } => not_valid(problems, message, document),
            Self::KindMissing { .. } => whole("schema/metadata", message, document),
            Self::Metadata { wrong, .. } => {
                wrong.explain(Diagnostic::new(Severity::Error, "schema/metadata", message), document)
            }
            Self::UnknownKind { kind, version, .. } => unknown_kind::explain(message, version, kind, document),
            Self::GeneratedName { .. } => whole("kubectl/refused", message, document),
            Self::NameMissing { .. } => Diagnostic::new(Severity::Error, "kubectl/refused", message)
                .at_field("metadata.name")
                .at(Some(document.locate("metadata")))
                .explain(text! {
                    en: "`apply` finds the object by its name, so `metadata.name` must be there.",
                    ko: "`apply`는 이름으로 오브젝트를 찾으므로 `metadata.name`이 있어야 합니다.",
                }),
            Self::NameSigns { .. } => Diagnostic::new(Severity::Error, "kubectl/refused", message)
                .at_field("metadata.name")
                .at(Some(document.locate("metadata.name")))
                .explain(text! {
                    en: "The name becomes part of a URL, so it may hold neither `/` nor `%`.",
                    ko: "이름은 URL의 일부가 되므로 `/`나 `%`를 쓸 수 없습니다.",
                }),
            Self::OldKubeadm { .. } => {
                let span = document.locate("apiVersion");
                Diagnostic::new(Severity::Error, "kubeadm/old-version", message)
                    .at_field("apiVersion")
                    .at(Some(span))
                    .explain(text! {
                        en: "kubeadm reads `v1beta3` no more since 1.37. In `v1beta4`, `extraArgs` are a list of `name` and `value` instead of a map.",
                        ko: "kubeadm 1.37부터는 `v1beta3`를 읽지 않습니다. `v1beta4`의 `extraArgs`는 맵이 아니라 `name`과 `value`의 목록입니다.",
                    })
                    .fix(
                        text! { en: "Write `kubeadm.k8s.io/v1beta4`", ko: "`kubeadm.k8s.io/v1beta4` 버전으로 바꾸기" },
                        span,
                        "kubeadm.k8s.io/v1beta4",
                    )
            }
        }
    }
}

/// The finding for what is no object. Without a kind the rest says little, so that comes first.
fn not_valid(problems: &[Problem], message: String, document: &Document) -> Diagnostic {
    let mut schema = None;
    let mut no_object = false;
    for problem in problems {
        match problem {
            Problem::NotSet { .. } | Problem::NotText { .. } | Problem::GroupVersion { .. } => {
                return not_set(message, document);
            }
            Problem::NoObject => no_object = true,
            Problem::Schema { path, .. } => schema = schema.or(Some(path)),
        }
    }
    match schema {
        Some(path) if !no_object => list_item(message, path, document),
        _ => Diagnostic::new(Severity::Error, "manifest/no-object", message)
            .at(Some(document.root.span))
            .explain(text! {
                en: "A manifest is a mapping with `apiVersion`, `kind` and `metadata`; several of them are separated by `---`.",
                ko: "매니페스트는 `apiVersion`, `kind`, `metadata`가 있는 매핑입니다. 여러 개는 `---`로 구분합니다.",
            }),
    }
}

fn not_set(message: String, document: &Document) -> Diagnostic {
    let key = if heads(document).0.is_empty() {
        "apiVersion"
    } else {
        "kind"
    };
    let found = Diagnostic::new(Severity::Error, "manifest/not-set", message).at_field(key);
    let explain = text! {
        en: "Every manifest says with `{key}` what it is; the spelling counts, upper and lower case too.",
        ko: "모든 매니페스트는 `{key}` 필드로 무엇인지 밝혀야 합니다. 철자와 대소문자를 정확히 써야 합니다.",
    };
    let NodeKind::Mapping(entries) = &document.root.kind else {
        return found.explain(explain);
    };
    let typo = entries
        .iter()
        .find(|entry| entry.key != key && closest(&entry.key, [key]).is_some());
    match typo {
        Some(entry) => found.at(Some(entry.key_span)).explain(explain).fix(
            text! { en: "Rename it to `{key}`", ko: "이름을 바꿉니다: `{key}`" },
            entry.key_span,
            key,
        ),
        None => {
            let start = document.root.span;
            let first = entries.first().map_or(start, |entry| entry.key_span);
            found.at(Some(first)).explain(explain)
        }
    }
}

/// An item of a `List` that breaks its schema at `path`, which begins with its kind.
fn list_item(message: String, path: &str, document: &Document) -> Diagnostic {
    let field = path
        .strip_prefix(heads(document).1)
        .unwrap_or(path)
        .trim_start_matches('.');
    let span = match document.root.get("kind") {
        Some(_) => document.locate(field),
        None => document.root.span,
    };
    Diagnostic::new(Severity::Error, "schema/list-item", message)
        .at_field(field)
        .at(Some(span))
        .explain(text! {
            en: "kubectl checks the items of a `List` by itself, before the server sees any of them; one mistake stops them all.",
            ko: "kubectl은 `List`의 항목을 서버에 보내기 전에 직접 검사합니다. 하나라도 틀리면 전부 적용되지 않습니다.",
        })
}

#[cfg(test)]
mod tests {
    use super::super::testing::examine;

    #[test]
    fn a_key_in_another_spelling_is_mended() {
        let rest = "kind: Service\nmetadata:\n  name: web\n";
        let (found, edited) = examine(&format!("apiversion: v1\n{rest}"));
        assert_eq!(found[0].code, "manifest/not-set");
        assert_eq!(edited, Some(format!("apiVersion: v1\n{rest}")));
    }

    #[test]
    fn what_is_no_object_is_told_so() {
        let (found, _) = examine("- a\n- b\n");
        assert_eq!(found[0].code, "manifest/no-object");
    }

    #[test]
    fn items_of_a_list_are_shown_where_they_break_their_schema() {
        let (found, _) = examine(
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: x}]}}\n",
        );
        assert_eq!(
            (found[0].code, &*found[0].field),
            ("schema/list-item", "spec.ports[0].port")
        );
    }
}
