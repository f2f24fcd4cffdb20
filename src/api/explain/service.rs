//! What is particular to Services, Endpoints and Ingresses: allocation, types, policies, backends.

use super::{heading, similar::closest};
use crate::api::field::{ErrorType, FieldError};
use crate::api::kind::Kind;
use crate::diag::{Diagnostic, Severity};
use crate::manifest::Document;
use crate::text::text;

/// Explains an error about a Service or what stands beside it; gives the finding back untouched if it knows
/// nothing of it.
pub(super) fn explain(
    kind: Kind,
    error: &FieldError,
    field: &str,
    document: &Document,
    found: Diagnostic,
) -> Result<Diagnostic, Diagnostic> {
    let detail = error.detail.as_str();
    let rows: &[(&str, &'static str, &'static str, &'static str)] = match kind {
        Kind::Service => SERVICE,
        Kind::Ingress | Kind::IngressClass => INGRESS,
        Kind::Endpoints | Kind::EndpointSlice => ENDPOINTS,
        Kind::NetworkPolicy => POLICY,
        _ => &[],
    };
    if let Some((_, code, en, ko)) = rows.iter().find(|(part, ..)| detail.contains(part)) {
        let mut found = found.explain(text! { en: *en, ko: *ko });
        found.code = code;
        return Ok(hints(kind, error, field, document, found));
    }
    by_field(kind, error, found)
}

const SERVICE: &[(&str, &str, &str, &str)] = &[
    (
        "not in the valid range. The range of valid ports",
        "service/node-port-range",
        "Node ports open on every node, so they come from a range of their own that nothing else on a node uses. Leave the field out to get one.",
        "노드 포트는 모든 노드에서 열리므로 노드의 다른 프로그램이 쓰지 않는 별도의 범위에서 고릅니다. 필드를 생략하면 자동으로 배정됩니다.",
    ),
    (
        "provided port is already allocated",
        "service/node-port-taken",
        "A node port leads to one Service only; another one has this number. Take another, or leave the field out to get a free one.",
        "노드 포트 하나는 한 Service만 쓸 수 있는데, 다른 Service가 이 번호를 쓰고 있습니다. 다른 번호를 쓰거나 생략해서 자동으로 배정받으세요.",
    ),
    (
        "provided IP is already allocated",
        "service/cluster-ip-taken",
        "Another Service has this cluster IP. Leave `clusterIP` out to get a free one.",
        "다른 Service가 이 클러스터 IP를 쓰고 있습니다. `clusterIP`를 생략하면 빈 주소가 배정됩니다.",
    ),
    (
        "does not match the current range",
        "service/cluster-ip-range",
        "Cluster IPs come from the cluster's Service range, apart from nodes and pods. Leave `clusterIP` out to get one.",
        "클러스터 IP는 노드나 파드와 겹치지 않는 Service 전용 범위에서 나옵니다. `clusterIP`를 생략하면 자동으로 배정됩니다.",
    ),
    (
        "is not configured on this cluster",
        "service/family",
        "The cluster has no Service range of this IP family.",
        "이 클러스터에는 해당 IP 패밀리의 Service 범위가 없습니다.",
    ),
    (
        "not configured on this cluster",
        "service/family",
        "The cluster has no Service range of this IP family.",
        "이 클러스터에는 해당 IP 패밀리의 Service 범위가 없습니다.",
    ),
    (
        "not configured for dual-stack",
        "service/dual-stack",
        "Two addresses need a cluster with an IPv4 and an IPv6 range. `PreferDualStack` takes what there is.",
        "주소 두 개를 받으려면 클러스터에 IPv4와 IPv6 범위가 모두 있어야 합니다. `PreferDualStack`은 있는 만큼만 받습니다.",
    ),
    (
        "may not be set to 'None'",
        "service/headless-type",
        "A headless Service has no address of its own, so no node port or load balancer can lead to it.",
        "헤드리스 Service는 자기 주소가 없으므로 노드 포트나 로드 밸런서로 연결할 수 없습니다.",
    ),
    (
        "for ExternalName services",
        "service/external-name",
        "An ExternalName Service is only a DNS alias: it has no address and no family.",
        "ExternalName Service는 DNS 별칭일 뿐이므로 주소도 IP 패밀리도 없습니다.",
    ),
    (
        "may not be used when `type` is 'ClusterIP'",
        "service/node-port-type",
        "Node ports belong to the types NodePort and LoadBalancer. Set `type: NodePort`, or take `nodePort` away.",
        "노드 포트는 NodePort와 LoadBalancer 타입에만 있습니다. `type: NodePort`로 바꾸거나 `nodePort`를 지우세요.",
    ),
    (
        "may only be used when `type` is 'LoadBalancer'",
        "service/load-balancer-only",
        "This field speaks to the load balancer, and only the type LoadBalancer has one.",
        "로드 밸런서에 관한 필드이므로 LoadBalancer 타입에만 쓸 수 있습니다.",
    ),
    (
        "may only be set for externally-accessible",
        "service/external-policy",
        "`externalTrafficPolicy` is about traffic from outside. This Service takes none: it has no node port, load balancer or external IP.",
        "`externalTrafficPolicy`는 외부에서 들어오는 트래픽에 관한 설정입니다. 이 Service에는 노드 포트, 로드 밸런서, 외부 IP가 없습니다.",
    ),
    (
        "may only be set when `type` is 'LoadBalancer' and",
        "service/health-port",
        "The health port tells a load balancer which nodes have local endpoints; only `externalTrafficPolicy: Local` needs that.",
        "헬스 체크 포트는 로컬 엔드포인트가 있는 노드를 로드 밸런서에 알려 줍니다. `externalTrafficPolicy: Local`에만 필요합니다.",
    ),
    (
        "must be greater than 0 and less than 86400",
        "service/affinity-timeout",
        "A client is remembered for at least a second and at most a day.",
        "클라이언트를 기억하는 시간은 1초에서 하루(86400초)까지입니다.",
    ),
    (
        "first value must match `clusterIP`",
        "service/cluster-ips",
        "`clusterIP` and the first of `clusterIPs` are the same address; writing one of them is enough.",
        "`clusterIP`와 `clusterIPs`의 첫 값은 같은 주소입니다. 하나만 쓰면 됩니다.",
    ),
    (
        "must be empty when `clusterIP`",
        "service/cluster-ips",
        "`clusterIP` and the first of `clusterIPs` are the same address; write both or neither.",
        "`clusterIP`와 `clusterIPs`의 첫 값은 같은 주소입니다. 둘 다 쓰거나 둘 다 생략하세요.",
    ),
    (
        "as indicated by `ipFamilies",
        "service/family",
        "Addresses and `ipFamilies` go in pairs: the first address has the first family.",
        "주소와 `ipFamilies`는 짝을 이룹니다. 첫 주소는 첫 번째 패밀리여야 합니다.",
    ),
    (
        "may not change once set",
        "service/cluster-ip-fixed",
        "Clients and kube-proxy on every node rely on this address, so it stays as long as the Service does. Delete the Service to change it.",
        "클라이언트와 모든 노드의 kube-proxy가 이 주소를 쓰므로 Service가 있는 동안 바뀌지 않습니다. 바꾸려면 Service를 지우고 다시 만드세요.",
    ),
];

const INGRESS: &[(&str, &str, &str, &str)] = &[
    (
        "pathType must be specified",
        "ingress/path-type",
        "There is no default: `Prefix` matches whole path elements, `Exact` only the path itself, `ImplementationSpecific` leaves it to the controller.",
        "기본값이 없습니다. `Prefix`는 경로 요소 단위로, `Exact`는 정확히 그 경로만 일치하고, `ImplementationSpecific`은 컨트롤러에 맡깁니다.",
    ),
    (
        "must be an absolute path",
        "ingress/path",
        "Paths begin with `/`, as they do in a request.",
        "경로는 요청에서처럼 `/`로 시작해야 합니다.",
    ),
    (
        "must not contain '",
        "ingress/path",
        "Paths are compared after they were cleaned up; a path with this part could never match.",
        "경로는 정리된 뒤에 비교되므로 이런 부분이 있는 경로는 절대 일치할 수 없습니다.",
    ),
    (
        "cannot end with '",
        "ingress/path",
        "Paths are compared after they were cleaned up; a path with this end could never match.",
        "경로는 정리된 뒤에 비교되므로 이렇게 끝나는 경로는 절대 일치할 수 없습니다.",
    ),
    (
        "resource or service backend is required",
        "ingress/backend",
        "A route leads somewhere: `service: {name: …, port: {number: …}}`.",
        "경로에는 목적지가 필요합니다. `service: {name: …, port: {number: …}}`처럼 쓰세요.",
    ),
    (
        "cannot set both resource and service",
        "ingress/backend",
        "A route leads to a Service or to another resource, not to both.",
        "경로의 목적지는 Service나 다른 리소스 중 하나입니다.",
    ),
    (
        "port name or number is required",
        "ingress/backend-port",
        "The Service's port must be named: `port: {number: 80}` or `port: {name: http}`.",
        "Service의 포트를 지정해야 합니다. `port: {number: 80}` 또는 `port: {name: http}`처럼 쓰세요.",
    ),
    (
        "cannot set both port name & port number",
        "ingress/backend-port",
        "One of them is enough: the port's name or its number.",
        "포트 이름과 번호 중 하나만 쓰세요.",
    ),
    (
        "must be specified",
        "ingress/empty",
        "Without rules and without a default backend an Ingress does nothing.",
        "규칙도 기본 백엔드도 없는 Ingress는 아무 일도 하지 않습니다.",
    ),
    (
        "must match `ingressClassName`",
        "ingress/class",
        "Annotation and field name two different classes; keep the field.",
        "어노테이션과 필드가 서로 다른 클래스를 가리킵니다. 필드만 남기세요.",
    ),
    (
        "must be a domain-prefixed path",
        "ingress/controller",
        "Controllers are told apart by a domain and a path: `k8s.io/ingress-nginx`.",
        "컨트롤러는 도메인과 경로로 구분합니다(`k8s.io/ingress-nginx`).",
    ),
];

const ENDPOINTS: &[(&str, &str, &str, &str)] = &[
    (
        "must specify `addresses` or `notReadyAddresses`",
        "endpoints/empty",
        "A subset pairs addresses with ports; without addresses it says nothing.",
        "서브셋은 주소와 포트를 짝짓습니다. 주소가 없으면 의미가 없습니다.",
    ),
    (
        "must contain at least 1 address",
        "endpoints/empty",
        "An endpoint without an address cannot be reached.",
        "주소가 없는 엔드포인트에는 도달할 수 없습니다.",
    ),
    (
        "must have at most",
        "endpoints/limit",
        "Slices are kept small so that a change does not send everything to every node again. Use several.",
        "변경이 있을 때마다 모든 노드에 전부 다시 보내지 않도록 슬라이스는 작게 유지합니다. 여러 개로 나누세요.",
    ),
    (
        "must be an IPv",
        "endpoints/family",
        "A slice holds addresses of one family, the one that `addressType` names.",
        "슬라이스 하나에는 `addressType`에 쓴 한 가지 패밀리의 주소만 담습니다.",
    ),
    (
        "must be in canonical form",
        "endpoints/canonical",
        "Equal addresses must be written the same way, so only the shortest form is taken.",
        "같은 주소는 같은 모양이어야 하므로 가장 짧은 표기만 받습니다.",
    ),
    (
        "at least two segments",
        "endpoints/fqdn",
        "A full domain name has a dot in it.",
        "전체 도메인 이름에는 점이 있어야 합니다.",
    ),
];

const POLICY: &[(&str, &str, &str, &str)] = &[
    (
        "must specify a peer",
        "policy/peer",
        "An empty peer says nothing. To let all in, leave the list `from` (or `to`) out.",
        "빈 피어는 의미가 없습니다. 모두 허용하려면 `from`(또는 `to`) 목록을 생략하세요.",
    ),
    (
        "may not specify both ipBlock and another peer",
        "policy/peer",
        "Addresses and pods are two different peers; give each a list item of its own.",
        "주소와 파드는 서로 다른 피어입니다. 목록 항목을 나누세요.",
    ),
    (
        "must be a strict subset",
        "policy/except",
        "`except` takes a part out of `cidr`, so it must lie inside it.",
        "`except`는 `cidr`의 일부를 빼는 것이므로 그 안에 있어야 합니다.",
    ),
];

/// Why two entries of a Service cannot ask for one node port.
const NODE_PORT_TWICE: (&str, &str) = (
    "Two ports of the Service ask for the same node port with the same protocol; it can lead to one of them only.",
    "이 Service의 두 포트가 같은 프로토콜로 같은 노드 포트를 요구합니다. 노드 포트는 그중 하나로만 연결될 수 있습니다.",
);

/// Errors that only their field tells apart.
fn by_field(kind: Kind, error: &FieldError, found: Diagnostic) -> Result<Diagnostic, Diagnostic> {
    let (code, en, ko) = match (kind, error.kind, error.field.as_str()) {
        (Kind::Service, ErrorType::Required, "spec.ports") => (
            "service/ports",
            "A Service with an address needs at least one port; only headless and ExternalName Services do without.",
            "주소가 있는 Service에는 포트가 하나 이상 필요합니다. 헤드리스와 ExternalName Service만 예외입니다.",
        ),
        (Kind::Service, ErrorType::Required, "spec.externalName") => (
            "service/external-name",
            "An ExternalName Service is a DNS alias; `externalName` says for what.",
            "ExternalName Service는 DNS 별칭입니다. `externalName`에 가리킬 이름을 쓰세요.",
        ),
        (Kind::Service | Kind::Endpoints, ErrorType::Required, field) if field.ends_with("].name") => (
            "service/port-name",
            "With several ports each needs a name, so that endpoints can be told apart.",
            "포트가 여러 개면 엔드포인트를 구분할 수 있도록 각각 이름이 필요합니다.",
        ),
        (Kind::Service, ErrorType::Duplicate, field) if field.ends_with(".nodePort") => {
            ("service/node-port-twice", NODE_PORT_TWICE.0, NODE_PORT_TWICE.1)
        }
        (Kind::Service, ErrorType::Duplicate, field) if field.ends_with(']') => (
            "service/port-twice",
            "A port of an address and a protocol can lead to one place only.",
            "한 주소에서 같은 프로토콜의 같은 포트는 한 곳으로만 연결될 수 있습니다.",
        ),
        (Kind::Ingress, ErrorType::Required, field) if field.ends_with(".paths") => (
            "ingress/paths",
            "`http` holds at least one path; for everything under a host write `path: /` with `pathType: Prefix`.",
            "`http`에는 경로가 하나 이상 있어야 합니다. 호스트 전체라면 `path: /`, `pathType: Prefix`로 쓰세요.",
        ),
        (Kind::EndpointSlice, ErrorType::Required, "addressType") => (
            "endpoints/address-type",
            "Every slice says of which type its addresses are: IPv4, IPv6 or FQDN.",
            "슬라이스마다 주소의 종류(IPv4, IPv6, FQDN)를 밝혀야 합니다.",
        ),
        _ => return Err(found),
    };
    let mut found = found.explain(text! { en: en, ko: ko });
    found.code = code;
    Ok(found)
}

/// Adds something to try where the edit is plain.
fn hints(kind: Kind, error: &FieldError, field: &str, document: &Document, found: Diagnostic) -> Diagnostic {
    let node = document.root.locate(field).1;
    match (kind, found.code) {
        (Kind::Service, "service/node-port-type") => {
            match document.root.get("spec").and_then(|spec| spec.get("type")) {
                Some(kind) => found.fix(
                    text! { en: "Set the type to NodePort", ko: "타입을 NodePort로 바꿉니다" },
                    kind.span,
                    "NodePort",
                ),
                None => found.hint(text! {
                    en: "Add `type: NodePort` to `spec`",
                    ko: "`spec`에 `type: NodePort`를 추가합니다",
                }),
            }
        }
        (Kind::Ingress, "ingress/path") => match node.as_str() {
            Some(path) if error.detail.starts_with("must be an absolute") && !path.is_empty() => found.fix(
                text! { en: "Write `/{path}`", ko: "`/{path}` 경로로 바꿉니다" },
                node.span,
                format!("/{path}"),
            ),
            _ => found,
        },
        (Kind::Ingress, "ingress/path-type") => {
            let typo = match &node.kind {
                crate::manifest::NodeKind::Mapping(entries) => {
                    entries.iter().find(|entry| closest(&entry.key, ["pathType"]).is_some())
                }
                _ => None,
            };
            match typo {
                Some(entry) => found.fix(
                    text! { en: "Rename it to `pathType`", ko: "이름을 바꿉니다: `pathType`" },
                    entry.key_span,
                    "pathType",
                ),
                None => found.hint(text! {
                    en: "Add `pathType: Prefix`",
                    ko: "`pathType: Prefix`를 추가합니다",
                }),
            }
        }
        _ => found,
    }
}

/// The finding for an internal error: some allocations fail that way.
pub(super) fn internal(message: &str, document: &Document) -> Diagnostic {
    let found = Diagnostic::new(Severity::Error, "server/internal", message);
    let (code, field, en, ko) = if message.contains("HealthCheck NodePort") {
        (
            "service/health-port-taken",
            "spec.healthCheckNodePort",
            "The health port is taken from the same range as node ports and must be free.",
            "헬스 체크 포트는 노드 포트와 같은 범위에서 나오며 비어 있어야 합니다.",
        )
    } else if message.contains("duplicate nodePort") {
        (
            "service/node-port-twice",
            "spec.ports",
            NODE_PORT_TWICE.0,
            NODE_PORT_TWICE.1,
        )
    } else {
        return found.at(Some(heading(document)));
    };
    let mut found = found
        .at_field(field)
        .at(Some(document.locate(field)))
        .explain(text! { en: en, ko: ko });
    found.code = code;
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::explain::refusal;
    use crate::api::explain::testing::examine;
    use crate::api::field::Path;
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
        let error = FieldError::invalid(
            &spec.field("clusterIPs"),
            "10.96.0.1",
            "failed to allocate IP 10.96.0.1: provided IP is already allocated",
        );
        let found = refusal(&Refusal::Invalid(vec![error]), &parsed.documents[0]);
        assert_eq!(found[0].code, "service/cluster-ip-taken");
        let span = found[0].span.expect("a place");
        assert_eq!(&text[span.start as usize..span.end as usize], "clusterIP: 10.96.0.1");
        let internal = Refusal::Internal("Internal error occurred: duplicate nodePort: {TCP 30080}".to_owned());
        assert!(refusal(&internal, &parsed.documents[0])[0].explain.is_some());
    }

    #[test]
    fn ingress_paths_are_mended() {
        let text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i\nspec:\n  rules:\n  - http:\n      paths:\n      - path: app\n        pathType: Prefix\n        backend: {service: {name: web, port: {number: 80}}}\n";
        let (found, edited) = examine(text);
        assert_eq!(found[0].code, "ingress/path");
        assert!(edited.is_some_and(|it| it.contains("path: /app\n")));
    }
}
