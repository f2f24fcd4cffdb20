//! What can be wrong with an object: every rule as a code with its values, the real program's words for it, why the
//! rule is there, and what to try.
//!
//! One file per family, each with codes, words, explanations, edits and tests together:
//!
//! - rules for fields ([`Code`]): `general`, `meta`, `name`, `port`, `address`, `service`, `pod`, `workload`,
//!   `ingress`, `endpoints`, `policy`, `data`, `other`, `custom`, `gateway`;
//! - what cannot be read: `unknown_field`, `wrong_type`, `unknown_kind`;
//! - what the API server says to a whole object: `server`; what `kubectl` finds out by itself: `client`;
//! - what is taken, but warned of: `warning`.
//!
//! Whoever finds a mistake (`validate`, `decode`, `read`, `cluster`) names its code. Words are rendered from codes
//! and never read again. Not here: when a rule is broken.

use std::borrow::Cow;
use std::fmt;

use field::{ErrorType, FieldError};
use refusal::Refusal;

use crate::diag::{Diagnostic, Severity};
use crate::manifest::{Document, Node};
use crate::text::{Localized, Span, text};

/// Codes of one family: a row is `Name { values }: Kind "words" => "id" { why }`.
///
/// The words are the API server's, a format string over the values. Without an id the finding goes by
/// `server/invalid`; without a why it stands unexplained.
macro_rules! codes {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$doc:meta])*
                $code:ident $({ $($(#[$field_doc:meta])* $field:ident: $ty:ty),* $(,)? })?:
                    $kind:ident $words:literal $(=> $id:literal $({ $($why:tt)* })?)?,
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $code $({ $($(#[$field_doc])* $field: $ty),* })?,)*
        }

        impl $name {
            pub(super) fn rule(&self) -> &'static $crate::api::codes::Rule {
                match self {
                    $(Self::$code $({ $($field: _),* })? => const {
                        &$crate::api::codes::Rule {
                            kind: $crate::api::codes::field::ErrorType::$kind,
                            id: codes!(@id $($id)?),
                            why: codes!(@why $($($($why)*)?)?),
                        }
                    },)*
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self {
                    $(Self::$code $({ $($field),* })? => write!(f, $words),)*
                }
            }
        }
    };
    (@id) => { "server/invalid" };
    (@id $id:literal) => { $id };
    (@why) => { None };
    (@why $($why:tt)+) => { Some($crate::text::Localized { $($why)+ }) };
}

/// The families, and a [`Code`] that is one of theirs.
macro_rules! families {
    ($($(#[$doc:meta])* $module:ident: $family:ident($ty:ident);)*) => {
        $(mod $module; pub use $module::$ty;)*

        /// Which rule for fields is broken, with its values; printed in the API server's words.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $family($ty),)*
            /// Several rules about one value, said in one breath.
            Several(Vec<Code>),
        }

        $(impl From<$ty> for Code {
            fn from(code: $ty) -> Self {
                Self::$family(code)
            }
        })*

        impl Code {
            fn rule(&self) -> &'static Rule {
                match self {
                    $(Self::$family(code) => code.rule(),)*
                    // The first says enough.
                    Self::Several(codes) => codes.first().map_or(GeneralCode::Required.rule(), Self::rule),
                }
            }
        }

        impl fmt::Display for Code {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$family(code) => code.fmt(f),)*
                    Self::Several(codes) => f.write_str(&joined(codes, ",")),
                }
            }
        }
    };
}

families! {
    /// Rules that any field can break.
    general: General(GeneralCode);
    /// Metadata and label selectors.
    meta: Meta(MetaCode);
    /// Names, labels, keys.
    name: Name(NameCode);
    /// Numbers and names of ports.
    port: Port(PortCode);
    /// Addresses and ranges of addresses.
    address: Address(AddressCode);
    /// Services.
    service: Service(ServiceCode);
    /// Pods and pod templates.
    pod: Pod(PodCode);
    /// Deployments, ReplicaSets, StatefulSets.
    workload: Workload(WorkloadCode);
    /// Ingresses and IngressClasses.
    ingress: Ingress(IngressCode);
    /// Endpoints and EndpointSlices.
    endpoints: Endpoints(EndpointsCode);
    /// NetworkPolicies.
    policy: Policy(PolicyCode);
    /// Secrets and ConfigMaps.
    data: Data(DataCode);
    /// Kinds that have no part in traffic.
    other: Other(OtherCode);
    /// Schemas of kinds that definitions add.
    custom: Custom(CustomCode);
    /// The Gateway API.
    gateway: Gateway(GatewayCode);
}

mod client;
pub mod field;
pub mod refusal;
mod server;
pub mod similar;
mod unknown_field;
mod unknown_kind;
mod warning;
mod wrong_type;

pub use client::{ClientError, Problem, SchemaProblem};
pub use general::Supported;
pub use server::{BadPatch, BadRequest, Forbidden, Internal, NotFound, ResourceName, Undecodable, Unpatchable};
pub use unknown_field::UnknownFields;
pub use warning::Warning;
pub use wrong_type::{SentValue, TypeProblem, WrongType};

/// What holds of a code whatever its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Rule {
    /// What kind of mistake it is.
    kind: ErrorType,
    /// [`Diagnostic::code`] of its finding.
    id: &'static str,
    /// What the rule is for.
    why: Option<Localized<&'static str>>,
}

impl Code {
    /// What kind of mistake it is.
    #[must_use]
    pub fn kind(&self) -> ErrorType {
        self.rule().kind
    }

    /// A stable name, such as `service/node-port-range`; several codes may share one.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.rule().id
    }

    /// Adds what depends on values or on what was written.
    fn hint(&self, place: &Place<'_>, found: Diagnostic) -> Diagnostic {
        match self {
            Self::General(code) => code.hint(place, found),
            Self::Name(code) => code.hint(place, found),
            Self::Port(code) => code.hint(place, found),
            Self::Service(code) => code.hint(place, found),
            Self::Workload(code) => code.hint(place, found),
            Self::Ingress(code) => code.hint(place, found),
            Self::Several(codes) => match codes.first() {
                Some(code) => code.hint(place, found),
                None => found,
            },
            Self::Meta(_)
            | Self::Address(_)
            | Self::Pod(_)
            | Self::Endpoints(_)
            | Self::Policy(_)
            | Self::Data(_)
            | Self::Other(_)
            | Self::Custom(_)
            | Self::Gateway(_) => found,
        }
    }
}

/// Words of several codes with something between them.
pub(super) fn joined(codes: &[Code], between: &str) -> String {
    let words: Vec<String> = codes.iter().map(ToString::to_string).collect();
    words.join(between)
}

/// Where a finding stands.
struct Place<'a> {
    document: &'a Document,
    /// The path under which the field stands in the text.
    field: &'a str,
}

impl<'a> Place<'a> {
    /// What was written there, or the innermost node around it.
    fn node(&self) -> &'a Node {
        self.document.root.locate(self.field).1
    }
}

/// Finds a value of a wrong type in what was written: whoever reads documents knows that, not a code.
pub type WrongTypeWritten<'a> = &'a dyn Fn(&Document) -> Option<WrongType>;

/// A refusal as findings at their places in the text; one for each error of a field, in their order. `wrong` is
/// asked where the server found a wrong type in another tree than what was written.
#[must_use]
pub fn explain(refusal: &Refusal, document: &Document, wrong: WrongTypeWritten<'_>) -> Vec<Diagnostic> {
    match refusal {
        Refusal::Invalid(errors) => errors.iter().map(|error| field_error(error, document)).collect(),
        Refusal::BadRequest(error) => error.explain(document, wrong),
        Refusal::BadPatch(error) => error.explain(document, wrong),
        Refusal::Client(error) => vec![error.explain(document)],
        Refusal::NotFound(error) => vec![error.explain(document)],
        Refusal::Forbidden(error) => vec![error.explain(document)],
        Refusal::Internal(error) => vec![error.explain(document)],
        Refusal::Conflict(_) => vec![
            Diagnostic::new(Severity::Error, "server/conflict", refusal.message("", "", ""))
                .at_field("metadata.resourceVersion")
                .at(Some(document.locate("metadata.resourceVersion")))
                .explain(text! {
                    en: "`resourceVersion` names the state that the change was made for; the object has changed since. Leave it out of manifests.",
                    ko: "`resourceVersion`은 변경의 기준이 된 상태를 가리키는데, 그 사이 오브젝트가 바뀌었습니다. 매니페스트에는 쓰지 마세요.",
                }),
        ],
        Refusal::AlreadyExists(_) => vec![
            whole("server/already-exists", refusal.message("", "", ""), document).explain(text! {
                en: "`create` makes only new objects; `apply` changes those that exist.",
                ko: "`create`는 새 오브젝트만 만듭니다. 이미 있는 오브젝트는 `apply`로 바꿉니다.",
            }),
        ],
    }
}

/// Warnings as findings at their places in the text.
#[must_use]
pub fn explain_warnings(warnings: &[Warning], document: &Document) -> Vec<Diagnostic> {
    warnings.iter().map(|warning| warning.explain(document)).collect()
}

/// A finding about one field.
fn field_error(error: &FieldError, document: &Document) -> Diagnostic {
    let field = written_field(document, &error.field);
    let rule = error.code.rule();
    let mut found = Diagnostic::new(Severity::Error, rule.id, error.to_string())
        .at_field(&*error.field)
        .at(Some(document.locate(&field)));
    found.explain = rule.why.map(|why| why.map(Cow::Borrowed));
    let place = Place {
        document,
        field: &field,
    };
    let mut found = error.code.hint(&place, found);
    // A sentence at least about the kind of mistake.
    found.explain.get_or_insert_with(|| rule.kind.why().map(Cow::Borrowed));
    found
}

/// The path under which a field stands in the text: errors name `clusterIPs[0]` where `clusterIP` was written, and
/// labels without their key.
fn written_field(document: &Document, field: &str) -> String {
    let there = |field: &str| document.root.locate(field).0;
    if let Some(rest) = field.strip_prefix("spec.LoadBalancerSourceRanges") {
        return format!("spec.loadBalancerSourceRanges{rest}");
    }
    if field.starts_with("spec.clusterIPs") && there("spec.clusterIPs") == there("spec") {
        return "spec.clusterIP".to_owned();
    }
    if let Some(annotation) = field.strip_prefix("annotations.") {
        return format!("metadata.annotations[{annotation}]");
    }
    field.to_owned()
}

/// A finding about the whole object, shown at its kind.
fn whole(id: &'static str, message: impl Into<String>, document: &Document) -> Diagnostic {
    Diagnostic::new(Severity::Error, id, message).at(Some(heading(document)))
}

/// `apiVersion:` and `kind:` as written; empty where they are not.
fn heads(document: &Document) -> (&str, &str) {
    let written = |key: &str| document.root.get(key).and_then(Node::as_str).unwrap_or_default();
    (written("apiVersion"), written("kind"))
}

/// Where findings about a whole document stand: at its `kind:`.
fn heading(document: &Document) -> Span {
    match document.root.entry("kind") {
        Some(entry) => entry.key_span.to(entry.value.span),
        None => {
            let span = document.root.span;
            Span::new(span.file, span.start, span.end.min(span.start + 1))
        }
    }
}

#[cfg(test)]
mod testing {
    use super::*;
    use crate::api;
    use crate::manifest::parse;
    use crate::text::FileId;

    /// What a manifest draws when nothing else is in the cluster; the text after the first edit, too.
    pub(super) fn examine(text: &str) -> (Vec<Diagnostic>, Option<String>) {
        let parsed = parse(FileId(0), text);
        let document = parsed.documents.first().expect("one document");
        let refused = match api::read(document, "web.yaml") {
            Err(refusal) => Some(refusal),
            Ok(sent) => match api::decode(&sent.info, &sent.value) {
                Err(refusal) => Some(refusal),
                Ok(mut value) => {
                    api::default_object(sent.kind, &mut value);
                    let errors = api::validate_create(sent.kind, &value);
                    (!errors.is_empty()).then_some(Refusal::Invalid(errors))
                }
            },
        };
        let found = refused.map_or_else(Vec::new, |refused| api::explain(&refused, document));
        let edit = found.iter().flat_map(|it| &it.hints).find_map(|hint| hint.edit.clone());
        let edited =
            edit.map(|(span, new)| format!("{}{new}{}", &text[..span.start as usize], &text[span.end as usize..]));
        (found, edited)
    }

    /// Codes of findings and what they say of why, in English.
    pub(super) fn whys(text: &str) -> Vec<(&'static str, String)> {
        let why = |found: &Diagnostic| {
            found
                .explain
                .clone()
                .map_or_else(String::new, |why| why.en.into_owned())
        };
        examine(text).0.iter().map(|it| (it.code, why(it))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::examine;
    use super::*;
    use crate::manifest::parse;
    use crate::text::FileId;

    #[test]
    fn findings_stand_where_the_field_was_written() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  clusterIP: banana\n  ports:\n  - port: 80\n";
        let parsed = parse(FileId(0), text);
        let document = &parsed.documents[0];
        assert_eq!(written_field(document, "spec.clusterIPs[0]"), "spec.clusterIP");
        assert_eq!(
            written_field(document, "spec.LoadBalancerSourceRanges[0]"),
            "spec.loadBalancerSourceRanges[0]"
        );
    }

    #[test]
    fn every_field_error_of_a_bad_service_is_explained() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: Web_1\nspec:\n  type: Nodeport\n  ports:\n  - port: 0\n    protocol: tcp\n";
        let (found, _) = examine(text);
        assert_eq!(found.len(), 5);
        for finding in found {
            assert!(finding.explain.is_some(), "{}", finding.message);
            assert!(finding.span.is_some());
        }
    }

    #[test]
    fn several_codes_are_said_in_one_breath_and_explained_by_the_first() {
        let several = Code::Several(vec![NameCode::LabelTooLong.into(), NameCode::LabelDots.into()]);
        assert_eq!(
            several.to_string(),
            "must be no more than 63 characters,must not contain dots"
        );
        assert_eq!((several.kind(), several.id()), (ErrorType::Invalid, "name/length"));
    }
}
