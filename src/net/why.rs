//! Every reason a hop or a verdict can have, and its sentence in every language.
//!
//! Reasons are data, so that a trace costs no formatting until somebody reads it. One sentence, at most
//! 110 characters where names are of usual length: what happened and why. Korean sentences put a noun after
//! every name (`{node} 노드가`), because particles would otherwise depend on how a name ends.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use super::http_proxy::why::HttpProxyWhy;
use crate::cluster::listening::Basis;
use crate::text::{LocalizedText, text};

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
        en: "The sender knows one address: {to}.",
        ko: "보내는 쪽이 아는 주소는 {to} 하나입니다.",
    };
    /// A ping.
    SendsPing { to: IpAddr } => text! {
        en: "An echo request goes to {to}; it names a machine, not a port.",
        ko: "echo request를 {to} 주소로 보냅니다. 포트가 아니라 머신에 묻는 것입니다.",
    };
    /// The packet is for the sender itself.
    SendsToItself { to: SocketAddr } => text! {
        en: "{to} is the sender's own address, so the packet never leaves it.",
        ko: "{to} 주소는 보내는 쪽 자신의 것이어서 패킷이 밖으로 나가지 않습니다.",
    };
    /// The packet reaches whoever listens.
    Receives { port: u16, source: IpAddr } => text! {
        en: "A process listens on port {port}; the sender it sees is {source}.",
        ko: "{port} 포트에서 듣는 프로세스가 받습니다. 프로세스가 보는 출발지는 {source} 주소입니다.",
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
        en: "A machine really has the address {at}, so its kernel answers the ping.",
        ko: "{at} 주소를 실제로 가진 머신이 있어 커널이 ping에 응답합니다.",
    };
    /// The health check port answers by itself.
    HealthCheck { service: Arc<str>, count: usize } => text! {
        en: "kube-proxy answers health checks of {service} here: {count} ready endpoint(s) on this node.",
        ko: "kube-proxy가 {service} Service의 헬스 체크에 직접 응답합니다. 이 노드의 Ready endpoint는 {count}개입니다.",
    };
    /// The backend answers.
    Answers { to: SocketAddr } => text! {
        en: "The answer goes to the sender that was seen: {to}.",
        ko: "응답은 받은 쪽이 본 출발지인 {to} 주소로 갑니다.",
    };
    /// The answer came back.
    GetsAnswer { from: SocketAddr } => text! {
        en: "The answer comes from the very address that was asked: {from}.",
        ko: "물었던 바로 그 주소, {from}에서 응답이 옵니다.",
    };
    /// Connection refused, as the sender sees it.
    GetsRefusal { from: SocketAddr } => text! {
        en: "The sender learns at once that nobody serves {from}: connection refused.",
        ko: "보낸 쪽은 {from} 주소에 서비스하는 곳이 없다는 것을 바로 압니다. connection refused입니다.",
    };
    /// A host without a process on that port.
    NothingListens { at: SocketAddr } => text! {
        en: "The machine at {at} is there, but nothing listens on that port, so it refuses.",
        ko: "{at} 주소의 머신은 있지만 그 포트에서 듣는 프로세스가 없어 연결을 거절합니다.",
    };
    /// A hung process.
    Hung { pod: Arc<str> } => text! {
        en: "Pod {pod} is there, but its process hangs and never answers.",
        ko: "{pod} Pod는 있지만 프로세스가 멈춰 있어 응답하지 않습니다.",
    };

    // kube-proxy: nat.

    /// The only endpoint there is.
    PicksOnly { service: Arc<str>, to: SocketAddr } => text! {
        en: "A rule matches Service {service} and writes its one usable endpoint, {to}, over the destination.",
        ko: "{service} Service의 규칙과 맞습니다. 쓸 수 있는 endpoint가 하나뿐이어서 목적지를 {to} 주소로 바꿉니다.",
    };
    /// One of several endpoints.
    Picks { service: Arc<str>, to: SocketAddr, count: usize } => text! {
        en: "A rule matches Service {service}, picks one of {count} endpoints and writes {to} over the destination.",
        ko: "{service} Service의 규칙과 맞습니다. endpoint {count}개 중 하나를 골라 목적지를 {to} 주소로 바꿉니다.",
    };
    /// Policy Local, one endpoint.
    PicksLocal { service: Arc<str>, to: SocketAddr, count: usize, node: Arc<str> } => text! {
        en: "{service} has policy Local: of {count} endpoint(s) on {node}, {to} becomes the destination.",
        ko: "{service} Service는 Local 정책입니다. {node} 노드의 endpoint {count}개 중에서 {to} 주소가 목적지가 됩니다.",
    };
    /// Session affinity.
    PicksAgain { service: Arc<str>, client: IpAddr, to: SocketAddr } => text! {
        en: "Session affinity: {client} used {to} before, so {service} sends it there again.",
        ko: "세션 어피니티: {client} 주소가 전에 쓴 {to} endpoint로 {service} Service가 다시 보냅니다.",
    };
    /// conntrack knows the connection.
    Remembered { node: Arc<str>, to: SocketAddr } => text! {
        en: "conntrack on {node} knows this connection and keeps it at {to}; no rule is asked again.",
        ko: "{node} 노드의 conntrack이 이 연결을 기억해 규칙을 다시 보지 않고 {to} 주소로 계속 보냅니다.",
    };
    /// No Service rule matches.
    NoRule { node: Arc<str>, to: SocketAddr } => text! {
        en: "No Service rule on {node} matches {to}; the node only routes.",
        ko: "{node} 노드에는 {to} 주소와 맞는 Service 규칙이 없어 라우팅만 합니다.",
    };
    /// The node's network to one of its pods or another node, without ports.
    RoutesPing { node: Arc<str>, to: IpAddr } => text! {
        en: "{node} routes the echo request on to {to}; Service rules match ports, and a ping has none.",
        ko: "{node} 노드가 echo request를 {to} 주소로 라우팅합니다. Service 규칙은 포트에만 맞는데 ping에는 포트가 없습니다.",
    };

    /// A port of the node that leads into a pod.
    HostPort { pod: Arc<str>, port: u16, node: Arc<str>, to: SocketAddr } => text! {
        en: "No Service rule takes port {port} of {node}; Pod {pod} has it as hostPort, and the CNI sends it to {to}.",
        ko: "{node} 노드의 {port} 포트는 Service 규칙에 걸리지 않고 {pod} Pod의 hostPort입니다. CNI가 {to} 주소로 보냅니다.",
    };
    /// A packet from `::1` cannot leave its machine.
    LoopbackLeaves { to: IpAddr } => text! {
        en: "A packet from ::1 may not leave its machine, so {to} never gets it: loopback works in IPv4 only.",
        ko: "출발지가 ::1인 패킷은 머신 밖으로 나갈 수 없어 {to} 주소에 닿지 못합니다. 루프백은 IPv4에서만 됩니다.",
    };

    // kube-proxy: source rewriting.

    /// A pod or loopback uses a `hostPort` of its own node.
    MasqueradesHostPort { from: IpAddr, to: IpAddr } => text! {
        en: "{from} asks a hostPort of its own node: so that the answer returns through it, the source becomes {to}.",
        ko: "{from} 주소가 자기 노드의 hostPort를 씁니다. 응답이 노드를 거쳐 돌아오도록 출발지를 {to} 주소로 바꿉니다.",
    };

    /// External traffic under policy Cluster.
    MasqueradesExternal { service: Arc<str>, node: Arc<str>, to: IpAddr } => text! {
        en: "{service} has policy Cluster: replies must come back through {node}, so the source becomes {to}.",
        ko: "{service} Service는 Cluster 정책입니다. 응답이 {node} 노드로 돌아오도록 출발지를 {to} 주소로 바꿉니다.",
    };
    /// Someone other than a pod uses a ClusterIP.
    MasqueradesNonPod { from: IpAddr, node: Arc<str>, to: IpAddr } => text! {
        en: "{from} is no pod address: so that the reply returns through {node}, the source becomes {to}.",
        ko: "{from} 주소는 Pod가 아닙니다. 응답이 {node} 노드로 돌아오도록 출발지를 {to} 주소로 바꿉니다.",
    };
    /// The chosen endpoint is the sender itself.
    MasqueradesHairpin { pod: IpAddr, to: IpAddr } => text! {
        en: "The chosen pod {pod} is the sender; with source {to} it answers the node, not itself.",
        ko: "고른 Pod가 보낸 Pod {pod} 자신입니다. 자신이 아니라 노드에 응답하도록 출발지를 {to} 주소로 바꿉니다.",
    };
    /// `masqueradeAll`.
    MasqueradesAll { node: Arc<str>, to: IpAddr } => text! {
        en: "masqueradeAll is on, so {node} rewrites the source of all Service traffic to {to}.",
        ko: "masqueradeAll이 켜져 있어 {node} 노드가 모든 Service 트래픽의 출발지를 {to} 주소로 바꿉니다.",
    };
    /// The node uses an external address under policy Local.
    MasqueradesLocal { node: Arc<str>, to: IpAddr } => text! {
        en: "The packet comes from {node} itself, so its source becomes {to}, where replies can return.",
        ko: "{node} 노드 자신이 보낸 패킷이므로 응답이 돌아올 수 있게 출발지를 {to} 주소로 바꿉니다.",
    };
    /// The network's own masquerading.
    MasqueradesCni { from: IpAddr, to: IpAddr } => text! {
        en: "Outside the pod network nobody can answer {from}, so the CNI writes the node's {to} over it.",
        ko: "Pod 네트워크 밖에서는 {from} 주소로 응답할 수 없어 CNI가 출발지를 노드의 {to} 주소로 바꿉니다.",
    };
    /// An existing connection keeps its source.
    MasqueradesAgain { to: IpAddr } => text! {
        en: "conntrack keeps the source of this connection as it was rewritten: {to}.",
        ko: "conntrack이 이 연결의 출발지를 전에 바꾼 대로 {to} 주소로 유지합니다.",
    };

    // kube-proxy: filter.

    /// No endpoint is usable, so the rules refuse.
    NoEndpoints { service: Arc<str> } => text! {
        en: "{service} has no ready endpoint anywhere, so the rule refuses the connection.",
        ko: "{service} Service에 준비된 endpoint가 하나도 없어 규칙이 연결을 거절합니다.",
    };
    /// External policy Local without a local endpoint.
    NoLocalExternal { service: Arc<str>, node: Arc<str> } => text! {
        en: "externalTrafficPolicy is Local and {node} runs no endpoint of {service}, so it drops the packet.",
        ko: "externalTrafficPolicy가 Local인데 {node} 노드에 {service} Service의 endpoint가 없어 패킷을 버립니다.",
    };
    /// Internal policy Local without a local endpoint.
    NoLocalInternal { service: Arc<str>, node: Arc<str> } => text! {
        en: "internalTrafficPolicy is Local and {node} runs no endpoint of {service}, so it drops the packet.",
        ko: "internalTrafficPolicy가 Local인데 {node} 노드에 {service} Service의 endpoint가 없어 패킷을 버립니다.",
    };
    /// Source ranges.
    SourceRange { service: Arc<str>, source: IpAddr } => text! {
        en: "{source} is outside loadBalancerSourceRanges of {service}, so the packet is dropped.",
        ko: "{source} 주소가 {service} Service의 loadBalancerSourceRanges 밖이어서 패킷을 버립니다.",
    };
    /// A reply that belongs to no connection.
    Invalid { node: Arc<str> } => text! {
        en: "{node} never saw this connection begin, so to conntrack the packet is INVALID and is dropped.",
        ko: "{node} 노드는 이 연결의 시작을 본 적이 없습니다. conntrack에는 INVALID 패킷이어서 버립니다.",
    };
    /// A loopback address from outside.
    Localnet { node: Arc<str>, to: IpAddr } => text! {
        en: "{to} is a loopback address, which only {node} itself may use, so the packet is dropped.",
        ko: "{to} 주소는 {node} 노드 자신만 쓸 수 있는 loopback 주소여서 패킷을 버립니다.",
    };
    /// nftables and IPVS mode refuse ports that a ClusterIP does not have.
    NoSuchPort { to: SocketAddr } => text! {
        en: "{to} is no port of this Service; kube-proxy's rules in this mode refuse it.",
        ko: "이 Service에는 {to} 포트가 없습니다. 이 모드의 kube-proxy 규칙은 이런 연결을 거절합니다.",
    };
    /// nftables mode drops what goes to addresses of Services that no Service has.
    UnallocatedClusterIp { node: Arc<str>, to: IpAddr } => text! {
        en: "No Service has {to}; in nftables mode {node} drops packets to unallocated ClusterIPs.",
        ko: "{to} 주소를 가진 Service가 없습니다. nftables 모드의 {node} 노드는 할당되지 않은 ClusterIP로 가는 패킷을 버립니다.",
    };

    // NetworkPolicy.

    /// A policy keeps the packet out.
    PolicyDeniesIngress { policy: Arc<str>, pod: Arc<str>, source: IpAddr } => text! {
        en: "NetworkPolicy {policy} selects {pod}, and no rule lets {source} in: dropped.",
        ko: "NetworkPolicy {policy} 정책이 {pod} Pod를 선택하는데 {source} 주소를 들이는 규칙이 없어 버립니다.",
    };
    /// A policy keeps the packet in.
    PolicyDeniesEgress { policy: Arc<str>, pod: Arc<str>, to: SocketAddr } => text! {
        en: "NetworkPolicy {policy} selects {pod}, and no rule lets it out to {to}: dropped.",
        ko: "NetworkPolicy {policy} 정책이 {pod} Pod를 선택하는데 {to} 주소로 내보내는 규칙이 없어 버립니다.",
    };
    /// A policy lets the packet in.
    PolicyAllowsIngress { policy: Arc<str>, pod: Arc<str>, source: IpAddr } => text! {
        en: "NetworkPolicy {policy} selects {pod}, and one of its rules lets {source} in.",
        ko: "NetworkPolicy {policy} 정책이 {pod} Pod를 선택하고, 규칙 하나가 {source} 주소를 들입니다.",
    };
    /// A policy lets the packet out.
    PolicyAllowsEgress { policy: Arc<str>, pod: Arc<str>, to: SocketAddr } => text! {
        en: "NetworkPolicy {policy} selects {pod}, and one of its rules lets it out to {to}.",
        ko: "NetworkPolicy {policy} 정책이 {pod} Pod를 선택하고, 규칙 하나가 {to} 주소로 내보냅니다.",
    };

    // Routing.

    /// The router passes a packet to a node.
    RouterToNode { node: Arc<str>, to: IpAddr } => text! {
        en: "The router knows the way to {to}: through {node}.",
        ko: "라우터는 {to} 주소로 가는 길을 압니다. {node} 노드를 거칩니다.",
    };
    /// The router passes a packet to somebody outside.
    RouterToOutside { to: IpAddr } => text! {
        en: "The router passes the packet on to {to}, outside the cluster.",
        ko: "라우터가 패킷을 클러스터 밖의 {to} 주소로 넘깁니다.",
    };
    /// A ClusterIP at the router.
    NoRouteToClusterIp { to: IpAddr } => text! {
        en: "{to} exists only in the nodes' rules; the router has no route to it and drops the packet.",
        ko: "{to} 주소는 노드의 규칙 안에만 있습니다. 라우터는 가는 길을 몰라 패킷을 버립니다.",
    };
    /// A wrong port of a ClusterIP, or of none.
    NoPortOfClusterIp { to: SocketAddr } => text! {
        en: "No rule matches {to}: that ClusterIP has no such port, and no machine has the address.",
        ko: "{to}에 맞는 규칙이 없습니다. 그 ClusterIP에 없는 포트이고, 그 주소를 가진 머신도 없습니다.",
    };
    /// A ping to a ClusterIP.
    PingVirtual { to: IpAddr } => text! {
        en: "{to} is on no machine, only in rules for its ports, so nobody answers a ping.",
        ko: "{to} 주소는 어느 머신에도 없고 포트별 규칙으로만 있어 ping에 응답할 곳이 없습니다.",
    };
    /// A pod's address at the router.
    NoRouteToPod { to: IpAddr } => text! {
        en: "{to} lies in the pod network, which the router does not know; it drops the packet.",
        ko: "{to} 주소는 라우터가 모르는 Pod 네트워크에 있어 라우터가 패킷을 버립니다.",
    };
    /// Nobody knows the address.
    NoRoute { to: IpAddr } => text! {
        en: "No machine with {to} is known here (the internet is not simulated); the router drops the packet.",
        ko: "{to} 주소를 가진 머신을 여기서는 모릅니다(인터넷은 시뮬레이션하지 않습니다). 라우터가 패킷을 버립니다.",
    };
    /// No pod has the address.
    NoSuchPod { to: IpAddr } => text! {
        en: "No pod has the address {to} (any more), so nobody answers.",
        ko: "{to} 주소를 가진 Pod가 없어(또는 사라져) 응답할 곳이 없습니다.",
    };
    /// Nobody in the nodes' own network has the address.
    NoNeighbor { to: IpAddr } => text! {
        en: "No machine in the nodes' network answers for {to}: silence, then, after some 3 s, \"No route to host\".",
        ko: "노드 네트워크에 {to} 주소를 가진 머신이 없습니다. 응답이 없다가 3초쯤 뒤에 \"No route to host\"가 됩니다.",
    };
    /// The node is off.
    NodeOff { node: Arc<str> } => text! {
        en: "{node} is powered off, so everything sent to it is lost.",
        ko: "{node} 노드의 전원이 꺼져 있어 그리로 간 패킷은 모두 사라집니다.",
    };
    /// A broken wire.
    LinkDown { from: Arc<str>, to: Arc<str> } => text! {
        en: "The link between {from} and {to} is broken, so the packet is lost.",
        ko: "{from} 노드와 {to} 노드 사이의 링크가 끊어져 패킷이 사라집니다.",
    };
    /// A broken wire to the router.
    RouterLinkDown { node: Arc<str> } => text! {
        en: "The link between {node} and the router is broken, so the packet is lost.",
        ko: "{node} 노드와 라우터 사이의 링크가 끊어져 패킷이 사라집니다.",
    };
    /// The packet went in circles.
    Loops { to: IpAddr } => text! {
        en: "Nobody owns {to}, and the packet went in circles until its time to live ran out.",
        ko: "{to} 주소의 주인이 없어 패킷이 TTL이 다할 때까지 돌기만 합니다.",
    };

    // The cloud's firewall.

    /// A rule lets a packet in or out.
    FirewallAllows { rule: Arc<str>, what: Arc<str>, source: IpAddr } => text! {
        en: "Rule {rule} of the cloud's firewall lets {what} from {source} pass.",
        ko: "클라우드 방화벽의 {rule} 규칙이 {source} 주소에서 온 {what} 패킷을 통과시킵니다.",
    };
    /// A rule drops a packet.
    FirewallDenies { rule: Arc<str>, what: Arc<str>, source: IpAddr } => text! {
        en: "Rule {rule} of the cloud's firewall drops {what} from {source}: disable it, or allow more at a lower priority number.",
        ko: "클라우드 방화벽의 {rule} 규칙이 {source} 주소에서 온 {what} 패킷을 버립니다. 규칙을 끄거나 더 작은 priority로 허용하세요.",
    };
    /// No rule lets a packet in.
    FirewallImplied { what: Arc<str>, source: IpAddr } => text! {
        en: "No rule of the cloud's firewall lets {what} from {source} in: gcloud compute firewall-rules create open --allow={what}",
        ko: "{source} 주소에서 온 {what} 패킷을 들이는 클라우드 방화벽 규칙이 없습니다: gcloud compute firewall-rules create open --allow={what}",
    };

    // Load balancers.

    /// The load balancer picks a node.
    Balances { service: Arc<str>, node: Arc<str>, count: usize } => text! {
        en: "The load balancer of {service} counts nodes, not Pods, and picks {node}, one of {count}.",
        ko: "{service} Service의 로드 밸런서는 Pod가 아니라 노드를 셉니다. 노드 {count}개 중 {node} 노드를 고릅니다.",
    };
    /// The load balancer picks a node among those with local endpoints.
    BalancesHealthy { service: Arc<str>, node: Arc<str>, count: usize, total: usize } => text! {
        en: "Health checks of {service} pass on {count} of {total} nodes, those with a Pod; {node} is picked.",
        ko: "{service} Service의 헬스 체크는 노드 {total}개 중 Pod가 있는 {count}개에서 통과합니다. 그중 {node} 노드를 고릅니다.",
    };
    /// The node was given.
    BalancesTo { service: Arc<str>, node: Arc<str> } => text! {
        en: "The load balancer of {service} passes this packet to {node}.",
        ko: "{service} Service의 로드 밸런서가 이 패킷을 {node} 노드로 넘깁니다.",
    };
    /// MetalLB announces an address from one node.
    Announces { service: Arc<str>, node: Arc<str>, to: IpAddr } => text! {
        en: "MetalLB announces {to} of {service} from one node, {node}; all its packets enter there.",
        ko: "MetalLB는 {service} Service의 {to} 주소를 {node} 노드 하나에서만 알립니다. 패킷은 모두 그리로 들어갑니다.",
    };
    /// No node may take the packet.
    NoHealthyNode { service: Arc<str> } => text! {
        en: "No node passes the health check of {service}, so its load balancer has nowhere to send.",
        ko: "{service} Service의 헬스 체크를 통과한 노드가 없어 로드 밸런서가 보낼 곳이 없습니다.",
    };
    /// The load balancer does not listen there.
    NoBalancedPort { service: Arc<str>, port: u16 } => text! {
        en: "The load balancer of {service} listens on the Service's ports only; {port} is none of them.",
        ko: "{service} Service의 로드 밸런서는 Service의 포트에서만 듣습니다. {port} 포트는 없습니다.",
    };
    /// The load balancer has no node port to send to.
    NoNodePort { service: Arc<str> } => text! {
        en: "{service} has no node port, and a proxying load balancer has nothing else to send to.",
        ko: "{service} Service에 node port가 없어 프록시 방식의 로드 밸런서가 보낼 곳이 없습니다.",
    };
    /// The load balancer's answer goes back through it.
    BalancerReturns { service: Arc<str>, to: SocketAddr } => text! {
        en: "The load balancer of {service} made this connection for {to} and passes the answer back.",
        ko: "{service} Service의 로드 밸런서는 {to} 주소를 대신해 연결했으므로 응답을 돌려보냅니다.",
    };

    // The way back.

    /// conntrack undoes the translation.
    Undoes { node: Arc<str> } => text! {
        en: "{node} remembers the connection and puts back the addresses it had rewritten.",
        ko: "{node} 노드가 연결을 기억해 두었다가 바꿨던 주소를 되돌립니다.",
    };
    /// Nothing to undo.
    RoutesReply { node: Arc<str>, to: IpAddr } => text! {
        en: "{node} rewrote nothing of this connection; it routes the answer to {to}.",
        ko: "{node} 노드는 이 연결에서 바꾼 것이 없어 응답을 {to} 주소로 라우팅만 합니다.",
    };
    /// An answer from somebody who was not asked.
    StrayAnswer { from: SocketAddr, asked: SocketAddr } => text! {
        en: "The answer comes from {from}, but {asked} was asked, so the sender ignores it.",
        ko: "{asked} 주소에 물었는데 {from} 주소에서 응답이 와서 보낸 쪽이 무시합니다.",
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
        en: "The name is Service {service}: the answer is its virtual address {to}, whatever its endpoints.",
        ko: "{service} Service의 이름입니다. endpoint와 상관없이 가상 주소 {to}로 답합니다.",
    };
    /// A headless Service.
    NameOfEndpoints { service: Arc<str>, count: usize } => text! {
        en: "{service} is headless: the answer is the addresses of its {count} ready endpoint(s).",
        ko: "{service} Service는 headless여서 Ready endpoint {count}개의 주소로 답합니다.",
    };
    /// One endpoint of a Service.
    NameOfEndpoint { name: Arc<str> } => text! {
        en: "{name} is the name of one ready endpoint, made of its host name or its address.",
        ko: "{name} 이름은 Ready endpoint 하나의 것으로, 호스트 이름이나 주소로 만든 것입니다.",
    };
    /// An ExternalName Service.
    NameIsAlias { service: Arc<str>, target: Arc<str> } => text! {
        en: "{service} is an ExternalName: the answer is a CNAME to {target}; no proxy is involved.",
        ko: "{service} Service는 ExternalName이어서 {target} 이름을 가리키는 CNAME으로 답합니다. 프록시는 없습니다.",
    };
    /// A name made of an address.
    NameOfPod { name: Arc<str> } => text! {
        en: "{name} is read as an address; CoreDNS (pods insecure) does not look whether such a pod exists.",
        ko: "{name} 이름에서 주소를 읽어 답합니다. CoreDNS(pods insecure)는 그런 Pod가 있는지 보지 않습니다.",
    };
    /// The zone itself.
    NameOfZone { name: Arc<str> } => text! {
        en: "{name} belongs to the zone itself or lies between zone and Service.",
        ko: "{name} 이름은 zone 자체이거나 zone과 Service 사이의 것입니다.",
    };
    /// An address looked up backwards.
    NameOfAddress { name: Arc<str> } => text! {
        en: "{name} is an address asked backwards; Services and ready endpoints are searched for it.",
        ko: "{name} 이름은 주소를 거꾸로 물은 것으로, Service와 Ready endpoint에서 찾습니다.",
    };
    /// NODATA.
    NameWithoutType { name: Arc<str>, kind: &'static str } => text! {
        en: "{name} exists, but has no {kind} record: NOERROR without an answer.",
        ko: "{name} 이름은 있지만 {kind} 레코드가 없어 답이 빈 NOERROR입니다.",
    };
    /// No such namespace.
    NameWithoutNamespace { name: Arc<str> } => text! {
        en: "{name}: the cluster has no namespace of this name, so NXDOMAIN.",
        ko: "{name}: 클러스터에 그런 namespace가 없어 NXDOMAIN입니다.",
    };
    /// No such Service.
    NameWithoutService { name: Arc<str> } => text! {
        en: "{name}: that namespace has no Service of this name, so NXDOMAIN.",
        ko: "{name}: 그 namespace에 그런 Service가 없어 NXDOMAIN입니다.",
    };
    /// No such port.
    NameWithoutPort { name: Arc<str>, service: Arc<str> } => text! {
        en: "{name}: Service {service} has no port of this name and protocol, so NXDOMAIN.",
        ko: "{name}: {service} Service에 그런 이름과 프로토콜의 포트가 없어 NXDOMAIN입니다.",
    };
    /// A headless Service without ready endpoints.
    NoReadyEndpoint { name: Arc<str>, service: Arc<str> } => text! {
        en: "{name}: {service} has no ready endpoint of this name, so there is nothing to answer with: NXDOMAIN.",
        ko: "{name}: {service} Service에 그 이름의 Ready endpoint가 없어 NXDOMAIN입니다.",
    };
    /// The name of one pod of a headless Service, which is not ready.
    NameWaitsForPod { name: Arc<str>, pod: Arc<str>, service: Arc<str> } => text! {
        en: "{name} exists only while Pod {pod} is ready; {service} shows no Pod before, unless it sets publishNotReadyAddresses: NXDOMAIN.",
        ko: "{name} 이름은 {pod} Pod가 Ready일 때만 있습니다. {service} Service가 publishNotReadyAddresses를 켜지 않으면 그 전에는 보이지 않아 NXDOMAIN입니다.",
    };
    /// Pod names are not served, or no address.
    NameOfNoPod { name: Arc<str> } => text! {
        en: "{name}: pod names are made of addresses (10-244-1-2.ns.pod…); this one leads nowhere: NXDOMAIN.",
        ko: "{name}: Pod 이름은 주소(10-244-1-2.ns.pod…)로만 만듭니다. 이 이름은 가리키는 곳이 없어 NXDOMAIN입니다.",
    };
    /// Not the form of a cluster name.
    NameOfNoForm { name: Arc<str> } => text! {
        en: "{name} does not have the form service.namespace.svc.zone, so NXDOMAIN.",
        ko: "{name} 이름은 service.namespace.svc.zone 꼴이 아니어서 NXDOMAIN입니다.",
    };
    /// Below an ExternalName.
    NothingBelowAlias { name: Arc<str> } => text! {
        en: "{name}: an ExternalName holds one name; nothing stands below it, and an address is no name.",
        ko: "{name}: ExternalName은 이름 하나만 가리킵니다. 그 아래에는 아무것도 없고 주소는 이름이 될 수 없습니다.",
    };
    /// Outside the cluster's zones.
    NameOutside { name: Arc<str>, rcode: &'static str } => text! {
        en: "{name} is no name of the cluster: CoreDNS asks outside, which is not simulated: {rcode}.",
        ko: "{name} 이름은 클러스터의 것이 아니어서 밖에 묻습니다. 외부 이름은 시뮬레이션하지 않으므로 {rcode}입니다.",
    };
    /// The Corefile's hosts.
    NameInHosts { name: Arc<str> } => text! {
        en: "The hosts plugin of CoreDNS' Corefile names {name}.",
        ko: "CoreDNS Corefile의 hosts 플러그인에 {name} 이름이 있습니다.",
    };
    /// The Corefile's hosts, without a way on.
    NotInCorefileHosts { name: Arc<str> } => text! {
        en: "The hosts plugin of CoreDNS' Corefile has no {name} and, without fallthrough, lets no question go on to other plugins: SERVFAIL.",
        ko: "CoreDNS Corefile의 hosts 플러그인에 {name} 이름이 없고, fallthrough가 없어 다른 플러그인으로 넘기지 않습니다: SERVFAIL.",
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
        ko: "{name} 이름은 클러스터의 것이 아니고, CoreDNS Corefile에 이를 넘길 forward가 없어 REFUSED입니다.",
    };
    /// The Corefile names who is asked.
    NameForwarded { name: Arc<str>, to: Arc<str>, rcode: &'static str } => text! {
        en: "CoreDNS' Corefile forwards {name} to {to}; servers outside are not simulated: {rcode}.",
        ko: "CoreDNS Corefile이 {name} 이름을 {to} 서버에 넘깁니다. 외부 서버는 시뮬레이션하지 않으므로 {rcode}입니다.",
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
        en: "CoreDNS has not read the API yet and cannot tell whether {name} exists: SERVFAIL.",
        ko: "CoreDNS가 아직 API를 읽지 못해 {name} 이름이 있는지 모르므로 SERVFAIL입니다.",
    };
    /// AXFR.
    NoTransfer { name: Arc<str> } => text! {
        en: "CoreDNS does not hand out the whole zone {name}: REFUSED.",
        ko: "CoreDNS는 {name} zone 전체를 내주지 않으므로 REFUSED입니다.",
    };
    /// The node's resolver.
    RouterKnowsNothing { name: Arc<str> } => text! {
        en: "The node's own name server knows neither the cluster's names nor, here, any other: {name} does not exist.",
        ko: "노드의 네임서버는 클러스터의 이름을 모르고 여기서는 다른 이름도 모릅니다. {name} 이름은 없는 것으로 답합니다.",
    };
    /// The resolver goes on.
    TriesNextName { name: Arc<str>, next: Arc<str>, libc: &'static str } => text! {
        en: "{name} has no address; {libc} tries {next}.",
        ko: "{name} 이름에는 주소가 없어 {libc} 리졸버가 {next} 이름을 물어봅니다.",
    };
    /// The resolver gives up.
    GivesUpName { name: Arc<str>, error: &'static str, libc: &'static str } => text! {
        en: "{name} has no address: {error} ({libc}).",
        ko: "{name} 이름의 주소를 찾지 못했습니다: {error} ({libc}).",
    };
    /// A name that only servers outside the cluster could know.
    OutsideNotSimulated { name: Arc<str>, outside: Arc<str> } => text! {
        en: "{name} has no address: outside names are not simulated; a real CoreDNS would ask the upstream resolver for {outside}.",
        ko: "{name} 이름의 주소가 없습니다. 클러스터 밖의 이름은 시뮬레이션하지 않습니다. 실제 클러스터에서는 CoreDNS가 {outside} 이름을 upstream resolver에 묻습니다.",
    };
    /// The resolver has an address.
    FindsName { name: Arc<str>, to: IpAddr } => text! {
        en: "{name} has the address {to}; the connection goes there.",
        ko: "{name} 이름의 주소는 {to}입니다. 연결은 이 주소로 갑니다.",
    };
    /// The pod's own hosts file.
    InHostsFile { name: Arc<str>, to: IpAddr } => text! {
        en: "{name} stands in the sender's /etc/hosts as {to}; no server is asked.",
        ko: "{name} 이름은 보내는 쪽의 /etc/hosts에 {to} 주소로 있어 서버에 묻지 않습니다.",
    };
    /// An Ingress' host at the client.
    ClientKnowsHost { name: Arc<str>, to: IpAddr, ingress: Arc<str> } => text! {
        en: "{name} is a host of Ingress {ingress}: taken as {to}, as if in /etc/hosts (curl --resolve).",
        ko: "{name} 이름은 {ingress} Ingress의 host입니다. /etc/hosts에 적어 둔 것처럼(curl --resolve) {to} 주소로 봅니다.",
    };
    /// An Ingress' host at the client, where the controller has no address of its own.
    ClientUsesNode { name: Arc<str>, to: IpAddr, ingress: Arc<str> } => text! {
        en: "{name} is a host of Ingress {ingress}; its controller is on node ports only, so {to} stands for it.",
        ko: "{name} 이름은 {ingress} Ingress의 host입니다. 컨트롤러가 node port로만 열려 있어 {to} 노드 주소로 봅니다.",
    };
    /// An Ingress' host at the client, without a controller.
    NoControllerForHost { name: Arc<str>, ingress: Arc<str> } => text! {
        en: "{name} is a host of Ingress {ingress}, but no controller serves it, so it has no address.",
        ko: "{name} 이름은 {ingress} Ingress의 host이지만 처리하는 컨트롤러가 없어 주소가 없습니다.",
    };
    /// Any other name at the client.
    ClientGuessesHost { name: Arc<str>, to: IpAddr } => text! {
        en: "No Ingress names {name}; it is sent to the controller's {to} anyway, to show what that says.",
        ko: "{name} 이름을 적은 Ingress가 없지만 컨트롤러의 답을 볼 수 있게 {to} 주소로 보냅니다.",
    };
    /// A load balancer's name at the client.
    ClientKnowsBalancer { name: Arc<str>, to: IpAddr, service: Arc<str> } => text! {
        en: "{name} is the load balancer of {service}: {to}.",
        ko: "{name} 이름은 {service} Service의 로드 밸런서로, 주소는 {to}입니다.",
    };
    /// An unknown name at the client.
    ClientDoesNotKnow { name: Arc<str> } => text! {
        en: "Outside the cluster {name} means nothing: its names live in CoreDNS, other names are not simulated.",
        ko: "클러스터 밖에서는 {name} 이름을 알 수 없습니다. 클러스터의 이름은 CoreDNS에만 있고 다른 이름은 시뮬레이션하지 않습니다.",
    };
    /// No server in resolv.conf.
    NoNameServer { name: Arc<str> } => text! {
        en: "/etc/resolv.conf names no server that could be asked for {name}.",
        ko: "/etc/resolv.conf에 {name} 이름을 물어볼 서버가 없습니다.",
    };
    /// Somebody else listens on port 53.
    NoDnsServer { at: SocketAddr } => text! {
        en: "{at} took the question, but it is no CoreDNS; what it would answer is not simulated.",
        ko: "{at} 주소가 질문을 받았지만 CoreDNS가 아니어서 그 답은 시뮬레이션하지 않습니다.",
    };

    // HTTP.

    /// A pod answers.
    AnswersHttp { status: u16, pod: Arc<str> } => text! {
        en: "The process at {pod} answers {status}; every pod that listens is taken to answer every path.",
        ko: "{pod}의 프로세스가 {status}로 응답합니다. 듣고 있는 Pod는 어느 경로에나 응답하는 것으로 봅니다.",
    };
    /// TLS to a plain port.
    NotTls { at: SocketAddr } => text! {
        en: "TLS is spoken to {at}, but the server there speaks plain HTTP: the handshake fails.",
        ko: "{at} 주소에 TLS로 말했지만 서버는 평문 HTTP만 알아 handshake가 실패합니다.",
    };
    /// Plain HTTP to a TLS port.
    NeedsTls { at: SocketAddr } => text! {
        en: "Plain HTTP is spoken to {at}, a TLS port: the server answers 400.",
        ko: "TLS 포트인 {at} 주소에 평문 HTTP로 말해 서버가 400으로 답합니다.",
    };
    /// The API server.
    ApiServerForbids { at: SocketAddr } => text! {
        en: "The API server at {at} knows nobody without credentials: 403.",
        ko: "{at} 주소의 API 서버는 자격 증명이 없는 요청을 403으로 거절합니다.",
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
            "shop/web has no ready endpoint anywhere, so the rule refuses the connection."
        );
        assert!(why.say().ko.starts_with("shop/web Service에"));
    }
}
