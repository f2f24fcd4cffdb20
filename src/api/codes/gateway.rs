//! Kinds of the Gateway API: the rules in their definitions that no type can say (`x-kubernetes-validations` of
//! `gateway-api config/crd/standard`).

use crate::text::Localized;

const LISTENERS: Localized<&str> = Localized {
    en: "A listener is told from others by port, protocol and hostname; routes name it by its own name.",
    ko: "리스너는 포트, 프로토콜, hostname으로 구분되고, route는 이름으로 리스너를 가리킵니다.",
};
const TLS: Localized<&str> = Localized {
    en: "`tls` says how TLS ends (HTTPS, TLS) or passes (TLS with mode Passthrough); other protocols have none.",
    ko: "`tls`는 TLS를 어디서 끝낼지(HTTPS, TLS) 또는 그대로 넘길지(TLS의 Passthrough 모드) 정하며, 다른 프로토콜에는 없습니다.",
};
const PATH: Localized<&str> = Localized {
    en: "Exact and PathPrefix are compared with a path as it comes in a request, after it was cleaned up.",
    ko: "Exact와 PathPrefix는 요청에 들어온, 정리된 경로와 비교됩니다.",
};
const FILTER: Localized<&str> = Localized {
    en: "A filter has a `type` and, beside it, the one field of that type.",
    ko: "filter에는 `type`과, 그 type에 맞는 필드 하나만 씁니다.",
};
const PARENTS: Localized<&str> = Localized {
    en: "Two references to one parent must tell which of its listeners each means.",
    ko: "같은 부모를 두 번 가리킬 때는 각각 어느 리스너인지 적어야 합니다.",
};
const PREFIX: Localized<&str> = Localized {
    en: "The prefix that is replaced is the one that matched, so there must be exactly one.",
    ko: "바꿀 접두사는 일치한 접두사이므로, PathPrefix 매치가 정확히 하나여야 합니다.",
};

codes! {
    /// Rules of the definitions of the Gateway API.
    pub enum GatewayCode {
        /// Rules stand unchecked because of other mistakes.
        Unchecked: Invalid "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation" => "gateway/unchecked" {
            en: "Mend the other mistakes first; the server looks at the rest then.",
            ko: "다른 잘못을 먼저 고치세요. 나머지 규칙은 그다음에 검사됩니다.",
        },
        /// A field that cannot change.
        Fixed: Invalid "Value is immutable" => "update/immutable" { ..super::general::IMMUTABLE },
        /// TLS where there is none.
        TlsNotAllowed: Invalid "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']" => "gateway/listener-tls" { ..TLS },
        /// HTTPS that does not end here.
        TlsNotTerminated: Invalid "tls mode must be Terminate for protocol HTTPS" => "gateway/listener-tls" { ..TLS },
        /// TLS of which nobody says what becomes of it.
        TlsModeMissing: Invalid "tls mode must be set for protocol TLS" => "gateway/listener-tls" { ..TLS },
        /// A hostname where no protocol carries one.
        HostnameNotAllowed: Invalid "hostname must not be specified for protocols ['TCP', 'UDP']" => "gateway/listener" {
            en: "Neither TCP nor UDP says which name the client meant.",
            ko: "TCP와 UDP에는 클라이언트가 어떤 이름을 찾았는지 담겨 있지 않습니다.",
        },
        /// Two listeners of one name.
        ListenerNames: Invalid "Listener name must be unique within the Gateway" => "gateway/listener" { ..LISTENERS },
        /// Two listeners that are the same.
        ListenersEqual: Invalid "Combination of port, protocol and hostname must be unique for each listener" => "gateway/listener" { ..LISTENERS },
        /// TLS ends without certificate.
        NoCertificate: Invalid "certificateRefs or options must be specified when mode is Terminate" => "gateway/listener-tls" {
            en: "Where TLS ends, a certificate must be shown: name its Secret in `certificateRefs`.",
            ko: "TLS를 끝내려면 보여 줄 인증서가 필요합니다. `certificateRefs`에 Secret을 적으세요.",
        },
        /// The same, where even the list is missing.
        NoCertificateKey: Invalid "no such key: certificateRefs evaluating rule: certificateRefs or options must be specified when mode is Terminate" => "gateway/listener-tls" {
            en: "Where TLS ends, a certificate must be shown: name its Secret in `certificateRefs`.",
            ko: "TLS를 끝내려면 보여 줄 인증서가 필요합니다. `certificateRefs`에 Secret을 적으세요.",
        },
        /// Two settings for one port.
        FrontendPorts: Invalid "Port for TLS configuration must be unique within the Gateway" => "gateway/frontend",
        /// An address twice.
        AddressesEqual {
            /// `IPAddress` or `Hostname`.
            kind: &'static str,
        }: Invalid "{kind} values must be unique" => "gateway/address",
        /// A hostname that is none, as an address.
        AddressHostname: Invalid "Hostname value must be empty or contain only valid characters (matching ^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)" => "gateway/address",
        /// An address that is none.
        AddressFormat {
            /// The field.
            field: String,
            /// `ipv4` or `ipv6`.
            format: &'static str,
            /// What was written.
            value: String,
        }: Invalid "{field} in body must be of type {format}: \"{value}\"" => "gateway/address" {
            en: "An address of type IPAddress is one IPv4 or IPv6 address, without a port.",
            ko: "IPAddress 유형의 주소는 포트 없는 IPv4 또는 IPv6 주소 하나입니다.",
        },
        /// An address of no form that is allowed.
        AddressAnyOf {
            /// The field.
            field: String,
        }: Invalid "{field} in body must validate one and only one schema (oneOf). Found none valid" => "gateway/address",
        /// Keys of labels or annotations.
        Keys {
            /// `Label` or `Annotation`.
            what: &'static str,
        }: Invalid "{what} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters." => "gateway/infrastructure",
        /// References to one parent, one without section.
        SectionMissing {
            /// `parentRefs` or `targetRefs`.
            list: &'static str,
            /// `parent` or `target`.
            what: &'static str,
        }: Invalid "sectionName must be specified when {list} includes 2 or more references to the same {what}" => "gateway/parents" { ..PARENTS },
        /// References to one section.
        SectionTwice {
            /// `parentRefs` or `targetRefs`.
            list: &'static str,
            /// `parent` or `target`.
            what: &'static str,
        }: Invalid "sectionName must be unique when {list} includes 2 or more references to the same {what}" => "gateway/parents" { ..PARENTS },
        /// Too many matches.
        TooManyMatches: Invalid "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128" => "gateway/matches",
        /// A redirect beside backends.
        RedirectWithBackends: Invalid "RequestRedirect filter must not be used together with backendRefs" => "gateway/redirect" {
            en: "A redirect is the answer; no backend is asked.",
            ko: "리다이렉트가 곧 답이므로 백엔드에는 묻지 않습니다.",
        },
        /// A prefix is replaced that did not match.
        PrefixMatch {
            /// `RequestRedirect` or `URLRewrite`.
            filter: &'static str,
        }: Invalid "When using {filter} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified" => "gateway/prefix" { ..PREFIX },
        /// The same in filters of backends.
        PrefixMatchWithin {
            /// `when using RequestRedirect` or `When using URLRewrite`.
            using: &'static str,
        }: Invalid "Within backendRefs, {using} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified" => "gateway/prefix" { ..PREFIX },
        /// Redirect and rewrite.
        RedirectAndRewrite: Invalid "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both" => "gateway/redirect" {
            en: "A redirect sends the client away, a rewrite changes what a backend gets; both together make no sense.",
            ko: "리다이렉트는 클라이언트를 돌려보내고, 재작성은 백엔드가 받을 요청을 바꿉니다. 함께 쓸 수 없습니다.",
        },
        /// A filter twice.
        FilterTwice {
            /// Its type.
            kind: &'static str,
        }: Invalid "{kind} filter cannot be repeated" => "gateway/filter",
        /// A field of another type of filter.
        FilterField {
            /// The field.
            field: &'static str,
            /// Its type.
            kind: &'static str,
        }: Invalid "filter.{field} must be nil if the filter.type is not {kind}" => "gateway/filter" { ..FILTER },
        /// The field of the type is missing.
        FilterWithoutField {
            /// The field.
            field: &'static str,
            /// Its type.
            kind: &'static str,
        }: Invalid "filter.{field} must be specified for {kind} filter.type" => "gateway/filter" { ..FILTER },
        /// A Service without port.
        NoPort: Invalid "Must have port for Service reference" => "gateway/backend-port" {
            en: "A Service may have several ports; `port` is the number of one, as the Service has it.",
            ko: "Service에는 포트가 여럿일 수 있습니다. `port`에 Service의 포트 번호를 적으세요.",
        },
        /// Two shares of a mirror.
        MirrorShares: Invalid "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter" => "gateway/mirror",
        /// More than everything.
        MirrorFraction: Invalid "numerator must be less than or equal to denominator" => "gateway/mirror",
        /// The path of the type is missing.
        PathModifierWithoutField {
            /// The field.
            field: &'static str,
            /// Its type.
            kind: &'static str,
        }: Invalid "{field} must be specified when type is set to '{kind}'" => "gateway/path-modifier",
        /// A path of another type.
        PathModifierField {
            /// The field.
            field: &'static str,
            /// Its type.
            kind: &'static str,
        }: Invalid "type must be '{kind}' when {field} is set" => "gateway/path-modifier",
        /// `*` beside origins.
        CorsOrigins: Invalid "AllowOrigins cannot contain '*' alongside other origins" => "gateway/cors",
        /// `*` beside others.
        CorsNames {
            /// `AllowMethods` or `AllowHeaders`.
            list: &'static str,
        }: Invalid "{list} cannot contain '*' alongside other methods" => "gateway/cors",
        /// One try that takes longer than all.
        Timeouts: Invalid "backendRequest timeout cannot be longer than request timeout" => "gateway/timeouts",
        /// A path that is not absolute.
        PathNotAbsolute: Invalid "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']" => "gateway/path" { ..PATH },
        /// A part that no cleaned path has.
        PathPart {
            /// Which.
            part: &'static str,
        }: Invalid "must not contain '{part}' when type one of ['Exact', 'PathPrefix']" => "gateway/path" { ..PATH },
        /// An end that no cleaned path has.
        PathEnd {
            /// Which.
            end: &'static str,
        }: Invalid "must not end with '{end}' when type one of ['Exact', 'PathPrefix']" => "gateway/path" { ..PATH },
        /// Signs that no path has.
        PathSigns: Invalid "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{{2}})+$) for types ['Exact', 'PathPrefix']" => "gateway/path" { ..PATH },
        /// A match for nothing.
        GrpcMethodEmpty: Invalid "One or both of 'service' or 'method' must be specified" => "gateway/grpc-method",
        /// A service that has no such name.
        GrpcService: Invalid "service must only contain valid characters (matching ^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$)" => "gateway/grpc-method",
        /// A method that has no such name.
        GrpcMethod: Invalid "method must only contain valid characters (matching ^[A-Za-z_][A-Za-z_0-9]*$)" => "gateway/grpc-method",
        /// An address as a name.
        HostnameIsAddress: Invalid "Hostnames cannot contain an IP" => "gateway/hostname",
        /// A name that is none.
        HostnameInvalid: Invalid "Hostnames must be valid based on RFC-1123" => "gateway/hostname",
        /// A wildcard in the middle.
        HostnameWildcard: Invalid "Wildcards on hostnames must be the first label, and the rest of hostname must be valid based on RFC-1123" => "gateway/hostname",
        /// Two kinds of trust.
        TwoCas: Invalid "must not contain both CACertificateRefs and WellKnownCACertificates" => "gateway/ca",
        /// No trust at all.
        NoCa: Invalid "must specify either CACertificateRefs or WellKnownCACertificates" => "gateway/ca" {
            en: "The Gateway needs a source of trust: a CA in a ConfigMap, or the system's own.",
            ko: "게이트웨이가 믿을 CA가 필요합니다. ConfigMap의 CA나 시스템 CA를 지정하세요.",
        },
        /// The name of the type is missing.
        AltNameMissing {
            /// `Hostname` or `URI`.
            kind: &'static str,
        }: Invalid "SubjectAltName element must contain {kind}, if Type is set to {kind}" => "gateway/alt-name",
        /// A name of another type.
        AltNameField {
            /// `Hostname` or `URI`.
            kind: &'static str,
        }: Invalid "SubjectAltName element must not contain {kind}, if Type is not set to {kind}" => "gateway/alt-name",
    }
}
