//! Every reason a hop or a verdict can have, and its sentence in every language.
//!
//! Reasons are data, so that a trace costs no formatting until somebody reads it. One sentence: the cause, then what
//! happens; where names are of usual length at most 110 characters in English and 80 in Korean, held by a test. The
//! term of what happens stands in brackets at the end. Korean sentences put a noun after every name (`{node} 노드가`),
//! because particles would otherwise depend on how a name ends.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::http_proxy::why::HttpProxyWhy;
use crate::cluster::listening::Basis;
use crate::text::{LocalizedText, Particle, particle, text};

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident { $($field:ident: $type:ty),* $(,)? } => $text:expr;)*) => {
        /// Why something happened. Grow this enum rather than writing sentences elsewhere.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "fields are what the sentences name; the sentences stand beside them")]
        pub enum Why {
            $($(#[$doc])* $variant { $($field: $type),* },)*
            /// What an HTTP proxy did; its reasons stand beside it.
            HttpProxy(HttpProxyWhy),
        }

        impl Why {
            /// The sentence.
            #[must_use]
            pub fn say(&self) -> LocalizedText {
                match self {
                    $(Self::$variant { $($field),* } => $text,)*
                    Self::HttpProxy(why) => why.say(),
                }
            }
        }
    };
}

reasons! {
    // Sending and receiving.

    /// The sender addresses the packet.
    Sends { to: SocketAddr } => text! {
        en: "The sender knows only {to}, so it sends the packet there.",
        ko: "보내는 쪽은 {to} 주소만 알고 있어 이 주소로 패킷을 보냅니다.",
    };
    /// A ping.
    SendsPing { to: IpAddr } => text! {
        en: "A ping has no port: the echo request goes to the address {to} only.",
        ko: "ping에는 포트가 없습니다. echo request는 {to} 주소로만 갑니다.",
    };
    /// The packet is for the sender itself.
    SendsToItself { to: SocketAddr } => text! {
        en: "{to} is the sender's own address, so the packet stays on the machine.",
        ko: "{to} 주소는 보내는 쪽 자신의 주소이므로 패킷이 밖으로 나가지 않습니다.",
    };
    /// The packet reaches whoever listens.
    Receives { port: u16, source: IpAddr } => text! {
        en: "Port {port} is open, so the process gets the packet. It sees {source} as the source.",
        ko: "{port} 포트가 열려 있어 프로세스가 패킷을 받습니다. 프로세스가 보는 출발지는 {source}입니다.",
    };
    /// The packet reaches a program of which nobody knows whether it listens.
    ReceivesTaken { port: u16, source: IpAddr, basis: Basis } => match basis {
        Basis::Argument => text! {
            en: "A process is taken to listen on port {port}, which its arguments name; it sees {source} as the sender.",
            ko: "프로세스 인자에 있는 {port} 포트에서 수신 대기한다고 보고 받습니다. 프로세스가 보는 출발지는 {source} 주소입니다.",
        },
        Basis::Declared => text! {
            en: "A process is taken to listen: it declares port {port}; it sees {source} as the sender.",
            ko: "컨테이너가 선언한 {port} 포트에서 수신 대기한다고 보고 받습니다. 프로세스가 보는 출발지는 {source} 주소입니다.",
        },
        Basis::Probed => text! {
            en: "A process is taken to listen on port {port}, which its probe asks for; it sees {source} as the sender.",
            ko: "프로브가 확인하는 {port} 포트에서 수신 대기한다고 보고 받습니다. 프로세스가 보는 출발지는 {source} 주소입니다.",
        },
        Basis::Service => text! {
            en: "A process is taken to listen on port {port}, where a Service points; it sees {source} as the sender.",
            ko: "Service가 가리키는 {port} 포트에서 수신 대기한다고 보고 받습니다. 프로세스가 보는 출발지는 {source} 주소입니다.",
        },
    };
    /// The packet reaches a daemon of the node.
    ReceivesDaemon { program: &'static str, port: u16, source: IpAddr } => text! {
        en: "The {program} of this node listens on port {port}; the sender it sees is {source}.",
        ko: "이 노드의 {program} 프로세스가 {port} 포트에서 듣고 있습니다. 프로세스가 보는 출발지는 {source} 주소입니다.",
    };
    /// A machine that answers pings.
    ReceivesPing { at: IpAddr } => text! {
        en: "A machine has the address {at}, so its kernel answers the ping.",
        ko: "{at} 주소를 가진 머신이 있어 커널이 ping에 응답합니다.",
    };
    /// The health check port answers by itself.
    HealthCheck { service: Arc<str>, count: usize } => text! {
        en: "kube-proxy answers health checks of {service} here; ready endpoints on this node: {count}.",
        ko: "kube-proxy가 {service} Service의 헬스 체크에 응답합니다. 이 노드의 Ready 엔드포인트는 {count}개입니다.",
    };
    /// The backend answers.
    Answers { to: SocketAddr } => text! {
        en: "The request came with source {to}, so the reply goes there.",
        ko: "요청의 출발지가 {to} 주소였으므로 응답도 이 주소로 보냅니다.",
    };
    /// The answer came back.
    GetsAnswer { from: SocketAddr } => text! {
        en: "The reply comes from {from}, where the request was sent, so the sender accepts it.",
        ko: "요청의 목적지였던 {from} 주소에서 온 응답이므로 보낸 쪽이 받아들입니다.",
    };
    /// Connection refused, as the sender sees it.
    GetsRefusal { from: SocketAddr } => text! {
        en: "A refusal comes back from {from}, so the sender gets the error connection refused at once.",
        ko: "{from} 주소에서 거부 응답이 와서 보낸 쪽에 바로 connection refused 오류가 납니다.",
    };
    /// A host without a process on that port.
    NothingListens { at: SocketAddr } => text! {
        en: "No process listens on {at}, so the machine refuses the connection.",
        ko: "{at} 주소에서 수신 대기하는 프로세스가 없어 머신이 연결을 거부합니다.",
    };
    /// A hung process.
    Hung { pod: Arc<str> } => text! {
        en: "The process in Pod {pod} hangs, so the packet gets no answer.",
        ko: "{pod} Pod의 프로세스가 멈춰 있어 응답하지 않습니다.",
    };

    // kube-proxy: nat.

    /// The only endpoint there is.
    PicksOnly { service: Arc<str>, to: SocketAddr } => text! {
        en: "{service} has one usable endpoint, so a rule changes the destination to {to} (DNAT).",
        ko: "{service} Service에 쓸 수 있는 엔드포인트가 하나뿐이어서 목적지를 {to} 주소로 바꿉니다(DNAT).",
    };
    /// One of several endpoints.
    Picks { service: Arc<str>, to: SocketAddr, count: usize } => text! {
        en: "The destination belongs to {service}, so a rule changes it to {to}, one of {count} endpoints (DNAT).",
        ko: "목적지가 {service} Service이므로 규칙이 엔드포인트 {count}개 중 하나인 {to} 주소로 바꿉니다(DNAT).",
    };
    /// Policy Local, one endpoint.
    PicksLocal { service: Arc<str>, to: SocketAddr, count: usize, node: Arc<str> } => text! {
        en: "{service} has policy Local, so a rule chooses {to} among {count} on {node} only (DNAT).",
        ko: "{service} Service는 Local 정책이라 {node} 노드의 엔드포인트 {count}개 중 {to} 주소로 바꿉니다(DNAT).",
    };
    /// Session affinity.
    PicksAgain { service: Arc<str>, client: IpAddr, to: SocketAddr } => text! {
        en: "{client} used {to} before, so {service} sends it there again (session affinity).",
        ko: "{client} 주소가 전에 {to} 엔드포인트를 썼으므로 {service} Service가 다시 보냅니다(세션 어피니티).",
    };
    /// conntrack knows the connection.
    Remembered { node: Arc<str>, to: SocketAddr } => text! {
        en: "{node} knows this connection, so it keeps the destination {to} without the rules (conntrack).",
        ko: "{node} 노드가 이 연결을 알고 있어 규칙 없이 {to} 주소로 계속 보냅니다(conntrack).",
    };
    /// No Service rule matches.
    NoRule { node: Arc<str>, to: SocketAddr } => text! {
        en: "{node} has no Service rule for {to}, so it only routes the packet.",
        ko: "{node} 노드에 {to} 주소에 맞는 Service 규칙이 없어 라우팅만 합니다.",
    };
    /// The node's network to one of its pods or another node, without ports.
    RoutesPing { node: Arc<str>, to: IpAddr } => text! {
        en: "A ping has no port and Service rules match ports, so {node} only routes it to {to}.",
        ko: "Service 규칙은 포트로 찾는데 ping에는 포트가 없어 {node} 노드가 {to} 주소로 라우팅만 합니다.",
    };

    /// A port of the node that leads into a pod.
    HostPort { pod: Arc<str>, port: u16, node: Arc<str>, to: SocketAddr } => text! {
        en: "Pod {pod} has port {port} of {node} as hostPort, so the CNI changes the destination to {to} (DNAT).",
        ko: "{node} 노드의 {port} 포트가 {pod} Pod의 hostPort이므로 CNI가 {to} 주소로 바꿉니다(DNAT).",
    };
    /// A packet from `::1` cannot leave its machine.
    LoopbackLeaves { to: IpAddr } => text! {
        en: "A packet from ::1 cannot leave its machine, so it never reaches {to}.",
        ko: "출발지가 ::1인 패킷은 머신 밖으로 나갈 수 없어 {to} 주소에 닿지 못합니다.",
    };

    // kube-proxy: source rewriting.

    /// A pod or loopback uses a `hostPort` of its own node.
    MasqueradesHostPort { from: IpAddr, to: IpAddr } => text! {
        en: "{from} uses a hostPort of its own node, so the source becomes {to} to bring the reply back (SNAT).",
        ko: "{from} 주소가 자기 노드의 hostPort를 쓰므로 응답이 돌아오도록 출발지를 {to} 주소로 바꿉니다(SNAT).",
    };

    /// External traffic under policy Cluster.
    MasqueradesExternal { node: Arc<str>, to: IpAddr } => text! {
        en: "The reply must return through {node} (policy Cluster), so the source becomes {to} (SNAT).",
        ko: "응답이 {node} 노드를 거쳐 돌아와야 하므로(Cluster 정책) 출발지를 {to} 주소로 바꿉니다(SNAT).",
    };
    /// Someone other than a pod uses a ClusterIP.
    MasqueradesNonPod { from: IpAddr, node: Arc<str>, to: IpAddr } => text! {
        en: "{from} is not a Pod address, so the source becomes {to} for the reply through {node} (SNAT).",
        ko: "{from} 주소는 Pod 주소가 아니므로 응답이 {node} 노드로 오도록 출발지를 {to} 주소로 바꿉니다(SNAT).",
    };
    /// The chosen endpoint is the sender itself.
    MasqueradesHairpin { pod: IpAddr, to: IpAddr } => text! {
        en: "The rule chose the sender {pod} itself, so the source becomes {to} to bring the reply back (SNAT).",
        ko: "규칙이 보낸 Pod {pod} 자신을 골랐으므로 응답이 돌아오도록 출발지를 {to} 주소로 바꿉니다(SNAT).",
    };
    /// `masqueradeAll`.
    MasqueradesAll { node: Arc<str>, to: IpAddr } => text! {
        en: "masqueradeAll is on, so {node} changes the source of all Service traffic to {to} (SNAT).",
        ko: "masqueradeAll이 켜져 있어 {node} 노드가 모든 Service 트래픽의 출발지를 {to} 주소로 바꿉니다(SNAT).",
    };
    /// The node uses an external address under policy Local.
    MasqueradesLocal { node: Arc<str>, to: IpAddr } => text! {
        en: "The packet comes from {node} itself, so the source becomes {to}, where replies can return (SNAT).",
        ko: "{node} 노드가 보낸 패킷이므로 응답이 돌아올 수 있게 출발지를 {to} 주소로 바꿉니다(SNAT).",
    };
    /// The network's own masquerading.
    MasqueradesCni { from: IpAddr, to: IpAddr } => text! {
        en: "{from} cannot be reached from outside the Pod network, so the CNI changes the source to {to} (SNAT).",
        ko: "Pod 네트워크 밖에서는 {from} 주소로 응답할 수 없어 CNI가 출발지를 {to} 주소로 바꿉니다(SNAT).",
    };
    /// An existing connection keeps its source.
    MasqueradesAgain { to: IpAddr } => text! {
        en: "This connection's source was changed before, so it stays {to} (conntrack).",
        ko: "이 연결의 출발지는 전에 바꾼 대로 {to} 주소로 유지합니다(conntrack).",
    };

    // kube-proxy: filter.

    /// No endpoint is usable, so the rules refuse.
    NoEndpoints { service: Arc<str> } => text! {
        en: "{service} has no ready endpoint, so a rule refuses the connection.",
        ko: "{service} Service에 Ready 엔드포인트가 없어 규칙이 연결을 거부합니다.",
    };
    /// External policy Local without a local endpoint.
    NoLocalExternal { service: Arc<str>, node: Arc<str> } => text! {
        en: "{node} has no endpoint of {service} and externalTrafficPolicy is Local, so it drops the packet.",
        ko: "{node} 노드에 {service} Service의 엔드포인트가 없어 버립니다(externalTrafficPolicy: Local).",
    };
    /// Internal policy Local without a local endpoint.
    NoLocalInternal { service: Arc<str>, node: Arc<str> } => text! {
        en: "{node} has no endpoint of {service} and internalTrafficPolicy is Local, so it drops the packet.",
        ko: "{node} 노드에 {service} Service의 엔드포인트가 없어 버립니다(internalTrafficPolicy: Local).",
    };
    /// Source ranges.
    SourceRange { service: Arc<str>, source: IpAddr } => text! {
        en: "{source} is outside loadBalancerSourceRanges of {service}, so the packet is dropped.",
        ko: "{source} 주소가 {service} Service의 loadBalancerSourceRanges 밖이어서 버립니다.",
    };
    /// A reply that belongs to no connection.
    Invalid { node: Arc<str> } => text! {
        en: "{node} did not see this connection begin, so the packet is INVALID and is dropped (conntrack).",
        ko: "{node} 노드가 이 연결의 시작을 보지 못해 INVALID 패킷으로 버립니다(conntrack).",
    };
    /// A loopback address from outside.
    Localnet { node: Arc<str>, to: IpAddr } => text! {
        en: "{to} is a loopback address of {node}, so packets from elsewhere are dropped.",
        ko: "{to} 주소는 {node} 노드 자신만 쓰는 루프백 주소여서 버립니다.",
    };
    /// nftables and IPVS mode refuse ports that a ClusterIP does not have.
    NoSuchPort { to: SocketAddr } => text! {
        en: "This Service has no port for {to}, so kube-proxy's rules in this mode refuse the connection.",
        ko: "이 Service에 {to} 포트가 없어 이 모드의 kube-proxy 규칙이 연결을 거부합니다.",
    };
    /// nftables mode drops what goes to addresses of Services that no Service has.
    UnallocatedClusterIp { node: Arc<str>, to: IpAddr } => text! {
        en: "No Service has {to}, so {node} drops the packet (nftables mode).",
        ko: "{to} 주소를 가진 Service가 없어 {node} 노드가 패킷을 버립니다(nftables 모드).",
    };

    // NetworkPolicy.

    /// A policy keeps the packet out.
    PolicyDeniesIngress { policy: Arc<str>, pod: Arc<str>, source: IpAddr } => text! {
        en: "No rule of NetworkPolicy {policy} lets {source} into {pod}, so the packet is dropped.",
        ko: "NetworkPolicy {policy}에 {source} 허용 규칙이 없어 {pod} 앞에서 버립니다.",
    };
    /// A policy keeps the packet in.
    PolicyDeniesEgress { policy: Arc<str>, pod: Arc<str>, to: SocketAddr } => text! {
        en: "No rule of NetworkPolicy {policy} lets {pod} send to {to}, so the packet is dropped.",
        ko: "NetworkPolicy {policy}에 {to} 허용 규칙이 없어 {pod} Pod에서 나가지 못하고 버려집니다.",
    };
    /// A policy lets the packet in.
    PolicyAllowsIngress { policy: Arc<str>, pod: Arc<str>, source: IpAddr } => text! {
        en: "A rule of NetworkPolicy {policy} lets {source} into {pod}, so the packet passes.",
        ko: "NetworkPolicy {policy}의 규칙이 {source} 주소를 허용하므로 {pod} Pod로 들어갑니다.",
    };
    /// A policy lets the packet out.
    PolicyAllowsEgress { policy: Arc<str>, pod: Arc<str>, to: SocketAddr } => text! {
        en: "A rule of NetworkPolicy {policy} lets {pod} send to {to}, so the packet passes.",
        ko: "NetworkPolicy {policy}의 규칙이 {to} 주소를 허용하므로 {pod} Pod에서 나갑니다.",
    };

    // Routing.

    /// The router passes a packet to a node.
    RouterToNode { node: Arc<str>, to: IpAddr } => text! {
        en: "The route to {to} goes through {node}, so the router forwards the packet there.",
        ko: "{to} 주소로 가는 라우팅 경로가 {node} 노드를 거치므로 라우터가 그 노드로 전달합니다.",
    };
    /// The router passes a packet to somebody outside.
    RouterToOutside { to: IpAddr } => text! {
        en: "{to} is outside the cluster, so the router forwards the packet there.",
        ko: "{to} 주소는 클러스터 밖에 있으므로 라우터가 그쪽으로 전달합니다.",
    };
    /// A ClusterIP at the router.
    NoRouteToClusterIp { to: IpAddr } => text! {
        en: "{to} exists only in the nodes' rules, so the router has no route to it and drops the packet.",
        ko: "{to} 주소는 노드의 규칙에만 있어 라우터에 라우팅 경로가 없습니다. 라우터가 패킷을 버립니다.",
    };
    /// A wrong port of a ClusterIP, or of none.
    NoPortOfClusterIp { to: SocketAddr } => text! {
        en: "No rule and no machine has {to}, so the packet gets no answer.",
        ko: "{to}에 맞는 규칙도 그 주소를 가진 머신도 없어 패킷에 응답이 없습니다.",
    };
    /// A ping to a ClusterIP.
    PingVirtual { to: IpAddr } => text! {
        en: "{to} exists only in rules for its ports, so the ping gets no answer.",
        ko: "{to} 주소는 포트별 규칙에만 있어 ping에 응답이 없습니다.",
    };
    /// A pod's address at the router.
    NoRouteToPod { to: IpAddr } => text! {
        en: "{to} is in the Pod network, which the router does not know, so it drops the packet.",
        ko: "{to} 주소는 라우터가 모르는 Pod 네트워크에 있어 라우터가 패킷을 버립니다.",
    };
    /// Nobody knows the address.
    NoRoute { to: IpAddr } => text! {
        en: "The router knows no machine with {to} (the internet is not simulated), so it drops the packet.",
        ko: "{to} 주소의 머신이 없어 라우터가 패킷을 버립니다(인터넷은 시뮬레이션하지 않습니다).",
    };
    /// No pod has the address.
    NoSuchPod { to: IpAddr } => text! {
        en: "No Pod has the address {to} now, so the packet gets no answer.",
        ko: "지금 {to} 주소를 가진 Pod가 없어 패킷에 응답이 없습니다.",
    };
    /// Nobody in the nodes' own network has the address.
    NoNeighbor { to: IpAddr } => text! {
        en: "No machine in the nodes' network has {to}, so the sender gives up after some 3 s: No route to host.",
        ko: "노드 네트워크에 {to} 주소의 머신이 없어 3초쯤 뒤 No route to host 오류가 납니다.",
    };
    /// The node is off.
    NodeOff { node: Arc<str> } => text! {
        en: "{node} is powered off, so the packet is lost.",
        ko: "{node} 노드의 전원이 꺼져 있어 패킷이 유실됩니다.",
    };
    /// A broken wire.
    LinkDown { from: Arc<str>, to: Arc<str> } => text! {
        en: "The link between {from} and {to} is broken, so the packet is lost.",
        ko: "{from} 노드와 {to} 노드 사이의 링크가 끊어져 패킷이 유실됩니다.",
    };
    /// A broken wire to the router.
    RouterLinkDown { node: Arc<str> } => text! {
        en: "The link between {node} and the router is broken, so the packet is lost.",
        ko: "{node} 노드와 라우터 사이의 링크가 끊어져 패킷이 유실됩니다.",
    };
    /// The packet went in circles.
    Loops { to: IpAddr } => text! {
        en: "No machine has {to}, so the packet circles until its TTL is 0 and is dropped.",
        ko: "{to} 주소를 가진 머신이 없어 패킷이 TTL이 0이 될 때까지 돌다가 버려집니다.",
    };

    // The cloud's firewall.

    /// A rule lets a packet in or out.
    FirewallAllows { rule: Arc<str>, what: Arc<str>, source: IpAddr } => text! {
        en: "Rule {rule} of the cloud's firewall allows {what} from {source}, so the packet passes.",
        ko: "클라우드 방화벽의 {rule} 규칙이 {source} 주소의 {what} 패킷을 허용합니다.",
    };
    /// A rule drops a packet.
    FirewallDenies { rule: Arc<str>, what: Arc<str>, source: IpAddr } => text! {
        en: "Rule {rule} of the cloud's firewall denies {what} from {source}, so the packet is dropped.",
        ko: "클라우드 방화벽의 {rule} 규칙이 {source} 주소의 {what} 패킷을 차단해 버립니다.",
    };
    /// No rule lets a packet in.
    FirewallImplied { what: Arc<str>, source: IpAddr } => text! {
        en: "No rule of the cloud's firewall allows {what} from {source}, so the packet is dropped.",
        ko: "{source} 주소의 {what} 패킷을 허용하는 클라우드 방화벽 규칙이 없어 버립니다.",
    };

    // Load balancers.

    /// The load balancer picks a node.
    Balances { service: Arc<str>, node: Arc<str>, count: usize } => text! {
        en: "The load balancer of {service} spreads over nodes, not Pods, and chooses {node}, one of {count}.",
        ko: "{service} Service의 로드 밸런서는 노드 단위로 나누며, 노드 {count}개 중 {node} 노드를 고릅니다.",
    };
    /// The load balancer picks a node among those with local endpoints.
    BalancesHealthy { service: Arc<str>, node: Arc<str>, count: usize, total: usize } => text! {
        en: "Health checks of {service} pass on {count} of {total} nodes, so the balancer chooses one: {node}.",
        ko: "{service} Service의 헬스 체크를 통과한 노드가 {total}개 중 {count}개이므로 그중 {node} 노드를 고릅니다.",
    };
    /// The node was given.
    BalancesTo { service: Arc<str>, node: Arc<str> } => text! {
        en: "The load balancer of {service} forwards this packet to {node}.",
        ko: "{service} Service의 로드 밸런서가 이 패킷을 {node} 노드로 전달합니다.",
    };
    /// MetalLB announces an address from one node.
    Announces { service: Arc<str>, node: Arc<str>, to: IpAddr } => text! {
        en: "MetalLB announces {to} of {service} from {node} only, so all its packets enter there.",
        ko: "MetalLB가 {service} Service의 {to} 주소를 {node} 노드에서만 알려 패킷이 모두 그 노드로 갑니다.",
    };
    /// MetalLB gave an address, and no advertisement is for its pool.
    NobodyAnnounces { to: IpAddr } => text! {
        en: "No L2Advertisement or BGPAdvertisement names the pool of {to}, so no node announces it.",
        ko: "{to}의 풀을 가리키는 L2Advertisement나 BGPAdvertisement가 없어 이 주소를 알리는 노드가 없습니다.",
    };
    /// MetalLB announces no address without endpoints.
    NothingToAnnounce { service: Arc<str>, to: IpAddr } => text! {
        en: "{service} has no ready endpoint, and MetalLB announces {to} only while it has one.",
        ko: "{service} Service에 준비된 엔드포인트가 없어 MetalLB가 {to} 주소를 알리지 않습니다.",
    };
    /// No node may take the packet.
    NoHealthyNode { service: Arc<str> } => text! {
        en: "No node passes the health check of {service}, so its load balancer has no target.",
        ko: "{service} Service의 헬스 체크를 통과한 노드가 없어 로드 밸런서가 보낼 곳이 없습니다.",
    };
    /// The load balancer does not listen there.
    NoBalancedPort { service: Arc<str>, port: u16 } => text! {
        en: "{service} has no port {port}, so its load balancer does not accept the packet.",
        ko: "{service} Service에 {port} 포트가 없어 로드 밸런서가 받지 않습니다.",
    };
    /// The load balancer has no node port to send to.
    NoNodePort { service: Arc<str> } => text! {
        en: "{service} has no nodePort, so a proxying load balancer has no target.",
        ko: "{service} Service에 nodePort가 없어 프록시 방식의 로드 밸런서가 보낼 곳이 없습니다.",
    };
    /// The load balancer's answer goes back through it.
    BalancerReturns { service: Arc<str>, to: SocketAddr } => text! {
        en: "The load balancer of {service} opened this connection for {to}, so it returns the reply.",
        ko: "{service} Service의 로드 밸런서가 {to} 주소를 대신해 연결했으므로 응답을 돌려보냅니다.",
    };

    // The way back.

    /// conntrack undoes the translation.
    Undoes { node: Arc<str> } => text! {
        en: "{node} changed this connection's addresses before, so it restores them for the reply (conntrack).",
        ko: "{node} 노드가 이 연결의 주소를 바꿨으므로 응답에서 원래대로 복원합니다(conntrack).",
    };
    /// Nothing to undo.
    RoutesReply { node: Arc<str>, to: IpAddr } => text! {
        en: "{node} changed no address of this connection, so it only routes the reply to {to}.",
        ko: "{node} 노드는 이 연결의 주소를 바꾸지 않아 응답을 {to} 주소로 라우팅만 합니다.",
    };
    /// An answer from somebody who was not asked.
    StrayAnswer { from: SocketAddr, asked: SocketAddr } => text! {
        en: "The reply comes from {from}, but the request went to {asked}, so the sender ignores it.",
        ko: "요청은 {asked} 주소로 갔는데 응답이 {from} 주소에서 와서 보낸 쪽이 무시합니다.",
    };

    // What cannot be sent.

    /// The sender does not exist.
    NoSender { sender: Arc<str> } => text! {
        en: "{sender} does not exist or has no address yet, so it cannot send.",
        ko: "{sender}: 없거나 아직 주소가 없어 보낼 수 없습니다.",
    };
    /// The sender has no address of that family.
    NoFamily { to: IpAddr } => text! {
        en: "The sender has no address of the same IP family as {to}.",
        ko: "보내는 쪽에 {to} 주소와 같은 IP family의 주소가 없습니다.",
    };

    // Names.

    /// A ClusterIP Service.
    NameOfService { service: Arc<str>, to: Arc<str> } => text! {
        en: "{service} has a ClusterIP, so DNS answers with {to}, whatever its endpoints.",
        ko: "{service} Service에 ClusterIP가 있어 DNS는 엔드포인트와 상관없이 {to} 주소로 응답합니다.",
    };
    /// A headless Service.
    NameOfEndpoints { service: Arc<str>, count: usize } => text! {
        en: "{service} is headless, so DNS answers with the addresses of its ready endpoints ({count}).",
        ko: "{service} Service는 헤드리스여서 DNS가 Ready 엔드포인트 {count}개의 주소로 응답합니다.",
    };
    /// One endpoint of a Service.
    NameOfEndpoint { name: Arc<str> } => text! {
        en: "{name} is the name of one ready endpoint, so DNS answers with its address.",
        ko: "{name} 이름은 Ready 엔드포인트 하나의 이름이므로 DNS가 그 주소로 응답합니다.",
    };
    /// An ExternalName Service.
    NameIsAlias { service: Arc<str>, target: Arc<str> } => text! {
        en: "{service} is an ExternalName, so DNS answers with another name (CNAME): {target}",
        ko: "{service} Service는 ExternalName이어서 DNS가 다른 이름(CNAME)으로 응답합니다: {target}",
    };
    /// A name made of an address.
    NameOfPod { name: Arc<str> } => text! {
        en: "{name} contains an address, so CoreDNS answers with it, whether or not such a Pod exists.",
        ko: "{name} 이름에 주소가 들어 있어 CoreDNS는 그런 Pod가 있는지 확인하지 않고 그 주소로 응답합니다.",
    };
    /// The zone itself.
    NameOfZone { name: Arc<str> } => text! {
        en: "{name} is the zone or a level above Services, not a Service name.",
        ko: "{name}: Service 이름이 아니라 zone 또는 그 아래 중간 단계의 이름입니다.",
    };
    /// An address looked up backwards.
    NameOfAddress { name: Arc<str> } => text! {
        en: "{name} is a reverse lookup, so DNS searches Services and ready endpoints for the address.",
        ko: "{name}: 주소로 이름을 찾는 질의이므로 Service와 Ready 엔드포인트에서 그 주소를 찾습니다.",
    };
    /// NODATA.
    NameWithoutType { name: Arc<str>, kind: &'static str } => text! {
        en: "{name} exists without a {kind} record, so DNS answers NOERROR with no data.",
        ko: "{name}: 이름은 있지만 {kind} 레코드가 없어 DNS가 데이터 없는 NOERROR로 응답합니다.",
    };
    /// No such namespace.
    NameWithoutNamespace { name: Arc<str> } => text! {
        en: "The cluster has no such namespace, so DNS answers NXDOMAIN: {name}",
        ko: "클러스터에 이런 네임스페이스가 없어 DNS가 NXDOMAIN으로 응답합니다: {name}",
    };
    /// No such Service.
    NameWithoutService { name: Arc<str> } => text! {
        en: "That namespace has no such Service, so DNS answers NXDOMAIN: {name}",
        ko: "그 네임스페이스에 이런 Service가 없어 DNS가 NXDOMAIN으로 응답합니다: {name}",
    };
    /// No such port.
    NameWithoutPort { name: Arc<str>, service: Arc<str> } => text! {
        en: "{service} has no port of this name and protocol, so DNS answers NXDOMAIN: {name}",
        ko: "{service} Service에 이런 이름과 프로토콜의 포트가 없어 DNS가 NXDOMAIN으로 응답합니다: {name}",
    };
    /// A headless Service without ready endpoints.
    NoReadyEndpoint { name: Arc<str>, service: Arc<str> } => text! {
        en: "{service} has no ready endpoint of this name, so DNS answers NXDOMAIN: {name}",
        ko: "{service} Service에 그런 Ready 엔드포인트가 없어 DNS가 NXDOMAIN으로 응답합니다: {name}",
    };
    /// The name of one pod of a headless Service, which is not ready.
    NameWaitsForPod { name: Arc<str>, pod: Arc<str>, service: Arc<str> } => text! {
        en: "Pod {pod} of {service} is not ready, so DNS answers NXDOMAIN: {name}",
        ko: "{service} Service의 {pod} Pod가 Ready가 아닙니다. NXDOMAIN: {name}",
    };
    /// Pod names are not served, or no address.
    NameOfNoPod { name: Arc<str> } => text! {
        en: "Pod names are made from addresses (10-244-1-2.ns.pod…), so DNS answers NXDOMAIN: {name}",
        ko: "Pod 이름은 주소(10-244-1-2.ns.pod…)로만 만들므로 DNS가 NXDOMAIN으로 응답합니다: {name}",
    };
    /// Not the form of a cluster name.
    NameOfNoForm { name: Arc<str> } => text! {
        en: "This is not of the form service.namespace.svc.zone, so DNS answers NXDOMAIN: {name}",
        ko: "service.namespace.svc.zone 형식이 아니어서 DNS가 NXDOMAIN으로 응답합니다: {name}",
    };
    /// Below an ExternalName.
    NothingBelowAlias { name: Arc<str> } => text! {
        en: "An ExternalName has no names below it and cannot be an address, so DNS finds nothing: {name}",
        ko: "ExternalName은 이름 하나만 가리키고 주소는 쓸 수 없어 DNS가 찾지 못합니다: {name}",
    };
    /// Outside the cluster's zones.
    NameOutside { name: Arc<str>, rcode: &'static str } => text! {
        en: "{name} is not in the cluster's zone, so CoreDNS asks outside, which is not simulated: {rcode}.",
        ko: "{name} 이름은 클러스터의 zone이 아니어서 CoreDNS가 밖에 질의합니다(시뮬레이션 안 함): {rcode}",
    };
    /// The Corefile's hosts.
    NameInHosts { name: Arc<str> } => text! {
        en: "The hosts plugin of CoreDNS lists {name}, so DNS answers with that address.",
        ko: "CoreDNS의 hosts 플러그인에 {name} 이름이 있어 DNS가 그 주소로 응답합니다.",
    };
    /// The Corefile's hosts, without a way on.
    NotInCorefileHosts { name: Arc<str> } => text! {
        en: "The hosts plugin of the Corefile has no {name} and no fallthrough, so CoreDNS answers SERVFAIL.",
        ko: "hosts 플러그인에 {name} 이름도 fallthrough도 없어 CoreDNS가 SERVFAIL로 응답합니다.",
    };
    /// A template of the Corefile.
    NameFromTemplate { name: Arc<str>, rcode: &'static str } => text! {
        en: "A template plugin of CoreDNS' Corefile answers {name} as it is written there: {rcode}.",
        ko: "CoreDNS Corefile의 template 플러그인이 {name} 이름에 적힌 대로 답합니다: {rcode}.",
    };
    /// No server block takes the name.
    NoServerBlock { name: Arc<str> } => text! {
        en: "No server block of CoreDNS' Corefile is for {name} or a zone above it: REFUSED.",
        ko: "CoreDNS Corefile에 {name} 이름이나 그 상위 영역의 서버 블록이 없어 REFUSED입니다.",
    };
    /// Not the server's zone, and nobody else is asked.
    NoPluginLeft { name: Arc<str> } => text! {
        en: "{name} is no name of the cluster, and CoreDNS' Corefile has no forward that would take it: REFUSED.",
        ko: "{name} 이름은 클러스터의 것이 아니고 Corefile에 forward가 없어 REFUSED로 응답합니다.",
    };
    /// The Corefile names who is asked.
    NameForwarded { name: Arc<str>, to: Arc<str>, rcode: &'static str } => text! {
        en: "CoreDNS' Corefile forwards {name} to {to}; servers outside are not simulated: {rcode}.",
        ko: "Corefile이 {name} 질의를 {to} 서버로 전달합니다(시뮬레이션 안 함): {rcode}",
    };
    /// The Corefile names who is asked, and he is in the cluster.
    ForwardsTo { name: Arc<str>, to: IpAddr } => text! {
        en: "CoreDNS' Corefile forwards {name} to {to}, so CoreDNS asks there.",
        ko: "CoreDNS Corefile에 따라 {name} 이름을 {to} 서버에 넘겨 묻습니다.",
    };
    /// A question under another name.
    RewritesName { name: Arc<str>, to: Arc<str> } => text! {
        en: "A rewrite of CoreDNS' Corefile makes {to} of {name}.",
        ko: "CoreDNS Corefile의 rewrite가 {name} 이름을 {to}(으)로 바꿉니다.",
    };
    /// CoreDNS is starting.
    ServerNotSynced { name: Arc<str> } => text! {
        en: "CoreDNS has not read the API yet, so it answers SERVFAIL for {name}.",
        ko: "CoreDNS가 아직 API를 읽지 못해 {name} 질의에 SERVFAIL로 응답합니다.",
    };
    /// AXFR.
    NoTransfer { name: Arc<str> } => text! {
        en: "CoreDNS does not give out the whole zone {name}, so it answers REFUSED.",
        ko: "CoreDNS는 {name} zone 전체를 내주지 않으므로 REFUSED로 응답합니다.",
    };
    /// The node's resolver.
    RouterKnowsNothing { name: Arc<str> } => text! {
        en: "The node's own name server does not know the cluster's names, so it does not find {name}.",
        ko: "노드의 네임서버는 클러스터의 이름을 모르므로 {name} 이름을 찾지 못합니다.",
    };
    /// The resolver goes on.
    TriesNextName { name: Arc<str>, next: Arc<str>, libc: &'static str } => text! {
        en: "{name} has no address, so {libc} tries {next} next.",
        ko: "{name} 이름에 주소가 없어 {libc} 리졸버가 {next} 이름을 질의합니다.",
    };
    /// The resolver gives up.
    GivesUpName { name: Arc<str>, error: &'static str, libc: &'static str } => text! {
        en: "No name of the search list has an address, so the lookup of {name} fails: {error} ({libc})",
        ko: "search 목록의 어느 이름에도 주소가 없어 {name} 조회가 실패합니다: {error} ({libc})",
    };
    /// A name that only servers outside the cluster could know.
    OutsideNotSimulated { name: Arc<str>, outside: Arc<str> } => text! {
        en: "{name} has no address here: names outside the cluster ({outside}) are not simulated.",
        ko: "{name} 이름의 주소가 없습니다. 클러스터 밖의 이름({outside})은 시뮬레이션하지 않습니다.",
    };
    /// The resolver has an address.
    FindsName { name: Arc<str>, to: IpAddr } => text! {
        en: "DNS answers {to} for {name}, so the connection goes there.",
        ko: "DNS가 {name} 이름에 {to} 주소로 응답했으므로 이 주소로 연결합니다.",
    };
    /// The pod's own hosts file.
    InHostsFile { name: Arc<str>, to: IpAddr } => {
        let by = particle(&to.to_string(), Particle::By);
        text! {
            en: "The sender's /etc/hosts lists {name} as {to}, so DNS is not asked.",
            ko: "보내는 쪽의 /etc/hosts에 {name} 이름의 주소가 {to}{by} 있어 DNS에 질의하지 않습니다.",
        }
    };
    /// An Ingress' host at the client.
    ClientKnowsHost { name: Arc<str>, to: IpAddr, ingress: Arc<str> } => text! {
        en: "{name} is a host of Ingress {ingress}, so it is taken as {to}, as with curl --resolve.",
        ko: "{name} 이름은 {ingress} Ingress의 호스트여서 {to} 주소로 봅니다.",
    };
    /// An Ingress' host at the client, where the controller has no address of its own.
    ClientUsesNode { name: Arc<str>, to: IpAddr, ingress: Arc<str> } => text! {
        en: "Ingress {ingress} has host {name} and a controller on nodePorts only, so {to} stands for it.",
        ko: "{ingress} Ingress의 컨트롤러가 nodePort뿐이라 {name} 이름을 {to} 주소로 봅니다.",
    };
    /// An Ingress' host at the client, without a controller.
    NoControllerForHost { name: Arc<str>, ingress: Arc<str> } => text! {
        en: "No controller handles Ingress {ingress}, so its host {name} has no address.",
        ko: "{ingress} Ingress를 처리하는 컨트롤러가 없어 호스트 {name} 이름에 주소가 없습니다.",
    };
    /// Any other name at the client.
    ClientGuessesHost { name: Arc<str>, to: IpAddr } => text! {
        en: "No Ingress has host {name}; Kubehop still sends it to the controller ({to}) to show its answer.",
        ko: "{name} 호스트를 가진 Ingress가 없지만 컨트롤러의 응답을 보이려고 {to} 주소로 보냅니다.",
    };
    /// A load balancer's name at the client.
    ClientKnowsBalancer { name: Arc<str>, to: IpAddr, service: Arc<str> } => text! {
        en: "{name} is the load balancer of {service}, so it stands for {to}.",
        ko: "{name} 이름은 {service} Service의 로드 밸런서이므로 {to} 주소입니다.",
    };
    /// An unknown name at the client.
    ClientDoesNotKnow { name: Arc<str> } => text! {
        en: "{name} is unknown outside the cluster, because Service names exist only in the cluster's DNS.",
        ko: "Service 이름은 클러스터의 DNS에만 있어 클러스터 밖에서는 {name} 이름을 찾을 수 없습니다.",
    };
    /// No server in resolv.conf.
    NoNameServer { name: Arc<str> } => text! {
        en: "/etc/resolv.conf has no name server, so {name} cannot be looked up.",
        ko: "/etc/resolv.conf에 네임서버가 없어 {name} 이름을 조회할 수 없습니다.",
    };
    /// Somebody else listens on port 53.
    NoDnsServer { at: SocketAddr } => text! {
        en: "{at} is not CoreDNS, so its reply to the query is not simulated.",
        ko: "{at} 서버는 CoreDNS가 아니어서 그 응답은 시뮬레이션하지 않습니다.",
    };

    // HTTP.

    /// A pod answers.
    AnswersHttp { status: u16, pod: Arc<str> } => text! {
        en: "The process at {pod} handles the request and answers {status}.",
        ko: "{pod}의 프로세스가 요청을 처리해 {status} 상태 코드로 응답합니다.",
    };
    /// TLS to a plain port.
    NotTls { at: SocketAddr } => text! {
        en: "The server at {at} does not use TLS, so the handshake fails.",
        ko: "{at} 주소의 서버가 TLS를 지원하지 않아 핸드셰이크가 실패합니다.",
    };
    /// Plain HTTP to a TLS port.
    NeedsTls { at: SocketAddr } => text! {
        en: "{at} expects TLS but gets plain HTTP, so the server answers 400.",
        ko: "TLS 포트인 {at} 주소에 평문 HTTP로 요청해 서버가 400으로 응답합니다.",
    };
    /// The API server.
    ApiServerForbids { at: SocketAddr } => text! {
        en: "The request carries no credentials, so the API server at {at} answers 403.",
        ko: "요청에 자격 증명이 없어 {at} 주소의 API 서버가 403으로 응답합니다.",
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_name_what_they_are_about() {
        let why = Why::NoEndpoints {
            service: "shop/web".into(),
        };
        assert_eq!(
            why.say().en,
            "shop/web has no ready endpoint, so a rule refuses the connection."
        );
        assert!(why.say().ko.starts_with("shop/web Service에"));
    }
}
