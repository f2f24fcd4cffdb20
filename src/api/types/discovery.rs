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
    /// Endpoints.
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
    /// State.
    pub conditions: EndpointConditions,
    /// Host name.
    pub hostname: Option<String>,
    /// Its node.
    pub node_name: Option<String>,
    /// Its zone.
    pub zone: Option<String>,
    /// The pod.
    pub target_ref: Option<ObjectReference>,
    /// Who should use it.
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
    /// Clients in these zones.
    pub for_zones: Vec<ForName>,
    /// Clients on these nodes.
    pub for_nodes: Vec<ForName>,
}

view!(EndpointHints {
    for_zones: "forZones",
    for_nodes: "forNodes"
});

/// A zone or a node.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ForName {
    /// Its name.
    pub name: String,
}

view!(ForName { name: "name" });

/// A port of a slice; an absent number means all ports.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SlicePort {
    /// Name.
    pub name: Option<String>,
    /// Number.
    pub port: Option<i32>,
    /// Protocol.
    pub protocol: Option<String>,
    /// Hint for proxies.
    pub app_protocol: Option<String>,
}

view!(SlicePort {
    name: "name",
    port: "port",
    protocol: "protocol",
    app_protocol: "appProtocol"
});
