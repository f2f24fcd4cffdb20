//! EndpointSlice (`kubernetes staging/src/k8s.io/api/discovery/v1/types.go`).

use super::core::ObjectReference;
use super::meta::*;
use super::view::view;
use crate::api::ip_family::IpFamily;

/// The label that ties an EndpointSlice to its Service, which it names (`LabelServiceName`).
pub const SERVICE_NAME_LABEL: &str = "kubernetes.io/service-name";

/// Some of the endpoints of a Service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointSlice {
    /// Metadata; the label [`SERVICE_NAME_LABEL`] names the Service.
    pub metadata: ObjectMeta,
    /// `IPv4`, `IPv6` or `FQDN`.
    pub address_type: String,
    /// The endpoints, in order.
    pub endpoints: Vec<Endpoint>,
    /// Ports, shared by all endpoints of the slice.
    pub ports: Vec<SlicePort>,
}

view!(EndpointSlice {
    metadata: "metadata",
    address_type: "addressType",
    endpoints: "endpoints",
    ports: "ports"
});

impl EndpointSlice {
    /// The Service it belongs to, in its own namespace; `None` where no label names one.
    #[must_use]
    pub fn service_name(&self) -> Option<&str> {
        self.metadata.labels.get(SERVICE_NAME_LABEL).map(String::as_str)
    }

    /// The family of its addresses; `None` for names (`FQDN`), and where the type is absent.
    #[must_use]
    pub fn family(&self) -> Option<IpFamily> {
        IpFamily::parse(&self.address_type)
    }
}

/// One endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Endpoint {
    /// Addresses; consumers use the first.
    pub addresses: Vec<String>,
    /// Whether it is ready, serves, and is being deleted.
    pub conditions: EndpointConditions,
    /// Host name under which DNS knows it; absent for none.
    pub hostname: Option<String>,
    /// Node of the pod; absent for an address outside the cluster.
    pub node_name: Option<String>,
    /// Zone of the node; absent where that has none.
    pub zone: Option<String>,
    /// The pod behind it; absent where nobody said.
    pub target_ref: Option<ObjectReference>,
    /// Which clients should use it; absent for all.
    pub hints: Option<EndpointHints>,
}

view!(Endpoint {
    addresses: "addresses",
    conditions: "conditions",
    hostname: "hostname",
    node_name: "nodeName",
    zone: "zone",
    target_ref: "targetRef",
    hints: "hints",
});

/// State of an endpoint; absent means unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointConditions {
    /// Takes new connections; unknown reads as true.
    pub ready: Option<bool>,
    /// Ready, whether or not it is terminating; unknown reads as `ready`.
    pub serving: Option<bool>,
    /// On its way out; unknown reads as false.
    pub terminating: Option<bool>,
}

view!(EndpointConditions {
    ready: "ready",
    serving: "serving",
    terminating: "terminating"
});

impl EndpointConditions {
    /// `ready`, where unset means ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.ready.unwrap_or(true)
    }

    /// `serving`, where unset means as ready (`kubernetes pkg/proxy/endpointslicecache.go`).
    #[must_use]
    pub fn is_serving(&self) -> bool {
        self.serving.unwrap_or_else(|| self.is_ready())
    }

    /// `terminating`, where unset means no.
    #[must_use]
    pub fn is_terminating(&self) -> bool {
        self.terminating.unwrap_or(false)
    }
}

/// Who should use an endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EndpointHints {
    /// Zones whose clients should use it; empty for all.
    pub for_zones: Vec<ForName>,
    /// Nodes whose clients should use it; empty for all.
    pub for_nodes: Vec<ForName>,
}

view!(EndpointHints {
    for_zones: "forZones",
    for_nodes: "forNodes"
});

/// A zone or a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForName {
    /// Name of the zone or node.
    pub name: String,
}

view!(ForName { name: "name" });

/// A port of a slice; an absent number means all ports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlicePort {
    /// Name of the Service's port; absent or empty for none.
    pub name: Option<String>,
    /// Port number of the pod; absent for all ports.
    pub port: Option<i32>,
    /// `TCP`, `UDP` or `SCTP`; `TCP` where absent.
    pub protocol: Option<String>,
    /// Protocol above the transport (`http`, …), for proxies; absent for unknown.
    pub app_protocol: Option<String>,
}

view!(SlicePort {
    name: "name",
    port: "port",
    protocol: "protocol",
    app_protocol: "appProtocol"
});
