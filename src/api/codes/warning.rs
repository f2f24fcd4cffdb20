//! What is taken, but warned of: by the server with `Warning: …`, or by `kubectl` before it patches.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

use super::{Code, heading, joined};
use crate::diag::{Diagnostic, Severity};
use crate::go::quote;
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
    /// The address of a load balancer at a Service that has no address.
    LoadBalancerIpOfHeadless,
    /// External IPs of a Service that has no address.
    ExternalIpsOfHeadless,
    /// A traffic distribution by its older name.
    PreferClose,
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
    /// A range of IPv6 addresses that is not in its shortest form.
    LongRange {
        field: String,
        range: String,
        canonical: IpNet,
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
    /// A label of nodes by its older name, where a key of labels stands.
    OldNodeLabelUsed {
        field: String,
        label: &'static str,
        since: &'static str,
        instead: &'static str,
    },
    /// A rule for one field that has no values.
    Said { field: String, words: &'static str },
    /// A selector that takes no pod because it is not there.
    SelectorMissing { field: String },
    /// A file where the token of the service account is.
    TokenHidden { field: String, path: String },
    /// An entry of a list by what names it, there before.
    ListedTwice {
        field: String,
        what: &'static str,
        value: String,
    },
    /// An amount of bytes with a fraction.
    PartOfByte { field: String, value: String },
    /// An address of the node without a port of the node; `port` as Go prints it.
    HostIpAlone { field: String, port: String },
    /// A variable of a name that was there before.
    VariableHidden { field: String, name: String },
    /// A port that was there before, at `first`.
    PortTwice { field: String, first: String },
    /// A port that is at `first` too, only one of them as a port of the node.
    PortOverlaps { field: String, first: String },
    /// A port of the node that is at `first` too, only one of them at a certain address.
    PortAmbiguous { field: String, first: String },
    /// The name of a port that another port has, at `first`.
    PortNameTwice { field: String, name: String, first: String },
    /// A field that no kind has, dropped.
    UnknownField { field: String },
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
            Self::LoadBalancerIpOfHeadless => f.write_str("spec.loadBalancerIP is ignored for headless services"),
            Self::ExternalIpsOfHeadless => f.write_str("spec.externalIPs is ignored for headless services"),
            Self::PreferClose => {
                f.write_str("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"")
            }
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
            Self::LongRange {
                field,
                range,
                canonical,
            } => write!(
                f,
                "{field}: IPv6 CIDR value \"{range}\" should be in RFC 5952 canonical format (\"{canonical}\")"
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
            Self::OldNodeLabelUsed {
                field,
                label,
                since,
                instead,
            } => write!(f, "{field}: {label} is deprecated since {since}; use \"{instead}\" instead"),
            Self::Said { field, words } => write!(f, "{field}: {words}"),
            Self::SelectorMissing { field } => {
                write!(f, "{field}: a null labelSelector results in matching no pod")
            }
            Self::TokenHidden { field, path } => write!(
                f,
                "{field}: has duplicated path with ServiceAccountToken {}",
                quote(path)
            ),
            Self::ListedTwice { field, what, value } => write!(f, "{field}: duplicate {what} {}", quote(value)),
            Self::PartOfByte { field, value } => write!(
                f,
                "{field}: fractional byte value \"{value}\" is invalid, must be an integer"
            ),
            Self::HostIpAlone { field, port } => write!(f, "{field}: hostIP set without hostPort: {port}"),
            Self::VariableHidden { field, name } => write!(
                f,
                "{field}: hides previous definition of \"{name}\", which may be dropped when using apply"
            ),
            Self::PortTwice { field, first } => write!(f, "{field}: duplicate port definition with {first}"),
            Self::PortOverlaps { field, first } => write!(f, "{field}: overlapping port definition with {first}"),
            Self::PortAmbiguous { field, first } => {
                write!(f, "{field}: dangerously ambiguous port definition with {first}")
            }
            Self::PortNameTwice { field, name, first } => write!(
                f,
                "{field}: duplicate port name {} with {first}, services and probes that select ports by name will use {first}",
                quote(name)
            ),
            Self::UnknownField { field } => write!(f, "unknown field {}", quote(field)),
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
            Self::LoadBalancerIpOfHeadless => "spec.loadBalancerIP".into(),
            Self::PreferClose => "spec.trafficDistribution".into(),
            Self::ExternalIpsOfExternalName | Self::ExternalIpsOfHeadless | Self::ExternalIpsDeprecated => {
                "spec.externalIPs".into()
            }
            Self::ExternalNameIgnored => "spec.externalName".into(),
            Self::FqdnDeprecated => "spec.addressType".into(),
            Self::PodName { .. } => "metadata.name".into(),
            Self::OldNodeLabel { list, label, .. } => format!("{list}[{label}]").into(),
            Self::LooseAddress { field, .. }
            | Self::LongAddress { field, .. }
            | Self::VariableHidden { field, .. }
            | Self::LongRange { field, .. }
            | Self::OldNodeLabelUsed { field, .. }
            | Self::Said { field, .. }
            | Self::SelectorMissing { field }
            | Self::TokenHidden { field, .. }
            | Self::ListedTwice { field, .. }
            | Self::PartOfByte { field, .. }
            | Self::HostIpAlone { field, .. }
            | Self::PortOverlaps { field, .. }
            | Self::PortAmbiguous { field, .. }
            | Self::PortNameTwice { field, .. }
            | Self::PortTwice { field, .. } => field.into(),
            Self::UnknownField { field } => field.into(),
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
                ko: "EndpointSlice가 Endpoints를 대신합니다. kube-proxy는 EndpointSlice만 읽으며, Endpoints는 당분간 EndpointSlice로 복사됩니다.",
            }),
            Self::IngressClassAnnotation => Some(text! {
                en: "The annotation still works with many controllers, but `spec.ingressClassName` is what the API checks and completes.",
                ko: "이 어노테이션은 아직 많은 컨트롤러에서 동작하지만, API가 확인하고 채워 주는 필드는 `spec.ingressClassName`입니다.",
            }),
            Self::LoadBalancerIpOfHeadless | Self::ExternalIpsOfHeadless | Self::AffinityOfHeadless => Some(text! {
                en: "A headless Service (`clusterIP: None`) has no virtual address: names lead straight to pods, and no rule of kube-proxy is there that could act on this field.",
                ko: "헤드리스 Service(`clusterIP: None`)에는 가상 주소가 없습니다. 이름이 곧바로 Pod 주소로 풀리고, 이 필드를 적용할 kube-proxy 규칙이 없습니다.",
            }),
            Self::PreferClose => Some(text! {
                en: "`PreferClose` means the same as `PreferSameZone`, which says what it does.",
                ko: "`PreferClose`는 `PreferSameZone`과 같은 뜻이며, 뜻이 분명한 새 이름을 씁니다.",
            }),
            Self::PortNameTwice { .. } => Some(text! {
                en: "A name of a port is looked up in the whole pod, and the first container that has it wins. Give each container's port a name of its own.",
                ko: "포트 이름은 Pod 전체에서 찾으며, 먼저 나온 컨테이너의 포트가 쓰입니다. 컨테이너마다 다른 포트 이름을 쓰세요.",
            }),
            Self::PortTwice { .. } => Some(text! {
                en: "All containers of a pod share one network: two cannot listen at the same port.",
                ko: "Pod의 컨테이너들은 네트워크를 함께 쓰므로, 두 컨테이너가 같은 포트에서 수신 대기할 수 없습니다.",
            }),
            Self::UnknownField { .. } => Some(text! {
                en: "The kind has no such field, so what it says is dropped. Without `--validate=warn` the object would be refused.",
                ko: "이 kind에는 그런 필드가 없어서 내용이 버려집니다. `--validate=warn`이 없으면 오브젝트가 거부됩니다.",
            }),
            Self::SelectorMissing { .. } => Some(text! {
                en: "Without a `labelSelector` this rule counts no pod, and so does nothing.",
                ko: "`labelSelector`가 없으면 이 규칙은 어떤 Pod도 세지 않아 아무 일도 하지 않습니다.",
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
