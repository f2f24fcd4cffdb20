//! A Service port and its endpoints as kube-proxy reads them, before any node's point of view.
//!
//! One [`ServicePort`] per Service, port and IP family (`kubernetes pkg/proxy/serviceport.go`,
//! `endpointslicecache.go`). Nothing is checked here: what the API server would refuse never gets this far,
//! and what a dump holds is taken as it is.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;

use crate::api::types::core::{Service, ServicePort as Port};
use crate::api::types::discovery::EndpointSlice;
use crate::api::types::meta::Labels;
use crate::api::types::service_type::ServiceType;
use crate::api::{IpFamily, NamespacedName};
use crate::net::cidr::parse_net;
use crate::net::packet::{Protocol, port_number};
use crate::net::service_port_name::ServicePortName;

/// How long a client stays with an endpoint unless the Service says otherwise, in seconds.
pub const DEFAULT_AFFINITY_SECONDS: u32 = 10_800;

/// An endpoint of a Service port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointInfo {
    /// Address and port.
    pub address: SocketAddr,
    /// Name of its node; `None` where the slice names none.
    pub node: Option<Arc<str>>,
    /// Its pod; `None` where the slice names none.
    pub pod: Option<NamespacedName>,
    /// Takes new connections.
    pub ready: bool,
    /// Answers, whether or not it is terminating.
    pub serving: bool,
    /// On its way out.
    pub terminating: bool,
    /// Zones whose clients should use it.
    pub zone_hints: Vec<String>,
    /// Nodes whose clients should use it.
    pub node_hints: Vec<String>,
}

/// A Service port of one IP family.
#[derive(Clone, Debug)]
pub struct ServicePort {
    /// A number that no other port has had: rules are kept by it.
    pub id: u64,
    /// Its Service and its own name.
    pub name: Arc<ServicePortName>,
    /// `namespace/name` of its Service, for sentences.
    pub full_name: Arc<str>,
    /// The port's field in the Service, `spec.ports[0]`.
    pub field: Arc<str>,
    /// Index of the port in `spec.ports`.
    pub index: usize,
    /// Transport protocol.
    pub protocol: Protocol,
    /// The ClusterIP of this family.
    pub cluster_ip: IpAddr,
    /// Port of the virtual addresses.
    pub port: u16,
    /// Port of every node (`nodePort`); `None` where it has none.
    pub node_port: Option<u16>,
    /// External addresses of this family.
    pub external_ips: Vec<IpAddr>,
    /// Load balancer addresses of this family that kube-proxy captures (`ipMode: VIP`).
    pub load_balancer_ips: Vec<IpAddr>,
    /// Who may use those (`loadBalancerSourceRanges` of this family); empty for everyone.
    pub source_ranges: Vec<IpNet>,
    /// External traffic policy Local.
    pub external_local: bool,
    /// Internal traffic policy Local.
    pub internal_local: bool,
    /// How long a client stays with its endpoint, in seconds; `None` without session affinity.
    pub affinity: Option<u32>,
    /// Port at which load balancers ask for local endpoints; `None` where they do not.
    pub health_check_node_port: Option<u16>,
    /// All endpoints, usable or not, in the order of their text.
    pub endpoints: Vec<EndpointInfo>,
}

impl ServicePort {
    /// Its family: that of its virtual address.
    #[must_use]
    pub fn family(&self) -> IpFamily {
        IpFamily::of(self.cluster_ip)
    }

    /// Whether anything but the ClusterIP leads here.
    #[must_use]
    pub fn externally_accessible(&self) -> bool {
        self.node_port.is_some() || !self.load_balancer_ips.is_empty() || !self.external_ips.is_empty()
    }

    /// Whether endpoints of policy Cluster are ever used: also under external policy Local, by the
    /// short-circuit of pods and nodes.
    #[must_use]
    pub fn uses_cluster_endpoints(&self) -> bool {
        !self.internal_local || self.externally_accessible()
    }

    /// Whether endpoints of policy Local are ever used.
    #[must_use]
    pub fn uses_local_endpoints(&self) -> bool {
        self.internal_local || (self.external_local && self.externally_accessible())
    }

    /// Every address that leads here on [`Self::port`].
    pub fn virtual_ips(&self) -> impl Iterator<Item = IpAddr> + '_ {
        std::iter::once(self.cluster_ip)
            .chain(self.external_ips.iter().copied())
            .chain(self.load_balancer_ips.iter().copied())
    }

    /// How many ready endpoints are on a node.
    #[must_use]
    pub fn local_ready(&self, node: &str) -> usize {
        self.endpoints
            .iter()
            .filter(|it| it.ready && it.node.as_deref() == Some(node))
            .count()
    }
}

/// Whether kube-proxy leaves an object to others: it watches only those without these labels.
fn ignored(labels: &Labels) -> bool {
    labels.contains_key("service.kubernetes.io/service-proxy-name")
        || labels.contains_key("service.kubernetes.io/headless")
}

/// The ports of a Service as kube-proxy sees them, both families; none for headless and ExternalName ones.
/// `next_id` numbers them.
#[must_use]
pub fn service_ports(service: &Service, slices: &[&EndpointSlice], next_id: &mut u64) -> Vec<ServicePort> {
    let spec = &service.spec;
    if ignored(&service.metadata.labels)
        || spec.is_headless()
        || spec.is_external_name()
        || spec.cluster_ip.is_empty() && spec.cluster_ips.is_empty()
    {
        return Vec::new();
    }
    let given: Vec<IpAddr> = if spec.cluster_ips.is_empty() {
        spec.cluster_ip.parse().into_iter().collect()
    } else {
        spec.cluster_ips.iter().filter_map(|text| text.parse().ok()).collect()
    };
    let mut made = Vec::new();
    for family in IpFamily::ALL {
        let Some(&cluster_ip) = given.iter().find(|it| IpFamily::of(**it) == family) else {
            continue;
        };
        for (index, port) in spec.ports.iter().enumerate() {
            *next_id += 1;
            made.push(service_port(service, index, port, cluster_ip, slices, *next_id));
        }
    }
    made
}

fn service_port(
    service: &Service,
    index: usize,
    port: &Port,
    cluster_ip: IpAddr,
    slices: &[&EndpointSlice],
    id: u64,
) -> ServicePort {
    let (meta, spec) = (&service.metadata, &service.spec);
    let family = IpFamily::of(cluster_ip);
    let protocol = Protocol::parse(&port.protocol).unwrap_or_default();
    let of_family = |texts: &[String]| -> Vec<IpAddr> {
        texts
            .iter()
            .filter_map(|text| text.trim().parse().ok())
            .filter(|it: &IpAddr| IpFamily::of(*it) == family)
            .collect()
    };
    let mut source_ranges: Vec<IpNet> = spec
        .load_balancer_source_ranges
        .iter()
        .filter_map(|text| parse_net(text.trim()))
        .filter(|net| IpFamily::of_net(*net) == family)
        .collect();
    // A range of everything is the same as none.
    if source_ranges.iter().any(|net| net.prefix_len() == 0) {
        source_ranges.clear();
    }
    let load_balancer_ips = service
        .status
        .load_balancer
        .ingress
        .iter()
        .filter(|it| it.ip_mode.as_deref().is_none_or(|mode| mode == "VIP"))
        .filter_map(|it| it.ip.parse().ok())
        .filter(|it: &IpAddr| IpFamily::of(*it) == family)
        .collect();
    let affinity = (spec.session_affinity == "ClientIP").then(|| {
        spec.session_affinity_config
            .as_ref()
            .and_then(|config| config.client_ip.as_ref()?.timeout_seconds)
            .and_then(|seconds| u32::try_from(seconds).ok())
            .unwrap_or(DEFAULT_AFFINITY_SECONDS)
    });
    // A policy without anything it could apply to is none (`ExternalPolicyLocal`).
    let exposed = spec.service_type().is_some_and(ServiceType::has_node_ports) || !spec.external_ips.is_empty();
    let external_local = exposed && spec.external_traffic_policy == "Local";
    let name = ServicePortName {
        service: meta.key(),
        port: port.name.clone(),
        protocol,
    };
    ServicePort {
        id,
        full_name: name.service.to_string().into(),
        name: Arc::new(name),
        field: format!("spec.ports[{index}]").into(),
        index,
        protocol,
        cluster_ip,
        port: port_number(port.port).unwrap_or_default(),
        node_port: port_number(port.node_port),
        external_ips: of_family(&spec.external_ips),
        load_balancer_ips,
        source_ranges,
        external_local,
        internal_local: spec.internal_traffic_policy == "Local",
        affinity,
        health_check_node_port: (spec.service_type() == Some(ServiceType::LoadBalancer) && external_local)
            .then(|| port_number(spec.health_check_node_port))
            .flatten(),
        endpoints: endpoints_of(&port.name, protocol, family, slices),
    }
}

/// The endpoints behind the port named `port_name`: those of slices whose port has the same name and protocol.
fn endpoints_of(port_name: &str, protocol: Protocol, family: IpFamily, slices: &[&EndpointSlice]) -> Vec<EndpointInfo> {
    // kube-proxy sorts endpoints by their text, and so are its rules ordered.
    let mut found: BTreeMap<String, EndpointInfo> = BTreeMap::new();
    let wanted = |slice: &&&EndpointSlice| {
        // A dump cut short may lack the type; addresses say it then.
        (slice.address_type.is_empty() || slice.family() == Some(family)) && !ignored(&slice.metadata.labels)
    };
    for slice in slices.iter().filter(wanted) {
        for slice_port in &slice.ports {
            let same_name = slice_port.name.as_deref().unwrap_or_default() == port_name;
            let same_protocol = slice_port
                .protocol
                .as_deref()
                .map_or(Some(Protocol::Tcp), Protocol::parse)
                == Some(protocol);
            let number = slice_port.port.and_then(port_number);
            let (true, true, Some(number)) = (same_name, same_protocol, number) else {
                continue;
            };
            for endpoint in &slice.endpoints {
                let Some(address) = endpoint.addresses.first().and_then(|text| text.parse::<IpAddr>().ok()) else {
                    continue;
                };
                if IpFamily::of(address) != family {
                    continue;
                }
                let conditions = &endpoint.conditions;
                let hints = endpoint.hints.as_ref();
                let names = |list: Option<&Vec<crate::api::types::discovery::ForName>>| -> Vec<String> {
                    list.into_iter().flatten().map(|it| it.name.clone()).collect()
                };
                let info = EndpointInfo {
                    address: SocketAddr::new(address, number),
                    node: endpoint.node_name.as_deref().map(Arc::from),
                    pod: endpoint
                        .target_ref
                        .as_ref()
                        .filter(|target| target.kind == "Pod")
                        .map(|target| NamespacedName::new(pod_namespace(&target.namespace, slice), &target.name)),
                    ready: conditions.ready.unwrap_or(true),
                    // Unset means serving, whatever `ready` says (`addEndpoints`).
                    serving: conditions.serving.unwrap_or(true),
                    terminating: conditions.terminating.unwrap_or(false),
                    zone_hints: names(hints.map(|it| &it.for_zones)),
                    node_hints: names(hints.map(|it| &it.for_nodes)),
                };
                // Slices may overlap: of the same address that counts which names its node, for it may be local.
                let known = found.entry(info.address.to_string()).or_insert_with(|| info.clone());
                if known.node.is_none() && info.node.is_some() {
                    *known = info;
                }
            }
        }
    }
    found.into_values().collect()
}

fn pod_namespace<'a>(given: &'a str, slice: &'a EndpointSlice) -> &'a str {
    if given.is_empty() {
        &slice.metadata.namespace
    } else {
        given
    }
}
