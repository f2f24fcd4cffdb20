//! The ipsets of a node: what is in each, found by asking Services (`kubernetes pkg/proxy/ipvs/ipset.go`).

use std::net::IpAddr;
use std::sync::Arc;

use crate::api::IpFamily;
use crate::net::packet::Protocol;
use crate::net::proxy::packet_view::PacketView;
use crate::net::proxy::service::ServicePort;
use crate::net::proxy::table::ServiceTable;
use crate::net::route::NodeInfo;

/// A type of ipset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetType {
    HashIp,
    HashIpPort,
    HashIpPortIp,
    HashIpPortNet,
    BitmapPort,
}

impl SetType {
    /// As `ipset list` prints it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::HashIp => "hash:ip",
            Self::HashIpPort => "hash:ip,port",
            Self::HashIpPortIp => "hash:ip,port,ip",
            Self::HashIpPortNet => "hash:ip,port,net",
            Self::BitmapPort => "bitmap:port",
        }
    }

    /// Its revision, as Linux 6.x says.
    pub(super) const fn revision(self) -> u8 {
        match self {
            Self::HashIp | Self::HashIpPortIp => 6,
            Self::HashIpPort => 7,
            Self::HashIpPortNet => 8,
            Self::BitmapPort => 3,
        }
    }
}

/// An ipset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    LoopBack,
    ClusterIp,
    ExternalIp,
    ExternalIpLocal,
    LoadBalancer,
    LoadBalancerFirewall,
    LoadBalancerLocal,
    LoadBalancerSourceIp,
    LoadBalancerSourceCidr,
    NodePort(Protocol),
    NodePortLocal(Protocol),
    HealthCheckNodePort,
    IpvsIps,
}

use Protocol::{Sctp, Tcp, Udp};

/// A member of a set, by what `ipset` prints of it.
type Members = Vec<String>;

impl Set {
    /// All, in the order in which they are made.
    pub(super) const ALL: [Self; 17] = [
        Self::LoopBack,
        Self::ClusterIp,
        Self::ExternalIp,
        Self::ExternalIpLocal,
        Self::LoadBalancer,
        Self::LoadBalancerFirewall,
        Self::LoadBalancerLocal,
        Self::LoadBalancerSourceIp,
        Self::LoadBalancerSourceCidr,
        Self::NodePort(Tcp),
        Self::NodePortLocal(Tcp),
        Self::NodePort(Udp),
        Self::NodePortLocal(Udp),
        Self::NodePort(Sctp),
        Self::NodePortLocal(Sctp),
        Self::HealthCheckNodePort,
        Self::IpvsIps,
    ];

    /// Its name; of IPv6 with a `6` in it, cut where ipset's names end.
    pub(super) fn name(self, family: IpFamily) -> Arc<str> {
        let rest = match self {
            Self::LoopBack => "LOOP-BACK",
            Self::ClusterIp => "CLUSTER-IP",
            Self::ExternalIp => "EXTERNAL-IP",
            Self::ExternalIpLocal => "EXTERNAL-IP-LOCAL",
            Self::LoadBalancer => "LOAD-BALANCER",
            Self::LoadBalancerFirewall => "LOAD-BALANCER-FW",
            Self::LoadBalancerLocal => "LOAD-BALANCER-LOCAL",
            Self::LoadBalancerSourceIp => "LOAD-BALANCER-SOURCE-IP",
            Self::LoadBalancerSourceCidr => "LOAD-BALANCER-SOURCE-CIDR",
            Self::NodePort(Udp) => "NODE-PORT-UDP",
            Self::NodePort(Sctp) => "NODE-PORT-SCTP-HASH",
            Self::NodePort(_) => "NODE-PORT-TCP",
            Self::NodePortLocal(Udp) => "NODE-PORT-LOCAL-UDP",
            Self::NodePortLocal(Sctp) => "NODE-PORT-LOCAL-SCTP-HASH",
            Self::NodePortLocal(_) => "NODE-PORT-LOCAL-TCP",
            Self::HealthCheckNodePort => "HEALTH-CHECK-NODE-PORT",
            Self::IpvsIps => "IPVS-IPS",
        };
        let mut name = match family {
            IpFamily::V4 => format!("KUBE-{rest}"),
            IpFamily::V6 => format!("KUBE-6-{rest}"),
        };
        name.truncate(31);
        name.into()
    }

    /// What rules say of it.
    pub(super) const fn comment(self) -> &'static str {
        match self {
            Self::LoopBack => "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose",
            Self::ClusterIp => "Kubernetes service cluster ip + port for masquerade purpose",
            Self::ExternalIp => "Kubernetes service external ip + port for masquerade and filter purpose",
            Self::ExternalIpLocal => "Kubernetes service external ip + port with externalTrafficPolicy=local",
            Self::LoadBalancer => "Kubernetes service lb portal",
            Self::LoadBalancerFirewall => {
                "Kubernetes service load balancer ip + port for load balancer with sourceRange"
            }
            Self::LoadBalancerLocal => "Kubernetes service load balancer ip + port with externalTrafficPolicy=local",
            Self::LoadBalancerSourceIp => {
                "Kubernetes service load balancer ip + port + source IP for packet filter purpose"
            }
            Self::LoadBalancerSourceCidr => {
                "Kubernetes service load balancer ip + port + source cidr for packet filter purpose"
            }
            Self::NodePort(Udp) => "Kubernetes nodeport UDP port for masquerade purpose",
            Self::NodePort(Sctp) => "Kubernetes nodeport SCTP port for masquerade purpose with type \\'hash ip:port\\'",
            Self::NodePort(_) => "Kubernetes nodeport TCP port for masquerade purpose",
            Self::NodePortLocal(Udp) => "Kubernetes nodeport UDP port with externalTrafficPolicy=local",
            Self::NodePortLocal(Sctp) => {
                "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type \\'hash ip:port\\'"
            }
            Self::NodePortLocal(_) => "Kubernetes nodeport TCP port with externalTrafficPolicy=local",
            Self::HealthCheckNodePort => "Kubernetes health check node port",
            Self::IpvsIps => "Kubernetes Service IPs",
        }
    }

    pub(super) const fn set_type(self) -> SetType {
        match self {
            Self::IpvsIps => SetType::HashIp,
            Self::LoopBack | Self::LoadBalancerSourceIp => SetType::HashIpPortIp,
            Self::LoadBalancerSourceCidr => SetType::HashIpPortNet,
            Self::NodePort(Tcp | Udp) | Self::NodePortLocal(Tcp | Udp) | Self::HealthCheckNodePort => {
                SetType::BitmapPort
            }
            _ => SetType::HashIpPort,
        }
    }

    /// The position of the set in [`Self::ALL`].
    pub(super) fn index(self) -> usize {
        Self::ALL.iter().position(|it| *it == self).unwrap_or_default()
    }
}

/// What one Service port puts into sets on a node whose node ports hold on `node_ips`.
pub(super) fn members(port: &ServicePort, node: &NodeInfo, node_ips: &[IpAddr], mut add: impl FnMut(Set, Members)) {
    let protocol = port.protocol.lower();
    let ip_port = |ip: IpAddr| format!("{ip},{protocol}:{}", port.port);
    let local = port
        .endpoints
        .iter()
        .filter(|it| it.node.as_deref() == Some(&*node.name));
    let loops = local.map(|it| {
        let ip = it.address.ip();
        format!("{ip},{protocol}:{},{ip}", it.address.port())
    });
    add(Set::LoopBack, loops.collect());
    add(Set::ClusterIp, vec![ip_port(port.cluster_ip)]);
    let external = if port.external_local {
        Set::ExternalIpLocal
    } else {
        Set::ExternalIp
    };
    add(external, port.external_ips.iter().map(|ip| ip_port(*ip)).collect());
    let balanced = || port.load_balancer_ips.iter().copied();
    add(Set::LoadBalancer, balanced().map(ip_port).collect());
    if port.external_local {
        add(Set::LoadBalancerLocal, balanced().map(ip_port).collect());
    }
    if !port.source_ranges.is_empty() {
        add(Set::LoadBalancerFirewall, balanced().map(ip_port).collect());
        let ranges = |ip: IpAddr| port.source_ranges.iter().map(move |net| (ip, *net));
        let ranges = balanced()
            .flat_map(ranges)
            .map(|(ip, net)| format!("{},{net}", ip_port(ip)));
        add(Set::LoadBalancerSourceCidr, ranges.collect());
        if allows_node(port, node) {
            let own = balanced().map(|ip| format!("{},{ip}", ip_port(ip)));
            add(Set::LoadBalancerSourceIp, own.collect());
        }
    }
    if let (Some(number), false) = (port.node_port, node_ips.is_empty()) {
        let ports: Members = match port.protocol {
            Sctp => node_ips.iter().map(|ip| format!("{ip},{protocol}:{number}")).collect(),
            _ => vec![number.to_string()],
        };
        if port.external_local {
            add(Set::NodePortLocal(port.protocol), ports.clone());
        }
        add(Set::NodePort(port.protocol), ports);
    }
    // kube-proxy goes on to the next Service port where node ports hold on no address.
    let skipped = port.node_port.is_some() && node_ips.is_empty();
    if let (Some(number), false) = (port.health_check_node_port, skipped) {
        add(Set::HealthCheckNodePort, vec![number.to_string()]);
    }
    let bound = port.virtual_ips().filter(|ip| is_bound(port, *ip, node));
    add(Set::IpvsIps, bound.map(|ip| ip.to_string()).collect());
}

/// Whether an address of a port is put on `kube-ipvs0`: one that another device has is not.
pub(super) fn is_bound(port: &ServicePort, ip: IpAddr, node: &NodeInfo) -> bool {
    ip == port.cluster_ip || !node.is_local(ip)
}

/// Whether the node's own address lies in a source range.
pub(super) fn allows_node(port: &ServicePort, node: &NodeInfo) -> bool {
    let own = node.primary(port.family());
    port.source_ranges
        .iter()
        .any(|net| own.is_some_and(|ip| net.contains(&ip)))
}

/// Where sets are looked into.
pub(super) struct Lookup<'a> {
    pub(super) services: &'a ServiceTable,
    pub(super) node: &'a NodeInfo,
    pub(super) node_ips: &'a [IpAddr],
}

impl Lookup<'_> {
    /// Whether a set holds the destination of a packet; with `by_source`, its source address and the port it goes
    /// to. Sets of three dimensions compare the source as well.
    pub(super) fn holds(&self, set: Set, view: &PacketView, by_source: bool) -> bool {
        let ip = if by_source { view.src.ip() } else { view.dst.ip() };
        let number = view.dst.port();
        let by_ip = |wanted: &dyn Fn(&ServicePort) -> bool| {
            let ports = self.services.by_vip((ip, view.protocol, number));
            ports.iter().any(|port| wanted(port))
        };
        let by_number = |protocol: Protocol, wanted: &dyn Fn(&ServicePort) -> bool| {
            let ports = self.services.by_node_port(IpFamily::of(ip), protocol, number);
            !self.node_ips.is_empty()
                && (protocol != Sctp || self.node_ips.contains(&ip))
                && ports.iter().any(|port| wanted(port))
        };
        let balanced = |port: &ServicePort| port.load_balancer_ips.contains(&ip);
        let guarded = |port: &ServicePort| balanced(port) && !port.source_ranges.is_empty();
        match set {
            // Endpoints are no addresses of Services; who asks keeps an index of them.
            Set::LoopBack => false,
            Set::ClusterIp => by_ip(&|port| port.cluster_ip == ip),
            Set::ExternalIp => by_ip(&|port| port.external_ips.contains(&ip) && !port.external_local),
            Set::ExternalIpLocal => by_ip(&|port| port.external_ips.contains(&ip) && port.external_local),
            Set::LoadBalancer => by_ip(&balanced),
            Set::LoadBalancerLocal => by_ip(&|port| balanced(port) && port.external_local),
            Set::LoadBalancerFirewall => by_ip(&guarded),
            Set::LoadBalancerSourceCidr => {
                let from = view.src.ip();
                by_ip(&|port| guarded(port) && port.source_ranges.iter().any(|net| net.contains(&from)))
            }
            Set::LoadBalancerSourceIp => {
                view.src.ip() == ip && by_ip(&|port| guarded(port) && allows_node(port, self.node))
            }
            Set::NodePort(protocol) => by_number(protocol, &|_| true),
            Set::NodePortLocal(protocol) => by_number(protocol, &|port| port.external_local),
            Set::HealthCheckNodePort => !self.services.by_health_port(number).is_empty(),
            Set::IpvsIps => gives(self.services, self.node, ip),
        }
    }
}

/// Whether kube-proxy gives an address to a node.
pub(super) fn gives(services: &ServiceTable, node: &NodeInfo, ip: IpAddr) -> bool {
    services.is_virtual_ip(ip) && (services.is_cluster_ip(ip) || !node.is_local(ip))
}
