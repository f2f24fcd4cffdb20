//! Services: types, ports, policies, and what allocation says to wishes.

use super::general::IMMUTABLE;
use super::Place;
use crate::api::IpFamily;
use crate::diag::Diagnostic;
use crate::text::{Localized, text};

const ADDRESS_FIXED: Localized<&str> = Localized {
    en: "Clients and kube-proxy on every node rely on this address, so it stays as long as the Service does. Delete the Service to change it.",
    ko: "클라이언트와 모든 노드의 kube-proxy가 이 주소를 쓰므로 Service가 있는 동안 바뀌지 않습니다. 바꾸려면 Service를 지우고 다시 만드세요.",
};
const FAMILY_MISSING: Localized<&str> = Localized {
    en: "The cluster has no Service range of this IP family.",
    ko: "이 클러스터에는 해당 IP 패밀리의 Service 범위가 없습니다.",
};
codes! {
    /// Rules of Services.
    pub enum ServiceCode {
        /// No port, although it has an address.
        NoPorts: Required "" => "service/ports" {
            en: "A Service with an address needs at least one port; only headless and ExternalName Services do without.",
            ko: "주소가 있는 Service에는 포트가 하나 이상 필요합니다. 헤드리스와 ExternalName Service만 예외입니다.",
        },
        /// One of several ports has no name (in Endpoints too).
        PortNameMissing: Required "" => "service/port-name" {
            en: "With several ports each needs a name, so that endpoints can be told apart.",
            ko: "포트가 여러 개면 엔드포인트를 구분할 수 있도록 각각 이름이 필요합니다.",
        },
        /// Two ports have the same number and protocol.
        PortTwice: Duplicate "" => "service/port-twice" {
            en: "A port of an address and a protocol can have one target only.",
            ko: "한 주소에서 같은 프로토콜의 같은 포트는 한 곳으로만 연결될 수 있습니다.",
        },
        /// Two ports have the same node port and protocol.
        NodePortTwice: Duplicate "" => "service/node-port-twice" {
            en: "Two ports of the Service have the same nodePort with the same protocol, but a nodePort can belong to only one of them.",
            ko: "이 Service의 두 포트가 같은 프로토콜로 같은 nodePort를 요구합니다. nodePort는 그중 하나로만 연결될 수 있습니다.",
        },
        /// A node port where the type has none.
        NodePortType: Forbidden "may not be used when `type` is 'ClusterIP'" => "service/node-port-type" {
            en: "Node ports belong to the types NodePort and LoadBalancer. Set `type: NodePort`, or take `nodePort` away.",
            ko: "nodePort는 NodePort와 LoadBalancer 타입에만 있습니다. `type: NodePort`로 바꾸거나 `nodePort`를 지우세요.",
        },
        /// A node port that is not in the cluster's range.
        NodePortRange {
            /// The lowest that may be had.
            first: u16,
            /// The highest.
            last: u16
        }: Invalid "provided port is not in the valid range. The range of valid ports is {first}-{last}" => "service/node-port-range" {
            en: "Node ports open on every node, so they come from a range of their own that nothing else on a node uses. Leave the field out to get one.",
            ko: "nodePort는 모든 노드에서 열리므로 노드의 다른 프로그램이 쓰지 않는 별도의 범위에서 고릅니다. 필드를 생략하면 자동으로 배정됩니다.",
        },
        /// A node port that somebody has.
        NodePortTaken: Invalid "provided port is already allocated" => "service/node-port-taken" {
            en: "A nodePort can belong to one Service only, and another one has this number. Use another number, or leave the field out to get a free one.",
            ko: "`nodePort` 번호는 Service끼리 겹칠 수 없는데 다른 Service가 이 번호를 쓰고 있습니다. 다른 번호를 쓰거나 생략해서 자동으로 배정받으세요.",
        },
        /// A cluster IP that is not in the cluster's range.
        ClusterIpRange {
            /// As written.
            address: String
        }: Invalid "failed to allocate IP {address}: the provided network does not match the current range" => "service/cluster-ip-range" {
            en: "Cluster IPs come from the cluster's Service range, apart from nodes and pods. Leave `clusterIP` out to get one.",
            ko: "ClusterIP는 노드나 Pod와 겹치지 않는 Service 전용 범위에서 나옵니다. `clusterIP`를 생략하면 자동으로 배정됩니다.",
        },
        /// A cluster IP that another Service has.
        ClusterIpTaken {
            /// As written.
            address: String
        }: Invalid "failed to allocate IP {address}: provided IP is already allocated" => "service/cluster-ip-taken" {
            en: "Another Service has this cluster IP. Leave `clusterIP` out to get a free one.",
            ko: "다른 Service가 이 ClusterIP를 쓰고 있습니다. `clusterIP`를 생략하면 빈 주소가 배정됩니다.",
        },
        /// A wished cluster IP of a Service without a name, to which it could belong.
        ClusterIpNameless {
            /// As written.
            address: String
        }: Invalid "failed to allocate IP {address}: IPAddress.networking.k8s.io {address:?} is invalid: spec.parentRef.name: Required value",
        /// Any cluster IP of a Service without a name, to which it could belong.
        AnyClusterIpNameless {
            /// The free one that it would have been; empty if there was none.
            address: String
        }: Invalid "failed to allocate IP: IPAddress.networking.k8s.io {address:?} is invalid: spec.parentRef.name: Required value",
        /// `clusterIPs` without `clusterIP`.
        ClusterIpMissing: Invalid "must be empty when `clusterIP` is not specified" => "service/cluster-ips" {
            en: "`clusterIP` and the first of `clusterIPs` are the same address; write both or neither.",
            ko: "`clusterIP`와 `clusterIPs`의 첫 값은 같은 주소입니다. 둘 다 쓰거나 둘 다 생략하세요.",
        },
        /// `clusterIP` is not the first of `clusterIPs`.
        ClusterIpDiffers: Invalid "first value must match `clusterIP`" => "service/cluster-ips" {
            en: "`clusterIP` and the first of `clusterIPs` are the same address; writing one of them is enough.",
            ko: "`clusterIP`와 `clusterIPs`의 첫 값은 같은 주소입니다. 하나만 쓰면 됩니다.",
        },
        /// `None` beside an address.
        NoneBesideOthers: Invalid "'None' must be the first and only value",
        /// Three addresses or more.
        TooManyClusterIps: Invalid "may only hold up to 2 values",
        /// Two addresses of one family.
        FamilyTwice: Invalid "may specify no more than one IP for each IP family",
        /// An address of another family than `ipFamilies` has at its place.
        FamilyDiffers {
            /// The family that stands there.
            family: String,
            /// The place.
            index: usize
        }: Invalid "expected an {family} value as indicated by `ipFamilies[{index}]`" => "service/family" {
            en: "Addresses and `ipFamilies` go in pairs: the first address has the first family.",
            ko: "주소와 `ipFamilies`는 짝을 이룹니다. 첫 주소는 첫 번째 패밀리여야 합니다.",
        },
        /// An address of a family that the cluster has no range of.
        FamilyOfAddressMissing {
            /// The family.
            family: IpFamily
        }: Invalid "{family} is not configured on this cluster" => "service/family" { ..FAMILY_MISSING },
        /// A family that the cluster has no range of.
        FamilyMissing: Invalid "not configured on this cluster" => "service/family" { ..FAMILY_MISSING },
        /// Two families are required of a cluster that has one.
        NoDualStack: Invalid "this cluster is not configured for dual-stack services" => "service/dual-stack" {
            en: "Two addresses need a cluster with an IPv4 and an IPv6 range. `PreferDualStack` takes what there is.",
            ko: "주소 두 개를 받으려면 클러스터에 IPv4와 IPv6 범위가 모두 있어야 합니다. `PreferDualStack`은 있는 만큼만 받습니다.",
        },
        /// Two addresses of a Service that wants one.
        ClusterIpsOfOneStack: Invalid "must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified",
        /// Two families of a Service that wants one.
        FamiliesOfOneStack: Invalid "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified",
        /// The second address is gone, but the policy still wants two.
        SecondClusterIpReleased: Invalid "must be 'SingleStack' to release the secondary cluster IP",
        /// The second family is gone, but the policy still wants two.
        SecondFamilyReleased: Invalid "must be 'SingleStack' to release the secondary IP family",
        /// The first address is gone.
        ClusterIpUnset: Invalid "primary clusterIP can not be unset",
        /// The first family is gone.
        FamilyUnset: Invalid "primary ipFamily can not be unset",
        /// An address changed.
        ClusterIpFixed: Invalid "may not change once set" => "service/cluster-ip-fixed" { ..ADDRESS_FIXED },
        /// A family changed, and its address with it.
        FamilyFixed: Invalid "may not change once set" => "service/cluster-ip-fixed" { ..ADDRESS_FIXED },
        /// Headless, but of a type that needs an address.
        HeadlessType {
            /// The type.
            of: String
        }: Invalid "may not be set to 'None' for {of} services" => "service/headless-type" {
            en: "A headless Service has no address of its own, so a nodePort or a load balancer has no target.",
            ko: "헤드리스 Service는 자기 주소가 없으므로 nodePort나 로드 밸런서로 연결할 수 없습니다.",
        },
        /// An ExternalName Service with an address or a family.
        NotForExternalName: Forbidden "may not be set for ExternalName services" => "service/external-name" {
            en: "An ExternalName Service is only a DNS alias: it has no address and no family.",
            ko: "ExternalName Service는 DNS 별칭일 뿐이므로 주소도 IP 패밀리도 없습니다.",
        },
        /// An ExternalName Service without a name.
        ExternalNameMissing: Required "" => "service/external-name" {
            en: "An ExternalName Service is a DNS alias; `externalName` says for what.",
            ko: "ExternalName Service는 DNS 별칭입니다. `externalName`에 가리킬 이름을 쓰세요.",
        },
        /// A field of load balancers where the type is another.
        OnlyForLoadBalancer: Forbidden "may only be used when `type` is 'LoadBalancer'" => "service/load-balancer-only" {
            en: "This field configures the load balancer, and only the type LoadBalancer has one.",
            ko: "로드 밸런서에 관한 필드이므로 LoadBalancer 타입에만 쓸 수 있습니다.",
        },
        /// A policy for traffic from outside that cannot come.
        ExternalPolicy: Invalid "may only be set for externally-accessible services" => "service/external-policy" {
            en: "`externalTrafficPolicy` is about traffic from outside. This Service takes none: it has no node port, load balancer or external IP.",
            ko: "`externalTrafficPolicy`는 외부에서 들어오는 트래픽에 관한 설정입니다. 이 Service에는 nodePort, 로드 밸런서, 외부 IP가 없습니다.",
        },
        /// A health port that nobody asks.
        HealthPortUnused: Invalid "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'" => "service/health-port" {
            en: "The health port tells a load balancer which nodes have local endpoints; only `externalTrafficPolicy: Local` needs that.",
            ko: "헬스 체크 포트는 로컬 엔드포인트가 있는 노드를 로드 밸런서에 알려 줍니다. `externalTrafficPolicy: Local`에만 필요합니다.",
        },
        /// The health port changed.
        HealthPortFixed: Forbidden "field is immutable" => "update/immutable" { ..IMMUTABLE },
        /// Clients are remembered for no time, or for over a day.
        AffinityTimeout: Invalid "must be greater than 0 and less than 86400" => "service/affinity-timeout" {
            en: "A client is remembered for at least a second and at most a day.",
            ko: "클라이언트를 기억하는 시간은 1초에서 하루(86400초)까지입니다.",
        },
        /// The older annotation for hints says something else than the newer one.
        HintsDiffer: Invalid "must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified",
    }
}

impl ServiceCode {
    pub(super) fn hint(&self, place: &Place<'_>, found: Diagnostic) -> Diagnostic {
        if *self != Self::NodePortType {
            return found;
        }
        match place.document.root.get("spec").and_then(|spec| spec.get("type")) {
            Some(kind) => found.fix(
                text! { en: "Set the type to NodePort", ko: "타입을 NodePort로 바꾸기" },
                kind.span,
                "NodePort",
            ),
            None => found.hint(text! {
                en: "Add `type: NodePort` to `spec`",
                ko: "`spec`에 `type: NodePort`를 추가하기",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::examine;
    use super::super::Internal;
    use crate::api::explain;
    use super::*;
    use crate::api::field::{FieldError, Path};
    use crate::api::refusal::Refusal;
    use crate::manifest::parse;
    use crate::text::FileId;

    #[test]
    fn a_node_port_without_its_type_is_mended() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: ClusterIP\n  ports:\n  - port: 80\n    nodePort: 30080\n";
        let (found, edited) = examine(text);
        assert_eq!(found[0].code, "service/node-port-type");
        assert!(edited.is_some_and(|it| it.contains("type: NodePort")));
    }

    #[test]
    fn allocation_failures_are_explained_at_their_field() {
        let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  clusterIP: 10.96.0.1\n";
        let parsed = parse(FileId(0), text);
        let root = Path::ROOT;
        let spec = root.field("spec");
        let taken = ServiceCode::ClusterIpTaken {
            address: "10.96.0.1".to_owned(),
        };
        let error = FieldError::new(&spec.field("clusterIPs"), "10.96.0.1", taken);
        assert_eq!(
            error.to_string(),
            "spec.clusterIPs: Invalid value: \"10.96.0.1\": failed to allocate IP 10.96.0.1: provided IP is already allocated"
        );
        let found = explain(&Refusal::Invalid(vec![error]), &parsed.documents[0]);
        assert_eq!(found[0].code, "service/cluster-ip-taken");
        let span = found[0].span.expect("a place");
        assert_eq!(&text[span.start as usize..span.end as usize], "clusterIP: 10.96.0.1");
        let internal = Refusal::Internal(Internal::NodePortTwice {
            protocol: "TCP".to_owned(),
            port: 30080,
        });
        assert!(explain(&internal, &parsed.documents[0])[0].explain.is_some());
    }
}
