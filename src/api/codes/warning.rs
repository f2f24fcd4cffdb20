//! What is taken, but warned of: by the server with `Warning: …`, or by `kubectl` before it patches.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use super::{Code, heading, joined};
use crate::diag::{Diagnostic, Severity};
use crate::manifest::Document;
use crate::text::text;

/// One warning; printed as what stands behind `Warning: `. Fields are paths as the server writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "values are printed with the words that say what they are")]
pub enum Warning {
    /// Endpoints at all.
    EndpointsDeprecated,
    /// The class of an Ingress in an annotation.
    IngressClassAnnotation,
    /// An annotation by its older name.
    HintsAnnotation,
    /// Affinity of a Service that has no address.
    AffinityOfHeadless,
    /// External IPs of a Service that is only a name.
    ExternalIpsOfExternalName,
    /// External IPs at all.
    ExternalIpsDeprecated,
    /// A name of a Service that is more than that.
    ExternalNameIgnored,
    /// A slice of names.
    FqdnDeprecated,
    /// An address with leading zeros, or of IPv4 written as IPv6.
    LooseAddress {
        field: String,
        address: String,
        means: IpAddr,
    },
    /// An IPv6 address that is not in its shortest form.
    LongAddress {
        field: String,
        address: String,
        canonical: IpAddr,
    },
    /// The name of a pod that is no DNS label; `used` says for what it is used.
    PodName { used: &'static str, problems: Vec<Code> },
    /// A label of nodes by its older name.
    OldNodeLabel {
        list: String,
        label: &'static str,
        since: &'static str,
        instead: &'static str,
    },
    /// A variable of a name that was there before.
    VariableHidden { field: String, name: String },
    /// A port that was there before, at `first`.
    PortTwice { field: String, first: String },
    /// kubectl: nobody applied this object before.
    NotApplied { resource: String },
    /// kubectl: the object is on its way out.
    BeingDeleted { name: String },
}

const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndpointsDeprecated => {
                f.write_str("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
            }
            Self::IngressClassAnnotation => write!(
                f,
                "annotation \"{CLASS_ANNOTATION}\" is deprecated, please use 'spec.ingressClassName' instead"
            ),
            Self::HintsAnnotation => f.write_str(
                "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead",
            ),
            Self::AffinityOfHeadless => f.write_str("spec.SessionAffinity is ignored for headless services"),
            Self::ExternalIpsOfExternalName => {
                f.write_str("spec.externalIPs is ignored when spec.type is \"ExternalName\"")
            }
            Self::ExternalIpsDeprecated => {
                f.write_str("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
            }
            Self::ExternalNameIgnored => {
                f.write_str("spec.externalName is ignored when spec.type is not \"ExternalName\"")
            }
            Self::FqdnDeprecated => f.write_str("spec.addressType: FQDN endpoints are deprecated"),
            Self::LooseAddress { field, address, means } => write!(
                f,
                "{field}: non-standard IP address \"{address}\" will be considered invalid in a future Kubernetes release: use \"{means}\""
            ),
            Self::LongAddress {
                field,
                address,
                canonical,
            } => write!(
                f,
                "{field}: IPv6 address \"{address}\" should be in RFC 5952 canonical format (\"{canonical}\")"
            ),
            Self::PodName { used, problems } => write!(
                f,
                "metadata.name: {used}, which can result in surprising behavior; a DNS label is recommended: [{}]",
                joined(problems, " ")
            ),
            Self::OldNodeLabel {
                list,
                label,
                since,
                instead,
            } => write!(f, "{list}[{label}]: deprecated since {since}; use \"{instead}\" instead"),
            Self::VariableHidden { field, name } => write!(
                f,
                "{field}: hides previous definition of \"{name}\", which may be dropped when using apply"
            ),
            Self::PortTwice { field, first } => write!(f, "{field}: duplicate port definition with {first}"),
            Self::NotApplied { resource } => write!(
                f,
                "resource {resource} is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically."
            ),
            Self::BeingDeleted { name } => {
                write!(f, "Detected changes to resource {name} which is currently being deleted.")
            }
        }
    }
}

impl Warning {
    /// The field it is about; empty where it is about the whole object.
    fn field(&self) -> Cow<'_, str> {
        match self {
            Self::EndpointsDeprecated => "apiVersion".into(),
            Self::IngressClassAnnotation => format!("metadata.annotations[{CLASS_ANNOTATION}]").into(),
            Self::AffinityOfHeadless => "spec.SessionAffinity".into(),
            Self::ExternalIpsOfExternalName | Self::ExternalIpsDeprecated => "spec.externalIPs".into(),
            Self::ExternalNameIgnored => "spec.externalName".into(),
            Self::FqdnDeprecated => "spec.addressType".into(),
            Self::PodName { .. } => "metadata.name".into(),
            Self::OldNodeLabel { list, label, .. } => format!("{list}[{label}]").into(),
            Self::LooseAddress { field, .. }
            | Self::LongAddress { field, .. }
            | Self::VariableHidden { field, .. }
            | Self::PortTwice { field, .. } => field.into(),
            Self::HintsAnnotation | Self::NotApplied { .. } | Self::BeingDeleted { .. } => "".into(),
        }
    }

    pub(super) fn explain(&self, document: &Document) -> Diagnostic {
        let field = self.field();
        let span = if field.is_empty() {
            heading(document)
        } else {
            document.locate(&field)
        };
        let mut found = Diagnostic::new(Severity::Warning, "server/warning", self.to_string())
            .at_field(field)
            .at(Some(span));
        found.explain = match self {
            Self::EndpointsDeprecated => Some(text! {
                en: "EndpointSlices took the place of Endpoints; kube-proxy reads only slices. Endpoints are copied into slices for now.",
                ko: "EndpointSlice가 Endpoints를 대신합니다. kube-proxy는 슬라이스만 읽으며, Endpoints는 당분간 슬라이스로 복사됩니다.",
            }),
            Self::IngressClassAnnotation => Some(text! {
                en: "The annotation still works with many controllers, but `spec.ingressClassName` is what the API checks and completes.",
                ko: "이 어노테이션은 아직 많은 컨트롤러에서 동작하지만, API가 확인하고 채워 주는 필드는 `spec.ingressClassName`입니다.",
            }),
            _ => None,
        };
        found
    }
}

#[cfg(test)]
mod tests {
    use super::super::explain_warnings;
    use super::*;
    use crate::manifest::parse;
    use crate::text::FileId;

    #[test]
    fn warnings_stand_at_their_fields() {
        let text = "apiVersion: v1\nkind: Service\nspec:\n  externalIPs: [x]\n";
        let parsed = parse(FileId(0), text);
        let warning = Warning::ExternalIpsOfExternalName;
        assert_eq!(
            warning.to_string(),
            "spec.externalIPs is ignored when spec.type is \"ExternalName\""
        );
        let found = explain_warnings(&[warning], &parsed.documents[0]);
        assert_eq!(found[0].field, "spec.externalIPs");
        let span = found[0].span.expect("a place");
        assert_eq!(&text[span.start as usize..span.end as usize], "externalIPs: [x]");
    }
}
